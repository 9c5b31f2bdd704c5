"""Hive tables of CSV and JSON files, read by their SerDe.

All files of a table are one list to DuckDB, each under a name that says of which partition it is: planning costs as
much for a year of days as for one, and DuckDB leaves out the files of partitions that no row of the result can be in.

See https://docs.aws.amazon.com/athena/latest/ug/serde-reference.html
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

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
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
# Keys by their place, under names that no column has.
_KEY = "__key_{}"


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

    @property
    def keys(self) -> tuple[Column, ...]:
        """The partition keys."""
        return self._keys

    @property
    def partitions(self) -> list[tuple[str | None, ...]]:
        """The values of the keys, one for each partition; None is null."""
        return [
            tuple(None if value == _NULL_PARTITION else value for value in partition["Values"])
            for partition in self._partitions
        ]

    def keep(self, places: Iterable[int]) -> None:
        """Read only the partitions in these places."""
        self._partitions = [self._partitions[place] for place in places]

    def scan(self, prefix: str, predicate: BooleanExpression | None = None) -> Scan:
        """Read all partitions as one; the predicate is of no use here, DuckDB finds its own."""
        names: dict[str, str] = {}
        sizes: dict[str, int] = {}
        for partition in self._list():
            sizes.update(partition.files)
            names.update({_name_in(prefix, partition, file): file for file in partition.files})
        if not names:
            return empty_scan(self.columns)
        keys = [
            f"CAST({quote(_KEY.format(place))} AS {key.type}) AS {quote(key.name)}"
            for place, key in enumerate(self._keys)
        ]
        return Scan(f"SELECT {', '.join([*self._outputs(), *keys])} FROM {self._source(sorted(names))}", sizes, names)

    def _list(self) -> Iterator[_Partition]:
        """The partitions and their files: those below the table's own location come with one listing."""
        location = _folder(self._table)
        below = self._files(location) if not self._keys or self._partitions else {}
        if not self._keys:
            yield _Partition((), below)
        ordered = sorted(below)
        for partition in self._partitions:
            folder = _folder(partition)
            if not folder.startswith(location):
                files = self._files(folder)
            else:
                first, end = bisect_left(ordered, folder), bisect_left(ordered, f"{folder}\U0010ffff")
                files = {name: below[name] for name in ordered[first:end]}
            yield _Partition(tuple(partition["Values"]), files)

    def _files(self, folder: str) -> dict[str, int]:
        bucket, _, prefix = folder.partition("/")
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
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

    def _source(self, names: list[str]) -> str:
        library, parameters = self._serde
        files = ", ".join(literal(f"lake://{name}") for name in names)
        hive = self._partitioning()
        keys = "".join(f", {quote(_KEY.format(place))}" for place in range(len(self._keys)))
        skip = int(self._table.get("Parameters", {}).get("skip.header.line.count", "0"))
        if library == _OPEN_CSV:
            columns = ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in self._data)
            return (
                f"read_csv([{files}], auto_detect = false, header = false, skip = {skip}, strict_mode = false, "
                f"null_padding = true, nullstr = {_NO_NULL}, columns = {{{columns}}}, "
                f"delim = {literal(parameters.get('separatorChar', ','))}, "
                f"quote = {literal(parameters.get('quoteChar', _QUOTE))}, "
                f"escape = {literal(parameters.get('escapeChar', _QUOTE))}, {hive})"
            )
        lines = (
            f"read_csv([{files}], auto_detect = false, header = false, skip = {skip}, delim = {_NO_DELIMITER}, "
            f"quote = '', escape = '', nullstr = {_NO_NULL}, strict_mode = false, columns = {{'line': 'VARCHAR'}}, "
            f"{hive})"
        )
        if library == _LAZY_SIMPLE:
            delimiter = parameters.get("field.delim", "\x01")
            return f"(SELECT string_split(rtrim(line, chr(13)), {literal(delimiter)}) AS fields{keys} FROM {lines})"
        if library in _JSON:
            return f"(SELECT {_json_record(self._name)} AS record{keys} FROM {lines} WHERE trim(line) <> '')"
        raise NotSupportedError(f"the SerDe {library} of {self._name}")

    def _partitioning(self) -> str:
        """Tells DuckDB to find the keys in the files' names, as texts."""
        if not self._keys:
            return "hive_partitioning = false"
        types = ", ".join(f"{literal(_KEY.format(place))}: VARCHAR" for place in range(len(self._keys)))
        return f"hive_partitioning = true, hive_types = {{{types}}}"


def _json_record(table: str) -> str:
    broken = f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object in {table}: Athena reads one object a line"
    return (
        f"CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN json(line) ELSE error({literal(broken)}) END"
    )


def _name_in(prefix: str, partition: _Partition, file: str) -> str:
    """The name under which DuckDB gets a file: partition first, and nothing in the file's own name is a key."""
    keys = "".join(f"{_KEY.format(place)}={_escaped(value)}/" for place, value in enumerate(partition.values))
    return f"{prefix}/{keys}{url_quote(file)}"


def _escaped(value: str) -> str:
    """A value that DuckDB takes as it is: a plain `null` were one."""
    return value if value == _NULL_PARTITION else "".join(f"%{byte:02X}" for byte in value.encode())


def _folder(place: Mapping[str, Any]) -> str:
    """Where a table or a partition lies, as `BUCKET/PREFIX/`."""
    location: str = place["StorageDescriptor"]["Location"]
    return f"{location.partition('://')[2].rstrip('/')}/"


def _column(column: Mapping[str, str]) -> Column:
    return Column(column["Name"].lower(), from_hive(column["Type"]))
