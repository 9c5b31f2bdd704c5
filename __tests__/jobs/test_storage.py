from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import boto3
import pytest
from commerce_lake.storage import FolderStorage, S3Storage, Storage, lake
from jobs.cloud import cloud_in_memory


@pytest.fixture(params=["s3", "folder"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    if request.param == "folder":
        yield lake(f"file:{tmp_path}")
        return
    monkeypatch.setenv("AWS_S3_FORCE_PATH_STYLE", "true")
    with cloud_in_memory(monkeypatch):
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield lake("bucket")


def test_a_bucket_is_s3_and_a_file_uri_a_folder(tmp_path: Path) -> None:
    assert lake("data-lake-test") == S3Storage("data-lake-test")
    assert lake("data-lake-test").root == "s3://data-lake-test"
    assert lake(f"file:{tmp_path}/") == FolderStorage(f"file:{tmp_path}")


def test_an_object_is_written_read_and_replaced(storage: Storage) -> None:
    storage.write("a/ü b=1.json", b"one", "application/json")
    storage.write("a/ü b=1.json", b"two", "application/json")

    assert storage.read("a/ü b=1.json") == b"two"


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, None, b"0123456789"), (3, None, b"3456789"), (0, 4, b"0123"), (3, 5, b"34")]
)
def test_a_part_of_an_object_is_streamed(storage: Storage, start: int, end: int | None, expected: bytes) -> None:
    storage.write("a", b"0123456789", "text/plain")

    stream = storage.open("a", start, end)

    assert stream.read(1) + stream.read(100) == expected
    assert stream.read(1) == b""
    stream.close()


def test_an_empty_object_is_streamed(storage: Storage) -> None:
    storage.write("a", b"", "text/plain")

    assert storage.open("a").read() == b""


def test_what_a_stream_still_holds_is_uploaded(storage: Storage) -> None:
    content = BytesIO(b"0123456789")
    content.seek(3)

    storage.upload("a/b=1/c", content)

    assert storage.read("a/b=1/c") == b"3456789"


def test_keys_and_what_is_deleted_end_at_the_prefix(storage: Storage) -> None:
    for key in ("q/run=1/a", "q/run=1/b/c", "q/run=10/a", "r/a"):
        storage.write(key, b"", "text/plain")

    assert list(storage.keys("q/run=1/")) == ["q/run=1/a", "q/run=1/b/c"]
    storage.delete("q/run=1/")
    storage.delete("nothing/here/")
    assert list(storage.keys("q/")) == ["q/run=10/a"]
    assert list(storage.keys("nothing/")) == []
