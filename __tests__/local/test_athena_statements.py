from __future__ import annotations

import base64
import json

import pytest

from .athena_lake import AthenaLake
from .conftest import LocalAws


@pytest.fixture(scope="module")
def lake(aws: LocalAws) -> AthenaLake:
    return AthenaLake(aws)


class TestViews:
    def test_are_kept_as_athena_keeps_them(self, lake: AthenaLake) -> None:
        sql = "CREATE VIEW kept AS SELECT 1 AS a, 'x' AS \"B\", 1.50 AS c, TIMESTAMP '2025-01-01 00:00:00' AS d"
        assert lake.ask(sql).execution["StatementType"] == "DDL"
        table = lake.glue.get_table(DatabaseName=lake.database, Name="kept")["Table"]
        assert table["TableType"] == "VIRTUAL_VIEW"
        assert table["Parameters"] == {"comment": "Presto View", "presto_view": "true"}
        assert table["ViewExpandedText"] == "/* Presto View */"
        encoded = table["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
        definition = json.loads(base64.b64decode(encoded))
        assert (definition["catalog"], definition["schema"]) == ("awsdatacatalog", lake.database)
        assert definition["columns"] == [
            {"name": "a", "type": "integer"},
            {"name": "b", "type": "varchar"},
            {"name": "c", "type": "decimal(3,2)"},
            {"name": "d", "type": "timestamp"},
        ]
        assert [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]] == [
            ("a", "int"),
            ("b", "string"),
            ("c", "decimal(3,2)"),
            ("d", "timestamp"),
        ]
        assert lake.ask("SELECT * FROM kept").rows == [["1", "x", "1.50", "2025-01-01 00:00:00.000"]]

    def test_are_replaced_only_if_told(self, lake: AthenaLake) -> None:
        lake.ask("CREATE VIEW once AS SELECT 1 AS a")
        assert lake.failure("CREATE VIEW once AS SELECT 2 AS a").startswith("TABLE_ALREADY_EXISTS: View already exists")
        lake.ask("CREATE OR REPLACE VIEW once AS SELECT 2 AS a")
        assert lake.ask("SELECT a FROM once").rows == [["2"]]

    def test_look_names_up_where_they_were_made(self, lake: AthenaLake) -> None:
        lake.ask("CREATE OR REPLACE VIEW base AS SELECT 7 AS x, 2 AS y")
        lake.ask("CREATE OR REPLACE VIEW above AS WITH b AS (SELECT * FROM base) SELECT b.x / y AS half FROM b")
        assert lake.ask(f"SELECT half FROM {lake.database}.above", QueryExecutionContext={}).rows == [["3"]]
        assert lake.ask("SELECT a.half, b.x FROM above a JOIN base b ON b.x > a.half").rows == [["3", "7"]]

    def test_need_names_for_their_columns(self, lake: AthenaLake) -> None:
        assert lake.failure("CREATE VIEW v AS SELECT 1 AS a, 2").startswith(
            "MISSING_COLUMN_NAME: Column name not specified at position 2"
        )
        assert lake.failure("CREATE VIEW v AS SELECT 1 AS a, 2 AS A").startswith("DUPLICATE_COLUMN_NAME")

    def test_must_be_right_when_they_are_made(self, lake: AthenaLake) -> None:
        assert lake.failure("CREATE VIEW v AS SELECT * FROM nowhere").startswith("TABLE_NOT_FOUND")
        assert lake.failure("CREATE VIEW nodb.v AS SELECT 1 AS a").startswith("SCHEMA_NOT_FOUND")

    def test_do_not_take_the_place_of_tables(self, lake: AthenaLake) -> None:
        lake.glue.create_table(DatabaseName=lake.database, TableInput={"Name": "taken"})
        assert "Table already exists" in lake.failure("CREATE OR REPLACE VIEW taken AS SELECT 1 AS a")
        assert "View" in lake.failure("DROP VIEW taken")

    def test_can_be_dropped(self, lake: AthenaLake) -> None:
        lake.ask("CREATE VIEW gone AS SELECT 1 AS a")
        lake.ask("DROP VIEW gone")
        assert lake.failure("DROP VIEW gone").startswith("TABLE_NOT_FOUND")
        lake.ask("DROP VIEW IF EXISTS gone")

    def test_that_refer_to_each_other_end(self, lake: AthenaLake) -> None:
        lake.ask("CREATE VIEW ring_a AS SELECT 1 AS a")
        lake.ask("CREATE VIEW ring_b AS SELECT a FROM ring_a")
        lake.ask("CREATE OR REPLACE VIEW ring_a AS SELECT a FROM ring_b")
        assert lake.failure("SELECT * FROM ring_a").startswith("VIEW_IS_RECURSIVE")


@pytest.fixture(scope="module")
def shown(lake: AthenaLake) -> None:
    lake.glue.create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": "shown",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "csv"},
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
            "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint", "Comment": "the key"}]},
        },
    )
    lake.ask("CREATE OR REPLACE VIEW shown_view AS SELECT 1 AS a")


@pytest.mark.usefixtures("shown")
class TestShowing:
    def test_databases_tables_and_views(self, lake: AthenaLake) -> None:
        assert [lake.database] in lake.ask("SHOW DATABASES").rows
        assert lake.ask(f"SHOW SCHEMAS LIKE '{lake.database}'").rows == [[lake.database]]
        assert lake.ask("SHOW TABLES 'shown*'").rows == [["shown"], ["shown_view"]]
        assert lake.ask(f"SHOW TABLES IN `{lake.database}` 'shown|nothing'", QueryExecutionContext={}).rows == [
            ["shown"]
        ]
        assert lake.ask("SHOW VIEWS LIKE 'shown*'").rows == [["shown_view"]]
        assert lake.failure("SHOW TABLES IN nowhere").startswith("SCHEMA_NOT_FOUND")

    def test_columns_and_properties(self, lake: AthenaLake) -> None:
        assert lake.ask("SHOW COLUMNS IN shown").rows == [["id"], ["day"]]
        assert lake.ask("SHOW TBLPROPERTIES shown").rows == [["classification\tcsv"]]

    def test_a_table(self, lake: AthenaLake) -> None:
        answer = lake.ask("DESCRIBE shown")
        assert answer.execution["StatementType"] == "UTILITY"
        assert answer.names == ["col_name", "data_type", "comment"]
        assert answer.rows[0] == ["id                  \tbigint              \tthe key             "]
        assert answer.rows[-1] == ["day                 \tstring              \t                    "]

    def test_a_view(self, lake: AthenaLake) -> None:
        rows = lake.ask("SHOW CREATE VIEW shown_view").rows
        assert rows == [[f'CREATE VIEW "{lake.database}"."shown_view" AS'], ["SELECT 1 AS a"]]
        assert "is a table, not a view" in lake.failure("SHOW CREATE VIEW shown")

    def test_partitions_only_where_there_are_keys(self, lake: AthenaLake) -> None:
        assert lake.ask("SHOW PARTITIONS shown").rows == []
        assert "not a partitioned table" in lake.failure("SHOW PARTITIONS shown_view")

    def test_the_file_is_plain_text(self, lake: AthenaLake) -> None:
        location = lake.ask("SHOW COLUMNS IN shown").execution["ResultConfiguration"]["OutputLocation"]
        assert location.endswith(".txt")
        key = location.removeprefix(f"s3://{lake.bucket}/")
        assert lake.s3.get_object(Bucket=lake.bucket, Key=key)["Body"].read() == b"id\nday\n"


class TestPrepared:
    def test_by_statement_and_by_call(self, lake: AthenaLake) -> None:
        lake.ask("PREPARE sum_of FROM SELECT ? + ?")
        answer = lake.ask("EXECUTE sum_of USING 1, 2")
        assert (answer.rows, answer.execution["StatementType"]) == ([["3"]], "DML")
        assert lake.ask("EXECUTE sum_of", ExecutionParameters=["3", "4"]).rows == [["7"]]
        lake.athena.create_prepared_statement(
            StatementName="by_call", WorkGroup=lake.bucket, QueryStatement="SELECT 'x' || ?"
        )
        assert lake.ask("EXECUTE by_call USING 'it''s, ok'").rows == [["xit's, ok"]]

    def test_can_be_forgotten(self, lake: AthenaLake) -> None:
        lake.ask("PREPARE short FROM SELECT 1")
        lake.ask("DEALLOCATE PREPARE short")
        assert lake.failure("EXECUTE short") == "NOT_FOUND: Prepared statement not found: short"
        assert lake.failure("DEALLOCATE PREPARE short") == "NOT_FOUND: Prepared statement not found: short"

    def test_must_be_a_statement(self, lake: AthenaLake) -> None:
        assert lake.failure("PREPARE broken FROM SELEC").startswith("SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'")


class TestWhatIsNotThere:
    def test_tables_databases_and_catalogs(self, lake: AthenaLake) -> None:
        name = f"awsdatacatalog.{lake.database}.nowhere"
        assert lake.failure("SELECT * FROM nowhere") == f"TABLE_NOT_FOUND: line 1:15: Table '{name}' does not exist"
        sql = "SELECT *\nFROM\n  nodb.nowhere"
        assert lake.failure(sql) == "SCHEMA_NOT_FOUND: line 3:3: Schema 'nodb' does not exist"
        assert lake.failure("SELECT * FROM other.db.t").startswith("CATALOG_NOT_FOUND: line 1:15: Catalog 'other'")
        assert lake.failure("SELECT * FROM t", QueryExecutionContext={}).startswith("MISSING_SCHEMA_NAME")

    @pytest.mark.parametrize(
        ("sql", "name"),
        [
            ("DROP TABLE t", "DROP"),
            ("INSERT INTO t SELECT 1", "INSERT"),
            ("CREATE TABLE t AS SELECT 1 AS a", "CREATE"),
            ("ALTER TABLE t ADD COLUMNS (x int)", "ALTER"),
            ("EXPLAIN SELECT 1", "EXPLAIN SELECT"),
            ("SELECT * FROM information_schema.tables", "information_schema"),
            ("OPTIMIZE t REWRITE DATA USING BIN_PACK WHERE x = 1", "OPTIMIZE T"),
        ],
    )
    def test_what_the_local_athena_does_not_know_it_says(self, lake: AthenaLake, sql: str, name: str) -> None:
        reason = lake.failure(sql)
        assert reason.startswith("NOT_SUPPORTED: ")
        assert "The local Athena does not know" in reason
        assert name in reason
