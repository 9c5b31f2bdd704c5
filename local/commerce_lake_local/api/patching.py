"""Changing a method of moto, so that a newer moto which no longer fits is noticed at the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wrap(owner: type, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a method.

    Args:
        owner: The class.
        name: The method's name.
        make: Given the method as it was, makes the one to put in its place.

    Raises:
        AttributeError: There is no such method.
    """
    setattr(owner, name, make(getattr(owner, name)))


def wrap_property(owner: type, name: str, make: Callable[[Callable[[Any], Any]], Callable[[Any], Any]]) -> None:
    """Replace a property that is only read; otherwise as `wrap`."""
    setattr(owner, name, property(make(vars(owner)[name].fget)))


def add(owner: type, *methods: Callable[..., Any]) -> None:
    """Add methods under their own names.

    Args:
        owner: The class.
        *methods: Functions that take the instance first.

    Raises:
        AttributeError: The class has one of them already: the mend has had its day.
    """
    for method in methods:
        if hasattr(owner, method.__name__):
            raise AttributeError(f"{owner.__name__} has a {method.__name__} of its own now: remove the mend.")
        setattr(owner, method.__name__, method)
