"""By which contract file an announced day is settled: the one that held on it, whenever it is settled late or again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.contracts.lineage import back
from effekt.exceptions import ArgumentError, CertificateError
from effekt.workflow.earlier.agreed import not_agreed
from effekt.workflow.findings import Finding, in_swedish, same_or_different
from effekt.workflow.plan.several_settlements import governed_days


def check_governs(contract: Contract, settles: str | None) -> None:
    """Refuse an amended file for an announced day before it holds.

    Parameters
    ----------
    contract : Contract
    settles : str or None
        The announced day, YYYY-MM-DD; None where lines are not paid on each.

    Raises
    ------
    ArgumentError
        Naming the day, the amendment and the file before it.
    """
    amendment = contract.model.amendment
    if settles is None or amendment is None or settles >= amendment.date or settles in governed_days(contract):
        return
    raise ArgumentError(
        f"`contract` must be the file that held on the announced day {settles}, and amendment {amendment.number} holds "
        f"from {amendment.date}; got that. Settle by the file before it, SHA-256 {amendment.of}, or by the one that "
        "held then. Where new terms are to hold for that day the parties agree on an amendment of that date.",
        sv=f"`contract` måste vara den fil som gällde den angivna dagen {settles}, och ändring {amendment.number} "
        f"gäller från och med {amendment.date}; angavs den. Avräkna enligt filen före den, SHA-256 {amendment.of}, "
        "eller enligt den som gällde då. Om nya villkor ska gälla för den dagen godkänner parterna en ändring med det "
        "datumet.",
    )


def refuse_amended_since(certificate: Certificate, there: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a certificate by a file that had been amended before the announced day that it is of.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Those in the same folder that count, by the names of their files.

    Raises
    ------
    CertificateError
        Naming the file of a certificate by the amended contract, and that contract's digest.
    """
    every = [one for _, one in there]
    for name, one in there:
        file = _amended_by_then(certificate, one, every)
        if file is not None and file.model.amendment is not None:
            raise CertificateError(
                f"The file {name!r} is a certificate of {one.date} by an amendment that holds from "
                f"{file.model.amendment.date}, and this one, of the announced day {certificate.settles}, is by a file "
                f"before it: settle that day by the amended file, SHA-256 {file.sha256}, or the one in its place."
            )


def _amended_by_then(found: Certificate, one: Certificate, every: Sequence[Certificate]) -> Contract | None:
    """The first amendment of a certificate's file, agreed before it was made, that holds for its announced day."""
    known = [each.contract for each in every]
    way, plan = back(one.contract, known), one.plan.date
    own = next((place for place, file in enumerate(way) if file.sha256 == found.contract.sha256), 0)
    if not own or found.settles is None or plan is None or found.date <= plan:
        return None
    amendment = way[own - 1].model.amendment
    holds = amendment is not None and amendment.date <= found.settles
    return way[own - 1] if holds and not not_agreed(way[own::-1], every) else None


def governed_findings(found: Certificate, given: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether the announced day of a certificate is settled by the file that held on it.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        Those that it was given to be held against, by any file of the contract.

    Yields
    ------
    Finding
        None where the contract was never amended, as far as is known, or no line is paid on each announced day.
    """
    if found.settles is None:
        return
    own = [one for one in given if one.contract.model.id == found.contract.model.id]
    by = next((file for one in own if (file := _amended_by_then(found, one, (*own, found))) is not None), None)
    if by is not None and by.model.amendment is not None:
        amendment = by.model.amendment
        yield same_or_different(
            "governed",
            False,
            f"The announced day {found.settles} is settled by a file that amendment {amendment.number} had taken the "
            f"place of from {amendment.date}: settle it by the amended file, SHA-256 {by.sha256}.",
            f"Den angivna dagen {found.settles} är avräknad enligt en fil som ändring {amendment.number} har ersatt "
            f"från och med {amendment.date}: avräkna den enligt den ändrade filen, SHA-256 {by.sha256}.",
        )
    elif found.contract.model.amendment is not None:
        yield _by_amendment(found, found.settles)


def _by_amendment(found: Certificate, settles: str) -> Finding:
    problem = None
    try:
        check_governs(found.contract, settles)
    except ArgumentError as error:
        problem = Text(en=str(error), sv=in_swedish(error))
    held = Text(
        en=f"The announced day {settles} is settled by the file that held on it.",
        sv=f"Den angivna dagen {settles} är avräknad enligt den fil som gällde då.",
    )
    told = problem or held
    return same_or_different("governed", problem is None, told.en, told.sv)
