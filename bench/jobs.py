"""Measures the jobs against each other, against their growth, and against DuckDB: `npm run bench:jobs -- --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from commerce_lake.contract import DATASETS
from pyiceberg.table import StaticTable

from . import job, peer, report
from .classes import Java, find_java
from .data import HOME, ROOT, Data, data
from .job import JOBS, MERGE
from .measure import BenchmarkError, Effort, run_measured
from .report import OneDay, Result

ONE_DAY = "year = 2025 AND month = 1 AND day = 15"


def _sizes(given: str) -> list[int]:
    sizes = sorted({int(size) for size in given.split(",")})
    if not sizes or sizes[0] < 1:
        raise ValueError
    return sizes


def _jobs(given: str) -> list[str]:
    wanted = given.split(",")
    unknown = set(wanted) - set(JOBS)
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: known are {', '.join(JOBS)}")
    if MERGE in wanted and len(set(wanted)) < len(JOBS):
        raise argparse.ArgumentTypeError(f"the merge needs what all the others write: name all of {', '.join(JOBS)}")
    return [name for name in JOBS if name in wanted]


def _setting(given: str) -> tuple[str, str]:
    key, equals, value = given.partition("=")
    if not equals:
        raise ValueError
    return key, value


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="npm run bench:jobs --",
        description="Measures the Glue jobs on generated data, each in a fresh process on a lake in a folder, "
        "and DuckDB on the transactions. Data is kept in .local/bench.",
    )
    parser.add_argument("--sizes", type=_sizes, default=[1, 4, 16], help="times 50 MB a dataset (default: 1,4,16)")
    parser.add_argument("--jobs", type=_jobs, default=list(JOBS), help=f"some of {','.join(JOBS)} (default: all)")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="threads (default: all of the machine)")
    parser.add_argument("--memory", default="2g", help="heap of Spark, and limit of DuckDB (default: 2g)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other data (default: 1)")
    parser.add_argument(
        "--conf",
        type=_setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=f"a setting of Spark, to try it, in place of the benchmark's; {job.JAVA_OPTIONS} adds to its own",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here, as they come")
    return parser.parse_args(argv)


class Benchmark:
    """One run of the benchmark."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Nothing is measured yet."""
        self._options = options
        self._began = time.monotonic()
        self._machine = {
            "date": datetime.now(UTC).date().isoformat(),
            "cores": options.cores,
            "memory": options.memory,
            "platform": platform.platform(),
        }
        self.results: list[Result] = []
        self.days: list[OneDay] = []

    def say(self, message: str) -> None:
        """Says what is going on."""
        print(f"[{time.monotonic() - self._began:6.1f} s] {message}", file=sys.stderr, flush=True)

    def run(self) -> None:
        """Measures every job at every size.

        Raises:
            BenchmarkError: One failed, or DuckDB and the job disagree.
        """
        java = find_java(self._options.cores, self._options.memory, self.say)
        for size in self._options.sizes:
            files = data(size, self._options.seed, self.say)
            lake = HOME / "lakes" / f"{size}x-{os.getpid()}"
            lake.mkdir(parents=True)
            try:
                files.link_into(lake)
                done = []
                for name in self._options.jobs:
                    done.append(self._job(name, size, files, lake, java))
                    self._found(done[-1])
                if MERGE in self._options.jobs:
                    self.days += [one_day(size, lake, table) for table in ("transactions", "clickstream")]
                    self._found(report.pipeline(done))
            finally:
                shutil.rmtree(lake)

    def _found(self, result: Result) -> None:
        """Enters a result. What was measured takes long to have again, so the file always holds all that is known."""
        self.results.append(result)
        if self._options.json:
            document = report.document(self.results, self.days, self._machine)
            self._options.json.write_text(json.dumps(document, indent=2) + "\n")

    def _job(self, name: str, size: int, files: Data, lake: Path, java: Java) -> Result:
        options = job.Options(
            job=name,
            lake=str(lake),
            processing_time=files.manifest["processingTime"],
            cores=self._options.cores,
            memory=self._options.memory,
            class_path=java.class_path,
            java_options=java.options,
            conf=dict(self._options.conf),
        )
        self.say(f"{size}x {name} …")
        effort, peak = self._measured(["bench.job", json.dumps(asdict(options))], lake)
        datasets = DATASETS if name == MERGE else (name,)
        output = lake / "curated" if name == MERGE else lake / "processed" / name
        rival, rival_peak = self._peer(files, lake) if name == "transactions" else (None, None)
        if rival is not None and rival.rows != effort.rows:
            raise BenchmarkError(f"DuckDB wrote {rival.rows} rows of the same files, the job {effort.rows}.")
        return Result(
            size=size,
            job=name,
            cores=self._options.cores,
            bytes=sum(files.bytes(dataset) for dataset in datasets),
            rows=sum(files.rows(dataset) for dataset in datasets),
            output=sum(file.stat().st_size for file in output.rglob("*.parquet")),
            peak=peak,
            effort=effort,
            peer=rival,
            peer_peak=rival_peak,
        )

    def _peer(self, files: Data, lake: Path) -> tuple[Effort, int]:
        options = peer.Options(
            files=[str(file) for file in files.files("transactions")],
            output=str(lake / "peer"),
            processing_time=files.manifest["processingTime"],
            cores=self._options.cores,
            memory=self._options.memory,
        )
        self.say("    DuckDB …")
        measured = self._measured(["bench.peer", json.dumps(asdict(options))], lake)
        shutil.rmtree(options.output)
        return measured

    def _measured(self, argv: list[str], lake: Path) -> tuple[Effort, int]:
        figures = lake / "figures.json"
        log = HOME / f"{lake.name}-{argv[0]}.log"
        peak = run_measured([*argv, str(figures)], ROOT, job.environment(), log)
        log.unlink()
        return Effort(**json.loads(figures.read_text())), peak


def one_day(size: int, lake: Path, table: str) -> OneDay:
    """The share of a curated table's bytes that the query of one day reads, as its files are planned for it."""
    metadata = lake / "curated" / table / "metadata"
    version = (metadata / "version-hint.text").read_text().strip()
    iceberg = StaticTable.from_metadata(str(metadata / f"v{version}.metadata.json"))
    read = sum(task.file.file_size_in_bytes for task in iceberg.scan(row_filter=ONE_DAY).plan_files())
    total = sum(task.file.file_size_in_bytes for task in iceberg.scan().plan_files())
    return OneDay(size, f"curated.{table}", read, total)


def main() -> None:
    """Runs the benchmark from the command line."""
    options = parse(sys.argv[1:])
    benchmark = Benchmark(options)
    # What was measured is printed also where it is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        benchmark.run()
    except BenchmarkError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if benchmark.results:
            print(report.text(benchmark.results, benchmark.days))


if __name__ == "__main__":
    main()
