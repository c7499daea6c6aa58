"""The second route for staggered adoption: other programs' numbers, the estimator's on random panels, refusals."""

import json
import os
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from independent.conftest import read_columns

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.limits import TooLargeError
from effekt.independent.panels import staggered_adoption as module
from effekt.independent.panels.staggered_adoption import staggered_adoption

GOLDENS = Path(__file__).parents[1] / "goldens" / "staggered"
CSDID = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))["csdid"]
IMPUTED = json.loads((GOLDENS / "imputation.json").read_text(encoding="utf-8"))["cases"]
ROLES = {"outcome": "y", "unit": "unit", "time": "year", "start": "start", "never": "0"}
MPDTA = {**ROLES, "outcome": "lemp", "unit": "countyreal", "start": "first_treat"}
METHODS = {"dr": "doubly_robust", "reg": "regression", "ipw": "inverse_probability"}
CONTROLS = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
AVERAGES = ("simple", "dynamic", "cohort", "calendar")
NEEDS_DATA = pytest.mark.skipif("EFFEKT_TEST_DATA" not in os.environ, reason="EFFEKT_TEST_DATA is not set")


@pytest.fixture
def each_cell_once(monkeypatch):
    """The cells that the averages of one table share are computed at the first of them."""
    for name in ("read_adoption", "read_adopters", "group_time_effects", "imputed_effects", "people_effects"):
        monkeypatch.setattr(module, name, remembered(getattr(module, name)))


def remembered(function):
    """The function of an object and of values, which keeps what it said of them."""
    answers = {}

    def answer(first, *values):
        key = id(first), *map(repr, values)
        if key not in answers:
            answers[key] = first, function(first, *values)
        return answers[key][1]

    return answer


def marked(names):
    return [pytest.param(name, marks=NEEDS_DATA if name.startswith("mpdta") else ()) for name in sorted(names)]


def close(value):
    return pytest.approx(value, rel=1e-8, abs=1e-8)


def pair(numbers):
    return [float(numbers["estimate"]), numbers["std_error"]]


def minimum_wages():
    return read_columns(Path(os.environ["EFFEKT_TEST_DATA"]) / "mpdta.csv")


def as_csdid(name):
    """Return the table and the arguments of a case."""
    words = name.split()
    if words[0] == "mpdta":
        plain = words[1] == "plain"
        options = {} if plain else {"covariates": ["lpop"], "adjustment": METHODS[words[1]]}
        return minimum_wages(), {**MPDTA, **options}
    return read_columns(GOLDENS / "panel.csv"), {
        **ROLES,
        "adjustment": METHODS[words[0]],
        "comparison": CONTROLS[words[1]],
        "base_period": "universal" if words[2] == "universal" else "varying",
        "covariates": ["x", "z"] if words[-1] == "covariates" else (),
        "anticipation": int(words[-1] == "anticipation"),
    }


@pytest.mark.usefixtures("each_cell_once")
@pytest.mark.parametrize("name", marked(CSDID))
def test_csdid(name):
    columns, given = as_csdid(name)
    golden = CSDID[name]
    found = staggered_adoption(columns, **given, variance="CR0")["members"]
    assert {label: pair(own) for label, own in found.items()} == {
        label: close(want) for label, want in golden["effects"].items()
    }
    for by in AVERAGES:
        found = staggered_adoption(columns, **given, variance="CR0", aggregate=by)
        want = golden["aggregates"][by]
        if by == "simple":
            assert pair(found) == close(want["overall"])
            continue
        members = {label: pair(own) for label, own in found["members"].items()}
        assert members.pop("overall") == close(want["overall"])
        assert members == {label: close(own) for label, own in want["members"].items()}


@pytest.mark.usefixtures("each_cell_once")
@pytest.mark.parametrize("name", marked(IMPUTED))
def test_other_programs_that_impute(name):
    columns = minimum_wages() if name == "mpdta" else read_columns(GOLDENS / "panel.csv")
    given = {"plain": {}, "clusters": {"cluster": "cluster"}, "anticipation": {"anticipation": 1}, "mpdta": MPDTA}[name]
    given = {**ROLES, **given, "estimator": "imputation", "variance": "CR0"}
    found = staggered_adoption(columns, **given)["members"]
    assert found
    assert {label: pair(own) for label, own in found.items()} == {
        label: close(want) for label, want in IMPUTED[name]["cells"].items()
    }
    averages = IMPUTED[name]["averages"]
    for by in ("dynamic",) if "anticipation" in given else ("dynamic", "cohort", "simple"):
        found = staggered_adoption(columns, **given, aggregate=by)
        if by == "simple":
            assert pair(found) == close(averages["simple"])
            continue
        found["members"].pop("overall")
        assert {label: pair(own) for label, own in found["members"].items()} == {
            label: close(want) for label, want in averages[by].items()
        }


# --- the estimator ----------------------------------------------------------------------------------------------------


def drawn(seed, n=30, periods=6):
    """Return a panel of `n` units in clusters of two and three, three cohorts, a unit that is always treated."""
    random = Random(seed)
    columns = {name: [] for name in ("unit", "year", "start", "y", "x", "z", "cluster")}
    for i in range(n):
        x, z, level = random.gauss(0, 1), float(random.random() < 0.5), random.gauss(0, 2)
        start = 2010 if i == 0 else [2012, 2013, 2014, None, None][i % 5]
        for t in range(periods):
            treated = start is not None and 2010 + t >= start
            y = level + 0.4 * t + 0.1 * x * t + random.gauss(0, 1) + 0.7 * treated
            cells = (f"u{i:02d}", 2010 + t, start, round(y, 4), round(x, 3), z, f"k{(2 * i) // 5}")
            for name, cell in zip(columns, cells, strict=True):
                columns[name].append(cell)
    return columns


def compared(effect, found):
    for name in ("treated_mean", "counterfactual_mean"):
        assert float(found[name]) == pytest.approx(getattr(effect, name), rel=1e-11, abs=1e-11)
    assert (found["std_error"] is None) == (effect.std_error is None)
    if effect.std_error is not None:
        v11, v10, v00 = effect.inference.covariance
        assert found["covariance"] == [
            pytest.approx([v11, v10], rel=1e-9, abs=1e-12),
            pytest.approx([v10, v00], rel=1e-9, abs=1e-12),
        ]
        assert found["df"] == pytest.approx(effect.df, rel=1e-9)
        assert found["p_value"] == pytest.approx(effect.p_value(), rel=1e-8)


OPTIONS = {
    "plain": {},
    "universal": {"base_period": "universal", "comparison": "not_yet_treated"},
    "anticipation": {"anticipation": 1, "comparison": "not_yet_treated", "variance": "CR0"},
    "clusters": {"cluster": "cluster"},
    "regression": {"covariates": ["x", "z"], "adjustment": "regression", "cluster": "cluster"},
    "inverse probability": {"covariates": ["x"], "adjustment": "inverse_probability", "comparison": "not_yet_treated"},
    "doubly robust": {"covariates": ["x", "z"], "adjustment": "doubly_robust", "comparison": "not_yet_treated"},
    "imputation": {"estimator": "imputation"},
    "imputation, clusters": {"estimator": "imputation", "cluster": "cluster", "anticipation": 1},
    "CR3": {"variance": "CR3", "covariates": ["x"], "comparison": "not_yet_treated"},
    "imputation, CR3": {"estimator": "imputation", "variance": "CR3"},
    "imputation, CR0": {"estimator": "imputation", "variance": "CR0"},
}


@pytest.mark.usefixtures("each_cell_once")
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", OPTIONS)
def test_the_estimator_on_random_panels(name, seed):
    columns, given = drawn(seed, 40), {**ROLES, "never": None, **OPTIONS[name]}
    effects = effekt.staggered_adoption(columns, **given)
    found = staggered_adoption(columns, **given)
    assert list(found["members"]) == list(effects.labels)
    for label in effects.labels:
        compared(effects[label], found["members"][label])
    weights = {effects.labels[0]: Fraction(3, 4), effects.labels[-1]: Fraction(-1, 3)}
    compared(effects.combine(weights), found["combine"](weights))
    for by in AVERAGES:
        averages, found = effects.aggregate(by), staggered_adoption(columns, **given, aggregate=by)
        if by == "simple":
            compared(averages, found)
            continue
        compared(averages.overall, found["members"]["overall"])
        assert list(found["members"]) == [*averages.labels, "overall"]
        for label in averages.labels:
            compared(averages[label], found["members"][label])


FEW = {
    "never treated": {},
    "not yet treated": {"comparison": "not_yet_treated", "base_period": "universal"},
    "imputation": {"estimator": "imputation"},
}


def few(seed):
    """Return a panel of six towns of one or two schools, which adopt in three stages or never."""
    columns = drawn(seed, 9)
    towns = dict(zip(sorted(set(columns["unit"])), [0, 0, 1, 2, 2, 3, 4, 4, 5], strict=True))
    columns["cluster"] = [f"town {towns[unit]}" for unit in columns["unit"]]
    columns["start"] = [[2012, 2012, 2013, None, 2014, None][towns[unit]] for unit in columns["unit"]]
    return columns


@pytest.mark.parametrize("by", AVERAGES)
@pytest.mark.parametrize("name", FEW)
def test_adoption_dealt_to_others(name, by):
    options = {**ROLES, "never": None, "cluster": "cluster", "inference": "permutation", "aggregate": by, **FEW[name]}
    effect, found = effekt.staggered_adoption(few(11), **options), staggered_adoption(few(11), **options)
    if by != "simple":
        assert {own["unavailable"] for label, own in found["members"].items() if label != "overall"} == {
            "of one average"
        }
        effect, found = effect.overall, found["members"]["overall"]
    assert len(effect.inference.statistics) == 180
    assert float(found["estimate"]) == pytest.approx(effect.estimate, rel=1e-11)
    for null in (0.0, -1.0, 0.83, 3.0):
        for side in ("two-sided", "greater", "less"):
            own = effect.inference.p_value(effect.means, "difference", null, side)
            assert found["test"]("difference", null, side) == own
    ratio = effect.inference.p_value(effect.means, "ratio", 0.9, "two-sided")
    assert found["test"]("ratio", 0.9, "two-sided") == ratio


def test_adoption_is_not_dealt_where_the_estimator_does_not():
    options = {**ROLES, "never": None, "cluster": "cluster", "inference": "permutation", "aggregate": "simple"}
    mixed = few(1)
    mixed["cluster"] = ["one" if name == "town 4" else name for name in mixed["cluster"]]
    mixed["cluster"] = ["one" if name == "town 5" else name for name in mixed["cluster"]]
    assert staggered_adoption(mixed, **options)["unavailable"] == "the clusters do not allow it"
    for wrong in ({"inference": "signs"}, {"variance": "CR0"}, {"anticipation": 1}, {"aggregate": None}):
        with pytest.raises(ArgumentError, match="inference must be asymptotic, or permutation"):
            staggered_adoption(few(1), **{**options, **wrong})


def test_a_small_group_has_no_inference_in_either():
    columns = drawn(3, 10)
    effects = effekt.staggered_adoption(columns, **{**ROLES, "never": None})
    found = staggered_adoption(columns, **{**ROLES, "never": None})
    assert any(one.std_error is None for one in effects.effects)
    for label in effects.labels:
        compared(effects[label], found["members"][label])


def test_means_without_covariates_are_exact():
    columns = {
        "unit": list("aabbccdd"),
        "year": ["2020-1", "2020-2"] * 4,
        "start": ["2020-02"] * 4 + [""] * 4,
        "y": ["0.1", "0.4", "0.3", "0.2", "0.7", "0.1", "0.2", "0.3"],
    }
    (found,) = staggered_adoption(columns, **{**ROLES, "never": None})["members"].values()
    assert found["treated_mean"] == Fraction("0.3")
    assert found["counterfactual_mean"] == Fraction("0.2") + Fraction("-0.25")
    assert found["unavailable"] == "fewer than six clusters in all"


def test_months_start_in_a_date_and_units_that_lack_a_month_are_left_out():
    columns = drawn(4)
    columns["year"] = [f"2010-{year - 2009}" for year in columns["year"]]
    columns["start"] = [None if year is None else f"2010-{year - 2009:02d}-15" for year in columns["start"]]
    columns["y"][-1] = None
    given = {**ROLES, "never": None, "missing": "drop", "aggregate": "simple"}
    effect = effekt.staggered_adoption(columns, **given)
    compared(effect, staggered_adoption(columns, **given))
    assert "(2010-03, 2010-04)" in staggered_adoption(columns, **{**given, "aggregate": None})["members"]
    with pytest.raises(DataError, match="row 180"):
        staggered_adoption(columns, **{**given, "missing": "raise"})


@pytest.mark.parametrize(
    "written",
    [
        lambda year: None if year is None else year - 2010 - 3,
        lambda year: None if year is None else str(year - 2010 + 1),
        lambda year: None if year is None else f"{year}/{(year + 1) % 100:02d}",
        lambda year: None if year is None else f"2010-Q{year - 2009}" if year < 2014 else f"2011-Q{year - 2013}",
    ],
    ids=["below nothing", "whole numbers", "seasons", "quarters"],
)
def test_times_of_several_kinds(written):
    columns = drawn(7)
    columns |= {name: [written(year) for year in columns[name]] for name in ("year", "start")}
    given = {**ROLES, "never": None}
    effects, found = effekt.staggered_adoption(columns, **given), staggered_adoption(columns, **given)
    assert list(found["members"]) == list(effects.labels)
    for label in effects.labels:
        compared(effects[label], found["members"][label])


def test_without_variation_and_where_one_cluster_decides_there_is_no_inference_in_either():
    columns = drawn(8)
    columns["y"] = [year - 2010 for year in columns["year"]]
    still = staggered_adoption(columns, **{**ROLES, "never": None, "aggregate": "simple"})
    assert still["unavailable"] == "no within-arm variation"
    assert effekt.staggered_adoption(columns, **{**ROLES, "never": None, "aggregate": "simple"}).std_error is None
    columns = drawn(8)
    columns["x"] = [float(unit == "u03") for unit in columns["unit"]]  # a dummy for one unit never treated
    given = {**ROLES, "never": None, "covariates": ["x"], "adjustment": "regression"}
    effects, found = effekt.staggered_adoption(columns, **given), staggered_adoption(columns, **given)
    assert {own["unavailable"] for own in found["members"].values()} == {"one cluster decides alone"}
    assert [one.std_error for one in effects.effects] == [None] * len(effects.effects)


def without(columns, row):
    return {name: [*cells[:row], *cells[row + 1 :]] for name, cells in columns.items()}


def test_bad_input_is_refused():
    columns, given = drawn(5), {**ROLES, "never": None}
    several = {
        "repeats a unit and period": {**columns, "year": [2010] * len(columns["year"])},
        "seen in every period": without(columns, 7),
        "alike in all rows of a unit": {**columns, "start": [2012, *columns["start"][1:]]},
        "written as the times are": {**columns, "start": ["soon", *columns["start"][1:]]},
        "without a gap": {**columns, "year": [2 * year for year in columns["year"]]},
        "periods of one kind": {**columns, "year": ["2010-01", "2010", *columns["year"][2:]]},
        "somebody to compare with": {**columns, "start": [2012] * len(columns["year"])},
    }
    for words, table in several.items():
        with pytest.raises(DataError, match=words):
            staggered_adoption(table, **given)
    with pytest.raises(DataError, match="written as the times are"):
        staggered_adoption({**columns, "start": ["2012-01", *columns["start"][1:]]}, **given)
    with pytest.raises(DataError, match="must not be 0"):
        staggered_adoption({**columns, "start": ["0"] * len(columns["year"])}, **given)
    numbered = {**columns, "year": [year - 2009 for year in columns["year"]]}
    with pytest.raises(DataError, match="a whole number where the times are"):
        staggered_adoption({**numbered, "start": ["2012-01"] * len(columns["year"])}, **given)
    late = {**columns, "start": [2014 + (unit > "u15") for unit in columns["unit"]]}
    with pytest.raises(ArgumentError, match="needs an effect in a treated period"):
        staggered_adoption(
            late, **given, comparison="not_yet_treated", anticipation=1, base_period="universal", aggregate="simple"
        )
    for words, options in {
        "estimator must be": {"estimator": "two_way"},
        "covariates, adjustment": {"estimator": "imputation", "covariates": ["x"]},
        "must be one of": {"comparison": "everyone"},
        "aggregate must be": {"aggregate": "mean"},
    }.items():
        with pytest.raises(ArgumentError, match=words):
            staggered_adoption(columns, **{**given, **options})


def test_what_takes_minutes_does_not_begin(monkeypatch):
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 1000)
    with pytest.raises(TooLargeError):
        staggered_adoption(drawn(6), **{**ROLES, "never": None})


# --- other people in each period --------------------------------------------------------------------------------------

PEOPLE = json.loads((GOLDENS / "people.json").read_text(encoding="utf-8"))["csdid"]
OTHERS = {**ROLES, "sampling": "repeated_cross_sections"}


def as_people(name):
    method, controls, base, anticipation, covariates = name.split()
    return {
        **OTHERS,
        "unit": "person",
        "adjustment": METHODS[method],
        "comparison": CONTROLS[controls],
        "base_period": base,
        "anticipation": int(anticipation),
        "covariates": ["x", "z"] if covariates == "covariates" else (),
    }


@pytest.mark.parametrize("name", sorted(name for name in PEOPLE if "not" in name or "plain" in name))
def test_other_people_by_csdid(name):
    table = read_columns(GOLDENS / "people.csv")
    found = staggered_adoption(table, **as_people(name), variance="CR0")["members"]
    assert set(found) == set(PEOPLE[name]["effects"])
    for label, want in PEOPLE[name]["effects"].items():
        assert pair(found[label]) == close(want)


@pytest.mark.parametrize("adjustment", ["doubly_robust", "regression", "inverse_probability"])
@pytest.mark.parametrize("aggregate", [None, "simple", "dynamic"])
def test_other_people_as_the_estimator(adjustment, aggregate):
    """Means, errors and degrees of freedom with schools as clusters and leverages."""
    options = {**OTHERS, "unit": "school", "adjustment": adjustment, "covariates": ["x"], "aggregate": aggregate}
    numbers = staggered_adoption(read_columns(GOLDENS / "people.csv"), **options)
    found = effekt.staggered_adoption(GOLDENS / "people.csv", **{**options, "never": 0})
    pairs = (
        [(found, numbers)] if aggregate == "simple" else zip(found.effects, numbers["members"].values(), strict=False)
    )
    for effect, own in pairs:
        assert effect.treated_mean == close(float(own["treated_mean"]))
        assert effect.counterfactual_mean == close(float(own["counterfactual_mean"]))
        assert (effect.std_error, effect.df) == close((own["std_error"], own["df"]))


def test_what_other_people_are_refused():
    table = read_columns(GOLDENS / "people.csv")
    roles = {**OTHERS, "unit": "school"}
    with pytest.raises(ArgumentError, match="sampling"):
        staggered_adoption(table, **roles, estimator="imputation")
    kept = [
        i
        for i, (start, year) in enumerate(zip(table["start"], table["year"], strict=True))
        if (start, year) != ("2013", "2015")
    ]
    with pytest.raises(DataError, match="every cohort"):
        staggered_adoption({name: [cells[i] for i in kept] for name, cells in table.items()}, **roles)
    moved = ["2013" if i == 3 else start for i, start in enumerate(table["start"])]
    with pytest.raises(DataError, match="alike"):
        staggered_adoption({**table, "start": moved}, **roles)
