"""A set of effects in labelled lines and one table, in English or Swedish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from effekt._inference import Unavailable
from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_option
from effekt.exceptions import InferenceUnavailableError
from effekt.result.defaults import with_defaults
from effekt.result.effect import EffectEstimate
from effekt.result.effect_set import EffectSet
from effekt.result.summary import (
    aligned,
    check_text,
    choice_lines,
    interval_text,
    p_value_text,
    value_text,
    view_label,
)

_LABELS: dict[str, Text] = {
    "method": Text(en="Method", sv="Metod"),
    "effects": Text(en="Effects", sv="Effekter"),
    "joint": Text(en="Joint covariance", sv="Gemensam kovarians"),
    "known": Text(en="known", sv="känd"),
    "unknown": Text(en="not known", sv="inte känd"),
    "effect": Text(en="Effect of", sv="Effekt för"),
    "outcome": Text(en="Outcome", sv="Utfall"),
    "view": Text(en="View", sv="Vy"),
    "std_error": Text(en="Standard error", sv="Medelfel"),
    "interval": Text(en="95% confidence interval", sv="95-procentigt konfidensintervall"),
    "p_value": Text(en="P-value of no effect", sv="P-värde för ingen effekt"),
    "estimate": Text(en="Estimate", sv="Skattning"),
    "unavailable": Text(en="Not available", sv="Saknas"),
    "check": Text(en="Check", sv="Kontroll"),
    "note": Text(en="Note", sv="Anmärkning"),
}
OVERALL = Text(en="overall", sv="sammantaget")


def set_summary(effects: EffectSet, lang: Language) -> str:
    """What the effects have in common, a table with a row for each, and the checks and notes with their labels."""
    check_option("lang", lang, LANGUAGES)

    def label(key: str) -> str:
        return _LABELS[key].in_language(lang)

    rows = named_effects(effects, lang)
    methods = dict.fromkeys(f"{one.method}, {one.estimand.name}, {one.variance}" for _, one in rows)
    head = [
        (label("method"), "; ".join(methods)),
        (label("effects"), str(len(effects))),
        (label("joint"), label("unknown" if effects.covariance is None else "known")),
        *choice_lines(_common_arguments(effects), lang),
    ]
    tail = [(label("unavailable"), text) for text in _with_labels(_refusals(rows, lang), len(rows))]
    tail += [(label("check"), text) for text in _with_labels(_checks(effects, rows, lang), len(rows))]
    tail += [(label("note"), text) for text in _with_labels(_notes(effects, rows, lang), len(rows))]
    return "\n\n".join([aligned(head), _table(rows, lang), *([aligned(tail)] if tail else [])])


def named_effects(effects: EffectSet, lang: Language) -> list[tuple[str, EffectEstimate]]:
    """The members by label, and last the overall effect where there is one."""
    found = list(zip(effects.labels, effects.effects, strict=True))
    return found if effects.overall is None else [*found, (OVERALL.in_language(lang), effects.overall)]


def _table(rows: list[tuple[str, EffectEstimate]], lang: Language) -> str:
    """Columns as wide as their widest cell; a column of outcomes or views where they are not the same for all."""
    names = [one.outcome.name for _, one in rows]
    views = [view_label(one).in_language(lang) for _, one in rows]
    several = len(set(views)) > 1
    columns = [[_LABELS["effect"].in_language(lang), *(label for label, _ in rows)]]
    if len(set(names)) > 1:
        columns.append([_LABELS["outcome"].in_language(lang), *names])
    if several:
        columns.append([_LABELS["view"].in_language(lang), *views])
    estimates = [value_text(one, one.estimate, lang) for _, one in rows]
    columns.append([_LABELS["estimate"].in_language(lang) if several else views[0], *estimates])
    errors = ["–" if one.std_error is None else value_text(one, one.std_error, lang) for _, one in rows]
    if set(errors) != {"–"}:
        columns.append([_LABELS["std_error"].in_language(lang), *errors])
    columns.append(
        [
            _LABELS["interval"].in_language(lang),
            *("–" if _why(one, lang, interval=True) else interval_text(one, lang) for _, one in rows),
        ]
    )
    columns.append(
        [
            _LABELS["p_value"].in_language(lang),
            *("–" if _why(one, lang, interval=False) else p_value_text(one, lang) for _, one in rows),
        ]
    )
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    )


def _why(effect: EffectEstimate, lang: Language, *, interval: bool) -> str:
    """Why an effect has no interval, or no p-value; nothing where it has one."""
    try:
        _ = effect.confidence_interval() if interval else effect.p_value()
    except InferenceUnavailableError as reason:
        return reason.sv if lang == "sv" else str(reason)
    return ""


def _refusals(rows: list[tuple[str, EffectEstimate]], lang: Language) -> Iterator[tuple[str, str]]:
    for label, one in rows:
        if isinstance(one.inference, Unavailable):
            yield label, one.inference.reason.in_language(lang)
            continue
        for reason in dict.fromkeys([_why(one, lang, interval=True), _why(one, lang, interval=False)]):
            if reason:
                yield label, reason


def _checks(effects: EffectSet, rows: list[tuple[str, EffectEstimate]], lang: Language) -> Iterator[tuple[str, str]]:
    yield from (("", check_text(check, lang)) for check in effects.diagnostics)
    yield from ((label, check_text(check, lang)) for label, one in rows for check in one.diagnostics)


def _notes(effects: EffectSet, rows: list[tuple[str, EffectEstimate]], lang: Language) -> Iterator[tuple[str, str]]:
    yield from (("", note.text.in_language(lang)) for note in effects.notes)
    yield from ((label, note.text.in_language(lang)) for label, one in rows for note in one.notes)


def _with_labels(found: Iterable[tuple[str, str]], count: int) -> list[str]:
    """Each sentence once, after the labels it is told of; without them where it concerns the set or all of it."""
    told: dict[str, list[str]] = {}
    for label, text in found:
        told.setdefault(text, []).append(label)
    return [
        text if "" in labels or len(dict.fromkeys(labels)) == count else f"{', '.join(dict.fromkeys(labels))}: {text}"
        for text, labels in told.items()
    ]


def _common_arguments(effects: EffectSet) -> dict[str, object]:
    """The choices that are the same for every effect."""
    first, *others = (with_defaults(one.method, one.arguments) for one in effects.effects)
    return {name: value for name, value in first.items() if all(name in own and own[name] == value for own in others)}
