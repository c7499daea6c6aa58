"""Array aliases and the option words, each defined once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.intp]"
BoolArray: TypeAlias = "NDArray[np.bool_]"

Number: TypeAlias = float | str | Decimal  # a number, or the decimal that a contract carries
Table: TypeAlias = Any
"""What counts as a table: a pandas, polars or pyarrow frame, `effekt.read_table`'s result, a mapping of
columns, or the path of a CSV, Excel or Parquet file."""

Alternative: TypeAlias = Literal["two-sided", "greater", "less"]
Better: TypeAlias = Literal["lower", "higher"]
Missing: TypeAlias = Literal["raise", "drop"]
Period: TypeAlias = Literal["month", "quarter", "tertial", "year", "season"]
Contrast: TypeAlias = Literal["difference", "ratio"]

ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "greater", "less")
PERIODS: tuple[Period, ...] = ("month", "quarter", "tertial", "year", "season")
