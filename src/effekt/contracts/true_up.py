"""Cumulative true-up: what is due since the contract began, less what was paid before."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from effekt._text import Text
from effekt.contracts.figures import Range
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.money import Step
from effekt.contracts.payment import Line, Payment, TrueUp
from effekt.contracts.schema import is_decimal
from effekt.contracts.settled import Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a true-up pays now, and what it lets go of what was paid too much."""

    value: Fraction | None
    waived: Fraction
    missing: tuple[str, ...]
    referred: tuple[Text, ...]
    steps: tuple[Step, ...]


def balance(line: Line, term: TrueUp, due: Fraction, payment: Payment, basis: Basis) -> Balance:
    """What is paid now.

    Parameters
    ----------
    line : Line
        The line that is trued up.
    term : TrueUp
        Its true-up: what was paid before, and the rule for what was paid too much.
    due : Fraction
        All that is due since the contract began, in whole quanta.
    payment : Payment
        The contract's payment, with its quantum and rounding.
    basis : Basis
        The figures and the wording.

    Returns
    -------
    Balance
        Due less paid; undetermined while `paid` has no value, or has one that no payment can have.
    """
    paid, zero = basis.number(term.paid), Fraction(0)
    if paid is None:
        return Balance(
            value=None, waived=zero, missing=(term.paid,), referred=(), steps=(_open_step(term.paid, basis),)
        )
    if not _can_be_paid(paid, line, payment):
        problem = _no_payment(line, term.paid, payment, basis)
        step = basis.step("true_up", lambda say: problem.in_language(say.lang), None)
        return Balance(value=None, waived=zero, missing=(), referred=(problem,), steps=(step,))
    left = due - paid
    value = max(left, zero) if term.below_zero != "clawback" else left
    value = value if term.cap is None else min(value, Fraction(term.cap))
    waived = min(-left, paid) if left < 0 and term.below_zero == "floor" else zero
    step = basis.step("true_up", lambda say: _sentence(term, due, paid, value, say), value)
    return Balance(value=value, waived=waived, missing=(), referred=(), steps=(step,))


def paid_before(line: Line, payment: Payment, basis: Basis) -> Fraction | None:
    """What was paid of a line before.

    Parameters
    ----------
    line : Line
    payment : Payment
    basis : Basis

    Returns
    -------
    Fraction or None
        0 without a true-up; None while it has no value, or one that no payment can have.
    """
    if line.true_up is None:
        return Fraction(0)
    paid = basis.number(line.true_up.paid)
    return paid if paid is not None and _can_be_paid(paid, line, payment) else None


def _can_be_paid(amount: Fraction, line: Line, payment: Payment) -> bool:
    quantum = Fraction(payment.quantum)
    least = line.least_paid(quantum, payment.rounding)
    return (least is None or amount >= least) and (amount / quantum).denominator == 1


def _no_payment(line: Line, paid: str, payment: Payment, basis: Basis) -> Text:
    sv, en, quantum = basis.swedish, basis.english, Fraction(payment.quantum)
    least = line.least_paid(quantum, payment.rounding)
    limit_sv = limit_en = ""
    if least is not None:
        limit_sv = f" som {f'är minst {sv.money(least)}' if least else 'inte är negativ'}"
        limit_en = f" that is {f'at least {en.money(least)}' if least else 'not negative'}"
    return Text(
        sv=f"{sv.operand(paid, 'eq', paid)} är vad som betalats tidigare och måste vara en hel multipel av "
        f"{sv.money(quantum)}{limit_sv}; parterna avgör.",
        en=f"{en.operand(paid, 'eq', paid)} is what was paid before and must be a whole multiple of "
        f"{en.money(quantum)}{limit_en}; the parties decide.",
    )


def _open_step(figure: str, basis: Basis) -> Step:
    def sentence(say: Wording) -> str:
        name = say.name(figure)
        return say(sv=f"Värde saknas för {name}.", en=f"There is no value for {name}.")

    return basis.step("true_up", sentence, None)


def _sentence(term: TrueUp, due: Fraction, paid: Fraction, value: Fraction, say: Wording) -> str:
    """'Due in all SEK 6,000 less SEK 4,000 paid before is SEK 2,000.'."""
    left = due - paid
    text = say(
        sv=f"Sammanlagt {say.money(due)} minus tidigare betalda {say.money(paid)} är {say.money(left)}",
        en=f"In all {say.money(due)} less {say.money(paid)} paid before is {say.money(left)}",
    )
    zero = say.money(0)
    if left < 0 and paid == 0 and term.below_zero != "clawback":
        text += say(sv=f", vilket räknas som {zero}", en=f", which counts as {zero}")
    elif left < 0:
        text += {
            "floor": say(
                sv=f", vilket räknas som {zero}; det för mycket betalda efterges",
                en=f", which counts as {zero}; what was paid too much is let go",
            ),
            "carry": say(
                sv=f", vilket räknas som {zero}; det för mycket betalda avräknas mot kommande betalningar",
                en=f", which counts as {zero}; what was paid too much is deducted from later payments",
            ),
            "clawback": say(sv=", som ska betalas tillbaka", en=", which is to be paid back"),
        }[term.below_zero]
    elif value < left:
        text += say(
            sv=f", varav högst {say.money(value)} betalas vid en avräkning",
            en=f", of which at most {say.money(value)} is paid in one settlement",
        )
    return f"{text}."


def balance_bounds(line: Line, term: TrueUp, due: Range, payment: Payment) -> Range:
    """The least and greatest that one settlement pays."""
    known = is_decimal(term.paid)
    paid = Fraction(term.paid) if known else line.least_paid(Fraction(payment.quantum), payment.rounding)
    low, high = due
    low = None if low is None or paid is None or not known else low - paid
    high = None if high is None or paid is None else high - paid
    if term.below_zero != "clawback":
        low, high = max(low or Fraction(0), Fraction(0)), None if high is None else max(high, Fraction(0))
    if term.cap is not None:
        cap = Fraction(term.cap)
        low, high = None if low is None else min(low, cap), cap if high is None else min(high, cap)
    return low, high


def paid_to_date_step(
    line: Line, amount: Fraction, waived: Fraction, payment: Payment, basis: Basis
) -> tuple[Step, ...]:
    """What the next settlement has as paid before: this amount included, what was let go left out.

    Nothing is said where what was paid before is not known, as when the contract ended and nothing more is paid.
    """
    paid = paid_before(line, payment, basis)
    if paid is None:
        return ()
    total = paid + amount - waived

    def sentence(say: Wording) -> str:
        return say(
            sv=f"Nästa avräkning har {say.money(total)} som tidigare betalt.",
            en=f"The next settlement has {say.money(total)} as paid before.",
        )

    return (basis.step("paid_to_date", sentence, total),)


def true_up_terms(term: TrueUp, say: Wording) -> str:
    """', less what was paid before (paid); what was paid too much is paid back'."""
    before = say.money(term.paid) if is_decimal(term.paid) else say.name(term.paid)
    text = say(
        sv=f"sammanlagt sedan avtalets början, minus vad som betalats tidigare ({before}); ",
        en=f"in all since the contract began, less what was paid before ({before}); ",
    )
    text += {
        "floor": say(sv="för mycket betalt efterges", en="what was paid too much is let go"),
        "carry": say(
            sv="för mycket betalt avräknas mot kommande betalningar",
            en="what was paid too much is deducted from later payments",
        ),
        "clawback": say(sv="för mycket betalt betalas tillbaka", en="what was paid too much is paid back"),
    }[term.below_zero]
    if term.cap is not None:
        cap = say.money(term.cap)
        text += say(sv=f"; högst {cap} vid varje avräkning", en=f"; at most {cap} in each settlement")
    return text


def paid_to_date(settlement: Settlement) -> dict[str, str]:
    """What the next settlement of a contract has as paid before.

    Parameters
    ----------
    settlement : Settlement
        Such as that of an earlier certificate, `certificate.settlement`.

    Returns
    -------
    dict of line to decimal
        For each line with a `true_up` that is determined: the value of its figure `paid` in the next settlement.
    """
    return {
        line.id: step.value
        for line in settlement.lines
        for step in line.steps
        if step.rule == "paid_to_date" and step.value is not None
    }
