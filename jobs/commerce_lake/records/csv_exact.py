"""CSV by the letter: the state machine of RFC 4180 as docs/architecture.md ("Records") words it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"(?!")')
_PLAIN = re.compile(r"[^,\n]*")


@dataclass(frozen=True)
class CsvRecord:
    """A record and the text that it takes."""

    fields: tuple[str, ...]
    start: int
    """Characters before it."""
    end: int
    """Characters up to and with its line end."""
    well_formed: bool
    """Whether no text follows a closing quote."""


def parse_record(text: str, start: int, last: bool) -> CsvRecord | None:
    """The record that begins at `start`, or None where the text ends before the record does.

    Args:
        text: Part of a file; a record may go on beyond it unless it is the last part.
        start: Where the record begins.
        last: Whether the file ends with the text.

    Raises:
        ValueError: The file ends inside quotes.
    """
    fields: list[str] = []
    position, well_formed = start, True
    while True:
        value = ""
        quoted = text.startswith('"', position)
        if quoted:
            match = _QUOTED.match(text, position)
            if match is None or (match.end() == len(text) and not last):
                # At the very end of a part, a closing quote may turn out to be the first half of an escaped one.
                if last:
                    raise ValueError("the file ends inside quotes")
                return None
            value, position = match[1].replace('""', '"'), match.end()
        plain = _PLAIN.match(text, position)
        assert plain is not None  # the pattern matches the empty text
        rest, position = plain[0], plain.end()
        at_newline = text.startswith("\n", position)
        if position == len(text) and not last:
            return None
        if at_newline and rest.endswith("\r"):
            rest = rest[:-1]
        well_formed = well_formed and not (quoted and rest)
        fields.append(value + rest)
        if text.startswith(",", position):
            position += 1
            continue
        return CsvRecord(tuple(fields), start, position + 1 if at_newline else position, well_formed)


def is_blank(record: CsvRecord, text: str) -> bool:
    """Whether a record is a line without any character, which is none."""
    return record.fields == ("",) and not text.startswith('"', record.start)
