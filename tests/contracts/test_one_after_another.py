"""Several settlements of one contract, each with what those before it paid as paid before: what is paid in all."""

import itertools
import random
from fractions import Fraction as F

import pytest
from contracts.builders import file, given, line, number, read
from contracts.random_contracts import random_contract, random_values

from effekt.contracts import paid_to_date, payment_terms, settle_figures
from effekt.contracts.events import Ended
from effekt.contracts.figures import AttestedFigure
from effekt.contracts.happened import Events
from effekt.contracts.liability import most_paid

NAMES = "abc"
RULES = ("floor", "carry", "clawback")
SHARES = {"municipality": "0.333", "state": "0.667"}
TIMES = 4


def _contract(rules, quantum="1", caps=None, shares=SHARES, **payment):
    """Lines that pay what a figure says is due since the beginning; `rules` are those for what was paid too much."""
    lines = {
        name: line(
            {"unit_price": {"price": "1.5", "figure": name, "below_zero": "zero"}},
            payers=shares,
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


def test_no_random_contract_has_paid_more_of_a_line_than_the_most_that_can_be_due_on_it():
    """Whoever deducted what was paid would else be told that it cannot have been."""
    bounded = reached = by_cap = 0
    for draw in range(1_200):
        rng = random.Random(f"most paid {draw}")
        contract = read(random_contract(rng))
        lines = contract.model.payment.lines
        figure = {id: one.true_up.paid for id, one in lines.items() if one.cumulative}
        figure = {  # those of one line alone that are attested
            id: paid
            for id, paid in figure.items()
            if list(figure.values()).count(paid) == 1 and isinstance(contract.model.figures[paid], AttestedFigure)
        }
        paid = dict.fromkeys(figure.values(), "0")
        for count in range(1, TIMES + 1 if paid else 1):
            told = paid_to_date(settle_figures(contract, given(contract, random_values(rng) | paid)))
            for id in figure.keys() & told.keys():
                paid[figure[id]], most = told[id], most_paid(id, contract.model, count)
                assert most is None or F(told[id]) <= most
                by_cap += most not in (None, most_paid(id, contract.model)) and F(told[id]) == most != 0
                bounded += most is not None
                reached += F(told[id]) == most != 0
    assert bounded > 100
    assert reached  # so that no less would do
    assert by_cap


# ------------------------------------------------------------------------------------------- what each payer bears

THREE = {"municipality": "0.333", "state": "0.333", "region": "0.334"}


def _borne(settlements, name):
    """What each payer has paid of a line, after each settlement."""
    lines = [next(line for line in one.lines if line.id == name) for one in settlements]
    each = [{share.payer: F(share.amount) for share in line.shares} for line in lines]
    return [{payer: sum(one[payer] for one in each[: i + 1]) for payer in each[0]} for i in range(len(each))]


def _shared_once(amount, shares, quantum):
    """What one payment of the whole gives each: towards zero, then one quantum each to who lost most."""
    exact = {payer: abs(amount) * F(share) / quantum for payer, share in shares.items()}
    parts = {payer: quanta // 1 for payer, quanta in exact.items()}
    lost = sorted(exact, key=lambda payer: parts[payer] - exact[payer])
    for payer in lost[: int(abs(amount) / quantum) - sum(parts.values())]:
        parts[payer] += 1
    return {payer: (1 if amount >= 0 else -1) * part * quantum for payer, part in parts.items()}


@pytest.mark.parametrize("shares", [SHARES, THREE])
@pytest.mark.parametrize("rule", ["carry", "clawback"])
def test_each_payer_has_paid_its_part_of_the_whole_after_every_settlement(rule, shares):
    rng = random.Random(f"borne {rule} {len(shares)}")
    for quantum in ("1", "0.01", "100") * 10:
        settlements = _settled(_contract([rule], quantum, shares=shares), _paths(rng, 1))
        in_all = _in_all(settlements, "a")
        assert _borne(settlements, "a") == [_shared_once(amount, shares, F(quantum)) for amount in in_all]


def test_netted_and_capped_lines_are_borne_as_the_whole_is():
    rng = random.Random("borne between")
    netting = {"lines": ["a", "b"], "reduces": "pro_rata", "below_zero": "negative"}
    cap = {"amount": "70", "reduces": "pro_rata"}
    for _ in range(15):
        contract = _contract(["clawback"] * 2, "1", netting=netting, cap=cap, shares=THREE)
        settlements = _settled(contract, _paths(rng, 2))
        for name in "ab":
            expected = [_shared_once(amount, THREE, F(1)) for amount in _in_all(settlements, name)]
            assert _borne(settlements, name) == expected


@pytest.mark.parametrize("shares", [SHARES, THREE])
def test_what_is_let_go_leaves_each_payer_within_two_quanta_each_time(shares):
    rng = random.Random(f"borne floor {len(shares)}")
    for _ in range(40):
        path = _paths(rng, 1)[0]
        settlements = _settled(_contract(["floor"], "1", shares=shares), [path])
        let_go = sum(after < before for before, after in itertools.pairwise(path))
        (total,) = _in_all(settlements, "a")[-1:]
        for payer, amount in _borne(settlements, "a")[-1].items():
            assert abs(amount - total * F(shares[payer])) < 1 + 2 * let_go


def test_halves_of_an_odd_quantum_four_times_by_hand():
    """3, 3, 3 and 3 kronor by halves: 2 and 1, then 1 and 2; shared one by one the first would bear 8 of 12."""
    contract = _contract(["clawback"], shares={"municipality": "0.5", "state": "0.5"})
    settlements = _settled(contract, [[2, 4, 6, 8]])
    assert [[share.amount for share in one.lines[0].shares] for one in settlements] == [
        ["2", "1"],
        ["1", "2"],
        ["2", "1"],
        ["1", "2"],
    ]
    told = {step.rule: step for step in settlements[1].lines[0].steps}["allocation"]
    assert told.en.replace("\xa0", " ") == (
        "Exempelkommun pays SEK 1 (SEK 3 of SEK 6 in all less SEK 2 of SEK 3 paid before) and Staten pays SEK 2 "
        "(SEK 3 of SEK 6 in all less SEK 1 of SEK 3 paid before)."
    )
    assert told.sv.replace("\xa0", " ") == (
        "Exempelkommun betalar 1 kr (3 kr av sammanlagt 6 kr minus 2 kr av tidigare betalda 3 kr) och Staten betalar "
        "2 kr (3 kr av sammanlagt 6 kr minus 1 kr av tidigare betalda 3 kr)."
    )


def test_all_that_is_paid_back_is_paid_back_to_who_paid_it():
    """Of 3, 3, 3 and 3 kronor each payer gets back what it paid; shared by itself the 12 would be 6 and 6."""
    for shares in (SHARES, THREE, {"municipality": "0.5", "state": "0.5"}):
        settlements = _settled(_contract(["clawback"], shares=shares), [[2, 4, 6, 8, 0]])
        assert set(_borne(settlements, "a")[-1].values()) == {0}


def test_of_three_payers_one_can_be_due_a_quantum_back_by_hand():
    """3 of 6 : 6 : 2 are 1, 1, 1; of 4 they are 2, 2 and 0: the third loses its krona, and has paid nothing in all."""
    shares = {"municipality": "0.4285", "state": "0.4285", "region": "0.143"}
    contract = _contract(["clawback"], "1.5", shares=shares)
    settlements = _settled(contract, [[3, 4]])
    assert [[share.amount for share in one.lines[0].shares] for one in settlements] == [
        ["1.5", "1.5", "1.5"],
        ["1.5", "1.5", "-1.5"],
    ]


def test_after_an_unknown_sum_what_is_paid_is_shared_by_itself():
    """The contract ended and its floor raises a line of which nobody knows what was paid before."""
    plain = file(
        {"a": line({"fixed": "7"}, payers=THREE, true_up={"paid": "paid", "below_zero": "carry"})},
        {"paid": number(2, "SEK")},
        quantum="1",
    )
    plain["payment"]["floor"] = {"amount": "5", "raises": "a"}
    stop = {"sv": "Avtalet sägs upp.", "en": "The contract is cancelled."}
    plain["termination"] = {"stop": {"event": stop, "then": "pay_nothing_more", "floor": "applies"}}
    contract, events = read(plain), Events(ended=Ended(clause="stop", date="2021-06-30", why=stop))
    (found,) = settle_figures(contract, given(contract, {"paid": None}), events).lines
    assert [share.amount for share in found.shares] == ["2", "1", "2"]
    assert "allocation" in [step.rule for step in found.steps]
    assert "paid_to_date" not in [step.rule for step in found.steps]


DIVIDED = (
    "Where an amount is divided, among payers, receivers or lines that are lowered in proportion, each part is a whole "
    "multiple of SEK 0.01, rounded towards zero; what is then left goes, one multiple each, to the parts that the "
    "rounding lowered most, of equal ones to that which stands first.",
    "Där ett belopp delas, mellan betalare, mottagare eller rader som sänks i proportion, är varje del en hel multipel "
    "av 0,01 kr, avrundad mot noll; det som då återstår fördelas med en multipel var på de delar som avrundningen "
    "minskade mest, vid lika på den som står först.",
)


@pytest.mark.parametrize(
    ("lines", "en", "sv"),
    [
        ({"a": {"payers": THREE}}, [], []),
        (
            {"a": {"payers": THREE} | {"true_up": {"paid": "paid", "below_zero": "carry"}}, "b": {"payers": THREE}},
            ["The line a is shared so that each pays its part of the sum of what was paid before and what is paid now, "
             "less its part of what was paid before."],
            ["Raden a delas så att var och en betalar sin del av summan av det som betalats tidigare och det som "
             "betalas nu, minus sin del av det som betalats tidigare."],
        ),
        (
            {name: {"payers": THREE} | {"true_up": {"paid": "3", "below_zero": "carry"}} for name in "ab"},
            ["The lines a and b are shared so that each pays its part of the sum of what was paid before and what is "
             "paid now, less its part of what was paid before."],
            ["Raderna a och b delas så att var och en betalar sin del av summan av det som betalats tidigare och det "
             "som betalas nu, minus sin del av det som betalats tidigare."],
        ),
    ],
)  # fmt: skip
def test_how_an_amount_is_shared_stands_in_the_annex(lines, en, sv):
    plain = file({name: line(PAYS, **terms) for name, terms in lines.items()}, {"paid": number(2, "SEK")})
    told = payment_terms(read(plain))
    assert [one.en.replace("\xa0", " ") for one in told] == [
        DIVIDED[0],
        *en,
    ]
    assert [one.sv.replace("\xa0", " ") for one in told] == [
        DIVIDED[1],
        *sv,
    ]


def test_nothing_is_said_of_sharing_where_nobody_shares():
    plain = file({"a": line(PAYS, true_up={"paid": "3", "below_zero": "carry"})})
    assert payment_terms(read(plain)) == ()


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
    *told, divided = payment_terms(read(plain))
    assert (divided.en.replace("\xa0", " "), divided.sv.replace("\xa0", " ")) == DIVIDED
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
    year, whole, _ = payment_terms(read(plain))
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
