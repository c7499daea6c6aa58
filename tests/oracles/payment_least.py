"""The least that a clause, or a line, can come to whatever its figures are: by its parts, straight from the plain file.

`UNBOUNDED` stands for no bound at all: whatever is added to it, it stays far below any amount of a contract.
"""

from fractions import Fraction as F

from oracles.payment_terms import SEVERAL, factor

UNBOUNDED = F(-(10**40))
LIMITS = ("when", "cap", "floor")


def least(c):
    x = least(c["pays"]) if "payee" in c else way(*next((k, v) for k, v in c.items() if k not in LIMITS))
    x = max(min(x, F(c.get("cap", x))), F(c.get("floor", UNBOUNDED)))
    return min(x, F(0)) if "when" in c else x


def way(kind, t):
    if kind == "fixed":
        return F(t)
    if kind in SEVERAL:
        return SEVERAL[kind]([least(part) for part in t])
    if kind in ("unit_price", "share_of_savings"):
        return F(0) if t["below_zero"] == "zero" else UNBOUNDED
    if kind == "milestones":
        return F(0)
    if "pays" in t:
        x, (low, high) = least(t["pays"]), factors(kind, t)
        return x * (high if x < 0 else low)
    steps = t.get("steps") or t.get("bands") or t.get("points")
    amounts = [F(step[key]) for step in steps for key in ("pays", "pays_from", "pays_to") if key in step]
    return min(amounts if kind == "piecewise" else [F(0), *amounts])


def factors(kind, t):
    """The least and the greatest that time can multiply by."""
    names = {"indexed": ("figure", "base"), "interest": ("rate", "from", "to")}.get(kind, ("rate", "periods"))
    given = [t[name].replace("-", "") if name in ("from", "to") else t[name] for name in names]
    if not any(one[0].isalpha() for one in given):
        return (factor(kind, t, *map(F, given)),) * 2
    if kind == "interest":
        return F(t["gives"] == "amount_with_interest"), -UNBOUNDED
    rate = "x" if kind == "indexed" else t["rate"]
    if rate[0].isalpha():
        return F(0), -UNBOUNDED
    base = 1 + F(rate) if kind == "escalated" else 1 / (1 + F(rate))
    return (F(1), -UNBOUNDED) if base > 1 else (F(0), F(1))
