"""A fork of a contract: two amendments of one file, of which no file shows which holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
        None where the two differ in line endings alone, as when a mail program saved one anew: they say the same.
    """
    theirs = other.model.amendment
    if theirs is None:
        return None
    for one in files:
        own = one.model.amendment
        same = own is not None and (own.of, own.number) == (theirs.of, theirs.number)
        if same and one.model.id == other.model.id and one.raw.splitlines() != other.raw.splitlines():
            return one
    return None


def refuse_fork(
    certificate: Certificate, there: Sequence[tuple[str | None, Certificate]], taken: Collection[str]
) -> None:
    """Refuse a certificate beside one that is by another amendment of the same file.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Signed ones in the same folder, by the names of their files, by whose contracts the new one's is followed back.
    taken : collection of str
        Digests of those whose place the new one takes, one after another: where one of them is by the other amendment,
        the new one is what settles it again, and others may be left to follow.

    Raises
    ------
    CertificateError
        Naming the file and both amendments.
    """
    files = _back(certificate.contract, [one.contract for _, one in there])
    replaced = {one.supersedes.sha256 for _, one in there if one.supersedes is not None}
    found = [(name, one, own) for name, one in there if (own := rival(one.contract, files)) is not None]
    if any(one.sha256 in taken for _, one, _ in found):
        return
    for name, one, own in found:
        if one.sha256 in replaced or own.model.amendment is None:
            continue
        raise CertificateError(
            f"The file {name!r} is a certificate of {one.date} by another amendment {own.model.amendment.number} of "
            f"this contract, digest {one.contract.sha256[:16]}…, than the one that this file is or follows, digest "
            f"{own.sha256[:16]}…: both amend the same file, and only one can hold. Ask the parties which they agreed "
            "last, have the other withdrawn, and settle again what a certificate by it paid (--supersedes, --reason)."
        )


def _back(contract: Contract, known: Sequence[Contract]) -> list[Contract]:
    """A contract file and those before it that are known, from the last back."""
    by_digest, found = {one.sha256: one for one in known}, [contract]
    while (amendment := found[-1].model.amendment) is not None and amendment.of in by_digest:
        found.append(by_digest[amendment.of])
    return found
