"""Caps and floors over a line that is paid once and others, where several days are announced.

A line that is paid once has an amount on one of several days, and on the others none. Settled again on its own day
after a later one, what is paid in parts beside it has none either, but in a contract with lines that are paid each day,
where that day counts before the later one. Where a cap or floor may change one line by another that has no amount,
both are without.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.liability import line_bounds
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_once import paid_once
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


def coupled_lines(contract: Contract) -> Iterator[Text]:
    """Rules by which a line that is paid once and another may leave each other without an amount.

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
        if once and len(lines) > 1 and may_change(rule, lines, terms):
            yield _coupled(place, lines, once, terms)


def may_change(rule: Rule, lines: tuple[str, ...], terms: ContractTerms) -> bool:
    """Whether a cap or floor may change an amount, by the least and the most that its lines can pay.

    Parameters
    ----------
    rule : ContractCap or ContractFloor
    lines : tuple of str
    terms : ContractTerms

    Returns
    -------
    bool
    """
    lows, highs = zip(*(line_bounds(terms.payment.lines[id], terms) for id in lines), strict=True)
    least, most = ([end for end in ends if end is not None] for ends in (lows, highs))
    if isinstance(rule, ContractFloor):
        return len(least) < len(lines) or sum(least) < Fraction(rule.amount)
    return len(most) < len(lines) or sum(most) > Fraction(rule.amount)


def _coupled(place: str, lines: Sequence[str], once: Sequence[str], terms: ContractTerms) -> Text:
    (en, sv), (once_en, once_sv) = ([join_words(ids, word) for word in ("and", "och")] for ids in (lines, once))
    are = "is" if len(once) == 1 else "are"
    then = _way_out([id for id in lines if terms.payment.lines[id].cumulative], terms)
    return Text(
        en=f"{place} counts {en}, of which {once_en} {are} paid once: on an announced day on which one of these lines "
        f"has no amount, another has none either where {place} may change it by that one. So it is on other days than "
        f"that of a line paid once{then.en} Have lines under it that are due on the same days, or give each a cap and "
        "floor of its own so that it is never reached.",
        sv=f"{place} räknar {sv}, av vilka {once_sv} betalas en gång: en angiven dag då en av dessa rader saknar "
        f"belopp saknar en annan det också om {place} kan ändra den efter den första. Så är det andra dagar än den för "
        f"en rad som betalas en gång{then.sv} Låt den gälla rader som ska betalas samma dagar, eller ge var rad ett "
        "eget tak och golv så att den aldrig nås.",
    )


def _way_out(in_parts: Sequence[str], terms: ContractTerms) -> Text:
    """What settles the lines again, where a later day than that of a line paid once has counted those paid in parts."""
    if not in_parts:
        return Text(
            en=". A certificate on which all of them have a value settles them.",
            sv=". Ett intyg där alla har ett värde avräknar dem.",
        )
    en, sv = (join_words(in_parts, word) for word in ("and", "och"))
    if any(line.paid_each is not None for line in terms.payment.lines.values()):
        return Text(
            en=", and where its day is settled again after a later one, unless "
            f"{en} {'is' if len(in_parts) == 1 else 'are'} settled there too as on that day.",
            sv=f", och när dess dag avräknas på nytt efter en senare, om inte också {sv} avräknas där som den dagen.",
        )
    return Text(
        en=f", and where its day is settled again after a later one, when {en} "
        f"{'has' if len(in_parts) == 1 else 'have'} none any more; then only an amendment settles it.",
        sv=f", och när dess dag avräknas på nytt efter en senare, då {sv} inte har något längre; då kan bara en "
        "ändring av avtalet avräkna det.",
    )
