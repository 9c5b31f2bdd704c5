"""Judges records by their contract: types and repairs the values, lists the rules that each record breaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contract import Column, Contract
from .records import META
from .rules import contract_rules, lexical_form, misread, text_name, typed

BROKEN = "_broken"
"""The rules that a record breaks, as bits in the order of the contract's rules; 0 where it breaks none.

A number costs next to nothing in the records that are good; `reasons` names the bits of the others.
"""


def judged(records: DataFrame, contract: Contract, processing_time: datetime) -> DataFrame:
    """Records with typed values, `_broken`, and `_computed_<column>` for each column that may be computed.

    Args:
        records: Raw records, as `frames.read` gives them.
        contract: Contract of their dataset.
        processing_time: The run's.
    """
    values = records.select(
        *META,
        *[
            expression
            for column in contract.columns
            for expression in (
                [F.col(column.name)]
                if lexical_form(column) is None
                else [F.col(column.name).alias(text_name(column)), typed(column, F.col(column.name)).alias(column.name)]
            )
        ],
    )
    for column in contract.columns:
        if column["x-computed"]:
            values = repaired(values, column)
    rules = contract_rules(contract, processing_time)
    broken = reduce(
        Expression.bitwiseOR,
        [F.when(rule.broken, F.lit(1 << bit).cast("bigint")).otherwise(0) for bit, rule in enumerate(rules)],
    )
    flags = [f"_computed_{column.name}" for column in contract.columns if column["x-computed"]]
    return values.select(
        "_file",
        "_record",
        "_line",
        "_raw",
        *[column.name for column in contract.columns],
        *flags,
        broken.cast("bigint").alias(BROKEN),
    )


def reasons(broken: int, names: Sequence[str]) -> list[str]:
    """Names of the rules that a record breaks.

    Args:
        broken: Its bits, as in `BROKEN`.
        names: Names of the contract's rules, in their order.
    """
    return [name for bit, name in enumerate(names) if broken >> bit & 1]


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
    wanted = F.col("_product").isNotNull() & off & ~wrong_type & ~misread(column)
    fitting = F.col("_product").cast(column.type)
    return (
        values.withColumn("_product", product)
        .withColumn(f"_computed_{name}", F.coalesce(wanted, F.lit(False)))
        .withColumn(f"_unfit_{name}", F.col(f"_computed_{name}") & fitting.isNull())
        .withColumn(name, F.coalesce(F.when(F.col(f"_computed_{name}"), fitting), F.col(name)))
        .drop("_product")
    )
