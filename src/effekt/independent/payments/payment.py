"""A whole payment by a second route: from the contract file as plain values and the figures' texts, in fractions.

`settle` gives what each line pays, to whom it is passed on and what guarantors bear. It shares no code with the
package's own settlement, and knows less: where it has no rule for a term it raises, and where another line is not
determined yet it says `UNSURE` of the lines that this may reach.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from effekt.independent.payments.least_due import least_due
from effekt.independent.payments.payment_between import UNSURE, Amounts, between, lowered, ruled, share_out
from effekt.independent.payments.payment_events import Rest, apart, reads, rests
from effekt.independent.payments.payment_terms import (
    REFERRED,
    WAITING,
    ZERO,
    Clauses,
    Figures,
    Part,
    Value,
    known_keys,
    rounded,
    without_value,
)

FILE = (
    *("schema", "id", "title", "jurisdiction", "governing_text", "parties", "signing", "dates", "attribution"),
    *("population", "disclosure", "log", "data", "analysis", "figures", "payment", "measures", "estimands"),
    *("sensitivity", "assurance", "independence", "interim", "termination", "disputes", "amendment"),
    *("reconciliations", "ledgers", "revisions", "software", "tolerance", "dry_run"),
)
PAYMENT = (
    *("currency", "quantum", "rounding", "lines", "netting", "caps", "cap", "floors", "floor", "waterfall"),
    *("guarantees", "due_days", "maximum"),
)
LINE = ("payers", "payee", "pays", "true_up", "due", "paid_each", "when", "cap", "floor")


@dataclass
class Paid:
    """What a settlement comes to.

    Attributes
    ----------
    figures : dict of figure to value
        Those that are computed from others.
    lines : dict of line to value
        An amount, the word for why there is none, or `UNSURE`.
    shares : dict of line to dict of payer to amount
        Of lines with an amount.
    trails : dict of line to list of (rule, amount)
        How each came about, clause by clause.
    withheld : dict of line to amount
        What disputes keep back.
    receipts : dict of party to amount, or word
        What the waterfall gives; None without one.
    guarantees : dict of guarantee to value
    paid_to_date : dict of line to amount
        What the next settlement has as paid before, of lines with a `true_up` and an amount; none where a party
        disputes a figure.
    """

    figures: Amounts
    lines: Amounts
    trails: dict[str, list[tuple[str, Fraction]]]
    shares: dict[str, dict[str, Fraction]] = field(default_factory=dict)
    withheld: dict[str, Fraction] = field(default_factory=dict)
    receipts: dict[str, Fraction] | str | None = None
    guarantees: Amounts = field(default_factory=dict)
    paid_to_date: dict[str, Fraction] = field(default_factory=dict)


def settle(file: Part, given: Mapping[str, str], events: Part | None = None) -> Paid:
    """Settle a contract.

    Parameters
    ----------
    file : mapping
        The contract file as plain values.
    given : mapping of figure to text
        For each figure that is not computed from others its decimal, or `REFERRED` or `WAITING`.
    events : mapping, optional
        `ended` (clause, date), `contaminated` (clause, date, analysis), `disputed` (party → figure → what it admits),
        `revised` (data), `settles` (the announced day, where lines are paid on each), `superseding` (days of those
        whose place is taken, oldest first), `interim` (those of these that were interim) and `told` (disputes: the
        certificate's day, the figures, and whether it is decided).

    Returns
    -------
    Paid

    Raises
    ------
    NotRepeatedError
        For a part of the contract that this route has no rule for.
    """
    _check(file)
    happened = events or {}
    left = rests(file, happened)
    figures, trails = Figures(file["figures"], given), dict[str, list[tuple[str, Fraction]]]()
    own = _own(file, figures, left, trails)
    floors = _floors_apply(file, happened)
    claimed = between(own, file, trails, floors=floors)
    paid, withheld = claimed, dict[str, Fraction]()
    if happened.get("disputed"):
        paid, withheld = _kept_back(file, given, happened["disputed"], left, own, claimed, floors=floors)
    derived = [id for id, term in file["figures"].items() if "derived" in term]
    found = Paid(figures={id: figures.value(id) for id in derived}, lines=paid, trails=trails, withheld=withheld)
    unit = Fraction(file["payment"]["quantum"])
    for id, line in file["payment"]["lines"].items():
        amount = paid[id]
        if not isinstance(amount, str):
            before = _paid_before(line, figures, file["payment"])
            earlier = share_out(before, line["payers"], unit)
            in_all = share_out(before + amount, line["payers"], unit)
            found.shares[id] = {payer: part - earlier[payer] for payer, part in in_all.items()}
    seen = {id: REFERRED if id in withheld else value for id, value in paid.items()}
    found.receipts = _passed_on(file, figures, seen)
    admitted = [_admitted(file["figures"], given, one) for one in happened.get("disputed", {}).values()]
    losses = _unbacked(file, happened, [figures, *(Figures(file["figures"], one) for one in admitted)])
    found.guarantees = _borne(file, figures, seen, losses, found.receipts)
    if not happened.get("disputed"):
        found.paid_to_date = _paid_to_date(file, figures, found)
    return found


def _paid_before(line: Part, figures: Figures, payment: Part) -> Fraction:
    """What payers have shared already; nothing where it has no value, or one that no payment can have."""
    paid = figures.value(line["true_up"]["paid"]) if "true_up" in line else ZERO
    return ZERO if isinstance(paid, str) or not _is_payment(paid, line, payment) else paid


def _paid_to_date(file: Part, figures: Figures, found: Paid) -> dict[str, Fraction]:
    """What was paid before and is paid now; where too much was paid and is let go, what is due in all, or 0."""
    totals = {}
    for id, line in file["payment"]["lines"].items():
        now, term = found.lines[id], line.get("true_up")
        before = None if term is None else figures.value(term["paid"])
        if term is None or not isinstance(now, Fraction) or not isinstance(before, Fraction):
            continue
        due = next((value for rule, value in found.trails[id] if rule == "rounding"), before)
        waived = min(max(before - due, ZERO), before) if term["below_zero"] == "floor" else ZERO
        totals[id] = before + now - waived
    return totals


def _check(file: Part) -> None:
    """Every part that may move an amount is one that this route reads."""
    payment = file["payment"]
    known_keys(file, FILE, "contract")
    known_keys(payment, PAYMENT, "payment")
    for id, line in payment["lines"].items():
        known_keys(line, LINE, f"payment.lines.{id}")
        known_keys(line.get("true_up", {}), ("paid", "below_zero", "cap"), f"payment.lines.{id}.true_up")
    known_keys(payment.get("netting", {}), ("lines", "reduces", "below_zero"), "payment.netting")
    known_keys(payment.get("cap", {}), ("amount", "reduces"), "payment.cap")
    known_keys(payment.get("floor", {}), ("amount", "raises"), "payment.floor")
    for key, keys in (("caps", ("amount", "reduces", "lines")), ("floors", ("amount", "raises", "lines"))):
        for id, one in payment.get(key, {}).items():
            known_keys(one, keys, f"payment.{key}.{id}")
    known_keys(payment.get("waterfall", {}), ("from", "steps"), "payment.waterfall")
    for step in payment.get("waterfall", {}).get("steps", ()):
        known_keys(step, ("to", "up_to"), "payment.waterfall.steps")
    for id, one in payment.get("guarantees", {}).items():
        known_keys(one, ("guarantor", "beneficiary", "amount", "share", "cap"), f"payment.guarantees.{id}")


# ------------------------------------------------------------------------------------------------ each line alone


def _own(
    file: Part, figures: Figures, left: Mapping[str, Rest], trails: dict[str, list[tuple[str, Fraction]]]
) -> Amounts:
    """Each line by its own terms, with what events leave of it."""
    payment, found = file["payment"], {}
    unit = Fraction(payment["quantum"])
    for id, line in payment["lines"].items():
        clauses, rest = Clauses(figures), left.get(id, Rest("in_full"))
        trails[id] = clauses.trail
        value = clauses.line(line, f"payment.lines.{id}")
        if not isinstance(value, str):
            if rest.rule == "to_date":
                value *= rest.share
                clauses.trail.append(("termination", value))
            value = rounded(value, unit, payment["rounding"])
            clauses.trail.append(("rounding", value))
        value = _trued_up(line, value, figures, payment, clauses.trail)
        if rest.rule == "refer":
            value = REFERRED
        elif rest.rule == "nothing":
            value = UNSURE if isinstance(value, str) else min(value, ZERO)
            clauses.trail += [] if isinstance(value, str) else [("termination", value)]
        found[id] = value
    return found


def _trued_up(line: Part, due: Value, figures: Figures, payment: Part, trail: list[tuple[str, Fraction]]) -> Value:
    """What is due since the beginning less what was paid before."""
    if "true_up" not in line:
        return due
    term = line["true_up"]
    paid = figures.value(term["paid"])
    if isinstance(due, str) or isinstance(paid, str):
        return without_value((due, paid)) or REFERRED
    if not _is_payment(paid, line, payment):
        return REFERRED
    now = due - paid if term["below_zero"] == "clawback" else max(due - paid, ZERO)
    now = min(now, Fraction(term["cap"])) if "cap" in term else now
    trail.append(("true_up", now))
    return now


def _is_payment(paid: Fraction, line: Part, payment: Part) -> bool:
    """Whether so much can have been paid before: whole quanta, and below 0 only what can have been paid back."""
    whole = (paid / Fraction(payment["quantum"])).denominator == 1
    return whole and (paid >= 0 or _can_have_been_paid(paid, line, payment))


def _can_have_been_paid(negative: Fraction, line: Part, payment: Part) -> bool:
    """Whether the payee can have paid back so much in all: by a claw-back, of a line that can be due so little."""
    if line["true_up"]["below_zero"] != "clawback":
        return False
    least = least_due(line)
    return least is None or negative >= rounded(least, Fraction(payment["quantum"]), payment["rounding"])


def _floors_apply(file: Part, events: Part) -> str | None:
    ended = events.get("ended")
    return "applies" if ended is None else file["termination"][ended["clause"]].get("floor")


# ------------------------------------------------------------------------------------------------------- disputes


def _kept_back(
    file: Part,
    given: Mapping[str, str],
    disputed: Mapping[str, Mapping[str, str]],
    left: Mapping[str, Rest],
    own: Amounts,
    claimed: Amounts,
    *,
    floors: str | None,
) -> tuple[Amounts, dict[str, Fraction]]:
    """What is paid while figures are disputed: what every reading of them gives; and what of each line is kept back."""
    others = [
        _own(file, Figures(file["figures"], _admitted(file["figures"], given, one)), left, {})
        for one in disputed.values()
    ]
    now: Amounts = {id: value if isinstance(value, str) else ZERO for id, value in claimed.items()}
    if file["disputes"]["undisputed_paid"]:
        now = _undisputed(own, others, claimed, file, floors=floors)
    differs = {id: value for id, value in claimed.items() if now[id] != value}
    kept: dict[str, Fraction] = {}
    for id, value in differs.items():
        rest = now[id]
        if not isinstance(value, str) and not isinstance(rest, str):
            kept[id] = value - rest
    return now, kept


def _admitted(terms: Part, given: Mapping[str, str], admits: Mapping[str, str]) -> dict[str, str]:
    """The figures with what a party admits; what it admits nothing of, and what is taken by that, has no value."""
    found = dict(given)
    for id in given:
        if id in admits and admits[id] != "none":
            found[id] = admits[id]
        elif id in admits or reads(terms, [id]).intersection(admits):
            found[id] = REFERRED
    return found


def _undisputed(
    own: Amounts, others: Sequence[Amounts], claimed: Amounts, file: Part, *, floors: str | None
) -> Amounts:
    """What every reading gives of each line, under every cap and floor; a raised line counts as without its floors."""
    payment = file["payment"]
    some = [*payment.get("floors", {}).values()] if floors == "applies" else []
    of_all = [{"lines": list(own), **payment["floor"]}] if floors == "applies" and "floor" in payment else []
    raised = {floor["raises"] for floor in (*some, *of_all)}

    def bare(lines: Amounts, whole: Amounts) -> Amounts:
        plain = ruled(lines, payment, None, floors=False)
        return {id: plain[id] if id in raised else value for id, value in whole.items()}

    below = [_reading(own, one, min) for one in others]
    below += [_reading(own, one, lambda value, admitted: _alike([value, admitted])) for one in others]
    above = [_reading(own, one, max) for one in others]
    wholes = [between(one, file, None, floors=floors) for one in below]
    least = [bare(one, whole) for one, whole in zip(below, wholes, strict=True)]
    most = [bare(one, between(one, file, None, floors=floors)) for one in above]
    now = dict(claimed)
    for id, value in bare(own, claimed).items():
        if isinstance(value, str) or isinstance(claimed[id], str):
            now[id] = claimed[id] if isinstance(claimed[id], str) else UNSURE
        else:
            now[id] = _alike([value, *(one[id] for one in (most if value < 0 else least))])
    unit = Fraction(payment["quantum"])
    _cut(now, payment.get("caps", {}).values(), unit)
    _raise(now, [claimed, *wholes], some)
    _cut(now, [{"lines": list(own), **payment["cap"]}] if "cap" in payment else [], unit)
    _raise(now, [claimed, *wholes], of_all)
    return now


def _reading(own: Amounts, other: Amounts, of: Callable[[Fraction, Fraction], Value]) -> Amounts:
    """Of each line one of two amounts, or a part; without bounds nothing is known of one that is open."""
    found: Amounts = {}
    for id, value in own.items():
        admitted = other[id]
        if isinstance(value, str) or isinstance(admitted, str):
            found[id] = value if isinstance(value, str) else UNSURE
        else:
            found[id] = of(value, admitted)
    return found


def _alike(readings: Sequence[Value]) -> Value:
    """The part of an amount that every reading gives, nothing where they part in sign."""
    known = [value for value in readings if not isinstance(value, str)]
    if len(known) < len(readings):
        return UNSURE
    return max(min(known), ZERO) if known[0] >= 0 else min(max(known), ZERO)


def _cut(now: Amounts, caps: Iterable[Part], unit: Fraction) -> None:
    """No more under each cap than it lets; not told where a line under it is open."""
    for cap in caps:
        known = {id: value for id in cap["lines"] if not isinstance(value := now[id], str)}
        if len(known) == len(cap["lines"]):
            now |= lowered({id: known[id] for id in now if id in known}, Fraction(cap["amount"]), cap["reduces"], unit)
        else:
            now |= dict.fromkeys(known, UNSURE)


def _raise(now: Amounts, readings: Sequence[Amounts], floors: Iterable[Part]) -> None:
    """Under each floor no less than what every reading gives together, at most the floor."""
    for floor in floors:
        sums = [_sum(one[id] for id in floor["lines"]) for one in (*readings, now)]
        known = [value for value in sums if value is not None]
        raised = now[floor["raises"]]
        if len(known) < len(sums) or isinstance(raised, str):
            now[floor["raises"]] = raised if isinstance(raised, str) else UNSURE
            continue
        *each, here = known
        now[floor["raises"]] = raised + max(min(Fraction(floor["amount"]), *each) - here, ZERO)


def _sum(values: Any) -> Fraction | None:
    every = list(values)
    known = [value for value in every if not isinstance(value, str)]
    return sum(known, ZERO) if len(known) == len(every) else None


# -------------------------------------------------------------------------------------------------- who gets the money


def _open(values: Sequence[Value]) -> str | None:
    """The word for several values; one that this route is unsure of leaves the whole unsure."""
    return UNSURE if UNSURE in values else without_value(values)


def _passed_on(file: Part, figures: Figures, lines: Amounts) -> dict[str, Fraction] | str | None:
    """What each party gets of what one passes on, step by step."""
    payment = file["payment"]
    waterfall = payment.get("waterfall")
    if waterfall is None:
        return None
    unit, got = Fraction(payment["quantum"]), _paid_to(payment, lines, waterfall["from"])
    limits = [figures.value(step["up_to"]) for step in waterfall["steps"] if "up_to" in step]
    word = _open([*got, *limits])
    if word is not None:
        return word
    left, found = max(_sum(got) or ZERO, ZERO), {}  # type: ignore[var-annotated]
    for step in waterfall["steps"]:
        taken = left
        if "up_to" in step:
            limit = figures.value(step["up_to"])
            taken = left if isinstance(limit, str) else min(left, rounded(max(limit, ZERO), unit, payment["rounding"]))
        for party, part in share_out(taken, step["to"], unit).items():
            found[party] = found.get(party, ZERO) + part
        left -= taken
    return found


def _paid_to(payment: Part, lines: Amounts, party: str | None) -> list[Value]:
    return [lines[id] for id, line in payment["lines"].items() if line["payee"] == party]


def _unbacked(file: Part, events: Part, readings: Sequence[Figures]) -> tuple[dict[str, str], str | None]:
    """Lines that lose by an event whose clause does not have guarantees hold, and the word for whether all lapse.

    A line loses where less is paid of it by the event than without any. Where that is not known on some reading, or is
    so on one alone, this route does not say what the guarantor pays.
    """
    words: dict[str, str] = {}
    for left, ends, clause in apart(file, events) if "guarantees" in file["payment"] else ():
        word = clause.get("guarantees")
        if word == "applies":
            continue
        floors = _floors_apply(file, events) if ends else "applies"
        each = [_losing(file, figures, left, floors) for figures in readings]
        lost = {id: one if all(other[id] == one for other in each) else None for id, one in each[0].items()}
        if ends and word == "lapses":
            if True in lost.values():
                return {}, "lapses"
            if None in lost.values():
                return {}, UNSURE
            continue
        for id, one in lost.items():
            if one is not False:
                words.setdefault(id, REFERRED if one else UNSURE)
    return words, None


def _losing(file: Part, figures: Figures, left: Mapping[str, Rest], floors: str | None) -> dict[str, bool | None]:
    """Whether less is paid of each line than without what is left; None where an amount is open."""
    payment = file["payment"]
    own, own_left = _own(file, figures, {}, {}), _own(file, figures, left, {})
    cut = [id for id, one in left.items() if one.rule == "nothing" or one.share != 1]
    if all(not isinstance(own[id], str) and own[id] == own_left[id] for id in cut) and (
        floors == "applies" or not ("floor" in payment or "floors" in payment)
    ):
        return dict.fromkeys(own, False)
    whole, rest = between(own, file, None, floors="applies"), between(own_left, file, None, floors=floors)
    ruling = any(key in payment for key in ("netting", "cap", "caps", "floor", "floors"))
    found: dict[str, bool | None] = {}
    for id, before in whole.items():
        after = rest[id]
        if (id in left and left[id].rule == "refer") or (not ruling and id not in cut):
            found[id] = False
        elif isinstance(before, str) or isinstance(after, str):
            found[id] = None
        else:
            found[id] = after < before
    return found


def _borne(
    file: Part,
    figures: Figures,
    lines: Amounts,
    without: tuple[Mapping[str, str], str | None],
    receipts: dict[str, Fraction] | str | None,
) -> Amounts:
    """What each guarantor pays of what its party lacks."""
    payment, waterfall = file["payment"], file["payment"].get("waterfall", {"from": None, "steps": ()})
    unit, guarantees = Fraction(payment["quantum"]), payment.get("guarantees", {})
    words, lapse = without
    if lapse == "lapses":
        return dict.fromkeys(guarantees, ZERO)
    seen = {**lines, **words}
    found: Amounts = {}
    for id, term in guarantees.items():
        party = term["beneficiary"]
        own = [] if party == waterfall["from"] else _paid_to(payment, seen, party)
        through = any(party in step["to"] for step in waterfall["steps"])
        limits = [figures.value(step["up_to"]) for step in waterfall["steps"] if "up_to" in step] if through else []
        passes = _paid_to(payment, seen, waterfall["from"]) if through else []
        whole = figures.value(term["amount"])
        word = _open([*own, *passes, *limits, whole])
        if word is not None or isinstance(whole, str):
            found[id] = word or REFERRED
            continue
        passed = receipts.get(party, ZERO) if isinstance(receipts, dict) else ZERO
        lacking = max(max(whole, ZERO) - max((_sum(own) or ZERO) + passed, ZERO), ZERO)
        bears = Fraction(term["share"]) * lacking
        bears = min(bears, Fraction(term["cap"])) if "cap" in term else bears
        found[id] = rounded(bears, unit, payment["rounding"])
        found[id] = UNSURE if lapse and found[id] else found[id]
    return found


__all__ = ["REFERRED", "UNSURE", "WAITING", "Paid", "settle", "share_out"]
