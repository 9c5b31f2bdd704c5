"""The rules of a contract as pure functions of columns, on Arrow's arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .contract import Column, Contract
from .errors import ContractError
from .records.batches import PARSE
from .values import arrow_type

MOST_RULES = 63
"""Rules of one dataset: as many as a bigint has bits, but for its sign."""

_LIMITS: Mapping[str, Callable[[pa.Array, pa.Scalar], pa.BooleanArray]] = {
    "minimum": pc.less,
    "maximum": pc.greater,
    "exclusiveMinimum": pc.less_equal,
    "exclusiveMaximum": pc.greater_equal,
}
"""When a value breaks a limit."""


@dataclass
class Values:
    """The columns of some records."""

    texts: Mapping[str, pa.StringArray]
    """What the file holds; null where it holds nothing."""
    typed: dict[str, pa.Array]
    """What it means; null where it is not of the column's type."""
    faults: pa.StringArray
    """As `records.META` has them."""
    unfit: dict[str, pa.BooleanArray] = field(default_factory=dict)
    """Of computed columns: whether what was computed does not fit the type."""
    _lengths: dict[str, pa.Int32Array] = field(default_factory=dict)

    def length(self, name: str) -> pa.Int32Array:
        """Characters of a column's texts, counted once."""
        if name not in self._lengths:
            self._lengths[name] = pc.utf8_length(self.typed[name])
        return self._lengths[name]

    def misread(self, column: Column) -> pa.BooleanArray:
        """Whether the file itself said that a value is of another type."""
        # Few different faults come in many records: each is looked at once.
        is_named = [f"{column.name}.type" in fault.split(",") for fault in self._encoded.dictionary.to_pylist()]
        if not any(is_named):
            return pa.repeat(False, len(self.faults))
        return pa.array(is_named).take(self._encoded.indices)

    @cached_property
    def _encoded(self) -> pa.DictionaryArray:
        return self.faults.dictionary_encode()


@dataclass(frozen=True)
class Rule:
    """A rule of a column."""

    name: str
    """`<column>.<rule>`."""
    broken: Callable[[Values], pa.BooleanArray]
    """True where a record breaks it; false or null elsewhere."""


def rules(column: Column, processing_time: datetime) -> Iterator[Rule]:
    """The rules of a column.

    Args:
        column: The column.
        processing_time: The run's, against which `x-not-future` is judged.
    """
    name = column.name

    def of_value(keyword: str, broken: Callable[[pa.Array], pa.BooleanArray]) -> Rule:
        return Rule(f"{name}.{keyword}", lambda values: broken(values.typed[name]))

    if column.required:
        yield Rule(
            f"{name}.required",
            lambda values: pc.and_not(
                pc.is_null(values.texts[name]), pc.or_(pc.equal(values.faults, PARSE), values.misread(column))
            ),
        )
    yield Rule(
        f"{name}.type",
        lambda values: pc.or_(
            values.misread(column), pc.and_not(pc.is_valid(values.texts[name]), pc.is_valid(values.typed[name]))
        ),
    )
    if (shortest := column["minLength"]) is not None:
        yield Rule(f"{name}.minLength", lambda values: pc.less(values.length(name), shortest))
    if (longest := column["maxLength"]) is not None:
        yield Rule(f"{name}.maxLength", lambda values: pc.greater(values.length(name), longest))
    if (pattern := column["pattern"]) is not None:
        yield of_value("pattern", lambda value: pc.invert(pc.match_substring_regex(value, pattern)))
    if column["enum"] is not None:
        allowed = pa.array([one for one in column["enum"] if one is not None], arrow_type(column.type))
        yield of_value("enum", lambda value: pc.and_not(pc.is_valid(value), pc.is_in(value, allowed)))
    for keyword, breaks in _LIMITS.items():
        if column[keyword] is not None:
            yield _limit(column, keyword, breaks)
    if column["x-not-future"]:
        type_ = arrow_type(column.type)
        now = pa.scalar(processing_time.date() if pa.types.is_date(type_) else processing_time, type_)
        yield of_value("notFuture", lambda value: pc.greater(value, now))


def contract_rules(contract: Contract, processing_time: datetime) -> list[Rule]:
    """Every rule of a dataset, in the order in which reasons are listed; those on computed values come last.

    Raises:
        ContractError: There are too many.
    """
    parse = Rule(PARSE, lambda values: pc.equal(values.faults, PARSE))
    of_columns = [rule for column in contract.columns for rule in rules(column, processing_time)]
    computed = [_computed(column) for column in contract.columns if column["x-computed"]]
    every = [parse, *of_columns, *computed]
    if len(every) > MOST_RULES:
        raise ContractError(
            f"{contract.name} has {len(every)} rules; a record's broken rules fit into {MOST_RULES} bits."
        )
    return every


def _limit(column: Column, keyword: str, breaks: Callable[[pa.Array, pa.Scalar], pa.BooleanArray]) -> Rule:
    limit: Any = column[keyword]
    bound = pa.scalar(limit if isinstance(limit, int) else Decimal(str(limit)))
    return Rule(f"{column.name}.{keyword}", lambda values: breaks(values.typed[column.name], bound))


def _computed(column: Column) -> Rule:
    return Rule(f"{column.name}.computed", lambda values: values.unfit[column.name])
