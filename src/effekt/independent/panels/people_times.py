"""Effects of cohorts in periods where other people are seen in each, row by row.

With g the cohort, t the period, b the base, x = (1, X), x̄ its mean over the cohort's rows of t and b, β least squares
of Y on x among the rows of an arm in a period, and w the odds p/(1 - p) of the controls of one period over their sum, p
logistic on the rows of both arms and periods:

    regression            Ȳ_gt    and  Ȳ_gb + x̄'(β_t - β_b)
    inverse_probability   Ȳ_gt    and  Ȳ_gb + Σ w_t Y - Σ w_b Y
    doubly_robust         x̄'β_gt  and  x̄'β_gb + x̄'(β_t - β_b) + Σ w_t (Y - x'β_t) - Σ w_b (Y - x'β_b)

with β_t, β_b of the controls (Sant'Anna & Zhao 2020, doi:10.1016/j.jeconom.2020.06.003, section 2.2; Callaway &
Sant'Anna 2021, doi:10.1016/j.jeconom.2020.12.001). The parts of the rows in the error of such a sum are

    of g, both periods    x'β less x̄'β, over their number, for each x̄'β
    of each regression    x̄'(X'X)⁻¹x (Y - x'β), among the controls (x̄ - Σ w x)'(X'X)⁻¹x (Y - x'β)
    of the odds           w (Y - x'β - η), η their sum; and (Σ w (Y - x'β - η) x)' I⁻¹ x (D - p) of all rows

where a term falls away with what it estimates. Everything but the odds is in exact fractions.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import exp, fsum

from effekt.exceptions import DataError
from effekt.independent.columns import Cell, Columns, column, complete, covariate_rows, labels, mean, numbers
from effekt.independent.linear_algebra import inverse
from effekt.independent.matches.stacked_equations import fit, logistic, probability
from effekt.independent.panels.adoption_panel import (
    NEVER,
    Adoption,
    Roles,
    Unit,
    begins,
    of_rows,
    read_calendar,
    start_of,
)
from effekt.independent.panels.group_times import Effect, base_of, check_choices
from effekt.independent.regression import predict

Place = tuple[int, int]  # (1 for the cohort, 0 for controls; 1 for the period, 0 for the base)


def read_adopters(columns: Columns, roles: Roles, never: Cell | None, anticipation: int, missing: str) -> Adoption:
    """Return the rows of units that have a period before treatment and its anticipation, as units of one row."""
    used = [roles.outcome, roles.unit, roles.time, roles.cluster, *roles.covariates]
    columns = complete(columns, used if never is None else [*used, roles.start], missing)
    number, names = read_calendar(labels(columns, roles.time))
    first, last = min(names), max(names)
    if set(names) != set(range(first, last + 1)) or len(names) < 2:
        raise DataError("the periods must follow each other without a gap; add the rows that are missing.")
    starts = [start_of(cell, never, number, first) for cell in column(columns, roles.start)]
    y, groups, units = numbers(columns, roles.outcome), labels(columns, roles.cluster), labels(columns, roles.unit)
    alike: dict[str, tuple[int, str]] = {}
    for own, start, group in zip(units, starts, groups, strict=True):
        if alike.setdefault(own, (start, group)) != (start, group):
            raise DataError("start and cluster must be alike in all rows of a unit; correct them.")
    begun = {row: begins(start, len(names), anticipation) for row, start in enumerate(starts)}
    kept = {row: start for row, start in begun.items() if start is not None}
    when = labels(columns, roles.time)
    x = covariate_rows(of_rows(columns, list(kept)), roles.covariates)
    found = [
        Unit(start, [y[row]], own, groups[row], number(when[row]) - first)
        for (row, start), own in zip(kept.items(), x, strict=True)
    ]
    cells = {(one.start, one.period) for one in found}
    if len(cells) < len({start for start, _ in cells}) * len(names):
        raise DataError("every cohort must have rows in every period; add them.")
    return Adoption(found, [names[when] for when in range(first, last + 1)])


def people_effects(
    panel: Adoption, adjustment: str, comparison: str, base_period: str, anticipation: int
) -> list[Effect]:
    """Return the effects of every cohort in every period for which there is somebody to compare with."""
    check_choices(adjustment, comparison, base_period)
    found = []
    for cohort in panel.cohorts():
        for period in range(len(panel.periods)):
            base = base_of(cohort, period, base_period, anticipation)
            if base is None:
                continue
            free = NEVER if comparison == "never_treated" else max(period, base) + anticipation + 1
            places: dict[Place, list[int]] = {(arm, late): [] for arm in (1, 0) for late in (1, 0)}
            for i, one in enumerate(panel.units):
                if one.period in (period, base) and (one.start == cohort or one.start >= free):
                    places[int(one.start == cohort), int(one.period == period)].append(i)
            if places[0, 1]:
                found.append(_Four(panel.units, places, adjustment).effect(cohort, period))
    return found


class _Four:
    """Two arms in two periods."""

    def __init__(self, rows: Sequence[Unit], places: Mapping[Place, list[int]], adjustment: str) -> None:
        self.rows, self.places, self.adjustment = rows, places, adjustment
        self.own = [*places[1, 1], *places[1, 0]]
        self.members = [*self.own, *places[0, 1], *places[0, 0]]
        width = len(rows[0].x)
        middles = [mean([rows[i].x[j] for i in self.own]) for j in range(width)]
        self.x = {
            i: [Fraction(1), *(value - middle for value, middle in zip(rows[i].x, middles, strict=True))]
            for i in self.members
        }
        self.towards = [Fraction(1), *[Fraction(0)] * width]  # x̄, as covariates are less their own means
        self.weighed = adjustment != "regression" and width > 0
        self.regressed = {
            place: not width or (adjustment == "doubly_robust" if place[0] else adjustment != "inverse_probability")
            for place in places
        }
        if not width:
            self.regressed[1, 1] = self.regressed[1, 0] = False
        if self.weighed:
            self._weigh()
        count = len(rows)
        self.parts = [[0.0, 0.0] for _ in range(count)]
        self.weight, self.leverage = [0.0] * count, [0.0] * count
        self.slope = [0.0] * (width + 1)

    def _weigh(self) -> None:
        scales = [max(abs(self.x[i][j]) for i in self.members) or Fraction(1) for j in range(len(self.towards))]
        self.z = {i: [float(v / s) for v, s in zip(self.x[i], scales, strict=True)] for i in self.members}
        own = set(self.own)
        index = fit([self.z[i] for i in self.members], logistic([float(i in own) for i in self.members]))
        self.logit = dict(zip(self.members, index.value, strict=True))
        lines = list(zip(index.curvature, index.rows, strict=True))
        size = range(len(scales))
        information = [[Fraction(fsum(c * row[a] * row[b] for c, row in lines)) for b in size] for a in size]
        self.information = [[float(value) for value in line] for line in inverse(information)]

    def effect(self, cohort: int, period: int) -> Effect:
        """Return the effect."""
        found = {place: self._mean(place) for place in self.places}
        if self.weighed:
            for i in self.members:
                p = probability(self.logit[i])
                surprise = probability(-self.logit[i]) if i in set(self.own) else -p
                self.parts[i][1] += fsum(a * b for a, b in zip(self.slope, self.z[i], strict=True)) * surprise
        count = len(self.rows)
        arm: list[int | None] = [None] * count
        half = [0] * count
        for (treated, late), inside in self.places.items():
            for i in inside:
                arm[i], half[i] = treated, late
        among = {*self.places[0, 1], *self.places[0, 0]}
        return Effect(
            cohort=cohort,
            period=period,
            treated=found[1, 1],
            counterfactual=found[1, 0] + found[0, 1] - found[0, 0],
            arm=arm,
            control=[i in among for i in range(count)],
            parts=[(a, b) for a, b in self.parts],
            weight=self.weight,
            leverage=self.leverage,
            covariates=len(self.towards) - 1,
            design=[[float(value) for value in self.x[i][1:]] if i in self.x else [] for i in range(count)],
            half=half,
            treated_covariates=len(self.towards) - 1 if self.regressed[1, 1] else 0,
        )

    def _mean(self, place: Place) -> Fraction | float:
        """Return what the rows of one arm and period have in a mean, and note their parts."""
        inside, which = self.places[place], 0 if place == (1, 1) else 1
        sign = -1 if place == (0, 0) else 1
        y = {i: self.rows[i].y[0] for i in inside}
        odds = self._odds(inside) if self.weighed and not place[0] else {}
        if not odds and not self.regressed[place]:
            middle = mean(list(y.values()))
            for i in inside:
                self.parts[i][which] += float(y[i] - middle) / len(inside)
                self.weight[i] = self.leverage[i] = 1 / len(inside)
            return middle
        beta, bread = [Fraction(0)] * len(self.towards), []
        if self.regressed[place]:
            size = range(len(beta))
            bread = inverse(
                [[sum((self.x[i][a] * self.x[i][b] for i in inside), Fraction(0)) for b in size] for a in size]
            )
            moments = [sum((self.x[i][a] * y[i] for i in inside), Fraction(0)) for a in size]
            beta = [predict(line, moments) for line in bread]
        error = {i: y[i] - predict(self.x[i], beta) for i in inside}
        level = predict(self.towards, beta)
        for i in self.own:
            self.parts[i][which] += sign * float(predict(self.x[i], beta) - level) / len(self.own)
        further = fsum(odds[i] * float(error[i]) for i in inside) if odds else 0.0
        pull = self._pull(inside, odds, bread)
        for i in inside:
            share = float(predict(self.x[i], pull)) if bread else 0.0
            part = share * float(error[i])
            hat = float(predict(self.x[i], [predict(line, self.x[i]) for line in bread])) if bread else 0.0
            if odds:
                part += odds[i] * (float(error[i]) - further)
            self.parts[i][which] += sign * part
            self.weight[i], self.leverage[i] = share + odds.get(i, 0.0), max(hat, odds.get(i, 0.0))
        if odds:
            pulls = [
                fsum(odds[i] * (float(error[i]) - further) * self.z[i][a] for i in inside) for a in range(len(beta))
            ]
            for a, line in enumerate(self.information):
                self.slope[a] += sign * fsum(v * own for v, own in zip(line, pulls, strict=True))
        return level + further if odds else level

    def _odds(self, inside: Sequence[int]) -> dict[int, float]:
        total = fsum(exp(self.logit[i]) for i in inside)
        return {i: exp(self.logit[i]) / total for i in inside}

    def _pull(self, inside: Sequence[int], odds: dict[int, float], bread: list[list[Fraction]]) -> list[Fraction]:
        """Return (X'X)⁻¹(x̄ - Σ w x)."""
        towards = self.towards
        if odds:
            centre = [fsum(odds[i] * float(self.x[i][a]) for i in inside) for a in range(len(towards))]
            towards = [value - Fraction(own) for value, own in zip(towards, centre, strict=True)]
        return [predict(line, towards) for line in bread]
