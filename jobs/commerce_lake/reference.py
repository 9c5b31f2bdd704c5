"""Reference data of the project."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib.resources import files

import pyarrow as pa

from .errors import ContractError


@cache
def categories() -> pa.Table:
    """What the shop knows of each category: `category`, `department`, `margin_band`.

    Raises:
        ContractError: The file is not as its contract says.
    """
    folder = files(__package__).joinpath("reference")
    columns = list(json.loads(folder.joinpath("categories.json").read_text(encoding="utf-8"))["properties"])
    header, *rows = csv.reader(folder.joinpath("categories.csv").read_text(encoding="utf-8").splitlines())
    if header != columns:
        raise ContractError(f"reference/categories.csv has the columns {header}; categories.json says {columns}.")
    keys = [row[0] for row in rows]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ContractError(f"reference/categories.csv has {', '.join(twice)} more than once.")
    return pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}
    )
