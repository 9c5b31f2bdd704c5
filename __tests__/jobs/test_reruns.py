"""Corrections, late data, reruns: what of the tables changes, and what does not."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from jobs.lake import Lake

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
D1, D2 = "2025-01-14", "2025-01-15"
X, Y = (2025, 1, 13), (2025, 1, 14)


def sale(key: str, day: str, customer: str = "C1", status: str = "completed") -> str:
    return f"{key},{customer},P1,1,1.00,1.00,2025-01-{day},{status}\n"


def test_late_rows_go_to_their_day_and_leave_the_rest_of_it_alone(lake: Lake) -> None:
    """Also after compaction has put the rows of both dates into one file, which a rerun must then take apart."""
    lake.put("transactions", D1, "a.csv", HEADER + sale("T1", "13") + sale("T2", "14") + sale("T3", "14"))
    lake.run("r-1", D1)
    first = {zone: lake.data_files(zone, "transactions") for zone in ("processed", "curated")}
    assert {day: len(files) for day, files in first["processed"].items()} == {X: 1, Y: 1}

    lake.put("transactions", D2, "a.csv", HEADER + sale("T4", "13") + sale("T5", "15"))
    lake.run("r-2", D2)

    processed, curated = (lake.data_files(zone, "transactions") for zone in ("processed", "curated"))
    assert processed[Y] == first["processed"][Y]
    assert set(first["processed"][X]) < set(processed[X])
    assert len(processed[X]) == 2
    assert curated[Y] == first["curated"][Y]
    assert len(curated[X]) == 1
    assert lake.rows("curated", "transactions", "transaction_id", "day") == [
        ("T1", 13),
        ("T2", 14),
        ("T3", 14),
        ("T4", 13),
        ("T5", 15),
    ]

    name = f"{lake.databases['processed']}.transactions"
    lake.spark.sql(
        f"CALL glue_catalog.system.rewrite_data_files(table => '{name}', options => map('rewrite-all', 'true'))"
    ).collect()
    assert {day: len(files) for day, files in lake.data_files("processed", "transactions").items()} == {
        X: 1,
        Y: 1,
        (2025, 1, 15): 1,
    }
    lake.replace("transactions", D2, {"a.csv": HEADER + sale("T6", "15")})
    lake.run("r-3", D2)

    # Nothing of the 14th is made again: what compaction did changed no row.
    assert lake.data_files("curated", "transactions")[Y] == first["curated"][Y]
    for zone in ("processed", "curated"):
        assert lake.rows(zone, "transactions", "transaction_id", "day") == [
            ("T1", 13),
            ("T2", 14),
            ("T3", 14),
            ("T6", 15),
        ]


def test_the_same_input_twice_gives_the_same_rows(lake: Lake) -> None:
    """Duplicates, rejected records and events of one moment among them; only the time of the run is another."""
    rows = [sale(f"T{number % 40}", f"{10 + number % 4}", f"C{number}") for number in range(120)]
    events = [
        {"session_id": f"S{number % 3}", "event_type": kind, "page": f"/{number % 7}", "device": "mobile",
         "timestamp": "2025-01-14T10:00:00", "browser": f"B{number}"}
        for number in range(40) for kind in ("search", "purchase", "dance")
    ]  # fmt: skip
    lake.put("transactions", D1, "a.csv", HEADER + "".join(rows[:70]))
    lake.put("transactions", D1, "b.csv", HEADER + "".join(rows[70:]) + sale("T1", "32"))
    lake.put("clickstream", D1, "a.json", "".join(json.dumps(event) + "\n" for event in events))
    found: list[Any] = []
    for run, time in (("r-1", "2025-02-01T06:00:00Z"), ("r-2", "2025-02-02T07:00:00.123456+01:00")):
        reports = [lake.etl(dataset, run, D1, time) for dataset in ("transactions", "clickstream")]
        branch = f"run_{run}".replace("-", "_")
        columns = {
            dataset: [
                name for name in lake.table("processed", dataset, branch).columns if not name.startswith("processing_")
            ]
            for dataset in ("transactions", "clickstream")
        }
        rejected = [lake.quarantined(dataset, D1, run) for dataset in columns]
        found.append(
            (
                [lake.rows("processed", dataset, *names, branch=branch) for dataset, names in columns.items()],
                [{**line, "run": ""} for lines in rejected for line in lines],
                [(report["rows"], report["reasons"]) for report in reports],
            )
        )
        assert lake.table("processed", "clickstream", branch).select(
            "processing_timestamp", "processing_date"
        ).distinct().collect() == [
            (dt.datetime(2025, 2, 1, 6), dt.date(2025, 2, 1))
            if run == "r-1"
            else (dt.datetime(2025, 2, 2, 6, 0, 0, 123456), dt.date(2025, 2, 2))
        ]

    assert found[0] == found[1]
    assert found[0][2] == [
        ({"in": 121, "out": 40, "quarantined": 1, "duplicates": 80}, {"transaction_date.type": 1}),
        ({"in": 120, "out": 42, "quarantined": 40, "duplicates": 38}, {"event_type.enum": 40}),
    ]


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_two_dates_at_once_are_published_one_after_the_other(lake: Lake, order: str) -> None:
    """Both jobs begin on the same main; whichever is published second is made again on the new one."""
    lake.put("transactions", D1, "a.csv", HEADER + sale("T1", "13", "old") + sale("T2", "14") + sale("T3", "14"))
    lake.put("transactions", D2, "a.csv", HEADER + sale("T1", "14", "new") + sale("T4", "14", status="refunded"))
    runs = [("r-1", D1), ("r-2", D2)]
    for run, date in runs:
        lake.etl("transactions", run, date)
    assert sorted(lake.processed("transactions").branches()) == ["run_r_1", "run_r_2"]

    for run, date in runs if order == "older first" else reversed(runs):
        report = lake.merge(run, date, "transactions")
        assert report["tables"][0]["table"].endswith(".transactions")

    first, second = dt.date(2025, 1, 14), dt.date(2025, 1, 15)
    assert lake.rows("processed", "transactions", "transaction_id", "customer_id", "source_date") == [
        ("T1", "new", second),
        ("T1", "old", first),
        ("T2", "C1", first),
        ("T3", "C1", first),
        ("T4", "C1", second),
    ]
    assert lake.rows("curated", "transactions", "transaction_id", "source_date", "day", "status") == [
        ("T1", second, 14, "completed"),
        ("T2", first, 14, "completed"),
        ("T3", first, 14, "completed"),
        ("T4", second, 14, "refunded"),
    ]
    assert lake.rows("curated", "customers", "orders", "returned_orders") == [(1, 0), (2, 1)]
    assert list(lake.processed("transactions").branches()) == ["main"]
