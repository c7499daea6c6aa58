"""What a correction says that it settles anew: what can be refused of it alone, and beside those it stands in place of.

Its sums add up with what it has as paid before to all that was paid until then. Without the certificates that paid it
they rest on the word of whoever signed, and are named so that a verifier asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.contracts import format_money
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.liability import most_paid
from effekt.contracts.money import exact_text, fraction
from effekt.contracts.sum_bounds import bound_of_lines, bounds_of_line
from effekt.workflow.earlier.can_be_paid import ended_on, events_told, settlement_of
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.findings import Finding, cannot_tell, same_or_different
from effekt.workflow.rules.dates import announced_for


def known_in_parts(
    certificate: Certificate, *, to_date: bool = False, beside: Certificate | None = None
) -> dict[str, Fraction]:
    """What a certificate has as paid of the lines that are paid in parts, before it or with it.

    Parameters
    ----------
    certificate : Certificate
    to_date : bool
        With it.
    beside : Certificate, optional
        By the names that the lines have in the contract file of this one, in place of its own.

    Returns
    -------
    dict of line to Fraction
        Without lines of which it is not known.
    """
    said, lines = (
        certificate.paid_to_date if to_date else certificate.paid_before,
        certificate.contract.model.payment.lines,
    )
    found = {id: fraction(amount) for id, amount in said.items() if id in lines and lines[id].cumulative}
    return found if beside is None else named_as_in(beside, found, certificate)


def is_next(certificate: Certificate, earlier: str) -> bool:
    """Whether a certificate settles a later announced day than one of an earlier date.

    Parameters
    ----------
    certificate : Certificate
    earlier : str
        YYYY-MM-DD.

    Returns
    -------
    bool
        By the ending that the certificate is told of: what was made after that is of the same day, which comes early.
    """
    of = settlement_of(certificate, certificate.contract)
    return of is not None and (announced_for(certificate.contract, earlier, ended_on(certificate)) or "") < of


def founded_on(certificate: Certificate, given: Sequence[Certificate]) -> tuple[Certificate | None, Supersedes | None]:
    """The last of those in whose place a certificate stands that has itself as paid before what it has.

    Parameters
    ----------
    certificate : Certificate
    given : sequence of Certificate

    Returns
    -------
    (Certificate or None, Supersedes or None)
        Of the same settlement; or the first link that was not given, behind which it may be. Neither where there is
        none.
    """
    own, by = known_in_parts(certificate), {one.sha256: one for one in given}
    link = certificate.corrects
    while link is not None and not is_next(certificate, link.date):
        if link.sha256 not in by:
            return None, link
        if known_in_parts(by[link.sha256], beside=certificate) == own:
            return by[link.sha256], None
        link = by[link.sha256].corrects
    return None, None


def fallen(certificate: Certificate) -> Iterator[Text]:
    """The lines that are settled anew with less than was paid, or no amount, and of which nothing is paid back.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Text
    """
    amounts = {line.id: line.amount for line in certificate.settlement.lines}
    for id, paid in (certificate.settles_anew or {}).items():
        term, now = certificate.contract.model.payment.lines[id].true_up, amounts.get(id)
        if now is None:
            yield Text(
                en=f"Settled anew payment.lines.{id} must have an amount, since {_paid_or_back(paid).en}; it has none.",
                sv=f"Avräknad på nytt måste payment.lines.{id} ha ett belopp, eftersom {_paid_or_back(paid).sv}; det "
                "saknas.",
            )
        elif fraction(now) < fraction(paid) and (term is None or term.below_zero != "clawback"):
            low = exact_text(fraction(now))
            yield Text(
                en=f"Settled anew payment.lines.{id} must pay at least what was paid of it, {paid}, since nothing is "
                f"paid back (true_up.below_zero); got {low}.",
                sv=f"Avräknad på nytt måste payment.lines.{id} betala minst det som betalats av den, {paid}, eftersom "
                f"inget betalas tillbaka (true_up.below_zero); angavs {low}.",
            )


def _paid_or_back(paid: str) -> Text:
    """'50 of it was paid', or that so much was paid back."""
    amount = exact_text(abs(fraction(paid)))
    if fraction(paid) < 0:
        return Text(en=f"{amount} of it was paid back", sv=f"{amount} av den har betalats tillbaka")
    return Text(en=f"{amount} of it was paid", sv=f"{amount} har betalats av den")


def anew_findings(certificate: Certificate, given: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether what a certificate says that it settles anew can have been paid, and was.

    Parameters
    ----------
    certificate : Certificate
    given : sequence of Certificate
        Those it was given to be held against.

    Yields
    ------
    Finding
        None of one that settles nothing anew, nor where none of those in whose place it stands has as paid before what
        it has: `limit_findings` tells of that.
    """
    anew = certificate.settles_anew
    if anew is None:
        return
    faults = [*_out_of_place(certificate), *_beyond(certificate, anew), *fallen(certificate)]
    if faults:
        en, sv = (" ".join(one.in_language(lang) for one in faults) for lang in ("en", "sv"))
        yield same_or_different("settled_anew", False, en, sv)
        return
    base, missing = founded_on(certificate, given)
    if missing is not None:
        yield _on_a_word(certificate, anew, missing)
    elif base is not None:
        yield _as_paid(certificate, anew, given)


def deducted_told(id: str, paid: str, stated: str, certificate: Certificate, given: Sequence[Certificate]) -> Text:
    """What a line deducts and what the earlier certificate says; of what is settled anew, which of two sums is wrong.

    Parameters
    ----------
    id : str
        The line.
    paid, stated : str
        What it deducts, and what it must by the one whose place it takes, less what is settled anew.
    certificate : Certificate
    given : sequence of Certificate
        By which it may be known which sum is wrong.

    Returns
    -------
    Text
    """
    own, other = _money(fraction(paid), certificate), _money(fraction(stated), certificate)
    left_out = certificate.settles_anew is None and (
        certificate.letting_go or founded_on(certificate, given)[0] is None
    )
    if left_out or _disputed(certificate) or certificate.kind != "final":
        return Text(
            en=f"{id} deducts {own.en}, and it says {other.en}", sv=f"{id} drar av {own.sv}, och det anger {other.sv}"
        )
    return _sums_told(id, certificate, fraction(stated) + _anew(certificate, id), given)


# --- by itself ------------------------------------------------------------------------------------------------


def _out_of_place(certificate: Certificate) -> Iterator[Text]:
    """What settles nothing anew, or not all lines that are paid in parts."""
    link, anew = certificate.supersedes, certificate.settles_anew or {}
    if _disputed(certificate):
        yield Text(
            en="supersedes.anew must be left out while a dispute is open: all that is not disputed is then paid anew.",
            sv="supersedes.anew måste utelämnas medan en tvist pågår: allt som inte är tvistigt betalas då på nytt.",
        )
    if link is not None and is_next(certificate, link.date):
        yield Text(
            en=f"supersedes.anew must be left out where what is superseded, of {link.date}, is of an earlier announced "
            "day: that stays paid.",
            sv=f"supersedes.anew måste utelämnas när det som ersätts, från {link.date}, gäller en tidigare angiven "
            "dag: det förblir betalt.",
        )
    missing = [id for id in known_in_parts(certificate) if id not in anew]
    if missing:
        en, sv = join_words(missing, "and"), join_words(missing, "och")
        yield Text(
            en=f"supersedes.anew must name every line that is paid in parts; {en} missing.",
            sv=f"supersedes.anew måste ange varje rad som betalas i delar; {sv} saknas.",
        )
    elif not any(fraction(paid) for paid in anew.values()):
        yield Text(
            en="supersedes.anew must be left out where nothing was paid; all its sums are 0.",
            sv="supersedes.anew måste utelämnas när inget har betalats; alla dess summor är 0.",
        )


def _beyond(certificate: Certificate, anew: Mapping[str, str]) -> Iterator[Text]:
    """Of each line the first reason why certificates of the contract cannot have paid so much of it."""
    for id, text in anew.items():
        found = next(_faults(id, text, certificate), None)
        if found is not None:
            yield found
    if certificate.contract.model.amendment is None:
        yield from _together(certificate, anew)


def _together(certificate: Certificate, anew: Mapping[str, str]) -> Iterator[Text]:
    """That the sums of several lines are no more than what holds between lines lets certificates pay of them."""
    paid = sum((fraction(text) for text in anew.values()), Fraction(0))
    count = _superseded(certificate)
    most = bound_of_lines(anew, certificate.contract, count)
    if len(anew) > 1 and most is not None and paid > most:
        en, sv = join_words([*anew], "and"), join_words([*anew], "och")
        end, stated = _money(most, certificate), _money(paid, certificate)
        yield Text(
            en=f"supersedes.anew of {en} must together be at most {end.en}, which is the most of them that is paid on "
            f"as many certificates as are superseded, {count}; got {stated.en}.",
            sv=f"supersedes.anew för {sv} måste tillsammans vara högst {end.sv}, vilket är det mesta av dem som "
            f"betalas enligt så många intyg som ersätts, {count}; angavs {stated.sv}.",
        )


def _superseded(certificate: Certificate) -> int:
    """How many of those in whose place it stands are of its own settlement."""
    days = () if certificate.supersedes is None else certificate.supersedes.paying
    return sum(not is_next(certificate, day) for day in days)


def _faults(id: str, text: str, certificate: Certificate) -> Iterator[Text]:
    """How a sum is written; and what it cannot be, but for an amended contract, whose terms before were others."""
    contract, link, paid = certificate.contract, certificate.supersedes, fraction(text)
    if text != exact_text(paid):
        yield Text(
            en=f"supersedes.anew.{id} must be written {exact_text(paid)}; got {text}.",
            sv=f"supersedes.anew.{id} måste skrivas {exact_text(paid)}; angavs {text}.",
        )
    if contract.model.amendment is not None or link is None:
        return
    stated, quantum = _money(paid, certificate), Fraction(contract.model.payment.quantum)
    if (paid / quantum).denominator != 1:
        unit = _money(quantum, certificate)
        yield Text(
            en=f"supersedes.anew.{id} must be a whole multiple of {unit.en}; got {stated.en}.",
            sv=f"supersedes.anew.{id} måste vara en hel multipel av {unit.sv}; angavs {stated.sv}.",
        )
    count = _superseded(certificate)
    low, high = bounds_of_line(id, contract, count)
    if low is not None and paid < low:
        least = _money(low, certificate)
        yield Text(
            en=f"supersedes.anew.{id} must be at least {least.en}; got {stated.en}.",
            sv=f"supersedes.anew.{id} måste vara minst {least.sv}; angavs {stated.sv}.",
        )
    if high is not None and paid > high:
        most = _money(high, certificate)
        yield Text(
            en=f"supersedes.anew.{id} must be at most {most.en}, which is the most of it that is paid on as many "
            f"certificates as are superseded, {count}; got {stated.en}.",
            sv=f"supersedes.anew.{id} måste vara högst {most.sv}, vilket är det mesta av den som betalas enligt så "
            f"många intyg som ersätts, {count}; angavs {stated.sv}.",
        )
    yield from _in_all(id, paid, certificate)


def _in_all(id: str, paid: Fraction, certificate: Certificate) -> Iterator[Text]:
    """That with what is deducted as paid before it is no more, or less, than can be due of the line in all."""
    terms = certificate.contract.model
    line, before = terms.payment.lines[id], known_in_parts(certificate).get(id)
    figure = "" if line.true_up is None else line.true_up.paid
    if before is None or not isinstance(terms.figures.get(figure), AttestedFigure):
        return
    least, most = line.least_paid(Fraction(terms.payment.quantum), terms.payment.rounding), most_paid(id, terms)
    own, stated = _money(before, certificate), _money(paid, certificate)
    if most is not None and before + paid > most:
        due = _money(most, certificate)
        yield Text(
            en=f"supersedes.anew.{id} and figures.{figure} must together be at most {due.en}, all that can be due of "
            f"it; got {stated.en} and {own.en}.",
            sv=f"supersedes.anew.{id} och figures.{figure} måste tillsammans vara högst {due.sv}, det mesta som kan "
            f"förfalla av den; angavs {stated.sv} och {own.sv}.",
        )
    if least is not None and before + paid < least:
        due = _money(least, certificate)
        yield Text(
            en=f"supersedes.anew.{id} and figures.{figure} must together be at least {due.en}, the least that can "
            f"have been paid of it; got {stated.en} and {own.en}.",
            sv=f"supersedes.anew.{id} och figures.{figure} måste tillsammans vara minst {due.sv}, det minsta som kan "
            f"ha betalats av den; angavs {stated.sv} och {own.sv}.",
        )


# --- beside those before it -----------------------------------------------------------------------------------


def _on_a_word(certificate: Certificate, anew: Mapping[str, str], missing: Supersedes) -> Finding:
    amounts = {id: _money(fraction(paid), certificate) for id, paid in anew.items()}
    en = join_words([f"{paid.en} of {id}" for id, paid in amounts.items()], "and")
    sv = join_words([f"{paid.sv} av {id}" for id, paid in amounts.items()], "och")
    return cannot_tell(
        "settled_anew",
        f"It settles anew and says that {en} was paid before it (supersedes.anew): that rests on the word of whoever "
        f"signed it, since that of {missing.date}, digest {missing.sha256[:16]}…, was not given. Ask for that one.",
        f"Det avräknar på nytt och anger att {sv} var betalt före det (supersedes.anew): det vilar på undertecknarens "
        f"ord, eftersom intyget från {missing.date}, kontrollsumma {missing.sha256[:16]}…, inte angavs. Begär det.",
    )


def _as_paid(certificate: Certificate, anew: Mapping[str, str], given: Sequence[Certificate]) -> Finding:
    """Whether what is settled anew is all that was paid less what is deducted."""
    link = certificate.supersedes
    direct = next(one for one in given if link is not None and one.sha256 == link.sha256)
    own, paid = known_in_parts(certificate), known_in_parts(direct, to_date=True, beside=certificate)
    right = {id: exact_text(amount - own[id]) for id, amount in paid.items() if id in own}
    wrong = [_sums_told(id, certificate, paid.get(id, Fraction(0)), given) for id in own if right.get(id) != anew[id]]
    en, sv = ("; ".join(one.in_language(lang) for one in wrong) for lang in ("en", "sv"))
    return same_or_different(
        "settled_anew",
        not wrong,
        f"What it says was paid of what it settles anew is not what those whose place it takes say: {en}."
        if wrong
        else "What it says was paid of what it settles anew is what those whose place it takes say.",
        f"Det som anges som betalt av det som det avräknar på nytt är inte vad de som det ersätter anger: {sv}."
        if wrong
        else "Det som anges som betalt av det som det avräknar på nytt är vad de som det ersätter anger.",
    )


def _sums_told(id: str, certificate: Certificate, to_date: Fraction, given: Sequence[Certificate]) -> Text:
    """What the deducted sum and the one settled anew must be, which are not all that was paid."""
    before = known_in_parts(certificate)[id]
    stated, own = _money(_anew(certificate, id), certificate), _money(before, certificate)
    base, _ = founded_on(certificate, given)
    if base is not None:
        right = _money(to_date - before, certificate)
        return Text(
            en=f"supersedes.anew.{id} must be {right.en}; got {stated.en}",
            sv=f"supersedes.anew.{id} måste vara {right.sv}; angavs {stated.sv}",
        )
    whole = _money(to_date, certificate)
    return Text(
        en=f"payment.lines.{id}.true_up.paid, {own.en}, and supersedes.anew.{id}, {stated.en}, must together be "
        f"{whole.en}",
        sv=f"payment.lines.{id}.true_up.paid, {own.sv}, och supersedes.anew.{id}, {stated.sv}, måste tillsammans vara "
        f"{whole.sv}",
    )


def _anew(certificate: Certificate, id: str) -> Fraction:
    """What a certificate says that it settles anew of a line; nothing where it does not say."""
    return fraction((certificate.settles_anew or {}).get(id, "0"))


def _disputed(certificate: Certificate) -> bool:
    events = events_told(certificate)
    return events is not None and bool(events.open_disputes)


def _money(amount: Fraction, certificate: Certificate) -> Text:
    currency = certificate.contract.model.payment.currency
    return Text(en=format_money(amount, currency, "en"), sv=format_money(amount, currency, "sv"))
