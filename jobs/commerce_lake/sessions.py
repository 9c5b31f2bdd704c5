"""Visits as a whole: what a visitor did without a long pause, and how far that went."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

STAGES: Mapping[str, str] = {
    "product_view": "product_view",
    "cart": "add_to_cart",
    "checkout": "checkout_start",
    "purchase": "purchase",
}
"""Stages of the funnel, and the event that reaches each."""


def sessions(events: DataFrame) -> DataFrame:
    """One row a visit.

    Args:
        events: Events with their visits, as curated.clickstream has them.
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
