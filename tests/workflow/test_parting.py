"""Verify says where on the way from the data to the payment two computations first part, and why one was not made."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided

import effekt
from effekt import independent, workflow
from effekt._text import Text
from effekt.certificates import DEMO_KEY, Envelope, canonical_json, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.exceptions import EffektError
from effekt.workflow.findings import refused_stage, result_stage

GOLDENS = Path(__file__).parents[1] / "goldens"


def changed(folder: Path, change: Callable[[dict[str, Any]], None]) -> workflow.Verification:
    statement = json.loads(read_envelope((folder / "certificate.json").read_bytes()).payload)
    change(statement["predicate"])
    certificate = Certificate(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY))
    return workflow.verify(certificate, contract=workflow.read_contract(folder / "contract.yaml"))


def parted(found: workflow.Verification) -> str:
    assert found.parted is not None
    return found.parted.en


def test_nothing_that_differs_parts_nowhere(rate_card: Path) -> None:
    assert changed(rate_card, lambda predicate: None).parted is None


def test_a_changed_cell_parts_at_the_rows(rate_card: Path, effekt: Any) -> None:
    path = rate_card / "months.csv"
    path.write_bytes(path.read_bytes().replace(b";0;0\r\n", b";1;0\r\n", 1))
    assert parted(changed(rate_card, lambda predicate: None)) == "The paths first part at the rows: data:months."
    ran = effekt("verify", rate_card / "certificate.json", "--contract", rate_card / "contract.yaml", "--lang", "sv")
    assert ran.out.splitlines()[-2:] == [
        "Vägarna skiljs åt först vid raderna: data:months.",
        "Intyget stämmer inte.",
    ]
    ran = effekt("verify", rate_card / "certificate.json", "--contract", rate_card / "contract.yaml", "--json")
    assert json.loads(ran.out)["parted"] == "Vägarna skiljs åt först vid raderna: data:months."


def test_a_changed_result_parts_at_the_estimate(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["results"]["work"]["exact"] = "69/1"

    assert parted(changed(rate_card, change)) == "The paths first part at the estimate: result:work."


def test_a_changed_count_of_rows_parts_at_the_rows(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["results"]["work"]["sample"]["n_obs"] += 1

    assert parted(changed(rate_card, change)) == "The paths first part at the rows: result:work."


def test_a_changed_figure_parts_at_the_figures(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["figures"][0]["value"] = "69"

    assert parted(changed(rate_card, change)) == (
        "The paths first part at the figures: figure:months_in_work, recomputed:months_in_work and "
        "independent:months_in_work."
    )


def test_a_changed_amount_parts_at_the_payment(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["settlement"]["total"] = "779037.41"

    assert parted(changed(rate_card, change)) == "The paths first part at the payment: payment and independent_payment."


def test_what_lies_beside_the_way_parts_nowhere(rate_card: Path) -> None:
    def change(predicate: dict[str, Any]) -> None:
        predicate["software"]["effekt"] = "99.0"

    found = changed(rate_card, change)
    assert (found.ok, found.parted) == (False, None)


def test_rows_that_are_refused_part_at_the_rows(rate_card: Path) -> None:
    path = rate_card / "months.csv"
    path.write_bytes(path.read_bytes().replace(b";0;0\r\n", b";x;0\r\n", 1))
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    found = workflow.verify(certificate, data={"months": path})
    assert parted(found) == "The paths first part at the rows: recomputation."


def test_a_result_against_an_analysis_that_waits_for_data_parts_at_the_rows() -> None:
    waiting = Pending(reason=Text(en="It waits.", sv="Den väntar."), missing=("2022",))
    assert result_stage(waiting, waiting) == "estimate"
    assert [result_stage(_result(0.1, 1.0), waiting), result_stage(waiting, None)] == ["rows", "rows"]


def test_what_the_recorded_path_refuses_later_parts_there() -> None:
    def stage(refuse: Callable[[], object]) -> str:
        with pytest.raises(EffektError) as refused:
            refuse()
        return refused_stage(refused.value)

    units = {"y": [1, 2, 3, 4, 5, 6], "d": [1, 1, 1, 0, 0, 0], "x": [1, 2, 3, 7, 8, 9], "i": [*"abcdef"]}
    match = {"treatment": "d", "covariates": ["x"], "unit": "i", "method": "nearest", "distance": "propensity"}
    apart = {"estimand": "ATT", "missing": "raise"}
    assert stage(lambda: effekt.match_controls(units, **match, **apart)) == "weights"
    assert stage(lambda: effekt.match_controls({**units, "d": [2] * 6}, **match, **apart)) == "rows"
    assert stage(lambda: effekt.match_controls(units, **{**match, "method": "any"}, **apart)) == "estimate"


def _result(balance: float, estimate: float) -> dict[str, Any]:
    checks = [{"name": "covariate_balance", "values": {"largest": balance}}, {"name": "attrition", "values": {}}]
    return {"estimate": estimate, "sample": {"n_obs": 4}, "diagnostics": checks}


@pytest.mark.parametrize(
    ("balance", "estimate", "stage"), [(0.2, 1.0, "weights"), (0.2, 2.0, "weights"), (0.1, 2.0, "estimate")]
)
def test_checks_on_weights_come_before_what_is_estimated(balance: float, estimate: float, stage: str) -> None:
    assert result_stage(_result(0.1, 1.0), _result(balance, estimate)) == stage


# --- missing outcomes: the second route computes, or tells its true cause --------------------------------------


def _without_outcomes(source: Path, target: Path, column: int, rows: tuple[int, ...]) -> None:
    lines = source.read_text(encoding="utf-8").splitlines()
    for row in rows:
        cells = lines[row].split(",")
        cells[column] = ""
        lines[row] = ",".join(cells)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def verdicts(contract: Path, date: str) -> dict[str, str]:
    read = read_decided(contract)
    certificate = workflow.settle(read, date=date).sign(DEMO_KEY)
    found = workflow.verify(certificate, contract=read)
    assert found.ok
    return {finding.name: finding.verdict for finding in found.findings}


@pytest.mark.parametrize(("covariates", "adjustment"), [("[]", "none"), ("[x]", "lin")])
def test_compliers_with_missing_outcomes_are_followed(tmp_path: Path, covariates: str, adjustment: str) -> None:
    from workflow.test_compliers import contract_in

    path = contract_in(tmp_path, "individual", "effect", covariates, adjustment)
    header = (tmp_path / "trial.csv").read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
    _without_outcomes(GOLDENS / "compliers" / "individual.csv", tmp_path / "trial.csv", header.index("y"), (3, 8, 20))
    path.write_text(path.read_text(encoding="utf-8").replace("missing: raise", "missing: drop"), encoding="utf-8")
    told = verdicts(path, "2019-03-01")
    names = ("effect", "relative", "assigned", "share", "low")
    assert [told[f"independent:{name}"] for name in names] == ["reproduced"] * 5


@pytest.mark.parametrize("design", ["arms", "subgroups", "outcomes"])
def test_several_trials_with_missing_outcomes_are_followed(tmp_path: Path, design: str) -> None:
    from workflow.test_several_trials import DESIGNS, TABLES, settled

    settled(design, tmp_path / "trial")
    contract = tmp_path / "trial" / "contract.yaml"
    header = (TABLES / "units.csv").read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
    table = tmp_path / "trial" / "nsw.csv"
    _without_outcomes(TABLES / "units.csv", table, header.index("days"), (3, 8, 20))
    _without_outcomes(table, table, header.index("visits"), (5, 9))
    text = contract.read_text(encoding="utf-8")
    assert "missing: raise" in text
    contract.write_text(text.replace("missing: raise", "missing: drop"), encoding="utf-8")
    assert DESIGNS[design][3] == "reproduced"
    told = verdicts(contract, "1979-06-01")
    assert (told["independent:effect"], told["independent:confidence"]) == ("reproduced", "reproduced")


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError(), OverflowError("too large"), ValueError("math"), RecursionError()]
)
def test_a_second_route_that_breaks_down_cannot_tell(
    fault: Exception, rate_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    certificate = workflow.read_certificate(rate_card / "certificate.json")

    def broken(columns: Any, **given: Any) -> Any:
        raise fault

    monkeypatch.setitem(
        independent.METHODS, "outcome_count", functools.wraps(independent.METHODS["outcome_count"])(broken)
    )
    found = {one.name: one for one in workflow.verify(certificate, contract=contract).findings}
    told = found["independent:months_in_work"]
    assert told.verdict == "cannot_tell"
    name = type(fault).__name__
    assert f"the independent implementation failed on this figure ({name}), so it was not computed" in told.text.en
    assert f"den oberoende beräkningen gick sönder på denna siffra ({name})" in told.text.sv


def test_what_the_second_route_declines_is_told_with_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a trial whose clusters have no order by content, as those of a panel."""
    monkeypatch.setattr("effekt.independent.trials.resampled_trial.Lottery.cluster_places", lambda *_: None)
    shutil.copytree(workflow.case("nsw"), tmp_path / "nsw")
    path, table = tmp_path / "nsw" / "contract.yaml", tmp_path / "nsw" / "nsw.csv"
    drawn = "adjustment: none\n    cluster: place\n    inference: wild_bootstrap\n    draws: 999\n    rng: 1"
    text = path.read_text(encoding="utf-8").replace("adjustment: none", drawn)
    treated = [[3, 3], [3, 3, 3], *([3, 3 + k] for k in (-4, -3, -2, -1, 1, 2, 3, 4))]  # of two no residual adds up
    places = [*((1, own) for own in treated), *((0, [k, k % 3]) for k in range(8))]
    rows = (f"{arm},{value},{place}\n" for place, (arm, own) in enumerate(places) for value in own)
    table.write_text("treat,re78,place\n" + "".join(rows), encoding="utf-8")
    path.write_text(text.replace("variance: HC2", "variance: none"), encoding="utf-8")
    read = workflow.read_contract(path)
    found = workflow.verify(workflow.settle(read, date="1979-06-01").sign(DEMO_KEY), contract=read)
    told = {finding.name: finding.text for finding in found.findings if finding.verdict == "cannot_tell"}
    refused = (
        "clusters that move the difference alike are not alike in its test, so the second route cannot tell whose "
        "signs are whose."
    )
    assert told["independent:confidence"] == Text(
        en=f"Figure confidence: the independent implementation declined: {refused}",
        sv="Siffran confidence: den oberoende beräkningen avstod: kluster som flyttar skillnaden lika mycket skiljer "
        "sig åt i dess test, så den kan inte avgöra vilka tecken som är vems.",
    )
