"""The most that an amended contract can pay is of its own terms, from its day on, and says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import generate_key, public_text
from effekt.certificates.signing import public_key
from effekt.contracts import Contract, maximum_over, parse_contract
from effekt.workflow.plan.several_settlements import liability, most_in_all, scope, settlements

Run = Callable[..., tuple[int, str, str]]
TOWN, REGION, PROVIDER, VERIFIER = (public_text(public_key(generate_key())) for _ in range(4))
TEXT = f"""schema: effekt/contract/1
id: months
title: {{sv: "Månader", en: "Months"}}
parties:
  town: {{role: payer, name: "Staden", keys: ["{TOWN}"]}}
  region: {{role: payer, name: "Regionen", keys: ["{REGION}"]}}
  provider: {{role: provider, name: "Utföraren", keys: ["{PROVIDER}"]}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{VERIFIER}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates:
  signed: "2020-01-15"
  outcome_data_from: "2020-06-30"
  certificates: ["2020-08-31", "2020-12-31", "2021-04-30", "2021-08-31"]
attribution: none
figures:
  months: {{attested: verifier, digits: 0, unit: months, question: {{sv: "Hur många?", en: "How many?"}}}}
  paid_a: {{attested: verifier, digits: 0, unit: SEK, question: {{sv: "Hur mycket?", en: "How much?"}}}}
  paid_b: {{attested: verifier, digits: 0, unit: SEK, question: {{sv: "Hur mycket?", en: "How much?"}}}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  due_days: 30
  lines:
    a:
      payers: {{town: "0.6", region: "0.4"}}
      payee: provider
      pays: {{unit_price: {{price: "1000", figure: months, below_zero: zero}}}}
      cap: "500000"
      true_up: {{paid: paid_a, below_zero: carry, cap: "200000"}}
    b:
      payers: {{town: "0.5", region: "0.5"}}
      payee: provider
      pays: {{tiers: {{figure: months, steps: [{{from: "5", pays: "40000"}}]}}}}
      true_up: {{paid: paid_b, below_zero: clawback}}
"""
LOWERED = ('cap: "500000"', 'cap: "150000"'), ('cap: "200000"', 'cap: "100000"')


def amended(date: str, *changes: tuple[str, str], text: str = TEXT) -> Contract:
    for change in changes:
        assert change[0] in text
        text = text.replace(*change)
    key = (
        f'amendment: {{number: 1, of: "{"0" * 64}", date: "{date}", reason: {{sv: "x", en: "x"}}, '
        "agreed_by: [town, region, provider]}\n"
    )
    return parse_contract(f"{text}{key}".encode(), Path())


def plain(text: str) -> list[str]:
    return text.replace("\u00a0", " ").replace("\\", "").splitlines()


def test_only_days_from_the_amendment_on_are_counted() -> None:
    contract = amended("2021-01-15", *LOWERED)
    found = settlements(contract)
    assert found is not None
    assert found.days == ("2021-04-30", "2021-08-31")
    assert found.maximum == "190000"  # of 230 000 with the days before, which have paid 200 000 each
    assert found.maximum_by_year == {"2021": "190000"}
    assert list(liability(contract).by_year) == ["2021"]
    on = amended("2021-04-30", *LOWERED)  # the day itself is settled by the amended file
    assert (one := settlements(on)) is not None
    assert one.days == ("2021-04-30", "2021-08-31")
    last = settlements(amended("2021-05-01", *LOWERED))
    late = settlements(amended("2022-05-01", *LOWERED))  # none is left: the last can be settled late or again
    assert last is not None
    assert late is not None
    assert last.days == late.days == ("2021-08-31",)
    assert last.maximum == "140000"


def test_the_annex_says_what_its_maxima_are_of() -> None:
    contract = amended("2021-01-15", *LOWERED)
    english, swedish = (plain(workflow.annex(contract, lang=lang)) for lang in ("en", "sv"))
    told = (
        "These amounts are the most that is paid by the terms of this file, amendment 1 of 2021-01-15, in the "
        "settlements of 2021-04-30 and 2021-08-31. Not in them, and in addition: what was paid by the files before it, "
        "and what is paid for a day before 2021-01-15 that is settled late or again. From a and b what was paid before "
        "is deducted, so that less may be left of that."
    )
    at = english.index("## The most that can be paid")
    assert english[at + 2] == told
    assert english[-1] == (
        "An upper bound is never exceeded by what is paid so; no values of the figures were found at which so much is "
        "paid."
    )
    assert swedish[swedish.index("## Högsta belopp som kan komma att betalas") + 2] == (
        "Beloppen är det högsta som betalas enligt villkoren i denna fil, ändring 1 av 2021-01-15, vid avräkningarna "
        "2021-04-30 och 2021-08-31. De omfattar inte, och därtill kommer, det som betalats enligt filerna före den och "
        "det som betalas för en dag före 2021-01-15 som avräknas sent eller på nytt. Från a och b dras det som "
        "betalats tidigare av, så att mindre kan återstå."
    )
    assert swedish[-1].startswith("En övre gräns överskrids aldrig av det som betalas så; ")
    assert scope(parse_contract(TEXT.encode(), Path())) is None
    one_left = plain(workflow.annex(amended("2021-05-01", *LOWERED), lang="en"))
    assert any(", in the settlement of 2021-08-31. " in line for line in one_left)
    assert any("in the settlement of 2021-08-31: SEK 140,000" in line for line in one_left)


def test_check_says_it_in_words_and_as_json(effekt: Run, tmp_path: Path) -> None:
    contract = amended("2021-01-15", *LOWERED)
    path = tmp_path / "contract.yaml"
    path.write_bytes(contract.raw)
    of = scope(contract)
    assert of is not None
    lines = effekt("check", path, "--lang", "en")[1].splitlines()
    assert lines[lines.index(of.en) + 1].startswith("At most payable in one settlement")
    told = json.loads(effekt("check", path, "--lang", "sv", "--json")[1])
    assert told["maximum_scope"] == of.sv
    assert told["settlements"] == ["2021-04-30", "2021-08-31"]
    path.write_text(TEXT, encoding="utf-8")
    assert "maximum_scope" not in json.loads(effekt("check", path, "--json")[1])


def test_an_amendment_says_that_its_bounds_are_of_one_settlement() -> None:
    first = parse_contract(TEXT.encode(), Path())
    after = amended("2021-01-15", *LOWERED).raw.decode().replace("0" * 64, first.sha256)
    found = workflow.amend(first, parse_contract(after.encode(), Path()))
    assert "At most payable in one settlement: SEK 240,000 → SEK 140,000" in plain(found.text("en"))
    assert "Högst att betala vid en avräkning: 240 000 kr → 140 000 kr" in plain(found.text("sv"))
    assert any(line.startswith("Lägst att betala vid en avräkning: ") for line in plain(found.text("sv")))
    assert "Högst att betala vid en avräkning, garantier inräknade: " in replace(found, guaranteed=True).text("sv")


def test_no_most_in_all_is_told_where_earlier_files_paid() -> None:
    assert most_in_all(parse_contract(TEXT.encode(), Path())) == "540000"
    assert most_in_all(amended("2021-01-15", *LOWERED)) is None


# ------------------------------------------------------------------- whatever was paid before by other terms


BACK = (
    '{tiers: {figure: months, steps: [{from: "5", pays: "40000"}]}}',
    '{tiers: {figure: months, steps: [{from: "5", pays: "-10000"}, {from: "9", pays: "40000"}]}}',
)


def courses(contract: Contract, before: dict[str, int], counts: list[str]) -> Iterator[tuple[Fraction, Fraction]]:
    """What the settlements after the amendment pay together, and the town's part, from what was paid before."""
    from effekt.contracts import paid_to_date, settle_figures
    from effekt.workflow.plan.reached import _figures

    paid = {id: Fraction(amount) for id, amount in before.items()}
    for count in counts:
        values = {"months": Fraction(count)} | {f"paid_{id}": amount for id, amount in paid.items()}
        settled = settle_figures(contract, _figures(contract, values), in_words=False)
        assert settled.total is not None
        paid |= {id: Fraction(value) for id, value in paid_to_date(settled).items()}
        shares = [one for line in settled.lines for one in line.shares if one.payer == "town"]
        yield Fraction(settled.total), sum((Fraction(one.amount) for one in shares), Fraction(0))


@pytest.mark.parametrize("changes", [LOWERED, (*LOWERED, BACK), (BACK,)])
@pytest.mark.parametrize("before", [{"a": 0, "b": 0}, {"a": 400000, "b": 40000}, {"a": 30000, "b": -10000}])
@pytest.mark.parametrize("counts", [["0", "500"], ["500", "500"], ["500", "0"], ["6", "9"]])
def test_bounds_hold_whatever_was_paid_before(
    changes: tuple[tuple[str, str], ...], before: dict[str, int], counts: list[str]
) -> None:
    contract = amended("2021-01-15", *changes)
    if before["b"] < 0 and BACK not in changes:
        return  # what no line of this file can have paid is referred
    most, booked = maximum_over(contract, 2), liability(contract).by_party
    assert most is not None
    assert booked["town"] is not None
    paid = [*courses(contract, before, counts)]
    assert sum(total for total, _ in paid) <= Fraction(most)
    assert sum(town for _, town in paid) <= Fraction(booked["town"])


def test_what_was_paid_back_before_can_be_paid_again() -> None:
    assert maximum_over(amended("2021-01-15", BACK), 2) == "450000"  # 40 000, and 10 000 that were paid back before


def test_what_a_line_pays_back_leaves_a_payer_more_of_another_under_a_cap() -> None:
    fallen = BACK[0], '{tiers: {figure: months, steps: [{from: "0", pays: "40000"}, {from: "100", pays: "0"}]}}'
    capped = f'{TEXT}  cap: {{amount: "50000", reduces: last_line_first}}\n'
    contract = amended("2021-01-15", fallen, text=capped)
    booked = liability(contract).by_party["town"]
    assert booked is not None
    paid = [*courses(contract, {"a": 0, "b": 40000}, ["500", "500"])]
    assert [town for _, town in paid] == [34000, 30000]  # 0.6 of 90 000 less half of 40 000, then 0.6 of 50 000
    assert Fraction(booked) >= 64000
