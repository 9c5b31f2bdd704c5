"""Puts the constants of a one-row common table expression in the places where a query refers to them.

`WITH b AS (SELECT DATE '2025-01-01' AS first_day) … FROM sales CROSS JOIN b WHERE sold_on >= b.first_day`: Trino puts
the constants in the place of the join (its rule ReplaceJoinOverConstantWithProject), so that the condition decides
which files are read. DuckDB does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

Constants = Mapping[str, exp.Expr]
"""Expressions by the names of their columns."""


def with_constants_in_place(query: exp.Expr) -> exp.Expr:
    """The query, changed in place, without joins to rows of constants; it gives the same rows."""
    rows = dict(_constant_rows(query))
    if rows:
        for select in query.find_all(exp.Select):
            for name in [name for name in rows if _can_replace(select, name, rows[name])]:
                _replace(select, name, rows[name])
    return query


def _constant_rows(query: exp.Expr) -> Iterator[tuple[str, Constants]]:
    for cte in query.find_all(exp.CTE):
        select = cte.this
        is_plain = isinstance(select, exp.Select) and {key for key, value in select.args.items() if value} <= {
            "expressions"
        }
        if not is_plain or cte.args["alias"].columns:
            continue
        constants = {one.alias.lower(): one.this for one in select.expressions if isinstance(one, exp.Alias)}
        changing = (exp.Column, exp.Query, exp.AggFunc, exp.Window, exp.Anonymous, exp.Rand, exp.Explode)
        if len(constants) == len(select.expressions) and not any(one.find(*changing) for one in constants.values()):
            yield cte.alias.lower(), constants


def _can_replace(select: exp.Select, name: str, row: Constants) -> bool:
    """Whether the row is joined to something else, without a condition, and each reference to it says so."""
    joins = select.args.get("joins") or []
    inside = [join for join in joins if _is_cross(join) and _names(join.this, name)]
    first = select.args.get("from_")
    leads = first is not None and _names(first.this, name) and bool(joins) and _is_cross(joins[0])
    if len(inside) + leads != 1 or any(isinstance(one, exp.Star) for one in select.expressions):
        return False
    unqualified = {column.name.lower() for column in _own_columns(select) if not column.table}
    return not unqualified & row.keys()


def _replace(select: exp.Select, name: str, row: Constants) -> None:
    for column in _own_columns(select):
        if column.table.lower() == name and column.name.lower() in row:
            value: exp.Expr = exp.Paren(this=row[column.name.lower()].copy())
            if column.parent is select and column.arg_key == "expressions":
                value = exp.Alias(this=value, alias=exp.to_identifier(column.name))
            column.replace(value)
    joins = select.args["joins"]
    if _names(select.args["from_"].this, name):
        select.set("from_", exp.From(this=joins[0].this))
        joins = joins[1:]
    select.set("joins", [join for join in joins if not (_is_cross(join) and _names(join.this, name))])


def _own_columns(select: exp.Select) -> list[exp.Column]:
    return [column for column in select.find_all(exp.Column) if column.find_ancestor(exp.Select) is select]


def _is_cross(join: exp.Join) -> bool:
    return not join.side and join.kind in ("", "CROSS") and not join.args.get("on") and not join.args.get("using")


def _names(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Table) and not node.db and not node.alias and node.name.lower() == name
