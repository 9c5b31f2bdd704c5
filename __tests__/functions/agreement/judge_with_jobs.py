"""Judges files as the ETL jobs do: {"root", "processingTime", "files": [{"dataset", ...}]} in, their records out.

A record is [file, record, line, reasons], the files' numbers as they were given.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from commerce_lake import contract, storage
from commerce_lake.judge import BROKEN, Judge, reasons
from commerce_lake.manifest import ManifestFile
from commerce_lake.records import Place, read_records


def judge_files(request: dict[str, Any]) -> Iterator[tuple[int, int, int, list[str]]]:
    """The records of all files."""
    lake = storage.lake(request["root"])
    began = datetime.fromisoformat(request["processingTime"])
    judges = {name: Judge(contract.dataset(name), began) for name in contract.DATASETS}
    for number, described in enumerate(request["files"]):
        judge = judges[described["dataset"]]
        file = ManifestFile(
            key=described["key"],
            etag="",
            format=described["format"],
            compression=described["compression"],
            bytes=described["bytes"],
            rows=described["rows"],
            columns=tuple(described["columns"]),
            unknown_columns=(),
        )
        for batch in read_records(lake, contract.dataset(described["dataset"]), file, Place(number), 0, None):
            lines = batch.column("_line").to_pylist()
            for record, line in zip(judge(batch).select(["_record", BROKEN]).to_pylist(), lines, strict=True):
                yield number, record["_record"], line, sorted(reasons(record[BROKEN], judge.names))


json.dump(list(judge_files(json.load(sys.stdin))), sys.stdout)
