"""What Iceberg keeps of data files (rows, bounds, nulls), read from the files' own ends."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .datafile import DataFile

_AT_ONCE = 8


def entries(jvm: Any, table: Any, files: Sequence[DataFile], root: str) -> list[Any]:
    """The files as Iceberg's Java interface takes them.

    Args:
        jvm: Spark's.
        table: The table, as that interface has it.
        files: The files.
        root: What their keys are relative to.
    """
    iceberg = jvm.org.apache.iceberg
    spec, io, config = table.spec(), table.io(), iceberg.MetricsConfig.forTable(table)

    def entry(file: DataFile) -> Any:
        path = f"{root}/{file.key}"
        metrics = iceberg.parquet.ParquetUtil.fileMetrics(io.newInputFile(path), config)
        builder = iceberg.DataFiles.builder(spec).withPath(path).withFormat("parquet")
        if file.partition:
            builder = builder.withPartitionPath(file.partition)
        return builder.withFileSizeInBytes(file.bytes).withMetrics(metrics).build()

    with ThreadPoolExecutor(_AT_ONCE, "footers") as pool:
        return list(pool.map(entry, files))
