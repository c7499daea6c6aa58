"""The most of each party, and of all with guarantees: amounts by hand, and no settlement that costs more."""

import base64
import itertools
import os
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from contracts.answered_contracts import answered_contract, most_by_answers
from contracts.builders import file, given, line, number, read, settle
from contracts.random_contracts import random_contract, random_values
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from effekt import case, read_contract
from effekt.contracts import (
    guarantee_maxima,
    maximum_by_party,
    maximum_by_year_with_guarantees,
    maximum_over,
    maximum_total,
    maximum_with_guarantees,
    parse_contract,
    settle_figures,
)

ANSWERED = max(int(os.environ.get("EFFEKT_CONTRACTS", "0")) // 50, 60)  # `make contracts` tries two thousand
ABOVE = {"bounds": 75, "quanta": 2767}  # of the 303 bounds of the first sixty contracts: those above the truth, how far
seeds = st.integers(0, 10**9).map(random.Random)


def _contract(lines, **payment):
    plain = file(lines, {"few": number(0, "yes/no"), "more": number(0, "yes/no")}, quantum="1")
    plain["payment"] |= payment
    return read(plain)


def _yes(price, figure, **payers):
    clause = {"unit_price": {"price": price, "figure": figure, "below_zero": "zero"}}
    return line(clause, payers={party: f"0.{share}" if share < 10 else "1" for party, share in payers.items()})


CAP = {"reduces": "last_line_first"}
BOTH = {"a": _yes("100", "few", municipality=8, state=2), "b": _yes("100", "more", municipality=2, state=8)}


@pytest.mark.parametrize(
    ("payment", "most"),
    [
        ({}, {"municipality": "100", "state": "100"}),
        # the cap is filled with the line of which the party bears most
        ({"cap": {"amount": "100", **CAP}}, {"municipality": "81", "state": "81"}),
        ({"cap": {"amount": "150", **CAP}}, {"municipality": "91", "state": "91"}),
        ({"caps": {"year": {"amount": "150", "lines": ["a", "b"], **CAP}}}, {"municipality": "91", "state": "91"}),
        # a floor raises b to 300 where a pays nothing; on the safe side for the municipality, which can pay 120
        ({"floor": {"amount": "300", "raises": "b"}}, {"municipality": "121", "state": "241"}),
        # a guarantor pays beside its share of the lines, here 100 where both pay: then nothing is lacking
        (
            {"guarantees": {"g": {"guarantor": "state", "beneficiary": "provider", "amount": "90", "share": "0.5"}}},
            {"municipality": "100", "state": "101"},
        ),
        # what is guaranteed is the answer itself, which is 1 at most
        (
            {"guarantees": {"g": {"guarantor": "region", "beneficiary": "provider", "amount": "few", "share": "1"}}},
            {"municipality": "100", "state": "100", "region": "1"},
        ),
    ],
)
def test_the_most_of_each_party_by_hand(payment, most):
    assert maximum_by_party(_contract(BOTH, **payment)) == most


def test_whole_kronor_can_make_half_of_two_lines_more_than_half():
    """Two lines of 1 krona each, both shared by halves: the first in order gets each odd krona."""
    halves = {name: line({"fixed": "1"}, payers={"state": "0.5", "region": "0.5"}) for name in "ab"}
    assert maximum_by_party(_contract(halves)) == {"state": "2", "region": "2"}
    assert {share.payer: share.amount for share in settle(_contract(halves), few="0", more="0").lines[0].shares} == {
        "state": "1",
        "region": "0",
    }


def test_klippan_by_hand():
    """Lines: 1 000 000 + 3 000 000 · (1 + 3 · 0.03) = 4 270 000, which leaves nothing of the 4 000 000 to guarantee.

    With no effect the protected 1 000 000 is paid still: 3 000 000 is lacking, of which the guarantor bears half.
    """
    contract = read_contract(case("klippan") / "contract.yaml")
    assert maximum_total(contract) == "4270000"
    assert maximum_with_guarantees(contract) == "4270000"
    assert maximum_by_party(contract) == {"municipality": "4270000", "guarantor": "1500000"}
    assert guarantee_maxima(contract) == {"half_of_the_loss": "1500000"}
    assert maximum_by_year_with_guarantees(contract) == {}


def _guaranteed(*guarantors, amount="1000", share="0.5", **payment):
    terms = {"beneficiary": "provider", "amount": amount, "share": share}
    return _contract(BOTH, guarantees={name: {"guarantor": name} | terms for name in guarantors}, **payment)


@pytest.mark.parametrize(
    ("contract", "most", "twice"),
    [
        (_guaranteed("region"), "600", "1200"),  # 200 from the lines, half of the 800 that is then lacking
        (_guaranteed("region", amount="150"), "200", "350"),  # the lines alone; they are paid once
        (_guaranteed("region", "state", share="1"), "2000", "4000"),  # two guarantors: what a line gives both need less
        (
            _guaranteed("region", cap={"amount": "100", **CAP}),
            "550",
            "1100",
        ),  # the cap leaves 100 to the lines, so that 900 is lacking
        (_guaranteed("region", amount="few"), "201", "202"),  # the answer itself, which is 1 at most
    ],
)
def test_the_most_of_all_with_guarantees_by_hand(contract, most, twice):
    assert maximum_with_guarantees(contract) == most
    assert maximum_with_guarantees(contract, 2) == twice
    assert maximum_with_guarantees(contract, None) is None


def test_no_settlement_of_the_contracts_above_costs_more():
    for contract in (_guaranteed("region"), _guaranteed("region", amount="150"), _guaranteed("region", "state")):
        for few, more in itertools.product("01", repeat=2):
            paid, all_paid = _paid(settle(contract, few=few, more=more))
            assert all_paid <= Fraction(maximum_with_guarantees(contract))
            assert all(amount <= Fraction(maximum_by_party(contract)[party]) for party, amount in paid.items())


def test_who_guarantees_what_it_pays_itself_is_not_counted_twice():
    """The Norwegian state pays at most 20 000 000 and guarantees 10 000 000: what the line pays is not lacking."""
    contract = read_contract(case("norwegian-recidivism") / "contract.yaml")
    assert maximum_by_party(contract) == {"state": "20000000"}
    assert maximum_by_party(contract, 2) == {"state": "40000000"}
    # half of the line, and all of what is lacking of 1000: a line that pays nothing costs the state most
    half = {"a": line({"fixed": "600"}, payers={"state": "0.5", "region": "0.5"}, when={"figure": "few", "eq": "1"})}
    guarantee = {"guarantor": "state", "beneficiary": "provider", "amount": "1000", "share": "1"}
    subject = _contract(half, guarantees={"g": guarantee})
    assert maximum_by_party(subject)["state"] == "1000"
    assert _paid(settle(subject, few="0", more="0"))[0]["state"] == 1000


def test_a_guarantee_falls_due_with_the_certificate():
    plain = file({"a": line({"fixed": "10"})}, quantum="1")
    plain["payment"]["guarantees"] = {
        "g": {"guarantor": "state", "beneficiary": "provider", "amount": "50", "share": "1"}
    }
    assert maximum_by_year_with_guarantees(read(plain)) == {}  # the line has no day
    # 10 from the line, and the 40 that is then lacking; the line is paid once
    assert maximum_by_year_with_guarantees(read(plain), ("2021-12-31", "2022-12-31", "2022-12-31")) == {
        "2021": "50",
        "2022": "90",
    }
    plain["payment"]["lines"]["a"] |= ANEW
    assert maximum_by_year_with_guarantees(read(plain), ("2021-12-31", "2022-12-31", "2022-12-31")) == {
        "2021": "50",
        "2022": "100",
    }
    plain["payment"]["lines"]["a"].pop("true_up")
    plain["payment"]["due_days"] = 30
    plain["dates"]["certificate_due"] = "2021-12-15"
    assert maximum_by_year_with_guarantees(read(plain)) == {"2022": "50"}
    # a line that falls due before the certificate leaves the guarantee to the year of the certificate
    plain["payment"]["lines"] |= {"b": line({"fixed": "5"}, due="2021-12-31")}
    assert maximum_by_year_with_guarantees(read(plain)) == {"2021": "5", "2022": "45"}


def test_where_the_file_has_no_day_of_a_guarantee_it_counts_in_every_year():
    lines = {"a": _yes("100", "few", municipality=10), "b": _yes("100", "more", municipality=10)}
    lines["a"]["due"], lines["b"]["due"] = "2021-06-30", "2022-06-30"
    guarantee = {"guarantor": "region", "beneficiary": "provider", "amount": "300", "share": "0.5"}
    # each year 100 of its own line and half of the 200 that is lacking where the other pays nothing
    assert maximum_by_year_with_guarantees(_contract(lines, guarantees={"g": guarantee})) == {
        "2021": "200",
        "2022": "200",
    }


def test_what_an_ending_takes_of_a_line_the_guarantor_may_have_to_bear():
    """Klippan, where the contract can end with nothing more paid and guarantees applying: all 4 000 000 can lack."""
    text = (case("klippan") / "contract.yaml").read_text(encoding="utf-8")
    ending = 'termination: {x: {event: {sv: "x", en: "x"}, then: pay_nothing_more, guarantees: applies}}\n'
    assert guarantee_maxima(parse_contract((text.rstrip("\n") + "\n" + ending).encode())) == {
        "half_of_the_loss": "2000000"
    }


def test_what_a_floor_adds_where_an_ending_takes_the_other_line():
    """60 and what the floor of 100 adds to b; where the contract ends and a pays nothing, b is raised to all 100."""
    plain = file({"a": line({"fixed": "60"}), "b": line({"fixed": "1"}, payers={"state": "1"})}, quantum="1")
    plain["payment"]["floors"] = {"all": {"lines": ["a", "b"], "amount": "100", "raises": "b"}}
    assert maximum_by_party(read(plain)) == {"municipality": "60", "state": "40"}
    plain["termination"] = {
        "x": {"event": {"sv": "x", "en": "x"}, "then": "pay_nothing_more", "lines": {"b": "in_full"}}
    }
    assert maximum_by_party(read(plain))["state"] == "100"


OPEN = {"unit_price": {"price": "10", "figure": "x", "below_zero": "zero"}}  # from nothing to without end
IN_ALL = {"true_up": {"paid": "paid", "below_zero": "clawback"}, "cap": "30", "floor": "0"}
ANEW = {"true_up": {"paid": "0", "below_zero": "clawback"}}  # nothing is ever deducted
HALVES = {"municipality": "0.5", "state": "0.5"}


def _of(lines, dates=None, **payment):
    figures = {"few": number(0, "yes/no"), "more": number(0, "yes/no"), "x": number(0), "paid": number(0, "SEK")}
    plain = file(lines, figures, quantum="1")
    plain["payment"] |= payment
    plain["dates"] |= dates or {}
    return read(plain)


def _borne(amount, by="region", **more):
    """A guarantor bears all that the provider lacks of an amount."""
    return {by: {"guarantor": by, "beneficiary": "provider", "amount": amount, "share": "1"} | more}


def test_what_nothing_bounds_leaves_the_bound_of_another_party():
    open_line = {"a": line({"fixed": "-5"}, payers={"state": "1"}), "b": line(OPEN)}
    contract = _of(open_line, guarantees=_borne("50"))
    assert maximum_by_party(contract) == {"municipality": None, "state": "0", "region": "50"}
    assert maximum_by_party(contract, 2) == {"municipality": None, "state": "0", "region": "100"}
    assert maximum_by_party(contract, None) == {"municipality": None, "state": "0", "region": None}
    assert maximum_with_guarantees(contract) is None
    unbounded = _of({"a": line({"fixed": "30"})}, guarantees=_borne("paid"))
    assert guarantee_maxima(unbounded) == {"region": None}
    assert maximum_by_party(unbounded) == {"municipality": "30", "region": None}
    assert maximum_with_guarantees(unbounded) is None
    capped = _of({"a": line({"fixed": "30"})}, guarantees=_borne("paid", cap="20"))
    assert maximum_by_party(capped) == {"municipality": "30", "region": "20"}
    assert maximum_with_guarantees(capped) == "50"


@pytest.mark.parametrize(
    ("payers", "settlements", "most"),
    [
        # 30 in all, however often, and 5 each time
        (({"municipality": "1"}, {"municipality": "1"}), 1, {"municipality": "35"}),
        (({"municipality": "1"}, {"municipality": "1"}), 3, {"municipality": "45"}),
        (({"municipality": "1"}, {"municipality": "1"}), None, {"municipality": None}),
        # half of 45 in whole kronor is 23, and each share of a line can be a krona more
        ((HALVES, HALVES), 3, {"municipality": "29", "state": "29"}),
        ((HALVES, HALVES), None, {"municipality": None, "state": None}),
        # with other shares of each line, each by itself: 15 and 3/4 of 15 are 26.25, 15 and 3.75, and six kronor more
        ((HALVES, {"municipality": "0.75", "state": "0.25"}), 3, {"municipality": "33", "state": "25"}),
        (({"municipality": "1"}, {"state": "1"}), 3, {"municipality": "30", "state": "15"}),
    ],
)
def test_the_most_of_each_party_in_several_settlements(payers, settlements, most):
    of_a, of_b = payers
    lines = {"a": line({"fixed": "30"}, payers=of_a, **IN_ALL), "b": line({"fixed": "5"}, payers=of_b, **ANEW)}
    assert maximum_by_party(_of(lines), settlements) == most


@pytest.mark.parametrize(
    ("payers", "settlements", "most"),
    [
        (({"municipality": "1"}, {"municipality": "1"}), 3, {"municipality": "35"}),
        (({"municipality": "1"}, {"municipality": "1"}), None, {"municipality": "35"}),
        # half of 35 in whole kronor is 18, and a krona each time of a and once of b
        ((HALVES, HALVES), 3, {"municipality": "22", "state": "22"}),
        ((HALVES, HALVES), None, {"municipality": None, "state": None}),
        (({"municipality": "1"}, {"state": "1"}), 3, {"municipality": "30", "state": "5"}),
        (({"municipality": "1"}, {"state": "1"}), None, {"municipality": "30", "state": "5"}),
    ],
)
def test_of_a_line_that_is_paid_once_each_party_pays_its_share_once(payers, settlements, most):
    of_a, of_b = payers
    lines = {"a": line({"fixed": "30"}, payers=of_a, **IN_ALL), "b": line({"fixed": "5"}, payers=of_b)}
    assert maximum_by_party(_of(lines), settlements) == most


def test_a_line_paid_once_that_is_always_below_zero_takes_nothing_from_other_settlements():
    """40 where the line below zero is paid, and 50 each time where it is not."""
    lines = {"a": line({"fixed": "50"}, **ANEW), "b": line({"fixed": "-10"})}
    assert maximum_by_party(_of(lines)) == {"municipality": "40"}
    assert maximum_by_party(_of(lines), 2) == {"municipality": "100"}
    assert maximum_with_guarantees(_of(lines), 2) == "100"
    days = ("2021-06-30", "2021-12-31")
    assert maximum_by_year_with_guarantees(_of(lines), days) == {"2021": "100"}


def test_the_contracts_cap_bounds_a_party_with_one_share_of_lines_that_nothing_bounds():
    """Half of 100, and a krona more of one line in two; with another share of b a party may bear all of one alone."""
    either_way = {"unit_price": OPEN["unit_price"] | {"below_zero": "negative"}}
    lines = {"a": line(either_way, payers=HALVES), "b": line({"fixed": "5"}, payers=HALVES)}
    cap = {"amount": "100", "reduces": "pro_rata"}
    assert maximum_by_party(_of(lines, cap=cap)) == {"municipality": "51", "state": "51"}
    in_ore = file(lines, {"x": number(0)}, cap=cap)
    assert maximum_by_party(read(in_ore)) == {"municipality": "50.01", "state": "50.01"}
    alone = {id: one | {"payers": {"municipality": "1"}} for id, one in lines.items()}
    assert maximum_by_party(_of(alone, cap=cap)) == {"municipality": "100"}  # no odd krona where one pays all
    lines["b"] = line({"fixed": "5"}, payers={"municipality": "0.75", "state": "0.25"})
    assert maximum_by_party(_of(lines, cap=cap)) == {"municipality": None, "state": None}
    lines["b"] = line({"fixed": "5"}, payers={"municipality": "1"})
    assert maximum_by_party(_of(lines, cap=cap))["state"] is None


EITHER_WAY = {"unit_price": OPEN["unit_price"] | {"below_zero": "negative"}}


@pytest.mark.parametrize(
    ("payers", "below_zero", "due", "before", "party", "most"),
    [
        # 6 at most in one settlement, 0.858 of it by the region: of 4 it has paid none, the others 2 each, of 10 it has
        # paid 2, since 0.43 is then the greatest remainder
        ({"municipality": "0.4285", "state": "0.4285", "region": "0.143"}, "zero", "10", "4", "region", "2"),
        # of one krona paid back the first got it all, of 5 due it pays 3: 4 of 6
        (HALVES, "negative", "5", "-1", "municipality", "4"),
        (HALVES, "zero", "6", "0", "municipality", "3"),  # nothing can have been paid back
    ],
)
def test_a_part_of_what_was_paid_before_can_cost_a_krona_more_by_hand(payers, below_zero, due, before, party, most):
    up = {"true_up": {"paid": "paid", "below_zero": "clawback", "cap": "6"}}
    clause = {"unit_price": {"price": "1", "figure": "x", "below_zero": below_zero}}
    contract = _of({"a": line(clause, payers=payers, **up)})
    assert maximum_by_party(contract)[party] == most
    assert _paid(settle(contract, few="0", more="0", x=due, paid=before))[0][party] == int(most)


def test_in_whole_hundreds_that_part_can_cost_a_hundred_more_by_hand():
    """Half of 600 at most, and a hundred more: of 500 due the first pays 300 and of a hundred paid back it got all."""
    clause = {"unit_price": {"price": "100", "figure": "x", "below_zero": "negative"}}
    up = {"true_up": {"paid": "paid", "below_zero": "clawback", "cap": "600"}}
    contract = read(file({"a": line(clause, HALVES, **up)}, {"x": number(0), "paid": number(0, "SEK")}, quantum="100"))
    assert maximum_by_party(contract)["municipality"] == "400"
    assert _paid(settle(contract, x="5", paid="-100"))[0]["municipality"] == 400


@pytest.mark.parametrize(("least", "most"), [("-50", "150"), (None, "200")])
def test_a_line_below_zero_leaves_another_more_under_the_cap_by_hand(least, most):
    """b pays 200 under a cap of 100 where a pays 100 back, or more; 150 where a pays back at most 50."""
    below = line(EITHER_WAY, payers={"state": "1"}, cap="5", **({} if least is None else {"floor": least}))
    contract = _of({"a": below, "b": _yes("200", "few", municipality=10)}, cap={"amount": "100", **CAP})
    assert maximum_by_party(contract) == {"municipality": most, "state": "5"}
    assert _paid(settle(contract, few="1", more="0", x="-20", paid="0"))[0]["municipality"] == int(most)


def test_a_line_that_is_always_below_zero_without_end_by_hand():
    """The state is paid back 50 or more, the municipality from 30 down to 10: it pays -10 at most."""
    ten_to_thirty = {"sum": [{"fixed": "-30"}, {"unit_price": {"price": "20", "figure": "few", "below_zero": "zero"}}]}
    below = {"lesser_of": [{"fixed": "-50"}, EITHER_WAY]}
    lines = {"a": line(below, payers={"state": "1"}), "b": line(ten_to_thirty)}
    assert maximum_by_party(_of(lines)) == {"municipality": "-10", "state": "-50"}
    assert _paid(settle(_of(lines), few="1", more="0", x="-9", paid="0"))[0] == {"municipality": -10, "state": -90}


def test_a_cap_on_the_lines_of_one_party_by_hand():
    """Two of its lines pay 100 each but together at most 100, beside 500 of another party."""
    lines = {id: _yes("100", figure, municipality=10) for id, figure in (("a", "few"), ("b", "more"))}
    lines["c"] = line({"fixed": "500"}, payers={"state": "1"})
    contract = _of(lines, caps={"two": {"amount": "100", "lines": ["a", "b"], **CAP}})
    assert maximum_by_party(contract) == {"municipality": "100", "state": "500"}


def test_in_whole_hundreds_what_is_lacking_rounds_up_by_hand():
    """Of 150 that are guaranteed the line pays 100 or nothing: 50 is lacking and 100 borne, or 150 and 200."""
    plain = file({"a": _yes("100", "few", municipality=10)}, {"few": number(0, "yes/no")}, quantum="100")
    plain["payment"]["guarantees"] = _borne("150", "state")
    assert maximum_with_guarantees(read(plain)) == "200"
    assert [_paid(settle(read(plain), few=few))[1] for few in "01"] == [200, 200]


def test_in_ore_each_share_of_each_settlement_can_be_an_ore_more():
    """Half of 45 in all is 22.50, and 0.01 for each of two lines three times; of 35 17.50, and of b once."""
    lines = {"a": line({"fixed": "30"}, payers=HALVES, **IN_ALL), "b": line({"fixed": "5"}, payers=HALVES)}
    contract = read(file(lines, {"paid": number(2, "SEK")}))
    assert maximum_by_party(contract, 3) == {"municipality": "17.54", "state": "17.54"}
    lines["b"] |= ANEW
    contract = read(file(lines, {"paid": number(2, "SEK")}))
    assert maximum_by_party(contract, 3) == {"municipality": "22.56", "state": "22.56"}


AGREED = ("municipality", "state", "provider")


def _shared_and_paid_back(*terms, **payment):
    """A line by number, and one in all of which what was paid too much is paid back, under a cap of 160."""
    return read(_shared(*terms, **payment))


def _shared(of_a="0.65", of_b="0.25", due="zero", paid="paid", below_zero="clawback", **payment):
    a, b = ({"municipality": one, "state": str(1 - Decimal(one))} for one in (of_a, of_b))
    per_x, per_due = ({"price": "1", "figure": id, "below_zero": below} for id, below in (("x", "zero"), ("due", due)))
    lines = {
        "a": line({"unit_price": per_x}, payers=a),
        "b": line({"unit_price": per_due}, payers=b, cap="300", true_up={"paid": paid, "below_zero": below_zero}),
        "c": line({"fixed": "0"}, payers=b, true_up={"paid": "paid_c", "below_zero": below_zero}),
    }
    plain = file(
        lines, {"x": number(0), "due": number(0)} | dict.fromkeys(("paid", "paid_c"), number(0, "SEK")), quantum="1"
    )
    plain["payment"] |= {"cap": {"amount": "160", "reduces": "pro_rata"}} | payment
    return plain


def test_where_no_line_pays_less_than_nothing_in_all_a_party_pays_its_largest_share_of_the_most():
    """Of 160 each time: 65 and 75 per cent of 640, and nine kronor: of a once, of b and c each time."""
    contract = _shared_and_paid_back()
    assert maximum_by_party(contract, 4) == {"municipality": "425", "state": "489"}
    assert maximum_by_party(contract, 1) == maximum_by_party(contract, None) == dict.fromkeys(("municipality", "state"))


@pytest.mark.parametrize(
    ("due", "payment"),
    [
        ("negative", {}),
        ("zero", {"paid": "5"}),
        ("zero", {"netting": {"lines": ["b", "c"], "reduces": "pro_rata", "below_zero": "negative"}}),
        ("zero", {"floor": {"amount": "10", "raises": "a"}}),
        ("zero", {"floors": {"least": {"lines": ["a", "b"], "amount": "10", "raises": "a"}}}),
    ],
)
def test_where_a_line_may_pay_less_than_nothing_in_all_a_larger_share_of_another_is_not_bounded(due, payment):
    assert maximum_by_party(_shared_and_paid_back(due=due, **payment), 4)["municipality"] is None


def _amended(below_zero):
    """The same contract after an amendment, with what was paid too much of b and c dealt with so."""
    agreed_by = {id: base64.b64encode(bytes([number]) * 32).decode() for number, id in enumerate(AGREED, start=1)}
    amendment = {"number": 1, "of": "0" * 64, "date": "2023-01-01", "reason": {"sv": "x", "en": "x"}}
    plain = _shared(below_zero=below_zero) | {"amendment": amendment | {"agreed_by": list(AGREED)}}
    for id, key in agreed_by.items():
        plain["parties"][id]["keys"] = [key]
    return read(plain)


def test_what_is_paid_back_after_an_amendment_may_have_been_paid_before_it_and_what_is_carried_may_not():
    """Money paid back that files before paid leaves more under the cap of 160; what is carried leaves no more.

    Of 160 each time the state pays 75 per cent of 640, and two kronor each time, as nothing can be paid back; the
    municipality 65 per cent of a, which is paid once, and 25 of b each time.
    """
    assert maximum_by_party(_amended("carry"), 4) == {"municipality": "264", "state": "488"}
    assert maximum_by_party(read(_shared(below_zero="carry")), 4) == {"municipality": "264", "state": "488"}
    assert maximum_by_party(_amended("clawback"), 4) == {"municipality": None, "state": None}


def test_what_another_party_is_paid_back_leaves_a_party_that_pays_one_line_with_all_of_it():
    """100 twice, though all lines together pay 50 each time."""
    lines = {"a": line({"fixed": "100"}, **ANEW), "b": line({"fixed": "-50"}, payers={"state": "1"}, **ANEW)}
    assert maximum_over(_of(lines), 2) == "100"
    assert maximum_by_party(_of(lines), 2) == {"municipality": "200", "state": "0"}


@forall(seeds)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_no_settlements_one_after_another_cost_a_party_more(rng):
    contract = _shared_and_paid_back(rng.choice(["0.65", "0.5", "0.1"]), rng.choice(["0.25", "0.5", "0.9"]))
    times, paid, borne = rng.randint(2, 5), Fraction(0), Counter()
    for _ in range(times):
        values = {"x": rng.choice(["0", "7", "160", "1000"]), "due": rng.choice(["0", "33", "300"]), "paid": str(paid)}
        values["paid_c"] = "0"
        settlement = settle(contract, **values)
        paid += Fraction(settlement.lines[1].amount)
        for one in settlement.lines:
            borne.update({share.payer: Fraction(share.amount) for share in one.shares})
    most = maximum_by_party(contract, times)
    assert all(borne[party] <= Fraction(most[party]) for party in most)


def test_one_settlement_can_pay_again_what_one_before_it_had_paid_back():
    """Of at most 100 in all, after 40 were paid back; in all it is 100 still."""
    clawback = {"true_up": {"paid": "paid", "below_zero": "clawback"}, "floor": "-40", "cap": "100"}
    contract = _of({"a": line({"unit_price": OPEN["unit_price"] | {"below_zero": "negative"}}, **clawback)})
    assert maximum_by_party(contract) == {"municipality": "140"}
    assert maximum_by_party(contract, 2) == {"municipality": "100"}


IN_ALL_AND_BESIDE = {"a": line({"fixed": "30"}, payee="region", **IN_ALL), "b": line({"fixed": "0"})}


def test_what_is_paid_in_all_is_so_beside_a_guarantor_who_sees_each_settlement_by_itself():
    contract = _of(IN_ALL_AND_BESIDE, guarantees=_borne("40", "state"))
    assert maximum_by_party(contract, None) == {"municipality": "30", "state": None}
    assert maximum_by_party(contract, 3) == {"municipality": "30", "state": "120"}
    assert maximum_with_guarantees(contract, 3) == "150"


def test_the_years_of_what_is_paid_in_all_and_of_guarantors():
    days, lines = ("2021-12-31", "2022-06-30", "2022-12-31"), IN_ALL_AND_BESIDE
    assert maximum_by_year_with_guarantees(_of(lines), days) == {"2021": "30", "2022": "30"}
    # at most 10 more each time
    with_guarantor = _of(lines, guarantees=_borne("paid", "state", cap="10"))
    assert maximum_by_year_with_guarantees(with_guarantor, days) == {"2021": "40", "2022": "50"}
    assert maximum_by_year_with_guarantees(_of(lines, guarantees=_borne("paid", "state")), days) == {
        "2021": None,
        "2022": None,
    }
    assert maximum_by_year_with_guarantees(_of({"a": line(OPEN)}, guarantees=_borne("10")), days) == {
        "2021": None,
        "2022": None,
    }


def test_a_day_of_the_certificate_alone_does_not_say_when_a_guarantor_pays():
    lines = {"a": line({"fixed": "30"}, due="2021-06-30"), "b": line({"fixed": "20"}, due="2023-06-30")}
    contract = _of(lines, {"certificate_due": "2022-12-15"}, guarantees=_borne("60"))
    assert maximum_by_year_with_guarantees(contract) == {"2021": "40", "2023": "30"}  # 10 in either year
    assert maximum_by_year_with_guarantees(_of(lines)) == {"2021": "30", "2023": "20"}


def test_a_guarantor_that_pays_two_lines_and_bears_up_to_its_cap_by_hand():
    """All of a, half of b, and what the provider lacks of 150 beside a, at most 100.

    50 of a and 50 of b: 50 + 25 + 100. All of a, or of b, under the cap of 100: 100 + 50 or 50 + 100.
    """
    lines = {
        "a": line({"unit_price": {"price": "100", "figure": "few", "below_zero": "zero"}}, payers={"state": "1"}),
        "b": line({"unit_price": {"price": "100", "figure": "more", "below_zero": "zero"}}, HALVES, payee="region"),
    }
    cap = {"amount": "100", "reduces": "pro_rata"}
    contract = _of(lines, cap=cap, guarantees=_borne("150", "state", cap="100"))
    assert maximum_by_party(contract)["state"] == "175"
    assert _paid(settle(contract, few="1", more="1", x="0", paid="0"))[0]["state"] == 175


def test_a_guarantor_of_many_by_hand():
    """The state pays a share of each of five lines and bears what each payee lacks of 50: the most of each by itself.

    90, 80 and 70 where the line pays 100, and 50 of the others where it pays nothing; an odd krona each but for one.
    """
    shares = {"a": 9, "b": 8, "c": 7, "d": 5, "e": 3}
    payees = ("provider", "region", "verifier", "municipality", "g")
    figures = {name: number(0, "yes/no") for name in shares}
    lines = {
        name: _yes("100", name, state=share, other=10 - share) | {"payee": payee}
        for (name, share), payee in zip(shares.items(), payees, strict=True)
    }
    plain = file(lines, figures, quantum="1")
    plain["parties"] |= {id: {"role": "payer", "name": id} for id in ("other", "g")}
    term = {"guarantor": "state", "amount": "50", "share": "1"}
    plain["payment"]["guarantees"] = {payee: term | {"beneficiary": payee} for payee in payees}
    assert maximum_by_party(read(plain))["state"] == str(90 + 80 + 70 + 50 + 50 + 4)


def test_a_share_of_what_a_figure_says_is_guaranteed_by_hand():
    promised = {"derived": {"least": ["paid", "60"]}, "digits": 0, "unit": "SEK"}
    plain = file({"a": line({"fixed": "5"})}, {"paid": number(0, "SEK"), "promised": promised}, quantum="1")
    plain["payment"]["guarantees"] = _borne("promised") | _borne("promised", "state", cap="20")
    for one in plain["payment"]["guarantees"].values():
        one["share"] = "0.5"
    assert guarantee_maxima(read(plain)) == {"region": "30", "state": "20"}


def _passed_on(pays, steps, **more):
    """The lines go to the provider, which passes them on; the state bears half of what the region lacks of 150."""
    guarantee = {"guarantor": "state", "beneficiary": "region", "amount": "150", "share": "0.5"}
    waterfall = {"from": "provider", "steps": [{"to": to} | ({"up_to": up_to} if up_to else {}) for to, up_to in steps]}
    return _contract(
        {name: line(clause) for name, clause in pays.items()}, waterfall=waterfall, guarantees={"g": guarantee | more}
    )


ALL_OR_NOTHING = {"a": {"unit_price": {"price": "200", "figure": "few", "below_zero": "zero"}}}
HALF = {"a": {"sum": [{"fixed": "100"}, {"unit_price": {"price": "100", "figure": "few", "below_zero": "zero"}}]}}
REGION, OTHER, BOTH_HALF = {"region": "1"}, {"verifier": "1"}, {"region": "0.5", "verifier": "0.5"}


@pytest.mark.parametrize(
    ("pays", "steps", "of_guarantee", "of_all"),
    [
        # of 200 the region gets 100 and lacks 50, of nothing it lacks 150
        (ALL_OR_NOTHING, [(REGION, "100"), (OTHER, None)], "75", "225"),
        # of 200 it gets what is over 80 and lacks 30; of 100 it lacks 130
        (HALF, [(OTHER, "80"), (REGION, None)], "65", "215"),
        (ALL_OR_NOTHING, [(OTHER, "80"), (REGION, None)], "75", "215"),
        # what is over 80 up to 50: of 200 it lacks 100
        (HALF, [(OTHER, "80"), (REGION, "50"), (OTHER, None)], "65", "250"),
        (HALF, [(OTHER, "30"), (OTHER, "50"), (REGION, "50"), (OTHER, None)], "65", "250"),
        # half of it, of which an odd krona may be lost: of 100 it gets 50 and may get 49
        (HALF, [(BOTH_HALF, None)], "51", "226"),
        (HALF, [(BOTH_HALF, "80"), (OTHER, None)], "56", "256"),
        # half of what is over 80: of 100 it gets 10 and may get 9, of 200 it gets 60 and may get 59
        (HALF, [(OTHER, "80"), (BOTH_HALF, None)], "71", "246"),
        # by two ways it may get as little as nothing, and as much as is told
        (HALF, [(REGION, "10"), (OTHER, "10"), (REGION, None)], "75", "275"),
        # who passes all on has nothing of it
        ({"a": {"fixed": "200"}}, [(OTHER, None)], "75", "275"),
    ],
)
def test_what_is_passed_on_to_who_has_a_guarantor(pays, steps, of_guarantee, of_all):
    contract = _passed_on(
        pays, steps, **({} if any("region" in to for to, _ in steps) else {"beneficiary": "provider"})
    )
    assert (guarantee_maxima(contract), maximum_with_guarantees(contract)) == ({"g": of_guarantee}, of_all)
    for few in "01":
        settled = settle(contract, few=few, more="0")
        assert Fraction(settled.guarantees[0].amount) <= Fraction(of_guarantee)
        assert _paid(settled)[1] <= Fraction(of_all)


def test_what_goes_before_by_a_figure_may_leave_nothing():
    waterfall = {"from": "provider", "steps": [{"to": OTHER, "up_to": "paid"}, {"to": REGION}]}
    guarantee = {"guarantor": "state", "beneficiary": "region", "amount": "150", "share": "0.5"}
    contract = _of({"a": line(HALF["a"])}, waterfall=waterfall, guarantees={"g": guarantee})
    assert (guarantee_maxima(contract), maximum_with_guarantees(contract)) == ({"g": "75"}, "275")


def test_a_guarantor_of_what_is_passed_on_that_bears_half_of_the_line_by_hand():
    """Of a line of 80 nothing is over for the region: 40 and all 150; of each krona more it bears half less."""
    waterfall = {"from": "provider", "steps": [{"to": OTHER, "up_to": "80"}, {"to": REGION}]}
    guarantee = {"guarantor": "state", "beneficiary": "region", "amount": "150", "share": "1"}
    lines = {"a": line({"unit_price": OPEN["unit_price"] | {"price": "1"}}, payers=HALVES, cap="200")}
    contract = _of(lines, waterfall=waterfall, guarantees={"g": guarantee})
    assert maximum_by_party(contract)["state"] == "190"
    assert _paid(settle(contract, few="0", more="0", x="80", paid="0"))[0]["state"] == 190


def test_no_answers_cost_more():
    """Every bound of random contracts beside the most over every answer to their questions, by the second evaluator."""
    seen, first = Counter(), Counter()
    for place in range(ANSWERED):
        plain = answered_contract(random.Random(f"answers/{place}"))
        contract, truth = read(plain), most_by_answers(plain)
        told = {"lines": maximum_total(contract), "all": maximum_with_guarantees(contract)}
        told |= {("party", id): bound for id, bound in maximum_by_party(contract).items()}
        told |= {("guarantee", id): bound for id, bound in guarantee_maxima(contract).items()}
        for key, amount in truth.items():
            above = Fraction(told[key]) - amount
            assert above >= 0, (place, key)
            seen[above == 0] += 1
            if place < 60:  # no bound moves further away
                first[above == 0] += 1
                first["quanta"] += above / Fraction(plain["payment"]["quantum"])
    assert seen[True] > 2 * seen[False]  # and most are no more than that either
    assert first[False] <= ABOVE["bounds"]
    assert first["quanta"] <= ABOVE["quanta"]


@settings(derandomize=True, deadline=None, max_examples=25)
@forall(seeds)
def test_no_settlement_of_any_contract_costs_a_party_more(rng):
    contract = read(random_contract(rng))
    most, together = maximum_by_party(contract), maximum_with_guarantees(contract)
    for _ in range(4):
        settlement = settle_figures(contract, given(contract, random_values(rng, missing=0)))
        paid, all_paid = _paid(settlement)
        for party, amount in paid.items():
            assert most[party] is None or amount <= Fraction(most[party]), party
        assert together is None or all_paid <= Fraction(together)


def _paid(settlement):
    """What each party pays, and what all of them do; what is not determined counts nothing."""
    paid = {}
    lines = (*settlement.lines, *settlement.guarantees)
    for share in (share for one in lines if one.amount is not None for share in one.shares):
        paid[share.payer] = paid.get(share.payer, Fraction(0)) + Fraction(share.amount)
    return paid, sum(paid.values(), Fraction(0))


def test_what_a_line_paid_once_leaves_others_counts_in_the_settlement_that_pays_it():
    """What the municipality does not pay the region in full, at most 100, the state does."""
    backed = {"g": {"guarantor": "state", "beneficiary": "region", "amount": "100", "share": "1"}}
    priced = {"unit_price": {"price": "100", "figure": "few", "below_zero": "zero"}}
    each = line(priced, payers={"municipality": "1"}, payee="region", **ANEW)
    days = ("2021-06-30", "2022-06-30")
    for fixed, one, two, years in (("0", "100", "200", "100"), ("-5", "95", "400", "200")):
        once = line({"fixed": fixed}, payers={"municipality": "1"}, payee="provider")
        contract = _contract({"each": each, "once": once}, guarantees=backed)
        assert (maximum_with_guarantees(contract), maximum_with_guarantees(contract, 2)) == (one, two)
        assert maximum_by_year_with_guarantees(contract, days[:1]) == {"2021": one}
        assert maximum_by_year_with_guarantees(contract, days) == {"2021": years, "2022": years}


def test_a_party_may_bear_a_quantum_more_of_lines_that_it_shares_than_of_the_most_of_all():
    """35 in two settlements under the cap, and a quantum each of two lines of which the municipality bears 9 in 10."""
    shared = {"payers": {"municipality": "0.9", "state": "0.1"}}
    lines = {"a": line({"fixed": "15"}, payers={"municipality": "1"})}
    lines |= {id: line({"fixed": "15"}, **shared) for id in ("b", "c")}
    contract = _contract(lines, cap={"amount": "20", **CAP})
    assert (maximum_over(contract, 2), maximum_by_party(contract, 2)) == ("35", {"municipality": "37", "state": "4"})
