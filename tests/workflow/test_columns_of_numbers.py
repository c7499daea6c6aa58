"""A column that an analysis computes with is not agreed to be text: `check` says so before there are data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from effekt import workflow
from effekt.contracts import Contract
from effekt.exceptions import ContractError
from effekt.workflow.data.delivered import delivered_faults

NSW = (workflow.case("nsw") / "contract.yaml").read_text(encoding="utf-8")
SOURCE = '  nsw: {path: "nsw.csv"}'
COLUMNS = ("re78", "treat", "w", "p", "e", "place")
USED = {
    "re78": ("", "its outcome from that column"),
    "treat": ("", "treatment from that column, as numbers"),
    "w": ("    weights: {column: w, kind: sampling}\n", "weights from that column, as numbers"),
    "p": ("    probability: p\n", "probability from that column, as numbers"),
    "e": ("    exposure: e\n", "exposure from that column, as numbers"),
}


def contract(folder: Path, source: str, more: str) -> Contract:
    assert SOURCE in NSW
    text = NSW.replace(SOURCE, source).replace("    variance: HC2\n", f"    variance: HC2\n{more}")
    if "probability" in more:
        text = text.replace("variance: HC2", "variance: young").replace("population: super", "population: finite")
    folder.mkdir(exist_ok=True)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    rows = [f"{13 + (7 * i) % 11},{(i + 1) % 2},{1 + i % 3},0.5,{2 + i % 4},a{i % 6}" for i in range(42)]
    (folder / "nsw.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


@pytest.mark.parametrize("use", ["check", "estimate"])
@pytest.mark.parametrize("name", USED)
def test_a_column_that_is_read_as_text_is_refused_where_numbers_are_taken(name: str, use: str, tmp_path: Path) -> None:
    more, taken = USED[name]
    getattr(workflow, use)(contract(tmp_path, SOURCE, more))
    agreed = contract(tmp_path, SOURCE.replace("}", f", text: [place, {name}]}}"), more)
    with pytest.raises(ContractError) as refusal:
        getattr(workflow, use)(agreed)
    line = NSW.splitlines().index(SOURCE) + 1
    assert str(refusal.value) == (
        f"line {line}: data.nsw.text must not have the column '{name}', as analysis.earnings takes {taken}; leave it "
        "out there."
    )


@pytest.mark.parametrize("kind", ["text", "date"])
@pytest.mark.parametrize("name", USED)
def test_a_column_that_is_agreed_to_be_no_number_is_refused_where_numbers_are_taken(
    name: str, kind: str, tmp_path: Path
) -> None:
    more, taken = USED[name]
    kinds = dict.fromkeys(COLUMNS[:-1], "number") | {"place": "text", name: kind}
    columns = ", ".join(f"{one}: {{kind: {own}}}" for one, own in kinds.items())
    with pytest.raises(ContractError) as refusal:
        workflow.check(contract(tmp_path, SOURCE.replace("}", f", columns: {{{columns}}}}}"), more))
    assert str(refusal.value).endswith(
        f"data.nsw.columns.{name}.kind must be number or whole, as analysis.earnings takes {taken}; got {kind}."
    )


@pytest.mark.parametrize("case", ["finnish-children", "helsingborg", "koto-sib", "sick-leave", "vgr-attendance"])
def test_names_of_units_and_groups_are_text_as_before(case: str, tmp_path: Path) -> None:
    shutil.copytree(workflow.case(case), tmp_path / case)
    assert workflow.check(workflow.read_contract(tmp_path / case / "contract.yaml")).figures


def test_a_caliper_that_has_the_name_of_an_argument_is_a_column_like_others(tmp_path: Path) -> None:
    text = NSW.replace("    method: randomized_trial\n", "    method: matched_comparison\n")
    text = text.replace("attribution: randomised", "attribution: matched")
    match = "    match: {unit: who, treatment: treat, covariates: [weights], calipers: {weights: 1}}\n"
    for line in ("treatment: treat", "adjustment: none", "estimand: ATE", "population: super", "variance: HC2"):
        text = text.replace(f"    {line}\n", match if line == "treatment: treat" else "")
    text = text.replace(SOURCE, SOURCE.replace("}", ", text: [treat]}"))
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    found = list(delivered_faults(workflow.read_contract(tmp_path / "contract.yaml")))
    assert [place for place, _ in found] == [("data", "nsw", "text", 0)]
    text = text.replace("text: [treat]", "text: [weights]")
    (tmp_path / "contract.yaml").write_text(text, encoding="utf-8")
    assert list(delivered_faults(workflow.read_contract(tmp_path / "contract.yaml"))) == []
