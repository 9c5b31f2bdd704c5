from __future__ import annotations

import datetime as dt
import json
from typing import Any

from jobs.lake import Lake

DATE = "2025-01-15"
BRANCH = "run_r_1"


def event(session: str, time: str, **values: Any) -> str:
    record = {"session_id": session, "event_type": "page_view", "page": "/", "timestamp": time, "device": "mobile"}
    return json.dumps({**record, **values}) + "\n"


def test_a_row_comes_out_typed_in_the_day_that_it_has_in_utc(lake: Lake) -> None:
    lake.put(
        "clickstream",
        DATE,
        "a.json",
        event(
            "S1",
            "2025-01-01T01:29:59.1234567+02:00",
            customer_id="C1",
            event_type=" PURCHASE ",
            device="Tablet",
            browser="Firefox",
            ip_address="203.0.113.77",
            user_agent="Mozilla/5.0",
        )
        + event("S2", "2024-12-31 19:00-0500"),
    )

    report = lake.etl("clickstream", "r-1", DATE)

    table = lake.table("processed", "clickstream", BRANCH)
    of_run = {
        "source_date": dt.date(2025, 1, 15),
        "processing_timestamp": dt.datetime(2025, 2, 1, 6, 0),
        "processing_date": dt.date(2025, 2, 1),
    }
    assert [row.asDict() for row in table.orderBy("session_id").collect()] == [
        {
            "session_id": "S1",
            "customer_id": "C1",
            "event_type": "purchase",
            "page": "/",
            "timestamp": dt.datetime(2024, 12, 31, 23, 29, 59, 123456),
            "device": "tablet",
            "browser": "Firefox",
            "ip_address": "203.0.113.77",
            "user_agent": "Mozilla/5.0",
            "hour": 23,
            **of_run,
            "year": 2024,
            "month": 12,
            "day": 31,
        },
        {
            "session_id": "S2",
            "customer_id": None,
            "event_type": "page_view",
            "page": "/",
            "timestamp": dt.datetime(2025, 1, 1),
            "device": "mobile",
            "browser": None,
            "ip_address": None,
            "user_agent": None,
            "hour": 0,
            **of_run,
            "year": 2025,
            "month": 1,
            "day": 1,
        },
    ]
    assert [(field.name, field.dataType.simpleString()) for field in table.schema] == [
        ("session_id", "string"),
        ("customer_id", "string"),
        ("event_type", "string"),
        ("page", "string"),
        ("timestamp", "timestamp"),
        ("device", "string"),
        ("browser", "string"),
        ("ip_address", "string"),
        ("user_agent", "string"),
        ("hour", "int"),
        ("source_date", "date"),
        ("processing_timestamp", "timestamp"),
        ("processing_date", "date"),
        ("year", "int"),
        ("month", "int"),
        ("day", "int"),
    ]
    assert sorted(lake.data_files("processed", "clickstream", BRANCH)) == [(2024, 12, 31), (2025, 1, 1)]
    assert report["rows"] == {"in": 2, "out": 2, "quarantined": 0, "duplicates": 0}


def test_an_event_is_told_from_others_by_its_four_columns(lake: Lake) -> None:
    """The same moment in another zone is the same event; a microsecond, a page or a type apart is another."""
    moment = "2025-01-14T10:00:00Z"
    lake.put(
        "clickstream",
        DATE,
        "a.json",
        event("S1", moment, browser="first")
        + event("S1", "2025-01-14T11:00:00.000000999+01:00", browser="last")
        + event("S1", "2025-01-14T10:00:00.000001Z")
        + event("S1", moment, page="/b")
        + event("S1", moment, event_type="search")
        + event("S2", moment)
        + event("S1", moment, device="television")
        + event("S1", "2025-01-14T10:00:00"),
    )

    report = lake.etl("clickstream", "r-1", DATE)

    columns = ("session_id", "timestamp", "event_type", "page", "browser")
    ten = dt.datetime(2025, 1, 14, 10)
    assert lake.rows("processed", "clickstream", *columns, branch=BRANCH) == sorted(
        [
            ("S1", ten, "page_view", "/", None),
            ("S1", ten.replace(microsecond=1), "page_view", "/", None),
            ("S1", ten, "page_view", "/b", None),
            ("S1", ten, "search", "/", None),
            ("S2", ten, "page_view", "/", None),
        ],
        key=repr,
    )
    assert [(line["record"], line["reasons"]) for line in lake.quarantined("clickstream", DATE)] == [
        (7, ["device.enum"])
    ]
    assert report["rows"] == {"in": 8, "out": 5, "quarantined": 1, "duplicates": 2}
