"""Effects of cohorts in periods, each by itself, unit by unit.

With g the cohort, t the period, b the base, D the cohort's n₁ units and C its controls, Δ = Y_t - Y_b and x = (1, X):

    regression            c = x̄₁'β,                   β least squares of Δ on x among C
    inverse_probability   c = Σ w Δ,                   w the odds p/(1 - p) of C over their sum, p logistic
    doubly_robust         c = x̄₁'β + Σ w (Δ - x'β)

(Callaway & Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001, equations 2.2 to 2.4 and 2.8, 2.9) and the
counterfactual mean is Ȳ_b + c. The parts of the units in its error are (Sant'Anna & Zhao 2020,
doi:10.1016/j.jeconom.2020.06.003, equations 3.1 and 3.5), with η = Σ w (Δ - x'β):

    of D    (Y_b + x'β - their mean)/n₁
    of C    w (Δ - x'β - η)  +  (x̄₁ - Σ w x)'(X₀'X₀)⁻¹ x (Δ - x'β)
    of both (Σ w (Δ - x'β - η) x)' I⁻¹ x (D - p),   I the information of the logistic regression

where a term falls away with what it estimates. Everything but the odds is in exact fractions.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import exp, fsum
from typing import NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import mean
from effekt.independent.linear_algebra import inverse
from effekt.independent.matches.stacked_equations import fit, logistic, probability
from effekt.independent.panels.adoption_panel import NEVER, Adoption
from effekt.independent.regression import average, predict

Value = Fraction | float
ADJUSTMENTS = ("doubly_robust", "regression", "inverse_probability")


class Effect(NamedTuple):
    """One effect: its means, and for each unit what it has in their errors, in the weights and in the leverages.

    ``arm`` is 1 for the cohort and 0 for everyone else with a part; ``control`` says who is compared with. Where other
    people are seen in each period, ``half`` is 1 for those of the effect's own period, and the treated mean may be
    regressed on ``treated_covariates``. ``design`` has the covariates of those with a part.
    """

    cohort: int
    period: int
    treated: Value
    counterfactual: Value
    arm: list[int | None]
    control: list[bool]
    parts: list[tuple[float, float]]
    weight: list[float]
    leverage: list[float]
    covariates: int
    design: list[list[float]]
    half: list[int] | None = None
    treated_covariates: int = 0


def group_time_effects(
    panel: Adoption, adjustment: str, comparison: str, base_period: str, anticipation: int
) -> list[Effect]:
    """Return the effects of every cohort in every period for which there is somebody to compare with."""
    check_choices(adjustment, comparison, base_period)
    found, kept = [], {}
    for cohort in panel.cohorts():
        for period in range(len(panel.periods)):
            base = base_of(cohort, period, base_period, anticipation)
            if base is None:
                continue
            free = NEVER if comparison == "never_treated" else max(period, base) + anticipation + 1
            own = [i for i, unit in enumerate(panel.units) if unit.start == cohort]
            others = [i for i, unit in enumerate(panel.units) if unit.start >= free and unit.start != cohort]
            if not others:
                continue
            key = (cohort, len(others))  # later periods only lose controls
            if key not in kept:
                kept[key] = Arms(panel, own, others, adjustment)
            found.append(kept[key].effect(cohort, period, base))
    return found


def check_choices(adjustment: str, comparison: str, base_period: str) -> None:
    """Raise for a choice that is none."""
    for value, options in (
        (adjustment, ADJUSTMENTS),
        (comparison, ("never_treated", "not_yet_treated")),
        (base_period, ("varying", "universal")),
    ):
        if value not in options:
            raise ArgumentError(f"{value!r} must be one of {', '.join(options)}; choose one.")


def base_of(cohort: int, period: int, base_period: str, anticipation: int) -> int | None:
    """Return the period that an effect is a change since; None where there is none, or it is that period."""
    last = cohort - anticipation - 1
    if period > last:
        return last
    if base_period == "universal":
        return last if period != last else None
    return period - 1 if period else None


class Arms:
    """A cohort and its controls, with what all effects of the two share."""

    def __init__(self, panel: Adoption, own: list[int], others: list[int], adjustment: str) -> None:
        self.panel, self.own, self.others = panel, own, others
        middles = [mean([panel.units[i].x[j] for i in own]) for j in range(len(panel.units[0].x))]
        self.x = {
            i: [Fraction(1), *(value - middle for value, middle in zip(panel.units[i].x, middles, strict=True))]
            for i in (*own, *others)
        }
        width = len(middles) + 1
        self.regressed = adjustment != "inverse_probability" or width == 1
        self.odds: dict[int, float] = {}
        if adjustment != "regression" and width > 1:
            self._weigh()
        self.bread: list[list[Fraction]] = []
        if self.regressed:
            rows = [self.x[i] for i in others]
            self.bread = inverse([[_dot(rows, a, b) for b in range(width)] for a in range(width)])

    def _weigh(self) -> None:
        """Find the odds of being of the cohort, as shares of the controls' sum, and the logistic regression of them."""
        members = [*self.own, *self.others]
        scales = [max(abs(self.x[i][j]) for i in members) or Fraction(1) for j in range(len(self.x[members[0]]))]
        self.z = {i: [float(value / scale) for value, scale in zip(self.x[i], scales, strict=True)] for i in members}
        index = fit([self.z[i] for i in members], logistic([float(i in set(self.own)) for i in members]))
        self.logit = dict(zip(members, index.value, strict=True))
        total = fsum(exp(self.logit[i]) for i in self.others)
        self.odds = {i: exp(self.logit[i]) / total for i in self.others}
        size = range(len(scales))
        rows = list(zip(index.curvature, index.rows, strict=True))
        information = [[Fraction(fsum(c * row[a] * row[b] for c, row in rows)) for b in size] for a in size]
        self.information = [[float(value) for value in line] for line in inverse(information)]

    def effect(self, cohort: int, period: int, base: int) -> Effect:
        """Return the effect of the cohort in one period, as a change since another."""
        units = self.panel.units
        change = {i: units[i].y[period] - units[i].y[base] for i in self.others}
        beta = [Fraction(0)] * len(self.x[self.own[0]])
        if self.regressed:
            moments = [sum((self.x[i][a] * change[i] for i in self.others), Fraction(0)) for a in range(len(beta))]
            beta = [predict(line, moments) for line in self.bread]
        error = {i: change[i] - predict(self.x[i], beta) for i in self.others}
        imputed = {i: units[i].y[base] + predict(self.x[i], beta) for i in self.own}
        level = mean([imputed[i] for i in self.own])
        treated = mean([units[i].y[period] for i in self.own])
        further = fsum(self.odds[i] * float(error[i]) for i in self.others) if self.odds else 0.0
        pull = self._pull()
        slope = self._slope(error, further)
        n, count = len(self.own), len(units)
        parts, arm = [(0.0, 0.0)] * count, [None if i not in self.x else 0 for i in range(count)]
        weight, leverage = [0.0] * count, [0.0] * count
        for i in self.own:
            arm[i] = 1
            moved = float(imputed[i] - level) / n + self._moved(i, slope, 1)
            parts[i] = (float(units[i].y[period] - treated) / n, moved)
            weight[i] = leverage[i] = 1 / n
        for i in self.others:
            share = float(predict(self.x[i], pull)) if self.regressed else 0.0
            odds = self.odds.get(i, 0.0)
            own = share * float(error[i]) + odds * (float(error[i]) - further) + self._moved(i, slope, 0)
            parts[i], weight[i] = (0.0, own), share + odds
            hat = predict(self.x[i], [predict(line, self.x[i]) for line in self.bread]) if self.regressed else 0
            leverage[i] = max(float(hat), odds)
        among = set(self.others)
        return Effect(
            cohort=cohort,
            period=period,
            treated=treated,
            counterfactual=level + further if self.odds else level,
            arm=arm,
            control=[i in among for i in range(count)],
            parts=parts,
            weight=weight,
            leverage=leverage,
            covariates=len(beta) - 1,
            design=[[float(value) for value in self.x[i][1:]] if i in self.x else [] for i in range(count)],
        )

    def _pull(self) -> list[Fraction]:
        """Return (X₀'X₀)⁻¹(x̄₁ - Σ w x)."""
        towards = average([self.x[i] for i in self.own])
        if self.odds:
            centre = [fsum(self.odds[i] * float(self.x[i][a]) for i in self.others) for a in range(len(towards))]
            towards = [value - Fraction(own) for value, own in zip(towards, centre, strict=True)]
        return [predict(line, towards) for line in self.bread]

    def _slope(self, error: dict[int, Fraction], further: float) -> list[float]:
        """Return I⁻¹ Σ w (Δ - x'β - η) z."""
        if not self.odds:
            return []
        weighed = [(self.odds[i] * (float(error[i]) - further), self.z[i]) for i in self.others]
        sums = [fsum(w * row[a] for w, row in weighed) for a in range(len(weighed[0][1]))]
        return [fsum(a * b for a, b in zip(line, sums, strict=True)) for line in self.information]

    def _moved(self, i: int, slope: list[float], is_own: int) -> float:
        """Return what a unit has in the counterfactual by way of the odds."""
        if not slope:
            return 0.0
        surprise = probability(-self.logit[i]) if is_own else -probability(self.logit[i])
        return fsum(a * b for a, b in zip(slope, self.z[i], strict=True)) * surprise


def _dot(rows: Sequence[Sequence[Fraction]], a: int, b: int) -> Fraction:
    return sum((row[a] * row[b] for row in rows), Fraction(0))


def check_any(effects: Sequence[Effect]) -> None:
    """Raise where no cohort can be compared."""
    if not effects:
        raise DataError("there is no cohort with a period before treatment and somebody to compare with; add data.")
