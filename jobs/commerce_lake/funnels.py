"""Conversion: of the visits that began in an hour or on a day, how many got how far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .contract import Column
from .derive import MICROS_AN_HOUR, Moments, Numbers, shown
from .keys import whole_numbers
from .sessions import STAGES, START

HOURS_A_DAY = 24

PERIODS: Mapping[str, int] = {"funnel_daily": HOURS_A_DAY, "funnel_hourly": 1}
"""The curated tables, and the hours of a period."""

COUNTS: Mapping[str, str] = {f"{stage}_sessions": f"reached_{stage}" for stage in STAGES} | {
    "bounced_sessions": "is_bounced"
}
"""Counts of visits, and the column of a visit that says whether it counts."""

RATES: Mapping[str, str] = {
    "product_view_rate": "product_view_sessions",
    "cart_rate": "cart_sessions",
    "checkout_rate": "checkout_sessions",
    "conversion_rate": "purchase_sessions",
    "bounce_rate": "bounced_sessions",
}
"""Shares of all visits, and the count that each is of."""

_SESSIONS, _SECONDS = "sessions", "seconds"
_SUMS = (_SESSIONS, _SECONDS, *COUNTS)


@dataclass(frozen=True)
class Conversion:
    """What visits came to, by the hour that they began in; of more visits, the sum."""

    hours: Numbers
    """Hours since 1970, in order."""
    sums: npt.NDArray[np.int64]
    """A row an hour: the visits, their seconds, and the counts."""

    def __add__(self, other: Conversion) -> Conversion:
        return _summed(np.concatenate([self.hours, other.hours]), np.concatenate([self.sums, other.sums]))

    @property
    def days(self) -> Numbers:
        """The day of each hour, since 1970."""
        return self.hours // HOURS_A_DAY

    def by(self, hours: int) -> Conversion:
        """The sums of periods, each told by its first hour.

        Args:
            hours: How long a period is: a day, or a part of one.
        """
        return _summed(self.hours // hours * hours, self.sums)


NONE = Conversion(np.empty(0, np.int64), np.empty((0, len(_SUMS)), np.int64))
"""No visits."""


def conversion(visits: pa.RecordBatch) -> Conversion:
    """What visits came to.

    Args:
        visits: Rows as `sessions` gives them.
    """
    hours = whole_numbers(visits.column(START)) // MICROS_AN_HOUR
    counted = [visits.column(name).to_numpy(zero_copy_only=False) for name in COUNTS.values()]
    seconds = visits.column("duration_seconds").to_numpy()
    return _summed(hours, np.stack([np.ones(len(hours), np.int64), seconds, *counted], axis=1).astype(np.int64))


def funnel(periods: Conversion, columns: Sequence[Column]) -> pa.RecordBatch:
    """One row a period in which a visit began.

    Args:
        periods: What the visits came to.
        columns: Those of the curated table.

    Raises:
        ContractError: The table has a column that is not known here.
    """
    sums = dict(zip(_SUMS, periods.sums.T, strict=True))
    total = sums[_SESSIONS]
    when = Moments(pa.array(periods.hours * MICROS_AN_HOUR, pa.timestamp("us", "UTC")))
    values = {
        **{name: sums[name] for name in (_SESSIONS, *COUNTS)},
        **{name: sums[count] / total for name, count in RATES.items()},
        "average_duration_seconds": sums[_SECONDS] / total,
        "hour": when.hour,
        "year": when.year,
        "month": when.month,
        "day": when.day,
    }
    return shown(values, columns, "a curated funnel")


def _summed(hours: Numbers, sums: npt.NDArray[np.int64]) -> Conversion:
    """The sums of each hour in one row."""
    if not len(hours):
        return NONE
    order = np.argsort(hours, kind="stable")
    ordered = hours[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    return Conversion(ordered[begins], np.add.reduceat(sums[order], begins))
