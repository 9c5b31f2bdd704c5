from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from typing import Any

from jobs.lake import Lake

DATE = "2025-01-15"
BRANCH = "run_r_1"


def product(product_id: str, **values: Any) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "name": "Pen",
        "category": "Books",
        "brand": "B",
        "price": 10,
        "stock": 5,
        **values,
    }


def test_a_row_comes_out_typed_with_its_category_and_its_stock(lake: Lake) -> None:
    full = product(
        "P1",
        name=" Pen ",
        category=" Vitamins ",
        price=99999999.99,
        stock=2147483647,
        weight_kg=999.99,
        rating=5,
        review_count=0,
        is_active=False,
        colour="red",
    )
    lake.put("products", DATE, "a.json", json.dumps(full) + "\n")

    report = lake.etl("products", "r-1", DATE)

    table = lake.table("processed", "products", BRANCH)
    assert [row.asDict() for row in table.collect()] == [
        {
            "product_id": "P1",
            "name": " Pen ",
            "category": "Vitamins",
            "brand": "B",
            "price": Decimal("99999999.99"),
            "stock": 2147483647,
            "weight_kg": Decimal("999.99"),
            "rating": Decimal("5.0"),
            "review_count": 0,
            "is_active": False,
            "department": "Health & Beauty",
            "margin_band": "high",
            "stock_value": Decimal("214748364678525163.53"),
            "is_out_of_stock": False,
            "is_low_stock": False,
            "source_date": dt.date(2025, 1, 15),
            "processing_timestamp": dt.datetime(2025, 2, 1, 6, 0),
            "processing_date": dt.date(2025, 2, 1),
        }
    ]
    assert [(field.name, field.dataType.simpleString()) for field in table.schema] == [
        ("product_id", "string"),
        ("name", "string"),
        ("category", "string"),
        ("brand", "string"),
        ("price", "decimal(10,2)"),
        ("stock", "int"),
        ("weight_kg", "decimal(5,2)"),
        ("rating", "decimal(2,1)"),
        ("review_count", "int"),
        ("is_active", "boolean"),
        ("department", "string"),
        ("margin_band", "string"),
        ("stock_value", "decimal(20,2)"),
        ("is_out_of_stock", "boolean"),
        ("is_low_stock", "boolean"),
        ("source_date", "date"),
        ("processing_timestamp", "timestamp"),
        ("processing_date", "date"),
    ]
    assert report["rows"] == {"in": 1, "out": 1, "quarantined": 0, "duplicates": 0}


def test_lines_an_array_and_an_object_hold_the_same_records(lake: Lake) -> None:
    """Stock at the thresholds; of a product that is there twice, the last in file order stays."""
    lake.put("products", DATE, "a.json", json.dumps([product("P1", stock=0), product("P2", stock=1), 7, "x"], indent=2))
    lake.put("products", DATE, "b.json", json.dumps(product("P3", stock=10), indent=2))
    lake.put(
        "products",
        DATE,
        "c.json.gz",
        gzip.compress(
            "\n".join(
                [
                    json.dumps(product("P4", stock=11, category="Unheard of")),
                    "",
                    json.dumps(product("P1", stock=-1)),
                    '{"product_id": "P5",',
                    json.dumps(product("P2", stock=0, category="Men's Clothing")),
                    json.dumps(product("P6", price=1.005, stock="7")),
                ]
            ).encode()
        ),
    )

    report = lake.etl("products", "r-1", DATE)

    columns = ("product_id", "department", "margin_band", "stock_value", "is_out_of_stock", "is_low_stock")
    assert lake.rows("processed", "products", *columns, branch=BRANCH) == [
        ("P1", "Media", "low", Decimal("0.00"), True, False),
        ("P2", "Fashion", "high", Decimal("0.00"), True, False),
        ("P3", "Media", "low", Decimal("100.00"), False, True),
        ("P4", None, None, Decimal("110.00"), False, False),
    ]
    places = [(line["file"][-9:], line["record"], line["line"], line["reasons"], line["raw"]) for line in
              lake.quarantined("products", DATE)]  # fmt: skip
    assert places == [
        ("15/a.json", 3, 18, ["record.parse"], "7"),
        ("15/a.json", 4, 19, ["record.parse"], '"x"'),
        ("c.json.gz", 2, 3, ["stock.minimum"], json.dumps(product("P1", stock=-1))),
        ("c.json.gz", 3, 4, ["record.parse"], '{"product_id": "P5",'),
        ("c.json.gz", 5, 6, ["price.type", "stock.type"], json.dumps(product("P6", price=1.005, stock="7"))),
    ]
    assert report["rows"] == {"in": 10, "out": 4, "quarantined": 5, "duplicates": 1}
    files = lake.data_files("processed", "products", BRANCH)
    assert {day: len(names) for day, names in files.items()} == {(): 1}
