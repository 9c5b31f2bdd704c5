"""What the snapshots of a table remember: which dates contributed, and what a curated table was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

BASE = "commerce-lake.base"
"""Snapshot property: the snapshot that the table had before this contribution; empty where it had none."""
SOURCE_DATE = "commerce-lake.source-date"
"""Snapshot property: the batch date whose contribution this snapshot, and those back to its base, replace."""
RUN = "commerce-lake.run"
"""Snapshot property: the run that wrote it."""
SOURCES = "commerce-lake.sources"
"""Snapshot property of a curated table: the snapshots of the processed tables that it shows, as JSON."""
BUILT_WITH = "commerce-lake.built-with"
"""Snapshot property of a curated table: fingerprint of all besides the rows that its content depends on."""

_REPLACE = "replace"
"""What Iceberg calls a snapshot that rewrites files and leaves the rows as they are: compaction."""


class Snapshots(Protocol):
    """What is asked of a table here."""

    def summary(self, snapshot: int) -> Mapping[str, str] | None:
        """What a snapshot remembers, and its kind as `operation`; None where the snapshot has expired."""

    def parent(self, snapshot: int) -> int | None:
        """The snapshot before a snapshot that has not expired; None where it was the first."""


@dataclass(frozen=True)
class Change:
    """What happened to a table between two of its snapshots."""

    dates: frozenset[str]
    """Dates whose contribution was replaced."""
    before: int | None
    """A snapshot with the rows of before; None where there were none."""


@dataclass(frozen=True)
class Provenance:
    """What a curated table was made from."""

    sources: Mapping[str, int | None]
    """Snapshot of each processed table; None for one that was empty."""
    built_with: str

    def properties(self) -> dict[str, str]:
        """As a snapshot remembers it. Snapshot numbers are text: other readers of JSON would round them."""
        sources = {name: None if snapshot is None else str(snapshot) for name, snapshot in sorted(self.sources.items())}
        return {SOURCES: json.dumps(sources), BUILT_WITH: self.built_with}


def change(table: Snapshots, since: int | None, until: int | None) -> Change | None:
    """What the contributions between two snapshots replaced; None where the snapshots do not tell.

    They do not where one was written by something else than these jobs, or has expired.

    Args:
        table: A processed table.
        since: The earlier snapshot; None for the table without rows.
        until: The later snapshot.
    """
    dates: set[str] = set()
    current = before = until
    while current != since:
        summary = None if current is None else table.summary(current)
        if current is None or summary is None:
            return None
        if summary["operation"] == _REPLACE:
            current = table.parent(current)
        elif SOURCE_DATE in summary and BASE in summary:
            dates.add(summary[SOURCE_DATE])
            current = before = int(summary[BASE]) if summary[BASE] else None
        else:
            return None
    if before is not None and table.summary(before) is None:
        return None
    return Change(frozenset(dates), before)


def provenance(table: Snapshots, head: int | None) -> Provenance | None:
    """What a curated table was made from, or None where its newest snapshots do not tell."""
    current = head
    while current is not None and (summary := table.summary(current)) is not None:
        if SOURCES in summary and BUILT_WITH in summary:
            sources = {name: None if text is None else int(text) for name, text in json.loads(summary[SOURCES]).items()}
            return Provenance(sources, summary[BUILT_WITH])
        if summary["operation"] != _REPLACE:
            return None
        current = table.parent(current)
    return None
