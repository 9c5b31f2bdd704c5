from __future__ import annotations

from typing import Any

import pytest

from bench.jobs import parse
from bench.measure import MB, Effort
from bench.report import OneDay, Result, document, growth, pipeline, text


def result(job: str = "transactions", size: int = 1, seconds: float = 10, **others: Any) -> Result:
    effort = Effort(startup=3, seconds=seconds, cpu=15, rows=90)
    given: dict[str, Any] = {"cores": 2, "bytes": size * 120 * MB, "rows": 100, "output": 30 * MB, "peak": 1000 * MB}
    return Result(size=size, job=job, effort=effort, **{**given, **others})


def test_the_projection_is_glue_s_price_of_the_core_seconds() -> None:
    assert result().speed == 6
    # A terabyte at 6 MB a second and core: 46.3 core hours, four cores a DPU, $0.44 a DPU hour.
    assert result().dollars == pytest.approx(5.09, abs=0.005)
    assert result().cpu_per_mb == 0.125


def test_the_pipeline_is_its_jobs_one_after_the_other() -> None:
    whole = pipeline(
        [result(), result("reviews", seconds=5, peak=2000 * MB), result("merge", bytes=240 * MB, seconds=5)]
    )

    assert (whole.bytes, whole.rows, whole.output) == (240 * MB, 200, 90 * MB)
    assert (whole.effort.seconds, whole.effort.cpu, whole.effort.startup, whole.peak) == (20, 45, 9, 2000 * MB)
    assert whole.speed == 6


def test_growth_compares_the_smallest_size_with_the_largest() -> None:
    results = [result(size=4, seconds=30), result(), result("reviews"), result(size=16, seconds=120)]

    assert growth(results) == {"transactions": (16, 12, 1)}


def test_the_ratio_to_the_peer_is_that_of_the_throughputs() -> None:
    found = result(peer=Effort(startup=0, seconds=4, cpu=3, rows=90), peer_peak=500 * MB)

    (figures,) = document([found], [], {})["results"]
    assert (figures["throughputOfPeer"], figures["throughputOfPeerByCpu"]) == (0.4, 0.2)
    assert "DuckDB at 1x: 4.0 s, 3.0 CPU s, 15.0 MB/s a core, peak 500 MB" in text([found], [])


def test_the_query_of_one_day_is_told_as_a_share() -> None:
    days = [OneDay(size=1, table="curated.transactions", read=1 * MB, total=32 * MB)]

    assert document([], days, {})["oneDay"][0]["share"] == 1 / 32
    assert "3.1%" in text([result()], days)


@pytest.mark.parametrize("argv", [["--sizes", "0"], ["--sizes", "x"], ["--jobs", "sales"], ["--jobs", "merge"]])
def test_options_that_mean_nothing_are_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(argv)
