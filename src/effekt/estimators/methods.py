"""Every design by the name that a contract's `analysis` gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from effekt.estimators.compliers import complier_effect
from effekt.estimators.did import difference_in_differences
from effekt.estimators.did.event_study import event_study
from effekt.estimators.doubly_robust import doubly_robust
from effekt.estimators.matching.comparison import matched_comparison
from effekt.estimators.outcomes import outcome_count
from effekt.estimators.published import published_comparison
from effekt.estimators.randomized import randomized_trial, randomized_trials
from effekt.estimators.staggered import staggered_adoption
from effekt.estimators.synthetic import synthetic_control, synthetic_difference_in_differences
from effekt.estimators.trend import trend_adjusted

METHODS: dict[str, Callable[..., Any]] = {
    "complier_effect": complier_effect,
    "difference_in_differences": difference_in_differences,
    "doubly_robust": doubly_robust,
    "event_study": event_study,
    "matched_comparison": matched_comparison,
    "outcome_count": outcome_count,
    "randomized_trial": randomized_trial,
    "randomized_trials": randomized_trials,
    "published_comparison": published_comparison,
    "staggered_adoption": staggered_adoption,
    "synthetic_control": synthetic_control,
    "synthetic_difference_in_differences": synthetic_difference_in_differences,
    "trend_adjusted": trend_adjusted,
}
