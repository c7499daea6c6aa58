"""What a figure owes to the order in which equally near controls were taken: its range over other such orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from effekt._inference import Inference, Means, StudentT
from effekt._text import Language, Text, significant
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.outcomes import Groups, Outcomes
from effekt.result import Diagnostic

ALPHA = Fraction(1, 20)
ENDS = ("conf_low", "conf_high")
FIGURES, MOST_FIGURES = 4, 10  # of a number that is read; with the last it does not move but for rounding
ROUNDED = 1e-9  # of an interval's width: by so much the sums of one set of pairs may part


Judged: TypeAlias = tuple[Means, Inference | None, float]
"""The two means, their inference and the effect, which is rounded once where the means are exact."""


def tie_orders(outcomes: Outcomes, match: Match, declared: Judged, judged: Callable[[Groups], Judged]) -> Diagnostic:
    """The range over the tie orders of the estimate, and of the ends of its 95 % interval where each has one.

    `declared` is what `judged` gives of the declared order.
    """
    units = match.unit_table()
    unlike = {one.key: one for one in units.orders}  # where few controls are tied, most orders come to the same pairs
    others = {
        key: outcomes.groups(units, units.in_order(one), match.arguments["estimand"]) for key, one in unlike.items()
    }
    answers = {key: judged(groups) for key, groups in others.items() if groups.n_compared}
    found = [declared, *(answers[one.key] for one in units.orders if one.key in answers)]
    values, tied = _range("", [effect for _, _, effect in found]), _TIED[match.arguments["estimand"]]
    moves, text = values["max"] > values["min"], _without_ties(tied)
    if units.orders:
        text = _words(len(found), values["min"], values["max"], tied)
        ends = [_ends(inference, means) for means, inference, _ in found]
        known = [one for one in ends if one is not None]
        if known and len(known) == len(found):
            wide = ROUNDED * max(high - low for low, high in known)
            for name, each in zip(ENDS, zip(*known, strict=True), strict=True):
                values |= _range(f"_{name}", each)
                moves = moves or max(each) - min(each) > wide
            lower, upper = ((values[f"min_{name}"], values[f"max_{name}"]) for name in ENDS)
            text = _with_ends(text, lower, upper)
    return Diagnostic(
        name="tie_orders",
        status="warning" if moves else "ok",
        statement=text,
        values={**values, "count": len(found) - 1},
    )


def _ends(inference: Inference | None, means: Means) -> tuple[float, float] | None:
    """Of the 95 % interval of the difference."""
    if not isinstance(inference, StudentT):
        return None
    return inference.confidence_set(means, "difference", ALPHA, "two-sided").intervals[0]


def _range(name: str, numbers: Sequence[float]) -> dict[str, float]:
    return {f"min{name}": min(numbers), f"max{name}": max(numbers)}


def _words(count: int, low: float, high: float, tied: Text) -> Text:
    return Text(
        en=f"Ties were broken by the keyed order of units; over {count} such orders the effect "
        f"(treated − counterfactual, in the outcome's unit) {_lies(low, high, 'en')}.",
        sv=f"Lika nära {tied.sv} valdes efter en nyckelordning av enheterna; över {count} sådana ordningar gäller att "
        f"effekten (behandlade − kontrafaktiskt, i utfallets enhet) {_lies(low, high, 'sv')}.",
    )


def _with_ends(text: Text, lower: tuple[float, float], upper: tuple[float, float]) -> Text:
    return Text(
        en=f"{text.en} The lower end of its 95% interval {_lies(*lower, 'en')}, the upper end {_lies(*upper, 'en')}.",
        sv=f"{text.sv} Den nedre gränsen för dess 95 %-intervall {_lies(*lower, 'sv')}, den övre "
        f"{_lies(*upper, 'sv')}.",
    )


def _lies(low: float, high: float, lang: Language) -> str:
    """'is 3.1' where it does not move; or 'lies between 3.1 and 3.2', with digits enough to tell the two apart."""
    for figures in range(FIGURES, MOST_FIGURES):
        first, last = (significant(number, lang, figures) for number in (low, high))
        if first != last:
            return f"lies between {first} and {last}" if lang == "en" else f"ligger mellan {first} och {last}"
    return f"{'is' if lang == 'en' else 'är'} {significant(low, lang, FIGURES)}"


_TIED = {
    "ATT": Text(en="controls", sv="kontroller"),
    "ATC": Text(en="treated units", sv="behandlade"),
    "ATE": Text(en="units", sv="enheter"),
}


def _without_ties(tied: Text) -> Text:
    return Text(
        en=f"No tie between {tied.en} was broken, so there is one way to match.",
        sv=f"Inga lika nära {tied.sv} behövde väljas bort, så matchningen kan bara göras på ett sätt.",
    )
