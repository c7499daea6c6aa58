"""The measurement annex of a contract: what it measures and pays, in sentences made from the contract file alone."""

from __future__ import annotations

from effekt._text import Language, Text
from effekt.contracts import Contract, format_money, guarantee_maxima, line_terms, payment_terms
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.model import ContractTerms
from effekt.reports.intentions import intention_sections
from effekt.reports.wording import ROLES, joined
from effekt.workflow.settling import check

_TITLE = Text(en="Measurement annex", sv="Mätbilaga")
_PARTIES = Text(en="Parties", sv="Parter")
_FIGURES = Text(en="What is measured", sv="Vad som mäts")
_LINES = Text(en="What is paid", sv="Vad som betalas")
_RULES = Text(en="Between the lines, and who gets the money", sv="Mellan raderna, och vem som får pengarna")
_MOST = Text(en="The most that can be paid", sv="Det mesta som kan betalas")
_ROUNDING = {
    "half_up": Text(
        en="Each line is rounded once, halves away from zero, to a whole multiple of",
        sv="Varje rad avrundas en gång, halva bort från noll, till en hel multipel av",
    ),
    "half_even": Text(
        en="Each line is rounded once, halves to the even multiple, to a whole multiple of",
        sv="Varje rad avrundas en gång, halva till den jämna multipeln, till en hel multipel av",
    ),
}
_UNBOUNDED = Text(en="without a bound", sv="utan gräns")


def annex(contract: Contract, *, lang: Language = "sv") -> str:
    """Write the measurement annex of a contract.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    lang : {"sv", "en"}
        The language.

    Returns
    -------
    str
        Markdown, the same for the same contract file, with the file's digest.

    Raises
    ------
    ContractError
        When an analysis cannot be run or leaves a choice open.

    Examples
    --------
    >>> import effekt
    >>> from effekt.workflow import annex
    >>> text = annex(effekt.read_contract(effekt.case("norrkoping") / "contract.yaml"), lang="en")
    >>> text.splitlines()[2].split(": ")[0]
    'Contract'
    """
    found, terms = check(contract), contract.model

    def say(text: Text) -> str:
        return _escaped(text.in_language(lang))

    def money(amount: str | None) -> str:
        return say(_UNBOUNDED) if amount is None else format_money(amount, terms.payment.currency, lang)

    contract_word, signed = {"sv": ("Avtal", "undertecknat"), "en": ("Contract", "signed")}[lang]
    lines = [
        f"# {say(_TITLE)}: {say(terms.title.text)}",
        "",
        f"{contract_word}: {terms.id}, {signed} {terms.dates.signed}. SHA-256: {contract.sha256}",
    ]
    lines += _section(say(_PARTIES), [f"{_escaped(p.name)}, {say(ROLES[p.role])}" for p in terms.parties.values()])
    if terms.signing.count == "parties":
        lines += ["", say(_signed_by(terms))]
    asked = [
        f"{say(text)} {say(term.question.text)}" if isinstance(term, AttestedFigure) else say(text)
        for text, term in zip(found.figures.values(), terms.figures.values(), strict=True)
    ]
    lines += _section(say(_FIGURES), asked)
    lines += _section(say(_LINES), [f"{id}: {say(text)}" for id, text in line_terms(contract).items()])
    rounded = _ROUNDING[terms.payment.rounding]
    quantum = Text(
        en=f"{rounded.en} {money(terms.payment.quantum)}.", sv=f"{rounded.sv} {money(terms.payment.quantum)}."
    )
    lines += _section(say(_RULES), [say(quantum), *(say(text) for text in payment_terms(contract))])
    for heading, sentences in intention_sections(contract):
        lines += _section(say(heading), [say(text) for text in sentences])
    most = [f"{id}: {money(amount)}" for id, amount in (found.maximum | guarantee_maxima(contract)).items()]
    total = Text(en="All lines together", sv="Alla rader tillsammans")
    lines += _section(say(_MOST), [*most, f"{say(total)}: {money(found.maximum_total)}"])
    return "\n".join(lines) + "\n"


def _signed_by(terms: ContractTerms) -> Text:
    """That each party counts once among the signatures."""
    roles, count = joined(ROLES[role] for role in terms.signing.roles), terms.signing.threshold
    return Text(
        en=f"A certificate is to be signed by {count} {'party' if count == 1 else 'different parties'} among those "
        f"that are {roles.en}; each party counts once, however many keys it holds.",
        sv=f"Ett intyg ska skrivas under av {count} {'part' if count == 1 else 'olika parter'} bland dem som är "
        f"{roles.sv}; varje part räknas en gång, hur många nycklar den än har.",
    )


def _section(heading: str, items: list[str]) -> list[str]:
    """A heading with its numbered sentences; nothing without any."""
    return ["", f"## {heading}", "", *(f"{i}. {item}" for i, item in enumerate(items, start=1))] if items else []


def _escaped(text: str) -> str:
    """Without what Markdown would take for markup."""
    for mark in "\\`*_<>[]#|":
        text = text.replace(mark, f"\\{mark}")
    return text
