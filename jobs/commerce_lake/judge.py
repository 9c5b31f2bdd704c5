"""Judges records by their contract: types and repairs the values, lists the rules that each record breaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .contract import Column, Contract
from .rules import Values, contract_rules
from .values import arrow_type, text_reader

BROKEN = "_broken"
"""The rules that a record breaks, as bits in the order of the contract's rules; 0 where it breaks none.

A number costs next to nothing in the records that are good; `reasons` names the bits of the others.
"""


class Judge:
    """Judges the records of a dataset, batch by batch."""

    def __init__(self, contract: Contract, processing_time: datetime) -> None:
        """Prepares the rules.

        Args:
            contract: Contract of the dataset.
            processing_time: The run's.

        Raises:
            ContractError: The contract has a column that cannot be read, or too many rules.
        """
        self._columns = contract.columns
        self._readers = {column.name: text_reader(column) for column in contract.columns}
        self._computed = [column for column in contract.columns if column["x-computed"]]
        self._rules = contract_rules(contract, processing_time)
        self.names = [rule.name for rule in self._rules]
        """Names of the rules, by their bit."""
        self.schema = pa.schema(
            [
                ("_file", pa.int32()),
                ("_record", pa.int64()),
                (BROKEN, pa.int64()),
                *[(f"_computed_{column.name}", pa.bool_()) for column in self._computed],
                *[(column.name, arrow_type(column.type)) for column in contract.columns],
            ]
        )

    def __call__(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Records with typed values, `_broken`, and `_computed_<column>` for each column that may be computed.

        Args:
            records: Raw records, as `records.read_records` gives them.
        """
        texts = {column.name: records.column(column.name) for column in self._columns}
        typed = {name: texts[name] if read is None else read(texts[name]) for name, read in self._readers.items()}
        values = Values(texts, typed, records.column("_faults"))
        computed = []
        for column in self._computed:
            typed[column.name], was_computed, values.unfit[column.name] = repaired(values, column)
            computed.append(was_computed)
        broken = np.zeros(records.num_rows, np.int64)
        for bit, rule in enumerate(self._rules):
            breaks = rule.broken(values)
            if pc.any(breaks).as_py():
                broken[pc.fill_null(breaks, False).to_numpy(zero_copy_only=False)] |= 1 << bit
        return pa.RecordBatch.from_arrays(
            [records.column("_file"), records.column("_record"), pa.array(broken), *computed, *typed.values()],
            schema=self.schema,
        )


def reasons(broken: int, names: Sequence[str]) -> list[str]:
    """Names of the rules that a record breaks.

    Args:
        broken: Its bits, as in `BROKEN`.
        names: Names of the contract's rules, in their order.
    """
    return [name for bit, name in enumerate(names) if broken >> bit & 1]


def repaired(values: Values, column: Column) -> tuple[pa.Array, pa.BooleanArray, pa.BooleanArray]:
    """Puts the product in the place of a value that is missing or off by more than the tolerance.

    A value that is not of its type is left for that rule to refuse.

    Returns:
        The values; whether they were computed; whether the product does not fit the type.
    """
    given, type_ = values.typed[column.name], arrow_type(column.type)
    left, right = (_as_decimal(values.typed[name]) for name in column["x-computed"]["product"])
    product = pc.multiply(left, right)
    tolerance = pa.scalar(Decimal(str(column["x-computed"]["tolerance"])))
    off = pc.fill_null(pc.greater(pc.abs(pc.subtract(given, product)), tolerance), True)
    is_refused = pc.or_(pc.and_not(pc.is_valid(values.texts[column.name]), pc.is_valid(given)), values.misread(column))
    wanted = pc.and_not(pc.and_(pc.is_valid(product), off), is_refused)
    # Few are wanted: only these are rounded.
    rounded = pc.round(product.filter(wanted), ndigits=type_.scale, round_mode="half_towards_infinity")
    largest = pa.scalar(Decimal(10) ** (type_.precision - type_.scale))
    fitting = pc.if_else(pc.less(pc.abs(rounded), largest), rounded, pa.scalar(None, product.type)).cast(type_)
    return (
        pc.replace_with_mask(given, wanted, pc.coalesce(fitting, given.filter(wanted))),
        wanted,
        pc.replace_with_mask(wanted, wanted, pc.is_null(fitting)),
    )


def _as_decimal(values: pa.Array) -> pa.Array:
    if not pa.types.is_integer(values.type):
        return values
    return values.cast(pa.decimal128(10 if values.type == pa.int32() else 19, 0))
