"""What would be paid at the bounds of missing outcomes and with other windows: by hand, and by settling so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided
from small_cases import small_sick_leave

from effekt import workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, public_key, public_text, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, parse_attestation
from effekt.exceptions import ContractError
from effekt.reports.compose import compose
from effekt.reports.document import Items, Paragraph, Table
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


WINDOWS = {
    "Reference window 2016-01–2016-12": ("2016-01", "2016-12"),
    "Reference window 2016-01–2017-12": ("2016-01", "2017-12"),
    "Reference window 2017-01–2017-12": ("2017-01", "2017-12"),
    "Reference window 2017-01–2018-12": ("2017-01", "2018-12"),
    "Reference window 2018-01–2018-12": ("2018-01", "2018-12"),
}


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"adjustment: ratio ": "adjustment: difference "},
        {
            "adjustment: ratio ": "adjustment: none ",
            "inference: placebo": "inference: none",
            "others ": "none ",
            "weights: denominator": "weights: none",
        },
        {"missing: raise": "missing: raise\n    level_correction: regression"},
        {"missing: raise": "missing: raise\n    same_months: true", '"2021-12"]': '"2021-06"]'},
    ],
)
def test_the_amount_with_another_reference_window_is_that_of_a_contract_with_it(
    tmp_path: Path, choices: dict[str, str]
) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    for written, other in choices.items():
        assert text.count(written) == 1
        text = text.replace(written, other)
    path.write_text(text, encoding="utf-8")
    certificate = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    found = {one.label.en: one for one in amounts_otherwise(certificate)["windows"]}
    assert list(found) == list(WINDOWS)
    assert "windows" not in lacking(certificate)
    for label, (first, last) in WINDOWS.items():
        path.write_text(text.replace('["2016-01", "2018-12"]', f'["{first}", "{last}"]'), encoding="utf-8")
        other = workflow.settle(workflow.read_contract(path), date="2022-03-15")
        assert found[label].settlement.total == other.settlement.total
        assert found[label].values == {"reduction": other.figures[0].value}
        assert found[label].values["reduction"] != certificate.figures[0].value
    assert len({one.settlement.total for one in found.values()}) > 1


def test_other_windows_are_settled_on_as_where_the_file_asks_for_them(tmp_path: Path) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    plain = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    path.write_text(text.replace("    missing: raise", "    missing: raise\n    checks: [baseline_choice]"), "utf-8")
    asked = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    assert plain.results["absence"].to_json() == asked.results["absence"].to_json()
    assert plain.results["absence"].arguments["checks"] == ["baseline_choice"]
    several = '    missing: raise\n    checks: [placebo_in_time]\n    threshold: "0.12"'
    path.write_text(text.replace("    missing: raise", several), encoding="utf-8")
    with_another = workflow.estimate(workflow.read_contract(path))["absence"]
    checks = {one.name: one for one in with_another.diagnostics}
    assert with_another.arguments["checks"] == ["placebo_in_time", "baseline_choice"]
    reaching = sum(relative <= -0.12 for relative in checks["baseline_choice"].table["relative"])
    assert checks["baseline_choice"].values["n_reaching"] == reaching > 0


def test_an_analysis_that_pays_on_no_point_estimate_has_no_other_windows(tmp_path: Path) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("figure: reduction, points", "figure: confidence_any, points")
    path.write_text(text, encoding="utf-8")
    certificate = workflow.settle(read_decided(path), date="2022-03-15")
    assert "baseline_choice" not in {one.name for one in certificate.results["absence"].diagnostics}
    assert amounts_otherwise(certificate) == lacking(certificate) == {}


def test_no_order_of_the_rows_moves_an_amount_with_another_window(tmp_path: Path) -> None:
    path = small_sick_leave(tmp_path) / "contract.yaml"
    first = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    header, *rows = (tmp_path / "panel.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "panel.csv").write_bytes(header + b"".join(sorted(rows, key=lambda row: row[::-1])))
    again = workflow.settle(workflow.read_contract(path), date="2022-03-15")
    assert first.data["panel"].sha256 != again.data["panel"].sha256
    assert first.results["absence"].to_json() == again.results["absence"].to_json()
    assert amounts_otherwise(first) == amounts_otherwise(again)


def test_a_tampered_amount_with_another_window_is_named(tmp_path: Path) -> None:
    read = workflow.read_contract(small_sick_leave(tmp_path) / "contract.yaml")
    certificate = workflow.settle(read, date="2022-03-15").sign(DEMO_KEY)
    workflow.report(certificate, tmp_path / "page.html", lang="sv")
    assert workflow.verify(tmp_path / "page.html", contract=read).ok

    def forged(change: Callable[[dict[str, Any], int], object]) -> Certificate:
        tree = json.loads(certificate.envelope.payload)
        result = tree["predicate"]["results"]["absence"]
        (at,) = (i for i, one in enumerate(result["diagnostics"]) if one["name"] == "baseline_choice")
        change(result, at)
        return Certificate(sign(Envelope(payload=canonical_json(tree)), DEMO_KEY))

    def lowered(result: dict[str, Any], at: int) -> None:
        result["diagnostics"][at]["table"]["relative"][0] -= 0.01

    def removed(result: dict[str, Any], at: int) -> None:
        del result["diagnostics"][at], result["arguments"]["checks"]

    moved, without = forged(lowered), forged(removed)
    names = [one.name for one in workflow.verify(moved, contract=read).differences]
    assert names == ["analysis:absence", "result:absence", "independent_reading:windows"]
    mine, its = (amounts_otherwise(one)["windows"][0].settlement.total for one in (certificate, moved))
    assert mine != its
    names = [one.name for one in workflow.verify(without, contract=read).differences]
    assert names == ["analysis:absence", "result:absence", "independent_reading:windows"]
    assert [one.en for one in lacking(without)["windows"]] == [
        "absence: The certificate does not hold the amount under other reference windows, so it is not known."
    ]


YEARS = (
    TRIAL[: TRIAL.index("analysis:")].replace("randomised", "comparison")
    + """\
analysis:
  days:
    method: trend_adjusted
    data: people
    outcome: {column: days, unit: "days", better: lower}
    unit: unit
    time: year
    period: year
    treated: A
    reference_window: ["2018", "2018"]
    evaluation_window: ["2019", "2019"]
    comparator: others
    weights: none
    adjustment: difference
    mean: mean_of_periods
    inference: none
    missing: raise
    minimum_n: none
figures:
  fewer: {estimate: days, view: improvement, statistic: estimate, without_inference: pay, digits: 2, unit: days}
measures: {fewer: {step: outcome, source: {sv: "registret", en: "the register"}}}
payment:
  currency: SEK
  quantum: "1"
  rounding: half_up
  lines:
    premium:
      payers: {state: "1"}
      payee: fund
      pays: {unit_price: {price: "100", figure: fewer, below_zero: zero}}
"""
)


def years(folder: Path, *rows: str, text: str = YEARS) -> Certificate:
    """Settled on the days of unit A and of others, year by year to 2019."""
    lines = [
        f"{unit},{2020 - len(row.split()) + i},{days}\n"
        for unit, row in zip("ABCDEFG"[: len(rows)], rows, strict=True)
        for i, days in enumerate(row.split())
    ]
    (folder / "people.csv").write_text("unit,year,days\n" + "".join(lines), encoding="utf-8")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.settle(read_decided(folder / "contract.yaml"), date="2021-06-01")


def test_another_window_by_hand_and_why_there_is_none(tmp_path: Path) -> None:
    # Without the intervention 5 − (3 − 2) by 2018, and 7 − (4 − 2) by 2017 or 6 − (3.5 − 2) by both; 3 with it.
    certificate = years(tmp_path, "7 5 3", "4 3 2", "4 3 2")
    found = amounts_otherwise(certificate)["windows"]
    assert certificate.settlement.total == "100"
    assert [(one.label.en, one.settlement.total) for one in found] == [
        ("Reference window 2017", "200"),
        ("Reference window 2017–2018", "150"),
    ]
    same = amounts_otherwise(years(tmp_path, "6 5 3", "4 3 2", "4 3 2"))["windows"]  # 6 − (4 − 2) and 5.5 − (3.5 − 2)
    assert [(one.values, one.settlement.total) for one in same] == [({}, "100")] * 2


def test_a_window_without_a_line_for_its_level_is_told(tmp_path: Path) -> None:
    """By 2017 the others are all at the same level, so that no line can be drawn through them."""
    corrected = YEARS.replace("missing: raise", "missing: raise\n    level_correction: regression")
    others = ("4 2 2", "4 3 2", "4 4 3", "4 5 5", "4 6 4", "4 7 5")
    certificate = years(tmp_path, "5 5 3", *others, text=corrected)
    assert [one.label.en for one in amounts_otherwise(certificate)["windows"]] == ["Reference window 2017–2018"]
    (told,) = lacking(certificate)["windows"]
    assert told.en.startswith("days: With 2 admissible reference windows")
    assert told.en.endswith("For 1 more no line can be drawn, so that there is no value.")
    without = years(tmp_path, "5 5 3", "3 2 2", "3 3 2", *others[2:], text=corrected)
    assert len(amounts_otherwise(without)["windows"]) == 2
    assert "windows" not in lacking(without)


def test_many_windows_that_change_the_payment_are_counted_in_its_sentence(tmp_path: Path) -> None:
    certificate = years(tmp_path, "9 8 7 6 5 3", "4 4 4 4 3 2", "4 4 4 4 3 2")
    found = amounts_otherwise(certificate)["windows"]
    assert [one.settlement.total for one in found].count("100") == 2  # 6 − (4 − 2) and 5.5 − (3.5 − 2)
    section = next(one for one in compose(certificate).sections if one.id == "sensitivity")
    (told,) = (block.text for block in section.blocks if isinstance(block, Paragraph))
    assert told.en.endswith("Before and after, with no comparator and Other reference windows (12 of 14).")
    assert told.sv.endswith(" och Andra referensfönster (12 av 14).")
    (table,) = (block for block in section.blocks if isinstance(block, Table) and len(block.rows) == 15)
    assert table.caption.en == "Other reference windows"


@pytest.mark.parametrize(
    ("rows", "total", "why"),
    [
        (
            ("5 3", "3 2", "3 2"),
            "100",
            Text(
                en="The data have no other admissible reference window than the declared one.",
                sv="Data har inget annat tillåtet referensfönster än det avtalade.",
            ),
        ),
        (
            ("3 2 1", "7 5 2", "7 5 2"),  # without the intervention 2 − (5 − 2)
            "0",
            Text(
                en="The counterfactual is not above zero, so there is no relative change to give under other reference "
                "windows.",
                sv="Det kontrafaktiska värdet är inte över noll, så det finns ingen relativ förändring att ange med "
                "andra referensfönster.",
            ),
        ),
        (
            ("6 5 0", "4 3 2", "4 3 2"),
            "400",
            Text(
                en="The outcome of the treated is not above zero, so the relative changes under other reference "
                "windows give no amount.",
                sv="De behandlades utfall är inte över noll, så de relativa förändringarna med andra referensfönster "
                "ger inget belopp.",
            ),
        ),
    ],
)
def test_why_no_amount_with_another_window_is_known(
    tmp_path: Path, rows: tuple[str, ...], total: str, why: Text
) -> None:
    certificate = years(tmp_path, *rows)
    assert certificate.settlement.total == total
    assert "windows" not in amounts_otherwise(certificate)
    assert lacking(certificate)["windows"] == (Text(en=f"days: {why.en}", sv=f"days: {why.sv}"),)
    signed = certificate.sign(DEMO_KEY)
    assert workflow.verify(signed, contract=workflow.read_contract(tmp_path / "contract.yaml")).ok


SERIES = YEARS.replace("comparator: others", "comparator: B").replace("adjustment: difference", "adjustment: ratio")
KEPT = {
    "units that are not said": (
        "own_unit: kept",
        "days: The contract does not say of how many units the comparator's series is the plain mean (series_units), "
        "so the amount with the treated units taken out of it is not known.",
    ),
    "a ratio of sums": (
        "own_unit: kept\n    series_units: 9",
        "days: The outcome is a ratio of sums, and without weights (weights: none) the comparator's series is not, so "
        "the amount with the treated units taken out of it is not known.",
    ),
    "a series that cannot hold them": (
        "own_unit: kept\n    series_units: 3",
        "days: There is no amount with the treated units taken out of the comparator's series: it cannot contain them "
        "as it stands, or what it then predicts is not above zero.",
    ),
    "one that can": ("own_unit: kept\n    series_units: 9", None),
    "one without them": ("own_unit: absent", None),
}


@pytest.mark.parametrize("name", KEPT)
def test_why_the_amount_without_the_treated_in_the_series_is_not_known(name: str, tmp_path: Path) -> None:
    declared, why = KEPT[name]
    text = SERIES.replace("missing: raise", f"missing: raise\n    {declared}")
    certificate = years(tmp_path, "7 9 3", "2 2 2" if name == "a series that cannot hold them" else "4 3 2", text=text)
    if name == "a ratio of sums":
        text = text.replace("column: days", "column: [days, posts]").replace("mean_of_periods", "ratio_of_sums")
        (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
        header, *lines = (tmp_path / "people.csv").read_text(encoding="utf-8").splitlines()
        rows = "".join(f"{line},1\n" for line in lines)
        (tmp_path / "people.csv").write_text(f"{header},posts\n{rows}", encoding="utf-8")
        certificate = workflow.settle(read_decided(tmp_path / "contract.yaml"), date="2021-06-01")
    assert certificate.settlement.total is not None
    assert [one.en for one in lacking(certificate).get("designs", ())] == ([] if why is None else [why])
    shown = [one.label.en for one in amounts_otherwise(certificate)["designs"]]
    assert ("The treated units taken out of the comparator's series" in shown) is (name == "one that can")
    page = compose(certificate).sections
    (section,) = (one for one in page if one.id == "sensitivity")
    said = [text.en for block in section.blocks if isinstance(block, Items) for text in block.items]
    assert (why in said) is (why is not None)


def test_a_file_that_asks_for_other_windows_itself_is_settled_where_there_are_none(tmp_path: Path) -> None:
    rows = ("3 2 1", "7 5 2", "7 5 2")  # without the intervention 2 − (5 − 2)
    unasked, asked = tmp_path / "unasked", tmp_path / "asked"
    unasked.mkdir()
    asked.mkdir()
    plain = years(unasked, *rows)
    written = years(asked, *rows, text=YEARS.replace("missing: raise", "missing: raise\n    checks: [baseline_choice]"))
    assert plain.results["days"].to_json() == written.results["days"].to_json()
    assert plain.settlement.total == written.settlement.total == "0"
    assert lacking(plain)["windows"] == lacking(written)["windows"]


def test_a_window_without_a_relative_change_is_told_beside_the_amounts(tmp_path: Path) -> None:
    certificate = years(tmp_path, "2 6 5 3", "9 4 3 2", "9 4 3 2")
    found = [one.label.en for one in amounts_otherwise(certificate)["windows"]]
    # 2016 gives 2 − (9 − 2), and 2016–2017 gives 4 − (6.5 − 2).
    assert found == ["Reference window 2016–2018", "Reference window 2017", "Reference window 2017–2018"]
    (told,) = lacking(certificate)["windows"]
    assert told.en.startswith("days: With 4 admissible reference windows")
    assert told.en.endswith(
        "For 2 more there is no relative change: a mean that it rests on is not above zero, or has no value."
    )


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


COUNTED = """\
  counted:
    method: outcome_count
    minimum_n: none
    data: schools
    unit: school
    outcome: {column: took, unit: "schools", better: higher}
    statistic: count
    at_least: 1
    missing: raise
figures:
  held: {measure: counted, digits: 0, unit: cluster}
"""


@pytest.mark.parametrize(("schools", "total"), [(3, "30000"), (2, "15000")])
def test_a_count_that_only_decides_which_figure_counts_is_no_design(schools: int, total: str, tmp_path: Path) -> None:
    """It is no trial, and the certificate's evidence is that of the trial whose figure it chooses."""
    attested = next(line for line in LADDER.splitlines() if "attested" in line)
    ladder = LADDER.replace("figures:\n", COUNTED, 1).replace(f"{attested}\n", "").replace('"10"', '"3"')
    text = TRIAL.replace("figures:\n", ladder, 1).replace("figure: gain, below_zero", "figure: effect, below_zero")
    text = text.replace('{figure: gain, ge: "0.32"}', '{figure: effect, ge: "0.1"}')
    text = text.replace("data:\n", 'data:\n  schools: {path: "schools.csv"}\n', 1)
    text += 'measures: {held: {step: parameter, source: {sv: "listan", en: "the list"}}}\n'
    rows = "".join(f"{name},{int(place < schools)}\n" for place, name in enumerate("abcd"))
    (tmp_path / "schools.csv").write_text(f"school,took\n{rows}", encoding="utf-8")
    certificate = workflow.settle(contract(tmp_path, "1111110000", "1110000000", text), date="2021-06-01")
    assert certificate.settlement.total == total
    assert [one.label.en for one in certificate.evidence] == ["Randomised trial, intention to treat"]
    with pytest.raises(ContractError, match="attribution"):
        workflow.check(
            contract(tmp_path, "1", "0", text.replace("figure: effect, below_zero", "figure: held, below_zero"))
        )


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


def test_what_the_file_does_not_ask_for_is_told_before(tmp_path: Path) -> None:
    read = workflow.read_contract(small_sick_leave(tmp_path) / "contract.yaml")
    asked = {one.field: one.text.en for one in workflow.undecided(read)}
    assert "other_windows" not in asked
    assert asked["alternatives"] == (
        "The file does not ask for the amount under another comparator of reduction, so no page shows it."
    )
    assert "run_log" in asked
