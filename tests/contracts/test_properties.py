"""What must hold for every contract and every figure."""

import itertools
import json
import random
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from contracts.builders import contract, given, line, number, paid, read, settle
from contracts.random_contracts import lines_alone, random_contract, random_gate, random_values
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from effekt.contracts import Settlement, maximum, maximum_total, parse_contract, quantise, settle_figures
from effekt.contracts.money import allocate, round_to

deterministic = settings(derandomize=True, deadline=None, max_examples=60)
seeds = st.integers(0, 10**9).map(random.Random)
quanta = st.sampled_from([Fraction(1), Fraction(1, 100), Fraction(1, 20), Fraction(100)])
fractions = st.fractions(-(10**6), 10**6, max_denominator=10**4)


# -------------------------------------------------------------------------------------------- arithmetic


@settings(deterministic, max_examples=300)
@forall(st.integers(-(10**9), 10**9), st.lists(st.fractions(0, 1, max_denominator=50), min_size=1, max_size=6), quanta)
def test_shares_sum_to_the_amount_and_miss_their_exact_share_by_less_than_a_quantum(units, weights, quantum):
    weights = [*weights, Fraction(1, 7)]
    amount = units * quantum

    parts = allocate(amount, weights, quantum)

    assert sum(parts) == amount
    assert all((part / quantum).denominator == 1 for part in parts)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < quantum


@settings(deterministic, max_examples=300)
@forall(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_rounding_is_that_of_decimal_arithmetic(thousandths, digits):
    value, step = Fraction(thousandths, 1000), Decimal(1).scaleb(-digits)
    with localcontext(prec=60):
        up = (Decimal(thousandths) / 1000).quantize(step, ROUND_HALF_UP)
        even = (Decimal(thousandths) / 1000).quantize(step, ROUND_HALF_EVEN)

    assert round_to(value, Fraction(1, 10**digits), "half_up") == Fraction(up)
    assert round_to(value, Fraction(1, 10**digits), "half_even") == Fraction(even)
    assert quantise(value, digits) == str(even if even else abs(even))


@deterministic
@forall(fractions, st.integers(0, 8))
def test_quantising_is_within_half_a_digit_and_happens_once(value, digits):
    text = quantise(value, digits)

    assert abs(Fraction(text) - value) <= Fraction(1, 2 * 10**digits)
    assert quantise(Fraction(text), digits) == text


# ------------------------------------------------------------------------------------------------ clauses


@settings(deterministic, max_examples=20)
@forall(seeds)
def test_a_contract_is_the_same_from_its_text_and_from_its_plain_values(rng):
    file = random_contract(rng)
    assert parse_contract(json.dumps(file).encode()).model == read(file).model


rising = st.lists(st.integers(-50, 50), min_size=2, max_size=5, unique=True).map(sorted)
values = st.integers(-120, 120).map(lambda halves: str(Fraction(halves, 2)) if halves % 2 == 0 else f"{halves / 2:.1f}")


def _scheme(way, ats, pays):
    if way == "tiers":
        return {"figure": "x", "steps": [{"from": str(a), "pays": str(p)} for a, p in zip(ats, pays, strict=False)]}
    if way == "piecewise":
        return {"figure": "x", "points": [{"at": str(a), "pays": str(p)} for a, p in zip(ats, pays, strict=False)]}
    ends = itertools.pairwise(zip(ats, pays, strict=False))
    bands = [{"from": str(a), "to": str(b), "pays_from": str(p), "pays_to": str(q)} for (a, p), (b, q) in ends]
    return {"figure": "x", "bands": bands}


@pytest.mark.parametrize("way", ["tiers", "bands", "piecewise"])
@settings(deterministic, max_examples=40)
@forall(ats=rising, pays=rising, pair=st.tuples(values, values))
def test_a_rising_scheme_never_pays_less_for_a_higher_figure(way, ats, pays, pair):
    shorter = min(len(ats), len(pays))
    scheme = {way: _scheme(way, ats[:shorter], [abs(pays[0]) + pay for pay in pays[:shorter]])}
    low, high = sorted(pair, key=Fraction)
    figures = {"x": number(1)}

    less, more = (paid(scheme, figures, values={"x": value}) for value in (low, high))

    assert Fraction(less) <= Fraction(more)


@deterministic
@forall(seeds, st.integers(-50, 50), st.integers(0, 50))
def test_a_line_without_condition_pays_within_its_floor_and_cap(rng, floor, width):
    file = lines_alone(random_contract(rng))
    quantum = Fraction(file["payment"]["quantum"])
    for terms in file["payment"]["lines"].values():
        terms.pop("when", None)
        terms["floor"] = str(Decimal(file["payment"]["quantum"]) * floor)
        terms["cap"] = str(Decimal(file["payment"]["quantum"]) * (abs(floor) + width))

    settlement = settle(read(file), **random_values(rng, missing=0))

    for settled in settlement.lines:
        if settled.amount is not None:
            assert floor * quantum <= Fraction(settled.amount) <= (abs(floor) + width) * quantum


@deterministic
@forall(seeds)
def test_nothing_pays_more_than_its_maximum(rng):
    subject = read(random_contract(rng))
    most, most_in_all = maximum(subject), maximum_total(subject)
    for _ in range(5):
        settlement = settle(subject, **random_values(rng, missing=0))
        for settled in settlement.lines:
            if settled.amount is not None and most[settled.id] is not None:
                assert Fraction(settled.amount) <= Fraction(most[settled.id])
        if settlement.total is not None and most_in_all is not None:
            assert Fraction(settlement.total) <= Fraction(most_in_all)


# ------------------------------------------------------------------------------------------------- Kleene

TRUTHS = (True, False, None)


def _gate_of(*truths):
    """Figures with which `f<i>` = 1 is true, false or undecided, and those comparisons."""
    figures = {f"f{i}": number(0) for i in range(len(truths))}
    known = {f"f{i}": None if truth is None else str(int(truth)) for i, truth in enumerate(truths)}
    return figures, known, [{"figure": name, "eq": "1"} for name in figures]


def _holds(gate, figures, known):
    subject = contract({"fee": line({"fixed": "5"}, when=gate)}, figures)
    return {"payable": True, "zero_by_terms": False}.get(settle(subject, **known).lines[0].state)


@pytest.mark.parametrize("truths", list(itertools.product(TRUTHS, repeat=3)))
def test_all_and_any_are_kleenes_strong_connectives(truths):
    figures, known, arms = _gate_of(*truths)
    conjunction = False if False in truths else None if None in truths else True
    disjunction = True if True in truths else None if None in truths else False

    assert _holds({"all": arms}, figures, known) is conjunction
    assert _holds({"any": arms}, figures, known) is disjunction
    assert _holds({"not": {"all": arms}}, figures, known) is (None if conjunction is None else not conjunction)


@deterministic
@forall(seeds)
def test_a_decided_gate_stays_decided_whatever_the_missing_figures_turn_out_to_be(rng):
    file = lines_alone(random_contract(rng))
    file["payment"]["lines"] = {"fee": line({"fixed": "5"}, when=random_gate(rng, 3))}
    subject, partial = read(file), random_values(rng, missing=0.5)
    before = settle(subject, **partial).lines[0]
    for _ in range(5):
        complete = random_values(rng, missing=0)
        after = settle(subject, **{id: complete[id] if v in (None, "refer") else v for id, v in partial.items()})
        if before.amount is not None and after.lines[0].amount is not None:
            assert before.amount == after.lines[0].amount


# --------------------------------------------------------------------------------------------- settlement


@settings(deterministic, max_examples=150)
@forall(seeds)
def test_a_determined_line_stays_as_it_is_when_the_missing_figures_arrive(rng):
    subject, partial = read(random_contract(rng)), random_values(rng, missing=0.4)
    before = {settled.id: settled for settled in settle(subject, **partial).lines}
    for _ in range(4):
        complete = random_values(rng, missing=0)
        values = {id: complete[id] if v in (None, "refer") else v for id, v in partial.items()}
        after = settle(subject, **values)
        for settled in after.lines:
            known = before[settled.id]
            assert known.amount is None or (known.amount, known.shares) == (settled.amount, settled.shares)


@settings(deterministic, max_examples=150)
@forall(seeds)
def test_a_settlement_is_consistent_with_itself(rng):
    file = random_contract(rng)
    settlement = settle(read(file), **random_values(rng))
    determined = [settled for settled in settlement.lines if settled.amount is not None]
    quantum = Fraction(file["payment"]["quantum"])

    assert Fraction(settlement.undisputed) == sum(Fraction(settled.amount) for settled in determined)
    assert settlement.total == (settlement.undisputed if len(determined) == len(settlement.lines) else None)
    for settled in settlement.lines:
        assert (settled.amount is None) == bool(settled.reasons)
        assert settled.missing == () or settled.amount is None
        assert settled.missing or settled.amount is not None or settled.state == "referred"
        assert settled.state in (
            ("payable", "zero_by_terms") if settled.amount else ("not_yet_determinable", "referred")
        )
    for settled in determined:
        assert (Fraction(settled.amount) / quantum).denominator == 1
        assert sum(Fraction(share.amount) for share in settled.shares) == Fraction(settled.amount)
        left = [step.value for step in settled.steps if step.value and step.rule != "paid_to_date"]
        assert Fraction(left[-1]) == Fraction(settled.amount)
    if settlement.total is not None and "cap" in file["payment"]:
        assert Fraction(settlement.total) <= Fraction(file["payment"]["cap"]["amount"])


@deterministic
@forall(seeds)
def test_the_plain_form_comes_back_equal_and_holds_plain_values_only(rng):
    settlement = settle(read(random_contract(rng)), **random_values(rng))
    text = json.dumps(settlement.to_plain(), ensure_ascii=False)

    assert Settlement.from_plain(json.loads(text)) == settlement
    assert json.dumps(Settlement.from_plain(json.loads(text)).to_plain(), ensure_ascii=False) == text
    assert not any(isinstance(leaf, (float, bool)) for leaf in _leaves(settlement.to_plain()))


def _leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


@deterministic
@forall(seeds)
def test_the_order_of_the_figures_an_unused_figure_and_words_left_out_change_nothing(rng):
    file = random_contract(rng)
    subject, figures = read(file), random_values(rng)
    plain = settle_figures(subject, given(subject, figures))
    unworded = settle_figures(subject, given(subject, figures), in_words=False).to_plain()
    shuffled = list(given(subject, figures).items())
    rng.shuffle(shuffled)
    file["figures"]["unused"] = number(0)

    assert settle_figures(subject, dict(shuffled)) == plain
    assert unworded == _without_words(plain.to_plain())
    assert settle(read(file), **figures, unused="7").lines == plain.lines


def _without_words(value):
    """Plain values, with the sentences of steps empty."""
    if isinstance(value, dict):
        blank = dict.fromkeys(("sv", "en"), "") if "rule" in value else {}
        return {key: _without_words(part) for key, part in value.items()} | blank
    return [_without_words(part) for part in value] if isinstance(value, list) else value
