"""Runs of an environment that goes on without a dataset that failed, on the mended interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from local.stepfunctions_harness import Ended, interpreter
from local.test_stepfunctions_run import Lake, printed_definition

_DATE = "2025-01-15"
_BROKEN = {"State": "READY", "LastCrawl": {"Status": "FAILED", "ErrorMessage": "no rights"}}


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    """The definition of such an environment."""
    return printed_definition("continue")


@pytest.fixture
def lake(definition: dict[str, Any]) -> Iterator[Lake]:
    """A lake with files of two datasets."""
    with interpreter() as machine:
        lake = Lake(machine, definition)
        lake.upload()
        yield lake


def _assert_partial(lake: Lake, ended: Ended, failure: dict[str, Any]) -> None:
    assert ended.status == "SUCCEEDED", ended.described
    assert ended.states[-1] == "Partial"
    assert ended.output["status"] == "PARTIAL"
    (told,) = lake.fakes.of("summarize-run")
    assert (told["status"], told["failures"], told.get("error")) == ("PARTIAL", [failure], None)
    assert lake.told("pipeline-notifications-test") == [f"PARTIAL {_DATE}"]
    assert lake.told("data-quality-alerts-test") == []
    lake.assert_free()


def test_a_job_that_fails_leaves_the_others_to_be_published(lake: Lake) -> None:
    lake.job_states = {"etl-reviews": ["FAILED"], "etl-transactions": ["RUNNING", "RUNNING", "SUCCEEDED"]}

    ended = lake.run()

    cause = lake.fakes.of("summarize-run")[0]["failures"][0]["cause"]
    assert "it broke" in cause
    failure = {"dataset": "reviews", "step": "EtlJobs", "error": "States.TaskFailed", "cause": cause}
    _assert_partial(lake, ended, failure)
    assert "ReviewsFailedAlone" in ended.states
    assert [event["withFiles"] for event in lake.fakes.of("data-quality")] == [["transactions"]]
    merges = [request["Arguments"] for request in lake.fakes.of("StartJobRun") if request["JobName"] == "merge"]
    assert [arguments["--datasets"] for arguments in merges] == ["transactions"]
    assert [event["withFiles"] for event in lake.fakes.of("refresh-tables")] == [["transactions"]]
    assert lake.fakes.of("BatchStopJobRun") == []


def test_a_job_that_was_stopped_is_a_failure_of_its_dataset(lake: Lake) -> None:
    lake.job_states = {"etl-reviews": ["STOPPED"]}

    ended = lake.run()

    cause = "The run of etl-reviews named jr_etl-reviews ended as STOPPED."
    _assert_partial(lake, ended, {"dataset": "reviews", "step": "EtlJobs", "error": "JobStopped", "cause": cause})


def test_a_crawl_that_fails_leaves_its_dataset_out(lake: Lake) -> None:
    lake.crawls = {"raw-transactions": _BROKEN}

    ended = lake.run()

    cause = "The crawl of raw-transactions ended as FAILED: no rights"
    _assert_partial(
        lake, ended, {"dataset": "transactions", "step": "RunCrawlers", "error": "CrawlerFailed", "cause": cause}
    )
    started = [request["JobName"] for request in lake.fakes.of("StartJobRun")]
    assert started == ["etl-reviews", "merge"]


def test_where_every_dataset_fails_so_does_the_run(lake: Lake) -> None:
    lake.crawls = {"raw-transactions": _BROKEN}
    lake.job_states = {"etl-reviews": ["FAILED"]}

    ended = lake.run()

    assert (ended.status, ended.described["error"]) == ("FAILED", "States.TaskFailed")
    record = lake.record()
    assert (record["state"], record["failed_step"]) == ("FAILED", "EtlJobs")
    assert record["cause"].startswith("Every dataset failed. transactions with CrawlerFailed: The crawl of")
    (told,) = lake.fakes.of("summarize-run")
    assert [failure["dataset"] for failure in told["failures"]] == ["transactions", "reviews"]
    assert lake.fakes.of("data-quality") == []
    lake.assert_free()


def test_the_gate_closes_for_all_that_is_left(lake: Lake) -> None:
    lake.job_states = {"etl-reviews": ["FAILED"]}
    lake.verdict = {**lake.verdict, "verdict": "fail", "failed": ["transactions.quantity"]}

    ended = lake.run()

    assert (ended.status, ended.described["error"]) == ("FAILED", "DataQualityFailed")
    assert "merge" not in [request["JobName"] for request in lake.fakes.of("StartJobRun")]
    assert len(lake.told("data-quality-alerts-test")) == 1
    lake.assert_free()


def test_where_nothing_fails_it_is_a_run_like_any(lake: Lake) -> None:
    ended = lake.run()

    assert (ended.status, ended.states[-1], ended.output["status"]) == ("SUCCEEDED", "Succeeded", "SUCCEEDED")
    (told,) = lake.fakes.of("summarize-run")
    assert told["failures"] == []
    lake.assert_free()


@pytest.mark.parametrize(("on_failure", "transitions"), [("stop", 72), ("continue", 83)])
def test_what_a_run_of_all_datasets_is_billed_for(on_failure: str, transitions: int) -> None:
    # modules/orchestration/README.md says these numbers, and what comes to them on AWS.
    with interpreter() as machine:
        lake = Lake(machine, printed_definition(on_failure))
        for dataset in ("transactions", "products", "clickstream", "reviews"):
            lake.s3.put_object(Bucket="data-lake-test", Key=f"raw/{dataset}/date={_DATE}/a", Body=b"x")

        ended = lake.run()

        assert ended.status == "SUCCEEDED", ended.described
        assert len(ended.states) == transitions


def test_a_date_without_files_is_no_partial_one(lake: Lake) -> None:
    ended = lake.run(datasets=["products"])

    assert ended.states[-1] == "Succeeded"
