"""An argument of another type is refused in a sentence that names it, and no sentence holds a cell of the data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest

import effekt
from effekt import diagnostics, workflow
from effekt._validation import MOST_SHOWN, shown
from effekt.certificates import generate_key
from effekt.certificates.signing import public_key
from effekt.exceptions import ArgumentError, CertificateError, EffektError, InferenceUnavailableError

CELL = 7351.25
PEOPLE = pd.DataFrame({"id": range(20), "t": [0, 1] * 10, "y": [CELL, *range(1, 20)], "x": [CELL, *range(3, 22)]})
SOME = [0.0, 1.0, 2.0, 5.0] * 3
ARMS = [1, 1, 0, 0] * 3
RAGGED = [[1], [2, 3]]
EVENT = {"times": [-3, -2, 0, 1], "estimates": [0.1, -0.1, 1.5, 1.8], "covariance": np.eye(4) + 0.2}
HONEST = EVENT | {"restriction": "relative_magnitudes", "sizes": [0, 1]}
LOPSIDED = np.eye(4) + np.outer([0, 0, 1, 0], [0, 0, 0, 1])
SET = effekt.randomized_trials(PEOPLE, outcome=["y", "x"], treatment="t")
MATCH = effekt.match_controls(PEOPLE, unit="id", treatment="t", covariates="x")
CONTRACT = workflow.case_contract("sick-leave")
HUGE = "must be at most 1e+100 in size; got 1e+308. Take a larger unit."
TINY = "must be at least 1e-100; got 1e-320. Take a smaller unit."


@pytest.mark.parametrize("kind", [pd.Series, np.array, list, pl.Series, tuple])
@pytest.mark.parametrize("role", ["outcome", "treatment", "covariates", "block", "cluster", "weights"])
def test_a_column_given_in_place_of_its_name_is_not_shown(kind, role):
    call = {"outcome": "y", "treatment": "t"} | {role: kind(PEOPLE["y"])}
    with pytest.raises(EffektError) as refusal:
        effekt.randomized_trial(PEOPLE, **call)
    assert f"`{role}` must" in str(refusal.value)
    assert str(CELL) not in str(refusal.value)
    assert str(refusal.value).count("\n") == 0


def test_a_table_given_in_place_of_names_is_not_shown():
    with pytest.raises(ArgumentError) as refusal:
        effekt.randomized_trial(PEOPLE, outcome="y", treatment="t", covariates=PEOPLE[["x"]])
    assert str(refusal.value) == "`covariates` must be a column name or a list of column names; got DataFrame."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("y", "'y'"),
        (3, "3"),
        (None, "None"),
        (Fraction(1, 3), "Fraction(1, 3)"),
        (["a", 1], "['a', 1]"),
        ({"a": 1}, "{'a': 1}"),
        ([1.5] * MOST_SHOWN, repr([1.5] * MOST_SHOWN)),
        ([1.5] * (MOST_SHOWN + 1), "list"),
        ({"a": [1.5]}, "dict"),
        (np.array([1.5]), "ndarray"),
        (print, "builtin_function_or_method"),
    ],
)
def test_an_argument_is_shown_as_written_unless_it_may_hold_data(value, words):
    assert shown(value) == words


LOGS = {"errors": [0.1, 0.05, 0.0, -0.05, -0.1], "levels": [4, 5, 6, 7, 8], "effect": -0.12, "level": 7, "scale": "log"}
BREAK = {"at": "2019-03", "window": "reference", "errors": [0.1], "relative": None, "relative_one_side": None}
REST = {"effect": -1, "counterfactual": 10, "changes": [0.1, 0.2], "elapsed": 3, "remaining": 2}
BEYOND = "must be logarithms of ratios, from -700 to 700"
INSTEAD = "Give differences in the outcome's unit with scale='linear'."
NOT_LOGS = [
    (
        lambda: diagnostics.regression_to_mean(**LOGS | {"errors": [0.1, -800.0, 0.0, 800.0, 0.2]}),
        f"`errors` {BEYOND}; the first row beyond is row 2. {INSTEAD}",
    ),
    (
        lambda: diagnostics.regression_to_mean(**LOGS | {"effect": 1200}),
        f"`effect` {BEYOND}; got 1200. {INSTEAD}",
    ),
    (
        lambda: diagnostics.regression_to_mean(**LOGS | {"level": -20000}),
        "`level` must lie near `levels`; the line through them has at -20000 the logarithm 1000.3. Give it in their "
        "unit.",
    ),
    (
        lambda: diagnostics.level_break(**BREAK, effect=1200.0, scale="log"),
        f"`effect` {BEYOND}; got 1200. {INSTEAD}",
    ),
    (
        lambda: diagnostics.forecast(**REST | {"changes": [900.0, 0.1]}),
        f"`changes` {BEYOND}; the first row beyond is row 1. {INSTEAD}",
    ),
    (
        lambda: diagnostics.study_heterogeneity(estimates=[0.1, 800.0], variances=[0.1, 0.1], log=True),
        f"`estimates` {BEYOND}; the first row beyond is row 2. Leave `log` out for differences.",
    ),
]


@pytest.mark.parametrize(("call", "words"), NOT_LOGS)
def test_what_no_number_can_hold_is_refused(call, words):
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert str(refusal.value) == words


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: diagnostics.forecast(**REST | {"effect": "0,5"}), "`effect` must be a finite number; got '0,5'."),
        (
            lambda: diagnostics.regression_to_mean(**LOGS | {"level": None}),
            "`level` must be a finite number; got None.",
        ),
        (
            lambda: diagnostics.level_break(**BREAK, effect=[1, 2], scale="log"),
            "`effect` must be a finite number; got [1, 2].",
        ),
        (
            lambda: diagnostics.spill_over(treated="x", counterfactual=1, share=0.1),
            "`treated` must be a finite number; got 'x'.",
        ),
        (
            lambda: diagnostics.substitution(outcome="a", other="b", effect=1, counterfactual=None, other_effect=0),
            "`counterfactual` must be a finite number; got None.",
        ),
        (
            lambda: diagnostics.placebo_in_time(relative=[0.1], labels=["a"], declared="x"),
            "`declared` must be a finite number; got 'x'.",
        ),
    ],
)
def test_one_number_is_not_called_rows(call, words):
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert str(refusal.value) == words


NAMES = pd.Series(["19121212-1212", "19121212-1212", "Åsa"])


@pytest.mark.parametrize(
    "call",
    [
        lambda: diagnostics.holm([0.1] * 3, labels=NAMES),
        lambda: diagnostics.holm([0.1] * 3, labels=NAMES.tolist()),
        lambda: diagnostics.holm([0.1] * 2, labels=NAMES.tolist()),
        lambda: diagnostics.placebo_distribution(treated=SOME, counterfactual=SOME, reference=SOME, labels=NAMES),
        lambda: diagnostics.honest_did(**HONEST, weights=PEOPLE["y"]),
        lambda: diagnostics.honest_did(**HONEST | {"times": PEOPLE["y"]}),
        lambda: diagnostics.pretrend_test(**EVENT, distances=PEOPLE["y"].head(4)),
        lambda: diagnostics.romano_wolf([1.0, 2.0], draws=[[10**400, 1]]),
        lambda: diagnostics.rosenbaum_bounds(SOME, gammas=PEOPLE["y"]),
        lambda: diagnostics.inference_choice(labels=["a"], p_values=[0.1], intervals=[PEOPLE["y"]], declared="a"),
        lambda: diagnostics.BlockedDesign(n_treated=PEOPLE["y"], n_control=(2,), sd=1),
        lambda: diagnostics.BlockClusteredDesign(treated_sizes=PEOPLE["y"], control_sizes=((2,),), sd=1, icc=0.1),
        lambda: diagnostics.ProbabilityDesign(sizes=(2, 2), probabilities=PEOPLE["y"], sd=1),
        lambda: diagnostics.ComplierDesign(assignment=PEOPLE["y"], compliers=0.5),
        lambda: diagnostics.minimum_detectable_effect(PEOPLE["y"]),
    ],
)
def test_a_column_given_to_a_check_is_not_shown(call):
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert not any(cell in str(refusal.value) for cell in (str(CELL), "1212", "\n"))


REFUSED = [
    (
        lambda: diagnostics.differential_attrition([True, False] * 6, ARMS, clustered=np.ones(2)),
        "`clustered` must be True or False; got ndarray.",
    ),
    (lambda: diagnostics.lee_bounds(SOME, ARMS, clustered=1), "`clustered` must be True or False; got 1."),
    (
        lambda: diagnostics.manski_bounds(SOME, ARMS, low=0, high=9, clustered="yes"),
        "`clustered` must be True or False; got 'yes'.",
    ),
    (
        lambda: diagnostics.differential_attrition([True, False], [1, 0], block=RAGGED),
        "`block` must have one label for each row; it holds lists of several lengths.",
    ),
    (
        lambda: diagnostics.baseline_choice(relative=[0.1, 0.2], labels=["a", "b"], declared=np.ones(2)),
        "`declared` must be one of `labels`; got ndarray.",
    ),
    (
        lambda: diagnostics.placebo_in_time(relative=RAGGED, labels=["a", "b"], declared=0.1),
        "`relative` must hold numbers, one for each row; row 2 is the first that holds another number of them than row "
        "1. Make the rows alike.",
    ),
    (
        lambda: diagnostics.composition_change(
            shares="x",
            rates=[[1.0, 1.0]],
            comparator_shares=[],
            comparator_rates=[],
            weights=[1.0],
            labels=["a"],
            relative_crude=None,
            relative_standardized=None,
        ),
        "`shares` must hold numbers, one for each row.",
    ),
    (
        lambda: diagnostics.heaping(RAGGED),
        "`lengths` must hold numbers, one for each row; row 2 is the first that holds another number of them than row "
        "1. Make the rows alike.",
    ),
    (
        lambda: diagnostics.inference_choice(
            labels=["a", "b"], p_values=[0.1, 0.2], intervals=[None, None], declared="a", reasons={"a": "none"}
        ),
        "`reasons` must be a Text for each way; that of 'a' is str.",
    ),
    (
        lambda: diagnostics.inference_choice(
            labels=["a", "b"], p_values=[0.1, 0.2], intervals=[None, None], declared="a", least=["x", "y"]
        ),
        "`least` must be between 0 and 1, or None; got 'x'.",
    ),
    (
        lambda: diagnostics.inference_choice(
            labels=["a", "b"], p_values=[0.1, 0.2], intervals=[None, None], declared="a", relative=np.ones(2)
        ),
        "`relative` must be True or False; got ndarray.",
    ),
    (
        lambda: diagnostics.level_break(
            at="2019-03",
            window="reference",
            effect=-0.2,
            errors=None,
            scale="log",
            relative=-0.1,
            relative_one_side=0.1,
        ),
        "`errors` must have one dimension and at least one row; its shape is ().",
    ),
    (
        lambda: diagnostics.oster_delta(SOME, ARMS, covariates="x", r2_max=0.9),
        "`covariates` must hold numbers, one for each row.",
    ),
    (
        lambda: diagnostics.placebo_distribution(treated=SOME, counterfactual=SOME, reference=SOME, threshold=1),
        "`threshold` must be a reduction below 1, which is all of the outcome; got 1. Write 3% as 0.03.",
    ),
    (
        lambda: diagnostics.placebo_distribution(treated=SOME, counterfactual=SOME, reference=SOME, ranked=None),
        "`ranked` must be True or False; got None.",
    ),
    (
        lambda: diagnostics.set_overlap(treated=ARMS, weights=np.ones(12), estimand="ATO"),
        "`estimand` must be 'ATT', 'ATC' or 'ATE'; got 'ATO'.",
    ),
    (
        lambda: diagnostics.rosenbaum_set_bounds(SOME[:2], [1, 0], sets=RAGGED),
        "`sets` must hold numbers, one for each row; row 2 is the first that holds another number of them than row 1. "
        "Make the rows alike.",
    ),
    (
        lambda: diagnostics.study_heterogeneity(estimates=[0.1, 0.2], variances=[0.1, 0.1], tau2=-1),
        "`tau2` must be a number of at least 0; got -1.",
    ),
    (
        lambda: diagnostics.study_heterogeneity(estimates=[0.1, 0.2], variances=[0.1, 0.1], std_error="x"),
        "`std_error` must be a finite number; got 'x'.",
    ),
    (
        lambda: diagnostics.substitution(
            outcome="a", other="b", effect=-1, counterfactual=1, other_effect=0, placebos=None
        ),
        "`placebos` must have one dimension and at least one row; its shape is ().",
    ),
    (
        lambda: diagnostics.honest_did(**HONEST | {"sizes": [0, 1, -2]}),
        "`sizes` must be 0 or more; number 3 is -2. Give how much larger a change after adoption may be, as [0, 1].",
    ),
    (
        lambda: diagnostics.honest_did(**HONEST | {"covariance": "x"}),
        "`covariance` must hold numbers, one for each row.",
    ),
    (
        lambda: diagnostics.honest_did(**HONEST | {"covariance": LOPSIDED}),
        "`covariance` must be symmetric with variances above zero; the first row that is not is row 3. Give the "
        "estimates' joint covariance.",
    ),
    (
        lambda: diagnostics.honest_did(**HONEST | {"covariance": np.diag([1.0, 0.0, 1.0, 0.0])}),
        "`covariance` must be symmetric with variances above zero; the first row that is not is row 2. Give the "
        "estimates' joint covariance.",
    ),
    (lambda: diagnostics.honest_did(**HONEST, df=np.ones(2)), "`df` must be a finite number; got ndarray."),
    (lambda: diagnostics.pretrend_test(**EVENT, gaps=None), "`gaps` must be True or False; got None."),
    (
        lambda: diagnostics.romano_wolf([1.0, 2.0], draws="x"),
        "`draws` must hold numbers, one for each row.",
    ),
    (
        lambda: diagnostics.interaction_test(SET["y"].rescale(2, "months")),
        "`effects` must be an EffectSet; got EffectEstimate.",
    ),
    (
        lambda: diagnostics.interaction_test(replace(SET, labels=("y",), effects=SET.effects[:1], covariance=None)),
        "`effects` must hold at least two effects to compare; it holds 'y' alone. Compare effects of several groups or "
        "outcomes.",
    ),
    (
        lambda: diagnostics.interaction_test(replace(SET, effects=(SET["y"], SET["x"].rescale(2, "months")))),
        "`effects` must be in one unit and direction to be compared; 'y' is in '' with better=None, and 'x' in "
        "'months' with better=None. Rescale them first.",
    ),
    (
        lambda: diagnostics.event_arrays(
            replace(SET, labels=("-2", "0"), effects=tuple(one.relative() for one in SET.effects))
        ),
        "`effects` must be differences; '-2' is in the view 'relative'. Take the difference() of each.",
    ),
    (
        lambda: MATCH.with_units(3),
        "`text` must be what `units_to_json` returned; got int.",
    ),
    (
        lambda: effekt.read_table("people.xlsx", sheet=1),
        "`sheet` must be the name of a sheet, as text; got 1.",
    ),
    (lambda: effekt.estimate(CONTRACT, data=PEOPLE), "got DataFrame."),
    (
        lambda: effekt.estimate(CONTRACT, data="panel.csv"),
        "`data` must map the contract's names of data to tables or paths, as {'panel': table}; got str.",
    ),
    (
        lambda: effekt.estimate(CONTRACT, log=3),
        "`log` must be a path, as text or a `pathlib.Path`; got int.",
    ),
    (
        lambda: effekt.settle(CONTRACT, date="2022-03-15", attestations=None),
        "`attestations` must be a list of what `effekt.read_attestation` returns; got None.",
    ),
    (
        lambda: effekt.settle(CONTRACT, date="2022-03-15", declarations=["d.yaml"]),
        "`declarations` must be a list of what `effekt.read_declarations` returns; got ['d.yaml'].",
    ),
    (
        lambda: effekt.settle(CONTRACT, date="2022-03-15", rotations="r.json"),
        "`rotations` must be a list of what `effekt.workflow.rotate` returns; got 'r.json'.",
    ),
    (
        lambda: effekt.settle(CONTRACT, date="2022-03-15", kind=np.ones(0)),
        "`kind` must be 'final', 'interim' or 'nil'; got ndarray.",
    ),
    (
        lambda: effekt.settle(CONTRACT, date="2022-03-15", locked="lock.json"),
        "`locked` must be what `effekt.lock` returns, or its bytes; got 'lock.json'.",
    ),
    (
        lambda: effekt.dry_run(CONTRACT, seed=1, attestations="a.yaml"),
        "`attestations` must be a list of what `effekt.read_attestation` returns; got 'a.yaml'.",
    ),
    (
        lambda: effekt.verify(b"", rotations=["r.json"]),
        "`rotations` must be a list of what `effekt.workflow.rotate` returns; got ['r.json'].",
    ),
    (
        lambda: effekt.verify(b"", amended="before.yaml"),
        "`amended` must be a list of what `effekt.read_contract` returns; got 'before.yaml'.",
    ),
    (
        lambda: effekt.verify(b"", data=3),
        "`data` must map the contract's names of data to tables or paths, as {'panel': table}; got int.",
    ),
    (
        lambda: effekt.verify(effekt.settle(CONTRACT, date="2022-03-15"), earlier=3),
        "`earlier` must be certificates as `effekt.read_certificate(path)` returns them; got int.",
    ),
    (
        lambda: effekt.verify(effekt.settle(CONTRACT, date="2022-03-15"), timestamp="stamp.tsr"),
        "`timestamp` must be bytes, as `Path(...).read_bytes()` gives them; got 'stamp.tsr'.",
    ),
    (lambda: replace(SET["y"], means=0), "`means` must be Means, the treated and the counterfactual; got 0."),
    (
        lambda: replace(SET, labels=3),
        "`labels` must be a list of what `str` returns; got 3.",
    ),
    (
        lambda: replace(SET, effects="yx"),
        "`effects` must be a list of what `an estimator` returns; got 'yx'.",
    ),
    (lambda: replace(SET, covariance=3), "`covariance` must be 4 by 4 numbers for 2 effects."),
    (
        lambda: effekt.datasets.sick_leave_panel(rng=1, growth_sd=3),
        "`growth_sd` must be between 0 and 1; got 3.",
    ),
    (
        lambda: effekt.datasets.sick_leave_panel(rng=1, level_sd=1e100),
        "`level`, `level_sd`, `trend`, `flu`, `shock_sd` and `effect` must leave every municipality from 1e-09 to "
        "1e+09 days a month. Give smaller ones.",
    ),
    (
        lambda: effekt.datasets.sick_leave_panel(rng=1, dispersion=1e100),
        "`dispersion` must be between 0 and 1e+09; got 1e+100.",
    ),
    (
        lambda: effekt.datasets.sick_leave_panel(rng=1, treated=np.ones(0)),
        "`treated` must be one of the codes '0127' to '2136'; got array([], dtype=float64).",
    ),
    (
        lambda: effekt.datasets.trial(rng=1, effect=1e308),
        f"`effect` {HUGE}",
    ),
    (
        lambda: workflow.undecided("contract.yaml"),
        "`contract` must be what `effekt.read_contract(path)` returns; got str.",
    ),
    (
        lambda: workflow.outlook(CONTRACT, std_errors="0.05"),
        "`std_errors` must be a list of decimals, as ['0.12', '0.2']; got '0.05'.",
    ),
    (
        lambda: workflow.outlook(CONTRACT, std_errors=["0.05"], effects=None),
        "`effects` must be a list of decimals, as ['0.12', '0.2']; got None.",
    ),
    (
        lambda: workflow.outlook(CONTRACT, std_errors=["0.05"], assumed=3),
        "`assumed` must map figures to values; got 3.",
    ),
    (
        lambda: workflow.outlook(CONTRACT, std_errors=["0.05"], years=2024),
        "`years` must be a list of years, as [2024, 2025]; got 2024.",
    ),
    (
        lambda: workflow.outlook(CONTRACT, std_errors=["0.05"], years=["2024"]),
        "`years` must be an integer of at least 1; got '2024'.",
    ),
]


PLAN = diagnostics.IndividualDesign(n_treated=9, n_control=9, sd=1)
FAR = np.array([1e308, *range(11)])
PLACEBOS = {"treated": SOME, "counterfactual": [5.0] * 12, "reference": SOME}
SHARES = {
    "shares": [[0.5, 0.25], [0.5, 0.75]],
    "rates": [[8.0, 8.0], [4.0, 4.0]],
    "comparator_shares": [],
    "comparator_rates": [],
    "weights": [0.5, 0.5],
    "labels": ["young", "old"],
    "relative_crude": -0.1,
    "relative_standardized": 0.0,
}
OVERLAP = {"logit": SOME, "treated": ARMS, "strata": [0] * 12, "weights": [1.0] * 12}
OSTER = {"outcome": range(12), "treatment": ARMS, "covariates": np.array(SOME)[:, None], "r2_max": 1}
ROWS = np.array(SOME)[:, None]
BEYOND_FLOATS = [
    (lambda: replace(SET, covariance=10**400), "`covariance` must be 4 by 4 numbers for 2 effects."),
    (lambda: replace(SET, covariance=((10**400, 0), (0, 1))), "`covariance` must be 4 by 4 numbers for 2 effects."),
    (lambda: SET["y"].total(10**400), "`n` must leave every value within the reach of a float; got 1000"),
    (lambda: SET["y"].total("1e400"), "`n` must leave every value within the reach of a float; got '1e400'."),
    (lambda: SET["y"].rescale(10**400, "kr"), "`factor` must be a finite number; got 1000"),
    (lambda: SET["y"].p_value(null=10**5000), "`null` must be a finite number; got int."),
    (lambda: effekt.pool([SET["y"], SET["x"]], model=10**5000), "`model` must be 'fixed' or 'random'; got int."),
    (
        lambda: effekt.match_controls(
            PEOPLE, unit="y", treatment="t", covariates=["x"], salt="s", caliper=None, discard=[0.1, Fraction(10**400)]
        ),
        "`discard` must be 'treated', 'control' or 'both', or two probabilities of treatment between 0 and 1",
    ),
    (lambda: diagnostics.IndividualDesign(n_treated=9, n_control=9, sd=1e308), f"`sd` {HUGE}"),
    (lambda: diagnostics.IndividualDesign(n_treated=9, n_control=9, sd=1e-320), f"`sd` {TINY}"),
    (lambda: diagnostics.KnownPrecision(std_error=1e-320), f"`std_error` {TINY}"),
    (lambda: diagnostics.ComplierDesign(assignment=PLAN, compliers=1e-320), f"`compliers` {TINY}"),
    (
        lambda: diagnostics.ProbabilityDesign(sizes=(9, 9), probabilities=(0.5, 1e-320), sd=1),
        f"`probabilities` {TINY}",
    ),
    (lambda: diagnostics.minimum_detectable_effect(PLAN, threshold="0.5"), "must be a finite number; got '0.5'."),
    (lambda: diagnostics.honest_did(**HONEST, df=1e-320), "`df` must be from 0.1 to 1e+09, or infinite; got 1e-320."),
    (
        lambda: diagnostics.honest_did(**HONEST, df=1e308),
        f"`df` {HUGE}",
    ),
    (lambda: diagnostics.honest_did(**HONEST, threshold=1e308), f"`threshold` {HUGE}"),
    (lambda: diagnostics.honest_did(**HONEST | {"sizes": ["0,5"]}), "`sizes` must be a finite number; got '0,5'."),
    (
        lambda: diagnostics.honest_did(**HONEST | {"sizes": "0,5"}),
        "`sizes` must be a list of numbers, as [0.5, 1]; got '0,5'.",
    ),
    (
        lambda: diagnostics.honest_did(**HONEST | {"sizes": []}),
        "`sizes` must be 0 or more; there is none. Give how much larger a change after adoption may be, as [0, 1].",
    ),
    (
        lambda: diagnostics.placebo_distribution(**PLACEBOS | {"treated": FAR}),
        "`treated` must hold numbers of at most 1e+100 in size; the first row that does not is row 1. Take a larger "
        "unit.",
    ),
    (
        lambda: diagnostics.placebo_distribution(**PLACEBOS | {"counterfactual": [5.0] * 11 + [1e-320]}),
        "`counterfactual` must be 0 or at least 1e-100 in size; the first row that is not is row 12. Take a smaller "
        "unit.",
    ),
    (
        lambda: diagnostics.study_heterogeneity(estimates=[1, 2], variances=[1, 1e-320]),
        "`variances` must be at least 1e-200; the first row that is not is row 2. Take a smaller unit.",
    ),
    (
        lambda: diagnostics.weight_spread(treated=ARMS, weights=[1e-320] * 12),
        "`weights` must be at least 1e-100 for some row of each arm; those of all treated are smaller. Multiply them "
        "all by one number.",
    ),
    (
        lambda: diagnostics.oster_delta(**OSTER | {"treatment": [1e60, *range(11)]}),
        "`treatment` must hold numbers of at most 1e+50 in size; the first row that does not is row 1. Take a larger "
        "unit.",
    ),
    (
        lambda: diagnostics.lee_bounds(SOME, ARMS, level=1e-320),
        "`level` must be at least 1e-09 from 0 and from 1; got 1e-320.",
    ),
    (
        lambda: diagnostics.rosenbaum_bounds(SOME, gammas=[1, 10**400]),
        "`gammas` must be numbers from 1 to 1e+06; got a larger one.",
    ),
    (
        lambda: diagnostics.rosenbaum_bounds(SOME, gammas=np.array(3.0)),
        "`gammas` must be a list of numbers of at least 1; got ndarray.",
    ),
    (
        lambda: diagnostics.rosenbaum_set_bounds(SOME, ARMS, sets=[0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5], level=0.5),
        "`level` must be above 0.5, as no odds bring the largest p of matched sets above a half; got 0.5.",
    ),
    (
        lambda: diagnostics.composition_change(**SHARES | {"relative_crude": "0,5"}),
        "`relative_crude` must be a finite number; got '0,5'.",
    ),
    (
        lambda: diagnostics.composition_drift(
            covariates=ROWS, names=["x"], treated=ARMS, after=[0, 1] * 6, among="enrolled"
        ),
        "`among` must be a Text, or None; got 'enrolled'.",
    ),
    (
        lambda: diagnostics.covariate_balance(
            covariates=ROWS, names=["x"], treated=ARMS, weights=[1] * 12, squares=np.array([])
        ),
        "`squares` must be True or False; got ndarray.",
    ),
    (
        lambda: diagnostics.inference_choice(labels=["a"], p_values=[10**400], intervals=[None], declared="a"),
        "`p_values` must be between 0 and 1, or None; got 1",
    ),
    (
        lambda: diagnostics.inference_choice(labels=["a"], p_values=np.array(3.0), intervals=[None], declared="a"),
        "`p_values` must be a list with an entry for each of `labels`; got ndarray.",
    ),
    (
        lambda: diagnostics.overdispersion([1] * 12, ARMS, allowed=1),
        "`allowed` must be True or False; got 1.",
    ),
    (
        lambda: diagnostics.propensity_overlap(**OVERLAP | {"strata": [1e100] * 12}),
        "`strata` must hold whole numbers of at most 1e+09 in size; the first row that does not is row 1. Number the "
        "strata.",
    ),
    (
        lambda: diagnostics.propensity_overlap(**OVERLAP, order=[0] * 12),
        "`order` must name each row once, from 0. Leave it out, and the rows are sorted here.",
    ),
    (
        lambda: diagnostics.unit_ledger({"referred": 5, "assigned": {"treated": 2, "control": 3}}, losses=3),
        "`losses` must map a step to how many units were lost there, by reason; got 3.",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), BEYOND_FLOATS, ids=[sentence[:60] for _, sentence in BEYOND_FLOATS])
def test_what_no_float_can_be_counted_with_is_refused_and_warns_of_nothing(call, sentence):
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert sentence in str(refusal.value)


def test_an_order_of_the_rows_is_taken_as_it_is():
    order = np.argsort(SOME)
    assert diagnostics.propensity_overlap(**OVERLAP, order=order) == diagnostics.propensity_overlap(**OVERLAP)


def test_a_plan_counts_with_floats_whatever_number_it_is_given():
    rough = diagnostics.PairedDesign(pairs=14, sd=np.float32(0.5), correlation=0.25)
    plain = diagnostics.PairedDesign(pairs=14, sd=0.5, correlation=0.25)
    assert diagnostics.minimum_detectable_effect(rough) == diagnostics.minimum_detectable_effect(plain)


def test_changes_without_a_variance_have_no_bound():
    with pytest.raises(InferenceUnavailableError) as refusal:
        diagnostics.honest_did(**HONEST | {"covariance": np.ones((4, 4))})
    assert str(refusal.value) == (
        "A change before adoption and one after it have no variance, so there is no bound on how the groups' trends "
        "part; use more clusters or fewer periods."
    )


def test_a_far_effect_is_robust_to_all_but_everything():
    assert diagnostics.robustness_value(1e12, 1.0, 100).values["robustness_value"] == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize(("call", "sentence"), REFUSED, ids=[sentence[:48] for _, sentence in REFUSED])
def test_an_argument_of_another_type_is_refused_by_name(call, sentence):
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert str(refusal.value).endswith(sentence)


def test_a_case_that_is_no_name_is_refused():
    with pytest.raises(ArgumentError, match=r"^`name` must be 'aterforing', .* or 'vgr-readiness'; got ndarray\.$"):
        effekt.case(np.ones(2))


def test_something_else_than_a_private_key_is_refused_and_not_shown():
    with pytest.raises(CertificateError) as refusal:
        effekt.lock(CONTRACT, key="my passphrase", date="2017-01-01", undecided_accepted=True)
    assert str(refusal.value) == (
        "`key` must be a private key, as `effekt.certificates.read_private_key` returns it; got str."
    )
    assert len(public_key(generate_key())) == 32


def test_columns_of_spells_need_names():
    spells = {"who": ["a"], "from": ["2019-01-07"], "to": ["2019-01-09"]}
    call = {"first_day": "from", "last_day": "to", "unit": "who", "window": ("2019-01", "2019-02")}
    for wrong, sentence in (
        ({"person": ""}, "`person` must be the name of a column; got ''."),
        ({"extent": 0}, "`extent` must be the name of a column; got 0."),
        ({"ended": np.array(3)}, "`ended` must be a list of whole days, as [14]; got ndarray."),
        (
            {"working_days": np.array(3)},
            "`working_days` must be a list of dates such as '2019-01-31'; got ndarray.",
        ),
        ({"ended": None}, "`ended` must be a list of whole days, as [14]; got None."),
    ):
        with pytest.raises(ArgumentError) as refusal:
            effekt.sick_leave_days(spells, spells, **{"person": "who", "until": "2019-03-31"} | call | wrong)
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        (
            "y",
            "#SAKNAS!",
            "Column 'y' must hold numbers; 1 row held text, the first at row 3, line 4. It is a spreadsheet program's "
            "error, such as #N/A or #DIV/0!; mend the formula, or leave cells without a value empty.",
        ),
        (
            "y",
            "2019-01-31",
            "Column 'y' must hold numbers; 1 row held text, the first at row 3, line 4. It is a date as text; give a "
            "time as a number, such as days since a fixed date.",
        ),
        (
            "g",
            "#N/A",
            "Column 'g' must hold names; 1 row held a spreadsheet program's error, such as #N/A or #DIV/0!, the first "
            "at row 3, line 4. Mend the formula.",
        ),
    ],
)
def test_what_a_spreadsheet_program_leaves_is_told_as_what_it_is(column, cell, sentence, tmp_path):
    people = PEOPLE.assign(g=["a", "a", "b", "b"] * 5).astype(object)
    people.loc[2, column] = cell
    people.to_csv(tmp_path / "people.csv", index=False)
    with pytest.raises(EffektError) as refusal:
        effekt.randomized_trial(effekt.read_table(tmp_path / "people.csv"), outcome="y", treatment="t", block="g")
    assert str(refusal.value) == sentence
