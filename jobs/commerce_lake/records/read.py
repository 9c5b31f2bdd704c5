"""Reads one file of a manifest, or a part of it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, cast

import pyarrow as pa

from ..contract import Contract
from ..errors import UnreadableFileError
from ..manifest import ManifestFile
from ..storage import Storage
from .batches import Place
from .csv import read_csv
from .json import read_json_array, read_json_lines, read_json_object


def read_records(
    storage: Storage, contract: Contract, file: ManifestFile, place: Place, start: int, end: int | None
) -> Iterator[pa.RecordBatch]:
    """The records of an accepted file as Arrow batches (`arrow_schema`), in file order.

    Args:
        storage: Where the file is.
        contract: Contract of its dataset: only its columns are read.
        file: The file.
        place: Where the first record stands.
        start: Byte to begin at: 0, or that of a split.
        end: Byte to stop before: that of the next split, or None for the file's end.

    Raises:
        UnreadableFileError: The file does not read as the validator read it.
    """
    with closing(storage.open(file.key, start, end, file.etag)) as opened:
        stream = opened if file.compression == "none" else cast(BinaryIO, gzip.GzipFile(fileobj=opened))
        try:
            if file.format == "csv":
                yield from read_csv(stream, file.columns, contract.columns, place, has_header=start == 0)
            elif file.format == "jsonl":
                yield from read_json_lines(stream, contract.columns, place)
            elif file.format == "json-array":
                yield from read_json_array(stream, contract.columns, place)
            else:
                yield from read_json_object(stream, contract.columns, place)
        except (ValueError, EOFError, gzip.BadGzipFile) as error:
            # The error's own text could quote the record.
            raise UnreadableFileError(
                f"{file.key} was accepted, but is not {file.format} at record {place.record}: {type(error).__name__}. "
                "The validator and this job disagree; keep the file, and report it."
            ) from None
