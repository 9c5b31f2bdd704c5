"""Curated tables of single facts (sales, events, reviews): what is made again when the processed tables change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from itertools import pairwise
from operator import or_

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import curate
from .contract import Contract
from .history import Change
from .tables import Table, day_condition

DAY = ("year", "month", "day")

Days = Sequence[tuple[int, int, int]]


@dataclass(frozen=True)
class Source:
    """A processed table as it will be once the run is published."""

    contract: Contract
    table: Table
    branch: str
    head: int | None
    """Newest snapshot of the branch; None where the table is empty."""

    @property
    def rows(self) -> DataFrame:
        """What each date said."""
        return self.table.read(self.branch)

    @cached_property
    def has_one_date(self) -> bool:
        """Whether all rows are of the same source date, or there are none: each key is then there once."""
        # Answered from the table's metadata.
        first, last = self.rows.agg(F.min("source_date"), F.max("source_date")).collect()[0]
        return bool(first == last)

    def rows_before(self, change: Change) -> DataFrame:
        """What each date said before a change."""
        return self.rows.where("false") if change.before is None else self.table.read_at(change.before)


@dataclass(frozen=True)
class Touched:
    """What of a curated table has to be made again."""

    keys: DataFrame
    """Keys whose rows changed, or may have; persisted, to be given up when the tables are made."""
    days: Days
    """Days on which those rows are, or were."""
    others: Days
    """Days on which other dates, too, say something about the keys."""
    other_dates: Sequence[str]
    """Those dates."""


def touched(source: Source, change: Change, key: Sequence[str]) -> Touched:
    """What a change of a source touches.

    Args:
        source: The source as it will be.
        change: What happened to it since the curated table was made.
        key: Columns; rows that share them with a changed one have to be made again with it.
    """
    before = source.rows_before(change).where(within(change.dates))
    after = source.rows.where(within(change.dates))
    keys = before.select(*key).union(after.select(*key)).distinct().persist()
    # Keys often grow with time: then only files of about the same time can hold them.
    lowest, highest = keys.agg(F.min(key[0]), F.max(key[0])).collect()[0]
    others = (
        source.rows.where(outside(change.dates))
        .where(F.col(key[0]).between(lowest, highest))
        .select(*key, "source_date", *DAY)
        .join(keys, list(key), "left_semi")
    )
    own = before.select(*DAY).union(after.select(*DAY)).select(*DAY, F.lit(None).cast("date").alias("source_date"))
    places = own.union(others.select(*DAY, "source_date")).distinct().collect()
    foreign = [place for place in places if place.source_date is not None]
    return Touched(
        keys,
        sorted({(place.year, place.month, place.day) for place in places}),
        sorted({(place.year, place.month, place.day) for place in foreign}),
        sorted({str(place.source_date) for place in foreign}),
    )


def within(dates: Collection[str]) -> Expression:
    """Rows of these source dates, in a form that lets Iceberg leave out the files of others."""
    return F.col("source_date").isin(*map(date.fromisoformat, sorted(dates)))


def outside(dates: Collection[str]) -> Expression:
    """Rows of other source dates, in a form that lets Iceberg leave out the files of these: it keeps bounds."""
    if not dates:
        return F.lit(True)
    bounds = [F.lit(date.fromisoformat(text)) for text in sorted(dates)]
    source_date = F.col("source_date")
    between = [(source_date > low) & (source_date < high) for low, high in pairwise(bounds)]
    return reduce(or_, between, (source_date < bounds[0]) | (source_date > bounds[-1]))


def winners(source: Source, change: Change, what: Touched) -> DataFrame:
    """The rows of the touched keys, one a key: that of the newest source date."""
    after = source.rows.where(within(change.dates))
    if not what.others:
        return after if len(change.dates) == 1 else curate.newest(after, source.contract)
    others = (
        source.rows.where(day_condition(what.others))
        .where(within(what.other_dates))
        .join(what.keys, what.keys.columns, "left_semi")
    )
    return curate.newest(after.unionByName(others), source.contract)


def all_winners(source: Source) -> DataFrame:
    """One row a key of the whole source: that of the newest source date."""
    return source.rows if source.has_one_date else curate.newest(source.rows, source.contract)
