"""The most of each year: amounts by hand, and no answers at which more falls due in it."""

import itertools
import random
from collections import Counter

import pytest
from contracts.answered_contracts import ANSWERS, dated_contract, most_by_answers
from contracts.builders import file, line, number, read, settle
from contracts.random_contracts import whole
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from oracles import payment

from effekt.contracts import maximum_by_year, maximum_by_year_with_guarantees, maximum_total, paid_to_date
from effekt.contracts.liability import due_days
from effekt.contracts.money import decimal_text, fraction
from effekt.workflow.plan.reached import upper_bounds
from effekt.workflow.plan.several_settlements import liability
from effekt.workflow.plan.several_settlements import settlements as settlements_of

seeds = st.integers(0, 10**9).map(random.Random)
CAP = {"amount": "56", "reduces": "last_line_first"}
OF_BOTH = {"both": {"lines": ["work", "penalty"], "amount": "56", "reduces": "pro_rata"}}
ANEW = {"true_up": {"paid": "0", "below_zero": "clawback"}}  # nothing is ever deducted
BACKED = {"g": {"guarantor": "state", "beneficiary": "region", "amount": "10", "share": "1"}}


def _unit(price, figure, **terms):
    clause = {"unit_price": {"price": price, "figure": figure, "below_zero": "negative"}}
    return line(clause, **{"floor": "-40", "cap": "0"} | terms)


WORK = _unit("1", "x", floor="0", cap="100", due="2027-03-01")
PENALTY = _unit("-1", "y", due="2028-03-01")


def _contract(lines=None, **payment):
    """Work of at most 100 due in 2027, and a penalty of at most 40 due in 2028, unless other lines are given."""
    lines = {"work": WORK, "penalty": PENALTY} | (lines or {})
    plain = file(lines, {name: number(0) for name in "xy"}, quantum="1")
    plain["dates"]["certificate_due"] = "2027-12-15"
    plain["payment"] |= payment
    return read(plain)


@pytest.mark.parametrize(
    ("payment", "lines", "most"),
    [
        ({"cap": CAP}, {}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP | {"reduces": "pro_rata"}}, {}, {"2027": "96", "2028": "0"}),
        ({"caps": OF_BOTH}, {}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP | {"amount": "80"}}, {}, {"2027": "100", "2028": "0"}),  # all that the work gives
        ({"cap": CAP}, {"penalty": PENALTY | {"due": "2027-12-31"}}, {"2027": "56"}),
        ({"cap": CAP}, {"penalty": PENALTY | {"payee": "region"}}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP}, {"penalty": PENALTY | {"payers": {"state": "1"}}}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP}, {"work": WORK | {"due": None}}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP}, {"penalty": PENALTY | {"due": None}}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP}, {"penalty": PENALTY | {"floor": None}}, {"2027": "100", "2028": "0"}),
        ({"cap": CAP}, {"work": WORK | {"cap": None}}, {"2027": "96", "2028": "0"}),
        (
            {"cap": CAP},
            {"work": WORK | {"cap": None}, "penalty": PENALTY | {"floor": None}},
            {"2027": None, "2028": "0"},
        ),
        ({"caps": OF_BOTH}, {"more": PENALTY | {"due": "2029-03-01"}}, {"2027": "96", "2028": "0", "2029": "0"}),
        ({"caps": OF_BOTH, "cap": CAP}, {"more": PENALTY}, {"2027": "96", "2028": "0"}),
        ({"cap": CAP}, {"more": PENALTY}, {"2027": "100", "2028": "0"}),  # room for 56 and twice 40
        # nothing bounds the other line from below, and it is not under the cap of these
        (
            {"caps": OF_BOTH},
            {"penalty": PENALTY | {"due": "2027-03-01"}, "more": PENALTY | {"floor": None}},
            {"2027": "56", "2028": "0"},
        ),
        # a floor of 50 raises the work to 90 where 40 are paid back
        ({"floor": {"amount": "50", "raises": "work"}}, {"work": WORK | {"cap": "20"}}, {"2027": "90", "2028": "0"}),
        (
            {"floor": {"amount": "50", "raises": "work"}},
            {"work": WORK | {"cap": "20"}, "penalty": PENALTY | {"floor": None}},
            {"2027": None, "2028": "0"},
        ),
        # one that raises the penalty leaves the work what it is
        ({"floor": {"amount": "50", "raises": "penalty"}, "cap": CAP}, {}, {"2027": "96", "2028": "50"}),
    ],
)
def test_a_line_of_another_year_that_is_below_zero_leaves_room_under_the_cap(payment, lines, most):
    whole = {id: {key: value for key, value in one.items() if value is not None} for id, one in lines.items()}
    later = {"due_days": 0} if any("due" not in one for one in whole.values()) else {}
    contract = _contract(whole, **payment, **later)
    days = ["2028-06-30"] if later and "due" not in whole.get("penalty", {"due": ""}) else []
    assert maximum_by_year(contract, days) == most
    due = due_days(contract, days)[0]
    paid = [one.amount for one in settle(contract, x="100", y="400").lines if due[one.id].startswith("2027")]
    assert most["2027"] in (None, decimal_text(sum(map(fraction, paid)), 0))  # reached


def test_so_do_the_lines_beside_a_guarantee():
    """The region gets nothing, so that its guarantor pays 10 in every year."""
    nothing = line({"fixed": "0"}, payee="region", due="2028-03-01")
    contract = _contract({"none": nothing}, cap=CAP, guarantees=BACKED)
    assert maximum_by_year_with_guarantees(contract) == {"2027": "106", "2028": "10"}


@forall(seeds)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_no_answers_cost_a_year_more_and_what_has_no_mark_is_reached(rng):
    """Random contracts on four questions, all of whose answers are tried by the second evaluator."""
    plain = dated_contract(rng)
    contract, truth = read(plain), most_by_answers(plain)
    booked = liability(contract)
    only = upper_bounds(contract, maximum_total(contract), None, booked)
    kinds = {"year": maximum_by_year(contract)}
    kinds |= {"year with guarantees": booked.by_year} if booked.guarantors else {}
    for kind, years in kinds.items():
        key = "maximum_by_year" + kind.removeprefix("year").replace(" ", "_")
        for year, bound in years.items():
            most = truth.get((kind, year), 0)
            assert fraction(bound) >= most, (kind, year)
            assert (f"{key}.{year}" in only) == (fraction(bound) != most), (kind, year)


DAYS = ("2021-06-30", "2021-12-31", "2022-06-30")


def _settled_with(plain, some):
    """What each line gives by every answer in a settlement that pays no more than some lines, by the second evaluator.

    A cap is then on those alone: no settlement that leaves the others without an amount pays more.
    """
    pay = {**plain["payment"], "lines": {id: one for id, one in plain["payment"]["lines"].items() if id in some}}
    caps = {
        id: cap | {"lines": [one for one in cap["lines"] if one in some]} for id, cap in pay.get("caps", {}).items()
    }
    pay["caps"] = {id: cap for id, cap in caps.items() if cap["lines"]}
    for answers in itertools.product("01", repeat=len(ANSWERS)):
        settled = payment.settle({**plain, "payment": pay}, dict(zip(ANSWERS, answers, strict=True)))
        yield {id: amount for id, (amount, _) in settled.items()}, {id: shares for id, (_, shares) in settled.items()}


def _most_by_days(plain):
    """The most of all settlements, of a year and of a party, by every way to share out the lines that are paid once."""
    lines = plain["payment"]["lines"]
    once = [id for id, one in lines.items() if "true_up" not in one]
    rest = [id for id in lines if id not in once]
    found, paid = Counter(), {}
    for days in itertools.product((None, *range(len(DAYS))), repeat=len(once)):
        told = Counter()
        for i, day in enumerate(DAYS):
            some = frozenset({*rest, *(id for id, own in zip(once, days, strict=True) if own == i)})
            if some not in paid:
                paid[some] = [*_settled_with(plain, some)] if some else []
            due = {id: lines[id].get("due", day)[:4] for id in some}
            own = {}
            for amounts, shares in paid[some]:
                one = Counter({"all": sum(amounts.values())})
                for id, amount in amounts.items():
                    one["year", due[id]] += amount
                    for party, part in shares[id].items():
                        one["party", party] += part
                own = {key: max(own.get(key, 0), amount) for key, amount in one.items()} | {
                    key: most for key, most in own.items() if key not in one
                }
            told.update(own)
        found |= told
    return found


@forall(seeds)
@settings(derandomize=True, deadline=None, max_examples=120)
def test_no_answers_on_any_days_cost_more_where_lines_are_paid_once(rng):
    """Settlements that share out some lines, each once or never, and pay others anew: every way and answer is tried."""
    plain = dated_contract(rng)
    pay = plain["payment"]
    for key in ("floor", "floors", "netting", "guarantees", "waterfall"):
        pay.pop(key, None)
    if rng.random() < 0.5 and len(pay["lines"]) > 1:
        pay["caps"] = {
            "y": {"lines": [*pay["lines"]][:2], "amount": whole(rng, pay["quantum"], 0, 90), "reduces": "pro_rata"}
        }
        pay.pop("cap", None)
    for one in pay["lines"].values():
        one |= rng.choice(({}, {}, ANEW))
    pay |= {"due_days": 0} if any("due" not in one for one in pay["lines"].values()) else {}
    plain["dates"]["certificates"] = [*DAYS]
    contract, truth = read(plain), _most_by_days(plain)
    several, booked = settlements_of(contract), liability(contract)
    only = upper_bounds(contract, maximum_total(contract), several, booked)
    told = {("maximum_over_all", "all"): several.maximum}
    told |= {(f"maximum_by_year.{year}", ("year", year)): most for year, most in several.maximum_by_year.items()}
    told |= {(f"maximum_by_party.{party}", ("party", party)): most for party, most in booked.by_party.items()}
    for (name, key), most in told.items():
        assert fraction(most) >= truth[key], name
        assert fraction(most) == truth[key] or name in only, name


@forall(seeds)
@settings(derandomize=True, deadline=None, max_examples=120)
def test_no_settlements_one_after_another_cost_a_year_more(rng):
    """Lines of which what was paid too much is paid back, carried or let go, with or without a day of their own."""
    own = [{}, {"due": "2021-07-01"}, {"due": "2022-02-01"}]
    of = [{"true_up": {"paid": f"paid_{x}", "below_zero": rng.choice(("clawback", "carry", "floor"))}} for x in "xy"]
    work = WORK | {"floor": "-20"} | of[0]
    later = (PENALTY | {"cap": "30"}) | rng.choice([ANEW, of[1]])
    lines = {"work": work, "penalty": later, "more": _unit("1", "x", cap="10", floor="-10", **ANEW)}
    lines = {id: {key: it for key, it in one.items() if key != "due"} | rng.choice(own) for id, one in lines.items()}
    cap, some = {"cap": CAP | {"reduces": rng.choice(("pro_rata", "last_line_first"))}}, {"caps": OF_BOTH}
    figures = {name: number(0) for name in "xy"} | {f"paid_{name}": number(0, "SEK") for name in "xy"}
    plain = file(lines, figures, quantum="1")
    plain["payment"] |= rng.choice((cap, some, cap | some))
    contract, paid = read(plain), {"work": "0", "penalty": "0"}
    most, found = maximum_by_year(contract, DAYS), Counter()
    for due in due_days(contract, DAYS):
        x, y = (rng.choice(("-100", "-20", "0", "9", "30", "60", "100")) for _ in "xy")
        settled = settle(contract, x=x, y=y, paid_x=paid["work"], paid_y=paid["penalty"])
        paid |= paid_to_date(settled)
        found.update({due[one.id][:4]: 0 for one in settled.lines})
        for one in settled.lines:
            found[due[one.id][:4]] += fraction(one.amount)
    assert all(found[year] <= fraction(most[year]) for year in found)
