"""What becomes of later announced days that have counted what an earlier one paid, where that is settled again."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.contracts import format_money
from effekt.contracts.money import decimal_text
from effekt.exceptions import CertificateError, FolderWarning
from effekt.workflow.earlier.earlier_sums import sums_told
from effekt.workflow.earlier.in_folder import first_or_agreed, standings
from effekt.workflow.earlier.outdated import Outdated, outdated
from effekt.workflow.findings import Finding, cannot_tell


def refuse_outdated(certificate: Certificate, there: Sequence[tuple[str | None, Certificate]]) -> None:
    """Refuse a certificate of a later day than one that is to be settled anew first, or one that leaves it untold.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Those in the same folder that count, by the names of their files.

    Raises
    ------
    CertificateError
        Naming the certificate whose place is to be taken first, and what is to be attested on it; or one of a later day
        with the same date, which counts the new one or does not.
    """
    known, names = [one for _, one in there], {one.sha256: name or "" for name, one in there}
    day, found = certificate.settles or "", outdated([*known, certificate])
    if found is not None and (found.certificate.settles or "") < day:
        name = names[found.certificate.sha256]
        raise CertificateError(
            f"The file {name!r} is of the announced day {found.certificate.settles}, and an earlier day was settled "
            f"again after it: {_attested(found, certificate).en}. What this one of {day} counts as paid may be paid "
            f"twice; settle that one anew first, with what was paid (--supersedes {shlex.quote(name)}, --reason)."
        )
    replaced = {one.supersedes.sha256 for one in (*known, certificate) if one.supersedes is not None}
    for one in known:
        later = one.date == certificate.date and (one.settles or "") > day and one.sha256 not in replaced
        if later and certificate.supersedes is not None and _leaves_out(one, known, certificate):
            raise CertificateError(
                f"`date` must be after {one.date}, that of the certificate of the later announced day {one.settles}, "
                "since nothing else shows which of the two counts the other; got the same. Settle on a later date."
            )


def _leaves_out(one: Certificate, known: Sequence[Certificate], certificate: Certificate) -> bool:
    """Whether a certificate of a later day counts what was paid without a new one of its own date."""
    return any(
        paid is not None and attested != paid for attested, paid in sums_told(one, [*known, certificate]).values()
    )


def outdated_cautions(
    certificate: Certificate, files: Sequence[Path], rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Text]:
    """Which certificate of a later day is to be settled anew after a new one, and how.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    files : sequence of Path
        The contract's file, and the certificate's where it is written; beside them lie the others.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Yields
    ------
    Text
        At most one for each folder: the first of them; those of days after it are told when it has been settled anew.
    """
    for folder in sorted({path.absolute().parent for path in files}):
        yield from _caution(certificate, folder, rotations)


def warn_of_outdated(certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes] = ()) -> None:
    """Say the same to those who settle in Python, as a `FolderWarning`.

    Parameters
    ----------
    certificate : Certificate
    folder : Path
    rotations : sequence of Envelope or bytes, optional
    """
    for caution in _caution(certificate, folder, rotations):
        warnings.warn(caution.en, FolderWarning, stacklevel=4)


def _caution(certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes]) -> Iterator[Text]:
    contract, every = certificate.contract, standings(folder, certificate.contract, rotations)
    signed = {one.sha256: path.name for path, one, held in every if held == "signed"}
    there = first_or_agreed([one for _, one, held in every if held == "signed"], contract, rotations)
    found = outdated([*there, certificate])
    if found is None or found.certificate.sha256 not in signed or certificate.kind != "final":
        return
    name, day, told = signed[found.certificate.sha256], found.certificate.settles, _attested(found, certificate)
    place = shlex.quote(name)
    yield Text(
        en=f"{name} is of the later announced day {day}: {told.en}. When this one has been signed, settle that one "
        f"anew with what was paid (--supersedes {place}, --reason); until then what is due by that day may be paid "
        "twice, or lack. No later day is settled before it.",
        sv=f"{name} är för den senare angivna dagen {day}: {told.sv}. När detta är undertecknat, avräkna den på nytt "
        f"med det som är betalt (--supersedes {place}, --reason); dessförinnan kan det som ska betalas till och med "
        "den dagen vara betalt två gånger, eller saknas. Ingen senare dag avräknas före den.",
    )


def counted_findings(known: Sequence[Certificate]) -> Iterator[Finding]:
    """Which certificate counts an earlier day as before that was settled again, where none in its place is known.

    Parameters
    ----------
    known : sequence of Certificate
        The verified one and those that were given with it.

    Yields
    ------
    Finding
        At most one. That it was settled anew no file that was given shows, and none shows that it was not.
    """
    found = outdated(known)
    if found is None:
        return
    one, told = found.certificate, _attested(found, found.certificate)
    yield cannot_tell(
        f"counted:{one.settles}",
        f"The certificate of {one.date}, digest {one.sha256[:16]}…, is of the announced day {one.settles}, and an "
        f"earlier day was settled again after it: {told.en}. It is to be settled anew with what was paid, since what "
        "is due by that day is else paid twice, or lacks; none in its place was given: ask for it.",
        f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, är för den angivna dagen {one.settles}, och en "
        f"tidigare dag har avräknats på nytt efter det: {told.sv}. Det ska avräknas på nytt med det som är betalt, "
        "eftersom det som ska betalas till och med den dagen annars betalas två gånger, eller saknas; inget som "
        "ersätter det angavs: begär det.",
    )


def _attested(found: Outdated, by: Certificate) -> Text:
    """'it has SEK 10,005.50 as pb, paid before, which by those of earlier days is SEK 12,006.60'."""
    terms = by.contract.model.payment
    figures = found.certificate.contract.model.figures

    def money(value: Fraction, id: str) -> Text:
        shown = Fraction(decimal_text(value, figures[id].digits))
        return Text(en=format_money(shown, terms.currency, "en"), sv=format_money(shown, terms.currency, "sv"))

    told = {id: (money(was, id), money(now, id)) for id, (was, now) in found.sums.items()}
    en = join_words([f"{now.en} as {id} in place of {was.en}" for id, (was, now) in told.items()], "and")
    sv = join_words([f"{now.sv} som {id} i stället för {was.sv}" for id, (was, now) in told.items()], "och")
    return Text(en=f"what was paid before is now {en}", sv=f"det som tidigare betalats är nu {sv}")
