"""What a contract file leaves unstated around its figures: what is meant, who answers, when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.model import ContractTerms
from effekt.workflow.dates import final_days
from effekt.workflow.scenarios import paying_figures
from effekt.workflow.several_settlements import paid_anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstated:
    """One key that the file has not, in words.

    Attributes
    ----------
    field : str
        Which, from the closed list of `effekt.workflow.Undecided`.
    key : str
        The key of the contract file that states it.
    text : Text
        What is not stated.
    """

    field: str
    key: str
    text: Text


_WHOLE: tuple[tuple[Unstated, Callable[[ContractTerms], bool]], ...] = (
    (
        Unstated(
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
        Unstated(
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
        Unstated(
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
        Unstated(
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


_ORDER = ("paid_each", "assurance", "independence", "last_days", "termination", "disputes")


def unstated(contract: Contract) -> tuple[Unstated, ...]:
    """Everything around the figures that the file has optional keys for and does not state.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Unstated
        What the figures stand for first, then what holds of the whole contract.
    """
    terms = contract.model
    whole = tuple(one for one, stated in _WHOLE if not stated(terms))
    money = (*_of_settlements(contract), *_of_disputes(terms))
    around = sorted((*whole, *money, *_of_days(terms), *_of_endings(terms)), key=lambda one: _ORDER.index(one.field))
    return (*_of_figures(contract), *around)


def _of_days(terms: ContractTerms) -> Iterator[Unstated]:
    """The last days that are not given."""
    words = {
        "certificate_due": ("by when the certificate is due", "när intyget senast ska finnas"),
        "longstop": ("when it is too late to settle", "när det är för sent att avräkna"),
    }
    missing = [key for key in words if getattr(terms.dates, key) is None]
    if missing:
        en = " and ".join(f"{words[key][0]} ({key})" for key in missing)
        sv = " och ".join(f"{words[key][1]} ({key})" for key in missing)
        yield Unstated(
            field="last_days",
            key="dates",
            text=Text(en=f"The file does not say {en}.", sv=f"Filen anger inte {sv}."),
        )


def _of_settlements(contract: Contract) -> Iterator[Unstated]:
    """What a later final certificate pays of a line that an earlier one has paid."""
    days = final_days(contract)
    for id in paid_anew(contract) if len(days) > 1 else ():
        yield Unstated(
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


def _of_disputes(terms: ContractTerms) -> Iterator[Unstated]:
    """That a dispute keeps money back until the one who raised it says that it is over."""
    if terms.disputes is not None and terms.disputes.decider is None:
        yield Unstated(
            field="disputes",
            key="disputes.decided_by",
            text=Text(
                en="Whoever decides disputes is told of in words and is no party of the file, so what a dispute "
                "withholds stays withheld until the one who raised it declares it decided.",
                sv="Den som avgör tvister beskrivs i ord och är ingen part i filen, så det som en tvist håller inne "
                "hålls inne tills den som väckt den anmäler att den är avgjord.",
            ),
        )


def _of_endings(terms: ContractTerms) -> Iterator[Unstated]:
    """What an early end leaves open: the floor, who declares it, and lines whose cohort has no closing day."""
    payment = terms.payment
    for id, ending in (terms.termination or {}).items():
        if ending.floor is None and (payment.floor or payment.floors):
            yield Unstated(
                field="termination",
                key=f"termination.{id}.floor",
                text=Text(
                    en=f"The file does not say whether the floor applies when the contract ends early by {id}.",
                    sv=f"Filen anger inte om golvet gäller när avtalet upphör i förtid enligt {id}.",
                ),
            )
        if ending.guarantees is None and payment.guarantees and ending.then != "refer":
            yield Unstated(
                field="termination",
                key=f"termination.{id}.guarantees",
                text=Text(
                    en=f"The file does not say whether guarantors bear what an early end by {id} takes.",
                    sv=f"Filen anger inte om garanterna bär det som ett upphörande enligt {id} tar bort.",
                ),
            )
        if ending.declared_by is None:
            yield Unstated(
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
            yield Unstated(
                field="termination",
                key=f"termination.{id}.closes",
                text=Text(
                    en=f"The file does not say when the cohort of {en} closes; by {id} it is referred to the parties.",
                    sv=f"Filen anger inte när kohorten för {sv} stängs; enligt {id} hänskjuts den till parterna.",
                ),
            )


def _of_figures(contract: Contract) -> tuple[Unstated, ...]:
    """Paying figures without an estimand or a step of the result ladder, in one sentence each."""
    terms = contract.model
    paid = [id for id in paying_figures(contract) if not isinstance(terms.figures[id], DerivedFigure)]
    covered = {id for estimand in (terms.estimands or {}).values() for id in estimand.figures}
    covered |= {id for id, measure in (terms.measures or {}).items() if measure.step == "parameter"}
    without = [id for id in paid if id not in covered]
    unplaced = [id for id in paid if id not in (terms.measures or {})]
    found = []
    if without:
        en, sv = join_words(without, "and"), join_words(without, "och")
        found.append(
            Unstated(
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
            Unstated(
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
