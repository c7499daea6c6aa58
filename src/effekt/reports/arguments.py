"""The arguments of an analysis as sentences: what each is called, and its value, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effekt._calendar import months_in_words
from effekt._text import LANGUAGES, Text, with_small
from effekt._validation import join_words
from effekt.reports.argument_words import ARGUMENTS, NOT_USED, OPTIONS
from effekt.reports.document import same
from effekt.reports.wording import NO, YES, joined, number, unit_words
from effekt.result.summary import VIEW_NAMES

WINDOWS = ("reference_window", "evaluation_window")
RANGES = "excluded"
DECIMALS = (
    *("at_least", "caliper", "draws", "margin", "max_per_unit", "min_per_unit", "outcome_range"),
    *("penalty", "ridge", "share", "threshold", "tie_orders", "weight"),
)
OWN_KEYS = ("arms", "calipers", "cutpoints", "standard")  # maps whose keys are columns or values of the data
WORDED = (
    *("adjustment", "aggregate", "base_period", "better", "blocks", "check", "checks", "comparator", "comparison"),
    *("discard", "distance", "estimand", "estimator", "inference", "kind", "learner", "mean", "method", "missing"),
    *("order", "outcome_model", "own_unit", "period", "population", "propensity", "sampling", "standard", "statistic"),
    *("trend", "variance", "weights", "wild_weights", "level_correction", "placebos"),
)  # arguments whose texts are options; those of others are columns, units and periods
NONE = "none"
_NOT_USED = Text(en="not used", sv="används inte")


def argument_sentence(name: str, value: object) -> Text:
    """One argument as a contract has it: 'Reference window: 2016-01 to 2018-12.'

    Parameters
    ----------
    name : str
    value : object
        Text, number, truth value, list or map.

    Returns
    -------
    Text

    Examples
    --------
    >>> argument_sentence("reference_window", ["2016-01", "2018-12"]).sv
    'Referensfönster: 2016-01 till 2018-12.'
    >>> argument_sentence("inference", "hac").en
    'Uncertainty: long-run variance of the periods (hac).'
    """
    label, told = ARGUMENTS.get(name, same(name)), argument_value(name, value)
    return Text(en=f"{label.en}: {told.en}.", sv=f"{label.sv}: {told.sv}.")


def argument_value(name: str, value: object) -> Text:
    """The value of an argument in words.

    Parameters
    ----------
    name : str
        The argument, or the key of a map within one.
    value : object

    Returns
    -------
    Text
    """
    if isinstance(value, Mapping):
        return _outcome(value) if name == "outcome" else _map(name, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(name, value)
    if isinstance(value, bool):
        return YES if value else NO
    if value in (None, NONE):
        return NOT_USED.get(name, _NOT_USED)
    text = str(value)
    if name in WINDOWS:
        return _in_words(text)
    if name == "threshold_view":
        return VIEW_NAMES.get(text, same(text))
    if name in DECIMALS:
        return number(text)
    worded = name in WORDED and (name != "comparator" or text == "others")
    return OPTIONS.get(text, same(text)) if worded else same(text)


def _list(name: str, value: Sequence[object]) -> Text:
    if name in WINDOWS and len(value) == 2:
        return _range(value)
    if name == "discard":
        low, high = (number(str(one)) for one in value)
        return Text(en=f"outside {low.en} to {high.en}", sv=f"utanför {low.sv} till {high.sv}")
    if name == RANGES:
        return joined(_span(one) for one in value)
    if name == "outcome" and len(value) == 2 and all(isinstance(one, str) for one in value):
        return _over(value)
    if any(isinstance(one, Mapping) for one in value):
        told = [argument_value(name, one) for one in value]
        return Text(en="; ".join(one.en for one in told), sv="; ".join(one.sv for one in told))
    return joined(argument_value(name, one) for one in value) if value else NOT_USED.get(name, _NOT_USED)


def _map(name: str, value: Mapping[object, object]) -> Text:
    """'column: weight, kind: sampling'."""
    parts = [_entry(str(key), one, own=name in OWN_KEYS and key != "weight") for key, one in value.items()]
    en, sv = (", ".join(part.in_language(lang) for part in parts) for lang in LANGUAGES)
    return Text(en=en, sv=sv)


def _entry(key: str, value: object, *, own: bool) -> Text:
    if own:
        told = argument_value("", value)
        return Text(en=f"{key}: {told.en}", sv=f"{key}: {told.sv}")
    label, told = ARGUMENTS.get(key, same(key)), argument_value(key, value)
    return Text(en=f"{with_small(label.en)}: {told.en}", sv=f"{with_small(label.sv)}: {told.sv}")


def _outcome(value: Mapping[object, object]) -> Text:
    """'sick_days over employees, in days per employee; lower is better'."""
    column, unit, better = (value.get(key) for key in ("column", "unit", "better"))
    told = _over(column) if isinstance(column, Sequence) and not isinstance(column, str) else same(str(column))
    if unit:
        words = unit_words(str(unit))
        told = Text(en=f"{told.en}, in {words.en}", sv=f"{told.sv}, i {words.sv}")
    if better in ("lower", "higher"):
        way = OPTIONS[str(better)]
        told = Text(en=f"{told.en}; {way.en} is better", sv=f"{told.sv}; {way.sv} är bättre")
    return told


def _over(columns: Sequence[object]) -> Text:
    top, bottom = (str(one) for one in columns) if len(columns) == 2 else (join_words(map(str, columns)), "")
    return Text(en=f"{top} over {bottom}", sv=f"{top} delat med {bottom}") if bottom else same(top)


def _range(ends: Sequence[object]) -> Text:
    first, last = map(str, ends)
    return Text(en=f"{first} to {last}", sv=f"{first} till {last}")


def _span(one: object) -> Text:
    """A pair of ends, or words."""
    if isinstance(one, str):
        return _in_words(one)
    return _range(one) if isinstance(one, Sequence) and len(one) == 2 else same(str(one))


def _in_words(window: str) -> Text:
    """A window in words with the months that they mean."""
    months = months_in_words(window)
    if months is None:
        return same(window)
    told = _range(months)
    return Text(en=f"{window} ({told.en})", sv=f"{window} ({told.sv})")
