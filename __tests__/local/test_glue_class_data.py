from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commerce_lake_local.glue.class_data import ClassArchive


@pytest.fixture
def jars(tmp_path: Path) -> list[Path]:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"jar")
    return [jar]


def written(options: list[str]) -> Path:
    [path] = [one.removeprefix("-XX:ArchiveClassesAtExit=") for one in options if "ArchiveClassesAtExit" in one]
    return Path(path)


def test_one_run_writes_it_and_later_ones_read_it(tmp_path: Path, jars: list[Path]) -> None:
    archive = ClassArchive(tmp_path, jars)
    options, draft = archive.options(tmp_path / "first")
    assert draft == written(options)
    assert archive.options(tmp_path / "second") == ([], None)
    draft.parent.mkdir()
    draft.write_bytes(b"\xf0\x0b\xab\xa8archive")
    archive.finish(draft, complete=True)

    options, draft = archive.options(tmp_path / "third")
    assert draft is None
    [file] = tmp_path.glob("*.jsa")
    assert f"-XX:SharedArchiveFile={file}" in options
    assert file.read_bytes() == b"\xf0\x0b\xab\xa8archive"


@pytest.mark.parametrize(
    ("content", "complete"), [(b"\xf0\x0b\xab\xa8", False), (b"\x00\x00\x00\x00half", True), (None, True)]
)
def test_what_is_not_whole_is_not_taken(
    tmp_path: Path, jars: list[Path], content: bytes | None, complete: bool
) -> None:
    archive = ClassArchive(tmp_path, jars)
    _, draft = archive.options(tmp_path)
    assert draft is not None
    if content is not None:
        draft.write_bytes(content)
    archive.finish(draft, complete=complete)
    assert [file.name for file in tmp_path.glob("classes-*.jsa")] == []
    assert written(archive.options(tmp_path)[0]) == draft


def test_other_jars_have_another_archive(tmp_path: Path, jars: list[Path]) -> None:
    first = ClassArchive(tmp_path, jars)
    _, draft = first.options(tmp_path)
    assert draft is not None
    draft.write_bytes(b"\xf0\x0b\xab\xa8")
    first.finish(draft, complete=True)
    [outdated] = tmp_path.glob("classes-*.jsa")

    jars[0].write_bytes(b"newer")
    second = ClassArchive(tmp_path, jars)
    _, draft = second.options(tmp_path)
    assert draft is not None
    draft.write_bytes(b"\xf0\x0b\xab\xa8")
    second.finish(draft, complete=True)
    assert not outdated.exists()
    assert len(list(tmp_path.glob("classes-*.jsa"))) == 1


def test_an_updated_java_has_another_archive(tmp_path: Path, jars: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_bytes(b"17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    first = ClassArchive(tmp_path, jars)
    _, draft = first.options(tmp_path)
    assert draft is not None
    draft.write_bytes(b"\xf0\x0b\xab\xa8")
    first.finish(draft, complete=True)
    assert ClassArchive(tmp_path, jars).options(tmp_path)[1] is None

    java.write_bytes(b"17.0.16.1")
    assert ClassArchive(tmp_path, jars).options(tmp_path)[1] == draft


def test_a_copy_that_fails_leaves_nothing_behind(
    tmp_path: Path, jars: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", fill)
    archive = ClassArchive(tmp_path, jars)
    _, draft = archive.options(tmp_path / "work")
    assert draft is not None
    draft.parent.mkdir()
    draft.write_bytes(b"\xf0\x0b\xab\xa8")
    with pytest.raises(OSError, match="No space left"):
        archive.finish(draft, complete=True)
    assert list(tmp_path.glob("classes-*")) == []
    assert archive.options(tmp_path / "work")[1] == draft
