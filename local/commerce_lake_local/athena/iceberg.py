"""Iceberg tables: pyiceberg plans which files hold a snapshot's rows, DuckDB reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, StaticTable, Table
from pyiceberg.table.snapshots import Snapshot

from .errors import NotSupportedError, QueryError
from .relations import Relation, Scan, empty_scan, literal, quote
from .types import Column, from_iceberg

_TIMESTAMP_DIGITS = 6
# Athena reads no newer format.
# https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg.html
_NEWEST_FORMAT = 2

Register = Callable[[str, Any], None]


@lru_cache(maxsize=64)
def load_table(metadata_location: str, properties: tuple[tuple[str, str], ...]) -> Table:
    """Read a table's metadata, which never changes at its place.

    Raises:
        QueryError: There is none, or Athena cannot read its format.
    """
    try:
        table = StaticTable.from_metadata(metadata_location, dict(properties))
    except FileNotFoundError as error:
        raise QueryError(
            "ICEBERG_INVALID_METADATA", f"Metadata not found in metadata location {metadata_location}"
        ) from error
    if table.metadata.format_version > _NEWEST_FORMAT:
        raise QueryError(
            "NOT_SUPPORTED",
            f"Iceberg table version {table.metadata.format_version} is not supported: {metadata_location}",
        )
    return table


class IcebergRelation(Relation):
    """A snapshot of an Iceberg table."""

    def __init__(self, name: str, table: Table, snapshot: Snapshot | None, register: Register, *, pinned: bool) -> None:
        self._name = name
        self._table = table
        self._snapshot = snapshot
        self._register = register
        self._schema = _schema_of(table, snapshot) if pinned else table.schema()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the snapshot's schema."""
        return tuple(
            Column(one.name.lower(), from_iceberg(one.field_type), _TIMESTAMP_DIGITS) for one in self._schema.fields
        )

    def scan(self, prefix: str, predicate: BooleanExpression | None = None) -> Scan:
        """Read the files that may hold rows for which the predicate is true."""
        tasks = self._plan(predicate)
        if not tasks:
            return empty_scan(self.columns)
        paths = {task.file.file_path: _local_path(task.file.file_path) for task in tasks}
        sizes = {path.removeprefix("lake://"): 0 for path in paths.values()}
        for task in tasks:
            if task.file.file_format != FileFormat.PARQUET:
                raise NotSupportedError(f"Iceberg data files of the format {task.file.file_format} ({self._name})")
            sizes[paths[task.file.file_path].removeprefix("lake://")] = task.file.file_size_in_bytes
        names = [f"{prefix}_{place}" for place in range(len(self.columns))]
        fields = ", ".join(
            f"{one.field_id}: {{name: '{name}', type: {literal(column.type)}, default_value: NULL}}"
            for one, column, name in zip(self._schema.fields, self.columns, names, strict=True)
        )
        files = ", ".join(literal(path) for path in paths.values())
        source = f"read_parquet([{files}], schema = MAP {{{fields}}}, hive_partitioning = false"
        outputs = ", ".join(f"{name} AS {quote(column.name)}" for name, column in zip(names, self.columns, strict=True))
        deletes = self._position_deletes(tasks)
        if deletes is None:
            return Scan(f"SELECT {outputs} FROM {source})", sizes)
        deleted = f"{prefix}_deletes"
        self._register(deleted, deletes)
        return Scan(
            f"SELECT {outputs} FROM {source}, filename = true, file_row_number = true) AS file "
            f"ANTI JOIN {deleted} ON {deleted}.file_path = file.filename AND {deleted}.pos = file.file_row_number",
            sizes,
        )

    def _plan(self, predicate: BooleanExpression | None) -> list[FileScanTask]:
        if self._snapshot is None:
            return []
        try:
            row_filter = AlwaysTrue() if predicate is None else predicate
            found = self._table.scan(
                row_filter=row_filter, snapshot_id=self._snapshot.snapshot_id, case_sensitive=False
            )
            return sorted(found.plan_files(), key=lambda task: str(task.file.file_path))
        except NotImplementedError as error:
            raise NotSupportedError(f"equality deletes ({self._name}: {error})") from error
        except (TypeError, ValueError):
            if predicate is None:
                raise
            # A predicate that pyiceberg cannot bind to a column's type only fails to leave files out.
            return self._plan(None)

    def _position_deletes(self, tasks: list[FileScanTask]) -> pa.Table | None:
        """Deleted rows of the planned files, as `file_path` and `pos`."""
        files: dict[str, DataFile] = {one.file_path: one for task in tasks for one in task.delete_files}
        if not files:
            return None
        tables = []
        for one in files.values():
            with self._table.io.new_input(one.file_path).open() as stream:
                tables.append(pq.read_table(stream, columns=["file_path", "pos"]))
        deletes = pa.concat_tables(tables)
        paths = pa.array([_local_path(path) for path in deletes["file_path"].to_pylist()], pa.string())
        return pa.table({"file_path": paths, "pos": deletes["pos"]})


class MetadataRelation(Relation):
    """What Athena shows as `"table$snapshots"` and the like."""

    def __init__(self, table: pa.Table, view: str, register: Register) -> None:
        self._table, self._view, self._register = table, view, register

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the metadata table."""
        return tuple(Column(one.name, _from_arrow(one.type)) for one in self._table.schema)

    def scan(self, prefix: str, predicate: BooleanExpression | None = None) -> Scan:
        """Read it from memory."""
        self._register(f"{prefix}_{self._view}", self._table)
        outputs = ", ".join(
            f"CAST({quote(column.name)} AS {column.type}) AS {quote(column.name)}" for column in self.columns
        )
        return Scan(f"SELECT {outputs} FROM {prefix}_{self._view}")


def snapshot_by_id(table: Table, snapshot_id: int) -> Snapshot:
    """The snapshot of `FOR VERSION AS OF`: any that the table still has, on whatever branch."""
    found = table.snapshot_by_id(snapshot_id)
    if found is None:
        raise QueryError("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exist: {snapshot_id}")
    return found


def snapshot_as_of(table: Table, instant: datetime) -> Snapshot:
    """The snapshot of `FOR TIMESTAMP AS OF`: main's at that time."""
    millis = int(instant.timestamp() * 1000)
    past = [entry for entry in table.history() if entry.timestamp_ms <= millis]
    if not past:
        raise QueryError("INVALID_ARGUMENTS", f"No version history table at or before {instant.isoformat()}")
    return snapshot_by_id(table, past[-1].snapshot_id)


def metadata_relation(table: Table, view: str, register: Register) -> Relation | None:
    """A metadata table of an Iceberg table, or None where Athena has none of that name.

    See https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html
    """
    views: Mapping[str, Callable[[], pa.Table]] = {
        "history": lambda: _history(table),
        "snapshots": lambda: _snapshots(table),
        "files": lambda: _files(table),
        "manifests": lambda: table.inspect.manifests(),
        "partitions": lambda: _partitions(table),
        "refs": lambda: _refs(table),
    }
    return MetadataRelation(views[view](), view, register) if view in views else None


_INSTANT = pa.timestamp("ms", tz="UTC")


def _history(table: Table) -> pa.Table:
    ancestors: set[int] = set()
    current = table.current_snapshot()
    while current is not None:
        ancestors.add(current.snapshot_id)
        current = table.snapshot_by_id(current.parent_snapshot_id) if current.parent_snapshot_id else None
    entries = table.history()
    parents = [_parent(table, entry.snapshot_id) for entry in entries]
    return pa.table(
        {
            "made_current_at": pa.array([entry.timestamp_ms for entry in entries], _INSTANT),
            "snapshot_id": pa.array([entry.snapshot_id for entry in entries], pa.int64()),
            "parent_id": pa.array(parents, pa.int64()),
            "is_current_ancestor": pa.array([entry.snapshot_id in ancestors for entry in entries], pa.bool_()),
        }
    )


def _parent(table: Table, snapshot_id: int) -> int | None:
    snapshot = table.snapshot_by_id(snapshot_id)
    return snapshot.parent_snapshot_id if snapshot else None


def _snapshots(table: Table) -> pa.Table:
    snapshots = sorted(table.snapshots(), key=lambda one: one.timestamp_ms)
    text = pa.map_(pa.string(), pa.string())
    return pa.table(
        {
            "committed_at": pa.array([one.timestamp_ms for one in snapshots], _INSTANT),
            "snapshot_id": pa.array([one.snapshot_id for one in snapshots], pa.int64()),
            "parent_id": pa.array([one.parent_snapshot_id for one in snapshots], pa.int64()),
            "operation": pa.array([one.summary.operation.value if one.summary else None for one in snapshots]),
            "manifest_list": pa.array([one.manifest_list for one in snapshots]),
            "summary": pa.array(
                [list(one.summary.additional_properties.items()) if one.summary else None for one in snapshots], text
            ),
        }
    )


def _refs(table: Table) -> pa.Table:
    refs = sorted(table.refs().items())
    return pa.table(
        {
            "name": pa.array([name for name, _ in refs], pa.string()),
            "type": pa.array([str(ref.snapshot_ref_type.value).upper() for _, ref in refs], pa.string()),
            "snapshot_id": pa.array([ref.snapshot_id for _, ref in refs], pa.int64()),
            "max_reference_age_in_ms": pa.array([ref.max_ref_age_ms for _, ref in refs], pa.int64()),
            "min_snapshots_to_keep": pa.array([ref.min_snapshots_to_keep for _, ref in refs], pa.int32()),
            "max_snapshot_age_in_ms": pa.array([ref.max_snapshot_age_ms for _, ref in refs], pa.int64()),
        }
    )


def _files(table: Table) -> pa.Table:
    columns = ["content", "file_path", "file_format", "record_count", "file_size_in_bytes"]
    found = table.inspect.files().select(columns)
    return found


def _partitions(table: Table) -> pa.Table:
    found = table.inspect.partitions()
    wanted = [name for name in ("partition", "record_count", "file_count") if name in found.column_names]
    return found.select(wanted)


def _schema_of(table: Table, snapshot: Snapshot | None) -> Schema:
    if snapshot is not None and snapshot.schema_id is not None:
        for schema in table.schemas().values():
            if schema.schema_id == snapshot.schema_id:
                return schema
    return table.schema()


def _local_path(location: str) -> str:
    return "lake://" + location.partition("://")[2]


def _from_arrow(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{quote(one.name)} {_from_arrow(one.type)}' for one in kind)})"
    if pa.types.is_map(kind):
        return f"MAP({_from_arrow(kind.key_type)}, {_from_arrow(kind.item_type)})"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"{_from_arrow(kind.value_type)}[]"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {
        pa.bool_(): "BOOLEAN",
        pa.int8(): "TINYINT",
        pa.int32(): "INTEGER",
        pa.int64(): "BIGINT",
        pa.float32(): "FLOAT",
        pa.float64(): "DOUBLE",
        pa.date32(): "DATE",
        pa.binary(): "BLOB",
        pa.large_binary(): "BLOB",
    }
    return names.get(kind, "VARCHAR")
