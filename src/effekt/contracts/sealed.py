"""A table that is sealed until the plan is locked: whoever keeps it has committed to its bytes, and opens it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from effekt.contracts.schema import RelativePath, Sha256, Term, fault

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms


class Seal(Term):
    """The keyed digest of a table's file, and the file of the secret salt that opens it.

    The digest is HMAC-SHA-256 of the file's bytes under the salt. Whoever keeps the table gives the parties the digest
    alone, and the table and the salt when the plan is locked: the salt shows that it is the table of then, and before
    that the digest tells nothing of it.
    """

    hmac_sha256: Sha256
    salt: RelativePath


def check_seals(terms: ContractTerms) -> None:
    """Refuse a sealed table in a contract without a run log, as nothing would show when it was opened.

    Parameters
    ----------
    terms : ContractTerms

    Raises
    ------
    PydanticCustomError
        At the table's own place.
    """
    for id, source in terms.data.items():
        if source.sealed is not None and terms.log is None:
            raise fault(
                "needs a run log, which begins with the lock and shows that it was opened after it; add log.",
                *("data", id, "sealed"),
            )
