"""What a contract changes in the columns of a table that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pyspark.sql.types import StructType

from .contract import Column
from .errors import ContractError

_WIDENINGS = {("int", "bigint"), ("float", "double")}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def differences(table: str, schema: StructType, columns: Sequence[Column]) -> Iterator[str]:
    """What makes the table's columns those of the contract, as clauses of ALTER TABLE.

    Args:
        table: Its name, for people.
        schema: Its columns as they are.
        columns: The contract's.

    Raises:
        ContractError: A column cannot become what the contract says.
    """
    fields = {field.name: field for field in schema}
    previous: str | None = None
    for column in columns:
        field = fields.get(column.name)
        if field is None:
            place = "FIRST" if previous is None else f"AFTER `{previous}`"
            yield f"ADD COLUMN `{column.name}` {column.type} COMMENT {literal(column.description)} {place}"
        else:
            present = field.dataType.simpleString()
            if present != column.type:
                if not _widens(present, column.type):
                    raise ContractError(
                        f"{table}.{column.name} is {present} and cannot become {column.type}: "
                        "only int → bigint and a larger precision of a decimal can. Give the column another name."
                    )
                yield f"ALTER COLUMN `{column.name}` TYPE {column.type}"
            if field.metadata.get("comment", "") != column.description:
                yield f"ALTER COLUMN `{column.name}` COMMENT {literal(column.description)}"
        previous = column.name


def literal(text: str) -> str:
    """A string literal of Spark SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _widens(present: str, wanted: str) -> bool:
    before, after = _DECIMAL.fullmatch(present), _DECIMAL.fullmatch(wanted)
    if before and after:
        return before[2] == after[2] and int(after[1]) >= int(before[1])
    return (present, wanted) in _WIDENINGS
