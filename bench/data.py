"""Files to work on: generated once for each size and seed, kept outside the tree."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .measure import MB, BenchmarkError

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".local" / "bench"

BYTES = 50 * MB
"""Bytes of a dataset at size 1."""

_LITTLE = 1 * MB

_SOURCES = (
    "bench/generate.ts",
    "cli/sample",
    "contracts/datasets",
    *(f"functions/lib/{name}.ts" for name in ("validate-stream", "text-stream", "csv-records", "json-records")),
)
"""What the files and their manifest are made by: when it changes they are made anew."""


@dataclass(frozen=True)
class Data:
    """The files of a size."""

    folder: Path
    manifest: dict[str, Any]

    def bytes(self, dataset: str) -> int:
        """Bytes of a dataset's files."""
        return sum(file["bytes"] for file in self.manifest["datasets"][dataset]["files"])

    def rows(self, dataset: str) -> int:
        """Records of a dataset."""
        return sum(file["rows"] for file in self.manifest["datasets"][dataset]["files"])

    def files(self, dataset: str) -> list[Path]:
        """A dataset's files in order."""
        return [self.folder / file["key"] for file in self.manifest["datasets"][dataset]["files"]]

    def link_into(self, lake: Path) -> None:
        """Makes them the raw files of a lake in a folder."""
        (lake / "raw").symlink_to(self.folder / "raw")
        shutil.copy(self.folder / "manifest.json", lake)


def data(size: int, seed: int, say: Callable[[str], None]) -> Data:
    """The files of a size, generated if they are not there yet.

    Args:
        size: Times `BYTES`.
        seed: Another seed makes another shop.
        say: Takes what is going on.

    Raises:
        BenchmarkError: They could not be generated.
    """
    return _data(f"{size}x-seed{seed}", size * BYTES, seed, say)


def little_data(say: Callable[[str], None]) -> Data:
    """Files that the jobs read in a moment: for work that is not measured.

    Args:
        say: Takes what is going on.

    Raises:
        BenchmarkError: They could not be generated.
    """
    return _data("little", _LITTLE, 1, say)


def _data(name: str, size: int, seed: int, say: Callable[[str], None]) -> Data:
    folder = HOME / "data" / f"{name}-{_revision()}"
    if not (folder / "manifest.json").exists():
        say(f"generating {size // MB} MB a dataset; the next time they are there")
        shutil.rmtree(folder, ignore_errors=True)
        for old in folder.parent.glob(f"{name}-*"):
            shutil.rmtree(old)
        argv = ["node", "--import", "tsx", "bench/generate.ts", str(folder), str(size), str(seed)]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchmarkError(f"{' '.join(argv)} failed:\n{done.stderr}")
    return Data(folder, json.loads((folder / "manifest.json").read_text()))


def _revision() -> str:
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()[:10]
