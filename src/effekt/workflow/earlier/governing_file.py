"""By which contract file an announced day is settled: the one that held on it, whenever it is settled late or again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.contracts.lineage import back
from effekt.exceptions import ArgumentError, CertificateError, EffektError
from effekt.workflow.earlier.agreed import not_agreed
from effekt.workflow.findings import Finding, cannot_tell, in_swedish, same_or_different
from effekt.workflow.locking import plan_of
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


def refuse_amended_since(
    certificate: Certificate, there: Sequence[tuple[str | None, Certificate]], *, made: bool = False
) -> None:
    """Refuse a certificate by a file in whose place all agreed to another one that holds on its announced day.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Those in the same folder that count, by the names of their files.
    made : bool, default False
        Whether it had been made already, so that it is wrong only if that was after they agreed. What is settled now,
        whatever day it is dated, is after.

    Raises
    ------
    CertificateError
        Naming the file of a certificate by the amended contract, and that contract's digest.
    """
    every = [one for _, one in there]
    for name, one in there:
        file = _in_its_place(certificate, one, every)
        if file is not None and file.model.amendment is not None and (not made or _made_after(certificate, one)):
            raise CertificateError(
                f"The file {name!r} is a certificate of {one.date} by an amendment that holds from "
                f"{file.model.amendment.date}, and this one, of the announced day {certificate.settles}, is by a file "
                f"before it: settle that day by the amended file, SHA-256 {file.sha256}, or the one in its place."
            )


def _in_its_place(found: Certificate, one: Certificate, every: Sequence[Certificate]) -> Contract | None:
    """The first amendment of a certificate's file, as another one shows it, to which all agreed for its day."""
    way = back(one.contract, [each.contract for each in (*every, found)])
    own = next((place for place, file in enumerate(way) if file.sha256 == found.contract.sha256), 0)
    if not own or found.settles is None or locked_on(one) is None:
        return None
    amendment = way[own - 1].model.amendment
    holds = amendment is not None and amendment.date <= found.settles
    return way[own - 1] if holds and not not_agreed(way[own::-1], every) else None


def _made_after(found: Certificate, one: Certificate) -> bool:
    """Whether a certificate was made after all agreed to the file of another: on a later day, or in its place."""
    in_its_place = found.supersedes is not None and found.supersedes.sha256 == one.sha256
    agreed = locked_on(one)
    return in_its_place or (agreed is not None and found.date > agreed)


def locked_on(one: Certificate) -> str | None:
    """The day of the lock that a certificate carries, as it was signed; None where that is none of its file.

    Parameters
    ----------
    one : Certificate

    Returns
    -------
    str or None
    """
    if one.plan.lock is None:
        return None
    try:
        return plan_of(one.contract, one.plan.lock.encode()).date
    except EffektError:
        return None


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
    files = [(one, file) for one in own if (file := _in_its_place(found, one, (*own, found))) is not None]
    by = next((file for one, file in files if _made_after(found, one)), None)
    same_day = next((file for one, file in files if locked_on(one) == found.date), None)
    by_amendment = None if found.contract.model.amendment is None else _by_amendment(found, found.settles)
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
    elif same_day is not None and (by_amendment is None or by_amendment.verdict == "reproduced"):
        yield _agreed_the_same_day(found, same_day)
    elif by_amendment is not None:
        yield by_amendment


def _agreed_the_same_day(found: Certificate, file: Contract) -> Finding:
    amendment = file.model.amendment
    assert amendment is not None  # it is in the place of the certificate's file
    return cannot_tell(
        "governed",
        f"The announced day {found.settles} is settled by a file that amendment {amendment.number} takes the place of "
        f"from {amendment.date}, and the certificate is dated {found.date}, the day of the lock by which the parties "
        "agreed: which came first no file shows. Ask the parties; where they had agreed before, the day is settled by "
        f"the amended file, SHA-256 {file.sha256}.",
        f"Den angivna dagen {found.settles} är avräknad enligt en fil som ändring {amendment.number} ersätter från och "
        f"med {amendment.date}, och intyget är daterat {found.date}, samma dag som den låsning som parterna godkände "
        "ändringen med: vilket som kom först visar ingen fil. Fråga parterna; hade de godkänt den dessförinnan "
        f"avräknas dagen enligt den ändrade filen, SHA-256 {file.sha256}.",
    )


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
