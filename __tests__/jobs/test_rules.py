"""Every rule of every dataset, its boundaries, and what a value becomes; one file a dataset."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from commerce_lake import contract as contracts
from commerce_lake.contract import Column, Contract
from commerce_lake.errors import ContractError
from commerce_lake.judge import BROKEN, Judge, reasons
from commerce_lake.manifest import Manifest
from commerce_lake.records import Place, read_records
from commerce_lake.rules import contract_rules
from commerce_lake.values import text_reader
from jobs.lake import Lake

DATE = "2025-01-15"
NOW = datetime(2025, 2, 1, 6, 0, 0, 500_000, UTC)

GOOD: dict[str, dict[str, Any]] = {
    "transactions": {
        "transaction_id": "T1",
        "customer_id": "C1",
        "product_id": "P1",
        "quantity": "2",
        "price": "12.50",
        "total_amount": "25.00",
        "transaction_date": "2025-01-14",
        "status": "completed",
    },
    "reviews": {
        "review_id": "R1",
        "product_id": "P1",
        "customer_id": "C1",
        "rating": "5",
        "review_text": "Good",
        "review_date": "2025-01-14",
        "verified_purchase": "true",
        "helpful_votes": "0",
    },
    "products": {
        "product_id": "P1",
        "name": "Pen",
        "category": "Office Supplies",
        "brand": "B",
        "price": 1.5,
        "stock": 3,
        "weight_kg": 0.1,
        "rating": 4.5,
        "review_count": 0,
        "is_active": True,
    },
    "clickstream": {
        "session_id": "S1",
        "customer_id": None,
        "event_type": "page_view",
        "page": "/",
        "timestamp": "2025-01-14T10:00:00Z",
        "device": "mobile",
        "browser": None,
        "ip_address": None,
        "user_agent": None,
    },
}

Case = tuple[dict[str, Any], list[str], dict[str, Any]]
"""What differs from a good record, the rules that it breaks, and values that it must have."""

TRANSACTIONS: list[Case] = [
    ({}, [], {"price": Decimal("12.50"), "quantity": 2, "transaction_date": dt.datetime(2025, 1, 14)}),
    ({"transaction_id": ""}, ["transaction_id.required"], {}),
    ({"transaction_id": " "}, [], {"transaction_id": " "}),
    ({"transaction_id": "x" * 128}, [], {}),
    ({"transaction_id": "x" * 129}, ["transaction_id.maxLength"], {}),
    ({"transaction_id": "😀" * 128}, [], {}),
    ({"transaction_id": "😀" * 129}, ["transaction_id.maxLength"], {}),
    ({"customer_id": "", "product_id": ""}, ["customer_id.required", "product_id.required"], {}),
    ({"quantity": ""}, ["quantity.required"], {}),
    ({"quantity": "0"}, ["quantity.exclusiveMinimum"], {}),
    ({"quantity": "-1"}, ["quantity.exclusiveMinimum"], {}),
    ({"quantity": "1", "total_amount": ""}, [], {"quantity": 1, "total_amount": Decimal("12.50")}),
    ({"quantity": "+2"}, [], {"quantity": 2}),
    ({"quantity": " 0002\t"}, [], {"quantity": 2}),
    ({"quantity": "2147483647", "price": "0.01", "total_amount": "21474836.47"}, [], {"quantity": 2147483647}),
    ({"quantity": "2147483648"}, ["quantity.type"], {}),
    ({"quantity": "99999999999999999999"}, ["quantity.type"], {}),
    ({"quantity": "2.0"}, ["quantity.type"], {}),
    ({"quantity": "1e1"}, ["quantity.type"], {}),
    ({"quantity": "two"}, ["quantity.type"], {}),
    ({"quantity": "2\u00a0"}, ["quantity.type"], {}),
    ({"quantity": "٢"}, ["quantity.type"], {}),
    ({"quantity": "2 2"}, ["quantity.type"], {}),
    ({"price": "0.01", "total_amount": ""}, [], {"price": Decimal("0.01")}),
    ({"price": "0"}, ["price.exclusiveMinimum"], {}),
    ({"price": "-0.01"}, ["price.exclusiveMinimum"], {}),
    ({"price": "12.500"}, [], {"price": Decimal("12.50")}),
    ({"price": "12.505"}, ["price.type"], {}),
    ({"price": "00000000000012.5"}, [], {"price": Decimal("12.50")}),
    ({"price": "+12.5"}, [], {"price": Decimal("12.50")}),
    ({"quantity": "1", "price": "99999999.99", "total_amount": ""}, [], {"price": Decimal("99999999.99")}),
    ({"price": "100000000"}, ["price.type"], {}),
    ({"price": ".5"}, ["price.type"], {}),
    ({"price": "5."}, ["price.type"], {}),
    ({"price": "1e1"}, ["price.type"], {}),
    ({"price": "1,5"}, ["price.type"], {}),
    ({"price": "$1"}, ["price.type"], {}),
    ({"price": "NaN"}, ["price.type"], {}),
    ({"total_amount": "25.01"}, [], {"total_amount": Decimal("25.01")}),
    ({"total_amount": "25.02"}, [], {"total_amount": Decimal("25.00")}),
    ({"total_amount": "-25.00"}, [], {"total_amount": Decimal("25.00")}),
    ({"total_amount": "abc"}, ["total_amount.type"], {}),
    ({"transaction_date": ""}, ["transaction_date.required"], {}),
    ({"transaction_date": " 2024-02-29 23:59:59 "}, [], {"transaction_date": dt.datetime(2024, 2, 29, 23, 59, 59)}),
    ({"transaction_date": "2025-02-29"}, ["transaction_date.type"], {}),
    ({"transaction_date": "1900-02-29"}, ["transaction_date.type"], {}),
    ({"transaction_date": "2000-02-29"}, [], {}),
    ({"transaction_date": "2025-01-14T10:00:00"}, ["transaction_date.type"], {}),
    ({"transaction_date": "2025-01-14 10:00"}, ["transaction_date.type"], {}),
    ({"transaction_date": "2025-01-14 24:00:00"}, ["transaction_date.type"], {}),
    ({"transaction_date": "2025-01-14 10:60:00"}, ["transaction_date.type"], {}),
    ({"transaction_date": "2025-01-14 10:00:60"}, ["transaction_date.type"], {}),
    ({"transaction_date": "2025-1-14"}, ["transaction_date.type"], {}),
    ({"transaction_date": "14/01/2025"}, ["transaction_date.type"], {}),
    ({"transaction_date": "0000-01-01"}, ["transaction_date.type"], {}),
    ({"transaction_date": "0001-01-02"}, [], {}),  # the first day that Python can convert
    ({"transaction_date": "2025-02-01 06:00:00"}, [], {}),
    ({"transaction_date": "2025-02-01 06:00:01"}, ["transaction_date.notFuture"], {}),
    ({"transaction_date": "9999-12-31"}, ["transaction_date.notFuture"], {}),
    ({"status": ""}, ["status.required"], {}),
    ({"status": " \t"}, ["status.required"], {}),
    ({"status": " ReFunded "}, [], {"status": "refunded"}),
    ({"status": "sold"}, ["status.enum"], {}),
    (
        {"transaction_id": "", "quantity": "x", "price": "0", "transaction_date": "soon", "status": "?"},
        [
            "transaction_id.required",
            "quantity.type",
            "price.exclusiveMinimum",
            "transaction_date.type",
            "status.enum",
        ],
        {},
    ),
]

REVIEWS: list[Case] = [
    ({}, [], {"verified_purchase": True, "review_date": dt.date(2025, 1, 14)}),
    ({"rating": "0"}, ["rating.minimum"], {}),
    ({"rating": "1"}, [], {"rating": 1}),
    ({"rating": "6"}, ["rating.maximum"], {}),
    ({"rating": "4.0"}, ["rating.type"], {}),
    ({"review_text": "", "verified_purchase": "", "helpful_votes": ""}, [], {"review_text": None}),
    ({"review_text": ' "Ça va",\r\n\u2028 bien '}, [], {"review_text": ' "Ça va",\r\n\u2028 bien '}),
    ({"review_text": "x" * 65536}, [], {}),
    ({"review_text": "x" * 65537}, ["review_text.maxLength"], {}),
    ({"verified_purchase": " FALSE "}, [], {"verified_purchase": False}),
    ({"verified_purchase": "1"}, [], {"verified_purchase": True}),
    ({"verified_purchase": "0"}, [], {"verified_purchase": False}),
    ({"verified_purchase": "yes"}, ["verified_purchase.type"], {}),
    ({"verified_purchase": "t"}, ["verified_purchase.type"], {}),
    ({"helpful_votes": "-1"}, ["helpful_votes.minimum"], {}),
    ({"review_date": "2025-02-01"}, [], {}),
    ({"review_date": "2025-02-02"}, ["review_date.notFuture"], {}),
    ({"review_date": "2025-01-14 00:00:00"}, ["review_date.type"], {}),
    ({"review_date": "2023-02-29"}, ["review_date.type"], {}),
]

PRODUCTS: list[Case] = [
    ({}, [], {"price": Decimal("1.50"), "weight_kg": Decimal("0.10"), "rating": Decimal("4.5"), "is_active": True}),
    ({"name": None, "brand": ""}, ["name.required", "brand.required"], {}),
    ({"name": 5}, ["name.type"], {}),
    ({"category": "  Books "}, [], {"category": "Books"}),
    ({"category": "  "}, ["category.required"], {}),
    ({"price": "1.5"}, ["price.type"], {}),
    ({"price": 0}, ["price.exclusiveMinimum"], {}),
    ({"price": 1.505}, ["price.type"], {}),
    ({"stock": 0}, [], {"stock": 0}),
    ({"stock": 3.0}, [], {"stock": 3}),
    ({"stock": 3.5}, ["stock.type"], {}),
    ({"stock": -1}, ["stock.minimum"], {}),
    ({"stock": 2**31}, ["stock.type"], {}),
    ({"stock": None}, ["stock.required"], {}),
    ({"weight_kg": None, "rating": None, "review_count": None, "is_active": None}, [], {"rating": None}),
    ({"weight_kg": 999.99}, [], {"weight_kg": Decimal("999.99")}),
    ({"weight_kg": 1000}, ["weight_kg.type"], {}),
    ({"weight_kg": -0.01}, ["weight_kg.minimum"], {}),
    ({"rating": 5.0}, [], {"rating": Decimal("5.0")}),
    ({"rating": 5.1}, ["rating.maximum"], {}),
    ({"rating": 4.55}, ["rating.type"], {}),
    ({"rating": 10}, ["rating.type"], {}),
    ({"is_active": 1}, ["is_active.type"], {}),
    ({"is_active": "true"}, ["is_active.type"], {}),
    ({"price": True, "stock": "3", "is_active": 0}, ["price.type", "stock.type", "is_active.type"], {}),
]


def moment(text: str, **parts: int) -> Case:
    return ({"timestamp": text}, [], {"timestamp": dt.datetime(2025, 1, 14, **parts)})


CLICKSTREAM: list[Case] = [
    ({}, [], {"timestamp": dt.datetime(2025, 1, 14, 10)}),
    moment("2025-01-14T10:00", hour=10),
    moment("2025-01-14 10:00Z", hour=10),
    moment("2025-01-14T10:00+02", hour=8),
    moment("2025-01-14T10:00:00-0230", hour=12, minute=30),
    moment("2025-01-14T10:00:00.1", hour=10, microsecond=100_000),
    moment("2025-01-14T10:00:00.123456789+00:00", hour=10, microsecond=123_456),
    moment("2025-01-14T18:00:00+18:00", hour=0),
    ({"timestamp": "2025-01-14T00:30:00+01:00"}, [], {"timestamp": dt.datetime(2025, 1, 13, 23, 30)}),
    ({"timestamp": "2025-01-14T10:00:00+18:01"}, ["timestamp.type"], {}),
    ({"timestamp": "2025-01-14T10:00:00+02:60"}, ["timestamp.type"], {}),
    ({"timestamp": "2025-01-14T10:00:00z"}, ["timestamp.type"], {}),
    ({"timestamp": "2025-01-14"}, ["timestamp.type"], {}),
    ({"timestamp": "2025-01-14T10"}, ["timestamp.type"], {}),
    ({"timestamp": "2025-01-14T10:00:00.1234567890"}, ["timestamp.type"], {}),
    ({"timestamp": "2025-01-14T10:00:00,5"}, ["timestamp.type"], {}),
    ({"timestamp": 1736848800}, ["timestamp.type"], {}),
    ({"timestamp": None}, ["timestamp.required"], {}),
    ({"timestamp": "2025-02-01T06:00:00.5Z"}, [], {}),
    ({"timestamp": "2025-02-01T06:00:00.500001Z"}, ["timestamp.notFuture"], {}),
    ({"timestamp": "2025-02-01T07:00:00+01:00"}, [], {}),
    ({"event_type": " Page_View "}, [], {"event_type": "page_view"}),
    ({"event_type": "click"}, ["event_type.enum"], {}),
    ({"device": "TV"}, ["device.enum"], {}),
    ({"page": "x" * 2049}, ["page.maxLength"], {}),
    ({"customer_id": ""}, [], {"customer_id": None}),
    ({"ip_address": 12}, ["ip_address.type"], {}),
]


@pytest.mark.parametrize(
    ("dataset", "cases"),
    [("transactions", TRANSACTIONS), ("reviews", REVIEWS), ("products", PRODUCTS), ("clickstream", CLICKSTREAM)],
)
def test_each_record_breaks_the_rules_that_it_should(lake: Lake, dataset: str, cases: list[Case]) -> None:
    contract = contracts.dataset(dataset)
    records = [{**GOOD[dataset], **difference} for difference, _, _ in cases]
    name, content = ("a.csv", as_csv(records)) if contract.format == "csv" else ("a.json", as_json(records))
    lake.put(dataset, DATE, name, content)
    lake.write_manifest("r-1", DATE)
    manifest = Manifest.parse(lake.storage.read(f"runs/date={DATE}/run=r-1/manifest.json"), "")

    (file,) = manifest.datasets[dataset]
    judge = Judge(contract, NOW)
    batches = read_records(lake.storage, contract, file, Place(0), 0, None)
    found = [row for batch in batches for row in judge(batch).to_pylist()]

    assert [(case[0], reasons(row[BROKEN], judge.names)) for case, row in zip(cases, found, strict=True)] == [
        (case[0], case[1]) for case in cases
    ]
    for (difference, _, values), row in zip(cases, found, strict=True):
        assert (difference, {column: plain(row[column]) for column in values}) == (difference, values)


def plain(value: object) -> object:
    """A time without its zone, which is always UTC."""
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def test_no_kind_of_rule_goes_untested() -> None:
    rules = {rule.name.split(".")[1] for dataset in GOOD for rule in contract_rules(contracts.dataset(dataset), NOW)}
    cases = [*TRANSACTIONS, *REVIEWS, *PRODUCTS, *CLICKSTREAM]
    tested = {reason.split(".")[1] for _, broken, _ in cases for reason in broken}

    # An empty string is null, so nothing is too short; the others are tested where jobs run.
    assert rules - tested == {"minLength", "parse", "computed"}


def as_csv(records: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def as_json(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_a_type_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ContractError, match="a has the type date and the format None"):
        text_reader(Column("a", {"x-type": "date"}, required=True))


def test_more_rules_than_bits_are_an_error() -> None:
    template = contracts.dataset("reviews")
    columns = tuple(Column(f"c{number}", {"x-type": "string"}, required=True) for number in range(32))
    many = Contract(**{**vars(template), "columns": columns})

    with pytest.raises(ContractError, match="has 65 rules; a record's broken rules fit into 63 bits"):
        contract_rules(many, NOW)
