"""The smallest effect that a contract's own test finds: at the level and on the side that its conditions name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from effekt._exact import exact
from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Language, Text, format_number, format_percent, format_share, significant
from effekt._validation import NEAREST, join_words
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.gates import Gate
from effekt.contracts.money import exact_text
from effekt.contracts.scenarios import Situation, gates, moving_figures, same_estimate
from effekt.contracts.schema import is_decimal
from effekt.diagnostics.power import KnownPrecision, Sided, minimum_detectable_effect
from effekt.reports.thresholds import Threshold, reached_from
from effekt.result import Diagnostic
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
    smallest : float or None
        None where the condition is met as often without any effect, never, or from a level on that is nearer to 1 than
        quantiles are computed; `text` says which.
    threshold : str or None
    level : str
        1 − α of the test of no effect: that of the contract's condition on certainty as it is written, else 0.95. A
        figure that is rounded meets the condition from another level on, which `smallest` is of, and `text` says.
    alternative : {"two-sided", "greater"}
        "greater" of a test on one side, whichever; two-sided where the contract has no such condition. `smallest` is of
        one side of it where the condition holds an end of a two-sided interval.
    text : Text
    """

    std_error: str
    smallest: float | None
    threshold: str | None
    level: str
    alternative: Sided
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """A condition on how certain the effect is; `null` is what it is held against, on whose `sides` it is met.

    One that is always met has the level 0, one that never is 1.
    """

    figure: str
    level: Fraction
    alternative: Sided
    null: Fraction
    sides: tuple[int, ...]

    @property
    def one_end(self) -> bool:
        """Whether it holds an end of a two-sided interval, which is passed on one side."""
        return self.alternative == _TWO and len(self.sides) == 1

    @property
    def rejects(self) -> tuple[Fraction, Sided]:
        """Level and alternative of the test that rejects where it is met."""
        return (1 - (1 - self.level) / 2, "greater") if self.one_end else (self.level, self.alternative)

    @property
    def far(self) -> float:
        """Standard errors from `null` to the true value at which it is met with the power; below 0 on the other side.

        −∞ where it is met so often whatever the true value, ∞ where at none or at one that is not computed.
        """
        level, alternative = self.rejects
        if level == 0 or (alternative == _TWO and _by_chance(level)):
            return -math.inf
        if _too_strict(level):
            return math.inf
        if alternative == "greater":
            return t_quantile(float(level), math.inf) + t_quantile(POWER, math.inf)
        return _found(minimum_detectable_effect(KnownPrecision(std_error=1.0), power=POWER, level=float(level)))

    @property
    def strictness(self) -> tuple[float, Fraction]:
        """Rises with the smallest effect found, and with the level where none is needed."""
        return max(self.far, 0.0), self.rejects[0]


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
    condition = max(_conditions(situation, term), key=lambda one: one.met.strictness, default=None)
    smallest, found = _smallest(situation, condition, error, above[0] if above else None)
    said = [*found, _how(situation, condition), *_against(situation, condition, error)]
    return Detectable(
        std_error=exact_text(error),
        smallest=smallest,
        threshold=exact_text(above[0].at) if above else None,
        level=exact_text(USUAL if condition is None else condition.written.level),
        alternative=_TWO if condition is None else condition.met.alternative,
        text=Text(en=" ".join(one.en for one in said), sv=" ".join(one.sv for one in said)),
    )


def _smallest(
    situation: Situation, condition: _Condition | None, error: Fraction, threshold: Threshold | None
) -> tuple[float | None, list[Text]]:
    """The smallest effect found, or why there is none, and how often an estimate reaches the threshold by chance."""
    term = situation.term
    assert isinstance(term, EstimateFigure)
    level, alternative = (USUAL, _TWO) if condition is None else condition.met.rejects
    none = _no_smallest(level)
    reached = None if threshold is None else _reached(situation, error, threshold, always=none is not None)
    more = [] if reached is None else [reached]
    if none is not None:
        return None, [none, *more]
    found = minimum_detectable_effect(
        KnownPrecision(std_error=float(error)),
        power=POWER,
        level=float(level),
        alternative=alternative,
        threshold=float(_beyond(situation, threshold.edge)) if threshold is not None and reached is None else None,
        scale="relative" if term.view in SHARES else "outcome",
    )
    return _found(found), [found.statement, *more]


def _found(effect: Diagnostic) -> float:
    smallest = effect.values["minimum_detectable_effect"]
    assert isinstance(smallest, float)
    return smallest


def _alpha(level: Fraction) -> Fraction:
    """1 − level, as it is computed with."""
    return 1 - exact(float(level))


def _by_chance(level: Fraction) -> bool:
    """Whether a test at a level finds an effect with the power asked for where there is none."""
    return float(_alpha(level)) >= POWER


def _too_strict(level: Fraction) -> bool:
    """Whether a level is nearer to 1 than quantiles are computed."""
    return _alpha(level) < NEAREST


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
            if met is not None and (better is None or better in met.sides):
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
            level, null = _share(operand if above else 1 - operand), Fraction(term.threshold or 0)
            return _Test(figure=figure, level=level, alternative="greater", null=null, sides=sides)
        case ("confidence_low", True) | ("confidence_high", False):
            return _Test(figure=figure, level=Fraction(term.level or 0), alternative=sided, null=operand, sides=sides)
        case "p_value", False:
            null = _no_effect(term) if term.null is None else Fraction(term.null)
            sides = (-1, 1) if two else (1,) if term.alternative == "greater" else (-1,)
            return _Test(figure=figure, level=_share(1 - operand), alternative=sided, null=null, sides=sides)
    return None


def _share(level: Fraction) -> Fraction:
    """A level; 0 or 1 where a condition is met, or not, by all that a probability can be."""
    return min(max(level, Fraction(0)), Fraction(1))


def _no_effect(term: EstimateFigure) -> Fraction:
    return Fraction(1 if term.view == "ratio" else 0)


# --- words ------------------------------------------------------------------------------------------------------------


def _beyond(situation: Situation, value: Fraction) -> Fraction:
    """How far a value of the varied figure lies from no effect, on the side that is better."""
    term, none = situation.term, situation.no_effect()
    assert isinstance(term, EstimateFigure)
    assert none is not None
    return (situation.better(term) or 1) * (value - none)


def _no_smallest(level: Fraction) -> Text | None:
    """Why there is no smallest effect that a test finds; None where there is one."""
    power, styrka = format_number(POWER, "en"), format_number(POWER, "sv")
    if _by_chance(level):
        chance, risk = format_share(1 - level, "en"), format_share(1 - level, "sv")
        return Text(
            en=f"There is no smallest improvement found with power {power}: without any effect one is found with "
            f"probability {chance}.",
            sv=f"Det finns ingen minsta förbättring som upptäcks med styrkan {styrka}: utan någon effekt upptäcks en "
            f"med sannolikheten {risk}.",
        )
    if level == 1:
        return Text(
            en=f"No effect, however large, is found with power {power}.",
            sv=f"Ingen effekt, hur stor den än är, upptäcks med styrkan {styrka}.",
        )
    if _too_strict(level):
        most, mest = (format_percent(1 - NEAREST, lang, None) for lang in LANGUAGES)
        return Text(
            en=f"The smallest improvement found with power {power} is not computed for a confidence above {most}.",
            sv=f"Den minsta förbättring som upptäcks med styrkan {styrka} beräknas inte för en konfidens över {mest}.",
        )
    return None


def _reached(situation: Situation, error: Fraction, threshold: Threshold, *, always: bool) -> Text | None:
    """How often an estimate reaches the threshold without an effect, where that is not told with the smallest one.

    That is where the rounded figure reaches it from another estimate on, which is told then, and `always` if asked.
    """
    term = situation.term
    assert isinstance(term, EstimateFigure)
    edge, at = _beyond(situation, threshold.edge), _beyond(situation, threshold.at)
    apart = _told(term, edge, "en") != _told(term, at, "en")
    if not (apart or always):
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
    which = Text(en=f"{line.en} or more, the threshold,", sv=f"{line.sv} eller mer, tröskeln,")
    if apart:
        comes = Text(en="reaches", sv="når") if threshold.itself else Text(en="passes", sv="passerar")
        enough = Text(en=f"more than {least.en}", sv=f"mer än {least.sv}")
        if threshold.with_edge:
            enough = Text(en=f"{least.en} or more", sv=f"{least.sv} eller mer")
        which = Text(
            en=f"{enough.en}, with which the rounded figure {comes.en} the threshold of {line.en},",
            sv=f"{enough.sv}, med vilken den avrundade siffran {comes.sv} tröskeln {line.sv},",
        )
    return Text(
        en=f"An estimate of {which.en} has probability {chance.en} for a true one of {none.en}.",
        sv=f"En skattning på {which.sv} har sannolikheten {chance.sv} vid en sann förbättring på {none.sv}.",
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
    certain = met.level != written.level and written.level in (0, 1)
    moved = certain or abs(met.level - written.level) >= LEVEL_MOVES
    name = _name(situation, met.figure)
    en, sv = (_confidence(met.level if moved else written.level, lang) for lang in LANGUAGES)
    test_en, test_sv = "a two-sided test", "ett tvåsidigt test"
    if met.alternative == "greater":
        test_en, test_sv = "a one-sided test", "ett ensidigt test"
    elif met.one_end:
        test_en, test_sv = f"one side of {test_en}", f"ena sidan av {test_sv}"
    condition_en, condition_sv = f"as in the contract's condition on {name.en}", f"som i avtalets villkor om {name.sv}"
    if moved:
        asked = [_confidence(written.level, lang) for lang in LANGUAGES]
        more = Text(en="", sv="") if reached.itself else Text(en="more than ", sv="mer än ")
        first = Text(en="from which on", sv="från vilken")
        if 0 < met.level < 1 and not reached.with_edge:
            first = Text(en="above which", sv="över vilken")
        condition_en = f"{first.en} {name.en}, once rounded, meets the contract's condition of {more.en}{asked[0]}"
        condition_sv = f"{first.sv} {name.sv} efter avrundning uppfyller avtalets villkor om {more.sv}{asked[1]}"
    return Text(
        en=f"That is by {test_en} with {en} confidence, {condition_en}.",
        sv=f"Det gäller {test_sv} med {sv} konfidens, {condition_sv}.",
    )


def _confidence(level: Fraction, lang: Language) -> str:
    """A level as it is written, unless its digits would not show that it is neither none nor all."""
    near = 0 < level < NEAREST or 1 - NEAREST < level < 1
    return format_share(level, lang) if near else format_percent(level, lang, None)


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
    places = sorted(float(edge) + turned * side * met.far * float(error) for side in met.sides)
    where = _where(varied, met, places)
    null, mot = (_exactly(varied, held, lang) for lang in LANGUAGES)
    if moved:
        comes = Text(en="reaches", sv="når") if reached.itself else Text(en="passes", sv="passerar")
        at = Text(en="at", sv="vid") if reached.with_edge else Text(en="beyond", sv="bortom")
        null += f", which the rounded figure {comes.en} {at.en} {_exactly(varied, edge, 'en')}"
        mot += f", som den avrundade siffran {comes.sv} {at.sv} {_exactly(varied, edge, 'sv')}"
    yield Text(
        en=f"The condition itself is held against {null}; {where.en}.",
        sv=f"Villkoret självt prövas mot {mot}; {where.sv}.",
    )


def _where(varied: EstimateFigure, test: _Test, places: list[float]) -> Text:
    """At which true values a condition is met with the power, of what it is held against."""
    power, styrka = format_number(POWER, "en"), format_number(POWER, "sv")
    if test.level == 1:
        return Text(en="it is never met", sv="det uppfylls aldrig")
    if test.far == -math.inf:
        return Text(
            en=f"it is met with probability {power} or more whatever the true value",
            sv=f"det uppfylls med sannolikheten {styrka} eller mer vilket det sanna värdet än är",
        )
    if test.far == math.inf:
        return Text(
            en=f"at which true value it is met with probability {power} is not computed",
            sv=f"vid vilket sant värde det uppfylls med sannolikheten {styrka} beräknas inte",
        )
    en, sv = (
        join_words([_told(varied, at, lang) for at in places], word)
        for lang, word in zip(LANGUAGES, ("or", "eller"), strict=True)
    )
    return Text(
        en=f"it is met with probability {power} at a true value of {en}",
        sv=f"det uppfylls med sannolikheten {styrka} vid det sanna värdet {sv}",
    )


def _untaken(name: Text) -> Text:
    """Where what is given does not say at which value of the varied figure another view is rounded."""
    return Text(
        en=f"That {name.en} is rounded before the condition is tried is not taken in.",
        sv=f"Att {name.sv} avrundas innan villkoret prövas tas inte med.",
    )
