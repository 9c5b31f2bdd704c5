"""Partitions that are not in the catalog: Athena makes them up from the properties of their table.

See https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .errors import NotSupportedError, QueryError

_RELATIVE = re.compile(r"NOW(?:([+-]\d+)DAYS)?")


def is_projected(table: Mapping[str, Any]) -> bool:
    """Whether a table's partitions are projected, whatever partitions the catalog has of it."""
    return str(table.get("Parameters", {}).get("projection.enabled", "")).lower() == "true"


def projected_partitions(name: str, table: Mapping[str, Any], folders: list[str]) -> Iterator[dict[str, Any]]:
    """The partitions of a table that has one key, a day: those in its range that hold objects.

    Args:
        name: The table's.
        table: As the catalog has it.
        folders: Those below its location that hold objects, as relative paths.

    Raises:
        QueryError: The properties are incomplete.
        NotSupportedError: They are of another kind.
    """
    parameters = table.get("Parameters", {})
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    if len(keys) != 1 or "storage.location.template" in parameters:
        raise NotSupportedError(f"partition projection as in {name}: of one key, in folders named after it, it does")
    [key] = keys
    kind, written, ends = (parameters.get(f"projection.{key}.{what}") for what in ("type", "format", "range"))
    if kind is None or (kind == "date" and (written is None or ends is None)):
        raise QueryError(
            "INVALID_TABLE_PROPERTY",
            f"The projection of {key} in {name} needs type, format and range; there are {sorted(parameters)}",
        )
    if kind != "date" or written != "yyyy-MM-dd":
        raise NotSupportedError(f"partition projection of the type {kind} with the format {written} in {name}")
    first, last = (_day(end.strip(), name) for end in ends.split(","))
    location = table["StorageDescriptor"]["Location"].rstrip("/")
    for folder in folders:
        value = folder.removeprefix(f"{key}=")
        # The texts of days are in the order of the days.
        if folder != value and "/" not in value and first <= value <= last:
            yield {"Values": [value], "StorageDescriptor": {"Location": f"{location}/{folder}/"}}


def _day(end: str, name: str) -> str:
    relative = _RELATIVE.fullmatch(end)
    if relative:
        return str(datetime.now(UTC).date() + timedelta(days=int(relative[1] or 0)))
    try:
        return str(date.fromisoformat(end))
    except ValueError as error:
        raise NotSupportedError(f"the end {end!r} of a range of days in {name}") from error
