"""Trims and lowers the text of a field as its type and `x-normalize` want it; where nothing is left it is null."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ..contract import Column

WHITE_SPACE = " \t\r\n"
"""What trimming takes, and nothing else."""


def is_trimmed(column: Column) -> bool:
    """Whether white space around the column's text means nothing."""
    return column.type != "string" or "trim" in (column["x-normalize"] or ())


def is_lowered(column: Column) -> bool:
    """Whether the case of the column's letters means nothing."""
    return "lower" in (column["x-normalize"] or ())


def normalized_text(value: str, column: Column) -> str | None:
    """The text of one field."""
    if is_trimmed(column):
        value = value.strip(WHITE_SPACE)
    if is_lowered(column):
        value = value.lower()
    return value or None


def normalized_array(values: pa.StringArray, column: Column) -> pa.StringArray:
    """The texts of many fields; empty ones are null already."""
    if is_trimmed(column):
        values = pc.utf8_trim(values, characters=WHITE_SPACE)
        empty = pc.equal(pc.binary_length(values), 0)
        if pc.any(empty).as_py():
            values = pc.if_else(empty, pa.scalar(None, pa.string()), values)
    return pc.utf8_lower(values) if is_lowered(column) else values
