"""Amounts by year and in total alone: what a statement shows by `disclosure.amounts`, and what is told of a forger."""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
from workflow import test_statement_form as form

from certificates_unit import test_release as release
from certificates_unit import test_same_statement as same
from effekt.certificates import DEMO_KEY, sign
from effekt.certificates.annual import hidden_years, moved_years
from effekt.certificates.canonical import canonical_json
from effekt.certificates.envelope import Envelope
from effekt.certificates.ranges import Shown
from effekt.certificates.release import PublicStatement, for_anyone, read_public
from effekt.exceptions import CertificateError, ContractError
from effekt.reports.disclosure import disclosure_sentences
from effekt.reports.indigo import indigo_project
from effekt.reports.public import statement_text, years_caution
from effekt.workflow import verify_statement
from effekt.workflow.statements import StatementVerification

HIDDEN = Shown(kind="hidden")
RULE = release.CONTRACT.replace("{minimum: 5}", "{minimum: 5, amounts: annual_total_only}")


def due(text: str = RULE, **days: str) -> str:
    """The contract with a day of its own for some lines; the others fall due with the certificate, in 2021."""
    for id, day in days.items():
        text = text.replace(f"    {id}:\n", f'    {id}:\n      due: "{day}"\n')
    return text


TWO_YEARS = due(stays="2022-06-30", studies="2022-09-30").replace(
    "    stays:\n", '    fee: {payers: {town: "1"}, payee: fund, pays: {fixed: "1000"}}\n    stays:\n'
)
GUARANTEED = TWO_YEARS.replace(
    "  waterfall:",
    '  guarantees: {least: {guarantor: state, beneficiary: fund, amount: "900000", share: "0.5"}}\n  waterfall:',
)


def exact(amount: int) -> Shown:
    return Shown(kind="exact", low=str(amount), high=str(amount))


def shown(text: str = TWO_YEARS, **counts: int | str) -> PublicStatement:
    return release.shown(text, **counts)


def verified(statement: PublicStatement | dict[str, Any], text: str = TWO_YEARS) -> StatementVerification:
    payload = canonical_json(statement) if isinstance(statement, dict) else statement.to_envelope().payload
    return verify_statement(sign(Envelope(payload=payload), DEMO_KEY), contract=release.parse(text.encode()))


def test_amounts_are_shown_by_the_year_they_fall_due_in_and_in_total_alone() -> None:
    told = shown(started=20, stayed=9, studied=8)
    first, second = 20 * 15012 + 1000, 9 * 31013 + 8 * 7001
    assert told.amounts == "annual_total_only"
    assert told.by_year == {"2021": exact(first), "2022": exact(second)}
    assert (told.total, told.undisputed, told.state) == (exact(first + second), exact(first + second), "payable")
    for section in ("lines", "shares", "receipts"):
        assert set(getattr(told, section).values()) == {HIDDEN}, section
    assert set(told.line_states.values()) == {None}
    assert (told.withheld, told.left_to_pay) == ({}, {})
    assert read_public(told.to_envelope()) == told
    assert verified(told).ok


def test_without_the_rule_amounts_are_shown_by_line_and_nothing_is_said_of_years() -> None:
    told = shown(TWO_YEARS.replace(", amounts: annual_total_only", ""), started=20, stayed=9, studied=8)
    assert (told.amounts, told.by_year) == (None, {})
    assert told.lines["starts"] == exact(20 * 15012)
    assert not {"amounts", "by_year"} & json.loads(told.to_envelope().payload)["predicate"].keys()


@pytest.mark.parametrize(
    ("years", "hidden"),
    [
        ("aa", ""),
        ("aabb", ""),
        ("a", "a"),
        ("aab", "ab"),
        ("ab", "ab"),
        ("aaabbc", "bc"),
        ("aabbc", "ac"),
        ("aaabcc", "bc"),
        ("aabc", "bc"),
    ],
)
def test_a_year_of_one_line_is_hidden_and_never_alone(years: str, hidden: str) -> None:
    """Whoever takes the years that are shown from the total has two lines at least."""
    found = hidden_years(dict(enumerate(years)))  # type: ignore[arg-type]
    assert found == set(hidden)
    left = [year for year in years if year in found]
    assert len(left) != 1 or len(years) == 1


def test_a_year_of_one_line_gives_that_line_neither_by_itself_nor_from_the_total() -> None:
    told = shown(due(stays="2022-06-30"), started=20, stayed=9, studied=8)
    assert told.by_year == {"2021": HIDDEN, "2022": HIDDEN}
    assert told.total == exact(20 * 15012 + 9 * 31013 + 8 * 7001)
    assert verified(told, due(stays="2022-06-30")).ok


def one_line() -> str:
    start, end = RULE.index("    stays:\n"), RULE.index("  waterfall:")
    return RULE[:start] + RULE[end:]


@pytest.mark.parametrize("started", [0, 3, 12])
def test_the_total_of_one_line_is_hidden_with_its_state(started: int) -> None:
    told = shown(one_line(), started=started, stayed=9, studied=8)
    assert (told.total, told.undisputed, told.by_year, told.state) == (HIDDEN, HIDDEN, {"2021": HIDDEN}, None)
    assert verified(told, one_line()).ok
    sentences = [one.en for one in disclosure_sentences(release.parse(one_line().encode()).model)]
    assert sentences[-1] == "The contract has one line alone, so that the total is its amount: it is hidden too."


def test_guarantees_are_not_shown_and_said_not_to_be() -> None:
    told = shown(GUARANTEED, started=20, stayed=9, studied=8)
    assert set(told.guarantees.values()) == {HIDDEN}
    assert "what guarantors pay beside them is not shown." in " ".join(statement_text(told, "en").split())
    assert verified(told, GUARANTEED).ok


def test_what_waits_is_in_no_sum() -> None:
    """Beside a line that has no amount yet, what the others come to may be one line's amount."""
    told = shown(started=20, stayed=9)  # whether they studied is not known
    assert told.by_year == {"2021": exact(20 * 15012 + 1000), "2022": Shown(kind="none")}
    assert (told.total, told.undisputed, told.state) == (Shown(kind="none"), HIDDEN, "not_yet_determinable")
    assert verified(told).ok


def test_a_year_in_which_a_hidden_figure_moves_a_line_is_hidden_alone_and_with_the_total() -> None:
    text = TWO_YEARS.replace("{minimum: 5", "{minimum: 5, hidden: [studied]")
    told = shown(text, started=20, stayed=9, studied=8)
    assert told.by_year == {"2021": exact(20 * 15012 + 1000), "2022": HIDDEN}
    assert (told.total, told.state) == (HIDDEN, None)
    assert verified(told, text).ok


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_reader_sees_years_the_total_and_the_rule_and_no_line(lang: Any) -> None:
    text = " ".join(statement_text(shown(started=20, stayed=9, studied=8), lang).replace("\u00a0", " ").split())
    rule = {
        "en": "A public statement shows amounts by the year in which they fall due and in total alone",
        "sv": "Ett offentligt utdrag visar belopp per det år då de förfaller till betalning och som summa",
    }
    years = {
        "en": "2021 SEK 301,240 2022 SEK 335,125 Σ SEK 636,365",
        "sv": "2021 301 240 kr 2022 335 125 kr Σ 636 365 kr",
    }
    assert rule[lang] in text
    assert years[lang] in text
    assert "starts/town" not in text
    assert (
        list(disclosure_sentences(release.parse(TWO_YEARS.encode()).model))[-1].in_language(lang).startswith(rule[lang])
    )


def test_amounts_are_shown_so_or_by_line() -> None:
    with pytest.raises(ContractError, match=r"disclosure\.amounts"):
        release.parse(RULE.replace("annual_total_only", "annual").encode())


# --- the outsider ----------------------------------------------------------------------------------------------------

OF_ONE = due(stays="2022-06-30")
KEPT = [TWO_YEARS, OF_ONE, GUARANTEED]


@pytest.mark.parametrize("base", ["", ", round_to: 5"])
@pytest.mark.parametrize("text", KEPT, ids=["two", "one", "guaranteed"])
def test_the_statement_is_the_same_whatever_the_hidden_counts_are(text: str, base: str) -> None:
    text = text.replace("{minimum: 5", "{minimum: 5" + base)
    counts = itertools.product((0, 2, 4), (0, 1, 3))
    every = [release.bare(shown(text, started=40, stayed=stayed, studied=studied)) for stayed, studied in counts]
    assert all(one == every[0] for one in every)
    assert every[0].total.kind == "range"


def test_a_year_is_the_range_over_all_that_its_hidden_counts_may_be() -> None:
    """Of 31 013 and 7 001 for each of up to four; the total has the same width."""
    told = shown(started=40, stayed=3, studied=1)
    assert told.by_year["2021"] == exact(40 * 15012 + 1000)
    assert told.by_year["2022"] == Shown(kind="range", low="0", high=str(4 * 31013 + 4 * 7001))
    low, high = release.range_of(told.total)
    assert high - low == 4 * 31013 + 4 * 7001
    assert verified(told).ok


@pytest.mark.parametrize("seed", range(8))
def test_every_combination_within_what_is_shown_gives_the_same_statement(seed: int) -> None:
    rnd = random.Random(seed + 2000)
    text = due(same.drawn(seed), stays="2022-06-30", starts="2022-01-01")
    text = re.sub(r"disclosure: \{minimum: (\d)\}", r"disclosure: {minimum: \1, amounts: annual_total_only}", text)
    assert "annual_total_only" in text
    assert same.differing(text, tuple(rnd.randint(0, 8) for _ in same.COUNTS)) == []


# --- a forger --------------------------------------------------------------------------------------------------------


@cache
def stated(text: str = TWO_YEARS) -> str:
    return shown(text, started=12, stayed=3, studied=8).to_envelope().payload.decode()


def forged(text: str, change: Callable[[dict[str, Any]], Any]) -> StatementVerification:
    made = json.loads(stated(text))
    change(made["predicate"])
    return verified(made, text)


def puts(*place: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda predicate: form.put(predicate, place, value)


def drops(*place: str) -> Callable[[dict[str, Any]], Any]:
    return lambda predicate: form.drop(predicate, place)


def number(amount: int) -> dict[str, str]:
    return {"kind": "exact", "low": str(amount), "high": str(amount)}


@pytest.mark.parametrize(
    ("text", "change", "told"),
    [
        (TWO_YEARS, puts("by_year", "2021", value=number(181145)), "by_year/2021"),
        (TWO_YEARS, puts("by_year", "2021", value={"kind": "hidden", "low": None, "high": None}), "by_year/2021"),
        (TWO_YEARS, puts("by_year", "2023", value=number(0)), "by_year/2023"),
        (TWO_YEARS, drops("by_year", "2022"), "by_year/2022"),
        (TWO_YEARS, drops("by_year"), "by_year/2021 and by_year/2022"),
        (TWO_YEARS, drops("amounts"), "amounts"),
        (TWO_YEARS, puts("lines", "starts", value=number(180144)), "lines/starts"),
        (TWO_YEARS, puts("shares", "starts/town", value=number(144115)), "shares/starts/town"),
        (TWO_YEARS, puts("receipts", "senior", value=number(100000)), "receipts/senior"),
        (TWO_YEARS, puts("line_states", "studies", value="payable"), "line_states/studies"),
        (TWO_YEARS, puts("total", value=number(516269)), "total"),
        (GUARANTEED, puts("guarantees", "least", value=number(0)), "guarantees/least"),
        (OF_ONE, puts("by_year", "2022", value=number(93039)), "by_year/2022"),
        (one_line(), puts("total", value=number(180144)), "total"),
        (one_line(), puts("undisputed", value=number(180144)), "undisputed"),
        (one_line(), puts("state", value="payable"), "state"),
    ],
)
def test_what_is_shown_otherwise_is_told(text: str, change: Callable[[dict[str, Any]], Any], told: str) -> None:
    assert forged(text, lambda predicate: None).ok
    found = {one.name: one.text.en for one in forged(text, change).differences}
    assert told in found["terms"]


@pytest.mark.parametrize("years", [{"2021": number(181145)}, {"2021": {"kind": "none", "low": None, "high": None}}])
def test_years_that_are_not_the_total_are_told_without_the_contract(years: dict[str, Any]) -> None:
    made = json.loads(stated())
    made["predicate"]["by_year"] |= years
    found = verify_statement(Envelope(payload=canonical_json(made)))
    assert [one.text.en for one in found.differences] == ["Amounts that are not the sums of their parts: total."]


@pytest.mark.parametrize("text", [*KEPT, one_line()], ids=["two", "one", "guaranteed", "alone"])
def test_each_change_of_a_statement_is_found_with_the_contract_or_has_a_reason(text: str) -> None:
    predicate, silent = json.loads(stated(text))["predicate"], set()
    for place, value in form.leaves(predicate):
        changes = [partial(form.put, place=place, value=other) for other in form.others(value)]
        changes += [partial(form.drop, place=place[:end]) for end in range(1, len(place) + 1)]
        for change in changes:
            with contextlib.suppress(CertificateError):
                if forged(text, change).ok:
                    silent.add("/".join(map(str, place)))
    assert silent == {"commitment", "date", "kind"}


def test_a_day_that_is_none_is_named_and_asks_for_no_year() -> None:
    for day in ("2021-02-30", "x", ""):
        assert (
            "date" in {one.name: one.text.en for one in forged(TWO_YEARS, puts("date", value=day)).differences}["form"]
        )


def test_with_the_certificate_each_year_is_its_own() -> None:
    made = release.certificate(TWO_YEARS, started=12, stayed=3, studied=8)
    contract = made.contract
    for value, verdict in ((number(181144), "reproduced"), (number(181145), "different")):
        statement = json.loads(stated())
        statement["predicate"]["by_year"]["2021"] = value
        signed = sign(Envelope(payload=canonical_json(statement)), DEMO_KEY)
        found = verify_statement(signed, certificate=made, contract=contract, salt=None)
        verdicts = {one.name: one.verdict for one in found.findings}
        assert (verdicts["numbers"], verdicts["made_anew"]) == (verdict, verdict)


# --- elsewhere -------------------------------------------------------------------------------------------------------


def test_an_export_for_anyone_has_no_amount_of_a_line() -> None:
    made = release.certificate(GUARANTEED, started=20, stayed=9, studied=8)
    project = indigo_project(made, lang="en", most=None, statement=for_anyone(made))
    assert all("money" not in one for one in project["outcome_payments"])
    written = json.dumps(project)
    assert "A public statement shows amounts by the year in which they fall due and in total alone" in written
    settled = made.settlement
    every = [line.amount for line in settled.lines] + [share.amount for line in settled.lines for share in line.shares]
    every += [one.amount for one in settled.guarantees]
    for amount in (int(one) for one in every if one is not None):
        assert not {f"{amount:,}", str(amount)} & {*re.findall(r"[\d,]+", written)}, amount


@pytest.mark.parametrize("seed", range(2))
def test_nor_does_a_statement_beside_an_earlier_one_tell_counts_apart(seed: int) -> None:
    rnd = random.Random(seed)
    first = shown(**{id: rnd.randint(4, 20) for id in same.COUNTS})
    values = tuple(rnd.randint(0, 20) for _ in same.COUNTS)
    assert same.differing(TWO_YEARS, values, first) == []


def test_a_line_that_moves_to_another_year_between_statements_is_told() -> None:
    moving = release.parse(TWO_YEARS.encode())
    assert moved_years(moving, "2022-01-10", ["2021-12-20", "2022-01-05", "2020-12-20"]) == ("2020-12-20", "2021-12-20")
    assert moved_years(moving, "2021-12-20", ["2021-06-01"]) == ()
    by_line = release.parse(TWO_YEARS.replace(", amounts: annual_total_only", "").encode())
    assert moved_years(by_line, "2022-01-10", ["2021-12-20"]) == ()
    told = years_caution(("2021-12-20",))
    assert "falls due in another year here than in the statement of 2021-12-20" in told.en
    assert "förfaller här ett annat år än i utdraget för 2021-12-20" in told.sv
