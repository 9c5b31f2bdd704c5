"""Figures that come out of the work itself, without reading anything twice."""

from __future__ import annotations

import threading
from typing import Any

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, Observation

from .errors import ConservationError

LONGEST_WAIT_SECONDS = 120
"""How long after an action its figures may take: Spark passes them on by a queue of events."""


class Figures:
    """Aggregates over the rows that pass a place in a query, known once an action has run."""

    def __init__(self) -> None:
        """Nothing is observed yet."""
        self._observation = Observation()

    def over(self, rows: DataFrame, *aggregates: Expression) -> DataFrame:
        """The same rows, observed."""
        return rows.observe(self._observation, *aggregates)

    def get(self) -> dict[str, Any]:
        """The figures by name.

        Raises:
            ConservationError: Spark gave none; `Observation.get` alone would wait for ever.
        """
        figures: dict[str, Any] = {}
        waiting = threading.Thread(target=lambda: figures.update(self._observation.get), daemon=True)
        waiting.start()
        waiting.join(LONGEST_WAIT_SECONDS)
        if not figures:
            raise ConservationError(
                f"Spark gave no figures within {LONGEST_WAIT_SECONDS} s of the action that made them: rows cannot be "
                "accounted for. Run the date again, and keep the log if it happens twice."
            )
        return figures
