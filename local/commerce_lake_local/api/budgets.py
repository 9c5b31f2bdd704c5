"""Budgets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.budgets.responses import BudgetsResponse

from .patching import add, wrap


def mend() -> None:
    """Answer for subscribers and tags, which moto knows nothing of."""
    wrap(BudgetsResponse, "create_budget", _keep_tags)
    add(
        BudgetsResponse,
        describe_subscribers_for_notification,
        list_tags_for_resource,
        tag_resource,
        untag_resource,
    )


def _budget_of_arn(response: Any) -> Any:
    name = response._get_param("ResourceARN").rpartition("/")[2]
    account = response.current_account
    response.backend.describe_budget(account, name)  # Raises where there is none.
    return response.backend.budgets[account][name]


def _keep_tags(create: Callable[[Any], str]) -> Callable[[Any], str]:
    def create_budget(self: Any) -> str:
        answer = create(self)
        budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("Budget")["BudgetName"]]
        budget.resource_tags = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags", [])}
        return answer

    return create_budget


def describe_subscribers_for_notification(self: Any) -> str:
    """Answer `budgets:DescribeSubscribersForNotification`."""
    account, name = self._get_param("AccountId"), self._get_param("BudgetName")
    self.backend.describe_budget(account, name)
    asked = self._get_param("Notification")
    found = [
        subscriber
        for notification in self.backend.budgets[account][name].notifications
        if _same(notification.details, asked)
        for subscriber in notification.subscribers
    ]
    return json.dumps({"Subscribers": found})


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return all(one.get(name) == other.get(name) for name in names)


def list_tags_for_resource(self: Any) -> str:
    """Answer `budgets:ListTagsForResource`."""
    tags = _budget_of_arn(self).resource_tags
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def tag_resource(self: Any) -> str:
    """Answer `budgets:TagResource`."""
    _budget_of_arn(self).resource_tags |= {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")}
    return json.dumps({})


def untag_resource(self: Any) -> str:
    """Answer `budgets:UntagResource`."""
    for key in self._get_param("ResourceTagKeys"):
        _budget_of_arn(self).resource_tags.pop(key, None)
    return json.dumps({})
