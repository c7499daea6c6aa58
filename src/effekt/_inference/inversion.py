"""Inference declared by a named test inversion, and inference that does not exist."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NoReturn

from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means, refuse_without_event
from effekt._text import Text
from effekt._types import Alternative, Contrast
from effekt.exceptions import InferenceUnavailableError

NEEDS_EVENTS = ("draws", "wild_bootstrap")
TIE = 1e-12  # relative tolerance within which two nulls are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSet:
    """One confidence set of a test inversion."""

    contrast: Contrast
    set: ConfidenceSet


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredP:
    """One p-value of a test inversion."""

    contrast: Contrast
    null: float
    alternative: Alternative
    p_value: float | Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class TestInversion:
    """Confidence sets at declared levels and p-values at declared nulls, from a named procedure.

    `fixed` names the mean that is known rather than estimated; the two contrasts then map one-to-one. Questions that
    were not declared are refused, never interpolated.
    """

    __test__ = False  # not a test case, whatever its name

    procedure: str
    sets: tuple[DeclaredSet, ...]
    p_values: tuple[DeclaredP, ...] = ()
    std_errors: tuple[tuple[Contrast, float], ...] = ()
    fixed: Literal["treated", "counterfactual"] | None = None

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> float | Fraction:
        """The declared p-value of the null."""
        for declared in self.p_values:
            if declared.alternative == alternative and self._same_null(means, declared, contrast, null):
                return declared.p_value
        refuse_without_event(self._without_event(means, contrast))
        raise InferenceUnavailableError(
            f"The {self.procedure} procedure declares no {alternative} p-value at this null; "
            f"{len(self.p_values)} nulls are declared.",
            "Metoden har inget p-värde för just denna nollhypotes.",
        )

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """The declared set at this level."""
        level = float(1 - alpha)
        same_side = [d for d in self.sets if d.set.alternative == alternative]
        for declared in same_side:
            if declared.set.level == level and declared.contrast == contrast:
                return declared.set
        for declared in same_side:
            if declared.set.level == level and self.fixed is not None:
                return self._translate(means, declared.set, contrast, self.fixed)
        refuse_without_event(self._without_event(means, contrast))
        levels = sorted({d.set.level for d in same_side if self.fixed is not None or d.contrast == contrast})
        known = f"it has levels {', '.join(f'{known:g}' for known in levels)}" if levels else "it has none"
        raise InferenceUnavailableError(
            f"The {self.procedure} procedure declares no {alternative} set of the {contrast} at level {level:g}; "
            f"{known}.",
            "Metoden har ingen konfidensmängd på den begärda nivån.",
        )

    def also(self, *, sets: tuple[DeclaredSet, ...] = (), p_values: tuple[DeclaredP, ...] = ()) -> TestInversion:
        """The same with further declarations; what is declared already stands once."""
        return replace(
            self,
            sets=tuple(dict.fromkeys((*self.sets, *sets))),
            p_values=tuple(dict.fromkeys((*self.p_values, *p_values))),
        )

    def std_error(self, means: Means, contrast: Contrast) -> float | None:
        """The declared standard error, if any."""
        return dict(self.std_errors).get(contrast)

    def df_of(self, contrast: Contrast) -> None:
        """None: an inverted test has no degrees of freedom of its own."""

    def rescale(self, factor: float) -> TestInversion:
        """The same inference in a unit `factor` times as fine."""
        return replace(
            self,
            sets=tuple(
                replace(d, set=d.set.affine(factor, 0.0)) if d.contrast == "difference" else d for d in self.sets
            ),
            p_values=tuple(
                replace(d, null=d.null * factor) if d.contrast == "difference" else d for d in self.p_values
            ),
            std_errors=tuple((c, e * factor) if c == "difference" else (c, e) for c, e in self.std_errors),
        )

    def _without_event(self, means: Means, contrast: Contrast) -> bool:
        """Whether a procedure that gives no ratio without an event gave none, and there was none."""
        given = self.procedure not in NEEDS_EVENTS or any(declared.contrast == "ratio" for declared in self.sets)
        return contrast == "ratio" and not given and means.without_event(0.0)

    def _same_null(self, means: Means, declared: DeclaredP, contrast: Contrast, null: float) -> bool:
        if null == NO_EFFECT[contrast]:
            return declared.null == NO_EFFECT[declared.contrast]
        if declared.contrast != contrast:
            if self.fixed is None:
                return False
            null = means.translate(null, declared.contrast, self.fixed)
        unit = max(abs(means.treated), abs(means.counterfactual)) if declared.contrast == "difference" else 1.0
        return math.isclose(null, declared.null, rel_tol=TIE, abs_tol=TIE * unit)

    def _translate(
        self, means: Means, declared: ConfidenceSet, to: Contrast, fixed: Literal["treated", "counterfactual"]
    ) -> ConfidenceSet:
        mapped = tuple(
            (means.translate(low, to, fixed), means.translate(high, to, fixed)) for low, high in declared.intervals
        )
        return replace(declared, intervals=mapped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Inference that does not exist, and why."""

    reason: Text

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> NoReturn:
        """Raise with the reason."""
        raise InferenceUnavailableError(self.reason.en, self.reason.sv)

    def confidence_set(self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative) -> NoReturn:
        """Raise with the reason."""
        raise InferenceUnavailableError(self.reason.en, self.reason.sv)

    def std_error(self, means: Means, contrast: Contrast) -> None:
        """None: see the reason."""

    def df_of(self, contrast: Contrast) -> None:
        """None: see the reason."""

    def rescale(self, factor: float) -> Unavailable:
        """The same refusal."""
        return self
