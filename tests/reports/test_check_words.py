"""No check that a method gives stands on a page in the machine's words: names and values, in both languages."""

from __future__ import annotations

import re

import every_check
import pytest

from effekt._text import Text
from effekt.diagnostics import bacon_decomposition, inference_choice
from effekt.reports.check_tables import TABLES
from effekt.reports.check_values import OWN_VALUES, OWN_WORDS
from effekt.reports.checks import check_blocks, check_row
from effekt.reports.comparability import CHECKS
from effekt.reports.document import Subheading, Table
from effekt.reports.wording import DIAGNOSTICS
from effekt.result import Diagnostic

FREE = {
    "break_at": "a period",
    "exact_p_value": "a fraction",
    "other_outcome": "a column of the contract",
    "threshold_source": "a reference",
    "variance_ratio_source": "a reference",
    "units_digest": "a digest",
}
"""Values that are no words of effekt's own, and what they are."""
MACHINE = re.compile(r"[a-z]+_[a-z]")
NBSP = "\N{NO-BREAK SPACE}"


def texts(check: Diagnostic) -> list[Text]:
    """Every text of the page on a check, but its sentence and what is free."""
    found: list[Text] = []
    for block in check_blocks(check):
        found += [block.text] if isinstance(block, Subheading) else []
        if isinstance(block, Table):
            found += [block.caption, *(column.label for column in block.columns)]
            found += [cell for row in block.rows for cell in row]
    return [text for text in found if text.en not in {check.values.get(name) for name in FREE}]


@pytest.mark.parametrize("method", every_check.METHODS)
def test_every_check_of_a_method_is_in_words(method: str) -> None:
    for check in every_check.checks(method):
        assert check.name in {**DIAGNOSTICS, **CHECKS}
        for key, value in check.values.items():
            label, shown = check_row(key, 0.5 if value is None else value, check.name)
            assert key not in (label.en, label.sv), (check.name, key)
            assert label.sv != label.en or label.en in ("Test", "Strata"), (check.name, key)
            if isinstance(value, str) and key not in FREE:
                assert MACHINE.search(shown.en + shown.sv) is None, (check.name, key, value)
                assert shown.sv != shown.en or shown.en in ("exact", "normal", "HAC", "Romano–Wolf"), (key, value)
        if check.name != "covariate_balance":  # whose table has the data's own columns
            for text in texts(check):
                assert MACHINE.search(text.en + text.sv) is None, (check.name, text)


def test_words_are_of_checks_and_values_that_there_are() -> None:
    made = {check.name: check.values for method in every_check.METHODS for check in every_check.checks(method)}
    of_contracts = {"agreed_limit", "minimum_n", "payment_quantity"}  # which a contract adds to a result
    assert set(OWN_VALUES) - of_contracts <= set(made)
    assert set(OWN_WORDS) <= set(OWN_VALUES)
    drawn = {"p_cluster", "p_block_bootstrap", "p_placebo_variance", "p_none", "ratio", "n_draws", "relative_corrected"}
    for name in set(OWN_VALUES) - of_contracts:
        given = {
            key for m in every_check.METHODS for one in every_check.checks(m) if one.name == name for key in one.values
        }
        assert set(OWN_VALUES[name]) - given <= drawn
    assert set(TABLES) <= set(made)


def test_every_inference_stands_with_its_interval_and_why_one_has_none() -> None:
    found = inference_choice(
        labels=["placebo", "hac", "none"],
        p_values=[0.2, None, None],
        intervals=[(-0.061, 0.02), None, None],
        declared="none",
        relative=True,
        reasons={"hac": Text(en="too few periods.", sv="för få perioder.")},
    )
    assert found.statement.en.endswith("HAC: too few periods.")
    assert found.statement.sv.endswith("HAC: för få perioder.")
    table = TABLES["inference_choice"](found)
    assert [cell.sv for cell in table.rows[0]] == ["placeborang", "0,2000", f"−6,10{NBSP}%", f"2,00{NBSP}%"]
    assert [cell.en for cell in table.rows[1]] == ["HAC", "–", "–", "–"]
    assert table.rows[2][0].sv == "ingen osäkerhetsberäkning"
    labels = [row[0].en for block in check_blocks(found) if isinstance(block, Table) for row in block.rows]
    assert "The way that counts" in labels
    assert not [label for label in labels if label.startswith("p-value")]  # each stands in the table alone


def test_an_interval_of_a_difference_is_in_the_outcomes_unit() -> None:
    found = inference_choice(labels=["hac"], p_values=[0.2], intervals=[(-0.5, 0.25)], declared="hac")
    assert [cell.en for cell in TABLES["inference_choice"](found).rows[0]] == ["HAC", "0.2000", "−0.5000", "0.2500"]


def test_excluded_periods_are_shares_in_per_cent() -> None:
    (check,) = [c for c in every_check.checks("trend_adjusted") if c.name == "excluded_periods"]
    assert check_row("relative_excluding", -0.0609, check.name)[1].sv == f"−6,09{NBSP}%"
    assert next(iter(check_blocks(check))).text.sv.startswith("Med inget undantaget ur fönstren (")


def test_every_pair_of_two_way_fixed_effects_stands_with_its_weight() -> None:
    found = bacon_decomposition([[1, 3, 5], [2, 2, 4], [1, 1, 1], [0, 1, 1]], start=[1, 2, 3, 3])
    rows = TABLES["bacon_decomposition"](found).rows
    assert [[cell.sv for cell in row] for row in rows] == [
        ["1", "–", "aldrig behandlade", "2,5000", f"40,00{NBSP}%"],
        ["2", "–", "aldrig behandlade", "1,7500", f"40,00{NBSP}%"],
        ["1", "2", "behandlas senare", "2,0000", f"10,00{NBSP}%"],
        ["2", "1", "behandlas redan", "0,0000", f"10,00{NBSP}%"],
    ]
    assert sum(weight for weight in found.table["weight"]) == pytest.approx(1)


def test_every_effect_before_the_intervention_and_every_adjusted_p_value_stand_on_the_page() -> None:
    before = Diagnostic(
        name="pretrends",
        status="ok",
        statement=Text(en="Told.", sv="Sagt."),
        values={},
        table={"effect": ("-1", "-2"), "estimate": (0.25, -1.5), "std_error": (0.125, None)},
    )
    rows = TABLES["pretrends"](before).rows
    assert [[cell.sv for cell in row] for row in rows] == [["-1", "0,2500", "0,1250"], ["-2", "−1,5000", "–"]]
    together = [c for c in every_check.checks("randomized_trials") if c.name == "romano_wolf"]
    for check in (before, *together):
        (table,) = [block for block in check_blocks(check) if isinstance(block, Table) and len(block.columns) == 3]
        assert len(table.rows) == len(next(iter(check.table.values())))
    assert [cell.en for cell in TABLES["romano_wolf"](together[0]).rows[0]] == ["y", "0.0200", "0.0200"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (9e-12, "0.00000000000900"),
        (7.61e-13, "0.000000000000761"),
        (-2.34567e-5, "−0.0000235"),
        (0.00006, "0.0001"),  # four decimals show something of it
        (0.00005, "0.0000500"),
        (0.0, "0.0000"),
        (1e-17, "0.0000"),  # what rounding leaves of numbers about one
        (0.25, "0.2500"),
    ],
)
def test_a_number_of_which_four_decimals_show_nothing_has_its_digits(value: float, shown: str) -> None:
    assert check_row("sd", value)[1].en == shown
    assert check_row("sd", value)[1].sv == shown.replace(".", ",")
