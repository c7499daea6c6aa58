"""Which amounts on other figures a certificate does not hold, and why: bounds, reference windows, alternatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.hidden_words import COUNTS_HIDDEN
from effekt.certificates.predicate import Pending
from effekt.contracts.fallback import rungs_of
from effekt.contracts.figures import DerivedFigure, EstimateFigure
from effekt.contracts.model import Analysis, ContractTerms
from effekt.contracts.paying import paying
from effekt.reports.other_means import BOUNDS, TRIALS, WINDOWED, WINDOWS, adjustments, comparators, windows
from effekt.result import Diagnostic, EffectEstimate, EffectSet

POINT = ("estimate", "treated_mean", "counterfactual_mean")
_PUBLISHED = "published_comparison"
_NO_VALUE = ("n_without_line", "n_without_strata", "n_without_change")
_ONE_PERIOD = (*TRIALS, "complier_effect", "doubly_robust", "matched_comparison")

_NONE_MISSING = Text(
    en="No outcome is missing in what is analysed, so its bounds are the estimate itself.",
    sv="Inget utfall saknas i det som analyseras, så gränserna är skattningen själv.",
)
_NOT_TOLD = Text(
    en="Rows were left out for missing values and the certificate has no check of missing outcomes, so it is not known "
    "what bounds of them would give.",
    sv="Rader har utelämnats för saknade värden och intyget har ingen kontroll av saknade utfall, så vad gränser för "
    "dem skulle ge är inte känt.",
)
_NO_BOUNDS = Text(
    en="Outcomes may be missing, and this method gives no amount at bounds of them.",
    sv="Utfall kan saknas, och metoden ger inget belopp vid gränser för dem.",
)
_ABSENT = {
    "lee_bounds": Text(
        en="There is no trimming bound (Lee): too few outcomes are known, or rows without one lack what the design "
        "rests on.",
        sv="Det finns ingen beskärningsgräns (Lee): för få utfall är kända, eller så saknar rader utan utfall det som "
        "designen vilar på.",
    ),
    "manski_bounds": Text(
        en="There is no worst-case bound (Manski): the contract gives no range of the outcome (outcome_range), or rows "
        "without one lack what the design rests on.",
        sv="Det finns ingen värstafallsgräns (Manski): avtalet anger inget intervall för utfallet (outcome_range), "
        "eller så saknar rader utan utfall det som designen vilar på.",
    ),
}
_TAKEN = Text(
    en="The estimate is published and not computed here, so it is not read in another way.",
    sv="Skattningen är publicerad och inte beräknad här, så den läses inte på annat sätt.",
)
_NOT_HELD = Text(
    en="The certificate does not hold the amount under other reference windows, so it is not known.",
    sv="Intyget rymmer inte beloppet med andra referensfönster, så det är inte känt.",
)
_NO_LEVEL = Text(
    en="The outcome of the treated is not above zero, so the relative changes under other reference windows give no "
    "amount.",
    sv="De behandlades utfall är inte över noll, så de relativa förändringarna med andra referensfönster ger inget "
    "belopp.",
)
_NO_WINDOW = Text(
    en="Groups are compared by one outcome for each unit; there is no reference window.",
    sv="Grupper jämförs med ett utfall per enhet; det finns inget referensfönster.",
)
_NO_OTHER_WINDOW = Text(
    en="This method gives no amount under other reference windows.",
    sv="Metoden ger inget belopp med andra referensfönster.",
)
_NO_ALTERNATIVE = Text(
    en="The contract names no other comparator or design (sensitivity), so the amount under another is not known.",
    sv="Avtalet anger ingen annan jämförelse eller design (sensitivity), så beloppet med en annan är inte känt.",
)
_NO_COMPARATOR = Text(
    en="The contract names no other comparator (sensitivity), so the amount under another is not known.",
    sv="Avtalet anger ingen annan jämförelse (sensitivity), så beloppet med en annan är inte känt.",
)

_NO_UNITS = Text(
    en="The contract does not say of how many units the comparator's series is the plain mean (series_units), so the "
    "amount with the treated units taken out of it is not known.",
    sv="Avtalet säger inte hur många enheter jämförelseserien är det enkla medelvärdet av (series_units), så beloppet "
    "med de behandlade enheterna borttagna ur den är inte känt.",
)
_NO_SUMS = Text(
    en="The outcome is a ratio of sums, and without weights (weights: none) the comparator's series is not, so the "
    "amount with the treated units taken out of it is not known.",
    sv="Utfallet är en kvot av summor, och utan vikter (weights: none) är jämförelseserien inte det, så beloppet med "
    "de behandlade enheterna borttagna ur den är inte känt.",
)
_NOT_WITHOUT = Text(
    en="There is no amount with the treated units taken out of the comparator's series: it cannot contain them as it "
    "stands, or what it then predicts is not above zero.",
    sv="Det finns inget belopp med de behandlade enheterna borttagna ur jämförelseserien: den kan inte innehålla dem "
    "som den är, eller så är det som den då förutsäger inte över noll.",
)


def paid_points(terms: ContractTerms) -> dict[str, EstimateFigure]:
    """The figures that pay and are point estimates.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    dict of str to EstimateFigure
        In the contract's order.
    """
    read = {id: terms.figures[id] for id in paying(terms.payment, terms.figures)}
    return {id: term for id, term in read.items() if isinstance(term, EstimateFigure) and term.statistic in POINT}


def point_figures(certificate: Certificate) -> dict[str, dict[str, EstimateFigure]]:
    """The figures that pay on a point estimate, by analysis.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of str to dict of str to EstimateFigure
        Of analyses of an effect that have a result, in the certificate's order.
    """
    points = paid_points(certificate.contract.model)
    found = {
        analysis: {id: term for id, term in points.items() if term.estimate == analysis}
        for analysis, result in certificate.results.items()
        if not isinstance(result, Pending)
    }
    return {analysis: mine for analysis, mine in found.items() if mine}


def ladders(terms: ContractTerms) -> dict[str, DerivedFigure]:
    """The figures that pay and take the first of several that a trigger lets count.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    dict of str to DerivedFigure
        In the contract's order.
    """
    read = {id: terms.figures[id] for id in paying(terms.payment, terms.figures)}
    return {id: term for id, term in read.items() if isinstance(term, DerivedFigure) and rungs_of(term)}


def replaced(terms: ContractTerms) -> set[str]:
    """The figures in whose place the contract itself names another: under sensitivity, or in a ladder.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    set of str
    """
    named = {id for one in (terms.sensitivity or {}).values() for id in one.replace}
    rungs = [rung.figure for term in ladders(terms).values() for rung in rungs_of(term)]
    return named.union(*(_computed_from(id, terms) for id in rungs))


def _computed_from(id: str, terms: ContractTerms) -> set[str]:
    return {id}.union(*(_computed_from(operand, terms) for operand in terms.figures[id].operands()))


def lacking(certificate: Certificate) -> dict[str, tuple[Text, ...]]:
    """Why an amount on other figures is not there.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of str to tuple of Text
        Under "missing", "windows", "declared" and "designs", as the amounts themselves are; a sentence for each
        analysis that pays on a point estimate and lacks them. Empty where none does.
    """
    found: dict[str, list[Text]] = {"missing": [], "windows": [], "declared": [], "designs": []}
    terms = certificate.contract.model
    named = replaced(terms)
    for id, mine in point_figures(certificate).items():
        analysis, checks = terms.analysis[id], _checks(certificate.results[id])
        reasons = {
            "missing": _bounds(analysis, checks, dropped=_dropped(certificate.results[id])),
            "windows": _windows(analysis, certificate.results[id]),
            "declared": iter(() if named.intersection(mine) else _alternatives(certificate.results[id])),
            "designs": _series(certificate.results[id]),
        }
        for kind, texts in reasons.items():
            found[kind] += [Text(en=f"{id}: {text.en}", sv=f"{id}: {text.sv}") for text in texts]
    return {kind: tuple(texts) for kind, texts in found.items() if texts}


def _alternatives(result: object) -> Iterator[Text]:
    """What nothing is known of where the contract names no alternative and the checks hold no other reading."""
    if not isinstance(result, EffectEstimate) or not any(adjustments(result)):
        yield _NO_ALTERNATIVE
    elif not any(comparators(result)):
        yield _NO_COMPARATOR


def _series(result: object) -> Iterator[Text]:
    """Why nothing is known of the treated units taken out of the comparator's series that they are kept in."""
    if not isinstance(result, EffectEstimate):
        return
    for check in result.diagnostics:
        values = check.values
        if check.name != "own_unit" or values.get("own_unit") != "kept" or values.get("relative_removed") is not None:
            continue
        if check.statement == COUNTS_HIDDEN or values.get("n_without_line"):
            yield check.statement
        elif result.arguments.get("weights") is not None:
            yield _NOT_WITHOUT
        elif result.arguments.get("series_units") is None:
            yield _NO_UNITS
        else:
            yield _NO_SUMS if _of_sums(result) else _NOT_WITHOUT


def _of_sums(effect: EffectEstimate) -> bool:
    return not isinstance(effect.outcome.column, str) and effect.arguments.get("mean") == "ratio_of_sums"


def _checks(result: object) -> list[Diagnostic]:
    if isinstance(result, EffectEstimate):
        return list(result.diagnostics)
    return [check for one in result.effects for check in one.diagnostics] if isinstance(result, EffectSet) else []


def _dropped(result: object) -> bool:
    """Whether rows were left out for missing values, or it is hidden whether they were."""
    members = result.effects if isinstance(result, EffectSet) else (result,)
    return any(one.sample.n_dropped != 0 for one in members if isinstance(one, EffectEstimate))


def _bounds(analysis: Analysis, checks: Sequence[Diagnostic], *, dropped: bool) -> Iterator[Text]:
    """Why the amounts at the bounds of missing outcomes are not there, or not all."""
    names = {check.name for check in checks}
    if analysis.method == _PUBLISHED:
        yield _TAKEN
    elif analysis.method not in TRIALS:
        yield _NONE_MISSING if analysis.arguments.get("missing") == "raise" else _NO_BOUNDS
    elif not names.intersection(("differential_attrition", *BOUNDS)):
        yield _NOT_TOLD if dropped else _NONE_MISSING
    else:
        for name, absent in _ABSENT.items():
            yield from [absent] if name not in names else _without(checks, name, "treated_mean")


def _windows(analysis: Analysis, result: object) -> Iterator[Text]:
    """Why the amounts under other reference windows are not there."""
    if analysis.method == _PUBLISHED:
        yield _TAKEN
    elif analysis.method in _ONE_PERIOD:
        yield _NO_WINDOW
    elif analysis.method != WINDOWED or not isinstance(result, EffectEstimate):
        yield _NO_OTHER_WINDOW
    elif WINDOWS not in {check.name for check in result.diagnostics}:
        yield _NOT_HELD
    elif not any(windows(result)):
        yield from [*_without(result.diagnostics, WINDOWS, "relative", least=2)] or [_NO_LEVEL]
    else:  # of some windows the check says that they have no value
        checks = [one for one in result.diagnostics if one.name == WINDOWS]
        yield from (one.statement for one in checks if any(map(one.values.get, _NO_VALUE)))


def _without(checks: Sequence[Diagnostic], name: str, column: str, *, least: int = 1) -> Iterator[Text]:
    """What a check says that has no numbers of its own, since there are none or they are hidden."""
    for check in checks:
        numbers = [value for value in check.table.get(column, ()) if isinstance(value, (int, float))]
        if check.name == name and len(numbers) < least:
            yield check.statement
