"""Who in the end gets the money: whose lines a waterfall and a guarantee wait for and count, and their words."""

import pytest
from contracts.builders import file, line, number, read, settle

from effekt.contracts import payment_terms
from effekt.contracts.receivers import guarantee_maximum

FIGURES = {"x": number(2, "SEK"), "limit": number(2, "SEK"), "lost": number(2, "SEK")}
NAMES = ("fund", "town", "check")
PAYEES = {"fund": "provider", "town": "region", "check": "verifier"}
RULE = {"guarantor": "state", "share": "0.5"}


def spaced(text):
    """With plain spaces."""
    return text.replace("\xa0", " ")


def settled(amounts, waterfall=None, guarantee=None, **values):
    """Lines to the provider, the region and the verifier; a figure's name waits for its value."""
    clauses = [
        {"unit_price": {"price": "1", "figure": amount, "below_zero": "negative"}}
        if amount.isalpha()
        else {"fixed": amount}
        for amount in amounts
    ]
    lines = {name: line(clause) | {"payee": PAYEES[name]} for name, clause in zip(NAMES, clauses, strict=False)}
    plain = file(lines, FIGURES)
    if waterfall is not None:
        plain["payment"]["waterfall"] = {"from": "provider", "steps": waterfall}
    if guarantee is not None:
        plain["payment"]["guarantees"] = {"capital": RULE | guarantee}
    return settle(read(plain), **({"x": "0", "limit": "0", "lost": "0"} | values))


TO_REGION = [{"to": {"region": "1"}, "up_to": "40"}, {"to": {"verifier": "1"}}]
TO_VERIFIER = [{"to": {"verifier": "1"}}]
BACK = [{"to": {"provider": "0.25", "verifier": "0.75"}}]


@pytest.mark.parametrize(
    ("beneficiary", "waterfall", "received"),
    [
        ("region", None, "20"),  # its own line
        ("region", TO_VERIFIER, "20"),
        ("region", TO_REGION, "60"),  # and what is passed on to it
        ("verifier", TO_REGION, "63"),
        ("verifier", None, "3"),
        ("provider", None, "100"),
        ("provider", BACK, "25"),  # what it keeps of what it passes on, not what it is paid
    ],
)
def test_a_guarantee_counts_what_its_beneficiary_gets(beneficiary, waterfall, received):
    found = settled(("100", "20", "3"), waterfall, {"beneficiary": beneficiary, "amount": "1000"})
    (guarantee,) = found.guarantees
    assert guarantee.state == "payable"
    assert float(guarantee.amount) == (1000 - float(received)) / 2
    name = {"region": "Regionen", "provider": "Utföraren AB", "verifier": "Granskaren AB"}[beneficiary]
    assert spaced(guarantee.steps[0].en).startswith(f"{name} gets SEK {received} of the guaranteed SEK 1,000; of the ")


@pytest.mark.parametrize(
    ("beneficiary", "waterfall", "unknown", "waits"),
    [
        ("region", None, "fund", False),
        ("region", None, "town", True),
        ("region", TO_VERIFIER, "fund", False),
        ("region", TO_VERIFIER, "town", True),
        ("region", TO_REGION, "fund", True),
        ("region", TO_REGION, "town", True),
        ("region", TO_REGION, "check", False),
        ("verifier", TO_REGION, "town", False),
        ("provider", None, "fund", True),
        ("provider", BACK, "fund", True),
        ("provider", BACK, "check", False),
    ],
)
def test_a_guarantee_waits_for_the_lines_that_it_counts(beneficiary, waterfall, unknown, waits):
    amounts = ["x" if name == unknown else "10" for name in NAMES]
    (guarantee,) = settled(amounts, waterfall, {"beneficiary": beneficiary, "amount": "1000"}, x=None).guarantees
    assert (guarantee.amount is None) == waits
    assert guarantee.missing == (("x",) if waits else ())
    assert [reason.en for reason in guarantee.reasons] == (["Waiting."] if waits else [])


@pytest.mark.parametrize(("beneficiary", "waits"), [("region", True), ("provider", False)])
def test_only_who_stands_in_the_waterfall_waits_for_its_limits(beneficiary, waits):
    waterfall = [{"to": {"region": "1"}, "up_to": "limit"}, {"to": {"verifier": "1"}}]
    found = settled(("10", "10", "10"), waterfall, {"beneficiary": beneficiary, "amount": "1000"}, limit=None)
    assert (found.distribution.state, found.distribution.missing) == ("not_yet_determinable", ("limit",))
    assert (found.guarantees[0].amount is None) == waits


@pytest.mark.parametrize(
    ("line", "limit", "state", "missing"),
    [
        (None, "5", "not_yet_determinable", ("x",)),
        ("5", None, "not_yet_determinable", ("limit",)),
        ("refer", "5", "referred", ("x",)),
        ("5", "refer", "referred", ("limit",)),
        (None, "refer", "referred", ("x", "limit")),
        ("refer", None, "referred", ("x", "limit")),
        ("5", "5", "payable", ()),
        ("0", "5", "zero_by_terms", ()),
        ("-5", "5", "zero_by_terms", ()),
    ],
)
def test_a_waterfall_is_as_determined_as_what_goes_into_it(line, limit, state, missing):
    waterfall = [{"to": {"region": "1"}, "up_to": "limit"}, {"to": {"verifier": "1"}}]
    found = settled(("x",), waterfall, x=line, limit=limit).distribution
    assert (found.state, found.missing) == (state, missing)
    assert len(found.steps) == (2 if state in ("payable", "zero_by_terms") else 0)


@pytest.mark.parametrize(
    ("amount", "limit", "taken", "left"),
    [
        ("10.50", "0", "0", "10.50"),
        ("10.50", "0.25", "0.25", "10.25"),
        ("0.50", "7", "0.50", "0"),
        ("10.50", "-3", "0", "10.50"),
    ],
)
def test_the_steps_are_told(amount, limit, taken, left):
    waterfall = [{"to": {"region": "1"}, "up_to": "limit"}, {"to": {"verifier": "0.5", "region": "0.5"}}]
    found = settled((amount,), waterfall, limit=limit).distribution
    first, last = found.steps
    assert spaced(first.en) == (f"Of the amount SEK {taken} is taken: Regionen gets SEK {taken}; SEK {left} is left.")
    swedish = first.sv.replace("\xa0", " ")
    taken_sv, left_sv = taken.replace(".", ","), left.replace(".", ",")
    assert swedish == f"Av beloppet tas {taken_sv} kr: Regionen får {taken_sv} kr; kvar är {left_sv} kr."
    assert spaced(last.en).startswith(f"Of the amount SEK {left} is taken: Granskaren AB gets SEK ")
    assert spaced(last.en).endswith("; SEK 0 is left.")


@pytest.mark.parametrize(
    ("guarantee", "paid", "borne", "state", "end"),
    [
        ({"amount": "lost"}, "0.25", "0.13", "payable", "the guarantor bears the share 0.5, which is SEK 0.125."),
        ({"amount": "lost"}, "0", "0.00", "zero_by_terms", "bears the share 0.5, which is SEK 0."),
        ({"amount": "lost"}, "-4", "0.00", "zero_by_terms", "bears the share 0.5, which is SEK 0."),
        ({"amount": "9"}, "0", "4.50", "payable", "bears the share 0.5, which is SEK 4.50."),
        ({"amount": "9", "cap": "4.50"}, "0", "4.50", "payable", "bears the share 0.5, which is SEK 4.50."),
        ({"amount": "9", "cap": "4"}, "0", "4.00", "payable", "bears the share 0.5, which is SEK 4.50, at most SEK 4."),
    ],
)
def test_what_a_guarantor_bears_is_told(guarantee, paid, borne, state, end):
    """Half of what is lacking; half an öre is rounded up."""
    (found,) = settled(("0",), None, {"beneficiary": "provider"} | guarantee, lost=paid).guarantees
    assert (found.amount, found.state) == (borne, state)
    assert spaced(found.steps[0].en).endswith(end)
    assert found.shares[0].payer == "state"
    assert found.shares[0].amount == borne


@pytest.mark.parametrize(
    ("term", "en", "sv"),
    [
        ({"amount": "9"}, "of SEK 9{}.", "av 9 kr{}."),
        ({"amount": "9", "cap": "4"}, "of SEK 9{}, at most SEK 4.", "av 9 kr{}, högst 4 kr."),
        ({"amount": "lost", "cap": "4"}, "of lost{}, at most SEK 4.", "av lost{}, högst 4 kr."),
    ],
)
def test_a_guarantee_reads_as_a_clause(term, en, sv):
    plain = file({"fund": line({"fixed": "1"})}, FIGURES)
    plain["payment"]["guarantees"] = {"capital": RULE | {"beneficiary": "provider"} | term}
    (clause,) = payment_terms(read(plain))
    after, efter = " after what it gets from the line fund", " efter vad den får av raden fund"
    assert spaced(clause.en) == f"Staten pays Utföraren AB 50 per cent of what is lacking {en.format(after)}"
    assert spaced(clause.sv) == f"Staten betalar Utföraren AB 50 procent av vad som saknas {sv.format(efter)}"


@pytest.mark.parametrize(
    ("beneficiary", "waterfall", "en", "sv"),
    [
        ("region", None, "the line own", "raden own"),
        ("region", TO_REGION, "the line own and from the distribution", "raden own och av fördelningen"),
        ("provider", None, "the lines first and last", "raderna first och last"),
        ("provider", BACK, "the distribution", "fördelningen"),
        ("provider", TO_REGION, None, None),  # who passes all on
    ],
)
def test_a_guarantee_says_after_what_something_is_lacking(beneficiary, waterfall, en, sv):
    payees = {"first": "provider", "own": "region", "last": "provider"}
    lines = {id: line({"fixed": "1"}) | {"payee": payee} for id, payee in payees.items()}
    plain = file(lines, FIGURES)
    if waterfall is not None:
        plain["payment"]["waterfall"] = {"from": "provider", "steps": waterfall}
    plain["payment"]["guarantees"] = {"capital": RULE | {"beneficiary": beneficiary, "amount": "9"}}
    told = [text for text in payment_terms(read(plain)) if "50 per cent of" in text.en]
    (text,) = told
    if en is None:
        assert spaced(text.en).endswith("all of SEK 9, since it gets nothing from any line or distribution.")
        assert spaced(text.sv).endswith("hela 9 kr, eftersom den inte får något av någon rad eller fördelning.")
    else:
        assert spaced(text.en).endswith(f"of what is lacking of SEK 9 after what it gets from {en}.")
        assert spaced(text.sv).endswith(f"av vad som saknas av 9 kr efter vad den får av {sv}.")


def test_the_limit_of_a_step_may_be_a_figure():
    plain = file({"fund": line({"fixed": "1"})}, FIGURES)
    steps = [{"to": {"region": "1"}, "up_to": "limit"}, {"to": {"verifier": "1"}}]
    plain["payment"]["waterfall"] = {"from": "provider", "steps": steps}
    (clause,) = payment_terms(read(plain))
    assert spaced(clause.en).endswith("(1) up to limit to Regionen; (2) the rest to Granskaren AB.")
    assert spaced(clause.sv).endswith("(1) högst limit till Regionen; (2) resten till Granskaren AB.")


@pytest.mark.parametrize(
    ("term", "most"),
    [
        ({"amount": "1000"}, 500),  # half of all
        ({"amount": "1000", "cap": "300"}, 300),
        ({"amount": "1000", "cap": "700"}, 500),
        ({"amount": "lost"}, None),
        ({"amount": "lost", "cap": "700"}, 700),
    ],
)
def test_a_guarantor_bears_its_share_of_all_or_its_limit_at_most(term, most):
    plain = file({"fund": line({"fixed": "1"}) | {"payee": "provider"}}, FIGURES)
    plain["payment"]["guarantees"] = {"capital": RULE | {"beneficiary": "provider"} | term}
    terms = read(plain).model
    assert guarantee_maximum(terms.payment.guarantees["capital"], terms) == most
