"""Reads CSV in bounded memory: in parts, the fast way where the text allows it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa

from ..contract import Column
from . import csv_fast
from .batches import PARSE, Place, RowBatches
from .csv_exact import is_blank, parse_record
from .normalize import normalized_text

PART_BYTES = 8 * 1024 * 1024
"""Bytes read at a time; a record may be longer."""


def read_csv(
    stream: BinaryIO, header: Sequence[str], columns: Sequence[Column], place: Place, has_header: bool
) -> Iterator[pa.RecordBatch]:
    """The records of a CSV file, or of a part of it.

    Args:
        stream: The bytes, decompressed.
        header: Names of the file's fields, in order.
        columns: The fields wanted, in order; one that the file lacks is null.
        place: Where the first record stands.
        has_header: Whether the stream begins with the header, which is no record.

    Raises:
        ValueError: The text is not UTF-8, or ends inside quotes.
    """
    content, last = b"", False
    while not last:
        part = stream.read(PART_BYTES)
        last = not part
        content += part
        if has_header and content:
            content, done = _without_header(content, last, place)
            if not done:
                continue
            has_header = False
        boundaries = csv_fast.find_boundaries(content, last)
        batches = None
        if boundaries is not None:
            batches = csv_fast.parse(content, boundaries, header, columns, place)
        if boundaries is not None and batches is not None:
            yield from batches
            content = content[boundaries.consumed :]
        else:
            content = yield from _read_exactly(content, last, header, columns, place)


def _without_header(content: bytes, last: bool, place: Place) -> tuple[bytes, bool]:
    """The content after a byte order mark and the header, and whether the header was there as a whole."""
    text = content.decode("utf-8-sig", errors="strict" if last else "ignore")
    position = 0
    while position < len(text) and (record := parse_record(text, position, last)) is not None:
        position = record.end
        if not is_blank(record, text):
            mark = len(content) - len(content.removeprefix(b"\xef\xbb\xbf"))
            place.line += text.count("\n", 0, position)
            return content[mark + len(text[:position].encode()) :], True
    return content, False


def _read_exactly(
    content: bytes, last: bool, header: Sequence[str], columns: Sequence[Column], place: Place
) -> Generator[pa.RecordBatch, None, bytes]:
    """Reads the whole records of the content one by one; returns the bytes of the one that goes on beyond it."""
    # A part may end inside a character: those bytes wait for the next part.
    text, left = _decode(content, last)
    batches = RowBatches(columns, place.file)
    sources = [(header.index(column.name), column) if column.name in header else None for column in columns]
    position = 0
    while position < len(text):
        record = parse_record(text, position, last)
        if record is None:
            break
        position = record.end
        if not is_blank(record, text):
            fits = record.well_formed and len(record.fields) == len(header)
            values = [
                normalized_text(record.fields[source[0]], source[1]) if fits and source is not None else None
                for source in sources
            ]
            raw = text[record.start : record.end]
            batches.add(place.record, place.line, raw, "" if fits else PARSE, values)
            place.record += 1
            yield from batches.full()
        place.line += text.count("\n", record.start, record.end)
    yield from batches.rest()
    return text[position:].encode() + left


def _decode(content: bytes, last: bool) -> tuple[str, bytes]:
    try:
        return content.decode("utf-8"), b""
    except UnicodeDecodeError as error:
        if last or len(content) - error.start > 3:
            raise
        return content[: error.start].decode("utf-8"), content[error.start :]
