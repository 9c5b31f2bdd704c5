"""What the words of a query mean: pairs of a query and the answer that Athena gives, with where that is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commerce_lake_local.athena.catalog import Catalog
from commerce_lake_local.athena.engine import EngineSettings, QueryEngine, QueryRun, parse_statement
from commerce_lake_local.athena.errors import InvalidRequestException, QueryError
from commerce_lake_local.athena.results import Row

_TRINO = "https://trino.io/docs/current"
_DECIMAL = f"{_TRINO}/functions/decimal.html"
_MATH = f"{_TRINO}/functions/math.html"
_DATE = f"{_TRINO}/functions/datetime.html"
_SELECT = f"{_TRINO}/sql/select.html"
_AGGREGATE = f"{_TRINO}/functions/aggregate.html"
_CONVERSION = f"{_TRINO}/functions/conversion.html"
_ARRAY = f"{_TRINO}/functions/array.html"
_STRING = f"{_TRINO}/functions/string.html"
_LANGUAGE = f"{_TRINO}/language/types.html"
_FUNCTIONS = f"{_TRINO}/functions.html"
_LIST = f"{_TRINO}/functions/list.html"
_ERRORS = (
    "https://github.com/trinodb/trino/blob/master/core/trino-spi/src/main/java/io/trino/spi/StandardErrorCode.java"
)
_ATHENA = "https://docs.aws.amazon.com/athena/latest/ug"
_ATHENA_TYPES = f"{_ATHENA}/data-types.html"
_ATHENA_SELECT = f"{_ATHENA}/select.html"
_START = "https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html"


class Engine:
    """Queries without tables."""

    def __init__(self, folder: Path) -> None:
        self._engine = QueryEngine(Catalog(None, None, {}), None, EngineSettings("500MB", 1, folder))

    def ask(self, sql: str) -> tuple[list[str], list[str], list[Row]]:
        with self._engine.run(parse_statement(sql), None, QueryRun()) as (columns, rows):
            kinds = [_kind(column.info()) for column in columns]
            return [column.name for column in columns], kinds, list(rows)


def _kind(info: dict[str, Any]) -> str:
    return f"decimal({info['Precision']},{info['Scale']})" if info["Type"] == "decimal" else str(info["Type"])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    yield Engine(tmp_path_factory.mktemp("spill"))


# Expression, value, type, where it is written.
EXPRESSIONS: list[tuple[str, str | None, str, str]] = [
    # Integer division truncates, of negative numbers too.
    ("7 / 2", "3", "integer", _MATH),
    ("-7 / 2", "-3", "integer", _MATH),
    ("7 % 4", "3", "integer", _MATH),
    ("-7 % 4", "-3", "integer", _MATH),
    ("7 / 2e0", "3.5", "double", _MATH),
    ("1e0 / 0", "Infinity", "double", _MATH),
    ("-1e0 / 0", "-Infinity", "double", _MATH),
    ("0e0 / 0", "NaN", "double", _MATH),
    # A decimal division keeps the larger scale and rounds half away from zero.
    ("7 / 2.0", "3.5", "decimal", _DECIMAL),
    ("2.01 / 2", "1.01", "decimal", _DECIMAL),
    ("-2.01 / 2", "-1.01", "decimal", _DECIMAL),
    ("1 / 3.00", "0.33", "decimal", _DECIMAL),
    ("2 / 3.00", "0.67", "decimal", _DECIMAL),
    ("CAST(10 AS decimal(10,2)) / CAST(3 AS decimal(5,4))", "3.3333", "decimal", _DECIMAL),
    ("1.50 * 2.5", "3.750", "decimal", _DECIMAL),
    ("1.50 + 2.5", "4.00", "decimal", _DECIMAL),
    ("1.5", "1.5", "decimal(2,1)", _DECIMAL),
    # Numbers.
    ("round(2.5e0)", "3.0", "double", _MATH),
    ("round(-2.5e0)", "-3.0", "double", _MATH),
    ("round(2.55, 1)", "2.60", "decimal(4,2)", _MATH),
    ("round(-2.55)", "-3", "decimal(2,0)", _MATH),
    ("abs(-1.50)", "1.50", "decimal(3,2)", _MATH),
    ("CAST(2.5e0 AS integer)", "3", "integer", _CONVERSION),
    ("CAST(-2.5e0 AS integer)", "-3", "integer", _CONVERSION),
    ("CAST(3.5 AS integer)", "4", "integer", _CONVERSION),
    ("TRY_CAST('x' AS integer)", None, "integer", _CONVERSION),
    ("TRY(1 / 0)", None, "integer", f"{_TRINO}/functions/conditional.html"),
    ("CAST(12345 AS varchar(3))", "123", "varchar", _CONVERSION),
    ("CAST(true AS varchar)", "true", "varchar", _CONVERSION),
    ("greatest(1, NULL)", None, "integer", f"{_TRINO}/functions/comparison.html"),
    ("least(2, 1)", "1", "integer", f"{_TRINO}/functions/comparison.html"),
    # How values are written.
    ("1e10", "1.0E10", "double", _ATHENA_TYPES),
    ("1e7", "1.0E7", "double", _ATHENA_TYPES),
    ("9999999e0", "9999999.0", "double", _ATHENA_TYPES),
    ("1e-3", "0.001", "double", _ATHENA_TYPES),
    ("1e-4", "1.0E-4", "double", _ATHENA_TYPES),
    ("0e0", "0.0", "double", _ATHENA_TYPES),
    ("CAST(0.1 AS real)", "0.1", "float", _ATHENA_TYPES),
    ("true", "true", "boolean", _ATHENA_TYPES),
    ("CAST(1 AS bigint)", "1", "bigint", _ATHENA_TYPES),
    ("DATE '2025-01-15'", "2025-01-15", "date", _ATHENA_TYPES),
    ("TIMESTAMP '2025-01-15 10:00:00'", "2025-01-15 10:00:00.000", "timestamp", _ATHENA_TYPES),
    ("ARRAY[1, NULL]", "[1, null]", "array", _ATHENA_TYPES),
    ("MAP(ARRAY['a'], ARRAY[1])", "{a=1}", "map", _ATHENA_TYPES),
    ("ROW(1, 'x')", "{field0=1, field1=x}", "row", _ATHENA_TYPES),
    ("X'0AFF'", "0a ff", "varbinary", _ATHENA_TYPES),
    ("NULL", None, "unknown", _ATHENA_TYPES),
    # Dates.
    ("date_diff('day', TIMESTAMP '2020-03-01 23:00', TIMESTAMP '2020-03-02 01:00')", "0", "bigint", _DATE),
    ("date_diff('day', DATE '2020-03-01', DATE '2020-03-02')", "1", "bigint", _DATE),
    ("date_diff('hour', TIMESTAMP '2020-03-01 00:30', TIMESTAMP '2020-03-01 02:00')", "1", "bigint", _DATE),
    ("date_add('month', 1, DATE '2025-01-31')", "2025-02-28", "date", _DATE),
    ("DATE '2025-01-31' + INTERVAL '1' DAY", "2025-02-01", "date", _DATE),
    ("DATE '2025-03-01' - INTERVAL '1' DAY", "2025-02-28", "date", _DATE),
    ("date_trunc('month', DATE '2025-01-15')", "2025-01-01", "date", _DATE),
    ("date_trunc('week', DATE '2025-01-15')", "2025-01-13", "date", _DATE),
    ("day_of_week(DATE '2025-01-12')", "7", "bigint", _DATE),
    ("year(DATE '2025-01-12')", "2025", "bigint", _DATE),
    ("date_format(TIMESTAMP '2025-01-15 10:05:00', '%Y-%m %H:%i')", "2025-01 10:05", "varchar", _DATE),
    ("date_parse('15/01/2025', '%d/%m/%Y')", "2025-01-15 00:00:00.000", "timestamp", _DATE),
    ("CAST(TIMESTAMP '2025-01-15 10:00:00' AS varchar)", "2025-01-15 10:00:00", "varchar", _DATE),
    ("CAST(TIMESTAMP '2025-01-15 10:00:00.123' AS varchar)", "2025-01-15 10:00:00.123", "varchar", _DATE),
    ("CAST(from_iso8601_timestamp('2025-01-15T10:00:00Z') AS date)", "2025-01-15", "date", _DATE),
    ("to_unixtime(TIMESTAMP '1970-01-01 00:00:01')", "1.0", "double", _DATE),
    ("date_diff('month', DATE '2025-01-31', DATE '2025-02-28')", "1", "bigint", _DATE),
    ("date_diff('week', DATE '2025-01-01', DATE '2025-01-14')", "1", "bigint", _DATE),
    ("date_diff('day', TIMESTAMP '2025-01-02 01:00', TIMESTAMP '2025-01-01 23:00')", "0", "bigint", _DATE),
    ("extract(dow FROM DATE '2025-01-12')", "7", "bigint", _DATE),
    ("week(DATE '2024-12-30')", "1", "bigint", _DATE),
    ("day_of_year(DATE '2025-02-01')", "32", "bigint", _DATE),
    ("last_day_of_month(DATE '2025-02-03')", "2025-02-28", "date", _DATE),
    ("date_trunc('hour', TIMESTAMP '2025-01-15 10:11:12')", "2025-01-15 10:00:00.000", "timestamp", _DATE),
    ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC", "timestamp with time zone", _DATE),
    # Text.
    ("substr('abc', 0)", "", "varchar", _STRING),
    ("substr('abc', -2)", "bc", "varchar", _STRING),
    ("substr('abc', 5)", "", "varchar", _STRING),
    ("codepoint('a')", "97", "integer", _STRING),
    ("concat('a', CAST(NULL AS varchar))", None, "varchar", _STRING),
    ("lpad('abc', 2, 'x')", "ab", "varchar", _STRING),
    ("regexp_extract('a1b2', '\\d+')", "1", "varchar", f"{_TRINO}/functions/regexp.html"),
    ("length('zoë')", "3", "bigint", _STRING),
    ("substr('hello', 2, 3)", "ell", "varchar", _STRING),
    ("strpos('hello', 'l')", "3", "bigint", _STRING),
    ("split('a,b', ',')[2]", "b", "varchar", _STRING),
    ("split_part('a,b', ',', 1)", "a", "varchar", _STRING),
    ("regexp_replace('aaa', 'a', 'b')", "bbb", "varchar", f"{_TRINO}/functions/regexp.html"),
    ("regexp_like('abc', 'b')", "true", "boolean", f"{_TRINO}/functions/regexp.html"),
    ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1", "varchar", f"{_TRINO}/functions/json.html"),
    ("concat('a', 'b')", "ab", "varchar", _STRING),
    ("'a' || CAST(NULL AS varchar)", None, "varchar", _STRING),
    # Collections.
    ("cardinality(ARRAY[1, 2])", "2", "bigint", _ARRAY),
    ("element_at(MAP(ARRAY['k'], ARRAY[1]), 'none')", None, "integer", f"{_TRINO}/functions/map.html"),
    ("transform(ARRAY[1, 2], x -> x + 1)", "[2, 3]", "array", _ARRAY),
    ("array_join(ARRAY['a', 'b'], '-')", "a-b", "varchar", _ARRAY),
    ("sequence(DATE '2025-01-31', DATE '2025-02-01')", "[2025-01-31, 2025-02-01]", "array", _ARRAY),
    ("ARRAY[1, 2][2]", "2", "integer", _ARRAY),
    ("element_at(ARRAY[1, 2], 3)", None, "integer", _ARRAY),
    ("element_at(ARRAY[1, 2], -1)", "2", "integer", _ARRAY),
    ("MAP(ARRAY['a'], ARRAY[1])['a']", "1", "integer", f"{_TRINO}/functions/map.html"),
    ("contains(ARRAY[1, 2], 2)", "true", "boolean", _ARRAY),
    # Conditions.
    ("coalesce(NULL, 1)", "1", "integer", f"{_TRINO}/functions/conditional.html"),
    ("nullif(1, 1)", None, "integer", f"{_TRINO}/functions/conditional.html"),
    ("if(1 > 2, 'a', 'b')", "b", "varchar", f"{_TRINO}/functions/conditional.html"),
    ("1 IN (2, NULL)", None, "boolean", f"{_TRINO}/functions/comparison.html"),
    ("'abc' LIKE 'a_c'", "true", "boolean", f"{_TRINO}/functions/comparison.html"),
]


@pytest.mark.parametrize(("expression", "value", "kind", "reference"), EXPRESSIONS)
def test_expression(engine: Engine, expression: str, value: str | None, kind: str, reference: str) -> None:
    names, kinds, rows = engine.ask(f"SELECT {expression}")
    assert rows == [[value]], reference
    assert kinds[0].partition("(")[0] == kind if kind == "decimal" else kinds == [kind], reference
    assert names == ["_col0"]


_SALES = "(VALUES (1, 'a', CAST(1.00 AS decimal(10,2))), (2, 'a', 1.01), (3, 'b', 2.00)) AS t (id, kind, amount)"

# Query, rows, where it is written.
QUERIES: list[tuple[str, list[list[str | None]], str]] = [
    # Nulls come last, whatever the direction.
    ("SELECT x FROM (VALUES 1, NULL, 3) AS t (x) ORDER BY x", [["1"], ["3"], [None]], _SELECT),
    ("SELECT x FROM (VALUES 1, NULL, 3) AS t (x) ORDER BY x DESC", [["3"], ["1"], [None]], _SELECT),
    ("SELECT x FROM (VALUES 1, NULL, 3) AS t (x) ORDER BY x NULLS FIRST", [[None], ["1"], ["3"]], _SELECT),
    # Averages and sums of decimals keep their scale; sums of integers are integers.
    (f"SELECT avg(amount), sum(amount), sum(amount) / count(*) FROM {_SALES}", [["1.34", "4.01", "1.34"]], _DECIMAL),
    (f"SELECT avg(amount) FILTER (WHERE id > 1) FROM {_SALES}", [["1.51"]], _AGGREGATE),
    (f"SELECT id, avg(amount) OVER (PARTITION BY kind) FROM {_SALES} ORDER BY 1 LIMIT 1", [["1", "1.01"]], _AGGREGATE),
    ("SELECT avg(x) FROM (VALUES CAST(1.5 AS decimal(3,1))) AS t (x) WHERE x > 2", [[None]], _AGGREGATE),
    (f"SELECT sum(id), avg(id), sum(id) / count(*) FROM {_SALES}", [["6", "2.0", "2"]], _AGGREGATE),
    (f"SELECT approx_distinct(kind), count(DISTINCT ROW(kind, id)) FROM {_SALES}", [["2", "3"]], _AGGREGATE),
    (f"SELECT max_by(kind, id), min_by(kind, id), arbitrary(1) FROM {_SALES}", [["b", "a", "1"]], _AGGREGATE),
    (f"SELECT count_if(id > 1), bool_or(id > 2), every(id > 0) FROM {_SALES}", [["2", "true", "true"]], _AGGREGATE),
    (f"SELECT array_agg(id ORDER BY id DESC), map_agg(id, kind)[3] FROM {_SALES}", [["[3, 2, 1]", "b"]], _AGGREGATE),
    (f"SELECT listagg(kind, ',') WITHIN GROUP (ORDER BY id) FROM {_SALES}", [["a,a,b"]], _AGGREGATE),
    (f"SELECT approx_percentile(id, 0.5) FROM {_SALES}", [["2"]], _AGGREGATE),
    (f"SELECT kind, count(*) FROM {_SALES} GROUP BY 1 HAVING count(*) > 1", [["a", "2"]], _SELECT),
    (
        f"SELECT kind, sum(id) FROM {_SALES} GROUP BY ROLLUP (kind) ORDER BY 1",
        [["a", "3"], ["b", "3"], [None, "6"]],
        _SELECT,
    ),
    ("SELECT e, n FROM UNNEST(ARRAY[7, 8]) WITH ORDINALITY AS u (e, n) ORDER BY n", [["7", "1"], ["8", "2"]], _SELECT),
    ("SELECT x / y FROM (VALUES (7, 2)) AS t (x, y)", [["3"]], _MATH),
    ("WITH a AS (SELECT 7 AS x), b AS (SELECT x / 2 AS h FROM a) SELECT h, h * 1.5 FROM b", [["3", "4.5"]], _SELECT),
    (
        "WITH t AS (SELECT 1 AS x) SELECT (SELECT max(x) FROM t), EXISTS (SELECT 1 FROM t WHERE x > 1)",
        [["1", "false"]],
        _SELECT,
    ),
    (
        "SELECT x FROM (VALUES 1, 2) AS t (x) WHERE x IN (SELECT y + 1 FROM (VALUES 1) AS u (y) WHERE y < t.x)",
        [["2"]],
        _SELECT,
    ),
    # Words that are reserved in DuckDB, and not in Athena.
    (
        'SELECT pivot, "end" AS at, summarize AS qualify FROM (VALUES (1, 2, 3)) AS t (pivot, "end", summarize)',
        [["1", "2", "3"]],
        _SELECT,
    ),
    ("SELECT 1 UNION ALL SELECT 2 ORDER BY 1 DESC", [["2"], ["1"]], _SELECT),
    ("SELECT x FROM (VALUES 1, 2, 3) AS t (x) ORDER BY x OFFSET 1 LIMIT 1", [["2"]], _SELECT),
    (
        "SELECT CAST(d AS date) FROM UNNEST(sequence(DATE '2025-01-31', DATE '2025-02-01', INTERVAL '1' DAY)) AS s (d)",
        [["2025-01-31"], ["2025-02-01"]],
        _ARRAY,
    ),
]


@pytest.mark.parametrize(("query", "rows", "reference"), QUERIES)
def test_query(engine: Engine, query: str, rows: list[Row], reference: str) -> None:
    assert engine.ask(query)[2] == rows, reference


def test_columns_keep_their_names_and_unnamed_ones_are_numbered(engine: Engine) -> None:
    names, _, _ = engine.ask("SELECT 1 AS a, 2, t.x, upper(t.x), t.*, 3 AS \"B c\" FROM (VALUES 'v') AS t (x)")
    assert names == ["a", "_col1", "x", "_col3", "x", "B c"]
    assert engine.ask("SELECT 1 AS id, 2 AS id")[0] == ["id", "id"]
    assert engine.ask("SELECT 1 + 1 UNION SELECT 3")[0] == ["_col0"]


# What DuckDB would answer, and Athena refuses: query, message, and where it is written what may be asked, or how the
# error is called. Where the local Athena alone refuses, what is written there is what Athena answers.
REFUSED: list[tuple[str, str, str]] = [
    ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero", _ERRORS),
    ("SELECT 1.0 / 0", "DIVISION_BY_ZERO: Division by zero", _ERRORS),
    ("SELECT 1 % 0", "DIVISION_BY_ZERO: Division by zero", _ERRORS),
    ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Could not convert string 'x' to INT32", _CONVERSION),
    ("SELECT 2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: Overflow in addition of INT32 (2147483647 + 1)!", _LANGUAGE),
    (
        "SELECT DATE '2025-01-01' = '2025-01-01'",
        "TYPE_MISMATCH: line 1:13: Cannot apply operator: date = varchar",
        _CONVERSION,
    ),
    ("SELECT 1 < '2'", "TYPE_MISMATCH: line 1:8: Cannot apply operator: integer < varchar", _CONVERSION),
    ("SELECT 1 IN ('a')", "TYPE_MISMATCH: line 1:8: Cannot apply operator: integer IN varchar", _CONVERSION),
    (
        "SELECT 1 BETWEEN 0 AND '2'",
        "TYPE_MISMATCH: line 1:8: Cannot apply operator: integer BETWEEN varchar",
        f"{_TRINO}/functions/comparison.html",
    ),
    ("SELECT true = 1", "TYPE_MISMATCH: line 1:15: Cannot apply operator: boolean = integer", _CONVERSION),
    (
        "SELECT x FROM (VALUES 1) AS t (y)",
        "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved or requester is not authorized to access requested "
        "resources",
        _ERRORS,
    ),
    # An alias of the select list is known to ORDER BY alone.
    (
        "SELECT y AS x FROM (VALUES 1) AS t (y) WHERE x = 1",
        "COLUMN_NOT_FOUND: line 1:46: Column 'x' cannot be resolved or requester is not authorized to access requested "
        "resources",
        _SELECT,
    ),
    (
        "SELECT y + 1 AS x, count(*) FROM (VALUES 1) AS t (y) GROUP BY x",
        "COLUMN_NOT_FOUND: line 1:63: Column 'x' cannot be resolved or requester is not authorized to access requested "
        "resources",
        f"{_SELECT}#group-by-clause",
    ),
    (
        "SELECT nosuch(1)",
        "FUNCTION_NOT_FOUND: line 1:8: Function 'nosuch' not registered (or the local Athena does not know it)",
        _FUNCTIONS,
    ),
    (
        "SELECT TIMESTAMP '2025-01-01 00:00:00' AT TIME ZONE 'Europe/Berlin'",
        "NOT_SUPPORTED: line 1:18: The local Athena does not know AT TIME ZONE of anything but a timestamp with time "
        "zone and 'UTC'. Rewrite it, or run it on AWS.",
        _DATE,
    ),
    (
        "SELECT CAST('a' AS char(3))",
        "NOT_SUPPORTED: line 1:13: The local Athena does not know the type char. Rewrite it, or run it on AWS.",
        f"{_LANGUAGE}#char",
    ),
    ("SELECT sum(x) AS s, x FROM (VALUES 1) AS t (x)", "SYNTAX_ERROR: ", f"{_SELECT}#group-by-clause"),
    (
        "SELECT ARRAY[1, 2][3]",
        "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length",
        f"{_ARRAY}#subscript-operator",
    ),
    (
        "SELECT MAP(ARRAY['a'], ARRAY[1])['x']",
        "INVALID_FUNCTION_ARGUMENT: Key not present in map",
        f"{_TRINO}/functions/map.html#subscript-operator",
    ),
    (
        "SELECT 1 || 'a'",
        "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer, varchar) for function concat",
        _STRING,
    ),
    # What other engines know.
    *(
        (f"SELECT {call}", f"FUNCTION_NOT_FOUND: line 1:8: Function '{call.partition('(')[0]}' not registered", _LIST)
        for call in ("len('a')", "ifnull(1, 2)", "list(1)", "string_agg('a', ',')", "median(1)", "nvl(1, 2)")
    ),
    (
        "SELECT * EXCLUDE (x) FROM (VALUES (1, 2)) AS t (x, y)",
        "SYNTAX_ERROR: line 1:8: mismatched input after '*'. Expecting: ',', 'FROM' or the end",
        f"{_SELECT}#select-expressions",
    ),
    (
        "SELECT DISTINCT ON (x) x FROM (VALUES 1) AS t (x)",
        "SYNTAX_ERROR: line 1:21: mismatched input 'ON' after DISTINCT",
        _SELECT,
    ),
    (
        "SELECT x FROM (VALUES 1) AS t (x) TABLESAMPLE BERNOULLI (50)",
        "NOT_SUPPORTED: line 1:58: The local Athena does not know TABLESAMPLE, which gives other rows each time. "
        "Rewrite it, or run it on AWS.",
        f"{_SELECT}#tablesample",
    ),
    (
        "SELECT typeof(1)",
        "NOT_SUPPORTED: line 1:8: The local Athena does not know typeof. Rewrite it, or run it on AWS.",
        f"{_CONVERSION}#typeof",
    ),
    (
        "SELECT to_geometry('x')",
        "FUNCTION_NOT_FOUND: line 1:8: Function 'to_geometry' not registered (or the local Athena does not know it)",
        f"{_TRINO}/functions/geospatial.html",
    ),
    ("SELECT sum('a')", "FUNCTION_NOT_FOUND: Unexpected parameters: ", _AGGREGATE),
]


@pytest.mark.parametrize(("query", "message", "reference"), REFUSED)
def test_refused(engine: Engine, query: str, message: str, reference: str) -> None:
    with pytest.raises(QueryError) as raised:
        engine.ask(query)
    said = str(raised.value)
    assert said == message or (message.endswith(": ") and said.startswith(message)), reference


# Text, message, where it is written.
NO_STATEMENT: list[tuple[str, str, str]] = [
    ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2", _START),
    ("", "Only one sql statement is allowed. Got: ", _START),
    ("SELECT FROM", "line 1:11: mismatched input 'FROM'. Expected table name", _SELECT),
    ("SELECT 1 +", "line 1:10: mismatched input '+'. Incomplete statement", _SELECT),
    ("SELECT 'a", "SYNTAX_ERROR: ", _LANGUAGE),
    # DuckDB's and others' words.
    ("SELECT '1'::int", "line 1:11: mismatched input '::'", _CONVERSION),
    ("SELECT 'A' ILIKE 'a'", "line 1:12: mismatched input 'ILIKE'", f"{_TRINO}/functions/comparison.html"),
    ("SELECT {'a': 1}", "line 1:8: mismatched input '{'", _LANGUAGE),
    ("SELECT [1, 2]", "line 1:8: mismatched input '['", _ARRAY),
    ("SELECT x FROM t LIMIT 1 OFFSET 1", "line 1:25: mismatched input 'OFFSET'", _ATHENA_SELECT),
]


@pytest.mark.parametrize(("statement", "message", "reference"), NO_STATEMENT)
def test_no_statement(statement: str, message: str, reference: str) -> None:
    with pytest.raises(InvalidRequestException) as raised:
        parse_statement(statement)
    assert raised.value.message.startswith(message), reference


def test_a_semicolon_at_the_end_is_no_second_statement(engine: Engine) -> None:
    assert engine.ask("SELECT 1;")[2] == [["1"]]
