"""Why a query fails, in Athena's words.

See https://docs.aws.amazon.com/athena/latest/ug/error-reference.html and Trino's `StandardErrorCode`.
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from sqlglot import exp


class QueryError(Exception):
    """A query that fails; its text is the execution's StateChangeReason."""

    def __init__(self, code: str, message: str, node: exp.Expr | None = None) -> None:
        where = _position(node)
        super().__init__(f"{code}: {where}{message}")


class NotSupportedError(QueryError):
    """Something that Athena may know, and the local one does not."""

    def __init__(self, what: str, node: exp.Expr | None = None) -> None:
        super().__init__("NOT_SUPPORTED", f"The local Athena does not know {what}. Rewrite it, or run it on AWS.", node)


class QueryCancelledError(Exception):
    """A query that was ended before it was done."""


class InvalidRequestException(JsonRESTError):  # noqa: N818 (Athena's name)
    """A call that Athena refuses at once."""

    code = 400

    def __init__(self, message: str, error_code: str = "INVALID_INPUT", **_: Any) -> None:
        super().__init__("InvalidRequestException", message)
        self.error_code = error_code


def _position(node: exp.Expr | None) -> str:
    """`line L:C: ` of the first token below a node, where the parser noted it."""
    if node is None:
        return ""
    best = min(
        (part.meta for part in node.walk() if "start" in part.meta), key=lambda meta: int(meta["start"]), default=None
    )
    if best is None:
        return ""
    # The parser notes the column of the last character.
    column = int(best["col"]) - (int(best["end"]) - int(best["start"]))
    return f"line {best['line']}:{column}: "
