"""What each way to judge one figure would conclude, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Real
from typing import Any

from effekt._text import Language, Text, format_p, format_percent
from effekt._validation import check_flag, check_level, check_option, join_words, members_of, shown
from effekt.diagnostics._arrays import check_labels
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

NONE = "none"  # the way of a figure that is declared without inference


def inference_choice(
    *,
    labels: Sequence[str],
    p_values: Sequence[float | Fraction | None],
    intervals: Sequence[tuple[float, float] | None],
    declared: str,
    level: float = 0.95,
    least: Sequence[float | Fraction | None] = (),
    relative: bool = False,
    reasons: Mapping[str, Text] | None = None,
) -> Diagnostic:
    """What each way to judge one figure would conclude.

    Parameters
    ----------
    labels : sequence of str, length n
        Names of the ways, such as "placebo" and "hac".
    p_values : sequence of float or None, length n
        Of no effect, two-sided; None where a way has none.
    intervals : sequence of (low, high) or None, length n
        Of the effect at `level`; None where a way has none.
    declared : str
        The way that counts; "none" where the figure is declared without inference, so that none of them does.
    level : float
    least : sequence of float or None, length n, optional
        The smallest p that a way can have, such as 1/(J + 1) by rank among J placebos; None where there is no such
        limit.
    relative : bool
        The intervals are of the relative change; by default they are in the outcome's unit.
    reasons : mapping of str to Text, optional
        By way, why it has no p-value or no interval, for the statement.

    Returns
    -------
    Diagnostic
        Values: `declared`; for each way `p_<way>`; `n_rejecting` and `n_not_rejecting`, the ways with p at most
        1 − level, and above; `n_cannot_reject`, those whose smallest p is above that level, which are counted among
        neither. `level` and `scale` ("relative" or "difference") of the intervals.
        "warning" when some reject and some do not, else "information". Table: `method`, `p_value`, `low` and
        `high`. Only the declared way counts: the least p of several is no p-value.

    Raises
    ------
    ArgumentError
        For what is no list, names that are not distinct or of another number than the rest, a p outside 0 to 1, an
        interval that is no pair, or a reason of a way that is not there.

    Notes
    -----
    A way that cannot reject whatever the data are says nothing against one that does.

    Examples
    --------
    >>> from effekt.diagnostics import inference_choice
    >>> found = inference_choice(
    ...     labels=["placebo", "hac"], p_values=[0.21, 0.01], intervals=[None, (-0.2, -0.03)], declared="placebo")
    >>> found.status, found.values["n_rejecting"]
    ('warning', 1)
    """
    alpha = check_level(level)
    p_values, intervals = _listed("p_values", p_values), _listed("intervals", intervals)
    least = _listed("least", least)
    names = check_labels(labels, len(p_values))
    if len(intervals) != len(names):
        raise ArgumentError(f"`intervals` must be as many as `labels`, {len(names)}; got {len(intervals)}.")
    check_option("declared", declared, names)
    for one in intervals:
        if one is not None and not _is_pair(one):
            raise ArgumentError(f"`intervals` must hold pairs (low, high), or None; got {shown(one)}.")
    told = _check_reasons(reasons, names)
    check_flag("relative", relative)
    _check_p("p_values", p_values)
    if least and len(least) != len(names):
        raise ArgumentError(f"`least` must be as many as `labels`, {len(names)}; got {len(least)}.")
    _check_p("least", least)
    there = [(name, p) for name, p in zip(names, p_values, strict=True) if p is not None]
    limits = {name: one for name, one in zip(names, least, strict=False) if one is not None}
    unable = [name for name, _ in there if name in limits and not _rejects(limits[name], alpha)]
    rejecting = [name for name, p in there if _rejects(p, alpha)]
    keeping = [name for name, p in there if not _rejects(p, alpha) and name not in unable]
    words = _words(there, rejecting, keeping, declared, alpha, some=bool(unable))
    return Diagnostic(
        name="inference_choice",
        status="warning" if rejecting and keeping else "information",
        statement=_with_reasons(_with_unable(words, {name: limits[name] for name in unable}, alpha), told),
        values={
            "declared": declared,
            **{f"p_{name}": None if p is None else float(p) for name, p in zip(names, p_values, strict=True)},
            "n_rejecting": len(rejecting),
            "n_not_rejecting": len(keeping),
            "n_cannot_reject": len(unable),
            "level": float(1 - alpha),
            "scale": "relative" if relative else "difference",
        },
        table={
            "method": names,
            "p_value": tuple(None if p is None else float(p) for p in p_values),
            "low": tuple(None if one is None else float(one[0]) for one in intervals),
            "high": tuple(None if one is None else float(one[1]) for one in intervals),
        },
    )


def _check_reasons(reasons: Mapping[str, Text] | None, names: Sequence[str]) -> dict[str, Text]:
    if not isinstance(reasons, Mapping | None):
        raise ArgumentError(f"`reasons` must be a mapping from way to text; got {shown(reasons)}.")
    told = dict(reasons or {})
    for name, why in told.items():
        check_option("reasons", name, names)
        if not isinstance(why, Text):
            raise ArgumentError(f"`reasons` must be a Text for each way; that of {name!r} is {type(why).__name__}.")
    return told


def _check_p(name: str, values: Sequence[float | Fraction | None]) -> None:
    for p in values:
        if p is not None and not (isinstance(p, Real) and 0 <= p <= 1):
            raise ArgumentError(f"`{name}` must be between 0 and 1, or None; got {shown(p)}.")


def _listed(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    """The entries of a list, tuple or array; text, a mapping and a number by itself are none."""
    members = members_of(values)
    if members is None:
        raise ArgumentError(f"`{name}` must be a list with an entry for each of `labels`; got {shown(values)}.")
    return tuple(members)


def _is_pair(interval: Any) -> bool:
    return isinstance(interval, Sequence) and len(interval) == 2 and all(isinstance(end, Real) for end in interval)


def _rejects(p: float | Fraction, alpha: Fraction) -> bool:
    """Whether p ≤ α, exactly where p is exact and otherwise as the decimal a reader sees."""
    return p <= (alpha if isinstance(p, Fraction) else float(alpha))


def _words(
    there: Sequence[tuple[str, float | Fraction]],
    rejecting: Sequence[str],
    keeping: Sequence[str],
    declared: str,
    alpha: Fraction,
    *,
    some: bool,
) -> Text:
    if not there:
        return Text(
            en="No way to judge the figure gives a p-value.", sv="Inget sätt att bedöma siffran ger något p-värde."
        )
    en, sv = (
        join_words([f"{_name(name, lang)} {format_p(float(p), lang)}" for name, p in there], word)
        for lang, word in _AND.items()
    )
    said, counts = _said(rejecting, keeping, alpha, some=some), _counting(declared)
    return Text(
        en=f"p of no effect: {en}. {said.en} {counts.en}",
        sv=f"p för ingen effekt: {sv}. {said.sv} {counts.sv}",
    )


def _with_unable(words: Text, unable: Mapping[str, float | Fraction], alpha: Fraction) -> Text:
    """That some ways cannot reject, whatever the data are."""
    if not unable:
        return words
    said = {
        lang: join_words([f"{_name(name, lang)} {format_p(float(p), lang)}" for name, p in unable.items()], word)
        for lang, word in _AND.items()
    }
    return Text(
        en=f"{words.en} At the {format_percent(alpha, 'en', None)} level these can never reject, as their smallest "
        f"p is: {said['en']}.",
        sv=f"{words.sv} På nivån {format_percent(alpha, 'sv', None)} kan dessa aldrig förkasta, eftersom deras minsta "
        f"p är: {said['sv']}.",
    )


def _with_reasons(statement: Text, reasons: Mapping[str, Text]) -> Text:
    """The statement, and why some way has no p-value or interval."""
    en, sv = ([f"{_name(way, lang)}: {why.in_language(lang)}" for way, why in reasons.items()] for lang in _AND)
    return Text(en=" ".join([statement.en, *map(_sentence, en)]), sv=" ".join([statement.sv, *map(_sentence, sv)]))


def _sentence(told: str) -> str:
    return told[:1].upper() + told[1:]


def _counting(declared: str) -> Text:
    if declared == NONE:
        return Text(
            en="The figure is declared without inference, so none of these counts.",
            sv="Siffran är avtalad utan osäkerhetsberäkning, så inget av dessa gäller.",
        )
    return Text(
        en=f"Only the declared way ({_name(declared, 'en')}) counts.",
        sv=f"Bara det avtalade sättet ({_name(declared, 'sv')}) gäller.",
    )


def _said(rejecting: Sequence[str], keeping: Sequence[str], alpha: Fraction, *, some: bool) -> Text:
    level = {lang: format_percent(alpha, lang, None) for lang in _AND}
    if not (rejecting or keeping):
        return Text(en="None of them can reject at that level.", sv="Inget av dem kan förkasta på den nivån.")
    if not (rejecting and keeping):
        word = _ALL[some] if rejecting else ("none rejects", "förkastas inte av något")
        return Text(
            en=f"At the {level['en']} level {word[0]} no effect.",
            sv=f"På nivån {level['sv']} {word[1]} att det inte finns någon effekt.",
        )
    first, second = (
        {lang: join_words([_name(name, lang) for name in names], word) for lang, word in _AND.items()}
        for names in (rejecting, keeping)
    )
    return Text(
        en=f"They disagree: at the {level['en']} level no effect is rejected by {first['en']}, not by {second['en']}.",
        sv=f"De är oense: på nivån {level['sv']} förkastas att det inte finns någon effekt av {first['sv']}, inte av "
        f"{second['sv']}.",
    )


def _name(method: str, lang: Language) -> str:
    return WAYS[method].in_language(lang) if method in WAYS else method


_ALL = {
    False: ("all of them reject", "förkastas av alla"),
    True: ("all that can do so reject", "förkastas av alla som kan"),
}
_AND: dict[Language, str] = {"en": "and", "sv": "och"}
WAYS = {
    "placebo": Text(en="placebo ranks", sv="placeborang"),
    "placebo_sd": Text(en="a t on the placebo spread", sv="t på placebospridningen"),
    "placebo_variance": Text(en="the placebo standard deviation", sv="placebostandardavvikelsen"),
    "cluster": Text(en="clusters", sv="kluster"),
    "hac": Text(en="HAC", sv="HAC"),
    "block_bootstrap": Text(en="block bootstrap", sv="blockbootstrap"),
}
"""What the ways are called."""
