"""The units of the shipped contracts' figures, in both languages."""

import pytest

import effekt
from effekt.reports.wording import UNITS, unit_words

CURRENCIES = {"SEK", "EUR", "USD"}
CONTRACTS = sorted(effekt.case("sick-leave").parent.glob("*/contract.yaml"))


@pytest.mark.parametrize("file", CONTRACTS, ids=[file.parent.name for file in CONTRACTS])
def test_the_unit_of_every_figure_of_a_case_has_a_swedish_word(file):
    contract = effekt.read_contract(file)
    assert {figure.unit for figure in contract.model.figures.values()} <= CURRENCIES | set(UNITS)


def test_units_are_told_in_both_languages():
    assert unit_words("reconvictions").sv == "återfall i brott"
    assert (unit_words("percentage points").en, unit_words("percentage points").sv) == (
        "percentage points",
        "procentenheter",
    )
