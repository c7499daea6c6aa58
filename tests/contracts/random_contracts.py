"""Contracts with random terms, as plain files, and random values for their figures."""

from fractions import Fraction

from contracts.builders import file, line, number

from effekt.contracts.money import decimal_text

QUANTA = ("1", "0.01", "0.05", "100")
SHARES = (
    {"municipality": "1"},
    {"municipality": "0.80", "state": "0.20"},
    {"municipality": "0.333", "state": "0.333", "region": "0.334"},
    {"region": "0.5", "municipality": "0.25", "state": "0.25"},
)
BOUNDED_WAYS = ("fixed", "tiers", "bands", "piecewise")
OVER_TIME = ("escalated", "discounted", "indexed", "interest")
NESTED = ("greater_of", "lesser_of", "sum", *OVER_TIME)
WAYS = (*BOUNDED_WAYS, "unit_price", "share_of_savings", "milestones", *NESTED)
NAMES = ("a", "b", "c", "d", "delivered", "mixed")
DATES = ("20211231", "20220131", "20220228", "20220301", "20240229", "20240331")
BETWEEN = ("netting", "caps", "floors", "cap", "floor")


def decimal(rng, low=-60, high=60, digits=1):
    """A random decimal text with few enough values that ties and equalities happen."""
    return decimal_text(Fraction(rng.randint(low * 10**digits, high * 10**digits), 10**digits), digits)


def ascending(rng, count):
    """Distinct decimals in order."""
    return [decimal_text(Fraction(x, 2), 1) for x in sorted(rng.sample(range(-60, 60), count))]


def whole(rng, quantum, low, high):
    """A multiple of the quantum."""
    digits = len(quantum.partition(".")[2])
    return decimal_text(Fraction(quantum) * rng.randint(low, high), digits)


def random_gate(rng, depth=2):
    """A comparison, or several."""
    kind = rng.choice(("compare", "compare", "all", "any", "not")) if depth else "compare"
    if kind == "not":
        return {"not": random_gate(rng, depth - 1)}
    if kind in ("all", "any"):
        return {kind: [random_gate(rng, depth - 1) for _ in range(rng.randint(1, 3))]}
    operator = rng.choice(("ge", "gt", "le", "lt", "eq"))
    if rng.random() < 0.3:
        return {"figure": rng.choice(NAMES), operator: rng.choice(NAMES)}
    return {"figure": rng.choice(NAMES), operator: decimal(rng, -3, 3, 0)}


def limits(rng, quantum):
    """Sometimes a gate, a cap, a floor."""
    some = {}
    if rng.random() < 0.3:
        some["when"] = random_gate(rng)
    if rng.random() < 0.4:
        some["cap"] = whole(rng, quantum, 20, 3000)
    if rng.random() < 0.3:
        some["floor"] = whole(rng, quantum, -20, 20)
    return some


def random_clause(rng, quantum, depth=2):
    """Any way of paying with any limits."""
    way = rng.choice(WAYS if depth else WAYS[: -len(NESTED)])
    return {way: _terms(rng, way, quantum, depth)} | limits(rng, quantum)


def _terms(rng, way, quantum, depth):
    figure, below = rng.choice(NAMES), rng.choice(("zero", "negative"))
    if way == "fixed":
        return decimal(rng, digits=3)
    if way == "unit_price":
        return {"figure": figure, "price": rng.choice(("15.12", "-3", "0.125")), "below_zero": below}
    if way == "share_of_savings":
        return {"figure": figure, "share": rng.choice(("0.40", "1", "0.333")), "below_zero": below}
    if way == "tiers":
        starts = ascending(rng, rng.randint(1, 4))
        return {"figure": figure, "steps": [{"from": start, "pays": decimal(rng)} for start in starts]}
    if way == "bands":
        return {"figure": figure, "bands": _bands(rng)}
    if way == "piecewise":
        ats = ascending(rng, rng.randint(2, 4))
        return {"figure": figure, "points": [{"at": at, "pays": decimal(rng)} for at in ats]}
    if way == "milestones":
        counts = rng.sample(("a", "few", "many"), rng.randint(1, 3))
        steps = [{"figure": count, "pays": decimal(rng, 1)} for count in counts]
        order = rng.choice(("ladder", "any"))
        most = {"per_person": decimal(rng, 1)} if order == "ladder" and rng.random() < 0.5 else {}
        return {"people": rng.choice(("60", "many")), "order": order, "steps": steps} | most
    if way in OVER_TIME:
        return _over_time(rng, way) | {"pays": random_clause(rng, quantum, depth - 1)}
    return [random_clause(rng, quantum, depth - 1) for _ in range(rng.randint(2, 3))]


def _over_time(rng, way):
    if way == "indexed":
        return {"figure": rng.choice(("a", "d", "many")), "base": rng.choice(("c", "many", "2.5"))}
    if way == "interest":
        rate = {"rate": rng.choice(("0.03", "0", "d"))} | ({"margin": "0.08"} if rng.random() < 0.5 else {})
        days = {"from": rng.choice(("start", "2022-01-31")), "to": rng.choice(("end", "2024-03-31"))}
        gives = rng.choice(("interest", "amount_with_interest"))
        return rate | days | {"day_count": rng.choice(("act_365", "act_360", "30_360", "30e_360")), "gives": gives}
    every = rng.choice(("year", "half_year", "quarter", "month"))
    return {"rate": rng.choice(("0.01", "-0.25", "c")), "every": every, "periods": rng.choice(("0", "3", "few", "a"))}


def _bands(rng):
    ends = ascending(rng, 2 * rng.randint(1, 3))
    bands = []
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        begin = bands[-1]["to"] if bands and rng.random() < 0.5 else start
        bands.append({"from": begin, "to": end, "pays_from": decimal(rng), "pays_to": decimal(rng)})
    return bands


def random_figures(rng):
    """Four numbers, a yes or no, and one of each derived figure by chance."""
    figures = {name: number(digits) for name, digits in zip("abcd", (0, 1, 2, 3), strict=True)}
    figures["delivered"] = number(0, "yes/no")
    figures |= {"few": number(0), "many": number(0), "start": number(0, "yyyymmdd"), "end": number(0, "yyyymmdd")}
    figures["paid"] = number(2, "SEK")
    pair = [rng.choice("abcd"), rng.choice(("a", "b", "c", "d", "2.5"))]
    formula = rng.choice(
        (
            *({kind: pair} for kind in ("sum", "product", "difference", "ratio", "greatest", "least")),
            {"mix": [["0.25", rng.choice("abcd")], ["0.75", rng.choice("abcd")]]},
            {"index": {"figure": rng.choice("abcd"), "base": pair[1]}},
            {"fallback": _ladder(rng)},
        )
    )
    figures["mixed"] = {"derived": formula, "digits": rng.randint(0, 4), "unit": "SEK"}
    return figures


def _ladder(rng):
    """Two or three figures; `few` and `many` are counts that decide."""
    first = [
        {"figure": rng.choice("abcd"), "when": rng.choice(("few", "many")), "at_least": str(rng.randint(2, 40))}
        for _ in range(rng.randint(1, 2))
    ]
    return [*first, {"figure": rng.choice("abcd")}]


def random_contract(rng):
    """One to four lines, sometimes under a contract cap."""
    quantum = rng.choice(QUANTA)
    lines = {
        f"line{i}": line(random_clause(rng, quantum), payers=rng.choice(SHARES), **limits(rng, quantum))
        for i in range(rng.randint(1, 4))
    }
    cap = None
    if rng.random() < 0.4:
        reduces = rng.choice(("last_line_first", "pro_rata"))
        cap = {"amount": whole(rng, quantum, 0, 100), "reduces": reduces}
    rounding = rng.choice(("half_up", "half_even"))
    whole_file = file(lines, random_figures(rng), quantum=quantum, rounding=rounding, cap=cap)
    whole_file["payment"] |= _between_lines(rng, lines, quantum, cap) | _receivers(rng, quantum)
    _true_ups(rng, whole_file["payment"])
    return whole_file


def _true_ups(rng, payment):
    """Sometimes true-ups; what earlier settlements paid is a figure only where nothing is passed on or guaranteed.

    Netted lines have it all or none, and all have what was paid too much paid back.
    """
    lines, netted = payment["lines"], payment.get("netting", {}).get("lines", ())
    alone, together = not {"waterfall", "guarantees"} & set(payment), rng.random() < 0.2
    for name, terms in lines.items():
        if alone and together and name in netted:
            terms["true_up"] = _true_up(rng, payment["quantum"], "paid") | {"below_zero": "clawback"}
        elif rng.random() < 0.2:
            paid = None if alone else "0"
            paid = "paid" if alone and name not in netted and rng.random() < 0.5 else paid
            terms["true_up"] = _true_up(rng, payment["quantum"], paid)


def _true_up(rng, quantum, paid):
    paid = paid or whole(rng, quantum, 0, 50)
    term = {"paid": paid, "below_zero": rng.choice(("floor", "carry", "clawback"))}
    return term | ({"cap": whole(rng, quantum, 0, 50)} if rng.random() < 0.3 else {})


def _between_lines(rng, lines, quantum, cap):
    """Sometimes netting, a cap on some lines, and a floor under the whole."""
    some, names = {}, list(lines)
    if len(names) > 1 and rng.random() < 0.3:
        netted = rng.sample(names, rng.randint(2, len(names)))
        for name in netted:
            lines[name]["payers"] = lines[netted[0]]["payers"]
        rules = {"reduces": rng.choice(("last_line_first", "pro_rata")), "below_zero": rng.choice(("zero", "negative"))}
        some["netting"] = {"lines": netted} | rules
    if len(names) > 1 and rng.random() < 0.3:
        reduces = rng.choice(("last_line_first", "pro_rata"))
        some["caps"] = {"year": {"lines": names[:2], "amount": whole(rng, quantum, 0, 80), "reduces": reduces}}
    free = names[2:] if "caps" in some else names
    if len(names) > 1 and rng.random() < 0.3:
        most = Fraction(some["caps"]["year"]["amount"]) if "caps" in some else None
        least = whole(rng, quantum, -20, 40)
        if most is None or Fraction(least) <= most:
            some["floors"] = {"year": {"lines": names[:2], "amount": least, "raises": rng.choice(names[:2])}}
    if free and rng.random() < 0.3:
        least = whole(rng, quantum, -40, 40)
        if cap is None or Fraction(least) <= Fraction(cap["amount"]):
            some["floor"] = {"amount": least, "raises": rng.choice(free)}
    return some


def _receivers(rng, quantum):
    """Sometimes a waterfall, a guarantee or both."""
    some = {}
    if rng.random() < 0.3:
        steps = [{"to": {"verifier": "1"}, "up_to": rng.choice(("c", "12.345"))}, {"to": rng.choice(SHARES[1:])}]
        some["waterfall"] = {"from": "provider", "steps": steps}
    if rng.random() < 0.3:
        beneficiary = "verifier" if "waterfall" in some else "provider"
        term = {
            "guarantor": "state",
            "beneficiary": beneficiary,
            "amount": rng.choice(("many", "50")),
            "share": "0.333",
        }
        some["guarantees"] = {"capital": term | ({"cap": whole(rng, quantum, 0, 20)} if rng.random() < 0.5 else {})}
    return some


def lines_alone(file):
    """Without anything that holds between lines, nor what was paid before."""
    for key in BETWEEN:
        file["payment"].pop(key, None)
    for terms in file["payment"]["lines"].values():
        terms.pop("true_up", None)
    return file


def random_values(rng, missing=0.1):
    """A value for each figure that is not derived; with some chance None or "refer"."""
    values = {name: decimal(rng, digits=digits) for name, digits in zip("abcd", (0, 1, 2, 3), strict=True)}
    values["delivered"] = rng.choice("01")
    values |= {
        "few": str(rng.randint(0, 9)),
        "many": str(rng.randint(5, 60)),
        "paid": rng.choice(("0", "100", "12.35", "-100", "-20", "-1", "-0.05")),
    }
    values |= {"start": rng.choice(DATES[:4]), "end": rng.choice(DATES)}
    return {name: rng.choice((None, "refer")) if rng.random() < missing else value for name, value in values.items()}
