"""Reads JSON in bounded memory: lines, an array, or one object. Numbers keep the digits that the file holds."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import repeat
from operator import itemgetter
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from ..contract import Column
from .batches import BATCH_ROWS, PARSE, Place, arrow_schema, string_array
from .json_text import Number, decoder, objects
from .normalize import WHITE_SPACE, normalized_array

PART_BYTES = 1024 * 1024
"""Bytes read at a time; a record may be longer."""

_LARGEST_EXPONENT = 60
"""No type holds a number of more digits, so one beyond is left as it is, for the type's rule to refuse."""

_SPACE = re.compile(f"[{WHITE_SPACE}]*")


_AFTER_VALUE = frozenset(",]" + WHITE_SPACE)
"""What may follow an element of an array."""


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
    for text in _whole_lines(stream):
        lines = (text.removeprefix("\ufeff") if place.line == 1 else text).split("\n")
        numbers = range(place.line, place.line + len(lines))
        place.line += len(lines)
        filled = [index for index, line in enumerate(lines) if line.strip(WHITE_SPACE)]
        start = 0
        while chosen := filled[start : start + batches.room]:
            raws = [lines[index] for index in chosen]
            batches.extend([numbers[index] for index in chosen], raws, objects(raws))
            yield from batches.full()
            start += len(chosen)
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
    batches.add(place.line, text.strip(WHITE_SPACE), objects([text])[0])
    yield from batches.rest()


def _whole_lines(stream: BinaryIO) -> Iterator[str]:
    """The text in pieces that end where a line ends, without that line feed."""
    rest = b""
    while part := stream.read(PART_BYTES):
        # A line of many parts is looked through once for its end.
        end = part.rfind(b"\n")
        if end < 0:
            rest += part
            continue
        yield (rest + part[:end]).decode("utf-8")
        rest = part[end + 1 :]
    if rest:
        yield rest.decode("utf-8")


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
                value, end = decoder.raw_decode(self._text, self._position)
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
        self._objects: list[dict[str, object]] = []
        self._faults: dict[int, list[str]] = {}

    @property
    def room(self) -> int:
        """Records until enough are there for a batch."""
        return BATCH_ROWS - len(self._lines)

    def add(self, line: int, raw: str, record: dict[str, object] | None) -> None:
        """Adds one record."""
        self.extend([line], [raw], [record])

    def extend(self, lines: Sequence[int], raws: Sequence[str], records: Sequence[dict[str, object] | None]) -> None:
        """Adds records; None is one that cannot be parsed."""
        for index in [index for index, record in enumerate(records) if record is None]:
            self._faults[len(self._lines) + index] = [PARSE]
        self._lines += lines
        self._raws += raws
        self._objects += [{} if record is None else record for record in records]
        self._place.record += len(records)

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
        try:
            values: list[Any] = list(map(itemgetter(name), self._objects))
        except KeyError:
            values = list(map(dict.get, self._objects, repeat(name)))
        # Nearly all values are what they must be: that costs one look at their classes.
        usual = _usual(column.type)
        if not usual.issuperset(map(type, values)):
            for index in [index for index, value in enumerate(values) if type(value) not in usual]:
                if values[index] != "":
                    values[index] = _text(values[index], column.type)
                    if values[index] is None:
                        self._faults.setdefault(index, []).append(f"{name}.type")
        texts = string_array(values)
        empty = pc.equal(pc.binary_length(texts), 0)
        if pc.any(empty).as_py():
            texts = pc.if_else(empty, pa.scalar(None, pa.string()), texts)
        return normalized_array(texts, column)


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
        return _digits(value, type_) if isinstance(value, Number) else None
    return value if isinstance(value, str) and not isinstance(value, Number) else None


def _digits(number: Number, type_: str) -> str:
    """A number without an exponent, and without a fraction of zeros where the type is integral."""
    integral = type_ in ("int", "bigint")
    if type_ == "double" or number.isdigit() or not (integral or "e" in number or "E" in number):
        return str(number)
    value = Decimal(number)
    if abs(value.adjusted()) > _LARGEST_EXPONENT:
        return str(number)
    return str(int(value)) if integral and value == value.to_integral_value() else format(value, "f")
