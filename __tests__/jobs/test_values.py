"""What Arrow reads of a column at once is what is read of each text by the letter."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from commerce_lake.contract import Column
from commerce_lake.values import text_reader
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = {
    "int": {},
    "bigint": {},
    "double": {},
    "boolean": {},
    "decimal(10,2)": {},
    "decimal(2,1)": {},
    "decimal(3,0)": {},
    "decimal(2,2)": {},
    "date": {"format": "date"},
    "timestamp": {"format": "date-optional-time"},
    "timestamp ": {"format": "date-time-optional-zone"},
}

NUMBER = st.from_regex(r"[+-]?[0-9]{1,21}(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
DAY = st.builds(
    "{:04d}-{:02d}-{:02d}".format,
    st.one_of(st.integers(0, 9999), st.sampled_from([1900, 2000, 2024])),
    st.integers(0, 13),
    st.integers(0, 32),
)
CLOCK = st.builds("{:02d}:{:02d}:{:02d}".format, st.integers(0, 24), st.integers(0, 60), st.integers(0, 60))
FRACTION = st.from_regex(r"(\.[0-9]{0,10})?", fullmatch=True)
ZONE = st.one_of(st.sampled_from(["", "Z", "z", "+02", "-18:00", "+18:01", " Z", "ZZ"]), st.from_regex(r"[+-]\d{4}"))
TIME = st.builds("{}{}{}{}{}".format, DAY, st.sampled_from([" ", "T", "t", ""]), CLOCK, FRACTION, ZONE)
ODD = st.sampled_from(
    ["", "0x1F", "1e1", "5.", ".5", "+2", "--2", "+-2", "NaN", "inf", "true", "TRUE", "1", "t", "٢", "2\n", "\n2", " 2",
     "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
     "-9223372036854775808", "99999999.99", "100000000", "-0", "00012.500", "9.95", "10", "2025-01-14T10:00",
     "2025-01-14 10:00", "2025-01-14T10", "2025-01-14T10:00Z", "0001-01-01", "0000-01-01", "2025-01-14\n",
     "2024-02-29", "2025-02-29", "9999-12-31T23:59:59.999999-18:00", "0001-01-01T00:00+18:00"]
)  # fmt: skip


def column(name: str) -> Column:
    return Column("a", {"x-type": name.strip(), **COLUMNS[name]}, required=False)


def as_integers(values: pa.Array) -> list[Any]:
    """Times as numbers: Python's own end with the year 9999."""
    return (values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values).to_pylist()


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.one_of(st.none(), NUMBER, DAY, TIME, ODD), max_size=12))
def test_a_column_holds_what_each_of_its_texts_says(name: str, texts: list[str | None]) -> None:
    reader = text_reader(column(name))
    assert reader is not None
    one_by_one = pa.array([None if text is None else reader.exact(text) for text in texts], reader.type)

    assert as_integers(reader(pa.array(texts, pa.string()))) == as_integers(one_by_one)


def test_a_string_is_what_it_is() -> None:
    assert text_reader(Column("a", {"x-type": "string"}, required=False)) is None


def test_a_part_of_a_column_is_read_as_the_column_is() -> None:
    """A file's records come in batches, which are parts of larger arrays."""
    reader = text_reader(column("int"))
    assert reader is not None
    texts = pa.array(["1", None, " ", "abc", "+5", "22", "-3"] * 1_000, pa.string())
    read = reader(texts)

    for start, length in ((0, 70), (3, 500), (2_501, 4_000)):
        part = reader(texts.slice(start, length))
        part.validate(full=True)
        assert part.equals(read.slice(start, length))
