"""What a verifier checks, A to F, with the answer to each item and the digest of what it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from effekt._text import Text
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts import settle_figures
from effekt.contracts.declarations import CHECKLIST, Checked, CheckVerdict
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.reconciled import reconcile
from effekt.contracts.required_checks import holds
from effekt.exceptions import ArgumentError
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
_COMPUTED = Text(en="this certificate", sv="detta intyg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one item.

    Attributes
    ----------
    item : str
        A1 to F5.
    verdict : str or None
        None where nobody has answered.
    by : Text or None
        A party, or the certificate itself.
    evidence : str or None
        SHA-256 of what it rests on.
    note : Text or None
    """

    item: str
    verdict: CheckVerdict | None
    by: Text | None = None
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
        given = [answer for answer in declared if answer.item == item]
        own = computed.get(item)
        if own is not None and (not given or own.verdict == "fail"):
            given = [own]
        found += given or [Answer(item=item, verdict=None)]
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


def _computed(certificate: Certificate) -> dict[str, Answer]:
    """What follows from the certificate alone; the data and the signatures are for whoever verifies it."""
    terms = certificate.contract.model
    plan, lock = certificate.plan, certificate.plan.lock
    locked = None if lock is None else hashlib.sha256(lock.encode()).hexdigest()
    settled = hashlib.sha256(canonical_json(certificate.settlement.to_plain())).hexdigest()
    given: dict[str, tuple[bool, str | None]] = {
        "A1": (True, certificate.contract.sha256),  # a contract in which a key is of two parties is not read
        "A5": (plan.locked_before_data, locked),
    }
    if terms.independence is not None and all(id in terms.independence for id in concluding(certificate)):
        given["A2"] = (True, certificate.contract.sha256)  # a fee by outcome has no word in the file
    listed = [one.model for one in certificate.declarations if one.model.deviations is not None]
    if listed:
        approved = all(found.approved is not None for model in listed for found in model.deviations or ())
        given["D2"] = (approved, certificate.declarations[0].sha256)
    totals = reconcile(terms, {figure.id: figure for figure in certificate.figures})
    if totals and all(one.holds is not None for one in totals):
        given["C5"] = (all(one.holds for one in totals), settled)
    if any(isinstance(term, DerivedFigure) and term.derived.fallback for term in terms.figures.values()):
        given["D5"] = (True, settled)  # derived figures are computed again from their triggers wherever they are read
    checks = [met for _, _, met in _required_checks(certificate)]
    if checks:
        given["D4"] = (all(checks), hashlib.sha256(canonical_json(certificate.predicate["results"])).hexdigest())
    given |= dict.fromkeys(("E2", "E5", "E7"), (_adds_up(certificate), settled))
    return {
        item: Answer(item=item, verdict="pass" if holds else "fail", by=_COMPUTED, evidence=evidence)
        for item, (holds, evidence) in given.items()
    }


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
            yield Text(en=f"{item}. {ITEMS[item].en}", sv=f"{item}. {ITEMS[item].sv}")
    for id, name, met in _required_checks(certificate):
        if not met:
            yield Text(
                en=f"D4. The check {name} of {id}, which the contract requires, fails or was not made",
                sv=f"D4. Kontrollen {name} av {id}, som avtalet kräver, är inte uppfylld eller har inte gjorts",
            )


def _required_checks(certificate: Certificate) -> Iterator[tuple[str, str, bool]]:
    """Whether each check that the contract requires was made and fails in no effect of its analysis."""
    for id, analysis in certificate.contract.model.analysis.items():
        result = certificate.results.get(id)
        for name, rule in (analysis.required_checks or {}).items():
            if result is not None and not isinstance(result, Pending):
                yield id, name, holds(name, rule, result, *getattr(result, "effects", ()))


def concluding(certificate: Certificate) -> tuple[str, ...]:
    """Who answers for the conclusion; without a word on it, whoever verifies.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    tuple of str
        Parties.
    """
    terms = certificate.contract.model
    if terms.assurance is not None:
        return terms.assurance.responsibilities.conclusion
    return tuple(id for id, party in terms.parties.items() if party.role == "verifier")


def _adds_up(certificate: Certificate) -> bool:
    """Whether the contract's rules give the settlement again from its figures."""
    terms = certificate.contract.model.figures
    figures = {figure.id: figure for figure in certificate.figures if not isinstance(terms[figure.id], DerivedFigure)}
    try:
        return settle_figures(certificate.contract, figures, certificate.events) == certificate.settlement
    except ArgumentError:  # figures that are not what the contract declares
        return False


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
    """How many items hold, do not, are answered differently by different parties, and have no answer."""
    given = [{answer.verdict for answer in answers if answer.item == item} for item in CHECKLIST]
    told = [(text, given.count({verdict})) for verdict, text in VERDICTS.items()]
    told.append((_DIFFERENTLY, sum(len(verdicts) > 1 for verdicts in given)))
    told.append((Text(en="not answered", sv="inte besvarat"), given.count({None})))
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
    verdict = Text(en="not answered", sv="inte besvarat") if answer.verdict is None else VERDICTS[answer.verdict]
    return told, verdict, answer.by or NONE, NONE if answer.evidence is None else same(answer.evidence)
