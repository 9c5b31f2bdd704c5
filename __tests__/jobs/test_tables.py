"""Iceberg tables and their branches."""

from __future__ import annotations

import dataclasses

import pytest
from commerce_lake.contract import Column
from commerce_lake.errors import ContractError, PublicationError
from commerce_lake.tables import Table, TableContract
from jobs.lake import Lake

WIDE = "decimal(7,2)"


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


def evolved(lake: Lake, table: Table, *columns: Column) -> Table:
    """The table as a later job sees it, by another contract."""
    later = Table(lake.spark, dataclasses.replace(table.contract, columns=columns))
    later.ensure()
    return later


def typed_table(lake: Lake, kind: str) -> Table:
    contract = TableContract(
        database=lake.databases["processed"],
        name="typed",
        description="It's a \\ table.",
        columns=(column("a", kind),),
        partition_by=(),
        location=f"{lake.storage.root}/processed/typed",
    )
    made = Table(lake.spark, contract)
    made.ensure()
    return made


def test_columns_are_added_where_the_contract_has_them(lake: Lake, table: Table) -> None:
    before = table.head()

    later = evolved(
        lake,
        table,
        column("first", "date"),
        column("id", "bigint"),
        column("mid", WIDE),
        column("source_date", "string"),
    )

    assert [(field.name, field.dataType.simpleString()) for field in lake.spark.table(table.name).schema] == [
        ("first", "date"),
        ("id", "bigint"),
        ("mid", "decimal(7,2)"),
        ("source_date", "string"),
    ]
    assert later.head() == before
    assert lake.rows("processed", "things") == [(None, 1, None, "a"), (None, 2, None, "b")]


def test_a_column_given_up_stays_and_is_null_in_new_rows(lake: Lake, table: Table) -> None:
    later = evolved(lake, table, column("id", "int"))

    later.append(lake.spark.createDataFrame([(3,)], "id int"), "main", {})

    assert lake.rows("processed", "things") == [(1, "a"), (2, "b"), (3, None)]


@pytest.mark.parametrize(
    ("present", "wanted"), [("int", "bigint"), ("decimal(5,2)", "decimal(7,2)"), ("float", "double")]
)
def test_a_type_becomes_wider(lake: Lake, present: str, wanted: str) -> None:
    table = evolved(lake, typed_table(lake, present), column("a", wanted))

    assert [field.dataType.simpleString() for field in lake.spark.table(table.name).schema] == [wanted]


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        ("bigint", "int"),
        ("decimal(7,2)", "decimal(5,2)"),
        ("decimal(7,2)", "decimal(9,3)"),
        ("int", "decimal(10,0)"),
        ("int", "double"),
        ("double", "decimal(10,2)"),
        ("string", "int"),
        ("date", "timestamp"),
    ],
)
def test_no_other_type_becomes_another(lake: Lake, present: str, wanted: str) -> None:
    table = typed_table(lake, present)

    with pytest.raises(ContractError) as refused:
        evolved(lake, table, column("new", "int"), column("a", wanted))

    assert f"typed.a is {present} and cannot become {wanted}" in str(refused.value)
    assert [(field.name, field.dataType.simpleString()) for field in lake.spark.table(table.name).schema] == [
        ("a", present)
    ]


def test_main_that_moved_meanwhile_is_not_overwritten(lake: Lake, table: Table) -> None:
    table.fork("run_a")
    table.append(lake.spark.createDataFrame([(3, "c")], "id int, source_date string"), "run_a", {})
    table.append(lake.spark.createDataFrame([(4, "d")], "id int, source_date string"), "main", {})

    with pytest.raises(PublicationError, match="moved while run_a was written"):
        table.publish("run_a")
    with pytest.raises(PublicationError, match="has no branch run_b"):
        table.publish("run_b")

    assert lake.rows("processed", "things", "id") == [(1,), (2,), (4,)]
