"""Runs that failed and are gone on with, on the mended interpreter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from local.stepfunctions_harness import Ended, interpreter, returns, throws
from local.test_stepfunctions_run import Lake, printed_definition

_DATE = "2025-01-15"


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    """The real definition."""
    return printed_definition("stop")


@pytest.fixture
def lake(definition: dict[str, Any]) -> Iterator[Lake]:
    """A lake with files of two datasets, whose manifest can be read again."""
    with interpreter() as machine:
        lake = Lake(machine, definition)
        lake.upload()
        build = lake.fakes.answers["build-manifest"]
        resumed = {
            "manifest": "manifest.json",
            "withFiles": ["transactions", "reviews"],
            "datasets": {"reviews": {"accepted": 1}},
            "settled": True,
            "done": ["transactions"],
        }
        lake.fakes.answers["build-manifest"] = lambda event: returns(resumed) if event.get("resume") else build(event)
        yield lake


def _redrive(lake: Lake, name: str = "run-1-redrive-1", run: str = "run-1") -> Ended:
    lake.fakes.calls.clear()
    return lake.run(name, redrives=run)


def _jobs(lake: Lake) -> list[str]:
    return [request["JobName"] for request in lake.fakes.of("StartJobRun")]


def test_a_run_goes_on_from_the_jobs_that_are_not_done(lake: Lake) -> None:
    lake.job_states = {"etl-reviews": ["FAILED"]}
    first = lake.run("run-1", trigger="upload")
    assert (first.status, lake.record()["failed_step"]) == ("FAILED", "EtlJobs")
    begun = lake.record()["started_at"]
    lake.job_states = {}

    ended = _redrive(lake)

    assert ended.status == "SUCCEEDED", ended.described
    assert not {"ValidateFiles", "BuildManifest", "RunCrawlers"} & set(ended.states)
    assert _jobs(lake) == ["etl-reviews", "merge"]
    arguments = lake.fakes.of("StartJobRun")[0]["Arguments"]
    assert (arguments["--run"], arguments["--processing_time"]) == ("run-1", begun)
    (told,) = lake.fakes.of("summarize-run")
    assert (told["run"], told["trigger"], told["status"]) == ("run-1", "upload", "SUCCEEDED")
    record = lake.record()
    assert (record["state"], record["execution"], record["started_at"]) == ("RUNNING", "run-1-redrive-1", begun)
    assert not {"failed_step", "error", "cause", "ended_at"} & set(record)
    lake.assert_free()


def test_nothing_is_published_without_a_new_verdict(lake: Lake) -> None:
    lake.job_states = {"merge": ["FAILED"]}
    assert lake.run("run-1").status == "FAILED"
    lake.verdict = {**lake.verdict, "verdict": "fail", "failed": ["reviews.rating"]}

    ended = _redrive(lake)

    assert (ended.status, ended.described["error"]) == ("FAILED", "DataQualityFailed")
    assert "merge" not in _jobs(lake)
    lake.assert_free()


def test_a_crawl_that_failed_is_started_again(lake: Lake) -> None:
    lake.crawls = {"raw-reviews": {"State": "READY", "LastCrawl": {"Status": "FAILED", "ErrorMessage": "no rights"}}}
    assert lake.run("run-1").status == "FAILED"
    lake.crawls = {}

    ended = _redrive(lake)

    assert ended.status == "SUCCEEDED", ended.described
    assert len(lake.fakes.of("StartCrawler")) == 2
    assert not lake.fakes.of("validate-file")


def test_what_failed_before_there_were_files_begins_anew(lake: Lake) -> None:
    validate = lake.fakes.answers["validate-file"]
    lake.fakes.answers["validate-file"] = lambda _: throws("Error", "out of memory")
    assert lake.run("run-1").status == "FAILED"
    lake.fakes.answers["validate-file"] = validate

    ended = _redrive(lake)

    assert ended.status == "SUCCEEDED", ended.described
    assert "ReadManifest" not in ended.states
    assert {event["run"] for event in lake.fakes.of("validate-file")} == {"run-1"}


def test_where_only_people_were_not_told_they_are(lake: Lake) -> None:
    summarize = lake.fakes.answers["summarize-run"]
    lake.fakes.answers["summarize-run"] = lambda _: throws("Error", "it broke")
    assert lake.run("run-1").status == "FAILED"
    lake.fakes.answers["summarize-run"] = summarize

    ended = _redrive(lake)

    assert ended.status == "SUCCEEDED", ended.described
    assert _jobs(lake) == []
    assert [event["status"] for event in lake.fakes.of("summarize-run")] == ["SUCCEEDED"]


@pytest.mark.parametrize(("run", "state"), [("run-1", "RUNNING"), ("unheard-of", "not known")])
def test_what_is_no_failed_run_is_left_as_it_is(lake: Lake, run: str, state: str) -> None:
    # Its summary would have entered its end; to the state machine it is one that runs.
    assert lake.run("run-1").status == "SUCCEEDED"
    before = lake.record()

    ended = _redrive(lake, run=run)

    assert (ended.status, ended.described["error"]) == ("FAILED", "NotRedrivable")
    assert f"is {state}. Nothing was done." in ended.described["cause"]
    assert (lake.record(), lake.fakes.calls) == (before, [])
    lake.assert_free()


def test_a_run_that_goes_on_holds_its_date(lake: Lake) -> None:
    lake.job_states = {"etl-reviews": ["FAILED"]}
    assert lake.run("run-1").status == "FAILED"
    lake.job_states = {}
    reached, leave = threading.Event(), threading.Event()

    def wait_in_quality(_: dict[str, Any]) -> Any:
        reached.set()
        assert leave.wait(20)
        return returns(lake.verdict)

    lake.fakes.answers["data-quality"] = wait_in_quality
    redriven = lake.start("run-1-redrive-1", redrives="run-1")
    assert reached.wait(20)

    for name, given in (("run-2", {}), ("run-1-redrive-2", {"redrives": "run-1"})):
        other = lake.run(name, **given)
        assert (other.status, other.described["error"]) == ("FAILED", "RunInProgress")
        assert "held by run run-1-redrive-1, until 20" in other.described["cause"]

    assert lake.record()["execution"] == "run-1-redrive-1"
    leave.set()
    assert lake.machine.wait(redriven).status == "SUCCEEDED"
    lake.assert_free()


@pytest.mark.parametrize("redrives", [5, "no such name", ["run-1"]])
def test_refuses_a_run_that_none_can_be_called(lake: Lake, redrives: Any) -> None:
    ended = lake.run("run-2", redrives=redrives)

    assert (ended.status, ended.described["error"]) == ("FAILED", "InvalidInput")
    assert "a run's name must be made of" in ended.described["cause"]
    assert lake.lock() == {}
