"""Direct standardisation of a trend-adjusted comparison: against the oracle, by hand, and what is refused."""

from __future__ import annotations

import random
from fractions import Fraction as F
from itertools import product

import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.trend import Standardized, Trend, labels

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError

UNITS = ("A", "B", "C", "D", "E")
STRATA = [(age, sex) for age in ("-29", "30-") for sex in ("F", "M")]
TIMES = labels("2014Q1", 16, "quarter")
CALL = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "time",
    "period": "quarter",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": ("2014Q1", "2015Q4"),
    "evaluation_window": ("2016Q1", "2017Q3"),
    "standardize": ["age", "sex"],
    "standard": "treated_reference",
}
NAMED = {("-29", "F"): "0.3", ("-29", "M"): 2, ("30-", "F"): "0", ("30-", "M"): "0.15"}
TABLE = [{"age": age, "sex": sex, "weight": NAMED[age, sex]} for age, sex in STRATA]
COLUMNS = ("unit", "time", "age", "sex", "days", "people")


def rows_of(seed):
    rng = random.Random(seed)
    return [
        (unit, time, age, sex, round(rng.uniform(30, 60), 2), rng.randint(20, 90))
        for unit in UNITS
        for time in TIMES
        for age, sex in STRATA
    ]


def table(rows, seed=0):
    listed = list(rows)
    random.Random(seed).shuffle(listed)
    return dict(zip(COLUMNS, map(list, zip(*listed, strict=True)), strict=True))


def compare(data, **options):
    return effekt.trend_adjusted(data, **(CALL | options))


def second_route(data, **options):
    return independent.METHODS["trend_adjusted"](data, **(CALL | options))


def oracle_of(data, *, standard=None, treated=("A",), **options):
    return Standardized(
        data,
        strata=("age", "sex"),
        standard=standard,
        treated=treated,
        numerator="days",
        denominator="people",
        unit="unit",
        time="time",
        reference=TIMES[:8],
        evaluation=TIMES[8:15],
        **({"weights": "denominator", "mean": "ratio_of_sums", "adjustment": "ratio"} | options),
    )


def beside(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("declared", ["treated_reference", TABLE], ids=["own", "named"])
def test_oracle_and_second_route(weights, mean, adjustment, declared):
    options = {"weights": weights, "mean": mean, "adjustment": adjustment}
    data = table(rows_of(1))
    effect = compare(data, standard=declared, **options)
    oracle = oracle_of(data, standard=NAMED if declared is TABLE else None, **options)
    others = list(UNITS[1:])
    assert effect.exact.treated == oracle.treated_mean(["A"])
    assert effect.exact.counterfactual == oracle.counterfactual(["A"], others)
    assert effect.rank_p_value() == oracle.p_value(["A"], others)
    expected = sorted(float(oracle.error(*pair)) for pair in oracle.placebos(["A"], others).values())
    assert effect.inference.errors == pytest.approx(expected, rel=1e-10)
    again = second_route(data, standard=declared, **options)
    assert (effect.exact.treated, effect.exact.counterfactual) == (again["treated_mean"], again["counterfactual_mean"])
    assert effect.rank_p_value() == again["p_value"]
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert_valid_effect(effect)


@pytest.mark.parametrize(
    ("options", "plain"),
    [
        ({"treated": ["A", "B"]}, {}),
        ({"same_months": True}, {"same_months": True}),
        ({"trend": "mean_of_ratios", "weights": None}, {"trend": "mean_of_ratios", "weights": None}),
    ],
)
def test_with_the_other_choices(options, plain):
    """Own weights are those of the periods as they count, several treated units are taken together."""
    data, treated = table(rows_of(2)), list(options.get("treated", "A"))
    effect = compare(data, **options)
    oracle = oracle_of(data, treated=treated, **plain)
    assert effect.exact.treated == oracle.treated_mean(treated)
    assert effect.exact.counterfactual == oracle.counterfactual(treated, [u for u in UNITS if u not in treated])
    again = second_route(data, **options)
    assert effect.exact.counterfactual == again["counterfactual_mean"]
    assert effect.rank_p_value() == again["p_value"]


def test_a_series_as_comparator_and_other_units_as_placebos():
    data = table(rows_of(3))
    effect = compare(data, comparator="E", own_unit="absent")
    oracle = oracle_of(data)
    assert effect.exact.counterfactual == oracle.counterfactual(["A"], ["E"])
    assert effect.rank_p_value() == oracle.p_value(["A"], ["E"]) == second_route(data, comparator="E")["p_value"]


def test_by_hand():
    """Rates do not change, but half of the young of A have left: no change, where the crude figure shows a fall."""
    cells = {  # unit, year, age: days, people
        ("A", 2014, "young"): (80, 10), ("A", 2014, "old"): (40, 10),
        ("A", 2015, "young"): (40, 5), ("A", 2015, "old"): (60, 15),
        ("B", 2014, "young"): (30, 10), ("B", 2014, "old"): (20, 10),
        ("B", 2015, "young"): (30, 10), ("B", 2015, "old"): (20, 10),
    }  # fmt: skip
    data = dict(
        zip(
            ("unit", "time", "age", "days", "people"),
            map(list, zip(*((*at, *pair) for at, pair in cells.items()), strict=True)),
            strict=True,
        )
    )
    windows = {"period": "year", "reference_window": (2014, 2014), "evaluation_window": (2015, 2015)}
    effect = compare(data, comparator="B", standardize=["age"], **windows)
    assert effect.exact.treated == effect.exact.counterfactual == 6
    named = [{"age": "young", "weight": 3}, {"age": "old", "weight": 1}]
    assert compare(data, comparator="B", standardize=["age"], standard=named, **windows).exact.treated == 7
    assert effect.estimand.population.en == "A, 2015 to 2015, standardised by age"
    assert effect.estimand.population.sv == "A, 2015 till 2015, standardiserat efter age"
    assert effect.sample.n_obs == 8


def test_one_stratum_is_the_crude_figure():
    data = table([(u, t, "all", "F", d, n) for u, t, age, sex, d, n in rows_of(4) if (age, sex) == STRATA[0]])
    standardized = compare(data)
    oracle = Trend(
        data,
        numerator="days",
        denominator="people",
        unit="unit",
        time="time",
        reference=TIMES[:8],
        evaluation=TIMES[8:15],
        weights="denominator",
        mean="ratio_of_sums",
        adjustment="ratio",
    )
    assert standardized.exact.counterfactual == oracle.counterfactual(["A"], list(UNITS[1:]))
    crude = effekt.trend_adjusted(data, **{k: v for k, v in CALL.items() if not k.startswith("standard")})
    assert standardized.exact == crude.exact
    assert standardized.inference == crude.inference
    assert standardized.path == crude.path
    assert not {"standardize", "standard"} & set(crude.arguments)
    hac = [
        effekt.trend_adjusted(data, **call, inference="hac").inference
        for call in (
            CALL | {"evaluation_window": ("2016Q1", "2017Q4")},
            {k: v for k, v in CALL.items() if not k.startswith("standard")}
            | {"evaluation_window": ("2016Q1", "2017Q4")},
        )
    ]
    assert hac[0].covariance == pytest.approx(hac[1].covariance, rel=1e-12)


def test_the_influence_of_a_period_is_what_its_own_change_does():
    """Numerically: moving one quarter's days in one stratum by a little moves the mean by a little."""
    from effekt.estimators.trend.hac import influence
    from effekt.estimators.trend.standard import read_cells, with_standard
    from effekt.roles import as_outcome

    data = table(rows_of(5))
    panel, _ = read_cells(
        data, as_outcome(("days", "people")), "unit", "time", "quarter", "ratio_of_sums", "raise", (), ("age", "sex")
    )
    panel = with_standard(panel, TABLE, ("A",), None)
    times = tuple(range(2014 * 4, 2016 * 4))
    moves = influence(panel, ("A",), times)
    expected = [
        sum(
            float(
                one.weight
                * (one.panel.pooled(("A",), (t,)) - one.panel.pooled(("A",), times)).fraction()
                * F(one.panel.denominators["A", t], sum(one.panel.denominators["A", u] for u in times))
            )
            for one in panel.counted
        )
        for t in times
    ]
    assert moves == pytest.approx(expected, rel=1e-10)
    assert sum(moves) == pytest.approx(0, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), by=st.sampled_from([2, 5, 100]))
def test_order_labels_and_scale_move_nothing(seed, by):
    rows = rows_of(seed)
    effect = compare(table(rows, 1))
    assert compare(table(rows, 2)).to_json() == effect.to_json()
    renamed = {"-29": "yngre", "30-": "äldre"}
    assert compare(table([(u, t, renamed[a], s, d, n) for u, t, a, s, d, n in rows])).exact == effect.exact
    larger = compare(table([(u, t, a, s, d, n * by) for u, t, a, s, d, n in rows]))
    assert larger.exact.treated * by == effect.exact.treated
    assert larger.rank_p_value() == effect.rank_p_value()
    weights = [{**one, "weight": str(F(one["weight"]) * by)} for one in TABLE]
    assert compare(table(rows), standard=weights).exact == compare(table(rows), standard=TABLE).exact


def test_an_empty_stratum_in_a_single_period_is_nobody_there():
    """Zeros say that nobody is there: the rate is that of the other periods; under a mean of periods there is none."""
    rows = [
        (u, t, a, s, 0, 0) if (u, t, a, s) == ("A", "2014Q3", "30-", "M") else (u, t, a, s, d, n)
        for u, t, a, s, d, n in rows_of(6)
    ]
    data = table(rows)
    effect = compare(data)
    oracle = oracle_of(data)
    assert effect.exact.counterfactual == oracle.counterfactual(["A"], list(UNITS[1:]))
    assert "2014Q3" not in effect.path.periods
    assert second_route(data)["counterfactual_mean"] == effect.exact.counterfactual
    with pytest.raises(DataError) as refusal:
        compare(data, mean="mean_of_periods")
    assert str(refusal.value) == (
        "Every stratum of the standard population must have a denominator above zero for the treated units; 1 of 4 "
        "strata have none, the first '30-, M'. Declare coarser strata, or a standard population that gives the stratum "
        "no weight."
    )
    with pytest.raises(DataError):
        second_route(data, mean="mean_of_periods")


def without(rows, **where):
    """Rows with 0 in both columns where all of `where` holds."""
    at = {name: COLUMNS.index(name) for name in where}
    return [(*row[:4], 0, 0) if all(row[at[name]] in value for name, value in where.items()) else row for row in rows]


@pytest.mark.parametrize(
    ("where", "who"),
    [
        ({"unit": ["B"], "age": ["30-"], "time": TIMES[:8]}, "a placebo unit"),
        ({"unit": UNITS[1:], "age": ["30-"], "time": TIMES[8:15]}, "the comparator"),
        ({"unit": ["A"], "age": ["30-"], "time": TIMES[8:15]}, "the treated units"),
    ],
)
def test_an_empty_stratum_is_refused(where, who):
    data = table(without(rows_of(7), **where))
    with pytest.raises(DataError) as refusal:
        compare(data)
    assert str(refusal.value) == (
        f"Every stratum of the standard population must have a denominator above zero for {who}; 2 of 4 strata have "
        "none, the first '30-, F'. Declare coarser strata, or a standard population that gives the stratum no weight."
    )
    with pytest.raises(DataError):
        second_route(data)
    if who == "a placebo unit":
        assert compare(data, inference="none").exact is not None
    young = [one | {"weight": 1 if one["age"] == "-29" else 0} for one in TABLE]
    assert (
        compare(data, standard=young).exact.counterfactual == second_route(data, standard=young)["counterfactual_mean"]
    )


def test_a_stratum_without_rows_is_refused():
    rows = rows_of(8)
    gone = [row for row in rows if row[:4] not in {("C", "2015Q2", "30-", "F"), ("C", "2016Q2", "-29", "F")}]
    with pytest.raises(DataError) as refusal:
        compare(table(gone))
    assert str(refusal.value) == (
        "Every stratum of the standard population must have a row for the comparator in every quarter of the windows; "
        "2 rows in 2 of 4 strata are not there, the first '30-, F' in 2015Q2. Add the rows, with 0 in both columns "
        "where nobody is in the stratum, or declare coarser strata."
    )
    with pytest.raises(DataError):
        second_route(table(gone))
    late = [row for row in rows if row[:4] != ("C", "2017Q4", "30-", "F")]
    assert compare(table(late)).exact == compare(table(rows)).exact


def test_a_period_without_any_row_is_not_there_yet():
    with pytest.raises(IncompleteWindowError) as refusal:
        compare(table([row for row in rows_of(9) if row[1] != "2017Q3"]))
    assert refusal.value.missing == ("2017Q3",)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"standardize": "age"}, "`standardize` must be a list of columns such as ['age', 'sex']; got 'age'."),
        ({"standardize": ["age", "age"]}, "`standardize` must name each column once; 'age' stands twice."),
        (
            {"standardize": []},
            "`standard` must be None without `standardize`, the columns of the strata; name them.",
        ),
        (
            {"standard": None},
            "`standard` must be declared with `standardize`: 'treated_reference', or a list with the weight of every "
            "stratum.",
        ),
        (
            {"standardize": ["age", "people"]},
            "`standardize` must name columns of strata, which have no other part and are not called 'weight'; got "
            "'people'.",
        ),
        (
            {"outcome": "days", "weights": None},
            "`standardize` needs an outcome given as (numerator, denominator), as a stratum's share is that of its "
            "denominators; give both columns.",
        ),
        (
            {"own_unit": "removed", "comparator": "B"},
            "`own_unit` must be None or 'absent' with `standardize`; got 'removed'. Compare with named units or with "
            "'others', in which no treated unit is.",
        ),
        (
            {"standard": "europe"},
            "`standard` must be 'treated_reference', or a list such as [{age: …, sex: …, weight: '0.25'}]; got "
            "'europe'.",
        ),
        (
            {"standard": [{"age": "-29", "weight": 1}]},
            "`standard` must give each stratum as {age: …, sex: …, weight: '0.25'}; got {'age': '-29', 'weight': 1}.",
        ),
        ({"standard": [*TABLE, TABLE[0]]}, "`standard` must name each stratum once; '-29, F' stands twice."),
        (
            {"standard": [TABLE[0] | {"weight": "many"}, *TABLE[1:]]},
            "`standard` must be a finite number, or a decimal in text; got 'many'.",
        ),
        (
            {"standard": [TABLE[0] | {"weight": -1}, *TABLE[1:]]},
            "`standard` must hold weights of at least 0; '-29, F' has less.",
        ),
        (
            {"standard": [one | {"weight": 0} for one in TABLE]},
            "`standard` must give some stratum a weight above 0; none has one.",
        ),
        (
            {"standard": TABLE[1:]},
            "`standard` must give a weight to every stratum of the data; 1 is not there, the first '-29, F': a weight "
            "of 0 leaves one out.",
        ),
        (
            {"standard": [*TABLE, {"age": "60-", "sex": "F", "weight": 1}]},
            "`standard` must name strata that are in the data; 1 is not there, the first '60-, F': check the spelling.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compare(table(rows_of(10)), **options)
    assert str(refusal.value) == sentence
    with pytest.raises((ArgumentError, DataError)):
        second_route(table(rows_of(10)), **options)


def test_cells_that_cannot_be():
    rows = rows_of(11)
    with pytest.raises(DataError) as refusal:
        compare(table([(*rows[0][:5], -1), *rows[1:]]))
    assert str(refusal.value).startswith(
        "Column 'people' must hold denominators of at least 0; 1 row did not, the first at row "
    )
    with pytest.raises(DataError) as refusal:
        compare(table([(*rows[0][:5], 0), *rows[1:]]))
    assert str(refusal.value).startswith("Column 'days' must be 0 where 'people' is; 1 row did not, the first at row ")
    with pytest.raises(DataError) as refusal:
        compare(table([rows[0], *rows]))
    assert str(refusal.value).startswith("Columns 'unit', 'time', 'age' and 'sex' must name each row once; 1 row ")


@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("declared", ["treated_reference", TABLE], ids=["own", "named"])
def test_composition_is_that_of_the_oracle(weights, declared):
    data = table(rows_of(12))
    found = beside(compare(data, weights=weights, standard=declared), "composition_change")
    oracle = oracle_of(data, weights=weights)
    crude = effekt.trend_adjusted(
        table([(u, t, "all", "all", *sums) for (u, t), sums in crude_cells(data).items()]),
        **{k: v for k, v in CALL.items() if not k.startswith("standard")} | {"weights": weights},
    )
    values = found.values
    assert values["relative_crude"] == pytest.approx(float(crude.relative().exact_estimate), rel=1e-12)
    groups = [list(UNITS[1:])] if weights else [[unit] for unit in UNITS[1:]]
    for who, listed in (("treated", [["A"]]), ("comparator", groups)):
        parts = [oracle.kitagawa(group) for group in listed]
        for i, name in enumerate(("rates", "composition")):
            expected = float(sum(part[i] for part in parts) / len(parts))
            assert values[f"{name}_{who}"] == pytest.approx(expected, rel=1e-10)
        change = [oracle.crude_mean(g, oracle.evaluation) - oracle.crude_mean(g, oracle.reference) for g in listed]
        assert values[f"change_{who}"] == pytest.approx(float(sum(change) / len(change)), rel=1e-10)
    assert found.table["share_standard"] == pytest.approx(
        [float(share) for share in oracle_of(data, standard=NAMED if declared is TABLE else None).share.values()]
    )
    assert values["n_without_weight"] == (1 if declared is TABLE else 0)
    assert sum(found.table["share_treated_reference"]) == pytest.approx(1)


def crude_cells(data):
    found = {}
    for unit, time, days, people in zip(*(data[name] for name in ("unit", "time", "days", "people")), strict=True):
        before = found.get((unit, time), (F(0), 0))
        found[unit, time] = (before[0] + F(str(days)), before[1] + people)
    return {at: (float(days), people) for at, (days, people) in found.items()}


def test_without_strata_there_is_no_composition():
    data = table([(u, t, "all", "all", d, n) for u, t, age, sex, d, n in rows_of(13) if (age, sex) == STRATA[0]])
    effect = effekt.trend_adjusted(data, **{k: v for k, v in CALL.items() if not k.startswith("standard")})
    assert "composition_change" not in [one.name for one in effect.diagnostics]


def test_a_certificate_that_hides_small_counts_hides_shares_of_strata_and_keeps_the_figures():
    from effekt.certificates.published import published

    effect = compare(table(rows_of(14)))
    hidden = beside(published(effect, 5), "composition_change")
    shown = beside(effect, "composition_change")
    assert {name: hidden.table[name] for name in hidden.table if "share" in name} == {
        name: (None,) * 4 for name in shown.table if "share" in name
    }
    for name in ("relative_crude", "relative_standardized", "moved_treated", "n_strata"):
        assert hidden.values[name] == shown.values[name] is not None


@pytest.mark.parametrize("weights", ["denominator", None])
def test_a_placebo_study_by_strata(weights):
    """The same placebos as those of the oracle, among all units; no unit's composition is the standard."""
    data = table(rows_of(15))
    call = {name: CALL[name] for name in ("outcome", "unit", "time", "period", "reference_window", "evaluation_window")}
    call |= {"weights": weights, "standardize": ["age", "sex"], "standard": TABLE}
    found = effekt.placebo_study(data, **call)
    oracle = oracle_of(data, standard=NAMED, weights=weights)
    expected = [
        float(oracle.treated_mean([unit]) / oracle.counterfactual([unit], [o for o in UNITS if o != unit]) - 1)
        for unit in UNITS
    ]
    again = independent.METHODS["placebo_study"](data, **call)
    assert [float(again["placebo_relative"][unit]) for unit in UNITS] == pytest.approx(expected, rel=1e-12)
    assert found.values["sd_relative"] == pytest.approx(again["placebo_sd_relative"], rel=1e-12)
    with pytest.raises(ArgumentError) as refusal:
        effekt.placebo_study(data, **call | {"standard": "treated_reference"})
    assert str(refusal.value) == (
        "`standard` must be a list with the weight of every stratum in a placebo study, in which no unit is the "
        "treated one; got 'treated_reference'."
    )
    with pytest.raises(ArgumentError):
        independent.METHODS["placebo_study"](data, **call | {"standard": "treated_reference"})
    with pytest.raises(DataError, match="2 of 3 strata have none"):
        effekt.placebo_study(table(without(rows_of(15), unit=["B"], age=["-29"], time=TIMES[:8])), **call)


# --- strata beside a crude figure -------------------------------------------------------------------------------------

CRUDE = {name: value for name, value in CALL.items() if name not in ("standardize", "standard")}
CHECK = {"check": "composition_change", "standardize": ["age", "sex"]}


def added_up(data):
    sums = {}
    for unit, time, *_, days, people in zip(*(data[name] for name in COLUMNS), strict=True):
        so_far = sums.get((unit, time), (F(0), 0))
        sums[unit, time] = so_far[0] + F(str(days)), so_far[1] + people
    rows = [(unit, time, float(days), people) for (unit, time), (days, people) in sums.items()]
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize("standard", [None, TABLE])
@pytest.mark.parametrize("options", [{}, {"weights": None, "mean": "mean_of_periods"}, {"adjustment": "difference"}])
def test_a_crude_figure_carries_the_standardised_one_beside_it(options, standard):
    """The figure is that of the added-up rows to the last digit; what stands beside it is of the standardised call."""
    data = table(rows_of(4))
    check = CHECK if standard is None else {**CHECK, "standard": standard}
    found = effekt.trend_adjusted(data, **(CRUDE | options), checks=[check])
    alone = effekt.trend_adjusted(added_up(data), **(CRUDE | options))
    assert (found.means, found.exact, found.inference) == (alone.means, alone.exact, alone.inference)
    assert (found.sample.n_obs, found.estimand) == (alone.sample.n_obs, alone.estimand)
    standardised = compare(data, **options, standard=standard or "treated_reference")
    assert beside(found, "composition_change") == beside(standardised, "composition_change")
    values = beside(found, "composition_change").values
    assert values["relative_crude"] == pytest.approx(found.relative().estimate, rel=1e-12)
    assert values["relative_standardized"] == pytest.approx(standardised.relative().estimate, rel=1e-12)
    second = independent.METHODS["trend_adjusted"](data, **(CRUDE | options), checks=[check])
    assert second["estimate"] == found.exact.treated - found.exact.counterfactual
    assert float(second["p_value"]) == float(found.p_value())
    assert found.arguments["checks"][0]["standardize"] == ["age", "sex"]
    assert "standardize" not in found.arguments
    assert_valid_effect(found)


def test_shares_of_strata_beside_a_crude_figure_are_hidden_on_export():
    from effekt.certificates.published import published

    effect = effekt.trend_adjusted(table(rows_of(14)), **CRUDE, checks=[CHECK])
    hidden, shown = (beside(one, "composition_change") for one in (published(effect, 5), effect))
    assert all(hidden.table[name] == (None,) * 4 for name in shown.table if "share" in name)
    assert hidden.values["relative_standardized"] == shown.values["relative_standardized"] is not None


def test_strata_with_nobody_in_them_stop_no_crude_figure():
    rows = [(*row[:4], *((0, 0) if row[0] == "A" and row[2:4] == ("-29", "F") else row[4:])) for row in rows_of(4)]
    check = {**CHECK, "standard": [{**one, "weight": 1} for one in TABLE]}
    found = effekt.trend_adjusted(table(rows), **CRUDE, checks=[check])
    told = beside(found, "composition_change")
    assert found.estimate == effekt.trend_adjusted(added_up(table(rows)), **CRUDE).estimate
    assert told.status == "information"
    assert told.statement.en.startswith(
        "Whether those who are compared changed cannot be told by these strata: Every stratum of the standard "
        "population must have a denominator above zero for the treated units; 1 of 4 strata have none"
    )
    assert told.statement.sv.startswith("Med dessa skikt går det inte att säga om de som jämförs har ändrats")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"checks": [CHECK], "standardize": ["age"], "standard": "treated_reference"},
            "'composition_change' once, and",
        ),
        ({"checks": [CHECK, {**CHECK, "standardize": ["age"]}]}, "'composition_change' once, and without"),
        ({"checks": ["composition_change"]}, "got the name alone"),
        ({"checks": [{**CHECK, "standardize": []}]}, "must be None without `standardize`"),
        ({"checks": [{**CHECK, "standardize": ["age", "time"]}]}, "`standardize` must name columns of strata"),
        ({"checks": [{**CHECK, "standard": "everybody"}]}, "`standard` must be 'treated_reference', or a list"),
        ({"checks": [CHECK], "cluster": "age", "inference": "cluster"}, "without `standardize` and `cluster`"),
    ],
)
def test_strata_beside_a_figure_that_have_no_meaning_are_refused(options, message):
    with pytest.raises(ArgumentError) as refused:
        effekt.trend_adjusted(table(rows_of(1)), **(CRUDE | options))
    assert message in str(refused.value)


def with_total(rows, *, off=0, name="all"):
    """The rows of two ages and, after them, a third that is their sum; `off` parts the last from it."""
    sums = {}
    for unit, time, _, sex, days, people in rows:
        so_far = sums.get((unit, time, sex), (F(0), 0))
        sums[unit, time, sex] = so_far[0] + F(str(days)), so_far[1] + people
    total = [(unit, time, name, sex, float(days), people) for (unit, time, sex), (days, people) in sums.items()]
    *most, last = total
    return [*rows, *most, (*last[:5], last[5] + off)]


@pytest.mark.parametrize("seed", range(3))
def test_no_stratum_is_the_total_of_the_others(seed):
    """By either column, on both routes, and for a check of strata; one cell further off than rounding is let."""
    rows = rows_of(seed)
    data = table(with_total(rows), seed)
    first = data["age"].index("all") + 1
    refusal = (
        "Column 'age' must name strata of which none is the sum of others in every cell, as that counts those in it "
        f"twice; 160 rows did not, the first at row {first}. Leave the total's rows out."
    )
    for options in (
        {},
        {"standardize": ["age", "sex"][::-1]},
        {
            "standardize": [],
            "standard": None,
            "checks": [{"check": "composition_change", "standardize": ["age", "sex"]}],
        },
    ):
        with pytest.raises(DataError) as told:
            compare(data, **options)
        assert str(told.value) == refusal
    with pytest.raises(ArgumentError, match=r"column 'age' must hold no total of its strata; leave the total's rows"):
        second_route(data)
    near = table(with_total(rows, off=2), seed)
    assert compare(near).estimate
    assert second_route(near)


def test_a_stratum_that_adds_up_in_a_handful_of_cells_is_let():
    few = [row for row in rows_of(1) if row[0] in "AB" and row[1] in (TIMES[0], TIMES[8]) and row[3] == "F"]
    short = {"standardize": ["age"], "reference_window": (TIMES[0], TIMES[0]), "evaluation_window": (TIMES[8],) * 2}
    data = table(with_total(few))
    assert compare(data, **short).estimate
    assert second_route(data, **short)
    two = [row for row in rows_of(1) if row[2] == "-29"]  # a stratum and its copy are two alone
    assert compare(table([*two, *((*row[:2], "30-", *row[3:]) for row in two)])).estimate


def of_ages(seed, periods=8, size=300):
    """Rows of four ages by sex, and the sums over some of them, by name."""
    draw = random.Random(seed)
    ages = {age: size + 40 * k for k, age in enumerate(("16-24", "25-34", "35-64", "65-"))}
    rows = []
    for unit, time in product("ABCD", TIMES[:periods]):
        for (age, mean), sex in product(ages.items(), "FM"):
            people = mean + draw.randrange(-20, 20)
            rows.append((unit, time, age, sex, float(draw.randrange(people, 3 * people)), people))
    return rows


def added(rows, name, *ages):
    """The rows and, after them, a further stratum that is the sum of some ages."""
    return [
        *rows,
        *with_total([row for row in rows if row[2] in ages], name=name)[sum(row[2] in ages for row in rows) :],
    ]


OF_AGES = {
    **{"reference_window": (TIMES[0], TIMES[3]), "evaluation_window": (TIMES[4], TIMES[7])},
    "standard": "treated_reference",
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "totals",
    [
        {"16-64": ("16-24", "25-34", "35-64")},
        {"16-34": ("16-24", "25-34")},
        {"all": ("16-24", "25-34", "35-64", "65-"), "total": ("16-24", "25-34", "35-64", "65-")},  # none hidden
        {"16-64": ("16-24", "25-34", "35-64"), "all": ("16-64", "65-")},
    ],
)
def test_no_stratum_is_the_total_of_some_of_the_others(totals, seed):
    """Refused on both routes; a cell that differs by more than rounding is enough to be let."""
    plain = rows_of_total = of_ages(seed)
    assert compare(table(plain), **OF_AGES).estimate
    for name, ages in totals.items():
        rows_of_total = added(rows_of_total, name, *ages)
    data = table(rows_of_total, seed)
    with pytest.raises(DataError) as refusal:
        compare(data, **OF_AGES)
    first = data["age"].index(next(iter(totals))) + 1
    assert str(refusal.value) == (
        "Column 'age' must name strata of which none is the sum of others in every cell, as that counts those in it "
        f"twice; 64 rows did not, the first at row {first}. Leave the total's rows out."
    )
    with pytest.raises(ArgumentError, match=r"column 'age' must hold no total of its strata; leave the total's rows"):
        second_route(data, **OF_AGES)
    (name, ages), *_ = totals.items()
    last = added(plain, name, *ages)
    near = table([*last[:-1], (*last[-1][:5], last[-1][5] + 3)], seed)
    assert compare(near, **OF_AGES).estimate
    assert second_route(near, **OF_AGES)


@pytest.mark.parametrize("seed", range(4))
def test_small_counts_are_no_totals_of_some_of_the_others(seed):
    """Of one and no person each, where groups of strata add up here and there; both routes let them."""
    draw = random.Random(seed)
    rows = [
        (unit, time, f"age {k}", "F", float(days), max(days, k % 3 + 1))
        for unit, time, k in product("ABC", TIMES[:8], range(8))
        for days in [draw.choice([1, 1, 2])]
    ]
    assert compare(table(rows), **OF_AGES, standardize=["age"]).estimate
    assert second_route(table(rows), **OF_AGES, standardize=["age"])


def test_a_total_of_many_strata_is_found_and_one_of_some_of_too_many_is_not_looked_for():
    """Of 24 strata besides each group is tried, which takes no time; of more all of them together."""
    for count, left_out, found in ((24, 3, True), (26, 0, True), (26, 3, False)):
        draw = random.Random(count)
        rows = [
            (unit, time, f"{k:02}", "F", float(draw.randrange(100, 400)), 100 + k)
            for unit, time, k in product("ABCDEFGH", TIMES[:8], range(count))
        ]
        data = table(added(rows, "total", *(f"{k:02}" for k in range(left_out, count))))
        if found:
            for route, error in ((compare, DataError), (second_route, ArgumentError)):
                with pytest.raises(error, match="total's rows"):
                    route(data, **OF_AGES, standardize=["age"])
        else:
            assert compare(data, **OF_AGES, standardize=["age"]).estimate
            assert second_route(data, **OF_AGES, standardize=["age"])


def of_sexes(seed, total="T", digits=1, size=300, units="ABCDEFGH", periods=6):
    """Days in whole numbers and full-time equivalents of two sexes, and of both, each rounded by itself."""
    draw, rows = random.Random(seed), []
    for unit, time in product(units, TIMES[:periods]):
        parts = []
        for sex, share, level in (("K", 0.6, 1.6), ("M", 0.4, 0.8)):
            people = size * share * draw.uniform(0.95, 1.05)
            parts.append((sex, people * level * draw.uniform(0.95, 1.05), people))
        both = (total, sum(days for _, days, _ in parts), sum(people for _, _, people in parts))
        rows += [
            (unit, time, "all", sex, float(round(days)), round(people, digits)) for sex, days, people in (*parts, both)
        ]
    return rows


SEXES = {
    **{"reference_window": (TIMES[0], TIMES[2]), "evaluation_window": (TIMES[3], TIMES[5])},
    **{"standardize": ["sex"], "standard": "treated_reference"},
}


@pytest.mark.parametrize(("size", "digits"), [(30, 1), (30, 9), (300, 0), (300, 1), (30_000, 0), (30_000, 1)])
def test_no_stratum_is_the_total_of_all_others_but_for_rounding(size, digits):
    """Days and full-time equivalents of both sexes, each rounded by itself; both routes, and for a check of strata."""
    rows = of_sexes(size + digits, size=size, digits=digits)
    data = table(rows, 1)
    first = data["sex"].index("T") + 1
    check = {"checks": [{"check": "composition_change", "standardize": ["sex"]}], "standardize": [], "standard": None}
    for options in ({}, check):
        with pytest.raises(DataError) as told:
            compare(data, **(SEXES | options))
        assert str(told.value) == (
            "Column 'sex' must name strata of which none is, but for rounding, the sum of all others in every cell, as "
            f"that counts those in it twice; 48 rows did not, the first at row {first}. Leave the total's rows out."
        )
    with pytest.raises(ArgumentError, match=r"column 'sex' must hold no total of its strata; leave the total's rows"):
        second_route(data, **SEXES)
    for column in (4, 5):  # either of the two that does not fit is enough
        far = table([*rows[:-1], (*rows[-1][:column], rows[-1][column] + 2, *rows[-1][column + 1 :])])
        assert compare(far, **SEXES).estimate
        assert second_route(far, **SEXES)


@pytest.mark.parametrize("seed", range(20))
def test_a_stratum_as_large_as_all_others_is_let_where_chance_brings_it_as_near(seed):
    """Days and people of a few each, of which the third stratum has as many as the others, or one more or less."""
    draw = random.Random(seed)
    rows = []
    for unit, time in product("ABCD", TIMES[:6]):
        one, other, days = draw.randint(1, 3), draw.randint(1, 3), draw.randint(1, 2)
        rows += [(unit, time, "all", "x", float(days), one), (unit, time, "all", "y", 1.0, other)]
        rows.append((unit, time, "all", "z", days + 1.0 + draw.choice([-1, 0, 1]), one + other))
    assert compare(table(rows), **SEXES).estimate
    assert second_route(table(rows), **SEXES)


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (("K", "M", "T"), ["T"]),
        (("M", "F", "T"), ["T"]),
        (("kvinnor", "män", "Båda könen"), ["Båda könen"]),
        (("women", "men", "Both sexes"), ["Both sexes"]),
        (("16-34 år", "35-64 år", "16-64 år totalt"), ["16-64 år totalt"]),
        (("1", "2", "1+2"), ["1+2"]),
        (("K", "M", "Samtliga"), ["Samtliga"]),
        (("S", "T", "U"), []),  # industries
        (("låg", "medel", "hög"), []),
        (("K", "M", "okänt"), []),
    ],
)
def test_a_stratum_that_is_called_a_total_has_a_note(names, called):
    """Whatever its numbers are, beside the figure and beside a crude one."""
    draw = random.Random(1)
    rows = [
        (unit, time, "all", name, float(draw.randint(50, 90)), draw.randint(20, 60))
        for unit, time, name in product("ABCD", TIMES[:6], names)
    ]
    check = {"checks": [{"check": "composition_change", "standardize": ["sex"]}], "standardize": [], "standard": None}
    for options in ({}, check):
        notes = [
            one.text for one in compare(table(rows), **(SEXES | options)).notes if one.code == "stratum_called_a_total"
        ]
        assert [text.en.split(",")[0] for text in notes] == [f"Among the strata: {name}" for name in called]
        assert [text.sv.split(",")[0] for text in notes] == [f"Bland skikten finns {name}" for name in called]
