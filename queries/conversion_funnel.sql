-- How many visits reached each stage on the way to a purchase over a period, how many went on from the stage before, and how many left there.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'.
-- Partitions: those of the period's years; the table has a row a day.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
),
period AS (
  SELECT year(d) AS year, month(d) AS month, day(d) AS day
  FROM bounds
  CROSS JOIN UNNEST(sequence(bounds.first_day, bounds.last_day, INTERVAL '1' DAY)) AS days (d)
),
reached AS (
  SELECT
    sum(sessions) AS sessions,
    sum(product_view_sessions) AS product_views,
    sum(cart_sessions) AS carts,
    sum(checkout_sessions) AS checkouts,
    sum(purchase_sessions) AS purchases
  FROM funnel_daily
  JOIN period USING (year, month, day)
  CROSS JOIN bounds
  WHERE year BETWEEN year(bounds.first_day) AND year(bounds.last_day)
),
stages AS (
  SELECT 1 AS step, 'visit' AS stage, sessions AS stage_sessions, sessions FROM reached
  UNION ALL
  SELECT 2, 'product view', product_views, sessions FROM reached
  UNION ALL
  SELECT 3, 'cart', carts, sessions FROM reached
  UNION ALL
  SELECT 4, 'checkout', checkouts, sessions FROM reached
  UNION ALL
  SELECT 5, 'purchase', purchases, sessions FROM reached
)
SELECT
  step,
  stage,
  coalesce(stage_sessions, 0) AS sessions,
  round(CAST(stage_sessions AS double) / nullif(sessions, 0), 4) AS share_of_visits,
  round(CAST(stage_sessions AS double) / nullif(lag(stage_sessions) OVER (ORDER BY step), 0), 4) AS share_of_stage_before,
  coalesce(stage_sessions - lead(stage_sessions) OVER (ORDER BY step), 0) AS dropped_off
FROM stages
ORDER BY step
