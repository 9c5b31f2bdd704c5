"""Trino functions that DuckDB has not, or has with another meaning, as DuckDB macros.

See https://trino.io/docs/current/functions.html
"""

from __future__ import annotations

# A division by zero is an error in Trino, and NULL in DuckDB.
_DIVISION_BY_ZERO = "error('DIVISION_BY_ZERO: Division by zero')"

MACROS = (
    f"trino_divide(a, b) AS CASE WHEN b = 0 THEN {_DIVISION_BY_ZERO} ELSE a // b END",
    f"trino_modulus(a, b) AS CASE WHEN b = 0 THEN {_DIVISION_BY_ZERO} ELSE a % b END",
    # Inside TRY, in which DuckDB wants no function that may raise.
    "trino_try_divide(a, b) AS a // nullif(b, 0)",
    "trino_try_modulus(a, b) AS a % nullif(b, 0)",
    # Both are unscaled integers; the quotient is exact but for its last digit, which is rounded half away from zero.
    f"""trino_divide_unscaled(n, d) AS CASE WHEN d = 0 THEN {_DIVISION_BY_ZERO}
        ELSE sign(n) * sign(d) * ((2 * abs(n) + abs(d)) // (2 * abs(d))) END""",
    """trino_divide_decimal(a, b, up, down, unit) AS trino_divide_unscaled(
        CAST(a * CAST(up AS HUGEINT) AS HUGEINT), CAST(b * CAST(down AS HUGEINT) AS HUGEINT)) * unit""",
    "trino_try_divide_decimal(a, b, up, down, unit) AS trino_divide_decimal(a, nullif(b, 0), up, down, unit)",
    """trino_timestamp(x, digits) AS
        left(strftime(x, '%Y-%m-%d %H:%M:%S.%f'), CASE digits WHEN 0 THEN 19 ELSE 20 + digits END)""",
    """trino_varchar(x, digits) AS CASE typeof(x)
        WHEN 'TIMESTAMP WITH TIME ZONE'
            THEN trino_timestamp(CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ), digits) || ' UTC'
        WHEN 'TIMESTAMP' THEN trino_timestamp(CAST(CAST(x AS VARCHAR) AS TIMESTAMP), digits)
        ELSE CAST(x AS VARCHAR) END""",
    "map_agg(k, v) AS map(list(k), list(v))",
    "set_agg(x) AS list_distinct(list(x))",
    "from_iso8601_date(x) AS CAST(x AS DATE)",
    "is_nan(x) AS isnan(x)",
    "is_finite(x) AS isfinite(x)",
    "is_infinite(x) AS isinf(x)",
    "truncate(x) AS trunc(x)",
    "to_iso8601(x) AS CAST(x AS VARCHAR)",
    "to_utf8(x) AS encode(x)",
    "from_utf8(x) AS decode(x)",
    "to_hex(x) AS hex(x)",
    "from_hex(x) AS unhex(x)",
    "to_base64(x) AS base64(x)",
    "array_distinct(x) AS list_distinct(x)",
    "array_join(x, separator) AS array_to_string(x, separator)",
    "array_position(x, item) AS coalesce(list_position(x, item), 0)",
    "array_sort(x) AS list_sort(x)",
    "array_max(x) AS list_max(x)",
    "array_min(x) AS list_min(x)",
    "arrays_overlap(a, b) AS list_has_any(a, b)",
    "codepoint(x) AS unicode(x)",
    "width_bucket(x, low, high, n) AS CAST(CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 "
    "ELSE floor((x - low) / (high - low) * n) + 1 END AS BIGINT)",
    "every(x) AS bool_and(x)",
    "geometric_mean(x) AS exp(avg(ln(x)))",
    "current_timezone() AS 'UTC'",
)
