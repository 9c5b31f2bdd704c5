"""Transactions of DynamoDB on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from commerce_lake_local.api import dynamodb as mends
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.responses import DynamoResult

REGION, ACCOUNT = "us-east-1", "123456789012"


@pytest.fixture(params=["pk and sk", "pk"])
def ledger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    keys = request.param.split(" and ")
    operation = DynamoDBBackend.transact_write_items
    if not hasattr(operation, "__wrapped__"):
        monkeypatch.setattr(DynamoDBBackend, "transact_write_items", mends._undoing_what_it_touched(operation))
    with mock_aws():
        client = boto3.client("dynamodb", REGION, aws_access_key_id="x", aws_secret_access_key="x")
        client.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
        yield client


def item(name: str, **values: str) -> dict[str, Any]:
    return {key: {"S": value} for key, value in {"pk": name, "sk": "ENTRY", **values}.items()}


def key(client: Any, name: str) -> dict[str, Any]:
    schema = client.describe_table(TableName="ledger")["Table"]["KeySchema"]
    return {entry["AttributeName"]: item(name)[entry["AttributeName"]] for entry in schema}


def everything(client: Any) -> list[tuple[str, str]]:
    found = client.scan(TableName="ledger", ConsistentRead=True)["Items"]
    return sorted((one["pk"]["S"], one.get("state", {}).get("S", "")) for one in found)


def changes(client: Any, condition: str) -> list[dict[str, Any]]:
    """One of each kind; the last goes through where `kept` meets a condition."""
    table = {"TableName": "ledger"}
    return [
        {"Put": {**table, "Item": item("new", state="put")}},
        {"Put": {**table, "Item": item("old", state="replaced")}},
        {
            "Update": {
                **table,
                "Key": key(client, "changed"),
                "UpdateExpression": "SET #s = :s",
                "ExpressionAttributeNames": {"#s": "state"},
                "ExpressionAttributeValues": {":s": {"S": "updated"}},
            }
        },
        {"Delete": {**table, "Key": key(client, "gone")}},
        {"ConditionCheck": {**table, "Key": key(client, "kept"), "ConditionExpression": condition}},
    ]


BEFORE = [("changed", "x"), ("gone", "x"), ("kept", "x"), ("old", "x")]


def fill(client: Any) -> None:
    for name, state in BEFORE:
        client.put_item(TableName="ledger", Item=item(name, state=state))


def test_a_transaction_changes_all_that_it_names(ledger: Any) -> None:
    fill(ledger)
    ledger.transact_write_items(TransactItems=changes(ledger, "attribute_exists(pk)"))
    assert everything(ledger) == [("changed", "updated"), ("kept", "x"), ("new", "put"), ("old", "replaced")]


def test_one_that_fails_changes_nothing(ledger: Any) -> None:
    fill(ledger)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        ledger.transact_write_items(TransactItems=changes(ledger, "attribute_not_exists(pk)"))
    assert everything(ledger) == BEFORE
    ledger.transact_write_items(TransactItems=changes(ledger, "attribute_exists(pk)"))
    assert everything(ledger) != BEFORE


def test_one_that_is_refused_changes_nothing(ledger: Any) -> None:
    fill(ledger)
    twice = [*changes(ledger, "attribute_exists(pk)"), {"Put": {"TableName": "ledger", "Item": item("new")}}]
    with pytest.raises(ClientError):
        ledger.transact_write_items(TransactItems=twice)
    assert everything(ledger) == BEFORE


def test_no_other_item_is_copied_on_the_way(ledger: Any) -> None:
    fill(ledger)
    backends: BackendDict[DynamoDBBackend] = dynamodb_backends
    table: Any = backends[ACCOUNT][REGION].tables["ledger"]

    class Untouched:
        def __deepcopy__(self, memo: object) -> Untouched:
            raise AssertionError("an item that the transaction does not name was copied")

    actions = changes(ledger, "attribute_exists(pk)")
    other = Untouched()
    table.items[other] = other
    ledger.transact_write_items(TransactItems=actions)
    del table.items[other]
    assert ("new", "put") in everything(ledger)


def test_answers_are_written_as_moto_writes_them(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, Any] = {
        "text": {"S": 'é"\n'},
        "number": {"N": "1.50"},
        "bytes": {"B": b"\x00\xff"},
        "sets": {"BS": [b"\x01", b"\xfe"]},
        "deep": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}, {"NS": ["1", "2"]}, {"M": {}}]}}},
    }
    for name in ("a", "b", "c"):
        ledger.put_item(TableName="ledger", Item={**item(name), **values})

    def answers() -> list[Any]:
        keys = [key(ledger, name) for name in ("a", "c", "missing")]
        found = [
            ledger.get_item(TableName="ledger", Key=keys[0], ReturnConsumedCapacity="TOTAL"),
            ledger.get_item(TableName="ledger", Key=keys[2]),
            ledger.batch_get_item(RequestItems={"ledger": {"Keys": keys}}, ReturnConsumedCapacity="TOTAL"),
            ledger.scan(TableName="ledger", Limit=2),
            ledger.query(
                TableName="ledger", KeyConditionExpression="pk = :a", ExpressionAttributeValues={":a": {"S": "a"}}
            ),
        ]
        return [{name: value for name, value in one.items() if name != "ResponseMetadata"} for one in found]

    before = answers()
    assert before[0]["Item"] == {**{name: item("a")[name] for name in key(ledger, "a")}, **item("a"), **values}
    execute = DynamoResult.execute_result
    original = getattr(execute, "__wrapped__", None)
    if original is None:
        monkeypatch.setattr(DynamoResult, "execute_result", mends._written_as_they_are(execute))
    else:
        monkeypatch.setattr(DynamoResult, "execute_result", original)
    assert answers() == before
