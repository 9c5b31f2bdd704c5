-- What the sales of a period are made of: value classes, weekends, business hours, what came back.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'.
-- Partitions: those of the period, by transaction_date: a file holds one day, and its bounds say which.
-- Shares are of completed orders, the return rate of all; business hours are 9 to 17 UTC on weekdays.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
),
sales AS (
  SELECT
    count(*) AS sales,
    count(*) FILTER (WHERE status = 'completed') AS orders,
    sum(CASE WHEN status = 'completed' THEN total_amount END) AS revenue,
    count(*) FILTER (WHERE status <> 'completed') AS returns,
    count(*) FILTER (WHERE status = 'completed' AND revenue_category = 'high') AS high_orders,
    count(*) FILTER (WHERE status = 'completed' AND revenue_category = 'medium') AS medium_orders,
    count(*) FILTER (WHERE status = 'completed' AND revenue_category = 'low') AS low_orders,
    count(*) FILTER (WHERE status = 'completed' AND is_weekend) AS weekend_orders,
    count(*) FILTER (WHERE status = 'completed' AND NOT is_weekend AND transaction_hour BETWEEN 9 AND 16) AS business_hours_orders
  FROM transactions
  CROSS JOIN bounds
  WHERE transaction_date >= bounds.first_day AND transaction_date < bounds.last_day + INTERVAL '1' DAY
)
SELECT
  orders,
  coalesce(revenue, 0) AS revenue,
  high_orders,
  medium_orders,
  low_orders,
  round(CAST(high_orders AS double) / nullif(orders, 0), 4) AS high_share,
  round(CAST(weekend_orders AS double) / nullif(orders, 0), 4) AS weekend_share,
  round(CAST(business_hours_orders AS double) / nullif(orders, 0), 4) AS business_hours_share,
  round(CAST(returns AS double) / nullif(sales, 0), 4) AS return_rate
FROM sales
