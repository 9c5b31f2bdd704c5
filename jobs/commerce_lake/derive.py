"""Derived columns of the processed tables; thresholds come from the contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .contract import Column, Contract
from .errors import ContractError
from .keys import whole_numbers
from .values import arrow_type, schema_of

MICROS_A_DAY = 86_400_000_000
MICROS_AN_HOUR = MICROS_A_DAY // 24
_EPOCH_WEEKDAY = 4
"""Days from a Sunday to 1970-01-01."""
_SUNDAY, _SATURDAY = 1, 7

DAY_PARTS = frozenset({"year", "month", "day"})
"""Derived columns whose value all rows of a day share."""

Numbers = npt.NDArray[np.int64]


def days_of(times: pa.Array) -> Numbers:
    """Days since 1970 of timestamps or dates."""
    numbers = whole_numbers(times)
    return numbers if pa.types.is_date(times.type) else numbers // MICROS_A_DAY


@dataclass(frozen=True)
class Moments:
    """What columns tell of times, UTC."""

    times: pa.Array
    """Timestamps or dates."""

    @cached_property
    def hour(self) -> Numbers:
        """Hour of the day."""
        if pa.types.is_date(self.times.type):
            return np.zeros(len(self.times), np.int64)
        return whole_numbers(self.times) % MICROS_A_DAY // MICROS_AN_HOUR

    @cached_property
    def weekday(self) -> Numbers:
        """Day of the week, 1 = Sunday."""
        return (days_of(self.times) + _EPOCH_WEEKDAY) % 7 + 1

    @property
    def year(self) -> Numbers:
        """Year."""
        return self._months // 12 + 1970

    @property
    def month(self) -> Numbers:
        """Month of the year, from 1."""
        return self._months % 12 + 1

    @cached_property
    def day(self) -> Numbers:
        """Day of the month."""
        first = self._months.astype("datetime64[M]").astype("datetime64[D]")
        days: Numbers = (self._calendar - first).astype(np.int64) + 1
        return days

    @cached_property
    def _calendar(self) -> npt.NDArray[np.datetime64]:
        return days_of(self.times).astype("datetime64[D]")

    @cached_property
    def _months(self) -> Numbers:
        """Months since 1970."""
        months: Numbers = self._calendar.astype("datetime64[M]").astype(np.int64)
        return months


@dataclass(frozen=True)
class Rows:
    """Rows that columns are derived of."""

    rows: pa.Table
    contract: Contract

    def __getitem__(self, name: str) -> pa.Array:
        return self.rows.column(name)

    @cached_property
    def when(self) -> Moments:
        """Their event time."""
        if self.contract.event_time is None:
            raise ContractError(f"{self.contract.name} has no event time to derive from.")
        return Moments(self[self.contract.event_time].combine_chunks())


DERIVED: Mapping[str, Callable[[Rows], Any]] = {
    "revenue_category": lambda rows: banded(rows, rows.contract.column("revenue_category")),
    "transaction_hour": lambda rows: rows.when.hour,
    "day_of_week": lambda rows: rows.when.weekday,
    "is_weekend": lambda rows: np.isin(rows.when.weekday, (_SUNDAY, _SATURDAY)),
    "hour": lambda rows: rows.when.hour,
    "stock_value": lambda rows: pc.multiply(rows["price"], rows["stock"].cast(pa.decimal128(10, 0))),
    "is_out_of_stock": lambda rows: pc.equal(rows["stock"], 0),
    "is_low_stock": lambda rows: at_most(rows, rows.contract.column("is_low_stock")),
    "year": lambda rows: rows.when.year,
    "month": lambda rows: rows.when.month,
    "day": lambda rows: rows.when.day,
}
"""How each derived column is computed from the source's columns of the same row."""


def derived(rows: pa.Table, contract: Contract, source_date: date, processing_time: datetime) -> pa.Table:
    """The rows of the processed table: the contract's columns, in its order and types.

    Args:
        rows: Typed records; columns that come from a join are there already.
        contract: Contract of their dataset.
        source_date: Batch date that contributes the rows.
        processing_time: The run's.

    Raises:
        ContractError: The contract derives a column that no function here computes.
    """
    of_run: Mapping[str, object] = {
        "source_date": source_date,
        "processing_timestamp": processing_time,
        "processing_date": processing_time.date(),
    }
    present = set(rows.column_names)
    known = Rows(rows, contract)

    def value(column: Column) -> Any:
        type_ = arrow_type(column.type)
        if column.name in present:
            found = rows.column(column.name)
        elif column.name in of_run:
            return pa.repeat(pa.scalar(of_run[column.name], type_), rows.num_rows)
        elif column.name in DERIVED:
            found = DERIVED[column.name](known)
        else:
            raise ContractError(f"{contract.name} derives {column.name}, which derive.py does not compute.")
        found = pa.array(found) if isinstance(found, np.ndarray) else found
        return found if found.type == type_ else found.cast(type_)

    return pa.table({column.name: value(column) for column in contract.processed})


def shown(values: Mapping[str, Any], columns: Sequence[Column], table: str) -> pa.RecordBatch:
    """Rows of a table, in its contract's columns.

    Args:
        values: Values by column; others may be among them.
        columns: Those of the contract, in order.
        table: Name of the table, for the error.

    Raises:
        ContractError: The contract has a column without values.
    """
    schema = schema_of(columns)
    unknown = [name for name in schema.names if name not in values]
    if unknown:
        raise ContractError(
            f"The contract of {table} has {', '.join(unknown)}, which the merge does not compute; "
            f"it computes {', '.join(sorted(values))}."
        )
    arrays = [pa.array(values[name]).cast(type_) for name, type_ in zip(schema.names, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def banded(rows: Rows | pa.Table, column: Column) -> pa.Array:
    """Name of the band (`x-bands`) that holds the value: the highest whose lower bound it reaches."""
    bands = column.bands
    values = rows[bands.of]
    reached = np.zeros(len(values), np.int8)
    for _, bound in bands.bounds:
        reached += (
            pc.fill_null(pc.greater_equal(values, pa.scalar(Decimal(str(bound)))), False).cast(pa.int8()).to_numpy()
        )
    return pa.array([bands.otherwise, *(name for name, _ in bands.bounds)]).take(pa.array(reached))


def at_most(rows: Rows, column: Column) -> pa.Array:
    """Whether the value of `x-threshold` is at or under the threshold, and not 0."""
    threshold = column["x-threshold"]
    value = rows[threshold["of"]]
    return pc.and_(pc.greater(value, 0), pc.less_equal(value, threshold["atMost"]))
