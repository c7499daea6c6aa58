"""Which way an outcome improves, and whether a relative change reaches what a contract pays for."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from effekt._text import Text
from effekt._types import FloatArray
from effekt._validation import check_option
from effekt.diagnostics._arrays import TIES

Better: TypeAlias = Literal["lower", "higher"]
MOVES = {"lower": Text(en="reduction", sv="minskning"), "higher": Text(en="increase", sv="ökning")}


def way_of(better: Better) -> int:
    """The sign of an improvement: −1 where less is better."""
    check_option("better", better, tuple(MOVES))
    return 1 if better == "higher" else -1


def count_reaching(improvements: FloatArray, threshold: float) -> int:
    """How many reach the threshold; a change that is exactly at it does, whatever the last bit of its float."""
    return int(np.sum(improvements >= threshold - TIES))
