"""S3 objects that are larger than what one would hold in memory.

Moto keeps them on disk, but reads a whole object for any range of it, holds a multipart upload four times over while
it joins the parts, and takes time that grows with the square of the size to decode a chunked upload.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML
from moto.s3.models import FakeKey, FakeMultipart, MultipartChecksumBuilder, S3Backend, s3_backends
from moto.s3.responses import S3Response
from moto.settings import S3_UPLOAD_PART_MIN_SIZE

from ..context import ACCOUNT
from .patching import wrap

_CHUNK = 1024 * 1024
_PARTITION = "aws"
_answering = threading.local()


def mend() -> None:
    """Stream large objects in and out."""
    value = vars(FakeKey)["value"]
    FakeKey.value = property(_from_disk(value.fget), _take_over(value.fset))  # type: ignore[assignment, method-assign]
    wrap(S3Response, "get_object", _answer_from_disk)
    wrap(S3Response, "_handle_encoded_body", lambda _: _decode_chunks)
    wrap(FakeMultipart, "complete", lambda _: _complete)
    wrap(S3Backend, "copy_object", _copy_without_composite_checksum)


def beginning(bucket: str, key: str, size: int) -> bytes | None:
    """Return the first bytes of an object, for engines that look at thousands; None where it is gone."""
    found = s3_backends[ACCOUNT][_PARTITION].get_object(bucket, key)
    if not isinstance(found, FakeKey):
        return None
    with found.lock:
        found._value_buffer.seek(0)
        return found._value_buffer.read(size)


class StoredContent:
    """A part of a file, read as it is sent. It has what moto asks of an answer's body: a length, slices, iteration."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._start = start
        self._end = end

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, part: slice) -> StoredContent:
        start, stop, _ = part.indices(len(self))
        return StoredContent(self._file, self._start + start, self._start + max(start, stop))

    def __iter__(self) -> Iterator[bytes]:
        for position in range(self._start, self._end, _CHUNK):
            yield os.pread(self._file.fileno(), min(_CHUNK, self._end - position), position)


@dataclass(frozen=True)
class _Joined:
    """The parts of an upload, joined on disk into the content of one object."""

    file: SpooledTemporaryFile[bytes]
    size: int


def _from_disk(get: Callable[[FakeKey], bytes]) -> Callable[[FakeKey], bytes | StoredContent]:
    def value(self: FakeKey) -> bytes | StoredContent:
        if not getattr(_answering, "now", False) or self.contentsize <= self._max_buffer_size:
            return get(self)
        with self.lock:
            self._value_buffer.flush()
            # A descriptor of its own: the object may be overwritten or deleted while it is sent.
            file = os.fdopen(os.dup(self._value_buffer.fileno()), "rb", buffering=0)
        return StoredContent(file, 0, self.contentsize)

    return value


def _answer_from_disk(get_object: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def get(self: Any) -> Any:
        _answering.now = True
        try:
            return get_object(self)
        finally:
            _answering.now = False

    return get


def _take_over(set_value: Callable[[FakeKey, Any], None]) -> Callable[[FakeKey, Any], None]:
    def value(self: FakeKey, new_value: Any) -> None:
        if isinstance(new_value, _Joined):
            self._value_buffer.close()
            self._value_buffer = new_value.file
            self.contentsize = new_value.size
        else:
            set_value(self, new_value)

    return value


def _complete(self: FakeMultipart, body: Iterable[tuple[int, str]]) -> tuple[_Joined, str, Any]:
    """Check the parts that the client lists, and join them.

    Of the object's checksums, only those that are made of the parts' are computed.
    """
    parts = []
    for number, etag in body:
        part = self.parts.get(number)
        if part is None or part.etag.strip('"') != etag.strip('"'):
            raise InvalidPart
        parts.append(part)
    if not parts:
        raise MalformedXML
    if any(part.contentsize < S3_UPLOAD_PART_MIN_SIZE for part in parts[:-1]):
        raise EntityTooSmall
    joined: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(parts[0]._max_buffer_size)  # noqa: SIM115
    checksum = MultipartChecksumBuilder(
        self.metadata.get("x-amz-checksum-algorithm"), self.metadata.get("x-amz-checksum-type")
    )
    composite = checksum.checksum_type == "COMPOSITE"
    digests = b""
    for part in parts:
        content = part.value
        joined.write(content)
        digests += bytes.fromhex(part.etag.strip('"'))
        if composite:
            checksum.addPart(content)
    etag = f"{md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
    return _Joined(joined, joined.tell()), etag, checksum.build() if composite else None


def _copy_without_composite_checksum(copy: Callable[..., None]) -> Callable[..., None]:
    """Moto gives the copy the checksum of the original's parts, which no client finds in a copy that has none."""

    def copy_object(self: Any, src_key: FakeKey, *args: Any, **kwargs: Any) -> None:
        checksum = src_key.checksum_value
        if src_key.checksum_type == "COMPOSITE":
            src_key.checksum_value = None
        try:
            copy(self, src_key, *args, **kwargs)
        finally:
            src_key.checksum_value = checksum

    return copy_object


def _decode_chunks(_: S3Response, body: io.BufferedIOBase | bytes) -> bytes:
    """Take the data out of a body of lines and chunks: size, data, size, data, …, zero, trailers."""
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    chunks = []
    while size := int(stream.readline().split(b";")[0].strip() or b"0", 16):
        chunks.append(stream.read(size))
        stream.readline()
    return b"".join(chunks)
