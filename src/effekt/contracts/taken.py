"""What events take of lines, and what then becomes of guarantees.

An event takes something of a line where less is paid of it than would be without the event: a line that pays nothing
anyway loses nothing. Each event is held against the whole settlement without any, on every reading of disputed figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from effekt._text import Text, with_capital
from effekt._validation import join_words
from effekt.contracts.between_lines import Draft
from effekt.contracts.endings import lapsed
from effekt.contracts.figures import undetermined
from effekt.contracts.gates import Basis
from effekt.contracts.happened import Event, Events, Fate, each_event
from effekt.contracts.model import ContractTerms
from effekt.contracts.payment import Payment
from effekt.contracts.receivers import guaranteed, undetermined_by
from effekt.contracts.settled import Distribution, SettledLine

Reading: TypeAlias = Callable[[Mapping[str, Fate], str | None], tuple[list[Draft], list[Draft]]]
"""Every line after what holds of it alone and after what holds between lines, by what is left of each and the floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Whether an event takes something of a line, None while that is not known, and the line without and with it."""

    taken: bool | None
    without: Draft
    left: Draft


def guaranteed_after(
    lines: Sequence[SettledLine],
    distribution: Distribution | None,
    basis: Basis,
    terms: ContractTerms,
    events: Events | None,
    readings: Sequence[Reading],
) -> tuple[SettledLine, ...]:
    """What guarantors pay; of what an event takes only if its clause says so, and else the parties must say.

    Parameters
    ----------
    lines : sequence of SettledLine
        As they are to be paid.
    distribution : Distribution or None
    basis : Basis
    terms : ContractTerms
    events : Events or None
    readings : sequence of Reading
        On the certificate's figures, and on those that each party admits.

    Returns
    -------
    tuple of SettledLine
        Nothing on any guarantee where the contract's end takes something and the clause has them lapse. One that turns
        on whether something is taken has no amount while that is not known, unless it is nothing anyway.
    """
    seen, unsure = {line.id: line for line in lines}, list[SettledLine]()
    for event in each_event(terms, events) if events is not None and terms.payment.guarantees else ():
        losses = {} if event.guaranteed == "applies" else _losses(event, readings, terms)
        taken = [id for id, loss in losses.items() if loss.taken]
        unknown = {id: _unknown(seen[id], event, loss, basis) for id, loss in losses.items() if loss.taken is None}
        if not event.ends or event.guaranteed != "lapses":
            told = {id: _unguaranteed(seen[id], event) for id in taken}
            seen |= {id: line for id, line in (told | unknown).items() if seen[id] in lines}
        elif taken:
            return lapsed(_takes(event, taken), basis, terms)
        else:
            unsure += unknown.values()
    found = guaranteed(tuple(seen.values()), distribution, basis, terms)
    return tuple(_waits(one, unsure, basis) for one in found) if unsure else found


def _losses(event: Event, readings: Sequence[Reading], terms: ContractTerms) -> dict[str, Loss]:
    """What an event alone takes of each line; not known where the readings of disputed figures differ."""
    every = [_on_one(event, reading, terms.payment) for reading in readings]
    return {
        id: loss if all(one[id].taken == loss.taken for one in every) else replace(loss, taken=None)
        for id, loss in every[0].items()
    }


def _on_one(event: Event, reading: Reading, payment: Payment) -> dict[str, Loss]:
    """The same on one reading."""
    (own, without), (own_left, left) = reading({}, "applies"), reading(event.fates, event.floor)
    floors = event.floor == "applies" or not (payment.floor or payment.floors)
    rules = (payment.netting, payment.caps, payment.floors, payment.cap, payment.floor)
    untouched = floors and all(
        _same(event.fates.get(one.id), one, other) for one, other in zip(own, own_left, strict=True)
    )
    return {
        one.id: Loss(
            taken=False if untouched else _taken(event.fates.get(one.id), one, other, alone=not any(rules)),
            without=one,
            left=other,
        )
        for one, other in zip(without, left, strict=True)
    }


def _taken(fate: Fate | None, without: Draft, left: Draft, *, alone: bool) -> bool | None:
    """Whether less is left of a line, which stands alone where no rule holds between lines."""
    if _refers(fate) or (alone and (fate is None or not fate.cuts)):
        return False
    if left.value is None:
        return None
    if without.value is not None:
        return left.value < without.value
    low, high = without.reach if alone else (None, None)
    if low is not None and low > left.value:
        return True
    return False if high is not None and high <= left.value else None


def _same(fate: Fate | None, own: Draft, left: Draft) -> bool:
    """Whether a line is by itself as it would have been, or referred only."""
    if fate is None or not fate.cuts:
        return True
    return own.value is not None and own.value == left.value


def _refers(fate: Fate | None) -> bool:
    return fate is not None and fate.rule == "refer"


# ------------------------------------------------------------------------------------------------------- in words


def _takes(event: Event, lines: Sequence[str]) -> Text:
    """'the contract ended on … and the ending takes something of the line b', to stand within a sentence."""
    one = len(lines) == 1
    return Text(
        en=f"{event.text.en} and the ending takes something of the {'line' if one else 'lines'} "
        f"{join_words(lines, 'and')}",
        sv=f"{event.text.sv} och upphörandet tar något av {'raden' if one else 'raderna'} {join_words(lines, 'och')}",
    )


def _unguaranteed(line: SettledLine, event: Event) -> SettledLine:
    """A line that an event takes something of, as its guarantors see it."""
    why = Text(
        en=f"The contract does not say whether the guarantee holds when {event.text.en}.",
        sv=f"Avtalet anger inte om garantin gäller när {event.text.sv}.",
    )
    if event.guaranteed == "lapses":  # which is said of the contract's end alone
        why = Text(
            en=f"{with_capital(event.text.en)}, which takes something of the line {line.id}; by the contract its "
            "guarantee is then referred to the parties.",
            sv=f"{with_capital(event.text.sv)}, vilket tar något av raden {line.id}; enligt avtalet hänskjuts då dess "
            "garanti till parterna.",
        )
    return replace(line, state="referred", amount=None, shares=(), reasons=(why,))


def _unknown(line: SettledLine, event: Event, loss: Loss, basis: Basis) -> SettledLine:
    """A line of which it is not known whether an event takes something, as its guarantors see it."""
    missing = tuple(dict.fromkeys((*loss.without.missing, *loss.left.missing)))
    referred = (*loss.without.referred, *loss.left.referred)
    why = Text(
        en=f"It is not known whether something of the line {line.id} is taken when {event.text.en}.",
        sv=f"Det är inte känt om något tas av raden {line.id} när {event.text.sv}.",
    )
    own = (basis.figures[id].reason for id in missing)
    return replace(
        line,
        state="referred" if referred or not missing else undetermined(basis.figures, missing),
        amount=None,
        shares=(),
        missing=missing,
        reasons=tuple(dict.fromkeys((why, *(reason for reason in own if reason is not None), *referred))),
    )


def _waits(guarantee: SettledLine, unsure: Sequence[SettledLine], basis: Basis) -> SettledLine:
    """A guarantee of which it is not known whether it lapses; one that is nothing anyway is nothing."""
    if guarantee.amount is not None and not Fraction(guarantee.amount):
        return guarantee
    own = [guarantee] if guarantee.amount is None else []
    missing, state, reasons = undetermined_by([*own, *unsure], (), basis)
    return replace(
        guarantee, state=state or "referred", amount=None, shares=(), missing=missing, reasons=reasons, steps=()
    )
