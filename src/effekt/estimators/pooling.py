"""Several small studies put together: one effect from independent estimates, by their precision.

With d_i the effects and v_i their squared standard errors, the pooled effect is Σa_i d_i, a_i = w_i / Σw.

- fixed: w = 1/v; the variance is 1/Σw (Cochran 1954, doi:10.2307/3001666), with Satterthwaite degrees of freedom
  (Σa²v)² / Σ(a²v)²/df of the studies' own.
- random: w = 1/(v + τ²), with τ² by restricted maximum likelihood (Viechtbauer 2005, doi:10.3102/10769986030003261)
  or by moments (DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2); the variance is max(1, q) / Σw with
  q = Σw(d − d̄)²/(k − 1), and t has k − 1 degrees of freedom (Hartung & Knapp 2001, doi:10.1002/sim.791; never below
  the variance by the model, as Röver, Knapp & Friede 2015, doi:10.1186/s12874-015-0091-1 have it).

Studies whose inference lives on the log scale are pooled there: d_i is log(treated / counterfactual), and the pooled
means are exp Σa_i log(mean), whose ratio is the pooled one. Otherwise treated and counterfactual means are pooled by
the same a_i, so that their difference is the pooled effect. Their covariance is Σa²V_i; what the variance of the effect
exceeds it by, since true effects differ, is put on the treated mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np

from effekt._inference import (
    AndersonRubin,
    Draws,
    FixedDf,
    Means,
    Placebos,
    Randomization,
    StudentT,
    TestInversion,
    TwoProportions,
    TwoRates,
    Unavailable,
    WildBootstrap,
)
from effekt._text import Text
from effekt._types import FloatArray
from effekt._validation import check_option, join_words
from effekt.diagnostics.heterogeneity import study_heterogeneity
from effekt.estimators._independence import check_different, check_independent, unit_notes
from effekt.exceptions import ArgumentError
from effekt.result import EffectEstimate, Note, Observed, Sample
from effekt.roles import Estimand
from effekt.tables.names import as_label

Heterogeneity: TypeAlias = Literal["reml", "dersimonian_laird"]
COUNTS = ("n_obs", "n_units", "n_treated", "n_control", "n_clusters", "n_dropped")


def pool(
    effects: Mapping[str, EffectEstimate] | Sequence[EffectEstimate],
    *,
    model: Literal["fixed", "random"],
    heterogeneity: Heterogeneity | None = None,
) -> EffectEstimate:
    """One effect from the effects of several independent studies, such as of several municipalities.

    Parameters
    ----------
    effects : mapping of label to EffectEstimate, or list of them
        At least two, as differences, in one unit, of one outcome and estimand, each with a standard error, all on one
        scale; those on the log scale, such as trend-adjusted ratios by ``"placebo_variance"``, are pooled as relative
        effects.
    model : {"fixed", "random"}
        Fixed: the mean effect in these very studies, each by its precision. Random: the mean of a population of
        effects from which the studies are drawn.
    heterogeneity : {"reml", "dersimonian_laird"}, optional
        How the variance τ² of true effects is found under "random", which defaults to restricted maximum likelihood.

    Returns
    -------
    EffectEstimate
        The pooled effect, of the studies' estimand. Cochran's test and every study's weight stand in `diagnostics`.

    Raises
    ------
    ArgumentError
        For fewer than two effects, one that stands twice, is itself pooled, is no difference, or has no standard error;
        for outcomes, units, scales or estimands that differ; for effects that name a treated unit, comparator or donor
        in common, are different members of one set, or have equally many people with the same mean outcome and were not
        estimated alike; or for `heterogeneity` under "fixed".

    Notes
    -----
    Assumes that the studies are independent (no unit is in two of them, which is seen only in part) and that each is
    right by itself: pooling makes a biased estimate narrower, not better. With few studies τ² is poorly known, and the
    interval by t with k − 1 degrees of freedom is wide for a reason. Under "fixed" with true effects that differ the
    interval is for the weighted mean of these studies, not for another one. Under "random" ratios and relative effects
    of studies pooled as differences are at these studies' own levels, whose spread between places is not in their
    intervals.

    References
    ----------
    Hartung, J. & Knapp, G. (2001). On tests of the overall treatment effect in meta-analysis with normally distributed
    responses. *Statistics in Medicine* 20, 1771–1782. doi:10.1002/sim.791

    Röver, C., Knapp, G. & Friede, T. (2015). Hartung–Knapp–Sidik–Jonkman approach and its modification for
    random-effects meta-analysis with few studies. *BMC Medical Research Methodology* 15, 99.
    doi:10.1186/s12874-015-0091-1

    Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
    *Journal of Educational and Behavioral Statistics* 30, 261–293. doi:10.3102/10769986030003261

    Examples
    --------
    >>> import effekt
    >>> arms = {"treatment": [0, 0, 0, 1, 1, 1]}
    >>> days = {"Lund": [4.0, 5.0, 6.0, 7.0, 8.0, 9.5], "Ystad": [4.0, 6.0, 5.0, 6.0, 7.5, 9.0]}
    >>> studies = {
    ...     name: effekt.randomized_trial(
    ...         {"days": y, **arms}, outcome="days", treatment="treatment", adjustment="none")
    ...     for name, y in days.items()
    ... }
    >>> pooled = effekt.pool(studies, model="fixed")
    >>> round(pooled.estimate, 4), round(pooled.std_error, 4)
    (2.8714, 0.6926)
    """
    check_option("model", model, ("fixed", "random"))
    if heterogeneity is not None:
        check_option("heterogeneity", heterogeneity, ("reml", "dersimonian_laird"))
        if model == "fixed":
            raise ArgumentError("`heterogeneity` belongs to model='random'; leave it out with model='fixed'.")
    labels, studies = _checked(effects)
    kinds = [kind for one in studies if isinstance(kind := one.inference, StudentT)]
    log = kinds[0].scale == "log"
    d = np.array([one.means.log_ratio() if log else one.means.value("difference") for one in studies])
    v = np.array([_variance(kind, one, log=log) for one, kind in zip(studies, kinds, strict=True)])
    how = heterogeneity or "reml"
    tau2 = 0.0 if model == "fixed" else _moments(d, v) if how == "dersimonian_laird" else restricted_likelihood(d, v)
    precision = 1 / (v + tau2)
    total = math.fsum(precision.tolist())
    shares = precision / total
    inference = _fixed(shares, v, kinds) if model == "fixed" else _random(d, shares, total, kinds)
    inference = replace(inference, scale="log") if log else inference
    name = "inverse_variance" if model == "fixed" else "hartung_knapp"
    return EffectEstimate(
        means=_means(shares, [one.means for one in studies], log=log),
        inference=inference,
        estimand=_estimand(studies),
        outcome=studies[0].outcome,
        method="pool",
        variance=f"{name}/1",
        sample=_sample(studies),
        observed=_observed(shares, studies, log=log),
        arguments={
            "model": model,
            **({"heterogeneity": how} if model == "random" else {}),
            "effects": list(labels),
        },
        diagnostics=(
            study_heterogeneity(
                estimates=d,
                variances=v,
                labels=labels,
                tau2=tau2,
                std_error=None if model == "fixed" else _error(inference),
                log=log,
            ),
        ),
        notes=_notes(model, labels, studies, log=log),
    )


# --- the variance of true effects -------------------------------------------------------------------------------------


def _moments(d: FloatArray, v: FloatArray) -> float:
    """τ² of DerSimonian and Laird: what Cochran's Q exceeds its expectation by, never below 0."""
    w = 1 / v
    total = math.fsum(w.tolist())
    centre = _sum(w, d) / total
    q = _sum(w, (d - centre) ** 2)
    return max(0.0, (q - (len(d) - 1)) / (total - _sum(w, w) / total))


def restricted_likelihood(d: FloatArray, v: FloatArray) -> float:
    """τ² of greatest restricted likelihood: the best of a grid, then the zero of the score beside it."""
    reach = 10 * float(np.max((d - d.mean()) ** 2)) + float(v.max())
    grid = np.concatenate([[0.0], reach * np.geomspace(1e-9, 1.0, 400)])
    best = int(np.argmax([_log_likelihood(d, v, value) for value in grid.tolist()]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    if _score(d, v, low) <= 0:
        return low
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        low, high = (middle, high) if _score(d, v, middle) > 0 else (low, middle)


def _log_likelihood(d: FloatArray, v: FloatArray, tau2: float) -> float:
    w = 1 / (v + tau2)
    total = math.fsum(w.tolist())
    centre = _sum(w, d) / total
    return (math.fsum(np.log(w).tolist()) - math.log(total) - _sum(w, (d - centre) ** 2)) / 2


def _score(d: FloatArray, v: FloatArray, tau2: float) -> float:
    """Its derivative: (Σw²(d − d̄)² − Σw + Σw²/Σw) / 2."""
    w = 1 / (v + tau2)
    total = math.fsum(w.tolist())
    centre = _sum(w, d) / total
    return (_sum(w**2, (d - centre) ** 2) - total + _sum(w, w) / total) / 2


# --- inference --------------------------------------------------------------------------------------------------------


def _within(shares: FloatArray, kinds: Sequence[StudentT], df: float) -> StudentT:
    """Σa²V: var(treated), cov, var(counterfactual) given the true effects; of the difference where a study holds it."""
    first, cross, second = (_sum(shares**2, (kind.covariance[i] for kind in kinds)) for i in range(3))
    apart = None
    if any(kind.apart for kind in kinds):
        own, beside = (_sum(shares**2, (kind.of_difference()[i] for kind in kinds)) for i in range(2))
        apart = own, beside
    return StudentT(covariance=(first, cross, second), df=FixedDf(df=df), apart=apart)


def _fixed(shares: FloatArray, v: FloatArray, kinds: Sequence[StudentT]) -> StudentT:
    parts = shares**2 * v
    own = _sum(parts**2, (1 / kind.df_of("difference") for kind in kinds))
    return _within(shares, kinds, math.fsum(parts.tolist()) ** 2 / own if own > 0 else math.inf)


def _random(d: FloatArray, shares: FloatArray, total: float, kinds: Sequence[StudentT]) -> StudentT:
    q = total * _sum(shares, (d - _sum(shares, d)) ** 2) / (len(d) - 1)
    within = _within(shares, kinds, float(len(d) - 1))
    (first, cross, second), (own, beside) = within.covariance, within.of_difference()
    excess = max(1.0, q) / total - own
    apart = None if within.apart is None else (own + excess, beside)
    return replace(within, covariance=(first + excess, cross, second), apart=apart)


def _error(inference: StudentT) -> float:
    """The standard error of the mean effect, or of its logarithm."""
    return math.sqrt(inference.of_difference()[0])


def _variance(kind: StudentT, study: EffectEstimate, *, log: bool) -> float:
    """The squared standard error of the difference, or of the log ratio."""
    if not log:
        return kind.error(study.means, "difference") ** 2
    return kind.of_difference()[0]


def _means(shares: FloatArray, studies: Sequence[Means], *, log: bool) -> Means:
    """The weighted means, on the log scale the geometric ones."""
    if not log:
        return Means.weighed(shares.tolist(), studies)
    treated, counterfactual = ([getattr(one, name) for one in studies] for name in ("treated", "counterfactual"))
    return Means(treated=_mean(shares, treated, log=True), counterfactual=_mean(shares, counterfactual, log=True))


def _mean(shares: FloatArray, values: Sequence[float], *, log: bool) -> float:
    """The weighted mean, on the log scale the geometric one."""
    return math.exp(_sum(shares, map(math.log, values))) if log else _sum(shares, values)


def _sum(weights: FloatArray, values: Iterable[float]) -> float:
    """Σwx, the same in every order of the studies."""
    return math.fsum(w * x for w, x in zip(weights.tolist(), map(float, values), strict=True))


# --- what may be pooled, and what it is called ------------------------------------------------------------------------


def _checked(effects: object) -> tuple[tuple[str, ...], list[EffectEstimate]]:
    if isinstance(effects, Mapping):
        labels, studies = tuple(map(as_label, effects)), list(effects.values())
    elif isinstance(effects, (list, tuple)):
        labels, studies = tuple(str(i + 1) for i in range(len(effects))), list(effects)
    else:
        raise ArgumentError(
            "`effects` must be a mapping of labels to effects, or a list of effects; got "
            f"{type(effects).__name__}. Members of one set share units; combine those with `.combine`."
        )
    if len(studies) < 2:
        raise ArgumentError(f"`effects` must hold at least two studies; got {len(studies)}.")
    odd = next((i for i, label in enumerate(labels) if not label or label in labels[:i]), None)
    if odd is not None:
        raise ArgumentError(
            "`effects` must have a label of its own for each study, apart from the others in more than spaces; study "
            f"{odd + 1} has {labels[odd]!r}. Name each study once."
        )
    for label, one in zip(labels, studies, strict=True):
        _check_study(label, one)
    check_different(labels, studies)
    _check_alike(labels, studies)
    check_independent(labels, studies)
    return labels, studies


def _check_study(label: str, one: object) -> None:
    if not isinstance(one, EffectEstimate):
        raise ArgumentError(f"`effects` must hold effects; {label!r} is {type(one).__name__}.")
    if one.method == "pool":
        raise ArgumentError(
            f"`effects` must be studies; {label!r} is itself pooled, and a study in it could count twice. Pool the "
            "studies themselves."
        )
    if one.view.name != "difference":
        raise ArgumentError(
            f"`effects` must be differences; {label!r} is in the view {one.view.name!r}. Pool differences, and take "
            "the view of what is pooled."
        )
    if not isinstance(one.inference, StudentT):
        raise ArgumentError(f"`effects` must each have a standard error; {label!r} {_lacks(one)}")


def _lacks(study: EffectEstimate) -> str:
    """What a study has in place of a standard error, and what to do about it."""
    kind = study.inference
    if isinstance(kind, Unavailable):
        return f"has none: {kind.reason.en.rstrip('.')}. Mend that where it can be, or leave it out and say so."
    if isinstance(kind, TestInversion) and not study.method.startswith("synthetic_"):
        return (
            "has tests at declared values alone, as when it was made public, which give none. Pool it as it was before "
            "`.public()`, or leave it out and say so."
        )
    if isinstance(kind, AndersonRubin):
        return (
            "has a test of the effect on compliers, whose standard error is no guide when few comply. Pool the effects "
            "of being assigned, such as member 'ITT' of each, or leave it out and say so."
        )
    return f"has {_TESTS[type(kind)]}, or leave it out and say so."


def _check_alike(labels: Sequence[str], studies: Sequence[EffectEstimate]) -> None:
    first = studies[0]
    for label, one in zip(labels[1:], studies[1:], strict=True):
        if _scale(first) != _scale(one):
            raise ArgumentError(
                f"`effects` must have their standard errors on one scale; {labels[0]!r} has that of {_scale(first)} "
                f"and {label!r} that of {_scale(one)}. {_one_scale(first, one)}, or keep them apart."
            )
    for label, one in zip(labels[1:], studies[1:], strict=True):
        for what, mine, other in (
            ("unit", first.outcome.unit, one.outcome.unit),
            ("better direction", first.outcome.better, one.outcome.better),
            ("outcome", first.outcome.name, one.outcome.name),
            ("estimand", first.estimand.name, one.estimand.name),
        ):
            if mine != other:
                raise ArgumentError(
                    f"`effects` must have one {what}; {labels[0]!r} has {mine!r} and {label!r} has {other!r}. Estimate "
                    "them alike, or keep them apart."
                )


def _scale(study: EffectEstimate) -> str:
    log = isinstance(study.inference, StudentT) and study.inference.scale == "log"
    return "the logarithm of a ratio" if log else "a difference in units"


def _one_scale(first: EffectEstimate, second: EffectEstimate) -> str:
    """Which choice makes the scales differ, of those that can."""
    names = ("adjustment", "inference") if first.method == "trend_adjusted" else ("variance", "inference")
    pairs = [(name, first.arguments.get(name), second.arguments.get(name)) for name in names]
    differ = [f"{name}={mine!r} or {name}={other!r}" for name, mine, other in pairs if mine != other]
    if first.method != second.method or not differ:
        return "Estimate both by one method with one variance"
    return f"Choose one for both, {join_words(differ, 'and')}"


def _estimand(studies: Sequence[EffectEstimate]) -> Estimand:
    populations = [one.estimand.population for one in studies]
    return Estimand(
        name=studies[0].estimand.name,
        population=Text(
            en=f"{len(studies)} studies put together: {join_words((one.en for one in populations), 'and')}",
            sv=f"{len(studies)} studier sammanlagda: {join_words((one.sv for one in populations), 'och')}",
        ),
    )


def _sample(studies: Sequence[EffectEstimate]) -> Sample:
    """Counts added up; one that some study lacks is not known."""
    found: dict[str, Any] = {}
    for name in COUNTS:
        counts = [getattr(one.sample, name) for one in studies]
        found[name] = None if None in counts else sum(counts)
    return Sample(**found)


def _observed(shares: FloatArray, studies: Sequence[EffectEstimate], *, log: bool) -> Observed:
    controls = [one.observed.control for one in studies if one.observed.control is not None]
    return Observed(
        treated=_mean(shares, [one.observed.treated for one in studies], log=log),
        control=_mean(shares, controls, log=log) if len(controls) == len(studies) else None,
    )


def _notes(model: str, labels: Sequence[str], studies: Sequence[EffectEstimate], *, log: bool) -> tuple[Note, ...]:
    """What pooling assumes, and what the studies' own notes say, in one note for each code."""
    codes = sorted({note.code for one in studies for note in one.notes})
    return (
        FIXED_NOTE if model == "fixed" else RANDOM_NOTE,
        *([LOG_NOTE] if log else [LEVELS_NOTE] if model == "random" else []),
        *unit_notes(labels, studies),
        *(_note(code, labels, studies) for code in codes),
    )


def _note(code: str, labels: Sequence[str], studies: Sequence[EffectEstimate]) -> Note:
    """What all studies say in the same words once; else each sentence under the names of those that say it."""
    said: dict[Text, list[str]] = {}
    for label, one in zip(labels, studies, strict=True):
        for text in dict.fromkeys(note.text for note in one.notes if note.code == code):
            said.setdefault(text, []).append(label)
    (text, who), *others = said.items()
    if not others and len(who) == len(labels):
        if not any(map(str.isdigit, text.en)):
            return Note(code=code, text=text)
        return Note(code=code, text=Text(en=f"Each study: {text.en}", sv=f"Varje studie: {text.sv}"))
    return Note(
        code=code,
        text=Text(
            en=" ".join(f"{_studies(who, 'Study', 'Studies', 'and')}: {text.en}" for text, who in said.items()),
            sv=" ".join(f"{_studies(who, 'Studie', 'Studierna', 'och')}: {text.sv}" for text, who in said.items()),
        ),
    )


def _studies(labels: Sequence[str], one: str, several: str, conjunction: str) -> str:
    return f"{one if len(labels) == 1 else several} {join_words(labels, conjunction)}"


_TESTS: dict[type, str] = {
    name: f"{words}, which give none. Estimate it with inference={other!r} where there is such"
    for name, words, other in (
        (Placebos, "placebo ranks", "placebo_variance"),
        (TestInversion, "tests by moving the periods", "placebo_variance"),
        (Randomization, "tests by the lots alone", "asymptotic"),
        (WildBootstrap, "tests by resampled signs", "asymptotic"),
        (TwoProportions, "tests of two shares", "asymptotic"),
        (TwoRates, "exact tests of two rates", "asymptotic"),
        (Draws, "resampled values", "hac"),
    )
}
FIXED_NOTE = Note(
    code="pooled_fixed",
    text=Text(
        en="Several studies put together by their precision: the mean effect in these studies, not in others; what "
        "biases one of them biases the whole.",
        sv="Flera studier sammanlagda efter sin precision: medeleffekten i just dessa studier, inte i andra; det som "
        "snedvrider en av dem snedvrider helheten.",
    ),
)
LOG_NOTE = Note(
    code="pooled_logs",
    text=Text(
        en="Pooled as logarithms of the ratio to the counterfactual: a common relative effect, with geometric means.",
        sv="Sammanlagda som logaritmer av kvoten till det kontrafaktiska: en gemensam relativ effekt, med geometriska "
        "medelvärden.",
    ),
)
RANDOM_NOTE = Note(
    code="pooled_random",
    text=Text(
        en="Several studies put together as drawn from a population of effects: the mean of that population; what "
        "biases one of them biases the whole.",
        sv="Flera studier sammanlagda som dragna ur en population av effekter: medelvärdet i den populationen; det som "
        "snedvrider en av dem snedvrider helheten.",
    ),
)
LEVELS_NOTE = Note(
    code="pooled_levels",
    text=Text(
        en="Ratios and relative effects are at the levels of these very studies: how levels without the intervention "
        "differ between the places that the studies are drawn from is in none of their intervals and p-values, which "
        "are too narrow for the population of places; the p-value of no effect holds all the same. For that "
        "population's relative effect pool studies with inference on the log scale; for the relative effect in these "
        "studies choose model='fixed'.",
        sv="Kvoter och relativa effekter gäller just dessa studiers nivåer: hur nivåer utan insatsen skiljer sig "
        "mellan de platser som studierna är dragna ur ingår inte i deras intervall och p-värden, som är för snäva för "
        "populationen av platser; p-värdet för ingen effekt gäller ändå. För populationens relativa effekt, lägg "
        "samman studier vars osäkerhet beräknas på logaritmisk skala; för den relativa effekten i dessa studier, välj "
        "model='fixed'.",
    ),
)
