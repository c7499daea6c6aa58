"""Bounds on a trial's two means where outcomes are missing, for the second route, in exact fractions.

Worst cases (Horowitz & Manski 2000, doi:10.1080/01621459.2000.10473902): every missing outcome of the treated is the
smallest possible one and every missing outcome of the controls the largest (lower bound), or the reverse (upper).

Trimming (Lee 2009, doi:10.1111/j.1467-937X.2009.00536.x, proposition 1): with a_1 and a_0 the shares seen, in the arm
that is seen more of a mass of the other arm's share is kept, from the bottom or the top of its outcomes; the lower
bound keeps the lowest treated or the highest controls. Each row has the weight that it has in its arm's mean: with
blocks or pairs b of the share s_b of the target, s_b·v/V_b, V_b the sum of v over the rows of the arm in b.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from effekt.independent.columns import Columns, column, complete, label, number, numbers, total
from effekt.independent.limits import NotRepeatedError
from effekt.independent.trials.counted_trial import counting, repeated, weight_column
from effekt.independent.trials.randomized_trial import randomized_trial
from effekt.independent.trials.several_trials import members
from effekt.independent.trials.trial_rows import complete_trial

Numbers = dict[str, object]
ROLES = ("block", "cluster", "pairs", "probability", "exposure")
OPTIONS = (
    *(*ROLES, "weights", "covariates", "adjustment", "estimand", "population", "cluster_weighted", "variance"),
    *("inference", "statistic", "missing", "draws", "rng"),
)
COUNTS = ("exact_poisson", "quasi_poisson")
EQUAL = Fraction(1, 10**12)  # shares seen that differ by less than this part of the larger are equal


class Row(NamedTuple):
    """One who was assigned: the outcome where it is seen, and the weight in the arm's mean."""

    outcome: Fraction | None
    weight: Fraction


def trial_bounds(
    columns: Columns,
    *,
    outcome: str,
    treatment: str,
    outcome_range: tuple[Any, Any] | None = None,
    **options: Any,
) -> dict[str, Numbers]:
    """Return both means at each bound, such as 'lee_bounds lower'; nothing where no outcome is missing.

    `options` are the other arguments of ``randomized_trial``.
    """
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise NotRepeatedError(
            f"the second route has no bounds with the argument {unknown[0]!r}; leave it out.",
            f"den saknar gränser med argumentet {unknown[0]}.",
        )
    known = _known(columns, treatment)
    seen = _outcomes(known, outcome)
    if None not in seen:
        return {}
    everyone = _everyone(known, outcome, treatment, options)
    own = _outcomes(everyone, outcome)
    arms = [[i for i, arm in enumerate(numbers(everyone, treatment)) if arm == own_arm] for own_arm in (1, 0)]
    if None not in own:
        return {}
    enough = min(sum(own[i] is not None for i in arm) for arm in arms) >= 2
    found: dict[str, Numbers] = {}
    if enough and options.get("exposure") is None:
        weights = _row_weights(everyone, treatment, options)
        treated, controls = ([Row(own[i], weights[i]) for i in arm] for arm in arms)
        found["lee_bounds lower"] = _two(*trimmed(treated, controls))
        found["lee_bounds upper"] = _two(*reversed(trimmed(controls, treated)))
    ends = _range(seen, outcome_range, options)
    if ends is not None and (enough or not _are_alike(options)):
        for side, written in (("lower", ends), ("upper", ends[::-1])):
            found[f"manski_bounds {side}"] = _completed(everyone, outcome, treatment, written, options)
    return found


def several_bounds(
    columns: Columns,
    *,
    outcome: Any,
    treatment: str,
    arms: Any = None,
    control: Any = None,
    subgroup: str | None = None,
    missing: str = "raise",
    outcome_range: tuple[Any, Any] | None = None,
    **options: Any,
) -> dict[str, dict[str, Numbers]]:
    """Return the bounds of each outcome, arm or subgroup of ``randomized_trials``."""
    return {
        title: trial_bounds(rows, outcome=name, treatment=treatment, outcome_range=outcome_range, **options)
        for title, rows, name in members(columns, outcome, treatment, arms, control, subgroup, missing)
    }


def trimmed(low: list[Row], high: list[Row]) -> tuple[Fraction, Fraction]:
    """Return the lowest mean of one arm and the highest of the other that trimming gives."""
    shares = [total(row.weight for row in arm if row.outcome is not None) for arm in (low, high)]
    equal = abs(shares[0] - shares[1]) <= EQUAL * max(shares)
    kept = [share if equal else min(shares) for share in shares]
    return _end(low, kept[0], from_the_top=False), _end(high, kept[1], from_the_top=True)


def _end(arm: list[Row], mass: Fraction, *, from_the_top: bool) -> Fraction:
    """Return the mean of a mass at one end of the outcomes seen, the row at the edge with what is left."""
    seen = sorted(((row.outcome, row.weight) for row in arm if row.outcome is not None), reverse=from_the_top)
    left, sum_of = mass, Fraction(0)
    for value, weight in seen:
        part = min(weight, left)
        sum_of, left = sum_of + part * value, left - part
    return sum_of / (mass - left)


def _two(treated: Fraction, control: Fraction) -> Numbers:
    return {"treated_mean": treated, "counterfactual_mean": control, "estimate": treated - control}


def _is_empty(cell: object) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())


def _outcomes(columns: Columns, outcome: str) -> list[Fraction | None]:
    """Return the outcomes, None where one is missing."""
    return [None if _is_empty(cell) else number(cell) for cell in column(columns, outcome)]


def _known(columns: Columns, treatment: str) -> Columns:
    """Return the rows of one of the two arms."""
    cells = column(columns, treatment)
    kept = [i for i, cell in enumerate(cells) if not _is_empty(cell) and number(cell) in (0, 1)]
    return {name: [values[i] for i in kept] for name, values in columns.items()}


def _are_alike(options: Mapping[str, Any]) -> bool:
    """Return whether units were assigned one by one, each with the same chance, and count alike."""
    return all(options.get(name) is None for name in (*ROLES, "weights"))


def _everyone(known: Columns, outcome: str, treatment: str, options: Mapping[str, Any]) -> Columns:
    """Return all who were assigned and have what the design rests on; covariates do not count."""
    if _are_alike(options):
        return known
    weighed = None if options.get("weights") is None else weight_column(options["weights"])
    roles = [options.get(name) for name in ROLES] + ([weighed[0]] if weighed else [])
    used = [treatment, *(name for name in roles if name is not None)]
    rows = complete_trial(complete(known, used, "drop"), used, treatment, options.get("block"), "drop")
    if options.get("pairs") is not None:
        rows = complete_trial(rows, used, treatment, options["pairs"], "drop")
    return repeated(rows, weighed[0]) if weighed and weighed[1] == "frequency" else rows


def _row_weights(rows: Columns, treatment: str, options: Mapping[str, Any]) -> list[Fraction]:
    """Return what each row counts for in its arm's mean."""
    d = [int(value) for value in numbers(rows, treatment)]
    weighed = None if options.get("weights") is None else weight_column(options["weights"])
    if weighed is not None and weighed[1] == "frequency":
        weighed = None  # the rows stand there as often
    equal = [label(cell) for cell in column(rows, options["cluster"])] if options.get("cluster_weighted") else None
    estimand = options.get("estimand", "ATE")
    counts, fits = counting(rows, d, weighed, None, options.get("probability"), equal, estimand)
    groups = options.get("pairs") or options.get("block")
    names = ["" for _ in d] if groups is None else [label(cell) for cell in column(rows, groups)]
    sums: dict[tuple[str, int], Fraction] = {}
    target: dict[str, Fraction] = {}
    for name, arm, count, fit in zip(names, d, counts, fits, strict=True):
        sums[name, arm] = sums.get((name, arm), Fraction(0)) + fit
        target[name] = target.get(name, Fraction(0)) + (count if arm == 1 or estimand == "ATE" else 0)
    if options.get("adjustment") == "additive" and options.get("block") is not None:
        target = {name: sums[name, 1] * sums[name, 0] / (sums[name, 1] + sums[name, 0]) for name in target}
    whole = total(target.values())
    return [target[name] / whole * fit / sums[name, arm] for name, arm, fit in zip(names, d, fits, strict=True)]


def _range(
    seen: list[Fraction | None], declared: tuple[Any, Any] | None, options: Mapping[str, Any]
) -> tuple[Fraction, Fraction] | None:
    """Return the smallest and largest possible outcome: as declared, or 0 and 1 where all seen are, and no counts."""
    if declared is not None:
        return number(declared[0]), number(declared[1])
    counts = {options.get("inference"), options.get("variance")} & set(COUNTS)
    shares = not counts and options.get("exposure") is None
    return (Fraction(0), Fraction(1)) if shares and all(value in (None, 0, 1) for value in seen) else None


def _completed(
    rows: Columns, outcome: str, treatment: str, ends: tuple[Fraction, Fraction], options: Mapping[str, Any]
) -> Numbers:
    """Return the means without covariates, with one end written in for the treated and the other for the controls."""
    written = [
        (ends[0] if arm == 1 else ends[1]) if value is None else value
        for value, arm in zip(_outcomes(rows, outcome), numbers(rows, treatment), strict=True)
    ]
    by_block = options.get("adjustment") == "additive" and options.get("block") is not None
    kept = ("block", "cluster", "pairs", "probability", "exposure", "estimand", "population", "cluster_weighted")
    weights = options.get("weights")
    if weights is not None and weights["kind"] == "frequency":
        weights = None
    found = randomized_trial(
        {**rows, outcome: written},
        outcome=outcome,
        treatment=treatment,
        weights=weights,
        adjustment="additive" if by_block else "lin",
        inference="none",
        **{name: options[name] for name in kept if name in options},
    )
    return {name: found[name] for name in ("treated_mean", "counterfactual_mean", "estimate")}
