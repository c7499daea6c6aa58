"""The values at which a contract's payment changes, read from its clauses and conditions."""

from fractions import Fraction

import pytest
from reports import samples

from effekt.contracts import quantise
from effekt.reports.thresholds import Threshold, reached_from, thresholds

FIGURES = samples.ATTESTED + samples.COUNT.replace("figures:", "")


def held(pays):
    """The thresholds of a contract with this clause."""
    return thresholds(samples.contract(FIGURES, pays, method="outcome_count"))


@pytest.mark.parametrize(
    ("pays", "expected"),
    [
        ('{fixed: "1"}', {}),
        ('{unit_price: {price: "2", figure: months, below_zero: zero}}', {}),
        (
            '{tiers: {figure: months, steps: [{from: "8.5", pays: "1"}, {from: "10", pays: "2"}]}}',
            {"months": ("8.5", "10")},
        ),
        (
            '{bands: {figure: months, bands: [{from: "1", to: "2", pays_from: "0", pays_to: "5"}]}}',
            {"months": ("1", "2")},
        ),
        (
            '{piecewise: {figure: savings, points: [{at: "-1", pays: "0"}, {at: "0.12", pays: "5"}]}}',
            {"savings": ("-1", "0.12")},
        ),
        ('{fixed: "1", when: {figure: savings, gt: "7"}}', {"savings": ("7",)}),
        ('{fixed: "1", when: {figure: savings, ge: months}}', {}),
        (
            '{fixed: "1", when: {any: [{not: {figure: savings, lt: "3"}}, {all: [{figure: months, eq: "4"}]}]}}',
            {"savings": ("3",), "months": ("4",)},
        ),
        (
            '{greater_of: [{fixed: "1"}, {sum: [{fixed: "1", when: {figure: months, le: "9"}}, '
            '{lesser_of: [{fixed: "1"}, {fixed: "2", when: {figure: months, ge: "2"}}]}]}]}',
            {"months": ("2", "9")},
        ),
    ],
)
def test_thresholds_are_read_from_every_clause_and_condition(pays, expected):
    assert held(pays) == {figure: tuple(map(Fraction, values)) for figure, values in expected.items()}


def test_a_lines_own_condition_counts():
    text = samples.contract(FIGURES, '{fixed: "1"}', method="outcome_count").raw.decode()
    with_gate = text.replace("      pays: {fixed", '      when: {figure: savings, ge: "5"}\n      pays: {fixed')

    assert thresholds(samples.parse_contract(with_gate.encode())) == {"savings": (Fraction(5),)}


def brute(at, itself, upwards, digits, steps=1000):
    """The unrounded values within two of no effect whose rounded figure reaches `at`, by rounding each."""
    fine = Fraction(1, steps)
    for k in range(-2 * steps, 2 * steps + 1):
        figure = Fraction(quantise(k * fine, digits))
        if (figure > at if upwards else figure < at) or (itself and figure == at):
            yield k * fine


@pytest.mark.parametrize("at", ["0.1", "-0.1", "0", "0.12", "1"])
@pytest.mark.parametrize("digits", [0, 1, 2])
@pytest.mark.parametrize("upwards", [True, False])
@pytest.mark.parametrize("itself", [True, False])
def test_a_threshold_is_reached_from_the_least_value_that_rounds_to_what_passes(at, digits, upwards, itself):
    threshold = Threshold(Fraction(at), itself, upwards, digits)
    reached = [*brute(threshold.at, itself, upwards, digits)]
    nearest = min(reached) if upwards else max(reached)

    assert abs(nearest - threshold.edge) <= Fraction(1, 1000)  # a tie goes to the even figure: itself in or out
    assert threshold.reached(nearest)
    assert not threshold.reached(nearest - Fraction(1 if upwards else -1, 1000))


@pytest.mark.parametrize(
    ("pays", "upwards", "expected"),
    [
        ('{fixed: "1", when: {figure: savings, ge: "3"}}', True, [("3", True)]),
        ('{fixed: "1", when: {figure: savings, gt: "3"}}', True, [("3", False)]),
        ('{fixed: "1", when: {figure: savings, le: "3"}}', False, [("3", True)]),
        ('{fixed: "1", when: {figure: savings, lt: "3"}}', False, [("3", False)]),
        ('{fixed: "1", when: {figure: savings, eq: "3"}}', True, [("3", True), ("3", False)]),
        ('{tiers: {figure: savings, steps: [{from: "8", pays: "1"}]}}', False, [("8", False)]),
        (
            '{piecewise: {figure: savings, points: [{at: "1", pays: "5"}, {at: "2", pays: "0"}]}}',
            False,
            [("1", True), ("2", True)],
        ),
    ],
)
def test_a_threshold_is_reached_or_passed_as_the_contract_says(pays, upwards, expected):
    found = reached_from(samples.contract(FIGURES, pays, method="outcome_count"), "savings", upwards=upwards)

    assert [(str(one.at), one.itself) for one in found] == expected
