"""AWS Glue with engines: job runs on Spark, crawlers that read files, a catalog that refuses lost updates."""

from __future__ import annotations

import os

from ..context import LocalContext
from . import catalog
from .crawlers import Crawlers
from .job_runs import JobRuns
from .runner import JobRunner
from .settings import read_settings


def install(context: LocalContext) -> None:
    """Replace what moto only pretends of Glue. Call it once, before the API is served.

    Raises:
        SettingError: An environment variable about Spark holds no valid value.
    """
    settings = read_settings(os.environ)
    catalog.install()
    Crawlers(context).install()
    JobRuns(JobRunner(context, settings), settings.processes, context.faults).install()
