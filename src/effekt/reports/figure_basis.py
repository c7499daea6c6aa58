"""What each estimated figure rests on: decimals, uncertainty, numbers and means, and where a re-run could take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.estimated import effect_of, rerun_values
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.rerun import tolerance_of
from effekt.reports.document import Block, Column, Paragraph, Table
from effekt.reports.effects import interval, relative_view, spread_of
from effekt.reports.findings import pieces, stated_value
from effekt.reports.names import figure_mention, figure_name
from effekt.reports.wording import (
    NONE,
    bare_mean,
    in_view,
    joined,
    level_text,
    number,
    signed,
    signed_estimate,
    times_words,
)
from effekt.result import EffectEstimate, View

_FIGURE = Text(en="Figure", sv="Siffra")


def basis_tables(certificate: Certificate) -> Iterator[Block]:
    """How sure each estimated figure is, and whom and what it compares.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Block
        Nothing where no figure is estimated.
    """
    effects = dict(figure_effects(certificate))
    if not effects:
        return
    terms = certificate.contract.model
    yield Table(
        caption=Text(en="How sure each estimated figure is", sv="Hur säker varje skattad siffra är"),
        columns=(
            Column(label=_FIGURE),
            Column(label=Text(en="Decimals", sv="Decimaler"), kind="number"),
            Column(label=Text(en="Standard error or placebo SD", sv="Medelfel eller placebo-SD"), kind="number"),
            Column(label=Text(en="Interval", sv="Intervall")),
            Column(label=Text(en="A re-run within the tolerance gives", sv="En omräkning inom toleransen ger")),
        ),
        rows=tuple(
            (
                figure_name(id, terms),
                number(terms.figures[id].digits),
                _spread(effect),
                _interval(effect),
                _rerun(id, certificate),
            )
            for id, effect in effects.items()
        ),
    )
    yield Table(
        caption=Text(en="Whom and what it compares", sv="Vilka och vad den jämför"),
        columns=(
            Column(label=_FIGURE),
            Column(label=Text(en="Treated", sv="Behandlade"), kind="number"),
            Column(label=Text(en="Compared with", sv="Jämförda"), kind="number"),
            Column(label=Text(en="Mean", sv="Medelvärde"), kind="number"),
            Column(label=Text(en="Counterfactual", sv="Kontrafaktiskt"), kind="number"),
            Column(label=Text(en="Absolute", sv="Absolut"), kind="number"),
            Column(label=Text(en="Relative", sv="Relativt"), kind="number"),
        ),
        rows=tuple((figure_name(id, terms), *_compared(effect)) for id, effect in effects.items()),
    )
    yield from _follows(effects, certificate)


def _follows(effects: Mapping[str, EffectEstimate], certificate: Certificate) -> Iterator[Block]:
    """How many times the effect on one of those compared each figure counts, where that is not once."""
    terms = certificate.contract.model
    times = {id: abs(effect.view.slope) for id, effect in effects.items() if effect.view.contrast == "difference"}
    counted = [(figure_mention(id, terms), times_words(count)) for id, count in times.items() if count != 1]
    if not counted:
        return
    told = joined(Text(en=f"{id.en} {count.en} times", sv=f"{id.sv} {count.sv} gånger") for id, count in counted)
    yield Paragraph(
        text=Text(
            en="The means and the absolute effect are for one of those compared. Of that effect these figures count: "
            f"{told.en}.",
            sv="Medelvärdena och den absoluta effekten gäller en av dem som jämförs. Av den effekten räknar dessa "
            f"siffror: {told.sv}.",
        ),
        role="note",
    )


def figure_effects(certificate: Certificate) -> Iterator[tuple[str, EffectEstimate]]:
    """The effect that each estimated figure with a value is taken from, in its view and for those it counts.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    (str, EffectEstimate)
    """
    figures = {figure.id: figure for figure in certificate.figures}
    for id, term in certificate.contract.model.figures.items():
        result = certificate.results.get(term.estimate) if isinstance(term, EstimateFigure) else None
        if not isinstance(term, EstimateFigure) or result is None or isinstance(result, Pending):
            continue
        effect = None if id not in figures or figures[id].value is None else effect_of(id, term, result, figures)
        if effect is not None:
            yield id, effect


def _spread(effect: EffectEstimate) -> Text:
    spread = spread_of(effect)
    return NONE if spread is None else in_view(effect, spread)


def _interval(effect: EffectEstimate) -> Text:
    found = interval(effect)
    if found is None:
        return Text(en="not available", sv="finns inte")
    told, level = pieces(effect, found.intervals), level_text(found.level)
    return Text(en=f"{told.en} (level {level.en}, two-sided)", sv=f"{told.sv} (nivån {level.sv}, dubbelsidigt)")


def _rerun(id: str, certificate: Certificate) -> Text:
    """The least and greatest value of the figure that a re-run on another machine could come to."""
    figures, term = {one.id: one for one in certificate.figures}, certificate.contract.model.figures[id]
    assert isinstance(term, EstimateFigure)
    result = certificate.results[term.estimate]
    assert not isinstance(result, Pending)
    others = rerun_values(id, term, result, figures, tolerance_of(certificate.contract.model))
    values = {one.value for one in (figures[id], *others) if one.value is not None}
    if len(values) == 1:
        return Text(en="the same value", sv="samma värde")
    least, most = (stated_value(end, "") for end in (min(values, key=Fraction), max(values, key=Fraction)))
    return Text(en=f"{least.en} to {most.en}", sv=f"{least.sv} till {most.sv}")


def _compared(effect: EffectEstimate) -> tuple[Text, ...]:
    sample, relative = effect.sample, relative_view(effect)
    difference = replace(effect, view=View(name="difference")).estimate  # of the two means, whatever the figure counts
    counts = (NONE if n is None else number(n) for n in (sample.n_treated, sample.n_control))
    return (
        *counts,
        bare_mean(effect, effect.treated_mean),
        bare_mean(effect, effect.counterfactual_mean),
        signed(bare_mean(effect, difference), difference),
        NONE if relative is None else signed_estimate(relative),
    )
