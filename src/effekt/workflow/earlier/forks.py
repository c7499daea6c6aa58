"""A fork of a contract: two amendments in one place, of which no file shows which holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from effekt.certificates.certificate import Certificate
from effekt.contracts.lineage import fork
from effekt.exceptions import CertificateError


def refuse_fork(
    certificate: Certificate, there: Sequence[tuple[str | None, Certificate]], taken: Collection[str]
) -> None:
    """Refuse a certificate beside one whose contract file parts from the new one's by another amendment.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    there : sequence of (str or None, Certificate)
        Signed ones in the same folder, by the names of their files, by whose contracts files are followed back.
    taken : collection of str
        Digests of those whose place the new one takes, one after another: where one of them is by the other amendment,
        the new one is what settles it again, and others may be left to follow.

    Raises
    ------
    CertificateError
        Naming the file and both amendments.
    """
    known = [one.contract for _, one in there]
    replaced = {one.supersedes.sha256 for _, one in there if one.supersedes is not None}
    found = [(name, one, at) for name, one in there if (at := fork(certificate.contract, one.contract, known))]
    if any(one.sha256 in taken for _, one, _ in found):
        return
    for name, one, at in found:
        if one.sha256 in replaced:
            continue
        by = "by" if one.contract.sha256 == at.other else "by a file that follows"
        raise CertificateError(
            f"The file {name!r} is a certificate of {one.date} {by} another amendment {at.number} of this contract, "
            f"digest {at.other[:16]}…, than the one that this file is or follows, digest {at.own[:16]}…: both "
            f"{'amend the same file' if at.of_one else 'have the same number'}, and only one can hold. Ask the parties "
            "which they agreed last, have the other withdrawn, and settle again what a certificate by it paid "
            "(--supersedes, --reason)."
        )
