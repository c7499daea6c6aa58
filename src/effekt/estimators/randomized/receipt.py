"""The effect of what was received, by randomisation: outcome and receipt under the same assignments.

If receipt is all that assignment acts through, and moves every outcome by one τ, then y − τ·D is what it is whatever
was assigned. A null τ is tested by the effect of assignment on y − τ·D, under all assignments: T(d*, y) − τ·T(d*, D)
with the estimators here, which are linear in the outcome (Anderson and Rubin's test by permutation; Imbens & Rosenbaum
2005, doi:10.1111/j.1467-985X.2004.00339.x). Over the first stage T(d, D) the actual one is τ̂ − τ, τ̂ the Wald ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from effekt._inference import Randomization
from effekt._types import BoolArray, FloatArray
from effekt.estimators.randomized.arguments import Options, generator_of
from effekt.estimators.randomized.assignments import Scheme, scheme_of
from effekt.estimators.randomized.data import Trial, places_among, read_trial, selected
from effekt.estimators.randomized.decided import OneStatistic, Pair, decided_statistic, few_enough
from effekt.estimators.randomized.lots import Assignments
from effekt.estimators.randomized.randomization import decided_under_others, why_drawn
from effekt.estimators.randomized.rerandomized import statistic_of
from effekt.estimators.randomized.weighting import weighting_of
from effekt.roles import Outcome
from effekt.tables import Table as CheckedTable


def by_receipt(table: CheckedTable, options: Options, received: str, first_stage: float) -> Randomization:
    """The test of every τ, from the assignments that `options` alone would draw for the outcome."""
    both = (options, replace(options, outcome=Outcome(column=received)))
    trials = [read_trial(table, own) for own in both]
    rows = [selected(table, (options.outcome.name,), options, last=last) for last in ((), (received,))]
    schemes = [scheme_of(trial, places_among(trial, options, rows)) for trial in trials]
    statistics = [
        statistic_of(trial, own, weighting_of(trial, own), scheme)
        for trial, own, scheme in zip(trials, both, schemes, strict=True)
    ]

    def effects(assignments: Assignments) -> FloatArray:
        return np.column_stack([statistic(assignments)[:, 0] for statistic in statistics]) / first_stage

    complete = schemes[0].few
    generator = None if complete else generator_of(options.rng, "assignments", why_drawn(schemes[0]))
    actual = trials[0].treated[trials[0].drawn][schemes[0].order].astype(np.uint8)
    decided = partial(_decided, trials, both, schemes, actual) if few_enough(schemes[0], options.draws) else None
    found = decided_under_others(effects, decided, schemes[0], generator, options.draws, actual)[0]
    return Randomization(
        statistics=tuple(found[:, 0].tolist()),
        exposures=tuple(found[:, 1].tolist()),
        complete=complete,
        mean_outcome=weighting_of(trials[0], options).mean(trials[0].response) / first_stage,
        share_treated=1.0,
        ratios=False,
        opposed=schemes[0].opposed,
    )


def _decided(
    trials: Sequence[Trial], options: Sequence[Options], schemes: Sequence[Scheme], actual: NDArray[np.uint8]
) -> OneStatistic | None:
    """The effects on outcome and on receipt as fractions, over the actual one on receipt."""
    on_outcome, on_receipt = (decided_statistic(*one) for one in zip(trials, options, schemes, strict=True))
    stage = None if on_receipt is None else on_receipt(actual.astype(bool))
    if on_outcome is None or on_receipt is None or stage is None:
        return None
    first = stage[0]

    def pair(treated: BoolArray) -> Pair | None:
        a, b = on_outcome(treated), on_receipt(treated)
        return None if a is None or b is None else (a[0] / first, b[0] / first)

    return pair
