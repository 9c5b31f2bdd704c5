"""Athena's API for query executions, in place of moto's, which runs no query.

Workgroups, named queries, prepared statements and tags stay moto's.
See https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from moto.athena.models import AthenaBackend, PreparedStatement, WorkGroup
from moto.athena.responses import AthenaResponse
from moto.core.responses import BaseResponse

from .engine import parse_statement
from .errors import InvalidRequestException
from .executions import Execution, Executions, QueryRequest

# https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
_RESULTS_PER_PAGE = 1000
_IDS_PER_PAGE = 50


class AthenaApi:
    """Answers the calls about query executions."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._tokens: dict[str, str] = {}

    def install(self) -> None:
        """Replace moto's answers by these."""
        answers: dict[str, Callable[[AthenaBackend, dict[str, Any]], dict[str, Any]]] = {
            "start_query_execution": self.start_query_execution,
            "get_query_execution": self.get_query_execution,
            "batch_get_query_execution": self.batch_get_query_execution,
            "list_query_executions": self.list_query_executions,
            "stop_query_execution": self.stop_query_execution,
            "get_query_results": self.get_query_results,
        }
        for name, answer in answers.items():
            setattr(AthenaResponse, name, _as_response(answer))

    def start_query_execution(self, backend: AthenaBackend, given: dict[str, Any]) -> dict[str, Any]:
        """Start a query; refuse at once what is no statement, or has nowhere to put its result."""
        token, sql = given.get("ClientRequestToken"), given["QueryString"]
        if token in self._tokens:
            earlier = self._get(self._tokens[str(token)])
            if earlier.request.sql != sql:
                raise InvalidRequestException("Idempotent parameters do not match", "INVALID_INPUT")
            return {"QueryExecutionId": earlier.id}
        workgroup = _workgroup(backend, given.get("WorkGroup") or "primary")
        context = given.get("QueryExecutionContext") or {}
        reuse = (given.get("ResultReuseConfiguration") or {}).get("ResultReuseByAgeConfiguration") or {}
        limit = workgroup.configuration.get("BytesScannedCutoffPerQuery")
        request = QueryRequest(
            sql=sql,
            tree=parse_statement(sql),
            database=context.get("Database"),
            catalog=context.get("Catalog"),
            parameters=tuple(given.get("ExecutionParameters") or ()),
            workgroup=workgroup.name,
            output=_output(workgroup, given.get("ResultConfiguration") or {}),
            scan_limit=int(limit) if limit is not None else None,
            reuse_minutes=int(reuse.get("MaxAgeInMinutes", 60)) if reuse.get("Enabled") else None,
        )
        execution = self._executions.start(request, _Prepared(backend, workgroup.name))
        if token:
            self._tokens[token] = execution.id
        return {"QueryExecutionId": execution.id}

    def get_query_execution(self, backend: AthenaBackend, given: dict[str, Any]) -> dict[str, Any]:
        """Describe an execution."""
        return {"QueryExecution": self._get(given["QueryExecutionId"]).describe()}

    def batch_get_query_execution(self, backend: AthenaBackend, given: dict[str, Any]) -> dict[str, Any]:
        """Describe several executions."""
        found, unknown = [], []
        for execution_id in given["QueryExecutionIds"]:
            execution = self._executions.get(execution_id)
            if execution is not None:
                found.append(execution.describe())
            else:
                message = f"QueryExecution {execution_id} was not found"
                unknown.append({"QueryExecutionId": execution_id, "ErrorCode": "NOT_FOUND", "ErrorMessage": message})
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": unknown}

    def list_query_executions(self, backend: AthenaBackend, given: dict[str, Any]) -> dict[str, Any]:
        """List a workgroup's executions, the newest first."""
        workgroup = _workgroup(backend, given.get("WorkGroup") or "primary", must_run=False)
        ids = [one.id for one in self._executions.of_workgroup(workgroup.name)]
        start = _read_token(given.get("NextToken"))
        end = start + int(given.get("MaxResults") or _IDS_PER_PAGE)
        more = {"NextToken": _write_token(end)} if end < len(ids) else {}
        return {"QueryExecutionIds": ids[start:end], **more}

    def stop_query_execution(self, backend: AthenaBackend, given: dict[str, Any]) -> dict[str, Any]:
        """Stop an execution."""
        self._executions.stop(self._get(given["QueryExecutionId"]))
        return {}

    def get_query_results(self, backend: AthenaBackend, given: dict[str, Any]) -> dict[str, Any]:
        """Return a page of a result; the first row of a query's first page is its header."""
        execution = self._get(given["QueryExecutionId"])
        if execution.state != "SUCCEEDED":
            how = "not yet finished" if execution.state in ("QUEUED", "RUNNING") else "did not finish successfully"
            raise InvalidRequestException(
                f"Query {how}. Current state: {execution.state}"
                if how.startswith("did")
                else f"Query has {how}. Current state: {execution.state}",
                "INVALID_QUERY_EXECUTION_STATE",
            )
        start, count = _read_token(given.get("NextToken")), int(given.get("MaxResults") or _RESULTS_PER_PAGE)
        if not 1 <= count <= _RESULTS_PER_PAGE:
            raise InvalidRequestException(f"MaxResults is {count}; it must be between 1 and {_RESULTS_PER_PAGE}.")
        with_header = start == 0 and execution.is_query
        rows, following = self._executions.rows(execution, start, count - with_header)
        if with_header:
            rows.insert(0, [column.name for column in execution.columns])
        more = {"NextToken": _write_token(following)} if following is not None else {}
        return {
            "UpdateCount": 0,
            "ResultSet": {
                "Rows": [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": [column.info() for column in execution.columns]},
            },
            **more,
        }

    def _get(self, execution_id: str) -> Execution:
        execution = self._executions.get(execution_id)
        if execution is None:
            raise InvalidRequestException(f"QueryExecution {execution_id} was not found")
        return execution


class _Prepared:
    """The prepared statements of a workgroup, in moto's store."""

    def __init__(self, backend: AthenaBackend, workgroup: str) -> None:
        self._backend = backend
        self._workgroup: Any = workgroup  # moto's annotation says WorkGroup, its API passes the name

    def get(self, name: str) -> str | None:
        found: PreparedStatement | None = self._backend.get_prepared_statement(name, self._workgroup)
        return found.query_statement if found else None

    def put(self, name: str, query: str) -> None:
        self._backend.create_prepared_statement(name, self._workgroup, query, "")

    def drop(self, name: str) -> None:
        self._backend.prepared_statements.pop(name, None)


def _as_response(
    answer: Callable[[AthenaBackend, dict[str, Any]], dict[str, Any]],
) -> Callable[[AthenaResponse], str]:
    def respond(response: AthenaResponse) -> str:
        return json.dumps(answer(response.athena_backend, _parameters(response)))

    return respond


def _parameters(response: BaseResponse) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(response.body)
    return given


def _workgroup(backend: AthenaBackend, name: str, *, must_run: bool = True) -> WorkGroup:
    workgroup = backend.work_groups.get(name)
    if workgroup is None:
        raise InvalidRequestException(f"WorkGroup {name} is not found.")
    if must_run and workgroup.state != "ENABLED":
        raise InvalidRequestException(f"WorkGroup {name} is disabled.")
    return workgroup


def _output(workgroup: WorkGroup, given: dict[str, Any]) -> str:
    """Where the result goes: where the workgroup says, if it enforces that or the call says nothing."""
    own = (workgroup.configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    enforced = workgroup.configuration.get("EnforceWorkGroupConfiguration", True)
    location = own if enforced and own else given.get("OutputLocation") or own
    if not location:
        raise InvalidRequestException(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    if not location.startswith("s3://"):
        raise InvalidRequestException(f"outputLocation is not a valid S3 path: {location}")
    return str(location) if location.endswith("/") else f"{location}/"


def _read_token(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise InvalidRequestException(f"NextToken {token!r} is none that was given out.") from error


def _write_token(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()
