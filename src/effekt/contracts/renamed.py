"""A line that an amended contract file has under another name, on the same figures: it is not paid again.

What is no such line is another one, and nothing of what was paid of the former is counted in it.
"""

from __future__ import annotations

from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_once import paid_once


def renamed(old: ContractTerms, new: ContractTerms) -> dict[str, str]:
    """The lines that one contract file has under another name than another.

    Parameters
    ----------
    old, new : ContractTerms
        Of two files of one contract.

    Returns
    -------
    dict of line to line
        The name in `new` by that in `old`: neither file has a line of the other's name, and both lines have the same
        figure as `paid` under ``true_up``, which no other line of either file has; or both are paid once and read the
        same figures, as no other line does that is in one of the files alone.
    """
    before, after = ({**_by_paid(one), **_once_by_figures(one, other)} for one, other in ((old, new), (new, old)))
    return {
        was: now
        for key in before.keys() & after.keys()
        for was, *others in [before[key]]
        for now, *more in [after[key]]
        if not (others or more) and was not in new.payment.lines and now not in old.payment.lines
    }


def _by_paid(terms: ContractTerms) -> dict[tuple[str, ...], list[str]]:
    """The lines that deduct each figure."""
    found: dict[tuple[str, ...], list[str]] = {}
    for id, line in terms.payment.lines.items():
        if line.true_up is not None and line.cumulative:
            found.setdefault(("paid", line.true_up.paid), []).append(id)
    return found


def _once_by_figures(terms: ContractTerms, other: ContractTerms) -> dict[tuple[str, ...], list[str]]:
    """The lines that are paid once and that another file does not have, by the figures that each reads."""
    found: dict[tuple[str, ...], list[str]] = {}
    for id, line in terms.payment.lines.items():
        if paid_once(id, terms) and id not in other.payment.lines and line.operands():
            found.setdefault(("once", *sorted(line.operands())), []).append(id)
    return found


def taken_away_beside_new(old: ContractTerms, new: ContractTerms) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that one contract file has no more, and those paid once that it has beside them, none of them renamed.

    Parameters
    ----------
    old, new : ContractTerms
        Of two files of one contract.

    Returns
    -------
    tuple of str, tuple of str
        Of `old` and of `new`: what was paid of the first is not counted in the second, which deduct nothing.
    """
    named = renamed(old, new)
    gone = tuple(id for id in old.payment.lines if id not in new.payment.lines and id not in named)
    added = [id for id in new.payment.lines if id not in old.payment.lines and id not in named.values()]
    return gone, tuple(id for id in added if paid_once(id, new))
