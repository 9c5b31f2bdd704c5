"""Stages the curated tables on branches: as little as has changed, or all where that cannot be told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cached_property
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import contract as contracts
from . import curate, sessions
from .args import MergeArguments
from .contract import CURATED, Column
from .datafile import curated_form
from .etl import contribution
from .facts import DAY, Days, Source, Touched, all_winners, touched, winners, within
from .history import Change, Provenance, change, provenance
from .livefiles import LiveFile
from .log import Log
from .masking import fingerprint, masked_frame
from .refine import Refining, collected, tasks_of
from .session import BROADCAST_BYTES
from .sessionize import Sessionizing
from .storage import Storage
from .tables import MAIN, Table, TableContract, day_condition

REVISION = 3
"""Raised when the code makes other rows of the same sources: the curated tables are then made anew."""

PRODUCT_COLUMNS = ("product_name", "category", "brand", "department")
"""Columns that a fact shows of its product."""

THREADS = 2
"""Threads that stage tables beside the one that calls them."""

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


class Curation:
    """The curated tables of one merge."""

    def __init__(
        self,
        spark: SparkSession,
        storage: Storage,
        arguments: MergeArguments,
        key: bytes,
        sources: Mapping[str, Source],
    ) -> None:
        """Creates the tables that are missing, and reads what those that exist were made from."""
        self._spark = spark
        self._storage = storage
        self._arguments = arguments
        self._key = key
        self._sources = sources
        self._tables = {name: Table(spark, self._contract(storage, name)) for name in CURATED}
        self._branches: dict[str, str] = {}
        with ThreadPoolExecutor(len(CURATED), "table") as pool:
            self._made_from = dict(zip(self._tables, pool.map(_made_from, self._tables.values()), strict=True))

    @property
    def tables(self) -> list[tuple[Table, str]]:
        """Every table, and the branch that shows it as it will be."""
        return [(table, self._branches.get(name, MAIN)) for name, table in self._tables.items()]

    def stage(self, log: Log) -> None:
        """Stages what the sources say differently now."""
        # Made before the threads that share it begin.
        newest_products = self._newest_products
        # A small table does not keep all cores busy, so tables that do not need each other are made side by side.
        with ThreadPoolExecutor(THREADS, "stage") as pool:
            visits = pool.submit(self._stage_visits)
            reviews = pool.submit(self._stage_facts, "reviews")
            self._stage_facts("transactions")
            customers = pool.submit(self._stage_customers)
            reviews.result()
            self._stage_products()
            customers.result()
            visits.result()
        newest_products.unpersist()
        log.info("staged", tables=sorted(self._branches))

    def _stage_facts(self, name: str) -> None:
        """Stages sales or reviews: unique, masked, with their product."""
        if not self._is_stale(name):
            return
        source, changes = self._sources[name], self._changes(name)
        own = [column for column in contracts.curated(name).columns if column.name not in PRODUCT_COLUMNS]
        if changes is None:
            files = self._files(name) if source.has_one_date else None
            if files is None:
                rows = masked_frame(all_winners(source), own, self._key)
                self._replace(name, curate.with_product(rows, self._newest_products))
            else:
                self._append_files(files, name, own, self._emptied(name, None))
            return
        what = touched(source, changes[name], source.contract.key)
        kept = self._tables[name].read()
        days = {*what.days, *self._days_of_changed_products(kept, changes["products"])}
        files = self._files_of_new_days(name, changes[name], what)
        compared = sorted(days - {file.day for file in files})
        properties = None
        if compared or not files:
            rows = winners(source, changes[name], what).where(day_condition(compared))
            rows = masked_frame(rows, own, self._key)
            rows = rows.unionByName(_without(kept, what, compared).select(rows.columns))
            properties = self._replace(name, curate.with_product(rows, self._newest_products), compared)
        if files:
            self._append_files(files, name, own, properties or self._emptied(name, []))
        what.keys.unpersist()

    def _stage_customers(self) -> None:
        if self._is_stale("customers"):
            self._replace("customers", curate.customers(self._rows("transactions"), contracts.curated("customers")))

    def _stage_products(self) -> None:
        if self._is_stale("products"):
            rows = curate.products(self._newest_products, self._rows("transactions"), self._rows("reviews"))
            self._replace("products", masked_frame(rows, contracts.curated("products").columns, self._key))

    def _stage_visits(self) -> None:
        """Stages events with their visits, the visits, and the funnels."""
        names = ("clickstream", "sessions", "funnel_daily", "funnel_hourly")
        if not any(self._is_stale(name) for name in names):
            return
        source, of_each = self._sources["clickstream"], [self._changes(name) for name in names]
        work = self._sessionizing()
        by = [work.conduct["by"]]
        days: Days | None = None
        changes = of_each[0]
        # A merge that was killed while it published may have left some of these tables behind the others.
        if changes is None or any(others != changes for others in of_each):
            files = self._files("clickstream") if source.has_one_date else None
            self._replace_events(work, files, all_winners(source), None, None)
            self._replace("sessions", sessions.sessions(self._rows("clickstream")))
        else:
            what = touched(source, changes["clickstream"], by)
            days = what.days
            rows = winners(source, changes["clickstream"], what)
            kept = _without(self._tables["clickstream"].read(), what, days)
            files = self._files_of_only_date("clickstream", changes["clickstream"], what)
            self._replace_events(work, files, rows, kept, days)
            again = self._rows("clickstream").where(day_condition(days)).join(what.keys, by, "left_semi")
            kept = _without(self._tables["sessions"].read(), what, days)
            visits = sessions.sessions(again)
            self._replace("sessions", visits.unionByName(kept.select(visits.columns)), days)
            what.keys.unpersist()
        visits = self._rows("sessions")
        if days is not None:
            visits = visits.where(day_condition(days))
        self._replace("funnel_daily", sessions.funnel(visits, *DAY), days)
        self._replace("funnel_hourly", sessions.funnel(visits, *DAY, "hour"), days)

    def _sessionizing(self) -> Sessionizing:
        source, table = self._sources["clickstream"], self._tables["clickstream"]
        form = curated_form(contracts.curated("clickstream"), source.contract, table.field_ids())
        form.check(table.partitions())
        return Sessionizing(self._storage, source.contract, form, self._key)

    def _replace_events(
        self,
        work: Sessionizing,
        files: Sequence[LiveFile] | None,
        rows: DataFrame,
        kept: DataFrame | None,
        days: Days | None,
    ) -> None:
        """Replaces the rows of some days, or all, of the table of events on its branch.

        Args:
            work: How that is done.
            files: Files with the events, each once, and nothing else; None where there are no such files.
            rows: The same events as Spark has them.
            kept: Rows of the table of these days that are not made again.
            days: The days; None for all.
        """
        source, table = self._sources["clickstream"], self._tables["clickstream"]
        if files is None:
            origins = [work.events(rows)]
        else:
            origins = [work.files(self._spark.sparkContext, files, source.table.field_ids())]
        if kept is not None:
            origins.append(work.numbered(kept))
        properties = self._emptied("clickstream", days)
        size = source.table.bytes(source.head) if source.head else 0
        written = work.written(origins, size)
        table.append_files(written, self._arguments.branch, self._storage.root, properties)

    @cached_property
    def _newest_products(self) -> DataFrame:
        """The newest snapshot of each product."""
        source, changes = self._sources["products"], self._changes("products")
        of_source = {column.name for column in source.contract.processed}
        columns = [column for column in contracts.curated("products").columns if column.name in of_source]
        if changes is not None and not any(column.pii for column in columns):
            added = within(changes["products"].dates)
            if source.rows_before(changes["products"]).where(added).isEmpty():
                # The dates are new: what the others say of the products need not be read again, the table shows it.
                rows = self._tables["products"].read().unionByName(source.rows.where(added), allowMissingColumns=True)
                return curate.newest(rows.select(*[column.name for column in columns]), source.contract).persist()
        return all_winners(source).persist()

    def _products_before(self, since: Change) -> DataFrame:
        """The newest snapshot of each product before a change."""
        made_from = self._made_from["products"]
        if made_from is None or self._changes("products") is None or made_from.sources["products"] != since.before:
            source = self._sources["products"]
            return curate.newest(source.rows_before(since), source.contract)
        return self._tables["products"].read()

    def _days_of_changed_products(self, facts: DataFrame, since: Change) -> Days:
        """Days with facts whose product shows otherwise now."""
        if not since.dates:
            return []
        shown = [F.col("product_id"), F.struct("name", *PRODUCT_COLUMNS[1:]).alias("shown")]
        now = self._newest_products.select(*shown).alias("now")
        then = self._products_before(since).select(*shown).alias("then")
        changed = now.join(then, "product_id", "full").where(~F.col("now.shown").eqNullSafe(F.col("then.shown")))
        ids = changed.select("product_id").persist()
        try:
            return [] if ids.isEmpty() else _days(facts.join(ids, "product_id", "left_semi"))
        finally:
            ids.unpersist()

    def _is_stale(self, name: str) -> bool:
        """Whether a table would have other rows if it were made now."""
        if self._made_from[name] is None and all(self._sources[dataset].head is None for dataset in SOURCES[name]):
            return False
        changes = self._changes(name)
        return changes is None or any(what.dates for what in changes.values())

    def _changes(self, name: str) -> dict[str, Change] | None:
        """What happened to each source since the table was made; None where it has to be made anew."""
        before = self._made_from[name]
        if before is None or before.built_with != self._provenance(name).built_with:
            return None  # other code, contracts or keys made it
        changes = {}
        for dataset in SOURCES[name]:
            source = self._sources[dataset]
            what = change(source.table, before.sources.get(dataset), source.head)
            if what is None:
                return None
            changes[dataset] = what
        return changes

    def _provenance(self, name: str) -> Provenance:
        heads = {dataset: self._sources[dataset].head for dataset in SOURCES[name]}
        ingredients = [
            REVISION,
            fingerprint(self._key),
            [_essence(column) for column in contracts.curated(name).columns],
            [[_essence(column) for column in contracts.dataset(dataset).processed] for dataset in SOURCES[name]],
            [dict(contracts.dataset(dataset).sessions or {}) for dataset in SOURCES[name]],
        ]
        built_with = hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()[:16]
        return Provenance(heads, built_with)

    def _rows(self, name: str) -> DataFrame:
        """Rows of a curated table as they will be."""
        return self._tables[name].read(self._branches.get(name, MAIN))

    def _files(self, name: str, source_date: date | None = None) -> list[LiveFile] | None:
        """The files with the rows of a date, or all; None where facts have to be made from rows.

        That is where files are not those of a date alone, or the catalogue is too large to be in every task.
        """
        source, catalogue = self._sources[name], self._sources["products"]
        if source.head is None:
            return None
        if "products" in SOURCES[name] and catalogue.head and catalogue.table.bytes(catalogue.head) > BROADCAST_BYTES:
            return None
        if not self._tables[name].partitions() == source.table.partitions() == contracts.curated(name).partition_by:
            return None
        return source.table.live_files(source.head, self._storage.root, source_date)

    def _files_of_only_date(self, name: str, since: Change, what: Touched) -> list[LiveFile] | None:
        """The files of the date that changed, where no other says anything about the touched keys."""
        if what.others or len(since.dates) != 1:
            return None
        return self._files(name, date.fromisoformat(min(since.dates)))

    def _files_of_new_days(self, name: str, since: Change, what: Touched) -> list[LiveFile]:
        """Files of days that the curated table does not have, where no other date says anything about their keys."""
        if contracts.curated(name).partition_by != DAY:
            return []
        files = self._files_of_only_date(name, since, what)
        if files is None:
            return []
        head = self._tables[name].head()
        present = self._tables[name].live_files(head, self._storage.root) if head else []
        if present is None:
            return []
        days = {file.day for file in present}
        return [file for file in files if file.day not in days]

    def _append_files(
        self, files: Sequence[LiveFile], name: str, own: Sequence[Column], properties: Mapping[str, str]
    ) -> None:
        """Appends the rows of a source's files to a table of facts, on its branch.

        Args:
            files: The files; each of their rows is taken as it is.
            name: The table, and the source.
            own: Columns that the table shows of the source.
            properties: What the snapshot remembers.
        """
        source, table, context = self._sources[name], self._tables[name], self._spark.sparkContext
        products = context.broadcast(collected(curate.shown_of_product(self._newest_products)))
        refining = Refining(
            storage=self._storage,
            form=curated_form(contracts.curated(name), source.contract, table.field_ids()),
            columns=own,
            ids=source.table.field_ids(),
            key=self._key,
            products=products,
            attempt=uuid4().hex,
        )
        tasks = tasks_of(files)
        written = context.parallelize(tasks, len(tasks)).flatMap(refining).collect()
        table.append_files(written, self._arguments.branch, self._storage.root, properties)
        products.destroy()

    def _replace(self, name: str, rows: DataFrame, days: Days | None = None) -> Mapping[str, str]:
        """Replaces the rows of some days, or all, on the table's branch.

        Args:
            name: The table.
            rows: Its rows of these days.
            days: The days; None for all.

        Returns:
            What the snapshot remembers.
        """
        properties = self._emptied(name, days)
        columns = contracts.curated(name).columns
        typed = rows.selectExpr(*[f"CAST(`{column.name}` AS {column.type}) `{column.name}`" for column in columns])
        self._tables[name].append(typed, self._arguments.branch, properties)
        return properties

    def _emptied(self, name: str, days: Days | None) -> Mapping[str, str]:
        """Makes the table's branch, without the rows of these days, or any.

        Returns:
            What its snapshots remember.
        """
        table, branch = self._tables[name], self._arguments.branch
        base = table.fork(branch)
        if base is not None and (days is None or days):
            table.delete(branch, "true" if days is None else day_condition(days))
        self._branches[name] = branch
        return {**contribution(self._arguments, base), **self._provenance(name).properties()}

    def _contract(self, storage: Storage, name: str) -> TableContract:
        contract = contracts.curated(name)
        return TableContract(
            database=self._arguments.curated_database,
            name=name,
            description=contract.description,
            columns=contract.columns,
            partition_by=contract.partition_by,
            location=f"{storage.root}/curated/{name}",
        )


def _made_from(table: Table) -> Provenance | None:
    """What a table was made from; it is created where it is missing."""
    table.ensure()
    return provenance(table, table.head())


def _days(rows: DataFrame) -> Days:
    return [(row.year, row.month, row.day) for row in rows.select(*DAY).distinct().collect()]


def _without(rows: DataFrame, what: Touched, days: Days) -> DataFrame:
    """Rows of these days that are not made again."""
    return rows.where(day_condition(days)).join(what.keys, what.keys.columns, "left_anti")


def _essence(column: Column) -> Sequence[object]:
    """What of a column decides on a table's rows."""
    return [column.name, column.type, column.pii, column["x-bands"], column["x-threshold"]]
