"""What one line of a payment comes to, by a second route: from the contract file and the figures' texts.

A value is a fraction, or one of two words where there is none: `WAITING` for a figure that may still come and
`REFERRED` where the parties decide. Every clause leaves a mark on the trail, (rule, value), so that whoever compares
two routes can say at which clause they part.
"""

import datetime
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from effekt.independent.limits import NotRepeatedError

REFERRED, WAITING = "referred", "not_yet_determinable"
ZERO, ONE = Fraction(0), Fraction(1)
MOST_PERIODS = 1200
MOST_TIMES = 10**12  # that an amount is raised or lowered over them
Value: TypeAlias = Fraction | str
Part: TypeAlias = Mapping[str, Any]

COMPARED = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt, "eq": operator.eq}
LIMITS = ("when", "cap", "floor")
OVER_TIME = {
    "escalated": ("rate", "every", "periods", "pays"),
    "discounted": ("rate", "every", "periods", "pays"),
    "indexed": ("figure", "base", "pays"),
    "interest": ("rate", "margin", "day_count", "from", "to", "gives", "pays"),
}
ON_A_FIGURE = {
    "unit_price": ("figure", "price", "below_zero"),
    "share_of_savings": ("figure", "share", "below_zero"),
    "tiers": ("figure", "steps"),
    "bands": ("figure", "bands"),
    "piecewise": ("figure", "points"),
}
FIGURE = ("digits", "unit", "label", "derived")
TWO = ("difference", "ratio")
MANY = ("sum", "product", "greatest", "least", *TWO)


def known_keys(part: Part, keys: Iterable[str], place: str) -> None:
    """Refuse a part of the contract with a key that this route has no rule for: it may move the amount."""
    unknown = [key for key in part if key not in keys]
    if unknown:
        raise NotRepeatedError(
            f"the second route of payment has no rule for {place}.{unknown[0]}.",
            f"den andra beräkningen av betalningen har ingen regel för {place}.{unknown[0]}.",
        )


def without_value(values: Iterable[Value]) -> str | None:
    """The word for several values of which some are words; None where all are numbers."""
    words = {value for value in values if isinstance(value, str)}
    return None if not words else REFERRED if REFERRED in words else WAITING


def rounded(value: Fraction, unit: Fraction, ties: str) -> Fraction:
    """A whole number of units: the nearest, and of two as near the even one, or the one further from zero."""
    if ties not in ("half_up", "half_even"):
        raise NotRepeatedError(f"the second route has no rounding {ties}.", f"avrundningen {ties} är okänd.")
    units = abs(value) / unit
    whole = units.numerator // units.denominator
    rest = units - whole
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (ties == "half_up" or whole % 2 == 1))
    return (whole + up) * unit * (-1 if value < 0 else 1)


# ------------------------------------------------------------------------------------------------------ figures


@dataclass
class Figures:
    """The figures of a contract: those computed from others are computed here, and the rest are given.

    Attributes
    ----------
    terms : mapping
        The section `figures` of the contract file.
    given : mapping of figure to text, or one of the two words
    """

    terms: Part
    given: Mapping[str, str]
    found: dict[str, Value] = field(default_factory=dict)

    def value(self, name: str) -> Value:
        """What a figure or a decimal is."""
        if name not in self.terms:
            return Fraction(name)
        if name not in self.found:
            self.found[name] = self._value(name)
        return self.found[name]

    def _value(self, name: str) -> Value:
        term = self.terms[name]
        if "derived" in term:
            known_keys(term, FIGURE, f"figures.{name}")
            value = self._derived(term["derived"], f"figures.{name}.derived")
            return value if isinstance(value, str) else rounded(value, Fraction(1, 10 ** term["digits"]), "half_even")
        text = self.given[name]
        return text if text in (REFERRED, WAITING) else Fraction(text)

    def _derived(self, term: Part, place: str) -> Value:
        known_keys(term, (*MANY, "mix", "index", "fallback"), place)
        ((kind, made_of),) = term.items()
        if kind == "fallback":
            return self._first_reached(made_of)
        names = [name for _, name in made_of] if kind == "mix" else _operands(kind, made_of)
        values = [self.value(name) for name in names]
        word = without_value(values)
        if word is not None:
            return word
        numbers = [value for value in values if isinstance(value, Fraction)]
        weights = [Fraction(weight) for weight, _ in made_of] if kind == "mix" else [ONE] * len(numbers)
        return _computed(kind, [weight * number for weight, number in zip(weights, numbers, strict=True)])

    def _first_reached(self, rungs: Sequence[Part]) -> Value:
        """The figure of the first rung whose trigger is large enough; a trigger without a value decides nothing."""
        for rung in rungs:
            known_keys(rung, ("figure", "when", "at_least"), "fallback")
            trigger = self.value(rung["when"]) if "when" in rung else None
            if isinstance(trigger, str):
                return trigger
            if trigger is None or trigger >= Fraction(rung["at_least"]):
                return self.value(rung["figure"])
        raise NotRepeatedError("the ladder of figures has no last rung.", "stegen av siffror saknar sista steg.")


def _operands(kind: str, made_of: Any) -> list[str]:
    return [made_of["figure"], made_of["base"]] if kind == "index" else list(made_of)


def _computed(kind: str, numbers: Sequence[Fraction]) -> Value:
    """A figure from others: weights are in the numbers of a mix already."""
    if kind in ("sum", "mix"):
        return sum(numbers, ZERO)
    if kind in ("greatest", "least"):
        return max(numbers) if kind == "greatest" else min(numbers)
    if kind == "product":
        product = ONE
        for number in numbers:
            product *= number
        return product
    first, second = numbers
    if kind == "difference":
        return first - second
    impossible = second == 0 if kind == "ratio" else first <= 0 or second <= 0
    return REFERRED if impossible else first / second


# -------------------------------------------------------------------------------------------------------- gates


def holds(gate: Part, figures: Figures, place: str) -> bool | str:
    """Whether a condition holds, or the word for what is missing; one arm may decide whatever the others are."""
    known_keys(gate, ("figure", *COMPARED, "all", "any", "not"), place)
    if "figure" in gate:
        ((name, other),) = [(key, value) for key, value in gate.items() if key != "figure"]
        left, right = figures.value(gate["figure"]), figures.value(other)
        word = without_value((left, right))
        return word if word is not None else bool(COMPARED[name](left, right))
    if "not" in gate:
        inner = holds(gate["not"], figures, f"{place}.not")
        return inner if isinstance(inner, str) else not inner
    decides = "any" in gate
    arms = [holds(arm, figures, place) for arm in gate["any" if decides else "all"]]
    if any(arm is decides for arm in arms):
        return decides
    words = [arm for arm in arms if isinstance(arm, str)]
    return without_value(words) or not decides


# ------------------------------------------------------------------------------------------------------ clauses


@dataclass
class Clauses:
    """The clauses of one line, and the trail that they leave."""

    figures: Figures
    trail: list[tuple[str, Fraction]] = field(default_factory=list)

    def line(self, line: Part, place: str) -> Value:
        """What a line pays under its limits."""
        return self.limited(line, lambda: self.clause(line["pays"], f"{place}.pays"), place)

    def limited(self, part: Part, pays: Callable[[], Value], place: str) -> Value:
        """An amount under its condition, then at most its cap, then at least its floor."""
        met = holds(part["when"], self.figures, f"{place}.when") if "when" in part else True
        if met is False:
            return self._mark("when", ZERO)
        value = pays()
        if not isinstance(value, str):
            value = self._mark("cap", min(value, Fraction(part["cap"]))) if "cap" in part else value
            value = self._mark("floor", max(value, Fraction(part["floor"]))) if "floor" in part else value
        word = without_value([value, *([met] if isinstance(met, str) else [])])
        return value if word is None else word

    def clause(self, clause: Part, place: str) -> Value:
        """What a clause pays under its limits."""
        several = ("greater_of", "lesser_of", "sum")
        known_keys(clause, (*LIMITS, "fixed", *ON_A_FIGURE, *OVER_TIME, *several, "milestones"), place)
        ((way, terms),) = [(key, value) for key, value in clause.items() if key not in LIMITS]
        return self.limited(clause, lambda: self._way(way, terms, f"{place}.{way}"), place)

    def _mark(self, rule: str, value: Fraction) -> Fraction:
        self.trail.append((rule, value))
        return value

    def _way(self, way: str, terms: Any, place: str) -> Value:
        value = self._paid(way, terms, place)
        return value if isinstance(value, str) else self._mark(way, value)

    def _paid(self, way: str, terms: Any, place: str) -> Value:
        if way == "fixed":
            return Fraction(terms)
        if way in ("greater_of", "lesser_of", "sum"):
            values = [self.clause(part, place) for part in terms]
            numbers = [value for value in values if isinstance(value, Fraction)]
            word = without_value(values)
            return word if word is not None else _several(way, numbers)
        if way == "milestones":
            return self._milestones(terms, place)
        if way in OVER_TIME:
            known_keys(terms, OVER_TIME[way], place)
            inner, factor = self.clause(terms["pays"], place), self.factor(way, terms)
            if isinstance(inner, str) or isinstance(factor, str):
                return without_value((inner, factor)) or REFERRED
            return inner * factor
        known_keys(terms, ON_A_FIGURE[way], place)
        x = self.figures.value(terms["figure"])
        return x if isinstance(x, str) else on_figure(way, terms, x)

    def _milestones(self, terms: Part, place: str) -> Value:
        """A price for each count, once for each person; of a ladder no person gives more than `per_person`."""
        known_keys(terms, ("people", "order", "steps", "per_person"), place)
        people, *counts = (self.figures.value(n) for n in (terms["people"], *(s["figure"] for s in terms["steps"])))
        word = without_value((people, *counts))
        if word is not None:
            return word
        most, paid, so_far = people, ZERO, ZERO
        per_person = Fraction(terms["per_person"]) if "per_person" in terms else None
        for step, count in zip(terms["steps"], counts, strict=True):
            if isinstance(count, str) or isinstance(most, str) or not 0 <= count <= most:
                return REFERRED
            reached = so_far + Fraction(step["pays"])
            before, after = (one if per_person is None else min(one, per_person) for one in (so_far, reached))
            paid, so_far = paid + count * (after - before), reached
            most = count if terms["order"] == "ladder" else people
        return paid

    def factor(self, way: str, terms: Part) -> Value:
        """What an amount over time is multiplied by."""
        if way == "indexed":
            index, base = self.figures.value(terms["figure"]), self.figures.value(terms["base"])
            if isinstance(index, str) or isinstance(base, str):
                return without_value((index, base)) or REFERRED
            return _computed("index", (index, base))
        if way == "interest":
            return self._interest(terms)
        rate, periods = self.figures.value(terms["rate"]), self.figures.value(terms["periods"])
        if isinstance(rate, str) or isinstance(periods, str):
            return without_value((rate, periods)) or REFERRED
        if not -1 < rate <= 1 or periods.denominator != 1 or not 0 <= periods <= MOST_PERIODS:
            return REFERRED
        grown = ONE
        for _ in range(int(periods)):
            grown *= 1 + rate
        if grown * MOST_TIMES < 1 or grown > MOST_TIMES:
            return REFERRED
        return grown if way == "escalated" else 1 / grown

    def _interest(self, terms: Part) -> Value:
        """The rate times the days over a year's, and one more where the amount itself is paid too."""
        rate, first, last = self.figures.value(terms["rate"]), self._day(terms["from"]), self._day(terms["to"])
        if isinstance(rate, str) or isinstance(first, str) or isinstance(last, str):
            words = [one for one in (rate, first, last) if isinstance(one, str)]
            return without_value(words) or REFERRED
        rate += Fraction(terms.get("margin", "0"))
        if not 0 <= rate <= 1 or first is None or last is None or last < first:
            return REFERRED
        year = 365 if terms["day_count"] == "act_365" else 360
        itself = ONE if terms["gives"] == "amount_with_interest" else ZERO
        return itself + Fraction(rate) * days(first, last, terms["day_count"]) / year

    def _day(self, name: str) -> datetime.date | str | None:
        """A day of the file, or the one that a figure yyyymmdd names; None where it names none."""
        if name not in self.figures.terms:
            return datetime.date.fromisoformat(name)
        value = self.figures.value(name)
        if isinstance(value, str):
            return value
        digits = str(value)
        if not re.fullmatch("[1-9][0-9]{7}", digits):
            return None
        try:
            return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            return None


def _several(way: str, numbers: Sequence[Fraction]) -> Fraction:
    if way == "sum":
        return sum(numbers, ZERO)
    return max(numbers) if way == "greater_of" else min(numbers)


def days(first: datetime.date, last: datetime.date, counted: str) -> int:
    """Days between two days: as the calendar has them, or of months of thirty."""
    if counted in ("act_365", "act_360"):
        return (last - first).days
    if counted not in ("30_360", "30e_360"):
        raise NotRepeatedError(f"the second route has no count of days {counted}.", f"dagräkningen {counted} är okänd.")
    start = min(first.day, 30)
    end = 30 if last.day == 31 and (counted == "30e_360" or start == 30) else last.day
    return 12 * 30 * (last.year - first.year) + 30 * (last.month - first.month) + end - start


def on_figure(way: str, terms: Part, x: Fraction) -> Fraction:
    """What is paid for a figure's value."""
    if way in ("unit_price", "share_of_savings"):
        amount = x * Fraction(terms["price" if way == "unit_price" else "share"])
        return ZERO if amount < 0 and terms["below_zero"] == "zero" else amount
    if way == "tiers":
        paid = ZERO
        for step in terms["steps"]:
            known_keys(step, ("from", "pays"), "tiers.steps")
            paid = Fraction(step["pays"]) if x >= Fraction(step["from"]) else paid
        return paid
    if way == "bands":
        paid = ZERO
        for band in terms["bands"]:
            known_keys(band, ("from", "to", "pays_from", "pays_to"), "bands.bands")
            if x >= Fraction(band["from"]):
                corners = [(band["from"], band["pays_from"]), (band["to"], band["pays_to"])]
                paid = _between(x, corners) if x < Fraction(band["to"]) else Fraction(band["pays_to"])
        return paid
    points = [(point["at"], point["pays"]) for point in terms["points"]]
    inside = min(max(x, Fraction(points[0][0])), Fraction(points[-1][0]))
    place = next(i for i in range(1, len(points)) if inside <= Fraction(points[i][0]))
    return _between(inside, points[place - 1 : place + 1])


def _between(x: Fraction, corners: Sequence[tuple[str, str]]) -> Fraction:
    """The height of the straight line through two corners."""
    (left, low), (right, high) = [(Fraction(at), Fraction(pays)) for at, pays in corners]
    return (low * (right - x) + high * (x - left)) / (right - left)
