"""The most and the least of one settlement, of several and of a year, by hand."""

import itertools
from fractions import Fraction

import pytest
from contracts.builders import file, line, number, read, settle

from effekt.contracts import (
    guarantee_maxima,
    maximum,
    maximum_by_year,
    maximum_over,
    maximum_total,
    minimum_total,
)
from effekt.contracts.liability import most_paid

FIGURES = {"x": number(0), "paid": number(0, "SEK"), "few": number(0, "yes/no"), "more": number(0, "yes/no")}
OPEN = {"unit_price": {"price": "10", "figure": "x", "below_zero": "negative"}}  # anything, below zero too
FROM_ZERO = {"unit_price": {"price": "10", "figure": "x", "below_zero": "zero"}}
UP_TO_ZERO = {"unit_price": {"price": "-10", "figure": "few", "below_zero": "negative"}}  # -10 or 0
NET = {"netting": {"lines": ["a", "b"], "reduces": "last_line_first", "below_zero": "negative"}}
EVENT = {"sv": "x", "en": "x"}


def answer(price, figure="few"):
    """A clause that pays a price or nothing."""
    return {"unit_price": {"price": price, "figure": figure, "below_zero": "zero"}}


def subject(lines, termination=None, dates=None, **payment):
    """A contract in whole kronor, whose lines are given by their clauses or whole."""
    whole = {
        name: one if "pays" in one else line({"fixed": one} if isinstance(one, str) else one)
        for name, one in lines.items()
    }
    plain = file(whole, FIGURES, quantum="1")
    plain["payment"] |= payment
    plain["dates"] |= dates or {}
    return read(plain if termination is None else plain | {"termination": {"x": {"event": EVENT} | termination}})


# ------------------------------------------------------------------------------------------ one settlement


def test_the_ends_of_a_line_are_rounded_as_its_amount_is():
    one = subject({"a": {"share_of_savings": {"share": "0.5", "figure": "few", "below_zero": "zero"}}})
    assert settle(one, few="1", x="0", paid="0", more="0").total == maximum_total(one) == "1"
    below = subject({"a": "-10.5", "b": "10.4"})
    assert maximum(below) == {"a": "-11", "b": "10"}
    assert (minimum_total(below), maximum_total(below)) == ("-1", "-1")


def test_a_line_that_is_netted_may_come_to_nothing():
    netted = subject({"a": "-50", "b": "30"}, **NET)
    assert maximum(netted) == {"a": "0", "b": "30"}
    assert (minimum_total(netted), maximum_total(netted)) == ("-50", "30")
    assert [one.amount for one in settle(netted, few="0", more="0", x="0", paid="0").lines] == ["-20", "0"]
    open_ends = subject({"a": OPEN, "b": "30"}, **NET)
    assert maximum(open_ends) == {"a": None, "b": "30"}
    assert (minimum_total(open_ends), maximum_total(open_ends)) == (None, None)


def test_lines_whose_netting_leaves_nothing_below_zero_pay_nothing_at_least():
    """A line of theirs is never below zero, so beside a third one of -10 the three pay at least that."""
    zero = {"netting": NET["netting"] | {"below_zero": "zero"}}
    netted = subject({"a": "-50", "b": "30"}, **zero)
    assert [one.amount for one in settle(netted, few="0", more="0", x="0", paid="0").lines] == ["0", "0"]
    assert (minimum_total(netted), maximum(netted)) == ("0", {"a": "0", "b": "30"})
    assert minimum_total(subject({"a": OPEN, "b": "30"}, **zero)) == "0"
    three = {"a": OPEN, "b": answer("30"), "c": UP_TO_ZERO}
    least = minimum_total(subject(three, **zero))
    amounts = itertools.product(("-7", "0", "2"), ("0", "1"))
    totals = [settle(subject(three, **zero), few=few, more="0", x=x, paid="0").total for x, few in amounts]
    assert (least, min(totals, key=Fraction)) == ("-10", "-10")
    capped = subject({"a": OPEN, "b": "30"}, **zero, cap={"amount": "20", "reduces": "pro_rata"})
    assert (minimum_total(capped), maximum(capped)) == ("0", {"a": "20", "b": "20"})


@pytest.mark.parametrize(
    ("lines", "payment", "least", "most"),
    [
        # the greatest of the lines under each cap, and of the lines under none
        ({"a": "80", "b": "70", "c": "5"}, {"caps": {"y": {"lines": ["a", "b"], "amount": "100"}}}, "105", "105"),
        ({"a": "40", "b": "50", "c": "5"}, {"caps": {"y": {"lines": ["a", "b"], "amount": "100"}}}, "95", "95"),
        (
            {"a": FROM_ZERO, "b": "7", "c": answer("5")},
            {"caps": {"y": {"lines": ["a", "c"], "amount": "100"}}},
            "7",
            "107",
        ),
        ({"a": FROM_ZERO, "b": "7"}, {"cap": {"amount": "100"}}, "7", "100"),
        ({"a": FROM_ZERO, "b": "7"}, {}, "7", None),
        # a floor above all that the lines pay is the most and the least
        ({"a": answer("80"), "b": "7"}, {"floor": {"amount": "100", "raises": "a"}}, "100", "100"),
        ({"a": answer("80"), "b": "7"}, {"floor": {"amount": "60", "raises": "a"}}, "60", "87"),
        ({"a": FROM_ZERO, "b": "7"}, {"floor": {"amount": "60", "raises": "a"}}, "60", None),
        ({"a": "80", "b": "70"}, {"cap": {"amount": "60"}}, "60", "60"),
        ({"a": OPEN, "b": "70"}, {"cap": {"amount": "60"}}, None, "60"),
        # a cap on lines of which one is not under it: each can be left nothing
        (
            {"a": "80", "b": "70", "c": "5"},
            {
                "caps": {"y": {"lines": ["b", "c"], "amount": "20"}},
                "floors": {"z": {"lines": ["a", "b"], "amount": "60", "raises": "a"}},
            },
            "100",
            "100",
        ),
    ],
)
def test_the_least_and_the_most_of_lines_under_caps_and_floors(lines, payment, least, most):
    for cap in [*payment.get("caps", {}).values(), *([payment["cap"]] if "cap" in payment else [])]:
        cap["reduces"] = "last_line_first"
    one = subject(lines, **payment)
    assert (minimum_total(one), maximum_total(one)) == (least, most)
    for few, x in itertools.product("01", ("0", "50")):
        total = Fraction(settle(one, few=few, x=x, more="0", paid="0").total)
        assert least is None or total >= Fraction(least)
        assert most is None or total <= Fraction(most)


@pytest.mark.parametrize(
    ("lines", "payment", "most"),
    [
        # what no line takes from another under a cap, each can have whole
        ({"a": "30", "b": "5"}, {"cap": {"amount": "20"}}, {"a": "20", "b": "5"}),
        ({"a": answer("50"), "b": "5"}, {"cap": {"amount": "9"}}, {"a": "9", "b": "5"}),
        # a line below zero leaves another as much more
        ({"a": UP_TO_ZERO, "b": "50"}, {"cap": {"amount": "9"}}, {"a": "0", "b": "50"}),
        ({"a": OPEN, "b": "50"}, {"cap": {"amount": "9"}}, {"a": None, "b": "50"}),
        (
            {"a": UP_TO_ZERO, "b": "50", "c": "50"},
            {"caps": {"y": {"lines": ["b", "c"], "amount": "9"}}},
            {"a": "0", "b": "9", "c": "9"},
        ),
        # a floor raises a line by what the others do not pay, whatever a cap may take of them
        (
            {"a": OPEN, "b": "5"},
            {"floors": {"y": {"lines": ["a", "b"], "amount": "60", "raises": "b"}}},
            {"a": None, "b": None},
        ),
        (
            {"a": "7", "b": "5"},
            {"floors": {"y": {"lines": ["a", "b"], "amount": "60", "raises": "b"}}},
            {"a": "7", "b": "53"},
        ),
        (
            {"a": "30", "b": "30", "c": "5"},
            {"caps": {"y": {"lines": ["a", "b"], "amount": "0"}}, "floor": {"amount": "60", "raises": "c"}},
            {"a": "0", "b": "0", "c": "60"},
        ),
        (
            {"a": "30", "b": "30", "c": "5"},
            {"cap": {"amount": "61"}, "floor": {"amount": "60", "raises": "c"}},
            {"a": "30", "b": "30", "c": "5"},
        ),
        (
            {"a": answer("30"), "b": "30", "c": "5"},
            {"cap": {"amount": "63"}, "floor": {"amount": "62", "raises": "c"}},
            {"a": "30", "b": "30", "c": "32"},
        ),
        (
            {"a": "7", "b": UP_TO_ZERO, "c": "5"},
            {
                "caps": {"y": {"lines": ["b", "c"], "amount": "20"}},
                "floors": {"z": {"lines": ["a", "b"], "amount": "60", "raises": "a"}},
            },
            {"a": "70", "b": "0", "c": "5"},
        ),
        # a cap on the lines of the floor is no lower than it, so that it takes nothing where the floor raises
        (
            {"a": answer("5"), "b": "150"},
            {
                "caps": {"y": {"lines": ["a", "b"], "amount": "100"}},
                "floors": {"z": {"lines": ["a", "b"], "amount": "60", "raises": "a"}},
            },
            {"a": "5", "b": "100"},
        ),
    ],
)
def test_the_most_of_each_line(lines, payment, most):
    for cap in [*payment.get("caps", {}).values(), *([payment["cap"]] if "cap" in payment else [])]:
        cap["reduces"] = "last_line_first"
    one = subject(lines, **payment)
    assert maximum(one) == most
    for few, x in itertools.product("01", ("-50", "0", "50")):
        for paid in settle(one, few=few, x=x, more="0", paid="0").lines:
            assert most[paid.id] is None or Fraction(paid.amount) <= Fraction(most[paid.id])


# -------------------------------------------------------------------------------------- several settlements

TRUE_UP = {"true_up": {"paid": "paid", "below_zero": "clawback"}}
CARRY = {"true_up": {"paid": "paid", "below_zero": "carry"}}
ANEW = {"true_up": {"paid": "0", "below_zero": "clawback"}}  # nothing is ever deducted
LOW = {"amount": "20", "reduces": "pro_rata"}


@pytest.mark.parametrize(
    ("lines", "payment", "settlements", "most"),
    [
        ({"a": "30", "b": "5"}, {}, 1, "35"),
        # each line is paid once, whichever settlement pays it
        ({"a": "30", "b": "5"}, {}, 3, "35"),
        ({"a": "30", "b": "5"}, {}, None, "35"),
        ({"a": "30", "b": "5"}, {"cap": LOW}, 1, "20"),
        ({"a": "30", "b": "5"}, {"cap": LOW}, 3, "25"),  # 20 of a, and b in another settlement
        ({"a": "30", "b": "5"}, {"cap": LOW}, None, "25"),
        ({"a": "15", "b": "15", "c": "15"}, {"cap": LOW}, 2, "35"),  # two of them together are 20
        ({"a": "15", "b": "15", "c": "15"}, {"cap": LOW}, 3, "45"),
        ({"a": "15", "b": "15", "c": "15"}, {"caps": {"y": {"lines": ["a", "b"]} | LOW}}, 1, "35"),
        ({"a": "15", "b": "15", "c": "15"}, {"caps": {"y": {"lines": ["a", "b"]} | LOW}}, 2, "45"),
        ({"a": "15", "b": "15", "c": line({"fixed": "15"}, **ANEW)}, {"cap": LOW}, 2, "40"),  # 20 each time
        (dict.fromkeys("abcdef", "15"), {"cap": LOW}, 5, "80"),  # two of the six together
        (dict.fromkeys("abcdefg", "15"), {"cap": LOW}, 2, "40"),  # more than are shared out in every way
        (dict.fromkeys("abcdefg", "15"), {"cap": LOW}, 7, "105"),
        (dict.fromkeys("abcdefg", "15"), {"cap": LOW}, 9, "105"),
        ({"a": FROM_ZERO}, {}, 3, None),
        ({"a": "1"}, {}, 3, "1"),
        # a line that is below zero need not be paid, and takes nothing from another settlement's payer
        ({"a": "-30", "b": "5"}, {}, 2, "5"),
        ({"a": "-30", "b": line({"fixed": "5"}, **ANEW)}, {}, 2, "10"),
        ({"a": UP_TO_ZERO}, {}, None, "0"),
        ({"a": "-5"}, {}, None, "0"),
        # 30 in all however often it is trued up, and 5 once or each time
        ({"a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0"), "b": "5"}, {}, 3, "35"),
        (
            {"a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0"), "b": line({"fixed": "5"}, **ANEW)},
            {},
            3,
            "45",
        ),
        ({"a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0")}, {}, None, "30"),
        ({"a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0"), "b": "5"}, {}, None, "35"),
        ({"a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0"), "b": "-5"}, {}, None, "30"),
        # what is due in all has no bound, and neither has one settlement
        ({"a": line(FROM_ZERO, **TRUE_UP)}, {}, 2, None),
        # due in all is below zero: nothing is paid in all
        ({"a": line({"fixed": "-30"}, **TRUE_UP)}, {}, 2, "0"),
        ({"a": line({"fixed": "-30"}, **TRUE_UP, floor="-40")}, {}, 2, "0"),  # what was paid back is paid again at most
        ({"a": line(UP_TO_ZERO, **TRUE_UP)}, {}, 2, "0"),
        # netting or a floor between the lines: what one settlement pays is then not the line's own
        (
            {"a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0"), "b": "5"},
            {"floor": {"amount": "1", "raises": "b"}},
            3,
            "95",
        ),
        (
            {"a": line({"fixed": "30"}, **CARRY, cap="30", floor="0"), "b": "5"},
            {"floors": {"y": {"lines": ["a", "b"], "amount": "1", "raises": "b"}}},
            3,
            "95",
        ),
        (
            {
                "a": line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0"),
                "b": line({"fixed": "5"}, **TRUE_UP, cap="5", floor="0"),
            },
            NET,
            3,
            "105",
        ),
    ],
)
def test_the_most_of_several_settlements(lines, payment, settlements, most):
    assert maximum_over(subject(lines, **payment), settlements) == most


@pytest.mark.parametrize(
    ("true_up", "most"),
    [
        ({"paid": "paid", "below_zero": "clawback"}, "30"),
        ({"paid": "paid", "below_zero": "carry"}, "30"),
        ({"paid": "paid", "below_zero": "floor"}, "90"),  # what is let go may be paid again
        ({"paid": "0", "below_zero": "clawback"}, "90"),  # nothing is ever deducted
    ],
)
def test_what_is_paid_in_all_is_counted_once_only_where_what_was_paid_is_deducted(true_up, most):
    one = subject({"a": line({"fixed": "30"}, true_up=true_up, cap="30", floor="0")})
    assert maximum_over(one, 3) == most


# ---------------------------------------------------------------------------------------------------- years


def due(pays, day):
    """A line with its own day."""
    return line({"fixed": pays} if isinstance(pays, str) else pays, due=day)


def test_each_year_has_the_most_of_its_own_lines():
    lines = {"a": due("30", "2021-12-31"), "b": due(answer("20"), "2022-01-01"), "c": due("-7", "2022-06-30")}
    assert maximum_by_year(subject(lines)) == {"2021": "30", "2022": "20"}  # -7 takes nothing from the others
    lines["b"] = due(FROM_ZERO, "2022-01-01")
    assert maximum_by_year(subject(lines)) == {"2021": "30", "2022": None}
    lines["b"] = due(UP_TO_ZERO, "2022-01-01")
    assert maximum_by_year(subject(lines)) == {"2021": "30", "2022": "0"}


def test_a_line_without_a_day_of_its_own_falls_due_after_the_certificate():
    lines = {"a": due("30", "2021-06-30"), "b": "20"}
    assert maximum_by_year(subject(lines)) == {}
    assert maximum_by_year(subject(lines, due_days=30)) == {}
    certified = {"certificate_due": "2022-12-15"}
    assert maximum_by_year(subject(lines, dates=certified)) == {}
    assert maximum_by_year(subject(lines, dates=certified, due_days=30)) == {"2021": "30", "2023": "20"}
    assert maximum_by_year(subject({"b": "20"}, dates=certified, due_days=0)) == {"2022": "20"}


def test_settlements_each_pay_and_a_line_falls_due_after_each():
    lines, days = (
        {"a": line({"fixed": "30"}, **ANEW), "b": line({"fixed": "5"}, **ANEW)},
        ("2021-12-31", "2022-06-30", "2022-12-31"),
    )
    assert maximum_by_year(subject(lines), days) == {"2021": "35", "2022": "70"}
    assert maximum_by_year(subject(lines, due_days=1), days) == {"2022": "70", "2023": "35"}
    lines["a"] = line({"fixed": "30"}, **TRUE_UP, cap="30", floor="0")
    assert maximum_by_year(subject(lines), days) == {"2021": "35", "2022": "40"}  # 30 in all, and 5 twice
    lines["a"] = line(FROM_ZERO, **TRUE_UP, cap="30", floor="0")
    assert maximum_by_year(subject(lines), days) == {"2021": "35", "2022": "40"}
    lines["a"] = line({"fixed": "30"}, **ANEW, due="2022-05-01")  # each settlement pays it, and it has one day
    assert maximum_by_year(subject(lines), days) == {"2021": "5", "2022": "100"}


def test_a_line_that_is_paid_once_counts_once_in_any_year_that_may_pay_it():
    lines, days = {"a": "30", "b": "5"}, ("2021-12-31", "2022-06-30", "2022-12-31")
    assert maximum_by_year(subject(lines), days) == {"2021": "35", "2022": "35"}
    assert maximum_by_year(subject(lines, due_days=1), days) == {"2022": "35", "2023": "35"}
    assert maximum_by_year(subject(lines, cap=LOW), days) == {"2021": "20", "2022": "25"}  # b by another than a
    lines["a"] = due("30", "2022-05-01")
    assert maximum_by_year(subject(lines), days) == {"2021": "5", "2022": "35"}
    lines["b"] = line({"fixed": "5"}, **ANEW)
    assert maximum_by_year(subject(lines), days) == {"2021": "5", "2022": "40"}


def test_a_year_of_one_settlement_counts_many_lines_that_are_paid_once():
    days = ("2021-06-30", "2022-06-30")
    assert maximum_by_year(subject(dict.fromkeys("abcdefg", "15"), cap=LOW), days) == {"2021": "20", "2022": "20"}


def test_a_line_below_zero_of_another_year_leaves_room_in_one_settlement():
    """20 each time, and 5 more beside the line that pays 5 back."""
    lines = {"a": line({"fixed": "30"}, **ANEW), "b": due("-5", "2023-05-01")}
    days = ("2021-06-30", "2022-06-30", "2022-12-31")
    assert maximum_by_year(subject(lines, cap=LOW), days) == {"2021": "25", "2022": "45", "2023": "0"}


def test_a_year_pays_what_an_earlier_one_may_have_had_paid_back_beside_what_is_due():
    steps = {"tiers": {"figure": "x", "steps": [{"from": "4", "pays": "94"}, {"from": "37", "pays": "-12"}]}}
    days = ("2021-06-30", "2021-12-31", "2022-06-30")

    def by_year(below_zero, pays=steps):
        return maximum_by_year(subject({"a": line(pays, true_up={"paid": "paid", "below_zero": below_zero})}), days)

    assert by_year("clawback") == {"2021": "94", "2022": "106"}  # -12 in 2021, and the year after 94 + 12
    assert by_year("carry") == {"2021": "94", "2022": "94"}
    assert by_year("clawback", {"lesser_of": [{"fixed": "94"}, OPEN]}) == {"2021": "94", "2022": None}
    assert by_year("carry", {"lesser_of": [{"fixed": "94"}, OPEN]}) == {"2021": "94", "2022": "94"}


def test_a_floor_counts_in_the_year_of_the_line_that_it_raises():
    lines = {"a": due("30", "2021-12-31"), "b": due("20", "2022-12-31")}
    raised = {"floor": {"amount": "100", "raises": "b"}}
    assert maximum_by_year(subject(lines, **raised)) == {"2021": "30", "2022": "100"}
    assert maximum_by_year(subject(lines, floor={"amount": "10", "raises": "b"})) == {"2021": "30", "2022": "20"}
    lines["b"] = due(FROM_ZERO, "2022-12-31")
    assert maximum_by_year(subject(lines, **raised)) == {"2021": "30", "2022": None}


def test_a_cap_holds_in_each_year():
    lines = {"a": due("30", "2021-12-31"), "b": due("20", "2022-12-31"), "c": due("20", "2022-12-31")}
    cap = {"amount": "25", "reduces": "pro_rata"}
    assert maximum_by_year(subject(lines, cap=cap)) == {"2021": "25", "2022": "25"}
    of_two = {"y": {"lines": ["a", "b"]} | cap}
    assert maximum_by_year(subject(lines, caps=of_two)) == {"2021": "25", "2022": "40"}


# ----------------------------------------------------------------------------------- what guarantors may lack


def guaranteed(lines, **more):
    """What a guarantor of 100 to the provider pays at most; a and c go to the provider, other lines to the region."""
    whole = {
        name: line({"fixed": one} if isinstance(one, str) else one, payee="provider" if name in "ac" else "region")
        for name, one in lines.items()
    }
    term = {"guarantor": "state", "beneficiary": "provider", "amount": "100", "share": "1"}
    return guarantee_maxima(subject(whole, guarantees={"g": term}, **more))["g"]


LAST = {"reduces": "last_line_first"}
PRO_RATA = {"reduces": "pro_rata"}


@pytest.mark.parametrize(
    ("lines", "payment", "most"),
    [
        ({"a": "60", "b": answer("80")}, {}, "40"),
        # b is before a: the cap can leave a 100 - 80
        ({"b": answer("80"), "a": "60"}, {"cap": {"amount": "100"} | LAST}, "80"),
        ({"b": answer("80"), "a": "60"}, {"cap": {"amount": "70"} | LAST}, "100"),
        ({"b": answer("80"), "a": "60"}, {"cap": {"amount": "500"} | LAST}, "40"),
        ({"a": "60", "b": answer("80")}, {"cap": {"amount": "100"} | LAST}, "40"),
        ({"a": "60", "b": answer("80")}, {"cap": {"amount": "50"} | LAST}, "50"),
        ({"b": FROM_ZERO, "a": "60"}, {"cap": {"amount": "100"} | LAST}, "100"),  # b can take all of it
        ({"b": "-30", "a": "60"}, {"cap": {"amount": "200"} | LAST}, "40"),
        # in proportion: 60 of 140, of the cap of 100, is 42.86, of which whole kronor are certain
        ({"a": "60", "b": answer("80")}, {"cap": {"amount": "100"} | PRO_RATA}, "58"),
        ({"a": "60", "b": answer("80")}, {"cap": {"amount": "140"} | PRO_RATA}, "40"),
        ({"a": "60", "b": answer("80")}, {"cap": {"amount": "500"} | PRO_RATA}, "40"),
        ({"a": "60", "b": FROM_ZERO}, {"cap": {"amount": "100"} | PRO_RATA}, "100"),
        ({"a": answer("60"), "b": answer("80")}, {"cap": {"amount": "100"} | PRO_RATA}, "100"),
        ({"a": "60", "b": answer("80")}, {"cap": {"amount": "100"} | PRO_RATA, "quantum": "10"}, "60"),
        # what a comes to below zero lessens what c brings, 30 under the cap, and no cap raises it
        ({"a": UP_TO_ZERO, "c": "60", "b": answer("80")}, {"cap": {"amount": "70"} | PRO_RATA}, "80"),
        ({"a": UP_TO_ZERO, "c": "60"}, {"cap": {"amount": "50"} | LAST}, "50"),  # both together come to the cap
        ({"a": OPEN, "c": "60"}, {"cap": {"amount": "50"} | LAST}, "100"),
        ({"b": answer("80"), "a": "1"}, {"cap": {"amount": "80"} | LAST}, "100"),
        ({"b": "-30", "a": "60"}, {"cap": {"amount": "60"} | LAST}, "40"),
        # where all lines go to the beneficiary what they pay together is what it gets
        ({"a": answer("60")}, {"floor": {"amount": "50", "raises": "a"}}, "50"),
        ({"a": OPEN}, {}, "100"),
        ({"a": answer("60"), "b": "0"}, {"floor": {"amount": "50", "raises": "b"}}, "100"),
        # a cap on some lines
        (
            {"c": "50", "b": FROM_ZERO, "a": "60"},
            {"caps": {"y": {"lines": ["b", "a"], "amount": "100"} | LAST}, "cap": {"amount": "500"} | LAST},
            "50",
        ),
        ({"b": FROM_ZERO, "a": "60", "c": "50"}, {"caps": {"y": {"lines": ["b", "a"], "amount": "100"} | LAST}}, "50"),
        (
            {"a": "60", "b": answer("80"), "d": "5"},
            {"caps": {"y": {"lines": ["a", "b"], "amount": "100"} | PRO_RATA}},
            "58",
        ),
        (
            {"a": "60", "b": answer("80"), "d": "5"},
            {"caps": {"y": {"lines": ["b", "d"], "amount": "10"} | PRO_RATA}},
            "40",
        ),
    ],
)
def test_what_a_cap_can_leave_the_beneficiary(lines, payment, most):
    assert guaranteed(lines, **payment) == most


# ----------------------------------------------------------------------------- what can have been paid of a line


@pytest.mark.parametrize(
    ("pays", "payment", "most"),
    [
        ("30", {}, "30"),
        ("10.4", {}, "10"),  # rounded as it is paid
        (answer("30"), {}, "30"),
        (UP_TO_ZERO, {}, "0"),
        ("-5", {}, "0"),
        (OPEN, {}, None),
        ("30", {"floors": {"f": {"lines": ["a", "b"], "amount": "99", "raises": "b"}}}, "30"),
        ("30", {"floors": {"f": {"lines": ["a", "b"], "amount": "99", "raises": "a"}}}, None),
        ("30", {"floor": {"amount": "99", "raises": "b"}}, "30"),
        ("30", {"floor": {"amount": "99", "raises": "a"}}, None),
    ],
)
def test_the_most_that_settlements_can_have_paid_of_a_line(pays, payment, most):
    trued = {"paid": "paid", "below_zero": "clawback"}
    one = line({"fixed": pays} if isinstance(pays, str) else pays) | {"true_up": trued}
    found = most_paid("a", subject({"a": one, "b": "5"}, **payment).model)
    assert found == (None if most is None else Fraction(most))
