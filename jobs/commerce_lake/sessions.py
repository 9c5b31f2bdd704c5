"""Visits as a whole: what a visitor did without a long pause, and how far that went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .contract import Column
from .derive import Moments, shown
from .keys import whole_numbers

STAGES: Mapping[str, str] = {
    "product_view": "product_view",
    "cart": "add_to_cart",
    "checkout": "checkout_start",
    "purchase": "purchase",
}
"""Stages of the funnel, and the event that reaches each."""

START = "session_start"
"""The time that a visit is of."""

_MICROS_A_SECOND = 1_000_000


def sessions(events: pa.RecordBatch, columns: Sequence[Column]) -> pa.RecordBatch:
    """One row a visit.

    Args:
        events: Events with their visits, as `visits` gives them: whole visits, in order.
        columns: Those of the curated table.

    Returns:
        The columns. A visit is of the last customer who signed in, of the device that it began on, and of the day and
        hour that it began in.

    Raises:
        ContractError: The table has a column that is not known here.
    """
    first = np.flatnonzero(events.column("visit_event").to_numpy() == 1)
    following = np.append(first, events.num_rows)[1:]
    start, end = (events.column("timestamp").take(pa.array(places)) for places in (first, following - 1))
    when = Moments(start)
    found: dict[str, Any] = {
        **{name: events.column(name).take(pa.array(first)) for name in ("visit_id", "session_id", "device")},
        "customer_id": _last(events.column("customer_id"), first),
        START: start,
        "session_end": end,
        "duration_seconds": (whole_numbers(end) - whole_numbers(start)) // _MICROS_A_SECOND,
        "events": following - first,
        "is_bounced": following - first == 1,
        "hour": when.hour,
        "year": when.year,
        "month": when.month,
        "day": when.day,
    }
    for stage, event_type in STAGES.items():
        reaches = pc.equal(events.column("event_type"), event_type).to_numpy(zero_copy_only=False)
        found[f"reached_{stage}"] = np.logical_or.reduceat(reaches, first) if len(first) else reaches
    return shown(found, columns, "curated/sessions")


def _last(values: pa.Array, first: npt.NDArray[np.intp]) -> pa.Array:
    """The last value of each visit that is not null; null where all are."""
    places = np.where(pc.is_valid(values).to_numpy(zero_copy_only=False), np.arange(len(values)), -1)
    last = np.maximum.reduceat(places, first) if len(first) else places
    return values.take(pa.array(last, mask=last < 0))
