"""Items E of the checklist as a certificate itself answers them: figures and payment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.taking import figures_as_taken, fragile, take_figures
from effekt.contracts import Figure, SettledLine, Settlement, settle_figures
from effekt.contracts.clauses import Clause
from effekt.contracts.clauses.clause import Discounted, Escalated, Indexed, WithInterest
from effekt.contracts.figures import AttestedFigure, DerivedFigure
from effekt.exceptions import EffektError
from effekt.reports.answers import (
    Found,
    cannot_tell,
    fails,
    holds_with,
    judged,
    not_asked,
    results_digest,
    settlement_digest,
)
from effekt.reports.thresholds import thresholds

_OVER_TIME = (Escalated, Discounted, Indexed, WithInterest)


def own_figures(certificate: Certificate) -> dict[str, Figure]:
    """The figures that are not derived."""
    terms = certificate.contract.model.figures
    return {one.id: one for one in certificate.figures if not isinstance(terms.get(one.id), DerivedFigure)}


def _named_statistic(certificate: Certificate) -> Found:
    """E1: each figure is what its definition takes from the signed results and attestations."""
    stated = {figure.id: figure for figure in certificate.figures}
    try:
        again = take_figures(
            certificate.contract,
            certificate.results,
            certificate.attestations,
            date=certificate.date,
            software=certificate.software,
        )
    except (EffektError, ArithmeticError, KeyError, TypeError, ValueError):  # numbers that no result has
        again = {}
    other = [
        id
        for id in certificate.contract.model.figures
        if id not in stated or id not in again or not _equal(stated[id], again[id])
    ]
    en, sv = join_words(other, "and"), join_words(other, "och")
    return judged(
        not other,
        results_digest(certificate),
        Text(en="each as taken again from the results", sv="var och en som tagen på nytt ur resultaten"),
        Text(en=f"another value than its definition gives: {en}", sv=f"annat värde än definitionen ger: {sv}"),
    )


def _equal(one: Figure, other: Figure) -> bool:
    """Equal; why a public result gives no value may be told in other words than the data gave."""
    return one == (replace(other, reason=one.reason) if one.reason and other.reason else other)


@lru_cache(maxsize=16)
def _again(certificate: Certificate) -> Settlement | None:
    """The settlement that the contract's rules give from the figures; None where they give none."""
    try:
        return settle_figures(certificate.contract, own_figures(certificate), certificate.events)
    except EffektError:  # figures that are not what the contract declares
        return None


def _rounding(certificate: Certificate) -> Found:
    """E2: every line has the roundings that the rules give, at their places, and is a multiple of the unit."""
    again, quantum = _again(certificate), Fraction(certificate.contract.model.payment.quantum)
    lines = certificate.settlement.lines
    whole = all(line.amount is None or Fraction(line.amount) % quantum == 0 for line in lines)
    return judged(
        whole and again is not None and list(map(_roundings, lines)) == list(map(_roundings, again.lines)),
        settlement_digest(certificate),
        Text(en="each line is rounded where the contract says", sv="varje rad är avrundad där avtalet anger"),
        Text(en="a line is rounded otherwise", sv="en rad är avrundad på annat sätt"),
    )


def _roundings(line: SettledLine) -> list[tuple[int, str | None]]:
    return [(at, step.value) for at, step in enumerate(line.steps) if step.rule == "rounding"]


def _distance(certificate: Certificate) -> Found:
    """E3: no figure is so near a threshold that a re-run within the tolerance would change an amount."""
    if not thresholds(certificate.contract):
        return not_asked("the payment has no threshold", "betalningen har ingen tröskel")
    if not certificate.contract.model.analysis:
        return not_asked("no figure is estimated", "ingen siffra är skattad")
    contract, results = certificate.contract, certificate.results
    try:
        taken = figures_as_taken(contract, results, certificate.attestations, certificate.date)
        near = list(fragile(contract, results, taken))
    except (EffektError, ArithmeticError, KeyError, TypeError, ValueError):  # numbers that no result has
        return cannot_tell("the figures cannot be taken again", "siffrorna kan inte tas på nytt")
    en, sv = join_words(near, "and"), join_words(near, "och")
    return judged(
        not near,
        results_digest(certificate),
        Text(en="further than the tolerance; in standard errors above", sv="längre än toleransen; i medelfel ovan"),
        Text(en=f"a re-run could change the amount: {en}", sv=f"en omräkning kan ändra beloppet: {sv}"),
    )


def _second_implementation(certificate: Certificate) -> Found:
    """E4: what another implementation gives stands in no certificate."""
    if not certificate.contract.model.analysis:
        return cannot_tell(
            "no figure is computed from data: run effekt verify, and answer by its lines independent, which are of the "
            "payment",
            "ingen siffra är beräknad ur data: kör effekt verify, och svara efter raderna independent, som gäller "
            "betalningen",
        )
    return cannot_tell(
        "run effekt verify with the data, and answer by its lines independent; they are of the figures and of the "
        "payment",
        "kör effekt verify med data, och svara efter raderna independent; de gäller siffrorna och betalningen",
    )


def _limits(certificate: Certificate) -> Found:
    """E5: every step of every line but roundings and shares, and the total, follow from the figures."""
    again = _again(certificate)
    same = again is not None and _steps(again) == _steps(certificate.settlement)
    return judged(
        same,
        settlement_digest(certificate),
        Text(en="every step follows from the figures", sv="varje steg följer av siffrorna"),
        Text(en="a step does not follow from the figures", sv="ett steg följer inte av siffrorna"),
    )


def _steps(settled: Settlement) -> object:
    left_out = ("rounding", "allocation")
    lines = [
        (line.id, line.state, line.amount, [step for step in line.steps if step.rule not in left_out])
        for line in (*settled.lines, *settled.guarantees)
    ]
    return lines, settled.state, settled.total, settled.undisputed, settled.distribution, settled.standings


def _currency(certificate: Certificate) -> Found:
    """E6: the contract's currency, and a value for every index, rate and day that an amount follows."""
    payment, values = certificate.contract.model.payment, {one.id: one.value for one in certificate.figures}
    if certificate.settlement.currency != payment.currency:
        return fails("another currency than the contract's", "annan valuta än avtalets", settlement_digest(certificate))
    used = sorted({id for line in payment.lines.values() for id in _inputs(line.pays) if id in values})
    settled = settlement_digest(certificate)
    if not used:
        return holds_with(
            "the contract's currency, and no index or rate", "avtalets valuta, utan index och ränta", settled
        )
    without = [id for id in used if values[id] is None]
    if without:
        en, sv = join_words(without, "and"), join_words(without, "och")
        return cannot_tell(f"no value yet of {en}", f"ännu inget värde på {sv}")
    attested = {id for one in certificate.attestations for id in one.model.figures}
    terms = certificate.contract.model.figures
    return judged(
        all(id in attested for id in used if isinstance(terms[id], AttestedFigure)),
        settled,
        Text(
            en="the contract's currency; what it follows is attested", sv="avtalets valuta; det den följer är intygat"
        ),
        Text(en="an index, rate or day is attested by nobody", sv="ett index, en ränta eller en dag är inte intygad"),
    )


def _inputs(clause: Clause) -> Iterator[str]:
    """Figures that a clause over time reads for itself, such as an index number."""
    if isinstance(clause.way, _OVER_TIME):
        yield from clause.way.operands()
    for part in clause.parts:
        yield from _inputs(part)


def _sums(certificate: Certificate) -> Found:
    """E7: shares sum to their lines, lines to the total, receipts to what is passed on; each as the rules give."""
    settled, again = certificate.settlement, _again(certificate)
    lines = (*settled.lines, *settled.guarantees)
    closes = all(
        line.amount is None or _sum(share.amount for share in line.shares) == Fraction(line.amount) for line in lines
    )
    total = _sum(line.amount for line in settled.lines if line.amount is not None)
    closes = closes and settled.total in (None, settled.undisputed) and Fraction(settled.undisputed) == total
    passed = settled.distribution
    if passed is not None and passed.amount is not None:
        closes = closes and _sum(one.amount for one in passed.receipts) == Fraction(passed.amount)
    same = again is not None and [(one.id, one.payee, one.shares) for one in lines] == [
        (one.id, one.payee, one.shares) for one in (*again.lines, *again.guarantees)
    ]
    return judged(
        closes and same,
        settlement_digest(certificate),
        Text(en="what each pays sums to the last unit", sv="vad var och en betalar summerar till sista enheten"),
        Text(
            en="what each pays does not sum, or is shared otherwise",
            sv="summan stämmer inte, eller är fördelad på annat sätt",
        ),
    )


def _sum(amounts: Iterator[str]) -> Fraction:
    return sum(map(Fraction, amounts), Fraction(0))


SETTLED: dict[str, Callable[[Certificate], Found]] = {
    "E1": _named_statistic,
    "E2": _rounding,
    "E3": _distance,
    "E4": _second_implementation,
    "E5": _limits,
    "E6": _currency,
    "E7": _sums,
}
"""How the items of figures and payment are answered."""
