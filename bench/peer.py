"""The transactions job as DuckDB does it, on the same files with the same threads.

Text in, typed, judged by the same rules, one row a key, derived columns, Snappy Parquet by day. It keeps nothing of the
records that break a rule, and writes no table format: it does less, in other words.

`python -m bench.peer <options as JSON> <figures file>`
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from .measure import Effort

_TRANSFORM = """
COPY (
  WITH text AS (
    SELECT * FROM read_csv($files, header = true, all_varchar = true, ignore_errors = true, delim = ',', quote = '"',
                           escape = '"', filename = true)
  ), typed AS (
    SELECT transaction_id, customer_id, product_id, filename,
           TRY_CAST(quantity AS INTEGER) AS quantity,
           TRY_CAST(price AS DECIMAL(18, 4)) AS exact_price, TRY_CAST(price AS DECIMAL(10, 2)) AS price,
           total_amount AS total_text, TRY_CAST(total_amount AS DECIMAL(10, 2)) AS total,
           TRY_CAST(transaction_date AS TIMESTAMP) AS transaction_date,
           lower(trim(status)) AS status
    FROM text
  ), good AS (
    SELECT * FROM typed
    WHERE length(transaction_id) BETWEEN 1 AND 128 AND length(customer_id) BETWEEN 1 AND 128
      AND length(product_id) BETWEEN 1 AND 128 AND quantity > 0 AND price > 0 AND price = exact_price
      AND (total_text IS NULL OR total IS NOT NULL)
      AND transaction_date <= CAST($processing_time AS TIMESTAMP) AND status IN ('completed', 'returned', 'refunded')
  ), repaired AS (
    SELECT * EXCLUDE (total, total_text, exact_price),
           CAST(CASE WHEN total IS NULL OR abs(total - quantity * price) > 0.01 THEN quantity * price ELSE total END
                AS DECIMAL(10, 2)) AS total_amount
    FROM good
  ), once AS (
    SELECT * FROM repaired
    QUALIFY row_number() OVER (PARTITION BY transaction_id ORDER BY transaction_date DESC, filename DESC) = 1
  )
  SELECT transaction_id, customer_id, product_id, quantity, price, total_amount, transaction_date, status,
         CASE WHEN total_amount >= 100 THEN 'high' WHEN total_amount >= 50 THEN 'medium' ELSE 'low' END
           AS revenue_category,
         hour(transaction_date) AS transaction_hour, dayofweek(transaction_date) + 1 AS day_of_week,
         dayofweek(transaction_date) IN (0, 6) AS is_weekend, DATE '2025-01-31' AS source_date,
         CAST($processing_time AS TIMESTAMP) AS processing_timestamp,
         CAST($processing_time AS DATE) AS processing_date,
         year(transaction_date) AS year, month(transaction_date) AS month, day(transaction_date) AS day
  FROM once
) TO '{output}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (year, month, day))
"""


@dataclass(frozen=True)
class Options:
    """What to transform, and with what."""

    files: Sequence[str]
    output: str
    processing_time: str
    cores: int
    memory: str


def main() -> None:
    """Does the work that the arguments of the process name."""
    began = time.monotonic()
    options = Options(**json.loads(sys.argv[1]))
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {options.cores}")
        connection.execute(f"SET memory_limit = '{options.memory.upper()}B'")
        connection.execute(f"SET temp_directory = '{options.output}.tmp'")
        connection.execute("SET preserve_insertion_order = false")
        ready, cpu = time.monotonic(), time.process_time()
        statement = _TRANSFORM.replace("{output}", options.output)
        values = {"files": list(options.files), "processing_time": options.processing_time.removesuffix("Z")}
        row = connection.execute(statement, values).fetchone()
        assert row is not None  # COPY says how many rows it wrote
        done = Effort(ready - began, time.monotonic() - ready, time.process_time() - cpu, int(row[0]))
    Path(sys.argv[2]).write_text(json.dumps(asdict(done)))


if __name__ == "__main__":
    main()
