"""Results as a certificate shows them where a contract hides small counts."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

import effekt
from effekt._text import Text
from effekt.certificates.published import published
from effekt.result import Diagnostic, Note


def numbers(plain: Any) -> set[float]:
    """Every number of a result but those that figures are taken from, and every whole number in its sentences."""
    kept = {"means", "exact", "inference", "observed", "path", "arguments"}
    if isinstance(plain, dict):
        return set().union(*(numbers(value) for name, value in plain.items() if name not in kept))
    if isinstance(plain, list):
        return set().union(*map(numbers, plain))
    if isinstance(plain, str):
        return {float(found) for found in re.findall(r"(?<![\w.,])\d+(?![\w.,]\d)", plain)}
    return {float(plain)} if isinstance(plain, (int, float)) and not isinstance(plain, bool) else set()


def shown(result: Any, minimum: int) -> set[float]:
    return numbers(json.loads(published(result, minimum).to_json()))


def with_missing(units: int = 48, missing: tuple[int, ...] = (3, 9)) -> effekt.EffectEstimate:
    rng = np.random.default_rng(1)
    outcome = [None if i in missing else float(value) for i, value in enumerate(rng.normal(size=units))]
    data = {"treated": [i % 2 for i in range(units)], "outcome": outcome}
    return effekt.randomized_trial(data, outcome="outcome", treatment="treated", missing="drop")


def matched(caliper: float) -> effekt.EffectEstimate:
    rng = np.random.default_rng(2)
    age = np.concatenate([rng.normal(1.2, 1.0, 50), rng.normal(0.0, 1.0, 150)])
    data = {
        "unit": list(range(200)),
        "treated": [1] * 50 + [0] * 150,
        "age": age.tolist(),
        "outcome": rng.normal(size=200).tolist(),
    }
    match = effekt.match_controls(data, unit="unit", treatment="treated", covariates=["age"], caliper=caliper)
    return effekt.matched_comparison(data, match=match, outcome="outcome")


def test_two_missing_outcomes_cannot_be_found_by_subtraction() -> None:
    effect = with_missing()
    open_counts = {2.0, 22.0, 24.0, 46.0, 48.0, 2 / 24, 22 / 24}
    assert {2.0, 22.0, 24.0} <= shown(effect, 0)
    assert shown(effect, 5) & open_counts == set()
    note = next(one for one in published(effect, 5).notes if "missing" in one.text.en)
    assert "missing for <5 of .. treated" in note.text.en
    checks = {one.name: one for one in published(effect, 5).diagnostics}
    assert checks["lee_bounds"].values["n_seen_treated"] is None
    assert checks["differential_attrition"].statement.sv.startswith("Antalen i denna kontroll är dolda")
    assert published(effect, 5).exact == effect.exact


def with_lost(clusters: int, lost: int, *, by_covariate: bool = False) -> effekt.EffectEstimate:
    """A clustered trial in which some treated clusters lack every outcome, or every value of a covariate."""
    school = np.arange(4 * clusters) % clusters
    gone = (school % 2 == 1) & (school < 2 * lost)
    values = np.arange(4 * clusters) % 7 + 0.5 * (school % 5)
    data = {
        "y": (values if by_covariate else np.where(gone, np.nan, values)).tolist(),
        "d": (school % 2).tolist(),
        "school": school.tolist(),
        "age": np.where(gone & by_covariate, np.nan, (np.arange(4 * clusters) * 5) % 13).tolist(),
    }
    covariates = ["age"] if by_covariate else []
    return effekt.randomized_trial(
        data, outcome="y", treatment="d", cluster="school", covariates=covariates, missing="drop"
    )


@pytest.mark.parametrize("by_covariate", [False, True])
def test_few_lost_clusters_are_hidden_in_their_note(by_covariate: bool) -> None:
    def told(effect: effekt.EffectEstimate, minimum: int) -> Text:
        (note,) = [one.text for one in published(effect, minimum).notes if one.code == "lost_clusters"]
        return note

    effect = with_lost(24, 2, by_covariate=by_covariate)
    lost = "0" if by_covariate else "2"
    assert told(effect, 0).en.startswith(
        f"Of the clusters that were assigned 10 of 12 treated and 12 of 12 control ones are analysed; every outcome is "
        f"missing in {lost} treated and 0 control ones."
    )
    hidden = lost if by_covariate else "<5"
    assert told(effect, 5).en.startswith(
        f"Of the clusters that were assigned .. of .. treated and .. of .. control ones are analysed; every outcome is "
        f"missing in {hidden} treated and 0 control ones."
    )
    assert "analyseras .. av .. i behandlingsgruppen och .. av .. i kontrollgruppen" in told(effect, 5).sv
    many = with_lost(48, 8, by_covariate=by_covariate)
    assert "16 of 24 treated and 24 of 24 control" in told(many, 5).en


def test_a_few_pairs_and_units_that_were_left_out_are_hidden_in_their_notes() -> None:
    pairs = {"y": [float(i % 7) for i in range(61)], "d": [i % 2 for i in range(61)], "p": [i // 2 for i in range(61)]}
    effect = effekt.randomized_trial(pairs, outcome="y", treatment="d", pairs="p", missing="drop")
    (note,) = [one.text for one in published(effect, 5).notes if one.code == "dropped_pairs"]
    assert note.en == "Left out: <5 pairs without rows in both arms."  # one is not told from several
    units, years = np.repeat(np.arange(30), 4), np.tile(np.arange(2013, 2017), 30)
    start = np.where(units == 0, 2013, np.where(units % 2 == 1, 2015, 0))
    data = {"unit": units, "year": years, "start": start, "days": np.random.default_rng(1).normal(size=120)}
    call = {"outcome": "days", "unit": "unit", "time": "year", "start": "start", "never": 0}
    effects = effekt.staggered_adoption({name: column.tolist() for name, column in data.items()}, **call)
    (note,) = [one.text for one in published(effects, 5).notes if one.code == "always_treated"]
    assert note.en == "<5 units without a period before treatment and its anticipation were left out."
    assert note.sv.startswith("<5 enheter utan")
    (whole,) = [one.text for one in published(effects, 0).notes if one.code == "always_treated"]
    assert whole.en.startswith("1 unit")


def test_unmatched_units_cannot_be_found_by_subtraction() -> None:
    effect = matched(0.2)
    sample = next(one for one in effect.diagnostics if one.name == "matched_sample").values
    unmatched, pairs = sample["unmatched"], sample["matched"]
    assert isinstance(unmatched, int)
    assert 0 < unmatched < 12
    assert {float(unmatched), float(pairs)} <= shown(effect, 0)  # type: ignore[arg-type]
    assert shown(effect, 12) & {float(unmatched), float(pairs), 50.0, 2.0 * pairs} == set()  # type: ignore[operator]


def test_a_share_that_gives_a_small_count_hides_all_counts_and_the_note_that_repeats_it() -> None:
    """6 % of 50 treated are 3 persons."""
    effect = matched(5.0)
    hidden = published(effect, 5)
    (overlap,) = [one for one in hidden.diagnostics if one.name == "propensity_overlap"]
    assert {value for name, value in overlap.values.items() if "share" in name} == {None}
    assert {value for name, value in overlap.values.items() if name.startswith("n_")} == {None}
    assert {*asdict(hidden.sample).values()} == {None}
    assert hidden.estimand.population.en == "the .. treated units"
    (note,) = [one.text for one in hidden.notes if one.code == "thin_overlap"]
    assert "%" in next(one.text.en for one in effect.notes if one.code == "thin_overlap")
    assert re.findall(r"\d", note.en + note.sv) == []


def test_covariates_are_no_small_group_of_persons() -> None:
    """Were their number hidden where it is that of the unmatched, it would say how many these are."""
    effect = matched(0.2)
    (unmatched,) = [one.values["unmatched"] for one in effect.diagnostics if one.name == "matched_sample"]
    said = f"1 of {unmatched} covariates differ"
    note = Note(code="imbalance", text=Text(en=said, sv=said))
    assert note in published(replace(effect, notes=(*effect.notes, note)), 12).notes
    assert isinstance(unmatched, int)
    assert 0 < unmatched < 12


def test_names_of_units_are_hidden_also_where_no_group_is_small() -> None:
    named = Diagnostic(
        name="leave_one_out",
        status="information",
        statement=Text(en="Without one.", sv="Utan en."),
        table={"unit": ("A", "B"), "effect": (1.5, 2.5)},
    )
    effect = replace(matched(5.0), diagnostics=(named,))
    (check,) = published(effect, 5).diagnostics
    assert check.table == {"unit": (None, None), "effect": (1.5, 2.5)}
    assert check.statement == named.statement
    assert published(effect, 0).diagnostics == (named,)


def test_a_few_studies_are_no_small_group_of_persons() -> None:
    made = [with_missing(missing=missing) for missing in ((), tuple(range(12)))]
    pooled = effekt.pool({"first": made[0], "second": made[1]}, model="fixed")
    hidden = published(pooled, 5)
    assert hidden.diagnostics == pooled.diagnostics
    assert hidden.diagnostics[0].values["studies"] == 2
    assert hidden.sample == pooled.sample


def test_a_few_periods_are_no_small_group_of_persons() -> None:
    check = Diagnostic(
        name="pretrends",
        status="ok",
        statement=Text(en="No evidence against it in 3 periods.", sv="Inget som talar emot det i 3 perioder."),
        values={"n_periods": 3, "p_value": 0.4},
    )
    effect = replace(with_missing(), diagnostics=(check,))
    assert published(effect, 5).diagnostics == (check,)


def test_a_few_sick_periods_are_hidden_with_what_gives_them_back() -> None:
    check = effekt.diagnostics.heaping([12] * 20 + [13] * 2 + [14] * 9 + [15] * 11 + [16] * 30)
    effect = replace(with_missing(), diagnostics=(check,))
    (hidden,) = published(effect, 5).diagnostics
    assert hidden.values == {"at": 14, "count": None, "neighbours": None, "ratio": None, "p_value": None}
    assert hidden.table == {"days": check.table["days"], "spells": (None,) * 5}
    assert "9" not in hidden.statement.en
    assert published(effect, 2).diagnostics == (check,)  # no count is below 2


def test_placebos_are_counted_alike_in_a_table_and_in_its_sentence() -> None:
    months = [f"20{year}-{month:02d}" for year in (18, 19) for month in range(1, 13)]
    rng = np.random.default_rng(5)
    rows = [(unit, month, 5 + float(rng.normal())) for unit in "abc" for month in months]
    data = dict(zip(("unit", "month", "days"), map(list, zip(*rows, strict=True)), strict=True))
    effect = effekt.trend_adjusted(
        data,
        outcome="days",
        unit="unit",
        time="month",
        period="month",
        treated="a",
        reference_window=("2018-01", "2018-12"),
        evaluation_window=("2019-01", "2019-12"),
        comparator="others",
        weights=None,
        adjustment="ratio",
        mean="mean_of_periods",
        inference="placebo",
        missing="raise",
    )
    hidden = published(effect, 5)
    assert hidden.sample.n_control is None
    check = next(one for one in hidden.diagnostics if one.name == "placebo_distribution")
    assert check.values["n_placebos"] == len(hidden.inference.errors) == 2  # type: ignore[union-attr]
    assert check.statement.en.startswith("Among 2 units without the intervention")
    assert check.statement.sv == next(one for one in effect.diagnostics if one.name == check.name).statement.sv
    other = replace(check, values={name: value for name, value in check.values.items() if name != "n_placebos"})
    told = published(replace(effect, diagnostics=(replace(other, statement=check.statement),)), 5).diagnostics[0]
    assert told.statement.en.startswith("Among <5 units")  # nothing but a count of placebos opens a sentence


def test_windows_that_are_counted_hide_nothing_and_are_not_hidden() -> None:
    """A count of windows is none of units: small, it is shown, and the counts of units beside it stay."""
    years, rng = list(range(2010, 2020)), np.random.default_rng(6)
    rows = [(f"unit {i}", year, 5 + float(rng.normal())) for i in range(40) for year in years]
    data = dict(zip(("unit", "year", "days"), map(list, zip(*rows, strict=True)), strict=True))
    effect = effekt.trend_adjusted(
        data,
        outcome="days",
        unit="unit",
        time="year",
        period="year",
        treated=[f"unit {i}" for i in range(8)],
        reference_window=(2011, 2011),
        evaluation_window=(2012, 2012),
        comparator="others",
        weights=None,
        inference="none",
        checks=["baseline_choice", "placebo_in_time"],
        threshold=0.5,
    )
    checks = {one.name: one for one in effect.diagnostics}
    counts = [
        checks[name].values[count]
        for name, count in (("baseline_choice", "n_reaching"), ("placebo_in_time", "n_windows"))
    ]
    assert all(0 <= count < 5 for count in counts)  # type: ignore[operator]
    assert published(effect, 5).sample == published(replace(effect, diagnostics=()), 5).sample
    hidden = published(effect, 9)  # the eight treated are few
    assert hidden.sample.n_treated is None
    told = {one.name: one for one in hidden.diagnostics}
    assert [told[name] for name in ("baseline_choice", "placebo_in_time")] == [
        checks[name] for name in ("baseline_choice", "placebo_in_time")
    ]


def test_a_reading_without_a_line_is_no_small_group_of_persons() -> None:
    """The others are all at 8 days by the crude figure, so that no line can be drawn for that one reading."""
    rng = np.random.default_rng(7)
    rows = []
    for i in range(40):
        women = 100 + 5 * (i % 20)
        days = women * (60 + i) // 10
        rows += [(f"unit {i}", 2017, "w", days, women), (f"unit {i}", 2017, "m", 8 * 300 - days, 300 - women)]
        rows += [(f"unit {i}", 2018, sex, int(rng.integers(700, 1500)), 150) for sex in "wm"]
    effect = effekt.trend_adjusted(
        dict(zip(("unit", "year", "sex", "days", "n"), map(list, zip(*rows, strict=True)), strict=True)),
        outcome=("days", "n"),
        unit="unit",
        time="year",
        period="year",
        treated=[f"unit {i}" for i in range(8)],
        reference_window=(2017, 2017),
        evaluation_window=(2018, 2018),
        comparator="others",
        weights="denominator",
        inference="none",
        standardize=["sex"],
        standard="treated_reference",
        level_correction="regression",
    )
    check = next(one for one in effect.diagnostics if one.name == "composition_change")
    assert check.values["n_without_line"] == 1
    assert published(effect, 5).sample == published(replace(effect, diagnostics=()), 5).sample
    told = next(one for one in published(effect, 5).diagnostics if one.name == "composition_change")
    assert told.values["n_without_line"] == 1


@pytest.mark.parametrize("minimum", [0, 5, 30, 500])
def test_publishing_twice_is_publishing_once(minimum: int) -> None:
    for effect in (with_missing(), matched(0.2), matched(5.0)):
        once = published(effect, minimum)
        assert published(once, minimum).to_json() == once.to_json()
