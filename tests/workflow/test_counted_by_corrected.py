"""An earlier day that is settled again after a later one which was itself corrected: what the later one counted."""

from __future__ import annotations

from itertools import combinations

import pytest
from deciding import decided
from workflow import test_each_series as base
from workflow.test_place_by_kind import DAYS, settled

from effekt import workflow
from effekt.contracts import parse_contract

BOTH = parse_contract(decided(base.contract_text(lines=("visits", "total"), below_zero="carry")).encode())
FIRST = settled(DAYS[0], contract=BOTH, visits=7, total=20, paid=0)  # pays 200 of total
SECOND = settled(DAYS[1], contract=BOTH, visits=7, total=50, paid=200)  # pays 300


@pytest.mark.parametrize("total", [50, 60])
@pytest.mark.parametrize("again", [50, 60, 30])
def test_it_pays_nothing_of_what_the_later_day_pays_too(total: int, again: int) -> None:
    """Of 50 in all the correction counts 500, as much as the first day settled again would have paid by then."""
    corrected = settled("2023-05-02", "final", SECOND, BOTH, visits=7, total=total, paid=500)
    twice = settled("2023-05-05", "final", FIRST, BOTH, visits=6, total=again, paid=200)
    for given in ([FIRST, SECOND], [FIRST, SECOND, corrected]):
        told = [one.name for one in workflow.verify(twice, contract=BOTH, earlier=given).differences]
        assert f"earlier:{given[-1].date}" in told


def test_one_that_lets_it_wait_is_not_accused() -> None:
    corrected = settled("2023-05-02", "final", SECOND, BOTH, visits=7, total=60, paid=500)
    waits = settled("2023-05-05", "final", FIRST, BOTH, visits=6)
    none = settled("2023-05-05", "final", FIRST, BOTH, visits=6, total=20, paid=200)
    before = [FIRST, SECOND, corrected]
    for one in (waits, none):
        for number in range(4):
            for given in combinations(before, number):
                assert workflow.verify(one, contract=BOTH, earlier=given).differences == (), given
