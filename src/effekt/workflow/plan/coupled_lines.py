"""What holds between lines that are paid once and lines that are paid in parts, so that one may wait for the other.

A line that is paid once has an amount on one of several announced days, and on the others none; settled again on its
own day after a later one it has no amount of what is paid in parts beside it. Where a cap or floor may change one by
the other, both are without an amount then. Netting never holds for lines of both kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.liability import line_bounds
from effekt.contracts.model import ContractTerms
from effekt.contracts.payment import ContractCap, ContractFloor, LinesCap, LinesFloor
from effekt.workflow.rules.dates import final_days

Rule = ContractCap | ContractFloor


def rules_between(terms: ContractTerms) -> Iterator[tuple[str, Rule, tuple[str, ...]]]:
    """Every cap and floor of several lines, by its place, with the lines that it holds for.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    str, Rule, tuple of str
    """
    payment, every = terms.payment, tuple(terms.payment.lines)
    named: dict[str, Rule | None] = {f"payment.caps.{id}": one for id, one in (payment.caps or {}).items()}
    named |= {f"payment.floors.{id}": one for id, one in (payment.floors or {}).items()}
    named |= {"payment.cap": payment.cap, "payment.floor": payment.floor}
    for place, rule in named.items():
        if rule is not None:
            yield place, rule, tuple(rule.lines) if isinstance(rule, LinesCap | LinesFloor) else every


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


def coupled_lines(contract: Contract) -> Iterator[Text]:
    """Rules by which a line that is paid once and one that is paid in parts may leave each other without an amount.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Text
        None where at most one day is announced, or where no amounts that the lines can have are changed by the rule.
    """
    terms = contract.model
    if len(final_days(contract)) < 2:
        return
    for place, rule, lines in rules_between(terms):
        once = [id for id in lines if paid_once(id, terms)]
        in_parts = [id for id in lines if terms.payment.lines[id].cumulative]
        if once and in_parts and _may_change(rule, lines, terms):
            yield _coupled(place, once, in_parts)


def _may_change(rule: Rule, lines: tuple[str, ...], terms: ContractTerms) -> bool:
    """Whether the rule may change an amount, by the least and the most that its lines can pay."""
    lows, highs = zip(*(line_bounds(terms.payment.lines[id], terms) for id in lines), strict=True)
    least, most = ([end for end in ends if end is not None] for ends in (lows, highs))
    if isinstance(rule, ContractFloor):
        return len(least) < len(lines) or sum(least) < Fraction(rule.amount)
    return len(most) < len(lines) or sum(most) > Fraction(rule.amount)


def _coupled(place: str, once: list[str], in_parts: list[str]) -> Text:
    (en, sv), (parts_en, parts_sv) = ([join_words(ids, word) for word in ("and", "och")] for ids in (once, in_parts))
    are, parts_are = ("is" if len(ids) == 1 else "are" for ids in (once, in_parts))
    return Text(
        en=f"{place} counts {en}, which {are} paid once, together with {parts_en}, which {parts_are} paid in parts: "
        f"where it may change one by the other, {parts_en} can be without an amount on a later day on which {en} has "
        f"none, and so can {en} where its own day is settled again after a later one; then only an amendment settles "
        "it. Have lines of one kind alone under it, or give each a cap and floor of its own so that it is never "
        "reached.",
        sv=f"{place} räknar {sv}, som betalas en gång, tillsammans med {parts_sv}, som betalas i delar: där den "
        f"kan ändra det ena efter det andra kan {parts_sv} vara utan belopp en senare dag då {sv} inte har något, och "
        f"likaså {sv} när dess egen dag avräknas på nytt efter en senare; då kan bara en ändring av avtalet avräkna "
        "det. Låt den gälla rader av ett slag, eller ge var rad ett eget tak och golv så att den aldrig nås.",
    )
