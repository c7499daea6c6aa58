"""A row says itself when a figure is not the estimate beside it: counted as zero, or for the matched alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from deciding import decided
from workflow.test_thin_data import LONELY, PAIRED, TEXT, changed, of_total, people, settled

from effekt import workflow
from effekt.contracts import parse_contract
from effekt.contracts.scenarios import Situation
from effekt.reports.figure_basis import figure_effects
from effekt.reports.text import certificate_text

EFFECT = "  effect: {estimate: work, view: improvement, statistic: estimate, digits: 2, unit: day}\n"
FEW = people(range(20, 40, 5), range(20, 40, 5), [4, 5, 6, 7])  # four pairs, too few for a standard error
SHARED = "payment_quantity: {counts: enrolled, unmatched: zero}"


def row(certificate: workflow.Certificate, id: str, lang: str) -> str:
    """The row of a figure in the table of figures, which is the first that names it."""
    lines = certificate_text(certificate, lang).replace("\u00a0", " ").splitlines()
    return next(line for line in lines if line.startswith(f"{id} "))


def value_of(certificate: workflow.Certificate, id: str) -> str | None:
    return next(figure.value for figure in certificate.figures if figure.id == id)


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


BOTH = (EFFECT, EFFECT.replace("digits: 2", f"digits: 4, {SHARED}"))  # the mean effect too is shared among all enrolled


def test_what_a_shared_figure_rests_on_is_shared_as_it_is(tmp_path: Path) -> None:
    """4.5 days for each of 8 of 10 are 3.6; the means differ by 4.5, and every spread is 8 of 10 of the estimate's."""
    made = settled(changed(of_total(SHARED), BOTH), LONELY, tmp_path, enrolled=10)
    effects, (estimate,) = dict(figure_effects(made)), made.results.values()
    for id, times in {"effect": 0.8, "total": 8.0}.items():
        assert effects[id].estimate == pytest.approx(float(value_of(made, id) or "nan"))
        assert effects[id].std_error == pytest.approx(times * estimate.std_error)
    page = certificate_text(made, "en").replace("\u00a0", " ")
    compared = page.split("Whom and what it compares")[1].splitlines()
    assert [line.split()[3:6] for line in compared[2:4]] == [["10.00", "5.50", "+4.50"]] * 2
    assert "these figures count: effect 0.8 times and total 8 times." in " ".join(page.split())
    told = " ".join(certificate_text(made, "sv").replace("\u00a0", " ").split())
    assert "räknar dessa siffror: effect 0,8 gånger och total 8 gånger." in told


def test_a_figure_for_each_of_the_compared_needs_no_factor(tmp_path: Path) -> None:
    made = settled(
        changed(of_total(SHARED), (EFFECT, EFFECT), ("total, units: enrolled", "improvement")), PAIRED, tmp_path
    )
    assert "these figures count" not in " ".join(certificate_text(made, "en").split())


@pytest.mark.parametrize(
    ("lang", "together", "said"),
    [
        ("en", "together", "No figure of the contract has its value from it: - total: it is paid for all enrolled"),
        ("sv", "tillsammans", "Ingen av avtalets siffror har sitt värde från den: - total: den betalas för alla"),
    ],
)
def test_a_referred_total_does_not_head_the_page(lang: str, together: str, said: str, tmp_path: Path) -> None:
    alone = settled(changed(of_total(SHARED), (EFFECT, "")), LONELY, tmp_path, enrolled=9)  # ten are
    page = " ".join(certificate_text(alone, lang).replace("\u00a0", " ").split())
    assert value_of(alone, "total") is None
    assert together not in page
    assert said in page.replace("! ", "").replace("– ", "- ")
    beside = settled(of_total(SHARED), LONELY, tmp_path, enrolled=9)
    page = " ".join(certificate_text(beside, lang).replace("\u00a0", " ").split())
    assert together not in page
    assert said.partition(":")[0] not in page  # the mean effect has its value


def test_a_statistic_follows_from_a_shared_figure_by_the_share_of_the_matched() -> None:
    """The whole effect is 2.5 where 2 stands for all of whom 8 of 10 have a match; unknown where that is not known."""
    contract = parse_contract(decided(changed(TEXT, BOTH)).encode(), Path())
    given = {"contract": contract, "figure": "effect", "assumed": {"enrolled": "10"}, "counterfactual_mean": None}
    known = Situation(**given, matched=Fraction(8, 10)).figures(20000, Fraction(1))
    assert (known["effect"].value, known["total"].value) == ("2.0000", "25.00")
    assert Situation(**given).figures(20000, Fraction(1))["total"].value is None
