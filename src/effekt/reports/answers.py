"""What a certificate itself answers to an item of the checklist: a verdict, what it rests on, and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from effekt._text import Text
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.contracts.declarations import CheckVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One answer.

    Attributes
    ----------
    verdict : {"pass", "fail", "not_applicable", "not_determinable"}
    note : Text
        Why, in a few words.
    evidence : str or None
        SHA-256 of what it rests on; None where it rests on something that is not there.
    """

    verdict: CheckVerdict
    note: Text
    evidence: str | None = None


def judged(holds: bool, evidence: str | None, yes: Text, no: Text) -> Found:
    """An item that holds or does not."""
    return Found(verdict="pass" if holds else "fail", note=yes if holds else no, evidence=evidence)


def fails(en: str, sv: str, evidence: str | None) -> Found:
    """An item that does not hold, and why."""
    return Found(verdict="fail", note=Text(en=en, sv=sv), evidence=evidence)


def holds_with(en: str, sv: str, evidence: str | None) -> Found:
    """An item that holds, and why."""
    return Found(verdict="pass", note=Text(en=en, sv=sv), evidence=evidence)


def cannot_tell(en: str, sv: str, evidence: str | None = None) -> Found:
    """An item that the certificate alone cannot answer, with what it nevertheless knows."""
    return Found(verdict="not_determinable", note=Text(en=en, sv=sv), evidence=evidence)


def not_asked(en: str, sv: str) -> Found:
    """An item about something that the contract does not have."""
    return Found(verdict="not_applicable", note=Text(en=en, sv=sv))


def digest_of(plain: Any) -> str:
    """SHA-256 of plain values in canonical form."""
    return hashlib.sha256(canonical_json(plain)).hexdigest()


@lru_cache(maxsize=64)
def digest_of_part(certificate: Certificate, part: str) -> str:
    """SHA-256 of one part of what a certificate states, such as its results."""
    return digest_of(certificate.predicate[part])


def results_digest(certificate: Certificate) -> str:
    """SHA-256 of the results."""
    return digest_of_part(certificate, "results")


def settlement_digest(certificate: Certificate) -> str:
    """SHA-256 of the settlement."""
    return digest_of_part(certificate, "settlement")
