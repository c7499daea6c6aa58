"""A line's true-up: its words in every case, what the next settlement has as paid, and the bounds of one payment."""

import re
from fractions import Fraction

import pytest
from contracts.builders import file, given, line, number, read, settle
from contracts.second_route import same_by_both

from effekt.contracts import Events, line_terms, maximum, minimum_total, paid_to_date, settle_figures
from effekt.contracts.events import Ended
from effekt.contracts.schema import Bilingual
from effekt.exceptions import ContractError

BEFORE = number(2, "SEK") | {"label": {"sv": "tidigare betalt", "en": "paid earlier"}}
FIGURES = {"due": number(2, "SEK"), "before": BEFORE}


def spaced(text):
    """With plain spaces."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


RULES = ("floor", "carry", "clawback")


def contract(below_zero, cap=None, paid="before", pays=None):
    true_up = {"paid": paid, "below_zero": below_zero} | ({} if cap is None else {"cap": cap})
    pays = pays or {"unit_price": {"price": "1", "figure": "due", "below_zero": "negative"}}
    return read(file({"fee": line(pays, true_up=true_up)}, FIGURES))


def steps(below_zero, due, before, cap=None):
    found = settle(contract(below_zero, cap), due=due, before=before)
    return found, [step for step in found.lines[0].steps if step.rule in ("true_up", "paid_to_date")]


@pytest.mark.parametrize(
    ("below_zero", "due", "cap", "en", "sv"),
    [
        ("carry", "1000.00", None, "SEK 200.50.", "200,50 kr."),
        ("carry", "799.50", None, "SEK 0.", "0 kr."),
        (
            "carry", "1000.00", "50.25",
            "SEK 200.50, of which at most SEK 50.25 is paid in one settlement.",
            "200,50 kr, varav högst 50,25 kr betalas vid en avräkning.",
        ),
        ("carry", "1000.00", "200.50", "SEK 200.50.", "200,50 kr."),
        (
            "floor", "799.00", None,
            "SEK −0.50, which counts as SEK 0; what was paid too much is let go.",
            "−0,50 kr, vilket räknas som 0 kr; det för mycket betalda efterges.",
        ),
        (
            "carry", "799.00", None,
            "SEK −0.50, which counts as SEK 0; what was paid too much is deducted from later payments.",
            "−0,50 kr, vilket räknas som 0 kr; det för mycket betalda avräknas mot kommande betalningar.",
        ),
        ("clawback", "799.00", None, "SEK −0.50, which is to be paid back.", "−0,50 kr, som ska betalas tillbaka."),
    ],
)  # fmt: skip
def test_the_arithmetic_is_told(below_zero, due, cap, en, sv):
    _, (step, _) = steps(below_zero, due, "799.50", cap)
    number_en, number_sv = {"1000.00": ("1,000", "1 000"), "799.50": ("799.50", "799,50"), "799.00": ("799", "799")}[
        due
    ]
    assert spaced(step.en) == f"In all SEK {number_en} less SEK 799.50 paid before is {en}"
    assert spaced(step.sv) == f"Sammanlagt {number_sv} kr minus tidigare betalda 799,50 kr är {sv}"


@pytest.mark.parametrize("below_zero", RULES)
@pytest.mark.parametrize("cap", [None, "0.75"])
@pytest.mark.parametrize("due", ["0.25", "0.50", "1.00", "3.00"])
def test_one_settlement_after_another_pays_what_is_due(below_zero, cap, due):
    found, (step, after) = steps(below_zero, due, "0.50", cap)
    left = Fraction(due) - Fraction("0.5")
    now = left if left > 0 or below_zero == "clawback" else Fraction(0)
    now = now if cap is None else min(now, Fraction(cap))
    paid = Fraction("0.5") + now - (-left if below_zero == "floor" and left < 0 else 0)
    assert Fraction(found.lines[0].amount) == Fraction(step.value) == now
    assert Fraction(after.value) == Fraction(paid_to_date(found)["fee"]) == paid
    told = f"{float(paid):.2f}".removesuffix(".00")
    assert spaced(after.en) == f"The next settlement has SEK {told.replace('-', '−')} as paid before."
    assert spaced(after.sv) == f"Nästa avräkning har {told.replace('.', ',').replace('-', '−')} kr som tidigare betalt."


def test_without_a_value_nothing_is_settled():
    found, (step,) = steps("carry", "1.00", None)
    assert (found.lines[0].amount, step.value) == (None, None)
    assert (step.sv, step.en) == ("Värde saknas för tidigare betalt.", "There is no value for paid earlier.")
    assert paid_to_date(found) == {}


def test_what_cannot_have_been_paid_is_named_with_the_quantum():
    plain = file({"fee": line({"fixed": "6.00"}, true_up={"paid": "before", "below_zero": "carry"})}, FIGURES, "0.50")
    settled = settle(read(plain), due="0.00", before="0.25").lines[0]
    assert spaced(settled.reasons[0].en) == (
        "paid earlier is what was paid before and must be a whole multiple of SEK 0.50 that is not negative; the "
        "parties decide."
    )
    assert spaced(settled.reasons[0].sv) == (
        "tidigare betalt är vad som betalats tidigare och måste vara en hel multipel av 0,50 kr som inte är negativ; "
        "parterna avgör."
    )


LAST = {
    "floor": ("what was paid too much is let go", "för mycket betalt efterges"),
    "carry": (
        "what was paid too much is deducted from later payments",
        "för mycket betalt avräknas mot kommande betalningar",
    ),
    "clawback": ("what was paid too much is paid back", "för mycket betalt betalas tillbaka"),
}


@pytest.mark.parametrize("below_zero", RULES)
@pytest.mark.parametrize(("paid", "told"), [("before", ("paid earlier", "tidigare betalt")), ("5", ("SEK 5", "5 kr"))])
@pytest.mark.parametrize(
    ("cap", "capped"),
    [(None, ("", "")), ("7", ("; at most SEK 7 in each settlement", "; högst 7 kr vid varje avräkning"))],
)
def test_the_rule_reads_as_a_clause(below_zero, paid, told, cap, capped):
    subject = contract(below_zero, cap, paid, pays={"fixed": "10.00"})
    told_as = line_terms(subject)["fee"]
    en, sv = spaced(told_as.en), spaced(told_as.sv)
    start = "in all since the contract began, less what was paid before"
    assert f"{start} ({told[0]}); {LAST[below_zero][0]}{capped[0]}" in en
    start = "sammanlagt sedan avtalets början, minus vad som betalats tidigare"
    assert f"{start} ({told[1]}); {LAST[below_zero][1]}{capped[1]}" in sv
    assert ("each settlement" in en) == (cap is not None)


@pytest.mark.parametrize(
    ("below_zero", "paid", "cap", "low", "high"),
    [
        ("carry", "4", None, "6", "6"),
        ("floor", "14", None, "0", "0"),
        ("carry", "14", None, "0", "0"),
        ("clawback", "14", None, "-4", "-4"),
        ("carry", "9.50", None, "0.50", "0.50"),
        ("carry", "4", "2.50", "2.50", "2.50"),
        ("clawback", "14", "2.50", "-4", "-4"),
        ("carry", "4", "7", "6", "6"),
        ("carry", "before", None, "0", "10"),
        ("floor", "before", "3", "0", "3"),
        ("clawback", "before", None, None, "10"),
        ("clawback", "before", "3", None, "3"),
    ],
)
def test_the_bounds_of_one_settlement(below_zero, paid, cap, low, high):
    """Of ten kronor in all: a figure may say that anything, or nothing, was paid before."""
    subject = contract(below_zero, cap, paid, pays={"fixed": "10.00"})
    most, least = maximum(subject)["fee"], minimum_total(subject)
    assert (most if most is None else Fraction(most)) == Fraction(high)
    assert (least if least is None else Fraction(least)) == (low if low is None else Fraction(low))


@pytest.mark.parametrize(
    ("below_zero", "cap", "high"), [("carry", None, None), ("carry", "3", "3"), ("clawback", "3", "3")]
)
def test_a_line_without_bounds_is_bounded_by_its_cap_alone(below_zero, cap, high):
    most = maximum(contract(below_zero, cap, "4"))["fee"]
    assert (most if most is None else Fraction(most)) == (high if high is None else Fraction(high))
    least = minimum_total(contract(below_zero, cap, "4"))
    assert (least if least is None else Fraction(least)) == (None if below_zero == "clawback" else 0)


@pytest.mark.parametrize(
    ("due", "before", "paid", "stated"),
    [
        ("700.00", "500.00", "before", {"fee": "500"}),
        (None, "500.00", "before", {"fee": "500"}),  # what never comes is not waited for, and nothing is let go
        (None, "500.00", "7", {"fee": "7"}),
        ("700.00", None, "before", {}),  # what was paid is not known: that is not nothing
        (None, None, "before", {}),
        ("700.00", "-1.00", "before", {}),  # and this nobody can have paid
        ("700.00", "0.01", "before", {}),
    ],
)
def test_after_an_ending_the_next_settlement_has_as_paid_before_what_is_known_of_it(due, before, paid, stated):
    pays = {"unit_price": {"price": "1", "figure": "due", "below_zero": "zero"}}
    plain = file({"fee": line(pays, true_up={"paid": paid, "below_zero": "floor"})}, FIGURES, quantum="1")
    plain["termination"] = {"stop": {"event": {"sv": "ett beslut", "en": "a decision"}, "then": "pay_nothing_more"}}
    why = Bilingual(sv="enligt beslut", en="by decision")
    subject, ended = read(plain), Events(ended=Ended(clause="stop", date="2020-06-30", why=why))
    settled = settle_figures(subject, given(subject, {"due": due, "before": before}), ended)
    assert settled.total == "0"
    assert paid_to_date(settled) == stated


@pytest.mark.parametrize(
    ("below_zero", "due", "before", "now", "after"),
    [
        ("clawback", "-40.00", "0.00", "-40.00", "-40"),
        ("clawback", "100.00", "-40.00", "140.00", "100"),
        ("clawback", "-40.00", "10.00", "-50.00", "-40"),
        ("floor", "-40.00", "0.00", "0.00", "0"),  # nothing was paid, so nothing is let go
        ("floor", "-40.00", "10.00", "0.00", "0"),
        ("carry", "-40.00", "0.00", "0.00", "0"),
        ("carry", "-40.00", "10.00", "0.00", "10"),
        ("floor", "100.00", "-40.00", None, None),
        ("carry", "100.00", "-40.00", None, None),
    ],
)
def test_what_is_stated_as_paid_is_what_the_next_settlement_can_have(below_zero, due, before, now, after):
    found, (step, *_) = steps(below_zero, due, before)
    assert (found.lines[0].amount, paid_to_date(found).get("fee")) == (now, after)
    if now == "0.00":
        assert ("too much" in step.en, "för mycket" in step.sv) == (before != "0.00", before != "0.00")


@pytest.mark.parametrize(("before", "total"), [("-40.00", "140.00"), ("-40.01", None)])
def test_no_more_was_paid_back_than_the_floor_of_the_line(before, total):
    pays = {"unit_price": {"price": "1", "figure": "due", "below_zero": "negative"}}
    terms = line(pays, true_up={"paid": "before", "below_zero": "clawback"}, floor="-40", cap="100")
    subject = read(file({"fee": terms}, FIGURES))
    assert settle(subject, due="100.00", before=before).total == total
    assert maximum(subject)["fee"] == "140.00"


def test_a_line_that_cannot_be_negative_was_never_paid_back():
    subject = contract("clawback", pays={"unit_price": {"price": "1", "figure": "due", "below_zero": "zero"}})
    found = settle(subject, due="100.00", before="-40.00")
    assert (found.total, found.state, paid_to_date(found)) == (None, "referred", {})


@pytest.mark.parametrize(
    ("due", "before", "told"),
    [
        ("-40.00", "0.00", "In all SEK −40 less SEK 0 paid before is SEK −40, which counts as SEK 0."),
        ("0.00", "0.00", "In all SEK 0 less SEK 0 paid before is SEK 0."),
        (
            "-40.00",
            "1.00",
            "In all SEK −40 less SEK 1 paid before is SEK −41, which counts as SEK 0; what was paid too much is let "
            "go.",
        ),
    ],
)
def test_nothing_is_let_go_where_nothing_was_paid(due, before, told):
    _, (step, _) = steps("floor", due, before)
    assert spaced(step.en) == told


def test_a_clause_within_a_sum_can_have_been_paid_back_and_a_floor_above_zero_takes_no_payment_away():
    price = {"unit_price": {"price": "1", "figure": "due", "below_zero": "zero"}}
    negative = {"unit_price": {"price": "1", "figure": "due", "below_zero": "negative"}}
    within = contract("clawback", pays={"sum": [price, negative]})
    assert settle(within, due="100.00", before="-40.00").total == "240.00"
    terms = line(negative, true_up={"paid": "before", "below_zero": "clawback"}, floor="5")
    assert settle(read(file({"fee": terms}, FIGURES)), due="100.00", before="0.00").total == "100.00"


BONUS = {"figure": "due", "points": [{"at": "-10", "pays": "-40"}, {"at": "10", "pays": "100"}]}
MALUS = {"figure": "due", "steps": [{"from": "-10", "pays": "-40"}, {"from": "0", "pays": "30"}]}
BAND = {"figure": "due", "bands": [{"from": "-10", "to": "10", "pays_from": "-40", "pays_to": "100"}]}
LESS = {"fixed": "-40", "when": {"figure": "due", "lt": "0"}}


@pytest.mark.parametrize(
    ("pays", "path"),
    [
        # (due figure, amount now, paid to date) in one settlement after another
        ({"piecewise": BONUS}, [("-10", "-40.00", "-40"), ("0", "70.00", "30"), ("-5", "-35.00", "-5")]),
        ({"bands": BAND}, [("-10", "-40.00", "-40"), ("0", "70.00", "30"), ("-5", "-35.00", "-5")]),
        ({"tiers": MALUS}, [("-4", "-40.00", "-40"), ("0", "70.00", "30"), ("-11", "-30.00", "0")]),
        ({"sum": [{"fixed": "30"}, LESS | {"fixed": "-70"}]}, [("-1", "-40.00", "-40"), ("0", "70.00", "30")]),
        (LESS, [("-1", "-40.00", "-40"), ("-1", "0.00", "-40"), ("0", "40.00", "0")]),
        (
            {"escalated": {"pays": LESS, "rate": "0.10", "every": "year", "periods": "1"}},
            [("-1", "-44.00", "-44"), ("0", "44.00", "0")],
        ),
    ],
)
def test_points_and_steps_below_zero_are_paid_back_and_paid_again(pays, path):
    subject, before = contract("clawback", pays=pays), "0"
    for due, now, after in path:
        found = settle(subject, due=f"{due}.00", before=f"{before}.00")
        assert (found.total, paid_to_date(found)) == (now, {"fee": after})
        before = after


@pytest.mark.parametrize(
    ("pays", "limits", "least"),
    [
        ({"piecewise": BONUS}, {}, "-40"),
        ({"tiers": MALUS}, {"floor": "-15"}, "-15"),
        ({"bands": BAND}, {"floor": "5"}, "0"),
        ({"greater_of": [{"tiers": MALUS}, {"fixed": "0"}]}, {}, "0"),
        ({"lesser_of": [{"tiers": MALUS}, {"fixed": "-50.005"}]}, {}, "-50.01"),  # half up, as the line is rounded
        ({"sum": [{"tiers": MALUS}, LESS]}, {}, "-80"),
        ({"discounted": {"pays": LESS, "rate": "0.25", "every": "year", "periods": "1"}}, {}, "-32"),
        ({"interest": {"pays": LESS, "rate": "0.10", "day_count": "30e_360", "from": "2020-01-01", "to": "2021-01-01",
          "gives": "amount_with_interest"}}, {}, "-44"),
        ({"indexed": {"pays": LESS, "figure": "due", "base": "100"}}, {}, None),  # whatever the index is
    ],
)  # fmt: skip
def test_no_more_can_have_been_paid_back_than_the_line_can_be_due(pays, limits, least):
    """By both routes, and the most of one settlement is its most in all with so much paid back."""
    terms = line(pays, true_up={"paid": "before", "below_zero": "clawback"}) | limits
    plain = file({"fee": terms}, FIGURES)
    for less in ("0.00", "0.01"):
        low = Fraction(least or "-1000000") - Fraction(less)
        values = {"due": "50.00", "before": f"{float(low):.2f}"}
        found = settle(read(plain), **values)
        same_by_both(plain, values, found)
        assert (found.state == "referred") == (less != "0.00" and least is not None)
    plain["payment"]["lines"]["fee"]["true_up"]["paid"] = "0"
    alone = maximum(read(plain))["fee"]
    plain["payment"]["lines"]["fee"]["true_up"]["paid"] = "before"
    most = maximum(read(plain))["fee"]
    assert most == (None if least is None or alone is None else f"{float(Fraction(alone) - Fraction(least)):.2f}")


@pytest.mark.parametrize(("paid", "told"), [("-40", None), ("-40.01", "must be -40 or more; got -40.01.")])
def test_a_decimal_paid_before_can_be_what_was_paid_back(paid, told):
    """The certificate before says −40, so the next contract file can."""
    if told is None:
        assert (
            settle(contract("clawback", paid=paid, pays={"tiers": MALUS}), due="1.00", before="0.00").total == "70.00"
        )
        return
    with pytest.raises(ContractError, match=re.escape(f"payment.lines.fee.true_up.paid {told}")):
        contract("clawback", paid=paid, pays={"tiers": MALUS})
