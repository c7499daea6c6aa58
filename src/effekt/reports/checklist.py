"""What a verifier checks, A to F, with the answer to each item and the digest of what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts.declarations import CHECKLIST, Checked, CheckVerdict
from effekt.reports.answers import Found
from effekt.reports.answers_figures import RELEASED, required_checks
from effekt.reports.answers_standing import STANDING
from effekt.reports.document import Block, Column, Paragraph, Section, Subheading, Table, same
from effekt.reports.wording import NONE

ITEMS = {
    "A1": Text(en="The verifier's keys are no other party's", sv="Granskarens nycklar är ingen annan parts"),
    "A2": Text(en="The fee does not depend on the outcome", sv="Arvodet beror inte på utfallet"),
    "A3": Text(
        en="The contract file is the one signed or registered",
        sv="Avtalsfilen är den som undertecknats eller diarieförts",
    ),
    "A4": Text(en="The chain of amendments is unbroken", sv="Kedjan av ändringar är obruten"),
    "A5": Text(en="The plan was locked before outcome data", sv="Planen låstes före utfallsdata"),
    "B1": Text(en="Eligibility derived again from the source list", sv="Urvalet härlett på nytt ur källförteckningen"),
    "B2": Text(en="Rules for start and end of cohorts followed", sv="Reglerna för kohorters start och slut följda"),
    "B3": Text(
        en="The flow closes: eligible is excluded and included",
        sv="Flödet går ihop: berättigade är uteslutna och medtagna",
    ),
    "B4": Text(
        en="Nobody added or removed once outcomes were known",
        sv="Ingen tillagd eller borttagen sedan utfallen blivit kända",
    ),
    "B5": Text(en="Loss in linkage, by arm", sv="Bortfall vid länkning, per grupp"),
    "B6": Text(en="Duplicates, and persons in two cohorts", sv="Dubbletter, och personer i två kohorter"),
    "B7": Text(
        en="The enrolled are not better risks than the eligible",
        sv="De inskrivna har inte bättre utgångsläge än de berättigade",
    ),
    "C1": Text(en="Digests of the data match", sv="Kontrollsummorna för data stämmer"),
    "C2": Text(en="Form and ranges of the data", sv="Datas form och värdeintervall"),
    "C3": Text(en="The vintage is that of the contract", sv="Dataversionen är avtalets"),
    "C4": Text(en="The run-out is complete", sv="Eftersläpningstiden har löpt ut"),
    "C5": Text(en="Totals reconciled with an independent source", sv="Summor avstämda mot oberoende källa"),
    "C6": Text(en="The definition is the same in all years", sv="Definitionen är densamma alla år"),
    "C7": Text(en="Missing data by arm and period", sv="Saknade data per grupp och period"),
    "C8": Text(en="A random sample of units traced to its sources", sv="Slumpvis valda enheter följda till källan"),
    "D1": Text(
        en="Method, covariates and comparator as locked", sv="Metod, kovariat och jämförelse enligt den låsta planen"
    ),
    "D2": Text(en="Deviations listed and approved", sv="Avvikelser angivna och godkända"),
    "D3": Text(en="Computed again in another environment", sv="Omräknat i en annan miljö"),
    "D4": Text(en="Required checks within their limits", sv="Krävda kontroller inom sina gränser"),
    "D5": Text(en="Fallbacks by their own triggers", sv="Reservmetoder enligt sina egna villkor"),
    "D6": Text(en="All outcomes of the plan shown, paying or not", sv="Alla planens utfall visade, betalande eller ej"),
    "D7": Text(en="Sensitivity analyses reported", sv="Känslighetsanalyser redovisade"),
    "E1": Text(en="Each figure is the statistic named", sv="Varje siffra är det angivna måttet"),
    "E2": Text(en="Rounded in the contract's order", sv="Avrundat i avtalets ordning"),
    "E3": Text(
        en="Distance to thresholds against tolerance and standard error",
        sv="Avstånd till trösklar mot tolerans och medelfel",
    ),
    "E4": Text(en="Computed again by an independent implementation", sv="Omräknat med en oberoende implementation"),
    "E5": Text(en="Caps, netting and what was paid before", sv="Tak, kvittning och tidigare betalningar"),
    "E6": Text(en="Currency, index and interest", sv="Valuta, index och ränta"),
    "E7": Text(en="What each pays sums to the total", sv="Vad var och en betalar summerar till totalen"),
    "F1": Text(
        en="Disclosure control of every published number, amounts too",
        sv="Röjandekontroll av varje publicerat tal, även belopp",
    ),
    "F2": Text(en="The words match the level of evidence", sv="Orden motsvarar evidensnivån"),
    "F3": Text(en="Limitations stated", sv="Begränsningar angivna"),
    "F4": Text(en="Time to dispute", sv="Tid att bestrida"),
    "F5": Text(en="The chain of superseded certificates", sv="Kedjan av ersatta intyg"),
}
GROUPS = {
    "A": Text(en="Standing", sv="Behörighet"),
    "B": Text(en="Population", sv="Population"),
    "C": Text(en="Data", sv="Data"),
    "D": Text(en="Analysis", sv="Analys"),
    "E": Text(en="Figures and payment", sv="Siffror och betalning"),
    "F": Text(en="Release", sv="Utgivning"),
}
VERDICTS: dict[CheckVerdict, Text] = {
    "pass": Text(en="holds", sv="uppfyllt"),
    "fail": Text(en="does not hold", sv="ej uppfyllt"),
    "not_applicable": Text(en="not applicable", sv="ej tillämpligt"),
    "not_determinable": Text(en="cannot be determined", sv="kan inte avgöras"),
}
_DIFFERENTLY = Text(en="answered differently", sv="besvarat olika")
COMPUTED = Text(en="this certificate", sv="detta intyg")
"""Who answers an item that no party does."""
_ANSWERS = {**STANDING, **RELEASED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one item.

    Attributes
    ----------
    item : str
        A1 to F5.
    verdict : str
    by : Text
        A party, or the certificate itself where no party answers or it finds what a party does not.
    evidence : str or None
        SHA-256 of what it rests on.
    note : Text or None
        Why.
    """

    item: str
    verdict: CheckVerdict
    by: Text
    evidence: str | None = None
    note: Text | None = None


def checklist(certificate: Certificate) -> tuple[Answer, ...]:
    """Answer every item of the checklist: from the certificate where it can tell, else as parties declare.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of Answer
        A1 to F5, each once for each party that answers it. What the certificate can tell itself stands before what is
        declared of it: a declared "holds" does not hide a computed "does not hold".
    """
    computed, declared = _computed(certificate), list(_declared(certificate))
    found: list[Answer] = []
    for item in CHECKLIST:
        given, own = [answer for answer in declared if answer.item == item], computed[item]
        found += given if given and own.verdict != "fail" else [own]
    return tuple(found)


def _declared(certificate: Certificate) -> Iterator[Answer]:
    parties = certificate.contract.model.parties
    for one in certificate.declarations:
        for item, checked in (one.model.checklist or {}).items():
            yield Answer(
                item=item,
                verdict=checked.verdict,
                by=same(parties[one.model.by].name if one.model.by in parties else one.model.by),
                evidence=checked.evidence,
                note=_note(checked),
            )


def _note(checked: Checked) -> Text | None:
    return None if checked.note is None else checked.note.text


@lru_cache(maxsize=16)
def _computed(certificate: Certificate) -> dict[str, Answer]:
    """What follows from the certificate alone; the data and the signatures are for whoever verifies it."""
    return {item: _answer(item, _ANSWERS[item](certificate)) for item in CHECKLIST}


def _answer(item: str, found: Found) -> Answer:
    return Answer(item=item, verdict=found.verdict, by=COMPUTED, evidence=found.evidence, note=found.note)


def not_met(certificate: Certificate) -> Iterator[Text]:
    """The items that the certificate itself finds not met, and of D4 the checks that the contract requires.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Text
        The lock, A5, is left out: the page says of it under every certificate.
    """
    for item, answer in _computed(certificate).items():
        if answer.verdict == "fail" and item not in ("A5", "D4"):
            said, why = ITEMS[item], answer.note or NONE
            yield Text(en=f"{item}. {said.en}: {why.en}", sv=f"{item}. {said.sv}: {why.sv}")
    for id, name, met in required_checks(certificate):
        if not met:
            yield Text(
                en=f"D4. The check {name} of {id}, which the contract requires, fails or was not made",
                sv=f"D4. Kontrollen {name} av {id}, som avtalet kräver, är inte uppfylld eller har inte gjorts",
            )


def checklist_section(certificate: Certificate) -> Section | None:
    """The checklist with its answers.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None for a contract that states no level of assurance and a certificate on which nobody answers an item.
    """
    if certificate.contract.model.assurance is None and not any(_declared(certificate)):
        return None
    answers = checklist(certificate)
    blocks: list[Block] = [Paragraph(text=_summary(answers))]
    for letter, heading in GROUPS.items():
        rows = tuple(_row(answer) for answer in answers if answer.item.startswith(letter))
        blocks.append(Subheading(text=Text(en=f"{letter}. {heading.en}", sv=f"{letter}. {heading.sv}")))
        blocks.append(_table(heading, rows))
    return Section(
        id="checklist", heading=Text(en="The verifier's checklist", sv="Granskarens checklista"), blocks=tuple(blocks)
    )


def _summary(answers: tuple[Answer, ...]) -> Text:
    """How many items hold, do not, cannot be determined, and are answered differently by different parties."""
    given = [{answer.verdict for answer in answers if answer.item == item} for item in CHECKLIST]
    told = [(text, given.count({verdict})) for verdict, text in VERDICTS.items()]
    told.append((_DIFFERENTLY, sum(len(verdicts) > 1 for verdicts in given)))
    counted = [(text, n) for text, n in told if n]
    return Text(
        en=f"Of {len(given)} items: {', '.join(f'{text.en} {n}' for text, n in counted)}.",
        sv=f"Av {len(given)} punkter: {', '.join(f'{text.sv} {n}' for text, n in counted)}.",
    )


def _table(caption: Text, rows: tuple[tuple[Text, ...], ...]) -> Table:
    return Table(
        caption=caption,
        columns=(
            Column(label=Text(en="Item", sv="Punkt")),
            Column(label=Text(en="Answer", sv="Svar"), kind="short"),
            Column(label=Text(en="By", sv="Av")),
            Column(label=Text(en="Evidence, SHA-256", sv="Underlag, SHA-256"), kind="code"),
        ),
        rows=rows,
    )


def _row(answer: Answer) -> tuple[Text, ...]:
    item, note = ITEMS[answer.item], answer.note
    told = Text(en=f"{answer.item}. {item.en}", sv=f"{answer.item}. {item.sv}")
    if note is not None:
        told = Text(en=f"{told.en} ({note.en})", sv=f"{told.sv} ({note.sv})")
    return told, VERDICTS[answer.verdict], answer.by, NONE if answer.evidence is None else same(answer.evidence)
