"""`event_study` with few clusters, and the checks of trends that `checks=` asks for."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import example, given, settings
from hypothesis import strategies as st

import effekt
from effekt._inference import Unavailable
from effekt._text import significant
from effekt.diagnostics import event_arrays, honest_did, pretrend_test
from effekt.exceptions import ArgumentError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens"
COLUMNS = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
LOWER = effekt.Outcome(column="y", unit="days", better="lower")


def study(data, **options):
    return effekt.event_study(data, **(COLUMNS | options))


def panel(units=24, treated=None):
    frame = pd.read_csv(GOLDENS / "panel" / "balanced.csv")
    ever = frame.groupby("unit")["d"].transform("max")
    names = [*frame.loc[ever == 1, "unit"].unique()[:treated], *frame.loc[ever == 0, "unit"].unique()]
    kept = frame["unit"].isin(names[:units])
    return frame.assign(d=ever * (frame["time"] >= 2017))[kept].reset_index(drop=True)


@pytest.mark.parametrize(
    "options",
    [
        {"inference": "permutation"},
        {"inference": "permutation", "draws": 99, "rng": 3},
        {"inference": "wild_bootstrap"},
        {"inference": "wild_bootstrap", "wild_weights": "webb", "draws": 99, "rng": 3},
    ],
)
def test_each_effect_is_that_of_difference_in_differences(options):
    frame = panel(24 if "rng" in options else 8, 12 if "rng" in options else 4)
    effects = study(frame, **options)
    ever = set(frame.loc[frame["d"] == 1, "unit"])
    for label, time in (("-2", 2015), ("0", 2017), ("1", 2018)):
        two = frame[frame["time"].isin([2016, time])]
        two = two.assign(
            d=(two["unit"].isin(ever) & (two["time"] == time)).astype(int),
            time=two["time"] * (-1 if time < 2016 else 1),  # the reference comes first
        )
        one = effekt.difference_in_differences(two, **COLUMNS, **options)
        assert effects[label].means == one.means
        assert effects[label].inference == one.inference
    assert effects.covariance is None
    assert effects.diagnostics == ()
    assert effects.effects[0].variance == f"{options['inference']}/1"
    assert [note.code for note in effects.notes].count(options["inference"]) == 1
    if options == {"inference": "permutation"}:
        assert_valid_effect(effects["0"])


def test_one_treated_unit():
    """The rank of its change among all, and Conley and Taber's among the residuals of the others."""
    frame = panel(12, 1)
    wide = frame.pivot_table(index="unit", columns="time", values="y")
    treated = frame.loc[frame["d"] == 1, "unit"].iloc[0]
    ranks, placebos = study(frame, inference="permutation"), study(frame, inference="conley_taber")
    for label, time in (("-2", 2015), ("0", 2017), ("1", 2018)):
        change = wide[time] - wide[2016]
        others = change.drop(treated)
        apart = {u: change[u] - change.drop(u).mean() for u in change.index}
        want = sum(abs(value) >= abs(apart[treated]) - 1e-9 for value in apart.values()) / len(apart)
        assert ranks[label].p_value() == pytest.approx(want, rel=1e-12)
        residuals = (others - others.mean()).abs()
        beyond = 1 + int((residuals >= abs(change[treated] - others.mean()) - 1e-9).sum())
        assert placebos[label].p_value() == pytest.approx(beyond / (len(others) + 1), rel=1e-12)
    wild = study(frame, inference="wild_bootstrap", rng=1)
    assert isinstance(wild["0"].inference, Unavailable)
    assert "inference='permutation' compares it with the others" in wild["0"].inference.reason.en
    few = study(frame)
    assert isinstance(few["0"].inference, Unavailable)
    assert [note.code for note in few.notes].count("few_clusters") == 1
    for other in (study(panel()), ranks, study(panel().assign(y=1.0))):
        assert "few_clusters" not in [note.code for note in other.notes]


def test_a_cohort_beside_those_never_treated_is_one_of_staggered_adoption():
    """What a cohort too small for a t reference is referred to finds the same effects, and permutes."""
    frame = pd.read_csv(GOLDENS / "staggered" / "panel.csv")
    columns = {"outcome": "y", "unit": "unit", "time": "year"}
    effects = effekt.staggered_adoption(frame, **columns, start="start", never=0, base_period="universal")
    own = frame[frame["start"].isin([0, 2014])]
    own = own.assign(d=((own["start"] > 0) & (own["year"] >= 2014)).astype(int))
    found = effekt.event_study(own, **columns, treatment="d", inference="permutation", draws=99, rng=1)
    for label in found:
        assert found[label].estimate == pytest.approx(effects[2014, 2014 + int(label)].estimate, rel=1e-9)
        assert 0 < found[label].p_value() <= 1


def people():
    rng = np.random.default_rng(5)
    rows = [(u, t, int(u < 3 and t >= 2)) for u in range(6) for t in range(4) for _ in range(1 + (u + t) % 2)]
    frame = pd.DataFrame(rows, columns=["unit", "time", "d"])
    return frame.assign(y=rng.normal(size=len(frame)).round(2) + frame["d"])


def test_wild_bootstrap_of_other_people_by_refitting():
    """P of each period from the t statistics of CR1 under all 64 signs, by explicit dummies."""
    frame = people()
    effects = study(frame, sampling="repeated_cross_sections", inference="wild_bootstrap")
    units, group = pd.get_dummies(frame["unit"]).to_numpy(float), (frame["unit"] < 3).to_numpy(float)
    times = pd.get_dummies(frame["time"]).to_numpy(float)
    events = group[:, None] * times[:, [0, 2, 3]]
    code = frame["unit"].to_numpy()
    for place, label in enumerate(("-2", "0", "1")):
        full = np.column_stack([events[:, place], np.delete(events, place, 1), units, times[:, 1:]])
        null, y = full[:, 1:], frame["y"].to_numpy()

        def t_value(values, full=full):
            beta, _, rank, _ = np.linalg.lstsq(full, values, rcond=None)
            assert rank == full.shape[1]
            reach = np.linalg.inv(full.T @ full)[0] @ full.T
            score = np.bincount(code, reach * (values - full @ beta))
            return beta[0] / np.sqrt(np.sum(score**2))

        fitted = null @ np.linalg.lstsq(null, y, rcond=None)[0]
        drawn = [abs(t_value(fitted + np.array(signs)[code] * (y - fitted))) for signs in product((1, -1), repeat=6)]
        want = np.mean([value >= abs(t_value(y)) - 1e-9 for value in drawn])
        assert effects[label].p_value() == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"inference": "permutation", "sampling": "repeated_cross_sections"},
            "`inference` 'permutation' takes the changes of a panel in an event study; with "
            "sampling='repeated_cross_sections' choose 'wild_bootstrap', or permute the whole time after adoption with "
            "`difference_in_differences`.",
        ),
        (
            {"inference": "conley_taber", "variance": "CR2"},
            "`inference` 'conley_taber' takes no variance; leave `variance` out, or choose inference='asymptotic'.",
        ),
        (
            {"variance": "CR1S"},
            "`variance` must be 'CR0', 'CR1', 'CR2' or 'CR3'; got 'CR1S'. Did you mean 'CR1'?",
        ),
        (
            {"inference": "permutation", "checks": ["smoothness"]},
            "`checks` must be left out with inference='permutation': they take the joint covariance of all periods, "
            "which it does not give. Leave it out, or choose inference='asymptotic'.",
        ),
        ({"checks": "smoothness"}, "`checks` must be a list such as ['pretrend']; got 'smoothness'."),
        (
            {"threshold": -1, "checks": ["pretrend"]},
            "`threshold` must be None without the checks 'relative_magnitudes' and 'smoothness', which are all that "
            "use it; name one of them in `checks`.",
        ),
        (
            {"margin": 1},
            "`margin` must be None without the check 'pretrend', which is all that uses it; name it in `checks`.",
        ),
        ({"margin": "0", "checks": ["pretrend"]}, "`margin` must be above 0; got 0."),
        (
            {"outcome": LOWER, "threshold": 1, "checks": ["smoothness"]},
            "`threshold` must be at most 0 where lower is better, since it is the effect, treated minus "
            "counterfactual, that the finding must surpass; got 1.",
        ),
    ],
)
def test_options_that_contradict_each_other(options, told):
    with pytest.raises(ArgumentError) as refused:
        study(panel(), **options)
    assert str(refused.value) == told


# --- checks -----------------------------------------------------------------------------------------------------------

ALL = ["smoothness", "pretrend", "relative_magnitudes"]


def assert_the_mean(found, bounds, since=("adoption", "införandet")):
    """The bounds, and of which mean they are."""
    assert found == replace(bounds, statement=found.statement)
    for lang, words in (
        ("en", f"This is of the mean effect from {since[0]} on, each period weighing alike, "),
        ("sv", f"Detta gäller medeleffekten från och med {since[1]}, där varje period väger lika, "),
    ):
        said, own = getattr(found.statement, lang), getattr(bounds.statement, lang)
        assert said.startswith(f"{own} {words}{significant(found.values['estimate'], lang)}.")


def test_the_checks_of_an_event_study():
    frame = panel()
    plain = study(frame, outcome=LOWER)
    found = study(frame, outcome=LOWER, checks=ALL, threshold="-0.5", margin="3")
    assert found.effects[0].means == plain.effects[0].means
    assert found.covariance == plain.covariance
    arrays = event_arrays(plain)
    pretrend, relative, smooth = found.diagnostics
    assert pretrend == pretrend_test(**arrays, margin=3.0)
    assert list(relative.table["size"]) == [0.0, 0.5, 1.0, 1.5, 2.0]
    for one, name in ((relative, "relative_magnitudes"), (smooth, "smoothness")):
        sizes = one.table["size"]
        assert_the_mean(one, honest_did(**arrays, restriction=name, sizes=sizes, threshold=-0.5, alternative="less"))
    error = (plain.combine({"0": "0.5", "1": "0.5"})).std_error
    assert smooth.table["size"] == pytest.approx([0, error / 4, error / 2, error], rel=1e-9)
    assert found.effects[0].arguments["checks"] == ["pretrend", "relative_magnitudes", "smoothness"]
    assert found.effects[0].arguments["threshold"] == -0.5
    assert found.effects[0].arguments["margin"] == 3.0
    assert effekt.EffectSet.from_json(found.to_json()).to_json() == found.to_json()


@pytest.mark.parametrize(
    ("options", "used"), [({}, "CR2"), ({"variance": "CR1S"}, "CR1"), ({"inference": "permutation", "rng": 1}, "CR2")]
)
def test_the_checks_of_two_groups_are_those_of_their_event_study(options, used):
    frame = panel()
    plain = effekt.difference_in_differences(frame, **COLUMNS, **options)
    found = effekt.difference_in_differences(frame, **COLUMNS, **options, checks=ALL, threshold=-1)
    events = study(frame, variance=used, checks=ALL, threshold=-1)
    assert found.estimate == plain.estimate
    assert found.p_value() == plain.p_value()
    assert [one.values for one in found.diagnostics] == [one.values for one in events.diagnostics]
    assert all(f"event study with {used}" in one.statement.en for one in found.diagnostics)
    assert all(f"händelsestudie med {used}" in one.statement.sv for one in found.diagnostics)
    for one in found.diagnostics[1:]:  # the bounds, whose interval is of another mean than the effect
        assert one.statement.en.endswith(", whose interval it is, and not that of the effect here.")
        assert one.statement.sv.endswith(", vars intervall det är, och inte intervallet för effekten här.")


def test_nothing_to_check_is_told():
    frame = panel()
    two = frame[frame["time"].isin([2016, 2017])]
    one_before = frame[frame["time"] >= 2016]
    few = panel(4, 2)
    nothing = "There is no second period before adoption, so nothing can be said about trends before it."
    for data, estimator in ((two, effekt.difference_in_differences), (one_before, effekt.event_study)):
        found = estimator(data, **COLUMNS, checks=ALL).diagnostics
        assert [(one.name, one.status) for one in found] == [
            ("pretrend", "information"),
            ("honest_did", "information"),
            ("honest_did", "information"),
        ]
        assert {one.statement.en for one in found} == {nothing}
    (found,) = study(few, checks=["smoothness"]).diagnostics
    assert found.status == "information"
    assert found.statement.en.startswith("Trends cannot be checked, as an effect has no standard error. ")


def test_many_periods_before_adoption_leave_the_effects_there():
    """The joint test of nine periods cannot be made of ten clusters; the effects and their errors stand."""
    table = effekt.datasets.two_group_panel(rng=1, n_units=10, n_periods=11, n_before=10).table
    effects = effekt.event_study(table, outcome="outcome", unit="unit", time="year", treatment="treatment")
    assert effects["0"].std_error > 0
    (found,) = effects.diagnostics
    assert (found.name, found.status) == ("pretrend", "information")
    assert found.statement.en.startswith("The clusters are too few to test 9 periods before adoption together (8.00 ")


@pytest.mark.parametrize(("n_clusters", "n_before"), [(6, 7), (6, 4), (10, 12), (16, 13)])
def test_few_clusters_take_a_check_away_and_never_the_figure(n_clusters, n_before):
    """Nothing is bounded, and no drift told, with a covariance that hardly any cluster is left for."""
    table = effekt.datasets.two_group_panel(rng=1, n_units=n_clusters, n_periods=n_before + 2, n_before=n_before).table
    columns = {"outcome": "outcome", "unit": "unit", "time": "year", "treatment": "treatment", "checks": ALL}
    for found in (effekt.event_study(table, **columns), effekt.difference_in_differences(table, **columns)):
        pretrend, relative, smooth = found.diagnostics
        assert {pretrend.status, smooth.status} == {"information"}
        assert "p_value" not in pretrend.values
        assert smooth.statement.en.startswith(
            "The clusters are too few for a bound on how much the difference in trend"
        )
        assert smooth.statement.en.endswith("ask for relative_magnitudes.")
        assert smooth.statement.sv.endswith("begär relative_magnitudes.")
        assert (smooth.values, smooth.table) == ({"restriction": "smoothness"}, {})
        assert relative.table["size"]


def test_outcomes_without_variance_take_no_figure_away():
    """Units that move along straight lines before adoption: clusters enough, and yet a direction without variance."""
    first = np.random.default_rng(1).integers(0, 20, (24, 6))
    first[:, 0] = 2 * first[:, 1] - first[:, 2]
    rows = [
        {"unit": unit, "time": time, "d": int(unit < 12 and time > 3), "y": int(first[unit, time])}
        for unit, time in product(range(24), range(6))
    ]
    pretrend, smooth = study(pd.DataFrame(rows), checks=["smoothness"]).diagnostics
    assert (pretrend.status, smooth.status) == ("information", "information")
    assert "some combination of the periods' effects has no variance; ask for relative_magnitudes." in (
        smooth.statement.en
    )


def test_the_checks_of_staggered_adoption():
    frame = pd.read_csv(GOLDENS / "staggered" / "panel.csv")
    columns = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "never": 0}
    names = [*ALL, "bacon_decomposition"]
    plain = effekt.staggered_adoption(frame, **columns, base_period="universal")
    found = effekt.staggered_adoption(frame, **columns, base_period="universal", checks=names, threshold=-1, margin=5)
    assert found.covariance == plain.covariance
    pretrends, pretrend, relative, smooth, bacon = found.diagnostics
    assert (pretrends,) == plain.diagnostics
    arrays = event_arrays(plain.aggregate("dynamic"))
    assert pretrend == pretrend_test(**arrays, margin=5.0)
    for one, name in ((relative, "relative_magnitudes"), (smooth, "smoothness")):
        sizes = one.table["size"]
        assert_the_mean(one, honest_did(**arrays, restriction=name, sizes=sizes, threshold=-1, alternative="less"))
    # two-way fixed effects of the same units, and each period by its name
    kept = frame[frame["start"] != frame["year"].min()]
    late = kept["start"].where(kept["start"] > 0, np.inf)
    d = (kept["year"] >= late).astype(float)

    def within(values):
        by_unit, by_time = (
            values.groupby(kept["unit"]).transform("mean"),
            values.groupby(kept["year"]).transform("mean"),
        )
        return values - by_unit - by_time + values.mean()

    moved = within(d)
    assert bacon.values["estimate"] == pytest.approx(float((moved @ within(kept["y"])) / (moved @ moved)), rel=1e-9)
    left = within(kept["y"]) - bacon.values["estimate"] * moved
    scores = (moved * left).groupby(kept["unit"]).sum()
    factor = len(scores) / (len(scores) - 1)
    assert bacon.values["std_error"] == pytest.approx(
        math.sqrt(factor * float(scores @ scores)) / float(moved @ moved), rel=1e-9
    )
    assert bacon.values["n_clusters"] == len(scores)
    assert sum(bacon.table["weight"]) == pytest.approx(1, rel=1e-12)
    assert set(bacon.table["treated"]) <= {str(year) for year in frame["year"]}
    assert bacon.status == "warning"
    assert bacon.statement.en.endswith("The effects here rest on no such comparisons.")
    one_date = frame[frame["start"].isin([0, frame["start"].max()])]
    (alone,) = effekt.staggered_adoption(one_date, **columns, checks=["bacon_decomposition"]).diagnostics[-1:]
    assert alone.status == "information"
    simple = effekt.staggered_adoption(frame, **columns, aggregate="simple", checks=["bacon_decomposition"])
    assert simple.diagnostics[-1] == bacon
    with pytest.raises(ArgumentError) as refused:
        effekt.staggered_adoption(frame, **columns, checks=["pretrend", "smoothness"])
    assert str(refused.value) == (
        "`checks` 'pretrend' and 'smoothness' must compare all periods with one, which base_period='varying' does not. "
        "Pass estimator='group_time' and base_period='universal', or leave them out."
    )
    with pytest.raises(ArgumentError, match="which estimator='imputation' does not"):
        effekt.staggered_adoption(frame, **columns, estimator="imputation", checks=["smoothness"])


@pytest.mark.parametrize("anticipation", [0, 1])
def test_the_decomposition_is_of_two_way_fixed_effects_on_all_units(anticipation):
    """Those always treated too, whom the effects leave out; and of the units that remain, where some lack a period."""
    starts = [2008] * 3 + [2011] * 2 + [2013] * 6 + [2014] * 4 + [None] * 6
    rows = [
        {"u": u, "t": t, "s": s, "y": 7 * u % 5 + 0.3 * (t - 2010) + (0.5 * (t - s + 1) if s and t >= s else 0)}
        for u, s in enumerate(starts)
        for t in range(2010, 2017)
    ]
    data = pd.DataFrame(rows).assign(y=lambda own: own["y"] + np.random.default_rng(4).normal(size=len(own)))
    roles = {"outcome": "y", "unit": "u", "time": "t", "start": "s", "checks": ["bacon_decomposition"]}
    roles["anticipation"] = anticipation

    def two_way(own):
        treated = (own["t"] >= own["s"].fillna(np.inf)).to_numpy(float)
        dummies = [pd.get_dummies(own[name], dtype=float).to_numpy() for name in ("u", "t")]
        return np.linalg.lstsq(np.column_stack([treated, *dummies]), own["y"], rcond=None)[0][0]

    bacon = effekt.staggered_adoption(data, **roles).diagnostics[-1]
    assert bacon.values["estimate"] == pytest.approx(two_way(data), abs=1e-10)
    assert bacon.values["weight_always"] > 0.1
    assert {
        control for control, kind in zip(bacon.table["control"], bacon.table["kind"], strict=True) if kind == "always"
    } == {"2010"}
    assert bacon.statement.en.endswith("The effects here rest on no such comparisons.")
    short = data[(data["u"] != 20) | (data["t"] != 2012)]
    bacon = effekt.staggered_adoption(short, **roles, missing="drop").diagnostics[-1]
    assert bacon.values["estimate"] == pytest.approx(two_way(data[data["u"] != 20]), abs=1e-10)
    assert bacon.statement.en.endswith(" This is of the 20 units that remain; 1 that lacks a period is left out.")
    assert bacon.statement.sv.endswith(
        " Detta gäller de 20 enheter som återstår; 1 som saknar någon period har lämnats utanför."
    )


# --- a calendar with gaps ---------------------------------------------------------------------------------------------

GAPS = (2010, 2011, 2012, 2015, 2016, 2018)


def with_gaps(years=GAPS, before=4, drift=0.0):
    rng = np.random.default_rng(11)
    rows = [
        {"unit": u, "time": str(year), "d": int(u < 8 and k >= before), "y": rng.normal() + drift * year * (u < 8)}
        for u in range(20)
        for k, year in enumerate(years)
    ]
    return pd.DataFrame(rows)


def test_periods_that_are_not_in_the_data_are_told_by_an_event_study_too():
    effects = study(with_gaps())
    assert effects.labels == ("-4", "-3", "-2", "0", "1")
    (note,) = (note for note in effects.notes if note.code == "period_gaps")
    assert note.text.en == (
        "3 periods between 2010 and 2018 are not in the data, the first after 2012; distances to adoption count the "
        "periods that there are."
    )
    assert note.text.sv == (
        "3 perioder mellan 2010 och 2018 finns inte i underlaget, den första efter 2012; avstånd till införandet "
        "räknas i de perioder som finns."
    )
    assert "period_gaps" not in [note.code for note in study(with_gaps(range(2010, 2016))).notes]


@pytest.mark.parametrize("estimator", [effekt.event_study, effekt.difference_in_differences])
def test_steps_of_trends_are_not_taken_for_even_where_the_calendar_has_gaps(estimator):
    """The drift counts the calendar; bounds that take steps from one period to the next say why there are none."""
    pretrend, relative, smooth = estimator(with_gaps(), **COLUMNS, variance="CR2", checks=ALL).diagnostics
    arrays = event_arrays(study(with_gaps()))
    by_hand = pretrend_test(**arrays, distances=[-5, -4, -3, 1, 3])
    assert pretrend.values == by_hand.values
    assert "a period of the calendar would have been found" in pretrend.statement.en
    assert "per period i kalendern hade upptäckts" in pretrend.statement.sv
    even = pretrend_test(**{**arrays, "gaps": False})
    changed = {key for key in even.values if even.values[key] != by_hand.values[key]}
    assert changed == {"slope_50", "slope_80"}
    covariance = arrays["covariance"][:3, :3]
    near, far = (np.array(own) @ np.linalg.solve(covariance, np.array(own)) for own in ([-3, -2, -1], [-5, -4, -3]))
    assert by_hand.values["slope_80"] == pytest.approx(even.values["slope_80"] * (near / far) ** 0.5, rel=1e-9)
    for one in (relative, smooth):
        assert (one.status, set(one.values)) == ("information", {"restriction"})
        assert one.statement.en.startswith("Bounds on how trends may part are of steps from one period to the next, ")
    # every other year is evenly spaced, and so are whole numbers by twos; by two and then by one they are not
    for years, evenly in ((range(2010, 2022, 2), True), (range(0, 12, 2), True), ([1, 3, 5, 7, 8, 9], False)):
        data = with_gaps(years).assign(time=lambda own: own["time"].astype(int))
        smooth = estimator(data, **COLUMNS, checks=["smoothness"]).diagnostics[-1]
        assert ("estimate" in smooth.values) == evenly


def test_uneven_periods_are_not_taken_for_even_by_hand():
    """Whoever takes the arrays of an event study with gaps must say how far its periods lie apart."""
    arrays = event_arrays(study(with_gaps()))
    assert arrays["gaps"]
    assert not event_arrays(study(with_gaps(range(2010, 2016))))["gaps"]
    bounds = {**arrays, "restriction": "relative_magnitudes", "sizes": [0, 1]}
    for call in (lambda: pretrend_test(**arrays), lambda: honest_did(**bounds)):
        with pytest.raises(ArgumentError, match="`distances` must say how far each time lies from the reference"):
            call()
    with pytest.raises(InferenceUnavailableError, match="not evenly spaced") as refused:
        honest_did(**bounds, distances=[-5, -4, -3, 1, 3])
    assert "ligger inte lika långt från varandra" in refused.value.sv
    with pytest.raises(ArgumentError, match="`distances` must rise with `times`"):
        honest_did(**bounds, distances=[-5, -4, -4, 1, 3])
    twos = event_arrays(study(with_gaps(range(2010, 2022, 2))))
    assert twos["gaps"]
    even = {**twos, "restriction": "smoothness", "sizes": [0, 1]}
    found = honest_did(**even, distances=[2 * time + 2 for time in twos["times"]])
    assert found == honest_did(**{**even, "gaps": False})


def test_distances_that_do_not_go_with_the_times_are_refused():
    arrays = event_arrays(study(with_gaps()))
    shuffled = [4, 0, 2, 3, 1]
    moved = {
        "times": [arrays["times"][k] for k in shuffled],
        "estimates": arrays["estimates"][shuffled],
        "covariance": arrays["covariance"][np.ix_(shuffled, shuffled)],
        "df": arrays["df"],
    }
    distances = [-5, -4, -3, 1, 3]
    again = pretrend_test(**moved, distances=[distances[k] for k in shuffled])
    assert again.values == pytest.approx(pretrend_test(**arrays, distances=distances).values)
    for bad in ([-5, -4, -4, 1, 3], [-5, -4, 3, 4, 5], [-5, -4, -3, -1, 3]):
        with pytest.raises(ArgumentError, match="`distances` must rise with `times`, below 0 before the reference"):
            pretrend_test(**arrays, distances=bad)


# --- the threshold of the bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("restriction", ["relative_magnitudes", "smoothness"])
@pytest.mark.parametrize("df", [float("inf"), 15.0])
def test_a_threshold_is_no_effect_of_effects_less_by_it(restriction, df):
    arrays = event_arrays(study(panel()))
    moved = arrays["estimates"] - 1.5 * (np.array(arrays["times"]) >= 0)
    base = {**arrays, "df": df, "restriction": restriction, "sizes": [0.1, 1]}
    shift = float(np.mean(moved[np.array(arrays["times"]) >= 0]))
    want = honest_did(**{**base, "estimates": moved})
    found = honest_did(**base, threshold=1.5)
    assert found.values["breakdown"] == pytest.approx(want.values["breakdown"], rel=1e-9)
    assert found.values["estimate"] - 1.5 == pytest.approx(shift, rel=1e-12)
    right, wrong = ("greater", "less") if shift > 0 else ("less", "greater")
    assert honest_did(**base, threshold=1.5, alternative=right).values["breakdown"] == found.values["breakdown"]
    assert honest_did(**base, threshold=1.5, alternative=wrong).values["breakdown"] == 0


def test_what_is_said_of_a_threshold():
    arrays = {"times": [-3, -2, 0, 1], "estimates": np.array([0.1, -0.1, 1.5, 1.8]), "covariance": np.eye(4) * 0.02}
    found = honest_did(**arrays, restriction="relative_magnitudes", sizes=[1], threshold="0.5", alternative="greater")
    assert found.statement.en.startswith("The 95% interval lies wholly above 0.5 as long as the groups' trends part")
    assert found.statement.sv.startswith(
        "Intervallet på nivån 95\N{NO-BREAK SPACE}% ligger helt över 0,5 så länge gruppernas trender"
    )
    assert found.values["threshold"] == 0.5
    short = honest_did(**arrays, restriction="smoothness", sizes=[1], threshold=3, alternative="greater")
    assert short.statement.en == (
        "Already with a difference in trends that is a straight line the 95% interval does not lie wholly above 3."
    )
    assert short.statement.sv == (
        "Redan med en skillnad i trender som är en rät linje ligger 95\N{NO-BREAK SPACE}%-intervallet inte helt över 3."
    )
    with pytest.raises(ArgumentError):
        honest_did(**arrays, restriction="smoothness", sizes=[1], alternative="two-sided")


# --- invariances ------------------------------------------------------------------------------------------------------

VARIANTS = st.sampled_from(
    [
        {"variance": "CR3"},
        {"variance": "CR0"},
        {"inference": "wild_bootstrap"},
        {"inference": "permutation"},
        {"inference": "conley_taber"},
    ]
)


def few_of(options):
    """Ten units, five of them treated; one of ten where that is what the inference is for."""
    return panel(10, 1 if options.get("inference") == "conley_taber" else 5)


def told(frame, options):
    effects = study(frame, **options)
    return [(one.estimate, one.p_value()) for one in effects.effects]


@settings(max_examples=12)
@example(options={"inference": "conley_taber"}, years=[5, -40, 300, 7], seed=3)
@given(options=VARIANTS, years=st.lists(st.integers(-500, 500), min_size=4, max_size=4), seed=st.integers(0, 99))
def test_unit_and_time_effects_move_nothing(options, years, seed):
    frame = few_of(options)
    levels = dict(zip(sorted(set(frame["unit"])), np.random.default_rng(seed).integers(-99, 99, 10), strict=True))
    moved = frame.assign(
        y=[
            round(y + years[t - 2015] + int(levels[u]), 6)
            for y, t, u in zip(frame["y"], frame["time"], frame["unit"], strict=True)
        ]
    )
    assert np.array(told(moved, options)) == pytest.approx(np.array(told(frame, options)), rel=1e-6, abs=1e-8)


@settings(max_examples=12)
@example(options={"inference": "conley_taber"}, factor=-1, seed=3)
@given(options=VARIANTS, factor=st.sampled_from([-1, 10, 100]), seed=st.integers(0, 20))
def test_scale_order_and_names(options, factor, seed):
    frame = few_of(options)
    plain = told(frame, options)
    scaled = told(frame.assign(y=(frame["y"] * factor).round(6)), options)
    assert [one for one, _ in scaled] == pytest.approx([factor * one for one, _ in plain], rel=1e-10)
    assert [p for _, p in scaled] == pytest.approx([p for _, p in plain], rel=1e-9)
    mixed = frame.sample(frac=1, random_state=seed)
    assert study(mixed, **options).to_json() == study(frame, **options).to_json()
    names = dict(zip(sorted(set(frame["unit"])), np.random.default_rng(seed).permutation(10), strict=True))
    renamed = told(frame.assign(unit=frame["unit"].map(names)), options)
    assert np.array(renamed) == pytest.approx(np.array(plain), rel=1e-9)


@pytest.mark.parametrize(("drift", "status"), [(0.0, "ok"), (9.0, "warning")])
def test_what_would_have_been_found_is_told_only_where_nothing_was(drift, status):
    """The sizes stand among the values either way."""
    found = pretrend_test(
        times=[-3, -2, 0],
        estimates=np.array([-2 * drift + 0.1, -drift, 1.0]),
        covariance=np.eye(3) * 0.04 + 0.04,
        df=18.0,
        margin=0.5,
    )
    assert found.status == status
    assert found.values["slope_80"] > 0
    for said, words in ((found.statement.en, "would have been found"), (found.statement.sv, "hade upptäckts")):
        assert (words in said) == (status == "ok")
    assert "against parallel trends before adoption" in found.statement.en
    assert "With 95% confidence no period before adoption deviates by more than" in found.statement.en
    assert "every deviation before adoption was below" in found.statement.en
