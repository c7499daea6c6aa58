"""What an ending, a spoiled comparison or a revised source leaves of a line, and what a dispute keeps back of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from effekt._text import Text
from effekt.contracts.between_lines import Draft
from effekt.contracts.figures import DerivedFigure, Figure, Range
from effekt.contracts.gates import Amount, Basis, Wording
from effekt.contracts.happened import Fate
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import Step
from effekt.contracts.paying import reading

_ZERO = Fraction(0)


# ------------------------------------------------------------------------------------------------------ endings


def to_date(amount: Amount, reach: Range, fate: Fate, basis: Basis) -> tuple[Amount, Range]:
    """The part of an amount, and of what it can be, that had fallen due on the last day.

    Parameters
    ----------
    amount : Amount
        Before rounding.
    reach : tuple
        The least and the most it can be.
    fate : Fate
    basis : Basis

    Returns
    -------
    tuple of (Amount, tuple)
    """
    low, high = (None if end is None else end * fate.share for end in reach)
    if amount.value is None:
        return amount, (low, high)
    value, share = amount.value * fate.share, f"{fate.share.numerator}/{fate.share.denominator}"

    def sentence(say: Wording) -> str:
        return say(
            sv=f"{_capital(fate.text.sv)}; {share} av perioden hade gått, och beloppet är {say.money(value)}.",
            en=f"{_capital(fate.text.en)}; {share} of the period had passed, and the amount is {say.money(value)}.",
        )

    step = basis.step("termination", sentence, value)
    return replace(amount, value=value, steps=(*amount.steps, step)), (low, high)


def ended(draft: Draft, fate: Fate | None, basis: Basis) -> Draft:
    """A line after what ends it: nothing of it, or referred to the parties.

    Parameters
    ----------
    draft : Draft
        Rounded, and less what was paid before.
    fate : Fate or None
    basis : Basis

    Returns
    -------
    Draft
        What is to be paid back is still to be paid back.
    """
    if fate is None or fate.rule in ("in_full", "to_date"):
        return draft
    if fate.rule == "refer":
        return referred(draft, fate.text, basis)
    low = draft.reach[0]
    if draft.value is None and (low is None or low < 0):
        return replace(draft, reach=(low, _ZERO))
    before, value = draft.value, min(draft.value or _ZERO, _ZERO)

    def sentence(say: Wording) -> str:
        instead = say(sv="inget betalas mer på raden", en="nothing more is paid on the line")
        if before is not None and before > 0:
            instead += say(sv=f" i stället för {say.money(before)}", en=f" instead of {say.money(before)}")
        return say(sv=f"{_capital(fate.text.sv)}; {instead}.", en=f"{_capital(fate.text.en)}; {instead}.")

    changed = draft.gets(value, basis.step("termination", sentence, value))
    return replace(changed, missing=(), referred=())


def referred(draft: Draft, why: Text, basis: Basis) -> Draft:
    """A line without an amount, since the parties must say what is due.

    Parameters
    ----------
    draft : Draft
    why : Text
        To stand within a sentence.
    basis : Basis

    Returns
    -------
    Draft
    """
    text = Text(
        en=f"{_capital(why.en)}; what is due is referred to the parties.",
        sv=f"{_capital(why.sv)}; vad som ska betalas hänskjuts till parterna.",
    )
    low, high = draft.reach
    reach = None if low is None else min(low, _ZERO), None if high is None else max(high, _ZERO)
    step = basis.step("termination", lambda say: say(sv=text.sv, en=text.en), None)
    return replace(
        draft, value=None, reach=reach, referred=(*draft.referred, text), steps=(*draft.steps, step), waived=_ZERO
    )


def floor_unstated(before: Sequence[Draft], after: Sequence[Draft], basis: Basis) -> list[Draft]:
    """The lines where the contract does not say whether its floors outlive it: what they would move is referred.

    Parameters
    ----------
    before, after : sequence of Draft
        Without and with the floors.
    basis : Basis

    Returns
    -------
    list of Draft
    """
    why = Text(
        en="the contract ended and does not say whether its floor applies",
        sv="avtalet har upphört och anger inte om dess golv gäller",
    )
    return [
        draft
        if (draft.value, draft.missing, draft.referred) == (other.value, other.missing, other.referred)
        # what a floor would raise, and what a cap would then lower
        else referred(draft, why, basis)
        for draft, other in zip(before, after, strict=True)
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ----------------------------------------------------------------------------------------------------- disputes


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
        elif value == "none" or set(admitted).intersection(reading((id,), terms.figures)):
            reason = Text(en=f"{id} is disputed.", sv=f"{id} är bestriden.")
            figure = replace(figure, state="referred", value=None, reason=reason)
        found[id] = figure
    return found


def _padded(value: str, digits: int) -> str:
    whole, _, decimals = value.partition(".")
    return f"{whole}.{decimals.ljust(digits, '0')}" if digits else whole


def keep_back(
    claimed: Sequence[Draft], admitted: Sequence[Sequence[Draft]], terms: ContractTerms, basis: Basis
) -> Kept:
    """Pay of each line what no party disputes, or nothing where the contract pays nothing meanwhile.

    Parameters
    ----------
    claimed : sequence of Draft
        The lines on the certificate's figures.
    admitted : sequence of sequence of Draft
        The same lines on the figures that each disputing party admits.
    terms : ContractTerms
    basis : Basis

    Returns
    -------
    Kept
    """
    paid = terms.disputes is not None and terms.disputes.undisputed_paid
    drafts, withheld = [], {}
    for position, draft in enumerate(claimed):
        if draft.value is None:
            drafts.append(draft)
            continue
        now = draft.value if paid else _ZERO
        for lines in admitted:
            now = _common(now, lines[position])
        if now != draft.value:
            withheld[draft.id] = draft.value - now
            draft = draft.gets(now, _kept_step(draft.value, now, basis))
        drafts.append(draft)
    return Kept(drafts=drafts, withheld=withheld)


def _common(claimed: Fraction, other: Draft) -> Fraction:
    """The part of an amount that the other reading of the figures gives for certain, too."""
    low, high = other.reach if other.value is None else (other.value, other.value)
    if claimed >= 0:
        return _ZERO if low is None or low <= 0 else min(claimed, low)
    return _ZERO if high is None or high >= 0 else max(claimed, high)


def _kept_step(claimed: Fraction, now: Fraction, basis: Basis) -> Step:
    def sentence(say: Wording) -> str:
        amount, part, rest = (say.money(one) for one in (claimed, now, claimed - now))
        return say(
            sv=f"Av {amount} är {rest} tvistigt och hålls inne tills tvisten är avgjord; {part} betalas nu.",
            en=f"Of {amount}, {rest} is disputed and withheld until the dispute is decided; {part} is paid now.",
        )

    return basis.step("disputes", sentence, now)
