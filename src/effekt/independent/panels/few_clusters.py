"""Second route for difference in differences with few clusters: by signs, by choices of clusters, by placebos.

Each unit is two numbers, its mean before and after adoption. The wild bootstrap is that of the regression of these on
the four cells of group and time; a permutation is that of a trial of clusters whose outcome is the change; Conley and
Taber (2011), doi:10.1162/REST_a_00049, set the treated cluster's change beside those of the others about their mean.
"""

from collections.abc import Sequence
from fractions import Fraction

from effekt.independent.columns import mean
from effekt.independent.limits import NotRepeatedError
from effekt.independent.panels.chosen_clusters import Cluster, choice_tests
from effekt.independent.panels.wild_bootstrap import Draws, alike
from effekt.independent.panels.wild_set import wild_inference
from effekt.independent.regression import least_squares

Units = list[tuple[Fraction, Fraction, int, str]]  # mean before, mean after, group, cluster


def resampled_panel(
    keys: Sequence[tuple[str, str]],
    y: Sequence[Fraction],
    d: Sequence[int],
    clusters: Sequence[str],
    inference: str,
    draws: Draws,
) -> dict[str, object]:
    """Return the two means, and the test of a null by the named inference."""
    if inference not in ("wild_bootstrap", "permutation", "conley_taber"):
        raise NotRepeatedError(
            f"the second route has no inference {inference!r}; leave it out.", f"den saknar inferensen {inference!r}."
        )
    return resampled_units(units_of(keys, y, d, clusters), inference, draws)


def resampled_units(units: Units, inference: str, draws: Draws) -> dict[str, object]:
    """Return the same of units with their two means."""
    before = [mean([own[0] for own in units if own[2] == arm]) for arm in (1, 0)]
    after = [mean([own[1] for own in units if own[2] == arm]) for arm in (1, 0)]
    treated, counterfactual = after[0], before[0] + after[1] - before[1]
    numbers: dict[str, object] = {
        "treated_mean": treated,
        "counterfactual_mean": counterfactual,
        "estimate": treated - counterfactual,
        "variance": inference,
        "n_dropped": 0,
        "unavailable": None,
    }
    mixed = len({(own[3], own[2]) for own in units}) > len({own[3] for own in units})
    held = [len({own[3] for own in units if own[2] == arm}) for arm in (1, 0)]
    if (
        (inference == "wild_bootstrap" and min(held) < 2)
        or (inference == "conley_taber" and (held[0] > 1 or held[1] < 2))
        or (inference != "wild_bootstrap" and mixed)
    ):
        return numbers | {"unavailable": "the clusters do not allow it"}
    if inference == "wild_bootstrap":
        return numbers | _signs(units, draws)
    if inference == "permutation":
        return numbers | _choices(units, treated, draws)
    return numbers | _placebos(units)


def units_of(
    keys: Sequence[tuple[str, str]], y: Sequence[Fraction], d: Sequence[int], clusters: Sequence[str]
) -> Units:
    """Return the two means of each unit of a balanced panel with one adoption date."""
    post = {time for (_, time), now in zip(keys, d, strict=True) if now == 1}
    times = {time for _, time in keys}
    sides: dict[str, tuple[list[Fraction], list[Fraction]]] = {}
    place: dict[str, tuple[int, str]] = {}
    for (unit, time), value, now, own in zip(keys, y, d, clusters, strict=True):
        sides.setdefault(unit, ([], []))[time in post].append(value)
        place[unit] = max(now, place.get(unit, (0, own))[0]), own
    if any(len(early) + len(late) != len(times) or not early for early, late in sides.values()):
        raise NotRepeatedError(
            "the second route resamples panels with every unit in every period, some before adoption.",
            "den drar bara om paneler med varje enhet i varje period, några av dem före införandet.",
        )
    if any(now != place[unit][0] for (unit, time), now in zip(keys, d, strict=True) if time in post):
        raise NotRepeatedError(
            "the second route resamples panels with one adoption date.",
            "den drar bara om paneler där alla inför insatsen samtidigt.",
        )
    return [(mean(early), mean(late), *place[unit]) for unit, (early, late) in sides.items()]


def _signs(units: Units, draws: Draws) -> dict[str, object]:
    """Return the test by sign changes of the clusters' residuals, or by Webb's weights."""
    one, none = Fraction(1), Fraction(0)
    rows = [[one, Fraction(own[2]), none, none] for own in units] + [
        [none, none, one, Fraction(own[2])] for own in units
    ]
    values = [own[1] for own in units] + [own[0] for own in units]
    lines = [one, one, none, none], [one, none, none, one]
    clusters = [own[3] for own in units] * 2
    model = alike(least_squares(rows, values), lines)
    return wild_inference(model, clusters, draws)


def _choices(units: Units, treated: Fraction, draws: Draws) -> dict[str, object]:
    """Return the test by choices of the treated clusters; a ratio is the effect that makes it the treated's."""
    clusters: dict[str, Cluster] = {}
    for before, after, arm, name in units:
        held = clusters.get(name, Cluster(arm == 1, Fraction(0), 0))
        clusters[name] = held._replace(change=held.change + after - before, size=held.size + 1)
    return {**choice_tests(list(clusters.values()), treated, draws.number, draws.rng)}


def _placebos(units: Units) -> dict[str, object]:
    """Return the untreated clusters' changes about their mean."""
    changes: dict[str, list[Fraction]] = {}
    for before, after, arm, cluster in units:
        if arm == 0:
            changes.setdefault(cluster, []).append(after - before)
    middle = mean([value for own in changes.values() for value in own])
    errors = {cluster: mean(own) - middle for cluster, own in changes.items()}
    floats = {cluster: float(error) for cluster, error in errors.items()}
    return {"placebo_errors": floats, "placebo_fractions": list(errors.values()), "placebo_scale": "linear"}
