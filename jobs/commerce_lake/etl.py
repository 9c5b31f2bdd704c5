"""What the four ETL jobs have in common: raw files of one batch date in, its rows on the run's branch out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from uuid import uuid4

from pyspark.sql import SparkSession

from . import contract as contracts
from . import report
from .args import JobArguments, branch_of, parse_args
from .blobs import exchanged
from .contract import Contract
from .datafile import DataFile, Form, processed_form
from .errors import ConservationError, ContractError
from .history import BASE, RUN, SOURCE_DATE
from .layout import laid_out
from .log import Log
from .manifest import Manifest, ManifestFile
from .pieces import grouped, pieces
from .quarantine import Quarantine
from .rules import contract_rules
from .session import build_session, size_shuffles
from .storage import Storage, lake
from .tables import Table, TableContract
from .tasks import Deduplicating, Enrich, KeyFigures, ReadFigures, Reading, Work, Writing

KEY_BYTES = 32 * 1024 * 1024
"""Bytes of files whose records one task compares by key."""

COMPRESSED = 8
"""How many bytes one of a compressed file is taken for."""

MOST_BUCKETS = 2048
"""More would leave but a few rows of a task for each."""


@dataclass(frozen=True)
class Counts:
    """Where the records of a date went."""

    read: int
    written: int
    quarantined: int
    duplicates: int

    def check(self, dataset: str, validated: int) -> None:
        """Every record must be accounted for.

        Args:
            dataset: Whose records they are.
            validated: Records that the validator counted in the same files.

        Raises:
            ConservationError: One is not.
        """
        if self.read != validated:
            raise ConservationError(
                f"{dataset}: the manifest says {validated} records, but {self.read} were read. A split of a file may "
                "not be where a record begins. Nothing is published; keep the files and the manifest, and report it."
            )
        if self.read != self.written + self.quarantined + self.duplicates:
            raise ConservationError(
                f"{dataset}: {self.read} records in, but {self.written} out + {self.quarantined} quarantined + "
                f"{self.duplicates} duplicates. Nothing is published; run the date again, and keep the log if it "
                "happens twice."
            )


def main(job: str, dataset: str, argv: Sequence[str] | None = None, enrich: Enrich | None = None) -> None:
    """Runs an ETL job from its command line.

    Args:
        job: Name of the job, which its report carries.
        dataset: Dataset that it writes.
        argv: Its arguments; those of the process where None.
        enrich: Adds the columns that come from elsewhere.
    """
    arguments = parse_args(sys.argv[1:] if argv is None else argv)
    run_job(build_session(job), lake(arguments.lake_bucket), job, dataset, arguments, enrich)


def run_job(
    spark: SparkSession,
    storage: Storage,
    job: str,
    dataset: str,
    arguments: JobArguments,
    enrich: Enrich | None = None,
) -> dict[str, object]:
    """Extracts, transforms and loads one dataset of a run.

    Returns:
        The report, as written to the lake.

    Raises:
        JobError: The job cannot go on; main is as it was.
    """
    started = time.monotonic()
    log = Log(job=job, step="EtlJobs", run=arguments.run, date=str(arguments.batch_date), dataset=dataset)
    contract = contracts.dataset(dataset)
    try:
        files = manifest_files(storage, contract, arguments)
        log.info("reading", files=len(files), bytes=sum(file.bytes for file in files))
        content = load(spark, storage, contract, arguments, files, enrich)
    except Exception as error:
        log.failure(error)
        raise
    content = {"dataset": dataset, **content, "seconds": round(time.monotonic() - started, 3)}
    key = report.write(storage, arguments, job, content)
    log.info("done", report=key, rows=content["rows"], seconds=content["seconds"])
    return content


def manifest_files(storage: Storage, contract: Contract, arguments: JobArguments) -> tuple[ManifestFile, ...]:
    """Exactly the files that the run's manifest lists for the dataset.

    Raises:
        ContractError: The manifest is not one, or is another run's.
    """
    manifest = Manifest.parse(storage.read(arguments.manifest), arguments.manifest)
    if (manifest.run, manifest.date) != (arguments.run, str(arguments.batch_date)):
        raise ContractError(
            f"{arguments.manifest} is of run {manifest.run} for {manifest.date}; "
            f"this job is of run {arguments.run} for {arguments.batch_date}."
        )
    return manifest.datasets[contract.name]


def load(
    spark: SparkSession,
    storage: Storage,
    contract: Contract,
    arguments: JobArguments,
    files: Sequence[ManifestFile],
    enrich: Enrich | None,
) -> dict[str, object]:
    """Replaces on the run's branch what the date contributed, and quarantines what breaks a rule.

    Raises:
        ConservationError: A record got lost or was made.
        ContractError: The table cannot become what the contract says.
    """
    size_shuffles(spark, sum(file.bytes for file in files))
    table = Table(spark, processed_table(storage, contract, arguments.processed_database))
    work = Work(storage, contract, arguments.batch_date, arguments.processing_time)
    rejected = Quarantine(storage, contract.name, arguments.batch_date, arguments.run, [file.key for file in files])
    storage.delete(rejected.prefix)
    with ThreadPoolExecutor(1, "table") as pool:
        # The first statements of a cold Spark take seconds in which nothing else need wait: tasks read meanwhile.
        prepared = pool.submit(_prepared, table, storage, contract, arguments)
        try:
            read, once, written = transform(spark, work, files, rejected, lambda: prepared.result()[0], enrich)
        except Exception:
            # A contract that the table refuses says what to do; what tasks tripped over meanwhile follows from it.
            prepared.result()
            raise
    _, base = prepared.result()
    summary = table.append_files(written, arguments.branch, storage.root, contribution(arguments, base))

    counts = Counts(
        read=read.read,
        written=int(summary.get("added-records", "0")),
        quarantined=read.rejected.count,
        duplicates=once.duplicates,
    )
    counts.check(contract.name, sum(file.rows for file in files))
    names = [rule.name for rule in contract_rules(contract, arguments.processing_time)]
    return {
        "rows": {
            "in": counts.read,
            "out": counts.written,
            "quarantined": counts.quarantined,
            "duplicates": counts.duplicates,
        },
        "reasons": {name: read.rejected.reasons[name] for name in names if name in read.rejected.reasons},
        "computed": {column.name: once.computed[column.name] for column in contract.columns if column["x-computed"]},
        "drift": {"unknown": sorted({name for file in files for name in file.unknown_columns})},
        "tables": [
            {
                "table": f"{arguments.processed_database}.{contract.name}",
                "branch": arguments.branch,
                "snapshot": summary["snapshot"],
            }
        ],
    }


def transform(
    spark: SparkSession,
    work: Work,
    files: Sequence[ManifestFile],
    rejected: Quarantine,
    form: Callable[[], Form],
    enrich: Enrich | None,
) -> tuple[ReadFigures, KeyFigures, list[DataFile]]:
    """Files to data files: read and judged, one record a key, columns joined and derived, a day in a file or a few.

    Rows pass from task to task as bytes, by key first, then by day. No Spark job reads them only to count them: what
    the first exchange holds says how large each day is, and stays for the second.

    Args:
        spark: The session.
        work: What all tasks know.
        files: The files.
        rejected: Takes the records that break a rule.
        form: How the data files are written; asked for when all is read.
        enrich: Adds the columns that come from elsewhere.
    """
    context = spark.sparkContext
    groups = grouped(pieces(files))
    size = sum(file.bytes * (1 if file.compression == "none" else COMPRESSED) for file in files)
    buckets = min(MOST_BUCKETS, max(1, -(-size // KEY_BYTES)))
    reading = Reading(work, [replace(file, splits=()) for file in files], rejected, buckets)
    by_key = exchanged(context.parallelize(groups, max(1, len(groups))).mapPartitions(reading), buckets + 1)
    read = sum((figures for _, figures in context.runJob(by_key, list, [buckets])), ReadFigures())

    layout = laid_out(read.days)
    deduplicating = Deduplicating(work, buckets, layout)
    by_day = exchanged(by_key.mapPartitionsWithIndex(deduplicating), layout.tasks + 1)
    writing = Writing(work, form(), layout.tasks, uuid4().hex, enrich)
    found = by_day.mapPartitionsWithIndex(writing).collect()
    once = sum((one for one in found if isinstance(one, KeyFigures)), KeyFigures())
    return read, once, [one for one in found if isinstance(one, DataFile)]


def _prepared(table: Table, storage: Storage, contract: Contract, arguments: JobArguments) -> tuple[Form, int | None]:
    """Makes the table and the run's branch, without what the date contributed before.

    Returns:
        How the table's files are written, and main's snapshot.
    """
    table.ensure()
    form = processed_form(contract, table.field_ids())
    form.check(table.partitions())
    drop_branches(table, branches_of_date(storage, arguments))
    base = table.fork(arguments.branch)
    if base is not None:
        table.delete(arguments.branch, f"source_date = DATE '{arguments.batch_date}'")
    return form, base


def branches_of_date(storage: Storage, arguments: JobArguments) -> frozenset[str]:
    """Branches that the runs of the date may have left; one run at a time works on a date, so they are over.

    A run is known by its manifest. Neither its name nor what it wrote need tell the date: it may have died before.
    """
    runs = {key.removeprefix(arguments.date_prefix).split("/")[0] for key in storage.keys(arguments.date_prefix)}
    names = {arguments.branch, *[branch_of(run.removeprefix("run=")) for run in runs]}
    return frozenset(names | {rebased(name) for name in names})


def drop_branches(table: Table, branches: Collection[str]) -> None:
    """Drops those of the branches that the table has."""
    for branch in table.branches():
        if branch in branches:
            table.drop_branch(branch)


def rebased(branch: str) -> str:
    """Name of the branch that holds a run's contribution made again on a main that moved meanwhile."""
    return f"{branch}__rebased"


def contribution(arguments: JobArguments, base: int | None) -> dict[str, str]:
    """What the snapshot remembers that replaces what the run's date contributed to the table as of `base`."""
    return {
        SOURCE_DATE: str(arguments.batch_date),
        RUN: arguments.run,
        BASE: "" if base is None else str(base),
    }


def processed_table(storage: Storage, contract: Contract, database: str) -> TableContract:
    """The processed table of a dataset."""
    return TableContract(
        database=database,
        name=contract.name,
        description=contract.description,
        columns=contract.processed,
        partition_by=contract.partition_by,
        location=f"{storage.root}/processed/{contract.name}",
    )
