"""The choices that the sources leave open, money turns on and no convention decides, where a file does not state them.

What else a file leaves undecided, around the figures, is with the check before signing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.figures import AttestedFigure, DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.model import Analysis, Contract
from effekt.contracts.paying import paying

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
        "on_unavailable", "payment_quantity", "payment_dates", "tie_orders", "other_windows", "alternatives", "run_log",
        "estimand", "result_step", "population", "paid_each", "assurance", "independence", "last_days", "termination",
        "disputes".
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


def _key(place: str) -> Text:
    """The key that states it."""
    return Text(en=f"Write it as {place}, before signing.", sv=f"Skriv det som {place}, före undertecknandet.")


def _paying(contract: Contract) -> tuple[str, ...]:
    return paying(contract.model.payment, contract.model.figures)


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


def of_analyses(contract: Contract) -> Iterator[Undecided]:
    """What is not stated of the analyses that money turns on.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Undecided
    """
    paying = _paying(contract)
    terms = contract.model.figures
    used = [term for id, term in terms.items() if id in paying]
    names = [_analysis(term) for term in used]
    for id, analysis in contract.model.analysis.items():
        if id not in names:
            continue
        if analysis.tie_tolerance is None and ties_broken(analysis):
            yield Undecided(
                field="tie_orders",
                place=f"analysis.{id}",
                text=Text(
                    en=f"The file does not say how far the estimate of {id} may depend on which of equally near "
                    "controls are chosen.",
                    sv=f"Filen anger inte hur mycket skattningen i {id} får bero på vilka av lika nära kontroller som "
                    "väljs.",
                ),
                remedy=_key(f"analysis.{id}.tie_tolerance"),
            )
        if analysis.minimum_n is None:
            yield Undecided(
                field="minimum_n",
                place=f"analysis.{id}",
                text=Text(
                    en=f"No smallest number of units is stated for {id}, below which it decides nothing.",
                    sv=f"Inget minsta antal enheter är angivet för {id}, under vilket den inte avgör något.",
                ),
                remedy=_key(f"analysis.{id}.minimum_n"),
            )
        others = analysis.arguments.get("comparator", "none")
        if analysis.method == "trend_adjusted" and others != "none" and "vintage" not in analysis.arguments:
            yield Undecided(
                field="data_vintage",
                place=f"analysis.{id}",
                text=Text(
                    en=f"The file does not say which edition of the published series decides {id}, and a later "
                    "revision is another figure.",
                    sv=f"Filen anger inte vilken utgåva av de publicerade serierna som avgör {id}, och en senare "
                    "revidering ger en annan siffra.",
                ),
                remedy=_key(f"analysis.{id}.vintage"),
            )


def _analysis(term: Any) -> str | None:
    if isinstance(term, EstimateFigure):
        return term.estimate
    return term.measure if isinstance(term, MeasureFigure) else None


def of_figures(contract: Contract) -> Iterator[Undecided]:
    """What is not stated of the figures that money turns on, one by one.

    Parameters
    ----------
    contract : Contract

    Yields
    ------
    Undecided
    """
    paying = _paying(contract)
    for id in paying:
        term = contract.model.figures[id]
        if isinstance(term, AttestedFigure) and term.unit != "yes/no":
            yield from _attested(id, term)
        if isinstance(term, EstimateFigure):
            yield from _estimated(id, term, contract, paying)


def _attested(id: str, term: AttestedFigure) -> Iterator[Undecided]:
    if term.reference_period is None:
        yield Undecided(
            field="reference_period",
            place=f"figures.{id}",
            text=Text(
                en=f"{id} is attested; the file does not say which period it is compared with.",
                sv=f"{id} intygas; filen anger inte vilken period värdet jämförs med.",
            ),
            remedy=_key(f"figures.{id}.reference_period"),
        )
    if term.missing_data is None:
        yield Undecided(
            field="missing_data",
            place=f"figures.{id}",
            text=Text(
                en=f"{id} is attested; the file does not say how missing data are dealt with.",
                sv=f"{id} intygas; filen anger inte hur saknade uppgifter hanteras.",
            ),
            remedy=_key(f"figures.{id}.missing_data"),
        )


def _estimated(id: str, term: EstimateFigure, contract: Contract, paying: tuple[str, ...]) -> Iterator[Undecided]:
    others = [contract.model.figures[other] for other in paying]
    judged = any(
        isinstance(other, EstimateFigure) and other.estimate == term.estimate and other.statistic in _INFERENCE
        for other in others
    )
    if term.statistic == "estimate" and not judged and term.without_inference is None:
        yield Undecided(
            field="on_unavailable",
            place=f"figures.{id}",
            text=Text(
                en=f"{id} pays on the estimate alone; the file does not say whether it still pays when no standard "
                "error or p-value can be given.",
                sv=f"{id} betalar på enbart skattningen; filen anger inte om den betalar även när medelfel eller "
                "p-värde inte kan anges.",
            ),
            remedy=Text(
                en=f"Write figures.{id}.without_inference, pay, refer or zero, or add a condition on "
                "confidence_at_least, whose on_unavailable says refer or zero.",
                sv=f"Skriv figures.{id}.without_inference, pay, refer eller zero, eller lägg till ett villkor på "
                "confidence_at_least, vars on_unavailable anger refer eller zero.",
            ),
        )
    if term.payment_quantity is None and _of_the_matched(contract.model.analysis[term.estimate]):
        yield Undecided(
            field="payment_quantity",
            place=f"figures.{id}",
            text=Text(
                en=f"The file does not say whether {id} is paid for all enrolled or for the matched, nor what those "
                "without a match mean.",
                sv=f"Filen anger inte om {id} betalas för alla inskrivna eller för de matchade, och inte vad de utan "
                "match innebär.",
            ),
            remedy=_key(f"figures.{id}.payment_quantity"),
        )


def _of_the_matched(analysis: Analysis) -> bool:
    """Whether an analysis is on the treated, of whom some may be without a match; else the key has no meaning."""
    match = analysis.arguments.get("match")
    on_treated = isinstance(match, dict) and match.get("estimand", "ATT") == "ATT"
    return analysis.method == "matched_comparison" and on_treated


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
    paid = [id for id in _paying(contract) if not isinstance(terms.figures[id], DerivedFigure)]
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
