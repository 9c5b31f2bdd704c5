"""Iceberg tables and their branches."""

from __future__ import annotations

import pytest
from commerce_lake.contract import Column
from commerce_lake.tables import Table, TableContract
from jobs.lake import Lake


def column(name: str, kind: str) -> Column:
    return Column(name, {"x-type": kind, "description": name}, required=False)


@pytest.fixture
def table(lake: Lake) -> Table:
    contract = TableContract(
        database=lake.databases["processed"],
        name="things",
        description="Things.",
        columns=(column("id", "int"), column("source_date", "string")),
        partition_by=(),
        location=f"{lake.storage.root}/processed/things",
    )
    made = Table(lake.spark, contract)
    made.ensure()
    made.append(lake.spark.createDataFrame([(1, "a"), (2, "b")], "id int, source_date string"), "main", {})
    return made


def age(lake: Lake, table: Table) -> None:
    """What half a minute does: the catalog drops its copy of the table, and the next query loads another."""
    assert table.head() is not None
    lake.spark.catalog.refreshTable(table.name)
    assert lake.spark.table(table.name).count() == 2


def test_a_branch_is_written_although_the_catalog_has_loaded_the_table_again(lake: Lake, table: Table) -> None:
    age(lake, table)
    assert table.fork("run_a") == table.head()
    table.delete("run_a", "source_date = 'a'")
    table.append(lake.spark.createDataFrame([(3, "a")], "id int, source_date string"), "run_a", {})
    assert sorted(row.id for row in table.read("run_a").collect()) == [2, 3]
    assert sorted(row.id for row in table.read().collect()) == [1, 2]


def test_what_is_published_is_read_although_the_catalog_has_loaded_the_table_again(lake: Lake, table: Table) -> None:
    table.fork("run_a")
    table.delete("run_a", "true")
    table.append(lake.spark.createDataFrame([(4, "a")], "id int, source_date string"), "run_a", {})
    age(lake, table)
    table.publish("run_a")
    assert [row.id for row in table.read().collect()] == [4]
    table.drop_branch("run_a")
    assert list(table.branches()) == ["main"]
