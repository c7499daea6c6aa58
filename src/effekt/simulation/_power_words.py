"""What a simulated power, and a smallest effect that was searched for, are told as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from effekt._text import Language, Text, format_number, format_percent, format_share, significant
from effekt._validation import check_level

if TYPE_CHECKING:
    from effekt.simulation.power import PowerStudy

SHARES = ("relative", "relative_improvement")


def power_words(study: PowerStudy, table: Mapping[str, tuple[Any, ...]], lost: int) -> Text:
    """The power at each true effect."""

    def sentence(lang: Language) -> str:
        amount = _amounts(study)
        truth = "at a true effect of" if lang == "en" else "vid en sann effekt på"
        found = ", ".join(
            f"{format_share(share, lang)} {truth} {amount(effect, lang)}"
            for effect, share in zip(table["true_effect"], table["power"], strict=True)
        )
        n = format_number(study.replications, lang)
        if lang == "en":
            first = f"The probability that {_what(study, lang)} is {found}"
            return f"{first}, as simulated in {n} replicates; {_uncertainty(table, lang)}."
        first = f"Sannolikheten att {_what(study, lang)} är {found}"
        return f"{first}, enligt simulering i {n} replikat; {_uncertainty(table, lang)}."

    return _both(sentence, lost)


def _uncertainty(table: Mapping[str, tuple[Any, ...]], lang: Language) -> str:
    """The largest Monte-Carlo standard error; of shares that are all 0 or 1, the widest interval."""
    if error := max(table["mc_std_error"]):
        told = format_percent(error, lang)
        if lang == "en":
            return f"the largest Monte-Carlo standard error is {told}"
        return f"det största Monte Carlo-medelfelet är {told}"
    width = format_percent(max(map(float.__sub__, table["mc_high"], table["mc_low"])), lang)
    if lang == "en":
        return f"shares of 0 and 1 have no standard error, and the widest 95% Monte-Carlo interval is {width} wide"
    return (
        f"andelar på 0 och 1 har inget medelfel, och det vidaste 95-procentiga Monte Carlo-intervallet är {width} brett"
    )


def detectable_words(study: PowerStudy, values: Mapping[str, Any], already: bool, lost: int) -> Text:
    """The smallest effect with the power asked for, and its Monte-Carlo interval."""

    def sentence(lang: Language) -> str:
        amount = _amounts(study)
        sure, what = format_number(values["power"], lang), _what(study, lang)
        n = format_number(study.replications, lang)
        low, high = (amount(values[end], lang) for end in ("searched_from", "searched_to"))
        smallest = values["minimum_detectable_effect"]
        if lang == "en":
            tail = f", as simulated in {n} replicates"
            if already:
                return (
                    f"Already with a true effect of {low}, the lowest tried, {what} with probability at least "
                    f"{sure}{tail}."
                )
            if smallest is None:
                return f"With no true effect up to {high} is the probability at least {sure} that {what}{tail}."
            limits = _limits(values, lang, amount)
            first = f"The smallest true effect with which {what} with probability at least {sure} is"
            return f"{first} {amount(smallest, lang)}{tail}; the 95% Monte-Carlo interval is {limits}."
        tail = f", enligt simulering i {n} replikat"
        if already:
            return (
                f"Redan vid den sanna effekten {low}, den lägsta som prövats, är sannolikheten minst {sure} att "
                f"{what}{tail}."
            )
        if smallest is None:
            return f"Vid ingen sann effekt upp till {high} är sannolikheten minst {sure} att {what}{tail}."
        limits = _limits(values, lang, amount)
        first = (
            f"Den minsta sanna effekt vid vilken sannolikheten är minst {sure} att {what} är {amount(smallest, lang)}"
        )
        return f"{first}{tail}; Monte Carlo-intervallet (95\N{NO-BREAK SPACE}%) är {limits}."

    return _both(sentence, lost)


def _what(study: PowerStudy, lang: Language) -> str:
    """When the effect counts as found."""
    if study.rule == "no_effect" or study.threshold is None:
        return {"en": "no effect is rejected", "sv": "nollhypotesen om ingen effekt förkastas"}[lang]
    line = _amounts(study)(study.threshold, lang)
    level = format_percent(1 - check_level(study.level), lang, None)
    return {
        ("estimate", "en"): f"the estimate reaches the threshold {line}",
        ("estimate", "sv"): f"skattningen når tröskeln {line}",
        ("bound", "en"): f"the lower limit of the one-sided {level} confidence interval reaches the threshold {line}",
        ("bound", "sv"): f"den undre gränsen för det ensidiga konfidensintervallet på {level} når tröskeln {line}",
    }[study.rule, lang]


def _limits(values: Mapping[str, Any], lang: Language, amount: Callable[[float, Language], str]) -> str:
    """'0.31 to 0.38', or that an end lies beyond what was searched."""
    low, high = values["mc_low"], values["mc_high"]
    words = {"en": ("below {}", "above {}", "to"), "sv": ("under {}", "över {}", "till")}[lang]
    first = words[0].format(amount(values["searched_from"], lang)) if low is None else amount(low, lang)
    last = words[1].format(amount(values["searched_to"], lang)) if high is None else amount(high, lang)
    return f"{first} {words[2]} {last}"


def _amounts(study: PowerStudy) -> Callable[[float, Language], str]:
    """Per cent in the views that are shares of the counterfactual."""

    def amount(value: float, lang: Language) -> str:
        return format_percent(value, lang) if study.view in SHARES else significant(value, lang)

    return amount


def _both(sentence: Callable[[Language], str], lost: int) -> Text:
    """Both languages, with the replicates that had no answer."""
    if not lost:
        return Text(en=sentence("en"), sv=sentence("sv"))
    en = f"{'Once' if lost == 1 else f'{lost} times'} there was no answer, which counts as not found."
    sv = f"{'En gång' if lost == 1 else f'{lost} gånger'} fanns inget svar, vilket räknas som inte funnet."
    return Text(en=f"{sentence('en')} {en}", sv=f"{sentence('sv')} {sv}")
