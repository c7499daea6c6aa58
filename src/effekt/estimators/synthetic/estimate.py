"""What both public functions share: reading, comparing and stating the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from effekt._inference import Inference, Means, StudentT
from effekt._text import Text
from effekt._types import PERIODS, Missing, Period, Table
from effekt._validation import check_option, join_words
from effekt.estimators._called_totals import called_so, called_totals, called_treated
from effekt.estimators._prediction import prediction_interval
from effekt.estimators.synthetic.comparison import Rule
from effekt.estimators.synthetic.conformal import conformal_note
from effekt.estimators.synthetic.panel import Paths, read_paths
from effekt.estimators.synthetic.placebos import Found, find, placebo_inference
from effekt.estimators.synthetic.spread import check_groups, groups_note, placebo_spread
from effekt.estimators.synthetic.words import RATIOS, synthetic_diagnostics, synthetic_notes
from effekt.estimators.trend.checks import check_panel_roles
from effekt.estimators.trend.inference import BY_PLACEBOS
from effekt.estimators.trend.negative import negative_notes
from effekt.result import EffectEstimate, Note, Observed, OutcomePath, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import as_label


def estimate(
    data: Table,
    *,
    method: str,
    rule_of: Callable[[Paths], Rule],
    outcome: str | tuple[str, str] | Outcome,
    unit: str,
    time: str,
    treated: str | int | Sequence[str | int],
    first_treated: Any,
    last_evaluated: Any,
    period: Period,
    donors: str | int | Sequence[str | int] | None,
    inference: Literal["placebo", "placebo_variance", "conformal", "none"],
    missing: Missing,
    conformal: Callable[[Paths], Inference] | None = None,
    chosen: Mapping[str, Any] = MappingProxyType({}),
    further: tuple[Note, ...] = (),
) -> EffectEstimate:
    """The effect by a rule, with its placebos."""
    measured = as_outcome(outcome)
    check_panel_roles(measured, unit, time)
    check_option("period", period, PERIODS)
    offered = (*BY_PLACEBOS, *(() if conformal is None else ("conformal",)), "none")
    check_option("inference", inference, offered)
    paths, n_dropped = read_paths(
        data, measured, unit, time, period, treated, first_treated, last_evaluated, donors, missing
    )
    if inference == "placebo_variance":
        check_groups(paths)
    rule = rule_of(paths)
    found = find(paths, rule, inference in BY_PLACEBOS)
    moved = conformal(paths) if conformal is not None and inference == "conformal" else None
    spread = placebo_spread(paths, rule, found) if inference == "placebo_variance" else None
    means = Means(treated=paths.treated_after, counterfactual=paths.treated_after - found.actual.effect)
    by = next((one for one in (spread, moved) if one is not None), placebo_inference(found))
    return EffectEstimate(
        means=means,
        inference=by,
        estimand=_estimand(paths),
        outcome=measured,
        method=method,
        variance=_convention(found, spread, moved),
        sample=_sample(paths, n_dropped),
        observed=Observed(treated=paths.treated_after, control=paths.donors_after),
        arguments={
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "unit": unit,
            "time": time,
            "treated": list(paths.treated_units),
            "first_treated": as_label(first_treated),
            **({} if last_evaluated is None else {"last_evaluated": as_label(last_evaluated)}),
            "period": period,
            **chosen,
            "donors": None if donors is None else list(paths.donors),
            "inference": inference,
            "missing": missing,
        },
        diagnostics=(
            *synthetic_diagnostics(paths, found, measured.better, ranked=spread is None),
            *prediction_interval(by, means),
        ),
        notes=(
            *further,
            *called_totals(called_so(paths.donors)),
            *called_treated(paths.treated_units, paths.donors),
            *negative_notes(measured, paths.numerators()),
            *([RATIOS] if len(measured.columns) > 1 else []),
            *([] if moved is None else [conformal_note(paths)]),
            *([groups_note(paths)] if isinstance(spread, StudentT) and len(paths.treated_units) > 1 else []),
            *synthetic_notes(paths, found, ranked=spread is None),
        ),
        path=_path(paths, found),
    )


def _convention(found: Found, spread: Inference | None, moved: Inference | None) -> str:
    if spread is not None:
        return "placebo_variance/1" if isinstance(spread, StudentT) else "none/1"
    return "placebo/1" if found.placebos else "none/1" if moved is None else "conformal/1"


def _estimand(paths: Paths) -> Estimand:
    first, last = paths.periods[paths.n_before], paths.periods[-1]
    en, sv = (join_words(paths.treated_units, word) for word in ("and", "och"))
    return Estimand(name="ATT", population=Text(en=f"{en}, {first} to {last}", sv=f"{sv}, {first} till {last}"))


def _sample(paths: Paths, n_dropped: int) -> Sample:
    units = len(paths.treated_units) + len(paths.donors)
    return Sample(
        n_obs=units * len(paths.periods),
        n_units=units,
        n_treated=len(paths.treated_units),
        n_control=len(paths.donors),
        n_dropped=n_dropped,
    )


def _path(paths: Paths, found: Found) -> OutcomePath:
    gaps = map(float, found.actual.gaps)
    return OutcomePath(
        periods=paths.periods,
        treated=paths.levels,
        counterfactual=tuple(level - gap for level, gap in zip(paths.levels, gaps, strict=True)),
        reference=(paths.periods[0], paths.periods[paths.n_before - 1]),
        evaluation=(paths.periods[paths.n_before], paths.periods[-1]),
    )
