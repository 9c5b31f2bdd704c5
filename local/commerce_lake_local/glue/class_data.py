"""A class archive of the Java machine: Spark starts in about half the time with one.

The first run of a machine writes it as it ends; later runs map it. The Java machine itself checks that an archive fits
its version and class path, and goes on without where it does not.

See https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from pathlib import Path


class ClassArchive:
    """The archive of one set of jars, kept beside them."""

    def __init__(self, folder: Path, jars: list[Path]) -> None:
        self._path = folder / f"classes-{_fingerprint(jars)}.jsa"
        self._writing = threading.Lock()

    def options(self, work: Path) -> tuple[list[str], Path | None]:
        """Options of the Java machine for a run.

        Args:
            work: The run's own folder.

        Returns:
            The options, and the file that the run will write, to be given to `finish`; None where it only reads.
        """
        if self._path.exists():
            return ["-Xshare:auto", f"-XX:SharedArchiveFile={self._path}", "-Xlog:disable"], None
        if not self._writing.acquire(blocking=False):
            return [], None
        draft = work / "classes.jsa"
        return [f"-XX:ArchiveClassesAtExit={draft}", "-Xlog:disable"], draft

    def finish(self, draft: Path | None, *, complete: bool) -> None:
        """Take what a run has written, if it ended well, and let another try otherwise.

        Java ends later than the script that started it, and may still be writing: its draft is not taken then.
        """
        if draft is None:
            return
        try:
            if complete and _is_whole(draft) and os.access(self._path.parent, os.W_OK):
                self._take(draft)
                for outdated in self._path.parent.glob("classes-*.jsa"):
                    if outdated != self._path:
                        outdated.unlink(missing_ok=True)
        finally:
            self._writing.release()

    def _take(self, draft: Path) -> None:
        """Show the file at once and whole, whatever others do at the same time, and also after a loss of power."""
        beside = self._path.with_suffix(f".{os.getpid()}")
        try:
            with draft.open("rb") as source, beside.open("wb") as target:
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            beside.replace(self._path)
        finally:
            beside.unlink(missing_ok=True)


def _is_whole(draft: Path) -> bool:
    """The Java machine writes the header last: one that was killed, or is not done yet, leaves zeros there."""
    if not draft.exists():
        return False
    with draft.open("rb") as file:
        return any(file.read(4))


def _fingerprint(jars: list[Path]) -> str:
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else Path(shutil.which("java") or "java")
    facts = [_facts(file) for file in (java.resolve(), *jars)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


def _facts(file: Path) -> str:
    """What changes with a file: a Java that was updated in its place would go on without the archive of the old one."""
    if not file.exists():
        return str(file)
    status = file.stat()
    return f"{file}:{status.st_size}:{status.st_mtime_ns}"
