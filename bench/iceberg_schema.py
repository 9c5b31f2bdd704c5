"""Iceberg schemas of tables that are written without Spark."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from commerce_lake.values import arrow_type
from pyiceberg.io.pyarrow import pyarrow_to_schema
from pyiceberg.schema import Schema


def iceberg_schema(columns: Iterable[tuple[str, str]]) -> Schema:
    """The schema of columns, by their names and the contracts' types, all of them optional; ids count from 1."""
    fields = [
        pa.field(name, arrow_type(kind), metadata={"PARQUET:field_id": str(place)})
        for place, (name, kind) in enumerate(columns, 1)
    ]
    return pyarrow_to_schema(pa.schema(fields))
