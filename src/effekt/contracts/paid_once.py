"""Lines that are paid once: of all certificates one pays each, so that several settlements share them out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms

SHARED_OUT = 6  # of so many lines that a cap couples every way to share them out is tried

MostWith = Callable[[Collection[str]], Fraction | None]


def paid_once(id: str, terms: ContractTerms) -> bool:
    """Whether a line deducts nothing and is not paid on each announced day.

    Parameters
    ----------
    id : str
    terms : ContractTerms

    Returns
    -------
    bool
    """
    line = terms.payment.lines[id]
    return line.true_up is None and line.paid_each is None


def most_shared_out(once: Sequence[str], settlements: Sequence[MostWith]) -> Fraction | None:
    """The most of settlements together, each of which pays some of the lines that are paid once, and none two.

    Parameters
    ----------
    once : sequence of str
        Few: every way to share them out is tried.
    settlements : sequence of callable
        What each pays at most with these of the lines, beside those that it pays anyway.

    Returns
    -------
    Fraction or None
        None when nothing bounds it.
    """
    groups = range(1 << len(once))
    named = [[id for i, id in enumerate(once) if group >> i & 1] for group in groups]
    best = {0: Fraction(0)}
    for most in settlements:
        pays = [most(own) for own in named]
        if any(one is None for one in pays):
            return None
        found: dict[int, Fraction] = {}
        for before, amount in best.items():
            for group in groups:
                if not before & group:
                    both, more = before | group, amount + (pays[group] or Fraction(0))
                    found[both] = max(found.get(both, more), more)
        best = found
    return max(best.values())
