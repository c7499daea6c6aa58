"""A contract looked at before its window is over: shown, never settled."""

from __future__ import annotations

import json
import shutil

import pytest

from effekt import look, workflow
from effekt.certificates.run_log import read_log
from effekt.exceptions import ArgumentError, ContractError

HELSINGBORG = workflow.case("helsingborg") / "contract.yaml"


def test_a_look_is_the_estimator_to_date_against_the_contracts_own_threshold():
    contract = workflow.read_contract(HELSINGBORG)
    (found,) = workflow.look(contract, through=2017).values()
    assert found.arguments["threshold"] == 0.12
    assert found.estimand.population.en == "Klippan, 2016 to 2017"
    (other,) = workflow.look(contract, through="2017", target=0.05).values()
    assert other.arguments["threshold"] == 0.05
    assert look(contract, through=2017)["absence"] == found


def test_no_contract_has_a_look(tmp_path):
    shutil.copytree(HELSINGBORG.parent, tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("missing: raise", 'missing: raise\n    through: "2017"')
    path.write_text(text, encoding="utf-8")
    contract = workflow.read_contract(path)
    for verb in (workflow.check, workflow.estimate, workflow.look):
        with pytest.raises(ContractError, match="must not have the argument 'through': a look before the end"):
            verb(contract, **({"through": 2017} if verb is workflow.look else {}))


@pytest.mark.parametrize(
    ("case", "given", "message"),
    [
        ("nsw", {"through": 1978}, "must have an analysis by trend_adjusted"),
        ("helsingborg", {"through": None}, "`through` must be the last period that counts"),
        ("helsingborg", {"through": 2018}, "analysis.absence: `through` must be a year of `evaluation_window`"),
        ("helsingborg", {"through": 2017, "data": {"pannel": "x.csv"}}, "`data` must name data of the contract"),
        (
            "helsingborg",
            {"through": 2017, "target": 12},
            "analysis.absence: `target` must be a number between 0 and 1, ends apart; got 12.",
        ),
    ],
)
def test_looks_that_cannot_be(case, given, message):
    with pytest.raises(ArgumentError) as error:
        workflow.look(workflow.read_contract(workflow.case(case) / "contract.yaml"), **given)
    assert message in str(error.value)


def test_on_the_command_line(effekt):
    code, out, _ = effekt("look", HELSINGBORG, "--through", "2017", "--lang", "en")
    assert code == 0
    assert "For a reduction of 12% at the end, the remaining period must have −36.8%." in out
    assert "ingen grund för betalning" in effekt("look", HELSINGBORG, "--through", "2017")[1]
    found = json.loads(effekt("look", HELSINGBORG, "--through", "2017", "--json")[1])
    assert found["absence"]["method"] == "trend_adjusted"
    code, _, told = effekt("look", HELSINGBORG, "--through", "2017", "--target", "12 %")
    assert (code, told) == (2, "effekt: `--target` must be a decimal such as 0.12; got '12 %'.\n")
    code, _, told = effekt("look", HELSINGBORG, "--through", "2017", "--target", "12")
    assert (code, told) == (
        2,
        "effekt: analysis.absence: `--target` must be a number between 0 and 1, ends apart; got 12.0. Write 12 per "
        "cent as 0.12.\n",
    )
    code, _, told = effekt("look", HELSINGBORG, "--through", "2018")
    assert (code, told) == (
        2,
        "effekt: analysis.absence: `--through` must be a year of `evaluation_window` (2016 to 2018) before its last; "
        "got '2018'. Use `effekt estimate` when the evaluation is over.\n",
    )


def test_a_look_leaves_a_line_in_the_run_log(tmp_path, effekt):
    log = tmp_path / "runs.jsonl"
    contract = workflow.read_contract(HELSINGBORG)
    found = workflow.look(contract, through=2017, log=log)
    assert effekt("look", HELSINGBORG, "--through", "2017", "--log", log)[0] == 0
    first, second = read_log(log).runs
    assert (first.verb, second.verb) == ("look", "look")
    assert first.results == second.results != {}
    assert first.data == second.data != {}
    assert found == workflow.look(contract, through=2017)
