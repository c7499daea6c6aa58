"""What is said where matched units have no outcome: who they are, and whose numbers the others are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from effekt._text import Language, Text, format_number
from effekt._types import BoolArray
from effekt.diagnostics import differential_attrition
from effekt.estimators.matching.match import UnitTable
from effekt.result import Diagnostic


def attrition_of(units: UnitTable, there: BoolArray, *, clustered: bool) -> tuple[Diagnostic, ...]:
    """Whether outcomes are missing more often in one arm of the matched than in the other; none where none is.

    Parameters
    ----------
    units : UnitTable
    there : (n,) bool array
        Which of them have an outcome.
    clustered : bool
        Whether groups of units are not independent: there is then no test of single units.
    """
    matched = units.weight > 0
    if there[matched].all():
        return ()
    found = differential_attrition(~there[matched], units.treated[matched].astype(float), clustered=clustered)
    said = Text(en=f"Among the matched: {found.statement.en}", sv=f"Bland de matchade: {found.statement.sv}")
    return (replace(found, statement=said),)


def of_the_match(checks: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Checks of all who are matched, told as such where some of these have no outcome."""
    return tuple(
        replace(
            one,
            statement=Text(
                en=f"Of the match, before outcomes were lost: {one.statement.en}",
                sv=f"Om matchningen, före bortfallet av utfall: {one.statement.sv}",
            ),
        )
        for one in checks
    )


def missing_outcomes(units: UnitTable, there: BoolArray, used: BoolArray) -> Text | None:
    """How many of the matched lack an outcome, have nobody left to compare with, and are compared, by arm."""
    matched = units.weight > 0
    if used[matched].all() and there[matched].all():
        return None
    groups = {"matched": matched, "lost": matched & ~there, "alone": matched & there & ~used, "used": used}
    counts = {
        name: (int(np.sum(rows & units.treated)), int(np.sum(rows & ~units.treated))) for name, rows in groups.items()
    }
    said = {name: Text(en=_arms(pair, "en"), sv=_arms(pair, "sv")) for name, pair in counts.items()}
    alone = Text(en="", sv="")
    if any(counts["alone"]):
        alone = Text(
            en=f", {said['alone'].en} have nobody left to compare with",
            sv=f", {said['alone'].sv} har ingen kvar att jämföras med",
        )
    return Text(
        en=f"Of {said['matched'].en} that are matched, {said['lost'].en} have no outcome{alone.en} and "
        f"{said['used'].en} are compared. Rows dropped are all that lack a value, matched or not; every other row that "
        "is not compared was not matched or has nobody left. Counts, balance and overlap of the match are from before.",
        sv=f"Av {said['matched'].sv} som är matchade saknar {said['lost'].sv} utfall{alone.sv} och "
        f"{said['used'].sv} jämförs. Uteslutna rader är alla där ett värde saknas, matchade eller inte; varje annan "
        "rad som inte jämförs är omatchad eller har ingen kvar. Matchningens antal, balans och överlappning är från "
        "före bortfallet.",
    )


def _arms(pair: tuple[int, int], lang: Language) -> str:
    treated, controls = (format_number(count, lang) for count in pair)
    if lang == "en":
        return f"{treated} treated and {controls} {'control' if pair[1] == 1 else 'controls'}"
    return (
        f"{treated} {'behandlad' if pair[0] == 1 else 'behandlade'} och "
        f"{controls} {'kontroll' if pair[1] == 1 else 'kontroller'}"
    )
