"""Derived columns of the processed tables; thresholds come from the contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contract import Column, Contract
from .errors import ContractError

_SUNDAY, _SATURDAY = 1, 7

DERIVED: Mapping[str, Callable[[Contract], Expression]] = {
    "revenue_category": lambda contract: banded(contract.column("revenue_category")),
    "transaction_hour": lambda contract: F.hour(_event_time(contract)),
    "day_of_week": lambda contract: F.dayofweek(_event_time(contract)),
    "is_weekend": lambda contract: F.dayofweek(_event_time(contract)).isin(_SUNDAY, _SATURDAY),
    "hour": lambda contract: F.hour(_event_time(contract)),
    "stock_value": lambda _: F.col("price") * F.col("stock"),
    "is_out_of_stock": lambda _: F.col("stock") == 0,
    "is_low_stock": lambda contract: at_most(contract.column("is_low_stock")),
    "year": lambda contract: F.year(_event_time(contract)),
    "month": lambda contract: F.month(_event_time(contract)),
    "day": lambda contract: F.dayofmonth(_event_time(contract)),
}
"""How each derived column is computed from the source's columns of the same row."""


def derived(records: DataFrame, contract: Contract, source_date: date, processing_time: datetime) -> DataFrame:
    """The rows of the processed table: the contract's columns, in its order and types.

    Args:
        records: Typed records; columns that come from a join are there already.
        contract: Contract of their dataset.
        source_date: Batch date that contributes the rows.
        processing_time: The run's.

    Raises:
        ContractError: The contract derives a column that no function here computes.
    """
    of_run = {
        "source_date": F.lit(source_date),
        "processing_timestamp": F.lit(processing_time),
        "processing_date": F.lit(processing_time.date()),
    }
    present = set(records.columns)

    def value(column: Column) -> Expression:
        if column.name in present:
            return F.col(column.name)
        if column.name in of_run:
            return of_run[column.name]
        if column.name not in DERIVED:
            raise ContractError(f"{contract.name} derives {column.name}, which derive.py does not compute.")
        return DERIVED[column.name](contract)

    return records.select(*[value(column).cast(column.type).alias(column.name) for column in contract.processed])


def banded(column: Column) -> Expression:
    """Name of the band (`x-bands`) that holds the value: the highest whose lower bound it reaches."""
    bands = dict(column["x-bands"])
    value = F.col(bands.pop("of"))
    otherwise = F.lit(bands.pop("otherwise"))
    bounds = sorted(bands.items(), key=lambda band: band[1], reverse=True)
    return F.coalesce(*[F.when(value >= bound, F.lit(name)) for name, bound in bounds], otherwise)


def at_most(column: Column) -> Expression:
    """Whether the value of `x-threshold` is at or under the threshold, and not 0."""
    threshold = column["x-threshold"]
    value = F.col(threshold["of"])
    return (value > F.lit(0)) & (value <= F.lit(threshold["atMost"]))


def _event_time(contract: Contract) -> Expression:
    if contract.event_time is None:
        raise ContractError(f"{contract.name} has no event time to derive from.")
    return F.col(contract.event_time)
