"""Sales to customers, as Arrow has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .blobs import whole
from .contract import Column, Curated
from .derive import banded, shown
from .errors import ContractError
from .folding import LEAST, MOST, Fold
from .keys import whole_numbers
from .plain import MOST_DIGITS, Numbers
from .values import arrow_type, of_numbers, schema_of, units_of

SALES = ("customer_id", "transaction_date", "quantity", "total_amount", "status")
"""Columns that tell of a sale what its customer shows of it."""

COMPLETED = "completed"
NO_SEGMENT = "none"
"""Segment of customers without a completed sale."""

FOLD = Fold(
    key="customer_id",
    how={
        "first_order_at": np.minimum,
        "last_order_at": np.maximum,
        "orders": np.add,
        "units": np.add,
        "lifetime_value": np.add,
        "returned_orders": np.add,
    },
)
"""Tallies of sales to those of customers. Numbers of 64 bits hold them: it would take nine hundred million of the
largest sales to one customer to leave them."""


def check(sales: Curated, contract: Curated) -> None:
    """Asserts that amounts can be summed as whole numbers of their last place.

    Args:
        sales: Contract of curated sales.
        contract: Contract of customers.

    Raises:
        ContractError: A sale's amount is too long for that, or does not have as many places as a customer's.
    """
    types = [
        sales.column("total_amount").type,
        *(contract.column(name).type for name in ("lifetime_value", "average_order_value")),
    ]
    amount, *others = map(arrow_type, types)
    fits = pa.types.is_decimal(amount) and amount.precision <= MOST_DIGITS
    if not fits or not all(pa.types.is_decimal(other) and other.scale == amount.scale for other in others):
        raise ContractError(
            f"total_amount, lifetime_value and average_order_value of curated customers are {', '.join(types)}: they "
            f"must be decimals of as many places behind the point, and amounts of at most {MOST_DIGITS} digits."
        )


def moving(columns: Sequence[Column]) -> pa.Schema:
    """Columns of sales on their way to the task that knows all of their customer: what `narrowed` makes of them.

    Args:
        columns: The columns `SALES` of the table of sales, in any order.
    """
    schema = schema_of(columns)
    for name, type_ in (("total_amount", pa.int64()), ("status", pa.bool_())):
        schema = schema.set(schema.get_field_index(name), pa.field(name, type_))
    return schema


def narrowed(sales: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The sales in few bytes: amounts as whole numbers of their last place, and whether they are completed.

    Args:
        sales: Has the columns of the schema.
        schema: Columns to move (`moving`).
    """
    as_they_move: Mapping[str, Callable[[pa.Array], pa.Array]] = {
        "total_amount": lambda amounts: pa.array(units_of(amounts), mask=amounts.is_null().to_numpy(False)),
        "status": _is_completed,
    }
    columns = ((name, sales.column(name)) for name in schema.names)
    return pa.RecordBatch.from_arrays(
        [as_they_move[name](column) if name in as_they_move else column for name, column in columns], schema=schema
    )


def _is_completed(states: pa.StringArray) -> pa.Array:
    # States are few: a tenth of the time that comparing each takes.
    different = states.dictionary_encode()
    return pc.equal(different.dictionary, COMPLETED).take(different.indices)


def tallied(sales: pa.RecordBatch) -> pa.RecordBatch:
    """What each sale says of its customer, in the columns of `FOLD`.

    What is null of a sale says nothing: no sale without a state counts, none without a time is the first or last.

    Args:
        sales: Sales as they move (`narrowed`).
    """
    state, times = sales.column("status"), sales.column("transaction_date")
    completed = _filled(state, False)
    moments, dated = whole_numbers(times), completed & times.is_valid().to_numpy(False)
    tallies = {
        "first_order_at": np.where(dated, moments, MOST),
        "last_order_at": np.where(dated, moments, LEAST),
        "orders": completed.astype(np.int64),
        "units": np.where(completed, _filled(sales.column("quantity"), 0), 0),
        "lifetime_value": np.where(completed, _filled(sales.column("total_amount"), 0), 0),
        "returned_orders": _filled(pc.invert(state), False).astype(np.int64),
    }
    numbers = [pa.array(tallies[name], pa.int64()) for name in FOLD.how]
    return pa.RecordBatch.from_arrays([sales.column(FOLD.key), *numbers], schema=FOLD.schema)


def customers(tallies: pa.Table, contract: Curated) -> pa.Table:
    """One row a customer who bought, in the contract's columns.

    Args:
        tallies: One row a customer, in the columns of `FOLD`.
        contract: Contract of the curated table.

    Raises:
        ContractError: The contract lacks a column that is made here, or has one that is not.
    """
    found = {name: tallies.column(name).to_numpy() for name in FOLD.how}
    value, orders = found["lifetime_value"], found["orders"]
    found["average_order_value"] = _means(value, orders)
    is_there = {
        "first_order_at": found["first_order_at"] != MOST,
        "last_order_at": found["last_order_at"] != LEAST,
        "average_order_value": orders > 0,
    }
    everywhere = np.ones(len(orders), np.bool_)
    columns = {
        name: of_numbers(numbers, is_there.get(name, everywhere), arrow_type(contract.column(name).type))
        for name, numbers in found.items()
    }
    bands = banded(pa.table(columns), contract.column("segment"))
    columns["segment"] = pc.if_else(pa.array(orders > 0), bands, NO_SEGMENT)
    columns[FOLD.key] = whole(tallies.column(FOLD.key))
    return pa.Table.from_batches([shown(columns, contract.columns, "curated/customers")])


def _means(sums: Numbers, counts: Numbers) -> Numbers:
    """Sums by counts, halves rounded away from zero; any number where there is nothing to count."""
    counts = np.maximum(counts, 1)
    quotients, rest = np.divmod(np.abs(sums), counts)
    means: Numbers = np.sign(sums) * (quotients + (rest >= counts - rest))
    return means


def _filled(values: pa.Array, instead: object) -> npt.NDArray[Any]:
    filled: npt.NDArray[Any] = pc.fill_null(values, instead).to_numpy(zero_copy_only=False)
    return filled
