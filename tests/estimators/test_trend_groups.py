"""Groups of as many placebo units as are treated: an oracle, the second route, chance, refusals and size."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.trend import Trend, labels

import effekt
from effekt import independent
from effekt.estimators.trend import groups
from effekt.exceptions import ArgumentError, InferenceUnavailableError

UNITS = tuple("ABCDEFGHI")
CALL = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "time",
    "period": "year",
    "treated": ["A", "B"],
    "reference_window": (2013, 2014),
    "evaluation_window": (2015, 2017),
    "placebos": "groups",
}


def panel(seed, units=(*UNITS, "nation"), years=5):
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60), 2), rng.randint(400, 600))
        for unit in units
        for label in labels("2013", years, "year")
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def oracle(data, weights, mean, adjustment, trend="ratio_of_means"):
    return Trend(
        data,
        numerator="days",
        denominator="people",
        unit="unit",
        time="time",
        reference=["2013", "2014"],
        evaluation=["2015", "2016", "2017"],
        weights=weights,
        mean=mean,
        adjustment=adjustment,
        trend=trend,
    )


VARIANTS = [
    (comparator, weights, mean, adjustment, "ratio_of_means")
    for comparator in (UNITS[2:], ("nation",))
    for weights in ("denominator", None)
    for mean in ("ratio_of_sums", "mean_of_periods")
    for adjustment in ("ratio", "difference")
]
VARIANTS += [
    (UNITS[2:], None, "ratio_of_sums", "ratio", trend) for trend in ("mean_of_ratios", "mean_of_period_ratios")
]


@pytest.mark.parametrize(("comparator", "weights", "mean", "adjustment", "trend"), VARIANTS)
@pytest.mark.parametrize("treated", [["A", "B"], ["A", "B", "I"]])
def test_every_group_is_compared_as_the_treated_are(comparator, weights, mean, adjustment, trend, treated):
    comparator = [unit for unit in comparator if unit not in treated]
    data = panel(7)
    call = CALL | {
        "treated": treated,
        "comparator": comparator,
        "weights": weights,
        "mean": mean,
        "adjustment": adjustment,
        "trend": trend,
    }
    slow = oracle(data, weights, mean, adjustment, trend)
    errors = slow.group_errors(treated, comparator)
    units = len(UNITS) - len(treated)
    assert len(errors) == math.comb(units, len(treated))
    ranked = effekt.trend_adjusted(data, **call)
    assert ranked.variance == "placebo_groups/1"
    assert ranked.inference.errors == pytest.approx(sorted(errors), rel=1e-10, abs=1e-14)
    own = abs(float(slow.error(slow.treated_mean(treated), slow.counterfactual(treated, comparator))))
    expected = Fraction(1 + sum(abs(error) >= own for error in errors), len(errors) + 1)
    assert ranked.p_value() == float(expected)
    spread = effekt.trend_adjusted(data, **call, inference="placebo_variance")
    middle = fmean(errors)
    variance = fmean((error - middle) ** 2 for error in errors) * units / (units - 1)
    assert spread.inference.covariance[2] == pytest.approx(variance, rel=1e-10)
    assert (spread.df, spread.variance) == (units - 1, "placebo_groups_variance/1")
    for inference, found in (("placebo", ranked), ("placebo_variance", spread)):
        second = independent.METHODS["trend_adjusted"](data, **call, inference=inference)
        assert float(second["p_value"]) == pytest.approx(float(found.p_value()), rel=1e-10)


@pytest.mark.parametrize("weights", ["denominator", None])
def test_groups_are_taken_out_of_a_series_as_the_treated_are(weights):
    data = panel(3, units=UNITS)
    rows = list(zip(*data.values(), strict=True))
    for year in labels("2013", 5, "year"):
        own = [(days, people) for _, time, days, people in rows if time == year]
        days, people = map(sum, zip(*own, strict=True))
        of = (round(days, 2), people) if weights else (fmean(d / p for d, p in own), 1)
        for name, value in zip(data, ("nation", year, *of), strict=True):
            data[name].append(value)
    options = CALL | {"weights": weights, "mean": "ratio_of_sums" if weights else "mean_of_periods"}
    units = {"series_units": 9} if weights is None else {}
    removed = effekt.trend_adjusted(data, **options, comparator="nation", own_unit="removed", **units)
    named = effekt.trend_adjusted(data, **options, comparator=list(UNITS[2:]))
    wider = math.sqrt(6 / 5)  # of seven units in groups of two
    middle = fmean(named.inference.errors)
    assert removed.estimate == pytest.approx(named.estimate, rel=1e-10)
    assert removed.inference.errors == pytest.approx(
        [middle + wider * (error - middle) for error in named.inference.errors], rel=1e-8
    )
    second = independent.METHODS["trend_adjusted"](data, **options, comparator="nation", own_unit="removed", **units)
    assert float(second["p_value"]) == float(removed.p_value())


@given(seed=st.integers(0, 10_000), factor=st.sampled_from([0.5, 4.0]))
def test_order_of_rows_and_of_names_and_a_scale_move_nothing(seed, factor):
    data = panel(11, units=UNITS)
    order = random.Random(seed).sample(range(len(data["unit"])), len(data["unit"]))
    others = random.Random(seed).sample(UNITS[2:], 7)
    moved = {name: [column[i] for i in order] for name, column in data.items()}
    call = CALL | {"weights": None, "comparator": list(UNITS[2:])}
    base = effekt.trend_adjusted(data, **call)
    again = effekt.trend_adjusted(moved, **(call | {"comparator": others, "treated": ["B", "A"]}))
    assert again.inference == base.inference
    moved["days"] = [factor * days for days in moved["days"]]
    scaled = effekt.trend_adjusted(moved, **call)
    assert scaled.inference.errors == pytest.approx(base.inference.errors, abs=1e-14)
    assert scaled.p_value() == base.p_value()


def test_the_interval_inverts_the_rank_and_the_least_p_is_told():
    effect = effekt.trend_adjusted(panel(5, units=UNITS), **CALL, weights=None, comparator="others")
    interval = effect.relative().confidence_interval(0.9)
    for null in (interval.low, interval.high):
        inside, outside = (effect.relative().p_value(null=null * (1 + step)) for step in (-1e-9, 1e-9))
        assert max(inside, outside) > Fraction(1, 10) >= min(inside, outside)
    with pytest.raises(InferenceUnavailableError, match="the smallest attainable p is 1/22"):
        effect.confidence_interval(0.96)
    text = next(note.text for note in effect.notes if note.code == "placebo_groups")
    assert text.en.startswith(
        "The placebos are 21 groups of 2 of 7 units (all there are, so that `draws` and `rng` are not used); the "
        "smallest attainable p is"
    )
    assert text.sv.startswith(
        "Placebona är 21 grupper om 2 av 7 enheter (alla som finns, så `draws` och `rng` används inte); det minsta "
        "möjliga p-värdet"
    )
    assert "placebos_of_single_units" not in [note.code for note in effect.notes]


def test_more_than_2000_groups_are_drawn_by_a_seed():
    units = [f"u{i:02d}" for i in range(27)]
    data = panel(2, units=units)
    call = CALL | {"treated": units[:3], "weights": "denominator", "comparator": "others"}
    one, same, other = (effekt.trend_adjusted(data, **call, rng=seed) for seed in (1, 1, 2))
    assert one.to_json() == same.to_json()
    assert one.inference != other.inference
    assert len(one.inference.errors) == 999
    assert {name: one.arguments[name] for name in ("placebos", "draws", "rng")} == {
        "placebos": "groups",
        "draws": 999,
        "rng": 1,
    }
    slow = oracle(data, "denominator", "ratio_of_sums", "ratio")
    every = np.sort(slow.group_errors(units[:3], units[3:]))
    gaps = [np.abs(every - error).min() for error in one.inference.errors]
    assert max(gaps) < 1e-12  # each is that of a group
    assert np.std(one.inference.errors) == pytest.approx(np.std(every), rel=0.1)
    text = next(note.text for note in one.notes if note.code == "placebo_groups")
    assert text.en.startswith("The placebos are 999 groups of 3 of 24 units (drawn by chance)")
    with pytest.raises(ArgumentError, match=r"`rng` must be an integer seed .* 3 of 24 units make more than 2,000"):
        effekt.trend_adjusted(data, **call)
    with pytest.raises(ArgumentError, match="rng must be a whole number"):
        independent.METHODS["trend_adjusted"](data, **call)


DRAWN = {
    "by chance": {},
    "by another seed": {"rng": 8, "draws": 199},
    "by their spread": {"inference": "placebo_variance"},
    "differences": {"adjustment": "difference", "weights": None},
    "of a series": {"comparator": "nation"},
    "the treated too": {"placebos": "permutation", "draws": 99},
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_second_route_draws_the_same_groups(name):
    units = [f"u{i:02d}" for i in range(27)]
    data = panel(2, units=(*units, "nation"))
    rest = {"treated": units[:3], "weights": "denominator", "comparator": units[3:], "draws": 299, "rng": 1}
    call = CALL | rest | DRAWN[name]
    first, second = effekt.trend_adjusted(data, **call), independent.METHODS["trend_adjusted"](data, **call)
    assert float(second["p_value"]) == pytest.approx(float(first.p_value()), rel=1e-10)
    if call.get("inference") == "placebo_variance":
        assert second["covariance"][1][1] == pytest.approx(first.inference.covariance[2], rel=1e-10)
    else:
        errors = sorted(second["placebo_errors"].values())
        assert errors == pytest.approx(first.inference.errors, rel=1e-10, abs=1e-14)


def test_a_package_that_draws_other_groups_is_told(monkeypatch):
    units = [f"u{i:02d}" for i in range(27)]
    data = panel(2, units=units)
    rest = {"treated": units[:3], "weights": None, "comparator": units[3:], "draws": 299, "rng": 1}
    call = CALL | rest | {"inference": "placebo_variance"}
    second = independent.METHODS["trend_adjusted"](data, **call)["covariance"][1][1]
    assert effekt.trend_adjusted(data, **call).inference.covariance[2] == pytest.approx(second, rel=1e-10)
    honest = groups._chosen
    monkeypatch.setattr(groups, "_chosen", lambda *given: sorted(honest(*given))[:200])
    assert effekt.trend_adjusted(data, **call).inference.covariance[2] != pytest.approx(second, rel=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"treated": "A"}, "`placebos` can be 'groups' only with several treated units; use placebos='units'."),
        ({"inference": "hac"}, "`placebos` can be 'groups' only with an adjustment and inference='placebo' or"),
        ({"adjustment": "none", "comparator": None, "weights": None}, "got inference='placebo' and adjustment='none'."),
        ({"level_correction": "regression"}, "`placebos` can be 'groups' only without `level_correction`, which"),
        ({"placebos": "pairs"}, "`placebos` must be 'units', 'groups' or 'permutation'; got 'pairs'."),
        ({"draws": 9}, "`draws` must be"),
        ({"rng": -1}, "`rng`"),
    ],
)
def test_what_groups_cannot_be_of_is_refused(changed, message):
    with pytest.raises(ArgumentError) as caught:
        effekt.trend_adjusted(panel(1, units=UNITS), **(CALL | {"weights": None, "comparator": "others"} | changed))
    assert message in str(caught.value)


def test_too_few_units_give_no_inference():
    few = effekt.trend_adjusted(panel(1, units=UNITS[:4]), **CALL, weights=None, comparator="others")
    with pytest.raises(InferenceUnavailableError, match=r"there are 2 and 2\. placebos='units' ranks single units"):
        few.p_value()
    spread = CALL | {"weights": None, "comparator": "others", "inference": "placebo_variance"}
    with pytest.raises(InferenceUnavailableError, match="at least four of them; there are 3"):
        effekt.trend_adjusted(panel(1, units=UNITS[:5]), **spread).p_value()


def test_groups_reject_no_effect_about_as_often_as_they_should_where_single_units_hardly_do():
    """Each unit's change has an SD of 10 %; 2 of 14 treated, without an effect."""
    rng = np.random.default_rng(8)
    units = [f"u{i:02d}" for i in range(14)]
    call = {"outcome": "days", "unit": "unit", "time": "time", "period": "year", "weights": None}
    call |= {"treated": units[:2], "reference_window": (2013, 2013), "evaluation_window": (2014, 2014)}
    ways = {
        "units": {"placebos": "units"},
        "groups": {"placebos": "groups"},
        "spread": {"placebos": "groups", "inference": "placebo_variance"},
    }
    rejected = dict.fromkeys(ways, 0)
    draws = 150
    for _ in range(draws):
        after = np.exp(rng.normal(0, 0.1, len(units)))
        data = {
            "unit": units * 2,
            "time": [2013] * len(units) + [2014] * len(units),
            "days": [100.0] * len(units) + np.round(100 * after, 3).tolist(),
        }
        for name, way in ways.items():
            rejected[name] += effekt.trend_adjusted(data, **call, comparator="others", **way).p_value() <= 0.1
    shares = {name: count / draws for name, count in rejected.items()}
    assert shares["units"] < 0.07
    assert 0.07 < shares["groups"] < 0.16
    assert 0.05 < shares["spread"] < 0.14


# --- the treated among those that change places -----------------------------------------------------------------------


@pytest.mark.parametrize(("comparator", "weights", "mean", "adjustment", "trend"), VARIANTS)
@pytest.mark.parametrize("treated", [["A", "B"], ["A", "B", "I"]])
def test_the_treated_are_ranked_among_all_groups_of_all_units(comparator, weights, mean, adjustment, trend, treated):
    """Each of the C(9, m) groups by the oracle, against the units outside it or the series."""
    comparator = [unit for unit in comparator if unit not in treated]
    data = panel(7)
    call = CALL | {"treated": treated, "comparator": comparator, "weights": weights, "mean": mean}
    call |= {"adjustment": adjustment, "trend": trend, "placebos": "permutation"}
    slow = oracle(data, weights, mean, adjustment, trend)

    def error(group):
        rest = [unit for unit in UNITS if unit not in group] if len(comparator) > 1 else comparator
        return float(slow.error(slow.treated_mean(group), slow.counterfactual(group, rest)))

    errors = [error(list(group)) for group in combinations(UNITS, len(treated)) if list(group) != treated]
    assert len(errors) == math.comb(9, len(treated)) - 1
    found = effekt.trend_adjusted(data, **call)
    assert found.variance == "placebo_permutation/1"
    assert found.inference.errors == pytest.approx(sorted(errors), rel=1e-10, abs=1e-14)
    rank = 1 + sum(abs(one) >= abs(error(treated)) for one in errors)
    assert found.p_value() == float(Fraction(rank, math.comb(9, len(treated))))
    second = independent.METHODS["trend_adjusted"](data, **call)
    assert float(second["p_value"]) == pytest.approx(float(found.p_value()), rel=1e-12)


def test_the_p_of_a_permutation_is_uniform_over_who_is_treated():
    """Of every pair of seven units taken for the treated, one each has the ranks from 1 to 21: its size is exact."""
    data, found = panel(3, units=UNITS[:7]), []
    for pair in combinations(UNITS[:7], 2):
        call = CALL | {"treated": list(pair), "comparator": "others", "weights": None, "placebos": "permutation"}
        effect = effekt.trend_adjusted(data, **call)
        found.append(effect.inference.p_value(effect.means, "ratio", 1.0, "two-sided"))
    assert sorted(found) == [Fraction(k, 21) for k in range(1, 22)]


@pytest.mark.parametrize(
    "way",
    [{"placebos": "permutation"}, {"placebos": "groups"}, {"placebos": "units"}, {"inference": "placebo_variance"}],
)
def test_the_check_tells_the_least_p_of_single_units_and_says_so(way):
    """An effect far beyond all the others has, of pairs, a p below the least that a single unit could have."""
    data = panel(3, units=UNITS[:7])
    data["days"] = [
        day * (100 if unit in ("A", "B") and time == max(data["time"]) else 1)
        for day, unit, time in zip(data["days"], data["unit"], data["time"], strict=True)
    ]
    effect = effekt.trend_adjusted(
        data, **(CALL | {"treated": ["A", "B"], "comparator": "others", "weights": None} | way)
    )
    (check,) = (one for one in effect.diagnostics if one.name == "placebo_distribution")
    if way.get("inference") == "placebo_variance":  # nothing is ranked
        assert "smallest_p" not in check.values
        assert "standard deviation of" in check.statement.en
        assert "smallest p" not in check.statement.en
        assert "minsta p" not in check.statement.sv
        return
    assert check.values["smallest_p"] == 1 / 6
    assert "the smallest p that the rank of a single unit among them can give is 0.167." in check.statement.en
    assert "det minsta p som rangen för en enskild enhet bland dem kan ge är 0,167." in check.statement.sv
    if way.get("placebos") != "units":
        assert effect.p_value() < 1 / 6


def test_a_permutation_says_what_it_is_exact_for():
    call = CALL | {"comparator": "others", "weights": None, "placebos": "permutation"}
    effect = effekt.trend_adjusted(panel(5, units=UNITS), **call, draws=199, rng=1)
    text = next(note.text for note in effect.notes if note.code == "placebo_permutation")
    assert text.en.startswith(
        "The treated are ranked among 35 other groups of 2 of 9 units, the treated too among these (all there are, so "
        "that `draws` and `rng` are not used); the smallest attainable p is 1/36."
    )
    assert text.sv.startswith("De behandlade rangordnas bland 35 andra grupper om 2 av 9 enheter")
    with pytest.raises(InferenceUnavailableError, match="the smallest attainable p is 1/36"):
        effect.confidence_interval(0.98)
    for wrong in ({"inference": "placebo_variance"}, {"own_unit": "removed", "comparator": "nation"}):
        with pytest.raises(ArgumentError, match="can be 'permutation' only with inference='placebo' and a comparator"):
            effekt.trend_adjusted(panel(5), **(call | wrong))
        with pytest.raises(ArgumentError):
            independent.METHODS["trend_adjusted"](panel(5), **(call | wrong))


def moved(changes, before=20):
    """Units at 20 that change by whole numbers."""
    count = len(changes)
    return {
        "unit": [f"k{i}" for i in range(count)] * 2,
        "time": [2018] * count + [2019] * count,
        "days": [before] * count + [before + change for change in changes],
    }


MOVED = {"outcome": "days", "unit": "unit", "time": "time", "period": "year", "treated": ["k0", "k1"], "weights": None}
MOVED |= {"reference_window": (2018, 2018), "evaluation_window": (2019, 2019), "comparator": "others"}


@pytest.mark.parametrize("placebos", ["permutation", "groups", "units"])
@pytest.mark.parametrize("adjustment", ["difference", "ratio"])
@pytest.mark.parametrize("seed", [0, 7, 30])
def test_no_effect_is_in_the_set_exactly_where_its_p_is_above_alpha(placebos, adjustment, seed):
    """Changes of 0 to 2 give groups with the error of the treated; 0 was left out of sets that end at it by 1e-16."""
    rng = random.Random(seed)
    data = moved([rng.randint(-2, 2) for _ in range(7)])
    effect = effekt.trend_adjusted(data, **MOVED, adjustment=adjustment, placebos=placebos)
    for view in (effect, effect.relative()):
        for level in ("0.5", "0.6", "0.7", "0.8"):
            alpha = 1 - Fraction(level)
            try:
                found = view.confidence_interval(float(level))
            except InferenceUnavailableError:
                continue
            assert (0.0 in found) == (view.rank_p_value() > alpha)
            assert min(view.rank_p_value(null=end) for end in (found.low, found.high)) > alpha


def test_a_set_ends_at_zero_where_a_group_is_as_far_as_the_treated():
    """Of the ten pairs of five units three have errors of at least 5/3: p is 3/10, and the set began at 2e-16."""
    data = moved([2, 0, -1, 0, -1], before=5)
    effect = effekt.trend_adjusted(data, **MOVED, adjustment="difference", placebos="permutation")
    assert effect.rank_p_value() == Fraction(3, 10)
    assert effect.confidence_interval(0.8).low == 0.0


@pytest.mark.parametrize("count", [2, 3])
def test_a_permutation_without_others_to_change_places_with_says_so(count):
    """Beside two treated a single unit is what all are held against."""
    data = moved([1, 2, 0, 3][: count + 1])
    call = MOVED | {"treated": [f"k{i}" for i in range(count)]}
    effect = effekt.trend_adjusted(data, **call, adjustment="difference", placebos="permutation")
    assert effect.inference.reason.en == (
        "A permutation needs units besides the treated that could have been treated in their place; there is none, as "
        "the one unit or series of the comparator is what all are held against."
    )
    assert effect.inference.reason.sv.startswith("En permutation kräver enheter utöver de behandlade")


def test_names_of_one_text_are_drawn_alike():
    rng = random.Random(1)
    rows = [(unit, year, rng.randint(3, 8)) for unit in range(18) for year in (2018, 2019)]
    found = []
    for kind in (int, str):
        columns = zip(*((kind(unit), year, days) for unit, year, days in rows), strict=True)
        data = dict(zip(("unit", "time", "days"), map(list, columns), strict=True))
        call = MOVED | {"treated": [kind(i) for i in range(6)], "placebos": "permutation", "rng": 1, "draws": 99}
        found.append(effekt.trend_adjusted(data, **call, adjustment="difference").inference)
    assert found[0] == found[1]


def test_a_permutation_of_very_many_groups_is_drawn():
    units = [f"u{i:02d}" for i in range(25)]
    call = CALL | {"treated": units[:3], "weights": "denominator", "comparator": "others", "placebos": "permutation"}
    effect = effekt.trend_adjusted(panel(2, units=units), **call, draws=99, rng=4)
    assert len(effect.inference.errors) == 99
    text = next(note.text for note in effect.notes if note.code == "placebo_permutation")
    assert "among 99 other groups of 3 of 25 units, the treated too among these (drawn by chance)" in text.en
    with pytest.raises(ArgumentError, match="3 of 25 units make more than 2,000 groups"):
        effekt.trend_adjusted(panel(2, units=units), **call)
