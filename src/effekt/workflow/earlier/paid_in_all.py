"""What a certificate pays together with those of its contract file that stand beside it, as far as they are given."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from effekt.certificates.certificate import Certificate
from effekt.contracts.money import fraction
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.links import missing_link


def standing(found: Certificate, several: Sequence[Certificate]) -> list[Certificate]:
    """The final certificates that pay by the same contract file, oldest first, the certificate itself last.

    Parameters
    ----------
    found : Certificate
    several : sequence of Certificate
        Those before it that bind.

    Returns
    -------
    list of Certificate
        Without those whose place another one takes or, where one was not given, may have taken. Of an amended contract
        the certificate alone, and none for a day before the amendment held, since what the files before let be paid is
        not in what is declared of this one.
    """
    if found.kind != "final":
        return []
    amendment = found.contract.model.amendment
    if amendment is not None:
        day = settlement_of(found, found.contract) or found.date
        return [found] if day >= amendment.date else []
    every = (*several, found)
    replaced = {one.supersedes.sha256 for one in every if one.supersedes is not None}
    stands = [
        one
        for one in several
        if one.kind == "final"
        and one.contract.sha256 == found.contract.sha256
        and one.sha256 not in (*replaced, found.sha256)
        and missing_link(one, every) is None
    ]
    return [*sorted(stands, key=lambda one: (one.settles or one.date, one.date)), found]


def paid_in_all(stands: Sequence[Certificate]) -> Fraction:
    """The sum of what certificates that stand beside each other pay, guarantees included.

    Parameters
    ----------
    stands : sequence of Certificate
        As `standing` gives them.

    Returns
    -------
    Fraction
        A line with a `true_up` counts by what is paid of it to date, one with `paid_each` on each announced day, any
        other once.
    """
    amounts: dict[tuple[str, str | None], Fraction] = {}
    for one in stands:
        terms, amended = one.contract.model.payment.lines, one.contract.model.amendment is not None
        to_date = {} if amended else one.paid_to_date
        for line in one.settlement.lines:
            if line.amount is not None:
                each = one.settles if line.id in terms and terms[line.id].paid_each else None
                amounts[line.id, each] = fraction(to_date.get(line.id, line.amount))
    borne = [fraction(due.amount) for one in stands for due in one.settlement.guarantees if due.amount is not None]
    return sum((*amounts.values(), *borne), Fraction(0))
