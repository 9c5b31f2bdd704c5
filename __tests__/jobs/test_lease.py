from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from commerce_lake import lease as leases
from commerce_lake.errors import LeaseError
from commerce_lake.lease import Lease
from commerce_lake.log import Log
from jobs.cloud import cloud_in_memory, create_ledger

KEY = {"pk": {"S": "LOCK#MERGE"}, "sk": {"S": "LOCK"}}


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with cloud_in_memory(monkeypatch):
        yield create_ledger("ledger")


def lease(run: str) -> Lease:
    return Lease("ledger", "MERGE", run, Log(job="test"))


def held(client: Any) -> dict[str, Any] | None:
    item: dict[str, Any] | None = client.get_item(TableName="ledger", Key=KEY).get("Item")
    return item


def put(client: Any, run: str, expires_at: int) -> None:
    item = {**KEY, "run": {"S": run}, "expires_at": {"N": str(expires_at)}, "holder": {"S": "other"}}
    client.put_item(TableName="ledger", Item=item)


def test_a_lock_is_held_inside_the_block_and_given_back(ledger: Any) -> None:
    with lease("r-1") as one:
        item = held(ledger)
        assert item is not None
        assert item["run"] == {"S": "r-1"}
        assert int(item["expires_at"]["N"]) > 0
        one.check()
    assert held(ledger) is None


def test_it_is_given_back_after_an_error_too(ledger: Any) -> None:
    with pytest.raises(ZeroDivisionError), lease("r-1"):
        _ = 1 / 0
    assert held(ledger) is None


def test_another_waits_until_it_is_given_back(ledger: Any) -> None:
    order: list[str] = []
    entered = threading.Event()

    def wait() -> None:
        entered.set()
        with lease("r-2"):
            order.append("r-2")

    waiting = threading.Thread(target=wait)
    with lease("r-1"):
        waiting.start()
        assert entered.wait(10)
        order.append("r-1")
    waiting.join(30)

    assert order == ["r-1", "r-2"]


def test_it_gives_up_after_the_longest_wait(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LONGEST_WAIT_SECONDS", 0)
    put(ledger, "r-0", 99_999_999_999)

    with pytest.raises(LeaseError, match="held by another run"), lease("r-1"):
        pass
    item = held(ledger)
    assert item is not None
    assert item["run"] == {"S": "r-0"}


@pytest.mark.parametrize(("run", "expires_at"), [("r-0", 1), ("r-1", 99_999_999_999)])
def test_it_takes_over_from_a_crashed_run_and_from_an_attempt_of_its_own(
    ledger: Any, run: str, expires_at: int
) -> None:
    put(ledger, run, expires_at)

    with lease("r-1") as one:
        one.check()
    assert held(ledger) is None


def test_a_lost_lock_is_noticed_and_not_taken_from_its_new_holder(ledger: Any) -> None:
    with lease("r-1") as one:
        put(ledger, "r-2", 99_999_999_999)
        with pytest.raises(LeaseError, match="was lost"):
            one.check()
    item = held(ledger)
    assert item is not None
    assert item["run"] == {"S": "r-2"}


def test_it_is_renewed_while_it_is_held(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.2)
    renewed = threading.Event()
    put_lease = Lease._put

    def note(self: Lease, condition: str) -> bool:
        if threading.current_thread() is not threading.main_thread():
            renewed.set()
        return put_lease(self, condition)

    monkeypatch.setattr(Lease, "_put", note)
    with lease("r-1"):
        assert renewed.wait(10)
