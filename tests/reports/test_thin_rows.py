"""A row says itself when a figure is not the estimate beside it: counted as zero, or for the matched alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from workflow.test_thin_data import LONELY, PAIRED, changed, of_total, people, settled

from effekt import workflow
from effekt.reports.text import certificate_text

EFFECT = "  effect: {estimate: work, view: improvement, statistic: estimate, digits: 2, unit: day}\n"
FEW = people(range(20, 40, 5), range(20, 40, 5), [4, 5, 6, 7])  # four pairs, too few for a standard error
SHARED = "payment_quantity: {counts: enrolled, unmatched: zero}"


def row(certificate: workflow.Certificate, id: str, lang: str) -> str:
    """The row of a figure in the table of figures, which is the first that names it."""
    lines = certificate_text(certificate, lang).replace("\u00a0", " ").splitlines()
    return next(line for line in lines if line.startswith(f"{id} "))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "counted as zero, since no standard error or p-value can be given"),
        ("sv", "räknas som noll, eftersom varken medelfel eller p-värde kan anges"),
    ],
)
def test_the_row_says_why_a_figure_is_zero(lang: str, said: str, tmp_path: Path) -> None:
    text = of_total("without_inference: zero")
    assert said in row(settled(text, FEW, tmp_path, as_it_is=True), "total", lang)
    assert said not in row(settled(text, PAIRED, tmp_path, as_it_is=True), "total", lang)
    assert said not in row(settled(of_total("without_inference: pay"), FEW, tmp_path, as_it_is=True), "total", lang)


def test_a_figure_that_is_zero_by_its_estimate_is_not_said_to_be_counted_so(tmp_path: Path) -> None:
    alike = PAIRED
    for age, day in zip(range(20, 60, 5), [5, 4, 7, 6, 5, 4, 7, 6], strict=True):  # one more and one less by turns
        alike = alike.replace(f",1,{age},10", f",1,{age},{day}")
    found = row(settled(of_total("without_inference: zero"), alike, tmp_path), "total", "en")
    assert " 0.00 " in found
    assert "counted" not in found


@pytest.mark.parametrize(
    ("lang", "said", "together"),
    [
        ("en", "counted for the 8 of 10 who have a match, the others as no effect", "Improvement for 8 together"),
        ("sv", "räknas för de 8 av 10 som har en match, övriga som ingen effekt", "Förbättring för 8 tillsammans"),
    ],
)
def test_the_row_says_for_whom_a_total_is_paid(lang: str, said: str, together: str, tmp_path: Path) -> None:
    text = changed(of_total(SHARED), (EFFECT, ""))
    made = settled(text, LONELY, tmp_path, enrolled=10)
    assert said in row(made, "total", lang)
    page = certificate_text(made, lang).replace("\u00a0", " ")
    (beside,) = [line for line in page.splitlines() if line.startswith(together)]
    assert beside.split()[-1].replace(",", ".") == "+36.00"  # what is paid for, 4.5 days for each of the eight
    assert "match, " not in row(settled(text, PAIRED, tmp_path), "total", lang)


def test_without_a_share_the_total_is_of_all(tmp_path: Path) -> None:
    text = changed(of_total("payment_quantity: {counts: enrolled, unmatched: estimate}"), (EFFECT, ""))
    made = settled(text, LONELY, tmp_path, enrolled=10)
    assert "counted for" not in row(made, "total", "en")
    (beside,) = [line for line in certificate_text(made, "en").splitlines() if line.startswith("Improvement for 10")]
    assert beside.split()[-1] == "+45.00"


def test_a_part_of_the_units_is_told_in_four_figures(tmp_path: Path) -> None:
    """8 of 9 of 10 are 8.888…: written in full it had sixteen figures, of which nobody asked for more than some."""
    one_lonely = people([*range(20, 60, 5), 90], range(20, 60, 5), [4, 5, 6, 7, 4, 5, 6, 7])
    made = settled(changed(of_total(SHARED), (EFFECT, "")), one_lonely, tmp_path, enrolled=10)
    assert "Improvement for 8.889 together" in certificate_text(made, "en")
