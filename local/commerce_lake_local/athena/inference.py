"""The types of a query's expressions by Trino's rules, where its results differ from DuckDB's.

sqlglot infers types; what it lacks are Trino's decimals, whose scale decides how a division rounds.
See https://trino.io/docs/current/functions/decimal.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from .errors import QueryError
from .types import TIMESTAMPS, Column

Kind = exp.DataType.Type
_TAG = "local_athena_tag"
_MAX_PRECISION = 38
_INTEGER_DIGITS = {Kind.TINYINT: 3, Kind.SMALLINT: 5, Kind.INT: 10, Kind.BIGINT: 19}


@dataclass(frozen=True)
class Types:
    """What is known of a query's types.

    Attributes:
        outputs: Of the query's columns, in order; None where a type is not known.
    """

    _by_tag: Mapping[int, exp.DataType]
    outputs: tuple[exp.DataType | None, ...]

    def of(self, node: exp.Expr) -> exp.DataType | None:
        """The type of a node of the tree that was given to `infer_types`."""
        found = self._by_tag.get(node.meta.get(_TAG, -1))
        return None if found is None or found.is_type(Kind.UNKNOWN) else found

    def inherit(self, heir: exp.Expr, node: exp.Expr) -> None:
        """Let a node that takes the place of another have its type."""
        if _TAG in node.meta:
            heir.meta[_TAG] = node.meta[_TAG]


def infer_types(tree: exp.Expr, tables: Mapping[str, tuple[Column, ...]]) -> Types:
    """Infer the types of all nodes of a query, and check that its columns exist.

    Args:
        tree: The query; it is left as it is, but for notes in the nodes' `meta`.
        tables: Columns by the name that the query has for a table.

    Raises:
        QueryError: A column does not exist, or several do.
    """
    for tag, node in enumerate(tree.walk()):
        node.meta[_TAG] = tag
    mapping: dict[str, object] = {
        name: {column.name: column.sqlglot_type() for column in columns} for name, columns in tables.items()
    }
    schema = MappingSchema(mapping, dialect="trino", normalize=False)
    try:
        qualified = qualify(
            tree.copy(),
            dialect="trino",
            schema=schema,
            expand_alias_refs=False,
            isolate_tables=False,
            quote_identifiers=False,
        )
    except OptimizeError as error:
        raise _explain(error, tree, tables) from error
    annotated = annotate_types(qualified, schema=schema, expression_metadata=_metadata(), dialect="trino")
    by_tag = {node.meta[_TAG]: node.type for node in annotated.walk() if _TAG in node.meta and node.type is not None}
    outputs = tuple(select.type for select in annotated.selects) if isinstance(annotated, exp.Query) else ()
    return Types(by_tag, outputs)


def is_integer(kind: exp.DataType | None) -> bool:
    """Whether a type is one of the integers."""
    return kind is not None and kind.is_type(*exp.DataType.INTEGER_TYPES)


def is_float(kind: exp.DataType | None) -> bool:
    """Whether a type is real or double."""
    return kind is not None and kind.is_type(Kind.FLOAT, Kind.DOUBLE)


def decimal_parts(kind: exp.DataType | None) -> tuple[int, int] | None:
    """Precision and scale of a decimal, or of the decimal that an integer becomes beside one."""
    if kind is None:
        return None
    if kind.is_type(*_INTEGER_DIGITS):
        return _INTEGER_DIGITS[kind.this], 0
    if not kind.is_type(Kind.DECIMAL):
        return None
    numbers = [int(parameter.name) for parameter in kind.expressions]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (_MAX_PRECISION, 0)


def division_scale(left: int, right: int) -> int:
    """The scale of a decimal division."""
    return max(left, right)


def timestamp_precision(kind: exp.DataType | None) -> int:
    """Digits of a second: those of the type, 3 where it says nothing."""
    if kind is None or not kind.is_type(*TIMESTAMPS) or not kind.expressions:
        return 3
    return int(kind.expressions[0].name)


def _decimal(precision: int, scale: int) -> exp.DataType:
    return exp.DataType.build(f"DECIMAL({min(precision, _MAX_PRECISION)}, {scale})")


def _arithmetic(node: exp.Binary) -> exp.DataType | None:
    left, right = node.left.type, node.right.type
    if is_float(left) or is_float(right):
        return exp.DataType.build("DOUBLE")
    if is_integer(left) and is_integer(right):
        return left if left == right else exp.DataType.build("BIGINT")
    if left is not None and isinstance(node.right, exp.Interval):
        return left
    one, other = decimal_parts(left), decimal_parts(right)
    if one is None or other is None:
        return None
    (p1, s1), (p2, s2) = one, other
    match node:
        case exp.Mul():
            return _decimal(p1 + p2, s1 + s2)
        case exp.Div():
            return _decimal(p1 + s2 + max(0, s2 - s1), division_scale(s1, s2))
        case exp.Mod():
            return _decimal(min(p1 - s1, p2 - s2) + max(s1, s2), max(s1, s2))
        case _:
            return _decimal(max(p1 - s1, p2 - s2) + max(s1, s2) + 1, max(s1, s2))


def _literal(node: exp.Literal) -> exp.DataType | None:
    if node.is_string:
        return exp.DataType.build("VARCHAR")
    text = node.name
    if "e" in text.lower():
        return exp.DataType.build("DOUBLE")
    whole, point, fraction = text.partition(".")
    if point:
        return _decimal(max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction))
    return exp.DataType.build("INT" if int(text) < 2**31 else "BIGINT")


def _sum(node: exp.Sum) -> exp.DataType | None:
    kind = node.this.type
    if is_integer(kind):
        return exp.DataType.build("BIGINT")
    parts = decimal_parts(kind)
    return _decimal(_MAX_PRECISION, parts[1]) if parts else kind


def _avg(node: exp.Avg) -> exp.DataType | None:
    kind = node.this.type
    return kind if kind is not None and kind.is_type(Kind.DECIMAL, Kind.FLOAT) else exp.DataType.build("DOUBLE")


def _like_argument(node: exp.Expr) -> exp.DataType | None:
    kind: exp.DataType | None = node.this.type
    return kind


def _round(node: exp.Round) -> exp.DataType | None:
    kind = node.this.type
    if kind is None or not kind.is_type(Kind.DECIMAL):
        return _like_argument(node)
    precision, scale = decimal_parts(kind) or (_MAX_PRECISION, 0)
    return _decimal(precision + 1, scale) if node.args.get("decimals") else _decimal(precision - scale + 1, 0)


def _series(node: exp.Expr) -> exp.DataType | None:
    kind = node.args["start"].type
    return exp.DataType(this=Kind.ARRAY, expressions=[kind.copy()], nested=True) if kind is not None else None


_RULES: dict[type[exp.Expr], Callable[[Any], exp.DataType | None]] = {
    exp.Literal: _literal,
    exp.Sum: _sum,
    exp.Avg: _avg,
    exp.GenerateSeries: _series,
    exp.Round: _round,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
    **dict.fromkeys(
        (exp.TimestampTrunc, exp.DateTrunc, exp.DateAdd, exp.TsOrDsAdd, exp.Abs, exp.Neg, exp.AnyValue),
        _like_argument,
    ),
}


def _metadata() -> dict[Any, Any]:
    """Sqlglot's rules, with those above in front: where one gives no answer, sqlglot's does."""
    base = Dialect.get_or_raise("trino").EXPRESSION_METADATA

    def rule(kind: type[exp.Expr]) -> dict[str, Any]:
        own, theirs = _RULES[kind], base.get(kind, {}).get("annotator")

        def annotator(annotate: Any, node: Any) -> Any:
            found = own(node)
            if found is not None:
                return annotate._set_type(node, found)
            return theirs(annotate, node) if theirs else annotate._set_type(node, None)

        return {"annotator": annotator}

    return {**base, **{kind: rule(kind) for kind in _RULES}}


def _explain(error: OptimizeError, tree: exp.Expr, tables: Mapping[str, tuple[Column, ...]]) -> QueryError:
    message = str(error)
    if "could not be resolved" not in message and not message.startswith("Unknown column"):
        return QueryError("SYNTAX_ERROR", message)
    name = message.split("'")[1] if "'" in message else message.rpartition(": ")[2]
    node = next((column for column in tree.find_all(exp.Column) if column.name.lower() == name.lower()), None)
    if node is not None and not node.table and sum(_has(columns, name) for columns in tables.values()) > 1:
        return QueryError("AMBIGUOUS_NAME", f"Column '{name}' is ambiguous", node)
    shown = node.sql("trino").replace('"', "") if node is not None else name
    return QueryError(
        "COLUMN_NOT_FOUND",
        f"Column '{shown}' cannot be resolved or requester is not authorized to access requested resources",
        node,
    )


def _has(columns: tuple[Column, ...], name: str) -> bool:
    return any(column.name == name.lower() for column in columns)
