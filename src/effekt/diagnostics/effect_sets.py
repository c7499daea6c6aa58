"""Several effects with a joint covariance: p-values that hold for all, and whether there is evidence they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.random import Generator

from effekt._exact import exact
from effekt._inference import Randomization, StudentT, Unavailable
from effekt._text import LANGUAGES, Text, format_p, significant
from effekt._types import ALTERNATIVES, Alternative, FloatArray
from effekt._validation import check_integer, check_level, check_option, check_seed, join_words
from effekt.diagnostics._joint import JointTest, joint_test, testable
from effekt.diagnostics.multiplicity import extremeness, family_diagnostic, holm, romano_wolf
from effekt.exceptions import ArgumentError, InferenceUnavailableError
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.result.effect_set import covariance_of_differences

DRAWS = 9_999


def adjusted_p_values(
    effects: EffectSet,
    *,
    method: Literal["holm", "romano_wolf"] = "holm",
    draws: int | None = None,
    rng: Generator | int | None = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
) -> Diagnostic:
    """P-values of no effect that hold for all effects of a set together.

    Parameters
    ----------
    effects : EffectSet
        Each in its own view; an alternative is read in that view.
    method : {"holm", "romano_wolf"}
        Holm needs the p-values alone and holds whatever their dependence. Romano–Wolf uses the joint covariance.
    draws : int, optional
        How many joint statistics Romano–Wolf draws; default 9 999. Holm takes none.
    rng : numpy.random.Generator or int
        Needed by Romano–Wolf; Holm takes none.
    alternative : {"two-sided", "greater", "less"}
    level : float
        1 − the chance that any true null at all is rejected.

    Returns
    -------
    Diagnostic
        As of `holm` or `romano_wolf`: in the table `figure` (the label), `p_value` of each effect by itself and
        `p_adjusted`. Under Holm an effect without a p-value counts among the figures as one that cannot be rejected,
        and stands in the table without numbers.

    Raises
    ------
    ArgumentError
        For draws or rng with Holm, no rng with Romano–Wolf, or a set without a joint covariance there.
    InferenceUnavailableError
        When no effect has a p-value; in Romano–Wolf when any effect lacks one.

    Notes
    -----
    Romano–Wolf draws come from the joint reference of the set, not from new samples: statistics T = Z·√(ν/χ²_ν), with Z
    normal with the correlations of the estimated effects, and ν the smallest of the effects' degrees of freedom (the
    joint normal where ν is infinite). An adjusted p is never below the effect's own p, which has the degrees of freedom
    of its own. The draws are made in the order of the sorted labels, so that the order of the effects does not matter.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian Journal of Statistics* 6(2),
    65–70.

    Romano, J. P. & Wolf, M. (2005). Exact and approximate stepdown methods for multiple hypothesis testing. *Journal of
    the American Statistical Association* 100(469), 94–108. doi:10.1198/016214504000000539

    Hothorn, T., Bretz, F. & Westfall, P. (2008). Simultaneous inference in general parametric models. *Biometrical
    Journal* 50(3), 346–363. doi:10.1002/bimj.200810425

    Examples
    --------
    >>> import effekt
    >>> data = {"days": [4, 6, 5, 9, 8, 7], "visits": [1, 3, 2, 4, 2, 5], "trained": [1, 1, 1, 0, 0, 0]}
    >>> effects = effekt.randomized_trials(data, outcome=["days", "visits"], treatment="trained")
    >>> [round(p, 4) for p in adjusted_p_values(effects).table["p_adjusted"]]
    [0.0426, 0.189]
    >>> found = adjusted_p_values(effects, method="romano_wolf", rng=1)
    >>> [round(p, 2) for p in found.table["p_adjusted"]]
    [0.04, 0.19]
    """
    check_set(effects)
    check_option("method", method, ("holm", "romano_wolf"))
    check_option("alternative", alternative, ALTERNATIVES)
    if method == "romano_wolf":
        return _romano_wolf(
            effects, DRAWS if draws is None else check_integer("draws", draws, 1), rng, alternative, level
        )
    if draws is not None or rng is not None:
        raise ArgumentError("`method` 'holm' takes no draws and no rng; leave them out, or choose 'romano_wolf'.")
    return _holm(effects, alternative, level)


def interaction_test(effects: EffectSet, *, level: float = 0.95) -> Diagnostic:
    """Whether there is evidence that the effects of a set differ: subgroups, arms, or outcomes in one unit.

    Parameters
    ----------
    effects : EffectSet
        At least two, as differences in one unit and direction, with their joint covariance.
    level : float
        1 − the size of the test, which decides the wording.

    Returns
    -------
    Diagnostic
        Always "information". Values: `n_effects`, `statistic`, `df_numerator`, `df_denominator`, `p_value`, `level`.
        Table: `effect` and `estimate` of each label. "No evidence" is never said to be evidence that they are alike.

    Raises
    ------
    ArgumentError
        For a single effect, other views, several units, or a set without a joint covariance.
    InferenceUnavailableError
        When an effect has no inference, when the degrees of freedom do not allow so many differences, and when a
        difference has no variance.

    Notes
    -----
    With C the differences to the first effect, q = k − 1 of them, and V the joint covariance of the effects,
    W = (Cθ̂)'(CVC')⁻¹Cθ̂. With ν degrees of freedom (of the set), (ν − q + 1)/(νq)·W is referred to F(q, ν − q + 1)
    (Hotelling 1931; its use as an approximation: Pustejovsky and Tipton 2018), and W to χ²_q where ν is infinite. For
    two effects it is the t test of their difference. It does not matter which effect is the first.

    References
    ----------
    Hotelling, H. (1931). The generalization of Student's ratio. *Annals of Mathematical Statistics* 2(3), 360–378.
    doi:10.1214/aoms/1177732979

    Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
    testing in fixed effects models. *Journal of Business & Economic Statistics* 36(4), 672–683.
    doi:10.1080/07350015.2016.1247004

    Examples
    --------
    >>> import effekt
    >>> data = {"days": [4, 6, 5, 9, 8, 7, 5, 6, 7, 6, 8, 7], "trained": [1, 1, 1, 0, 0, 0] * 2}
    >>> data["age"] = ["young"] * 6 + ["old"] * 6
    >>> effects = effekt.randomized_trials(data, outcome="days", treatment="trained", subgroup="age")
    >>> round(interaction_test(effects).values["p_value"], 4)
    0.1583
    """
    check_set(effects)
    alpha = check_level(level)
    _check_alike(effects)
    covariance = known_covariance(effects, "interaction_test")
    df = effects.df
    if not testable(len(effects) - 1, df):
        raise InferenceUnavailableError(
            f"{len(effects)} effects cannot be compared with {df:.2f} degrees of freedom; combine pairs of them.",
            f"{len(effects)} effekter kan inte jämföras med {significant(df, 'sv', 3)} frihetsgrader.",
        )
    test = _differences(effects, np.diag(covariance))
    return Diagnostic(
        name="interaction",
        status="information",
        statement=_difference_statement(effects.labels, test.p_value, rejected=exact(test.p_value) <= alpha),
        values={
            "n_effects": len(effects),
            "statistic": test.statistic,
            "df_numerator": test.numerator,
            "df_denominator": test.recorded_denominator,
            "p_value": test.p_value,
            "level": float(1 - alpha),
        },
        table={"effect": effects.labels, "estimate": tuple(one.estimate for one in effects.effects)},
    )


# --- adjusted p-values --------------------------------------------------------------------------------------------


def _holm(effects: EffectSet, alternative: Alternative, level: float) -> Diagnostic:
    """Holm over all effects; one without a p-value is counted as 1, and shown as none."""
    own: list[float | Fraction] = []
    missing: dict[str, InferenceUnavailableError] = {}
    for label, one in zip(effects.labels, effects.effects, strict=True):
        try:
            own.append(one.rank_p_value(None, alternative))
        except InferenceUnavailableError as reason:
            missing[label] = reason
            own.append(1.0)
    if len(missing) == len(own):
        first = missing[effects.labels[0]]
        raise InferenceUnavailableError(
            f"No effect of the set has a p-value. {effects.labels[0]}: {first}",
            f"Ingen av effekterna har något p-värde. {effects.labels[0]}: {first.sv}",
        )
    found = holm(own, labels=effects.labels, level=level)
    if not missing:
        return found
    hidden = [label in missing for label in effects.labels]
    shown = {
        name: tuple(None if hide else value for hide, value in zip(hidden, found.table[name], strict=True))
        for name in ("p_value", "p_adjusted")
    }
    statement = Text(
        en=f"{found.statement.en} Without a p-value, but counted among the figures: {join_words(missing, 'and')}.",
        sv=f"{found.statement.sv} Utan p-värde, men inräknade bland storheterna: {join_words(missing, 'och')}.",
    )
    return replace(found, statement=statement, table={**found.table, **shown})


def _romano_wolf(
    effects: EffectSet, count: int, rng: Generator | int | None, alternative: Alternative, level: float
) -> Diagnostic:
    """Stepdown over draws of the joint reference; no step is below an effect's own p, nor below the step before."""
    covariance = known_covariance(effects, "romano_wolf")
    signs = np.array([math.copysign(1.0, one.view.slope) for one in effects.effects])
    sizes = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sizes, sizes) * np.outer(signs, signs)
    order = sorted(range(len(effects)), key=lambda place: effects.labels[place])
    drawn, df = np.empty((count, len(effects))), min(math.inf if one.df is None else one.df for one in effects.effects)
    drawn[:, order] = joint_draws(correlation[np.ix_(order, order)], df, count, generator(rng))
    statistics = np.array([one.statistic for one in effects.effects], float)
    found = romano_wolf(statistics, draws=drawn, labels=effects.labels, alternative=alternative, level=level)
    own = np.array([one.p_value(None, alternative) for one in effects.effects])
    steps = np.argsort(-extremeness(statistics, alternative), kind="stable")
    adjusted = np.empty(len(own))
    adjusted[steps] = np.maximum.accumulate(np.maximum(np.array(found.table["p_adjusted"], float), own)[steps])
    extra = {"statistic": tuple(map(float, statistics))}
    whole = family_diagnostic("romano_wolf", effects.labels, own, adjusted, check_level(level), extra, n_draws=count)
    reference = "joint_normal" if math.isinf(df) else "joint_t"
    return replace(whole, values={**whole.values, "reference": reference})


def joint_draws(correlation: FloatArray, df: float, count: int, rng: Generator) -> FloatArray:
    """(count, k) of a joint t, or of a joint normal where df is infinite; the root of the correlation is symmetric."""
    values, axes = np.linalg.eigh(correlation)
    root = (axes * np.sqrt(np.maximum(values, 0.0))) @ axes.T
    normal: FloatArray = rng.standard_normal((count, len(correlation))) @ root
    return normal if math.isinf(df) else normal * np.sqrt(df / rng.chisquare(df, count))[:, None]


def generator(rng: Generator | int | None) -> Generator:
    """The source of chance; None is refused."""
    if isinstance(rng, Generator):
        return rng
    return np.random.default_rng(check_seed(rng))


# --- differences --------------------------------------------------------------------------------------------------


def _differences(effects: EffectSet, variances: FloatArray) -> JointTest:
    """Whether the differences to the first effect, Cθ̂ with the covariance CVC', are all nothing."""
    across = np.column_stack([-np.ones(len(effects) - 1), np.eye(len(effects) - 1)])
    estimates = np.array([one.estimate for one in effects.effects])
    # what the differences' standard errors could be; a root has them whatever the effects' own are
    sizes = np.sqrt(np.abs(across) @ variances) if effects.root is None else None
    covariance = covariance_of_differences(effects, across)
    varying = np.diag(covariance).all()
    test = joint_test(across @ estimates, covariance, effects.df, sizes) if varying else None
    if test is None:
        raise InferenceUnavailableError(
            "A difference between the effects has no variance, so it cannot be tested.",
            "En skillnad mellan effekterna saknar varians och kan inte prövas.",
        )
    return test


def _difference_statement(labels: Sequence[str], p_value: float, *, rejected: bool) -> Text:
    p = {lang: f"p {format_p(p_value, lang)}" for lang in LANGUAGES}
    named = {"en": join_words(labels, "and"), "sv": join_words(labels, "och")}
    if rejected:
        return Text(
            en=f"There is evidence that the effects differ between {named['en']} ({p['en']}).",
            sv=f"Det finns belägg för att effekterna skiljer sig mellan {named['sv']} ({p['sv']}).",
        )
    return Text(
        en=f"There is no evidence of a difference between the effects of {named['en']} ({p['en']}); that does not "
        "show that they are alike.",
        sv=f"Det finns inga belägg för en skillnad mellan effekterna för {named['sv']} ({p['sv']}); det visar inte "
        "att de är lika.",
    )


# --- what is asked of a set ---------------------------------------------------------------------------------------


def check_set(effects: object) -> None:
    """Refuse anything but a set."""
    if not isinstance(effects, EffectSet):
        raise ArgumentError(f"`effects` must be an EffectSet; got {type(effects).__name__}.")


def _check_alike(effects: EffectSet) -> None:
    """At least two effects, as differences in one unit and direction."""
    if len(effects) < 2:
        raise ArgumentError(
            f"`effects` must hold at least two effects to compare; it holds {effects.labels[0]!r} alone. Compare "
            "effects of several groups or outcomes."
        )
    for label, one in zip(effects.labels, effects.effects, strict=True):
        if one.view.name != "difference":
            raise ArgumentError(
                f"`effects` must be differences to be compared; {label!r} is in the view {one.view.name!r}."
            )
    measured = [(one.outcome.unit, one.outcome.better) for one in effects.effects]
    other = next((place for place, one in enumerate(measured) if one != measured[0]), None)
    if other is not None:
        (unit, better), (second, way) = measured[0], measured[other]
        raise ArgumentError(
            f"`effects` must be in one unit and direction to be compared; {effects.labels[0]!r} is in {unit!r} with "
            f"better={better!r}, and {effects.labels[other]!r} in {second!r} with better={way!r}. Rescale them first."
        )


def known_covariance(effects: EffectSet, need: str, among: Sequence[int] | None = None) -> FloatArray:
    """(k, k): the covariance of the effects as differences; `among` those that must have inference, or all."""
    for place in range(len(effects)) if among is None else among:
        _check_linear(effects.labels[place], effects.effects[place], need)
    if effects.covariance is None:
        raise ArgumentError(f"`{need}` needs a set with a joint covariance; this one has none.")
    return covariance_of_differences(effects, np.eye(len(effects)))


def _check_linear(label: str, one: EffectEstimate, need: str) -> None:
    if isinstance(one.inference, Unavailable):
        reason = one.inference.reason
        raise InferenceUnavailableError(
            f"`{need}` needs inference for every effect, and {label!r} has none: {reason.en}",
            f"Alla effekter måste ha osäkerhetsmått, men {label!r} saknar det: {reason.sv}",
        )
    if isinstance(one.inference, Randomization):
        raise ArgumentError(
            f"`{need}` needs effects with linear t inference, and {label!r} has randomisation inference; read the "
            "diagnostic 'romano_wolf' of a set of outcomes, or choose method 'holm'."
        )
    if not isinstance(one.inference, StudentT) or one.inference.scale == "log":
        raise ArgumentError(f"`{need}` needs effects with linear t inference; {label!r} has another.")
