"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .measure import MB, Effort

DPU_HOUR_DOLLARS = 0.44
"""https://aws.amazon.com/glue/pricing/ (us-east-1)"""

DPU_CORES = 4
TB = 1_000_000 * MB

PIPELINE = "pipeline"


@dataclass(frozen=True)
class Result:
    """One job at one size."""

    size: int
    job: str
    cores: int
    bytes: int
    """Raw bytes; of the merge and of the pipeline those of all datasets."""
    rows: int
    """Raw records."""
    output: int
    """Bytes of the data files that it wrote."""
    peak: int
    """Most bytes of memory, of all its processes."""
    effort: Effort
    peer: Effort | None = None
    """What another engine took for the same."""
    peer_peak: int | None = None

    @property
    def speed(self) -> float:
        """MB a second and core, start-up apart."""
        return self.bytes / MB / self.effort.seconds / self.cores

    @property
    def dollars(self) -> float:
        """Dollars for a terabyte on Glue, if its cores worked as these do."""
        return TB / MB / self.speed / 3600 / DPU_CORES * DPU_HOUR_DOLLARS

    @property
    def cpu_per_mb(self) -> float:
        """Processor seconds for a MB."""
        return self.effort.cpu / (self.bytes / MB)

    def document(self) -> dict[str, Any]:
        """For programs."""
        figures = {
            "mbPerSecondAndCore": self.speed,
            "projectedDollarsPerTb": self.dollars,
            "cpuSecondsPerMb": self.cpu_per_mb,
            "outputShare": self.output / self.bytes,
        }
        if self.peer is not None:
            figures["throughputOfPeer"] = self.peer.seconds / self.effort.seconds
            figures["throughputOfPeerByCpu"] = self.peer.cpu / self.effort.cpu
        return asdict(self) | figures


@dataclass(frozen=True)
class OneDay:
    """What the query of one day reads."""

    size: int
    table: str
    read: int
    """Bytes of the files that it opens."""
    total: int


def pipeline(parts: Sequence[Result]) -> Result:
    """All jobs of one size, one after the other."""
    efforts = [part.effort for part in parts]
    etl = [part for part in parts if part.job != "merge"]
    return Result(
        size=parts[0].size,
        job=PIPELINE,
        cores=parts[0].cores,
        bytes=sum(part.bytes for part in etl),
        rows=sum(part.rows for part in etl),
        output=sum(part.output for part in parts),
        peak=max(part.peak for part in parts),
        effort=Effort(
            startup=sum(effort.startup for effort in efforts),
            seconds=sum(effort.seconds for effort in efforts),
            cpu=sum(effort.cpu for effort in efforts),
            rows=sum(effort.rows for effort in efforts),
        ),
    )


def growth(results: Sequence[Result]) -> dict[str, tuple[float, float, float]]:
    """By job, from the smallest to the largest size: how much more data, time, and processor time."""
    found = {}
    for job in dict.fromkeys(result.job for result in results):
        same = sorted((result for result in results if result.job == job), key=lambda result: result.size)
        first, last = same[0], same[-1]
        if first is not last:
            found[job] = (
                last.bytes / first.bytes,
                last.effort.seconds / first.effort.seconds,
                last.effort.cpu / first.effort.cpu,
            )
    return found


def text(results: Sequence[Result], days: Sequence[OneDay]) -> str:
    """The tables."""
    head = (
        "size", "job", "MB", "rows", "start s", "s", "MB/s/core", "CPU ms/MB", "$/TB *", "peak MB", "out/in",
        "of DuckDB", "by CPU",
    )  # fmt: skip
    rows = []
    for result in results:
        peer = result.peer
        rows.append(
            (
                f"{result.size}x",
                result.job,
                f"{result.bytes / MB:.0f}",
                f"{result.rows:,}",
                f"{result.effort.startup:.1f}",
                f"{result.effort.seconds:.1f}",
                f"{result.speed:.1f}",
                f"{result.cpu_per_mb * 1000:.0f}",
                f"{result.dollars:.2f}",
                f"{result.peak / MB:.0f}",
                f"{result.output / result.bytes:.2f}",
                f"{peer.seconds / result.effort.seconds:.2f}" if peer else "",
                f"{peer.cpu / result.effort.cpu:.2f}" if peer else "",
            )
        )
    lines = table_lines(head, rows)
    lines.append(
        "* projected: Glue's price if its cores worked as these do; start-up, S3 and idle workers are not in it"
    )
    for result in results:
        if result.peer and result.peer_peak:
            lines.append(
                f"  DuckDB at {result.size}x: {result.peer.seconds:.1f} s, {result.peer.cpu:.1f} CPU s, "
                f"{result.bytes / MB / result.peer.seconds / result.cores:.1f} MB/s a core, "
                f"peak {result.peer_peak / MB:.0f} MB, {result.peer.rows:,} rows (the job: {result.effort.rows:,})"
            )
    grown = [(job, f"{more:.1f}x", f"{time:.1f}x", f"{cpu:.1f}x") for job, (more, time, cpu) in growth(results).items()]
    if grown:
        lines += ["", *table_lines(("growth", "data", "time", "CPU"), grown)]
    if days:
        shares = [
            (f"{day.size}x", day.table, f"{day.read / MB:.1f}", f"{day.total / MB:.1f}", f"{day.read / day.total:.1%}")
            for day in days
        ]
        lines += ["", *table_lines(("size", "query of one day", "MB read", "of MB", "share"), shares)]
    return "\n".join(lines)


def document(results: Sequence[Result], days: Sequence[OneDay], machine: Mapping[str, Any]) -> dict[str, Any]:
    """For programs."""
    return {
        "version": 1,
        "machine": dict(machine),
        "results": [result.document() for result in results],
        "growth": {
            job: {"data": more, "seconds": time, "cpu": cpu} for job, (more, time, cpu) in growth(results).items()
        },
        "oneDay": [asdict(day) | {"share": day.read / day.total} for day in days],
    }


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows under their titles: texts to the left, numbers to the right."""
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]
    is_text = [index < 2 and not any(row[index][:1].isdigit() for row in rows) for index in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = zip(row, widths, is_text, strict=True)
        return "  ".join(cell.ljust(width) if left else cell.rjust(width) for cell, width, left in cells).rstrip()

    return [line(head), "  ".join("-" * width for width in widths), *map(line, rows)]
