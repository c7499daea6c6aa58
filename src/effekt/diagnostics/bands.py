"""Intervals that hold for all effects of a set together."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.random import Generator

from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Text, format_percent, significant
from effekt._validation import check_integer, check_level
from effekt.diagnostics.effect_sets import check_set, generator, joint_draws, known_covariance
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectSet

DRAWS = 9_999


def uniform_bands(
    effects: EffectSet, *, rng: Generator | int | None, draws: int = DRAWS, level: float = 0.95
) -> Diagnostic:
    """Bands around the effects of a set that contain all of them together with the stated confidence.

    Parameters
    ----------
    effects : EffectSet
        With a joint covariance: an event study of `staggered_adoption`, or any other.
    rng : numpy.random.Generator or int
        Chance of the draws.
    draws : int
        How many joint statistics are drawn.
    level : float
        The chance that the bands contain every effect.

    Returns
    -------
    Diagnostic
        Always "information". Table: `effect`, `estimate`, `std_error`, `low`, `high` in the view of each effect.
        Values: `critical` (standard errors to each side), `pointwise` (those of an interval for one effect), `n_draws`,
        `level`, `reference`.

    Raises
    ------
    ArgumentError
        For a set without joint covariance, effects that are not differences, no rng, or too few draws for the level.
    InferenceUnavailableError
        When an effect has no inference.

    Notes
    -----
    The critical value is the ⌈level·(R + 1)⌉-th smallest of R draws of max |Tₖ|, where T has the correlations of the
    estimated effects and a joint t distribution with the smallest of their degrees of freedom ν (the joint normal where
    ν is infinite), and at least the pointwise one. Callaway and Sant'Anna (2021, algorithm 1 and Corollary 1) draw
    multipliers of the units' influence functions instead; given the data, those have the same covariance and the same
    normal limit. Draws of the limit need no data of units: whoever holds the result can make the bands again.

    References
    ----------
    Callaway, B. & Sant'Anna, P. (2021). Difference-in-differences with multiple time periods. *Journal of Econometrics*
    225(2), 200–230. doi:10.1016/j.jeconom.2020.12.001

    Montiel Olea, J. L. & Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory, implementation, and an
    application to SVARs. *Journal of Applied Econometrics* 34(1), 1–17. doi:10.1002/jae.2656

    Examples
    --------
    >>> import effekt
    >>> data = {"days": [4, 6, 5, 9, 8, 7], "visits": [1, 3, 2, 4, 2, 5], "trained": [1, 1, 1, 0, 0, 0]}
    >>> effects = effekt.randomized_trials(data, outcome=["days", "visits"], treatment="trained")
    >>> found = uniform_bands(effects, rng=1)
    >>> round(found.values["critical"], 1), round(found.values["pointwise"], 1)
    (3.3, 2.8)
    """
    check_set(effects)
    alpha = check_level(level)
    for label, one in zip(effects.labels, effects.effects, strict=True):
        if one.view.contrast != "difference":
            raise ArgumentError(
                f"`effects` must be differences to be given bands; {label!r} is in the view {one.view.name!r}."
            )
    rank = math.ceil((1 - alpha) * (check_integer("draws", draws, 1) + 1))
    if rank > draws:
        raise ArgumentError(
            f"`draws` must be at least {math.ceil(1 / alpha) - 1} for bands at level {float(1 - alpha):g}; got {draws}."
        )
    covariance = known_covariance(effects, "uniform_bands")
    sizes = np.sqrt(np.diag(covariance))
    order = sorted(range(len(effects)), key=lambda place: effects.labels[place])
    df = min(math.inf if one.df is None else one.df for one in effects.effects)
    correlation = (covariance / np.outer(sizes, sizes))[np.ix_(order, order)]
    largest = np.abs(joint_draws(correlation, df, draws, generator(rng))).max(axis=1)
    pointwise = -t_quantile(float(alpha) / 2, df)
    critical = max(float(np.partition(largest, rank - 1)[rank - 1]), pointwise)
    estimates = [one.estimate for one in effects.effects]
    errors = [one.std_error or 0.0 for one in effects.effects]
    return Diagnostic(
        name="uniform_bands",
        status="information",
        statement=_statement(len(effects), critical, pointwise, alpha),
        values={
            "critical": critical,
            "pointwise": pointwise,
            "n_draws": draws,
            "level": float(1 - alpha),
            "reference": "joint_normal" if math.isinf(df) else "joint_t",
        },
        table={
            "effect": effects.labels,
            "estimate": tuple(estimates),
            "std_error": tuple(errors),
            "low": tuple(value - critical * error for value, error in zip(estimates, errors, strict=True)),
            "high": tuple(value + critical * error for value, error in zip(estimates, errors, strict=True)),
        },
    )


def _statement(count: int, critical: float, pointwise: float, alpha: Fraction) -> Text:
    share = {lang: format_percent(1 - alpha, lang, 0 if (alpha * 100).denominator == 1 else 1) for lang in LANGUAGES}
    wide = {lang: significant(critical, lang, 3) for lang in LANGUAGES}
    single = {lang: significant(pointwise, lang, 3) for lang in LANGUAGES}
    return Text(
        en=f"Bands of {wide['en']} standard errors to each side contain all {count} effects together with "
        f"{share['en']} confidence; for one effect alone {single['en']} would do.",
        sv=f"Band på {wide['sv']} medelfel åt varje håll innehåller alla {count} effekter samtidigt med "
        f"{share['sv']} konfidens; för en enda effekt skulle {single['sv']} räcka.",
    )
