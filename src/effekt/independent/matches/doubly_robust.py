"""Second route for the doubly robust comparison: Robins, Rotnitzky & Zhao (1994).

With e the logistic propensity, and m₁, m₀ the regression of the outcome in each arm
(doi:10.1080/01621459.1994.10476818)::

            treated mean                counterfactual mean                     over
    ATE     m₁ + d/e · (y - m₁)         m₀ + (1 - d)/(1 - e) · (y - m₀)         n
    ATT     d · y                       d · m₀ + (1 - d) · e/(1 - e) · (y - m₀) n₁

The ATC is the ATT with the arms turned.

Subgroups share the models, to which their indicators are added. ∂(1/e)/∂ℓ = -(1 - e)/e, ∂(1/(1 - e))/∂ℓ = e/(1 - e)
and ∂(e/(1 - e))/∂ℓ = e/(1 - e), with ℓ the log odds: the slopes of ψ on the three indices.

Learners are cross-fitted (``cross_fitting``), and count as known. Of each subgroup, the means are those of the repeat
with the median effect τ, and the contributions those of the repeat with the median of Σ(φ₁ - φ₀)² + (τ_r - τ)², to
whose covariance the square of that repeat's distance is added (Chernozhukov et al. 2018, doi:10.1111/ectj.12097,
definition 3.3).
"""

from collections.abc import Sequence
from fractions import Fraction
from math import exp, fsum
from statistics import median
from sys import float_info
from typing import NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, complete, labels, numbers, zero_one
from effekt.independent.matches.cross_fitting import learnt_rows, ordered, predictions
from effekt.independent.matches.stacked_equations import (
    ALONE,
    Index,
    Mean,
    check_size,
    contributions,
    fit,
    least_squares,
    logistic,
    probability,
    regressors,
    stacked_refusal,
    stacked_spread,
)
from effekt.independent.regression import Sandwich, inference_numbers

Numbers = dict[str, object]
Models = list[list[tuple[float, float]]]
CROSS_FITTED = "cross_fitted"
NOTHING: Numbers = {**dict.fromkeys(("covariance", "std_error", "df", "p_value")), "unavailable": ALONE}


def doubly_robust(
    columns: Columns,
    *,
    outcome: str,
    treatment: str,
    covariates: str | Sequence[str],
    estimand: str = "ATE",
    learner: str = "parametric",
    outcome_model: str = "linear",
    cluster: str | None = None,
    subgroup: str | None = None,
    variance: str | None = None,
    missing: str = "raise",
    folds: int | None = None,
    repeats: int | None = None,
    rng: object = None,
    checks: Sequence[object] = (),
    threshold: object = None,
    threshold_view: object = None,
    means_only: bool = False,
) -> Numbers:
    """Return the two means and their inference, of each subgroup under ``members`` when these are asked for.

    ``checks``, with their ``threshold`` and its view, are read beside the figure and move none of these numbers.
    """
    named = _check_options(learner, variance, (folds, repeats, rng), estimand, outcome_model, cluster)
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    groupings = [name for name in (cluster, subgroup) if name is not None]
    columns = complete(columns, [outcome, treatment, *names, *groupings], missing)
    if named == CROSS_FITTED:
        columns = ordered(columns, outcome, treatment, names, groupings)
    arms, y = zero_one(columns, treatment), [float(value) for value in numbers(columns, outcome)]
    groups = labels(columns, subgroup) if subgroup is not None else ["" for _ in arms]
    _check(arms, y, groups, outcome_model)
    indicators = [[Fraction(int(own == name)) for own in groups] for name in sorted(set(groups))[1:]]
    clusters = labels(columns, cluster) if cluster is not None else None
    turned = estimand == "ATC"  # the ATT with the arms turned, and turned back in the end
    d = [1 - arm for arm in arms] if turned else arms
    people = People(y, d, clusters, "ATT" if turned else estimand, len(set(groups)))
    if named == CROSS_FITTED:
        x = learnt_rows(columns, names, indicators)
        binary = outcome_model == "logistic"
        learnt = [
            _learnt(*one, turned=turned)
            for one in predictions(learner, x, y, arms, clusters, (folds or 5, repeats or 5, rng), binary=binary)
        ]
        members = {
            name: _cross_fitted(learnt, people, [own == name for own in groups], means_only)
            for name in sorted(set(groups))
        }
    else:
        z = regressors(columns, names, indicators)
        if not means_only:
            check_size(len(y), [len(z[0])] * (3 if estimand == "ATE" else 2))
        fitted = _models(z, y, d, groups, outcome_model)
        members = {
            name: _parametric(fitted, people, [own == name for own in groups], named, means_only)
            for name in sorted(set(groups))
        }
    members = {name: _turned_back(found) if turned else found for name, found in members.items()}
    return {"members": members} if subgroup is not None else members[""]


class People(NamedTuple):
    """Outcomes, arms and clusters; whose effect it is, and how many subgroups there are."""

    y: list[float]
    d: list[int]
    clusters: list[str] | None
    estimand: str
    subgroups: int

    def groups(self) -> list[list[int]]:
        """Return the rows of each cluster, or each row."""
        if self.clusters is None:
            return [[i] for i in range(len(self.y))]
        members: dict[str, list[int]] = {}
        for i, name in enumerate(self.clusters):
            members.setdefault(name, []).append(i)
        return list(members.values())


def _check_options(
    learner: str, variance: str | None, cut: tuple[object, ...], estimand: str, outcome_model: str, cluster: str | None
) -> str:
    """Return the variance, where the options agree."""
    known = (CROSS_FITTED,) if learner != "parametric" else ("m_estimation", "sandwich")
    named = variance or known[0]
    if named not in known or (learner == "parametric" and cut != (None, None, None)):
        raise ArgumentError(f"learner {learner!r} has the variance {' or '.join(known)}, and only learners have folds.")
    if estimand not in ("ATE", "ATT", "ATC") or outcome_model not in ("linear", "logistic"):
        raise ArgumentError(
            "estimand must be ATE, ATT or ATC, and outcome_model linear or logistic; choose one of each."
        )
    if named == "sandwich" and cluster is not None:
        raise ArgumentError("the plain sandwich takes rows as independent; leave out the cluster.")
    return named


SIDES = (("treated_mean", "counterfactual_mean"), ("observed_treated_mean", "observed_control_mean"))


def _turned_back(found: Numbers) -> Numbers:
    """Return the numbers with the names of the two arms exchanged."""
    turned = dict(found)
    for one, other in (*SIDES, ("df_treated_mean", "df_counterfactual_mean")):
        if one in found:
            turned[one], turned[other] = found[other], found[one]
    estimate, covariance = found["estimate"], found.get("covariance")
    assert isinstance(estimate, float)
    turned["estimate"] = -estimate
    if isinstance(covariance, list):
        turned["covariance"] = [line[::-1] for line in covariance[::-1]]
    for name in ("df_quadratic", "df_quartic"):
        form = found.get(name)
        if isinstance(form, list):
            turned[name] = form[::-1]
    return turned


def _check(d: list[int], y: list[float], groups: list[str], outcome_model: str) -> None:
    for name in set(groups):
        if len({arm for arm, own in zip(d, groups, strict=True) if own == name}) != 2:
            raise DataError("the data, and every subgroup, must hold treated and control rows; leave out the others.")
    if outcome_model == "logistic" and not set(y) <= {0.0, 1.0}:
        raise DataError("a logistic outcome must be 0 or 1; use outcome_model='linear'.")


def _models(z: list[list[float]], y: list[float], d: list[int], groups: list[str], outcome_model: str) -> list[Index]:
    """Return the indices of the propensity, the treated's and the controls' outcome."""
    arms = [[own == arm for own in d] for arm in (1, 0)]
    propensity = fit(z, logistic([float(own) for own in d]))
    if outcome_model == "logistic":
        return [propensity, *(fit(z, logistic(y, among)) for among in arms)]
    linear = [fit(z, least_squares(y, among), linear=True) for among in arms]
    return [propensity, *(_by_group(own, y, among, groups) for own, among in zip(linear, arms, strict=True))]


def _by_group(index: Index, y: list[float], among: list[bool], groups: list[str]) -> Index:
    """Return the fit exactly where an arm's outcomes are one value in each subgroup: no event is then a mean of 0."""
    values: dict[str, set[float]] = {}
    for own, side, name in zip(y, among, groups, strict=True):
        if side:
            values.setdefault(name, set()).add(own)
    if any(len(own) > 1 for own in values.values()):
        return index
    return index._replace(value=[min(values[name]) for name in groups], score=[0.0 for _ in y])


def _predicted(index: Index, outcome_model_is_logistic: bool) -> list[tuple[float, float]]:
    """Return m and ∂m/∂index of every row."""
    if not outcome_model_is_logistic:
        return [(own, 1.0) for own in index.value]
    return [(probability(own), probability(own) * probability(-own)) for own in index.value]


def _means(people: People, odds: list[float], models: Models, among: list[bool]) -> tuple[list[float], list[Mean]]:
    """Return the two means of the rows that are meant, and their equations."""
    equations = _everybody if people.estimand == "ATE" else _treated
    lines = equations(odds, models, people.y, people.d)
    values, means = [], []
    for line in lines:
        weight = [own * side for own, side in zip(line.weight, among, strict=True)]
        value = fsum(p for p, side in zip(line.psi, among, strict=True) if side) / fsum(weight)
        psi = [(p - w * value if side else 0.0) for p, w, side in zip(line.psi, line.weight, among, strict=True)]
        slopes = {b: [q if side else 0.0 for q, side in zip(qs, among, strict=True)] for b, qs in line.slopes.items()}
        values.append(value)
        means.append(Mean(psi, weight, slopes))
    return values, means


def _numbers(people: People, among: list[bool], values: list[float], variance: str) -> Numbers:
    """Return the means, and those of the outcomes as they are."""
    raw = [[y for y, own, side in zip(people.y, people.d, among, strict=True) if own == arm and side] for arm in (1, 0)]
    return {
        "treated_mean": values[0],
        "counterfactual_mean": values[1],
        "estimate": values[0] - values[1],
        "observed_treated_mean": fsum(raw[0]) / len(raw[0]),
        "observed_control_mean": fsum(raw[1]) / len(raw[1]),
        "variance": variance,
    }


def _inference(
    people: People, among: list[bool], odds: list[float], effect: float, spread: Sandwich
) -> dict[str, object]:
    """Return the inference on the effect of the rows that are meant."""
    weights = _arm_weights(odds, people.d, people.estimand)
    kept = [i for i, side in enumerate(among) if side]
    clusters = None if people.clusters is None else [people.clusters[i] for i in kept]
    reason = stacked_refusal([weights[i] for i in kept], [people.d[i] for i in kept], clusters, spread)
    return inference_numbers(Fraction(effect), spread, reason)


def _parametric(fitted: list[Index], people: People, among: list[bool], variance: str, means_only: bool) -> Numbers:
    """Return the numbers of the rows that are meant by the fitted models."""
    is_logistic = any(0 < own < 1 for own in fitted[1].curvature)
    odds, models = fitted[0].value, [_predicted(index, is_logistic) for index in fitted[1:]]
    values, means = _means(people, odds, models, among)
    values = [_told_from_zero(value, people, arm) for value, arm in zip(values, (1, 0), strict=True)]
    result = _numbers(people, among, values, variance)
    if means_only:
        return result
    indices = fitted if people.estimand == "ATE" else [fitted[0], fitted[2]]
    plain = variance == "sandwich"
    found = contributions(indices, means, people.groups(), plain=plain)
    if found is None:
        return result | NOTHING
    parameters = sum(len(index.rows[0]) for index in indices) + 2 * people.subgroups
    spread = stacked_spread(found, 1 if people.clusters is not None else parameters, plain=plain)
    return result | _inference(people, among, odds, values[0] - values[1], spread)


def _told_from_zero(value: float, people: People, arm: int) -> float:
    """Return a mean, or 0 within as many units in the last place of the arm's largest outcome as there are rows."""
    largest = max(abs(y) for y, own in zip(people.y, people.d, strict=True) if own == arm)
    return value if abs(value) > len(people.y) * float_info.epsilon * largest else 0.0


def _learnt(
    odds: list[float], treated: list[float], control: list[float], *, turned: bool
) -> tuple[list[float], Models]:
    """Return the log odds of a repeat and what it predicts in each arm, the arms turned where the effect is."""
    arms = [[(value, 0.0) for value in line] for line in (treated, control)]
    return ([-own for own in odds], arms[::-1]) if turned else (odds, arms)


def _cross_fitted(
    learnt: list[tuple[list[float], Models]], people: People, among: list[bool], means_only: bool
) -> Numbers:
    """Return the numbers of the rows that are meant by the medians of the repeats."""
    repeats = [_means(people, odds, models, among) for odds, models in learnt]
    middle = len(repeats) // 2
    effects = [values[0] - values[1] for values, _ in repeats]
    values = repeats[sorted(range(len(repeats)), key=effects.__getitem__)[middle]][0]
    result = _numbers(people, among, values, CROSS_FITTED)
    if means_only:
        return result
    found = [contributions((), [own._replace(slopes={}) for own in means], people.groups()) for _, means in repeats]
    spreads = []
    for own, (ones, _) in zip(found, repeats, strict=True):
        if own is None:
            return result | NOTHING
        moved = [one - value for one, value in zip(ones, values, strict=True)]
        variance = fsum((a - b) ** 2 for a, b in own) + (moved[0] - moved[1]) ** 2
        spreads.append((variance, own, moved))
    _, chosen, moved = sorted(spreads, key=lambda own: own[0])[middle]
    spread = stacked_spread(chosen, 1 if people.clusters is not None else 2 * people.subgroups)
    covariance = [[spread.covariance[a][b] + moved[a] * moved[b] for b in (0, 1)] for a in (0, 1)]
    odds = [median(own) for own in zip(*(odds for odds, _ in learnt), strict=True)]
    return result | _inference(people, among, odds, values[0] - values[1], spread._replace(covariance=covariance))


def _arm_weights(odds: list[float], d: list[int], estimand: str) -> list[float]:
    """Return the weight of each row's residual."""
    if estimand == "ATE":
        return [1 + exp(-own if arm else own) for own, arm in zip(odds, d, strict=True)]
    return [1.0 if arm else exp(own) for own, arm in zip(odds, d, strict=True)]


def _everybody(odds: list[float], models: Models, y: list[float], d: list[int]) -> list[Mean]:
    """Return the equations of the means of all (ψ before its mean is taken away)."""
    lines = []
    for arm, side in ((1, 1.0), (0, -1.0)):
        weight = [1 + exp(-side * own) if own_arm == arm else 0.0 for own, own_arm in zip(odds, d, strict=True)]
        residual = [own - m for own, (m, _) in zip(y, models[1 - arm], strict=True)]
        psi = [m + w * r for (m, _), w, r in zip(models[1 - arm], weight, residual, strict=True)]
        on_odds = [-side * (w - 1) * r if w else 0.0 for w, r in zip(weight, residual, strict=True)]
        on_model = [slope * (1 - w) for (_, slope), w in zip(models[1 - arm], weight, strict=True)]
        lines.append(Mean(psi, [1.0] * len(y), {0: on_odds, 2 - arm: on_model}))
    return lines


def _treated(odds: list[float], models: Models, y: list[float], d: list[int]) -> list[Mean]:
    """Return the equations of the means of the treated."""
    counts = [float(own) for own in d]
    weight = [0.0 if arm else exp(own) for own, arm in zip(odds, d, strict=True)]
    residual = [own - m for own, (m, _) in zip(y, models[1], strict=True)]
    psi = [arm * m + w * r for arm, (m, _), w, r in zip(counts, models[1], weight, residual, strict=True)]
    on_odds = [w * r for w, r in zip(weight, residual, strict=True)]
    on_model = [slope * (arm - w) for arm, (_, slope), w in zip(counts, models[1], weight, strict=True)]
    treated = Mean([arm * own for arm, own in zip(counts, y, strict=True)], counts, {})
    return [treated, Mean(psi, counts, {0: on_odds, 1: on_model})]
