"""What an ending, a spoiled comparison or a revised source leaves of a line, and of the guarantees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from effekt._text import Text, with_capital
from effekt.contracts.between_lines import Draft
from effekt.contracts.figures import Range
from effekt.contracts.gates import Amount, Basis, Wording
from effekt.contracts.happened import Fate
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import decimal_text, money_digits
from effekt.contracts.settled import SettledLine, Share

_ZERO = Fraction(0)


# ------------------------------------------------------------------------------------------------------ endings


def to_date(amount: Amount, reach: Range, fate: Fate, basis: Basis) -> tuple[Amount, Range]:
    """The part of an amount, and of what it can be, for the days of its period that had passed with the last day.

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
    value = amount.value * fate.share

    def sentence(say: Wording) -> str:
        passed, whole = (say.number(str(days)) for days in fate.days)
        return say(
            sv=f"{with_capital(fate.text.sv)}; av periodens dagar ({whole}) hade {passed} gått, och beloppet är "
            f"{say.money(value)}.",
            en=f"{with_capital(fate.text.en)}; of the period's days ({whole}) {passed} had passed, and the amount is "
            f"{say.money(value)}.",
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
        return say(sv=f"{with_capital(fate.text.sv)}; {instead}.", en=f"{with_capital(fate.text.en)}; {instead}.")

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
        en=f"{with_capital(why.en)}; what is due is referred to the parties.",
        sv=f"{with_capital(why.sv)}; vad som ska betalas hänskjuts till parterna.",
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


def lapsed(why: Text, basis: Basis, terms: ContractTerms) -> tuple[SettledLine, ...]:
    """Every guarantee of a contract whose ending they do not outlive: nothing is paid on it.

    Parameters
    ----------
    why : Text
        To stand within a sentence.
    basis : Basis
    terms : ContractTerms

    Returns
    -------
    tuple of SettledLine
    """
    nothing = decimal_text(Fraction(0), money_digits(terms.payment.quantum))

    def sentence(say: Wording) -> str:
        return say(sv=f"Garantin faller bort, eftersom {why.sv}.", en=f"The guarantee lapses, since {why.en}.")

    return tuple(
        SettledLine(
            id=id,
            state="zero_by_terms",
            amount=nothing,
            payee=term.beneficiary,
            shares=(Share(payer=term.guarantor, amount=nothing),),
            missing=(),
            reasons=(),
            steps=(basis.step("guarantee", sentence, Fraction(0)),),
        )
        for id, term in (terms.payment.guarantees or {}).items()
    )
