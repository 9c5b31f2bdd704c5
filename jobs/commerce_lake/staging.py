"""The curated tables of one merge, the branches on which they are staged, and what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from pyspark.sql import DataFrame, SparkSession

from . import contract as contracts
from . import curate
from .args import MergeArguments
from .contract import CURATED, Column
from .datafile import DataFile, Form, curated_form
from .etl import contribution
from .facts import DAY, Days, Source, Touched
from .history import Change, Provenance, change, provenance
from .livefiles import LiveFile
from .masking import fingerprint
from .session import BROADCAST_BYTES
from .storage import Storage
from .tables import MAIN, Table, TableContract, day_condition

REVISION = 3
"""Raised when the code makes other rows of the same sources: the curated tables are then made anew."""

SOURCES: Mapping[str, tuple[str, ...]] = {
    "transactions": ("transactions", "products"),
    "reviews": ("reviews", "products"),
    "clickstream": ("clickstream",),
    "sessions": ("clickstream",),
    "funnel_daily": ("clickstream",),
    "funnel_hourly": ("clickstream",),
    "customers": ("transactions",),
    "products": ("products", "transactions", "reviews"),
}
"""Processed tables that each curated one is made from."""


class Staging:
    """The curated tables as they are, and as they will be."""

    def __init__(
        self,
        spark: SparkSession,
        storage: Storage,
        arguments: MergeArguments,
        key: bytes,
        sources: Mapping[str, Source],
    ) -> None:
        """Creates the tables that are missing, and reads what those that exist were made from.

        Args:
            spark: The session.
            storage: The lake.
            arguments: Those of the merge.
            key: Secret key of the pseudonyms.
            sources: The processed tables as they will be.
        """
        self.spark = spark
        self.storage = storage
        self.key = key
        self.sources = sources
        self._arguments = arguments
        self.tables = {name: Table(spark, self._contract(name)) for name in CURATED}
        self._branches: dict[str, str] = {}
        with ThreadPoolExecutor(len(CURATED), "table") as pool:
            self.made_from = dict(zip(self.tables, pool.map(_made_from, self.tables.values()), strict=True))

    @property
    def branches(self) -> Mapping[str, str]:
        """The branch of each table that is staged."""
        return self._branches

    @property
    def publishable(self) -> list[tuple[Table, str]]:
        """Every table, and the branch that shows it as it will be."""
        return [(table, self._branches.get(name, MAIN)) for name, table in self.tables.items()]

    def is_stale(self, name: str) -> bool:
        """Whether a table would have other rows if it were made now."""
        if self.made_from[name] is None and all(self.sources[dataset].head is None for dataset in SOURCES[name]):
            return False
        changes = self.changes(name)
        return changes is None or any(what.dates for what in changes.values())

    def changes(self, name: str) -> dict[str, Change] | None:
        """What happened to each source since the table was made; None where it has to be made anew."""
        before = self.made_from[name]
        if before is None or before.built_with != self._provenance(name).built_with:
            return None  # other code, contracts or keys made it
        changes = {}
        for dataset in SOURCES[name]:
            source = self.sources[dataset]
            what = change(source.table, before.sources.get(dataset), source.head)
            if what is None:
                return None
            changes[dataset] = what
        return changes

    def form(self, name: str) -> Form:
        """How the files of a table are written.

        Raises:
            ContractError: Its contract's partitions are not those of the table, or not of a day.
        """
        source, table = self.sources[name].contract if name in self.sources else None, self.tables[name]
        form = curated_form(contracts.curated(name), source, table.field_ids())
        form.check(table.partitions())
        return form

    def append_files(self, name: str, files: Sequence[DataFile], properties: Mapping[str, str]) -> None:
        """Appends data files to a table on its branch; `properties` are what the snapshot remembers."""
        self.tables[name].append_files(files, self._branches[name], self.storage.root, properties)

    def _provenance(self, name: str) -> Provenance:
        heads = {dataset: self.sources[dataset].head for dataset in SOURCES[name]}
        ingredients = [
            REVISION,
            fingerprint(self.key),
            [_essence(column) for column in contracts.curated(name).columns],
            [[_essence(column) for column in contracts.dataset(dataset).processed] for dataset in SOURCES[name]],
            [dict(contracts.dataset(dataset).sessions or {}) for dataset in SOURCES[name]],
        ]
        built_with = hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()[:16]
        return Provenance(heads, built_with)

    def rows(self, name: str) -> DataFrame:
        """Rows of a curated table as they will be."""
        return self.tables[name].read(self._branches.get(name, MAIN))

    def live_files(self, name: str) -> list[LiveFile] | None:
        """The files of a curated table as it will be; None where it has to be read as rows (`livefiles.live_files`)."""
        head = self._head(name)
        return [] if head is None else self.tables[name].live_files(head, self.storage.root)

    def bytes(self, name: str) -> int:
        """Size of the files of a curated table as it will be."""
        head = self._head(name)
        return 0 if head is None else self.tables[name].bytes(head)

    def _head(self, name: str) -> int | None:
        return self.tables[name].head(self._branches.get(name, MAIN))

    def files(self, name: str, source_date: date | None = None) -> list[LiveFile] | None:
        """The files with the rows of a date, or all; None where facts have to be made from rows.

        That is where files are not those of a date alone, or the catalogue is too large to be in every task.
        """
        source, catalogue = self.sources[name], self.sources["products"]
        if source.head is None:
            return None
        if "products" in SOURCES[name] and catalogue.head and catalogue.table.bytes(catalogue.head) > BROADCAST_BYTES:
            return None
        if not self.tables[name].partitions() == source.table.partitions() == contracts.curated(name).partition_by:
            return None
        return source.table.live_files(source.head, self.storage.root, source_date)

    def files_of_only_date(self, name: str, since: Change, what: Touched) -> list[LiveFile] | None:
        """The files of the date that changed, where no other says anything about the touched keys."""
        if what.others or len(since.dates) != 1:
            return None
        return self.files(name, date.fromisoformat(min(since.dates)))

    def files_of_new_days(self, name: str, since: Change, what: Touched) -> list[LiveFile]:
        """Files of days that the curated table does not have, where no other date says anything about their keys."""
        if contracts.curated(name).partition_by != DAY:
            return []
        files = self.files_of_only_date(name, since, what)
        if files is None:
            return []
        head = self.tables[name].head()
        present = self.tables[name].live_files(head, self.storage.root) if head else []
        if present is None:
            return []
        days = {file.day for file in present}
        return [file for file in files if file.day not in days]

    def replace(self, name: str, rows: DataFrame, days: Days | None = None) -> Mapping[str, str]:
        """Replaces the rows of some days, or all, on the table's branch.

        Args:
            name: The table.
            rows: Its rows of these days.
            days: The days; None for all.

        Returns:
            What the snapshot remembers.
        """
        properties = self.emptied(name, days)
        typed = curate.typed(rows, contracts.curated(name).columns)
        self.tables[name].append(typed, self._branches[name], properties)
        return properties

    def emptied(self, name: str, days: Days | None) -> Mapping[str, str]:
        """Makes the table's branch, without the rows of these days, or any.

        Returns:
            What its snapshots remember.
        """
        table, branch = self.tables[name], self._arguments.branch
        base = table.fork(branch)
        if base is not None and (days is None or days):
            table.delete(branch, "true" if days is None else day_condition(days))
        self._branches[name] = branch
        return {**contribution(self._arguments, base), **self._provenance(name).properties()}

    def _contract(self, name: str) -> TableContract:
        contract = contracts.curated(name)
        return TableContract(
            database=self._arguments.curated_database,
            name=name,
            description=contract.description,
            columns=contract.columns,
            partition_by=contract.partition_by,
            location=f"{self.storage.root}/curated/{name}",
        )


def _made_from(table: Table) -> Provenance | None:
    """What a table was made from; it is created where it is missing."""
    table.ensure()
    return provenance(table, table.head())


def _essence(column: Column) -> Sequence[object]:
    """What of a column decides on a table's rows."""
    return [column.name, column.type, column.pii, column["x-bands"], column["x-threshold"]]
