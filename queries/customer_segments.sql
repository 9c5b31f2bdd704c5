-- What each segment of customers is worth: its customers, their orders and revenue, and its share of all. Customers are pseudonyms.
-- Parameters: none.
-- Partitions: none, the table has one row a customer.
WITH segments AS (
  SELECT
    segment,
    count(*) AS customers,
    sum(orders) AS orders,
    sum(lifetime_value) AS revenue,
    sum(returned_orders) AS returned_orders,
    max(last_order_at) AS last_order_at
  FROM customers
  GROUP BY segment
)
SELECT
  segment,
  customers,
  orders,
  revenue,
  round(CAST(revenue AS double) / customers, 2) AS revenue_a_customer,
  round(CAST(revenue AS double) / nullif(orders, 0), 2) AS average_order_value,
  round(CAST(returned_orders AS double) / nullif(orders + returned_orders, 0), 4) AS return_rate,
  CAST(last_order_at AS date) AS last_order,
  round(CAST(customers AS double) / sum(customers) OVER (), 4) AS share_of_customers,
  round(CAST(revenue AS double) / nullif(CAST(sum(revenue) OVER () AS double), 0), 4) AS share_of_revenue
FROM segments
ORDER BY revenue DESC, segment
