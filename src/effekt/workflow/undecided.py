"""What a contract file leaves undecided, although money may turn on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.figures import AttestedFigure, DerivedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.model import ContractTerms
from effekt.contracts.scenarios import paying_figures
from effekt.reports.locked_plan import TERMS
from effekt.workflow.dates import final_days
from effekt.workflow.several_settlements import paid_anew
from effekt.workflow.thin_data import ties_broken

_NO_RESULT = ("parameter", "delivery")  # estimate nothing
_INFERENCE = ("std_error", "placebo_sd", "p_value", "confidence_low", "confidence_high", "confidence_at_least")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """One choice that money may turn on and the contract file does not state.

    Attributes
    ----------
    field : str
        Which, from a closed list: "governing_text", "reference_period", "minimum_n", "data_vintage", "missing_data",
        "on_unavailable", "payment_quantity", "payment_dates", "tie_orders", "estimand", "result_step", "population",
        "paid_each", "assurance", "independence", "last_days", "termination", "disputes".
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
    return tuple(one for one in undecided(contract) if one.field in TERMS)


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


# ------------------------------------------------------------------------------- what stands around the figures


def _stated_by(*, field: str, key: str, text: Text) -> Undecided:
    """What a key of its own states, where the file has it."""
    return Undecided(
        field=field,
        place=key,
        text=text,
        remedy=Text(en=f"Write it under {key}, before signing.", sv=f"Skriv det under {key}, före undertecknandet."),
    )


_WHOLE: tuple[tuple[Undecided, Callable[[ContractTerms], bool]], ...] = (
    (
        _stated_by(
            field="population",
            key="population",
            text=Text(
                en="The file does not say whom it is about, nor whether everyone assigned, enrolled or listed is "
                "analysed.",
                sv="Filen anger inte vilka den gäller, och inte om alla tilldelade, inskrivna eller listade "
                "analyseras.",
            ),
        ),
        lambda terms: terms.population is not None,
    ),
    (
        _stated_by(
            field="assurance",
            key="assurance",
            text=Text(
                en="The file does not say with what certainty it is concluded, nor who answers for data, analysis and "
                "conclusion.",
                sv="Filen anger inte med vilken säkerhet slutsatsen dras, och inte vem som ansvarar för data, analys "
                "och slutsats.",
            ),
        ),
        lambda terms: terms.assurance is not None,
    ),
    (
        _stated_by(
            field="independence",
            key="independence",
            text=Text(
                en="The file does not say whom the verifying party must be independent of, nor how it is paid.",
                sv="Filen anger inte vilka den verifierande parten ska vara oberoende av, och inte hur den får betalt.",
            ),
        ),
        lambda terms: terms.independence is not None,
    ),
    (
        _stated_by(
            field="termination",
            key="termination",
            text=Text(
                en="The file does not say what is paid if the contract ends early.",
                sv="Filen anger inte vad som betalas om avtalet upphör i förtid.",
            ),
        ),
        lambda terms: terms.termination is not None,
    ),
    (
        _stated_by(
            field="disputes",
            key="disputes",
            text=Text(
                en="The file does not say how long a certificate can be disputed, nor who decides.",
                sv="Filen anger inte hur länge ett intyg kan bestridas, och inte vem som avgör.",
            ),
        ),
        lambda terms: terms.disputes is not None,
    ),
)


_ORDER = ("population", "paid_each", "assurance", "independence", "last_days", "termination", "disputes")


def _around(contract: Contract) -> tuple[Undecided, ...]:
    """What the figures stand for, who answers and how it ends, each a key that the file may have."""
    terms = contract.model
    whole = tuple(one for one, stated in _WHOLE if not stated(terms))
    money = (*_of_settlements(contract), *_of_disputes(terms))
    around = sorted((*whole, *money, *_of_days(terms), *_of_endings(terms)), key=lambda one: _ORDER.index(one.field))
    return (*_of_meaning(contract), *around)


def _of_days(terms: ContractTerms) -> Iterator[Undecided]:
    """The last days that are not given."""
    words = {
        "certificate_due": ("by when the certificate is due", "när intyget senast ska finnas"),
        "longstop": ("when it is too late to settle", "när det är för sent att avräkna"),
    }
    missing = [key for key in words if getattr(terms.dates, key) is None]
    if missing:
        en = " and ".join(f"{words[key][0]} ({key})" for key in missing)
        sv = " och ".join(f"{words[key][1]} ({key})" for key in missing)
        yield _stated_by(
            field="last_days",
            key="dates",
            text=Text(en=f"The file does not say {en}.", sv=f"Filen anger inte {sv}."),
        )


def _of_settlements(contract: Contract) -> Iterator[Undecided]:
    """What a later final certificate pays of a line that an earlier one has paid."""
    days = final_days(contract)
    for id in paid_anew(contract) if len(days) > 1 else ():
        yield _stated_by(
            field="paid_each",
            key=f"payment.lines.{id}",
            text=Text(
                en=f"Final certificates are announced for {join_words(days, 'and')}, and the file does not say whether "
                f"each pays what is new of {id} (paid_each: certificate) or all of it less what was paid before "
                "(true_up, whose paid is a figure): a later one has to take the place of the earlier.",
                sv=f"Slutliga intyg är angivna för {join_words(days, 'och')}, och filen anger inte om vart och ett "
                f"betalar det nya av {id} (paid_each: certificate) eller allt minus det som betalats tidigare "
                "(true_up, vars paid är en siffra): ett senare måste ersätta det tidigare.",
            ),
        )


def _of_disputes(terms: ContractTerms) -> Iterator[Undecided]:
    """That a dispute keeps money back until the one who raised it says that it is over."""
    if terms.disputes is not None and terms.disputes.decider is None:
        yield _stated_by(
            field="disputes",
            key="disputes.decided_by",
            text=Text(
                en="Whoever decides disputes is told of in words and is no party of the file, so what a dispute "
                "withholds stays withheld until the one who raised it declares it decided.",
                sv="Den som avgör tvister beskrivs i ord och är ingen part i filen, så det som en tvist håller inne "
                "hålls inne tills den som väckt den anmäler att den är avgjord.",
            ),
        )


def _of_endings(terms: ContractTerms) -> Iterator[Undecided]:
    """What an early end leaves open: the floor, who declares it, and lines whose cohort has no closing day."""
    payment = terms.payment
    for id, ending in (terms.termination or {}).items():
        if ending.floor is None and (payment.floor or payment.floors):
            yield _stated_by(
                field="termination",
                key=f"termination.{id}.floor",
                text=Text(
                    en=f"The file does not say whether the floor applies when the contract ends early by {id}.",
                    sv=f"Filen anger inte om golvet gäller när avtalet upphör i förtid enligt {id}.",
                ),
            )
        if ending.guarantees is None and payment.guarantees and ending.then != "refer":
            yield _stated_by(
                field="termination",
                key=f"termination.{id}.guarantees",
                text=Text(
                    en=f"The file does not say whether guarantors bear what an early end by {id} takes.",
                    sv=f"Filen anger inte om garanterna bär det som ett upphörande enligt {id} tar bort.",
                ),
            )
        if ending.declared_by is None:
            yield _stated_by(
                field="termination",
                key=f"termination.{id}.declared_by",
                text=Text(
                    en=f"The file does not say which parties must declare {id}; then all it concerns must.",
                    sv=f"Filen anger inte vilka parter som ska anmäla {id}; då ska alla som den rör göra det.",
                ),
            )
        settled = {*(ending.lines or {}), *(ending.closes or {})}
        open_lines = [line for line in payment.lines if line not in settled]
        if ending.then == "pay_on_closed_cohorts" and open_lines:
            en, sv = join_words(open_lines, "and"), join_words(open_lines, "och")
            yield _stated_by(
                field="termination",
                key=f"termination.{id}.closes",
                text=Text(
                    en=f"The file does not say when the cohort of {en} closes; by {id} it is referred to the parties.",
                    sv=f"Filen anger inte när kohorten för {sv} stängs; enligt {id} hänskjuts den till parterna.",
                ),
            )


def _of_meaning(contract: Contract) -> tuple[Undecided, ...]:
    """Paying figures without an estimand or a step of the result ladder, in one sentence each."""
    terms = contract.model
    paid = [id for id in paying_figures(contract) if not isinstance(terms.figures[id], DerivedFigure)]
    covered = {id for estimand in (terms.estimands or {}).values() for id in estimand.figures}
    covered |= {id for id, measure in (terms.measures or {}).items() if measure.step in _NO_RESULT}
    without = [id for id in paid if id not in covered]
    unplaced = [id for id in paid if id not in (terms.measures or {})]
    found = []
    if without:
        en, sv = join_words(without, "and"), join_words(without, "och")
        found.append(
            _stated_by(
                field="estimand",
                key="estimands",
                text=Text(
                    en=f"The file does not say what {en} {'is' if len(without) == 1 else 'are'} to estimate: for whom, "
                    "of what, compared with what, and what happens on the way.",
                    sv=f"Filen anger inte vad {sv} ska skatta: för vilka, av vad, jämfört med vad, och vad som händer "
                    "på vägen.",
                ),
            )
        )
    if unplaced:
        en, sv = join_words(unplaced, "and"), join_words(unplaced, "och")
        one = len(unplaced) == 1
        come, step = ("comes", "its step") if one else ("come", "their steps")
        found.append(
            _stated_by(
                field="result_step",
                key="measures",
                text=Text(
                    en=f"The file does not say where {en} {come} from, nor {step} on the result ladder; activities and "
                    "outputs never trigger payment.",
                    sv=f"Filen anger inte varifrån {sv} kommer, och inte vilket steg på resultattrappan "
                    f"{'den' if one else 'de'} hör till; aktiviteter och prestationer ger aldrig betalning.",
                ),
            )
        )
    return tuple(found)
