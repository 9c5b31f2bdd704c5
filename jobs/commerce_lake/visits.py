"""Numbers the visits of sessions: a visit ends where nothing happened for long."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .blobs import whole
from .keys import whole_numbers

_MICROS_A_MINUTE = 60_000_000

Numbers = npt.NDArray[np.int64]


def visits(events: pa.Table, gap_minutes: int) -> pa.Table:
    """Adds `visit_id` and `visit_event`: an event more than the gap after the one before begins a new visit.

    Args:
        events: Unique events, in any order; all those of each session that they have one of.
        gap_minutes: Longest pause inside a visit, in minutes.

    Returns:
        The events, those of a session together and in the order of their time. Events of one moment follow their type,
        then their page, by the bytes of these texts, so that no rerun puts them otherwise.
    """
    # In one piece each: rows are taken from columns of several far more slowly.
    events = events.combine_chunks()
    coded = whole(events.column("session_id")).dictionary_encode()
    session = coded.indices.to_numpy()
    moment = whole_numbers(whole(events.column("timestamp")))
    order = _order(events, session, moment)
    session, moment = session[order], moment[order]

    opens = np.diff(session, prepend=-1) != 0
    begins = opens.copy()
    begins[1:] |= np.diff(moment) > gap_minutes * _MICROS_A_MINUTE
    numbers = pa.array(_places(opens[begins])).cast(pa.string())
    ids = pc.binary_join_element_wise(coded.dictionary.take(pa.array(session[begins])), numbers, "#")
    return (
        events.take(pa.array(order))
        .append_column("visit_id", ids.take(pa.array(np.cumsum(begins) - 1)))
        .append_column("visit_event", pa.array(_places(begins).astype(np.int32)))
    )


def _order(events: pa.Table, session: npt.NDArray[np.int32], moment: Numbers) -> npt.NDArray[np.intp]:
    """The events by session and moment; those of one moment by type and page."""
    order: npt.NDArray[np.intp] = np.lexsort((moment, session))
    # Whether an event is of the same moment as the one before it; behind the last comes none that is.
    follows = np.zeros(len(order) + 1, bool)
    follows[1:-1] = (np.diff(session[order]) == 0) & (np.diff(moment[order]) == 0)
    tied = np.flatnonzero(follows[:-1] | follows[1:])
    if len(tied):
        # Comparing texts costs most, so only those are compared that decide.
        group = pa.array(np.cumsum(~follows[tied]))
        texts = events.select(["event_type", "page"]).take(pa.array(order[tied])).append_column("group", group)
        keys = [(name, "ascending") for name in ("group", "event_type", "page")]
        order[tied] = order[tied][pc.sort_indices(texts, sort_keys=keys).to_numpy()]
    return order


def _places(begins: npt.NDArray[np.bool_]) -> Numbers:
    """The place of each in its run, from 1, where it is known which begin one."""
    places: Numbers = np.arange(1, len(begins) + 1)
    places -= np.flatnonzero(begins)[np.cumsum(begins) - 1]
    return places
