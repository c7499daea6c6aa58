"""The printed step in which an amount is rounded to the contract's quantum."""

from __future__ import annotations

from fractions import Fraction

from effekt._text import Text
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.money import Step
from effekt.contracts.payment import Payment

_TIES = {
    "half_up": Text(sv="halvor bort från noll", en="halves away from zero"),
    "half_even": Text(sv="halvor till närmaste jämna", en="halves to even"),
}


def rounding_step(value: Fraction, payment: Payment, basis: Basis) -> Step:
    """The step that leads to a rounded value."""

    def sentence(say: Wording) -> str:
        quantum, ties = say.money(payment.quantum), _TIES[payment.rounding].in_language(say.lang)
        return say(
            sv=f"Avrundat till närmaste {quantum} ({ties}) är beloppet {say.money(value)}.",
            en=f"Rounded to the nearest {quantum} ({ties}) the amount is {say.money(value)}.",
        )

    return basis.step("rounding", sentence, value)
