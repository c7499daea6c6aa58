"""An outsider who knows the contract divides, subtracts and compares releases, and cannot work out a small count."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from effekt.certificates import DEMO_KEY, check_signatures, public_key, public_text, read_envelope, sign
from effekt.certificates.certificate import Certificate, compose
from effekt.certificates.counts import is_count
from effekt.certificates.disclosure import dominated
from effekt.certificates.possible import renamed_counts
from effekt.certificates.predicate import Plan
from effekt.certificates.ranges import Shown
from effekt.certificates.release import (
    PublicStatement,
    commits_to,
    public_statement,
    read_public,
    suspected_sums,
)
from effekt.certificates.statement import read_statement
from effekt.contracts import attested_figures, parse_attestation, parse_contract, settle_figures
from effekt.contracts.figures import DerivedFigure
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.public import statement_text, sum_caution
from effekt.workflow.beside import held_against

SALT = bytes(range(32))
CONTRACT = f"""\
schema: effekt/contract/1
id: jobs
title: {{sv: "Jobb", en: "Jobs"}}
parties:
  town: {{role: payer, name: "Staden"}}
  state: {{role: payer, name: "Staten"}}
  fund: {{role: investor, name: "Fonden"}}
  senior: {{role: investor, name: "Banken"}}
  auditor: {{role: verifier, name: "Revisorn", keys: ["{public_text(public_key(DEMO_KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2018-01-01", outcome_data_from: "2019-01-01"}}
attribution: none
disclosure: {{minimum: 5}}
figures:
  started: {{attested: auditor, digits: 0, unit: persons, question: {{sv: "Började?", en: "Started?"}}}}
  stayed: {{attested: auditor, digits: 0, unit: persons, question: {{sv: "Stannade?", en: "Stayed?"}}}}
  studied: {{attested: auditor, digits: 0, unit: persons, question: {{sv: "Studerade?", en: "Studied?"}}}}
  audited: {{attested: auditor, digits: 0, unit: "yes/no", question: {{sv: "Granskat?", en: "Audited?"}}}}
  left: {{derived: {{difference: [started, stayed]}}, digits: 0, unit: persons}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    starts:
      payers: {{town: "0.8", state: "0.2"}}
      payee: fund
      pays: {{unit_price: {{price: "15012", figure: started, below_zero: zero}}}}
    stays:
      payers: {{town: "1"}}
      payee: fund
      pays: {{unit_price: {{price: "31013", figure: stayed, below_zero: zero}}}}
    studies:
      payers: {{town: "1"}}
      payee: fund
      pays: {{unit_price: {{price: "7001", figure: studied, below_zero: zero}}}}
      when: {{figure: audited, eq: "1"}}
  waterfall: {{from: fund, steps: [{{to: {{senior: "1"}}, up_to: "100000"}}, {{to: {{fund: "1"}}}}]}}
"""


parse = cache(parse_contract)


def certificate(text: str = CONTRACT, date: str = "2021-04-01", **counts: int | str) -> Certificate:
    contract = parse(text.encode())
    values = {"audited": 1, **counts}
    entries = "".join(
        f'  {id}: {{value: "{value}", by: auditor, date: "2021-03-01", evidence: {{description: "lista"}}}}\n'
        for id, value in values.items()
    )
    attested = parse_attestation(f"schema: effekt/attestation/1\ncontract: jobs\nfigures:\n{entries}".encode())
    figures = attested_figures(contract, attested)
    assert all(id in figures for id, term in contract.model.figures.items() if not isinstance(term, DerivedFigure))
    return compose(
        contract=contract,
        date=date,
        kind="final",
        data={},
        attestations=[attested],
        results={},
        settlement=settle_figures(contract, figures),
        plan=Plan(),
        software={"effekt": "1"},
    )


def shown(text: str = CONTRACT, *earlier: PublicStatement, **counts: int | str) -> PublicStatement:
    return public_statement(certificate(text, **counts), salt=SALT, earlier=earlier)


def bare(statement: PublicStatement) -> PublicStatement:
    """What an outsider sees, who has no salt."""
    return replace(statement, commitment="")


def numbers(statement: PublicStatement) -> Iterator[tuple[str, Shown]]:
    yield from (("total", statement.total), ("undisputed", statement.undisputed))
    for name in ("figures", "lines", "shares", "receipts", "guarantees"):
        yield from ((f"{name}/{key}", one) for key, one in getattr(statement, name).items())


def range_of(one: Shown) -> tuple[int, int]:
    assert one.low is not None
    assert one.high is not None
    return int(one.low), int(one.high)


# --- the outsider ---------------------------------------------------------------------------------------------


def test_no_small_count_is_worked_out_of_any_amount() -> None:
    found = shown(started=40, stayed=30, studied=3)
    assert found.figures["studied"] == Shown(kind="range", low="0", high="4")
    assert found.figures["started"] == Shown(kind="exact", low="40", high="40")
    # dividing the line by its price, and the payer's share of it
    assert range_of(found.lines["studies"]) == (0, 4 * 7001)
    assert range_of(found.shares["studies/town"]) == (0, 4 * 7001)
    # subtracting the other lines from the total, and the first step of the waterfall from what it passes on
    others = 40 * 15012 + 30 * 31013
    assert range_of(found.total) == (others, others + 4 * 7001)
    assert range_of(found.receipts["fund"]) == (others - 100000, others + 4 * 7001 - 100000)
    assert found.receipts["senior"] == Shown(kind="exact", low="100000", high="100000")
    assert found.lines["stays"].kind == "exact"
    assert found.state == "payable"


def test_two_small_counts_are_not_told_by_their_sum() -> None:
    found = shown(started=40, stayed=4, studied=3)  # 4 · 31013 + 3 · 7001 has one solution in whole numbers
    low, high = range_of(found.total)
    assert (low, high) == (40 * 15012, 40 * 15012 + 4 * 31013 + 4 * 7001)
    assert found.figures["left"] == Shown(kind="range", low="36", high="40")


@pytest.mark.parametrize("counts", list(itertools.product((0, 2, 4), (0, 1, 4))))
def test_the_statement_is_the_same_whatever_the_hidden_counts_are(counts: tuple[int, int]) -> None:
    stayed, studied = counts
    assert bare(shown(started=40, stayed=stayed, studied=studied)) == bare(shown(started=40, stayed=3, studied=3))


def test_every_true_number_is_within_what_is_shown() -> None:
    for started, stayed, studied in itertools.product((3, 5, 40), (4, 38), (0, 17)):
        made = certificate(started=started, stayed=stayed, studied=studied)
        found = public_statement(made, salt=SALT)
        for line in made.settlement.lines:
            assert int(found.lines[line.id].low or "") <= int(line.amount or "") <= int(found.lines[line.id].high or "")
        assert int(found.total.low or "") <= int(made.settlement.total or "") <= int(found.total.high or "")
        for figure in made.figures:
            one = found.figures[figure.id]
            assert int(one.low or "") <= int(figure.value or "") <= int(one.high or "")


def candidates(found: PublicStatement, *earlier: PublicStatement) -> dict[str, set[int]]:
    """All values of each count for which the rules, which are public, give what is shown: the strongest outsider."""
    sure = {id: one.low for id, one in found.figures.items() if one.kind == "exact" and id not in ("left", "audited")}
    open_ = [id for id in ("started", "stayed", "studied") if id not in sure]
    spans = [range(int(found.figures[id].low or ""), int(found.figures[id].high or "") + 1) for id in open_]
    possible: dict[str, set[int]] = {id: set() for id in open_}
    for values in itertools.product(*spans):
        counts: dict[str, int | str] = {id: value for id, value in sure.items() if value is not None}
        counts |= dict(zip(open_, values, strict=True))
        if bare(shown(CONTRACT, *earlier, **counts)) == bare(found):
            for id, value in zip(open_, values, strict=True):
                possible[id].add(value)
    return possible


def test_the_strongest_outsider_is_left_with_every_small_count() -> None:
    assert candidates(shown(started=40, stayed=30, studied=3)) == {"studied": {0, 1, 2, 3, 4}}


def test_two_releases_cannot_be_differenced() -> None:
    first = shown(started=40, stayed=30, studied=12)
    later = shown(CONTRACT, first, started=50, stayed=30, studied=14)
    assert first.figures["studied"].kind == "exact"
    assert later.figures["started"].kind == "exact"
    # 14 − 12 and 30 − 30 persons more would be told by two figures, two lines, or two totals
    assert range_of(later.figures["studied"]) == (8, 16)
    assert range_of(later.lines["stays"]) == (26 * 31013, 34 * 31013)
    low, high = range_of(later.total)
    assert high - low == 8 * 7001 + 8 * 31013
    moved = shown(CONTRACT, first, started=60, stayed=35, studied=14)
    assert candidates(moved, first) == {"studied": set(range(8, 17))}


def test_a_third_release_is_held_against_all_before_it() -> None:
    first, second = shown(started=40, stayed=20, studied=12), shown(started=50, stayed=26, studied=18)
    later = shown(CONTRACT, first, second, started=76, stayed=36, studied=15)
    assert range_of(later.figures["studied"]) == (8, 22)
    assert candidates(later, first, second)["studied"] == set(range(8, 23))
    assert later.figures["stayed"].kind == "exact"


def test_a_small_difference_of_two_large_counts_hides_both() -> None:
    text = CONTRACT.replace("{minimum: 5}", "{minimum: 3}")
    found = shown(text, started=43, stayed=41, studied=20)  # 2 have left
    assert range_of(found.figures["started"]) == (42, 44)
    assert range_of(found.figures["stayed"]) == (39, 41)
    assert range_of(found.figures["left"]) == (1, 5)
    left = {
        started - stayed
        for started, stayed in itertools.product(range(42, 45), range(39, 42))
        if bare(shown(text, started=started, stayed=stayed, studied=20)) == bare(found)
    }
    assert left == {1, 2, 3, 4, 5}


def test_a_total_that_others_add_up_to_is_hidden_with_one_of_them() -> None:
    plain = CONTRACT.replace("  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", "")
    text = plain.replace("{minimum: 5}", "{minimum: 5, sums: {started: [stayed, studied]}}")
    found = shown(text, started=33, stayed=30, studied=3)
    assert found.figures["stayed"].kind == "exact"
    assert range_of(found.figures["started"]) == (30, 34)
    assert range_of(found.lines["starts"]) == (30 * 15012, 34 * 15012)
    without = shown(plain, started=33, stayed=30, studied=3)
    assert int(without.figures["started"].low or "") - 30 == 3  # what the key is for
    with pytest.raises(ArgumentError) as error:
        shown(text, started=34, stayed=30, studied=3)
    assert str(error.value) == (
        "`certificate` must have started as the sum of stayed, studied, as disclosure.sums says; it has not. Correct "
        "the figures, or the contract."
    )


def test_a_condition_that_a_small_count_decides_hides_what_it_decides() -> None:
    text = CONTRACT.replace('{figure: audited, eq: "1"}', '{figure: stayed, ge: "3"}')
    for stayed in (2, 3):
        found = shown(text, started=40, stayed=stayed, studied=20)
        assert range_of(found.lines["studies"]) == (0, 20 * 7001)


def test_rules_between_lines_tell_nothing() -> None:
    text = CONTRACT.replace("  waterfall:", '  cap: {amount: "700000", reduces: pro_rata}\n  waterfall:')
    least = bare(shown(text, started=40, stayed=8, studied=0))
    assert all(bare(shown(text, started=40, stayed=8, studied=studied)) == least for studied in range(1, 5))
    assert shown(text, started=40, stayed=8, studied=3).lines["starts"].kind == "range"
    assert shown(text, started=40, stayed=8, studied=3).total == Shown(kind="exact", low="700000", high="700000")


# --- what the contract does not say ---------------------------------------------------------------------------

SHARES = CONTRACT.replace(
    "  audited:",
    '  rate: {attested: auditor, digits: 4, unit: fraction, question: {sv: "Andel?", en: "Share?"}}\n'
    '  per_cent: {attested: auditor, digits: 1, unit: "%", question: {sv: "Procent?", en: "Per cent?"}}\n'
    "  audited:",
)


def test_an_attested_share_gives_no_hidden_count_back() -> None:
    found = [
        bare(shown(SHARES, started=40, stayed=20, studied=studied, rate=f"{studied / 40:.4f}", per_cent="50.0"))
        for studied in range(5)
    ]
    assert all(one == found[0] for one in found)
    assert found[0].figures["rate"] == Shown(kind="hidden")
    assert found[0].figures["per_cent"].kind == "exact"
    over = shown(SHARES, started=40, stayed=30, studied=3, rate="0.5000", per_cent="10.0")  # 3 of 30, in per cent
    assert (over.figures["rate"].kind, over.figures["per_cent"].kind) == ("exact", "hidden")
    turned = shown(SHARES, started=40, stayed=30, studied=3, rate="13.3333", per_cent="80.0")  # 40 for each of 3
    assert turned.figures["rate"].kind == "hidden"


def test_a_share_of_counts_that_are_shown_is_shown() -> None:
    found = shown(SHARES, started=40, stayed=20, studied=12, rate="0.5000", per_cent="60.0")
    assert {one.kind for one in found.figures.values()} == {"exact"}
    parameter = SHARES + 'measures:\n  rate: {step: parameter, source: {sv: "lista", en: "list"}}\n'
    assert shown(parameter, started=40, stayed=30, studied=3, rate="0.0750", per_cent="80.0").figures["rate"] == Shown(
        kind="exact", low="0.0750", high="0.0750"
    )


def given_back(found: PublicStatement, minimum: int = 5) -> set[tuple[str, str, int]]:
    """What an outsider works out: a shown share times a shown count is, to the digits shown, a small whole number."""
    exact = {id: one.low for id, one in found.figures.items() if one.kind == "exact" and one.low is not None}
    return {
        (share, of, part)
        for share, of in itertools.permutations(exact, 2)
        if "." in exact[share] and "." not in exact[of]
        for part in range(minimum)
        for times in (1, 100)
        if Fraction(exact[of])
        and abs(times * Fraction(part) / Fraction(exact[of]) - Fraction(exact[share]))
        <= Fraction(1, 2 * 10 ** len(exact[share].partition(".")[2]))
    }


def test_a_share_times_a_shown_count_gives_no_small_count_that_no_figure_has() -> None:
    """Of 40 who started 7.5 per cent went to prison, says an attested share: nobody has written 3 anywhere."""
    plain = SHARES.replace("  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", "")
    for part in range(41):
        found = shown(plain, started=40, stayed=39, studied=38, rate=f"{part / 40:.4f}", per_cent=f"{part * 2.5:.1f}")
        assert given_back(found) == set()
        few = part < 5 or part > 35  # all but a few tells of those few
        if few:
            assert (found.figures["rate"].kind, found.figures["per_cent"].kind) == ("hidden", "hidden")
    half = shown(plain, started=40, stayed=39, studied=38, rate="0.5000", per_cent="50.0")
    assert {one.kind for one in half.figures.values()} == {"exact"}


def test_a_share_in_thousandths_is_one_where_the_unit_says_so() -> None:
    """75.0 per thousand of 40 are 3; 75.0 of a hundred are 30."""
    for unit, kind in (("per 1 000 persons", "hidden"), ("%", "exact")):
        text = SHARES.replace('unit: "%"', f'unit: "{unit}"')
        found = shown(text, started=40, stayed=20, studied=20, rate="0.5000", per_cent="75.0")
        assert found.figures["per_cent"].kind == kind


def test_that_a_share_is_hidden_does_not_hang_on_a_hidden_count() -> None:
    """left = 40 − stayed, and stayed is hidden: 0.0526 is 2 of 38, whichever value left has."""
    found = [
        bare(shown(SHARES, started=40, stayed=stayed, studied=30, rate="0.0526", per_cent="50.0"))
        for stayed in range(5)
    ]
    assert all(one.figures["per_cent"] == found[0].figures["per_cent"] for one in found)


def test_a_count_of_nobody_that_is_shown_divides_no_share() -> None:
    """Expected are 10 times the rate, rounded to whole persons: none. What shares of them others have is not asked."""
    text = SHARES.replace(
        "payment:", '  expected: {derived: {product: [rate, "10"]}, digits: 0, unit: persons}\npayment:', 1
    )
    found = shown(text, started=40, stayed=20, studied=12, rate="0.0430", per_cent="50.0")
    assert found.figures["per_cent"] == Shown(kind="exact", low="50.0", high="50.0")


DECIMALS = CONTRACT.replace(
    "  studied: {attested: auditor, digits: 0, unit: persons,",
    "  studied: {attested: auditor, digits: 1, unit: persons,",
)


def test_a_small_count_that_is_declared_with_a_decimal_is_hidden() -> None:
    assert DECIMALS != CONTRACT
    found = [bare(shown(DECIMALS, started=40, stayed=30, studied=f"{studied}.0")) for studied in range(5)]
    assert all(one == found[0] for one in found)
    assert found[0].figures["studied"] == Shown(kind="range", low="0.0", high="4.0")
    assert range_of(found[0].lines["studies"]) == (0, 4 * 7001)
    large = shown(DECIMALS, started=40, stayed=30, studied="12.0")
    assert large.figures["studied"] == Shown(kind="exact", low="12.0", high="12.0")
    later = shown(DECIMALS, large, started=40, stayed=30, studied="14.0")  # two more than in the statement before
    assert later.figures["studied"] == Shown(kind="range", low="8.0", high="16.0")
    part = shown(DECIMALS, started=40, stayed=30, studied="3.5")  # no count of persons
    assert part.figures["studied"] == Shown(kind="exact", low="3.5", high="3.5")


@pytest.mark.parametrize(("unit", "kind"), [("persons", "range"), ("index", "exact"), ("points per day", "exact")])
def test_a_small_denominator_is_a_count_although_it_is_a_parameter(unit: str, kind: str) -> None:
    text = CONTRACT.replace(
        'digits: 0, unit: persons, question: {sv: "Studerade', f'digits: 0, unit: "{unit}", question: {{sv: "Studerade'
    )
    assert text.count("unit: persons") == CONTRACT.count("unit: persons") - 1
    text += 'measures: {studied: {step: parameter, source: {sv: "lista", en: "list"}}}\n'
    assert shown(text, started=40, stayed=30, studied=3).figures["studied"].kind == kind


def test_a_small_difference_of_counts_with_decimals_hides_both() -> None:
    text = CONTRACT.replace("{difference: [started, stayed]}, digits: 0", "{difference: [started, stayed]}, digits: 2")
    found = shown(text, started=40, stayed=37, studied=30)
    assert found.figures["left"].kind == found.figures["started"].kind == found.figures["stayed"].kind == "range"


@pytest.mark.parametrize("unit", ["fraction", "%", "per cent", "days per employee", "SEK/month", "andel", "procent"])
def test_what_its_unit_calls_a_share_or_a_mean_is_no_count(unit: str) -> None:
    text = DECIMALS.replace("digits: 1, unit: persons", f'digits: 1, unit: "{unit}"')
    assert not is_count("studied", parse(text.encode()))
    assert is_count("studied", parse(DECIMALS.encode()))


def test_whoever_publishes_is_warned_of_a_sum_that_the_contract_does_not_declare() -> None:
    plain = CONTRACT.replace("  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", "")
    made = certificate(plain, started=33, stayed=30, studied=3)
    assert suspected_sums(made, public_statement(made, salt=SALT)) == (("started", ("stayed", "studied")),)
    text = plain.replace("{minimum: 5}", "{minimum: 5, sums: {started: [stayed, studied]}}")
    for declared, started in ((text, 33), (plain, 34)):
        other = certificate(declared, started=started, stayed=30, studied=3)
        assert suspected_sums(other, public_statement(other, salt=SALT)) == ()
    open_ = certificate(plain, started=37, stayed=30, studied=7)
    assert suspected_sums(open_, public_statement(open_, salt=SALT)) == ()
    told = sum_caution("started", ("stayed", "studied"))
    assert told.en.startswith("started is what stayed and studied add up to, of which one is hidden")
    assert told.sv.startswith("started är vad stayed och studied summerar till, varav något är dolt")


def renamed(old: str, new: str) -> str:
    text = CONTRACT.replace("  left: {derived: {difference: [started, stayed]}, digits: 0, unit: persons}\n", "")
    return text.replace(f"  {old}:", f"  {new}:").replace(f"figure: {old},", f"figure: {new},")


def test_a_count_with_another_name_is_held_against_what_it_may_have_been_called() -> None:
    first, days = {"started": 40, "stayed": 30, "studied": 12}, {"started": 50, "kept": 31, "studied": 20}
    before = shown(renamed("", ""), **first)
    text = renamed("stayed", "kept")
    same = shown(renamed("", "").replace("Jobb", "Arbete"), before, started=50, stayed=31, studied=20)
    later = shown(text, before, **days)
    assert later.figures["kept"] == same.figures["stayed"] == Shown(kind="range", low="26", high="34")
    assert later.lines["stays"] == same.lines["stays"]
    assert {later.figures[id].kind for id in ("started", "studied")} == {"exact"}
    assert shown(text, before, started=50, kept=36, studied=20).figures["kept"].kind == "exact"
    # which of two each was cannot be told: 38 may be two fewer than 40
    both = renamed("stayed", "kept").replace("  started:", "  began:").replace("figure: started,", "figure: began,")
    assert range_of(shown(both, before, began=50, kept=38, studied=20).figures["kept"]) == (26, 44)
    told = renamed_counts(parse(text.encode()), before.contract_sha256, before.figures)
    assert told == ("kept",)
    (caution,) = held_against(certificate(text, **days), salt=SALT, made=True, earlier=[before.to_envelope()])
    assert "and does not name kept, so" in caution.en
    assert "och nämner inte kept, så" in caution.sv
    assert not held_against(certificate(renamed("", ""), **first), salt=SALT, made=True, earlier=[before.to_envelope()])
    # a count that is new beside all of the old ones is held against none of them
    added = renamed("", "").replace(
        "figures:\n", 'figures:\n  more: {attested: auditor, digits: 0, unit: persons, question: {sv: "?", en: "?"}}\n'
    )
    assert shown(added, before, started=50, stayed=40, studied=20, more=31).figures["more"].kind == "exact"


def test_a_statement_names_the_earlier_ones_it_was_held_against() -> None:
    first, second = shown(started=40, stayed=30, studied=12), shown(started=50, stayed=36, studied=18)
    later = shown(CONTRACT, second, first, started=60, stayed=46, studied=25)
    assert later.earlier == tuple(sorted((first.sha256, second.sha256)))
    assert later == shown(CONTRACT, first, second, started=60, stayed=46, studied=25)
    assert read_public(later.to_envelope()) == later
    assert read_public(first.to_envelope()).sha256 == first.sha256
    assert "earlier" not in read_statement(first.to_envelope().payload).predicate
    for lang, alone, among in (
        ("en", "no earlier statement", "earlier statements, SHA-256"),
        ("sv", "inget tidigare utdrag", "tidigare utdrag, SHA-256"),
    ):
        assert alone in statement_text(first, lang)  # type: ignore[arg-type]
        assert f"{among} {later.earlier[0]}, {later.earlier[1]}" in statement_text(later, lang)  # type: ignore[arg-type]


# --- what is never shown --------------------------------------------------------------------------------------

MONEY = CONTRACT.replace(
    "  studied: {attested: auditor, digits: 0, unit: persons,",
    "  studied: {attested: auditor, digits: 0, unit: SEK,",
).replace("{minimum: 5}", '{minimum: 5, dominance: {largest: 2, share: "0.90"}}')


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (None, "hidden"),
        (["20", "20", "20", "20", "20"], "exact"),
        (["50", "40", "4", "3", "3"], "hidden"),
        (["50", "39", "4", "4", "3"], "exact"),
        (["25", "25", "25", "25"], "hidden"),  # fewer than the minimum
    ],
)
def test_a_sum_that_few_dominate_is_hidden_with_all_that_depends_on_it(parts: list[str] | None, kind: str) -> None:
    given = None if parts is None else {"studied": parts}
    found = public_statement(certificate(MONEY, started=40, stayed=30, studied=100), salt=SALT, contributions=given)
    assert found.figures["studied"].kind == kind
    assert found.lines["studies"].kind == kind
    assert found.total.kind == kind
    assert found.receipts["fund"].kind == kind
    assert found.lines["starts"].kind == "exact"
    assert (found.state is None) == (kind == "hidden")


def test_with_a_cap_on_all_lines_a_hidden_figure_hides_them_all() -> None:
    text = MONEY.replace("  waterfall:", '  cap: {amount: "700000", reduces: pro_rata}\n  waterfall:')
    found = public_statement(certificate(text, started=40, stayed=30, studied=100), salt=SALT)
    assert {one.kind for one in found.lines.values()} == {"hidden"}


def test_the_rule_on_dominance_by_hand() -> None:
    assert dominated([50, 40, 5, 5], 2, Fraction("0.9"))
    assert not dominated([50, 39, 6, 5], 2, Fraction("0.9"))
    assert dominated([], 2, Fraction("0.9"))
    assert dominated(["0.1", "0.1"], 1, Fraction("0.5"))
    for wrong, sentence in {
        "x": "`contributions` must hold decimals of at least 0; correct those that are not.",
        "-1": "`contributions` must be at least 0, as the rule is on parts of a sum; remove the others.",
    }.items():
        with pytest.raises(ArgumentError) as error:
            dominated([wrong, "3"], 1, Fraction("0.5"))
        assert str(error.value) == sentence


def test_a_figure_that_the_contract_never_shows_hides_its_line() -> None:
    text = CONTRACT.replace("{minimum: 5}", "{minimum: 5, hidden: [stayed]}")
    found = shown(text, started=40, stayed=30, studied=20)
    assert [id for id, one in found.figures.items() if one.kind == "hidden"] == ["stayed", "left"]
    assert [id for id, one in found.lines.items() if one.kind == "hidden"] == ["stays"]
    assert (found.total.kind, found.state) == ("hidden", None)


def test_too_many_possibilities_are_hidden_and_not_guessed() -> None:
    text = CONTRACT.replace("{minimum: 5}", "{minimum: 40}")
    found = shown(text, started=3, stayed=2, studied=1)
    assert {one.kind for one in found.lines.values()} == {"hidden"}


def test_without_a_smallest_count_no_other_reason_to_hide_is_denied() -> None:
    found = shown(CONTRACT.replace("{minimum: 5}", "{minimum: 0, hidden: [studied]}"), started=4, stayed=3, studied=8)
    assert found.figures["studied"].kind == "hidden"
    assert "No count is hidden for its size: the contract names no smallest count" in statement_text(found, "en")
    assert "Inget antal döljs för sin storlek: avtalet anger inget minsta antal" in statement_text(found, "sv")


def test_without_the_key_all_is_shown() -> None:
    text = CONTRACT.replace("disclosure: {minimum: 5}\n", "")
    assert {one.kind for _, one in numbers(shown(text, started=4, stayed=3, studied=1))} == {"exact"}


def test_a_figure_without_value_has_none() -> None:
    made = certificate(started=40, stayed=30)
    found = public_statement(made, salt=SALT)
    assert found.figures["studied"] == Shown(kind="none")
    assert (found.lines["studies"].kind, found.total.kind, found.state) == ("none", "none", "not_yet_determinable")


# --- signed, and bound to the certificate ---------------------------------------------------------------------


def test_it_is_signed_read_and_bound_to_its_certificate() -> None:
    made = certificate(started=40, stayed=30, studied=3)
    found = public_statement(made, salt=SALT)
    envelope = read_envelope(sign(found.to_envelope(), DEMO_KEY).to_bytes())
    assert check_signatures(envelope, [public_key(DEMO_KEY)]).signers
    assert read_public(envelope) == found
    assert commits_to(found, made, SALT)
    assert not commits_to(found, made, bytes(32))
    assert not commits_to(found, certificate(started=40, stayed=30, studied=2), SALT)
    assert b"21003" not in envelope.payload  # 3 · 7001
    with pytest.raises(CertificateError, match="holds no public statement"):
        read_public(made.envelope)
    with pytest.raises(CertificateError, match="and not a certificate"):
        Certificate(envelope)


def test_what_cannot_be_stated_is_said_in_one_sentence() -> None:
    made = certificate(started=40, stayed=30, studied=3)
    with pytest.raises(ArgumentError, match=r"^`salt` must be at least 32 bytes made at random; got 4\.$"):
        public_statement(made, salt=b"1234")
    other = replace(public_statement(made, salt=SALT), contract="other")
    with pytest.raises(ArgumentError, match=r"^`earlier` must be of the contract jobs; got one of other\.$"):
        public_statement(made, salt=SALT, earlier=[other])
    with pytest.raises(ArgumentError, match=r"^`contributions` must name figures of the contract; got 'x'\.$"):
        public_statement(made, salt=SALT, contributions={"x": [1]})


def test_what_a_reader_sees_is_what_the_statement_holds() -> None:
    found = shown(started=40, stayed=30, studied=3)
    english = statement_text(found, "en").replace("\N{NO-BREAK SPACE}", " ")
    swedish = statement_text(found, "sv").replace("\N{NO-BREAK SPACE}", " ")
    rows = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in english.splitlines()}
    assert rows["studied"] == "0 to 4"
    assert rows["studies"] == "SEK 0 to SEK 28,004"
    assert rows["stays"] == "SEK 930,390"
    assert rows["Σ"] == "SEK 1,530,870 to SEK 1,558,874"
    assert "0 kr till 28 004 kr" in swedish
    assert "Antal under 5 visas inte." in swedish
    assert "21,003" not in english
    assert statement_text(found, "en") == statement_text(shown(started=40, stayed=30, studied=3), "en")
    hidden = statement_text(public_statement(certificate(MONEY, started=40, stayed=30, studied=100), salt=SALT), "en")
    assert "hidden" in hidden


# --- an amount of money that is a price times a hidden count -------------------------------------------------

INVOICED = CONTRACT.replace(
    "  audited:",
    '  invoice: {attested: auditor, digits: 2, unit: SEK, question: {sv: "Faktura?", en: "Invoice?"}}\n  audited:',
)


@pytest.mark.parametrize(
    ("invoice", "kind"),
    [
        (3 * 7001, "hidden"),  # three who studied
        (0, "hidden"),  # nobody
        (2 * 7001, "hidden"),  # it only looks like one, and is not told from one
        (5 * 7001, "exact"),
        (3 * 7001 + 1, "exact"),
        (40 * 15012, "exact"),  # of a count that is shown
    ],
)
def test_an_invoice_of_a_price_times_a_hidden_count_is_hidden(invoice: int, kind: str) -> None:
    found = shown(INVOICED, started=40, stayed=30, studied=3, invoice=invoice)
    assert found.figures["invoice"].kind == kind
    assert range_of(found.lines["studies"]) == (0, 4 * 7001)
    for studied in range(5):
        assert bare(shown(INVOICED, started=40, stayed=30, studied=studied, invoice=invoice)) == bare(found)


@pytest.mark.parametrize(
    ("changes", "invoice", "kind"),
    [
        # a payer's share of what is paid on a hidden count
        ([('payers: {town: "1"}', 'payers: {town: "0.5", state: "0.5"}')], 7001, "hidden"),
        # tiers: 500 from two on, which says whether there were two
        (
            [
                (
                    '{unit_price: {price: "7001", figure: studied, below_zero: zero}}',
                    '{tiers: {figure: studied, steps: [{from: "0", pays: "10"}, {from: "2", pays: "500"}]}}',
                )
            ],
            500,
            "hidden",
        ),
        # the same amount whatever the count is
        (
            [
                (
                    '{unit_price: {price: "7001", figure: studied, below_zero: zero}}',
                    '{tiers: {figure: studied, steps: [{from: "0", pays: "10"}]}}',
                )
            ],
            10,
            "exact",
        ),
        # the lesser of the price and the invoice
        (
            [
                (
                    '{unit_price: {price: "7001", figure: studied, below_zero: zero}}',
                    '{lesser_of: [{unit_price: {price: "7001", figure: studied, below_zero: zero}}, '
                    '{unit_price: {price: "1", figure: invoice, below_zero: zero}}]}',
                )
            ],
            3 * 7001,
            "hidden",
        ),
    ],
)
def test_what_is_paid_on_a_hidden_count_is_hidden_where_it_is_attested(
    changes: list[tuple[str, str]], invoice: int, kind: str
) -> None:
    text = INVOICED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    found = shown(text, started=40, stayed=30, studied=3, invoice=invoice)
    assert found.figures["invoice"].kind == kind
    for studied in range(5):
        assert bare(shown(text, started=40, stayed=30, studied=studied, invoice=invoice)) == bare(found)
