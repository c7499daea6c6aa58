"""Checks asked for beside effects of staggered adoption."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from effekt._text import Text
from effekt._types import Number
from effekt._validation import join_words, plural
from effekt.diagnostics.bacon import bacon_decomposition
from effekt.estimators._trend_checks import NAMES, Asked, check_trends, of_mean, trend_diagnostics
from effekt.estimators.staggered.panel import Panel
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectSet
from effekt.roles import Outcome

StaggeredCheck: TypeAlias = Literal["pretrend", "relative_magnitudes", "smoothness", "bacon_decomposition"]


def check_staggered(
    checks: object,
    threshold: Number | None,
    margin: Number | None,
    outcome: Outcome,
    estimator: str,
    base_period: str | None,
    sampling: str,
) -> Asked:
    """The checks asked for; those of an event study need effects that are compared with one period."""
    asked = check_trends(checks, threshold, margin, outcome, get_args(StaggeredCheck))
    if sampling != "panel" and "bacon_decomposition" in asked.names:
        raise ArgumentError(
            "`checks` 'bacon_decomposition' is of two-way fixed effects of a panel; got "
            "sampling='repeated_cross_sections'. Leave it out, or give each unit its mean of each period."
        )
    trends = [repr(name) for name in asked.names if name in NAMES]
    if trends and (estimator == "imputation" or base_period != "universal"):
        given = "estimator='imputation'" if estimator == "imputation" else f"base_period={base_period or 'varying'!r}"
        raise ArgumentError(
            f"`checks` {join_words(trends, 'and')} must compare all periods with one, which {given} does not. Pass "
            "estimator='group_time' and base_period='universal', or leave them out."
        )
    return asked


def staggered_diagnostics(asked: Asked, effects: EffectSet, panel: Panel | None) -> tuple[Diagnostic, ...]:
    """Those of the effects by periods since adoption, and of the outcomes."""
    found: list[Diagnostic] = []
    if any(name in NAMES for name in asked.names):
        events = effects.aggregate("dynamic")
        assert isinstance(events, EffectSet)
        found += [of_mean(one, events) for one in trend_diagnostics(events, asked)]
    if "bacon_decomposition" in asked.names and panel is not None:
        found.append(_decomposed(panel))
    return tuple(found)


def _decomposed(panel: Panel) -> Diagnostic:
    """Of all units seen in every period, also those always treated, with the names of periods.

    The warning is of two-way fixed effects, and the sentence says that the effects do not compare so.
    """
    outcome = np.concatenate([panel.outcome, panel.always]) if panel.n_always else panel.outcome
    found = bacon_decomposition(
        outcome,
        np.concatenate([panel.start, panel.always_start]),
        cluster=np.concatenate([panel.cluster_codes, panel.always_cluster]),
    )
    assert found.table is not None
    more = [found.statement, *([_NOT_SO] if found.status == "warning" else [])]
    if panel.n_incomplete:
        more.append(_remaining(len(outcome), panel.n_incomplete))

    def named(column: str) -> tuple[str | None, ...]:
        places = found.table[column] if found.table else ()
        return tuple(panel.periods[place] if isinstance(place, int) else None for place in places)

    return replace(
        found,
        statement=Text(en=" ".join(one.en for one in more), sv=" ".join(one.sv for one in more)),
        table={**found.table, "treated": named("treated"), "control": named("control")},
    )


_NOT_SO = Text(
    en="The effects here rest on no such comparisons.", sv="Effekterna här bygger inte på några sådana jämförelser."
)


def _remaining(kept: int, left_out: int) -> Text:
    one = left_out == 1
    return Text(
        en=f"This is of the {plural(kept, 'unit')} that remain; {left_out} that {'lacks' if one else 'lack'} a period "
        f"{'is' if one else 'are'} left out.",
        sv=f"Detta gäller de {kept} enheter som återstår; {left_out} som saknar någon period har lämnats utanför.",
    )
