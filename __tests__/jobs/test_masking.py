from __future__ import annotations

import hashlib
import hmac

import pytest
from commerce_lake.contract import Column
from commerce_lake.errors import ContractError
from commerce_lake.masking import family, fingerprint, masked, network
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

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
    "my shop app 1.0": "Other",
    None: None,
}


def test_addresses_become_networks_and_what_is_no_address_null(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(address,) for address in NETWORKS], "address string")

    found = rows.select("address", network(F.col("address"))).collect()

    assert [tuple(row) for row in found] == list(NETWORKS.items())


def test_user_agents_become_families(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(agent,) for agent in AGENTS], "agent string")

    found = rows.select("agent", family(F.col("agent"))).collect()

    assert [tuple(row) for row in found] == list(AGENTS.items())


@pytest.mark.parametrize("key", [b"k", b"x" * 64, b"x" * 65, b"\x00\xff" * 200])
def test_a_pseudonym_is_the_keyed_hash_of_the_value(spark: SparkSession, key: bytes) -> None:
    values = ["C1", "", "Zoë 😀", "x" * 200, None]
    rows = spark.createDataFrame([(value, number) for number, value in enumerate(values)], "customer_id string, n int")
    plain = Column("n", {"x-type": "int"}, required=True)

    found = masked(rows, [plain, CUSTOMER], key)

    assert [tuple(row) for row in found.orderBy("n").collect()] == [
        (number, None if value is None else hmac.new(key, value.encode(), hashlib.sha256).hexdigest())
        for number, value in enumerate(values)
    ]


def test_the_key_does_not_show_in_the_plan(spark: SparkSession, capfd: pytest.CaptureFixture[str]) -> None:
    rows = spark.createDataFrame([("C1",)], "customer_id string")

    masked(rows, [CUSTOMER], b"SECRETSECRETSECRET").explain("extended")

    plan = capfd.readouterr().out
    pads = [bytes(byte ^ pad for byte in b"SECRETSECRETSECRET") for pad in (0x36, 0x5C)]
    assert "BroadcastNestedLoopJoin" in plan
    for text in ("SECRET", *[form for pad in pads for form in (pad.hex(), pad.hex().upper(), repr(pad)[2:-1])]):
        assert text not in plan


@pytest.mark.parametrize("kind", ["withhold", "mystery"])
def test_what_must_not_reach_curated_is_an_error(spark: SparkSession, kind: str) -> None:
    rows = spark.createDataFrame([("x",)], "review_text string")
    column = Column("review_text", {"x-type": "string", "x-pii": kind}, required=False)

    with pytest.raises(ContractError, match=f"review_text has the PII class {kind}"):
        masked(rows, [column], b"k")


@given(st.binary(min_size=1, max_size=80), st.binary(min_size=1, max_size=80))
def test_a_fingerprint_tells_keys_apart(one: bytes, other: bytes) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
    assert one.hex() not in fingerprint(one) or len(one) < 3
