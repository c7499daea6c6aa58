"""The second route where clusters' signs, choices or starts are drawn from a seed, against the first route."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest

import effekt
from effekt.estimators.staggered import permutation
from effekt.exceptions import ArgumentError
from effekt.independent import METHODS
from effekt.independent.limits import NotRepeatedError, TooLargeError
from effekt.independent.statistics import bound, p_value, view_of

SIDES = ("two-sided", "greater", "less")
NULLS = (None, Fraction("0.1"), Fraction("1.05"))
TRIAL = {"outcome": "y", "treatment": "d", "cluster": "cluster", "inference": "wild_bootstrap"}
PANEL = {"outcome": "y", "unit": "unit", "time": "year", "treatment": "d"}


def same_p(first, second, names=("difference", "ratio", "relative")):
    """Return every p, which both routes count alike."""
    means = float(second["treated_mean"]), float(second["counterfactual_mean"])
    assert means == pytest.approx((first.treated_mean, first.counterfactual_mean), rel=1e-11)
    views = {"difference": first, "ratio": first.ratio(), "relative": first.relative()}
    told = {}
    for name, null, side in product(names, NULLS, SIDES):
        view = views[name]
        wanted = view.p_value(alternative=side) if null is None else view.p_value(float(null), alternative=side)
        found = p_value(second, view_of(name, None, Fraction(1)), null, side)
        assert float(found) == wanted, (name, null, side)
        told[name, null, side] = wanted
    return told


def both(method, columns, **given):
    """Return the two routes' results."""
    return getattr(effekt, method)(columns, **given), METHODS[method](columns, **given)


# --- trials by the wild cluster bootstrap -----------------------------------------------------------------------------


def trial(seed, groups, level=0):
    """Return a trial of clusters of unlike size, in two blocks, whose rows have weights, exposures and chances."""
    random = Random(seed)
    rows = []
    for g in range(groups):
        for _ in range(2 + g % 4):
            x, e = round(random.gauss(0, 1), 2), random.choice([1, 2, 2.5])
            own = {"cluster": f"c{g}", "d": g % 2, "block": "uv"[2 * g // groups], "x": x, "e": e}
            own |= {"w": random.choice([1, 1.5, 4]), "f": random.randrange(1, 4), "p": [0.3, 0.6][g % 3 // 2]}
            rows.append(own | {"y": level + round(random.gauss(3 + g % 5 / 4, 1), 3)})
    return {name: [row[name] for row in rows] for name in rows[0]}


DESIGNS = [
    {},
    {"covariates": ["x"], "population": "finite"},
    {"covariates": ["x"], "adjustment": "additive", "estimand": "ATT"},
    {"block": "block"},
    {"block": "block", "covariates": ["x"], "adjustment": "lin_by_block", "population": "finite"},
    {"weights": {"column": "w", "kind": "sampling"}},
    {"weights": {"column": "w", "kind": "precision"}, "block": "block"},
    {"weights": {"column": "f", "kind": "frequency"}, "covariates": ["x"], "population": "finite"},
    {"exposure": "e"},
    {"exposure": "e", "block": "block", "estimand": "ATT"},
    {"probability": "p"},
    {"probability": "p", "estimand": "ATT", "covariates": ["x"], "adjustment": "additive"},
    {"cluster_weighted": True},
    {"cluster_weighted": True, "weights": {"column": "w", "kind": "sampling"}, "block": "block"},
]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: "-".join(map(str, design)) or "plain")
@pytest.mark.parametrize("groups", [8, 22, 70], ids=["listed", "drawn", "of two words"])
def test_signs_of_a_trial(design, groups):
    """Both routes take the same signs, all of them or those that follow from the seed, however rows count."""
    told = same_p(*both("randomized_trial", trial(groups, groups), **TRIAL, **design, draws=199, rng=5))
    assert len(set(told.values())) > 5


def test_signs_of_outcomes_far_from_zero():
    same_p(*both("randomized_trial", trial(2, 20, 10**9), **TRIAL, draws=199, rng=5), names=("difference",))


def test_neither_the_order_of_the_rows_nor_labels_move_a_draw():
    columns = trial(3, 30)
    order = list(range(len(columns["y"])))
    Random(2).shuffle(order)
    moved = {name: [cells[i] for i in order] for name, cells in columns.items()}
    moved["cluster"] = ["z" + cell[::-1] for cell in moved["cluster"]]
    given = {**TRIAL, "draws": 99, "rng": 1}
    one, other = METHODS["randomized_trial"](columns, **given), METHODS["randomized_trial"](moved, **given)
    view = view_of("difference", None, Fraction(1))
    assert p_value(one, view, None, "greater") == p_value(other, view, None, "greater")


def test_another_seed_is_another_p():
    columns, view = trial(3, 30), view_of("difference", None, Fraction(1))
    found = {
        p_value(METHODS["randomized_trial"](columns, **TRIAL, draws=999, rng=seed), view, None, "greater")
        for seed in range(5)
    }
    assert len(found) > 1


def with_two_alike(row_more):
    """Return clusters of which two controls add the same to the difference, though one of them may have a row more."""
    columns = {"y": [], "d": [], "cluster": []}
    sums = [2 * g + g % 3 for g in range(18)]
    for g, total in enumerate(sums):
        for part in (total // 2, total - total // 2):
            for name, cell in (("y", part), ("d", g % 2), ("cluster", f"c{g}")):
                columns[name].append(cell)
    columns["y"][:2], columns["y"][4:6] = [5, 9], [7, 7]
    middle = Fraction(sum(y for y, d in zip(columns["y"], columns["d"], strict=True) if d == 0), 18)
    more = zip(columns.items(), (float(middle), 0, "c0"), strict=True)
    return {name: [*cells, cell] for (name, cells), cell in more} if row_more else columns


@pytest.mark.parametrize("row_more", [False, True])
def test_clusters_that_add_the_same_have_an_order_by_content(row_more):
    given = {**TRIAL, "draws": 299, "rng": 3}
    same_p(*both("randomized_trial", with_two_alike(row_more), **given))


def test_what_has_no_seed_or_takes_minutes_is_refused(monkeypatch):
    view = view_of("difference", None, Fraction(1))
    with pytest.raises(ArgumentError, match="rng must be a whole number"):
        p_value(METHODS["randomized_trial"](trial(1, 20), **TRIAL), view, None, "less")
    with pytest.raises(ArgumentError, match=r"name a cluster, and pairs in `block` with adjustment='additive'\.$"):
        METHODS["randomized_trial"](trial(1, 20), **{**TRIAL, "cluster": None})
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 10_000)
    with pytest.raises(TooLargeError):
        METHODS["randomized_trial"](trial(1, 20), **TRIAL, rng=1)


# --- panels -----------------------------------------------------------------------------------------------------------


def panel(seed, clusters, treated, people=1, years=4):
    """Return a panel of clusters of one to three units, treated in the last two years, and of people in each."""
    random = Random(seed)
    rows = []
    for c in range(clusters):
        for unit in range(1 + c % 3):
            level = random.gauss(8, 1)
            for t in range(years):
                on = int(c < treated and t >= years - 2)
                for _ in range(people if people == 1 else random.randrange(1, people + 1)):
                    x, e = round(random.gauss(0, 1), 2), random.randrange(2)
                    cells = {"unit": f"u{c}.{unit}", "cluster": f"c{c}", "year": 2010 + t, "d": on, "x": x, "e": e}
                    rows.append(cells | {"y": round(level + x + 0.4 * on + random.gauss(0, 1), 2)})
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_clusters_of_a_panel_that_add_the_same_are_declined_unless_they_are_alike():
    given = {**PANEL, "cluster": "cluster", "inference": "wild_bootstrap", "draws": 299, "rng": 3}

    def of_two_years(row_more):
        rows = with_two_alike(row_more)
        n = len(rows["y"])
        found = {"y": [0.0] * n + rows["y"], "d": [0] * n + rows["d"], "cluster": rows["cluster"] * 2}
        return found | {"unit": [f"u{i}" for i in range(n)] * 2, "year": [2010] * n + [2011] * n}

    same_p(*both("difference_in_differences", of_two_years(False), **given))
    second = METHODS["difference_in_differences"](of_two_years(True), **given)
    with pytest.raises(NotRepeatedError, match="not alike in its test"):
        p_value(second, view_of("difference", None, Fraction(1)), None, "two-sided")


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize(("clusters", "treated"), [(6, 3), (18, 5), (40, 12)])
def test_weights_of_a_panel(weights, clusters, treated):
    given = {**PANEL, "cluster": "cluster", "inference": "wild_bootstrap", "wild_weights": weights}
    same_p(*both("difference_in_differences", panel(clusters, clusters, treated), **given, draws=199, rng=7))


@pytest.mark.parametrize(("clusters", "treated"), [(9, 4), (30, 6), (24, 12)], ids=["listed", "drawn", "halves"])
def test_choices_of_a_panel(clusters, treated):
    """P and the ends of sets, by all choices of the treated clusters and by drawn ones."""
    given = {**PANEL, "cluster": "cluster", "inference": "permutation", "draws": 399, "rng": 11}
    first, second = both("difference_in_differences", panel(3, clusters, treated), **given)
    same_p(first, second)
    wanted, view = first.confidence_interval(0.9), view_of("difference", None, Fraction(1))
    for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
        assert bound(second, view, statistic, Fraction(9, 10), "two-sided") == pytest.approx(end, rel=1e-9)


def test_choices_where_changes_tie():
    """Whole numbers, many of them alike: ties are counted, and clusters that tie are alike."""
    columns = panel(5, 30, 8)
    columns["y"] = [round(y) for y in columns["y"]]
    given = {**PANEL, "cluster": "cluster", "inference": "permutation", "draws": 399, "rng": 2}
    same_p(*both("difference_in_differences", columns, **given))


@pytest.mark.parametrize("inference", ["wild_bootstrap", "permutation"])
def test_draws_of_another_seed_are_told(inference):
    """A first route that draws what the seed does not give has another p than the second."""
    given = {**PANEL, "cluster": "cluster", "inference": inference, "draws": 999}
    columns, view = panel(12, 24, 9), view_of("difference", None, Fraction(1))
    second = METHODS["difference_in_differences"](columns, **given, rng=1)
    wrong = [effekt.difference_in_differences(columns, **given, rng=seed).p_value(null=0.5) for seed in (2, 3, 4)]
    right = effekt.difference_in_differences(columns, **given, rng=1).p_value(null=0.5)
    found = float(p_value(second, view, Fraction("0.5"), "two-sided"))
    assert found == right
    assert found not in wrong


@pytest.mark.parametrize("inference", ["wild_bootstrap", "permutation"])
def test_every_period_of_a_panel(inference):
    given = {**PANEL, "cluster": "cluster", "inference": inference, "draws": 199, "rng": 4}
    first, second = both("event_study", panel(6, 24, 7), **given)
    for label in first.labels:
        same_p(first[label], second["members"][label])


@pytest.mark.parametrize("method", ["difference_in_differences", "event_study"])
@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize("covariates", [[], ["x"]])
def test_weights_of_other_people(method, weights, covariates):
    given = {**PANEL, "cluster": "cluster", "sampling": "repeated_cross_sections", "covariates": covariates}
    given |= {"inference": "wild_bootstrap", "wild_weights": weights, "draws": 99, "rng": 6}
    first, second = both(method, panel(8, 18, 6, people=3, years=3), **given)
    for label in first.labels if method == "event_study" else (None,):
        one, other = (first, second) if label is None else (first[label], second["members"][label])
        same_p(one, other)


@pytest.mark.parametrize(("clusters", "treated"), [(9, 4), (22, 7)], ids=["listed", "drawn"])
@pytest.mark.parametrize("more", [{}, {"covariates": ["x"]}, {"eligible": "e"}], ids=["plain", "covariates", "third"])
def test_choices_of_other_people(clusters, treated, more):
    columns = panel(10, clusters, treated, people=1 if "eligible" in more else 3, years=3)
    if "eligible" in more:
        rows = len(columns["y"])
        columns = {name: [*cells, *cells] for name, cells in columns.items()}
        columns["e"] = [1] * rows + [0] * rows
        random = Random(14)
        columns["y"] = [round(y + random.gauss(0, 1), 3) for y in columns["y"]]
    given = {**PANEL, "cluster": "cluster", "sampling": "repeated_cross_sections", "inference": "permutation", **more}
    first, second = both("difference_in_differences", columns, **given, draws=199, rng=13)
    told = same_p(first, second)
    assert len(set(told.values())) > 5
    wanted, view = first.confidence_interval(0.9), view_of("difference", None, Fraction(1))
    for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
        assert bound(second, view, statistic, Fraction(9, 10), "two-sided") == pytest.approx(end, rel=1e-9)


def test_clusters_of_people_that_are_as_good_as_alike_are_declined_where_choices_are_drawn():
    columns = panel(9, 24, 8, people=3, years=3)
    copied = [i for i, own in enumerate(columns["cluster"]) if own == "c20"]
    again = {name: [cells[i] for i in copied] for name, cells in columns.items()}
    again |= {"cluster": ["again"] * len(copied), "unit": [f"again{unit}" for unit in again["unit"]]}
    columns = {name: [*cells, *again[name]] for name, cells in columns.items()}
    given = {**PANEL, "cluster": "cluster", "sampling": "repeated_cross_sections", "inference": "permutation"}
    same_p(*both("difference_in_differences", columns, **given, draws=99, rng=1))
    columns["y"][-1] += 2e-9
    with pytest.raises(NotRepeatedError, match="cannot tell which is drawn first"):
        METHODS["difference_in_differences"](columns, **given, draws=99, rng=1)
    columns["cluster"] = ["c2" if own == "c20" else own for own in columns["cluster"]]
    found = METHODS["difference_in_differences"](columns, **given, draws=99, rng=1)
    assert found["unavailable"] == "the clusters do not allow it"


# --- adoption in stages -----------------------------------------------------------------------------------------------

STAGED = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "never": None, "cluster": "cluster"}
STAGED |= {"inference": "permutation", "draws": 149, "rng": 8}
AVERAGES = ["simple", "dynamic", "cohort", "calendar"]
FEW = {
    "never treated": {},
    "not yet treated": {"comparison": "not_yet_treated", "base_period": "universal"},
    "imputation": {"estimator": "imputation"},
    "regression": {"covariates": ["x"], "adjustment": "regression"},
}


def staged(seed, clusters=20, units=1, digits=3):
    """Return a panel whose clusters, of 1 up to so many units, adopt in three stages or never."""
    random = Random(seed)
    rows = []
    for c in range(clusters):
        start = [2012, 2013, 2014, None, None][c % 5]
        for unit in range(1 + c % units):
            level, x = random.gauss(8, 2), round(random.gauss(0, 1), 2)
            for year in range(2010, 2016):
                on = start is not None and year >= start
                y = round(level + 0.2 * (year - 2010) * x + 0.5 * on + random.gauss(0, 1), digits)
                own = {"unit": f"u{c}.{unit}", "cluster": f"c{c}", "year": year, "start": start}
                rows.append(own | {"x": x, "y": y})
    return {name: [row[name] for row in rows] for name in rows[0]}


def same_p_of_average(first, second, by):
    if by != "simple":
        first, second = first.overall, second["members"]["overall"]
    found = set()
    for null, side in product((0.0, -1.0, 0.55, 0.83), SIDES):
        own = first.inference.p_value(first.means, "difference", null, side)
        assert second["test"]("difference", null, side) == own, (null, side)
        found.add(own)
    assert second["test"]("ratio", 0.95, "two-sided") == first.inference.p_value(
        first.means, "ratio", 0.95, "two-sided"
    )
    assert len(found) > 5


@pytest.mark.parametrize("by", AVERAGES)
@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("units", [1, 3])
def test_starts_that_are_drawn(name, by, units):
    given = {**STAGED, **FEW[name], "aggregate": by}
    same_p_of_average(*both("staggered_adoption", staged(units, units=units), **given), by)


def test_starts_of_whole_numbers_that_tie():
    given = {**STAGED, "aggregate": "simple"}
    same_p_of_average(*both("staggered_adoption", staged(3, 30, digits=None), **given), "simple")
    same_p_of_average(*both("staggered_adoption", staged(4, 30, units=2, digits=None), **given), "simple")


def test_single_units_tie_as_their_floats_do():
    given = {**STAGED, "aggregate": "simple"}
    same_p_of_average(*both("staggered_adoption", staged(5, 40, digits=1), **given), "simple")


def test_an_order_that_rounding_makes_is_the_same_in_both_routes():
    """The sums of two clusters of two units are alike in one year, each in tenths, and differ in the next."""
    columns = staged(6, 20, units=2, digits=1)
    clusters = ["c13", "c3"]
    assert all(columns["cluster"].count(own) == 12 for own in clusters)
    for own, changes in zip(clusters, ((0.3, 0.0), (0.1, 0.2)), strict=True):
        for unit, change in enumerate(changes):
            place = columns["unit"].index(f"u{own[1:]}.{unit}")
            columns["y"][place], columns["y"][place + 1] = 1.0, 1.0 + change
    given = {**STAGED, "aggregate": "simple"}
    first, second = both("staggered_adoption", columns, **given)
    same_p_of_average(first, second, "simple")
    renamed = {f"{own}.{unit}": f"{own}.{1 - unit}" for own in ("u13", "u3") for unit in (0, 1)}
    other = {**columns, "unit": [renamed.get(unit, unit) for unit in columns["unit"]]}
    assert effekt.staggered_adoption(other, **given).to_json() == first.to_json()


def alike_but_for_covariates(units=1):
    """Return a panel in which two clusters with one start have the same outcomes."""
    columns = staged(7, 20, units=units)
    first, second = ([i for i, own in enumerate(columns["cluster"]) if own == name] for name in ("c3", "c13"))
    for i, j in zip(first, second, strict=True):
        columns["y"][i] = columns["y"][j]
    return columns, first, second


@pytest.mark.parametrize("units", [1, 2])
def test_clusters_that_covariates_alone_tell_apart_have_an_order(units):
    columns, _, _ = alike_but_for_covariates(units)
    given = {**STAGED, "aggregate": "simple"}
    for more in ({}, FEW["regression"]):
        same_p_of_average(*both("staggered_adoption", columns, **given, **more), "simple")


def test_small_whole_numbers_with_covariates_tie_alike():
    """Changes of 0 and 1: many clusters of one start move alike."""
    columns = staged(3, 24, digits=None)
    columns["y"] = [int(value > 5) for value in columns["y"]]
    keys = {}
    for name in set(columns["cluster"]):
        at = [i for i, own in enumerate(columns["cluster"]) if own == name]
        changes = [columns["y"][i] - columns["y"][at[0]] for i in at]
        keys.setdefault((columns["start"][at[0]], *changes), []).append(name)
    assert max(map(len, keys.values())) > 1
    first, second = both("staggered_adoption", columns, **STAGED, aggregate="simple", **FEW["regression"])
    nulls = [place / 50 for place in range(-20, 20)]
    p_values = [second["test"]("difference", null, "greater") for null in nulls]
    assert [first.inference.p_value(first.means, "difference", null, "greater") for null in nulls] == p_values
    assert len(set(p_values)) > 5


def test_a_package_that_orders_such_clusters_otherwise_is_told(monkeypatch):
    columns = alike_but_for_covariates()[0]
    given = {**STAGED, "aggregate": "simple", **FEW["regression"]}
    found, again = both("staggered_adoption", columns, **given)
    nulls = [place / 50 for place in range(-100, 100)]
    again = [again["test"]("difference", null, "greater") for null in nulls]
    assert [found.inference.p_value(found.means, "difference", null, "greater") for null in nulls] == again
    honest = permutation._clusters

    def turned(panel):
        held = honest(panel)
        pairs = zip(held.start, held.gram[:, 0, 0], map(tuple, held.moments[:, 0, 0]), strict=True)
        listed = list(pairs)
        order = list(range(len(listed)))
        place = next(i for i in order[1:] if listed[i] == listed[i - 1])
        order[place - 1], order[place] = place, place - 1
        return replace(held, start=held.start[order], gram=held.gram[order], moments=held.moments[order])

    monkeypatch.setattr(permutation, "_clusters", turned)
    other = effekt.staggered_adoption(columns, **given)
    assert [other.inference.p_value(other.means, "difference", null, "greater") for null in nulls] != again


def test_clusters_that_covariates_tell_apart_by_no_more_than_rounding_are_declined():
    columns, first, second = alike_but_for_covariates()
    for i, j in zip(first, second, strict=True):
        columns["x"][i] = columns["x"][j] + 1e-11
    given = {**STAGED, "aggregate": "simple"}
    with pytest.raises(NotRepeatedError, match="apart by less than rounding"):
        METHODS["staggered_adoption"](columns, **given, **FEW["regression"])


def test_starts_without_a_seed_are_refused():
    with pytest.raises(ArgumentError, match="rng must be a whole number"):
        METHODS["staggered_adoption"](staged(1), **{**STAGED, "rng": None}, aggregate="simple")
