-- How good each batch date's rows are as they stand in the curated tables: how many, and what they lack.
-- Parameters: 1 first batch date, 2 last batch date, both as SQL literals such as '2025-01-15'.
-- Partitions: none to choose by; files of other batch dates are passed over by their column bounds.
-- What was rejected is not here but in the quarantine zone, and every check with its verdict in runs/…/quality.json.
WITH flaws AS (
  SELECT 'transactions' AS table_name, source_date, 'product unknown' AS flaw, category IS NULL AS has_flaw
  FROM transactions
  UNION ALL
  SELECT 'reviews', source_date, 'product unknown', category IS NULL
  FROM reviews
  UNION ALL
  SELECT 'reviews', source_date, 'purchase not verified', NOT coalesce(verified_purchase, false)
  FROM reviews
  UNION ALL
  SELECT 'clickstream', source_date, 'customer unknown', customer_id IS NULL
  FROM clickstream
  UNION ALL
  SELECT 'products', source_date, 'category unknown', department IS NULL
  FROM products
)
SELECT
  source_date AS batch_date,
  table_name,
  flaw,
  count(*) AS row_count,
  count_if(has_flaw) AS flawed,
  round(CAST(count_if(has_flaw) AS double) / count(*), 4) AS share
FROM flaws
WHERE source_date BETWEEN CAST(? AS date) AND CAST(? AS date)
GROUP BY source_date, table_name, flaw
ORDER BY batch_date, table_name, flaw
