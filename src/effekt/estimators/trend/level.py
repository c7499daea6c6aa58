"""A figure corrected for what the reference level foretells without an intervention, as regression to the mean does.

A unit chosen because its level was high falls by itself. With the errors e_j of J placebos and their reference levels
x_j, the line e = a + b·x is fitted by least squares, and the counterfactual moved by what it gives at the treated
unit's level x: C·exp(a + b·x) for a ratio, C + a + b·x for a difference (Barnett, van der Pols & Dobson 2005,
doi:10.1093/ije/dyh299, correct the follow-up by the regression on the baseline). For errors of one variance σ² about
the line, the unit's own error less the line has variance σ²f², f² = 1 + 1/J + (x − x̄)²/Σ(x_j − x̄)², and a residual r_j
has σ²(1 − h_j) (Cook & Weisberg 1982, sections 2.1–2.2), so that the placebos to rank it among are f·r_j/√(1 − h_j),
and the t has J − 2 degrees of freedom with the standard error s·f.

"log_regression", of a ratio, takes away two things that make this line too steep for a unit far out: each placebo
unit's change is held against the comparator that the treated unit's is, of which it is part (against the rest it is
J/(J − 1) times as large under plain means), and the level is log x, as a line of log changes on levels bends where it
is straight on their logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from effekt._inference import FixedDf, Inference, Means, Placebos, StudentT, Unavailable
from effekt._text import Text
from effekt.estimators.trend.block_bootstrap import Redrawing
from effekt.estimators.trend.clusters import ROUNDING
from effekt.estimators.trend.comparison import Adjustment, Comparison, Design
from effekt.estimators.trend.groups import Groups, infer_among
from effekt.estimators.trend.inference import BY_PLACEBOS, NOT_ASKED_FOR, Scale, TrendInference, infer
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, Note

LevelCorrection: TypeAlias = Literal["regression", "log_regression"]
READ_ANEW = ("baseline_choice", "placebo_in_time", "level_break", "inference_choice")  # with a line themselves
LEAST = 5  # placebos; below, a line and the spread around it say nothing
TIES = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the placebos say of a unit at the treated unit's level, on the scale of their errors."""

    slope: float
    centre: float
    expected: float
    placebos: tuple[float, ...]
    std_error: float
    df: int
    scale: Scale

    def move(self, counterfactual: float) -> float:
        """The counterfactual with what the level foretells."""
        return counterfactual * math.exp(self.expected) if self.scale == "log" else counterfactual + self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The counterfactual, how sure it is, the name of that convention, and the line where one corrects it."""

    counterfactual: float
    by: Inference
    convention: str
    line: Line | None

    def means(self, found: Comparison) -> Means:
        """The treated mean and the counterfactual."""
        return Means(treated=float(found.evaluation), counterfactual=self.counterfactual)


def check_level_correction(
    correction: object, *, adjustment: str, trend: str, inference: str, block_length: object
) -> None:
    """Refuse a correction that is not there, and one without placebos to draw the line through."""
    if correction is None:
        return
    if not isinstance(correction, str) or correction not in get_args(LevelCorrection):
        raise ArgumentError(f"`level_correction` must be 'regression', 'log_regression' or None; got {correction!r}.")
    if correction == "log_regression" and (adjustment != "ratio" or trend == "mean_of_period_ratios"):
        raise ArgumentError(
            "`level_correction` can be 'log_regression' only with adjustment='ratio' and a trend of whole windows; got "
            f"adjustment={adjustment!r} and trend={trend!r}. Use level_correction='regression'."
        )
    if adjustment == "none" or inference not in (*BY_PLACEBOS, "none"):
        raise ArgumentError(
            f"`level_correction` can be {correction!r} only with an adjustment and inference='placebo', "
            f"'placebo_variance' or 'none', as its line is that of placebo units; got inference={inference!r} and "
            f"adjustment={adjustment!r}."
        )
    if block_length is not None:
        raise ArgumentError(
            "`block_length` must be None with `level_correction`, as blocks do not know of its line; leave one of them "
            "out."
        )


def level_line(
    found: Comparison, placebos: Sequence[Comparison], adjustment: Adjustment, correction: LevelCorrection
) -> Line:
    """The line through the placebos, and what stands at the treated unit's level."""
    by_logs = correction == "log_regression"
    if by_logs:
        placebos = [against_all(one, found) for one in placebos]
    if len(placebos) < LEAST:
        raise DataError(
            f"`level_correction` needs at least five units that can serve as placebos; there are {len(placebos)}. Add "
            "units without the intervention, or leave it out."
        )
    levels = np.array([_level(one, by_logs) for one in placebos])
    errors = np.array([one.error(adjustment) for one in placebos])
    count, centre = len(levels), math.fsum(levels.tolist()) / len(levels)
    away = levels - centre
    total = math.fsum((away * away).tolist())
    if total <= (TIES * (1.0 if by_logs else float(np.abs(levels).max()))) ** 2 * count:
        raise DataError(
            "`level_correction` needs units without the intervention that differ in their reference mean; all have the "
            "same. Leave it out."
        )
    middle, slope = math.fsum(errors.tolist()) / count, math.fsum((away * errors).tolist()) / total
    left = 1 - 1 / count - away**2 / total
    if float(left.min()) <= TIES:
        raise DataError(
            "`level_correction` needs a line that no one unit decides alone; one unit's reference mean differs and all "
            "the others have the same. Leave it out."
        )
    at = _level(found, by_logs) - centre
    factor = math.sqrt(1 + 1 / count + at**2 / total)
    residuals = errors - middle - slope * away
    return Line(
        slope=slope,
        centre=centre,
        expected=middle + slope * at,
        placebos=tuple(sorted((factor * residuals / np.sqrt(left)).tolist())),
        std_error=factor * math.sqrt(math.fsum((residuals**2).tolist()) / (count - 2)),
        df=count - 2,
        scale="log" if adjustment == "ratio" else "linear",
    )


def against_all(unit: Comparison, found: Comparison) -> Comparison:
    """A placebo unit against the comparator that the treated units are held against."""
    return replace(
        unit,
        comparator_reference=found.comparator_reference,
        comparator_evaluation=found.comparator_evaluation,
        trend=found.trend,
    )


def _level(one: Comparison, by_logs: bool) -> float:
    return math.log(float(one.reference)) if by_logs else float(one.reference)


def conclude(
    design: Design,
    treated: Sequence[str],
    comparator: Sequence[str],
    found: Comparison,
    placebos: Sequence[Comparison],
    inference: TrendInference,
    how: Redrawing | None,
    correction: LevelCorrection | None,
    groups: Groups | None,
) -> Conclusion:
    """The counterfactual as declared, and its inference."""
    counterfactual = float(found.counterfactual(design.adjustment))
    if correction is None:
        if groups is not None:
            by, convention = infer_among(groups, inference, design.adjustment)
        else:
            by, convention = infer(design, treated, comparator, found, placebos, inference, how)
        return Conclusion(counterfactual=counterfactual, by=by, convention=convention, line=None)
    line = level_line(found, placebos, design.adjustment, correction)
    by, convention = infer_beyond(line, inference, abs(counterfactual))
    if correction == "log_regression":
        convention = convention.replace("placebo_level", "placebo_log_level")
    return Conclusion(counterfactual=line.move(counterfactual), by=by, convention=convention, line=line)


def infer_beyond(line: Line, inference: str, size: float) -> tuple[Inference, str]:
    """The declared inference of the corrected figure, and the name of its convention; `size` is that of its means."""
    if inference == "none":
        return Unavailable(reason=NOT_ASKED_FOR), "none/1"
    if line.std_error <= ROUNDING * (1.0 if line.scale == "log" else size):
        return Unavailable(reason=_ON_THE_LINE), "none/1"
    if inference == "placebo":
        return Placebos(errors=line.placebos, scale=line.scale), "placebo_level/1"
    covariance = (0.0, 0.0, line.std_error**2)
    return StudentT(covariance=covariance, df=FixedDf(df=float(line.df)), scale=line.scale), "placebo_level_variance/1"


def level_diagnostic(line: Line, found: Comparison, adjustment: Adjustment) -> Diagnostic:
    """The figure with the correction, as declared, and without."""
    base = float(found.counterfactual(adjustment))
    values: dict[str, float | int | str | None] = {
        "n_placebos": len(line.placebos),
        "slope": line.slope,
        "reference_level": float(found.reference),
        "mean_reference_level": line.centre,
        "expected": line.expected,
        "relative_uncorrected": _relative(found, base),
        "relative_corrected": _relative(found, line.move(base)),
    }
    return Diagnostic(
        name="level_correction",
        status="information",
        statement=Text(
            en="The relative change without the correction for the reference level, and with it, as declared; only the "
            "declared one counts.",
            sv="Den relativa förändringen utan korrigeringen för referensnivån, och med den, som avtalat; bara den "
            "avtalade gäller.",
        ),
        values=values,
    )


def of_corrected(
    diagnostics: Sequence[Diagnostic], line: Line | None, found: Comparison, adjustment: Adjustment
) -> tuple[Diagnostic, ...]:
    """Checks of the figure without a correction, told as such, and the readings with the figure that pays.

    Those that read it anew by other windows have the correction themselves.
    """
    if line is None:
        return tuple(diagnostics)
    corrected = {
        "paying": "level_correction",
        "relative_corrected": _relative(found, line.move(float(found.counterfactual(adjustment)))),
    }
    return tuple(
        one
        if one.name in READ_ANEW
        else replace(
            one,
            statement=Text(en=f"{one.statement.en} {_WITHOUT.en}", sv=f"{one.statement.sv} {_WITHOUT.sv}")
            if one.name != "adjustment_readings"
            else _READINGS,
            values={**one.values, **(corrected if one.name == "adjustment_readings" else {})},
        )
        for one in diagnostics
    )


_WITHOUT = Text(
    en="This is of the comparison without the correction for the reference level, which the figure that counts has.",
    sv="Detta gäller jämförelsen utan den korrigering för referensnivån som den siffra som gäller har.",
)
_READINGS = Text(
    en="The relative change under each reading of the trend adjustment, without the correction for the reference "
    "level, and the corrected one as declared; only that counts.",
    sv="Den relativa förändringen enligt varje läsning av trendjusteringen, utan korrigeringen för referensnivån, "
    "och den korrigerade, som avtalat; bara den gäller.",
)


def _relative(found: Comparison, counterfactual: float) -> float | None:
    return float(found.evaluation) / counterfactual - 1 if counterfactual > 0 else None


LEVEL_NOTE = Note(
    code="level_correction",
    text=Text(
        en="The counterfactual holds what the reference level foretells without an intervention, by the line through "
        "the placebo units. So do its readings by other windows, another series and other composition, each by a line "
        "of its own; other checks and its path by period are without it. It counts only where it was agreed before the "
        "data were seen.",
        sv="Det kontrafaktiska värdet rymmer det som referensnivån förutsäger utan insats, enligt linjen genom "
        "placeboenheterna. Det gör också läsningarna med andra fönster, annan serie och annan sammansättning, var och "
        "en med en egen linje; andra kontroller och förloppet per period är utan den. Den gäller bara om den avtalats "
        "innan data setts.",
    ),
)
_ON_THE_LINE = Text(
    en="The placebo units all lie on the line exactly, so they show no variation around it.",
    sv="Placeboenheterna ligger alla exakt på linjen, så de visar ingen variation kring den.",
)
