from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal

import pytest
from commerce_lake.errors import ContractError
from jobs.lake import Lake

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
DATE = "2025-01-15"
BRANCH = "run_r_1"


def test_a_row_comes_out_typed_and_derived(lake: Lake) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER + "T1,C1,P1,2,12.50,25.00,2025-01-14 23:59:59, Completed \n")

    report = lake.etl("transactions", "r-1", DATE)

    table = lake.table("processed", "transactions", BRANCH)
    assert [row.asDict() for row in table.collect()] == [
        {
            "transaction_id": "T1",
            "customer_id": "C1",
            "product_id": "P1",
            "quantity": 2,
            "price": Decimal("12.50"),
            "total_amount": Decimal("25.00"),
            "transaction_date": dt.datetime(2025, 1, 14, 23, 59, 59),
            "status": "completed",
            "revenue_category": "low",
            "transaction_hour": 23,
            "day_of_week": 3,
            "is_weekend": False,
            "source_date": dt.date(2025, 1, 15),
            "processing_timestamp": dt.datetime(2025, 2, 1, 6, 0),
            "processing_date": dt.date(2025, 2, 1),
            "year": 2025,
            "month": 1,
            "day": 14,
        }
    ]
    assert [(field.name, field.dataType.simpleString()) for field in table.schema] == [
        ("transaction_id", "string"),
        ("customer_id", "string"),
        ("product_id", "string"),
        ("quantity", "int"),
        ("price", "decimal(10,2)"),
        ("total_amount", "decimal(10,2)"),
        ("transaction_date", "timestamp"),
        ("status", "string"),
        ("revenue_category", "string"),
        ("transaction_hour", "int"),
        ("day_of_week", "int"),
        ("is_weekend", "boolean"),
        ("source_date", "date"),
        ("processing_timestamp", "timestamp"),
        ("processing_date", "date"),
        ("year", "int"),
        ("month", "int"),
        ("day", "int"),
    ]
    assert report["rows"] == {"in": 1, "out": 1, "quarantined": 0, "duplicates": 0}
    assert report["dataset"] == "transactions"
    snapshot = report["tables"][0]["snapshot"]
    assert report["tables"] == [
        {"table": f"{lake.databases['processed']}.transactions", "branch": BRANCH, "snapshot": snapshot}
    ]
    assert snapshot.isdecimal()


def test_main_does_not_move(lake: Lake) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER + "T1,C1,P1,2,12.50,25.00,2025-01-14,completed\n")

    lake.etl("transactions", "r-1", DATE)

    assert lake.rows("processed", "transactions") == []


def test_hard_files_hold_the_same_rows(lake: Lake) -> None:
    """A byte order mark, CRLF, another order of columns, unknown ones, quotes, a comma, line breaks, accents, gzip."""
    lake.put(
        "transactions",
        DATE,
        "a.csv",
        b"\xef\xbb\xbf"
        + (
            'status,coupon,"transaction_id",customer_id,product_id,quantity,price,transaction_date\r\n'
            'returned,"10%, off","T""1""","Zoë, Ltd",P1,1,1.00,2025-01-14\r\n'
            "\r\n"
            'refunded,"two\r\nlines",T2,C2,"P\n2",1,1.00,2025-01-14 00:00:00\r\n'
        ).encode(),
    )
    lake.put("transactions", DATE, "b.csv.gz", gzip.compress((HEADER + "T3,C3,P3,1,1,,2025-01-14,completed").encode()))

    report = lake.etl("transactions", "r-1", DATE)

    assert lake.rows("processed", "transactions", "transaction_id", "customer_id", "product_id", branch=BRANCH) == [
        ('T"1"', "Zoë, Ltd", "P1"),
        ("T2", "C2", "P\n2"),
        ("T3", "C3", "P3"),
    ]
    assert report["computed"] == {"total_amount": 3}
    assert report["drift"] == {"unknown": ["coupon"]}


def test_what_breaks_a_rule_is_quarantined_with_every_reason(lake: Lake) -> None:
    key = lake.put(
        "transactions",
        DATE,
        "a.csv",
        HEADER
        + "T1,C1,P1,2,12.50,25.00,2025-01-14,completed\r\n"
        + ",C1,P1,0,12.505,25.00,2025-02-29,sold\r\n"
        + '"T\n3",C1,P1,2\r\n'
        + "T4,C1,P1,2,12.50,25.00,2025-02-01 06:00:01,completed\r\n"
        + '"T5"x,C1,P1,2,12.50,25.00,2025-01-14,completed',
    )

    report = lake.etl("transactions", "r-1", DATE)

    quarantined = lake.quarantined("transactions", DATE)
    assert quarantined[0] == {
        "dataset": "transactions",
        "date": DATE,
        "run": "r-1",
        "file": key,
        "record": 2,
        "line": 3,
        "reasons": [
            "transaction_id.required",
            "quantity.exclusiveMinimum",
            "price.type",
            "transaction_date.type",
            "status.enum",
        ],
        "raw": ",C1,P1,0,12.505,25.00,2025-02-29,sold",
    }
    assert [(line["record"], line["line"], line["reasons"], line["raw"]) for line in quarantined[1:]] == [
        (3, 4, ["record.parse"], '"T\n3",C1,P1,2'),
        (4, 6, ["transaction_date.notFuture"], "T4,C1,P1,2,12.50,25.00,2025-02-01 06:00:01,completed"),
        (5, 7, ["record.parse"], '"T5"x,C1,P1,2,12.50,25.00,2025-01-14,completed'),
    ]
    assert report["rows"] == {"in": 5, "out": 1, "quarantined": 4, "duplicates": 0}
    assert report["reasons"] == {
        "record.parse": 2,
        "transaction_id.required": 1,
        "quantity.exclusiveMinimum": 1,
        "price.type": 1,
        "transaction_date.type": 1,
        "transaction_date.notFuture": 1,
        "status.enum": 1,
    }


def test_of_a_key_the_newest_event_time_stays_then_the_last_in_file_order(lake: Lake) -> None:
    lake.put(
        "transactions",
        DATE,
        "b.csv",
        HEADER
        + "T1,in-b,P,1,1.00,1.00,2025-01-01,completed\n"
        + "T2,in-b,P,1,1.00,1.00,2025-01-01,completed\n"
        + "T3,first,P,1,1.00,1.00,2025-01-01,completed\n"
        + "T3,second,P,1,1.00,1.00,2025-01-01,completed\n"
        + "T4,bad,P,0,1.00,1.00,2025-01-09,completed\n",
    )
    lake.put(
        "transactions",
        DATE,
        "a.csv",
        HEADER
        + "T1,in-a,P,1,1.00,1.00,2025-01-01 00:00:01,completed\n"
        + "T2,in-a,P,1,1.00,1.00,2025-01-01,completed\n"
        + "T4,good,P,1,1.00,1.00,2025-01-01,completed\n",
    )

    report = lake.etl("transactions", "r-1", DATE)

    assert lake.rows("processed", "transactions", "transaction_id", "customer_id", branch=BRANCH) == [
        ("T1", "in-a"),
        ("T2", "in-b"),
        ("T3", "second"),
        ("T4", "good"),
    ]
    assert report["rows"] == {"in": 8, "out": 4, "quarantined": 1, "duplicates": 3}


def test_total_amount_is_computed_where_missing_or_off_by_more_than_a_cent(lake: Lake) -> None:
    lake.put(
        "transactions",
        DATE,
        "a.csv",
        HEADER
        + "T1,C,P,3,33.33,,2025-01-14,completed\n"
        + "T2,C,P,3,33.33,99.98,2025-01-14,completed\n"
        + "T3,C,P,3,33.33,100.00,2025-01-14,completed\n"
        + "T4,C,P,3,33.33,100.01,2025-01-14,completed\n"
        + "T5,C,P,3,33.33,99.97,2025-01-14,completed\n"
        + "T6,C,P,2000000000,99999999.99,1.00,2025-01-14,completed\n"
        + "T7,C,P,2000000000,99999999.99,,2025-01-14,completed\n"
        + "T8,C,P,3,33.33,99.999,2025-01-14,completed\n"
        + "T9,C,P,x,33.33,,2025-01-14,completed\n",
    )

    report = lake.etl("transactions", "r-1", DATE)

    assert lake.rows("processed", "transactions", "transaction_id", "total_amount", branch=BRANCH) == [
        ("T1", Decimal("99.99")),
        ("T2", Decimal("99.98")),
        ("T3", Decimal("100.00")),
        ("T4", Decimal("99.99")),
        ("T5", Decimal("99.99")),
    ]
    assert report["computed"] == {"total_amount": 3}
    assert [(line["record"], line["reasons"]) for line in lake.quarantined("transactions", DATE)] == [
        (6, ["total_amount.computed"]),
        (7, ["total_amount.computed"]),
        (8, ["total_amount.type"]),
        (9, ["quantity.type"]),
    ]


def test_a_date_without_files_leaves_an_empty_branch(lake: Lake) -> None:
    report = lake.etl("transactions", "r-1", DATE)

    assert report["rows"] == {"in": 0, "out": 0, "quarantined": 0, "duplicates": 0}
    assert lake.rows("processed", "transactions", branch=BRANCH) == []


def test_a_file_with_a_header_only_and_one_of_bad_rows_only(lake: Lake) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER)
    lake.put("transactions", DATE, "b.csv", HEADER + "T1,C,P,0,1.00,,2025-01-14,completed\n")

    report = lake.etl("transactions", "r-1", DATE)

    assert report["rows"] == {"in": 1, "out": 0, "quarantined": 1, "duplicates": 0}
    assert lake.rows("processed", "transactions", branch=BRANCH) == []


def test_a_rerun_replaces_what_the_date_contributed_and_nothing_else(lake: Lake) -> None:
    other, late = "2025-01-14", "2025-01-02"
    lake.put("transactions", other, "a.csv", HEADER + f"T1,other,P,1,1.00,1.00,{late},completed\n")
    lake.run("r-0", other)
    lake.put(
        "transactions",
        DATE,
        "a.csv",
        HEADER
        + f"T1,first,P,1,1.00,1.00,{late},completed\n"
        + "T2,first,P,1,1.00,1.00,2025-01-14,completed\n"
        + "T3,first,P,0,1.00,1.00,2025-01-14,completed\n",
    )
    lake.run("r-1", DATE)
    lake.replace("transactions", DATE, {"a.csv": HEADER + f"T1,second,P,1,1.00,1.00,{late},completed\n"})

    lake.etl("transactions", "r-2", DATE)

    columns = ("transaction_id", "customer_id", "source_date")
    before = [
        ("T1", "first", dt.date(2025, 1, 15)),
        ("T1", "other", dt.date(2025, 1, 14)),
        ("T2", "first", dt.date(2025, 1, 15)),
    ]
    assert lake.rows("processed", "transactions", *columns) == before
    assert lake.rows("processed", "transactions", *columns, branch="run_r_2") == [
        ("T1", "other", dt.date(2025, 1, 14)),
        ("T1", "second", dt.date(2025, 1, 15)),
    ]
    # The same run may be tried again, on the branch that the first attempt left.
    assert lake.etl("transactions", "r-2", DATE)["rows"]["out"] == 1
    assert len(lake.rows("processed", "transactions", *columns, branch="run_r_2")) == 2
    # What the published run rejected stays until this one is published.
    assert [line["run"] for line in lake.quarantined("transactions", DATE)] == ["r-1"]


def test_the_manifest_of_another_run_is_refused(lake: Lake) -> None:
    lake.put("transactions", DATE, "a.csv", HEADER)
    lake.write_manifest("r-2", DATE)
    content = lake.storage.read(f"runs/date={DATE}/run=r-2/manifest.json").replace(b'"r-2"', b'"r-9"')

    from commerce_lake import etl
    from commerce_lake.args import parse_args

    lake.storage.write(f"runs/date={DATE}/run=r-2/manifest.json", content, "")
    with pytest.raises(ContractError, match="is of run r-9"):
        etl.run_job(
            lake.spark,
            lake.storage,
            "transaction_etl",
            "transactions",
            parse_args(lake.arguments("r-2", DATE)),
        )
