"""What time does to an amount, and milestones, for the second evaluator of payment terms."""

from datetime import date
from fractions import Fraction as F

REFER, WAIT = "referred", "not_yet_determinable"


def open_state(*values):
    return REFER if REFER in values else WAIT if WAIT in values else None


def factor(kind, t, look):
    """What an amount is multiplied by, or a state."""
    if kind == "indexed":
        number, base = look(t["figure"]), look(t["base"])
        return open_state(number, base) or (number / base if min(number, base) > 0 else REFER)
    if kind == "interest":
        return interest(t, look)
    rate, n = look(t["rate"]), look(t["periods"])
    if open_state(rate, n) or rate <= -1 or n not in range(1201):
        return open_state(rate, n) or REFER
    grown = F(1)
    for _ in range(int(n)):
        grown = grown * (1 + rate) if kind == "escalated" else grown / (1 + rate)
    return grown


def day(text, look):
    """[year, month, day], a state, or None where the figure holds no date."""
    value = look(text) if text[0].isalpha() else text.replace("-", "")
    if open_state(value):
        return value
    digits = str(value)
    try:
        y, m, d = (int(digits[a:b]) for a, b in ((0, 4), (4, 6), (6, None)))
        return [y, m, d] if len(digits) == 8 and date(y, m, d) else None
    except ValueError:
        return None


def interest(t, look):
    rate, first, last = look(t["rate"]), day(t["from"], look), day(t["to"], look)
    if open_state(*[x for x in (rate, first, last) if isinstance(x, str)]):
        return open_state(*[x for x in (rate, first, last) if isinstance(x, str)])
    rate += F(t.get("margin", "0"))
    if rate < 0 or first is None or last is None or first > last:
        return REFER
    if t["day_count"].startswith("act"):
        days = date(*last).toordinal() - date(*first).toordinal()
    else:
        d1, d2 = first[2], last[2]
        d1 = 30 if d1 == 31 else d1
        if d2 == 31 and (d1 == 30 or t["day_count"] == "30e_360"):
            d2 = 30
        days = (last[0] * 360 + last[1] * 30 + d2) - (first[0] * 360 + first[1] * 30 + d1)
    grown = rate * days / (365 if t["day_count"] == "act_365" else 360)
    return grown + (t["gives"] == "amount_with_interest")


def milestones(t, look):
    most, counts = look(t["people"]), [look(step["figure"]) for step in t["steps"]]
    if open_state(most, *counts):
        return open_state(most, *counts)
    limits = [most, *counts] if t["order"] == "ladder" else [most] * len(counts)
    if any(not 0 <= count <= limit for count, limit in zip(counts, limits, strict=False)):
        return REFER
    pays = [F(step["pays"]) for step in t["steps"]]
    if t["order"] == "any" or "per_person" not in t:
        return sum(pay * count for pay, count in zip(pays, counts, strict=True))
    took = [count - after for count, after in zip(counts, [*counts[1:], 0], strict=True)]  # persons with so many steps
    return sum(n * min(sum(pays[: i + 1]), F(t["per_person"])) for i, n in enumerate(took))
