"""What a contract can come to pay, before there are data: by true effect and by standard error."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from effekt._serialize import canonical_json, encode
from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_integer, check_option, join_words, plural, shown
from effekt.contracts import Contract, Settlement, complete_figures, maximum_total, minimum_total, settle_figures
from effekt.contracts.curve import Number, Piece, Values, beside, expectations, refined, straight_pieces
from effekt.contracts.gates import Basis, Gate, Wording
from effekt.contracts.money import allocate, decimal_text, exact_text, fraction
from effekt.contracts.scenarios import Situation, check_assumed, decimal, decimals, gates, paying_figures, varied_figure
from effekt.exceptions import ArgumentError
from effekt.reports.thresholds import Cut, cuts, thresholds
from effekt.reports.wording import unit_words
from effekt.workflow.data.analysis import check_analyses
from effekt.workflow.plan.detectable import Detectable, detectable
from effekt.workflow.plan.reached import lower_bounds, upper_bounds
from effekt.workflow.plan.returns import Outlay, flows, outlay, received, yearly_return
from effekt.workflow.plan.several_settlements import Settlements, liability, scope, settlements

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Plot

REACH = 9  # standard errors beyond which an estimate has no weight left
FINENESS = 1_000_000  # a straight piece may bend by this part of the largest amount
UNROUNDED = "0.000000000001"  # a quantum that shows where the terms bend, whatever the rounding of amounts
EXACT_EVALUATIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between which of the contract's values a figure lies, and how probably.

    Attributes
    ----------
    figure : str
    low, high : str or None
        None where there is no end.
    low_inside, high_inside : bool
        Whether the ends themselves belong to it, as the contract's conditions and steps hold them.
    probability : float
    """

    figure: str
    low: str | None
    high: str | None
    low_inside: bool
    high_inside: bool
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is to be expected at one true effect and one standard error.

    Attributes
    ----------
    std_error, effect : str
        In the varied figure's unit.
    no_effect : bool
        Whether this is the effect of an intervention that changes nothing.
    payment_if_known : str
        What the contract's lines pay when the estimate is the true effect exactly; guarantees are not in it.
    expected_payment : float
        The mean payment of the lines over the estimates that chance gives.
    guaranteed_if_known : str or None
        What guarantors pay beside the lines when the estimate is the true effect exactly; None without a guarantee, and
        where one depends on a figure that is not assumed.
    expected_guaranteed : float or None
        The mean of what guarantors pay over the estimates that chance gives; None likewise.
    payment_probability : float
        That the lines pay anything above zero. Without an effect it is the false-payment rate.
    gates : dict of place to float
        The probability that each condition is met.
    intervals : tuple of Interval
        The probability of each step, band or side of a condition.
    return_if_known : float or None
        The investor's yearly rate of return on what comes to it of `payment_if_known` and `guaranteed_if_known`,
        through the waterfall too, on the days on which it falls due; None where more than one rate may do.
    loss_probability : float or None
        That the investor gets back less than was invested, guarantees included.
    """

    std_error: str
    effect: str
    no_effect: bool
    payment_if_known: str
    expected_payment: float
    guaranteed_if_known: str | None
    expected_guaranteed: float | None
    payment_probability: float
    gates: Mapping[str, float]
    intervals: tuple[Interval, ...]
    return_if_known: float | None
    loss_probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """A value of the figure where the payment bends, jumps, or the drawn curve ends, and the settlement there."""

    std_error: str
    value: str
    payment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a contract can come to pay; `effekt.workflow.outlook` makes it.

    Attributes
    ----------
    contract, contract_sha256, currency : str
    figure : str
        Whose true value is varied.
    unit : str or Text
        Its unit, or its unit in both languages.
    more_follows : bool
        Whether money hangs on more of the estimate than this figure, such as its confidence: that is taken from the
        estimate before it is rounded to the figure's digits.
    assumed : dict of figure to str
        Values taken for figures that do not follow from it.
    labels : dict of figure to Text
        What the contract calls its figures, where it does.
    maximum_total, minimum_total : str or None
        The most and the least the contract's lines can pay in one settlement; None when nothing bounds it.
    guaranteed : bool
        Whether anyone guarantees an amount.
    maximum_with_guarantees : str or None
        The most that payers and guarantors together can pay, in all settlements; None when nothing bounds it.
    settlements : Settlements or None
        What several can pay together; None where the most of one is the most of all. Everything else here is of one.
    scope : Text or None
        What the most of an amended contract is the most of.
    maximum_by_year : dict of year to str
        That by the days on which lines fall due, else evenly over the years given, to the quantum; empty without years
        or bound.
    spread_evenly : bool
        Whether the years are given, since the contract does not say when its lines fall due.
    upper_bounds : tuple of str
        Which of these amounts no settlement was found to reach, as `effekt check --json` names them; the others can be
        reached.
    lower_bounds : tuple of str
        `minimum_total`, where no settlement was found that pays so little.
    scenarios : tuple of Scenario
    corners : tuple of Corner
        The payment curve: straight between corners, and a jump where two are neighbours. With `more_follows` it is of
        estimates of exactly a value the figure can have.
    detectable : tuple of Detectable
        Empty for an outcome that is no estimated effect.
    no_return, no_false_payment, no_guaranteed : Text or None
        Why there is no return, no scenario without effect, or nothing said of what guarantors pay.
    """

    contract: str
    contract_sha256: str
    currency: str
    figure: str
    unit: str | Text
    more_follows: bool
    assumed: Mapping[str, str]
    labels: Mapping[str, Text]
    maximum_total: str | None
    minimum_total: str | None
    guaranteed: bool
    maximum_with_guarantees: str | None
    settlements: Settlements | None
    scope: Text | None
    maximum_by_year: Mapping[str, str]
    spread_evenly: bool
    upper_bounds: tuple[str, ...]
    lower_bounds: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    corners: tuple[Corner, ...]
    detectable: tuple[Detectable, ...]
    no_return: Text | None
    no_false_payment: Text | None
    no_guaranteed: Text | None

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """One plain row for each scenario; a column for each condition."""
        names = [name for name in Scenario.__dataclass_fields__ if name not in ("gates", "intervals")]
        return tuple(
            {name: getattr(one, name) for name in names} | {f"gate {gate}": p for gate, p in one.gates.items()}
            for one in self.scenarios
        )

    def name(self, figure: str, lang: Language) -> str:
        """What the contract calls a figure; its id where it has no label."""
        return self.labels[figure].in_language(lang) if figure in self.labels else figure

    def tidy(self) -> pd.DataFrame:
        """The rows as a pandas frame."""
        from effekt.tables import to_pandas

        return to_pandas({name: tuple(row[name] for row in self.rows) for name in self.rows[0]})

    def to_json(self) -> str:
        """Canonical JSON, `effekt/outlook/1`."""
        return canonical_json({"schema": "effekt/outlook/1", **encode(self)})

    def text(self, lang: Language = "sv") -> str:
        """The tables for people who are to sign."""
        from effekt.workflow.plan.outlook_text import outlook_text

        check_option("lang", lang, LANGUAGES)
        return outlook_text(self, lang)

    def plot(self, lang: Language = "en") -> Plot:
        """Draw the payment curve."""
        from effekt.reports.plots import plot_payment

        check_option("lang", lang, LANGUAGES)
        curves = {
            error: [(float(c.value), float(c.payment)) for c in self.corners if c.std_error == error]
            for error in dict.fromkeys(corner.std_error for corner in self.corners)
        }
        axis = f"{self.name(self.figure, lang)} ({unit_words(self.unit).in_language(lang)})"
        return plot_payment(curves, axis, self.currency, lang)

    def __repr__(self) -> str:
        least, most = ("no bound" if one is None else one for one in (self.minimum_total, self.maximum_total))
        return (
            f"Outlook({self.contract}, {self.figure}: from {least} to {most} {self.currency}, "
            f"{plural(len(self.scenarios), 'scenario')})"
        )

    def _repr_html_(self) -> str:
        from effekt.workflow.plan.outlook_text import outlook_html

        return outlook_html(self, "en")


def outlook(
    contract: Contract,
    *,
    std_errors: Sequence[str | float | Fraction],
    effects: Sequence[str | float | Fraction] = (),
    figure: str | None = None,
    assumed: Mapping[str, str] | None = None,
    counterfactual_mean: str | float | Fraction | None = None,
    years: Sequence[int] = (),
    invested: Mapping[str, str] | None = None,
    paid: str | None = None,
) -> Outlook:
    """Say what a contract can come to pay, before there are data.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    std_errors : sequence of decimal
        Standard errors the estimate may come to have, above zero, in the varied figure's unit.
    effects : sequence of decimal
        True values of the varied figure. No effect is always added where there is such a value.
    figure : str, optional
        Whose true value is varied; not needed when money depends on one estimate alone.
    assumed : mapping of figure to decimal, optional
        Values of figures that do not follow from it, such as ``{"delivered": "1"}``.
    counterfactual_mean : decimal, optional
        The mean outcome without the intervention, needed where a figure turns a share into units or back.
    years : sequence of int, optional
        The years over which the liability is spread where the contract does not say when its lines fall due; where it
        does each year has the most that falls due in it.
    invested : mapping of date to amount, optional
        What the investor pays in, by day, YYYY-MM-DD.
    paid : str, optional
        The day of the outcome payment, needed with `invested` for what has no day in the contract: lines without
        ``due``, and guarantees, unless ``dates.certificate_due`` and ``payment.due_days`` give it.

    Returns
    -------
    Outlook

    Raises
    ------
    ArgumentError
        For what is no decimal, and when a line depends on a figure that neither follows nor is assumed.

    Notes
    -----
    The estimate is taken as normal about the true effect with the standard error as known, in the varied figure's own
    view; its other statistics follow from that, each rounded to its own digits as in a settlement, and the figure to
    its. Every amount is a settlement in exact arithmetic at a value the figure can have. The payment curve is divided
    into straight pieces: each bend and jump of the terms is found to the figure's last digit, or, where figures derived
    from it are rounded so that nothing is quite straight, within a millionth of the largest amount; what another
    statistic decides, such as a condition on the confidence, is found in the unrounded estimate, to a thousand
    millionth of the standard error. The expectation over each piece is closed, so nothing is drawn by lot; the
    rounding of amounts moves it by less than a quantum per line. For a slope s from t, capped at c, it is
    s(B(t) − B(t + c/s)) with B(K) = (θ − K)Φ((θ − K)/σ) + σφ((θ − K)/σ).

    The liability per year is the maximum in equal parts, to the quantum by largest remainder: prudence provides for
    the maximum from the start and lowers it first when the outcome can be forecast with sufficient certainty.

    The return is the yearly rate at which what was invested is worth as much as what comes back, each on its day, by
    days over 365. What comes through a waterfall is passed on as it falls due, its steps filled in their order.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> found = outlook(contract, std_errors=["0.06"], effects=["0.12"])
    >>> [(one.effect, one.payment_if_known, round(one.expected_payment)) for one in found.scenarios]
    [('0', '0', 976129), ('0.12', '5000000', 4023871)]
    """
    check_analyses(contract)
    given = check_assumed(contract, assumed or {})
    mean = None if counterfactual_mean is None else decimal("counterfactual_mean", counterfactual_mean)
    chosen = varied_figure(contract, figure, given)
    situation = Situation(contract=contract, figure=chosen, assumed=given, counterfactual_mean=mean)
    errors = _std_errors(std_errors)
    none = situation.no_effect()
    truths = sorted(set(decimals("effects", effects)) | ({none} if none is not None else set()))
    if not truths:
        raise ArgumentError("`effects` must hold at least one true value, since an outcome has no value of no effect.")
    money = outlay(contract, invested, paid)
    plans = [_Plan.of(situation, error, truths, money) for error in errors]
    booked, several, most = liability(contract), settlements(contract), maximum_total(contract)
    least = minimum_total(contract)
    return Outlook(
        contract=contract.model.id,
        contract_sha256=contract.sha256,
        currency=contract.model.payment.currency,
        figure=chosen,
        unit=situation.term.printed_unit,
        more_follows=situation.more_follows(),
        assumed=given,
        labels={id: term.label.text for id, term in contract.model.figures.items() if term.label is not None},
        maximum_total=most,
        minimum_total=least,
        guaranteed=bool(booked.guarantors),
        maximum_with_guarantees=booked.total,
        settlements=several,
        scope=scope(contract),
        maximum_by_year=spread(contract, booked.total, years),
        spread_evenly=not booked.by_year,
        upper_bounds=tuple(upper_bounds(contract, most, several, booked)),
        lower_bounds=tuple(lower_bounds(contract, least)),
        scenarios=tuple(plan.scenario(effect, money) for plan in plans for effect in truths),
        corners=tuple(corner for plan in plans for corner in plan.corners()),
        detectable=tuple(detectable(situation, error) for error in errors) if none is not None else (),
        no_return=money if isinstance(money, Text) else None,
        no_false_payment=None if none is not None else _OUTCOME,
        no_guaranteed=_not_assumed([name for plan in plans for name in plan.payer.unknown]),
    )


_OUTCOME = Text(
    en="The figure is an outcome and no estimated effect, so what would be paid without any effect cannot be said.",
    sv="Siffran är ett utfall och ingen skattad effekt, så vad som skulle betalas utan effekt går inte att säga.",
)


def _not_assumed(figures: Sequence[str]) -> Text | None:
    """Why nothing is said of what guarantors pay; None where it is."""
    named = [*map(repr, dict.fromkeys(figures))]
    names, namn = join_words(named, "and"), join_words(named, "och")
    if not named:
        return None
    return Text(
        en=f"What guarantors pay is not computed, since it depends on {names}, which is not assumed.",
        sv=f"Vad garanter betalar är inte beräknat, eftersom det beror av {namn}, som inte är antaget.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The payment under one standard error, in straight pieces."""

    situation: Situation
    std_error: Fraction
    payer: _Payer
    pieces: tuple[Piece, ...]
    unrounded: tuple[Piece, ...]  # with each jump where the estimate has it before it is rounded

    @classmethod
    def of(cls, situation: Situation, error: Fraction, truths: Sequence[Fraction], money: Outlay | Text) -> _Plan:
        """Settle over all estimates that chance may give."""
        payer = _Payer(situation, error, money)
        scale = 10**situation.term.digits
        low, high = ((truths[i] + sign * REACH * error) * scale for i, sign in ((0, -1), (-1, 1)))
        ends = low.numerator // low.denominator, -(-high.numerator // high.denominator)
        held = (*payer.thresholds.get(situation.figure, ()), *situation.peaks())
        marks = [mark for at in held for mark in beside(at * scale)]
        exact = payer.tolerance(ends, exact=True)
        pieces = straight_pieces(payer.values, *ends, marks, exact, EXACT_EVALUATIONS)
        if pieces is None:  # derived figures are rounded too, so that nothing is quite straight
            pieces = straight_pieces(payer.values, *ends, marks, payer.tolerance(ends, exact=False))
        if pieces is None:
            raise ArgumentError(
                f"`std_errors` holds {exact_text(error)}, over which the payment has more bends and jumps than can be "
                "found; give a smaller one, or the contract's figures fewer digits."
            )
        unrounded = pieces
        if situation.more_follows():
            unrounded = refined(pieces, payer.values, error * scale, (*exact[:-1], exact[0]))
        return cls(situation=situation, std_error=error, payer=payer, pieces=pieces, unrounded=unrounded)

    def scenario(self, effect: Fraction, money: Outlay | Text) -> Scenario:
        """What is to be expected at a true effect."""
        scale = 10**self.situation.term.digits
        found = expectations(self.unrounded, 1 / scale, float(effect), float(self.std_error))
        known = self.payer.values(round(effect * scale), effect * scale)
        total, _, backed, paid, lost = found[:5]
        first = 5 + len(self.payer.gates)
        names = [(figure, *ends) for figure, all_ends in self.payer.intervals().items() for ends in all_ends]
        terms = self.situation.contract.model.payment
        no_return = isinstance(money, Text)
        digits = len(terms.quantum.partition(".")[2])
        guaranteed = bool(terms.guarantees) and not self.payer.unknown
        return Scenario(
            std_error=exact_text(self.std_error),
            effect=exact_text(effect),
            no_effect=effect == self.situation.no_effect(),
            payment_if_known=decimal_text(known[0], digits),
            expected_payment=total,
            guaranteed_if_known=decimal_text(known[2], digits) if guaranteed else None,
            expected_guaranteed=backed if guaranteed else None,
            payment_probability=_share(paid),
            gates={place: _share(p) for place, p in zip(self.payer.gates, found[5:first], strict=True)},
            intervals=tuple(
                Interval(
                    figure=figure,
                    low=None if low is None else exact_text(low.at),
                    high=None if high is None else exact_text(high.at),
                    low_inside=low is not None and low.above,
                    high_inside=high is not None and not high.above,
                    probability=_share(p),
                )
                for (figure, low, high), p in zip(names, found[first:-1], strict=True)
            ),
            return_if_known=self.payer.yearly(round(effect * scale), effect * scale),
            loss_probability=None if no_return else _share(lost),
        )

    def corners(self) -> tuple[Corner, ...]:
        """Where the payment bends or jumps; a jump has a corner on each side."""
        digits = self.situation.term.digits
        money = len(self.situation.contract.model.payment.quantum.partition(".")[2])
        ends = {k: v for p in self.pieces for k, v in ((p.low, p.at_low), (p.high, p.at_high))}
        places = sorted(ends)
        shown = [k for i, k in enumerate(places) if not _flat(places, ends, i, self.payer.bend)]
        error = exact_text(self.std_error)
        return tuple(
            Corner(
                std_error=error,
                value=decimal_text(Fraction(k, 10**digits), digits),
                payment=decimal_text(ends[k][0], money),
            )
            for k in shown
        )


def _flat(places: Sequence[Number], ends: Mapping[Number, Values], i: int, tolerance: Fraction) -> bool:
    """Whether the payment, not a condition beside it, is straight through an inner place."""
    if i in (0, len(places) - 1):
        return False
    before, here, after = places[i - 1 : i + 2]
    share = Fraction(here - before) / (after - before)
    line = ends[before][-1] + share * (ends[after][-1] - ends[before][-1])
    return abs(ends[here][-1] - line) <= tolerance


class _Payer:
    """What is looked at for each value of the figure: amounts, conditions, and where figures lie."""

    __slots__ = (
        "_error",
        "_known",
        "_money",
        "_situation",
        "_unrounded",
        "_wordings",
        "bend",
        "cuts",
        "gates",
        "thresholds",
        "unknown",
    )

    def __init__(self, situation: Situation, error: Fraction, money: Outlay | Text) -> None:
        self._situation, self._error, self._money = situation, error, money
        contract = situation.contract
        payment = contract.model.payment.model_copy(update={"quantum": UNROUNDED})
        self._unrounded = replace(contract, model=contract.model.model_copy(update={"payment": payment}))
        self._known: dict[tuple[int, Fraction], Values] = {}
        self.bend = Fraction(0)
        self.unknown: list[str] = []  # figures that guarantees wait for
        self.gates: dict[str, Gate] = gates(contract)
        self.thresholds, self.cuts = thresholds(contract), cuts(contract)
        swedish = Wording(lang="sv", currency=contract.model.payment.currency, figures=contract.model.figures)
        english = Wording(lang="en", currency=swedish.currency, figures=swedish.figures)
        self._wordings = {"swedish": swedish, "english": english}

    def values(self, k: int, estimate: Fraction | None = None) -> Values:
        """Of lines, to the investor, by guarantors; is anything paid, or lost, conditions, intervals; unrounded.

        The figure is `k` of its last digit, and the estimate, in the same unit, exactly that where none is given.
        """
        at = k, Fraction(k) if estimate is None else estimate
        if at not in self._known:
            self._known[at] = self._values(*at)
        return self._known[at]

    def _values(self, k: int, estimate: Fraction) -> Values:
        contract = self._situation.contract
        given = self._situation.figures(k, self._error, estimate)
        settled = settle_figures(contract, given, in_words=False)
        if settled.total is None:
            missing = [id for id in paying_figures(contract) if id in given and given[id].value is None]
            raise ArgumentError(
                f"`assumed` must give a value for {join_words(list(map(repr, missing)), 'and')}, since the payment may "
                f"depend on it and {self._situation.figure!r} does not decide it; or give `counterfactual_mean`, where "
                "a share is turned into units."
            )
        self._check_onward(settled)
        total, back = fraction(settled.total), received(contract, settled)
        self.unknown += [name for one in settled.guarantees for name in one.missing if name not in self.unknown]
        backed = sum((fraction(one.amount or "0") for one in settled.guarantees), Fraction(0))
        lost = not isinstance(self._money, Text) and back < self._money.total
        figures = complete_figures(contract, given)
        basis = Basis(figures=figures, **self._wordings, in_words=False)
        held = [gate.verdict(basis).holds is True for gate in self.gates.values()]
        inside = [
            _inside(figures[figure].value, low, high) for figure, ends in self.intervals().items() for low, high in ends
        ]
        unrounded = fraction(settle_figures(self._unrounded, given, in_words=False).total or "0")
        return (total, back, backed, *(Fraction(yes) for yes in (total > 0, lost, *held, *inside)), unrounded)

    def _check_onward(self, settled: Settlement) -> None:
        """Refuse to call nothing what is passed on or guaranteed by a figure that nobody has given."""
        onward = () if settled.distribution is None else settled.distribution.missing
        missing = [*onward, *(figure for one in settled.guarantees for figure in one.missing)]
        if missing and not isinstance(self._money, Text):
            raise ArgumentError(
                f"`assumed` must give a value for {join_words([*map(repr, dict.fromkeys(missing))], 'and')}, since "
                "what comes to the investor through the waterfall or from a guarantor depends on it."
            )

    def yearly(self, k: int, estimate: Fraction) -> float | None:
        """The investor's yearly rate of return there; None without one."""
        if isinstance(self._money, Text):
            return None
        contract, given = self._situation.contract, self._situation.figures(k, self._error, estimate)
        basis = Basis(figures=complete_figures(contract, given), **self._wordings, in_words=False)
        settled = settle_figures(contract, given, in_words=False)
        return yearly_return(flows(contract, settled, basis, self._money))

    def intervals(self) -> dict[str, list[tuple[Cut | None, Cut | None]]]:
        """The intervals between each figure's thresholds."""
        return {figure: list(itertools.pairwise([None, *own, None])) for figure, own in self.cuts.items()}

    def tolerance(self, ends: tuple[int, int], *, exact: bool) -> Values:
        """By how much each component may leave a straight line; kept for the corners of the curve."""
        contract = self._situation.contract
        most = maximum_total(contract)
        seen = [abs(self.values(k)[0]) for k in ends]
        largest = max(seen) if most is None else max(fraction(most), *seen)
        payment = contract.model.payment
        amount = max(Fraction(payment.quantum) * len(payment.lines), largest / FINENESS)
        self.bend = 10 * len(payment.lines) * Fraction(UNROUNDED) if exact else amount
        return (amount, amount, amount, *(Fraction(0) for _ in self.values(ends[0])[4:]), self.bend)


def _inside(value: str | None, low: Cut | None, high: Cut | None) -> bool:
    if value is None:
        return False
    number = Fraction(value)
    return (low is None or low.reached(number)) and (high is None or not high.reached(number))


def _share(value: float) -> float:
    """A probability without what rounding leaves outside 0 to 1."""
    return min(1.0, max(0.0, value))


def _std_errors(given: Sequence[str | float | Fraction]) -> list[Fraction]:
    errors = sorted(set(decimals("std_errors", given)))
    if not errors or errors[0] <= 0:
        raise ArgumentError(f"`std_errors` must hold at least one decimal, each above 0; got {list(given)!r}.")
    return errors


def spread(contract: Contract, most: str | None, years: Sequence[int]) -> dict[str, str]:
    """The most of each year, guarantees included: by the days on which lines fall due, else in equal parts.

    Parameters
    ----------
    contract : Contract
    most : str or None
        The most that can be paid in all, guarantees included; None without a bound.
    years : sequence of int

    Returns
    -------
    dict of str to str
        By year; empty without years, or without a bound.

    Raises
    ------
    ArgumentError
        For a year that stands twice, and for years other than those in which the contract's lines fall due.
    """
    if isinstance(years, (str, bytes)) or not isinstance(years, Sequence):
        raise ArgumentError(f"`years` must be a list of years, as [2024, 2025]; got {shown(years)}.")
    for year in years:
        check_integer("years", year, 1)
    if len(set(years)) < len(years):
        raise ArgumentError(f"`years` must be different years; got {list(years)!r}.")
    several, dated = settlements(contract), liability(contract).by_year
    if several is not None and not dated and years:
        raise ArgumentError(
            "`years` spreads the most of one settlement, and lines with true_up are settled several times; say when "
            "under dates.certificates, or leave it out."
        )
    if dated:
        if years and not {int(year) for year in dated}.issubset(years):
            raise ArgumentError(
                f"`years` must hold the years in which the contract's lines fall due, {join_words(dated, 'and')}; got "
                f"{join_words([str(year) for year in years], 'and')}. Leave it out, since the contract gives the days."
            )
        return {year: bound for year, bound in dated.items() if bound is not None}
    if most is None or not years:
        return {}
    quantum = contract.model.payment.quantum
    total, unit, digits = fraction(most), Fraction(quantum), len(quantum.partition(".")[2])
    parts = allocate(total, [Fraction(1)] * len(years), unit)
    return {str(year): decimal_text(part, digits) for year, part in zip(sorted(years), parts, strict=True)}
