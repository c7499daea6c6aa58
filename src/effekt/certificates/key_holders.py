"""Whose key may be used on which day: periods that the contract gives its keys, and keys that changed.

A signature carries no date, so the day that decides is the one that the signed statement declares. That keeps an old
key from new certificates, and not a thief from dating one back: against that stands a timestamp, or the register.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from effekt._text import Text
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope, sign
from effekt.certificates.signing import PrivateKey, key_id, public_key, public_text, read_public_key
from effekt.certificates.statement import ROTATION_TYPE, Statement, Subject, read_statement
from effekt.contracts import Contract
from effekt.exceptions import CertificateError, ContractError


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One key of one party.

    Attributes
    ----------
    party, role : str
    key : str
        The public key as a contract names it.
    first, last : str or None
        The days between which it may be used, both included; None for no bound.
    """

    party: str
    role: str
    key: str
    first: str | None = None
    last: str | None = None

    @property
    def id(self) -> str:
        """The key's id."""
        return key_id(read_public_key(self.key))

    def holds_on(self, date: str) -> bool:
        """Whether the key may be used on a day."""
        return (self.first or date) <= date <= (self.last or date)

    @property
    def period(self) -> Text:
        """'from 2018-11-01 to 2020-12-31'."""
        days = ((Text(en="from", sv="från"), self.first), (Text(en="to", sv="till"), self.last))
        given = [(word, day) for word, day in days if day is not None]
        return Text(
            en=" ".join(f"{word.en} {day}" for word, day in given),
            sv=" ".join(f"{word.sv} {day}" for word, day in given),
        )


def holders(contract: Contract, rotations: Sequence[Envelope | bytes] = ()) -> tuple[Holder, ...]:
    """Every key of a contract with its days, after the changes of keys that are given.

    Parameters
    ----------
    contract : Contract
    rotations : sequence of Envelope or bytes, optional
        Each made by `rotate`; one that is given twice counts once. One of a file before this one's amendment changes
        the keys of that file alone.

    Returns
    -------
    tuple of Holder

    Raises
    ------
    CertificateError
        For a change of key that is none, is of another contract, or that its old key did not sign or could not.
    """
    found = {
        text: Holder(party=id, role=party.role, key=text, **_days(party.valid, text))
        for id, party in contract.model.parties.items()
        for text in party.keys
    }
    envelopes = [read_envelope(one) if isinstance(one, bytes) else one for one in rotations]
    changes = {one.payload: _read(contract, one) for one in envelopes}
    own = [one for one in changes.values() if one["contract"]["sha256"] == contract.sha256]
    for change in sorted(own, key=lambda one: str(one["date"])):
        _apply(found, change)
    return tuple(found.values())


def of_file(
    contract: Contract, rotations: Sequence[Envelope | bytes], others: Sequence[Contract] = ()
) -> tuple[Envelope, ...]:
    """The changes of keys that are to be applied to one of several contract files.

    Parameters
    ----------
    contract : Contract
        The file.
    rotations : sequence of Envelope or bytes
        Changes of keys of any of the files.
    others : sequence of Contract
        The other files, such as those before an amendment.

    Returns
    -------
    tuple of Envelope
        Without those that say they are of one of the others: a change of keys names its file by its digest.
    """
    envelopes = [read_envelope(one) if isinstance(one, bytes) else one for one in rotations]
    away = {one.sha256 for one in others} - {contract.sha256}
    return tuple(
        one for one in envelopes if away.isdisjoint(subject.sha256 for subject in read_statement(one.payload).subjects)
    )


def signers_allowed(contract: Contract, known: Iterable[Holder]) -> Iterator[Holder]:
    """Those whose role may sign certificates."""
    return (one for one in known if one.role in contract.model.signing.roles)


def rotate(
    contract: Contract, *, key: PrivateKey, new: str, date: str, rotations: Sequence[Envelope | bytes] = ()
) -> Envelope:
    """Sign that another key takes the place of one's own from a day on.

    Parameters
    ----------
    contract : Contract
    key : PrivateKey
        The old one, which the contract or a change before this one names.
    new : str
        The new public key, as `public_text` or `effekt keygen` writes it; it may be used as long as the old one.
    date : str
        YYYY-MM-DD, the first day of the new key; the old one ends the day before.
    rotations : sequence of Envelope or bytes, optional
        The changes before this one, of which one brought the old key.

    Returns
    -------
    Envelope
        Signed by the old key; give it to all parties, who verify with it.

    Raises
    ------
    CertificateError
        When neither the contract nor a change names the old key, one of them has the new one already, or the old one
        does not hold on that day.
    """
    old = public_text(public_key(key))
    plain = {
        "schema": "effekt/rotation/1",
        "contract": {"id": contract.model.id, "sha256": contract.sha256},
        "date": date,
        "old": old,
        "new": public_text(read_public_key(new)),
    }
    subject = Subject(name="contract", sha256=contract.sha256)
    statement = Statement(subjects=(subject,), predicate_type=ROTATION_TYPE, predicate=dict(plain))
    envelope = sign(Envelope(payload=statement.to_bytes()), key)
    holders(contract, [*rotations, envelope])
    return envelope


def party_keys(contract: Contract) -> list[bytes]:
    """Every public key that a contract names.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    list of bytes

    Raises
    ------
    ContractError
        For a key that anyone can sign for.
    """
    keys = []
    for id, party in contract.model.parties.items():
        for position, text in enumerate(party.keys, start=1):
            try:
                keys.append(read_public_key(text))
            except CertificateError as error:
                raise ContractError(f"parties.{id}.keys[{position}] cannot be used: {error}") from None
    return keys


def keys_held(contract: Contract, date: str, keys: Sequence[bytes]) -> list[bytes]:
    """Those of the keys that hold on a day by the contract itself, without changes of keys.

    Parameters
    ----------
    contract : Contract
    date : str
        YYYY-MM-DD.
    keys : sequence of bytes
        Public keys.

    Returns
    -------
    list of bytes
    """
    held = {read_public_key(text) for party in contract.model.parties.values() for text in party.keys_on(date)}
    return [key for key in keys if key in held]


def _days(valid: Iterable[Any], key: str) -> dict[str, str | None]:
    found = next((one for one in valid if one.key == key), None)
    return {} if found is None else {"first": found.from_, "last": found.to}


def _read(contract: Contract, envelope: Envelope) -> Mapping[str, Any]:
    """What a change of key says, once its old key is known to have signed it."""
    statement = read_statement(envelope.payload)
    if statement.predicate_type != ROTATION_TYPE:
        raise CertificateError("The change of key is none; make one with `effekt rotate`.")
    told: dict[str, Any] = statement.predicate
    digest = told["contract"]["sha256"]
    if statement.subjects[0].sha256 != digest or not (digest == contract.sha256 or _before(contract, told["contract"])):
        raise CertificateError("The change of key is for another contract file than this one; its digest differs.")
    if not check_signatures(envelope, [read_public_key(told["old"])]).signers:
        raise CertificateError("The change of key is not signed by the key that it replaces, or was changed.")
    read_public_key(told["new"])
    return told


def _before(contract: Contract, named: Mapping[str, str]) -> bool:
    """Whether a file of a contract can be one before its amendment; of a second one it names but the last before."""
    amendment = contract.model.amendment
    if amendment is None or named["id"] != contract.model.id:
        return False
    return amendment.number > 1 or named["sha256"] == amendment.of


def _apply(found: dict[str, Holder], told: Mapping[str, Any]) -> None:
    """End the old key the day before, and let the new one follow; it never holds longer than the old one did."""
    old, new, date = (str(told[name]) for name in ("old", "new", "date"))
    holder = found.get(old)
    if holder is None:
        raise CertificateError(
            "The change of key replaces a key that no party of the contract has; if another change brought it, give "
            "that one too."
        )
    if not holder.holds_on(date):
        raise CertificateError(
            f"The change of key of {holder.party} is dated {date}, when the old key did not hold ({holder.period.en}); "
            "two changes of one key, or one that came too late, are for the parties to sort out by an amendment."
        )
    if date == (holder.first or datetime.date.min.isoformat()):
        raise CertificateError(
            f"The change of key of {holder.party} is dated {date}, the first day of the old key, which would hold on "
            "no day; date it later."
        )
    if new in found:
        raise CertificateError("The change of key brings a key that a party has already; make a new one with keygen.")
    before = (datetime.date.fromisoformat(date) - datetime.timedelta(days=1)).isoformat()
    found[old] = replace(holder, last=before)
    found[new] = replace(holder, key=new, first=date)
