"""The file of a register of claims: which certificates were entered, and keyed digests of what each counts."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from effekt._validation import join_words
from effekt.certificates.canonical import MAX_BYTES, canonical_json, parse_json
from effekt.certificates.files import read_file, write_atomic
from effekt.exceptions import ArgumentError, CertificateError
from effekt.workflow.same_person import plain_form

SCHEMA = "effekt/claims/1"
_TEXTS = ("contract", "contract_sha256", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A certificate that was entered.

    Attributes
    ----------
    contract, contract_sha256 : str
        The id and the digest of its contract file.
    date : str
    outcomes : mapping of analysis to str
        The words that its outcomes were entered under, as they were given.
    supersedes : str or None
        The digest of the final certificate whose place it takes, by itself or by others, which pay nothing.
    """

    contract: str
    contract_sha256: str
    date: str
    outcomes: Mapping[str, str]
    supersedes: str | None = None

    def to_plain(self) -> dict[str, Any]:
        """As it stands in the file."""
        plain = {name: getattr(self, name) for name in _TEXTS} | {"outcomes": dict(self.outcomes)}
        return plain if self.supersedes is None else plain | {"supersedes": self.supersedes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All that a register holds.

    Attributes
    ----------
    certificates : mapping of digest to Entered
    claims : mapping of keyed digest to str
        Which certificate has an outcome.
    """

    certificates: Mapping[str, Entered] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> dict[str, str]:
        """Every word of an outcome, by its plain form."""
        words = [word for one in self.certificates.values() for word in one.outcomes.values()]
        return {plain_form(word): word for word in sorted(words, reverse=True)}

    def successors(self, certificate: str) -> tuple[str, ...]:
        """Those that say that they take the place of a certificate."""
        return tuple(sorted(id for id, one in self.certificates.items() if one.supersedes == certificate))


def read_register(path: Path, salt: bytes, *, begin: bool) -> Register:
    """Read a register, or begin one.

    Parameters
    ----------
    path : Path
    salt : bytes
        The one that it was written under.
    begin : bool
        Whether it is begun, and must not be there; else it must.

    Returns
    -------
    Register

    Raises
    ------
    CertificateError
        For a file that is there and should not be or the other way round, that is no register, that was changed since,
        or that was written under another salt.
    """
    if begin and os.path.lexists(path):
        raise CertificateError(f"The register {path.name!r} is there already; enter into it, or begin another file.")
    if begin:
        return Register()
    if not path.exists():
        raise CertificateError(
            f"The register {path.name!r} is not there; name it as it was written, or say that it is to be begun "
            "(--new-salt, begin=True)."
        )
    plain: Any = parse_json(read_file(path, MAX_BYTES), f"The register {path.name!r}")
    if not _is_register(plain):
        raise CertificateError(f"The file {path.name!r} is no register of claims; name the register as it was written.")
    if not hmac.compare_digest(plain.pop("hmac_sha256"), _sealed(plain, salt)):
        raise CertificateError(
            f"The register {path.name!r} was written under another salt, or was changed since it was written; under "
            "this salt nothing in it would be found. Give the salt that it was begun with, or the register as it was "
            "written."
        )
    certificates = {id: Entered(**one) for id, one in plain["certificates"].items()}
    return Register(certificates=certificates, claims=plain["claims"])


def write_register(path: Path, register: Register, salt: bytes) -> None:
    """Write a register whole, with a digest by which another salt and a later change show.

    Parameters
    ----------
    path : Path
    register : Register
    salt : bytes

    Raises
    ------
    CertificateError
        Where it would be too large to be read again, or cannot be written.
    """
    plain = {
        "schema": SCHEMA,
        "certificates": {id: one.to_plain() for id, one in register.certificates.items()},
        "claims": dict(register.claims),
    }
    raw = canonical_json(plain | {"hmac_sha256": _sealed(plain, salt)})
    if len(raw) > MAX_BYTES:
        raise CertificateError(
            f"The register {path.name!r} would be larger than the {MAX_BYTES} bytes that can be read again; keep one "
            "for each outcome."
        )
    write_atomic(path, raw, overwrite=True)


def check_words(words: Mapping[str, str], register: Register, related: Iterable[str], *, new: bool) -> None:
    """Refuse a word that the register has otherwise for the contract, and one that it does not know.

    Parameters
    ----------
    words : mapping of analysis to str
    register : Register
    related : iterable of str
        Digests of the contract's file and of those before its amendments.
    new : bool
        Whether words may be new to a register that holds others.

    Raises
    ------
    ArgumentError
        Naming the word, and those that the register has.
    """
    own = [one for one in register.certificates.values() if one.contract_sha256 in related]
    for analysis, word in words.items():
        for entered in own:
            known = entered.outcomes.get(analysis, word)
            if plain_form(known) != plain_form(word):
                raise ArgumentError(
                    f"`outcomes` must have the word that the register has for {analysis} of this contract, {known!r}; "
                    f"got {word!r}, under which the same outcomes would be entered a second time."
                )
        if register.certificates and not new and plain_form(word) not in register.words:
            known = join_words([repr(one) for one in sorted(register.words.values())], "and")
            raise ArgumentError(
                f"`outcomes` has a word for {analysis} that the register does not know, {word!r}; it knows {known}. "
                "Two contracts that pay for the same must have the same word: give that, or, where it is another "
                "outcome, say so (--new-outcome, new_outcomes=True)."
            )


def _sealed(plain: Mapping[str, Any], salt: bytes) -> str:
    return hmac.new(salt, canonical_json(dict(plain)), hashlib.sha256).hexdigest()


def _is_register(plain: object) -> bool:
    return (
        isinstance(plain, dict)
        and set(plain) == {"schema", "certificates", "claims", "hmac_sha256"}
        and plain["schema"] == SCHEMA
        and isinstance(plain["hmac_sha256"], str)
        and plain["hmac_sha256"].isascii()
        and isinstance(plain["certificates"], dict)
        and all(_is_entered(one) for one in plain["certificates"].values())
        and isinstance(plain["claims"], dict)
        and all(isinstance(one, str) and one in plain["certificates"] for one in plain["claims"].values())
    )


def _is_entered(plain: object) -> bool:
    if not isinstance(plain, dict) or not {*_TEXTS, "outcomes"} <= set(plain) <= {*_TEXTS, "outcomes", "supersedes"}:
        return False
    texts = [value for name, value in plain.items() if name != "outcomes"]
    words = plain["outcomes"]
    return isinstance(words, dict) and all(isinstance(one, str) for one in (*texts, *words.values()))
