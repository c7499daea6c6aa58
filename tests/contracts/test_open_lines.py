"""What is settled while other lines are open stays as it is, whichever of their values they turn out to have."""

import itertools
import os
import random

import pytest
from contracts.builders import file, line, number, read, settle

from effekt.exceptions import ContractError

CONTRACTS = max(int(os.environ.get("EFFEKT_CONTRACTS", "0")) // 50, 150)  # `make contracts` tries two thousand
NAMES = "abc"
VALUES = list(itertools.product("01", repeat=len(NAMES)))
REDUCES = ("last_line_first", "pro_rata")


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
    return plain


def _lines(subject, values):
    return settle(subject, **dict(zip(NAMES, values, strict=True))).lines


def test_a_line_that_is_settled_while_others_are_open_stays_whatever_they_turn_out_to_be():
    """Each contract is drawn by its own number, so that one that does not hold can be drawn again alone."""
    read_, settled = 0, 0
    for seed in range(CONTRACTS):
        try:
            subject = read(_contract(random.Random(seed)))
        except ContractError:  # a floor above its cap, a raised line under another cap
            continue
        read_ += 1
        whole = {values: _lines(subject, values) for values in VALUES}
        for known in itertools.product(("0", "1", None), repeat=len(NAMES)):
            if None not in known:
                continue
            for place, one in enumerate(_lines(subject, known)):
                if one.amount is None:
                    continue
                settled += 1
                later = {
                    values: lines[place].amount
                    for values, lines in whole.items()
                    if all(value in (None, then) for value, then in zip(known, values, strict=True))
                }
                assert set(later.values()) == {one.amount}, f"contract {seed}, line {one.id} with {known}: {later}"
    assert read_ > CONTRACTS / 2
    assert settled > 5 * read_


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
