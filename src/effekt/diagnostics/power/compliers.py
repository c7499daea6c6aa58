"""The effect on compliers of any plan whose assignment is not always followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from effekt._text import Text
from effekt._validation import shown
from effekt.diagnostics.power.placebos import PlaceboDesign
from effekt.diagnostics.power.plan import Design, Sided, hold_share
from effekt.exceptions import ArgumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplierDesign(Design):
    """A plan in which not everyone receives what was assigned; effects are those on compliers.

    Attributes
    ----------
    assignment : Design
        The plan, as if everyone complied.
    compliers : float
        Share who receive the treatment because they are assigned to it: the share who receive it among those assigned,
        less that among the others. Above 0, at most 1.

    Notes
    -----
    The effect of assignment is the compliers' effect times their share, if assignment does nothing else, so the
    smallest detectable effect and the standard error are those of the assignment over the share (Bloom 1984). The test
    of no effect is that of assignment. The standard error takes the share as known, and the spread of the outcome as
    that of the plan, although those who comply and those who do not may come to differ by the effect.

    References
    ----------
    Bloom, H. S. (1984). Accounting for no-shows in experimental evaluation designs. *Evaluation Review* 8(2), 225–246.
    doi:10.1177/0193841X8400800205

    Examples
    --------
    >>> from effekt.diagnostics import ComplierDesign, IndividualDesign
    >>> plan = ComplierDesign(assignment=IndividualDesign(n_treated=50, n_control=50, sd=1.0), compliers=0.5)
    >>> round(plan.std_error, 4)
    0.4
    """

    assignment: Design
    compliers: float

    def __post_init__(self) -> None:
        if not isinstance(self.assignment, Design) or isinstance(self.assignment, (ComplierDesign, PlaceboDesign)):
            raise ArgumentError(
                "`assignment` must be a design of effekt.diagnostics that assigns, such as IndividualDesign; got "
                f"{shown(self.assignment)}."
            )
        hold_share(self, "compliers", 0.0, 1.0, ends="(]")

    @property
    def df(self) -> float | None:
        """That of the assignment."""
        return self.assignment.df

    @property
    def refused(self) -> Text | None:
        """That of the assignment, on whose test this rests."""
        return self.assignment.refused

    @property
    def largest(self) -> float:
        """That of the assignment: compliers have no more room than everyone."""
        return self.assignment.largest

    def relative(self) -> Design:
        """With the assignment's effects as shares of the counterfactual, which is taken to be everyone's."""
        return replace(self, assignment=self.assignment.relative())

    @property
    def std_error(self) -> float:
        """That of the effect of assignment over the share of compliers."""
        return self.std_error_at(0.0)

    def std_error_at(self, effect: float) -> float:
        """That of the effect of assignment, when it is `effect` times the share, over the share."""
        return self.assignment.std_error_at(effect * self.compliers) / self.compliers

    def power(self, effect: float, alpha: Fraction, alternative: Sided) -> float:
        """That of the assignment for the effect times the share."""
        return self.assignment.power(effect * self.compliers, alpha, alternative)

    def reaches(self, effect: float, line: float) -> float:
        """That of the assignment, both times the share."""
        return self.assignment.reaches(effect * self.compliers, line * self.compliers)

    def bound_reaches(self, effect: float, line: float, alpha: Fraction) -> float:
        """That of the assignment, both times the share."""
        return self.assignment.bound_reaches(effect * self.compliers, line * self.compliers, alpha)
