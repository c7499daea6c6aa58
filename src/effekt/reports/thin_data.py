"""What a contract says of thin data and late outcomes, in sentences for its annex and for a certificate's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from effekt._text import Text
from effekt._types import Period
from effekt.contracts.agreed_limits import AgreedLimit
from effekt.contracts.check_groups import ONE_TRIAL, labels_of
from effekt.contracts.figures import AttestedFigure, EstimateFigure, MeasureFigure
from effekt.contracts.made_checks import MET_WHERE, OF_MISSING
from effekt.contracts.model import Analysis, ContractTerms
from effekt.contracts.thin_data import MinimumN, complete_day
from effekt.reports.names import figure_name
from effekt.reports.wording import number

_FEWER = {
    "refer": Text(en="with fewer its figures are referred to the parties", sv="med färre hänskjuts dess siffror"),
    "wait": Text(en="with fewer its figures wait for more data", sv="med färre väntar dess siffror på mer underlag"),
}
_MORE = {
    "refer": Text(en="with more its figures are referred to the parties", sv="med fler hänskjuts dess siffror"),
    "wait": Text(en="with more its figures wait for more data", sv="med fler väntar dess siffror på mer underlag"),
}
_WITHOUT = {
    "pay": Text(en="it pays all the same", sv="ger den betalning ändå"),
    "refer": Text(en="it is referred to the parties", sv="hänskjuts den till parterna"),
    "zero": Text(en="it counts as zero", sv="räknas den som noll"),
}
_QUANTITY = {
    ("enrolled", "refer"): Text(
        en="for all enrolled, and referred to the parties if any of them has no match",
        sv="för alla inskrivna, och hänskjuts till parterna om någon av dem saknar match",
    ),
    ("enrolled", "zero"): Text(
        en="for all enrolled, those without a match counted as no effect",
        sv="för alla inskrivna, där de utan match räknas som ingen effekt",
    ),
    ("enrolled", "estimate"): Text(
        en="for all enrolled, those without a match taken to have the effect of the matched",
        sv="för alla inskrivna, där de utan match antas ha samma effekt som de matchade",
    ),
    ("matched", "refer"): Text(
        en="for the matched alone, and referred to the parties if anyone has no match",
        sv="för enbart de matchade, och hänskjuts till parterna om någon saknar match",
    ),
    ("matched", "zero"): Text(
        en="for the matched alone; nothing is paid for those without a match",
        sv="för enbart de matchade; inget betalas för dem utan match",
    ),
}


_CHECKS = {
    "refer": Text(
        en="where it fails or is not made, the figures of the analysis are referred to the parties",
        sv="om den inte är uppfylld eller inte görs hänskjuts analysens siffror till parterna",
    ),
    "refer_on_warning": Text(
        en="where it fails, warns or is not made, the figures of the analysis are referred to the parties",
        sv="om den inte är uppfylld, ger en varning eller inte görs hänskjuts analysens siffror till parterna",
    ),
    "zero": Text(
        en="where it fails or is not made, the figures of the analysis count as no effect",
        sv="om den inte är uppfylld eller inte görs räknas analysens siffror som ingen effekt",
    ),
    "note": Text(en="where it fails it is noted, and paid", sv="om den inte är uppfylld anmärks det, och betalas"),
}


_LIMITS = {
    "refer": Text(
        en="where it is not, or is not there, the figures of the analysis are referred to the parties",
        sv="om det inte är så, eller talet saknas, hänskjuts analysens siffror till parterna",
    ),
    "zero": Text(
        en="where it is not, or is not there, the figures of the analysis count as no effect",
        sv="om det inte är så, eller talet saknas, räknas analysens siffror som ingen effekt",
    ),
    "note": Text(
        en="where it is not, or is not there, it is noted, and paid",
        sv="om det inte är så, eller talet saknas, anmärks det, och betalas",
    ),
}


def thin_sentences(terms: ContractTerms) -> Iterator[Text]:
    """One sentence for each rule on thin data that a contract has.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Text
        Those of the analyses first, then those of the figures, in the order of the file.
    """
    for id, analysis in terms.analysis.items():
        yield from _of_analysis(id, analysis, _whose(id, terms))
    for name, term in terms.figures.items():
        if isinstance(term, AttestedFigure):
            yield from _attested(name, term, terms)
        elif isinstance(term, (EstimateFigure, MeasureFigure)):
            yield from _computed(name, term, terms)


def _of_analysis(id: str, analysis: Analysis, whose: Text) -> Iterator[Text]:
    minimum = analysis.minimum_n
    if isinstance(minimum, MinimumN):
        words, then = minimum.words, _FEWER[minimum.on_fewer]
        yield Text(
            en=f"The analysis {id} decides something with {words.en}; {then.en}.",
            sv=f"Analysen {id} avgör något med {words.sv}; {then.sv}.",
        )
    elif minimum is not None:
        yield Text(
            en=f"The parties agree on no smallest number of units for the analysis {id}.",
            sv=f"Parterna har inte avtalat något minsta antal enheter för analysen {id}.",
        )
    limit = analysis.most_missing
    if limit is not None:
        then = _MORE[limit.on_more]
        yield Text(
            en=f"The analysis {id} may leave out {limit.words.en} for an empty column; {then.en}.",
            sv=f"Analysen {id} får utesluta {limit.words.sv} för tom kolumn; {then.sv}.",
        )
    for check, rule in (analysis.required_checks or {}).items():
        moves = (rule.otherwise if isinstance(rule, AgreedLimit) else rule) != "note"
        of = whose if moves else Text(en="", sv="")
        if isinstance(rule, AgreedLimit):
            yield _of_limit(id, check, rule, of)
        else:
            yield _of_check(id, check, _CHECKS[rule], of)
    if analysis.tie_tolerance is not None:
        most = number(analysis.tie_tolerance)
        yield Text(
            en=f"If the estimate of the analysis {id} differs by more than {most.en}, in the unit of its outcome, "
            "between the orders in which equally near controls may be chosen, its figures are referred to the parties.",
            sv=f"Om skattningen i analysen {id} skiljer sig med mer än {most.sv}, i utfallets enhet, mellan de "
            "ordningar som lika nära kontroller kan väljas i, hänskjuts dess siffror till parterna.",
        )


def _whose(id: str, terms: ContractTerms) -> Text:
    """Of an analysis with figures of members of a set, which effects each of them is judged by."""
    taken = [term for term in terms.figures.values() if isinstance(term, EstimateFigure) and term.estimate == id]
    if terms.analysis[id].method == ONE_TRIAL or not any(labels_of(term) for term in taken):
        return Text(en="", sv="")
    return Text(
        en="; each figure is judged by the check at the effects that it is taken from and at the set as a whole, not "
        "at other effects of it",
        sv="; varje siffra bedöms efter kontrollen av de effekter som den tas från och av mängden som helhet, inte av "
        "andra effekter i den",
    )


def _of_check(id: str, check: str, what: Text, whose: Text) -> Text:
    met = _met_without(check)
    return Text(
        en=f"The check {check} of the analysis {id} is required: {what.en}{whose.en}{met.en}.",
        sv=f"Kontrollen {check} av analysen {id} krävs: {what.sv}{whose.sv}{met.sv}.",
    )


def _met_without(check: str) -> Text:
    """Of a check of what is missing, when there is nothing to check, and it is met."""
    if check not in OF_MISSING:
        return Text(en="", sv="")
    nothing = MET_WHERE[OF_MISSING[check][1]]
    return Text(en=f"; where {nothing.en} it is met", sv=f"; när {nothing.sv} är den uppfylld")


def _of_limit(id: str, check: str, limit: AgreedLimit, whose: Text) -> Text:
    then, words, met = _LIMITS[limit.otherwise], limit.words, _met_without(check)
    return Text(
        en=f"In the check {check} of the analysis {id} {limit.number} is to be {words.en}, instead of effekt's own "
        f"limit: {then.en}{whose.en}{met.en}.",
        sv=f"I kontrollen {check} av analysen {id} ska {limit.number} vara {words.sv}, i stället för effekts egen "
        f"gräns: {then.sv}{whose.sv}{met.sv}.",
    )


ONE_PERIOD: Mapping[Period, Text] = {
    "month": Text(en="month", sv="månad"),
    "quarter": Text(en="quarter", sv="kvartal"),
    "tertial": Text(en="tertial", sv="tertial"),
    "year": Text(en="year", sv="år"),
    "season": Text(en="season", sv="säsong"),
}
SEVERAL_PERIODS: Mapping[Period, Text] = {
    "month": Text(en="months", sv="månader"),
    "quarter": Text(en="quarters", sv="kvartal"),
    "tertial": Text(en="tertials", sv="tertial"),
    "year": Text(en="years", sv="år"),
    "season": Text(en="seasons", sv="säsonger"),
}


def _computed(id: str, term: EstimateFigure | MeasureFigure, terms: ContractTerms) -> Iterator[Text]:
    name = figure_name(id, terms)
    if isinstance(term, MeasureFigure) and term.outcomes_from is not None:
        yield Text(
            en=f"{name.en}: outcomes count from {term.outcomes_from}.",
            sv=f"{name.sv}: utfall räknas från och med {term.outcomes_from}.",
        )
    if isinstance(term, MeasureFigure) and term.period is not None:
        one, several = ONE_PERIOD[term.period], SEVERAL_PERIODS[term.period]
        yield Text(
            en=f"{name.en}: what is counted is {several.en}, of which each unit counts once in each {one.en}.",
            sv=f"{name.sv}: det som räknas är {several.sv}, och varje enhet räknas en gång per {one.sv}.",
        )
    if term.outcomes_until is not None:
        day = complete_day(term.outcomes_until, terms.dates.run_out)
        yield Text(
            en=f"{name.en}: outcomes count up to {term.outcomes_until}, and the figure has no value before {day}.",
            sv=f"{name.sv}: utfall räknas till och med {term.outcomes_until}, och siffran har inget värde före {day}.",
        )
    if isinstance(term, MeasureFigure):
        return
    if term.payment_quantity is not None:
        quantity = _QUANTITY[term.payment_quantity.counts, term.payment_quantity.unmatched]
        yield Text(en=f"{name.en} is {quantity.en}.", sv=f"{name.sv} gäller {quantity.sv}.")
    if term.without_inference is not None:
        then = _WITHOUT[term.without_inference]
        yield Text(
            en=f"{name.en}: if no standard error or p-value can be given, {then.en}.",
            sv=f"{name.sv}: om varken medelfel eller p-värde kan anges {then.sv}.",
        )


def _attested(id: str, term: AttestedFigure, terms: ContractTerms) -> Iterator[Text]:
    name = figure_name(id, terms)
    if term.reference_period is not None:
        period = term.reference_period.text
        yield Text(en=f"{name.en}, reference period: {period.en}.", sv=f"{name.sv}, referensperiod: {period.sv}.")
    if term.missing_data is not None:
        missing = term.missing_data.text
        yield Text(
            en=f"{name.en}, where data are missing: {missing.en}.",
            sv=f"{name.sv}, där uppgifter saknas: {missing.sv}.",
        )
