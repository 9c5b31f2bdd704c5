"""What the four ETL jobs have in common: raw files of one batch date in, its rows on the run's branch out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import contract as contracts
from . import frames, report
from .args import JobArguments, branch_of, parse_args
from .contract import Contract
from .dedup import DUPLICATE, marked
from .derive import derived
from .errors import ConservationError, ContractError
from .history import BASE, RUN, SOURCE_DATE
from .judge import BROKEN
from .log import Log
from .manifest import Manifest, ManifestFile
from .observe import Figures
from .quarantine import Quarantine
from .rules import contract_rules
from .session import build_session, size_shuffles
from .storage import Storage, lake
from .tables import Table, TableContract

Enrich = Callable[[DataFrame], DataFrame]
"""Adds columns that come from elsewhere than the record itself."""


@dataclass(frozen=True)
class Extracted:
    """What a job reads."""

    files: tuple[ManifestFile, ...]
    records: DataFrame
    """Judged."""
    rejected: Quarantine
    """Those that break a rule, once the records are read."""


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
        extracted = extract(spark, storage, contract, arguments)
        log.info("reading", files=len(extracted.files), bytes=sum(file.bytes for file in extracted.files))
        content = load(spark, storage, contract, arguments, extracted, enrich)
    except Exception as error:
        log.failure(error)
        raise
    content = {"dataset": dataset, **content, "seconds": round(time.monotonic() - started, 3)}
    key = report.write(storage, arguments, job, content)
    log.info("done", report=key, rows=content["rows"], seconds=content["seconds"])
    return content


def extract(spark: SparkSession, storage: Storage, contract: Contract, arguments: JobArguments) -> Extracted:
    """The records of exactly the files that the run's manifest lists for the dataset.

    Raises:
        ContractError: The manifest is not one, or is another run's.
    """
    manifest = Manifest.parse(storage.read(arguments.manifest), arguments.manifest)
    if (manifest.run, manifest.date) != (arguments.run, str(arguments.batch_date)):
        raise ContractError(
            f"{arguments.manifest} is of run {manifest.run} for {manifest.date}; "
            f"this job is of run {arguments.run} for {arguments.batch_date}."
        )
    files = manifest.datasets[contract.name]
    size_shuffles(spark, sum(file.bytes for file in files))
    keys = [file.key for file in files]
    rejected = Quarantine(storage, contract.name, arguments.batch_date, arguments.run, keys)
    records = frames.read(spark, storage, contract, files, arguments.processing_time, rejected)
    return Extracted(files, records, rejected)


def transform(records: DataFrame, contract: Contract, arguments: JobArguments, enrich: Enrich | None) -> DataFrame:
    """Records to the rows of the processed table: duplicates dropped, columns joined and derived, days together."""
    rows = records.filter(~F.col(DUPLICATE)).select(*[column.name for column in contract.columns])
    # Rows move while they are narrow: what is derived from them is added where they are written.
    if contract.event_time:
        rows = rows.withColumn("_day", F.to_date(contract.event_time))
        # In Python, hints do not take columns.
        rows = rows.sparkSession.sql("SELECT /*+ REBALANCE(_day) */ * FROM {rows}", rows=rows)
        # By one number Spark sorts without comparing rows; by year, month and day, as Iceberg would, it compares them.
        rows = rows.sortWithinPartitions("_day")
    else:
        rows = rows.hint("rebalance")
    if enrich is not None:
        rows = enrich(rows)
    return derived(rows, contract, arguments.batch_date, arguments.processing_time)


def load(
    spark: SparkSession,
    storage: Storage,
    contract: Contract,
    arguments: JobArguments,
    extracted: Extracted,
    enrich: Enrich | None,
) -> dict[str, object]:
    """Replaces on the run's branch what the date contributed, and quarantines what breaks a rule.

    Raises:
        ConservationError: A record got lost or was made.
    """
    table = Table(spark, processed_table(storage, contract, arguments.processed_database))
    table.ensure()
    drop_branches(table, branches_of_date(storage, arguments))
    base = table.fork(arguments.branch)
    if base is not None:
        table.delete(arguments.branch, f"source_date = DATE '{arguments.batch_date}'")

    rejected = extracted.rejected
    storage.delete(rejected.prefix)
    of_all, of_good = Figures(), Figures()
    computed = [column.name for column in contract.columns if column["x-computed"]]
    everything = of_all.over(
        extracted.records,
        F.count(F.lit(1)).alias("read"),
        F.count_if(F.col(BROKEN) != 0).alias("broken"),
    )
    once = of_good.over(
        marked(everything.filter(F.col(BROKEN) == 0), contract),
        F.count_if(DUPLICATE).alias("duplicates"),
        *[F.count_if(~F.col(DUPLICATE) & F.col(f"_computed_{name}")).alias(name) for name in computed],
    )
    rows = transform(once, contract, arguments, enrich)
    summary = table.append(rows, arguments.branch, contribution(arguments, base), in_order=True)

    names = [rule.name for rule in contract_rules(contract, arguments.processing_time)]
    quarantined, reasons = rejected.count(spark, names) if of_all.get()["broken"] else (0, {})
    counts = Counts(
        read=of_all.get()["read"],
        written=int(summary.get("added-records", "0")),
        quarantined=quarantined,
        duplicates=of_good.get()["duplicates"],
    )
    counts.check(contract.name, sum(file.rows for file in extracted.files))
    return {
        "rows": {
            "in": counts.read,
            "out": counts.written,
            "quarantined": counts.quarantined,
            "duplicates": counts.duplicates,
        },
        "reasons": reasons,
        "computed": {name: of_good.get()[name] for name in computed},
        "drift": {"unknown": sorted({name for file in extracted.files for name in file.unknown_columns})},
        "tables": [
            {
                "table": f"{arguments.processed_database}.{contract.name}",
                "branch": arguments.branch,
                "snapshot": summary["snapshot"],
            }
        ],
    }


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
