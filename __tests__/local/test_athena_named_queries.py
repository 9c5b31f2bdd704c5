"""Every query of `queries/`, through Athena's API on Iceberg tables, against what DuckDB says by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from bench.iceberg_schema import iceberg_schema

from .athena_lake import AthenaLake, rows_of
from .conftest import LocalAws
from .test_named_queries import CURATED, HISTORY, LEFT, QUERIES, TABLES, ask
from .test_named_queries import lake as duckdb_lake  # noqa: F401 (a fixture)

# As contracts spell types, and Hive does.
_SPELLED = {"varchar": "string"}
_PERIOD = ["2025-01-01", "2025-01-08"]
_PARAMETERS: dict[str, list[Any]] = {
    "batch_kpis": ["2025-01-02"],
    "conversion_funnel": _PERIOD,
    "customer_lifetime_value": [5],
    "customer_segments": [],
    "daily_kpis": _PERIOD,
    "data_quality_history": _PERIOD,
    "inventory_at_risk": [14],
    "pipeline_history": _PERIOD,
    "pipeline_run_history": _PERIOD,
    "revenue_trend": _PERIOD,
    "review_summary": [*_PERIOD, 1],
    "sales_mix": _PERIOD,
    "top_products": [*_PERIOD, 2],
    "top_products_by_category": [*_PERIOD, 2],
}


@pytest.fixture(scope="module")
def lake(aws: LocalAws) -> Iterator[AthenaLake]:
    lake = AthenaLake(aws)
    for name, columns in TABLES.items():
        schema = iceberg_schema((column, _SPELLED.get(kind, kind)) for column, kind in columns.items())
        table = lake.create(name, schema, by=("year", "month", "day") if "day" in columns else ())
        if rows := CURATED.get(name):
            table.append(rows_of(table, [{column: in_utc(value) for column, value in row.items()} for row in rows]))
    for name, columns in HISTORY.items():
        define_history(lake, name, columns)
        for number, row in enumerate(LEFT.get(name, [])):
            line = {column: value for column, value in row.items() if column != "batch_date"}
            key = f"curated/{name}/batch_date={row['batch_date']}/{number}.json"
            lake.put(key, f"{json.dumps(line, default=str)}\n".encode())
    yield lake


def define_history(lake: AthenaLake, name: str, columns: dict[str, str]) -> None:
    """As modules/query/history-table.ts defines it."""
    settings = {"type": "date", "format": "yyyy-MM-dd", "range": "2020-01-01,NOW+1DAYS"}
    projection = {f"projection.batch_date.{key}": value for key, value in settings.items()}
    lake.glue.create_table(
        DatabaseName=lake.database,
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"projection.enabled": "true", **projection},
            "PartitionKeys": [{"Name": "batch_date", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": _SPELLED.get(kind, kind)} for column, kind in columns.items()],
                "Location": f"s3://{lake.bucket}/curated/{name}/",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
            },
        },
    )


def in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_gives_what_duckdb_gives(lake: AthenaLake, duckdb_lake: duckdb.DuckDBPyConnection, name: str) -> None:  # noqa: F811
    parameters = _PARAMETERS[name]
    literals = [f"'{one}'" if isinstance(one, str) else str(one) for one in parameters]
    # Athena refuses an empty list.
    answer = lake.ask(QUERIES[name], **({"ExecutionParameters": literals} if literals else {}))
    expected = ask(duckdb_lake, name, *parameters)
    assert expected
    assert answer.names == list(expected[0])
    assert [
        [read(cell, one) for cell, one in zip(row, wanted.values(), strict=True)]
        for row, wanted in zip(answer.rows, expected, strict=True)
    ] == [[pytest.approx(value) if isinstance(value, float) else value for value in row.values()] for row in expected]


def read(text: str | None, like: Any) -> Any:
    """The value of a cell, read as what it is compared with."""
    if text is None or like is None:
        return text
    match like:
        case bool():
            return text == "true"
        case datetime():
            return datetime.fromisoformat(text.removesuffix(" UTC"))
        case date():
            return date.fromisoformat(text)
        case int():
            return int(text)
        case float():
            return float(text)
        case Decimal():
            return Decimal(text)
        case _:
            return text


# Of queries that choose partitions: parameters for one day, and for all.
_DAY, _ALWAYS = ["'2025-01-08'", "'2025-01-08'"], ["'2024-01-01'", "'2025-12-31'"]
_PRUNED: dict[str, list[str]] = {
    "conversion_funnel": [],
    "daily_kpis": [],
    "data_quality_history": [],
    "pipeline_run_history": [],
    "revenue_trend": [],
    "review_summary": ["1"],
    "sales_mix": [],
    "top_products": ["5"],
    "top_products_by_category": ["5"],
}


@pytest.mark.parametrize("name", sorted(_PRUNED))
def test_a_day_of_a_period_is_read_alone(lake: AthenaLake, name: str) -> None:
    more = _PRUNED[name]
    day, always = (lake.ask(QUERIES[name], ExecutionParameters=[*days, *more]) for days in (_DAY, _ALWAYS))
    assert day.scanned < always.scanned
    # What is read does not depend on the days that are not asked for: of days that hold nothing, nothing is read.
    nothing = lake.ask(QUERIES[name], ExecutionParameters=["'2030-01-01'", "'2030-01-01'", *more])
    assert nothing.scanned == 0


def test_every_query_says_which_partitions_it_reads() -> None:
    said = {
        name: line.partition(":")[2].split()[0].strip(",")
        for name, sql in QUERIES.items()
        for line in sql.splitlines()
        if line.startswith("-- Partitions:")
    }
    assert said.keys() == QUERIES.keys()
    assert {name for name, first in said.items() if first != "none"} - _PRUNED.keys() == set()
