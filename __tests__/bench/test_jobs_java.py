from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import classes
from bench.classes import Java, find_java
from bench.data import Data
from bench.job import JAVA_OPTIONS, Options, settings
from bench.measure import BenchmarkError

WHOLE = b"\xa8\xba\x0b\xf0classes"


def options(**others: Any) -> Options:
    given: dict[str, Any] = {"job": "reviews", "lake": "/lake", "processing_time": "", "cores": 2, "memory": "2g"}
    return Options(**{**given, "class_path": ["/a.jar", "/b.jar"], **others})


def test_jars_are_on_the_class_path_and_options_of_java_are_told() -> None:
    found = settings(options(java_options=["-Xshare:auto", "-Xlog:disable"]))

    assert found["spark.driver.extraClassPath"] == "/a.jar:/b.jar"
    assert found[JAVA_OPTIONS] == "-Duser.timezone=UTC -Xshare:auto -Xlog:disable"


def test_a_setting_replaces_the_benchmark_s_but_options_of_java_come_after() -> None:
    conf = {"spark.sql.session.timeZone": "CET", JAVA_OPTIONS: "-Xlog:gc -Xss4m"}
    found = settings(options(java_options=["-Xlog:disable"], conf=conf))

    assert found["spark.sql.session.timeZone"] == "CET"
    assert found[JAVA_OPTIONS] == "-Duser.timezone=UTC -Xlog:disable -Xlog:gc -Xss4m"


class Rehearsals:
    """Stands in for the process that runs all jobs: writes as Java would what it is told to."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.writes: bytes | None = WHOLE
        self.fails = False
        self.ran: list[Options] = []

    def __call__(self, argv: list[str], folder: Path, environment: dict[str, str], log: Path) -> int:
        module, given = argv
        assert module == "bench.rehearsal"
        log.touch()
        ran = Options(**json.loads(given))
        assert (Path(ran.lake) / "manifest.json").exists()
        self.ran.append(ran)
        if self.writes is not None:
            [draft] = [one.partition("=")[2] for one in ran.java_options if one.startswith("-XX:ArchiveClassesAtExit")]
            Path(draft).write_bytes(self.writes)
        if self.fails:
            raise BenchmarkError("It ended with 1.")
        return 0

    def left(self) -> list[str]:
        return [path.suffix for path in (self.home / "classes").iterdir()]


@pytest.fixture
def rehearsals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rehearsals:
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "iceberg.jar").write_bytes(b"jar")
    little = tmp_path / "little"
    little.mkdir()
    (little / "manifest.json").write_text("{}")
    found = Rehearsals(tmp_path)
    monkeypatch.setenv("COMMERCE_LAKE_JARS", str(jars))
    monkeypatch.setattr(classes, "HOME", tmp_path)
    monkeypatch.setattr(classes, "little_data", lambda say: Data(little, {"processingTime": "2025-02-01T06:00:00Z"}))
    monkeypatch.setattr(classes, "run_measured", found)
    return found


def find(said: list[str]) -> Java:
    return find_java(2, "2g", said.append)


def test_the_archive_is_made_once_before_anything_is_measured(rehearsals: Rehearsals) -> None:
    said: list[str] = []
    java = find(said)

    assert java.class_path[-1].endswith("/iceberg.jar")
    [archive] = [Path(one.partition("=")[2]) for one in java.options if one.startswith("-XX:SharedArchiveFile=")]
    assert archive.read_bytes() == WHOLE
    assert rehearsals.ran[0].class_path == java.class_path
    assert "is not measured" in said[0]
    assert rehearsals.left() == [".jsa"]

    assert find(said) == java
    assert (len(rehearsals.ran), len(said)) == (1, 1)


def test_a_rehearsal_that_fails_leaves_nothing_and_is_tried_again(rehearsals: Rehearsals) -> None:
    rehearsals.fails = True
    with pytest.raises(BenchmarkError, match="ended with 1"):
        find([])
    assert rehearsals.left() == []

    rehearsals.fails = False
    assert find([]).options[0] == "-Xshare:auto"


def test_without_an_archive_it_goes_on_and_says_what_is_in_the_figures(rehearsals: Rehearsals) -> None:
    rehearsals.writes = None
    said: list[str] = []

    assert find(said).options == []
    assert "no class archive" in said[-1]


def test_without_jars_it_says_what_to_do(rehearsals: Rehearsals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMERCE_LAKE_JARS", str(rehearsals.home / "nowhere"))
    with pytest.raises(BenchmarkError, match="npm run setup"):
        find([])
