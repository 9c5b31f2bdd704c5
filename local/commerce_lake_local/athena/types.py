"""Column types: Glue's and Iceberg's as DuckDB has them, and DuckDB's as Athena names them."""

from __future__ import annotations

from dataclasses import dataclass

from pyiceberg import types as iceberg
from sqlglot import exp

_SIMPLE: dict[object, str] = {
    iceberg.BooleanType: "BOOLEAN",
    iceberg.IntegerType: "INTEGER",
    iceberg.LongType: "BIGINT",
    iceberg.FloatType: "FLOAT",
    iceberg.DoubleType: "DOUBLE",
    iceberg.DateType: "DATE",
    iceberg.TimeType: "TIME",
    iceberg.TimestampType: "TIMESTAMP",
    iceberg.TimestamptzType: "TIMESTAMPTZ",
    iceberg.StringType: "VARCHAR",
    iceberg.UUIDType: "UUID",
    iceberg.BinaryType: "BLOB",
    iceberg.FixedType: "BLOB",
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: In lower case.
        type: As DuckDB writes it.
        precision: Digits of a second that a timestamp has: 3 in Hive tables, 6 in Iceberg's.
    """

    name: str
    type: str
    precision: int = 3

    def sqlglot_type(self) -> exp.DataType:
        """The type as the optimizer wants it; timestamps carry their precision."""
        kind = exp.DataType.build(self.type, dialect="duckdb")
        if kind.is_type(*TIMESTAMPS):
            kind.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(self.precision))])
        return kind


TIMESTAMPS = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ, exp.DataType.Type.TIMESTAMPTZ)


def from_hive(kind: str) -> str:
    """A type of the Glue catalog (`array<string>`) as DuckDB writes it (`TEXT[]`)."""
    return exp.DataType.build(kind, dialect="hive").sql("duckdb")


def to_hive(kind: str) -> str:
    """A type of a query's result, as DuckDB writes it, as the Glue catalog does."""
    parsed = exp.DataType.build(kind, dialect="duckdb")
    if parsed.is_type(exp.DataType.Type.INT128):
        return "bigint"
    if parsed.is_type(*exp.DataType.TEXT_TYPES):
        return "string"
    if parsed.is_type(*TIMESTAMPS):
        return "timestamp"
    return parsed.sql("hive").lower().replace(", ", ",")


def from_iceberg(kind: iceberg.IcebergType) -> str:
    """An Iceberg type as DuckDB writes it."""
    match kind:
        case iceberg.DecimalType():
            return f"DECIMAL({kind.precision},{kind.scale})"
        case iceberg.ListType():
            return f"{from_iceberg(kind.element_type)}[]"
        case iceberg.MapType():
            return f"MAP({from_iceberg(kind.key_type)}, {from_iceberg(kind.value_type)})"
        case iceberg.StructType():
            fields = ", ".join(f'"{field.name}" {from_iceberg(field.field_type)}' for field in kind.fields)
            return f"STRUCT({fields})"
        case _:
            return _SIMPLE[type(kind)]
