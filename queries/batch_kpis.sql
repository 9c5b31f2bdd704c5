-- Key figures of what one batch date contributed, by the day on which it happened.
-- Parameters: 1 the batch date as an SQL literal such as '2025-01-15'.
-- Partitions: none to choose by, for a batch may hold any day; files of other batch dates are passed over by their column bounds.
SELECT
  CAST(transaction_date AS date) AS date,
  count_if(status = 'completed') AS orders,
  coalesce(sum(CASE WHEN status = 'completed' THEN quantity END), 0) AS units,
  coalesce(sum(CASE WHEN status = 'completed' THEN total_amount END), 0) AS revenue,
  count(DISTINCT CASE WHEN status = 'completed' THEN customer_id END) AS customers,
  count_if(status <> 'completed') AS returns,
  count(DISTINCT product_id) AS products
FROM transactions
WHERE source_date = CAST(? AS date)
GROUP BY CAST(transaction_date AS date)
ORDER BY date
