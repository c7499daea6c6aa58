"""The payment of a certificate by a second route: the contract file read anew, and settled in code that shares nothing.

Only the stated figures, the bytes of the contract file and what parties declare to have happened go in. Where the
second route has no rule for a term, or a line waits for another, it is told that it cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from effekt._text import Language, Text
from effekt.certificates.certificate import Certificate
from effekt.contracts import Events, Settlement, format_money
from effekt.contracts.money import exact_text, fraction
from effekt.contracts.settled import SettledLine
from effekt.exceptions import ArgumentError
from effekt.independent.limits import NotRepeatedError
from effekt.independent.payments import payment
from effekt.independent.payments.contract_file import read_contract
from effekt.independent.payments.payment import UNSURE, Paid
from effekt.reports.wording import STATES
from effekt.workflow.findings import Finding, cannot_tell, same_or_different, with_decimals

_NOT_AMOUNTS = ("allocation", "paid_to_date", "fallback")  # steps that tell something beside the line's own amount
_LINE, _GUARANTEE = Text(en="Line", sv="Rad"), Text(en="Guarantee", sv="Garanti")
UNREADABLE = Text(
    en="the contract or the figures are not what it reads.", sv="avtalet eller siffrorna är inte vad den läser."
)


def second_payment_findings(found: Certificate) -> Iterator[Finding]:
    """Every computed figure, line, guarantee and the whole again by the second route."""
    try:
        file = read_contract(found.contract.raw)
        given = {one.id: one.value or one.state for one in found.figures if "derived" not in file["figures"][one.id]}
        again = payment.settle(file, given, plain_events(found.events))
    except NotRepeatedError as error:
        yield _declined(Text(en=str(error), sv=error.sv))
        return
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        yield _declined(UNREADABLE)
        return
    settled = found.settlement
    yield from _figures(found, again)
    stated = {line.id: line for line in settled.lines}
    for id in dict.fromkeys([*again.lines, *stated]):
        yield _line(id, stated.get(id), file, again, settled)
    for one in settled.guarantees:
        yield _guarantee(one, file, again, settled)
    yield _whole(settled, file, again)


def _declined(why: Text) -> Finding:
    return cannot_tell(
        "independent_payment",
        f"The payment by the independent implementation: {why.en}",
        f"Betalningen enligt den oberoende beräkningen: {why.sv}",
    )


def plain_events(events: Events | None) -> dict[str, Any]:
    """What is declared to have happened, as the second route takes it."""
    if events is None:
        return {}
    spoiled = [{"clause": one.clause, "date": one.date, "analysis": one.analysis} for one in events.contaminated]
    plain: dict[str, Any] = {"contaminated": spoiled, "disputed": events.open_disputes}
    plain["revised"] = [one.data for one, _ in events.revised]
    plain |= {"settles": events.settles, "superseding": events.superseding, "interim": events.interim}
    plain["told"] = [(one.certificate, [*one.figures], one.decided is not None) for _, one in events.disputed]
    return plain | (
        {} if events.ended is None else {"ended": {"clause": events.ended.clause, "date": events.ended.date}}
    )


def _figures(found: Certificate, again: Paid) -> Iterator[Finding]:
    """Figures that are computed from others."""
    stated = {one.id: one for one in found.figures}
    for id, value in again.figures.items():
        one = stated.get(id)
        claimed = None if one is None else one.state if one.value is None else Fraction(one.value)
        shown = "–" if one is None else one.value or one.state
        other = shown if value == claimed else str(value)
        yield Finding(
            name=f"independent:{id}",
            verdict="reproduced" if value == claimed else "different",
            stage="figure",
            text=Text(
                en=f"Figure {id}: stated {_word(shown, 'en')}, by the independent implementation {_word(other, 'en')}.",
                sv=f"Siffran {id}: angiven {_word(shown, 'sv')}, enligt den oberoende beräkningen "
                f"{_word(other, 'sv')}.",
            ),
        )


def _word(shown: str, lang: Language) -> str:
    return STATES[shown].in_language(lang) if shown in STATES else with_decimals(shown, lang)


def _line(id: str, stated: SettledLine | None, file: Mapping[str, Any], again: Paid, settled: Settlement) -> Finding:
    """A line: its amount or why it has none, who pays which part, to whom, and what a dispute keeps back."""
    if stated is None or id not in again.lines:
        en, sv = f"Line {id}: only one of the two has it.", f"Rad {id}: bara den ena har den."
        return same_or_different(f"independent_line:{id}", False, en, sv)
    finding = _compared(name=f"independent_line:{id}", what=_LINE, stated=stated, again=again, settled=settled)
    if finding.verdict != "reproduced":
        return finding
    shares = sorted((one.payer, Fraction(one.amount)) for one in stated.shares)
    kept = {one.id: Fraction(one.withheld) for one in settled.standings if one.of == "line" and one.withheld}
    same = shares == sorted(again.shares.get(id, {}).items()) and stated.payee == file["payment"]["lines"][id]["payee"]
    before = next((_number(one.value) for one in stated.steps if one.rule == "paid_to_date" and one.value), None)
    if id in again.paid_to_date and before != again.paid_to_date[id]:
        one, other = (_in_both(value, settled) for value in (before, again.paid_to_date[id]))
        return same_or_different(
            f"independent_line:{id}",
            False,
            f"Line {id}: the amount is the same, but not what the next settlement has as paid before: {one.en} and "
            f"{other.en}.",
            f"Rad {id}: beloppet är detsamma, men inte vad nästa avräkning har som tidigare betalt: {one.sv} och "
            f"{other.sv}.",
        )
    if same and kept.get(id) == again.withheld.get(id):
        return finding
    return same_or_different(
        f"independent_line:{id}",
        False,
        f"Line {id}: the amount is the same, but not who pays it to whom, or what is kept back.",
        f"Rad {id}: beloppet är detsamma, men inte vem som betalar det till vem, eller vad som hålls inne.",
    )


def _guarantee(stated: SettledLine, file: Mapping[str, Any], again: Paid, settled: Settlement) -> Finding:
    """A guarantee: its amount or why it has none, and who pays it to whom."""
    finding = _compared(
        name=f"independent_guarantee:{stated.id}", what=_GUARANTEE, stated=stated, again=again, settled=settled
    )
    terms = file["payment"].get("guarantees", {}).get(stated.id)
    if finding.verdict != "reproduced" or terms is None:
        return finding
    bears = [] if stated.amount is None else [(terms["guarantor"], Fraction(stated.amount))]
    shares = [(one.payer, Fraction(one.amount)) for one in stated.shares]
    if shares == bears and stated.payee == terms["beneficiary"]:
        return finding
    return same_or_different(
        finding.name,
        False,
        f"Guarantee {stated.id}: the amount is the same, but not who pays it to whom.",
        f"Garanti {stated.id}: beloppet är detsamma, men inte vem som betalar det till vem.",
    )


def _compared(*, name: str, what: Text, stated: SettledLine, again: Paid, settled: Settlement) -> Finding:
    """An amount, or why there is none, by both routes."""
    value = (again.lines if what is _LINE else again.guarantees).get(stated.id)
    if value == UNSURE:
        return cannot_tell(
            name,
            f"{what.en} {stated.id}: something else is not determined, and the independent implementation does not "
            "tell how far that reaches.",
            f"{what.sv} {stated.id}: något annat är inte fastställt, och den oberoende beräkningen anger inte hur "
            "långt det når.",
        )
    claimed = stated.state if stated.amount is None else Fraction(stated.amount)
    state = _state(value, kept=what is _LINE and stated.id in again.withheld)
    same = value == claimed and stated.state == state
    told = what is _LINE and (
        not same or (stated.amount is not None and not again.withheld)
    )  # a dispute has two trails
    parted = _parted(stated, again, settled) if told else Text(en="", sv="")
    one, other = (_in_both(x, settled) for x in (claimed, value))
    return same_or_different(
        name,
        same and not parted.en,
        f"{what.en} {stated.id}: stated {one.en}, by the independent implementation {other.en}.{parted.en}",
        f"{what.sv} {stated.id}: angivet {one.sv}, enligt den oberoende beräkningen {other.sv}.{parted.sv}",
    )


def _state(value: Fraction | str | None, *, kept: bool) -> str | None:
    """The word for an amount; of one that is zero, whether a dispute keeps it back."""
    if value is None or isinstance(value, str):
        return value
    return "payable" if value else "referred" if kept else "zero_by_terms"


def _in_both(value: Fraction | str | None, settled: Settlement) -> Text:
    return Text(en=_shown(value, settled, "en"), sv=_shown(value, settled, "sv"))


def _shown(value: Fraction | str | None, settled: Settlement, lang: Language) -> str:
    """An amount, or the word for why there is none."""
    if value is None or isinstance(value, str):
        return "–" if value is None else STATES[value].in_language(lang)
    return format_money(value, settled.currency, lang)


def _parted(stated: SettledLine, again: Paid, settled: Settlement) -> Text:
    """At which clause the arithmetic of a line first parts."""
    steps = [
        (one.rule, _number(one.value)) for one in stated.steps if one.value is not None and one.rule not in _NOT_AMOUNTS
    ]
    trail = again.trails[stated.id]
    pairs = enumerate(zip(steps, trail, strict=False))
    place = next((i for i, (one, other) in pairs if (one[0], one[1]) != (other[0], _as_written(other[1]))), None)
    if place is None:
        place = min(len(steps), len(trail))
    if place >= max(len(steps), len(trail)):
        return Text(en="", sv="")
    rule = steps[place][0] if place < len(steps) else trail[place][0]
    values = [way[place][1] if place < len(way) else None for way in (steps, trail)]
    one, other = (_in_both(x, settled) for x in values)
    return Text(
        en=f" They first part at {rule}: {one.en} and {other.en}.",
        sv=f" De skiljs åt först vid {rule}: {one.sv} och {other.sv}.",
    )


def _as_written(value: Fraction | str) -> Fraction | str | None:
    """A value of the second route as a step states it: a long one is rounded there."""
    return _number(exact_text(value)) if isinstance(value, Fraction) else value


def _number(text: str) -> Fraction | None:
    """The value of a stated step, a long one to 20 decimals; None of what is no number."""
    try:
        return fraction(text.removeprefix("about "))
    except ArgumentError:
        return None


def _whole(settled: Settlement, file: Mapping[str, Any], again: Paid) -> Finding:
    """The total, in which currency and of which lines, and what the waterfall passes on."""
    amounts = [value for value in again.lines.values() if not isinstance(value, str)]
    listed = _listed(settled, file, again)
    if listed is None and (UNSURE in again.lines.values() or again.receipts == UNSURE):
        return cannot_tell(
            "independent_payment",
            "The payment by the independent implementation: it does not tell how far what is not determined reaches.",
            "Betalningen enligt den oberoende beräkningen: den anger inte hur långt det som inte är fastställt når.",
        )
    total = sum(amounts, Fraction(0))
    whole = total if len(amounts) == len(again.lines) else None
    stated = None if settled.total is None else Fraction(settled.total)
    same = stated == whole and Fraction(settled.undisputed) == total and _passed(settled) == _passed_again(file, again)
    also = listed or (None if same or stated != whole else _PASSED)
    first, other = _shown_total(stated, settled.currency), _shown_total(whole, file["payment"]["currency"])
    end = Text(en=".", sv=".") if also is None else Text(en=f"; {also.en} differs.", sv=f"; {also.sv} skiljer sig.")
    return same_or_different(
        "independent_payment",
        same and also is None,
        f"Total: stated {first.en}, by the independent implementation {other.en}{end.en}",
        f"Summa: angivet {first.sv}, enligt den oberoende beräkningen {other.sv}{end.sv}",
    )


_PASSED = Text(en="what is passed on or kept back", sv="det som förs vidare eller hålls inne")
_CURRENCY = Text(en="the currency", sv="valutan")
_LISTED = Text(
    en="which lines or guarantees are listed, each once,", sv="vilka rader eller garantier som står, en gång var,"
)
_STATE = Text(en="the word for the whole", sv="ordet för helheten")


def _listed(settled: Settlement, file: Mapping[str, Any], again: Paid) -> Text | None:
    """What of the currency, the lists of lines and guarantees, and the word for the whole is not as in the file."""
    payment = file["payment"]
    if settled.currency != payment["currency"]:
        return _CURRENCY
    for stated, terms in ((settled.lines, payment["lines"]), (settled.guarantees, payment.get("guarantees", {}))):
        if sorted(one.id for one in stated) != sorted(terms):
            return _LISTED
    return None if UNSURE in again.lines.values() or settled.state == _word_of_all(again) else _STATE


def whole_of(again: Paid) -> tuple[Fraction | None, str] | None:
    """The total, or None, and the word for the whole; nothing where the second route cannot tell of every line."""
    if UNSURE in again.lines.values():
        return None
    amounts = [value for value in again.lines.values() if not isinstance(value, str)]
    whole = sum(amounts, Fraction(0)) if len(amounts) == len(again.lines) else None
    return whole, _word_of_all(again)


def _word_of_all(again: Paid) -> str:
    """Referred if a line is, or if nothing is paid but what a dispute keeps back; else as of a line."""
    words = {value for value in again.lines.values() if isinstance(value, str)}
    total = sum((value for value in again.lines.values() if not isinstance(value, str)), Fraction(0))
    kept = any(value == 0 and id in again.withheld for id, value in again.lines.items())
    for word in ("referred", "not_yet_determinable"):
        if word in words or (word == "referred" and kept and not total):
            return word
    return "payable" if total else "zero_by_terms"


_Passed: TypeAlias = tuple[str, str | None, Fraction | None, list[tuple[str, Fraction]]]


def _passed(settled: Settlement) -> _Passed | None:
    """Who passes on, the word for it, how much there is, and what each party is said to get of it."""
    one = settled.distribution
    if one is None:
        return None
    got = sorted((each.party, Fraction(each.amount)) for each in one.receipts)
    return one.party, one.state, None if one.amount is None else Fraction(one.amount), got


def _passed_again(file: Mapping[str, Any], again: Paid) -> _Passed | None:
    """The same by the second route."""
    if again.receipts is None:
        return None
    party = file["payment"]["waterfall"]["from"]
    if isinstance(again.receipts, str):
        return party, again.receipts, None, []
    amount = sum(again.receipts.values(), Fraction(0))
    return party, _state(amount, kept=False), amount, sorted(again.receipts.items())


def _shown_total(value: Fraction | None, currency: str) -> Text:
    if value is None:
        return Text(en="–", sv="–")
    return Text(en=format_money(value, currency, "en"), sv=format_money(value, currency, "sv"))
