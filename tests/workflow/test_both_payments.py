"""What the second route of payment tells of each part of a settlement, and of each part that is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from contracts.builders import REFER, file, line, number, read, settle

from effekt.contracts import Settlement
from effekt.contracts.money import exact_text
from effekt.independent.payments import payment, payment_terms
from effekt.independent.payments.payment import UNSURE, Paid
from effekt.workflow.findings import Finding
from effekt.workflow.recomputed.second_payment import plain_events, second_payment_findings, whole_of

MONEY = {"digits": 2, "unit": "SEK"}
FIGURES = {"x": number(**MONEY), "z": number(**MONEY)} | {
    "due": {"derived": {"sum": ["x", "1"]}, **MONEY},
    "share": {"derived": {"ratio": ["x", "z"]}, "digits": 4, "unit": "number"},
}
WORK = line(
    {"unit_price": {"price": "1", "figure": "due", "below_zero": "negative"}}, {"municipality": "0.5", "state": "0.5"}
)
PLAIN = file({"work": WORK, "rest": line({"fixed": "30"})}, FIGURES)
GUARANTEE = {"guarantor": "state", "beneficiary": "region", "amount": "100", "share": "0.5"}
PASSED = {"waterfall": {"from": "provider", "steps": [{"to": {"region": "0.25", "verifier": "0.75"}}]}}
BOTH = PLAIN | {"payment": PLAIN["payment"] | PASSED | {"guarantees": {"least": GUARANTEE}}}


def told(
    plain: Any = PLAIN,
    change: Callable[[Settlement], Settlement] = lambda settled: settled,
    **values: Any,
) -> dict[str, Finding]:
    """The findings on a settlement, once it is changed, by their names."""
    settled = change(settle(read(plain), **({"x": "99", "z": "3"} | values)))
    raw = json.dumps(plain, ensure_ascii=False).encode()
    found: Any = SimpleNamespace(
        contract=SimpleNamespace(raw=raw), figures=settled.figures, events=None, settlement=settled
    )
    return {one.name: one for one in second_payment_findings(found)}


def said(one: Finding) -> tuple[str, str, str]:
    """Verdict and both texts, with plain spaces."""
    return one.verdict, *(text.replace("\xa0", " ").replace("\u2212", "-") for text in (one.text.en, one.text.sv))


def work(**changes: Any) -> Callable[[Settlement], Settlement]:
    """The first line with changes."""
    return lambda settled: replace(settled, lines=(replace(settled.lines[0], **changes), *settled.lines[1:]))


BY, SV = "by the independent implementation", "enligt den oberoende beräkningen"


def test_each_part_is_named_once_and_said_in_both_languages() -> None:
    found = told(BOTH)
    assert {name: said(one) for name, one in found.items()} == {
        "independent:due": (
            "reproduced",
            f"Figure due: stated 100.00, {BY} 100.00.",
            f"Siffran due: angiven 100,00, {SV} 100,00.",
        ),
        "independent:share": (
            "reproduced",
            f"Figure share: stated 33.0000, {BY} 33.0000.",
            f"Siffran share: angiven 33,0000, {SV} 33,0000.",
        ),
        "independent_line:work": (
            "reproduced",
            f"Line work: stated SEK 100, {BY} SEK 100.",
            f"Rad work: angivet 100 kr, {SV} 100 kr.",
        ),
        "independent_line:rest": (
            "reproduced",
            f"Line rest: stated SEK 30, {BY} SEK 30.",
            f"Rad rest: angivet 30 kr, {SV} 30 kr.",
        ),
        "independent_guarantee:least": (
            "reproduced",
            f"Guarantee least: stated SEK 33.75, {BY} SEK 33.75.",  # half of 100 less 32.50, by hand
            f"Garanti least: angivet 33,75 kr, {SV} 33,75 kr.",
        ),
        "independent_payment": (
            "reproduced",
            f"Total: stated SEK 130, {BY} SEK 130.",
            f"Summa: angivet 130 kr, {SV} 130 kr.",
        ),
    }
    assert [one.stage for one in found.values()].count("figure") == 2


@pytest.mark.parametrize(
    ("value", "en", "sv"),
    [
        (None, "not yet determinable", "kan ännu inte fastställas"),
        ("refer", "referred to the parties", "hänskjuts till parterna"),
    ],
)
def test_what_has_no_value_has_the_same_word_by_both(value: str | None, en: str, sv: str) -> None:
    found = told(BOTH, x=value)
    assert {one.verdict for one in found.values()} == {"reproduced"}
    assert said(found["independent:due"])[1:] == (
        f"Figure due: stated {en}, {BY} {en}.",
        f"Siffran due: angiven {sv}, {SV} {sv}.",
    )
    assert said(found["independent_line:work"])[1:] == (
        f"Line work: stated {en}, {BY} {en}.",
        f"Rad work: angivet {sv}, {SV} {sv}.",
    )
    assert said(found["independent_payment"])[1:] == (
        f"Total: stated –, {BY} –.",
        f"Summa: angivet –, {SV} –.",
    )


def test_nothing_to_pay_is_nothing_by_both() -> None:
    found = told(BOTH, x="-31")  # -30 and 30, of which 0 is passed on
    assert {one.verdict for one in found.values()} == {"reproduced"}


def figure(**changes: Any) -> Callable[[Settlement], Settlement]:
    """The figure `due` with changes, or without it."""

    def change(settled: Settlement) -> Settlement:
        kept = [replace(one, **changes) if one.id == "due" else one for one in settled.figures]
        return replace(settled, figures=tuple(one for one in kept if changes or one.id != "due"))

    return change


NOT_WHO = (
    "Line work: the amount is the same, but not who pays it to whom, or what is kept back.",
    "Rad work: beloppet är detsamma, men inte vem som betalar det till vem, eller vad som hålls inne.",
)
ONE_HAS = ("Line {}: only one of the two has it.", "Rad {}: bara den ena har den.")


def whole(en: str, sv: str, stated: tuple[str, str] = ("SEK 130", "130 kr")) -> tuple[str, str]:
    return f"Total: stated {stated[0]}, {BY} SEK 130{en}", f"Summa: angivet {stated[1]}, {SV} 130 kr{sv}"


PASSED_ON = whole("; what is passed on or kept back differs.", "; det som förs vidare eller hålls inne skiljer sig.")
LISTED = whole(
    "; which lines or guarantees are listed, each once, differs.",
    "; vilka rader eller garantier som står, en gång var, skiljer sig.",
)


def steps(*values: tuple[str, str | None]) -> Callable[[Settlement], Settlement]:
    """The first line with these steps in place of its first, and the others after them."""

    def change(settled: Settlement) -> Settlement:
        first, *others = settled.lines[0].steps
        new = [replace(first, rule=rule, value=value) for rule, value in values]
        return work(steps=(*new, *others))(settled)

    return change


def guarantee(**changes: Any) -> Callable[[Settlement], Settlement]:
    return lambda settled: replace(settled, guarantees=(replace(settled.guarantees[0], **changes),))


def passed(**changes: Any) -> Callable[[Settlement], Settlement]:
    def change(settled: Settlement) -> Settlement:
        assert settled.distribution is not None
        return replace(settled, distribution=replace(settled.distribution, **changes))

    return change


def other_payer(settled: Settlement) -> Settlement:
    first, *others = settled.lines[0].shares
    return work(shares=(replace(first, payer="region"), *others))(settled)


def parts(en: str, sv: str) -> tuple[str, str]:
    return (
        f"Line work: stated SEK 100, {BY} SEK 100. They first part at {en}.",
        f"Rad work: angivet 100 kr, {SV} 100 kr. De skiljs åt först vid {sv}.",
    )


def kept(id: str, amount: str | None, of: str = "line") -> Any:
    """What a dispute keeps back, as a standing says it."""
    return SimpleNamespace(id=id, of=of, withheld=amount)


CHANGED: dict[str, tuple[Callable[[Settlement], Settlement], str, tuple[str, str]]] = {
    "a figure": (
        figure(value="100.50"),
        "independent:due",
        (f"Figure due: stated 100.50, {BY} 100.", f"Siffran due: angiven 100,50, {SV} 100."),
    ),
    "a figure without its value": (
        figure(value=None, state="referred", reason=REFER),
        "independent:due",
        (
            f"Figure due: stated referred to the parties, {BY} 100.",
            f"Siffran due: angiven hänskjuts till parterna, {SV} 100.",
        ),
    ),
    "a figure left out": (
        figure(),
        "independent:due",
        (f"Figure due: stated –, {BY} 100.", f"Siffran due: angiven –, {SV} 100."),
    ),
    "a line left out": (
        lambda settled: replace(settled, lines=settled.lines[1:]),
        "independent_line:work",
        (ONE_HAS[0].format("work"), ONE_HAS[1].format("work")),
    ),
    "a line more": (
        lambda settled: replace(settled, lines=(*settled.lines, replace(settled.lines[0], id="more"))),
        "independent_line:more",
        (ONE_HAS[0].format("more"), ONE_HAS[1].format("more")),
    ),
    "a payer": (other_payer, "independent_line:work", NOT_WHO),
    "a payee": (work(payee="region"), "independent_line:work", NOT_WHO),
    "what a dispute keeps back": (
        lambda settled: replace(settled, standings=(kept("work", "5"),)),
        "independent_line:work",
        NOT_WHO,
    ),
    "an amount": (
        work(amount="101.00"),
        "independent_line:work",
        (f"Line work: stated SEK 101, {BY} SEK 100.", f"Rad work: angivet 101 kr, {SV} 100 kr."),
    ),
    "the word for an amount": (
        work(state="referred"),
        "independent_line:work",
        (f"Line work: stated SEK 100, {BY} SEK 100.", f"Rad work: angivet 100 kr, {SV} 100 kr."),
    ),
    "a step": (
        steps(("unit_price", "99.00")),
        "independent_line:work",
        parts("unit_price: SEK 99 and SEK 100", "unit_price: 99 kr och 100 kr"),
    ),
    "the clause of a step": (
        steps(("fixed", "100.00")),
        "independent_line:work",
        parts("fixed: SEK 100 and SEK 100", "fixed: 100 kr och 100 kr"),
    ),
    "a step that is no number": (
        steps(("unit_price", "a lot")),
        "independent_line:work",
        parts("unit_price: – and SEK 100", "unit_price: – och 100 kr"),
    ),
    "a step that divides by nothing": (
        steps(("unit_price", "1/0")),
        "independent_line:work",
        parts("unit_price: – and SEK 100", "unit_price: – och 100 kr"),
    ),
    "a step more": (
        steps(("unit_price", "100.00"), ("cap", "90.00")),
        "independent_line:work",
        parts("cap: SEK 90 and SEK 100", "cap: 90 kr och 100 kr"),
    ),
    "a step after all": (
        lambda settled: work(steps=(*settled.lines[0].steps, replace(settled.lines[0].steps[0], rule="cap")))(settled),
        "independent_line:work",
        parts("cap: SEK 100 and –", "cap: 100 kr och –"),
    ),
    "all steps left out": (
        work(steps=()),
        "independent_line:work",
        parts("unit_price: – and SEK 100", "unit_price: – och 100 kr"),
    ),
    "the amount of a guarantee": (
        guarantee(amount="1.00"),
        "independent_guarantee:least",
        (f"Guarantee least: stated SEK 1, {BY} SEK 33.75.", f"Garanti least: angivet 1 kr, {SV} 33,75 kr."),
    ),
    "the beneficiary of a guarantee": (
        guarantee(payee="provider"),
        "independent_guarantee:least",
        (
            "Guarantee least: the amount is the same, but not who pays it to whom.",
            "Garanti least: beloppet är detsamma, men inte vem som betalar det till vem.",
        ),
    ),
    "the guarantor": (
        guarantee(shares=()),
        "independent_guarantee:least",
        (
            "Guarantee least: the amount is the same, but not who pays it to whom.",
            "Garanti least: beloppet är detsamma, men inte vem som betalar det till vem.",
        ),
    ),
    "the total": (
        lambda settled: replace(settled, total="131.00"),
        "independent_payment",
        whole(".", ".", ("SEK 131", "131 kr")),
    ),
    "no total": (lambda settled: replace(settled, total=None), "independent_payment", whole(".", ".", ("–", "–"))),
    "what is undisputed": (lambda settled: replace(settled, undisputed="129.00"), "independent_payment", PASSED_ON),
    "who passes on": (passed(party="region"), "independent_payment", PASSED_ON),
    "the word for what is passed on": (passed(state="referred"), "independent_payment", PASSED_ON),
    "how much is passed on": (passed(amount=None), "independent_payment", PASSED_ON),
    "what each gets": (passed(receipts=()), "independent_payment", PASSED_ON),
    "nothing passed on": (lambda settled: replace(settled, distribution=None), "independent_payment", PASSED_ON),
    "the currency": (
        lambda settled: replace(settled, currency="EUR"),
        "independent_payment",
        whole("; the currency differs.", "; valutan skiljer sig.", ("EUR 130", "130 EUR")),
    ),
    "no guarantee": (lambda settled: replace(settled, guarantees=()), "independent_payment", LISTED),
    "no line": (lambda settled: replace(settled, lines=()), "independent_payment", LISTED),
    "the word for the whole": (
        lambda settled: replace(settled, state="referred"),
        "independent_payment",
        whole("; the word for the whole differs.", "; ordet för helheten skiljer sig."),
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_what_is_changed_is_told(case: str) -> None:
    change, name, texts = CHANGED[case]
    assert said(told(BOTH, change)[name]) == ("different", *texts)


@pytest.mark.parametrize(
    "change",
    [
        steps(("unit_price", "100.00"), ("cap", None)),
        steps(("unit_price", "100.00"), ("allocation", "7.00")),
        steps(("unit_price", "about 100")),
        lambda settled: replace(settled, standings=(kept("work", None), kept("least", "5", "guarantee"))),
        lambda settled: replace(settled, lines=settled.lines[::-1]),
        lambda settled: passed(receipts=settled.distribution.receipts[::-1])(settled),
    ],
    ids=["step without a value", "allocation", "rounded step", "guarantee kept back", "order", "order of receipts"],
)
def test_what_tells_the_same_in_another_way_is_the_same(change: Callable[[Settlement], Settlement]) -> None:
    assert {one.verdict for one in told(BOTH, change).values()} == {"reproduced"}


# ------------------------------------------------------------------------------------------ by the second route


@pytest.fixture
def otherwise(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Paid], Paid]], None]:
    """The second route comes to something else."""
    settle_again = payment.settle

    def instead(change: Callable[[Paid], Paid]) -> None:
        monkeypatch.setattr(payment, "settle", lambda *given: change(settle_again(*given)))

    return instead


Otherwise = Callable[[Callable[[Paid], Paid]], None]
NOT_FAR = (
    "cannot_tell",
    "The payment by the independent implementation: it does not tell how far what is not determined reaches.",
    "Betalningen enligt den oberoende beräkningen: den anger inte hur långt det som inte är fastställt når.",
)


def test_of_what_it_is_unsure_it_cannot_tell(otherwise: Otherwise) -> None:
    otherwise(lambda again: replace(again, lines=again.lines | {"work": UNSURE}, guarantees={"least": UNSURE}))
    found = told(BOTH)
    assert [said(found[name]) for name in ("independent_line:work", "independent_guarantee:least")] == [
        (
            "cannot_tell",
            f"{what}: something else is not determined, and the independent implementation does not tell how far that "
            "reaches.",
            f"{rad}: något annat är inte fastställt, och den oberoende beräkningen anger inte hur långt det når.",
        )
        for what, rad in (("Line work", "Rad work"), ("Guarantee least", "Garanti least"))
    ]
    assert found["independent_line:rest"].verdict == "reproduced"
    assert said(found["independent_payment"]) == NOT_FAR
    other = told(BOTH, lambda settled: replace(settled, currency="EUR"))
    assert other["independent_payment"].verdict == "different"


def test_of_what_is_passed_on_it_may_alone_be_unsure(otherwise: Otherwise) -> None:
    otherwise(lambda again: replace(again, receipts=UNSURE))
    assert said(told(BOTH)["independent_payment"]) == NOT_FAR


def test_a_word_in_place_of_an_amount_parts_there(otherwise: Otherwise) -> None:
    otherwise(lambda again: replace(again, trails=again.trails | {"work": [("unit_price", "referred")]}))  # type: ignore[dict-item]
    assert said(told()["independent_line:work"])[1:] == parts(
        "unit_price: SEK 100 and referred to the parties", "unit_price: 100 kr och hänskjuts till parterna"
    )


def test_a_long_amount_is_compared_as_a_step_states_it(otherwise: Otherwise) -> None:
    third = [("unit_price", Fraction(100, 3)), ("rounding", Fraction(100))]
    otherwise(lambda again: replace(again, trails=again.trails | {"work": third}))
    for value, verdict in ((exact_text(Fraction(100, 3)), "reproduced"), ("33.33", "different")):
        assert told(change=steps(("unit_price", value)))["independent_line:work"].verdict == verdict


def test_what_a_dispute_keeps_back_is_held_line_by_line(otherwise: Otherwise) -> None:
    otherwise(lambda again: replace(again, withheld={"work": Fraction(5)}))
    both = lambda settled: replace(settled, standings=(kept("work", "5.00"), kept("rest", None)))  # noqa: E731
    assert told(change=both)["independent_line:work"].verdict == "reproduced"
    assert said(told()["independent_line:work"]) == ("different", *NOT_WHO)
    guaranteed = told(change=lambda settled: replace(settled, standings=(kept("work", "5.00", "guarantee"),)))
    assert guaranteed["independent_line:work"].verdict == "different"
    parted = told(change=lambda settled: both(steps(("unit_price", "99.00"))(settled)))
    assert parted["independent_line:work"].verdict == "reproduced"  # a dispute has two trails
    changed = told(change=lambda settled: work(amount="101.00")(steps(("unit_price", "101.00"))(settled)))
    assert "They first part at unit_price" in changed["independent_line:work"].text.en


def test_nothing_left_of_what_is_kept_back_is_referred(otherwise: Otherwise) -> None:
    otherwise(lambda again: replace(again, withheld={"work": Fraction(5)}))
    plain = PLAIN | {"payment": BOTH["payment"] | {"guarantees": {"work": GUARANTEE | {"amount": "1"}}}}
    referred = lambda settled: replace(work(state="referred")(settled), standings=(kept("work", "5"),))  # noqa: E731
    found = told(plain, referred, x="-1")
    assert found["independent_line:work"].verdict == "reproduced"
    assert found["independent_guarantee:work"].verdict == "reproduced"  # of the same name, and zero by its terms
    assert told(plain, x="-1")["independent_line:work"].verdict == "different"


def test_a_line_without_an_amount_is_not_followed_clause_by_clause() -> None:
    assert told(change=steps(("unit_price", "99.00")), x=None)["independent_line:work"].verdict == "reproduced"


TRUE_UP = PLAIN | {
    "payment": PLAIN["payment"] | {"lines": {"work": WORK | {"true_up": {"paid": "10", "below_zero": "carry"}}}}
}


@pytest.mark.parametrize(("value", "en", "sv"), [("99.00", "SEK 99", "99 kr"), (None, "–", "–"), ("x", "–", "–")])
def test_what_the_next_settlement_has_as_paid_before_is_held(value: str | None, en: str, sv: str) -> None:
    def change(settled: Settlement) -> Settlement:
        changed = [replace(one, value=value) if one.rule == "paid_to_date" else one for one in settled.lines[0].steps]
        return work(steps=tuple(changed))(settled)

    assert {one.verdict for one in told(TRUE_UP).values()} == {"reproduced"}
    assert said(told(TRUE_UP, change)["independent_line:work"]) == (
        "different",
        f"Line work: the amount is the same, but not what the next settlement has as paid before: {en} and SEK 100.",
        f"Rad work: beloppet är detsamma, men inte vad nästa avräkning har som tidigare betalt: {sv} och 100 kr.",
    )


def test_what_it_has_no_rule_for_or_cannot_read_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    beginning = "The payment by the independent implementation: "
    assert [said(one) for one in told(change=lambda settled: replace(settled, figures=())).values()] == [
        (
            "cannot_tell",
            f"{beginning}the contract or the figures are not what it reads.",
            "Betalningen enligt den oberoende beräkningen: avtalet eller siffrorna är inte vad den läser.",
        )
    ]
    monkeypatch.delitem(payment_terms.ON_A_FIGURE, "unit_price")
    (declined,) = told().values()
    assert declined.verdict == "cannot_tell"
    assert declined.text.en.startswith(beginning)
    assert declined.text.en.endswith("has no rule for payment.lines.work.pays.unit_price.")


# ------------------------------------------------------------------------------------------ the whole, and events

WHOLES = [
    ({"a": "1", "b": "2"}, (), (3, "payable")),
    ({"a": "0"}, (), (0, "zero_by_terms")),
    ({"a": "1", "b": "-1"}, (), (0, "zero_by_terms")),
    ({"a": "1", "b": "referred"}, (), (None, "referred")),
    ({"a": "1", "b": "not_yet_determinable"}, (), (None, "not_yet_determinable")),
    ({"a": "not_yet_determinable", "b": "referred"}, (), (None, "referred")),
    ({"a": "0", "b": "0"}, ("a",), (0, "referred")),  # all that could be paid is kept back
    ({"a": "0", "b": "1"}, ("a",), (1, "payable")),
    ({"a": "1", "b": "-1"}, ("a",), (0, "zero_by_terms")),
    ({"a": "0", "b": "not_yet_determinable"}, ("a",), (None, "referred")),
    ({"a": "1", "b": UNSURE}, (), None),
]


@pytest.mark.parametrize(("lines", "withheld", "expected"), WHOLES)
def test_the_whole_is_the_sum_with_its_word(lines: dict[str, str], withheld: tuple[str, ...], expected: Any) -> None:
    values = {id: Fraction(one) if one.lstrip("-").isdigit() else one for id, one in lines.items()}
    again = Paid(figures={}, lines=values, trails={}, withheld=dict.fromkeys(withheld, Fraction(1)))
    assert whole_of(again) == expected


@pytest.mark.parametrize("ended", [None, {"clause": "cancelled", "date": "2021-01-31"}])
def test_events_are_given_to_it_as_plain_values(ended: dict[str, str] | None) -> None:
    spoiled = {"clause": "contaminated", "date": "2021-02-28", "analysis": "main"}
    events: Any = SimpleNamespace(
        contaminated=[SimpleNamespace(**spoiled)],
        open_disputes={"state": {"x": "1"}},
        revised=[(SimpleNamespace(data="people"), "state")],
        ended=None if ended is None else SimpleNamespace(**ended),
        settles="2021-01-31",
        superseding=("2021-01-31", "2020-12-31"),
        interim=("2020-12-31",),
        disputed=[(None, SimpleNamespace(certificate="2021-01-31", figures=("starts",), decided=None))],
    )
    plain = {"contaminated": [spoiled], "disputed": {"state": {"x": "1"}}, "revised": ["people"]}
    plain |= {"settles": "2021-01-31", "superseding": ("2021-01-31", "2020-12-31"), "interim": ("2020-12-31",)}
    plain |= {"told": [("2021-01-31", ["starts"], False)]}
    assert plain_events(events) == (plain if ended is None else plain | {"ended": ended})
    assert plain_events(None) == {}
