"""The plan of a contract, signed before there are data, and read again from what was signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from effekt._validation import join_words, shown
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope, sign
from effekt.certificates.key_holders import keys_held, party_keys
from effekt.certificates.locked import ACCEPTED
from effekt.certificates.predicate import Plan
from effekt.certificates.signing import PrivateKey, key_id, public_key, read_public_key
from effekt.certificates.statement import LOCK_TYPE, Subject, lock_statement, read_statement
from effekt.contracts import Contract
from effekt.contracts.left_open import open_terms
from effekt.exceptions import ArgumentError, CertificateError, ContractError
from effekt.workflow.refused import check_plan
from effekt.workflow.rules.governing import check_governing
from effekt.workflow.rules.logged import LogPath, log_lock


def lock(
    contract: Contract,
    *,
    key: PrivateKey,
    date: str,
    beside: Envelope | bytes | None = None,
    log: LogPath | None = None,
    undecided_accepted: bool = False,
    diary: str | None = None,
    registry: str | None = None,
) -> Envelope:
    """Sign that a contract's plan stands, on a date.

    Parameters
    ----------
    contract : Contract
    key : PrivateKey
        Of a party that the contract names.
    date : str
        YYYY-MM-DD; counts when it is before the contract's `outcome_data_from`.
    beside : Envelope or bytes, optional
        A lock of the same contract and date that others have signed, which this key signs too: an amended contract
        counts when all who must agree to it have signed one lock.
    log : str or Path, optional
        A run log that the lock is to stand in; else the one that the contract requires, if it does. It begins there.
    undecided_accepted : bool, default False
        Lock although the file leaves open terms that money turns on; the lock lists them, and so do the certificate
        and its page. Where it leaves none open nothing is accepted or listed.
    diary : str, optional
        The number under which the contract file is registered, such as "KS 2026/123": signed with the lock, and never
        checked, since no file shows what a register holds.
    registry : str, optional
        Whose register that is; needed with `diary`, and of no meaning without it.

    Returns
    -------
    Envelope
        The signed lock; `to_bytes()` is its file.

    Raises
    ------
    ContractError
        When the file leaves terms open and they are not accepted.
    CertificateError
        When no party of the contract has the key, the date is none, or `beside` is another lock; for a `diary` or
        `registry` that is no line of visible text.
    ArgumentError
        For one of `diary` and `registry` without the other.
    """
    check_plan(contract)
    check_governing(contract)
    left_open = _open(contract)
    if left_open and not undecided_accepted:
        raise ContractError(
            f"The contract leaves open what money turns on: {join_words(left_open, 'and')}. Write each of them, as "
            "`effekt check` says; or lock with --undecided-accepted (`undecided_accepted=True`), which the lock, the "
            "certificate and its page then say."
        )
    if public_key(key) not in party_keys(contract):
        raise CertificateError(
            f"Key {key_id(public_key(key))[:16]}… is a key of no party of the contract, so its lock would be "
            "refused; lock with a key that the contract names."
        )
    if not keys_held(contract, date, [public_key(key)]):
        raise CertificateError(
            f"Key {key_id(public_key(key))[:16]}… does not hold on {date} by the contract, so its lock would be "
            "refused; lock with a key that does."
        )
    subject = Subject(name="contract", sha256=contract.sha256)
    plan = _locked(contract) | ({ACCEPTED: left_open} if left_open else {})
    statement = lock_statement(
        contract_id=contract.model.id, contract=subject, date=date, plan=plan, anchor=_anchor(diary, registry)
    )
    made = Envelope(payload=statement.to_bytes())
    if beside is not None:
        given = read_envelope(beside) if isinstance(beside, bytes) else beside
        if given.payload != made.payload:
            raise CertificateError(
                "`beside` must be a lock of the same contract file on the same date, with the same diary number and "
                "registry or none; it is not. Sign the lock that the others signed, with its date, diary and registry."
            )
        made = given
    envelope = sign(made, key)
    log_lock(contract, envelope, log=log, date=date)
    return envelope


def _anchor(diary: str | None, registry: str | None) -> dict[str, str] | None:
    if diary is None and registry is None:
        return None
    if diary is None or registry is None:
        given, other = ("registry", "diary") if diary is None else ("diary", "registry")
        raise ArgumentError(
            f"`{given}` must stand with `{other}`, since a number is looked up in one register; give both or neither."
        )
    return {"diary": diary, "registry": registry}


def _envelope(locked: object) -> Envelope:
    envelope = read_envelope(locked) if isinstance(locked, bytes) else locked
    if not isinstance(envelope, Envelope):
        raise ArgumentError(f"`locked` must be what `effekt.lock` returns, or its bytes; got {shown(locked)}.")
    return envelope


def plan_of(contract: Contract, locked: Envelope | bytes | None, *, undecided_accepted: bool = False) -> Plan:
    """When the plan was locked, from a lock that a party of the contract signed.

    Parameters
    ----------
    contract : Contract
    locked : Envelope or bytes or None
    undecided_accepted : bool, default False
        Whether, without a lock, the terms that the contract leaves open are accepted so.

    Returns
    -------
    Plan

    Raises
    ------
    ContractError
        When the file leaves terms open, there is no lock, and they are not accepted.
    CertificateError
        When the lock is for another contract file or no party's key signed it.
    ArgumentError
        When they are accepted beside a lock, which lists what was.
    """
    if locked is None:
        _check_agreed(contract, ())
        left_open = _open(contract)
        if left_open and not undecided_accepted:
            raise ContractError(
                f"The contract leaves open what money turns on: {join_words(left_open, 'and')}. Write each of them, as "
                "`effekt check` says; give a lock that accepts them; or settle with --undecided-accepted "
                "(`undecided_accepted=True`), which the certificate and its page then say."
            )
        return Plan(undecided_accepted=tuple(left_open))
    if undecided_accepted:
        raise ArgumentError(
            "`undecided_accepted` is for a settlement without a lock, and a lock lists what was accepted; leave it "
            "out, or lock the plan with --undecided-accepted."
        )
    envelope = _envelope(locked)
    statement = read_statement(envelope.payload)
    if statement.predicate_type != LOCK_TYPE:
        raise CertificateError("The lock is no lock of a plan; make one with `effekt lock`.")
    if all(subject.sha256 != contract.sha256 for subject in statement.subjects):
        raise CertificateError("The lock is for another contract file than this one; its digest differs.")
    plan = dict(cast(Mapping[str, object], statement.predicate["plan"]))
    accepted = plan.pop(ACCEPTED, [])
    if plan != _locked(contract):
        raise CertificateError("The lock lists other analyses and figures than the contract has; lock the plan again.")
    if accepted != _open(contract):
        raise CertificateError(
            "The lock does not list the terms that the contract leaves open; lock the plan again, and accept them with "
            "--undecided-accepted or write them."
        )
    if not check_signatures(envelope, party_keys(contract)).signers:
        raise CertificateError("The lock is not signed by a key of a party of the contract, or was changed.")
    date = str(statement.predicate["date"])
    signers = check_signatures(envelope, keys_held(contract, date, party_keys(contract))).signers
    if not signers:
        raise CertificateError(
            f"The lock is dated {date}, and no key that signed it holds on that day by the contract; lock with a key "
            "that does."
        )
    _check_agreed(contract, signers)
    return Plan(
        date=date,
        locked_before_data=date < contract.model.dates.outcome_data_from,
        lock=envelope.to_bytes().decode(),
    )


def _check_agreed(contract: Contract, signers: Sequence[str]) -> None:
    """An amended contract counts when every party that must agree has signed its lock by a key."""
    amendment = contract.model.amendment
    if amendment is None:
        return
    keys = {id: contract.model.parties[id].keys for id in amendment.agreed_by}
    missing = [id for id, own in keys.items() if not any(key_id(read_public_key(public)) in signers for public in own)]
    if missing:
        raise CertificateError(
            f"Amendment {amendment.number} of the contract counts when {join_words(amendment.agreed_by, 'and')} have "
            f"signed its lock; {join_words(missing, 'and')} {'have' if len(missing) > 1 else 'has'} not. Sign one lock "
            "with `effekt lock`, each beside the other, and give it."
        )


def _open(contract: Contract) -> list[str]:
    """The terms that are left open, each with its place: 'minimum_n at analysis.absence'."""
    return [f"{one.field} at {one.place}" for one in open_terms(contract)]


def _locked(contract: Contract) -> dict[str, list[str]]:
    """What a lock lists of a plan, beside the digest of the contract's file."""
    return {"analysis": sorted(contract.model.analysis), "figures": sorted(contract.model.figures)}
