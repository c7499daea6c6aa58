"""The least and the most of a contract with floors and caps of some lines hold whatever the figures turn out to be."""

import itertools
from fractions import Fraction

import pytest
from contracts.builders import file, line, number, read, settle

from effekt.contracts import maximum, maximum_total, minimum_total

NAMES = ("a", "b", "c")
VALUES = ("0", "1")


def _contract(figures="abc", **payment):
    """Lines that pay 0 or 100 by a yes or no of the same name, or 60."""
    clauses = {
        name: {"unit_price": {"price": "100", "figure": name, "below_zero": "zero"}}
        if name in figures
        else {"fixed": "60"}
        for name in NAMES
    }
    plain = file(
        {name: line(clause) for name, clause in clauses.items()}, {name: number(0, "yes/no") for name in NAMES}
    )
    plain["payment"] |= payment
    return read(plain)


def _floor(amount, lines="ab", raises="a"):
    return {"floors": {"year": {"lines": list(lines), "amount": amount, "raises": raises}}}


def _caps(amount, lines="bc"):
    return {"caps": {"group": {"lines": list(lines), "amount": amount, "reduces": "last_line_first"}}}


# the most is on the safe side: the raised line and those beside it are taken at their greatest together
TERMS = [
    (_floor("250"), "abc", "250.00", "450.00"),
    (_floor("250"), "a", "310.00", "310.00"),  # b and c pay 60 each
    (_floor("90", "abc", "c"), "ab", "90.00", "290.00"),
    (_floor("250") | _caps("50"), "abc", "250.00", "300.00"),  # the cap on b and c leaves b nothing
    (_floor("250") | _caps("50"), "a", "250.00", "300.00"),
    (_floor("90") | _caps("120", "ab"), "abc", "90.00", "220.00"),
    (_floor("150") | {"cap": {"amount": "200", "reduces": "pro_rata"}}, "abc", "150.00", "200.00"),
    (_floor("150") | {"floor": {"amount": "180", "raises": "c"}}, "abc", "180.00", "350.00"),
]


@pytest.mark.parametrize(("payment", "figures", "least", "most"), TERMS)
def test_the_least_and_the_most_with_floors_of_some_lines(payment, figures, least, most):
    subject = _contract(figures, **payment)
    assert (minimum_total(subject), maximum_total(subject)) == (least, most)


@pytest.mark.parametrize(("payment", "figures"), [(payment, figures) for payment, figures, *_ in TERMS])
def test_no_settlement_pays_less_or_more(payment, figures):
    subject = _contract(figures, **payment)
    low, high, each = minimum_total(subject), maximum_total(subject), maximum(subject)
    for values in itertools.product(VALUES, repeat=3):
        settled = settle(subject, **dict(zip(NAMES, values, strict=True)))
        assert Fraction(low) <= Fraction(settled.total) <= Fraction(high)
        assert all(Fraction(one.amount) <= Fraction(each[one.id]) for one in settled.lines)
