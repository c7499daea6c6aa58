"""The most that the parties declare can come to be paid, held against the most that the terms let be paid."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract, format_money, guarantee_maxima, maximum
from effekt.exceptions import ContractError
from effekt.workflow.plan.several_settlements import liability


def check_maximum(contract: Contract) -> None:
    """Refuse a declared maximum that the terms can come above, or of which nothing proves that they cannot.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, both amounts and what mends it.
    """
    declared = contract.model.payment.maximum
    if declared is None:
        return
    most = liability(contract).total
    where = f"line {contract.line('payment', 'maximum')}: payment.maximum"
    if most is None:
        bounds = {**maximum(contract), **guarantee_maxima(contract)}
        without = [id for id, bound in bounds.items() if bound is None]
        of = f" of {join_words(without, 'and')}" if without else ""
        remedy = "Give each a `cap`" if without else "Announce the days of its certificates under dates.certificates"
        raise ContractError(
            f"{where} must be at least the most that the terms can pay in all, and no upper bound is proved{of}; got "
            f"{declared}. {remedy}, or leave maximum out."
        )
    if Fraction(most) > Fraction(declared):
        raise ContractError(
            f"{where} must be at least the most that the terms can pay in all, guarantees included, {most}; got "
            f"{declared}. Lower what they pay, such as by a `cap`, or write {most}."
        )


def maximum_cautions(contract: Contract) -> Iterator[Text]:
    """A declared maximum that the terms never come to.

    Parameters
    ----------
    contract : Contract
        One that `check_maximum` accepts.

    Yields
    ------
    Text
    """
    declared, most, currency = (
        contract.model.payment.maximum,
        liability(contract).total,
        contract.model.payment.currency,
    )
    if declared is None or most is None or Fraction(most) == Fraction(declared):
        return
    en, sv = ([format_money(one, currency, lang) for one in (declared, most)] for lang in ("en", "sv"))
    yield Text(
        en=f"payment.maximum is {en[0]}, and the terms pay {en[1]} at most. Look at which of the two was agreed.",
        sv=f"payment.maximum är {sv[0]}, och villkoren betalar högst {sv[1]}. Se efter vilket av dem som avtalats.",
    )
