"""Of the records of one date that share a key, one stays."""

from __future__ import annotations

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .contract import Contract

DUPLICATE = "_duplicate"
"""Whether another record with the same key stays instead."""


def marked(records: DataFrame, contract: Contract) -> DataFrame:
    """Marks the further records of each key: the newest event time stays, then the last in file order.

    Args:
        records: Good records of one batch date, typed, with `_file` and `_record`.
        contract: Contract of their dataset.
    """
    newest: list[Expression] = [F.col("_file").desc(), F.col("_record").desc()]
    if contract.event_time:
        newest.insert(0, F.col(contract.event_time).desc())
    # Sorting by a hash first spares most comparisons of long keys; the key itself decides.
    hashed = records.withColumn("_hash", F.xxhash64(*contract.key))
    # Spark would merge small partitions by their compressed size, and then have more to sort than fits into memory.
    partitions = int(records.sparkSession.conf.get("spark.sql.shuffle.partitions") or 1)
    window = Window.partitionBy("_hash", *contract.key).orderBy(*newest)
    return hashed.repartition(partitions, "_hash").withColumn(DUPLICATE, F.row_number().over(window) > 1)
