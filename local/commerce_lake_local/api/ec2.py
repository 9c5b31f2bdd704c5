"""EC2: the rules of security groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from .patching import wrap, wrap_property


def mend() -> None:
    """Tell what a rule is for, which moto does for ranges of addresses alone, not for groups and prefix lists."""
    wrap(SecurityGroupRule, "__init__", _keep_description)
    wrap_property(SecurityGroupRule, "description", _tell_description)


def _keep_description(init: Callable[..., None]) -> Callable[..., None]:
    def create(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        # ip_range, source_group, prefix_list_id: one of them is what the rule is about.
        targets = (*args[5:8], *(kwargs.get(name) for name in ("source_group", "prefix_list_id")))
        self.said = next((target["Description"] for target in targets if target and target.get("Description")), None)

    return create


def _tell_description(get: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    def description(self: Any) -> str | None:
        return get(self) or self.said

    return description
