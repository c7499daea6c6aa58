"""Power by simulation: by hand, by order statistics, by the formula, and the same wherever it runs."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest
from scipy import stats
from simulation import studies

from effekt.diagnostics import IndividualDesign, KnownPrecision, minimum_detectable_effect
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic
from effekt.simulation import PowerStudy
from effekt.simulation.performance import wilson
from effekt.simulation.power import _numbers

ALPHA = Fraction(1, 20)


def study(**changes) -> PowerStudy:
    given = {
        "draw": studies.shifted,
        "analyse": studies.measured,
        "replications": 60,
        "rng": 4,
        "alternative": "greater",
    }
    return PowerStudy(**given | changes)


def errors(n: int, seed: int = 4):
    """What each replicate adds to the effect."""
    return np.array([np.random.default_rng(child).standard_normal() for child in np.random.SeedSequence(seed).spawn(n)])


# --- power at an effect -------------------------------------------------------------------------------------------


def test_shares_of_0_and_1_have_an_interval_and_no_standard_error():
    statement = study(rule="no_effect").power([90.0]).statement
    assert statement.en.endswith(
        "in 60 replicates; shares of 0 and 1 have no standard error, and the widest 95% Monte-Carlo "
        "interval is 6.0% wide."
    )
    assert "andelar på 0 och 1 har inget medelfel" in statement.sv


@pytest.mark.parametrize(
    ("rule", "line"), [("no_effect", 1.6448536269514722), ("estimate", 0.7), ("bound", 0.7 + 1.6448536269514722)]
)
def test_power_is_the_share_that_meets_the_rule(rule, line):
    found = study(rule=rule, threshold=0.7).power([2.0, 0.0, 1.3, 2.0])
    truths = (0.0, 1.3, 2.0)
    shares = tuple(float(np.mean(errors(60) + effect >= line)) for effect in truths)
    assert found.table["true_effect"] == truths
    assert found.table["power"] == shares
    assert found.table["mc_std_error"] == pytest.approx([math.sqrt(p * (1 - p) / 60) for p in shares], rel=1e-12)
    assert found.table["unavailable"] == (0, 0, 0)
    assert found.status == "information"
    assert (found.values["rule"], found.values["threshold"]) == (rule, 0.7)
    assert Diagnostic.from_json(found.to_json()) == found


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_the_test_has_the_side_asked_for(alternative):
    found = study(alternative=alternative).power([-3.0, 3.0])
    y = errors(60)[:, None] + [-3.0, 3.0]
    p = {"greater": stats.norm.sf(y), "less": stats.norm.cdf(y), "two-sided": 2 * stats.norm.sf(abs(y))}[alternative]
    assert found.table["power"] == tuple(np.mean(p <= 0.05, axis=0))


def test_wilson_has_its_equation():
    z = stats.norm.ppf(0.975)
    for n, number in ((20, 1), (60, 33), (400, 398)):
        for limit in wilson(number / n, n):
            assert (number / n - limit) ** 2 == pytest.approx(z**2 * limit * (1 - limit) / n, rel=1e-9)
    assert wilson(0.0, 20) == (0.0, pytest.approx(z**2 / (20 + z**2)))
    assert wilson(1.0, 20) == (pytest.approx(20 / (20 + z**2)), 1.0)


def test_known_precision_is_within_monte_carlo_error():
    found = study(replications=1500, alternative="two-sided").power([0.0, 1.5, 3.0])
    expected = [KnownPrecision(std_error=1.0).power(effect, ALPHA, "two-sided") for effect in (0.0, 1.5, 3.0)]
    for share, power in zip(found.table["power"], expected, strict=True):
        assert abs(share - power) <= 4 * math.sqrt(power * (1 - power) / 1500)


@pytest.mark.parametrize("rule", ["no_effect", "estimate", "bound"])
def test_a_trial_is_within_monte_carlo_error_of_the_formula(rule):
    plan = IndividualDesign(n_treated=20, n_control=20, sd=4.0)
    simulated = PowerStudy(
        draw=studies.improved_trial,
        analyse=studies.improvement,
        replications=250,
        rng=9,
        rule=rule,
        threshold=2.0,
        view="improvement",
    )
    planned = minimum_detectable_effect(plan, effects=[3.5], threshold=2.0, rule=rule, power=0.7)
    column = {"no_effect": "power", "estimate": "reaches", "bound": "bound_reaches"}[rule]
    power = planned.table[column][1]
    (share,) = simulated.power([3.5]).table["power"]
    assert abs(share - power) <= 4 * math.sqrt(power * (1 - power) / 250)
    if rule == "no_effect":
        found = simulated.minimum_detectable_effect(within=(1.0, 6.0), power=0.7, steps=5).values
        assert found["mc_low"] < planned.values["minimum_detectable_effect"] < found["mc_high"]


# --- the smallest effect ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
def test_the_smallest_effect_is_an_order_statistic(power):
    n = 90
    found = study(replications=n).minimum_detectable_effect(within=(0.0, 6.0), power=power, steps=14)
    needed = np.sort(1.6448536269514722 - errors(n))  # the effect from which each replicate finds it
    low = max(k for k in range(n + 1) if stats.binom.cdf(k - 1, n, power) <= 0.025)
    high = min(k for k in range(n + 1) if stats.binom.sf(k - 1, n, power) <= 0.025)
    expected = [needed[math.ceil(n * Fraction(str(power))) - 1], needed[low - 1], needed[high - 1]]
    step = 6 / 2**14
    values = found.values
    assert values["resolution"] == step
    assert 0 <= values["minimum_detectable_effect"] - expected[0] < step
    assert 0 < expected[1] - values["mc_low"] <= step
    assert 0 <= values["mc_high"] - expected[2] < step
    assert found.table["true_effect"] == tuple(sorted(found.table["true_effect"]))
    assert Diagnostic.from_json(found.to_json()) == found


def test_the_interval_of_the_smallest_effect_holds_the_true_one_as_often_as_it_says():
    """The true one is z95 + z80; each seed is a new study of 40 replicates, counted here as the search counts."""
    below, _, above = _numbers(40, Fraction(4, 5))
    true = 1.6448536269514722 + stats.norm.ppf(0.8)
    number = (np.random.default_rng(1).standard_normal((4000, 40)) + true >= 1.6448536269514722).sum(axis=1)
    held = np.mean((number >= below) & (number < above))
    exact = stats.binom.cdf(above - 1, 40, 0.8) - stats.binom.cdf(below - 1, 40, 0.8)
    assert exact >= 0.95
    assert abs(held - exact) <= 4 * math.sqrt(exact * (1 - exact) / 4000)


@pytest.mark.parametrize(("n", "power"), [(1, 0.8), (3, 0.5), (17, 0.8), (60, 0.9), (400, 0.8)])
def test_too_few_and_too_many_are_those_of_the_binomial(n, power):
    p = Fraction(str(power))
    mass = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    below, enough, above = _numbers(n, p)
    assert sum(mass[:below]) <= Fraction(1, 40) < sum(mass[: below + 1])
    assert sum(mass[above:]) <= Fraction(1, 40) < sum(mass[above - 1 :])
    assert enough - 1 < n * p <= enough


def test_the_smallest_effect_beyond_the_interval_is_none():
    found = study(threshold=1.0).minimum_detectable_effect(within=(0.0, 1.5))
    assert found.status == "failed"
    assert found.values["minimum_detectable_effect"] is None
    assert found.table["true_effect"] == (1.5,)
    assert found.statement.en == (
        "With no true effect up to 1.500 is the probability at least 0.8 that no effect is rejected, as simulated in "
        "60 replicates."
    )
    found = study().minimum_detectable_effect(within=(4.0, 5.0))
    assert found.status == "warning"
    assert found.values["minimum_detectable_effect"] == 4.0
    assert found.statement.sv == (
        "Redan vid den sanna effekten 4,000, den lägsta som prövats, är sannolikheten minst 0,8 att nollhypotesen om "
        "ingen effekt förkastas, enligt simulering i 60 replikat."
    )


def test_limits_beyond_the_interval_are_told_so():
    whole = study().minimum_detectable_effect(within=(0.0, 8.0), steps=12).values
    at = whole["minimum_detectable_effect"]
    found = study().minimum_detectable_effect(within=(at - 0.02, at + 0.02))
    assert (found.values["mc_low"], found.values["mc_high"]) == (None, None)
    assert f"interval is below {at - 0.02:.3f} to above {at + 0.02:.3f}." in found.statement.en
    assert f"är under {at - 0.02:.3f} till över {at + 0.02:.3f}.".replace(".", ",")[:-1] in found.statement.sv


def test_above_the_threshold_is_a_warning():
    assert study(threshold=1.0).minimum_detectable_effect(within=(0, 6), steps=4).status == "warning"
    assert study(threshold=5.0).minimum_detectable_effect(within=(0, 6), steps=4).status == "information"
    assert (
        study(threshold=1.0, rule="estimate").minimum_detectable_effect(within=(0, 6), steps=4).status == "information"
    )


# --- wherever it runs ---------------------------------------------------------------------------------------------


def test_the_same_on_any_executor():
    one = study()
    asked = {"within": (0.0, 6.0), "steps": 3}
    power, smallest = one.power([0.0, 2.0]), one.minimum_detectable_effect(**asked)
    with ThreadPoolExecutor(3) as threads:
        assert one.power([0.0, 2.0], executor=threads).to_json() == power.to_json()
        assert one.minimum_detectable_effect(**asked, executor=threads).to_json() == smallest.to_json()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert one.power([0.0, 2.0], executor=processes).to_json() == power.to_json()
        assert one.minimum_detectable_effect(**asked, executor=processes).to_json() == smallest.to_json()


def test_the_seed_decides_and_other_effects_do_not():
    assert study().power([1.0, 2.0]).table["power"][1:] == study().power([2.0]).table["power"]
    assert study(rng=5).power([1.0]) != study().power([1.0])
    generator = np.random.default_rng(1)
    first = study(rng=generator)
    assert first.power([1.0]) == first.power([1.0]) == study(rng=np.random.default_rng(1)).power([1.0])
    assert study(rng=generator).rng != first.rng


def test_progress_ends_with_all_done():
    seen = []
    study(replications=230).power([0.0, 1.0], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(230 * k + done, 460) for k in (0, 1) for done in (*range(3, 230, 3), 230)]
    seen.clear()
    found = study().minimum_detectable_effect(within=(0, 6), steps=4, progress=lambda *now: seen.append(now))
    assert seen[-1] == (60 * 14, 60 * 14)
    assert seen[-2][0] == 60 * len(found.table["power"]) < 60 * 14
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


# --- without an answer --------------------------------------------------------------------------------------------


def test_no_answer_counts_as_not_found_and_is_told():
    found = study(analyse=studies.seldom_measured, rule="estimate", threshold=0.5).power([0.4])
    y = errors(60) + 0.4
    assert found.table["power"] == (float(np.mean((y >= 0.5) & (y <= 1.0))),)
    lost = int(np.sum(y > 1.0))
    assert found.table["unavailable"] == (lost,)
    assert found.status == "warning"
    assert found.values["reason"] == "Too much."
    assert found.statement.en.endswith(f" {lost} times there was no answer, which counts as not found.")
    assert found.statement.sv.endswith(f" {lost} gånger fanns inget svar, vilket räknas som inte funnet.")


def test_a_bound_that_is_no_single_number_is_not_found():
    found = study(analyse=studies.unavailable, rule="bound", threshold=0.5).power([9.0])
    assert (found.table["power"], found.table["unavailable"]) == ((0.0,), (60,))
    assert found.values["reason"] == "There is no variation."


def test_sentences():
    found = study(rule="bound", threshold=0.12, view="relative").power([0.25])
    assert found.table["power"] == (0.0,)
    assert found.statement.en == (
        "The probability that the lower limit of the one-sided 95% confidence interval reaches the threshold 12.0% is "
        "0.0% at a true effect of 25.0%, as simulated in 60 replicates; shares of 0 and 1 have no standard error, and "
        "the widest 95% Monte-Carlo interval is 6.0% wide."
    )
    found = study(rule="estimate", threshold=0.7).power([1.3])
    share = found.table["power"][0]
    assert found.statement.en.endswith(
        f"; the largest Monte-Carlo standard error is {math.sqrt(share * (1 - share) / 60):.1%}."
    )
    found = study(rule="estimate", threshold=0.5).minimum_detectable_effect(within=(0, 4), steps=4)
    assert found.statement.en == (
        "The smallest true effect with which the estimate reaches the threshold 0.5000 with probability at least 0.8 "
        "is 1.250, as simulated in 60 replicates; the 95% Monte-Carlo interval is 0.7500 to 2.000."
    )
    assert found.statement.sv.replace("\N{NO-BREAK SPACE}", " ") == (
        "Den minsta sanna effekt vid vilken sannolikheten är minst 0,8 att skattningen når tröskeln 0,5000 är 1,250, "
        "enligt simulering i 60 replikat; Monte Carlo-intervallet (95 %) är 0,7500 till 2,000."
    )


# --- refused ------------------------------------------------------------------------------------------------------


def wrong(table):
    raise ArgumentError("`variance` must be something else.")


def misspelt(table):
    table.values("y")


def measured_days(table):
    found = studies.measured(table)
    return replace(found, outcome=replace(found.outcome, better="lower"))


@pytest.mark.parametrize("rule", ["estimate", "bound"])
@pytest.mark.parametrize("view", ["difference", "relative", "ratio"])
def test_harm_is_not_held_against_what_the_contract_pays_at(rule, view):
    with pytest.raises(ArgumentError) as refusal:
        study(analyse=measured_days, rule=rule, threshold=0.1, view=view).power([0.5])
    assert str(refusal.value) == (
        "In replicate 1 at the effect 0.5 an argument was wrong. `view` must be 'improvement' or "
        f"'relative_improvement' with rule={rule!r} where less of the outcome is better, as {view!r} at or above the "
        f"threshold is then a worse outcome; got {view!r}."
    )
    assert study(analyse=measured_days, view=view).power([0.5]).table["power"]


def no_cohort(rng, effect):
    return {"outcome": [effect]}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: study(draw=3), "`draw` must be a function of a random generator and an effect; got 3."),
        (lambda: study(analyse="t"), "`analyse` must be a function of a table; got 't'."),
        (lambda: study(replications=0), "`replications` must be an integer of at least 1; got 0."),
        (lambda: study(rng=None), "`rng` must be an integer seed from 0 or a numpy.random.Generator; got None."),
        (lambda: study(level=95), "`level` must be a number between 0 and 1, such as 0.95; got 95."),
        (
            lambda: study(view="diff"),
            "`view` must be 'difference', 'relative', 'ratio', 'improvement' or 'relative_improvement'; got 'diff'.",
        ),
        (lambda: study(alternative="up"), "`alternative` must be 'two-sided', 'greater' or 'less'; got 'up'."),
        (lambda: study(rule="limit"), "`rule` must be 'no_effect', 'estimate' or 'bound'; got 'limit'."),
        (
            lambda: study(rule="estimate"),
            "`threshold` must be given with rule='estimate', which holds the effect against it.",
        ),
        (lambda: study(threshold="much"), "`threshold` must be a finite number; got 'much'."),
        (lambda: study().power([]), "`effects` must hold at least one effect."),
        (lambda: study().power(0.3), "`effects` must be a list of numbers, as [0.5, 1]; got 0.3."),
        (lambda: study().power([math.nan]), "`effects` must be a finite number; got nan."),
        (
            lambda: study().minimum_detectable_effect(within=4),
            "`within` must be two effects, such as (0, 1); got 4.",
        ),
        (
            lambda: study().minimum_detectable_effect(within=(-1, 4)),
            "`within` must rise from 0 or more; got (-1, 4).",
        ),
        (
            lambda: study().minimum_detectable_effect(within=(4, 4)),
            "`within` must rise from 0 or more; got (4, 4).",
        ),
        (
            lambda: study().minimum_detectable_effect(within=(0, 4), power=0.05),
            "`power` must be a number between 0.05 and 1, ends apart; got 0.05.",
        ),
        (
            lambda: study().minimum_detectable_effect(within=(0, 4), steps=0),
            "`steps` must be an integer of at least 1; got 0.",
        ),
        (
            lambda: study(analyse=wrong).power([1.5]),
            "In replicate 1 at the effect 1.5 an argument was wrong. `variance` must be something else.",
        ),
        (
            lambda: study(analyse=misspelt).power([1.5]),
            "In replicate 1 at the effect 1.5 an argument was wrong. The data has no column 'y' among its 1 column. "
            "Check the name, and that the header is there.",
        ),
        (
            lambda: study(analyse=studies.no_estimate).power([1.5]),
            "In replicate 1 at the effect 1.5 an argument was wrong. `analyse` must return an EffectEstimate; it "
            "returned str.",
        ),
        (
            lambda: study(draw=no_cohort).power([1.5]),
            "In replicate 1 at the effect 1.5 an argument was wrong. `draw` must return a cohort, something with its "
            "table as `.table`, such as those of `effekt.datasets`; it returned dict.",
        ),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence


def test_any_other_error_is_raised_and_says_where():
    with pytest.raises(ZeroDivisionError) as raised:
        study(analyse=studies.mistaken).power([0.5])
    assert raised.value.__notes__ == ["In replicate 1 at the effect 0.5."]


def test_a_function_that_no_process_can_be_sent_is_refused_before_anything_runs():
    local = replace(study(), draw=partial(lambda rng, effect: None))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(ArgumentError) as error:
        local.power([1.0], executor=pool)
    assert str(error.value) == (
        "`draw` must be a function at the top level of a module, or a functools.partial of one, to run in other "
        "processes; it cannot be pickled. Move it there, or run without an executor or with threads."
    )
