"""moto's Step Functions interpreter, mended from outside.

The interpreter parses and runs state machines; each module here mends one part of it, says which faults it found, and
changes nothing else. A moto that changed underneath is an error at the start (`MendError`), not a surprise in a run.
"""

from __future__ import annotations

from . import (
    api,
    batches,
    clients,
    context,
    definitions,
    errors,
    executions,
    expressions,
    maps,
    sdk_calls,
    strings,
    tasks,
)

# Each mends what those before it have left.
_PARTS = (strings, clients, expressions, errors, context, tasks, sdk_calls, maps, batches, executions, definitions, api)

_installed = False


def install() -> None:
    """Mend the interpreter and make moto execute what it is told to start. Installing it again changes nothing."""
    global _installed
    if _installed:
        return
    from moto.core.config import default_user_config

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    for part in _PARTS:
        part.mend()
    _installed = True
