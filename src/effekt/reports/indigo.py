"""A certificate in the project model of the INDIGO data standard of the Government Outcomes Lab.

Only what the certificate itself says is written; organisations, places and investments are for whoever knows their ids.
A certificate says what is due and not what was paid, so every payment is *Planned*; one that is not final has none.
Whose contract hides small counts is written as its public statement shows it, by that one rule.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from effekt._calendar import first_day, parse_window
from effekt._text import Language, Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.ranges import Shown
from effekt.certificates.release import PublicStatement
from effekt.contracts import Figure
from effekt.contracts.model import ContractTerms
from effekt.contracts.paying import analysis_of
from effekt.exceptions import ArgumentError
from effekt.reports.checklist import not_met, not_met_words
from effekt.reports.conclusion import KINDS as CONCLUSIONS
from effekt.reports.document import same
from effekt.reports.in_place_of import left_words
from effekt.reports.names import party_name
from effekt.reports.public import HIDDEN, by_year, rounding, with_rounded
from effekt.reports.standings import STANDINGS
from effekt.reports.terms import figure_terms
from effekt.reports.wording import STATES, money
from effekt.result import is_change

NOT_STATED = "Not available"
VALIDATION = {
    "Randomised Control Trial": ("randomized_trial", "randomized_trials", "complier_effect"),
    "Quasi-experimental study": (
        "matched_comparison",
        "doubly_robust",
        "difference_in_differences",
        "event_study",
        "staggered_adoption",
        "synthetic_control",
        "synthetic_difference_in_differences",
        "published_comparison",
    ),
    "Historical comparison": ("trend_adjusted",),
    "Simple ex-post verification": ("outcome_count",),
}
BEFORE_AFTER = "Pre-Post analysis"
_LINE_BREAKS = re.compile(r"\s+")
_COUNTRY = re.compile("[A-Z]{2}")  # the form of a code of ISO 3166


def indigo_project(
    certificate: Certificate, *, lang: Language, most: str | None, statement: PublicStatement | None = None
) -> dict[str, Any]:
    """Write a certificate as a project of the INDIGO data standard.

    Parameters
    ----------
    certificate : Certificate
    lang : {"sv", "en"}
        Of the texts.
    most : str or None
        The most that the contract can pay, in all its settlements; None without a bound.
    statement : PublicStatement, optional
        What anyone may see of the certificate: numbers are then written as it shows them, one that is no single number
        as its range in words, and no digest of the certificate, on which guesses could be tried.

    Returns
    -------
    dict
        Plain JSON under the standard's names; keys that the certificate does not tell are left out.

    Raises
    ------
    ArgumentError
        For an amount with more digits than a JSON number carries.

    References
    ----------
    INDIGO data standard, project, https://indigo-data-standard.readthedocs.io

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> project = indigo_project(effekt.settle(contract, date="2022-03-15"), lang="en", most="5000000")
    >>> project["results"][0]["result_type"], project["outcome_payments"][0]["money"]["amount"]
    ({'value': 'Final'}, {'value': 4609042})
    """
    terms = certificate.contract.model
    project: dict[str, Any] = {
        "name": _value(terms.title.text.in_language(lang)),
        "dates": _dates(terms),
        "sources": [_source(certificate, statement, lang)],
        "outcome_metrics": list(_metrics(certificate, lang)),
        "results": list(_results(certificate, statement, lang)),
        "outcome_payments": list(_payments(certificate, statement, lang)),
    }
    if terms.jurisdiction is not None and _COUNTRY.fullmatch(terms.jurisdiction):
        project["jurisdiction"] = {"jurisdiction": _value(terms.jurisdiction)}
    if most is not None:
        finance = {"maximum_potential_outcome_payment_v2": _money(most, terms.payment.currency)}
        project["overall_project_finance"] = finance | {"source_ids": SOURCE}
    return project


def indigo_csv(project: dict[str, Any]) -> str:
    """The same in a table of one row, whose columns are named by their place, such as results/0/period/end_date/value.

    Parameters
    ----------
    project : dict
        From `indigo_project`.

    Returns
    -------
    str
        CSV with comma, and lines that end as RFC 4180 says. Text that a spreadsheet would take for a formula starts
        with an apostrophe.
    """
    cells = dict(_leaves(project, ""))
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(cells)
    table.writerow(map(_cell, cells.values()))
    return written.getvalue()


SOURCE = "certificate"


def _dates(terms: ContractTerms) -> dict[str, Any]:
    """When the contract was signed, and the days of the service as it foresees them."""
    dates = {"outcomes_contract_signed": _value(terms.dates.signed)}
    service = terms.dates.service
    if service is not None:
        dates["start_date_of_service_provision"] = _value(service.from_)
        dates["anticipated_end_date_of_service_provision"] = _value(service.to)
    return dates


def _source(certificate: Certificate, statement: PublicStatement | None, lang: Language) -> dict[str, Any]:
    """The certificate, with all that is said of it beside its numbers."""
    digest = "" if statement is not None else f", SHA-256 of what is signed: {certificate.sha256}"
    kind = f"effekt/certificate/1, kind {certificate.kind}{digest}."
    told = (one.in_language(lang) for one in _beside_the_numbers(certificate, statement))
    return {
        "id": SOURCE,
        "name": _value(f"Outcome certificate of {certificate.contract.model.id}, {certificate.date}"),
        "type": _value("Outcome certificate"),
        "notes": " ".join((kind, *told)),
    }


def _beside_the_numbers(certificate: Certificate, statement: PublicStatement | None) -> Iterator[Text]:
    """What it takes the place of, what the verifier concludes, what has happened, and lines without an amount."""
    earlier = certificate.supersedes
    yield from () if statement is None else _not_shown(statement)
    if earlier is not None and statement is not None:
        yield Text(
            en=f"Takes the place of the certificate of {earlier.date}.", sv=f"Ersätter intyget från {earlier.date}."
        )
    elif earlier is not None:
        yield Text(
            en=f"Takes the place of the certificate of {earlier.date}, digest {earlier.sha256}.",
            sv=f"Ersätter intyget från {earlier.date}, kontrollsumma {earlier.sha256}.",
        )
    if certificate.settles is not None:
        day = certificate.settles
        yield Text(en=f"For the announced day {day}.", sv=f"För den angivna dagen {day}.")
    for one in certificate.declarations:
        if one.model.conclusion is not None:
            word, by = CONCLUSIONS[one.model.conclusion.kind], party_name(one.model.by, certificate)
            yield Text(en=f"{word.en}: {by}.", sv=f"{word.sv}: {by}.")
    if certificate.speaks_against:
        count = len(certificate.speaks_against)
        yield Text(
            en=f"Deviations from the plan, checks not met and events that are declared, or left out: {count}.",
            sv=f"Avvikelser från planen, ej uppfyllda kontroller och händelser som anges, eller utelämnas: {count}.",
        )
    yield from not_met_words(len(tuple(not_met(certificate))))
    for line in certificate.settlement.lines:
        if line.amount is None and (statement is None or statement.lines[line.id].kind == "none"):
            state = _state(certificate, statement, line.id)
            yield Text(
                en=f"Line {line.id}, {state.en}: no amount.",
                sv=f"Rad {line.id}, {state.sv}: inget belopp.",
            )
    yield from _left(certificate, statement)
    yield from _guaranteed(certificate, statement)


def _not_shown(statement: PublicStatement) -> Iterator[Text]:
    """Which numbers are hidden, rounded or shown by year alone."""
    if statement.minimum:
        yield Text(
            en=f"Counts below {statement.minimum} are hidden, with what would give one back.",
            sv=f"Antal under {statement.minimum} visas inte, och inte heller det som skulle röja ett sådant.",
        )
        yield from rounding(statement)
    yield from by_year(statement)


def _left(certificate: Certificate, statement: PublicStatement | None) -> Iterator[Text]:
    """What is left to pay of lines that are settled anew."""
    shown = {} if statement is None else statement.left_to_pay
    for id, left in certificate.left_to_pay.items():
        if statement is None or id in shown:
            words = left_words(left, certificate.settlement.currency)
            yield Text(en=f"Line {id}, settled anew: {words.en}.", sv=f"Rad {id}, avräknad på nytt: {words.sv}.")


def _guaranteed(certificate: Certificate, statement: PublicStatement | None) -> Iterator[Text]:
    """What guarantors pay beside the lines, which is in no payment, and guarantees without an amount."""
    parties = certificate.contract.model.parties
    for id, term in (certificate.contract.model.payment.guarantees or {}).items():
        name = Text(en=f"Guarantee {id}", sv=f"Garanti {id}")
        shown = statement.guarantees[id] if statement is not None else _guarantee_of(certificate, id)
        if shown.kind == "none":
            yield Text(en=f"{name.en}: no amount.", sv=f"{name.sv}: inget belopp.")
        elif shown.kind != "exact" or Fraction(shown.low or "0"):
            amount = _in_words(shown, certificate.settlement.currency)
            guarantor, beneficiary = parties[term.guarantor].name, parties[term.beneficiary].name
            yield Text(
                en=f"{name.en}, beside the lines: {amount.en} from {guarantor} to {beneficiary}.",
                sv=f"{name.sv}, utöver raderna: {amount.sv} från {guarantor} till {beneficiary}.",
            )


def _guarantee_of(certificate: Certificate, id: str) -> Shown:
    (one,) = [one for one in certificate.settlement.guarantees if one.id == id]
    return Shown(kind="none") if one.amount is None else Shown(kind="exact", low=one.amount, high=one.amount)


def _state(certificate: Certificate, statement: PublicStatement | None, line: str) -> Text:
    """'payable, disputed (SEK 4,000 withheld)', of a line; hidden where a hidden count decides it."""
    if statement is None:
        (own,) = [one for one in certificate.settlement.lines if one.id == line]
        state, stands = STATES[own.state], _stands(certificate, line)
    else:
        word = statement.line_states[line]
        state = HIDDEN if word is None else STATES[word]
        stands = _stands_openly(statement, line)
    return Text(en=f"{state.en}{stands.en}", sv=f"{state.sv}{stands.sv}")


def _stands_openly(statement: PublicStatement, line: str) -> Text:
    """The same by a public statement: states that no hidden count decides, and what is withheld as it shows it."""
    words = [STANDINGS[state] for state in statement.standings.get(f"lines/{line}", ()) if state != "final"]
    kept = statement.withheld.get(line)
    held = Text(en="", sv="")
    if words and kept is not None:
        amount = _in_words(kept, statement.currency)
        held = Text(en=f" ({amount.en} withheld)", sv=f" ({amount.sv} hålls inne)")
    return Text(
        en="".join(f", {word.en}" for word in words) + held.en, sv="".join(f", {word.sv}" for word in words) + held.sv
    )


def _in_words(shown: Shown, currency: str) -> Text:
    """An amount, its range, or that it is hidden."""
    if shown.low is None or shown.high is None:
        return HIDDEN
    low, high = money(shown.low, currency), money(shown.high, currency)
    return low if shown.kind == "exact" else Text(en=f"{low.en} to {high.en}", sv=f"{low.sv} till {high.sv}")


def _stands(certificate: Certificate, line: str) -> Text:
    """', disputed (SEK 4,000 withheld)', of a line that a declared event touches."""
    own = [one for one in certificate.settlement.standings if (one.of, one.id) == ("line", line)]
    found = [one for one in own if one.state != "final"]
    words = [STANDINGS[one.state] for one in found]
    kept = [money(one.withheld, certificate.settlement.currency) for one in found if one.withheld is not None]
    held = Text(en=f" ({kept[0].en} withheld)", sv=f" ({kept[0].sv} hålls inne)") if kept else Text(en="", sv="")
    return Text(
        en="".join(f", {word.en}" for word in words) + held.en, sv="".join(f", {word.sv}" for word in words) + held.sv
    )


def _metrics(certificate: Certificate, lang: Language) -> Iterator[dict[str, Any]]:
    terms = figure_terms(certificate.contract)
    for figure in certificate.figures:
        yield {
            "id": figure.id,
            "definition": _value(terms[figure.id].in_language(lang)),
            "outcome_validation_method": _value(_validation(certificate, figure)),
            "source_ids": SOURCE,
        }


def _results(certificate: Certificate, statement: PublicStatement | None, lang: Language) -> Iterator[dict[str, Any]]:
    for figure in certificate.figures:
        value = _value_of(figure, certificate, statement)
        if value is None:
            continue
        row = {
            "outcome_metric_id": _value(figure.id),
            "result_level": _value("Outcome level"),
            "result_type": _value("Final" if certificate.kind == "final" else "Interim"),
            "outcomes_achieved": _value(value.in_language(lang)),
            "source_ids": SOURCE,
        }
        period = _period(certificate, figure)
        yield row | ({"period": period} if period is not None else {})


def _value_of(figure: Figure, certificate: Certificate, statement: PublicStatement | None) -> Text | None:
    """A figure with its unit, its range, or that it is hidden; None without a value."""
    printed = certificate.contract.model.figures[figure.id].printed_unit
    unit = same(printed) if isinstance(printed, str) else printed
    if statement is None:
        return None if figure.value is None else Text(en=f"{figure.value} {unit.en}", sv=f"{figure.value} {unit.sv}")
    shown = statement.figures[figure.id]
    if shown.kind in ("none", "hidden"):
        return None if shown.kind == "none" else HIDDEN
    if shown.kind == "exact":
        return Text(en=f"{shown.low} {unit.en}", sv=f"{shown.low} {unit.sv}")
    spread = Text(en=f"{shown.low} to {shown.high}", sv=f"{shown.low} till {shown.high}")
    found = with_rounded(spread, statement.rounded.get(figure.id))
    return Text(en=f"{found.en} {unit.en}", sv=f"{found.sv} {unit.sv}")


def _payments(certificate: Certificate, statement: PublicStatement | None, lang: Language) -> Iterator[dict[str, Any]]:
    """What each payer owes of each line; nothing of a certificate that is not final."""
    parties, currency = certificate.contract.model.parties, certificate.settlement.currency
    for line in certificate.settlement.lines if certificate.kind == "final" else ():
        state = _state(certificate, statement, line.id)
        for payer, shown in _shares(certificate, statement, line.id).items():
            note = Text(
                en=f"Line {line.id}, {state.en}: due from {parties[payer].name} to "
                f"{parties[line.payee].name} under the certificate of {certificate.date}.",
                sv=f"Rad {line.id}, {state.sv}: ska betalas av {parties[payer].name} till "
                f"{parties[line.payee].name} enligt intyget från {certificate.date}.",
            )
            exact = shown.low if shown.kind == "exact" else None
            if exact is None:
                amount = _in_words(shown, currency)
                note = Text(en=f"{note.en} Amount: {amount.en}.", sv=f"{note.sv} Belopp: {amount.sv}.")
            yield {
                "type": _value("Planned"),
                **({} if exact is None else {"money": _money(exact, currency)}),
                "source_ids": SOURCE,
                "notes": note.in_language(lang),
            }


def _shares(certificate: Certificate, statement: PublicStatement | None, line: str) -> dict[str, Shown]:
    """By payer what it owes of a line, what is left of one that is settled anew where that is shown.

    Of a statement every payer by the contract where it may owe nothing.
    """
    if statement is None:
        left = certificate.left_to_pay_by.get(line)
        if left is not None:
            return {payer: Shown(kind="exact", low=one, high=one) for payer, one in left.items()}
        (own,) = [one for one in certificate.settlement.lines if one.id == line]
        return {one.payer: Shown(kind="exact", low=one.amount, high=one.amount) for one in own.shares}
    if statement.lines[line].kind == "none":
        return {}
    if line in statement.left_to_pay:
        return _shares(certificate, None, line)
    payers = certificate.contract.model.payment.lines[line].payers
    return {payer: statement.shares.get(f"{line}/{payer}", Shown(kind="hidden")) for payer in payers}


def _validation(certificate: Certificate, figure: Figure) -> str:
    """The standard's word for how a figure was validated."""
    analysis = analysis_of(certificate.contract.model.figures[figure.id])
    if analysis is None:
        return "Simple ex-post verification" if figure.source == "attested" else NOT_STATED
    if is_change(certificate.results.get(analysis)):
        return BEFORE_AFTER
    term = certificate.contract.model.analysis[analysis]
    if term.method == "published_comparison" and term.arguments.get("comparison") != "matched":
        return NOT_STATED
    method = term.method
    return next((word for word, methods in VALIDATION.items() if method in methods), NOT_STATED)


def _period(certificate: Certificate, figure: Figure) -> dict[str, Any] | None:
    """The days of the evaluation window, where the figure has one."""
    analysis = analysis_of(certificate.contract.model.figures[figure.id])
    written = {} if analysis is None else certificate.contract.model.analysis[analysis].arguments
    if "evaluation_window" not in written or "period" not in written:
        return None
    window = parse_window(f"analysis.{analysis}.evaluation_window", written["evaluation_window"], written["period"])
    after = datetime.date.fromisoformat(first_day(window.last + 1, window.period))
    last = (after - datetime.timedelta(days=1)).isoformat()
    return {"start_date": _value(first_day(window.first, window.period)), "end_date": _value(last)}


def _money(amount: str, currency: str) -> dict[str, Any]:
    return {"currency": _value(currency), "amount": _value(_number(amount))}


def _number(amount: str) -> int | float:
    """An amount as a number that JSON readers take for the same decimal."""
    exact = Decimal(amount)
    number = int(exact) if exact == exact.to_integral_value() else float(exact)
    if Decimal(repr(float(number))) != exact:
        raise ArgumentError(f"An amount has more digits than a JSON number carries: {amount}; export it by hand.")
    return number


def _cell(value: str | float) -> str:
    """In one line, and never a formula."""
    text = _LINE_BREAKS.sub(" ", str(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@")) else text


def _value(value: str | float) -> dict[str, Any]:
    return {"value": value}


def _leaves(plain: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(plain, dict | list):
        for key, value in plain.items() if isinstance(plain, dict) else enumerate(plain):
            yield from _leaves(value, f"{place}/{key}" if place else str(key))
    else:
        yield place, plain
