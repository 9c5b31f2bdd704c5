"""Answers the data quality corpus over standard input and output, a JSON object a line.

`{"load": {...}}` reads files as an ETL job does (the jobs' own parsing and judging, one row a key, derived columns),
puts their rows in the place of what their date had in a table of DuckDB, and says what became of their records;
`{"query": sql}` answers Athena's SQL. Left out are Spark, which moves rows and does not change them, and Iceberg: there
is one version of each table.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import commerce_lake
import duckdb
import numpy as np
import pyarrow as pa
from commerce_lake import contract as contracts
from commerce_lake.contract import Column, Contract
from commerce_lake.judge import BROKEN, Judge, reasons
from commerce_lake.manifest import Manifest
from commerce_lake.records import Place, read_records
from commerce_lake.storage import lake

from .athena_sql import connect, in_duckdb, rows_as_text

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_VERSION = re.compile(r" FOR VERSION AS OF \d+")

CATEGORIES = Path(commerce_lake.__file__).parent / "reference" / "categories.csv"

_DERIVED = {
    "transaction_hour": "hour({event_time})",
    "hour": "hour({event_time})",
    "day_of_week": "dayofweek({event_time}) + 1",
    "is_weekend": "dayofweek({event_time}) IN (0, 6)",
    "stock_value": "price * stock",
    "is_out_of_stock": "stock = 0",
    "department": "department",
    "margin_band": "margin_band",
    "year": "year({event_time})",
    "month": "month({event_time})",
    "day": "day({event_time})",
}
"""How DuckDB derives what the jobs derive: the checks look at these columns too, but the defects are never in them."""


def load(connection: duckdb.DuckDBPyConnection, dataset: str, root: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Puts the rows of a manifest's files into the dataset's table, in the place of those of their date."""
    contract = contracts.dataset(dataset)
    judge = Judge(contract, datetime.fromisoformat(manifest["processingTime"]))
    storage = lake(f"file:{root}")
    files = Manifest.parse(json.dumps(manifest).encode(), "the corpus").datasets[dataset]
    batches = [
        judge(records)
        for number, file in enumerate(files)
        for records in read_records(storage, contract, file, Place(number), 0, None)
    ]
    judged = pa.Table.from_batches(batches, judge.schema)
    flags = judged.column(BROKEN).to_numpy()
    broken: Counter[str] = Counter()
    for flag, count in zip(*np.unique(flags[flags != 0], return_counts=True), strict=True):
        broken.update(dict.fromkeys(reasons(int(flag), judge.names), int(count)))
    connection.register("judged", judged)
    select, of_date = _transform(contract, manifest), f"source_date = DATE '{manifest['date']}'"
    connection.execute(f"CREATE TABLE IF NOT EXISTS processed.{dataset} AS {select} LIMIT 0")
    connection.execute(f"DELETE FROM processed.{dataset} WHERE {of_date}")
    connection.execute(f"INSERT INTO processed.{dataset} {select}")
    connection.unregister("judged")
    [(out,)] = connection.execute(f"SELECT count(*) FROM processed.{dataset} WHERE {of_date}").fetchall()
    quarantined = int(np.count_nonzero(flags))
    computed = [column.name for column in contract.columns if column["x-computed"]]
    repaired = [int(np.count_nonzero(judged.column(f"_computed_{name}").to_numpy()[flags == 0])) for name in computed]
    duplicates = len(flags) - quarantined - out
    return {
        "rows": {"in": len(flags), "out": out, "quarantined": quarantined, "duplicates": duplicates},
        "reasons": broken,
        "computed": dict(zip(computed, repaired, strict=True)),
    }


def _transform(contract: Contract, manifest: Mapping[str, Any]) -> str:
    """The rows of the processed table: of good records one a key, the newest, then the last in file order."""
    newest = ([f'"{contract.event_time}" DESC'] if contract.event_time else []) + ["_file DESC", "_record DESC"]
    key = ", ".join(f'"{name}"' for name in contract.key)
    joined = f"LEFT JOIN read_csv('{CATEGORIES}', header = true, all_varchar = true) USING (category)"
    columns = ", ".join(f'{_value(column, contract, manifest)} AS "{column.name}"' for column in contract.processed)
    return (
        f"SELECT {columns} FROM judged {joined if contract.name == 'products' else ''} WHERE {BROKEN} = 0 "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {', '.join(newest)}) = 1"
    )


def _value(column: Column, contract: Contract, manifest: Mapping[str, Any]) -> str:
    of_run = {
        "source_date": f"DATE '{manifest['date']}'",
        "processing_timestamp": f"TIMESTAMPTZ '{manifest['processingTime']}'",
        "processing_date": f"CAST(TIMESTAMPTZ '{manifest['processingTime']}' AS DATE)",
    }
    if any(column.name == own.name for own in contract.columns):
        return f'"{column.name}"'
    if column.name in of_run:
        return of_run[column.name]
    if bands := column["x-bands"]:
        levels = sorted(
            ((bound, name) for name, bound in bands.items() if name not in ("of", "otherwise")), reverse=True
        )
        whens = " ".join(f"WHEN {bands['of']} >= {bound} THEN '{name}'" for bound, name in levels)
        return f"CASE {whens} ELSE '{bands['otherwise']}' END"
    if threshold := column["x-threshold"]:
        return f"{threshold['of']} > 0 AND {threshold['of']} <= {threshold['atMost']}"
    return _DERIVED[column.name].format(event_time=f'"{contract.event_time}"')


def _translated(sql: str) -> str:
    """DuckDB's words for Athena's: questions that differ in their dates and versions alone are translated once."""
    sql = _VERSION.sub("", sql)
    dates = list(dict.fromkeys(_DATE.findall(sql)))
    stand_ins = [f"{9000 + number}-01-01" for number in range(len(dates))]
    found = dict(zip(dates, stand_ins, strict=True))
    text = in_duckdb(_DATE.sub(lambda match: found[match[0]], sql))
    back = dict(zip(stand_ins, dates, strict=True))
    return _DATE.sub(lambda match: back.get(match[0], match[0]), text)


def main() -> None:
    """Answers until standard input ends."""
    connection = connect()
    for line in sys.stdin:
        asked = json.loads(line)
        answer = (
            load(connection, **asked["load"])
            if "load" in asked
            else rows_as_text(connection, _translated(asked["query"]))
        )
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
