"""The smallest effect that a contract's own test finds: at the level and on the side that its conditions name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from effekt._text import LANGUAGES, Language, Text, format_number, format_percent, significant
from effekt.contracts.figures import EstimateFigure
from effekt.contracts.gates import Gate
from effekt.contracts.money import exact_text
from effekt.contracts.scenarios import Situation, gates, same_estimate
from effekt.contracts.schema import is_decimal
from effekt.diagnostics.power import KnownPrecision, Sided, minimum_detectable_effect
from effekt.reports.thresholds import thresholds

SHARES = ("relative", "relative_improvement")
USUAL = Fraction(19, 20)
POWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """The smallest true effect found with power 0.8, beside the lowest threshold above none.

    Attributes
    ----------
    std_error : str
    smallest : float
    threshold : str or None
    level : str
        1 − α of the test of no effect: that of the contract's condition on certainty, else 0.95.
    alternative : {"two-sided", "greater"}
        Two-sided where the contract has no such condition.
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
    """A condition on how certain the effect is; `null` is what it is held against."""

    figure: str
    level: Fraction
    alternative: Sided
    null: Fraction

    @property
    def one_sided(self) -> Fraction:
        """The level of the same test on one side."""
        return self.level if self.alternative == "greater" else 1 - (1 - self.level) / 2


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
    term, none = situation.term, situation.no_effect()
    assert isinstance(term, EstimateFigure)
    assert none is not None
    above = [at - none for at in thresholds(situation.contract).get(situation.figure, ()) if at > none]
    test = max(_tests(situation, term, none), key=lambda one: one.one_sided, default=None)
    level, alternative = (USUAL, _TWO) if test is None else (test.level, test.alternative)
    found = minimum_detectable_effect(
        KnownPrecision(std_error=float(error)),
        power=POWER,
        level=float(level),
        alternative=alternative,
        threshold=float(above[0]) if above else None,
        scale="relative" if term.view in SHARES else "outcome",
    )
    said = [found.statement, _how(situation, test), *_against(term, test, none, error)]
    return Detectable(
        std_error=exact_text(error),
        smallest=float(found.values["minimum_detectable_effect"] or 0.0),
        threshold=exact_text(above[0] + none) if above else None,
        level=exact_text(level),
        alternative=alternative,
        text=Text(en=" ".join(one.en for one in said), sv=" ".join(one.sv for one in said)),
    )


_TWO: Literal["two-sided"] = "two-sided"


def _tests(situation: Situation, varied: EstimateFigure, none: Fraction) -> Iterator[_Test]:
    """The conditions on certainty of the estimate that is varied, each held against a decimal."""
    figures = situation.contract.model.figures
    for gate in gates(situation.contract).values():
        for leaf in _leaves(gate):
            term = figures[leaf.figure or ""]
            if isinstance(term, EstimateFigure) and same_estimate(term, varied):
                found = _test(leaf, term, none)
                if found is not None and 0 < found.level < 1:
                    yield found


def _leaves(gate: Gate) -> Iterator[Gate]:
    """Comparisons that must hold, or one of which must; what must not hold is no test of an effect."""
    if gate.figure is not None:
        yield gate
    for arm in gate.all or gate.any or ():
        yield from _leaves(arm)


def _test(leaf: Gate, term: EstimateFigure, none: Fraction) -> _Test | None:
    at_least, at_most = leaf.ge or leaf.gt or "", leaf.le or leaf.lt or ""
    figure, sided = leaf.figure or "", _TWO if term.alternative in (None, _TWO) else "greater"
    if term.statistic == "confidence_at_least" and is_decimal(at_least):
        return _Test(figure=figure, level=Fraction(at_least), alternative="greater", null=Fraction(term.threshold or 0))
    bound = {"confidence_low": at_least, "confidence_high": at_most}.get(term.statistic, "")
    if is_decimal(bound):
        return _Test(figure=figure, level=Fraction(term.level or 0), alternative=sided, null=Fraction(bound))
    if term.statistic == "p_value" and is_decimal(at_most):
        null = none if term.null is None else Fraction(term.null)
        return _Test(figure=figure, level=1 - Fraction(at_most), alternative=sided, null=null)
    return None


# --- words ------------------------------------------------------------------------------------------------------------


def _how(situation: Situation, test: _Test | None) -> Text:
    if test is None:
        return Text(
            en="That is by a two-sided test with 95% confidence; the contract has no condition on how certain the "
            "effect is.",
            sv="Det gäller ett tvåsidigt test med 95\N{NO-BREAK SPACE}% konfidens; avtalet har inget villkor om hur "
            "säker effekten är.",
        )
    label = situation.contract.model.figures[test.figure].label
    name = Text(en=test.figure, sv=test.figure) if label is None else label.text
    en, sv = (format_percent(test.level, lang, None) for lang in LANGUAGES)
    one = test.alternative == "greater"
    return Text(
        en=f"That is by a {'one' if one else 'two'}-sided test with {en} confidence, as in the contract's condition on "
        f"{name.en}.",
        sv=f"Det gäller ett {'ensidigt' if one else 'tvåsidigt'} test med {sv} konfidens, som i avtalets villkor om "
        f"{name.sv}.",
    )


def _against(varied: EstimateFigure, test: _Test | None, none: Fraction, error: Fraction) -> Iterator[Text]:
    """Where the condition is held against more than no effect: the true value at which it is met as surely."""
    if test is None or test.null <= none:
        return
    found = minimum_detectable_effect(
        KnownPrecision(std_error=float(error)), power=POWER, level=float(test.one_sided), alternative="greater"
    )
    at = float(test.null) + float(found.values["minimum_detectable_effect"] or 0.0)

    def words(lang: Language) -> tuple[str, str, str]:
        share = varied.view in SHARES
        null = format_percent(test.null, lang, None) if share else format_number(exact_text(test.null), lang)
        return null, format_number(POWER, lang), format_percent(at, lang) if share else significant(at, lang)

    (null, power, value), (mot, styrka, värde) = words("en"), words("sv")
    yield Text(
        en=f"The condition itself is held against {null}; it is met with probability {power} at a true value of "
        f"{value}.",
        sv=f"Villkoret självt prövas mot {mot}; det uppfylls med sannolikheten {styrka} vid det sanna värdet {värde}.",
    )
