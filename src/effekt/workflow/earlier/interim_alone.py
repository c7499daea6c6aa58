"""Announced days of which an interim certificate lies beside the new one, and none that tells what was paid."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.exceptions import FolderWarning
from effekt.workflow.earlier.can_be_paid import settled_on
from effekt.workflow.earlier.in_folder import standings
from effekt.workflow.rules.dates import final_days


def interim_alone(certificate: Certificate, known: Sequence[Certificate]) -> dict[str, Certificate]:
    """The announced days before that of a certificate of which only interim ones are known.

    Parameters
    ----------
    certificate : Certificate
    known : sequence of Certificate
        Others of the contract.

    Returns
    -------
    dict of str to Certificate
        By day, YYYY-MM-DD, the last interim one of it.
    """
    before = [day for day in final_days(certificate.contract) if day < settled_on(certificate)]
    days = [day for day in before if day not in certificate.takes_place_of]
    found = {}
    for day in days:
        own = [one for one in known if day in (settled_on(one), *one.takes_place_of)]
        if own and all(one.kind == "interim" for one in own):
            found[day] = max(own, key=lambda one: (one.date, one.sha256))
    return found


def interim_cautions(
    certificate: Certificate, files: Sequence[Path], rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Text]:
    """Say of which announced days only an interim certificate lies beside a new final one.

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
        A sentence for each such day.
    """
    if certificate.kind != "final":
        return
    folders = sorted({path.absolute().parent for path in files})
    seen = [one for folder in folders for one in standings(folder, certificate.contract, rotations)]
    there = {one.sha256: (path.name, one) for path, one, held in seen if held == "signed"}
    for day, one in interim_alone(certificate, [other for _, other in there.values()]).items():
        name = shlex.quote(there[one.sha256][0])
        yield Text(
            en=f"{name} is an interim certificate of the announced day {day}, which pays nothing, and no final or nil "
            "one of that day lies here: whether something was paid on it cannot be told, nor will `effekt verify` tell "
            "what this one deducts or pays again. Get the final or nil one, lay it beside the contract and settle "
            "again before anything is paid.",
            sv=f"{name} är ett delintyg för den angivna dagen {day}, som inte betalar något, och inget slutligt intyg "
            "eller nollintyg för den dagen ligger här: om något betalades för den kan inte sägas, och `effekt verify` "
            "kan inte heller säga om detta drar av rätt eller betalar på nytt. Begär det slutliga intyget eller "
            "nollintyget, lägg det bredvid avtalet och avräkna igen innan något betalas.",
        )


def warn_of_interim_alone(certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes] = ()) -> None:
    """Say the same to those who settle in Python, as a `FolderWarning`.

    Parameters
    ----------
    certificate : Certificate
    folder : Path
    rotations : sequence of Envelope or bytes, optional
    """
    for caution in interim_cautions(certificate, [folder / "contract.yaml"], rotations):
        warnings.warn(caution.en, FolderWarning, stacklevel=4)
