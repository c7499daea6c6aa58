"""Which certificate of a later announced day counts what an earlier day paid before that was settled again."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from effekt.certificates.certificate import Certificate
from effekt.contracts.earlier_sums import earlier_sums, paid_by
from effekt.contracts.figures import PaidBefore
from effekt.contracts.money import fraction


class Outdated(NamedTuple):
    """A certificate that is to be settled anew.

    `sums` are the figures that say what was paid before, each with what is attested and what it is by those of earlier
    days as they stand now.
    """

    certificate: Certificate
    sums: dict[str, tuple[Fraction, Fraction]]


def outdated(known: Sequence[Certificate]) -> Outdated | None:
    """The certificate of the first announced day of which earlier ones were settled again since, with other amounts.

    Parameters
    ----------
    known : sequence of Certificate
        Superseded ones too.

    Returns
    -------
    Outdated or None
        None also where one that would show what changed is not known. Those of later days count what it pays, and are
        told when it has been settled anew.
    """
    replaced = {one.supersedes.sha256 for one in known if one.supersedes is not None}
    stand = [one for one in known if one.sha256 not in replaced and one.kind != "interim"]
    for one in sorted(stand, key=lambda one: one.settles or ""):
        sums = _changed(one, known)
        if sums:
            return Outdated(one, sums)
    return None


def _changed(one: Certificate, known: Sequence[Certificate]) -> dict[str, tuple[Fraction, Fraction]]:
    """The sums that a certificate has of earlier days, where those have changed since."""
    attested, since = values_of(one), set_since(one, known)
    changes = [(new, old) for new, old in since if old is not None]
    if len(changes) < len(since):
        return {}
    found = dict[str, tuple[Fraction, Fraction]]()
    for id, summed in earlier_sums(one.contract.model).items():
        more = sum((paid_of(new, summed) - paid_of(old, summed) for new, old in changes), Fraction(0))
        if id in attested and more:
            found[id] = attested[id], attested[id] + more
    return found


def set_since(last: Certificate, known: Sequence[Certificate]) -> tuple[tuple[Certificate, Certificate | None], ...]:
    """What took a place on an announced day before that of a certificate after it was made.

    Parameters
    ----------
    last : Certificate
    known : sequence of Certificate
        Superseded ones too.

    Returns
    -------
    tuple of (Certificate, Certificate or None)
        The new one and that whose place it took; None where that is not known.
    """
    by_digest = {one.sha256: one for one in known}
    late = [one for one in known if one.date > last.date and one.kind != "interim"]
    return tuple(
        (one, by_digest.get(one.supersedes.sha256))
        for one in late
        if one.supersedes is not None and (one.settles or "") < (last.settles or "")
    )


def paid_of(certificate: Certificate, summed: PaidBefore) -> Fraction:
    """What a certificate adds to a sum of what was paid: nothing unless it is final.

    Parameters
    ----------
    certificate : Certificate
    summed : PaidBefore

    Returns
    -------
    Fraction
    """
    return paid_by(certificate.settlement, summed) if certificate.kind == "final" else Fraction(0)


def values_of(certificate: Certificate) -> dict[str, Fraction]:
    """The figures of a certificate that have a value.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of figure to Fraction
    """
    return {one.id: fraction(one.value) for one in certificate.figures if one.value is not None}
