"""What the local AWS answers where it has no answer."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("athena", lambda client: client.list_executors(SessionId="s"), "athena:ListExecutors"),
        (
            "lambda",
            lambda client: client.put_provisioned_concurrency_config(
                FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1
            ),
            "lambda:PutProvisionedConcurrencyConfig",
        ),
        ("cloudwatch", lambda client: client.describe_alarm_contributors(AlarmName="a"), "monitoring:"),
        ("iam", lambda client: client.simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["a:B"]), "iam:"),
        ("quicksight", lambda client: client.list_themes(AwsAccountId="123456789012"), "quicksight:ListThemes"),
        ("braket", lambda client: client.search_jobs(filters=[]), "braket:SearchJobs"),
        (
            "kinesis-video-media",
            lambda client: client.get_media(StreamName="s", StartSelector={"StartSelectorType": "NOW"}),
            "kinesisvideo:POST /getMedia",
        ),
    ],
)
def test_an_unknown_call_is_named(aws: LocalAws, service: str, operation: Callable[[Any], Any], call: str) -> None:
    with pytest.raises(ClientError) as refused:
        operation(aws.client(service))
    error = refused.value.response["Error"]
    assert error["Code"] == "UnknownOperationException"
    assert error["Message"].startswith(f"the local AWS does not know {call}")
    # Clients repeat what has a status of 500 or more; there is no sense in repeating this.
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_missing_resource_is_still_told_in_the_services_own_words(aws: LocalAws) -> None:
    with pytest.raises(ClientError) as missing:
        aws.client("glue").get_table(DatabaseName="no_such", Name="table")
    assert missing.value.response["Error"]["Code"] == "EntityNotFoundException"
    with pytest.raises(ClientError) as missing:
        aws.client("s3").get_object(Bucket="no-such-bucket", Key="k")
    assert missing.value.response["Error"]["Code"] == "NoSuchBucket"


def test_a_fault_of_its_own_is_told_with_the_call_and_kept_in_the_log(aws: LocalAws) -> None:
    with pytest.raises(ClientError) as failed:
        # moto looks the upload up in a dictionary and does not expect it to be missing.
        aws.client("s3").create_bucket(Bucket="has-no-uploads")
        aws.client("s3").upload_part(Bucket="has-no-uploads", Key="k", UploadId="none", PartNumber=1, Body=b"")
    error = failed.value.response["Error"]
    assert error["Code"] == "InternalFailure"
    assert "the local AWS failed in s3:UploadPart: KeyError" in error["Message"]
    log = (aws.state_dir / "local-aws.log").read_text()
    assert "s3:UploadPart failed\nTraceback" in log


def test_what_is_no_aws_call_gets_no_page_of_html(aws: LocalAws) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{aws.endpoint}/_no/such/service", timeout=20)
    assert "html" not in refused.value.headers["Content-Type"]
