"""What the parties meant and agreed on around the figures, one sentence for each: for the annex and the certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from effekt._text import LANGUAGES, Text, format_percent, with_small
from effekt.contracts import Contract
from effekt.contracts.conduct import Assurance, Independence
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.intended import EstimandTerms, IntercurrentEvent, Measure
from effekt.contracts.model import ContractTerms
from effekt.contracts.rerun import tolerance_of
from effekt.diagnostics.ledger import STEP_WORDS
from effekt.reports.delivered import delivered_sentences
from effekt.reports.disclosure import disclosure_sentences
from effekt.reports.document import same
from effekt.reports.endings import ending_sentences
from effekt.reports.names import figure_mention, figure_name
from effekt.reports.population import population_sentences
from effekt.reports.thin_data import thin_sentences
from effekt.reports.wording import days_words, joined
from effekt.result.summary import VIEW_NAMES

_STEPS = {
    "parameter": Text(
        en="a price, an index number, an amount or another number that is reckoned with, and no result",
        sv="ett pris, ett indextal, ett belopp eller ett annat tal som det räknas med, inget resultat",
    ),
    "delivery": Text(
        en="whether what was agreed was done or kept, and no result",
        sv="en uppgift om huruvida det avtalade har genomförts eller hållits, inget resultat",
    ),
    "activity": Text(en="an activity", sv="en aktivitet"),
    "output": Text(en="an output", sv="en prestation"),
    "satisfaction": Text(en="satisfaction as the participants state it", sv="deltagarnas egen uppgift om nöjdhet"),
    "outcome": Text(en="an outcome", sv="ett utfall"),
    "impact": Text(en="an impact on society", sv="en effekt för samhället"),
}
STRATEGIES = {
    "treatment_policy": Text(
        en="the outcome is used whether or not it occurs (treatment policy)",
        sv="utfallet används vare sig den inträffar eller inte (behandlingspolicy)",
    ),
    "hypothetical": Text(
        en="the outcome is that which would have been had it not occurred (hypothetical)",
        sv="utfallet är det som hade blivit om den inte inträffat (hypotetisk)",
    ),
    "composite": Text(
        en="its occurrence is itself counted in the outcome (composite)",
        sv="att den inträffar räknas i sig in i utfallet (sammansatt)",
    ),
    "while_on_treatment": Text(
        en="the outcome counts until it occurs (while on treatment)",
        sv="utfallet räknas fram till att den inträffar (under behandling)",
    ),
    "principal_stratum": Text(
        en="the effect is that among those for whom it would not occur (principal stratum)",
        sv="effekten gäller dem för vilka den inte skulle inträffa (principalt stratum)",
    ),
}
_LEVEL = Text(en="The outcome itself, with nothing it is compared with", sv="Utfallet självt, utan jämförelse")
LEVELS = {
    "reasonable": Text(en="with reasonable assurance", sv="med rimlig säkerhet"),
    "limited": Text(en="with limited assurance", sv="med begränsad säkerhet"),
    "agreed_upon_procedures": Text(
        en="by agreed-upon procedures, which give findings and no assurance",
        sv="enligt särskild överenskommelse, som ger iakttagelser men inget bestyrkande",
    ),
}
_FEES = {
    "fixed": Text(en="a fixed fee", sv="fast arvode"),
    "by_time": Text(en="a fee by time", sv="arvode efter tid"),
    "none": Text(en="no fee", sv="inget arvode"),
}
_DAYS = {
    "data_lock": Text(en="The data are locked on {day}.", sv="Data låses {day}."),
    "certificate_due": Text(en="The certificate is due by {day}.", sv="Intyget ska finnas senast {day}."),
    "longstop": Text(en="The last day to settle is {day}.", sv="Sista dag för avräkning är {day}."),
}


_OTHER_SOFTWARE = {
    "refer": Text(
        en="what is computed from the data is referred to the parties",
        sv="hänskjuts till parterna det som beräknas ur data",
    ),
    "note": Text(en="the certificate says so, and stands", sv="anger intyget det, och gäller ändå"),
}


def intention_sections(contract: Contract) -> tuple[tuple[Text, tuple[Text, ...]], ...]:
    """Everything a contract states around its figures, under headings.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of (Text, tuple of Text)
        Each heading with its sentences; nothing for what the file does not state.
    """
    terms = contract.model
    sections: tuple[tuple[Text, Callable[[ContractTerms], Iterator[Text]]], ...] = (
        (Text(en="The legal text", sv="Avtalstexten"), _legal_text),
        (Text(en="Whom it is about", sv="Vilka det gäller"), population_sentences),
        (Text(en="The data as they are delivered", sv="Underlaget så som det lämnas"), delivered_sentences),
        (Text(en="What is hidden", sv="Vad som döljs"), disclosure_sentences),
        (Text(en="What is to be estimated", sv="Vad som ska skattas"), _estimands),
        (Text(en="Measures and their sources", sv="Mått och deras källor"), _measures),
        (Text(en="Sensitivity analyses, which never pay", sv="Känslighetsanalyser, som aldrig betalar"), _alternatives),
        (Text(en="Level of assurance and responsibilities", sv="Säkerhet och ansvar"), _assurance),
        (Text(en="Independence", sv="Oberoende"), _independence),
        (Text(en="Thin data, and late outcomes", sv="Litet underlag och sena utfall"), thin_sentences),
        (Text(en="Days", sv="Dagar"), _days),
        (Text(en="Run log and dry run", sv="Körningslogg och torrkörning"), _runs),
        (Text(en="Ending early, and disputes", sv="Förtida slut och tvister"), ending_sentences),
        (Text(en="Amendment", sv="Ändring"), _amendment),
        (Text(en="Totals held against an independent source", sv="Avstämning mot oberoende källa"), _reconciliations),
        (Text(en="Everyone accounted for", sv="Redovisning av alla personer"), _ledgers),
        (Text(en="Versions, and numbers computed again", sv="Versioner och tal som räknas om"), _reruns),
    )
    found = ((heading, tuple(sentences(terms))) for heading, sentences in sections)
    return tuple((heading, sentences) for heading, sentences in found if sentences)


# -------------------------------------------------------------------------------------- versions and re-runs


def _reruns(terms: ContractTerms) -> Iterator[Text]:
    if terms.software is not None:
        words, then = terms.software.words, _OTHER_SOFTWARE[terms.software.on_other]
        yield Text(
            en=f"The contract is settled with {words.en}; with another version {then.en}.",
            sv=f"Avtalet avräknas med {words.sv}; med en annan version {then.sv}.",
        )
    if terms.tolerance is not None:
        within = {lang: format_percent(tolerance_of(terms), lang, None) for lang in LANGUAGES}
        yield Text(
            en=f"Whoever computes a number again may come to one that differs by at most {within['en']}; a figure "
            "whose payment could change by that is referred to the parties.",
            sv=f"Den som räknar om ett tal får komma till ett som skiljer sig med högst {within['sv']}; en siffra "
            "vars betalning kan ändras av det hänskjuts till parterna.",
        )


# ------------------------------------------------------------------------------------------- the legal text


def _legal_text(terms: ContractTerms) -> Iterator[Text]:
    text = terms.governing_text
    if text is not None:
        language = Text(en="", sv="")
        if text.language is not None:
            language = Text(en=f" (language: {text.language})", sv=f" (språk: {text.language})")
        yield Text(
            en=f"The signed contract text, {text.file}{language.en}, prevails over the contract file; its SHA-256 is "
            f"{text.sha256}.",
            sv=f"Den undertecknade avtalstexten, {text.file}{language.sv}, gäller före avtalsfilen; dess SHA-256 är "
            f"{text.sha256}.",
        )
    if terms.jurisdiction is not None:
        yield Text(
            en=f"The contract is under the law of: {terms.jurisdiction}.",
            sv=f"Avtalet lyder under lagen i: {terms.jurisdiction}.",
        )


# ----------------------------------------------------------------------------------------- what is estimated


def _estimands(terms: ContractTerms) -> Iterator[Text]:
    for name, estimand in (terms.estimands or {}).items():
        yield _estimand(name, estimand, terms)
        yield from (_event(name, event) for event in estimand.intercurrent_events)


def _estimand(name: str, estimand: EstimandTerms, terms: ContractTerms) -> Text:
    """The five attributes in one sentence; the fourth, intercurrent events, by their number."""
    figures = joined(figure_mention(id, terms) for id in estimand.figures)
    summary = _LEVEL if estimand.summary == "level" else VIEW_NAMES[estimand.summary]
    count = len(estimand.intercurrent_events)
    none = Text(en="none foreseen", sv="inga förutsedda")
    events = none if not count else Text(en=f"{count}, named below", sv=f"{count}, angivna nedan")
    who, what, how = estimand.population.text, estimand.variable.text, estimand.treatments.text
    return Text(
        en=f"Estimand {name}, for {figures.en}: population: {who.en}; treatment conditions: {how.en}; variable: "
        f"{what.en}; intercurrent events: {events.en}; summary: {with_small(summary.en)}.",
        sv=f"Estimand {name}, för {figures.sv}: population: {who.sv}; jämförda villkor: {how.sv}; variabel: "
        f"{what.sv}; mellankommande händelser: {events.sv}; sammanfattande mått: {with_small(summary.sv)}.",
    )


def _event(name: str, event: IntercurrentEvent) -> Text:
    words, strategy = event.event.text, STRATEGIES[event.strategy]
    also = (
        Text(en=f"; also analysed by {event.sensitivity}", sv=f"; analyseras även enligt {event.sensitivity}")
        if event.sensitivity is not None
        else same("")
    )
    return Text(
        en=f"Intercurrent event of {name}: {words.en}; {strategy.en}{also.en}.",
        sv=f"Mellankommande händelse för {name}: {words.sv}; {strategy.sv}{also.sv}.",
    )


def _measures(terms: ContractTerms) -> Iterator[Text]:
    for id, measure in (terms.measures or {}).items():
        yield _measure(id, measure, terms)


def _measure(id: str, measure: Measure, terms: ContractTerms) -> Text:
    name, step, source = figure_name(id, terms), _STEPS[measure.step], measure.source.text
    en, sv = f"{name.en} is {step.en}", f"{name.sv} är {step.sv}"
    if measure.definition is not None:
        en, sv = f"{en}; counted by the rule: {measure.definition.en}", f"{sv}; definieras så: {measure.definition.sv}"
    if measure.denominator is not None:
        en, sv = f"{en}; taken per: {measure.denominator.en}", f"{sv}; per: {measure.denominator.sv}"
    en, sv = f"{en}; source: {source.en}", f"{sv}; källa: {source.sv}"
    if measure.holder is not None:
        en, sv = f"{en}, held by {measure.holder}", f"{sv}, hos {measure.holder}"
    if measure.vintage is not None:
        en, sv = f"{en}; vintage: {measure.vintage.en}", f"{sv}; version: {measure.vintage.sv}"
    if measure.may_pay:
        en, sv = f"{en}; the parties want it to pay", f"{sv}; parterna vill att den ska kunna ge betalning"
    return Text(en=f"{en}.", sv=f"{sv}.")


def _alternatives(terms: ContractTerms) -> Iterator[Text]:
    for name, alternative in (terms.sensitivity or {}).items():
        pairs = [tuple(figure_mention(one, terms) for one in replaced) for replaced in alternative.replace.items()]
        told = joined(
            Text(en=f"{by.en} in place of {own.en}", sv=f"{by.sv} i stället för {own.sv}") for own, by in pairs
        )
        title = alternative.title.text
        yield Text(
            en=f"{name}, {title.en}: the amount is also computed with {told.en}, and never paid.",
            sv=f"{name}, {title.sv}: beloppet räknas även ut med {told.sv}, och betalas aldrig.",
        )


# ------------------------------------------------------------------------------------------------ who answers


def _names(parties: Sequence[str], terms: ContractTerms) -> Text:
    return joined(same(terms.parties[id].name) for id in parties)


def _verb(one: str, several: str, parties: Sequence[str]) -> str:
    """The form of an English verb that goes with as many parties."""
    return one if len(parties) == 1 else several


def _assurance(terms: ContractTerms) -> Iterator[Text]:
    if terms.assurance is not None:
        yield level_sentence(terms.assurance, terms)
        yield responsibility_sentence(terms.assurance, terms)


def level_sentence(assurance: Assurance, terms: ContractTerms) -> Text:
    """With what certainty it is concluded, and by which criteria."""
    level, names = LEVELS[assurance.level], _names(assurance.responsibilities.conclusion, terms)
    by = (
        same("")
        if assurance.standard is None
        else Text(en=f" under {assurance.standard}", sv=f" enligt {assurance.standard}")
    )
    criteria = (
        Text(en="this contract file", sv="denna avtalsfil") if assurance.criteria is None else assurance.criteria.text
    )
    return Text(
        en=f"{names.en} {_verb('concludes', 'conclude', assurance.responsibilities.conclusion)} {level.en}{by.en}; the "
        f"criteria are {criteria.en}.",
        sv=f"{names.sv} drar sin slutsats {level.sv}{by.sv}; kriterierna är {criteria.sv}.",
    )


def responsibility_sentence(assurance: Assurance, terms: ContractTerms) -> Text:
    """Who answers for the data, for the analysis and for the conclusion."""
    parts = assurance.responsibilities
    data, analysis, end = (_names(ids, terms) for ids in (parts.data, parts.analysis, parts.conclusion))
    are = _verb("is", "are", parts.data)
    return Text(
        en=f"{data.en} {are} responsible for the data being complete and right, {analysis.en} for the analysis "
        f"following the plan, and {end.en} for the conclusion alone.",
        sv=f"{data.sv} ansvarar för att data är fullständiga och riktiga, {analysis.sv} för att analysen följer planen "
        f"och {end.sv} enbart för slutsatsen.",
    )


def _independence(terms: ContractTerms) -> Iterator[Text]:
    for id, term in (terms.independence or {}).items():
        yield _independent(id, term, terms)


def _independent(id: str, term: Independence, terms: ContractTerms) -> Text:
    name, others, fee = terms.parties[id].name, _names(term.of, terms), _FEES[term.fee]
    known = (
        same("")
        if term.accreditation is None
        else Text(en=f"; accreditation: {term.accreditation}", sv=f"; ackreditering: {term.accreditation}")
    )
    return Text(
        en=f"{name} is independent of {others.en} and has {fee.en}, whatever the outcome{known.en}.",
        sv=f"{name} är oberoende av {others.sv} och har {fee.sv}, oavsett utfallet{known.sv}.",
    )


# ------------------------------------------------------------------------------------------ days and endings


def _days(terms: ContractTerms) -> Iterator[Text]:
    dates = terms.dates
    if dates.service is not None:
        first, last = dates.service.from_, dates.service.to
        yield Text(en=f"The service is delivered from {first} to {last}.", sv=f"Insatsen ges från {first} till {last}.")
    if dates.run_out is not None:
        yield _run_out(dates.run_out, terms)
    for key, sentence in _DAYS.items():
        day = getattr(dates, key)
        if day is not None:
            yield Text(en=sentence.en.format(day=day), sv=sentence.sv.format(day=day))
    if terms.interim == ():
        yield Text(
            en="No look at the figures before the end is declared.",
            sv="Ingen avläsning av siffrorna före slutet är angiven.",
        )
    for look in terms.interim or ():
        paid = (
            Text(
                en="and what is due then is paid on a final certificate alone",
                sv="och det som då förfaller betalas först på ett slutligt intyg",
            )
            if look.pays
            else Text(en="and nothing is paid then", sv="och inget betalas då")
        )
        yield Text(
            en=f"The figures are looked at on {look.at} before the end, {paid.en}.",
            sv=f"Siffrorna tas fram {look.at}, före slutet, {paid.sv}.",
        )


def _run_out(days: int, terms: ContractTerms) -> Text:
    """After which day outcomes are waited for; a file that was neither checked nor locked need not say any."""
    waited = days_words(days)
    figures = (one for one in terms.figures.values() if isinstance(one, EstimateFigure | MeasureFigure))
    window = Text(en="after the evaluation window", sv="efter utvärderingsfönstret")
    last = Text(en="after the last day that a figure counts", sv="efter den sista dag som en siffra räknar")
    after = [window] if any("evaluation_window" in one.arguments for one in terms.analysis.values()) else []
    after += [last] if any(one.outcomes_until is not None for one in figures) else []
    if after:
        comma = "," if len(after) > 1 else ""
        en, sv = (", or ".join(one.en for one in after), ", eller ".join(one.sv for one in after))
        return Text(
            en=f"Outcomes are complete {waited.en} {en}, and not settled before.",
            sv=f"Utfallen är fullständiga {waited.sv} {sv}{comma} och avräknas inte förr.",
        )
    if not days:
        return Text(
            en="Outcomes are recorded at once, and none are waited for.",
            sv="Utfallen registreras genast, och inga väntas in.",
        )
    return Text(
        en=f"No day says when outcomes end, so the {waited.en} after them are not waited for.",
        sv=f"Ingen dag anger när utfallen slutar, så {waited.sv} efter dem väntas inte in.",
    )


def _runs(terms: ContractTerms) -> Iterator[Text]:
    """What every run on the data leaves behind, and the seed of the run that is none on the effect."""
    if terms.log is not None:
        yield Text(
            en=f"Every estimate, look, dry run and settlement leaves a line in the run log, {terms.log} in the "
            "contract's folder, which begins with the lock; without it no result is shown.",
            sv=f"Varje skattning, avläsning, torrkörning och avräkning lämnar en rad i körningsloggen, {terms.log} i "
            "avtalets mapp, som börjar med låsningen; utan den visas inget resultat.",
        )
    if terms.dry_run is not None:
        yield Text(
            en=f"A dry run deals the treatment labels to others by the seed {terms.dry_run.seed}, and by no other; "
            "nothing is to be paid on it.",
            sv=f"En torrkörning kastar om behandlingsetiketterna efter fröet {terms.dry_run.seed} och inget annat; "
            "inget ska betalas på den.",
        )


def _amendment(terms: ContractTerms) -> Iterator[Text]:
    amendment = terms.amendment
    if amendment is None:
        return
    names = joined(same(terms.parties[id].name) for id in amendment.agreed_by)
    reason = amendment.reason.text
    yield Text(
        en=f"This is amendment {amendment.number}, of {amendment.date}, and takes the place of the file with the "
        f"SHA-256 {amendment.of}. The reason: {reason.en}.",
        sv=f"Detta är ändring {amendment.number}, av {amendment.date}, och ersätter filen med SHA-256 {amendment.of}. "
        f"Skälet: {reason.sv}.",
    )
    yield Text(
        en=f"It counts when {names.en} {_verb('has', 'have', amendment.agreed_by)} signed its lock.",
        sv=f"Den gäller när {names.sv} har undertecknat låsningen av den.",
    )


def _reconciliations(terms: ContractTerms) -> Iterator[Text]:
    for one in (terms.reconciliations or {}).values():
        total, against = figure_name(one.total, terms), figure_mention(one.against, terms)
        figures = joined(figure_mention(id, terms) for id in one.figures)
        within = {lang: format_percent(Fraction(one.within), lang, None) for lang in LANGUAGES}
        yield Text(
            en=f"{total.en} against {against.en}: they may part by at most {within['en']} of the latter, otherwise "
            f"referred: {figures.en}.",
            sv=f"{total.sv} mot {against.sv}: de får skilja sig med högst {within['sv']} av den senare, annars "
            f"hänskjuts: {figures.sv}.",
        )


def _ledgers(terms: ContractTerms) -> Iterator[Text]:
    for id, one in (terms.ledgers or {}).items():
        steps = joined(text for step, text in STEP_WORDS.items() if step in one.steps or step == "referred")
        yield Text(
            en=f"Every person in the data {one.data} is followed from step to step ({steps.en}), with a reason code "
            f"for everyone who leaves; as many must be analysed as the analysis {id} rests on, or it is not settled.",
            sv=f"Varje person i underlaget {one.data} följs från steg till steg ({steps.sv}), med en orsakskod för "
            f"alla som lämnar; lika många ska vara analyserade som analysen {id} bygger på, annars avräknas inget.",
        )
