"""A column with a name that could be read as nothing: none is no column, every other name is a column."""

from __future__ import annotations

from pathlib import Path

import pytest

import effekt
from effekt import workflow
from effekt.contracts import Contract
from effekt.exceptions import ContractError, DataError
from effekt.result import EffectEstimate
from effekt.workflow.data.delivered import check_delivered

NSW = (workflow.case("nsw") / "contract.yaml").read_text(encoding="utf-8")
CLUSTERED = "    variance: CR2\n"
NAMES = ("None", "NONE", "null", "NULL", "~", "nan", "true", "no")


def contract(folder: Path, called: str, new: str, written: tuple[str, str]) -> Contract:
    """The data with a column called `new` in place of another, and the contract with something written anew."""
    old, text = written
    assert old in NSW
    names = [new if name == called else name for name in ("re78", "treat", "w", "place")]
    rows = [f"{13 + (7 * i) % 11},{i // 4 % 2},{1 + i % 3},c{i // 4}" for i in range(80)]
    (folder / "nsw.csv").write_text("\n".join([",".join(names), *rows]) + "\n", encoding="utf-8")
    (folder / "contract.yaml").write_text(NSW.replace(old, text), encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


def estimated(agreed: Contract) -> EffectEstimate:
    effekt.check(agreed)
    found = workflow.estimate(agreed)["earnings"]
    assert isinstance(found, EffectEstimate)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_any_other_name_is_a_column(name: str, tmp_path: Path) -> None:
    old = "    variance: HC2\n"
    clustered = estimated(contract(tmp_path, "place", name, (old, f'{CLUSTERED}    cluster: "{name}"\n')))
    assert clustered.sample.n_clusters == 20
    weighted = f'{old}    weights: {{column: "{name}", kind: sampling}}\n'
    plain = estimated(contract(tmp_path, "w", "w", (old, old)))
    assert estimated(contract(tmp_path, "w", name, (old, weighted))).estimate != plain.estimate
    for called, line in (("re78", "column: re78"), ("treat", "treatment: treat")):
        written = line, f'{line.split(":")[0]}: "{name}"'
        assert estimated(contract(tmp_path, called, name, written)).estimate == plain.estimate


def test_a_list_and_a_map_name_a_column_that_is_called_none(tmp_path: Path) -> None:
    plain = estimated(contract(tmp_path, "w", "w", ("    variance: HC2\n", "    variance: HC2\n")))
    assert estimated(contract(tmp_path, "re78", "none", ("column: re78", "column: none"))).estimate == plain.estimate
    listed = ("    adjustment: none\n", "    adjustment: additive\n    covariates: [none]\n")
    assert estimated(contract(tmp_path, "w", "none", listed)).estimate != plain.estimate


@pytest.mark.parametrize("quoted", ["none", '"none"'])
def test_none_is_no_column_and_a_column_of_that_name_is_told(quoted: str, tmp_path: Path) -> None:
    written = "    variance: HC2\n", f"    variance: HC2\n    cluster: {quoted}\n"
    assert estimated(contract(tmp_path, "place", "place", written)).sample.n_clusters is None
    agreed = contract(tmp_path, "place", "none", written)
    with pytest.raises(DataError) as refusal:
        workflow.estimate(agreed)
    assert str(refusal.value) == (
        "data.nsw: Column 'none' must have another name, as analysis.earnings.cluster is none, which means that there "
        "is no column; rename it in the data."
    )


def test_a_column_that_there_must_be_is_not_called_none(tmp_path: Path) -> None:
    agreed = contract(tmp_path, "treat", "none", ("treatment: treat", "treatment: none"))
    for use in (effekt.check, workflow.estimate, workflow.dry_run):
        with pytest.raises(ContractError) as refusal:
            use(agreed)
        assert str(refusal.value) == (
            "line 24: analysis.earnings.treatment must name a column, and none means that there is no column; give a "
            "column that is called none another name, or leave the argument out where it may be."
        )


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (("column: re78", 'column: ""'), "analysis.earnings.outcome.column"),
        (("treatment: treat", 'treatment: " "'), "analysis.earnings.treatment"),
        (
            ("    adjustment: none\n", '    adjustment: additive\n    covariates: [w, ""]\n'),
            "analysis.earnings.covariates[2]",
        ),
    ],
)
def test_a_column_has_a_name(written: tuple[str, str], place: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError) as refusal:
        effekt.check(contract(tmp_path, "w", "w", written))
    assert f": {place} must name a column, and is blank; write its name." in str(refusal.value)


def test_a_match_without_exact_columns_stands_beside_no_column_of_that_name(tmp_path: Path) -> None:
    text = NSW.replace("    method: randomized_trial\n", "    method: matched_comparison\n")
    match = "    match: {unit: who, treatment: treat, covariates: [w], calipers: none}\n"
    for line in ("treatment: treat", "adjustment: none", "estimand: ATE", "population: super", "variance: HC2"):
        text = text.replace(f"    {line}\n", match if line == "treatment: treat" else "")
    (tmp_path / "contract.yaml").write_text(text.replace("randomised", "matched"), encoding="utf-8")
    rows = [f"u{i},{i % 9},{i % 2},{i % 5},1" for i in range(30)]
    (tmp_path / "nsw.csv").write_text("\n".join(["who,re78,treat,w,none", *rows]) + "\n", encoding="utf-8")
    agreed = workflow.read_contract(tmp_path / "contract.yaml")
    with pytest.raises(DataError, match=r"as analysis\.earnings\.match\.calipers is none"):
        check_delivered(agreed, "nsw", effekt.read_table(tmp_path / "nsw.csv"))
