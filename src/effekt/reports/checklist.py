"""What a verifier checks, A to F, with the answer to each item and the digest of what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.declarations import CHECKLIST, Checked, CheckVerdict
from effekt.reports.answers import Found
from effekt.reports.answers_analysis import ANALYSED, required_checks
from effekt.reports.answers_figures import SETTLED
from effekt.reports.answers_release import RELEASED
from effekt.reports.answers_standing import STANDING
from effekt.reports.document import Block, Column, Paragraph, Section, Subheading, Table, same
from effekt.reports.judging import concluding, has_stake, judges
from effekt.reports.names import party_name
from effekt.reports.wording import NONE, ROLES

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
COMPUTED = Text(en="this certificate", sv="detta intyg")
"""Who gives the answer that stands first under every item."""
_ANSWERS = {**STANDING, **ANALYSED, **SETTLED, **RELEASED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to one item.

    Attributes
    ----------
    item : str
        A1 to F5.
    verdict : str
    by : Text
        The certificate itself, or a party by its name.
    party : str or None
        The party by its id; None for the certificate's own answer.
    judges : bool
        Whether the contract lets that party settle what the certificate cannot determine: who concludes, without a
        stake.
    evidence : str or None
        SHA-256 of what it rests on.
    note : Text or None
        Why.
    """

    item: str
    verdict: CheckVerdict
    by: Text
    party: str | None = None
    judges: bool = False
    evidence: str | None = None
    note: Text | None = None

    @property
    def grounded(self) -> bool:
        """Whether it says what it rests on."""
        return self.evidence is not None or self.note is not None


def checklist(certificate: Certificate) -> tuple[Answer, ...]:
    """Answer every item of the checklist: from the certificate itself, and beside that as parties declare.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of Answer
        A1 to F5; of each the certificate's own answer first, whatever is declared, and then one for each party that
        answers it.
    """
    computed, declared = _computed(certificate), list(_declared(certificate))
    found: list[Answer] = []
    for item in CHECKLIST:
        found += [computed[item], *(answer for answer in declared if answer.item == item)]
    return tuple(found)


def resolved(certificate: Certificate) -> dict[str, CheckVerdict]:
    """Where each item stands for whoever concludes, after all answers.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of item to verdict
        What the certificate finds not met is not met, whoever says otherwise. What it cannot determine is settled by
        who concludes without a stake, with evidence or a note, and by nobody else; they may also find not met, or not
        determinable, what it finds met. That another party finds an item not met stands until they have settled it.
    """
    answers = checklist(certificate)
    return {item: _stands([answer for answer in answers if answer.item == item]) for item in CHECKLIST}


def _stands(answers: Sequence[Answer]) -> CheckVerdict:
    own, declared = answers[0], answers[1:]
    judged = {answer.verdict for answer in declared if answer.judges}
    settled = {answer.verdict for answer in declared if answer.judges and answer.grounded}
    if own.verdict == "fail" or "fail" in judged:
        return "fail"
    if not settled and any(answer.verdict == "fail" for answer in declared):
        return "fail"
    if "not_determinable" in judged or (own.verdict == "not_determinable" and not settled):
        return "not_determinable"
    if own.verdict != "not_determinable":
        return own.verdict
    return "pass" if "pass" in settled else "not_applicable"


def settled_failures(certificate: Certificate) -> dict[str, tuple[str, ...]]:
    """The items that some party finds not met and that those who conclude have settled otherwise.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict of item to tuple of str
        The names of those whose answer, with evidence or a note, settles it.
    """
    answers, stands = checklist(certificate), resolved(certificate)
    failed = {answer.item for answer in answers if answer.party is not None and answer.verdict == "fail"}
    return {
        item: tuple(
            answer.by.en
            for answer in answers
            if answer.item == item
            and answer.judges
            and answer.grounded
            and answer.verdict in ("pass", "not_applicable")
        )
        for item in CHECKLIST
        if item in failed and stands[item] in ("pass", "not_applicable")
    }


def settled_by_hand(certificate: Certificate) -> tuple[str, ...]:
    """The items that the certificate cannot determine and that those who conclude have settled.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of str
    """
    computed, stands = _computed(certificate), resolved(certificate)
    return tuple(
        item
        for item in CHECKLIST
        if computed[item].verdict == "not_determinable" and stands[item] in ("pass", "not_applicable")
    )


def _declared(certificate: Certificate) -> Iterator[Answer]:
    judging = judges(certificate)
    for one in certificate.declarations:
        by = one.model.by
        for item, checked in (one.model.checklist or {}).items():
            yield Answer(
                item=item,
                verdict=checked.verdict,
                by=same(party_name(by, certificate)),
                party=by,
                judges=by in judging,
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


def not_met_words(count: int) -> Iterator[Text]:
    """That the certificate itself finds so many checks not met; nothing of none.

    Parameters
    ----------
    count : int

    Yields
    ------
    Text
    """
    if count:
        yield Text(
            en=f"Checks that the certificate itself finds not met: {count}.",
            sv=f"Kontroller som intyget självt finner inte uppfyllda: {count}.",
        )


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
    for id, name, _, unmet in required_checks(certificate):
        if unmet is not None:
            yield Text(
                en=f"D4. The check {name} of {id}, which the contract requires, {unmet.en}",
                sv=f"D4. Kontrollen {name} av {id}, som avtalet kräver, {unmet.sv}",
            )


def checklist_section(certificate: Certificate) -> Section:
    """The checklist with the certificate's own answers, and beside them those that parties declare.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section
    """
    answers = checklist(certificate)
    blocks: list[Block] = [Paragraph(text=text) for text in _summary(certificate)]
    for letter, heading in GROUPS.items():
        rows = tuple(_row(answer, certificate) for answer in answers if answer.item.startswith(letter))
        blocks.append(Subheading(text=Text(en=f"{letter}. {heading.en}", sv=f"{letter}. {heading.sv}")))
        blocks.append(_table(heading, rows))
    return Section(
        id="checklist", heading=Text(en="The verifier's checklist", sv="Granskarens checklista"), blocks=tuple(blocks)
    )


def _summary(certificate: Certificate) -> Iterator[Text]:
    """How many items the certificate finds met, what is settled beside that and by whom, and what is open."""
    own, stands = _computed(certificate), resolved(certificate)
    given = [answer.verdict for answer in own.values()]
    counted = [(text, given.count(verdict)) for verdict, text in VERDICTS.items() if verdict in given]
    yield Text(
        en=f"Of {len(given)} items, by what this certificate itself carries: "
        f"{', '.join(f'{text.en} {n}' for text, n in counted)}.",
        sv=f"Av {len(given)} punkter, efter det som detta intyg självt innehåller: "
        f"{', '.join(f'{text.sv} {n}' for text, n in counted)}.",
    )
    judging = [party_name(id, certificate) for id in judges(certificate)]
    if judging:
        en, sv = join_words(judging, "or"), join_words(judging, "eller")
        yield Text(
            en=f"What it cannot determine only {en}, who concludes, can settle: by an answer with evidence or a note. "
            "Answers of others are shown and settle nothing; that an item does not hold stands until it is settled.",
            sv=f"Det som det inte kan avgöra kan bara {sv}, som drar slutsatsen, avgöra: med ett svar som anger "
            "underlag eller skäl. Andras svar visas och avgör inget; att en punkt inte är uppfylld står kvar tills den "
            "är avgjord.",
        )
    else:
        yield Text(
            en="What it cannot determine nobody can settle: the contract names nobody without a stake who concludes.",
            sv="Det som det inte kan avgöra kan ingen avgöra: avtalet anger ingen utan eget intresse som drar "
            "slutsatsen.",
        )
    yield from _listed(settled_by_hand(certificate), _SETTLED)
    yield from _listed([item for item in CHECKLIST if stands[item] == "fail"], _NOT_MET)
    yield from _listed([item for item in CHECKLIST if stands[item] == "not_determinable"], _OPEN)
    yield from _listed(list(_disagreed(certificate)), _DIFFERENTLY)


_SETTLED = Text(en="So settled", sv="Så avgjorda")
_NOT_MET = Text(en="Do not hold", sv="Ej uppfyllda")
_OPEN = Text(en="Still open", sv="Ännu öppna")
_DIFFERENTLY = Text(en="Answered differently", sv="Besvarade olika")


def _listed(items: Sequence[str], words: Text) -> Iterator[Text]:
    if items:
        named = ", ".join(items)
        yield Text(en=f"{words.en} ({len(items)}): {named}.", sv=f"{words.sv} ({len(items)}): {named}.")


def _disagreed(certificate: Certificate) -> Iterator[str]:
    """Items of which two answers, each one that tells, say different things."""
    answers = checklist(certificate)
    for item in CHECKLIST:
        told = {answer.verdict for answer in answers if answer.item == item and answer.verdict != "not_determinable"}
        if len(told) > 1:
            yield item


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


def _row(answer: Answer, certificate: Certificate) -> tuple[Text, ...]:
    item, note = ITEMS[answer.item], answer.note
    told = Text(en=f"{answer.item}. {item.en}", sv=f"{answer.item}. {item.sv}")
    if note is not None:
        told = Text(en=f"{told.en} ({note.en})", sv=f"{told.sv} ({note.sv})")
    evidence = NONE if answer.evidence is None else same(answer.evidence)
    return told, VERDICTS[answer.verdict], _who(answer, certificate), evidence


def _who(answer: Answer, certificate: Certificate) -> Text:
    """Who answers, in which role, and what the answer counts for."""
    if answer.party is None:
        return answer.by
    party = certificate.contract.model.parties.get(answer.party)
    if party is None:
        return Text(en=f"{answer.by.en}, no party: settles nothing", sv=f"{answer.by.sv}, ingen part: avgör inget")
    role, counts = ROLES[party.role], _counts_for(answer, certificate)
    return Text(en=f"{answer.by.en} ({role.en}), {counts.en}", sv=f"{answer.by.sv} ({role.sv}), {counts.sv}")


def _counts_for(answer: Answer, certificate: Certificate) -> Text:
    if answer.judges and not answer.grounded and answer.verdict in ("pass", "not_applicable"):
        return Text(en="without evidence or a note: settles nothing", sv="utan underlag eller skäl: avgör inget")
    if answer.judges:
        return Text(en="who concludes", sv="som drar slutsatsen")
    if answer.verdict == "fail" and (by := settled_failures(certificate).get(answer.item)):
        return Text(en=f"settled by {join_words(by, 'and')}", sv=f"avgjort av {join_words(by, 'och')}")
    if answer.verdict == "fail":
        return Text(en="stands until it is settled", sv="står kvar tills punkten är avgjord")
    if answer.party in concluding(certificate) or has_stake(str(answer.party), certificate):
        return Text(en="who has a stake: settles nothing", sv="som har eget intresse: avgör inget")
    return Text(en="who does not conclude: settles nothing", sv="som inte drar slutsatsen: avgör inget")
