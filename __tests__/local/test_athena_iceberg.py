from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commerce_lake_local.athena.catalog import Catalog
from commerce_lake_local.athena.engine import EngineSettings, QueryEngine, QueryRun, parse_statement
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.typedef import Record
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)

from .athena_lake import AthenaLake, rows_of
from .conftest import LocalAws

_SALES = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "amount", DecimalType(10, 2)),
    NestedField(3, "sold_at", TimestamptzType()),
    NestedField(4, "day", IntegerType()),
    NestedField(5, "note", StringType()),
    NestedField(6, "source_date", DateType()),
)
_DAYS = 5
# In files as small as these, DuckDB reads over the gap between two columns rather than twice.
_ALL = [1, 2, 3, 4, 5, 6]


def sale(number: int) -> dict[str, object]:
    day = 1 + number % _DAYS
    return {
        "id": number,
        "amount": Decimal(number) / 4,
        "sold_at": datetime(2025, 1, day, 12, tzinfo=UTC),
        "day": day,
        "note": f"note {number * 7919}",
        "source_date": date(2025, 1, 20),
    }


@pytest.fixture(scope="module")
def lake(aws: LocalAws) -> AthenaLake:
    return AthenaLake(aws)


@pytest.fixture(scope="module")
def first_snapshot(lake: AthenaLake) -> Iterator[int]:
    """The table `sales`: a thousand rows in five partitions, then ten more; a branch with one row of its own."""
    table = lake.create("sales", _SALES, by=("day",))
    table.append(rows_of(table, [sale(number) for number in range(1000)]))
    first = _head(table)
    table.append(rows_of(table, [sale(number) for number in range(1000, 1010)]))
    table.manage_snapshots().create_branch(_head(table), "run_x").commit()
    table.append(rows_of(table, [sale(7777)]), branch="run_x")
    yield first


def _head(table: Table, branch: str = "main") -> int:
    table.refresh()
    snapshot = table.snapshot_by_name(branch)
    assert snapshot is not None
    return snapshot.snapshot_id


@pytest.mark.usefixtures("first_snapshot")
class TestReading:
    def test_types_and_values(self, lake: AthenaLake) -> None:
        answer = lake.ask("SELECT * FROM sales WHERE id = 7")
        assert answer.names == ["id", "amount", "sold_at", "day", "note", "source_date"]
        assert answer.types == ["bigint", "decimal", "timestamp with time zone", "integer", "varchar", "date"]
        assert (answer.columns[1]["Precision"], answer.columns[1]["Scale"]) == (10, 2)
        assert answer.rows == [["7", "1.75", "2025-01-03 12:00:00.000000 UTC", "3", "note 55433", "2025-01-20"]]

    def test_a_time_as_text_has_its_microseconds(self, lake: AthenaLake) -> None:
        answer = lake.ask("SELECT CAST(max(sold_at) AS varchar), CAST(max(sold_at) AS date) FROM sales")
        assert answer.rows == [["2025-01-05 12:00:00.000000 UTC", "2025-01-05"]]

    def test_names_may_be_full_and_quoted(self, lake: AthenaLake) -> None:
        sql = f'SELECT S.ID FROM "AwsDataCatalog"."{lake.database}"."Sales" AS s WHERE s."id" = 3'
        assert lake.ask(sql, QueryExecutionContext={}).rows == [["3"]]
        sql = f"SELECT {lake.database}.sales.id FROM {lake.database}.sales WHERE sales.id = 3"
        assert lake.ask(sql).rows == [["3"]]

    def test_joins_a_table_with_itself(self, lake: AthenaLake) -> None:
        sql = (
            "SELECT a.id, b.id FROM sales a JOIN sales b ON a.id = b.id + 1 WHERE a.day = 2 AND b.day = 1 AND b.id < 10"
        )
        assert lake.ask(f"{sql} ORDER BY 1").rows == [["1", "0"], ["6", "5"]]

    def test_a_common_table_hides_the_table_of_its_name(self, lake: AthenaLake) -> None:
        sql = "WITH sales AS (SELECT id FROM sales WHERE id < 3) SELECT count(*) FROM sales"
        assert lake.ask(sql).rows == [["3"]]

    def test_tables_in_subqueries(self, lake: AthenaLake) -> None:
        sql = """
            SELECT day, (SELECT max(id) FROM sales) FROM sales AS outside
            WHERE EXISTS (SELECT 1 FROM sales WHERE sales.id = outside.id + 1009)
              AND id NOT IN (SELECT id + 1 FROM sales)
            """
        assert lake.ask(sql).rows == [["1", "1009"]]


class TestTimeTravel:
    def test_to_a_snapshot(self, lake: AthenaLake, first_snapshot: int) -> None:
        now = lake.ask("SELECT count(*) FROM sales").rows
        then = lake.ask(f'SELECT count(*) FROM "{lake.database}"."sales" FOR VERSION AS OF {first_snapshot}').rows
        assert (now, then) == ([["1010"]], [["1000"]])

    def test_to_the_snapshot_of_a_branch(self, lake: AthenaLake, first_snapshot: int) -> None:
        head = _head(lake.catalog.load_table((lake.database, "sales")), "run_x")
        assert lake.ask(f"SELECT count(*), max(id) FROM sales FOR VERSION AS OF {head}").rows == [["1011", "7777"]]
        assert lake.ask("SELECT max(id) FROM sales").rows == [["1009"]]

    def test_to_a_snapshot_that_is_joined_with_itself(self, lake: AthenaLake, first_snapshot: int) -> None:
        day = f"(SELECT id, CAST(day AS double) AS d FROM sales FOR VERSION AS OF {first_snapshot} WHERE day = %d)"
        counts = "count(*), count(*) FILTER (WHERE abs(n.d - o.d) >= 1)"
        sql = f"SELECT {counts} FROM {day % 2} n JOIN {day % 1} o ON n.id = o.id + 1"
        assert lake.ask(sql).rows == [["200", "200"]]

    def test_to_a_time(self, lake: AthenaLake, first_snapshot: int) -> None:
        [(at, _), *_] = lake.ask('SELECT made_current_at, snapshot_id FROM "sales$history" ORDER BY 1').rows
        assert lake.ask(f"SELECT count(*) FROM sales FOR TIMESTAMP AS OF TIMESTAMP '{at}'").rows == [["1000"]]
        reason = lake.failure("SELECT 1 FROM sales FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'")
        assert reason.startswith("INVALID_ARGUMENTS: No version history table at or before 2020-01-01")

    def test_to_nowhere(self, lake: AthenaLake, first_snapshot: int) -> None:
        reason = lake.failure("SELECT 1 FROM sales FOR VERSION AS OF 5")
        assert reason == "INVALID_ARGUMENTS: Iceberg snapshot ID does not exist: 5"

    def test_to_a_branch_by_its_name_which_athena_does_not_know(self, lake: AthenaLake, first_snapshot: int) -> None:
        assert lake.failure("SELECT 1 FROM sales FOR VERSION AS OF 'run_x'").startswith("NOT_SUPPORTED")


@pytest.mark.usefixtures("first_snapshot")
class TestBytesScanned:
    def chunks(self, lake: AthenaLake, columns: list[int], day: int | None = None) -> int:
        """Bytes of the chunks of some columns (field ids) in the table's files, of one day or all."""
        tasks = lake.catalog.load_table((lake.database, "sales")).scan().plan_files()
        files = [task.file for task in tasks if day is None or task.file.partition[0] == day]
        return sum(file.column_sizes[column] for file in files for column in columns)

    def test_are_those_of_the_columns_read(self, lake: AthenaLake) -> None:
        assert lake.ask("SELECT sum(id) FROM sales").scanned == self.chunks(lake, [1])
        assert lake.ask("SELECT sum(id), max(note) FROM sales").scanned >= self.chunks(lake, [1])
        whole = lake.ask("SELECT * FROM sales").scanned
        # Between the chunks of a row group lie a few bytes that a reader of all of them does not skip.
        files = lake.catalog.load_table((lake.database, "sales")).inspect.files()["file_size_in_bytes"].to_pylist()
        assert self.chunks(lake, _ALL) <= whole < sum(files)

    def test_are_none_where_the_metadata_answers(self, lake: AthenaLake) -> None:
        assert lake.ask("SELECT count(*) FROM sales").scanned == 0

    @pytest.mark.parametrize(
        "condition",
        [
            "day = 2",
            "day IN (2)",
            "day > 1 AND day < 3",
            "day BETWEEN 2 AND 2",
            "NOT (day <> 2)",
            "(day = 2 AND id > 0) OR (day = 2 AND id < 100)",
        ],
    )
    def test_are_those_of_the_partitions_read(self, lake: AthenaLake, condition: str) -> None:
        answer = lake.ask(f"SELECT sum(id) FROM sales WHERE {condition}")
        assert answer.rows == [["101707"]]
        assert self.chunks(lake, [1], day=2) <= answer.scanned <= self.chunks(lake, _ALL, day=2)

    def test_hold_through_a_view_and_a_common_table(self, lake: AthenaLake) -> None:
        lake.ask("CREATE OR REPLACE VIEW sales_by_day AS SELECT day, id, amount FROM sales")
        sql = "WITH v AS (SELECT * FROM sales_by_day) SELECT sum(id) FROM v WHERE day = 2"
        assert lake.ask(sql).scanned <= self.chunks(lake, _ALL, day=2)

    def test_hold_for_days_that_a_join_gives(self, lake: AthenaLake) -> None:
        sql = "WITH period AS (SELECT 2 AS day) SELECT sum(id) FROM sales JOIN period USING (day)"
        assert lake.ask(sql).scanned <= self.chunks(lake, _ALL, day=2)

    def test_hold_for_parameters(self, lake: AthenaLake) -> None:
        answer = lake.ask("SELECT sum(id) FROM sales WHERE day = ?", ExecutionParameters=["2"])
        assert answer.scanned <= self.chunks(lake, _ALL, day=2)

    def test_files_of_other_partitions_are_not_even_opened(self, lake: AthenaLake, tmp_path: Path) -> None:
        class Spy:
            """Notes which objects are got."""

            def __init__(self) -> None:
                self.keys: list[str] = []

            def get_object(self, **given: Any) -> Any:
                self.keys.append(given["Key"])
                return lake.s3.get_object(**given)

        spy = Spy()
        catalog = Catalog(lake.glue, lake.s3, lake.storage)
        engine = QueryEngine(catalog, spy, EngineSettings("500MB", 1, tmp_path))
        query = parse_statement(
            "SELECT a.id FROM sales a JOIN sales b ON a.id = b.id WHERE a.day = 2 AND b.day IN (2, 3)"
        )
        with engine.run(query, lake.database, QueryRun()) as (_, rows):
            assert len(list(rows)) == 202
        days = {key.partition("/day=")[2].partition("/")[0] for key in spy.keys}
        assert days == {"2", "3"}

    def test_files_are_left_out_by_their_bounds(self, lake: AthenaLake) -> None:
        # The files of the second append hold the ids from 1000 on.
        assert lake.ask("SELECT count(id) FROM sales WHERE id >= 1000").scanned < self.chunks(lake, [1]) / 5
        sql = "SELECT max(note) FROM sales WHERE sold_at < TIMESTAMP '2025-01-02 00:00:00 UTC'"
        assert lake.ask(sql).scanned <= self.chunks(lake, _ALL, day=1)
        assert lake.ask("SELECT max(note) FROM sales WHERE source_date > DATE '2025-01-20'").scanned == 0


@pytest.mark.usefixtures("first_snapshot")
class TestMetadataTables:
    def test_snapshots(self, lake: AthenaLake) -> None:
        answer = lake.ask("SELECT operation, summary['added-records'] FROM \"sales$snapshots\" ORDER BY committed_at")
        assert answer.rows == [["append", "1000"], ["append", "10"], ["append", "1"]]

    def test_refs(self, lake: AthenaLake) -> None:
        assert lake.ask('SELECT name, type FROM "sales$refs"').rows == [["main", "BRANCH"], ["run_x", "BRANCH"]]

    def test_partitions(self, lake: AthenaLake) -> None:
        answer = lake.ask('SELECT "partition".day, record_count, file_count FROM "sales$partitions" ORDER BY 1 LIMIT 1')
        assert answer.rows == [["1", "202", "2"]]

    def test_files_and_manifests(self, lake: AthenaLake) -> None:
        assert lake.ask('SELECT count(*), sum(record_count) FROM "sales$files"').rows == [["10", "1010"]]
        assert lake.ask('SELECT count(*) > 0 FROM "sales$manifests"').rows == [["true"]]

    def test_what_athena_has_not(self, lake: AthenaLake) -> None:
        assert "sales$nothing' does not exist" in lake.failure('SELECT * FROM "sales$nothing"')


def test_an_empty_table_has_no_rows(lake: AthenaLake) -> None:
    lake.create("empty", _SALES)
    assert lake.ask("SELECT id, amount FROM empty").rows == []
    assert lake.ask("SELECT count(*), sum(amount) FROM empty").rows == [["0", None]]


def test_columns_are_read_by_their_ids(lake: AthenaLake) -> None:
    table = lake.create("evolving", Schema(NestedField(1, "a", IntegerType()), NestedField(2, "b", StringType())))
    table.append(pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]}))
    before = _head(table)
    with table.update_schema() as update:
        update.rename_column("b", "c").update_column("a", LongType())
    with table.refresh().update_schema() as update:
        update.add_column("b", DoubleType())
    table.refresh()
    table.append(rows_of(table, [{"a": 2**40, "c": "y", "b": 0.5}]))
    answer = lake.ask("SELECT * FROM evolving ORDER BY a")
    assert (answer.names, answer.types) == (["a", "c", "b"], ["bigint", "varchar", "double"])
    assert answer.rows == [["1", "x", None], [str(2**40), "y", "0.5"]]
    old = lake.ask(f"SELECT * FROM evolving FOR VERSION AS OF {before}")
    assert (old.names, old.rows) == (["a", "b"], [["1", "x"]])


def test_rows_that_delete_files_name_are_left_out(lake: AthenaLake) -> None:
    table = lake.create("deleted", Schema(NestedField(1, "id", LongType())))
    table.append(pa.table({"id": [10, 11, 12]}))
    [task] = table.scan().plan_files()
    path = f"s3://{lake.bucket}/processed/deleted/data/deletes.parquet"
    paths = pa.field("file_path", pa.string(), metadata={"PARQUET:field_id": "2147483546"})
    places = pa.field("pos", pa.int64(), metadata={"PARQUET:field_id": "2147483545"})
    deletes = pa.table([[task.file.file_path], pa.array([1], pa.int64())], schema=pa.schema([paths, places]))
    with table.io.new_output(path).create() as stream:
        pq.write_table(deletes, stream)
    deleted = DataFile.from_args(
        content=DataFileContent.POSITION_DELETES,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=1,
        file_size_in_bytes=len(table.io.new_input(path)),
    )
    deleted.spec_id = 0
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as append:
        append.append_data_file(deleted)
    assert len(next(iter(table.refresh().scan().plan_files())).delete_files) == 1
    assert lake.ask("SELECT id FROM deleted ORDER BY id").rows == [["10"], ["12"]]


def test_nested_and_other_types(lake: AthenaLake) -> None:
    inner = StructType(NestedField(11, "x", IntegerType()), NestedField(12, "y", StringType()))
    table = lake.create(
        "nested",
        Schema(
            NestedField(1, "tags", ListType(10, StringType(), element_required=False)),
            NestedField(2, "place", inner),
            NestedField(3, "ok", BooleanType()),
            NestedField(4, "local", TimestampType()),
        ),
    )
    row = {"tags": ["a", None], "place": {"x": 1, "y": None}, "ok": True, "local": datetime(2025, 1, 15, 1, 2, 3, 4)}
    table.append(rows_of(table, [row]))
    answer = lake.ask("SELECT *, place.x + 1, cardinality(tags) FROM nested")
    assert answer.types[:4] == ["array", "row", "boolean", "timestamp"]
    assert answer.rows == [["[a, null]", "{x=1, y=null}", "true", "2025-01-15 01:02:03.000004", "2", "2"]]


def test_a_format_that_athena_does_not_read(lake: AthenaLake) -> None:
    table = lake.create("newer", _SALES)
    key = table.metadata_location.removeprefix(f"s3://{lake.bucket}/")
    metadata = json.loads(lake.s3.get_object(Bucket=lake.bucket, Key=key)["Body"].read())
    lake.put(key, json.dumps(metadata | {"format-version": 3, "next-row-id": 0}).encode())
    assert lake.failure("SELECT * FROM newer").startswith("NOT_SUPPORTED: Iceberg table version 3 is not supported")


def test_lost_metadata(lake: AthenaLake) -> None:
    table = lake.create("lost", _SALES)
    bucket, _, key = table.metadata_location.removeprefix("s3://").partition("/")
    lake.s3.delete_object(Bucket=bucket, Key=key)
    assert lake.failure("SELECT * FROM lost").startswith("ICEBERG_INVALID_METADATA: Metadata not found in metadata loc")


class TestUpkeep:
    def test_compaction_keeps_the_rows(self, lake: AthenaLake) -> None:
        table = lake.create("splinters", _SALES, by=("day",))
        for start in range(0, 50, 10):
            table.append(rows_of(table, [sale(number) for number in range(start, start + 10)]))
        before = lake.ask("SELECT * FROM splinters ORDER BY id").rows
        answer = lake.ask("OPTIMIZE splinters REWRITE DATA USING BIN_PACK")
        assert (answer.execution["StatementType"], answer.rows) == ("DML", [])
        assert lake.ask("SELECT * FROM splinters ORDER BY id").rows == before
        assert lake.ask('SELECT count(*) FROM "splinters$files"').rows == [[str(_DAYS)]]

    def test_few_files_are_left_alone(self, lake: AthenaLake) -> None:
        table = lake.create("few", _SALES)
        for number in range(4):
            table.append(rows_of(table, [sale(number)]))
        lake.ask(f"OPTIMIZE `{lake.database}`.`few` REWRITE DATA USING BIN_PACK")
        assert lake.ask('SELECT count(*) FROM "few$snapshots"').rows == [["4"]]

    def test_expiry_deletes_what_no_branch_needs(self, lake: AthenaLake) -> None:
        table = lake.create("aged", _SALES, **{"vacuum_max_snapshot_age_seconds": "0"})
        table.append(rows_of(table, [sale(1)]))
        table.manage_snapshots().create_branch(_head(table), "run_y").commit()
        for number in range(2, 5):
            table.overwrite(rows_of(table, [sale(number)]))
        lake.put("processed/aged/data/orphan.parquet", b"left by a failed write")
        branch = _head(table, "run_y")
        lake.ask("VACUUM aged")
        assert lake.ask("SELECT id FROM aged").rows == [["4"]]
        assert lake.ask(f"SELECT id FROM aged FOR VERSION AS OF {branch}").rows == [["1"]]
        assert lake.ask('SELECT count(*) FROM "aged$snapshots"').rows == [["2"]]
        keys = [
            item["Key"]
            for item in lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix="processed/aged/data/")["Contents"]
        ]
        assert len(keys) == 2

    def test_young_snapshots_stay(self, lake: AthenaLake) -> None:
        table = lake.create("young", _SALES)
        table.append(rows_of(table, [sale(1)]))
        table.overwrite(rows_of(table, [sale(2)]))
        count = lake.ask('SELECT count(*) FROM "young$snapshots"').rows
        lake.ask("VACUUM young")
        assert lake.ask('SELECT count(*) FROM "young$snapshots"').rows == count

    def test_as_many_snapshots_stay_as_the_table_wants(self, lake: AthenaLake) -> None:
        wanted = {"vacuum_max_snapshot_age_seconds": "0", "vacuum_min_snapshots_to_keep": "2"}
        table = lake.create("chronicle", _SALES, **wanted)
        for number in range(4):
            table.overwrite(rows_of(table, [sale(number)]))
        before = lake.ask('SELECT snapshot_id FROM "chronicle$history" ORDER BY made_current_at').rows
        lake.ask("VACUUM chronicle")
        left = lake.ask('SELECT snapshot_id FROM "chronicle$snapshots" ORDER BY committed_at').rows
        assert left == before[-2:]

    def test_only_iceberg_tables(self, lake: AthenaLake) -> None:
        lake.glue.create_table(DatabaseName=lake.database, TableInput={"Name": "plain", "Parameters": {}})
        assert lake.failure("VACUUM plain").endswith("plain' is no Iceberg table")
