"""Runs Athena SQL on rows from standard input with DuckDB: a list of {"tables", "query"} in, their rows out as text.

Snapshots are left out: there is one version of each table. So is the local AWS, whose Athena has tests of its own.
"""

import json
import sys
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

TYPES = {"string": "VARCHAR"}


def run(connection: duckdb.DuckDBPyConnection, scenario: dict[str, Any]) -> list[dict[str, str | None]]:
    """Fills the tables, then answers the query."""
    connection.execute("DROP SCHEMA IF EXISTS processed CASCADE")
    connection.execute("CREATE SCHEMA processed")
    for table, (columns, rows) in scenario["tables"].items():
        spelled = ", ".join(f'"{name}" {TYPES.get(kind, kind)}' for name, kind in columns.items())
        connection.execute(f"CREATE TABLE processed.{table} ({spelled})")
        marks = ", ".join("?" for _ in columns)
        for row in rows:
            connection.execute(
                f"INSERT INTO processed.{table} VALUES ({marks})",
                [row[name] for name in columns],
            )
    tree = sqlglot.parse_one(scenario["query"], read="athena")
    for node in tree.find_all(exp.Table):
        node.set("version", None)
    cursor = connection.execute(tree.sql(dialect="duckdb"))
    names = [column[0] for column in cursor.description]
    return [
        {name: None if value is None else str(value) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def main() -> None:
    """Answers standard input."""
    connection = duckdb.connect()
    # Trino's name for it.
    connection.execute("CREATE MACRO codepoint(x) AS unicode(x)")
    json.dump([run(connection, scenario) for scenario in json.load(sys.stdin)], sys.stdout)


main()
