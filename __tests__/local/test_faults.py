from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .conftest import LocalAws, local_aws, wait_until
from .lambda_harness import deploy, invoke
from .test_crawler import Lake
from .test_glue_jobs import Job


class Faulty(LocalAws):
    """A local AWS that takes faults, and clients that try nothing again."""

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",
                config=Config(retries={"max_attempts": 0}, read_timeout=60),
            )
        return self._clients[service]

    def ask(self, target: str, fault: str, **more: Any) -> dict[str, Any]:
        return manage(self.endpoint, "POST", {"target": target, "fault": fault, **more})[1]

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = manage(self.endpoint, "GET")[1]["faults"]
        return found


def manage(endpoint: str, method: str, content: Any = None, path: str = "") -> tuple[int, Any]:
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(f"{endpoint}/_faults{path}", body, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with local_aws(tmp_path_factory.mktemp("faulty-aws"), "--faults") as (aws, _):
        yield Faulty(aws.endpoint, aws.state_dir)


@pytest.fixture
def faulty(server: Faulty) -> Iterator[Faulty]:
    yield server
    manage(server.endpoint, "DELETE")


def code_of(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["ResponseMetadata"]["HTTPStatusCode"], raised.value.response["Error"]["Code"]


def test_without_the_option_there_are_none(aws: LocalAws) -> None:
    status, answer = manage(aws.endpoint, "POST", {"target": "sns:Publish", "fault": "crash"})
    assert status == 404
    assert "--faults" in answer["message"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([], "JSON object"),
        ({"target": "sns:Publish", "fault": "explode"}, "throttle, crash, timeout, garbage, kill"),
        ({"target": "sns:Publish", "fault": "crash", "when": "now"}, "when is unknown"),
        ({"target": "sns:Publish", "fault": "crash", "times": 0}, "from 1"),
        ({"target": "sns:Publish", "fault": "crash", "times": True}, "from 1"),
        ({"target": "sns:Publish", "fault": "crash", "containing": 1}, "a text"),
        ({"target": "sns:Publishh", "fault": "crash"}, "Publish"),
        ({"target": "snss:Publish", "fault": "crash"}, "no AWS service"),
        ({"target": "sns", "fault": "crash"}, "a crawler"),
        ({"fault": "crash"}, "a crawler"),
        ({"target": "sns:Publish", "fault": "kill", "at": "sns:Publish"}, "a function or a job"),
        ({"target": "lambda:any", "fault": "crash", "at": "sns:Publish"}, "a function or a job"),
        ({"target": "lambda:any", "fault": "kill", "at": "sns:Publish x"}, "which one"),
        ({"target": "lambda:any", "fault": "crash", "seconds": 1}, "leave it out"),
        ({"target": "sns:Publish", "fault": "timeout", "seconds": 1}, "leave it out"),
        ({"target": "lambda:any", "fault": "timeout", "seconds": 0}, "above 0"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_what_would(faulty: Faulty, asked: Any, says: str) -> None:
    status, answer = manage(faulty.endpoint, "POST", asked)
    assert (status, faulty.faults()) == (400, [])
    assert says in answer["message"]


def test_faults_are_listed_counted_and_lifted(faulty: Faulty) -> None:
    first = faulty.ask("dynamodb:listTables", "throttle", times=2)
    second = faulty.ask("sqs:ListQueues", "crash", times="always", containing="some text")
    code_of(faulty.client("dynamodb").list_tables)
    faulty.client("sqs").list_queues()
    assert faulty.faults() == [
        {"id": first["id"], "target": "dynamodb:listTables", "fault": "throttle", "left": 1, "struck": 1},
        {
            "id": second["id"],
            "target": "sqs:ListQueues",
            "fault": "crash",
            "left": "always",
            "struck": 0,
            "containing": "some text",
        },
    ]
    assert manage(faulty.endpoint, "DELETE", path=f"/{first['id']}") == (200, {"removed": 1})
    assert manage(faulty.endpoint, "DELETE", path=f"/{first['id']}")[0] == 404
    assert manage(faulty.endpoint, "DELETE", path="/x")[0] == 404
    assert manage(faulty.endpoint, "PUT")[0] == 405
    faulty.client("dynamodb").list_tables()
    assert manage(faulty.endpoint, "DELETE") == (200, {"removed": 1})
    assert faulty.faults() == []


@pytest.mark.parametrize(
    ("service", "action", "throttled", "broken"),
    [
        ("dynamodb", "list_tables", (400, "ThrottlingException"), (500, "InternalServerError")),
        ("sns", "list_topics", (400, "Throttled"), (500, "InternalError")),
        ("s3", "list_buckets", (503, "SlowDown"), (500, "InternalError")),
        ("lambda", "list_functions", (429, "TooManyRequestsException"), (500, "ServiceException")),
        ("athena", "list_work_groups", (400, "ThrottlingException"), (500, "InternalFailure")),
    ],
)
def test_calls_fail_as_their_service_fails(
    faulty: Faulty, service: str, action: str, throttled: tuple[int, str], broken: tuple[int, str]
) -> None:
    client = faulty.client(service)
    target = f"{service}:{client.meta.method_to_api_mapping[action]}"
    for kind, expected in (("throttle", throttled), ("crash", broken)):
        faulty.ask(target, kind)
        assert code_of(getattr(client, action)) == expected
    faulty.ask(target, "kill")
    with pytest.raises(BotoCoreError):
        getattr(client, action)()
    getattr(client, action)()


def test_a_call_hangs_until_its_fault_is_lifted(faulty: Faulty) -> None:
    faulty.ask("dynamodb:ListTables", "timeout")
    impatient = boto3.client(
        "dynamodb",
        endpoint_url=faulty.endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 0}, read_timeout=1),
    )
    with pytest.raises(BotoCoreError, match="Read timeout"):
        impatient.list_tables()
    assert faulty.faults()[0]["struck"] == 1


_WRITES = """
import { createHash } from 'node:crypto';
export const handler = async (event) => {
  for (const name of event.tables ?? []) {
    const body = JSON.stringify({ TableName: name });
    await fetch(process.env.AWS_ENDPOINT_URL, {
      method: 'POST', body,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.DescribeTable',
        authorization: 'AWS4-HMAC-SHA256 Credential=local/20250101/us-east-1/dynamodb/aws4_request' },
    });
    console.log('asked for', name);
  }
  return event;
};
"""


def test_functions_go_wrong(faulty: Faulty) -> None:
    name = deploy(faulty, _WRITES, Timeout=1)
    event = {"run": "a-run", "tables": ["one", "two", "three"]}
    target = f"lambda:{name}"

    faulty.ask(target, "throttle", containing="a-run")
    assert invoke(faulty, name, {"run": "another"}).error is None
    assert code_of(lambda: invoke(faulty, name, event)) == (429, "TooManyRequestsException")

    answers = {}
    for kind in ("crash", "garbage", "timeout", "kill"):
        fault = faulty.ask(target, kind)
        answers[kind] = invoke(faulty, name, event)
        assert not any("asked for" in line for line in answers[kind].log)
        assert manage(faulty.endpoint, "DELETE", path=f"/{fault['id']}")[0] == 200
    assert answers["crash"].payload["errorMessage"].endswith(f"crash of {target}")
    assert (answers["garbage"].error, list(answers["garbage"].payload)) == (None, ["garbage"])
    assert answers["timeout"].payload["errorType"] == "Sandbox.Timedout"
    assert answers["timeout"].payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert answers["kill"].payload["errorMessage"].endswith("signal: SIGKILL")

    faulty.ask(target, "kill", at="dynamodb:describeTable 2")
    killed = invoke(faulty, name, event)
    assert killed.payload["errorType"] == "Runtime.ExitError"
    assert next(line for line in killed.log if "asked for" in line).endswith("asked for one")
    assert not any("asked for two" in line for line in killed.log)
    assert invoke(faulty, name, event).payload == event


def test_jobs_go_wrong(faulty: Faulty) -> None:
    job = Job(faulty)
    job.define(
        """
        import sys, boto3
        s3 = boto3.client("s3")
        bucket = sys.argv[sys.argv.index("--bucket") + 1]
        for key in ("one", "two", "three"):
            s3.put_object(Bucket=bucket, Key=key, Body=b"")
        """,
        DefaultArguments={"--bucket": job.name},
    )
    target = f"glue:{job.name}"
    faulty.ask(target, "throttle", containing="a-run")
    with pytest.raises(ClientError, match="ThrottlingException"):
        job.start(Arguments={"--run": "a-run"})
    faulty.ask(target, "crash")
    crashed = job.run()
    assert (crashed["JobRunState"], crashed["ErrorMessage"][:28]) == ("FAILED", "RuntimeError: injected fault")
    faulty.ask(target, "garbage")
    assert job.run()["JobRunState"] == "SUCCEEDED"
    faulty.ask(target, "timeout")
    hangs = job.start()
    wait_until(lambda: job.state(hangs) == "RUNNING", "the run hangs")
    job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[hangs])
    assert job.end(hangs)["JobRunState"] == "STOPPED"
    faulty.ask(target, "timeout", seconds=0.1)
    late = job.run()
    assert (late["JobRunState"], late["ErrorMessage"]) == ("TIMEOUT", "Job run exceeded its timeout of 480 minutes.")
    assert not job.has("one")
    faulty.ask(target, "kill", at="s3:PutObject 2")
    killed = job.run()
    assert (killed["JobRunState"], killed["ErrorMessage"]) == ("FAILED", "Command failed with exit code -9")
    assert (job.has("one"), job.has("two")) == (True, False)
    faulty.ask(target, "kill")
    assert job.run()["JobRunState"] == "FAILED"
    assert job.run()["JobRunState"] == "SUCCEEDED"
    assert job.has("three")


def test_crawlers_go_wrong(faulty: Faulty) -> None:
    lake = Lake(faulty)
    lake.put("raw/sales/date=2025-01-15/a.csv", b"id,amount\n1,2.50\n")
    lake.define()
    target = f"crawler:{lake.name}"
    faulty.ask(target, "throttle")
    with pytest.raises(ClientError, match="ThrottlingException"):
        lake.crawl()
    for kind, status in (("crash", "FAILED"), ("kill", "CANCELLED"), ("garbage", "SUCCEEDED")):
        faulty.ask(target, kind)
        assert lake.crawl()["LastCrawl"]["Status"] == status
        assert lake.tables() == []
    fault = faulty.ask(target, "timeout")
    lake.glue.start_crawler(Name=lake.name)
    assert lake.crawler()["State"] == "RUNNING"
    manage(faulty.endpoint, "DELETE", path=f"/{fault['id']}")
    assert lake.rest()["LastCrawl"]["Status"] == "CANCELLED"
    assert lake.crawl()["LastCrawl"]["Status"] == "SUCCEEDED"
    assert lake.tables() == ["sales"]
