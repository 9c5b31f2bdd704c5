"""A lock in the run ledger that its holder renews while it works, so that a crashed one cannot hold it for ever."""

from __future__ import annotations

import random
import threading
import time
import uuid
from types import TracebackType
from typing import Any, Self

from .errors import LeaseError
from .log import Log

LEASE_SECONDS = 120
"""How long a lock outlives the last renewal of its holder."""

LONGEST_WAIT_SECONDS = 3600
"""How long another's lock is waited for."""

_LONGEST_PAUSE_SECONDS = 15.0


class Lease:
    """The lock `LOCK#{name}`, held inside a `with` block."""

    def __init__(self, table: str, name: str, run: str, log: Log) -> None:
        """Nothing is locked yet.

        Args:
            table: The run ledger.
            name: What is locked.
            run: Whose run holds it; a retry of the same run takes its predecessor's lock over.
            log: Where waiting shows.
        """
        self._table, self._name, self._run, self._log = table, name, run, log
        self._holder = uuid.uuid4().hex
        self._stop = threading.Event()
        self._renewer = threading.Thread(target=self._renew_until_stopped, daemon=True)

    def __enter__(self) -> Self:
        """Waits for the lock.

        Raises:
            LeaseError: Another run held it all the while.
        """
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        pause = 0.5
        while not self._put("attribute_not_exists(pk) OR expires_at < :now OR #run = :run"):
            if time.monotonic() > deadline:
                raise LeaseError(
                    f"LOCK#{self._name} in {self._table} was held by another run for {LONGEST_WAIT_SECONDS} s. "
                    "See which run it names; start this one again when that has ended."
                )
            self._log.info("waiting", lock=self._name)
            self._stop.wait(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        self._renewer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the lock back, if it is still this holder's."""
        self._stop.set()
        self._renewer.join()
        self._call(
            "delete_item", ConditionExpression="holder = :holder", ExpressionAttributeValues=self._values(":holder")
        )

    def check(self) -> None:
        """Asserts that the lock is still held; called before what only its holder may do.

        Raises:
            LeaseError: It was lost.
        """
        if not self._put("holder = :holder"):
            raise LeaseError(
                f"LOCK#{self._name} was lost while the run worked; nothing more is published. Run it again."
            )

    def _renew_until_stopped(self) -> None:
        while not self._stop.wait(LEASE_SECONDS / 4):
            try:
                if not self._put("holder = :holder"):
                    return  # `check` will say so
            except Exception as error:
                # The lease outlives a few failed renewals; `check` has the last word.
                self._log.warning("lock not renewed", lock=self._name, error=type(error).__name__)

    def _put(self, condition: str) -> bool:
        names = {"#run": "run"}
        return self._call(
            "update_item",
            UpdateExpression="SET #run = :run, holder = :holder, expires_at = :expires",
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=self._values(
                ":run", ":holder", ":expires", *([":now"] if ":now" in condition else [])
            ),
        )

    def _values(self, *names: str) -> dict[str, dict[str, str]]:
        now = int(time.time())
        values = {
            ":run": {"S": self._run},
            ":holder": {"S": self._holder},
            ":now": {"N": str(now)},
            ":expires": {"N": str(now + LEASE_SECONDS)},
        }
        return {name: values[name] for name in names}

    def _call(self, operation: str, **request: Any) -> bool:
        """Whether the condition of the request held."""
        import boto3
        from botocore.exceptions import ClientError

        client = boto3.client("dynamodb")
        key = {"pk": {"S": f"LOCK#{self._name}"}, "sk": {"S": "LOCK"}}
        try:
            getattr(client, operation)(TableName=self._table, Key=key, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True
