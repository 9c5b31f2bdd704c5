"""Judges records by their contract: types and repairs the values, lists the rules that each record breaks."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contract import Column, Contract
from .rules import contract_rules, text, text_name, typed

REASONS = "_reasons"
"""Names of the rules that a record breaks, in the contract's order; null where it breaks none."""


def judged(records: DataFrame, contract: Contract, processing_time: datetime) -> DataFrame:
    """Records with typed values, `_reasons`, and `_computed_<column>` for each column that may be computed.

    Args:
        records: Raw records, as `frames.read` gives them.
        contract: Contract of their dataset.
        processing_time: The run's.
    """
    texts = records.select(
        "_file",
        "_record",
        "_line",
        "_raw",
        "_faults",
        *[text(column).alias(text_name(column)) for column in contract.columns],
    )
    values = texts.select(
        "*", *[typed(column, F.col(text_name(column))).alias(column.name) for column in contract.columns]
    )
    for column in contract.columns:
        if column["x-computed"]:
            values = repaired(values, column)
    rules = contract_rules(contract, processing_time)
    bad = reduce(or_, [rule.broken for rule in rules])
    reasons = F.array_compact(F.array(*[F.when(rule.broken, F.lit(rule.name)) for rule in rules]))
    flags = [f"_computed_{column.name}" for column in contract.columns if column["x-computed"]]
    return values.select(
        "_file",
        "_record",
        "_line",
        "_raw",
        *[column.name for column in contract.columns],
        *flags,
        F.when(F.coalesce(bad, F.lit(False)), reasons).alias(REASONS),
    )


def repaired(values: DataFrame, column: Column) -> DataFrame:
    """Puts the product in the place of a value that is missing or off by more than the tolerance.

    Adds `_computed_<column>` (whether it did), and `_unfit_<column>` (whether the product does not fit the type).
    A value that is not of its type is left for that rule to refuse.
    """
    name, how = column.name, column["x-computed"]
    left, right = how["product"]
    product = F.col(left) * F.col(right)
    off = F.col(name).isNull() | (F.abs(F.col(name) - product) > F.lit(str(how["tolerance"])).cast("decimal(18,9)"))
    wrong_type = F.col(text_name(column)).isNotNull() & F.col(name).isNull()
    faulty = F.coalesce(F.find_in_set(F.lit(f"{name}.type"), F.col("_faults")) > 0, F.lit(False))
    wanted = F.col("_product").isNotNull() & off & ~wrong_type & ~faulty
    fitting = F.col("_product").cast(column.type)
    return (
        values.withColumn("_product", product)
        .withColumn(f"_computed_{name}", F.coalesce(wanted, F.lit(False)))
        .withColumn(f"_unfit_{name}", F.col(f"_computed_{name}") & fitting.isNull())
        .withColumn(name, F.coalesce(F.when(F.col(f"_computed_{name}"), fitting), F.col(name)))
        .drop("_product")
    )
