"""Every query of `queries/` on a small curated zone whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

ROOT = Path(__file__).parents[2]
QUERIES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.sql"))}

Row = dict[str, Any]


def contract(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "contracts" / f"{name}.json").read_text("utf-8"))
    return loaded


def column_type(column: dict[str, Any]) -> str:
    while "$ref" in column:
        name, pointer = column["$ref"].removeprefix("contract:").split("#/")
        column = contract(name)
        for step in pointer.split("/"):
            column = column[step]
    kind: str = column["x-type"]
    return "varchar" if kind == "string" else kind


TABLES = {
    path.stem: {name: column_type(column) for name, column in contract(f"curated/{path.stem}")["properties"].items()}
    for path in (ROOT / "contracts" / "curated").glob("*.json")
}

HISTORY = {
    path.stem: {name: column_type(column) for name, column in contract(f"history/{path.stem}")["properties"].items()}
    for path in (ROOT / "contracts" / "history").glob("*.json")
}
"""Tables of what runs leave behind, without the batch date that they are partitioned by."""


def on(day: date) -> Row:
    return {"year": day.year, "month": day.month, "day": day.day}


def sale(key: str, day: date, status: str, quantity: int, price: str, **more: Any) -> Row:
    amount = quantity * Decimal(price)
    row = {"transaction_id": key, "customer_id": "ann", "product_id": "p1", "category": "toys", "product_name": "Top"}
    return {
        **row,
        "transaction_date": datetime(day.year, day.month, day.day, 9),
        "status": status,
        "quantity": quantity,
        "price": Decimal(price),
        "total_amount": amount,
        "revenue_category": "high" if amount >= 100 else "medium" if amount >= 50 else "low",
        "transaction_hour": 9,
        "is_weekend": day.weekday() >= 5,
        "source_date": day,
        "processing_timestamp": datetime(2025, 2, 1),
        **on(day),
        **more,
    }


def review(key: str, day: date, rating: int, **more: Any) -> Row:
    row = {"review_id": key, "product_id": "p1", "product_name": "Top", "category": "toys", "rating": rating}
    return {**row, "review_date": day, "source_date": day, **on(day), **more}


def product(key: str, price: str, *, stock: int, sold: int, days: float | None, **more: Any) -> Row:
    row = {"product_id": key, "price": Decimal(price), "stock": stock, "units_sold_30d": sold, "days_of_cover": days}
    flags = {"is_out_of_stock": stock == 0, "is_low_stock": 0 < stock <= 10, "is_active": True}
    return {**row, **flags, "department": "play", "source_date": JAN_1, **more}


JAN_1, JAN_2, JAN_8 = date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 8)

CURATED: dict[str, list[Row]] = {
    "transactions": [
        sale("t1", JAN_1, "completed", 2, "10.00"),
        sale("t2", JAN_1, "completed", 1, "5.50", customer_id="bob", product_id="p2", product_name="Yo-yo")
        | {"transaction_hour": 17},
        sale("t3", JAN_1, "returned", 1, "10.00"),
        # A late row: told by the batch of the 2nd, about the 1st.
        sale("t4", JAN_1, "completed", 1, "4.50", product_id="p9", product_name=None, category=None, source_date=JAN_2),
        sale("t5", JAN_8, "completed", 3, "20.00"),
        sale("t6", date(2024, 1, 1), "completed", 100, "99.00"),
        sale("t7", date(2024, 2, 3), "completed", 1, "120.00"),
    ],
    "reviews": [
        review("r1", JAN_1, 5, helpful_votes=2, verified_purchase=True),
        review("r2", JAN_1, 2, source_date=JAN_2),
        review("r3", JAN_8, 1, product_id="p9", product_name=None, category=None),
    ],
    "funnel_daily": [
        {"sessions": 10, "product_view_sessions": 8, "cart_sessions": 4, "checkout_sessions": 2, "purchase_sessions": 1}
        | {"conversion_rate": 0.1, **on(JAN_1)},
        {"sessions": 10, "product_view_sessions": 0, "cart_sessions": 0, "checkout_sessions": 0, "purchase_sessions": 0}
        | {"conversion_rate": 0.0, **on(JAN_2)},
    ],
    "clickstream": [
        {"session_id": "s1", "timestamp": datetime(2025, 1, 1, 8), "customer_id": "ann", "source_date": JAN_1},
        {"session_id": "s2", "timestamp": datetime(2025, 1, 1, 9), "customer_id": None, "source_date": JAN_1},
    ],
    "customers": [
        {"customer_id": "ann", "orders": 3, "units": 6, "lifetime_value": Decimal("84.50"), "segment": "regular"}
        | {"returned_orders": 1, "last_order_at": datetime(2025, 1, 8, 9)},
        {"customer_id": "bob", "orders": 1, "units": 1, "lifetime_value": Decimal("5.50"), "segment": "regular"}
        | {"returned_orders": 0, "last_order_at": datetime(2025, 1, 1, 17)},
        {"customer_id": "cyd", "orders": 0, "units": 0, "lifetime_value": Decimal("0.00"), "segment": "none"}
        | {"returned_orders": 2},
    ],
    "products": [
        product("p1", "10.00", stock=0, sold=60, days=0.0),
        product("p2", "5.50", stock=3, sold=30, days=3.0, is_active=None, department=None),
        product("p3", "1.00", stock=40, sold=90, days=13.33),
        product("p4", "1.00", stock=40, sold=0, days=None, source_date=JAN_2),
        product("p5", "1.00", stock=0, sold=5, days=0.0, is_active=False, source_date=JAN_2),
    ],
}


def checked(day: str, run: str, hour: int, verdict: str, dataset: str, name: str, status: str, **more: Any) -> Row:
    row = {"run": run, "checked_at": datetime(2025, 2, 1, hour), "verdict": verdict, "dataset": dataset}
    return {**row, "check_id": f"{dataset}.{name}", "severity": "error", "status": status, "batch_date": day, **more}


def ended(day: str, run: str, hour: int, state: str, seconds: float, **more: Any) -> Row:
    row = {"batch_date": day, "run": run, "state": state, "started_by": "schedule", "seconds": seconds}
    times = {"started_at": datetime(2025, 2, 1, hour), "ended_at": datetime(2025, 2, 1, hour)}
    used = {"transitions": 60, "crawls": 2, "dpu_seconds": 120.5, "bytes_scanned": 1000, "cost_usd": 0.30123456}
    return {**row, **times, **used, "code": "0.1.0+abc", **more}


def of_dataset(day: str, run: str, dataset: str, rows: int, published: str = "yes", **more: Any) -> Row:
    row = {"batch_date": day, "run": run, "dataset": dataset, "published": published, "contract_version": "1.0.0"}
    files = {"files_accepted": 1, "files_duplicate": 0, "files_rejected": 0}
    counts = {"rows_in": rows, "rows_out": rows - 1, "rows_quarantined": 1, "rows_duplicates": 0}
    return {**row, **files, **counts, **more}


def step(day: str, run: str, name: str, seconds: float, attempts: int = 1) -> Row:
    return {"batch_date": day, "run": run, "step": name, "state": "succeeded", "seconds": seconds, "attempts": attempts}


LEFT: dict[str, list[Row]] = {
    "pipeline_runs": [
        ended("2025-01-01", "first", 1, "FAILED", 10.0, failed_step="EtlJobs", error="JobStopped"),
        ended("2025-01-01", "again", 2, "PARTIAL", 100.06, quality="warn"),
        ended("2025-01-02", "next", 3, "SUCCEEDED", 50.0, quality="pass"),
        ended("2025-01-09", "later", 4, "SUCCEEDED", 1.0),
    ],
    "pipeline_run_datasets": [
        of_dataset("2025-01-01", "again", "transactions", 30),
        of_dataset("2025-01-01", "again", "reviews", 0, "no", error="JobStopped", rows_out=0, rows_quarantined=0),
        of_dataset("2025-01-02", "next", "reviews", 10, files_rejected=2),
        of_dataset("2025-01-09", "later", "reviews", 99),
    ],
    "pipeline_run_steps": [
        step("2025-01-01", "first", "EtlJobs", 9.0, 3),
        step("2025-01-01", "again", "ValidateFiles", 20.0),
        step("2025-01-01", "again", "EtlJobs", 60.04, 2),
        step("2025-01-02", "next", "MergeMasterData", 30.0),
    ],
    "data_quality_checks": [
        # A run that was done again.
        checked("2025-01-01", "first", 1, "fail", "reviews", "rating.maximum", "failed", observed="2"),
        checked("2025-01-01", "again", 2, "warn", "reviews", "rating.maximum", "passed", observed="0", value=0.0),
        checked("2025-01-01", "again", 2, "warn", "reviews", "rows.volume", "failed", severity="warn", observed="9"),
        checked("2025-01-01", "again", 2, "warn", "reviews", "rows.gap", "failed", severity="warn", observed="1 day"),
        checked("2025-01-01", "again", 2, "warn", "reviews", "rating.required", "waived", reason="It is known."),
        checked("2025-01-01", "again", 2, "warn", "products", "key.unique", "passed", observed="0", value=0.0),
        checked("2025-01-02", "next", 3, "fail", "reviews", "key.unique", "failed", observed="7"),
        checked("2025-01-02", "next", 3, "fail", "reviews", "a.computed", "error", reason="No table.", severity="warn"),
        checked("2025-01-02", "next", 3, "fail", "reviews", "rows.volume", "failed", severity="warn", observed="1"),
        checked("2025-01-09", "later", 4, "pass", "reviews", "key.unique", "passed"),
    ],
}
"""Rows of the tables of `HISTORY`, with their batch dates."""


@pytest.fixture(scope="module")
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        history = {table: {**columns, "batch_date": "varchar"} for table, columns in HISTORY.items()}
        for table, columns in (TABLES | history).items():
            spelled = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"CREATE TABLE {table} ({spelled})")
            for row in (CURATED | LEFT).get(table, []):
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" for _ in row)
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
        yield connection


def ask(lake: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[Row]:
    (sql,) = sqlglot.transpile(QUERIES[query], read="athena", write="duckdb")
    answer = lake.execute(sql, list(parameters))
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def test_daily_kpis(lake: duckdb.DuckDBPyConnection) -> None:
    first, second = ask(lake, "daily_kpis", "2025-01-01", "2025-01-02")
    assert first == {
        "date": JAN_1,
        "orders": 3,
        "units": 4,
        "revenue": Decimal("30.00"),
        "customers": 2,
        "average_order_value": 10.0,
        "returns": 1,
        "return_rate": 0.25,
        "sessions": 10,
        "conversion_rate": 0.1,
        "reviews": 2,
        "average_rating": 3.5,
    }
    # A day without sales is a row of zeros, with no mean of nothing.
    assert (second["date"], second["orders"], second["revenue"], second["sessions"]) == (JAN_2, 0, 0, 10)
    assert second["average_order_value"] is None and second["average_rating"] is None and second["return_rate"] is None


def test_batch_kpis_are_of_the_batch_and_not_of_the_day(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "batch_kpis", "2025-01-02")
    assert [(row["date"], row["orders"], row["revenue"]) for row in rows] == [(JAN_1, 1, Decimal("4.50"))]
    assert ask(lake, "batch_kpis", "2025-03-01") == []


def test_top_products_by_category(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "top_products_by_category", "2025-01-01", "2025-01-08", 1)
    seen = [
        (row["category"], row["place"], row["product_id"], row["revenue"], row["share_of_category"]) for row in rows
    ]
    # Returned sales are no revenue; a product that no snapshot knows has a category of its own.
    assert seen == [
        ("toys", 1, "p1", Decimal("80.00"), pytest.approx(0.9357)),
        ("unknown", 1, "p9", Decimal("4.50"), 1.0),
    ]
    assert len(ask(lake, "top_products_by_category", "2025-01-01", "2025-01-08", 2)) == 3


def test_top_products(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "top_products", "2025-01-01", "2025-01-08", 2)
    assert [(row["place"], row["product_id"], row["revenue"], row["customers"]) for row in rows] == [
        (1, "p1", Decimal("80.00"), 1),
        (2, "p2", Decimal("5.50"), 1),
    ]
    assert rows[0]["share_of_revenue"] == pytest.approx(0.8889)
    assert len(ask(lake, "top_products", "2025-01-01", "2025-01-08", 9)) == 3
    assert ask(lake, "top_products", "2030-01-01", "2030-01-02", 9) == []


def test_sales_mix(lake: duckdb.DuckDBPyConnection) -> None:
    (row,) = ask(lake, "sales_mix", "2024-02-03", "2025-01-01")
    # t1 and t4 in the hours of business, t2 after them, t7 in them on a Saturday; t3 came back.
    assert row == {
        "orders": 4,
        "revenue": Decimal("150.00"),
        "high_orders": 1,
        "medium_orders": 0,
        "low_orders": 3,
        "high_share": 0.25,
        "weekend_share": 0.25,
        "business_hours_share": 0.5,
        "return_rate": 0.2,
    }
    (nothing,) = ask(lake, "sales_mix", "2030-01-01", "2030-01-02")
    assert (nothing["orders"], nothing["revenue"], nothing["return_rate"]) == (0, 0, None)


def test_conversion_funnel(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "conversion_funnel", "2025-01-01", "2025-01-02")
    assert [row["dropped_off"] for row in rows] == [12, 4, 2, 1, 0]
    assert [(row["stage"], row["sessions"], row["share_of_visits"], row["share_of_stage_before"]) for row in rows] == [
        ("visit", 20, 1.0, None),
        ("product view", 8, 0.4, 0.4),
        ("cart", 4, 0.2, 0.5),
        ("checkout", 2, 0.1, 0.5),
        ("purchase", 1, 0.05, 0.5),
    ]
    empty = ask(lake, "conversion_funnel", "2030-01-01", "2030-01-02")
    assert [row["sessions"] for row in empty] == [0, 0, 0, 0, 0]


def test_customer_lifetime_value(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "customer_lifetime_value", 5)
    assert [(row["place"], row["customer_id"], row["share_of_revenue_so_far"]) for row in rows] == [
        (1, "ann", pytest.approx(0.9389)),
        (2, "bob", 1.0),
    ]
    assert len(ask(lake, "customer_lifetime_value", 1)) == 1


def test_customer_segments(lake: duckdb.DuckDBPyConnection) -> None:
    regular, none = ask(lake, "customer_segments")
    assert regular == {
        "segment": "regular",
        "customers": 2,
        "orders": 4,
        "revenue": Decimal("90.00"),
        "revenue_a_customer": 45.0,
        "average_order_value": 22.5,
        "return_rate": 0.2,
        "last_order": JAN_8,
        "share_of_customers": pytest.approx(0.6667),
        "share_of_revenue": 1.0,
    }
    # Who has sent everything back bought nothing.
    assert (none["customers"], none["orders"], none["average_order_value"], none["return_rate"]) == (1, 0, None, 1.0)


def test_revenue_trend(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "revenue_trend", "2025-01-01", "2025-01-08")
    assert [row["date"] for row in rows] == [date(2025, 1, day) for day in range(1, 9)]
    assert rows[0]["seven_day_mean"] == 30.0 and rows[0]["change_on_week_before"] is None
    assert rows[6]["seven_day_mean"] == pytest.approx(4.29)
    # 60 after 30: twice as much. The mean's window has moved past the first day.
    assert rows[7]["change_on_week_before"] == 1.0
    assert rows[7]["seven_day_mean"] == pytest.approx(8.57)
    # 90 on eight days; the 28 days have not come together yet.
    assert rows[7]["four_week_mean"] == 11.25


def test_review_summary(lake: duckdb.DuckDBPyConnection) -> None:
    (row,) = ask(lake, "review_summary", "2025-01-01", "2025-01-08", 2)
    assert row == {
        "product_id": "p1",
        "product_name": "Top",
        "category": "toys",
        "reviews": 2,
        "average_rating": 3.5,
        "positive": 1,
        "negative": 1,
        "verified_share": 0.5,
        "helpful_votes": 2,
    }
    assert [row["product_id"] for row in ask(lake, "review_summary", "2025-01-01", "2025-01-08", 1)] == ["p9", "p1"]


def test_inventory_at_risk(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "inventory_at_risk", 14)
    # What is not on sale is no risk; what says nothing about it is.
    assert [(row["product_id"], row["risk"], row["revenue_a_day"]) for row in rows] == [
        ("p1", "out of stock", 20.0),
        ("p2", "low stock", 5.5),
        ("p3", "selling out", 3.0),
    ]
    assert [row["product_id"] for row in ask(lake, "inventory_at_risk", 10)] == ["p1", "p2"]


def test_pipeline_history(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "pipeline_history", "2025-01-01", "2025-01-02")
    assert [(row["batch_date"], row["table_name"], row["row_count"]) for row in rows] == [
        (JAN_1, "clickstream", 2),
        (JAN_1, "products", 3),
        (JAN_1, "reviews", 1),
        (JAN_1, "transactions", 3),
        (JAN_2, "products", 2),
        (JAN_2, "reviews", 1),
        (JAN_2, "transactions", 1),
    ]
    assert (rows[-1]["first_event"], rows[-1]["last_event"]) == (JAN_1, JAN_1)


def test_pipeline_run_history(lake: duckdb.DuckDBPyConnection) -> None:
    first, again, following = ask(lake, "pipeline_run_history", "2025-01-01", "2025-01-02")
    assert again == {
        "batch_date": "2025-01-01",
        "run": "again",
        "state": "PARTIAL",
        "started_by": "schedule",
        "started_at": datetime(2025, 2, 1, 2),
        "seconds": 100.1,
        "longest_step": "EtlJobs",
        "longest_seconds": 60.0,
        "most_attempts": 2,
        "files": 2,
        "files_rejected": 0,
        "rows_in": 30,
        "rows_out": 29,
        "rows_quarantined": 1,
        "rows_duplicates": 0,
        "datasets_published": 1,
        "quality": "warn",
        "failed_step": None,
        "error": None,
        "dpu_seconds": 120.5,
        "bytes_scanned": 1000,
        "cost_usd": 0.3012,
    }
    # One that failed before it had read anything.
    assert (first["run"], first["failed_step"], first["error"], first["files"]) == (
        "first",
        "EtlJobs",
        "JobStopped",
        None,
    )
    assert (following["run"], following["files_rejected"], following["longest_step"]) == ("next", 2, "MergeMasterData")


def test_data_quality_history(lake: duckdb.DuckDBPyConnection) -> None:
    rows = ask(lake, "data_quality_history", "2025-01-01", "2025-01-02")
    counts = ("checks", "passed", "warnings", "errors", "waived")
    assert [(row["batch_date"], row["dataset"], row["run"], row["verdict_of_run"]) for row in rows] == [
        ("2025-01-01", "products", "again", "warn"),
        ("2025-01-01", "reviews", "again", "warn"),
        ("2025-01-02", "reviews", "next", "fail"),
    ]
    assert [tuple(row[count] for count in counts) for row in rows] == [
        (1, 1, 0, 0, 0),
        (4, 1, 2, 0, 1),
        # A warning that could not be computed is an error.
        (3, 0, 1, 2, 0),
    ]
    assert [row["gravest"] for row in rows] == [
        None,
        "reviews.rows.gap: 1 day",
        "reviews.a.computed: No table.",
    ]


def test_every_query_has_a_test() -> None:
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {name for name in QUERIES if not any(test.startswith(name) for test in tested)} == set()
