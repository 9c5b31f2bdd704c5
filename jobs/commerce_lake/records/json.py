"""Reads JSON in bounded memory: lines, an array, or one object. Numbers keep the digits that the file holds."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa

from ..contract import Column
from .batches import PARSE, Place, RowBatches
from .normalize import WHITE_SPACE, normalized_text

PART_BYTES = 1024 * 1024
"""Bytes read at a time; a record may be longer."""

_LARGEST_EXPONENT = 60
"""No type holds a number of more digits, so one beyond is left as it is, for the type's rule to refuse."""

_SPACE = re.compile(f"[{WHITE_SPACE}]*")


_AFTER_VALUE = frozenset(",]" + WHITE_SPACE)
"""What may follow an element of an array."""


class _Number(str):
    """A JSON number as the file writes it."""


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


_decoder = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_refuse)


def read_json_lines(stream: BinaryIO, columns: Sequence[Column], place: Place) -> Iterator[pa.RecordBatch]:
    """The records of JSON lines.

    Args:
        stream: The bytes, decompressed.
        columns: The fields wanted, in order.
        place: Where the first record stands.

    Raises:
        ValueError: The text is not UTF-8.
    """
    batches = RowBatches(columns, place.file)
    for line in _lines(stream):
        text = line.decode("utf-8")
        if place.line == 1:
            text = text.removeprefix("\ufeff")
        if text.strip(WHITE_SPACE):
            _add(batches, place, place.line, text, _object(text), columns)
            yield from batches.full()
        place.line += 1
    yield from batches.rest()


def read_json_array(stream: BinaryIO, columns: Sequence[Column], place: Place) -> Iterator[pa.RecordBatch]:
    """The elements of a JSON array; arguments as for `read_json_lines`.

    Raises:
        ValueError: The text is not UTF-8, or not a JSON array.
    """
    batches = RowBatches(columns, place.file)
    text = _Text(stream, place)
    text.take("[")
    if text.next() == "]":
        return
    while True:
        line, raw, element = text.value()
        _add(batches, place, line, raw, element if isinstance(element, dict) else None, columns)
        yield from batches.full()
        if text.take(",]") == "]":
            break
    yield from batches.rest()


def read_json_object(stream: BinaryIO, columns: Sequence[Column], place: Place) -> Iterator[pa.RecordBatch]:
    """The one record of a file that is a single JSON object; arguments as for `read_json_lines`.

    Raises:
        ValueError: The text is not UTF-8.
    """
    text = stream.read().decode("utf-8-sig")
    batches = RowBatches(columns, place.file)
    _add(batches, place, place.line, text.strip(WHITE_SPACE), _object(text), columns)
    yield from batches.rest()


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while part := stream.read(PART_BYTES):
        # A line of many parts is joined once, when its end is there.
        *lines, rest = (rest + part).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _object(text: str) -> Mapping[str, object] | None:
    """The JSON object that a text holds, or None where it holds none."""
    try:
        value = _decoder.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Text:
    """A JSON text that is read as far as it is needed, and forgotten behind."""

    def __init__(self, stream: BinaryIO, place: Place) -> None:
        self._stream = stream
        self._place = place
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._position = 0

    def next(self) -> str:
        """The next character that is not white space, which stays; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._position)
            assert space is not None  # the pattern matches the empty text
            self._move(space.end())
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._more():
                return ""

    def take(self, allowed: str) -> str:
        """The next character, which must be one of these."""
        found = self.next()
        if not found or found not in allowed:
            raise ValueError("the file is not a JSON array")
        self._move(self._position + 1)
        return found

    def value(self) -> tuple[int, str, object]:
        """The next value: its first line, its text, and what it says."""
        self.next()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._position)
            except RecursionError as error:
                raise ValueError("the file nests its values too deeply") from error
            except ValueError:
                if not self._more():
                    raise
                continue
            # What ends where the text so far does may go on: 12 of 123, or 0 of the 0. of 0.5.
            if self._text[end : end + 1] not in _AFTER_VALUE and self._more():
                continue
            line, raw = self._place.line, self._text[self._position : end]
            self._move(end)
            return line, raw, value

    def _move(self, position: int) -> None:
        self._place.line += self._text.count("\n", self._position, position)
        self._position = position

    def _more(self) -> bool:
        part = self._stream.read(PART_BYTES)
        self._text = self._text[self._position :] + self._decode.decode(part, final=not part)
        self._position = 0
        return bool(part)


def _add(
    batches: RowBatches,
    place: Place,
    line: int,
    raw: str,
    record: Mapping[str, object] | None,
    columns: Sequence[Column],
) -> None:
    values: list[str | None] = [None] * len(columns)
    faults: list[str] = []
    if record is None:
        faults.append(PARSE)
    else:
        for index, column in enumerate(columns):
            value = record.get(column.name)
            if value is None or value == "":
                continue
            text = _text(value, column.type)
            if text is None:
                faults.append(f"{column.name}.type")
            else:
                values[index] = normalized_text(text, column)
    batches.add(place.record, line, raw, ",".join(faults), values)
    place.record += 1


def _text(value: object, type_: str) -> str | None:
    """A value as the text that the type's lexical rule reads; None where JSON itself says another type."""
    if type_ == "boolean":
        return ("true" if value else "false") if isinstance(value, bool) else None
    if type_ in ("int", "bigint", "double") or type_.startswith("decimal"):
        return _digits(value, type_) if isinstance(value, _Number) else None
    return value if isinstance(value, str) and not isinstance(value, _Number) else None


def _digits(number: _Number, type_: str) -> str:
    """A number without an exponent, and without a fraction of zeros where the type is integral."""
    integral = type_ in ("int", "bigint")
    if type_ == "double" or number.isdigit() or not (integral or "e" in number or "E" in number):
        return str(number)
    value = Decimal(number)
    if abs(value.adjusted()) > _LARGEST_EXPONENT:
        return str(number)
    return str(int(value)) if integral and value == value.to_integral_value() else format(value, "f")
