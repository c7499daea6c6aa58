"""Terms of payment that cannot be, each refused where it stands: from plain values, in milliseconds a case."""

import pytest
from contracts.builders import file, line, number, read
from pydantic import ValidationError

from effekt.contracts.clauses.per_unit import Fixed
from effekt.exceptions import ContractError

FIGURES = {"x": number(2), "y": number(0), "spent": number(2, "SEK"), "people": number(0, "persons")}
FIGURES["z"] = number(0, {"sv": "besök", "en": "visits"})
ONE = {"fixed": "1"}
WAYS = "fixed, unit_price, share_of_savings, tiers, bands, piecewise, greater_of, lesser_of, sum, milestones, "
WAYS += "escalated, discounted, indexed or interest"


def _with(lines, **payment):
    plain = file(lines, FIGURES)
    plain["payment"] |= payment
    return plain


def problem(lines, **payment):
    """What is said of the payment, without the line of the file."""
    with pytest.raises(ContractError) as error:
        read(_with(lines, **payment))
    return str(error.value).removeprefix("line 1: payment.")


def _on(way, **terms):
    return {way: {"figure": "x"} | terms}


def _steps(*starts):
    return _on("tiers", steps=[{"from": start, "pays": "1"} for start in starts])


def _bands(*ends):
    return _on("bands", bands=[{"from": a, "to": b, "pays_from": "1", "pays_to": "2"} for a, b in ends])


def _points(*ats):
    return _on("piecewise", points=[{"at": at, "pays": "1"} for at in ats])


@pytest.mark.parametrize(
    ("pays", "said"),
    [
        ({}, f" must have exactly one of the keys {WAYS}; it has none of them."),
        (ONE | _steps("1"), f" must have exactly one of the keys {WAYS}; it has fixed and tiers."),
        (_on("unit_price", price="0", below_zero="zero"), ".unit_price.price must not be zero."),
        (
            _on("share_of_savings", share="0", below_zero="zero"),
            '.share_of_savings.share must be above 0 and at most 1, such as "0.40"; got 0.',
        ),
        (
            _on("share_of_savings", share="1.01", below_zero="zero"),
            '.share_of_savings.share must be above 0 and at most 1, such as "0.40"; got 1.01.',
        ),
        (_steps(), ".tiers.steps must have 1 or more items; got a list of 0."),
        (_steps("2", "2"), ".tiers.steps[2].from must be above the one before, 2; got 2."),
        (_bands(), ".bands.bands must have 1 or more items; got a list of 0."),
        (_bands(("2", "2")), ".bands.bands[1].to must be above from, which is 2; got 2."),
        (
            _bands(("1", "2"), ("2", "3"), ("2.5", "4")),
            ".bands.bands[3].from must be at least 3, where the band before ends; got 2.5.",
        ),
        (
            _bands(("1", "2"), ("1.5", "3")),
            ".bands.bands[2].from must be at least 2, where the band before ends; got 1.5.",
        ),
        (_points("1"), ".piecewise.points must have 2 or more items; got a list of 1."),
        (_points("1", "1"), ".piecewise.points[2].at must be above the one before, 1; got 1."),
        ({"greater_of": [ONE]}, ".greater_of must have 2 or more items; got a list of 1."),
        (
            {"sum": [ONE, {"fixed": "x"}]},
            '.sum[2].fixed must be a plain decimal such as "0.40" of at most 30 digits; got "x".',
        ),
        (ONE | {"cap": "-1"}, ".cap must be 0 or more; got -1."),
        (ONE | {"cap": "1", "floor": "2"}, ".cap must be at least the floor, 2; got 1."),
        (ONE | {"floor": "0.005"}, ".floor must be a whole multiple of payment.quantum, 0.01; got 0.005."),
    ],
)
def test_a_clause(pays, said):
    assert problem({"fee": line(pays)}) == f"lines.fee.pays{said}"


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"payers": {}}, ".payers must have 1 or more items; got a mapping of 0."),
        ({"payers": {"state": "0", "region": "1"}}, ".payers.state must be above 0; got 0."),
        (
            {"payers": {"state": "0.5", "region": "0.4"}},
            ".payers must have shares that sum to exactly 1; they sum to 0.9.",
        ),
        (
            {"payers": {"state": "0.5", "region": "0.6"}},
            ".payers must have shares that sum to exactly 1; they sum to 1.1.",
        ),
        ({"payee": "municipality"}, ".payee must not be one of the line's payers; got municipality."),
        ({"true_up": {"paid": "-1", "below_zero": "carry"}}, ".true_up.paid must be 0 or more; got -1."),
        (
            {"true_up": {"paid": "0.001", "below_zero": "carry"}},
            ".true_up.paid must be a whole multiple of payment.quantum, 0.01; got 0.001.",
        ),
        ({"true_up": {"paid": "x", "below_zero": "carry"}}, ".true_up.paid must be a figure in SEK; x is in number."),
        ({"true_up": {"paid": "z", "below_zero": "carry"}}, ".true_up.paid must be a figure in SEK; z is in visits."),
        (
            {"true_up": {"paid": "spent", "below_zero": "carry", "cap": "-1"}},
            ".true_up.cap must be 0 or more; got -1.",
        ),
        (
            {"true_up": {"paid": "0", "below_zero": "carry", "cap": "0.001"}},
            ".true_up.cap must be a whole multiple of payment.quantum, 0.01; got 0.001.",
        ),
    ],
)
def test_a_line(terms, said):
    assert problem({"fee": line(ONE) | terms}) == f"lines.fee{said}"


def _cap(amount, *lines):
    return {"amount": amount, "reduces": "pro_rata"} | ({"lines": list(lines)} if lines else {})


def _floor(amount, raises, *lines):
    return {"amount": amount, "raises": raises} | ({"lines": list(lines)} if lines else {})


NET = {"reduces": "pro_rata", "below_zero": "zero"}
STEPS = [{"to": {"verifier": "1"}, "up_to": "5"}, {"to": {"region": "1"}}]
GUARANTEE = {"guarantor": "state", "beneficiary": "provider", "amount": "5", "share": "0.75"}


@pytest.mark.parametrize(
    ("payment", "said"),
    [
        ({"quantum": "0"}, 'quantum must be above 0, such as "1" or "0.01"; got 0.'),
        ({"quantum": "-1"}, 'quantum must be above 0, such as "1" or "0.01"; got -1.'),
        ({"due_days": -1}, "due_days must be at least 0; got -1."),
        ({"due_days": 3651}, "due_days must be at most 3650; got 3651."),
        ({"cap": _cap("-1")}, "cap.amount must be 0 or more; got -1."),
        ({"cap": _cap("0.001")}, "cap.amount must be a whole multiple of payment.quantum, 0.01; got 0.001."),
        ({"floor": _floor("0.001", "a")}, "floor.amount must be a whole multiple of payment.quantum, 0.01; got 0.001."),
        ({"floor": _floor("1", "z")}, "floor.raises must be a name under payment.lines; got z."),
        ({"floor": _floor("2", "a"), "cap": _cap("1")}, "floor.amount must be at most the cap, 1; got 2."),
        (
            {"floor": _floor("2", "a"), "caps": {"one": _cap("9", "a", "b")}},
            "floor.raises must not be under the cap one; got a.",
        ),
        ({"caps": {}}, "caps must have 1 or more items; got a mapping of 0."),
        ({"caps": {"one": _cap("1", "a")}}, "caps.one.lines must have 2 or more items; got a list of 1."),
        ({"caps": {"one": _cap("1", "a", "z")}}, "caps.one.lines[2] must be a name under payment.lines; got z."),
        ({"caps": {"one": _cap("1", "a", "a")}}, "caps.one.lines[2] stands twice; got a."),
        (
            {"caps": {"one": _cap("1", "a", "b"), "two": _cap("1", "c", "b")}},
            "caps.two.lines[2] is under the cap one already; got b.",
        ),
        ({"floors": {}}, "floors must have 1 or more items; got a mapping of 0."),
        ({"floors": {"one": _floor("1", "a", "a")}}, "floors.one.lines must have 2 or more items; got a list of 1."),
        ({"floors": {"one": _floor("1", "c", "a", "b")}}, "floors.one.raises must be one of its lines; got c."),
        (
            {"floors": {"one": _floor("1", "a", "a", "z")}},
            "floors.one.lines[2] must be a name under payment.lines; got z.",
        ),
        (
            {"floors": {"one": _floor("1", "a", "a", "b"), "two": _floor("1", "c", "c", "b")}},
            "floors.two.lines[2] is under the floor one already; got b.",
        ),
        (
            {"floors": {"one": _floor("1", "a", "a", "b")}, "caps": {"two": _cap("1", "a", "c")}},
            "floors.one.raises must not be under the cap two, which is on other lines; got a.",
        ),
        (
            {"floors": {"one": _floor("2", "a", "a", "b")}, "caps": {"two": _cap("1", "b", "a")}},
            "floors.one.amount must be at most the cap two, 1; got 2.",
        ),
        ({"netting": NET | {"lines": ["a"]}}, "netting.lines must have 2 or more items; got a list of 1."),
        ({"netting": NET | {"lines": ["a", "z"]}}, "netting.lines[2] must be a name under payment.lines; got z."),
        (
            {"netting": NET | {"lines": ["a", "b", "c"]}},
            "netting.lines[3] must have the payers, shares and payee of a; c has others.",
        ),
        (
            {"netting": NET | {"lines": ["c", "a"]}},
            "netting.lines[2] must have the payers, shares and payee of c; a has others.",
        ),
        (
            {"waterfall": {"from": "state", "steps": STEPS}},
            "waterfall.from must be the payee of a line; got state.",
        ),
        (
            {"waterfall": {"from": "provider", "steps": []}},
            "waterfall.steps must have 1 or more items; got a list of 0.",
        ),
        (
            {"waterfall": {"from": "provider", "steps": STEPS[:1]}},
            "waterfall.steps[1].up_to must be left out of the last step, which takes all that is left.",
        ),
        (
            {"waterfall": {"from": "provider", "steps": STEPS[::-1]}},
            "waterfall.steps[1] lacks the key up_to; only the last step takes all that is left.",
        ),
        (
            {"waterfall": {"from": "provider", "steps": [STEPS[0] | {"up_to": "-1"}, STEPS[1]]}},
            "waterfall.steps[1].up_to must be 0 or more; got -1.",
        ),
        (
            {"waterfall": {"from": "provider", "steps": [STEPS[0], {"to": {"region": "0.9"}}]}},
            "waterfall.steps[2].to must have shares that sum to exactly 1; they sum to 0.9.",
        ),
        ({"guarantees": {}}, "guarantees must have 1 or more items; got a mapping of 0."),
        ({"guarantees": {"g": GUARANTEE | {"amount": "0"}}}, "guarantees.g.amount must be above 0; got 0."),
        (
            {"guarantees": {"g": GUARANTEE | {"share": "0"}}},
            'guarantees.g.share must be above 0 and at most 1, such as "0.75"; got 0.',
        ),
        (
            {"guarantees": {"g": GUARANTEE | {"share": "1.01"}}},
            'guarantees.g.share must be above 0 and at most 1, such as "0.75"; got 1.01.',
        ),
        ({"guarantees": {"g": GUARANTEE | {"cap": "-1"}}}, "guarantees.g.cap must be 0 or more; got -1."),
        (
            {"guarantees": {"g": GUARANTEE | {"cap": "0.001"}}},
            "guarantees.g.cap must be a whole multiple of payment.quantum, 0.01; got 0.001.",
        ),
        (
            {"guarantees": {"g": GUARANTEE | {"beneficiary": "state"}}},
            "guarantees.g.beneficiary must not be the guarantor; got state.",
        ),
        (
            {"guarantees": {"g": GUARANTEE | {"beneficiary": "verifier"}}},
            "guarantees.g.beneficiary must be the payee of a line or stand in the waterfall; got verifier.",
        ),
    ],
)
def test_what_holds_between_lines_and_for_receivers(payment, said):
    lines = {"a": line(ONE), "b": line(ONE), "c": line(ONE, {"state": "1"})}
    assert problem(lines, **payment) == said


def test_a_payment_has_a_line():
    assert problem({}) == "lines must have 1 or more items; got a mapping of 0."


def test_a_day_for_every_line_leaves_no_lag():
    assert problem({"fee": line(ONE, due="2021-01-01")}, due_days=30) == (
        "due_days has no meaning, since every line has its own day, due; remove it."
    )
    lines = {"fee": line(ONE, due="2021-01-01"), "rest": line(ONE)}
    for lag in (0, 3650):
        assert read(_with(lines, due_days=lag)).model.payment.due_days == lag


@pytest.mark.parametrize(
    "payment",
    [
        {"floor": _floor("1", "a"), "cap": _cap("1")},
        {"cap": _cap("0")},
        {"floor": _floor("1", "c"), "caps": {"one": _cap("1", "a", "b")}},
        {"floors": {"one": _floor("1", "a", "a", "b")}, "caps": {"two": _cap("1", "b", "a")}},
        {"floors": {"one": _floor("1", "a", "a", "b")}, "caps": {"two": _cap("1", "b", "c")}},
        {"netting": NET | {"lines": ["b", "a"]}},
        {"waterfall": {"from": "provider", "steps": [STEPS[0] | {"up_to": "0"}, STEPS[1]]}},
        {"waterfall": {"from": "provider", "steps": [STEPS[0] | {"up_to": "x"}, STEPS[1]]}},
        {"waterfall": {"from": "provider", "steps": STEPS[1:]}},
        {"waterfall": {"from": "provider", "steps": STEPS}, "guarantees": {"g": GUARANTEE | {"beneficiary": "region"}}},
        {"guarantees": {"g": GUARANTEE | {"share": "1", "cap": "0", "amount": "x"}}},
        {"guarantees": {"g": GUARANTEE | {"amount": "0.01"}}},
    ],
)
def test_what_is_just_within_the_rules_is_read(payment):
    lines = {"a": line(ONE), "b": line(ONE), "c": line(ONE, {"state": "1"})}
    assert read(_with(lines, **payment)).model.payment.lines["a"].payee == "provider"


def test_terms_that_are_just_within_the_rules_are_read():
    pays = {
        "sum": [
            _on("share_of_savings", share="1", below_zero="zero"),
            _bands(("1", "2"), ("2", "3")),
            ONE | {"cap": "0", "floor": "0"},
        ]
    }
    gate = {"figure": "y", "ge": "1"}
    for paid, read_of_it in (("0", ()), ("spent", ("spent",))):
        fee = line(pays, true_up={"paid": paid, "below_zero": "carry", "cap": "0"}, when=gate)
        assert read(_with({"fee": fee})).model.payment.lines["fee"].operands() == ("y", "x", *read_of_it)
    assert read(_with({"fee": line(pays)})).model.payment.lines["fee"].operands() == ("x",)


def test_a_clause_that_was_read_cannot_be_changed():
    pays = read(_with({"fee": line({"sum": [ONE, ONE]})})).model.payment.lines["fee"].pays
    for one, name, value in ((pays.sum, "root", ()), (pays.sum.root[0].fixed, "root", "2"), (pays, "cap", "2")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(one, name, value)


def test_an_amount_is_text_and_no_bytes():
    with pytest.raises(ValidationError, match="valid string"):
        Fixed.model_validate(b"5")


# ------------------------------------------------------------------------------------ lines that are paid in parts

CUMULATIVE = {"paid": "spent", "below_zero": "clawback"}


@pytest.mark.parametrize(
    ("other", "place", "own"),
    [
        ({}, 2, "no true_up"),  # a's excess would be deducted from b in every certificate again
        ({"true_up": CUMULATIVE | {"paid": "0"}}, 2, "0 as paid"),
        ({"true_up": CUMULATIVE | {"below_zero": "carry"}}, 2, "carry"),
        ({"true_up": CUMULATIVE | {"below_zero": "floor"}}, 2, "floor"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_netted_over_several_settlements_is_all_trued_up_or_none(other, place, own, turned):
    lines = {"a": line(ONE, true_up=CUMULATIVE), "b": line(ONE, **other)}
    order = ["b", "a"] if turned else ["a", "b"]
    place = 1 if turned else place
    assert problem(lines, netting={"lines": order, "reduces": "pro_rata", "below_zero": "zero"}) == (
        f"netting.lines[{place}] must all have a true_up whose paid is a figure and whose below_zero is clawback, or "
        f"none such a paid, since what is netted in one settlement would be netted again in the next; b has {own}."
    )


PASSED = [{"to": {"region": "1"}, "up_to": "50"}, {"to": {"verifier": "1"}}]
LACKED = {"guarantor": "state", "beneficiary": "provider", "amount": "400", "share": "0.5"}


@pytest.mark.parametrize("paid", ["spent", "4"])
def test_what_is_paid_in_parts_fills_no_waterfall_anew(paid):
    lines = {"a": line(ONE), "b": line(ONE, true_up=CUMULATIVE | {"paid": paid})}
    assert problem(lines, waterfall={"from": "provider", "steps": PASSED}) == (
        "waterfall.steps cannot hold beside the true_up of b, of which each settlement passes on a part and would fill "
        "the first steps anew; keep one step, or pay what is new: paid_each: certificate in place of true_up, on a "
        "derived figure, due less paid before, with an up_to that is a figure of what is left of it."
    )


@pytest.mark.parametrize(
    "payment",
    [
        {"guarantees": {"g": LACKED}},
        {
            "waterfall": {"from": "provider", "steps": [{"to": {"region": "0.5", "verifier": "0.5"}}]},
            "guarantees": {"g": LACKED | {"beneficiary": "region"}},
        },
    ],
)
@pytest.mark.parametrize("paid", ["spent", "4"])
def test_what_is_paid_in_parts_lacks_no_guaranteed_amount_anew(payment, paid):
    lines = {"a": line(ONE), "b": line(ONE, true_up=CUMULATIVE | {"paid": paid})}
    who = payment["guarantees"]["g"]["beneficiary"]
    assert problem(lines, **payment) == (
        "guarantees.g.beneficiary cannot be guaranteed an amount beside the true_up of b, of which each settlement "
        "pays a part and would lack the rest anew; leave the guarantee out, or pay what is new: paid_each: certificate "
        "in place of true_up, on a derived figure, due less paid before, with an amount that is a figure: 0 until "
        f"the last day, and then what is left of it; got {who}."
    )


@pytest.mark.parametrize(
    ("lines", "payment"),
    [
        ({"a": {"true_up": CUMULATIVE}, "b": {"true_up": CUMULATIVE}}, {"netting": ["a", "b"]}),
        ({"a": {"true_up": CUMULATIVE}, "b": {}, "c": {}}, {"netting": ["b", "c"]}),
        ({"a": {"true_up": CUMULATIVE | {"paid": "0", "below_zero": "carry"}}, "b": {}}, {"netting": ["a", "b"]}),
        ({"a": {"true_up": CUMULATIVE}}, {"waterfall": {"from": "provider", "steps": PASSED[1:]}}),
        (
            {"a": {"true_up": CUMULATIVE | {"paid": "0"}}},
            {"waterfall": {"from": "provider", "steps": PASSED}, "guarantees": {"g": LACKED}},
        ),
        ({"a": {"true_up": CUMULATIVE}, "b": {"payee": "verifier"}}, {"guarantees": {"g": LACKED}}),
    ],
)
def test_what_pays_nothing_anew_is_read(lines, payment):
    plain = file({name: line(ONE) | terms for name, terms in lines.items()}, FIGURES)
    if "netting" in payment:
        payment = {"netting": {"lines": payment["netting"], "reduces": "pro_rata", "below_zero": "zero"}}
    if "guarantees" in payment and "b" in lines:
        payment = {"guarantees": {"g": LACKED | {"beneficiary": "verifier"}}}
    plain["payment"] |= payment
    assert read(plain).model.payment.lines["a"].cumulative == (plain["payment"]["lines"]["a"]["true_up"]["paid"] != "0")
