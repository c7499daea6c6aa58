"""Second route for other people in each period, and for triple differences.

Other people: y ~ unit dummies + time dummies + D (+ x) over the rows of people, the unit dummies partialled out by
subtracting unit means. With a third difference y ~ (unit and period) dummies + (unit, e) dummies + (period, e) dummies
+ D·e, the first partialled out (Olden & Møen 2022, doi:10.1093/ectj/utac010). In a panel a third difference is the
difference of differences of the units' two means, that before moved by the change of those with e = 0.

The treated mean stands beside the regression, as one of the treated rows on a constant; the counterfactual mean is that
less the coefficient. Inference as in ``regression``, clusters through both.

An event study has in the place of D the dummies of the treated group in every period but the last before adoption, and
beside the one regression the treated rows of each of these periods on a constant.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from effekt.independent.columns import mean
from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.panels.chosen_people import people_tests
from effekt.independent.panels.few_clusters import Units
from effekt.independent.panels.wild_bootstrap import Draws, alike
from effekt.independent.panels.wild_set import wild_inference
from effekt.independent.regression import (
    Fit,
    Sandwich,
    average,
    inference_numbers,
    least_squares,
    refusal,
    sandwich,
)

Rows = list[list[Fraction]]
Keys = Sequence[tuple[str, str]]
ONE, NONE = Fraction(1), Fraction(0)
MEANS = ("treated_mean", "counterfactual_mean", "estimate")


def other_people(
    keys: Keys,
    y: Sequence[Fraction],
    d: Sequence[int],
    kind: Sequence[int] | None,
    x: Sequence[Sequence[Fraction]],
    clusters: Sequence[str],
    variance: str,
    inference: str,
    draws: Draws,
) -> dict[str, object]:
    """Return the two means of people in cells, and their inference."""
    if inference != "permutation":
        return people_effects(keys, y, [d], kind, x, clusters, variance, inference, draws)[0]
    found = people_effects(keys, y, [d], kind, x, clusters, variance, "none", draws)[0]
    means: dict[str, object] = {name: found[name] for name in MEANS} | {"variance": inference, "n_dropped": 0}
    return means | _permuted(keys, y, d, kind, x, clusters, found, draws)


def people_effects(
    keys: Keys,
    y: Sequence[Fraction],
    treatments: Sequence[Sequence[int]],
    kind: Sequence[int] | None,
    x: Sequence[Sequence[Fraction]],
    clusters: Sequence[str],
    variance: str,
    inference: str,
    draws: Draws,
) -> list[dict[str, object]]:
    """Return the two means of each of several treatments that stand in one regression."""
    if inference not in ("asymptotic", "wild_bootstrap", "none"):
        raise NotRepeatedError(
            f"the second route has no inference {inference!r} of other people; leave it out.",
            f"den saknar inferensen {inference!r} för andra personer.",
        )
    rows = _regressors(keys, treatments, kind, x)
    check_steps(len(rows) ** 2 * len(rows[0]))
    fitted = _within([[*row, value] for row, value in zip(rows, y, strict=True)], _owners(keys, kind))
    width, count = len(rows[0]), len(treatments)
    affected = [[i for i, now in enumerate(d) if now == 1 and (kind is None or kind[i] == 1)] for d in treatments]
    design = [[*row[:width], *[NONE] * count] for row in fitted]
    for place, members in enumerate(affected):
        design += [[NONE] * width + [Fraction(int(own == place)) for own in range(count)]] * len(members)
    values = [row[width] for row in fitted] + [y[i] for members in affected for i in members]
    fit = least_squares(design, values)
    beside = [*clusters, *(clusters[i] for members in affected for i in members)]
    k = 1 + len({time for _, time in keys}) + len(x)
    ever = {unit for (unit, _), *now in zip(keys, *treatments, strict=True) if 1 in now}
    arms = [(own, int(unit in ever)) for own, (unit, _) in zip(clusters, keys, strict=True)]
    found = []
    for place, members in enumerate(affected):
        treated, effect = mean([y[i] for i in members]), fit.coefficients[place]
        first = [NONE] * width + [Fraction(int(own == place)) for own in range(count)]
        lines = first, [-ONE if own == place else value for own, value in enumerate(first)]
        result: dict[str, object] = {
            "treated_mean": treated,
            "counterfactual_mean": treated - effect,
            "estimate": effect,
            "variance": variance,
            "n_dropped": 0,
            "rounded": True,
        }
        if inference == "wild_bootstrap" and min(len({own for own, arm in arms if arm == one}) for one in (1, 0)) < 2:
            result["unavailable"] = "the clusters do not allow it"
        elif inference == "wild_bootstrap":
            result = {**result, "unavailable": None, **wild_inference(alike(fit, lines), beside, draws)}
        else:
            result |= _numbers(fit, lines, variance, beside, (len(keys), k), arms)
        found.append(result)
    return found


def _permuted(
    keys: Keys,
    y: Sequence[Fraction],
    d: Sequence[int],
    kind: Sequence[int] | None,
    x: Sequence[Sequence[Fraction]],
    clusters: Sequence[str],
    found: dict[str, object],
    draws: Draws,
) -> dict[str, object]:
    """Return the test by other choices of the treated clusters."""
    ever = {unit for (unit, _), now in zip(keys, d, strict=True) if now == 1}
    after = {time for (_, time), now in zip(keys, d, strict=True) if now == 1}
    arms: dict[str, set[bool]] = {}
    for (unit, _), own in zip(keys, clusters, strict=True):
        arms.setdefault(own, set()).add(unit in ever)
    if any(len(own) > 1 for own in arms.values()):
        return {"unavailable": "the clusters do not allow it"}
    shown = [
        [int(own == name and time in after) for own, (_, time) in zip(clusters, keys, strict=True)] for name in arms
    ]
    rows = _regressors(keys, shown, kind, x)
    check_steps(len(rows) * len(rows[0]) ** 2 * 4)
    fitted = _within([[*row, value] for row, value in zip(rows, y, strict=True)], _owners(keys, kind))
    effect, treated = found["estimate"], found["treated_mean"]
    assert isinstance(effect, Fraction)
    assert isinstance(treated, Fraction)
    chosen = [True in own for own in arms.values()]
    columns = [row[:-1] for row in fitted], [row[-1] for row in fitted]
    return {"unavailable": None, **people_tests(*columns, chosen, (effect, treated), draws)}


def _owners(keys: Keys, kind: Sequence[int] | None) -> list[str]:
    """Return whose mean is partialled out of each row: the unit's, or with a third difference that in the period."""
    return [f"{unit}\n{time}" if kind is not None else unit for unit, time in keys]


def panel_means(units: Units, n: int, periods: int, variance: str) -> dict[str, object]:
    """Return the two means of a balanced panel from its units' means after and before, stacked, and their inference.

    With a third difference the mean before is moved by the change of those who could not be affected.
    """
    rows = [[ONE, Fraction(own[2]), NONE, NONE] for own in units] + [
        [NONE, NONE, ONE, Fraction(own[2])] for own in units
    ]
    fit = least_squares(rows, [own[1] for own in units] + [own[0] for own in units])
    lines = [ONE, ONE, NONE, NONE], [ONE, NONE, NONE, ONE]
    after, start, _, gap = fit.coefficients
    result: dict[str, object] = {
        "treated_mean": after + start,
        "counterfactual_mean": after + gap,
        "estimate": start - gap,
        "variance": variance,
        "n_dropped": 0,
    }
    clusters, arms = [own[3] for own in units], [(own[3], own[2]) for own in units]
    return result | _numbers(fit, lines, variance, clusters * 2, (n, 1 + periods), arms)


def moved_units(
    keys: Keys,
    y: Sequence[Fraction],
    d: Sequence[int],
    kind: Sequence[int],
    clusters: Sequence[str],
    units_of: Callable[[Keys, Sequence[Fraction], Sequence[int], Sequence[str]], Units],
) -> Units:
    """Return each unit's two means, that before moved by the change of its subgroup that could not be affected."""
    both = []
    for which in (1, 0):
        at = [i for i, own in enumerate(kind) if own == which]
        found = units_of([keys[i] for i in at], [y[i] for i in at], [d[i] for i in at], [clusters[i] for i in at])
        names = list(dict.fromkeys(keys[i][0] for i in at))
        both.append(dict(zip(names, found, strict=True)))
    could, others = both
    if set(could) != set(others):
        raise NotRepeatedError(
            "the second route takes units with both subgroups in every period.",
            "den tar enheter med båda undergrupperna i varje period.",
        )
    return [
        (before + others[name][1] - others[name][0], after, arm, cluster)
        for name, (before, after, arm, cluster) in could.items()
    ]


def _regressors(
    keys: Keys, treatments: Sequence[Sequence[int]], kind: Sequence[int] | None, x: Sequence[Sequence[Fraction]]
) -> Rows:
    """Return the rows of every D (or D·e), covariates, and dummies that the partialled ones leave."""
    units, times = (sorted({key[place] for key in keys}) for place in (0, 1))
    rows = []
    for i, (unit, time) in enumerate(keys):
        e = 1 if kind is None else kind[i]
        row = [
            *(Fraction(d[i] * e) for d in treatments),
            *(column[i] for column in x),
            *(Fraction(e * (time == name)) for name in times[1:]),
        ]
        rows.append(row if kind is None else [*row, *(Fraction(e * (unit == name)) for name in units)])
    return rows


def _numbers(
    fit: Fit,
    lines: tuple[list[Fraction], list[Fraction]],
    variance: str,
    clusters: Sequence[str],
    counted: tuple[int, int],
    arms: Sequence[tuple[str, int]],
) -> dict[str, object]:
    """Return the named inference; CR1S counts rows and regressors as given."""
    n, k = counted
    spread = sandwich(fit, lines, "CR0" if variance == "CR1S" else variance, clusters)
    if variance == "CR1S":
        groups = len(set(clusters))
        scale = groups / (groups - 1) * (n - 1) / (n - k)
        covariance = [[scale * value for value in row] for row in spread.covariance]
        spread = Sandwich(covariance, spread.quadratic, spread.quartic, spread.fixed_df)
    judged = spread if spread.fixed_df is None else sandwich(fit, lines, "CR2", clusters)
    estimate = sum(((a - b) * c for a, b, c in zip(*lines, fit.coefficients, strict=True)), NONE)
    return inference_numbers(estimate, spread, refusal(judged, arms))


def _within(rows: Rows, owners: list[str]) -> Rows:
    """Subtract the mean row of each owner."""
    members: dict[str, Rows] = {}
    for row, own in zip(rows, owners, strict=True):
        members.setdefault(own, []).append(row)
    centres = {own: average(inside) for own, inside in members.items()}
    return [[v - m for v, m in zip(row, centres[own], strict=True)] for row, own in zip(rows, owners, strict=True)]
