"""What holds between lines: netting, caps and floors of some lines, the contract's cap and floor, in this order.

While a line is undetermined, each rule is applied to the least and to the most it can pay. A line that gets the same
amount both times is settled; one that differs waits for the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from effekt._text import Text
from effekt.contracts.figures import Range
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import Step, allocate
from effekt.contracts.payment import ContractCap, ContractFloor, Line, LinesCap, LinesFloor, Netting, Reduces


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A line on its way: rounded, before what holds between lines; None while undetermined.

    `reach` is the least and the most it can pay, and `waived` what its true-up lets go.
    """

    id: str
    line: Line
    value: Fraction | None
    reach: Range
    missing: tuple[str, ...]
    referred: tuple[Text, ...]
    steps: tuple[Step, ...]
    waived: Fraction = Fraction(0)

    def waits(self, others: Sequence[Draft], step: Step) -> Draft:
        """The line without an amount, for the sake of other lines."""
        missing = tuple(dict.fromkeys(figure for other in others for figure in other.missing))
        referred = tuple(dict.fromkeys(reason for other in others for reason in other.referred))
        steps = (*self.steps, step)
        return replace(self, value=None, reach=_with_zero(self.reach), missing=missing, referred=referred, steps=steps)

    def gets(self, value: Fraction, step: Step) -> Draft:
        """The line with another amount."""
        return replace(self, value=value, reach=(value, value), steps=(*self.steps, step))


def between_lines(drafts: list[Draft], basis: Basis, terms: ContractTerms, *, floor: bool = True) -> list[Draft]:
    """Apply what holds between lines.

    Parameters
    ----------
    drafts : list of Draft
        Every line, in the contract's order.
    basis : Basis
        The figures and the wording.
    terms : ContractTerms
        The contract.
    floor : bool
        Whether floors apply.

    Returns
    -------
    list of Draft
        The same lines, with the amounts that are to be paid.
    """
    payment, quantum = terms.payment, Fraction(terms.payment.quantum)
    if payment.netting is not None:
        drafts = _on(drafts, payment.netting.lines, _netted, payment.netting, quantum, basis)
    drafts = under_caps(drafts, (payment.caps or {}).values(), basis, terms)
    for least in (payment.floors or {}).values() if floor else ():
        drafts = _on(drafts, least.lines, _over_floor, least, quantum, basis)
    if payment.cap is not None:
        drafts = under_caps(drafts, (payment.cap,), basis, terms)
    if floor and payment.floor is not None:
        drafts = _over_floor(drafts, payment.floor, quantum, basis)
    return drafts


def under_caps(drafts: list[Draft], caps: Iterable[ContractCap], basis: Basis, terms: ContractTerms) -> list[Draft]:
    """Apply some of the contract's caps, one after another.

    Parameters
    ----------
    drafts : list of Draft
        Every line, in the contract's order.
    caps : iterable of ContractCap
        Each on some lines, or on all.
    basis : Basis
    terms : ContractTerms

    Returns
    -------
    list of Draft
        The same lines.
    """
    for cap in caps:
        lines = tuple(cap.lines if isinstance(cap, LinesCap) else terms.payment.lines)
        drafts = _on(drafts, lines, _under_cap, cap, Fraction(terms.payment.quantum), basis)
    return drafts


def _on(
    drafts: list[Draft],
    lines: Sequence[str],
    rule: Callable[..., list[Draft]],
    term: Netting | ContractCap | LinesFloor,
    quantum: Fraction,
    basis: Basis,
) -> list[Draft]:
    """All lines, after a rule that holds for some of them."""
    changed = {draft.id: draft for draft in rule([d for d in drafts if d.id in lines], term, quantum, basis)}
    return [changed.get(draft.id, draft) for draft in drafts]


def _with_zero(reach: Range) -> Range:
    low, high = reach
    return None if low is None else min(low, Fraction(0)), None if high is None else max(high, Fraction(0))


# --------------------------------------------------------------------------------------------------- netting


def _netted(drafts: list[Draft], netting: Netting, quantum: Fraction, basis: Basis) -> list[Draft]:
    """Negative amounts deducted from positive ones; the rest of a negative sum as the contract says."""
    open_lines = [draft for draft in drafts if draft.value is None]
    if open_lines:
        may_be_negative = any(low is None or low < 0 for low, _ in (draft.reach for draft in drafts))
        return [_may_be_netted(draft, open_lines, may_be_negative, basis) for draft in drafts]
    values = [draft.value or Fraction(0) for draft in drafts]
    return [
        draft if draft.value == value else draft.gets(value, _netting_step(draft, value, basis))
        for draft, value in zip(drafts, _net(values, netting, quantum), strict=True)
    ]


def _net(values: list[Fraction], netting: Netting, quantum: Fraction) -> list[Fraction]:
    """What is left of each amount; all that are left have the sign of the sum."""
    total, zero = sum(values, Fraction(0)), Fraction(0)
    sign = 1 if total >= 0 else -1
    if sign < 0 and netting.below_zero == "zero":
        return [zero] * len(values)
    same = [max(sign * value, zero) for value in values]
    return [sign * part for part in _whole(_reduce(same, abs(total), netting.reduces), quantum)]


def _may_be_netted(draft: Draft, open_lines: list[Draft], may_be_negative: bool, basis: Basis) -> Draft:
    """A line among lines of which some are undetermined: zero stays, a positive one if none can be negative."""
    if not draft.value or not may_be_negative:
        return draft if draft.value is not None else replace(draft, reach=_with_zero(draft.reach))
    before = draft.value

    def sentence(say: Wording) -> str:
        return say(
            sv=f"Beloppet {say.money(before)} kan komma att kvittas när övriga rader är fastställda.",
            en=f"The amount {say.money(before)} may be netted once the other lines are determined.",
        )

    return draft.waits(open_lines, basis.step("netting", sentence, None))


def _netting_step(draft: Draft, value: Fraction, basis: Basis) -> Step:
    before = draft.value or Fraction(0)

    def sentence(say: Wording) -> str:
        old, new = say.money(before), say.money(value)
        return say(
            sv=f"Efter kvittning mot de andra raderna är beloppet {new} i stället för {old}.",
            en=f"After netting against the other lines the amount is {new} instead of {old}.",
        )

    return basis.step("netting", sentence, value)


# ------------------------------------------------------------------------------------------------------ caps


def _under_cap(drafts: list[Draft], cap: ContractCap, quantum: Fraction, basis: Basis) -> list[Draft]:
    """The lines under a cap on their sum."""
    limit = Fraction(cap.amount)
    finite = [abs(end) for draft in drafts for end in draft.reach if end is not None]
    far = limit + sum(finite) + quantum
    least = _reduce([-far if low is None else low for low, _ in (draft.reach for draft in drafts)], limit, cap.reduces)
    most = _reduce([far if high is None else high for _, high in (draft.reach for draft in drafts)], limit, cap.reduces)
    settled = zip(drafts, least, most, _whole(least, quantum), strict=True)
    return [_capped(draft, whole if low == high else None, drafts, cap, basis) for draft, low, high, whole in settled]


def _reduce(values: list[Fraction], limit: Fraction, reduces: Reduces) -> list[Fraction]:
    """Amounts that sum to at most the limit; only positive ones give way, and none below zero."""
    excess = sum(values, Fraction(0)) - limit
    if excess <= 0:
        return values
    if reduces == "pro_rata":
        kept = 1 - excess / sum(value for value in values if value > 0)
        return [value * kept if value > 0 else value for value in values]
    reduced = []
    for value in reversed(values):
        cut = min(excess, max(value, Fraction(0)))
        reduced.append(value - cut)
        excess -= cut
    return reduced[::-1]


def _whole(values: list[Fraction], quantum: Fraction) -> list[Fraction]:
    """The same sum in whole quanta, the positive amounts by largest remainder."""
    positive = [max(value, Fraction(0)) for value in values]
    total = sum(positive, Fraction(0))
    if total == 0:
        return values
    parts = allocate(total, positive, quantum)
    return [part if value > 0 else value for part, value in zip(parts, values, strict=True)]


def _capped(draft: Draft, value: Fraction | None, drafts: list[Draft], cap: ContractCap, basis: Basis) -> Draft:
    """The line with its amount under the cap; without one when that depends on other lines' missing figures."""
    if draft.value is None:
        return replace(draft, reach=_with_zero(draft.reach))
    if draft.value == value:
        return draft
    before = draft.value

    def sentence(say: Wording) -> str:
        amount, name = say.money(before), _cap_name(cap, say)
        if value is None:
            return say(
                sv=f"{name} kan komma att sänka beloppet {amount} när övriga rader är fastställda.",
                en=f"{name} may lower the amount {amount} once the other lines are determined.",
            )
        return say(
            sv=f"{name} sänker beloppet {amount} till {say.money(value)}.",
            en=f"{name} lowers the amount {amount} to {say.money(value)}.",
        )

    step = basis.step("lines_cap" if isinstance(cap, LinesCap) else "contract_cap", sentence, value)
    return draft.waits(drafts, step) if value is None else draft.gets(value, step)


def _cap_name(cap: ContractCap, say: Wording) -> str:
    limit = say.money(cap.amount)
    if isinstance(cap, LinesCap):
        names = say.join(list(cap.lines))
        return say(sv=f"Taket {limit} för raderna {names}", en=f"The cap of {limit} on the lines {names}")
    return say(sv=f"Avtalets tak {limit}", en=f"The contract's cap of {limit}")


# ----------------------------------------------------------------------------------------------------- floor


def _over_floor(drafts: list[Draft], floor: ContractFloor, _quantum: Fraction, basis: Basis) -> list[Draft]:
    """The lines, one of which is raised where all together pay less than the floor."""
    lows = [low for low, _ in (draft.reach for draft in drafts)]
    least = None if None in lows else sum((low for low in lows if low is not None), Fraction(0))
    if least is not None and least >= Fraction(floor.amount):
        return drafts
    return [_raised(draft, drafts, floor, basis) if draft.id == floor.raises else draft for draft in drafts]


def _raised(draft: Draft, drafts: list[Draft], floor: ContractFloor, basis: Basis) -> Draft:
    limit = Fraction(floor.amount)
    if draft.value is None:
        return replace(draft, reach=_may_be_raised(draft, drafts, limit))
    before = draft.value
    known = [other.value for other in drafts if other.value is not None]
    value = before + limit - sum(known, Fraction(0)) if len(known) == len(drafts) else None

    def sentence(say: Wording) -> str:
        name = _floor_name(floor, say)
        if value is None:
            return say(
                sv=f"{name} kan komma att höja beloppet {say.money(before)} när övriga rader är fastställda.",
                en=f"{name} may raise the amount {say.money(before)} once the other lines are determined.",
            )
        return say(
            sv=f"{name} höjer beloppet {say.money(before)} till {say.money(value)}.",
            en=f"{name} raises the amount {say.money(before)} to {say.money(value)}.",
        )

    step = basis.step("lines_floor" if isinstance(floor, LinesFloor) else "contract_floor", sentence, value)
    if value is None:
        return replace(draft.waits(drafts, step), reach=_may_be_raised(draft, drafts, limit))
    return draft.gets(value, step)


def _may_be_raised(draft: Draft, drafts: list[Draft], limit: Fraction) -> Range:
    """What a line can be with what a floor may add to it, however little the others pay."""
    low, high = draft.reach
    others = [other.reach[0] for other in drafts if other.id != draft.id]
    least = [end for end in others if end is not None]
    if high is None or len(least) < len(others):
        return low, None
    return low, max(high, limit - sum(least, Fraction(0)))


def _floor_name(floor: ContractFloor, say: Wording) -> str:
    limit = say.money(floor.amount)
    if isinstance(floor, LinesFloor):
        names = say.join(list(floor.lines))
        return say(sv=f"Golvet {limit} för raderna {names}", en=f"The floor of {limit} on the lines {names}")
    return say(sv=f"Avtalets golv {limit}", en=f"The contract's floor of {limit}")
