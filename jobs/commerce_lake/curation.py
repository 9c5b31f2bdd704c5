"""Stages the curated tables on branches: as little as has changed, or all where that cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from uuid import uuid4

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import contract as contracts
from . import curate
from .contract import Column
from .facts import DAY, Days, Touched, all_winners, touched, winners, within
from .history import Change
from .livefiles import LiveFile
from .log import Log
from .masking import masked_frame
from .origins import Origin, of_files, of_frame
from .purchases import Purchases
from .refine import Refining, collected, tasks_of
from .sessionize import TABLES, VISITED, Kind, Sessionizing
from .staging import Staging
from .tables import Table, day_condition

PRODUCT_COLUMNS = ("product_name", "category", "brand", "department")
"""Columns that a fact shows of its product."""

THREADS = 2
"""Threads that stage tables beside the one that calls them."""


class Curation:
    """The curated tables of one merge."""

    def __init__(self, staging: Staging) -> None:
        """Nothing is staged yet."""
        self._staging = staging

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
        log.info("staged", tables=sorted(self._staging.branches))

    def _stage_facts(self, name: str) -> None:
        """Stages sales or reviews: unique, masked, with their product."""
        if not self._staging.is_stale(name):
            return
        source, changes = self._staging.sources[name], self._staging.changes(name)
        own = [column for column in contracts.curated(name).columns if column.name not in PRODUCT_COLUMNS]
        if changes is None:
            files = self._staging.files(name) if source.has_one_date else None
            if files is None:
                rows = masked_frame(all_winners(source), own, self._staging.key)
                self._staging.replace(name, curate.with_product(rows, self._newest_products))
            else:
                self._append_files(files, name, own, self._staging.emptied(name, None))
            return
        what = touched(source, changes[name], source.contract.key)
        kept = self._staging.tables[name].read()
        days = {*what.days, *self._days_of_changed_products(kept, changes["products"])}
        files = self._staging.files_of_new_days(name, changes[name], what)
        compared = sorted(days - {file.day for file in files})
        properties = None
        if compared or not files:
            rows = winners(source, changes[name], what).where(day_condition(compared))
            rows = masked_frame(rows, own, self._staging.key)
            rows = rows.unionByName(_without(kept, what, compared).select(rows.columns))
            properties = self._staging.replace(name, curate.with_product(rows, self._newest_products), compared)
        if files:
            self._append_files(files, name, own, properties or self._staging.emptied(name, []))
        what.keys.unpersist()

    def _stage_customers(self) -> None:
        staging = self._staging
        if not staging.is_stale("customers"):
            return
        work = Purchases(staging.storage, staging.form("customers"))
        # Those of the curated table as it will be.
        files, rows = staging.live_files("transactions"), staging.rows("transactions")
        sales = self._origin(staging.tables["transactions"], files, rows, work.own)
        written = work.written(sales, staging.bytes("transactions"))
        staging.append_files("customers", written, staging.emptied("customers", None))

    def _stage_products(self) -> None:
        if self._staging.is_stale("products"):
            rows = curate.products(
                self._newest_products, self._staging.rows("transactions"), self._staging.rows("reviews")
            )
            self._staging.replace(
                "products", masked_frame(rows, contracts.curated("products").columns, self._staging.key)
            )

    def _stage_visits(self) -> None:
        """Stages events with their visits, the visits, and the funnels."""
        staging = self._staging
        if not any(staging.is_stale(name) for name in VISITED):
            return
        source, changes = staging.sources["clickstream"], [staging.changes(name) for name in VISITED]
        work = self._sessionizing()
        size = source.table.bytes(source.head) if source.head else 0
        since = changes[0]
        days: Days | None = None
        # A merge that was killed while it published may have left some of these tables behind the others.
        if since is None or any(others != since for others in changes):
            files = staging.files("clickstream") if source.has_one_date else None
            events = self._origin(source.table, files, all_winners(source), work.own)
            written = work.written({Kind.EVENTS: events}, size)
        else:
            what = touched(source, since["clickstream"], [work.conduct["by"]])
            days = what.days
            files = staging.files_of_only_date("clickstream", since["clickstream"], what)
            rows = winners(source, since["clickstream"], what)
            origins = {Kind.EVENTS: self._origin(source.table, files, rows, work.own)}
            for kind, table in TABLES.items():
                kept = _without(staging.tables[table].read(), what, days)
                origins[kind] = of_frame(kept, work.forms[table].columns)
            written = work.written(origins, size)
            what.keys.unpersist()
        for name, of_table in written.items():
            staging.append_files(name, of_table, staging.emptied(name, days))

    def _sessionizing(self) -> Sessionizing:
        staging = self._staging
        forms = {name: staging.form(name) for name in VISITED}
        return Sessionizing(staging.storage, staging.sources["clickstream"].contract, forms, staging.key)

    def _origin(
        self, table: Table, files: Sequence[LiveFile] | None, rows: DataFrame, columns: Sequence[Column]
    ) -> Origin:
        """Rows of a table: out of files that have each of them once, and nothing else, where there are such files."""
        if files is None:
            return of_frame(rows, columns)
        return of_files(self._staging.spark.sparkContext, self._staging.storage, files, columns, table.field_ids())

    @cached_property
    def _newest_products(self) -> DataFrame:
        """The newest snapshot of each product."""
        source, changes = self._staging.sources["products"], self._staging.changes("products")
        of_source = {column.name for column in source.contract.processed}
        columns = [column for column in contracts.curated("products").columns if column.name in of_source]
        if changes is not None and not any(column.pii for column in columns):
            added = within(changes["products"].dates)
            if source.rows_before(changes["products"]).where(added).isEmpty():
                # The dates are new: what the others say of the products need not be read again, the table shows it.
                rows = (
                    self._staging.tables["products"]
                    .read()
                    .unionByName(source.rows.where(added), allowMissingColumns=True)
                )
                return curate.newest(rows.select(*[column.name for column in columns]), source.contract).persist()
        return all_winners(source).persist()

    @cached_property
    def _shown_products(self) -> pa.Table:
        """What facts show of each product, for tasks that read files."""
        return collected(curate.shown_of_product(self._newest_products))

    def _products_before(self, since: Change) -> DataFrame:
        """The newest snapshot of each product before a change."""
        made_from = self._staging.made_from["products"]
        if (
            made_from is None
            or self._staging.changes("products") is None
            or made_from.sources["products"] != since.before
        ):
            source = self._staging.sources["products"]
            return curate.newest(source.rows_before(since), source.contract)
        return self._staging.tables["products"].read()

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
        source, context = self._staging.sources[name], self._staging.spark.sparkContext
        products = context.broadcast(self._shown_products)
        refining = Refining(
            storage=self._staging.storage,
            form=self._staging.form(name),
            columns=own,
            ids=source.table.field_ids(),
            key=self._staging.key,
            products=products,
            attempt=uuid4().hex,
        )
        tasks = tasks_of(files)
        written = context.parallelize(tasks, len(tasks)).flatMap(refining).collect()
        self._staging.append_files(name, written, properties)
        products.destroy()


def _days(rows: DataFrame) -> Days:
    return [(row.year, row.month, row.day) for row in rows.select(*DAY).distinct().collect()]


def _without(rows: DataFrame, what: Touched, days: Days) -> DataFrame:
    """Rows of these days that are not made again."""
    return rows.where(day_condition(days)).join(what.keys, what.keys.columns, "left_anti")
