"""The smallest effect that a contract's own test finds: at the level and on the side that its conditions name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Language, Text, format_number, format_percent, format_share, significant
from effekt._validation import join_words
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.gates import Gate
from effekt.contracts.money import exact_text
from effekt.contracts.scenarios import Situation, gates, moving_figures, same_estimate
from effekt.contracts.schema import is_decimal
from effekt.diagnostics.power import KnownPrecision, Sided, minimum_detectable_effect
from effekt.reports.thresholds import Threshold, reached_from
from effekt.workflow.plan.outlook_text import number_text

SHARES = ("relative", "relative_improvement")
USUAL = Fraction(19, 20)
POWER = 0.8
LEVEL_MOVES, NULL_MOVES = Fraction(1, 2000), Fraction(1, 100)
"""How far rounding moves a level, and a value that a bound is held against in standard errors, where it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """The smallest true effect found with power 0.8, beside the nearest threshold at an improvement.

    Attributes
    ----------
    std_error : str
    smallest : float
    threshold : str or None
    level : str
        1 − α of the test of no effect: that of the contract's condition on certainty as it is written, else 0.95. A
        figure that is rounded meets the condition from another level on, which `smallest` is of, and `text` says.
    alternative : {"two-sided", "greater"}
        "greater" of a test on one side, whichever; two-sided where the contract has no such condition.
    text : Text
    """

    std_error: str
    smallest: float
    threshold: str | None
    level: str
    alternative: Sided
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """A condition on how certain the effect is; `null` is what it is held against, on whose `sides` it is met."""

    figure: str
    level: Fraction
    alternative: Sided
    null: Fraction
    sides: tuple[int, ...]

    @property
    def one_sided(self) -> Fraction:
        """The level of the same test on one side."""
        return self.level if self.alternative == "greater" else 1 - (1 - self.level) / 2


class _Condition(NamedTuple):
    """The test that the contract writes, and the one with which its figure meets the condition once it is rounded.

    `reached` is the comparison as one of the figure.
    """

    written: _Test
    met: _Test
    reached: Threshold


def detectable(situation: Situation, error: Fraction) -> Detectable:
    """The smallest effect found with one standard error.

    Parameters
    ----------
    situation : Situation
        Of a figure that is an estimate.
    error : Fraction
        In the figure's unit.

    Returns
    -------
    Detectable
    """
    term = situation.term
    assert isinstance(term, EstimateFigure)
    upwards = situation.better(term) != -1
    written = reached_from(situation.contract, situation.figure, upwards=upwards)
    above = sorted(
        (one for one in written if _beyond(situation, one.at) > 0), key=lambda one: _beyond(situation, one.edge)
    )
    condition = max(_conditions(situation, term), key=lambda one: one.met.one_sided, default=None)
    level, alternative = (USUAL, _TWO) if condition is None else (condition.met.level, condition.met.alternative)
    apart = _by_rounding(situation, error, above[0]) if above else None
    found = minimum_detectable_effect(
        KnownPrecision(std_error=float(error)),
        power=POWER,
        level=float(level),
        alternative=alternative,
        threshold=float(_beyond(situation, above[0].edge)) if above and apart is None else None,
        scale="relative" if term.view in SHARES else "outcome",
    )
    said = [
        found.statement,
        *([] if apart is None else [apart]),
        _how(situation, condition),
        *_against(situation, condition, error),
    ]
    return Detectable(
        std_error=exact_text(error),
        smallest=float(found.values["minimum_detectable_effect"] or 0.0),
        threshold=exact_text(above[0].at) if above else None,
        level=exact_text(USUAL if condition is None else condition.written.level),
        alternative=alternative,
        text=Text(en=" ".join(one.en for one in said), sv=" ".join(one.sv for one in said)),
    )


_TWO: Literal["two-sided"] = "two-sided"


def _conditions(situation: Situation, varied: EstimateFigure) -> Iterator[_Condition]:
    """The conditions on certainty of the varied estimate that find an improvement, each held against a decimal."""
    figures = situation.contract.model.figures
    for gate in gates(situation.contract).values():
        for figure, operator, operand in _comparisons(gate):
            term = figures[figure]
            if not (isinstance(term, EstimateFigure) and same_estimate(term, varied) and is_decimal(operand)):
                continue
            above = operator in ("ge", "gt")
            reached = Threshold(Fraction(operand), operator in ("ge", "le"), above, term.digits)
            written, met = (_test(figure, above, at, term) for at in (reached.at, reached.edge))
            better = situation.better(term)
            if met is not None and 0 < met.level < 1 and (better is None or better in met.sides):
                assert written is not None
                yield _Condition(written=written, met=met, reached=reached)


_TURNED = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge"}


def _comparisons(gate: Gate, *, turned: bool = False) -> Iterator[tuple[str, str, str]]:
    """Comparisons that must hold, or one of which must, by figure and operator; what must not hold is turned round."""
    for operator, other in _TURNED.items():
        operand = getattr(gate, operator)
        if operand is not None:
            yield gate.figure or "", other if turned else operator, operand
    if gate.not_ is not None:
        yield from _comparisons(gate.not_, turned=not turned)
    for arm in gate.all or gate.any or ():
        yield from _comparisons(arm, turned=turned)


def _test(figure: str, above: bool, operand: Fraction, term: EstimateFigure) -> _Test | None:
    """What a comparison tests, `above` where the figure must be large; None where it tests nothing."""
    two = term.alternative in (None, _TWO)
    sided: Sided = _TWO if two else "greater"
    sides: tuple[int, ...] = (1,) if above else (-1,)
    match term.statistic, above:
        case "confidence_at_least", _:
            level, null = operand if above else 1 - operand, Fraction(term.threshold or 0)
            return _Test(figure=figure, level=level, alternative="greater", null=null, sides=sides)
        case ("confidence_low", True) | ("confidence_high", False):
            return _Test(figure=figure, level=Fraction(term.level or 0), alternative=sided, null=operand, sides=sides)
        case "p_value", False:
            null = _no_effect(term) if term.null is None else Fraction(term.null)
            sides = (-1, 1) if two else (1,) if term.alternative == "greater" else (-1,)
            return _Test(figure=figure, level=1 - operand, alternative=sided, null=null, sides=sides)
    return None


def _no_effect(term: EstimateFigure) -> Fraction:
    return Fraction(1 if term.view == "ratio" else 0)


# --- words ------------------------------------------------------------------------------------------------------------


def _beyond(situation: Situation, value: Fraction) -> Fraction:
    """How far a value of the varied figure lies from no effect, on the side that is better."""
    term, none = situation.term, situation.no_effect()
    assert isinstance(term, EstimateFigure)
    assert none is not None
    return (situation.better(term) or 1) * (value - none)


def _by_rounding(situation: Situation, error: Fraction, threshold: Threshold) -> Text | None:
    """From which estimate on the rounded figure reaches the threshold; None where the two are told alike."""
    term = situation.term
    assert isinstance(term, EstimateFigure)
    edge, at = _beyond(situation, threshold.edge), _beyond(situation, threshold.at)
    if _told(term, edge, "en") == _told(term, at, "en"):
        return None
    reaches = KnownPrecision(std_error=float(error)).reaches(0.0, float(edge))
    least, line, none, chance = (
        Text(en=en, sv=sv)
        for en, sv in (
            (_exactly(term, edge, "en"), _exactly(term, edge, "sv")),
            (_exactly(term, at, "en"), _exactly(term, at, "sv")),
            (_told(term, 0, "en"), _told(term, 0, "sv")),
            (format_share(reaches, "en"), format_share(reaches, "sv")),
        )
    )
    comes = Text(en="reaches", sv="når") if threshold.itself else Text(en="passes", sv="passerar")
    return Text(
        en=f"An estimate of {least.en} or more, with which the rounded figure {comes.en} the threshold of {line.en}, "
        f"has probability {chance.en} for a true one of {none.en}.",
        sv=f"En skattning på {least.sv} eller mer, med vilken den avrundade siffran {comes.sv} tröskeln {line.sv}, "
        f"har sannolikheten {chance.sv} vid en sann förbättring på {none.sv}.",
    )


def _told(term: EstimateFigure, value: float | Fraction, lang: Language) -> str:
    """A value of the figure for reading."""
    return format_percent(value, lang) if term.view in SHARES else significant(float(value), lang)


def _exactly(term: EstimateFigure, value: Fraction, lang: Language) -> str:
    """A value of the figure as it is written."""
    return format_percent(value, lang, None) if term.view in SHARES else number_text(exact_text(value), lang)


def _how(situation: Situation, condition: _Condition | None) -> Text:
    if condition is None:
        has = _another_form(situation)
        return Text(
            en=f"That is by a two-sided test with 95% confidence; the contract has {has.en}.",
            sv=f"Det gäller ett tvåsidigt test med 95\N{NO-BREAK SPACE}% konfidens; avtalet har {has.sv}.",
        )
    written, met, reached = condition
    moved = abs(met.level - written.level) >= LEVEL_MOVES or not 0 < written.level < 1
    name = _name(situation, met.figure)
    en, sv = (format_percent(met.level if moved else written.level, lang, None) for lang in LANGUAGES)
    one = met.alternative == "greater"
    condition_en, condition_sv = f"as in the contract's condition on {name.en}", f"som i avtalets villkor om {name.sv}"
    if moved:
        asked = [format_percent(written.level, lang, None) for lang in LANGUAGES]
        more = Text(en="", sv="") if reached.itself else Text(en="more than ", sv="mer än ")
        condition_en = f"from which on {name.en}, once rounded, meets the contract's condition of {more.en}{asked[0]}"
        condition_sv = f"från vilken {name.sv} efter avrundning uppfyller avtalets villkor om {more.sv}{asked[1]}"
    return Text(
        en=f"That is by a {'one' if one else 'two'}-sided test with {en} confidence, {condition_en}.",
        sv=f"Det gäller ett {'ensidigt' if one else 'tvåsidigt'} test med {sv} konfidens, {condition_sv}.",
    )


def _name(situation: Situation, figure: str) -> Text:
    label = situation.contract.model.figures[figure].label
    return Text(en=figure, sv=figure) if label is None else label.text


def _another_form(situation: Situation) -> Text:
    """That money hangs on figures that say how certain something is, or on none."""
    terms = situation.contract.model.figures
    names = [_name(situation, id) for id in moving_figures(situation.contract) if terms[id].uncertain is not None]
    if not names:
        return Text(en="no condition on how certain the effect is", sv="inget villkor om hur säker effekten är")
    en, sv = join_words([one.en for one in names], "and"), join_words([one.sv for one in names], "och")
    return Text(
        en=f"a condition on how certain the effect is, on {en}, in another form, which this test does not take in",
        sv=f"ett villkor om hur säker effekten är, på {sv}, i en annan form, som detta test inte tar hänsyn till",
    )


def _against(situation: Situation, condition: _Condition | None, error: Fraction) -> Iterator[Text]:
    """Where the condition is held against another value than no effect: the true value at which it is met as surely."""
    varied = situation.term
    assert isinstance(varied, EstimateFigure)
    if condition is None:
        return
    written, met, reached = condition
    own = situation.contract.model.figures[met.figure]
    assert isinstance(own, EstimateFigure)
    held, edge = (situation.of(met.figure, one.null) for one in (written, met))
    if held is None or edge is None:
        if met.null != written.null:
            yield _untaken(_name(situation, met.figure))
        return
    moved = abs(edge - held) >= error * NULL_MOVES
    if written.null == _no_effect(own) and not moved:
        return
    turned = 1 if situation.better(own) == situation.better(varied) else -1
    far = (t_quantile(float(met.one_sided), math.inf) + t_quantile(POWER, math.inf)) * float(error)
    places = sorted(float(edge) + turned * side * far for side in met.sides)

    def words(lang: Language) -> tuple[str, str, str]:
        told = [_told(varied, at, lang) for at in places]
        return (
            _exactly(varied, held, lang),
            format_number(POWER, lang),
            join_words(told, "or" if lang == "en" else "eller"),
        )

    (null, power, value), (mot, styrka, värde) = words("en"), words("sv")
    if moved:
        comes = Text(en="reaches", sv="når") if reached.itself else Text(en="passes", sv="passerar")
        null += f", which the rounded figure {comes.en} at {_exactly(varied, edge, 'en')}"
        mot += f", som den avrundade siffran {comes.sv} vid {_exactly(varied, edge, 'sv')}"
    yield Text(
        en=f"The condition itself is held against {null}; it is met with probability {power} at a true value of "
        f"{value}.",
        sv=f"Villkoret självt prövas mot {mot}; det uppfylls med sannolikheten {styrka} vid det sanna värdet {värde}.",
    )


def _untaken(name: Text) -> Text:
    """Where what is given does not say at which value of the varied figure another view is rounded."""
    return Text(
        en=f"That {name.en} is rounded before the condition is tried is not taken in.",
        sv=f"Att {name.sv} avrundas innan villkoret prövas tas inte med.",
    )
