"""S3 objects that are larger than what one would hold in memory, and bucket policies."""

from __future__ import annotations

import hashlib
import json
import random
import urllib.request
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from .conftest import LocalAws

_MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def content() -> bytes:
    """More than moto keeps in memory, nowhere the same."""
    return random.Random(1).randbytes(18 * _MEGABYTE + 7)


@pytest.fixture(scope="module")
def bucket(aws: LocalAws) -> str:
    aws.client("s3").create_bucket(Bucket="large-objects")
    return "large-objects"


@pytest.fixture(scope="module")
def put(aws: LocalAws, bucket: str, content: bytes) -> str:
    etag = aws.client("s3").put_object(Bucket=bucket, Key="put", Body=content)["ETag"]
    assert etag == f'"{hashlib.md5(content).hexdigest()}"'
    return "put"


@pytest.fixture(scope="module")
def joined(aws: LocalAws, bucket: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("upload") / "content"
    file.write_bytes(content)
    parts = TransferConfig(multipart_threshold=_MEGABYTE, multipart_chunksize=5 * _MEGABYTE)
    aws.client("s3").upload_file(str(file), bucket, "joined", Config=parts)
    return "joined"


@pytest.fixture(params=["put", "joined"])
def key(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_a_large_object_comes_back_whole(aws: LocalAws, bucket: str, key: str, content: bytes) -> None:
    answer = aws.client("s3").get_object(Bucket=bucket, Key=key)
    assert answer["ContentLength"] == len(content)
    assert answer["Body"].read() == content
    assert aws.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] == len(content)


@pytest.mark.parametrize(
    "asked",
    [
        (0, 0),
        (5, 99),
        (7 * _MEGABYTE - 3, 9 * _MEGABYTE),
        (18 * _MEGABYTE, None),
        (18 * _MEGABYTE, 10**10),
        (None, 100),
    ],
)
def test_a_range_of_it_is_that_range(
    aws: LocalAws, bucket: str, key: str, content: bytes, asked: tuple[int | None, int | None]
) -> None:
    first, last = asked
    start = len(content) - (last or 0) if first is None else first
    end = len(content) if first is None or last is None else min(last + 1, len(content))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    answer = aws.client("s3").get_object(Bucket=bucket, Key=key, Range=header)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {start}-{end - 1}/{len(content)}"
    assert answer["Body"].read() == content[start:end]


def test_a_range_beyond_its_end_is_refused(aws: LocalAws, bucket: str, key: str, content: bytes) -> None:
    with pytest.raises(ClientError, match="InvalidRange"):
        aws.client("s3").get_object(Bucket=bucket, Key=key, Range=f"bytes={len(content)}-")


def test_a_copy_is_the_same(aws: LocalAws, bucket: str, key: str, content: bytes) -> None:
    s3 = aws.client("s3")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == content


def test_an_upload_in_parts_has_the_etag_of_its_parts(aws: LocalAws, bucket: str, joined: str, content: bytes) -> None:
    size = 5 * _MEGABYTE
    digests = [hashlib.md5(content[at : at + size]).digest() for at in range(0, len(content), size)]
    expected = f'"{hashlib.md5(b"".join(digests)).hexdigest()}-{len(digests)}"'
    assert aws.client("s3").head_object(Bucket=bucket, Key=joined)["ETag"] == expected


def test_what_is_being_read_is_not_changed_by_a_deletion(aws: LocalAws, bucket: str, put: str, content: bytes) -> None:
    s3 = aws.client("s3")
    s3.copy_object(Bucket=bucket, Key="short-lived", CopySource={"Bucket": bucket, "Key": put})
    body = s3.get_object(Bucket=bucket, Key="short-lived")["Body"]
    begun = body.read(1000)
    s3.delete_object(Bucket=bucket, Key="short-lived")
    assert begun + body.read() == content


class Upload:
    """An upload in parts, begun."""

    def __init__(self, aws: LocalAws, bucket: str) -> None:
        self._s3 = aws.client("s3")
        self._upload = {"Bucket": bucket, "Key": "parts"}
        self._upload["UploadId"] = self._s3.create_multipart_upload(**self._upload)["UploadId"]

    def part(self, number: int, body: bytes) -> dict[str, Any]:
        etag = self._s3.upload_part(**self._upload, PartNumber=number, Body=body)["ETag"]
        return {"PartNumber": number, "ETag": etag}

    def complete(self, *parts: dict[str, Any]) -> None:
        self._s3.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": list(parts)})


def test_parts_are_checked(aws: LocalAws, bucket: str) -> None:
    upload = Upload(aws, bucket)
    small, last = upload.part(1, b"too small"), upload.part(2, b"last")
    with pytest.raises(ClientError, match="EntityTooSmall"):
        upload.complete(small, last)
    with pytest.raises(ClientError, match="InvalidPart"):
        upload.complete(last | {"ETag": small["ETag"]})
    with pytest.raises(ClientError, match="InvalidPart"):
        upload.complete(last | {"PartNumber": 3})
    upload.complete(last)
    assert aws.client("s3").get_object(Bucket=bucket, Key="parts")["Body"].read() == b"last"


def test_a_body_in_chunks_is_decoded(aws: LocalAws, bucket: str) -> None:
    lines = b"".join(
        b"%x\r\n" % len(chunk) + chunk + b"\r\n" for chunk in (b"first\r\n", b"5\r\nsecond", b"x" * 70_000)
    )
    request = urllib.request.Request(
        f"{aws.endpoint}/{bucket}/chunks",
        data=lines + b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        method="PUT",
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20250101/us-east-1/s3/aws4_request, SignedHeaders=host,"
            " Signature=0",
            "Content-Encoding": "aws-chunked",
            "Content-Type": "text/csv",
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
    body = aws.client("s3").get_object(Bucket=bucket, Key="chunks")["Body"].read()
    assert body == b"first\r\n5\r\nsecond" + b"x" * 70_000


def _deny(bucket: str, **statement: Any) -> str:
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [denial | statement]})


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, True),
        ({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/somebody-else"}}, True),
        ({"Action": "s3:GetObject"}, True),
        ({}, False),
        ({"Principal": {"AWS": "*"}, "Action": "s3:PutObject"}, False),
    ],
)
def test_a_policy_denies_what_holds_for_everybody(aws: LocalAws, statement: dict[str, Any], allowed: bool) -> None:
    s3 = aws.client("s3")
    name = f"policy-{random.randbytes(4).hex()}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=_deny(name, **statement))
    if allowed:
        s3.put_object(Bucket=name, Key="k", Body=b"1")
        return
    with pytest.raises(ClientError) as denied:
        s3.put_object(Bucket=name, Key="k", Body=b"1")
    assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
