"""A second evaluator of payment terms, straight from the plain file: fractions, recursion, nothing else.

What time does to an amount, and what holds between lines, stands in `payment_over_time` and `payment_parties`.
`settle(file, values)`: the parsed contract as plain dicts, and for each figure that is not derived its decimal text,
or None (wait for it) or "refer". Returns for each line (amount or state, {payer: amount}).
"""

import itertools
import math
import operator
from fractions import Fraction as F

from oracles.payment_over_time import factor, milestones
from oracles.payment_parties import between, share_out, trued_up

REFER, WAIT = "referred", "not_yet_determinable"
DERIVED = {"sum": sum, "product": math.prod, "greatest": max, "least": min, "difference": lambda x: x[0] - x[1]}
DERIVED |= {"ratio": lambda x: x[0] / x[1], "index": lambda x: x[0] / x[1]}


def state(*values):
    """The state of a whole whose parts may be states; None when all parts are known."""
    return REFER if REFER in values else WAIT if WAIT in values else None


def rounded(x, unit, ties):
    n, rest = divmod(abs(x) / unit, 1)
    up = rest > F(1, 2) or (rest == F(1, 2) and (ties == "half_up" or n % 2 == 1))
    return (n + up) * unit * (1 if x >= 0 else -1)


def figure(name, file, values):
    if not name[0].isalpha():
        return F(name)
    spec = file["figures"][name]
    if "derived" not in spec:
        return {None: WAIT, "refer": REFER}.get(values[name]) or F(values[name])
    ((kind, args),) = spec["derived"].items()
    if kind == "fallback":  # the first whose trigger is large enough; what is not reached need not be known
        for rung in args:
            trigger = figure(rung["when"], file, values) if "when" in rung else None
            if state(trigger) or trigger is None or trigger >= F(rung["at_least"]):
                x = trigger if state(trigger) else figure(rung["figure"], file, values)
                return x if state(x) else rounded(x, F(1, 10 ** spec["digits"]), "half_even")
    args = [args["figure"], args["base"]] if kind == "index" else args
    x = [figure(arg[1] if kind == "mix" else arg, file, values) for arg in args]
    if state(*x) or (kind == "ratio" and x[1] == 0) or (kind == "index" and min(x) <= 0):
        return state(*x) or REFER
    value = sum(F(arg[0]) * v for arg, v in zip(args, x, strict=True)) if kind == "mix" else DERIVED[kind](x)
    return rounded(value, F(1, 10 ** spec["digits"]), "half_even")


def gate(g, look):
    if "figure" in g:
        ((op, other),) = [(k, v) for k, v in g.items() if k != "figure"]
        return state(look(g["figure"]), look(other)) or getattr(operator, op)(look(g["figure"]), look(other))
    if "not" in g:
        inner = gate(g["not"], look)
        return state(inner) or not inner
    decisive = "any" in g
    arms = [gate(arm, look) for arm in g.get("any", g.get("all"))]
    return decisive if decisive in arms else state(*arms) or not decisive


def amount(c, look):
    """A number or a state; `c` is a clause or a line."""
    test = gate(c["when"], look) if "when" in c else True
    x = F(0) if test is False else amount(c["pays"], look) if "payee" in c else basic(c, look)
    if test is False or state(test, x):
        return state(test, x) or x
    x = min(x, F(c["cap"])) if "cap" in c else x
    return max(x, F(c["floor"])) if "floor" in c else x


def basic(c, look):
    ((kind, t),) = [(k, v) for k, v in c.items() if k not in ("when", "cap", "floor")]
    if kind == "fixed":
        return F(t)
    if kind in ("greater_of", "lesser_of", "sum"):
        parts = [amount(part, look) for part in t]
        return state(*parts) or {"greater_of": max, "lesser_of": min, "sum": sum}[kind](parts)
    if kind == "milestones":
        return milestones(t, look)
    if "pays" in t:
        part, times = amount(t["pays"], look), factor(kind, t, look)
        return state(part, times) or part * times
    x = look(t["figure"])
    if state(x) or kind in ("unit_price", "share_of_savings"):
        pay = state(x) or F(t.get("price") or t["share"]) * x
        return F(0) if not state(x) and pay < 0 and t["below_zero"] == "zero" else pay
    if kind == "tiers":
        return max([(F(s["from"]), F(s["pays"])) for s in t["steps"] if F(s["from"]) <= x], default=(0, F(0)))[1]
    if kind == "bands":
        knots = [tuple(F(b[k]) for k in ("from", "to", "pays_from", "pays_to")) for b in t["bands"]]
        a, b, low, high = max([k for k in knots if k[0] <= x], default=(x, x, F(0), F(0)))
        return high if x >= b else low + (high - low) * (x - a) / (b - a)
    knots = [(F(p["at"]), F(p["pays"])) for p in t["points"]]
    x = min(max(x, knots[0][0]), knots[-1][0])
    (a, low), (b, high) = next(pair for pair in itertools.pairwise(knots) if pair[0][0] <= x <= pair[1][0])
    return (low * (b - x) + high * (x - a)) / (b - a)


def own(file, values, left=None):
    """Each line before what holds between lines: an amount or a state.

    `left`: of a contract that ended, the share that is left of each line's amount, or None for nothing more.
    """
    pay, unit = file["payment"], F(file["payment"]["quantum"])
    look = lambda name: figure(name, file, values)  # noqa: E731
    paid = [amount(line, look) for line in pay["lines"].values()]
    left = [(left or {}).get(id, F(1)) for id in pay["lines"]]
    paid = [
        x if state(x) else rounded(x * (1 if s is None else s), unit, pay["rounding"])
        for x, s in zip(paid, left, strict=True)
    ]
    befores = [look(line["true_up"]["paid"]) if "true_up" in line else F(0) for line in pay["lines"].values()]
    paid = [state(x, b) or x for x, b in zip(paid, befores, strict=True)]
    trues = zip(paid, befores, pay["lines"].values(), strict=True)
    paid = [x if state(x) else trued_up(x, b, line.get("true_up"), unit) for x, b, line in trues]
    return [min(x, F(0)) if s is None and not state(x) else x for x, s in zip(paid, left, strict=True)]


def settle(file, values, left=None):
    """`left`: as of `own`."""
    pay, unit, paid = file["payment"], F(file["payment"]["quantum"]), own(file, values, left)
    paid = paid if state(*paid) else between(dict(zip(pay["lines"], paid, strict=True)), pay, unit)
    shares = [[F(s) for s in line["payers"].values()] for line in pay["lines"].values()]
    parts = [[] if state(x) else share_out(x, s, unit) for x, s in zip(paid, shares, strict=True)]
    lines = zip(pay["lines"].items(), paid, parts, strict=True)
    return {id: (x, dict(zip(line["payers"], part, strict=False))) for (id, line), x, part in lines}
