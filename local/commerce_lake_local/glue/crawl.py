"""One crawl: list the files of a target, classify them, write the table and its partitions."""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from ..api.s3_content import beginning
from .classify import Classification, classify
from .inference import merge_columns, to_hive

_SAMPLE_BYTES = 1_000_000
# The most that one BatchCreatePartition takes.
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
_PARTITIONS_PER_CALL = 100
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_TABLE_INPUT = ("Name", "Owner", "Retention", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
_OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"


class CrawlError(Exception):
    """A crawl that failed; the message becomes the crawler's."""


class CrawlCancelledError(Exception):
    """Somebody stopped the crawler."""


@dataclass(frozen=True)
class CrawlRequest:
    """A crawler's definition, as far as a crawl needs it."""

    crawler: str
    database: str
    prefix: str
    targets: tuple[tuple[str, tuple[str, ...]], ...]
    update_behavior: str
    delete_behavior: str
    new_folders_only: bool
    merge_new_columns: bool


@dataclass(frozen=True)
class _File:
    key: str
    size: int
    partition: tuple[str, ...]


@dataclass(frozen=True)
class _Location:
    bucket: str
    prefix: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


class Crawl:
    """Crawls targets with the given clients of the local AWS."""

    def __init__(
        self,
        request: CrawlRequest,
        clients: Mapping[str, Any],
        say: Callable[[str], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._request = request
        self._s3, self._glue = clients["s3"], clients["glue"]
        self._say = say
        self._is_cancelled = is_cancelled

    def run(self, on_writing: Callable[[], None]) -> None:
        """Crawl all targets.

        Args:
            on_writing: Called once, when all files are read and the catalog is about to change.

        Raises:
            CrawlError: A target cannot be read, or the catalog not be written.
            CrawlCancelledError: The crawler was stopped.
        """
        try:
            findings = [self._read(uri, exclusions) for uri, exclusions in self._request.targets]
            on_writing()
            for finding in findings:
                self._write(*finding)
        except ClientError as error:
            raise CrawlError(str(error)) from error

    def _read(self, uri: str, exclusions: tuple[str, ...]) -> tuple[_Location, list[_File], Classification | None]:
        location = _parse_location(uri)
        files = _of_one_depth(list(self._list(location, exclusions)), self._say)
        known = self._known_partitions(location) if self._request.new_folders_only else set()
        files = [file for file in files if file.partition not in known]
        recognized: list[tuple[_File, Classification]] = []
        for file in files:
            if self._is_cancelled():
                raise CrawlCancelledError
            found = self._classify(location.bucket, file)
            if found is None:
                self._say(f"s3://{location.bucket}/{file.key}: no classifier recognizes this file; left out")
            else:
                recognized.append((file, found))
        if not recognized:
            return location, [], None
        [(layout, _)] = Counter(found.layout for _, found in recognized).most_common(1)
        fitting = [(file, found) for file, found in recognized if found.layout == layout]
        for file, found in recognized:
            if found.layout != layout:
                self._say(f"s3://{location.bucket}/{file.key}: {found.layout}, but most are {layout}; left out")
        return location, [file for file, _ in fitting], _combine([found for _, found in fitting])

    def _list(self, location: _Location, exclusions: tuple[str, ...]) -> Iterator[_File]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.prefix)
        for page in pages:
            for item in page.get("Contents", []):
                relative = PurePosixPath(item["Key"][len(location.prefix) :])
                if item["Key"].endswith("/") or item["Size"] == 0 or any(p[0] in "._" for p in relative.parts):
                    continue
                if any(_matches(str(relative), pattern) for pattern in exclusions):
                    continue
                yield _File(item["Key"], item["Size"], relative.parts[:-1])

    def _classify(self, bucket: str, file: _File) -> Classification | None:
        sample = beginning(bucket, file.key, _SAMPLE_BYTES)
        if sample is None:
            return None
        found = classify(sample, whole=file.size <= _SAMPLE_BYTES)
        if found is None or not found.sampled:
            return found
        # The number of records in the whole file is estimated from its beginning, as Glue does.
        ratio = max(file.size / min(file.size, _SAMPLE_BYTES), 1.0)
        return replace(found, records=round(found.records * ratio))

    def _write(self, location: _Location, files: list[_File], found: Classification | None) -> None:
        name = _table_name(self._request.prefix, location)
        table = self._table(name)
        if found is None:
            if not self._request.new_folders_only and table is not None:
                self._forget_table(name, table)
            self._say(f"{location.uri}: no files to describe")
            return
        if table is None:
            self._glue.create_table(
                DatabaseName=self._request.database, TableInput=self._table_input(name, location, files, found)
            )
            self._say(f"created table {self._request.database}.{name} with {len(found.columns)} columns")
        elif not self._request.new_folders_only:
            self._update(name, table, location, files, found)
        self._write_partitions(name, location, files)

    def _update(
        self, name: str, table: dict[str, Any], location: _Location, files: list[_File], found: Classification
    ) -> None:
        wanted = self._table_input(name, location, files, found)
        if self._request.merge_new_columns:
            wanted["StorageDescriptor"]["Columns"] = _add_new(
                table["StorageDescriptor"]["Columns"], wanted["StorageDescriptor"]["Columns"]
            )
        present = {key: table[key] for key in wanted if key in table}
        if present == wanted:
            return
        if self._request.update_behavior != "UPDATE_IN_DATABASE":
            if table["StorageDescriptor"]["Columns"] != wanted["StorageDescriptor"]["Columns"]:
                self._say(
                    f"the schema of {self._request.database}.{name} differs from its files; UpdateBehavior is LOG"
                )
            return
        if table.get("PartitionKeys", []) != wanted["PartitionKeys"]:
            raise CrawlError(
                f"{location.uri} is partitioned by {_names(wanted['PartitionKeys'])}, but the table "
                f"{self._request.database}.{name} by {_names(table.get('PartitionKeys', []))}. "
                "Drop the table, or move the files."
            )
        self._glue.update_table(DatabaseName=self._request.database, TableInput=wanted)
        self._say(f"updated table {self._request.database}.{name}")

    def _table_input(self, name: str, location: _Location, files: list[_File], found: Classification) -> dict[str, Any]:
        size = sum(file.size for file in files)
        records = max(found.records, 1)
        parameters = {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": self._request.crawler,
            "averageRecordSize": str(size // records),
            "classification": found.format,
            "compressionType": found.compression,
            "objectCount": str(len(files)),
            "recordCount": str(found.records),
            "sizeKey": str(size),
            "typeOfData": "file",
        }
        if found.format == "csv":
            parameters |= {
                "areColumnsQuoted": str(found.quoted).lower(),
                "columnsOrdered": "true",
                "delimiter": found.delimiter,
            }
            if found.has_header:
                parameters["skip.header.line.count"] = "1"
            serde = {"SerializationLibrary": _LAZY_SIMPLE, "Parameters": {"field.delim": found.delimiter}}
        else:
            if found.is_array:
                parameters["jsonPath"] = "$[*]"
            serde = {"SerializationLibrary": _OPENX_JSON, "Parameters": {"paths": ",".join(sorted(found.columns))}}
        return {
            "Name": name,
            "Owner": "owner",
            "Retention": 0,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters,
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in _partition_keys(files[0].partition)],
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": to_hive(kind)} for column, kind in found.columns.items()],
                "Location": location.uri,
                "InputFormat": _TEXT_INPUT,
                "OutputFormat": _TEXT_OUTPUT,
                "Compressed": found.compression != "none",
                "NumberOfBuckets": -1,
                "SerdeInfo": serde,
                "BucketColumns": [],
                "SortColumns": [],
                "Parameters": parameters,
                "StoredAsSubDirectories": False,
            },
        }

    def _write_partitions(self, name: str, location: _Location, files: list[_File]) -> None:
        wanted = {file.partition for file in files if file.partition}
        known = self._known_partitions(location)
        descriptor = self._glue.get_table(DatabaseName=self._request.database, Name=name)["Table"]["StorageDescriptor"]
        # Every partition is described as its table, as with AddOrUpdateBehavior InheritFromTable.
        new = [
            {
                "Values": [segment.partition("=")[2] or segment for segment in partition],
                "StorageDescriptor": descriptor | {"Location": f"{location.uri}{'/'.join(partition)}/"},
            }
            for partition in sorted(wanted - known)
        ]
        for start in range(0, len(new), _PARTITIONS_PER_CALL):
            answer = self._glue.batch_create_partition(
                DatabaseName=self._request.database,
                TableName=name,
                PartitionInputList=new[start : start + _PARTITIONS_PER_CALL],
            )
            if answer.get("Errors"):
                raise CrawlError(f"Partitions of {self._request.database}.{name}: {json.dumps(answer['Errors'])}")
        if new:
            self._say(f"added {len(new)} partitions to {self._request.database}.{name}")
        if not self._request.new_folders_only:
            self._forget_partitions(name, sorted(known - wanted))

    def _forget_partitions(self, name: str, gone: list[tuple[str, ...]]) -> None:
        if not gone:
            return
        if self._request.delete_behavior != "DELETE_FROM_DATABASE":
            self._say(f"{len(gone)} partitions of {self._request.database}.{name} have no files")
            return
        for partition in gone:
            values = [segment.partition("=")[2] or segment for segment in partition]
            self._glue.delete_partition(DatabaseName=self._request.database, TableName=name, PartitionValues=values)
        self._say(f"removed {len(gone)} partitions of {self._request.database}.{name}")

    def _forget_table(self, name: str, table: dict[str, Any]) -> None:
        behavior, database = self._request.delete_behavior, self._request.database
        if behavior == "DELETE_FROM_DATABASE":
            self._glue.delete_table(DatabaseName=database, Name=name)
            self._say(f"dropped table {database}.{name}")
        elif behavior == "DEPRECATE_IN_DATABASE" and "DEPRECATED_BY_CRAWLER" not in table["Parameters"]:
            kept = {key: table[key] for key in _TABLE_INPUT if key in table}
            kept["Parameters"] = table["Parameters"] | {"DEPRECATED_BY_CRAWLER": str(int(time.time() * 1000))}
            self._glue.update_table(DatabaseName=database, TableInput=kept)
            self._say(f"deprecated table {database}.{name}")

    def _known_partitions(self, location: _Location) -> set[tuple[str, ...]]:
        """The folders, below the target, of the partitions that the catalog has."""
        name = _table_name(self._request.prefix, location)
        if self._table(name) is None:
            return set()
        known: set[tuple[str, ...]] = set()
        pages = self._glue.get_paginator("get_partitions").paginate(DatabaseName=self._request.database, TableName=name)
        for page in pages:
            for partition in page["Partitions"]:
                folder = partition["StorageDescriptor"]["Location"]
                if folder.startswith(location.uri):
                    known.add(tuple(folder[len(location.uri) :].strip("/").split("/")))
        return known

    def _table(self, name: str) -> dict[str, Any] | None:
        try:
            table: dict[str, Any] = self._glue.get_table(DatabaseName=self._request.database, Name=name)["Table"]
        except self._glue.exceptions.EntityNotFoundException as error:
            if "Table" in str(error):
                return None
            raise
        return table


def _combine(found: list[Classification]) -> Classification:
    return replace(
        found[0],
        columns=merge_columns(one.columns for one in found),
        records=sum(one.records for one in found),
        compression=found[0].compression if len({one.compression for one in found}) == 1 else "none",
        quoted=any(one.quoted for one in found),
        is_array=any(one.is_array for one in found),
    )


def _parse_location(uri: str) -> _Location:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise CrawlError(f"{uri!r} is no S3 path (s3://BUCKET/PREFIX/).")
    return _Location(bucket, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


def _table_name(prefix: str, location: _Location) -> str:
    last = location.prefix.rstrip("/").rpartition("/")[2] or location.bucket
    return re.sub(r"[^a-z0-9_]", "_", f"{prefix}{last}".lower())


def _partition_keys(partition: tuple[str, ...]) -> list[str]:
    return [
        segment.partition("=")[0].lower() if "=" in segment else f"partition_{index}"
        for index, segment in enumerate(partition)
    ]


def _of_one_depth(files: list[_File], say: Callable[[str], None]) -> list[_File]:
    """The files whose folders name the same partition keys as those of most files."""
    by_keys: dict[tuple[str, ...], list[_File]] = defaultdict(list)
    for file in files:
        by_keys[tuple(_partition_keys(file.partition))].append(file)
    if not by_keys:
        return []
    most = max(by_keys.values(), key=len)
    for others in by_keys.values():
        if others is not most:
            say(f"{others[0].key} and {len(others) - 1} more: not in folders like most files; left out")
    return most


def _matches(path: str, pattern: str) -> bool:
    """Match one of Glue's exclude patterns, in which `*` stops at a folder and `**` does not.

    See https://docs.aws.amazon.com/glue/latest/dg/define-crawler.html#crawler-data-stores-exclude
    """
    expression, position = "", 0
    while position < len(pattern):
        char = pattern[position]
        if pattern.startswith("**", position):
            expression, position = f"{expression}.*", position + 2
            continue
        if char == "[" and (end := pattern.find("]", position)) > 0:
            inner = (
                pattern[position + 1 : end].replace("!", "^", 1)
                if pattern[position + 1] == "!"
                else pattern[position + 1 : end]
            )
            expression, position = f"{expression}[{inner}]", end + 1
            continue
        expression += {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}.get(char, re.escape(char))
        position += 1
    return re.fullmatch(expression, path) is not None


def _add_new(present: list[dict[str, str]], wanted: list[dict[str, str]]) -> list[dict[str, str]]:
    names = {column["Name"] for column in present}
    return [*present, *(column for column in wanted if column["Name"] not in names)]


def _names(keys: list[dict[str, str]]) -> str:
    return ", ".join(key["Name"] for key in keys) or "nothing"
