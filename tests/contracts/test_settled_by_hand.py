"""Contracts of every kind, settled one to five times: the öre that their own sentences give, worked out by hand."""

from fractions import Fraction

import pytest
from contracts.builders import file, given, line, number, read
from contracts.second_route import same_by_both

from effekt.contracts import paid_to_date, settle_figures
from effekt.contracts.events import Disputed, Ended
from effekt.contracts.happened import Events

SEK, WHOLE, YES = number(2, "SEK"), number(0), number(0, "yes/no")
ONE, TWO, FOUR, TWELVE = number(1), number(2), number(4), number(12)
CENTRAL = {"municipality": "0.333", "state": "0.333", "region": "0.334"}
HALVES = {"municipality": "0.5", "state": "0.5"}


def price(figure, price, below_zero="zero", **limits):
    return {"unit_price": {"price": price, "figure": figure, "below_zero": below_zero}} | limits


def up(paid, below_zero, **cap):
    return {"true_up": {"paid": paid, "below_zero": below_zero} | cap}


def interest(day_count, gives, **margin):
    terms = {"pays": price("n", "1000"), "rate": "r", "day_count": day_count, "gives": gives}
    return {"interest": terms | {"from": "2023-12-31", "to": "2024-03-31"} | margin}


LADDER = {
    "people": "people",
    "order": "ladder",
    "per_person": "7500",
    "steps": [{"figure": "m1", "pays": "700"}, {"figure": "m2", "pays": "7000"}, {"figure": "m3", "pays": "2000"}],
}
ANY = {"people": "20", "order": "any", "steps": [{"figure": "x", "pays": "100.10"}, {"figure": "y", "pays": "250"}]}
GATE = {
    "all": [
        {"figure": "x", "ge": "8.5"},
        {"any": [{"figure": "q", "eq": "1"}, {"figure": "y", "lt": "x"}]},
        {"not": {"figure": "x", "gt": "20"}},
    ]
}
JUMPS = [
    {"from": "8.5", "to": "10", "pays_from": "1000", "pays_to": "2000"},
    {"from": "12", "to": "15", "pays_from": "2500", "pays_to": "4000"},
]
SHARE = {"share_of_savings": {"share": "0.40", "figure": "s", "below_zero": "negative"}, "cap": "6200000"}
RETURN = {
    "lesser_of": [
        {"sum": [price("n", "1000"), {"fixed": "-500", "when": {"figure": "q", "eq": "0"}}]},
        {"escalated": {"pays": {"fixed": "3000"}, "rate": "0.08", "every": "year", "periods": "3"}},
    ]
}
DISCOUNTED = {"discounted": {"pays": price("n", "1000"), "rate": "0.04", "every": "year", "periods": "t"}}
MIXED = {
    "rct": number(3), "did": number(3), "k": WHOLE,
    "est": {"derived": {"mix": [["0.80", "rct"], ["0.20", "did"]]}, "digits": 3, "unit": "share"},
    "use": {
        "derived": {"fallback": [{"figure": "rct", "when": "k", "at_least": "30"}, {"figure": "est"}]},
        "digits": 3,
        "unit": "share",
    },
}  # fmt: skip
AT_RISK = [{"at": "0", "pays": "0"}, {"at": "0.12", "pays": "5000000"}]
ROCA = [{"at": "0.052", "pays": "0"}, {"at": "0.40", "pays": "22000000"}, {"at": "0.70", "pays": "27000000"}]
QUALITY = {
    "sav": SEK, "q": TWO, "pct": ONE, "msr": ONE, "ok": YES, "bench": SEK,
    "x": {"derived": {"product": ["sav", "q"]}, "digits": 4, "unit": "SEK"},
    "tenth": {"derived": {"product": ["bench", "0.10"]}, "digits": 2, "unit": "SEK"},
}  # fmt: skip
MSSP = {
    "lesser_of": [{"share_of_savings": {"share": "0.50", "figure": "x", "below_zero": "zero"}}, price("tenth", "1")]
}
MET = {"all": [{"figure": "pct", "ge": "msr"}, {"figure": "ok", "eq": "1"}]}
BIRTHS = {"bands": {"figure": "p", "bands": [{"from": "13.5", "to": "15", "pays_from": "1000", "pays_to": "2000"}]}}
INJURIES = {"bands": {"figure": "i", "bands": [{"from": "23.4", "to": "26", "pays_from": "1000", "pays_to": "2000"}]}}
BALANCE = {"piecewise": {"figure": "x", "points": [{"at": "0", "pays": "-100"}, {"at": "10", "pays": "300"}]}}
PASSED_ON = [
    {"to": {"verifier": "1"}, "up_to": "first"},
    {"to": {"verifier": "0.5", "region": "0.5"}, "up_to": "0.03"},
    {"to": {"provider": "0.2", "verifier": "0.8"}},
]
GUARANTEES = {
    "g": {"guarantor": "state", "beneficiary": "provider", "amount": "300", "share": "0.5", "cap": "100"},
    "h": {"guarantor": "region", "beneficiary": "provider", "amount": "300.10", "share": "0.333"},
}


def rule(reduces, **more):
    return {"reduces": reduces} | more


# name: the lines, the figures, what holds between the lines, and the settlements: values and what each line pays
CASES = {
    # 30 due of 50 paid: 20 is let go, so that 120 − 30 is 90, of which 50 now
    "floor, and a cap on each settlement": (
        {"a": line(price("n", "1"), **up("p", "floor", cap="50"))}, {"n": WHOLE, "p": SEK}, {},
        [("100", "50"), ("30", "0"), ("120", "50"), ("120", "40")],
    ),
    "carry, and a cap on all": (  # 90 is at most 80; 60, 75 and 79.50 are less than was paid
        {"a": line(price("n", "1.5"), cap="80", **up("p", "carry"))}, {"n": WHOLE, "p": SEK}, {},
        [("60", "80"), ("40", "0"), ("50", "0"), ("53", "0")],
    ),
    "the greatest of a fixed amount and a share, cumulative": (
        # 4 000 000.004, then 6.2 of 6.4 million and at most 5, then 3.2
        {"a": line({"greater_of": [{"fixed": "3000000"}, SHARE]}, cap="5000000", **up("p", "clawback"))},
        {"s": SEK, "p": SEK}, {},
        [("-3500000", "3000000"), ("10000000.01", "1000000"), ("16000000", "1000000"), ("8000000", "-1800000")],
    ),
    "caps of a year in proportion, and of the contract by order": (
        # 90 and 60 to 80: 48 and 32, so that c has 20; 3 and 100: 240/103 and 8000/103
        {"a": line(price("n", "3")), "b": line(price("m", "2")), "c": line(price("k", "1"))},
        {"n": WHOLE, "m": WHOLE, "k": WHOLE},
        {"caps": {"y": rule("pro_rata", lines=["a", "b"], amount="80")}, "cap": rule("last_line_first", amount="100")},
        [("30 30 40", "48 32 20"), ("1 50 40", "2.33 77.67 20"), ("-1 10 90", "0 20 80")],
    ),
    "a line below zero leaves room under a cap": (  # 80 − 20 is 20 above 40; then 40 and 40 are 30 above 50
        {"a": line(price("n", "1")), "b": line(price("m", "1", "negative")), "c": line(price("k", "1"))},
        {"n": WHOLE, "m": WHOLE, "k": WHOLE},
        {"caps": {"y": rule("pro_rata", lines=["a", "b"], amount="40")}, "cap": rule("last_line_first", amount="50")},
        [("80 -20 40", "60 -20 10")],
    ),
    "hundreds, halves to the even": (
        {"a": line(price("n", "50")), "b": line(price("m", "50", "negative"))}, {"n": WHOLE, "m": WHOLE},
        {"quantum": "100", "rounding": "half_even"},
        [("1 -1", "0 0"), ("3 -3", "200 -200"), ("5 -5", "200 -200")],
    ),
    "hundreds, halves away from zero": (
        {"a": line(price("n", "50")), "b": line(price("m", "50", "negative"))}, {"n": WHOLE, "m": WHOLE},
        {"quantum": "100"},
        [("1 -1", "100 -100"), ("5 -5", "300 -300")],
    ),
    "bands with a jump and a gap": (  # 1000 + 0.6/1.5 × 1000, 2500 + 1.1/3 × 1500
        {"a": line({"bands": {"figure": "x", "bands": JUMPS}})}, {"x": FOUR}, {},
        [("8.4999", "0"), ("8.5", "1000"), ("9.1", "1400"), ("10", "2000"), ("11.9999", "2000"), ("12", "2500"),
         ("13.1", "3050"), ("15", "4000"), ("-3", "0")],
    ),
    "a fee at risk": (  # 5/6 of five million, and 0.045454545455/0.12 of it
        {"a": line({"piecewise": {"figure": "r", "points": AT_RISK}})},
        {"r": TWELVE}, {"quantum": "1"},
        [("0.1", "4166667"), ("0.045454545455", "1893939"), ("-0.1", "0")],
    ),
    "a ladder with the most of one person, cumulative": (
        # 10 × 700; 4 more take a second step, which adds 6 800 up to 7 500 and a third nothing; 8 400 + 9 × 6 800
        # is 69 600, at most 60 000; nine who took the third step of eight who took the second are referred
        {"a": line({"milestones": LADDER}, cap="60000", **up("p", "carry"))},
        {"people": WHOLE, "m1": WHOLE, "m2": WHOLE, "m3": WHOLE, "p": SEK}, {},
        [("12 10 0 0", "7000"), ("12 10 4 1", "27200"), ("12 12 9 9", "25800"), ("12 12 8 9", "–")],
    ),
    "milestones in any order": (
        {"a": line({"milestones": ANY}, HALVES)}, {"x": WHOLE, "y": WHOLE}, {},
        [("7 9", "2950.70"), ("7 21", "–"), ("-1 2", "–"), ("1 0", "100.10")],
    ),
    "an index after the cap and before it": (  # 5 000 × 352.6/320.5, 3 000 × 300/320.5
        {"a": line({"indexed": {"pays": price("n", "1000", cap="5000"), "figure": "cpi", "base": "320.5"}}),
         "b": line({"indexed": {"pays": price("n", "1000"), "figure": "cpi", "base": "320.5"}}, cap="5000")},
        {"n": WHOLE, "cpi": ONE}, {},
        [("7 352.6", "5500.78 5000"), ("3 300", "2808.11 2808.11"), ("3 0", "– –")],
    ),
    "an index over an index, below zero": (  # 100 × 1.1; −100 × 1.1 at least −50; −60 × 0.75
        {"a": line({"indexed": {"pays": BALANCE, "figure": "i", "base": "j"}}, floor="-50")},
        {"x": ONE, "i": TWO, "j": TWO}, {},
        [("5 110 100", "110"), ("0 110 100", "-50"), ("1 90 120", "-45")],
    ),
    "interest over a leap day by four counts of days": (
        # 91 days of 365: 93.493; with 8 per cent more, 91 of 360: 297.0139; a quarter of a year of 360 twice
        {"a": line(interest("act_365", "amount_with_interest")),
         "b": line(interest("act_360", "interest", margin="0.08")),
         "c": line(interest("30e_360", "interest")), "d": line(interest("30_360", "interest"))},
        {"n": WHOLE, "r": FOUR}, {},
        [("10 0.0375", "10093.49 297.01 93.75 93.75"), ("10 -0.01", "– 176.94 – –")],
    ),
    "discounted, then raised": (  # 3 000 / 1.0816 × 1.030301 is 2 857.713; 3 090.903
        {"a": line({"escalated": {"pays": DISCOUNTED, "rate": "0.01", "every": "quarter", "periods": "3"}})},
        {"n": WHOLE, "t": WHOLE}, {},
        [("3 2", "2857.71"), ("3 0", "3090.90"), ("3 -1", "–")],
    ),
    "a condition with what is not known yet": (
        {"a": line({"fixed": "100"}, when=GATE, floor="10")}, {"x": ONE, "y": ONE, "q": YES}, {},
        [("8.5 8.5 0", "0"), ("8.5 8.4 0", "100"), ("20.1 0 1", "0"), ("20 ? 1", "100"), ("8.4 ? ?", "0"),
         ("9 ? 0", "–")],
    ),
    "an investor's return at most, cumulative": (  # 3 000 × 1.259712 is 3 779.136
        {"a": line(RETURN, floor="0", **up("p", "clawback"))}, {"n": WHOLE, "q": YES, "p": SEK}, {},
        [("2 0", "1500"), ("5 1", "2279.14"), ("0 0", "-3779.14"), ("1 1", "1000")],
    ),
    "a fallback on a mix of two estimates": (  # half of 0.40 − 0.052 above 0.052; 0.188/0.348 of 22 million
        {"a": line({"piecewise": {"figure": "use", "points": ROCA}})}, MIXED, {},
        [("-0.05 0.10 10", "0"), ("0.226 0.5 30", "11000000"), ("0.2 0.4 29", "11885057.47")],
    ),
    "shared savings by quality, at most a tenth": (
        {"a": line(MSSP, when=MET)}, QUALITY, {},
        [("3800000 0.9 3.8 3.9 1 100000000", "0"), ("3900000 0.9 3.9 3.9 1 100000000", "1755000"),
         ("39000000 0.9 3.9 3.9 1 100000000", "10000000"), ("3900000 0.9 3.9 3.9 0 100000000", "0")],
    ),
    "a waiver is netted": (  # 4 000/3 and 1 500, less 1 000 from the last
        {"p": line(BIRTHS), "i": line(INJURIES), "w": line(price("w", "-1", "negative"))},
        {"p": ONE, "i": ONE, "w": SEK},
        {"netting": rule("last_line_first", lines=["p", "i", "w"], below_zero="zero")},
        [("14 -3 999999", "0 0 0"), ("14 24.7 1000", "1333.33 500 0"), ("15 26 0", "2000 2000 0")],
    ),
    "netted in proportion, and paid back": (  # 110 of 150: 11/15 of each; −40 of −140: 5/14 and 9/14 of it
        {name: line(price(name, "1", "negative")) for name in "abc"}, dict.fromkeys("abc", TWO),
        {"netting": rule("pro_rata", lines=["a", "b", "c"], below_zero="negative")},
        [("100 50 -40", "73.33 36.67 0"), ("100 -50 -90", "0 -14.29 -25.71"), ("10 0 -10", "0 0 0")],
    ),
    "netted by order, and nothing below zero": (
        {name: line(price(name, "1", "negative")) for name in "abc"}, dict.fromkeys("abc", TWO),
        {"netting": rule("last_line_first", lines=["a", "b", "c"], below_zero="zero")},
        [("100 50 -60", "90 0 0"), ("100 -50 -90", "0 0 0")],
    ),
    "netted over time under a cap on each settlement": (
        # 30 that wait of a bear 30 of the 40 that b got too much, and no more is set off: 50 + 40 is 80 + 10 in all
        {"a": line(price("n", "1"), **up("p", "clawback", cap="50")),
         "b": line(price("m", "1"), **up("q", "clawback"))},
        {"n": WHOLE, "m": WHOLE, "p": SEK, "q": SEK},
        {"netting": rule("last_line_first", lines=["a", "b"], below_zero="negative")},
        [("80 100", "50 100"), ("80 60", "0 -10"), ("80 60", "0 0"), ("80 10", "0 -50")],
    ),
    "floors of a year and of the contract": (  # −30 + 70 is 40, and 15 more make 60
        {"a": line(price("n", "1", "negative")), "b": line(price("m", "1")), "c": line(price("k", "1"))},
        {"n": TWO, "m": TWO, "k": TWO},
        {"floors": {"y": {"lines": ["a", "b"], "amount": "40", "raises": "b"}},
         "floor": {"amount": "60", "raises": "c"}},
        [("-30 10 5", "-30 70 20"), ("100 10 5", "100 10 5")],
    ),
    "a floor in each settlement beside what is paid back": (
        {"a": line(price("n", "1"), **up("p", "clawback")), "b": line({"fixed": "0"})}, {"n": WHOLE, "p": SEK},
        {"floor": {"amount": "10", "raises": "b"}},
        [("100", "100 0"), ("40", "-60 70")],
    ),
    "the contract's cap in each settlement": (  # what it cuts is paid later
        {"a": line(price("n", "1"), **up("p", "carry", cap="60")), "b": line(price("m", "1"), **up("q", "carry"))},
        {"n": WHOLE, "m": WHOLE, "p": SEK, "q": SEK}, {"cap": rule("last_line_first", amount="90")},
        [("100 100", "60 30"), ("100 100", "40 50"), ("90 130", "0 50"), ("120 130", "20 0")],
    ),
    "a cap on each settlement in proportion": (
        # 7/15 of 100 and of 50; 7/8 of 53.33 and of 26.67, 46.66375 and 23.33625: the öre over to the greater remainder
        {"a": line(price("n", "1"), **up("p", "clawback")), "b": line(price("m", "1"), **up("q", "carry"))},
        {"n": WHOLE, "m": WHOLE, "p": SEK, "q": SEK}, {"caps": {"y": rule("pro_rata", lines=["a", "b"], amount="70")}},
        [("100 50", "46.67 23.33"), ("100 50", "46.66 23.34"), ("60 50", "-33.33 3.33"), ("60 300", "0 70"),
         ("20 300", "-40 110")],
    ),
    "what was paid before the contract": (
        {"a": line(price("n", "10"), **up("35.50", "carry", cap="40"))}, {"n": WHOLE}, {},
        [("5", "14.50"), ("3", "0"), ("9", "40")],
    ),
    "the greatest waits for what is not known": (  # though at most 80 of it counts
        {"a": line({"greater_of": [{"fixed": "100"}, price("n", "1", cap="80")]})}, {"n": WHOLE}, {},
        [("500", "100"), ("?", "–")],
    ),
}  # fmt: skip


def settled(lines, figures, payment, values, paid):
    """One settlement, with what those before it paid as paid before; both routes give the same."""
    free = [name for name, term in figures.items() if "derived" not in term and name not in paid]
    known = dict(zip(free, (None if one == "?" else one for one in values.split()), strict=True)) | paid
    plain = file(lines, figures, payment.get("quantum", "0.01"), payment.get("rounding", "half_up"))
    plain["payment"] |= payment
    subject = read(plain)
    found = settle_figures(subject, given(subject, known))
    same_by_both(plain, known, found)
    return found


@pytest.mark.parametrize("name", CASES)
def test_each_line_pays_what_its_sentence_gives(name):
    lines, figures, payment, settlements = CASES[name]
    before = {id: term["true_up"]["paid"] for id, term in lines.items() if "true_up" in term}
    paid = {figure: "0" for figure in before.values() if figure in figures}
    for values, expected in settlements:
        found = settled(lines, figures, payment, values, paid)
        amounts = [None if one == "–" else Fraction(one) for one in expected.split()]
        assert [one.amount and Fraction(one.amount) for one in found.lines] == amounts, values
        paid |= {before[id]: total for id, total in paid_to_date(found).items() if before[id] in figures}


@pytest.mark.parametrize(
    ("payers", "quantum", "path"),
    [
        # 1.665, 1.665 and 1.67 öre: one each, and one more for 0.67 and the first 0.665; of 4 öre in all 1, 1 and 2,
        # of 6 two each, less what each has paid before
        (CENTRAL, "0.01", [("5", "0.02 0.01 0.02"), ("4", "-0.01 0.00 0.00"), ("6", "0.01 0.01 0.00")]),
        # 66.6 and 133.4 of 200 in hundreds: one for the second, and one for the greater remainder, 0.666; of 100 in all
        # none and one, so that the first gets its hundred back
        ({"municipality": "0.333", "state": "0.667"}, "100", [("20000", "100.00 100.00"), ("10000", "-100.00 0.00")]),
        # 0.75, 0.75 and 1.5: the two greatest remainders
        ({"state": "0.25", "region": "0.25", "municipality": "0.5"}, "0.01", [("3", "0.01 0.01 0.01")]),
    ],
)
def test_each_payer_pays_whole_parts_of_each_settlement(payers, quantum, path):
    lines = {"a": line(price("n", "0.01"), payers, **up("p", "clawback"))}
    paid = "0"
    for values, expected in path:
        found = settled(lines, {"n": WHOLE, "p": SEK}, {"quantum": quantum}, values, {"p": paid})
        shares = [Fraction(one.amount) for one in found.lines[0].shares]
        assert shares == [Fraction(one) for one in expected.split()]
        paid = paid_to_date(found)["a"]


THIRDS = {"region": "0.3334", "state": "0.3333", "municipality": "0.3333"}
QUARTER = {"state": "0.25", "municipality": "0.75"}
NEGATIVE = {"netting": rule("pro_rata", lines=["a", "b"], below_zero="negative")}

# name: the lines, the figures, what holds between them, and the settlements: values, and of each line its parts
PARTS = {
    "paid back, thirds": (  # 77.70, 101.01, 69.93 and 108.78 in all: 25.88, 25.87, 25.95; 33.64, 33.63, 33.74 ...
        {"a": line(price("n", "7.77"), CENTRAL, **up("p", "clawback"))}, {"n": WHOLE, "p": SEK}, {},
        [("10", "25.88 25.87 25.95"), ("13", "7.76 7.76 7.79"), ("9", "-10.35 -10.34 -10.39"),
         ("14", "12.94 12.93 12.98")],
    ),
    "deducted later, halves, at most 50 each time": (  # 45.45, 95.45 and 121.20: the odd öre is the first one's once
        {"a": line(price("n", "1.01"), HALVES, **up("p", "carry", cap="50"))}, {"n": WHOLE, "p": SEK}, {},
        [("45", "22.73 22.72"), ("101", "25 25"), ("60", "0 0"), ("120", "12.87 12.88")],
    ),
    "let go, a quarter": (  # 8.55: 2.1375; then 5.70 counts as paid: 1.425, and 7.41: 1.8525
        {"a": line(price("n", "0.57"), QUARTER, **up("p", "floor"))}, {"n": WHOLE, "p": SEK}, {},
        [("15", "2.14 6.41"), ("10", "0 0"), ("13", "0.42 1.29"), ("20", "1.00 2.99")],
    ),
    "netted and paid back": (  # 44.40 and 41; 11.10 of the 20.50 too much; −33.30 and 41; what is due is −11.10 − 51.25
        {"a": line(price("n", "1.11"), THIRDS, **up("p", "clawback")),
         "b": line(price("m", "2.05"), THIRDS, **up("q", "clawback"))},
        {"n": WHOLE, "m": WHOLE, "p": SEK, "q": SEK}, NEGATIVE,
        [("40 20", "14.80 14.80 14.80 13.67 13.67 13.66"), ("50 10", "0 0 0 -3.13 -3.14 -3.13"),
         ("20 30", "0 0 0 2.56 2.57 2.57"), ("10 5", "-11.10 -11.10 -11.10 -9.68 -9.68 -9.69")],
    ),
    "lowered in proportion to a cap on all": (
        {"a": line(price("n", "3.33"), HALVES, **up("p", "clawback")),
         "b": line(price("m", "1.01"), CENTRAL, **up("q", "carry"))},
        {"n": WHOLE, "m": WHOLE, "p": SEK, "q": SEK}, {"cap": rule("pro_rata", amount="100")},
        [("40 50", "36.26 36.25 9.16 9.15 9.18"), ("40 50", "30.34 30.35 7.66 7.66 7.69"),
         ("25 90", "-24.97 -24.98 13.45 13.46 13.49"), ("30 200", "6.51 6.52 28.96 28.96 29.05")],
    ),
    "a floor raises a line that is shared by itself": (  # 20.01 less −19.98 is 39.99
        {"a": line(price("n", "9.99"), QUARTER, **up("p", "clawback")), "b": line({"fixed": "0.01"}, HALVES)},
        {"n": WHOLE, "p": SEK}, {"floor": {"amount": "20.01", "raises": "b"}},
        [("3", "7.49 22.48 0.01 0"), ("1", "-4.99 -14.99 20 19.99"), ("2", "2.50 7.49 5.01 5.01")],
    ),
    "kronor, halves to the even, below zero": (  # 2, −2, 4 and −5 in all: 1 0 1, −1 0 −1, 1 1 2 and −2 −1 −2
        {"a": line(price("n", "0.5", "negative"), CENTRAL, **up("p", "clawback"))}, {"n": WHOLE, "p": SEK},
        {"quantum": "1", "rounding": "half_even"},
        [("5", "1 0 1"), ("-3", "-2 0 -2"), ("7", "2 1 3"), ("-10", "-3 -2 -4")],
    ),
    "passed on and guaranteed, each time by itself": (  # 10.01 and 30.03: 3.33333 and 3.34334, 9.99999 and 10.03002
        {"a": line(price("n", "10.01"), CENTRAL)}, {"n": WHOLE},
        {"waterfall": {"from": "provider", "steps": [{"to": {"verifier": "1"}, "up_to": "15"},
                                                     {"to": {"verifier": "0.333", "region": "0.667"}}]},
         "guarantees": {"g": {"guarantor": "state", "beneficiary": "verifier", "amount": "30", "share": "0.333",
                              "cap": "9"}}},
        # the verifier gets 10.01, of 30.03 15 and 5.00499, and nothing; a third of the rest is at most 9
        [("1", "3.33 3.33 3.35 10.01 0 6.66"), ("3", "10 10 10.03 20 10.03 3.33"), ("-2", "0 0 0 0 0 9")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_each_payer_pays_what_the_sentences_give(name):
    lines, figures, payment, settlements = PARTS[name]
    before = {id: term["true_up"]["paid"] for id, term in lines.items() if "true_up" in term}
    paid = dict.fromkeys(before.values(), "0")
    for values, expected in settlements:
        found = settled(lines, figures, payment, values, paid)
        parts = [share.amount for one in found.lines for share in one.shares]
        parts += [] if found.distribution is None else [one.amount for one in found.distribution.receipts]
        parts += [one.amount for one in found.guarantees]
        assert [Fraction(one) for one in parts] == [Fraction(one) for one in expected.split()], values
        paid |= {before[id]: total for id, total in paid_to_date(found).items()}


def test_what_was_disputed_or_ended_is_borne_as_the_whole_is():
    """Of 33.30 the state admits 18.87 and 22.20 are decided; the contract ends, and 12.21 is paid back."""
    plain = file({"a": line(price("n", "1.11"), HALVES, **up("p", "clawback"))}, {"n": WHOLE, "p": SEK})
    why = {"sv": "x", "en": "x"}
    plain["disputes"] = {"days": 30, "undisputed_paid": True, "decided_by": why}
    plain["termination"] = {"stop": {"event": why, "then": "pay_nothing_more"}}
    subject = read(plain)
    open_ = Events(disputed=(("state", Disputed(figures={"n": "17"}, date="2020-02-01", why=why)),))
    ended = Events(ended=Ended(clause="stop", date="2020-01-05", why=why))
    parts, paid = [], "0"
    for n, events in (("30", open_), ("20", None), ("9", ended)):
        found = settle_figures(subject, given(subject, {"n": n, "p": paid}), events)
        parts.append([share.amount for share in found.lines[0].shares])
        paid = paid_to_date(found)["a"]
    # 18.87, 22.20 and 9.99 in all: 9.44 and 9.43, 11.10 each, and 5.00 and 4.99
    assert parts == [["9.44", "9.43"], ["1.66", "1.67"], ["-6.10", "-6.11"]]


@pytest.mark.parametrize(
    ("values", "verifier", "region", "provider"),
    [
        # 10.04: 7.01 of 7.005, 0.02 and 0.01 of three öre, and 2.40 and 0.60 of the rest
        ("10 4 7.005", "9.43", "0.01", "0.60"),
        ("-10 4 7.005", "0.00", "0.00", "0.00"),  # a negative sum is not passed on
        ("1 4 -3", "0.83", "0.01", "0.20"),  # nothing by the first step; 0.808 and 0.202 of 1.01
    ],
)
def test_a_sum_is_passed_on_in_whole_parts_and_in_order(values, verifier, region, provider):
    lines = {"a": line(price("n", "1", "negative")), "b": line(price("m", "0.01"))}
    figures = {"n": TWO, "m": WHOLE, "first": number(3, "SEK")}
    found = settled(lines, figures, {"waterfall": {"from": "provider", "steps": PASSED_ON}}, values, {})
    got = {one.party: one.amount for one in found.distribution.receipts}
    assert got == {"verifier": verifier, "region": region, "provider": provider}


@pytest.mark.parametrize(
    ("n", "g", "h"),
    [
        ("100.01", "100.00", "66.63"),  # half of 199.99 is 99.995; 0.333 × 200.09
        ("-50", "100.00", "99.93"),  # what is paid back is not borne: half of 300 at most 100; 0.333 × 300.10
        ("500", "0.00", "0.00"),
    ],
)
def test_guarantors_bear_their_part_of_what_is_lacking(n, g, h):
    lines = {"a": line(price("n", "1", "negative"))}
    found = settled(lines, {"n": TWO}, {"guarantees": GUARANTEES}, n, {})
    assert [one.amount for one in found.guarantees] == [g, h]
