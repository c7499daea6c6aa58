"""The conclusion of a certificate: one fixed sentence of its kind and state, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts.money import decimal_text, money_digits
from effekt.reports.document import Callout
from effekt.reports.names import figure_name, party_name
from effekt.reports.standings import WITHHELD, withheld_sentences
from effekt.reports.wording import STATES, joined, money
from effekt.result import OutcomeMeasure, is_change

DETERMINED = Text(
    en="The outcome is determined; payment under the contract: {amount}.",
    sv="Utfallet är fastställt; utbetalning enligt avtalet: {amount}.",
)
ZERO = Text(
    en="The outcome is determined; under the contract's terms nothing is to be paid: {amount}.",
    sv="Utfallet är fastställt; enligt avtalets villkor ska inget betalas: {amount}.",
)
ZERO_ON_LINES = Text(
    en="The outcome is determined; under the contract's terms nothing is to be paid on its lines: {amount}.",
    sv="Utfallet är fastställt; enligt avtalets villkor ska inget betalas på raderna: {amount}.",
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
WITHOUT_COMPARISON = Text(
    en="The outcome is measured without a comparison and does not show the effect of the intervention.",
    sv="Utfallet är mätt utan jämförelse och visar inte insatsens effekt.",
)
ATTESTED_ONLY = Text(
    en="The figures are attested by a party; the certificate does not show the effect of the intervention.",
    sv="Siffrorna är intygade av en part; intyget visar inte insatsens effekt.",
)
_VERDICTS = {
    "payable": DETERMINED,
    "zero_by_terms": ZERO,
    "not_yet_determinable": NOT_YET,
    "referred": REFERRED,
    "void": VOID,
}
_GUARANTEE_OPEN = Text(en="What a guarantor pays is not determined.", sv="Vad en garant betalar är inte fastställt.")
_PASSED_ON_OPEN = Text(en="What is passed on is not determined.", sv="Vad som förs vidare är inte fastställt.")


def verdict(certificate: Certificate) -> Callout:
    """What is to be paid, in one sentence; then each line, guarantee or part passed on that is open or paid beside.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Callout
    """
    settled, sentence = certificate.settlement, _sentence(certificate)
    total = settled.total or "0"
    amount = money(total.removeprefix("-"), settled.currency)
    text = Text(en=sentence.en.format(amount=amount.en), sv=sentence.sv.format(amount=amount.sv))
    items = (*_open_lines(certificate), *withheld_sentences(certificate))
    if _pays(certificate):
        beside = _beside(certificate)
        text = Text(en=f"{text.en}{beside.en}", sv=f"{text.sv}{beside.sv}")
        items += tuple(_guarantees(certificate))
    return Callout(text=text, items=items, role="verdict")


def state_of(certificate: Certificate) -> Text:
    """The state of the settlement in words; that is of its lines, which is said where others pay beside them.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Text
    """
    state = STATES[certificate.settlement.state]
    if _pays(certificate) and _beside(certificate).en:
        return Text(en=f"{state.en}, on the lines", sv=f"{state.sv}, på raderna")
    return state


def _sentence(certificate: Certificate) -> Text:
    """The fixed sentence of a kind and a state; only a final certificate says that something is to be paid."""
    settled, kind = certificate.settlement, certificate.kind
    if kind == "nil":
        return NIL_NOTHING_DUE if settled.state == "zero_by_terms" else NIL_UNDETERMINED
    if kind == "final" and settled.state == "referred" and settled.total is not None:
        return WITHHELD
    reversed_ = settled.state == "payable" and (settled.total or "0").startswith("-")
    if kind == "interim" and settled.state in AS_IT_STANDS:
        return AS_IT_STANDS["reversed" if reversed_ else settled.state]
    if settled.state == "zero_by_terms" and _pays(certificate) and _beside(certificate).en:
        return ZERO_ON_LINES
    return REVERSED if reversed_ else _VERDICTS[settled.state]


def _pays(certificate: Certificate) -> bool:
    """Whether all lines of a final certificate have an amount, beside which others may pay."""
    return certificate.kind == "final" and certificate.settlement.total is not None


def _beside(certificate: Certificate) -> Text:
    """What guarantors pay in all, and that what they pay or what is passed on is open; nothing where neither is."""
    settled = certificate.settlement
    paid = sum((Fraction(one.amount) for one in settled.guarantees if one.amount is not None), Fraction(0))
    told = []
    if paid:
        amount = money(decimal_text(paid, money_digits(certificate.contract.model.payment.quantum)), settled.currency)
        told.append(
            Text(
                en=f"Guarantors pay beside the lines: {amount.en}.", sv=f"Utöver raderna betalar garanter: {amount.sv}."
            )
        )
    if any(one.amount is None for one in settled.guarantees):
        told.append(_GUARANTEE_OPEN)
    if settled.distribution is not None and settled.distribution.amount is None:
        told.append(_PASSED_ON_OPEN)
    return Text(en="".join(f" {one.en}" for one in told), sv="".join(f" {one.sv}" for one in told))


def _guarantees(certificate: Certificate) -> Iterator[Text]:
    """Who pays whom on each guarantee that pays, and why another one is open."""
    settled, terms = certificate.settlement, certificate.contract.model.payment.guarantees or {}
    for one in settled.guarantees:
        by, to = (party_name(id, certificate) for id in (terms[one.id].guarantor, terms[one.id].beneficiary))
        if one.amount is None:
            state = STATES[one.state]
            en, sv = (" ".join(reason.in_language(lang) for reason in one.reasons) for lang in ("en", "sv"))
            yield Text(
                en=f"Guarantee {one.id}, {state.en}: what {by} pays {to} is open. {en}".rstrip(),
                sv=f"Garanti {one.id}, {state.sv}: vad {by} betalar {to} är öppet. {sv}".rstrip(),
            )
        elif Fraction(one.amount):
            amount = money(one.amount, settled.currency)
            yield Text(
                en=f"Guarantee {one.id}: {by} pays {to} {amount.en}.",
                sv=f"Garanti {one.id}: {by} betalar {to} {amount.sv}.",
            )


def _open_lines(certificate: Certificate) -> Iterator[Text]:
    """For each line without an amount, what is missing and why; then what is undisputed."""
    settled, terms = certificate.settlement, certificate.contract.model
    for line in settled.lines:
        if line.amount is not None:
            continue
        names = joined(figure_name(id, terms) for id in line.missing)
        missing = Text(
            en=f" No value for: {names.en}." if line.missing else "",
            sv=f" Värde saknas för: {names.sv}." if line.missing else "",
        )
        state = STATES[line.state]
        en, sv = (" ".join(reason.in_language(lang) for reason in line.reasons) for lang in ("en", "sv"))
        yield Text(
            en=f"Line {line.id}, {state.en}.{missing.en} {en}",
            sv=f"Rad {line.id}, {state.sv}.{missing.sv} {sv}",
        )
    if settled.total is None:
        amount = money(settled.undisputed, settled.currency)
        yield Text(en=f"Undisputed so far: {amount.en}.", sv=f"Ostridigt hittills: {amount.sv}.")


def not_an_effect(certificate: Certificate) -> Iterator[Text]:
    """That no effect is shown, where every result is an outcome or a plain change, or all is attested."""
    results = certificate.results.values()
    if not results:
        yield ATTESTED_ONLY
    elif all(isinstance(result, OutcomeMeasure) or is_change(result) for result in results):
        yield WITHOUT_COMPARISON
