"""Athena's resources (its queries are the business of the package `athena` next door)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.athena.models import AthenaBackend
from moto.athena.responses import AthenaResponse
from moto.core.exceptions import JsonRESTError

from .patching import add, wrap


def mend() -> None:
    """Answer for what has no tags; change and delete what can be made."""
    wrap(AthenaBackend, "list_tags_for_resource", _no_tags_is_no_error)
    add(AthenaResponse, update_work_group, delete_named_query, delete_prepared_statement, delete_data_catalog)


def _no_tags_is_no_error(_: Callable[..., Any]) -> Callable[..., Any]:
    """Moto says of a resource without tags that it does not exist."""

    def list_tags_for_resource(self: AthenaBackend, resource_arn: str) -> dict[str, Any]:
        tags: dict[str, Any] = self.tagger.list_tags_for_resource(resource_arn)
        return tags

    return list_tags_for_resource


def delete_named_query(self: Any) -> str:
    """Answer `athena:DeleteNamedQuery`."""
    self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
    return json.dumps({})


def delete_prepared_statement(self: Any) -> str:
    """Answer `athena:DeletePreparedStatement`."""
    self.athena_backend.prepared_statements.pop(self._get_param("StatementName"), None)
    return json.dumps({})


def delete_data_catalog(self: Any) -> str:
    """Answer `athena:DeleteDataCatalog`."""
    self.athena_backend.data_catalogs.pop(self._get_param("Name"), None)
    return json.dumps({})


def update_work_group(self: Any) -> str:
    """Answer `athena:UpdateWorkGroup`."""
    name = self._get_param("WorkGroup")
    workgroup = self.athena_backend.work_groups.get(name)
    if workgroup is None:
        raise JsonRESTError("InvalidRequestException", f"WorkGroup {name} is not found.")
    workgroup.description = self._get_param("Description", workgroup.description)
    workgroup.state = self._get_param("State", workgroup.state)
    updates = dict(self._get_param("ConfigurationUpdates", {}))
    results = updates.pop("ResultConfigurationUpdates", {})
    before = workgroup.configuration
    workgroup.configuration = _updated(before, updates) | {
        "ResultConfiguration": _updated(before.get("ResultConfiguration", {}), results)
    }
    return json.dumps({})


def _updated(settings: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    """Settings with what is new, and without X where `RemoveX` is asked for."""
    removed = {name.removeprefix("Remove") for name, wanted in updates.items() if name.startswith("Remove") and wanted}
    given = {name: value for name, value in updates.items() if not name.startswith("Remove")}
    return {name: value for name, value in (settings | given).items() if name not in removed}
