"""Studies of matches by values alike: exact ones, and coarsened ones, which leave what differs within an interval."""

from __future__ import annotations

from functools import partial
from typing import Any

from cells import FILES, alike
from confounded_designs import COVARIATES, MATCHED, matched
from confounded_designs import _cohort as taking_part
from study_base import Design
from study_base import new_study as _study

import effekt


def exactly(table: Any, **arguments: Any) -> effekt.EffectEstimate:
    """People alike in district and school."""
    match = effekt.match_controls(
        table, unit="unit", treatment="treatment", covariates=["district", "school"], method="exact"
    )
    return effekt.matched_comparison(table, match=match, outcome="outcome", **arguments)


def _exact() -> dict[str, Design]:
    methods = {"exact": exactly, "exact, between sets": partial(exactly, variance="CR2")}
    return {
        f"matching-exact-{law}-{n}": Design(
            _study(partial(alike, n=n, law=law, gain=0.25, growth=0.15), methods, replications),
            f"Exact matches of {n} people in six cells, {law} outcome",
            (*MATCHED[:-1], *FILES),
        )
        for law, n, replications in (
            ("normal", 60, 300),
            ("normal", 200, 300),
            ("skewed", 200, 500),
            ("binary", 200, 500),
            *((law, 60, 300) for law in ("skewed", "binary")),
            *((law, 2_000, 200) for law in ("normal", "skewed", "binary")),
        )
    }


def _coarsened() -> dict[str, Design]:
    """By quarters and by halves of each covariate, and by the rule of those that are not named.

    The variance is that within sets unless it is between them; by Sturges' rule, of many small sets, there is no other.
    """
    cuts: dict[str, Any] = {
        name: {**dict.fromkeys(COVARIATES[:2], rule), COVARIATES[2]: 2}
        for name, rule in (("quarters", "q4"), ("halves", "q2"))
    }
    wanted = {
        "coarsened": tuple((name, said) for name in cuts for said in ("", ", between sets")),
        "sturges": (("intervals by Sturges", ""), ("intervals by Sturges", ", between sets")),
    }
    methods: dict[str, dict[str, Any]] = {
        study: {
            f"coarsened to {name}{said}": partial(
                matched, method="coarsened_exact", cutpoints=cuts.get(name), variance="CR2" if said else "HC2"
            )
            for name, said in names
        }
        for study, names in wanted.items()
    }
    return {
        f"matching-{study}-{law}-{n}": Design(
            _study(taking_part(n, law, "ATT"), methods[study], replications),
            f"Coarsened exact matches of {n} people{by}, {law} outcome, a fourth treated",
            MATCHED,
        )
        for study, by, replications in (("coarsened", "", 200), ("sturges", ", intervals by Sturges", 500))
        for law in ("normal", "skewed", "binary")
        for n in (60, 200, 2_000)
    }


CELL_DESIGNS: dict[str, Design] = {**_exact(), **_coarsened()}
