"""Athena's errors for DuckDB's."""

from __future__ import annotations

from .errors import NotSupportedError, QueryError

_OWN = ("DIVISION_BY_ZERO", "HIVE_CURSOR_ERROR", "INVALID_FUNCTION_ARGUMENT")
"""Codes that the translation puts into a query's own errors."""


def explain(text: str) -> QueryError:
    """What Athena says.

    Args:
        text: DuckDB's error with its kind in front, such as `Conversion Error: …`.
    """
    kind, _, message = text.partition(": ")
    first = (message or text).split("\n\n")[0].strip()
    for code in _OWN:
        if f"{code}: " in first:
            return QueryError(code, first.partition(f"{code}: ")[2])
    match kind:
        case "Conversion Error":
            return QueryError("INVALID_CAST_ARGUMENT", first)
        case "Out of Range Error":
            return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", first)
        case "Out of Memory Error":
            return QueryError("EXCEEDED_LOCAL_MEMORY_LIMIT", first)
        case "Parser Error" | "Not implemented Error" | "Catalog Error":
            return NotSupportedError(f"a part of this query ({first})")
        case "Binder Error" if first.startswith(("No function matches", "Could not choose")):
            # What DuckDB would take instead is of no use: it is not what Athena takes.
            return QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters: {first.splitlines()[0].partition('.')[0]}")
        case "Binder Error":
            return QueryError("SYNTAX_ERROR", first.splitlines()[0])
        case _:
            return QueryError("GENERIC_INTERNAL_ERROR", first)
