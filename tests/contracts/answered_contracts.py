"""Random contracts on four yes-or-no figures, and the most of each by trying every answer: no code of effekt's."""

import itertools
from datetime import date, timedelta
from fractions import Fraction

from contracts.builders import file, line, number
from contracts.random_contracts import _between_lines, whole
from oracles import payment

ANSWERS = ("p", "q", "r", "s")
SHARES = (
    {"municipality": "1"},
    {"state": "1"},
    {"municipality": "0.80", "state": "0.20"},
    {"municipality": "0.25", "state": "0.75"},
)


def answered_contract(rng):
    """One to three lines, sometimes with what holds between lines, a waterfall, and up to two guarantees."""
    quantum = rng.choice(("1", "0.01", "100"))
    lines = {f"line{i}": _line(rng, quantum) for i in range(rng.randint(1, 3))}
    cap = None
    if rng.random() < 0.3:
        cap = {"amount": whole(rng, quantum, 0, 150), "reduces": rng.choice(("last_line_first", "pro_rata"))}
    plain = file(lines, {name: number(0, "yes/no") for name in ANSWERS}, quantum=quantum, cap=cap)
    if rng.random() < 0.4:
        plain["payment"] |= _between_lines(rng, lines, quantum, cap)
        for one in (lines[name] for name in plain["payment"].get("netting", {}).get("lines", ())):
            one["payee"] = lines[plain["payment"]["netting"]["lines"][0]]["payee"]
    paid = {one["payee"] for one in lines.values()}
    if rng.random() < 0.3:
        source = rng.choice(sorted(paid))
        first = rng.choice(({"verifier": "1"}, {"verifier": "0.6", "region": "0.4"}))
        steps = [{"to": first, "up_to": whole(rng, quantum, 0, 80)}, {"to": rng.choice(({"region": "1"}, first))}]
        plain["payment"]["waterfall"] = {"from": source, "steps": steps}
        paid |= {"verifier", "region"} & {party for step in steps for party in step["to"]}
    some = {name: _guarantee(rng, sorted(paid), quantum) for name in ("g", "h")[: rng.choice((0, 1, 1, 2))]}
    plain["payment"] |= {"guarantees": some} if some else {}
    return plain


def dated_contract(rng):
    """The same, of which the lines fall due in different years, more often under a cap; a few by `due_days`."""
    plain = answered_contract(rng)
    pay, quantum = plain["payment"], plain["payment"]["quantum"]
    for one in pay["lines"].values():
        one |= {"due": rng.choice(("2021-06-30", "2022-06-30"))} if rng.random() < 0.8 else {}
    if not all("due" in one for one in pay["lines"].values()):
        plain["dates"]["certificate_due"] = "2022-12-15"
        pay["due_days"] = rng.choice((0, 30))
    if rng.random() < 0.7 and not {"cap", "floor", "floors"} & set(pay):
        pay["cap"] = {"amount": whole(rng, quantum, 0, 90), "reduces": rng.choice(("last_line_first", "pro_rata"))}
    return plain


def _line(rng, quantum):
    price = whole(rng, quantum, -30, 100)
    price = whole(rng, quantum, 1, 9) if Fraction(price) == 0 else price
    clause = rng.choice(
        (
            {"fixed": whole(rng, quantum, 0, 60)},
            {"unit_price": {"price": price, "figure": rng.choice(ANSWERS), "below_zero": "negative"}},
            {"sum": [{"fixed": whole(rng, quantum, 0, 40)}, {"fixed": "7.5", "when": _gate(rng)}]},
        )
    )
    gate = {"when": _gate(rng)} if rng.random() < 0.4 else {}
    return line(clause, payers=rng.choice(SHARES), **gate) | {"payee": rng.choice(("provider", "provider", "region"))}


def _gate(rng):
    return {"figure": rng.choice(ANSWERS), "eq": rng.choice("01")}


def _guarantee(rng, paid, quantum):
    beneficiary = rng.choice(paid)
    guarantor = rng.choice([party for party in ("municipality", "state", "verifier") if party != beneficiary])
    term = {"guarantor": guarantor, "beneficiary": beneficiary}
    term |= {"amount": whole(rng, quantum, 1, 200), "share": rng.choice(("1", "0.5", "0.333"))}
    return term | ({"cap": whole(rng, quantum, 0, 60)} if rng.random() < 0.3 else {})


def most_by_answers(plain):
    """The most of the lines, of all with guarantees, of each party, guarantee and year, over all answers."""
    found = {}
    for answers in itertools.product("01", repeat=len(ANSWERS)):
        values = dict(zip(ANSWERS, answers, strict=True))
        settled = payment.settle(plain, values)
        amounts = {id: amount for id, (amount, _) in settled.items()}
        _, borne = payment.receivers(plain, amounts, values)
        paid = {}
        for _, shares in settled.values():
            for party, part in shares.items():
                paid[party] = paid.get(party, Fraction(0)) + part
        for id, amount in borne.items():
            guarantor = plain["payment"]["guarantees"][id]["guarantor"]
            paid[guarantor] = paid.get(guarantor, Fraction(0)) + amount
        told = {"lines": sum(amounts.values()), "all": sum(amounts.values()) + sum(borne.values())}
        told |= {("party", party): part for party, part in paid.items()}
        told |= {("guarantee", id): amount for id, amount in borne.items()}
        told |= _by_year(plain, amounts, borne)
        for key, amount in told.items():
            found[key] = max(found.get(key, amount), amount)
    return found


def _by_year(plain, amounts, borne):
    """What of the lines, and of all with guarantees, falls due in each year; nothing where a line has no day."""
    pay, later = plain["payment"], None
    if "due_days" in pay:
        later = str(date.fromisoformat(plain["dates"]["certificate_due"]) + timedelta(days=pay["due_days"]))[:4]
    years = {id: one["due"][:4] if "due" in one else later for id, one in pay["lines"].items()}
    if None in years.values():
        return {}
    found = {}
    for year in {*years.values()} | ({later} if later and borne else set()):
        lines = sum((amounts[id] for id in years if years[id] == year), Fraction(0))
        found["year", year] = lines
        found["year with guarantees", year] = lines + (sum(borne.values()) if later in (None, year) else 0)
    return found
