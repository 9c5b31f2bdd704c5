"""Replacing parts of moto from outside, so that a moto which changed is noticed at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

_PACKAGE = "moto.stepfunctions"


class MendError(RuntimeError):
    """A mend does not fit the moto that is installed."""


def replace(owner: Any, name: str, replacement: Any) -> Any:
    """Set an attribute of a class or module that must exist already, and return what was there.

    Raises:
        MendError: There is no such attribute: moto was changed, and the mend has to be looked at.

    """
    if name not in vars(owner):
        raise MendError(f"moto {version('moto')} has no {owner.__name__}.{name}: look at the mend that replaces it")
    original = vars(owner)[name]
    setattr(owner, name, replacement)
    return original


def add(owner: Any, name: str, addition: Any) -> None:
    """Set an attribute of a class that has none of this name of its own.

    Raises:
        MendError: There is one now: moto may no longer need the mend.

    """
    if name in vars(owner):
        raise MendError(
            f"moto {version('moto')} has {owner.__name__}.{name} of its own: see if it makes the mend needless"
        )
    setattr(owner, name, addition)


def replace_function(module: Any, name: str, replacement: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a function of a module, and wherever a module of moto's Step Functions has imported it by name."""
    original: Callable[..., Any] = replace(module, name, replacement)
    for loaded_name, loaded in list(sys.modules.items()):
        if loaded_name.startswith(_PACKAGE) and vars(loaded).get(name) is original:
            setattr(loaded, name, replacement)
    return original
