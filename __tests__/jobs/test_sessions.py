from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
from commerce_lake.sessions import funnel, sessions
from commerce_lake.visits import visits
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

SCHEMA = {"session_id": pa.string(), "customer_id": pa.string(), "event_type": pa.string(), "page": pa.string(),
          "timestamp": pa.timestamp("us", "UTC"), "device": pa.string()}  # fmt: skip


def visited(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    """Events of (session, time, type, page?, customer?, device?), with their visits."""
    full = [
        (row[0], row[4] if len(row) > 4 else None, row[2], row[3] if len(row) > 3 else "/",
         datetime.fromisoformat(f"2025-01-{row[1]}+00:00"), row[5] if len(row) > 5 else "desktop")
        for row in rows
    ]  # fmt: skip
    columns = [pa.array(values, type_) for values, type_ in zip(zip(*full, strict=True), SCHEMA.values(), strict=True)]
    found = visits(pa.table(columns, list(SCHEMA)), 30)
    return spark.createDataFrame(found.to_pylist(), from_arrow_schema(found.schema))


def test_a_visit_goes_on_over_midnight_and_belongs_to_the_day_it_began(spark: SparkSession) -> None:
    frame = visited(
        spark,
        ("A", "31 23:45:00", "page_view", "/", None, "mobile"),
        ("A", "31 23:59:59.9", "add_to_cart", "/", "C1"),
        ("A", "31 23:59:59.9", "checkout_start", "/", "C2"),
        ("A", "31 23:59:59", "product_view"),
    )

    (row,) = sessions(frame).collect()

    assert row.asDict() == {
        "visit_id": "A#1",
        "session_id": "A",
        "customer_id": "C2",
        "session_start": datetime(2025, 1, 31, 23, 45),
        "session_end": datetime(2025, 1, 31, 23, 59, 59, 900_000),
        "duration_seconds": 899,
        "events": 4,
        "reached_product_view": True,
        "reached_cart": True,
        "reached_checkout": True,
        "reached_purchase": False,
        "device": "mobile",
        "is_bounced": False,
        "hour": 23,
        "year": 2025,
        "month": 1,
        "day": 31,
    }


def test_the_last_customer_who_signed_in_is_the_visits(spark: SparkSession) -> None:
    frame = visited(
        spark,
        ("A", "01 10:00:00", "page_view", "/", "C1"),
        ("A", "01 10:01:00", "page_view", "/", "C2"),
        ("A", "01 10:02:00", "page_view"),
        ("B", "01 10:02:00", "page_view"),
    )

    found = sessions(frame).orderBy("visit_id").select("customer_id", "is_bounced").collect()
    assert [tuple(row) for row in found] == [("C2", False), (None, True)]


def test_a_funnel_counts_visits_by_period(spark: SparkSession) -> None:
    frame = visited(
        spark,
        ("A", "01 10:00:00", "product_view"),
        ("A", "01 10:00:30", "purchase"),
        ("B", "01 10:50:00", "page_view"),
        ("C", "02 10:50:00", "add_to_cart"),
    )

    found = funnel(sessions(frame), "day").orderBy("day").collect()

    assert [row.asDict() for row in found] == [
        {
            "day": 1, "sessions": 2, "product_view_sessions": 1, "cart_sessions": 0, "checkout_sessions": 0,
            "purchase_sessions": 1, "bounced_sessions": 1, "average_duration_seconds": 15.0, "product_view_rate": 0.5,
            "cart_rate": 0.0, "checkout_rate": 0.0, "conversion_rate": 0.5, "bounce_rate": 0.5,
        },
        {
            "day": 2, "sessions": 1, "product_view_sessions": 0, "cart_sessions": 1, "checkout_sessions": 0,
            "purchase_sessions": 0, "bounced_sessions": 1, "average_duration_seconds": 0.0, "product_view_rate": 0.0,
            "cart_rate": 1.0, "checkout_rate": 0.0, "conversion_rate": 0.0, "bounce_rate": 1.0,
        },
    ]  # fmt: skip
