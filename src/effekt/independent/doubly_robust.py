"""Second route for the doubly robust comparison with parametric models: Robins, Rotnitzky & Zhao (1994).

With e the logistic propensity, and m₁, m₀ the regression of the outcome in each arm
(doi:10.1080/01621459.1994.10476818)::

            treated mean                counterfactual mean                     over
    ATE     m₁ + d/e · (y - m₁)         m₀ + (1 - d)/(1 - e) · (y - m₀)         n
    ATT     d · y                       d · m₀ + (1 - d) · e/(1 - e) · (y - m₀) n₁

The ATC is the ATT with the arms turned.

Subgroups share the models, to which their indicators are added. ∂(1/e)/∂ℓ = -(1 - e)/e, ∂(1/(1 - e))/∂ℓ = e/(1 - e)
and ∂(e/(1 - e))/∂ℓ = e/(1 - e), with ℓ the log odds: the slopes of ψ on the three indices.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import exp, fsum

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, complete, labels, numbers, zero_one
from effekt.independent.limits import NotRepeatedError
from effekt.independent.regression import inference_numbers
from effekt.independent.stacked_equations import (
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

Numbers = dict[str, object]


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
    folds: object = None,
    repeats: object = None,
    checks: Sequence[object] = (),
    threshold: object = None,
    threshold_view: object = None,
    means_only: bool = False,
) -> Numbers:
    """Return the two means and their inference, of each subgroup under ``members`` when these are asked for.

    ``checks``, with their ``threshold`` and its view, are read beside the figure and move none of these numbers.
    """
    named = variance or "m_estimation"
    if learner != "parametric" or (folds, repeats) != (None, None) or named not in ("m_estimation", "sandwich"):
        raise NotRepeatedError(
            f"the second route has no cross-fitting; it does not repeat learner={learner!r}.",
            f"den har ingen korsanpassning; den upprepar inte learner={learner!r}.",
        )
    if estimand not in ("ATE", "ATT", "ATC") or outcome_model not in ("linear", "logistic"):
        raise ArgumentError(
            "estimand must be ATE, ATT or ATC, and outcome_model linear or logistic; choose one of each."
        )
    if named == "sandwich" and cluster is not None:
        raise ArgumentError("the plain sandwich takes rows as independent; leave out the cluster.")
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    used = [outcome, treatment, *names, *(name for name in (cluster, subgroup) if name is not None)]
    columns = complete(columns, used, missing)
    arms, y = zero_one(columns, treatment), [float(value) for value in numbers(columns, outcome)]
    turned = estimand == "ATC"  # the ATT with the arms turned, and turned back in the end
    d = [1 - arm for arm in arms] if turned else arms
    groups = labels(columns, subgroup) if subgroup is not None else ["" for _ in d]
    _check(d, y, groups, outcome_model)
    indicators = [[Fraction(int(own == name)) for own in groups] for name in sorted(set(groups))[1:]]
    z = regressors(columns, names, indicators)
    if not means_only:
        check_size(len(y), [len(z[0])] * (3 if estimand == "ATE" else 2))
    fitted = _models(z, y, d, outcome_model)
    clusters = labels(columns, cluster) if cluster is not None else None
    whose = "ATT" if turned else estimand
    members = {
        name: _effect(
            fitted, y, d, [own == name for own in groups], clusters, whose, len(set(groups)), named, means_only
        )
        for name in sorted(set(groups))
    }
    members = {name: _turned_back(found) if turned else found for name, found in members.items()}
    return {"members": members} if subgroup is not None else members[""]


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


def _models(z: list[list[float]], y: list[float], d: list[int], outcome_model: str) -> list[Index]:
    """Return the indices of the propensity, the treated's and the controls' outcome."""
    arms = [[own == arm for own in d] for arm in (1, 0)]
    propensity = fit(z, logistic([float(own) for own in d]))
    if outcome_model == "logistic":
        return [propensity, *(fit(z, logistic(y, among)) for among in arms)]
    return [propensity, *(fit(z, least_squares(y, among), linear=True) for among in arms)]


def _predicted(index: Index, outcome_model_is_logistic: bool) -> list[tuple[float, float]]:
    """Return m and ∂m/∂index of every row."""
    if not outcome_model_is_logistic:
        return [(own, 1.0) for own in index.value]
    return [(probability(own), probability(own) * probability(-own)) for own in index.value]


def _effect(
    fitted: list[Index],
    y: list[float],
    d: list[int],
    among: list[bool],
    clusters: list[str] | None,
    estimand: str,
    subgroups: int,
    variance: str,
    means_only: bool,
) -> Numbers:
    """Return the numbers of the rows that are meant."""
    is_logistic = any(0 < own < 1 for own in fitted[1].curvature)
    odds, models = fitted[0].value, [_predicted(index, is_logistic) for index in fitted[1:]]
    equations = _everybody if estimand == "ATE" else _treated
    lines, arm_weights = equations(odds, models, y, d)
    counted = [[own * side for own, side in zip(line.weight, among, strict=True)] for line in lines]
    values = [
        fsum(p for p, side in zip(line.psi, among, strict=True) if side) / fsum(weight)
        for line, weight in zip(lines, counted, strict=True)
    ]
    raw = [[y[i] for i in range(len(y)) if d[i] == arm and among[i]] for arm in (1, 0)]
    result: Numbers = {
        "treated_mean": values[0],
        "counterfactual_mean": values[1],
        "estimate": values[0] - values[1],
        "observed_treated_mean": fsum(raw[0]) / len(raw[0]),
        "observed_control_mean": fsum(raw[1]) / len(raw[1]),
        "variance": variance,
    }
    if means_only:
        return result
    indices = fitted if estimand == "ATE" else [fitted[0], fitted[2]]
    means = [
        Mean(
            [(p - w * value if side else 0.0) for p, w, side in zip(line.psi, line.weight, among, strict=True)],
            weight,
            {b: [q if side else 0.0 for q, side in zip(qs, among, strict=True)] for b, qs in line.slopes.items()},
        )
        for line, weight, value in zip(lines, counted, values, strict=True)
    ]
    order = list(dict.fromkeys(clusters)) if clusters is not None else []
    rows = [[i for i, own in enumerate(clusters or ()) if own == name] for name in order] or [
        [i] for i in range(len(y))
    ]
    plain = variance == "sandwich"
    found = contributions(indices, means, rows, plain=plain)
    if found is None:
        return result | dict.fromkeys(("covariance", "std_error", "df", "p_value")) | {"unavailable": ALONE}
    parameters = sum(len(index.rows[0]) for index in indices) + 2 * subgroups
    spread = stacked_spread(found, 1 if clusters is not None else parameters, plain=plain)
    kept = [i for i, side in enumerate(among) if side]
    own_clusters = [clusters[i] for i in kept] if clusters is not None else None
    reason = stacked_refusal([arm_weights[i] for i in kept], [d[i] for i in kept], own_clusters, spread)
    return result | inference_numbers(Fraction(values[0] - values[1]), spread, reason)


Models = list[list[tuple[float, float]]]


def _everybody(odds: list[float], models: Models, y: list[float], d: list[int]) -> tuple[list[Mean], list[float]]:
    """Return the equations of the means of all (ψ before its mean is taken away), and the rows' weights."""
    lines = []
    for arm, side in ((1, 1.0), (0, -1.0)):
        weight = [1 + exp(-side * own) if own_arm == arm else 0.0 for own, own_arm in zip(odds, d, strict=True)]
        residual = [own - m for own, (m, _) in zip(y, models[1 - arm], strict=True)]
        psi = [m + w * r for (m, _), w, r in zip(models[1 - arm], weight, residual, strict=True)]
        on_odds = [-side * (w - 1) * r if w else 0.0 for w, r in zip(weight, residual, strict=True)]
        on_model = [slope * (1 - w) for (_, slope), w in zip(models[1 - arm], weight, strict=True)]
        lines.append(Mean(psi, [1.0] * len(y), {0: on_odds, 2 - arm: on_model}))
    return lines, [1 + exp(-own if arm else own) for own, arm in zip(odds, d, strict=True)]


def _treated(odds: list[float], models: Models, y: list[float], d: list[int]) -> tuple[list[Mean], list[float]]:
    """Return the equations of the means of the treated, and the rows' weights."""
    counts = [float(own) for own in d]
    weight = [0.0 if arm else exp(own) for own, arm in zip(odds, d, strict=True)]
    residual = [own - m for own, (m, _) in zip(y, models[1], strict=True)]
    psi = [arm * m + w * r for arm, (m, _), w, r in zip(counts, models[1], weight, residual, strict=True)]
    on_odds = [w * r for w, r in zip(weight, residual, strict=True)]
    on_model = [slope * (arm - w) for arm, (_, slope), w in zip(counts, models[1], weight, strict=True)]
    treated = Mean([arm * own for arm, own in zip(counts, y, strict=True)], counts, {})
    return [treated, Mean(psi, counts, {0: on_odds, 1: on_model})], [
        1.0 if arm else w for arm, w in zip(d, weight, strict=True)
    ]
