"""A fork of a contract: two amendments of one file, of which no file shows which holds."""

from __future__ import annotations

from collections.abc import Sequence

from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract
from effekt.exceptions import CertificateError


def rival(other: Contract, files: Sequence[Contract]) -> Contract | None:
    """The one of some files that is the same amendment of the same file as another contract file, and says otherwise.

    Parameters
    ----------
    other : Contract
    files : sequence of Contract
        One's own contract file and those before it.

    Returns
    -------
    Contract or None
    """
    theirs = other.model.amendment
    if theirs is None:
        return None
    for one in files:
        own = one.model.amendment
        same = own is not None and (own.of, own.number) == (theirs.of, theirs.number)
        if same and one.model.id == other.model.id and one.sha256 != other.sha256:
            return one
    return None


def refuse_fork(certificate: Certificate, name: str, other: Certificate, known: Sequence[Certificate]) -> None:
    """Refuse a certificate beside one that is by another amendment of the same file.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    name : str
        The other's file.
    other : Certificate
        One that stands in the same folder, signed.
    known : sequence of Certificate
        All that are there, by whose contract files the new one's is followed back.

    Raises
    ------
    CertificateError
        Naming the file and both amendments.
    """
    own = rival(other.contract, _back(certificate.contract, [one.contract for one in known]))
    if own is None or own.model.amendment is None:
        return
    number = own.model.amendment.number
    raise CertificateError(
        f"The file {name!r} is a certificate of {other.date} by another amendment {number} of this contract, digest "
        f"{other.contract.sha256[:16]}…, than the one that this file is or follows, digest {own.sha256[:16]}…: both "
        "amend the same file, and only one can hold. Ask the parties which they agreed last, have the other withdrawn, "
        "and settle again what a certificate by it paid (--supersedes, --reason)."
    )


def _back(contract: Contract, known: Sequence[Contract]) -> list[Contract]:
    """A contract file and those before it that are known, from the last back."""
    by_digest, found = {one.sha256: one for one in known}, [contract]
    while (amendment := found[-1].model.amendment) is not None and amendment.of in by_digest:
        found.append(by_digest[amendment.of])
    return found
