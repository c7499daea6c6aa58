"""What is said to whoever settles by an amendment of which the file before lies beside it, as `verify` will say."""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.files import read_file
from effekt.contracts import Contract, read_contract
from effekt.contracts.lineage import number_of
from effekt.contracts.strict_yaml import MAX_BYTES
from effekt.exceptions import EffektError, FolderWarning
from effekt.workflow.earlier.agreed import not_agreed, with_new_key
from effekt.workflow.earlier.amended_files_beside import amended_cautions
from effekt.workflow.earlier.counted_again import outdated_cautions
from effekt.workflow.earlier.in_folder import standings
from effekt.workflow.earlier.interim_alone import interim_cautions


def cautions_after(
    certificate: Certificate, files: Sequence[Path], rotations: Sequence[Envelope | bytes]
) -> Iterator[Text]:
    """What is to be looked at when a certificate has been settled, beside those there and the file before its own.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    files : sequence of Path
        The contract's file, and the certificate's where it is written.
    rotations : sequence of Envelope or bytes
        Changes of keys that the parties gave.

    Yields
    ------
    Text
    """
    yield from interim_cautions(certificate, files, rotations)
    yield from outdated_cautions(certificate, files, rotations)
    yield from agreed_cautions(certificate, files)
    yield from amended_cautions(certificate, files, rotations)


def agreed_cautions(certificate: Certificate, files: Sequence[Path]) -> Iterator[Text]:
    """Who did not agree to a certificate's amendment with a key of the file before, where that one is found.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    files : sequence of Path
        The contract's file, and the certificate's where it is written; beside them the file before is looked for.

    Yields
    ------
    Text
        At most one.
    """
    folders = sorted({path.absolute().parent for path in files})
    before = next((found for folder in folders if (found := _file_before(certificate, folder)) is not None), None)
    missing = () if before is None else not_agreed([before, certificate.contract], [certificate])
    if before is None or not missing:
        return
    number, who, vilka = number_of(certificate.contract), join_words(missing, "and"), join_words(missing, "och")
    if with_new_key(before, certificate.contract, [certificate]) is not None:
        yield Text(
            en=f"To amendment {number} {who} agreed with a key that the amendment itself gives it, and everyone else "
            f"vouches for it: before anything is paid hold the new key against what {who} itself has given you in "
            "another way, such as on signed paper.",
            sv=f"Ändring {number} har {vilka} godkänt med en nyckel som ändringen själv ger, och alla andra går i god "
            f"för den: jämför den nya nyckeln med vad {vilka} själv har lämnat på annat sätt, som på undertecknat "
            "papper, innan något betalas.",
        )
        return
    yield Text(
        en=f"To amendment {number} {who} did not agree with a key of the file before it: `effekt verify --amended` "
        "will say of this certificate that it does not hold. Pay nothing on it: have the lock signed with those keys, "
        "or, where one party has lost its key, by everyone else who has one too.",
        sv=f"Ändring {number} har {vilka} inte godkänt med en nyckel från filen före: `effekt verify --amended` kommer "
        "att säga att intyget inte stämmer. Betala inget på det: låt låsningen undertecknas med de nycklarna, eller, "
        "om en part har förlorat sin nyckel, också av alla andra som har en.",
    )


def warn_of_agreed(certificate: Certificate, folder: Path) -> None:
    """Say the same to those who settle in Python, as a `FolderWarning`.

    Parameters
    ----------
    certificate : Certificate
    folder : Path
    """
    for caution in agreed_cautions(certificate, [folder / "contract.yaml"]):
        warnings.warn(caution.en, FolderWarning, stacklevel=4)


def _file_before(certificate: Certificate, folder: Path) -> Contract | None:
    """The file that a certificate's amendment names, in a certificate in a folder or as itself."""
    amendment = certificate.contract.model.amendment
    if amendment is None or not folder.is_dir():
        return None
    carried = (one.contract for _, one, _ in standings(folder, certificate.contract))
    for path in sorted(folder.glob("*.y*ml")):
        with contextlib.suppress(EffektError):  # what else lies there need be no contract, nor to be read
            if hashlib.sha256(read_file(path, MAX_BYTES)).hexdigest() == amendment.of:
                return read_contract(path)
    return next((one for one in carried if one.sha256 == amendment.of), None)
