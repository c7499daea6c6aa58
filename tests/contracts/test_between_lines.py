"""True-up, netting, caps, floors, waterfalls and guarantees: amounts by hand, waiting, sentences, refusals."""

import pytest
from contracts.builders import file, line, number, read, settle

from effekt.contracts import (
    Settlement,
    guarantee_maxima,
    maximum,
    maximum_total,
    minimum_total,
    paid_to_date,
    payment_terms,
)
from effekt.exceptions import ContractError

FIGURES = {"x": number(2, "SEK"), "paid": number(2, "SEK"), "few": number(0)}
NAMES = ("a", "b", "c")


def _of(*amounts, **payment):
    """A contract with a line for each amount, a decimal or a figure."""
    clauses = [
        {"unit_price": {"price": "1", "figure": amount, "below_zero": "negative"}}
        if amount.isalpha()
        else {"fixed": amount}
        for amount in amounts
    ]
    plain = file({name: line(clause) for name, clause in zip(NAMES, clauses, strict=False)}, FIGURES)
    plain["payment"] |= payment
    return plain


def _amounts(plain, **values):
    settlement = settle(read(plain), **({"x": "0", "paid": "0", "few": "1"} | values))
    return [None if one.amount is None else one.amount.removesuffix(".00") for one in settlement.lines]


def _netting(reduces, below_zero="zero", lines=NAMES):
    return {"lines": list(lines), "reduces": reduces, "below_zero": below_zero}


@pytest.mark.parametrize(
    ("below_zero", "due", "now", "after"),
    [
        ("floor", "6000", "2000.00", "6000"),
        ("floor", "3000", "0.00", "3000"),
        ("carry", "3000", "0.00", "4000"),
        ("clawback", "3000", "-1000.00", "3000"),
        ("clawback", "4000", "0.00", "4000"),
    ],
)
def test_what_was_paid_before_is_deducted(below_zero, due, now, after):
    plain = _of(due)
    plain["payment"]["lines"]["a"]["true_up"] = {"paid": "paid", "below_zero": below_zero}
    settlement = settle(read(plain), x="0", paid="4000", few="1")
    assert settlement.lines[0].amount == now
    assert paid_to_date(settlement) == {"a": after}


def test_a_cap_on_one_settlement_leaves_the_rest_for_the_next():
    plain = _of("6000")
    plain["payment"]["lines"]["a"]["true_up"] = {"paid": "paid", "below_zero": "carry", "cap": "1500"}
    paid, payments = "0", []
    for _ in range(5):
        settlement = settle(read(plain), x="0", paid=paid, few="1")
        payments.append(settlement.total)
        paid = paid_to_date(settlement)["a"]
    assert payments == ["1500.00", "1500.00", "1500.00", "1500.00", "0.00"]


@pytest.mark.parametrize("paid", ["-1", "0.01"])
def test_what_cannot_have_been_paid_refers_the_line(paid):
    plain = _of("6000", quantum="1")
    plain["payment"]["lines"]["a"]["true_up"] = {"paid": "paid", "below_zero": "carry"}
    settled = settle(read(plain), x="0", paid=paid, few="1").lines[0]
    assert (settled.state, settled.amount) == ("referred", None)
    assert settled.reasons[0].en.startswith("paid is what was paid before and must be a whole multiple of SEK\xa01 ")


@pytest.mark.parametrize(
    ("plain", "amounts"),
    [
        (_of("100", "-30", "50", netting=_netting("last_line_first")), ["100", "0", "20"]),
        (_of("100", "-30", "50", netting=_netting("pro_rata")), ["80", "0", "40"]),
        (_of("10", "-30", "-20", netting=_netting("last_line_first")), ["0", "0", "0"]),
        (_of("10", "-30", "-20", netting=_netting("last_line_first", "negative")), ["0", "-30", "-10"]),
        (_of("10", "-30", "-20", netting=_netting("pro_rata", "negative")), ["0", "-24", "-16"]),
        (_of("100", "-30", "50", netting=_netting("pro_rata", lines="ab")), ["70", "0", "50"]),
        (
            _of(
                *("60", "60", "60"),
                caps={"year": {"lines": ["a", "b"], "amount": "100", "reduces": "last_line_first"}},
                cap={"amount": "120", "reduces": "last_line_first"},
            ),
            ["60", "40", "20"],
        ),
        (_of("10", "20", floor={"amount": "50", "raises": "b"}), ["10", "40"]),
        (_of("10", "50", floor={"amount": "50", "raises": "b"}), ["10", "50"]),
    ],
)
def test_lines_together_by_hand(plain, amounts):
    assert _amounts(plain) == amounts


@pytest.mark.parametrize(
    ("plain", "amounts"),
    [
        (_of("100", "x", netting=_netting("pro_rata", lines="ab")), [None, None]),
        (_of("0", "x", netting=_netting("pro_rata", lines="ab")), ["0", None]),
        (_of("10", "x", floor={"amount": "5", "raises": "a"}), [None, None]),
        (_of("10", "x", floor={"amount": "5", "raises": "b"}), ["10", None]),
        (_of("9", "x", caps={"y": {"lines": ["a", "b"], "amount": "9", "reduces": "last_line_first"}}), ["9", None]),
        (_of("9", "x", caps={"y": {"lines": ["a", "b"], "amount": "9", "reduces": "pro_rata"}}), [None, None]),
    ],
)
def test_a_line_waits_only_where_another_could_change_it(plain, amounts):
    assert _amounts(plain, x=None) == amounts


WATERFALL = {
    "from": "provider",
    "steps": [
        {"to": {"region": "1"}, "up_to": "6000"},
        {"to": {"region": "1"}, "up_to": "1000"},
        {"to": {"region": "0.80", "verifier": "0.20"}},
    ],
}
GUARANTEE = {"guarantor": "state", "beneficiary": "provider", "amount": "9600000", "share": "0.75"}


@pytest.mark.parametrize(
    ("amount", "region", "verifier"),
    [
        ("10000", "9400.00", "600.00"),
        ("6500", "6500.00", "0.00"),
        ("7000.03", "7000.02", "0.01"),
        ("-5", "0.00", "0.00"),
    ],
)
def test_a_waterfall_gives_capital_first(amount, region, verifier):
    settlement = settle(read(_of(amount, waterfall=WATERFALL)), x="0", paid="0", few="1")
    assert {one.party: one.amount for one in settlement.distribution.receipts} == {
        "region": region,
        "verifier": verifier,
    }
    assert Settlement.from_plain(settlement.to_plain()) == settlement


@pytest.mark.parametrize(
    ("amount", "cap", "borne"),
    [
        ("0", {}, "7200000.00"),
        ("4800000", {}, "3600000.00"),
        ("4800000", {"cap": "2000000"}, "2000000.00"),
        ("9600000", {}, "0.00"),
        ("-100", {}, "7200000.00"),
    ],
)
def test_a_guarantor_bears_a_share_of_what_is_lacking(amount, cap, borne):
    subject = read(_of(amount, guarantees={"capital": GUARANTEE | cap}))
    settlement = settle(subject, x="0", paid="0", few="1")
    assert settlement.guarantees[0].amount == borne
    assert settlement.total == f"{amount}.00"
    assert guarantee_maxima(subject) == {"capital": borne}  # the line is a fixed amount


@pytest.mark.parametrize(
    ("lines", "borne"),
    [(("5600000", "-800000"), "3600000.00"), (("800000", "-5600000"), "7200000.00"), (("-1", "-2"), "7200000.00")],
)
def test_a_negative_line_lessens_what_is_received_and_never_below_nothing(lines, borne):
    """Three quarters of 9.6 million less 4.8 million; and of all of it, but of nothing that is paid back."""
    subject = read(_of(*lines, guarantees={"capital": GUARANTEE}))
    (guarantee,) = settle(subject, x="0", paid="0", few="1").guarantees
    assert guarantee.amount == borne
    assert guarantee_maxima(subject) == {"capital": borne}  # the lines are fixed amounts


def test_what_a_guarantor_bears_is_rounded_in_a_step_of_its_own():
    """Three quarters of what is lacking of 1000.01 is 750.0075; of 1000 it is 750, and nothing is rounded."""
    rounded, exact = (
        settle(read(_of("0", guarantees={"capital": GUARANTEE | {"amount": amount}})), x="0", paid="0", few="1")
        for amount in ("1000.01", "1000")
    )
    (guarantee,), (plain,) = rounded.guarantees, exact.guarantees
    assert [(step.rule, step.value) for step in guarantee.steps] == [("guarantee", "750.0075"), ("rounding", "750.01")]
    assert (
        guarantee.steps[1].en.replace("\N{NO-BREAK SPACE}", " ").startswith("Rounded to the nearest SEK 0.01 (halves")
    )
    assert guarantee.steps[1].sv.startswith("Avrundat till närmaste 0,01")
    assert guarantee.amount == "750.01"
    assert [(step.rule, step.value) for step in plain.steps] == [("guarantee", "750")]


def test_who_gets_the_money_waits_with_the_lines():
    plain = _of("x", waterfall=WATERFALL, guarantees={"capital": GUARANTEE | {"beneficiary": "region"}})
    settlement = settle(read(plain), x=None, paid="0", few="1")
    assert (settlement.distribution.state, settlement.distribution.amount) == ("not_yet_determinable", None)
    assert (settlement.guarantees[0].state, settlement.guarantees[0].missing) == ("not_yet_determinable", ("x",))


def test_a_contract_without_them_has_no_keys_for_them():
    plain = settle(read(_of("1")), x="0", paid="0", few="1").to_plain()
    assert not {"distribution", "guarantees"} & set(plain)


def test_the_most_it_can_pay():
    caps = {"year": {"lines": ["a", "b"], "amount": "100", "reduces": "pro_rata"}}
    assert maximum_total(read(_of("80", "80", "5", caps=caps))) == "105.00"
    assert maximum(read(_of("80", "800", "5", caps=caps))) == {"a": "80.00", "b": "100.00", "c": "5.00"}
    assert maximum_total(read(_of("1", "2", floor={"amount": "50", "raises": "b"}))) == "50.00"


def test_the_least_is_that_of_the_lines_under_caps_and_over_the_floor():
    caps = {"two": {"lines": ["a", "b"], "amount": "100", "reduces": "pro_rata"}}
    assert minimum_total(read(_of("80", "80", "5", caps=caps))) == "105.00"
    assert minimum_total(read(_of("80", "5", cap={"amount": "60", "reduces": "pro_rata"}))) == "60.00"
    assert minimum_total(read(_of("5", "x"))) is None
    assert minimum_total(read(_of("5", "x", floor={"amount": "50", "raises": "a"}))) == "50.00"
    assert maximum(read(_of("1", "2", floor={"amount": "50", "raises": "b"})))["b"] == "49.00"


def test_how_it_reads():
    plain = _of(
        *("1", "2", "3"),
        netting=_netting("pro_rata", "negative", "ab"),
        caps={"year": {"lines": ["a", "b"], "amount": "100", "reduces": "last_line_first"}},
        floor={"amount": "50", "raises": "c"},
        waterfall=WATERFALL,
        guarantees={"capital": GUARANTEE},
    )
    assert [text.en.replace("\u00a0", " ") for text in payment_terms(read(plain))] == [
        "The lines a and b are netted: negative amounts are deducted from the positive ones, where they are lowered in "
        "proportion to their amounts; a negative balance is paid back.",
        "The lines a and b together pay at most SEK 100; the last line is lowered first.",
        "All lines together pay at least SEK 50; if needed the line c is raised.",
        "Where an amount is divided, among payers, receivers or lines that are lowered in proportion, each part is a "
        "whole multiple of SEK 0.01, rounded towards zero; what is then left goes, one multiple each, to the parts "
        "that the rounding lowered most, of equal ones to that which stands first.",
        "Utföraren AB passes on what it is paid in this order: (1) up to SEK 6,000 to Regionen; (2) up to SEK 1,000 to "
        "Regionen; (3) the rest to Regionen (80 per cent) and Granskaren AB (20 per cent).",
        "Staten pays Utföraren AB 75 per cent of all of SEK 9,600,000, since it gets nothing from any line or "
        "distribution.",
        "Of what Utföraren AB is paid, only what the distribution gives to Utföraren AB itself counts then, not what "
        "goes on to others.",
    ]
    assert [text.sv.replace("\u00a0", " ") for text in payment_terms(read(plain))][3:] == [
        "Där ett belopp delas, mellan betalare, mottagare eller rader som sänks i proportion, är varje del en hel "
        "multipel av 0,01 kr, avrundad mot noll; det som då återstår fördelas med en multipel var på de delar som "
        "avrundningen minskade mest, vid lika på den som står först.",
        "Utföraren AB fördelar vad den får betalt i denna ordning: (1) högst 6 000 kr till Regionen; (2) högst "
        "1 000 kr till Regionen; (3) resten till Regionen (80 procent) och Granskaren AB (20 procent).",
        "Staten betalar Utföraren AB 75 procent av hela 9 600 000 kr, eftersom den inte får något av någon rad eller "
        "fördelning.",
        "Av vad Utföraren AB får betalt räknas då bara det som fördelningen ger Utföraren AB självt, inte det som går "
        "vidare till andra.",
    ]


@pytest.mark.parametrize(
    ("payment", "problem"),
    [
        ({"netting": _netting("pro_rata", lines="az")}, "netting.lines[2] must be a name under payment.lines; got z."),
        ({"netting": _netting("pro_rata", lines="aa")}, "netting.lines[2] stands twice; got a."),
        (
            {"caps": {y: {"lines": ["a", "b"], "amount": "1", "reduces": "pro_rata"} for y in ("y", "z")}},
            "caps.z.lines[1] is under the cap y already; got a.",
        ),
        ({"floor": {"amount": "5", "raises": "z"}}, "floor.raises must be a name under payment.lines; got z."),
        (
            {"floor": {"amount": "5", "raises": "a"}, "cap": {"amount": "4", "reduces": "pro_rata"}},
            "floor.amount must be at most the cap, 4; got 5.",
        ),
        ({"waterfall": WATERFALL | {"from": "state"}}, "waterfall.from must be the payee of a line; got state."),
        (
            {"waterfall": {"from": "provider", "steps": [{"to": {"state": "1"}, "up_to": "1"}]}},
            "waterfall.steps[1].up_to must be left out of the last step, which takes all that is left.",
        ),
        (
            {"guarantees": {"g": GUARANTEE | {"beneficiary": "region"}}},
            "guarantees.g.beneficiary must be the payee of a line or stand in the waterfall; got region.",
        ),
        (
            {"guarantees": {"g": GUARANTEE | {"beneficiary": "state"}}},
            "guarantees.g.beneficiary must not be the guarantor; got state.",
        ),
        (
            {"guarantees": {"g": GUARANTEE | {"share": "1.5"}}},
            'guarantees.g.share must be above 0 and at most 1, such as "0.75"; got 1.5.',
        ),
    ],
)
def test_nonsense_is_refused(payment, problem):
    with pytest.raises(ContractError) as error:
        read(_of("1", "2", **payment))
    assert str(error.value) == f"line 1: payment.{problem}"


def test_what_was_paid_is_an_amount_in_the_currency():
    plain = _of("1")
    plain["payment"]["lines"]["a"]["true_up"] = {"paid": "few", "below_zero": "carry"}
    with pytest.raises(ContractError) as error:
        read(plain)
    assert str(error.value) == "line 1: payment.lines.a.true_up.paid must be a figure in SEK; few is in number."


# ------------------------------------------------------------------------------------- floors of some lines


def _year(amount="100", raises="b", lines=("a", "b")):
    return {"year": {"lines": list(lines), "amount": amount, "raises": raises}}


@pytest.mark.parametrize(
    ("amounts", "payment", "paid_now"),
    [
        (("30", "20", "7"), {"floors": _year()}, ["30", "70", "7"]),
        (("80", "20", "7"), {"floors": _year()}, ["80", "20", "7"]),
        (("-30", "20", "7"), {"floors": _year()}, ["-30", "130", "7"]),
        (("30", "20", "7"), {"floors": _year(raises="a")}, ["80", "20", "7"]),
        # the contract's cap comes after, and its floor last
        (
            ("30", "20", "7"),
            {"floors": _year(), "cap": {"amount": "90", "reduces": "last_line_first"}},
            ["30", "60", "0"],
        ),
        (("30", "20", "7"), {"floors": _year(), "floor": {"amount": "200", "raises": "c"}}, ["30", "70", "100"]),
        # a cap and a floor of the same year
        (
            ("200", "20", "7"),
            {
                "floors": _year("50"),
                "caps": {"year": {"lines": ["a", "b"], "amount": "120", "reduces": "last_line_first"}},
            },
            ["120", "0", "7"],
        ),
    ],
)
def test_a_floor_of_some_lines_raises_one_of_them(amounts, payment, paid_now):
    assert _amounts(_of(*amounts, **payment)) == paid_now


def test_a_floor_of_some_lines_waits_only_where_it_may_matter_and_bounds_what_is_booked():
    waits = settle(read(_of("x", "20", "7", floors=_year())), x=None, paid="0", few="1")
    assert [one.amount for one in waits.lines] == [None, None, "7.00"]
    enough = settle(read(_of("x", "150", "7", floors=_year())), x=None, paid="0", few="1")
    assert [one.amount for one in enough.lines] == [None, None, "7.00"]  # x may be negative
    assert maximum_total(read(_of("30", "20", "7", floors=_year()))) == "107.00"
    assert maximum(read(_of("30", "20", "7", floors=_year()))) == {"a": "30.00", "b": "70.00", "c": "7.00"}


@pytest.mark.parametrize(
    ("own", "en", "sv"),
    [
        ({}, "", ""),
        (
            {"when": {"figure": "few", "ge": "9"}},
            ", also where its condition is not met",
            ", även om dess villkor inte är uppfyllt",
        ),
        ({"cap": "100"}, ", also above its own cap", ", även över dess eget tak"),
        (
            {"when": {"figure": "few", "ge": "9"}, "cap": "100"},
            ", also where its condition is not met, also above its own cap",
            ", även om dess villkor inte är uppfyllt, även över dess eget tak",
        ),
    ],
)
@pytest.mark.parametrize("place", ["line", "clause"])
def test_a_floor_says_that_it_raises_a_line_whatever_the_line_itself_says(own, en, sv, place):
    plain = _of("-30", "20", "7", floors=_year())
    raised = plain["payment"]["lines"]["b"]
    (raised if place == "line" else raised["pays"]).update(own)
    (terms,) = payment_terms(read(plain))
    assert terms.en.endswith(f"if needed the line b is raised{en}.")
    assert terms.sv.endswith(f"om det behövs höjs raden b{sv}.")
    found = settle(read(plain), x="0", paid="0", few="1")
    assert [one.amount for one in found.lines] == ["-30.00", "130.00", "7.00"]


def test_a_floor_of_some_lines_is_a_sentence_and_a_step():
    plain = _of("30", "20", "7", floors=_year())
    (terms,) = payment_terms(read(plain))
    assert terms.en.replace("\u00a0", " ") == (
        "The lines a and b together pay at least SEK 100; if needed the line b is raised."
    )
    assert terms.sv.replace("\u00a0", " ") == (
        "Raderna a och b betalar tillsammans lägst 100 kr; om det behövs höjs raden b."
    )
    step = settle(read(plain), x="0", paid="0", few="1").lines[1].steps[-1]
    assert (step.rule, step.value) == ("lines_floor", "70")
    assert step.sv.replace("\u00a0", " ") == "Golvet 100 kr för raderna a och b höjer beloppet 20 kr till 70 kr."


@pytest.mark.parametrize(
    ("payment", "problem"),
    [
        ({"floors": _year(raises="c")}, "floors.year.raises must be one of its lines; got c."),
        ({"floors": _year(lines=("a", "d"))}, "floors.year.lines[2] must be a name under payment.lines; got d."),
        (
            {"floors": _year() | {"half": _year(lines=("b", "c"))["year"]}},
            "floors.half.lines[1] is under the floor year already; got b.",
        ),
        (
            {
                "floors": _year(),
                "caps": {"other": {"lines": ["b", "c"], "amount": "200", "reduces": "pro_rata"}},
            },
            "floors.year.raises must not be under the cap other, which is on other lines; got b.",
        ),
        (
            {"floors": _year(), "caps": {"year": {"lines": ["a", "b"], "amount": "99", "reduces": "pro_rata"}}},
            "floors.year.amount must be at most the cap year, 99; got 100.",
        ),
        ({"floors": _year("0.001")}, "floors.year.amount must be a whole multiple of payment.quantum"),
    ],
)
def test_a_floor_of_some_lines_that_cannot_be(payment, problem):
    with pytest.raises(ContractError) as error:
        read(_of("30", "20", "7", **payment))
    assert problem in str(error.value)


# ------------------------------------------------------------------- limits, at them and while a line is open


def _open(*amounts, most=None, **payment):
    """A contract whose line of x is never negative, and at most some amount."""
    plain = _of(*amounts, **payment)
    for one in plain["payment"]["lines"].values():
        price = one["pays"].get("unit_price")
        if price is not None:
            price["below_zero"] = "zero"
            one |= {} if most is None else {"cap": most}
    return plain


def test_an_open_line_that_is_never_negative_nets_nothing():
    assert _amounts(_open("100", "x", netting=_netting("pro_rata", lines="ab")), x=None) == ["100", None]


@pytest.mark.parametrize("below_zero", ["zero", "negative"])
@pytest.mark.parametrize("reduces", ["pro_rata", "last_line_first"])
@pytest.mark.parametrize("amounts", [("0", "0", "0"), ("30", "-30", "0")])
def test_lines_that_sum_to_nothing_are_netted_to_nothing(amounts, reduces, below_zero):
    assert _amounts(_of(*amounts, netting=_netting(reduces, below_zero))) == ["0", "0", "0"]


@pytest.mark.parametrize("reduces", ["pro_rata", "last_line_first"])
def test_a_line_before_which_anything_may_come_waits_for_the_cap(reduces):
    capped = _of("x", "4.50", cap={"amount": "9", "reduces": reduces})
    assert _amounts(capped, x=None) == [None, None]


@pytest.mark.parametrize("payment", [{"floor": {"amount": "50", "raises": "b"}}, {"floors": _year("50")}])
def test_lines_that_pay_the_floor_exactly_are_not_raised(payment):
    settled = settle(read(_of("10", "40", **payment)), x="0", paid="0", few="1")
    assert [one.amount for one in settled.lines] == ["10.00", "40.00"]
    assert not [step for one in settled.lines for step in one.steps if step.rule.endswith("floor")]


@pytest.mark.parametrize(
    ("most", "b", "floor", "cap", "c"),
    [
        ("20", "30", "40", "60", "7"),  # a is at most 20, as it was: 57 in all, which no cap of 60 lowers
        ("20", "30", "40", "57", "7"),
        ("20", "30", "40", "56", None),
        ("5", "10", "40", "47", "7"),  # a may be raised to 30, and c is lowered by a cap below 47
        ("5", "10", "40", "46", None),
    ],
)
def test_what_a_floor_may_add_to_an_open_line_counts_under_the_cap(most, b, floor, cap, c):
    plain = _open("x", b, "7", most=most, floors=_year(floor, raises="a"))
    plain["payment"]["cap"] = {"amount": cap, "reduces": "last_line_first"}
    assert _amounts(plain, x=None) == [None, b, c]


def test_an_open_line_that_a_floor_raises_has_no_bound_beside_one_that_has_none():
    """b may pay anything below zero, so that the floor may add anything to a, and the cap may lower c."""
    plain = _of("1", "x", "7", floors=_year("40", raises="a"), cap={"amount": "1000", "reduces": "last_line_first"})
    assert _amounts(plain, x=None) == [None, None, None]


@pytest.mark.parametrize(
    ("amounts", "payment", "once_known"),
    [
        (  # the cap takes b to 30, so that the floor of the contract raises c
            ("20", "x", "7"),
            {"caps": {"y": {"lines": ["a", "b"], "amount": "50", "reduces": "last_line_first"}}}
            | {"floor": {"amount": "60", "raises": "c"}},
            ["20", "30", "10"],
        ),
        (  # netting takes b to 35, so that the floor of b and c raises c
            ("-15", "x", "7"),
            {"netting": _netting("pro_rata", lines="ab"), "floors": _year("45", raises="c", lines=("b", "c"))},
            ["0", "35", "10"],
        ),
        (  # the cap takes the known line a below 20, so that the floor of a and c raises c
            ("20", "x", "7"),
            {"caps": {"y": {"lines": ["a", "b"], "amount": "49", "reduces": "pro_rata"}}}
            | {"floors": _year("25", raises="c", lines=("a", "c"))},
            ["14", "35", "11"],
        ),
    ],
)
def test_a_line_that_others_may_lower_counts_as_low_as_nothing_under_a_floor(amounts, payment, once_known):
    plain = _of(*amounts, **payment)
    plain["payment"]["lines"]["b"] |= {"floor": "40", "cap": "60"}
    assert _amounts(plain, x="50") == once_known
    assert _amounts(plain, x=None)[1:] == [None, None]


# ------------------------------------------------------------------------------------------------ its sentences


def _below(amount, lines=("a", "b")):
    return {"year": {"lines": list(lines), "amount": amount, "reduces": "last_line_first"}}


@pytest.mark.parametrize(
    ("amounts", "payment", "last", "english", "swedish"),
    [
        (
            ("-30", "100"),
            {"netting": _netting("pro_rata", lines="ab")},
            ("netting", "70"),
            "After netting against the other lines the amount is SEK 70 instead of SEK 100.",
            "Efter kvittning mot de andra raderna är beloppet 70 kr i stället för 100 kr.",
        ),
        (
            ("x", "100"),
            {"netting": _netting("pro_rata", lines="ab")},
            ("netting", None),
            "The amount SEK 100 may be netted once the other lines are determined.",
            "Beloppet 100 kr kan komma att kvittas när övriga rader är fastställda.",
        ),
        (
            ("60", "60"),
            {"caps": _below("100")},
            ("lines_cap", "40"),
            "The cap of SEK 100 on the lines a and b lowers the amount SEK 60 to SEK 40.",
            "Taket 100 kr för raderna a och b sänker beloppet 60 kr till 40 kr.",
        ),
        (
            ("x", "60"),
            {"caps": _below("100")},
            ("lines_cap", None),
            "The cap of SEK 100 on the lines a and b may lower the amount SEK 60 once the other lines are determined.",
            "Taket 100 kr för raderna a och b kan komma att sänka beloppet 60 kr när övriga rader är fastställda.",
        ),
        (
            ("60", "60"),
            {"cap": {"amount": "100", "reduces": "last_line_first"}},
            ("contract_cap", "40"),
            "The contract's cap of SEK 100 lowers the amount SEK 60 to SEK 40.",
            "Avtalets tak 100 kr sänker beloppet 60 kr till 40 kr.",
        ),
        (
            ("30", "20"),
            {"floors": _year()},
            ("lines_floor", "70"),
            "The floor of SEK 100 on the lines a and b raises the amount SEK 20 to SEK 70.",
            "Golvet 100 kr för raderna a och b höjer beloppet 20 kr till 70 kr.",
        ),
        (
            ("x", "20"),
            {"floor": {"amount": "100", "raises": "b"}},
            ("contract_floor", None),
            "The contract's floor of SEK 100 may raise the amount SEK 20 once the other lines are determined.",
            "Avtalets golv 100 kr kan komma att höja beloppet 20 kr när övriga rader är fastställda.",
        ),
    ],
)
def test_what_another_line_does_is_a_step_in_both_languages(amounts, payment, last, english, swedish):
    step = settle(read(_of(*amounts, **payment)), x=None, paid="0", few="1").lines[1].steps[-1]
    assert (step.rule, step.value) == last
    assert (step.en.replace("\u00a0", " "), step.sv.replace("\u00a0", " ")) == (english, swedish)


# ------------------------------------------------------------------------------------------- less than a krona


@pytest.mark.parametrize(
    ("amounts", "payment", "paid_now"),
    [
        (("0.40", "-0.10", "0.20"), {"netting": _netting("pro_rata")}, ["0.33", "0", "0.17"]),
        (("0.60", "0.60"), {"cap": {"amount": "0.90", "reduces": "pro_rata"}}, ["0.45", "0.45"]),
        (("0.60", "0.60", "-1"), {"cap": {"amount": "0.01", "reduces": "pro_rata"}}, ["0.51", "0.50", "-1"]),
        (("0.50",) * 3, {"cap": {"amount": "1", "reduces": "pro_rata"}}, ["0.34", "0.33", "0.33"]),
        (("10", "39.50"), {"floor": {"amount": "50", "raises": "b"}}, ["10", "40"]),
    ],
)
def test_amounts_below_a_krona_by_hand(amounts, payment, paid_now):
    assert _amounts(_of(*amounts, **payment)) == paid_now


# ----------------------------------------------------------------- a rule after a rule, while a line is open


def _between_limits(*amounts, low, high, **payment):
    """A contract whose lines of x and of few pay something between two amounts."""
    plain = _of(*amounts, **payment)
    for name, one in plain["payment"]["lines"].items():
        if name in low:
            one |= {"floor": low[name], "cap": high[name]}
    return plain


def test_what_a_floor_adds_is_reckoned_from_the_least_that_other_open_lines_pay():
    """a may be raised to 60, where c pays nothing: then a cap of 60 leaves nothing of b."""
    plain = _between_limits(
        *("x", "10", "few"),
        low={"a": "0", "c": "0"},
        high={"a": "20", "c": "30"},
        floors=_year("60", raises="a", lines=("a", "c")),
        cap={"amount": "60", "reduces": "last_line_first"},
    )
    assert _amounts(plain, x="0", few="0") == ["60", "0", "0"]
    assert _amounts(plain, x="0", few="30") == ["30", "10", "20"]
    assert _amounts(plain, x=None, few=None) == [None, None, None]


def test_an_open_line_that_a_cap_may_take_to_nothing_does_not_fill_a_floor():
    """a may take all of the cap; then b pays nothing, and the floor of b and c raises c."""
    plain = _between_limits(
        *("x", "few", "0"),
        low={"a": "0", "b": "5"},
        high={"a": "100", "b": "10"},
        caps=_below("100"),
        floors=_year("1", raises="c", lines=("b", "c")),
    )
    assert _amounts(plain, x="100", few="5") == ["100", "0", "1"]
    assert _amounts(plain, x="0", few="5") == ["0", "5", "0"]
    assert _amounts(plain, x=None, few=None) == [None, None, None]


@pytest.mark.parametrize(("cap", "b"), [("40.50", "40"), ("40.49", None), ("1000", "40")])
def test_an_open_line_under_a_cap_counts_as_its_most_under_the_next(cap, b):
    """a pays at most 0.50, under its own cap as well as under the contract's."""
    plain = _between_limits(
        *("x", "40", "0"),
        low={"a": "0"},
        high={"a": "0.50"},
        caps=_below("30", ("a", "c")),
        cap={"amount": cap, "reduces": "last_line_first"},
    )
    assert _amounts(plain, x=None) == [None, b, "0"]


def test_an_open_line_that_a_floor_may_raise_without_bound_makes_the_cap_wait():
    """x has no most, so that the contract's cap may lower a line after it."""
    plain = _of("x", "1", "7", floors=_year("40", raises="a"), cap={"amount": "1000", "reduces": "last_line_first"})
    assert _amounts(plain, x="5") == ["39", "1", "7"]
    assert _amounts(plain, x=None) == [None, None, None]
