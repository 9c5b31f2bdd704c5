-- The customers who have bought most so far, and how much of all revenue they stand for. Customers are pseudonyms.
-- Parameters: 1 number of customers, such as 100.
-- Partitions: none, the table has one row a customer.
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (ORDER BY lifetime_value DESC, customer_id) AS place,
    sum(lifetime_value) OVER () AS total_value,
    sum(lifetime_value) OVER (ORDER BY lifetime_value DESC, customer_id ROWS UNBOUNDED PRECEDING) AS value_so_far
  FROM customers
  WHERE orders > 0
)
SELECT
  place,
  customer_id,
  segment,
  orders,
  units,
  lifetime_value,
  average_order_value,
  returned_orders,
  CAST(first_order_at AS date) AS first_order,
  CAST(last_order_at AS date) AS last_order,
  round(CAST(value_so_far AS double) / nullif(CAST(total_value AS double), 0), 4) AS share_of_revenue_so_far
FROM ranked
WHERE place <= CAST(? AS integer)
ORDER BY place
