"""The smallest improvement that a plan finds, and how often a true one reaches the contract's threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal, TypeAlias

from effekt._text import Language, Text, format_number, format_percent, format_share, significant
from effekt._validation import check_level, check_numbers, check_option, shown
from effekt.diagnostics._arrays import check_between, check_positive
from effekt.diagnostics.power.plan import Design, Sided
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Scale: TypeAlias = Literal["outcome", "relative"]
Rule: TypeAlias = Literal["no_effect", "estimate", "bound"]
RULES: tuple[Rule, ...] = ("no_effect", "estimate", "bound")


def minimum_detectable_effect(
    design: Design,
    *,
    power: float = 0.8,
    level: float = 0.95,
    alternative: Sided = "two-sided",
    effects: Sequence[float] = (),
    threshold: float | None = None,
    scale: Scale = "outcome",
    rule: Rule = "no_effect",
) -> Diagnostic:
    """The smallest improvement that a plan finds with a given power, and how often a true one reaches the threshold.

    Parameters
    ----------
    design : Design
        The plan: `IndividualDesign`, `BlockedDesign`, `PairedDesign`, `ProbabilityDesign`, `ClusteredDesign`,
        `BlockClusteredDesign`, `PanelDesign`, `SharesDesign`, `RatesDesign`, `PlaceboDesign` or `KnownPrecision`, or a
        `ComplierDesign` of one of them.
    power : float
        Probability with which the effect is to be found: with which the rule is met.
    level : float
        1 − α of the test.
    alternative : {"two-sided", "greater"}
        Of the test; "greater" looks for an improvement only.
    effects : sequence of float
        True improvements to be told of, 0 or more, in the unit of the design's `sd`. No effect is always told of.
    threshold : float, optional
        Improvement at which the contract pays, above zero, in the same unit.
    scale : {"outcome", "relative"}
        Whether the design's `sd`, the effects and the threshold are in the outcome's unit or shares of the
        counterfactual, written in per cent. A plan of shares or rates has no `sd`: with "relative" its counterfactual
        is estimated too.
    rule : {"no_effect", "estimate", "bound"}
        When an effect counts as found: when no effect is rejected; when the estimate is at or above the threshold; or
        when the lower end of the one-sided confidence interval is, whatever the `alternative`.

    Returns
    -------
    Diagnostic
        "failed" when no effect whatever reaches the power (fewer placebos than the level needs, or a trial without
        inference, whose statement says why); "warning" when the smallest detectable effect is above the threshold;
        else "information". Values: `minimum_detectable_effect`, `std_error` (where nothing was changed), `df` (None
        where the test has none or is refused), `power`, `level`. Table, a row for each true effect: `power` of the
        test, with a threshold `reaches`, the probability that the estimate is at or above it, and under the rule
        "bound" `bound_reaches`, that of the confidence limit. A rule other than "no_effect" stands in the values, and
        has no status "warning": what it finds with a power above one half is always above the threshold.

    Raises
    ------
    ArgumentError
        For what is no design, a power not above 1 − level, an effect below zero or beyond the most there can be, a
        threshold not above zero or not below that, or a rule that lacks one.

    Notes
    -----
    Power is that of the t-test with the design's degrees of freedom, by the noncentral t with noncentrality
    effect/SE, in both tails when two-sided. A trial's degrees of freedom are those that `randomized_trial` reports by
    default for the planned sizes, HC2's or CR2's; with one variance, arms of one size and clusters of one size that is
    the classical t-test's, and nearly exact. Where arms or blocks differ it is an approximation (Satterthwaite), as in
    the analysis. Where clusters differ in size CR2 is too small when they have something in common (the analysis takes
    errors as independent), so the power is understated: 0.87 and 0.92 in two simulated plans with a large cluster, at
    a stated 0.80. Covariates are taken as alike in both arms and in every unit's leverage; drawn ones leave fewer
    degrees of freedom in small arms: 7.1 of 10.8 with two of 10 units against 40. Simulate such plans (`PowerStudy`).

    A plan whose analysis would have no standard error, such as one of a single cluster in an arm, rejects nothing: it
    is "failed", in the words of the analysis, and the rule "estimate" alone has a smallest effect.

    For a known precision power is that of the normal, and for shares and
    rates that of the normal score test with the variance that the effect brings. For placebos it is that of the rank
    test, p = (1 + as extreme)/(J + 1), for independent normal errors. `reaches` is
    Φ((effect − threshold)/SE): the standard error is taken as known and the estimate as normal, and a settlement on a
    rounded figure differs by the rounding. `bound_reaches` is the power of the one-sided test at effect − threshold.

    A power is computed before the outcome is known. Computed from the effect found it says nothing that p does not.

    References
    ----------
    Bloom, H. S. (1995). Minimum detectable effects: a simple way to report the statistical power of experimental
    designs. *Evaluation Review* 19(5), 547–556. doi:10.1177/0193841X9501900504

    Burlig, F., Preonas, L. & Woerman, M. (2020). Panel data and experimental design. *Journal of Development Economics*
    144, 102458. doi:10.1016/j.jdeveco.2020.102458

    Examples
    --------
    >>> from effekt.diagnostics import IndividualDesign
    >>> plan = IndividualDesign(n_treated=50, n_control=50, sd=1.0)
    >>> found = minimum_detectable_effect(plan, effects=[0.5], threshold=0.4)
    >>> round(found.values["minimum_detectable_effect"], 4)
    0.5659
    >>> found.table["true_effect"], [round(p, 3) for p in found.table["reaches"]]
    ((0.0, 0.5), [0.023, 0.691])
    """
    if not isinstance(design, Design):
        raise ArgumentError(
            f"`design` must be a design of effekt.diagnostics, such as IndividualDesign; got {shown(design)}."
        )
    alpha = check_level(level)
    wanted = check_between("power", power, float(alpha), 1.0)
    check_option("alternative", alternative, ("two-sided", "greater"))
    check_option("scale", scale, ("outcome", "relative"))
    name = type(design).__name__
    if scale == "relative":
        design = design.relative()
    line = None if threshold is None else check_positive("threshold", threshold)
    if line is not None and line >= design.largest:
        raise ArgumentError(f"`threshold` must be below {design.largest:g}, the most there can be; got {threshold!r}.")
    check_rule(rule, line)
    truths = sorted({0.0, *_check_effects(effects, design.largest)})
    table = {
        "true_effect": tuple(truths),
        "power": tuple(design.power(effect, alpha, alternative) for effect in truths),
    }
    if line is not None:
        table["reaches"] = tuple(design.reaches(effect, line) for effect in truths)
    if line is not None and rule == "bound":
        table["bound_reaches"] = tuple(design.bound_reaches(effect, line, alpha) for effect in truths)
    smallest = _smallest(
        design,
        _chance(design, rule, line, alpha, alternative),
        wanted,
        0.0 if line is None or rule == "no_effect" else line,
    )
    beyond = rule == "no_effect" and line is not None and smallest is not None and smallest > line
    return Diagnostic(
        name="minimum_detectable_effect",
        status="failed" if smallest is None else "warning" if beyond else "information",
        statement=_statement(smallest, wanted, line, table, scale, rule, alpha, design.refused),
        values={
            "minimum_detectable_effect": smallest,
            "std_error": design.std_error_at(0.0),
            "df": None if design.refused is not None else design.df,
            "power": wanted,
            "level": float(1 - alpha),
            "alternative": alternative,
            "threshold": line,
            "scale": scale,
            "design": name,
            **({} if rule == "no_effect" else {"rule": rule}),
        },
        table=table,
    )


def check_rule(rule: str, line: float | None) -> None:
    """Raise unless `rule` is a rule, and one about a threshold has one."""
    check_option("rule", rule, RULES)
    if rule != "no_effect" and line is None:
        raise ArgumentError(f"`threshold` must be given with rule={rule!r}, which holds the effect against it.")


def _chance(
    design: Design, rule: Rule, line: float | None, alpha: Fraction, alternative: Sided
) -> Callable[[float], float]:
    """The probability that the rule is met, by the true effect."""
    if line is None or rule == "no_effect":
        return lambda effect: design.power(effect, alpha, alternative)
    if rule == "estimate":
        return lambda effect: design.reaches(effect, line)
    return lambda effect: design.bound_reaches(effect, line, alpha)


def _smallest(design: Design, chance: Callable[[float], float], wanted: float, start: float) -> float | None:
    """The effect with the probability asked for; None when even a huge one, or the largest there is, has less."""
    from scipy.optimize import brentq  # slow to load, and seldom needed

    if chance(0.0) >= wanted:
        return 0.0
    step = design.std_error_at(0.0) + start
    high = min(step, design.largest)
    while chance(high) < wanted:
        if high == design.largest or 2 * high > 1e6 * step:
            return None
        high = min(2 * high, design.largest)
    return float(brentq(lambda effect: chance(effect) - wanted, 0.0, high, xtol=1e-13 * high, rtol=1e-13))


def _check_effects(effects: Sequence[float], largest: float) -> list[float]:
    numbers = check_numbers("effects", effects)
    if below := [effect for effect in numbers if effect < 0]:
        raise ArgumentError(f"`effects` must be improvements of 0 or more; got {below[0]:g}.")
    if above := [effect for effect in numbers if effect > largest]:
        raise ArgumentError(f"`effects` must be at most {largest:g}, the most there can be; got {above[0]:g}.")
    return numbers


def _statement(
    smallest: float | None,
    wanted: float,
    line: float | None,
    table: dict[str, tuple[float, ...]],
    scale: Scale,
    rule: Rule,
    alpha: Fraction,
    refused: Text | None,
) -> Text:
    def amount(value: float, lang: Language) -> str:
        return format_percent(value, lang) if scale == "relative" else significant(value, lang)

    def why(lang: Language) -> str:
        return "" if refused is None else f" {refused.en if lang == 'en' else refused.sv}"

    def sentence(lang: Language) -> str:
        first = _found(smallest, wanted, rule, alpha, lang, amount)
        if line is None:
            return f"{first}."
        column = "bound_reaches" if rule == "bound" else "reaches"
        chances = ", ".join(
            f"{format_share(chance, lang)} {'for a true one of' if lang == 'en' else 'vid en sann förbättring på'} "
            f"{amount(effect, lang)}"
            for effect, chance in zip(table["true_effect"], table[column], strict=True)
        )
        if rule == "bound":
            if lang == "en":
                return f"{first}; a limit of {amount(line, lang)} or more, the threshold, has probability {chances}."
            return f"{first}; en gräns på {amount(line, lang)} eller mer, tröskeln, har sannolikheten {chances}."
        if lang == "en":
            return f"{first}; an estimate of {amount(line, lang)} or more, the threshold, has probability {chances}."
        return f"{first}; en skattning på {amount(line, lang)} eller mer, tröskeln, har sannolikheten {chances}."

    return Text(en=sentence("en") + why("en"), sv=sentence("sv") + why("sv"))


def _found(
    smallest: float | None,
    wanted: float,
    rule: Rule,
    alpha: Fraction,
    lang: Language,
    amount: Callable[[float, Language], str],
) -> str:
    """The smallest effect in words: of the test, or of what the contract holds against its threshold."""
    sure = format_number(wanted, lang)
    if rule == "no_effect":
        if smallest is None:
            return {
                "en": f"No effect, however large, is found with power {sure}",
                "sv": f"Ingen effekt, hur stor den än är, upptäcks med styrkan {sure}",
            }[lang]
        return {
            "en": f"The smallest improvement found with power {sure} is {amount(smallest, lang)}",
            "sv": f"Den minsta förbättring som upptäcks med styrkan {sure} är {amount(smallest, lang)}",
        }[lang]
    level = format_percent(1 - alpha, lang, None)
    what = {
        ("estimate", "en"): "the estimate reaches the threshold",
        ("estimate", "sv"): "skattningen når tröskeln",
        ("bound", "en"): f"the lower limit of the one-sided {level} confidence interval reaches the threshold",
        ("bound", "sv"): f"den undre gränsen för det ensidiga konfidensintervallet på {level} når tröskeln",
    }[rule, lang]
    if smallest is None:
        return {
            "en": f"There is no improvement, however large, with which {what} with probability {sure}",
            "sv": f"Det finns ingen förbättring, hur stor den än är, med vilken {what} med sannolikheten {sure}",
        }[lang]
    return {
        "en": f"The smallest improvement with which {what} with probability {sure} is {amount(smallest, lang)}",
        "sv": f"Den minsta förbättring med vilken {what} med sannolikheten {sure} är {amount(smallest, lang)}",
    }[lang]
