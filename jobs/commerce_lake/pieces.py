"""What of a run's files is read together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from .manifest import ManifestFile
from .records import Place

PIECE_BYTES = 32 * 1024 * 1024
"""Bytes of files, as stored, that one task reads: small enough to keep every core busy, large enough to be worth it."""


class Sized(Protocol):
    """What a task takes."""

    @property
    def bytes(self) -> int:
        """How large it is."""


S = TypeVar("S", bound=Sized)


@dataclass(frozen=True)
class Piece:
    """What is read in one go: a file, or a part of a large one that begins and ends between records."""

    start: int
    end: int | None
    place: Place
    bytes: int


def pieces(files: Sequence[ManifestFile]) -> list[Piece]:
    """The files of a manifest in file order, large ones in pieces, as far as their splits allow."""
    found = []
    for number, file in enumerate(files):
        begins = [(0, Place(number))]
        for split in file.splits:
            if split.offset - begins[-1][0] >= PIECE_BYTES:
                begins.append((split.offset, Place(number, split.record, split.line)))
        for (start, place), following in zip(begins, [*begins[1:], None], strict=True):
            end = following[0] if following else None
            found.append(Piece(start, end, place, (file.bytes if end is None else end) - start))
    return found


def grouped(found: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces, those that one task reads together, in file order."""
    return bundled(found, lambda *_: PIECE_BYTES)


def bundled(items: Sequence[S], most: Callable[[S, S], int]) -> list[list[S]]:
    """The items in their order, by the task that takes them.

    Args:
        items: The items.
        most: Most bytes of a task that already has the first of two items and is to take the second.
    """
    tasks: list[list[S]] = []
    size = 0
    for item in items:
        if not tasks or size + item.bytes > most(tasks[-1][-1], item):
            tasks.append([])
            size = 0
        tasks[-1].append(item)
        size += item.bytes
    return tasks
