from __future__ import annotations

import json

import pytest
from commerce_lake.records.batches import Place
from commerce_lake.records.json import read_json_array, read_json_lines, read_json_object
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs.records.support import columns, rows, stream

WANTED = columns(s="string", i="int", d="decimal(10,2)", b="boolean", t="timestamp", f="double")
VALUES = ("_faults", "s", "i", "d", "b", "t", "f")


def read_line(text: str) -> tuple[object, ...]:
    (row,) = rows(read_json_lines(stream(text), WANTED, Place(0)), *VALUES)
    return row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ("", None, None, None, None, None, None)),
        (
            '{"s": "x", "i": 1, "d": 12.50, "b": true, "t": "2025-01-01", "f": 1.5e3}',
            ("", "x", "1", "12.50", "true", "2025-01-01", "1.5e3"),
        ),
        (
            '{"s": "", "i": null, "d": "", "b": null, "t": " ", "f": null}',
            ("", None, None, None, None, None, None),
        ),
        ('{"i": 3.0, "d": 3, "b": false}', ("", None, "3", "3", "false", None, None)),
        ('{"i": 1e3, "d": 1.25e1}', ("", None, "1000", "12.5", None, None, None)),
        ('{"i": 3.5, "d": 12.505}', ("", None, "3.5", "12.505", None, None, None)),
        ('{"i": 1e99, "d": 1e-99}', ("", None, "1e99", "1e-99", None, None, None)),
        ('{"i": -0.0, "d": -0}', ("", None, "0", "-0", None, None, None)),
        (
            '{"s": 1, "i": "1", "d": "1", "b": "true", "t": 20250101, "f": "1"}',
            ("s.type,i.type,d.type,b.type,t.type,f.type", None, None, None, None, None, None),
        ),
        ('{"s": {"x": 1}, "i": [1], "b": 1}', ("s.type,i.type,b.type", None, None, None, None, None, None)),
        ('{"s": true, "i": true, "d": false}', ("s.type,i.type,d.type", None, None, None, None, None, None)),
        ('{"s": "first", "s": "last"}', ("", "last", None, None, None, None, None)),
        ('{"s": "\\ud800x"}', ("", "\ufffdx", None, None, None, None, None)),
        ('{"s": "\\ud83d\\ude00 \\n"}', ("", "😀 \n", None, None, None, None, None)),
        ('{"s": "x", "more": {"deep": [1, {}]}}', ("", "x", None, None, None, None, None)),
    ],
)
def test_values(text: str, expected: tuple[object, ...]) -> None:
    assert read_line(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"x"',
        "1",
        "null",
        '{"s": "x"',
        '{"s": "x"} {}',
        "{'s': 'x'}",
        '{"s": NaN}',
        '{"s": -Infinity}',
        '{"s": "a\tb"}',
        '{"s": "x",}',
        '{"i": 01}',
        ["// no", '{"s": 1}'][0],
        '{"s":' * 100_000,
    ],
)
def test_a_line_that_is_no_object_breaks_the_rule_of_records(text: str) -> None:
    assert read_line(text) == ("record.parse", None, None, None, None, None, None)


def test_lines_are_numbered_and_blank_ones_are_no_records() -> None:
    text = '\ufeff{"s": "a"}\r\n\n \t\r\n{"s": "b"}\n{"s": "c"}'

    found = rows(read_json_lines(stream(text), WANTED, Place(0)), "_record", "_line", "_raw", "s")

    assert found == [(1, 1, '{"s": "a"}\r', "a"), (2, 4, '{"s": "b"}', "b"), (3, 5, '{"s": "c"}', "c")]


@pytest.mark.parametrize(
    "lines",
    [
        # One object over two lines, and two on a third: as many values as lines, and none of them a line's.
        ['{"a": [{"s": "1"}', '{"s": "2"}]}', '{"s": "3"}, {"s": "4"}'],
        ['{"s": "1"', '"i": 2}, {"s": "3"}'],
        ['{"s": "1', '2"}', '{"s": "3"}, {"s": "4"}'],
        ['{"s": "1"}]', '[{"s": "2"}'],
        ['{"s": "1"},', '{"s": "2"},'],
        ["[" * 100_000, "]"],
    ],
)
def test_lines_that_are_no_objects_do_not_become_some_together(lines: list[str]) -> None:
    good = '{"s": "good"}'

    read = rows(read_json_lines(stream("\n".join([good, *lines, good])), WANTED, Place(0)), "_faults", "s")

    assert read == [("", "good"), *[("record.parse", None)] * len(lines), ("", "good")]


def test_a_long_file_comes_in_batches() -> None:
    text = "".join(f'{{"i": {number}}}\n' for number in range(20_000))

    batches = list(read_json_lines(stream(text, 1000), WANTED, Place(0)))

    assert [batch.num_rows for batch in batches] == [8192, 8192, 3616]
    assert rows(batches, "i")[-1] == ("19999",)


ARRAY = '\ufeff [ {"s": "a"},\n\n{"s":\n"b"} , 12,"x", [1], null,{"s": "[,]{\\"}"}]\n'


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
def test_elements_of_an_array(size: int) -> None:
    found = rows(
        read_json_array(stream(ARRAY.encode(), size), WANTED, Place(0)), "_record", "_line", "_raw", "_faults", "s"
    )

    assert found == [
        (1, 1, '{"s": "a"}', "", "a"),
        (2, 3, '{"s":\n"b"}', "", "b"),
        (3, 4, "12", "record.parse", None),
        (4, 4, '"x"', "record.parse", None),
        (5, 4, "[1]", "record.parse", None),
        (6, 4, "null", "record.parse", None),
        (7, 4, '{"s": "[,]{\\"}"}', "", '[,]{"}'),
    ]


@pytest.mark.parametrize("text", ["[]", " [\n] "])
def test_an_empty_array_has_no_records(text: str) -> None:
    assert list(read_json_array(stream(text), WANTED, Place(0))) == []


@pytest.mark.parametrize("text", ["", "{}", "[", '[{"s": 1}', '[{"s": 1} {"s": 2}]', "[1,]", "[,1]", '[{"s": ]'])
def test_what_is_no_array_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        list(read_json_array(stream(text), WANTED, Place(0)))


def test_one_object_over_several_lines_is_one_record() -> None:
    text = '\n{\n  "s": "x",\n  "i": 1\n}\n'

    found = rows(read_json_object(stream(text), WANTED, Place(0)), "_record", "_raw", "s", "i")

    assert found == [(1, text.strip(), "x", "1")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=5,
    ),
    st.integers(1, 9),
    st.sampled_from([None, 1]),
)
def test_any_array_has_as_many_records_as_elements(values: list[object], size: int, indent: int | None) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    found = rows(read_json_array(stream(text, size), WANTED, Place(0)), "_raw", "_faults")

    assert [json.loads(str(raw)) for raw, _ in found] == values
    assert [not faults.startswith("record") for _, faults in found] == [isinstance(value, dict) for value in values]
