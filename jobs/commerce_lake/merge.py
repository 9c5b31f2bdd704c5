"""Publishes the audited branches of a run, and joins all sources to the curated tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from pyspark.sql import SparkSession

from . import contract as contracts
from . import quarantine, report
from .args import MergeArguments, parse_merge_args
from .contract import DATASETS
from .curation import Curation
from .errors import JobError, PublicationError
from .etl import branches_of_date, contribution, drop_branches, processed_table, rebased
from .facts import Source
from .history import RUN
from .lease import Lease
from .log import Log
from .session import build_session, size_shuffles
from .staging import Staging
from .storage import Storage, lake
from .tables import MAIN, Table

JOB = "master_data_merge"
LOCK = "MERGE"


class Held(Protocol):
    """The merge lock as it is held."""

    def check(self) -> None:
        """Asserts that the lock is still held."""


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the merge from its command line; `argv` are its arguments, those of the process where None."""
    arguments = parse_merge_args(sys.argv[1:] if argv is None else argv)
    log = Log(job=JOB, step="MergeMasterData", run=arguments.run, date=str(arguments.batch_date))
    key = read_secret(arguments.pii_key_secret)
    spark = build_session(JOB)
    with Lease(arguments.run_ledger_table, LOCK, arguments.run, log) as lease:
        run_merge(spark, lake(arguments.lake_bucket), arguments, key, lease, log)


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
    lease: Held,
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
        sources = stage_processed(spark, storage, arguments)
        size_shuffles(spark, sum(source.table.bytes(source.head) for source in sources.values() if source.head))
        staging = Staging(spark, storage, arguments, key, sources)
        Curation(staging).stage(log)
        lease.check()
        # Processed tables first: curated ones remember what they show, so the next merge makes good what one that is
        # killed in between leaves undone.
        tables = [(source.table, source.branch) for source in sources.values()] + staging.publishable
        published = list(publish(tables, arguments, log))
        # Those of failed runs of the date among them.
        left = branches_of_date(storage, arguments)
        for table, _ in tables:
            drop_branches(table, left)
    except Exception as error:
        log.failure(error)
        raise
    for dataset in arguments.datasets:
        drop_older_quarantine(storage, dataset, arguments)
    content: dict[str, object] = {"tables": published, "seconds": round(time.monotonic() - started, 3)}
    log.info("done", report=report.write(storage, arguments, JOB, content), seconds=content["seconds"])
    return content


def stage_processed(spark: SparkSession, storage: Storage, arguments: MergeArguments) -> dict[str, Source]:
    """The processed tables as they will be: the run's branches, and main of those that the run has no files of.

    A branch whose main has moved since it was made (another date was published) is made again on the new main.

    Raises:
        PublicationError: A branch is missing, and main does not hold the run's rows either.
    """

    def staged(dataset: str) -> Source:
        contract = contracts.dataset(dataset)
        table = Table(spark, processed_table(storage, contract, arguments.processed_database))
        table.ensure()
        branch = _branch_to_publish(table, arguments) if dataset in arguments.datasets else MAIN
        return Source(contract, table, branch, table.head(branch))

    with ThreadPoolExecutor(len(DATASETS), "table") as pool:
        return dict(zip(DATASETS, pool.map(staged, DATASETS), strict=True))


def publish(tables: Sequence[tuple[Table, str]], arguments: MergeArguments, log: Log) -> Iterator[dict[str, object]]:
    """Moves main of every table to its branch.

    Returns:
        The tables whose newest snapshot is the run's, published now or by an earlier attempt of the merge.

    Raises:
        PublicationError: Main of one has moved meanwhile; those before it are published.
    """
    for table, branch in tables:
        if branch != MAIN:
            table.publish(branch)
        head = table.head()
        if head is not None and (table.summary(head) or {}).get(RUN) == arguments.run:
            name = f"{table.contract.database}.{table.contract.name}"
            log.info("published", table=name, snapshot=str(head))
            yield {"table": name, "branch": arguments.branch, "snapshot": str(head), "published": True}


def drop_older_quarantine(storage: Storage, dataset: str, arguments: MergeArguments) -> None:
    """Deletes what earlier runs of the date rejected: this run, now published, has judged the same records again."""
    everything = quarantine.prefix(dataset, arguments.batch_date)
    runs = {key.removeprefix(everything).split("/")[0] for key in storage.keys(everything)}
    for run in sorted(runs - {f"run={arguments.run}"}):
        storage.delete(f"{everything}{run}/")


def _branch_to_publish(table: Table, arguments: MergeArguments) -> str:
    branch = arguments.branch
    head, main = table.head(branch), table.head()
    if head is None:
        # An earlier attempt of this merge may have published the branch and dropped it.
        if main is None or all((table.summary(one) or {}).get(RUN) != arguments.run for one in table.lineage(main)):
            raise PublicationError(
                f"{table.name} has no branch {branch}: run the ETL job of {table.contract.name} before the merge."
            )
        return MAIN
    if main is None:
        return branch
    if table.is_ancestor(head, main):
        return MAIN
    return branch if table.is_ancestor(main, head) else _rebased(table, arguments)


def _rebased(table: Table, arguments: MergeArguments) -> str:
    """Makes the run's contribution again on a new branch of today's main; the run's own branch stays for a retry."""
    branch = rebased(arguments.branch)
    condition = f"source_date = DATE '{arguments.batch_date}'"
    rows = table.read(arguments.branch).where(condition)
    base = table.fork(branch)
    table.delete(branch, condition)
    table.append(rows, branch, contribution(arguments, base))
    return branch
