"""The Lambda engine: invocations run the deployed code in Node."""

from __future__ import annotations

from ..context import LocalContext
from . import queues
from .asynchronous import AsyncInvoker
from .engine import LambdaEngine
from .invoke import attach


def install(context: LocalContext) -> LambdaEngine:
    """Make `lambda:Invoke`, and everything inside moto that invokes a function, run it for real."""
    engine = LambdaEngine(context)
    attach(engine, AsyncInvoker(context, engine))
    queues.attach(engine)
    return engine
