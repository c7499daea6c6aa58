"""A line with a ceiling on all that was paid of it has that as its most; no days one after another pay more."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from contracts.builders import file, given, line, number, read

from effekt.contracts import (
    Contract,
    maximum,
    maximum_by_party,
    maximum_by_year,
    maximum_over,
    maximum_total,
    settle_figures,
)
from effekt.contracts.earlier_sums import earlier_sums
from effekt.contracts.money import exact_text

DAYS = ["2020-06-30", "2020-12-31", "2021-06-30"]
OWN = {"unit_price": {"price": "100", "figure": "done", "below_zero": "zero"}}


def price(figure: str, below_zero: str = "zero", of: str = "1") -> dict[str, Any]:
    return {"unit_price": {"price": of, "figure": figure, "below_zero": below_zero}}


def derived(**how: Any) -> dict[str, Any]:
    return {"derived": how, "digits": 0, "unit": "SEK"}


def summed(**what: str) -> dict[str, Any]:
    return number(0, "SEK") | {"paid_before": what}


FIGURES = {
    "done": number(0, "people"),
    "paid": summed(line="a"),
    "due": derived(product=["done", "100"]),
    "left": derived(difference=["5000", "paid"]),
    "room": derived(greatest=["left", "0"]),
    "new": derived(difference=["due", "paid"]),
    "some": derived(least=["new", "left"]),
    "in_all": derived(least=["due", "5000"]),
    "rest": derived(difference=["in_all", "paid"]),
}
LESSER = {"lesser_of": [OWN, price("room")]}


def contract(pays: dict[str, Any], figures: dict[str, Any] | None = None, **limits: Any) -> Contract:
    payers = {"municipality": "0.5", "state": "0.5"}
    plain = file(
        {"a": line(pays, payers=payers, paid_each="certificate", **limits)}, FIGURES | (figures or {}), quantum="1"
    )
    plain["dates"]["certificates"] = DAYS
    return read(plain)


@pytest.mark.parametrize(
    ("pays", "one", "every"),
    [
        (LESSER, "5000", "5000"),
        ({"lesser_of": [OWN, price("left")]}, "5000", "5000"),
        (price("some"), "5000", "5000"),
        (price("rest"), "5000", "5000"),
        (price("rest", "negative"), None, "5000"),  # what was paid back can be paid beside it
        (price("room", of="0.5"), "5000", "5000"),  # on the safe side: half of what is left, each time
        (LESSER | {"cap": "2000"}, "2000", "5000"),
        (price("room", of="2"), "10000", "10000"),  # twice what is left, and then nothing
        (price("new"), None, None),
        ({"greater_of": [OWN, price("room")]}, None, None),
        (LESSER | {"floor": "10"}, None, None),  # which is paid when nothing is left
        ({"lesser_of": [OWN, price("room")], "when": {"figure": "paid", "lt": "5000"}}, "5000", "5000"),
    ],
)
def test_the_most_by_hand(pays: dict[str, Any], one: str | None, every: str | None) -> None:
    subject = contract(pays)
    assert maximum(subject) == {"a": one}
    assert maximum_over(subject, 3) == every


def test_what_is_shared_and_what_falls_due_in_a_year_is_under_the_ceiling_too() -> None:
    subject = contract(LESSER)
    assert maximum_total(subject) == "5000"
    assert maximum_by_party(subject, 1) == {"municipality": "2500", "state": "2500"}
    assert maximum_by_party(subject, 3) == {"municipality": "2503", "state": "2503"}  # a krona can be odd each time
    assert maximum_by_year(subject, DAYS) == {"2020": "5000", "2021": "5000"}
    back = contract(price("rest", "negative"))
    assert maximum_by_year(back, DAYS) == {"2020": "5000", "2021": None}


def test_a_ceiling_that_a_figure_says_or_that_is_on_two_lines() -> None:
    """That on both binds each line; together they can pay it twice, since both read what was paid before the day."""
    figures = {
        "budget": number(0, "SEK"),
        "at_most": derived(least=["budget", "4000"]),
        "left": derived(difference=["at_most", "paid"]),
    }
    assert maximum_over(contract(LESSER, figures), 3) == "4000"
    assert maximum_over(contract(LESSER, figures | {"left": derived(difference=["budget", "paid"])}), 3) is None
    both = {
        "paid_b": summed(line="b"),
        "sum": derived(sum=["paid", "paid_b"]),
        "left": derived(difference=["5000", "sum"]),
    }
    plain = file({id: line(LESSER, paid_each="certificate") for id in "ab"}, FIGURES | both, quantum="1")
    plain["dates"]["certificates"] = DAYS
    assert maximum(read(plain)) == {"a": "5000", "b": "5000"}
    assert maximum_over(read(plain), 3) == "10000"
    plain["payment"]["lines"]["b"]["pays"] = price("done", "negative", "100")  # which can have money paid back
    assert maximum(read(plain)) == {"a": None, "b": None}


def paid_by_days(subject: Contract, *days: dict[str, str]) -> Fraction:
    """What days one after another paid on `a` in all, on these figures and on what those before them paid."""
    paid = dict.fromkeys(subject.model.payment.lines, Fraction(0))
    for values in days:
        before = {id: exact_text(paid[one.line or ""]) for id, one in earlier_sums(subject.model).items()}
        for settled in settle_figures(subject, given(subject, values | before), in_words=False).lines:
            paid[settled.id] += Fraction(settled.amount or "")
    return paid["a"]


def beside(pays: dict[str, Any], changed: dict[str, Any], quantum: str = "1", **limits: Any) -> Contract:
    """`a`, and a line `b` on which money can be paid back."""
    lines = {"a": line(pays, paid_each="certificate", **limits)}
    lines["b"] = line(price("other", "negative"), paid_each="certificate")
    plain = file(lines, FIGURES | {"other": number(0, "SEK"), "paid_b": summed(line="b")} | changed, quantum=quantum)
    plain["dates"]["certificates"] = DAYS
    return read(plain)


def less(*parts: str) -> dict[str, Any]:
    return {"left": derived(difference=["5000", "sum"]), "sum": derived(sum=list(parts))}


MANY, DEBT, LOTS = ({"done": "9999", "other": other} for other in ("0", "-9", "4000"))
BACK = {"done": "-1", "other": "0"}
OR_BACK = {"lesser_of": [price("done", "negative", "100"), price("left", "negative")]}


@pytest.mark.parametrize(
    ("pays", "changed", "days", "paid"),
    [
        (LESSER, {"room": derived(greatest=["left", "1"])}, [MANY, MANY, MANY], 5002),
        (LESSER, {"left": derived(difference=["5000", "other"])}, [MANY, MANY], 10000),
        (LESSER, {"left": derived(difference=["5000", "paid_b"])}, [MANY, MANY], 10000),
        (LESSER, less("other", "0"), [MANY, MANY], 10000),
        (LESSER, less("paid", "other"), [DEBT], 5009),
        (LESSER, less("other", "paid"), [DEBT], 5009),
        (LESSER, less("paid", "0", "other"), [DEBT], 5009),
        (LESSER, less("paid", "other", "0"), [DEBT], 5009),
        (LESSER, less("paid", "paid_b"), [DEBT, MANY], 5009),
        (LESSER, less("paid", "-9"), [MANY], 5009),
        (OR_BACK, less("paid", "paid"), [BACK, MANY], 5100),
        (price("room", of="-1") | {"cap": "10000"}, {"room": derived(least=["left", "0"])}, [MANY], 0),
    ],
)
def test_what_is_no_ceiling_is_exceeded(
    pays: dict[str, Any], changed: dict[str, Any], days: list[dict[str, str]], paid: int
) -> None:
    subject = beside(pays, changed)
    assert maximum(subject)["a"] == pays.get("cap")
    assert paid_by_days(subject, *days) == paid


@pytest.mark.parametrize(
    ("changed", "paid"),
    [
        ({"left": derived(difference=["-5000", "paid"])}, "0"),
        (less("paid", "0"), "5000"),
        (less("0", "paid"), "5000"),
        (less("paid", "paid"), "5000"),
        ({"room": derived(least=["left", "other", "few"]), "few": derived(difference=["4000", "paid"])}, "4000"),
        ({"left": derived(difference=["4000", "paid"]), "room": derived(least=["more", "left"])}, "4000"),
    ],
)
def test_what_is_a_ceiling_is_reached(changed: dict[str, Any], paid: str) -> None:
    more = {"more": derived(difference=["5000", "paid"])}
    subject = beside(LESSER, more | changed)
    assert maximum(subject)["a"] == paid
    assert paid_by_days(subject, LOTS, LOTS) == Fraction(paid)


def test_a_floor_of_the_line_is_paid_beside_its_ceiling() -> None:
    floored = contract(LESSER, floor="10")
    assert (maximum(floored), maximum_over(floored, 3)) == ({"a": None}, None)
    assert paid_by_days(floored, MANY, MANY, MANY) == 5020


@pytest.mark.parametrize("of_sum", [False, True])
@pytest.mark.parametrize(
    ("quantum", "digits", "whole", "paid"),
    [
        ("1", 0, "5000.6", "5001"),
        ("0.01", 2, "5000", "5000.00"),
        ("0.01", 2, "5000.004", "5000.00"),
        ("0.01", 0, "5000", "5000.50"),  # 4,998.50 leaves 1.50, which is 2 in whole kronor
        ("10", 1, "5000", "5000"),
    ],
)
def test_what_is_left_is_rounded_to_the_digits_of_its_figure(
    quantum: str, digits: int, whole: str, paid: str, of_sum: bool
) -> None:
    """Or to those of the sum that is taken away."""
    figures = {"left": derived(difference=[whole, "sum" if of_sum else "paid"]), "sum": derived(sum=["paid", "0"])}
    digits_of = {"paid": 2, "left": 2 if of_sum else digits, "sum": digits if of_sum else 2}
    changed = FIGURES | figures
    changed = {id: changed[id] | {"digits": own} for id, own in digits_of.items()}
    half = {"lesser_of": [price("done", of="0.5"), price("left")]}
    subject = beside(half, changed | {"paid_b": summed(line="b") | {"digits": 2}}, quantum)
    assert maximum(subject)["a"] == paid
    assert paid_by_days(subject, MANY | {"done": "9997"}, MANY) == Fraction(paid)


@pytest.mark.parametrize(
    "pays", [LESSER, price("some"), price("rest"), price("rest", "negative"), price("room", of="2")]
)
def test_no_days_one_after_another_pay_more(pays: dict[str, Any]) -> None:
    rng, subject = random.Random(1), contract(pays)
    one, every = maximum(subject)["a"], maximum_over(subject, 3)
    assert every is not None
    most = Fraction(0)
    for _ in range(60):
        paid = Fraction(0)
        for _ in DAYS:
            values = {"done": str(rng.choice((-9, 0, 3, 20, 49, 50, 51, 999))), "paid": str(paid)}
            (settled,) = settle_figures(subject, given(subject, values)).lines
            assert settled.amount is not None
            assert one is None or Fraction(settled.amount) <= Fraction(one)
            paid += Fraction(settled.amount)
            assert paid <= Fraction(every)
            most = max(most, paid)
    assert most == Fraction(every)
