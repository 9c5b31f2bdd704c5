"""The data files that the ETL jobs write are as Iceberg's own writer would write them."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from commerce_lake import contract as contracts
from commerce_lake import datafile, etl, layout
from commerce_lake.datafile import DataFile, DayWriter, processed_form
from jobs.lake import Lake
from pytest import MonkeyPatch

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
DATE = "2025-01-15"
BRANCH = "run_r_1"


def sale(number: int, day: int = 14) -> str:
    return f"T{number:05d},C{number % 7},P1,{number + 1},1.00,,2025-01-{day:02d} 12:00:00,completed\n"


def files(lake: Lake) -> list[dict[str, Any]]:
    """What Iceberg knows of the files on the run's branch."""
    name = f"{lake.catalog}.{lake.databases['processed']}.transactions"
    snapshot = lake.processed("transactions").head(BRANCH)
    return [
        row.asDict(True) for row in lake.spark.sql(f"SELECT * FROM {name}.files VERSION AS OF {snapshot}").collect()
    ]


def test_what_iceberg_knows_of_a_file_is_true(lake: Lake) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER + "".join(sale(number) for number in range(500)) + sale(500, 3))

    lake.etl("transactions", "r-1", DATE)

    first, second = sorted(files(lake), key=lambda file: file["partition"]["day"])
    assert [file["partition"] for file in (first, second)] == [
        {"year": 2025, "month": 1, "day": day} for day in (3, 14)
    ]
    assert (first["record_count"], second["record_count"]) == (1, 500)
    path = Path(unquote(urlsplit(second["file_path"]).path))
    assert path.stat().st_size == second["file_size_in_bytes"]
    assert path.is_relative_to(lake.folder / "processed/transactions/data/year=2025/month=1/day=14")
    metrics = second["readable_metrics"]
    assert (metrics["quantity"]["lower_bound"], metrics["quantity"]["upper_bound"]) == (1, 500)
    assert metrics["total_amount"]["upper_bound"] == Decimal("500.00")
    assert metrics["source_date"]["lower_bound"] == dt.date(2025, 1, 15)
    assert metrics["customer_id"]["null_value_count"] == 0
    assert metrics["transaction_id"]["lower_bound"] == "T00000"


def test_columns_are_stored_as_iceberg_says(lake: Lake) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER + sale(1))

    lake.etl("transactions", "r-1", DATE)

    (file,) = files(lake)
    parquet = pq.ParquetFile(Path(unquote(urlsplit(file["file_path"]).path)))
    table = lake.processed("transactions")
    schema = parquet.schema_arrow
    assert {field.name: int(field.metadata[b"PARQUET:field_id"]) for field in schema} == table.field_ids()
    columns = {parquet.schema.column(index).name: parquet.schema.column(index) for index in range(len(schema))}
    assert columns["price"].physical_type == "INT64"
    assert str(columns["price"].logical_type) == "Decimal(precision=10, scale=2)"
    assert "isAdjustedToUTC=true, timeUnit=microseconds" in str(columns["transaction_date"].logical_type)
    group = parquet.metadata.row_group(0)
    assert {group.column(index).compression for index in range(group.num_columns)} == {"SNAPPY"}


def test_memory_holds_a_row_group_of_a_file(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(datafile, "GROUP_ROWS", 100)
    contract = replace(contracts.dataset("products"), derived=(), common=())
    form = processed_form(contract, {column.name: number for number, column in enumerate(contract.columns, 1)})
    rows = pa.RecordBatch.from_pylist([{"product_id": f"P{number}"} for number in range(60)], form.schema)
    uploaded = BytesIO()

    with ExitStack() as closing:
        writer = DayWriter(form, lambda table: table, closing)
        for _ in range(3):
            writer.add(rows)
        file = writer.close(lambda partition: f"key{partition}", lambda _, content: uploaded.write(content.read()))

    assert file == DataFile("key", "", len(uploaded.getvalue()))
    metadata = pq.ParquetFile(uploaded).metadata
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [120, 60]


def test_a_large_day_is_a_few_files_and_a_small_one_still_one(lake: Lake, monkeypatch: MonkeyPatch) -> None:
    """Whatever the number of files that were read, and of tasks that compare keys."""
    sales = [sale(number) for number in range(900)] + [sale(number, 3) for number in range(900, 930)]
    for number in range(20):
        lake.put("transactions", DATE, f"{number:02d}.csv", HEADER + "".join(sales[number::20]))
    monkeypatch.setattr(layout, "FILE_BYTES", 50_000)
    monkeypatch.setattr(layout, "TASK_BYTES", 1)
    monkeypatch.setattr(etl, "KEY_BYTES", 5_000)

    report = lake.etl("transactions", "r-1", DATE)

    assert report["rows"] == {"in": 930, "out": 930, "quarantined": 0, "duplicates": 0}
    counts: dict[int, list[int]] = {}
    for file in files(lake):
        counts.setdefault(file["partition"]["day"], []).append(file["record_count"])
    assert counts[3] == [30]
    assert 2 <= len(counts[14]) <= 4
    assert sum(counts[14]) == 900
    assert min(counts[14]) > 900 / len(counts[14]) / 2
    rows = lake.rows("processed", "transactions", "transaction_id", branch=BRANCH)
    assert [key for (key,) in rows] == [f"T{number:05d}" for number in range(930)]
