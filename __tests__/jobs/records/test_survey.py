from __future__ import annotations

import pytest
from commerce_lake.records.batches import Place
from commerce_lake.records.csv import read_csv
from commerce_lake.records.json import read_json_lines
from commerce_lake.records.survey import MARGIN, places, survey_csv, survey_json_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs.records.support import columns, names, rows, stream

AB = columns(a="string", b="string")


def beginnings(content: bytes, size: int, csv: bool) -> list[tuple[int, Place]]:
    """Where the pieces of a text begin, pieces of a size."""
    starts = list(range(0, len(content), size))
    surveys = []
    for start in starts:
        before = content[start - MARGIN : start] if start else b"\n\n"
        piece, after = content[start : start + size], content[start + size : start + size + MARGIN]
        surveys.append(survey_csv(before, piece, after) if csv else survey_json_lines(piece))
    return places(surveys, starts, 0, has_header=csv)


def read_apart(content: bytes, size: int, csv: bool) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    begins = [(0, Place(0)), *beginnings(content, size, csv)]
    for (start, place), following in zip(begins, [*begins[1:], None], strict=True):
        part = stream(content[start : following[0] if following else None])
        batches = read_csv(part, names(AB), AB, place, start == 0) if csv else read_json_lines(part, AB, place)
        found += rows(batches, "_record", "_line", "_faults", "a", "b")
    return found


def test_a_file_is_parted_where_records_begin() -> None:
    content = b'a,b\n1,"x\n\ny"\n\r\n2,y\n3,z'

    assert beginnings(content, 6, csv=True) == [
        (13, Place(0, 2, 5)),
        (19, Place(0, 3, 7)),
    ]


def test_a_quote_out_of_place_leaves_a_file_whole() -> None:
    assert beginnings(b'a,b\n1,x"\n2,y\n3,z\n', 6, csv=True) == []


@pytest.mark.parametrize("size", [2, 3, 5, 8, 13])
@pytest.mark.parametrize(
    "text",
    [
        "a,b\n" + "1,2\n" * 9,
        'a,b\r\n"1\r\n",""""\r\n\r\n\r\n2,"x,""y""\n"\r\n',
        '"a","b"\n"","\n\n\n"\n"x","y"',
        "a,b",
        "\n\na,b\n\n1,2\n",
    ],
)
def test_pieces_hold_what_the_file_holds(text: str, size: int) -> None:
    content = text.encode()

    assert read_apart(content, size, csv=True) == read_apart(content, len(content), csv=True)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["1,2\n", '"x\n",""""\r\n', "\n", "\r\n", '"""",\n', "1\r,2\n", 'x"y,2\n']), max_size=12)
)
def test_pieces_of_any_file_hold_what_the_file_holds(lines: list[str]) -> None:
    content = ("a,b\n" + "".join(lines)).encode()
    for size in (2, 3, 7):
        assert read_apart(content, size, csv=True) == read_apart(content, len(content), csv=True)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(['{"a": "1"}\n', "\n", '{"b": "x"}\r\n', "no\n", " \t \r\n"]), max_size=12),
    st.integers(2, 30),
)
def test_pieces_of_json_lines_hold_what_the_file_holds(lines: list[str], size: int) -> None:
    content = "".join(["{}\n", *lines]).encode()

    assert read_apart(content, size, csv=False) == read_apart(content, len(content), csv=False)
