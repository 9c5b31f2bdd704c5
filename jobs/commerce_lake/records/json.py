"""Reads JSON in bounded memory: lines, an array, or one object. Numbers keep the digits that the file holds."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, BinaryIO

import pyarrow as pa

from ..contract import Column
from .batches import BATCH_ROWS, PARSE, Place, arrow_schema, string_array
from .normalize import WHITE_SPACE, normalized_array

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
    batches = _ObjectBatches(columns, place)
    for line in _lines(stream):
        text = line.decode("utf-8")
        if place.line == 1:
            text = text.removeprefix("\ufeff")
        if text.strip(WHITE_SPACE):
            batches.add(place.line, text, _object(text))
            yield from batches.full()
        place.line += 1
    yield from batches.rest()


def read_json_array(stream: BinaryIO, columns: Sequence[Column], place: Place) -> Iterator[pa.RecordBatch]:
    """The elements of a JSON array; arguments as for `read_json_lines`.

    Raises:
        ValueError: The text is not UTF-8, or not a JSON array.
    """
    batches = _ObjectBatches(columns, place)
    text = _Text(stream, place)
    text.take("[")
    if text.next() == "]":
        return
    while True:
        line, raw, element = text.value()
        batches.add(line, raw, element if isinstance(element, dict) else None)
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
    batches = _ObjectBatches(columns, place)
    batches.add(place.line, text.strip(WHITE_SPACE), _object(text))
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


class _ObjectBatches:
    """Collects JSON objects into Arrow batches, which take their values column by column."""

    def __init__(self, columns: Sequence[Column], place: Place) -> None:
        self._columns = columns
        self._place = place
        self._lines: list[int] = []
        self._raws: list[str] = []
        self._objects: list[Mapping[str, object]] = []
        self._faults: dict[int, list[str]] = {}

    def add(self, line: int, raw: str, record: Mapping[str, object] | None) -> None:
        """Adds a record; None is one that cannot be parsed."""
        if record is None:
            self._faults[len(self._lines)] = [PARSE]
            record = {}
        self._lines.append(line)
        self._raws.append(raw)
        self._objects.append(record)
        self._place.record += 1

    def full(self) -> Iterator[pa.RecordBatch]:
        """The batch, once enough records are there for one."""
        if len(self._lines) >= BATCH_ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """What has been collected."""
        total = len(self._lines)
        if not total:
            return
        values = [self._values(column) for column in self._columns]
        faults = [""] * total
        for index, broken in self._faults.items():
            faults[index] = ",".join(broken)
        following = self._place.record
        arrays = [
            pa.repeat(pa.scalar(self._place.file, pa.int32()), total),
            pa.array(range(following - total, following), pa.int64()),
            pa.array(self._lines, pa.int64()),
            string_array(self._raws),
            pa.array(faults, pa.string()),
            *values,
        ]
        self._lines, self._raws, self._objects, self._faults = [], [], [], {}
        yield pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(self._columns))

    def _values(self, column: Column) -> pa.StringArray:
        name = column.name
        values: list[Any] = [None if (value := record.get(name)) == "" else value for record in self._objects]
        # Nearly all values are what they must be: that costs one look at their classes.
        if not _usual(column.type).issuperset(map(type, values)):
            for index, value in enumerate(values):
                if type(value) not in _usual(column.type):
                    values[index] = _text(value, column.type)
                    if values[index] is None:
                        self._faults.setdefault(index, []).append(f"{name}.type")
        return normalized_array(string_array(values), column)


@cache
def _usual(type_: str) -> frozenset[type]:
    """Classes of the values that need no second look: none, and strings where a string is what the type wants."""
    return frozenset([type(None)] if _is_number(type_) or type_ == "boolean" else [type(None), str])


def _is_number(type_: str) -> bool:
    return type_ in ("int", "bigint", "double") or type_.startswith("decimal")


def _text(value: object, type_: str) -> str | None:
    """A value as the text that the type's lexical rule reads; None where JSON itself says another type."""
    if type_ == "boolean":
        return ("true" if value else "false") if isinstance(value, bool) else None
    if _is_number(type_):
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
