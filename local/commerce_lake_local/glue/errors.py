"""Errors of the Glue API that moto does not have."""

from __future__ import annotations

from moto.glue.exceptions import GlueClientError


class ThrottlingError(GlueClientError):
    """Glue is asked too much; here, on demand alone."""

    def __init__(self, message: str) -> None:
        super().__init__("ThrottlingException", message)
