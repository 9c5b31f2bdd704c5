-- The products that earned most over a period, over all categories, with their share of all revenue.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'; 3 number of products, such as 20.
-- Partitions: those of the period, by transaction_date: a file holds one day, and its bounds say which.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
),
sold AS (
  SELECT
    product_id,
    max(product_name) AS product_name,
    max(category) AS category,
    count(*) AS orders,
    count(DISTINCT customer_id) AS customers,
    sum(quantity) AS units,
    sum(total_amount) AS revenue
  FROM transactions
  CROSS JOIN bounds
  WHERE transaction_date >= bounds.first_day AND transaction_date < bounds.last_day + INTERVAL '1' DAY AND status = 'completed'
  GROUP BY product_id
),
ranked AS (
  SELECT
    *,
    row_number() OVER (ORDER BY revenue DESC, product_id) AS place,
    sum(revenue) OVER () AS all_revenue
  FROM sold
)
SELECT
  place,
  product_id,
  product_name,
  category,
  orders,
  customers,
  units,
  revenue,
  round(CAST(revenue AS double) / nullif(CAST(all_revenue AS double), 0), 4) AS share_of_revenue
FROM ranked
WHERE place <= CAST(? AS integer)
ORDER BY place
