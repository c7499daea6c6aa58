"""A contract's figures when the estimate behind them has a value and a standard error: before there are data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from effekt._inference.distributions import t_quantile
from effekt._text import Text
from effekt._validation import did_you_mean, join_words, shown
from effekt.contracts.curve import upper_tail
from effekt.contracts.figures import DerivedFigure, EstimateFigure, Figure, FigureTerm, quantise
from effekt.contracts.gates import Gate
from effekt.contracts.model import Contract
from effekt.contracts.paying import moving, parts, paying
from effekt.exceptions import ArgumentError

_NOT_GIVEN = Text(en="It is not given before there are data.", sv="Den är inte angiven innan det finns data.")
_FIXED = ("std_error", "placebo_sd", "counterfactual_mean")  # the same whatever the estimate is
_FAR = 60.0  # standard errors that stand for a normal's end


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is supposed about a contract's figures.

    Attributes
    ----------
    contract : Contract
    figure : str
        The one whose true value and standard error are varied.
    assumed : mapping of str to str
        Values of figures that do not follow from it.
    counterfactual_mean : Fraction or None
        The mean without the intervention, which turns shares into units.
    matched : Fraction or None
        The part of the enrolled who have a match, for figures that count the others as no effect; None where it is not
        known.
    smallest_p : Fraction
        The smallest p that the inference can give, as ranks among few placebos have one, of which each p is so many
        times; 0 where a p can be any number.
    """

    contract: Contract
    figure: str
    assumed: Mapping[str, str]
    counterfactual_mean: Fraction | None
    matched: Fraction | None = None
    smallest_p: Fraction = Fraction(0)

    @property
    def term(self) -> FigureTerm:
        """The varied figure's definition."""
        return self.contract.model.figures[self.figure]

    def no_effect(self) -> Fraction | None:
        """The varied figure's value when the intervention changes nothing; None for an outcome, which has none."""
        if not isinstance(self.term, EstimateFigure):
            return None
        return Fraction(1 if self.term.view == "ratio" else 0)

    def more_follows(self) -> bool:
        """Whether money hangs on more of the estimate than the varied figure, which an unrounded estimate decides."""
        terms, given = self.contract.model.figures, self.term
        others = (terms[id] for id in moving_figures(self.contract) if id != self.figure and id not in self.assumed)
        return isinstance(given, EstimateFigure) and any(
            isinstance(one, EstimateFigure) and one.statistic not in _FIXED and same_estimate(one, given)
            for one in others
        )

    def figures(self, k: int, std_error: Fraction, estimate: Fraction | None = None) -> dict[str, Figure]:
        """Every figure that is not derived, when the varied one has `k` times its last digit.

        What else is taken from the estimate is so from it unrounded, in the last digits of the varied figure too; None
        is an estimate of exactly `k`.
        """
        last = Fraction(1, 10**self.term.digits)
        value, unrounded = k * last, (k if estimate is None else estimate) * last
        found = {}
        for id, term in self.contract.model.figures.items():
            if isinstance(term, DerivedFigure):
                continue
            known = value if id == self.figure else self._known(id, term, unrounded, std_error)
            found[id] = Figure(
                id=id,
                state="not_yet_determinable" if known is None else "determined",
                value=None if known is None else quantise(known, term.digits),
                unit=term.unit,
                digits=term.digits,
                source=term.source,
                reason=_NOT_GIVEN if known is None else None,
            )
        return found

    def _known(self, id: str, term: FigureTerm, value: Fraction, std_error: Fraction) -> Fraction | None:
        if id in self.assumed:
            return Fraction(self.assumed[id])
        if (
            isinstance(term, EstimateFigure)
            and isinstance(self.term, EstimateFigure)
            and same_estimate(term, self.term)
        ):
            return self._statistic(term, value, std_error)
        return None

    def _statistic(self, term: EstimateFigure, value: Fraction, std_error: Fraction) -> Fraction | None:
        """A statistic of the same estimate, in its own view, the estimate taken as normal."""
        if term.statistic in ("counterfactual_mean", "treated_mean"):
            return self._mean(term, value)
        moved = self._view(term, value), self._view(term, value + 1)
        if moved[0] is None or moved[1] is None:
            return None
        estimate, error = moved[0], abs(moved[1] - moved[0]) * std_error
        match term.statistic:
            case "estimate":
                return estimate
            case "std_error" | "placebo_sd":
                return error
            case "confidence_at_least":
                return 1 - self._rank(upper_tail(_ratio(estimate - Fraction(term.threshold or ""), error)))
            case "p_value":
                return self._rank(_p_value(_ratio(estimate - _null(term), error), term.alternative or "two-sided"))
        alpha = self._attained(1 - Fraction(term.level or ""))
        if not alpha:
            return None
        level = float(1 - alpha)
        z = t_quantile((1 + level) / 2 if term.alternative == "two-sided" else level, math.inf)
        return estimate + (-1 if term.statistic == "confidence_low" else 1) * Fraction(z) * error

    def _rank(self, p_value: float) -> Fraction:
        """The p as the inference gives it: the next that ranks can have, so that p ≤ α is as likely as by the ranks."""
        exact, step = Fraction(p_value), self.smallest_p
        return min(max(-(-exact // step), 1) * step, Fraction(1)) if step else exact

    def _attained(self, alpha: Fraction) -> Fraction:
        """The largest p at which a null is rejected; 0 where none is."""
        return alpha // self.smallest_p * self.smallest_p if self.smallest_p else alpha

    def _mean(self, term: EstimateFigure, value: Fraction) -> Fraction | None:
        mean = self.counterfactual_mean
        if mean is None or term.statistic == "counterfactual_mean":
            return mean
        return None if (difference := self._view(term, value, "difference")) is None else mean + difference

    def _view(self, term: EstimateFigure, value: Fraction, view: str | None = None) -> Fraction | None:
        """The varied figure's value in another view; None when that needs what is not given."""
        given = self.term
        assert isinstance(given, EstimateFigure)
        wanted, alike = view or term.view, _shared(given) == (view is None and _shared(term))
        if wanted == given.view and alike and (wanted != "total" or term.units == given.units):
            return value
        counted = self.matched if _shared(given) else Fraction(1)
        counts = self.matched if view is None and _shared(term) else Fraction(1)
        if counted is None or counts is None:
            return None
        value /= counted
        sign, mean = self._sign(given), self.counterfactual_mean
        units = {"given": self._units(given), "wanted": self._units(term)}
        improvement = share = None
        match given.view:
            case "improvement":
                improvement = value
            case "difference":
                improvement = None if sign is None else sign * value
            case "total":
                improvement = None if not units["given"] else value / units["given"]
            case "relative_improvement":
                share = value
            case "relative" | "ratio":
                share = None if sign is None else sign * (value - (given.view == "ratio"))
        if improvement is None and share is not None and mean is not None:
            improvement = share * mean
        if share is None and improvement is not None and mean:
            share = improvement / mean
        found = _in_view(wanted, improvement, share, sign, units["wanted"])
        return None if found is None else found * counts

    def better(self, term: EstimateFigure) -> int | None:
        """On which side of no effect a figure shows an improvement: 1 above, -1 below; None when the file is silent."""
        return 1 if term.view in ("improvement", "relative_improvement", "total") else self._sign(term)

    def of(self, id: str, value: Fraction) -> Fraction | None:
        """The varied figure where another of the same estimate has a value; None when that needs what is not given."""
        assert isinstance(self.term, EstimateFigure)
        return replace(self, figure=id)._view(self.term, value)

    def peaks(self) -> Iterator[Fraction]:
        """Values of the varied figure at which a two-sided p-value of the same estimate is 1, beside which it is less.

        A condition that almost every p-value meets fails there alone.
        """
        for id, term in self.contract.model.figures.items():
            if not isinstance(term, EstimateFigure) or term.statistic != "p_value" or id in self.assumed:
                continue
            if not isinstance(self.term, EstimateFigure) or not same_estimate(term, self.term):
                continue
            at = self.of(id, _null(term)) if term.alternative in (None, "two-sided") else None
            if at is not None:
                yield at

    def _sign(self, term: EstimateFigure) -> int | None:
        """Which way is better: 1 for higher; None when the file does not say."""
        outcome = self.contract.model.analysis[term.estimate].arguments.get("outcome")
        better = outcome.get("better") if isinstance(outcome, Mapping) else None
        return {"higher": 1, "lower": -1}.get(str(better))

    def _units(self, term: EstimateFigure) -> Fraction | None:
        if term.units is None:
            return None
        written = self.assumed.get(term.units, term.units)
        try:
            return Fraction(written)
        except ValueError:
            return None


def _in_view(
    view: str, improvement: Fraction | None, share: Fraction | None, sign: int | None, units: Fraction | None
) -> Fraction | None:
    base = improvement if view in ("improvement", "difference", "total") else share
    if base is None:
        return None
    match view:
        case "improvement" | "relative_improvement":
            return base
        case "total":
            return None if units is None else base * units
    if sign is None:
        return None
    return sign * base + (1 if view == "ratio" else 0)


def _shared(term: EstimateFigure) -> bool:
    return term.payment_quantity is not None and term.payment_quantity.shared


def same_estimate(one: EstimateFigure, other: EstimateFigure) -> bool:
    """Whether both are taken from the same estimate."""
    return (one.estimate, one.member, one.combine) == (other.estimate, other.member, other.combine)


def _null(term: EstimateFigure) -> Fraction:
    """What a p-value is of: the null it names, else no effect."""
    return Fraction(1 if term.view == "ratio" else 0) if term.null is None else Fraction(term.null)


def _ratio(distance: Fraction, error: Fraction) -> float:
    return max(-_FAR, min(_FAR, float(distance / error))) if error else math.copysign(_FAR, distance)


def _p_value(z: float, alternative: str) -> float:
    if alternative == "two-sided":
        return min(1.0, 2 * upper_tail(abs(z)))
    return upper_tail(z if alternative == "greater" else -z)


def varied_figure(contract: Contract, figure: str | None, assumed: Mapping[str, str]) -> str:
    """The figure whose true value is varied: the one named, or the only estimate that money depends on.

    Parameters
    ----------
    contract : Contract
    figure : str or None
    assumed : mapping of str to str

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        When it is unknown, derived, assumed, no estimate itself, or not the only one.
    """
    terms = contract.model.figures
    usable = [id for id, term in terms.items() if not isinstance(term, DerivedFigure) and _is_value(term)]
    if figure is None:
        paying = paying_figures(contract)
        chosen = [id for id in usable if id in paying and id not in assumed and isinstance(terms[id], EstimateFigure)]
        if len(chosen) != 1:
            raise ArgumentError(
                f"`figure` must say which figure's true value is varied, since {len(chosen)} estimates move the money; "
                f"choose {join_words(list(map(repr, usable)))}."
            )
        return chosen[0]
    if figure not in usable:
        raise ArgumentError(
            f"`figure` must be a figure of the contract that is neither derived nor a measure of uncertainty: "
            f"{join_words(list(map(repr, usable)))}; got {figure!r}.{did_you_mean(figure, usable)}"
        )
    if figure in assumed:
        raise ArgumentError(f"`assumed` must not give {figure!r}, whose value is varied; leave it out.")
    return figure


def _is_value(term: FigureTerm) -> bool:
    return term.unit != "yes/no" and (not isinstance(term, EstimateFigure) or term.statistic == "estimate")


def check_assumed(contract: Contract, assumed: Mapping[str, str]) -> dict[str, str]:
    """Values that figures are taken to have, as decimals the figures can have.

    Parameters
    ----------
    contract : Contract
    assumed : mapping of str to str

    Returns
    -------
    dict of str to str

    Raises
    ------
    ArgumentError
        For an unknown or derived figure, or what is no decimal.
    """
    if not isinstance(assumed, Mapping):
        raise ArgumentError(f"`assumed` must map figures to values; got {shown(assumed)}.")
    terms = contract.model.figures
    given = {}
    for id, value in assumed.items():
        if id not in terms or isinstance(terms[id], DerivedFigure):
            raise ArgumentError(
                f"`assumed` must name figures of the contract that are not derived; got {id!r}."
                f"{did_you_mean(id, terms)}"
            )
        given[id] = quantise(decimal("assumed", value), terms[id].digits)
    return given


def decimal(name: str, value: object) -> Fraction:
    """A finite number as it is written; a float stands for its shortest decimal."""
    try:
        if isinstance(value, (str, int, float, Fraction)) and not isinstance(value, bool):
            return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        pass
    raise ArgumentError(f"`{name}` must hold decimals, such as '0.12'; got {shown(value)}.")


def decimals(name: str, values: object) -> list[Fraction]:
    """The numbers of a list, as they are written."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ArgumentError(f"`{name}` must be a list of decimals, as ['0.12', '0.2']; got {shown(values)}.")
    return [decimal(name, value) for value in values]


def paying_figures(contract: Contract) -> tuple[str, ...]:
    """Figures that an amount or a condition reads, with all they are computed from, in the contract's order."""
    return paying(contract.model.payment, contract.model.figures)


def moving_figures(contract: Contract) -> tuple[str, ...]:
    """Those, and what a step of the waterfall or a guarantee reads, in the contract's order."""
    return moving(contract.model.payment, contract.model.figures)


def gates(contract: Contract) -> dict[str, Gate]:
    """Every condition of the contract by its place, such as ``core.pays.greater_of.1``, in reading order."""
    lines = contract.model.payment.lines
    return {place: gate for id, line in lines.items() for place, gate in _gates(line, (id,))}


def _gates(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, Gate]]:
    if isinstance(value, Gate):
        yield ".".join(place), value
        return
    if isinstance(value, str):
        return
    for position, (name, part) in enumerate(parts(value), start=1):
        here = () if name in ("root", "when") else (name or str(position),)
        yield from _gates(part, (*place, *here))
