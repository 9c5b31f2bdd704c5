from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import pytest
from commerce_lake_local.athena.text_tables import TextRelation

from .athena_lake import AthenaLake
from .conftest import LocalAws, wait_until

_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_JSON = "org.openx.data.jsonserde.JsonSerDe"


@pytest.fixture(scope="module")
def lake(aws: LocalAws) -> AthenaLake:
    return AthenaLake(aws)


def define(
    lake: AthenaLake, name: str, columns: dict[str, str], library: str, by: tuple[str, ...] = (), **settings: Any
) -> None:
    lake.glue.create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": settings.get("table", {}),
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in by],
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                "Location": f"s3://{lake.bucket}/raw/{name}/",
                "SerdeInfo": {"SerializationLibrary": library, "Parameters": settings.get("serde", {})},
            },
        },
    )


class TestLazySimple:
    def test_splits_lines_and_knows_no_quotes(self, lake: AthenaLake) -> None:
        define(
            lake, "plain", {"id": "bigint", "price": "decimal(10,2)", "note": "string"}, _LAZY,
            serde={"field.delim": ","}, table={"skip.header.line.count": "1"},
        )  # fmt: skip
        lake.put("raw/plain/a.csv", b'id,price,note\r\n1,2.50,"a,b"\r\n2,x,\\N\r\n3\r\n4,1,c,too many\r\n')
        lake.put("raw/plain/b.csv.gz", gzip.compress(b"id,price,note\n5,9.99,zo\xc3\xab\n"))
        lake.put("raw/plain/_ignored.csv", b"id,price,note\n9,9,9\n")
        answer = lake.ask("SELECT * FROM plain ORDER BY id")
        assert answer.types == ["bigint", "decimal", "varchar"]
        assert answer.rows == [
            ["1", "2.50", '"a'],
            ["2", None, None],
            ["3", None, None],
            ["4", "1.00", "c"],
            ["5", "9.99", "zoë"],
        ]

    def test_default_delimiter(self, lake: AthenaLake) -> None:
        define(lake, "ctrl_a", {"a": "string", "b": "int"}, _LAZY)
        lake.put("raw/ctrl_a/x", b"one\x012\n")
        assert lake.ask("SELECT * FROM ctrl_a").rows == [["one", "2"]]

    def test_a_value_far_behind_that_cannot_be_cast_fails_the_query_as_one_in_front(self, lake: AthenaLake) -> None:
        define(lake, "late", {"a": "string"}, _LAZY)
        lake.put("raw/late/x", b"1\n" * 50_000 + b"x\n")
        assert lake.failure("SELECT CAST(a AS integer) FROM late").startswith(
            "INVALID_CAST_ARGUMENT: Could not convert"
        )

    def test_no_files_are_no_rows(self, lake: AthenaLake) -> None:
        define(lake, "nothing", {"a": "string"}, _LAZY)
        assert lake.ask("SELECT * FROM nothing").rows == []


def test_open_csv_knows_quotes(lake: AthenaLake) -> None:
    define(lake, "quoted", {"id": "string", "text": "string"}, _OPEN_CSV, table={"skip.header.line.count": "1"})
    lake.put("raw/quoted/a.csv", b'id,text\n1,"a, ""b"""\n2,\n')
    assert lake.ask("SELECT * FROM quoted ORDER BY id").rows == [["1", 'a, "b"'], ["2", ""]]


class TestJson:
    def test_one_object_a_line(self, lake: AthenaLake) -> None:
        columns = {
            "id": "int",
            "name": "string",
            "tags": "array<string>",
            "place": "struct<x:int,y:double>",
            "ok": "boolean",
        }
        define(lake, "lines", columns, _JSON)
        lake.put(
            "raw/lines/a.json",
            b'{"id": 1, "name": "n", "tags": ["a", "b"], "place": {"x": 1, "y": 2}, "ok": true, "more": 0}\n\n'
            b'{"id": "x"}\n',
        )
        answer = lake.ask("SELECT *, place.y FROM lines ORDER BY id")
        assert answer.rows == [
            ["1", "n", "[a, b]", "{x=1, y=2.0}", "true", "2.0"],
            [None, None, None, None, None, None],
        ]

    def test_an_array_is_no_row(self, lake: AthenaLake) -> None:
        define(lake, "array", {"id": "int"}, _JSON)
        lake.put("raw/array/a.json", b'[{"id": 1}]\n')
        assert lake.failure("SELECT id FROM array").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


class TestPartitions:
    def test_only_those_asked_for_are_read(self, lake: AthenaLake) -> None:
        define(lake, "parts", {"id": "bigint"}, _LAZY, by=("date",))
        descriptor = {"SerdeInfo": {"SerializationLibrary": _LAZY}, "Columns": [{"Name": "id", "Type": "bigint"}]}
        for day in range(1, 4):
            folder = f"raw/parts/date=2025-01-0{day}/"
            lake.put(f"{folder}a.csv", f"{day}\n".encode() * 100)
            place = descriptor | {"Location": f"s3://{lake.bucket}/{folder}"}
            lake.glue.create_partition(
                DatabaseName=lake.database,
                TableName="parts",
                PartitionInput={"Values": [f"2025-01-0{day}"], "StorageDescriptor": place},
            )
        assert lake.ask("SELECT date, count(*) FROM parts GROUP BY 1 ORDER BY 1").scanned == 600
        answer = lake.ask("SELECT sum(id) FROM parts WHERE date = '2025-01-02'")
        assert (answer.rows, answer.scanned) == ([["200"]], 200)
        assert lake.ask("SELECT count(*) FROM parts WHERE date > '2025-01-03'").scanned == 0
        answer = lake.ask("SHOW PARTITIONS parts")
        assert answer.rows == [["date=2025-01-01"], ["date=2025-01-02"], ["date=2025-01-03"]]

    def define(
        self, lake: AthenaLake, name: str, folders: Mapping[str, tuple[str, ...]], by: tuple[str, ...] = ("day",)
    ) -> None:
        """A table of ids, in each of whose partitions there is one, by its folder in the raw zone and its values."""
        define(lake, name, {"id": "bigint"}, _LAZY, by=by)
        for number, (folder, values) in enumerate(folders.items()):
            lake.put(f"raw/{folder}/a.csv", f"{number}\n".encode())
            place = {
                "SerdeInfo": {"SerializationLibrary": _LAZY},
                "Columns": [{"Name": "id", "Type": "bigint"}],
                "Location": f"s3://{lake.bucket}/raw/{folder}",
            }
            lake.glue.create_partition(
                DatabaseName=lake.database,
                TableName=name,
                PartitionInput={"Values": list(values), "StorageDescriptor": place},
            )

    def test_values_are_what_the_catalog_says_wherever_the_files_lie(self, lake: AthenaLake) -> None:
        values = ["null", "NULL", "a/b=c d%25é'\"", "2025-01-01", "__HIVE_DEFAULT_PARTITION__"]
        folders = {f"anywhere{number}/day=other/x=1": (value,) for number, value in enumerate(values)}
        folders |= {"kinds/day=2025-01-1": ("short",), "kinds/day=2025-01-15": ("long",), "kinds/inner": ("in",)}
        self.define(lake, "kinds", folders)
        lake.put("raw/kinds/inner/deeper=1/_hidden/b.csv.gz", gzip.compress(b"70\n"))
        answer = lake.ask("SELECT day, id FROM kinds ORDER BY id")
        assert answer.rows == [
            *([value, str(number)] for number, value in enumerate(values[:-1])),
            [None, "4"],
            *([value, str(number)] for number, value in enumerate(["short", "long", "in"], 5)),
            ["in", "70"],
        ]
        for where, found in {
            "day = 'null'": "0",
            "day = 'NULL'": "1",
            "day LIKE 'a/b=c%é%'": "2",
            "day IS NULL": "4",
        }.items():
            answer = lake.ask(f"SELECT id FROM kinds WHERE {where}")
            assert (answer.rows, answer.scanned) == ([[found]], 2)

    @pytest.mark.parametrize(
        ("query", "rows", "files"),
        [
            ("SELECT sum(id) FROM cast_days WHERE CAST(day AS date) = DATE '2025-01-02'", "1", 1),
            ("SELECT sum(id) FROM cast_days d WHERE date(d.day) > DATE '2025-01-01' AND (hour = '1')", "2", 1),
            ("SELECT sum(id) FROM (SELECT * FROM cast_days WHERE year(date(day)) = 2024)", None, 0),
            ("SELECT sum(id) FROM cast_days WHERE CAST(hour AS int) = 1 AND id < 2", "0", 2),
            ("SELECT sum(id) FROM cast_days WHERE day = (SELECT max(day) FROM cast_days)", "2", 3),
            # What stands for a missing row is no row of the table.
            ("SELECT count(*) FROM (SELECT 1) LEFT JOIN cast_days ON id = 9 WHERE date(day) IS NULL", "1", 3),
            # One condition on two tables, and one on a key and a column.
            ("SELECT sum(a.id) FROM cast_days a JOIN cast_days b ON a.id = b.id WHERE lower(a.day) = b.day", "3", 3),
            ("SELECT sum(id) FROM cast_days WHERE date(day) = DATE '2025-01-02' OR id = 0", "1", 3),
        ],
    )  # fmt: skip
    def test_conditions_that_may_fail_leave_partitions_out_too(
        self, lake: AthenaLake, query: str, rows: str | None, files: int
    ) -> None:
        if "cast_days" not in [
            table["Name"] for table in lake.glue.get_tables(DatabaseName=lake.database)["TableList"]
        ]:
            days = {"a": ("2025-01-01", "1"), "b": ("2025-01-02", "0"), "c": ("2025-01-03", "1")}
            self.define(lake, "cast_days", {f"cast_days/{folder}": days[folder] for folder in days}, ("day", "hour"))
        answer = lake.ask(query)
        assert (answer.rows, answer.scanned) == ([[rows]], 2 * files)

    def test_a_condition_that_fails_fails_the_query(self, lake: AthenaLake) -> None:
        self.define(lake, "no_days", {"no_days/a": ("2025-01-01",), "no_days/b": ("none",)})
        assert lake.failure("SELECT id FROM no_days WHERE CAST(day AS date) > DATE '2024-01-01'").startswith(
            "INVALID_CAST_ARGUMENT"
        )

    @pytest.mark.parametrize("library", [_LAZY, _OPEN_CSV, _JSON])
    def test_a_year_of_days_is_one_read_and_one_listing(self, library: str) -> None:
        listed: list[str] = []

        class Bucket:
            """Holds a file for each day."""

            def get_paginator(self, _: str) -> Bucket:
                return self

            def paginate(self, **asked: str) -> list[dict[str, Any]]:
                listed.append(asked["Prefix"])
                return [{"Contents": [{"Key": f"raw/year/day={day}/a", "Size": 2} for day in range(365)]}]

        descriptor = {"Columns": [], "SerdeInfo": {"SerializationLibrary": library}}
        table: dict[str, Any] = {
            "StorageDescriptor": descriptor | {"Location": "s3://lake/raw/year"},
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
        }
        partitions: list[Mapping[str, Any]] = [
            {"Values": [str(day)], "StorageDescriptor": {"Location": f"s3://lake/raw/year/day={day}"}}
            for day in range(365)
        ]
        scan = TextRelation("year", table, Bucket(), partitions).scan("scan_0")
        assert (scan.sql.count("read_csv("), listed) == (1, ["raw/year/"])
        assert len(scan.sizes) == len(set(scan.names.values())) == 365

    def test_repair_finds_the_folders(self, lake: AthenaLake) -> None:
        define(lake, "found", {"id": "bigint"}, _LAZY, by=("year", "month"))
        lake.put("raw/found/year=2025/month=01/a.csv", b"1\n")
        lake.put("raw/found/year=2025/other=01/a.csv", b"1\n")
        assert lake.ask("SELECT * FROM found").rows == []
        answer = lake.ask("MSCK REPAIR TABLE found")
        assert answer.rows == [["Repair: Added partition to metastore found:year=2025/month=01"]]
        assert lake.ask("SELECT * FROM found").rows == [["1", "2025", "01"]]
        assert lake.ask("MSCK REPAIR TABLE found").rows == []


def test_what_a_crawler_finds_can_be_queried(lake: AthenaLake) -> None:
    lake.put("raw/crawled/date=2025-01-15/a.csv", b"Order,Price\n1,2.5\n2,3.5\n")
    lake.put("raw/crawled/date=2025-01-16/a.csv", b"Order,Price\n3,4.5\n")
    targets = {"S3Targets": [{"Path": f"s3://{lake.bucket}/raw/crawled/"}]}
    lake.glue.create_crawler(Name=lake.bucket, Role="r", DatabaseName=lake.database, Targets=targets)
    lake.glue.start_crawler(Name=lake.bucket)
    wait_until(lambda: lake.glue.get_crawler(Name=lake.bucket)["Crawler"]["State"] == "READY", "the crawler is ready")
    answer = lake.ask('SELECT date, sum("order"), sum(price) FROM crawled GROUP BY date ORDER BY date')
    assert answer.types == ["varchar", "bigint", "double"]
    assert answer.rows == [["2025-01-15", "3", "6.0"], ["2025-01-16", "3", "4.5"]]


def test_another_serde_is_not_known(lake: AthenaLake) -> None:
    define(lake, "grok", {"a": "string"}, "com.amazonaws.glue.serde.GrokSerDe")
    lake.put("raw/grok/a.log", b"x\n")
    assert "the SerDe com.amazonaws.glue.serde.GrokSerDe of awsdatacatalog" in lake.failure("SELECT * FROM grok")


class TestProjection:
    """https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html"""

    def define(self, lake: AthenaLake, name: str, **more: str) -> None:
        settings = {"type": "date", "format": "yyyy-MM-dd", "range": "2025-01-02,NOW+1DAYS", **more}
        projection = {f"projection.day.{key}": value for key, value in settings.items()}
        define(lake, name, {"id": "int"}, _JSON, by=("day",), table={"projection.enabled": "true", **projection})

    def test_partitions_are_the_days_of_the_range_that_hold_objects(self, lake: AthenaLake) -> None:
        self.define(lake, "projected")
        for day, key in {"2025-01-01": 1, "2025-01-02": 2, "2025-01-03": 3, "2999-01-01": 4, "none": 5}.items():
            lake.put(f"raw/projected/day={day}/x.json", b'{"id": %d}\n' % key)
        lake.put("raw/projected/2025-01-03/x.json", b'{"id": 6}\n')
        assert lake.ask("SELECT id, day FROM projected ORDER BY id").rows == [["2", "2025-01-02"], ["3", "2025-01-03"]]

    def test_a_day_is_read_alone(self, lake: AthenaLake) -> None:
        self.define(lake, "long")
        for day in range(10, 30):
            lake.put(f"raw/long/day=2025-01-{day}/x.json", b'{"id": 1}\n' * day)
        one = lake.ask("SELECT count(*) FROM long WHERE day = '2025-01-12'")
        assert (one.rows, one.scanned) == ([["12"]], 12 * len(b'{"id": 1}\n'))

    @pytest.mark.parametrize(
        ("name", "settings", "reason"),
        [
            ("numbered", {"type": "integer"}, "NOT_SUPPORTED: The local Athena does not know partition projection of"),
            ("hourly", {"format": "yyyy-MM-dd-HH"}, "NOT_SUPPORTED: The local Athena does not know"),
            ("monthly", {"range": "NOW-3MONTHS,NOW"}, "NOT_SUPPORTED: The local Athena does not know the end"),
        ],
    )
    def test_what_it_does_not_know_it_says(
        self, lake: AthenaLake, name: str, settings: dict[str, str], reason: str
    ) -> None:
        self.define(lake, name, **settings)
        assert lake.failure(f"SELECT * FROM {name}").startswith(reason)
