"""Several p-values at once: R, statsmodels' definition, slow versions, and what must not matter."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import diagnostics as oracle
from statsmodels.stats.multitest import multipletests

from effekt.diagnostics import holm, romano_wolf
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "diagnostics" / "output.json").read_text("utf-8"))
p_values = st.lists(st.integers(0, 40).map(lambda k: k / 40), min_size=1, max_size=8)


def test_holm_is_that_of_r():
    found = holm(GOLDEN["holm"]["p_values"])
    assert found.table["p_adjusted"] == pytest.approx(GOLDEN["holm"]["adjusted"], rel=1e-12)


def test_holm_is_that_of_statsmodels():
    values = np.random.default_rng(4).random(25) ** 3
    assert holm(values).table["p_adjusted"] == pytest.approx(multipletests(values, method="holm")[1], rel=1e-12)


@given(p_values, st.randoms())
def test_holm_is_its_definition_in_any_order(values, random):
    found = holm(values).table["p_adjusted"]
    assert found == pytest.approx(oracle.holm(values), rel=1e-12)
    order = random.sample(range(len(values)), len(values))
    assert holm([values[i] for i in order]).table["p_adjusted"] == tuple(found[i] for i in order)


@st.composite
def families(draw):
    m, r = draw(st.integers(1, 4)), draw(st.integers(1, 25))
    statistics = draw(st.lists(st.integers(-6, 6), min_size=m, max_size=m))
    draws = draw(st.lists(st.lists(st.integers(-4, 4), min_size=m, max_size=m), min_size=r, max_size=r))
    return [one / 2 for one in statistics], np.array(draws) / 2


@given(families())
def test_stepdown_is_its_definition(drawn):
    statistics, draws = drawn
    found = romano_wolf(statistics, draws=draws)
    assert found.table["p_adjusted"] == pytest.approx(oracle.romano_wolf(statistics, draws), rel=1e-14)
    assert min(found.table["p_adjusted"]) >= 1 / (len(draws) + 1)
    assert all(a >= b for a, b in zip(found.table["p_adjusted"], found.table["p_value"], strict=True))


@given(families(), st.randoms())
def test_order_of_draws_and_figures_does_not_matter(drawn, random):
    statistics, draws = drawn
    columns, rows = (random.sample(range(size), size) for size in (len(statistics), len(draws)))
    found = romano_wolf(statistics, draws=draws)
    moved = romano_wolf([statistics[i] for i in columns], draws=draws[rows][:, columns])
    assert moved.table["p_adjusted"] == tuple(found.table["p_adjusted"][i] for i in columns)


@given(families())
def test_one_sided_is_turned_by_the_sign(drawn):
    statistics, draws = drawn
    greater = romano_wolf(statistics, draws=draws, alternative="greater")
    less = romano_wolf([-one for one in statistics], draws=-draws, alternative="less")
    assert greater.table["p_adjusted"] == less.table["p_adjusted"]


def test_figures_that_go_together_cost_less_than_holm():
    """Three copies of one figure: stepdown adjusts nothing, Holm by three."""
    draws = np.repeat(np.random.default_rng(9).standard_normal((4999, 1)), 3, axis=1)
    found = romano_wolf([2.2, 2.2, 2.2], draws=draws)
    assert found.table["p_adjusted"] == found.table["p_value"]
    assert holm(found.table["p_value"]).table["p_adjusted"][0] == pytest.approx(3 * found.table["p_value"][0])


def test_no_more_than_a_twentieth_of_families_without_effects_have_a_finding():
    rng = np.random.default_rng(11)
    mixing = np.linalg.cholesky(np.full((4, 4), 0.6) + 0.4 * np.eye(4))
    draws = rng.standard_normal((999, 4)) @ mixing.T
    wrong = {"holm": 0, "romano_wolf": 0}
    for _ in range(600):
        found = romano_wolf(rng.standard_normal(4) @ mixing.T, draws=draws)
        wrong["romano_wolf"] += found.values["n_rejected"] > 0
        wrong["holm"] += holm(found.table["p_value"]).values["n_rejected"] > 0
    assert wrong["holm"] <= wrong["romano_wolf"] <= 30 + 4 * 5.4  # four Monte-Carlo standard errors
    assert wrong["romano_wolf"] >= 30 - 4 * 5.4


def test_p_at_the_limit_is_a_finding():
    assert holm([Fraction(1, 20)]).values["n_rejected"] == 1
    assert holm([0.01, 0.5, 0.6, 0.7, 0.8]).values["n_rejected"] == 1
    assert romano_wolf([3.0], draws=[[4.0]] + [[1.0]] * 38).values["n_rejected"] == 1


def test_sentences():
    found = holm([0.01, 0.04, 0.03], labels=["work", "school", "health"])
    assert found.statement.en == (
        "With Holm's adjustment for 3 figures, 1 have p at or below 0.05: work; the chance that any of them is a false "
        "finding is at most 5% if the p-values are valid."
    )
    stepdown = romano_wolf([0.1], draws=[[1.0], [2.0]], level=0.975)
    assert stepdown.statement.sv == (
        "Med Romano och Wolfs justering för 1 storheter har 0 p på högst 0,025; risken att någon av dem är ett falskt "
        "fynd är högst 2,5\N{NO-BREAK SPACE}% om p-värdena är giltiga."
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: holm([0.1, 1.2]), "`p_values` must lie from 0 to 1; number 2 is 1.2."),
        (
            lambda: holm(["a"]),
            "`p_values` must hold numbers, one for each row; the first row that does not is row 1. Code words as "
            "numbers (1 for yes, 0 for no), without units; leave only cells without a value empty.",
        ),
        (lambda: holm([]), "`p_values` must have one dimension and at least one row; its shape is (0,)."),
        (
            lambda: holm([0.1, 0.2], labels=["a", "a"]),
            "`labels` must name each of the 2 figures once; row 2 has a label from before it.",
        ),
        (lambda: holm([0.1, 0.2], labels="ab"), "`labels` must be a list of text; got 'ab'."),
        (lambda: holm([0.1, 0.2], labels=3), "`labels` must be a list of text; got 3."),
        (lambda: holm([0.1, 0.2], labels={"a", "b"} - {"b"}), "`labels` must be a list of text; got {'a'}."),
        (
            lambda: romano_wolf([1.0], draws="ab"),
            "`draws` must hold numbers, one for each row.",
        ),
        (
            lambda: romano_wolf([1.0, 2.0], draws=np.zeros((5, 3))),
            "`draws` must have at least one row and a column for each of the 2 figures; its shape is (5, 3).",
        ),
        (
            lambda: romano_wolf([1.0], draws=[[1.0], [np.nan]]),
            "`draws` must hold finite numbers; the first row that does not is row 2. Leave draws without every figure "
            "out.",
        ),
        (
            lambda: romano_wolf([1.0], draws=[[1.0]], alternative="both"),
            "`alternative` must be 'two-sided', 'greater' or 'less'; got 'both'.",
        ),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == sentence
