"""DynamoDB."""

from __future__ import annotations

import copy
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoResult

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

# Those whose answers hold items.
_OF_ITEMS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})

_turn = threading.RLock()


def mend() -> None:
    """Let operations take turns, and transactions cost what they touch.

    moto serves requests in threads, and neither its conditional writes nor its transactions are atomic among them: a
    transaction that fails puts back the whole table as it was, and with it forgets what others wrote meanwhile. And so
    that it can, it copies the whole table for each of its items: with a thousand files in the ledger, half a second.
    """
    wrap(DynamoDBBackend, "transact_write_items", _undoing_what_it_touched)
    wrap(DynamoResult, "execute_result", _written_as_they_are)
    for name in _OPERATIONS:
        wrap(DynamoDBBackend, name, _one_at_a_time)


def _written_as_they_are(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Write items, which are in the form of the API already, without moto's search for other spellings of each field.

    It takes most of the time of a request for a hundred items.
    """

    @wraps(execute)
    def execute_result(self: Any, context: Any) -> Any:
        operation = context.operation_model
        if operation.name not in _OF_ITEMS or not isinstance(self.result, dict):
            return execute(self, context)
        members = operation.output_shape.members
        known = {name: value for name, value in self.result.items() if name in members and value is not None}
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(known, default=_base64)

    return execute_result


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"no value of an item: {type(value).__name__}")


def _one_at_a_time(operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def in_turn(*args: Any, **kwargs: Any) -> Any:
        with _turn:
            return operation(*args, **kwargs)

    return in_turn


@dataclass(frozen=True)
class _Place:
    """Where a transaction writes, and what was there before."""

    table: Any
    hash_key: DynamoType
    range_key: DynamoType | None
    before: Any

    def restore(self) -> None:
        items = self.table.items
        if self.range_key is None:
            items.pop(self.hash_key, None)
            if self.before is not None:
                items[self.hash_key] = self.before
            return
        of_hash = items[self.hash_key]
        of_hash.pop(self.range_key, None)
        if self.before is not None:
            of_hash[self.range_key] = self.before
        if not of_hash:
            del items[self.hash_key]


def _undoing_what_it_touched(operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def transact(self: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
        places = list(_places(self, transact_items))
        tables = {id(place.table): place.table for place in places}.values()
        for table in tables:
            # What moto takes for a copy to go back to is the table itself.
            table.__deepcopy__ = lambda _, table=table: table
        try:
            operation(self, transact_items)
        except Exception:
            for place in places:
                place.restore()
            raise
        finally:
            for table in tables:
                del table.__deepcopy__

    return transact


def _places(backend: Any, transact_items: Sequence[Mapping[str, Any]]) -> Iterator[_Place]:
    """The items that a transaction names; those that are wrong are left to the transaction to refuse."""
    for action in transact_items:
        (request,) = action.values()
        table = backend.tables.get(request.get("TableName"))
        key = request.get("Key", request.get("Item", {}))
        if table is None or any(name not in key for name in table.table_key_attrs):
            continue
        hash_key = DynamoType(key[table.hash_key_attr])
        range_key = DynamoType(key[table.range_key_attr]) if table.has_range_key else None
        item = table.items.get(hash_key)
        if range_key is not None:
            item = (item or {}).get(range_key)
        yield _Place(table, hash_key, range_key, copy.deepcopy(item))
