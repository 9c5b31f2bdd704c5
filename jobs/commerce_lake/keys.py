"""A number for each key, so that those that are equal meet in one task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.uint64]

_WORD = 8
_MOST_BYTES = 256
"""How much of a text counts. One that is longer than keys are, as a broken file may have it, would cost all others."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_UPPER = np.uint64(32)
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(_WORD + 1)], np.uint64)
"""Which bits of a word are of a text that has so many bytes left."""


def hashed(columns: Sequence[pa.Array]) -> Numbers:
    """A hash of each row's values: the same for the same values, on every machine; rarely for others.

    Args:
        columns: Texts, times or dates.
    """
    found = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        for rows, word in _words(column):
            mixed = (found[rows] ^ word) * _FACTOR
            mixed ^= mixed >> _SHIFT
            found[rows] = mixed
    return found


def bucketed(hashes: Numbers, buckets: int) -> npt.NDArray[np.int64]:
    """The bucket of each hash, from 0."""
    # By the upper bits: those that group the rows of a bucket are the lower ones.
    return ((hashes >> _UPPER) % np.uint64(buckets)).astype(np.int64)


def whole_numbers(times: pa.Array) -> npt.NDArray[np.int64]:
    """Times or dates as the numbers that Arrow keeps them as; any number where one is null."""
    if not len(times):
        return np.empty(0, np.int64)
    kept = np.int64 if times.type.bit_width == 64 else np.int32
    numbers = np.frombuffer(times.buffers()[1], kept)[times.offset : times.offset + len(times)]
    return numbers.astype(np.int64, copy=False)


def _words(column: pa.Array) -> Iterator[tuple[slice | npt.NDArray[np.intp], Numbers]]:
    """The values as numbers of eight bytes, each with the rows whose value has it; a text's length comes before it."""
    everywhere = slice(None)
    if not pa.types.is_string(column.type):
        yield everywhere, whole_numbers(column).view(np.uint64)
        return
    if not len(column):
        return
    _, offsets, content = column.buffers()
    bounds = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    lengths = np.diff(bounds)
    yield everywhere, lengths.astype(np.uint64)
    longest = int(lengths.max())
    octets = np.frombuffer(content, np.uint8)[bounds[0] : bounds[-1]]
    # Bytes behind the last text, for a word that begins inside or after it.
    octets = np.concatenate([octets, np.zeros(_MOST_BYTES + _WORD, np.uint8)])
    view: Numbers = np.ndarray((len(octets) - _WORD + 1,), np.uint64, octets, strides=(1,))
    starts = bounds[:-1] - bounds[0]
    for place in range(0, min(longest, _MOST_BYTES), _WORD):
        # One long text, as a broken record may have it, costs the others nothing.
        rows = np.flatnonzero(lengths > place)
        yield rows, view[starts[rows] + place] & _MASKS.take(lengths[rows] - place, mode="clip")
