"""Glue's connections (its jobs and crawlers are the business of `glue`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import FakeConnection
from moto.glue.responses import GlueResponse

from .patching import add, wrap


def mend() -> None:
    """Delete a connection, which moto cannot, and tell of what type it is."""
    add(GlueResponse, delete_connection)
    wrap(FakeConnection, "as_dict", _tell_type)


def delete_connection(self: Any) -> ActionResult:
    """Answer `glue:DeleteConnection`."""
    name = self._get_param("ConnectionName")
    if self.glue_backend.connections.pop(name, None) is None:
        raise EntityNotFoundException(f"Connection {name} not found")
    return EmptyResult()


def _tell_type(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def as_dict(self: Any, hide_password: bool = False) -> dict[str, Any]:
        answer = describe(self, hide_password)
        kept = ("ConnectionType", "MatchCriteria")
        return answer | {name: self.connection_input[name] for name in kept if name in self.connection_input}

    return as_dict
