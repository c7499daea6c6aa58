"""Who agreed to an amendment, by keys that the files before it gave: whoever writes a file chooses its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import check_signatures, read_envelope
from effekt.certificates.signing import key_id, read_public_key
from effekt.contracts import Contract
from effekt.exceptions import EffektError
from effekt.workflow.locking import plan_of


def not_agreed(way: Sequence[Contract], certificates: Iterable[Certificate]) -> tuple[str, ...]:
    """Parties of whom nothing shows that they agreed to the last of some contract files.

    Parameters
    ----------
    way : sequence of Contract
        From a file that nobody doubts to an amendment of it, or to one that follows it.
    certificates : iterable of Certificate
        Each carries the lock of its own file, which those who agreed to that have signed.

    Returns
    -------
    tuple of str
        Those who must agree and did not sign a lock of that file with a key of the file before it. Where nothing shows
        that the file before was agreed to itself, the key must be of the last one that was, and of each after that.
    """
    locks = [(one.contract.sha256, one) for one in certificates]
    keys, missing = _keys(way[0]), tuple[str, ...]()
    for file in way[1:]:
        signed = [_signers(one, keys) for digest, one in locks if digest == file.sha256]
        missing = min((_others_than(file, each) for each in [*signed, set()]), key=len)
        own = _keys(file)
        keys = own if not missing else {id: own[id] & keys.get(id, set()) for id in own}
    return missing


def _keys(contract: Contract) -> dict[str, set[str]]:
    return {id: set(party.keys) for id, party in contract.model.parties.items()}


def _others_than(file: Contract, signed: set[str]) -> tuple[str, ...]:
    agreed_by = () if file.model.amendment is None else file.model.amendment.agreed_by
    return tuple(id for id in agreed_by if id not in signed)


def _signers(certificate: Certificate, keys: Mapping[str, set[str]]) -> set[str]:
    """The parties who signed the lock of a certificate's file by some keys; nobody, where its lock is of another."""
    lock = certificate.plan.lock
    try:
        plan_of(certificate.contract, None if lock is None else lock.encode())
    except EffektError:
        return set()
    assert lock is not None  # an amendment has a plan with a lock alone
    known = {id: [read_public_key(text) for text in own] for id, own in keys.items()}
    signers = check_signatures(read_envelope(lock.encode()), [key for own in known.values() for key in own]).signers
    return {id for id, own in known.items() if any(key_id(key) in signers for key in own)}
