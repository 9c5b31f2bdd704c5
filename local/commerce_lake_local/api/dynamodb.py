"""DynamoDB."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

from .patching import wrap

_OPERATIONS = (
    "put_item",
    "get_item",
    "update_item",
    "delete_item",
    "query",
    "scan",
    "transact_write_items",
)

_turn = threading.RLock()


def mend() -> None:
    """Let operations take turns.

    moto serves requests in threads, and neither its conditional writes nor its transactions are atomic among them: a
    transaction that fails puts back the whole table as it was, and with it forgets what others wrote meanwhile.
    """
    for name in _OPERATIONS:
        wrap(DynamoDBBackend, name, _one_at_a_time)


def _one_at_a_time(operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def in_turn(*args: Any, **kwargs: Any) -> Any:
        with _turn:
            return operation(*args, **kwargs)

    return in_turn
