"""Texts to values, as docs/architecture.md ("Values") words it: a column at a time, on Arrow's arrays.

Those that are written plainest are read byte by byte (`plain`), the others by form:
Arrow reads texts of the usual form at full speed, but also some that are no values here (`0x1F`, `1e1`, `5.`), and
fails as a whole where one is none. So it gets those of a form on which both agree; the others are read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import plain
from .contract import Column
from .errors import ContractError
from .plain import Texts

DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")

_ARROW_TYPES = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}

_DAY = r"[1-9]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_MINUTE = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SECOND = rf"{_MINUTE}:[0-5]\d"
_ISO = rf"{_DAY}[T ]{_MINUTE}(?::[0-5]\d(?:\.\d{{1,6}})?)?"

_EXACT_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXACT_TIME = {
    "date-optional-time": re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([0-9]{2}):([0-9]{2}):([0-9]{2})()())?"),
    "date-time-optional-zone": re.compile(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
        r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
    ),
}
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LARGEST_OFFSET_MINUTES = 18 * 60
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class _Form:
    """A form of text that Arrow reads."""

    pattern: str
    read: Callable[[pa.StringArray], pa.Array]


Plain = Callable[[Texts], tuple[plain.Numbers, plain.Flags]]


@dataclass(frozen=True)
class TextReader:
    """Reads the texts of a column."""

    type: pa.DataType
    forms: Sequence[_Form]
    exact: Callable[[str], object]
    """The value of a text of any form, or None where it is none."""
    plain: Plain | None = None
    """Reads the plainest texts as numbers; units of the last place for decimals."""

    def __call__(self, texts: pa.StringArray) -> pa.Array:
        """The values, null where a text is not of the column's type."""
        if self.plain is None:
            # In buffers of its own: of a part of an array, pyarrow 17 makes broken texts in `if_else`.
            return self._by_form(pa.concat_arrays([texts]))
        seen = Texts(texts)
        numbers, fits = self.plain(seen)
        values = of_numbers(numbers, fits, self.type)
        left = seen.valid & ~fits
        if not left.any():
            return values
        others = self._by_form(texts.take(pa.array(np.flatnonzero(left))))
        return pc.replace_with_mask(values, pa.array(left), others)

    def _by_form(self, texts: pa.StringArray) -> pa.Array:
        left, values = texts, pa.nulls(len(texts), self.type)
        for form in self.forms:
            fits = pc.match_substring_regex(left, form.pattern)
            if pc.all(fits).as_py() is not False:
                return pc.coalesce(values, form.read(left)) if left is not texts else form.read(left)
            values = pc.coalesce(values, form.read(pc.if_else(fits, left, pa.scalar(None, pa.string()))))
            left = pc.if_else(fits, pa.scalar(None, pa.string()), left)
        rest = pc.is_valid(left)
        read = [self.exact(text) for text in left.filter(rest).to_pylist()]
        return pc.replace_with_mask(values, rest, pa.array(read, self.type))


def of_numbers(numbers: plain.Numbers, fits: plain.Flags, type_: pa.DataType) -> pa.Array:
    """The numbers as values of a type, null where they do not fit; units of the last place for decimals."""
    total = len(numbers)
    nulls = total - int(np.count_nonzero(fits))
    bits = pa.py_buffer(np.packbits(fits, bitorder="little")) if nulls else None
    if pa.types.is_decimal(type_):
        # 128 bits, the lower half first.
        numbers = np.stack([numbers, numbers >> 63], axis=1)
    elif type_.bit_width == 32:
        numbers = numbers.astype(np.int32)
    return pa.Array.from_buffers(type_, total, [bits, pa.py_buffer(np.ascontiguousarray(numbers))], nulls)


def units_of(decimals: pa.Array) -> plain.Numbers:
    """Decimals as whole numbers of their last place, where 64 bits hold them; any number where one is null."""
    # 128 bits, the lower half first.
    halves = np.frombuffer(decimals.buffers()[1] or b"", np.int64)
    return halves[2 * decimals.offset : 2 * (decimals.offset + len(decimals)) : 2]


def arrow_type(type_: str) -> pa.DataType:
    """Arrow's name of a contract's type."""
    if decimal := DECIMAL.fullmatch(type_):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _ARROW_TYPES[type_]


def schema_of(columns: Iterable[Column]) -> pa.Schema:
    """The columns as Arrow has them."""
    return pa.schema([(column.name, arrow_type(column.type)) for column in columns])


def text_reader(column: Column) -> TextReader | None:
    """Reads the texts of a column; None where every text is a value.

    Raises:
        ContractError: The column's type and format cannot be read.
    """
    type_, format_ = column.type, column["format"]
    if type_ == "string":
        return None
    arrow = arrow_type(type_) if type_ in _ARROW_TYPES or DECIMAL.fullmatch(type_) else None
    cast = lambda texts: texts.cast(arrow)  # noqa: E731 (as short as what it stands beside)
    if type_ in ("int", "bigint"):
        bits = 31 if type_ == "int" else 63
        return TextReader(
            arrow,
            [_Form(r"^-?\d{1,9}$", cast)],
            lambda text: _integer(text, bits),
            lambda texts: plain.decimals(texts, 9 if bits == 31 else plain.MOST_DIGITS, 0),
        )
    if type_ == "double":
        return TextReader(arrow, [_Form(r"^-?\d{1,15}(?:\.\d{1,15})?$", cast)], _double)
    if type_ == "boolean":
        return TextReader(arrow, [_Form(r"^(?:true|false|1|0)$", cast)], lambda text: _BOOLEANS.get(text.lower()))
    if decimal := DECIMAL.fullmatch(type_):
        precision, scale = int(decimal[1]), int(decimal[2])
        fraction = rf"(?:\.\d{{1,{scale}}})?" if scale else ""
        whole = rf"\d{{1,{precision - scale}}}" if precision > scale else "0"
        return TextReader(
            arrow,
            [_Form(rf"^-?{whole}{fraction}$", cast)],
            lambda text: _decimal(text, precision, scale),
            (lambda texts: plain.decimals(texts, precision, scale)) if precision <= plain.MOST_DIGITS else None,
        )
    if type_ == "date" and format_ == "date":
        return TextReader(arrow, [_Form(rf"^{_DAY}$", cast)], _date, plain.days)
    if type_ == "timestamp" and format_ in _EXACT_TIME:
        pattern = _EXACT_TIME[format_]
        if format_ == "date-optional-time":
            forms, reads = [_Form(rf"^{_DAY}(?: {_SECOND})?$", _utc)], plain.local_times
        else:
            reads = plain.zoned_times
            forms = [
                _Form(rf"^{_ISO}Z?$", lambda texts: _utc(pc.utf8_rtrim(texts, "Z"))),
                _Form(rf"^{_ISO}[+-](?:0\d|1[0-7])(?::?[0-5]\d)?$", cast),
            ]
        return TextReader(arrow, forms, lambda text: _time(pattern, text), reads)
    raise ContractError(f"{column.name} has the type {type_} and the format {format_!r}, which cannot be read.")


def _utc(texts: pa.StringArray) -> pa.Array:
    return texts.cast(pa.timestamp("us")).cast(pa.int64()).cast(_ARROW_TYPES["timestamp"])


def _integer(text: str, bits: int) -> int | None:
    number = re.fullmatch(r"([+-]?)0*([0-9]+)", text)
    if number is None or len(number[2]) > 19:
        return None
    value = int(number[1] + number[2])
    return value if -(1 << bits) <= value < 1 << bits else None


def _double(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) else None


def _decimal(text: str, precision: int, scale: int) -> Decimal | None:
    number = re.fullmatch(r"([+-]?)([0-9]+)(?:\.([0-9]+))?", text)
    if number is None:
        return None
    whole, fraction = number[2].lstrip("0"), (number[3] or "").rstrip("0")
    if len(whole) > precision - scale or len(fraction) > scale:
        return None
    return Decimal(f"{number[1]}{whole or '0'}.{fraction}")


def _date(text: str) -> date | None:
    if not _EXACT_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(pattern: re.Pattern[str], text: str) -> int | None:
    """Microseconds since 1970, UTC."""
    parts = pattern.fullmatch(text)
    day = _date(parts[1]) if parts else None
    if parts is None or day is None:
        return None
    hour, minute, second = (int(part or 0) for part in parts.group(2, 3, 4))
    if hour > 23 or minute > 59 or second > 59:
        return None
    offset = 0
    if parts[6] and parts[6] != "Z":
        digits = parts[6][1:].replace(":", "").ljust(4, "0")
        offset = int(digits[:2]) * 60 + int(digits[2:])
        if int(digits[2:]) > 59 or offset > _LARGEST_OFFSET_MINUTES:
            return None
        offset = -offset if parts[6][0] == "-" else offset
    seconds = (day.toordinal() - _EPOCH_DAY) * 86_400 + hour * 3600 + (minute - offset) * 60 + second
    return seconds * 1_000_000 + int((parts[5] or "")[:6].ljust(6, "0"))
