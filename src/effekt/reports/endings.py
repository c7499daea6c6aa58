"""A contract's early end, disputes and revised sources, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.contracts.conduct import Termination
from effekt.contracts.events import with_a_stake
from effekt.contracts.figures import Range
from effekt.contracts.happened import cause_of, lines_on
from effekt.contracts.measured import measured_on
from effekt.contracts.model import ContractTerms
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.payment import Line, Payment
from effekt.reports.document import same
from effekt.reports.wording import days_words, joined

_ENDINGS = {
    "pay_on_closed_cohorts": Text(
        en="the outcomes of cohorts that are closed by then are paid",
        sv="betalas utfallet för de kohorter som då är stängda",
    ),
    "pay_to_date": Text(
        en="each line is paid up to and including the last day", sv="betalas varje rad till och med sista dagen"
    ),
    "pay_nothing_more": Text(en="nothing more is paid", sv="betalas inget mer"),
    "refer": Text(en="what is paid is referred to the parties", sv="hänskjuts vad som betalas till parterna"),
}
_NO_PERIOD = Text(
    en="each line without a rule of its own is referred to the parties, since no period is given of which a part could "
    "be paid",
    sv="hänskjuts varje rad utan egen regel till parterna, eftersom ingen period är angiven som en del kan betalas av",
)
_NO_CLOSING = Text(
    en="each line without a rule of its own is referred to the parties, since no day is given on which its cohort "
    "closes",
    sv="hänskjuts varje rad utan egen regel till parterna, eftersom ingen dag är angiven då dess kohort stängs",
)
_LINE_ENDINGS = {
    "in_full": Text(en="paid in full", sv="betalas fullt ut"),
    "to_date": Text(en="paid up to and including the last day", sv="betalas till och med sista dagen"),
    "nothing": Text(en="not paid", sv="betalas inte"),
    "refer": Text(en="referred to the parties", sv="hänskjuts till parterna"),
}
_REVISIONS = {
    "stands": Text(en="the table that was used stands", sv="gäller den tabell som användes"),
    "pay_and_correct": Text(
        en="what it gave is paid and a new certificate corrects it",
        sv="betalas det som den gav, och ett nytt intyg rättar det",
    ),
    "refer": Text(en="what is due is referred to the parties", sv="hänskjuts vad som ska betalas till parterna"),
}


def ending_sentences(terms: ContractTerms) -> Iterator[Text]:
    """What a contract says of its early end, of disputes and of revised sources.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Text
    """
    for ending in (terms.termination or {}).values():
        cause, then = cause_of(ending), _ENDINGS[ending.then]
        if ending.then == "pay_to_date" and ending.period is None:
            then = _NO_PERIOD
        if ending.then == "pay_on_closed_cohorts" and not ending.closes:
            then = _NO_CLOSING
        yield Text(en=f"If the contract ends {cause.en}, {then.en}.", sv=f"Om avtalet upphör {cause.sv} {then.sv}.")
        yield from _ending_of_lines(ending, terms)
    if terms.termination:
        yield from _whatever_the_ending(terms)
    if terms.disputes is not None:
        disputes, decides, days = terms.disputes, terms.disputes.decided_by, days_words(terms.disputes.days)
        by = same(terms.parties[decides].name) if isinstance(decides, str) else decides.text
        meanwhile = (
            Text(en="what is undisputed is paid meanwhile", sv="det ostridiga betalas under tiden")
            if disputes.undisputed_paid
            else Text(en="nothing is paid meanwhile", sv="inget betalas under tiden")
        )
        yield Text(
            en=f"A certificate can be disputed until {days.en} after its date, that day included; {meanwhile.en}; "
            f"{by.en} decides.",
            sv=f"Ett intyg kan bestridas till och med {days.sv} efter intygets datum; {meanwhile.sv}; {by.sv} avgör.",
        )
        if isinstance(decides, str):
            yield Text(en=f"{by.en} declares a dispute decided.", sv=f"{by.sv} anmäler att en tvist är avgjord.")
    yield from _revisions(terms)


def _ending_of_lines(ending: Termination, terms: ContractTerms) -> Iterator[Text]:
    """The rules of an ending for single lines, its period, the floor, and who must declare it."""
    for line, rule in (ending.lines or {}).items():
        what = _LINE_ENDINGS[rule]
        yield Text(en=f"The line {line} is then {what.en}.", sv=f"Raden {line} {what.sv} då.")
    for line, day in (ending.closes or {}).items():
        yield Text(
            en=f"The cohort of the line {line} closes on {day}: from then on it is paid in full, before then "
            "not at all.",
            sv=f"Kohorten för raden {line} stängs {day}: från och med då betalas den fullt ut, dessförinnan inte alls.",
        )
    open_lines = [id for id in terms.payment.lines if id not in {*(ending.lines or {}), *(ending.closes or {})}]
    if ending.closes and open_lines:
        names, one = joined(map(same, open_lines)), len(open_lines) == 1
        yield Text(
            en=f"The {'line' if one else 'lines'} {names.en}, of whose cohort no closing day is given, "
            f"{'is' if one else 'are'} then referred to the parties.",
            sv=f"{'Raden' if one else 'Raderna'} {names.sv}, vars kohort saknar angiven stängningsdag, hänskjuts då "
            "till parterna.",
        )
    period = ending.period
    if period is not None:
        cause, clauses = cause_of(ending), (terms.termination or {}).values()
        several = sum(one.period is not None for one in clauses) > 1
        of = Text(en=f" where the contract ends {cause.en}", sv=f", när avtalet upphör {cause.sv},")
        where = of if several else same("")
        yield Text(
            en=f"What is paid up to and including a day{where.en} is so large a part of the line's amount as the days "
            f"from {period.from_} to {period.to}, both included, that have passed with that day are of all these "
            "days; the part is taken after the line's own condition, cap and floor, before the amount is rounded and "
            "before what holds between lines.",
            sv=f"Det som betalas till och med en dag{where.sv} är så stor del av radens belopp som de dagar från och "
            f"med {period.from_} till och med {period.to} som har gått med den dagen är av alla dessa dagar; delen "
            "tas efter radens eget villkor, tak och golv, men före avrundningen och före vad som gäller mellan rader.",
        )
    if ending.floor is not None:
        yield (
            Text(en="The contract's floor still applies then.", sv="Avtalets golv gäller även då.")
            if ending.floor == "applies"
            else Text(en="The contract's floor lapses then.", sv="Avtalets golv faller då bort.")
        )
    if ending.guarantees is not None:
        yield (
            Text(en="Guarantees cover what the ending takes.", sv="Garantierna täcker det som upphörandet tar bort.")
            if ending.guarantees == "applies"
            else Text(
                en="Guarantees lapse then, if the ending takes anything of a line, so that less is paid on it than "
                "otherwise.",
                sv="Garantierna faller då bort, om upphörandet tar något av en rad, så att mindre betalas på den än "
                "annars.",
            )
        )
        if ending.guarantees == "lapses" and lines_on(terms, terms.analysis):
            yield Text(
                en="Where a contaminated comparison takes something of a line, its guarantee is referred to the "
                "parties instead.",
                sv="Där en störd jämförelse tar något av en rad hänskjuts i stället dess garanti till parterna.",
            )
    declarers = ending.declared_by or with_a_stake(terms)
    names = joined(same(terms.parties[id].name) for id in declarers)
    yield Text(
        en=f"It counts when {names.en} {'declares' if len(declarers) == 1 else 'declare'} it.",
        sv=f"Det gäller när {names.sv} anmäler det.",
    )


def _whatever_the_ending(terms: ContractTerms) -> Iterator[Text]:
    """What no clause takes: what is to be paid back, and lines whose outcomes were all measured when it ended."""
    clauses = (terms.termination or {}).values()
    yield from _contaminated(terms)
    for line, term in terms.payment.lines.items():
        taken = any(clause.rule(line, terms.dates.signed) == "nothing" for clause in clauses)
        if taken and _may_wait(line, terms.payment):
            yield Text(
                en=f"Where the line {line} is then not paid, what a cap on one settlement has left of it to later ones "
                "lapses too.",
                sv=f"Där raden {line} då inte betalas bortfaller även det av den som ett tak för en avräkning har "
                "lämnat till senare avräkningar.",
            )
        if taken and _may_be_paid_back(term):
            yield Text(
                en=f"Where the line {line} is then not paid, what is to be paid back on it still is.",
                sv=f"Där raden {line} då inte betalas ska det som ska betalas tillbaka på den ändå betalas tillbaka.",
            )
    for line, term in terms.payment.lines.items():
        day = measured_on(term, terms)
        if day is not None:
            yield Text(
                en=f"If the contract ends on {day} or later the line {line} is paid in full all the same, since all "
                "that it pays for is then measured.",
                sv=f"Om avtalet upphör {day} eller senare betalas raden {line} ändå fullt ut, eftersom allt som den "
                "betalar för då är mätt.",
            )
    if paid_each_lines(terms):
        yield _on_announced_days(terms)


def _contaminated(terms: ContractTerms) -> Iterator[Text]:
    """Of which lines and outcomes a clause holds where a comparison is contaminated from a day."""
    lines = lines_on(terms, terms.analysis)
    each = [id for id in paid_each_lines(terms) if id in lines]
    if not lines:
        return
    on = joined(map(same, lines))
    ends = Text(en="; without a last day it always holds", sv="; utan sista dag gäller den alltid")
    ends = ends if len(each) < len(lines) else same("")
    yield Text(
        en="Where a comparison is declared contaminated from a day, such a clause holds of the lines that rest on "
        f"it ({on.en}), not of outcomes whose last day was before that day{ends.en}.",
        sv="Anmäls en jämförelse vara störd från en viss dag gäller en sådan bestämmelse för de rader som bygger "
        f"på den ({on.sv}), inte för utfall vars sista dag var före den dagen{ends.sv}.",
    )
    if any(clause.period or clause.closes for clause in (terms.termination or {}).values()):
        yield Text(
            en="The last day that then counts is the day before.",
            sv="Den sista dag som då räknas är dagen före.",
        )
    if each:
        of = _named(each)
        yield Text(
            en=f"On {of.en} the outcomes that are paid for an announced day have that day as their last, unless an "
            "earlier last day is given.",
            sv=f"På {of.sv} har de utfall som betalas för en angiven dag den dagen som sista dag, om ingen tidigare "
            "sista dag är angiven.",
        )


def _on_announced_days(terms: ContractTerms) -> Text:
    """That what an announced day pays for was over on it, and what ends or contaminates later takes nothing of it."""
    each = paid_each_lines(terms)
    spoiled = [id for id in each if id in lines_on(terms, terms.analysis)]
    on, of = _named(each), _named(spoiled)
    where = same("") if len(spoiled) == len(each) else Text(en=f", on {of.en},", sv=f", på {of.sv},")
    later = Text(
        en=f", or{where.en} if the comparison is contaminated from a later day alone",
        sv=f", eller{where.sv} om jämförelsen är störd först från en senare dag",
    )
    later = later if spoiled else same("")
    return Text(
        en=f"What an announced day pays on {on.en} is paid in full all the same if the contract ends on that day or "
        f"later{later.en}; such a clause holds for the other announced days alone.",
        sv=f"Det som betalas för en angiven dag på {on.sv} betalas ändå fullt ut om avtalet upphör den dagen eller "
        f"senare{later.sv}; en sådan bestämmelse gäller bara för övriga angivna dagar.",
    )


def _named(lines: Sequence[str]) -> Text:
    """'the line a', 'the lines a and b'."""
    names, one = joined(map(same, lines)), len(lines) == 1
    return Text(en=f"the {'line' if one else 'lines'} {names.en}", sv=f"{'raden' if one else 'raderna'} {names.sv}")


def _may_wait(id: str, payment: Payment) -> bool:
    """Whether a cap can leave what is due on a line to a later settlement."""
    line = payment.lines[id]
    if not line.cumulative or line.true_up is None:
        return False
    capped = payment.cap is not None or any(id in cap.lines for cap in (payment.caps or {}).values())
    return capped or line.true_up.cap is not None


def _may_be_paid_back(line: Line) -> bool:
    """Whether a settlement can have an amount below 0 on a line, at some values of its figures."""
    anything: dict[str, Range] = dict.fromkeys(line.pays.operands(), (None, None))
    low, _ = line.limit_bounds(line.pays.bounds(anything))
    return (line.true_up is not None and line.true_up.below_zero == "clawback") or low is None or low < 0


def _revisions(terms: ContractTerms) -> Iterator[Text]:
    if terms.revisions is not None:
        then = _REVISIONS[terms.revisions.then]
        yield Text(
            en=f"If a source is revised after a certificate was made of it, {then.en}.",
            sv=f"Om en källa revideras efter att ett intyg gjorts av den {then.sv}.",
        )
