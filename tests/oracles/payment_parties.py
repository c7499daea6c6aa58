"""What was paid before, what holds between lines and who gets the money, for the second evaluator of payment terms."""

import math
from fractions import Fraction as F


def share_out(x, weights, unit):
    exact = [abs(x) / unit * w / sum(weights) for w in weights]
    parts = [math.floor(e) for e in exact]
    while sum(parts) < abs(x) / unit:
        gaps = [e - p for e, p in zip(exact, parts, strict=True)]
        parts[gaps.index(max(gaps))] += 1
    return [p * unit * (1 if x >= 0 else -1) for p in parts]


def under_cap(amounts, limit, reduces, unit):
    over, positive, kept = sum(amounts) - limit, [max(a, F(0)) for a in amounts], []
    if over <= 0:
        return amounts
    if reduces == "pro_rata":
        parts = share_out(sum(positive) - over, positive, unit)
        return [part if a > 0 else a for a, part in zip(amounts, parts, strict=True)]
    for a, most in zip(amounts[::-1], positive[::-1], strict=True):
        kept, over = [a - min(over, most), *kept], over - min(over, most)
    return kept


def trued_up(due, paid, t, unit):
    if t is None:
        return due
    if paid < 0 or paid % unit:
        return "referred"
    left = due - paid if t["below_zero"] == "clawback" or due > paid else F(0)
    return min(left, F(t["cap"])) if "cap" in t else left


def netted(amounts, t, unit):
    gains, losses = [max(a, F(0)) for a in amounts], [max(-a, F(0)) for a in amounts]
    if sum(gains) >= sum(losses):
        return under_cap(gains, sum(gains) - sum(losses), t["reduces"], unit)
    if t["below_zero"] == "zero":
        return [F(0) for _ in amounts]
    return [-a for a in under_cap(losses, sum(losses) - sum(gains), t["reduces"], unit)]


def between(amounts, pay, unit):
    """The lines' amounts after netting, caps and floor, in order."""
    if "netting" in pay:
        names = [name for name in amounts if name in pay["netting"]["lines"]]
        amounts |= dict(zip(names, netted([amounts[n] for n in names], pay["netting"], unit), strict=True))
    every = {"lines": list(amounts)}
    rules = [*pay.get("caps", {}).values(), *pay.get("floors", {}).values()]
    for rule in [*rules, *[every | pay[key] for key in ("cap", "floor") if key in pay]]:
        names = [name for name in amounts if name in rule["lines"]]
        if "raises" in rule:
            amounts[rule["raises"]] += max(F(rule["amount"]) - sum(amounts[n] for n in names), F(0))
        else:
            less = under_cap([amounts[n] for n in names], F(rule["amount"]), rule["reduces"], unit)
            amounts |= dict(zip(names, less, strict=True))
    return list(amounts.values())


def receivers(file, amounts, look, rounded):
    """({party: what the waterfall gives it}, {guarantee: what is paid}); every figure is known."""
    pay, unit, got, passed = file["payment"], F(file["payment"]["quantum"]), {}, {}
    for name, line in pay["lines"].items():
        got[line["payee"]] = got.get(line["payee"], F(0)) + amounts[name]
    if "waterfall" in pay:
        left = max(got.pop(pay["waterfall"]["from"]), F(0))
        for step in pay["waterfall"]["steps"]:
            up_to = rounded(max(look(step["up_to"]), F(0)), unit, pay["rounding"]) if "up_to" in step else left
            parts = share_out(min(left, up_to), [F(share) for share in step["to"].values()], unit)
            left -= sum(parts)
            for party, part in zip(step["to"], parts, strict=True):
                passed[party] = passed.get(party, F(0)) + part
    borne = {}
    for name, g in pay.get("guarantees", {}).items():
        received = max(got.get(g["beneficiary"], F(0)) + passed.get(g["beneficiary"], F(0)), F(0))
        lacking = max(max(look(g["amount"]), F(0)) - received, F(0))
        borne[name] = rounded(
            min(F(g["share"]) * lacking, F(g["cap"]) if "cap" in g else lacking), unit, pay["rounding"]
        )
    return passed, borne
