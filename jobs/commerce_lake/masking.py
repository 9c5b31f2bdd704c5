"""Masks personal data on the way to curated, by the PII class that the contract gives a column."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contract import Column
from .errors import ContractError

PSEUDONYM = "pseudonym"

PSEUDONYM_DIGITS = 32
"""Hexadecimal digits of a pseudonym: 128 bits, half of the hash, as RFC 2104 (section 5) allows. Of a thousand million
customers, two share one with a probability below 1 in 10^20. All 64 digits would double the bytes of a column that no
compression makes smaller."""

_BLOCK_BYTES = 64
_INNER, _OUTER = "_inner_pad", "_outer_pad"

_IPV4 = r"^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_USUAL_IPV4 = rf"^{_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}\z"
_GROUP = r"[0-9a-f]{1,4}"
# Without leading zeros, the first three groups written out; no more than seven where `::` stands for some.
_SHORT = r"(?:0|[1-9a-f][0-9a-f]{0,3})"
_FURTHER = rf"(?::{_GROUP})"
_USUAL_IPV6 = (
    rf"^{_SHORT}:{_SHORT}:{_SHORT}"
    rf"(?:{_FURTHER}{{5}}|(?=(?::{{1,2}}+[0-9a-f]{{1,4}}+){{0,4}}+:{{0,2}}\z){_FURTHER}*::(?:{_GROUP}{_FURTHER}*)?)\z"
)
_MAPPED = r"^(?:0{0,4}:){2,5}ffff:(\d+\.\d+\.\d+\.\d+)$"

FAMILIES: Sequence[tuple[str, Sequence[str]]] = (
    ("Bot", ("crawler", "spider", "slurp", "curl/", "wget/", "python-requests", "headless")),
    ("Edge", ("edg/", "edge/", "edga/", "edgios/")),
    ("Opera", ("opr/", "opera")),
    ("Samsung Internet", ("samsungbrowser/",)),
    ("Firefox", ("firefox/", "fxios/")),
    ("Chrome", ("chrome/", "crios/", "chromium/")),
    ("Safari", ("safari/",)),
    ("Internet Explorer", ("msie ", "trident/")),
)
"""Families of user agents and what tells them, in lower case, the most specific first: most browsers also name their
forebears. A word that ends in `bot` makes a bot, too."""


def masked(rows: DataFrame, columns: Sequence[Column], key: bytes) -> DataFrame:
    """The columns, those with a PII class masked.

    Args:
        rows: Has all the columns.
        columns: Columns wanted, in order.
        key: Secret key of the pseudonyms.

    Raises:
        ContractError: A column is to be withheld, or its PII class is unknown.
    """
    return pseudonymized(coarsened(rows, columns), columns, key)


def coarsened(rows: DataFrame, columns: Sequence[Column]) -> DataFrame:
    """The rows, those of the columns that need no key masked: so they are short before rows move.

    Raises:
        ContractError: A column is to be withheld, or its PII class is unknown.
    """
    for column in columns:
        if column.pii not in (None, PSEUDONYM, *MASKS):
            raise ContractError(f"{column.name} has the PII class {column.pii}, which must not reach curated.")
    masks = {column.name: MASKS[column.pii] for column in columns if column.pii in MASKS}
    # A step of its own, or Spark would normalize a value again wherever the mask names it.
    normal = rows.withColumns({name: mask.normalized(F.col(name)) for name, mask in masks.items()})
    return normal.withColumns({name: mask.of(F.col(name)) for name, mask in masks.items()})


def pseudonymized(rows: DataFrame, columns: Sequence[Column], key: bytes) -> DataFrame:
    """The columns, those of the class `pseudonym` masked.

    Args:
        rows: Has all the columns; those of other PII classes are masked already.
        columns: Columns wanted, in order.
        key: Secret key of the pseudonyms.
    """
    if any(column.pii == PSEUDONYM for column in columns):
        # The key travels as data, not as a literal: literals show in plans, and plans show in logs.
        rows = rows.crossJoin(F.broadcast(_pads(rows, key)))
    return rows.select(
        *[
            (pseudonym(F.col(column.name)) if column.pii == PSEUDONYM else F.col(column.name)).alias(column.name)
            for column in columns
        ]
    )


def pseudonym(value: Expression) -> Expression:
    """HMAC-SHA256 of the value, cut to PSEUDONYM_DIGITS, over frames that carry the pads of the key."""
    inner = F.sha2(F.concat(F.col(_INNER), value.cast("binary")), 256)
    return F.substring(F.sha2(F.concat(F.col(_OUTER), F.unhex(inner)), 256), 1, PSEUDONYM_DIGITS)


def network(address: Expression) -> Expression:
    """The network of an address in normal form: IPv4 cut to /24, IPv6 to /48; null where it is no address."""
    # As nearly all addresses are written, one look tells that they are valid, and cutting is all that is left to do.
    return (
        F.when(address.rlike(_USUAL_IPV4), F.concat(F.substring_index(address, ".", 3), F.lit(".0/24")))
        .when(address.rlike(_USUAL_IPV6), F.concat(F.substring_index(address, ":", 3), F.lit("::/48")))
        .otherwise(_unusual_network(address))
    )


def family(agent: Expression) -> Expression:
    """Family of a user agent in normal form, `Other` where none fits; null stays null."""
    # Looking for a text is many times cheaper than a regular expression.
    is_bot = agent.contains("bot") & agent.rlike(r"bot\b")
    known = [F.when(reduce(or_, [agent.contains(text) for text in texts]), name) for name, texts in FAMILIES]
    return F.when(agent.isNotNull(), F.coalesce(F.when(is_bot, "Bot"), *known, F.lit("Other")))


@dataclass(frozen=True)
class Mask:
    """How a value of a PII class is masked."""

    normalized: Callable[[Expression], Expression]
    """What a value is brought to first."""
    of: Callable[[Expression], Expression]
    """Masks what that gave."""


MASKS: Mapping[str | None, Mask] = {
    "network": Mask(lambda value: F.lower(F.btrim(value)), network),
    "family": Mask(F.lower, family),
}
"""The masks that need no key. `withhold` has none: such a column stays where it is."""


def fingerprint(key: bytes) -> str:
    """Tells one key from another without giving anything of it away."""
    return hashlib.sha256(b"commerce-lake pseudonym key:" + hashlib.sha256(key).digest()).hexdigest()[:16]


def _pads(rows: DataFrame, key: bytes) -> DataFrame:
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    pads = bytearray(byte ^ 0x36 for byte in block), bytearray(byte ^ 0x5C for byte in block)
    return rows.sparkSession.createDataFrame([pads], f"{_INNER} binary, {_OUTER} binary")


def _unusual_network(address: Expression) -> Expression:
    """The network of an address in any notation."""
    mapped = F.regexp_extract(address, _MAPPED, 1)
    return F.coalesce(
        _ipv4_network(address), _ipv4_network(mapped), F.when(address.contains(":"), _ipv6_network(address))
    )


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
        & F.forall(groups, lambda group: group.rlike(f"^{_GROUP}$"))
    )
    first = [F.regexp_replace(groups[index], "^0+(?=.)", "") for index in range(3)]
    return F.when(valid, F.concat(F.concat_ws(":", *first), F.lit("::/48")))
