"""The examples of caps and floors in the reference, by hand: by person, and by the investor's return."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from contracts.builders import contract, line, number, plain, settle

import effekt
from effekt.contracts import maximum_total
from effekt.workflow.plan.returns import yearly_return

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "contract-file.md").read_text(encoding="utf-8")
SECTION = PAGE.split("### Caps and floors\n")[1].split("\n### ")[0]
COUNT, LADDER, RATE, MULTIPLE, SEVERAL = (plain(text) for text in re.findall("```yaml\n(.*?)```", SECTION, re.DOTALL))
FIGURES = {name: number(0, "persons") for name in ("people", "moves", "year")}
FIGURES |= {name: number(2, "SEK") for name in ("savings", "paid_in", "received")}
DAYS = ("2021-03-01", "2022-03-01", "2023-03-01", "2024-02-29")  # 365 days apart
YEARLY = Fraction(108, 100)


def paid(pays, **values):
    whole = dict.fromkeys(FIGURES, "0") | values
    return settle(contract({"fee": line(pays)}, FIGURES), **whole).lines[0].amount


def test_a_person_counts_for_twelve_months_at_most_and_for_one_at_least():
    rows = [("a", month, 1) for month in range(1, 16)] + [("b", 1, 0), ("b", 2, 0), ("c", 1, 1), ("c", 2, 1)]
    data = {
        "person": [person for person, _, _ in rows],
        "month": [f"{2023 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}" for _, month, _ in rows],
        "worked": [worked for _, _, worked in rows],
    }
    chosen = {name: value for name, value in COUNT["work"].items() if name not in ("method", "data")}
    assert effekt.outcome_count(data, **chosen).exact == 12 + 1 + 2


@pytest.mark.parametrize(("moves", "year", "amount"), [("0", "0", 0), ("3", "0", 3 * 200), ("3", "2", 200 + 2 * 7000)])
def test_on_a_ladder_nobody_gives_less_than_500_or_more_than_7500(moves, year, amount):
    """Of ten: 500 for who comes nowhere, 700 for who comes one step, 7,500 for who comes two."""
    none, one, two = 10 - int(moves), int(moves) - int(year), int(year)
    assert 500 * none + 700 * one + 7500 * two == 5000 + amount
    assert paid(LADDER, people="10", moves=moves, year=year) == f"{5000 + amount}.00"


def test_the_investor_gets_no_more_than_eight_per_cent_a_year():
    most = 3_000_000 * YEARLY**3
    assert most == Fraction("3779136")
    for savings in ("0", "9000000", "9447837.50", "9447840", "9447842.50", "20000000"):
        amount = Fraction(paid(RATE, savings=savings))
        assert amount == min(most, Fraction(savings) * 2 / 5), savings
        reached = yearly_return(((DAYS[0], Fraction(-3_000_000)), (DAYS[3], amount)))
        assert reached == pytest.approx(0.08, abs=1e-12) if amount == most else reached < 0.08
    assert maximum_total(contract({"fee": line(RATE)}, FIGURES)) == "3779136.00"


def test_the_investor_gets_no_more_than_a_multiple_of_what_was_paid_in():
    assert paid(MULTIPLE, savings="9000000", paid_in="2000000") == "3000000.00"
    assert paid(MULTIPLE, savings="7000000", paid_in="2000000") == "2800000.00"


@pytest.mark.parametrize("savings", ["0", "1000000", "7500000", "9000000", "30000000"])
def test_a_return_between_two_limits_on_several_days(savings):
    """Against the definition of the return: the amount at which the flows are worth nothing at the rate."""
    amount = Fraction(paid(SEVERAL, savings=savings, received="400000"))
    flows = ((DAYS[0], Fraction(-2_000_000)), (DAYS[1], Fraction(-1_000_000)), (DAYS[2], Fraction(400_000)))
    reached, alone = yearly_return((*flows, (DAYS[3], amount))), Fraction(savings) * 2 / 5
    assert 0.02 - 1e-8 <= reached <= 0.08 + 1e-8
    if 0.02 + 1e-8 < reached < 0.08 - 1e-8:
        assert amount == alone
    else:
        assert (amount > alone) == (reached < 0.05)
    assert maximum_total(contract({"fee": line(SEVERAL)}, FIGURES)) == "3700000.00"
