"""The rules of a contract as pure functions of columns: raw text in, typed values and broken rules out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import Column as Expression
from pyspark.sql import functions as F

from .contract import Column, Contract
from .errors import ContractError
from .records.batches import PARSE

DAY = r"(?!0000)\d{4}-\d{2}-\d{2}"

FORMATS: Mapping[str, str] = {
    "date": DAY,
    "date-optional-time": DAY + r"( \d{2}:\d{2}:\d{2})?",
    "date-time-optional-zone": DAY + r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?",
}
"""Lexical form of each `format`; that the day and the time exist is for the cast to say."""

MOST_RULES = 63
"""Rules of one dataset: as many as a bigint has bits, but for its sign."""

_LIMITS: Mapping[str, Callable[[Expression, Expression], Expression]] = {
    "minimum": lambda value, limit: value < limit,
    "maximum": lambda value, limit: value > limit,
    "exclusiveMinimum": lambda value, limit: value <= limit,
    "exclusiveMaximum": lambda value, limit: value >= limit,
}
"""When a value breaks a limit."""

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


@dataclass(frozen=True)
class Rule:
    """A rule of a column."""

    name: str
    """`<column>.<rule>`."""
    broken: Expression
    """True where a record breaks it; false or null elsewhere."""


def lexical_form(column: Column) -> str | None:
    """Regular expression of the texts that are a value of the column's type; None where every text is."""
    type_ = column.type
    if type_ == "string":
        return None
    if type_ in ("int", "bigint"):
        return r"^[+-]?\d+\z"
    if type_ == "double":
        return r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\z"
    if type_ == "boolean":
        return r"^(?i:true|false|1|0)\z"
    if decimal := _DECIMAL.fullmatch(type_):
        precision, scale = int(decimal[1]), int(decimal[2])
        fraction = rf"(\.\d{{1,{scale}}}0*)?" if scale else r"(\.0+)?"
        return rf"^[+-]?(?=\d)0*\d{{0,{precision - scale}}}{fraction}\z"
    if type_ in ("date", "timestamp") and column["format"] in FORMATS:
        return rf"^{FORMATS[column['format']]}\z"
    raise ContractError(
        f"{column.name} has the type {type_} and the format {column['format']!r}, which cannot be read."
    )


def typed(column: Column, value: Expression) -> Expression:
    """The value of a text, or null where the text is not of the column's type."""
    form = lexical_form(column)
    if form is None:
        return value
    source = value
    if column["format"] == "date-time-optional-zone":
        # Spark wants seconds before a zone.
        no_seconds = value.rlike(r"^.{16}[Z+-]")
        source = F.when(no_seconds, F.concat(F.substring(value, 1, 16), F.lit(":00"), value.substr(17, 10))).otherwise(
            value
        )
    return F.when(value.rlike(form), source.cast(column.type))


def rules(column: Column, processing_time: datetime) -> Iterator[Rule]:
    """The rules of a column, over frames where the column is typed, and its text is in `text_name(column)`.

    Args:
        column: The column.
        processing_time: The run's, against which `x-not-future` is judged.
    """
    value, text = F.col(column.name), F.col(text_name(column))
    if column.required:
        yield Rule(f"{column.name}.required", text.isNull() & (F.col("_faults") != PARSE) & ~misread(column))
    if lexical_form(column) is None:
        yield Rule(f"{column.name}.type", misread(column))
    else:
        yield Rule(f"{column.name}.type", misread(column) | (text.isNotNull() & value.isNull()))
    if column["minLength"] is not None:
        shortest = column["minLength"]
        yield Rule(f"{column.name}.minLength", (F.octet_length(value) < 4 * shortest) & (F.length(value) < shortest))
    if column["maxLength"] is not None:
        # No text has more code points than bytes, and bytes need not be counted.
        longest = column["maxLength"]
        yield Rule(f"{column.name}.maxLength", (F.octet_length(value) > longest) & (F.length(value) > longest))
    if column["pattern"] is not None:
        yield Rule(f"{column.name}.pattern", ~value.rlike(column["pattern"]))
    if column["enum"] is not None:
        yield Rule(f"{column.name}.enum", ~value.isin([allowed for allowed in column["enum"] if allowed is not None]))
    for keyword, breaks in _LIMITS.items():
        if column[keyword] is not None:
            yield Rule(f"{column.name}.{keyword}", breaks(value, _number(column[keyword])))
    if column["x-not-future"]:
        yield Rule(f"{column.name}.notFuture", value > F.lit(processing_time).cast(column.type))


def misread(column: Column) -> Expression:
    """Whether the file itself said that the value is of another type."""
    faults = F.col("_faults")
    return (faults != "") & (F.find_in_set(F.lit(f"{column.name}.type"), faults) > 0)


def text_name(column: Column) -> str:
    """Name of the column that holds the text of another; that of a string is the string itself."""
    return column.name if lexical_form(column) is None else f"_text_{column.name}"


def contract_rules(contract: Contract, processing_time: datetime) -> list[Rule]:
    """Every rule of a dataset, in the order in which reasons are listed; those on computed values come last.

    Raises:
        ContractError: There are too many.
    """
    parse = Rule(PARSE, F.col("_faults") == PARSE)
    of_columns = [rule for column in contract.columns for rule in rules(column, processing_time)]
    computed = [
        Rule(f"{column.name}.computed", F.col(f"_unfit_{column.name}"))
        for column in contract.columns
        if column["x-computed"]
    ]
    every = [parse, *of_columns, *computed]
    if len(every) > MOST_RULES:
        raise ContractError(
            f"{contract.name} has {len(every)} rules; a record's broken rules fit into {MOST_RULES} bits."
        )
    return every


def _number(limit: Any) -> Expression:
    return F.lit(limit if isinstance(limit, int) else Decimal(str(limit)))
