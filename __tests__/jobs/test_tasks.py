"""What tasks hand over, however often they are tried and however little they hold at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pytest
from commerce_lake import contract as contracts
from commerce_lake import etl, tasks
from commerce_lake.args import parse_args
from commerce_lake.blobs import packed, unpacked
from commerce_lake.dedup import HASH
from commerce_lake.keys import hashed
from commerce_lake.layout import laid_out
from commerce_lake.storage import FolderStorage
from commerce_lake.tasks import Deduplicating, KeyFigures, Work
from jobs.lake import Lake
from pyspark import TaskContext

DATE = "2025-01-15"
HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"


def sale(number: int, day: int, quantity: int = 1) -> str:
    return f"T{number:05d},C1,P1,{quantity},1.00,,2025-01-{day:02d} 12:00:00,completed\n"


def test_what_a_task_did_before_it_failed_counts_for_nothing(lake: Lake) -> None:
    """The first attempt at each task fails when it has written something: rejected records, or a day's file."""

    class Flaky(FolderStorage):
        # Workers cannot import this module: what is defined here reaches them as code, with all that it names.
        def write(self, key: str, content: bytes, content_type: str) -> None:
            FolderStorage.write(self, key, content, content_type)
            cut_off()

        def upload(self, key: str, content: BinaryIO) -> None:
            FolderStorage.upload(self, key, content)
            cut_off()

    def cut_off() -> None:
        context = TaskContext.get()
        if context is not None and context.attemptNumber() == 0:
            raise ConnectionError("written, but nobody learns of it")

    sales = [sale(number, 3 + 11 * (number % 2)) for number in range(100)]
    lake.put("transactions", DATE, "a.csv", HEADER + "".join(sales) + sale(100, 3, quantity=0))
    lake.put("transactions", DATE, "b.csv", HEADER + "".join(sales[:30]))
    lake.write_manifest("r-1", DATE)
    arguments = parse_args(lake.arguments("r-1", DATE))

    report = etl.run_job(lake.spark, Flaky(lake.storage.root), "transaction_etl", "transactions", arguments)

    assert report["rows"] == {"in": 131, "out": 100, "quarantined": 1, "duplicates": 30}
    assert report["computed"] == {"total_amount": 100}
    assert len(lake.quarantined("transactions", DATE)) == 1
    rows = lake.rows("processed", "transactions", "transaction_id", branch="run_r_1")
    assert rows == [(f"T{number:05d}",) for number in range(100)]
    of_table = lake.data_files("processed", "transactions", "run_r_1")
    assert {day: len(files) for day, files in of_table.items()} == {(2025, 1, 3): 1, (2025, 1, 14): 1}
    kept = {Path(unquote(urlsplit(file).path)) for files in of_table.values() for file in files}
    assert kept < set((lake.folder / "processed/transactions").rglob("*.parquet"))


@pytest.mark.parametrize("most_bytes", [1, 1_000_000])
def test_one_of_a_key_stays_however_little_is_held(monkeypatch: pytest.MonkeyPatch, most_bytes: int) -> None:
    monkeypatch.setattr(tasks, "_MOST_BYTES", most_bytes)
    contract = contracts.dataset("reviews")
    work = Work(FolderStorage("file:/nowhere"), contract, dt.date(2025, 1, 15), dt.datetime(2025, 2, 1, tzinfo=dt.UTC))
    first = dt.date(2025, 1, 1)
    rows = [
        {
            "_file": number % 3,
            "_record": number,
            "review_id": f"R{number * 7 % 40}",
            "review_date": first + dt.timedelta(number * 11 % 5),
            "helpful_votes": number,
        }
        for number in range(400)
    ]
    hashes = hashed([pa.array([row["review_id"] for row in rows])]).view("int64").tolist()
    batches = [
        pa.RecordBatch.from_pylist(
            [
                {**row, HASH: hash_}
                for row, hash_ in zip(rows[start : start + 50], hashes[start : start + 50], strict=True)
            ],
            schema=work.moving(),
        )
        for start in range(0, 400, 50)
    ]
    layout = laid_out({(first - dt.date(1970, 1, 1)).days + day: 1 for day in range(5)})

    *parts, last = Deduplicating(work, 1, layout)(0, [(0, packed(batch)) for batch in batches])

    assert last == (layout.tasks, KeyFigures(duplicates=360))
    found = {}
    for task, content in parts:
        assert task == 0
        day, part = content
        for row in unpacked(part, work.single()).to_pylist():
            assert (row["review_date"] - dt.date(1970, 1, 1)).days == day
            assert row["review_id"] not in found
            found[row["review_id"]] = row["helpful_votes"]
    newest = sorted(rows, key=lambda row: (row["review_date"], row["_file"], row["_record"]))
    assert found == {row["review_id"]: row["helpful_votes"] for row in newest}


def test_what_a_task_does_not_want_is_read_to_its_end(tmp_path: Path) -> None:
    """Otherwise Spark ends the worker."""
    work = Work(
        FolderStorage(f"file:{tmp_path}"), contracts.dataset("reviews"), dt.date(2025, 1, 1), dt.datetime.now(dt.UTC)
    )
    contents = iter([(1, b"figures"), (1, b"figures")])

    assert list(Deduplicating(work, 1, laid_out({}))(1, contents)) == []

    assert next(contents, None) is None
