"""Of the records of one date that share a key, one stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .contract import Contract
from .keys import whole_numbers

HASH = "_hash"
"""A number of the key, as `keys.hashed` gives it."""

_SLOT_BITS_A_ROW = 8


def staying(records: pa.RecordBatch, contract: Contract) -> npt.NDArray[np.int64] | None:
    """Positions of the records that stay, in order; None where all do.

    Of those with the same key the one with the newest event time stays, of these the last in file order.

    Args:
        records: Typed, with `_file`, `_record` and `_hash`. All that share a key with one of them are among them.
        contract: Contract of their dataset.
    """
    suspects = _suspects(records.column(HASH).to_numpy())
    if not len(suspects):
        return None
    found = records.select(["_file", "_record", *_columns(contract)]).take(pa.array(suspects))
    order = [found.column("_record").to_numpy(), found.column("_file").to_numpy()]
    if contract.event_time:
        order.append(whole_numbers(found.column(contract.event_time)))
    newest_last = np.lexsort(order)
    ranks = np.empty(len(suspects), np.int64)
    ranks[newest_last] = np.arange(len(suspects))
    keyed = pa.Table.from_arrays(
        [*(found.column(name) for name in contract.key), pa.array(ranks)], [*contract.key, "_rank"]
    )
    best = keyed.group_by(list(contract.key), use_threads=False).aggregate([("_rank", "max")])
    if best.num_rows == len(suspects):
        return None
    stays = np.ones(records.num_rows, bool)
    stays[suspects] = False
    stays[suspects[newest_last[best.column("_rank_max").to_numpy()]]] = True
    return np.flatnonzero(stays)


def _columns(contract: Contract) -> list[str]:
    return list(dict.fromkeys([*contract.key, *([contract.event_time] if contract.event_time else [])]))


def _suspects(hashes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Positions of records whose key may be another's as well: grouping only them is a fraction of the work."""
    bits = max(1, (len(hashes) * _SLOT_BITS_A_ROW - 1).bit_length())
    slots = hashes & ((1 << bits) - 1)
    return np.flatnonzero(np.bincount(slots, minlength=1 << bits)[slots] > 1)
