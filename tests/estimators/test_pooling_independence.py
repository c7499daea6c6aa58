"""What `pool` sees of units that its studies have in common, on results of the methods themselves."""

import functools
from dataclasses import replace

import numpy as np
import pytest

import effekt
from effekt._inference import FixedDf, StudentT
from effekt._text import Text
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, Note, Sample


def pooled(*effects):
    return effekt.pool(dict(zip("ABC", effects, strict=False)), model="fixed")


def refused(*effects):
    with pytest.raises(ArgumentError) as found:
        pooled(*effects)
    return str(found.value)


def codes(effect):
    return [note.code for note in effect.notes]


# --- units by name ------------------------------------------------------------------------------------------------


@functools.cache
def trend(treated, comparator, **changed):
    rng = np.random.default_rng(1)
    rows = [(unit, year, float(rng.normal(10, 1))) for unit in "abcdef" for year in range(2000, 2020)]
    data = dict(zip(("unit", "year", "days"), map(list, zip(*rows, strict=True)), strict=True))
    chosen = {"adjustment": "ratio", "inference": "hac", **changed}
    return effekt.trend_adjusted(
        data,
        outcome="days",
        unit="unit",
        time="year",
        period="year",
        treated=treated,
        comparator=comparator if comparator == "others" else list(comparator),
        reference_window=(2000, 2009),
        evaluation_window=(2011, 2019),
        weights=None,
        **chosen,
    )


def test_a_unit_treated_in_two_studies():
    assert refused(trend("a", "bc"), trend("a", "de")) == (
        "`effects` must be independent; 'a' is treated in both 'A' and 'B', and its chance is in both. Pool one of "
        "them, or, where these are two units of one name, give them names apart."
    )


def test_a_unit_treated_in_one_study_and_compared_with_in_another():
    sentence = (
        "`effects` must be independent; 'b' is treated in {} and compared with in {}, and its chance is in both. Leave "
        "it out of the comparator of {}, or, where these are two units of one name, give them names apart."
    )
    assert refused(trend("a", "bc"), trend("b", "de")) == sentence.format("'B'", "'A'", "'A'")
    assert refused(trend("b", "de"), trend("a", "bc")) == sentence.format("'A'", "'B'", "'B'")


def synthetic(treated, donors, effect):
    """What a synthetic comparison with a standard error records."""
    arguments = {"treated": treated, "donors": donors, "inference": "placebo_variance"}
    made = trend("a", "bc")
    return replace(
        made,
        method="synthetic_control",
        arguments=arguments,
        observed=replace(made.observed, control=made.observed.control + effect),
        inference=StudentT(covariance=(0.0, 0.0, 0.01 * effect), df=FixedDf(df=4.0), scale="log"),
    )


def test_donors_and_treated_of_synthetic_comparisons():
    first = synthetic(["a"], ["b", "c"], 1.0)
    assert "'a' is treated in both 'A' and 'B'" in refused(first, synthetic(["z", "a"], ["d"], 2.0))
    assert "Leave it out of the donors of 'A'" in refused(first, synthetic(["c"], ["d"], 2.0))
    assert refused(first, synthetic(["f"], ["d", "c"], 2.0)) == (
        "`effects` must be independent; 'A' and 'B' are both compared with 'c', whose chance is in both. Estimate them "
        "together, as several treated units of one synthetic_control, or name donors apart."
    )
    assert "'c', whose chance is in both" in refused(first, trend("f", "cd"))
    assert "shared_comparators" not in codes(pooled(first, synthetic(["f"], ["d"], 2.0)))
    assert "shared_comparators" in codes(pooled(first, synthetic(["f"], None, 2.0)))


@functools.cache
def spelled(names, seed=1, **changed):
    """A comparison of the first of some names with the others, or with all others of its data."""
    draw = np.random.default_rng(seed)
    rows = [(name, year, float(draw.normal(10, 1))) for name in names for year in range(2000, 2020)]
    chosen = {"comparator": list(names[1:]), "adjustment": "ratio", "inference": "hac", **changed}
    return effekt.trend_adjusted(
        dict(zip(("unit", "year", "days"), map(list, zip(*rows, strict=True)), strict=True)),
        outcome="days",
        unit="unit",
        time="year",
        period="year",
        treated=names[0],
        reference_window=(2000, 2009),
        evaluation_window=(2011, 2019),
        weights=None,
        **chosen,
    )


CODES, APART = ("0127", "0114", "0115", "0117"), ("1401", "1402", "1407", "1415")
TOWNS = ("Dals-Ed", "Lerum", "Partille", "Tjörn")


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (CODES, ("127", *APART[1:]), "'0127' (or '127', which differs in zeros before a number or after its point) is"),
        (CODES, ("1440", "114", *APART[2:]), "are both compared with '0114' (or '114', which differs in zeros before"),
        (CODES, ("114", *APART[1:]), "'114' (or '0114', which differs in zeros before a number or after its point) is"),
        (TOWNS, ("DALS-ED", "Orust", "Öckerö", "Mora"), "'Dals-Ed' (or 'DALS-ED', which differs in upper and lower"),
        (TOWNS, ("Dals Ed", "Orust", "Öckerö", "Mora"), "'Dals-Ed' (or 'Dals Ed', which differs in spaces and hyphens"),
        (TOWNS, ("Mora", "LERUM", "Öckerö", "Orust"), "are both compared with 'Lerum' (or 'LERUM', which differs in"),
    ],
)
def test_a_unit_is_one_however_it_is_written(first, second, told):
    """As names of one table are, where a spreadsheet program may have taken the zero in one of the two."""
    assert told in refused(spelled(first), spelled(second, seed=2))


def test_codes_that_differ_in_capitals_are_two_units():
    assert pooled(spelled(("a1", "b1", "c1", "d1")), spelled(("A1", "B1", "C1", "D1"), seed=2)).method == "pool"


@pytest.mark.parametrize("comparator", ["named", "others"])
def test_the_same_units_under_other_names_are_refused(comparator):
    changed = {} if comparator == "named" else {"comparator": "others"}
    assert refused(spelled(CODES, **changed), spelled(APART, **changed)) == (
        "`effects` must be independent; the treated of 'A' and 'B', and their comparators, are equally many with the "
        "same mean outcome, so that they seem to be the same units under other names. Pool one of them."
    )
    assert "groups_alike" not in codes(pooled(spelled(CODES, **changed), spelled(APART, seed=2, **changed)))


def test_the_same_comparators_under_other_names_have_a_note():
    first, second = spelled(CODES), spelled(APART, seed=2)
    shared = replace(second, observed=replace(second.observed, control=first.observed.control))
    (note,) = (note for note in pooled(first, shared).notes if note.code == "groups_alike")
    assert "Equally many with the same mean outcome: the untreated of A and B. If they are the same," in note.text.en


def test_units_apart_are_pooled():
    assert "shared_comparators" not in codes(pooled(trend("a", "bc"), trend("f", "de")))
    assert "shared_comparators" in codes(pooled(trend("a", "bc"), trend("f", "others")))


# --- members of one set -------------------------------------------------------------------------------------------


@functools.cache
def panel(seed):
    rng = np.random.default_rng(seed)
    rows = [
        (f"u{u}", t, int(u < 10 and t >= 2), "2" if u < 5 else "3" if u < 10 else "never", u + t + float(rng.normal()))
        for u in range(16)
        for t in range(4)
    ]
    return dict(zip(("unit", "time", "treated", "start", "days"), map(list, zip(*rows, strict=True)), strict=True))


PANEL = {"outcome": "days", "unit": "unit", "time": "time"}
MEMBERS = (
    "`effects` must be independent; 'A' and 'B' are different effects by {} from what seems to be one table, and share "
    "units. Combine members of one set with its `.combine`; of several tables pool the same member of each."
)


EVENTS = MEMBERS[:-1] + ", or what `difference_in_differences` finds of its two periods."


def study_of_events(seed, **changed):
    return effekt.event_study(panel(seed), treatment="treated", **PANEL, **changed)


def test_members_of_one_event_study():
    own, other = study_of_events(1), study_of_events(2)
    assert refused(own["0"], own["1"]) == EVENTS.format("event_study")
    assert refused(own["0"], study_of_events(1, variance="CR1")["1"]) == EVENTS.format("event_study")
    whole = effekt.difference_in_differences(panel(1), treatment="treated", **PANEL)
    assert refused(whole, own["1"]) == EVENTS.format("difference_in_differences and event_study")
    together = pooled(own["0"], other["0"])
    w = [1 / one.std_error**2 for one in (own["0"], other["0"])]
    mean = (w[0] * own["0"].estimate + w[1] * other["0"].estimate) / sum(w)
    assert together.estimate == pytest.approx(mean, rel=1e-12)
    assert pooled(*(one.combine({"0": 0.5, "1": 0.5}) for one in (own, other))).sample.n_units == 32


def test_the_two_periods_of_an_event_are_the_same_effect():
    """What the refusal of different members points to, where tables of as many units adopt in different years."""
    data = panel(1)
    kept = [i for i, t in enumerate(data["time"]) if t in (1, 3)]
    table = {name: [column[i] for i in kept] for name, column in data.items()}
    found = effekt.difference_in_differences(table, treatment="treated", **PANEL)
    member = study_of_events(1)["1"]
    assert found.estimate == pytest.approx(member.estimate, rel=1e-12)
    assert found.std_error == pytest.approx(member.std_error, rel=1e-10)
    other = effekt.difference_in_differences(panel(2), treatment="treated", **PANEL)
    assert pooled(found, other).sample.n_units == 32


def adoption(seed):
    return effekt.staggered_adoption(panel(seed), start="start", never="never", **PANEL)


def test_members_of_one_staggered_adoption():
    own, other = adoption(1), adoption(2)
    assert refused(own["(2, 2)"], own["(3, 3)"]) == MEMBERS.format("staggered_adoption")
    dynamic = own.aggregate("dynamic")
    assert refused(dynamic["0"], dynamic["1"]) == MEMBERS.format("staggered_adoption")
    assert pooled(own["(2, 2)"], other["(2, 2)"]).method == "pool"
    assert pooled(own.aggregate("simple"), other.aggregate("simple")).method == "pool"


def test_the_same_cell_of_tables_with_more_units_is_no_other_member():
    own, other = adoption(1)["(2, 2)"], adoption(2)["(2, 2)"]
    words = Text(en="the 12 units first treated in 2, in 2", sv="de 12 enheter som behandlas från 2, under 2")
    larger = replace(
        other,
        estimand=replace(other.estimand, population=words),
        sample=Sample(n_obs=36, n_units=18, n_treated=12, n_control=6),
    )
    assert pooled(own, larger).sample.n_treated == 17


@functools.cache
def people(seed):
    rng = np.random.default_rng(seed)
    n = 48
    return {
        "days": rng.normal(size=n).tolist(),
        "age": rng.normal(size=n).tolist(),
        "lot": [0, 1] * (n // 2),
        "arm": ["none", "p", "q", "none"] * (n // 4),
        "sex": ["f", "m", "m", "f"] * (n // 4),
        "class": [f"c{i % 2}{i // 6}" for i in range(n)],
        "sick": rng.poisson(1.5, n).tolist(),
        "months": [1.0 + i % 3 for i in range(n)],
    }


def arms(seed):
    return effekt.randomized_trials(
        people(seed), outcome="days", treatment="arm", arms=["p", "q"], control="none", adjustment="none"
    )


def subgroups(**changed):
    return effekt.randomized_trials(
        people(1), outcome="days", treatment="lot", subgroup="sex", adjustment="none", **changed
    )


def test_members_of_one_set_of_trials():
    own, other = arms(1), arms(2)
    assert refused(own["p"], own["q"]) == MEMBERS.format("randomized_trials")
    assert pooled(own["p"], other["p"]).sample.n_control == 48
    apart = subgroups()
    assert pooled(apart["f"], apart["m"]).sample.n_units == 48
    clustered = subgroups(cluster="class")
    assert refused(clustered["f"], clustered["m"]) == MEMBERS.format("randomized_trials")


def test_subgroups_of_one_model():
    found = effekt.doubly_robust(people(1), outcome="days", treatment="lot", covariates="age", subgroup="sex")
    assert refused(found["f"], found["m"]) == MEMBERS.format("doubly_robust")


# --- people who count alike ---------------------------------------------------------------------------------------


def trial(seed, **changed):
    chosen = {"outcome": "days", "treatment": "lot", **changed}
    return effekt.randomized_trial(people(seed), **chosen)


ALIKE = (
    "`effects` must be independent; the {} of 'A' and 'B' are equally many with the same mean outcome, though not "
    "estimated alike, so that they seem to be the same people. Pool one of them, or, where the people do differ, "
    "estimate both with the same arguments."
)


def test_one_trial_with_and_without_a_covariate():
    assert refused(trial(1, adjustment="none"), trial(1, covariates="age")) == ALIKE.format("treated and untreated")
    assert refused(trial(1, variance="HC2"), trial(1, variance="HC3")) == ALIKE.format("treated and untreated")
    assert pooled(trial(1, covariates="age"), trial(2, adjustment="none")).sample.n_units == 96


def test_one_group_of_controls():
    own = arms(1)
    first, second = (replace(own[name], method="randomized_trial", arguments={"a": 1}) for name in "pq")
    assert refused(first, replace(second, arguments={"a": 2})) == ALIKE.format("untreated")
    note = next(note for note in pooled(first, second).notes if note.code == "groups_alike")
    assert note.text == Text(
        en="Equally many with the same mean outcome: the untreated of A and B. If they are the same, their chance is "
        "in both studies, and the pooled interval is too short.",
        sv="Lika många med samma medelvärde av utfallet: de obehandlade i A och B. Om de är desamma finns deras slump "
        "i båda studierna, och det sammanlagda intervallet är för kort.",
    )


def test_a_note_or_a_check_makes_no_other_study():
    one = trial(1)
    check = Diagnostic(name="x", status="ok", statement=Text(en="Ok.", sv="Ok."))
    assert (
        refused(one, one.with_diagnostics(check)) == "`effects` must be of different studies; 'B' is the same as 'A'."
    )
    assert "'B' is the same as 'A'" in refused(one, replace(one, notes=()))


# --- notes --------------------------------------------------------------------------------------------------------


def noted(seed, *sentences):
    notes = tuple(Note(code="loss", text=Text(en=f"{said} lost.", sv=f"{said} bortfall.")) for said in sentences)
    return replace(trial(seed), notes=notes)


@pytest.mark.parametrize(
    ("said", "en", "sv"),
    [
        ([["None"], ["None"], ["None"]], "None lost.", "None bortfall."),
        ([["2"], ["2"], ["2"]], "Each study: 2 lost.", "Varje studie: 2 bortfall."),
        ([["2"], [], []], "Study A: 2 lost.", "Studie A: 2 bortfall."),
        (
            [["2"], ["3"], ["2"]],
            "Studies A and C: 2 lost. Study B: 3 lost.",
            "Studierna A och C: 2 bortfall. Studie B: 3 bortfall.",
        ),
        ([["2", "3"], [], []], "Study A: 2 lost. Study A: 3 lost.", "Studie A: 2 bortfall. Studie A: 3 bortfall."),
    ],
)
def test_each_study_keeps_its_own_words(said, en, sv):
    found = pooled(*(noted(seed, *sentences) for seed, sentences in enumerate(said, start=1)))
    assert codes(found) == ["pooled_fixed", "loss"]
    assert found.notes[1].text == Text(en=en, sv=sv)


# --- sentences of what has no standard error ----------------------------------------------------------------------


RATE = {"outcome": "sick", "exposure": "months", "adjustment": "none"}


def test_scales_say_what_differs():
    start = (
        "`effects` must have their standard errors on one scale; 'A' has that of a difference in units and 'B' that of "
        "the logarithm of a ratio. "
    )
    assert refused(trial(1, **RATE), trial(2, **RATE, variance="quasi_poisson")) == (
        start + "Choose one for both, variance='HC2' or variance='quasi_poisson', or keep them apart."
    )
    assert refused(trend("a", "bc", adjustment="difference"), trend("f", "de")) == (
        start + "Choose one for both, adjustment='difference' or adjustment='ratio', or keep them apart."
    )
    assert refused(trial(1), trend("a", "bc")) == start + (
        "Estimate both by one method with one variance, or keep them apart."
    )


def lots(seed):
    return trial(seed, adjustment="none", inference="randomization", draws=99, rng=1)


def without():
    """Every kind without a standard error, and how its sentence ends."""
    blocks = {"inference": "block_bootstrap", "block_length": 3, "draws": 999, "rng": 1}
    asymptotic = ", which give none. Estimate it with inference='asymptotic' where there is such, or leave it out and "
    return {
        "rates": (trial(2, **RATE, inference="exact_poisson"), f"exact tests of two rates{asymptotic}say so."),
        "lots": (lots(2), f"tests by the lots alone{asymptotic}say so."),
        "signs": (
            trial(2, cluster="class", inference="wild_bootstrap", draws=99, rng=1),
            f"tests by resampled signs{asymptotic}say so.",
        ),
        "public": (
            lots(2).public(),
            "tests at declared values alone, as when it was made public, which give none. Pool it as it was before "
            "`.public()`, or leave it out and say so.",
        ),
        "resampled": (
            trend("f", "de", **blocks),
            "resampled values, which give none. Estimate it with inference='hac' where there is such, or leave it out "
            "and say so.",
        ),
    }


@pytest.mark.parametrize("kind", ["rates", "lots", "signs", "public", "resampled"])
def test_what_has_no_standard_error_is_said_in_words(kind):
    effect, end = without()[kind]
    assert refused(trial(1), effect) == f"`effects` must each have a standard error; 'B' has {end}"
