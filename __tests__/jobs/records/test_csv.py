from __future__ import annotations

import pytest
from commerce_lake.records import csv as reader
from commerce_lake.records import csv_fast
from commerce_lake.records.batches import Place
from commerce_lake.records.csv import read_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs.records.support import columns, names, rows, stream

AB = columns(a="string", b="string")
PLACE = ("_record", "_line", "_raw", "_faults")


def read(text: str | bytes, size: int = 1 << 20, header: list[str] | None = None) -> list[tuple[object, ...]]:
    """The records of a CSV text with its header, read in pieces of a size."""
    place = Place(file=0)
    batches = read_csv(stream(text, size), header or names(AB), AB, place, has_header=True)
    return rows(batches, *PLACE, "a", "b")


def test_records_stand_where_they_stand() -> None:
    text = 'a,b\n1,x\n\n"2\n2",y\r\n3\n4,z'

    assert read(text) == [
        (1, 2, "1,x\n\n", "", "1", "x"),
        (2, 4, '"2\n2",y\r\n', "", "2\n2", "y"),
        (3, 6, "3\n", "record.parse", None, None),
        (4, 7, "4,z", "", "4", "z"),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize(
    "text",
    [
        '\ufeffa,b\r\n1,"x\r\ny"\r\n"é😀",""""\r\n',
        '"a",b\n1,x"y\n2,z\n',
        '\n\na,b\n"1"1,x\n2,\r3\n',
        "a,b",
        "a,b\n",
        "a,b\r\n\r\n1,2\r\n\r\n",
    ],
)
def test_it_does_not_matter_where_the_pieces_end(text: str, size: int) -> None:
    assert [row[3:] for row in read(text, size)] == [row[3:] for row in read(text)]
    assert [row[:2] for row in read(text, size)] == [row[:2] for row in read(text)]


def test_fields_are_found_by_the_files_own_header() -> None:
    place = Place(file=3)
    batches = read_csv(stream("b,x,c\n1,2,3\n"), ["b", "x", "c"], columns(a="int", b="int", c="int"), place, True)

    assert rows(batches, "_file", "a", "b", "c") == [(3, None, "1", "3")]


def test_a_part_of_a_file_has_no_header() -> None:
    place = Place(file=0, record=100, line=205)
    batches = list(read_csv(stream("1,2\n3,4\n"), names(AB), AB, place, has_header=False))

    assert rows(batches, "_record", "_line", "a") == [(100, 205, "1"), (101, 206, "3")]
    assert (place.record, place.line) == (102, 207)


def test_text_is_normalized_by_type_and_contract() -> None:
    wanted = columns(n="int", s="string", t="string trim", l="string trim lower")
    header = names(wanted)
    for broken in ("", 'x"y,,,\n'):  # fast, then by the letter
        text = "n,s,t,l\n \t1 , s , T\u00a0, ÄB\n ,, , \n" + broken
        found = rows(read_csv(stream(text), header, wanted, Place(0), True), *header)
        assert found[:2] == [("1", " s ", "T\u00a0", "äb"), (None, None, None, None)]


@pytest.mark.parametrize("content", [b"a,b\n1,\xff\n", b'a,b\n\xff,x"y\n', b"a,b\n1,\xc3"])
def test_text_that_is_not_utf_8_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        read(content)


def test_a_file_that_ends_inside_quotes_is_an_error() -> None:
    with pytest.raises(ValueError):
        read('a,b\n1,"x\n')


def test_ordinary_text_is_read_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_read_exactly", None)

    assert len(read('a,b\r\n"1, ""one""","x\r\ny"\r\n1\r\n2,2,2\r\n')) == 3


FIELDS = st.text(st.sampled_from('a",\r\n é'), max_size=4)
TEXTS = st.lists(st.one_of(FIELDS, st.sampled_from(["\n", "\r\n", ",", '"', '""', '","', '"\n"'])), max_size=14).map(
    "".join
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_where_the_fast_way_applies_it_reads_what_the_exact_way_reads(text: str) -> None:
    content = text.encode()
    boundaries = csv_fast.find_boundaries(content, last=True) if content else None
    if boundaries is None:
        return
    place = Place(0)
    fast = csv_fast.parse(content, boundaries, names(AB), AB, place)
    assert fast is not None
    exact_place = Place(0)
    exact = reader._read_exactly(content, True, names(AB), AB, exact_place)

    columns_ = ("_record", "_line", "_faults", "a", "b")
    assert rows(fast, *columns_) == rows(exact, *columns_)
    assert place == exact_place


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 5))
def test_pieces_never_change_what_is_read(text: str, size: int) -> None:
    def outcome(size: int) -> object:
        try:
            return [(row[0], row[1], *row[3:]) for row in read("a,b\n" + text, size)]
        except ValueError:
            return "refused"

    assert outcome(size) == outcome(1 << 20)
