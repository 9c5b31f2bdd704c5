"""What texts say as JSON, by the letter; numbers keep the digits that the text holds."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence


class Number(str):
    """A JSON number as the file writes it."""


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


_TOGETHER = 64
"""Texts that are parsed in one call: many, but few where one that is broken has them parsed again."""

_TOKEN = secrets.token_hex(16)
_BETWEEN = f',"{_TOKEN}",'

decoder = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_refuse)


def objects(texts: Sequence[str]) -> list[dict[str, object] | None]:
    """The JSON object that each text holds, or None where it holds none."""
    return [found for start in range(0, len(texts), _TOGETHER) for found in _parsed(texts[start : start + _TOGETHER])]


def _parsed(texts: Sequence[str]) -> list[dict[str, object] | None]:
    # As one array, with a token between the texts that none of them can know: where all tokens stand between single
    # values, each text is one value. A call for each text would take three times as long as reading what it says.
    whole = f"[{_BETWEEN.join(texts)}]"
    try:
        values, end = decoder.raw_decode(whole)
    except (ValueError, RecursionError):
        values, end = [], 0
    tokens = len(texts) - 1
    if end == len(whole) and len(values) == len(texts) + tokens and values[1::2] == [_TOKEN] * tokens:
        return [value if isinstance(value, dict) else None for value in values[::2]]
    if not tokens:
        return [None]
    middle = len(texts) // 2
    return _parsed(texts[:middle]) + _parsed(texts[middle:])
