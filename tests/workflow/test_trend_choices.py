"""Contracts on a trend-adjusted figure with younger choices: settled, and followed a second time."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from deciding import read_decided
from small_cases import small_sick_leave

from effekt import workflow
from effekt._inference import Draws
from effekt.certificates import DEMO_KEY
from effekt.estimators.trend import block_bootstrap, hac
from effekt.exceptions import ContractError
from effekt.reports.text import certificate_text

CHECKS = 'checks: [regression_to_mean, baseline_choice, placebo_in_time]\n    threshold: "0.12"'
SERIES = "own_unit: removed\n    series_units: 11"
CHOICES = {
    "mean of ratios": ("comparator: others", "trend: mean_of_ratios"),
    "mean of period ratios": ("comparator: others", "trend: mean_of_period_ratios"),
    "checks": ("comparator: others", CHECKS),
    "adopters": ("comparator: others", "adopters: [Bjuv, Landskrona]"),
    "inference choice": ("comparator: others", "checks: [inference_choice]"),
    "groups": ("comparator: others", "placebos: groups\n    draws: 999"),
    "level": ("comparator: others", "level_correction: regression"),
    "log level": ("comparator: others", "level_correction: log_regression"),
    "words": ("comparator: others", "checks: [{check: spill_over, adopters: [Bjuv]}]"),
    "series": ("comparator: Regionen", SERIES),
    "series and checks": ("comparator: Regionen", f"{SERIES}\n    {CHECKS}"),
    "a year left out": ("comparator: others", 'excluded: [["2017", "2017"]]'),
    "a year left out, in words": ("comparator: others", "excluded: [kalenderåret 2015]"),
    "difference": ("comparator: others", "same_months: false"),
    "mean of periods": ("comparator: others", "same_months: false"),
    "spread": ("comparator: others", "same_months: false"),
}
INSTEAD = {  # of what the case declares
    "groups": {'treated: "Klippan"': "treated: [Klippan, Bjuv]"},
    "words": {'["2014", "2015"]': "kalenderåren 2014–2015", '["2016", "2018"]': "years 2016 to 2018"},
    "difference": {"adjustment: ratio": "adjustment: difference"},
    "mean of periods": {"mean: ratio_of_sums": "mean: mean_of_periods"},
    "spread": {"inference: placebo": "inference: placebo_variance"},
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_contract_on_a_choice_is_settled_and_followed(choice: str, tmp_path: Path) -> None:
    comparator, option = CHOICES[choice]
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    if "series" in choice:  # the plain mean of the eleven, to the digits a publisher would give
        table = folder / "helsingborg_sick_leave.csv"
        rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
        years = {year: [float(value) for _, other, value in rows if other == year] for _, year, _ in rows}
        lines = [f"Regionen,{year},{sum(values) / len(values):.4f}" for year, values in years.items()]
        table.write_text("\n".join([table.read_text(encoding="utf-8").rstrip(), *lines, ""]), encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    for declared, instead in INSTEAD.get(choice, {}).items():
        assert declared in text
        text = text.replace(declared, instead)
    text = text.replace("comparator: others", comparator).replace("missing: raise", f"missing: raise\n    {option}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:reduction"] == "reproduced"
    assert verdicts["recomputed:reduction"] == "reproduced"
    assert verdicts["result:absence"] == "reproduced"


STANDARDS = {
    "own": "standard: treated_reference",
    "named": 'standard: [{sex: F, weight: "0.7"}, {sex: M, weight: "0.3"}]',
}
DECLARED = (
    "checks: [{check: substitution, outcome: [long, people]}, {check: level_break, at: 2017}, "
    '{check: spill_over, share: "0.1"}, '
    "{check: heaping, counts: [n13, n14, n15]}]"
)


def strata(folder: Path) -> str:
    """The case with sick days and people by sex in place of one percentage, and its contract text."""
    table = folder / "helsingborg_sick_leave.csv"
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    lines = ["municipality,year,sex,short,long,people,n13,n14,n15"]
    for i, (place, year, value) in enumerate(rows):
        for sex, level in (("F", 1.2), ("M", 0.8)):
            people = 100 + (7 * i) % 30
            ended = f"2,{9 if int(year) > 2015 else 2},3"
            days = f"{float(value) * level * people:.2f},{300 + i % 7}"
            lines.append(f"{place},{year},{sex},{days},{people},{ended}")
    table.write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    return text.replace("column: sick_leave_percent", "column: [short, people]")


def test_a_contract_on_workplaces_is_settled_and_followed(tmp_path: Path) -> None:
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    table = folder / "helsingborg_sick_leave.csv"
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    lines = ["municipality,year,place,days,people"]
    for i, (unit, year, value) in enumerate(rows):
        lines += [f"{unit},{year},w{k},{float(value) * (10 + k) + (7 * i + 5 * k) % 9:.2f},{10 + k}" for k in range(7)]
    table.write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("column: sick_leave_percent", "column: [days, people]").replace(
        "weights: none", "weights: denominator"
    )
    text = text.replace("inference: placebo\n", "inference: cluster\n    cluster: place\n")
    bound = (
        "  bound:\n    label: {sv: gränsen, en: the bound}\n    estimate: absence\n    view: relative_improvement\n"
        '    statistic: confidence_low\n    level: "0.95"\n    alternative: greater\n    digits: 4\n'
        "    unit: fraction\n    on_unavailable: refer\n"
    )
    text = text.replace("payment:\n", f"{bound}payment:\n")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    assert any(note.code == "cluster" for note in certificate.results["absence"].notes)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:reduction"] == "reproduced"
    assert verdicts["recomputed:bound"] == "reproduced"
    assert verdicts["independent:bound"] == "reproduced"


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_standardised_contract_is_settled_and_followed(standard: str, tmp_path: Path) -> None:
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    option = f"standardize: [sex]\n    {STANDARDS[standard]}\n    {DECLARED}"
    text = strata(folder).replace("missing: raise", f"missing: raise\n    {option}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    workflow.check(contract)
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    names = [one.name for one in certificate.results["absence"].diagnostics]
    assert {"composition_change", "substitution", "level_break", "spill_over", "heaping"} <= set(names)
    heap = certificate.results["absence"].diagnostics[names.index("heaping")]
    assert heap.status == "warning"
    assert heap.table is not None
    assert heap.table["spells"] == (12, 54, 18)  # three years, women and men
    assert heap.table["spells_reference"] == (8, 8, 12)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:reduction"] == "reproduced"
    assert verdicts["recomputed:reduction"] == "reproduced"


def test_a_crude_contract_with_strata_beside_it_is_settled_and_followed(tmp_path: Path) -> None:
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    option = "checks: [{check: composition_change, standardize: [sex], standard: treated_reference}]"
    text = strata(folder).replace("missing: raise", f"missing: raise\n    {option}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    workflow.check(contract)
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    (drift,) = [one for one in certificate.results["absence"].diagnostics if one.name == "composition_change"]
    assert drift.values["n_strata"] == 2
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:reduction"] == "reproduced"
    assert verdicts["recomputed:reduction"] == "reproduced"
    workflow.report(certificate, folder / "page.sv.html", lang="sv")
    assert "vilka som jämfördes, då och nu" in (folder / "page.sv.html").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (
            "standardize: [sex]",
            "`standard` must be declared with `standardize`: 'treated_reference', or a list with the",
        ),
        (
            'standardize: [sex]\n    standard: [{age: "30", weight: "1"}]',
            "`standard` must give each stratum as {sex: …, weight: '0.25'}; got {'age': '30', 'weight': '1'}.",
        ),
        (
            "checks: [{check: level_break, at: 2016}]",
            "`at` must lie in `reference_window` (2014 to 2015) or `evaluation_window` (2016 to 2018), after its first",
        ),
        (
            'checks: [{check: spill_over, share: "20"}]',
            "`share` must be a number between 0 and 1, ends apart; got '20'.",
        ),
        (
            "checks: [luck]",
            "`checks` must be 'regression_to_mean', 'baseline_choice', 'placebo_in_time', 'inference_choice'",
        ),
    ],
)
def test_what_no_data_could_serve_is_refused_before_there_are_any(option: str, sentence: str, tmp_path: Path) -> None:
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    text = strata(folder).replace("missing: raise", f"missing: raise\n    {option}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refusal:
        workflow.check(workflow.read_contract(folder / "contract.yaml"))
    key = sentence.split("`")[1]
    start = f"    {key}:" if f"    {key}:" in text else "  absence:"
    line = next(i for i, row in enumerate(text.splitlines(), start=1) if row.startswith(start))
    assert str(refusal.value).startswith(f"line {line}: analysis.absence: {sentence}")


def test_the_edition_of_the_data_stands_in_the_certificate_and_on_its_page(tmp_path: Path) -> None:
    folder = tmp_path / "trend"
    shutil.copytree(workflow.case("helsingborg"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    stated = "personalnyckeltal 2014–2018, Familjen Helsingborg"
    assert f'vintage: "{stated}"' in text
    text = text.replace(stated, "published 2019-03-04")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    contract = workflow.read_contract(folder / "contract.yaml")
    certificate = workflow.settle(contract, date="2026-11-26")
    assert [one.text.en for one in certificate.results["absence"].notes if one.code == "data_vintage"] == [
        "Data as of: published 2019-03-04. A later revision is another figure."
    ]
    workflow.report(certificate, folder / "page.html")
    assert "Dataversion: published 2019-03-04." in (folder / "page.html").read_text(encoding="utf-8")


BLOCKS = """inference: block_bootstrap
    blocks: moving
    block_length: 6
    draws: 199
    rng: 20260101"""


def monthly(folder: Path, inference: str, statistic: str = "confidence_at_least") -> workflow.Contract:
    """The case by month, of fewer municipalities, with another inference, whose placebo figure is left out."""
    small_sick_leave(folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("  placebo_sd:\n")
    text = head + rest[rest.index("  confidence_any:") :]
    text = text.replace("inference: placebo", inference).replace(
        "statistic: confidence_at_least", f"statistic: {statistic}"
    )
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


def test_blocks_are_drawn_again_to_the_same_figures_by_both_routes(tmp_path: Path) -> None:
    folder = tmp_path / "blocks"
    contract = monthly(folder, BLOCKS)
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    (note,) = [one for one in certificate.results["absence"].notes if one.code == "block_bootstrap"]
    assert "Ensam är den ingen grund för betalning." in note.text.sv
    assert not isinstance(certificate.results["absence"].inference, Draws)  # no raw draws leave the house
    found = workflow.verify(folder / "certificate.json", contract=contract)
    findings = {finding.name: finding for finding in found.findings}
    for name in ("recomputed:reduction", "recomputed:confidence_any", "result:absence", "independent:reduction"):
        assert findings[name].verdict == "reproduced"
    assert findings["independent:confidence_any"].verdict == "reproduced"


def test_other_draws_of_blocks_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package patched to draw from another seed settles and computes again alike; the second route does not."""
    contract = gated(tmp_path / "blocks", BLOCKS.replace("199", "99"), "confidence_low")
    honest = block_bootstrap._counts
    monkeypatch.setattr(
        block_bootstrap, "_counts", lambda periods, how, rng: honest(periods, how, np.random.default_rng(5))
    )
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:confidence_any"] == "reproduced"
    assert verdicts["independent:confidence_any"] == "different"


def test_what_the_periods_say_is_computed_twice(tmp_path: Path) -> None:
    contract = monthly(tmp_path / "case", "inference: hac")
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["independent:reduction"] == verdicts["independent:confidence_any"] == "reproduced"


def test_another_long_run_variance_is_found_on_the_altered_machine_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = hac._long_run
    monkeypatch.setattr(hac, "_long_run", lambda moves, number: whole(moves, number) * 400)
    contract = monthly(tmp_path / "case", "inference: hac")
    certificate = workflow.settle(contract, date="2026-11-26").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:confidence_any"] == "reproduced"
    assert verdicts["independent:confidence_any"] == "different"
    assert not found.ok


@pytest.mark.parametrize("left_out", ["blocks: moving", "block_length: 6", "draws: 199", "rng: 20260101"])
def test_a_contract_leaves_nothing_of_the_blocks_to_a_default(left_out: str, tmp_path: Path) -> None:
    contract = monthly(tmp_path / "blocks", BLOCKS.replace(f"\n    {left_out}", ""))
    with pytest.raises(ContractError, match=f"lacks the argument '{left_out.partition(':')[0]}'"):
        workflow.check(contract)


def gated(folder: Path, inference: str, statistic: str = "confidence_at_least") -> workflow.Contract:
    """The same, with money on whether the figure on certainty is large enough."""
    contract = monthly(folder, inference)
    text = contract.raw.decode("utf-8")
    assert text.count("      payee: ") == 1
    text = text.replace("      payee: ", '      when: {figure: confidence_any, ge: "0.9"}\n      payee: ')
    if statistic == "confidence_low":
        text = text.replace('    threshold: "0"\n', '    level: "0.95"\n    alternative: greater\n')
        text = text.replace("statistic: confidence_at_least", "statistic: confidence_low")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return read_decided(folder / "contract.yaml")


@pytest.mark.parametrize("statistic", ["confidence_at_least", "confidence_low"])
@pytest.mark.parametrize(("inference", "lowest"), [(BLOCKS, "57.5"), ("inference: hac", "75.9")])
def test_a_gate_on_bounds_that_cover_too_little_is_warned_of(
    inference: str, lowest: str, statistic: str, tmp_path: Path
) -> None:
    contract = gated(tmp_path / "case", inference, statistic)
    (told,) = [one for one in workflow.check(contract).cautions if "does not hold its level" in one.en]
    assert told.en.startswith("Money hangs on The confidence that the reduction is above zero (confidence_any), ")
    assert f"{lowest}%" in told.en
    assert told.sv.startswith("Pengar hänger på ")
    assert f"{lowest.replace('.', ',')}\N{NO-BREAK SPACE}%" in told.sv
    if statistic == "confidence_low":
        page = " ".join(certificate_text(workflow.settle(contract, date="2026-11-26"), "en").split())
        assert "! These intervals are too short" in page


def test_bounds_that_no_money_hangs_on_and_methods_that_hold_their_level_are_not_warned_of(tmp_path: Path) -> None:
    for name, contract in (
        ("loose", monthly(tmp_path / "loose", BLOCKS)),
        ("placebo", gated(tmp_path / "placebo", "inference: placebo")),
    ):
        assert not [one for one in workflow.check(contract).cautions if "does not hold its level" in one.en], name
