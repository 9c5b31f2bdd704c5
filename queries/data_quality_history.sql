-- What the data quality checks of each batch date came to: verdict, checks by outcome, and what was found of the gravest.
-- Parameters: 1 first batch date, 2 last batch date, both as SQL literals such as '2025-01-15'.
-- Partitions: batch_date, so that the reports of the period alone are read.
-- Of several runs of a date the newest counts.
WITH checked AS (
  SELECT *, max(checked_at) OVER (PARTITION BY batch_date) AS newest
  FROM data_quality_checks
  WHERE batch_date BETWEEN CAST(CAST(? AS date) AS varchar) AND CAST(CAST(? AS date) AS varchar)
),
judged AS (
  SELECT
    *,
    CASE
      WHEN status = 'error' OR (status = 'failed' AND severity = 'error') THEN 'error'
      WHEN status = 'failed' THEN 'warning'
      ELSE status
    END AS outcome
  FROM checked
  WHERE checked_at = newest
)
SELECT
  batch_date,
  dataset,
  max(run) AS run,
  max(verdict) AS verdict_of_run,
  count(*) AS checks,
  count_if(outcome = 'passed') AS passed,
  count_if(outcome = 'warning') AS warnings,
  count_if(outcome = 'error') AS errors,
  count_if(outcome = 'waived') AS waived,
  -- The number in front puts the gravest first.
  substr(
    min(
      CASE outcome WHEN 'error' THEN '1' WHEN 'warning' THEN '2' WHEN 'waived' THEN '3' END
        || check_id || ': ' || coalesce(reason, observed, '')
    ),
    2
  ) AS gravest
FROM judged
GROUP BY batch_date, dataset
ORDER BY batch_date, dataset
