"""The most that can be paid: what is told without a mark is reached, and what is marked is an upper bound."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from contracts.answered_contracts import answered_contract, most_by_answers
from contracts.builders import read

from effekt import ContractError, read_contract, workflow
from effekt.contracts import Contract, maximum_total, minimum_total, parse_contract
from effekt.workflow.cases import case_names
from effekt.workflow.plan.reached import lower_bounds, upper_bounds, upper_bounds_of_each
from effekt.workflow.plan.several_settlements import liability, settlements

ANSWERED = max(int(os.environ.get("EFFEKT_CONTRACTS", "0")) // 50, 25)  # `make contracts` tries two thousand
DAYS = ', certificates: ["2020-01-10", "2021-01-10", "2021-12-20"]'
KEY = "5llo4wqsNkDPW2/3lpXD9GZYilDE+Emw9m0kPhVSY/Q="
TEXT = f"""schema: effekt/contract/1
id: two
title: {{sv: "Två", en: "Two"}}
parties:
  town: {{role: payer, name: "Staden"}}
  fund: {{role: payer, name: "Fonden"}}
  investor: {{role: investor, name: "Banken"}}
  provider: {{role: provider, name: "Utföraren"}}
  backer: {{role: guarantor, name: "Garanten"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{KEY}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2016-08-01", outcome_data_from: "2019-08-01"}}
attribution: none
figures:
  done: {{attested: verifier, digits: 0, unit: units, question: {{sv: "Hur många?", en: "How many?"}}}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    a:
      payers: {{town: "0.5", fund: "0.5"}}
      payee: investor
      pays: {{unit_price: {{price: "1000", figure: done, below_zero: zero}}}}
      cap: "1000000"
"""
GUARANTEE = '  guarantees:\n    g: {guarantor: backer, beneficiary: investor, amount: "400000", share: "0.5"}\n'
SECOND = """    b:
      payers: {fund: "1"}
      payee: provider
      pays: {unit_price: {price: "1000", figure: done, below_zero: zero}}
      cap: "600000"
      due: "2021-03-01"
"""


def contract(text: str) -> Contract:
    return parse_contract(text.encode())


def alone(found: Contract) -> list[str]:
    return upper_bounds(found, maximum_total(found), settlements(found), liability(found))


def repeated(text: str) -> str:
    return text.replace('cap: "1000000"', 'cap: "100000"\n      paid_each: certificate').replace(
        '"2019-08-01"', '"2019-08-01"' + DAYS
    )


def test_what_a_line_gives_is_not_lacking_in_any_of_several_settlements() -> None:
    """Each of three settlements: 100 000 and half of the 300 000 that is then lacking, or the guarantor's 200 000."""
    found = contract(repeated(TEXT) + GUARANTEE)
    booked = liability(found)
    assert booked.total == "750000"
    assert booked.by_year == {"2020": "250000", "2021": "500000"}
    assert booked.by_party == {"town": "150000", "fund": "150000", "backer": "600000"}
    assert alone(found) == []


def test_a_line_of_another_year_leaves_its_guarantee_more() -> None:
    """2020: 1 000 000 of a and 300 000 of h. 2021: 600 000 of b, 300 000 of h, and g where a pays nothing.

    Both lines count the same units: where b pays its most a pays 600 000, so that g is 100 000 and the most of 2021
    1 000 000; a bound that takes the lines apart is 1 300 000.
    """
    text = TEXT.replace('cap: "1000000"', 'cap: "1000000"\n      due: "2020-03-01"') + SECOND
    text += GUARANTEE.replace("400000", "800000")
    text += '    h: {guarantor: fund, beneficiary: provider, amount: "1000000", share: "1", cap: "300000"}\n'
    found = contract(text)
    booked = liability(found)
    assert booked.by_year == {"2020": "1300000", "2021": "1300000"}
    assert booked.by_party == {"town": "500000", "fund": "1400000", "backer": "400000"}
    assert alone(found) == ["maximum_by_year_with_guarantees.2021"]


def test_a_waterfall_leaves_its_beneficiary_what_comes_before() -> None:
    """1 000 000 leaves nothing of the investor's 400 000 to g; h is half of 700 000, the provider keeps nothing."""
    text = TEXT.replace("payee: investor", "payee: provider")
    text += '  waterfall: {from: provider, steps: [{to: {investor: "1"}, up_to: "400000"}, {to: {fund: "1"}}]}\n'
    text += GUARANTEE + '    h: {guarantor: town, beneficiary: provider, amount: "700000", share: "0.5"}\n'
    found = contract(text)
    booked = liability(found)
    assert (booked.total, booked.by_party) == (
        "1350000",
        {"town": "850000", "fund": "500000", "backer": "200000"},
    )
    assert alone(found) == []


def test_lines_that_exclude_each_other_are_marked(effekt: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    """a pays from 10 units, b below 10: the sum of both is an upper bound, each party's most is reached."""
    text = TEXT.replace('cap: "1000000"', 'cap: "1000000"\n      when: {figure: done, ge: "10"}')
    text += SECOND.replace('cap: "600000"', 'when: {figure: done, lt: "10"}')
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    assert alone(contract(text)) == []  # nothing bounds b
    path.write_text(text.replace("      due: ", '      cap: "5000"\n      due: '), encoding="utf-8")
    for lang, lines in (
        (
            "en",
            [
                "At most payable: SEK 1,005,000 (upper bound)",
                "At most payable by Staden: SEK 500,000",
                "At most payable by Fonden: SEK 505,000 (upper bound)",
                "An upper bound is never exceeded; no values of the figures were found at which so much is paid.",
            ],
        ),
        (
            "sv",
            [
                "Högst att betala: 1 005 000 kr (övre gräns)",
                "Högst att betala av Staden: 500 000 kr",
                "Högst att betala av Fonden: 505 000 kr (övre gräns)",
                "En övre gräns överskrids aldrig; inga värden på siffrorna hittades vid vilka så mycket betalas.",
            ],
        ),
    ):
        out = effekt("check", path, "--lang", lang)[1].replace("\N{NO-BREAK SPACE}", " ")
        assert out.splitlines()[-4:] == lines
        annexed = workflow.annex(read_contract(path), lang=lang).replace("\N{NO-BREAK SPACE}", " ")
        assert annexed.replace("\\", "").rstrip().endswith(lines[-1])
        assert annexed.count("(upper bound)") + annexed.count("(övre gräns)") == 2
    told = json.loads(effekt("check", path, "--json")[1])
    assert told["upper_bounds"] == ["maximum_total", "maximum_by_party.fund"]
    out = effekt("check", path, "--lang", "en", "--std-error", "2", "--effect", "9", "--figure", "done")[1]
    assert "The contract pays at least SEK 0 and at most SEK 1,005,000 (upper bound)." in out.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "name", ["klippan", "norwegian-recidivism", "norrkoping", "nsw", "sick-leave", "rkr-provisioning"]
)
def test_the_most_of_the_cases_is_reached(name: str) -> None:
    assert alone(read_contract(workflow.case(name) / "contract.yaml")) == []


def test_a_cumulative_line_pays_its_most_once() -> None:
    """All that is due since the beginning: the most of three settlements is that of one, paid in any of them."""
    text = TEXT.replace('"2019-08-01"', '"2019-08-01"' + DAYS).replace(
        "figures:", 'figures:\n  paid: {attested: verifier, digits: 0, unit: SEK, question: {sv: "?", en: "?"}}'
    )
    text = text.replace('cap: "1000000"', 'cap: "1000000"\n      true_up: {paid: paid, below_zero: clawback}')
    found = contract(text)
    booked = liability(found)
    assert (booked.total, booked.by_year) == ("1000000", {"2020": "1000000", "2021": "1000000"})
    assert booked.by_party == {"town": "500003", "fund": "500003"}  # halves of odd kronor, in each settlement of three
    assert alone(found) == ["maximum_by_party.town", "maximum_by_party.fund"]


def test_what_has_no_mark_is_the_most_over_every_answer() -> None:
    """Random contracts on four questions, all of whose answers are tried: marked where the bound is not the most."""
    seen = Counter[tuple[bool, bool]]()
    for place in range(ANSWERED):
        plain = answered_contract(random.Random(f"reached/{place}"))
        found, truth = read(plain), most_by_answers(plain)
        booked, only = liability(found), alone(found)
        told = {"maximum_total": ("lines", maximum_total(found))}
        told |= {"maximum_with_guarantees": ("all", booked.total)} if booked.guarantors else {}
        told |= {f"maximum_by_party.{id}": (("party", id), bound) for id, bound in booked.by_party.items()}
        for name, (key, bound) in told.items():
            exact = Fraction(bound or "") == truth.get(key, 0)
            assert (name in only) != exact, (place, name)
            seen[exact, key == "all"] += 1
    assert all(seen[exact, backed] for exact in (True, False) for backed in (True, False))


def test_a_guarantee_has_no_day_of_its_own() -> None:
    with pytest.raises(ContractError, match="due"):
        contract(TEXT + GUARANTEE.replace('share: "0.5"', 'share: "0.5", due: "2020-12-31"'))


def test_the_outlook_tells_lines_and_guarantors_apart() -> None:
    """100 units: 100 000 by the line, half of the 300 000 that is then lacking by the guarantor; hardly a spread."""
    found = workflow.outlook(
        contract(TEXT + GUARANTEE),
        figure="done",
        std_errors=["0.001"],
        effects=["100"],
        invested={"2019-01-01": "400000"},
        paid="2020-01-01",
    )
    (one,) = found.scenarios
    assert (one.payment_if_known, one.guaranteed_if_known) == ("100000", "150000")
    assert (one.expected_payment, one.expected_guaranteed) == (pytest.approx(100_000), pytest.approx(150_000))
    assert one.return_if_known == pytest.approx(250_000 / 400_000 - 1)
    assert one.loss_probability == pytest.approx(1)
    for lang, heads in (
        (
            "en",
            ("paid by the lines if known", "by guarantors if known", "return a year if known, guarantees included"),
        ),
        (
            "sv",
            ("betalning av raderna om känt", "av garanter om känt", "avkastning per år om känt, garantier inräknade"),
        ),
    ):
        text = found.text(lang)  # type: ignore[arg-type]
        assert [head for head in heads if head not in text] == []


def test_what_guarantors_pay_by_a_figure_that_nobody_assumed_is_not_told() -> None:
    text = TEXT.replace(
        "figures:", 'figures:\n  lost: {attested: verifier, digits: 0, unit: SEK, question: {sv: "?", en: "?"}}'
    )
    text += GUARANTEE.replace('amount: "400000"', "amount: lost")
    found = workflow.outlook(contract(text), figure="done", std_errors=["1"], effects=["100"])
    assert (found.scenarios[0].guaranteed_if_known, found.scenarios[0].expected_guaranteed) == (None, None)
    assert found.no_guaranteed is not None
    assert found.no_guaranteed.en in found.text("en")
    known = workflow.outlook(
        contract(text), figure="done", std_errors=["0.001"], effects=["100"], assumed={"lost": "300000"}
    )
    assert known.scenarios[0].guaranteed_if_known == "100000"
    assert known.no_guaranteed is None


PASSED_ON = """\
schema: effekt/contract/1
id: fund
title: {sv: "Fond", en: "Fund"}
parties:
  town: {role: payer, name: "Staden"}
  firm: {role: provider, name: "Firman"}
  bank: {role: investor, name: "Banken"}
  fund: {role: guarantor, name: "Fonden"}
  auditor: {role: verifier, name: "Revisorn", keys: ["HBgOVckcQMUu/YH5bD1cNW1EGc8YpenW0YF0CjvyuRk="]}
signing: {threshold: 1, roles: [verifier]}
dates: {signed: "2022-01-10", outcome_data_from: "2022-03-01", certificates: ["2022-12-31", "2023-12-31"]}
attribution: none
figures:
  work: {attested: auditor, digits: 0, unit: SEK, question: {sv: "Utfört?", en: "Done?"}}
  passed:
    {attested: auditor, digits: 0, unit: SEK, question: {sv: "Fört vidare?", en: "Passed on?"},
     paid_before: {passed_to: bank}}
  lacking: {derived: {difference: ["25000", passed]}, digits: 0, unit: SEK}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    work:
      payers: {town: "1"}
      payee: firm
      pays: {unit_price: {price: "1", figure: work, below_zero: zero}}
      cap: "9000"
      paid_each: certificate
  waterfall: {from: firm, steps: [{to: {bank: "1"}}]}
  guarantees:
    capital: {guarantor: fund, beneficiary: bank, amount: lacking, share: "0.75", cap: "CAP"}
"""


@pytest.mark.parametrize(("cap", "only"), [("25000", ["maximum_by_party.fund"]), ("18750", [])])
def test_what_was_passed_on_is_never_below_nothing(cap: str, only: list[str]) -> None:
    """Three quarters of 25,000 less what was passed on is at most 18,750: a cap above that is an upper bound alone."""
    contract = parse_contract(PASSED_ON.replace("CAP", cap).encode())
    found = upper_bounds(contract, maximum_total(contract), settlements(contract), liability(contract))
    assert [name for name in found if name == "maximum_by_party.fund"] == only


CEILING = (
    PASSED_ON[: PASSED_ON.index("  waterfall:")]
    .replace("paid_before: {passed_to: bank}", "paid_before: {line: work}")
    .replace('{unit_price: {price: "1", figure: work,', '{unit_price: {price: "1", figure: lesser,')
    .replace("payment:\n", "  lesser: {derived: {least: [work, lacking]}, digits: 0, unit: SEK}\npayment:\n", 1)
)


def test_a_ceiling_on_all_that_was_paid_is_the_most_of_all_days(
    effekt: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """Of 25,000 in all each day can pay what is left, and 9,000 with the line's own cap: 18,000 on two days."""
    file = tmp_path / "contract.yaml"
    file.write_text(CEILING.replace('      cap: "9000"\n', ""), encoding="utf-8")
    told = effekt("check", str(file), "--lang", "en")[1].replace("\u00a0", " ")
    assert "At most payable in one settlement: SEK 25,000\n" in told
    assert "At most payable in the 2 settlements of 2022-12-31 and 2023-12-31 together: SEK 25,000\n" in told
    file.write_text(CEILING, encoding="utf-8")
    told = effekt("check", str(file), "--lang", "en")[1].replace("\u00a0", " ")
    assert "together: SEK 18,000\n" in told
    tight = CEILING.replace('"25000"', '"10000"')
    found = contract(tight.replace("certificates: [", 'certificates: ["2022-06-30", '))
    assert maximum_total(found) == "9000"
    several = settlements(found)
    assert several is not None
    assert several.maximum == "10000"
    assert upper_bounds(found, maximum_total(found), several, liability(found)) == []


def test_a_line_that_no_settlement_pays_so_much_is_marked_in_the_annex() -> None:
    """The floor would raise `b` by the 50,000 that `a` may pay back, of which netting first takes the 1,000 of `c`."""
    raised = TEXT.replace("below_zero: zero}}", "below_zero: negative}}").replace(
        'cap: "1000000"', 'cap: "1000000"\n      floor: "-50000"'
    )
    raised += '    c: {payers: {town: "0.5", fund: "0.5"}, payee: investor, pays: {fixed: "1000"}}\n'
    raised += (
        SECOND.replace('cap: "600000"', 'cap: "100000"')
        + "  netting: {lines: [a, c], reduces: pro_rata, below_zero: negative}\n"
        + '  floor: {amount: "100000", raises: b}\n'
    )
    found = contract(raised)
    assert upper_bounds_of_each(found) == ["maximum.b"]
    told = workflow.annex(found, lang="sv").replace("\u00a0", " ")
    assert "3. b: 150 000 kr (övre gräns)\n" in told
    assert "1. a: 1 000 000 kr\n" in told
    assert "En övre gräns överskrids aldrig; " in told
    kept = contract(raised.replace("pro_rata, below_zero: negative", "pro_rata, below_zero: zero"))
    assert upper_bounds_of_each(kept) == []
    assert "3. b: 100 000 kr\n" in workflow.annex(kept, lang="sv").replace("\u00a0", " ")
    backed = contract(repeated(TEXT) + GUARANTEE)
    assert upper_bounds_of_each(backed) == []


OTHERWISE = (
    TEXT.replace('cap: "1000000"', 'cap: "1000000"\n      when: {figure: done, ge: "5"}')
    + """    b:
      payers: {fund: "1"}
      payee: provider
      pays: {fixed: "700"}
      when: {not: {figure: done, ge: "5"}}
"""
)


def least(found: Contract) -> list[str]:
    return lower_bounds(found, minimum_total(found))


def test_a_least_that_is_never_paid_is_marked() -> None:
    """One of the two lines always pays, so that nothing at all is never paid: at least 700."""
    found = contract(OTHERWISE)
    assert (minimum_total(found), least(found)) == ("0", ["minimum_total"])
    assert least(contract(TEXT)) == []
    assert lower_bounds(found, "700") == []
    assert lower_bounds(found, "699") == ["minimum_total"]
    assert lower_bounds(found, None) == []


@pytest.mark.parametrize(("then", "marked"), [("pay_nothing_more", False), ("refer", True)])
def test_a_least_that_an_ending_alone_gives_is_reached(then: str, marked: bool) -> None:
    ends = f'termination: {{merger: {{event: {{sv: "sammanslagning", en: "merger"}}, then: {then}}}}}\n'
    found = contract(OTHERWISE.replace("figures:", f"{ends}figures:", 1))
    assert minimum_total(found) == "0"
    assert least(found) == (["minimum_total"] if marked else [])


def test_the_mark_of_the_least_is_printed_with_what_it_means(
    tmp_path: Path, effekt: Callable[..., tuple[int, str, str]]
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(OTHERWISE, encoding="utf-8")
    for lang, least, meaning in (
        ("en", "at least SEK 0 (lower bound) and", "Less than a lower bound is never paid; no values of the figures"),
        ("sv", "lägst 0 kr (undre gräns) och", "Mindre än en undre gräns betalas aldrig; inga värden på siffrorna"),
    ):
        out = effekt("check", path, "--lang", lang, "--std-error", "2", "--effect", "9", "--figure", "done")[1]
        assert least in out.replace("\u00a0", " ")
        assert meaning in out
    told = json.loads(effekt("check", path, "--json")[1])
    assert (told["minimum_total"], told["lower_bounds"]) == ("0", ["minimum_total"])


@pytest.mark.parametrize("name", case_names())
def test_the_least_of_the_cases_is_reached(name: str) -> None:
    assert least(read_contract(workflow.case(name) / "contract.yaml")) == []
