"""What of a run's files is read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .manifest import ManifestFile
from .records import Place

PIECE_BYTES = 32 * 1024 * 1024
"""Bytes of files, as stored, that one task reads: small enough to keep every core busy, large enough to be worth it."""


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
    groups: list[list[Piece]] = []
    size = 0
    for piece in found:
        if not groups or size + piece.bytes > PIECE_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(piece)
        size += piece.bytes
    return groups
