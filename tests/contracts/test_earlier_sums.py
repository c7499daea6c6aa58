"""Attested sums of what was paid before: what each sums, which cannot be, and between which ends it is."""

import base64
from fractions import Fraction

import pytest
from contracts.builders import file, line, number, read, settle

from effekt.contracts.earlier_sums import earlier_sums, not_held, paid_by
from effekt.contracts.sum_bounds import sum_bounds
from effekt.exceptions import ContractError

MONEY = {"digits": 2, "unit": "SEK"}


def before(**of):
    """An attested figure that sums what is named."""
    return number(**MONEY) | {"paid_before": of}


def derived(digits=2, **by):
    return {"derived": by, "digits": digits, "unit": "SEK"}


def priced(figure, below_zero="negative", **limits):
    return line({"unit_price": {"price": "1", "figure": figure, "below_zero": below_zero}}, **limits)


SUMS = {"of_line": before(line="work"), "of_step": before(passed_to="region"), "of_guarantee": before(guarantee="rest")}
FIGURES = {"x": number(**MONEY), "lost": number(**MONEY)} | SUMS
GUARANTEE = {"guarantor": "state", "beneficiary": "provider", "amount": "lost", "share": "0.5", "cap": "100"}
STEPS = ({"to": {"region": "0.5", "verifier": "0.5"}, "up_to": "30.01"}, {"to": {"provider": "1"}})
EACH = {"paid_each": "certificate"}


def terms(work=None, steps=STEPS, figures=None, lines=None, guarantee=GUARANTEE):
    """One line that each certificate pays anew, passed on in order and guaranteed, with what a case changes."""
    plain = file({"work": (priced("x") | EACH) if work is None else work} | (lines or {}), FIGURES | (figures or {}))
    plain["dates"]["certificates"] = ["2021-01-31", "2022-01-31", "2023-01-31"]
    plain["payment"] |= {"guarantees": {"rest": guarantee}} if guarantee else {}
    plain["payment"] |= {"waterfall": {"from": "provider", "steps": list(steps)}} if steps else {}
    left = {id: term for id, term in plain["figures"].items() if id != "of_guarantee" or guarantee}
    plain["figures"] = {id: term for id, term in left.items() if id != "of_step" or steps}
    return plain


def test_what_each_sums_is_what_a_settlement_pays_of_it():
    contract = read(terms())
    assert list(earlier_sums(contract.model)) == list(SUMS)
    done = settle(contract, x="100", lost="150", of_line="0", of_step="0", of_guarantee="0")
    paid = {id: paid_by(done, summed) for id, summed in earlier_sums(contract.model).items()}
    assert paid == {"of_line": 100, "of_step": Fraction("15.01"), "of_guarantee": Fraction("40.01")}


def test_what_is_not_determined_or_not_agreed_adds_nothing():
    contract = read(terms(steps=(), guarantee=None))
    for value, paid in ((None, 0), ("100", 100)):
        done = settle(contract, x=value, lost="150", of_line="0")
        assert paid_by(done, earlier_sums(contract.model)["of_line"]) == paid
    passed = read(terms())
    waits = settle(passed, x=None, lost="150", of_line="0", of_step="0", of_guarantee="0")
    assert [paid_by(waits, summed) for summed in earlier_sums(passed.model).values()] == [0, 0, 0]


# ------------------------------------------------------------------------------------------ what none sums


def deducting(figure, **more):
    """A figure that deducts another from what is due."""
    return {"y": number(**MONEY), "new": derived(difference=["x", figure])} | more


NEW = priced("new") | EACH
WORK = priced("x") | EACH
TAKES = {"to": {"region": "1"}, "up_to": "new"}
UNSAID = {
    "by the line": ({"work": NEW, "figures": deducting("y")}, ("y",)),
    "through a sum": ({"work": NEW, "figures": deducting("more", more=derived(sum=["y", "5"]))}, ("y",)),
    "by a step": ({"work": WORK, "figures": deducting("y"), "steps": (TAKES, STEPS[1])}, ("y",)),
    "by a guarantee": ({"work": WORK, "figures": deducting("y"), "guarantee": GUARANTEE | {"amount": "new"}}, ("y",)),
    "with nothing passed on or guaranteed": (
        {"work": NEW, "figures": deducting("y"), "steps": (), "guarantee": None},
        ("y",),
    ),
    "of which it is said": ({"work": NEW, "figures": deducting("of_line")}, ()),
    "that is no amount": ({"work": NEW, "figures": deducting("y", y=number(2, "people"))}, ()),
    "from which is deducted": (
        {"work": NEW, "figures": {"y": number(**MONEY), "new": derived(difference=["y", "5"])}},
        (),
    ),
    "that is added": ({"work": NEW, "figures": {"y": number(**MONEY), "new": derived(sum=["x", "y"])}}, ()),
    "by another line": ({"work": WORK, "lines": {"other": priced("new")}, "figures": deducting("y")}, ()),
    "by nothing": ({"work": WORK, "figures": deducting("y")}, ()),
    "where no line is paid on each": (
        {"work": priced("new"), "figures": deducting("y") | dict.fromkeys(SUMS, number(**MONEY))},
        (),
    ),
}


@pytest.mark.parametrize("case", UNSAID)
def test_an_amount_that_is_deducted_and_that_nothing_says_what_it_sums_is_found(case):
    changes, found = UNSAID[case]
    assert not_held(read(terms(**changes)).model) == found


# ------------------------------------------------------------------------------------------ what cannot be summed

REFUSED = {
    "another unit": (
        {"figures": {"of_line": before(line="work") | {"unit": "kronor"}}},
        "of_line.paid_before needs a figure in SEK; of_line is in kronor.",
    ),
    "too few digits": (
        {"figures": {"of_line": before(line="work") | {"digits": 1}}},
        "of_line.paid_before needs 2 digits, as amounts have; of_line has 1.",
    ),
    "no line paid on each": (
        {"work": priced("x")},
        "of_line.paid_before needs a line with paid_each, whose certificates it sums; with true_up its paid is that.",
    ),
    "a line not paid on each": (
        {"lines": {"other": priced("x")}, "figures": {"of_line": before(line="other")}},
        "of_line.paid_before must sum a line with paid_each; got other.",
    ),
    "no receiver": (
        {"figures": {"of_step": before(passed_to="state")}},
        "of_step.paid_before must sum what the waterfall passes on to one of its receivers; got state.",
    ),
    "no waterfall": (
        {"steps": (), "figures": {"of_line": before(passed_to="region")}},
        "of_line.paid_before must sum what the waterfall passes on to one of its receivers; got region.",
    ),
    "no such guarantee": (
        {"figures": {"of_guarantee": before(guarantee="work")}},
        "of_guarantee.paid_before must sum what is paid on a name under payment.guarantees; got work.",
    ),
    "no guarantee": (
        {"guarantee": None, "figures": {"of_line": before(guarantee="rest")}},
        "of_line.paid_before must sum what is paid on a name under payment.guarantees; got rest.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_figure_of_what_no_certificate_pays_is_refused(case):
    changes, told = REFUSED[case]
    with pytest.raises(ContractError) as error:
        read(terms(**changes))
    assert f"figures.{told}" in str(error.value)


def test_a_sum_may_have_more_digits_than_amounts():
    assert "of_line" in earlier_sums(read(terms(figures={"of_line": before(line="work") | {"digits": 3}})).model)


# ------------------------------------------------------------------------------------------ between which ends


def to_region(limit, *steps):
    """The first step passes at most this on to the region; the provider keeps the rest."""
    return ({"to": {"region": "1"}, "up_to": limit}, *(steps or STEPS[1:]))


def after(limit):
    """The provider keeps at most this; the region gets the rest."""
    return ({"to": {"provider": "1"}, "up_to": limit}, {"to": {"region": "1"}})


def upto(most, **more):
    """A line of at most this, which is never negative."""
    low = {"low": derived(greatest=["x", "0"]), "most": derived(least=["low", most])}
    return {"work": priced("most") | EACH, "figures": low | more}


Y = {"y": number(**MONEY)}
BETWEEN = {"low": derived(greatest=["y", "20"]), "b": derived(least=["low", "50"])}
LEFT = derived(difference=["200", "of_step"])
BOUNDS = {  # by hand: of one settlement, and of three
    "a line between two ends": (
        {
            "work": priced("most") | EACH,
            "figures": {"low": derived(greatest=["x", "-500"]), "most": derived(least=["low", "300"])},
        },
        *("of_line", (-500, 300), (-1500, 900)),
    ),
    "a line of 10 or more": (
        {"work": priced("low") | EACH, "figures": {"low": derived(greatest=["x", "10"])}},
        *("of_line", (0, None), (0, None)),
    ),
    "a line of -10 or less": (
        {"work": priced("most") | EACH, "figures": {"most": derived(least=["x", "-10"])}},
        *("of_line", (None, 0), (None, 0)),
    ),
    "a line without ends": ({}, "of_line", (None, None), (None, None)),
    "a guarantee": ({}, "of_guarantee", (0, 100), (0, 300)),
    "half of a step": ({}, "of_step", (0, "15.01"), (0, "45.03")),
    "a step that takes at most": ({"steps": to_region("30.01")}, "of_step", (0, "30.01"), (0, "90.03")),
    "a step of a smaller line": (upto("20") | {"steps": to_region("30")}, "of_step", (0, 20), (0, 60)),
    "a step of a line of -10 or less": (
        {"work": priced("most") | EACH, "figures": {"most": derived(least=["x", "-10"])}},
        *("of_step", (0, 0), (0, 0)),
    ),
    "the rest without an end": ({"steps": after("40")}, "of_step", (0, None), (0, None)),
    "the rest of a line": (upto("100") | {"steps": after("40")}, "of_step", (0, 60), (0, 180)),
    "no rest of a line": (upto("30") | {"steps": after("40")}, "of_step", (0, 0), (0, 0)),
    "two steps": (
        upto("100") | {"steps": ({"to": {"region": "0.5", "provider": "0.5"}, "up_to": "30"}, {"to": {"region": "1"}})},
        *("of_step", (0, 85), (0, 255)),
    ),
    "a line of the receiver's own": (
        upto("100") | {"steps": after("40"), "lines": {"own": line({"fixed": "1000"}) | {"payee": "region"}}},
        *("of_step", (0, 60), (0, 180)),
    ),
    "a step up to a figure": (
        {"steps": to_region("b"), "figures": Y | BETWEEN},
        *("of_step", (0, 50), (0, 150)),
    ),
    "what a figure leaves at least": (
        upto("100", **Y, b=derived(least=["at_least", "50"]), at_least=derived(greatest=["y", "20"]))
        | {"steps": after("b")},
        *("of_step", (0, 80), (0, 240)),
    ),
    "a step up to a figure of -5 or less": (
        {"steps": to_region("b"), "figures": Y | {"b": derived(least=["y", "-5"])}},
        *("of_step", (0, 0), (0, 0)),
    ),
    "what a figure of -5 or more leaves": (
        upto("100", **Y, b=derived(greatest=["y", "-5"])) | {"steps": after("b")},
        *("of_step", (0, 100), (0, 300)),
    ),
    "a step up to a figure without an end": (
        {"steps": to_region("y"), "figures": Y},
        *("of_step", (0, None), (0, None)),
    ),
    "what is left of a sum": (
        {"steps": to_region("left"), "figures": {"left": LEFT}},
        *("of_step", (0, 200), (0, 600)),
    ),
    "what is left of a sum or nothing": (
        {"steps": to_region("first"), "figures": {"left": LEFT, "first": derived(greatest=["left", "0"])}},
        *("of_step", (0, 200), (0, 600)),
    ),
    "the greater of two": (
        {
            "steps": to_region("first"),
            "figures": {
                "left": LEFT,
                "other": derived(difference=["300", "of_guarantee"]),
                "first": derived(greatest=["left", "other"]),
            },
        },
        *("of_step", (0, 300), (0, 900)),
    ),
    "the greater of it and what has no end": (
        {"steps": to_region("first"), "figures": Y | {"left": LEFT, "first": derived(greatest=["left", "y"])}},
        *("of_step", (0, None), (0, None)),
    ),
    "what is left of what has no end": (
        {"steps": to_region("left"), "figures": Y | {"left": derived(difference=["y", "of_step"])}},
        *("of_step", (0, None), (0, None)),
    ),
    "what is left without what is not a sum": (
        {"steps": to_region("left"), "figures": Y | {"left": derived(difference=["200", "y"])}},
        *("of_step", (0, None), (0, None)),
    ),
    "what is left without a line that may be paid back": (
        {"steps": to_region("left"), "figures": {"left": derived(difference=["200", "of_line"])}},
        *("of_step", (0, None), (0, None)),
    ),
    "a sum of what is left": (
        {"steps": to_region("more"), "figures": {"left": LEFT, "more": derived(sum=["left", "5"])}},
        *("of_step", (0, None), (0, None)),
    ),
    "what is left in whole kronor": (
        {"steps": to_region("left"), "figures": {"left": derived(0, difference=["200.5", "of_step"])}},
        *("of_step", (0, 200), (0, 600)),
    ),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_between_which_ends_a_sum_is(case):
    changes, figure, one, three = BOUNDS[case]
    contract = read(terms(**changes))
    for settlements, ends in ((1, one), (3, three)):
        expected = tuple(None if end is None else Fraction(end) for end in ends)
        assert sum_bounds(figure, contract, settlements) == expected


def test_by_the_terms_before_an_amendment_anything_may_have_been_paid_and_nothing_taken_back_of_what_is_passed_on():
    plain = terms()
    plain["amendment"] = {
        "number": 1,
        "of": "0" * 64,
        "date": "2020-06-01",
        "reason": {"sv": "x", "en": "x"},
        "agreed_by": ["municipality", "state", "region", "provider"],
    }
    for place, party in enumerate(plain["parties"].values()):
        party["keys"] = [base64.b64encode(bytes([place] * 32)).decode()]
    amended = read(plain)
    ends = {id: sum_bounds(id, amended, 2) for id in SUMS}
    assert ends == {"of_line": (None, None), "of_step": (0, None), "of_guarantee": (0, None)}
