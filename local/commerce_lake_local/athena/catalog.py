"""The Glue catalog as Athena sees it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import Table
from sqlglot import exp

from .errors import NotSupportedError, QueryError
from .iceberg import (
    IcebergRelation,
    Register,
    load_table,
    metadata_relation,
    snapshot_as_of,
    snapshot_by_id,
)
from .projection import is_projected, projected_partitions
from .relations import Relation
from .text_tables import TextRelation

CATALOG = "awsdatacatalog"
_VIEW_PREFIX, _VIEW_SUFFIX = "/* Presto View: ", " */"


@dataclass(frozen=True)
class TableName:
    """A table's full name, in lower case; `view` is what stands behind its `$`."""

    database: str
    table: str
    view: str = ""

    def __str__(self) -> str:
        return f"{CATALOG}.{self.database}.{self.table}" + (f"${self.view}" if self.view else "")


@dataclass(frozen=True)
class View:
    """A view: its query, and the database in which its names are looked up."""

    sql: str
    database: str


class Catalog:
    """Looks tables up for one query."""

    def __init__(self, glue: Any, s3: Any, io_properties: Mapping[str, str]) -> None:
        self._glue = glue
        self._s3 = s3
        self._io_properties = tuple(sorted(io_properties.items()))

    def name_of(self, node: exp.Table, database: str | None) -> TableName:
        """The full name of a table in a query.

        Raises:
            QueryError: There is no such catalog, or no database to look in.
        """
        if node.catalog and node.catalog.lower() != CATALOG:
            raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' does not exist", node)
        schema = node.db or database
        if not schema:
            raise QueryError("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set", node)
        if schema.lower() == "information_schema":
            raise NotSupportedError("information_schema; use SHOW TABLES, SHOW COLUMNS or the Glue API", node)
        table, _, view = node.name.lower().partition("$")
        return TableName(schema.lower(), table, view)

    def table(self, name: TableName, node: exp.Expr | None = None) -> dict[str, Any]:
        """A table as Glue has it.

        Raises:
            QueryError: It is not there.
        """
        try:
            found: dict[str, Any] = self._glue.get_table(DatabaseName=name.database, Name=name.table)["Table"]
        except self._glue.exceptions.EntityNotFoundException as error:
            if not self.has_database(name.database):
                raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name.database}' does not exist", node) from error
            raise QueryError("TABLE_NOT_FOUND", f"Table '{name}' does not exist", node) from error
        return found

    def has_database(self, name: str) -> bool:
        """Whether there is a database of that name."""
        try:
            self._glue.get_database(Name=name)
        except self._glue.exceptions.EntityNotFoundException:
            return False
        return True

    def resolve(self, node: exp.Table, database: str | None, register: Register) -> Relation | View:
        """What a table in a query stands for.

        Args:
            node: The table, with its `FOR VERSION AS OF` or `FOR TIMESTAMP AS OF`.
            database: For a name without one.
            register: Makes an Arrow table known to DuckDB.
        """
        name = self.name_of(node, database)
        table = self.table(name, node)
        version = node.args.get("version")
        if view := read_view(table):
            return view
        if table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
            return self._iceberg(name, table, version, node, register)
        if version is not None:
            raise QueryError("NOT_SUPPORTED", f"This connector does not support versioned tables: {name}", node)
        if name.view:
            raise QueryError("TABLE_NOT_FOUND", f"Table '{name}' does not exist", node)
        return TextRelation(str(name), table, self._s3, list(self._partitions_of(name, table)))

    def _partitions_of(self, name: TableName, table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if is_projected(table):
            return projected_partitions(str(name), table, self.folders(table["StorageDescriptor"]["Location"]))
        return self.partitions(name) if table.get("PartitionKeys") else iter(())

    def partitions(self, name: TableName) -> Iterator[dict[str, Any]]:
        """The partitions of a Hive table."""
        pages = self._glue.get_paginator("get_partitions").paginate(DatabaseName=name.database, TableName=name.table)
        for page in pages:
            yield from page["Partitions"]

    def iceberg_table(self, name: TableName) -> Table:
        """An Iceberg table, to be changed.

        Raises:
            QueryError: It is none.
        """
        if self.table(name).get("Parameters", {}).get("table_type", "").upper() != "ICEBERG":
            raise QueryError("NOT_SUPPORTED", f"Table '{name}' is no Iceberg table")
        return GlueCatalog("lake", **dict(self._io_properties)).load_table((name.database, name.table))

    def folders(self, location: str) -> list[str]:
        """The folders below a table's location that hold objects, as relative paths."""
        bucket, _, prefix = location.partition("://")[2].partition("/")
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
        keys = (item["Key"][len(folder) :] for page in pages for item in page.get("Contents", []))
        return sorted({key.rpartition("/")[0] for key in keys if "/" in key})

    def _iceberg(
        self,
        name: TableName,
        table: Mapping[str, Any],
        version: exp.Expr | None,
        node: exp.Table,
        register: Register,
    ) -> Relation:
        loaded = load_table(table["Parameters"]["metadata_location"], self._io_properties)
        if name.view:
            found = metadata_relation(loaded, name.view, register)
            if found is None:
                raise QueryError("TABLE_NOT_FOUND", f"Table '{name}' does not exist", node)
            return found
        if version is None:
            return IcebergRelation(str(name), loaded, loaded.current_snapshot(), register, pinned=False)
        value = version.args["expression"]
        if version.name.upper() == "TIMESTAMP":
            snapshot = snapshot_as_of(loaded, _instant(value))
        else:
            snapshot = snapshot_by_id(loaded, _snapshot_id(value))
        return IcebergRelation(str(name), loaded, snapshot, register, pinned=True)


def _snapshot_id(node: exp.Expr) -> int:
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name)
    raise NotSupportedError("FOR VERSION AS OF anything but a snapshot's number", node)


def _instant(node: exp.Expr) -> datetime:
    literal = node.this if isinstance(node, exp.Cast) else node
    if isinstance(node, exp.Cast) and isinstance(literal, exp.Literal) and literal.is_string:
        text = literal.name.removesuffix(" UTC")
        try:
            instant = datetime.fromisoformat(text)
        except ValueError as error:
            raise NotSupportedError(f"the timestamp '{literal.name}'; write it in UTC", node) from error
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    raise NotSupportedError(
        "FOR TIMESTAMP AS OF anything but a literal such as TIMESTAMP '2025-01-15 00:00:00 UTC'", node
    )


def read_view(table: Mapping[str, Any]) -> View | None:
    """The view that a table of the catalog is, or None."""
    text = table.get("ViewOriginalText") or ""
    if table.get("TableType") != "VIRTUAL_VIEW" or not text.startswith(_VIEW_PREFIX):
        return None
    definition = json.loads(base64.b64decode(text.removeprefix(_VIEW_PREFIX).removesuffix(_VIEW_SUFFIX)))
    return View(definition["originalSql"], definition.get("schema") or table["DatabaseName"])


def view_input(name: TableName, schema: str, sql: str, columns: list[tuple[str, str, str]]) -> dict[str, Any]:
    """A view as Athena writes it to the catalog.

    Args:
        name: The view's name.
        schema: The database in which the query's names are looked up.
        sql: Its query.
        columns: Name, type as Trino has it, type as Hive has it.
    """
    definition = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": schema,
        "columns": [{"name": column, "type": trino} for column, trino, _ in columns],
    }
    encoded = base64.b64encode(json.dumps(definition).encode()).decode()
    return {
        "Name": name.table,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"comment": "Presto View", "presto_view": "true"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": hive} for column, _, hive in columns],
            "Location": "",
            "Compressed": False,
            "NumberOfBuckets": 0,
            "SerdeInfo": {},
            "SortColumns": [],
            "StoredAsSubDirectories": False,
        },
        "ViewOriginalText": f"{_VIEW_PREFIX}{encoded}{_VIEW_SUFFIX}",
        "ViewExpandedText": "/* Presto View */",
    }
