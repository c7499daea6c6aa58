"""The parties of a contract, the keys each signs with and on which days, and who must sign a certificate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from effekt.contracts.schema import DateText, Items, OneLine, PublicKey, Term, fault

Role: TypeAlias = Literal[
    "payer", "provider", "investor", "intermediary", "evaluator", "verifier", "guarantor", "controller"
]

STAKE: tuple[Role, ...] = ("payer", "provider", "investor", "intermediary", "guarantor", "evaluator")
"""Roles of those who win or lose by the outcome, or whose own work it is."""


class KeyPeriod(Term):
    """The days between which a key may be used, both included."""

    key: PublicKey
    from_: DateText | None = Field(default=None, alias="from")
    to: DateText | None = None

    @model_validator(mode="after")
    def _check(self) -> KeyPeriod:
        if self.from_ is None and self.to is None:
            raise fault("must have one of the keys from or to, or both; it has none of them.")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise fault(f"must not be before from, {self.from_}; got {self.to}.", "to")
        return self

    def holds_on(self, date: str) -> bool:
        """Whether the key may be used on a day."""
        return (self.from_ or date) <= date <= (self.to or date)


class Party(Term):
    """Someone the contract names, with the public keys it signs with; `organisation_number` is that of its register."""

    role: Role
    name: OneLine
    keys: Items[PublicKey] = ()
    valid: Items[KeyPeriod] = ()
    organisation_number: OneLine | None = None

    @model_validator(mode="after")
    def _check(self) -> Party:
        for position, period in enumerate(self.valid):
            if period.key not in self.keys:
                raise fault("is none of the party's keys.", "valid", position, "key")
            if period.key in [one.key for one in self.valid[:position]]:
                raise fault("has its days already; give each key one period.", "valid", position, "key")
        return self

    def keys_on(self, date: str) -> tuple[str, ...]:
        """The keys that may be used on a day."""
        ended = {period.key for period in self.valid if not period.holds_on(date)}
        return tuple(key for key in self.keys if key not in ended)

    @property
    def most_keys(self) -> int:
        """How many of its keys may be used on one and the same day, at most."""
        days = {"9999-12-31", *(day for period in self.valid for day in (period.from_, period.to) if day is not None)}
        return max(len(self.keys_on(day)) for day in days)


class Signing(Term):
    """Who must sign a certificate: at least `threshold` of the keys, or of the parties, with one of the `roles`.

    Counted by parties, one party that holds several keys, as when it changes its key, signs once.
    """

    threshold: Annotated[int, Field(ge=1)]
    roles: Annotated[Items[Role], Field(min_length=1)]
    count: Literal["keys", "parties"] = "keys"


def same_organisation(one: Party, other: Party) -> bool:
    """Whether two parties state one number of their register, however it is written.

    Parameters
    ----------
    one, other : Party

    Returns
    -------
    bool
        False where either states none.
    """
    numbers = [re.sub(r"[^0-9a-z]", "", (party.organisation_number or "").casefold()) for party in (one, other)]
    return numbers[0] == numbers[1] != ""


def check_parties(parties: Mapping[str, Party], signing: Signing, signed: str) -> None:
    """Each name and key belongs to one party once, and enough keys may sign.

    Parameters
    ----------
    parties : mapping of str to Party
    signing : Signing
    signed : str
        The day of the contract, YYYY-MM-DD.

    Raises
    ------
    PydanticCustomError
        At the party's own place, or at that of who must sign.
    """
    names: dict[str, str] = {}
    for id, party in parties.items():
        name = " ".join(party.name.split()).casefold()
        if name in names:
            raise fault(f"is the name of {names[name]} already; tell them apart.", "parties", id, "name")
        names[name] = id
    owners: dict[str, str] = {}
    for id, party in parties.items():
        for position, key in enumerate(party.keys):
            if key in owners:
                raise fault(f"is a key of {owners[key]} already; give each its own.", "parties", id, "keys", position)
            owners[key] = id
    roles = {party.role for party in parties.values()}
    for position, role in enumerate(signing.roles):
        if role not in roles:
            raise fault(f"is the role of no party; got {role}.", "signing", "roles", position)
        if role in signing.roles[:position]:
            raise fault(f"stands twice; got {role}.", "signing", "roles", position)
    able = max(_able_on(day, parties, signing) for day in _days(parties, signed))
    what = "parties with a key" if signing.count == "parties" else "keys"
    if able < signing.threshold:
        raise fault(
            f"must be at most the number of {what} of these roles, {able}; got {signing.threshold}.",
            "signing",
            "threshold",
        )


def _days(parties: Mapping[str, Party], signed: str) -> set[str]:
    """Days from the signing on, among which is one on which as many may sign as ever may."""
    bounds = (day for party in parties.values() for one in party.valid for day in (one.from_, one.to))
    return {signed, *(day for day in bounds if day is not None and day >= signed)}


def _able_on(day: str, parties: Mapping[str, Party], signing: Signing) -> int:
    """How many signatures count on a day, at most."""
    held = [len(party.keys_on(day)) for party in parties.values() if party.role in signing.roles]
    return sum(map(bool, held)) if signing.count == "parties" else sum(held)
