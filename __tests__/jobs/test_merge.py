from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from decimal import Decimal
from typing import Any

import pytest
from commerce_lake.contract import CURATED, DATASETS
from commerce_lake.tables import Table
from jobs.lake import KEY, Lake

SALES = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
REVIEWS = "review_id,product_id,customer_id,rating,review_text,review_date,verified_purchase,helpful_votes\n"
D1, D2, D3 = "2025-01-14", "2025-01-15", "2025-01-16"


def pseudonym(value: str) -> str:
    return hmac.new(KEY, value.encode(), hashlib.sha256).hexdigest()[:32]


def product(product_id: str, name: str, stock: int = 5, category: str = "Books") -> str:
    return (
        f'{{"product_id": "{product_id}", "name": "{name}", "category": "{category}", "brand": "B", '
        f'"price": 10.00, "stock": {stock}}}\n'
    )


def event(session: str, time: str, kind: str = "page_view", page: str = "/", customer: str | None = None) -> str:
    who = "null" if customer is None else f'"{customer}"'
    return (
        f'{{"session_id": "{session}", "customer_id": {who}, "event_type": "{kind}", "page": "{page}", '
        f'"timestamp": "{time}", "device": "desktop", "browser": "Firefox", "ip_address": "203.0.113.77", '
        f'"user_agent": "Mozilla/5.0 (X11) Gecko/20100101 Firefox/133.0"}}\n'
    )


def tables(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """Every published row, but for when it was processed."""
    found = {}
    for zone, names in (("processed", DATASETS), ("curated", CURATED)):
        for name in names:
            frame = lake.table(zone, name)
            columns = [column for column in frame.columns if not column.startswith("processing_")]
            found[f"{zone}.{name}"] = lake.rows(zone, name, *columns)
    return found


def test_a_run_publishes_what_its_sources_say(lake: Lake) -> None:
    lake.put(
        "transactions",
        D1,
        "a.csv",
        SALES
        + "T1,C1,P1,2,150.00,300.00,2025-01-10 10:00:00,completed\n"
        + "T2,C1,P9,1,20.00,20.00,2025-01-12,completed\n"
        + "T3,C1,P1,1,50.00,50.00,2025-01-12 12:00:00,returned\n"
        + "T4,C2,P1,1,50.00,50.00,2025-01-11,refunded\n"
        + "T5,C3,P1,3,1.00,3.00,2024-12-13,completed\n"
        + "T6,C3,P1,4,1.00,4.00,2024-12-13 00:00:01,completed\n",
    )
    lake.put("products", D1, "a.json", product("P1", "Pen", stock=12) + product("P2", "Ink", category="Unheard"))
    lake.put(
        "clickstream",
        D1,
        "a.json",
        event("S1", "2025-01-14T10:00:00Z")
        + event("S1", "2025-01-14T10:30:00Z", "product_view", "/p")
        + event("S1", "2025-01-14T11:00:01Z", "add_to_cart", "/p", "C1"),
    )
    lake.put(
        "reviews",
        D1,
        "a.csv",
        REVIEWS + 'R1,P1,C1,5,"Good, very ""good""",2025-01-13,true,1\n' + "R2,P1,C2,4,,2025-01-13,,\n",
    )

    lake.run("r-1", D1)

    date, time = dt.date, dt.datetime
    c1, c2, c3 = pseudonym("C1"), pseudonym("C2"), pseudonym("C3")
    assert lake.rows(
        "curated",
        "transactions",
        "transaction_id",
        "customer_id",
        "product_name",
        "category",
        "brand",
        "department",
        "total_amount",
        "revenue_category",
        "source_date",
        "day",
    )[:2] == [
        ("T1", c1, "Pen", "Books", "B", "Media", Decimal("300.00"), "high", date(2025, 1, 14), 10),
        ("T2", c1, None, None, None, None, Decimal("20.00"), "low", date(2025, 1, 14), 12),
    ]
    assert lake.rows("curated", "customers") == sorted(
        [
            (c1, time(2025, 1, 10, 10), time(2025, 1, 12), 2, 3, Decimal("320.00"), Decimal("160.00"), 1, "loyal"),
            (c2, None, None, 0, 0, Decimal("0.00"), None, 1, "none"),
            (
                c3,
                time(2024, 12, 13),
                time(2024, 12, 13, 0, 0, 1),
                2,
                7,
                Decimal("7.00"),
                Decimal("3.50"),
                0,
                "regular",
            ),
        ],
        key=repr,
    )
    # 30 days before the newest sale, T2, is T5 at the same moment: it no longer counts, T6 a second later does.
    assert lake.rows(
        "curated",
        "products",
        "product_id",
        "department",
        "margin_band",
        "stock_value",
        "is_low_stock",
        "units_sold_30d",
        "days_of_cover",
        "reviews",
        "average_rating",
        "verified_reviews",
    ) == [
        ("P1", "Media", "low", Decimal("120.00"), False, 6, 60.0, 2, Decimal("4.50"), 1),
        ("P2", None, None, Decimal("50.00"), True, 0, None, 0, None, 0),
    ]
    assert lake.rows(
        "curated", "clickstream", "visit_id", "visit_event", "customer_id", "ip_address", "user_agent"
    ) == [
        ("S1#1", 1, None, "203.0.113.0/24", "Firefox"),
        ("S1#1", 2, None, "203.0.113.0/24", "Firefox"),
        ("S1#2", 1, c1, "203.0.113.0/24", "Firefox"),
    ]
    assert lake.rows("curated", "sessions") == [
        (
            "S1#1",
            "S1",
            None,
            time(2025, 1, 14, 10),
            time(2025, 1, 14, 10, 30),
            1800,
            2,
            True,
            False,
            False,
            False,
            "desktop",
            False,
            10,
            2025,
            1,
            14,
        ),
        (
            "S1#2",
            "S1",
            c1,
            time(2025, 1, 14, 11, 0, 1),
            time(2025, 1, 14, 11, 0, 1),
            0,
            1,
            False,
            True,
            False,
            False,
            "desktop",
            True,
            11,
            2025,
            1,
            14,
        ),
    ]
    assert lake.rows("curated", "funnel_daily") == [
        (2, 1, 1, 0, 0, 1, 0.5, 0.5, 0.0, 0.0, 0.5, 900.0, 2025, 1, 14),
    ]
    assert lake.rows("curated", "funnel_hourly", "hour", "sessions", "bounced_sessions") == [(10, 1, 0), (11, 1, 1)]
    assert lake.rows(
        "curated", "reviews", "review_id", "product_name", "category", "customer_id", "rating", "verified_purchase"
    ) == [("R1", "Pen", "Books", c1, 5, True), ("R2", "Pen", "Books", c2, 4, None)]
    assert "review_text" not in lake.table("curated", "reviews").columns


D1_FILES = {
    "transactions": SALES
    + "T1,C1,P1,1,10.00,10.00,2025-01-13,completed\n"
    + "T2,C1,P1,1,20.00,20.00,2025-01-13,completed\n"
    + "T3,C2,P2,1,30.00,30.00,2025-01-14,completed\n",
    "products": product("P1", "Pen") + product("P2", "Ink"),
    "clickstream": event("S1", "2025-01-14T23:50:00Z") + event("S2", "2025-01-14T10:00:00Z", customer="C1"),
    "reviews": REVIEWS + "R1,P1,C1,5,,2025-01-13,,\n" + "R2,P2,C1,1,,2025-01-13,,\n",
}
# The next day moves T1 to another day, cancels T2, renames P1, puts an event before S1's and another that goes on
# after midnight, and changes a review.
D2_FILES = {
    "transactions": SALES
    + "T1,C9,P1,1,10.00,10.00,2025-01-15,completed\n"
    + "T2,C1,P1,1,20.00,20.00,2025-01-13,refunded\n"
    + "T4,C2,P3,1,40.00,40.00,2025-01-13,completed\n",
    "products": product("P1", "Fountain pen") + product("P3", "Nib"),
    "clickstream": event("S1", "2025-01-15T00:10:00Z", "purchase", "/buy")
    + event("S1", "2025-01-14T20:00:00Z")
    + event("S2", "2025-01-14T10:00:00Z", customer="C2"),
    "reviews": REVIEWS + "R1,P3,C1,2,,2025-01-12,,\n",
}


def put(lake: Lake, date: str, files: dict[str, str]) -> None:
    for dataset in DATASETS:
        name = "a.csv" if dataset in ("transactions", "reviews") else "a.json"
        lake.replace(dataset, date, {name: files[dataset]} if dataset in files else {})


class Killed(BaseException):
    """Ends a process as a signal does: nothing catches it."""


def kill_after(monkeypatch: pytest.MonkeyPatch, publications: int) -> None:
    """Has the next merge die once main of so many tables has moved."""
    publish, left = Table.publish, [publications]

    def counted(self: Table, branch: str) -> int:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return publish(self, branch)

    monkeypatch.setattr(Table, "publish", counted)


def test_a_merge_that_is_killed_between_publications_is_made_good(
    lake: Lake, second_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt dies too, further on; then another date is run, and its merge leaves nothing undone."""
    of_two = {"transactions", "clickstream"}
    for one in (lake, second_lake):
        put(one, D1, {name: files for name, files in D1_FILES.items() if name in of_two})
        # A visit of this date alone, on a day that the other says nothing of: its merge has to see that it is missing.
        late = {"clickstream": D2_FILES["clickstream"] + event("S3", "2025-01-13T08:00:00Z")}
        put(one, D2, {name: files for name, files in {**D2_FILES, **late}.items() if name in of_two})
    lake.run("r-1", D1)
    before = tables(lake)
    for dataset in sorted(of_two):
        lake.etl(dataset, "r-2", D2)
        second_lake.etl(dataset, "r-1", D1)
        second_lake.publish(dataset, "r-1")
        second_lake.etl(dataset, "r-2", D2)
    second_lake.merge("r-2", D2, "transactions,clickstream")
    expected = tables(second_lake)

    for publications in (1, 4):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            kill_after(patch, publications)
            lake.merge("r-2", D2, "transactions,clickstream")
        now = tables(lake)
        shown = {name for name, rows in now.items() if rows == expected[name] and rows != before[name]}
        assert now == {name: (expected if name in shown else before)[name] for name in now}
        # Whatever of the two sales and events there is, it was published in an order that the next merge can follow.
        assert "processed.transactions" in shown
        assert ("curated.transactions" in shown) == (publications == 4)
        assert "curated.sessions" not in shown

    lake.run("r-3", D1)

    assert tables(lake) == expected
    assert [row[:4] for row in expected["curated.transactions"]] == [
        ("T1", pseudonym("C9"), "P1", None),
        ("T2", pseudonym("C1"), "P1", None),
        ("T3", pseudonym("C2"), "P2", None),
        ("T4", pseudonym("C2"), "P3", None),
    ]
    assert [row[:2] for row in expected["curated.clickstream"]] == [
        ("S1#1", 1),
        ("S1#2", 1),
        ("S1#2", 2),
        ("S2#1", 1),
        ("S3#1", 1),
    ]


def test_the_same_tables_are_made_again_when_nothing_is_known_of_the_last_time(lake: Lake) -> None:
    put(lake, D1, D1_FILES)
    lake.run("r-1", D1)
    incremental = tables(lake)
    for name in CURATED:
        lake.spark.sql(f"DELETE FROM glue_catalog.{lake.databases['curated']}.{name} WHERE true")

    lake.merge("r-1", D1, ",".join(DATASETS))

    assert tables(lake) == incremental
