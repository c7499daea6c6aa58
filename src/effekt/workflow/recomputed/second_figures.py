"""Figures again from the data by the independent implementation, which shares no code with the recorded path."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

from effekt import independent
from effekt._exact import exact
from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import Contract, Figure, quantise, settle_figures
from effekt.contracts.estimated import AnyResult, counts_as_zero, effect_of, is_exact, missing_reason, withheld
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.model import Analysis
from effekt.contracts.paying import analysis_of
from effekt.contracts.rerun import RERUN_TOLERANCE, tolerance_of
from effekt.contracts.thin_data import Withheld
from effekt.estimators import METHODS
from effekt.exceptions import ArgumentError, DataError, EffektError, UnavailableError
from effekt.independent import statistics
from effekt.independent.columns import Name
from effekt.independent.limits import NotRepeatedError, TooLargeError
from effekt.independent.matches.lost_outcomes import compared_share
from effekt.independent.trials import published_comparison
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure
from effekt.tables import Table, as_label, is_declared_text
from effekt.workflow.data.arguments import NONE, arguments
from effekt.workflow.findings import Finding, Verdict, cannot_tell, same_or_different, with_decimals

_Computed = TypeVar("_Computed")
LAST_PLACES = 8  # of a mean as a float: what two roundings of sums and solutions may differ by


def independent_findings(
    found: Certificate,
    own: Contract,
    second: SecondRoute,
    results: Mapping[str, AnyResult | Pending],
    recomputed: Mapping[str, Figure],
) -> Iterator[Finding]:
    """Figures again by the independent implementation, which shares no code, beside those of the recorded path again.

    Where the recorded path refuses again what the certificate states as refused, a number of the second route alone is
    a difference between the two, and none of the certificate's.
    """
    carried = {figure.id: figure for figure in found.figures if figure.id in own.model.figures}
    again: dict[str, Fraction] = {}
    rests: dict[str, Fraction] = {}
    for id, term in own.model.figures.items():
        if not isinstance(term, (EstimateFigure, MeasureFigure)):
            continue
        stated = carried.get(id)
        analysis = analysis_of(term)
        result = found.results.get(analysis)
        if stated is None or stated.value is None or result is None or isinstance(result, Pending):
            continue
        held = or_declined(functools.partial(withheld, id, term, own.model, result, carried, date=found.date))
        if isinstance(held, Withheld) and held.state == "zero":
            value: Fraction | Text = _ZERO_BY_CHECK
        else:
            value = _independent_value(term, result, found, analysis, second)
        refused = _refused_again(term, stated, results[analysis], recomputed)
        if value is _NOT_THERE and refused is not None:
            yield _of_neither(stated)
        elif isinstance(value, Text):
            yield cannot_tell(f"independent:{id}", f"Figure {id}: {value.en}", f"Siffran {id}: {value.sv}")
        elif refused is None:
            again[id], rests[id] = value, _rest(term, id, value, results[analysis], recomputed)
        else:
            yield _of_two_implementations(stated, value, refused)
    yield from _compared(found, own, carried, again, rests)


def _rest(
    term: EstimateFigure | MeasureFigure,
    id: str,
    value: Fraction,
    result: AnyResult | Pending,
    recomputed: Mapping[str, Figure],
) -> Fraction:
    """How far an effect, a mean or an end of an interval may be from that of the recorded path whatever its own size.

    A difference is right to the last places of the two means as floats, and may be next to nothing of them; one of
    several effects, to those of the means of each; an end, to 1e-9 of its distance from the estimate.
    """
    if isinstance(result, Pending) or not isinstance(term, EstimateFigure) or term.statistic not in _AROUND_ZERO:
        return Fraction(0)
    effect = effect_of(id, term, result, recomputed)
    if effect is None:
        return Fraction(0)
    if term.statistic in _MEANS and term.statistic != "estimate":
        return LAST_PLACES * _last_place(effect, term, result)
    places = Fraction(0)
    if effect.view.contrast == "difference":
        places = LAST_PLACES * _last_place(effect, term, result) * abs(Fraction(effect.view.slope))
    if term.statistic == "estimate":
        return places
    return max(places, RERUN_TOLERANCE * abs(value - Fraction(effect.estimate)))


def _last_place(effect: EffectEstimate, term: EstimateFigure, result: AnyResult) -> Fraction:
    """The last place of the larger mean; of a combination that of each of its effects, by their weights."""
    parts = {"": (Fraction(1), effect)}
    if term.combine is not None and isinstance(result, EffectSet):
        parts = {label: (abs(Fraction(weight)), result[label]) for label, weight in term.combine.items()}
    larger = {label: max(abs(one.means.treated), abs(one.means.counterfactual)) for label, (_, one) in parts.items()}
    return sum((weight * Fraction(math.ulp(larger[label])) for label, (weight, _) in parts.items()), Fraction(0))


def _refused_again(
    term: EstimateFigure | MeasureFigure,
    stated: Figure,
    result: AnyResult | Pending,
    recomputed: Mapping[str, Figure],
) -> Text | None:
    """Why the recorded path, with the data, says of the figure that it does not exist, as the certificate has it."""
    if recomputed.get(stated.id) != stated or isinstance(result, Pending) or not isinstance(term, EstimateFigure):
        return None
    return missing_reason(stated.id, term, result, recomputed)


def _of_neither(figure: Figure) -> Finding:
    """That neither implementation has a number, so that the figure is what the contract has it to be then."""
    id, stated = figure.id, figure.value or ""
    return same_or_different(
        f"independent:{id}",
        True,
        f"Figure {id}: stated {stated}, as the contract has it of a statistic that does not exist; by the independent "
        "implementation it does not exist either.",
        f"Siffran {id}: angiven {with_decimals(stated, 'sv')}, som avtalet har det för ett mått som inte finns; enligt "
        "den oberoende beräkningen finns det inte heller.",
    )


def _of_two_implementations(figure: Figure, value: Fraction, refused: Text) -> Finding:
    """That the second route has a number where the recorded path has none: no fault of the certificate."""
    id, stated, again = figure.id, figure.value or "", quantise(value, figure.digits)
    return cannot_tell(
        f"independent:{id}",
        f"Figure {id}: stated {stated}, as the contract has it of a statistic that does not exist, by the independent "
        f"implementation {again}. The recorded path refuses it again from these data: {refused.en} That the two "
        "implementations part is a fault in effekt, not in the certificate, and should be reported.",
        f"Siffran {id}: angiven {with_decimals(stated, 'sv')}, som avtalet har det för ett mått som inte finns, enligt "
        f"den oberoende beräkningen {with_decimals(again, 'sv')}. Den första beräkningen säger åter ur dessa data att "
        f"måttet inte finns: {refused.sv} Att de två beräkningarna skiljer sig är ett fel i effekt, inte i intyget, "
        "och bör rapporteras.",
    )


def _compared(
    found: Certificate,
    own: Contract,
    carried: Mapping[str, Figure],
    again: Mapping[str, Fraction],
    rests: Mapping[str, Fraction],
) -> Iterator[Finding]:
    """The stated figures against those of the second route.

    What is exact is the same or different. Another number is near within the contract's share of itself, also after
    rounding, if every line still pays the same with all that are near put in place of those stated. An effect and an
    end of its interval, which may be 0, are also near within what rounding may be to them.
    """
    near: dict[str, Figure] = {}
    for id, value in again.items():
        term, stated = own.model.figures[id], carried[id]
        if not isinstance(term, EstimateFigure) or stated.digits != term.digits:
            continue
        result = found.results[term.estimate]
        if not isinstance(result, Pending) and not is_exact(term, result, carried):
            margin = max(tolerance_of(own.model) * abs(value), rests[id])
            low, high = (Fraction(quantise(value + sign * margin, term.digits)) for sign in (-1, 1))
            if low <= Fraction(stated.value or "") <= high:
                near[id] = replace(stated, value=quantise(value, term.digits))
    moved = any(one != carried[id] for id, one in near.items())
    pays = not moved or pays_the_same(found, own, {**carried, **near})
    for id, value in again.items():
        yield _compare(id, carried[id], value, own.model.figures[id].digits, near=pays and id in near)


class SecondRoute:
    """The analyses by the independent implementation, each computed once for all figures that take from it."""

    def __init__(self, own: Contract, tables: Mapping[str, Table]) -> None:
        self._own = own
        self._tables = tables
        self._columns: dict[str, dict[str, list[Any]]] = {}
        self._computed: dict[tuple[str, bool], Mapping[str, Any]] = {}

    def call(self, analysis: str) -> Analysis:
        """The analysis as the contract has it."""
        return self._own.model.analysis[analysis]

    def numbers(self, analysis: str, given: Mapping[str, Any], *, with_inference: bool) -> Mapping[str, Any]:
        """What the function of the method gives for the analysis."""
        key = (analysis, with_inference)
        if key not in self._computed:
            function = independent.METHODS[self.call(analysis).method]
            self._computed[key] = function(self._data(analysis), **given)
        return self._computed[key]

    def means(self, analysis: str) -> Mapping[str, Any]:
        """The means of the analysis, by the arguments of the contract."""
        call = self.call(analysis)
        function = independent.METHODS[call.method]
        given = second_arguments(function, self._taken(analysis), with_inference=False)
        return self.numbers(analysis, given, with_inference=False)

    def otherwise(self, analysis: str) -> dict[tuple[str | None, str], Mapping[str, Any]]:
        """The means of every other reading that the method has, by the member of a set, or None, and its name."""
        call = self.call(analysis)
        function = independent.OTHERWISE[call.method]
        given = second_arguments(function, self._taken(analysis), with_inference=True)
        found = function(self._data(analysis), **given)
        if call.method != "randomized_trials":
            return {(None, name): means for name, means in found.items()}
        return {(member, name): means for member, own in found.items() for name, means in own.items()}

    def counted_share(
        self, term: EstimateFigure | MeasureFigure, analysis: str, numbers: Mapping[str, Any]
    ) -> Fraction:
        """The part of the treated in the data that a figure is counted for."""
        quantity = term.payment_quantity if isinstance(term, EstimateFigure) else None
        if quantity is None or not quantity.shared:
            return Fraction(1)
        treatment = self._taken(analysis)["match"]["treatment"]
        return compared_share(self._data(analysis), treatment, numbers["n_matched"])

    def _taken(self, analysis: str) -> dict[str, Any]:
        call = self.call(analysis)
        return arguments(call.method, METHODS[call.method], call.arguments)

    def _data(self, analysis: str) -> dict[str, list[Any]]:
        data = self.call(analysis).data
        if data not in self._columns:
            if data not in self._tables:
                raise NotRepeatedError(
                    f"the table {data} was not delivered, as is declared.",
                    f"underlaget {data} var inte levererat, enligt vad som anmälts.",
                )
            table = self._tables[data]
            self._columns[data] = {name: _cells(table, name) for name in table.columns}
        return self._columns[data]


def _cells(table: Table, name: str) -> list[Any]:
    """A column for the second route, which is told what text the data declare as such."""
    cells = table.values(name)
    if not is_declared_text(table, name):
        return cells
    return [None if cell is None else Name(as_label(cell)) for cell in cells]


def _compare(id: str, figure: Figure, value: Fraction, digits: int, *, near: bool) -> Finding:
    stated, again = figure.value or "", quantise(value, digits)
    verdict: Verdict = "reproduced" if again == stated else "within_tolerance" if near else "different"
    return Finding(
        name=f"independent:{id}",
        verdict=verdict,
        text=Text(
            en=f"Figure {id}: stated {stated}, by the independent implementation {again}.",
            sv=f"Siffran {id}: angiven {with_decimals(stated, 'sv')}, enligt den oberoende beräkningen "
            f"{with_decimals(again, 'sv')}.",
        ),
    )


def _independent_value(
    term: EstimateFigure | MeasureFigure,
    result: AnyResult,
    found: Certificate,
    analysis: str,
    second: SecondRoute,
) -> Fraction | Text:
    """The figure's statistic by the second route, or why that does not compute it."""
    call = second.call(analysis)
    function = independent.METHODS.get(call.method)
    if function is None or (isinstance(term, EstimateFigure) and isinstance(result, OutcomeMeasure)):
        return Text(
            en=f"the independent implementation has no {call.method}.",
            sv=f"den oberoende beräkningen saknar {call.method}.",
        )
    taken = arguments(call.method, METHODS[call.method], call.arguments)
    with_inference = isinstance(term, EstimateFigure) and term.statistic not in _MEANS
    given = second_arguments(function, taken, with_inference=with_inference)
    unknown = sorted(set(given) - set(inspect.signature(function).parameters))
    if unknown:
        return Text(
            en=f"the independent implementation does not take {join_words(unknown, 'and')} of {call.method}.",
            sv=f"den oberoende beräkningen tar inte emot {join_words(unknown, 'och')} för {call.method}.",
        )
    if isinstance(term, EstimateFigure) and counts_as_zero(term, result):
        return _ZERO_BY_TERMS

    def compute() -> Fraction | Text | None:
        numbers = second.numbers(analysis, given, with_inference=with_inference)
        value = as_fraction(taken_from(term, result, numbers, found))
        if value is None:
            return _NOT_THERE if _does_not_exist(term, numbers) else None
        return value * second.counted_share(term, analysis, numbers)

    value = or_declined(compute)
    return _NO_STATISTIC if value is None else value


def _does_not_exist(term: EstimateFigure | MeasureFigure, numbers: Mapping[str, Any]) -> bool:
    """Whether a figure has no number because, by the second route, its ratio or its inference does not exist."""
    if isinstance(term, MeasureFigure):
        return False
    own, view = _member(numbers, term), statistics.view_of(term.view, "higher", Fraction(1))  # of whatever sign
    judged = term.statistic not in _MEANS
    return statistics.lacks_ratio(own, view) or (judged and statistics.lacks_inference(own))


def or_declined(compute: Callable[[], _Computed]) -> _Computed | Text:
    """What the second route computes, or why it does not."""
    try:
        return compute()
    except TooLargeError:
        return _TOO_LARGE
    except (NotRepeatedError, UnavailableError) as error:
        return Text(
            en=f"the independent implementation declined: {error}",
            sv=f"den oberoende beräkningen avstod: {error.sv}",
        )
    except (ArgumentError, DataError, TypeError) as error:  # the second route refuses what it does not recompute
        return Text(
            en=f"the independent implementation declined: {error}",
            sv=f"den oberoende beräkningen avstod, och säger på engelska varför: ”{error}”",
        )
    except (ArithmeticError, LookupError, ValueError, RecursionError) as error:
        return _failed(error)


def _failed(error: Exception) -> Text:
    """That the second route itself broke down: this is its fault, and says nothing about the figure."""
    return Text(
        en=f"the independent implementation failed on this figure ({type(error).__name__}), so it was not computed "
        "a second time; that is a fault in effekt, not in the certificate, and should be reported.",
        sv=f"den oberoende beräkningen gick sönder på denna siffra ({type(error).__name__}), så den räknades inte ut "
        "en andra gång; det är ett fel i effekt, inte i intyget, och bör rapporteras.",
    )


_TOO_LARGE = Text(
    en="the data are too large for the independent implementation, which is in plain Python.",
    sv="data är för stora för den oberoende beräkningen, som är skriven i ren Python.",
)
_ZERO_BY_TERMS = Text(
    en="it counts as zero by the contract, since no standard error or p-value can be given.",
    sv="den räknas som noll enligt avtalet, eftersom varken medelfel eller p-värde kan anges.",
)
_ZERO_BY_CHECK = Text(
    en="it counts as zero by the contract, since a check that the contract requires fails or was not made.",
    sv="den räknas som noll enligt avtalet, eftersom en kontroll som avtalet kräver inte är uppfylld eller gjord.",
)
_NOT_THERE = Text(
    en="by the independent implementation this statistic does not exist.",
    sv="enligt den oberoende beräkningen finns detta mått inte.",
)
_NO_STATISTIC = Text(
    en="the independent implementation does not compute this statistic.",
    sv="den oberoende beräkningen omfattar inte detta mått.",
)


def taken_from(
    term: EstimateFigure | MeasureFigure, result: AnyResult, numbers: Mapping[str, Any], found: Certificate
) -> object:
    """What the figure takes from the numbers of the second route."""
    if isinstance(term, MeasureFigure):
        return numbers.get("value")
    if isinstance(result, OutcomeMeasure):
        return None
    effect = result if isinstance(result, EffectEstimate) else result[_first_label(term)]
    return second_statistic(term, _member(numbers, term), effect.outcome.better, _units(term, found))


_MEANS = ("estimate", "treated_mean", "counterfactual_mean")
_AROUND_ZERO = (*_MEANS, "confidence_low", "confidence_high")


def second_arguments(function: Callable[..., Any], taken: Mapping[str, Any], *, with_inference: bool) -> dict[str, Any]:
    """The arguments in the plainer form of the second route: the outcome as its column or columns."""
    has = inspect.signature(function).parameters
    left_out = {"missing", "draws", "rng", "outcome_range"} - set(has)
    plain = {name: value for name, value in taken.items() if name not in left_out}
    if "means_only" in has:
        plain["means_only"] = not with_inference
    if "inference" in plain and not with_inference:
        plain["inference"] = NONE  # the means need no placebos
    outcome = plain.get("outcome")
    if isinstance(outcome, Mapping):
        plain["outcome"] = outcome["column"]
    if isinstance(plain.get("outcome"), list):
        plain["outcome"] = tuple(plain["outcome"])
    return plain


def _member(numbers: Mapping[str, Any], term: EstimateFigure) -> Mapping[str, Any]:
    """The numbers of the effect that a figure takes from a set, or of the only one."""
    if term.member is not None:
        return numbers["members"][term.member]  # type: ignore[no-any-return]
    if term.combine is not None:
        weights = {label: Fraction(weight) for label, weight in term.combine.items()}
        joint = numbers.get("combine")
        return joint(weights) if joint is not None else published_comparison.combined(numbers["members"], weights)
    return numbers


def _first_label(term: EstimateFigure) -> str:
    """The member that a figure is taken from, or the first that it combines; all of these are better alike."""
    return term.member or next(iter(term.combine or {}))


def second_statistic(term: EstimateFigure, numbers: Mapping[str, Any], better: str | None, units: Fraction) -> object:
    """The statistic of the figure's view, written out anew."""
    view = statistics.view_of(term.view, better, units)
    if term.statistic in _MEANS:
        return statistics.mean_statistic(numbers, view, term.statistic)
    if term.statistic in ("std_error", "placebo_sd"):
        return statistics.spread_statistic(numbers, view, term.statistic)
    if term.statistic == "p_value":
        null = None if term.null is None else Fraction(term.null)
        return statistics.p_value(numbers, view, null, term.alternative or "two-sided")
    if term.statistic == "confidence_at_least":
        p = statistics.p_value(numbers, view, Fraction(term.threshold or "0"), "greater")
        return None if p is None else 1 - p
    level, alternative = Fraction(term.level or "0"), term.alternative or "two-sided"
    return statistics.bound(numbers, view, term.statistic, level, alternative)


def as_fraction(value: object) -> Fraction | None:
    """A number of the second route, exactly; None where it has none."""
    if isinstance(value, Fraction):
        return value
    return exact(value) if isinstance(value, (int, float)) else None


def _units(term: EstimateFigure, found: Certificate) -> Fraction:
    """The number of units of a total, written in the contract or a signed figure; 1 for other views."""
    values = {figure.id: figure.value for figure in found.figures}
    written = values.get(term.units or "", term.units)
    return Fraction(written) if written is not None else Fraction(1)


def pays_the_same(found: Certificate, own: Contract, figures: Mapping[str, Figure]) -> bool:
    """Whether every line pays with the figures computed again what the certificate states."""
    terms = own.model.figures
    given = {id: one for id, one in figures.items() if not isinstance(terms[id], DerivedFigure)}
    try:
        again = settle_figures(own, given, found.events)
    except EffektError:
        return False
    paid = {line.id: (line.state, line.amount) for line in again.lines}
    return paid == {line.id: (line.state, line.amount) for line in found.settlement.lines}
