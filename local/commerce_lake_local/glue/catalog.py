"""The optimistic lock of Glue tables.

Iceberg commits by UpdateTable with the `VersionId` that it has read, and Glue refuses when the table is at another
version meanwhile. moto 5.2.5 takes every update, so that of two commits at once one would be lost.

See https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html#aws-glue-api-catalog-tables-UpdateTable
"""

from __future__ import annotations

import threading

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse

_UPDATING = threading.Lock()


class ConcurrentModificationException(GlueClientError):  # noqa: N818 (Glue's name)
    """Two processes are modifying a resource simultaneously."""

    def __init__(self, table: str, expected: str, found: str) -> None:
        super().__init__(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: {table} is at version {found}, not {expected}.",
        )


def install() -> None:
    """Make UpdateTable compare the version it is given, and create and update one at a time."""
    update, create = GlueResponse.update_table, GlueResponse.create_table

    def update_table(response: GlueResponse) -> ActionResult:
        parameters = response.parameters
        expected = parameters.get("VersionId")
        with _UPDATING:
            if expected is not None:
                database = parameters["DatabaseName"]
                name = parameters["TableInput"]["Name"]
                found = response.glue_backend.get_table(database, name).as_dict()["VersionId"]
                if found != expected:
                    raise ConcurrentModificationException(f"{database}.{name}", expected, found)
            return update(response)

    def create_table(response: GlueResponse) -> ActionResult:
        with _UPDATING:
            return create(response)

    GlueResponse.update_table = update_table  # type: ignore[method-assign,assignment]
    GlueResponse.create_table = create_table  # type: ignore[method-assign,assignment]
