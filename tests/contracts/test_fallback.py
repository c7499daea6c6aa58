"""Which figure of a ladder counts: by counts and facts of the design, never by a result."""

from __future__ import annotations

import copy

import pytest
from contracts.builders import file, given, line, number, read

from effekt.contracts import complete_figures, settle_figures
from effekt.contracts.fallback import decided
from effekt.exceptions import ContractError
from effekt.reports.terms import cautions, figure_terms

LADDER = [
    {"figure": "trial", "when": "clusters", "at_least": "10"},
    {"figure": "panel", "when": "donors", "at_least": "19"},
    {"figure": "trend"},
]
UNIT = {"unit_price": {"figure": "counts", "price": "100", "below_zero": "zero"}}


def contract(ladder=LADDER, digits=2):
    names = ("trial", "panel", "trend", "clusters", "donors")
    figures = {name: number(0 if name in ("clusters", "donors") else 3) for name in names}
    figures["counts"] = {"derived": {"fallback": ladder}, "digits": digits, "unit": "number"}
    return file({"fee": line(copy.deepcopy(UNIT))}, figures)


def counts(**values):
    terms = read(contract())
    known = {name: values.get(name) for name in ("trial", "panel", "trend", "clusters", "donors")}
    return complete_figures(terms, given(terms, known))["counts"]


@pytest.mark.parametrize(
    ("clusters", "donors", "value"),
    [("10", "0", "0.12"), ("12", "19", "0.12"), ("9", "19", "0.22"), ("9", "18", "0.32"), ("0", "0", "0.32")],
)
def test_the_first_whose_trigger_is_large_enough(clusters, donors, value):
    figure = counts(clusters=clusters, donors=donors, trial="0.124", panel="0.224", trend="0.324")
    assert (figure.state, figure.value) == ("determined", value)


def test_what_the_ladder_does_not_come_to_need_not_exist():
    assert counts(clusters="10", trial="0.125").value == "0.12"  # ties to the even digit
    assert counts(clusters="3", donors="19", panel="0.1").value == "0.10"


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"clusters": None, "donors": "30", "panel": "0.1", "trial": "0.1"}, "not_yet_determinable"),
        ({"clusters": "refer", "donors": "30", "panel": "0.1"}, "referred"),
        ({"clusters": "10", "trial": "refer", "donors": "30", "panel": "0.1"}, "referred"),  # no step further down
        ({"clusters": "10", "donors": "30", "panel": "0.1", "trend": "0.1"}, "not_yet_determinable"),
    ],
)
def test_what_decides_and_what_it_comes_to_must_be_known(values, state):
    figure = counts(**values)
    assert (figure.state, figure.value) == (state, None)
    assert figure.reason is not None


def test_it_is_told_as_a_sentence():
    told = figure_terms(read(contract()))["counts"]
    assert "trial if clusters is at least 10, else panel if donors is at least 19, else trend" in told.en
    assert "trial om clusters är minst 10, annars panel om donors är minst 19, annars trend" in told.sv


@pytest.mark.parametrize(
    ("ladder", "message"),
    [
        (
            [*LADDER[:2], LADDER[1]],
            "fallback[3] is the last and must count whatever happens; remove when and at_least.",
        ),
        ([LADDER[2], LADDER[2]], "fallback[1] counts whatever happens, so that those after it never do; add when and"),
        ([LADDER[2]], "fallback must have 2 or more items; got a list of 1."),
        ([{"figure": "trial", "when": "clusters"}, LADDER[2]], "fallback[1] must have both when and at_least"),
        ([{"figure": "none", "when": "clusters", "at_least": "1"}, LADDER[2]], "must be a name under figures"),
        ([{"figure": "trial", "when": "both", "at_least": "1"}, LADDER[2]], "no result may decide which figure counts"),
        ([{"figure": "counts", "when": "clusters", "at_least": "1"}, LADDER[2]], "is computed from itself"),
    ],
)
def test_ladders_that_cannot_be(ladder, message):
    plan = contract(ladder)
    plan["figures"]["both"] = {"derived": {"sum": ["clusters", "donors"]}, "digits": 0, "unit": "number"}
    with pytest.raises(ContractError) as error:
        read(plan)
    assert message in str(error.value)


def test_a_trigger_exactly_at_its_bound_counts():
    rungs = read(contract()).model.figures["counts"].derived.fallback
    assert decided(rungs, {"clusters": "10.00", "donors": None}) == "trial"
    assert decided(rungs, {"clusters": "9.99", "donors": "19"}) == "panel"
    assert decided(rungs, {"clusters": None, "donors": "19"}) == "clusters"


def test_an_outcome_decides_nothing_where_the_file_says_that_it_is_one():
    plan = contract()
    source = {"sv": "registret", "en": "the register"}
    plan["measures"] = {"clusters": {"step": "parameter", "source": source}}
    assert read(plan)
    for step in ("outcome", "impact"):
        plan["measures"] = {"clusters": {"step": step, "source": source}}
        with pytest.raises(ContractError) as error:
            read(plan)
        assert (
            f"and no outcome, since no result may decide which figure counts; clusters is an {step} by measures."
            in str(error.value)
        )
        assert "Let `when` be a measured or attested figure whose measures.step is parameter" in str(error.value)


@pytest.mark.parametrize(("by", "warned"), [("verifier", False), ("provider", True), ("municipality", True)])
def test_who_has_a_stake_and_attests_what_decides_is_warned_of(by, warned):
    plan = contract()
    plan["figures"]["donors"] = {**plan["figures"]["donors"], "attested": by}
    told = [text for text in cautions(read(plan)) if "which decides which figure counts is" in text.en]
    assert bool(told) is warned
    assert all("som avgör vilken siffra counts är" in text.sv for text in told)


@pytest.mark.parametrize(("by", "warned"), [("verifier", False), ("state", True), ("region", True)])
def test_who_guarantees_or_stands_in_the_waterfall_and_attests_what_decides_is_warned_of(by, warned):
    plan = contract()
    plan["payment"]["waterfall"] = {"from": "provider", "steps": [{"to": {"region": "1"}}]}
    plan["payment"]["guarantees"] = {
        "capital": {"guarantor": "state", "beneficiary": "region", "amount": "50", "share": "1"}
    }
    plan["figures"]["donors"] = {**plan["figures"]["donors"], "attested": by}
    told = [text for text in cautions(read(plan)) if "which decides which figure counts is" in text.en]
    assert bool(told) is warned


def labelled():
    plan = contract(copy.deepcopy(LADDER))
    for id, sv, en in (
        ("trial", "effekten i lottningen", "the effect in the trial"),
        ("panel", "effekten i panelen", "the effect in the panel"),
        ("clusters", "antal lottade skolor", "the number of schools drawn"),
        ("donors", "antal jämförelsekommuner", "the number of donors"),
        ("counts", "effekten", "the effect"),
    ):
        plan["figures"][id] = {**plan["figures"][id], "label": {"sv": sv, "en": en}}
    return plan


@pytest.mark.parametrize(
    ("values", "en", "sv"),
    [
        (
            {"clusters": "12", "trial": "0.1"},
            "The effect is the effect in the trial, attested by Granskaren AB: the number of schools drawn is 12, at "
            "least 10.",
            "Effekten är effekten i lottningen, intygad av Granskaren AB: antal lottade skolor är 12, minst 10.",
        ),
        (
            {"clusters": "9", "donors": "19", "panel": "0.1"},
            "The effect is the effect in the panel, attested by Granskaren AB: the number of schools drawn is 9, below "
            "10; the number of donors is 19, at least 19.",
            "Effekten är effekten i panelen, intygad av Granskaren AB: antal lottade skolor är 9, under 10; antal "
            "jämförelsekommuner är 19, minst 19.",
        ),
        (
            {"clusters": "9", "donors": "18", "trend": "refer"},
            "The effect is trend, attested by Granskaren AB: the number of schools drawn is 9, below 10; the number of "
            "donors is 18, below 19; it is the last of the ladder.",
            "Effekten är trend, intygad av Granskaren AB: antal lottade skolor är 9, under 10; antal "
            "jämförelsekommuner är 18, under 19; den är den sista i stegen.",
        ),
        (
            {"clusters": "9"},
            "It cannot be decided which figure the effect is, because there is no value for the number of donors.",
            "Det går inte att avgöra vilken siffra effekten är, eftersom värde saknas för antal jämförelsekommuner.",
        ),
        (
            {"donors": "30"},
            "It cannot be decided which figure the effect is, because there is no value for the number of schools "
            "drawn.",
            "Det går inte att avgöra vilken siffra effekten är, eftersom värde saknas för antal lottade skolor.",
        ),
    ],
)
def test_the_line_says_which_rung_was_taken_and_by_which_values(values, en, sv):
    terms = read(labelled())
    names = ("trial", "panel", "trend", "clusters", "donors")
    settled = settle_figures(terms, given(terms, {name: values.get(name) for name in names}))
    step = settled.lines[0].steps[0]
    assert (step.rule, step.en, step.sv, step.value) == ("fallback", en, sv, None)
    assert [one.rule for one in settled.lines[0].steps].count("fallback") == 1


def test_a_ladder_behind_other_figures_is_told_and_one_that_is_not_reached_is_not():
    plan = labelled()
    plan["figures"]["answer"] = {**number(0, "yes/no"), "attested": "verifier"}
    plan["figures"]["inner"] = {
        "derived": {"fallback": [{"figure": "trend", "when": "answer", "at_least": "1"}, {"figure": "panel"}]},
        "digits": 2,
        "unit": "number",
    }
    plan["figures"]["counts"]["derived"]["fallback"][0]["figure"] = "inner"
    plan["figures"]["twice"] = {"derived": {"sum": ["counts", "counts"]}, "digits": 2, "unit": "number"}
    plan["payment"]["lines"]["fee"]["pays"]["unit_price"]["figure"] = "twice"
    terms = read(plan)

    def told(clusters):
        values = {"clusters": clusters, "donors": "30", "answer": "1", "trend": "0.3", "panel": "0.2", "trial": None}
        steps = settle_figures(terms, given(terms, values)).lines[0].steps
        return [step.en for step in steps if step.rule == "fallback"]

    assert [text.partition(":")[0] for text in told("10")] == [
        "The effect is inner, computed from other figures",
        "Inner is trend, attested by Granskaren AB",
    ]
    assert told("10")[1].endswith(": the answer to answer is yes.")
    assert len(told("9")) == 1


def test_a_ladder_is_told_by_labels_where_there_are_any():
    told = figure_terms(read(labelled()))["counts"]
    assert "the effect in the trial (trial) if the number of schools drawn (clusters) is at least 10, else" in told.en
    assert "annars effekten i panelen (panel) om antal jämförelsekommuner (donors) är minst 19, annars trend" in told.sv


def sick_leave(inference, statistic, ladder):
    plan = contract(ladder)
    plan["data"] = {"leave": {"path": "leave.csv", "decimal": "."}}
    call = {"method": "trend_adjusted", "data": "leave", "outcome": "y", "unit": "u", "time": "t", "period": "year"}
    plan["analysis"] = {"leave": {**call, "inference": inference}}
    bound = {"confidence_at_least": {"threshold": "0.12", "on_unavailable": "refer"}, "estimate": {}}[statistic]
    plan["figures"]["sure"] = {
        "estimate": "leave",
        "view": "relative_improvement",
        "statistic": statistic,
        "digits": 2,
        "unit": "fraction",
        **bound,
    }
    plan["figures"]["twice"] = {"derived": {"sum": ["sure", "panel"]}, "digits": 2, "unit": "fraction"}
    return plan


def test_a_rung_that_is_estimated_is_told_with_its_analysis_and_method():
    plan = sick_leave("placebo", "estimate", [{"figure": "sure", "when": "clusters", "at_least": "10"}, LADDER[2]])
    terms = read(plan)
    names = ("trial", "panel", "trend", "clusters", "donors", "sure")
    values = dict.fromkeys(names, "0.1") | {"clusters": "12", "donors": "30"}
    step = settle_figures(terms, given(terms, values)).lines[0].steps[0]
    assert step.en == "Counts is sure, from the analysis leave (trend_adjusted): clusters is 12, at least 10."
    assert step.sv == "Counts är sure, ur analysen leave (trend_adjusted): clusters är 12, minst 10."


@pytest.mark.parametrize("inference", ["hac", "block_bootstrap", "cluster"])
@pytest.mark.parametrize("last", ["sure", "twice"])
def test_no_ladder_falls_back_on_bounds_that_leave_out_shocks_to_the_unit(inference, last):
    ladder = [LADDER[0], {"figure": last}]
    with pytest.raises(ContractError) as error:
        read(sick_leave(inference, "confidence_at_least", ladder))
    assert "figures.counts.derived.fallback[2].figure is what the ladder falls back on" in str(error.value)
    assert f"sure is read from inference: {inference}, which leaves out shocks" in str(error.value)
    assert read(sick_leave(inference, "estimate", ladder))  # an estimate has no bounds
    assert read(sick_leave("placebo", "confidence_at_least", ladder))
    first = [{"figure": last, "when": "donors", "at_least": "19"}, {"figure": "trend"}]
    assert read(sick_leave(inference, "confidence_at_least", first))  # what the parties agreed on, not fallen back on


@pytest.mark.parametrize(
    ("payee", "roles", "who"),
    [
        ("provider", ["verifier"], None),
        ("verifier", ["verifier"], "Granskaren AB may sign certificates"),
        ("verifier", ["payer"], "Granskaren AB verifies"),
        ("provider", ["verifier", "provider"], "Utföraren AB may sign certificates"),
    ],
)
def test_who_verifies_or_signs_with_a_stake_is_warned_of(payee, roles, who):
    plan = contract()
    plan["payment"]["lines"]["fee"]["payee"] = payee
    plan["signing"] = {"threshold": 1, "roles": roles}
    for party, key in (("provider", "A" * 42 + "E="), ("municipality", "A" * 42 + "I=")):
        plan["parties"][party]["keys"] = [key]
    told = [text.en for text in cautions(read(plan)) if "a party without a stake" in text.en]
    named = [text for text in told if who is not None and text.startswith(who)]
    assert bool(named) is (who is not None)
    if who is None:
        assert told == []
