"""The values at which a contract's payment changes, read from its clauses and conditions."""

from fractions import Fraction

import pytest
from reports import samples

from effekt.reports.thresholds import thresholds

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
