"""Faults on demand: what the local AWS is told to get wrong, so that people see what a run makes of it.

Off unless the local AWS is started with `--faults`. `plan` holds the faults that were asked for, `api` takes them and
strikes calls, `jobs` and the engines of Lambda and Glue strike what they run. Nothing that is deployed knows of it.
"""

from .plan import Fault, FaultPlan

__all__ = ["Fault", "FaultPlan"]
