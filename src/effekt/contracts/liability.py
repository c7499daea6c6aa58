"""The most a contract can pay, whatever its figures turn out to be: what a prudent payer books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from effekt._calendar import days_after
from effekt.contracts.ceilings import ceiling, pays_nothing_back
from effekt.contracts.early import Course, courses, courses_beside_guarantees, taken_by_any
from effekt.contracts.figures import Range, figure_bounds
from effekt.contracts.model import Contract, ContractTerms
from effekt.contracts.money import decimal_text, money_digits, round_to
from effekt.contracts.paid_once import SHARED_OUT, MostWith, most_shared_out, paid_once
from effekt.contracts.payment import ContractCap, ContractFloor, Line, Netting, Payment
from effekt.contracts.schema import is_decimal
from effekt.contracts.true_up import balance_bounds


def line_bounds(line: Line, terms: ContractTerms) -> Range:
    """The least and greatest a line pays, rounded and trued up, before what holds between lines."""
    due = _due_bounds(line, terms)
    return due if line.true_up is None else balance_bounds(line, line.true_up, due, terms.payment)


def _due_bounds(line: Line, terms: ContractTerms) -> Range:
    """The least and greatest a line gives, rounded, before its true-up: of a cumulative one all since the beginning."""
    ranges = figure_bounds(terms.figures)
    quantum, rounding = Fraction(terms.payment.quantum), terms.payment.rounding
    low, high = line.limit_bounds(line.pays.bounds(ranges))
    return (
        None if low is None else round_to(low, quantum, rounding),
        None if high is None else round_to(high, quantum, rounding),
    )


def maximum(contract: Contract) -> dict[str, str | None]:
    """Bound what each line of a contract can pay in one settlement, whatever its figures turn out to be.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    dict of str to str or None
        For each line the least upper bound that its own terms give, a decimal; None when nothing bounds it.

    Notes
    -----
    Figures are taken to vary freely and independently, a yes or no between 0 and 1. Where two clauses of one line
    cannot reach their greatest amounts together the bound is on the safe side.
    """
    highs = {id: high for id, (_, high) in ends_of_lines(contract.model).items()}
    return {id: bound_text(high, contract.model) for id, high in highs.items()}


def maximum_total(contract: Contract) -> str | None:
    """Bound what a contract can pay in all in one settlement: the amount a payer must be ready for.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    str or None
        The contract's cap or the sum of its lines' bounds, whichever is less, but at least its floor; None when
        nothing bounds it. Guarantees are not in it.
    """
    terms = contract.model
    total = _under_caps({id: high for id, (_, high) in ends_before_caps(terms).items()}, terms)
    if terms.payment.floor is not None and total is not None:
        total = max(total, Fraction(terms.payment.floor.amount))
    return bound_text(total, terms)


def most_of(lines: Collection[str], contract: Contract) -> Fraction | None:
    """Bound what some lines pay together in one settlement, by what the caps leave beside the least of the others.

    Parameters
    ----------
    lines : collection of str
    contract : Contract

    Returns
    -------
    Fraction or None
        None when nothing bounds it. A line without a bound of its own is bounded by a cap on it.
    """
    highs = {id: high for id, (_, high) in ends_before_caps(contract.model).items() if id in lines}
    return _beside(highs, contract.model)


def minimum_total(contract: Contract) -> str | None:
    """Bound from below what a contract can pay in one settlement; below zero when the payers may be owed.

    Parameters
    ----------
    contract : Contract
        The contract.

    Returns
    -------
    str or None
        The sum of the least each line can pay, under the caps, but at least the floors of some lines and of the
        contract that apply; None when nothing bounds it.

    Notes
    -----
    An early ending counts: the least of all courses that the contract can take, without an ending and by each clause
    under `termination`. A line that a clause pays nothing or a part of, or refers, may pay nothing, and the floors
    count only where the clause says that they apply. What a contaminated comparison takes counts in each course.
    Where a cap is on lines of which only some are under a floor the bound is on the safe side.
    """
    terms = contract.model
    return bound_text(_least_of_any(courses(terms), terms), terms)


def _least_of_any(every: Iterable[Course], terms: ContractTerms) -> Fraction | None:
    least: list[Fraction | None] = [_least_in(course, terms) for course in every]
    return None if None in least else min(one for one in least if one is not None)


def _least_in(course: Course, terms: ContractTerms) -> Fraction | None:
    """The least of all lines in one course."""
    payment = terms.payment
    lows = _cut({id: low for id, (low, _) in ends_before_caps(terms).items()}, course.taken)
    floors = (payment.floors or {}).values() if course.floor else ()
    rest = [id for id in lows if all(id not in floor.lines for floor in floors)]
    raised = [_greatest(_at_least(floor.lines, lows, payment), Fraction(floor.amount)) for floor in floors]
    least = _greatest(_at_least([*lows], lows, payment), summed([*raised, _at_least(rest, lows, payment)]))
    if least is not None and payment.cap is not None:
        least = min(least, Fraction(payment.cap.amount))
    return _greatest(least, None if payment.floor is None or not course.floor else Fraction(payment.floor.amount))


def maximum_over(contract: Contract, settlements: int | None) -> str | None:
    """Bound what a contract can pay in several settlements together.

    Parameters
    ----------
    contract : Contract
        The contract.
    settlements : int or None
        How many, 1 or more; None where nothing says how many there may be.

    Returns
    -------
    str or None
        So many times the most of one, less where lines are paid once or cumulative lines cannot pay so much; None when
        nothing bounds it.

    Notes
    -----
    A line without `true_up` and `paid_each` is paid once, in any one of the settlements or in none, beside those of
    which caps leave most; one that is below zero may not be paid at all. Of more than six such lines that caps couple
    the most is that of settlements that each pay them, or of the lines each by itself. A line of an amended contract
    may have been paid by the files before it.

    A line whose `true_up` has what was paid too much paid back or carried forward pays in all no more than it gives
    since the beginning, as long as its figure `paid` says what was paid. That is counted on where no netting and no
    floor stands between lines; caps hold in each settlement by itself. Of an amended contract it is what settlements by
    its terms pay, whatever was paid by the files before it. A line of `paid_each` with a ceiling on all that was paid
    of it pays no more than that in all.
    """
    terms = contract.model
    lines = terms.payment.lines
    highs = {
        id: _zero_or_more(high) if paid_once(id, terms) else high for id, (_, high) in ends_before_caps(terms).items()
    }
    if settlements is None:
        every = _each_by_itself([[*lines]], terms, highs, None)
    else:
        every = _shared_out([[*lines]] * settlements, terms, highs)
    return bound_text(smallest(apart(times_paid(dict.fromkeys(lines, settlements), terms), terms), every), terms)


def times_paid(times: Mapping[str, int | None], terms: ContractTerms) -> dict[str, int | None]:
    """In how many of so many settlements each line is paid: a line that is paid once in one of them.

    Parameters
    ----------
    times : mapping of line to int or None
        None where nothing says.
    terms : ContractTerms

    Returns
    -------
    dict of line to int or None
    """
    return {id: 1 if paid_once(id, terms) and (count is None or count > 1) else count for id, count in times.items()}


def in_all(once: Fraction | None, settlements: int | None) -> Fraction | None:
    """The most of so many settlements by that of one: nothing of what is never above zero, however many there are.

    Parameters
    ----------
    once : Fraction or None
    settlements : int or None
        None where nothing says how many there may be.

    Returns
    -------
    Fraction or None
        None when nothing bounds it.
    """
    if once is not None and once <= 0:
        return Fraction(0)
    return None if once is None or settlements is None else once * settlements


def apart(
    times: Mapping[str, int | None],
    terms: ContractTerms,
    begun: Collection[str] = (),
    shares: Mapping[str, Fraction] | None = None,
) -> Fraction | None:
    """The most of lines, or of shares of them, in settlements one after another, each line by itself.

    Parameters
    ----------
    times : mapping of line to int or None
        In how many settlements it is paid; None where nothing says.
    terms : ContractTerms
    begun : collection of str
        Lines that were paid in a settlement before these.
    shares : mapping of line to Fraction, optional
        What of each line counts; without it all.

    Returns
    -------
    Fraction or None
        None where what holds between lines may raise one, and when nothing bounds it.
    """
    if terms.payment.netting is not None or terms.payment.floor is not None or terms.payment.floors:
        return None
    ends, parts = ends_before_caps(terms), []
    for id, count in times.items():
        anew = None if id in begun and not pays_nothing_back(id, terms) else ceiling(id, terms)
        most = smallest(in_all(ends[id][1], count), _cumulative(terms.payment.lines[id], terms, id in begun), anew)
        parts.append(None if most is None else most * (1 if shares is None else shares[id]))
    return summed(parts)


def _cumulative(line: Line, terms: ContractTerms, begun: bool) -> Fraction | None:
    """The most that a line pays in settlements one after another; None where each pays anew.

    Where others came before (`begun`), as by the files before an amendment, they may have had money paid back, which
    these then pay beside what is due.
    """
    term = line.true_up
    if term is None or is_decimal(term.paid) or term.below_zero == "floor":
        return None
    low, high = _due_bounds(line, terms)
    before = low if begun and term.below_zero == "clawback" else Fraction(0)
    if terms.amendment is not None:  # by terms that are not in this file
        before = line.least_paid(Fraction(terms.payment.quantum), terms.payment.rounding)
    return None if high is None or before is None else max(high, Fraction(0)) - min(before, Fraction(0))


def most_paid(id: str, terms: ContractTerms, settlements: int | None = None) -> Fraction | None:
    """The most that settlements one after another have paid of a cumulative line in all, what was paid back left out.

    Parameters
    ----------
    id : str
        The line.
    terms : ContractTerms
    settlements : int, optional
        How many there were; without it as many as can be.

    Returns
    -------
    Fraction or None
        The most that can be due on it since the beginning, or its `cap` of each settlement so many times, if that is
        less; None where nothing bounds it, or a floor raises the line.
    """
    floors = [*(terms.payment.floors or {}).values(), *([terms.payment.floor] if terms.payment.floor else [])]
    line = terms.payment.lines[id]
    if any(floor.raises == id for floor in floors):
        return None
    _, high = _due_bounds(line, terms)
    each = None if line.true_up is None or line.true_up.cap is None else Fraction(line.true_up.cap)
    return smallest(None if high is None else max(high, Fraction(0)), in_all(each, settlements))


def maximum_by_year(contract: Contract, settled: Sequence[str] = ()) -> dict[str, str | None]:
    """Bound what falls due in each year, by the days that a contract has its lines paid on.

    Parameters
    ----------
    contract : Contract
        The contract.
    settled : sequence of str, optional
        Days of several settlements, YYYY-MM-DD, each of which pays: a line without a day of its own falls due
        `payment.due_days` after each of them, or on it.

    Returns
    -------
    dict of str to str or None
        By year, in order: the most that the lines due in it can pay under the caps, beside the least of the lines of
        other years; None when nothing bounds it. Empty where a line has neither a day of its own nor
        `dates.certificate_due` with `payment.due_days`, and no days of settlements are given.

    Notes
    -----
    Each year's bound holds by itself: where a cap covers lines of several years the bounds can sum to more than
    `maximum_total`, and where one of them can be below zero a year can have more than the cap. A floor that raises a
    line counts in the year of that line, with what lines of other years below zero let it add. A line that may have had
    money paid back in an earlier year can pay that beside the most that is due on it.
    """
    terms = contract.model
    due = due_days(contract, settled)
    years = sorted({day[:4] for days in due for day in days.values()})
    return {year: bound_text(_in_year(year, due, terms), terms) for year in years}


def _in_year(year: str, due: Sequence[dict[str, str]], terms: ContractTerms) -> Fraction | None:
    """The most of all settlements in a year, of which a cumulative line pays no more than was left of what is due."""
    times = Counter(id for days in due for id, day in days.items() if day[:4] == year)
    begun = {id for days in due for id, day in days.items() if day[:4] < year}
    counted = [[id for id, day in days.items() if day[:4] == year] for days in due]
    highs = {id: _zero_or_more(high) for id, (_, high) in ends_before_caps(terms).items()}
    return smallest(_shared_out(counted, terms, highs), apart(times_paid(times, terms), terms, begun))


def _shared_out(
    counted: Sequence[Collection[str]], terms: ContractTerms, highs: Mapping[str, Fraction | None]
) -> Fraction | None:
    """The most of what counts of each settlement, where each line that is paid once is paid in any one of them."""
    ends, payment = ends_before_caps(terms), terms.payment
    once = [id for id in payment.lines if paid_once(id, terms)]
    held = {id for cap in (payment.caps or {}).values() for id in cap.lines}
    coupled = once if payment.cap is not None or payment.floor is not None else [id for id in once if id in held]
    rest = [id for id in payment.lines if id not in once]
    if len(coupled) > SHARED_OUT:
        every = summed([_zero_or_more(_beside(_named(highs, own), terms)) for own in counted])
        return smallest(every, _each_by_itself(counted, terms, highs, len(counted)))

    def settlement(own: Collection[str]) -> MostWith:
        def most(some: Collection[str]) -> Fraction | None:
            paid = [*rest, *some]
            beside = {id: ends[id] for id in paid}
            return _zero_or_more(_beside(_named(highs, [id for id in paid if id in own]), terms, beside))

        return most

    alone = [id for id in once if id not in coupled and any(id in own for own in counted)]
    every = most_shared_out(coupled, [settlement(own) for own in counted])
    return summed([every, *(_zero_or_more(highs[id]) for id in alone)])


def _each_by_itself(
    counted: Sequence[Collection[str]],
    terms: ContractTerms,
    highs: Mapping[str, Fraction | None],
    settlements: int | None,
) -> Fraction | None:
    """The same, each line that is paid once by itself, as if all others left it room.

    Where nothing says how many settlements there are, `counted` is of one.
    """
    once = [id for id in terms.payment.lines if paid_once(id, terms)]
    parts = [_zero_or_more(_beside(_named(highs, [id]), terms)) for id in once if any(id in own for own in counted)]
    others = [[id for id in own if id not in once] for own in counted]
    rest = summed([_zero_or_more(_beside(_named(highs, own), terms)) for own in others])
    return summed([in_all(rest, None) if settlements is None else rest, *parts])


def _named(highs: Mapping[str, Fraction | None], own: Collection[str]) -> dict[str, Fraction | None]:
    return {id: high for id, high in highs.items() if id in own}


def _zero_or_more(value: Fraction | None) -> Fraction | None:
    return None if value is None else max(value, Fraction(0))


def due_days(contract: Contract, settled: Sequence[str] = ()) -> list[dict[str, str]]:
    """On which day each line falls due, for each settlement.

    Parameters
    ----------
    contract : Contract
    settled : sequence of str, optional
        Days of several settlements, YYYY-MM-DD.

    Returns
    -------
    list of dict of line to str
        Empty where a line of a single settlement has no day.
    """
    terms = contract.model
    lines, later = terms.payment.lines, terms.payment.due_days or 0
    if settled:
        return [{id: line.due or days_after(day, later) for id, line in lines.items()} for day in settled]
    days = {id: due_day(line, terms) for id, line in lines.items()}
    known = {id: day for id, day in days.items() if day is not None}
    return [known] if len(known) == len(lines) else []


def most_in(year: str, days: dict[str, str], terms: ContractTerms) -> Fraction | None:
    """The most of the lines of one settlement that falls due in a year.

    Parameters
    ----------
    year : str
    days : dict of line to str
    terms : ContractTerms

    Returns
    -------
    Fraction or None
        None when nothing bounds it.
    """
    ends = {id: high for id, (_, high) in ends_before_caps(terms).items() if days[id][:4] == year}
    return _beside({id: None if high is None else max(high, Fraction(0)) for id, high in ends.items()}, terms)


def due_day(line: Line, terms: ContractTerms) -> str | None:
    """The day on which a line falls due: its own, or that of the certificate and `due_days`; None where none is said.

    Parameters
    ----------
    line : Line
    terms : ContractTerms

    Returns
    -------
    str or None
        YYYY-MM-DD.
    """
    days, certified = terms.payment.due_days, terms.dates.certificate_due
    if line.due is not None or days is None or certified is None:
        return line.due
    return days_after(certified, days)


def ends_before_caps(terms: ContractTerms) -> dict[str, Range]:
    """The least and greatest of each line before caps.

    Netting takes a negative greatest and a positive least to zero, and a negative least too where the contract leaves
    out what is below zero; a floor of some lines raises one. Where nothing is paid back a ceiling on all that is paid
    of a line is one on each settlement.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    dict of str to (Fraction or None, Fraction or None)
        None without a bound.
    """
    bounds = {id: line_bounds(line, terms) for id, line in terms.payment.lines.items()}
    for id in filter(lambda id: pays_nothing_back(id, terms), bounds):
        bounds[id] = bounds[id][0], smallest(bounds[id][1], ceiling(id, terms))
    if terms.payment.netting is not None:
        bounds |= {id: _netted(bounds[id], terms.payment.netting) for id in terms.payment.netting.lines}
    for floor in (terms.payment.floors or {}).values():
        bounds[floor.raises] = _raised(floor, {id: bounds[id] for id in floor.lines}, terms)
    return bounds


def _netted(ends: Range, netting: Netting) -> Range:
    low, high = ends
    least = Fraction(0) if netting.below_zero == "zero" else None if low is None else min(low, Fraction(0))
    return least, None if high is None else max(high, Fraction(0))


def _cut(lows: Mapping[str, Fraction | None], taken: Collection[str]) -> dict[str, Fraction | None]:
    """The least of each line where some may pay as little as nothing."""
    return {id: low if low is None or id not in taken else min(low, Fraction(0)) for id, low in lows.items()}


def least_of(lines: Sequence[str], contract: Contract) -> Fraction | None:
    """Bound from below what some lines pay together where a guarantor may have to pay, whatever the others do.

    Parameters
    ----------
    lines : sequence of str
    contract : Contract

    Returns
    -------
    Fraction or None
        None when nothing bounds it.
    """
    terms = contract.model
    payment, ends = terms.payment, ends_before_caps(terms)
    every = [*courses_beside_guarantees(terms)]
    taken = frozenset[str]().union(*(course.taken for course in every))
    lows = _cut({id: low for id, (low, _) in ends.items()}, taken)
    after = _lows_after_caps(lows, {id: high for id, (_, high) in ends.items()}, payment)
    least = summed([after[id] for id in lines])
    if payment.cap is None:
        least = _greatest(least, _at_least(lines, lows, payment))
    if len(lines) < len(payment.lines):
        return least
    return _greatest(least, _least_of_any(every, terms))


def _lows_after_caps(
    lows: Mapping[str, Fraction | None], highs: Mapping[str, Fraction | None], payment: Payment
) -> dict[str, Fraction | None]:
    """The least that each line keeps under every cap, the others as high as they can be."""
    caps: list[tuple[ContractCap, Collection[str]]] = [(cap, cap.lines) for cap in (payment.caps or {}).values()]
    if payment.cap is not None:
        caps.append((payment.cap, [*payment.lines]))
    found = dict(lows)
    for cap, named in caps:
        own = [id for id in payment.lines if id in named]
        kept = {id: _kept(id, found[id], own, highs, cap, Fraction(payment.quantum)) for id in own}
        found |= kept
    return found


def _kept(
    id: str,
    low: Fraction | None,
    own: Sequence[str],
    highs: Mapping[str, Fraction | None],
    cap: ContractCap,
    quantum: Fraction,
) -> Fraction | None:
    """What a cap leaves a line that pays its least."""
    if low is None or low <= 0:
        return low
    limit, last = Fraction(cap.amount), cap.reduces == "last_line_first"
    others = own[: own.index(id)] if last else [other for other in own if other != id]
    beside = summed([None if (high := highs[other]) is None else max(high, Fraction(0)) for other in others])
    if beside is None:
        return Fraction(0)
    if last:
        return min(low, max(limit - beside, Fraction(0)))
    return low * min(limit / (low + beside), Fraction(1)) // quantum * quantum


def _raised(floor: ContractFloor, bounds: dict[str, Range], terms: ContractTerms) -> Range:
    """The bounds of the line that a floor raises, among those of all lines under it."""
    low, high = bounds[floor.raises]
    lows = _cut({id: low for id, (low, _) in bounds.items()}, taken_by_any(terms))
    others = _at_least([id for id in bounds if id != floor.raises], lows, terms.payment, raises=floor.raises)
    raised = None if others is None else Fraction(floor.amount) - others
    return low, None if high is None or raised is None else max(high, raised)


def _at_least(
    lines: Sequence[str], lows: dict[str, Fraction | None], payment: Payment, raises: str | None = None
) -> Fraction | None:
    """The least that some lines pay together under caps; one that is on other lines too may leave any of them nothing.

    A cap on the line that a floor raises is on the lines of that floor and not below it, so it lowers none when the
    floor raises.
    """
    left, parts = dict.fromkeys(lines), []
    for cap in (payment.caps or {}).values():
        own = [id for id in cap.lines if id in left]
        if raises in cap.lines:
            continue
        ends = [lows[id] for id in own]
        left = {id: None for id in left if id not in own}
        total = summed(ends)
        if len(own) == len(cap.lines):
            parts.append(None if total is None else min(total, Fraction(cap.amount)))
        else:
            parts += [None if end is None else min(end, Fraction(0)) for end in ends]
    return summed([*parts, *(lows[id] for id in left)])


def _under_caps(ends: dict[str, Fraction | None], terms: ContractTerms) -> Fraction | None:
    """The sum of all lines' ends under the caps of some of them and of the contract."""
    payment = terms.payment
    groups = (payment.caps or {}).values()
    grouped = {line for cap in groups for line in cap.lines}
    parts = [end for id, end in ends.items() if id not in grouped]
    parts += [smallest(summed([ends[id] for id in cap.lines]), Fraction(cap.amount)) for cap in groups]
    return smallest(summed(parts), None if payment.cap is None else Fraction(payment.cap.amount))


def _beside(
    highs: Mapping[str, Fraction | None], terms: ContractTerms, ends: Mapping[str, Range] | None = None
) -> Fraction | None:
    """The most of lines that are no higher than this: what others pay less than nothing leaves them under a cap.

    The others are those of `ends`, by default all lines of the contract.
    """
    payment, ends = terms.payment, ends_before_caps(terms) if ends is None else ends
    lows = {id: None if low is None else min(low, Fraction(0)) for id, (low, _) in ends.items() if id not in highs}

    def left(amount: str, lines: Iterable[str]) -> Fraction | None:
        others = summed([lows[id] for id in lines if id in lows])
        return None if others is None else Fraction(amount) - others

    groups = [(cap.amount, [id for id in cap.lines if id in highs], cap.lines) for cap in (payment.caps or {}).values()]
    grouped = {id for _, own, _ in groups for id in own}
    parts = [high for id, high in highs.items() if id not in grouped]
    parts += [smallest(summed([highs[id] for id in own]), left(amount, every)) for amount, own, every in groups]
    most = smallest(summed(parts), None if payment.cap is None else left(payment.cap.amount, lows))
    if payment.floor is None or payment.floor.raises not in highs or most is None:
        return most
    raised = left(payment.floor.amount, lows)
    return None if raised is None else max(most, raised)


def ends_of_lines(terms: ContractTerms) -> dict[str, Range]:
    """The least and greatest of each line after what holds between lines.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    dict of str to (Fraction or None, Fraction or None)
        None without a bound.
    """
    payment, bounds = terms.payment, ends_before_caps(terms)
    caps = [(tuple(cap.lines), Fraction(cap.amount)) for cap in (payment.caps or {}).values()]
    caps += [] if payment.cap is None else [(tuple(payment.lines), Fraction(payment.cap.amount))]
    for lines, cap in caps:
        if all(low is not None and low >= 0 for low, _ in (bounds[id] for id in lines)):
            bounds |= {id: (bounds[id][0], smallest(bounds[id][1], cap)) for id in lines}
    if payment.floor is not None:
        bounds[payment.floor.raises] = _raised(payment.floor, bounds, terms)
    return bounds


def summed(values: list[Fraction | None]) -> Fraction | None:
    """Their sum; None where one has no bound."""
    return None if None in values else sum((value for value in values if value is not None), Fraction(0))


def smallest(*values: Fraction | None) -> Fraction | None:
    """The smallest of those that have a bound."""
    return min((value for value in values if value is not None), default=None)


def _greatest(*values: Fraction | None) -> Fraction | None:
    return max((value for value in values if value is not None), default=None)


def bound_text(value: Fraction | None, terms: ContractTerms) -> str | None:
    """A bound as a decimal with the quantum's digits; None without one.

    Parameters
    ----------
    value : Fraction or None
    terms : ContractTerms

    Returns
    -------
    str or None
    """
    return None if value is None else decimal_text(value, money_digits(terms.payment.quantum))
