"""Masks personal data on the way to curated, by the PII class that the contract gives a column.

Values repeat, so each mask gets the different ones of a batch: texts that are all there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from .contract import Column
from .errors import ContractError
from .worker import settle

PSEUDONYM = "pseudonym"

PSEUDONYM_BYTES = 16
"""128 bits, half of the hash, as RFC 2104 (section 5) allows. Of a thousand million customers, two share one with a
probability below 1 in 10^20. All 32 would double the bytes of a column that no compression makes smaller."""

_BLOCK_BYTES = 64

_IPV4 = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})")
_MAPPED = re.compile(r"(?:0{0,4}:){2,5}ffff:([0-9.]+)")
_GROUP = re.compile(r"[0-9a-f]{1,4}")
_IPV6_GROUPS, _KEPT_GROUPS = 8, 3

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

_BOT = re.compile(r"bot\b", re.ASCII)


def masked(rows: pa.Table, columns: Sequence[Column], key: bytes) -> pa.Table:
    """The columns, those with a PII class masked.

    Args:
        rows: Has all the columns.
        columns: Columns wanted, in order; `check` has passed them.
        key: Secret key of the pseudonyms.
    """
    found = {column.name: rows.column(column.name) for column in columns}
    masks = _masks(key)
    for column in columns:
        if column.pii is not None:
            found[column.name] = _of_different(found[column.name], masks[column.pii])
    return pa.table(found)


def masked_frame(rows: DataFrame, columns: Sequence[Column], key: bytes) -> DataFrame:
    """The same for rows that Spark has.

    Raises:
        ContractError: A column is to be withheld, or its PII class is unknown.
    """
    check(columns)
    chosen = rows.select(*[column.name for column in columns])
    if all(column.pii is None for column in columns):
        return chosen

    # The key travels with the function, not in the query: queries show in plans, and plans show in logs.
    def mask(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        settle()
        for batch in batches:
            yield from masked(pa.Table.from_batches([batch]), columns, key).combine_chunks().to_batches()

    return chosen.mapInArrow(mask, chosen.schema)


def check(columns: Sequence[Column]) -> None:
    """Asserts that all PII classes are ones that this module masks.

    Raises:
        ContractError: A column is to be withheld, or its PII class is unknown.
    """
    for column in columns:
        if column.pii not in (None, *_masks(b"")):
            raise ContractError(f"{column.name} has the PII class {column.pii}, which must not reach curated.")


def pseudonyms(values: pa.StringArray, key: bytes) -> pa.Array:
    """HMAC-SHA256 of each value, cut to PSEUDONYM_BYTES, as lower-case hexadecimal digits."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    # Both hashes begin with a block that only depends on the key: they go on from copies that have it behind them.
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block)).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block)).copy
    hashes = []
    for value in _octets(values):
        within, around = inner(), outer()
        within.update(value)
        around.update(within.digest())
        hashes.append(around.digest()[:PSEUDONYM_BYTES])
    bounds = np.arange(len(values) + 1, dtype=np.int32) * (2 * PSEUDONYM_BYTES)
    digits = b"".join(hashes).hex().encode()
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(bounds), pa.py_buffer(digits))


def networks(values: pa.StringArray) -> pa.Array:
    """The network of each address: IPv4 cut to /24, IPv6 to /48; null where it is no address."""
    return pa.array([_network(value.strip(" ").lower()) for value in values.to_pylist()], pa.string())


def families(values: pa.StringArray) -> pa.Array:
    """Family of each user agent, `Other` where none fits."""
    return pa.array([_family(value.lower()) for value in values.to_pylist()], pa.string())


def fingerprint(key: bytes) -> str:
    """Tells one key from another without giving anything of it away."""
    return hashlib.sha256(b"commerce-lake pseudonym key:" + hashlib.sha256(key).digest()).hexdigest()[:16]


def _masks(key: bytes) -> Mapping[str, Callable[[pa.StringArray], pa.Array]]:
    """The masks by PII class. `withhold` has none: such a column stays where it is."""
    return {PSEUDONYM: lambda values: pseudonyms(values, key), "network": networks, "family": families}


def _of_different(values: pa.ChunkedArray, mask: Callable[[pa.StringArray], pa.Array]) -> pa.Array:
    coded = values.combine_chunks().dictionary_encode()
    return mask(coded.dictionary).take(coded.indices)


def _octets(values: pa.StringArray) -> Iterator[memoryview]:
    """The texts in UTF-8. Arrow makes a Python object of each at seven times the cost."""
    if not len(values):
        return
    _, offsets, content = values.buffers()
    octets = memoryview(content or b"")
    bounds = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    for start, end in pairwise(bounds.tolist()):
        yield octets[start:end]


def _network(address: str) -> str | None:
    mapped = _MAPPED.fullmatch(address)
    if ipv4 := _IPV4.fullmatch(mapped[1] if mapped else address):
        parts = [int(part) for part in ipv4.groups()]
        return None if max(parts) > 255 else f"{parts[0]}.{parts[1]}.{parts[2]}.0/24"
    groups = _groups(address)
    if groups is None:
        return None
    return ":".join(group.lstrip("0") or "0" for group in groups[:_KEPT_GROUPS]) + "::/48"


def _groups(address: str) -> list[str] | None:
    """The eight groups of an IPv6 address, zeros for those that `::` stands for."""
    head, shortened, tail = address.partition("::")
    before, after = (half.split(":") if half else [] for half in (head, tail))
    missing = _IPV6_GROUPS - len(before) - len(after)
    if not all(_GROUP.fullmatch(group) for group in (*before, *after)):
        return None
    if missing < 1 if shortened else missing != 0:
        return None
    return [*before, *["0"] * missing, *after]


def _family(agent: str) -> str:
    if "bot" in agent and _BOT.search(agent):
        return "Bot"
    return next((name for name, texts in FAMILIES if any(text in agent for text in texts)), "Other")
