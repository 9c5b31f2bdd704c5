"""Which of the records that share a key stays, and where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from commerce_lake import contract as contracts
from commerce_lake.blobs import packed, parted, unpacked
from commerce_lake.dedup import HASH, staying
from commerce_lake.keys import hashed
from hypothesis import given, settings
from hypothesis import strategies as st

EVENTS = contracts.dataset("clickstream")

# Keys whose parts could be taken for each other's: ("a", "bc") and ("ab", "c").
PART = st.sampled_from(["", "a", "ab", "abc", "bc", "c", "a\0", "long enough for several words", "ü"])
RECORD = st.tuples(st.integers(0, 2), PART, PART, st.integers(0, 3))


def records(given: list[tuple[int, str, str, int]], key: Sequence[str], *, same_hash: bool = False) -> pa.RecordBatch:
    """Events by file, two parts of their key, and time; each file's in the order given."""
    files, sessions, pages, times = (list(values) for values in zip(*given, strict=True)) if given else ([],) * 4
    columns = {
        "_file": pa.array(files, pa.int32()),
        "_record": pa.array(range(len(given)), pa.int64()),
        "session_id": pa.array(sessions, pa.string()),
        "page": pa.array(pages, pa.string()),
        "event_type": pa.array(["search"] * len(given), pa.string()),
        "timestamp": pa.array(times, pa.timestamp("us", "UTC")),
    }
    hashes = hashed([columns[name] for name in key])
    columns[HASH] = pa.array(np.zeros_like(hashes, np.int64) if same_hash else hashes.view(np.int64))
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


@settings(deadline=None)
@given(st.lists(RECORD, max_size=40), st.booleans())
def test_the_newest_stays_and_of_these_the_last(given: list[tuple[int, str, str, int]], same_hash: bool) -> None:
    """Whatever the hashes are: they only tell where to look."""
    contract = replace(EVENTS, key=("session_id", "page"))
    best: dict[tuple[str, str], tuple[int, int, int]] = {}
    for number, (file, session, page, time) in enumerate(given):
        best[session, page] = max(best.get((session, page), (-1, 0, 0)), (time, file, number))

    chosen = staying(records(given, contract.key, same_hash=same_hash), contract)

    expected = sorted(number for *_, number in best.values())
    assert (list(range(len(given))) if chosen is None else chosen.tolist()) == expected


@settings(deadline=None)
@given(st.lists(RECORD, max_size=40))
def test_without_an_event_time_the_last_stays(given: list[tuple[int, str, str, int]]) -> None:
    contract = replace(contracts.dataset("products"), key=("session_id",))
    best: dict[str, tuple[int, int]] = {}
    for number, (file, session, _, _) in enumerate(given):
        best[session] = max(best.get(session, (-1, 0)), (file, number))

    chosen = staying(records(given, contract.key), contract)

    expected = sorted(number for _, number in best.values())
    assert (list(range(len(given))) if chosen is None else chosen.tolist()) == expected


@settings(deadline=None)
@given(st.lists(PART, min_size=1, max_size=30), st.data())
def test_a_key_has_one_hash_wherever_it_stands(parts: list[str], data: st.DataObject) -> None:
    texts = pa.array(parts, pa.string())
    start = data.draw(st.integers(0, len(parts) - 1))

    assert hashed([texts]).tolist()[start:] == hashed([texts.slice(start)]).tolist()
    assert len(set(hashed([texts]).tolist())) == len(set(parts))


def test_a_very_long_text_is_not_read_to_its_end() -> None:
    """Others that begin like it and are as long go to its task, where the keys themselves are compared."""
    long, alike, longer, other = "x" * 1_000_000, "x" * 999_999 + "y", "x" * 1_000_001, "y" + "x" * 999_999

    hashes = hashed([pa.array([long, "short", alike, longer, other, long])]).tolist()

    assert hashes[0] == hashes[2] == hashes[5]
    assert len(set(hashes)) == 4


def test_keys_that_differ_little_are_spread_evenly() -> None:
    keys = pa.array([f"T20250131-{number:08d}" for number in range(100_000)])

    hashes = hashed([keys])

    assert len(np.unique(hashes)) == 100_000
    for shift in (0, 32):
        counts = np.bincount(((hashes >> np.uint64(shift)) % np.uint64(25)).astype(np.int64), minlength=25)
        assert counts.max() < 1.1 * 100_000 / 25


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), PART, st.booleans()), max_size=40), st.sampled_from([-1, 1, 13_107, 13_108])
)
def test_rows_come_out_as_bytes_as_they_went_in(given: list[tuple[int, str, bool]], apart: int) -> None:
    """Whether places are so near that 16 bits tell them apart (5 * 13,107 is the largest such number) or not."""
    given = [(place * apart, text, flag) for place, text, flag in given]
    rows = pa.RecordBatch.from_arrays(
        [
            pa.array([text or None for _, text, _ in given], pa.string()),
            pa.array([flag for *_, flag in given], pa.bool_()),
        ],
        ["text", "flag"],
    )
    chosen = np.array([index for index, (*_, flag) in enumerate(given) if flag], np.int64)
    places = np.array([given[index][0] for index in chosen], np.int64)

    found = {place: unpacked(packed(part), rows.schema).to_pylist() for place, part in parted(rows, places, chosen)}

    expected: dict[int, list[dict[str, object]]] = {}
    for place, text, flag in given:
        if flag:
            expected.setdefault(place, []).append({"text": text or None, "flag": True})
    assert found == expected
