"""Pairs whose outcomes are exactly proportional: nothing varies in the ratio, and no rounding may make a set of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from helpers import assert_valid_effect

import effekt
from effekt._inference import FixedDf, Means, StudentT
from effekt._types import ALTERNATIVES
from effekt.exceptions import InferenceUnavailableError
from effekt.independent import METHODS, statistics

OUTCOME = effekt.Outcome(column="y", unit="days", better="lower")
BASES = {"whole": [1, 2, 3, 4, 5, 7, 10, 20], "tenths": [1.1, 2.3, 3.7, 4.1, 5.9, 7.3, 9.7, 12.9]}
RATIOS = ("ratio", "relative", "relative_improvement")
DESIGNS = ("pairs", "pairs of clusters", "compliers", "some compliers", "matched")
PANELS = ("difference_in_differences", "event_study")


def table(bases, share, *, received=None, other=0.0):
    """The treated of each pair has `share` of the other's outcome, where it was received; `other` moves one of them."""
    columns = {name: [] for name in ("y", "z", "r", "pair", "c", "x", "unit")}
    for j, base in enumerate(bases):
        had = 1 if received is None else received[j % len(received)]
        lower = round(base * share, 6) if had else base
        for z, y in ((1, lower + (other if j == 0 else 0)), (0, base)):
            columns["y"].append(y)
            columns["z"].append(z)
            columns["r"].append(z * had)
            columns["pair"].append(j)
            columns["c"].append(f"{j}{z}")
            columns["x"].append(j + 0.1 * z * (j % 3))
            columns["unit"].append(f"{j}-{z}")
    return columns


def both_routes(design, bases, share, other=0.0):
    """The effect of a design, and the numbers of the second route."""
    trial = {"treatment": "z", "pairs": "pair"}
    if design == "pairs":
        data = table(bases, share, other=other)
        return (
            effekt.randomized_trial(data, outcome=OUTCOME, **trial),
            METHODS["randomized_trial"](data, outcome="y", **trial),
        )
    if design == "pairs of clusters":
        data = {name: [*cells, *cells] for name, cells in table(bases, share, other=other).items()}
        trial |= {"cluster": "c"}
        return (
            effekt.randomized_trial(data, outcome=OUTCOME, **trial),
            METHODS["randomized_trial"](data, outcome="y", **trial),
        )
    if "compliers" in design:
        data = table(bases, share, received=(0, 1, 1) if design == "some compliers" else None, other=other)
        trial |= {"received": "r"}
        return (
            effekt.complier_effect(data, outcome=OUTCOME, **trial)["CACE"],
            METHODS["complier_effect"](data, outcome="y", **trial)["members"]["CACE"],
        )
    data = table(bases, share, other=other)
    match = {"unit": "unit", "treatment": "z", "covariates": "x"}
    return (
        effekt.matched_comparison(data, match=match, outcome=OUTCOME),
        METHODS["matched_comparison"](data, match=match, outcome="y"),
    )


@pytest.mark.parametrize("bases", BASES)
@pytest.mark.parametrize("design", DESIGNS)
def test_a_ratio_that_does_not_vary_has_no_set(design, bases):
    """Neither set nor standard error nor p but that of no effect, under both routes; the difference as before."""
    for share in (0.9, 0.5, 0.7, 1.3):
        effect, second = both_routes(design, BASES[bases], share)
        assert effect.ratio().estimate == pytest.approx(share)
        for name, alternative in product(RATIOS, ALTERNATIVES):
            view, own = getattr(effect, name)(), statistics.view_of(name, "lower", Fraction(1))
            assert view.std_error is None
            with pytest.raises(InferenceUnavailableError, match="cancels in their ratio") as refused:
                view.confidence_interval(0.95, alternative)
            assert "tar ut varandra i kvoten" in refused.value.sv
            with pytest.raises(InferenceUnavailableError, match="cancels in their ratio"):
                view.p_value(0.3, alternative)
            assert statistics.spread_statistic(second, own, "std_error") is None
            assert statistics.p_value(second, own, Fraction(3, 10), alternative) is None
            assert statistics.bound(second, own, "confidence_low", Fraction(19, 20), alternative) is None
        assert effect.relative().p_value() == effect.p_value()
        found = statistics.p_value(second, statistics.view_of("relative", "lower", Fraction(1)), None, "two-sided")
        assert float(found) == pytest.approx(effect.p_value(), rel=1e-8)
        assert effect.confidence_interval().kind == "bounded"


@pytest.mark.parametrize("design", DESIGNS)
def test_the_result_keeps_its_form(design):
    assert_valid_effect(both_routes(design, BASES["whole"], 0.9)[0])


@pytest.mark.parametrize("design", DESIGNS)
def test_a_thousandth_in_one_outcome_is_enough_for_a_set(design):
    effect, second = both_routes(design, BASES["whole"], 0.5, other=0.001)
    view = statistics.view_of("ratio", None, Fraction(1))
    assert effect.ratio().std_error > 1e-6
    assert statistics.spread_statistic(second, view, "std_error") == pytest.approx(effect.ratio().std_error, rel=1e-4)
    assert len(effect.ratio().confidence_interval(0.8).intervals) == 1


@pytest.mark.parametrize("level", [0.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("share", [0.9, 0.35, 1.7, 0.99])
def test_no_level_or_unit_of_the_outcome_makes_rounding_a_variance(level, share):
    for factor in (1e-9, 1.0, 1e9):
        bases = [factor * (level + base) for base in BASES["tenths"]]
        data = {"y": [y for base in bases for y in (share * base, base)], "z": [1, 0] * 8}
        data["pair"] = [i // 2 for i in range(16)]
        effect = effekt.randomized_trial(data, outcome=OUTCOME, treatment="z", pairs="pair")
        assert effect.ratio().std_error is None


def test_of_two_means_with_a_known_covariance():
    """ρ = 2, V of (2c, c): nothing is left; half a thousandth more in the first and there is."""
    means = Means(treated=4.0, counterfactual=2.0)
    known = StudentT(covariance=(4.0, 2.0, 1.0), df=FixedDf(df=9.0))
    assert known.std_error(means, "ratio") is None
    assert known.std_error(means, "difference") == 1.0
    wider = StudentT(covariance=(4.0005, 2.0, 1.0), df=FixedDf(df=9.0))
    assert wider.std_error(means, "ratio") == pytest.approx(0.0005**0.5 / 2)
    assert StudentT(covariance=(4.0, 2.0, 1.0), df=FixedDf(df=9.0), scale="log").std_error(means, "difference") > 0


def before_and_after(bases, share, other=0.0):
    """Half the units have `share` of what they had before, the others what they had; `other` moves one of these."""
    columns = {name: [] for name in ("unit", "year", "z", "y")}
    for place, (base, treated) in enumerate(product(bases[:4], (1, 0))):
        after = round(base * share, 6) if treated else base + (other if place == 1 else 0)
        for year, outcome in ((2019, base), (2020, base), (2021, after)):
            columns["unit"].append(f"u{place}")
            columns["year"].append(year)
            columns["z"].append(int(treated and year == 2021))
            columns["y"].append(outcome)
    return columns


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize("bases", BASES)
@pytest.mark.parametrize("method", PANELS)
def test_signs_of_units_that_do_not_move_the_ratio_give_it_no_set(method, bases, weights):
    """Of a wild bootstrap: where every draw ties at the estimate alone, all others are as extreme as no effect."""
    columns = {"unit": "unit", "time": "year", "treatment": "z"}
    wild = {"inference": "wild_bootstrap", "wild_weights": weights, "draws": 199, "rng": 1}
    for share in (0.9, 0.5, 1.3):
        data = before_and_after(BASES[bases], share)
        found = getattr(effekt, method)(data, outcome=OUTCOME, **columns, **wild)
        effect = found if method == "difference_in_differences" else found.effects[-1]
        for name, alternative in product(RATIOS, ALTERNATIVES):
            view = getattr(effect, name)()
            with pytest.raises(InferenceUnavailableError, match="cancels in their ratio"):
                view.confidence_interval(0.8, alternative)
            with pytest.raises(InferenceUnavailableError, match="cancels in their ratio"):
                view.p_value(0.3, alternative)
        assert effect.relative().p_value() == effect.p_value()
        assert effect.confidence_interval(0.5).intervals


@pytest.mark.parametrize("bases", BASES)
def test_the_second_route_has_no_ratio_by_signs_either(bases):
    columns = {"unit": "unit", "time": "year", "treatment": "z"}
    wild = {"inference": "wild_bootstrap", "draws": 199, "rng": 1}
    view = statistics.view_of("relative", "lower", Fraction(1))
    for share in (0.9, 0.5, 1.3):
        second = METHODS["difference_in_differences"](
            before_and_after(BASES[bases], share), outcome="y", **columns, **wild
        )
        assert statistics.p_value(second, view, Fraction(3, 10), "two-sided") is None
        assert statistics.bound(second, view, "confidence_low", Fraction(4, 5), "two-sided") is None
    moved = METHODS["difference_in_differences"](
        before_and_after(BASES[bases], 0.9, other=0.1), outcome="y", **columns, **wild
    )
    assert statistics.p_value(moved, view, Fraction(3, 10), "two-sided") is not None
