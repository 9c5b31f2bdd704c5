"""Judges files as the ETL jobs do: {"root", "processingTime", "files": [{"dataset", ...}]} in, their records out.

A record is [file, record, line, reasons], the files' numbers as they were given.
"""

import json
import sys
from datetime import datetime
from typing import Any

from commerce_lake import contract, frames, judge, storage
from commerce_lake.manifest import ManifestFile
from commerce_lake.rules import contract_rules
from pyspark.sql import SparkSession


def judge_files(spark: SparkSession, request: dict[str, Any]) -> list[tuple[int, int, int, list[str]]]:
    """The records of all files, dataset by dataset."""
    lake = storage.lake(request["root"])
    began = datetime.fromisoformat(request["processingTime"])
    judged = []
    for dataset in contract.DATASETS:
        chosen = [(number, file) for number, file in enumerate(request["files"]) if file["dataset"] == dataset]
        files = [
            ManifestFile(
                key=file["key"],
                etag="",
                format=file["format"],
                compression=file["compression"],
                bytes=file["bytes"],
                columns=tuple(file["columns"]),
                unknown_columns=(),
            )
            for _, file in chosen
        ]
        if not files:
            continue
        rules = contract.dataset(dataset)
        names = [rule.name for rule in contract_rules(rules, began)]
        records = judge.judged(frames.read(spark, lake, rules, files), rules, began)
        rows = records.select("_file", "_record", "_line", judge.BROKEN).collect()
        judged += [(chosen[row[0]][0], row[1], row[2], sorted(judge.reasons(row[3], names))) for row in rows]
    return judged


def main() -> None:
    """Answers standard input."""
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    json.dump(judge_files(spark, json.load(sys.stdin)), sys.stdout)
    spark.stop()


main()
