from __future__ import annotations

import io
import os
import textwrap
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from commerce_lake_local.context import ACCOUNT, REGION, LocalContext
from commerce_lake_local.glue import runner
from commerce_lake_local.glue.runner import JobRunner, RunRequest, RunResult, Signal
from commerce_lake_local.glue.settings import DEFAULTS
from commerce_lake_local.processes import Processes

from .conftest import LocalAws, local_aws, wait_until

_ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
_CATALOG = "spark.sql.catalog.glue_catalog"


class Job:
    """A job of one test, in a bucket of its own."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.s3, self.glue, self.logs = aws.client("s3"), aws.client("glue"), aws.client("logs")
        self.name = f"job-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.name)

    def define(self, script: str, **settings: Any) -> None:
        self.s3.put_object(Bucket=self.name, Key="script.py", Body=textwrap.dedent(script).encode())
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{self.name}/script.py", "PythonVersion": "3"}
        settings = {"GlueVersion": "5.0", "WorkerType": "G.1X", "NumberOfWorkers": 2, "Command": command} | settings
        self.glue.create_job(Name=self.name, Role="role", **settings)

    def start(self, **settings: Any) -> str:
        run_id: str = self.glue.start_job_run(JobName=self.name, **settings)["JobRunId"]
        return run_id

    def get(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.glue.get_job_run(JobName=self.name, RunId=run_id)["JobRun"]
        return run

    def state(self, run_id: str) -> str:
        return str(self.get(run_id)["JobRunState"])

    def end(self, run_id: str) -> dict[str, Any]:
        wait_until(lambda: self.state(run_id) in _ENDED, "the run ends", seconds=400)
        return self.get(run_id)

    def run(self, **settings: Any) -> dict[str, Any]:
        return self.end(self.start(**settings))

    def text(self, key: str) -> str:
        body: bytes = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body.decode()

    def has(self, key: str) -> bool:
        return self.s3.list_objects_v2(Bucket=self.name, Prefix=key)["KeyCount"] > 0

    def log(self, run_id: str) -> Path:
        return self.aws.state_dir / "logs" / "glue" / self.name / f"{run_id}.log"

    def events(self, group: str, run_id: str) -> list[str]:
        events = self.logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)["events"]
        return [event["message"] for event in events]


@pytest.fixture
def job(aws: LocalAws) -> Job:
    return Job(aws)


# Writes what it was given to the bucket, and waits there for a word to go on.
_TALKS = """
    import sys, time, boto3
    s3 = boto3.client("s3")
    bucket = sys.argv[sys.argv.index("--bucket") + 1]
    s3.put_object(Bucket=bucket, Key="argv", Body=repr(sys.argv[1:]).encode())
    while not s3.list_objects_v2(Bucket=bucket, Prefix="go")["KeyCount"]:
        time.sleep(0.05)
"""


def test_runs_the_deployed_script_with_the_jobs_and_the_runs_arguments(job: Job) -> None:
    job.define(
        """
        import sys
        from helper import GREETING
        print(GREETING)
        print(sys.argv[1:])
        print("trouble", file=sys.stderr)
        """,
        DefaultArguments={
            "--extra-py-files": f"s3://{job.name}/package.zip",
            "--datalake-formats": "iceberg",
            "--who": "job",
            "--when": "job",
        },
        NonOverridableArguments={"--fixed": "job"},
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("helper.py", "GREETING = 'grüß dich'")
    job.s3.put_object(Bucket=job.name, Key="package.zip", Body=package.getvalue())

    run = job.run(Arguments={"--who": "run", "--fixed": "run"})

    assert run["JobRunState"] == "SUCCEEDED", job.log(run["Id"]).read_text()
    assert "ErrorMessage" not in run
    assert run["Arguments"] == {"--who": "run", "--fixed": "run"}
    assert run["CompletedOn"] >= run["StartedOn"]
    assert (run["GlueVersion"], run["WorkerType"], run["NumberOfWorkers"]) == ("5.0", "G.1X", 2)
    assert run["DPUSeconds"] == run["ExecutionTime"] * 2
    identity = ["--JOB_NAME", job.name, "--JOB_ID", f"j_{job.name}", "--JOB_RUN_ID", run["Id"]]
    own = ["--who", "run", "--when", "job", "--fixed", "job"]
    assert job.events("/aws-glue/jobs/output", run["Id"]) == ["grüß dich", str(identity + own)]
    assert job.events("/aws-glue/jobs/error", run["Id"]) == ["trouble"]
    log = job.log(run["Id"]).read_text()
    assert "O grüß dich" in log
    assert "E trouble" in log
    wait_until(lambda: not (job.aws.state_dir / "glue" / run["Id"]).exists(), "the run's folder is gone")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def f():\n    raise ValueError('no rows:\\n  in file a.csv')\nf()", "ValueError: no rows: in file a.csv"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("this is no python", "SyntaxError: invalid syntax (script.py, line 1)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Command failed with exit code -9"),
    ],
)
def test_fails_with_the_last_exception(job: Job, script: str, message: str) -> None:
    job.define(script)
    run = job.run()
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == message
    if "ValueError" in message:
        assert "in f\n" in "\n".join(job.events("/aws-glue/jobs/error", run["Id"])) + "\n"


def test_log_groups_can_have_another_prefix(job: Job) -> None:
    job.define("print('here')", DefaultArguments={"--custom-logGroup-prefix": f"/lake/{job.name}"})
    run = job.run()
    assert run["LogGroupName"] == f"/lake/{job.name}"
    assert job.events(f"/lake/{job.name}/output", run["Id"]) == ["here"]


def test_a_security_configuration_has_log_groups_of_its_own(job: Job) -> None:
    job.define(
        "print('here')", DefaultArguments={"--custom-logGroup-prefix": f"/lake/{job.name}"}, SecurityConfiguration="sec"
    )
    run = job.run()
    role = job.glue.get_job(JobName=job.name)["Job"]["Role"].rpartition("/")[2]
    group = f"/lake/{job.name}/sec-role/{role}"
    assert run["LogGroupName"] == group
    assert job.events(f"{group}/output", run["Id"]) == ["here"]


def test_an_exit_with_zero_is_a_success(job: Job) -> None:
    job.define("import sys; sys.exit(0)")
    assert job.run()["JobRunState"] == "SUCCEEDED"


def test_fails_where_the_script_is_missing(job: Job) -> None:
    job.define("pass")
    job.s3.delete_object(Bucket=job.name, Key="script.py")
    run = job.run()
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(
        f"LAUNCH ERROR | Error downloading from S3 for bucket: {job.name}, key: script.py."
    )


def test_fails_on_arguments_that_it_does_not_know(job: Job) -> None:
    job.define("pass", DefaultArguments={"--extra-jars": "s3://b/x.jar"})
    run = job.run()
    assert run["JobRunState"] == "FAILED"
    assert "--extra-jars" in run["ErrorMessage"]


def test_holds_the_limit_of_concurrent_runs(job: Job) -> None:
    job.define(_TALKS, DefaultArguments={"--bucket": job.name}, ExecutionProperty={"MaxConcurrentRuns": 1})
    first = job.start()
    with pytest.raises(job.glue.exceptions.ConcurrentRunsExceededException):
        job.start()
    wait_until(lambda: job.state(first) == "RUNNING", "the first run works")
    job.s3.put_object(Bucket=job.name, Key="go", Body=b"")
    assert job.end(first)["JobRunState"] == "SUCCEEDED"
    second = job.run()
    assert second["JobRunState"] == "SUCCEEDED"
    runs = [run["Id"] for run in job.glue.get_job_runs(JobName=job.name)["JobRuns"]]
    assert runs == [second["Id"], first]


def test_further_runs_wait_for_their_turn_and_can_be_stopped(job: Job) -> None:
    job.define(_TALKS, DefaultArguments={"--bucket": job.name}, ExecutionProperty={"MaxConcurrentRuns": 4})
    runs = [job.start() for _ in range(DEFAULTS.processes + 1)]
    *working, waiting = runs
    wait_until(lambda: all(job.state(run) == "RUNNING" for run in working), "the first runs work")
    wait_until(lambda: job.has("argv"), "a script talks")
    assert job.state(waiting) == "STARTING"

    answer = job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[*runs, "jr_unknown"])
    assert [one["JobRunId"] for one in answer["SuccessfulSubmissions"]] == runs
    assert [one["ErrorDetail"]["ErrorCode"] for one in answer["Errors"]] == ["EntityNotFoundException"]
    assert [job.end(run)["JobRunState"] for run in runs] == ["STOPPED"] * 3
    assert not job.log(waiting).exists()

    again = job.glue.batch_stop_job_run(JobName=job.name, JobRunIds=[waiting])
    assert again["Errors"][0]["ErrorDetail"]["ErrorMessage"] == f"Job run {waiting} is STOPPED."


def test_refuses_jobs_of_another_kind(job: Job) -> None:
    job.define("pass", Command={"Name": "gluestreaming", "ScriptLocation": "s3://b/s.py"})
    with pytest.raises(job.glue.exceptions.InvalidInputException, match="gluestreaming"):
        job.start()


def test_refuses_jobs_that_repeat_themselves(job: Job) -> None:
    job.define("pass", MaxRetries=1)
    with pytest.raises(job.glue.exceptions.InvalidInputException, match="MaxRetries"):
        job.start()


class _Observer:
    def __init__(self, told: Path | None = None) -> None:
        self.results: list[RunResult] = []
        self._told = told

    def started(self) -> None:
        pass

    def ended(self, result: RunResult) -> None:
        self.results.append(result)
        if self._told is not None:
            self._told.touch()


def test_kills_the_whole_group_when_the_time_is_up(job: Job, tmp_path: Path) -> None:
    job.define(
        """
        import os, subprocess, sys, time, boto3
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        bucket = sys.argv[sys.argv.index("--bucket") + 1]
        boto3.client("s3").put_object(Bucket=bucket, Key="child", Body=str(child.pid).encode())
        time.sleep(600)
        """
    )
    processes = Processes()
    try:
        context = LocalContext(job.aws.endpoint, REGION, ACCOUNT, tmp_path, processes)
        request = RunRequest("jr_1", job.name, f"s3://{job.name}/script.py", {"--bucket": job.name}, timeout=3)
        observer = _Observer()
        signals: SimpleQueue[Signal] = SimpleQueue()
        JobRunner(context, DEFAULTS).run(request, signals, observer)
    finally:
        processes.close()
    assert observer.results == [RunResult("TIMEOUT", "Job run exceeded its timeout of 0.05 minutes.")]
    child = int(job.text("child"))
    wait_until(lambda: not _is_running(child), "the script's child is gone")


# What Spark's Java does that is told to write its classes: it goes on when the script has ended.
_JAVA = """
import sys, time
from pathlib import Path
draft, told, writes = sys.argv[1:]
while not Path(told).exists():
    time.sleep(0.01)
with open(draft, "wb") as file:
    file.write(bytes(4) + b"classes")
    file.flush()
    if writes == "half":
        time.sleep(600)
    file.seek(0)
    file.write(b"head")
"""


@pytest.mark.parametrize(("patience", "is_taken"), [(60, True), (0.1, False)])
def test_takes_the_class_archive_only_where_java_has_written_it_all(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, is_taken: bool
) -> None:
    job.define(
        f"""
        import os, re, shlex, subprocess, sys
        properties = open(shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])[1]).read()
        [draft] = re.findall(r"ArchiveClassesAtExit=(\\S+)", properties)
        told, writes = (sys.argv[sys.argv.index(name) + 1] for name in ("--told", "--writes"))
        subprocess.Popen([sys.executable, "-c", {_JAVA!r}, draft, told, writes])
        """
    )
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "a.jar").write_bytes(b"jar")
    monkeypatch.setattr(runner, "_JAVA_END_SECONDS", patience)
    processes = Processes()
    try:
        context = LocalContext(job.aws.endpoint, REGION, ACCOUNT, tmp_path, processes)
        location = f"s3://{job.name}/script.py"
        arguments = {"--told": str(tmp_path / "told"), "--writes": "all" if is_taken else "half"}
        request = RunRequest("jr_1", job.name, location, arguments, timeout=60)
        observer = _Observer(tmp_path / "told")
        JobRunner(context, replace(DEFAULTS, jars=jars)).run(request, SimpleQueue(), observer)
    finally:
        processes.close()
    assert observer.results == [RunResult("SUCCEEDED")]
    assert [file.read_bytes() for file in jars.glob("classes-*")] == ([b"headclasses"] if is_taken else [])


def test_a_killed_server_leaves_no_script_behind(tmp_path: Path) -> None:
    with local_aws(tmp_path) as (aws, server):
        job = Job(aws)
        job.define(
            """
            import os, sys, time, boto3
            bucket = sys.argv[sys.argv.index("--bucket") + 1]
            boto3.client("s3").put_object(Bucket=bucket, Key="pid", Body=str(os.getpid()).encode())
            time.sleep(600)
            """,
            DefaultArguments={"--bucket": job.name},
        )
        job.start()
        wait_until(lambda: job.has("pid"), "the script runs")
        script = int(job.text("pid"))
        assert _is_running(script)
        server.kill()
        wait_until(lambda: not _is_running(script), "the script is gone")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # A killed orphan may stay a zombie until its new parent looks.
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_runs_spark_on_the_lake(job: Job) -> None:
    """The only test here that starts Java: Iceberg in the Glue catalog, s3:// paths, --conf, modules on executors."""
    job.glue.create_database(DatabaseInput={"Name": job.name.replace("-", "_")})
    job.define(
        """
        import sys
        from pyspark.sql import SparkSession
        from helper import double
        bucket = sys.argv[sys.argv.index("--bucket") + 1]
        spark = SparkSession.builder.getOrCreate()
        table = f"glue_catalog.{bucket.replace('-', '_')}.sales"
        rows = spark.read.csv(f"s3://{bucket}/raw/", header=True, inferSchema=True)
        rows.writeTo(table).using("iceberg").partitionedBy(rows.day).tableProperty("format-version", "2").create()
        spark.sql(f"ALTER TABLE {table} CREATE BRANCH audit")
        doubled = spark.table(table).rdd.map(lambda row: double(row.id)).sum()
        print("doubled", doubled, spark.conf.get("spark.sql.session.timeZone"), spark.version)
        """,
        DefaultArguments={
            "--bucket": job.name,
            "--extra-py-files": f"s3://{job.name}/helper.py",
            "--datalake-formats": "iceberg",
            "--conf": " --conf ".join(
                [
                    "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
                    f"{_CATALOG}=org.apache.iceberg.spark.SparkCatalog",
                    f"{_CATALOG}.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
                    f"{_CATALOG}.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
                    f"{_CATALOG}.warehouse=s3://{job.name}/processed/",
                ]
            ),
        },
    )
    job.s3.put_object(Bucket=job.name, Key="helper.py", Body=b"def double(x): return x * 2")
    job.s3.put_object(Bucket=job.name, Key="raw/a.csv", Body=b"id,day\n1,2025-01-15\n2,2025-01-16\n")

    run = job.run()

    assert run["JobRunState"] == "SUCCEEDED", job.log(run["Id"]).read_text()
    assert "doubled 6 UTC 3.5.6" in job.events("/aws-glue/jobs/output", run["Id"])
    table = job.glue.get_table(DatabaseName=job.name.replace("-", "_"), Name="sales")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["Parameters"]["metadata_location"].startswith(f"s3://{job.name}/processed/")
