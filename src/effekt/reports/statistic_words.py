"""What statistic of a result a figure is, in words: of which view, at which level, on which side."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import LANGUAGES, Text
from effekt.contracts.figures import EstimateFigure
from effekt.reports.document import same
from effekt.reports.wording import number
from effekt.result.summary import VIEW_NAMES

STATISTICS = {
    "estimate": Text(en="point estimate", sv="punktskattning"),
    "treated_mean": Text(en="mean among the treated", sv="medelvärde bland behandlade"),
    "counterfactual_mean": Text(
        en="mean of the comparison, as it would have been without the intervention (counterfactual)",
        sv="medelvärde i jämförelsen, så som det hade varit utan insatsen (kontrafaktiskt)",
    ),
    "std_error": Text(en="standard error", sv="medelfel"),
    "placebo_sd": Text(en="placebo standard deviation", sv="placebo-standardavvikelse"),
    "p_value": Text(en="p-value", sv="p-värde"),
    "confidence_low": Text(en="lower end of the interval", sv="intervallets nedre gräns"),
    "confidence_high": Text(en="upper end of the interval", sv="intervallets övre gräns"),
    "confidence_at_least": Text(en="confidence of at least the threshold", sv="konfidensen att den är minst tröskeln"),
}
ALTERNATIVES = {
    "two-sided": Text(en="two-sided", sv="dubbelsidigt"),
    "greater": Text(en="one-sided, greater", sv="ensidigt, större"),
    "less": Text(en="one-sided, less", sv="ensidigt, mindre"),
}
_LEVEL = Text(en="level, not effect", sv="nivå, inte effekt")
_LEVELS = ("treated_mean", "counterfactual_mean")


def statistic_words(term: EstimateFigure) -> Text:
    """'improvement, lower end of the interval, level 0.95'; of a mean, which is the same in every view, that it is one.

    Parameters
    ----------
    term : EstimateFigure

    Returns
    -------
    Text
    """
    view = _LEVEL if term.statistic in _LEVELS else VIEW_NAMES[term.view]
    told = (view, STATISTICS[term.statistic], *_details(term))
    en, sv = (", ".join(one.in_language(lang) for one in told) for lang in LANGUAGES)
    return Text(en=en[0].lower() + en[1:], sv=sv[0].lower() + sv[1:])


def _details(term: EstimateFigure) -> Iterator[Text]:
    """What decides the number beside the statistic itself: its level, its side, its threshold, null and units."""
    for value, en, sv in (
        (term.level, "level", "nivå"),
        (term.threshold, "threshold", "tröskel"),
        (term.null, "tested against", "prövat mot"),
        (term.units, "units", "enheter"),
    ):
        if value is not None:
            shown = number(value) if value[-1].isdigit() and value.lstrip("-")[0].isdigit() else same(value)
            yield Text(en=f"{en} {shown.en}", sv=f"{sv} {shown.sv}")
    if term.alternative is not None:
        yield ALTERNATIVES[term.alternative]
