"""Whether what fell in one outcome rose in another: short absence that became long, or is recorded otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from effekt._text import LANGUAGES, Language, Text, format_p, format_percent, significant
from effekt._types import Better, FloatArray
from effekt._validation import check_flag, check_number, check_option
from effekt.diagnostics._arrays import check_array, check_vector, rank_p_value
from effekt.result import Diagnostic

NOTABLE = 0.1  # of the improvement, that comes back elsewhere

Values = dict[str, float | int | str | None]


def substitution(
    *,
    outcome: str,
    other: str,
    effect: float,
    counterfactual: float,
    other_effect: float,
    includes: bool = False,
    placebos: FloatArray = (),  # type: ignore[assignment]
    relative: bool = True,
    better: Better | None = None,
) -> Diagnostic:
    """Hold the effect on a paying outcome against that on another outcome in the same unit.

    Parameters
    ----------
    outcome, other : str
        Their names.
    effect, other_effect : float
        The two effects, treated less counterfactual, in the one unit that both outcomes have.
    counterfactual : float
        The paying outcome's.
    includes : bool
        Whether the other outcome is a total that the paying outcome is part of; its effect less the paying effect is
        then what happened in the rest of it.
    placebos : (n,) array
        The change elsewhere in units without the intervention: relative to the counterfactual of their paying
        outcome, or with ``relative=False`` in the outcomes' unit. May be empty.
    relative : bool
        What `placebos` are.
    better : {"lower", "higher"}, optional
        Of the paying outcome. Without it any change of it may come back.

    Returns
    -------
    Diagnostic
        "warning" when at least a tenth of an improvement comes back, else "information". Values: `other_outcome`,
        `effect_paying`, `effect_other`, `effect_elsewhere` (of the other outcome, or of the rest of it), `offset` (the
        share of the improvement that comes back, negative where the rest improved too; None without an improvement),
        `relative` and `relative_elsewhere` (both over the paying counterfactual; None where that is not above zero),
        `n_placebos`, and `p_value` of the change elsewhere, by rank.

    Raises
    ------
    ArgumentError
        For values that are not finite.

    Examples
    --------
    >>> found = substitution(outcome="short", other="long", effect=-0.5, counterfactual=5.0, other_effect=0.125)
    >>> found.status, found.values["offset"], found.values["relative_elsewhere"]
    ('warning', 0.25, 0.025)
    """
    own, base, moved = (
        check_number(name, value)
        for name, value in (("effect", effect), ("counterfactual", counterfactual), ("other_effect", other_effect))
    )
    if better is not None:
        check_option("better", better, ("lower", "higher"))
    check_flag("includes", includes)
    check_flag("relative", relative)
    others = check_array("placebos", placebos)
    if others.ndim != 1 or others.size:
        others = check_vector("placebos", others)
    elsewhere = moved - own if includes else moved
    improved = own < 0 if better == "lower" else own > 0 if better == "higher" else own != 0
    offset = -elsewhere / own if improved else None
    over = base if base > 0 else None
    values: Values = {
        "effect_paying": own,
        "effect_other": moved,
        "effect_elsewhere": elsewhere,
        "offset": offset,
        "relative": own / over if over else None,
        "relative_elsewhere": elsewhere / over if over else None,
        "n_placebos": len(others),
        "p_value": None,
    }
    at = values["relative_elsewhere"] if relative else elsewhere
    if len(others) and isinstance(at, float):
        size = 1.0 if relative else float(np.abs(others).max())
        values["p_value"] = rank_p_value(np.abs(others), abs(at), size)
    en, sv = (" ".join(_sentences(values, outcome, other, includes, lang)) for lang in LANGUAGES)
    return Diagnostic(
        name="substitution",
        status="warning" if offset is not None and offset >= NOTABLE else "information",
        statement=Text(en=en, sv=sv),
        values={"other_outcome": other, **values},
    )


def no_substitution(*, outcome: str, other: str) -> Diagnostic:
    """That the check cannot be made in proportion, as a mean of the other outcome is not above zero."""
    return Diagnostic(
        name="substitution",
        status="warning",
        statement=Text(
            en=f"Whether a change in {outcome} comes back in {other} cannot be said: a mean of {other}, of the treated "
            "units or of the comparator, is not above zero, so there is no ratio that it would have followed. "
            "adjustment='difference' compares it.",
            sv=f"Om en förändring av {outcome} kommer tillbaka i {other} går inte att säga: ett medelvärde av {other}, "
            "för de behandlade enheterna eller för jämförelsen, är inte större än noll, så det finns ingen kvot som "
            "det skulle ha följt. Med adjustment='difference' går det att jämföra.",
        ),
        values={"other_outcome": other},
    )


def without_rank(check: Diagnostic, other: str) -> Diagnostic:
    """The check, and that it has no p-value, as some placebo unit has no ratio of the other outcome."""
    return replace(
        check,
        statement=Text(
            en=f"{check.statement.en} It has no p-value: in some unit without the intervention a mean of {other} is "
            "not above zero.",
            sv=f"{check.statement.sv} Något p-värde finns inte: i någon enhet utan insatsen är ett medelvärde av "
            f"{other} inte större än noll.",
        ),
    )


def _sentences(values: Values, outcome: str, other: str, includes: bool, lang: Language) -> list[str]:
    own, elsewhere = (float(values[name] or 0) for name in ("effect_paying", "effect_elsewhere"))
    where = {"en": f"the rest of {other}", "sv": f"resten av {other}"}[lang] if includes else other
    told = [_offset_sentence(own, elsewhere, values["offset"], outcome, where, lang)]
    p, number = values["p_value"], int(values["n_placebos"] or 0)
    if isinstance(p, float):
        told.append(
            {
                "en": f"By rank among {number} units without the intervention, p of the change there is "
                f"{format_p(p, lang)}.",
                "sv": f"Efter rang bland {number} enheter utan insatsen är p för förändringen där {format_p(p, lang)}.",
            }[lang]
        )
    return told


def _offset_sentence(own: float, elsewhere: float, offset: object, outcome: str, where: str, lang: Language) -> str:
    size, change = significant(abs(own), lang, 3), significant(elsewhere, lang, 3)
    way = {"en": ("fall", "rise"), "sv": ("minskningen", "ökningen")}[lang][own > 0]
    back = {"en": ("rise", "fall"), "sv": ("ökning", "minskning")}[lang][own > 0]
    if not isinstance(offset, float):
        return {
            "en": f"{outcome} did not improve, so no improvement can have moved; {where} changed by {change}.",
            "sv": f"{outcome} förbättrades inte, så ingen förbättring kan ha flyttat; {where} förändrades med "
            f"{change}.",
        }[lang]
    if offset > 0:
        share, part = format_percent(offset, lang), significant(abs(elsewhere), lang, 3)
        return {
            "en": f"Of the {way} of {size} in {outcome}, {part} ({share}) shows up as a {back} in {where}.",
            "sv": f"Av {way} på {size} i {outcome} återkommer {part} ({share}) som en {back} i {where}.",
        }[lang]
    return {
        "en": f"No part of the {way} of {size} in {outcome} shows up as a {back} in {where}, which changed by "
        f"{change}.",
        "sv": f"Ingen del av {way} på {size} i {outcome} återkommer som en {back} i {where}, som förändrades med "
        f"{change}.",
    }[lang]
