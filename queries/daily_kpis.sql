-- Key figures of each day of a period: sales, customers, visits and their conversion, reviews.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'.
-- Partitions: joined on year, month and day, so that the days of the period alone are read.
WITH period AS (
  SELECT CAST(d AS date) AS date, year(d) AS year, month(d) AS month, day(d) AS day
  FROM UNNEST(sequence(CAST(? AS date), CAST(? AS date), INTERVAL '1' DAY)) AS days (d)
),
sales AS (
  SELECT
    year,
    month,
    day,
    count_if(status = 'completed') AS orders,
    count_if(status <> 'completed') AS returns,
    sum(CASE WHEN status = 'completed' THEN quantity END) AS units,
    sum(CASE WHEN status = 'completed' THEN total_amount END) AS revenue,
    count(DISTINCT CASE WHEN status = 'completed' THEN customer_id END) AS customers
  FROM transactions
  JOIN period USING (year, month, day)
  GROUP BY year, month, day
),
opinions AS (
  SELECT year, month, day, count(*) AS reviews, avg(CAST(rating AS double)) AS average_rating
  FROM reviews
  JOIN period USING (year, month, day)
  GROUP BY year, month, day
)
SELECT
  period.date,
  coalesce(sales.orders, 0) AS orders,
  coalesce(sales.units, 0) AS units,
  coalesce(sales.revenue, 0) AS revenue,
  coalesce(sales.customers, 0) AS customers,
  round(CAST(sales.revenue AS double) / nullif(sales.orders, 0), 2) AS average_order_value,
  coalesce(sales.returns, 0) AS returns,
  coalesce(funnel.sessions, 0) AS sessions,
  round(funnel.conversion_rate, 4) AS conversion_rate,
  coalesce(opinions.reviews, 0) AS reviews,
  round(opinions.average_rating, 2) AS average_rating
FROM period
LEFT JOIN sales ON sales.year = period.year AND sales.month = period.month AND sales.day = period.day
LEFT JOIN funnel_daily AS funnel ON funnel.year = period.year AND funnel.month = period.month AND funnel.day = period.day
LEFT JOIN opinions ON opinions.year = period.year AND opinions.month = period.month AND opinions.day = period.day
ORDER BY period.date
