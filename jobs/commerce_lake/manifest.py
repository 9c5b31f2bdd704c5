"""The manifest: exactly the files that a run reads, in file order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .contract import DATASETS
from .errors import ContractError

FORMATS = ("csv", "jsonl", "json-array", "json-object")
COMPRESSIONS = ("none", "gzip")


@dataclass(frozen=True)
class Split:
    """A place in a file at which a record begins."""

    offset: int
    """Bytes before it."""
    record: int
    """Its number in the file, from 1."""
    line: int
    """Its line, or that of a blank one before it."""


@dataclass(frozen=True)
class ManifestFile:
    """An accepted file."""

    key: str
    etag: str
    format: str
    compression: str
    bytes: int
    rows: int
    """Records that the validator counted."""
    columns: tuple[str, ...]
    """Names in its header, in order; for JSON the names seen."""
    unknown_columns: tuple[str, ...]
    splits: tuple[Split, ...] = ()
    """Where it can be read in parts, in order."""


@dataclass(frozen=True)
class Manifest:
    """What a run reads."""

    run: str
    date: str
    datasets: Mapping[str, tuple[ManifestFile, ...]]

    @staticmethod
    def parse(content: bytes, place: str) -> Manifest:
        """Reads a manifest, and checks all that the jobs rely on.

        Raises:
            ContractError: It is not a manifest of version 1.
        """
        try:
            document = json.loads(content)
            if document["version"] != 1:
                raise ContractError(f"{place} has version {document['version']!r}; this job reads version 1.")
            return Manifest(
                run=document["run"],
                date=document["date"],
                datasets={
                    name: tuple(_file(entry, place) for entry in document["datasets"].get(name, {}).get("files", []))
                    for name in DATASETS
                },
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ContractError(f"{place} is not a manifest: {type(error).__name__} {error}.") from error


def _file(entry: Mapping[str, Any], place: str) -> ManifestFile:
    for keyword, allowed in (("format", FORMATS), ("compression", COMPRESSIONS)):
        if entry[keyword] not in allowed:
            raise ContractError(
                f"{place}: {entry['key']} has the {keyword} {entry[keyword]!r}; known are {', '.join(allowed)}."
            )
    return ManifestFile(
        key=entry["key"],
        etag=entry["etag"],
        format=entry["format"],
        compression=entry["compression"],
        bytes=int(entry["bytes"]),
        rows=int(entry["rows"]),
        columns=tuple(entry["columns"]),
        unknown_columns=tuple(entry.get("unknownColumns", [])),
        splits=tuple(
            Split(int(split["offset"]), int(split["record"]), int(split["line"])) for split in entry.get("splits", [])
        ),
    )
