"""A second evaluator of payment terms, straight from the plain file: fractions, recursion, nothing else.

What a figure, a condition and a clause give: `amount(clause, look)` is a number or a state, where `look` gives the
value or state of a figure by its name. What holds between the lines, and who gets the money, is in `payment`.

Why two files: a contract pays in two steps that share nothing but an amount. Here is what one line comes to, by its
figures, conditions and clauses; there is what several lines come to together, and whose money it is. Each step is read
against its own part of the contract page. In one file they would pass 150 lines of code, and reach 100 only by packing
several rules into a line, which nobody reads through. Each has at most 100; `test_payment_oracle` counts them, and
`make contracts` holds both against a hundred thousand random contracts.
"""

import itertools
import math
import operator
from datetime import date
from fractions import Fraction as F

REFER, WAIT = "referred", "not_yet_determinable"
SEVERAL = {"sum": sum, "product": math.prod, "greatest": max, "least": min, "difference": lambda x: x[0] - x[1]}
SEVERAL |= {"greater_of": max, "lesser_of": min, "ratio": lambda x: x[0] / x[1] if x[1] else REFER}
SEVERAL |= {"index": lambda x: x[0] / x[1] if min(x) > 0 else REFER}


def known(then, *values):
    """What `then` makes of values; the state of the whole where some of them are states."""
    return next((state for state in (REFER, WAIT) if state in values), None) or then(*values)


def rounded(x, unit, ties):
    return unit * (round(x / unit) if ties == "half_even" else (-1) ** (x < 0) * math.floor(abs(x) / unit + F(1, 2)))


# ------------------------------------------------------------------------------------------------ figures and gates


def figure(name, file, values):
    if not name[0].isalpha():
        return F(name)
    spec, look = file["figures"][name], lambda other: figure(other, file, values)
    if "derived" not in spec:
        return {None: WAIT, "refer": REFER}.get(values[name]) or F(values[name])
    ((kind, args),) = spec["derived"].items()
    if kind == "fallback":
        x = first_reached(args, look)
    elif kind == "mix":
        x = known(lambda *x: sum(F(w) * v for (w, _), v in zip(args, x, strict=True)), *(look(arg) for _, arg in args))
    else:
        x = known(lambda *x: SEVERAL[kind](x), *map(look, [args["figure"], args["base"]] if kind == "index" else args))
    return known(lambda x: rounded(x, F(1, 10 ** spec["digits"]), "half_even"), x)


def first_reached(rungs, look):
    """The first whose trigger is large enough; what is not reached need not be known."""
    if "when" not in rungs[0]:
        return look(rungs[0]["figure"])
    go_on = lambda x: look(rungs[0]["figure"]) if x >= F(rungs[0]["at_least"]) else first_reached(rungs[1:], look)  # noqa: E731
    return known(go_on, look(rungs[0]["when"]))


def gate(g, look):
    if "figure" in g:
        ((op, other),) = [(k, v) for k, v in g.items() if k != "figure"]
        return known(getattr(operator, op), look(g["figure"]), look(other))
    if "not" in g:
        return known(operator.not_, gate(g["not"], look))
    decisive, arms = "any" in g, [gate(arm, look) for arm in g.get("any", g.get("all"))]
    return decisive if decisive in arms else known(lambda *_: not decisive, *arms)


# ---------------------------------------------------------------------------------------------------------- clauses


def amount(c, look):
    """A number or a state; `c` is a clause or a line."""
    test = gate(c["when"], look) if "when" in c else True
    if test is False:
        return F(0)
    x = known(lambda _, x: min(x, F(c.get("cap", x))), test, amount(c["pays"], look) if "payee" in c else way(c, look))
    return known(lambda x: max(x, F(c.get("floor", x))), x)


def way(c, look):
    ((kind, t),) = [(k, v) for k, v in c.items() if k not in ("when", "cap", "floor")]
    if kind == "fixed":
        return F(t)
    if kind in SEVERAL:
        return known(lambda *x: SEVERAL[kind](x), *(amount(part, look) for part in t))
    if kind == "milestones":
        return known(lambda *n: milestones(t, *n), look(t["people"]), *(look(step["figure"]) for step in t["steps"]))
    if "pays" in t:
        names = {"indexed": ("figure", "base"), "interest": ("rate", "from", "to")}.get(kind, ("rate", "periods"))
        given = [t[name].replace("-", "") if name in ("from", "to") else t[name] for name in names]
        return known(operator.mul, amount(t["pays"], look), known(lambda *x: factor(kind, t, *x), *map(look, given)))
    return known(lambda x: curve(kind, t, x), look(t["figure"]))


def curve(kind, t, x):
    if kind in ("unit_price", "share_of_savings"):
        pay = F(t.get("price") or t["share"]) * x
        return max(pay, F(0)) if t["below_zero"] == "zero" else pay
    if kind == "tiers":
        bands = [(step["from"], step["from"], step["pays"], step["pays"]) for step in t["steps"]]
    elif kind == "bands":
        bands = [[band[key] for key in ("from", "to", "pays_from", "pays_to")] for band in t["bands"]]
    else:
        x = max(x, F(t["points"][0]["at"]))
        bands = [(p["at"], q["at"], p["pays"], q["pays"]) for p, q in itertools.pairwise(t["points"])]
    reached = [tuple(map(F, band)) for band in bands if F(band[0]) <= x]
    a, b, low, high = max(reached, default=(x, x, F(0), F(0)))
    return high if x >= b else low + (high - low) * (x - a) / (b - a)


def milestones(t, most, *counts):
    limits = [most, *counts] if t["order"] == "ladder" else [most] * len(counts)
    if any(not 0 <= count <= limit for count, limit in zip(counts, limits, strict=False)):
        return REFER
    pays = [F(step["pays"]) for step in t["steps"]]
    if "per_person" not in t:
        return sum(pay * count for pay, count in zip(pays, counts, strict=True))
    took = [count - after for count, after in itertools.pairwise((*counts, 0))]  # persons with so many steps
    return sum(n * min(sum(pays[: i + 1]), F(t["per_person"])) for i, n in enumerate(took))


def factor(kind, t, x, *others):
    """What time multiplies an amount by: an index over its base, years of growth, or interest between two days."""
    if kind == "indexed":
        return SEVERAL["index"]((x, *others))
    if kind != "interest":
        grown = REFER if x <= -1 or x > 1 or others[0] not in range(1201) else (1 + x) ** int(others[0])
        return known(lambda n: REFER if max(n, 1 / n) > 10**12 else n if kind == "escalated" else 1 / n, grown)
    rate, (first, last) = x + F(t.get("margin", "0")), map(int, others)
    (y1, m1, d1), (y2, m2, d2) = ((n // 10000, n // 100 % 100, n % 100) for n in (first, last))
    try:
        days = (date(y2, m2, d2) - date(y1, m1, d1)).days
    except ValueError:
        return REFER
    if min(rate, days) < 0 or rate > 1 or min(y1, y2) < 1000:
        return REFER
    if not t["day_count"].startswith("act"):
        d2 = min(d2, 30) if d1 >= 30 or t["day_count"] == "30e_360" else d2
        days = (y2 - y1) * 360 + (m2 - m1) * 30 + d2 - min(d1, 30)
    return rate * days / (365 if t["day_count"] == "act_365" else 360) + (t["gives"] == "amount_with_interest")
