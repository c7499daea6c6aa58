"""Second route for matched comparisons: by nearest neighbours (``nearest_neighbours``), sets or weights."""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import (
    Columns,
    complete,
    covariate_lines,
    labels,
    mean,
    numbers,
    zero_one,
)
from effekt.independent.matches.after_matching import adjusted_numbers, names_of, regressors
from effekt.independent.matches.both_arms import everyone
from effekt.independent.matches.estimated_propensity import added_covariance
from effekt.independent.matches.lost_outcomes import left, without_outcome
from effekt.independent.matches.match_distance import apart, size
from effekt.independent.matches.match_propensity import propensity_logit
from effekt.independent.matches.match_sets import METHODS as SET_METHODS
from effekt.independent.matches.match_sets import set_means, used_columns
from effekt.independent.matches.nearest_neighbours import Match, as_written, nearest, turned_match
from effekt.independent.matches.shared_controls import (
    abadie_imbens,
    between_groups,
    bias_slopes,
    common_variance,
    connected,
    is_shared,
    local_variances,
    stand_ins,
)
from effekt.independent.matches.weighting import METHODS as WEIGHTINGS
from effekt.independent.matches.weighting import weighted_means
from effekt.independent.regression import Sandwich, inference_numbers


def matched_comparison(
    columns: Columns,
    *,
    match: Match | Mapping[str, Any],
    outcome: str,
    variance: str | None = None,
    cluster: str | None = None,
    covariates: str | Sequence[str] = (),
    adjustment: str | None = None,
    bias_adjustment: str | Sequence[str] = (),
    population: str | None = None,
    neighbours: int | None = None,
    missing: str = "raise",
    checks: Sequence[object] = (),
    threshold: object = None,
    threshold_view: object = None,
    means_only: bool = False,
) -> dict[str, object]:
    """Return the matched treated's mean outcome and the mean of their controls' means, exactly, and their inference.

    ``match`` is a match, or the arguments of ``match_controls`` as a contract nests them. Of a weighting the means are
    floats. Of sets and of nearest neighbours without replacement there is the default variance alone. ``checks``, with
    their ``threshold`` and its view, are read beside the figure and move none of these numbers.
    """
    adjusted = [bias_adjustment] if isinstance(bias_adjustment, str) else list(bias_adjustment)
    _refuse_repeated(columns, match)
    if covariates or adjustment:
        named = (variance, cluster, population or "PATT")
        return _regressed(
            columns, match, outcome, (covariates, adjustment), named, bool(adjusted or neighbours), missing
        )
    if variance == "abadie_imbens_estimated" and isinstance(match, Mapping):
        others = adjusted or cluster or population == "SATT" or neighbours == 0
        return _with_estimated_propensity(
            columns, match, outcome, None if others else neighbours or 1, missing, means_only=means_only
        )
    if isinstance(match, Mapping):
        _refuse_unread(match, adjusted or population or neighbours is not None)
        if match.get("method") in WEIGHTINGS:
            return weighted_means(
                columns, match, outcome, missing, cluster, variance or "m_estimation", means_only=means_only
            )
        if match.get("method") in SET_METHODS:
            return set_means(columns, match, outcome, variance, cluster, missing=missing, means_only=means_only)
        columns = complete(columns, used_columns(match), match.get("missing", "raise"))
        if match.get("estimand") == "ATC":
            options = (variance, cluster, adjusted, population, neighbours)
            return _of_the_controls(columns, match, outcome, options, missing, means_only)
        others, by_others = [*adjusted, *(() if cluster is None else (cluster,))], variance == "abadie_imbens"
        columns, lost = without_outcome(columns, outcome, others, missing, repeated=not by_others)
        if match.get("estimand") == "ATE" and match.get("method", "nearest") == "nearest":
            options = (variance, cluster, adjusted, population, neighbours)
            return _of_everyone(columns, match, outcome, options, lost, means_only)
        match = as_written(columns, match)
        match = match._replace(controls=left(match.controls, lost))
    y = numbers(columns, outcome)
    if not match.controls:
        raise DataError("no treated unit has a match; widen the caliper or the exact keys.")
    z = [list(cells) for cells in zip(*covariate_lines(columns, adjusted).values(), strict=True)]
    pairs = stand_ins(y, z, bias_slopes(y, z, match.controls), match.controls)
    treated = mean([y[i] for i in match.controls])
    counterfactual = mean([mean(values) for values in pairs.values()])
    found: dict[str, object] = {
        "treated_mean": treated,
        "counterfactual_mean": counterfactual,
        "estimate": treated - counterfactual,
        "n_matched": len(match.controls),
        "n_unmatched": len(match.unmatched),
    }
    if means_only or not match.arms:
        return found
    clusters = None if cluster is None else labels(columns, cluster)
    spread = _spread(y, match, pairs, (variance, clusters), population or "PATT", neighbours)
    return found if spread is None else found | inference_numbers(treated - counterfactual, *spread)


def _refuse_repeated(columns: Columns, match: Match | Mapping[str, Any]) -> None:
    """Refuse a unit in two rows, also where one of them lacks a value."""
    unit = match["unit"] if isinstance(match, Mapping) else None
    named = [] if unit is None else labels(complete(columns, [unit], "drop"), unit)
    if len(set(named)) != len(named):
        raise DataError("the unit column must name each unit once; keep one row per unit.")


def _refuse_unread(match: Mapping[str, Any], given: object) -> None:
    if given and match.get("method") in (*WEIGHTINGS, *SET_METHODS):
        raise ArgumentError("only nearest neighbours have a bias adjustment, population and neighbours.")


def _with_estimated_propensity(
    columns: Columns, match: Mapping[str, Any], outcome: str, neighbours: int | None, missing: str, *, means_only: bool
) -> dict[str, object]:
    """Return the comparison with the variance of Abadie and Imbens, and what an estimated propensity adds to it."""
    if neighbours is None:
        raise ArgumentError("only `neighbours` of at least 1 goes with an estimated propensity; leave out the rest.")
    others = match.get("propensity") not in (None, "logit") or match.get("distance", "propensity") != "propensity"
    if others or any(match.get(name) for name in ("exact", "caliper", "calipers", "discard", "reuse")):
        raise ArgumentError(
            "the propensity counts as estimated where the match is by nothing else; leave the rest out."
        )
    found = matched_comparison(
        columns,
        match=match,
        outcome=outcome,
        variance="abadie_imbens",
        neighbours=neighbours,
        missing=missing,
        means_only=means_only,
    )
    covariance, estimate, estimand = found.get("covariance"), found["estimate"], match.get("estimand", "ATT")
    if not isinstance(covariance, list) or not isinstance(estimate, Fraction):
        return found
    rows = complete(columns, used_columns(match), match.get("missing", "raise"))
    names = [match["covariates"]] if isinstance(match["covariates"], str) else match["covariates"]
    arms, sign = zero_one(rows, match["treatment"]), -1 if estimand == "ATC" else 1
    means = [float(found[name]) for name in ("treated_mean", "counterfactual_mean")][::sign]  # type: ignore[arg-type]
    added = added_covariance(
        [float(value) for value in numbers(rows, outcome)],
        [1 - arm for arm in arms] if sign < 0 else arms,
        [sign * value for value in propensity_logit(rows, treatment=match["treatment"], covariates=names)],
        [[float(value) for value in line] for line in covariate_lines(rows, names).values()],
        neighbours + 1,
        None if estimand == "ATE" else (means[0], means[1]),
        lambda gaps, count, scale: nearest(gaps, count, True, [], scale),
    )
    turned = [line[::sign] for line in added[::sign]]
    total = [[a + b for a, b in zip(*lines, strict=True)] for lines in zip(covariance, turned, strict=True)]
    lacking = min(total[0][0], total[1][1], total[0][0] * total[1][1] - total[0][1] ** 2) < 0
    reason = "an estimated propensity takes more than there is of the variance" if lacking else None
    return found | inference_numbers(estimate, Sandwich(total, [0.0] * 3, [0.0] * 5, inf), reason)


def _regressed(
    columns: Columns,
    match: Match | Mapping[str, Any],
    outcome: str,
    named: tuple[str | Sequence[str], str | None],
    options: tuple[str | None, str | None, str],
    others: bool,
    missing: str,
) -> dict[str, object]:
    """Return the comparison with a regression of the outcome in each arm."""
    variance, cluster, population = options
    if not isinstance(match, Mapping) or variance in ("abadie_imbens", "abadie_imbens_estimated") or others:
        raise ArgumentError(
            "covariates are for matches as a contract writes them, without the choices of shared controls."
        )
    names = names_of(*named)
    if match.get("method") in WEIGHTINGS:
        return weighted_means(columns, match, outcome, missing, cluster, variance or "m_estimation", covariates=names)
    if match.get("method") in SET_METHODS:
        return set_means(columns, match, outcome, variance, cluster, regression=(names, population), missing=missing)
    columns = complete(columns, used_columns(match), match.get("missing", "raise"))
    columns, lost = without_outcome(columns, outcome, [*names, *(() if cluster is None else (cluster,))], missing)
    down, up = _both_ways(columns, match)
    controls = left({**down.controls, **up.controls}, lost)
    if not controls:
        raise DataError("no unit has a match; widen the caliper or the exact keys.")
    weights = {i: Fraction(1) for i in controls}
    for chosen in controls.values():
        for j in chosen:
            weights[j] = weights.get(j, Fraction(0)) + Fraction(1, len(chosen))
    clusters = None if cluster is None else labels(columns, cluster)
    shared = variance is None and match.get("replace") and match.get("reuse") is None
    found = adjusted_numbers(
        numbers(columns, outcome),
        regressors(columns, names, weights),
        zero_one(columns, match["treatment"]),
        weights,
        list(controls),
        connected(controls, clusters),
        population,
        unavailable="controls are shared between sets" if shared else None,
    )
    return found | {"n_matched": len(controls), "n_unmatched": len(down.unmatched) + len(up.unmatched)}


def _both_ways(columns: Columns, match: Mapping[str, Any]) -> tuple[Match, Match]:
    """Return the match of the treated, and that of the controls; an empty one where the estimand asks for none."""
    turned = turned_match(columns, match)
    estimand, nobody = match.get("estimand", "ATT"), Match({}, [], [], inf, [])
    if estimand == "ATE" and (not match.get("replace") or match.get("reuse") is not None):
        raise ArgumentError("estimand='ATE' needs replace=True and no reuse; match both arms so.")
    down = nobody if estimand == "ATC" else as_written(columns, {**match, "estimand": "ATT"})
    return down, nobody if estimand == "ATT" else as_written(*turned)


def _of_the_controls(
    columns: Columns,
    match: Mapping[str, Any],
    outcome: str,
    options: tuple[str | None, str | None, list[str], str | None, int | None],
    missing: str,
    means_only: bool,
) -> dict[str, object]:
    """Return the comparison for the controls: the arms change places, and back in the result."""
    turned, of_the_controls = turned_match(columns, match)
    variance, cluster, adjusted, population, neighbours = options
    found = matched_comparison(
        turned,
        match=of_the_controls,
        outcome=outcome,
        variance=variance,
        cluster=cluster,
        bias_adjustment=adjusted,
        population=population,
        neighbours=neighbours,
        missing=missing,
        means_only=means_only,
    )
    means = found["counterfactual_mean"], found["treated_mean"]
    estimate = found["estimate"]
    covariance = found.get("covariance")
    if isinstance(covariance, list):
        found["covariance"] = [line[::-1] for line in covariance[::-1]]
    if isinstance(estimate, Fraction):
        found["estimate"] = -estimate
    return found | {"treated_mean": means[0], "counterfactual_mean": means[1]}


def _of_everyone(
    columns: Columns,
    match: Mapping[str, Any],
    outcome: str,
    options: tuple[str | None, str | None, list[str], str | None, int | None],
    lost: Collection[int],
    means_only: bool,
) -> dict[str, object]:
    """Return the comparison for both arms: the treated with their controls, and turned, the controls with theirs."""
    if not match.get("replace") or match.get("reuse") is not None:
        raise ArgumentError("estimand='ATE' needs replace=True and no reuse; match both arms so.")
    down, up = as_written(columns, {**match, "estimand": "ATT"}), as_written(*turned_match(columns, match))
    variance, cluster, adjusted, population, neighbours = options
    y = numbers(columns, outcome)
    down, up = (one._replace(controls=left(one.controls, lost)) for one in (down, up))
    if not down.controls:
        raise DataError("no unit has a match; widen the caliper or the exact keys.")
    z = [list(cells) for cells in zip(*covariate_lines(columns, adjusted).values(), strict=True)]
    count = 1 if neighbours is None else neighbours
    arms = down.controls, up.controls
    own = _variances(y, down, count) if variance == "abadie_imbens" and count else None
    values, spread = everyone(y, z, arms, population or "PATT", own)
    treated, counterfactual = (mean([pair[side] for pair in values.values()]) for side in (0, 1))
    found: dict[str, object] = {
        "treated_mean": treated,
        "counterfactual_mean": counterfactual,
        "estimate": treated - counterfactual,
        "n_matched": len(values),
        "n_unmatched": len(down.unmatched) + len(up.unmatched),
    }
    if means_only or (variance == "abadie_imbens" and cluster is not None):
        return found
    if variance == "abadie_imbens":
        return found | inference_numbers(treated - counterfactual, *spread())
    clusters = None if cluster is None else labels(columns, cluster)
    between, reason = between_groups(y, {**arms[0], **arms[1]}, clusters, values)
    shared = "controls are shared between sets" if variance is None else reason
    return found | inference_numbers(treated - counterfactual, between, shared)


def _spread(
    y: list[Fraction],
    match: Match,
    pairs: Mapping[int, list[Fraction]],
    named: tuple[str | None, list[str] | None],
    population: str,
    neighbours: int | None,
) -> tuple[Sandwich, str | None] | None:
    """Return the covariance of the two means under the named variance and clusters, if this route has it."""
    variance, clusters = named
    if variance in (None, "CR2"):
        spread, reason = between_groups(y, match.controls, clusters)
        if variance is None and match.reuse is None and is_shared(match.controls):
            reason = "controls are shared between sets"
        return spread, reason
    if variance != "abadie_imbens" or clusters is not None:
        return None
    guesses = {i: mean(values) for i, values in pairs.items()}
    if neighbours == 0:
        estimate = mean([y[i] - guess for i, guess in guesses.items()])
        variance_of = common_variance(y, pairs, estimate)
    else:
        variance_of = _variances(y, match, 1 if neighbours is None else neighbours)
    return abadie_imbens(y, guesses, match.controls, population, variance_of)


def _variances(y: list[Fraction], match: Match, neighbours: int) -> Callable[[int], Fraction]:
    """Return the variance of an outcome given its unit's covariates."""

    def near(i: int, count: int) -> list[int]:
        alike = [
            j for j, arm in enumerate(match.arms) if (arm, match.keys[j]) == (match.arms[i], match.keys[i]) and j != i
        ]
        distances = {j: apart(match.points, i, j) for j in alike}
        return nearest(distances, count, True, [], size(match.points, i))

    sizes = sum(match.arms), len(match.arms) - sum(match.arms)
    return local_variances(y, neighbours, near, sizes)
