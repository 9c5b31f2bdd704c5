from __future__ import annotations

import re
from datetime import date, datetime
from itertools import combinations

from commerce_lake import curate
from commerce_lake.facts import outside, within
from jobs.lake import Lake
from pyspark.sql import DataFrame, SparkSession

DATES = ["2025-01-14", "2025-01-15", "2025-01-16", "2025-01-18"]
SALES = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"


def test_rows_are_within_some_source_dates_or_outside(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(date.fromisoformat(text),) for text in DATES], "source_date date")

    for size in range(len(DATES) + 1):
        for chosen in combinations(DATES, size):
            assert dates_of(rows.where(within(chosen))) == list(chosen)
            assert dates_of(rows.where(outside(chosen))) == [text for text in DATES if text not in chosen]


def test_iceberg_is_asked_for_some_source_dates_or_for_others(lake: Lake) -> None:
    lake.put("transactions", DATES[0], "a.csv", SALES + "T1,C1,P1,1,10.00,10.00,2025-01-13,completed\n")
    lake.run("r-1", DATES[0])
    rows = lake.table("processed", "transactions")

    # Iceberg is left out of a condition on a converted column, and every file is then read.
    for condition in (within(DATES[:1]), within(DATES[:2]), outside(DATES[:1]), outside(DATES[:2])):
        assert re.search(r"filters=[^\]]*source_date (=|IN|<|>)", plan(rows.where(condition)))


def test_recent_sales_are_those_before_the_newest_completed_one(spark: SparkSession) -> None:
    def units(*sales: tuple[str, str]) -> int:
        rows = [("P1", status, 1, datetime.fromisoformat(time)) for time, status in sales]
        frame = spark.createDataFrame(
            rows, "product_id string, status string, quantity int, transaction_date timestamp"
        )
        snapshot = spark.createDataFrame([("P1", 5)], "product_id string, stock int")
        reviews = spark.createDataFrame([], "product_id string, rating int, verified_purchase boolean")
        return int(curate.products(snapshot, frame, reviews).collect()[0].units_sold_30d)

    recent = [("2025-03-31 12:00:00", "completed"), ("2025-03-01 12:00:00.000001", "completed")]
    assert units(*recent, ("2025-03-01 12:00:00", "completed")) == 2
    assert units(*recent, ("2025-04-29 00:00:00", "returned")) == 2
    assert units(*recent, ("2025-06-01 00:00:00", "returned")) == 2
    assert units(("2025-06-01 00:00:00", "returned")) == 0
    assert units() == 0


def dates_of(rows: DataFrame) -> list[str]:
    return sorted(str(row.source_date) for row in rows.collect())


def plan(rows: DataFrame) -> str:
    return str(rows._jdf.queryExecution().executedPlan().toString())
