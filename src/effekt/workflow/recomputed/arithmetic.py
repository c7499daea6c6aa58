"""The figures of a certificate taken again from what is signed, and the payment computed again from the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from effekt._serialize import encode
from effekt._text import Language, Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.taking import take_figures
from effekt.contracts import Figure, Settlement, format_money, settle_figures
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.money import fraction
from effekt.contracts.settled import SettledLine
from effekt.exceptions import EffektError
from effekt.reports.wording import STATES
from effekt.workflow.findings import Finding, cannot_tell, compare, refused, told_differences
from effekt.workflow.recomputed.recomputation import figure_value

_Due: TypeAlias = tuple[str | None, str | None]  # an amount, and the state that stands where there is none


def figure_findings(found: Certificate) -> Iterator[Finding]:
    """Each figure again from the signed results and attestations.

    Parameters
    ----------
    found : Certificate

    Yields
    ------
    Finding

    Notes
    -----
    Why there is no p-value or interval is known in full only where the data are: a public result says that it declares
    none. So the reason of a figure that an estimate does not give cannot be told here.
    """
    try:
        again = take_figures(
            found.contract,
            found.results,
            found.attestations,
            date=found.date,
            software=found.software,
        )
    except (EffektError, ArithmeticError, KeyError, TypeError, ValueError) as error:  # numbers that no result has
        yield refused("figures", error, "The figures cannot be taken again", "Siffrorna kan inte tas om")
        return
    stated = {figure.id: figure for figure in found.figures}
    for id in found.contract.model.figures:
        one, other = stated.get(id), again.get(id)
        if one and other and _same_but_for_the_reason(one, other):
            yield cannot_tell(
                f"figure:{id}",
                f"Figure {id}: {figure_value(one, 'en')}, as from the signed results; the reason is compared with "
                "data.",
                f"Siffran {id}: {figure_value(one, 'sv')}, som från de signerade resultaten; skälet jämförs med data.",
            )
            continue
        yield compare(
            f"figure:{id}",
            one,
            other,
            found,
            f"Figure {id}: stated {figure_value(one, 'en')}, from the signed results {figure_value(other, 'en')}.",
            f"Siffran {id}: angiven {figure_value(one, 'sv')}, från de signerade resultaten "
            f"{figure_value(other, 'sv')}.",
        )


def _same_but_for_the_reason(one: Figure, other: Figure) -> bool:
    """Whether two figures are both referred by an estimate, each in its own words."""
    referred = one.source == "estimate" and one.state == other.state == "referred" and one.reason != other.reason
    return referred and replace(one, reason=other.reason) == other


def settlement_findings(found: Certificate) -> Iterator[Finding]:
    """The payment again from the signed figures.

    Parameters
    ----------
    found : Certificate

    Yields
    ------
    Finding
        One for each line, and one for the whole.
    """
    terms = found.contract.model.figures
    figures = {f.id: f for f in found.figures if f.id in terms and not isinstance(terms[f.id], DerivedFigure)}
    try:
        again = settle_figures(found.contract, figures, found.events)
    except EffektError as error:
        yield refused("payment", error, "The payment cannot be computed again", "Betalningen kan inte räknas om")
        return
    stated = found.settlement
    for line in again.lines:
        one = next((other for other in stated.lines if other.id == line.id), None)
        due = (one.amount, one.state) if one else (None, None)
        told = _amounts("Line", "Rad", line.id, due, (line.amount, line.state), stated)
        yield _elsewhere(compare(f"line:{line.id}", one, line, found, *told), one, line)
    told = _amounts("Total", "Summa", "", (stated.total, stated.state), (again.total, again.state), stated)
    yield _elsewhere(compare("payment", stated, again, found, *told), stated, again)


def _elsewhere(finding: Finding, stated: SettledLine | Settlement | None, again: SettledLine | Settlement) -> Finding:
    """The finding; where the amount is the same and something else is not, or how it is written, with what that is."""
    if finding.verdict != "different" or stated is None:
        return finding
    (amount, state), (computed, due) = _due_of(stated), _due_of(again)
    if amount != computed and amount is not None and computed is not None and fraction(amount) == fraction(computed):
        en = f"{finding.text.en} It is written {amount} and must be written {computed}."
        return replace(
            finding, text=Text(en=en, sv=f"{finding.text.sv} Det är skrivet {amount} och ska skrivas {computed}.")
        )
    if (amount, state) != (computed, due):
        return finding
    told = _what_differs(stated, again)
    en = f"{finding.text.en} The amount is the same and this is not (stated / computed): {told.en}."
    sv = f"{finding.text.sv} Beloppet är detsamma, men inte detta (angivet / beräknat): {told.sv}."
    return replace(finding, text=Text(en=en, sv=sv))


def _what_differs(stated: SettledLine | Settlement, again: SettledLine | Settlement) -> Text:
    """Each place; what stands after events by the name of its figure or line, whichever of them are there."""
    told = told_differences(_by_name(stated), _by_name(again))
    return told if told.en else told_differences(stated, again)


def _by_name(one: SettledLine | Settlement) -> Any:
    if not isinstance(one, Settlement):
        return one
    states = {f"{stands.of}:{stands.id}": stands.state for stands in one.standings}
    return {**encode(replace(one, standings=())), "standings": states}


def _due_of(one: SettledLine | Settlement) -> _Due:
    return (one.total if isinstance(one, Settlement) else one.amount), one.state


def _amounts(en: str, sv: str, id: str, one: _Due, other: _Due, settled: Settlement) -> tuple[str, str]:
    """The sentence on an amount stated and computed, in English and Swedish, as amounts are written for people."""
    known: tuple[Language, Language] = ("en", "sv")
    (first_en, again_en), (first_sv, again_sv) = (
        [_due(*due, settled.currency, lang) for due in (one, other)] for lang in known
    )
    of = f" {id}" if id else ""
    return f"{en}{of}: stated {first_en}, computed {again_en}.", f"{sv}{of}: angivet {first_sv}, beräknat {again_sv}."


def _due(amount: str | None, state: str | None, currency: str, lang: Language) -> str:
    if amount is not None:
        return format_money(amount, currency, lang)
    return "–" if state is None else STATES[state].in_language(lang)
