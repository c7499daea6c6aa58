"""Whether a table that a party declares was not delivered is absent indeed, and all that rests on it waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import Contract, Declarations
from effekt.contracts.not_delivered import Undelivered, not_delivered, waiting
from effekt.exceptions import CertificateError, ContractError
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


def is_there(contract: Contract, id: str, data: Mapping[str, AnyTable] | None) -> bool:
    """Whether a table was given, or lies in the contract's own folder.

    Parameters
    ----------
    contract : Contract
    id : str
        A name under ``data``.
    data : mapping of data id to table or path, optional

    Returns
    -------
    bool
    """
    if id in (data or {}):
        return True
    try:
        return contract.data_path(id).is_file()
    except ContractError:
        return False


def absent(
    contract: Contract,
    declarations: Sequence[Declarations],
    data: Mapping[str, AnyTable] | None,
    *,
    date: str,
    settles: str | None,
    earlier: Certificate | None = None,
) -> Mapping[str, Undelivered]:
    """The tables that are declared not delivered, none of which is there.

    Parameters
    ----------
    contract : Contract
    declarations : sequence of Declarations
    data : mapping of data id to table or path, optional
        What was given in place of the files in the contract's folder.
    date : str
        Of the certificate, YYYY-MM-DD.
    settles : str or None
        The announced day that it is of.
    earlier : Certificate, optional
        The certificate whose place it takes.

    Returns
    -------
    mapping of data id to Undelivered

    Raises
    ------
    CertificateError
        For a table that is there, naming it and who declares that it is not; also where the earlier certificate rests
        on it.
    """
    lacking = not_delivered(contract, declarations, date=date, settles=settles)
    for id, one in lacking.items():
        by_en, by_sv = join_words(one.by, "and"), join_words(one.by, "och")
        if is_there(contract, id, data):
            where = "given" if id in (data or {}) else f"there, at {contract.model.data[id].path!r}"
            sv_where = "är given" if id in (data or {}) else f"finns, i {contract.model.data[id].path!r}"
            raise CertificateError(
                f"data.{id} is {where}, although not_delivered of {by_en} says that it was not delivered by "
                f"{one.date}; settle on it, with the day it came as delivered in the declaration, or, if it is the "
                "table of another day, move it away.",
                sv=f"data.{id} {sv_where}, trots att not_delivered från {by_sv} anger att det inte var levererat "
                f"{one.date}; avräkna på det, med dagen då det kom som delivered i anmälan, eller flytta bort det om "
                "det är en annan dags underlag.",
            )
        if earlier is not None and _rests_on(earlier, one, settles):
            raise CertificateError(
                f"data.{id} is what the certificate of {earlier.date} rests on, although not_delivered of {by_en} says "
                f"that it was not delivered by {one.date}; settle on that table.",
                sv=f"data.{id} är vad intyget från {earlier.date} vilar på, trots att not_delivered från {by_sv} anger "
                f"att det inte var levererat {one.date}; avräkna på det underlaget.",
            )
    return lacking


def _rests_on(earlier: Certificate, one: Undelivered, settles: str | None) -> bool:
    """Whether a certificate of the same day, made when the table was owed or later, had it."""
    return one.data in earlier.data and earlier.date >= one.date and earlier.settles == settles


def not_delivered_findings(
    found: Certificate,
    contract: Contract | None,
    data: Mapping[str, AnyTable] | None,
    earlier: Sequence[Certificate] = (),
) -> Iterator[Finding]:
    """Whether each table that is declared not delivered is absent, from the certificate and from what is given."""
    own = found.contract if contract is None else contract
    for id, one in found.not_delivered.items():
        against = _carried(found, one) or _had(found, one, earlier)
        if against is None and is_there(own, id, data):
            against = _THERE_NOW
        if against is None:
            taken = _taken_out(found, id)
            yield cannot_tell(
                f"not_delivered:{id}",
                f"{one.text.en} That it was not, no file can show: ask whoever was to deliver it for a receipt."
                f"{taken.en}",
                f"{one.text.sv} Att det inte var det kan ingen fil visa: be den som skulle leverera om ett kvitto."
                f"{taken.sv}",
            )
            continue
        en, sv = f"{one.text.en} {against.en}", f"{one.text.sv} {against.sv}"
        yield same_or_different(f"not_delivered:{id}", False, en, sv)


_THERE_NOW = Text(
    en="A table is there now. If it was delivered by then the certificate is wrong; if it came later, settle the day "
    "again on it (--supersedes, --reason).",
    sv="Nu finns ett underlag. Var det levererat då är intyget fel; kom det senare ska dagen avräknas på nytt på det "
    "(--supersedes, --reason).",
)


def _carried(found: Certificate, one: Undelivered) -> Text | None:
    """What the certificate carries that would rest on the table: its digest, or a result that does not wait for it."""
    waits = waiting(found.contract.model, found.not_delivered)
    reasons = {analysis: lacks.reason(analysis) for analysis, lacks in waits.items() if lacks == one}
    other = [id for id, reason in reasons.items() if found.results.get(id) != Pending(reason=reason)]
    held = ([f"data.{one.data}"] if one.data in found.data else []) + [f"analysis.{id}" for id in other]
    if not held:
        return None
    return Text(
        en=f"Yet it carries what would rest on it: {join_words(held, 'and')}.",
        sv=f"Ändå innehåller det sådant som skulle vila på det: {join_words(held, 'och')}.",
    )


def _taken_out(found: Certificate, id: str) -> Text:
    """That parties declare a day on which the table was taken out of its source: then it exists."""
    parties = found.contract.model.parties
    said = [
        (days[id], parties[by].name if by in parties else by)
        for by, days in ((one.model.by, one.model.extracted or {}) for one in found.declarations)
        if id in days
    ]
    return Text(
        en="".join(f" Yet it was taken out of its source on {day}, as {by} declares: ask for it." for day, by in said),
        sv="".join(f" Ändå togs det ut ur källan {day}, enligt {by}: begär det." for day, by in said),
    )


def _had(found: Certificate, one: Undelivered, earlier: Sequence[Certificate]) -> Text | None:
    """Certificates of the same day, not later, that rest on the table."""
    days = [
        before.date
        for before in earlier
        if before.contract.model.id == found.contract.model.id
        and before.date <= found.date
        and _rests_on(before, one, found.settles)
    ]
    if not days:
        return None
    return Text(
        en=f"Yet the certificate of {join_words(days, 'and')} rests on it: it was there.",
        sv=f"Ändå vilar intyget från {join_words(days, 'och')} på det: det fanns.",
    )
