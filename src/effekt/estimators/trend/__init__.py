"""A trend-adjusted comparison, one topic a file: number, panel, comparison, checks, inference, path, words.

`adjusted` holds the public function and `study` the placebo study.
"""

from effekt.estimators.trend.adjusted import trend_adjusted
from effekt.estimators.trend.study import placebo_study

__all__ = ["placebo_study", "trend_adjusted"]
