"""Visits: what a visitor did without a long pause, and how far it went."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

STAGES: Mapping[str, str] = {
    "product_view": "product_view",
    "cart": "add_to_cart",
    "checkout": "checkout_start",
    "purchase": "purchase",
}
"""Stages of the funnel, and the event that reaches each."""


def visits(events: DataFrame, gap_minutes: int) -> DataFrame:
    """Adds `visit_id` and `visit_event`: an event more than the gap after the one before begins a new visit.

    Args:
        events: Unique events.
        gap_minutes: Longest pause inside a visit, in minutes.
    """
    # Events of one moment are put in an order that no rerun changes. One order serves all: rows are sorted once.
    session = Window.partitionBy("session_id").orderBy("timestamp", "event_type", "page")
    so_far = session.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    pause = F.unix_micros("timestamp") - F.unix_micros(F.lag("timestamp").over(session))
    placed = events.select("*", pause.alias("_pause"), F.row_number().over(session).alias("_place"))
    begins = F.col("_pause").isNull() | (F.col("_pause") > gap_minutes * 60_000_000)
    numbered = placed.select(
        "*",
        F.count_if(begins).over(so_far).alias("_visit"),
        F.max(F.when(begins, F.col("_place"))).over(so_far).alias("_first"),
    )
    return (
        numbered.withColumn("visit_id", F.concat("session_id", F.lit("#"), "_visit"))
        .withColumn("visit_event", F.col("_place") - F.col("_first") + 1)
        .drop("_pause", "_place", "_visit", "_first")
    )


def sessions(events: DataFrame) -> DataFrame:
    """One row a visit.

    Args:
        events: Events with their visits, as `visits` or curated.clickstream have them.
    """

    def reached(event_type: str) -> Expression:
        return F.bool_or(F.col("event_type") == event_type)

    signed_in = F.when(F.col("customer_id").isNotNull(), F.col("visit_event"))
    start = F.col("session_start")
    return (
        events.groupBy("visit_id", "session_id")
        .agg(
            F.max_by("customer_id", signed_in).alias("customer_id"),
            F.min("timestamp").alias("session_start"),
            F.max("timestamp").alias("session_end"),
            F.count(F.lit(1)).alias("events"),
            *[reached(event_type).alias(f"reached_{stage}") for stage, event_type in STAGES.items()],
            F.min_by("device", "visit_event").alias("device"),
        )
        .withColumn("duration_seconds", F.expr("(unix_micros(session_end) - unix_micros(session_start)) div 1000000"))
        .withColumn("is_bounced", F.col("events") == 1)
        .withColumn("hour", F.hour(start))
        .withColumn("year", F.year(start))
        .withColumn("month", F.month(start))
        .withColumn("day", F.dayofmonth(start))
    )


def funnel(visited: DataFrame, *period: str) -> DataFrame:
    """Conversion by period.

    Args:
        visited: Visits, as `sessions` gives them.
        period: Columns that make a period.
    """
    total = F.col("sessions")
    return (
        visited.groupBy(*period)
        .agg(
            F.count(F.lit(1)).alias("sessions"),
            *[F.count_if(f"reached_{stage}").alias(f"{stage}_sessions") for stage in STAGES],
            F.count_if("is_bounced").alias("bounced_sessions"),
            (F.sum("duration_seconds") / F.count(F.lit(1))).alias("average_duration_seconds"),
        )
        .withColumn("product_view_rate", F.col("product_view_sessions") / total)
        .withColumn("cart_rate", F.col("cart_sessions") / total)
        .withColumn("checkout_rate", F.col("checkout_sessions") / total)
        .withColumn("conversion_rate", F.col("purchase_sessions") / total)
        .withColumn("bounce_rate", F.col("bounced_sessions") / total)
    )
