from __future__ import annotations

import uuid

import pytest

from .conftest import LocalAws


def test_an_update_from_an_old_version_is_refused(aws: LocalAws) -> None:
    glue = aws.client("glue")
    database = f"db_{uuid.uuid4().hex[:8]}"
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(DatabaseName=database, TableInput={"Name": "t", "Parameters": {"n": "0"}})
    version = glue.get_table(DatabaseName=database, Name="t")["Table"]["VersionId"]

    def update(value: str, **settings: str) -> None:
        glue.update_table(DatabaseName=database, TableInput={"Name": "t", "Parameters": {"n": value}}, **settings)

    update("1", VersionId=version)
    with pytest.raises(glue.exceptions.ConcurrentModificationException, match="at version 2, not 1"):
        update("2", VersionId=version)
    assert glue.get_table(DatabaseName=database, Name="t")["Table"]["Parameters"] == {"n": "1"}
    update("3")
    assert glue.get_table(DatabaseName=database, Name="t")["Table"]["Parameters"] == {"n": "3"}
