-- Products on sale that are out of stock or soon will be, those that would cost most revenue first.
-- Parameters: 1 days of cover below which a product is at risk, such as 14.
-- Partitions: none, the table has one row a product.
SELECT
  product_id,
  name,
  category,
  brand,
  stock,
  units_sold_30d,
  round(days_of_cover, 1) AS days_of_cover,
  round(CAST(price AS double) * units_sold_30d / 30, 2) AS revenue_a_day,
  CASE WHEN is_out_of_stock THEN 'out of stock' WHEN is_low_stock THEN 'low stock' ELSE 'selling out' END AS risk
FROM products
WHERE coalesce(is_active, true)
  AND (is_out_of_stock OR is_low_stock OR days_of_cover < CAST(? AS double))
ORDER BY revenue_a_day DESC, product_id
