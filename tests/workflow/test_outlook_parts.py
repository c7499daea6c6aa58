"""Where a figure lies is told in the parts that the contract's own conditions make of it, with their ends."""

from __future__ import annotations

from fractions import Fraction

import pytest
from workflow.test_returns import DIRECT

from effekt.contracts import parse_contract
from effekt.workflow import Outlook, outlook


def found(*conditions: str) -> Outlook:
    held = ", ".join(f"{{figure: done, {one}}}" for one in conditions)
    text = DIRECT.replace('      due: "2018-12-31"\n', f'      due: "2018-12-31"\n      when: {{any: [{held}]}}\n')
    return outlook(parse_contract(text.encode()), figure="done", std_errors=["2"], effects=["5"])


@pytest.mark.parametrize(
    ("conditions", "sv", "en"),
    [
        (
            ('ge: "3"', 'ge: "5"'),
            ["under 3", "från och med 3, under 5", "från och med 5"],
            ["below 3", "from 3, below 5"],
        ),
        (('gt: "3"', 'gt: "5"'), ["högst 3", "över 3, högst 5", "över 5"], ["at most 3", "above 3, at most 5"]),
        (('lt: "3"', 'le: "5"'), ["under 3", "från och med 3, högst 5", "över 5"], ["below 3", "from 3, at most 5"]),
        (('le: "3"', 'lt: "5"'), ["högst 3", "över 3, under 5", "från och med 5"], ["at most 3", "above 3, below 5"]),
        (('eq: "4"',), ["under 4", "precis 4", "över 4"], ["below 4", "exactly 4", "above 4"]),
        (('ge: "4"', 'gt: "4"'), ["under 4", "precis 4", "över 4"], ["below 4", "exactly 4", "above 4"]),
    ],
)
def test_each_part_says_whether_its_ends_belong_to_it(
    conditions: tuple[str, ...], sv: list[str], en: list[str]
) -> None:
    made = found(*conditions)
    rows = [line for line in made.text("sv").splitlines() if all(label in line for label in sv)]
    assert len(rows) == 1
    assert any(all(label in line for label in en) for line in made.text("en").splitlines())
    assert sum(part.probability for part in made.scenarios[0].intervals) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("operator", ["ge", "gt", "le", "lt", "eq"])
def test_a_part_is_as_probable_as_the_condition_that_makes_it(operator: str) -> None:
    (one,) = found(f'{operator}: "4"').scenarios
    met = next(iter(one.gates.values()))

    def holds(value: Fraction) -> bool:
        four = Fraction(4)
        return {"ge": value >= four, "gt": value > four, "le": value <= four, "lt": value < four}.get(
            operator, value == four
        )

    inside = {3: Fraction(3), 4: Fraction(4), 5: Fraction(5)}
    own = sum(
        part.probability
        for part in one.intervals
        if any(holds(value) and _in(part, value) for value in inside.values())
    )
    assert own == pytest.approx(met, abs=1e-12)


def _in(part: object, value: Fraction) -> bool:
    low, high = (None if end is None else Fraction(end) for end in (part.low, part.high))  # type: ignore[attr-defined]
    above = low is None or value > low or (value == low and part.low_inside)  # type: ignore[attr-defined]
    return above and (high is None or value < high or (value == high and part.high_inside))  # type: ignore[attr-defined]
