"""A line that an amended contract file has under another name: it deducts the same figure as paid before."""

from __future__ import annotations

from effekt.contracts.model import ContractTerms


def renamed(old: ContractTerms, new: ContractTerms) -> dict[str, str]:
    """The lines that one contract file has under another name than another.

    Parameters
    ----------
    old, new : ContractTerms
        Of two files of one contract.

    Returns
    -------
    dict of line to line
        The name in `new` by that in `old`: neither file has a line of the other's name, both lines have the same figure
        as `paid` under ``true_up``, and no other line of either file has it.
    """
    before, after = _by_paid(old), _by_paid(new)
    return {
        was: now
        for paid in before.keys() & after.keys()
        for was, *others in [before[paid]]
        for now, *more in [after[paid]]
        if not (others or more) and was not in new.payment.lines and now not in old.payment.lines
    }


def _by_paid(terms: ContractTerms) -> dict[str, list[str]]:
    """The lines that deduct each figure."""
    found: dict[str, list[str]] = {}
    for id, line in terms.payment.lines.items():
        if line.true_up is not None and line.cumulative:
            found.setdefault(line.true_up.paid, []).append(id)
    return found
