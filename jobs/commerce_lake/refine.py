"""Facts from the data files of a processed table to those of a curated one, where each row is taken as it is.

Rows that other dates may say otherwise have to be compared, which is Spark's work; these are not, so a task reads
files, masks their rows, adds the product's columns and writes the file of a day. Spark does not see a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from .blobs import handed_over, unpacked
from .contract import Column
from .datafile import DataFile, DayWriter, Form
from .livefiles import LiveFile, read_rows
from .masking import masked
from .pieces import bundled
from .storage import Storage
from .worker import settle

TASK_BYTES = 16 * 1024 * 1024
"""Bytes of files up to which a task reads those of several days."""

FILE_BYTES = 160 * 1024 * 1024
"""Most bytes of files that become one: pseudonyms and the product's columns make about 256 MB of them."""


@dataclass(frozen=True)
class Refining:
    """Reads data files and writes those of the curated table, a file for each day."""

    storage: Storage
    form: Form
    columns: Sequence[Column]
    """Those of the source that the curated table shows."""
    ids: Mapping[str, int]
    """Ids of the source's columns."""
    key: bytes = field(repr=False)
    """Secret key of the pseudonyms."""
    products: Any
    """Broadcast table: `product_id`, and what a fact shows of its product."""
    attempt: str
    """Tells what this attempt of the job writes from all else."""

    def __call__(self, files: Iterable[LiveFile]) -> Iterator[DataFile]:
        """See the class; files of one day follow each other."""
        settle()
        with ExitStack() as closing:
            for _, of_day in groupby(files, key=lambda file: file.partition):
                writer = DayWriter(self.form, self._refined, closing)
                for file in of_day:
                    for rows in read_rows(self.storage, file, self.columns, self.ids):
                        writer.add(rows)
                yield writer.close(partial(self.form.key, self.attempt), self.storage.upload)

    def _refined(self, rows: pa.Table) -> pa.Table:
        shown = with_product(masked(rows, self.columns, self.key), self.products.value)
        return shown.select(self.form.schema.names)


def tasks_of(files: Sequence[LiveFile]) -> list[list[LiveFile]]:
    """The files by task: small days together, large ones in parts.

    Args:
        files: Those of one day follow each other.
    """
    return bundled(files, lambda last, file: FILE_BYTES if file.partition == last.partition else TASK_BYTES)


def with_product(rows: pa.Table, products: pa.Table) -> pa.Table:
    """Adds what a fact shows of its product; null where no snapshot knows the product.

    Args:
        rows: Sales or reviews.
        products: One row a `product_id`.
    """
    places = pc.index_in(rows.column("product_id"), value_set=products.column("product_id"))
    for name in products.column_names:
        if name != "product_id":
            rows = rows.append_column(name, products.column(name).take(places))
    return rows


def collected(rows: DataFrame) -> pa.Table:
    """All rows of a small frame of texts, as Arrow has them."""
    schema = pa.schema([(name, pa.string()) for name in rows.columns])
    parts = handed_over(rows).collect()
    return pa.Table.from_batches([unpacked(part, schema) for part in parts], schema).combine_chunks()
