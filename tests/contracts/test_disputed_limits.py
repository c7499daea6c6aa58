"""What is paid while a dispute is open stays within the limits between lines, and within what can come to be due.

A deduction that is disputed is withheld, so that more is paid: the room that it gave others under a cap, and what a
floor needs not add without it, is withheld with it.
"""

import functools
import itertools
import random
from collections import Counter
from fractions import Fraction as F

import pytest
from contracts.builders import file, given, line, number, read
from contracts.second_route import same_by_both
from contracts.test_events import DISPUTES, WHY, disputed
from oracles.payment import between

from effekt.contracts import Events, settle_figures
from effekt.contracts.events import Disputed
from effekt.contracts.liability import maximum_total
from effekt.contracts.liability_by_party import maximum_by_party
from effekt.exceptions import ContractError

LOW, HIGH = -6, 10  # krona by krona: what a line is due is the figure of its name
REDUCES = ("last_line_first", "pro_rata")
PAYERS = ({"municipality": "1"}, {"state": "1"}, {"municipality": "0.5", "state": "0.5"})
CONTRACTS = 500


def _file(names, payment, shares=None):
    """Lines that pay a krona for each one of a figure of their own, with what holds between them."""
    ends = {"floor": str(LOW), "cap": str(HIGH)}
    pays = {name: {"unit_price": {"price": "1", "figure": name, "below_zero": "negative"}} for name in names}
    lines = {name: line(pays[name], payers=(shares or {}).get(name), **ends) for name in names}
    plain = file(lines, {name: number(0) for name in names}, quantum="1")
    plain["parties"]["partner"] = {"role": "provider", "name": "Föreningen"}
    plain["payment"] |= payment
    return plain | {"disputes": DISPUTES}


def _settled(plain, values, events=None):
    subject, texts = read(plain), {name: str(value) for name, value in values.items()}
    settlement = settle_figures(subject, given(subject, texts), events, in_words=False)
    open_disputes = {} if events is None else {"disputed": events.open_disputes}
    assert not same_by_both(plain, texts, settlement, open_disputes)["unsure"]
    return settlement


def _paid(settlement):
    return {one.id: F(one.amount) for one in settlement.lines}


def _dispute(admits):
    return disputed(**{party: {name: str(value) for name, value in values.items()} for party, values in admits.items()})


LAST, RATA = ({"cap": {"amount": "10", "reduces": reduces}} for reduces in REDUCES)
TWO = {"caps": {"year": {"lines": ["a", "b"], "amount": "5", "reduces": "last_line_first"}}}
FLOOR = {"floor": {"amount": "8", "raises": "a"}}


@pytest.mark.parametrize(
    ("payment", "values", "admits", "now"),
    [
        # 10 + 5 - 5 is just the cap; without the deduction the last one is cut: both readings give 10
        (LAST, (10, 5, -5), {"provider": {"c": 0}}, (10, 0, 0)),
        (RATA, (10, 5, -5), {"provider": {"c": 0}}, (7, 3, 0)),
        # 3 of 5 admitted: 12 under 10
        (LAST, (10, 5, -5), {"provider": {"c": -3}}, (10, 3, -3)),
        # who says that the deduction is a payment takes no more than the room that it gave
        (LAST, (10, 5, -5), {"provider": {"c": 10}}, (10, 0, 0)),
        # a cap on some lines
        (TWO, (-4, 9, 3), {"provider": {"a": 0}}, (0, 5, 3)),
        # two parties, of whom neither alone makes the cap bind: 10 - 3 and 10 - 4, but 10 together
        ({"cap": {"amount": "7", "reduces": "last_line_first"}}, (10, -4, -3), {"state": {"b": 0}}, (10, 0, -3)),
        (
            {"cap": {"amount": "8", "reduces": "last_line_first"}},
            (10, -4, -3),
            {"state": {"b": 0}, "provider": {"c": 0}},
            (8, 0, 0),
        ),
        # one admits less of a, another that there is no deduction: on the reading of that one nothing is paid of b
        (LAST, (10, 5, -5), {"state": {"a": 8}, "provider": {"c": 0}}, (8, 0, 0)),
        # 6 - 5 is raised by 7; without the deduction by 2
        (FLOOR, (6, 0, -5), {"provider": {"c": 0}}, (8, 0, 0)),
        # and where nothing need be raised without it
        (FLOOR, (6, 4, -5), {"provider": {"c": 0}}, (6, 4, 0)),
        # a raised line that is itself below 0: -5 is raised to -1, and needs not be without the other deduction
        (FLOOR, (-5, 10, -1), {"provider": {"c": 4}}, (-2, 10, 0)),
    ],
)
def test_a_disputed_deduction_leaves_no_room_that_it_gave_others(payment, values, admits, now):
    values = dict(zip("abc", values, strict=True))
    settlement = _settled(_file("abc", payment), values, _dispute(admits))
    assert tuple(_paid(settlement).values()) == now
    kept = {one.id: F(one.withheld) for one in settlement.standings if one.withheld is not None}
    certified = _paid(_settled(_file("abc", payment), values))
    assert {id: amount + kept.get(id, 0) for id, amount in _paid(settlement).items()} == certified


def test_what_a_floor_adds_to_a_line_below_zero_is_told_as_withheld():
    plain = _file("abc", FLOOR)
    subject = read(plain)
    values = given(subject, {"a": "-5", "b": "10", "c": "-1"})
    settlement = settle_figures(subject, values, _dispute({"provider": {"c": 4}}))
    step = next(one for one in settlement.lines[0].steps if one.rule == "disputes")
    assert (step.en.replace("\xa0", " "), step.sv.replace("\xa0", " ")) == (
        "Of what the floor adds, SEK 1 is disputed and withheld until the dispute is decided; SEK −2 is paid now "
        "instead of SEK −1.",
        "Av golvets höjning är 1 kr tvistigt och hålls inne tills tvisten är avgjord; −2 kr betalas nu i stället för "
        "−1 kr.",
    )


def test_what_is_withheld_whole_is_no_floor_that_is_disputed():
    subject = read(_file("ab", {}))
    settlement = settle_figures(subject, given(subject, {"a": "5", "b": "3"}), _dispute({"state": {"a": 0}}))
    (step,) = (one for one in settlement.lines[0].steps if one.rule == "disputes")
    assert step.en.replace("\xa0", " ") == (
        "Of SEK 5, SEK 5 is disputed and withheld until the dispute is decided; SEK 0 is paid now."
    )


@pytest.mark.parametrize(("limits", "now"), [({"cap": "9"}, 0), ({"cap": "9", "floor": "-2"}, 8)])
def test_a_netted_line_of_which_no_value_is_admitted_may_take_all_that_nothing_bounds(limits, now):
    """It is netted with the other as far below zero as it can be, which is nowhere without a floor."""
    plain = _file("ab", {"netting": {"lines": ["a", "b"], "below_zero": "zero", "reduces": "last_line_first"}})
    plain["payment"]["lines"]["a"] = line(plain["payment"]["lines"]["a"]["pays"], **limits)
    subject = read(plain)  # the second route does not say how far a line can reach
    settlement = settle_figures(subject, given(subject, {"a": "5", "b": "10"}), _dispute({"state": {"a": "none"}}))
    assert _paid(settlement) == {"a": 0, "b": now}


# ------------------------------------------------------------------------------------------------ random contracts


def _drawn(seed):
    """A contract of two to four lines under some rules, values, and what one or two parties admit of one or two."""
    rng = random.Random(f"disputed limits {seed}")
    names = "abcd"[: rng.randint(2, 4)]

    def some():
        return sorted(rng.sample(names, rng.randint(2, len(names))))

    floored = some()
    rules = {
        "netting": {"lines": some(), "reduces": rng.choice(REDUCES), "below_zero": rng.choice(("zero", "negative"))},
        "caps": {"year": {"lines": some(), "amount": str(rng.randint(0, 9)), "reduces": rng.choice(REDUCES)}},
        "cap": {"amount": str(rng.randint(0, 14)), "reduces": rng.choice(REDUCES)},
        "floors": {"year": {"lines": floored, "amount": str(rng.randint(0, 9)), "raises": rng.choice(floored)}},
        "floor": {"amount": str(rng.randint(0, 9)), "raises": rng.choice(names)},
    }
    chances = {"netting": 0.3, "caps": 0.5, "cap": 0.6, "floors": 0.25, "floor": 0.25}
    payment = {key: rules[key] for key, chance in chances.items() if rng.random() < chance}
    plain = _file(names, payment, {name: rng.choice(PAYERS) for name in names})
    for name in names:
        plain["payment"]["lines"][name]["payee"] = rng.choice(("provider", "partner"))
    values = {name: rng.randint(LOW, HIGH) for name in names}
    admits = {
        party: {name: rng.randint(LOW, HIGH) for name in rng.sample(names, rng.choice((1, 1, 2)))}
        for party in rng.choice((("provider",), ("municipality",), ("municipality", "provider")))
    }
    return plain, values, admits


@functools.cache
def _contracts():
    """Those that can be, with what is paid while the dispute is open."""
    found = []
    for seed in range(CONTRACTS):
        plain, values, admits = _drawn(seed)
        try:
            read(plain)
        except ContractError:  # a floor above its cap, a raised line under another cap
            continue
        found.append((seed, plain, values, admits, _settled(plain, values, _dispute(admits))))
    return found


def _outcomes(plain, values, admits, *, between_them):
    """Each line as it can come to be decided: as certified or admitted, or anything between these."""
    payment, ways = plain["payment"], []
    for name, value in values.items():
        said = [value, *(one[name] for one in admits.values() if name in one)]
        ways.append(range(min(said), max(said) + 1) if between_them else sorted(set(said)))
    for own in itertools.product(*ways):
        amounts = dict(zip(values, map(F, own), strict=True))
        yield dict(zip(values, between(amounts, payment, F(1)), strict=True))


def _groups(plain):
    """Of each payer and each receiver, its share of each line."""
    lines = plain["payment"]["lines"]
    for party in ("municipality", "state"):
        yield {id: F(one["payers"].get(party, "0")) for id, one in lines.items()}
    for party in ("provider", "partner"):
        yield {id: F(one["payee"] == party) for id, one in lines.items()}


def _sum(shares, amounts):
    return sum(share * amounts[id] for id, share in shares.items())


def _caps(plain):
    payment = plain["payment"]
    yield from payment.get("caps", {}).values()
    yield from [{"lines": [*payment["lines"]]} | payment["cap"]] if "cap" in payment else []


def test_no_more_is_paid_while_a_dispute_is_open_than_limits_let_or_than_can_come_to_be_due():
    """In all no more than the largest of the readings; of a payer or receiver, than of what the decision can be.

    With a floor the line that it raises advances what is withheld of others, so that its payer may bear more of it.
    """
    told = Counter()
    for seed, plain, values, admits, settlement in _contracts():
        now = _paid(settlement)
        for cap in _caps(plain):
            assert sum(now[id] for id in cap["lines"]) <= F(cap["amount"]), f"contract {seed}: {cap}"
        readings = [*_outcomes(plain, values, admits, between_them=False)]
        assert sum(now.values()) <= max(sum(one.values()) for one in readings), f"contract {seed}"
        told["all"] += 1
        told["limited"] += any(sum(now[id] for id in cap["lines"]) == F(cap["amount"]) for cap in _caps(plain))
        if {"floor", "floors"}.intersection(plain["payment"]):
            told["floor"] += 1
            continue
        for shares in _groups(plain):
            if _sum(shares, now) <= max(_sum(shares, one) for one in readings):
                continue
            told["between"] += 1
            ends = _outcomes(plain, values, admits, between_them=True)
            assert _sum(shares, now) <= max(_sum(shares, one) for one in ends), f"contract {seed}: {shares}"
    assert told["all"] > 250
    assert told["limited"] > 60
    assert told["floor"] > 50


def test_the_maxima_that_are_told_of_a_contract_hold_while_a_dispute_is_open():
    settled = 0
    for seed, plain, _, _, settlement in _contracts():
        subject = read(plain)
        most = maximum_total(subject)
        assert most is None or F(settlement.total) <= F(most), f"contract {seed}"
        for party, bound in maximum_by_party(subject).items():
            parts = [F(one.amount) for of in settlement.lines for one in of.shares if one.payer == party]
            assert bound is None or sum(parts) <= F(bound), f"contract {seed}: {party}"
            settled += bound is not None
    assert settled > 250


def test_where_neither_limit_nor_floor_nor_netting_stands_between_lines_each_is_withheld_by_itself():
    """Of each line what is certified and admitted alike; a cap that no line comes near changes nothing of it."""
    for seed in range(100):
        plain, values, admits = _drawn(seed)
        for key in ("netting", "caps", "floors", "floor"):
            plain["payment"].pop(key, None)
        plain["payment"]["cap"] = {"amount": str(HIGH * len(values)), "reduces": "last_line_first"}
        now = _paid(_settled(plain, values, _dispute(admits)))
        for name, value in values.items():
            said = [value, *(one[name] for one in admits.values() if name in one)]
            alike = min(said) if min(said) > 0 else max(said) if max(said) < 0 else 0
            assert now[name] == alike, f"contract {seed}: {name}"


def test_when_the_dispute_is_decided_all_is_paid_as_it_was_decided():
    for seed, plain, values, admits, _ in _contracts()[:100]:
        for admitted in admits.values():
            texts = {name: str(value) for name, value in admitted.items()}
            over = Disputed(figures=texts, date="2022-02-01", decided="2022-03-01", why=WHY)
            settlement = _settled(plain, values | admitted, Events(disputed=(("provider", over),)))
            due = between({name: F(value) for name, value in (values | admitted).items()}, plain["payment"], F(1))
            assert [*_paid(settlement).values()] == due, f"contract {seed}"
            assert not [one for one in settlement.standings if one.withheld is not None]
