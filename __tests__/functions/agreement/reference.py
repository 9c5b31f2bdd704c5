"""Judges files by Python's own csv, json, gzip, decimal and datetime: the validator's code is not its own witness.

Standard input: {"processingTime", "files": [{"dataset", "content" (base64)}]}. Standard output, for each file:
{"accepted", "rows"}, `rows` where they were counted, or null where Python reads otherwise by design, of which
reference.test.ts has the list.
"""

import base64
import csv
import gzip
import io
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts" / "datasets"
LONE_CR = re.compile(r"\r(?!\n)")
BLANKS = " \t\r\n"

Rows = list[dict[str, Any] | None]


class RejectedError(Exception):
    """The file as a whole is no good."""


class UnsureError(Exception):
    """Python's csv reads such a file in another way, and cannot be made not to."""


def csv_rows(text: str, contract: dict[str, Any]) -> Rows:
    """The records by column, None for one that is malformed."""
    # Python ends a record at a CR of its own, too; here it is a character like others.
    lines = io.StringIO(LONE_CR.sub("\ue000", text).replace("\r\n", "\n"), newline="\n")
    reader = csv.reader(lines, strict=True)
    records: list[list[str] | None] = []
    while True:
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise RejectedError("truncated") from error
            # Python drops the rest of the line; a quote there may have opened a field that goes on.
            if '"' in text.splitlines()[-1] or text.count('"') % 2:
                raise UnsureError from error
            records.append(None)
            continue
        if record:
            records.append(record)
    if not records or records[0] is None:
        raise RejectedError("no header")
    names = [name.strip(BLANKS) or f"_c{index}" for index, name in enumerate(records[0])]
    if len({name.lower() for name in names}) < len(names) or not set(contract["required"]) <= set(names):
        raise RejectedError("columns")
    last = records[-1]
    if len(records) > 1 and last is not None and len(last) < len(names) and not text.endswith("\n"):
        raise RejectedError("truncated")
    return [
        dict(zip(names, record, strict=True)) if record is not None and len(record) == len(names) else None
        for record in records[1:]
    ]


def not_json(constant: str) -> None:
    """NaN and Infinity are none of JSON."""
    raise ValueError(constant)


def json_rows(text: str, contract: dict[str, Any]) -> Rows:
    """The records, None for one that is no object."""
    stripped = text.strip(BLANKS)
    if stripped.startswith("["):
        try:
            records = json.loads(stripped, parse_constant=not_json)
        except ValueError as error:
            raise RejectedError("syntax") from error
    else:
        records = []
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if not line.strip(BLANKS):
                continue
            try:
                records.append(json.loads(line, parse_constant=not_json))
            except ValueError as error:
                if number == len(lines) - 1 and line.startswith("{") and not line.rstrip(BLANKS).endswith("}"):
                    raise RejectedError("truncated") from error
                records.append(None)
    rows: Rows = [record if isinstance(record, dict) else None for record in records]
    names = {name for row in rows if row for name, value in row.items() if value not in (None, "")}
    if any(row is not None for row in rows) and not set(contract["required"]) <= names:
        raise RejectedError("columns")
    return rows


def moment(text: str, form: str) -> datetime | None:
    """A date or time of a form, in UTC."""
    if form == "date-optional-time" and len(text) > 10:
        pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    elif form == "date-time-optional-zone":
        pattern = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?"
    else:
        pattern = r"\d{4}-\d\d-\d\d"
    if not re.fullmatch(pattern, text, re.ASCII):
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if (read.utcoffset() or timedelta()) > timedelta(hours=18):
        return None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def typed(value: Any, column: dict[str, Any], is_text: bool) -> Any:
    """The value as the column's type, None where it is not of it."""
    kind = column["x-type"]
    if "format" in column:
        return moment(value, column["format"]) if isinstance(value, str) else None
    if kind == "string":
        return value if isinstance(value, str) else None
    if kind == "boolean":
        if is_text:
            return value.lower() if value.lower() in ("true", "false", "1", "0") else None
        return value if isinstance(value, bool) else None
    pattern = r"[+-]?\d+" if kind == "int" else r"[+-]?\d+(\.\d+)?"
    if is_text:
        if not re.fullmatch(pattern, value, re.ASCII):
            return None
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = Decimal(str(value))
    if kind == "int":
        return number if number == number.to_integral_value() and -(2**31) <= number < 2**31 else None
    precision, scale = map(int, re.findall(r"\d+", kind))
    fits = number == round(number, scale) and abs(number) < 10 ** (precision - scale)
    return number if fits else None


def is_good(row: dict[str, Any] | None, contract: dict[str, Any], is_text: bool, now: datetime) -> bool:
    """Whether a record breaks no rule."""
    if row is None:
        return False
    for name, column in contract["properties"].items():
        value = row.get(name)
        if isinstance(value, str) and (column["x-type"] != "string" or "trim" in column.get("x-normalize", [])):
            value = value.strip(BLANKS)
        if value is None or value == "":
            if name in contract["required"]:
                return False
            continue
        read = typed(value, column, is_text)
        if read is None:
            return False
        if "lower" in column.get("x-normalize", []):
            read = read.lower()
        broken = [
            "enum" in column and read not in column["enum"],
            "maxLength" in column and len(read) > column["maxLength"],
            "minimum" in column and read < column["minimum"],
            "maximum" in column and read > column["maximum"],
            "exclusiveMinimum" in column and read <= column["exclusiveMinimum"],
            "x-not-future" in column and column["x-not-future"] and read > now,
        ]
        if any(broken):
            return False
    return True


def judge(dataset: str, stored: bytes, now: datetime) -> dict[str, Any] | None:
    """The verdict on a file."""
    contract = json.loads((CONTRACTS / f"{dataset}.json").read_text())
    is_text = contract["x-format"] == "csv"
    try:
        if stored[:2] == b"\x1f\x8b":
            stored = gzip.decompress(stored)
        text = stored.decode("utf-8-sig")
        if not text.strip(BLANKS) or ("\0" in text):
            raise RejectedError("empty or binary")
        if is_text == text.strip(BLANKS).startswith(("[", "{")):
            raise RejectedError("format")
        rows = csv_rows(text, contract) if is_text else json_rows(text, contract)
    except (RejectedError, UnicodeDecodeError, EOFError, OSError):
        return {"accepted": False, "rows": None}
    except UnsureError:
        return None
    bad = sum(not is_good(row, contract, is_text, now) for row in rows)
    return {"accepted": bad <= len(rows) * contract["x-limits"]["maxBadShare"], "rows": len(rows)}


def main() -> None:
    """Answers standard input."""
    request = json.load(sys.stdin)
    now = datetime.fromisoformat(request["processingTime"])
    verdicts = [judge(file["dataset"], base64.b64decode(file["content"]), now) for file in request["files"]]
    json.dump(verdicts, sys.stdout)


main()
