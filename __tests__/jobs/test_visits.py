"""Visits of sessions: where they end, and the place of an event in them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

import pyarrow as pa
import pytest
from commerce_lake import contract as contracts
from commerce_lake.values import arrow_type
from commerce_lake.visits import visits
from hypothesis import given, settings
from hypothesis import strategies as st

GAP = timedelta(minutes=30)
START = datetime(2025, 1, 1, tzinfo=UTC)

SCHEMA = pa.schema([(column.name, arrow_type(column.type)) for column in contracts.dataset("clickstream").columns])
KEY = ("session_id", "timestamp", "event_type", "page")

Event = tuple[str, datetime, str, str]
"""Session, time, type and page."""

TEXT = st.sampled_from(["", "a", "ab", "b", "B", "/ü", "\ufffd", "\U0001f600", "a\0"])
PAUSE = st.sampled_from([timedelta(0), timedelta(microseconds=1), GAP, GAP + timedelta(microseconds=1)])


@st.composite
def some_events(draw: st.DrawFn) -> list[Event]:
    """Events of a few sessions, with pauses about the gap, in any order."""
    found: set[Event] = set()
    for session in draw(st.lists(TEXT, max_size=4, unique=True)):
        moment = START
        for pause in draw(st.lists(PAUSE, max_size=8)):
            moment += pause
            found.add((session, moment, draw(TEXT), draw(TEXT)))
    return draw(st.permutations(sorted(found)))


def table(events: Sequence[Event], chunks: int = 1) -> pa.Table:
    """The events, in so many chunks."""
    rows = [dict(zip(KEY, event, strict=True)) for event in events]
    bounds = [len(rows) * part // chunks for part in range(chunks + 1)]
    return pa.concat_tables([pa.Table.from_pylist(rows[start:end], SCHEMA) for start, end in pairwise(bounds)])


def numbered(events: Sequence[Event], chunks: int = 1) -> dict[Event, tuple[str, int]]:
    """The visit of each event, and its place there."""
    found = visits(table(events, chunks), 30)
    assert found.num_rows == len(events)
    keys = zip(*(found.column(name).to_pylist() for name in KEY), strict=True)
    return dict(zip(keys, places(found), strict=True))


def places(found: pa.Table) -> list[tuple[str, int]]:
    """Visit and place of each row."""
    return list(zip(found.column("visit_id").to_pylist(), found.column("visit_event").to_pylist(), strict=True))


def one_by_one(events: Sequence[Event]) -> dict[Event, tuple[str, int]]:
    """What `numbered` is to give."""
    found: dict[Event, tuple[str, int]] = {}
    for session, own in groupby(sorted(events, key=in_order), key=lambda event: event[0]):
        visit = place = 0
        before: datetime | None = None
        for event in own:
            if before is None or event[1] - before > GAP:
                visit, place = visit + 1, 0
            place += 1
            before = event[1]
            found[event] = f"{session}#{visit}", place
    return found


def in_order(event: Event) -> tuple[Any, ...]:
    """By session, time, and the bytes of type and page."""
    session, moment, kind, page = event
    return session, moment, kind.encode(), page.encode()


def at(text: str) -> datetime:
    """A time in January 2025."""
    return datetime.fromisoformat(f"2025-01-{text}+00:00")


@settings(deadline=None)
@given(some_events(), st.integers(1, 3))
def test_every_event_has_its_place(events: list[Event], chunks: int) -> None:
    assert numbered(events, chunks) == one_by_one(events)


def test_a_pause_of_more_than_the_gap_begins_a_visit() -> None:
    events = [
        ("A", at("01 10:30:00"), "search", "/"),
        ("A", at("01 10:00:00"), "page_view", "/"),
        ("B", at("01 10:10:00"), "page_view", "/"),
        ("A", at("01 11:00:00.000001"), "purchase", "/"),
        ("A", at("02 11:00:00"), "page_view", "/"),
    ]

    assert list(numbered(events).values()) == [("A#1", 1), ("A#1", 2), ("A#2", 1), ("A#3", 1), ("B#1", 1)]


@pytest.mark.parametrize(("pause", "second"), [(GAP, ("A#1", 2)), (GAP + timedelta(microseconds=1), ("A#2", 1))])
def test_a_pause_as_long_as_the_gap_is_inside_a_visit(pause: timedelta, second: tuple[str, int]) -> None:
    last = ("A", START + pause, "search", "/")

    assert numbered([("A", START, "search", "/"), last])[last] == second


def test_the_gap_is_what_the_contract_says() -> None:
    events = table([("A", START, "search", "/"), ("A", START + timedelta(minutes=6), "search", "/")])

    assert places(visits(events, 5)) == [("A#1", 1), ("A#2", 1)]
    assert places(visits(events, 6)) == [("A#1", 1), ("A#1", 2)]


def test_the_next_session_begins_a_visit_however_short_the_pause() -> None:
    events = [(session, START, "search", "/") for session in ("A", "B")]

    assert list(numbered(events).values()) == [("A#1", 1), ("B#1", 1)]


def test_a_visit_goes_on_over_midnight() -> None:
    events = [("A", at("31 23:59:59.9"), "page_view", "/"), ("A", at("31 23:45:00"), "search", "/")]
    events.append(("A", events[0][1] + timedelta(seconds=1), "purchase", "/"))

    assert list(numbered(events).values()) == [("A#1", 1), ("A#1", 2), ("A#1", 3)]


@pytest.mark.parametrize("seed", range(3))
def test_events_of_one_moment_follow_their_type_then_their_page(seed: int) -> None:
    kinds_and_pages = [("page_view", "/a"), ("page_view", "/b"), ("search", "/"), ("search", "/a")]
    events = [("A", START, kind, page) for kind, page in kinds_and_pages]
    later = ("A", START + timedelta(microseconds=1), "add_to_cart", "/")
    mixed = [*events, later]
    random.Random(seed).shuffle(mixed)

    found = numbered(mixed)

    assert [found[event] for event in [*events, later]] == [("A#1", place) for place in range(1, 6)]


def test_texts_follow_their_bytes() -> None:
    # By letters, case and accents would count last; by UTF-16, as Java has texts, U+FFFD would come after U+1F600.
    pages = ["/B", "/a", "/b", "/ä", "/\ufffd", "/\U0001f600"]
    events = [("Größe 😀", START, "search", page) for page in pages]

    found = numbered(events[::-1])

    assert [found[event] for event in events] == [("Größe 😀#1", place) for place in range(1, 7)]


def test_one_event_is_a_visit() -> None:
    assert list(numbered([("A", START, "search", "/")]).values()) == [("A#1", 1)]


def test_no_events_have_the_columns_of_visits() -> None:
    found = visits(table([]), 30)

    assert found.num_rows == 0
    assert found.schema == visits(table([("A", START, "search", "/")]), 30).schema


def test_the_other_columns_stay_as_they_are() -> None:
    events = table([("A", START + timedelta(hours=1), "search", "/"), ("A", START, "search", "/")])
    events = events.set_column(5, SCHEMA.field("device"), pa.array(["mobile", "desktop"]))
    events = events.set_column(6, SCHEMA.field("browser"), pa.array([None, "Firefox"]))

    found = visits(events, 30)

    assert found.select(SCHEMA.names).to_pylist() == events.take([1, 0]).to_pylist()


def test_the_types_are_those_of_the_curated_table() -> None:
    found = visits(table([("A", START, "search", "/")]), 30)

    wanted = {column.name: arrow_type(column.type) for column in contracts.curated("clickstream").columns}
    assert {name: found.schema.field(name).type for name in ("visit_id", "visit_event")} == {
        name: wanted[name] for name in ("visit_id", "visit_event")
    }
