"""Which rows of each Iceberg table a query can need, taken from DuckDB's own plan.

DuckDB pushes a query's conditions through views, joins and subqueries down to the scans. Scans name their columns
uniquely (`scan_1_0`, `scan_1_1` …), so that the conditions of its plan tell which table they belong to; pyiceberg then
leaves out the files that hold no such rows. What cannot be understood only means that more files are read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from typing import Any

import sqlglot
from pyiceberg.expressions import (
    And,
    BooleanExpression,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    NotNull,
    Or,
)
from sqlglot import exp
from sqlglot.errors import SqlglotError

# pyiceberg's constructors take a name and literals; its annotations say what they make of them.
Make = Callable[..., BooleanExpression]
_equal: Make = EqualTo
_in: Make = In
_is_null: Make = IsNull
_not_null: Make = NotNull

Literal = bool | int | float | str | Decimal | date | datetime
_COMPARE: dict[type[exp.Expr], Make] = {
    exp.EQ: EqualTo,
    exp.LT: LessThan,
    exp.LTE: LessThanOrEqual,
    exp.GT: GreaterThan,
    exp.GTE: GreaterThanOrEqual,
}


def predicates(plan: str, columns: Mapping[str, tuple[str, str]]) -> dict[str, BooleanExpression]:
    """Read the conditions of a plan.

    Args:
        plan: DuckDB's `EXPLAIN (FORMAT JSON)`.
        columns: Table and column by the unique name that the scan has for it.

    Returns:
        One condition a table, for those that have any. Of two scans of one table it holds either's rows.
    """
    found: dict[str, list[BooleanExpression | None]] = {}
    for node in _nodes(json.loads(plan)):
        details = node.get("extra_info", {})
        names = _list(details.get("Projections", [])) if "Function" in details else []
        filters = _list(details.get("Filters", [])) if "Function" in details else []
        tables = {columns[name][0] for name in names if name in columns}
        parts = [_parse(text) for text in filters]
        tables |= {
            columns[one.name][0] for part in parts if part for one in part.find_all(exp.Column) if one.name in columns
        }
        for table in tables:
            expressions = [one for part in parts if part and (one := _convert(part, columns)) is not None]
            found.setdefault(table, []).append(reduce(And, expressions) if expressions else None)
    return {
        table: reduce(Or, [scan for scan in scans if scan is not None])
        for table, scans in found.items()
        if None not in scans
    }


def _nodes(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from _nodes(node.get("children", []))


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _parse(text: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(text.removeprefix("optional: "), dialect="duckdb")
    except SqlglotError:
        return None


def _convert(node: exp.Expr, columns: Mapping[str, tuple[str, str]]) -> BooleanExpression | None:
    """A condition that is true wherever the node is, or None where there is none worth it."""
    match node:
        case exp.Paren():
            return _convert(node.this, columns)
        case exp.And():
            one, other = _convert(node.left, columns), _convert(node.right, columns)
            return And(one, other) if one is not None and other is not None else one if one is not None else other
        case exp.Or():
            one, other = _convert(node.left, columns), _convert(node.right, columns)
            return Or(one, other) if one is not None and other is not None else None
        case exp.EQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            column, value = _column(node.left, columns), _value(node.right)
            return _COMPARE[type(node)](column, value) if column and value is not None else None
        case exp.In() if node.expressions:
            column, values = _column(node.this, columns), [_value(item) for item in node.expressions]
            known = [value for value in values if value is not None]
            return _in(column, known) if column and len(known) == len(values) else None
        case exp.Is() if isinstance(node.expression, exp.Null):
            column = _column(node.this, columns)
            return _is_null(column) if column else None
        case exp.Not() if isinstance(node.this, exp.Is) and isinstance(node.this.expression, exp.Null):
            column = _column(node.this.this, columns)
            return _not_null(column) if column else None
        case exp.Column():
            column = _column(node, columns)
            return _equal(column, True) if column else None
        case exp.Not() if isinstance(node.this, exp.Column):
            column = _column(node.this, columns)
            return _equal(column, False) if column else None
    return None


def _column(node: exp.Expr, columns: Mapping[str, tuple[str, str]]) -> str | None:
    return columns[node.name][1] if isinstance(node, exp.Column) and node.name in columns else None


def _value(node: exp.Expr) -> Literal | None:
    match node:
        case exp.Paren():
            return _value(node.this)
        case exp.Neg():
            value = _value(node.this)
            return -value if isinstance(value, int | float | Decimal) else None
        case exp.Boolean():
            return bool(node.this)
        case exp.Literal() if node.is_string:
            return node.name
        case exp.Literal():
            return int(node.name) if node.name.isdigit() else Decimal(node.name)
        case exp.Cast() if isinstance(node.this, exp.Literal) and node.this.is_string:
            return _typed(node.this.name, node.to)
    return None


def _typed(text: str, kind: exp.DataType) -> Literal | None:
    try:
        if kind.is_type(exp.DataType.Type.DATE):
            return date.fromisoformat(text)
        if kind.is_type(exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ):
            return datetime.fromisoformat(text)
    except ValueError:
        return None
    return None
