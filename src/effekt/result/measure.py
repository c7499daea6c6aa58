"""A measured outcome that is not an effect: what rate cards pay on."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from effekt._frozen import freeze
from effekt._text import LANGUAGES, Language, Text, format_number, significant
from effekt._validation import check_option
from effekt.result.parts import Diagnostic, Note, Result, Sample
from effekt.roles import Outcome

if TYPE_CHECKING:
    import pandas as pd

MeasureStatistic: TypeAlias = Literal["count", "sum", "share", "mean"]

STATISTICS: dict[str, Text] = {
    "count": Text(en="count", sv="antal"),
    "sum": Text(en="sum", sv="summa"),
    "share": Text(en="share", sv="andel"),
    "mean": Text(en="mean", sv="medelvärde"),
}
NOT_AN_EFFECT = Text(en="outcome, not effect", sv="utfall, inte effekt")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OutcomeMeasure(Result):
    """A count, sum, share or mean of an outcome: *outcome, not effect*.

    It has no counterfactual, so it has no views of an effect and no inference about one; figures accept it.

    Attributes
    ----------
    exact : Fraction
        The value as an exact fraction.
    statistic : {"count", "sum", "share", "mean"}
    outcome : Outcome
    population : Text
        Whose outcome it is.
    method : str
    sample : Sample
    """

    SCHEMA = "effekt/measure/1"

    exact: Fraction
    statistic: MeasureStatistic
    outcome: Outcome
    population: Text
    method: str
    sample: Sample
    arguments: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, "arguments")

    @property
    def value(self) -> float:
        """The measured value."""
        return float(self.exact)

    @property
    def label(self) -> Text:
        """*Outcome, not effect*, in both languages."""
        return NOT_AN_EFFECT

    def public(self) -> OutcomeMeasure:
        """The measure itself: it holds no microdata."""
        return self

    def summary(self, lang: Language = "en") -> str:
        """One labelled line, in English or Swedish."""
        check_option("lang", lang, LANGUAGES)
        unit = f" {self.outcome.unit}" if self.outcome.unit and self.statistic != "share" else ""
        label, statistic = self.label.in_language(lang), STATISTICS[self.statistic].in_language(lang)
        value = (
            format_number(self.exact.numerator, lang)
            if self.exact.denominator == 1
            else format_number(self.value, lang)
            if self.statistic == "sum"
            else significant(self.value, lang)
        )
        return f"{self.outcome.name}, {statistic}: {value}{unit} ({label})"

    def tidy(self) -> pd.DataFrame:
        """One row: method, label, statistic, value, unit, n_obs."""
        from effekt.tables import to_pandas

        row = {
            "method": self.method,
            "label": str(self.label),
            "statistic": self.statistic,
            "value": self.value,
            "unit": self.outcome.unit,
            "n_obs": self.sample.n_obs,
        }
        return to_pandas({name: (value,) for name, value in row.items()})

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"

    def __repr__(self) -> str:
        return f"OutcomeMeasure({self.summary()})"
