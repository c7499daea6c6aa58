"""Second route for several effects of one trial: each by itself, so that what joins them is not recomputed.

A member is ``randomized_trial`` on its rows: all for an outcome, an arm and the control group, a subgroup.
A combination of members has its means from here, and no standard error.
"""

from collections.abc import Iterator, Mapping, Sequence

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Cell, Columns, column, complete, label, labels
from effekt.independent.trials.randomized_trial import randomized_trial

Written = str | Mapping[str, object]


def randomized_trials(
    columns: Columns,
    *,
    outcome: Written | Sequence[Written],
    treatment: str,
    arms: Mapping[str, Cell] | Sequence[Cell] | None = None,
    control: Cell | None = None,
    subgroup: str | None = None,
    covariates: Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    weights: Mapping[str, str] | None = None,
    pairs: str | None = None,
    probability: str | None = None,
    adjustment: str = "lin",
    estimand: str = "ATE",
    population: str | None = None,
    cluster_weighted: bool = False,
    exposure: str | None = None,
    variance: str | None = None,
    inference: str = "asymptotic",
    missing: str = "raise",
    statistic: str = "estimate",
    draws: int = 9_999,
    rng: object = None,
) -> dict[str, object]:
    """Return under ``members`` what ``randomized_trial`` returns for each outcome, arm or subgroup."""

    def one(rows: Columns, name: str) -> dict[str, object]:
        return randomized_trial(
            rows,
            outcome=name,
            treatment=treatment,
            covariates=covariates,
            block=block,
            cluster=cluster,
            weights=weights,
            pairs=pairs,
            probability=probability,
            adjustment=adjustment,
            estimand=estimand,
            population=population,
            cluster_weighted=cluster_weighted,
            exposure=exposure,
            variance=variance,
            inference=inference,
            missing=missing,
            statistic=statistic,
            draws=draws,
            rng=rng,
        )

    listed = members(columns, outcome, treatment, arms, control, subgroup, missing)
    return {"members": {title: one(rows, name) for title, rows, name in listed}}


def members(
    columns: Columns,
    outcome: Written | Sequence[Written],
    treatment: str,
    arms: Mapping[str, Cell] | Sequence[Cell] | None,
    control: Cell | None,
    subgroup: str | None,
    missing: str,
) -> Iterator[tuple[str, Columns, str]]:
    """Return the name of each outcome, arm or subgroup, its rows with a treatment of 0 and 1, and its outcome."""
    if not isinstance(outcome, str | Mapping):
        yield from ((name, columns, name) for name in map(_column, outcome))
        return
    name = _column(outcome)
    if subgroup is not None:
        columns = complete(columns, [subgroup], missing)
        own = labels(columns, subgroup)
        for group in sorted(set(own)):
            yield group, _rows(columns, [i for i, found in enumerate(own) if found == group]), name
        return
    if arms is None or control is None:
        raise ArgumentError(
            "several effects need a list of outcomes, arms with a control group, or a subgroup; give one."
        )
    columns = complete(columns, [treatment], missing)
    listed = arms if isinstance(arms, Mapping) else {label(value): value for value in arms}
    assigned = [label(cell) for cell in column(columns, treatment)]
    for title, value in listed.items():
        coded = {label(value): 1, label(control): 0}
        kept = [i for i, found in enumerate(assigned) if found in coded]
        yield title, {**_rows(columns, kept), treatment: [coded[assigned[i]] for i in kept]}, name


def _column(written: Written) -> str:
    """Return the column of an outcome as a contract has it."""
    found = written["column"] if isinstance(written, Mapping) else written
    if not isinstance(found, str):
        raise ArgumentError("an outcome of a trial must be one column; name it.")
    return found


def _rows(columns: Columns, kept: Sequence[int]) -> dict[str, list[Cell]]:
    """Return some rows of every column."""
    return {name: [cells[i] for i in kept] for name, cells in columns.items()}
