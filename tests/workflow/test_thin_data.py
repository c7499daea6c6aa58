"""Thin data: the smallest numbers, ties, people without a match and late outcomes, from the file to the certificate."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from deciding import decided

import effekt
from effekt import workflow
from effekt._calendar import days_after
from effekt._text import Language, Text
from effekt.certificates import DEMO_KEY
from effekt.contracts import Contract, Figure, parse_attestation, parse_contract
from effekt.contracts.thin_data import MinimumN, tied
from effekt.exceptions import ContractError
from effekt.reports.html import render_page
from effekt.reports.text import certificate_text
from effekt.reports.thin_data import thin_sentences
from effekt.result import Diagnostic

HEAD = """\
schema: effekt/contract/1
id: thin
title: {sv: "Tunt", en: "Thin"}
parties:
  state: {role: payer, name: "Staten"}
  fund: {role: investor, name: "Fonden"}
  verifier: {role: verifier, name: "Granskaren", keys: ["5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2020-01-01", outcome_data_from: "2021-01-01"}
attribution: matched
data:
  people: {path: "people.csv"}
"""
ANALYSIS = """\
analysis:
  work:
    method: matched_comparison
    data: people
    outcome: {column: days, unit: "day", better: higher}
    match:
      unit: unit
      treatment: served
      covariates: [age]
      method: nearest
      distance: mahalanobis
      caliper: none
      calipers: {age: "1"}
      ratio: 1
      replace: false
      order: none
      estimand: ATT
      salt: "thin"
      tie_orders: 100
      missing: raise
    variance: CR2
    missing: raise
"""
FIGURES = """\
figures:
  effect: {estimate: work, view: improvement, statistic: estimate, digits: 2, unit: day}
  total: {estimate: work, view: total, units: enrolled, statistic: estimate, digits: 2, unit: day}
  enrolled:
    {attested: verifier, digits: 0, unit: person, question: {sv: "Hur många skrevs in?", en: "How many enrolled?"}}
"""
PAYMENT = """\
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    fee:
      payers: {state: "1"}
      payee: fund
      pays: {unit_price: {price: "100", figure: total, below_zero: zero}}
      cap: "100000"
"""
TEXT = HEAD + ANALYSIS + FIGURES + PAYMENT
ATTESTED = """\
schema: effekt/attestation/1
contract: thin
figures:
  enrolled: {value: "NUMBER", by: verifier, date: "2022-01-01", evidence: {description: "Register"}}
"""


def people(ages: Sequence[int], others: Sequence[int], days: Sequence[int]) -> str:
    """Treated of some ages with 10 days each, controls of others with the days given."""
    rows = [f"t{k:02d},1,{age},10" for k, age in enumerate(ages)]
    rows += [f"c{k:02d},0,{age},{day}" for k, (age, day) in enumerate(zip(others, days, strict=True))]
    return "\n".join(["unit,served,age,days", *rows]) + "\n"


PAIRED = people(range(20, 60, 5), range(20, 60, 5), [4, 5, 6, 7, 4, 5, 6, 7])  # one control for each; 4.5 more days
TIED = people(range(20, 60, 5), [20, *range(20, 60, 5)], [0, 8, 5, 6, 7, 4, 5, 6, 7])  # two controls of the first
LONELY = people([*range(20, 60, 5), 90, 95], range(20, 60, 5), [4, 5, 6, 7, 4, 5, 6, 7])  # two treated without a match


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def read(text: str, folder: Path | None = None) -> Contract:
    return parse_contract(text.encode(), folder or Path())


def settled(
    text: str,
    table: str,
    folder: Path,
    *,
    enrolled: int = 8,
    date: str = "2022-06-01",
    kind: str = "final",
    as_it_is: bool = False,
) -> workflow.Certificate:
    """The certificate, which its own verification reproduces from its statement and from the data.

    The contract decides every term, but `as_it_is`, where those that it leaves open are accepted.
    """
    (folder / "people.csv").write_text(table, encoding="utf-8")
    contract = read(text if as_it_is else decided(text), folder)
    told = [parse_attestation(ATTESTED.replace("NUMBER", str(enrolled)).encode())] if "attested:" in text else []
    made = workflow.settle(contract, date=date, attestations=told, kind=kind, undecided_accepted=as_it_is).sign(
        DEMO_KEY
    )
    workflow.write_certificate(made, folder / "certificate.json")
    for given in (None, contract):
        found = workflow.verify(folder / "certificate.json", contract=given)
        assert [one.name for one in found.findings if one.verdict == "different"] == []
    return made


def figure(certificate: workflow.Certificate, id: str) -> Figure:
    return next(one for one in certificate.figures if one.id == id)


def line_of(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(start))


def refused(text: str) -> str:
    """What `check` and `lock` both say."""
    told = []
    for call in (
        workflow.check,
        lambda contract: workflow.lock(contract, key=DEMO_KEY, date="2020-02-01", undecided_accepted=True),
    ):
        with pytest.raises(ContractError) as error:
            call(read(text))
        told.append(str(error.value))
    assert told[0] == told[1]
    return told[0]


def plain(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())


def with_key(key: str, text: str = TEXT) -> str:
    """The contract with a key more of its analysis."""
    return changed(text, ("    variance: CR2\n", f"    {key}\n    variance: CR2\n"))


def of_total(keys: str, text: str = TEXT) -> str:
    return changed(text, ("units: enrolled, statistic: estimate,", f"units: enrolled, {keys}, statistic: estimate,"))


# --- the smallest numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ("units: 16", "determined"),
        ("treated: 8, control: 8", "determined"),
        ("units: 17", "referred"),
        ("treated: 9", "referred"),
        ("control: 9", "referred"),
        ("rows: 16, clusters: 8", "determined"),  # each pair is a cluster
        ("rows: 16, clusters: 9", "referred"),
    ],
)
def test_with_fewer_than_the_smallest_number_there_is_no_number(counts: str, state: str, tmp_path: Path) -> None:
    made = settled(with_key(f"minimum_n: {{{counts}, on_fewer: refer}}"), PAIRED, tmp_path)
    assert (figure(made, "effect").state, figure(made, "total").state) == (state, state)
    assert made.due == ("3600" if state == "determined" else None)


def test_few_units_wait_where_the_contract_says_so(tmp_path: Path) -> None:
    made = settled(with_key("minimum_n: {units: 200, control: 100, on_fewer: wait}"), PAIRED, tmp_path)
    total = figure(made, "total")
    assert (total.state, total.value, made.settlement.state) == ("not_yet_determinable", None, "not_yet_determinable")
    assert total.reason is not None
    assert total.reason.en == (
        "total: the contract asks for at least 200 units and 100 control units, and there are not that many."
    )
    assert (
        total.reason.sv == "total: avtalet kräver minst 200 enheter och 100 kontrollenheter, och så många finns inte."
    )


def test_few_units_are_seen_where_the_counts_are_hidden(tmp_path: Path) -> None:
    text = changed(TEXT, ("data:\n", "disclosure: {minimum: 9}\ndata:\n"))
    for least, state in (("units: 16", "determined"), ("units: 17", "referred"), ("treated: 9", "referred")):
        made = settled(with_key(f"minimum_n: {{{least}, on_fewer: refer}}", text), PAIRED, tmp_path)
        result: Any = made.results["work"]
        assert result.sample.n_units is None
        assert result.sample.n_treated is None
        assert figure(made, "total").state == state


def test_a_smallest_number_that_tells_of_a_hidden_count() -> None:
    text = changed(
        with_key("minimum_n: {treated: 8, on_fewer: wait}"), ("data:\n", "disclosure: {minimum: 9}\ndata:\n")
    )
    assert refused(text) == (
        f"line {line_of(text, 'minimum_n')}: analysis.work.minimum_n.treated must be at least disclosure.minimum, 9, "
        "since a figure with or without a value would tell of a hidden count; got 8."
    )


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("{on_fewer: refer}", "minimum_n must have at least one of the keys rows, units, treated, control or clusters"),
        ("{units: 5}", "minimum_n lacks the key on_fewer"),
        ("{units: 0, on_fewer: refer}", "minimum_n.units must be at least 1"),
        ("{units: 5, on_fewer: zero}", "minimum_n.on_fewer must be refer or wait; got"),
        ('"some"', "minimum_n must be none; got"),
    ],
)
def test_a_smallest_number_is_whole_and_says_what_fewer_mean(term: str, told: str) -> None:
    text = with_key(f"minimum_n: {term}")
    with pytest.raises(ContractError) as error:
        read(text)
    assert str(error.value).startswith(f"line {line_of(text, 'minimum_n')}: analysis.work.{told}")


def test_a_smallest_number_that_an_analysis_never_has() -> None:
    text = (workflow.case("peterborough") / "contract.yaml").read_text(encoding="utf-8")
    text = changed(text, ("    minimum_n: none\n", "    minimum_n: {units: 5, on_fewer: wait}\n"))
    assert refused(text) == (
        f"line {line_of(text, 'minimum_n')}: analysis.reconvictions.minimum_n.units can never be met, as published "
        "figures do not say how many stand behind them (published_comparison); remove it."
    )


# --- ties -------------------------------------------------------------------------------------------------------------


def test_a_figure_that_depends_on_the_order_of_ties_is_referred(tmp_path: Path) -> None:
    free = settled(TEXT, TIED, tmp_path)
    result: Any = free.results["work"]
    check = next(one for one in result.diagnostics if one.name == "tie_orders")
    spread = Fraction(check.values["max"]) - Fraction(check.values["min"])
    assert spread == 1  # one control of 0 or 8 days among eight pairs
    assert free.due is not None
    for tolerance, state in (("0", "referred"), ("0.99", "referred"), ("1", "determined")):
        made = settled(with_key(f'tie_tolerance: "{tolerance}"'), TIED, tmp_path)
        assert (figure(made, "effect").state, figure(made, "total").state) == (state, state)
        assert made.due == (free.due if state == "determined" else None)


def test_a_figure_on_a_bound_that_depends_on_the_order_of_ties_is_referred(tmp_path: Path) -> None:
    """Two treated and two controls are alike: whoever is whose pair, the mean is the same and its interval is not."""
    alike = PAIRED.replace("t01,1,25,10", "t01,1,20,20").replace("c01,0,25,5", "c01,0,20,14")
    bound = changed(
        with_key('tie_tolerance: "0"'),
        (
            "view: improvement, statistic: estimate",
            'view: improvement, statistic: confidence_low, level: "0.95", alternative: two-sided, '
            "on_unavailable: refer",
        ),
    )
    made = settled(bound, alike, tmp_path)
    result: Any = made.results["work"]
    check = next(one for one in result.diagnostics if one.name == "tie_orders")
    assert check.values["min"] == check.values["max"]
    assert check.values["max_conf_low"] - check.values["min_conf_low"] > 1
    assert check.status == "warning"
    assert check.statement.en in [note.text.en for note in result.notes]
    referred = figure(made, "effect")
    assert referred.state == "referred"
    assert referred.reason is not None
    assert "the interval of the estimate depends on which of equally near" in referred.reason.en
    assert figure(made, "total").state == "determined"  # which is of the estimate alone
    assert figure(settled(bound.replace('"0"', '"9"'), alike, tmp_path), "effect").state == "determined"


@pytest.mark.parametrize(
    ("certain", "count", "error", "referred"),
    [(True, 3, 0.5, True), (True, 3, None, False), (True, 0, 0.5, False), (False, 3, 0.5, False)],
)
def test_an_interval_that_some_orders_of_ties_do_not_have_is_no_steady_one(
    certain: bool, count: int, error: float | None, referred: bool
) -> None:
    """Nothing told of the other orders' intervals is not taken for their being the same."""
    check = Diagnostic(
        name="tie_orders", status="ok", statement=Text(en="", sv=""), values={"min": 1.0, "max": 1.0, "count": count}
    )
    found = tied("gain", "9", (SimpleNamespace(diagnostics=(check,), std_error=error),), certain=certain)
    assert (found is not None) == referred
    assert found is None or found.reason.en.startswith("gain: it is not known how the interval")


def test_no_tie_is_within_a_tolerance_of_nothing(tmp_path: Path) -> None:
    assert settled(with_key('tie_tolerance: "0"'), PAIRED, tmp_path).due == "3600"


def test_a_tolerance_where_no_tie_is_broken() -> None:
    exact = changed(
        with_key('tie_tolerance: "0"'),
        ("      method: nearest\n", "      method: exact\n"),
        ("distance: mahalanobis", "distance: propensity"),
        ('      calipers: {age: "1"}\n', ""),
    ).replace("CR2", "HC2")
    assert refused(exact) == (
        f"line {line_of(exact, 'tie_tolerance')}: analysis.work.tie_tolerance has no meaning, as ties between controls "
        "are broken only by matched_comparison with the method nearest, optimal, full; remove it."
    )


# --- people without a match -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "unmatched", "units", "value"),
    [
        ("enrolled", "estimate", 10, "45.00"),  # 4.5 days for ten
        ("enrolled", "zero", 10, "36.00"),  # 4.5 days for the eight of ten who have a match
        ("enrolled", "refer", 10, None),
        ("enrolled", "estimate", 9, None),  # ten are in the data
        ("matched", "zero", 8, "36.00"),
        ("matched", "zero", 10, None),
        ("matched", "refer", 8, None),
    ],
)
def test_for_whom_a_total_is_paid(counts: str, unmatched: str, units: int, value: str | None, tmp_path: Path) -> None:
    text = of_total(f"payment_quantity: {{counts: {counts}, unmatched: {unmatched}}}")
    made = settled(text, LONELY, tmp_path, enrolled=units)
    total = figure(made, "total")
    assert (total.value, total.state) == (value, "determined" if value else "referred")
    assert figure(made, "effect").value == "4.50"
    if unmatched != "zero" or counts == "matched":
        hidden = changed(text, ("data:\n", "disclosure: {minimum: 9}\ndata:\n"))
        assert figure(settled(hidden, LONELY, tmp_path, enrolled=units), "total") == total


def test_all_are_matched_and_nothing_is_referred(tmp_path: Path) -> None:
    for counts in ("enrolled", "matched"):
        text = of_total(f"payment_quantity: {{counts: {counts}, unmatched: refer}}")
        assert settled(text, PAIRED, tmp_path).due == "3600"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            of_total("payment_quantity: {counts: matched, unmatched: estimate}"),
            "figures.total.payment_quantity.unmatched must be refer or zero where counts is matched, since estimate "
            "pays for those without a match; got estimate.",
        ),
        (
            of_total("payment_quantity: {counts: matched, unmatched: zero}").replace("units: enrolled", 'units: "8"'),
            "figures.total.payment_quantity.counts must be enrolled where units is written in the file, since who is "
            "matched is known only after; got matched.",
        ),
        (
            changed(
                of_total("payment_quantity: {counts: enrolled, unmatched: zero}"),
                ("data:\n", "disclosure: {minimum: 5}\ndata:\n"),
            ),
            "figures.total.payment_quantity.unmatched must be refer or estimate where disclosure hides small counts, "
            "since the figure over the estimate gives back how many have no match; got zero.",
        ),
        (
            changed(
                of_total("payment_quantity: {counts: enrolled, unmatched: refer}"),
                ("estimand: ATT", "estimand: ATC"),
            ),
            "figures.total.payment_quantity is on the treated, so the estimand of analysis.work must be ATT; got ATC.",
        ),
    ],
)
def test_quantities_that_contradict(text: str, told: str) -> None:
    with pytest.raises(ContractError) as error:
        workflow.check(read(text))
    assert str(error.value) == f"line {line_of(text, 'total:')}: {told}"


# --- late outcomes ----------------------------------------------------------------------------------------------------


def late() -> str:
    """Peterborough: offences within a year of release count when convicted within six months more."""
    return (workflow.case("peterborough") / "contract.yaml").read_text(encoding="utf-8")


def test_late_convictions_are_waited_for() -> None:
    folder = workflow.case("peterborough")
    states = {}
    for date in ("2013-12-31", "2014-01-01", "2015-12-31", "2016-01-01"):
        certificate = workflow.settle(read(late(), folder), date=date)
        states[date] = {line.id: line.state for line in certificate.settlement.lines}
    waiting = "not_yet_determinable"
    assert set(states["2013-12-31"].values()) == {waiting}
    assert states["2014-01-01"] == {"cohort_1": "zero_by_terms", "cohort_2": waiting, "pooled": waiting}
    assert states["2015-12-31"] == states["2014-01-01"]
    assert states["2016-01-01"] == {"cohort_1": "zero_by_terms", "cohort_2": "zero_by_terms", "pooled": "payable"}


def test_a_waiting_certificate_is_its_own_proof(tmp_path: Path) -> None:
    folder = workflow.case("peterborough")
    made = workflow.settle(read(late(), folder), date="2013-12-31").sign(DEMO_KEY)
    assert made.due is None
    workflow.write_certificate(made, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=read(late(), folder))
    assert [one.name for one in found.findings if one.verdict == "different"] == []
    first = figure(made, "avoided_1")
    assert first.reason is not None
    assert first.reason.en == (
        "avoided_1: the outcomes up to 2013-06-30 are all recorded from 2014-01-01 on, and the certificate is dated "
        "2013-12-31."
    )


def test_an_interim_look_waits_too(tmp_path: Path) -> None:
    text = of_total('outcomes_until: "2022-12-31"')
    for kind in ("final", "interim"):
        made = settled(text, PAIRED, tmp_path, kind=kind)
        assert (figure(made, "total").state, figure(made, "effect").value) == ("not_yet_determinable", "4.50")


def test_a_run_out_that_holds_nothing_back() -> None:
    text = changed(TEXT, ('from: "2021-01-01"}', 'from: "2021-01-01", run_out: 90}'))
    assert refused(text) == (
        f"line {line_of(text, 'dates:')}: dates.run_out holds nothing back for figures.total, whose analysis has no "
        "evaluation_window; say in figures.total.outcomes_until up to which day outcomes count, or remove run_out."
    )
    workflow.check(read(of_total('outcomes_until: "2021-12-31"', text)))


def test_last_days_before_the_outcomes_are_recorded() -> None:
    text = changed(late(), ("run_out: 184}", 'run_out: 184, longstop: "2015-12-31"}'))
    assert refused(text) == (
        f"line {line_of(text, 'dates:')}: dates.longstop must not be before the outcomes of figures.reduction_2, up to "
        "2015-06-30, are complete, 2016-01-01; got 2015-12-31. Move it, or give run_out fewer days."
    )


def test_outcomes_that_end_before_the_contract() -> None:
    text = of_total('outcomes_until: "2019-12-31"')
    assert refused(text) == (
        f"line {line_of(text, 'total:')}: figures.total.outcomes_until must not be before the contract was signed, "
        "2020-01-01; got 2019-12-31."
    )


# --- looks, estimates alone, days of payment --------------------------------------------------------------------------


def test_a_look_never_pays() -> None:
    text = changed(TEXT, ("payment:\n", 'interim:\n  - {at: "2021-06-01", pays: true}\npayment:\n'))
    assert refused(text) == (
        f"line {line_of(text, '- {at:')}: interim[1].pays must be false, since an interim certificate never pays; got "
        "true. What is to be paid before the end is a line of its own, due on a final certificate."
    )
    workflow.check(read(text.replace("pays: true", "pays: false")))


@pytest.mark.parametrize(("rule", "due"), [("pay", "1800"), ("zero", "0"), ("refer", None)])
def test_an_estimate_of_which_nobody_can_say_how_sure_it_is(rule: str, due: str | None, tmp_path: Path) -> None:
    few = people(range(20, 40, 5), range(20, 40, 5), [4, 5, 6, 7])  # four pairs, too few for a standard error
    text = of_total(f"without_inference: {rule}")
    made = settled(text, few, tmp_path, enrolled=4)
    assert made.due == due
    assert settled(text, PAIRED, tmp_path).due == "3600"


def test_a_total_of_nobody_is_referred_by_name(tmp_path: Path) -> None:
    """Where the contract does not say for whom it is paid; one that does refers it for that reason before."""
    total = figure(settled(TEXT, PAIRED, tmp_path, enrolled=0, as_it_is=True), "total")
    assert (total.state, total.value) == ("referred", None)
    assert total.reason is not None
    assert "the number of units, enrolled, is not above zero" in total.reason.en


def test_days_that_cannot_be() -> None:
    before = two_lines('      due: "2019-06-30"\n', '      due: "2023-06-30"\n')
    with pytest.raises(ContractError, match=r"lines\.fee\.due must not be before signed"):
        read(before)
    assert days_after("9999-12-20", 30) == "9999-12-31"
    assert days_after("2022-12-15", 30) == "2023-01-14"


def test_without_inference_is_of_an_estimate() -> None:
    text = changed(TEXT, ("view: improvement, statistic: estimate,", "view: improvement, statistic: std_error,"))
    text = changed(
        text,
        (
            "digits: 2, unit: day}\n  total",
            "digits: 2, unit: day, on_unavailable: refer, without_inference: pay}\n  total",
        ),
    )
    with pytest.raises(ContractError, match=r"without_inference has no meaning with statistic std_error; remove it\."):
        read(text)


def two_lines(first: str, second: str, more: str = "") -> str:
    line = PAYMENT[PAYMENT.index("      payers") :]
    lines = f"    fee:\n{line}{first}    late:\n{line}{second}{more}"
    return HEAD + ANALYSIS + FIGURES + PAYMENT[: PAYMENT.index("    fee:")] + lines


def test_each_year_has_the_most_that_falls_due_in_it() -> None:
    text = two_lines('      due: "2022-06-30"\n', '      due: "2023-06-30"\n')
    assert effekt.contracts.maximum_by_year(read(text)) == {"2022": "100000", "2023": "100000"}
    capped = text + '  cap: {amount: "150000", reduces: pro_rata}\n'
    assert effekt.contracts.maximum_by_year(read(capped)) == {"2022": "100000", "2023": "100000"}
    together = capped.replace("2023-06-30", "2022-12-31")
    assert effekt.contracts.maximum_by_year(read(together)) == {"2022": "150000"}


def test_days_after_the_certificate() -> None:
    text = two_lines('      due: "2022-06-30"\n', "", "  due_days: 30\n")
    assert effekt.contracts.maximum_by_year(read(text)) == {}
    dated = changed(text, ('from: "2021-01-01"}', 'from: "2021-01-01", certificate_due: "2022-12-15"}'))
    assert effekt.contracts.maximum_by_year(read(dated)) == {"2022": "100000", "2023": "100000"}
    annex = workflow.annex(read(dated), lang="sv")
    assert "raden förfaller till betalning 2022-06-30" in annex
    assert "Raden late förfaller till betalning 30 dagar efter intygets dag." in annex
    assert "För ett intyg av den 2022-12-15, då det senast ska finnas, är det 2023-01-14." in annex
    assert "For a certificate of 2022-12-15, when it is due at the latest, that is 2023-01-14." in workflow.annex(
        read(dated), lang="en"
    )
    assert "då det senast ska finnas, är det" not in workflow.annex(read(text), lang="sv")


@pytest.mark.parametrize(
    ("lang", "own", "after"),
    [
        (
            "en",
            "The amount falls due on 2022-06-30.",
            "falls due on 2022-07-01, 30 days after the day of the certificate.",
        ),
        ("sv", "Beloppet förfaller till betalning 2022-06-30.", "betalning 2022-07-01, 30 dagar efter intygets dag."),
    ],
)
def test_the_page_says_on_which_day_each_amount_is_to_be_paid(tmp_path: Path, lang: str, own: str, after: str) -> None:
    """The day of the certificate, 2022-06-01, and thirty more; nothing where there is nothing to pay yet."""
    text = two_lines('      due: "2022-06-30"\n', "", "  due_days: 30\n")
    final = certificate_text(settled(text, PAIRED, tmp_path), lang)  # type: ignore[arg-type]
    said = " ".join(final.split())
    assert own in said
    assert after in said
    interim = certificate_text(settled(text, PAIRED, tmp_path, kind="interim"), lang)  # type: ignore[arg-type]
    assert own not in " ".join(interim.split())


def test_days_that_no_line_is_left_for() -> None:
    text = two_lines('      due: "2022-06-30"\n', '      due: "2023-06-30"\n', "  due_days: 30\n")
    with pytest.raises(ContractError, match=r"payment\.due_days has no meaning, since every line has its own day, due"):
        read(text)


def test_the_outlook_takes_the_years_from_the_days() -> None:
    text = two_lines('      due: "2022-06-30"\n', '      due: "2023-06-30"\n')
    given: dict[str, Any] = {"std_errors": ["1"], "figure": "total"}
    found = workflow.outlook(read(text), **given)
    assert dict(found.maximum_by_year) == {"2022": "100000", "2023": "100000"}
    with pytest.raises(effekt.exceptions.ArgumentError, match=r"must hold the years in which .* 2022 and 2023; got"):
        workflow.outlook(read(text), years=(2022,), **given)


# --- everything that was undecided can be stated ----------------------------------------------------------------------

DECIDED = (
    ("    variance: CR2\n", '    minimum_n: none\n    tie_tolerance: "0.5"\n    variance: CR2\n'),
    (
        "units: enrolled,",
        "units: enrolled, without_inference: refer, payment_quantity: {counts: enrolled, unmatched: refer},",
    ),
    (
        "{attested: verifier,",
        '{attested: verifier, reference_period: {sv: "år 2019", en: "the year 2019"}, '
        'missing_data: {sv: "räknas som inskrivna", en: "counted as enrolled"},',
    ),
    ('      cap: "100000"\n', '      cap: "100000"\n      due: "2022-06-30"\n'),
)
FIELDS = (
    ("tie_orders", "minimum_n"),
    ("on_unavailable", "payment_quantity"),
    ("reference_period", "missing_data"),
    ("payment_dates",),
)


def test_every_open_question_can_be_answered_in_the_file() -> None:
    own = {field for fields in FIELDS for field in fields}
    for several in itertools.product((False, True), repeat=len(DECIDED)):
        text = changed(TEXT, *(change for change, made in zip(DECIDED, several, strict=True) if made))
        left = [one.field for one in workflow.check(read(text)).undecided if one.field in own]
        expected = {field for fields, made in zip(FIELDS, several, strict=True) if not made for field in fields}
        assert sorted(left) == sorted(expected)


@pytest.mark.parametrize("lang", ["en", "sv"])
def test_check_says_it_too(effekt: Callable[..., tuple[int, str, str]], tmp_path: Path, lang: Language) -> None:
    """Each sentence once, in the language asked for, in words and under `thin_data` for a program."""
    text = changed(TEXT, *DECIDED).replace("minimum_n: none", "minimum_n: {units: 10, clusters: 6, on_fewer: wait}")
    (tmp_path / "people.csv").write_text(PAIRED, encoding="utf-8")
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    sentences = [one.in_language(lang) for one in thin_sentences(read(text).model)]
    assert (
        len(sentences) == 6
    )  # minimum_n, tie_tolerance, payment_quantity, without_inference and two of an attested one
    lines = effekt("check", path, "--lang", lang)[1].splitlines()
    assert [lines.count(f"  {one}") for one in sentences] == [1] * 6
    assert json.loads(effekt("check", path, "--lang", lang, "--json")[1])["thin_data"] == sentences
    path.write_text(TEXT, encoding="utf-8")
    assert "thin_data" not in json.loads(effekt("check", path, "--json")[1])


def test_the_annex_and_the_page_say_it(tmp_path: Path) -> None:
    text = changed(TEXT, *DECIDED).replace("minimum_n: none", "minimum_n: {units: 10, clusters: 6, on_fewer: wait}")
    made = settled(text, PAIRED, tmp_path)
    said = {
        "en": [
            "The analysis work decides something with at least 10 units and 6 clusters; with fewer its figures wait "
            "for more data.",
            "by more than 0.5, in the unit of its outcome, between the orders in which equally near controls may be",
            "total is for all enrolled, and referred to the parties if any of them has no match.",
            "total: if no standard error or p-value can be given, it is referred to the parties.",
            "enrolled, reference period: the year 2019.",
            "enrolled, where data are missing: counted as enrolled.",
            "the line falls due on 2022-06-30",
        ],
        "sv": [
            "Analysen work avgör något med minst 10 enheter och 6 kluster; med färre väntar dess siffror på mer "
            "underlag.",
            "skiljer sig med mer än 0,5, i utfallets enhet, mellan de ordningar som lika nära kontroller kan väljas i",
            "total gäller för alla inskrivna, och hänskjuts till parterna om någon av dem saknar match.",
            "total: om varken medelfel eller p-värde kan anges hänskjuts den till parterna.",
            "enrolled, referensperiod: år 2019.",
            "enrolled, där uppgifter saknas: räknas som inskrivna.",
            "raden förfaller till betalning 2022-06-30",
        ],
    }
    for lang, sentences in said.items():
        annex = workflow.annex(read(text), lang=lang).lower()  # type: ignore[arg-type]
        page = plain(render_page(made, lang)).lower()  # type: ignore[arg-type]
        for sentence in sentences:
            assert sentence.lower() in annex
            assert sentence.lower() in page


def test_a_smallest_number_is_written_as_numbers_are() -> None:
    words = MinimumN(rows=12000, clusters=12, on_fewer="refer").words
    assert words.en == "at least 12,000 rows and 12 clusters"
    assert words.sv == "minst 12\u00a0000 rader och 12 kluster"
