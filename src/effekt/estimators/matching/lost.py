"""What is said where matched units have no outcome: who they are, and whose numbers the others are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from effekt._inference import Inference, Means
from effekt._text import Language, Text, format_number
from effekt._types import BoolArray, FloatArray
from effekt.diagnostics import differential_attrition
from effekt.estimators._worst_case import ADJUSTED, NOT_TOLD, range_of, worst_case
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.outcomes import Groups, Outcomes
from effekt.estimators.matching.units import UnitTable
from effekt.result import Diagnostic, Note


def attrition_of(units: UnitTable, there: BoolArray, *, clustered: bool, covariates: bool) -> tuple[Diagnostic, ...]:
    """Whether outcomes are missing more often in one arm of the matched than in the other; none where none is.

    Parameters
    ----------
    units : UnitTable
    there : (n,) bool array
        Which of them have an outcome.
    clustered : bool
        Whether groups of units are not independent: there is then no test of single units.
    covariates : bool
        Whether who lacks a covariate of the comparison counts as without an outcome.
    """
    matched = units.weight > 0
    if there[matched].all():
        return ()
    found = differential_attrition(~there[matched], units.treated[matched].astype(float), clustered=clustered)
    where = _WITH_COVARIATES if covariates else Text(en="Among the matched", sv="Bland de matchade")
    said = Text(en=f"{where.en}: {found.statement.en}", sv=f"{where.sv}: {found.statement.sv}")
    return (replace(found, statement=said),)


_Found: TypeAlias = tuple[tuple[Diagnostic, ...], tuple[Note, ...]]
_WITH_COVARIATES = Text(
    en="Among the matched, with the outcome taken as missing where a covariate of the comparison is",
    sv="Bland de matchade, där utfallet räknas som saknat när en kovariat i jämförelsen saknas",
)
_MATCHED = Text(en="among all who are matched", sv="bland alla matchade")


def worst_case_of(
    outcomes: Outcomes,
    match: Match,
    judged: Callable[[FloatArray, Groups], Inference] | None,
    outcome_range: tuple[float, float] | None,
    *,
    adjusted: bool,
) -> _Found:
    """Bounds of the effect on all who were matched, or the note why there are none; neither where none is missing.

    `judged` is None where there is no inference for everybody; `adjusted` says that a regression moves the means.
    """
    units, estimand = match.unit_table(), match.arguments["estimand"]
    matched = units.weight > 0
    values = np.where(matched, outcomes.values, 0.0)  # who is not matched has no part, whatever is written in
    if not np.isnan(values).any():
        return (), ()
    if adjusted:
        return (), (ADJUSTED,)
    ends = range_of(outcomes.values[matched], outcome_range)
    if ends is None:
        return (), (NOT_TOLD,)

    def compared(filled: FloatArray) -> tuple[Means, Inference | None]:
        everyone = values.copy()
        everyone[matched] = filled
        whole = outcomes.completed(everyone)
        groups = whole.groups(units, units.links(), estimand)
        exact = whole.means(groups)
        means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
        return means, None if judged is None else judged(everyone, groups)

    return (worst_case(values[matched], units.treated[matched], ends, compared, _MATCHED),), ()


def of_the_match(checks: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Checks of all who are matched, told as such where some of these have no outcome."""
    return tuple(
        replace(
            one,
            statement=Text(
                en=f"Of the match, before outcomes were lost: {one.statement.en}",
                sv=f"Om matchningen, före bortfallet av utfall: {one.statement.sv}",
            ),
        )
        for one in checks
    )


def missing_outcomes(units: UnitTable, there: BoolArray, used: BoolArray, *, covariates: bool) -> Text | None:
    """How many of the matched lack an outcome, have nobody left to compare with, and are compared, by arm."""
    matched = units.weight > 0
    if used[matched].all() and there[matched].all():
        return None
    groups = {"matched": matched, "lost": matched & ~there, "alone": matched & there & ~used, "used": used}
    counts = {
        name: (int(np.sum(rows & units.treated)), int(np.sum(rows & ~units.treated))) for name, rows in groups.items()
    }
    said = {name: Text(en=_arms(pair, "en"), sv=_arms(pair, "sv")) for name, pair in counts.items()}
    lack = Text(en="have no outcome", sv="utfall")
    if covariates:
        lack = Text(en="lack the outcome or a covariate of the comparison", sv="utfall eller en kovariat i jämförelsen")
    alone = Text(en="", sv="")
    if any(counts["alone"]):
        alone = Text(
            en=f", {said['alone'].en} have nobody left to compare with",
            sv=f", {said['alone'].sv} har ingen kvar att jämföras med",
        )
    return Text(
        en=f"Of {said['matched'].en} that are matched, {said['lost'].en} {lack.en}{alone.en} and "
        f"{said['used'].en} are compared. Rows dropped are all that lack a value, matched or not; every other row that "
        "is not compared was not matched or has nobody left. Counts, balance and overlap of the match are from before.",
        sv=f"Av {said['matched'].sv} som är matchade saknar {said['lost'].sv} {lack.sv}{alone.sv} och "
        f"{said['used'].sv} jämförs. Uteslutna rader är alla där ett värde saknas, matchade eller inte; varje annan "
        "rad som inte jämförs är omatchad eller har ingen kvar. Matchningens antal, balans och överlappning är från "
        "före bortfallet.",
    )


def _arms(pair: tuple[int, int], lang: Language) -> str:
    treated, controls = (format_number(count, lang) for count in pair)
    if lang == "en":
        return f"{treated} treated and {controls} {'control' if pair[1] == 1 else 'controls'}"
    return (
        f"{treated} {'behandlad' if pair[0] == 1 else 'behandlade'} och "
        f"{controls} {'kontroll' if pair[1] == 1 else 'kontroller'}"
    )
