-- The products that earned most in each category over a period, with their share of the category.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'; 3 products a category, such as 10.
-- Partitions: joined on year, month and day, so that the days of the period alone are read.
WITH period AS (
  SELECT year(d) AS year, month(d) AS month, day(d) AS day
  FROM UNNEST(sequence(CAST(? AS date), CAST(? AS date), INTERVAL '1' DAY)) AS days (d)
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
  JOIN period USING (year, month, day)
  WHERE status = 'completed'
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
