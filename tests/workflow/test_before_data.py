"""Plans that no data could serve, refused by `check` and `lock` with the line and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.contracts import Contract, parse_contract
from effekt.estimators import METHODS
from effekt.exceptions import ArgumentError, ContractError
from effekt.workflow.data.before_data import check_call, same_columns


def written(name: str) -> str:
    return (workflow.case(name) / "contract.yaml").read_text(encoding="utf-8")


TREND, MATCHED, TRIAL = written("sick-leave"), written("nsw-cps"), written("nsw")
BLOCKS = (
    "    inference: block_bootstrap\n    blocks: moving\n    block_length: 6\n    draws: 999\n    rng: 1\n"
    "    same_months: false\n"
)
STRATA = "    standardize: [age]\n    standard: treated_reference\n"


def read(text: str) -> Contract:
    return parse_contract(text.encode(), Path())


def refused(text: str) -> str:
    """What `check` and `lock` both say."""
    told = []
    for call in (
        workflow.check,
        lambda contract: workflow.lock(contract, key=DEMO_KEY, date="2018-11-01", undecided_accepted=True),
    ):
        with pytest.raises(ContractError) as error:
            call(read(text))
        told.append(str(error.value))
    assert told[0] == told[1]
    return told[0]


def line_of(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(start))


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def bootstrapped(*changes: tuple[str, str]) -> str:
    return changed(changed(TREND, ("    inference: placebo\n", BLOCKS)), *changes)


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (
            bootstrapped(("    missing: raise\n", f"    missing: raise\n{STRATA}")),
            "standardize:",
            "`standardize` must be empty where blocks are drawn, which are of the periods and not of the strata; use "
            "inference: placebo or 'hac', and leave `block_length` out.",
        ),
        (
            bootstrapped(("draws: 999", "draws: 50")),
            "draws:",
            "`draws` must be an integer of at least 99; got 50.",
        ),
        (
            bootstrapped(("block_length: 6", "block_length: 40")),
            "block_length:",
            "`block_length` must be at most half of the shorter window, 18 of its 36 months, so that draws differ; got "
            "40.",
        ),
        (
            changed(TREND, ("comparator: others ", "comparator: none ")),
            "comparator:",
            "`comparator` must be named when adjustment: ratio; give a label, a list of labels or 'others', or write "
            "adjustment: none for a before–after comparison.",
        ),
        (
            changed(TREND, ("comparator: others ", 'comparator: ["0114", "0127"] ')),
            "comparator:",
            "`comparator` must not hold a treated unit; '0127' is treated. Take it out of the comparator.",
        ),
        (
            changed(TREND, ("    missing: raise\n", "    missing: raise\n    own_unit: kept\n")),
            "own_unit:",
            "`own_unit` must be None unless `comparator` is one published series; no treated unit is ever among named "
            "units or 'others'.",
        ),
        (
            changed(TREND, ('["2019-01", "2021-12"]', '["2018-01", "2021-12"]')),
            "evaluation_window:",
            "`evaluation_window` (2018-01 to 2021-12) must start after `reference_window` (2016-01 to 2018-12) ends.",
        ),
    ],
)
def test_an_argument_that_no_data_could_serve(text: str, key: str, told: str) -> None:
    assert refused(text) == f"line {line_of(text, key)}: analysis.absence: {told}"


def test_an_argument_of_a_match_has_its_own_line() -> None:
    text = changed(MATCHED, ("      ratio: 1\n", "      ratio: 0\n"))
    assert refused(text) == (
        f"line {line_of(text, 'ratio:')}: analysis.earnings: `ratio` must be an integer of at least 1; got 0."
    )


def test_the_variance_of_a_comparison_is_held_against_its_match_before_anything_is_matched() -> None:
    text = changed(MATCHED, ("    variance: CR2\n", "    variance: HC2\n"))
    assert refused(text) == (
        f"line {line_of(text, 'variance:')}: analysis.earnings: `variance` must be 'CR2'; got 'HC2'."
    )


SYNTHETIC = {
    "outcome": "y",
    "unit": "u",
    "time": "t",
    "treated": "a",
    "first_treated": 2015,
    "period": "year",
}
GROUPS = {"outcome": "y", "unit": "u", "time": "t", "treatment": "d"}


@pytest.mark.parametrize(
    ("method", "call", "told"),
    [
        (
            "complier_effect",
            {"outcome": "y", "treatment": "d", "received": "r", "adjustment": "additive"},
            "`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.",
        ),
        (
            "complier_effect",
            {"outcome": "y", "treatment": "d", "received": "r", "inference": "randomization", "draws": 0},
            "`draws` must be an integer of at least 1; got 0.",
        ),
        (
            "difference_in_differences",
            {**GROUPS, "sampling": "repeated_cross_sections", "inference": "conley_taber"},
            "`inference` 'conley_taber' takes the changes of a panel; with sampling='repeated_cross_sections' choose "
            "'permutation'.",
        ),
        (
            "synthetic_control",
            {**SYNTHETIC, "donors": ["a", "b"]},
            "`donors` must not hold a treated unit; 'a' is treated. Take it out.",
        ),
        (
            "synthetic_difference_in_differences",
            {**SYNTHETIC, "donors": ["b"]},
            "`donors` must hold at least two units that are not treated; got 1. Add units that had no intervention.",
        ),
        (
            "synthetic_control",
            {**SYNTHETIC, "predictors": [{"column": "x", "first": 2010, "last": 2016, "weight": "1"}]},
            "`predictors` must have windows of periods before the first treated one, first to last; that of 'x' is "
            "2010 to 2016.",
        ),
        (
            "matched_comparison",
            {"outcome": "x", "match": {"unit": "u", "treatment": "d", "covariates": ["x"]}},
            "Column 'x' must play one role; it is named as `outcome` and in `match`.",
        ),
    ],
)
def test_each_estimator_refuses_what_it_can_before_it_looks_at_its_table(
    method: str, call: dict[str, object], told: str
) -> None:
    with pytest.raises(ArgumentError) as error:
        check_call(METHODS[method], call)
    assert str(error.value) == told


def test_a_call_that_some_data_could_serve_passes() -> None:
    check_call(METHODS["synthetic_control"], SYNTHETIC)
    check_call(METHODS["difference_in_differences"], GROUPS)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "    unit: kommun\n",
            "    unit: 127\n",
            "unit must be text, in quotes where it looks like a number; got 127.",
        ),
        (
            "    unit: kommun\n",
            "    unit: [kommun]\n",
            "unit must be text, in quotes where it looks like a number; got ['kommun'].",
        ),
        ("    missing: raise\n", "    missing: 1\n", "missing must be 'raise' or 'drop'; got 1."),
        (
            "    missing: raise\n",
            '    missing: raise\n    same_months: "no"\n',
            "same_months must be true or false; got 'no'.",
        ),
    ],
)
def test_a_value_of_another_type(old: str, new: str, told: str) -> None:
    text = changed(TREND, (old, new))
    key = told.split()[0]
    assert refused(text) == f"line {line_of(text, key + ':')}: analysis.absence.{told}"


PANEL = '{path: "panel.csv", delimiter: ";", decimal: ",", encoding: "utf-8", text: [kommun]}'


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            PANEL.replace("utf-8", "cp1252"),
            "`encoding` must be 'utf-8', 'windows-1252', 'iso-8859-1' or 'utf-16'; got 'cp1252'.",
        ),
        (
            PANEL.replace("panel.csv", "panel.xls"),
            "The file 'panel.xls' must end in .csv, .txt, .tsv, .xlsx or .parquet; save it as one of these.",
        ),
        ('{path: "panel.csv", sheet: "Blad1"}', "`sheet` has no meaning for the file 'panel.csv'; leave it out."),
        (
            '{path: "panel.parquet", header_row: 2}',
            "`header_row` has no meaning for the file 'panel.parquet'; leave it out.",
        ),
        (
            '{path: "panel.csv", text: [kommun, kommun]}',
            "`text` must name each column once; 'kommun' stands twice.",
        ),
    ],
)
def test_a_file_that_no_reader_takes_as_it_is_declared(source: str, told: str) -> None:
    text = changed(TREND, (PANEL, source))
    assert refused(text) == f"line {line_of(text, 'panel:')}: data.panel: {told}"


def test_options_may_fit_another_file_that_is_given_in_its_place(tmp_path: Path) -> None:
    """A file that is given in place of the contract's own is read by what its kind takes."""
    contract = workflow.read_contract(workflow.case("sick-leave") / "contract.yaml")
    rows = effekt.read_table(workflow.case("sick-leave") / "panel.csv", delimiter=";", decimal=",", text="kommun")
    path = tmp_path / "panel.parquet"
    rows.to_pandas().to_parquet(path)
    assert workflow.estimate(contract, {"panel": path})["absence"] == workflow.estimate(contract)["absence"]


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (
            changed(TREND, ("    unit: kommun\n", "    unit: månad\n")),
            "time:",
            "`unit` and `time` must be two columns; both",
        ),
        (changed(TREND, ("sjukdagar, årsarbetare]", "sjukdagar, sjukdagar]")), "outcome:", "both are"),
    ],
)
def test_two_roles_of_one_column(text: str, key: str, told: str) -> None:
    sentence = refused(text)
    assert told in sentence
    assert sentence.startswith(f"line {line_of(text, key)}:")


def test_a_cluster_may_be_the_unit() -> None:
    assert same_columns({"outcome": {"column": "y"}, "unit": "u", "time": "t", "cluster": "u"}) is None
    assert same_columns({"outcome": "y", "unit": "u", "time": "t", "cluster": "y"}) == ("outcome", "cluster", "y")
    assert same_columns({"outcome": ["a", "b"], "cohort": "c", "treatment": "c"}) == ("cohort", "treatment", "c")


def test_an_uncertainty_that_nobody_asked_for_is_warned_of() -> None:
    told = [
        text.en for text in workflow.check(read(changed(TREND, ("inference: placebo", "inference: none")))).cautions
    ]
    assert any("will never have a value: analysis.absence has inference: none." in one for one in told)
