"""What a contract file leaves undecided, although money may turn on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.figures import DerivedFigure, EstimateFigure
from effekt.contracts.left_open import Undecided, of_analyses, of_figures, of_steps, stated_by
from effekt.contracts.model import ContractTerms, check_contract
from effekt.contracts.scenarios import moving_figures
from effekt.reports.lacking import paid_points, replaced
from effekt.reports.other_means import WINDOWED
from effekt.workflow.plan.several_settlements import paid_anew
from effekt.workflow.plan.when_final import of_when_final
from effekt.workflow.rules.dates import final_days

_NO_RESULT = ("parameter", "delivery")  # estimate nothing


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
    [('payment_dates', 'payment'), ('data_vintage', 'analysis.absence')]
    """
    check_contract(contract)
    stated = (*_whole(contract), *of_analyses(contract), *of_figures(contract), *_unasked(contract))
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


def _unasked(contract: Contract) -> Iterator[Undecided]:
    """Amounts on other readings, and the count of runs, that the page will lack since nothing asks for them."""
    terms = contract.model
    named = replaced(terms)
    yield from _of_alternatives(terms, {id: one for id, one in paid_points(terms).items() if id not in named})
    if terms.log is None and terms.analysis:
        yield stated_by(
            field="run_log",
            key="log",
            text=Text(
                en="The file names no run log, so how often the outcome was looked at need not be known.",
                sv="Filen anger ingen körningslogg, så hur ofta utfallet har setts behöver inte vara känt.",
            ),
        )


def _of_alternatives(terms: ContractTerms, points: Mapping[str, EstimateFigure]) -> Iterator[Undecided]:
    """Figures that stand on no other comparator, or on no other comparator and design, than the declared one."""
    kinds: dict[str, list[str]] = {"comparator": [], "comparator or design": []}
    for id, one in points.items():
        analysis = terms.analysis[one.estimate]
        read_anew = analysis.method == WINDOWED and analysis.arguments.get("adjustment") != "none"
        given = {key: analysis.arguments.get(key) for key in ("own_unit", "trend")}
        if not read_anew:
            kinds["comparator or design"].append(id)
        elif given["own_unit"] not in ("kept", "removed") and given["trend"] in (None, "none", "ratio_of_means"):
            kinds["comparator"].append(id)
    words = {"comparator": "en annan jämförelse", "comparator or design": "en annan jämförelse eller design"}
    for kind, left in kinds.items():
        if left:
            en, sv = join_words(left, "and"), join_words(left, "och")
            yield stated_by(
                field="alternatives",
                key="sensitivity",
                text=Text(
                    en=f"The file does not ask for the amount under another {kind} of {en}, so no page shows it.",
                    sv=f"Filen frågar inte efter beloppet med {words[kind]} för {sv}, så ingen sida visar det.",
                ),
            )


# ------------------------------------------------------------------------------- what stands around the figures


_WHOLE: tuple[tuple[Undecided, Callable[[ContractTerms], bool]], ...] = (
    (
        stated_by(
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
        stated_by(
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
        stated_by(
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
        stated_by(
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
        stated_by(
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


_ORDER = (
    *("population", "paid_each", "assurance", "independence", "run_out", "data_lock", "last_days", "interim"),
    *("termination", "disputes", "revisions"),
)


def _around(contract: Contract) -> tuple[Undecided, ...]:
    """What the figures stand for, who answers and how it ends, each a key that the file may have."""
    terms = contract.model
    whole = tuple(one for one, stated in _WHOLE if not stated(terms))
    money = (*_of_settlements(contract), *_of_disputes(terms), *of_when_final(contract))
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
        yield stated_by(
            field="last_days",
            key="dates",
            text=Text(en=f"The file does not say {en}.", sv=f"Filen anger inte {sv}."),
        )


def _of_settlements(contract: Contract) -> Iterator[Undecided]:
    """What a later final certificate pays of a line that an earlier one has paid."""
    days = final_days(contract)
    for id in paid_anew(contract) if len(days) > 1 else ():
        yield stated_by(
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
        yield stated_by(
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
    """What an early end leaves open: floor, guarantees, who declares it, lines without a period or a closing day."""
    payment = terms.payment
    for id, ending in (terms.termination or {}).items():
        if ending.floor is None and (payment.floor or payment.floors):
            yield stated_by(
                field="termination",
                key=f"termination.{id}.floor",
                text=Text(
                    en=f"The file does not say whether the floor applies when the contract ends early by {id}.",
                    sv=f"Filen anger inte om golvet gäller när avtalet upphör i förtid enligt {id}.",
                ),
            )
        cuts = {"nothing", "to_date"}.intersection(ending.rule(line, terms.dates.signed) for line in payment.lines)
        if ending.guarantees is None and payment.guarantees and (cuts or ending.floor == "lapses"):
            yield stated_by(
                field="termination",
                key=f"termination.{id}.guarantees",
                text=Text(
                    en=f"The file does not say whether guarantors bear what an early end by {id} takes.",
                    sv=f"Filen anger inte om garanterna bär det som ett upphörande enligt {id} tar bort.",
                ),
            )
        if ending.declared_by is None:
            yield stated_by(
                field="termination",
                key=f"termination.{id}.declared_by",
                text=Text(
                    en=f"The file does not say which parties must declare {id}; then all it concerns must.",
                    sv=f"Filen anger inte vilka parter som ska anmäla {id}; då ska alla som den rör göra det.",
                ),
            )
        settled = {*(ending.lines or {}), *(ending.closes or {})}
        open_lines = [line for line in payment.lines if line not in settled]
        en, sv = join_words(open_lines, "and"), join_words(open_lines, "och")
        if ending.then == "pay_to_date" and ending.period is None and open_lines:
            yield stated_by(
                field="termination",
                key=f"termination.{id}.period",
                text=Text(
                    en=f"The file does not say of which period {en} is paid to date; by {id} it is referred to the "
                    "parties.",
                    sv=f"Filen anger inte för vilken period {sv} betalas till en dag; enligt {id} hänskjuts den till "
                    "parterna.",
                ),
            )
        if ending.then == "pay_on_closed_cohorts" and open_lines:
            yield stated_by(
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
    paid = [id for id in moving_figures(contract) if not isinstance(terms.figures[id], DerivedFigure)]
    covered = {id for estimand in (terms.estimands or {}).values() for id in estimand.figures}
    covered |= {id for id, measure in (terms.measures or {}).items() if measure.step in _NO_RESULT}
    without = [id for id in paid if id not in covered]
    found = []
    if without:
        en, sv = join_words(without, "and"), join_words(without, "och")
        found.append(
            stated_by(
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
    return (*found, *of_steps(contract))
