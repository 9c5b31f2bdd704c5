-- The products that earned most in each category over a period, with their share of the category.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'; 3 products a category, such as 10.
-- Partitions: those of the period, by transaction_date: a file holds one day, and its bounds say which.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
),
sold AS (
  SELECT
    coalesce(category, 'unknown') AS category,
    product_id,
    max(product_name) AS product_name,
    max(brand) AS brand,
    count(*) AS orders,
    sum(quantity) AS units,
    sum(total_amount) AS revenue
  FROM transactions
  CROSS JOIN bounds
  WHERE transaction_date >= bounds.first_day AND transaction_date < bounds.last_day + INTERVAL '1' DAY AND status = 'completed'
  GROUP BY coalesce(category, 'unknown'), product_id
),
ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY category ORDER BY revenue DESC, product_id) AS place,
    sum(revenue) OVER (PARTITION BY category) AS category_revenue
  FROM sold
)
SELECT
  category,
  place,
  product_id,
  product_name,
  brand,
  orders,
  units,
  revenue,
  round(CAST(revenue AS double) / nullif(CAST(category_revenue AS double), 0), 4) AS share_of_category
FROM ranked
WHERE place <= CAST(? AS integer)
ORDER BY category, place
