"""An effect in labelled lines, in English or Swedish."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from effekt._text import LANGUAGES, Language, Text, format_number, format_p, format_percent, significant
from effekt._validation import check_option
from effekt.exceptions import InferenceUnavailableError
from effekt.result.defaults import with_defaults
from effekt.result.effect import EffectEstimate
from effekt.result.parts import Diagnostic

WIDTH = 92  # of a line of choices
VIEW_NAMES: dict[str, Text] = {
    "difference": Text(en="Effect (treated − counterfactual)", sv="Effekt (behandlade − kontrafaktiskt)"),
    "relative": Text(en="Relative effect", sv="Relativ effekt"),
    "ratio": Text(en="Ratio (treated / counterfactual)", sv="Kvot (behandlade / kontrafaktiskt)"),
    "improvement": Text(en="Improvement", sv="Förbättring"),
    "relative_improvement": Text(en="Relative improvement", sv="Relativ förbättring"),
    "total": Text(en="Total effect", sv="Total effekt"),
}
_LABELS: dict[str, Text] = {
    "method": Text(en="Method", sv="Metod"),
    "population": Text(en="Population", sv="Population"),
    "treated": Text(en="Mean among treated", sv="Medelvärde bland behandlade"),
    "counterfactual": Text(en="Counterfactual mean", sv="Kontrafaktiskt medelvärde"),
    "std_error": Text(en="Standard error", sv="Medelfel"),
    "placebo_sd": Text(en="Placebo standard deviation", sv="Placebo-standardavvikelse"),
    "interval": Text(en="95% confidence interval", sv="95-procentigt konfidensintervall"),
    "p_value": Text(en="P-value of no effect", sv="P-värde för ingen effekt"),
    "unavailable": Text(en="not available: ", sv="saknas: "),
    "check": Text(en="Check", sv="Kontroll"),
    "note": Text(en="Note", sv="Anmärkning"),
    "choices": Text(en="Choices", sv="Val"),
    "n_obs": Text(en="Rows", sv="Rader"),
    "n_units": Text(en="Units", sv="Enheter"),
    "n_treated": Text(en="Treated units", sv="Behandlade enheter"),
    "n_control": Text(en="Control units", sv="Kontrollenheter"),
    "n_clusters": Text(en="Clusters", sv="Kluster"),
    "n_dropped": Text(en="Rows dropped", sv="Bortfallna rader"),
}
STATUSES: dict[str, Text] = {
    "ok": Text(en="no evidence against", sv="inget talar emot"),
    "warning": Text(en="warning", sv="varning"),
    "failed": Text(en="failed", sv="underkänd"),
    "information": Text(en="for information", sv="upplysning"),
}
"""The statuses of a check in words."""


def effect_summary(effect: EffectEstimate, lang: Language) -> str:
    """Method, population, means, effect, uncertainty, counts, choices, checks and notes, one a line."""
    check_option("lang", lang, LANGUAGES)

    def label(key: str) -> str:
        return _LABELS[key].in_language(lang)

    unit = effect.outcome.unit
    lines = [
        (label("method"), f"{effect.method}, {effect.estimand.name}, {effect.variance}"),
        (label("population"), effect.estimand.population.in_language(lang)),
        (label("treated"), f"{significant(effect.treated_mean, lang)} {unit}".rstrip()),
        (label("counterfactual"), f"{significant(effect.counterfactual_mean, lang)} {unit}".rstrip()),
        (view_label(effect).in_language(lang), value_text(effect, effect.estimate, lang)),
    ]
    if effect.std_error is not None:
        lines.append((label("std_error"), value_text(effect, effect.std_error, lang)))
    if effect.placebo_sd is not None:
        lines.append((label("placebo_sd"), value_text(effect, effect.placebo_sd, lang)))
    lines.append((label("interval"), interval_text(effect, lang)))
    lines.append((label("p_value"), p_value_text(effect, lang)))
    for name in ("n_obs", "n_units", "n_treated", "n_control", "n_clusters", "n_dropped"):
        count = getattr(effect.sample, name)
        if count is not None:
            lines.append((label(name), str(count)))
    lines.extend(choice_lines(with_defaults(effect.method, effect.arguments), lang))
    lines.extend((label("check"), check_text(check, lang)) for check in effect.diagnostics)
    lines.extend((label("note"), note.text.in_language(lang)) for note in effect.notes)
    return aligned(lines)


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    """Labels and values, the values in one column."""
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in lines)


def choice_lines(arguments: Mapping[str, object], lang: Language) -> list[tuple[str, str]]:
    """The choices of a call, wrapped; none where there are none."""
    wrapped = textwrap.wrap(_choices(arguments), WIDTH)
    return [(_LABELS["choices"].in_language(lang) if not place else "", line) for place, line in enumerate(wrapped)]


def check_text(check: Diagnostic, lang: Language) -> str:
    """'pretrend, no evidence against: There is …'."""
    return f"{check.name}, {STATUSES[check.status].in_language(lang)}: {check.statement.in_language(lang)}"


def view_label(effect: EffectEstimate) -> Text:
    """The name of the view: a total with its number of units, and no effect where there is none."""
    if not effect.estimand.causal and effect.view.name == "difference":
        return Text(en="Change (after − before)", sv="Förändring (efter − före)")
    name = VIEW_NAMES[effect.view.name]
    if effect.view.name != "total":
        return name
    n = abs(effect.view.slope)
    n = int(n) if n.is_integer() else n
    return Text(en=f"{name.en} on {format_number(n, 'en')} units", sv=f"{name.sv} på {format_number(n, 'sv')} enheter")


def _choices(arguments: Mapping[str, object]) -> str:
    """A call's arguments as a contract writes them, those that were not used left out."""
    equal_units = arguments.get("comparator") is not None  # `weights: none` decides how units or periods are weighed
    return ", ".join(
        f"{name}: {'none' if value is None else _written(value)}"
        for name, value in arguments.items()
        if value not in (None, "", []) or (name == "weights" and value is None and equal_units)
    )


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + _choices(value) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def value_text(effect: EffectEstimate, value: float, lang: Language) -> str:
    """A value of this view: a percentage for relative views, else the outcome's unit."""
    if effect.view.name in ("relative", "relative_improvement"):
        return format_percent(value, lang, 2)
    if effect.view.name == "ratio":
        return significant(value, lang)
    return f"{significant(value, lang)} {effect.outcome.unit}".rstrip()


def interval_text(effect: EffectEstimate, lang: Language, level: float = 0.95) -> str:
    """'−12.1% to −3.0%', the pieces of a disjoint set, or why there is none."""
    try:
        found = effect.confidence_interval(level)
    except InferenceUnavailableError as reason:
        return unavailable_text(reason, lang)
    to = " to " if lang == "en" else " till "
    or_ = " or " if lang == "en" else " eller "
    pieces = [value_text(effect, low, lang) + to + value_text(effect, high, lang) for low, high in found.intervals]
    return or_.join(pieces) or ("the set is empty" if lang == "en" else "mängden är tom")


def p_value_text(effect: EffectEstimate, lang: Language) -> str:
    """The p-value of no effect, or why there is none."""
    try:
        return format_p(effect.p_value(), lang)
    except InferenceUnavailableError as reason:
        return unavailable_text(reason, lang)


def unavailable_text(reason: InferenceUnavailableError, lang: Language) -> str:
    """'not available: …' in `lang`."""
    return _LABELS["unavailable"].in_language(lang) + (reason.sv if lang == "sv" else str(reason))
