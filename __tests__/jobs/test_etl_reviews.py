from __future__ import annotations

import datetime as dt
from typing import Any

from jobs.lake import Lake

HEADER = "review_id,product_id,customer_id,rating,review_text,review_date,verified_purchase,helpful_votes\n"
DATE = "2025-01-15"
BRANCH = "run_r_1"


def test_a_row_comes_out_typed_with_its_text_as_it_was(lake: Lake) -> None:
    text = ' "Ça va",\r\nsaid she;\n\n\tthen 😀, 100 % '
    lake.put(
        "reviews",
        DATE,
        "a.csv",
        HEADER
        + 'R1,P1,C1, 5 ,"{}",2024-02-29, TRUE ,2147483647\r\n'.format(text.replace('"', '""'))
        + "R2,P1,C1,1,,2025-01-14,,\r\n",
    )

    report = lake.etl("reviews", "r-1", DATE)

    table = lake.table("processed", "reviews", BRANCH)
    of_run = {
        "source_date": dt.date(2025, 1, 15),
        "processing_timestamp": dt.datetime(2025, 2, 1, 6, 0),
        "processing_date": dt.date(2025, 2, 1),
    }
    assert [row.asDict() for row in table.orderBy("review_id").collect()] == [
        {
            "review_id": "R1",
            "product_id": "P1",
            "customer_id": "C1",
            "rating": 5,
            "review_text": text,
            "review_date": dt.date(2024, 2, 29),
            "verified_purchase": True,
            "helpful_votes": 2147483647,
            **of_run,
            "year": 2024,
            "month": 2,
            "day": 29,
        },
        {
            "review_id": "R2",
            "product_id": "P1",
            "customer_id": "C1",
            "rating": 1,
            "review_text": None,
            "review_date": dt.date(2025, 1, 14),
            "verified_purchase": None,
            "helpful_votes": None,
            **of_run,
            "year": 2025,
            "month": 1,
            "day": 14,
        },
    ]
    assert [(field.name, field.dataType.simpleString()) for field in table.schema] == [
        ("review_id", "string"),
        ("product_id", "string"),
        ("customer_id", "string"),
        ("rating", "int"),
        ("review_text", "string"),
        ("review_date", "date"),
        ("verified_purchase", "boolean"),
        ("helpful_votes", "int"),
        ("source_date", "date"),
        ("processing_timestamp", "timestamp"),
        ("processing_date", "date"),
        ("year", "int"),
        ("month", "int"),
        ("day", "int"),
    ]
    assert report["rows"] == {"in": 2, "out": 2, "quarantined": 0, "duplicates": 0}
    assert report["computed"] == {}


def test_what_breaks_rules_is_quarantined_and_of_a_key_the_newest_review_stays(lake: Lake) -> None:
    rows: list[tuple[Any, ...]] = [
        ("R1", "P1", "C1", 5, "older", "2025-01-13", "", ""),
        ("R1", "P1", "C1", 4, "newer", "2025-01-14", "", ""),
        ("R1", "P1", "C1", 3, "older, later in the file", "2025-01-13", "", ""),
        ("R2", "P1", "C1", 6, "too good", "2025-01-14", "maybe", "-1"),
        ("R2", "P1", "C1", 2, "fine", "2025-01-14", "0", "1"),
        ("", "", "", "", '"a, b"', "", "", ""),
    ]
    quoted = ['"' + '","'.join(str(value).replace('"', '""') for value in row) + '"\n' for row in rows]
    lake.put("reviews", DATE, "a.csv", HEADER + "".join(quoted))

    report = lake.etl("reviews", "r-1", DATE)

    assert lake.rows("processed", "reviews", "review_id", "review_text", "verified_purchase", branch=BRANCH) == [
        ("R1", "newer", None),
        ("R2", "fine", False),
    ]
    assert [(line["record"], line["reasons"]) for line in lake.quarantined("reviews", DATE)] == [
        (4, ["rating.maximum", "verified_purchase.type", "helpful_votes.minimum"]),
        (
            6,
            [
                "review_id.required",
                "product_id.required",
                "customer_id.required",
                "rating.required",
                "review_date.required",
            ],
        ),
    ]
    assert lake.quarantined("reviews", DATE)[1]["raw"] == '"","","","","""a, b""","","",""'
    assert report["rows"] == {"in": 6, "out": 2, "quarantined": 2, "duplicates": 2}
