"""The curated tables as pure functions of the processed ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .contract import Column, Contract

RECENT_DAYS = 30
"""Days of sales that say how long a stock lasts."""

_RECENT_MICROS = RECENT_DAYS * 24 * 3600 * 1_000_000


def typed(rows: DataFrame, columns: Sequence[Column]) -> DataFrame:
    """The columns, in their order and types."""
    return rows.selectExpr(*[f"CAST(`{column.name}` AS {column.type}) `{column.name}`" for column in columns])


def newest(rows: DataFrame, contract: Contract) -> DataFrame:
    """One row a key: that of the newest source date, within which a key is unique."""
    window = Window.partitionBy(*contract.key).orderBy(F.col("source_date").desc())
    return rows.withColumn("_age", F.row_number().over(window)).filter("_age = 1").drop("_age")


def shown_of_product(products: DataFrame) -> DataFrame:
    """What sales and reviews show of their product, by `product_id`.

    Args:
        products: The newest snapshot of each product.
    """
    return products.select("product_id", F.col("name").alias("product_name"), "category", "brand", "department")


def with_product(rows: DataFrame, products: DataFrame) -> DataFrame:
    """Adds the product's name, category, brand and department; null where no snapshot knows the product.

    Args:
        rows: Sales or reviews.
        products: The newest snapshot of each product.
    """
    return rows.join(shown_of_product(products), "product_id", "left")


def products(snapshot: DataFrame, sales: DataFrame, reviews: DataFrame) -> DataFrame:
    """The products with inventory metrics and review aggregates.

    Args:
        snapshot: The newest snapshot of each product.
        sales: Unique sales.
        reviews: Unique reviews.
    """
    completed = sales.filter(F.col("status") == "completed")
    recent = completed.filter(_recent(sales)).groupBy("product_id").agg(F.sum("quantity").alias("units_sold_30d"))
    opinions = reviews.groupBy("product_id").agg(
        F.count(F.lit(1)).alias("reviews"),
        F.avg("rating").cast("decimal(3,2)").alias("average_rating"),
        F.count_if("verified_purchase").alias("verified_reviews"),
    )
    joined = snapshot.join(recent, "product_id", "left").join(opinions, "product_id", "left")
    cover = F.when(F.col("units_sold_30d") > 0, F.col("stock") * F.lit(float(RECENT_DAYS)) / F.col("units_sold_30d"))
    return joined.na.fill(0, ["units_sold_30d", "reviews", "verified_reviews"]).withColumn("days_of_cover", cover)


def _recent(sales: DataFrame) -> Expression:
    """Sales less than RECENT_DAYS before the newest completed one."""
    # Compares with a literal, so that files of the days before it are not read.
    completed = sales.filter(F.col("status") == "completed")
    # Answered from the table's metadata; where the newest sales are all returned, older ones tell.
    newest = _newest_sale(sales)
    last = None if newest is None else _newest_sale(completed.filter(_after(newest - _RECENT_MICROS)))
    if last is None:
        last = _newest_sale(completed)
    return F.lit(False) if last is None else _after(last - _RECENT_MICROS)


def _newest_sale(sales: DataFrame) -> int | None:
    """Microseconds since 1970: a time would become one of Python's, which are local."""
    return cast("int | None", sales.select(F.unix_micros(F.max("transaction_date"))).collect()[0][0])


def _after(moment: int) -> Expression:
    return F.col("transaction_date") > F.timestamp_micros(F.lit(moment))
