"""What a doubly robust comparison says of outcomes that are missing: how many, in which arm, and the worst cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from effekt._inference import Inference, Means
from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt.diagnostics.attrition import differential_attrition
from effekt.estimators._aipw import Cohort
from effekt.estimators._level import without_level
from effekt.estimators._worst_case import NOT_TOLD, range_of, worst_case
from effekt.result import Diagnostic, Note
from effekt.roles import Outcome
from effekt.tables import Selection, covariates_of, select_covariates

Lost: TypeAlias = tuple[tuple[Diagnostic, ...], tuple[Note, ...]]
"""Checks and notes."""
Judge: TypeAlias = Callable[[Cohort, dict[str, Any]], tuple[Means, Inference]]

_KNOWN = {
    "ATE": Text(en="among all whose covariates are known", sv="bland alla vars kovariater är kända"),
    "ATC": Text(
        en="among all controls whose covariates are known", sv="bland alla kontroller vars kovariater är kända"
    ),
    "ATT": Text(en="among all treated whose covariates are known", sv="bland alla behandlade vars kovariater är kända"),
}
_NOT_WITH = Note(
    code="no_worst_case",
    text=Text(
        en="How far the effect could lie whatever the missing outcomes are is told with learner='parametric' and "
        "without `subgroup` alone.",
        sv="Hur långt bort effekten kan ligga vilka utfall som än saknas sägs bara med learner='parametric' och utan "
        "`subgroup`.",
    ),
)


def lost_outcomes(table: Any, cohort: Cohort, outcome: Outcome, arguments: dict[str, Any], judge: Judge) -> Lost:
    """Whether outcomes are missing more often in one arm of those who have all else, how many are, and the worst cases.

    `judge` gives means and inference of a cohort by the call's arguments.
    """
    named = tuple(name for name in (arguments["cluster"], arguments["subgroup"]) if name is not None)

    def known(*numbers: str) -> Selection:
        return select_covariates(
            table, covariates=arguments["covariates"], numbers=numbers, labels=named, missing="drop"
        )

    rows = known(arguments["treatment"])
    seen = known(outcome.name, arguments["treatment"]).rows  # as in the cohort
    gone, treated = ~np.isin(rows.rows, seen), rows.numbers[arguments["treatment"]] == 1
    incomplete = _incomplete(
        table.select(numbers=(outcome.name, arguments["treatment"]), missing="drop"), seen, arguments
    )
    if not gone.any():
        return (), incomplete
    check = differential_attrition(gone, treated.astype(float), clustered=cohort.cluster is not None)
    counts = [int(np.sum(part)) for part in (gone & treated, treated, gone & ~treated, ~treated)]
    text = Text(
        en="Outcomes are missing of {} of {} treated and {} of {} controls whose covariates are known; the models are "
        "fitted to the others, and the effect is among them.".format(*counts),
        sv="Utfall saknas för {} av {} behandlade och {} av {} kontroller vars kovariater är kända; modellerna är "
        "skattade på de övriga, och effekten är den bland dem.".format(*counts),
    )
    worst, untold = _worst(cohort, rows, seen, arguments, judge)
    return (check, *worst), (Note(code="missing_outcomes", text=text), *incomplete, *untold)


def _incomplete(measured: Selection, seen: IntArray, arguments: dict[str, Any]) -> tuple[Note, ...]:
    """The note of those of each arm whose outcome is known and who lack another value."""
    treated, lacking = measured.numbers[arguments["treatment"]] == 1, ~np.isin(measured.rows, seen)
    if not lacking.any():
        return ()
    counts = [int(np.sum(part)) for part in (lacking & treated, treated, lacking & ~treated, ~treated)]
    text = Text(
        en="Another value is missing of {} of {} treated and {} of {} controls whose outcome is known; they are left "
        "out, and the effect is among the others.".format(*counts),
        sv="Ett annat värde saknas för {} av {} behandlade och {} av {} kontroller vars utfall är känt; de utesluts, "
        "och effekten är den bland de övriga.".format(*counts),
    )
    return (Note(code="incomplete_rows", text=text),)


def _worst(cohort: Cohort, rows: Selection, seen: IntArray, arguments: dict[str, Any], judge: Judge) -> Lost:
    """Bounds by the same models fitted to all whose covariates are known, or the note that there are none."""
    if arguments["learner"] != "parametric" or arguments["subgroup"] is not None:
        return (), (_NOT_WITH,)
    declared = arguments.get("outcome_range")
    ends = range_of(cohort.outcome, None if declared is None else (declared[0], declared[1]))
    if ends is None:
        return (), (NOT_TOLD,)
    everyone, values = _everyone(cohort, rows, seen, arguments)

    def compared(filled: FloatArray) -> tuple[Means, Inference]:
        return judge(replace(everyone, outcome=filled), arguments)

    return (worst_case(values, everyone.treated, ends, compared, _KNOWN[arguments["estimand"]]),), ()


def _everyone(cohort: Cohort, rows: Selection, seen: IntArray, arguments: dict[str, Any]) -> tuple[Cohort, FloatArray]:
    """All whose covariates are known, in an order of their own values alone, and their outcomes, NaN where missing."""
    by_row = np.argsort(rows.rows)
    values = np.full(len(rows), np.nan)
    values[by_row[np.searchsorted(rows.rows, seen, sorter=by_row)]] = cohort.outcome
    found = covariates_of(rows, arguments["covariates"])
    covariates = np.column_stack(found.columns)
    treated, name = rows.numbers[arguments["treatment"]] == 1, arguments["cluster"]
    cluster = np.zeros(len(rows), np.intp) if name is None else rows.labels[name].codes
    order = np.lexsort((values, *covariates.T, cluster, treated))
    everyone = replace(
        cohort,
        treated=treated[order],
        covariates=without_level(covariates[order]),
        names=found.names,
        cluster=None if name is None else cluster[order],
        group=np.zeros(len(rows), np.intp),
    )
    return everyone, values[order]
