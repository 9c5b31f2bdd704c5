from __future__ import annotations

import json
from typing import Any

import pytest
from commerce_lake.errors import ContractError
from commerce_lake.manifest import Manifest

FILE = {
    "key": "raw/reviews/date=2025-01-15/a.csv",
    "etag": "0",
    "md5": "0",
    "bytes": 10,
    "rows": 1,
    "badRows": 0,
    "format": "csv",
    "compression": "gzip",
    "bom": False,
    "delimiter": ",",
    "columns": ["review_id", "coupon"],
    "unknownColumns": ["coupon"],
}


def manifest(file: dict[str, Any] = FILE, **changes: Any) -> bytes:
    document = {
        "version": 1,
        "run": "r-1",
        "date": "2025-01-15",
        "datasets": {"reviews": {"files": [file], "excluded": [{"key": "x"}]}},
        **changes,
    }
    return json.dumps(document).encode()


def test_the_files_of_each_dataset() -> None:
    parsed = Manifest.parse(manifest(), "m.json")

    assert (parsed.run, parsed.date) == ("r-1", "2025-01-15")
    assert parsed.datasets["transactions"] == ()
    (file,) = parsed.datasets["reviews"]
    assert (file.key, file.format, file.compression, file.bytes) == (FILE["key"], "csv", "gzip", 10)
    assert (file.columns, file.unknown_columns) == (("review_id", "coupon"), ("coupon",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (manifest(version=2), "m.json has version 2; this job reads version 1"),
        (b"{", "m.json is not a manifest: JSONDecodeError"),
        (b"[]", "m.json is not a manifest"),
        (manifest({**FILE, "format": "xml"}), "has the format 'xml'; known are csv, jsonl"),
        (manifest({**FILE, "compression": "zip"}), "has the compression 'zip'; known are none, gzip"),
        (manifest({"key": "k"}), "m.json is not a manifest: KeyError 'format'"),
    ],
)
def test_what_is_no_manifest_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        Manifest.parse(content, "m.json")
