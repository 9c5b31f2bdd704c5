from __future__ import annotations

import gzip
import uuid
from typing import Any

import pytest

from .conftest import LocalAws, wait_until


class Lake:
    """A bucket and a database of one test, and a crawler on them."""

    def __init__(self, aws: LocalAws) -> None:
        self.s3, self.glue, self.logs = aws.client("s3"), aws.client("glue"), aws.client("logs")
        self.name = f"lake-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.name)
        self.glue.create_database(DatabaseInput={"Name": self.name})

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def define(self, **settings: Any) -> None:
        settings.setdefault("Targets", {"S3Targets": [{"Path": f"s3://{self.name}/raw/sales/"}]})
        self.glue.create_crawler(Name=self.name, Role="crawler", DatabaseName=self.name, **settings)

    def crawl(self) -> dict[str, Any]:
        """Run the crawler and return it, at rest."""
        self.glue.start_crawler(Name=self.name)
        return self.rest()

    def rest(self) -> dict[str, Any]:
        wait_until(lambda: self.crawler()["State"] == "READY", "the crawler is ready")
        return self.crawler()

    def crawler(self) -> dict[str, Any]:
        found: dict[str, Any] = self.glue.get_crawler(Name=self.name)["Crawler"]
        return found

    def table(self, name: str = "sales") -> dict[str, Any]:
        found: dict[str, Any] = self.glue.get_table(DatabaseName=self.name, Name=name)["Table"]
        return found

    def columns(self, name: str = "sales") -> dict[str, str]:
        return {column["Name"]: column["Type"] for column in self.table(name)["StorageDescriptor"]["Columns"]}

    def tables(self) -> list[str]:
        return [table["Name"] for table in self.glue.get_tables(DatabaseName=self.name)["TableList"]]

    def partitions(self, name: str = "sales") -> dict[str, str]:
        found = self.glue.get_partitions(DatabaseName=self.name, TableName=name)["Partitions"]
        return {"/".join(one["Values"]): one["StorageDescriptor"]["Location"] for one in found}

    def said(self) -> str:
        events = self.logs.get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=self.name)["events"]
        return "\n".join(event["message"] for event in events)


@pytest.fixture
def lake(aws: LocalAws) -> Lake:
    return Lake(aws)


def test_describes_csv_files_in_dated_folders(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,price\n1,2.50\n2,3\n")
    lake.put("raw/sales/date=2025-01-16/b.csv", b"id,price,coupon\n3,4,X\n")
    lake.define()
    crawler = lake.crawl()

    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED"
    assert "ErrorMessage" not in crawler["LastCrawl"]
    table = lake.table()
    assert lake.columns() == {"id": "bigint", "price": "double", "coupon": "string"}
    assert table["PartitionKeys"] == [{"Name": "date", "Type": "string"}]
    assert table["TableType"] == "EXTERNAL_TABLE"
    descriptor = table["StorageDescriptor"]
    assert descriptor["Location"] == f"s3://{lake.name}/raw/sales/"
    assert descriptor["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert descriptor["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {"field.delim": ","},
    }
    assert table["Parameters"] == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": lake.name,
        "areColumnsQuoted": "false",
        "averageRecordSize": "14",
        "classification": "csv",
        "columnsOrdered": "true",
        "compressionType": "none",
        "delimiter": ",",
        "objectCount": "2",
        "recordCount": "3",
        "sizeKey": "42",
        "skip.header.line.count": "1",
        "typeOfData": "file",
    }
    assert lake.partitions() == {
        "2025-01-15": f"s3://{lake.name}/raw/sales/date=2025-01-15/",
        "2025-01-16": f"s3://{lake.name}/raw/sales/date=2025-01-16/",
    }


def test_describes_json_with_its_serde(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.json", b'[{"b": 1, "a": "x"}]')
    lake.put("raw/sales/date=2025-01-16/a.json.gz", gzip.compress(b'{"b": 2.5}\n{"c": {"d": true}}\n'))
    lake.define(TablePrefix="Raw-")
    lake.crawl()

    table = lake.table("raw_sales")
    assert lake.columns("raw_sales") == {"b": "double", "a": "string", "c": "struct<d:boolean>"}
    assert table["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
        "Parameters": {"paths": "a,b,c"},
    }
    assert table["Parameters"]["jsonPath"] == "$[*]"
    assert len(lake.partitions("raw_sales")) == 2


def test_numbers_partition_keys_of_folders_without_a_name(lake: Lake) -> None:
    lake.put("raw/sales/2025/Country=de/a.csv", b"id,n\n1,2\n")
    lake.define()
    lake.crawl()
    assert [key["Name"] for key in lake.table()["PartitionKeys"]] == ["partition_0", "country"]
    assert list(lake.partitions()) == ["2025/de"]


def test_a_second_crawl_adds_what_is_new_and_changes_nothing_else(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.define()
    lake.crawl()
    version = lake.table()["VersionId"]
    lake.crawl()
    assert lake.table()["VersionId"] == version

    lake.put("raw/sales/date=2025-01-16/a.csv", b"id,n,more\n1,x,y\n")
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "string", "more": "string"}
    assert len(lake.partitions()) == 2


def test_update_behavior_log_keeps_the_schema_and_adds_partitions(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.define(SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    lake.crawl()
    lake.put("raw/sales/date=2025-01-16/a.csv", b"id,n,more\n1,2,3\n")
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "bigint"}
    assert len(lake.partitions()) == 2
    assert "UpdateBehavior is LOG" in lake.said()


def test_merge_new_columns_keeps_the_types_that_are_there(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.define(Configuration='{"Version":1.0,"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}')
    lake.crawl()
    lake.put("raw/sales/date=2025-01-16/a.csv", b"id,n,more\n1,text,3\n")
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "bigint", "more": "bigint"}


def test_new_folders_only_reads_no_known_folder_again(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.define(
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    )
    lake.crawl()
    lake.put("raw/sales/date=2025-01-15/unreadable.csv", b"\x00\x00")
    lake.put("raw/sales/date=2025-01-16/a.csv", b"id,n\n1,2\n")
    lake.crawl()
    assert len(lake.partitions()) == 2
    assert "unreadable" not in lake.said()


@pytest.mark.parametrize(
    ("behavior", "partitions", "tables"),
    [("LOG", 1, ["sales"]), ("DEPRECATE_IN_DATABASE", 1, ["sales"]), ("DELETE_FROM_DATABASE", 0, [])],
)
def test_delete_behavior(lake: Lake, behavior: str, partitions: int, tables: list[str]) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.define(SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior})
    lake.crawl()
    lake.put("raw/sales/date=2025-01-16/a.csv", b"id,n\n1,2\n")
    lake.s3.delete_object(Bucket=lake.name, Key="raw/sales/date=2025-01-15/a.csv")
    lake.crawl()
    assert len(lake.partitions()) == partitions + 1

    lake.s3.delete_object(Bucket=lake.name, Key="raw/sales/date=2025-01-16/a.csv")
    lake.crawl()
    assert lake.tables() == tables
    if tables:
        assert ("DEPRECATED_BY_CRAWLER" in lake.table()["Parameters"]) == (behavior == "DEPRECATE_IN_DATABASE")


def test_leaves_out_files_that_do_not_fit_and_says_so(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.put("raw/sales/date=2025-01-15/b.csv", b"id,n\n1,2\n")
    lake.put("raw/sales/date=2025-01-15/c.json", b'{"x": 1}')
    lake.put("raw/sales/date=2025-01-15/d.bin", b"\x00")
    lake.put("raw/sales/stray.csv", b"id,n\n1,2\n")
    for ignored in ("_SUCCESS", ".hidden", "empty.csv", "skip.tmp"):
        lake.put(f"raw/sales/date=2025-01-15/{ignored}", b"" if ignored == "empty.csv" else b"x,y\n1,1\n")
    lake.define(
        Targets={"S3Targets": [{"Path": f"s3://{lake.name}/raw/sales", "Exclusions": ["**.tmp"]}]},
    )
    crawler = lake.crawl()
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED"
    assert lake.columns() == {"id": "bigint", "n": "bigint"}
    said = lake.said()
    for name in ("c.json", "d.bin", "stray.csv"):
        assert name in said
    for name in ("_SUCCESS", ".hidden", "empty.csv", "skip.tmp"):
        assert name not in said


def test_no_files_is_a_success_without_a_table(lake: Lake) -> None:
    lake.define()
    assert lake.crawl()["LastCrawl"]["Status"] == "SUCCEEDED"
    assert lake.tables() == []


def test_fails_with_the_reason(lake: Lake) -> None:
    lake.define(Targets={"S3Targets": [{"Path": "s3://no-such-bucket-here/raw/"}]})
    last = lake.crawl()["LastCrawl"]
    assert last["Status"] == "FAILED"
    assert "NoSuchBucket" in last["ErrorMessage"]
    [crawl] = lake.glue.list_crawls(CrawlerName=lake.name)["Crawls"]
    assert crawl["State"] == "FAILED"
    assert "NoSuchBucket" in crawl["ErrorMessage"]


def test_fails_where_the_partition_keys_changed(lake: Lake) -> None:
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,n\n1,2\n")
    lake.define()
    lake.crawl()
    lake.s3.delete_object(Bucket=lake.name, Key="raw/sales/date=2025-01-15/a.csv")
    lake.put("raw/sales/year=2025/a.csv", b"id,n\n1,2\n")
    last = lake.crawl()["LastCrawl"]
    assert last["Status"] == "FAILED"
    assert "partitioned by year" in last["ErrorMessage"]
    assert "by date" in last["ErrorMessage"]


def test_does_not_start_twice(lake: Lake) -> None:
    for number in range(40):
        lake.put(f"raw/sales/date=2025-01-15/{number}.csv", b"id,n\n1,2\n")
    lake.define()
    lake.glue.start_crawler(Name=lake.name)
    assert lake.crawler()["State"] in ("RUNNING", "STOPPING")
    with pytest.raises(lake.glue.exceptions.CrawlerRunningException):
        lake.glue.start_crawler(Name=lake.name)
    assert lake.rest()["LastCrawl"]["Status"] == "SUCCEEDED"


def test_can_be_stopped(lake: Lake) -> None:
    for number in range(200):
        lake.put(f"raw/sales/date=2025-01-15/{number}.csv", b"id,n\n1,2\n")
    lake.define()
    with pytest.raises(lake.glue.exceptions.CrawlerNotRunningException):
        lake.glue.stop_crawler(Name=lake.name)
    lake.glue.start_crawler(Name=lake.name)
    lake.glue.stop_crawler(Name=lake.name)
    assert lake.rest()["LastCrawl"]["Status"] == "CANCELLED"
    assert lake.tables() == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"Targets": {"JdbcTargets": [{"ConnectionName": "c", "Path": "x"}]}}, "S3Targets only"),
        ({"Classifiers": ["mine"]}, "no custom classifiers"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "CRAWL_EVENT_MODE"),
    ],
)
def test_refuses_what_it_does_not_know(lake: Lake, settings: dict[str, Any], reason: str) -> None:
    lake.define(**settings)
    with pytest.raises(lake.glue.exceptions.InvalidInputException, match=reason):
        lake.glue.start_crawler(Name=lake.name)
