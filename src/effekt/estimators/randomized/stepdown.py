"""P-values that hold for several outcomes together, from assignments that are the same for all of them.

With a_rj the effect on outcome j under assignment r and no effect on any unit, T_rj = |a_rj|/s_j, s_j the root mean
square of a_j over the assignments and the actual one. Outcomes are ordered by their own T. For the j-th, the
assignments are counted under which the largest T among outcomes j, …, m is at least its own (Romano & Wolf 2005,
doi:10.1198/016214504000000539; by assignments: Young 2019, doi:10.1093/qje/qjy029).

The null of an outcome fixes its value under every assignment, whatever the treatment does to the others, so that the
largest T among the outcomes whose nulls are true is compared with its own distribution: the chance of any false finding
is at most 1 − the level, in samples of any size. By the studentised difference T is |t| itself, on one scale already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.random import Generator

from effekt._inference import Randomization, Unavailable
from effekt._inference.ranks import TIE
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray
from effekt.diagnostics.multiplicity import family_diagnostic
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.assignments import Scheme, scheme_of
from effekt.estimators.randomized.data import places_among, selected
from effekt.estimators.randomized.lots import Assignments
from effekt.estimators.randomized.randomization import under_others
from effekt.estimators.randomized.rerandomized import Statistic, statistic_of
from effekt.estimators.randomized.studentized import without_effect
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
    if any(isinstance(one.effect.inference, Unavailable) for one in trials):
        return WITHOUT_INFERENCE
    units = [np.sort(one.trial.rows) for one in trials]
    if not all(np.array_equal(units[0], own) for own in units):
        return DIFFERENT_UNITS
    schemes = _in_one_order(table, trials, options)
    own = np.array([float(one.effect.rank_p_value(None, "two-sided")) for one in trials])
    by = _by_studentized if options[0].statistic == "studentized" else _by_estimate
    observed, drawn, close, scale = by(trials, options, schemes)
    complete = schemes[0].few
    adjusted, scaled = adjusted_p(observed, drawn, own, close, scale, complete=complete)
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
    observed: FloatArray, drawn: FloatArray, own: FloatArray, close: FloatArray, scale: FloatArray, *, complete: bool
) -> tuple[FloatArray, FloatArray]:
    """(m,) adjusted p-values and scaled statistics of (m,) effects and (R, m) effects under other assignments.

    An adjusted p is never below the effect's own, nor below that of the effect before it. Numbers that differ by
    `close` (m,) are ties.
    """
    scaled = observed / scale
    order = np.argsort(-np.abs(scaled), kind="stable")
    largest = ((np.abs(drawn) + close) / scale)[:, order]
    largest = np.maximum.accumulate(largest[:, ::-1], axis=1)[:, ::-1]
    extreme: BoolArray = largest >= np.abs(scaled[order])
    counts, of = np.sum(extreme, axis=0) + (not complete), len(drawn) + (not complete)
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(np.maximum(counts / of, own[order]))
    return adjusted, scaled


def _in_one_order(table: CheckedTable, trials: Sequence[Fitted], options: Sequence[Options]) -> list[Scheme]:
    """The scheme of each outcome, units in one order for all."""
    rows = selected(table, sorted(own.outcome.name for own in options), options[0])
    return [scheme_of(one.trial, places_among(one.trial, options[0], [rows])) for one in trials]


def _by_estimate(
    trials: Sequence[Fitted], options: Sequence[Options], schemes: Sequence[Scheme]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The effects (m,), those under other assignments (R, m), what is close (m,), and the root mean squares (m,)."""
    drawn = _under_the_same(
        [
            statistic_of(one.trial, own, weighting_of(one.trial, own), scheme)
            for one, own, scheme in zip(trials, options, schemes, strict=True)
        ],
        options[0],
        schemes[0],
    )
    observed = np.array([one.effect.means.value("difference") for one in trials])
    known = [one.effect.inference for one in trials]
    middle = np.array([inference.mean_outcome for inference in known if isinstance(inference, Randomization)])
    close = TIE * np.max(np.abs([observed, middle, *(np.min(drawn, axis=0), np.max(drawn, axis=0))]), axis=0)
    every = drawn if schemes[0].few else np.vstack([drawn, observed])
    scale = np.sqrt(np.mean(every**2, axis=0))
    scale[scale <= close] = np.inf  # an outcome that does not vary: no assignment is more extreme than another
    return observed, drawn, close, scale


def _by_studentized(
    trials: Sequence[Fitted], options: Sequence[Options], schemes: Sequence[Scheme]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The same of t, whose scale is 1; under other assignments |t|."""
    found = [without_effect(one.trial, own, scheme) for one, own, scheme in zip(trials, options, schemes, strict=True)]
    drawn = _under_the_same([_column(statistic) for statistic, _ in found], options[0], schemes[0])
    sizes = np.array([actual for _, actual in found])
    observed = np.copysign(sizes, [one.effect.means.value("difference") for one in trials])
    return observed, drawn, np.full(len(found), TIE * float(np.max(sizes))), np.ones(len(found))


def _column(statistic: Callable[[Assignments], FloatArray]) -> Statistic:
    """One number of each assignment as a column."""
    return lambda assignments: statistic(assignments)[:, None]


def _under_the_same(statistics: Sequence[Statistic], options: Options, scheme: Scheme) -> FloatArray:
    """(R, m): the first column of each statistic, from assignments that are the same for all."""

    def effects(assignments: Assignments) -> FloatArray:
        return np.column_stack([statistic(assignments)[:, 0] for statistic in statistics])

    generator = None if scheme.few else _copied(options.rng)
    return under_others(effects, scheme, generator, options.draws)[0]


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
