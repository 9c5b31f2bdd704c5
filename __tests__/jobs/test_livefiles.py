"""Rows that are read from a table's data files are the table's rows, or the files are refused."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commerce_lake import contract as contracts
from commerce_lake.contract import Column
from commerce_lake.livefiles import LiveFile, read_rows
from commerce_lake.storage import FolderStorage
from jobs.lake import Lake

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
D1, D2 = "2025-01-14", "2025-01-15"


def sales(*sales: tuple[str, str]) -> str:
    return HEADER + "".join(f"{key},C1,P1,2,1.50,,{time},completed\n" for key, time in sales)


def listed(lake: Lake, source_date: str | None = None) -> Sequence[LiveFile] | None:
    table = lake.processed("transactions")
    head = table.head()
    assert head is not None
    return table.live_files(
        head, lake.storage.root, None if source_date is None else dt.date.fromisoformat(source_date)
    )


@pytest.fixture
def filled(lake: Lake) -> Lake:
    """A lake with the sales of two dates."""
    lake.put(
        "transactions", D1, "a.csv", sales(("T1", "2025-01-13 23:59:59"), ("T2", "2025-01-14"), ("T3", "2025-01-14"))
    )
    lake.put("transactions", D2, "a.csv", sales(("T4", "2025-01-14 12:00:00")))
    for number, date in enumerate((D1, D2), 1):
        lake.etl("transactions", f"r-{number}", date)
        lake.publish("transactions", f"r-{number}")
    return lake


def test_the_files_of_a_table_hold_its_rows(filled: Lake) -> None:
    files = listed(filled)
    assert files is not None
    columns = contracts.dataset("transactions").processed
    ids = filled.processed("transactions").field_ids()

    found = [pa.Table.from_batches(read_rows(filled.storage, file, columns, ids)) for file in files]

    assert [file.day for file in files] == [(2025, 1, 13), (2025, 1, 14), (2025, 1, 14)]
    assert all(file.bytes == (filled.folder / file.key).stat().st_size for file in files)
    rows = sorted((tuple(row.values()) for row in pa.concat_tables(found).to_pylist()), key=repr)
    with_zone = [
        tuple(value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value for value in row)
        for row in filled.rows("processed", "transactions", *[column.name for column in columns])
    ]
    assert [tuple(v.astimezone(dt.UTC) if isinstance(v, dt.datetime) else v for v in row) for row in rows] == with_zone


def test_of_a_date_only_its_files_are_listed(filled: Lake) -> None:
    of_first, of_second = listed(filled, D1), listed(filled, D2)

    assert of_first is not None and of_second is not None
    assert sorted(file.key for file in [*of_first, *of_second]) == sorted(file.key for file in listed(filled) or [])
    assert [file.day for file in of_first] == [(2025, 1, 13), (2025, 1, 14)]
    assert [file.day for file in of_second] == [(2025, 1, 14)]
    assert listed(filled, "2025-03-01") == []


def test_a_file_that_holds_other_dates_too_is_not_the_dates(filled: Lake) -> None:
    table = filled.processed("transactions")
    rows = table.read().coalesce(1).localCheckpoint()
    table.delete("main", "true")
    table.append(rows, "main", {})

    assert listed(filled, D1) is None
    assert [file.day for file in listed(filled) or []] == [(2025, 1, 13), (2025, 1, 14)]


def test_files_of_which_rows_are_deleted_are_refused(filled: Lake) -> None:
    name = filled.processed("transactions").name
    filled.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    filled.spark.sql(f"DELETE FROM {name} WHERE transaction_id = 'T2'")

    assert filled.table("processed", "transactions").count() == 3
    assert listed(filled) is None


def test_files_that_lie_elsewhere_are_refused(filled: Lake) -> None:
    table = filled.processed("transactions")
    head = table.head()
    assert head is not None

    assert table.live_files(head, f"{filled.storage.root}-of-others") is None


@dataclass(frozen=True)
class Stream(FolderStorage):
    """A folder whose files, as S3's, are read from the front only."""

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        with closing(super().open(key, start, end, etag)) as file:
            return OneWay(file.read())


class OneWay(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise io.UnsupportedOperation("seek")


def column(name: str, kind: str) -> Column:
    return Column(name, {"x-type": kind}, required=False)


def test_columns_are_known_by_their_ids_and_new_ones_are_null(tmp_path: Path) -> None:
    """As Iceberg reads a file that is older than the table's present columns."""
    fields = [("was", pa.int32(), 7), ("price", pa.decimal128(5, 2), 2), ("gone", pa.string(), 3)]
    schema = pa.schema([pa.field(name, kind, metadata={"PARQUET:field_id": str(id_)}) for name, kind, id_ in fields])
    rows = {"was": [1, None], "price": [Decimal("1.50"), Decimal("2.25")], "gone": ["x", "y"]}
    pq.write_table(pa.table(rows, schema), tmp_path / "a.parquet")
    wanted = [column("added", "timestamp"), column("price", "decimal(7,2)"), column("now", "bigint")]

    (found,) = read_rows(
        Stream(f"file:{tmp_path}"), LiveFile("a.parquet", "", 0), wanted, {"added": 9, "price": 2, "now": 7}
    )

    assert found.schema == pa.schema(
        [("added", pa.timestamp("us", "UTC")), ("price", pa.decimal128(7, 2)), ("now", pa.int64())]
    )
    assert found.to_pylist() == [
        {"added": None, "price": Decimal("1.50"), "now": 1},
        {"added": None, "price": Decimal("2.25"), "now": None},
    ]


def test_a_file_without_ids_is_known_by_its_names(tmp_path: Path) -> None:
    pq.write_table(pa.table({"price": [Decimal("1.50")], "other": ["x"]}), tmp_path / "a.parquet")
    wanted = [column("other", "string"), column("added", "int"), column("price", "decimal(7,2)")]

    (found,) = read_rows(
        FolderStorage(f"file:{tmp_path}"), LiveFile("a.parquet", "", 0), wanted, {"price": 2, "other": 1, "added": 3}
    )

    assert found.to_pylist() == [{"other": "x", "added": None, "price": Decimal("1.50")}]
