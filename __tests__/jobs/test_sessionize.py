"""Events on their way to curated.clickstream, whichever way they come and however little a task takes."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from commerce_lake import contract as contracts
from commerce_lake import sessionize, staging
from commerce_lake.funnels import PERIODS, conversion, funnel
from commerce_lake.sessionize import VISITED
from commerce_lake.sessions import sessions
from commerce_lake.values import schema_of
from commerce_lake.visits import visits
from jobs.lake import KEY as SECRET
from jobs.lake import Lake
from pytest import MonkeyPatch

D1, D2, D3 = "2025-01-14", "2025-01-15", "2025-01-16"
KEY = contracts.dataset("clickstream").key
CONDUCT = contracts.dataset("clickstream").sessions or {}


def events(seed: int, sessions: range, days: range) -> str:
    """Events of sessions, with short and long pauses, some over midnight."""
    chance = random.Random(seed)
    lines = []
    for session in sessions:
        minute = chance.choice(days) * 24 * 60 + chance.randrange(22 * 60, 24 * 60)
        for _ in range(chance.randint(1, 9)):
            minute += chance.choice([0, 1, 29, 30, 31, 200])
            day, hour = divmod(minute, 24 * 60)
            line = {
                "session_id": f"S{session}",
                "timestamp": f"2025-01-{day:02}T{hour // 60:02}:{hour % 60:02}:00Z",
                "event_type": chance.choice(["page_view", "search", "purchase"]),
                "page": chance.choice(["/", "/a", "/ü"]),
                "device": "mobile",
                "customer_id": chance.choice([None, "C1"]),
            }
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    chance.shuffle(lines)
    return "".join(lines)


def as_numbered(lake: Lake) -> list[tuple[object, ...]]:
    """What curated.clickstream is to have: of each event what the newest source date says, numbered all at once."""
    columns = ("source_date", *KEY)
    said = sorted((dict(zip(columns, row, strict=True)) for row in lake.rows("processed", "clickstream", *columns)),
                  key=lambda row: row["source_date"])  # fmt: skip
    newest = {tuple(row[name] for name in KEY): row for row in said}
    found = visits(pa.Table.from_pylist(list(newest.values())), CONDUCT["gapMinutes"])
    rows = found.select(["visit_id", "visit_event", *columns]).to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=repr)


def as_published(lake: Lake) -> list[tuple[object, ...]]:
    """What it has; customers are masked once, whichever way they came."""
    customer = hmac.new(SECRET, b"C1", hashlib.sha256).hexdigest()[:32]
    assert set(lake.rows("curated", "clickstream", "customer_id")) == {(None,), (customer,)}
    return lake.rows("curated", "clickstream", "visit_id", "visit_event", "source_date", *KEY)


def as_made_of_visits(lake: Lake) -> dict[str, pa.RecordBatch]:
    """What the tables have to have that are made of visits: of all events as they are published."""
    columns = [column.name for column in contracts.curated("clickstream").columns]
    rows = [dict(zip(columns, in_utc(row), strict=True)) for row in lake.rows("curated", "clickstream", *columns)]
    rows.sort(key=lambda row: (row["session_id"], row["timestamp"], row["event_type"], row["page"]))
    schema = schema_of(contracts.curated("clickstream").columns)
    made = sessions(pa.RecordBatch.from_pylist(rows, schema), contracts.curated("sessions").columns)
    found = conversion(made)
    funnels = {name: funnel(found.by(hours), contracts.curated(name).columns) for name, hours in PERIODS.items()}
    return {"sessions": made, **funnels}


def in_utc(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row of Spark's, whose times say no zone."""
    return tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row)


@pytest.fixture(params=["usual", "tiny"])
def sizes(request: pytest.FixtureRequest, monkeypatch: MonkeyPatch) -> Iterator[str]:
    """How much a task takes: all that is here, or next to nothing."""
    if request.param == "tiny":
        monkeypatch.setattr(sessionize, "BUCKET_BYTES", 1024)
        monkeypatch.setattr(sessionize, "TASK_BYTES", 2048)
    yield request.param


def test_visits_are_numbered_whichever_way_events_come(lake: Lake, monkeypatch: MonkeyPatch, sizes: str) -> None:
    def has_its_visits() -> None:
        assert as_published(lake) == as_numbered(lake)
        for table, expected in as_made_of_visits(lake).items():
            names = [column.name for column in contracts.curated(table).columns]
            found = sorted((tuple(row.values()) for row in expected.to_pylist()), key=repr)
            assert [*map(in_utc, lake.rows("curated", table, *names))] == found, table
        for table in VISITED:
            assert {len(files) for files in lake.data_files("curated", table).values()} == {1}

    lake.put("clickstream", D1, "a.json", events(2, range(30), range(10, 13)))
    lake.run("r-1", D1)
    # All rows are of one date: out of files.
    has_its_visits()

    lake.put("clickstream", D2, "a.json", events(2, range(29, 40), range(12, 13)))
    lake.run("r-2", D2)
    # A session that goes on: through Spark, beside the rows of its days that stay. Some of these are of sessions that
    # began a day before: numbered again without it, they would be others.
    has_its_visits()

    lake.put("clickstream", D3, "a.json", events(3, range(50, 60), range(12, 13)))
    lake.run("r-3", D3)
    # New sessions on days that are there: out of files, beside rows that stay.
    has_its_visits()

    monkeypatch.setattr(staging, "REVISION", staging.REVISION + 1)
    lake.run("r-4", D3)
    # Everything, of three dates: through Spark.
    has_its_visits()
