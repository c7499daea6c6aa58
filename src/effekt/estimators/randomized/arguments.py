"""The options of a randomised trial, and whether they agree with each other."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from effekt import _linalg
from effekt._validation import check_option, join_words
from effekt.exceptions import ArgumentError
from effekt.roles import Outcome, as_outcome

Adjustment: TypeAlias = Literal["lin", "additive", "none"]
TrialEstimand: TypeAlias = Literal["ATE", "ATT"]
Population: TypeAlias = Literal["super", "finite"]
Variance: TypeAlias = Literal["HC0", "HC1", "HC2", "HC3", "welch", "CR0", "CR1", "CR1S", "CR2", "CR3"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("lin", "additive", "none")
UNIT_VARIANCES = (*_linalg.UNIT_VARIANCES, "welch")


def check_outcome(outcome: Any) -> Outcome:
    """The outcome, one column of it."""
    measured = as_outcome(outcome)
    if len(measured.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a randomised trial; got {measured.column!r}. Divide the columns first, "
            "and say in `unit` what the ratio is."
        )
    return measured


def check_roles(
    outcome: Outcome, treatment: object, covariates: tuple[str, ...], block: object, cluster: object
) -> None:
    """Each column is a name and plays one role."""
    roles: dict[str, str] = {}
    named = [("outcome", outcome.name), ("treatment", treatment), *(("covariates", name) for name in covariates)]
    for role, column in [*named, *((r, c) for r, c in (("block", block), ("cluster", cluster)) if c is not None)]:
        if not isinstance(column, str):
            raise ArgumentError(f"`{role}` must be a column name; got {column!r}.")
        if column in roles:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{roles[column]}` and `{role}`.")
        roles[column] = role


def check_options(
    adjustment: object,
    estimand: object,
    population: object,
    variance: object,
    covariates: tuple[str, ...],
    block: str | None,
    cluster: str | None,
) -> str:
    """The name of the variance, when the options agree with each other."""
    check_option("adjustment", adjustment, ADJUSTMENTS)
    check_option("estimand", estimand, ("ATE", "ATT"))
    check_option("population", population, ("super", "finite"))
    if adjustment == "none" and covariates:
        raise ArgumentError("`adjustment` 'none' takes no covariates; leave them out, or choose 'lin' or 'additive'.")
    if adjustment == "additive" and not covariates and block is None:
        raise ArgumentError("`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.")
    if variance is None:
        return "HC2" if cluster is None else "CR2"
    check_option("variance", variance, (*UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES))
    allowed = UNIT_VARIANCES if cluster is None else _linalg.CLUSTER_VARIANCES
    if variance not in allowed:
        listed = join_words(map(repr, allowed))
        raise ArgumentError(
            f"`variance` must be {listed} {'without' if cluster is None else 'with'} a cluster; got {variance!r}."
        )
    if variance == "welch" and (covariates or block is not None):
        raise ArgumentError("`variance` 'welch' takes no covariates or block; leave them out, or choose 'HC2'.")
    return str(variance)
