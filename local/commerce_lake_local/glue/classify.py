"""What Glue's built-in classifiers say about a file, from its beginning.

CSV: a delimiter out of five, and a header only where every name is text, and some data below is not.
JSON: objects one after another, or one array of objects, whose elements are rows (in Glue, the classifier `$[*]`).

See https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from .inference import Columns, HiveType, json_type, merge_columns, merge_types, text_type

_DELIMITERS = (",", "|", "\t", ";", "\x01")
_MAX_HEADER_NAME = 150
_GZIP = b"\x1f\x8b"

Compression = Literal["none", "gzip"]


@dataclass(frozen=True)
class Classification:
    """A recognized file.

    Attributes:
        format: `csv` or `json`.
        columns: Names in lower case, and types.
        records: How many the sample holds.
        sampled: Bytes of text that they take.
        compression: Of the file.
        delimiter: Of a CSV file.
        has_header: Whether the first line of a CSV file holds names.
        is_array: Whether a JSON file is one array.
        quoted: Whether a CSV file quotes values.
    """

    format: Literal["csv", "json"]
    columns: Columns
    records: int
    sampled: int
    compression: Compression
    delimiter: str = ""
    has_header: bool = False
    is_array: bool = False
    quoted: bool = False

    @property
    def layout(self) -> tuple[str, str, bool]:
        """What two files of one table have in common."""
        return self.format, self.delimiter, self.has_header


def classify(sample: bytes, *, whole: bool) -> Classification | None:
    """Recognize a file.

    Args:
        sample: Its first bytes.
        whole: Whether these are all: the end of a cut sample may lie inside a record, which is then left out.

    Returns:
        None where no classifier knows the format.
    """
    compression: Compression = "none"
    if sample.startswith(_GZIP):
        compression = "gzip"
        try:
            expander = zlib.decompressobj(wbits=31)
            sample = expander.decompress(sample)
            whole = whole and expander.eof
        except zlib.error:
            return None
    if b"\x00" in sample:
        return None
    text = sample.decode("utf-8-sig", "replace")
    return _classify_json(text, compression, whole) or _classify_csv(text, compression, whole)


def _classify_json(text: str, compression: Compression, whole: bool) -> Classification | None:
    stripped = text.lstrip()
    if not stripped.startswith(("{", "[")):
        return None
    is_array = stripped.startswith("[")
    rows = _json_rows(stripped, is_array)
    if not rows or (whole and is_array and not stripped.rstrip().endswith("]")):
        return None
    columns = merge_columns({str(name).lower(): json_type(value) for name, value in row.items()} for row in rows)
    return Classification("json", columns, len(rows), len(text.encode()), compression, is_array=is_array)


def _json_rows(text: str, is_array: bool) -> list[dict[str, Any]]:
    """The objects at the beginning of the text, up to the first thing that is none."""
    decoder = json.JSONDecoder()
    rows: list[dict[str, Any]] = []
    position = 1 if is_array else 0
    while True:
        while position < len(text) and (text[position].isspace() or (is_array and text[position] == ",")):
            position += 1
        try:
            value, position = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            return rows
        if not isinstance(value, dict):
            return rows
        rows.append(value)


def _classify_csv(text: str, compression: Compression, whole: bool) -> Classification | None:
    for delimiter in _DELIMITERS:
        rows = _csv_rows(text, delimiter, whole)
        if len(rows) < 2 or len(rows[0]) < 2:
            continue
        width = Counter(len(row) for row in rows).most_common(1)[0][0]
        if width < 2:
            continue
        has_header = _is_header(rows[0], [row for row in rows[1:] if len(row) == len(rows[0])])
        names = [name.strip().lower() for name in rows[0]] if has_header else [f"col{i}" for i in range(width)]
        data = [row for row in rows[has_header:] if len(row) == len(names)]
        columns: Columns = {
            name: merge_types(text_type(row[index]) for row in data) for index, name in enumerate(names)
        }
        return Classification(
            "csv",
            columns,
            len(rows) - has_header,
            len(text.encode()),
            compression,
            delimiter=delimiter,
            has_header=has_header,
            quoted='"' in text,
        )
    return None


def _csv_rows(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return []
    return rows if whole else rows[:-1]


def _is_header(first: list[str], data: list[list[str]]) -> bool:
    names = [name.strip() for name in first]
    *inner, last = names
    if not all(_is_name(name) for name in inner) or not (last == "" or _is_name(last)):
        return False
    if len(set(names)) < len(names):
        return False
    return any(text_type(value) not in ("string", None) for row in data for value in row)


def _is_name(name: str) -> bool:
    kind: HiveType = text_type(name)
    return kind == "string" and len(name) < _MAX_HEADER_NAME and name.isprintable()
