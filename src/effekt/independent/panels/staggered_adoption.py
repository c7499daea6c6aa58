"""Second route for staggered adoption: the effects of cohorts in periods, and their averages.

Each unit's part in the error of each mean is added up by cluster, and squared (CR0). Under ``leverage`` the part of a
cluster in an arm is divided by √(1 - h), h its share of the cohort, or among the controls its leverage; under ``CR3``
by 1 - h. The degrees of freedom of a contrast are Welch's, (v₁ + v₀)²/(v₁²/d₁ + v₀²/d₀), d = 1/Σπ² - 1 of the clusters'
shares π of an arm's weights, among the controls less what the covariates use up of the clusters
(docs/methods/staggered_adoption.md).

An average Σ wₖ·effectₖ has wₖ = cₖ p_g / Σ cⱼ p_g, with p the cohorts' shares of all units (Callaway & Sant'Anna 2021,
doi:10.1016/j.jeconom.2020.12.001, equations 3.3 to 3.11); a unit's part in wₖ comes with its part (1{of g} - p_g)/n in
the shares (corollary 2), but not under imputation, which takes them as given.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import fsum, inf, sqrt
from typing import Any

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Cell, Columns
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import weighed
from effekt.independent.panels.adoption_panel import Adoption, Roles, read_adoption
from effekt.independent.panels.dealt_adoption import Design, dealt_test
from effekt.independent.panels.group_times import Effect, Value, check_any, group_time_effects
from effekt.independent.panels.imputed_effects import imputed_effects
from effekt.independent.panels.people_times import people_effects, read_adopters
from effekt.independent.regression import Sandwich, inference_numbers

WHOLE = 1 - 1e-9
POWER = {"leverage": 0.5, "CR0": 0.0, "CR3": 1.0}  # of 1 - h
Numbers = dict[str, Any]
Lines = tuple[list[float], list[float]]  # the clusters' parts in the treated and the counterfactual mean
Part = list[tuple[int, Fraction]]  # effects that are averaged, and c of each


def staggered_adoption(
    columns: Columns,
    *,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    never: Cell | None = None,
    estimator: str = "group_time",
    covariates: Sequence[str] = (),
    adjustment: str | None = None,
    comparison: str | None = None,
    base_period: str | None = None,
    anticipation: int = 0,
    aggregate: str | None = None,
    cluster: str | None = None,
    variance: str | None = None,
    inference: str = "asymptotic",
    draws: int = 9_999,
    rng: int | None = None,
    missing: str = "raise",
    sampling: str = "panel",
    checks: Sequence[object] = (),
    threshold: object = None,
    margin: object = None,
) -> Numbers:
    """Return under ``members`` every effect, or the averages asked for; the simple average by itself.

    Without covariates all means are exact. The `checks`, with their `threshold` and `margin`, stand beside the figure
    and move none of these numbers, and the means need no `inference`; `draws` and `rng` are of deals of adoption that
    are too many to list.
    """
    if estimator not in ("group_time", "imputation") or (variance or "leverage") not in POWER:
        raise ArgumentError(
            "estimator must be group_time or imputation, variance leverage, CR0 or CR3; choose one of each."
        )
    if inference not in ("asymptotic", "permutation", "none") or (
        inference == "permutation"
        and (
            variance
            or (covariates and adjustment != "regression")
            or anticipation
            or aggregate is None
            or sampling != "panel"
        )
    ):
        raise ArgumentError(
            "inference must be asymptotic, or permutation of an average of a panel without variance and "
            "anticipation, with covariates by regression; choose one."
        )
    roles = Roles(outcome, unit, time, start, tuple(covariates), cluster or unit)
    people = sampling == "repeated_cross_sections"
    if sampling not in ("panel", "repeated_cross_sections") or (people and estimator == "imputation"):
        raise ArgumentError("sampling must be panel, or repeated_cross_sections without imputation; choose one.")
    panel = (read_adopters if people else read_adoption)(columns, roles, never, anticipation, missing)
    check_steps(len(panel.units) * len(panel.periods) * len(panel.cohorts()) * 120 * (1 + len(roles.covariates)) ** 2)
    if estimator == "imputation":
        if roles.covariates or (adjustment, comparison, base_period) != (None, None, None):
            raise ArgumentError("imputation has neither covariates, adjustment, comparison nor base_period; omit them.")
        effects = imputed_effects(panel, anticipation)
    else:
        effects = (people_effects if people else group_time_effects)(
            panel,
            adjustment or "doubly_robust",
            comparison or "never_treated",
            base_period or "varying",
            anticipation,
        )
    check_any(effects)
    found = Found(panel, effects, variance or "leverage", shares_are_drawn=estimator == "group_time")
    if aggregate is None:
        return found.members()
    averages = found.averages(aggregate)
    if inference != "permutation":
        return averages
    cells = [(one.cohort, one.period) for one in effects]
    return _dealt(
        averages,
        panel,
        Design(cells, len(panel.periods), estimator, comparison or "never_treated", aggregate),
        (draws, rng),
    )


def _dealt(averages: Numbers, panel: Adoption, design: Design, drawn: tuple[int, object]) -> Numbers:
    """Return the same with the permutation of adoption; of a set it is that of all effects together."""
    members = averages.get("members", {"overall": averages})
    empty = dict.fromkeys(inference_numbers(Fraction(0), Sandwich([[0.0] * 2] * 2, [0.0] * 3, [0.0] * 5, 1.0), "none"))
    found = {
        label: {**_means(own["treated_mean"], own["counterfactual_mean"]), **empty, "unavailable": "of one average"}
        for label, own in members.items()
    }
    found["overall"] |= dealt_test(panel, design, Fraction(found["overall"]["treated_mean"]), *drawn)
    return {"members": found} if "members" in averages else found["overall"]


class Found:
    """The effects with their parts by cluster, and averages of them."""

    def __init__(self, panel: Adoption, effects: list[Effect], variance: str, *, shares_are_drawn: bool) -> None:
        self.panel, self.effects, self.drawn = panel, effects, shares_are_drawn
        names = sorted({unit.cluster for unit in panel.units})
        place = {name: c for c, name in enumerate(names)}
        self.clusters = [place[unit.cluster] for unit in panel.units]
        self.count = len(names)
        size = max(abs(float(y)) for unit in panel.units for y in unit.y)
        self.lines: list[Lines] = []
        self.numbers: list[Numbers] = []
        for one in effects:
            self._add(one, variance, size, whole=not shares_are_drawn)

    def _add(self, one: Effect, variance: str, size: float, *, whole: bool) -> None:
        """Add the parts of one effect by cluster, and its numbers; `whole` if every cluster counts."""
        halves = (1, 0) if one.half is not None else (0,)
        places = [(arm, half) for arm in (1, 0) for half in halves]
        sums = {
            place: [self._by_cluster(one, [part[m] for part in one.parts], place) for m in (0, 1)] for place in places
        }
        leverage = {place: self._by_cluster(one, one.leverage, place) for place in places}
        if variance != "CR0":
            sums = {
                place: [
                    [p / (1 - min(h, WHOLE)) ** POWER[variance] for p, h in zip(line, leverage[place], strict=True)]
                    for line in own
                ]
                for place, own in sums.items()
            }
        (first, second), (_, others) = (
            [[fsum(values) for values in zip(*(sums[arm, half][m] for half in halves), strict=True)] for m in (0, 1)]
            for arm in (1, 0)
        )
        self.lines.append((first, [a + b for a, b in zip(second, others, strict=True)]))
        worth = {
            place: 1 / fsum(w * w for w in self._by_cluster(one, one.weight, place)) - 1 - self._used(one, place)
            for place in places
        }
        df1, df0 = (min(worth[arm, half] for half in halves) for arm in (1, 0))
        df = (df1, df0)
        a, b, c = (fsum(p * q for p, q in zip(*pair, strict=True)) for pair in _pairs(first, second))
        e = fsum(p * p for p in others)
        own_squares = [a * a, 4 * a * b, 4 * b * b + 2 * a * c, 4 * b * c, c * c]
        quartic = [value / df[0] if df[0] > 0 else inf for value in own_squares]
        quartic[4] += e * e / df[1] if df[1] > 0 else inf
        spread = Sandwich(self._covariance(*self.lines[-1]), [a, 2 * b, c + e], quartic, None)
        (v11, _), (_, v00) = spread.covariance
        reason = self._refusal(one, df, max(map(max, leverage.values())), whole=whole)
        if reason is None and spread.variance(1, -1) <= max((1e-12 * size) ** 2, 1e-10 * (v11 + v00)):
            reason = "no within-arm variation"
        means = _means(one.treated, one.counterfactual)
        self.numbers.append(means | inference_numbers(Fraction(means["estimate"]), spread, reason))

    def _refusal(self, one: Effect, df: tuple[float, float], leverage: float, *, whole: bool) -> str | None:
        """Return why an effect has no inference, or None."""
        treated = {c for c, arm in zip(self.clusters, one.arm, strict=True) if arm == 1}
        control = {c for c, inside in zip(self.clusters, one.control, strict=True) if inside}
        if min(len(treated), len(control)) < 2:
            return "fewer than two clusters in one arm"
        if (self.count if whole else len(treated | control)) < 6:
            return "fewer than six clusters in all"
        if leverage >= WHOLE:
            return "one cluster decides alone"
        return "degrees of freedom of an arm below 3" if min(df) < 3 else None

    def _by_cluster(self, one: Effect, values: Sequence[float], place: tuple[int, int]) -> list[float]:
        """Return the sums over each cluster's units in an arm, and in one period where each has other people."""
        sums: list[list[float]] = [[] for _ in range(self.count)]
        halves = one.half or [0] * len(values)
        for c, own, half, value in zip(self.clusters, one.arm, halves, values, strict=True):
            if (own, half) == place:
                sums[c].append(value)
        return [fsum(terms) for terms in sums]

    def _used(self, one: Effect, place: tuple[int, int]) -> float:
        """Return what an arm's covariates use up of its clusters: Σ n_c q̄_c² over orthonormal columns q of them."""
        width = one.treated_covariates if place[0] else one.covariates
        halves = one.half or [0] * len(one.arm)
        inside = [i for i, where in enumerate(zip(one.arm, halves, strict=True)) if where == place]
        found, kept = 0.0, [[1 / sqrt(len(inside))] * len(inside)]
        for j in range(width):
            line = [one.design[i][j] for i in inside]
            whole = fsum(value * value for value in line)
            for other in (*kept, *kept):  # twice, as once loses digits
                along = fsum(a * b for a, b in zip(line, other, strict=True))
                line = [a - along * b for a, b in zip(line, other, strict=True)]
            size = sqrt(fsum(value * value for value in line))
            if size * size <= 1e-24 * whole:
                continue
            kept.append([value / size for value in line])
            sums: dict[int, list[float]] = {}
            for i, value in zip(inside, kept[-1], strict=True):
                sums.setdefault(self.clusters[i], []).append(value)
            found += fsum(fsum(own) ** 2 / len(own) for own in sums.values())
        return found

    def _covariance(self, first: Sequence[float], second: Sequence[float]) -> list[list[float]]:
        """Return the covariance of two means from the clusters' parts in them."""
        v11, v10, v00 = (fsum(p * q for p, q in zip(*pair, strict=True)) for pair in _pairs(first, second))
        return [[v11, v10], [v10, v00]]

    # --- members and averages -----------------------------------------------------------------------------------------

    def members(self) -> Numbers:
        """Return every effect by its label."""
        periods = self.panel.periods
        labels = [f"({periods[one.cohort]}, {periods[one.period]})" for one in self.effects]
        return self._set(dict(zip(labels, self.numbers, strict=True)), dict(zip(labels, self.lines, strict=True)))

    def averages(self, by: str) -> Numbers:
        """Return one kind of averages, with ``overall`` among them; the simple one alone."""
        after = [k for k, one in enumerate(self.effects) if one.period >= one.cohort]
        if not after:
            raise ArgumentError("aggregate needs an effect in a treated period; there is none.")
        if by == "simple":
            return self._average([(k, Fraction(1)) for k in after])[0]
        if by not in ("dynamic", "cohort", "calendar"):
            raise ArgumentError(f"aggregate must be simple, dynamic, cohort or calendar, not {by!r}; choose one.")
        parts = self._parts(by, after)
        found = {label: self._average(part) for label, part in parts.items()}
        if by == "cohort":
            count = {k: sum(self.effects[j].cohort == self.effects[k].cohort for j in after) for k in after}
            overall = self._average([(k, Fraction(1, count[k])) for k in after])[0]
        else:
            kept = [label for label in parts if by == "calendar" or int(label) >= 0]
            overall = self._plain_mean([found[label] for label in kept], [k for label in kept for k, _ in parts[label]])
        numbers = {label: own for label, (own, _) in found.items()}
        return self._set(numbers, {label: lines for label, (_, lines) in found.items()}, overall)

    def _parts(self, by: str, after: Sequence[int]) -> dict[str, Part]:
        """Return which effects are averaged, by label, in order."""

        def key(k: int) -> int:
            one = self.effects[k]
            return {"dynamic": one.period - one.cohort, "cohort": one.cohort, "calendar": one.period}[by]

        among = range(len(self.effects)) if by == "dynamic" else after
        values = sorted({key(k) for k in among})
        return {
            str(value) if by == "dynamic" else self.panel.periods[value]: [
                (k, Fraction(1)) for k in among if key(k) == value
            ]
            for value in values
        }

    def _average(self, part: Part) -> tuple[Numbers, Lines]:
        """Return the average of some effects by the shares of their cohorts, and its parts by cluster."""
        units, n = self.panel.units, len(self.panel.units)
        cohorts = sorted({self.effects[k].cohort for k, _ in part})
        share = {g: Fraction(sum(unit.start == g for unit in units), n) for g in cohorts}
        total = sum((c * share[self.effects[k].cohort] for k, c in part), Fraction(0))
        weights = {k: c * share[self.effects[k].cohort] / total for k, c in part}
        means = [
            sum(w * Fraction(getattr(self.effects[k], name)) for k, w in weights.items())
            for name in ("treated", "counterfactual")
        ]
        lines = self._mixed([(float(w), self.lines[k]) for k, w in weights.items()])
        if self.drawn:
            self._add_shares(lines, part, weights, share)
        return self._judged(means[0], means[1], lines, [k for k, _ in part]), lines

    def _add_shares(self, lines: Lines, part: Part, weights: dict[int, Fraction], share: dict[int, Fraction]) -> None:
        """Add the clusters' parts in the shares: ∂wₖ/∂p_g = (cₖ 1{k of g} - wₖ Σⱼ cⱼ 1{j of g}) / Σ cⱼ p."""
        units, n = self.panel.units, len(self.panel.units)
        total = sum((c * share[self.effects[k].cohort] for k, c in part), Fraction(0))
        for g, own_share in share.items():
            own = sum((c for k, c in part if self.effects[k].cohort == g), Fraction(0))
            moved = [0.0] * self.count
            for unit, c in zip(units, self.clusters, strict=True):
                moved[c] += float(int(unit.start == g) - own_share) / n
            for line, name in zip(lines, ("treated", "counterfactual"), strict=True):
                slope = float(
                    sum(
                        (c * int(self.effects[k].cohort == g) - weights[k] * own)
                        * Fraction(getattr(self.effects[k], name))
                        for k, c in part
                    )
                    / total
                )
                line[:] = [value + slope * extra for value, extra in zip(line, moved, strict=True)]

    def _mixed(self, weighted: Sequence[tuple[float, Lines]]) -> Lines:
        """Return weighted sums of parts."""
        first, second = ([fsum(w * own[m][c] for w, own in weighted) for c in range(self.count)] for m in (0, 1))
        return first, second

    def _plain_mean(self, found: Sequence[tuple[Numbers, Lines]], used: Sequence[int]) -> Numbers:
        """Return the plain mean of averages."""
        n = len(found)
        means = [sum(Fraction(own[name]) for own, _ in found) / n for name in ("treated_mean", "counterfactual_mean")]
        lines = self._mixed([(1 / n, own) for _, own in found])
        return self._judged(means[0], means[1], lines, used)

    def _judged(self, treated: Value, counterfactual: Value, lines: Lines, used: Sequence[int]) -> Numbers:
        """Return the numbers of an average; without inference where one of its effects has none."""
        without = [self.numbers[k]["unavailable"] for k in used if self.numbers[k]["unavailable"] is not None]
        df = min((self.numbers[k]["df"] for k in used if self.numbers[k]["df"] is not None), default=inf)
        return self._joined(treated, counterfactual, lines, df, without[0] if without else None)

    def _joined(
        self,
        treated: Value,
        counterfactual: Value,
        lines: Lines,
        df: float,
        reason: str | None,
    ) -> Numbers:
        spread = Sandwich(self._covariance(*lines), [0.0] * 3, [0.0] * 5, df)
        means = _means(treated, counterfactual)
        return means | inference_numbers(means["estimate"], spread, reason)

    def _set(
        self,
        numbers: Mapping[str, Numbers],
        lines: Mapping[str, Lines],
        overall: Numbers | None = None,
    ) -> Numbers:
        """Return the members of a set, and how they are combined."""

        def combine(weights: Mapping[str, Fraction]) -> Numbers:
            means = [
                weighed(weights.values(), [numbers[label][name] for label in weights], rounded=True)
                for name in ("treated_mean", "counterfactual_mean")
            ]
            joint = self._mixed([(float(w), lines[label]) for label, w in weights.items()])
            without = [numbers[label]["unavailable"] for label in weights if numbers[label]["unavailable"] is not None]
            df = min((own["df"] for own in numbers.values() if own["df"] is not None), default=inf)
            return self._joined(means[0], means[1], joint, df, without[0] if without else None)

        return {"members": dict(numbers) | ({} if overall is None else {"overall": overall}), "combine": combine}


def _means(treated: Value, counterfactual: Value) -> Numbers:
    return {
        "treated_mean": treated,
        "counterfactual_mean": counterfactual,
        "estimate": Fraction(treated) - Fraction(counterfactual),
    }


def _pairs(first: Sequence[float], second: Sequence[float]) -> tuple[tuple[Sequence[float], Sequence[float]], ...]:
    return (first, first), (first, second), (second, second)
