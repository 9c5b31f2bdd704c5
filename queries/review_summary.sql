-- What customers think of each product over a period: number of reviews, stars, verified purchases, helpful votes.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'; 3 fewest reviews a product must have, such as 5.
-- Partitions: those of the period, by review_date: a file holds one day, and its bounds say which.
WITH bounds AS (
  SELECT CAST(? AS date) AS first_day, CAST(? AS date) AS last_day
)
SELECT
  product_id,
  max(product_name) AS product_name,
  max(category) AS category,
  count(*) AS reviews,
  round(avg(CAST(rating AS double)), 2) AS average_rating,
  count_if(rating >= 4) AS positive,
  count_if(rating <= 2) AS negative,
  round(CAST(count_if(verified_purchase) AS double) / count(*), 4) AS verified_share,
  coalesce(sum(helpful_votes), 0) AS helpful_votes
FROM reviews
CROSS JOIN bounds
WHERE review_date BETWEEN bounds.first_day AND bounds.last_day
GROUP BY product_id
HAVING count(*) >= CAST(? AS integer)
ORDER BY average_rating, reviews DESC, product_id
