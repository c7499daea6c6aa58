"""What would be paid at the bounds of missing outcomes and with other windows: by hand, and by settling so."""

from __future__ import annotations

from pathlib import Path

import pytest
from deciding import read_decided
from small_cases import small_sick_leave

from effekt import workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY, public_key, public_text
from effekt.contracts import Contract, parse_attestation
from effekt.reports.compose import compose
from effekt.reports.document import Items
from effekt.reports.lacking import lacking
from effekt.reports.otherwise import amounts_otherwise, changes

TRIAL = f"""\
schema: effekt/contract/1
id: trial
title: {{sv: "Försök", en: "Trial"}}
parties:
  state: {{role: payer, name: "Staten"}}
  fund: {{role: investor, name: "Fonden"}}
  verifier: {{role: verifier, name: "Granskaren", keys: ["{public_text(public_key(DEMO_KEY))}"]}}
signing: {{threshold: 1, roles: [verifier]}}
dates: {{signed: "2020-01-01", outcome_data_from: "2021-01-01"}}
attribution: randomised
data:
  people: {{path: "people.csv"}}
analysis:
  work:
    method: randomized_trial
    data: people
    outcome: {{column: works, unit: "share", better: higher}}
    treatment: lot
    adjustment: none
    estimand: ATE
    population: super
    variance: HC2
    missing: drop
figures:
  gain: {{estimate: work, view: improvement, statistic: estimate, digits: 4, unit: share}}
  base: {{estimate: work, view: improvement, statistic: counterfactual_mean, digits: 4, unit: share}}
  spread:
    {{estimate: work, view: improvement, statistic: std_error, digits: 4, unit: share, on_unavailable: refer}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    premium:
      payers: {{state: "1"}}
      payee: fund
      pays: {{unit_price: {{price: "100000", figure: gain, below_zero: zero}}}}
      when: {{all: [{{figure: gain, ge: "0.32"}}, {{figure: base, gt: "0"}}, {{figure: spread, lt: "0.5"}}]}}
"""


def people(treated: str, control: str) -> str:
    """Rows of a table; a dash is a missing outcome."""
    rows = [(lot, works) for lot, arm in (("1", treated), ("0", control)) for works in arm]
    return "lot,works\n" + "".join(f"{lot},{'' if works == '-' else works}\n" for lot, works in rows)


def contract(folder: Path, treated: str, control: str, text: str = TRIAL) -> Contract:
    (folder / "people.csv").write_text(people(treated, control), encoding="utf-8")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


def test_the_amount_at_each_bound_of_missing_outcomes(tmp_path: Path) -> None:
    # 6 of 8 seen of 10 treated, 3 of 10 controls: 0.75 − 0.30. Lee trims the controls to a mass of 8, from the bottom
    # (1 of 8) or the top (3 of 8); Manski gives the two missing 0 or 1.
    certificate = workflow.settle(contract(tmp_path, "11111100--", "1110000000"), date="2021-06-01")
    assert certificate.settlement.total == "45000"
    found = {one.label.en: one for one in amounts_otherwise(certificate)["missing"]}
    told = {label: (dict(one.values), one.settlement.total) for label, one in found.items()}
    assert told == {
        "Lower trimming bound (Lee)": ({"gain": "0.3750", "base": "0.3750"}, "37500"),
        "Upper trimming bound (Lee)": ({"gain": "0.6250", "base": "0.1250"}, "62500"),
        "Lower worst-case bound (Manski)": ({"gain": "0.3000"}, "0"),
        "Upper worst-case bound (Manski)": ({"gain": "0.5000"}, "50000"),
    }
    assert all(changes(certificate, one) for one in found.values())
    section = next(one for one in compose(certificate).sections if one.id == "sensitivity")
    assert section.heading.sv == "Vad som skulle ändra betalningen"
    assert certificate.settlement.total == "45000"


def test_where_nothing_is_missing_it_is_said(tmp_path: Path) -> None:
    certificate = workflow.settle(contract(tmp_path, "1111110000", "1110000000"), date="2021-06-01")
    assert amounts_otherwise(certificate) == {}
    assert lacking(certificate) == {
        "missing": (
            Text(
                en="work: No outcome is missing in what is analysed, so its bounds are the estimate itself.",
                sv="work: Inget utfall saknas i det som analyseras, så gränserna är skattningen själv.",
            ),
        ),
        "windows": (
            Text(
                en="work: Groups are compared by one outcome for each unit; there is no reference window.",
                sv="work: Grupper jämförs med ett utfall per enhet; det finns inget referensfönster.",
            ),
        ),
        "declared": (
            Text(
                en="work: The contract names no other comparator or design (sensitivity), so the amount under another "
                "is not known.",
                sv="work: Avtalet anger ingen annan jämförelse eller design (sensitivity), så beloppet med en annan är "
                "inte känt.",
            ),
        ),
    }
    section = next(one for one in compose(certificate).sections if one.id == "sensitivity")
    assert [block.items for block in section.blocks if isinstance(block, Items)] == [*lacking(certificate).values()][
        -1:
    ] + [*lacking(certificate).values()][:-1]


@pytest.mark.parametrize("rule", ["pay", "refer", "zero"])
def test_a_bound_counts_as_sure_as_the_estimate_is(rule: str, tmp_path: Path) -> None:
    """What tells the uncertainty stays as it is: a bound is not an estimate of which nobody can say how sure it is."""
    text = TRIAL.replace("statistic: estimate, digits", f"statistic: estimate, without_inference: {rule}, digits", 1)
    assert text != TRIAL
    certificate = workflow.settle(contract(tmp_path, "11111100--", "1110000000", text), date="2021-06-01")
    assert [one.settlement.total for one in amounts_otherwise(certificate)["missing"]] == [
        "37500",
        "62500",
        "0",
        "50000",
    ]


def test_no_bound_gives_back_a_hidden_count(tmp_path: Path) -> None:
    """The ends of the range, the bounds and how many were assigned give how many are missing."""
    text = TRIAL.replace("data:\n", "disclosure: {minimum: 5}\ndata:\n", 1)
    certificate = workflow.settle(contract(tmp_path, "11111100--", "1110000000", text), date="2021-06-01")
    assert "missing" not in amounts_otherwise(certificate)
    assert [one.en for one in lacking(certificate)["missing"]] == [
        "work: The counts of this check are hidden, because some are small."
    ] * 2
    checks = {one.name: one for one in certificate.results["work"].diagnostics}
    assert checks["differential_attrition"].values["n_missing"] is None
    for name in ("lee_bounds", "manski_bounds"):
        assert set(checks[name].values.values()) == {None}
        assert {value for column in checks[name].table.values() for value in column} <= {None}


def test_a_bound_that_is_a_whole_number_is_shown(tmp_path: Path) -> None:
    # All 4 of 5 treated who are seen work: a mean of 1, which JSON writes as a whole number. Of 6 controls 5 are seen:
    # 4.8 of them are kept: 1 / 4.8 and 0.8 / 4.8. Worst case: 4/5 − 2/6 and 1 − 1/6.
    certificate = workflow.settle(contract(tmp_path, "1111-", "00010-"), date="2021-06-01")
    gains = [one.values["gain"] for one in amounts_otherwise(certificate)["missing"]]
    assert gains == ["0.7917", "0.8333", "0.4667", "0.8333"]


def test_the_certificate_that_shows_bounds_is_verified(tmp_path: Path) -> None:
    signed = contract(tmp_path, "11111100--", "1110000000")
    certificate = workflow.settle(signed, date="2021-06-01").sign(DEMO_KEY)
    workflow.report(certificate, tmp_path / "page.html", lang="sv")
    assert workflow.verify(tmp_path / "page.html", contract=signed).ok


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_amount_with_another_reference_window_is_that_of_a_contract_with_it(
    tmp_path: Path, adjustment: str
) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("adjustment: ratio ", f"adjustment: {adjustment} ")
    path.write_text(text.replace("    missing: raise", "    missing: raise\n    checks: [baseline_choice]"), "utf-8")
    certificate = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    found = {one.label.en: one for one in amounts_otherwise(certificate)["windows"]}
    assert set(lacking(certificate)) == {"missing", "declared"}
    assert "Reference window 2016-01–2018-12" not in found
    for label, (first, last) in {
        "Reference window 2017-01–2018-12": ("2017-01", "2018-12"),
        "Reference window 2018-01–2018-12": ("2018-01", "2018-12"),
    }.items():
        path.write_text(text.replace('["2016-01", "2018-12"]', f'["{first}", "{last}"]'), encoding="utf-8")
        other = workflow.settle(workflow.read_contract(path), date="2022-03-15")
        assert found[label].settlement.total == other.settlement.total, sorted(found)
        assert found[label].settlement.total != certificate.settlement.total


LADDER = """\
figures:
  held: {attested: verifier, digits: 0, unit: cluster, question: {sv: "Antal?", en: "How many?"}}
  half: {derived: {product: [gain, "0.5"]}, digits: 4, unit: share}
  effect:
    label: {sv: "effekten", en: "the effect"}
    derived: {fallback: [{figure: gain, when: held, at_least: "10"}, {figure: half}]}
    digits: 4
    unit: share
"""
HELD = """\
schema: effekt/attestation/1
contract: trial
figures:
  held: {{value: "{held}", by: verifier, date: "2021-05-01", evidence: {{description: "lista"}}}}
"""


def test_the_amount_with_each_other_figure_of_a_ladder(tmp_path: Path) -> None:
    text = TRIAL.replace("figures:\n", LADDER, 1).replace("figure: gain, below_zero", "figure: effect, below_zero")
    text = text.replace('{figure: gain, ge: "0.32"}', '{figure: effect, ge: "0.1"}')
    text += 'measures: {held: {step: parameter, source: {sv: "listan", en: "the list"}}}\n'
    signed = contract(tmp_path, "1111110000", "1110000000", text)
    gain = ("The effect (effect): gain", {"effect": "0.3000"}, "30000")
    half = ("The effect (effect): half", {"effect": "0.1500"}, "15000")
    for held, total, others in ((None, None, [gain, half]), ("10", "30000", [half]), ("9", "15000", [gain])):
        told = [] if held is None else [parse_attestation(HELD.format(held=held).encode())]
        certificate = workflow.settle(signed, date="2021-06-01", attestations=told)
        found = amounts_otherwise(certificate)["designs"]
        assert certificate.settlement.total == total
        assert [(one.label.en, dict(one.values), one.settlement.total) for one in found] == others
        assert all(changes(certificate, one) for one in found)
    assert "declared" not in lacking(certificate)
    (asked,) = (one.text.en for one in workflow.undecided(signed) if one.field == "alternatives")
    assert asked.endswith("under another comparator or design of base, so no page shows it.")


def test_the_amount_with_another_adjustment_is_that_of_a_contract_with_it(tmp_path: Path) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    certificate = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    found = {one.label.en: one for one in amounts_otherwise(certificate)["designs"]}
    assert list(found) == ["The reference plus the comparator's change", "Before and after, with no comparator"]
    path.write_text(text.replace("adjustment: ratio ", "adjustment: difference "), encoding="utf-8")
    other = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    assert found["The reference plus the comparator's change"].settlement.total == other.settlement.total
    assert other.settlement.total != certificate.settlement.total
    back = {one.label.en: one for one in amounts_otherwise(other)["designs"]}
    assert back.pop("The reference times the comparator's change").settlement.total == certificate.settlement.total
    assert back.keys() == found.keys() - {"The reference plus the comparator's change"}
    assert [one.en for one in lacking(other)["declared"]] == [
        "absence: The contract names no other comparator (sensitivity), so the amount under another is not known."
    ]


def test_windows_that_nobody_asked_for_are_said_before_and_after(tmp_path: Path) -> None:
    read = workflow.read_contract(small_sick_leave(tmp_path) / "contract.yaml")
    (text,) = lacking(workflow.settle(read, date="2022-03-15"))["windows"]
    assert "does not ask for the amount under other reference windows (checks: baseline_choice)" in text.en
    asked = {one.field: one.text.en for one in workflow.undecided(read)}
    assert asked["other_windows"] == (
        "The file does not ask for the amount under other reference windows of absence, so no page shows it."
    )
    assert asked["alternatives"] == (
        "The file does not ask for the amount under another comparator of reduction, so no page shows it."
    )
    assert "run_log" in asked
