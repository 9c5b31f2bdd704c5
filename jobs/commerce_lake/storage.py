"""Where the lake's objects are: S3, or a folder that stands for it in tests and benchmarks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import unquote, urlsplit

from .errors import UnreadableFileError

_COPY_BYTES = 1024 * 1024


class Storage(Protocol):
    """The few things that the jobs do with objects outside Spark and Iceberg. Keys are relative to the lake's root."""

    @property
    def root(self) -> str:
        """URI of the lake's root, without a slash at its end; Spark and Iceberg write below it."""

    def read(self, key: str) -> bytes:
        """Content of a small object."""

    def write(self, key: str, content: bytes, content_type: str) -> None:
        """Puts a small object, or replaces it."""

    def upload(self, key: str, content: BinaryIO) -> None:
        """Puts a new object, of any size, from where the stream stands to its end."""

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """Streams the bytes from `start` up to, not including, `end`.

        Raises:
            UnreadableFileError: The object is gone, or no longer the one with that ETag.
        """

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys that begin with a prefix that ends in a slash."""

    def delete(self, prefix: str) -> None:
        """Deletes everything under a prefix that ends in a slash."""


def lake(bucket: str) -> Storage:
    """The lake in a bucket, or in a folder where `bucket` is a `file:` URI."""
    if bucket.startswith("file:"):
        return FolderStorage(bucket.rstrip("/"))
    return S3Storage(bucket)


@dataclass(frozen=True)
class S3Storage:
    """A bucket. Clients are made where they are used, so that this can travel to Spark's workers."""

    bucket: str

    @property
    def root(self) -> str:
        """See `Storage.root`."""
        return f"s3://{self.bucket}"

    def read(self, key: str) -> bytes:
        """See `Storage.read`."""
        return cast(bytes, self._client().get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def write(self, key: str, content: bytes, content_type: str) -> None:
        """See `Storage.write`."""
        self._client().put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=content_type)

    def upload(self, key: str, content: BinaryIO) -> None:
        """See `Storage.upload`; large objects go in parts."""
        self._client().upload_fileobj(content, self.bucket, key)

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """See `Storage.open`."""
        from botocore.exceptions import ClientError

        request = {"Bucket": self.bucket, "Key": key}
        if etag:
            request["IfMatch"] = f'"{etag}"'
        # A range of an empty object is an error to S3, so the whole object is asked for as such.
        if start > 0 or end is not None:
            request["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
        try:
            return cast(BinaryIO, self._client().get_object(**request)["Body"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "PreconditionFailed"):
                raise
            raise UnreadableFileError(
                f"{self.root}/{key} was deleted or replaced since it was validated. Run the date again."
            ) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Storage.keys`."""
        for page in self._client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield str(entry["Key"])

    def delete(self, prefix: str) -> None:
        """See `Storage.delete`."""
        client = self._client()
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            if keys:
                client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        path_style = os.environ.get("AWS_S3_FORCE_PATH_STYLE", "").lower() in ("1", "true")
        config = Config(retries={"mode": "standard"}, s3={"addressing_style": "path"} if path_style else {})
        return boto3.client("s3", config=config)


@dataclass(frozen=True)
class FolderStorage:
    """A local folder."""

    root: str

    def read(self, key: str) -> bytes:
        """See `Storage.read`."""
        return self._path(key).read_bytes()

    def write(self, key: str, content: bytes, content_type: str) -> None:
        """See `Storage.write`; a file has no content type."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def upload(self, key: str, content: BinaryIO) -> None:
        """See `Storage.upload`."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(content, file, _COPY_BYTES)

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """See `Storage.open`; a file has no ETag."""
        stream = self._path(key).open("rb")
        stream.seek(start)
        return stream if end is None else cast(BinaryIO, _Bounded(stream, end - start))

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Storage.keys`."""
        base = self._path("")
        for path in sorted(self._path(prefix).rglob("*")):
            if path.is_file():
                yield path.relative_to(base).as_posix()

    def delete(self, prefix: str) -> None:
        """See `Storage.delete`."""
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def _path(self, key: str) -> Path:
        return Path(unquote(urlsplit(self.root).path)) / key


class _Bounded:
    """The first `left` bytes of a stream."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream = stream
        self._left = left

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        content = self._stream.read(wanted)
        self._left -= len(content)
        return content

    def close(self) -> None:
        self._stream.close()
