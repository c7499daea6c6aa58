"""What several settlements one after another pay where some lines are paid once, on one day of them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from effekt.contracts import Settlement
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_once import paid_once
from effekt.contracts.paying import reading
from effekt.workflow.plan.coupled_lines import may_change, rules_between


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOneDay:
    """Lines and guarantees that have an amount on one day alone, since a line that is paid once has.

    Attributes
    ----------
    lines : frozenset of str
        Those that are paid once, and those that a cap, a floor, netting or a figure couples to them: without them they
        may have no amount, or pay them again.
    guarantees : frozenset of str
        Those whose beneficiary some of these lines may reach.
    """

    lines: frozenset[str]
    guarantees: frozenset[str]

    @classmethod
    def of(cls, terms: ContractTerms) -> OnOneDay:
        """By the terms of a contract.

        Parameters
        ----------
        terms : ContractTerms

        Returns
        -------
        OnOneDay
        """
        payment = terms.payment
        lines = {id for id in payment.lines if paid_once(id, terms)}
        groups = [set(own) for _, rule, own in rules_between(terms) if may_change(rule, own, terms)]
        groups += [] if payment.netting is None else [set(payment.netting.lines)]
        read = {id: set(reading(line, terms.figures)) for id, line in payment.lines.items()}
        groups += [{id for id, own in read.items() if figure in own} for figure in terms.figures]
        while more := {id for group in groups if group & lines for id in group} - lines:
            lines |= more
        reached = {payment.lines[id].payee for id in lines}
        backed = payment.guarantees or {}
        some = {id for id, one in backed.items() if one.beneficiary in reached or (lines and payment.waterfall)}
        return cls(lines=frozenset(lines), guarantees=frozenset(some))

    def each_way(self, settled: Sequence[Settlement]) -> Iterator[tuple[Settlement, ...]]:
        """Settlements on the same figures, of which one pays these lines, and the others pay without them.

        Parameters
        ----------
        settled : sequence of Settlement
            As if each paid every line.

        Yields
        ------
        tuple of Settlement
            By each day that can be theirs; their totals are not added anew.
        """
        if not self.lines or len(settled) < 2:
            yield tuple(settled)
            return
        for day in range(len(settled)):
            yield tuple(self._paid(one, settled[0] if i == day else None) for i, one in enumerate(settled))

    def _paid(self, one: Settlement, own: Settlement | None) -> Settlement:
        """One of them, with these lines as the first of all has them, or without."""
        lines = [line for line in one.lines if line.id not in self.lines]
        backed = [each for each in one.guarantees if each.id not in self.guarantees]
        if own is not None:
            lines += [line for line in own.lines if line.id in self.lines]
            backed += [each for each in own.guarantees if each.id in self.guarantees]
        return replace(one, lines=tuple(lines), guarantees=tuple(backed))
