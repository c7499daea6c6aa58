"""Several settlements of one contract, each with what those before it paid as paid before: what is paid in all."""

import itertools
import random
from fractions import Fraction as F

import pytest
from contracts.builders import file, given, line, number, read

from effekt.contracts import paid_to_date, payment_terms, settle_figures

NAMES = "abc"
RULES = ("floor", "carry", "clawback")
SHARES = {"municipality": "0.333", "state": "0.667"}
TIMES = 4


def _contract(rules, quantum="1", caps=None, **payment):
    """Lines that pay what a figure says is due since the beginning; `rules` are those for what was paid too much."""
    lines = {
        name: line(
            {"unit_price": {"price": "1.5", "figure": name, "below_zero": "zero"}},
            payers=SHARES,
            true_up={"paid": f"paid_{name}", "below_zero": rule} | ({"cap": caps} if caps else {}),
        )
        for name, rule in zip(NAMES, rules, strict=False)
    }
    figures = {name: number(0) for name in lines} | {f"paid_{name}": number(2, "SEK") for name in lines}
    plain = file(lines, figures, quantum=quantum)
    plain["payment"] |= payment
    return read(plain)


def _paths(rng, count, most=60):
    """What is counted since the beginning at each settlement, for each line: it may be corrected downwards."""
    return [[rng.randint(0, most) for _ in range(TIMES)] for _ in range(count)]


def _settled(contract, paths):
    """The settlements one after another."""
    names, paid, found = list(contract.model.payment.lines), {}, []
    for values in zip(*paths, strict=True):
        known = {name: str(value) for name, value in zip(names, values, strict=True)}
        known |= {f"paid_{name}": paid.get(name, "0") for name in names}
        found.append(settle_figures(contract, given(contract, known)))
        for one in found[-1].lines:
            assert sum(F(share.amount) for share in one.shares) == F(one.amount)
        paid = paid_to_date(found[-1])
    return found


def _in_all(settlements, name):
    """What the settlements have paid of a line, after each of them."""
    each = [F(next(line.amount for line in one.lines if line.id == name)) for one in settlements]
    return list(itertools.accumulate(each))


def _due(path, quantum):
    """One and a half for each, in whole quanta, half up."""
    return [quantum * ((F(3, 2) * count / quantum + F(1, 2)) // 1) for count in path]


def _as_ruled(rule, dues):
    """What a line should have paid in all after each settlement, by the words of its rule."""
    if rule == "clawback":
        return dues
    if rule == "carry":
        return list(itertools.accumulate(dues, max))
    rises = [max(after - before, F(0)) for before, after in itertools.pairwise([F(0), *dues])]
    return list(itertools.accumulate(rises))


@pytest.mark.parametrize("rule", RULES)
def test_in_all_a_line_pays_what_its_rule_leaves_of_what_was_due(rule):
    rng = random.Random(f"true-up {rule}")
    for quantum in ("1", "0.01", "100") * 15:
        path = _paths(rng, 1)[0]
        settlements = _settled(_contract([rule], quantum), [path])
        assert _in_all(settlements, "a") == _as_ruled(rule, _due(path, F(quantum)))


def test_settling_a_period_in_parts_pays_what_settling_it_once_does():
    rng = random.Random("parts")
    for _ in range(20):
        count = rng.choice((2, 3))
        contract, paths = _contract(["clawback"] * count, rng.choice(("1", "0.05"))), _paths(rng, count)
        once = _settled(contract, [path[-1:] for path in paths])
        assert sum(F(one.total) for one in _settled(contract, paths)) == F(once[-1].total)


@pytest.mark.parametrize("below_zero", ["zero", "negative"])
@pytest.mark.parametrize("reduces", ["last_line_first", "pro_rata"])
def test_netted_lines_pay_together_what_was_due_and_deduct_nothing_twice(below_zero, reduces):
    rng = random.Random(f"netting {below_zero} {reduces}")
    for _ in range(15):
        netting = {"lines": list(NAMES), "reduces": reduces, "below_zero": below_zero}
        paths = _paths(rng, 3)
        settlements = _settled(_contract(["clawback"] * 3, "0.01", netting=netting), paths)
        dues = [sum(each) for each in zip(*(_due(path, F(1, 100)) for path in paths), strict=True)]
        together = list(itertools.accumulate(F(one.total) for one in settlements))
        # a negative balance that counts as nothing stays, and is deducted from what is due later
        assert together == (dues if below_zero == "negative" else list(itertools.accumulate(dues, max)))


@pytest.mark.parametrize("rule", ["carry", "clawback"])
@pytest.mark.parametrize("reduces", ["last_line_first", "pro_rata"])
def test_what_a_cap_on_each_settlement_cuts_is_paid_later_and_never_more(rule, reduces):
    rng = random.Random(f"cap {rule} {reduces}")
    for _ in range(15):
        paths = [sorted(path) for path in _paths(rng, 2)]
        last = [path[-1] for path in paths]
        contract = _contract([rule] * 2, "1", caps="40", cap={"amount": "50", "reduces": reduces})
        settlements = _settled(contract, [[*path, *[end] * 6] for path, end in zip(paths, last, strict=True)])
        assert all(F(one.total) <= 50 for one in settlements)
        assert all(F(one.amount) <= 40 for settled in settlements for one in settled.lines)
        for name, end in zip(NAMES, last, strict=False):
            assert _in_all(settlements, name)[-1] == _due([end], F(1))[0]


def test_netting_by_hand_over_three_certificates():
    """600 and 300 are paid; a turns out to be 150 too much, which the 300 more of b bear, and bear once."""
    contract = _contract(
        ["clawback"] * 2, netting={"lines": ["a", "b"], "reduces": "last_line_first", "below_zero": "negative"}
    )
    settlements = _settled(contract, [[400, 300, 300], [200, 400, 600]])
    assert [[one.amount for one in settled.lines] for settled in settlements] == [
        ["600", "300"],
        ["0", "150"],
        ["0", "300"],
    ]


PAYS = {"fixed": "100"}
CUMULATIVE = {"paid": "paid", "below_zero": "clawback"}
STEPS = [{"to": {"region": "1"}, "up_to": "50"}, {"to": {"verifier": "1"}}]
GUARANTEE = {"guarantor": "state", "beneficiary": "provider", "amount": "400", "share": "0.5"}
# ------------------------------------------------------------------------------------------------- what is said

BETWEEN = {
    "caps": {"year": {"lines": ["a", "b"], "amount": "50", "reduces": "pro_rata"}},
    "floors": {"year": {"lines": ["a", "b"], "amount": "5", "raises": "a"}},
    "cap": {"amount": "60", "reduces": "pro_rata"},
    "floor": {"amount": "6", "raises": "c"},
}


@pytest.mark.parametrize(
    ("terms", "each"),
    [
        ({}, ("", "")),
        ({"true_up": CUMULATIVE | {"paid": "0"}}, ("", "")),
        ({"true_up": CUMULATIVE}, (" in each settlement", " vid varje avräkning")),
        ({"paid_each": "certificate"}, (" in each settlement", " vid varje avräkning")),
    ],
)
def test_what_holds_between_lines_says_whether_it_holds_in_each_settlement_by_itself(terms, each):
    plain = file({"a": line(PAYS), "b": line(PAYS), "c": line(PAYS, **terms)}, {"paid": number(2, "SEK")})
    plain["dates"]["certificates"] = ["2021-01-31", "2022-01-31"]
    plain["payment"] |= BETWEEN
    told = payment_terms(read(plain))
    assert [one.en.replace("\xa0", " ").partition(";")[0] for one in told] == [
        f"The lines a and b together pay at most SEK 50{each[0]}",
        f"The lines a and b together pay at least SEK 5{each[0]}",
        f"All lines together pay at most SEK 60{each[0]}",
        f"All lines together pay at least SEK 6{each[0]}",
    ]
    assert [one.sv.replace("\xa0", " ").partition(";")[0] for one in told] == [
        f"Raderna a och b betalar tillsammans högst 50 kr{each[1]}",
        f"Raderna a och b betalar tillsammans lägst 5 kr{each[1]}",
        f"Alla rader betalar tillsammans högst 60 kr{each[1]}",
        f"Alla rader betalar tillsammans lägst 6 kr{each[1]}",
    ]


@pytest.mark.parametrize(
    ("below_zero", "payee", "floor", "said"),
    [
        ("negative", "provider", None, True),
        ("negative", "provider", "0", False),
        ("zero", "provider", None, False),
        ("negative", "region", None, False),  # it is not passed on by whoever is paid it
    ],
)
def test_that_a_negative_sum_is_not_passed_on_stands_where_one_can_be(below_zero, payee, floor, said):
    own = {"unit_price": {"price": "1", "figure": "a", "below_zero": below_zero}}
    turning = line(own, **({} if floor is None else {"floor": floor})) | {"payee": payee}
    plain = file({"a": line(PAYS), "b": turning}, {"a": number(0)})
    plain["payment"]["waterfall"] = {"from": "provider", "steps": STEPS}
    told = payment_terms(read(plain))
    assert ("A negative sum is not passed on." in [one.en for one in told]) == said
    assert ("En negativ summa fördelas inte vidare." in [one.sv for one in told]) == said


@pytest.mark.parametrize(
    ("below_zero", "floor", "en", "sv"),
    [
        (
            "negative",
            None,
            ("those above SEK 0 are lowered in proportion to their amounts", "the last line is lowered first, and none "
             "below SEK 0"),
            ("de som är över 0 kr sänks i proportion till sina belopp", "den sista raden sänks först, och ingen under "
             "0 kr"),
        ),
        *(
            (
                below_zero,
                floor,
                ("they are lowered in proportion to their amounts", "the last line is lowered first"),
                ("de sänks i proportion till sina belopp", "den sista raden sänks först"),
            )
            for below_zero, floor in (("negative", "0"), ("zero", None))
        ),
    ],
)  # fmt: skip
def test_a_cap_says_that_a_line_below_zero_does_not_give_way(below_zero, floor, en, sv):
    own = {"unit_price": {"price": "1", "figure": "a", "below_zero": below_zero}}
    turning = line(own, **({} if floor is None else {"floor": floor}))
    plain = file({"a": line(PAYS), "b": turning, "c": line(PAYS)}, {"a": number(0)})
    plain["payment"] |= {
        "caps": {"year": {"lines": ["a", "b"], "amount": "50", "reduces": "pro_rata"}},
        "cap": {"amount": "60", "reduces": "last_line_first"},
    }
    year, whole = payment_terms(read(plain))
    for told, ways in (((year.en, whole.en), en), ((year.sv, whole.sv), sv)):
        assert [one.replace("\xa0", " ").partition("; ")[2] for one in told] == [f"{way}." for way in ways]


@pytest.mark.parametrize(
    ("below_zero", "payee", "said"),
    [("negative", "provider", True), ("zero", "provider", False), ("negative", "region", False)],
)
def test_a_guarantee_says_that_a_negative_sum_counts_as_nothing(below_zero, payee, said):
    own = {"unit_price": {"price": "1", "figure": "a", "below_zero": below_zero}}
    plain = file({"a": line(PAYS), "b": line(own) | {"payee": payee}}, {"a": number(0)})
    plain["payment"]["guarantees"] = {"g": GUARANTEE}
    told = [(one.en.replace("\xa0", " "), one.sv.replace("\xa0", " ")) for one in payment_terms(read(plain))]
    assert (
        "If the lines to Utföraren AB come to a negative sum it counts as SEK 0 then.",
        "Är summan av raderna till Utföraren AB negativ räknas den då som 0 kr.",
    ) in told or not said
    assert len(told) == (2 if said else 1)


@pytest.mark.parametrize(("paid_each", "said"), [(None, False), ("certificate", True)])
@pytest.mark.parametrize(
    "payment", [{"waterfall": {"from": "provider", "steps": STEPS}}, {"guarantees": {"g": GUARANTEE}}]
)
def test_what_is_passed_on_and_guaranteed_by_each_certificate_says_so(payment, paid_each, said):
    plain = file({"a": line(PAYS, **({"paid_each": paid_each} if paid_each else {}))})
    plain["dates"]["certificates"] = ["2021-01-31", "2022-01-31"]
    plain["payment"] |= payment
    last = payment_terms(read(plain))[-1]
    assert (last.en == "What is passed on and guaranteed is counted for each settlement by itself.") == said
    assert (last.sv == "Vad som fördelas och garanteras räknas för varje avräkning för sig.") == said


@pytest.mark.parametrize(("beneficiary", "said"), [("provider", True), ("region", False)])
def test_a_guarantee_to_who_passes_its_money_on_says_that_it_counts_what_is_kept(beneficiary, said):
    """Of 100 to the provider the region gets 50, others the rest: of 400 the provider lacks all, the region 350."""
    plain = file({"a": line(PAYS)})
    plain["payment"] |= {
        "waterfall": {"from": "provider", "steps": STEPS},
        "guarantees": {"g": GUARANTEE | {"beneficiary": beneficiary}},
    }
    subject = read(plain)
    last = payment_terms(subject)[-1]
    assert (
        last.en == "Of what Utföraren AB is paid, only what the distribution gives to Utföraren AB itself counts then, "
        "not what goes on to others."
    ) == said
    assert (
        last.sv == "Av vad Utföraren AB får betalt räknas då bara det som fördelningen ger Utföraren AB självt, inte "
        "det som går vidare till andra."
    ) == said
    assert settle_figures(subject, {}).guarantees[0].amount == ("200.00" if said else "175.00")
