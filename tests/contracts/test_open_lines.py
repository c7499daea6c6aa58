"""What is settled while other lines are open stays as it is, whichever of their values they turn out to have."""

import itertools
import os
import random
from fractions import Fraction

import pytest
from contracts.builders import file, given, line, number, read

from effekt.contracts import Events, settle_figures
from effekt.contracts.events import Disputed
from effekt.contracts.schema import Bilingual
from effekt.exceptions import ContractError

CONTRACTS = max(int(os.environ.get("EFFEKT_CONTRACTS", "0")) // 50, 150)  # `make contracts` tries two thousand
NAMES = "abc"
VALUES = list(itertools.product("01", repeat=len(NAMES)))
REDUCES = ("last_line_first", "pro_rata")
WHY = Bilingual(sv="enligt beslut", en="by decision")


def _amount(rng, low, high):
    return str(rng.randint(low, high) * 10)


def _contract(rng):
    """Three lines, each a fixed amount or one of two by a yes or no, and two or more rules between them."""
    lines = {}
    for name in NAMES:
        price = {"price": str(rng.choice((-3, -1, 2, 5, 10)) * 10), "figure": name, "below_zero": "negative"}
        clause = {"fixed": _amount(rng, -2, 10)} if rng.random() < 0.4 else {"unit_price": price}
        lines[name] = line(clause, **({"floor": _amount(rng, -1, 2)} if rng.random() < 0.2 else {}))
    plain = file(lines, {name: number(0, "yes/no") for name in NAMES}, quantum=rng.choice(("10", "1", "0.01")))
    pair, several = rng.choice(("ab", "ac", "bc")), rng.choice(("ab", "bc", "abc"))
    rules = {
        "netting": {
            "lines": list(several),
            "reduces": rng.choice(REDUCES),
            "below_zero": rng.choice(("zero", "negative")),
        },
        "caps": {"year": {"lines": list(pair), "amount": _amount(rng, 0, 12), "reduces": rng.choice(REDUCES)}},
        "floors": {"year": {"lines": list(pair), "amount": _amount(rng, -1, 12), "raises": rng.choice(pair)}},
        "cap": {"amount": _amount(rng, 0, 20), "reduces": rng.choice(REDUCES)},
        "floor": {"amount": _amount(rng, -1, 15), "raises": rng.choice(NAMES)},
    }
    plain["payment"] |= {rule: rules[rule] for rule in rng.sample(sorted(rules), rng.randint(2, 4))}
    plain["disputes"] = {"days": 30, "undisputed_paid": True, "decided_by": {"sv": "nämnden", "en": "the tribunal"}}
    return plain


def _contracts(count):
    """Each is drawn by its own number, so that one that does not hold can be drawn again alone."""
    for seed in range(count):
        try:
            yield seed, read(_contract(random.Random(seed)))
        except ContractError:  # a floor above its cap, a raised line under another cap
            continue


def _lines(subject, values, events=None):
    return settle_figures(subject, given(subject, dict(zip(NAMES, values, strict=True))), events).lines


def _while_open(subject, events=None):
    """Each line that has an amount while another has none, with what it is for each value that the others can have."""
    whole = {values: _lines(subject, values, events) for values in VALUES}
    for known in itertools.product(("0", "1", None), repeat=len(NAMES)):
        if None not in known:
            continue
        for place, one in enumerate(_lines(subject, known, events)):
            if one.amount is not None:
                fits = [all(k in (None, v) for k, v in zip(known, values, strict=True)) for values in VALUES]
                later = {lines[place].amount for lines, fit in zip(whole.values(), fits, strict=True) if fit}
                yield known, one, later


def test_a_line_that_is_settled_while_others_are_open_stays_whatever_they_turn_out_to_be():
    settled = 0
    for seed, subject in _contracts(CONTRACTS):
        for known, one, later in _while_open(subject):
            settled += 1
            assert later == {one.amount}, f"contract {seed}, line {one.id} with {known}"
    assert settled > 3 * CONTRACTS


def test_what_is_undisputed_while_others_are_open_is_no_more_than_once_they_are_known():
    settled = 0
    for seed, subject in _contracts(CONTRACTS // 3):
        rng = random.Random(f"dispute {seed}")
        name, admitted = rng.choice(NAMES), rng.choice(("0", "1", "none"))
        dispute = Disputed(figures={name: admitted}, date="2022-02-01", why=WHY)
        for known, one, later in _while_open(subject, Events(disputed=(("municipality", dispute),))):
            settled += 1
            now, then = Fraction(one.amount), [Fraction(amount) for amount in later]
            least = min(then) if now > 0 else -max(then)
            assert now == 0 or abs(now) <= least, f"contract {seed}, line {one.id} with {known}, {name}: {admitted}"
    assert settled > CONTRACTS


@pytest.mark.parametrize(("open_line", "now"), [(None, "0"), ("0", "5"), ("1", "0")])
def test_a_line_that_is_wholly_disputed_is_not_paid_because_a_floor_may_raise_it(open_line, now):
    """b is claimed at 100, of which the municipality admits nothing; c is 5, and a floor of 10 raises b if a is 0."""
    pays = {name: {"unit_price": {"price": "100", "figure": name, "below_zero": "zero"}} for name in "ab"}
    figures = {name: number(0, "yes/no") for name in NAMES}
    plain = file({"a": line(pays["a"]), "b": line(pays["b"]), "c": line({"fixed": "5"})}, figures, quantum="1")
    plain["payment"]["floor"] = {"amount": "10", "raises": "b"}
    plain["disputes"] = {"days": 30, "undisputed_paid": True, "decided_by": {"sv": "nämnden", "en": "the tribunal"}}
    dispute = Disputed(figures={"b": "none"}, date="2022-02-01", why=WHY)
    lines = _lines(read(plain), (open_line, "1", "0"), Events(disputed=(("municipality", dispute),)))
    assert [one.amount for one in lines[1:]] == [now, "5"]


@pytest.mark.parametrize(("cap", "once_known", "now"), [("157", "7", "7"), ("107", "7", None), ("105", "5", None)])
def test_a_known_line_that_a_floor_may_raise_counts_as_raised_under_the_cap(cap, once_known, now):
    """a pays 0 or 50 and b 20, which a floor raises to 100 with a; both count at their most under the cap, c last."""
    pays = {"unit_price": {"price": "50", "figure": "a", "below_zero": "zero"}}
    plain = file(
        {"a": line(pays), "b": line({"fixed": "20"}), "c": line({"fixed": "7"})},
        {name: number(0, "yes/no") for name in NAMES},
        quantum="1",
    )
    plain["payment"] |= {
        "floors": {"year": {"lines": ["a", "b"], "amount": "100", "raises": "b"}},
        "cap": {"amount": cap, "reduces": "last_line_first"},
    }
    subject = read(plain)
    assert [one.amount for one in _lines(subject, ("0", "0", "0"))] == ["0", "100", once_known]
    assert [one.amount for one in _lines(subject, ("1", "0", "0"))] == ["50", "50", once_known]
    assert [one.amount for one in _lines(subject, (None, "0", "0"))] == [None, None, now]
