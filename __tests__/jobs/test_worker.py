"""What Spark does around the tasks of a worker."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipimport import zipimporter

import pytest
from commerce_lake.worker import settle
from pyspark.sql import SparkSession


def test_modules_in_archives_are_found_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "modules.zip"
    with zipfile.ZipFile(archive, "w") as modules:
        modules.writestr("settled/__init__.py", "")
        modules.writestr("settled/before.py", "value = 1")
        modules.writestr("settled/after.py", "value = 2")
    monkeypatch.syspath_prepend(str(archive))
    try:
        before = importlib.import_module("settled.before")
        assert any(isinstance(finder, zipimporter) for finder in sys.path_importer_cache.values())

        settle()

        assert not any(isinstance(finder, zipimporter) for finder in sys.path_importer_cache.values())
        assert (before.value, importlib.import_module("settled.after").value) == (1, 2)
    finally:
        gc.unfreeze()
        for name in [name for name in sys.modules if name.startswith("settled")]:
            del sys.modules[name]


def test_spark_finds_no_archives_to_read_again_and_little_to_collect(spark: SparkSession) -> None:
    def look(partition: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        # Workers cannot import this module: what is used here reaches them as code.
        import gc
        import sys

        from commerce_lake.worker import settle

        yield (
            os.getpid(),
            sum(type(one) is zipimporter for one in sys.path_importer_cache.values()),
            len(gc.get_objects()),
        )
        settle()
        list(partition)

    tasks = spark.sparkContext.parallelize(range(8), 8).mapPartitions(look)
    seen: dict[int, list[tuple[int, int]]] = {}
    for worker, *found in tasks.collect() + tasks.collect():
        seen.setdefault(worker, []).append(tuple(found))

    for _, *later in seen.values():
        assert {archives for archives, _ in later} <= {0}
        assert all(objects < 5_000 for _, objects in later)
    assert any(later for _, *later in seen.values())
