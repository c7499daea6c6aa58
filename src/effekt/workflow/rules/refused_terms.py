"""A certificate by a contract that is refused before it is settled: what was made by hand of it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from effekt._text import LANGUAGES, Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, format_money
from effekt.exceptions import EffektError
from effekt.workflow.earlier.paid_in_all import paid_in_all, standing
from effekt.workflow.findings import Finding, cannot_tell, in_swedish, made_by_earlier_version, same_or_different
from effekt.workflow.plan.declared_maximum import check_maximum
from effekt.workflow.refused import BEFORE_SETTLING, BEFORE_SIGNING, Rule
from effekt.workflow.software import not_installed


def refused_terms_findings(found: Certificate, several: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether the contract of a certificate is one that `settle` or `check` refuses, and pays more than it declares.

    Parameters
    ----------
    found : Certificate
    several : sequence of Certificate
        Those before it that bind.

    Yields
    ------
    Finding
        Of the maximum where one is declared; of the other terms only where a rule refuses them.
    """
    declares = found.contract.model.payment.maximum is not None
    stands = standing(found, several) if declares else []
    yield from refused_findings(
        found.contract, earlier_version=made_by_earlier_version(found), paid=paid_in_all(stands) if stands else None
    )


def refused_findings(contract: Contract, *, earlier_version: bool, paid: Fraction | None = None) -> Iterator[Finding]:
    """The same of a contract, and of an amount that is paid by it in all.

    Parameters
    ----------
    contract : Contract
    earlier_version : bool
        Whether an earlier version made what is verified, which may have had other rules: what this one refuses is then
        no difference.
    paid : Fraction, optional
        What is paid in all, or no more than that.

    Yields
    ------
    Finding
    """
    maximum = _maximum(contract, paid)
    if maximum is not None:
        above = paid is not None and paid > Fraction(contract.model.payment.maximum or 0)
        told = maximum.verdict == "different" and earlier_version and not above
        yield replace(maximum, verdict="cannot_tell") if told else maximum
    if not_installed(contract):
        return  # of which `recomputation` tells, as no analysis can be looked at
    settles = [rule for rule in BEFORE_SETTLING if rule is not check_maximum]
    if (error := _refused_by(settles, contract)) is not None:
        finding = _told(error, Text(en="`settle` refuses its contract", sv="`settle` godtar inte dess avtal"))
        yield finding if earlier_version else replace(finding, verdict="different")
    elif (error := _refused_by(BEFORE_SIGNING, contract)) is not None:
        yield _told(
            error,
            Text(
                en="`check` refuses its contract, which can be settled all the same",
                sv="`check` godtar inte dess avtal, som ändå kan avräknas",
            ),
        )


def _refused_by(rules: Sequence[Rule], contract: Contract) -> EffektError | None:
    """The first refusal: a rule may rest on those before it."""
    try:
        for rule in rules:
            rule(contract)
    except EffektError as error:
        return error
    return None


def _told(error: EffektError, start: Text) -> Finding:
    return cannot_tell("refused_terms", f"{start.en}: {error}", f"{start.sv}: {in_swedish(error)}")


def _maximum(contract: Contract, paid: Fraction | None) -> Finding | None:
    """What is declared held against what the terms can pay, and against what is paid."""
    declared, currency = contract.model.payment.maximum, contract.model.payment.currency
    if declared is None:
        return None
    most = {lang: format_money(declared, currency, lang) for lang in LANGUAGES}
    faults = []
    if (error := _refused_by([check_maximum], contract)) is not None:
        faults.append(
            Text(en=f"`check` refuses its contract: {error}", sv=f"`check` godtar inte dess avtal: {in_swedish(error)}")
        )
    if paid is not None and paid > Fraction(declared):
        sums = {lang: format_money(paid, currency, lang) for lang in LANGUAGES}
        faults.append(
            Text(
                en=f"{sums['en']} is paid in all, more than the {most['en']} that payment.maximum declares.",
                sv=f"{sums['sv']} betalas i allt, mer än de {most['sv']} som payment.maximum anger.",
            )
        )
    if not faults:
        return same_or_different(
            "maximum",
            True,
            f"The terms can pay no more than the {most['en']} that payment.maximum declares.",
            f"Villkoren kan inte betala mer än de {most['sv']} som payment.maximum anger.",
        )
    return same_or_different("maximum", False, " ".join(one.en for one in faults), " ".join(one.sv for one in faults))
