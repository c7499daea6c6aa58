"""Whether what a certificate deducts as paid before is what the one that it follows says, and can have been paid."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, format_money
from effekt.contracts.money import fraction
from effekt.workflow.earlier.can_be_paid import impossible, impossible_text, is_first, settled_on
from effekt.workflow.earlier.line_names import certainly_new, deducts, named_as_in, paid_to_date_as_in
from effekt.workflow.earlier.paid_apart import (
    by_settlement,
    chain,
    disputes,
    to_deduct,
    wrongly_deducted,
)
from effekt.workflow.earlier.paid_before import SUPERSEDED
from effekt.workflow.earlier.rivals import of_two
from effekt.workflow.earlier.settled_anew import deducted_told
from effekt.workflow.earlier.unseen import days_between, unseen
from effekt.workflow.findings import Finding, cannot_tell, same_or_different
from effekt.workflow.rules.dates import days_by_files_before, final_days

_REPLACED = Text(
    en="; if one of them was superseded, verify with the one that took its place",
    sv="; om något av dem har ersatts, verifiera med det som tog dess plats",
)


def paid_before_findings(
    certificate: Certificate,
    earlier: Certificate | None,
    several: Sequence[Certificate] = (),
    later: Sequence[Certificate] = (),
    files: Sequence[Contract] = (),
) -> Iterator[Finding]:
    """Whether what is deducted as paid before is what the earlier certificate says, and can have been paid at all.

    Parameters
    ----------
    certificate : Certificate
    earlier : Certificate or None
        The one that it follows; what one that is not final has as paid before it paid to nobody itself.
    several : sequence of Certificate
        All that were given.
    later : sequence of Certificate
        Of later days, which may name one that took the earlier one's place and was not given.
    files : sequence of Contract
        Those before an amendment, that are known.

    Yields
    ------
    Finding
        One, of a certificate that says what was paid and has a cumulative line of which it is known what it deducts.
    """
    lines = certificate.contract.model.payment.lines
    deducted = {id: paid for id, paid in certificate.paid_before.items() if lines[id].cumulative}
    if certificate.kind != "final" or not deducted:
        return
    if earlier is not None and earlier.kind != "final":
        earlier = _last_paid(certificate, several)
    cannot_be = impossible(certificate, several, files)
    if cannot_be:
        told = impossible_text(cannot_be, certificate)
        yield same_or_different(
            "paid_before",
            False,
            f"What is deducted as paid before cannot have been paid: {told.en}.",
            f"Det som dras av som tidigare betalt kan inte ha betalats: {told.sv}.",
        )
    elif is_first(certificate, several, files) and not any(fraction(paid) for paid in deducted.values()):
        yield same_or_different(
            "paid_before",
            True,
            "Nothing is deducted as paid before, and no settlement can have been before this one.",
            "Inget dras av som tidigare betalt, och ingen avräkning kan ha gjorts före denna.",
        )
    elif earlier is not None and _tells(earlier, certificate, several):
        fork = of_two(certificate, earlier, several)
        yield fork or _as_stated(certificate, earlier, several, later, deducted, files)
    elif _none_paid(certificate, several, files):
        yield _of_nil_ones(deducted, certificate, several, later)
    elif _nil_on_first_day(certificate, several, files) and not any(fraction(paid) for paid in deducted.values()):
        yield same_or_different(
            "paid_before",
            True,
            "Nothing is deducted as paid before, and on the first announced day nothing was paid, as the nil one whose "
            "place it takes says.",
            "Inget dras av som tidigare betalt, och den första angivna dagen betalades inget, som nollintyget som det "
            "ersätter anger.",
        )
    else:
        yield _not_given(deducted, certificate)


def _tells(earlier: Certificate, certificate: Certificate, several: Sequence[Certificate]) -> bool:
    """Whether one says what another has as paid before; of a correction, where what it corrects is there."""
    same = earlier.contract.model.id == certificate.contract.model.id
    named = certificate.supersedes is None or certificate.supersedes.sha256 in {one.sha256 for one in several}
    return same and named


def _none_paid(certificate: Certificate, several: Sequence[Certificate], files: Sequence[Contract]) -> bool:
    """Whether a certificate of each earlier announced day was given, and none of them says what was paid."""
    before = days_by_files_before(certificate.contract, (*files, *(one.contract for one in several)))
    if before is None:  # which may have announced others
        return False
    own = [one for one in several if one.contract.model.id == certificate.contract.model.id]
    of = certificate.date if certificate.supersedes is None else certificate.supersedes.date
    days = [day for day in sorted({*before, *final_days(certificate.contract)}) if day <= of][:-1]
    given = {settled_on(one) for one in own if one.kind != "interim"}
    return bool(days) and given.issuperset(days) and all(one.kind != "final" for one in own)


def _nil_on_first_day(certificate: Certificate, several: Sequence[Certificate], files: Sequence[Contract]) -> bool:
    """Whether the one whose place a certificate takes was given and is nil, of the first announced day."""
    link = certificate.supersedes
    before = days_by_files_before(certificate.contract, (*files, *(one.contract for one in several)))
    if link is None or before is None or not any(one.sha256 == link.sha256 and one.kind == "nil" for one in several):
        return False
    days = [day for day in {*before, *final_days(certificate.contract)} if day <= link.date]
    paid = any(one.kind == "final" and one.contract.model.id == certificate.contract.model.id for one in several)
    return len(days) == 1 and not paid


def _of_nil_ones(
    deducted: Mapping[str, str], certificate: Certificate, several: Sequence[Certificate], later: Sequence[Certificate]
) -> Finding:
    """What is deducted where none that was given paid: in a nil one's place a final one may stand that was not."""
    paid = {id: fraction(amount) for id, amount in deducted.items() if fraction(amount) != 0}
    if not paid:
        return same_or_different(
            "paid_before",
            True,
            "Nothing is deducted as paid before, and of the certificates of earlier announced days, all given, none is "
            "final.",
            "Inget dras av som tidigare betalt, och av intygen från tidigare angivna dagar, som alla angavs, är inget "
            "slutligt.",
        )
    told = Text(
        en=f"What is deducted as paid before of {join_words([*paid], 'and')} no certificate that was given paid: of "
        "every earlier announced day one was, and none is final",
        sv=f"Det som dras av som tidigare betalt av {join_words([*paid], 'och')} har inget angivet intyg betalat: för "
        "varje tidigare angiven dag angavs ett, och inget är slutligt",
    )
    replaced = {one.supersedes.sha256 for one in (*several, *later) if one.supersedes is not None}
    replaced |= chain(certificate, several)
    stands = any(one.kind != "interim" and one.sha256 not in replaced for one in several)
    if stands and all(_may_be_paid(id, amount, certificate) for id, amount in paid.items()):
        return cannot_tell("paid_before", f"{told.en}{_REPLACED.en}.", f"{told.sv}{_REPLACED.sv}.")
    return same_or_different("paid_before", False, f"{told.en}.", f"{told.sv}.")


def _may_be_paid(id: str, amount: Fraction, certificate: Certificate) -> bool:
    """Whether certificates of the contract can have paid so little of a line."""
    payment = certificate.contract.model.payment
    least = payment.lines[id].least_paid(Fraction(payment.quantum), payment.rounding)
    return least is None or amount >= least


def _as_stated(
    certificate: Certificate,
    earlier: Certificate,
    several: Sequence[Certificate],
    later: Sequence[Certificate],
    deducted: Mapping[str, str],
    files: Sequence[Contract],
) -> Finding:
    """Whether what is deducted is what the certificate that it follows says."""
    wrong = wrongly_deducted(certificate, earlier)
    known = to_deduct(certificate, earlier)
    unsaid = {id: paid for id, paid in deducted.items() if id not in known}
    days = () if wrong or certificate.corrects is not None else days_between(certificate, earlier, several)
    if not wrong and unsaid:
        found = _of_no_amount(unsaid, earlier, certificate, several, files)
        return found if found.verdict != "reproduced" or not days else _not_shown(days, earlier)
    told = [deducted_told(id, *amounts, certificate, several) for id, amounts in wrong.items()]
    en, sv = ("; ".join(one.in_language(lang) for one in told) for lang in ("en", "sv"))
    between = unseen(certificate, earlier, several, wrong, later) if wrong else None
    if between is not None:
        return cannot_tell(
            "paid_before",
            f"What is deducted as paid before is not what the certificate of {earlier.date} says: {en}; "
            f"{between.en}, by which it may be so, was not given.",
            f"Det som dras av som tidigare betalt är inte vad intyget från {earlier.date} anger: {sv}; "
            f"{between.sv}, enligt vilket det kan vara så, angavs inte.",
        )
    if days:
        return _not_shown(days, earlier)
    says, anger = " says", " anger"
    if disputes(certificate, earlier):
        says, anger = ", which is disputed, deducts itself", ", som är bestridet, självt drar av"
    end = Text(en=f": {en}{SUPERSEDED.en}.", sv=f": {sv}{SUPERSEDED.sv}.") if wrong else Text(en=".", sv=".")
    return same_or_different(
        "paid_before",
        not wrong,
        f"What is deducted as paid before is {'not ' if wrong else ''}what the certificate of {earlier.date}{says}"
        f"{end.en}",
        f"Det som dras av som tidigare betalt är {'inte ' if wrong else ''}vad intyget från {earlier.date}{anger}"
        f"{end.sv}",
    )


def _not_shown(days: Sequence[str], earlier: Certificate) -> Finding:
    """That nothing shows whether more was paid since, on announced days of which no final or nil one was given."""
    return cannot_tell(
        "paid_before",
        f"What is deducted as paid before is what the certificate of {earlier.date} says; whether more was paid on "
        f"{join_words(days, 'and')} cannot be told, as no final or nil certificate of "
        f"{'each of these days' if days[1:] else 'that day'} was given: ask for "
        f"{'each' if days[1:] else 'it'}.",
        f"Det som dras av som tidigare betalt är vad intyget från {earlier.date} anger; om mer betalades "
        f"{join_words(days, 'och')} kan inte sägas, eftersom inget slutligt intyg eller nollintyg för "
        f"{'var och en av dessa dagar' if days[1:] else 'den dagen'} angavs: begär "
        f"{'vart och ett' if days[1:] else 'det'}.",
    )


def _of_no_amount(
    unsaid: Mapping[str, str],
    earlier: Certificate,
    certificate: Certificate,
    several: Sequence[Certificate],
    files: Sequence[Contract],
) -> Finding:
    """What is deducted of lines that the one it follows has no amount of: what was paid when that was made."""
    before, had = named_as_in(certificate, earlier.paid_before, earlier), deducts(certificate, earlier)
    since = _settled_since(earlier, certificate, several)
    said = {id: paid for one in since for id, paid in paid_to_date_as_in(certificate, one).items() if id in unsaid}
    new = {id: paid for id, paid in unsaid.items() if id not in had and id not in said}
    if any(fraction(new[id]) != 0 or not certainly_new(id, certificate, earlier, several, files) for id in new):
        return _on_other_lines(new, earlier, certificate)
    unsaid = {id: paid for id, paid in unsaid.items() if id not in new}
    if not unsaid:
        return _beside_all(new, earlier)
    nothing = "0" if is_first(earlier, [one for one in several if one.date <= earlier.date]) else None
    then = {id: before.get(id, nothing) for id in unsaid} | said
    lines, told = list(unsaid), _deducted(unsaid, certificate)
    if all(paid is not None and fraction(paid) == fraction(unsaid[id]) for id, paid in then.items()):
        return same_or_different(
            "paid_before",
            True,
            f"What is deducted as paid before is what the certificate of {earlier.date} says; of "
            f"{join_words(lines, 'and')}, without an amount there, as much is deducted as was paid before.",
            f"Det som dras av som tidigare betalt är vad intyget från {earlier.date} anger; av "
            f"{join_words(lines, 'och')}, utan belopp där, dras så mycket av som var betalt tidigare.",
        )
    return cannot_tell(
        "paid_before",
        f"Deducted as paid before: {told.en}, of which the certificate of {earlier.date} has no amount; one that says "
        "so was not given.",
        f"Som tidigare betalt dras av: {told.sv}, som intyget från {earlier.date} saknar belopp för; ett som anger det "
        "angavs inte.",
    )


def _on_other_lines(new: Mapping[str, str], earlier: Certificate, certificate: Certificate) -> Finding:
    """That no certificate shows what is to be deducted of lines that deducted nothing by the file before."""
    told = _deducted(new, certificate)
    return cannot_tell(
        "paid_before",
        f"Deducted as paid before: {told.en}. By the file of the certificate of {earlier.date} no line of that name "
        "deducts what was paid before; this one counts all that is due since the contract began, and no certificate "
        "shows what of that was paid on other terms: ask the parties.",
        f"Som tidigare betalt dras av: {told.sv}. Enligt filen för intyget från {earlier.date} drar ingen rad med det "
        "namnet av det som betalats tidigare; detta räknar allt som ska betalas sedan avtalets början, och inget intyg "
        "visar vad av det som betalats på andra villkor: fråga parterna.",
    )


def _beside_all(new: Collection[str], earlier: Certificate) -> Finding:
    """That nothing is deducted of lines of which nothing can have been paid."""
    en, sv = (join_words([*new], word) for word in ("and", "och"))
    return same_or_different(
        "paid_before",
        True,
        f"What is deducted as paid before is what the certificate of {earlier.date} says; of {en}, which its file does "
        "not have, nothing is deducted.",
        f"Det som dras av som tidigare betalt är vad intyget från {earlier.date} anger; av {sv}, "
        "som saknas i dess fil, dras inget av.",
    )


def _settled_since(earlier: Certificate, certificate: Certificate, several: Sequence[Certificate]) -> list[Certificate]:
    """Those of days before that of a certificate which were settled again since the one that it follows was made."""
    replaced = {one.supersedes.sha256 for one in several if one.supersedes is not None}
    stand = [one for one in several if one.sha256 not in replaced and one.kind == "final"]
    return [
        one
        for one in stand
        if earlier.date < one.date and by_settlement(one) < by_settlement(earlier) < by_settlement(certificate)
    ]


def _not_given(deducted: Mapping[str, str], certificate: Certificate) -> Finding:
    """That none was given which says what is deducted; where that is nothing there may be none."""
    told, amended = _deducted(deducted, certificate), certificate.contract.model.amendment is not None
    if certificate.corrects is not None or any(fraction(paid) for paid in deducted.values()):
        return cannot_tell(
            "paid_before",
            f"Deducted as paid before: {told.en}; the certificate that says so was not given.",
            f"Som tidigare betalt dras av: {told.sv}; intyget som anger det angavs inte.",
        )
    en = " The contract is amended: give the files before it with --amended." if amended else ""
    sv = " Avtalet är ändrat: ange filerna före det med --amended." if amended else ""
    return cannot_tell(
        "paid_before",
        f"Nothing is deducted as paid before; whether anything was paid before cannot be told, as no certificate that "
        f"shows it was given.{en}",
        f"Inget dras av som tidigare betalt; om något var betalt tidigare kan inte sägas, eftersom inget intyg som "
        f"visar det angavs.{sv}",
    )


def _deducted(amounts: Mapping[str, str], certificate: Certificate) -> Text:
    """'SEK 20,000 of work'."""
    told = {id: _money(paid, certificate) for id, paid in amounts.items()}
    return Text(
        en=join_words([f"{paid.en} of {id}" for id, paid in told.items()], "and"),
        sv=join_words([f"{paid.sv} på {id}" for id, paid in told.items()], "och"),
    )


def _money(amount: str, certificate: Certificate) -> Text:
    currency = certificate.contract.model.payment.currency
    return Text(en=format_money(fraction(amount), currency, "en"), sv=format_money(fraction(amount), currency, "sv"))


def _last_paid(certificate: Certificate, several: Sequence[Certificate]) -> Certificate | None:
    """The last one that stands and says what was paid; not of what the certificate takes the place of."""
    replaced = chain(certificate, several) | {one.supersedes.sha256 for one in several if one.supersedes is not None}
    said = [one for one in several if one.kind == "final" and one.sha256 not in replaced]
    return said[-1] if said else None
