"""Whether declared events hold together: disputes within their days, and what an ending lets a certificate wait for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from effekt._calendar import days_after
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.contracts import Contract, Declarations, Events, events_of
from effekt.contracts.events import Disputed
from effekt.contracts.happened import fates, is_of
from effekt.contracts.paying import analysis_of, reading
from effekt.contracts.renamed import renamed
from effekt.exceptions import CertificateError, EffektError
from effekt.workflow.earlier.in_folder import certificates_in
from effekt.workflow.findings import Finding, refused, same_or_different

_NONE = (("none", "and"), ("inget", "och"))


def check_disputes(
    contract: Contract,
    declarations: Sequence[Declarations],
    replaced: Supersedes | None,
    earlier: Certificate | None = None,
) -> None:
    """Refuse a dispute of no certificate, or one that comes before it or after the days that the contract gives.

    An open one that withholds on the certificate whose place the new one takes is told again, decided or not: what it
    withholds is paid by the word of whoever disputed, or who decides, and by nobody else's.

    One that says of which certificate it is, is told again beside that one too, on which it withholds nothing: else the
    certificate of a later day would leave it out in silence. Decided or not, a certificate that takes nobody's place
    must say so of it, as only then it can be told whether what it withheld is due there.

    Parameters
    ----------
    contract : Contract
    declarations : sequence of Declarations
    replaced : Supersedes or None
        The certificate whose figures are disputed, whose place the new one takes.
    earlier : Certificate, optional
        That certificate itself: a dispute from before it is one that it has, too.

    Raises
    ------
    CertificateError
        Naming the party, and the first or last day to dispute, the certificate that it is of, or the dispute that is
        not told again.
    """
    rule, told = contract.model.disputes, _told(earlier, contract)
    known = {about for _, about in told}
    now = _disputed(contract, declarations)
    _refuse_of_another(now, earlier, contract)
    if replaced is not None and earlier is not None and replaced.sha256 == earlier.sha256:
        _refuse_still_open(now, earlier, contract)
    for by, disputed in now:
        if rule is None or disputed.certificate is not None:
            continue
        if replaced is None:
            raise CertificateError(
                f"disputed by {by}: a dispute is of a certificate that has been made; give that one "
                "(--supersedes, --reason), or its date (`certificate`) where this is the certificate of a later day.",
                sv=f"disputed av {by}: en tvist gäller ett intyg som har utfärdats; ange det (--supersedes, --reason), "
                "eller dess datum (`certificate`) om detta är intyget för en senare dag.",
            )
        last = days_after(replaced.date, rule.days)
        if earlier is not None and disputed.date < replaced.date and _about(disputed) not in known:
            raise CertificateError(
                f"disputed by {by} on {disputed.date}: the certificate of {replaced.date}, which it "
                "disputes, had not been made; date the dispute when it was raised.",
                sv=f"disputed av {by} {disputed.date}: intyget från {replaced.date}, som bestrids, fanns "
                "inte då; datera tvisten till när den väcktes.",
            )
        if disputed.date > last:
            raise CertificateError(
                f"disputed by {by} on {disputed.date}: the certificate of {replaced.date} could be "
                f"disputed until {last}; settle without the dispute.",
                sv=f"disputed av {by} {disputed.date}: intyget från {replaced.date} kunde bestridas till "
                f"och med {last}; avräkna utan tvisten.",
            )


def _refuse_still_open(now: Sequence[tuple[str, Disputed]], earlier: Certificate, contract: Contract) -> None:
    """A dispute ends when it is declared decided: what it withholds is not paid because nobody tells it again.

    One of figures alone that the contract file no longer has cannot be told; while a line that the file still has waits
    for it, none by that file takes the certificate's place.
    """
    told = {(by, _about(one)) for by, one in now}
    for by, one in withholding(earlier):
        about = about_in(one, contract)
        lines = _waiting(one, earlier, contract)
        if lines:
            raise CertificateError(
                f"disputed by {by} on {one.date}: it is open on the certificate of {earlier.date}, whose place this "
                f"one takes, {join_words(lines, 'and')} {'waits' if len(lines) == 1 else 'wait'} for it, and the "
                "contract file no longer has all its figures; tell it as decided by the file before, or keep them in "
                "an amendment.",
                sv=f"disputed av {by} {one.date}: tvisten är öppen i intyget från {earlier.date}, som detta ersätter, "
                f"{join_words(lines, 'och')} väntar på den, och avtalsfilen har inte kvar alla dess siffror; ange den "
                "som avgjord enligt filen före, eller behåll dem i en ändring.",
            )
        if about[1:] and (by, about) not in told:
            raise CertificateError(
                f"disputed by {by} on {one.date}: it is open on the certificate of {earlier.date}, whose place this "
                "one takes; declare it again, with `decided` where it was decided or given up.",
                sv=f"disputed av {by} {one.date}: tvisten är öppen i intyget från {earlier.date}, som detta ersätter; "
                "ange den igen, med `decided` om den har avgjorts eller lagts ned.",
            )


def _waiting(disputed: Disputed, earlier: Certificate, contract: Contract) -> list[str]:
    """The lines of a contract file that wait for a dispute of figures that it no longer has."""
    terms, gone = earlier.contract.model, {*disputed.figures}.difference(about_in(disputed, contract)[1:])
    names, held = renamed(terms, contract.model), {one.id for one in earlier.settlement.standings if one.withheld}
    return [
        names.get(id, id)
        for id, line in terms.payment.lines.items()
        if id in held
        and names.get(id, id) in contract.model.payment.lines
        and not gone.isdisjoint(reading(line, terms.figures))
    ]


def withholding(certificate: Certificate) -> tuple[tuple[str, Disputed], ...]:
    """The open disputes of a certificate that withhold something on it, with the party whose each is.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of (str, Disputed)
    """
    events = certificate.events
    if events is None:
        return ()
    return tuple((by, one) for by, one in events.disputed if one.decided is None and is_of(one, events.superseding))


def _refuse_of_another(now: Sequence[tuple[str, Disputed]], earlier: Certificate | None, contract: Contract) -> None:
    """A dispute that is told again is of the certificate that it was of, or it would withhold nothing any more."""
    for (by, about), said in _told(earlier, contract).items():
        again = [one.certificate for party, one in now if (party, _about(one)) == (by, about)]
        missing = said - {_of(one, earlier) for one in again}
        if not again or not missing:
            continue
        must = min(missing)
        got_en, got_sv = (join_words(sorted(one or none for one in again), word) for none, word in _NONE)
        raise CertificateError(
            f"disputed by {by} on {about[0]}: certificate must be {must}, as the earlier certificate has it; "
            f"got {got_en}.",
            sv=f"disputed av {by} {about[0]}: certificate måste vara {must}, som i det tidigare intyget; "
            f"angavs {got_sv}.",
        )


def refuse_disputes(
    contract: Contract,
    declarations: Sequence[Declarations],
    replaced: Supersedes | None,
    earlier: Certificate | None,
) -> None:
    """Refuse what `check_disputes` does, and a dispute of a certificate that nobody knows of.

    A mistyped date would else have the dispute withhold nothing on the certificate that takes the disputed one's place.

    Parameters
    ----------
    contract : Contract
        With its folder, where certificates of other days may lie.
    declarations : sequence of Declarations
    replaced : Supersedes or None
    earlier : Certificate or None
        The one whose place the new one takes, on which the dispute may be told; without one nothing is disputed here.

    Raises
    ------
    CertificateError
        Naming the party, the date and those that it can be.
    """
    check_disputes(contract, declarations, replaced, earlier)
    if earlier is None:
        return
    days, told = (*earlier.takes_place_of, earlier.date), _told(earlier, contract)
    there = () if contract.folder is None else certificates_in(Path(contract.folder), contract.model.id)
    beside = {one.date for _, one in there}
    for by, disputed in _disputed(contract, declarations):
        said = told.get((by, _about(disputed)))
        known = said is not None and (not said or _of(disputed.certificate, earlier) in said)
        if not (known or is_of(disputed, days) or disputed.certificate in beside):
            raise CertificateError(
                f"disputed by {by} on {disputed.date}: certificate must be the date of one that this takes the place "
                f"of, {join_words(days)}, or of another in the contract's folder; got {disputed.certificate}.",
                sv=f"disputed av {by} {disputed.date}: certificate måste vara datumet för ett intyg som detta "
                f"ersätter, {join_words(days, 'eller')}, eller för ett annat i avtalets mapp; angavs "
                f"{disputed.certificate}.",
            )


def _told(earlier: Certificate | None, contract: Contract) -> dict[tuple[str, tuple[str, ...]], set[str]]:
    """The disputes of each party that an earlier certificate has and says of which certificates they are.

    By the figures that the contract file has, which may be an amendment of the earlier one's.
    """
    found: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for one in () if earlier is None else earlier.declarations:
        for event in one.model.disputed or ():
            said = found.setdefault((one.model.by, about_in(event, contract)), set())
            if event.certificate is not None or event.decided is None:  # else it may be told beside its certificate
                said.add(_of(event.certificate, earlier))
    return found


def _of(certificate: str | None, earlier: Certificate | None) -> str:
    """The certificate that a dispute is of: one day for all of those whose place the earlier one takes, and for it."""
    days = () if earlier is None else (*earlier.takes_place_of, earlier.date)
    return days[0] if days and (certificate is None or certificate in days) else certificate or ""


def about_in(disputed: Disputed, contract: Contract) -> tuple[str, ...]:
    """What a dispute is about, by the figures that a contract file has: its day alone where it has none of them.

    Parameters
    ----------
    disputed : Disputed
    contract : Contract

    Returns
    -------
    tuple of str
    """
    terms = contract.model
    return disputed.date, *sorted(id for id in disputed.figures if terms.disputes is not None and id in terms.figures)


def _about(disputed: Disputed) -> tuple[str, ...]:
    return disputed.date, *sorted(disputed.figures)


def _disputed(contract: Contract, declarations: Sequence[Declarations]) -> tuple[tuple[str, Disputed], ...]:
    """The disputes with the party whose they are, decided where whoever may says so."""
    events = events_of(contract, declarations, {})
    return () if events is None else events.disputed


def awaited(contract: Contract, events: Events | None) -> frozenset[str]:
    """The analyses that a payment still waits for; after an ending only those of lines that it leaves something of.

    Parameters
    ----------
    contract : Contract
    events : Events or None

    Returns
    -------
    frozenset of str
        Analyses by name.
    """
    terms = contract.model
    if events is None or events.ended is None:
        return frozenset(terms.analysis)
    fate = fates(terms, events)
    lines = [line for id, line in terms.payment.lines.items() if fate[id].rule in ("in_full", "to_date")]
    read = (analysis_of(terms.figures[id]) for line in lines for id in reading(line, terms.figures))
    return frozenset(analysis for analysis in read if analysis is not None)


def events_hold(found: Certificate) -> bool:
    """Whether what parties declare to have happened counts by the contract, so that what follows can be told.

    Parameters
    ----------
    found : Certificate

    Returns
    -------
    bool
        `event_findings` says why not.
    """
    try:
        _ = found.events
    except EffektError:
        return False
    return True


def event_findings(found: Certificate, earlier: Certificate | None = None) -> Iterator[Finding]:
    """The declared events hold together, and each dispute came within its days.

    Of one that says it takes the place of another than the one given, what that other told is not known.
    """
    if earlier is not None and found.supersedes is not None and found.supersedes.sha256 != earlier.sha256:
        earlier = None
    try:
        events = found.events
        check_disputes(found.contract, found.declarations, found.supersedes, earlier)
    except EffektError as error:
        yield refused("events", error, "The declared events do not hold", "De anmälda händelserna håller inte")
        return
    if events is None:
        return
    touched = [f"{one.of}:{one.id} ({one.state})" for one in found.settlement.standings if one.state != "final"]
    en = f"Declared events, by the contract's own rules: {join_words(touched, 'and') or 'none touches a figure'}."
    sv = f"Anmälda händelser, enligt avtalets egna regler: {join_words(touched, 'och') or 'ingen berör en siffra'}."
    yield same_or_different("events", True, en, sv)
