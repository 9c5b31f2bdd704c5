"""Contracts: the only place where a column, type, rule or PII class is written, read from `contracts/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from .errors import ContractError

DATASETS = ("transactions", "products", "clickstream", "reviews")
"""Datasets that arrive, in the order in which the contracts list them."""

CURATED = (
    "transactions",
    "products",
    "clickstream",
    "sessions",
    "funnel_daily",
    "funnel_hourly",
    "reviews",
    "customers",
)
"""Curated tables."""

KEYWORDS = frozenset(
    {
        "type", "description", "format", "enum", "minLength", "maxLength", "pattern",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "x-type", "x-not-future", "x-normalize", "x-pii", "x-references",
        "x-near", "x-computed", "x-bands", "x-threshold", "x-part-of",
    }
)  # fmt: skip
"""Keywords that a column may carry. Another one would be a rule that nobody enforces, so it is refused."""


@dataclass(frozen=True)
class Bands:
    """Names for the values of another column (`x-bands`): the highest counts whose lower bound is reached."""

    of: str
    """The other column."""
    bounds: tuple[tuple[str, float], ...]
    """Names and lower bounds, the lowest first."""
    otherwise: str
    """Where no bound is reached."""


@dataclass(frozen=True)
class Column:
    """A column as its contract writes it."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def type(self) -> str:
        """Its type as Spark, Iceberg and Athena spell it, such as `decimal(10,2)`."""
        return str(self.schema["x-type"])

    @property
    def description(self) -> str:
        """Its sentence in the catalog."""
        return str(self.schema.get("description", ""))

    @property
    def pii(self) -> str | None:
        """Its PII class, or None where it is not personal."""
        return self.schema.get("x-pii")

    @property
    def bands(self) -> Bands:
        """Its `x-bands`, which it must have."""
        bounds = dict(self.schema["x-bands"])
        of, otherwise = bounds.pop("of"), bounds.pop("otherwise")
        return Bands(of, tuple(sorted(bounds.items(), key=lambda band: band[1])), otherwise)

    def __getitem__(self, keyword: str) -> Any:
        """Value of a keyword, or None where the contract does not use it."""
        return self.schema.get(keyword)


@dataclass(frozen=True)
class Contract:
    """A dataset that arrives: its own columns, and those of the processed table made from it."""

    name: str
    description: str
    format: str
    key: tuple[str, ...]
    event_time: str | None
    columns: tuple[Column, ...]
    derived: tuple[Column, ...]
    common: tuple[Column, ...]
    partition_by: tuple[str, ...]
    sessions: Mapping[str, Any] | None

    @property
    def processed(self) -> tuple[Column, ...]:
        """Columns of the processed table, in order."""
        return self.columns + self.derived + self.common

    def column(self, name: str) -> Column:
        """The column of that name, be it the source's or derived."""
        return _find(self.name, self.processed, name)


@dataclass(frozen=True)
class Curated:
    """A curated table."""

    name: str
    description: str
    version: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of that name."""
        return _find(f"curated/{self.name}", self.columns, name)


@cache
def dataset(name: str) -> Contract:
    """Contract of a dataset.

    Raises:
        ContractError: The dataset is unknown, or its contract uses a keyword that the jobs do not know.
    """
    if name not in DATASETS:
        raise ContractError(f"There is no dataset {name!r}; there are {', '.join(DATASETS)}.")
    document = _document(f"datasets/{name}")
    event_time = document["x-event-time"]
    return Contract(
        name=name,
        description=document["description"],
        format=document["x-format"],
        key=tuple(document["x-key"]),
        event_time=event_time,
        columns=_columns(document, frozenset(document["required"])),
        derived=_columns(document["x-processed"], frozenset(), document["$id"]),
        common=tuple(
            column
            for column in _columns(_document("processed"), frozenset())
            if event_time is not None or column["x-part-of"] != "event-time"
        ),
        partition_by=tuple(document["x-processed"]["partitionBy"]),
        sessions=document.get("x-sessions"),
    )


@cache
def curated(name: str) -> Curated:
    """Contract of a curated table.

    Raises:
        ContractError: The table is unknown, or its contract does not resolve.
    """
    if name not in CURATED:
        raise ContractError(f"There is no curated table {name!r}; there are {', '.join(CURATED)}.")
    document = _document(f"curated/{name}")
    return Curated(
        name=name,
        description=document["description"],
        version=document["x-version"],
        key=tuple(document["x-key"]),
        columns=_columns(document, frozenset(document["required"])),
        partition_by=tuple(document["x-partition-by"]),
    )


@cache
def _document(path: str) -> dict[str, Any]:
    """A contract's JSON; `path` is its place below `contracts/`, without the suffix."""
    resource = files(__package__).joinpath("contracts", *f"{path}.json".split("/"))
    try:
        parsed = json.loads(resource.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContractError(f"The contract contracts/{path}.json is not in the package of the jobs.") from error
    if parsed.get("$id") != f"contract:{path}":
        raise ContractError(f'contracts/{path}.json must have the $id "contract:{path}", not {parsed.get("$id")!r}.')
    return dict(parsed)


def _columns(document: Mapping[str, Any], required: frozenset[str], origin: str | None = None) -> tuple[Column, ...]:
    place = origin or document["$id"]
    return tuple(
        Column(name, _checked(_resolved(schema, f"{place}.{name}"), f"{place}.{name}"), name in required)
        for name, schema in document["properties"].items()
    )


def _resolved(schema: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """The schema itself, or the one that its `$ref` points to (`$id#/json/pointer`)."""
    seen: list[str] = []
    while "$ref" in schema:
        reference = schema["$ref"]
        if reference in seen:
            raise ContractError(f"{place} refers to itself: {' → '.join([*seen, reference])}.")
        seen.append(reference)
        identifier, _, pointer = reference.partition("#")
        node: Any = _document(identifier.removeprefix("contract:"))
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or token not in node:
                raise ContractError(f"{place} refers to {reference}, which does not exist (no {token!r}).")
            node = node[token]
        schema = node
    return schema


def _checked(schema: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    unknown = sorted(set(schema) - KEYWORDS)
    if unknown:
        raise ContractError(f"{place} uses {', '.join(unknown)}; the jobs know {', '.join(sorted(KEYWORDS))}.")
    if "x-type" not in schema:
        raise ContractError(f"{place} has no x-type.")
    return schema


def _find(owner: str, columns: tuple[Column, ...], name: str) -> Column:
    for column in columns:
        if column.name == name:
            return column
    raise ContractError(f"{owner} has no column {name!r}; it has {', '.join(c.name for c in columns)}.")
