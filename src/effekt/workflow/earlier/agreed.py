"""Who agreed to an amendment, by keys that the files before it gave: whoever writes a file chooses its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope
from effekt.certificates.signing import key_id, read_public_key
from effekt.contracts import Contract
from effekt.contracts.amendments import payers
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
        that the file before was agreed to itself, the key must be of the last one that was, and of each after that. A
        party that the file before does not have signs with the key that the others gave it, if those are everyone who
        paid by that file and someone who did not, and every file so far is shown to be agreed to.
    """
    locks = [(one.contract.sha256, one) for one in certificates]
    keys, missing, sure = _keys(way[0]), tuple[str, ...](), True
    for before, file in itertools.pairwise(way):
        own = _keys(file)
        new = {id: texts for id, texts in own.items() if sure and id not in keys}
        signed = [_agreeing(one, before, keys, new) for digest, one in locks if digest == file.sha256]
        missing = min((_others_than(file, each) for each in [*signed, set()]), key=len)
        sure = sure and not missing
        keys = own if not missing else {id: own[id] & keys.get(id, set()) for id in own}
    return missing


def between_not_agreed(
    way: Sequence[Contract], certificates: Sequence[Certificate], doubtful: Sequence[str]
) -> Iterator[tuple[Contract, Contract]]:
    """The amendments between to which some parties did not agree, as the lock of a certificate by each shows.

    Parameters
    ----------
    way : sequence of Contract
        As in `not_agreed`; the last of them is not judged.
    certificates : sequence of Certificate
        Signed ones: the lock of one that nobody signed may have lost signatures.
    doubtful : sequence of str
        Parties of whom `not_agreed` finds nothing for the whole way.

    Yields
    ------
    (before, file)
        The amendment, and the file before it, from the last back to one by which there is no certificate: to that one
        they may have agreed with keys that they had.
    """
    for before, file in reversed(list(itertools.pairwise(way[:-1]))):
        by = _by(file, certificates)
        if not by:
            return
        if not set(doubtful).isdisjoint(not_agreed([before, file], by)):
            yield before, file


def without_certificate(way: Sequence[Contract], certificates: Sequence[Certificate]) -> tuple[Contract, ...]:
    """The amendments between by which no certificate was given.

    Parameters
    ----------
    way : sequence of Contract
        As in `not_agreed`.
    certificates : sequence of Certificate

    Returns
    -------
    tuple of Contract
    """
    return tuple(file for file in way[1:-1] if not _by(file, certificates))


def with_new_key(before: Contract, file: Contract, certificates: Sequence[Certificate]) -> str | None:
    """The one party that agreed to an amendment with a key that it has by it alone, where all others vouch for that.

    A party that has lost its key can sign with no other, and whoever writes the file may have put a key in its place.
    Everyone else who has a key by the file before must have signed the lock with it, and among them one whom that file
    lets sign certificates, and who neither pays nor is paid.

    Parameters
    ----------
    before, file : Contract
        The amendment, and the file before it.
    certificates : sequence of Certificate

    Returns
    -------
    str or None
        None where no certificate by the amendment shows that.
    """
    missing, parties = not_agreed([before, file], certificates), before.model.parties
    if len(missing) != 1:
        return None
    others = {id for id, party in parties.items() if party.keys} - set(missing)
    payment = before.model.payment
    paid = {line.payee for line in payment.lines.values()}
    paid |= {one.beneficiary for one in (payment.guarantees or {}).values()}
    signing = {id for id in others if parties[id].role in before.model.signing.roles}
    if not signing - paid - set(payers(before.model)):
        return None
    signed = (_signers(one, _keys(before)) for one in _by(file, certificates))
    return missing[0] if any(others <= signers for signers in signed) else None


def _by(file: Contract, certificates: Iterable[Certificate]) -> list[Certificate]:
    """The certificates by an amendment that carry its lock."""
    return [one for one in certificates if one.contract.sha256 == file.sha256 and _lock(one) is not None]


def _keys(contract: Contract) -> dict[str, set[str]]:
    return {id: set(party.keys) for id, party in contract.model.parties.items()}


def _others_than(file: Contract, signed: set[str]) -> tuple[str, ...]:
    agreed_by = () if file.model.amendment is None else file.model.amendment.agreed_by
    return tuple(id for id in agreed_by if id not in signed)


def _agreeing(
    certificate: Certificate, before: Contract, keys: Mapping[str, set[str]], new: Mapping[str, set[str]]
) -> set[str]:
    """The parties who signed the lock of a certificate's file by keys they had, and new ones whom these let in."""
    known, paying = _signers(certificate, keys), set(payers(before.model))
    return known | _signers(certificate, new) if paying <= known and known - paying else known


def _signers(certificate: Certificate, keys: Mapping[str, set[str]]) -> set[str]:
    """The parties who signed the lock of a certificate's file by some keys."""
    lock = _lock(certificate)
    if lock is None:
        return set()
    known = {id: [read_public_key(text) for text in own] for id, own in keys.items()}
    signers = check_signatures(lock, [key for own in known.values() for key in own]).signers
    return {id for id, own in known.items() if any(key_id(key) in signers for key in own)}


def _lock(certificate: Certificate) -> Envelope | None:
    """The lock of a certificate's file; none, where it carries one of another file or not signed as that asks."""
    lock = certificate.plan.lock
    try:
        plan_of(certificate.contract, None if lock is None else lock.encode())
    except EffektError:
        return None
    assert lock is not None  # an amendment has a plan with a lock alone
    return read_envelope(lock.encode())
