"""P-values that hold for several outcomes together, from assignments that are the same for all of them.

With a_rj the effect on outcome j under assignment r and no effect on any unit, T_rj = |a_rj|/s_j, s_j the root mean
square of a_j over the assignments and the actual one. Outcomes are ordered by their own T. For the j-th, the
assignments are counted under which the largest T among outcomes j, …, m is at least its own (Romano & Wolf 2005,
doi:10.1198/016214504000000539; by assignments: Young 2019, doi:10.1093/qje/qjy029).

The null of an outcome fixes its value under every assignment, whatever the treatment does to the others, so that the
largest T among the outcomes whose nulls are true is compared with its own distribution: the chance of any false finding
is at most 1 − the level, in samples of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.random import Generator

from effekt._inference import Randomization
from effekt._inference.ranks import TIE
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray
from effekt.diagnostics.multiplicity import family_diagnostic
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.assignments import scheme_of
from effekt.estimators.randomized.data import selected, unit_order
from effekt.estimators.randomized.lots import Assignments
from effekt.estimators.randomized.randomization import under_others
from effekt.estimators.randomized.rerandomized import statistic_of
from effekt.estimators.randomized.trial import Fitted
from effekt.estimators.randomized.weighting import weighting_of
from effekt.result import Diagnostic
from effekt.tables import Table as CheckedTable

LEVEL = Fraction(95, 100)

DIFFERENT_UNITS = Text(
    en="The outcomes are known for different units, so no assignment is one and the same for all of them; Holm's "
    "adjustment holds nevertheless.",
    sv="Utfallen är kända för olika enheter, så ingen fördelning är en och densamma för alla; Holms justering gäller "
    "ändå.",
)
WITHOUT_INFERENCE = Text(
    en="An effect has no inference, so no p-values hold for all effects together.",
    sv="En effekt saknar osäkerhetsmått, så inga p-värden gäller för alla effekter gemensamt.",
)


def stepdown(table: CheckedTable, trials: Sequence[Fitted], options: Sequence[Options]) -> Diagnostic | Text:
    """Romano and Wolf's adjustment of the effects on several outcomes, or why there is none."""
    known = [one.effect.inference for one in trials if isinstance(one.effect.inference, Randomization)]
    if len(known) < len(trials):
        return WITHOUT_INFERENCE
    units = [np.sort(one.trial.rows) for one in trials]
    if not all(np.array_equal(units[0], own) for own in units):
        return DIFFERENT_UNITS
    complete = known[0].complete
    drawn = _under_the_same(table, trials, options, complete=complete)
    observed = np.array([one.effect.estimate for one in trials])
    middle = np.array([inference.mean_outcome for inference in known])
    size = np.max(np.abs([observed, middle, *(np.min(drawn, axis=0), np.max(drawn, axis=0))]), axis=0)
    own = np.array([float(one.effect.rank_p_value(None, "two-sided")) for one in trials])
    adjusted, scaled = adjusted_p(observed, drawn, own, TIE * size, complete=complete)
    found = family_diagnostic(
        "romano_wolf",
        tuple(own_options.outcome.name for own_options in options),
        own,
        adjusted,
        1 - LEVEL,
        {"statistic": tuple(map(float, scaled))},
        n_draws=len(drawn),
    )
    return _told(found, complete=complete)


def adjusted_p(
    observed: FloatArray, drawn: FloatArray, own: FloatArray, close: FloatArray, *, complete: bool
) -> tuple[FloatArray, FloatArray]:
    """(m,) adjusted p-values and scaled statistics of (m,) effects and (R, m) effects under other assignments.

    An adjusted p is never below the effect's own, nor below that of the effect before it. Numbers that differ by
    `close` (m,) are ties.
    """
    every = drawn if complete else np.vstack([drawn, observed])
    scale = np.sqrt(np.mean(every**2, axis=0))
    scale[scale <= close] = np.inf  # an outcome that does not vary: no assignment is more extreme than another
    scaled = observed / scale
    order = np.argsort(-np.abs(scaled), kind="stable")
    largest = ((np.abs(drawn) + close) / scale)[:, order]
    largest = np.maximum.accumulate(largest[:, ::-1], axis=1)[:, ::-1]
    extreme: BoolArray = largest >= np.abs(scaled[order])
    counts = np.sum(extreme, axis=0) if complete else np.sum(extreme, axis=0) + 1
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(np.maximum(counts / len(every), own[order]))
    return adjusted, scaled


def _under_the_same(
    table: CheckedTable, trials: Sequence[Fitted], options: Sequence[Options], *, complete: bool
) -> FloatArray:
    """(R, m): the effect on each outcome, units in one order for all."""
    rows = selected(table, sorted(own.outcome.name for own in options), options[0]).rows
    schemes = [scheme_of(one.trial).ordered(unit_order(one.trial, rows)) for one in trials]
    statistics = [
        statistic_of(one.trial, own, weighting_of(one.trial, own), scheme)
        for one, own, scheme in zip(trials, options, schemes, strict=True)
    ]

    def effects(assignments: Assignments) -> FloatArray:
        return np.column_stack([statistic(assignments)[:, 0] for statistic in statistics])

    generator = None if complete else _copied(options[0].rng)
    return under_others(effects, schemes[0], generator, options[0].draws)[0]


def _copied(rng: Generator | int | None) -> Generator:
    return deepcopy(rng) if isinstance(rng, Generator) else np.random.default_rng(rng)


def _told(found: Diagnostic, *, complete: bool) -> Diagnostic:
    """The diagnostic, and which assignments it is from."""
    count = int(found.values["n_draws"] or 0)
    which_en, which_sv = ("all {} possible", "alla {} möjliga") if complete else ("{} drawn", "{} dragna")
    statement = Text(
        en=f"{found.statement.en} It is by randomisation: {which_en.format(format_number(count, 'en'))} assignments, "
        "each of them one for all outcomes.",
        sv=f"{found.statement.sv} Justeringen bygger på lottningen: {which_sv.format(format_number(count, 'sv'))} "
        "fördelningar, var och en densamma för alla utfall.",
    )
    return replace(found, statement=statement, values={**found.values, "reference": "assignments"})
