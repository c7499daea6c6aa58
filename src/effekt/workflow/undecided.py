"""What a contract file leaves undecided, although money may turn on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from effekt._text import Text
from effekt.contracts import Contract
from effekt.contracts.figures import AttestedFigure, EstimateFigure, MeasureFigure
from effekt.workflow.scenarios import paying_figures
from effekt.workflow.thin_data import ties_broken
from effekt.workflow.unstated import unstated

_INFERENCE = ("std_error", "placebo_sd", "p_value", "confidence_low", "confidence_high", "confidence_at_least")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """One choice that money may turn on and the contract file does not state.

    Attributes
    ----------
    field : str
        Which, from a closed list: "governing_text", "reference_period", "minimum_n", "data_vintage",
        "missing_data", "on_unavailable", "payment_quantity", "payment_dates", "tie_orders", "estimand", "result_step",
        "assurance", "independence", "last_days", "termination", "disputes".
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


def _key(place: str) -> Text:
    """The key that states it."""
    return Text(en=f"Write it as {place}, before signing.", sv=f"Skriv det som {place}, före undertecknandet.")


def undecided(contract: Contract) -> tuple[Undecided, ...]:
    """Everything that the sources of outcomes contracts leave open and this file does not state.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Undecided
        In the contract's order, what stands around the figures last. Attribution, strictness and ties at a threshold,
        rounding, negative amounts and missing rows of data are keys without which a file is not read, and so never
        stand here.

    Examples
    --------
    >>> import effekt
    >>> found = undecided(effekt.read_contract(effekt.case("sick-leave") / "contract.yaml"))
    >>> [(one.field, one.place) for one in found][1:3]
    [('payment_dates', 'payment'), ('minimum_n', 'analysis.absence')]
    """
    stated = (*_whole(contract), *_analyses(contract), *_figures(contract))
    return (*stated, *_around(contract))


def _whole(contract: Contract) -> Iterator[Undecided]:
    if contract.model.governing_text is None:
        yield Undecided(
            field="governing_text",
            place="governing_text",
            text=Text(
                en="No legal text is named, so nothing says what holds where this file is silent.",
                sv="Ingen avtalstext är angiven, så inget säger vad som gäller där filen tiger.",
            ),
            remedy=Text(
                en="Add governing_text with the file and its sha256.", sv="Lägg till governing_text med fil och sha256."
            ),
        )
    payment = contract.model.payment
    if payment.due_days is not None or all(line.due is not None for line in payment.lines.values()):
        return
    yield Undecided(
        field="payment_dates",
        place="payment",
        text=Text(
            en="The file does not say when each line falls due, so no year of the budget follows from it.",
            sv="Filen anger inte när varje rad förfaller till betalning, så inget budgetår följer av den.",
        ),
        remedy=Text(
            en="Write due in each line, or payment.due_days, and dates.certificate_due, before signing.",
            sv="Skriv due på varje rad, eller payment.due_days, och dates.certificate_due, före undertecknandet.",
        ),
    )


def _around(contract: Contract) -> Iterator[Undecided]:
    """What the figures stand for, who answers and how it ends, each a key that the file may have."""
    for one in unstated(contract):
        yield Undecided(
            field=one.field,
            place=one.key,
            text=one.text,
            remedy=Text(
                en=f"Write it under {one.key}, before signing.", sv=f"Skriv det under {one.key}, före undertecknandet."
            ),
        )


def _analyses(contract: Contract) -> Iterator[Undecided]:
    paying = paying_figures(contract)
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


def _figures(contract: Contract) -> Iterator[Undecided]:
    paying = paying_figures(contract)
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
    if term.payment_quantity is None and contract.model.analysis[term.estimate].method == "matched_comparison":
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
