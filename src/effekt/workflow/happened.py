"""Whether declared events hold together: disputes within their days, and what an ending lets a certificate wait for."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.contracts import Contract, Declarations, Events, events_of
from effekt.contracts.events import Disputed
from effekt.contracts.happened import fates
from effekt.contracts.paying import analysis_of, reading
from effekt.exceptions import CertificateError, EffektError
from effekt.workflow.findings import Finding, refused, same_or_different


def check_disputes(
    contract: Contract,
    declarations: Sequence[Declarations],
    replaced: Supersedes | None,
    earlier: Certificate | None = None,
) -> None:
    """Refuse a dispute of no certificate, or one that comes before it or after the days that the contract gives.

    One that is decided withholds nothing, and is told again by the certificate of a later day too, which takes no
    place: else that would leave it out in silence.

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
        Naming the party, and the first or last day to dispute.
    """
    rule = contract.model.disputes
    before = () if earlier is None else earlier.declarations
    known = {(event.date, *sorted(event.figures)) for one in before for event in one.model.disputed or ()}
    for by, disputed in _disputed(contract, declarations):
        if replaced is None and rule is not None and disputed.decided is not None:
            continue
        if replaced is None or rule is None:
            raise CertificateError(
                f"disputed by {by}: a dispute is of a certificate that has been made; give that one "
                "(--supersedes, --reason).",
                sv=f"disputed av {by}: en tvist gäller ett intyg som har utfärdats; ange det (--supersedes, --reason).",
            )
        last = str(datetime.date.fromisoformat(replaced.date) + datetime.timedelta(days=rule.days))
        new = (disputed.date, *sorted(disputed.figures)) not in known
        if earlier is not None and disputed.date < replaced.date and new:
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


def event_findings(found: Certificate, earlier: Certificate | None = None) -> Iterator[Finding]:
    """The declared events hold together, and each dispute came within its days."""
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
