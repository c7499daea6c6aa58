"""The units of the shipped contracts' figures, in both languages."""

import html

import pytest

import effekt
from effekt.reports.arguments import argument_sentence
from effekt.reports.wording import UNITS, unit_words

CURRENCIES = {"SEK", "EUR", "USD"}
CONTRACTS = sorted(effekt.case("sick-leave").parent.glob("*/contract.yaml"))


@pytest.mark.parametrize("file", CONTRACTS, ids=[file.parent.name for file in CONTRACTS])
def test_the_unit_of_every_figure_of_a_case_has_a_swedish_word(file):
    contract = effekt.read_contract(file)
    assert {figure.unit for figure in contract.model.figures.values()} <= CURRENCIES | set(UNITS)


@pytest.mark.parametrize("file", CONTRACTS, ids=[file.parent.name for file in CONTRACTS])
def test_the_unit_of_every_outcome_and_column_of_a_case_has_words_in_both_languages(file):
    model = effekt.read_contract(file).model
    outcomes = [analysis.arguments.get("outcome") for analysis in model.analysis.values()]
    written = {one["unit"] for one in outcomes if isinstance(one, dict) and "unit" in one}
    columns = {one.unit for data in model.data.values() for one in (data.columns or {}).values()} - {None}
    assert written | columns <= CURRENCIES | set(UNITS)


def test_a_page_has_the_outcomes_unit_in_its_own_language(tmp_path):
    certificate = effekt.settle(effekt.read_contract(effekt.case("sick-leave") / "contract.yaml"), date="2022-03-15")
    pages = {}
    for lang in ("sv", "en"):
        effekt.report(certificate, tmp_path / "page.html", lang=lang)
        pages[lang] = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8")).replace("\u00a0", " ")
    assert "dagar per årsarbetare och månad" in pages["sv"]
    assert "days per full-time equivalent and month" in pages["en"]


def test_units_are_told_in_both_languages():
    assert unit_words("reconvictions").sv == "återfall i brott"
    assert (unit_words("percentage points").en, unit_words("percentage points").sv) == (
        "percentage points",
        "procentenheter",
    )


@pytest.mark.parametrize(
    ("unit", "en", "sv"),
    [
        (
            "days per full-time equivalent and month",
            "in days per full-time equivalent and month",
            "i dagar per årsarbetare och månad",
        ),
        ("share in work", "in share in work", "i andel i arbete"),
        ("poäng", "in poäng", "i poäng"),  # no word that is known here: as the contract has it
    ],
)
def test_the_outcome_of_an_analysis_is_told_in_the_words_of_its_language(unit: str, en: str, sv: str) -> None:
    told = argument_sentence("outcome", {"column": ["days", "fte"], "unit": unit, "better": "lower"})
    assert told.en == f"Outcome: days over fte, {en}; lower is better."
    assert told.sv == f"Utfall: days delat med fte, {sv}; lägre är bättre."
