-- What customers think of each product over a period: number of reviews, stars, verified purchases, helpful votes.
-- Parameters: 1 first day, 2 last day, both as SQL literals such as '2025-01-15'; 3 fewest reviews a product must have, such as 5.
-- Partitions: joined on year, month and day, so that the days of the period alone are read.
WITH period AS (
  SELECT year(d) AS year, month(d) AS month, day(d) AS day
  FROM UNNEST(sequence(CAST(? AS date), CAST(? AS date), INTERVAL '1' DAY)) AS days (d)
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
JOIN period USING (year, month, day)
GROUP BY product_id
HAVING count(*) >= CAST(? AS integer)
ORDER BY average_rating, reviews DESC, product_id
