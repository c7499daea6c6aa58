"""What a figure would be if part of the comparator runs the same programme."""

from __future__ import annotations

from typing import Literal

from effekt._text import LANGUAGES, Language, Text, format_percent
from effekt._types import Number
from effekt._validation import check_number, check_option
from effekt.diagnostics._arrays import check_between
from effekt.result import Diagnostic

Values = dict[str, float | int | str | None]


def spill_over(
    *, treated: float, counterfactual: float, share: Number, of: Literal["outcome", "weight"] = "outcome"
) -> Diagnostic:
    """Correct an effect for the share of the comparator that has the same intervention.

    Parameters
    ----------
    treated, counterfactual : float
        The two means as found, in the outcome's unit.
    share : float, str or Decimal
        How much of the comparator is of units that had the intervention, above 0 and below 1.
    of : {"outcome", "weight"}
        What the share is of. Where the counterfactual is moved by a ratio of the comparator's means, their part of its
        *outcome* in the reference window: of its numerators where units are taken together, of the sum of its units'
        means where they count alike. Where it is moved by a difference, or by a mean of ratios, their *weight*: of the
        denominators, or of the number of units.

    Returns
    -------
    Diagnostic
        "warning": the comparator is not untouched, as the design assumes. Values: `part_with_programme`,
        `effect_found` and `effect_corrected`, in the outcome's unit, `bias` (the former less the latter), `relative`
        and `relative_corrected` (None where a counterfactual is not above zero).

    Raises
    ------
    ArgumentError
        For a share that is not between 0 and 1, means that are not finite, or another `of`.

    Notes
    -----
    With the same effect τ on those units as on the treated, in proportion or in the outcome's unit as the trend is, the
    comparator gives Ĉ = (1 − s)·C + s·Y: of the share s, what the treated got. So C = (Ĉ − s·Y)/(1 − s), and the effect
    found is (1 − s)·τ: the bias is −s·τ, share times effect.

    A change in proportion θ of units a takes θ·Σ_a n off the comparator's numerators Σ n, whatever their denominators:
    units of a high level, which such programmes are bought for, take more than their part of the employees.

    It assumes that none of them had begun in the reference window and that all had in the whole evaluation window; that
    they would have followed the others' trend; and that units keep their size.

    It moves no p-value: placebo units that run the programme make p too large.

    Examples
    --------
    >>> found = spill_over(treated=6.6, counterfactual=7.2, share=0.25)
    >>> round(found.values["effect_found"], 3), round(found.values["effect_corrected"], 3)
    (-0.6, -0.8)
    """
    own, other = (check_number(n, v) for n, v in (("treated", treated), ("counterfactual", counterfactual)))
    part = check_between("share", share, 0, 1)
    check_option("of", of, ("outcome", "weight"))
    corrected = (other - part * own) / (1 - part)
    values: Values = {
        "part_with_programme": part,
        "effect_found": own - other,
        "effect_corrected": own - corrected,
        "bias": corrected - other,
        "relative": own / other - 1 if other > 0 else None,
        "relative_corrected": own / corrected - 1 if other > 0 and corrected > 0 else None,
    }
    en, sv = (_words(values, of, lang) for lang in LANGUAGES)
    return Diagnostic(name="spill_over", status="warning", statement=Text(en=en, sv=sv), values=values)


def _words(values: Values, of: str, lang: Language) -> str:
    share = format_percent(float(values["part_with_programme"] or 0), lang, 2)
    found, corrected = values["relative"], values["relative_corrected"]
    whose = {
        "outcome": {
            "en": f"Units with {share} of the comparator's outcome in the reference window",
            "sv": f"Enheter med {share} av jämförelsens utfall i referensfönstret",
        },
        "weight": {
            "en": f"Units with {share} of the weight in the comparator",
            "sv": f"Enheter med {share} av vikten i jämförelsen",
        },
    }[of][lang]
    first = {
        "en": f"{whose} are declared to run the same programme, so that the effect found is by that share too small.",
        "sv": f"{whose} uppges ha samma insats, och den funna effekten är för liten med den andelen.",
    }[lang]
    if not isinstance(found, float) or not isinstance(corrected, float):
        return first
    own, other = format_percent(found, lang, 2), format_percent(corrected, lang, 2)
    return (
        first
        + {
            "en": f" The relative change is {own}; with the same effect on that share it would be {other} against an "
            "untouched comparator. Only the declared figure counts.",
            "sv": f" Den relativa förändringen är {own}; med samma effekt på den andelen vore den {other} mot en orörd "
            "jämförelse. Bara den avtalade siffran gäller.",
        }[lang]
    )
