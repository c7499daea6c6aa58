"""What the same comparison finds with each donor as if it were treated, and without each donor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from effekt._inference import Inference, Placebos, Unavailable
from effekt._text import Text
from effekt.estimators.synthetic.comparison import Comparison, Rule
from effekt.estimators.synthetic.panel import Paths

TIE = 1e-12  # relative; two ratios that differ by less are equally extreme


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebo:
    """What is asked of the comparison of a donor with the others: its effect and RMSPE as in `Comparison`."""

    effect: float
    rmspe: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The comparison of the treated, of each donor among the other donors, and of the treated without each donor."""

    actual: Comparison
    placebos: tuple[Placebo, ...]
    without: tuple[tuple[str, float], ...]


def find(paths: Paths, rule: Rule, wanted: bool) -> Found:
    """All comparisons; without placebos when they are not wanted."""
    n_treated, pool = len(paths.treated_units), tuple(range(1, len(paths.donors) + 1))
    actual = rule.compare(0, pool, n_treated)
    carrying = [one for one, weight in zip(pool, actual.weights, strict=True) if weight]
    return Found(
        actual=actual,
        placebos=tuple(_placebo(rule.compare(one, _less(pool, one), 1)) for one in pool) if wanted else (),
        without=tuple((paths.donors[one - 1], rule.compare(0, _less(pool, one), n_treated).effect) for one in carrying),
    )


def _placebo(found: Comparison) -> Placebo:
    return Placebo(effect=found.effect, rmspe=found.rmspe)


def _less(pool: tuple[int, ...], one: int) -> tuple[int, ...]:
    return tuple(other for other in pool if other != one)


def placebo_inference(found: Found) -> Inference:
    """The errors of the placebos in the outcome's unit, or why there are none."""
    if not found.placebos:
        return Unavailable(reason=Text(en="Inference was not asked for.", sv="Ingen osäkerhetsberäkning har begärts."))
    return Placebos(errors=tuple(sorted(one.effect for one in found.placebos)), scale="linear")


def rmspe_p(found: Found) -> Fraction:
    """(1 + #{placebos whose RMSPE after over before is as large}) / (J + 1), Abadie et al. 2010, section 3.4."""
    actual = _ratio(found.actual)
    extreme = sum(_ratio(one) >= actual * (1 - TIE) for one in found.placebos)
    return Fraction(1 + extreme, len(found.placebos) + 1)


def _ratio(one: Comparison | Placebo) -> float:
    """After over before; a perfect fit before makes it infinite."""
    before, after = one.rmspe
    if before > 0:
        return after / before
    return math.inf if after > 0 else 0.0


def finite_ratio(one: Comparison) -> float | None:
    """The ratio as a number, None where the fit before is perfect."""
    ratio = _ratio(one)
    return ratio if math.isfinite(ratio) else None


def placebo_rows(donors: Sequence[str], found: Found) -> dict[str, tuple[float | int | str | None, ...]]:
    """A row for each placebo."""
    return {
        "unit": tuple(donors),
        "effect": tuple(one.effect for one in found.placebos),
        "rmspe_before": tuple(one.rmspe[0] for one in found.placebos),
        "rmspe_after": tuple(one.rmspe[1] for one in found.placebos),
    }
