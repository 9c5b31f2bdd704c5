"""Merges that are started at once take turns, by the lock in the run ledger."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from commerce_lake import lease, merge
from jobs.cloud import cloud_in_memory, create_ledger
from jobs.lake import KEY, Lake

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
RUNS = (("r-1", "2025-01-14"), ("r-2", "2025-01-15"))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with cloud_in_memory(monkeypatch):
        boto3.client("secretsmanager").create_secret(Name="pii-key", SecretString=KEY.decode())
        create_ledger("run-ledger-test")
        yield


def test_two_merges_take_turns(lake: Lake, cloud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first holds the lock until the second has been seen to wait for it; both sales end up in curated."""
    for run, date in RUNS:
        lake.put("transactions", date, "a.csv", HEADER + f"T-{run},C1,P1,1,1.00,1.00,2025-01-13,completed\n")
        lake.etl("transactions", run, date)
    inside, most = [0], [0]
    entered, waits = threading.Event(), threading.Event()
    run_merge = merge.run_merge

    def watched(*arguments: Any) -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        entered.set()
        assert waits.wait(60)
        try:
            return run_merge(*arguments)
        finally:
            inside[0] -= 1

    def waiting(self: Any, event: str, **figures: object) -> None:
        if event == "waiting":
            waits.set()

    monkeypatch.setattr(merge, "run_merge", watched)
    monkeypatch.setattr(merge.Log, "info", waiting)
    monkeypatch.setattr(lease, "_LONGEST_PAUSE_SECONDS", 1.0)
    failed: list[BaseException] = []

    def start(run: str, date: str) -> None:
        argv = [*lake.arguments(run, date), "--datasets", "transactions", "--pii_key_secret", "pii-key"]
        try:
            merge.main(argv)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start, args=run) for run in RUNS]
    threads[0].start()
    # DynamoDB compares and writes in one step. What stands for it in this process does not, where two threads call it.
    assert entered.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join(240)

    assert failed == []
    assert most == [1]
    assert lake.rows("curated", "transactions", "transaction_id") == [("T-r-1",), ("T-r-2",)]
    assert boto3.client("dynamodb").scan(TableName="run-ledger-test")["Items"] == []
    assert lake.rows("curated", "customers", "orders") == [(2,)]
