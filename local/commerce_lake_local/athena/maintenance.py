"""OPTIMIZE and VACUUM of Iceberg tables, by pyiceberg.

See https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, _dataframe_to_data_files
from pyiceberg.manifest import DataFile, ManifestEntryStatus, ManifestFile
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.typedef import Record

from .errors import QueryError

_MEGABYTE = 1024 * 1024
_DAY_SECONDS = 86_400
_KEYS_PER_DELETE = 1000


@dataclass(frozen=True)
class Thresholds:
    """When a table is worth rewriting, and what may expire: Athena's table properties, with its defaults.

    See https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
    """

    small_bytes: int
    least_files: int
    least_deletes: int
    oldest_seconds: int
    least_snapshots: int

    @classmethod
    def of(cls, table: Table) -> Thresholds:
        """Read a table's properties."""

        def number(name: str, default: int) -> int:
            return int(table.properties.get(name, default))

        target = number("write.target-file-size-bytes", 512 * _MEGABYTE)
        return cls(
            small_bytes=number("optimize_rewrite_min_data_file_size_bytes", target * 3 // 4),
            least_files=number("optimize_rewrite_data_file_threshold", 5),
            least_deletes=number("optimize_rewrite_delete_file_threshold", 2),
            oldest_seconds=number("vacuum_max_snapshot_age_seconds", 5 * _DAY_SECONDS),
            least_snapshots=number("vacuum_min_snapshots_to_keep", 1),
        )


def optimize(table: Table) -> int:
    """Rewrite small files, and files with deleted rows, partition by partition, into one each.

    Iceberg calls such a snapshot `replace`. pyiceberg writes none, so that it is an `overwrite` here, of the same rows.

    Returns:
        The number of files that were rewritten.

    Raises:
        QueryError: The table was changed meanwhile.
    """
    thresholds = Thresholds.of(table)
    groups: dict[tuple[int, Record], list[FileScanTask]] = defaultdict(list)
    for task in table.scan().plan_files():
        if task.file.file_size_in_bytes < thresholds.small_bytes or len(task.delete_files) >= thresholds.least_deletes:
            groups[(task.file.spec_id, task.file.partition)].append(task)
    worth = [tasks for tasks in groups.values() if len(tasks) > 1 or tasks[0].delete_files]
    rewritten = [task for tasks in worth for task in tasks]
    if len(rewritten) < thresholds.least_files and not any(task.delete_files for task in rewritten):
        return 0
    with _explained(), table.transaction() as transaction, transaction.update_snapshot().overwrite() as update:
        for tasks in worth:
            rows = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(tasks)
            for task in tasks:
                update.delete_data_file(task.file)
            for file in _dataframe_to_data_files(table.metadata, rows, table.io):
                update.append_data_file(file)
    return len(rewritten)


def vacuum(table: Table, s3: Any) -> tuple[int, int]:
    """Expire old snapshots, and delete the files that no snapshot refers to any more.

    What a branch or tag needs stays: its newest snapshots as Athena's properties say, its head in any case.

    Returns:
        How many snapshots expired, and how many files were deleted.
    """
    thresholds = Thresholds.of(table)
    oldest = time.time() - thresholds.oldest_seconds
    kept = _kept_snapshots(table, thresholds.least_snapshots)
    expired = [one for one in table.snapshots() if one.snapshot_id not in kept and one.timestamp_ms < oldest * 1000]
    if expired:
        with _explained():
            table.maintenance.expire_snapshots().by_ids([one.snapshot_id for one in expired]).commit()
        table.refresh()
    gone = _orphans(table, s3, oldest)
    _delete(s3, gone)
    return len(expired), len(gone)


def _kept_snapshots(table: Table, count: int) -> set[int]:
    """The newest snapshots of each branch, and what tags name."""
    kept: set[int] = set()
    for ref in table.refs().values():
        snapshot = table.snapshot_by_id(ref.snapshot_id)
        for _ in range(1 if ref.snapshot_ref_type == SnapshotRefType.TAG else count):
            if snapshot is None:
                break
            kept.add(snapshot.snapshot_id)
            parent = snapshot.parent_snapshot_id
            snapshot = table.snapshot_by_id(parent) if parent is not None else None
    return kept


def _files(table: Table, snapshots: Iterable[Snapshot]) -> set[str]:
    """Everything that snapshots consist of: lists of manifests, manifests, data and delete files."""
    found: set[str] = set()
    manifests: dict[str, ManifestFile] = {}
    for snapshot in snapshots:
        found.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    for path, manifest in manifests.items():
        found.add(path)
        entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
        live: list[DataFile] = [entry.data_file for entry in entries if entry.status != ManifestEntryStatus.DELETED]
        found |= {file.file_path for file in live}
    return found


def _orphans(table: Table, s3: Any, oldest: float) -> set[str]:
    """Old files below the table that are in no snapshot: of expired ones, or of a write that failed.

    Young ones may be of a write that is not over.
    """
    bucket, _, prefix = table.location().partition("://")[2].partition("/")
    known = {_key(path) for path in _files(table, table.snapshots())} | {
        _key(entry.metadata_file) for entry in table.metadata.metadata_log
    }
    known.add(_key(table.metadata_location))
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix.rstrip('/')}/")
    return {
        f"s3://{bucket}/{item['Key']}"
        for page in pages
        for item in page.get("Contents", [])
        if f"{bucket}/{item['Key']}" not in known and item["LastModified"].timestamp() < oldest
    }


def _delete(s3: Any, paths: set[str]) -> None:
    by_bucket: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        bucket, _, key = _key(path).partition("/")
        by_bucket[bucket].append(key)
    for bucket, keys in by_bucket.items():
        for start in range(0, len(keys), _KEYS_PER_DELETE):
            objects = [{"Key": key} for key in keys[start : start + _KEYS_PER_DELETE]]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


def _key(path: str) -> str:
    """`BUCKET/KEY`, whatever scheme a file was written with."""
    return path.partition("://")[2]


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except CommitFailedException as error:
        raise QueryError("ICEBERG_COMMIT_ERROR", f"The table was changed meanwhile; try again. {error}") from error
