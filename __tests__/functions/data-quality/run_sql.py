"""Runs Athena SQL on rows from standard input with DuckDB: a list of {"tables", "query"} in, their rows out as text.

Snapshots are left out: there is one version of each table. So is the local AWS, whose Athena has tests of its own.
"""

import json
import sys
from typing import Any

import duckdb

from bench.quality.athena_sql import connect, in_duckdb, rows_as_text

TYPES = {"string": "VARCHAR"}


def run(connection: duckdb.DuckDBPyConnection, scenario: dict[str, Any]) -> list[dict[str, str | None]]:
    """Fills the tables, then answers the query."""
    connection.execute("DROP SCHEMA processed CASCADE")
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
    return rows_as_text(connection, in_duckdb(scenario["query"]))


def main() -> None:
    """Answers standard input."""
    connection = connect()
    json.dump([run(connection, scenario) for scenario in json.load(sys.stdin)], sys.stdout)


main()
