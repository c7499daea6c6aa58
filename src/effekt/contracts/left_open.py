"""The choices that the sources leave open, money turns on and no convention decides, where a file does not state them.

What else a file leaves undecided, around the figures, is with the check before signing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.figures import YES_NO, AttestedFigure, DerivedFigure, EstimateFigure
from effekt.contracts.model import Analysis, Contract
from effekt.contracts.paying import analysis_of
from effekt.contracts.scenarios import moving_figures, paying_figures

OPEN = (
    "reference_period",
    "missing_data",
    "minimum_n",
    "tie_orders",
    "on_unavailable",
    "payment_quantity",
    "result_step",
)
"""Without which no plan is locked, unless they are accepted so."""

TIES = {"nearest", "optimal", "full"}
"""Ways to match that break ties between controls by an order of their names."""

_INFERENCE = ("std_error", "placebo_sd", "p_value", "confidence_low", "confidence_high", "confidence_at_least")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """One choice that money may turn on and the contract file does not state.

    Attributes
    ----------
    field : str
        Which, from a closed list: "governing_text", "reference_period", "minimum_n", "data_vintage", "missing_data",
        "on_unavailable", "payment_quantity", "payment_dates", "tie_orders", "alternatives", "run_log",
        "estimand", "result_step", "population", "paid_each", "assurance", "independence", "run_out", "data_lock",
        "last_days", "interim", "termination", "disputes", "revisions".
    place : str
        Where in the contract, such as "figures.savings".
    text : Text
        What is not stated.
    remedy : Text
        What to do.
    """

    field: str
    place: str
    text: Text
    remedy: Text


def open_terms(contract: Contract) -> tuple[Undecided, ...]:
    """What of the terms that the sources leave open applies to a contract, and its file does not state.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Undecided
        Of the ten terms that the sources leave open the other four are keys without which no file is read:
        attribution, floor or addition, strict or weak threshold, and the rounding of money. With them the step of each
        paying figure on the result ladder, since activities and outputs never trigger payment.
    """
    found = (*of_analyses(contract), *of_figures(contract), *of_steps(contract))
    return tuple(one for one in found if one.field in OPEN)


def stated_by(*, field: str, key: str, text: Text) -> Undecided:
    """What a key of its own states, where the file has it.

    Parameters
    ----------
    field, key : str
        As `field` and `place` of what is not stated.
    text : Text
        What is not stated.

    Returns
    -------
    Undecided
    """
    return Undecided(
        field=field,
        place=key,
        text=text,
        remedy=Text(en=f"Write it under {key}, before signing.", sv=f"Skriv det under {key}, före undertecknandet."),
    )


def ties_broken(analysis: Analysis) -> bool:
    """Whether the method of an analysis breaks ties between controls by an order of their names.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    bool
    """
    match = analysis.arguments.get("match")
    return analysis.method == "matched_comparison" and isinstance(match, dict) and match.get("method") in TIES


def _was_paid_before(term: object, contract: Contract) -> bool:
    """Whether a figure is attested as what certificates paid: no outcome, and none of it is compared or missing."""
    if not isinstance(term, AttestedFigure):
        return False
    figures, lines = contract.model.figures, contract.model.payment.lines.values()
    deducted = (figures.get(line.true_up.paid) for line in lines if line.true_up is not None)
    return term.paid_before is not None or any(one is term for one in deducted)


def _needs_terms(term: AttestedFigure, contract: Contract) -> bool:
    """Whether an attested figure is measured: neither a yes or no, nor a sum of what was paid."""
    return term.unit != YES_NO and not _was_paid_before(term, contract)


def _no_edition(analysis: Analysis) -> bool:
    """Whether an analysis compares with a published series and names no edition of it."""
    others = analysis.arguments.get("comparator", "none")
    return analysis.method == "trend_adjusted" and others != "none" and "vintage" not in analysis.arguments


def _without_a_rule(term: EstimateFigure, contract: Contract) -> bool:
    """Whether a figure pays by the estimate, whatever its precision, and nothing says what holds without inference."""
    others = [contract.model.figures[id] for id in paying_figures(contract)]
    judged = any(
        isinstance(other, EstimateFigure) and other.estimate == term.estimate and other.statistic in _INFERENCE
        for other in others
    )
    return term.statistic == "estimate" and not judged and term.without_inference is None


def _of_the_matched(analysis: Analysis) -> bool:
    """Whether an analysis is on the treated, of whom some may be without a match; else the key has no meaning."""
    match = analysis.arguments.get("match")
    on_treated = isinstance(match, dict) and match.get("estimand", "ATT") == "ATT"
    return analysis.method == "matched_comparison" and on_treated


_KEY = Text(en="Write it as {key}, before signing.", sv="Skriv det som {key}, före undertecknandet.")


@dataclass(frozen=True, slots=True)
class _Term:
    """A term that an analysis or a figure states under a key of its own; {id} and {key} stand for its names.

    Attributes
    ----------
    kind : type
        Of what it is a term.
    field, key : str
        As `field` of `Undecided`, and the key.
    open : callable
        Whether one of that kind, in a contract, leaves it open.
    text, remedy : Text
        What is not stated, and what to do.
    """

    kind: type
    field: str
    key: str
    open: Callable[[Any, Contract], bool]
    text: Text
    remedy: Text = _KEY

    def of(self, part: str, id: str) -> Undecided:
        place = f"{part}.{id}"
        names = {"id": id, "key": f"{place}.{self.key}"}
        text, remedy = (Text(en=one.en.format(**names), sv=one.sv.format(**names)) for one in (self.text, self.remedy))
        return Undecided(field=self.field, place=place, text=text, remedy=remedy)


_TERMS = (
    _Term(
        Analysis,
        "tie_orders",
        "tie_tolerance",
        lambda analysis, contract: analysis.tie_tolerance is None and ties_broken(analysis),
        Text(
            en="The file does not say how far the estimate of {id} may depend on which of equally near controls are "
            "chosen.",
            sv="Filen anger inte hur mycket skattningen i {id} får bero på vilka av lika nära kontroller som väljs.",
        ),
    ),
    _Term(
        Analysis,
        "minimum_n",
        "minimum_n",
        lambda analysis, contract: analysis.minimum_n is None,
        Text(
            en="No smallest number of units is stated for {id}, below which it decides nothing.",
            sv="Inget minsta antal enheter är angivet för {id}, under vilket den inte avgör något.",
        ),
    ),
    _Term(
        Analysis,
        "data_vintage",
        "vintage",
        lambda analysis, contract: _no_edition(analysis),
        Text(
            en="The file does not say which edition of the published series decides {id}, and a later revision is "
            "another figure.",
            sv="Filen anger inte vilken utgåva av de publicerade serierna som avgör {id}, och en senare revidering "
            "ger en annan siffra.",
        ),
    ),
    _Term(
        AttestedFigure,
        "reference_period",
        "reference_period",
        lambda term, contract: term.reference_period is None and _needs_terms(term, contract),
        Text(
            en="{id} is attested; the file does not say which period it is compared with.",
            sv="{id} intygas; filen anger inte vilken period värdet jämförs med.",
        ),
    ),
    _Term(
        AttestedFigure,
        "missing_data",
        "missing_data",
        lambda term, contract: term.missing_data is None and _needs_terms(term, contract),
        Text(
            en="{id} is attested; the file does not say how missing data are dealt with.",
            sv="{id} intygas; filen anger inte hur saknade uppgifter hanteras.",
        ),
    ),
    _Term(
        EstimateFigure,
        "on_unavailable",
        "without_inference",
        _without_a_rule,
        Text(
            en="{id} pays on the estimate alone; the file does not say whether it still pays when no standard error "
            "or p-value can be given.",
            sv="{id} betalar på enbart skattningen; filen anger inte om den betalar även när medelfel eller p-värde "
            "inte kan anges.",
        ),
        Text(
            en="Write {key}, pay, refer or zero, or add a condition on confidence_at_least, whose on_unavailable says "
            "refer or zero.",
            sv="Skriv {key}, pay, refer eller zero, eller lägg till ett villkor på confidence_at_least, vars "
            "on_unavailable anger refer eller zero.",
        ),
    ),
    _Term(
        EstimateFigure,
        "payment_quantity",
        "payment_quantity",
        lambda term, contract: (
            term.payment_quantity is None and _of_the_matched(contract.model.analysis[term.estimate])
        ),
        Text(
            en="The file does not say whether {id} is paid for all enrolled or for the matched, nor what those "
            "without a match mean.",
            sv="Filen anger inte om {id} betalas för alla inskrivna eller för de matchade, och inte vad de utan match "
            "innebär.",
        ),
    ),
)


def _of(part: str, id: str, term: object, contract: Contract) -> Iterator[Undecided]:
    return (one.of(part, id) for one in _TERMS if isinstance(term, one.kind) and one.open(term, contract))


def moving_analyses(contract: Contract) -> dict[str, Analysis]:
    """The analyses that money turns on.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of str to Analysis
        In the contract's order.
    """
    names = [analysis_of(contract.model.figures[id]) for id in moving_figures(contract)]
    return {id: analysis for id, analysis in contract.model.analysis.items() if id in names}


def of_analyses(contract: Contract) -> Iterator[Undecided]:
    """What is not stated of the analyses that money turns on.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Undecided
    """
    for id, analysis in moving_analyses(contract).items():
        yield from _of("analysis", id, analysis, contract)


def of_figures(contract: Contract) -> Iterator[Undecided]:
    """What is not stated of the figures that money turns on, one by one.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Undecided
    """
    for id in moving_figures(contract):
        yield from _of("figures", id, contract.model.figures[id], contract)


def of_steps(contract: Contract) -> Iterator[Undecided]:
    """Paying figures without a step of the result ladder, in one sentence.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Undecided
    """
    terms = contract.model
    figures = {id: terms.figures[id] for id in moving_figures(contract)}
    paid = [
        id
        for id, term in figures.items()
        if not isinstance(term, DerivedFigure) and not _was_paid_before(term, contract)
    ]
    unplaced = [id for id in paid if id not in (terms.measures or {})]
    if not unplaced:
        return
    en, sv = join_words(unplaced, "and"), join_words(unplaced, "och")
    one = len(unplaced) == 1
    come, step = ("comes", "its step") if one else ("come", "their steps")
    yield stated_by(
        field="result_step",
        key="measures",
        text=Text(
            en=f"The file does not say where {en} {come} from, nor {step} on the result ladder; activities and "
            "outputs never trigger payment.",
            sv=f"Filen anger inte varifrån {sv} kommer, och inte vilket steg på resultattrappan "
            f"{'den' if one else 'de'} hör till; aktiviteter och prestationer ger aldrig betalning.",
        ),
    )
