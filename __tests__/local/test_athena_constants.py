"""A join to a row of constants is the constants, as in Trino; anything else is left as it is."""

from __future__ import annotations

import pytest
import sqlglot
from commerce_lake_local.athena.constants import with_constants_in_place

_ROW = "WITH b AS (SELECT 1 AS x, DATE '2025-01-01' AS d)"


def in_place(sql: str) -> str:
    return with_constants_in_place(sqlglot.parse_one(sql, read="athena")).sql("athena")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("t.a FROM t CROSS JOIN b WHERE t.a >= b.x", "t.a FROM t WHERE t.a >= (1)"),
        ("a, B.X FROM t, b WHERE a < b.d", "a, (1) AS X FROM t WHERE a < (CAST('2025-01-01' AS DATE))"),
        ("u FROM b CROSS JOIN UNNEST(ARRAY[b.x]) AS v(u)", "u FROM UNNEST(ARRAY[(1)]) AS v(u)"),
        ("a FROM t JOIN u USING (k) CROSS JOIN b WHERE a = b.x", "a FROM t JOIN u USING (k) WHERE a = (1)"),
        ("a FROM (SELECT a FROM t, b WHERE a = b.x) AS s", "a FROM (SELECT a FROM t WHERE a = (1)) AS s"),
    ],
)
def test_the_constants_stand_where_the_row_was(query: str, expected: str) -> None:
    assert in_place(f"{_ROW} SELECT {query}") == sqlglot.parse_one(f"{_ROW} SELECT {expected}", read="athena").sql(
        "athena"
    )


@pytest.mark.parametrize(
    "query",
    [
        f"{_ROW} SELECT t.a FROM t CROSS JOIN b WHERE t.a >= x",
        f"{_ROW} SELECT * FROM t CROSS JOIN b",
        f"{_ROW} SELECT t.a FROM t LEFT JOIN b ON t.a = b.x",
        f"{_ROW} SELECT b.x FROM b",
        f"{_ROW} SELECT t.a FROM t CROSS JOIN b AS c WHERE t.a = c.x",
        f"{_ROW} SELECT t.a FROM t CROSS JOIN db.b WHERE t.a = b.x",
        "WITH b AS (SELECT rand() AS x) SELECT t.a FROM t CROSS JOIN b WHERE t.a >= b.x",
        "WITH b AS (SELECT max(a) AS x FROM t) SELECT t.a FROM t CROSS JOIN b WHERE t.a >= b.x",
        "WITH b AS (SELECT 1 AS x LIMIT 0) SELECT t.a FROM t CROSS JOIN b WHERE t.a >= b.x",
        "WITH b AS (SELECT 1 AS x WHERE false) SELECT t.a FROM t CROSS JOIN b WHERE t.a >= b.x",
        "WITH b (x) AS (SELECT 1) SELECT t.a FROM t CROSS JOIN b WHERE t.a >= b.x",
    ],
)
def test_anything_else_stays(query: str) -> None:
    assert in_place(query) == sqlglot.parse_one(query, read="athena").sql("athena")
