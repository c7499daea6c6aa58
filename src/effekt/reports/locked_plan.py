"""The lock of the plan on a certificate's page: its day, who signed it, and what it left open."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt.certificates.certificate import PLAN_LOCKED, PLAN_NOT_LOCKED, Certificate
from effekt.certificates.locked import locked
from effekt.contracts.left_open import open_terms
from effekt.reports.document import Block, Callout, Paragraph, same
from effekt.reports.names import party_name
from effekt.reports.wording import joined

TERMS = {
    "reference_period": Text(en="which period it is compared with", sv="vilken period det jämförs med"),
    "missing_data": Text(en="how missing data are dealt with", sv="hur saknade uppgifter hanteras"),
    "minimum_n": Text(en="the smallest number that decides", sv="minsta antal som avgör"),
    "tie_orders": Text(
        en="how far equally near controls may move it", sv="hur mycket lika nära kontroller får flytta det"
    ),
    "on_unavailable": Text(en="what is paid without inference", sv="vad som betalas utan osäkerhetsmått"),
    "payment_quantity": Text(en="for whom it is paid", sv="för vilka det betalas"),
    "result_step": Text(
        en="on which step of the result ladder what is paid for stands",
        sv="på vilket steg av resultattrappan det som betalas står",
    ),
}
"""What the sources leave open, money turns on and no convention decides."""


_NOT_ACCEPTED = Text(
    en="This was settled without a lock although the contract leaves open what money turns on; nobody has accepted it:",
    sv="Detta avräknades utan låsning trots att avtalet lämnar öppet sådant som pengarna hänger på; ingen har "
    "godtagit det:",
)
_ACCEPTED = Text(
    en="This was settled without a lock although the contract leaves open what money turns on; who settled it accepted "
    "that, and no party has signed it before the data:",
    sv="Detta avräknades utan låsning trots att avtalet lämnar öppet sådant som pengarna hänger på; den som avräknade "
    "godtog det, och ingen part har undertecknat det före data:",
)


def plan_blocks(certificate: Certificate) -> Iterator[Block]:
    """Whether and by whom the plan was locked before there were data, what it left open, and how often it was run.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
    """
    plan, dates = certificate.plan, certificate.contract.model.dates
    if not plan.locked_before_data:
        yield Callout(text=PLAN_NOT_LOCKED)
    else:
        yield Paragraph(text=PLAN_LOCKED)
    locked = (
        Text(en="No lock was given.", sv="Ingen låsning har angetts.")
        if plan.date is None
        else Text(en=f"The lock is dated {plan.date}.", sv=f"Låsningen är daterad {plan.date}.")
    )
    yield Paragraph(
        text=Text(
            en=f"{locked.en} Outcome data may exist from {dates.outcome_data_from}.",
            sv=f"{locked.sv} Utfallsdata kan finnas från {dates.outcome_data_from}.",
        ),
        role="note",
    )
    yield from _left_open(certificate)
    if certificate.runs is not None:
        yield Paragraph(text=certificate.runs.text)


def _left_open(certificate: Certificate) -> Iterator[Block]:
    """Whose keys signed the lock, and the terms that were accepted undecided; without a lock those that are open."""
    found = locked(certificate)
    if found is None:
        accepted = certificate.plan.undecided_accepted
        if accepted:
            yield Callout(text=_ACCEPTED, items=tuple(map(_term, accepted)))
        left = [f"{one.field} at {one.place}" for one in open_terms(certificate.contract)]
        if missing := [one for one in left if one not in accepted]:
            yield Callout(text=_NOT_ACCEPTED, items=tuple(map(_term, missing)))
        return
    names = joined(same(party_name(id, certificate)) for id in found.parties)
    if found.parties:
        yield Paragraph(text=Text(en=f"Locked by {names.en}.", sv=f"Låst av {names.sv}."), role="note")
    if found.diary:
        said = Text(
            en=f"The lock states diary number {found.diary}, {found.registry}: stated, not checked by effekt.",
            sv=f"Låsningen anger diarienummer {found.diary}, {found.registry}: uppgivet, inte prövat av effekt.",
        )
        yield Paragraph(text=said, role="note")
    if found.accepted:
        heading = Text(
            en="The plan was locked although the contract leaves open what money turns on:",
            sv="Planen låstes trots att avtalet lämnar öppet sådant som pengarna hänger på:",
        )
        yield Callout(text=heading, items=tuple(map(_term, found.accepted)))


def _term(told: str) -> Text:
    """'minimum_n at analysis.absence' in words."""
    field, _, place = told.partition(" at ")
    words = TERMS.get(field, same(field))
    return Text(en=f"{place}: {words.en}", sv=f"{place}: {words.sv}")
