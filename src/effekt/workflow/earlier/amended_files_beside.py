"""What amended files in a folder do to a certificate that is settled or written there by the file before them."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.files import read_file
from effekt.contracts import Contract, read_contract
from effekt.contracts.lineage import number_of
from effekt.contracts.strict_yaml import MAX_BYTES
from effekt.exceptions import CertificateError, EffektError, FolderWarning
from effekt.workflow.earlier.amended_files import agreed_on, holding, may_be_agreed, settled_by_file_before
from effekt.workflow.earlier.in_folder import standings


class _There(NamedTuple):
    """What a folder holds beside a certificate: signed ones and amended files, by digest, with the names of both."""

    signed: dict[str, tuple[str, Certificate]]
    files: dict[str, tuple[str, Contract]]

    @property
    def certificates(self) -> list[Certificate]:
        return [one for _, one in self.signed.values()]

    @property
    def known(self) -> list[Contract]:
        return [*(file for _, file in self.files.values()), *(one.contract for one in self.certificates)]


def refuse_amended_by_files(
    certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes] = (), *, made: bool
) -> None:
    """Refuse a certificate by a file, where a folder shows that all agreed to what follows an amendment of that file.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    folder : Path
        In which the amended files and the certificates lie.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.
    made : bool
        Whether it had been made already, so that it is wrong only if that was after they agreed.

    Raises
    ------
    CertificateError
        Naming the certificate that shows it, and the amended file. Of a certificate by the amendment itself
        `governing_file.refuse_amended_since` tells.
    """
    there = _there(certificate, folder, rotations)
    replaced = [one.supersedes.sha256 for one in there.certificates if one.supersedes is not None]
    if certificate.kind != "final" or certificate.sha256 in replaced:
        return
    for file in holding(certificate, there.known):
        for day, one in agreed_on(certificate.contract, file, there.certificates, there.known):
            if one.contract.sha256 != file.sha256 and (not made or day < certificate.date):
                raise _amended(certificate, one, file, there)


def amended_cautions(
    certificate: Certificate, files: Sequence[Path], rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Text]:
    """What is to be looked at where an amended file lies in a folder and nothing shows whether all agreed to it.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    files : sequence of Path
        The contract's file, and the certificate's where it is written; beside them the others lie.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Yields
    ------
    Text
        A sentence for each amendment that holds on the announced day.
    """
    for folder in sorted({path.absolute().parent for path in files}):
        there = _there(certificate, folder, rotations)
        for file in holding(certificate, [file for _, file in there.files.values()]):
            if certificate.kind != "interim" and may_be_agreed(certificate, file, there.certificates, there.known):
                which, name = settled_by_file_before(certificate, file), there.files[file.sha256][0]
                yield Text(
                    en=f"{which.en}, and nothing in the folder shows whether the parties have agreed to that, {name}. "
                    "If they have, settle the day by that file before anything is paid.",
                    sv=f"{which.sv}, och inget i mappen visar om parterna har godkänt den, {name}. Har de det, avräkna "
                    "dagen enligt den filen innan något betalas.",
                )


def warn_of_amended(certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes] = ()) -> None:
    """Say the same to those who settle in Python, as a `FolderWarning`.

    Parameters
    ----------
    certificate : Certificate
    folder : Path
    rotations : sequence of Envelope or bytes, optional
    """
    for caution in amended_cautions(certificate, [folder / "contract.yaml"], rotations):
        warnings.warn(caution.en, FolderWarning, stacklevel=4)


def _there(certificate: Certificate, folder: Path, rotations: Sequence[Envelope | bytes]) -> _There:
    seen = standings(folder, certificate.contract, rotations)
    signed = {one.sha256: (path.name, one) for path, one, held in seen if held == "signed"}
    return _There(signed, {} if certificate.settles is None else _files_after(certificate.contract, folder))


def _files_after(contract: Contract, folder: Path) -> dict[str, tuple[str, Contract]]:
    """The amendments of a contract file in a folder, and those of these, whatever else lies there."""
    raws, found = dict[Path, bytes](), dict[str, tuple[str, Contract]]()
    for path in sorted(folder.glob("*.y*ml")):
        with contextlib.suppress(EffektError):  # what else lies there need not be read
            raws[path] = read_file(path, MAX_BYTES)
    digests = [contract.sha256]
    for digest in digests:
        for path in [path for path, raw in raws.items() if digest.encode() in raw]:
            with contextlib.suppress(EffektError):  # nor be a contract
                file = read_contract(path)
                amendment = file.model.amendment
                if amendment is not None and amendment.of == digest and file.sha256 not in found:
                    found[file.sha256] = (path.name, file)
                    digests.append(file.sha256)
    return found


def _amended(certificate: Certificate, one: Certificate, file: Contract, there: _There) -> CertificateError:
    number, amendment = number_of(file), file.model.amendment
    date = "" if amendment is None else amendment.date
    names = [there.files[file.sha256][0]] if file.sha256 in there.files else []
    which = ", ".join([*names, f"SHA-256 {file.sha256}"])
    return CertificateError(
        f"The file {there.signed[one.sha256][0]!r} is a certificate of {one.date} by a file that follows amendment "
        f"{number} of this contract, which holds from {date}, and this one, of the announced day "
        f"{certificate.settles}, is by the file before that: settle that day by the amended file, {which}."
    )
