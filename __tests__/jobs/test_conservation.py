"""Every record of every file is in the table, in quarantine, or a duplicate of one in the table: nowhere else, once."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from commerce_lake import contract as contracts
from commerce_lake.errors import ConservationError
from commerce_lake.etl import Counts
from commerce_lake.tables import Table
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jobs.lake import Lake

DATE = "2025-01-15"
PARSE = "record.parse"
HARD = ("", ' "quoted", and more', "\r\nsecond line", "\ttab \\", "😀 \u2028")
"""Texts that a reader might trip over."""


@dataclass(frozen=True)
class Kind:
    """Records of one dataset."""

    good: Callable[[int, int, str], dict[str, Any]]
    """A record by its key, its time, and a text that it carries."""
    text: str
    """Column of the text."""
    faults: Mapping[str, dict[str, Any]]
    """What to change so that a rule is broken."""


KINDS = {
    "transactions": Kind(
        lambda key, time, text: {
            "transaction_id": f"T{key}",
            "customer_id": text,
            "product_id": "P",
            "quantity": "2",
            "price": "1.50",
            "total_amount": "",
            "transaction_date": f"2025-01-{10 + time}",
            "status": "completed",
        },
        "customer_id",
        {
            "product_id.required": {"product_id": ""},
            "quantity.exclusiveMinimum": {"quantity": "-7"},
            "price.type": {"price": "1.505"},
            "transaction_date.notFuture": {"transaction_date": "2025-02-01 06:00:01"},
            "status.enum": {"status": "sold"},
        },
    ),
    "reviews": Kind(
        lambda key, time, text: {
            "review_id": f"R{key}",
            "product_id": "P",
            "customer_id": "C",
            "rating": "5",
            "review_text": text,
            "review_date": f"2025-01-{10 + time}",
        },
        "review_text",
        {
            "review_id.required": {"review_id": ""},
            "rating.maximum": {"rating": "6"},
            "review_date.type": {"review_date": "2025-02-29"},
        },
    ),
    "products": Kind(
        lambda key, _, text: {
            "product_id": f"P{key}",
            "name": text,
            "category": "Books",
            "brand": "B",
            "price": 1.5,
            "stock": 3,
        },
        "name",
        {"price.exclusiveMinimum": {"price": 0}, "stock.type": {"stock": 2**31}, "is_active.type": {"is_active": 1}},
    ),
    "clickstream": Kind(
        lambda key, time, text: {
            "session_id": f"S{key}",
            "event_type": "search",
            "page": "/",
            "timestamp": f"2025-01-{10 + time}T00:00:00+00:00",
            "device": "mobile",
            "browser": text,
        },
        "browser",
        {
            "session_id.type": {"session_id": 7},
            "event_type.enum": {"event_type": "dance"},
            "timestamp.required": {"timestamp": None},
        },
    ),
}

_runs = count()


def as_csv(records: list[dict[str, Any]], broken: list[bool], ends: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=ends)
    writer.writerow(records[0])
    for record, is_broken in zip(records, broken, strict=True):
        writer.writerow([*record.values(), "one field too many"] if is_broken else record.values())
    return text.getvalue()


def as_json(records: list[dict[str, Any]], broken: list[bool], ends: str, form: str) -> str:
    if form == "array":
        elements = [7 if is_broken else record for record, is_broken in zip(records, broken, strict=True)]
        return json.dumps(elements, indent=1, ensure_ascii=ends == "\n")
    texts = [json.dumps(record, ensure_ascii=False) for record in records]
    # A line separator ends no line here; white space between lines is no record.
    return "".join(text[: -1 if is_broken else None] + ends for text, is_broken in zip(texts, broken, strict=True))


def files(dataset: str) -> st.SearchStrategy[list[tuple[str, str, bool, list[tuple[int, int, str, frozenset[str]]]]]]:
    """Files of a date: their form, line ends, compression, and records of a few keys, most of them good."""
    faults = st.one_of(
        st.just(frozenset[str]()),
        st.just(frozenset[str]()),
        st.frozensets(st.sampled_from([PARSE, *KINDS[dataset].faults]), min_size=1, max_size=3),
    )
    record = st.tuples(st.integers(0, 9), st.integers(0, 3), st.sampled_from(HARD), faults)
    one = st.tuples(
        st.sampled_from(["lines", "array"]),
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
        st.lists(record, min_size=1, max_size=20),
    )
    return st.lists(one, min_size=2, max_size=5)


@pytest.mark.parametrize("dataset", list(KINDS))
def test_in_is_out_and_quarantined_and_duplicates(lake: Lake, dataset: str) -> None:
    kind, contract = KINDS[dataset], contracts.dataset(dataset)
    order = [PARSE, *[f"{column.name}." for column in contract.columns]]

    # What it finds is not made smaller: each try runs a job.
    @settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(files(dataset))
    def conserved(given: list[tuple[str, str, bool, list[tuple[int, int, str, frozenset[str]]]]]) -> None:
        content: dict[str, bytes] = {}
        rejected: dict[tuple[str, int], list[str]] = {}
        staying: dict[str, tuple[tuple[int, int, int], str]] = {}
        good = 0
        for number, (form, ends, zipped, entries) in enumerate(given):
            records, broken = [], []
            name = f"{number}.{contract.format}"
            for index, (key, time, hard, faults) in enumerate(entries, 1):
                text = f"{number}/{index}{hard}"
                record = kind.good(key, time, text)
                for fault in faults - {PARSE}:
                    record |= kind.faults[fault]
                records.append(record)
                broken.append(PARSE in faults)
                if faults:
                    reasons = {PARSE} if PARSE in faults else faults
                    place = (f"raw/{dataset}/date={DATE}/{name}", index)
                    rejected[place] = [one for start in order for one in sorted(reasons) if one.startswith(start)]
                    continue
                good += 1
                newest = (time if contract.event_time else 0, number, index)
                # An event at another time is another event.
                found_as = f"{key} {time}" if dataset == "clickstream" else f"{key}"
                staying[found_as] = max(staying.get(found_as, (newest, text)), (newest, text))
            written = (
                as_csv(records, broken, ends) if contract.format == "csv" else as_json(records, broken, ends, form)
            )
            content[name] = gzip.compress(written.encode()) if zipped else written.encode()
        lake.replace(dataset, DATE, content)
        run = f"r-{next(_runs)}"

        report = lake.etl(dataset, run, DATE)

        found = {(line["file"], line["record"]): line["reasons"] for line in lake.quarantined(dataset, DATE, run)}
        assert found == rejected
        assert len(lake.quarantined(dataset, DATE, run)) == len(rejected)
        rows = lake.rows("processed", dataset, kind.text, branch=f"run_{run}".replace("-", "_"))
        assert rows == sorted([(text,) for _, text in staying.values()], key=repr)
        total = sum(len(entries) for *_, entries in given)
        assert report["rows"] == {
            "in": total,
            "out": len(staying),
            "quarantined": len(rejected),
            "duplicates": good - len(staying),
        }
        assert report["reasons"] == Counter(reason for reasons in rejected.values() for reason in reasons)

    conserved()


def test_a_record_that_gets_lost_fails_the_job(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "review_id,product_id,customer_id,rating,review_date\nR1,P,C,5,2025-01-13\nR2,P,C,5,2025-01-14\n"
    lake.put("reviews", DATE, "a.csv", lines)
    append = Table.append_files
    monkeypatch.setattr(Table, "append_files", lambda self, files, *rest: append(self, files[:1], *rest))

    with pytest.raises(ConservationError, match=r"reviews: 2 records in, but 1 out \+ 0 quarantined \+ 0 duplicates"):
        lake.etl("reviews", "r-1", DATE)
    assert lake.rows("processed", "reviews") == []
    assert list(lake.storage.keys(f"runs/date={DATE}/run=r-1/jobs/")) == []


@pytest.mark.parametrize(
    ("read", "validated", "message"),
    [
        (5, 5, "5 records in, but 3 out"),
        (7, 7, "7 records in, but 3 out"),
        (6, 5, "the manifest says 5 records, but 6 were read"),
    ],
)
def test_counts_must_add_up(read: int, validated: int, message: str) -> None:
    Counts(read=6, written=3, quarantined=2, duplicates=1).check("reviews", 6)
    with pytest.raises(ConservationError, match=message):
        Counts(read=read, written=3, quarantined=2, duplicates=1).check("reviews", validated)
