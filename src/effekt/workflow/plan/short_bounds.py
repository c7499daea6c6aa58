"""Before signing: bounds whose method is known not to hold its level, and those that no method will give."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from fractions import Fraction

from effekt._text import Text
from effekt.contracts import Contract
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.model import Analysis
from effekt.contracts.scenarios import paying_figures
from effekt.estimators import METHODS
from effekt.estimators._coverage import coverage_notes, match_notes
from effekt.estimators.matching.replacement import ESTIMATED, NAME
from effekt.estimators.weighting import PLAIN_SANDWICH, SANDWICH
from effekt.reports.names import figure_name
from effekt.reports.statistic_words import STATISTICS
from effekt.result import Note


def short_bounds(contract: Contract) -> Iterator[Text]:
    """For each figure that money depends on and that is read from such bounds, what the published studies found.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Text
    """
    terms = contract.model
    for id in paying_figures(contract):
        term = terms.figures[id]
        if not isinstance(term, EstimateFigure) or term.uncertain is None:
            continue
        name, statistic = figure_name(id, terms), STATISTICS[term.statistic]
        for note in _notes(terms.analysis[term.estimate]):
            yield Text(
                en=f"Money hangs on {name.en}, {statistic.en}, by a method that does not hold its level. "
                f"{note.text.en}",
                sv=f"Pengar hänger på {name.sv}, {statistic.sv}, med en metod som inte håller sin nivå. {note.text.sv}",
            )


def _notes(analysis: Analysis) -> tuple[Note, ...]:
    """What is known of the method's intervals from its arguments alone."""
    given = analysis.given
    match, variance = given.get("match"), given.get("variance")
    if variance == SANDWICH:
        return (Note(code="plain_sandwich", text=PLAIN_SANDWICH),)
    if analysis.method != "matched_comparison" or not isinstance(match, Mapping):
        return coverage_notes(_uncertainty(analysis))
    sharing = 0 if variance in (NAME, ESTIMATED) else None  # how many is not known yet
    notes = match_notes(
        match,
        given.get("cluster"),
        sharing,
        estimated=variance == ESTIMATED,
        regressed=any(given.get(name) for name in ("covariates", "bias_adjustment")),
    )
    return tuple(note for note in notes if note.code == "short_coverage")  # whether groups are alike is not known yet


def never_found(contract: Contract) -> Iterator[Text]:
    """For each figure that states an uncertainty which its analysis cannot have, that it will have no value.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Text
    """
    terms = contract.model
    for id, term in terms.figures.items():
        if term.uncertain is None:
            continue
        name, analysis = figure_name(id, terms), terms.analysis[term.uncertain]
        why = _beside_the_ratio(term, analysis) if isinstance(term, EstimateFigure) else None
        if why is not None:
            yield Text(
                en=f"{name.en} will never have a value: analysis.{term.uncertain} has {_uncertainty(analysis)}, which "
                f"{why.en}.",
                sv=f"{name.sv} kommer aldrig att få ett värde: analysis.{term.uncertain} har {_uncertainty(analysis)}, "
                f"som {why.sv}.",
            )
        if analysis.arguments.get("inference") == "none":
            yield Text(
                en=f"{name.en} will never have a value: analysis.{term.uncertain} has inference: none.",
                sv=f"{name.sv} kommer aldrig att få ett värde: analysis.{term.uncertain} har inference: none.",
            )


OF_RATIOS = ("exact_poisson", "quasi_poisson")
IN_UNITS = ("difference", "improvement", "total")


_ZERO_ALONE = Text(
    en="is of the ratio, and of a difference says only whether it is zero",
    sv="gäller kvoten, och om en skillnad bara säger om den är noll",
)
_NO_ERROR = Text(en="has no standard error", sv="saknar medelfel")


def _beside_the_ratio(term: EstimateFigure, analysis: Analysis) -> Text | None:
    """What a figure asks that inference on a ratio of rates does not answer."""
    how = _uncertainty(analysis)
    if how not in OF_RATIOS:
        return None
    if term.statistic == "std_error":
        return _NO_ERROR if how == "exact_poisson" else None
    bound = term.statistic in ("confidence_low", "confidence_high")
    other = bound or Fraction(term.threshold or term.null or "0") != 0
    return _ZERO_ALONE if term.view in IN_UNITS and other else None


def _uncertainty(analysis: Analysis) -> str:
    """What the uncertainty is computed by: the inference, or the variance where that is asymptotic."""
    defaults = {name: one.default for name, one in inspect.signature(METHODS[analysis.method]).parameters.items()}
    inference, variance = (analysis.arguments.get(name, defaults.get(name)) for name in ("inference", "variance"))
    return str(variance if inference in (None, "asymptotic") else inference)
