"""Balance of a match in columns it was not made on, and in squares and products of those it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from effekt._types import Table
from effekt._validation import check_names, plural
from effekt.diagnostics.balance import covariate_balance
from effekt.estimators.matching.design import read_treatment
from effekt.estimators.matching.methods import METHODS
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic
from effekt.tables import as_table, covariates_of, select_covariates


def further_balance(
    data: Table,
    arguments: Mapping[str, Any],
    units: Mapping[str, tuple[bool, float]],
    covariates: Any,
    *,
    squares: bool,
    interactions: bool,
) -> Diagnostic:
    """See `Match.balance_of`; `units` are treatment and weight by name."""
    names, unit, treatment = check_names("covariates", covariates), arguments["unit"], arguments["treatment"]
    for option, given in (("squares", squares), ("interactions", interactions)):
        if not isinstance(given, bool):
            raise ArgumentError(f"`{option}` must be True or False; got {given!r}.")
    if not names:
        raise ArgumentError("`covariates` must name at least one column; got none.")
    for name in names:
        if name in (unit, treatment):
            role = "unit" if name == unit else "treatment"
            raise ArgumentError(f"Column {name!r} must play one role; it is the match's `{role}`.")
    rows = select_covariates(as_table(data), covariates=names, numbers=(treatment,), labels=(unit,))
    rows.refuse_repeats((unit,), "Give one row per unit.")
    treated, labels = read_treatment(rows, treatment), rows.labels[unit]
    absent = len(units.keys() - set(labels.names))
    if absent:
        raise DataError(
            f"Column {unit!r} must name every unit of the match; {plural(absent, 'unit')} had no row. Use the table "
            "that the match was made on, with further columns."
        )
    found = [units.get(name) for name in labels.names]
    arm = np.array([-1 if one is None else int(one[0]) for one in found])[labels.codes]
    rows.refuse(
        (arm >= 0) & (arm != treated),
        treatment,
        "must hold 1 for the treated and 0 for the controls of the match",
        "Use the table that the match was made on.",
    )
    order, every = np.argsort(labels.codes), covariates_of(rows, names, every=True)
    return covariate_balance(
        covariates=np.column_stack([column[order] for column in every.columns]),
        names=every.names,
        treated=treated[order],
        weights=np.array([0.0 if one is None else one[1] for one in found]),
        estimand=arguments["estimand"],
        squares=squares,
        interactions=interactions,
        adjustment="weighting" if METHODS[arguments["method"]].weighs else "matching",
    )
