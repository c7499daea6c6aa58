"""What disputes keep back of each line: what the certificate's figures and those a party admits give alike is paid.

A reading is made of the whole settlement. In the lower one no line has more of its own than on the certificate's
figures, in the upper one none less: whoever admits more of one line takes nothing from another under a common cap. In
the middle one each line has of its own what is not disputed of it: a deduction that is disputed is not made there, and
leaves others no room under a cap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.between_lines import Draft, between_lines, under_caps
from effekt.contracts.figures import DerivedFigure, Figure
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import Step
from effekt.contracts.paying import reading
from effekt.contracts.payment import ContractCap, ContractFloor
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
    A line that is paid takes the least of the certificate's amount and the lower and middle readings, one that is paid
    back the least in size of it and the upper readings, and nothing where they part in sign. Where a line has no amount
    on a reading, since others are open, it counts as the least that it can be there. A line that a floor raises counts
    as without the floor, and is then raised to what every reading gives under it. What is left is under every cap.
    """
    if terms.disputes is not None and terms.disputes.undisputed_paid:
        now = _undisputed(own, claimed, admitted, between, terms, replace(basis, in_words=False), floor=floor)
    else:
        now = [None if draft.value is None else _ZERO for draft in claimed]
    drafts, withheld = [], {}
    for draft, value in zip(claimed, now, strict=True):
        if draft.value is not None and value is not None and value != draft.value:
            withheld[draft.id] = draft.value - value
            draft = draft.gets(value, _kept_step(draft.value, value, basis))
        drafts.append(draft)
    return Kept(drafts=drafts, withheld=withheld)


def _undisputed(
    own: Sequence[Draft],
    claimed: Sequence[Draft],
    admitted: Sequence[Admitted],
    between: Between,
    terms: ContractTerms,
    basis: Basis,
    *,
    floor: bool,
) -> list[Fraction | None]:
    """Of each line what every reading gives, with the floors that hold on all of them and under every cap."""
    payment = terms.payment
    floors = [(tuple(one.lines), one) for one in (payment.floors or {}).values()] if floor else []
    of_all = [(tuple(payment.lines), payment.floor)] if floor and payment.floor is not None else []
    raised = {one.raises for _, one in (*floors, *of_all)}

    def without(lines: list[Draft], whole: Sequence[Draft]) -> list[Draft]:
        """The whole, but for lines that a floor raises as they are without floors."""
        bare = between_lines(lines, basis, terms, floor=False) if raised else whole
        return [one if one.id in raised else other for one, other in zip(bare, whole, strict=True)]

    netted = () if payment.netting is None else payment.netting.lines
    far = sum((abs(draft.value) for draft in own if draft.value is not None), _ZERO)
    lower, upper = ([_reading(own, one.own, netted, far, lower=lower) for one in admitted] for lower in (True, False))
    below = [*lower, *(_middle(own, one.own) for one in admitted)]
    wholes = [between(lines) for lines in below]
    least = [without(lines, whole) for lines, whole in zip(below, wholes, strict=True)]
    most = [without(lines, between(lines)) for lines in upper]
    now: list[Fraction | None] = []
    for position, draft in enumerate(without(list(own), claimed)):
        value = None if claimed[position].value is None else draft.value or _ZERO
        for lines in most if (value or _ZERO) < 0 else least:
            value = _common(value, lines[position])
        now.append(value)
    now = _capped(now, claimed, (payment.caps or {}).values(), terms, basis)
    now = _floored(now, [claimed, *wholes], floors, terms)
    now = _capped(now, claimed, () if payment.cap is None else (payment.cap,), terms, basis)
    return _floored(now, [claimed, *wholes], of_all, terms)


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


def _middle(own: Sequence[Draft], admitted: Sequence[Draft]) -> list[Draft]:
    """Of each line's own amount what is not disputed: a deduction that is leaves no room for others under a cap."""
    values = [_common(draft.value, other) for draft, other in zip(own, admitted, strict=True)]
    return _with(own, values)


def _with(drafts: Sequence[Draft], values: Sequence[Fraction | None]) -> list[Draft]:
    """The lines with other amounts; those without one as they are."""
    pairs = zip(drafts, values, strict=True)
    return [one if value is None else replace(one, value=value, reach=(value, value)) for one, value in pairs]


def _common(claimed: Fraction | None, reading: Draft) -> Fraction | None:
    """The part of an amount that another reading gives, too, whatever the lines turn out to be that are open in it."""
    if claimed is None:
        return None
    low, high = reading.reach
    return min(max(claimed, high or _ZERO), _ZERO) if claimed < 0 else max(min(claimed, low or _ZERO), _ZERO)


def _capped(
    now: Sequence[Fraction | None],
    claimed: Sequence[Draft],
    caps: Iterable[ContractCap],
    terms: ContractTerms,
    basis: Basis,
) -> list[Fraction | None]:
    """What is paid, under caps: what several parties dispute, each alone, may be more together."""
    under = under_caps(_with(claimed, now), caps, basis, terms)
    return [_common(value, draft) for value, draft in zip(now, under, strict=True)]


def _floored(
    now: Sequence[Fraction | None],
    readings: Sequence[Sequence[Draft]],
    floors: Iterable[tuple[tuple[str, ...], ContractFloor]],
    terms: ContractTerms,
) -> list[Fraction | None]:
    """Raise what is paid to what every reading gives together under each floor, at most the floor."""
    paid = dict(zip(terms.payment.lines, now, strict=True))
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
    raised, sunk = now > claimed >= 0, now < min(claimed, _ZERO)

    def sentence(say: Wording) -> str:
        amount, part, rest = map(say.money, (claimed, now, abs(claimed - now)))
        if raised:
            return say(
                sv=f"Golvet gäller vem som än får rätt i tvisten: {part} betalas nu, {rest} mer än {amount}, och "
                "räknas av när tvisten är avgjord.",
                en=f"The floor holds whoever is right in the dispute: {part} is paid now, {rest} more than {amount}, "
                "and is deducted when the dispute is decided.",
            )
        if sunk:
            return say(
                sv=f"Av golvets höjning är {rest} tvistigt och hålls inne tills tvisten är avgjord; {part} betalas nu "
                f"i stället för {amount}.",
                en=f"Of what the floor adds, {rest} is disputed and withheld until the dispute is decided; {part} is "
                f"paid now instead of {amount}.",
            )
        return say(
            sv=f"Av {amount} är {rest} tvistigt och hålls inne tills tvisten är avgjord; {part} betalas nu.",
            en=f"Of {amount}, {rest} is disputed and withheld until the dispute is decided; {part} is paid now.",
        )

    return basis.step("disputes", sentence, now)
