-- What each batch date has in the curated tables now: rows, the days that they tell of, when they were last processed.
-- Parameters: 1 first batch date, 2 last batch date, both as SQL literals such as '2025-01-15'.
-- Partitions: none to choose by; files of other batch dates are passed over by their column bounds.
WITH contributions AS (
  SELECT 'transactions' AS table_name, source_date, CAST(transaction_date AS date) AS event_date, processing_timestamp
  FROM transactions
  UNION ALL
  SELECT 'clickstream', source_date, CAST("timestamp" AS date), processing_timestamp
  FROM clickstream
  UNION ALL
  SELECT 'reviews', source_date, review_date, processing_timestamp
  FROM reviews
  UNION ALL
  SELECT 'products', source_date, source_date, processing_timestamp
  FROM products
)
SELECT
  source_date AS batch_date,
  table_name,
  count(*) AS row_count,
  min(event_date) AS first_event,
  max(event_date) AS last_event,
  max(processing_timestamp) AS last_processed
FROM contributions
WHERE source_date BETWEEN CAST(? AS date) AND CAST(? AS date)
GROUP BY source_date, table_name
ORDER BY batch_date, table_name
