"""The faults that were asked for, and what they strike."""

from __future__ import annotations

import difflib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError

KINDS = ("throttle", "crash", "timeout", "garbage", "kill")
_FIELDS = ("target", "fault", "times", "containing", "at", "seconds")
# What is run rather than called, by the first part of a target.
_ENGINES = ("lambda", "glue", "crawler")
# Services whose signing name is not that of their API model.
_MODELS = {"states": "stepfunctions"}

_session = botocore.session.Session()


class InvalidFaultError(ValueError):
    """A fault that nobody can do anything with; says what was received and what would do."""


@dataclass(frozen=True)
class Call:
    """A call of the AWS API, such as `dynamodb:UpdateItem`; `number` is which of them is meant, from 1."""

    service: str
    action: str
    number: int = 1

    def __str__(self) -> str:
        """As a person writes it."""
        return f"{self.service}:{self.action}" + (f" {self.number}" if self.number > 1 else "")


@dataclass(eq=False)
class Fault:
    """Something that goes wrong.

    Attributes:
        id: Its number, by which it is lifted.
        target: What it strikes, as it was asked for.
        kind: One of `KINDS`.
        left: How often it will still strike; None for always.
        containing: Strikes only what is given this text: an event, the arguments of a job, the body of a call.
        at: For what is killed: not at once but when it makes this call, which then never happens.
        seconds: For a function or job that times out: its time is over after so many; None, when it really is.
        struck: How often it has.
        lifted: Set once it was taken back: whatever hangs by it goes on.

    """

    id: int
    target: str
    kind: str
    left: int | None
    containing: str = ""
    at: Call | None = None
    seconds: float | None = None
    call: Call | None = None
    struck: int = 0
    lifted: threading.Event = field(default_factory=threading.Event)

    def describe(self) -> dict[str, Any]:
        """The fault as the API shows it."""
        described: dict[str, Any] = {
            "id": self.id,
            "target": self.target,
            "fault": self.kind,
            "left": "always" if self.left is None else self.left,
            "struck": self.struck,
        }
        if self.containing:
            described["containing"] = self.containing
        if self.at is not None:
            described["at"] = str(self.at)
        if self.seconds is not None:
            described["seconds"] = self.seconds
        return described

    def patience(self, limit: float) -> float:
        """Seconds after which something that may take `limit` of them is out of time."""
        return limit if self.seconds is None else min(limit, self.seconds)

    @property
    def message(self) -> str:
        """What the one that is struck says."""
        return f"injected fault {self.id}: {self.kind} of {self.target}"


class FaultPlan:
    """The faults that are in force. Used by every thread of the local AWS.

    Attributes:
        enabled: Whether faults may be asked for at all.

    """

    def __init__(self, *, enabled: bool = False) -> None:
        self.enabled = enabled
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        # What is to be killed by a call that it makes: which one, how many are left, how.
        self._armed: list[tuple[Call, Iterator[int], Callable[[], None]]] = []

    def add(self, asked: Any) -> Fault:
        """Put a fault in force.

        Args:
            asked: As JSON: `target`, `fault`, and perhaps `times`, `containing`, `at`, `seconds`.

        Raises:
            InvalidFaultError: It cannot be understood.

        """
        read = _read(asked)
        with self._lock:
            fault = Fault(next(self._ids), **read)
            self._faults.append(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> int:
        """Take one fault back, or all; return how many that were."""
        with self._lock:
            gone = [fault for fault in self._faults if fault_id in (None, fault.id)]
            self._faults = [fault for fault in self._faults if fault not in gone]
        for fault in gone:
            fault.lifted.set()
        return len(gone)

    def describe(self) -> list[dict[str, Any]]:
        """All faults, in the order in which they were asked for; those that have struck for the last time included."""
        with self._lock:
            return [fault.describe() for fault in self._faults]

    def strike(self, engine: str, name: str, text: str, kinds: tuple[str, ...] = KINDS) -> Fault | None:
        """Return the fault that strikes something that is about to be run, if there is one, and count it."""
        return self._first(
            lambda fault: (
                fault.call is None
                and fault.kind in kinds
                and fault.target.startswith(f"{engine}:")
                and _names(fault.target.partition(":")[2], name)
                and fault.containing in text
            )
        )

    def watches(self, service: str) -> bool:
        """Whether calls of a service have to be looked at."""
        if not self._faults and not self._armed:
            return False
        with self._lock:
            calls = [fault.call for fault in self._faults] + [call for call, _, _ in self._armed]
        return any(call is not None and call.service == service for call in calls)

    def strike_call(self, service: str, action: str, text: Callable[[], str]) -> Fault | None:
        """Return the fault that strikes a call of the API, if there is one, and count it."""
        return self._first(
            lambda fault: (
                fault.call is not None
                and (fault.call.service, fault.call.action) == (service, action)
                and (not fault.containing or fault.containing in text())
            )
        )

    def kill_caller(self, service: str, action: str) -> bool:
        """Kill what was to be killed at this call, if anything was; then the call must not happen."""
        with self._lock:
            due = [
                one
                for one in self._armed
                if (one[0].service, one[0].action) == (service, action) and next(one[1]) == one[0].number
            ]
            self._armed = [one for one in self._armed if one not in due]
        for _, _, kill in due:
            kill()
        return bool(due)

    @contextmanager
    def armed(self, fault: Fault, kill: Callable[[], None]) -> Iterator[None]:
        """While something runs that a fault is to kill: kill it, now or at the call that the fault says."""
        if fault.at is None:
            kill()
            yield
            return
        one = (fault.at, itertools.count(1), kill)
        with self._lock:
            self._armed.append(one)
        try:
            yield
        finally:
            with self._lock:
                self._armed = [other for other in self._armed if other is not one]

    def _first(self, strikes: Callable[[Fault], bool]) -> Fault | None:
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.left != 0 and strikes(fault):
                    fault.struck += 1
                    fault.left = None if fault.left is None else fault.left - 1
                    return fault
        return None


def _names(wanted: str, name: str) -> bool:
    """Whether a name has the wanted one in it, whole words only: `transaction-etl` is in `transaction-etl-local`."""
    return f"-{wanted}-" in f"-{name}-"


def _read(asked: Any) -> dict[str, Any]:
    if not isinstance(asked, Mapping):
        raise InvalidFaultError(
            f'a fault is a JSON object such as {{"target": "lambda:data-quality", "fault": "crash"}}, not {asked!r}'
        )
    unknown = sorted(set(asked) - set(_FIELDS))
    if unknown:
        raise InvalidFaultError(f"a fault has {', '.join(_FIELDS)}; {', '.join(unknown)} is unknown")
    kind = asked.get("fault")
    if kind not in KINDS:
        raise InvalidFaultError(f'"fault" is one of {", ".join(KINDS)}, not {kind!r}')
    times = asked.get("times", 1)
    if times != "always" and (type(times) is not int or times < 1):
        raise InvalidFaultError(f'"times" is a whole number from 1, or "always", not {times!r}')
    containing = asked.get("containing", "")
    if not isinstance(containing, str):
        raise InvalidFaultError(f'"containing" is a text, not {containing!r}')
    target = asked.get("target")
    call = _read_target(target)
    at = asked.get("at")
    if at is not None and (kind != "kill" or call is not None or str(target).startswith("crawler:")):
        raise InvalidFaultError('"at" says when a function or a job is killed; leave it out of other faults')
    seconds = asked.get("seconds")
    if seconds is not None and (kind != "timeout" or call is not None or str(target).startswith("crawler:")):
        raise InvalidFaultError('"seconds" says when the time of a function or a job is over; leave it out of others')
    if seconds is not None and (type(seconds) not in (int, float) or seconds <= 0):
        raise InvalidFaultError(f'"seconds" is a number above 0, not {seconds!r}')
    return {
        "target": target,
        "kind": kind,
        "left": None if times == "always" else times,
        "containing": containing,
        "call": call,
        "at": None if at is None else _read_at(at),
        "seconds": seconds,
    }


def _read_target(target: Any) -> Call | None:
    service, _, what = target.partition(":") if isinstance(target, str) else ("", "", "")
    if not service or not what:
        raise InvalidFaultError(
            '"target" is a function (lambda:data-quality), a job (glue:transaction-etl), a crawler (crawler:reviews) '
            f"or a call of the API (sns:Publish), not {target!r}"
        )
    if service in _ENGINES and _action(service, what) is None:
        return None
    return _read_call(service, what)


def _read_at(at: Any) -> Call:
    text, _, number = at.partition(" ") if isinstance(at, str) else ("", "", "")
    service, _, what = text.partition(":")
    if not what or (number and not (number.isascii() and number.isdigit() and int(number) > 0)):
        raise InvalidFaultError(
            f'"at" is a call of the API, and perhaps which one: glue:UpdateTable, glue:UpdateTable 3; not {at!r}'
        )
    call = _read_call(service, what)
    return Call(call.service, call.action, int(number or 1))


def _read_call(service: str, what: str) -> Call:
    action = _action(service, what)
    if action is None:
        try:
            close = difflib.get_close_matches(what, _operations(service), n=3)
        except UnknownServiceError:
            raise InvalidFaultError(f"there is no AWS service {service!r}, as IAM policies spell them") from None
        raise InvalidFaultError(f"{service} has no call {what!r}" + (f"; {', '.join(close)}?" if close else ""))
    return Call(service, action)


def _action(service: str, what: str) -> str | None:
    try:
        return next((name for name in _operations(service) if name.lower() == what.lower()), None)
    except UnknownServiceError:
        return None


def _operations(service: str) -> list[str]:
    return list(_session.get_service_model(_MODELS.get(service, service)).operation_names)
