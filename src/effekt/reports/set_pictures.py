"""What the picture of a set of effects shows: rows beside each other, or an event study over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from effekt._text import Language, Text
from effekt.reports.document import Mark
from effekt.reports.effects import interval, no_difference
from effekt.reports.wording import PERCENT_VIEWS, level_text, signed_estimate, unit_words
from effekt.result import Diagnostic, EffectEstimate, EffectSet
from effekt.result.set_summary import named_effects
from effekt.result.summary import view_label

Pairs = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One effect, in per cent where its view is, with its intervals and its part of the band for all."""

    label: str
    estimate: float
    intervals: Pairs
    bands: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestPanel:
    """Effects on one axis."""

    axis: Text
    zero: float
    rows: tuple[Row, ...]
    said: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPicture:
    """Effects by the periods since adoption.

    Attributes
    ----------
    times : tuple of int
        Of each row.
    first : int
        The first period that counts as after adoption: 0, or the first of the anticipation.
    reference : int, optional
        The period that all are compared with, where there is one.
    overall : Mark, optional
    """

    axis: Text
    times: tuple[int, ...]
    rows: tuple[Row, ...]
    first: int
    before: Text
    after: Text
    reference: int | None
    reference_label: Text
    overall: Mark | None
    said: Text


def event_picture(effects: EffectSet, bands: Diagnostic | None) -> EventPicture | None:
    """The picture of an event study; None for a set that is none."""
    members = effects.effects
    if not all(one.method == "event_study" or one.arguments.get("aggregate") == "dynamic" for one in members):
        return None
    if len({_axis_of(one) for one in members}) > 1:
        return None
    overall, anticipation = effects.overall, members[0].arguments.get("anticipation", 0)
    first = -anticipation if isinstance(anticipation, int) else 0
    universal = members[0].method == "event_study" or members[0].arguments.get("base_period") == "universal"
    before = Text(en="before adoption: a check, no effect", sv="före införandet: en kontroll, ingen effekt")
    after = Text(en="from adoption on", sv="från införandet")
    if first < 0:
        before = Text(
            en="before adoption and its anticipation: a check, no effect",
            sv="före införandet och dess förväntan: en kontroll, ingen effekt",
        )
        after = Text(en="from the anticipation on", sv="från förväntan och framåt")
    return EventPicture(
        axis=_axis(members[0]),
        times=tuple(int(label) for label in effects.labels),
        rows=tuple(_rows(list(zip(effects.labels, members, strict=True)), bands, "en", plain=True)),
        first=first,
        before=before,
        after=after,
        reference=first - 1 if universal else None,
        reference_label=Text(en="reference period, 0 by definition", sv="referensperiod, 0 per definition"),
        overall=None if overall is None or _axis_of(overall) != _axis_of(members[0]) else _mark(overall),
        said=_said(list(members), bands),
    )


def forest_panels(effects: EffectSet, bands: Diagnostic | None, lang: Language) -> list[ForestPanel]:
    """The effects in the order of the set, one panel for each unit and view, the overall effect last."""
    panels: dict[tuple[str, str], list[tuple[str, EffectEstimate]]] = {}
    for label, one in named_effects(effects, lang):
        panels.setdefault(_axis_of(one), []).append((label, one))
    return [
        ForestPanel(
            axis=_axis(found[0][1]),
            zero=no_difference(found[0][1]) * _scale(found[0][1]),
            rows=tuple(_rows(found, bands, lang)),
            said=_said([one for _, one in found], bands),
        )
        for found in panels.values()
    ]


def unit_of(effect: EffectEstimate) -> Text:
    """What the values of the view are measured in; nothing for a ratio."""
    if effect.view.name in PERCENT_VIEWS:
        return Text(en="%", sv="%")
    return unit_words("" if effect.view.contrast == "ratio" else effect.outcome.unit)


def _rows(
    found: list[tuple[str, EffectEstimate]], bands: Diagnostic | None, lang: Language, *, plain: bool = False
) -> Iterator[Row]:
    """Rows whose labels say what is not as for the others: another level, or no interval."""
    usual = _usual_level([one for _, one in found])
    for label, one in found:
        scale, own = _scale(one), interval(one)
        pairs = () if own is None else tuple((low * scale, high * scale) for low, high in own.intervals)
        beside = ""
        if own is None:
            beside = {"en": " (no interval)", "sv": " (utan intervall)"}[lang]
        elif own.level != usual:
            beside = f" ({level_text(own.level).in_language(lang)})"
        yield Row(
            label=label if plain else label + beside,
            estimate=one.estimate * scale,
            intervals=pairs,
            bands=_band(bands, label, scale),
        )


def _band(bands: Diagnostic | None, label: str, scale: float) -> Pairs:
    if bands is None or label not in bands.table["effect"]:
        return ()
    place = bands.table["effect"].index(label)
    low, high = bands.table["low"][place], bands.table["high"][place]
    if not isinstance(low, float) or not isinstance(high, float):
        return ()
    return ((low * scale, high * scale),)


def _usual_level(found: list[EffectEstimate]) -> float | None:
    """The highest level of their intervals; None where no effect has any."""
    return max((own.level for one in found if (own := interval(one)) is not None), default=None)


def _scale(effect: EffectEstimate) -> float:
    return 100.0 if effect.view.name in PERCENT_VIEWS else 1.0


def _axis_of(effect: EffectEstimate) -> tuple[str, str]:
    return view_label(effect).en, unit_of(effect).en


def _axis(effect: EffectEstimate) -> Text:
    name, unit = view_label(effect), unit_of(effect)
    return Text(en=f"{name.en} ({unit.en})", sv=f"{name.sv} ({unit.sv})") if unit.en else name


def _mark(overall: EffectEstimate) -> Mark:
    value = signed_estimate(overall)
    return Mark(
        value=overall.estimate * _scale(overall),
        label=Text(en=f"mean from adoption on, {value.en}", sv=f"medelvärde från införandet, {value.sv}"),
    )


def _said(found: list[EffectEstimate], bands: Diagnostic | None) -> Text:
    """What the bars are, and that they hold for one effect at a time."""
    usual = _usual_level(found)
    if usual is None:
        return Text(en="No interval exists.", sv="Intervall saknas.")
    level = level_text(usual)
    if bands is None:
        return Text(
            en=f"Bars: {level.en} interval of each effect by itself, not of all together.",
            sv=f"Streck: intervall på nivån {level.sv} för varje effekt för sig, inte för alla tillsammans.",
        )
    share = bands.values["level"]
    assert isinstance(share, float)
    together = level_text(share)
    if bands.values.get("n_without"):
        return Text(
            en=f"Bars: {level.en} interval of each effect by itself. Shaded: {together.en} band for all effects that "
            "have inference together.",
            sv=f"Streck: intervall på nivån {level.sv} för varje effekt för sig. Skuggat: band på nivån "
            f"{together.sv} för alla effekter med osäkerhetsmått tillsammans.",
        )
    return Text(
        en=f"Bars: {level.en} interval of each effect by itself. Shaded: {together.en} band for all effects together.",
        sv=f"Streck: intervall på nivån {level.sv} för varje effekt för sig. Skuggat: band på nivån {together.sv} för "
        "alla effekter tillsammans.",
    )
