"""Which partitions of a text table a query can need, where DuckDB does not find out by itself.

It leaves out files by conditions on partition keys, wherever those stand in a query, but not by conditions that may
fail, such as `CAST(day AS date) = …`: these are tried here on the values of the keys, as Athena does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
from sqlglot import exp

from .relations import Relation, literal, quote
from .text_tables import TextRelation
from .translate import to_sql

_PLACE = "__place"


def leave_out_partitions(
    connection: duckdb.DuckDBPyConnection, query: exp.Expr, relations: Mapping[str, Relation]
) -> None:
    """Let the text tables of a query read only partitions that conditions on nothing but their keys allow.

    Args:
        connection: Any.
        query: Translated.
        relations: Its tables, by the name that each has in it.
    """
    tables = {name: relation for name, relation in relations.items() if isinstance(relation, TextRelation)}
    for name, conditions in _key_conditions(query, tables).items():
        tables[name].keep(_kept_places(connection, conditions, tables[name]))


def _key_conditions(query: exp.Expr, tables: Mapping[str, TextRelation]) -> dict[str, list[exp.Expr]]:
    """By table, the conditions that each of its rows in the result meets and that speak of its keys alone."""
    found: dict[str, list[exp.Expr]] = {}
    for select in query.find_all(exp.Select):
        joins = select.args.get("joins") or []
        # Where a row may stand for one that is missing, conditions are not on the table's rows alone.
        if any(join.side for join in joins):
            continue
        sources = [one.this for one in (select.args.get("from_"), *joins) if one is not None]
        names = {source.alias_or_name: source.name for source in sources if isinstance(source, exp.Table)}
        for condition in _conditions(select):
            columns = list(condition.find_all(exp.Column))
            owners = {column.table or (sources[0].alias_or_name if len(sources) == 1 else "") for column in columns}
            table = tables.get(names.get(owners.pop(), "")) if len(owners) == 1 else None
            if table is None or condition.find(exp.Query, exp.Rand):
                continue
            if {column.name.lower() for column in columns} <= {key.name for key in table.keys}:
                found.setdefault(next(name for name, one in tables.items() if one is table), []).append(condition)
    return found


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    where = select.args.get("where")
    if where is not None:
        yield from where.this.flatten() if isinstance(where.this, exp.And) else (where.this,)


def _kept_places(
    connection: duckdb.DuckDBPyConnection, conditions: Sequence[exp.Expr], table: TextRelation
) -> Sequence[int]:
    """The places of the partitions whose keys meet all conditions; of all where one fails, as the query will."""
    partitions = table.partitions
    if not partitions:
        return []
    alias = max(column.table for condition in conditions for column in condition.find_all(exp.Column)) or "listed"
    rows = ", ".join(
        f"({place}, {', '.join('NULL' if value is None else literal(value) for value in values)})"
        for place, values in enumerate(partitions)
    )
    names = ", ".join(quote(key.name) for key in table.keys)
    typed = ", ".join(f"CAST({quote(key.name)} AS {key.type}) AS {quote(key.name)}" for key in table.keys)
    sql = (
        f"SELECT {_PLACE} FROM (SELECT {_PLACE}, {typed} FROM (VALUES {rows}) AS listed({_PLACE}, {names})) "
        f"AS {quote(alias)} WHERE {' AND '.join(f'({to_sql(condition)})' for condition in conditions)}"
    )
    try:
        return [place for (place,) in connection.execute(sql).fetchall()]
    except duckdb.Error:
        return range(len(partitions))
