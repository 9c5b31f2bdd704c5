from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commerce_lake import contract as contracts
from commerce_lake.contract import CURATED, DATASETS, Column
from commerce_lake.errors import ContractError

ROOT = Path(__file__).parents[2]


def test_a_processed_table_has_the_datasets_columns_then_derived_then_common_ones() -> None:
    names = [column.name for column in contracts.dataset("clickstream").processed]

    assert names == [
        *("session_id", "customer_id", "event_type", "page", "timestamp", "device", "browser", "ip_address"),
        *("user_agent", "hour", "source_date", "processing_timestamp", "processing_date", "year", "month", "day"),
    ]


def test_a_dataset_without_event_time_has_no_date_parts() -> None:
    names = [column.name for column in contracts.dataset("products").processed]

    assert names[-3:] == ["source_date", "processing_timestamp", "processing_date"]


def test_a_reference_brings_type_description_and_pii_class() -> None:
    column = contracts.curated("clickstream").column("ip_address")

    assert (column.type, column.pii) == ("string", "network")
    assert column.description == contracts.dataset("clickstream").column("ip_address").description


def test_a_reference_to_a_reference_is_followed() -> None:
    assert contracts.curated("sessions").column("visit_id").type == "string"


def test_every_contract_in_the_folder_is_known_and_loads() -> None:
    for folder, names, load in (("datasets", DATASETS, contracts.dataset), ("curated", CURATED, contracts.curated)):
        assert sorted(names) == sorted(path.stem for path in (ROOT / "contracts" / folder).glob("*.json"))
        assert [load(name).name for name in names] == list(names)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (lambda: contracts.dataset("orders"), "no dataset 'orders'; there are transactions, products"),
        (lambda: contracts.curated("orders"), "no curated table 'orders'"),
        (lambda: contracts.dataset("reviews").column("stars"), "reviews has no column 'stars'; it has review_id"),
        (lambda: contracts._checked({"x-type": "int", "multipleOf": 5}, "a.b"), "a.b uses multipleOf; the jobs know"),
        (lambda: contracts._checked({"type": "integer"}, "a.b"), "a.b has no x-type"),
        (
            lambda: contracts._resolved({"$ref": "contract:processed#/properties/week"}, "a.b"),
            r"a.b refers to contract:processed#/properties/week, which does not exist \(no 'week'\)",
        ),
        (lambda: contracts._resolved({"$ref": "contract:datasets/none#/a"}, "a.b"), "datasets/none.json is not in"),
    ],
)
def test_errors_say_what_is_missing_and_what_is_there(load: object, message: str) -> None:
    assert callable(load)
    with pytest.raises(ContractError, match=message):
        load()


def test_a_pointer_may_hold_escaped_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"a/b": {"c~d": {"x-type": "int"}}}
    monkeypatch.setattr(contracts, "_document", lambda path: document)

    assert contracts._resolved({"$ref": "contract:x#/a~1b/c~0d"}, "p") == {"x-type": "int"}


def test_references_that_go_round_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"a": {"$ref": "contract:x#/b"}, "b": {"$ref": "contract:x#/a"}}
    monkeypatch.setattr(contracts, "_document", lambda path: document)

    with pytest.raises(ContractError, match="refers to itself"):
        contracts._resolved({"$ref": "contract:x#/a"}, "p")


def test_a_column_answers_for_its_keywords() -> None:
    column = Column("a", {"x-type": "int", "minimum": 0}, required=True)

    assert (column["minimum"], column["maximum"], column.pii, column.description) == (0, None, None, "")


def test_the_package_works_from_a_zip(tmp_path: Path) -> None:
    """As Glue has it: one archive on the path, the contracts inside."""
    copy = tmp_path / "copy" / "commerce_lake"
    shutil.copytree(ROOT / "jobs" / "commerce_lake", copy, ignore=shutil.ignore_patterns("__pycache__"))
    archive = shutil.make_archive(str(tmp_path / "package"), "zip", copy.parent)
    code = (
        "import json, commerce_lake.contract as c; "
        "print(json.dumps([c.__file__, len(c.dataset('transactions').processed), c.curated('reviews').key]))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": archive, "PATH": ""},
        check=True,
        capture_output=True,
        timeout=120,
    ).stdout

    file, columns, key = json.loads(printed)
    assert file.startswith(archive)
    assert (columns, key) == (18, ["review_id"])
