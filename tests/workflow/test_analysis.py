"""What a contract must write of its analyses, and where the file lacks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import effekt
from effekt import match_controls, workflow
from effekt.contracts import parse_contract
from effekt.estimators.matching.methods import METHODS
from effekt.exceptions import ArgumentError, ContractError, DataError
from effekt.workflow.data.arguments import arguments

RATIO = "    adjustment: ratio           # reference × the others' change, not plus\n"


def written(name: str) -> str:
    return (workflow.case(name) / "contract.yaml").read_text(encoding="utf-8")


TREND, MATCHED = written("sick-leave"), written("nsw-cps")


def refusal(text: str) -> str:
    with pytest.raises(ContractError) as error:
        workflow.check(parse_contract(text.encode(), Path()))
    return str(error.value)


def line_of(text: str, start: str) -> int:
    lines = [line.strip() for line in text.splitlines()]
    return 1 + (
        lines.index(start) if start in lines else next(i for i, line in enumerate(lines) if line.startswith(start))
    )


def test_a_missing_choice_is_named_with_the_line_of_its_analysis() -> None:
    text = TREND.replace(RATIO, "")
    assert refusal(text) == (
        f"line {line_of(text, 'absence:')}: analysis.absence lacks the argument 'adjustment'; a contract leaves no "
        "choice to a default, so write it ('ratio', 'difference' or 'none')."
    )


@pytest.mark.parametrize("statistic", ["sum", "mean"])
def test_a_missing_argument_of_one_value_is_named_with_it(statistic: str) -> None:
    written = {"unit": "person", "outcome": "days", "statistic": statistic, "missing": "raise"}
    with pytest.raises(ContractError) as error:
        arguments("days", effekt.outcome_count, written)
    assert str(error.value) == (
        "analysis.days lacks the argument 'at_least'; a contract leaves no choice to a default, so write it "
        f"(at_least: 1, its only value with statistic: {statistic})."
    )


def test_a_contract_tries_a_bounded_number_of_orders() -> None:
    text = MATCHED.replace("tie_orders: 100", "tie_orders: 1000000000")
    assert refusal(text) == (
        f"line {line_of(text, 'tie_orders')}: analysis.earnings: `tie_orders` must be at most 10000, since each order "
        "is another match; got 1000000000. Ask for fewer."
    )


def test_an_unknown_argument_is_named_with_its_own_line() -> None:
    text = TREND.replace(RATIO, "    adjustement: ratio\n" + RATIO)
    assert refusal(text) == (
        f"line {line_of(text, 'adjustement')}: analysis.absence has the argument 'adjustement', which trend_adjusted "
        "does not have. Did you mean 'adjustment'?"
    )


def test_a_method_is_named_with_its_line() -> None:
    text = TREND.replace("method: trend_adjusted", "method: trend_adjust")
    assert refusal(text).startswith(f"line {line_of(text, 'method:')}: analysis.absence.method must be ")
    text = TREND.replace("attribution: comparison", "attribution: randomised")
    assert refusal(text).startswith(f"line {line_of(text, 'attribution')}: attribution must be comparison")


@pytest.mark.parametrize("line", ["      propensity: none\n", "      subclasses: none\n"])
def test_a_default_that_is_a_choice_must_be_written(line: str) -> None:
    text = MATCHED.replace("      method: nearest\n", f"      method: subclassification\n{line}")
    assert text != MATCHED
    assert refusal(text) == (
        f"line {line_of(text, 'match:')}: analysis.earnings.match lacks the arguments 'propensity' ('logit' or "
        "'probit') and 'subclasses' (see its documentation); a contract leaves no choice to a default, so write them."
    )
    assert "lacks the argument 'subclasses'" in refusal(text.replace(line, "      propensity: logit\n"))


@pytest.mark.parametrize(
    ("method", "needed"), [("nearest", True), ("optimal", True), ("full", True), ("exact", False), ("overlap", False)]
)
def test_a_salt_is_needed_where_ties_are_broken(method: str, needed: bool) -> None:
    """The keyed order that a salt decides is read by the methods that try other orders of ties, and by no other."""
    assert ("tie_orders" in METHODS[method].reads) == needed
    written = {"unit": "id", "treatment": "served", "covariates": ["age"], "method": method, "missing": "raise"}
    try:
        arguments("work.match", match_controls, written)
        lacking = ""
    except ContractError as refused:
        lacking = str(refused)
    assert lacking.startswith("analysis.work.match lacks ")
    assert ("'salt'" in lacking) == needed


def test_the_one_number_of_tie_orders_with_replacement_is_told_where_it_lacks() -> None:
    written = {"unit": "id", "treatment": "served", "covariates": ["age"], "method": "nearest", "replace": True}
    told = (
        "'tie_orders' (tie_orders: 100, its only value with replace: true and no reuse, as all tied controls are kept)"
    )
    for more, sole in (({}, True), ({"reuse": "none"}, True), ({"reuse": 2}, False), ({"replace": False}, False)):
        with pytest.raises(ContractError) as refused:
            arguments("work.match", match_controls, written | more)
        assert (told in str(refused.value)) is sole
        assert "'tie_orders' (" in str(refused.value)


def test_a_word_that_is_no_choice_is_refused_before_any_data() -> None:
    text = TREND.replace(RATIO, "    adjustment: rato\n")
    assert refusal(text) == (
        f"line {line_of(text, 'adjustment:')}: analysis.absence.adjustment must be 'ratio', 'difference' or 'none'; "
        "got 'rato'. Did you mean 'ratio'?"
    )


def test_a_figure_of_one_effect_has_no_member() -> None:
    text = TREND.replace("    estimate: absence\n", "    estimate: absence\n    member: ITT\n", 1)
    assert refusal(text) == (
        f"line {line_of(text, 'reduction:')}: figures.reduction has member or combine, but its method returns one "
        "effect; remove it."
    )


def test_a_figure_of_a_set_names_its_member() -> None:
    text = written("nsw").replace("method: randomized_trial\n", "method: complier_effect\n    received: taken\n")
    text = re.sub(r"(?m)^    (estimand|population): .*\n", "", text)
    assert refusal(text) == (
        f"line {line_of(text, 'effect:')}: figures.effect must have member or combine, since its method returns a set "
        "of effects."
    )


def test_an_improvement_says_which_way_is_better() -> None:
    text = re.sub(r", better: \w+", "", TREND)
    assert text != TREND
    assert refusal(text) == (
        f"line {line_of(text, 'reduction:')}: figures.reduction has the view relative_improvement, so the outcome of "
        "analysis.absence must say which way is better; write it as {column: …, unit: …, better: higher}, or lower."
    )


@pytest.mark.parametrize(
    "call",
    [
        workflow.check,
        workflow.estimate,
        lambda path: workflow.settle(path, date="2022-03-15"),
        lambda path: workflow.verify(b"{}", contract=path),
    ],
)
def test_a_path_is_no_contract(call: Callable[[Any], object]) -> None:
    with pytest.raises(ArgumentError) as error:
        call("contract.yaml")
    assert str(error.value) == "`contract` must be what `effekt.read_contract(path)` returns; got str."


@pytest.mark.parametrize("missing", ["raise", "drop"])
def test_a_remedy_is_written_as_the_contract_writes_it(missing: str, rate_card: Path) -> None:
    table, path = rate_card / "months.csv", rate_card / "contract.yaml"
    table.write_bytes(b"person;manad;arbetad_manad;eget_boende\r\n0001;2023-02;1;1\r\n0002;2023-02;;1\r\n")
    path.write_text(path.read_text(encoding="utf-8").replace("missing: raise", f"missing: {missing}"), encoding="utf-8")
    contract = workflow.read_contract(path)
    if missing == "drop":
        assert workflow.settle(contract, date="2023-09-01").due is not None
        return
    with pytest.raises(DataError) as error:
        workflow.settle(contract, date="2023-09-01")
    assert str(error.value) == (
        "analysis.work: Column 'arbetad_manad' must have a value in every row; 1 row did not, the first at row 2, "
        "line 3. Complete the data, or write missing: drop to leave such rows out and have them counted."
    )
