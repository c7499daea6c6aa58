"""What a certificate's kind allows: only a final one pays, and a nil one says that nothing could be paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, Settlement
from effekt.exceptions import ArgumentError, EffektError
from effekt.workflow.earlier.can_be_paid import settled_on
from effekt.workflow.findings import Finding, cannot_tell, refused, same_or_different


def check_nil_day(contract: Contract, *, date: str, kind: str) -> None:
    """Refuse a nil certificate on a day that the contract did not announce.

    Parameters
    ----------
    contract : Contract
    date : str
        YYYY-MM-DD.
    kind : {"final", "interim", "nil"}

    Raises
    ------
    ArgumentError
        Naming the days that were announced.
    """
    days = contract.model.dates.certificates
    if kind == "nil" and date not in days:
        allowed = join_words(days) if days else "no day at all, since the contract has no dates.certificates"
        allowed_sv = join_words(days, "eller") if days else "ingen dag alls, då avtalet saknar dates.certificates"
        raise ArgumentError(
            f"`date` of a nil certificate must be a day that the contract announced: {allowed}; got {date}.",
            sv=f"`date` för ett nollintyg måste vara en dag som avtalet anger på förhand: {allowed_sv}; angavs {date}.",
        )


def check_nil_amounts(settlement: Settlement, *, kind: str) -> None:
    """Refuse a nil certificate where a line or a guarantor pays, or declared events withhold or refer what is due.

    Parameters
    ----------
    settlement : Settlement
    kind : {"final", "interim", "nil"}

    Raises
    ------
    ArgumentError
        Naming the lines or guarantees.
    """
    backed = [one.id for one in settlement.guarantees if one.state == "payable"]
    if kind == "nil" and backed:
        raise ArgumentError(
            f"`kind` must not be nil where a guarantor pays; so it is by {join_words(backed, 'and')}. "
            "Settle as final, or as interim while the window is open.",
            sv=f"`kind` får inte vara nil där en garant betalar; så är det enligt {join_words(backed, 'och')}. "
            "Avräkna som final, eller som interim medan fönstret är öppet.",
        )
    paying = [line.id for line in settlement.lines if line.state == "payable"]
    if kind == "nil" and paying:
        raise ArgumentError(
            f"`kind` must not be nil where a line pays; {join_words(paying, 'and')} {'do' if paying[1:] else 'does'}. "
            "Settle as final, or as interim while the window is open.",
            sv=f"`kind` får inte vara nil där en rad betalar; det gör {join_words(paying, 'och')}. Avräkna som final, "
            "eller som interim medan fönstret är öppet.",
        )
    if kind == "nil" and settlement.standings:
        held = [one.id for one in settlement.standings if one.withheld is not None]
        every = (*settlement.lines, *settlement.guarantees)
        held += [one.id for one in every if one.state == "referred" and one.id not in held]
        if held:
            raise ArgumentError(
                f"`kind` must not be nil where an amount is withheld or referred; "
                f"{'those' if held[1:] else 'that'} of {join_words(held, 'and')} {'are' if held[1:] else 'is'}. "
                "Settle as final or interim, which say so.",
                sv=f"`kind` får inte vara nil där ett belopp hålls inne eller har hänskjutits; så är det med "
                f"{join_words(held, 'och')}. Avräkna som final eller interim, som anger det.",
            )


def kind_findings(found: Certificate, earlier: Sequence[Certificate] = ()) -> Iterator[Finding]:
    """Whether a nil certificate may be one, and of which other announced days the certificates were given.

    A certificate is of the day that `settled_on` gives, and one that takes another's place shows what that one's day
    came to; an interim one says nothing of whether its day was paid.
    """
    contract, days = found.contract, found.contract.model.dates.certificates
    if found.kind == "nil":
        try:
            check_nil_day(contract, date=found.date, kind="nil")
            check_nil_amounts(found.settlement, kind="nil")
            yield same_or_different(
                "kind",
                True,
                f"A nil certificate: {found.date} was announced, and no line pays.",
                f"Ett nollintyg: {found.date} var angiven på förhand, och ingen rad betalar.",
            )
        except EffektError as error:
            yield refused("kind", error, "It cannot be a nil certificate", "Det kan inte vara ett nollintyg")
    others = [day for day in days if day < found.date and day != settled_on(found)]
    own = [one for one in earlier if one.contract.model.id == contract.model.id]
    given = {day for one in own if one.kind != "interim" for day in (settled_on(one), *_in_place_of(one))}
    missing = [day for day in others if day not in given]
    if missing:
        looks = [day for day in missing if any(day == settled_on(one) for one in own)]
        en = f" Of {join_words(looks, 'and')} only an interim one was given, which pays nothing." if looks else ""
        sv = f" För {join_words(looks, 'och')} angavs bara ett delintyg, som inte betalar något." if looks else ""
        yield cannot_tell(
            "announced",
            f"Certificates, if only nil ones, were also due on {join_words(missing, 'and')}; ask for each.{en}",
            f"Intyg, om så bara nollintyg, skulle också finnas för {join_words(missing, 'och')}; begär vart och ett."
            f"{sv}",
        )
    elif others:
        yield same_or_different(
            "announced",
            True,
            f"Certificates were also due on {join_words(others, 'and')}; they, or those that took their place, were "
            "given.",
            f"Intyg skulle också finnas för {join_words(others, 'och')}; de, eller de som har ersatt dem, angavs.",
        )


def _in_place_of(certificate: Certificate) -> tuple[str, ...]:
    """The days of those in whose place one stands, but for interim ones."""
    link = certificate.supersedes
    return () if link is None else link.days[len(link.interim) :]
