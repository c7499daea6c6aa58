"""Amounts on other readings by the second route: each payment again from its figures, and each figure from the data.

The page gives what the contract would have paid on other readings. Without data each of these amounts is settled again
from the figures that stand beside it; with them these figures are computed again too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from effekt import independent
from effekt._text import LANGUAGES, Language, Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import Contract, Figure, format_money, quantise
from effekt.contracts.estimated import AnyResult, counted_share, is_judged, required_of
from effekt.contracts.figures import DerivedFigure, EstimateFigure
from effekt.contracts.rerun import tolerance_of
from effekt.exceptions import EffektError
from effekt.independent.limits import NotRepeatedError
from effekt.independent.payments import payment
from effekt.independent.payments.contract_file import read_contract
from effekt.reports.lacking import point_figures
from effekt.reports.other_means import WINDOWED
from effekt.reports.otherwise import HEADINGS, Otherwise, Source, amounts_otherwise
from effekt.reports.wording import STATES
from effekt.workflow.findings import LISTED, TOLERANCE, Finding, Verdict, with_decimals
from effekt.workflow.recomputed.second_figures import SecondRoute, as_fraction, or_declined, taken_from
from effekt.workflow.recomputed.second_payment import UNREADABLE, plain_events, whole_of

_NAMED = {
    "designs": ("adjustment", "trend", "series"),
    "missing": ("lee_bounds", "manski_bounds"),
    "windows": ("window",),
}
"""The first words of the readings that a method has by itself, by their kind."""
_ORDER: tuple[Verdict, ...] = ("different", "cannot_tell", "within_tolerance", "reproduced")
_OPEN = Text(
    en="the independent implementation does not tell how far what is not determined reaches",
    sv="den oberoende beräkningen anger inte hur långt det som inte är fastställt når",
)
_NO_READING = Text(
    en="the independent implementation does not give this reading",
    sv="den oberoende beräkningen ger inte denna läsning",
)
_WITHHELD = Text(
    en="the figure has no value on this reading, and why is not judged a second time",
    sv="siffran har inget värde i denna läsning, och varför prövas inte en andra gång",
)
_ROUNDING = Text(
    en="a figure lies in the middle between two rounded ones, so that the last digit of a float decides which is "
    "stated, and what would be paid",
    sv="en siffra ligger mitt emellan två avrundade, så att sista siffran i ett flyttal avgör vilken som anges, och "
    "vad som skulle betalas",
)
_OMITTED = Text(
    en="the independent implementation gives this reading, and the certificate does not",
    sv="den oberoende beräkningen ger denna läsning, men inte intyget",
)


class _Told(NamedTuple):
    """How one reading came out, and what is said of it unless it is the same."""

    verdict: Verdict
    label: Text
    text: Text | None = None


# ------------------------------------------------------------------------------------------- each payment again


def payments_otherwise(found: Certificate) -> Iterator[Finding]:
    """Each amount on another reading again by the second route of payment, from the figures stated for it.

    Parameters
    ----------
    found : Certificate

    Yields
    ------
    Finding
        One for each kind of reading that the certificate settles.
    """
    for kind, readings in (_readings(found) or {}).items():
        told = [_paid_again(found, one) for one in readings]
        same = Text(
            en="the totals that these readings would give are the same by the independent implementation",
            sv="de summor som läsningarna skulle ge är desamma enligt den oberoende beräkningen",
        )
        yield _together(told, same, name=f"independent_otherwise:{kind}", heading=HEADINGS[kind])


def _readings(found: Certificate) -> Mapping[str, Sequence[Otherwise]] | None:
    try:
        return amounts_otherwise(found)
    except (EffektError, LookupError):
        return None  # figures that cannot be taken, or settled, again: `figures` and `payment` say so


def _paid_again(found: Certificate, reading: Otherwise) -> _Told:
    terms = found.contract.model.figures
    given = {
        one.id: one.value or one.state
        for one in reading.settlement.figures
        if not isinstance(terms[one.id], DerivedFigure)
    }
    whole = _whole(found, given, reading.rung)
    if isinstance(whole, Text):
        return _Told("cannot_tell", reading.label, whole)
    stated = _stated(reading)
    if whole == stated:
        return _Told("reproduced", reading.label)
    one, other = (_amount(*value, reading.settlement.currency) for value in (stated, whole))
    return _Told("different", reading.label, _against(one, other))


def _whole(
    found: Certificate, given: Mapping[str, str], rung: tuple[str, str] | None
) -> tuple[Fraction | None, str] | Text:
    """The total and the word for the whole on other figures, or why they are not told."""
    try:
        file = read_contract(found.contract.raw)
        if rung is not None:
            id, figure = rung
            alone = {**file["figures"][id], "derived": {"fallback": [{"figure": figure}]}}
            file = {**file, "figures": {**file["figures"], id: alone}}
        return whole_of(payment.settle(file, given, plain_events(found.events))) or _OPEN
    except NotRepeatedError as error:
        return Text(en=str(error).rstrip("."), sv=error.sv.rstrip("."))
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        return Text(en=UNREADABLE.en.rstrip("."), sv=UNREADABLE.sv.rstrip("."))


def _stated(reading: Otherwise) -> tuple[Fraction | None, str]:
    total = reading.settlement.total
    return None if total is None else Fraction(total), reading.settlement.state


def _amount(total: Fraction | None, state: str, currency: str) -> Text:
    if total is None:
        return STATES[state]
    en, sv = (format_money(total, currency, lang) for lang in LANGUAGES)
    return Text(en=en, sv=sv)


def _against(one: Text, other: Text) -> Text:
    return Text(
        en=f"stated {one.en}, by the independent implementation {other.en}",
        sv=f"angivet {one.sv}, enligt den oberoende beräkningen {other.sv}",
    )


# --------------------------------------------------------------------------------------------- each figure again


def figures_otherwise(found: Certificate, own: Contract, second: SecondRoute) -> Iterator[Finding]:
    """The figures of each other reading of the data again by the second route.

    Parameters
    ----------
    found : Certificate
    own : Contract
        By which the data are read.
    second : SecondRoute

    Yields
    ------
    Finding
        One for each kind of reading that is taken from the data.
    """
    readings, stated = _Means(own, second), _readings(found)
    for kind in () if stated is None else dict.fromkeys([*stated, *_NAMED]):
        computed = [(one, one.source) for one in (stated or {}).get(kind, ()) if one.source is not None]
        told = [_read_again(found, one, source, readings) for one, source in computed]
        told += _omitted(found, kind, [source for _, source in computed], readings)
        if told:
            same = Text(
                en="the figures of these readings are the same by the independent implementation",
                sv="läsningarnas siffror är desamma enligt den oberoende beräkningen",
            )
            yield _together(told, same, name=f"independent_reading:{kind}", heading=HEADINGS[kind])


class _Means:
    """The means of every other reading by the second route, each analysis computed once; or why they are not."""

    def __init__(self, own: Contract, second: SecondRoute) -> None:
        self._own = own
        self._second = second
        self._found: dict[str, Mapping[tuple[str | None, str], Any] | Text] = {}

    def of(self, analysis: str) -> Mapping[tuple[str | None, str], Any] | Text:
        """By the member of a set, or None, and the name of the reading."""
        if analysis not in self._found:
            term = self._own.model.analysis.get(analysis)
            self._found[analysis] = (
                _NO_READING
                if term is None or term.method not in independent.OTHERWISE
                else or_declined(lambda: self._second.otherwise(analysis))
            )
        return self._found[analysis]

    def has_other_values(self, analysis: str) -> bool:
        """Whether other readings have values: those of a trend-adjusted mean as its counterfactual is above zero."""
        if self._own.model.analysis[analysis].method != WINDOWED:
            return True
        means = or_declined(lambda: self._second.means(analysis))
        return not isinstance(means, Text) and means["counterfactual_mean"] > 0

    def numbers(self, source: Source) -> Mapping[str, Any] | Text:
        """What a figure of the analysis is taken from: of a set all of it, with one member read otherwise."""
        means = self.of(source.analysis)
        if isinstance(means, Text):
            return means
        if (source.member, source.name) not in means:
            return _NO_READING
        moved: Mapping[str, Any] = means[source.member, source.name]
        if source.member is None:
            return moved
        whole = or_declined(lambda: self._second.means(source.analysis))
        return whole if isinstance(whole, Text) else {"members": {**whole["members"], source.member: moved}}


def _read_again(found: Certificate, reading: Otherwise, source: Source, readings: _Means) -> _Told:
    """Whether the figures of a reading are those of the second route, or so near that it would pay the same."""
    numbers, result = readings.numbers(source), found.results[source.analysis]
    if isinstance(numbers, Text):
        return _Told("cannot_tell", reading.label, numbers)
    own = {one.id: one for one in found.figures}
    stated = {one.id: one for one in reading.settlement.figures}
    again: dict[str, str] = {}
    at_the_middle = True
    for id, term in point_figures(found)[source.analysis].items():
        if _is_fixed(found, id, term) or (stated[id].value is None and own[id] == stated[id]):
            if stated[id] != own[id]:
                return _Told("different", reading.label, _figure_against(id, stated[id], own[id].value))
            continue
        value = _value(found, term, result, numbers)
        if isinstance(value, Text) or value is None or stated[id].value is None:
            why = value if isinstance(value, Text) else _NO_READING if value is None else _WITHHELD
            return _Told("cannot_tell", reading.label, why)
        if not _is_near(value, stated[id], term, tolerance_of(found.contract.model)):
            return _Told("different", reading.label, _figure_against(id, stated[id], quantise(value, term.digits)))
        again[id] = quantise(value, term.digits)
        at_the_middle &= _is_near(value, stated[id], term, Fraction(TOLERANCE))
    if all(again[id] == stated[id].value for id in again):
        return _Told("reproduced", reading.label)
    return _would_pay(found, reading, again, at_the_middle=at_the_middle)


def _would_pay(found: Certificate, reading: Otherwise, again: Mapping[str, str], *, at_the_middle: bool) -> _Told:
    """Whether figures that are as near as the contract asks pay the same; those in the middle accuse nobody."""
    terms = found.contract.model.figures
    stated = {one.id: one.value or one.state for one in reading.settlement.figures}
    given = {id: value for id, value in stated.items() if not isinstance(terms[id], DerivedFigure)}
    whole = _whole(found, {**given, **again}, None)
    if isinstance(whole, Text):
        return _Told("cannot_tell", reading.label, whole)
    if whole == _stated(reading):
        return _Told("within_tolerance", reading.label)
    if at_the_middle:
        return _Told("cannot_tell", reading.label, _ROUNDING)
    one, other = (_amount(*value, reading.settlement.currency) for value in (_stated(reading), whole))
    return _Told("different", reading.label, _against(one, other))


def _is_fixed(found: Certificate, id: str, term: EstimateFigure) -> bool:
    """Whether a figure does not move with the estimate: its uncertainty, or a check that is not met, decides it."""
    result = found.results[term.estimate]
    if isinstance(result, Pending):
        return False
    if required_of(id, found.contract.model, result) is not None:
        return True
    return term.without_inference not in (None, "pay") and not is_judged(term, result)


def _value(
    found: Certificate, term: EstimateFigure, result: AnyResult | Pending, numbers: Mapping[str, Any]
) -> Fraction | Text | None:
    """The figure of a reading by the second route."""
    if isinstance(result, Pending):
        return None
    value = or_declined(lambda: as_fraction(taken_from(term, result, numbers, found)))
    return value * counted_share(term, result) if isinstance(value, Fraction) else value


def _is_near(value: Fraction, stated: Figure, term: EstimateFigure, share: Fraction) -> bool:
    """Whether a stated value is the second route's within a share of it, also after rounding."""
    ends = [value * (1 + sign * share) for sign in (-1, 1)]
    low, high = sorted(Fraction(quantise(end, term.digits)) for end in ends)
    return stated.digits == term.digits and low <= Fraction(stated.value or "") <= high


def _figure_against(id: str, stated: Figure, again: str | None) -> Text:
    one, other = (
        [STATES[stated.state].in_language(lang) if value is None else with_decimals(value, lang) for lang in LANGUAGES]
        for value in (stated.value, again)
    )
    words = _against(Text(en=one[0], sv=one[1]), Text(en=other[0], sv=other[1]))
    return Text(en=f"figure {id} {words.en}", sv=f"siffran {id} {words.sv}")


def _omitted(found: Certificate, kind: str, sources: Sequence[Source], readings: _Means) -> Iterator[_Told]:
    """Readings of a kind that the contract's analyses have with a value, and the certificate does not."""
    if found.contract.model.disclosure is not None:
        return
    named = {(one.analysis, one.member, one.name) for one in sources}
    begun = {(one.analysis, one.member, _first_word(one.name)) for one in sources}
    for analysis in point_figures(found):
        means = readings.of(analysis)
        for member, name in () if isinstance(means, Text) else means:
            word = _first_word(name)
            if word not in _NAMED.get(kind, ()) or (analysis, member, name) in named:
                continue
            if (analysis, member, word) in begun or readings.has_other_values(analysis):
                yield from _lacked(found, Source(analysis=analysis, member=member, name=name), readings)


def _first_word(name: str) -> str:
    return name.partition(" ")[0]


def _lacked(found: Certificate, source: Source, readings: _Means) -> Iterator[_Told]:
    """A reading that the certificate does not have, where each figure that pays has a value on it."""
    numbers = readings.numbers(source)
    if isinstance(numbers, Text):
        return
    own = numbers if source.member is None else numbers["members"][source.member]
    if min(own["treated_mean"], own["counterfactual_mean"]) <= 0:
        return  # not every view has a value there
    terms, result = point_figures(found)[source.analysis], found.results[source.analysis]
    moving = [one for id, one in terms.items() if not _is_fixed(found, id, one)]
    values = [_value(found, one, result, numbers) for one in moving]
    if values and all(isinstance(value, Fraction) for value in values):
        place = ", ".join(part for part in (source.analysis, source.member, source.name) if part is not None)
        yield _Told("different", Text(en=place, sv=place), _OMITTED)


# ---------------------------------------------------------------------------------------------- what is said of all


def _together(told: Sequence[_Told], same: Text, *, name: str, heading: Text) -> Finding:
    """One finding for the readings of a kind: the worst verdict, and those that have it."""
    verdict = next(one for one in _ORDER if any(own.verdict == one for own in told))
    count = len(told)
    if verdict in ("reproduced", "within_tolerance"):
        return Finding(
            name=name,
            verdict=verdict,
            text=Text(en=f"{heading.en} ({count}): {same.en}.", sv=f"{heading.sv} ({count}): {same.sv}."),
        )
    worst = [one for one in told if one.verdict == verdict and one.text is not None]
    more = f"; +{len(worst) - LISTED}" if len(worst) > LISTED else ""
    alike = len({one.text for one in worst}) == 1 and len(worst) == count
    en, sv = (_why(worst[:1], lang, named=False) if alike else _why(worst[:LISTED], lang) + more for lang in LANGUAGES)
    return Finding(
        name=name,
        verdict=verdict,
        text=Text(
            en=f"{heading.en} ({len(worst)} of {count}): {en}.",
            sv=f"{heading.sv} ({len(worst)} av {count}): {sv}.",
        ),
    )


def _why(told: Sequence[_Told], lang: Language, *, named: bool = True) -> str:
    """What is said of some readings, each by its name."""
    return "; ".join(
        (f"{one.label.in_language(lang)}: " if named else "") + one.text.in_language(lang).rstrip(".")
        for one in told
        if one.text is not None
    )
