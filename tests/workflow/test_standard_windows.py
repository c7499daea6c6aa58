"""A contract on a figure standardised to the treated units' own population: what the page says under other windows."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pytest
from deciding import read_decided

from effekt import EffectEstimate, workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.contracts import format_money
from effekt.exceptions import DataError
from effekt.reports.otherwise import amounts_otherwise

DAY = "2026-11-26"
OWN_AGES = {"2014": (60, 20), "2015": (10, 90), "2016": (50, 50), "2017": (50, 50), "2018": (50, 50)}
VIEWS = {
    "relative": (("view: relative_improvement", "unit: fraction"), "0.2"),
    "in the outcome's unit": (("view: improvement", 'unit: "% of working time"'), "2"),
}


def settled(
    folder: Path, reference: str, *, view: str = "relative", without: tuple[str, str] | None = None
) -> Certificate:
    """The Helsingborg case by age: Klippan's young are many in 2014 and few in 2015, and improve more than its old.

    One unit, in one year, may be without anybody young.
    """
    shutil.copytree(workflow.case("helsingborg"), folder)
    table = folder / "helsingborg_sick_leave.csv"
    lines = ["municipality,year,age,days,people"]
    for place, year, value in (line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]):
        for k, age in enumerate(("-39", "40-")):
            people = OWN_AGES[year][k] if place == "Klippan" else 40 + 15 * k
            level = (1.4, 0.9)[k] * (0.8 if place == "Klippan" and age == "-39" and year > "2015" else 1)
            people = 0 if (place, year) == without and age == "-39" else people
            lines.append(f"{place},{year},{age},{round(float(value) * level * people, 2)},{people}")
    table.write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    (of, unit), full = VIEWS[view]
    for declared, instead in {
        "column: sick_leave_percent": "column: [days, people]",
        '["2014", "2015"]': reference,
        "missing: raise": "missing: raise\n    standardize: [age]\n    standard: treated_reference",
        "view: relative_improvement": of,
        "unit: fraction": unit,
        'at: "0.12"': f'at: "{full}"',
    }.items():
        assert declared in text
        text = text.replace(declared, instead)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.settle(read_decided(folder / "contract.yaml"), date=DAY)


def page_of(certificate: Certificate, folder: Path) -> str:
    """The words of the page, with single spaces."""
    workflow.report(certificate, folder / "page.html", lang="en")
    words = re.sub(r"<[^>]*>", " ", (folder / "page.html").read_text(encoding="utf-8"))
    return " ".join(html.unescape(words).split())


@pytest.mark.parametrize("view", VIEWS)
def test_the_amount_under_another_window_is_what_the_contract_with_that_window_pays(view: str, tmp_path: Path) -> None:
    certificate = settled(tmp_path / "declared", '["2014", "2015"]', view=view)
    page = page_of(certificate, tmp_path)
    readings = {one.label.en: one for one in amounts_otherwise(certificate)["windows"]}
    assert set(readings) == {"Reference window 2014", "Reference window 2015"}
    for year in ("2014", "2015"):
        alone = settled(tmp_path / year, f'["{year}", "{year}"]', view=view)
        reading = readings[f"Reference window {year}"]
        assert reading.settlement.total == alone.settlement.total
        assert reading.values["reduction"] == next(one.value for one in alone.figures if one.id == "reduction")
        amount = " ".join(format_money(alone.settlement.total or "", "SEK", "en").split())
        figure = f"The trend-adjusted reduction (reduction): {reading.values['reduction']}"
        assert f"Reference window {year} {figure} {amount} yes" in page
    totals = {certificate.settlement.total, *(one.settlement.total for one in readings.values())}
    assert len(totals) == 3  # the population alone moves much
    found = workflow.verify(certificate.sign(DEMO_KEY), contract=read_decided(tmp_path / "declared" / "contract.yaml"))
    verdicts = {one.name: one.verdict for one in found.findings}
    for name in ("result:absence", "independent_reading:windows", "independent_otherwise:windows"):
        assert verdicts[name] == "reproduced"


def test_a_year_in_which_the_treated_have_nobody_of_an_age_leaves_the_windows_as_they_are(tmp_path: Path) -> None:
    """The picture has no mean of that year, at the beginning of the declared window; the other windows are the same."""
    certificate = settled(tmp_path / "declared", '["2014", "2015"]', without=("Klippan", "2014"))
    effect = certificate.results["absence"]
    assert isinstance(effect, EffectEstimate)
    assert effect.path is not None
    assert effect.path.reference == ("2015", "2015")
    readings = {one.label.en: one for one in amounts_otherwise(certificate)["windows"]}
    assert set(readings) == {"Reference window 2014", "Reference window 2015"}
    for year in ("2014", "2015"):
        alone = settled(tmp_path / year, f'["{year}", "{year}"]', without=("Klippan", "2014"))
        assert readings[f"Reference window {year}"].settlement.total == alone.settlement.total
    found = workflow.verify(certificate.sign(DEMO_KEY), contract=read_decided(tmp_path / "declared" / "contract.yaml"))
    verdicts = {one.name: one.verdict for one in found.findings}
    assert "different" not in verdicts.values()
    assert verdicts["independent_reading:windows"] == "reproduced"


def test_a_window_that_the_contract_with_it_would_not_settle_has_no_amount_and_the_page_says_why(
    tmp_path: Path,
) -> None:
    certificate = settled(tmp_path / "declared", '["2014", "2015"]', without=("Bjuv", "2014"))
    assert [one.label.en for one in amounts_otherwise(certificate)["windows"]] == ["Reference window 2015"]
    said = "For 1 more there is no value: a stratum of the standard population has no row, or nobody in it"
    section = page_of(certificate, tmp_path).partition("What would change the payment")[2].partition(" Checks ")[0]
    assert said in section
    with pytest.raises(
        DataError, match=r"^analysis\.absence: Every stratum of the standard population must have a denom"
    ):
        settled(tmp_path / "alone", '["2014", "2014"]', without=("Bjuv", "2014"))
    found = workflow.verify(certificate.sign(DEMO_KEY), contract=read_decided(tmp_path / "declared" / "contract.yaml"))
    assert {one.name: one.verdict for one in found.findings}["independent_reading:windows"] == "reproduced"
