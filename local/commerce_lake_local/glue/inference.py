"""The types of values and columns, as Glue's crawlers infer and merge them, in the words of Hive."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INT_RANGE = range(-(2**31), 2**31)


@dataclass(frozen=True)
class Struct:
    """An object, whose fields keep the order in which they were met."""

    fields: tuple[tuple[str, HiveType], ...]


@dataclass(frozen=True)
class Array:
    """A list of values of one type."""

    element: HiveType


# A name (`bigint`), a nested type, or None for what was null wherever it was met.
HiveType = str | Struct | Array | None
Columns = dict[str, HiveType]


def text_type(value: str) -> HiveType:
    """The type of a field of a CSV file: bigint, double or string. Dates stay strings, as in Glue."""
    text = value.strip()
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return "bigint"
    return "double" if _DECIMAL.fullmatch(text) else "string"


def json_type(value: Any) -> HiveType:
    """The type of a JSON value."""
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case int():
            return "int" if value in _INT_RANGE else "bigint"
        case float():
            return "double"
        case dict():
            return Struct(tuple((str(name).lower(), json_type(item)) for name, item in value.items()))
        case list():
            return Array(merge_types(json_type(item) for item in value))
        case _:
            return "string"


def merge_types(types: Iterable[HiveType]) -> HiveType:
    """The narrowest type that holds values of all the given ones; where there is none, string."""
    merged: HiveType = None
    for other in types:
        merged = _merge(merged, other)
    return merged


def merge_columns(several: Iterable[Mapping[str, HiveType]]) -> Columns:
    """The columns of several files: in the order of the first, new ones at the end."""
    merged: Columns = {}
    for columns in several:
        for name, kind in columns.items():
            merged[name] = _merge(merged.get(name), kind)
    return merged


def to_hive(kind: HiveType) -> str:
    """Write a type as Hive does. What was always null is a string."""
    match kind:
        case Struct(fields):
            return f"struct<{','.join(f'{name}:{to_hive(item)}' for name, item in fields)}>"
        case Array(element):
            return f"array<{to_hive(element)}>"
        case None:
            return "string"
        case name:
            return name


_NUMBERS = ("int", "bigint", "double")


def _merge(one: HiveType, other: HiveType) -> HiveType:
    if one == other or other is None:
        return one
    if one is None:
        return other
    if isinstance(one, Struct) and isinstance(other, Struct):
        return Struct(tuple(merge_columns([dict(one.fields), dict(other.fields)]).items()))
    if isinstance(one, Array) and isinstance(other, Array):
        return Array(_merge(one.element, other.element))
    if one in _NUMBERS and other in _NUMBERS:
        return max(str(one), str(other), key=_NUMBERS.index)
    return "string"
