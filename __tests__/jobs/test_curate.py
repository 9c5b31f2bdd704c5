"""The curated tables as functions of the processed ones: every column, and where it turns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from commerce_lake import contract as contracts
from commerce_lake import curate
from pyspark.sql import DataFrame, SparkSession

SALES = (
    "customer_id string, product_id string, quantity int, total_amount decimal(10,2), transaction_date timestamp, "
    "status string"
)


def sale(
    customer: str, product: str, quantity: int, total: str, moment: str, status: str = "completed"
) -> tuple[Any, ...]:
    return (customer, product, quantity, Decimal(total), datetime.fromisoformat(moment), status)


def by_key(frame: DataFrame) -> dict[str, dict[str, Any]]:
    """Rows by their first column."""
    rows = [row.asDict() for row in frame.collect()]
    return {row[frame.columns[0]]: row for row in rows}


def test_products_show_how_long_their_stock_lasts_and_what_reviews_say(spark: SparkSession) -> None:
    snapshot = spark.createDataFrame(
        [("P1", 7), ("P2", 0), ("P3", 5), ("P4", 5), ("P5", 2147483647)], "product_id string, stock int"
    )
    sales = spark.createDataFrame(
        [
            sale("C", "P1", 2, "1.00", "2025-03-01 12:00:00"),
            sale("C", "P1", 1, "1.00", "2025-01-30 12:00:01"),
            # Thirty days before the newest sale to the second, and so no more; earlier, too.
            sale("C", "P1", 50, "1.00", "2025-01-30 12:00:00"),
            sale("C", "P2", 3, "1.00", "2025-02-28"),
            sale("C", "P3", 9, "1.00", "2025-02-28", "returned"),
            # Not completed, and so not the newest sale of the lake.
            sale("C", "P3", 9, "1.00", "2025-12-31", "refunded"),
            sale("C", "P4", 9, "1.00", "2024-02-29"),
            sale("C", "P5", 1, "1.00", "2025-03-01"),
            sale("C", "unknown", 1, "1.00", "2025-03-01"),
        ],
        SALES,
    )
    reviews = spark.createDataFrame(
        [
            *[("P1", stars, verified) for stars, verified in [(5, True), (4, False), (4, None), (4, True)] * 2],
            ("P2", 1, None),
            ("P3", 5, True),
            ("P3", 5, True),
            ("P3", 4, True),
            ("unknown", 5, True),
        ],
        "product_id string, rating int, verified_purchase boolean",
    )

    found = by_key(curate.products(snapshot, sales, reviews))

    metrics = ("units_sold_30d", "days_of_cover", "reviews", "average_rating", "verified_reviews")
    assert {key: tuple(row[name] for name in metrics) for key, row in found.items()} == {
        "P1": (3, 70.0, 8, Decimal("4.25"), 4),
        "P2": (3, 0.0, 1, Decimal("1.00"), 0),
        "P3": (0, None, 3, Decimal("4.67"), 3),
        "P4": (0, None, 0, None, 0),
        "P5": (1, 2147483647 * 30.0, 0, None, 0),
    }


def test_without_any_sale_or_review_every_product_is_there(spark: SparkSession) -> None:
    snapshot = spark.createDataFrame([("P1", 7)], "product_id string, stock int")
    nothing = spark.createDataFrame([], SALES)
    reviews = spark.createDataFrame([], "product_id string, rating int, verified_purchase boolean")

    (row,) = curate.products(snapshot, nothing, reviews).collect()

    assert (row.units_sold_30d, row.days_of_cover, row.reviews, row.average_rating) == (0, None, 0, None)


def test_of_a_key_the_newest_source_date_wins(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [
            ("A", 1, date(2025, 1, 2)),
            ("A", 2, date(2025, 1, 10)),
            ("A", 3, date(2024, 12, 31)),
            ("B", 4, date(1, 1, 2)),
        ],
        "transaction_id string, value int, source_date date",
    )

    kept = curate.newest(rows, contracts.dataset("transactions")).select("transaction_id", "value")

    assert sorted(tuple(row) for row in kept.collect()) == [("A", 2), ("B", 4)]
