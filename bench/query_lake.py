"""A lake in a folder, as the local Athena's engine sees one: Iceberg tables by the contracts, and the sales as CSV.

The engine, its planning and its count of bytes are those of the local AWS; left out are HTTP and clients that poll.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from commerce_lake import contract as contracts
from commerce_lake_local.athena.catalog import Catalog, TableName
from commerce_lake_local.athena.engine import EngineSettings, QueryEngine
from moto import mock_aws
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform

from .data import HOME
from .iceberg_schema import iceberg_schema
from .query_data import CSV_COLUMNS, DAYS, FIRST_DAY, UNMASKED, selects

DATABASE = "curated"
CSV_FLAT, CSV_DAYS = "sales_csv", "sales_csv_by_day"
"""The sales as their source sends them: a file a month without partitions, and a file a day with."""

DAYS_A_COMMIT = 31
_VERSION = 3


class FolderObjects:
    """The few calls of S3 that the engine makes, on files: a bucket is the root, a key a path."""

    def get_object(self, Bucket: str, Key: str, Range: str = "") -> dict[str, Any]:  # noqa: N803 (S3's names)
        """Some bytes of a file."""
        with Path("/", Bucket, Key).open("rb") as file:
            if not Range:
                return {"Body": io.BytesIO(file.read())}
            start, end = (int(end) for end in Range.removeprefix("bytes=").split("-"))
            file.seek(start)
            return {"Body": io.BytesIO(file.read(end - start + 1))}

    def get_paginator(self, _: str) -> FolderObjects:
        """Listings have one page."""
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803 (S3's names)
        """The files below a folder."""
        folder = Path("/", Bucket, Prefix)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [{"Contents": [{"Key": str(path)[1:], "Size": path.stat().st_size} for path in files]}]


class FolderCatalog(Catalog):
    """Tables of the lake in a folder."""

    def __init__(self, lake: Lake) -> None:
        """Of a lake."""
        super().__init__(None, FolderObjects(), {})
        self._lake = lake

    def table(self, name: TableName, node: Any = None) -> dict[str, Any]:
        """A table as Glue would have it."""
        if name.table in (CSV_FLAT, CSV_DAYS):
            keys = [{"Name": "date", "Type": "string"}] if name.table == CSV_DAYS else []
            columns = [{"Name": column, "Type": kind} for column, kind in CSV_COLUMNS.items()]
            return {
                "Parameters": {"skip.header.line.count": "1"},
                "PartitionKeys": keys,
                "StorageDescriptor": {
                    "Columns": columns,
                    "Location": f"file://{self._lake.folder / name.table}/",
                    "SerdeInfo": {
                        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                        "Parameters": {"field.delim": ","},
                    },
                },
            }
        return {"Parameters": {"table_type": "ICEBERG", "metadata_location": self._lake.metadata[name.table]}}

    def partitions(self, name: TableName) -> Iterator[dict[str, Any]]:
        """A folder a day."""
        for folder in sorted((self._lake.folder / name.table).iterdir()):
            yield {
                "Values": [folder.name.removeprefix("date=")],
                "StorageDescriptor": {"Location": f"file://{folder}/"},
            }


class Lake:
    """Curated tables of a year of sales, made once for each number of rows."""

    def __init__(self, rows: int, say: Callable[[str], None]) -> None:
        """Finds the lake, or makes it.

        Args:
            rows: Sales; the rest is in proportion.
            say: Takes what is going on.
        """
        self.rows = rows
        self.folder = HOME / "queries" / f"{rows}-v{_VERSION}"
        self.folder.mkdir(parents=True, exist_ok=True)
        done = self.folder / "tables.json"
        self.metadata: dict[str, str] = json.loads(done.read_text()) if done.exists() else {}
        for name in self._generate(say):
            say(f"{name} is there")
            done.write_text(json.dumps(self.metadata))

    def engine(self, threads: int, memory: str) -> QueryEngine:
        """The local Athena's engine on it."""
        settings = EngineSettings(memory, threads, self.folder / "spill")
        return QueryEngine(FolderCatalog(self), FolderObjects(), settings)

    def bytes_of(self, table: str) -> int:
        """Bytes of a table's data files."""
        folder = self.folder / (table if table in (CSV_FLAT, CSV_DAYS) else f"{DATABASE}/{table}/data")
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def _generate(self, say: Callable[[str], None]) -> Iterator[str]:
        """Makes what is not there yet, table by table: a call that was cut short costs one."""
        access = {"region": "us-east-1", "access-key-id": "bench", "secret-access-key": "bench"}
        with mock_aws(), duckdb.connect() as connection:
            # The catalog lives as long as the tables are written: after that their metadata says all.
            catalog = GlueCatalog("bench", **{f"glue.{name}": value for name, value in access.items()})
            catalog.create_namespace(DATABASE)
            connection.execute("SET TimeZone = 'UTC'")
            for name, select in selects(self.rows).items():
                if name in self.metadata:
                    continue
                say(f"writing {name}")
                shutil.rmtree(self.folder / DATABASE / name, ignore_errors=True)
                table = self._create(catalog, name)
                # Whole months, so that a day's rows are one file.
                for first in range(0, DAYS, DAYS_A_COMMIT) if "{days}" in select else [0]:
                    days = f"{first} AND {min(first + DAYS_A_COMMIT, DAYS) - 1}"
                    rows = connection.sql(select.replace("{days}", days)).to_arrow_table()
                    table.append(_fitting(rows, table))
                self.metadata[name] = table.metadata_location
                yield name
            for name, length in ((CSV_FLAT, DAYS_A_COMMIT), (CSV_DAYS, 1)):
                if (self.folder / name).exists():
                    continue
                say(f"writing {name}")
                unfinished = self.folder / f"{name}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                self._write_csv(connection, unfinished, length)
                unfinished.rename(self.folder / name)
                yield name

    def _create(self, catalog: GlueCatalog, name: str) -> Table:
        contract = contracts.curated(name)
        schema = iceberg_schema((column.name, column.type) for column in contract.columns)
        spec = PartitionSpec(
            *(
                PartitionField(schema.find_field(column).field_id, 1000 + place, IdentityTransform(), column)
                for place, column in enumerate(contract.partition_by)
            )
        )
        location = f"file://{self.folder}/{DATABASE}/{name}"
        properties = {"write.parquet.compression-codec": "snappy"}
        return catalog.create_table((DATABASE, name), schema, location, spec, properties=properties)

    def _write_csv(self, connection: duckdb.DuckDBPyConnection, target: Path, length: int) -> None:
        """The sales as CSV, so many days a file; one a day in a folder of its own."""
        select = selects(self.rows)["transactions"]
        columns = ", ".join(f"{UNMASKED.get(name, name)} AS {name}" for name in CSV_COLUMNS)
        for first in range(0, DAYS, length):
            [(day,)] = connection.execute(f"SELECT strftime({FIRST_DAY} + {first}, '%Y-%m-%d')").fetchall()
            folder = target / (f"date={day}" if length == 1 else "")
            folder.mkdir(parents=True, exist_ok=True)
            rows = select.replace("{days}", f"{first} AND {min(first + length, DAYS) - 1}")
            connection.execute(
                f"COPY (SELECT {columns} FROM ({rows})) TO '{folder}/sales-{day}.csv' (FORMAT csv, HEADER true)"
            )


def _fitting(rows: pa.Table, table: Table) -> pa.Table:
    schema = table.schema().as_arrow()
    return rows.select(schema.names).cast(schema)
