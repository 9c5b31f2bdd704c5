"""Trims and lowers the text of a field as its type and `x-normalize` want it; where nothing is left it is null."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..contract import Column
from ..plain import Texts

WHITE_SPACE = " \t\r\n"
"""What trimming takes, and nothing else."""

_IS_SPACE = np.isin(np.arange(256), list(WHITE_SPACE.encode()))


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
    texts = Texts(values)
    # Nearly all texts are as they should be, which is seen for a fraction of what changing them costs.
    if is_trimmed(column) and texts.begin_or_end_with(_IS_SPACE):
        values = pc.ascii_trim(values, characters=WHITE_SPACE)
        empty = pc.equal(pc.binary_length(values), 0)
        if pc.any(empty).as_py():
            values = pc.if_else(empty, pa.scalar(None, pa.string()), values)
    if not is_lowered(column):
        return values
    return pc.ascii_lower(values) if texts.are_ascii() else pc.utf8_lower(values)
