"""The functions that Step Functions adds to JSONata.

See https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html, "JSONata functions provided by Step
Functions".
"""

from __future__ import annotations

import hashlib
import json
import random as random_numbers
import uuid as uuids
from collections.abc import Callable
from typing import Any

_LARGEST_RANGE = 1000
_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _partition(array: list[Any] | None, size: float) -> list[list[Any]] | None:
    if array is None:
        return None
    chunk = int(size)
    if chunk < 1:
        raise ValueError(f"$partition: the size of a part must be above zero, and is {size}")
    return [array[start : start + chunk] for start in range(0, len(array), chunk)]


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ValueError("$range: the step must not be zero")
    count = int((last - first) // step) + 1
    if count > _LARGEST_RANGE:
        raise ValueError(f"$range: {count} numbers are more than {_LARGEST_RANGE}")
    return [first + index * step for index in range(max(count, 0))]


def _hash(content: str, algorithm: str) -> str:
    if algorithm not in _DIGESTS:
        raise ValueError(f"$hash: the algorithm must be one of {', '.join(_DIGESTS)}, and is {algorithm}")
    return hashlib.new(_DIGESTS[algorithm], str(content).encode(), usedforsecurity=False).hexdigest()


def _random(seed: float | None = None) -> float:
    return random_numbers.random() if seed is None else random_numbers.Random(seed).random()


def _uuid() -> str:
    return str(uuids.uuid4())


def _parse(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _eval(*_: object) -> None:
    raise ValueError("$eval is not supported by Step Functions: use $parse")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": _uuid,
    "parse": _parse,
    "eval": _eval,
}
