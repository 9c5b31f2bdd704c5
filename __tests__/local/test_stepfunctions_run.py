"""The state machine of a run, as it is deployed, on the mended interpreter."""

from __future__ import annotations

import datetime
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local.stepfunctions_harness import REGION, ApiError, Ended, Interpreter, client, interpreter, returns, throws

_ROOT = Path(__file__).parents[2]
_DATE = "2025-01-15"
_BUCKET = "data-lake-test"
_LEDGER = "run-ledger-test"
_FILES = {
    "transactions": ["a.csv", "b.csv", "folder/"],
    "reviews": ["r.csv"],
}


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    """The real definition."""
    return printed_definition("stop")


def printed_definition(on_dataset_failure: str) -> dict[str, Any]:
    """The definition of an environment that so does where a dataset fails, its waits shortened."""
    script = "__tests__/modules/orchestration/print-definition.ts"
    command = ["node_modules/.bin/tsx", script, on_dataset_failure]
    printed = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=120)
    return _impatient(json.loads(printed.stdout))


_SHORT = {"IntervalSeconds": 1, "MaxDelaySeconds": 2, "Seconds": 0}


def _impatient(value: Any, key: str | None = None) -> Any:
    if isinstance(value, dict):
        return {name: _impatient(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_impatient(inner) for inner in value]
    return _SHORT.get(key or "", value)


class Lake:
    """What a run works on: moto's buckets, ledger and topics; functions, jobs and crawlers that do as they are told."""

    def __init__(self, machine: Interpreter, definition: dict[str, Any]) -> None:
        self.machine = machine
        self.fakes = machine.fakes
        self.definition = definition
        self.s3 = client("s3")
        self.dynamodb = client("dynamodb")
        self.sqs = client("sqs")
        self.job_states: dict[str, list[str]] = {}
        self.arriving = False
        self.crawls: dict[str, dict[str, Any]] = {}
        self.verdict: dict[str, Any] = {"verdict": "pass", "report": "quality.json", "failed": [], "rows": {}}
        self._set_up()

    def _set_up(self) -> None:
        self.s3.create_bucket(Bucket=_BUCKET)
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        self.dynamodb.create_table(
            TableName=_LEDGER,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        sns = client("sns")
        self.queues = {}
        for topic in ("pipeline-notifications-test", "data-quality-alerts-test"):
            topic_arn = sns.create_topic(Name=topic)["TopicArn"]
            self.queues[topic] = self.sqs.create_queue(QueueName=topic)["QueueUrl"]
            queue_arn = f"arn:aws:sqs:{REGION}:123456789012:{topic}"
            sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)
        self.sns = sns
        self.fakes.answers = {
            "validate-file": lambda event: returns({"accepted": len(event["files"])}),
            "build-manifest": self._build_manifest,
            "data-quality": lambda _: returns(self.verdict),
            "refresh-tables": lambda _: returns({"tables": [{"table": "curated.transactions"}], "views": []}),
            "summarize-run": self._summarize,
            "StartCrawler": lambda _: {},
            "GetCrawler": self._get_crawler,
            "StartJobRun": lambda request: {"JobRunId": f"jr_{request['JobName']}"},
            "GetJobRun": self._get_job_run,
            "BatchStopJobRun": lambda _: {},
        }

    def upload(self) -> None:
        for dataset, names in _FILES.items():
            for name in names:
                self.s3.put_object(Bucket=_BUCKET, Key=f"raw/{dataset}/date={_DATE}/{name}", Body=b"x")

    def _build_manifest(self, event: dict[str, Any]) -> Any:
        listed = self.s3.list_objects_v2(Bucket=_BUCKET, Prefix="raw/").get("Contents", [])
        found = {item["Key"].split("/")[1] for item in listed}
        with_files = [dataset for dataset in event["datasets"] if dataset in found]
        datasets = {dataset: {"accepted": int(dataset in found)} for dataset in event["datasets"]}
        settled = event["quietSeconds"] == 0 or not self.arriving
        return returns({"manifest": "manifest.json", "withFiles": with_files, "datasets": datasets, "settled": settled})

    @staticmethod
    def _summarize(event: dict[str, Any]) -> Any:
        output = {"status": event["status"], "date": event["date"], "run": event["run"], "files": event.get("files")}
        message = f"it ended; quality {json.dumps(event.get('quality'))}"
        return returns({"subject": f"{event['status']} {event['date']}", "message": message, "output": output})

    def _get_crawler(self, request: dict[str, Any]) -> dict[str, Any]:
        crawl = self.crawls.get(request["Name"], {"State": "READY", "LastCrawl": {"Status": "SUCCEEDED"}})
        started = datetime.datetime(2025, 1, 16, tzinfo=datetime.UTC)
        return {"Crawler": {"Name": request["Name"], "CreationTime": started, **crawl}}

    def _get_job_run(self, request: dict[str, Any]) -> dict[str, Any]:
        states = self.job_states.get(request["JobName"], ["SUCCEEDED"])
        state = states.pop(0) if len(states) > 1 else states[0]
        started = datetime.datetime(2025, 1, 16, tzinfo=datetime.UTC)
        message = {"ErrorMessage": "it broke"} if state == "FAILED" else {}
        return {"JobRun": {"Id": request["RunId"], "JobRunState": state, "StartedOn": started, **message}}

    def start(self, name: str = "run-1", **given: Any) -> str:
        return self.machine.start(self.machine.create(self.definition), {"date": _DATE, **given}, name)

    def run(self, name: str = "run-1", **given: Any) -> Ended:
        return self.machine.wait(self.start(name, **given))

    def lock(self, scope: str = _DATE) -> dict[str, Any]:
        return self._item(f"LOCK#{scope}", "LOCK")

    def hold_lock(self, run: str, expires_at: float, scope: str = _DATE) -> None:
        item = {"pk": f"LOCK#{scope}", "sk": "LOCK", "run": run}
        attributes = {name: {"S": value} for name, value in item.items()}
        self.dynamodb.put_item(TableName=_LEDGER, Item={**attributes, "expires_at": {"N": str(int(expires_at))}})

    def record(self, run: str = "run-1") -> dict[str, Any]:
        return self._item(f"DATE#{_DATE}", f"RUN#{run}")

    def _item(self, pk: str, sk: str) -> dict[str, Any]:
        found = self.dynamodb.get_item(TableName=_LEDGER, Key={"pk": {"S": pk}, "sk": {"S": sk}}).get("Item", {})
        return {name: next(iter(value.values())) for name, value in found.items() if name not in ("pk", "sk")}

    def told(self, topic: str) -> list[str]:
        """Subjects of the messages of a topic."""
        return [message["Subject"] for message in self.messages(topic)]

    def messages(self, topic: str) -> list[dict[str, Any]]:
        """The messages of a topic, as its subscribers get them."""
        received = self.sqs.receive_message(QueueUrl=self.queues[topic], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]

    def assert_free(self) -> None:
        assert self.lock() == {}
        assert self.lock("PUBLISH") == {}

    def assert_failed(self, ended: Ended, step: str, error: str) -> None:
        """What holds after every failure: it is recorded, told, and nothing is held."""
        assert (ended.status, ended.described["error"]) == ("FAILED", error)
        assert ended.states[-1] == "Failed"
        record = self.record()
        assert (record["state"], record["failed_step"], record["error"]) == ("FAILED", step, error)
        assert record["cause"] == ended.described["cause"]
        told = self.fakes.of("summarize-run")[-1]
        assert (told["status"], told["error"]) == ("FAILED", {"step": step, "error": error, "cause": record["cause"]})
        assert self.told("pipeline-notifications-test") == [f"FAILED {_DATE}"]
        self.assert_free()


@pytest.fixture
def lake(definition: dict[str, Any]) -> Iterator[Lake]:
    with interpreter() as machine:
        yield Lake(machine, definition)


def test_publishes_what_arrived(lake: Lake) -> None:
    lake.upload()

    ended = lake.run(trigger="upload")

    assert ended.status == "SUCCEEDED", ended.described
    assert ended.output == {
        "status": "SUCCEEDED",
        "date": _DATE,
        "run": "run-1",
        "files": {"transactions": {"accepted": 1}, "products": {"accepted": 0}}
        | {"clickstream": {"accepted": 0}, "reviews": {"accepted": 1}},
    }
    validated = sorted(lake.fakes.of("validate-file"), key=lambda event: event["dataset"])
    assert [event["dataset"] for event in validated] == ["reviews", "transactions"]
    run = {"run": "run-1", "date": _DATE, "processingTime": validated[0]["processingTime"]}
    assert run["processingTime"] == lake.record()["started_at"]
    assert datetime.datetime.fromisoformat(run["processingTime"]) == ended.described["startDate"]
    file = {"etag": '"9dd4e461268c8034f5c8564e155c67a6"'}
    assert validated[0] == {
        **run,
        "dataset": "reviews",
        "bucket": _BUCKET,
        "files": [{"key": f"raw/reviews/date={_DATE}/r.csv", **file}],
    }
    assert [one["key"].rpartition("=")[2] for one in validated[1]["files"]] == [
        *(f"{_DATE}/{name}" for name in _FILES["transactions"]),
    ]
    assert {request["Name"] for request in lake.fakes.of("StartCrawler")} == {"raw-transactions", "raw-reviews"}
    arguments = {
        "--run": "run-1",
        "--batch_date": _DATE,
        "--processing_time": run["processingTime"],
        "--manifest": "manifest.json",
    }
    started = {request["JobName"]: request["Arguments"] for request in lake.fakes.of("StartJobRun")}
    assert started == {
        "etl-transactions": arguments,
        "etl-reviews": arguments,
        "merge": {**arguments, "--datasets": "transactions,reviews"},
    }
    assert lake.fakes.of("data-quality") == [
        {**run, "manifest": "manifest.json", "withFiles": ["transactions", "reviews"], "promote": []}
    ]
    assert lake.fakes.of("refresh-tables") == [{**run, "withFiles": ["transactions", "reviews"]}]
    assert lake.fakes.of("summarize-run") == [
        {
            **run,
            "trigger": "upload",
            "status": "SUCCEEDED",
            "files": ended.output["files"],
            "quality": lake.verdict,
            "tables": [{"table": "curated.transactions"}],
        }
    ]
    assert lake.told("pipeline-notifications-test") == [f"SUCCEEDED {_DATE}"]
    assert lake.told("data-quality-alerts-test") == []
    assert lake.record() == {
        "run": "run-1",
        "execution": "run-1",
        "date": _DATE,
        "trigger": "upload",
        "started_at": run["processingTime"],
        "state": "RUNNING",  # what comes after is for summarize-run to write
    }
    lake.assert_free()


def test_a_date_without_files_succeeds_and_touches_nothing(lake: Lake) -> None:
    ended = lake.run()

    assert ended.status == "SUCCEEDED", ended.described
    assert lake.fakes.of("validate-file") == []
    assert lake.fakes.of("StartCrawler") == lake.fakes.of("StartJobRun") == lake.fakes.of("data-quality") == []
    summarized = lake.fakes.of("summarize-run")[0]
    assert "quality" not in summarized and "tables" not in summarized and "error" not in summarized
    assert lake.told("pipeline-notifications-test") == [f"SUCCEEDED {_DATE}"]
    lake.assert_free()


def test_runs_only_the_datasets_asked_for(lake: Lake) -> None:
    lake.upload()

    ended = lake.run(datasets=["reviews"])

    assert ended.status == "SUCCEEDED", ended.described
    assert [event["dataset"] for event in lake.fakes.of("validate-file")] == ["reviews"]
    assert {request["JobName"] for request in lake.fakes.of("StartJobRun")} == {"etl-reviews", "merge"}


def test_small_files_share_an_invocation_and_large_ones_have_their_own(lake: Lake, definition: dict[str, Any]) -> None:
    batched = json.loads(
        json.dumps(definition)
        .replace('"MaxItemsPerBatch": 100', '"MaxItemsPerBatch": 4')
        .replace("Size <= 16777216", "Size <= 2")
        .replace("Size > 16777216", "Size > 2")
    )
    # Batch by batch: only small ones, some of both, only large ones, one.
    sizes = [1, 2, 1, 0, 1, 9, 2, 8, 3, 4, 5, 6, 1]
    for number, size in enumerate(sizes):
        lake.s3.put_object(Bucket=_BUCKET, Key=f"raw/reviews/date={_DATE}/{number:02}", Body=b"x" * size)
    lake.definition = batched

    assert lake.run().status == "SUCCEEDED"

    shares = sorted([one["key"][-2:] for one in event["files"]] for event in lake.fakes.of("validate-file"))
    assert shares == [["00", "01", "02", "03"], ["04", "06"], ["05"], ["07"], ["08"], ["09"], ["10"], ["11"], ["12"]]


def test_a_run_of_uploads_goes_on_when_no_more_arrive(lake: Lake) -> None:
    lake.upload()
    lake.arriving = True
    build = lake.fakes.answers["build-manifest"]

    def build_and_settle(event: dict[str, Any]) -> Any:
        answer = build(event)
        lake.arriving = len(lake.fakes.of("build-manifest")) < 3
        return answer

    lake.fakes.answers["build-manifest"] = build_and_settle

    assert lake.run(trigger="upload").status == "SUCCEEDED"

    assert [event["quietSeconds"] for event in lake.fakes.of("build-manifest")] == [60] * 4
    assert len(lake.fakes.of("validate-file")) == 4 * 2
    assert len(lake.fakes.of("StartCrawler")) == 2


def test_it_does_not_wait_for_ever(lake: Lake) -> None:
    lake.upload()
    lake.arriving = True

    assert lake.run(trigger="upload").status == "SUCCEEDED"

    assert len(lake.fakes.of("build-manifest")) == 31


def test_a_run_that_a_person_started_waits_for_nothing(lake: Lake) -> None:
    lake.upload()
    lake.arriving = True

    assert lake.run(trigger="cli").status == "SUCCEEDED"

    assert [event["quietSeconds"] for event in lake.fakes.of("build-manifest")] == [0]


def test_a_batch_is_tried_again_while_a_file_is_busy(lake: Lake) -> None:
    lake.upload()
    answers = [throws("FileBusy", "somebody has it"), throws("ValidationInterrupted", "S3 broke off")]
    lake.fakes.answers["validate-file"] = lambda event: (
        answers.pop() if event["dataset"] == "reviews" and answers else returns({"accepted": 1})
    )

    assert lake.run().status == "SUCCEEDED"

    assert [event["dataset"] for event in lake.fakes.of("validate-file")].count("reviews") == 3


def test_a_run_that_is_in_progress_keeps_its_lock(lake: Lake) -> None:
    lake.upload()
    leave = threading.Event()
    reached = threading.Event()

    def wait_in_quality(_: dict[str, Any]) -> Any:
        reached.set()
        assert leave.wait(20)
        return returns(lake.verdict)

    lake.fakes.answers["data-quality"] = wait_in_quality
    first = lake.start("run-1")
    assert reached.wait(20)
    held = lake.lock()

    second = lake.run("run-2")

    assert (second.status, second.described["error"]) == ("FAILED", "RunInProgress")
    assert "held by run run-1, until 20" in second.described["cause"]
    assert lake.lock() == held and held["run"] == "run-1"
    assert lake.record("run-2") == {}
    assert lake.record("run-1")["state"] == "RUNNING"
    assert lake.told("pipeline-notifications-test") == []
    leave.set()
    assert lake.machine.wait(first).status == "SUCCEEDED"
    lake.assert_free()


def test_an_expired_lock_is_taken_over(lake: Lake) -> None:
    lake.hold_lock("run-0", expires_at=time.time() - 1)

    ended = lake.run()

    assert ended.status == "SUCCEEDED", ended.described
    assert "ReadLockHolder" not in ended.states
    lake.assert_free()


@pytest.mark.parametrize("scope", [_DATE, "PUBLISH"])
def test_the_lock_of_a_run_that_was_stopped_is_taken_over(lake: Lake, scope: str) -> None:
    lake.upload()
    reached, leave = threading.Event(), threading.Event()

    def wait_in_refresh(_: dict[str, Any]) -> Any:
        reached.set()
        assert leave.wait(20)
        return returns({"tables": [], "views": []})

    refresh = lake.fakes.answers["refresh-tables"]
    lake.fakes.answers["refresh-tables"] = wait_in_refresh
    first = lake.start("run-0")
    assert reached.wait(20)
    lake.machine.client.stop_execution(executionArn=first, error="Tired", cause="of waiting")
    stopped = lake.machine.wait(first)
    leave.set()
    assert (stopped.status, stopped.described["error"]) == ("ABORTED", "Tired")
    assert lake.lock(scope)["run"] == "run-0"
    lake.fakes.answers["refresh-tables"] = refresh

    ended = lake.run()

    assert ended.status == "SUCCEEDED", ended.described
    assert {"TakeOverLock", "TakeOverPublishLock"} <= set(ended.states)
    lake.assert_free()


def test_a_lock_whose_holder_cannot_be_looked_up_is_left_alone(lake: Lake) -> None:
    lake.hold_lock("unheard-of", expires_at=time.time() + 3600)

    ended = lake.run()

    assert ended.described["error"] == "RunInProgress"
    assert "held by run unheard-of" in ended.described["cause"]
    assert lake.lock()["run"] == "unheard-of"


def test_the_same_run_takes_its_own_lock_again(lake: Lake) -> None:
    lake.hold_lock("run-1", expires_at=time.time() + 3600)

    assert lake.run("run-1").status == "SUCCEEDED"
    lake.assert_free()


def test_waits_for_its_turn_to_publish_and_gives_up(lake: Lake) -> None:
    lake.upload()
    lake.hold_lock("unheard-of", expires_at=time.time() + 3600, scope="PUBLISH")

    ended = lake.run()

    assert ended.described["error"] == "PublishInProgress"
    assert "now run unheard-of" in ended.described["cause"]
    assert ended.states.count("WaitForTurn") == 3  # 90 seconds, 30 at a time
    assert lake.lock("PUBLISH")["run"] == "unheard-of"
    assert lake.lock() == {}
    assert lake.record()["failed_step"] == "MergeMasterData"


def test_publishes_nothing_without_the_lock_of_the_date(lake: Lake) -> None:
    lake.upload()

    def lose_lock(_: dict[str, Any]) -> Any:
        lake.hold_lock("run-2", expires_at=time.time() + 3600)
        return returns(lake.verdict)

    lake.fakes.answers["data-quality"] = lose_lock

    ended = lake.run()

    assert ended.described["error"] == "LockLost"
    assert lake.record()["failed_step"] == "MergeMasterData"
    assert "merge" not in {request["JobName"] for request in lake.fakes.of("StartJobRun")}
    assert lake.lock()["run"] == "run-2"


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [
        (
            {"verdict": "fail", "report": "q.json", "failed": ["volume", "nulls"], "rows": {}},
            'Checks failed: ["volume","nulls"]. Nothing was published; the report is q.json.',
        ),
        ({"verdict": "perhaps"}, "The verdict must be pass, warn or fail, and is perhaps. Nothing was published."),
        ({}, "The verdict must be pass, warn or fail, and there is none. Nothing was published."),
    ],
)
def test_publishes_nothing_unless_quality_says_so(lake: Lake, verdict: dict[str, Any], cause: str) -> None:
    lake.upload()
    lake.verdict = verdict

    ended = lake.run()

    assert ended.described["cause"] == cause
    assert "merge" not in {request["JobName"] for request in lake.fakes.of("StartJobRun")}
    # What data-quality found is what summarize-run words, and its words are what the subscribers of both topics get.
    (alert,) = lake.messages("data-quality-alerts-test")
    assert alert["Subject"] == f"FAILED {_DATE}"
    assert alert["Message"] == f"it ended; quality {json.dumps(verdict)}"
    lake.assert_failed(ended, "DataQualityChecks", "DataQualityFailed")


def test_a_warning_is_published(lake: Lake) -> None:
    lake.upload()
    lake.verdict = {**lake.verdict, "verdict": "warn"}

    assert lake.run().status == "SUCCEEDED"
    assert "merge" in {request["JobName"] for request in lake.fakes.of("StartJobRun")}


def test_a_job_that_fails_stops_the_others(lake: Lake) -> None:
    lake.upload()
    lake.job_states = {"etl-transactions": ["RUNNING"], "etl-reviews": ["RUNNING", "FAILED"]}

    ended = lake.run()

    lake.assert_failed(ended, "EtlJobs", "States.TaskFailed")
    assert json.loads(ended.described["cause"])["ErrorMessage"] == "it broke"
    _until(lambda: lake.fakes.of("BatchStopJobRun") != [])
    assert lake.fakes.of("BatchStopJobRun") == [{"JobName": "etl-transactions", "JobRunIds": ["jr_etl-transactions"]}]
    # A job that fails is not tried again: it would only fail a second time.
    assert len(lake.fakes.of("StartJobRun")) == 2
    assert lake.fakes.of("data-quality") == []


@pytest.mark.parametrize(("job", "step"), [("etl-reviews", "EtlJobs"), ("merge", "MergeMasterData")])
def test_a_job_that_was_stopped_is_a_failure(lake: Lake, job: str, step: str) -> None:
    lake.upload()
    lake.job_states = {job: ["STOPPED"]}

    ended = lake.run()

    lake.assert_failed(ended, step, "JobStopped")
    assert ended.described["cause"] == f"The run of {job} named jr_{job} ended as STOPPED."
    assert lake.fakes.of("refresh-tables") == []


@pytest.mark.parametrize(
    ("crawl", "error", "cause"),
    [
        (
            {"State": "READY", "LastCrawl": {"Status": "FAILED", "ErrorMessage": "no access"}},
            "CrawlerFailed",
            "The crawl of raw-reviews ended as FAILED: no access",
        ),
        ({"State": "READY"}, "CrawlerFailed", "The crawl of raw-reviews ended as NONE: no message"),
        (
            {"State": "RUNNING", "LastCrawl": {"Status": "SUCCEEDED"}},
            "CrawlerTimedOut",
            "The crawler raw-reviews is RUNNING after 60 seconds",
        ),
    ],
)
def test_a_crawler_that_does_not_end_well(lake: Lake, crawl: dict[str, Any], error: str, cause: str) -> None:
    lake.upload()
    lake.crawls = {"raw-reviews": crawl}

    ended = lake.run()

    lake.assert_failed(ended, "RunCrawlers", error)
    assert ended.described["cause"] == cause
    if error == "CrawlerTimedOut":
        assert [request["Name"] for request in lake.fakes.of("GetCrawler")].count("raw-reviews") == 4
    assert lake.fakes.of("StartJobRun") == []


def test_a_crawler_that_is_busy_is_waited_for(lake: Lake) -> None:
    lake.upload()
    lake.fakes.answers["StartCrawler"] = _fail_once("raw-reviews", "Name", ApiError("CrawlerRunningException"), {})

    assert lake.run().status == "SUCCEEDED"
    assert [request["Name"] for request in lake.fakes.of("StartCrawler")].count("raw-reviews") == 2


def test_a_throttled_function_is_tried_again(lake: Lake) -> None:
    lake.upload()
    throttled = ApiError("TooManyRequestsException", 429)
    lake.fakes.answers["data-quality"] = _fail_once("run-1", "run", throttled, lambda: returns(lake.verdict))

    ended = lake.run()

    assert ended.status == "SUCCEEDED", ended.described
    assert len(lake.fakes.of("data-quality")) == 2
    failed = [event["taskFailedEventDetails"] for event in ended.events if event["type"] == "TaskFailed"]
    assert [(one["resourceType"], one["error"]) for one in failed] == [("lambda", "Lambda.TooManyRequestsException")]


def test_jobs_wait_for_capacity(lake: Lake) -> None:
    lake.upload()
    full = ApiError("ConcurrentRunsExceededException")
    lake.fakes.answers["StartJobRun"] = _fail_once("merge", "JobName", full, {"JobRunId": "jr"})

    assert lake.run().status == "SUCCEEDED"
    assert [request["JobName"] for request in lake.fakes.of("StartJobRun")].count("merge") == 2


def test_a_function_that_throws_is_not_tried_again(lake: Lake) -> None:
    lake.upload()
    lake.fakes.answers["refresh-tables"] = lambda _: throws("TableMismatch", "a column is missing")

    ended = lake.run()

    lake.assert_failed(ended, "RefreshAthenaTables", "TableMismatch")
    assert json.loads(ended.described["cause"])["errorMessage"] == "a column is missing"
    assert len(lake.fakes.of("refresh-tables")) == 1


def test_a_validation_that_throws_fails_the_run(lake: Lake) -> None:
    lake.upload()
    lake.fakes.answers["validate-file"] = lambda _: throws("LedgerBusy", "try later")

    ended = lake.run()

    lake.assert_failed(ended, "ValidateFiles", "States.ExceedToleratedFailureThreshold")
    assert "LedgerBusy" in ended.described["cause"]
    assert lake.fakes.of("build-manifest") == []


@pytest.mark.parametrize(
    ("function", "step"),
    [
        ("build-manifest", "ValidateFiles"),
        ("refresh-tables", "RefreshAthenaTables"),
        ("summarize-run", "SendNotification"),
    ],
)
@pytest.mark.parametrize("garbage", [None, "text", {}, [1]])
def test_garbage_from_a_function_is_a_failure(lake: Lake, function: str, step: str, garbage: Any) -> None:
    lake.upload()
    lake.fakes.answers[function] = lambda _: returns(garbage)

    ended = lake.run()

    assert (ended.status, ended.described["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert lake.record()["failed_step"] == step
    lake.assert_free()


@pytest.mark.parametrize("promote", [["*"], ["reviews.rows.volume", "reviews.schema"]])
def test_the_gate_is_told_which_warnings_count_as_errors(lake: Lake, promote: list[str]) -> None:
    lake.upload()

    ended = lake.run(promote=promote)

    assert ended.status == "SUCCEEDED"
    assert [asked["promote"] for asked in lake.fakes.of("data-quality")] == [promote]


def test_people_are_told_even_where_the_summary_fails(lake: Lake) -> None:
    lake.upload()
    lake.fakes.answers["summarize-run"] = lambda _: throws("Broken", "no summary today")

    ended = lake.run()

    assert ended.described["error"] == "Broken"
    assert lake.record()["state"] == "FAILED"
    assert lake.told("pipeline-notifications-test") == [
        f"[commerce-lake test] {_DATE} FAILED: failed at SendNotification"
    ]
    lake.assert_free()


def test_the_lock_is_released_even_where_nobody_can_be_told(lake: Lake) -> None:
    lake.upload()
    for topic in lake.sns.list_topics()["Topics"]:
        lake.sns.delete_topic(TopicArn=topic["TopicArn"])

    ended = lake.run()

    assert (ended.status, ended.described["error"]) == ("FAILED", "SNS.NotFoundException")
    assert lake.record()["failed_step"] == "SendNotification"
    lake.assert_free()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"date": "2025-02-29"}, "the date must be a day of the calendar as YYYY-MM-DD, and is 2025-02-29"),
        ({"date": "15.01.2025"}, "the date must be a day of the calendar as YYYY-MM-DD, and is 15.01.2025"),
        ({"date": 20250115}, "the date must be a day of the calendar as YYYY-MM-DD, and is 20250115"),
        ({"date": ""}, "the date must be a day of the calendar as YYYY-MM-DD, and is "),
        ({"date": None}, "there is no date: give one as YYYY-MM-DD"),
        ({"scheduledTime": "yesterday", "date": None}, "there is no date: give one as YYYY-MM-DD"),
        ({"promote": "*"}, "promote must be a list of ids of data quality checks, and is *"),
        ({"promote": ["a", 1]}, 'promote must be a list of ids of data quality checks, and is ["a",1]'),
        (
            {"trigger": "magic"},
            "the trigger must be one of cli, schedule, upload, event, and is magic",
        ),
        (
            {"datasets": ["orders"]},
            "the datasets must be a list of different ones of transactions, products, clickstream, reviews, "
            'and are ["orders"]',
        ),
        (
            {"datasets": []},
            "the datasets must be a list of different ones of transactions, products, clickstream, reviews, and are []",
        ),
        (
            {"datasets": ["reviews", "reviews"]},
            "the datasets must be a list of different ones of transactions, products, clickstream, reviews, "
            'and are ["reviews","reviews"]',
        ),
    ],
)
def test_refuses_what_no_run_can_be_made_of(lake: Lake, given: dict[str, Any], problem: str) -> None:
    ended = lake.run(**given)

    assert (ended.status, ended.described["error"]) == ("FAILED", "InvalidInput")
    assert ended.described["cause"] == f"The run was not started: {problem}."
    assert lake.dynamodb.scan(TableName=_LEDGER)["Items"] == []


def test_refuses_a_name_that_no_branch_can_have(lake: Lake) -> None:
    ended = lake.run("run.1")

    assert ended.described["error"] == "InvalidInput"
    assert "A-Z, a-z, 0-9, - and _, and is run.1" in ended.described["cause"]


@pytest.mark.parametrize(
    ("scheduled", "date"),
    [
        ("2025-01-16T03:00:00Z", "2025-01-15"),
        ("2024-03-01T00:00:00Z", "2024-02-29"),
        ("2025-01-01T23:59:59.999Z", "2024-12-31"),
    ],
)
def test_the_schedule_runs_the_day_before(lake: Lake, scheduled: str, date: str) -> None:
    machine = lake.machine.create(lake.definition)

    ended = lake.machine.wait(lake.machine.start(machine, {"trigger": "schedule", "scheduledTime": scheduled}))

    assert ended.output["date"] == date


def _fail_once(value: str, key: str, error: Exception, answer: Any) -> Callable[[dict[str, Any]], Any]:
    """Answer, but not at the first call whose argument has this value."""
    pending = [error]

    def respond(request: dict[str, Any]) -> Any:
        if request[key] == value and pending:
            raise pending.pop()
        return answer() if callable(answer) else answer

    return respond


def _until(is_done: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.02)
