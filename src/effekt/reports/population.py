"""Whom a contract is about, in sentences for its annex and for a certificate's page."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.model import ContractTerms
from effekt.contracts.population import Criterion, Population
from effekt.reports.names import figure_mention
from effekt.reports.wording import joined, number

UNITS = {
    "person": Text(en="one person", sv="en person"),
    "household": Text(en="one household", sv="ett hushåll"),
    "workplace": Text(en="one workplace", sv="en arbetsplats"),
    "municipality": Text(en="one municipality", sv="en kommun"),
    "event": Text(en="one event", sv="en händelse"),
}
ANALYSED = {
    "assigned": Text(
        en="everyone as they were assigned, whatever they took part in (intention to treat)",
        sv="alla så som de tilldelats, vad de än tagit del av (intention to treat)",
    ),
    "enrolled": Text(en="everyone who was enrolled", sv="alla som skrivits in"),
    "compliers": Text(
        en="those who take part when offered and not otherwise (compliers)",
        sv="de som tar del av insatsen när de erbjuds den och annars inte (compliers)",
    ),
    "per_protocol": Text(en="those who followed the plan (per protocol)", sv="de som följt planen (per protocol)"),
    "listed": Text(en="everyone on the frozen list", sv="alla på den frysta listan"),
    "matched": Text(
        en="those alone for whom a control was found", sv="enbart dem för vilka en jämförelseperson har hittats"
    ),
}
_COMPARED = {
    "ge": Text(en="at least", sv="minst"),
    "gt": Text(en="above", sv="mer än"),
    "le": Text(en="at most", sv="högst"),
    "lt": Text(en="below", sv="mindre än"),
}


def population_sentences(terms: ContractTerms) -> Iterator[Text]:
    """One sentence each: who, the register, every criterion, every cohort.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Text
        Nothing for a contract that does not state its population.
    """
    population = terms.population
    if population is None:
        return
    unit, who, analysed = UNITS[population.unit], population.who.text, ANALYSED[population.analysis_set]
    yield Text(
        en=f"The population is {who.en}; the unit is {unit.en}, and the analysis covers {analysed.en}.",
        sv=f"Populationen är {who.sv}; enheten är {unit.sv}, och analysen omfattar {analysed.sv}.",
    )
    yield from _register(population)
    yield from map(criterion_sentence, population.eligibility)
    yield from _cohorts(population, terms)


def _register(population: Population) -> Iterator[Text]:
    register = population.register_
    if register is None:
        return
    source, digest = register.source.text, register.salted_sha256
    under = Text(en="", sv="")
    if digest is not None:
        under = Text(en=f", with the salted SHA-256 {digest}", sv=f", med den saltade SHA-256 {digest}")
    yield Text(
        en=f"The list of the population is that of {source.en} as frozen on {register.frozen}{under.en}.",
        sv=f"Listan över populationen är den från {source.sv} så som den frystes {register.frozen}{under.sv}.",
    )


def criterion_sentence(criterion: Criterion) -> Text:
    """What every row of a table must meet to be eligible."""
    told = comparison_words(criterion)
    return Text(
        en=f"Eligible is who has {criterion.column} {told.en}, in every row of the data {criterion.data}.",
        sv=f"Behörig är den som har {criterion.column} {told.sv}, i varje rad av underlaget {criterion.data}.",
    )


def comparison_words(criterion: Criterion) -> Text:
    """'at least 16', 'women or men'."""
    if criterion.among is not None:
        return Text(en=join_words(criterion.among), sv=join_words(criterion.among, "eller"))
    limit, words = number(getattr(criterion, criterion.comparison)), _COMPARED[criterion.comparison]
    return Text(en=f"{words.en} {limit.en}", sv=f"{words.sv} {limit.sv}")


def _cohorts(population: Population, terms: ContractTerms) -> Iterator[Text]:
    for name, cohort in (population.cohorts or {}).items():
        who, figures = cohort.who.text, joined(figure_mention(id, terms) for id in cohort.figures)
        waits = Text(en="", sv="")
        if cohort.figures:
            waits = Text(
                en=f"; until that day is over there is no value of {figures.en}",
                sv=f"; till dess att den dagen är slut finns inget värde på {figures.sv}",
            )
        yield Text(
            en=f"Cohort {name}, {who.en}, closes on {cohort.closes}{waits.en}.",
            sv=f"Kohorten {name}, {who.sv}, stängs {cohort.closes}{waits.sv}.",
        )
