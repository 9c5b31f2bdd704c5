"""Customers by their sales: every column and where it turns, whichever way sales come and however they are parted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commerce_lake import contract as contracts
from commerce_lake import customers as made
from commerce_lake import purchases
from commerce_lake.blobs import joined
from commerce_lake.contract import Column
from commerce_lake.datafile import curated_form
from commerce_lake.errors import ContractError
from commerce_lake.folding import Folded
from commerce_lake.livefiles import LiveFile
from commerce_lake.origins import of_files, of_frame
from commerce_lake.purchases import Purchases
from commerce_lake.storage import FolderStorage
from commerce_lake.values import schema_of
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

CONTRACT = contracts.curated("customers")
OWN = [column for column in contracts.curated("transactions").columns if column.name in made.SALES]
SALES = schema_of(OWN)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Sale = dict[str, Any]


def sale(customer: str, quantity: int, total: str, moment: str, status: str = "completed") -> Sale:
    return {
        "customer_id": customer,
        "quantity": quantity,
        "total_amount": Decimal(total),
        "transaction_date": datetime.fromisoformat(moment).replace(tzinfo=UTC),
        "status": status,
    }


def folded(parts: Sequence[Sequence[Sale]], most_bytes: int = 1 << 30) -> list[dict[str, Any]]:
    """The customers of sales that come in parts, by their name."""
    held = Folded(made.FOLD, most_bytes)
    whole = pa.RecordBatch.from_pylist([sale for part in parts for sale in part], SALES)
    start = 0
    for part in parts:
        # A part of a batch shares its memory, from an offset.
        rows = whole.slice(start, len(part))
        held.add(made.tallied(made.narrowed(rows, made.moving(OWN))))
        start += len(part)
    return by_name(made.customers(pa.Table.from_batches([held.rows()]), CONTRACT))


def by_name(table: pa.Table) -> list[dict[str, Any]]:
    assert table.schema.remove_metadata() == schema_of(CONTRACT.columns)
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=lambda row: row["customer_id"])


def plainly(sales: Sequence[Sale]) -> list[dict[str, Any]]:
    """The same in Python's own words."""
    rows = []
    for name in sorted({sale["customer_id"] for sale in sales}):
        own = [sale for sale in sales if sale["customer_id"] == name]
        completed = [sale for sale in own if sale["status"] == "completed"]
        times = [sale["transaction_date"] for sale in completed]
        value = sum((sale["total_amount"] for sale in completed), Decimal("0.00"))
        mean = (value / len(completed)).quantize(Decimal("0.01"), ROUND_HALF_UP) if completed else None
        segment = "vip" if value >= 1000 else "loyal" if value >= 250 else "regular"
        rows.append(
            {
                "customer_id": name,
                "first_order_at": min(times, default=None),
                "last_order_at": max(times, default=None),
                "orders": len(completed),
                "units": sum(sale["quantity"] for sale in completed),
                "lifetime_value": value,
                "average_order_value": mean,
                "returned_orders": len(own) - len(completed),
                "segment": segment if completed else "none",
            }
        )
    return rows


def test_customers_are_segmented_by_what_their_completed_sales_are_worth() -> None:
    largest = 2147483647
    found = folded(
        [
            [
                sale("loyal", 1, "250.00", "2025-01-01"),
                sale("regular", 1, "249.99", "2025-01-01"),
                sale("regular", 9, "1000.00", "2025-01-02", "returned"),
                sale("vip", 1, "333.33", "2025-01-03 10:00:00"),
                sale("vip", 2, "333.33", "2025-01-01 23:59:59.999999"),
                sale("vip", 3, "333.34", "2025-01-02"),
                sale("almost", 1, "999.99", "2024-02-29"),
                sale("none", 5, "5000.00", "2025-01-01", "refunded"),
                sale("none", 5, "5000.00", "2025-01-02", "returned"),
                # Two large orders, and a mean that is rounded half up.
                sale("large", largest, "99999999.99", "2025-01-01"),
                sale("large", largest, "99999999.98", "2025-01-01"),
                sale("early", 1, "0.00", "1969-12-31 23:59:59"),
            ]
        ]
    )

    new_year, leap_day = datetime(2025, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)
    second = timedelta(seconds=1)
    almost_two = datetime(2025, 1, 1, 23, 59, 59, 999999, UTC)
    expected: dict[str, tuple[Any, ...]] = {
        "almost": (leap_day, leap_day, 1, 1, Decimal("999.99"), Decimal("999.99"), 0, "loyal"),
        "early": (EPOCH - second, EPOCH - second, 1, 1, Decimal("0.00"), Decimal("0.00"), 0, "regular"),
        "large": (new_year, new_year, 2, 2 * largest, Decimal("199999999.97"), Decimal("99999999.99"), 0, "vip"),
        "loyal": (new_year, new_year, 1, 1, Decimal("250.00"), Decimal("250.00"), 0, "loyal"),
        "none": (None, None, 0, 0, Decimal("0.00"), None, 2, "none"),
        "regular": (new_year, new_year, 1, 1, Decimal("249.99"), Decimal("249.99"), 1, "regular"),
        "vip": (
            almost_two,
            datetime(2025, 1, 3, 10, tzinfo=UTC),
            3,
            6,
            Decimal("1000.00"),
            Decimal("333.33"),
            0,
            "vip",
        ),
    }
    columns = [column.name for column in CONTRACT.columns]
    assert found == [dict(zip(columns, (name, *values), strict=True)) for name, values in expected.items()]


def test_sums_are_exact_where_a_double_would_not_be() -> None:
    cents = 2**53 + 1
    tallies = {"orders": 2, "units": 2**53 + 1, "lifetime_value": cents, "returned_orders": 0}
    times = {"first_order_at": 1, "last_order_at": 2}
    rows = pa.RecordBatch.from_pylist([{"customer_id": "C", **tallies, **times}] * 3, made.FOLD.schema)

    (row,) = by_name(made.customers(pa.Table.from_batches([made.FOLD(rows)]), CONTRACT))

    assert (row["units"], row["lifetime_value"]) == (3 * cents, Decimal(3 * cents).scaleb(-2))
    assert row["average_order_value"] == (Decimal(3 * cents) / 6).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-2)


def test_what_is_null_of_a_sale_says_nothing() -> None:
    """The rules of the ETL jobs let none pass; one that is there all the same changes no other."""
    whole = sale("C", 2, "3.00", "2025-01-02")
    odd = [
        {**whole, "total_amount": None},
        {**whole, "quantity": None},
        {**whole, "transaction_date": None},
        {**whole, "status": None},
    ]

    (row,) = folded([[whole, *odd]])

    assert row == {
        **plainly([whole])[0],
        "orders": 4,
        "units": 6,
        "lifetime_value": Decimal("9.00"),
        "average_order_value": Decimal("2.25"),
    }
    (undated,) = folded([[{**whole, "transaction_date": None}]])
    assert (undated["first_order_at"], undated["last_order_at"], undated["orders"]) == (None, None, 1)


some_sales = st.lists(
    st.builds(
        lambda customer, quantity, cents, second, status: {
            "customer_id": customer,
            "quantity": quantity,
            "total_amount": Decimal(cents).scaleb(-2),
            "transaction_date": EPOCH + timedelta(seconds=second),
            "status": status,
        },
        st.sampled_from(["", "A", "Ä", "B", "AB", "A" * 300, "A" * 300 + "B"]),
        st.integers(1, 2**31 - 1),
        st.one_of(st.integers(0, 20), st.sampled_from([24_999, 25_000, 100_000, 10**10 - 1])),
        st.integers(-(10**9), 10**10),
        st.sampled_from(["completed", "completed", "returned", "refunded"]),
    ),
    max_size=30,
)


@given(some_sales, st.randoms(use_true_random=False), st.integers(1, 5), st.sampled_from([1, 300, 1 << 20]))
def test_sales_give_the_same_customers_in_any_order_and_parting(
    sales: list[Sale], chance: random.Random, most: int, most_bytes: int
) -> None:
    expected = plainly(sales)
    chance.shuffle(sales)
    parts = [sales[start : start + most] for start in range(0, len(sales), most)] or [[]]

    assert folded(parts, most_bytes) == expected


def test_a_customer_with_all_sales_takes_no_more_memory_than_one_with_few() -> None:
    tallies = made.tallied(
        made.narrowed(pa.RecordBatch.from_pylist([sale("C", 1, "1.00", "2025-01-01")] * 1000, SALES), made.moving(OWN))
    )
    held = Folded(made.FOLD, 10 * tallies.nbytes)
    most = 0
    for _ in range(100):
        held.add(tallies)
        most = max(most, sum(batch.num_rows for batch in held._held))

    assert most <= 11 * tallies.num_rows
    assert held.rows().column("orders").to_pylist() == [100_000]


def test_keys_that_are_many_are_not_folded_again_and_again() -> None:
    count = [0]

    class Counted(made.Fold):
        def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch:
            count[0] += rows.num_rows
            return super().__call__(rows)

    held = Folded(Counted(made.FOLD.key, made.FOLD.how), 1)
    for number in range(1000):
        held.add(
            made.tallied(
                made.narrowed(
                    pa.RecordBatch.from_pylist([sale(f"C{number}", 1, "1.00", "2025-01-01")], SALES), made.moving(OWN)
                )
            )
        )

    assert held.rows().num_rows == 1000
    assert count[0] < 5000


@pytest.mark.parametrize("type_", ["decimal(10,3)", "decimal(20,2)", "double"])
def test_amounts_that_cannot_be_summed_are_refused(type_: str) -> None:
    def column(column: Column) -> Column:
        return replace(column, schema={**column.schema, "x-type": type_}) if column.name == "total_amount" else column

    sales = contracts.curated("transactions")
    made.check(sales, CONTRACT)

    with pytest.raises(ContractError, match="total_amount, lifetime_value and average_order_value"):
        made.check(replace(sales, columns=tuple(map(column, sales.columns))), CONTRACT)


def many_sales(seed: int) -> list[Sale]:
    """Sales of some customers, half of them of one."""
    chance = random.Random(seed)
    return [
        sale(
            "C0" if chance.random() < 0.5 else f"C{chance.randrange(40)}",
            chance.randint(1, 5),
            f"{chance.randrange(30000) / 100:.2f}",
            f"2025-01-{chance.randint(1, 28):02d} {chance.randint(0, 23):02d}:00:00",
            chance.choice(["completed", "completed", "returned"]),
        )
        for _ in range(500)
    ]


@pytest.fixture(params=["usual", "tiny"])
def buckets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """How many buckets there are: one, or several."""
    monkeypatch.setattr(purchases, "BUCKET_BYTES", 1 << 20 if request.param == "usual" else 1)
    monkeypatch.setattr(purchases, "MOST_BUCKETS", 7)
    yield 1 if request.param == "usual" else 7


def test_customers_are_the_same_out_of_files_and_out_of_spark(
    spark: SparkSession, tmp_path: Path, buckets: int
) -> None:
    storage = FolderStorage(f"file:{tmp_path}")
    sales = many_sales(1)
    ids = {column.name: number for number, column in enumerate(CONTRACT.columns, 1)}
    work = Purchases(storage, curated_form(CONTRACT, None, ids))
    files = []
    for number in range(3):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.Table.from_pylist(sales[number::3], SALES), path)
        files.append(LiveFile(path.name, f"day={number}", path.stat().st_size))
    naive = [{**sale, "transaction_date": sale["transaction_date"].replace(tzinfo=None)} for sale in sales]
    frame = spark.createDataFrame(
        [tuple(row[column.name] for column in OWN) for row in naive],
        ", ".join(f"{column.name} {column.type}" for column in OWN),
    )
    size = sum(file.bytes for file in files)

    for origin in (of_files(spark.sparkContext, storage, files, OWN, {}), of_frame(frame, OWN)):
        written = work.written(origin, size)

        found = [pq.read_table(tmp_path / file.key) for file in written]
        assert by_name(pa.concat_tables(found)) == plainly(sales)
        assert all(table.num_rows for table in found)
        assert len(found) == 1 if buckets == 1 else 1 < len(found) <= 7


def test_of_no_sales_there_is_no_file(spark: SparkSession, tmp_path: Path) -> None:
    storage = FolderStorage(f"file:{tmp_path}")
    ids = {column.name: number for number, column in enumerate(CONTRACT.columns, 1)}
    work = Purchases(storage, curated_form(CONTRACT, None, ids))

    assert work.written(of_files(spark.sparkContext, storage, [], OWN, {}), 0) == []
    assert joined([], SALES).num_rows == 0
