"""The checks of matching in a report: every name and value in both languages, and the table of balance."""

from __future__ import annotations

import pytest

import effekt
from effekt.reports.checks import check_blocks, check_row
from effekt.reports.comparability import CHECKS, VALUES, balance_table
from effekt.reports.document import Subheading, Table
from effekt.reports.wording import DIAGNOSTIC_VALUES

ROLES = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
MATCHES = [
    {},
    {"caliper": 0.2, "estimand": "ATC"},
    {"method": "exact", "covariates": ["female"]},
    {"method": "subclassification", "subclasses": 3, "estimand": "ATE"},
    {"method": "entropy_balancing"},
    {"method": "overlap", "estimand": "ATO"},
]


def compared(options):
    table = effekt.datasets.observational(rng=3, n=200).table
    return effekt.matched_comparison(table, match={**ROLES, **options}, outcome="outcome")


@pytest.mark.parametrize("options", MATCHES)
def test_every_check_and_value_has_words(options):
    for check in compared(options).diagnostics:
        assert check.name in CHECKS
        assert check.values.keys() <= VALUES.keys() | DIAGNOSTIC_VALUES.keys()
        for key, value in check.values.items():
            if value is not None:
                label = check_row(key, value)[0]
                assert label.en != key
                assert label.sv != label.en


def test_shares_are_in_per_cent():
    assert check_row("share_without_close", 0.125)[1].sv == "12,50\u00a0%"


def test_balance_is_a_table_of_the_report():
    effect = compared({})
    check = effect.diagnostics[0]
    subheading, *_, table = check_blocks(check)
    assert isinstance(subheading, Subheading)
    assert subheading.text.sv.startswith("Balans i kovariaterna (")
    assert isinstance(table, Table)
    assert table == balance_table(check)
    assert [row[0].sv for row in table.rows] == ["baseline", "age"]
    assert [column.label.sv for column in table.columns][3:5] == ["Skillnad före, SD", "Skillnad efter, SD"]
    before = f"{check.table['smd_before'][0]:.3f}".replace("-", "−")
    assert (table.rows[0][3].en, table.rows[0][3].sv) == (before, before.replace(".", ","))


def test_what_is_not_defined_is_a_dash():
    check = compared({"method": "exact", "covariates": ["female"]}).diagnostics[0]
    assert balance_table(check).rows[0][5].sv == "–"  # a ratio of variances of a 0/1 covariate
