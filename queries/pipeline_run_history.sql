-- How the runs of a period went: how each ended, what it brought, how long it took, what it cost, and which step took longest.
-- Parameters: 1 first batch date, 2 last batch date, both as SQL literals such as '2025-01-15'.
-- Partitions: batch_date, so that the runs of the period alone are read.
WITH bounds AS (
  SELECT CAST(CAST(? AS date) AS varchar) AS first_date, CAST(CAST(? AS date) AS varchar) AS last_date
),
brought AS (
  SELECT
    batch_date,
    run,
    sum(files_accepted) AS files,
    sum(files_rejected) AS files_rejected,
    sum(rows_in) AS rows_in,
    sum(rows_out) AS rows_out,
    sum(rows_quarantined) AS rows_quarantined,
    sum(rows_duplicates) AS rows_duplicates,
    count_if(published = 'yes') AS published
  FROM pipeline_run_datasets
  CROSS JOIN bounds
  WHERE batch_date BETWEEN bounds.first_date AND bounds.last_date
  GROUP BY batch_date, run
),
longest AS (
  SELECT batch_date, run, max_by(step, seconds) AS step, max(seconds) AS seconds, max(attempts) AS attempts
  FROM pipeline_run_steps
  CROSS JOIN bounds
  WHERE batch_date BETWEEN bounds.first_date AND bounds.last_date
  GROUP BY batch_date, run
)
SELECT
  runs.batch_date,
  runs.run,
  runs.state,
  runs.started_by,
  runs.started_at,
  round(runs.seconds, 1) AS seconds,
  longest.step AS longest_step,
  round(longest.seconds, 1) AS longest_seconds,
  longest.attempts AS most_attempts,
  brought.files,
  brought.files_rejected,
  brought.rows_in,
  brought.rows_out,
  brought.rows_quarantined,
  brought.rows_duplicates,
  brought.published AS datasets_published,
  runs.quality,
  runs.failed_step,
  runs.error,
  runs.dpu_seconds,
  runs.bytes_scanned,
  round(runs.cost_usd, 4) AS cost_usd
FROM pipeline_runs AS runs
CROSS JOIN bounds
LEFT JOIN brought ON brought.batch_date = runs.batch_date AND brought.run = runs.run
LEFT JOIN longest ON longest.batch_date = runs.batch_date AND longest.run = runs.run
WHERE runs.batch_date BETWEEN bounds.first_date AND bounds.last_date
ORDER BY runs.batch_date, runs.started_at
