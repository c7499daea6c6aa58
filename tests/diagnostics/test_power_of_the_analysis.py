"""A plan has the degrees of freedom, the refusals and the power of the trial that the package analyses by default."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

import effekt
from effekt.diagnostics import (
    BlockClusteredDesign,
    BlockedDesign,
    ClusteredDesign,
    ComplierDesign,
    IndividualDesign,
    PairedDesign,
    minimum_detectable_effect,
)
from effekt.simulation import PowerStudy


def units(treated, control, **options):
    return IndividualDesign(n_treated=treated, n_control=control, sd=2.0, **options)


def blocks(treated, control, **options):
    return BlockedDesign(n_treated=treated, n_control=control, sd=2.0, **options)


def clusters(treated, control, icc=0.1):
    return ClusteredDesign(treated_sizes=treated, control_sizes=control, sd=2.0, icc=icc)


def districts(treated, control, icc=0.1):
    return BlockClusteredDesign(treated_sizes=treated, control_sizes=control, sd=2.0, icc=icc)


def drawn(design, rng, effect=0.0):
    """A trial of exactly these sizes: normal, with blocks apart and what clusters share."""
    if isinstance(design, IndividualDesign):
        cells = [((1,) * design.n_treated, (1,) * design.n_control)]
    elif isinstance(design, BlockedDesign):
        cells = [((1,) * a, (1,) * b) for a, b in zip(design.n_treated, design.n_control, strict=True)]
    elif isinstance(design, ClusteredDesign):
        cells = [(design.treated_sizes, design.control_sizes)]
    else:
        cells = list(zip(design.treated_sizes, design.control_sizes, strict=True))
    rows = [(1 - k, b, m) for b, pair in enumerate(cells) for k, sizes in enumerate(pair) for m in sizes]
    sizes = [m for *_, m in rows]
    d, b = (np.repeat([row[i] for row in rows], sizes) for i in (0, 1))
    g = np.repeat(np.arange(len(rows)), sizes)
    icc = getattr(design, "icc", 0.0)
    noise = math.sqrt(icc) * rng.normal(size=len(rows))[g] + math.sqrt(1 - icc) * rng.normal(size=len(g))
    return {"y": design.sd * noise + effect * d + 3.0 * b, "d": d, "b": b, "g": g}


def analysed(design, table):
    """By default, with the roles that the plan has."""
    roles = {
        IndividualDesign: {},
        BlockedDesign: {"block": "b"},
        ClusteredDesign: {"cluster": "g"},
        BlockClusteredDesign: {"block": "b", "cluster": "g"},
    }[type(design)]
    return effekt.randomized_trial(table, outcome="y", treatment="d", **roles)


UNBALANCED = {
    "5 of 100": units(5, 95),
    "blocks of 2 and 10": blocks((2,) * 6, (10,) * 6),
    "3 of 15 clusters": clusters((20,) * 3, (20,) * 12),
    "2 of 8 clusters in each of four blocks": districts(((10, 10),) * 4, ((10,) * 6,) * 4),
}
UNEQUAL = {
    "blocks of other sizes": blocks((3, 5, 2), (4, 2, 9)),
    "clusters of other sizes": clusters((5, 10, 20, 40), (20, 3, 20, 20, 7, 1)),
    "one large cluster": clusters((10, 10, 10, 100, 10), (20,) * 5),
    "blocks of clusters of other sizes": districts(((3, 4), (9, 2, 4), (1, 8)), ((2, 2, 2), (6, 1), (7, 7, 1))),
    "arms alike": units(12, 12),
}


@pytest.mark.parametrize("design", [*UNBALANCED.values(), *UNEQUAL.values()], ids=[*UNBALANCED, *UNEQUAL])
def test_a_plan_has_the_degrees_of_freedom_of_its_analysis(design):
    effect = analysed(design, drawn(design, np.random.default_rng(1)))
    assert design.df == pytest.approx(effect.df, rel=1e-12)
    assert minimum_detectable_effect(design).values["df"] == design.df


@pytest.mark.parametrize(
    "design",
    [
        units(1, 9),
        blocks((1, 4), (3, 3)),
        blocks((1,) * 5, (4,) * 5),
        clusters((5,), (5,) * 8),
        clusters((5, 5), (4, 4, 4)),
        clusters((5, 5), (1, 9, 4, 4)),
        clusters((5,), (5,)),
        districts(((5,), (5,)), ((5,), (5,))),
        districts(((5, 5), (4,)), ((5, 5), (5, 5))),
    ],
    ids=str,
)
def test_a_plan_is_refused_where_its_analysis_is_and_in_its_words(design):
    reason = analysed(design, drawn(design, np.random.default_rng(2))).inference.reason
    found = minimum_detectable_effect(design, effects=[1.0], threshold=0.5)
    assert found.status == "failed"
    assert found.values["minimum_detectable_effect"] is found.values["df"] is None
    assert found.table["power"] == (0.0, 0.0)
    assert 0 < found.table["reaches"][1] < 1  # an estimate there is
    for lang in ("en", "sv"):
        said = getattr(found.statement, lang)
        refusal = getattr(design.refused, lang)
        assert said.endswith(f" {refusal}")
        assert getattr(reason, lang).startswith(refusal.rstrip("."))
    some = minimum_detectable_effect(ComplierDesign(assignment=design, compliers=0.8))
    assert (some.status, some.statement.en.endswith(design.refused.en)) == ("failed", True)


def test_a_single_pair_is_refused():
    found = minimum_detectable_effect(PairedDesign(pairs=1, sd=1.0, correlation=0.0))
    assert found.status == "failed"
    assert found.statement.en == (
        "No effect, however large, is found with power 0.8. Between-pair inference needs at least 2 pairs; there is 1."
    )


@pytest.mark.parametrize("design", UNBALANCED.values(), ids=UNBALANCED)
def test_unbalanced_plans_find_their_smallest_effect_as_often_as_they_say(design):
    """By simulation of the default analysis: 0.8 within three Monte-Carlo errors of 300 replicates."""
    smallest = minimum_detectable_effect(design).values["minimum_detectable_effect"]
    study = PowerStudy(
        draw=lambda rng, effect: SimpleNamespace(table=drawn(design, rng, effect)),
        analyse=lambda table: analysed(design, table),
        rule="no_effect",
        replications=300,
        rng=3,
    )
    found = study.power([smallest]).table["power"][0]
    assert abs(found - 0.8) <= 3 * math.sqrt(0.8 * 0.2 / 300)
