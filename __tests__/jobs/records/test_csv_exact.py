from __future__ import annotations

import pytest
from commerce_lake.records.csv_exact import is_blank, parse_record


def records(text: str) -> list[tuple[tuple[str, ...], bool]]:
    found, position = [], 0
    while position < len(text):
        record = parse_record(text, position, last=True)
        assert record is not None
        position = record.end
        if not is_blank(record, text):
            found.append((record.fields, record.well_formed))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d\n", [(("a", "b"), True), (("c", "d"), True)]),
        ("a,b\r\nc,d", [(("a", "b"), True), (("c", "d"), True)]),
        ("a,\n", [(("a", ""), True)]),
        (",\n", [(("", ""), True)]),
        ('"a,b","c\nd","e\r\nf"\n', [(("a,b", "c\nd", "e\r\nf"), True)]),
        ('"say ""hi""",""\n', [(('say "hi"', ""), True)]),
        ('""\n', [(("",), True)]),
        ('a"b,c"\n', [(('a"b', 'c"'), True)]),
        (' "a",b\n', [((' "a"', "b"), True)]),
        ('"""a\nb"\n', [(('"a\nb',), True)]),
        ("a\rb,c\r\n", [(("a\rb", "c"), True)]),
        ("a,b\r", [(("a", "b\r"), True)]),
        ('"a"b,c\n', [(("ab", "c"), False)]),
        ('"a" ,c\nd,e\n', [(("a ", "c"), False), (("d", "e"), True)]),
        ('"a"\rb\n', [(("a\rb",), False)]),
        ('"a"b"c,d\n', [(('ab"c', "d"), False)]),
        ("\n\r\na\n\n", [(("a",), True)]),
        (" \n", [((" ",), True)]),
        ("é,😀\n", [(("é", "😀"), True)]),
    ],
)
def test_records(text: str, expected: list[tuple[tuple[str, ...], bool]]) -> None:
    assert records(text) == expected


def test_a_file_that_ends_inside_quotes_is_an_error() -> None:
    for text in ('a,"b\n', 'a,"""b\n'):
        with pytest.raises(ValueError, match="ends inside quotes"):
            records(text)


@pytest.mark.parametrize("text", ["a,b", 'a,"b', 'a,"""b\n', 'a,"b"', 'a,"b"\r', "a\r", "a,"])
def test_a_record_that_the_next_part_may_go_on_with_is_not_there_yet(text: str) -> None:
    assert parse_record(text, 0, last=False) is None
