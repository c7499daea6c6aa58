"""Bad input to the panel estimators: one table of cases, each with the exact sentence a user reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pytest

import effekt
from effekt.exceptions import (
    ArgumentError,
    DataError,
    EffektError,
    IncompleteWindowError,
    InferenceUnavailableError,
    UnknownColumnError,
)

# --- four tables without fault; no name or number of theirs may stand in a message ------------------------------------

UNITS = ("Ankeborg", "Blåkulla", "Fjollträsk", "Grönköping")
YEARS = (2014, 2015, 2016, 2017)
PANEL = {
    "kommun": [unit for unit in UNITS for _ in YEARS],
    "år": list(YEARS) * 4,
    "dagar": [731.25 + 17.5 * i - 3.25 * (i % 5) for i in range(16)],
    "anställda": [8111 + 37 * i for i in range(16)],
}
PEOPLE = {
    "person": [f"19{60 + i}0101-123{i}" for i in range(8) for _ in YEARS],
    "år": list(YEARS) * 8,
    "insats": [int(i < 4 and year >= 2016) for i in range(8) for year in YEARS],
    "inkomst": [21_417.5 + 913.25 * ((7 * k) % 32) for k in range(32)],
    "kontor": [f"kontor{i // 4}" for i in range(8) for _ in YEARS],
    "enhet": [f"enhet{i % 4}" for i in range(8) for _ in YEARS],
}
MONTHS = {
    "person": [f"19{60 + i}0101-123{i}" for i in range(3) for _ in (1, 2)],
    "månad": ["2024-01", "2024-02"] * 3,
    "arbete": [1, 0, 1, 1, 0, 0],
}
COHORTS = {"kull": ["I", "I", "II", "II"], "grupp": [1, 0, 1, 0], "domar": [142, 155, 137, 147], "antal": [100] * 4}


def changed(table: dict[str, list[Any]], column: str, *cells: tuple[int, object]) -> dict[str, list[Any]]:
    """The table with the cells at these rows, counted from 1, replaced."""
    copy = [*table[column]]
    for row, cell in cells:
        copy[row - 1] = cell
    return {**table, column: copy}


def without(table: dict[str, list[Any]], *rows: int) -> dict[str, list[Any]]:
    """The table without these rows, counted from 1."""
    return {name: [cell for i, cell in enumerate(own, 1) if i not in rows] for name, own in table.items()}


def columns(table: dict[str, list[Any]], **cells: list[Any]) -> dict[str, list[Any]]:
    return {**table, **cells}


def trend(data: Any = PANEL, **options: Any) -> Callable[[], object]:
    given = {
        "outcome": "dagar",
        "unit": "kommun",
        "time": "år",
        "period": "year",
        "treated": "Ankeborg",
        "reference_window": (2014, 2015),
        "evaluation_window": (2016, 2017),
        "comparator": "others",
        "weights": None,
    }
    return lambda: effekt.trend_adjusted(data, **(given | options))


def study(data: Any = PANEL, **options: Any) -> Callable[[], object]:
    given = {
        "outcome": "dagar",
        "unit": "kommun",
        "time": "år",
        "period": "year",
        "reference_window": (2014, 2015),
        "evaluation_window": (2016, 2017),
        "weights": None,
    }
    return lambda: effekt.placebo_study(data, **(given | options))


def did(data: Any = PEOPLE, **options: Any) -> Callable[[], object]:
    given = {"outcome": "inkomst", "unit": "person", "time": "år", "treatment": "insats"}
    return lambda: effekt.difference_in_differences(data, **(given | options))


def count(data: Any = MONTHS, **options: Any) -> Callable[[], object]:
    given = {"unit": "person", "time": "månad", "outcome": "arbete"}
    return lambda: effekt.outcome_count(data, **(given | options))


def published(data: Any = COHORTS, **options: Any) -> Callable[[], object]:
    given = {"outcome": ("domar", "antal"), "cohort": "kull", "treatment": "grupp"}
    return lambda: effekt.published_comparison(data, **(given | options))


def read(text: str, **options: Any) -> Callable[[Any], object]:
    """A call on a file with this text."""

    def call(folder: Any) -> object:
        path = folder / "dagar.csv"
        path.write_text(text, encoding="utf-8")
        return trend(effekt.read_table(path, **options))()

    return call


class Case(NamedTuple):
    """What is done, which error it is, and what it says."""

    call: Callable[..., object]
    error: type[EffektError]
    sentence: str


HEADER = "kommun;år;dagar\n"
CASES: dict[str, Case] = {
    # columns and cells
    "missing outcome column": Case(
        trend(outcome="dagarna"),
        UnknownColumnError,
        "The data has no column 'dagarna' among its 4 columns. Did you mean 'dagar'?",
    ),
    "missing unit column": Case(
        trend(unit="komun"),
        UnknownColumnError,
        "The data has no column 'komun' among its 4 columns. Did you mean 'kommun'?",
    ),
    "missing treatment column": Case(
        did(treatment="behandling"),
        UnknownColumnError,
        "The data has no column 'behandling' among its 6 columns. Check the name, and that the header is there.",
    ),
    "missing denominator column": Case(
        trend(outcome=("dagar", "anstallda")),
        UnknownColumnError,
        "The data has no column 'anstallda' among its 4 columns. Did you mean 'anställda'?",
    ),
    "missing cohort column": Case(
        published(cohort="kohort"),
        UnknownColumnError,
        "The data has no column 'kohort' among its 4 columns. Check the name, and that the header is there.",
    ),
    "empty outcome": Case(
        trend(changed(PANEL, "dagar", (6, math.nan), (9, None))),
        DataError,
        "Column 'dagar' must have a value in every row; 2 rows did not, the first at row 6. Complete the "
        "data, or pass missing='drop' if the comparison needs none of those rows.",
    ),
    "empty treatment": Case(
        did(changed(PEOPLE, "insats", (3, None))),
        DataError,
        "Column 'insats' must have a value in every row; 1 row did not, the first at row 3. Complete the "
        "data, or pass missing='drop' to leave such rows out and have them counted.",
    ),
    "empty unit": Case(
        count(changed(MONTHS, "person", (2, " "))),
        DataError,
        "Column 'person' must have a value in every row; 1 row did not, the first at row 2. Complete the "
        "data, or pass missing='drop' to leave such rows out and have them counted.",
    ),
    "infinite outcome": Case(
        trend(changed(PANEL, "dagar", (6, math.inf))),
        DataError,
        "Column 'dagar' must hold finite numbers; 1 row did not, the first at row 6. Correct the data.",
    ),
    "infinite outcome in a panel": Case(
        did(changed(PEOPLE, "inkomst", (2, -math.inf), (30, math.inf))),
        DataError,
        "Column 'inkomst' must hold finite numbers; 2 rows did not, the first at row 2. Correct the data.",
    ),
    "text for a number": Case(
        trend(changed(PANEL, "dagar", (6, "saknas"))),
        DataError,
        "Column 'dagar' must hold numbers; 1 row held text, the first at row 6. Code words as numbers (1 "
        "for yes, 0 for no), without units; leave only cells without a value empty.",
    ),
    "decimal comma": Case(
        did(changed(PEOPLE, "inkomst", (6, "21417,5"), (7, "22330,75"))),
        DataError,
        "Column 'inkomst' must hold numbers; 2 rows held text, the first at row 6. It looks like a number "
        "with a decimal comma or with spaces between thousands; read the file with decimal=',' and without "
        "spaces.",
    ),
    "decimal comma and thousands": Case(
        trend(changed(PANEL, "dagar", (6, "1 731,25"))),
        DataError,
        "Column 'dagar' must hold numbers; 1 row held text, the first at row 6. It looks like a number with a"
        " decimal comma or with spaces between thousands; read the file with decimal=',' and without spaces.",
    ),
    "text for an outcome that counts": Case(
        count(changed(MONTHS, "arbete", (1, "ja"))),
        DataError,
        "Column 'arbete' must hold numbers; 1 row held text, the first at row 1. Code words as numbers (1 "
        "for yes, 0 for no), without units; leave only cells without a value empty.",
    ),
    "numbers in a file with decimal comma": Case(
        read(HEADER + "Ankeborg;2014;7,25\nAnkeborg;2015;7,5\n", delimiter=";"),
        DataError,
        "Column 'dagar' must hold numbers; 2 rows held text, the first at row 1, line 2. It looks like a "
        "number with a decimal comma or with spaces between thousands; read the file with decimal=',' and "
        "without spaces.",
    ),
    "thousands in a file with decimal comma": Case(
        read(HEADER + "Ankeborg;2014;1 007,25\n", delimiter=";", decimal=","),
        DataError,
        "Column 'dagar' must hold numbers; 1 row held text, the first at row 1, line 2. It looks like a "
        "number with spaces between thousands; remove them in the export.",
    ),
    "semicolons read as commas": Case(
        read(HEADER + "Ankeborg;2014;7.25\n"),
        DataError,
        "The file 'dagar.csv' has only one column with delimiter ','; its header holds ';', so declare `delimiter` as "
        "';'.",
    ),
    "header only": Case(
        read(HEADER, delimiter=";"),
        DataError,
        "The file 'dagar.csv' has a header but no data rows; nothing can be estimated from it.",
    ),
    "empty file": Case(read(""), DataError, "The file 'dagar.csv' is empty; export it again."),
    "header only in memory": Case(
        did({name: [] for name in PEOPLE}),
        DataError,
        "The data has a header but no data rows; nothing can be estimated from it.",
    ),
    "no row is whole": Case(
        trend(columns(PANEL, dagar=[None] * 16), missing="drop"),
        DataError,
        "The data has no row with a value in every used column; complete the data.",
    ),
    "unequal columns": Case(
        trend(columns(PANEL, dagar=[7.5])),
        DataError,
        "The columns of a table must have one length; got {'kommun': 16, 'år': 16, 'dagar': 1, 'anställda': 16}. "
        "Give each row a value in every column, or None where there is none.",
    ),
    "repeated unit and period": Case(
        trend(changed(PANEL, "år", (2, 2014), (16, 2014))),
        DataError,
        "Columns 'kommun' and 'år' must name each row once; 2 rows repeated an earlier one, the first at row "
        "2. Remove the repeated rows, add them up if they are parts, or give each measure a column of its own.",
    ),
    "repeated unit and time": Case(
        did(changed(PEOPLE, "år", (4, 2014))),
        DataError,
        "Columns 'person' and 'år' must name each row once; 1 row repeated an earlier one, the first at row "
        "4. Remove the repeated rows.",
    ),
    "person paid twice": Case(
        count(changed(MONTHS, "månad", (2, "2024-01"))),
        DataError,
        "Columns 'person' and 'månad' must name each row once; 1 row repeated an earlier one, the first at "
        "row 2. Remove the repeated rows.",
    ),
    "person paid twice without time": Case(
        count(time=None),
        DataError,
        "Column 'person' must name each row once; 3 rows repeated an earlier one, the first at row 2. Remove "
        "the repeated rows, or name the period or milestone with `time`.",
    ),
    "not a table": Case(
        trend(7),
        ArgumentError,
        "`data` must be a pandas, polars or pyarrow table, a mapping of columns or the path of a CSV, Excel "
        "or Parquet file; got int.",
    ),
    "no such option": Case(
        trend(missing="ignore"), ArgumentError, "`missing` must be 'raise' or 'drop'; got 'ignore'."
    ),
    # periods and windows
    "wrong period word": Case(
        trend(period="years"),
        ArgumentError,
        "`period` must be 'month', 'quarter', 'tertial', 'year' or 'season'; got 'years'. Did you mean 'year'?",
    ),
    "unknown period word": Case(
        study(period="vecka"),
        ArgumentError,
        "`period` must be 'month', 'quarter', 'tertial', 'year' or 'season'; got 'vecka'.",
    ),
    "cells that are no years": Case(
        trend(changed(PANEL, "år", (3, "i fjol"), (5, 2015.5))),
        DataError,
        "Column 'år' must hold years; 2 rows did not, the first at row 3. Write them as dates or as '2014'.",
    ),
    "years read as months": Case(
        trend(period="month", reference_window=("2014-01", "2015-12"), evaluation_window=("2016-01", "2017-12")),
        DataError,
        "Column 'år' must hold months; 16 rows did not, the first at row 1. Write them as dates or as '2014-03'.",
    ),
    "window of months over years": Case(
        trend(reference_window=("2014-01", "2015-12")),
        ArgumentError,
        "`reference_window` must be given in whole years such as '2014'; got '2014-01'.",
    ),
    "window with one end": Case(
        trend(reference_window=("2014",)),
        ArgumentError,
        "`reference_window` must be a pair (first, last) of years such as ('2014', '2015'); got ('2014',).",
    ),
    "window as text": Case(
        trend(reference_window="2014..2015"),
        ArgumentError,
        "`reference_window` must be a pair (first, last) of years such as ('2014', '2015'), or words such as 'years "
        "2014 to 2015'; got '2014..2015'. Give the two ends by themselves, not a range with dots.",
    ),
    "window turned round": Case(
        trend(evaluation_window=(2017, 2016)),
        ArgumentError,
        "`evaluation_window` must end after it starts; got 2017 to 2016.",
    ),
    "overlapping windows": Case(
        trend(evaluation_window=(2015, 2017)),
        ArgumentError,
        "`evaluation_window` (2015 to 2017) must start after `reference_window` (2014 to 2015) ends.",
    ),
    "windows in the wrong order": Case(
        study(reference_window=(2016, 2017), evaluation_window=(2014, 2015)),
        ArgumentError,
        "`evaluation_window` (2014 to 2015) must start after `reference_window` (2016 to 2017) ends.",
    ),
    "evaluation to come": Case(
        trend(evaluation_window=(2016, 2019)),
        IncompleteWindowError,
        "`evaluation_window` (2016 to 2019) must be complete for the treated units and the comparator; 2 "
        "years missing: 2018 and 2019. Wait for the data, or declare another window.",
    ),
    "one treated year missing": Case(
        trend(without(PANEL, 2)),
        IncompleteWindowError,
        "`reference_window` (2014 to 2015) must be complete for the treated units; 1 year missing: 2015. Wait"
        " for the data, or declare another window.",
    ),
    "one comparator year missing": Case(
        trend(without(PANEL, 11)),
        IncompleteWindowError,
        "`evaluation_window` (2016 to 2017) must be complete for the comparator; 1 year missing: 2016, "
        "in 1 of 3 units, the first at row 9. Add the rows, wait for the data, or declare another window.",
    ),
    "both windows incomplete": Case(
        trend(without(PANEL, 2, 7)),
        IncompleteWindowError,
        "`reference_window` (2014 to 2015) and `evaluation_window` (2016 to 2017) must be complete for the "
        "treated units and the comparator; 2 years missing: 2015 and 2016, in 2 of 4 units, the first at row 1. "
        "Add the rows, wait for the data, or declare another window.",
    ),
    "many months missing": Case(
        trend(
            {"kommun": ["Ankeborg", "Blåkulla"], "år": ["2014-01", "2014-01"], "dagar": [1, 2]},
            period="month",
            reference_window=("2014-01", "2014-01"),
            evaluation_window=("2014-02", "2015-03"),
        ),
        IncompleteWindowError,
        "`evaluation_window` (2014-02 to 2015-03) must be complete for the treated units and the comparator; "
        "14 months missing: 2014-02, 2014-03, 2014-04, 2014-05, 2014-06, 2014-07, 2014-08, 2014-09, 2014-10, "
        "2014-11, 2014-12, 2015-01 and 2 more. Wait for the data, or declare another window.",
    ),
    "window complete in one unit alone": Case(
        study(without(PANEL, 16)),
        IncompleteWindowError,
        "`evaluation_window` (2016 to 2017) must be complete for every unit; 1 year missing: 2017, in 1 of 4 "
        "units, the first at row 13. Add the rows, wait for the data, or declare another window.",
    ),
    # units, comparator and choices
    "unknown treated": Case(
        trend(treated="Kvackemåla"),
        ArgumentError,
        "`treated` must name units that are in the data; 'Kvackemåla' is not there. Check the spelling.",
    ),
    "treated in another case": Case(
        trend(treated="ankeborg"),
        ArgumentError,
        "`treated` must name units that are in the data; 'ankeborg' is not there. Did you mean 'Ankeborg'?",
    ),
    "no treated": Case(
        trend(treated=[]), ArgumentError, "`treated` must name at least one unit that is in the data; got none."
    ),
    **{
        f"comparator {cell!s} of pandas": Case(
            trend(comparator=given),
            ArgumentError,
            "`comparator` must be a label or a list of labels; got an empty one. Name the units.",
        )
        for cell in (pd.NA, pd.NaT)
        for given in (cell, ["Blåkulla", cell])
    },
    "unknown comparator": Case(
        trend(comparator=["Blåkulla", "Kvackemåla"]),
        ArgumentError,
        "`comparator` must name units that are in the data; 'Kvackemåla' is not there. Check the spelling.",
    ),
    "comparator holds a treated unit": Case(
        trend(comparator=["Blåkulla", "Ankeborg"]),
        ArgumentError,
        "`comparator` must not hold a treated unit; 'Ankeborg' is treated. Take it out of the comparator.",
    ),
    "no comparator named": Case(
        trend(comparator=None),
        ArgumentError,
        "`comparator` must be named when adjustment='ratio'; give a label, a list of labels or 'others', or "
        "pass adjustment='none' for a before–after comparison.",
    ),
    "comparator for before-after": Case(
        trend(adjustment="none", weights=None),
        ArgumentError,
        "`comparator` must be None when adjustment='none', which compares with nothing; pass comparator=None,"
        " or adjustment='ratio' or 'difference'.",
    ),
    "all treated": Case(
        trend(treated=list(UNITS)),
        ArgumentError,
        "`comparator` 'others' needs at least one unit that is not treated; there is none. Name fewer treated"
        " units, or add comparison units to the data.",
    ),
    "a unit called others": Case(
        trend(columns(PANEL, kommun=["others" if unit == "Blåkulla" else unit for unit in PANEL["kommun"]])),
        ArgumentError,
        "`comparator` 'others' is also the name of a unit; list the comparator's units instead.",
    ),
    "weights without denominator": Case(
        trend(weights="denominator"),
        ArgumentError,
        "`weights` can be 'denominator' only with an outcome given as (numerator, denominator); give both "
        "columns, or weights=None.",
    ),
    "unknown weights": Case(
        trend(weights="population"), ArgumentError, "`weights` must be 'denominator' or None; got 'population'."
    ),
    "misspelt adjustment": Case(
        trend(adjustment="ration"),
        ArgumentError,
        "`adjustment` must be 'ratio', 'difference' or 'none'; got 'ration'. Did you mean 'ratio'?",
    ),
    "misspelt mean": Case(
        trend(mean="ratio_of_sum"),
        ArgumentError,
        "`mean` must be 'ratio_of_sums' or 'mean_of_periods'; got 'ratio_of_sum'. Did you mean 'ratio_of_sums'?",
    ),
    "unknown inference": Case(
        trend(inference="ranks"),
        ArgumentError,
        "`inference` must be 'placebo', 'placebo_variance', 'cluster', 'hac', 'block_bootstrap' or 'none'; got "
        "'ranks'.",
    ),
    "blocks without a length": Case(
        trend(inference="block_bootstrap", rng=1),
        ArgumentError,
        "`block_length` must be given with inference='block_bootstrap': how many periods in a row are drawn together, "
        "such as 6; got None.",
    ),
    "outcome of three columns": Case(
        trend(outcome=("dagar", "anställda", "år")),
        ArgumentError,
        "`outcome` must be a column name or a (numerator, denominator) pair of them; got ('dagar', 'anställda', 'år').",
    ),
    "misspelt outcome key": Case(
        trend(outcome={"column": "dagar", "bettr": "lower"}),
        ArgumentError,
        "`outcome` must have the keys column, unit and better; got ['column', 'bettr']. Did you mean 'better'?",
    ),
    "two units to study": Case(
        study(without(PANEL, *range(9, 17))),
        DataError,
        "Column 'kommun' must name at least three units for a placebo study; it names 2. Add units that had "
        "no intervention.",
    ),
    "study of nothing": Case(
        study(adjustment="none"), ArgumentError, "`adjustment` must be 'ratio' or 'difference'; got 'none'."
    ),
    "negative threshold": Case(
        study(threshold=-0.12),
        ArgumentError,
        "`threshold` must be a reduction, or where more is better an increase, between 0 and 1, such as 0.12; "
        "got -0.12.",
    ),
    "threshold of nothing": Case(
        study(threshold=0),
        ArgumentError,
        "`threshold` must be a reduction, or where more is better an increase, between 0 and 1, such as 0.12; got 0.",
    ),
    "threshold in per cent": Case(
        study(threshold=12),
        ArgumentError,
        "`threshold` must be a reduction, or where more is better an increase, between 0 and 1, such as 0.12; got 12.",
    ),
    # denominators and signs
    "zero denominator": Case(
        trend(changed(PANEL, "anställda", (4, 0)), outcome=("dagar", "anställda")),
        DataError,
        "Column 'anställda' must hold positive denominators; 1 row did not, the first at row 4. Correct the data.",
    ),
    "negative denominators": Case(
        trend(changed(PANEL, "anställda", (4, -1), (5, -2)), outcome=("dagar", "anställda"), weights="denominator"),
        DataError,
        "Column 'anställda' must hold positive denominators; 2 rows did not, the first at row 4. Correct the data.",
    ),
    "zero people": Case(
        published(changed(COHORTS, "antal", (2, 0))),
        DataError,
        "Column 'antal' must hold positive denominators; 1 row did not, the first at row 2. Correct the data.",
    ),
    "no treated days before": Case(
        trend(changed(PANEL, "dagar", (1, 0), (2, 0))),
        DataError,
        "The reference mean of the treated units must be above zero for adjustment='ratio', and it is not. "
        "Correct the data, or use adjustment='difference'.",
    ),
    "days below 0": Case(
        trend(changed(PANEL, "dagar", (3, 0), (4, -1))),
        DataError,
        "Column 'dagar' must hold at least 0 for adjustment='ratio'; 1 row did not, the first at row 4. Count a "
        "correction in the period that it corrects, or use adjustment='difference' for what may be negative, as money "
        "may.",
    ),
    "no treated days after": Case(
        trend(changed(PANEL, "dagar", (3, 0), (4, 0))),
        DataError,
        "The evaluation mean of the treated units must be above zero for adjustment='ratio', and it is not. "
        "Correct the data, or use adjustment='difference'.",
    ),
    "no comparator days before": Case(
        trend(changed(PANEL, "dagar", *((row, 0) for row in (5, 6, 9, 10, 13, 14)))),
        DataError,
        "The reference mean of the comparator must be above zero for adjustment='ratio', and it is not. "
        "Correct the data, or use adjustment='difference'.",
    ),
    "no comparator days after": Case(
        trend(changed(PANEL, "dagar", *((row, 0) for row in (7, 8, 11, 12, 15, 16)))),
        DataError,
        "The evaluation mean of the comparator must be above zero for adjustment='ratio', and it is not. "
        "Correct the data, or use adjustment='difference'.",
    ),
    "a placebo unit without days": Case(
        trend(changed(PANEL, "dagar", (7, 0), (8, 0))),
        DataError,
        "The window means of every placebo unit and of its comparator must be above zero for "
        "adjustment='ratio'; for 1 of 3 units some mean is not. Use adjustment='difference', or "
        "inference='none'.",
    ),
    "another unit without days": Case(
        trend(changed(PANEL, "dagar", (7, 0), (8, 0)), comparator="Grönköping"),
        DataError,
        "The window means of every placebo unit and of its comparator must be above zero for "
        "adjustment='ratio'; for 1 of 2 units some mean is not. Use adjustment='difference', or "
        "inference='none'.",
    ),
    "a studied unit without days": Case(
        study(changed(PANEL, "dagar", (7, 0), (8, 0))),
        DataError,
        "The window means of every placebo unit and of its comparator must be above zero for "
        "adjustment='ratio'; for 1 of 4 units some mean is not. Use adjustment='difference'.",
    ),
    # treatment and panels
    "three treatment values": Case(
        did(changed(PEOPLE, "insats", (5, 2), (6, 2), (20, 0.5))),
        DataError,
        "Column 'insats' must hold 0 and 1; 3 rows did not, the first at row 5. Code treated unit-periods 1, others 0.",
    ),
    "treatment in words": Case(
        did(changed(PEOPLE, "insats", (5, "ja"))),
        DataError,
        "Column 'insats' must hold numbers; 1 row held text, the first at row 5. Code words as numbers (1 "
        "for yes, 0 for no), without units; leave only cells without a value empty.",
    ),
    "three groups": Case(
        published(changed(COHORTS, "grupp", (2, 2))),
        DataError,
        "Column 'grupp' must hold 0 and 1; 1 row did not, the first at row 2. Code the treated row 1, the other 0.",
    ),
    "treatment switches off": Case(
        did(changed(PEOPLE, "insats", (4, 0), (12, 0))),
        DataError,
        "Column 'insats' must not switch off once it is 1; for 2 units it did, the first at row 4. Leave such"
        " units out, or code them 1 from adoption on.",
    ),
    "several adoption dates": Case(
        did(changed(PEOPLE, "insats", (6, 1), (11, 0))),
        DataError,
        "Column 'insats' must start in one period for all treated units; it starts in 3 periods, after the "
        "earliest of them first at row 3. Keep the units of one adoption date and the untreated, so that no "
        "treated unit is compared with a treated one, or use `staggered_adoption`, whose check 'bacon_decomposition' "
        "tells what two-way fixed effects would compare.",
    ),
    "always treated": Case(
        did(changed(PEOPLE, "insats", *((row, 1) for row in (5, 6, 9, 10)))),
        DataError,
        "Column 'insats' must be 0 for all units in some period before adoption; 2 units had 1 in the first "
        "period, the first at row 5. Add earlier periods, or leave such units out.",
    ),
    "treated in the only period": Case(
        did(without(PEOPLE, *(row for row in range(1, 33) if row % 4))),
        DataError,
        "Column 'insats' must be 0 for all units in some period before adoption; 4 units had 1 in the first "
        "period, the first at row 1. Add earlier periods, or leave such units out.",
    ),
    "nobody treated": Case(
        did(columns(PEOPLE, insats=[0] * 32)),
        DataError,
        "Column 'insats' must be 1 for some units and 0 in every period for others; no unit is treated. Check"
        " how treatment is coded.",
    ),
    "everybody treated": Case(
        did(columns(PEOPLE, insats=[0, 0, 1, 1] * 8)),
        DataError,
        "Column 'insats' must be 1 for some units and 0 in every period for others; every unit is treated. "
        "Check how treatment is coded.",
    ),
    "unbalanced panel": Case(
        did(without(PEOPLE, 7, 18, 19)),
        DataError,
        "Column 'person' must name units seen in every period; 2 units lacked some, the first at row 5. "
        "Complete the data, or pass missing='drop' to leave such units out.",
    ),
    "no unit in every period": Case(
        did(without(PEOPLE, 1, 6, 11, 16, 17, 22, 27, 32), missing="drop"),
        DataError,
        "Column 'person' must name units seen in every period; none of the 8 units is. Check the time column.",
    ),
    "unit that changes cluster": Case(
        did(changed(PEOPLE, "kontor", (8, "kontor1")), cluster="kontor"),
        DataError,
        "Column 'kontor' must be constant within each unit of column 'person'; 1 unit changed cluster, the "
        "first at row 8. Use a column of clusters that hold whole units.",
    ),
    "people whose treatment differs within a unit and year": Case(
        did(changed(PEOPLE, "insats", (12, 0)), unit="enhet", sampling="repeated_cross_sections"),
        DataError,
        "Column 'insats' must be alike in all rows of a unit of column 'enhet' and period, as it says where and when "
        "the intervention ran; in 7 places it differed, the first at row 3. Code it by unit and period alone.",
    ),
    "people of a unit without a year": Case(
        did(without(PEOPLE, 2), unit="person", sampling="repeated_cross_sections"),
        DataError,
        "Column 'person' must name units seen in every period; 1 unit lacked some, the first at row 1. Complete the "
        "data, or pass missing='drop' to leave such units out.",
    ),
    "people whose cluster differs within a unit": Case(
        did(changed(PEOPLE, "kontor", (8, "kontor1")), cluster="kontor", sampling="repeated_cross_sections"),
        DataError,
        "Column 'kontor' must be constant within each unit of column 'person'; 1 unit changed cluster, the "
        "first at row 8. Use a column of clusters that hold whole units.",
    ),
    "always treated people": Case(
        did(changed(PEOPLE, "insats", *((row, 1) for row in (5, 6))), sampling="repeated_cross_sections"),
        DataError,
        "Column 'insats' must be 0 for all units in some period before adoption; 1 unit had 1 in the first "
        "period, the first at row 5. Add earlier periods, or leave such units out.",
    ),
    "people whose treatment switches off": Case(
        did(changed(PEOPLE, "insats", (4, 0)), sampling="repeated_cross_sections"),
        DataError,
        "Column 'insats' must not switch off once it is 1; for 1 unit it did, the first at row 4. Leave such"
        " units out, or code them 1 from adoption on.",
    ),
    "periods of several kinds": Case(
        did(changed({**PEOPLE, "år": [str(year) for year in PEOPLE["år"]]}, "år", (4, "2017-01"))),
        DataError,
        "Column 'år' must write every period in one form; most are years such as '2014'; 1 row had another, the first "
        "at row 4. Write all in one form, so that no period can count twice.",
    ),
    "as many periods of two kinds": Case(
        did(columns(PEOPLE, år=["2014", "2015", "2016-01", "2017-01"] * 8)),
        DataError,
        "Column 'år' must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, or "
        "numbers, since they need an order; 16 rows did not, the first at row 3. Number the periods, or write them so.",
    ),
    "months before their years": Case(
        did(columns(PEOPLE, år=["11.2020", "12.2020", "01.2021", "02.2021"] * 8)),
        DataError,
        "Column 'år' must write each period with its year first, since a month before its year is read as a decimal "
        "number and not in the order of time; the first is at row 1. Write months as '2014-03'.",
    ),
    "months before their years as a spreadsheet program takes them for numbers": Case(
        did(columns(PEOPLE, år=[11.202, 12.202, 1.2021, 2.2021] * 8)),
        DataError,
        "Column 'år' must write each period with its year first, since a month before its year is read as a decimal "
        "number and not in the order of time; the first is at row 1. Write months as '2014-03'.",
    ),
    "periods in words": Case(
        did(columns(PEOPLE, år=["2014", "2015", "före", "efter"] * 8)),
        DataError,
        "Column 'år' must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, or "
        "numbers, since they need an order; 16 rows did not, the first at row 3. Number the periods, or write them so.",
    ),
    "a third difference other than 0 and 1": Case(
        did(columns(PEOPLE, tredje=[1, 2] * 16), eligible="tredje"),
        DataError,
        "Column 'tredje' must hold 0 and 1; 16 rows did not, the first at row 2. Code those who could be affected 1, "
        "others 0.",
    ),
    "a third difference without its other half": Case(
        did(columns(PEOPLE, tredje=[1] * 32), eligible="tredje"),
        DataError,
        "Column 'person' must name units seen in every period with 0 and with 1 in 'tredje'; none of the 8 units is. "
        "Check the time column.",
    ),
    "covariates of a panel": Case(
        did(columns(PEOPLE, ålder=[40] * 32), covariates=["ålder"]),
        ArgumentError,
        "`covariates` are for sampling='repeated_cross_sections'; in a panel a unit's own drop out of its change, and "
        "`staggered_adoption` takes them for trends. Leave `covariates` out.",
    ),
    "an outcome that is the treatment": Case(
        did(outcome="insats"),
        ArgumentError,
        "Column 'insats' must play one role; it is named as `outcome` and `treatment`.",
    ),
    "a cluster that is no name": Case(
        did(cluster=0),
        ArgumentError,
        "`cluster` must be a column name; got 0.",
    ),
    "a variance that is no name": Case(
        did(variance=""),
        ArgumentError,
        "`variance` must be 'CR0', 'CR1', 'CR1S', 'CR2' or 'CR3'; got ''.",
    ),
    "a list of units' columns": Case(
        did(unit=["person"]),
        ArgumentError,
        "`unit` must be a column name; got ['person'].",
    ),
    "a list of columns of time in a trend": Case(
        trend(time=["år"]),
        ArgumentError,
        "`time` must be a column name; got ['år'].",
    ),
    "an outcome that is the unit": Case(
        trend(outcome="kommun"),
        ArgumentError,
        "Column 'kommun' must play one role; it is named as `outcome` and `unit`.",
    ),
    "a list of columns of units in a placebo study": Case(
        study(unit=["kommun"]),
        ArgumentError,
        "`unit` must be a column name; got ['kommun'].",
    ),
    "a list of columns of time in a count": Case(
        count(time=["månad"]),
        ArgumentError,
        "`time` must be a column name; got ['månad'].",
    ),
    "unknown sampling": Case(
        did(sampling="pooled"),
        ArgumentError,
        "`sampling` must be 'panel' or 'repeated_cross_sections'; got 'pooled'.",
    ),
    "placebos of other people": Case(
        did(sampling="repeated_cross_sections", inference="conley_taber"),
        ArgumentError,
        "`inference` 'conley_taber' takes the changes of a panel; with sampling='repeated_cross_sections' choose "
        "'permutation'.",
    ),
    "unknown variance": Case(
        did(variance="HC3"),
        ArgumentError,
        "`variance` must be 'CR0', 'CR1', 'CR1S', 'CR2' or 'CR3'; got 'HC3'.",
    ),
    "ratio in a panel": Case(
        did(outcome=("inkomst", "år")),
        ArgumentError,
        "`outcome` must be one column here; divide first, or use `trend_adjusted` for a ratio.",
    ),
    "ratio in a count": Case(
        count(outcome=("arbete", "månad")),
        ArgumentError,
        "`outcome` must be one column, since a count has no denominator; name one column.",
    ),
    "misspelt statistic": Case(
        count(statistic="counts"),
        ArgumentError,
        "`statistic` must be 'count', 'sum', 'share' or 'mean'; got 'counts'. Did you mean 'count'?",
    ),
    "threshold in words": Case(count(at_least="1"), ArgumentError, "`at_least` must be a finite number; got '1'."),
    "one column of a publication": Case(
        published(outcome="domar"),
        ArgumentError,
        "`outcome` must be a (numerator, denominator) pair of columns, such as events and people.",
    ),
    "two treated rows of a cohort": Case(
        published(changed(COHORTS, "grupp", (4, 1))),
        DataError,
        "Column 'kull' must name one treated and one comparison row per cohort; the cohort at row 3 has 2 "
        "treated and 0 comparison. Add up the rows of one kind, or add the missing one.",
    ),
    "two treated rows and a comparison": Case(
        published(without(columns(COHORTS, kull=["I", "I", "I", "II"], grupp=[1, 0, 1, 0]), 4)),
        DataError,
        "Column 'kull' must name one treated and one comparison row per cohort; the cohort at row 1 has 2 "
        "treated and 1 comparison. Add up the rows of one kind, or add the missing one.",
    ),
    "cohort without comparison": Case(
        published(without(COHORTS, 4)),
        DataError,
        "Column 'kull' must name one treated and one comparison row per cohort; the cohort at row 3 has 1 "
        "treated and 0 comparison. Add up the rows of one kind, or add the missing one.",
    ),
    "unknown cohort": Case(lambda: published()()["III"], ArgumentError, "The set holds 'I' and 'II'; got 'III'."),
    # inference that does not exist
    "one cluster per arm": Case(
        lambda: did(cluster="kontor")().p_value(),
        InferenceUnavailableError,
        "Cluster-robust inference needs at least two clusters in each group; the treated group has one.",
    ),
    "four clusters": Case(
        lambda: did(cluster="enhet")().confidence_interval(),
        InferenceUnavailableError,
        "Cluster-robust inference needs at least six clusters; there are 4.",
    ),
    "three placebos": Case(
        lambda: trend()().confidence_interval(),
        InferenceUnavailableError,
        "With 3 placebos the smallest attainable p is 1/4 (0.2500), so no interval at level 0.95 exists; the "
        "highest level that does is 3/4 (0.7500).",
    ),
    "before-after": Case(
        lambda: trend(adjustment="none", comparator=None)().p_value(),
        InferenceUnavailableError,
        "A before–after comparison has no comparison units, so nothing says what would have happened.",
    ),
    "published rates": Case(
        lambda: published()()["I"].p_value(),
        InferenceUnavailableError,
        "Published aggregates do not say how outcomes vary between people, so there is no inference.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_is_exact(name, tmp_path):
    call, error, sentence = CASES[name]
    with pytest.raises(EffektError) as refusal:
        call(tmp_path) if call.__name__ == "call" else call()
    assert type(refusal.value) is error
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", CASES)
def test_no_message_tells_what_is_in_the_data(name):
    """Units and cells stand in no message, save those the caller wrote as arguments."""
    sentence = CASES[name].sentence
    spoken = {"Ankeborg"} if "treated unit" in name or "case" in name else set()
    units = {*UNITS, *PEOPLE["person"], *PEOPLE["kontor"], *PEOPLE["enhet"]} - spoken
    assert not [unit for unit in units if unit in sentence]
    amounts = {*PANEL["dagar"], *PANEL["anställda"], *PEOPLE["inkomst"]}
    words = sentence.replace(",", " ").replace(".", " ").split()
    assert not [cell for cell in amounts if str(cell) in sentence or str(cell).split(".")[0] in words]


@pytest.mark.parametrize(
    "call", [trend(), trend(outcome=("dagar", "anställda"), weights="denominator"), study(), did()]
)
def test_the_tables_are_without_fault(call):
    """Every case below differs from a call that works by what its name says."""
    assert call().to_json()
    assert count()().exact == 3
    assert published()().labels == ("I", "II")
