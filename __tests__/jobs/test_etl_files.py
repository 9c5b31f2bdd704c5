"""Which files a job reads, and how many it writes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from commerce_lake import pieces
from commerce_lake.errors import ConservationError
from jobs.lake import Lake
from pytest import MonkeyPatch

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
DATE = "2025-01-15"
BRANCH = "run_r_1"


def sale(number: int, day: int, customer: str = "C1") -> str:
    return f"T{number:05d},{customer},P1,1,1.00,1.00,2025-01-{day:02d} 12:00:00,completed\n"


def test_a_file_that_is_not_in_the_manifest_is_not_read(lake: Lake, monkeypatch: MonkeyPatch) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER + sale(1, 14))
    lake.put("transactions", DATE, "b.csv", HEADER + sale(2, 14))
    lake.put("transactions", DATE, "late.csv", HEADER + sale(3, 14))
    lake.put("transactions", "2025-01-14", "a.csv", HEADER + sale(4, 14))
    write_manifest = lake.write_manifest

    def without_the_late_one(run: str, date: str) -> dict[str, Any]:
        manifest = write_manifest(run, date)
        entry = manifest["datasets"]["transactions"]
        late = [file for file in entry["files"] if file["key"].endswith("late.csv")]
        entry["files"] = [file for file in entry["files"] if file not in late]
        entry["excluded"] = [{"key": late[0]["key"], "state": "rejected", "reason": "…"}]
        lake.storage.write(f"runs/date={date}/run={run}/manifest.json", json.dumps(manifest).encode(), "")
        return manifest

    monkeypatch.setattr(lake, "write_manifest", without_the_late_one)
    report = lake.etl("transactions", "r-1", DATE)

    assert lake.rows("processed", "transactions", "transaction_id", branch=BRANCH) == [("T00001",), ("T00002",)]
    assert report["rows"]["in"] == 2


def test_many_files_make_one_data_file_a_day(lake: Lake) -> None:
    """With half of the rows of one customer, and two thirds of them on one day."""
    days = [14, 14, 3]
    numbers = range(600)
    sales = [sale(number, days[number % 3], "C1" if number % 2 else f"C{number}") for number in numbers]
    for file in range(30):
        lake.put("transactions", DATE, f"{file:02d}.csv", HEADER + "".join(sales[file::30]) + sales[file])

    report = lake.etl("transactions", "r-1", DATE)

    files = lake.data_files("processed", "transactions", BRANCH)
    assert {day: len(names) for day, names in files.items()} == {(2025, 1, 3): 1, (2025, 1, 14): 1}
    rows = lake.rows("processed", "transactions", "transaction_id", "customer_id", "day", branch=BRANCH)
    assert [row[0] for row in rows] == [f"T{number:05d}" for number in numbers]
    assert Counter(row[2] for row in rows) == {14: 400, 3: 200}
    assert Counter(row[1] for row in rows)["C1"] == 300
    assert report["rows"] == {"in": 630, "out": 600, "quarantined": 0, "duplicates": 30}


def test_it_does_not_matter_how_files_are_parted(lake: Lake, monkeypatch: MonkeyPatch) -> None:
    """A large file is read in pieces; a record keeps its place, and the last of a key stays."""
    sales = [sale(number, 14, f"C{number}") for number in range(200)]
    broken = "T9,C1,P1,0,1.00,1.00,2025-01-14,completed\n"
    again = [line.replace(",C", ',"again,\nC').replace(",P1", '",P1') for line in sales[100:]]
    content = HEADER + "".join(sales[:150]) + broken + "\n\n" + "".join(again)
    lake.put("transactions", DATE, "a.csv", content)
    lake.put("transactions", DATE, "b.csv", HEADER + sale(0, 14, "last"))

    whole = lake.etl("transactions", "r-0", DATE)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1000)
    parted = lake.etl("transactions", "r-1", DATE)

    assert whole["rows"] == {"in": 252, "out": 200, "quarantined": 1, "duplicates": 51}
    assert parted["rows"] == whole["rows"]
    rows = lake.rows("processed", "transactions", "transaction_id", "customer_id", branch=BRANCH)
    assert rows == [
        (f"T{number:05d}", "last" if number == 0 else f"again,\nC{number}" if number >= 100 else f"C{number}")
        for number in range(200)
    ]
    (line,) = lake.quarantined("transactions", DATE, "r-1")
    assert (line["record"], line["line"]) == (151, 152)


def test_a_split_off_the_beginning_of_a_record_is_noticed(lake: Lake, monkeypatch: MonkeyPatch) -> None:
    """Two halves of a record are two records that cannot be parsed: the counts tell."""
    lake.put("transactions", DATE, "a.csv", HEADER + "".join(sale(number, 14) for number in range(100)))
    manifest = lake.write_manifest("r-1", DATE)
    manifest["datasets"]["transactions"]["files"][0]["splits"][3]["offset"] += 7
    lake.storage.write(f"runs/date={DATE}/run=r-1/manifest.json", json.dumps(manifest).encode(), "")
    monkeypatch.setattr(lake, "write_manifest", lambda run, date: manifest)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1000)

    with pytest.raises(ConservationError, match="the manifest says 100 records, but 101 were read"):
        lake.etl("transactions", "r-1", DATE)
    assert lake.rows("processed", "transactions") == []
