"""Second route for paying estimators and payments, in the standard library alone but for scikit-learn's learners.

Nothing here shares code with the rest of the package (only its exceptions), so that ``verify`` can
compute a paying figure twice. Each function takes plain columns, ``{name: cells}``, and the keyword
arguments of the public function of the same name, and returns a plain dictionary; what it does not
recompute it refuses with an ``ArgumentError``.
"""

from collections.abc import Callable
from typing import Any

from effekt.independent.matches import doubly_robust as _robust
from effekt.independent.matches import matching as _matching
from effekt.independent.matches import nearest_neighbours as _nearest
from effekt.independent.panels import difference_in_differences as _panel
from effekt.independent.panels import event_study as _events
from effekt.independent.panels import staggered_adoption as _staggered
from effekt.independent.synthetic import synthetic_control as _synthetic
from effekt.independent.synthetic import synthetic_differences as _differences
from effekt.independent.trends import trend_adjusted as _trend
from effekt.independent.trends import trend_otherwise as _otherwise
from effekt.independent.trials import complier_effect as _compliers
from effekt.independent.trials import outcome_count as _count
from effekt.independent.trials import published_comparison as _published
from effekt.independent.trials import randomized_trial as _trial
from effekt.independent.trials import several_trials as _several
from effekt.independent.trials import trial_bounds as _bounds

METHODS: dict[str, Callable[..., Any]] = {
    "complier_effect": _compliers.complier_effect,
    "difference_in_differences": _panel.difference_in_differences,
    "doubly_robust": _robust.doubly_robust,
    "event_study": _events.event_study,
    "match_controls": _nearest.match_controls,
    "matched_comparison": _matching.matched_comparison,
    "outcome_count": _count.outcome_count,
    "placebo_study": _trend.placebo_study,
    "published_comparison": _published.published_comparison,
    "randomized_trial": _trial.randomized_trial,
    "randomized_trials": _several.randomized_trials,
    "staggered_adoption": _staggered.staggered_adoption,
    "synthetic_control": _synthetic.synthetic_control,
    "synthetic_difference_in_differences": _differences.synthetic_difference_in_differences,
    "trend_adjusted": _trend.trend_adjusted,
}

OTHERWISE: dict[str, Callable[..., Any]] = {
    "randomized_trial": _bounds.trial_bounds,
    "randomized_trials": _bounds.several_bounds,
    "trend_adjusted": _otherwise.trend_otherwise,
}
"""The methods whose effects a certificate settles on other readings too: both means of each, by its name."""
