"""The lake's objects as files of DuckDB, with a count of what a query really reads."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from fsspec import AbstractFileSystem

from .errors import QueryCancelledError

# Files up to this size come with one request, however many pieces of them are wanted.
_WHOLE_FILE_BYTES = 4_000_000
_PARQUET_MAGIC = b"PAR1"
_KEPT_BYTES = 128_000_000


class ScanLimitError(QueryCancelledError):
    """More bytes than the workgroup lets one query read."""


class LakeFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec ships no types
    """Reads `lake://BUCKET/KEY` for one query.

    It serves only objects whose size it was told (`expect`): what a catalog names, no listing finds more of.
    """

    protocol: ClassVar[str] = "lake"
    cachable: ClassVar[bool] = False

    def __init__(self, s3: Any, limit: int | None) -> None:
        super().__init__()
        self._s3 = s3
        self._limit = limit
        self._sizes: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._whole: dict[str, bytes] = {}
        self._kept = 0
        self._ends: dict[str, int] = {}
        self._seen: set[tuple[str, int, int]] = set()
        self._lock = threading.Lock()
        self.scanned = 0

    def expect(self, sizes: Mapping[str, int], names: Mapping[str, str] | None = None) -> None:
        """Make objects readable.

        Args:
            sizes: In bytes, by `BUCKET/KEY`.
            names: `BUCKET/KEY` by the name under which it is asked for, where that is another.
        """
        self._sizes.update(sizes)
        self._names.update(names or {})

    def glob(self, path: str, **_: Any) -> list[str]:
        """The path itself: nothing in a key is a wildcard."""
        return [path]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Size and type of an object."""
        name = self._object(path)
        return {"name": path, "size": self._sizes[name], "type": "file"}

    def modified(self, path: str) -> datetime:
        """Always the same: what a snapshot refers to never changes."""
        return datetime.fromtimestamp(0, UTC)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.RawIOBase:
        if mode != "rb":
            raise PermissionError(f"Queries only read; {path} was opened with mode {mode}.")
        name = self._object(path)
        return _LakeFile(self, name, self._sizes[name])

    def _object(self, path: str) -> str:
        name: str = self._strip_protocol(path)
        return self._names.get(name, name)

    def read_range(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of an object; those not read before are counted.

        Raises:
            ScanLimitError: The query has read more than it may.
        """
        data = self._fetch(name, start, length)
        with self._lock:
            piece = (name, start, length)
            if piece not in self._seen:
                self._seen.add(piece)
                self.scanned += self._data_length(name, start, data)
            if self._limit is not None and self.scanned > self._limit:
                raise ScanLimitError("Bytes scanned limit was exceeded")
        return data

    def _data_length(self, name: str, start: int, data: bytes) -> int:
        """How much of a piece is data.

        DuckDB begins with the last kilobytes of a Parquet file, whatever the query, for the description of the file
        at its very end. The chunks of the columns that it wants it reads after that.
        """
        size = self._sizes[name]
        if start + len(data) == size and data.endswith(_PARQUET_MAGIC):
            self._ends[name] = size - len(_PARQUET_MAGIC) - 4 - int.from_bytes(data[-8:-4], "little")
            return 0
        return max(min(start + len(data), self._ends.get(name, size)) - start, 0)

    def _fetch(self, name: str, start: int, length: int) -> bytes:
        with self._lock:
            whole = self._whole.get(name)
        if whole is None and self._sizes[name] > _WHOLE_FILE_BYTES:
            return self._get(name, f"bytes={start}-{start + length - 1}")
        if whole is None:
            whole = self._get(name, None)
            with self._lock:
                if self._kept + len(whole) <= _KEPT_BYTES and name not in self._whole:
                    self._whole[name] = whole
                    self._kept += len(whole)
        return whole[start : start + length]

    def _get(self, name: str, byte_range: str | None) -> bytes:
        bucket, _, key = name.partition("/")
        extra = {"Range": byte_range} if byte_range else {}
        body: bytes = self._s3.get_object(Bucket=bucket, Key=key, **extra)["Body"].read()
        return body


class _LakeFile(io.RawIOBase):
    def __init__(self, files: LakeFileSystem, name: str, size: int) -> None:
        super().__init__()
        self._files, self._name, self._size = files, name, size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(self._size - self._position, 0)
        length = left if size < 0 else min(size, left)
        if length == 0:
            return b""
        data = self._files.read_range(self._name, self._position, length)
        self._position += len(data)
        return data
