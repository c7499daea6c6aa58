"""Amendments of a certificate's file that are known and hold on its announced day: whether all had agreed by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.contracts.lineage import back, number_of
from effekt.workflow.earlier.agreed import not_agreed, with_new_key
from effekt.workflow.earlier.governing_file import governed_findings, locked_on
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


def governed_beside(
    found: Certificate, given: Sequence[Certificate], bound: Sequence[Certificate], files: Sequence[Contract]
) -> Iterator[Finding]:
    """Whether a certificate, and each earlier one beside it, is by the file that held on its announced day.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        All, by whose locks it is told who agreed to the files that they carry.
    bound : sequence of Certificate
        Those that count.
    files : sequence of Contract
        Contract files that are known.

    Yields
    ------
    Finding
        `governed` of the certificate itself. Of another one, of its announced day or one before that, only what
        differs or cannot be told, by its day: one whose place was taken, or that settles no day, speaks for nothing.
    """
    every = (*given, found)
    yield from _governed(found, every, files)
    replaced = {one.supersedes.sha256 for one in (*bound, found) if one.supersedes is not None}
    for one in bound:
        before = found.settles is None or (one.settles is not None and one.settles <= found.settles)
        if before and one.sha256 not in replaced and one.kind != "interim":
            yield from (_of_earlier(one, told) for told in _governed(one, every, files) if told.verdict != "reproduced")


def _governed(one: Certificate, every: Sequence[Certificate], files: Sequence[Contract]) -> Iterator[Finding]:
    told = list(governed_findings(one, [other for other in every if other.sha256 != one.sha256]))
    if all(finding.verdict == "reproduced" for finding in told):
        told = _by_known_files(one, every, [*files, *(other.contract for other in every)]) or told
    yield from told


def _of_earlier(one: Certificate, told: Finding) -> Finding:
    return replace(
        told,
        name=f"governed:{one.date}",
        text=Text(
            en=f"Of the certificate of {one.date}, digest {one.sha256[:16]}…: {told.text.en}",
            sv=f"Om intyget från {one.date}, kontrollsumma {one.sha256[:16]}…: {told.text.sv}",
        ),
    )


def _by_known_files(one: Certificate, every: Sequence[Certificate], known: Sequence[Contract]) -> list[Finding]:
    """What differs, as all had agreed to an amendment that holds for the day; else what may."""
    held = holding(one, known)
    for file in held:
        before = [day for day, _ in agreed_on(one.contract, file, every, known) if day < one.date]
        if before:
            which = settled_by_file_before(one, file)
            return [
                same_or_different(
                    "governed",
                    False,
                    f"{which.en}, and the parties had agreed to that when the certificate was made, {one.date}, as the "
                    f"lock of {before[0]} shows: settle the day by the amended file.",
                    f"{which.sv}, och parterna hade godkänt den när intyget gjordes, {one.date}, som låsningen från "
                    f"{before[0]} visar: avräkna dagen enligt den ändrade filen.",
                )
            ]
    return [_not_shown(one, file, every) for file in held if may_be_agreed(one, file, every, known)][:1]


def holding(one: Certificate, known: Sequence[Contract]) -> list[Contract]:
    """The amendments of a certificate's file that hold on its announced day, from the first.

    Parameters
    ----------
    one : Certificate
    known : sequence of Contract

    Returns
    -------
    list of Contract
        More than one where they part; none where no line is paid on each announced day.
    """
    own, found = one.contract, {}
    for file in known:
        amendment = file.model.amendment
        if amendment is not None and amendment.of == own.sha256 and file.model.id == own.model.id:
            found[amendment.date, file.sha256] = file
    return [found[key] for key in sorted(found) if one.settles is not None and key[0] <= one.settles]


def agreed_on(
    before: Contract, file: Contract, every: Sequence[Certificate], known: Sequence[Contract]
) -> list[tuple[str, Certificate]]:
    """The days by which all had agreed to an amendment, by its lock or by that of a file that follows it.

    Parameters
    ----------
    before, file : Contract
        The amendment, and the file before it.
    every : sequence of Certificate
        Each carries the lock of its own file.
    known : sequence of Contract
        Those that may lie between.

    Returns
    -------
    list of (str, Certificate)
        Of each certificate that shows it, the day of its lock; from the first.
    """
    found = []
    for one in every:
        way = back(one.contract, (*known, before))
        own = next((place for place, each in enumerate(way) if each.sha256 == file.sha256), None)
        day = None if own is None else locked_on(one)
        others = [each for each in every if each.contract.sha256 != one.contract.sha256]
        if own is not None and day is not None and not not_agreed(way[own + 1 :: -1], [*others, one]):
            found.append((day, one))
    return sorted(found, key=lambda each: (each[0], each[1].sha256))


def may_be_agreed(
    one: Certificate, file: Contract, every: Sequence[Certificate], known: Sequence[Contract] = ()
) -> bool:
    """Whether nothing shows when all agreed to an amendment, so that it may have been before a certificate was made.

    Parameters
    ----------
    one : Certificate
    file : Contract
        As `holding` gives it.
    every : sequence of Certificate
    known : sequence of Contract

    Returns
    -------
    bool
        The lock that a certificate by the amendment itself carries shows it, also where all others vouch for a key that
        one party has by it alone.
    """
    if any(other.contract.sha256 == file.sha256 for _, other in agreed_on(one.contract, file, every, known)):
        return False
    vouched = _vouched(one.contract, file, every)
    return not vouched or vouched[0] < one.date


def _vouched(before: Contract, file: Contract, every: Sequence[Certificate]) -> list[str]:
    """The days on which all but one party agreed to an amendment, and vouched for the key that the one has by it."""
    by = [one for one in every if one.contract.sha256 == file.sha256 and with_new_key(before, file, [one]) is not None]
    return sorted(day for one in by if (day := locked_on(one)) is not None)


def settled_by_file_before(one: Certificate, file: Contract) -> Text:
    """'The announced day 2024-06-30 is settled by the file before amendment 1, SHA-256 …, which holds from 2024-05-01'.

    Parameters
    ----------
    one : Certificate
    file : Contract
        As `holding` gives it.

    Returns
    -------
    Text
    """
    amendment, number = file.model.amendment, number_of(file)
    date = "" if amendment is None else amendment.date
    return Text(
        en=f"The announced day {one.settles} is settled by the file before amendment {number}, SHA-256 {file.sha256}, "
        f"which holds from {date}",
        sv=f"Den angivna dagen {one.settles} är avräknad enligt filen före ändring {number}, SHA-256 {file.sha256}, "
        f"som gäller från och med {date}",
    )


def _not_shown(one: Certificate, file: Contract, every: Sequence[Certificate]) -> Finding:
    which = settled_by_file_before(one, file)
    vouched, party = _vouched(one.contract, file, every), with_new_key(one.contract, file, every)
    shows = Text(
        en="A signed certificate by that file shows it by the lock that it carries (--earlier): ask for one, or ask "
        "the parties.",
        sv="Ett undertecknat intyg enligt den filen visar det med den låsning som det innehåller (--earlier): begär "
        "ett, eller fråga parterna.",
    )
    if vouched:
        shows = Text(
            en=f"By the lock of {vouched[0]} {party} agreed with a key that it has by the amendment alone: hold that "
            f"key against what {party} has given you in another way.",
            sv=f"Enligt låsningen från {vouched[0]} godkände {party} med en nyckel som den har bara genom ändringen: "
            f"jämför nyckeln med vad {party} har lämnat på annat sätt.",
        )
    return cannot_tell(
        "governed",
        f"{which.en}, and nothing that was given shows whether the parties had agreed to that when the certificate was "
        f"made, {one.date}. {shows.en}",
        f"{which.sv}, och inget som angavs visar om parterna hade godkänt den när intyget gjordes, {one.date}. "
        f"{shows.sv}",
    )
