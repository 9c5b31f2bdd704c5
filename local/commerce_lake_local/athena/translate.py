"""Translates a query from Athena's dialect to DuckDB's, with the meaning that it has in Athena.

sqlglot does the words; this module does what the same words mean: integer and decimal division, averages of decimals,
differences of dates, casts. See https://trino.io/docs/current/functions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .errors import NotSupportedError, QueryError
from .functions import MACROS
from .inference import Kind, Types, decimal_parts, division_scale, is_float, is_integer, timestamp_precision
from .types import TIMESTAMPS

_MACRO_NAMES = frozenset(macro.partition("(")[0] for macro in MACROS)
# Functions that sqlglot leaves as they are, because DuckDB has them under the same name.
_SAME = frozenset(
    """
    acos asin atan atan2 bit_count bool_and bool_or cbrt ceil ceiling chr concat_ws contains corr cos cosh cot
    covar_pop covar_samp cume_dist degrees dense_rank e exp first_value floor isnan kurtosis lag last_value lcm
    lead length levenshtein_distance ln log log10 log2 lower lpad ltrim md5 mod month_name normalize nth_value
    ntile pi percent_rank pow power quarter radians rand random rank regr_count regr_intercept regr_r2 regr_slope
    repeat replace reverse row_number rpad rtrim sha256 sign sin sinh skewness split_part sqrt starts_with stddev
    stddev_pop stddev_samp strpos tan tanh translate trim upper uuid var_pop var_samp variance flatten row
    """.split()  # noqa: SIM905 (a hundred names read better so)
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def translate(tree: exp.Expr, types: Types) -> exp.Expr:
    """Translate a query whose tables and types are known.

    Args:
        tree: The query; it is changed.
        types: Of its nodes.

    Returns:
        The query to be written in DuckDB's dialect.

    Raises:
        QueryError: The query is wrong in Athena, though it might work in DuckDB.
        NotSupportedError: It may be right in Athena.
    """
    _name_outputs(tree)
    # From the leaves up: what is put in the place of a node may hold that node's translated parts.
    for node in list(tree.walk())[::-1]:
        rule = _rule(node)
        replacement = rule(node, types) if rule else node
        if replacement is not node:
            types.inherit(replacement, node)
            node.replace(replacement)
    return tree


def to_sql(tree: exp.Expr) -> str:
    """Write a translated query for DuckDB, in which other words are reserved: all names are quoted."""
    return tree.sql("duckdb", comments=False, identify=True)


def _name_outputs(tree: exp.Expr) -> None:
    """Name unnamed columns of the result as Athena does: `_col0`, `_col1` … by their place."""
    query = tree
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select):
        return
    for place, output in enumerate(query.expressions):
        if not isinstance(output, exp.Alias | exp.Aliases | exp.Column) and not output.is_star:
            output.replace(exp.alias_(output.copy(), f"_col{place}", quoted=True))


Rule = Callable[[Any, Types], exp.Expr]


def _rule(node: exp.Expr) -> Rule | None:
    return _comparison if isinstance(node, _COMPARISONS) else _RULES.get(type(node))


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _cast(node: exp.Expr, kind: str) -> exp.Cast:
    return exp.Cast(this=node.copy(), to=exp.DataType.build(kind, dialect="duckdb"))


def _divide(node: exp.Div, types: Types) -> exp.Expr:
    left, right = types.of(node.left), types.of(node.right)
    prefix = _prefix(node)
    if is_integer(left) and is_integer(right):
        return _call(f"{prefix}_divide", node.left, node.right)
    one, other = decimal_parts(left), decimal_parts(right)
    if one is None or other is None:
        return node
    return _divide_decimal(f"{prefix}_divide_decimal", node.left, one[1], node.right, other[1])


def _prefix(node: exp.Expr) -> str:
    return "trino_try" if node.find_ancestor(exp.Try) else "trino"


def _divide_decimal(macro: str, left: exp.Expr, left_scale: int, right: exp.Expr, right_scale: int) -> exp.Expr:
    scale = division_scale(left_scale, right_scale)
    unit = _cast(exp.Literal.number("1" if scale == 0 else f"0.{'1':0>{scale}}"), f"DECIMAL({scale + 1}, {scale})")
    up, down = exp.Literal.number(10 ** (scale + right_scale)), exp.Literal.number(10**right_scale)
    return _call(macro, left, right, up, down, unit)


def _modulus(node: exp.Mod, types: Types) -> exp.Expr:
    if is_integer(types.of(node.left)) and is_integer(types.of(node.right)):
        return _call(f"{_prefix(node)}_modulus", node.left, node.right)
    return node


def _average(node: exp.Expr, types: Types) -> exp.Expr:
    """The average of decimals is a decimal of their scale; with its filter and window, where it has them."""
    if isinstance(node.parent, exp.Window | exp.Filter) and node.arg_key == "this":
        return node
    inner = _aggregate(node)
    kind = types.of(inner) if isinstance(inner, exp.Avg) else None
    if kind is None or not kind.is_type(Kind.DECIMAL):
        return node
    parts = decimal_parts(kind)
    scale = parts[1] if parts else 0
    total, count = node.copy(), node.copy()
    total = _with_aggregate(total, exp.Sum(this=inner.this.copy()))
    count = _with_aggregate(count, exp.Count(this=inner.this.copy(), big_int=True))
    some = exp.Nullif(this=count, expression=exp.Literal.number(0))
    # The average of no rows is null, and no division by zero.
    return _divide_decimal("trino_divide_decimal", total, scale, some, 0)


def _aggregate(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Window | exp.Filter):
        node = node.this
    return node


def _with_aggregate(node: exp.Expr, aggregate: exp.Expr) -> exp.Expr:
    inner = _aggregate(node)
    if inner is node:
        return aggregate
    inner.replace(aggregate)
    return node


def _convert(node: exp.Cast, types: Types) -> exp.Expr:
    source, target = types.of(node.this), node.to
    if target.is_type(*exp.DataType.INTEGER_TYPES) and is_float(source):
        # Trino rounds half away from zero, DuckDB to the even one.
        node.set("this", exp.Round(this=node.this.copy()))
    elif target.is_type(Kind.CHAR, Kind.NCHAR):
        raise NotSupportedError("the type char", node)
    elif target.is_type(*exp.DataType.TEXT_TYPES):
        digits = exp.Literal.number(timestamp_precision(source))
        text = _call("trino_varchar", node.this, digits)
        return exp.Left(this=text, expression=target.expressions[0].this.copy()) if target.expressions else text
    elif target.is_type(*TIMESTAMPS):
        target.set("expressions", [])
    return node


def _round(node: exp.Round, types: Types) -> exp.Expr:
    """A rounded decimal keeps its scale in Trino, and loses it in DuckDB."""
    kind = types.of(node)
    parts = decimal_parts(kind) if kind is not None and kind.is_type(Kind.DECIMAL) else None
    return _cast(node, f"DECIMAL({parts[0]}, {parts[1]})") if parts else node


def _difference(node: exp.DateDiff, types: Types) -> exp.Expr:
    """Whole units that have passed; DuckDB's date_diff counts the boundaries between."""
    unit = node.unit.name.lower() if node.unit is not None else "day"
    return _call("date_sub", exp.Literal.string(unit), node.expression, node.this)


def _keep_date(node: exp.Expr, types: Types) -> exp.Expr:
    """What is a date in Trino is a timestamp in DuckDB: a truncated date, a date and an interval."""
    kind = types.of(node)
    return _cast(node, "DATE") if kind is not None and kind.is_type(Kind.DATE) else node


def _add(node: exp.Binary, types: Types) -> exp.Expr:
    return _keep_date(node, types) if isinstance(node.right, exp.Interval) else node


def _series(node: exp.GenerateSeries, types: Types) -> exp.Expr:
    kind = types.of(node.args["start"])
    if kind is None or not kind.is_type(Kind.DATE):
        return node
    if node.args.get("step") is None:
        node.set("step", exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")))
    return _cast(node, "DATE[]")


def _distinct(node: exp.ApproxDistinct, types: Types) -> exp.Expr:
    return exp.Count(this=exp.Distinct(expressions=[node.this.copy()]), big_int=True)


def _quantile(node: exp.ApproxQuantile, types: Types) -> exp.Expr:
    if any(node.args.get(more) is not None for more in ("weight", "accuracy", "error_tolerance")):
        raise NotSupportedError("approx_percentile with weights or accuracy", node)
    return _call("quantile_disc", node.this, node.args["quantile"])


def _at_zone(node: exp.AtTimeZone, types: Types) -> exp.Expr:
    kind = types.of(node.this)
    if node.args["zone"].name.upper() == "UTC" and kind is not None and kind.is_type(Kind.TIMESTAMPTZ):
        instant: exp.Expr = node.this.copy()
        return instant
    raise NotSupportedError("AT TIME ZONE of anything but a timestamp with time zone and 'UTC'", node)


def _function(node: exp.Anonymous, types: Types) -> exp.Expr:
    name = node.name.lower()
    if name not in _MACRO_NAMES and name not in _SAME:
        raise QueryError(
            "FUNCTION_NOT_FOUND", f"Function '{name}' not registered (or the local Athena does not know it)", node
        )
    return node


def _element(node: exp.Bracket, types: Types) -> exp.Expr:
    """What is not there is null in DuckDB, and an error in Trino but for `element_at`."""
    kind = types.of(node.this)
    if node.args.get("safe") or kind is None or len(node.expressions) != 1:
        return node
    [key] = node.expressions
    is_number = isinstance(key, exp.Literal) and key.is_int
    # The parser may have taken a number for a place and counted from 0: whether it is a key is not known any longer.
    if kind.is_type(Kind.MAP) and not is_number:
        missing = exp.Not(this=_call("map_contains", node.this, key))
        return _or_error(missing, "INVALID_FUNCTION_ARGUMENT: Key not present in map", node)
    if kind.is_type(Kind.ARRAY) and is_number:
        short = exp.LTE(this=_call("len", node.this), expression=key.copy())
        return _or_error(
            short, "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length", node
        )
    return node


def _or_error(condition: exp.Expr, message: str, node: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=condition, true=_call("error", exp.Literal.string(message)))], default=node.copy())


def _part(node: exp.Extract, types: Types) -> exp.Expr:
    """Weeks begin on Monday, the day 1, in Trino; in DuckDB on Sunday, the day 0."""
    if node.name.upper() in ("DOW", "DAY_OF_WEEK"):
        node.set("this", exp.var("ISODOW"))
    return node


def _substring(node: exp.Substring, types: Types) -> exp.Expr:
    """Nothing stands at the place 0; DuckDB begins with the first character."""
    start = node.args.get("start")
    if start is None or (isinstance(start, exp.Literal) and start.name != "0"):
        return node
    nothing = exp.If(this=exp.EQ(this=start.copy(), expression=exp.Literal.number(0)), true=exp.Literal.string(""))
    return exp.Case(ifs=[nothing], default=node.copy())


def _joined(node: exp.DPipe, types: Types) -> exp.Expr:
    left, right = types.of(node.left), types.of(node.right)
    families = {_family(left), _family(right)} - {None}
    if left is not None and right is not None and len(families) > 1:
        message = f"Unexpected parameters ({_trino_name(left)}, {_trino_name(right)}) for function concat"
        raise QueryError("FUNCTION_NOT_FOUND", message, node)
    return node


def _comparison(node: exp.Binary, types: Types) -> exp.Expr:
    _check_comparable(node, types.of(node.left), _OPERATORS[type(node)], types.of(node.right), node)
    return node


def _between(node: exp.Between, types: Types) -> exp.Expr:
    for bound in (node.args["low"], node.args["high"]):
        _check_comparable(bound, types.of(node.this), "BETWEEN", types.of(bound), node)
    return node


def _in(node: exp.In, types: Types) -> exp.Expr:
    for item in node.expressions:
        _check_comparable(item, types.of(node.this), "IN", types.of(item), node)
    return node


def _check_comparable(
    _: exp.Expr, left: exp.DataType | None, operator: str, right: exp.DataType | None, node: exp.Expr
) -> None:
    """Refuse what DuckDB would cast in silence: Athena compares no text with numbers or dates."""
    one, other = _family(left), _family(right)
    if left is not None and right is not None and one and other and one != other:
        message = f"Cannot apply operator: {_trino_name(left)} {operator} {_trino_name(right)}"
        raise QueryError("TYPE_MISMATCH", message, node)


def _family(kind: exp.DataType | None) -> str | None:
    if kind is None:
        return None
    if kind.is_type(*exp.DataType.TEXT_TYPES):
        return "text"
    if kind.is_type(*exp.DataType.NUMERIC_TYPES):
        return "number"
    if kind.is_type(Kind.DATE, *TIMESTAMPS):
        return "time"
    return "boolean" if kind.is_type(Kind.BOOLEAN) else None


def _trino_name(kind: exp.DataType) -> str:
    return kind.sql("trino").lower().replace(" ", "")


_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_RULES: dict[type[exp.Expr], Rule] = {
    exp.Add: _add,
    exp.Anonymous: _function,
    exp.ApproxDistinct: _distinct,
    exp.ApproxQuantile: _quantile,
    exp.AtTimeZone: _at_zone,
    exp.Avg: _average,
    exp.Between: _between,
    exp.Bracket: _element,
    exp.Cast: _convert,
    exp.DateAdd: _keep_date,
    exp.DateDiff: _difference,
    exp.DateTrunc: _keep_date,
    exp.Div: _divide,
    exp.DPipe: _joined,
    exp.Extract: _part,
    exp.Filter: _average,
    exp.GenerateSeries: _series,
    exp.In: _in,
    exp.Mod: _modulus,
    exp.Round: _round,
    exp.Sub: _add,
    exp.Substring: _substring,
    exp.TimestampTrunc: _keep_date,
    exp.TryCast: _convert,
    exp.Window: _average,
}
