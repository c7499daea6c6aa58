"""Each clause: what it pays at and around its edges, and how it reads."""

import pytest
from contracts.builders import contract, file, line, number, paid, read, settle

from effekt.contracts import line_terms, maximum, maximum_total, minimum_total

X = {"x": number(4)}
TIERS = {"tiers": {"figure": "x", "steps": [{"from": "8.5", "pays": "100"}, {"from": "10", "pays": "300"}]}}
BANDS = {
    "bands": {
        "figure": "x",
        "bands": [
            {"from": "10", "to": "20", "pays_from": "100", "pays_to": "200"},
            {"from": "20.0", "to": "30", "pays_from": "250", "pays_to": "150"},
            {"from": "40", "to": "50", "pays_from": "1000", "pays_to": "1003"},
        ],
    }
}
PIECEWISE = {
    "piecewise": {
        "figure": "x",
        "points": [{"at": "-1", "pays": "10"}, {"at": "0", "pays": "0"}, {"at": "3", "pays": "1"}],
    }
}


def _price(price, below_zero="zero", figure="x"):
    return {"unit_price": {"price": price, "figure": figure, "below_zero": below_zero}}


def _share(share, below_zero="zero", figure="x"):
    return {"share_of_savings": {"share": share, "figure": figure, "below_zero": below_zero}}


@pytest.mark.parametrize(
    ("pays", "x", "amount"),
    [
        ({"fixed": "3000000"}, "0", "3000000.00"),
        ({"fixed": "-12.345"}, "0", "-12.35"),
        (_price("15.12"), "41070", "620978.40"),
        (_price("15.12"), "-1", "0.00"),
        (_price("15.12", "negative"), "-1", "-15.12"),
        (_price("-2"), "3", "0.00"),
        (_price("-2", "negative"), "3", "-6.00"),
        (_share("0.40"), "10000000", "4000000.00"),
        (_share("0.40"), "-10", "0.00"),
        (_share("0.40", "negative"), "-10", "-4.00"),
        (TIERS, "8.4999", "0.00"),
        (TIERS, "8.5", "100.00"),
        (TIERS, "9.9999", "100.00"),
        (TIERS, "10", "300.00"),
        (TIERS, "1000", "300.00"),
        (BANDS, "9.9999", "0.00"),
        (BANDS, "10", "100.00"),
        (BANDS, "15", "150.00"),
        (BANDS, "19.9999", "200.00"),
        (BANDS, "20", "250.00"),
        (BANDS, "25", "200.00"),
        (BANDS, "30", "150.00"),
        (BANDS, "39", "150.00"),
        (BANDS, "40", "1000.00"),
        (BANDS, "50", "1003.00"),
        (BANDS, "51", "1003.00"),
        (PIECEWISE, "-2", "10.00"),
        (PIECEWISE, "-1", "10.00"),
        (PIECEWISE, "-0.5", "5.00"),
        (PIECEWISE, "0", "0.00"),
        (PIECEWISE, "1", "0.33"),
        (PIECEWISE, "3", "1.00"),
        (PIECEWISE, "4", "1.00"),
        ({"greater_of": [{"fixed": "5"}, _price("1")]}, "7", "7.00"),
        ({"lesser_of": [{"fixed": "5"}, _price("1")]}, "7", "5.00"),
        ({"sum": [{"fixed": "5"}, _price("1"), TIERS]}, "9", "114.00"),
        (_price("1") | {"cap": "5"}, "7", "5.00"),
        (_price("1", "negative") | {"floor": "-5"}, "-7", "-5.00"),
        (_price("1") | {"cap": "5", "floor": "5"}, "1", "5.00"),
        ({"fixed": "9", "floor": "3", "when": {"figure": "x", "gt": "7"}}, "7", "0.00"),
        ({"fixed": "9", "floor": "3", "when": {"figure": "x", "ge": "7"}}, "7", "9.00"),
    ],
)
def test_what_a_clause_pays(pays, x, amount):
    assert paid(pays, X, values={"x": x}) == amount


def test_a_clause_is_capped_before_the_line_and_rounding_comes_once_at_the_end():
    pays = {"sum": [_price("0.005") | {"cap": "2"}, _price("0.005")]}

    assert paid(pays, X, values={"x": "1"}) == "0.01"
    assert paid(pays, X, values={"x": "1000"}) == "7.00"
    assert paid(pays, X, values={"x": "1000"}, cap="6.50") == "6.50"


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [("ge", 0, 1, 1), ("gt", 0, 0, 1), ("le", 1, 1, 0), ("lt", 1, 0, 0), ("eq", 0, 1, 0)],
)
def test_comparisons_are_exact_and_as_written(operator, below, at, above):
    for right in ("0.12", "y"):
        pays = {"fixed": "1", "when": {"figure": "x", operator: right}}
        for x, expected in (("0.1199", below), ("0.12", at), ("0.1201", above)):
            assert paid(pays, X | {"y": number(2)}, values={"x": x, "y": "0.12"}, quantum="1") == str(expected)


SENTENCES = [
    ({"fixed": "3000000"}, "ett fast belopp om 3 000 000 kr", "a fixed amount of SEK 3,000,000"),
    (
        _price("15.12"),
        "15,12 kr gånger x (ett negativt belopp räknas som 0 kr)",
        "SEK 15.12 times x (a negative amount counts as SEK 0)",
    ),
    (
        _share("0.40", "negative", "savings"),
        "40 procent av besparingen (ett negativt belopp räknas som negativt); är radens belopp negativt betalas det "
        "tillbaka; inget i raden begränsar hur lågt dess belopp kan bli",
        "40 per cent of the saving (a negative amount counts as negative); if the line's amount is negative it is paid "
        "back; nothing in the line limits how low its amount can be",
    ),
    (
        TIERS,
        "ett belopp som bestäms av x: 0 kr under 8,5; 100 kr från och med 8,5; 300 kr från och med 10",
        "an amount set by x: SEK 0 below 8.5; SEK 100 from 8.5; SEK 300 from 10",
    ),
    (
        BANDS,
        "ett belopp som bestäms av x: 0 kr under 10; från och med 10 till 20 linjärt från 100 kr till 200 kr; "
        "från och med 20,0 till 30 linjärt från 250 kr till 150 kr; 150 kr från och med 30; "
        "från och med 40 till 50 linjärt från 1 000 kr till 1 003 kr; 1 003 kr från och med 50",
        "an amount set by x: SEK 0 below 10; from 10 up to 20 linearly from SEK 100 to SEK 200; "
        "from 20.0 up to 30 linearly from SEK 250 to SEK 150; SEK 150 from 30; "
        "from 40 up to 50 linearly from SEK 1,000 to SEK 1,003; SEK 1,003 from 50",
    ),
    (
        PIECEWISE,
        "ett belopp som bestäms av x: 10 kr vid −1 och därunder; 0 kr vid 0; 1 kr vid 3 och däröver; "
        "linjärt däremellan",
        "an amount set by x: SEK 10 at −1 and below; SEK 0 at 0; SEK 1 at 3 and above; linear in between",
    ),
    (
        {"greater_of": [{"fixed": "1"}, {"lesser_of": [{"fixed": "2"}, {"fixed": "3", "cap": "2"}]}], "cap": "9"},
        "[det högsta av (1) ett fast belopp om 1 kr; (2) det lägsta av (2.1) ett fast belopp om 2 kr; "
        "(2.2) ett fast belopp om 3 kr, högst 2 kr], högst 9 kr",
        "[the greatest of (1) a fixed amount of SEK 1; (2) the least of (2.1) a fixed amount of SEK 2; "
        "(2.2) a fixed amount of SEK 3, at most SEK 2], at most SEK 9",
    ),
    (
        {
            "sum": [{"fixed": "1"}, {"fixed": "2", "floor": "1", "when": {"figure": "delivered", "eq": "1"}}],
            "when": {"all": [{"figure": "x", "lt": "2"}, {"any": [{"not": {"figure": "x", "gt": "savings"}}]}]},
        },
        "[summan av (1) ett fast belopp om 1 kr; (2) ett fast belopp om 2 kr, lägst 1 kr, om svaret på delivered är "
        "ja, annars 0 kr], om x är mindre än 2 och ((det inte gäller att x är större än besparingen)), annars 0 kr",
        "[the sum of (1) a fixed amount of SEK 1; (2) a fixed amount of SEK 2, at least SEK 1, if the answer to "
        "delivered is yes, otherwise SEK 0], if x is below 2 and ((it is not the case that x is above the saving)), "
        "otherwise SEK 0",
    ),
    (
        {"fixed": "1", "when": {"not": {"all": [{"figure": "x", "ge": "1"}, {"figure": "savings", "ge": "2"}]}}},
        "ett fast belopp om 1 kr, om det inte gäller att (x är minst 1 och besparingen är minst 2 kr), annars 0 kr",
        "a fixed amount of SEK 1, if it is not the case that (x is at least 1 and the saving is at least SEK 2), "
        "otherwise SEK 0",
    ),
    (
        {"fixed": "1", "when": {"figure": "delivered", "ge": "1"}},
        "ett fast belopp om 1 kr, om svaret på delivered är minst 1, annars 0 kr",
        "a fixed amount of SEK 1, if the answer to delivered is at least 1, otherwise SEK 0",
    ),
]
NAMED = X | {
    "savings": number(0, "SEK") | {"label": {"sv": "besparingen", "en": "the saving"}},
    "delivered": number(0, "yes/no"),
}


def test_what_becomes_of_a_negative_amount_is_said_where_it_is_known():
    """Paid back from a line of its own, netted among several, and nothing where no amount can be negative."""
    fall = _share("0.40", "negative", "savings")
    netting = {"lines": ["a", "b"], "reduces": "pro_rata", "below_zero": "zero"}
    netted = line_terms(contract({"a": line(fall), "b": line({"fixed": "5"})}, NAMED))
    plain = file({"a": line(fall), "b": line({"fixed": "5"})}, NAMED)
    plain["payment"]["netting"] = netting
    among = line_terms(read(plain))
    endless = "; nothing in the line limits how low its amount can be."
    assert netted["a"].en.endswith(f"; if the line's amount is negative it is paid back{endless}")
    assert among["a"].en.endswith(f"; if the line's amount is negative it is netted against the other lines{endless}")
    assert among["a"].sv.endswith(
        "; är radens belopp negativt kvittas det mot de andra raderna; inget i raden begränsar hur lågt dess belopp "
        "kan bli."
    )
    bounded = line_terms(contract({"a": line(fall, floor="-5")}, NAMED))["a"]
    assert bounded.en.endswith("; if the line's amount is negative it is paid back.")
    paid = {"paid": number(2, "SEK")}
    for below_zero, told in (("clawback", True), ("carry", False), ("floor", False)):
        summed = line(fall, true_up={"paid": "paid", "below_zero": below_zero})
        assert line_terms(contract({"a": summed}, NAMED | paid))["a"].en.endswith(endless) is told
    floored = line_terms(contract({"a": line(fall, floor="0")}, NAMED))["a"]
    for sentence in (floored.en, among["b"].en):
        assert "is negative it" not in sentence


@pytest.mark.parametrize(("pays", "swedish", "english"), SENTENCES)
def test_terms_read_as_a_contract_in_both_languages(pays, swedish, english):
    terms = line_terms(contract({"fee": line(pays)}, NAMED))["fee"]

    assert _plain_spaces(terms.sv) == f"Exempelkommun betalar Utföraren AB {swedish}."
    assert _plain_spaces(terms.en) == f"Exempelkommun pays Utföraren AB {english}."


def test_a_line_with_several_payers_names_their_shares():
    payers = {"municipality": "0.625", "state": "0.375"}
    terms = line_terms(contract({"fee": line({"fixed": "8"}, payers=payers, cap="8")}))["fee"]

    assert _plain_spaces(terms.sv) == (
        "Exempelkommun (62,5 procent) och Staten (37,5 procent) betalar Utföraren AB ett fast belopp om 8 kr, "
        "högst 8 kr."
    )
    assert _plain_spaces(terms.en) == (
        "Exempelkommun (62.5 per cent) and Staten (37.5 per cent) pay Utföraren AB a fixed amount of SEK 8, "
        "at most SEK 8."
    )


STEPS = [
    ({"fixed": "5"}, "0", "Det fasta beloppet är 5 kr.", "The fixed amount is SEK 5."),
    (
        _price("15.12"),
        "41070",
        "15,12 kr gånger x, som är 41 070,0000, är 620 978,40 kr.",
        "SEK 15.12 times x, which is 41,070.0000, is SEK 620,978.40.",
    ),
    (
        _price("15.12"),
        "-1",
        "15,12 kr gånger x, som är −1,0000, är −15,12 kr, vilket räknas som 0 kr.",
        "SEK 15.12 times x, which is −1.0000, is SEK −15.12, which counts as SEK 0.",
    ),
    (
        _share("0.40", "zero", "savings"),
        "0",
        "Andelen 0,40 av besparingen, som är 10 000 000 kr, är 4 000 000 kr.",
        "The share 0.40 of the saving, which is SEK 10,000,000, is SEK 4,000,000.",
    ),
    (
        TIERS,
        "8.4999",
        "När x är 8,4999, under det första steget 8,5, betalas 0 kr.",
        "With x at 8.4999, below the first step 8.5, SEK 0 is paid.",
    ),
    (
        TIERS,
        "10",
        "När x är 10,0000 nås steget från och med 10, som ger 300 kr.",
        "With x at 10.0000 the step from 10 is reached, which pays SEK 300.",
    ),
    (
        BANDS,
        "1",
        "När x är 1,0000, under det första bandet från 10, betalas 0 kr.",
        "With x at 1.0000, below the first band from 10, SEK 0 is paid.",
    ),
    (
        BANDS,
        "41",
        "När x är 41,0000, mellan 40 och 50, betalas 1 000 kr + (41,0000 − 40) / (50 − 40) × (1 003 kr − 1 000 kr), "
        "vilket är 1 000,30 kr.",
        "With x at 41.0000, between 40 and 50, SEK 1,000 + (41.0000 − 40) / (50 − 40) × (SEK 1,003 − SEK 1,000) is "
        "paid, which is SEK 1,000.30.",
    ),
    (
        BANDS,
        "35",
        "När x är 35,0000 gäller beloppet vid 30, som är 150 kr.",
        "With x at 35.0000 the amount at 30 applies, which is SEK 150.",
    ),
    (
        BANDS,
        "50",
        "När x är 50,0000 gäller beloppet vid 50, som är 1 003 kr.",
        "With x at 50.0000 the amount at 50 applies, which is SEK 1,003.",
    ),
    (
        PIECEWISE,
        "0",
        "När x är 0,0000, mellan 0 och 3, betalas 0 kr + (0,0000 − 0) / (3 − 0) × (1 kr − 0 kr), vilket är 0 kr.",
        "With x at 0.0000, between 0 and 3, SEK 0 + (0.0000 − 0) / (3 − 0) × (SEK 1 − SEK 0) is paid, which is SEK 0.",
    ),
    (
        PIECEWISE,
        "1",
        "När x är 1,0000, mellan 0 och 3, betalas 0 kr + (1,0000 − 0) / (3 − 0) × (1 kr − 0 kr), "
        "vilket är cirka 0,33 kr.",
        "With x at 1.0000, between 0 and 3, SEK 0 + (1.0000 − 0) / (3 − 0) × (SEK 1 − SEK 0) is paid, "
        "which is about SEK 0.33.",
    ),
    (
        PIECEWISE,
        "-0.5",
        "När x är −0,5000, mellan −1 och 0, betalas 10 kr + (−0,5000 − (−1)) / (0 − (−1)) × (0 kr − 10 kr), "
        "vilket är 5 kr.",
        "With x at −0.5000, between −1 and 0, SEK 10 + (−0.5000 − (−1)) / (0 − (−1)) × (SEK 0 − SEK 10) is paid, "
        "which is SEK 5.",
    ),
    (
        PIECEWISE,
        "-5",
        "När x är −5,0000 gäller beloppet vid −1, som är 10 kr.",
        "With x at −5.0000 the amount at −1 applies, which is SEK 10.",
    ),
]


@pytest.mark.parametrize(("pays", "x", "swedish", "english"), STEPS)
def test_the_first_step_tells_the_arithmetic_with_its_values(pays, x, swedish, english):
    step = settle(contract({"fee": line(pays)}, NAMED), x=x, savings="10000000", delivered="1").lines[0].steps[0]

    assert (_plain_spaces(step.sv), _plain_spaces(step.en)) == (swedish, english)
    assert step.rule == next(iter(pays))


def test_the_steps_of_a_line_come_in_the_order_they_are_applied():
    pays = {"greater_of": [{"fixed": "4", "cap": "3"}, _price("1") | {"floor": "2.5"}]}
    when = {"any": [{"figure": "delivered", "eq": "1"}, {"figure": "x", "gt": "9"}]}
    shares = {"municipality": "0.80", "state": "0.20"}
    subject = contract({"fee": line(pays, shares, when=when, cap="5", floor="1")}, NAMED, quantum="0.05")

    steps = settle(subject, x="1.03", savings="0", delivered="1").lines[0].steps

    assert [(step.rule, _plain_spaces(step.sv), step.value) for step in steps] == [
        (
            "when",
            "Villkoret att svaret på delivered är ja eller x är större än 9 är uppfyllt: svaret på delivered är ja "
            "och x är 1,0300.",
            None,
        ),
        ("fixed", "Det fasta beloppet är 4 kr.", "4"),
        ("cap", "Beloppet 4 kr sänks till taket 3 kr.", "3"),
        ("unit_price", "1 kr gånger x, som är 1,0300, är 1,03 kr.", "1.03"),
        ("floor", "Beloppet 1,03 kr höjs till golvet 2,50 kr.", "2.5"),
        ("greater_of", "Det högsta av 3 kr och 2,50 kr är 3 kr.", "3"),
        ("cap", "Beloppet 3 kr ryms under taket 5 kr.", "3"),
        ("floor", "Beloppet 3 kr når golvet 1 kr.", "3"),
        ("rounding", "Avrundat till närmaste 0,05 kr (halvor bort från noll) är beloppet 3 kr.", "3"),
        ("allocation", "Exempelkommun betalar 2,40 kr och Staten betalar 0,60 kr.", None),
    ]
    assert [_plain_spaces(step.en) for step in steps] == [
        "The condition that the answer to delivered is yes or x is above 9 is met: the answer to delivered is yes "
        "and x is 1.0300.",
        "The fixed amount is SEK 4.",
        "The amount SEK 4 is lowered to the cap of SEK 3.",
        "SEK 1 times x, which is 1.0300, is SEK 1.03.",
        "The amount SEK 1.03 is raised to the floor of SEK 2.50.",
        "The greatest of SEK 3 and SEK 2.50 is SEK 3.",
        "The amount SEK 3 is within the cap of SEK 5.",
        "The amount SEK 3 reaches the floor of SEK 1.",
        "Rounded to the nearest SEK 0.05 (halves away from zero) the amount is SEK 3.",
        "Exempelkommun pays SEK 2.40 and Staten pays SEK 0.60.",
    ]


def test_a_condition_that_is_not_met_ends_the_arithmetic_at_zero():
    subject = contract({"fee": line({"fixed": "4"}, when={"figure": "delivered", "eq": "1"})}, NAMED)

    first, rounding = settle(subject, x="0", savings="0", delivered="0").lines[0].steps

    assert _plain_spaces(first.sv) == (
        "Villkoret att svaret på delivered är ja är inte uppfyllt: svaret på delivered är nej; "
        "därför blir beloppet 0 kr."
    )
    assert _plain_spaces(first.en) == (
        "The condition that the answer to delivered is yes is not met: the answer to delivered is no; "
        "the amount is therefore SEK 0."
    )
    assert (first.value, rounding.value) == ("0", "0")


def test_missing_values_are_told_in_the_steps():
    gate = {"all": [{"figure": "delivered", "eq": "1"}, {"figure": "x", "gt": "savings"}]}
    subject = contract({"fee": line(_price("2"), when=gate)}, NAMED)

    steps = settle(subject, x=None, savings=None, delivered="1").lines[0].steps

    assert [(step.sv, step.en, step.value) for step in steps] == [
        (
            "Det går inte att avgöra om svaret på delivered är ja och x är större än besparingen, eftersom värde "
            "saknas för x och besparingen.",
            "It cannot be decided whether the answer to delivered is yes and x is above the saving, because there is "
            "no value for x and the saving.",
            None,
        ),
        ("Värde saknas för x.", "There is no value for x.", None),
    ]


@pytest.mark.parametrize("rule", ["greater_of", "lesser_of", "sum"])
def test_what_combines_clauses_is_open_while_one_of_them_is(rule):
    subject = contract({"fee": line({rule: [{"fixed": "5"}, _price("2")]})}, NAMED)

    (found,) = settle(subject, x=None, savings="1", delivered="1").lines

    assert (found.amount, found.missing) == (None, ("x",))
    assert [step.value for step in found.steps] == ["5", None]


def _plain_spaces(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("pays", "most"),
    [
        ({"fixed": "5"}, "5.00"),
        ({"fixed": "-5"}, "-5.00"),
        ({"fixed": "-5", "when": {"figure": "x", "gt": "0"}}, "0.00"),
        (_price("2"), None),
        (_price("-2"), None),
        (_price("2", "zero", "delivered"), "2.00"),
        (_price("-2", "negative", "delivered"), "0.00"),
        (_price("-2", "negative", "delivered") | {"cap": "7", "floor": "1"}, "1.00"),
        (_share("0.4"), None),
        (_share("0.4") | {"cap": "9"}, "9.00"),
        (TIERS, "300.00"),
        (BANDS, "1003.00"),
        (PIECEWISE, "10.00"),
        ({"tiers": {"figure": "x", "steps": [{"from": "1", "pays": "-5"}]}}, "0.00"),
        ({"greater_of": [_price("1"), {"fixed": "5"}]}, None),
        ({"greater_of": [TIERS, {"fixed": "5"}]}, "300.00"),
        ({"lesser_of": [_price("1"), {"fixed": "5"}]}, "5.00"),
        ({"lesser_of": [_price("1"), _share("0.4")]}, None),
        ({"sum": [TIERS, BANDS]}, "1303.00"),
        ({"sum": [TIERS, _price("1")]}, None),
        ({"fixed": "0.125"}, "0.13"),
    ],
)
def test_the_most_a_clause_can_pay(pays, most):
    subject = contract({"fee": line(pays)}, NAMED)

    assert maximum(subject) == {"fee": most}
    assert maximum_total(subject) == most


def _tiers(*pays):
    return {"tiers": {"figure": "x", "steps": [{"from": str(at), "pays": each} for at, each in enumerate(pays, 1)]}}


def _band(low, high):
    return {"bands": {"figure": "x", "bands": [{"from": "1", "to": "2", "pays_from": low, "pays_to": high}]}}


def _points(*pays):
    return {"piecewise": {"figure": "x", "points": [{"at": str(at), "pays": each} for at, each in enumerate(pays)]}}


@pytest.mark.parametrize(
    ("pays", "least", "most"),
    [
        (_price("0.5", "negative", "delivered"), "0.00", "0.50"),
        (_price("0.2", "zero", "delivered"), "0.00", "0.20"),
        (_price("-0.5", "negative", "delivered"), "-0.50", "0.00"),
        (_price("2", "zero"), "0.00", None),
        (_price("2", "negative"), None, None),
        (_tiers("-5", "300"), "-5.00", "300.00"),
        (_tiers("20", "300"), "0.00", "300.00"),
        (_band("5", "9"), "0.00", "9.00"),
        (_band("-3", "-5"), "-5.00", "0.00"),
        (_points("3", "8", "4"), "3.00", "8.00"),
        (_points("-3", "-8", "-4"), "-8.00", "-3.00"),
        ({"greater_of": [_tiers("-5", "300"), {"fixed": "5"}]}, "5.00", "300.00"),
        ({"greater_of": [_price("2", "negative"), {"fixed": "5"}]}, "5.00", None),
        ({"greater_of": [_price("2", "negative"), _price("-1", "negative")]}, None, None),
        ({"lesser_of": [_tiers("-5", "300"), {"fixed": "5"}]}, "-5.00", "5.00"),
        ({"lesser_of": [_tiers("20", "300"), {"fixed": "5"}]}, "0.00", "5.00"),
        ({"lesser_of": [_price("2", "negative"), {"fixed": "5"}]}, None, "5.00"),
        ({"sum": [_tiers("-5", "300"), {"fixed": "-7"}]}, "-12.00", "293.00"),
        ({"sum": [_price("2", "zero"), {"fixed": "5"}]}, "5.00", None),
        ({"sum": [_price("-2", "negative"), {"fixed": "5"}]}, None, None),
    ],
)
def test_the_least_and_the_most_a_clause_can_pay(pays, least, most):
    subject = contract({"fee": line(pays)}, NAMED)

    assert (minimum_total(subject), maximum_total(subject)) == (least, most)


def test_the_most_all_lines_can_pay_is_bounded_by_the_contracts_cap():
    lines = {"open": line(_price("1")), "fee": line({"fixed": "5"}), "big": line({"fixed": "50"})}
    cap = {"amount": "9", "reduces": "pro_rata"}

    assert maximum(contract(lines, NAMED)) == {"open": None, "fee": "5.00", "big": "50.00"}
    assert maximum_total(contract(lines, NAMED)) is None
    assert maximum(contract(lines, NAMED, cap=cap)) == {"open": "9.00", "fee": "5.00", "big": "9.00"}
    assert maximum_total(contract(lines, NAMED, cap=cap)) == "9.00"


@pytest.mark.parametrize(
    ("pays", "most"),
    [
        ({"greater_of": [{"fixed": "-5"}, {"fixed": "5"}, _price("-1", "negative")]}, "3.00"),
        ({"greater_of": [{"fixed": "-5"}, {"fixed": "5"}, {"fixed": "9"}]}, "3.00"),
        ({"lesser_of": [{"fixed": "-5"}, {"fixed": "9"}]}, "-5.00"),
        ({"sum": [{"fixed": "-5"}, {"fixed": "9"}]}, "3.00"),
        ({"sum": [_price("-1", "negative"), {"fixed": "9"}], "floor": "0", "cap": "20"}, "3.00"),
        ({"sum": [_price("-1", "negative"), {"fixed": "9"}], "cap": "20"}, "20.00"),
    ],
)
def test_the_contracts_cap_bounds_lines_that_cannot_be_negative(pays, most):
    subject = contract({"fee": line(pays)}, NAMED, cap={"amount": "3", "reduces": "pro_rata"})

    assert maximum(subject) == {"fee": most}


def test_a_line_that_may_be_negative_lets_another_pay_more_than_the_contracts_cap():
    lines = {"back": line({"fixed": "-5"}), "fee": line({"fixed": "50"})}
    subject = contract(lines, cap={"amount": "9", "reduces": "pro_rata"})

    assert maximum(subject) == {"back": "-5.00", "fee": "50.00"}
    assert [settled.amount for settled in settle(subject).lines] == ["-5.00", "14.00"]
