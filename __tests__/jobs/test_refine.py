"""Facts that are taken as they are become the same curated rows as those that are compared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from commerce_lake import refine, staging
from commerce_lake.livefiles import LiveFile
from commerce_lake.refine import collected, tasks_of, with_product
from hypothesis import given
from hypothesis import strategies as st
from jobs.lake import Lake
from pyspark.sql import SparkSession

SALES = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
D1, D2 = "2025-01-14", "2025-01-15"


def sale(key: int, day: int, product: str = "P1") -> str:
    return f"T{key},C{key % 3},{product},1,{key}.50,,2025-01-{day:02d} 10:00:00,completed\n"


def product(product_id: str, name: str) -> str:
    rest = '"category": "Books", "brand": "B", "price": 1, "stock": 5'
    return f'{{"product_id": "{product_id}", "name": "{name}", {rest}}}\n'


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 40)), min_size=1, max_size=30))
def test_small_days_share_a_task_and_large_ones_are_parted(drawn: list[tuple[int, int]]) -> None:
    files = [
        LiveFile(f"{number}", f"day={day}", megabytes * 1024 * 1024)
        for number, (day, megabytes) in enumerate(sorted(drawn))
    ]

    tasks = tasks_of(files)

    assert [file for task in tasks for file in task] == files
    for task in tasks:
        size = sum(file.bytes for file in task)
        assert size <= refine.FILE_BYTES
        assert size - task[-1].bytes <= refine.TASK_BYTES or len({file.partition for file in task[-2:]}) == 1
    days_of_tasks = [{file.partition for file in task} for task in tasks]
    for day in {file.partition for file in files}:
        size = sum(file.bytes for file in files if file.partition == day)
        # A day shares its first task with others; what follows is as large as one file may be.
        assert sum(day in days for days in days_of_tasks) <= 1 + -(-size // (refine.FILE_BYTES // 2))


def test_a_fact_shows_its_product_and_nothing_where_there_is_none() -> None:
    rows = pa.table({"product_id": ["P2", "P9", "P1"], "n": [1, 2, 3]})
    products = pa.table({"product_id": ["P1", "P2"], "product_name": ["Pen", "Ink"], "brand": ["B", None]})

    found = with_product(rows, products)

    assert found.to_pydict() == {
        "product_id": ["P2", "P9", "P1"],
        "n": [1, 2, 3],
        "product_name": ["Ink", None, "Pen"],
        "brand": [None, None, "B"],
    }
    nothing = with_product(rows, products.slice(0, 0))
    assert nothing.column("product_name").to_pylist() == [None, None, None]


def test_a_frame_is_collected_with_its_nulls(spark: SparkSession) -> None:
    rows = [(f"P{number}", None if number % 2 else "é") for number in range(10)]
    frame = spark.createDataFrame(rows, "product_id string, name string")

    assert sorted(map(tuple, (row.values() for row in collected(frame.repartition(3)).to_pylist())), key=repr) == rows
    assert collected(frame.where("false")) == pa.table(
        {"product_id": pa.array([], pa.string()), "name": pa.array([], pa.string())}
    )


def curated(lake: Lake) -> list[tuple[Any, ...]]:
    columns = [name for name in lake.table("curated", "transactions").columns if not name.startswith("processing_")]
    return lake.rows("curated", "transactions", *columns)


def written_by_tasks(lake: Lake) -> set[int]:
    """Days of January of which a file of curated.transactions has the name that a task of Python gives."""
    return {
        day[2]
        for day, paths in lake.data_files("curated", "transactions").items()
        if any(re.fullmatch(r"[0-9a-f]{32}-\d+\.parquet", Path(path).name) for path in paths)
    }


def test_files_give_the_rows_that_comparing_gives(
    lake: Lake, second_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first load, and a date with new days, a late sale, a correction, a sale that moves to a day of its own."""
    second = [sale(8, 15), sale(9, 16, "P2"), sale(10, 13), sale(2, 14)]
    dates = {
        D1: (
            [sale(1, 12), sale(2, 13), sale(3, 13, "P2"), sale(4, 14, "P9")],
            product("P1", "Pen") + product("P2", "Ink"),
        ),
        D2: (second, product("P1", "Pen") + product("P2", "Blue ink")),
    }
    compared = second_lake

    def as_rows(each: Lake) -> None:
        """Has everything of the second lake read by Spark: facts, and the sales that customers are made of."""
        monkeypatch.setattr(staging, "BROADCAST_BYTES", -1 if each is compared else 1 << 26)
        monkeypatch.setattr(staging.Staging, "live_files", nothing if each is compared else live_files)

    live_files, nothing = staging.Staging.live_files, lambda *_: None
    for number, (date, (sold, products)) in enumerate(dates.items(), 1):
        for each in (lake, compared):
            each.put("transactions", date, "a.csv", SALES + "".join(sold))
            each.put("products", date, "a.json", products)
            as_rows(each)
            each.run(f"r-{number}", date)

        assert curated(lake) == curated(compared)
        assert lake.rows("curated", "customers") == compared.rows("curated", "customers") != []
        assert written_by_tasks(compared) == set()
        # The second date corrects a key of the first: any of its rows might be told otherwise, so all are compared.
        assert written_by_tasks(lake) == {12}.union({13, 14} if number == 1 else ())

    third = "2025-01-17"
    for each in (lake, compared):
        each.put("transactions", third, "a.csv", SALES + sale(20, 17) + sale(21, 18, "P2") + sale(22, 13))
        as_rows(each)
        each.run("r-3", third)

    assert curated(lake) == curated(compared)
    assert lake.rows("curated", "customers") == compared.rows("curated", "customers")
    assert written_by_tasks(lake) == {12, 17, 18}
