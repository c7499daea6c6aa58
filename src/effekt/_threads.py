"""Independent parts of one computation, two or more at a time where rows are many.

NumPy lets go of the interpreter while it sorts and counts, so parts can share the processors. But it does so in every
call, and whoever waits for the interpreter is woken later than a short call takes: parts made of short calls, such as
those of a few thousand rows, wait longer than they compute. So a part has many rows, and looks at them all at once.
What comes back stands in the order of the parts, and nothing is added up here: no result depends on how many threads
there are or who is first.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Found = TypeVar("Found")

MOST = 4  # threads: each holds a part's memory
MANY = 500_000  # rows of a part, or of all short ones, below which threads cost more than they save
NAME = "effekt part"  # of a thread, which starts no threads itself
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def each(work: Callable[[Part], Found], parts: Sequence[Part], rows: int) -> list[Found]:
    """The work done on each part, in the order of the parts; `rows` is how many a part has, or short ones together."""
    count = min(len(parts), threads_for(rows))
    if count < 2 or threading.current_thread().name.startswith(NAME):
        return [work(part) for part in parts]
    with ThreadPoolExecutor(count, NAME) as pool:
        return list(pool.map(work, parts))


def threads_for(rows: int) -> int:
    """How many there may be for parts of so many rows."""
    return threads() if rows >= MANY else 1


def threads() -> int:
    """How many there may be: as many as processors, and no more than the environment allows numerical libraries."""
    allowed = [int(text) for name in LIMITS if (text := os.environ.get(name, "")).isdecimal() and int(text)]
    return min(MOST, os.cpu_count() or 1, *allowed)
