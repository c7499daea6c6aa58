"""What an early end leaves of each line and what disputes keep back, from the plain file: fractions and day numbers."""

from datetime import date
from fractions import Fraction as F

from oracles import payment
from oracles.payment import between, under_cap


def day(text):
    return date.fromisoformat(text).toordinal()


def left(clause, lines, last):
    """For each line the share that is left of it when `last` is the contract's last day; None for nothing."""
    found = {}
    for id in lines:
        rule = clause.get("lines", {}).get(id)
        if rule is None and id in clause.get("closes", {}):
            rule = "in_full" if day(clause["closes"][id]) <= day(last) else "nothing"
        if rule is None:
            rule = {"pay_to_date": "to_date", "pay_nothing_more": "nothing"}[clause["then"]]
        if rule == "to_date":
            first, end = day(clause["period"]["from"]), day(clause["period"]["to"])
            found[id] = F(len(range(first, min(end, day(last)) + 1)), len(range(first, end + 1)))
        else:
            found[id] = F(1) if rule == "in_full" else None
    return found


def undisputed(readings):
    """What every reading of the figures gives of an amount: the least, and nothing if they part in sign."""
    if min(readings) >= 0:
        return min(readings)
    return max(readings) if max(readings) <= 0 else F(0)


def settle(file, values, last=None, disputes=()):
    """For each line what is paid now and what is kept back; `disputes` gives the values that each party admits.

    None where some line has no amount on one of the readings, which this evaluator does not look into.
    """
    clause = file.get("termination", {}).get("stop", {})
    pay = dict(file["payment"])
    if last is not None and clause.get("floor") == "lapses":
        pay.pop("floor", None)
        pay.pop("floors", None)
    file, lines, unit = {**file, "payment": pay}, pay["lines"], F(pay["quantum"])
    rest = left(clause, lines, last) if last is not None else None
    mine, *others = [payment.own(file, {**values, **admitted}, rest) for admitted in ({}, *disputes)]
    if any(isinstance(x, str) for own in (mine, *others) for x in own):
        return None

    def whole(own, floors=True):
        terms = pay if floors else {key: term for key, term in pay.items() if not key.startswith("floor")}
        return dict(zip(lines, between(dict(zip(lines, own, strict=True)), terms, unit), strict=True))

    claimed = whole(mine)
    if not others:
        return {id: (x, F(0)) for id, x in claimed.items()}
    now = dict.fromkeys(claimed, F(0))
    if file["disputes"]["undisputed_paid"]:
        now = meanwhile(mine, others, pay, whole)
    return {id: (now[id], claimed[id] - now[id]) for id in claimed}


def meanwhile(mine, others, pay, whole):
    """What is paid of each line: what every reading gives of it, under the caps and floors once more."""
    every, unit = {"lines": list(pay["lines"])}, F(pay["quantum"])
    raised = {term["raises"] for term in [*pay.get("floors", {}).values(), *([pay["floor"]] if "floor" in pay else [])]}

    def counted(own):  # a line that a floor raises counts as it is without floors
        plain = whole(own, floors=False)
        return {id: plain[id] if id in raised else x for id, x in whole(own).items()}

    pairs = [list(zip(mine, own, strict=True)) for own in others]
    below = [[pick(pair) for pair in some] for some in pairs for pick in (min, undisputed)]
    least, most = [counted(own) for own in below], [counted([*map(max, some)]) for some in pairs]
    now = {id: undisputed([x, *(r[id] for r in (most if x < 0 else least))]) for id, x in counted(mine).items()}
    sums = [whole(own) for own in (mine, *below)]
    for key, one in (("caps", pay.get("caps")), ("floors", pay.get("floors")), ("cap", None), ("floor", None)):
        for term in (one or {}).values() if one else [every | pay[key]] if key in pay else []:
            names = [id for id in now if id in term["lines"]]
            if "raises" in term:
                least_of_all = min([F(term["amount"]), *(sum(reading[id] for id in names) for reading in sums)])
                now[term["raises"]] += max(F(0), least_of_all - sum(now[id] for id in names))
            else:
                amounts = under_cap([now[id] for id in names], F(term["amount"]), term["reduces"], unit)
                now |= dict(zip(names, amounts, strict=True))
    return now
