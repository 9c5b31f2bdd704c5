-- Revenue by day with its means over 7 and 28 days and its change against the same weekday a week before.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'.
-- Partitions: those of the period, by transaction_date: a file holds one day, and its bounds say which.
-- The first week has no week before it, and the means of the first days are of the days so far.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
),
period AS (
  SELECT CAST(d AS date) AS date, year(d) AS year, month(d) AS month, day(d) AS day
  FROM bounds
  CROSS JOIN UNNEST(sequence(bounds.first_day, bounds.last_day, INTERVAL '1' DAY)) AS days (d)
),
sales AS (
  SELECT year, month, day, count(*) AS orders, sum(total_amount) AS revenue
  FROM transactions
  CROSS JOIN bounds
  WHERE transaction_date >= bounds.first_day AND transaction_date < bounds.last_day + INTERVAL '1' DAY AND status = 'completed'
  GROUP BY year, month, day
),
-- Days without a sale count as 0, or the means would be too high.
days AS (
  SELECT period.date, coalesce(sales.orders, 0) AS orders, coalesce(sales.revenue, 0) AS revenue
  FROM period
  LEFT JOIN sales ON sales.year = period.year AND sales.month = period.month AND sales.day = period.day
),
trend AS (
  SELECT
    date,
    orders,
    revenue,
    avg(CAST(revenue AS double)) OVER (ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS seven_day_mean,
    avg(CAST(revenue AS double)) OVER (ORDER BY date ROWS BETWEEN 27 PRECEDING AND CURRENT ROW) AS four_week_mean,
    CAST(lag(revenue, 7) OVER (ORDER BY date) AS double) AS week_before
  FROM days
)
SELECT
  date,
  orders,
  revenue,
  round(seven_day_mean, 2) AS seven_day_mean,
  round(four_week_mean, 2) AS four_week_mean,
  round(CAST(revenue AS double) / nullif(week_before, 0) - 1, 4) AS change_on_week_before
FROM trend
ORDER BY date
