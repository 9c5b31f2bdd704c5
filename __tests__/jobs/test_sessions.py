"""Visits as a whole, and their funnels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import pyarrow as pa
import pytest
from commerce_lake import contract as contracts
from commerce_lake.blobs import joined
from commerce_lake.errors import ContractError
from commerce_lake.funnels import NONE, PERIODS, Conversion, conversion, funnel
from commerce_lake.sessions import STAGES, sessions
from commerce_lake.visits import visits
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = pa.schema(
    {
        "session_id": pa.string(),
        "timestamp": pa.timestamp("us", "UTC"),
        "event_type": pa.string(),
        "page": pa.string(),
        "customer_id": pa.string(),
        "device": pa.string(),
    }
)
COLUMNS = contracts.curated("sessions").columns


def utc(*parts: int) -> dt.datetime:
    year, month, day, *others = parts
    return dt.datetime(year, month, day, *others, tzinfo=dt.UTC)


def visited(*rows: Sequence[Any]) -> pa.RecordBatch:
    """Events of (session, time, type, customer?, device?), with their visits."""
    full = []
    for row in rows:
        session, moment, kind, customer, device = (*row, *(None, "desktop")[len(row) - 3 :])
        full.append((session, dt.datetime.fromisoformat(f"2025-01-{moment}+00:00"), kind, "/", customer, device))
    return numbered(full)


def numbered(rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in SCHEMA]
    found = visits(pa.table(columns, SCHEMA), 30)
    return joined(found.to_batches(), found.schema)


def found_of(events: pa.RecordBatch) -> list[dict[str, Any]]:
    return list(sessions(events, COLUMNS).to_pylist())


def test_a_visit_goes_on_over_midnight_and_belongs_to_the_day_it_began() -> None:
    [row] = found_of(
        visited(
            ("A", "31 23:45:00", "page_view", None, "mobile"),
            ("A", "31 23:59:59.9", "add_to_cart", "C1"),
            ("A", "31 23:59:59.9", "checkout_start", "C2"),
            ("A", "31 23:59:59", "product_view"),
        )
    )

    assert row == {
        "visit_id": "A#1",
        "session_id": "A",
        "customer_id": "C2",
        "session_start": utc(2025, 1, 31, 23, 45),
        "session_end": utc(2025, 1, 31, 23, 59, 59, 900_000),
        "duration_seconds": 899,
        "events": 4,
        "reached_product_view": True,
        "reached_cart": True,
        "reached_checkout": True,
        "reached_purchase": False,
        "device": "mobile",
        "is_bounced": False,
        "hour": 23,
        "year": 2025,
        "month": 1,
        "day": 31,
    }


def test_the_last_customer_who_signed_in_is_the_visits() -> None:
    found = found_of(
        visited(
            ("A", "01 10:00:00", "page_view", "C1"),
            ("A", "01 10:01:00", "page_view", "C2"),
            ("A", "01 10:02:00", "page_view"),
            ("A", "01 12:00:00", "page_view"),
            ("B", "01 10:02:00", "page_view"),
        )
    )

    assert {row["visit_id"]: (row["customer_id"], row["is_bounced"]) for row in found} == {
        "A#1": ("C2", False),
        "A#2": (None, True),
        "B#1": (None, True),
    }


def test_columns_are_those_of_the_contract_also_without_an_event() -> None:
    assert sessions(numbered([]), COLUMNS).schema.names == [column.name for column in COLUMNS]
    for name in PERIODS:
        columns = contracts.curated(name).columns
        rows = funnel(conversion(sessions(numbered([]), COLUMNS)), columns)
        assert (rows.num_rows, rows.schema.names) == (0, [column.name for column in columns])


def test_a_column_that_is_not_made_is_told() -> None:
    columns = (*COLUMNS, replace(COLUMNS[0], name="mood"))

    with pytest.raises(
        ContractError, match="curated/sessions has mood, which the merge does not compute; it computes cust"
    ):
        sessions(visited(("A", "01 10:00:00", "page_view")), columns)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "Ü"]),
        st.integers(0, 3 * 24 * 60).map(lambda minute: utc(2024, 2, 28) + dt.timedelta(minutes=minute)),
        st.sampled_from([*STAGES.values(), "page_view"]),
        st.sampled_from(["/", "/a"]),
        st.sampled_from([None, "C1", "C2"]),
        st.sampled_from(["desktop", "mobile"]),
    ),
    max_size=40,
    unique_by=lambda event: event[:4],
)


@given(EVENTS)
def test_visits_say_what_their_events_do(events: list[tuple[Any, ...]]) -> None:
    rows = numbered(events)

    expected = []
    for visit, of_visit in groupby(rows.to_pylist(), key=lambda row: row["visit_id"]):
        mine = list(of_visit)
        kinds = {row["event_type"] for row in mine}
        start, end = mine[0]["timestamp"], mine[-1]["timestamp"]
        expected.append(
            {
                "visit_id": visit,
                "session_id": mine[0]["session_id"],
                "customer_id": next((row["customer_id"] for row in reversed(mine) if row["customer_id"]), None),
                "session_start": start,
                "session_end": end,
                "duration_seconds": int((end - start).total_seconds()),
                "events": len(mine),
                **{f"reached_{stage}": kind in kinds for stage, kind in STAGES.items()},
                "device": mine[0]["device"],
                "is_bounced": len(mine) == 1,
                **{part: getattr(start, part) for part in ("hour", "year", "month", "day")},
            }
        )
    assert found_of(rows) == expected


def test_a_funnel_counts_visits_by_period() -> None:
    found = conversion(
        sessions(
            visited(
                ("A", "01 10:00:00", "product_view"),
                ("A", "01 10:00:30", "purchase"),
                ("B", "01 23:59:00", "page_view"),
                ("C", "02 00:00:00", "add_to_cart"),
                ("D", "01 10:40:00", "page_view"),
                ("D", "01 10:40:15", "search"),
            ),
            COLUMNS,
        )
    )

    def by(name: str) -> list[dict[str, Any]]:
        return list(funnel(found.by(PERIODS[name]), contracts.curated(name).columns).to_pylist())

    assert by("funnel_daily") == [
        {
            "sessions": 3, "product_view_sessions": 1, "cart_sessions": 0, "checkout_sessions": 0,
            "purchase_sessions": 1, "bounced_sessions": 1, "product_view_rate": 1 / 3, "cart_rate": 0.0,
            "checkout_rate": 0.0, "conversion_rate": 1 / 3, "bounce_rate": 1 / 3, "average_duration_seconds": 15.0,
            "year": 2025, "month": 1, "day": 1,
        },
        {
            "sessions": 1, "product_view_sessions": 0, "cart_sessions": 1, "checkout_sessions": 0,
            "purchase_sessions": 0, "bounced_sessions": 1, "product_view_rate": 0.0, "cart_rate": 1.0,
            "checkout_rate": 0.0, "conversion_rate": 0.0, "bounce_rate": 1.0, "average_duration_seconds": 0.0,
            "year": 2025, "month": 1, "day": 2,
        },
    ]  # fmt: skip
    assert [(row["day"], row["hour"], row["sessions"]) for row in by("funnel_hourly")] == [
        (1, 10, 2),
        (1, 23, 1),
        (2, 0, 1),
    ]
    assert found.by(PERIODS["funnel_daily"]).days.tolist() == [20089, 20090]


@given(EVENTS, st.integers(1, 5))
def test_visits_come_to_the_same_in_parts(events: list[tuple[Any, ...]], parts: int) -> None:
    rows = sessions(numbered(events), COLUMNS)
    size = -(-rows.num_rows // parts)

    in_parts = sum((conversion(rows.slice(start, size)) for start in range(0, rows.num_rows, size or 1)), NONE)

    assert as_rows(in_parts) == as_rows(conversion(rows))
    assert in_parts.sums[:, 0].sum() == rows.num_rows


def as_rows(found: Conversion) -> list[list[int]]:
    return [[hour, *sums] for hour, sums in zip(found.hours.tolist(), found.sums.tolist(), strict=True)]
