"""Random contracts that end or are disputed, whose comparison is spoiled or source revised, while figures are missing.

What is settled stays, whatever the missing figures become. Convictions that reach a register late are a revised source.
"""

import itertools
import json
import os
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction as F

from contracts.builders import estimated, given, read
from contracts.random_contracts import BETWEEN, random_contract, random_values
from contracts.second_route import same_by_both
from contracts.test_events import DISPUTES, PERIOD, STOP, WHY, disputed, ended

from effekt.contracts import Events, settle_figures
from effekt.contracts.events import Contaminated, Revised
from effekt.exceptions import ContractError

CONTRACTS = max(int(os.environ.get("EFFEKT_CONTRACTS", "0")) // 20, 150)  # `make contracts` tries five thousand
DAYS = ("2019-03-01", "2019-12-31", "2020-06-30", "2021-06-30")
LATER = 4  # values that the missing figures are given, one after another


def _clause(rng, payment):
    """Any rule of an ending, with its floor and guarantees said or left open."""
    lines, then = payment["lines"], rng.choice(("pay_to_date", "pay_nothing_more", "refer"))
    rules = ("in_full", "nothing", "refer")
    own = {id: rng.choice(rules) for id, one in lines.items() if "true_up" in one or rng.random() < 0.3}
    own |= {id: "to_date" for id, one in lines.items() if "true_up" not in one and rng.random() < 0.3}
    clause = {"then": then, "lines": own} if own else {"then": then}
    if "to_date" in own.values() or (then == "pay_to_date" and set(own) < set(lines)):
        clause["period"] = PERIOD
    for key, there in (("floor", {"floor", "floors"}), ("guarantees", {"guarantees"})):
        if there & set(payment) and (word := rng.choice(("applies", "lapses", None))):
            clause[key] = word
    return STOP | clause


def _drawn(number):
    """A contract, what has happened, and values of its figures of which some are missing."""
    rng = random.Random(f"open events {number}")
    plain = random_contract(rng)
    plain["termination"] = {id: _clause(rng, plain["payment"]) for id in ("stop", "spoilt")}
    plain["disputes"] = DISPUTES | {"undisputed_paid": rng.random() < 0.8}
    last = rng.choice(("2019-03-01", "2020-06-30", None))
    admitted = {"municipality": {rng.choice("abcd"): "12"}} if rng.random() < 0.4 else {}
    spoiled, revised = (), ()
    if rng.random() < 0.6:
        plain, spoiled, revised = _on_data(rng, plain)
    events = Events(
        ended=ended(last).ended if last else None,
        disputed=disputed(**admitted).disputed,
        contaminated=spoiled,
        revised=revised,
        superseding=("2020-01-01",) if rng.random() < 0.5 else (),
    )
    return rng, plain, read(plain), events, random_values(rng, missing=0.4)


def _on_data(rng, plain):
    """The contract with some figures estimated, and what befalls their comparisons and sources."""
    found = estimated(plain, **{id: rng.choice(("first", "second")) for id in rng.sample("abcd", rng.randint(1, 4))})
    for term in found["figures"].values():
        if "estimate" in term and rng.random() < 0.4:
            term["outcomes_until"] = rng.choice(DAYS)
    if rng.random() < 0.7:
        found["revisions"] = {"then": rng.choice(("refer", "pay_and_correct", "stands"))}
    spoiled = tuple(
        Contaminated(clause=rng.choice(("stop", "spoilt")), analysis=(id,), date=rng.choice(DAYS), why=WHY)
        for id in found["analysis"]
        if rng.random() < 0.4
    )
    revised = tuple(
        (Revised(data=id, was="1" * 64, date="2020-06-30", why=WHY), rng.random() < 0.5)
        for id in found["data"]
        if rng.random() < 0.3
    )
    return found, spoiled, revised


def _plain(events):
    """The events as the second route of the package takes them."""
    found = {
        "contaminated": [
            {"clause": one.clause, "date": one.date, "analysis": one.analysis} for one in events.contaminated
        ],
        "disputed": events.open_disputes,
        "revised": [one.data for one, _ in events.revised],
        "superseding": events.superseding,
        "interim": events.interim,
        "told": [(one.certificate, one.figures, one.decided is not None) for _, one in events.disputed],
    }
    return found | ({} if events.ended is None else {"ended": {"clause": "stop", "date": events.ended.date}})


def _settled(subject, values, events):
    """The settlement; None where a party admits values that cannot be."""
    try:
        return settle_figures(subject, given(subject, values), events, in_words=False)
    except ContractError:
        return None


def _holds(before, after, *, is_disputed):
    """Whether an amount is the same once more is known; of a disputed line, whether no more was paid than is due."""
    if not is_disputed:
        return after is not None and F(after) == F(before)
    return F(before) == 0 or (after is not None and F(before) * F(after) > 0 and abs(F(before)) <= abs(F(after)))


def test_what_is_paid_of_a_contract_that_ended_or_is_disputed_stays_when_missing_figures_arrive():
    settled = 0
    for number in range(CONTRACTS):
        rng, _, subject, events, partial = _drawn(number)
        before = _settled(subject, partial, events)
        for _ in range(LATER if before else 0):
            whole = random_values(rng, missing=0)
            after = _settled(
                subject, {id: v if v not in (None, "refer") else whole[id] for id, v in partial.items()}, events
            )
            if after is None:
                continue
            pairs = [
                *zip(before.lines, after.lines, strict=True),
                *zip(before.guarantees, after.guarantees, strict=True),
            ]
            for known, later in pairs:
                if known.amount is not None:
                    settled += 1
                    holds = _holds(known.amount, later.amount, is_disputed=bool(events.disputed))
                    assert holds, f"contract {number}: {known.id} was {known.amount} and is {later.amount}"
            if before.distribution and before.distribution.amount is not None:
                assert after.distribution.receipts == before.distribution.receipts, f"contract {number}"
    assert settled > 3 * CONTRACTS


def _by_order(payment):
    """Whether the order of lines is a term that a total turns on: the last line gives way, and another rule follows."""
    rules = [payment[key] for key in BETWEEN if key in payment]
    return len(rules) > 1 and "last_line_first" in json.dumps(rules)


def test_money_is_neither_made_nor_lost_between_lines_payers_and_receivers():
    """In any order of lines and payers, ended or not: each line is paid by its payers, and a total has one amount."""
    moved = 0
    for number, order in itertools.product(range(CONTRACTS // 3), (1, 2)):
        _, plain, subject, events, _ = _drawn(number)
        rng = random.Random(f"order {number} {order}")
        values = random_values(rng, missing=0)
        events = replace(events, disputed=(), contaminated=rng.sample(events.contaminated, len(events.contaminated)))
        turned = json.loads(json.dumps(plain))
        if not _by_order(plain["payment"]):
            lines = [*turned["payment"]["lines"].items()]
            turned["payment"]["lines"] = dict(rng.sample(lines, len(lines)))
        for terms in turned["payment"]["lines"].values():
            terms["payers"] = dict(rng.sample([*terms["payers"].items()], len(terms["payers"])))
        one, other = _settled(subject, values, events), _settled(read(turned), values, events)
        assert one.total == other.total, f"contract {number}"
        assert [each.amount for each in one.guarantees] == [each.amount for each in other.guarantees], f"{number}"
        assert one.distribution == other.distribution or one.distribution.receipts == other.distribution.receipts
        for settlement in (one, other):
            for line in settlement.lines:
                assert line.amount is None or sum(F(share.amount) for share in line.shares) == F(line.amount)
            passed = settlement.distribution
            if passed and passed.amount is not None:
                assert sum(F(one.amount) for one in passed.receipts) == F(passed.amount)
        moved += one.total is not None and F(one.total) != 0
    assert moved > CONTRACTS // 10


def test_what_every_event_leaves_agrees_with_the_second_route():
    """With and without missing figures: amounts, shares, guarantees, what is passed on and what is kept back."""
    told, befell = Counter(), Counter()
    for number in range(CONTRACTS):
        rng, plain, subject, events, partial = _drawn(number)
        for values in (partial, random_values(rng, missing=0)):
            settlement = _settled(subject, values, events)
            if settlement is not None:
                told += same_by_both(plain, values, settlement, _plain(events))
        befell += Counter(one.state for one in settlement.standings) if settlement is not None else Counter()
    assert told["same"] > 2 * told["unsure"] > 0
    assert min(befell[state] for state in ("disputed", "contaminated", "terminated", "provisional")) > CONTRACTS // 10
