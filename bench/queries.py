"""Measures every named query on a year of sales, and what partitions and Parquet spare: `npm run bench:queries`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from commerce_lake_local.athena.engine import QueryEngine, QueryRun, bind_parameters, parse_statement

from .data import ROOT
from .measure import MB
from .query_lake import CSV_DAYS, CSV_FLAT, DATABASE, Lake
from .report import table_lines

QUERIES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.sql"))}
MONTH, DAY = ("2024-12-31", "2025-01-30"), ("2025-01-15", "2025-01-15")
_NUMBERS = {"top_products": "20", "top_products_by_category": "10", "review_summary": "5"}
_OTHERS: Mapping[str, Sequence[str]] = {
    "batch_kpis": [DAY[0]],
    "customer_lifetime_value": ["100"],
    "customer_segments": [],
    "inventory_at_risk": ["14"],
}


@dataclass(frozen=True)
class Measured:
    """One statement."""

    name: str
    seconds: float
    cpu: float
    read: int
    """Bytes of data that it read."""
    total: int
    """Bytes of the data files of the tables that it names."""
    rows: int


def measure(engine: QueryEngine, lake: Lake, name: str, sql: str) -> Measured:
    """Runs a statement to its last row."""
    statement = parse_statement(sql)
    run = QueryRun()
    began, cpu = time.monotonic(), time.process_time()
    with engine.run(statement, DATABASE, run) as (_, rows):
        count = sum(1 for _ in rows)
    tables = {word for word in re.findall(r"(?:FROM|JOIN) (\w+)", sql) if word in (*lake.metadata, CSV_FLAT, CSV_DAYS)}
    total = sum(lake.bytes_of(table) for table in tables)
    return Measured(name, time.monotonic() - began, time.process_time() - cpu, run.scanned, total, count)


def named(lake: Lake, name: str) -> str | None:
    """A named query for the last month; None where the lake has not the tables that it reads."""
    sql = QUERIES[name]
    body = re.sub(r"--.*", "", sql)
    defined = set(re.findall(r"(\w+) AS \(", body))
    used = set(re.findall(r"(?:FROM|JOIN) (\w+)", body)) - defined - {"UNNEST"}
    if not used <= lake.metadata.keys():
        return None
    values = _OTHERS[name] if name in _OTHERS else [*MONTH, *([_NUMBERS[name]] if name in _NUMBERS else [])]
    return bind_parameters(sql, [value if value.isdigit() else f"'{value}'" for value in values])


_KPI = "SELECT count(*) AS orders, sum(total_amount) AS revenue FROM {table} WHERE status = 'completed'"


def peers() -> dict[str, str]:
    """One question, the revenue, of the same sales kept as CSV and as Parquet, of all days and of one."""
    begin = f"TIMESTAMP '{DAY[0]} 00:00:00'"
    a_day = f"transaction_date >= {begin} AND transaction_date < {begin} + INTERVAL '1' DAY"
    part = "year = 2025 AND month = 1 AND day = 15"
    return {
        "all days, CSV": _KPI.format(table=CSV_FLAT),
        "all days, Parquet": _KPI.format(table="transactions"),
        "one day, CSV": f"{_KPI.format(table=CSV_FLAT)} AND {a_day}",
        "one day, CSV, a partition a day": f"{_KPI.format(table=CSV_DAYS)} AND date = '{DAY[0]}'",
        "one day, Parquet, a partition a day": f"{_KPI.format(table='transactions')} AND {part}",
        "one day, the same, every column": f"SELECT * FROM transactions WHERE {part}",
    }


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="npm run bench:queries --",
        description="Measures every named query on the curated tables of a year, by the local Athena's engine on "
        "files, and one question of the sales as CSV and as Parquet, with and without partitions. Data is kept in "
        ".local/bench.",
    )
    parser.add_argument("--rows", type=int, default=10_000_000, help="sales (default: 10000000)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of a query (default: all)")
    parser.add_argument("--memory", default="2GB", help="of a query, as DuckDB writes it (default: 2GB)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return parser.parse_args(argv)


def say(message: str) -> None:
    """Tells how far it is."""
    print(f"[{time.monotonic() - _BEGAN:6.1f} s] {message}", file=sys.stderr, flush=True)


_BEGAN = time.monotonic()


def lines(title: str, results: Sequence[Measured], base: Measured | None = None) -> list[str]:
    """A table for people; the last column is how many times less than the base is read."""
    head = (title, "rows", "s", "CPU s", "MB read", "of MB", "share", *(["less by"] if base else []))
    body = [
        (
            one.name,
            f"{one.rows:,}",
            f"{one.seconds:.2f}",
            f"{one.cpu:.2f}",
            f"{one.read / MB:.2f}",
            f"{one.total / MB:.1f}",
            f"{one.read / one.total:.2%}",
            *([f"{base.read / one.read:,.0f}x"] if base else []),
        )
        for one in results
    ]
    return table_lines(head, body)


def document(lake: Lake, queries: Sequence[Measured], ways: Sequence[Measured]) -> Mapping[str, Any]:
    """For programs."""
    return {
        "version": 1,
        "machine": {"cores": os.cpu_count(), "system": platform.platform()},
        "rows": lake.rows,
        "bytes": {table: lake.bytes_of(table) for table in (*lake.metadata, CSV_FLAT, CSV_DAYS)},
        "queries": [asdict(one) for one in queries],
        "ways": [asdict(one) for one in ways],
    }


def main() -> None:
    """Measures, and prints the tables."""
    options = parse(sys.argv[1:])
    lake = Lake(options.rows, say)
    engine = lake.engine(options.threads, options.memory)
    queries = []
    for name in QUERIES:
        sql = named(lake, name)
        if sql is None:
            say(f"{name} is left out: it reads what runs leave behind")
            continue
        say(name)
        queries.append(measure(engine, lake, name, sql))
    ways = []
    for name, sql in peers().items():
        say(name)
        ways.append(measure(engine, lake, name, sql))
    print("\n".join(lines("query of a month", queries)))
    print("\n".join(["", *lines("revenue of", ways, ways[0])]))
    flat, parquet = lake.bytes_of(CSV_FLAT), lake.bytes_of("transactions")
    print(f"\n{lake.rows:,} sales: {flat / MB:.0f} MB as CSV; {parquet / MB:.0f} MB as Parquet, with what is derived.")
    if options.json:
        options.json.write_text(json.dumps(document(lake, queries, ways), indent=2) + "\n")


if __name__ == "__main__":
    main()
