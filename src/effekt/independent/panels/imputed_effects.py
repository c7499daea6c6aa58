"""Effects beside outcomes that are imputed from the rows without treatment, in exact fractions.

Borusyak, Jaravel & Spiess (2024, doi:10.1093/restud/rdae007). Unit and period effects are least squares on the rows
without treatment and its anticipation; with the unit effects partialled out, of which d_s - mean d over the unit's own
rows is left for the period dummies d, β = M⁻¹ Σ (d_s - mean d) Y_s, M = Σ (d_s - mean d)(d_s - mean d)'. The
counterfactual mean of cohort g in t is the mean of Ȳ_i - (mean d - d_t)'β over its units (theorem 2, equation 5).

Its parts are those of theorem 3 (equations 7 and 8): a row without treatment has its weight times its residual, a row
with treatment τ_it less the mean of its cohort in t; of that difference the treated mean has the part of Y_it.
"""

from collections.abc import Iterator
from fractions import Fraction

from effekt.independent.columns import mean
from effekt.independent.linear_algebra import inverse
from effekt.independent.panels.adoption_panel import Adoption
from effekt.independent.panels.group_times import Effect
from effekt.independent.regression import predict

Row = list[Fraction]


def imputed_effects(panel: Adoption, anticipation: int) -> list[Effect]:
    """Return the effects of every cohort since treatment or its anticipation, where somebody is not treated yet."""
    untreated = Untreated(panel, anticipation)
    return [
        untreated.effect(cohort, period)
        for cohort in panel.cohorts()
        for period in range(cohort - anticipation, len(panel.periods))
        if any(rows > period for rows in untreated.rows)
    ]


class Untreated:
    """The regression of the rows without treatment; each unit has its first ``rows`` of them."""

    def __init__(self, panel: Adoption, anticipation: int) -> None:
        self.panel = panel
        self.rows = [min(unit.start - anticipation, len(panel.periods)) for unit in panel.units]
        self.size = max(self.rows)
        moment = [Fraction(0)] * self.size
        gram = [[Fraction(0)] * self.size for _ in range(self.size)]
        for rows in set(self.rows):
            count = self.rows.count(rows)
            for line in self._within(rows):
                for a in range(rows):
                    gram[a] = [g + count * line[a] * value for g, value in zip(gram[a], line, strict=True)]
        for unit, rows in zip(panel.units, self.rows, strict=True):
            middle = mean(unit.y[:rows])
            for s in range(rows):
                moment[s] += unit.y[s] - middle
        bread = inverse([line[1:] for line in gram[1:]]) if self.size > 1 else []
        self.bread = [[Fraction(0)] * self.size, *([Fraction(0), *line] for line in bread)]
        self.beta = [predict(line, moment) for line in self.bread]
        self.residuals = []
        for unit, rows in zip(panel.units, self.rows, strict=True):
            left = [y - b for y, b in zip(unit.y[:rows], self.beta, strict=False)]
            middle = mean(left)
            self.residuals.append([float(value - middle) for value in left])

    def _within(self, rows: int) -> Iterator[Row]:
        """Yield the dummies of each of a unit's rows, less their mean."""
        for s in range(rows):
            yield [(Fraction(int(a == s)) - Fraction(1, rows)) if a < rows else Fraction(0) for a in range(self.size)]

    def effect(self, cohort: int, period: int) -> Effect:
        """Return the effect of one cohort in one period."""
        units = self.panel.units
        own = [i for i, unit in enumerate(units) if unit.start == cohort]
        m = self.rows[own[0]]
        away = [Fraction(1, m) if a < m else Fraction(-int(a == period)) for a in range(self.size)]
        reach = [predict(line, away) for line in self.bread]
        levels = {i: mean(units[i].y[:m]) for i in own}
        level, treated = mean(list(levels.values())), mean([units[i].y[period] for i in own])
        pull = [float(value) for value in reach]
        parts, weight = [], []
        for i, (unit, rows, residual) in enumerate(zip(units, self.rows, self.residuals, strict=True)):
            first, second = 0.0, -sum(w * e for w, e in zip(pull[:rows], residual, strict=True))
            if i in levels:
                first = float(unit.y[period] - treated) / len(own)
                second += float(levels[i] - level) / len(own)
            parts.append((first, second))
            if i in levels:
                weight.append(1 / len(own))
            else:
                weight.append(float(mean(reach[:rows]) - reach[period]) if rows > period else 0.0)
        return Effect(
            cohort=cohort,
            period=period,
            treated=treated,
            counterfactual=level - predict(away, self.beta),
            arm=[int(i in levels) for i in range(len(units))],
            control=[rows > period for rows in self.rows],
            parts=parts,
            weight=weight,
            leverage=weight,
            covariates=0,
            design=[],
        )
