from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws, wait_until
from .lambda_harness import deploy, invoke, zipped

_MODULES = Path(__file__).parents[2] / "node_modules"

# Tells that it is there by a file, then waits until the test makes another.
_WAITING = """
import { existsSync, writeFileSync } from 'node:fs';
export const handler = async ({ here, until }) => {
  writeFileSync(here, '');
  while (!existsSync(until)) await new Promise((done) => setTimeout(done, 10));
  return here;
};
"""


@pytest.fixture(scope="module")
def echo(aws: LocalAws) -> str:
    return deploy(aws, "export const handler = async (event) => event;")


@pytest.mark.parametrize(
    "event",
    [{"a": [1, 2.5, None, True]}, "text", None, {"é": "line\nbreak\r\u2028 \U0001f600"}, {"big": 2**53}, []],
)
def test_the_event_goes_in_and_the_result_comes_out(aws: LocalAws, echo: str, event: Any) -> None:
    assert invoke(aws, echo, event).payload == event


def test_an_event_may_be_spread_over_lines(aws: LocalAws, echo: str) -> None:
    response = aws.client("lambda").invoke(FunctionName=echo, Payload=b'{\r\n  "a":\n 1\n}\n')
    assert json.load(response["Payload"]) == {"a": 1}


def test_no_event_is_an_empty_one(aws: LocalAws, echo: str) -> None:
    assert json.load(aws.client("lambda").invoke(FunctionName=echo)["Payload"]) == {}


def test_no_result_is_null(aws: LocalAws) -> None:
    name = deploy(aws, "exports.handler = async () => {};", file="index.js")
    assert invoke(aws, name).payload is None


def test_the_environment_is_the_functions_own(aws: LocalAws) -> None:
    name = deploy(
        aws,
        "export const handler = async (event, { getRemainingTimeInMillis, ...context }) =>"
        " ({ env: process.env, context, left: getRemainingTimeInMillis() });",
        Environment={"Variables": {"LAKE_ENV": "local", "TEXT": "a=b c"}},
        MemorySize=256,
    )
    answer = invoke(aws, name).payload
    env, context = answer["env"], answer["context"]
    assert env["LAKE_ENV"] == "local"
    assert env["TEXT"] == "a=b c"
    assert env["AWS_ENDPOINT_URL"] == aws.endpoint
    assert env["AWS_REGION"] == "us-east-1"
    assert env["AWS_LAMBDA_FUNCTION_NAME"] == context["functionName"] == name
    assert env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == context["memoryLimitInMB"] == "256"
    assert "HOME" not in env, "the user's shell must not reach a function"
    assert context["invokedFunctionArn"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert context["logGroupName"] == f"/aws/lambda/{name}"
    assert 19_000 < answer["left"] <= 20_000


def test_a_function_reaches_s3_by_the_sdk(aws: LocalAws) -> None:
    aws.client("s3").create_bucket(Bucket="written-by-a-function")
    client = (_MODULES / "@aws-sdk/client-s3/dist-cjs/index.js").as_uri()
    name = deploy(
        aws,
        f"import {{ PutObjectCommand, S3Client }} from '{client}';"
        "const s3 = new S3Client({});"
        "export const handler = async (event) => {"
        "  await s3.send(new PutObjectCommand({ Bucket: 'written-by-a-function', Key: event.key, Body: 'über' }));"
        "};",
    )
    answer = invoke(aws, name, {"key": "a folder/é.txt"})
    assert answer.error is None, answer.log
    body = aws.client("s3").get_object(Bucket="written-by-a-function", Key="a folder/é.txt")["Body"].read()
    assert body.decode() == "über"


def test_a_thrown_error_is_told_with_its_type_message_and_place(aws: LocalAws) -> None:
    name = deploy(
        aws,
        "class LedgerError extends Error { name = 'LedgerError' }\n"
        "export const handler = async () => { throw new LedgerError('taken\\ntwice'); };",
    )
    answer = invoke(aws, name)
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "LedgerError"
    assert answer.payload["errorMessage"] == "taken\ntwice"
    assert any("/var/task/index.mjs:2" in line for line in answer.payload["trace"])
    assert str(Path.home()) not in json.dumps(answer.payload)
    assert any("ERROR\tInvoke Error\t" in line and "LedgerError" in line for line in answer.log)


def test_a_thrown_text_is_an_error_too(aws: LocalAws) -> None:
    answer = invoke(aws, deploy(aws, "export const handler = async () => { throw 'no'; };"))
    assert (answer.error, answer.payload["errorType"], answer.payload["errorMessage"]) == ("Unhandled", "string", "no")


@pytest.mark.parametrize(
    ("code", "settings", "kind", "message"),
    [
        ("import './missing.mjs';", {}, "Runtime.ImportModuleError", "Cannot find module '/var/task/missing.mjs'"),
        ("export const = 1;", {}, "Runtime.UserCodeSyntaxError", "SyntaxError"),
        ("throw new RangeError('no LAKE_ENV');", {}, "RangeError", "no LAKE_ENV"),
        ("export const other = 1;", {}, "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("", {"Handler": "main.handler"}, "Runtime.ImportModuleError", "Cannot find module 'main'"),
        ("", {"Handler": "handler"}, "Runtime.MalformedHandlerName", "Bad handler handler"),
        (
            "export const handler = (event, context, callback) => callback(null, 1);",
            {},
            "Runtime.CallbackHandlerDeprecated",
            "async handlers only",
        ),
    ],
)
def test_code_that_cannot_be_loaded_says_why(
    aws: LocalAws, code: str, settings: dict[str, Any], kind: str, message: str
) -> None:
    answer = invoke(aws, deploy(aws, code, **settings))
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == kind
    assert message in answer.payload["errorMessage"]


@pytest.mark.parametrize(
    "body", ["for (;;) {}", "await new Promise(() => setInterval(() => {}, 1000))", "await new Promise(() => {})"]
)
def test_a_function_is_ended_when_its_time_is_over(aws: LocalAws, body: str) -> None:
    name = deploy(aws, f"export const handler = async (stay) => {{ if (stay) {{ {body} }} return 1; }};", Timeout=1)
    answer = invoke(aws, name, True)
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(r"RequestId: \S+ Error: Task timed out after 1.00 seconds", answer.payload["errorMessage"])
    assert any("Task timed out after 1.00 seconds" in line for line in answer.log)
    assert invoke(aws, name, False).payload == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("process.exit(3)", "Runtime exited with error: exit status 3"),
        ("process.exit(0)", "Runtime exited without providing a reason"),
        ("process.kill(process.pid, 'SIGSEGV')", "Runtime exited with error: signal: SIGSEGV"),
    ],
)
def test_a_function_that_ends_its_process_fails(aws: LocalAws, body: str, message: str) -> None:
    name = deploy(aws, f"export const handler = async (end) => {{ if (end) {{ {body}; }} return 1; }};")
    answer = invoke(aws, name, True)
    assert (answer.error, answer.payload["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert message in answer.payload["errorMessage"]
    assert invoke(aws, name, False).payload == 1


def test_memory_has_an_end(aws: LocalAws) -> None:
    name = deploy(
        aws,
        "export const handler = async () => { for (const all = [];;) all.push(new Array(1e5).fill(Math.random())); };",
        MemorySize=128,
    )
    answer = invoke(aws, name)
    assert answer.payload["errorType"] == "Runtime.ExitError"
    assert any("heap out of memory" in line for line in answer.log)


def test_a_rejection_that_nobody_handles_fails_the_invocation(aws: LocalAws) -> None:
    name = deploy(
        aws,
        "export const handler = async () => { Promise.reject(new Error('lost')); await new Promise(() => {}); };",
    )
    answer = invoke(aws, name)
    assert answer.payload["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert "lost" in answer.payload["errorMessage"]


def test_what_it_prints_is_in_the_log_group(aws: LocalAws) -> None:
    name = deploy(
        aws,
        "console.log('loading');\n"
        "export const handler = async () => {"
        " console.log('two\\nlines', { a: 1 }); console.error('bad'); process.stdout.write('raw'); return 1; };",
    )
    answer = invoke(aws, name)
    group = f"/aws/lambda/{name}"
    (stream,) = aws.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])
    events = aws.client("logs").get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    messages = [event["message"].rstrip("\n") for event in events]
    request = messages[0].split()[2]
    assert messages[0] == f"START RequestId: {request} Version: $LATEST"
    assert messages[1].endswith("\tundefined\tINFO\tloading")
    assert messages[2].endswith(f"\t{request}\tINFO\ttwo\nlines {{ a: 1 }}")
    assert messages[3].endswith(f"\t{request}\tERROR\tbad")
    assert messages[4] == "raw"
    assert messages[5] == f"END RequestId: {request}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms",
        messages[6],
    )
    used = int(re.findall(r"Max Memory Used: (\d+)", messages[6])[0])
    assert 20 < used < 150, "the process's own, not that of the one that started it"
    assert "\n".join(messages).splitlines() == answer.log


def test_a_process_is_kept_and_new_code_gets_a_new_one(aws: LocalAws) -> None:
    name = deploy(aws, "let count = 0; export const handler = async () => `a${++count}`;")
    assert [invoke(aws, name).payload for _ in range(3)] == ["a1", "a2", "a3"]
    code = zipped("let count = 0; export const handler = async () => `b${++count}`;")
    aws.client("lambda").update_function_code(FunctionName=name, ZipFile=code)
    assert invoke(aws, name).payload == "b1"
    aws.client("lambda").update_function_configuration(FunctionName=name, Environment={"Variables": {"A": "1"}})
    assert invoke(aws, name).payload == "b1"


def test_a_published_version_stays_what_it_was(aws: LocalAws) -> None:
    client = aws.client("lambda")
    name = deploy(aws, "export const handler = async () => 'first';")
    version = client.publish_version(FunctionName=name)["Version"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    client.update_function_code(FunctionName=name, ZipFile=zipped("export const handler = async () => 'second';"))
    assert invoke(aws, name).payload == "second"
    assert invoke(aws, name, Qualifier="live").payload == "first"
    assert invoke(aws, f"{name}:{version}").payload == "first"


def test_invocations_run_side_by_side(aws: LocalAws, tmp_path: Path) -> None:
    name = deploy(aws, _WAITING)
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    # Each waits for the other, so one after the other they would both time out.
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(invoke, aws, name, {"here": one, "until": other})
        second = pool.submit(invoke, aws, name, {"here": other, "until": one})
        assert [first.result().payload, second.result().payload] == [one, other]


def test_more_invocations_than_processes_wait_for_their_turn(aws: LocalAws) -> None:
    name = deploy(aws, "export const handler = async () => process.pid;")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: invoke(aws, name), range(24)))
    assert [answer.error for answer in answers] == [None] * 24
    assert len({answer.payload for answer in answers}) <= 4


def test_reserved_concurrency_is_a_limit(aws: LocalAws, tmp_path: Path) -> None:
    client = aws.client("lambda")
    name = deploy(aws, _WAITING)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    here, until = tmp_path / "here", tmp_path / "until"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(invoke, aws, name, {"here": str(here), "until": str(until)})
        wait_until(here.exists, "the first invocation runs")
        with pytest.raises(ClientError, match="reserved concurrency of 1") as throttled:
            invoke(aws, name, {"here": str(here), "until": str(until)})
        until.touch()
        assert running.result().error is None
    assert throttled.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert throttled.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert invoke(aws, name, {"here": str(here), "until": str(until)}).error is None


def test_a_function_with_no_concurrency_never_runs(aws: LocalAws) -> None:
    name = deploy(aws, "export const handler = async () => 1;")
    aws.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        invoke(aws, name)


def test_a_dry_run_runs_nothing(aws: LocalAws, tmp_path: Path) -> None:
    name = deploy(aws, _WAITING)
    here = tmp_path / "here"
    response = aws.client("lambda").invoke(
        FunctionName=name, InvocationType="DryRun", Payload=json.dumps({"here": str(here), "until": str(tmp_path)})
    )
    assert response["StatusCode"] == 204
    assert invoke(aws, name, {"here": str(tmp_path / "now"), "until": str(tmp_path)}).error is None
    assert not here.exists()


@pytest.mark.parametrize(
    ("payload", "code", "status"),
    [
        (b"{nope", "InvalidRequestContentException", 400),
        (b'"' + b"x" * 6 * 1024 * 1024 + b'"', "RequestTooLargeException", 413),
    ],
)
def test_an_event_must_be_json_of_a_certain_size(
    aws: LocalAws, echo: str, payload: bytes, code: str, status: int
) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("lambda").invoke(FunctionName=echo, Payload=payload)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_result_may_not_be_too_large(aws: LocalAws) -> None:
    name = deploy(aws, "export const handler = async (size) => 'x'.repeat(size);")
    assert len(invoke(aws, name, 6 * 1024 * 1024 - 2).payload) == 6 * 1024 * 1024 - 2
    answer = invoke(aws, name, 6 * 1024 * 1024 - 1)
    assert (answer.error, answer.payload["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_an_unknown_function_is_not_found(aws: LocalAws) -> None:
    with pytest.raises(ClientError) as missing:
        invoke(aws, "no-such-function")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_runtime_that_is_not_node_is_refused_by_name(aws: LocalAws) -> None:
    name = deploy(aws, "", Runtime="python3.13")
    with pytest.raises(ClientError, match=rf"runs Node.js functions only; {name} is python3.13"):
        invoke(aws, name)


def test_code_that_is_no_zip_file_is_refused(aws: LocalAws) -> None:
    name = deploy(aws, "export const handler = async () => 1;")
    aws.client("lambda").update_function_code(FunctionName=name, ZipFile=b"not a zip file")
    with pytest.raises(ClientError, match=r"The code of \S+ \(14 bytes\) is no zip file"):
        invoke(aws, name)
