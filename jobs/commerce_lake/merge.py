"""Publishes the audited branches of a run, and joins all sources to the curated tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from . import contract as contracts
from . import curate, quarantine, report, sessions
from .args import MergeArguments, parse_merge_args
from .contract import CURATED, DATASETS, Contract
from .errors import JobError, PublicationError
from .etl import processed_table
from .lease import Lease
from .log import Log
from .masking import masked
from .session import build_session
from .storage import Storage, lake
from .tables import BASE, RUN, SOURCE_DATE, Table, TableContract

JOB = "master_data_merge"
LOCK = "MERGE"


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the merge from its command line; `argv` are its arguments, those of the process where None."""
    arguments = parse_merge_args(sys.argv[1:] if argv is None else argv)
    log = Log(job=JOB, run=arguments.run, date=str(arguments.batch_date))
    key = read_secret(arguments.pii_key_secret)
    with Lease(arguments.run_ledger_table, LOCK, arguments.run, log) as lease:
        run_merge(build_session(JOB), lake(arguments.lake_bucket), arguments, key, lease, log)


def read_secret(name: str) -> bytes:
    """The key of the pseudonyms.

    Raises:
        JobError: The secret is empty.
    """
    import boto3

    value: Mapping[str, Any] = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    key = bytes(value["SecretBinary"]) if "SecretBinary" in value else str(value["SecretString"]).encode()
    if not key:
        raise JobError(f"The secret {name} is empty; it must hold the key of the pseudonyms.")
    return key


def run_merge(
    spark: SparkSession,
    storage: Storage,
    arguments: MergeArguments,
    key: bytes,
    lease: Lease,
    log: Log,
) -> dict[str, object]:
    """Stages every table on a branch, then publishes them all.

    Returns:
        The report, as written to the lake.

    Raises:
        JobError: The merge cannot go on; tables not yet published are as they were.
    """
    started = time.monotonic()
    try:
        staged = Staged(spark, storage, arguments, key)
        staged.stage_processed()
        staged.stage_curated(log)
        lease.check()
        published = list(staged.publish(log))
    except JobError as error:
        log.error("failed", error=type(error).__name__, message=str(error))
        raise
    for dataset in arguments.datasets:
        drop_older_quarantine(storage, dataset, arguments)
    content: dict[str, object] = {"tables": published, "seconds": round(time.monotonic() - started, 3)}
    log.info("done", report=report.write(storage, arguments, JOB, content), seconds=content["seconds"])
    return content


def drop_older_quarantine(storage: Storage, dataset: str, arguments: MergeArguments) -> None:
    """Deletes what earlier runs of the date rejected: this run, now published, has judged the same records again."""
    everything = quarantine.prefix(dataset, arguments.batch_date)
    runs = {key.removeprefix(everything).split("/")[0] for key in storage.keys(everything)}
    for run in sorted(runs - {f"run={arguments.run}"}):
        storage.delete(f"{everything}{run}/")


class Staged:
    """The tables of a merge, each on the branch that will become its main."""

    def __init__(self, spark: SparkSession, storage: Storage, arguments: MergeArguments, key: bytes) -> None:
        """Creates the tables that are missing."""
        self._arguments = arguments
        self._key = key
        self._branches: dict[str, str] = {}
        self._processed = {
            name: Table(spark, processed_table(storage, contracts.dataset(name), arguments.processed_database))
            for name in DATASETS
        }
        self._curated = {name: Table(spark, self._curated_table(storage, name)) for name in CURATED}
        for table in (*self._processed.values(), *self._curated.values()):
            table.ensure()

    def stage_processed(self) -> None:
        """Takes the run's branches; one whose main has moved since is made again on the new main.

        Raises:
            PublicationError: A branch is missing, and main does not hold the run's rows either.
        """
        branch = self._arguments.branch
        for dataset in self._arguments.datasets:
            table = self._processed[dataset]
            head, main = table.head(branch), table.head()
            if head is None:
                if not self._holds_run(table, main):
                    raise PublicationError(f"{table.name} has no branch {branch}: run the ETL job of {dataset} first.")
                continue  # an earlier attempt of this merge published it and dropped the branch
            if main is None or main in table.lineage(head) or head in table.lineage(main):
                self._branches[table.name] = branch
            else:
                self._branches[table.name] = self._rebased(table, branch)

    def stage_curated(self, log: Log) -> None:
        """Writes every curated table anew on a branch."""
        snapshot = curate.newest(self._rows("products"), contracts.dataset("products"))
        self._stage("transactions", curate.with_product(self._newest("transactions"), snapshot))
        self._stage("reviews", curate.with_product(self._newest("reviews"), snapshot))
        gap = self._contract("clickstream").sessions
        assert gap is not None  # the contract of clickstream says how visits end
        self._stage("clickstream", sessions.visits(self._newest("clickstream"), gap["gapMinutes"]))
        self._stage("sessions", sessions.sessions(self._staged("clickstream")), mask=False)
        visited = self._staged("sessions")
        self._stage("funnel_daily", sessions.funnel(visited, "year", "month", "day"), mask=False)
        self._stage("funnel_hourly", sessions.funnel(visited, "year", "month", "day", "hour"), mask=False)
        sales = self._staged("transactions")
        self._stage("customers", curate.customers(sales, contracts.curated("customers")), mask=False)
        self._stage("products", curate.products(snapshot, sales, self._staged("reviews")))
        log.info("staged", tables=sorted(self._branches))

    def publish(self, log: Log) -> Iterator[dict[str, object]]:
        """Moves main of every table to its branch, then drops the branches."""
        tables = [
            table for table in (*self._processed.values(), *self._curated.values()) if table.name in self._branches
        ]
        for table in tables:
            snapshot = table.publish(self._branches[table.name])
            name = f"{table.contract.database}.{table.contract.name}"
            log.info("published", table=name, snapshot=str(snapshot))
            yield {"table": name, "branch": self._arguments.branch, "snapshot": str(snapshot), "published": True}
        for table in tables:
            for branch in {self._arguments.branch, self._branches[table.name]}:
                table.drop_branch(branch)

    def _rebased(self, table: Table, branch: str) -> str:
        """Makes the run's contribution again on a new branch of today's main."""
        rebased = f"{branch}__rebased"
        condition = f"source_date = DATE '{self._arguments.batch_date}'"
        rows = table.read(branch).where(condition)
        base = table.fork(rebased)
        table.delete(rebased, condition)
        table.append(rows, rebased, contribution(self._arguments, base))
        return rebased

    def _holds_run(self, table: Table, main: int | None) -> bool:
        return main is not None and any(
            table.summary(snapshot).get(RUN) == self._arguments.run for snapshot in table.lineage(main)
        )

    def _contract(self, dataset: str) -> Contract:
        return contracts.dataset(dataset)

    def _rows(self, dataset: str) -> DataFrame:
        table = self._processed[dataset]
        return table.read(self._branches.get(table.name, "main"))

    def _newest(self, dataset: str) -> DataFrame:
        return curate.newest(self._rows(dataset), self._contract(dataset))

    def _staged(self, name: str) -> DataFrame:
        table = self._curated[name]
        return table.read(self._branches[table.name])

    def _stage(self, name: str, rows: DataFrame, mask: bool = True) -> None:
        """Replaces all rows of a curated table on its branch; rows made from curated ones are masked already."""
        table, contract = self._curated[name], contracts.curated(name)
        branch = self._arguments.branch
        base = table.fork(branch)
        table.delete(branch, "true")
        chosen = masked(rows, contract.columns, self._key) if mask else rows
        typed = chosen.selectExpr(
            *[f"CAST(`{column.name}` AS {column.type}) `{column.name}`" for column in contract.columns]
        )
        table.append(typed, branch, contribution(self._arguments, base))
        self._branches[table.name] = branch

    def _curated_table(self, storage: Storage, name: str) -> TableContract:
        contract = contracts.curated(name)
        return TableContract(
            database=self._arguments.curated_database,
            name=name,
            description=contract.description,
            columns=contract.columns,
            partition_by=contract.partition_by,
            location=f"{storage.root}/curated/{name}",
        )


def contribution(arguments: MergeArguments, base: int | None) -> dict[str, str]:
    """What a snapshot remembers of the run that wrote it."""
    return {
        SOURCE_DATE: str(arguments.batch_date),
        RUN: arguments.run,
        BASE: "" if base is None else str(base),
    }
