"""Reads the texts that are written plainest, as nearly all are: all of a column, byte by byte, with numpy.

Each reader gives a number for every text, and whether the text is one that it reads; the others are left to
`values.py`. A regular expression and a parser a value cost several times as much.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Octets = npt.NDArray[np.uint8]

MOST_DIGITS = 18
"""Digits that always fit into 64 bits."""

_DAY_LENGTH, _SECOND_LENGTH = 10, 19
_MICROS_A_SECOND = 1_000_000
_SECONDS_A_DAY = 86_400
_FRACTIONS = (3, 6)
"""Digits of a second that are read."""

_MONTH_STARTS = np.arange("0000-01", "10000-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
"""Days since 1970 of the first of each month from the year 0."""


class Texts:
    """The texts of a column as bytes."""

    def __init__(self, texts: pa.StringArray) -> None:
        """Looks at the bytes where they are."""
        total = len(texts)
        _, offsets, content = texts.buffers()
        bounds = np.zeros(1, np.int32)
        if total:
            bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + total + 1]
        self._octets = (
            np.frombuffer(content, np.uint8) if content is not None and content.size else np.zeros(1, np.uint8)
        )
        self._starts = bounds[:-1].astype(np.intp)
        self._ends = bounds[1:].astype(np.intp)
        self.lengths = np.diff(bounds)
        self.valid: Flags = np.ones(total, bool)
        if texts.null_count:
            self.valid = texts.is_valid().to_numpy(zero_copy_only=False)

    def octets(self, place: int) -> Octets:
        """The byte of each text at a place, from its end where that is negative; any byte where it has none there."""
        found: Octets = self._octets.take((self._starts if place >= 0 else self._ends) + place, mode="clip")
        return found

    def digits(self, place: int) -> Octets:
        """The byte at a place as a digit; more than 9 where it is none."""
        return self.octets(place) - np.uint8(ord("0"))

    def number(self, place: int, size: int, fits: Flags) -> Numbers:
        """The number that so many digits from a place on make; `fits` becomes false where one is none."""
        found = np.zeros(len(self.lengths), np.int64)
        for digit in map(self.digits, range(place, place + size)):
            fits &= digit <= 9
            found *= 10
            found += digit
        return found

    def begin_or_end_with(self, wanted: Flags) -> bool:
        """Whether any text begins or ends with one of some bytes, given as a flag for each of the 256."""
        return bool(((wanted[self.octets(0)] | wanted[self.octets(-1)]) & (self.lengths > 0) & self.valid).any())

    def are_ascii(self) -> bool:
        """Whether no text has a character beyond ASCII."""
        if not len(self._starts):
            return True
        return not (self._octets[self._starts[0] : self._ends[-1]] >= 128).any()


def decimals(texts: Texts, precision: int, scale: int) -> tuple[Numbers, Flags]:
    """Numbers with exactly so many decimal places, such as 12.50 or -3.00, in units of the last.

    Args:
        texts: The texts.
        precision: Most digits, at most `MOST_DIGITS`.
        scale: Digits of them behind the point; 0 for integers, which have none.
    """
    negative = texts.octets(0) == ord("-")
    behind = scale + 1 if scale else 0
    most = max(1, precision - scale)
    whole = texts.lengths - behind - negative
    fits = texts.valid & (whole >= 1) & (whole <= most)
    if scale:
        fits &= texts.octets(-behind) == ord(".")
    values = texts.number(-scale, scale, fits)
    for place in range(min(int(whole.max(initial=0)), most)):
        digit = texts.digits(-behind - 1 - place)
        inside = place < whole
        fits &= (digit <= 9) | ~inside
        values += np.multiply(digit * inside, 10 ** (scale + place), dtype=np.int64)
    if precision == scale:
        fits &= values < 10**scale
    return np.where(negative, -values, values), fits


def days(texts: Texts) -> tuple[Numbers, Flags]:
    """Dates such as 2025-01-15 as days since 1970."""
    fits = texts.valid & (texts.lengths == _DAY_LENGTH)
    return _days(texts, fits), fits


def local_times(texts: Texts) -> tuple[Numbers, Flags]:
    """Times such as 2025-01-15 10:20:30, or a date alone for its midnight, as microseconds since 1970."""
    has_time = texts.lengths == _SECOND_LENGTH
    fits = texts.valid & (has_time | (texts.lengths == _DAY_LENGTH))
    seconds = _days(texts, fits) * _SECONDS_A_DAY
    if has_time.any():
        is_time = texts.octets(_DAY_LENGTH) == ord(" ")
        seconds += _seconds(texts, is_time) * has_time
        fits &= is_time | ~has_time
    return seconds * _MICROS_A_SECOND, fits


def zoned_times(texts: Texts) -> tuple[Numbers, Flags]:
    """Times such as 2025-01-15T10:20:30.123Z, with or without fraction and Z, as microseconds since 1970."""
    separator = texts.octets(_DAY_LENGTH)
    fits = texts.valid & (texts.lengths >= _SECOND_LENGTH) & ((separator == ord("T")) | (separator == ord(" ")))
    micros = (_days(texts, fits) * _SECONDS_A_DAY + _seconds(texts, fits)) * _MICROS_A_SECOND
    rest = texts.lengths - _SECOND_LENGTH - (texts.octets(-1) == ord("Z"))
    known = rest == 0
    for size in _FRACTIONS:
        has_fraction = rest == size + 1
        if has_fraction.any():
            reads = has_fraction & (texts.octets(_SECOND_LENGTH) == ord("."))
            micros += texts.number(_SECOND_LENGTH + 1, size, reads) * has_fraction * (_MICROS_A_SECOND // 10**size)
            known |= reads
    return micros, fits & known


def _days(texts: Texts, fits: Flags) -> Numbers:
    fits &= (texts.octets(4) == ord("-")) & (texts.octets(7) == ord("-"))
    year, month, day = texts.number(0, 4, fits), texts.number(5, 2, fits), texts.number(8, 2, fits)
    fits &= (year >= 1) & (month >= 1) & (month <= 12)
    index = np.where(fits, year * 12 + month - 1, 0)
    first = _MONTH_STARTS[index]
    found: Numbers = first + day - 1
    fits &= (day >= 1) & (found < _MONTH_STARTS[index + 1])
    return found


def _seconds(texts: Texts, fits: Flags) -> Numbers:
    """Seconds since midnight of the time that stands behind a date."""
    fits &= (texts.octets(13) == ord(":")) & (texts.octets(16) == ord(":"))
    hour, minute, second = (texts.number(place, 2, fits) for place in (11, 14, 17))
    fits &= (hour <= 23) & (minute <= 59) & (second <= 59)
    return (hour * 60 + minute) * 60 + second
