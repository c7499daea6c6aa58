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
WAYS = (*BOUNDED_WAYS, "unit_price", "share_of_savings", "greater_of", "lesser_of", "sum")
NAMES = ("a", "b", "c", "d", "delivered", "mixed")


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
    way = rng.choice(WAYS if depth else WAYS[:-3])
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
    return [random_clause(rng, quantum, depth - 1) for _ in range(rng.randint(2, 3))]


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
    pair = [rng.choice("abcd"), rng.choice(("a", "b", "c", "d", "2.5"))]
    formula = rng.choice(
        (
            *({kind: pair} for kind in ("sum", "product", "difference", "ratio", "greatest", "least")),
            {"mix": [["0.25", rng.choice("abcd")], ["0.75", rng.choice("abcd")]]},
            {"index": {"figure": rng.choice("abcd"), "base": pair[1]}},
        )
    )
    figures["mixed"] = {"derived": formula, "digits": rng.randint(0, 4), "unit": "SEK"}
    return figures


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
    return file(lines, random_figures(rng), quantum=quantum, rounding=rounding, cap=cap)


def random_values(rng, missing=0.1):
    """A value for each figure that is not derived; with some chance None or "refer"."""
    values = {name: decimal(rng, digits=digits) for name, digits in zip("abcd", (0, 1, 2, 3), strict=True)}
    values["delivered"] = rng.choice("01")
    return {name: rng.choice((None, "refer")) if rng.random() < missing else value for name, value in values.items()}
