"""Finds places inside a large file where records begin, so that its pieces can be read side by side.

Whether a line feed ends a record depends on the quotes before it, so on all pieces before. A piece is surveyed for both
cases, that it begins outside and that it begins inside quotes; `places` then goes through the pieces in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .batches import Place
from .csv_fast import Positions, quotes_in_place

MARGIN = 2
"""Bytes around a piece that its survey has to see."""

_LF = 10
_QUOTE = 34
_BLANK_LINE = re.compile(rb"\n[ \t\r]*\n")


@dataclass(frozen=True)
class Case:
    """What a piece holds if it begins where this case says."""

    first: int | None
    """Bytes to the end of the line that the piece begins in, where a record may begin; None where the line goes on."""
    lines: int
    """Line feeds among those bytes."""
    is_blank: bool
    """Whether that line, as far as the piece shows it, is no record."""
    records: int
    """Records that end in the piece after that line."""
    is_regular: bool
    """Whether every quote stands where it must."""


@dataclass(frozen=True)
class Survey:
    """What a piece of a file holds."""

    quotes: int
    lines: int
    ends_blank: bool
    """Whether the line that the piece ends in is, as far as the piece shows it, no record."""
    outside: Case
    """If it begins outside quotes."""
    inside: Case
    """If it begins inside quotes."""


def survey_csv(before: bytes, piece: bytes, after: bytes) -> Survey:
    """Surveys a piece of a CSV file.

    Args:
        before: The two bytes before the piece; line feeds before the first piece.
        piece: The piece, without a byte order mark.
        after: The two bytes behind it, as far as there are any.
    """
    octets = np.frombuffer(before + piece + after.ljust(MARGIN, b"\n"), dtype=np.uint8)
    middle = octets[MARGIN : MARGIN + len(piece)]
    line_feeds: Positions = np.flatnonzero(middle == _LF) + MARGIN
    quotes: Positions = np.empty(0, np.intp)
    if _QUOTE in piece:
        quotes = np.flatnonzero(middle == _QUOTE) + MARGIN
    parity = np.searchsorted(quotes, line_feeds) % 2
    # A line is blank where its line feed, or a carriage return before it, follows another line feed.
    previous, second = octets[line_feeds - 1], octets[line_feeds - 2]
    blank = (previous == _LF) | ((previous == 13) & (second == _LF))
    cases = [
        _case(
            line_feeds,
            line_feeds[parity == begins_inside],
            blank[parity == begins_inside],
            octets,
            quotes,
            begins_inside,
        )
        for begins_inside in (0, 1)
    ]
    # The bytes before a piece tell whether its first line is blank, so there is nothing to remember for the next one.
    return Survey(len(quotes), len(line_feeds), True, *cases)


def survey_json_lines(piece: bytes) -> Survey:
    """Surveys a piece of JSON lines, where a line of white space is no record."""
    lines = piece.count(b"\n")
    if lines == 0:
        case = Case(None, 0, _is_white(piece), 0, True)
        return Survey(0, 0, case.is_blank, case, case)
    first, last = piece.index(b"\n") + 1, piece.rindex(b"\n") + 1
    blank = 0
    if _BLANK_LINE.search(piece, first - 1, last):
        blank = sum(_is_white(line) for line in piece[first:last].split(b"\n")[:-1])
    case = Case(first, 1, _is_white(piece[:first]), lines - 1 - blank, True)
    return Survey(0, lines, _is_white(piece[last:]), case, case)


def places(surveys: Sequence[Survey], starts: Sequence[int], file: int, has_header: bool) -> list[tuple[int, Place]]:
    """Where the reading of each piece begins: the byte, and the record that begins there.

    Args:
        surveys: Of the pieces in order.
        starts: Bytes of the file before each piece.
        file: Number of the file.
        has_header: Whether the first record is a header.

    Returns:
        One for each piece but the first in which a record begins; none where a quote stands out of place: only reading
        from the beginning then tells where records begin.
    """
    found: list[tuple[int, Place]] = []
    inside, is_blank = False, True
    record, line = (0, 1) if has_header else (1, 1)
    for index, (survey, start) in enumerate(zip(surveys, starts, strict=True)):
        case = survey.inside if inside else survey.outside
        if not case.is_regular:
            return []
        is_blank = is_blank and case.is_blank
        if case.first is not None:
            record += not is_blank
            if index > 0 and record >= 1:
                found.append((start + case.first, Place(file, record, line + case.lines)))
            record += case.records
            is_blank = survey.ends_blank
        line += survey.lines
        inside ^= survey.quotes % 2 == 1
    return found


def _is_white(text: bytes) -> bool:
    return not text.strip(b" \t\r\n")


def _case(
    line_feeds: Positions,
    ends: Positions,
    blank: npt.NDArray[np.bool_],
    octets: npt.NDArray[np.uint8],
    quotes: Positions,
    begins_inside: int,
) -> Case:
    is_regular = quotes_in_place(octets, quotes, begins_inside == 1)
    if not len(ends):
        return Case(None, 0, True, 0, is_regular)
    return Case(
        first=int(ends[0]) + 1 - MARGIN,
        lines=int(np.searchsorted(line_feeds, ends[0])) + 1,
        is_blank=bool(blank[0]),
        records=int(np.count_nonzero(~blank[1:])),
        is_regular=is_regular,
    )
