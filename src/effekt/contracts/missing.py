"""How much may be missing: the largest share of rows without an outcome or covariate that an analysis decides with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from effekt._text import Text, format_percent
from effekt.contracts.schema import DecimalText, Term, fault
from effekt.contracts.thin_data import Withheld

if TYPE_CHECKING:
    from effekt.result import Diagnostic

MISSING_CHECK = "missing_share"
WITHIN, MORE = "within", "more"


class MostMissing(Term):
    """The largest share of rows that may be left out since a used column was empty; with more nothing is decided.

    `on_more` says which state the figures then have: `refer` for the parties to decide, `wait` for the data to come.
    """

    share: DecimalText
    on_more: Literal["refer", "wait"]

    @model_validator(mode="after")
    def _check(self) -> MostMissing:
        if not 0 <= Fraction(self.share) < 1:
            raise fault(f'must be at least 0 and below 1, such as "0.05"; got {self.share}.', "share")
        return self

    @property
    def words(self) -> Text:
        """'at most 5% of the rows'."""
        share = Fraction(self.share)
        return Text(
            en=f"at most {format_percent(share, 'en', None)} of the rows",
            sv=f"högst {format_percent(share, 'sv', None)} av raderna",
        )


def with_missing(result: Any, most: MostMissing | None) -> Any:
    """A result that says whether as few rows were left out as its contract allows.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    most : MostMissing or None

    Returns
    -------
    EffectEstimate, EffectSet or OutcomeMeasure
        With a check more, of each member of a set; as it was without such a limit. The check holds no count, so that a
        public result can be judged where small counts are hidden.
    """
    if most is None:
        return result
    if hasattr(result, "effects"):
        overall = None if result.overall is None else with_missing(result.overall, most)
        return replace(result, effects=tuple(with_missing(one, most) for one in result.effects), overall=overall)
    return replace(result, diagnostics=(*result.diagnostics, _check(most, result.sample)))


def _check(most: MostMissing, sample: Any) -> Diagnostic:
    from effekt.result import Diagnostic

    rows = sample.n_obs + sample.n_dropped
    more = Fraction(sample.n_dropped) > Fraction(most.share) * rows
    told = Text(
        en=f"The contract allows {most.words.en} to be left out for an empty column; "
        f"{'more were' if more else 'no more were'}.",
        sv=f"Avtalet tillåter att {most.words.sv} utesluts för tom kolumn; {'fler' if more else 'inte fler'} uteslöts.",
    )
    values = {"rows": MORE if more else WITHIN}
    return Diagnostic(name=MISSING_CHECK, status="warning" if more else "ok", statement=told, values=values)


def too_much_missing(id: str, most: MostMissing | None, members: tuple[Any, ...]) -> Withheld | None:
    """A figure whose analysis left out more than the contract allows has no value.

    Parameters
    ----------
    id : str
    most : MostMissing or None
    members : tuple of EffectEstimate or OutcomeMeasure
        What the figure is taken from, with their checks.

    Returns
    -------
    Withheld or None
    """
    if most is None or all(map(_within, members)):
        return None
    return Withheld(
        state="referred" if most.on_more == "refer" else "not_yet_determinable",
        reason=Text(
            en=f"{id}: the contract allows {most.words.en} to be left out for an empty column, and more were.",
            sv=f"{id}: avtalet tillåter att {most.words.sv} utesluts för tom kolumn, och fler uteslöts.",
        ),
    )


def _within(member: Any) -> bool:
    """Whether the check is there and finds no more."""
    return any(one.name == MISSING_CHECK and one.values["rows"] == WITHIN for one in member.diagnostics)
