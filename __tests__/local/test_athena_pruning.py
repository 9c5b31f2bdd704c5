"""Conditions taken from real plans of DuckDB, and texts that a plan might hold one day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from commerce_lake_local.athena.pruning import predicates
from pyiceberg.expressions import (
    And,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Or,
)

_TYPES = {
    "day": "INTEGER",
    "name": "VARCHAR",
    "price": "DECIMAL(10,2)",
    "moment": "TIMESTAMPTZ",
    "sold": "DATE",
    "ok": "BOOLEAN",
    "share": "DOUBLE",
}
_NAMES = {f"scan_{table}_{place}": (f"scan_{table}", name) for table in (0, 1) for place, name in enumerate(_TYPES)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder: Path = tmp_path_factory.mktemp("files")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        fields = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in _TYPES.items())
        for number in (1, 2):
            ids = ", ".join(f"{name}: {place}" for place, name in enumerate(_TYPES, 1))
            connection.execute(
                f"COPY (SELECT {fields} FROM range(9)) TO '{folder}/{number}.parquet' (FIELD_IDS {{{ids}}})"
            )
        for table in (0, 1):
            schema = ", ".join(
                f"{place + 1}: {{name: 'scan_{table}_{place}', type: '{kind}', default_value: NULL}}"
                for place, kind in enumerate(_TYPES.values())
            )
            outputs = ", ".join(f"scan_{table}_{place} AS {name}" for place, name in enumerate(_TYPES))
            files = f"read_parquet('{folder}/*.parquet', schema = MAP {{{schema}}})"
            connection.execute(f"CREATE VIEW scan_{table} AS SELECT {outputs} FROM {files}")
        yield connection


def found(lake: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    [(_, plan)] = lake.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()
    return dict(predicates(plan, _NAMES))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("day = 2", EqualTo("day", 2)),
        ("day = -2", EqualTo("day", -2)),
        ("day IN (1, 5)", In("day", [1, 5])),
        ("day BETWEEN 2 AND 3", And(GreaterThanOrEqual("day", 2), LessThanOrEqual("day", 3))),
        ("name = 'it''s'", EqualTo("name", "it's")),
        ("price > 10.5", GreaterThan("price", Decimal("10.50"))),
        ("sold < DATE '2025-01-15'", LessThan("sold", date(2025, 1, 15))),
        (
            "moment >= TIMESTAMPTZ '2025-01-15 00:00:00+00'",
            GreaterThanOrEqual("moment", datetime(2025, 1, 15, tzinfo=UTC)),
        ),
        ("ok", EqualTo("ok", True)),
        ("NOT ok", EqualTo("ok", False)),
        ("name IS NULL", IsNull("name")),
        ("share < 0.5", LessThan("share", Decimal("0.5"))),
        ("day = 1 AND name = 'x'", And(EqualTo("day", 1), EqualTo("name", "x"))),
    ],
)
def test_a_condition_reaches_the_scan(lake: duckdb.DuckDBPyConnection, condition: str, expected: Any) -> None:
    assert found(lake, f"SELECT count(price) FROM scan_0 WHERE {condition}") == {"scan_0": expected}


@pytest.mark.parametrize(
    "condition", ["upper(name) = 'X'", "day % 2 = 1", "name <> 'x'", "day = 1 OR upper(name) = 'X'"]
)
def test_what_says_nothing_about_files_keeps_them_all(lake: duckdb.DuckDBPyConnection, condition: str) -> None:
    assert found(lake, f"SELECT count(price) FROM scan_0 WHERE {condition}") == {}


def test_each_table_has_its_own(lake: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT * FROM scan_0 a LEFT JOIN scan_1 b ON a.name = b.name AND b.day = 1 WHERE a.sold = DATE '2025-01-15'"
    assert found(lake, sql) == {"scan_0": EqualTo("sold", date(2025, 1, 15)), "scan_1": EqualTo("day", 1)}


def test_two_scans_of_one_table_keep_what_either_needs(lake: duckdb.DuckDBPyConnection) -> None:
    sql = "WITH t AS NOT MATERIALIZED (SELECT * FROM scan_0) SELECT price FROM t WHERE day = 1 UNION ALL "
    assert found(lake, f"{sql} SELECT price FROM t WHERE day = 2") == {
        "scan_0": Or(EqualTo("day", 1), EqualTo("day", 2))
    }
    assert found(lake, f"{sql} SELECT price FROM t") == {}


def plan(*filters: str, projections: Any = "scan_0_0") -> str:
    details = {"Function": "READ_PARQUET", "Projections": projections, "Filters": list(filters)}
    return json.dumps(
        [{"name": "X", "extra_info": {}, "children": [{"name": "READ", "extra_info": details, "children": []}]}]
    )


@pytest.mark.parametrize("text", ["", "((", "Dynamic Filter (scan_0_0)", "scan_0_0 = scan_0_1", "scan_0_0 = 'x'::BLOB"])
def test_what_cannot_be_read_keeps_all_files(text: str) -> None:
    assert predicates(plan(text), _NAMES) == {}


def test_what_cannot_be_read_does_not_spoil_the_rest() -> None:
    assert predicates(plan("((", "(scan_0_0 = 1)"), _NAMES) == {"scan_0": EqualTo("day", 1)}


def test_conditions_that_duckdb_may_skip_hold_all_the_same() -> None:
    assert predicates(plan("optional: (scan_0_0 IN (1, 2))"), _NAMES) == {"scan_0": In("day", [1, 2])}
