"""How each figure and each line of a settlement stands after the events that parties have declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

from effekt._text import Text, with_capital
from effekt.contracts.conduct import LineEnding
from effekt.contracts.events import Disputed
from effekt.contracts.figures import Figure
from effekt.contracts.happened import Events, Fate, analyses_on, figures_on, is_of, lines_on, revised_text
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import decimal_text, money_digits
from effekt.contracts.paying import reading
from effekt.contracts.settled import SettledLine, Standing, StandingState

_PAID: dict[LineEnding, Text] = {
    "in_full": Text(en="the line is paid in full", sv="raden betalas fullt ut"),
    "to_date": Text(en="the line is paid to that day", sv="raden betalas till den dagen"),
    "nothing": Text(en="nothing more is paid on the line", sv="inget betalas mer på raden"),
    "refer": Text(en="what is due is referred to the parties", sv="vad som ska betalas hänskjuts till parterna"),
}
_PAID_BEFORE = Text(en="the line is paid to the day before", sv="raden betalas till och med dagen före")
_REVISED = {
    None: Text(en="the contract has no rule for it", sv="avtalet har ingen regel för det"),
    "pay_and_correct": Text(
        en="by the contract it is paid now and corrected by a new certificate",
        sv="enligt avtalet betalas det nu och rättas genom ett nytt intyg",
    ),
    "refer": Text(en="by the contract it is referred to the parties", sv="enligt avtalet hänskjuts det till parterna"),
    "stands": Text(en="by the contract the table stands", sv="enligt avtalet gäller tabellen"),
}
_WITHHELD = Text(
    en="A part is withheld until the dispute is decided.", sv="En del hålls inne tills tvisten är avgjord."
)
_NOTHING_WITHHELD = Text(
    en="It reads what is disputed: nothing is withheld, and the decision may raise it.",
    sv="Den läser det som är bestridet: inget hålls inne, och avgörandet kan höja den.",
)
BY_FLOOR = Text(
    en="The floor holds whoever is right in the dispute: more is paid now, and deducted when it is decided.",
    sv="Golvet gäller vem som än får rätt i tvisten: mer betalas nu, och räknas av när den är avgjord.",
)
UNTOUCHED = Text(en="No declared event touches it.", sv="Ingen anmäld händelse berör den.")


def standings(
    terms: ContractTerms,
    events: Events,
    figures: Mapping[str, Figure],
    lines: Mapping[str, SettledLine],
    fate: Mapping[str, Fate],
    withheld: Mapping[str, Fraction],
) -> tuple[Standing, ...]:
    """How every figure and every line stands.

    Parameters
    ----------
    terms : ContractTerms
    events : Events
    figures : mapping of figure to Figure
    lines : mapping of line to SettledLine
    fate : mapping of line to Fate
    withheld : mapping of line to Fraction
        What disputes keep back.

    Returns
    -------
    tuple of Standing
        Figures before lines, each in the contract's order; one for each event that touches it, or one that says that
        none does. What has no value or amount and is touched by none is left out: its own state says why.
    """
    found: list[Standing] = []
    for id in terms.figures:
        own = list(_of_figure(id, terms, events))
        final = [Standing(of="figure", id=id, state="final", text=UNTOUCHED)] if figures[id].value is not None else []
        found += own or final
    for id in terms.payment.lines:
        own = list(_of_line(lines[id], terms, events, fate.get(id), withheld.get(id)))
        final = [Standing(of="line", id=id, state="final", text=UNTOUCHED)] if lines[id].amount is not None else []
        found += own or final
    return tuple(found)


def _of_figure(id: str, terms: ContractTerms, events: Events) -> Iterator[Standing]:
    reads = set(reading((id,), terms.figures))
    for by, disputed in events.disputed:
        if is_of(disputed, events.superseding) and reads.intersection(disputed.figures):
            yield from _disputed(id, by, disputed, terms)
    for event in events.contaminated:
        touched = id in figures_on(terms, event.analysis, since=event.date, settles=events.settles)
        if not touched and id in figures_on(terms, event.analysis):
            text = Text(
                en=f"The comparison is contaminated from {event.date}, when all outcomes had been measured.",
                sv=f"Jämförelsen är störd från {event.date}, när alla utfall redan var mätta.",
            )
            yield Standing(of="figure", id=id, state="final", text=text)
        if touched:
            text = Text(
                en=f"Its comparison is contaminated from {event.date}: {_bare(event.why.en)}.",
                sv=f"Dess jämförelse är störd från {event.date}: {_bare(event.why.sv)}.",
            )
            yield Standing(of="figure", id=id, state="contaminated", text=text)
    for concerned, standing in _revisions("figure", id, terms, events):
        if id in figures_on(terms, concerned):
            yield standing


def _disputed(id: str, by: str, disputed: Disputed, terms: ContractTerms) -> Iterator[Standing]:
    name, why = terms.parties[by].name, disputed.why
    if disputed.decided is not None:
        text = Text(
            en=f"{name} disputed it on {disputed.date}; it was decided on {disputed.decided}.",
            sv=f"{name} bestred den {disputed.date}; det avgjordes {disputed.decided}.",
        )
        yield Standing(of="figure", id=id, state="final", text=text)
        return
    value = disputed.figures.get(id)
    if value is None:
        en, sv = "it is computed from what is disputed", "den beräknas ur det bestridda"
    elif value == "none":
        en, sv = "no value is admitted", "inget värde medges"
    else:
        en, sv = f"{value} is admitted", f"{value.replace('.', ',')} medges"
    text = Text(
        en=f"{name} disputed it on {disputed.date}; {en}: {_bare(why.en)}.",
        sv=f"{name} bestred den {disputed.date}; {sv}: {_bare(why.sv)}.",
    )
    yield Standing(of="figure", id=id, state="disputed", text=text)


def _of_line(
    line: SettledLine, terms: ContractTerms, events: Events, fate: Fate | None, withheld: Fraction | None
) -> Iterator[Standing]:
    id = line.id
    if withheld is not None:
        text = BY_FLOOR if withheld < 0 <= withheld + Fraction(line.amount or "0") else _WITHHELD
        amount = decimal_text(withheld, money_digits(terms.payment.quantum))
        yield Standing(of="line", id=id, state="disputed", text=text, withheld=amount)
    elif _reads_disputed(id, terms, events):
        yield Standing(of="line", id=id, state="disputed", text=_NOTHING_WITHHELD)
    if fate is not None and fate.cause != "provisional":
        paid = _PAID_BEFORE if (fate.cause, fate.rule) == ("contaminated", "to_date") else _PAID[fate.rule]
        text = Text(en=f"{with_capital(fate.text.en)}; {paid.en}.", sv=f"{with_capital(fate.text.sv)}; {paid.sv}.")
        yield Standing(of="line", id=id, state=fate.cause, text=text)
    for concerned, standing in _revisions("line", id, terms, events):
        if id in lines_on(terms, concerned):
            yield standing


def _reads_disputed(id: str, terms: ContractTerms, events: Events) -> bool:
    """Whether a line reads a figure of which a dispute is open."""
    read = reading(terms.payment.lines[id], terms.figures)
    return any(not disputed.keys().isdisjoint(read) for disputed in events.open_disputes.values())


def _revisions(
    of: Literal["figure", "line"], id: str, terms: ContractTerms, events: Events
) -> Iterator[tuple[tuple[str, ...], Standing]]:
    """For each revised source the analyses it concerns, and how what rests on them stands."""
    for revised, before in events.revised:
        rule = None if terms.revisions is None else terms.revisions.then
        referred = rule == "refer"
        if before or referred:
            what, then = revised_text(revised, before=before), _REVISED[rule]
            text = Text(
                en=f"{with_capital(what.en)} ({_bare(revised.why.en)}); {then.en}.",
                sv=f"{with_capital(what.sv)} ({_bare(revised.why.sv)}); {then.sv}.",
            )
        elif not events.superseding:
            text = Text(
                en=f"It is said to rest on the source of {revised.data} as revised on {revised.date} "
                f"({_bare(revised.why.en)}); no earlier certificate is given, so that is not verified.",
                sv=f"Den sägs bygga på källan till {revised.data} som den reviderades {revised.date} "
                f"({_bare(revised.why.sv)}); inget tidigare intyg är angivet, så det har inte prövats.",
            )
        else:
            text = Text(
                en=f"It rests on the source of {revised.data} as revised on {revised.date} ({_bare(revised.why.en)}); "
                f"the table before had the digest {revised.was[:16]}….",
                sv=f"Den bygger på källan till {revised.data} som den reviderades {revised.date} "
                f"({_bare(revised.why.sv)}); tabellen före hade kontrollsumman {revised.was[:16]}….",
            )
        if before and not events.superseding:
            text = Text(
                en=f"{text.en} No earlier certificate is given, so it is not shown that the table was used before.",
                sv=f"{text.sv} Inget tidigare intyg är angivet, så det är inte visat att tabellen har använts förut.",
            )
        unsure = before or referred or not events.superseding
        state: StandingState = "provisional" if unsure and not (before and rule == "stands") else "final"
        yield (
            analyses_on(terms, revised.data),
            Standing(of=of, id=id, state=state, text=text),
        )


def _bare(text: str) -> str:
    return text.rstrip(". ")
