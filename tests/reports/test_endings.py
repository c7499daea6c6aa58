"""What the annex says of an early end holds whatever the day of the ending and whatever the figures."""

from __future__ import annotations

import pytest

from effekt._text import Text
from effekt.certificates import DEMO_KEY, public_key, public_text
from effekt.contracts import Events, Figure, parse_contract, settle_figures
from effekt.contracts.events import Ended
from effekt.contracts.schema import Bilingual
from effekt.reports.endings import ending_sentences

CONTRACT = """\
schema: effekt/contract/1
id: ending
title: {sv: "Slut", en: "Ending"}
parties:
  town: {role: payer, name: "Staden"}
  firm: {role: provider, name: "Firman"}
  fund: {role: guarantor, name: "Fonden"}
  auditor: {role: verifier, name: "Revisorn", keys: ["KEY"]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2022-01-10", outcome_data_from: "2022-03-01"}
attribution: none
data:
  months: {path: "months.csv"}
analysis:
  months:
    method: outcome_count
    data: months
    unit: person
    time: month
    outcome: {column: worked, unit: "months", better: higher}
    statistic: count
    at_least: 1
    missing: raise
    minimum_n: none
figures:
  months: {measure: months, digits: 0, unit: "months", outcomes_until: "2022-12-31"}
  saved: {attested: auditor, digits: 0, unit: SEK, question: {sv: "Hur mycket?", en: "How much?"}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    work:
      payers: {town: "1"}
      payee: firm
      pays: {unit_price: {price: "100", figure: months, below_zero: zero}}
    share:
      payers: {town: "1"}
      payee: firm
      pays: {share_of_savings: {share: "0.5", figure: saved, below_zero: zero}}
  guarantees:
    capital: {guarantor: fund, beneficiary: firm, amount: "5000", share: "1"}
termination:
  merger:
    event: {sv: "staden slås samman", en: "the town is merged"}
    then: pay_nothing_more
    guarantees: lapses
""".replace("KEY", public_text(public_key(DEMO_KEY)))
GUARANTEE = """\
  guarantees:
    capital: {guarantor: fund, beneficiary: firm, amount: "5000", share: "1"}
"""
BACK = "Where the line share is then not paid, what is to be paid back on it still is."


def sentences(text: str = CONTRACT) -> list[str]:
    return [said.en for said in ending_sentences(parse_contract(text.encode()).model)]


def test_what_a_contaminated_comparison_does_is_said_with_its_lines_and_its_last_day() -> None:
    assert [said for said in sentences() if "declared contaminated" in said] == [
        "Where a comparison is declared contaminated from a day, such a clause holds of the lines that rest on it "
        "(work), not of outcomes whose last day was before that day; without a last day it always holds."
    ]


def test_the_last_day_of_a_contaminated_comparison_is_said_where_a_clause_counts_days() -> None:
    before = "The last day that then counts is the day before."
    period = '    period: {from: "2022-03-01", to: "2022-12-31"}\n'
    assert before not in sentences()
    assert before in sentences(CONTRACT.replace("pay_nothing_more\n", "pay_to_date\n" + period))


def test_the_part_that_is_due_is_said_with_its_clause_where_several_have_a_period() -> None:
    of = (
        "is so large a part of the line's amount as the days from 2022-03-01 to 2022-12-31, both included, that have "
        "passed with that day are of all these days; the part is taken after the line's own condition, cap and floor, "
        "before the amount is rounded and before what holds between lines."
    )
    by_day = '    then: pay_to_date\n    period: {from: "2022-03-01", to: "2022-12-31"}\n'
    one = CONTRACT.replace("    then: pay_nothing_more\n", by_day)
    assert f"What is paid up to and including a day {of}" in sentences(one)
    assert (
        "If the contract ends (cause: the town is merged), each line is paid up to and including the last day."
        in sentences(one)
    )
    both = one + '  sale:\n    event: {sv: "firman säljs", en: "the firm is sold"}\n' + by_day
    found = [said for said in sentences(both) if said.endswith(of)]
    assert found == [
        f"What is paid up to and including a day where the contract ends (cause: {event}) {of}"
        for event in ("the town is merged", "the firm is sold")
    ]


def test_a_clause_without_a_period_is_said_to_refer() -> None:
    assert (
        "If the contract ends (cause: the town is merged), each line without a rule of its own is referred to the "
        "parties, since no period is given of which a part could be paid."
    ) in sentences(CONTRACT.replace("pay_nothing_more", "pay_to_date"))


def test_a_line_that_was_measured_when_the_contract_ended_is_said_to_be_paid() -> None:
    found = [said for said in sentences() if "all the same" in said]
    assert found == [
        "If the contract ends on 2022-12-31 or later the line work is paid in full all the same, since all that it "
        "pays for is then measured."
    ]


def test_nothing_is_said_of_a_day_without_a_clause_that_ends_the_contract() -> None:
    assert not any("all the same" in said for said in sentences(CONTRACT[: CONTRACT.index("termination")]))


def test_guarantees_lapse_only_where_the_ending_takes_something() -> None:
    assert (
        "Guarantees lapse then, if the ending takes anything of a line, so that less is paid on it than otherwise."
        in sentences()
    )


def test_the_guarantee_of_a_line_that_a_contaminated_comparison_cuts_is_said_to_be_referred() -> None:
    said = (
        "Where a contaminated comparison takes something of a line, its guarantee is referred to the parties instead."
    )
    assert said in sentences()
    assert said not in sentences(CONTRACT.replace("guarantees: lapses", "guarantees: applies"))


@pytest.mark.parametrize(
    "new",
    [
        "figure: saved, below_zero: negative}}",
        'figure: saved, below_zero: zero}}\n      true_up: {paid: "1", below_zero: clawback}',
    ],
)
def test_what_is_to_be_paid_back_is_said_to_be_paid_back(new: str) -> None:
    changed = (
        CONTRACT.replace("    guarantees: lapses\n", "")
        .replace(GUARANTEE, "")
        .replace("figure: saved, below_zero: zero}}", new)
    )
    assert BACK not in sentences()
    assert BACK in sentences(changed)
    assert BACK not in sentences(changed.replace("pay_nothing_more", "refer"))


def test_what_an_announced_day_pays_anew_is_said_to_be_paid_when_the_contract_ends_on_it() -> None:
    text = CONTRACT.replace('"2022-03-01"}', '"2022-03-01", certificates: ["2022-06-30", "2022-12-31"]}')
    one = text.replace(
        "figure: saved, below_zero: zero}}", "figure: saved, below_zero: zero}}\n      paid_each: certificate"
    )
    (line,) = [said for said in ending_sentences(parse_contract(one.encode()).model) if "announced" in said.en]
    assert line.en == (
        "What an announced day pays on the line share is paid in full all the same if the contract ends on that day or "
        "later; such a clause holds for the other announced days alone."
    )
    assert line.sv == (
        "Det som betalas för en angiven dag på raden share betalas ändå fullt ut om avtalet upphör den dagen eller "
        "senare; en sådan bestämmelse gäller bara för övriga angivna dagar."
    )
    both = one.replace(
        "figure: months, below_zero: zero}}", "figure: months, below_zero: zero}}\n      paid_each: certificate"
    )
    assert any(said.startswith("What an announced day pays on the lines work and share is") for said in sentences(both))
    assert not any("announced" in said for said in sentences(text))


LAST_DAY = Text(
    en="On the line work the outcomes that are paid for an announced day have that day as their last, unless an "
    "earlier last day is given.",
    sv="På raden work har de utfall som betalas för en angiven dag den dagen som sista dag, om ingen tidigare sista "
    "dag är angiven.",
)
EACH = '"2022-03-01", certificates: ["2022-06-30", "2022-12-31"]}'


@pytest.mark.parametrize(
    ("paid_each", "ends", "later"),
    [
        (("work",), ".", ", eller om jämförelsen"),
        (("work", "share"), ".", ", eller, på raden work, om jämförelsen"),
        ((), "; utan sista dag gäller den alltid.", None),
    ],
)
def test_a_comparison_that_is_contaminated_later_is_said_to_take_nothing_of_an_announced_day(
    paid_each: tuple[str, ...], ends: str, later: str | None
) -> None:
    """As what is paid shows (tests/contracts/test_contaminated_each.py)."""
    text = CONTRACT.replace('"2022-03-01"}', EACH)
    for line in paid_each:
        figure = f"figure: {'months' if line == 'work' else 'saved'}, below_zero: zero}}}}"
        text = text.replace(figure, f"{figure}\n      paid_each: certificate")
    said = swedish(text)
    (spoiled,) = [one for one in said if one.startswith("Anmäls")]
    assert spoiled.endswith(f"inte för utfall vars sista dag var före den dagen{ends}")
    assert (LAST_DAY.sv in said) == ("work" in paid_each)
    assert (LAST_DAY.en in sentences(text)) == ("work" in paid_each)
    day = [one for one in said if one.startswith("Det som betalas för en angiven dag")]
    assert len(day) == (later is not None)
    if later is not None:
        assert f"upphör den dagen eller senare{later} är störd först från en senare dag; en sådan" in day[0]


def test_a_line_that_is_not_paid_on_each_day_keeps_its_own_last_day() -> None:
    text = CONTRACT.replace('"2022-03-01"}', EACH)
    text = text.replace(
        "figure: months, below_zero: zero}}", "figure: months, below_zero: zero}}\n      paid_each: certificate"
    )
    text = text.replace(
        'data:\n  months: {path: "months.csv"}\n',
        'data:\n  months: {path: "months.csv"}\n  years: {path: "years.csv"}\n',
    )
    head, _, rest = text.partition("  months:\n    method")
    one, _, tail = rest.partition("figures:\n")
    own = "  months:\n    method" + one
    text = head + own + own.replace("  months:\n", "  years:\n").replace("data: months", "data: years") + "figures:\n"
    text += "  years: {measure: years, digits: 0, unit: SEK}\n" + tail.replace("figure: saved", "figure: years")
    (spoiled,) = [one for one in swedish(text) if one.startswith("Anmäls")]
    assert spoiled.endswith("; utan sista dag gäller den alltid.")
    assert LAST_DAY.sv in swedish(text)


def swedish(text: str) -> list[str]:
    return [said.sv for said in ending_sentences(parse_contract(text.encode()).model)]


@pytest.mark.parametrize("event", ["staden slås samman", "Uppsägning", "Staden säger upp avtalet."])
def test_a_cause_is_right_in_a_sentence_whether_it_is_a_clause_a_noun_or_a_sentence(event: str) -> None:
    assert f"Om avtalet upphör (orsak: {event}) betalas inget mer." in swedish(
        CONTRACT.replace("staden slås samman", event)
    )


def test_a_part_is_taken_after_the_own_cap_before_rounding_with_both_days() -> None:
    text = CONTRACT.replace(
        "pay_nothing_more\n", 'pay_to_date\n    period: {from: "2022-01-11", to: "2022-01-13"}\n'
    ).replace("below_zero: zero}}\n  guarantees", 'below_zero: zero}}\n      cap: "100"\n  guarantees')
    assert (
        "Det som betalas till och med en dag är så stor del av radens belopp som de dagar från och med 2022-01-11 till "
        "och med 2022-01-13 som har gått med den dagen är av alla dessa dagar; delen tas efter radens eget villkor, "
        "tak och golv, men före avrundningen och före vad som gäller mellan rader."
    ) in swedish(text)
    contract = parse_contract(text.encode())
    figures = {
        "months": Figure(
            id="months", unit="months", digits=0, state="determined", value="3", source="measure", reason=None
        ),
        "saved": Figure(
            id="saved", unit="SEK", digits=0, state="determined", value="900", source="attested", reason=None
        ),
    }
    clause = Ended(clause="merger", date="2022-01-12", why=Bilingual(sv="x", en="x"))
    lines = settle_figures(contract, figures, Events(ended=clause)).lines
    assert [line.amount for line in lines] == ["200", "67"]  # 2/3 of 300, and of 100 rather than 100 of 2/3 of 450


def test_a_cohort_without_a_closing_day_is_said_to_be_referred() -> None:
    text = CONTRACT.replace("pay_nothing_more", "pay_on_closed_cohorts")
    assert (
        "Om avtalet upphör (orsak: staden slås samman) hänskjuts varje rad utan egen regel till parterna, eftersom "
        "ingen dag är angiven då dess kohort stängs."
    ) in swedish(text)
    closing = text.replace("cohorts\n", 'cohorts\n    closes: {work: "2022-06-30"}\n')
    assert "Raden share, vars kohort saknar angiven stängningsdag, hänskjuts då till parterna." in swedish(closing)
    assert (
        "If the contract ends (cause: the town is merged), the outcomes of cohorts that are closed by then are paid."
    ) in sentences(closing)


WAITS = "Where the line share is then not paid, what a cap on one settlement has left of it to later ones lapses too."


@pytest.mark.parametrize(
    ("true_up", "between", "waits"),
    [
        ('{paid: paid, below_zero: carry, cap: "50"}', "", True),
        ("{paid: paid, below_zero: carry}", '  cap: {amount: "900", reduces: pro_rata}\n', True),
        ("{paid: paid, below_zero: carry}", "", False),
        ('{paid: "0", below_zero: carry, cap: "50"}', "", False),
    ],
)
def test_what_waits_under_a_cap_is_said_to_lapse(true_up: str, between: str, waits: bool) -> None:
    own = "figure: saved, below_zero: zero}}"
    paid = '  paid: {attested: auditor, digits: 0, unit: SEK, question: {sv: "?", en: "?"}}\npayment:\n'
    text = (
        CONTRACT.replace("    guarantees: lapses\n", "")
        .replace(GUARANTEE, between)
        .replace("payment:\n", paid)
        .replace(own, f"{own}\n      true_up: {true_up}")
    )
    assert (WAITS in sentences(text)) is waits
    assert (
        "Där raden share då inte betalas bortfaller även det av den som ett tak för en avräkning har lämnat till "
        "senare avräkningar." in swedish(text)
    ) is waits
