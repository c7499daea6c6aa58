"""What the terms pay on average when the estimate is drawn anew, and how often each condition is met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial

from effekt._inference import Placebos
from effekt._text import Text, format_share
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import settle_figures
from effekt.contracts.curve import Piece, Values, beside, expectations, refined, straight_pieces
from effekt.contracts.estimated import counted_share
from effekt.contracts.figures import DerivedFigure, EstimateFigure
from effekt.contracts.gates import Basis, Gate, Wording
from effekt.contracts.money import decimal_text, exact_text, fraction, money_digits, round_to
from effekt.contracts.scenarios import Situation, decimal, gates, paying_figures, same_estimate
from effekt.contracts.settlement import complete_figures
from effekt.exceptions import UnavailableError
from effekt.reports.document import Block, Column, Paragraph, Table
from effekt.reports.effects import spread_of
from effekt.reports.figure_basis import figure_effects
from effekt.reports.names import figure_mention
from effekt.reports.thresholds import cuts, thresholds
from effekt.reports.wording import capital, each, in_view, money, number
from effekt.result import EffectEstimate

REACH = 6  # standard errors; beyond, the chance is one in a thousand million
FINENESS = 1_000_000  # a straight piece may bend by this part of the largest amount
EVALUATIONS = 4_000

_UNDETERMINED = Text(en="the amount is not determined", sv="beloppet är inte fastställt")
_EVENTS = Text(en="an event that was declared decides what is paid", sv="en anmäld händelse avgör vad som betalas")
_NO_ESTIMATE = Text(en="no estimated effect moves the payment", sv="ingen skattad effekt påverkar betalningen")
_SEVERAL = Text(
    en="several estimates move the payment, and how they vary together is not known",
    sv="flera skattningar påverkar betalningen, och hur de varierar tillsammans är inte känt",
)
_NO_POINT = Text(
    en="none of the contract's figures is the estimate itself", sv="ingen av avtalets siffror är själva skattningen"
)
_NO_SHARE = Text(en="it is not told how many have a match", sv="det är inte angivet hur många som har en match")
_NO_SPREAD = Text(en="the estimate has no standard error", sv="skattningen har inget medelfel")
_NOT_BACKED = Text(
    en="What guarantors pay is not in this, since it is not determined at every estimate.",
    sv="Vad garanter betalar ingår inte, eftersom det inte är fastställt vid varje skattning.",
)
_NO_CURVE = Text(
    en="What the terms pay on average cannot be said: what they pay at other estimates depends on a figure that does "
    "not follow from the estimate, or has too many steps.",
    sv="Vad villkoren ger i genomsnitt går inte att säga: vad de ger vid andra skattningar beror på en siffra som inte "
    "följer av skattningen, eller har för många steg.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The estimate that is drawn anew.

    Attributes
    ----------
    situation : Situation
        With the other figures as they are signed.
    effect : EffectEstimate
        In the figure's view.
    std_error : Fraction
    value : Fraction
        The figure as it is signed.
    """

    situation: Situation
    effect: EffectEstimate
    std_error: Fraction
    value: Fraction


def drawn_estimate(certificate: Certificate) -> Drawn | Text:
    """The one estimate that moves the payment, with its standard error; or why there is no expected payment.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Drawn or Text
    """
    contract, settled = certificate.contract, certificate.settlement
    if settled.total is None:
        return _UNDETERMINED
    if settled.standings:
        return _EVENTS
    terms, pays = contract.model.figures, paying_figures(contract)
    estimated = {id: term for id, term in terms.items() if isinstance(term, EstimateFigure)}
    moving = [estimated[id] for id in pays if id in estimated]
    if not moving:
        return _NO_ESTIMATE
    if not all(same_estimate(moving[0], one) for one in moving):
        return _SEVERAL
    effects = dict(figure_effects(certificate))
    points = [
        id
        for id, term in sorted(estimated.items(), key=lambda item: item[0] not in pays)
        if term.statistic == "estimate" and same_estimate(term, moving[0]) and id in effects
    ]
    if not points:
        return _NO_POINT
    effect = effects[points[0]]
    spread = spread_of(effect)
    if not spread:
        return _NO_SPREAD
    values = {figure.id: figure.value for figure in certificate.figures}
    result = certificate.results[moving[0].estimate]
    assert not isinstance(result, Pending)
    try:
        matched = min(counted_share(one, result) for one in estimated.values() if same_estimate(one, moving[0]))
    except UnavailableError:
        return _NO_SHARE
    others = {
        id: value
        for id, value in values.items()
        if value is not None
        and not isinstance(terms[id], DerivedFigure)
        and not (id in estimated and same_estimate(estimated[id], moving[0]))
    }
    situation = Situation(
        contract=contract,
        figure=points[0],
        assumed=others,
        counterfactual_mean=decimal("counterfactual_mean", effect.counterfactual_mean),
        matched=matched,
        smallest_p=_smallest_p(effect),
    )
    return Drawn(
        situation=situation,
        effect=effect,
        std_error=decimal("std_errors", spread),
        value=Fraction(values[points[0]] or "0"),
    )


def _smallest_p(effect: EffectEstimate) -> Fraction:
    """The smallest p that ranks among placebos can give, of which each is so many times; 0 of any other inference.

    Of re-drawn assignments and a wild bootstrap there is no standard error, and so no expected payment.
    """
    placebos = effect.inference if isinstance(effect.inference, Placebos) else None
    return Fraction(0) if placebos is None else Fraction(1, len(placebos.errors) + 1)


def no_expected_payment(certificate: Certificate) -> Text | None:
    """Why a certificate gives no expected payment; None where it does."""
    found = drawn_estimate(certificate)
    return found if isinstance(found, Text) else None


def expected_blocks(certificate: Certificate) -> Iterator[Block]:
    """The expected payment without any effect and at the estimate, and the chance that each condition is met.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
        Nothing where there is none; `no_expected_payment` says why.

    Notes
    -----
    The rule is that of `effekt.workflow.outlook`, with the standard error that was found: the estimate is normal around
    the true value, whatever else is taken from it follows before it is rounded to the figure's
    digits, each p is the next that ranks can give, so that a condition on it is met as often as by the ranks, and all
    other figures stay as they are signed.
    """
    drawn = drawn_estimate(certificate)
    if isinstance(drawn, Text):
        return
    backed = _guarantors_known(certificate)
    curve = _curve(drawn, backed=backed)
    if curve is None and backed:
        backed, curve = False, _curve(drawn, backed=False)
    if curve is None:
        yield Paragraph(text=_NO_CURVE, role="note")
        return
    contract, currency = certificate.contract, certificate.settlement.currency
    truths = [(_as_estimated(drawn), drawn.value)]
    none = drawn.situation.no_effect()
    if none is not None:
        truths.insert(0, (Text(en="no effect", sv="ingen effekt"), none))
    scale = 10**drawn.situation.term.digits
    found = [expectations(curve, 1 / scale, float(truth), float(drawn.std_error)) for _, truth in truths]
    quantum = money_digits(contract.model.payment.quantum)
    payer = _Payer(drawn, backed=backed)
    known = [payer(round(truth * scale))[0] for _, truth in truths]

    def mean(value: float) -> Text:
        return money(round_to(Fraction(value), Fraction(1), "half_even"), currency)

    yield Table(
        caption=Text(
            en="What the terms pay on average, were the study made anew",
            sv="Vad villkoren ger i genomsnitt, om studien gjordes på nytt",
        ),
        columns=_columns(guaranteed=bool(contract.model.payment.guarantees), backed=backed),
        rows=tuple(
            (
                capital(name),
                money(decimal_text(paid, quantum), currency),
                mean(values[0]),
                each(partial(format_share, values[1])),
                *([mean(values[-1])] if backed else []),
            )
            for (name, _), values, paid in zip(truths, found, known, strict=True)
        ),
    )
    if contract.model.payment.guarantees and not backed:
        yield Paragraph(text=_NOT_BACKED, role="note")
    yield from _conditions(drawn, truths, found)
    yield Paragraph(text=_assumed(drawn), role="note")


def _guarantors_known(certificate: Certificate) -> bool:
    """Whether anyone guarantees an amount and what each pays is determined."""
    paid = certificate.settlement.guarantees
    return bool(paid) and all(one.amount is not None for one in paid)


def _columns(*, guaranteed: bool, backed: bool) -> tuple[Column, ...]:
    """What stands of each truth: by the lines alone where there are guarantees, and then what guarantors pay."""
    en, sv = (" by the lines", " av raderna") if guaranteed else ("", "")
    guarantors = Column(label=Text(en="Expected from guarantors", sv="Väntat från garanter"), kind="number")
    return (
        Column(label=Text(en="If the truth is", sv="Om sanningen är")),
        Column(label=Text(en=f"Paid{en} if it were known", sv=f"Betalning{sv} om den vore känd"), kind="number"),
        Column(label=Text(en=f"Expected payment{en}", sv=f"Väntad betalning{sv}"), kind="number"),
        Column(label=Text(en=f"Something is paid{en}", sv=f"Något betalas{sv}"), kind="number"),
        *([guarantors] if backed else []),
    )


def _as_estimated(drawn: Drawn) -> Text:
    value = number(exact_text(drawn.value))
    return Text(en=f"as estimated, {value.en}", sv=f"den skattade, {value.sv}")


def _conditions(drawn: Drawn, truths: list[tuple[Text, Fraction]], found: list[tuple[float, ...]]) -> Iterator[Block]:
    """How often each condition is met, under each truth."""
    contract = drawn.situation.contract
    conditions = gates(contract)
    if not conditions:
        return
    swedish, english = _wordings(drawn.situation)
    yield Table(
        caption=Text(en="How often each condition is met", sv="Hur ofta varje villkor är uppfyllt"),
        columns=(
            Column(label=Text(en="Condition", sv="Villkor")),
            *(
                Column(label=Text(en=f"If the truth is {name.en}", sv=f"Om sanningen är {name.sv}"), kind="number")
                for name, _ in truths
            ),
        ),
        rows=tuple(
            (
                capital(Text(en=gate.terms(english), sv=gate.terms(swedish))),
                *(each(partial(format_share, values[2 + position])) for values in found),
            )
            for position, gate in enumerate(conditions.values())
        ),
    )


def _assumed(drawn: Drawn) -> Text:
    """What the numbers suppose."""
    spread = in_view(drawn.effect, float(drawn.std_error))
    name = figure_mention(drawn.situation.figure, drawn.situation.contract.model)
    smallest, ranks = drawn.situation.smallest_p, Text(en="", sv="")
    if smallest:
        ranks = Text(
            en=f", a p-value by its rank, at least {smallest}", sv=f", ett p-värde efter sin rang, minst {smallest}"
        )
    return Text(
        en=f"This supposes that the estimate behind {name.en} would be normal around the truth, with the spread that "
        f"was found, {spread.en}; that whatever else the contract takes from it follows{ranks.en}; and that all other "
        "figures are as they are here. It is a mean over such studies and no amount to pay; the method's own errors "
        "are not in it.",
        sv=f"Detta förutsätter att skattningen bakom {name.sv} vore normalfördelad kring sanningen, med den spridning "
        f"som har funnits, {spread.sv}; att allt annat som avtalet tar ur den följer med{ranks.sv}; och att alla andra "
        "siffror är som här. Det är ett medelvärde över sådana studier och inget belopp att betala; metodens egna fel "
        "ingår inte.",
    )


# ----------------------------------------------------------------------------------------------------- the curve


@dataclass(frozen=True, slots=True)
class _Asked:
    """A curve by all that it follows from, so that the pages of one certificate in a process make it once."""

    of: tuple[object, ...]
    drawn: Drawn = field(compare=False)
    backed: bool


def _curve(drawn: Drawn, *, backed: bool) -> tuple[Piece, ...] | None:
    """The payment and the conditions in straight pieces; None where a figure that they need has no value."""
    one = drawn.situation
    assumed = tuple(sorted(one.assumed.items()))
    of = (one.contract.sha256, one.figure, assumed, one.counterfactual_mean, one.matched, drawn.std_error, drawn.value)
    return _made_once(_Asked(of, drawn, backed))


@lru_cache(maxsize=8)
def _made_once(asked: _Asked) -> tuple[Piece, ...] | None:
    drawn, backed = asked.drawn, asked.backed
    scale = 10**drawn.situation.term.digits
    truths = sorted({drawn.value, drawn.situation.no_effect() or Fraction(0)})
    low, high = ((truths[i] + sign * REACH * drawn.std_error) * scale for i, sign in ((0, -1), (-1, 1)))
    ends = low.numerator // low.denominator, -(-high.numerator // high.denominator)
    written = thresholds(drawn.situation.contract).get(drawn.situation.figure, ())
    held = (*written, *drawn.situation.peaks())
    marks = [mark for at in held for mark in beside(at * scale)]
    payer = _Payer(drawn, backed=backed)
    try:
        first, last = (payer(k) for k in ends)
        payment = drawn.situation.contract.model.payment
        rounding = Fraction(payment.quantum) * len(payment.lines)
        amounts = (0, len(first) - 1) if backed else (0,)
        amount = max(rounding, *(abs(end[i]) / FINENESS for end in (first, last) for i in amounts))
        bends = tuple(amount if i in amounts else Fraction(0) for i in range(len(first)))
        found = straight_pieces(payer, *ends, marks, bends, EVALUATIONS)
        if found is None or not drawn.situation.more_follows():
            return found
        return refined(found, payer, drawn.std_error * scale, bends)
    except _UnknownError:
        return None


class _UnknownError(Exception):
    """An amount or a condition needs a figure that does not follow from the estimate."""


class _Payer:
    """For each value of the figure, in its last digits: the total, whether it is above zero, and each condition.

    Then whether each written value is reached, and last, with `backed`, what guarantors pay. What else is taken from
    the estimate is so before it is rounded to the figure's digits, where an estimate is given.
    """

    def __init__(self, drawn: Drawn, *, backed: bool) -> None:
        self._drawn, self._backed = drawn, backed
        self._contract = drawn.situation.contract
        self._gates: tuple[Gate, ...] = tuple(gates(self._contract).values())
        self._cuts = cuts(self._contract)
        self._wordings = dict(zip(("swedish", "english"), _wordings(drawn.situation), strict=True))

    def __call__(self, k: int, estimate: Fraction | None = None) -> Values:
        given = self._drawn.situation.figures(k, self._drawn.std_error, estimate)
        settled = settle_figures(self._contract, given, in_words=False)
        total, backed = settled.total, [one.amount for one in settled.guarantees] if self._backed else []
        if total is None or None in backed:
            raise _UnknownError
        figures = complete_figures(self._contract, given)
        basis = Basis(figures=figures, **self._wordings, in_words=False)
        reached = (
            Fraction(value is not None and cut.reached(Fraction(value)))
            for figure, own in self._cuts.items()
            for cut in own
            for value in (figures[figure].value,)
        )
        held = (Fraction(gate.verdict(basis).holds is True) for gate in self._gates)
        paid = (sum((fraction(one or "0") for one in backed), Fraction(0)),) if self._backed else ()
        return (fraction(total), Fraction(fraction(total) > 0), *held, *reached, *paid)


def _wordings(situation: Situation) -> tuple[Wording, Wording]:
    model = situation.contract.model
    swedish, english = (
        Wording(lang=lang, currency=model.payment.currency, figures=model.figures) for lang in ("sv", "en")
    )
    return swedish, english
