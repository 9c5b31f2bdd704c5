from __future__ import annotations

import hashlib
import hmac
import ipaddress
import random
from collections.abc import Sequence

import pyarrow as pa
import pytest
from commerce_lake.contract import Column
from commerce_lake.errors import ContractError
from commerce_lake.masking import check, fingerprint, masked, masked_frame
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

CUSTOMER = Column("customer_id", {"x-type": "string", "x-pii": "pseudonym"}, required=False)

NETWORKS = {
    "203.0.113.77": "203.0.113.0/24",
    " 10.1.2.3 ": "10.1.2.0/24",
    "255.255.255.255": "255.255.255.0/24",
    "0.0.0.0": "0.0.0.0/24",
    "256.1.1.1": None,
    "1.2.3": None,
    "1.2.3.4.5": None,
    "1.2.3.4/32": None,
    "1.2.3.x": None,
    "1.2.3.4\n": None,
    "010.001.2.3": "10.1.2.0/24",
    "1.2.3.٤": None,
    "0:0:0:0:0:0:1.2.3.4": None,
    "::ffff:1.2.3.4.5": None,
    "2001:db8:85a3:8d3:1319:8a2e:370:7348": "2001:db8:85a3::/48",
    "2001:0DB8:0000::1": "2001:db8:0::/48",
    "2001:db8::1": "2001:db8:0::/48",
    "2001::": "2001:0:0::/48",
    "::1": "0:0:0::/48",
    "::": "0:0:0::/48",
    "1::2:3:4:5:6:7": "1:0:2::/48",
    "fe80::1%eth0": None,
    "1:2:3:4:5:6:7": None,
    "1:2:3:4:5:6:7:8:9": None,
    "1:2:3:4:5:6:7::8": None,
    "1::2::3": None,
    "12345::1": None,
    "g::1": None,
    ":1:2:3:4:5:6:7": None,
    ":::": None,
    "::ffff:203.0.113.77": "203.0.113.0/24",
    "0:0:0:0:0:FFFF:203.0.113.77": "203.0.113.0/24",
    "::ffff:203.0.113.777": None,
    "unknown": None,
    "": None,
    None: None,
}

AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131 Safari/537.36": "Chrome",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/131 Safari/604": "Chrome",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131 Safari/537.36 Edg/131.0": "Edge",
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15": "Safari",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131 Safari/537.36 OPR/116.0": "Opera",
    "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/27.0 Chrome/125 Mobile Safari/537.36": "Samsung Internet",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko": "Internet Explorer",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": "Bot",
    "curl/8.5.0": "Bot",
    "somebot": "Bot",
    "NEWSBOT, Chrome/131": "Bot",
    "Chrome/131 on a robotic arm": "Chrome",
    "Mozilla/5.0 (iPhone) AppleWebKit/605 Version/18.0 EdgiOS/131.0 Safari/604": "Edge",
    "Edgy browser": "Other",
    "my shop app 1.0": "Other",
    None: None,
}


def masks_of(kind: str, values: Sequence[str | None], key: bytes = b"k") -> list[str | None]:
    """The values masked, in order."""
    column = Column("value", {"x-type": "string", "x-pii": kind}, required=False)
    rows = pa.table({"other": pa.array(range(len(values))), "value": pa.array(values, pa.string())})
    found = masked(rows, [column], key)
    assert found.schema == pa.schema([("value", pa.string())])
    return list(found.column("value").to_pylist())


def test_addresses_become_networks_and_what_is_no_address_null() -> None:
    assert masks_of("network", list(NETWORKS)) == list(NETWORKS.values())


def test_any_address_has_the_network_that_it_lies_in() -> None:
    chance = random.Random(1)
    numbers = [chance.getrandbits(bits) for bits in (16, 48, 80, 112, 128) for _ in range(40)]
    holes = [number & ~(0xFFFF << chance.randrange(0, 128, 16)) for number in numbers]
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [
        *[ipaddress.IPv4Address(number % 2**32) for number in numbers],
        *[ipaddress.IPv6Address(number) for number in (*numbers, *holes) if number >> 32 != 0xFFFF],
    ]
    written = [form for address in addresses for form in {str(address), address.exploded, str(address).upper()}]

    found = masks_of("network", written)

    lengths = {4: 24, 6: 48}
    assert [None if text is None else ipaddress.ip_network(text) for text in found] == [
        ipaddress.ip_network((text, lengths[ipaddress.ip_address(text).version]), strict=False) for text in written
    ]


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def test_what_is_nearly_an_address_has_no_network() -> None:
    groups = [":".join("123456789"[:count]) for count in range(10)]
    shortened = {f"{head}::{tail}" for head in groups for tail in groups}
    nearly = [*groups, *shortened, "1:2:3:::4", "1:2:3:12345::", "1:2:3:4:5:6:7:g", "1:2:3::\n", "1.2.3.1000"]
    invalid = [text for text in nearly if not _is_address(text)]

    assert len(invalid) > 50
    assert masks_of("network", invalid) == [None] * len(invalid)


def test_user_agents_become_families() -> None:
    assert masks_of("family", list(AGENTS)) == list(AGENTS.values())


@pytest.mark.parametrize("key", [b"k", b"x" * 64, b"x" * 65, b"\x00\xff" * 200])
def test_a_pseudonym_is_the_keyed_hash_of_the_value(key: bytes) -> None:
    values = ["C1", "", "Zoë 😀", "x" * 200, None, "C1"]

    assert masks_of("pseudonym", values, key) == [
        None if value is None else hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32] for value in values
    ]


@pytest.mark.parametrize("kind", ["pseudonym", "network", "family"])
@pytest.mark.parametrize("values", [[], [None], [""], [None, None]])
def test_nothing_and_empty_texts_are_masked_too(kind: str, values: list[str | None]) -> None:
    empty = {"pseudonym": hmac.new(b"k", b"", hashlib.sha256).hexdigest()[:32], "network": None, "family": "Other"}

    assert masks_of(kind, values) == [None if value is None else empty[kind] for value in values]


def test_rows_are_masked_where_they_begin_in_the_middle_of_a_larger_table() -> None:
    column = Column("value", {"x-type": "string", "x-pii": "pseudonym"}, required=False)
    rows = pa.table({"value": [f"C{number % 7}" for number in range(100)]})

    part = masked(rows.slice(31, 40), [column], b"k")

    assert part == masked(rows, [column], b"k").slice(31, 40)


def test_rows_of_spark_are_masked_alike(spark: SparkSession) -> None:
    kinds = {"a": "pseudonym", "b": "network", "c": "family", "d": None}
    columns = [Column(name, {"x-type": "string", "x-pii": kind}, False) for name, kind in kinds.items()]
    values = [("C1", "10.1.2.3", "Chrome/131", "left"), ("Zoë 😀", "::1", None, "as"), (None, "x", "curl/8", None)]

    found = masked_frame(spark.createDataFrame(values, "a string, b string, c string, d string"), columns, b"k")

    expected = masked(pa.table(dict(zip("abcd", zip(*values, strict=True), strict=True))), columns, b"k")
    assert sorted(map(repr, (row.asDict() for row in found.collect()))) == sorted(map(repr, expected.to_pylist()))


def test_times_and_numbers_beside_what_is_masked_stay_as_they_are(spark: SparkSession) -> None:
    types = {"d": "date", "t": "timestamp", "n": "decimal(20,2)", "b": "boolean", "value": "string"}
    rows = spark.sql(
        "SELECT DATE '2024-02-29' d, TIMESTAMP '2024-02-29 23:59:59.999999' t, CAST('1234567890.12' AS decimal(20,2))"
        " n, true b, 'C1' value UNION ALL SELECT NULL, NULL, NULL, NULL, NULL"
    )
    columns = [
        Column(name, {"x-type": type_, "x-pii": "pseudonym" if name == "value" else None}, required=False)
        for name, type_ in types.items()
    ]

    found = masked_frame(rows, columns, b"k")

    assert found.schema == rows.schema
    others = [name for name in types if name != "value"]
    assert sorted(found.select(others).collect(), key=repr) == sorted(rows.select(others).collect(), key=repr)


def test_the_key_does_not_show_in_the_plan(spark: SparkSession, capfd: pytest.CaptureFixture[str]) -> None:
    rows = spark.createDataFrame([("C1",)], "customer_id string")

    masked_frame(rows, [CUSTOMER], b"SECRETSECRETSECRET").explain("extended")

    plan = capfd.readouterr().out
    pads = [bytes(byte ^ pad for byte in b"SECRETSECRETSECRET") for pad in (0x36, 0x5C)]
    assert "MapInArrow" in plan
    for text in ("SECRET", *[form for pad in pads for form in (pad.hex(), pad.hex().upper(), repr(pad)[2:-1])]):
        assert text not in plan


@pytest.mark.parametrize("kind", ["withhold", "mystery"])
def test_what_must_not_reach_curated_is_an_error(kind: str) -> None:
    column = Column("review_text", {"x-type": "string", "x-pii": kind}, required=False)

    with pytest.raises(ContractError, match=f"review_text has the PII class {kind}"):
        check([column])


@given(st.binary(min_size=1, max_size=80), st.binary(min_size=1, max_size=80))
def test_a_fingerprint_tells_keys_apart(one: bytes, other: bytes) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
    assert one.hex() not in fingerprint(one) or len(one) < 3
