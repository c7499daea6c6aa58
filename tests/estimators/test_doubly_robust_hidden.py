"""How strong something unmeasured would have to be, beside an effect by regression and weighting."""

from __future__ import annotations

import pytest
from oracles.hidden_pairs import e_value, smallest_ratio

import effekt
from effekt.exceptions import ArgumentError

DATA = effekt.datasets.observational(rng=3, n=240, share_treated=0.3, effect=4.0).table.to_pandas()
DATA["town"] = ["north" if i % 2 else "south" for i in range(len(DATA))]
HIGHER = effekt.Outcome(column="outcome", unit="points", better="higher")


def robust(**options):
    return effekt.doubly_robust(DATA, outcome=HIGHER, treatment="treatment", covariates=["baseline", "age"], **options)


def holds(check, effect, threshold):
    treated, moved = effect.means.treated, effect.means.counterfactual + threshold
    assert check.values["e_value"] == pytest.approx(e_value(treated / moved), rel=1e-10)
    low = smallest_ratio(effect, moved)
    assert check.values["e_value_interval"] == pytest.approx(e_value(low) if low > 1 else 1.0, rel=1e-7)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_the_e_value_is_that_of_the_ratio_of_the_means_and_moves_nothing(estimand) -> None:
    plain, effect = robust(estimand=estimand), robust(estimand=estimand, checks=["e_value"], threshold="0.5")
    assert (effect.means, effect.inference, effect.notes) == (plain.means, plain.inference, plain.notes)
    assert effect.diagnostics[:-1] == plain.diagnostics
    assert effect.diagnostics[-1].name == "e_value"
    holds(effect.diagnostics[-1], effect, 0.5)
    assert (effect.arguments["checks"], effect.arguments["threshold"]) == (["e_value"], 0.5)
    assert "checks" not in plain.arguments
    assert effekt.doubly_robust(DATA, **effect.arguments) == effect


def test_each_subgroup_has_its_own() -> None:
    plain, found = robust(subgroup="town"), robust(subgroup="town", checks=["e_value"])
    assert found.diagnostics == plain.diagnostics
    assert (found.covariance, found.df) == (plain.covariance, plain.df)
    for label in ("north", "south"):
        (check,) = found[label].diagnostics
        holds(check, found[label], 0.0)
    assert effekt.EffectSet.from_json(found.to_json()).to_json() == found.to_json()
    assert found.summary().count("risk ratios of at least") == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"checks": ["robustness_value"]},
            "`checks` can hold 'e_value' alone here: 'robustness_value' is of the treatment's coefficient in one "
            "linear regression, which a comparison by two models does not have. Ask for 'e_value', or call "
            "effekt.diagnostics.robustness_value on what it is of.",
        ),
        (
            {"checks": ["e_value", "oster_delta"]},
            "`checks` can hold 'e_value' alone here: 'oster_delta' is of the treatment's coefficient in one linear "
            "regression, which a comparison by two models does not have. Ask for 'e_value', or call "
            "effekt.diagnostics.oster_delta on what it is of.",
        ),
        (
            {"checks": ["rosenbaum_bounds"]},
            "`checks` can hold 'e_value' alone here: 'rosenbaum_bounds' is of matched pairs, which a comparison by two "
            "models does not have. Ask for 'e_value', or call effekt.diagnostics.rosenbaum_bounds on what it is of.",
        ),
        ({"checks": "e_value"}, "`checks` must be a list such as ['e_value']; got 'e_value'."),
        (
            {"checks": ["e_value", "e_value"]},
            "`checks` must name each check once; 'e_value' stands there twice. Leave one out.",
        ),
        (
            {"threshold": 1},
            "`threshold` must be None without `checks`, which are all that use it; name a check.",
        ),
    ],
)
def test_what_is_refused(options, sentence) -> None:
    with pytest.raises(ArgumentError) as raised:
        robust(**options)
    assert str(raised.value) == sentence


def test_an_arm_without_an_event_takes_no_figure_away() -> None:
    none = DATA.assign(outcome=DATA["outcome"] * (1 - DATA["treatment"]))
    columns = {"outcome": HIGHER, "treatment": "treatment", "covariates": ["baseline", "age"]}
    plain = effekt.doubly_robust(none, **columns)
    effect = effekt.doubly_robust(none, **columns, checks=["e_value"])
    assert (effect.means, effect.inference) == (plain.means, plain.inference)
    check = effect.diagnostics[-1]
    assert (check.name, check.status, check.values["e_value"]) == ("e_value", "information", None)
    assert check.statement.en.startswith("This check cannot be made of these data: it compares ratios")


def test_a_relative_threshold_is_a_ratio() -> None:
    effect = robust(checks=["e_value"], threshold="0.05", threshold_view="relative_improvement")
    found = effect.diagnostics[-1]
    assert found.values["e_value"] == pytest.approx(
        e_value(effect.means.treated / effect.means.counterfactual / 1.05), rel=1e-10
    )
    assert "move the effect to a relative improvement of 5% only" in found.statement.en
    assert effect.arguments["threshold_view"] == "relative_improvement"
    assert effekt.doubly_robust(DATA, **effect.arguments) == effect
