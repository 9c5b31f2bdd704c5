"""What the curated tables of the query benchmark hold, as DuckDB makes it: a year of a shop, spread as shops are."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_DAY = "DATE '2024-02-01'"
DAYS = 365

CSV_COLUMNS: Mapping[str, str] = {
    "transaction_id": "string",
    "customer_id": "string",
    "product_id": "string",
    "quantity": "int",
    "price": "decimal(10,2)",
    "total_amount": "decimal(10,2)",
    "transaction_date": "timestamp",
    "status": "string",
}
"""The sales as their source sends them."""

UNMASKED = {"customer_id": "customer"}
"""By the column that the table has masked, the one of the select that the source sends."""

_PSEUDONYM = "md5({of})"
"""As long as the merge's, and as random."""

_OF_BATCH = """CAST({day} AS DATE) AS source_date,
  CAST({day} AS TIMESTAMPTZ) + INTERVAL 30 HOUR AS processing_timestamp, CAST({day} + 1 AS DATE) AS processing_date"""
_PARTS = "year({day}) AS year, month({day}) AS month, day({day}) AS day"
_CATEGORIES = """['Audio', 'Automotive', 'Baby', 'Beauty', 'Books', 'Garden', 'Games', 'Grocery', 'Office', 'Sports']"""


def selects(rows: int) -> dict[str, str]:
    """The rows of each table, by its name; `{days}` stands for a range of days, counted from the first.

    Args:
        rows: Sales; a customer makes eight, one in ten is reviewed, there is an event for every other.
    """
    a_day = rows // DAYS
    products, customers = max(500, min(20_000, rows // 20)), rows // 8
    # The same numbers in every run: hashes instead of chance. A few products and customers make most of the sales.
    day = f"({FIRST_DAY} + CAST(d AS INTEGER))"
    unit = "(hash(n * 31 + {salt}) % 1000000) / 1e6"
    skewed = "CAST(floor(pow({unit}, 3) * {count}) AS BIGINT)"
    product = skewed.format(unit=unit.format(salt=1), count=products)
    number = skewed.format(unit=unit.format(salt=2), count=customers)
    customer = f"'C' || lpad(CAST({number} AS VARCHAR), 7, '0')"
    numbers = f"(SELECT d, d * {a_day} + i AS n FROM range({DAYS}) r(d), range({a_day}) s(i) WHERE d BETWEEN {{days}})"
    batch, parts = _OF_BATCH.format(day="sold"), _PARTS.format(day="sold")
    sales = f"""
SELECT *, CASE WHEN total_amount >= 100 THEN 'high' WHEN total_amount >= 50 THEN 'medium' ELSE 'low' END
    AS revenue_category, CAST(hour(transaction_date) AS INTEGER) AS transaction_hour,
  CAST(dayofweek(sold) + 1 AS INTEGER) AS day_of_week, dayofweek(sold) IN (0, 6) AS is_weekend, {batch}, {parts}
FROM (
  SELECT {day} AS sold, 'T' || lpad(CAST(n AS VARCHAR), 12, '0') AS transaction_id,
    {customer} AS customer, {_PSEUDONYM.format(of="customer")} AS customer_id,
    'P' || lpad(CAST(p AS VARCHAR), 6, '0') AS product_id,
    'Product of the shop ' || p AS product_name, {_CATEGORIES}[p % 10 + 1] AS category, 'Brand ' || p % 25 AS brand,
    'Department ' || p % 4 AS department, CAST(1 + n % 3 AS INTEGER) AS quantity,
    CAST(2 + hash(p) % 9000 / 100 AS DECIMAL(10, 2)) AS price,
    CAST((1 + n % 3) * price AS DECIMAL(10, 2)) AS total_amount,
    CAST({day} AS TIMESTAMPTZ) + to_seconds(CAST(hash(n) % 79200 AS BIGINT)) AS transaction_date,
    CASE WHEN n % 12 = 5 THEN 'returned' WHEN n % 25 = 7 THEN 'refunded' ELSE 'completed' END AS status
  FROM (SELECT d, n, {product} AS p FROM {numbers})
)"""
    events = f"""
SELECT 'V' || n // 5 AS visit_id, CAST(n % 5 AS INTEGER) AS visit_event, 'S' || n // 5 AS session_id,
  CASE WHEN n % 3 = 0 THEN {_PSEUDONYM.format(of=customer)} END AS customer_id,
  ['page_view', 'product_view', 'add_to_cart', 'search', 'purchase'][n % 5 + 1] AS event_type,
  '/product/' || {product} AS page,
  CAST({day} AS TIMESTAMPTZ) + to_seconds(CAST(hash(n) % 79200 AS BIGINT)) AS timestamp, 'mobile' AS device,
  'Firefox' AS browser, '10.0.' || n % 200 || '.0' AS ip_address, 'Firefox' AS user_agent,
  CAST(hash(n) % 79200 // 3600 AS INTEGER) AS hour, {_OF_BATCH.format(day=day)}, {_PARTS.format(day=day)}
FROM (SELECT * FROM {numbers} WHERE n % 2 = 0)"""
    reviews = f"""
SELECT 'R' || lpad(CAST(n AS VARCHAR), 12, '0') AS review_id,
  'P' || lpad(CAST({product} AS VARCHAR), 6, '0') AS product_id,
  'Product of the shop ' || {product} AS product_name, {_CATEGORIES}[{product} % 10 + 1] AS category,
  {_PSEUDONYM.format(of=customer)} AS customer_id, CAST(1 + hash(n) % 5 AS INTEGER) AS rating,
  {day} AS review_date, n % 4 <> 0 AS verified_purchase, CAST(n % 17 AS INTEGER) AS helpful_votes,
  {_OF_BATCH.format(day=day)}, {_PARTS.format(day=day)}
FROM (SELECT * FROM {numbers} WHERE n % 10 = 0)"""
    funnel = f"""
SELECT {a_day} AS sessions, {a_day // 2} AS product_view_sessions, {a_day // 5} AS cart_sessions,
  {a_day // 10} AS checkout_sessions, {a_day // 20} AS purchase_sessions, {a_day // 3} AS bounced_sessions,
  0.5 AS product_view_rate, 0.2 AS cart_rate, 0.1 AS checkout_rate, 0.05 AS conversion_rate, 0.33 AS bounce_rate,
  180.0 AS average_duration_seconds, {_PARTS.format(day=day)}
FROM range({DAYS}) r(d) WHERE d BETWEEN {{days}}"""
    last_batch = _OF_BATCH.format(day=f"({FIRST_DAY} + {DAYS - 1})")
    catalogue = f"""
SELECT 'P' || lpad(CAST(n AS VARCHAR), 6, '0') AS product_id, 'Product of the shop ' || n AS name,
  {_CATEGORIES}[n % 10 + 1] AS category, 'Brand ' || n % 25 AS brand,
  CAST(2 + hash(n) % 9000 / 100 AS DECIMAL(10, 2)) AS price,
  CAST(hash(n) % 300 AS INTEGER) AS stock, 1.25 AS weight_kg, 4.1 AS rating, 12 AS review_count,
  n % 30 <> 0 AS is_active,
  'Department ' || n % 4 AS department, 'medium' AS margin_band, CAST(100 AS DECIMAL(20, 2)) AS stock_value,
  hash(n) % 300 = 0 AS is_out_of_stock, hash(n) % 300 BETWEEN 1 AND 10 AS is_low_stock,
  n % 400 AS units_sold_30d,
  (hash(n) % 300) / greatest(n % 400, 1) * 30.0 AS days_of_cover, 12 AS reviews,
  CAST(4.1 AS DECIMAL(3, 2)) AS average_rating,
  9 AS verified_reviews, {last_batch}
FROM range({products}) r(n)"""
    someone = "'C' || lpad(CAST(n AS VARCHAR), 7, '0')"
    people = f"""
SELECT {_PSEUDONYM.format(of=someone)} AS customer_id, CAST({FIRST_DAY} AS TIMESTAMPTZ) AS first_order_at,
  CAST({FIRST_DAY} + {DAYS - 1} AS TIMESTAMPTZ) AS last_order_at, 1 + hash(n) % 16 AS orders, 1 + hash(n) % 40 AS units,
  CAST(hash(n) % 900000 / 100 AS DECIMAL(20, 2)) AS lifetime_value, CAST(50 AS DECIMAL(20, 2)) AS average_order_value,
  hash(n) % 3 AS returned_orders, 'regular' AS segment
FROM range({customers}) r(n)"""
    return {
        "transactions": sales,
        "clickstream": events,
        "reviews": reviews,
        "funnel_daily": funnel,
        "products": catalogue,
        "customers": people,
    }
