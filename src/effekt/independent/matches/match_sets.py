"""Second route for matching by sets: exact and coarsened values, classes of the propensity, optimal and full matching.

Units in one cell are a set. It counts for its treated (ATT), its controls (ATC) or all its units (ATE), and its arms'
means are plain means (Imbens & Rubin 2015, chapter 17); coarsening as Iacus, King & Porro (2012,
doi:10.1093/pan/mpr013). Cutpoints are exact fractions; a value at a cutpoint belongs to the interval above it. Classes
lie between the type-7 quantiles of the propensity among those whose effect is asked for (Rosenbaum & Rubin 1984,
doi:10.1080/01621459.1984.10478078); logits that differ by less than 1e-12, of those above 1 relatively, are one.
Optimal and full matching: ``optimal_sets``.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, inf, log2, tanh
from typing import Any

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import (
    Columns,
    are_categories,
    complete,
    covariate_lines,
    labels,
    mean,
    number,
    numbers,
    zero_one,
)
from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.matches.after_matching import adjusted_numbers, regressors
from effekt.independent.matches.joined_sets import between, joined
from effekt.independent.matches.lost_outcomes import without_outcome
from effekt.independent.matches.match_distance import whole_distances, within_calipers, without_discarded
from effekt.independent.matches.match_propensity import caliper_width, propensity, within_width
from effekt.independent.matches.optimal_sets import on_a_line, optimal_sets, rounded_places, whole_places
from effekt.independent.matches.shared_controls import strata
from effekt.independent.regression import Sandwich, inference_numbers, least_squares, sandwich

PAIRED = ("distance", "caliper", "calipers", "propensity", "discard")
OWN = {  # what each method reads beside the rest
    "exact": (),
    "coarsened_exact": ("cutpoints",),
    "subclassification": ("subclasses", "propensity", "discard"),
    "optimal": (*PAIRED, "ratio", "min_controls", "max_controls"),
    "full": PAIRED,
}
METHODS = tuple(OWN)
TIE = 1e-12
NEUTRAL = {"distance": "propensity", "ratio": 1, "replace": False}
KNOWN = (
    *("unit", "treatment", "covariates", "exact", "method", "estimand"),
    *("salt", "tie_orders", "units_digest", "missing"),
)


def set_means(
    columns: Columns,
    match: Mapping[str, Any],
    outcome: str,
    variance: str | None = None,
    cluster: str | None = None,
    *,
    regression: tuple[list[str], str] | None = None,
    missing: str = "raise",
    means_only: bool = True,
) -> dict[str, object]:
    """Return the two weighted means of a contract's match by sets, and inference within the sets.

    ``regression`` holds the names of covariates, and the population, where the outcome is regressed on them.
    """
    for name, value in match.items():
        if name not in (*KNOWN, *OWN[match["method"]]) and value not in (None, NEUTRAL.get(name)):
            raise NotRepeatedError(
                f"the second route does not match sets with the argument {name!r}; leave it out.",
                f"den matchar inte grupper med argumentet {name!r}.",
            )
    columns = complete(columns, used_columns(match), match.get("missing", "raise"))
    variance = variance or _default_variance(match["method"], clustered=cluster is not None)
    if len(set(labels(columns, match["unit"]))) != len(labels(columns, match["unit"])):
        raise DataError("the unit column must name each unit once; keep one row per unit.")
    read = [*(() if cluster is None else (cluster,)), *(() if regression is None else regression[0])]
    columns, lost = without_outcome(columns, outcome, read, missing)
    y, d = numbers(columns, outcome), zero_one(columns, match["treatment"])
    members: dict[tuple[object, ...], tuple[list[int], list[int]]] = {}
    cells = _cells(columns, match, d)
    for row, cell in ((row, cell) for row, cell in enumerate(cells) if row not in lost):
        members.setdefault(cell, ([], []))[1 - d[row]].append(row)
    kept = [arms for arms in members.values() if arms[0] and arms[1]]
    both = [([y[i] for i in treated], [y[i] for i in controls]) for treated, controls in kept]
    if not both:
        raise DataError("no set holds treated and controls; use fewer or coarser columns.")
    estimand = match.get("estimand", "ATT")
    counts = [
        {"ATT": len(treated), "ATC": len(controls), "ATE": len(treated) + len(controls)}[estimand]
        for treated, controls in both
    ]
    means = [
        sum((count * mean(arms[side]) for count, arms in zip(counts, both, strict=True)), Fraction(0)) / sum(counts)
        for side in (0, 1)
    ]
    matched = sum(len(treated) for treated, _ in both)
    found: dict[str, object] = {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": means[0] - means[1],
        "n_matched": matched,
        "n_unmatched": sum(d) - matched,
    }
    if regression is not None:
        return found | _regressed(columns, match, y, kept, counts, (variance, cluster), regression)
    if means_only or variance not in ("CR2", "HC2" if cluster is None else "CR2_within"):
        return found
    if variance == "CR2":
        groups = joined(kept, None if cluster is None else labels(columns, cluster))
        return found | inference_numbers(means[0] - means[1], *between(y, kept, _weights(kept, counts), means, groups))
    spread = strata(both, counts) if cluster is None else _clustered(y, kept, counts, labels(columns, cluster))
    return found | inference_numbers(means[0] - means[1], *spread)


def _regressed(
    columns: Columns,
    match: Mapping[str, Any],
    y: list[Fraction],
    sets: list[tuple[list[int], list[int]]],
    counts: list[int],
    named: tuple[str | None, str | None],
    regression: tuple[list[str], str],
) -> dict[str, object]:
    """Return the regression in each arm: of units, of clusters, or between sets under ``CR2`` by name."""
    variance, cluster = named
    weights = _weights(sets, counts)
    sides = {"ATT": (0,), "ATC": (1,), "ATE": (0, 1)}[match.get("estimand", "ATT")]
    focal = [i for arms in sets for side in sides for i in arms[side]]
    column = None if cluster is None else labels(columns, cluster)
    clusters: Mapping[int, object] | None = None
    if variance == "CR2":
        clusters = joined(sets, column)
    elif column is not None:
        clusters = {i: column[i] for i in weights}
    names, population = regression
    x = regressors(columns, names, weights)
    return adjusted_numbers(y, x, zero_one(columns, match["treatment"]), weights, focal, clusters, population)


def used_columns(match: Mapping[str, Any]) -> list[str]:
    """Return the columns that a match reads."""
    lists = [match["covariates"], match.get("exact", ())]
    names = [[names] if isinstance(names, str) else list(names) for names in lists]
    return [match["unit"], match["treatment"], *names[0], *names[1]]


def _default_variance(method: str, *, clustered: bool) -> str:
    """Return the variance of a method where none is named."""
    if method in ("optimal", "full"):
        return "CR2"
    return "CR2_within" if clustered else "HC2"


def _weights(sets: list[tuple[list[int], list[int]]], counts: list[int]) -> dict[int, Fraction]:
    """Return the weight of each compared row: an arm of a set sums to what the set counts for."""
    arms = [(rows, count) for arms, count in zip(sets, counts, strict=True) for rows in arms]
    return {i: Fraction(count, len(rows)) for rows, count in arms for i in rows}


def _clustered(
    y: list[Fraction], sets: list[tuple[list[int], list[int]]], counts: list[int], clusters: list[str]
) -> tuple[Sandwich, str | None]:
    """Return CR2 of the regression on a dummy for each arm of each set, by clusters, and why there is none."""
    cells = [rows for arms in sets for rows in arms]
    rows = [i for cell in cells for i in cell]
    nothing = Sandwich([[0.0] * 2] * 2, [0.0] * 3, [0.0] * 5, None)
    if any(len({clusters[i] for i in cell}) < 2 for cell in cells):
        return nothing, "an arm of a set lies in one cluster"
    if len({clusters[i] for i in rows}) < 6:
        return nothing, "fewer than six clusters in all"
    check_steps(len(rows) ** 2 * len(cells) * 4 + len(cells) ** 3)
    place = {i: number for number, cell in enumerate(cells) for i in cell}
    dummies = [[Fraction(int(place[i] == number)) for number in range(len(cells))] for i in rows]
    lines = tuple(
        [Fraction(counts[number // 2] * (number % 2 == side), sum(counts)) for number in range(len(cells))]
        for side in (0, 1)
    )
    fit = least_squares(dummies, [y[i] for i in rows])
    spread = sandwich(fit, (lines[0], lines[1]), "CR2", [clusters[i] for i in rows])
    low = spread.variance(1, -1) > 0 and spread.df(1, -1) < 3
    return spread, "Satterthwaite degrees of freedom below 3" if low else None


def _cells(columns: Columns, match: Mapping[str, Any], d: Sequence[int]) -> list[tuple[object, ...]]:
    """Return the cell of each row: its labels in the exact columns, its values, intervals or class."""
    names = match["covariates"]
    names = [names] if isinstance(names, str) else names
    exact = match.get("exact", ())
    found: list[Sequence[object]] = [labels(columns, name) for name in ([exact] if isinstance(exact, str) else exact)]
    if match["method"] in ("optimal", "full"):
        return _nearest(columns, match, names, d, list(zip(*found, strict=True)) or [()] * len(d))
    if match["method"] == "subclassification":
        logit = merged(_scores(columns, match, names)[0])
        arm = {"ATT": 1, "ATC": 0}.get(match.get("estimand", "ATT"))
        keys = without_discarded([()] * len(d), logit, d, match.get("discard"))
        asked = [arm in (None, own) and not key for own, key in zip(d, keys, strict=True)]
        return list(zip(*found, keys, _classes(logit, asked, match["subclasses"]), strict=True))
    rules = match.get("cutpoints") or {}
    for name in names:
        if are_categories(columns, name):
            if name in rules:
                raise ArgumentError("cutpoints must be of numbers; leave out those of categories.")
            found.append(labels(columns, name))
            continue
        values = numbers(columns, name)
        if match["method"] == "exact":
            found.append(values)
        else:
            cuts = cutpoints(values, rules.get(name, "sturges"))
            found.append([sum(cut <= value for cut in cuts) for value in values])
    return list(zip(*found, strict=True))


def _nearest(
    columns: Columns,
    match: Mapping[str, Any],
    names: Sequence[str],
    d: Sequence[int],
    exact: Sequence[tuple[object, ...]],
) -> list[tuple[object, ...]]:
    """Return the set of each row by optimal or full matching; who is in none is alone."""
    raw, coefficients = _scores(columns, match, names)
    logit, width = merged(raw), caliper_width(raw, d, match.get("caliper"))
    strata = without_discarded(exact, logit, d, match.get("discard"))
    within = within_calipers(columns, match.get("calipers"))

    def may_pair(i: int, j: int) -> bool:
        return strata[i] == strata[j] and within_width(logit[i], logit[j], width) and within(i, j)

    if match.get("distance", "propensity") != "propensity":
        check_steps(len(d) ** 2 * 5 * len(names) ** 2)
        distance = whole_distances(columns, names, d, match["distance"])
    elif match.get("propensity") == "probit":
        distance = on_a_line(rounded_places(logit))
    else:
        distance = on_a_line(whole_places(list(covariate_lines(columns, names).values()), coefficients))
    sets = optimal_sets(columns, match, d, distance, may_pair)
    return [("alone", row) if own < 0 else ("set", own) for row, own in enumerate(sets)]


def _scores(columns: Columns, match: Mapping[str, Any], names: Sequence[str]) -> tuple[list[float], list[float]]:
    """Return the log odds of the match's propensity, and its coefficients."""
    link = match.get("propensity") or "logit"
    if link not in ("logit", "probit"):
        raise NotRepeatedError(
            "the second route has no propensity but logit and probit; use one of them.",
            "den har ingen benägenhet utom logit och probit.",
        )
    return propensity(columns, treatment=match["treatment"], covariates=names, link=link)


def cutpoints(values: Sequence[Fraction], rule: str | int | Sequence[Any]) -> list[Fraction]:
    """Return the distinct cutpoints of a rule: "sturges", a number of intervals, "q4", or the cutpoints themselves."""
    if not isinstance(rule, (str, int)):
        return sorted({number(cut) for cut in rule})
    low, high = min(values), max(values)
    if isinstance(rule, str) and rule != "sturges":
        return quantiles(values, int(rule[1:]))
    parts = ceil(log2(len(values)) + 1) if isinstance(rule, str) else rule
    return [low + (high - low) * Fraction(k, parts) for k in range(1, parts)]


def quantiles(values: Sequence[Fraction], parts: int) -> list[Fraction]:
    """Return the distinct type-7 quantiles that cut values into parts."""
    ranked, cuts = sorted(values), set()
    for k in range(1, parts):
        place, left = divmod(k * (len(ranked) - 1), parts)
        after = ranked[min(place + 1, len(ranked) - 1)]
        cuts.add(ranked[place] + (after - ranked[place]) * Fraction(left, parts))
    return sorted(cuts)


def merged(logit: Sequence[float]) -> list[float]:
    """Return the logits, those that are as good as the next lower one being that."""
    found, before, kept = {}, -inf, -inf
    for value in sorted(set(logit)):
        kept = kept if value - before <= TIE * max(1.0, abs(value)) else value
        found[value], before = kept, value
    return [found[value] for value in logit]


def _classes(logit: Sequence[float], asked: Sequence[bool], parts: object) -> list[int]:
    """Return how many quantiles of the propensity of those asked for are at or below each unit's."""
    if isinstance(parts, bool) or not isinstance(parts, int) or parts < 2:
        raise ArgumentError("subclasses must be a whole number of at least 2; give how many classes there are.")
    chance = [Fraction((1 + tanh(value / 2)) / 2) for value in logit]
    cuts = quantiles([own for own, kept in zip(chance, asked, strict=True) if kept], parts)
    return [sum(cut <= own for cut in cuts) for own in chance]
