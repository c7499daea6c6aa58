"""What a notebook shows of each object that a call returns."""

from __future__ import annotations

import re

import pytest

import effekt
from effekt import diagnostics, simulation, workflow
from effekt._text import Text
from effekt.reports.notebook import SHOWN
from effekt.result import Diagnostic

PEOPLE = {"person": list("abcdef"), "trained": [1, 1, 0, 0, 0, 0], "age": [30, 40, 31, 42, 50, 22]}
MATCH = effekt.match_controls(PEOPLE, unit="person", treatment="trained", covariates="age")


def cells(html: str) -> list[str]:
    return re.findall(r"<t[hd]>(.*?)</t[hd]>", html)


def test_a_match_is_shown_by_its_summary_its_balance_as_a_picture_and_the_table_of_each_check():
    shown = MATCH._repr_html_()
    assert shown.startswith("<pre>2 of 2 treated units are compared with 2 of 4 controls: ")
    assert shown.count('src="data:image/png;base64,iVBOR') == 1
    assert shown.count("<table") == 2
    found = cells(shown)
    assert found[found.index("smd_after") - 13 : found.index("smd_after") + 1].count("smd_before") == 1
    assert f"{MATCH.balance.table['smd_after'][0]:.6g}" in found
    assert f"{MATCH.overlap.values['share_near']:.6g}" in found


def test_a_match_shows_no_unit():
    secret = dict(PEOPLE, person=[f"unit-{letter}" for letter in "abcdef"])
    match = effekt.match_controls(secret, unit="person", treatment="trained", covariates="age")
    assert "unit-" not in re.sub(r"base64,[^\"]*", "", match._repr_html_()) + repr(match)


def test_a_check_of_balance_is_shown_as_a_picture_that_its_sentence_describes():
    shown = MATCH.balance._repr_html_()
    assert shown.startswith("<p>covariate_balance, warning: 1 of 1 covariates differ by more than 0.1 standard")
    assert f'<img alt="{MATCH.balance.statement}" src="data:image/png;base64,' in shown


def test_a_check_without_a_picture_is_shown_by_its_sentence_and_its_table_with_every_text_escaped():
    shown = diagnostics.holm([0.01, 0.02], labels=["<script>", "x"])._repr_html_()
    assert "<img" not in shown
    assert "<script>" not in shown
    assert cells(shown) == [
        *("figure", "p_value", "p_adjusted"),
        *("&lt;script&gt;", "0.01", "0.02"),
        *("x", "0.02", "0.02"),
    ]


def test_a_long_table_leaves_out_rows_in_its_middle_and_a_missing_number_is_a_dash():
    numbers = (None, *map(float, range(2, 201)))
    check = Diagnostic(name="c", status="ok", statement=Text(en="a", sv="b"), table={"x": numbers})
    found = cells(check._repr_html_())
    assert len(found) == 1 + SHOWN + 1
    assert found[1:3] == ["–", "2"]
    assert found[-1] == "200"
    assert "..." in found


def test_a_studys_performance_is_shown_as_its_table():
    rows = simulation.Study(
        dgp=lambda rng: effekt.datasets.trial(rng=rng, n=40),
        methods={"means": lambda table: effekt.randomized_trial(table, outcome="outcome", treatment="treatment")},
        replications=3,
        rng=1,
    ).run()
    found = simulation.measure_performance(rows)
    assert repr(found) == f"Performance(means; difference and relative: {len(found.rows)} measures)"
    assert cells(found._repr_html_())[:6] == ["method", "view", "measure", "value", "mc_std_error", "n"]


def test_what_a_contract_gives_is_told_in_a_line():
    contract = workflow.case_contract("sick-leave")
    found = workflow.check(contract)
    assert repr(found) == (f"Check(sick-leave: at most 5000000 SEK, {len(found.undecided)} undecided, 1 caution)")
    outlook = workflow.outlook(contract, std_errors=["0.05", "0.1"])
    assert repr(outlook) == f"Outlook(sick-leave, reduction: from 0 to 5000000 SEK, {len(outlook.scenarios)} scenarios)"


def test_a_check_of_a_contract_without_bound_says_so():
    contract = workflow.case_contract("rate-card")
    found = workflow.check(contract)
    assert found.maximum_total is None
    assert repr(found).startswith("Check(rate-card: no bound, ")
    assert contract.model.id == "rate-card"


def test_an_extract_is_told_by_its_table_and_its_checks():
    spells = {"person": ["a"], "first": ["2020-01-01"], "last": ["2020-01-05"]}
    work = {"person": ["a", "b"], "first": ["2019-01-01"] * 2, "last": ["2021-01-01"] * 2, "kommun": ["x", "y"]}
    found = effekt.sick_leave_days(
        spells,
        work,
        person="person",
        first_day="first",
        last_day="last",
        unit="kommun",
        window=("2020-01", "2020-02"),
        until="2020-03-31",
    )
    assert repr(found).startswith(f"Extract({found.table!r}, {found.diagnostics[0].name}: ")
    assert len(repr(found)) < 400


@pytest.mark.parametrize("result", [MATCH.balance, MATCH])
def test_the_same_result_is_shown_in_the_same_bytes(result):
    assert result._repr_html_() == result._repr_html_()
