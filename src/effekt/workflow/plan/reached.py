"""Which of the most that can be paid some settlement reaches, and which are upper bounds alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from effekt._calendar import days_after
from effekt._text import Text
from effekt.contracts import (
    Contract,
    Events,
    Figure,
    Settlement,
    guarantee_maxima,
    maximum,
    maximum_by_year,
    paid_to_date,
    quantise,
    settle_figures,
)
from effekt.contracts.ceilings import never_below_zero
from effekt.contracts.earlier_sums import earlier_sums, paid_by
from effekt.contracts.events import Contaminated, Ended
from effekt.contracts.fallback import rungs_of
from effekt.contracts.figures import YES_NO, DerivedFigure
from effekt.contracts.liability import due_days
from effekt.contracts.liability_by_party import guarantee_years
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import fraction
from effekt.contracts.paying import parts, reading
from effekt.contracts.schema import is_decimal
from effekt.reports.thresholds import thresholds
from effekt.workflow.plan.on_one_day import OnOneDay
from effekt.workflow.plan.several_settlements import Liability, Settlements

TRIED = 150  # values of the figures that are settled in search of the most
FAR = Fraction(10) ** 12
DAYS = (Fraction(20000101), Fraction(20991231))  # of a figure that is a day, yyyymmdd
_OPEN = Text(en="Money does not depend on it.", sv="Inga pengar beror av den.")

Values = tuple[Fraction, ...]
Paid = Callable[[Sequence[Settlement]], Fraction | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """An amount that is looked for, and what settlements pay of it; those of `after` come one after another."""

    most: Fraction
    paid: Paid
    after: int


def upper_bounds(contract: Contract, most: str | None, several: Settlements | None, booked: Liability) -> list[str]:
    """Name the most that nothing exceeds and that no settlement was found to reach.

    Parameters
    ----------
    contract : Contract
    most : str or None
        The most of the lines in one settlement, `maximum_total`.
    several : Settlements or None
    booked : Liability

    Returns
    -------
    list of str
        Of `maximum_total`, `maximum_over_all`, `maximum_with_guarantees`, and `maximum_by_year` (of the lines),
        `maximum_by_year_with_guarantees` and `maximum_by_party` with a point and the year or party. What has no bound
        is not named.

    Notes
    -----
    Figures are taken to vary freely and independently. What stands here may be exact too: values of the figures at
    which clauses and conditions change, and far ones, are settled until each amount is reached, at most 150 of them.

    Examples
    --------
    >>> import effekt
    >>> from effekt.contracts import maximum_total
    >>> from effekt.workflow.plan.several_settlements import liability, settlements
    >>> klippan = effekt.read_contract(effekt.case("klippan") / "contract.yaml")
    >>> upper_bounds(klippan, maximum_total(klippan), settlements(klippan), liability(klippan))
    []
    """
    goals = dict(_goals(contract, most, several, booked))
    found = _Search.of(contract, goals).reached() if goals else set()
    return [name for name in goals if name not in found]


def upper_bounds_of_each(contract: Contract) -> list[str]:
    """Name the most of single lines and guarantees in one settlement that no settlement was found to reach.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    list of str
        `maximum` and `maximum_of_guarantees`, with a point and the line or guarantee.
    """
    lines, backed = maximum(contract).items(), guarantee_maxima(contract).items()
    goals = {
        f"maximum.{id}": _Goal(most=Fraction(most), paid=_of_line(id), after=1)
        for id, most in lines
        if most is not None
    } | {
        f"maximum_of_guarantees.{id}": _Goal(most=Fraction(most), paid=_of_guarantee(id), after=1)
        for id, most in backed
        if most is not None
    }
    found = _Search.of(contract, goals).reached() if goals else set()
    return [name for name in goals if name not in found]


def is_upper_bound(contract: Contract, most: str | None) -> bool:
    """Whether no settlement was found in which lines and guarantees together pay the most of one settlement.

    Parameters
    ----------
    contract : Contract
    most : str or None
        As `effekt.contracts.maximum_with_guarantees` gives it; None where nothing bounds it.

    Returns
    -------
    bool
    """
    if most is None:
        return False
    goals = {"one": _Goal(most=Fraction(most), paid=_with_guarantees, after=1)}
    return not _Search.of(contract, goals).reached()


def lower_bounds(contract: Contract, least: str | None) -> list[str]:
    """Name the least that nothing falls below where no settlement was found that pays so little.

    Parameters
    ----------
    contract : Contract
    least : str or None
        The least of the lines in one settlement, as `effekt.contracts.minimum_total` gives it; None where nothing
        bounds it.

    Returns
    -------
    list of str
        `minimum_total`, or nothing.

    Notes
    -----
    Settled are the values of `upper_bounds`, first as they are, then as if the contract had ended or its comparisons
    had been spoiled by each clause under `termination`, on the day after it was signed.
    """
    if least is None:
        return []
    goals = {"minimum_total": _Goal(most=-Fraction(least), paid=_owed, after=1)}
    search = _Search.of(contract, goals)
    found = search.reached() or search.reached_after(_endings(contract.model))
    return [name for name in goals if name not in found]


def _owed(settled: Sequence[Settlement]) -> Fraction | None:
    paid = _lines(settled)
    return None if paid is None else -paid


def _endings(terms: ContractTerms) -> Iterator[Events]:
    """What can have happened by each clause, as early as it can: an end, spoiled comparisons, or both."""
    day, clauses = days_after(terms.dates.signed, 1), (terms.termination or {}).items()
    ended = [Ended(clause=id, date=day, why=one.event) for id, one in clauses]
    every = (*terms.analysis,)
    spoiled = [Contaminated(clause=id, analysis=every, date=day, why=one.event) for id, one in clauses if every]
    for end, spoils in itertools.product((None, *ended), (None, *spoiled)):
        yield Events(ended=end, contaminated=() if spoils is None else (spoils,))


def _goals(
    contract: Contract, most: str | None, several: Settlements | None, booked: Liability
) -> Iterator[tuple[str, _Goal]]:
    times = 1 if several is None else several.count or 2
    if most is not None:
        yield "maximum_total", _Goal(most=Fraction(most), paid=_lines, after=1)
    if several is not None and several.maximum is not None:
        yield "maximum_over_all", _Goal(most=Fraction(several.maximum), paid=_lines, after=times)
    if booked.guarantors and booked.total is not None:
        yield "maximum_with_guarantees", _Goal(most=Fraction(booked.total), paid=_with_guarantees, after=times)
    settled = () if several is None else several.days
    lines = maximum_by_year(contract, settled)
    for key, years in (("maximum_by_year", lines), ("maximum_by_year_with_guarantees", booked.by_year)):
        guaranteed = key != "maximum_by_year"
        for year, bound in years.items() if booked.guarantors or not guaranteed else ():
            if bound is not None:
                days, backed = _of_year(contract, settled, year)
                paid = _due(year, days, backed if guaranteed else [""] * len(days))
                yield f"{key}.{year}", _Goal(most=Fraction(bound), paid=paid, after=len(days))
    for party, bound in booked.by_party.items():
        if bound is not None:
            yield f"maximum_by_party.{party}", _Goal(most=Fraction(bound), paid=_by(party), after=times)


# -------------------------------------------------------------------------------------- what settlements pay


def _lines(settled: Sequence[Settlement]) -> Fraction | None:
    return _added(line.amount for one in settled for line in one.lines)


def _with_guarantees(settled: Sequence[Settlement]) -> Fraction | None:
    return _added(each.amount for one in settled for each in (*one.lines, *one.guarantees))


def _of_line(id: str) -> Paid:
    return lambda settled: _added(line.amount for one in settled for line in one.lines if line.id == id)


def _of_guarantee(id: str) -> Paid:
    return lambda settled: _added(each.amount for one in settled for each in one.guarantees if each.id == id)


def _by(party: str) -> Paid:
    def paid(settled: Sequence[Settlement]) -> Fraction | None:
        every = [each for one in settled for each in (*one.lines, *one.guarantees)]
        if any(each.amount is None for each in every):
            return None
        return _added(share.amount for each in every for share in each.shares if share.payer == party)

    return paid


def _of_year(contract: Contract, settled: Sequence[str], year: str) -> tuple[list[Mapping[str, str]], list[str | None]]:
    """The days of the lines and the year of the guarantees, of settlements of which something falls due in the year."""
    every = zip(due_days(contract, settled), guarantee_years(contract.model, settled), strict=True)
    own = [(days, at) for days, at in every if at in (None, year) or any(day.startswith(year) for day in days.values())]
    return [days for days, _ in own], [at for _, at in own]


def _due(year: str, days: Sequence[Mapping[str, str]], backed: Sequence[str | None]) -> Paid:
    def paid(settled: Sequence[Settlement]) -> Fraction | None:
        amounts = []
        for one, on, at in zip(settled, days, backed, strict=True):
            amounts += [line.amount for line in one.lines if on[line.id].startswith(year)]
            amounts += [each.amount for each in one.guarantees if at in (None, year)]
        return _added(amounts)

    return paid


def _added(amounts: Any) -> Fraction | None:
    """The sum; None where an amount is not determined."""
    every = [*amounts]
    return None if None in every else sum((fraction(amount) for amount in every), Fraction(0))


# ---------------------------------------------------------------------------------------------- the search


@dataclass(slots=True, kw_only=True)
class _Search:
    """Settles values of the figures, from those that pay most so far one figure at a time."""

    contract: Contract
    goals: Mapping[str, _Goal]
    names: tuple[str, ...]
    choices: tuple[Values, ...]
    best: dict[str, tuple[Fraction, Values]]
    tried: set[Values]
    one_day: OnOneDay

    @classmethod
    def of(cls, contract: Contract, goals: Mapping[str, _Goal]) -> _Search:
        """Over the figures that money depends on, but for what says how much was paid before."""
        terms, paid = contract.model.figures, _paid_figures(contract)
        payment = contract.model.payment
        read = reading((payment.lines, payment.waterfall, payment.guarantees), terms)
        names = tuple(id for id in read if not isinstance(terms[id], DerivedFigure) and id not in paid)
        choices = tuple(_choices(id, contract) for id in names)
        return cls(
            contract=contract,
            goals=goals,
            names=names,
            choices=choices,
            best={},
            tried=set(),
            one_day=OnOneDay.of(contract.model),
        )

    def reached(self) -> set[str]:
        """The goals that some settlement pays."""
        for start in self._starts():
            self._try(start)
        while len(self.tried) < TRIED and (self._open() - self._without()):
            before = {name: self.best[name] for name in self._open() if name in self.best}
            for name in before:
                self._around(self.best[name][1])
            if all(self.best[name][0] == value for name, (value, _) in before.items()):
                break
        return set(self.goals) - self._open()

    def reached_after(self, happened: Iterable[Events]) -> set[str]:
        """The goals of one settlement that one of what was tried pays after an event."""
        for events, values in itertools.product(happened, sorted(self.tried)):
            known = _figures(
                self.contract,
                dict.fromkeys(_paid_figures(self.contract), Fraction(0)) | dict(zip(self.names, values, strict=True)),
            )
            settled = settle_figures(self.contract, known, events, in_words=False)
            for name in self._open():
                amount = self.goals[name].paid([settled])
                if amount is not None and amount >= self.goals[name].most:
                    self.best[name] = amount, values
            if not self._open():
                break
        return set(self.goals) - self._open()

    def _open(self) -> set[str]:
        return {name for name, goal in self.goals.items() if name not in self.best or self.best[name][0] < goal.most}

    def _without(self) -> set[str]:
        """Goals for which nothing was determined yet."""
        return {name for name in self.goals if name not in self.best}

    def _starts(self) -> Iterator[Values]:
        """Every value of few; else all high, all low, all nothing, and one high or low among others."""
        count = 1
        for own in self.choices:
            count *= len(own)
        if count <= TRIED:
            yield from itertools.product(*self.choices)
            return
        yield from (tuple(own[place] for own in self.choices) for place in (-1, 0))
        for rest in (Fraction(0), Fraction(1)):
            base = tuple(rest if rest in own else own[0] for own in self.choices)
            yield base
            for i, own in enumerate(self.choices):
                yield from ((*base[:i], own[place], *base[i + 1 :]) for place in (-1, 0))

    def _around(self, values: Values) -> None:
        for i, own in enumerate(self.choices):
            for value in own:
                self._try((*values[:i], value, *values[i + 1 :]))

    def _try(self, values: Values) -> None:
        if values in self.tried or len(self.tried) >= TRIED or not self._open():
            return
        self.tried.add(values)
        longest = max(goal.after for goal in self.goals.values())
        known = dict(zip(self.names, values, strict=True))
        begun = any(known.get(id) for id in earlier_sums(self.contract.model))  # what was paid before the first of them
        settled = _one_after_another(self.contract, known, longest)
        for name, goal in self.goals.items():
            if goal.after > 1 and begun:
                continue
            for some in self.one_day.each_way(settled[: goal.after]):
                amount = goal.paid(some)
                if amount is not None and (name not in self.best or amount > self.best[name][0]):
                    self.best[name] = amount, values


def _paid_figures(contract: Contract) -> set[str]:
    terms = [line.true_up for line in contract.model.payment.lines.values() if line.true_up is not None]
    return {term.paid for term in terms if not is_decimal(term.paid)}


def _one_after_another(contract: Contract, values: Mapping[str, Fraction], times: int) -> list[Settlement]:
    """Settlements on the same values, each with what those before it paid as paid before, or in addition to it."""
    own = {
        id: line.true_up.paid
        for id, line in contract.model.payment.lines.items()
        if line.true_up is not None and not is_decimal(line.true_up.paid)
    }
    sums = earlier_sums(contract.model)
    known = dict(values) | dict.fromkeys(own.values(), Fraction(0))
    found = [settle_figures(contract, _figures(contract, known), in_words=False)]
    while len(found) < times:
        if own or sums:
            before = paid_to_date(found[-1])
            known |= {figure: Fraction(before[id]) for id, figure in own.items() if id in before}
            known |= {id: known[id] + paid_by(found[-1], one) for id, one in sums.items() if id in known}
            found.append(settle_figures(contract, _figures(contract, known), in_words=False))
        else:
            found.append(found[0])
    return found


def _figures(contract: Contract, values: Mapping[str, Fraction]) -> dict[str, Figure]:
    return {
        id: Figure(
            id=id,
            state="determined" if id in values else "not_yet_determinable",
            value=quantise(values[id], term.digits) if id in values else None,
            unit=term.unit,
            digits=term.digits,
            source=term.source,
            reason=None if id in values else _OPEN,
        )
        for id, term in contract.model.figures.items()
        if not isinstance(term, DerivedFigure)
    }


def _choices(id: str, contract: Contract) -> Values:
    """Values of a figure at which something may change, just beside them, and far off, in order."""
    term = contract.model.figures[id]
    if term.unit == "yyyymmdd":
        return DAYS
    least, far = Fraction(1, 10**term.digits), (-FAR, Fraction(-1), FAR)
    written = {*thresholds(contract).get(id, ()), *_rungs(id, contract), *_people(contract.model.payment.lines)}
    near = {Fraction(0), Fraction(1)} if term.unit == YES_NO else {Fraction(0), Fraction(1), *written, *far}
    near |= set() if term.unit == YES_NO else {one + step for one in written for step in (-least, least)}
    low, high = term.bounds()
    if never_below_zero(id, contract.model):
        low = Fraction(0) if low is None else max(low, Fraction(0))
    return tuple(sorted(one for one in near if (low is None or one >= low) and (high is None or one <= high)))


def _rungs(id: str, contract: Contract) -> Iterator[Fraction]:
    """What a count that decides a ladder is held against."""
    for term in contract.model.figures.values():
        for rung in rungs_of(term):
            if rung.when == id and rung.at_least is not None:
                yield Fraction(rung.at_least)


def _people(value: Any, key: str = "") -> Iterator[Fraction]:
    """How many people a clause of milestones is written for."""
    if isinstance(value, str):
        if key == "people" and is_decimal(value):
            yield Fraction(value)
        return
    for name, part in parts(value):
        yield from _people(part, name or key)


UPPER = Text(en=" (upper bound)", sv=" (övre gräns)")
LOWER = Text(en=" (lower bound)", sv=" (undre gräns)")
WHAT_LOWER_IS = Text(
    en="Less than a lower bound is never paid; no values of the figures were found at which so little is paid.",
    sv="Mindre än en undre gräns betalas aldrig; inga värden på siffrorna hittades vid vilka så lite betalas.",
)


def what_upper_is(scope: Text | None) -> Text:
    """What an upper bound says.

    Parameters
    ----------
    scope : Text or None
        What the amounts are the most of, where that is not all.

    Returns
    -------
    Text
    """
    of = Text(en="", sv="")
    if scope is not None:
        of = Text(en=" by what is paid so", sv=" av det som betalas så")
    return Text(
        en=f"An upper bound is never exceeded{of.en}; no values of the figures were found at which so much is paid.",
        sv=f"En övre gräns överskrids aldrig{of.sv}; inga värden på siffrorna hittades vid vilka så mycket betalas.",
    )


def of_year(guaranteed: bool, year: str) -> str:
    """How `upper_bounds` names the most of a year, with guarantees where there are any.

    Parameters
    ----------
    guaranteed : bool
        Whether anyone guarantees an amount.
    year : str

    Returns
    -------
    str
    """
    return f"maximum_by_year{'_with_guarantees' if guaranteed else ''}.{year}"


def of_all(several: bool, guaranteed: bool) -> str:
    """How `upper_bounds` names the most of all together.

    Parameters
    ----------
    several : bool
        Whether there are several settlements.
    guaranteed : bool
        Whether anyone guarantees an amount.

    Returns
    -------
    str
    """
    return "maximum_with_guarantees" if guaranteed else "maximum_over_all" if several else "maximum_total"


def marked(name: str, bounds: Sequence[str], mark: Text = UPPER) -> Text:
    """'(upper bound)' behind an amount that is no more than that; nothing behind one that can be reached.

    Parameters
    ----------
    name : str
        As `upper_bounds` or `lower_bounds` names it.
    bounds : sequence of str
    mark : Text, optional
        `LOWER` of one that is no less.

    Returns
    -------
    Text
    """
    return mark if name in bounds else Text(en="", sv="")
