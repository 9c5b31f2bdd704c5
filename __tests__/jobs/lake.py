"""A lake in a folder, for tests: puts files, writes the manifests that the validator would, runs jobs, reads tables."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import product_enrichment
from commerce_lake import contract as contracts
from commerce_lake import etl, merge
from commerce_lake.args import parse_args, parse_merge_args
from commerce_lake.contract import DATASETS
from commerce_lake.log import Log
from commerce_lake.records.csv_exact import is_blank, parse_record
from commerce_lake.storage import FolderStorage
from commerce_lake.tables import CATALOG, Table
from pyspark.sql import DataFrame, SparkSession

JOBS = {
    "transactions": "transaction_etl",
    "products": "product_enrichment",
    "clickstream": "clickstream_aggregation",
    "reviews": "review_etl",
}
PROCESSING_TIME = "2025-02-01T06:00:00Z"
KEY = b"a key for tests"


class HeldLease:
    """The merge lock where nobody competes for it."""

    def check(self) -> None:
        pass


class Lake:
    def __init__(self, spark: SparkSession, folder: Path, suffix: str, catalog: str = CATALOG) -> None:
        self.spark = spark
        self.catalog = catalog
        self.folder = folder / "lake"
        self.storage = FolderStorage(f"file:{self.folder}")
        self.databases = {"processed": f"processed{suffix}", "curated": f"curated{suffix}"}
        for database in self.databases.values():
            spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {catalog}.{database}")

    def put(self, dataset: str, date: str, name: str, content: str | bytes) -> str:
        key = f"raw/{dataset}/date={date}/{name}"
        self.storage.write(key, content.encode() if isinstance(content, str) else content, "")
        return key

    def replace(self, dataset: str, date: str, files: Mapping[str, str | bytes]) -> None:
        """Makes these the only files of a date."""
        self.storage.delete(f"raw/{dataset}/date={date}/")
        for name, content in files.items():
            self.put(dataset, date, name, content)

    def arguments(self, run: str, date: str, processing_time: str = PROCESSING_TIME) -> list[str]:
        values = {
            "lake_bucket": self.storage.root,
            "environment": "test",
            "raw_database": "raw_test",
            "processed_database": self.databases["processed"],
            "curated_database": self.databases["curated"],
            "run": run,
            "batch_date": date,
            "processing_time": processing_time,
            "manifest": f"runs/date={date}/run={run}/manifest.json",
        }
        return [part for name, value in values.items() for part in (f"--{name}", value)]

    def write_manifest(self, run: str, date: str) -> dict[str, Any]:
        manifest = {
            "version": 1,
            "run": run,
            "date": date,
            "bucket": self.storage.root,
            "processingTime": PROCESSING_TIME,
            "datasets": {name: {"files": self._files(name, date)} for name in DATASETS},
        }
        self.storage.write(f"runs/date={date}/run={run}/manifest.json", json.dumps(manifest).encode(), "")
        return manifest

    def etl(self, dataset: str, run: str, date: str, processing_time: str = PROCESSING_TIME) -> dict[str, Any]:
        """Runs the dataset's ETL job on what is in raw; its report."""
        self.write_manifest(run, date)
        enrich = product_enrichment.enrich if dataset == "products" else None
        arguments = parse_args(self.arguments(run, date, processing_time))
        return etl.run_job(self.spark, self.storage, JOBS[dataset], dataset, arguments, enrich)

    def publish(self, dataset: str, run: str) -> None:
        """Moves main of a processed table to the run's branch, and drops the branch: the merge without the curated."""
        table = self.processed(dataset)
        branch = f"run_{run}".replace("-", "_")
        table.publish(branch)
        table.drop_branch(branch)

    def processed(self, dataset: str) -> Table:
        """A processed table."""
        contract = contracts.dataset(dataset)
        return Table(self.spark, etl.processed_table(self.storage, contract, self.databases["processed"]))

    def merge(self, run: str, date: str, datasets: str, key: bytes = KEY) -> dict[str, Any]:
        """Runs the merge; its report."""
        argv = [*self.arguments(run, date), "--datasets", datasets, "--pii_key_secret", "unused"]
        arguments = parse_merge_args(argv)
        return merge.run_merge(self.spark, self.storage, arguments, key, HeldLease(), Log(job=merge.JOB, run=run))

    def run(self, run: str, date: str) -> None:
        """Runs the jobs of all datasets that have files for the date, then the merge."""
        datasets = [name for name in DATASETS if self._files(name, date)]
        for dataset in datasets:
            self.etl(dataset, run, date)
        self.merge(run, date, ",".join(datasets))

    def table(self, zone: str, name: str, branch: str | None = None) -> DataFrame:
        full = f"{self.catalog}.{self.databases[zone]}.{name}"
        return self.spark.read.option("branch", branch).table(full) if branch else self.spark.table(full)

    def rows(self, zone: str, name: str, *columns: str, branch: str | None = None) -> list[tuple[Any, ...]]:
        """Rows of a table in a fixed order, as plain tuples."""
        frame = self.table(zone, name, branch)
        chosen = frame.select(*columns) if columns else frame
        return sorted((tuple(row) for row in chosen.collect()), key=repr)

    def data_files(self, zone: str, name: str, branch: str | None = None) -> dict[tuple[Any, ...], list[str]]:
        """Data files of a table by year, month and day; one entry, (), where it has no such partitions."""
        frame = self.table(zone, name, branch)
        days = [column for column in ("year", "month", "day") if column in frame.columns]
        found: dict[tuple[Any, ...], list[str]] = {}
        for *day, file in sorted(tuple(row) for row in frame.select(*days, "_file").distinct().collect()):
            found.setdefault(tuple(day), []).append(file)
        return found

    def quarantined(self, dataset: str, date: str, run: str | None = None) -> list[dict[str, Any]]:
        prefix = f"quarantine/{dataset}/date={date}/" + (f"run={run}/" if run else "")
        keys = [key for key in self.storage.keys(prefix) if key.endswith(".json")]
        lines = [json.loads(line) for key in keys for line in self.storage.read(key).decode().split("\n") if line]
        return sorted(lines, key=lambda line: (line["file"], line["record"]))

    def _files(self, dataset: str, date: str) -> list[dict[str, Any]]:
        keys = sorted(self.storage.keys(f"raw/{dataset}/date={date}/"))
        return [self._file(dataset, key) for key in keys]

    def _file(self, dataset: str, key: str) -> dict[str, Any]:
        stored = self.storage.read(key)
        zipped = stored.startswith(b"\x1f\x8b")
        text = (gzip.decompress(stored) if zipped else stored).decode("utf-8-sig")
        known = [column.name for column in contracts.dataset(dataset).columns]
        if contracts.dataset(dataset).format == "csv":
            kind, columns = "csv", [name.strip(" \t\r\n") for name in next(csv.reader(io.StringIO(text, newline="")))]
        else:
            kind = "json-array" if text.lstrip().startswith("[") else "jsonl"
            if kind == "jsonl" and text.lstrip().startswith("{\n"):
                kind = "json-object"
            columns = known
        places = _places(text, kind)
        mark = len(stored) - len(text.encode())
        return {
            "key": key,
            "etag": "",
            "md5": "",
            "bytes": len(stored),
            "rows": len(places),
            "badRows": 0,
            "format": kind,
            "compression": "gzip" if zipped else "none",
            "bom": stored.startswith(b"\xef\xbb\xbf"),
            "columns": columns,
            "unknownColumns": [name for name in columns if name not in known],
            "splits": []
            if zipped or kind not in ("csv", "jsonl")
            else [
                {"offset": mark + offset, "record": index + 1, "line": line}
                for index, (offset, line) in enumerate(places)
                if index % 10 == 9
            ],
        }


def _places(text: str, kind: str) -> list[tuple[int, int]]:
    """Where the records of a file begin: the byte and the line; of a JSON document only as many as there are."""
    if kind not in ("csv", "jsonl"):
        try:
            document = json.loads(text)
        except ValueError:
            return []
        return [(0, 0)] * (len(document) if isinstance(document, list) else 1)
    found = []
    position = offset = 0
    line = 1
    while position < len(text):
        if kind == "csv":
            record = parse_record(text, position, True)
            assert record is not None  # the text is the whole file
            end, is_record = record.end, not is_blank(record, text)
        else:
            end = text.find("\n", position) + 1 or len(text)
            is_record = bool(text[position:end].strip())
        if is_record:
            found.append((offset, line))
        offset += len(text[position:end].encode())
        line += text.count("\n", position, end)
        position = end
    return found[1:] if kind == "csv" else found
