"""Hive tables of CSV and JSON files, read by their SerDe, partition by partition.

See https://docs.aws.amazon.com/athena/latest/ug/serde-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyiceberg.expressions import BooleanExpression

from .errors import NotSupportedError
from .relations import Relation, Scan, empty_scan, literal, quote
from .types import Column, from_hive

_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_JSON = ("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe")
# Never in a text, so that a line is one column.
_NO_DELIMITER = "chr(7)"
_QUOTE = '"'
# DuckDB wants some text that stands for null; this one stands nowhere.
_NO_NULL = "[chr(8)]"


@dataclass(frozen=True)
class _Partition:
    values: tuple[str, ...]
    files: Mapping[str, int]


class TextRelation(Relation):
    """A table whose files are lines."""

    def __init__(self, name: str, table: Mapping[str, Any], s3: Any, partitions: list[Mapping[str, Any]]) -> None:
        self._name = name
        self._table = table
        self._s3 = s3
        self._partitions = partitions
        self._data = tuple(_column(one) for one in table["StorageDescriptor"]["Columns"])
        self._keys = tuple(_column(one) for one in table.get("PartitionKeys", []))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the files, then the partition keys."""
        return self._data + self._keys

    def scan(self, prefix: str, predicate: BooleanExpression | None = None) -> Scan:
        """Read each partition by itself: DuckDB drops those whose constants no row can have."""
        branches: list[str] = []
        sizes: dict[str, int] = {}
        for partition in self._list():
            if partition.files:
                sizes.update(partition.files)
                constants = [
                    f"CAST({_partition_value(value)} AS {key.type}) AS {quote(key.name)}"
                    for key, value in zip(self._keys, partition.values, strict=True)
                ]
                branches.append(f"SELECT {', '.join([*self._outputs(), *constants])} FROM {self._source(partition)}")
        return Scan(" UNION ALL ".join(branches), sizes) if branches else empty_scan(self.columns)

    def _list(self) -> Iterator[_Partition]:
        if not self._keys:
            yield _Partition((), self._files(self._table["StorageDescriptor"]["Location"]))
        for partition in self._partitions:
            yield _Partition(tuple(partition["Values"]), self._files(partition["StorageDescriptor"]["Location"]))

    def _files(self, location: str) -> dict[str, int]:
        bucket, _, prefix = location.partition("://")[2].partition("/")
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
        return {
            f"{bucket}/{item['Key']}": item["Size"]
            for page in pages
            for item in page.get("Contents", [])
            # Hive hides names that begin so.
            if item["Size"] > 0 and not item["Key"].rpartition("/")[2].startswith(("_", "."))
        }

    @property
    def _serde(self) -> tuple[str, Mapping[str, str]]:
        info = self._table["StorageDescriptor"].get("SerdeInfo", {})
        return info.get("SerializationLibrary", ""), info.get("Parameters", {})

    def _outputs(self) -> list[str]:
        library, parameters = self._serde
        if library == _LAZY_SIMPLE:
            return [
                f"TRY_CAST(nullif(fields[{place + 1}], '\\N') AS {column.type}) AS {quote(column.name)}"
                if column.type != "TEXT"
                else f"nullif(fields[{place + 1}], '\\N') AS {quote(column.name)}"
                for place, column in enumerate(self._data)
            ]
        if library == _OPEN_CSV:
            return [f"CAST({quote(column.name)} AS {column.type}) AS {quote(column.name)}" for column in self._data]
        del parameters
        return [
            f"TRY_CAST(json_extract{'_string' if column.type == 'TEXT' else ''}(record, "
            f"{literal('$.' + quote(column.name))}) AS {column.type}) AS {quote(column.name)}"
            for column in self._data
        ]

    def _source(self, partition: _Partition) -> str:
        library, parameters = self._serde
        files = ", ".join(literal(f"lake://{name}") for name in sorted(partition.files))
        skip = int(self._table.get("Parameters", {}).get("skip.header.line.count", "0"))
        if library == _OPEN_CSV:
            names = ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in self._data)
            return (
                f"read_csv([{files}], auto_detect = false, header = false, skip = {skip}, strict_mode = false, "
                f"null_padding = true, nullstr = {_NO_NULL}, columns = {{{names}}}, "
                f"delim = {literal(parameters.get('separatorChar', ','))}, "
                f"quote = {literal(parameters.get('quoteChar', _QUOTE))}, "
                f"escape = {literal(parameters.get('escapeChar', _QUOTE))}, hive_partitioning = false)"
            )
        lines = (
            f"read_csv([{files}], auto_detect = false, header = false, skip = {skip}, delim = {_NO_DELIMITER}, "
            f"quote = '', escape = '', nullstr = {_NO_NULL}, strict_mode = false, columns = {{'line': 'VARCHAR'}}, "
            "hive_partitioning = false)"
        )
        if library == _LAZY_SIMPLE:
            delimiter = parameters.get("field.delim", "\x01")
            return f"(SELECT string_split(rtrim(line, chr(13)), {literal(delimiter)}) AS fields FROM {lines})"
        if library in _JSON:
            return f"(SELECT {_json_record(self._name)} AS record FROM {lines} WHERE trim(line) <> '')"
        raise NotSupportedError(f"the SerDe {library} of {self._name}")


def _json_record(table: str) -> str:
    broken = f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object in {table}: Athena reads one object a line"
    return (
        f"CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN json(line) ELSE error({literal(broken)}) END"
    )


def _partition_value(value: str) -> str:
    return "NULL" if value == "__HIVE_DEFAULT_PARTITION__" else literal(value)


def _column(column: Mapping[str, str]) -> Column:
    return Column(column["Name"].lower(), from_hive(column["Type"]))
