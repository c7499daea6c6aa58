"""The verdict of a certificate: what is to be paid by the lines and by guarantors, and what is not determined."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import SettledLine, Settlement
from effekt.contracts.money import decimal_text, money_digits
from effekt.contracts.settled import Distribution
from effekt.reports.names import figure_name, party_name
from effekt.reports.standings import WITHHELD
from effekt.reports.wording import STATES, joined, money

DETERMINED = Text(
    en="The outcome is determined; payment under the contract: {amount}.",
    sv="Utfallet är fastställt; utbetalning enligt avtalet: {amount}.",
)
ZERO = Text(
    en="The outcome is determined; under the contract's terms nothing is to be paid: {amount}.",
    sv="Utfallet är fastställt; enligt avtalets villkor ska inget betalas: {amount}.",
)
REVERSED = Text(
    en="The outcome is determined; under the contract those who receive payment are to pay back: {amount}.",
    sv="Utfallet är fastställt; enligt avtalet ska den som får betalt i stället betala tillbaka: {amount}.",
)
NOT_YET = Text(en="The outcome cannot be determined yet.", sv="Utfallet kan ännu inte fastställas.")
REFERRED = Text(
    en="The outcome cannot be determined under the contract and is referred to the parties.",
    sv="Utfallet kan inte fastställas enligt avtalet och hänskjuts till parterna.",
)
VOID = Text(
    en="This settlement has been annulled; nothing is to be paid on it.",
    sv="Avräkningen är återkallad; inget ska betalas enligt den.",
)
AS_IT_STANDS = {
    "payable": Text(
        en="Interim: nothing is to be paid on this certificate. As the figures stand, payment under the contract would "
        "be {amount}.",
        sv="Delintyg: inget ska betalas enligt detta intyg. Som siffrorna står skulle utbetalningen enligt avtalet bli "
        "{amount}.",
    ),
    "reversed": Text(
        en="Interim: nothing is to be paid on this certificate. As the figures stand, those who receive payment would "
        "have to pay back: {amount}.",
        sv="Delintyg: inget ska betalas enligt detta intyg. Som siffrorna står skulle den som får betalt i stället få "
        "betala tillbaka: {amount}.",
    ),
    "zero_by_terms": Text(
        en="Interim: nothing is to be paid on this certificate. As the figures stand, the contract would pay nothing: "
        "{amount}.",
        sv="Delintyg: inget ska betalas enligt detta intyg. Som siffrorna står skulle avtalet inte ge någon betalning: "
        "{amount}.",
    ),
}
NIL_NOTHING_DUE = Text(
    en="Nil certificate for a day that the contract announced: the outcome is determined and nothing was due.",
    sv="Nollintyg för en dag som avtalet angav på förhand: utfallet är fastställt och inget var att betala.",
)
NIL_UNDETERMINED = Text(
    en="Nil certificate for a day that the contract announced: the outcome could not be determined, and nothing is to "
    "be paid.",
    sv="Nollintyg för en dag som avtalet angav på förhand: utfallet kunde inte fastställas, och inget ska betalas.",
)
_VERDICTS = {
    "payable": DETERMINED,
    "zero_by_terms": ZERO,
    "not_yet_determinable": NOT_YET,
    "referred": REFERRED,
    "void": VOID,
}
_LEADS = {
    "final": Text(en="The outcome is determined; ", sv="Utfallet är fastställt; "),
    "open": Text(en="Not everything is determined: ", sv="Allt är inte fastställt: "),
    "interim": Text(
        en="Interim: nothing is to be paid on this certificate. As the figures stand, ",
        sv="Delintyg: inget ska betalas enligt detta intyg. Som siffrorna står gäller: ",
    ),
}
_LINES = {
    "payable": Text(en="the contract's lines pay {amount}", sv="avtalets rader ger betalningen {amount}"),
    "reversed": Text(
        en="by the contract's lines those who receive payment pay back {amount}",
        sv="enligt avtalets rader betalar den som får betalt i stället tillbaka {amount}",
    ),
    "zero_by_terms": Text(
        en="the contract's lines pay nothing, {amount}", sv="avtalets rader ger ingen betalning, {amount}"
    ),
    "referred": Text(
        en="what the contract's lines pay is disputed and withheld until the dispute is decided",
        sv="det som avtalets rader ger är tvistigt och hålls inne tills tvisten är avgjord",
    ),
}


def state_name(settled: Settlement) -> Text:
    """What the word for the settlement's state is of: of the lines alone where others pay or wait beside them.

    Parameters
    ----------
    settled : Settlement

    Returns
    -------
    Text
    """
    if _guarantors(settled) or _open_beside(settled):
        return Text(en="State of the lines", sv="Radernas status")
    return Text(en="State", sv="Status")


def verdict_sentence(certificate: Certificate) -> Text:
    """What is to be paid in one sentence, with what guarantors pay and what is not determined beside the lines.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Text
        Fixed for a kind and a state but for amounts and guarantors; only that of a final certificate says that
        something is to be paid.
    """
    settled = certificate.settlement
    amount = money((settled.total or "0").removeprefix("-"), settled.currency)
    sentence = _by_lines(certificate) or _verdict(certificate)
    en, sv = sentence.en.format(amount=amount.en), sentence.sv.format(amount=amount.sv)
    beside = _beside(certificate) if _by_lines(certificate) else ()
    return Text(
        en="; ".join((en, *(one.en for one in beside))) + ("." if beside else ""),
        sv="; ".join((sv, *(one.sv for one in beside))) + ("." if beside else ""),
    )


def _verdict(certificate: Certificate) -> Text:
    """The fixed sentence of a kind and a state; only a final certificate says that something is to be paid."""
    settled, kind = certificate.settlement, certificate.kind
    if kind == "nil":
        return NIL_NOTHING_DUE if settled.state == "zero_by_terms" and settled.determined else NIL_UNDETERMINED
    if kind == "final" and settled.state == "referred" and settled.total is not None:
        return WITHHELD
    if kind == "interim" and settled.state in AS_IT_STANDS:
        return AS_IT_STANDS[_direction(settled)]
    return REVERSED if _direction(settled) == "reversed" else _VERDICTS[settled.state]


def _direction(settled: Settlement) -> str:
    reversed_ = settled.state == "payable" and (settled.total or "0").startswith("-")
    return "reversed" if reversed_ else settled.state


def _by_lines(certificate: Certificate) -> Text | None:
    """The sentence on the lines alone, where guarantors pay or wait, or what is passed on does; None where none do."""
    settled, kind = certificate.settlement, certificate.kind
    if kind == "nil" or settled.total is None or settled.state not in _LINES or not _beside(certificate):
        return None
    done = settled.determined and settled.state != "referred"
    lead, lines = _LEADS[kind if kind == "interim" or done else "open"], _LINES[_direction(settled)]
    return Text(en=lead.en + lines.en, sv=lead.sv + lines.sv)


def _beside(certificate: Certificate) -> tuple[Text, ...]:
    """What guarantors pay, and that something beside the lines is not determined."""
    settled = certificate.settlement
    found = []
    if paying := _guarantors(settled):
        names = joined(_pays(party, amount, certificate) for party, amount in paying.items())
        found.append(Text(en=f"guarantors pay: {names.en}", sv=f"garanter betalar: {names.sv}"))
    if waiting := _open_beside(settled):
        names = joined(waiting)
        found.append(Text(en=f"not determined is {names.en}", sv=f"inte fastställt är {names.sv}"))
    return tuple(found)


def _guarantors(settled: Settlement) -> dict[str, Fraction]:
    """What each guarantor pays of the guarantees that are determined, by party; without those that pay nothing."""
    paying: dict[str, Fraction] = {}
    for guarantee in settled.guarantees:
        for share in guarantee.shares:
            paying[share.payer] = paying.get(share.payer, Fraction(0)) + Fraction(share.amount)
    return {party: amount for party, amount in paying.items() if amount}


def _pays(party: str, amount: Fraction, certificate: Certificate) -> Text:
    """'Fonden SEK 5,549.34'."""
    digits = money_digits(certificate.contract.model.payment.quantum)
    name, paid = party_name(party, certificate), money(decimal_text(amount, digits), certificate.settlement.currency)
    return Text(en=f"{name} {paid.en}", sv=f"{name} {paid.sv}")


def _open_beside(settled: Settlement) -> list[Text]:
    """What is not determined beside the lines, in words."""
    found = []
    if settled.distribution is not None and settled.distribution.amount is None:
        found.append(Text(en="what is passed on", sv="vad som fördelas vidare"))
    if any(guarantee.amount is None for guarantee in settled.guarantees):
        found.append(Text(en="what is guaranteed", sv="vad som garanteras"))
    return found


# ----------------------------------------------------------------------------------------- what is not determined


def open_sentences(certificate: Certificate) -> Iterator[Text]:
    """For each line without an amount, what is missing and why; what is undisputed; and the same beside the lines.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Text
        Guarantees and what is passed on only where every line has an amount: else they wait for the same.
    """
    settled, terms = certificate.settlement, certificate.contract.model
    for line in settled.lines:
        if line.amount is None:
            yield _open("Line", "Rad", line.id, line, certificate)
    if settled.total is None:
        amount = money(settled.undisputed, settled.currency)
        yield Text(en=f"Undisputed so far: {amount.en}.", sv=f"Ostridigt hittills: {amount.sv}.")
        for party, paid in _guarantors(settled).items():
            one = _pays(party, paid, certificate)
            yield Text(en=f"Determined of what guarantors pay: {one.en}.", sv=f"Fastställt av garantier: {one.sv}.")
        return
    passed = settled.distribution
    if passed is not None and passed.amount is None:
        name = terms.parties[passed.party].name
        yield _open("Passed on by", "Fördelas vidare av", name, passed, certificate)
    for guarantee in settled.guarantees:
        if guarantee.amount is None:
            yield _open("Guarantee", "Garanti", guarantee.id, guarantee, certificate)


def _open(en: str, sv: str, name: str, one: SettledLine | Distribution, certificate: Certificate) -> Text:
    """'Line pay, not yet determinable. No value for: …. Why.'"""
    names = joined(figure_name(id, certificate.contract.model) for id in one.missing)
    state, missing = STATES[one.state], Text(en="", sv="")
    if one.missing:
        missing = Text(en=f" No value for: {names.en}.", sv=f" Värde saknas för: {names.sv}.")
    why = [" ".join(reason.in_language(lang) for reason in one.reasons) for lang in ("en", "sv")]
    return Text(
        en=f"{en} {name}, {state.en}.{missing.en} {why[0]}", sv=f"{sv} {name}, {state.sv}.{missing.sv} {why[1]}"
    )
