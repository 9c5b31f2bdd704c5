"""Masks personal data on the way to curated, by the PII class that the contract gives a column."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contract import Column
from .errors import ContractError

_BLOCK_BYTES = 64
_INNER, _OUTER = "_inner_pad", "_outer_pad"

_IPV4 = r"^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$"
_GROUP = r"^[0-9a-f]{1,4}$"
_MAPPED = r"^(?:0{0,4}:){2,5}ffff:(\d+\.\d+\.\d+\.\d+)$"

FAMILIES: Sequence[tuple[str, str]] = (
    ("Bot", r"bot\b|crawler|spider|slurp|curl/|wget/|python-requests|headless"),
    ("Edge", r"edg(e|a|ios)?/"),
    ("Opera", r"opr/|opera"),
    ("Samsung Internet", r"samsungbrowser/"),
    ("Firefox", r"firefox/|fxios/"),
    ("Chrome", r"chrome/|crios/|chromium/"),
    ("Safari", r"safari/"),
    ("Internet Explorer", r"msie |trident/"),
)
"""Families of user agents and how to tell them, the most specific first: most browsers also name their forebears."""


def masked(rows: DataFrame, columns: Sequence[Column], key: bytes) -> DataFrame:
    """The columns, those with a PII class masked.

    Args:
        rows: Has all the columns.
        columns: Columns wanted, in order.
        key: Secret key of the pseudonyms.

    Raises:
        ContractError: A column is to be withheld, or its PII class is unknown.
    """
    for column in columns:
        if column.pii is not None and column.pii not in MASKS:
            raise ContractError(f"{column.name} has the PII class {column.pii}, which must not reach curated.")
    if any(column.pii == "pseudonym" for column in columns):
        # The key travels as data, not as a literal: literals show in plans, and plans show in logs.
        rows = rows.crossJoin(F.broadcast(_pads(rows, key)))
    return rows.select(
        *[
            (MASKS[column.pii](F.col(column.name)) if column.pii is not None else F.col(column.name)).alias(column.name)
            for column in columns
        ]
    )


def pseudonym(value: Expression) -> Expression:
    """HMAC-SHA256 of the value as 64 hexadecimal digits, over frames that carry the pads of the key."""
    inner = F.sha2(F.concat(F.col(_INNER), value.cast("binary")), 256)
    return F.sha2(F.concat(F.col(_OUTER), F.unhex(inner)), 256)


def network(value: Expression) -> Expression:
    """The network of an address: IPv4 cut to /24, IPv6 to /48; null where it is no address."""
    address = F.lower(F.btrim(value))
    mapped = F.regexp_extract(address, _MAPPED, 1)
    return F.coalesce(
        _ipv4_network(address), _ipv4_network(mapped), F.when(address.contains(":"), _ipv6_network(address))
    )


def family(value: Expression) -> Expression:
    """Family of a user agent, `Other` where none fits; null stays null."""
    known = [F.when(value.rlike(f"(?i){pattern}"), F.lit(name)) for name, pattern in FAMILIES]
    return F.when(value.isNotNull(), F.coalesce(*known, F.lit("Other")))


MASKS: Mapping[str, Callable[[Expression], Expression]] = {
    "pseudonym": pseudonym,
    "network": network,
    "family": family,
}
"""How a value of each PII class is masked. `withhold` has no mask: such a column stays where it is."""


def fingerprint(key: bytes) -> str:
    """Tells one key from another without giving anything of it away."""
    return hashlib.sha256(b"commerce-lake pseudonym key:" + hashlib.sha256(key).digest()).hexdigest()[:16]


def _pads(rows: DataFrame, key: bytes) -> DataFrame:
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    pads = bytearray(byte ^ 0x36 for byte in block), bytearray(byte ^ 0x5C for byte in block)
    return rows.sparkSession.createDataFrame([pads], f"{_INNER} binary, {_OUTER} binary")


def _ipv4_network(address: Expression) -> Expression:
    parts = [F.regexp_extract(address, _IPV4, index).cast("int") for index in range(1, 5)]
    valid = parts[0] <= 255
    for part in parts[1:]:
        valid = valid & (part <= 255)
    return F.when(valid, F.concat(F.concat_ws(".", *parts[:3]), F.lit(".0/24")))


def _ipv6_network(address: Expression) -> Expression:
    """The first three groups: those before `::`, filled up with zeros where `::` stands among them."""
    halves = F.split(address, "::", -1)
    head = F.when(halves[0] == "", F.array().cast("array<string>")).otherwise(F.split(halves[0], ":"))
    tail = F.when(F.coalesce(halves[1], F.lit("")) == "", F.array().cast("array<string>")).otherwise(
        F.split(halves[1], ":")
    )
    shortened = F.size(halves) == 2
    missing = F.lit(8) - F.size(head) - F.size(tail)
    groups = F.concat(head, F.array_repeat(F.lit("0"), F.greatest(missing, F.lit(0))), tail)
    valid = (
        (F.size(halves) <= 2)
        & F.when(shortened, missing >= 1).otherwise(missing == 0)
        & F.forall(groups, lambda group: group.rlike(_GROUP))
    )
    first = [F.regexp_replace(groups[index], "^0+(?=.)", "") for index in range(3)]
    return F.when(valid, F.concat(F.concat_ws(":", *first), F.lit("::/48")))
