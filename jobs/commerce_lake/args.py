"""The arguments of a job, as its definition and the state machine give them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from .contract import DATASETS
from .errors import ArgumentError

RUN = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True)
class JobArguments:
    """What every job is told."""

    lake_bucket: str
    """Name of the lake's bucket, or the URI of a folder that stands for it (`file:/…`)."""
    environment: str
    processed_database: str
    curated_database: str
    run: str
    batch_date: date
    processing_time: datetime
    """Start of the run, UTC; the only now that a job knows."""
    manifest: str
    """Key of the run's manifest."""

    @property
    def branch(self) -> str:
        """Name of the Iceberg branch that the run writes to."""
        return branch_of(self.run)

    @property
    def date_prefix(self) -> str:
        """Where the runs of the date keep what they say of themselves."""
        return f"runs/date={self.batch_date}/"

    @property
    def run_prefix(self) -> str:
        """Where the run keeps what it says of itself."""
        return f"{self.date_prefix}run={self.run}/"


def branch_of(run: str) -> str:
    """Name of the Iceberg branch that a run writes to."""
    return "run_" + re.sub(r"[^a-z0-9_]", "_", run.lower())


@dataclass(frozen=True)
class MergeArguments(JobArguments):
    """What the merge is told besides."""

    datasets: tuple[str, ...]
    """Datasets that the run has files of."""
    pii_key_secret: str
    """Name or ARN of the secret that holds the key of the pseudonyms."""
    run_ledger_table: str
    """DynamoDB table that holds the lock of the merge: `run-ledger-{environment}` unless told otherwise."""


def parse_args(argv: Sequence[str]) -> JobArguments:
    """Arguments of an ETL job; others, such as those that Glue adds, are ignored.

    Raises:
        ArgumentError: One is missing or malformed.
    """
    return JobArguments(**_common(_parse(_parser(_COMMON), argv)))


def parse_merge_args(argv: Sequence[str]) -> MergeArguments:
    """Arguments of the merge; others, such as those that Glue adds, are ignored.

    Raises:
        ArgumentError: One is missing or malformed.
    """
    parser = _parser((*_COMMON, "datasets", "pii_key_secret"))
    parser.add_argument("--run_ledger_table")
    values = _parse(parser, argv)
    names = tuple(name for name in values["datasets"].split(",") if name)
    unknown = [name for name in names if name not in DATASETS]
    if unknown:
        raise ArgumentError(f"--datasets names {', '.join(unknown)}; known are {', '.join(DATASETS)}.")
    return MergeArguments(
        **_common(values),
        datasets=names,
        pii_key_secret=values["pii_key_secret"],
        run_ledger_table=values["run_ledger_table"] or f"run-ledger-{values['environment']}",
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"The job's arguments do not fit: {message}.")


_COMMON = (
    "lake_bucket", "environment", "processed_database", "curated_database",
    "run", "batch_date", "processing_time", "manifest",
)  # fmt: skip


def _parser(required: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(allow_abbrev=False, add_help=False)
    for name in required:
        parser.add_argument(f"--{name}", required=True)
    return parser


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str]) -> dict[str, str]:
    known, _ = parser.parse_known_args(argv)
    return {name: (value or "").strip() for name, value in vars(known).items()}


def _common(values: dict[str, str]) -> dict[str, Any]:
    if not RUN.fullmatch(values["run"]):
        raise ArgumentError(f"--run must match {RUN.pattern}; it is {values['run']!r}.")
    common: dict[str, Any] = {name: values[name] for name in _COMMON}
    try:
        common["batch_date"] = date.fromisoformat(values["batch_date"])
    except ValueError as error:
        raise ArgumentError(f"--batch_date must be YYYY-MM-DD; it is {values['batch_date']!r}.") from error
    common["processing_time"] = parse_time(values["processing_time"])
    return common


def parse_time(text: str) -> datetime:
    """An ISO 8601 time as UTC; without a zone it is UTC.

    Raises:
        ArgumentError: It is not such a time.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentError(f"--processing_time must be an ISO 8601 time; it is {text!r}.") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
