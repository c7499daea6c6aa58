"""The events that all parties together have declared, and what each leaves of a line by the contract's own rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt._calendar import days_after
from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.conduct import LineEnding, Termination
from effekt.contracts.declarations import Declarations
from effekt.contracts.events import Contaminated, Disputed, Ended, Revised, with_a_stake
from effekt.contracts.measured import measured_before, measured_by
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.paying import analysis_of, reading
from effekt.contracts.payment import Line
from effekt.exceptions import ContractError

Cause: TypeAlias = Literal["terminated", "contaminated", "provisional"]
_STRICTEST: tuple[LineEnding, ...] = ("nothing", "refer", "to_date", "in_full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What is declared to have happened.

    Attributes
    ----------
    ended : Ended or None
    contaminated : tuple of Contaminated
    disputed : tuple of (str, Disputed)
        Disputes with the party whose they are, decided ones too.
    revised : tuple of (Revised, bool)
        Sources, and whether the table used is still the one from before the revision.
    superseding : tuple of str
        Days of the certificates whose place the certificate takes, oldest first: against the last revisions are held,
        and a dispute is of one of them, or it is told and moves nothing here.
    interim : tuple of str
        Those of these days whose certificates were interim, which are the oldest: nothing was due by them.
    settles : str or None
        The announced day that the certificate is of, where lines are paid on each: by then all was over that such a
        line pays for, so that what ends the contract or contaminates a comparison later takes nothing of it.
    """

    ended: Ended | None = None
    contaminated: tuple[Contaminated, ...] = ()
    disputed: tuple[tuple[str, Disputed], ...] = ()
    revised: tuple[tuple[Revised, bool], ...] = ()
    superseding: tuple[str, ...] = ()
    interim: tuple[str, ...] = ()
    settles: str | None = None

    @property
    def settled_before(self) -> tuple[str, ...]:
        """Days of the certificates whose place it takes that were no interim ones, oldest first."""
        return self.superseding[len(self.interim) :]

    @property
    def open_disputes(self) -> dict[str, dict[str, str]]:
        """For each party the figures that it disputes here, with the values that it admits."""
        found: dict[str, dict[str, str]] = {}
        for by, one in self.disputed:
            if one.decided is None and is_of(one, self.superseding):
                found.setdefault(by, {}).update(one.figures)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a line, by which event and which clause.

    `days` are for `to_date` how many of its period had passed, of how many.
    """

    rule: LineEnding
    cause: Cause
    text: Text
    days: tuple[int, int] = (1, 1)

    @property
    def share(self) -> Fraction:
        """What `to_date` leaves of it."""
        return Fraction(*self.days)

    @property
    def cuts(self) -> bool:
        """Whether it takes something of the line, and does not only refer it."""
        return self.rule == "nothing" or (self.rule == "to_date" and self.share < 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event alone: what it leaves of the lines that it touches, whether it is the contract's end, and its clause.

    `guaranteed` and `floor` are whether guarantees and floors outlive the clause; None where it does not say.
    """

    text: Text
    fates: Mapping[str, Fate]
    ends: bool = False
    guaranteed: Literal["applies", "lapses"] | None = None
    floor: Literal["applies", "lapses"] | None = "applies"


def is_of(disputed: Disputed, superseding: Collection[str]) -> bool:
    """Whether a dispute is of what a certificate settles, and not of another certificate beside it.

    Parameters
    ----------
    disputed : Disputed
    superseding : collection of str
        Days of the certificates whose place the certificate takes.

    Returns
    -------
    bool
        Also where the dispute does not say of which it is.
    """
    return disputed.certificate is None or disputed.certificate in superseding


def events_of(
    contract: Contract,
    declarations: Sequence[Declarations],
    digests: Mapping[str, Collection[str]],
    *,
    superseding: tuple[str, ...] = (),
    interim: tuple[str, ...] = (),
    settles: str | None = None,
) -> Events | None:
    """Put together what several parties declare to have happened.

    Parameters
    ----------
    contract : Contract
    declarations : sequence of Declarations
        That fit the contract, as `check_declarations` checks.
    digests : mapping of data id to digests
        Of the tables that the settlement rests on, by which it is told which version of a revised source they are.
    superseding : tuple of str
        Days of the certificates whose place the settlement takes, oldest first.
    interim : tuple of str
        Those of them that were interim.
    settles : str, optional
        The announced day that it is of, where lines are paid on each.

    Returns
    -------
    Events or None
        None where nobody declares an event.

    Raises
    ------
    ContractError
        When parties name different days or clauses, one that must declare an ending does not, a party disputes a
        figure twice with different values, or a decision is of no dispute.
    """
    ended = [(one.model.by, one.model.ended) for one in declarations if one.model.ended is not None]
    spoiled = [(one.model.by, event) for one in declarations for event in one.model.contaminated or ()]
    disputed = [(one.model.by, event) for one in declarations for event in one.model.disputed or ()]
    revised = [event for one in declarations for event in one.model.revised or ()]
    if not (ended or spoiled or disputed or revised):
        return None
    _check_ended(contract.model, ended)
    for _, event in spoiled:
        same = [by for by, other in spoiled if _spoils(other) == _spoils(event)]
        _check_declared_by(contract.model, event.clause, same, "contaminated")
    _check_disputes([(by, event) for by, event in disputed if is_of(event, superseding)])
    return Events(
        ended=ended[0][1] if ended else None,
        contaminated=tuple({_spoils(event): event for _, event in spoiled}.values()),
        disputed=_decided(contract.model, disputed),
        revised=tuple(
            (event, event.was in digests.get(event.data, ()))
            for event in {(event.data, event.was): event for event in revised}.values()
        ),
        superseding=superseding,
        interim=interim,
        settles=settles,
    )


def _spoils(event: Contaminated) -> tuple[str, str, tuple[str, ...]]:
    return event.clause, event.date, tuple(sorted(event.analysis))


def _check_ended(terms: ContractTerms, ended: Sequence[tuple[str, Ended]]) -> None:
    if not ended:
        return
    first, one = ended[0]
    for by, other in ended[1:]:
        if (other.clause, other.date) != (one.clause, one.date):
            raise ContractError(
                f"ended must be the same of all who declare it; {first} says {one.clause} on {one.date} and {by} "
                f"{other.clause} on {other.date}.",
                sv=f"ended måste vara lika för alla som anmäler det; {first} anger {one.clause} {one.date} och {by} "
                f"{other.clause} {other.date}.",
            )
    _check_declared_by(terms, one.clause, [by for by, _ in ended], "ended")


def _check_declared_by(terms: ContractTerms, clause: str, by: Sequence[str], event: str) -> None:
    """Everyone who must declare the event by its clause does."""
    named = terms.termination[clause].declared_by if terms.termination else None
    missing = [id for id in named or with_a_stake(terms) if id not in by]
    if missing:
        verb = "declare" if missing[1:] else "declares"
        why = Text(
            en=f"since termination.{clause} has no declared_by and so all who pay or are paid must",
            sv=f"eftersom termination.{clause} saknar declared_by och alla som betalar eller får betalt då måste det",
        )
        if named is not None:
            place = f"termination.{clause}.declared_by"
            why = Text(en=f"as {place} says", sv=f"som {place} anger")
        raise ContractError(
            f"{event} by {clause} counts when {join_words(missing, 'and')} too {verb} it, of the same day, {why.en}; "
            "give the declarations.",
            sv=f"{event} enligt {clause} räknas när också {join_words(missing, 'och')} anmäler det, för samma dag, "
            f"{why.sv}; ge anmälningarna.",
        )


def _check_disputes(disputed: Sequence[tuple[str, Disputed]]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for by, one in disputed:
        for id, value in one.figures.items() if one.decided is None else ():
            if seen.setdefault((by, id), value) != value:
                raise ContractError(
                    f"disputed gives two values that {by} admits of {id}; keep one.",
                    sv=f"disputed anger två värden som {by} medger av {id}; behåll ett.",
                )


def _decided(terms: ContractTerms, disputed: Sequence[tuple[str, Disputed]]) -> tuple[tuple[str, Disputed], ...]:
    """The parties' disputes, those decided that whoever decides declares to be: of the same day and figures."""
    decider = None if terms.disputes is None else terms.disputes.decider
    decisions = {_about(one): one for by, one in disputed if by == decider}
    own = [(by, one) for by, one in disputed if by != decider]
    for about, one in decisions.items():
        if all(_about(other) != about for _, other in own):
            raise ContractError(
                f"disputed by {decider} decides no dispute of {one.date} on {join_words(sorted(one.figures), 'and')}; "
                "give the day and the figures of the dispute, and the declaration of whoever disputed.",
                sv=f"disputed av {decider} avgör ingen tvist från {one.date} om "
                f"{join_words(sorted(one.figures), 'och')}; ange tvistens dag och siffror, och ge anmälan från den som "
                "bestred.",
            )
    return tuple(
        (
            by,
            one if _about(one) not in decisions else one.model_copy(update={"decided": decisions[_about(one)].decided}),
        )
        for by, one in own
    )


def _about(one: Disputed) -> tuple[str, ...]:
    return one.date, *sorted(one.figures)


# --------------------------------------------------------------------------------------- what becomes of a line


def fates(terms: ContractTerms, events: Events) -> dict[str, Fate]:
    """What the contract's rules leave of each line that an event touches; the strictest where several do.

    Parameters
    ----------
    terms : ContractTerms
    events : Events

    Returns
    -------
    dict of line to Fate
        Disputes are not there: they keep back a part of what is then due.
    """
    found: dict[str, Fate] = {}
    for event in each_event(terms, events):
        for line, fate in event.fates.items():
            other = found.get(line)
            if other is None or _strictness(fate) < _strictness(other):
                found[line] = fate
    return found


def _strictness(fate: Fate) -> tuple[int, Fraction]:
    return _STRICTEST.index(fate.rule), fate.share


def each_event(terms: ContractTerms, events: Events) -> Iterator[Event]:
    """What the contract's rules leave of lines by each event alone.

    Parameters
    ----------
    terms : ContractTerms
    events : Events

    Yields
    ------
    Event
        The contract's end first.
    """
    endings = terms.termination or {}
    if events.ended is not None:
        ended, clause = events.ended, endings[events.ended.clause]
        cause = cause_of(clause)
        text = Text(
            en=f"the contract ended on {ended.date} {cause.en}",
            sv=f"avtalet upphörde {ended.date} {cause.sv}",
        )
        found = {}
        for line, term in terms.payment.lines.items():
            fate = _fate(clause, line, ended.date, "terminated", text)
            found[line] = fate if fate.rule == "in_full" else _due_before(term, terms, events, ended.date, fate)
        yield Event(text=text, fates=found, ends=True, guaranteed=clause.guarantees, floor=clause.floor)
    for event in events.contaminated:
        clause = endings[event.clause]
        cause, last = cause_of(clause), days_after(event.date, -1)
        text = Text(
            en=f"the comparison is contaminated from {event.date} {cause.en}",
            sv=f"jämförelsen är störd från {event.date} {cause.sv}",
        )
        on = lines_on(terms, event.analysis, since=event.date, settles=events.settles)
        found = {line: _fate(clause, line, last, "contaminated", text) for line in on}
        yield Event(text=text, fates=found, guaranteed=clause.guarantees)
    for revised, before in events.revised:
        if terms.revisions is not None and terms.revisions.then == "refer":
            text = revised_text(revised, before=before)
            on = lines_on(terms, analyses_on(terms, revised.data))
            yield Event(text=text, fates={line: Fate(rule="refer", cause="provisional", text=text) for line in on})


def cause_of(clause: Termination) -> Text:
    """'(cause: the town is merged)', which stands within a sentence also where the event is a noun or a sentence."""
    return Text(en=f"(cause: {clause.event.en})", sv=f"(orsak: {clause.event.sv})")


def _due_before(line: Line, terms: ContractTerms, events: Events, last: str, fate: Fate) -> Fate:
    """What the contract's end takes of a line, which is nothing of what was due before it, and referred where unknown.

    By an interim certificate nothing was due. Whether another one was right that took nobody's place only the parties
    can say without a dispute of it. What an open dispute of another one withheld may still be due, and what one that is
    decided withheld is settled in that one's place before it is told elsewhere as decided.
    """
    own, settled, in_words = events.superseding, events.settled_before, fate.text
    each = line.paid_each is not None
    if (each and events.settles is not None and events.settles <= last) or measured_by(line, terms, last):
        text = Text(
            en=f"{in_words.en}, when all that the line pays for had been measured",
            sv=f"{in_words.sv}, när allt som raden betalar för redan var mätt",
        )
        return Fate(rule="in_full", cause="terminated", text=text)
    if each:
        return fate
    if settled and settled[0] <= last:
        disputed = any(is_of(one, own) for _, one in events.disputed)
        text = Text(
            en=f"{in_words.en}, and the certificate of {settled[0]}, whose place this one takes, is from before",
            sv=f"{in_words.sv}, och intyget från {settled[0]}, som detta ersätter, är från dessförinnan",
        )
        return Fate(rule="in_full" if disputed else "refer", cause="terminated", text=text)
    read = set(reading(line, terms.figures))
    for _, one in events.disputed if line.true_up is not None else ():
        day = one.certificate or last
        if one.decided is None and not is_of(one, own) and day <= last and read.intersection(one.figures):
            text = Text(
                en=f"{in_words.en}, and what a dispute withheld on the certificate of {day} is from before",
                sv=f"{in_words.sv}, och det som hölls inne för en tvist i intyget från {day} är från dessförinnan",
            )
            return Fate(rule="refer", cause="terminated", text=text)
    return fate


def _fate(clause: Termination, line: str, last: str, cause: Cause, text: Text) -> Fate:
    """What a clause leaves of a line of which `last` is the last day that counts."""
    rule = clause.rule(line, last)
    days = clause.period.days(last) if rule == "to_date" and clause.period is not None else (1, 1)
    return Fate(rule=rule, cause=cause, text=text, days=days)


def revised_text(revised: Revised, *, before: bool) -> Text:
    """That a source was revised, after or before the table that is used, to stand within a sentence."""
    if not before:
        return Text(
            en=f"the source of {revised.data} was revised on {revised.date}, and the table that is used here is not "
            "the one from before",
            sv=f"källan till {revised.data} reviderades {revised.date}, och den tabell som används här är inte den "
            "från dessförinnan",
        )
    return Text(
        en=f"the source of {revised.data} was revised on {revised.date}, after the table that is used here",
        sv=f"källan till {revised.data} reviderades {revised.date}, efter den tabell som används här",
    )


def analyses_on(terms: ContractTerms, data: str) -> tuple[str, ...]:
    """The analyses of a table."""
    return tuple(id for id, analysis in terms.analysis.items() if analysis.data == data)


def figures_on(
    terms: ContractTerms, analyses: Collection[str], *, since: str | None = None, settles: str | None = None
) -> tuple[str, ...]:
    """Every figure that rests on one of the analyses, directly or through others, and on a day from `since` on.

    Of an announced day that is settled, what a line with `paid_each` counts is of that day or before.
    """
    own = {id for id, term in terms.figures.items() if analysis_of(term) in analyses}
    if since is not None:
        own = {id for id in own if (measured_before(terms, id, settles=settles) or "9999-12-31") > since}
    return tuple(id for id in terms.figures if own.intersection(reading((id,), terms.figures)))


def lines_on(
    terms: ContractTerms, analyses: Collection[str], *, since: str | None = None, settles: str | None = None
) -> tuple[str, ...]:
    """Every line that reads a figure which rests on one of the analyses, and on a day from `since` on."""
    figures = set(figures_on(terms, analyses, since=since, settles=settles))
    return tuple(id for id, line in terms.payment.lines.items() if figures.intersection(reading(line, terms.figures)))
