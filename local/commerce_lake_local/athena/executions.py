"""Query executions: their life, their result in the lake, and what they cost."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from sqlglot import exp

from .engine import QueryRun
from .errors import InvalidRequestException, QueryCancelledError, QueryError
from .results import ResultColumn, Row, csv_line
from .statements import Answer, PreparedStatements, Session, Statements, returns_rows, statement_type

_LOG = logging.getLogger(__name__)
# How many queries work at once; the others are QUEUED.
_WORKERS = 3
_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
_USER_ERROR = 2


@dataclass(frozen=True)
class QueryRequest:
    """What StartQueryExecution was given, with the workgroup's settings applied.

    Attributes:
        output: A folder in the lake (`s3://BUCKET/PREFIX/`).
        scan_limit: The most bytes that the query may read.
        reuse_minutes: How old the result of the same query may be to serve again; None wants a new one.
    """

    sql: str
    tree: exp.Expr
    database: str | None
    catalog: str | None
    parameters: tuple[str, ...]
    workgroup: str
    output: str
    scan_limit: int | None
    reuse_minutes: int | None

    @property
    def identity(self) -> tuple[object, ...]:
        """Two requests with equal identity have the same result, as far as Athena knows."""
        return self.sql, self.database, self.catalog, self.parameters, self.workgroup


@dataclass
class Execution:
    """One execution of a statement."""

    request: QueryRequest
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "QUEUED"
    reason: str | None = None
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    completed: float | None = None
    engine_seconds: float = 0.0
    run: QueryRun = field(default_factory=QueryRun)
    columns: tuple[ResultColumn, ...] = ()
    is_query: bool = True
    reused: Execution | None = None
    rows_file: Path | None = None
    task: Future[None] | None = None

    @property
    def output_location(self) -> str:
        """Where the result is."""
        if self.reused is not None:
            return self.reused.output_location
        return f"{self.request.output}{self.id}.{'csv' if returns_rows(self.request.tree) else 'txt'}"

    def describe(self) -> dict[str, Any]:
        """The execution as GetQueryExecution describes it."""
        end = self.completed or time.time()
        queued = (self.started or end) - self.submitted
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        if self.reason is not None:
            status["StateChangeReason"] = self.reason
        if self.state == "FAILED":
            status["AthenaError"] = {"ErrorCategory": _USER_ERROR, "Retryable": False, "ErrorMessage": self.reason}
        context = {"Database": self.request.database, "Catalog": self.request.catalog}
        age = self.request.reuse_minutes
        reuse = {"Enabled": age is not None} | ({"MaxAgeInMinutes": age} if age is not None else {})
        return {
            "QueryExecutionId": self.id,
            "Query": self.request.sql,
            "StatementType": statement_type(self.request.tree),
            "ResultConfiguration": {"OutputLocation": self.output_location},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": reuse},
            "QueryExecutionContext": {name: value for name, value in context.items() if value},
            "Status": status,
            "Statistics": {
                "EngineExecutionTimeInMillis": round(self.engine_seconds * 1000),
                "DataScannedInBytes": self.run.scanned,
                "TotalExecutionTimeInMillis": round((end - self.submitted) * 1000),
                "QueryQueueTimeInMillis": round(queued * 1000),
                "QueryPlanningTimeInMillis": round(self.run.planning_seconds * 1000),
                "ServiceProcessingTimeInMillis": max(
                    round((end - self.submitted - queued - self.engine_seconds) * 1000), 0
                ),
                "ResultReuseInformation": {"ReusedPreviousResult": self.reused is not None},
            },
            "WorkGroup": self.request.workgroup,
            "EngineVersion": _ENGINE,
            **({"ExecutionParameters": list(self.request.parameters)} if self.request.parameters else {}),
        }


class Executions:
    """Starts executions, and keeps what became of them."""

    def __init__(self, statements: Statements, s3: Any, folder: Path) -> None:
        self._statements = statements
        self._s3 = s3
        self._folder = folder
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="athena")
        self._by_id: dict[str, Execution] = {}
        self._lock = threading.Lock()

    def start(self, request: QueryRequest, prepared: PreparedStatements) -> Execution:
        """Start a statement; it goes on by itself."""
        execution = Execution(request, run=QueryRun(limit=request.scan_limit))
        with self._lock:
            execution.reused = self._reusable(request)
            self._by_id[execution.id] = execution
        if execution.reused is not None:
            self._reuse(execution, execution.reused)
        else:
            execution.task = self._pool.submit(self._execute, execution, prepared)
        return execution

    def stop(self, execution: Execution) -> None:
        """Stop a statement; one that is over stays as it is."""
        execution.run.cancel()
        if execution.task is not None and execution.task.cancel():
            self._end(execution, "CANCELLED", "Query cancelled by user")

    def get(self, execution_id: str) -> Execution | None:
        """An execution by its id."""
        return self._by_id.get(execution_id)

    def of_workgroup(self, workgroup: str) -> list[Execution]:
        """The executions of a workgroup, the newest first."""
        with self._lock:
            return [one for one in reversed(self._by_id.values()) if one.request.workgroup == workgroup]

    def rows(self, execution: Execution, start: int, count: int) -> tuple[list[Row], int | None]:
        """Some rows of a result.

        Args:
            execution: A succeeded one.
            start: Where to begin in the file of rows; 0, or what an earlier call gave.
            count: At most so many.

        Returns:
            The rows, and where the next begin; None at the end.
        """
        source = execution.reused or execution
        if source.rows_file is None:
            return [], None
        rows: list[Row] = []
        with source.rows_file.open("rb") as file:
            file.seek(start)
            while len(rows) < count and (line := file.readline()):
                rows.append(json.loads(line))
            position = file.tell()
            return rows, position if file.readline() else None

    def _reusable(self, request: QueryRequest) -> Execution | None:
        if request.reuse_minutes is None:
            return None
        oldest = time.time() - request.reuse_minutes * 60
        for one in reversed(self._by_id.values()):
            if one.request.identity == request.identity and one.state == "SUCCEEDED" and one.reused is None:
                return one if (one.completed or 0) >= oldest else None
        return None

    def _reuse(self, execution: Execution, earlier: Execution) -> None:
        execution.columns, execution.is_query = earlier.columns, earlier.is_query
        execution.started = time.time()
        self._end(execution, "SUCCEEDED")

    def _execute(self, execution: Execution, prepared: PreparedStatements) -> None:
        execution.started = time.time()
        execution.state = "RUNNING"
        request = execution.request
        session = Session(request.database, list(request.parameters), prepared, execution.run)
        try:
            with self._statements.run(request.sql, session) as answer:
                self._write(execution, answer)
            self._end(execution, "SUCCEEDED")
        except QueryCancelledError as error:
            self._end(execution, "CANCELLED", str(error))
        except QueryError as error:
            self._end(execution, "FAILED", str(error))
        except InvalidRequestException as error:
            self._end(execution, "FAILED", f"SYNTAX_ERROR: {error.message}")
        except ClientError as error:
            self._end(execution, "FAILED", f"GENERIC_USER_ERROR: {error}")
        except Exception as error:
            _LOG.exception("Query %s: %s", execution.id, request.sql)
            self._end(execution, "FAILED", f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}")

    def _write(self, execution: Execution, answer: Answer) -> None:
        """Write the result: to the lake as a file, and here by rows, from which pages are read."""
        execution.columns, execution.is_query = answer.columns, answer.is_query
        self._folder.mkdir(parents=True, exist_ok=True)
        rows_file = self._folder / f"{execution.id}.rows"
        result_file = self._folder / f"{execution.id}.result"
        header: Row = [column.name for column in answer.columns]
        try:
            with rows_file.open("w", encoding="utf-8") as rows, result_file.open("w", encoding="utf-8") as result:
                if answer.is_query:
                    result.write(csv_line(header))
                for row in answer.rows:
                    if execution.run.is_cancelled:
                        raise QueryCancelledError("Query cancelled by user")
                    rows.write(json.dumps(row) + "\n")
                    result.write(csv_line(row) if answer.is_query else "\t".join(cell or "" for cell in row) + "\n")
            execution.engine_seconds = time.time() - (execution.started or execution.submitted)
            bucket, key = _split(execution.output_location)
            self._s3.upload_file(str(result_file), bucket, key)
            metadata = {"columns": [column.info() for column in answer.columns]}
            self._s3.put_object(Bucket=bucket, Key=f"{key}.metadata", Body=json.dumps(metadata).encode())
        finally:
            result_file.unlink(missing_ok=True)
        execution.rows_file = rows_file

    def _end(self, execution: Execution, state: str, reason: str | None = None) -> None:
        execution.reason = reason
        execution.completed = time.time()
        execution.state = state


def _split(location: str) -> tuple[str, str]:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key
