"""Cost Explorer: what watches costs is kept; nothing costs anything here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from moto.ce.models import CostExplorerBackend
from moto.ce.responses import CostExplorerResponse
from moto.core.exceptions import JsonRESTError

from .patching import add, wrap


def mend() -> None:
    """Know anomaly monitors, their subscriptions, cost allocation tags and forecasts, which moto does not."""
    wrap(CostExplorerBackend, "__init__", _with_watchers)
    add(
        CostExplorerResponse,
        create_anomaly_monitor,
        get_anomaly_monitors,
        update_anomaly_monitor,
        delete_anomaly_monitor,
        create_anomaly_subscription,
        get_anomaly_subscriptions,
        update_anomaly_subscription,
        delete_anomaly_subscription,
        update_cost_allocation_tags_status,
        list_cost_allocation_tags,
        get_cost_forecast,
    )


def _with_watchers(init: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        init(self, *args, **kwargs)
        self.watchers = {"Monitor": {}, "Subscription": {}}
        self.cost_allocation_tags = {}

    return __init__


def _create(response: Any, kind: str) -> str:
    request = json.loads(response.body)
    backend = response.ce_backend
    path = f"anomaly{kind.lower()}/{uuid4()}"
    arn = f"arn:{response.partition}:ce::{backend.account_id}:{path}"
    about = request[f"Anomaly{kind}"] | {f"{kind}Arn": arn}
    if kind == "Subscription":
        about["AccountId"] = backend.account_id
        about["Subscribers"] = [{"Status": "CONFIRMED"} | one for one in about["Subscribers"]]
    backend.watchers[kind][arn] = about
    if request.get("ResourceTags"):
        backend.tag_resource(arn, request["ResourceTags"])
    return json.dumps({f"{kind}Arn": arn})


def _find(response: Any, kind: str) -> str:
    wanted = json.loads(response.body).get(f"{kind}ArnList")
    known: Mapping[str, dict[str, Any]] = response.ce_backend.watchers[kind]
    for arn in wanted or ():
        if arn not in known:
            raise JsonRESTError(f"Unknown{kind}Exception", f"There is no {arn}")
    return json.dumps({f"Anomaly{kind}s": [one for arn, one in known.items() if not wanted or arn in wanted]})


def _update(response: Any, kind: str) -> str:
    request = json.loads(response.body)
    arn = request.pop(f"{kind}Arn")
    response.ce_backend.watchers[kind][arn] |= request
    return json.dumps({f"{kind}Arn": arn})


def _delete(response: Any, kind: str) -> str:
    response.ce_backend.watchers[kind].pop(json.loads(response.body)[f"{kind}Arn"], None)
    return json.dumps({})


def create_anomaly_monitor(self: Any) -> str:
    """Answer `ce:CreateAnomalyMonitor`."""
    return _create(self, "Monitor")


def get_anomaly_monitors(self: Any) -> str:
    """Answer `ce:GetAnomalyMonitors`."""
    return _find(self, "Monitor")


def update_anomaly_monitor(self: Any) -> str:
    """Answer `ce:UpdateAnomalyMonitor`."""
    return _update(self, "Monitor")


def delete_anomaly_monitor(self: Any) -> str:
    """Answer `ce:DeleteAnomalyMonitor`."""
    return _delete(self, "Monitor")


def create_anomaly_subscription(self: Any) -> str:
    """Answer `ce:CreateAnomalySubscription`."""
    return _create(self, "Subscription")


def get_anomaly_subscriptions(self: Any) -> str:
    """Answer `ce:GetAnomalySubscriptions`."""
    return _find(self, "Subscription")


def update_anomaly_subscription(self: Any) -> str:
    """Answer `ce:UpdateAnomalySubscription`."""
    return _update(self, "Subscription")


def delete_anomaly_subscription(self: Any) -> str:
    """Answer `ce:DeleteAnomalySubscription`."""
    return _delete(self, "Subscription")


def update_cost_allocation_tags_status(self: Any) -> str:
    """Answer `ce:UpdateCostAllocationTagsStatus`."""
    for one in json.loads(self.body)["CostAllocationTagsStatus"]:
        self.ce_backend.cost_allocation_tags[one["TagKey"]] = one["Status"]
    return json.dumps({"Errors": []})


def list_cost_allocation_tags(self: Any) -> str:
    """Answer `ce:ListCostAllocationTags`."""
    wanted = json.loads(self.body).get("TagKeys")
    tags = [
        {"TagKey": key, "Type": "UserDefined", "Status": status}
        for key, status in self.ce_backend.cost_allocation_tags.items()
        if not wanted or key in wanted
    ]
    return json.dumps({"CostAllocationTags": tags})


def get_cost_forecast(self: Any) -> str:
    """Answer `ce:GetCostForecast`."""
    nothing = {"Amount": "0", "Unit": "USD"}
    period = json.loads(self.body)["TimePeriod"]
    return json.dumps({"Total": nothing, "ForecastResultsByTime": [{"TimePeriod": period, "MeanValue": "0"}]})
