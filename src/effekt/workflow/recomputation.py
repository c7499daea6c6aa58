"""The numbers of a certificate again from the data: by the recorded path, and by the independent implementation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from effekt import independent
from effekt._exact import exact
from effekt._text import Language, Text
from effekt._types import Table as AnyTable
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.digests import logical_digest, sha256_file
from effekt.certificates.predicate import DataDigest, Pending
from effekt.certificates.taking import take_figures, to_publish
from effekt.contracts import Contract, Figure, complete_figures, quantise, settle_figures
from effekt.contracts.estimated import AnyResult, counted_share, counts_as_zero, is_exact, rerun_values
from effekt.contracts.figures import DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.model import Analysis
from effekt.contracts.paying import analysis_of
from effekt.contracts.rerun import tolerance_of
from effekt.estimators import METHODS
from effekt.exceptions import ArgumentError, ContractError, DataError, EffektError
from effekt.independent import published_comparison, statistics
from effekt.independent.columns import Name
from effekt.independent.limits import NotRepeatedError, TooLargeError
from effekt.reports.wording import STATES
from effekt.result import EffectEstimate, OutcomeMeasure
from effekt.tables import Table, as_label, is_declared_text
from effekt.workflow.analysis import NONE, arguments, data_file, run_analyses
from effekt.workflow.announced import check_new_rows
from effekt.workflow.counted_rows import check_rows
from effekt.workflow.findings import (
    Finding,
    Verdict,
    cannot_tell,
    compare,
    refused,
    result_stage,
    same_or_different,
    told_differences,
    with_decimals,
)


def data_findings(
    found: Certificate, contract: Contract | None, data: Mapping[str, AnyTable] | None
) -> Iterator[Finding]:
    """Everything that the data can say, by the verifier's own contract or, without one, the certificate's.

    An analysis that the certificate's own contract cannot run is a difference, and so is one that it cannot run on the
    very tables that it names; one that the verifier's contract cannot run on other data is an error.
    """
    own = found.contract if contract is None else contract
    try:
        yield from _recomputed(found, own, data)
    except EffektError as error:
        if contract is not None and not _rests_on(found, own, data):
            raise
        yield refused("recomputation", error, "The results cannot be computed again", "Resultaten kan inte räknas om")


def _rests_on(found: Certificate, own: Contract, data: Mapping[str, AnyTable] | None) -> bool:
    """Whether contract and tables are, byte for byte, those that the certificate names."""
    files = {id: data_file(own, id, data) for id in own.model.data}
    digests = {id: sha256_file(file) for id, file in files.items() if file is not None and file.is_file()}
    return own.sha256 == found.contract.sha256 and digests == {id: one.sha256 for id, one in found.data.items()}


def _recomputed(found: Certificate, own: Contract, data: Mapping[str, AnyTable] | None) -> Iterator[Finding]:
    missing = [id for id in own.model.data if not _is_there(own, id, data)]
    for id in missing:
        yield cannot_tell(
            f"data:{id}",
            f"Data {id} were not given, so the results were not computed again.",
            f"Data {id} angavs inte, så resultaten räknades inte om.",
        )
    if missing:
        return
    results, tables = run_analyses(own, data)
    for id, table in tables.items():
        if id in found.data:
            yield _digest_finding(id, found.data[id], table, data_file(own, id, data))
        else:
            en, sv = f"Data {id}: the certificate has no digest of them.", f"Data {id}: intyget saknar kontrollsumma."
            yield same_or_different(f"data:{id}", False, en, sv)
    yield from _row_findings(found, own, tables)
    again = take_figures(own, results, found.attestations, date=found.date, software=found.software)
    public = to_publish(own, results, again)
    for id, stated in found.results.items():
        yield _result_finding(id, stated, public.get(id), found)
    for figure in found.figures:
        other = again.get(figure.id)
        en, sv = _SOURCES[own.model.figures[figure.id].source if figure.id in own.model.figures else "estimate"]
        finding = compare(
            f"recomputed:{figure.id}",
            figure,
            other,
            found,
            f"Figure {figure.id}: stated {figure_value(figure, 'en')}, {en} {figure_value(other, 'en')}.",
            f"Siffran {figure.id}: angiven {figure_value(figure, 'sv')}, {sv} {figure_value(other, 'sv')}.",
        )
        near = finding.verdict == "different" and _is_near(figure, found, own, results, again)
        near = near and _pays_the_same(found, own, again)
        yield replace(finding, verdict="within_tolerance") if near else finding
    yield from _independent_findings(found, own, tables)


def _is_near(
    stated: Figure, found: Certificate, own: Contract, results: Mapping[str, Any], again: Mapping[str, Figure]
) -> bool:
    """Whether a stated figure is one that a re-run within the contract's own tolerance could have come to.

    A count, a sum and whatever else is exact has no other value; a derived figure follows from those that are stated.
    """
    term, mine = own.model.figures.get(stated.id), again.get(stated.id)
    if own.model.tolerance is None or mine is None or stated.value is None or mine.value is None:
        return False
    if replace(mine, value=stated.value) != stated:
        return False
    if isinstance(term, DerivedFigure):
        carried = {one.id: one for one in found.figures if not isinstance(own.model.figures.get(one.id), DerivedFigure)}
        return complete_figures(own, carried)[stated.id] == stated
    if not isinstance(term, EstimateFigure) or isinstance(results[term.estimate], Pending):
        return False
    ends = rerun_values(stated.id, term, results[term.estimate], again, tolerance_of(own.model))
    values = [Fraction(one.value) for one in (mine, *ends) if one.value is not None]
    return min(values) <= Fraction(stated.value) <= max(values)


def _pays_the_same(found: Certificate, own: Contract, figures: Mapping[str, Figure]) -> bool:
    """Whether every line pays with the figures computed again what the certificate states."""
    terms = own.model.figures
    given = {id: one for id, one in figures.items() if not isinstance(terms[id], DerivedFigure)}
    try:
        again = settle_figures(own, given, found.events)
    except EffektError:
        return False
    paid = {line.id: (line.state, line.amount) for line in again.lines}
    return paid == {line.id: (line.state, line.amount) for line in found.settlement.lines}


_SOURCES = {
    "estimate": ("computed from the data", "beräknad från data"),
    "measure": ("computed from the data", "beräknad från data"),
    "attested": ("attested", "intygad"),
    "derived": ("computed from other figures", "beräknad ur andra siffror"),
}


def _row_findings(found: Certificate, own: Contract, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """That nothing is paid for that lies after the day of the certificate."""
    try:
        check_rows(own, found.date, tables)
        check_new_rows(own, found.settles, tables)
    except DataError as error:
        yield refused("rows", error, "The data", "Data")


def _is_there(own: Contract, id: str, data: Mapping[str, AnyTable] | None) -> bool:
    """Whether a data source was given, or lies in the folder of the verifier's own contract."""
    if id in (data or {}):
        return True
    try:
        return own.data_path(id).is_file()
    except ContractError:
        return False


def _digest_finding(id: str, stated: DataDigest, table: Table, path: Path | None) -> Finding:
    """The file, or its content; and that rows, columns and digest of the content are as the certificate says."""
    content = logical_digest({name: table.values(name) for name in table.columns})
    same_file = path is not None and sha256_file(path) == stated.sha256
    columns = (stated.columns, table.columns) if same_file else (sorted(stated.columns), sorted(table.columns))
    if content != stated.logical:
        return same_or_different(
            f"data:{id}", False, f"Data {id}: the content differs.", f"Data {id}: innehållet skiljer sig."
        )
    if columns[0] != columns[1] or stated.rows != len(table):
        return same_or_different(
            f"data:{id}",
            False,
            f"Data {id}: the certificate states other rows or columns than the data have.",
            f"Data {id}: intyget anger andra rader eller kolumner än data har.",
        )
    if same_file:
        return same_or_different(f"data:{id}", True, f"Data {id}: the same file.", f"Data {id}: samma fil.")
    return Finding(
        name=f"data:{id}",
        verdict="within_tolerance",
        text=Text(en=f"Data {id}: another file, the same content.", sv=f"Data {id}: en annan fil, samma innehåll."),
    )


def _result_finding(
    id: str, stated: AnyResult | Pending, public: AnyResult | Pending | None, found: Certificate
) -> Finding:
    finding = compare(
        f"result:{id}",
        stated,
        public,
        found,
        f"Analysis {id}: the signed result against the one computed again from the data.",
        f"Analysen {id}: det signerade resultatet mot det som räknats om från data.",
    )
    if finding.verdict != "different":
        return finding
    told = told_differences(stated, public)
    text = Text(
        en=f"{finding.text.en} What differs (signed / again): {told.en}.",
        sv=f"{finding.text.sv} Det som skiljer sig (signerat / omräknat): {told.sv}.",
    )
    return replace(finding, text=text, stage=result_stage(stated, public))


def _independent_findings(found: Certificate, own: Contract, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Figures on means and counts again by the independent implementation, which shares no code."""
    second = _SecondRoute(own, tables)
    carried = {figure.id: figure for figure in found.figures if figure.id in own.model.figures}
    again: dict[str, Fraction] = {}
    for id, term in own.model.figures.items():
        if not isinstance(term, (EstimateFigure, MeasureFigure)):
            continue
        stated = carried.get(id)
        analysis = analysis_of(term)
        result = found.results.get(analysis)
        if stated is None or stated.value is None or result is None or isinstance(result, Pending):
            continue
        value = _independent_value(term, result, found, analysis, second)
        if isinstance(value, Fraction) and isinstance(term, EstimateFigure):
            value *= counted_share(term, result)
        if isinstance(value, Text):
            yield cannot_tell(f"independent:{id}", f"Figure {id}: {value.en}", f"Siffran {id}: {value.sv}")
        else:
            again[id] = value
    yield from _compared(found, own, carried, again)


def _compared(
    found: Certificate, own: Contract, carried: Mapping[str, Figure], again: Mapping[str, Fraction]
) -> Iterator[Finding]:
    """The stated figures against those of the second route.

    What is exact is the same or different. Another number is near within the contract's share of itself, also after
    rounding, if every line still pays the same with all that are near put in place of those stated.
    """
    near: dict[str, Figure] = {}
    for id, value in again.items():
        term, stated = own.model.figures[id], carried[id]
        if not isinstance(term, EstimateFigure) or stated.digits != term.digits:
            continue
        result = found.results[term.estimate]
        if not isinstance(result, Pending) and not is_exact(term, result, carried):
            ends = [value * (1 + sign * tolerance_of(own.model)) for sign in (-1, 1)]
            low, high = sorted(Fraction(quantise(end, term.digits)) for end in ends)
            if low <= Fraction(stated.value or "") <= high:
                near[id] = replace(stated, value=quantise(value, term.digits))
    moved = any(one != carried[id] for id, one in near.items())
    pays = not moved or _pays_the_same(found, own, {**carried, **near})
    for id, value in again.items():
        yield _compare(id, carried[id], value, own.model.figures[id].digits, near=pays and id in near)


class _SecondRoute:
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
            call = self.call(analysis)
            if call.data not in self._columns:
                table = self._tables[call.data]
                self._columns[call.data] = {name: _cells(table, name) for name in table.columns}
            self._computed[key] = independent.METHODS[call.method](self._columns[call.data], **given)
        return self._computed[key]


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
    second: _SecondRoute,
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
    given = _independent_arguments(function, taken, with_inference=with_inference)
    unknown = sorted(set(given) - set(inspect.signature(function).parameters))
    if unknown:
        return Text(
            en=f"the independent implementation does not take {join_words(unknown, 'and')} of {call.method}.",
            sv=f"den oberoende beräkningen tar inte emot {join_words(unknown, 'och')} för {call.method}.",
        )
    if isinstance(term, EstimateFigure) and counts_as_zero(term, result):
        return _ZERO_BY_TERMS
    try:
        value = _fraction(_taken(term, result, second.numbers(analysis, given, with_inference=with_inference), found))
    except TooLargeError:
        return _TOO_LARGE
    except NotRepeatedError as error:
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
    return _NO_STATISTIC if value is None else value


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
_NO_STATISTIC = Text(
    en="the independent implementation does not compute this statistic.",
    sv="den oberoende beräkningen omfattar inte detta mått.",
)


def _taken(
    term: EstimateFigure | MeasureFigure, result: AnyResult, numbers: Mapping[str, Any], found: Certificate
) -> object:
    """What the figure takes from the numbers of the second route."""
    if isinstance(term, MeasureFigure):
        return numbers.get("value")
    if isinstance(result, OutcomeMeasure):
        return None
    effect = result if isinstance(result, EffectEstimate) else result[_first_label(term)]
    return _statistic(term, _member(numbers, term), effect.outcome.better, _units(term, found))


_MEANS = ("estimate", "treated_mean", "counterfactual_mean")


def _independent_arguments(
    function: Callable[..., Any], taken: Mapping[str, Any], *, with_inference: bool
) -> dict[str, Any]:
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


def _statistic(term: EstimateFigure, numbers: Mapping[str, Any], better: str | None, units: Fraction) -> object:
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


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, Fraction):
        return value
    return exact(value) if isinstance(value, (int, float)) else None


def _units(term: EstimateFigure, found: Certificate) -> Fraction:
    """The number of units of a total, written in the contract or a signed figure; 1 for other views."""
    values = {figure.id: figure.value for figure in found.figures}
    written = values.get(term.units or "", term.units)
    return Fraction(written) if written is not None else Fraction(1)


def figure_value(figure: Figure | None, lang: Language) -> str:
    """A figure's value to its last digit, or its state where it has none."""
    if figure is None:
        return "–"
    return STATES[figure.state].in_language(lang) if figure.value is None else with_decimals(figure.value, lang)
