-- Key figures of each day of a period: sales, customers, visits and their conversion, reviews. Value classes, weekends and hours: sales_mix.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'.
-- Partitions: those of the period, by transaction_date and review_date: a file holds one day, and its bounds say which; of
-- funnel_daily, which has a row a day, those of its years.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
),
period AS (
  SELECT CAST(d AS date) AS date, year(d) AS year, month(d) AS month, day(d) AS day
  FROM bounds
  CROSS JOIN UNNEST(sequence(bounds.first_day, bounds.last_day, INTERVAL '1' DAY)) AS days (d)
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
  CROSS JOIN bounds
  WHERE transaction_date >= bounds.first_day AND transaction_date < bounds.last_day + INTERVAL '1' DAY
  GROUP BY year, month, day
),
visits AS (
  SELECT year, month, day, sessions, conversion_rate
  FROM funnel_daily
  CROSS JOIN bounds
  WHERE year BETWEEN year(bounds.first_day) AND year(bounds.last_day)
),
opinions AS (
  SELECT year, month, day, count(*) AS reviews, avg(CAST(rating AS double)) AS average_rating
  FROM reviews
  CROSS JOIN bounds
  WHERE review_date BETWEEN bounds.first_day AND bounds.last_day
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
  round(CAST(sales.returns AS double) / nullif(sales.orders + sales.returns, 0), 4) AS return_rate,
  coalesce(visits.sessions, 0) AS sessions,
  round(visits.conversion_rate, 4) AS conversion_rate,
  coalesce(opinions.reviews, 0) AS reviews,
  round(opinions.average_rating, 2) AS average_rating
FROM period
LEFT JOIN sales ON sales.year = period.year AND sales.month = period.month AND sales.day = period.day
LEFT JOIN visits ON visits.year = period.year AND visits.month = period.month AND visits.day = period.day
LEFT JOIN opinions ON opinions.year = period.year AND opinions.month = period.month AND opinions.day = period.day
ORDER BY period.date
