from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .athena_lake import AthenaLake
from .conftest import LocalAws

_NUMBERS = (
    "SELECT n, 'it''s \"' AS text, CAST(NULL AS integer) AS nothing FROM UNNEST(sequence(1, {0})) AS t (n) ORDER BY n"
)
_ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a (x), UNNEST(sequence(1, 100000)) AS b (y) WHERE x * y = 7"
)


@pytest.fixture(scope="module")
def lake(aws: LocalAws) -> AthenaLake:
    return AthenaLake(aws)


def refusal(lake: AthenaLake, sql: str, **settings: Any) -> str:
    with pytest.raises(lake.athena.exceptions.InvalidRequestException) as raised:
        lake.start(sql, **settings)
    message: str = raised.value.response["Error"]["Message"]
    return message


class TestResults:
    def test_the_file_has_every_value_quoted_and_null_empty(self, lake: AthenaLake) -> None:
        answer = lake.ask(_NUMBERS.format(2))
        bucket, _, key = answer.execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
        assert (bucket, key) == (lake.bucket, f"athena-results/{answer.execution['QueryExecutionId']}.csv")
        body = lake.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        assert body == '"n","text","nothing"\n"1","it\'s """,\n"2","it\'s """,\n'
        metadata = json.loads(lake.s3.get_object(Bucket=bucket, Key=f"{key}.metadata")["Body"].read())
        assert [column["Name"] for column in metadata["columns"]] == ["n", "text", "nothing"]

    def test_pages_begin_with_the_header(self, lake: AthenaLake) -> None:
        query = lake.start(_NUMBERS.format(5))
        lake.end(query)
        pages, token = [], {}
        while True:
            page = lake.athena.get_query_results(QueryExecutionId=query, MaxResults=3, **token)
            pages.append([row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]])
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert pages == [["n", "1", "2"], ["3", "4", "5"]]
        assert page["ResultSet"]["Rows"][0]["Data"] == [{"VarCharValue": "3"}, {"VarCharValue": "it's \""}, {}]
        [first, *_] = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        assert (first["Label"], first["Type"], first["Precision"], first["CaseSensitive"]) == (
            "n",
            "bigint",
            19,
            False,
        )

    def test_a_page_has_a_thousand_rows(self, lake: AthenaLake) -> None:
        answer = lake.ask(_NUMBERS.format(2500))
        assert [row[0] for row in answer.rows] == [str(number) for number in range(1, 2501)]

    def test_of_a_query_that_failed_there_are_none(self, lake: AthenaLake) -> None:
        query = lake.start("SELECT 1 / 0")
        lake.end(query)
        with pytest.raises(ClientError, match=r"Query did not finish successfully\. Current state: FAILED"):
            lake.athena.get_query_results(QueryExecutionId=query)


class TestExecutions:
    def test_describes_what_it_did(self, lake: AthenaLake) -> None:
        execution = lake.ask("SELECT 1 AS x WHERE 1 = ?", ExecutionParameters=["1"]).execution
        assert execution["Query"] == "SELECT 1 AS x WHERE 1 = ?"
        assert execution["ExecutionParameters"] == ["1"]
        assert execution["StatementType"] == "DML"
        assert execution["WorkGroup"] == lake.bucket
        assert execution["QueryExecutionContext"] == {"Database": lake.database}
        assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
        assert execution["Status"]["SubmissionDateTime"] <= execution["Status"]["CompletionDateTime"]
        times = execution["Statistics"]
        assert times["EngineExecutionTimeInMillis"] <= times["TotalExecutionTimeInMillis"]
        assert times["DataScannedInBytes"] == 0
        assert times["ResultReuseInformation"] == {"ReusedPreviousResult": False}

    def test_lists_the_newest_first(self, lake: AthenaLake) -> None:
        # Two full pages, whatever other tests have asked before.
        queries = [lake.start(f"SELECT {number}") for number in range(4)]
        first = lake.athena.list_query_executions(WorkGroup=lake.bucket, MaxResults=2)
        second = lake.athena.list_query_executions(WorkGroup=lake.bucket, MaxResults=2, NextToken=first["NextToken"])
        assert [*first["QueryExecutionIds"], *second["QueryExecutionIds"]] == queries[::-1]
        for query in queries:
            lake.end(query)

    def test_describes_several(self, lake: AthenaLake) -> None:
        known = lake.ask("SELECT 1").execution["QueryExecutionId"]
        answer = lake.athena.batch_get_query_execution(QueryExecutionIds=[known, "unknown"])
        assert [one["QueryExecutionId"] for one in answer["QueryExecutions"]] == [known]
        assert answer["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == "unknown"

    def test_the_same_token_is_the_same_execution(self, lake: AthenaLake) -> None:
        token = "t" * 32
        first = lake.start("SELECT 1", ClientRequestToken=token)
        assert lake.start("SELECT 1", ClientRequestToken=token) == first
        assert refusal(lake, "SELECT 2", ClientRequestToken=token) == "Idempotent parameters do not match"
        lake.end(first)

    def test_can_be_stopped_at_work_and_in_the_queue(self, lake: AthenaLake) -> None:
        queries = [lake.start(_ENDLESS) for _ in range(4)]
        for query in reversed(queries):
            lake.athena.stop_query_execution(QueryExecutionId=query)
        ends = [lake.end(query)["Status"] for query in queries]
        assert {(end["State"], end["StateChangeReason"]) for end in ends} == {("CANCELLED", "Query cancelled by user")}

    def test_stopping_what_is_over_changes_nothing(self, lake: AthenaLake) -> None:
        query = lake.ask("SELECT 1").execution["QueryExecutionId"]
        lake.athena.stop_query_execution(QueryExecutionId=query)
        assert lake.end(query)["Status"]["State"] == "SUCCEEDED"

    def test_unknown_ones(self, lake: AthenaLake) -> None:
        for call in (lake.athena.get_query_execution, lake.athena.stop_query_execution, lake.athena.get_query_results):
            with pytest.raises(ClientError, match="QueryExecution nothing was not found"):
                call(QueryExecutionId="nothing")


class TestRefusals:
    def test_what_is_no_statement(self, lake: AthenaLake) -> None:
        assert refusal(lake, "SELEC 1").startswith("line 1:7: mismatched input '1'.")
        assert refusal(lake, "SELECT 1; SELECT 2").startswith("Only one sql statement is allowed.")

    def test_an_unknown_workgroup(self, lake: AthenaLake) -> None:
        assert refusal(lake, "SELECT 1", WorkGroup="nowhere") == "WorkGroup nowhere is not found."

    def test_no_place_for_the_result(self, lake: AthenaLake) -> None:
        assert refusal(lake, "SELECT 1", WorkGroup="primary").startswith("No output location provided.")
        given = {"OutputLocation": "file:///tmp"}
        assert "not a valid S3 path" in refusal(lake, "SELECT 1", WorkGroup="primary", ResultConfiguration=given)

    def test_a_place_that_is_not_there(self, lake: AthenaLake) -> None:
        given = {"OutputLocation": "s3://no-such-bucket-at-all/"}
        assert "NoSuchBucket" in lake.failure("SELECT 1", WorkGroup="primary", ResultConfiguration=given)


class TestWorkgroup:
    def test_decides_where_results_go_if_it_enforces_that(self, lake: AthenaLake) -> None:
        given = {"OutputLocation": f"s3://{lake.bucket}/mine"}
        enforced = lake.ask("SELECT 1", ResultConfiguration=given).execution
        assert enforced["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{lake.bucket}/athena-results/")
        free = lake.ask("SELECT 1", WorkGroup="primary", ResultConfiguration=given).execution
        assert free["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{lake.bucket}/mine/")

    def test_ends_a_query_that_reads_too_much(self, lake: AthenaLake) -> None:
        name = f"{lake.bucket}-frugal"
        output = {"OutputLocation": f"s3://{lake.bucket}/frugal/"}
        limit = 10_000_000
        lake.athena.create_work_group(
            Name=name, Configuration={"ResultConfiguration": output, "BytesScannedCutoffPerQuery": limit}
        )
        for number in range(3):
            lake.put(f"raw/large/{number}.csv", b"0123456789abcde\n" * 300_000)
        descriptor = {
            "Columns": [{"Name": "line", "Type": "string"}],
            "Location": f"s3://{lake.bucket}/raw/large/",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
        }
        lake.glue.create_table(
            DatabaseName=lake.database, TableInput={"Name": "large", "StorageDescriptor": descriptor}
        )
        assert lake.ask("SELECT count(line) FROM large").scanned == 14_400_000
        status = lake.end(lake.start("SELECT count(line) FROM large", WorkGroup=name))["Status"]
        assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")


class TestReuse:
    def ask(self, lake: AthenaLake, sql: str, minutes: int | None, **settings: Any) -> dict[str, Any]:
        reuse = {"Enabled": True, "MaxAgeInMinutes": minutes} if minutes is not None else {"Enabled": False}
        given = {"ResultReuseByAgeConfiguration": reuse}
        return lake.ask(sql, ResultReuseConfiguration=given, **settings).execution

    def test_serves_a_result_again(self, lake: AthenaLake) -> None:
        first = self.ask(lake, "SELECT 'reuse'", 5)
        second = self.ask(lake, "SELECT 'reuse'", 5)
        assert not first["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
        assert second["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
        assert second["ResultConfiguration"] == first["ResultConfiguration"]
        assert second["QueryExecutionId"] != first["QueryExecutionId"]
        assert lake.athena.get_query_results(QueryExecutionId=second["QueryExecutionId"])["ResultSet"]["Rows"][1] == {
            "Data": [{"VarCharValue": "reuse"}]
        }

    @pytest.mark.parametrize("minutes", [None, 0])
    def test_only_where_it_is_asked_for_and_young_enough(self, lake: AthenaLake, minutes: int | None) -> None:
        self.ask(lake, "SELECT 'again'", 5)
        again = self.ask(lake, "SELECT 'again'", minutes)
        assert not again["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]

    def test_not_for_other_parameters(self, lake: AthenaLake) -> None:
        self.ask(lake, "SELECT ?", 5, ExecutionParameters=["1"])
        other = self.ask(lake, "SELECT ?", 5, ExecutionParameters=["2"])
        assert not other["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


class TestParameters:
    def test_are_literals_in_the_order_of_the_text(self, lake: AthenaLake) -> None:
        sql = "WITH a AS (SELECT ? AS x) SELECT x, ? FROM a WHERE x = ? OR 'a?' = 'b' -- ?"
        assert lake.ask(sql, ExecutionParameters=["1", "'two ? '", "1"]).rows == [["1", "two ? "]]
        assert lake.ask("SELECT 2 - ?", ExecutionParameters=["-1"]).rows == [["3"]]

    def test_must_be_as_many(self, lake: AthenaLake) -> None:
        reason = "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found "
        assert lake.failure("SELECT ?") == f"{reason}0"
        assert lake.failure("SELECT ?", ExecutionParameters=["1", "2"]) == f"{reason}2"

    def test_are_no_sql(self, lake: AthenaLake) -> None:
        assert lake.failure("SELECT ?", ExecutionParameters=["1; DROP TABLE x"]).startswith("INVALID_PARAMETER_USAGE")
        assert lake.failure("SELECT ?", ExecutionParameters=["(SELECT 1"]).startswith("INVALID_PARAMETER_USAGE")


class TestWorkgroups:
    def test_an_update_changes_what_it_names_and_removes_what_it_says(self, lake: AthenaLake) -> None:
        encryption = {"EncryptionOption": "SSE_S3"}
        lake.athena.create_work_group(
            Name="changed",
            Description="before",
            Configuration={
                "ResultConfiguration": {"OutputLocation": "s3://one/", "EncryptionConfiguration": encryption},
                "EnforceWorkGroupConfiguration": True,
                "BytesScannedCutoffPerQuery": 10_000_000,
            },
        )
        lake.athena.update_work_group(
            WorkGroup="changed",
            Description="after",
            State="DISABLED",
            ConfigurationUpdates={
                "ResultConfigurationUpdates": {"OutputLocation": "s3://two/", "RemoveEncryptionConfiguration": True},
                "RemoveBytesScannedCutoffPerQuery": True,
                "PublishCloudWatchMetricsEnabled": True,
            },
        )
        workgroup = lake.athena.get_work_group(WorkGroup="changed")["WorkGroup"]
        assert (workgroup["Description"], workgroup["State"]) == ("after", "DISABLED")
        configuration = workgroup["Configuration"]
        assert configuration["ResultConfiguration"] == {"OutputLocation": "s3://two/"}
        assert configuration["EnforceWorkGroupConfiguration"] is True
        assert configuration["PublishCloudWatchMetricsEnabled"] is True
        assert "BytesScannedCutoffPerQuery" not in configuration

    def test_one_that_is_not_there_cannot_be_updated(self, lake: AthenaLake) -> None:
        with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="missing is not found"):
            lake.athena.update_work_group(WorkGroup="missing", State="DISABLED")
