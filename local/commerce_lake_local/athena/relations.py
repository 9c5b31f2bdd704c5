"""A table of the catalog as a query sees it: its columns, and a way to read it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from pyiceberg.expressions import BooleanExpression

from .types import Column


@dataclass(frozen=True)
class Scan:
    """How DuckDB reads a table.

    Attributes:
        sql: A SELECT of the table's columns, in their order.
        sizes: Bytes of each object that may be read, by `BUCKET/KEY`.
        names: `BUCKET/KEY` by the name that the SELECT has for it, where that is another.
    """

    sql: str
    sizes: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


class Relation(ABC):
    """A table, or a table's metadata."""

    @property
    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""

    @abstractmethod
    def scan(self, prefix: str, predicate: BooleanExpression | None = None) -> Scan:
        """A way to read it.

        Args:
            prefix: Of whatever names the SELECT needs inside; unique in the query.
            predicate: Rows for which this is false may be left out; None keeps all.
        """


def quote(name: str) -> str:
    """A name in DuckDB's SQL."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """A text in DuckDB's SQL."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def empty_scan(columns: tuple[Column, ...]) -> Scan:
    """A table without rows."""
    nulls = ", ".join(f"CAST(NULL AS {column.type}) AS {quote(column.name)}" for column in columns)
    return Scan(f"SELECT {nulls} WHERE false")
