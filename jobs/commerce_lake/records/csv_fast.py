"""CSV at full speed, for text whose quotes all stand where RFC 4180 wants them: boundaries by numpy, fields by Arrow.

Anything unusual (a quote inside an unquoted field, a carriage return on its own) is left to `csv_exact`, which is
slower and judges by the letter; where both apply they agree, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ..contract import Column
from .batches import PARSE, Place, arrow_schema
from .normalize import normalized_array

MOST_ROWS = 64 * 1024
"""Rows in one Arrow batch: enough that what each call costs does not count, few enough that columns stay in cache."""

_COMMA, _QUOTE, _CR, _LF = 44, 34, 13, 10

_FIELD_EDGE = np.zeros(256, dtype=bool)
_FIELD_EDGE[[_COMMA, _LF, _QUOTE]] = True
"""Bytes that may stand next to a quote on its outer side; another quote is the other half of an escaped pair."""

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Boundaries:
    """Where the whole records of a text stand."""

    starts: Positions
    """First byte of each record that is one, so not of blank lines."""
    newlines: Positions
    """All line feeds, those inside quotes too."""
    consumed: int
    """Bytes up to the end of the last whole record."""
    has_quotes: bool
    """Whether the text has any."""


def find_boundaries(content: bytes, last: bool) -> Boundaries | None:
    """Boundaries of the whole records in `content`, which begins at one; None where the text is not plain enough.

    Args:
        content: Part of a file.
        last: Whether the file ends with it.
    """
    octets = np.frombuffer(content, dtype=np.uint8)
    newlines: Positions = np.flatnonzero(octets == _LF)
    ends, quotes = newlines, None
    if _QUOTE in content:
        quotes = np.flatnonzero(octets == _QUOTE)
        ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    consumed = len(content) if last else (int(ends[-1]) + 1 if len(ends) else 0)
    if _CR in content and content.count(b"\r", 0, consumed) != content.count(b"\r\n", 0, consumed):
        return None
    if quotes is not None:
        framed = np.concatenate(([_LF], octets[:consumed], [_LF, _LF]))
        inside = quotes[quotes < consumed]
        if len(inside) % 2 or not quotes_in_place(framed, inside + 1, begins_inside=False):
            return None
    if last and consumed and octets[-1] != _LF:
        ends = np.append(ends, consumed)
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.intp) if len(ends) else np.empty(0, np.intp)
    lengths = ends - starts
    blank = lengths == 0
    blank[lengths == 1] = octets[starts[lengths == 1]] == _CR
    return Boundaries(starts[~blank], newlines[newlines < consumed], consumed, quotes is not None)


def quotes_in_place(octets: npt.NDArray[np.uint8], quotes: Positions, begins_inside: bool) -> bool:
    """Whether each quote opens a field at its start, closes it at its end, or is one of an escaped pair.

    Args:
        octets: The text, with a byte before its first quote and two behind its last.
        quotes: Where in it the quotes are.
        begins_inside: Whether the first quote closes a field.
    """
    opening, closing = (quotes[1::2], quotes[0::2]) if begins_inside else (quotes[0::2], quotes[1::2])
    following = octets[closing + 1]
    ends = _FIELD_EDGE[following] | ((following == _CR) & (octets[closing + 2] == _LF))
    return bool(_FIELD_EDGE[octets[opening - 1]].all() and ends.all())


def parse(
    content: bytes, boundaries: Boundaries, header: Sequence[str], columns: Sequence[Column], place: Place
) -> Iterator[pa.RecordBatch] | None:
    """The records of a plain text as Arrow batches; None where Arrow counts them otherwise than `boundaries`.

    Args:
        content: The text.
        boundaries: What `find_boundaries` found in it.
        header: Names of the file's fields, in order.
        columns: The fields wanted, in order; one that the file lacks is null.
        place: Where the first record stands; moved behind the last.
    """
    total = len(boundaries.starts)
    if total == 0:
        place.line += len(boundaries.newlines)
        return iter(())
    broken: list[int] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        broken.append(row.number)
        return "skip"

    names = [str(index) for index in range(len(header))]
    indices = {column.name: names[header.index(column.name)] for column in columns if column.name in header}
    text = pa.py_buffer(content).slice(0, boundaries.consumed)
    table = pyarrow.csv.read_csv(
        pa.BufferReader(text),
        pyarrow.csv.ReadOptions(use_threads=False, block_size=boundaries.consumed + 1, column_names=names),
        # Arrow takes a third less time for a text without quotes, if it is told.
        pyarrow.csv.ParseOptions(
            quote_char='"' if boundaries.has_quotes else False, newlines_in_values=True, invalid_row_handler=skip
        ),
        pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            include_columns=list(indices.values()) or names[:1],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    if table.num_rows + len(broken) != total:
        return None
    fields = {name: table.column(index).combine_chunks() for name, index in indices.items()}
    faults = pa.repeat("", total)
    if broken:
        is_broken = np.zeros(total, dtype=bool)
        is_broken[np.array(broken) - 1] = True
        whole_before = np.append(0, np.cumsum(~is_broken))
        fields = {name: _with_nulls(array, is_broken, whole_before) for name, array in fields.items()}
        faults = pc.if_else(pa.array(is_broken), PARSE, faults)

    starts = boundaries.starts
    offsets = np.append(starts, boundaries.consumed).astype(np.int32)
    raw = pa.StringArray.from_buffers(total, pa.py_buffer(offsets), text)
    lines = np.searchsorted(boundaries.newlines, starts) + place.line
    arrays = [
        pa.array(np.full(total, place.file, np.int32)),
        pa.array(np.arange(place.record, place.record + total, dtype=np.int64)),
        pa.array(lines.astype(np.int64)),
        raw,
        faults,
        *[
            normalized_array(fields[column.name], column) if column.name in fields else pa.nulls(total, pa.string())
            for column in columns
        ],
    ]
    place.record += total
    place.line += len(boundaries.newlines)
    table = pa.Table.from_arrays(arrays, schema=arrow_schema(columns))
    yielded: list[pa.RecordBatch] = table.to_batches(max_chunksize=MOST_ROWS)
    return iter(yielded)


def _with_nulls(texts: pa.StringArray, is_null: npt.NDArray[np.bool_], before: Positions) -> pa.StringArray:
    """The texts with nulls between them; their bytes stay where they are.

    Args:
        texts: An array with buffers of its own, not a part of one.
        is_null: Where the nulls come, so as many times false as there are texts.
        before: How many of the texts stand before each place, and before the end.
    """
    _, offsets, content = texts.buffers()
    valid = ~is_null
    if texts.null_count:
        valid[valid] = texts.is_valid().to_numpy(zero_copy_only=False)
    bits = np.packbits(valid, bitorder="little")
    bounds = np.frombuffer(offsets, np.int32)[before]
    return pa.StringArray.from_buffers(len(valid), pa.py_buffer(bounds), content, pa.py_buffer(bits))
