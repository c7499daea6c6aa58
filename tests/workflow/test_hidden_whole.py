"""A figure that nothing can hide is not hidden whole in a public statement, or what is paid on others could be any."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest
from certificates_unit import test_release as release
from workflow.test_statement_form import verified

from effekt.certificates.hideable import may_be_hidden
from effekt.certificates.release import PublicStatement, public_statement
from effekt.exceptions import EffektError

HIDDEN = {"kind": "hidden", "low": None, "high": None}
HEAD = release.CONTRACT[: release.CONTRACT.index("disclosure:")]
KINDS = {  # unit, decimals, the step that `measures` gives it
    "a": ("persons", 0, "outcome"),
    "b": ("persons", 0, "outcome"),
    "c": ("persons", 1, "outcome"),
    "share": ("fraction", 4, "outcome"),
    "invoice": ("SEK", 0, "outcome"),
    "price": ("SEK", 0, "parameter"),
    "audited": ("yes/no", 0, "outcome"),
}
CAP = 'cap: {amount: "900", reduces: pro_rata}'


def text_of(rng: random.Random) -> str:
    """A contract that hides, rounds, declares and pays as it happens."""
    rules = [f"minimum: {rng.choice((0, 3, 5))}"]
    rules += [f"round_to: {rng.choice((3, 5))}"] if rng.random() < 0.3 else []
    rules += [f"hidden: [{rng.choice([*KINDS])}]"] if rng.random() < 0.4 else []
    rules += ["sums: {c: [a, b]}"] if rng.random() < 0.3 else []
    rules += ['dominance: {largest: 1, share: "0.9"}'] if rng.random() < 0.2 else []
    figures = "".join(
        f'  {id}: {{attested: auditor, digits: {digits}, unit: {unit}, question: {{sv: "?", en: "?"}}}}\n'
        for id, (unit, digits, _) in KINDS.items()
    )
    derived = rng.choice(("difference: [a, b]", "sum: [a, b]", "ratio: [a, b]", "product: [b, price]"))
    figures += f"  derived: {{derived: {{{derived}}}, digits: 0, unit: persons}}\n"
    read = rng.sample([*[*KINDS][:-1], "derived"], 3)
    lines = "".join(
        f'    l{place}: {{payers: {{town: "1"}}, payee: fund, pays: '
        f'{{unit_price: {{price: "{100 + place}", figure: {id}, below_zero: zero}}}}}}\n'
        for place, id in enumerate(read)
    )
    steps = "".join(f'  {id}: {{step: {step}, source: {{sv: "x", en: "x"}}}}\n' for id, (*_, step) in KINDS.items())
    return (
        f"{HEAD}disclosure: {{{', '.join(rules)}}}\nmeasures:\n{steps}figures:\n{figures}payment:\n  currency: SEK\n"
        f'  quantum: "1"\n  rounding: half_up\n  {rng.choice(("", CAP))}\n  lines:\n{lines}'
    )


@cache
def honest() -> tuple[tuple[str, PublicStatement], ...]:
    made: list[tuple[str, PublicStatement]] = []
    for seed in range(60):
        rng = random.Random(seed)
        text, a, b = text_of(rng), rng.choice((0, 2, 9, 20)), rng.choice((1, 8, 31))
        values: dict[str, Any] = {
            "share": rng.choice(("0.5000", "0.2250")),
            "invoice": rng.choice((202, 7777)),
            "price": 7001,
        }
        try:
            certificate = release.certificate(text, a=a, b=b, c=f"{a + b}.0", **values)
        except EffektError:
            continue  # a contract that no one can have
        made.append((text, public_statement(certificate, salt=bytes(32))))
    return tuple(made)


def told(text: str, statement: PublicStatement, *hidden: str) -> dict[str, str]:
    plain: dict[str, Any] = json.loads(statement.to_envelope().payload)
    plain["predicate"]["figures"] |= dict.fromkeys(hidden, HIDDEN)
    return {one.name: one.text.en for one in verified(plain, text).differences}


def test_nobody_who_publishes_by_the_rules_is_told_to_hide_too_much() -> None:
    assert len(honest()) > 40
    kinds = [one.kind for _, statement in honest() for one in statement.figures.values()]
    assert {*kinds} == {"exact", "range", "hidden"}
    for text, statement in honest():
        assert told(text, statement) == {}, text


def test_no_figure_is_hidden_whole_that_nothing_can_hide() -> None:
    tried = 0
    for text, statement in honest():
        contract = release.parse(text.encode())
        may_be = may_be_hidden(contract, statement.date, ())
        for id in KINDS:
            if id not in may_be and statement.figures[id].kind == "exact":
                tried += 1
                assert f"figures/{id}" in told(text, statement, id).get("terms", ""), (id, text)
    assert tried > 100


@pytest.mark.parametrize("id", ["started", "stayed", "studied", "audited", "left"])
def test_what_the_contract_hides_nowhere_is_shown(id: str) -> None:
    text = release.CONTRACT
    statement = public_statement(release.certificate(text, started=40, stayed=20, studied=50), salt=bytes(32))
    assert {statement.figures[one].kind for one in ("started", "stayed", "studied", "left")} <= {"exact", "range"}
    assert f"figures/{id}" in told(text, statement, id)["terms"]


# --- what is paid on what is shown ------------------------------------------------------------------------------------

STUDIED = release.CONTRACT.replace("{minimum: 5}", "{minimum: 5, hidden: [studied]}")
UNJOINED = STUDIED[: STUDIED.index("  waterfall:")]
NONE = {"kind": "none", "low": None, "high": None}


def exact(value: int) -> dict[str, str]:
    return {"kind": "exact", "low": str(value), "high": str(value)}


def changed(text: str, changes: dict[str, dict[str, Any]], **values: Any) -> str:
    """What is told at `terms` of an honest statement with other numbers."""
    made = public_statement(release.certificate(text, started=40, stayed=20, studied=50), salt=bytes(32))
    plain: dict[str, Any] = json.loads(made.to_envelope().payload)
    assert told(text, made) == {}
    for section, numbers in changes.items():
        plain["predicate"][section] = {**plain["predicate"][section], **numbers}
    plain["predicate"] |= values
    return {one.name: one.text.en for one in verified(plain, text).differences}.get("terms", "")


@pytest.mark.parametrize("text", [STUDIED, UNJOINED], ids=["waterfall", "lines"])
def test_what_is_paid_on_shown_counts_is_held_although_another_is_hidden(text: str) -> None:
    shares = {"starts/town": exact(640000), "starts/state": exact(160000)}
    assert "lines/starts" in changed(text, {"lines": {"starts": exact(800000)}, "shares": shares})
    swapped = {"starts/town": exact(120096), "starts/state": exact(480384)}
    assert "shares/starts/town" in changed(text, {"shares": swapped})
    for section, id in (("lines", "studies"), ("shares", "studies/town")):
        assert f"{section}/{id}" in changed(text, {section: {id: exact(7)}})
    assert "total" in changed(text, {}, total=NONE)
    assert "undisputed" in changed(text, {}, undisputed=NONE)
    assert "shares/studies/town" in changed(text, {}, shares={})
    if text is STUDIED:
        assert "receipts/senior" in changed(text, {}, receipts={})
        assert "receipts/fund" in changed(text, {"receipts": {"fund": NONE}})


def test_what_is_paid_on_shown_counts_is_held_although_another_has_no_value() -> None:
    text = release.CONTRACT[: release.CONTRACT.index("  waterfall:")].replace("{minimum: 5}", "{minimum: 0}")
    told = changed(text, {"figures": {"studied": NONE}})
    assert "lines/studies" in told
    assert "lines/starts" not in told
    assert "lines/starts" in changed(text, {"figures": {"studied": NONE}, "lines": {"starts": exact(800000)}})


def test_what_is_paid_on_exact_counts_is_held_although_an_earlier_statement_is_not_there() -> None:
    text = release.CONTRACT[: release.CONTRACT.index("  waterfall:")].replace(
        "  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", ""
    )
    shares = {"starts/town": exact(640000), "starts/state": exact(160000)}
    named = {"earlier": ["ab" * 32]}
    assert changed(text, {}, **named) == ""
    assert "lines/starts" in changed(text, {"lines": {"starts": exact(800000)}, "shares": shares}, **named)
