"""Contracts change while files and tables of older ones are there."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from commerce_lake import contract as contracts
from commerce_lake.errors import ContractError
from jobs.lake import Lake

D1, D2 = "2025-01-14", "2025-01-15"
REVIEWS = ["review_id", "product_id", "customer_id", "rating", "review_date", "verified_purchase"]

Change = Callable[[str, Callable[[dict[str, Any]], None]], None]


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Iterator[Change]:
    """Changes a contract, as somebody would who edits its file."""
    read = contracts._document
    changed: dict[str, dict[str, Any]] = {}

    def forget() -> None:
        contracts.dataset.cache_clear()
        contracts.curated.cache_clear()

    def apply(path: str, edit: Callable[[dict[str, Any]], None]) -> None:
        document = copy.deepcopy(changed.get(path) or read(path))
        edit(document)
        changed[path] = document
        forget()

    monkeypatch.setattr(contracts, "_document", lambda path: changed.get(path) or read(path))
    yield apply
    monkeypatch.undo()
    forget()


def insert(document: dict[str, Any], name: str, schema: dict[str, Any], before: str) -> None:
    """Adds a column to a contract in front of another."""
    columns = document["properties"]
    document["properties"] = {}
    for other, present in columns.items():
        if other == before:
            document["properties"][name] = schema
        document["properties"][other] = present


def as_csv(columns: list[str], *rows: tuple[object, ...]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in [tuple(columns), *rows])


@pytest.mark.parametrize(
    ("partitions", "message"),
    [
        (["year", "month"], "reviews is partitioned by year, month, day; its contract says year, month."),
        (["rating"], "reviews is to be partitioned by rating, but a data file holds the rows of a day"),
    ],
)
def test_partitions_that_data_files_cannot_have_are_refused(
    lake: Lake, change: Change, partitions: list[str], message: str
) -> None:
    lake.put("reviews", D1, "a.csv", as_csv(REVIEWS[:5], ("R1", "P1", "C1", 5, D1)))
    lake.etl("reviews", "r-1", D1)
    change("datasets/reviews", lambda document: document["x-processed"].update({"partitionBy": partitions}))

    with pytest.raises(ContractError, match=message):
        lake.etl("reviews", "r-2", D1)

    assert lake.rows("processed", "reviews", "review_id", branch="run_r_1") == [("R1",)]


def test_files_with_and_without_optional_columns_go_together(lake: Lake) -> None:
    """A required column that a file lacks is missing in each of its records; the validator refuses such a file."""
    lake.put("reviews", D1, "a.csv", as_csv(REVIEWS[:5], ("R1", "P1", "C1", 5, D1)))
    lake.put("reviews", D1, "b.csv", as_csv(["helpful_votes", *REVIEWS], (7, "R2", "P1", "C1", 4, D1, "true")))
    lake.put("reviews", D1, "c.csv", as_csv(["colour", *REVIEWS[1:]], ("red", "P1", "C1", 5, D1, "")))

    report = lake.etl("reviews", "r-1", D1)

    columns = ("review_id", "rating", "verified_purchase", "helpful_votes")
    assert lake.rows("processed", "reviews", *columns, branch="run_r_1") == [
        ("R1", 5, None, None),
        ("R2", 4, True, 7),
    ]
    assert [line["reasons"] for line in lake.quarantined("reviews", D1)] == [["review_id.required"]]
    assert report["drift"] == {"unknown": ["colour"]}


def test_tables_of_an_older_contract_take_what_the_newer_one_says(lake: Lake, change: Change) -> None:
    """A column comes, another goes, an int becomes a bigint, a decimal gets wider: in processed and in curated."""
    lake.put("reviews", D1, "a.csv", as_csv([*REVIEWS, "helpful_votes"], ("R1", "P1", "C1", 5, D1, "true", 3)))
    lake.put("reviews", D1, "b.csv", as_csv([*REVIEWS, "title"], ("R3", "P1", "C1", 2, "2025-01-12", "", "Nice")))
    product = {"product_id": "P1", "name": "Pen", "category": "Books", "brand": "B", "price": 1, "stock": 2}
    lake.put("products", D1, "a.json", json.dumps({**product, "weight_kg": 999.99}))
    lake.run("r-1", D1)
    title = {"type": ["string", "null"], "x-type": "string", "maxLength": 9, "description": "It's a \\ title."}

    def of_reviews(document: dict[str, Any]) -> None:
        insert(document, "title", title, before="review_text")
        del document["properties"]["helpful_votes"]
        document["properties"]["rating"].update({"x-type": "bigint", "maximum": 5_000_000_000})

    def of_curated_reviews(document: dict[str, Any]) -> None:
        insert(document, "title", {"$ref": "contract:datasets/reviews#/properties/title"}, before="review_date")
        del document["properties"]["helpful_votes"]

    change("datasets/reviews", of_reviews)
    change("curated/reviews", of_curated_reviews)
    change("curated/products", lambda document: document["properties"]["average_rating"].update({"x-type": WIDE}))
    change("datasets/products", lambda document: document["properties"]["weight_kg"].update({"x-type": WIDE}))
    lake.put(
        "reviews",
        D2,
        "a.csv",
        as_csv(
            [*REVIEWS, "title", "helpful_votes"],
            ("R2", "P1", "C1", 4_000_000_000, D1, "false", "Nice", 9),
            ("R4", "P1", "C1", 4, D1, "false", "Ten signs.", 9),
        ),
    )
    lake.put("products", D2, "a.json", json.dumps({**product, "product_id": "P2", "weight_kg": 1000}))

    reports = [lake.etl("reviews", "r-2", D2), lake.etl("products", "r-2", D2)]
    lake.merge("r-2", D2, "reviews,products")

    shown = ("review_id", "rating", "title", "helpful_votes", "source_date", "day")
    first, second = dt.date(2025, 1, 14), dt.date(2025, 1, 15)
    for zone in ("processed", "curated"):
        # What R3's file said of the title when no contract knew it is in raw still: a rerun of its date brings it.
        assert lake.rows(zone, "reviews", *shown) == [
            ("R1", 5, None, 3 if zone == "processed" else None, first, 14),
            ("R2", 4_000_000_000, "Nice", None, second, 14),
            ("R3", 2, None, None, first, 12),
        ]
    types = {zone: {field.name: field.dataType.simpleString() for field in lake.table(zone, "reviews").schema} for zone
             in ("processed", "curated")}  # fmt: skip
    assert list(types["processed"])[3:8] == ["rating", "title", "review_text", "review_date", "verified_purchase"]
    assert types["processed"]["rating"] == types["curated"]["rating"] == "bigint"
    assert list(types["curated"])[6:8] == ["title", "review_date"]
    comments = {field.name: field.metadata.get("comment") for field in lake.table("processed", "reviews").schema}
    assert comments["title"] == title["description"]
    for zone in ("processed", "curated"):
        assert lake.rows(zone, "products", "product_id", "weight_kg") == [
            ("P1", Decimal("999.99")),
            ("P2", Decimal("1000.00")),
        ]
    assert [report["rows"] for report in reports] == [
        {"in": 2, "out": 1, "quarantined": 1, "duplicates": 0},
        {"in": 1, "out": 1, "quarantined": 0, "duplicates": 0},
    ]
    assert reports[0]["reasons"] == {"title.maxLength": 1}
    assert reports[0]["drift"] == {"unknown": ["helpful_votes"]}

    lake.etl("reviews", "r-3", D1)
    lake.merge("r-3", D1, "reviews")

    assert lake.rows("curated", "reviews", *shown) == [
        ("R1", 5, None, None, first, 14),
        ("R2", 4_000_000_000, "Nice", None, second, 14),
        ("R3", 2, "Nice", None, first, 12),
    ]


WIDE = "decimal(7,2)"


def test_a_narrower_contract_is_refused_and_nothing_changes(lake: Lake, change: Change) -> None:
    lake.put("reviews", D1, "a.csv", as_csv(REVIEWS, ("R1", "P1", "C1", 5, D1, "true")))
    lake.etl("reviews", "r-1", D1)
    lake.publish("reviews", "r-1")
    before = (lake.table("processed", "reviews").schema, lake.rows("processed", "reviews"))

    def narrow(document: dict[str, Any]) -> None:
        insert(document, "title", {"x-type": "string"}, before="rating")
        document["properties"]["helpful_votes"]["x-type"] = "string"

    change("datasets/reviews", narrow)

    with pytest.raises(ContractError, match=r"reviews\.helpful_votes is int and cannot become string"):
        lake.etl("reviews", "r-2", D1)
    assert (lake.table("processed", "reviews").schema, lake.rows("processed", "reviews")) == before
    assert list(lake.processed("reviews").branches()) == ["main"]
