"""Dates may be run in any order, side by side, and again: the tables show what the last run of each date said."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from commerce_lake.contract import CURATED, DATASETS
from jobs.lake import Lake

DATES = ("2025-01-14", "2025-01-15", "2025-01-16")
OMITTED = {"2025-01-15": "reviews", "2025-01-16": "products"}
"""Datasets that a date has no files of."""
SALES = ("transaction_id", "customer_id", "product_id", "quantity", "price", "transaction_date", "status")
REVIEWS = ("review_id", "product_id", "customer_id", "rating", "review_date", "verified_purchase")

Version = dict[str, list[dict[str, Any]]]
"""What the files of one date say, records by dataset."""
Step = tuple[str, str, str, Version]
"""What is done (etl, merge), of which run and date, by which version of its files."""


def version(chance: random.Random) -> Version:
    """Records of one date; others draw from the same keys, so that they correct, move and cancel each other's."""

    def some(prefix: str, number: int, share: float) -> list[str]:
        return [f"{prefix}{key}" for key in range(number) if chance.random() < share] or [f"{prefix}0"]

    def day() -> str:
        return f"2025-01-{chance.randint(11, 15)}"

    sales = [
        {
            "transaction_id": key,
            "customer_id": f"C{chance.randrange(5)}",
            "product_id": f"P{chance.randrange(8)}",
            "quantity": chance.choice([0, 1, 1, 2, 30]),
            "price": chance.choice(["1.00", "33.33", "125.00"]),
            "transaction_date": f"{day()} {chance.choice(['00:00:00', '12:00:00', '23:59:59'])}",
            "status": chance.choice(["completed", "completed", "returned"]),
        }
        for key in [*some("T", 40, 0.4), *some("T", 40, 0.1)]
    ]
    products = [
        {
            "product_id": key,
            "name": chance.choice(["Pen", "Ink"]),
            "category": chance.choice(["Books", "Audio", "?"]),
            "brand": "B",
            "price": chance.choice([1, 2.5]),
            "stock": chance.choice([0, 5, 50]),
        }
        for key in some("P", 7, 0.6)
    ]
    events = [
        {
            "session_id": session,
            "customer_id": chance.choice([None, "C1"]),
            "event_type": chance.choice(["page_view", "product_view", "add_to_cart", "checkout_start", "purchase"]),
            "page": chance.choice(["/", "/a"]),
            "timestamp": f"{start}T{chance.choice([0, 23]):02d}:{chance.randrange(0, 60, 5):02d}",
            "device": chance.choice(["mobile", "desktop"]),
        }
        for session in some("S", 12, 0.5)
        for start in [day()]
        for _ in range(chance.randint(1, 5))
    ]
    reviews = [
        {
            "review_id": key,
            "product_id": f"P{chance.randrange(8)}",
            "customer_id": "C1",
            "rating": chance.randint(1, 6),
            "review_date": day(),
            "verified_purchase": chance.choice(["true", ""]),
        }
        for key in some("R", 20, 0.4)
    ]
    return {"transactions": sales, "products": products, "clickstream": events, "reviews": reviews}


def schedule(chance: random.Random, last: dict[str, Version]) -> list[Step]:
    """Every date in some order, two of them by wrong files first; jobs and merges of different dates interleave."""
    wrong = chance.sample(DATES, 2)
    runs = [*[(date, version(chance)) for date in wrong], *last.items()]
    first, then = runs[:2], runs[2:]
    chance.shuffle(then)
    # The wrong run of a date comes before its right one, which is all that is certain.
    order = then
    for run in first:
        at = next(index for index, (date, _) in enumerate(order) if date == run[0])
        order.insert(chance.randint(0, at), run)
    # One wrong run is never published: its data was found to be bad, or it was killed.
    abandoned = chance.choice(first)[1]
    steps: list[Step] = []
    waiting: list[Step] = []
    for number, (date, files) in enumerate(order):
        steps += [step for step in waiting if step[2] == date]
        waiting = [step for step in waiting if step[2] != date]
        steps.append(("etl", f"r-{number}", date, files))
        if files is not abandoned:
            waiting.append(("merge", f"r-{number}", date, files))
        if chance.random() < 0.5:
            chance.shuffle(waiting)
            steps += waiting
            waiting = []
    return [*steps, *waiting]


def put(lake: Lake, date: str, files: Version) -> list[str]:
    """Makes these the files of a date; the datasets that it has."""
    datasets = [dataset for dataset in DATASETS if dataset != OMITTED.get(date)]
    for dataset in datasets:
        records = files[dataset]
        if dataset in ("products", "clickstream"):
            lake.replace(dataset, date, {"a.json": "".join(json.dumps(record) + "\n" for record in records)})
        else:
            columns = SALES if dataset == "transactions" else REVIEWS
            lines = [",".join(columns), *[",".join(str(record[name]) for name in columns) for record in records]]
            lake.replace(dataset, date, {"a.csv": "\n".join(lines)})
    return datasets


def tables(lake: Lake) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Every published row, but for when it was processed."""
    for zone, names in (("processed", DATASETS), ("curated", CURATED)):
        for name in names:
            columns = [column for column in lake.table(zone, name).columns if not column.startswith("processing_")]
            yield f"{zone}.{name}", lake.rows(zone, name, *columns)


def newest_sales(last: dict[str, Version]) -> dict[str, tuple[dt.date, dt.datetime, str]]:
    """What curated.transactions must show: of each date the newest good row of a key, of those the newest date's."""
    found: dict[str, tuple[dt.date, dt.datetime, str]] = {}
    for date in DATES:
        own: dict[str, tuple[dt.date, dt.datetime, str]] = {}
        for sale in last[date]["transactions"]:
            moment = dt.datetime.fromisoformat(sale["transaction_date"])
            key = sale["transaction_id"]
            if sale["quantity"] > 0 and (key not in own or own[key][1] <= moment):
                own[key] = (dt.date.fromisoformat(date), moment, sale["product_id"])
        found |= own
    return found


@pytest.mark.parametrize("seed", [3])
def test_any_order_and_any_number_of_reruns_give_the_same_tables(lake: Lake, second_lake: Lake, seed: int) -> None:
    """One clean run of each date in order, and curated tables made at once, are what they must come to."""
    chance = random.Random(seed)
    last = {date: version(chance) for date in DATES}
    steps = schedule(chance, last)
    for step, run, date, files in steps:
        datasets = put(lake, date, files)
        if step == "etl":
            for dataset in datasets:
                lake.etl(dataset, run, date)
        else:
            lake.merge(run, date, ",".join(datasets))

    for date in DATES:
        datasets = put(second_lake, date, last[date])
        for dataset in datasets:
            second_lake.etl(dataset, f"clean-{date}", date)
            if date != DATES[-1]:
                second_lake.publish(dataset, f"clean-{date}")
    second_lake.merge(f"clean-{DATES[-1]}", DATES[-1], ",".join(datasets))

    order = [step[:3] for step in steps]
    expected = dict(tables(second_lake))
    shown = ("transaction_id", "source_date", "transaction_date", "product_id")
    assert {row[0]: row[1:] for row in second_lake.rows("curated", "transactions", *shown)} == newest_sales(last)
    for name, rows in tables(lake):
        assert (order, name, rows) == (order, name, expected[name])
    for dataset in DATASETS:
        assert list(lake.processed(dataset).branches()) == ["main"]
