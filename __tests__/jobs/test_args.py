from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from commerce_lake.args import parse_args, parse_merge_args
from commerce_lake.errors import ArgumentError

ARGUMENTS = {
    "lake_bucket": "data-lake-test",
    "environment": "test",
    "raw_database": "raw_test",
    "processed_database": "processed_test",
    "curated_database": "curated_test",
    "run": "2025-01-15-cli-Ab_1",
    "batch_date": "2025-01-15",
    "processing_time": "2025-01-16T03:00:00.123Z",
    "manifest": "runs/date=2025-01-15/run=2025-01-15-cli-Ab_1/manifest.json",
}
MERGE = {"datasets": "transactions,reviews", "pii_key_secret": "commerce-lake/test/pii-key"}


def argv(**changes: str | None) -> list[str]:
    values = {**ARGUMENTS, **changes}
    return [part for name, value in values.items() if value is not None for part in (f"--{name}", value)]


def test_arguments_are_typed() -> None:
    arguments = parse_args(argv())

    assert arguments.batch_date == date(2025, 1, 15)
    assert arguments.processing_time == datetime(2025, 1, 16, 3, 0, 0, 123000, UTC)
    assert arguments.branch == "run_2025_01_15_cli_ab_1"
    assert arguments.run_prefix == "runs/date=2025-01-15/run=2025-01-15-cli-Ab_1/"


def test_what_glue_adds_is_ignored() -> None:
    glue = [
        *("--JOB_NAME", "transaction-etl-test", "--enable-metrics", "true", "--enable-job-insights"),
        *(
            "--conf",
            "spark.a=1 --conf spark.b=2",
            "--datalake-formats",
            "iceberg",
            "--run_id",
            "x",
            "--manifest_x",
            "y",
        ),
    ]

    assert parse_args([*glue[:5], *argv(), *glue[5:]]) == parse_args(argv())


def test_a_time_without_zone_is_utc_and_others_are_converted() -> None:
    assert parse_args(argv(processing_time="2025-01-16T03:00:00")).processing_time.hour == 3
    assert parse_args(argv(processing_time="2025-01-16T03:00:00+02:00")).processing_time == datetime(
        2025, 1, 16, 1, tzinfo=UTC
    )


def test_the_merge_has_arguments_of_its_own() -> None:
    arguments = parse_merge_args(argv(**MERGE))

    assert arguments.datasets == ("transactions", "reviews")
    assert arguments.run_ledger_table == "run-ledger-test"
    assert parse_merge_args(argv(**MERGE, run_ledger_table="ledger")).run_ledger_table == "ledger"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"manifest": None}, "--manifest"),
        ({"run": "a b"}, "--run must match"),
        ({"run": "a" * 81}, "--run must match"),
        ({"run": ""}, "--run must match"),
        ({"batch_date": "2025-02-30"}, "--batch_date must be YYYY-MM-DD; it is '2025-02-30'"),
        ({"processing_time": "noon"}, "--processing_time must be an ISO 8601 time; it is 'noon'"),
    ],
)
def test_a_missing_or_malformed_argument_is_named(changes: dict[str, str | None], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parse_args(argv(**changes))


def test_an_unknown_dataset_is_named_with_those_that_are_known() -> None:
    with pytest.raises(ArgumentError, match="names orders; known are transactions, products"):
        parse_merge_args(argv(**{**MERGE, "datasets": "transactions,orders"}))
