"""Matched control groups: who is compared with whom, decided before anyone reads the outcome.

The treated are compared with the untreated who had the nearest odds of treatment given the covariates (Rosenbaum &
Rubin 1985, doi:10.1080/00031305.1985.10479383). Only the named columns are read, so a `Match` can be fixed, signed and
shown before `matched_comparison` opens the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import check_integer, check_names, check_number, check_option, join_words
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import pooled_sd, propensity_overlap
from effekt.estimators._match import Match, MatchCounts, pair_table, pairs_digest, set_weights
from effekt.estimators._neighbours import (
    Change,
    KeyedLine,
    Links,
    Problem,
    check_links,
    link_with_replacement,
    tie_values,
    unit_keys,
)
from effekt.estimators._propensity import fit_propensity
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, Note
from effekt.tables import Selection, as_table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cohort:
    """Checked arrays, one row per unit, sorted by unit.

    Attributes
    ----------
    units : tuple of str, length n
    treated : (n,) bool array
    covariates : (n, p) array
    strata : (n,) integer array
        Numbers the combinations of exact columns.
    n_dropped : int
    """

    units: tuple[str, ...]
    treated: BoolArray
    covariates: FloatArray
    strata: IntArray
    n_dropped: int


def match_controls(
    data: Table,
    *,
    unit: str,
    treatment: str,
    covariates: str | Sequence[str],
    exact: str | Sequence[str] = (),
    method: Literal["nearest"] = "nearest",
    distance: Literal["propensity"] = "propensity",
    caliper: float | None = None,
    ratio: int = 1,
    replace: bool = False,
    estimand: Literal["ATT"] = "ATT",
    salt: str = "",
    tie_orders: int = 100,
    missing: Missing = "raise",
) -> Match:
    """Who is compared with whom: for each treated unit the controls with the nearest propensity of treatment.

    Only the columns named here are read, so the match can be fixed before anyone sees the outcome.

    Parameters
    ----------
    data : table
        One row per unit.
    unit : str
        Column that identifies people; each occurs once.
    treatment : str
        Column of 0 (control) and 1 (treated).
    covariates : str or list of str
        Numeric columns measured before treatment; categories as 0/1 columns.
    exact : str or list of str
        Columns in which a treated unit and its controls must agree.
    method : {"nearest"}
        Greedy nearest neighbours: treated units come by falling propensity, each takes all of its controls in its turn.
    distance : {"propensity"}
        Difference in the logit of a propensity estimated by logistic regression on the covariates.
    caliper : float, optional
        Largest distance, in standard deviations √((s₁² + s₀²)/2) of the logit before matching.
    ratio : int
        Controls for each treated unit; a shortfall is counted.
    replace : bool
        Whether a control can serve several treated units. If so, all controls tied at the last wanted distance are
        kept, with equal weights.
    estimand : {"ATT"}
        The effect on the treated.
    salt : str
        Key of the order of `unit` that breaks ties without replacement: by SHA-256 of the salt followed by the unit.
    tie_orders : int
        How many further orders are tried when a tie was broken, so that the range of the estimate can be told.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.

    Returns
    -------
    Match
        With balance before and after, overlap, and the restricted pairs.

    Raises
    ------
    DataError
        For a repeated unit, a treatment other than 0 and 1, fewer than two units in an arm, a covariate that is
        constant or collinear, covariates that separate the arms, no common value of the exact columns, or no pair
        within the caliper.
    ArgumentError
        For options that break their rule.

    Notes
    -----
    Distances and logits that differ by at most 1e-12, relative to their size (absolute below 1), are tied. The result
    does not depend on the order of the rows.

    Matching is of use if, given the covariates, treatment does not depend on what the outcome would have been without
    it, and if controls exist where the treated are: see `Match.balance` and `Match.overlap`.

    References
    ----------
    Rosenbaum, P. R. & Rubin, D. B. (1985). Constructing a control group using multivariate matched sampling methods
    that incorporate the propensity score. *The American Statistician* 39(1), 33–38.
    doi:10.1080/00031305.1985.10479383

    Austin, P. C. (2011). Optimal caliper widths for propensity-score matching when estimating differences in means and
    differences in proportions in observational studies. *Pharmaceutical Statistics* 10(2), 150–161.
    doi:10.1002/pst.433

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "person": ["a", "b", "c", "d", "e", "f", "g"],
    ...     "trained": [1, 1, 1, 0, 0, 0, 0],
    ...     "age": [32, 41, 50, 25, 38, 44, 33],
    ... }
    >>> match = effekt.match_controls(data, unit="person", treatment="trained", covariates="age")
    >>> [(pair.treated, pair.control) for pair in match.pairs]
    [('a', 'g'), ('b', 'e'), ('c', 'f')]
    """
    settings: dict[str, Any] = {
        "unit": unit,
        "treatment": treatment,
        "covariates": list(check_names("covariates", covariates)),
        "exact": list(check_names("exact", exact)),
        "method": method,
        "distance": distance,
        "caliper": None if caliper is None else check_number("caliper", caliper),
        "ratio": check_integer("ratio", ratio, 1),
        "replace": replace,
        "estimand": estimand,
        "salt": salt,
        "tie_orders": check_integer("tie_orders", tie_orders, 1),
        "missing": missing,
    }
    _check_settings(settings)
    cohort = _read_cohort(data, settings)
    propensity = fit_propensity(cohort.treated, cohort.covariates, settings["covariates"])
    width = None if caliper is None else caliper * pooled_sd(propensity.logit, cohort.treated)
    problem = Problem(
        treated=cohort.treated,
        strata=cohort.strata,
        logit=tie_values(propensity.logit),
        ratio=ratio,
        width=math.inf if width is None else width,
    )
    links, changes, by_order = _link(problem, cohort.units, settings)
    weight = set_weights(links.treated)
    check_links(problem, links, weight, replace=replace)
    weights = np.where(np.isin(np.arange(len(cohort.units)), links.treated), 1.0, 0.0)
    np.add.at(weights, links.control, weight)
    counts = _counts(cohort, links, ratio, by_order)
    balance = covariate_balance(
        covariates=cohort.covariates, names=settings["covariates"], treated=cohort.treated, weights=weights
    )
    overlap = propensity_overlap(logit=problem.logit, treated=cohort.treated, strata=cohort.strata, weights=weights)
    table = pair_table(cohort.units, links, problem.logit, changes)
    return Match(
        arguments=settings,
        counts=counts,
        intercept=propensity.intercept,
        coefficients=dict(zip(settings["covariates"], propensity.coefficients, strict=True)),
        caliper_width=width,
        balance=balance,
        overlap=overlap,
        notes=_notes(counts, ratio, balance, overlap),
        pairs_digest=pairs_digest(salt, table.to_json()),
        table=table,
    )


# --- settings and data ----------------------------------------------------------------------------------------------


def _check_settings(settings: Mapping[str, Any]) -> None:
    for name, choices in (("method", ("nearest",)), ("distance", ("propensity",)), ("estimand", ("ATT",))):
        check_option(name, settings[name], choices)
    for name, kind, noun in (
        ("unit", str, "a column name"),
        ("treatment", str, "a column name"),
        ("salt", str, "text"),
    ):
        if not isinstance(settings[name], kind):
            raise ArgumentError(f"`{name}` must be {noun}; got {settings[name]!r}.")
    if not isinstance(settings["replace"], bool):
        raise ArgumentError(f"`replace` must be True or False; got {settings['replace']!r}.")
    if settings["caliper"] is not None and settings["caliper"] <= 0:
        raise ArgumentError(
            f"`caliper` must be a positive number of standard deviations, or None; got {settings['caliper']!r}."
        )
    if not settings["covariates"]:
        raise ArgumentError("`covariates` must name at least one column; got none.")
    roles = [("unit", settings["unit"]), ("treatment", settings["treatment"])]
    for role, column in roles:
        others = [*roles, *((other, name) for other in ("covariates", "exact") for name in settings[other])]
        also = [other for other, name in others if name == column and other != role]
        if also:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{role}` and `{also[0]}`.")


def _read_cohort(data: Table, settings: Mapping[str, Any]) -> Cohort:
    unit, treatment, exact = settings["unit"], settings["treatment"], settings["exact"]
    rows = as_table(data).select(
        numbers=(treatment, *settings["covariates"]), labels=(unit, *exact), missing=settings["missing"]
    )
    rows.refuse_repeats((unit,), "Give one row per unit.")
    treated = read_treatment(rows, treatment)
    for arm, count in (("treated", int(treated.sum())), ("control", int((~treated).sum()))):
        if count < 2:
            found = "is no" if count == 0 else "is only one"
            raise DataError(
                f"Column {treatment!r} must hold 0 (control) and 1 (treated) in at least two rows each; there {found} "
                f"{arm} row. Give the rows of both arms."
            )
    strata = np.zeros(len(rows), np.intp)
    for name in exact:
        labels = rows.labels[name]
        strata = np.unique(strata * len(labels.names) + labels.codes, return_inverse=True)[1]
    if not np.intersect1d(strata[treated], strata[~treated]).size:
        alone = len(exact) == 1
        raise DataError(
            f"{'Column' if alone else 'Columns'} {join_words(map(repr, exact), 'and')} must have a "
            f"{'value' if alone else 'combination of values'} that both treated and controls have; there is none. "
            "Leave out of `exact`, or merge values."
        )
    order = np.argsort(rows.labels[unit].codes)
    columns = [rows.numbers[name][order] for name in settings["covariates"]]
    return Cohort(
        units=rows.labels[unit].names,
        treated=treated[order],
        covariates=np.column_stack(columns),
        strata=strata[order],
        n_dropped=rows.n_dropped,
    )


def read_treatment(rows: Selection, treatment: str) -> BoolArray:
    """Which rows are treated; anything but 0 and 1 raises."""
    assigned = rows.numbers[treatment]
    rows.refuse(
        (assigned != 0) & (assigned != 1),
        treatment,
        "must hold 0 (control) or 1 (treated)",
        "Recode it, and leave rows of other arms out.",
    )
    return np.asarray(assigned == 1)


def _link(problem: Problem, units: Sequence[str], settings: Mapping[str, Any]) -> tuple[Links, tuple[Change, ...], int]:
    """The pairs, what other tie orders change, and how many pairs the order decided."""
    changes: tuple[Change, ...] = ()
    by_order = 0
    if settings["replace"]:
        links = link_with_replacement(problem)
    else:
        line = KeyedLine(problem, unit_keys(settings["salt"], units))
        links, by_order = line.links, line.n_decided
        changes = tuple(line.changes(settings["tie_orders"])) if line.depends_on_order else ()
    if not len(links.treated):
        raise DataError(
            f"`caliper` must leave some treated unit with a control; within {settings['caliper']!r} standard "
            f"deviations of the logit none of {int(problem.treated.sum())} has one. Widen it, or conclude that the "
            "groups cannot be compared."
        )
    return links, changes, by_order


def _counts(cohort: Cohort, links: Links, ratio: int, by_order: int) -> MatchCounts:
    n_treated = int(cohort.treated.sum())
    sizes, times = np.unique(np.bincount(links.treated, minlength=1)[np.unique(links.treated)], return_counts=True)
    matched = int(times.sum())
    return MatchCounts(
        treated=n_treated,
        controls=len(cohort.units) - n_treated,
        dropped=cohort.n_dropped,
        matched=matched,
        unmatched=n_treated - matched,
        controls_used=len(np.unique(links.control)),
        pairs=len(links.treated),
        short=int(times[sizes < ratio].sum()),
        by_order=by_order,
        controls_per_treated=tuple(zip(sizes.tolist(), times.tolist(), strict=True)),
    )


# --- words ----------------------------------------------------------------------------------------------------------


def _notes(counts: MatchCounts, ratio: int, balance: Diagnostic, overlap: Diagnostic) -> tuple[Note, ...]:
    notes = {}
    if counts.unmatched:
        notes["unmatched"] = Text(
            en=f"{format_number(counts.unmatched, 'en')} of {format_number(counts.treated, 'en')} treated units have "
            "no control and are left out, so the estimand changed from the effect on the treated (ATT) to the ATT "
            "among the matched.",
            sv=f"{format_number(counts.unmatched, 'sv')} av {format_number(counts.treated, 'sv')} behandlade enheter "
            "saknar kontroll och är uteslutna, så det som skattas är inte längre effekten på alla behandlade (ATT) "
            "utan på de matchade.",
        )
    if counts.short:
        notes["shortfall"] = Text(
            en=f"{format_number(counts.short, 'en')} of {format_number(counts.matched, 'en')} matched treated units "
            f"have fewer than the {ratio} controls asked for.",
            sv=f"{format_number(counts.short, 'sv')} av {format_number(counts.matched, 'sv')} matchade behandlade "
            f"enheter har färre än de {ratio} kontroller som begärts.",
        )
    if balance.status == "warning":
        notes["imbalance"] = balance.statement
    if overlap.status == "failed":
        notes["poor_overlap"] = overlap.statement
    return tuple(Note(code=code, text=text) for code, text in notes.items())
