"""How the jobs' Java starts: as that of every local job run, with jars on its class path and classes from an archive.

The archive is made once for a set of jars and a Java, by a run of all jobs on little data that nobody measures: what
is measured does not depend on which job ran first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from commerce_lake_local.glue.class_data import ClassArchive
from commerce_lake_local.glue.settings import read_settings
from commerce_lake_local.glue.spark import class_path

from . import job
from .data import HOME, ROOT, little_data
from .measure import BenchmarkError, run_measured


@dataclass(frozen=True)
class Java:
    """How Java starts."""

    class_path: list[str]
    """Jars before Spark's own."""
    options: list[str]


def find_java(cores: int, memory: str, say: Callable[[str], None]) -> Java:
    """How Java starts, after making its class archive where there is none.

    Args:
        cores: Threads of the run that makes it.
        memory: Heap of the run that makes it, as Java writes it.
        say: Takes what is going on.

    Raises:
        BenchmarkError: There are no jars, or that run failed.
    """
    try:
        settings = read_settings(os.environ)
        jars = class_path(settings)
    except (FileNotFoundError, ValueError) as error:
        raise BenchmarkError(str(error)) from error
    folder = HOME / "classes"
    folder.mkdir(parents=True, exist_ok=True)
    archive = ClassArchive(folder, jars)
    java = Java([str(jar) for jar in jars], [])
    with TemporaryDirectory(dir=folder) as work:
        options, draft = archive.options(Path(work))
        if draft is None:
            return replace(java, options=options)
        ended = False
        try:
            say("a run that is not measured makes Java's class archive; the next time it is there")
            _rehearse(replace(java, options=options), Path(work), cores, memory, say)
            ended = True
        finally:
            archive.finish(draft, complete=ended)
        options, draft = archive.options(Path(work))
        if draft is None:
            return replace(java, options=options)
        archive.finish(draft, complete=False)
    say("Java wrote no class archive: what it takes to load classes from jars is in the figures")
    return java


def _rehearse(java: Java, work: Path, cores: int, memory: str, say: Callable[[str], None]) -> None:
    files = little_data(say)
    lake = work / "lake"
    lake.mkdir()
    files.link_into(lake)
    options = job.Options(
        job=job.MERGE,
        lake=str(lake),
        processing_time=files.manifest["processingTime"],
        cores=cores,
        memory=memory,
        class_path=java.class_path,
        java_options=java.options,
    )
    log = HOME / "classes.log"
    run_measured(["bench.rehearsal", json.dumps(asdict(options))], ROOT, job.environment(), log)
    log.unlink()
