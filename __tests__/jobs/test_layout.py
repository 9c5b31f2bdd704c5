"""Which tasks write which days."""

from __future__ import annotations

from collections import Counter

import pytest
from commerce_lake.layout import FILE_BYTES, TASK_BYTES, laid_out
from hypothesis import given, settings
from hypothesis import strategies as st

MB = 1024 * 1024


@settings(deadline=None)
@given(st.dictionaries(st.integers(-800_000, 3_000_000), st.integers(1, 5000 * MB), max_size=60))
def test_every_row_has_a_task_that_is_not_too_large(sizes: dict[int | None, int]) -> None:
    layout = laid_out(sizes)

    loads: Counter[int] = Counter()
    days: Counter[int] = Counter()
    for day, size in sizes.items():
        tasks = {layout.task(day, bucket) for bucket in range(50)}
        assert len(tasks) == max(1, -(-size // FILE_BYTES))
        for task in tasks:
            loads[task] += size // len(tasks)
            days[task] += 1
    assert set(loads) == set(range(layout.tasks))
    for task, load in loads.items():
        assert load <= (FILE_BYTES if days[task] == 1 else TASK_BYTES)


@pytest.mark.parametrize(
    ("sizes", "tasks", "files"),
    [
        ({}, 0, {}),
        ({None: 5}, 1, {None: 1}),
        ({None: FILE_BYTES}, 1, {None: 1}),
        ({None: FILE_BYTES + 1}, 2, {None: 2}),
        # Ten years of a few records a day are no ten years of tasks.
        (dict.fromkeys(range(3650), 1000), 1, {0: 1, 3649: 1}),
        ({1: 40 * MB, 2: 24 * MB, 3: 1}, 2, {1: 1, 2: 1, 3: 1}),
        ({1: 10 * MB, 2: 300_000 * MB, 3: 10 * MB}, 198, {1: 1, 2: 196, 3: 1}),
    ],
)
def test_a_day_is_one_file_or_a_few_large_ones(
    sizes: dict[int | None, int], tasks: int, files: dict[int | None, int]
) -> None:
    layout = laid_out(sizes)

    assert layout.tasks == tasks
    assert {day: len({layout.task(day, bucket) for bucket in range(5000)}) for day in files} == files
