"""Iceberg tables made from contracts, and the branches that a run writes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from .contract import Column
from .datafile import DataFile
from .errors import PublicationError
from .evolution import differences, literal
from .footers import entries
from .livefiles import LiveFile, live_files

CATALOG = "glue_catalog"

DEFAULTS = {
    "format-version": "2",
    "write.format.default": "parquet",
    "write.parquet.compression-codec": "snappy",
    "write.distribution-mode": "hash",
    "write.target-file-size-bytes": str(256 * 1024 * 1024),
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}
"""Properties of a new table."""

MAIN = "main"


@dataclass(frozen=True)
class TableContract:
    """What a table is made from."""

    database: str
    name: str
    description: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...]
    location: str


class Table:
    """An Iceberg table of the lake."""

    def __init__(self, spark: SparkSession, contract: TableContract) -> None:
        """Nothing is created or loaded yet."""
        self._spark = spark
        self._loaded: Any = None
        self.contract = contract
        self.name = f"{CATALOG}.{contract.database}.{contract.name}"

    def ensure(self) -> None:
        """Creates the table from its contract, or evolves it: new columns are added, types widened, comments renewed.

        A column that the contract no longer has stays, and is null in new rows.

        Raises:
            ContractError: A column cannot become what the contract says.
        """
        columns = ", ".join(
            f"`{column.name}` {column.type} COMMENT {literal(column.description)}" for column in self.contract.columns
        )
        partitions = ", ".join(f"`{name}`" for name in self.contract.partition_by)
        properties = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in DEFAULTS.items())
        self._spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}) USING iceberg"
            + (f" PARTITIONED BY ({partitions})" if partitions else "")
            + f" COMMENT {literal(self.contract.description)} LOCATION {literal(self.contract.location)}"
            + f" TBLPROPERTIES ({properties})"
        )
        self._evolve()

    def head(self, branch: str = MAIN) -> int | None:
        """The newest snapshot of a branch; None where there is no branch, or it is empty."""
        reference = self._fresh().refs().get(branch)
        return None if reference is None else int(reference.snapshotId())

    def branches(self) -> dict[str, int]:
        """The newest snapshot of every branch."""
        references = dict(self._fresh().refs())
        return {str(name): int(ref.snapshotId()) for name, ref in sorted(references.items()) if ref.isBranch()}

    def fork(self, branch: str) -> int | None:
        """Makes the branch anew from main.

        Returns:
            Main's snapshot, or None where the table is empty.
        """
        self.drop_branch(branch)
        table = self._fresh()
        main = table.currentSnapshot()
        if main is None:
            table.manageSnapshots().createBranch(branch).commit()
        else:
            table.manageSnapshots().createBranch(branch, main.snapshotId()).commit()
        self._forget()
        return None if main is None else int(main.snapshotId())

    def delete(self, branch: str, condition: str) -> None:
        """Deletes the rows of a branch that meet a condition in SQL."""
        self._spark.sql(f"DELETE FROM {self.name}.branch_{branch} WHERE {condition}")

    def append(self, rows: DataFrame, branch: str, properties: Mapping[str, str]) -> Mapping[str, str]:
        """Appends rows to a branch as one snapshot.

        Args:
            rows: Columns as in the contract.
            branch: The branch.
            properties: What the snapshot remembers.

        Returns:
            The snapshot's summary, and its id as `snapshot`.
        """
        writer = self._complete(rows).writeTo(f"{self.name}.branch_{branch}")
        for key, value in properties.items():
            writer = writer.option(f"snapshot-property.{key}", value)
        writer.append()
        return self._newest(branch)

    def append_files(
        self, files: Sequence[DataFile], branch: str, root: str, properties: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Appends data files to a branch as one snapshot.

        Args:
            files: The files. What Iceberg keeps of them (rows, bounds, nulls) is read from their own ends.
            branch: The branch.
            root: What their keys are relative to.
            properties: What the snapshot remembers.

        Returns:
            The snapshot's summary, and its id as `snapshot`.
        """
        table = self._fresh()
        append = table.newAppend().toBranch(branch)
        for entry in entries(self._jvm, table, files, root):
            append.appendFile(entry)
        for key, value in properties.items():
            append.set(key, value)
        append.commit()
        self._forget()
        return self._newest(branch)

    def live_files(self, snapshot: int, root: str, source_date: date | None = None) -> list[LiveFile] | None:
        """The data files of a snapshot; see `livefiles.live_files`."""
        return live_files(self._jvm, self._fresh(), snapshot, root, source_date)

    def field_ids(self) -> dict[str, int]:
        """Ids of the table's columns."""
        return {str(column.name()): int(column.fieldId()) for column in self._fresh().schema().columns()}

    def partitions(self) -> tuple[str, ...]:
        """Names of the fields that the table is partitioned by."""
        return tuple(str(field.name()) for field in self._fresh().spec().fields())

    def read(self, branch: str = MAIN) -> DataFrame:
        """The rows of a branch, in the table's present columns; no rows where main is empty."""
        if branch == MAIN:
            return self._spark.table(self.name)
        return self._spark.read.option("branch", branch).table(self.name)

    def read_at(self, snapshot: int) -> DataFrame:
        """The rows at a snapshot, in the columns that the table had then."""
        return self._spark.read.option("snapshot-id", snapshot).table(self.name)

    def publish(self, branch: str) -> int:
        """Moves main forward to the branch; where main is there already, nothing happens.

        Returns:
            Main's snapshot.

        Raises:
            PublicationError: Main has moved since the branch was made from it.
        """
        head, main = self.head(branch), self.head()
        if head is None:
            raise PublicationError(f"{self.name} has no branch {branch} to publish.")
        if head != main:
            if main is not None and not self.is_ancestor(main, head):
                raise PublicationError(f"main of {self.name} moved while {branch} was written; merge the run again.")
            self._fresh().manageSnapshots().fastForwardBranch(MAIN, branch).commit()
            self._forget()
        return head

    def drop_branch(self, branch: str) -> None:
        """Drops a branch if it is there; its snapshots stay until they expire."""
        table = self._fresh()
        if table.refs().get(branch) is not None:
            table.manageSnapshots().removeBranch(branch).commit()
            self._forget()

    def is_ancestor(self, ancestor: int, snapshot: int) -> bool:
        """Whether a snapshot descends from another, or is the same."""
        return bool(self._jvm.org.apache.iceberg.util.SnapshotUtil.isAncestorOf(self._known(), snapshot, ancestor))

    def lineage(self, snapshot: int) -> Iterator[int]:
        """A snapshot and those before it, newest first, as far as they are kept."""
        current: int | None = snapshot
        while current is not None and self.summary(current) is not None:
            yield current
            current = self.parent(current)

    def summary(self, snapshot: int) -> Mapping[str, str] | None:
        """What a snapshot remembers, and its kind as `operation`; None where the snapshot has expired."""
        entry = self._known().snapshot(snapshot)
        return None if entry is None else {**dict(entry.summary()), "operation": str(entry.operation())}

    def bytes(self, snapshot: int) -> int:
        """Size of the data files of a snapshot."""
        return int((self.summary(snapshot) or {}).get("total-files-size", "0"))

    def parent(self, snapshot: int) -> int | None:
        """The snapshot before a snapshot that has not expired; None where it was the first."""
        parent = self._known().snapshot(snapshot).parentId()
        return None if parent is None else int(parent)

    def _newest(self, branch: str) -> Mapping[str, str]:
        snapshot = self._fresh().snapshot(branch)
        return {**dict(snapshot.summary()), "snapshot": str(snapshot.snapshotId())}

    @property
    def _jvm(self) -> Any:
        jvm = self._spark._jvm
        assert jvm is not None  # Spark Connect has none; the jobs do not run on it
        return jvm

    def _known(self) -> Any:
        """The table as Iceberg's own Java interface saw it last: what its snapshots remember does not change."""
        if self._loaded is None:
            util = self._jvm.org.apache.iceberg.spark.Spark3Util
            self._loaded = util.loadIcebergTable(self._spark._jsparkSession, self.name)
        return self._loaded

    def _fresh(self) -> Any:
        """The table as it is now."""
        self._known().refresh()
        return self._loaded

    def _forget(self) -> None:
        """Has Spark load the table again.

        The catalog drops its copy by age (30 s); the one it loads next does not know what is committed by this one.
        """
        self._spark.catalog.refreshTable(self.name)

    def _complete(self, rows: DataFrame) -> DataFrame:
        """The rows in the table's own columns: one that the contract gave up is null."""
        schema = self._spark.table(self.name).schema
        present = set(rows.columns)
        return rows.selectExpr(
            *[
                f"`{field.name}`"
                if field.name in present
                else f"CAST(NULL AS {field.dataType.simpleString()}) `{field.name}`"
                for field in schema
            ]
        )

    def _evolve(self) -> None:
        # All is judged before anything changes: a contract that is refused leaves the table as it is.
        fields = self._spark.table(self.name).schema
        for change in list(differences(self.name, fields, self.contract.columns)):
            self._spark.sql(f"ALTER TABLE {self.name} {change}")


def day_condition(days: Sequence[tuple[int, int, int]]) -> str:
    """The SQL condition of rows on one of these days (year, month, day)."""
    months: dict[tuple[int, int], list[int]] = {}
    for year, month, day in sorted(set(days)):
        months.setdefault((year, month), []).append(day)
    return (
        " OR ".join(
            f"(year = {year} AND month = {month} AND day IN ({', '.join(map(str, of_month))}))"
            for (year, month), of_month in months.items()
        )
        or "false"
    )
