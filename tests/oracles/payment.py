"""A second evaluator of a whole payment: the lines by `payment_terms`, what holds between them, and who gets the money.

`settle(file, values)`: the parsed contract as plain dicts, and for each figure that is not derived its decimal text, or
None (wait for it) or "refer". Gives for each line (amount or state, {payer: amount}).
"""

import math
from fractions import Fraction as F

from oracles.payment_least import least
from oracles.payment_terms import REFER, WAIT, amount, figure, known, rounded


def share_out(x, weights, unit):
    exact = [abs(x) / unit * w / sum(weights) for w in weights]
    parts = [math.floor(e) for e in exact]
    largest_first = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in largest_first[: int(abs(x) / unit) - sum(parts)]:
        parts[i] += 1
    return [part * unit * (1 if x >= 0 else -1) for part in parts]


def shared(x, line, file, values):
    """Each payer's part of all that is then paid, less its part of what was paid before."""
    unit, before = F(file["payment"]["quantum"]), F(0)
    if t := line.get("true_up"):
        paid = figure(t["paid"], file, values)
        fits = paid not in (REFER, WAIT) and not paid % unit and paid >= least_paid(line, file["payment"])
        before = paid if fits else before
    weights = [F(share) for share in line["payers"].values()]
    pairs = zip(share_out(before + x, weights, unit), share_out(before, weights, unit), strict=True)
    return [now - then for now, then in pairs]


def under_cap(amounts, limit, reduces, unit):
    over, kept = sum(amounts) - limit, []
    if over > 0 and reduces == "pro_rata":
        positive = [max(a, F(0)) for a in amounts]
        parts = share_out(sum(positive) - over, positive, unit)
        return [part if a > 0 else a for a, part in zip(amounts, parts, strict=True)]
    for a in reversed(amounts):
        less = max(min(over, a), F(0))
        kept, over = [a - less, *kept], over - less
    return kept


def netted(amounts, t, unit):
    total = sum(amounts)
    if total < 0:
        turned = netted([-a for a in amounts], t, unit)
        return [-a if t["below_zero"] != "zero" else F(0) for a in turned]
    return under_cap([max(a, F(0)) for a in amounts], total, t["reduces"], unit)


def trued_up(t, unit, due, paid, least):
    if least > paid or paid % unit:
        return REFER
    left = due - paid if t["below_zero"] == "clawback" or due > paid else F(0)
    return min(left, F(t.get("cap", left)))


def least_paid(line, pay):
    """What the payee can have paid back in all, below 0: the least that the line can be due, or nothing."""
    back = line["true_up"]["below_zero"] == "clawback"
    return min(rounded(least(line), F(pay["quantum"]), pay["rounding"]), F(0)) if back else F(0)


def own(file, values, left=None):
    """Each line before what holds between lines; of a contract that ended `left` is its share, None for nothing."""
    pay, look, paid = file["payment"], lambda name: figure(name, file, values), []
    unit = F(pay["quantum"])
    for name, line in pay["lines"].items():
        share = (left or {}).get(name, F(1))
        x = known(lambda x, s=share: rounded(x * (1 if s is None else s), unit, pay["rounding"]), amount(line, look))
        if t := line.get("true_up"):
            lowest = least_paid(line, pay)
            x = known(lambda x, before, t=t, low=lowest: trued_up(t, unit, x, before, low), x, look(t["paid"]))
        paid.append(known(lambda x, s=share: min(x, F(0)) if s is None else x, x))
    return paid


def between(amounts, pay, unit):
    """The lines' amounts after netting, caps and floors, in order."""
    every = {"lines": list(amounts)}
    rules = [*pay.get("caps", {}).values(), *pay.get("floors", {}).values()]
    rules += [every | pay[key] for key in ("cap", "floor") if key in pay]
    for rule in [*([pay["netting"]] if "netting" in pay else []), *rules]:
        names = [name for name in amounts if name in rule["lines"]]
        some = [amounts[name] for name in names]
        if "raises" in rule:
            amounts[rule["raises"]] += max(F(rule["amount"]) - sum(some), F(0))
        elif "amount" in rule:
            amounts |= dict(zip(names, under_cap(some, F(rule["amount"]), rule["reduces"], unit), strict=True))
        else:
            amounts |= dict(zip(names, netted(some, rule, unit), strict=True))
    return list(amounts.values())


def settle(file, values, left=None):
    pay, unit, paid = file["payment"], F(file["payment"]["quantum"]), own(file, values, left)
    if not {REFER, WAIT} & set(paid):
        paid = between(dict(zip(pay["lines"], paid, strict=True)), pay, unit)
    found = {}
    for x, (name, line) in zip(paid, pay["lines"].items(), strict=True):
        parts = [] if x in (REFER, WAIT) else shared(x, line, file, values)
        found[name] = x, dict(zip(line["payers"], parts, strict=False))
    return found


def receivers(file, amounts, values):
    """({party: what the waterfall gives it}, {guarantee: what is paid}); every figure is known."""
    pay, look, got, passed, borne = file["payment"], lambda name: figure(name, file, values), {}, {}, {}
    unit = F(pay["quantum"])
    for name, line in pay["lines"].items():
        got[line["payee"]] = got.get(line["payee"], F(0)) + amounts[name]
    left = max(got.pop(pay["waterfall"]["from"]), F(0)) if "waterfall" in pay else F(0)
    for step in pay.get("waterfall", {}).get("steps", ()):
        up_to = rounded(max(look(step["up_to"]), F(0)), unit, pay["rounding"]) if "up_to" in step else left
        parts = share_out(min(left, up_to), [F(share) for share in step["to"].values()], unit)
        left -= sum(parts)
        for party, part in zip(step["to"], parts, strict=True):
            passed[party] = passed.get(party, F(0)) + part
    for name, g in pay.get("guarantees", {}).items():
        received = max(got.get(g["beneficiary"], F(0)) + passed.get(g["beneficiary"], F(0)), F(0))
        lacking = max(max(look(g["amount"]), F(0)) - received, F(0))
        borne[name] = rounded(min(F(g["share"]) * lacking, F(g.get("cap", lacking))), unit, pay["rounding"])
    return passed, borne
