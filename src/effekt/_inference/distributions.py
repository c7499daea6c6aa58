"""Student's t and the normal: the only functions of effekt that evaluate a distribution."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from effekt._types import FloatArray


def t_upper_tail(statistic: FloatArray | float, df: FloatArray | float) -> FloatArray:
    """P(T > statistic) of Student's t; infinite df is the normal."""
    statistic, df = np.asarray(statistic, float), np.asarray(df, float)
    normal = special.ndtr(-statistic)
    return np.where(np.isinf(df), normal, special.stdtr(np.where(np.isinf(df), 1.0, df), -statistic))


def t_quantile(probability: float, df: float) -> float:
    """The quantile of Student's t; infinite df is the normal."""
    return float(special.ndtri(probability) if math.isinf(df) else special.stdtrit(df, probability))
