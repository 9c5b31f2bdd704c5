"""A bucket, a database and a workgroup for the tests of Athena, and Iceberg tables written without Java."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform

from .conftest import LocalAws, wait_until

_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True)
class Answer:
    """A query's end: the execution, and its result without the header."""

    execution: dict[str, Any]
    columns: list[dict[str, Any]]
    rows: list[list[str | None]]

    @property
    def scanned(self) -> int:
        return int(self.execution["Statistics"]["DataScannedInBytes"])

    @property
    def names(self) -> list[str]:
        return [column["Name"] for column in self.columns]

    @property
    def types(self) -> list[str]:
        return [column["Type"] for column in self.columns]


class AthenaLake:
    """What one test module needs of the local AWS."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.athena, self.glue, self.s3 = aws.client("athena"), aws.client("glue"), aws.client("s3")
        self.bucket = f"lake-{uuid.uuid4().hex[:8]}"
        self.database = self.bucket.replace("-", "_")
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": self.database})
        settings = {"ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/athena-results/"}}
        self.athena.create_work_group(Name=self.bucket, Configuration=settings)
        storage = {
            "endpoint": aws.endpoint,
            "region": "us-east-1",
            "access-key-id": "local",
            "secret-access-key": "local",
        }
        self.storage = {f"{service}.{name}": value for service in ("s3", "glue") for name, value in storage.items()}
        self.catalog = GlueCatalog("lake", **self.storage)

    def create(self, name: str, schema: Schema, by: tuple[str, ...] = (), **properties: str) -> Table:
        fields = [schema.find_field(column) for column in by]
        spec = PartitionSpec(
            *(
                PartitionField(one.field_id, 1000 + place, IdentityTransform(), one.name)
                for place, one in enumerate(fields)
            )
        )
        location = f"s3://{self.bucket}/processed/{name}"
        return self.catalog.create_table((self.database, name), schema, location, spec, properties=properties)

    def start(self, sql: str, **settings: Any) -> str:
        settings.setdefault("WorkGroup", self.bucket)
        settings.setdefault("QueryExecutionContext", {"Database": self.database})
        started: str = self.athena.start_query_execution(QueryString=sql, **settings)["QueryExecutionId"]
        return started

    def end(self, query: str) -> dict[str, Any]:
        def execution() -> dict[str, Any]:
            found: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return found

        wait_until(lambda: execution()["Status"]["State"] in _FINAL, "the query ends")
        return execution()

    def ask(self, sql: str, **settings: Any) -> Answer:
        """Run a statement that succeeds."""
        query = self.start(sql, **settings)
        execution = self.end(query)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]["StateChangeReason"]
        rows: list[list[str | None]] = []
        token: dict[str, str] = {}
        while True:
            page = self.athena.get_query_results(QueryExecutionId=query, **token)
            for row in page["ResultSet"]["Rows"]:
                rows.append([cell.get("VarCharValue") for cell in row["Data"]])
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        is_query = execution["ResultConfiguration"]["OutputLocation"].endswith(".csv")
        return Answer(execution, columns, rows[1:] if is_query else rows)

    def failure(self, sql: str, **settings: Any) -> str:
        """Run a statement that fails; why it did."""
        status = self.end(self.start(sql, **settings))["Status"]
        assert status["State"] == "FAILED", status
        reason: str = status["StateChangeReason"]
        assert status["AthenaError"]["ErrorMessage"] == reason
        return reason

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table wants them."""
    return pa.Table.from_pylist(rows, schema=table.schema().as_arrow())
