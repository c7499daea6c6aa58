"""The lock that a certificate carries, looked at anew: whose keys signed it, on which day, of which contract file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import check_signatures, read_envelope
from effekt.certificates.key_holders import keys_held, party_keys
from effekt.certificates.signing import key_id, read_public_key
from effekt.certificates.statement import LOCK_TYPE, read_statement
from effekt.exceptions import EffektError

ACCEPTED = "undecided_accepted"
"""The key of a lock's plan that lists what was left open and accepted so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What a lock shows.

    Attributes
    ----------
    date : str or None
        The day that it states; None where it cannot be read.
    same : bool
        Whether it is of the very contract file that the certificate carries.
    parties : tuple of str
        Whose keys signed it and held on that day, in the contract's order.
    accepted : tuple of str
        Terms that the contract leaves open and that were accepted so, such as 'minimum_n at analysis.absence'.
    diary, registry : str
        The number under which the contract file is said to be registered, and where; empty where that is not said.
    """

    date: str | None
    same: bool
    parties: tuple[str, ...]
    accepted: tuple[str, ...] = ()
    diary: str = ""
    registry: str = ""

    @property
    def stands(self) -> bool:
        """Whether some party of the contract locked this very file."""
        return self.same and bool(self.parties)


def locked(certificate: Certificate) -> Locked | None:
    """Read the lock of a certificate, whatever the certificate says of it.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Locked or None
        None where it carries none.
    """
    text, contract = certificate.plan.lock, certificate.contract
    if text is None:
        return None
    try:
        envelope = read_envelope(text.encode())
        statement = read_statement(envelope.payload)
        if statement.predicate_type != LOCK_TYPE:
            return Locked(date=None, same=False, parties=())
        date = str(statement.predicate["date"])
        signers = check_signatures(envelope, keys_held(contract, date, party_keys(contract))).signers
    except EffektError:
        return Locked(date=None, same=False, parties=())
    parties = tuple(
        id
        for id, party in contract.model.parties.items()
        if any(key_id(read_public_key(key)) in signers for key in party.keys)
    )
    accepted = cast(Mapping[str, Any], statement.predicate["plan"]).get(ACCEPTED, ())
    return Locked(
        date=date,
        same=statement.subjects[0].sha256 == contract.sha256,
        parties=parties,
        accepted=tuple(map(str, accepted)) if isinstance(accepted, list) else (),
        **cast(Mapping[str, str], statement.predicate.get("anchor", {})),
    )
