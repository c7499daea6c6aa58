"""What an early end leaves of each line and what disputes keep back, from the plain file: fractions and day numbers."""

from datetime import date
from fractions import Fraction as F

from oracles import payment
from oracles.payment import between


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

    def whole(own):
        return dict(zip(lines, between(dict(zip(lines, own, strict=True)), pay, unit), strict=True))

    claimed = whole(mine)
    if not others:
        return {id: (x, F(0)) for id, x in claimed.items()}
    lower = [whole([min(pair) for pair in zip(mine, own, strict=True)]) for own in others]
    upper = [whole([max(pair) for pair in zip(mine, own, strict=True)]) for own in others]
    now = dict.fromkeys(claimed, F(0))
    if file["disputes"]["undisputed_paid"]:
        now = {id: undisputed([x, *(r[id] for r in (upper if x < 0 else lower))]) for id, x in claimed.items()}
        floors = [*pay.get("floors", {}).values()]
        floors += [{"lines": list(lines)} | pay["floor"]] if "floor" in pay else []
        for floor in floors:
            every = [sum(reading[id] for id in floor["lines"]) for reading in (claimed, *lower)]
            least = min([F(floor["amount"]), *every])
            now[floor["raises"]] += max(F(0), least - sum(now[id] for id in floor["lines"]))
    return {id: (now[id], claimed[id] - now[id]) for id in claimed}
