"""A query's result as Athena writes and returns it: every value as text.

See https://docs.aws.amazon.com/athena/latest/APIReference/API_ResultSet.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

Row = list[str | None]
Format = Callable[[Any], str]

# The names, precisions that the API gives for DuckDB's types.
_TYPES: dict[str, tuple[str, int]] = {
    "BOOLEAN": ("boolean", 0),
    "TINYINT": ("tinyint", 3),
    "SMALLINT": ("smallint", 5),
    "INTEGER": ("integer", 10),
    "UINTEGER": ("bigint", 19),
    "BIGINT": ("bigint", 19),
    "UBIGINT": ("bigint", 19),
    # DuckDB sums integers as these, Athena as bigint.
    "HUGEINT": ("bigint", 19),
    "FLOAT": ("float", 17),
    "DOUBLE": ("double", 17),
    "DATE": ("date", 0),
    "TIME": ("time", 0),
    "TIMESTAMP": ("timestamp", 3),
    "TIMESTAMP_S": ("timestamp", 3),
    "TIMESTAMP_MS": ("timestamp", 3),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3),
    "VARCHAR": ("varchar", 2**31 - 1),
    "BLOB": ("varbinary", 2**30),
    "UUID": ("uuid", 0),
    "JSON": ("json", 0),
    '"NULL"': ("unknown", 0),
    "NULL": ("unknown", 0),
}


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result.

    Attributes:
        name: As the query names it.
        type: As DuckDB writes it.
        precision: Digits of a second, for timestamps.
    """

    name: str
    type: str
    precision: int = 3

    @property
    def full_type(self) -> str:
        """The type with its parameters, as Athena writes it."""
        name, precision, scale = _describe(self.type)
        return f"decimal({precision},{scale})" if name == "decimal" else name

    def info(self) -> dict[str, Any]:
        """The column as GetQueryResults describes it."""
        name, precision, scale = _describe(self.type)
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": name,
            "Precision": precision,
            "Scale": scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": name == "varchar",
        }


def _describe(kind: str) -> tuple[str, int, int]:
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return "decimal", int(decimal[1]), int(decimal[2])
    if kind.endswith("]"):
        return "array", 0, 0
    if kind.startswith("MAP("):
        return "map", 0, 0
    if kind.startswith(("STRUCT(", "TUPLE(")):
        return "row", 0, 0
    name, precision = _TYPES.get(kind, ("varchar", 2**31 - 1))
    return name, precision, 0


def text_rows(batches: Iterable[pa.RecordBatch], columns: tuple[ResultColumn, ...]) -> Iterator[Row]:
    """The rows of a result as text, null as None."""
    for batch in batches:
        texts = [_texts(batch.column(place), column) for place, column in enumerate(columns)]
        yield from (list(row) for row in zip(*texts, strict=True))


def _texts(values: pa.Array, column: ResultColumn) -> Row:
    if pa.types.is_string(values.type):
        strings: Row = values.to_pylist()
        return strings
    if pa.types.is_float32(values.type):
        # By way of the shortest text: as a double, 0.1 is 0.10000000149011612.
        values = values.cast(pa.string()).cast(pa.float64())
    form = _format(values.type, column.precision)
    return [None if value is None else form(value) for value in values.to_pylist()]


def _format(kind: pa.DataType, digits: int) -> Format:
    if pa.types.is_boolean(kind):
        return lambda value: "true" if value else "false"
    if pa.types.is_floating(kind):
        return java_double
    if pa.types.is_timestamp(kind):
        return lambda value: _timestamp(value, digits)
    if pa.types.is_decimal(kind):
        return lambda value: format(value, "f") if isinstance(value, Decimal) else str(value)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return lambda value: value.hex(" ")
    if pa.types.is_map(kind):
        key, item = _inner(kind.key_type, digits), _inner(kind.item_type, digits)
        return lambda value: "{" + ", ".join(f"{key(k)}={item(v)}" for k, v in value) + "}"
    if pa.types.is_struct(kind):
        fields = [(field.name, _inner(field.type, digits)) for field in kind]
        # A row without names has Trino's field0, field1 …
        shown = [re.sub(r"^_(\d+)$", r"field\1", name) for name, _ in fields]
        return lambda value: (
            "{"
            + ", ".join(f"{label}={form(value[name])}" for label, (name, form) in zip(shown, fields, strict=True))
            + "}"
        )
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        element = _inner(kind.value_type, digits)
        return lambda value: "[" + ", ".join(element(one) for one in value) + "]"
    return str


def _inner(kind: pa.DataType, digits: int) -> Format:
    form = _format(kind, digits)
    return lambda value: "null" if value is None else form(value)


def _timestamp(value: datetime, digits: int) -> str:
    # Python knows microseconds, Athena shows at least milliseconds.
    text = value.strftime("%Y-%m-%d %H:%M:%S.%f")[: 20 + max(digits, 3)]
    return f"{text} UTC" if value.tzinfo else text


def java_double(value: float) -> str:
    """Write a double as Java does, and so Athena: `0.1`, `100.0`, `1.0E7`, `1.0E-4`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = format(Decimal(repr(value)), "f")
        return text if "." in text else f"{text}.0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    fraction = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{fraction}E{int(exponent) + len(digits) - 1}"


def csv_line(row: Row) -> str:
    """A line of a result's file: every value quoted, null as nothing."""
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"
