"""What disputes keep back of each line: what the certificate's figures and those a party admits give alike is paid.

A reading is made of the whole settlement. In the lower one no line has more of its own than on the certificate's
figures, in the upper one none less: whoever admits more of one line takes nothing from another under a common cap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.between_lines import Draft
from effekt.contracts.figures import DerivedFigure, Figure
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import Step
from effekt.contracts.paying import reading
from effekt.contracts.payment import ContractFloor
from effekt.exceptions import ContractError

Between: TypeAlias = Callable[[list[Draft]], list[Draft]]
"""What holds between lines, applied to the lines' own amounts."""
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What one party admits: its name, the values, the contract's figures with them and each line's own amount."""

    by: str
    values: Mapping[str, str]
    figures: Mapping[str, Figure]
    own: Sequence[Draft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Lines with what is paid while figures are disputed, and what of each is kept back."""

    drafts: list[Draft]
    withheld: Mapping[str, Fraction]


def as_admitted(terms: ContractTerms, complete: Mapping[str, Figure], admitted: Mapping[str, str]) -> dict[str, Figure]:
    """The figures that are not derived, with the values that a party admits; without one where it admits none.

    Parameters
    ----------
    terms : ContractTerms
    complete : mapping of figure to Figure
    admitted : mapping of figure to decimal or "none"

    Returns
    -------
    dict of figure to Figure
        What is taken from data by the help of a disputed figure has no value either.
    """
    found = {}
    for id, figure in complete.items():
        term = terms.figures[id]
        if isinstance(term, DerivedFigure):
            continue
        value = admitted.get(id)
        if value is not None and value != "none":
            figure = replace(figure, state="determined", value=_padded(value, term.digits), reason=None)
        elif set(admitted).intersection(reading((id,), terms.figures)):
            reason = Text(en=f"{id} is disputed.", sv=f"{id} är bestriden.")
            figure = replace(figure, state="referred", value=None, reason=reason)
        found[id] = figure
    return found


def _padded(value: str, digits: int) -> str:
    whole, _, decimals = value.partition(".")
    return f"{whole}.{decimals.ljust(digits, '0')}" if digits else whole


def check_admitted(own: Sequence[Draft], admitted: Admitted, terms: ContractTerms) -> None:
    """Refuse values that cannot be: with them a clause or a computed figure that has a value gives none.

    Parameters
    ----------
    own : sequence of Draft
        Each line's own amount on the certificate's figures.
    admitted : Admitted
    terms : ContractTerms

    Raises
    ------
    ContractError
        Naming the party, its figures and why.
    """
    given = [id for id, value in admitted.values.items() if value != "none"]
    for before, after in zip(own, admitted.own, strict=True):
        if before.value is None or after.value is not None or not given:
            continue
        why = list(after.referred)
        why += [
            Text(en=f"{id} cannot be computed.", sv=f"{id} kan inte beräknas.")
            for id in after.missing
            if _all_known(id, admitted.figures, terms)
        ]
        if why:
            raise ContractError(
                f"disputed by {admitted.by}: what is admitted of {join_words(given, 'and')} cannot be, since the line "
                f"{after.id} has no amount with it: {why[0].en.rstrip('.')}. Admit a value that can be, or none.",
                sv=f"disputed av {admitted.by}: det som medges av {join_words(given, 'och')} är inte möjligt, eftersom "
                f"raden {after.id} inte får något belopp med det: {why[0].sv.rstrip('.')}. Medge ett möjligt värde, "
                "eller none.",
            )


def _all_known(id: str, figures: Mapping[str, Figure], terms: ContractTerms) -> bool:
    """Whether everything that a computed figure is computed from has a value."""
    leaves = [name for name in reading((id,), terms.figures) if not isinstance(terms.figures[name], DerivedFigure)]
    return all(figures[name].value is not None for name in leaves)


def keep_back(
    own: Sequence[Draft],
    claimed: Sequence[Draft],
    admitted: Sequence[Admitted],
    between: Between,
    terms: ContractTerms,
    basis: Basis,
    *,
    floor: bool,
) -> Kept:
    """Pay of each line what no party disputes, or nothing where the contract pays nothing meanwhile.

    Parameters
    ----------
    own : sequence of Draft
        Each line's own amount on the certificate's figures.
    claimed : sequence of Draft
        The lines after what holds between them.
    admitted : sequence of Admitted
    between : callable
        What holds between lines.
    terms : ContractTerms
    basis : Basis
    floor : bool
        Whether floors apply: what every reading gives of them is paid, too.

    Returns
    -------
    Kept

    Notes
    -----
    A line that is paid takes the least of the certificate's amount and the lower readings, one that is paid back the
    least in size of it and the upper readings, and nothing where they part in sign. Where a line has no amount on a
    reading, since others are open, it counts as the least that it can be there.
    """
    netted = () if terms.payment.netting is None else terms.payment.netting.lines
    far = sum((abs(draft.value) for draft in own if draft.value is not None), Fraction(0))
    now = [draft.value for draft in claimed]
    lower, upper = (
        [between(_reading(own, one.own, netted, far, lower=lower)) for one in admitted] for lower in (True, False)
    )
    if terms.disputes is None or not terms.disputes.undisputed_paid:
        now = [None if value is None else _ZERO for value in now]
    else:
        for position, draft in enumerate(claimed):
            for lines in upper if (draft.value or _ZERO) < 0 else lower:
                now[position] = _common(now[position], lines[position])
        if floor:
            now = _floored(now, [claimed, *lower], terms)
    drafts, withheld = [], {}
    for draft, value in zip(claimed, now, strict=True):
        if draft.value is not None and value is not None and value != draft.value:
            withheld[draft.id] = draft.value - value
            draft = draft.gets(value, _kept_step(draft.value, value, basis))
        drafts.append(draft)
    return Kept(drafts=drafts, withheld=withheld)


def _reading(
    own: Sequence[Draft], admitted: Sequence[Draft], netted: Sequence[str], far: Fraction, *, lower: bool
) -> list[Draft]:
    """Each line's own amount on a reading that is nowhere above the certificate's, or nowhere below it."""
    found = []
    for draft, other in zip(own, admitted, strict=True):
        if draft.value is None:
            found.append(draft)
            continue
        end = other.reach[0 if lower else 1]
        if end is None:  # nothing bounds it
            end = _ZERO if draft.id not in netted else -far if lower else far
        value = min(draft.value, end) if lower else max(draft.value, end)
        found.append(replace(draft, value=value, reach=(value, value)))
    return found


def _common(claimed: Fraction | None, reading: Draft) -> Fraction | None:
    """The part of an amount that another reading gives, too, whatever the lines turn out to be that are open in it."""
    if claimed is None:
        return None
    low, high = reading.reach
    return min(max(claimed, high or _ZERO), _ZERO) if claimed < 0 else max(min(claimed, low or _ZERO), _ZERO)


def _floored(
    now: Sequence[Fraction | None], readings: Sequence[Sequence[Draft]], terms: ContractTerms
) -> list[Fraction | None]:
    """Raise what is paid to what every reading gives together under each floor, at most the floor."""
    payment, paid = terms.payment, dict(zip(terms.payment.lines, now, strict=True))
    floors: list[tuple[tuple[str, ...], ContractFloor]] = [
        (tuple(one.lines), one) for one in (payment.floors or {}).values()
    ]
    floors += [] if payment.floor is None else [(tuple(payment.lines), payment.floor)]
    for lines, one in floors:
        sums = [_sum([draft.value for draft in reading if draft.id in lines]) for reading in readings]
        here, before = _sum([paid[id] for id in lines]), paid[one.raises]
        if here is None or before is None or None in sums:
            continue
        least = min(Fraction(one.amount), *(each for each in sums if each is not None))
        paid[one.raises] = before + max(least - here, _ZERO)
    return list(paid.values())


def _sum(values: Sequence[Fraction | None]) -> Fraction | None:
    return None if None in values else sum((value for value in values if value is not None), _ZERO)


def _kept_step(claimed: Fraction, now: Fraction, basis: Basis) -> Step:
    raised = now > claimed >= 0

    def sentence(say: Wording) -> str:
        amount, part, rest = (say.money(one) for one in (claimed, now, abs(claimed - now)))
        if raised:
            return say(
                sv=f"Golvet gäller vem som än får rätt i tvisten: {part} betalas nu, {rest} mer än {amount}, och "
                "räknas av när tvisten är avgjord.",
                en=f"The floor holds whoever is right in the dispute: {part} is paid now, {rest} more than {amount}, "
                "and is deducted when the dispute is decided.",
            )
        return say(
            sv=f"Av {amount} är {rest} tvistigt och hålls inne tills tvisten är avgjord; {part} betalas nu.",
            en=f"Of {amount}, {rest} is disputed and withheld until the dispute is decided; {part} is paid now.",
        )

    return basis.step("disputes", sentence, now)
