"""Intervals that hold for all effects of a set together."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.random import Generator

from effekt._inference import Unavailable
from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Text, format_percent, significant
from effekt._validation import check_integer, check_level, join_words, plural
from effekt.diagnostics.effect_sets import check_set, generator, joint_draws, known_covariance
from effekt.exceptions import ArgumentError, InferenceUnavailableError
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

        Effects without inference have no band: their numbers are None in the table, the statement names them, and
        `n_without` counts them.

    Raises
    ------
    ArgumentError
        For a set without joint covariance, effects that are not differences, no rng, or too few draws for the level.
    InferenceUnavailableError
        When no effect has inference.

    Notes
    -----
    The critical value is the ⌈level·(R + 1)⌉-th smallest of R draws of max |Tₖ|, where T has the correlations of the
    estimated effects and a joint t distribution with the smallest of their degrees of freedom ν (the joint normal where
    ν is infinite), and at least the pointwise one. Where the covariance is V = Σ_c ψ_cψ_c', ψ_c what cluster c adds to
    the estimates (by its influence function, scaled as the variance says), normal draws with V are exactly the
    multiplier bootstrap with standard normal multipliers, since given the data Σ_c ξ_cψ_c with such ξ is N(0, V); a
    finite ν divides them by √(χ²_ν/ν) besides. The multipliers of Callaway and Sant'Anna (2021, algorithm 1 and
    Corollary 1) are not normal, and have the same covariance and limit. Draws from V need no data of units: whoever
    holds the result can make the bands again.

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
    seen = _with_inference(effects)
    rank = math.ceil((1 - alpha) * (check_integer("draws", draws, 1) + 1))
    if rank > draws:
        raise ArgumentError(
            f"`draws` must be at least {math.ceil(1 / alpha) - 1} for bands at level {float(1 - alpha):g}; got {draws}."
        )
    covariance = known_covariance(effects, "uniform_bands", seen)
    order = sorted(seen, key=lambda place: effects.labels[place])
    sizes = np.sqrt(np.diag(covariance)[order])
    df = min(math.inf if (own := effects.effects[place].df) is None else own for place in seen)
    correlation = covariance[np.ix_(order, order)] / np.outer(sizes, sizes)
    largest = np.abs(joint_draws(correlation, df, draws, generator(rng))).max(axis=1)
    pointwise = -t_quantile(float(alpha) / 2, df)
    critical = max(float(np.partition(largest, rank - 1)[rank - 1]), pointwise)
    estimates = [one.estimate for one in effects.effects]
    half = [(one.std_error or 0.0) if place in seen else None for place, one in enumerate(effects.effects)]
    without = [label for place, label in enumerate(effects.labels) if place not in seen]
    return Diagnostic(
        name="uniform_bands",
        status="information",
        statement=_statement(len(seen), critical, pointwise, alpha, without),
        values={
            "critical": critical,
            "pointwise": pointwise,
            "n_draws": draws,
            "level": float(1 - alpha),
            "reference": "joint_normal" if math.isinf(df) else "joint_t",
            **({"n_without": len(without)} if without else {}),
        },
        table={
            "effect": effects.labels,
            "estimate": tuple(estimates),
            "std_error": tuple(half),
            "low": tuple(None if e is None else value - critical * e for value, e in zip(estimates, half, strict=True)),
            "high": tuple(
                None if e is None else value + critical * e for value, e in zip(estimates, half, strict=True)
            ),
        },
    )


def _with_inference(effects: EffectSet) -> list[int]:
    """Which effects can have a band."""
    seen = [i for i, one in enumerate(effects.effects) if not isinstance(one.inference, Unavailable)]
    if not seen:
        label, own = effects.labels[0], effects.effects[0].inference
        assert isinstance(own, Unavailable)
        raise InferenceUnavailableError(
            f"`effects` must hold an effect with inference to be given bands, and none has any; {label!r}: "
            f"{own.reason.en}",
            f"Band kräver att någon effekt har ett osäkerhetsmått, och ingen har det; {label!r}: {own.reason.sv}",
        )
    return seen


def _statement(count: int, critical: float, pointwise: float, alpha: Fraction, without: list[str]) -> Text:
    share = {lang: format_percent(1 - alpha, lang, 0 if (alpha * 100).denominator == 1 else 1) for lang in LANGUAGES}
    wide = {lang: significant(critical, lang, 3) for lang in LANGUAGES}
    single = {lang: significant(pointwise, lang, 3) for lang in LANGUAGES}
    which = {"en": f"all {count} effects", "sv": f"alla {count} effekter"}
    if without:
        which = {
            "en": f"the {plural(count, 'effect')} that {'has' if count == 1 else 'have'} inference",
            "sv": "den effekt som har osäkerhetsmått" if count == 1 else f"de {count} effekter som har osäkerhetsmått",
        }
    told = Text(
        en=f"Bands of {wide['en']} standard errors to each side contain {which['en']} together with "
        f"{share['en']} confidence; for one effect alone {single['en']} would do.",
        sv=f"Band på {wide['sv']} medelfel åt varje håll innehåller {which['sv']} samtidigt med "
        f"{share['sv']} konfidens; för en enda effekt skulle {single['sv']} räcka.",
    )
    if not without:
        return told
    return Text(
        en=f"{told.en} They say nothing of those without inference: {join_words(without, 'and')}.",
        sv=f"{told.sv} De säger inget om dem utan osäkerhetsmått: {join_words(without, 'och')}.",
    )
