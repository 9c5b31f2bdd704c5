"""Athena's SQL on tables of DuckDB, of which there is one version each."""

from __future__ import annotations

from functools import cache

import duckdb
import sqlglot
from sqlglot import exp


def connect() -> duckdb.DuckDBPyConnection:
    """A database that has the functions of Trino that the checks use and DuckDB calls otherwise."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE MACRO codepoint(x) AS unicode(x)")
    connection.execute("CREATE SCHEMA processed")
    return connection


@cache
def in_duckdb(sql: str) -> str:
    """DuckDB's words for Athena's, without snapshots."""
    tree = sqlglot.parse_one(sql, read="athena")
    for node in tree.find_all(exp.Table):
        node.set("version", None)
    return tree.sql(dialect="duckdb")


def rows_as_text(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, str | None]]:
    """The rows of a query in DuckDB's words, every value as text."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [
        {name: None if value is None else str(value) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
