"""Second route for weighted comparisons: weights that are functions of the covariates, and two weighted means.

With ℓ = z'θ the log odds of treatment, treated and controls weigh 1 and e^ℓ (ATT), e^-ℓ and 1 (ATC), 1 + e^-ℓ and
1 + e^ℓ (ATE), 1/(1 + e^ℓ) and 1/(1 + e^-ℓ) (ATO: Li, Morgan & Zaslavsky 2018, doi:10.1080/01621459.2016.1260466); θ
solves Σ s_i z_i = 0 with

    inverse_probability, overlap       s = d - e                                     (logistic maximum likelihood)
    covariate_balancing_propensity     s = d·w₁ - (1 - d)·w₀                         (Imai & Ratkovic 2014, eq. 10-11)
    entropy_balancing, one arm moved   s = target - e^(z'θ) of the moved arm         (Hainmueller 2012, eq. 8)
    entropy_balancing, ATE             s = 1 - [arm]·e^(z'θ), an index for each arm

With propensity="probit" of the first, p = Φ(η) with s = dφ/Φ(η) - (1 - d)φ/Φ(-η), and ℓ = log Φ(η)/Φ(-η), so that
∂ℓ/∂η = φ/Φ(η) + φ/Φ(-η) (doi:10.1111/rssb.12027, doi:10.1093/pan/mpr025).
Each mean is Σ w y / Σ w; ∂(w (y - μ))/∂ℓ = w'(ℓ)·(y - μ).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import exp, fsum
from typing import Any, NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, complete, labels, numbers, zero_one
from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.linear_algebra import dot
from effekt.independent.matches.match_propensity import probit_odds, probit_terms
from effekt.independent.matches.stacked_equations import (
    ALONE,
    Index,
    Mean,
    Regression,
    Scores,
    check_size,
    contributions,
    fit,
    logistic,
    probability,
    regressed_contributions,
    regressors,
    stacked_refusal,
    stacked_spread,
)
from effekt.independent.regression import inference_numbers

METHODS = {
    "inverse_probability": ("ATT", "ATC", "ATE"),
    "overlap": ("ATO",),
    "covariate_balancing_propensity": ("ATT", "ATC", "ATE"),
    "entropy_balancing": ("ATT", "ATC", "ATE"),
}
BY_PROPENSITY = ("inverse_probability", "overlap")
NEUTRAL: dict[str, object] = {"distance": "propensity", "caliper": None, "ratio": 1, "replace": False, "exact": ()}
KNOWN = (
    "unit",
    "treatment",
    "covariates",
    "method",
    "estimand",
    "moments",
    "discard",
    "salt",
    "tie_orders",
    "units_digest",
    "missing",
    "propensity",
)


class Weighting(NamedTuple):
    """The fitted indices; each row's weight, its slope on the arm's index, and which index that is."""

    indices: list[Index]
    weights: list[float]
    slopes: list[float]
    index_of_arm: dict[int, int]


def weighted_means(
    columns: Columns,
    match: Mapping[str, Any],
    outcome: str,
    missing: str = "raise",
    cluster: str | None = None,
    variance: str = "m_estimation",
    *,
    covariates: Sequence[str] = (),
    means_only: bool = False,
) -> dict[str, object]:
    """Return the two means of a contract's weighting, or those of weighted regressions, and their inference."""
    if variance not in ("m_estimation", "sandwich") or (variance == "sandwich" and cluster is not None):
        raise ArgumentError("a weighting has the variance m_estimation, or without a cluster sandwich; choose one.")
    names = _check(match)
    columns = complete(columns, [match["unit"], match["treatment"], *names], match.get("missing", "raise"))
    if len(set(labels(columns, match["unit"]))) != len(labels(columns, match["unit"])):
        raise DataError("the unit column must name each unit once; keep one row per unit.")
    columns = _kept(columns, match, names)
    columns = complete(columns, [outcome, *covariates, *([] if cluster is None else [cluster])], missing)
    y, d = [float(value) for value in numbers(columns, outcome)], zero_one(columns, match["treatment"])
    z = regressors(columns, names, squares=match.get("moments") == 2)
    estimand = match.get("estimand", "ATT")
    weighting = _fitted(match["method"], estimand, z, d, match.get("propensity"))
    clusters = None if cluster is None else labels(columns, cluster)
    if covariates:
        target = [float(estimand == "ATE" or own == (estimand == "ATT")) for own in d]
        return _regressed(weighting, regressors(columns, covariates), (y, d, target), clusters, variance)
    means, lines = [], []
    for arm in (1, 0):
        weight = [w if own == arm else 0.0 for w, own in zip(weighting.weights, d, strict=True)]
        mean = fsum(w * own for w, own in zip(weight, y, strict=True)) / fsum(weight)
        psi = [w * (own - mean) for w, own in zip(weight, y, strict=True)]
        slopes = {
            weighting.index_of_arm[arm]: [
                q * (own - mean) if side == arm else 0.0 for q, own, side in zip(weighting.slopes, y, d, strict=True)
            ]
        }
        means.append(mean)
        lines.append(Mean(psi, weight, slopes if any(slopes[weighting.index_of_arm[arm]]) else {}))
    result: dict[str, object] = {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": means[0] - means[1],
        "n_matched": sum(d),
        "variance": variance,
    }
    plain = variance == "sandwich"
    return result if means_only else result | _inference(weighting, lines, d, means[0] - means[1], clusters, plain)


def _regressed(
    weighting: Weighting,
    x: list[list[float]],
    people: tuple[list[float], list[int], list[float]],
    clusters: list[str] | None,
    variance: str,
) -> dict[str, object]:
    """Return weighted regressions in each arm, averaged over those whose effect is asked for, and their inference.

    ``people`` are their outcomes, arms, and 1 for those asked for.
    """
    y, d, target = people
    arms, means = [], []
    for arm in (1, 0):
        weight, slope = (
            [value if own == arm else 0.0 for value, own in zip(values, d, strict=True)]
            for values in (weighting.weights, weighting.slopes)
        )
        own = Regression(x, weight, {weighting.index_of_arm[arm]: slope} if any(slope) else {}, y, target)
        beta = own.coefficients()
        if beta is None:
            raise DataError("the covariates must vary within each arm and not depend on each other; leave one out.")
        means.append(fsum(t * dot(row, beta) for t, row in zip(target, x, strict=True)) / fsum(target))
        arms.append(own)
    result: dict[str, object] = {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": means[0] - means[1],
        "n_matched": sum(d),
        "variance": variance,
    }
    plain = variance == "sandwich"
    widths = [len(index.rows[0]) for index in weighting.indices] + [len(x[0])] * 2
    check_size(len(d), widths)
    check_steps(len(d) ** 2 * len(x[0]) * 4)
    members: dict[object, list[int]] = {}
    for i in range(len(d)):
        members.setdefault(i if clusters is None else clusters[i], []).append(i)
    found = regressed_contributions(weighting.indices, arms, list(members.values()), plain=plain)
    if found is None:
        return result | dict.fromkeys(("covariance", "std_error", "df", "p_value")) | {"unavailable": ALONE}
    spread = stacked_spread(found, sum(widths) + 2 if clusters is None else 1, plain=plain)
    reason = stacked_refusal(weighting.weights, d, clusters, spread)
    return result | inference_numbers(Fraction(means[0] - means[1]), spread, reason)


def _inference(
    weighting: Weighting,
    lines: list[Mean],
    d: list[int],
    estimate: float,
    clusters: list[str] | None,
    plain: bool,
) -> dict[str, object]:
    widths = [len(index.rows[0]) for index in weighting.indices]
    check_size(len(d), widths)
    members: dict[object, list[int]] = {}
    for i in range(len(d)):
        members.setdefault(i if clusters is None else clusters[i], []).append(i)
    found = contributions(weighting.indices, lines, list(members.values()), plain=plain)
    if found is None:
        return dict.fromkeys(("covariance", "std_error", "df", "p_value")) | {"unavailable": ALONE}
    spread = stacked_spread(found, sum(widths) + 2 if clusters is None else 1, plain=plain)
    return inference_numbers(Fraction(estimate), spread, stacked_refusal(weighting.weights, d, clusters, spread))


def _check(match: Mapping[str, Any]) -> list[str]:
    """Return the covariates of a weighting whose arguments this route has."""
    for name, value in match.items():
        empty = value is None or (name == "exact" and not value)
        if name not in KNOWN and not empty and (name not in NEUTRAL or value != NEUTRAL[name]):
            raise NotRepeatedError(
                f"the second route does not weight with the argument {name!r}; leave it out.",
                f"den väger inte med argumentet {name!r}.",
            )
    links = (None, "logit", "probit") if match["method"] in BY_PROPENSITY else (None, "logit")
    if match.get("propensity") not in links:
        raise NotRepeatedError(
            "the second route weights by no propensity but logit and probit; use one of them.",
            "den väger bara efter benägenhet med logit och probit.",
        )
    if match.get("estimand", "ATT") not in METHODS[match["method"]]:
        raise ArgumentError(f"method {match['method']!r} does not have that estimand; choose another.")
    names = match["covariates"]
    return [names] if isinstance(names, str) else list(names)


def _kept(columns: Columns, match: Mapping[str, Any], names: list[str]) -> Columns:
    """Return the rows within the limits of ``discard``, or within the other arm's range, of the arms it names."""
    rule = match.get("discard")
    if rule is None:
        return columns
    d = zero_one(columns, match["treatment"])
    z = regressors(columns, names, squares=match.get("moments") == 2)
    odds = _propensity(z, d, match.get("propensity"))[1]
    if not isinstance(rule, str):
        low, high = (float(Fraction(str(limit))) for limit in rule)
        within = [low <= 1 / (1 + exp(-own)) <= high for own in odds]
        return {
            name: [cell for cell, keep in zip(cells, within, strict=True) if keep] for name, cells in columns.items()
        }
    reach = {
        arm: (
            min(v for v, side in zip(odds, d, strict=True) if side != arm),
            max(v for v, side in zip(odds, d, strict=True) if side != arm),
        )
        for arm in (1, 0)
    }
    judged = {"treated": (1,), "control": (0,), "both": (1, 0)}[rule]
    inside = [side not in judged or reach[side][0] <= own <= reach[side][1] for own, side in zip(odds, d, strict=True)]
    return {name: [cell for cell, keep in zip(cells, inside, strict=True) if keep] for name, cells in columns.items()}


def _propensity(z: list[list[float]], d: list[int], link: str | None) -> tuple[Index, list[float], list[float]]:
    """Return the index of a propensity, the log odds that it gives, and what these change by with it."""
    if link != "probit":
        index = fit(z, logistic([float(own) for own in d]))
        return index, index.value, [1.0] * len(d)
    index = fit(z, lambda i, value: probit_terms(value, d[i]))
    steep = [probit_terms(own, 1)[0] - probit_terms(own, 0)[0] for own in index.value]
    return index, [probit_odds(own) for own in index.value], steep


def _fitted(method: str, estimand: str, z: list[list[float]], d: list[int], propensity: str | None = None) -> Weighting:
    """Return the weights by the method's equations."""
    if method == "entropy_balancing" and estimand == "ATE":
        indices = [fit(z, _to_everybody(d, arm)) for arm in (1, 0)]
        weights = [exp(indices[1 - arm].value[i]) for i, arm in enumerate(d)]
        return Weighting(indices, weights, weights, {1: 0, 0: 1})
    if method in BY_PROPENSITY:
        index, odds, steep = _propensity(z, d, propensity)
    else:
        index = fit(z, _against_each_other(d, estimand))
        odds, steep = index.value, [1.0] * len(d)
    pairs = [_weight(estimand, arm, own) for arm, own in zip(d, odds, strict=True)]
    slopes = [slope * own for (_, slope), own in zip(pairs, steep, strict=True)]
    return Weighting([index], [w for w, _ in pairs], slopes, {1: 0, 0: 0})


def _weight(estimand: str, arm: int, odds: float) -> tuple[float, float]:
    """Return the weight of a row and its derivative by the log odds."""
    side = 1 if arm else -1
    if estimand == "ATO":
        other = probability(-side * odds)
        return other, -side * other * (1 - other)
    if (estimand, arm) in (("ATT", 1), ("ATC", 0)):
        return 1.0, 0.0
    turned = exp(-side * odds)
    return (1 + turned if estimand == "ATE" else turned), -side * turned


def _against_each_other(d: list[int], estimand: str) -> Scores:
    """Return the scores that make the weighted sums of the two arms equal."""

    def scores(i: int, odds: float) -> tuple[float, float]:
        weight, slope = _weight(estimand, d[i], odds)
        return (weight, -slope) if d[i] else (-weight, slope)

    return scores


def _to_everybody(d: list[int], arm: int) -> Scores:
    """Return the scores that give an arm's weighted sums the sums of all."""

    def scores(i: int, index: float) -> tuple[float, float]:
        weight = exp(index) if d[i] == arm else 0.0
        return 1 - weight, weight

    return scores
