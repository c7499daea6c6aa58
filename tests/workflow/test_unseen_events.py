"""A contract that pays on a ratio of which the result has no set: referred or zero as written, and it says why."""

from __future__ import annotations

import functools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deciding import read_decided

from effekt import workflow
from effekt._inference import Unavailable
from effekt._text import Text
from effekt.certificates import DEMO_KEY
from effekt.contracts import Figure
from effekt.estimators import METHODS
from effekt.independent import statistics
from effekt.result import EffectEstimate
from effekt.workflow.findings import Finding

ROWS = ["re78,treat", *["0,1"] * 21, *[f"{int(i % 4 == 0 and i < 20)},0" for i in range(21)]]


def contract_of(folder: Path, on_unavailable: str) -> workflow.Contract:
    """What the case nsw pays, when the lower bound of the relative fall in events is above 0.2."""
    shutil.copytree(workflow.case("nsw"), folder)
    (folder / "nsw.csv").write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    old = '    view: improvement\n    statistic: confidence_at_least\n    threshold: "0"\n'
    new = '    view: relative_improvement\n    statistic: confidence_low\n    level: "0.95"\n    alternative: greater\n'
    for before, after in (
        (old, new),
        ("better: higher", "better: lower"),
        ("on_unavailable: refer", f"on_unavailable: {on_unavailable}"),
        ('ge: "0.95"', 'ge: "0.20"'),
    ):
        assert text.count(before) == 1
        text = text.replace(before, after)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    return workflow.read_contract(folder / "contract.yaml")


@pytest.mark.parametrize("on_unavailable", ["refer", "zero"])
def test_no_money_moves_on_a_share_that_was_never_certain(on_unavailable: str, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    contract = contract_of(folder, on_unavailable)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    (figure,) = [figure for figure in certificate.figures if figure.id == "confidence"]
    if on_unavailable == "zero":
        assert (figure.state, figure.value) == ("determined", "0.0000")
    else:
        assert (figure.state, figure.value) == ("referred", None)
        assert figure.reason is not None
        assert figure.reason.en.startswith("confidence: No event was seen among the treated")
        assert figure.reason.sv.startswith("confidence: Ingen händelse sågs bland de behandlade")
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert "differs" not in verdicts.values(), verdicts
    assert verdicts["result:earnings"] == "reproduced"
    assert verdicts["independent:effect"] == "reproduced"
    for lang, words in (("en", "No event was seen among the treated"), ("sv", "Ingen händelse sågs")):
        workflow.report(certificate, folder / f"page.{lang}.html", lang=lang)
        page = (folder / f"page.{lang}.html").read_text(encoding="utf-8")
        assert words in page
        assert ("no variation that the standard error could count" in page) == (lang == "en")


@pytest.mark.parametrize("on_unavailable", ["refer", "zero"])
def test_a_share_of_no_events_is_as_the_contract_says(on_unavailable: str, tmp_path: Path) -> None:
    contract = contract_of(tmp_path / "case", on_unavailable)
    rows = ["re78,treat", *[f"{int(i in (1, 5))},1" for i in range(12)], *["0,0"] * 18]
    (contract.folder / "nsw.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    figure = figure_of(certificate)
    if on_unavailable == "zero":
        assert (figure.state, figure.value) == ("determined", "0.0000")
    else:
        assert (figure.state, figure.value) == ("referred", None)
        assert figure.reason is not None
        assert figure.reason.en.startswith("confidence: `relative_improvement` needs a positive counterfactual mean")
        assert figure.reason.sv.startswith(
            "confidence: En relativ effekt kräver ett positivt kontrafaktiskt medelvärde"
        )
    found = workflow.verify(certificate, contract=contract)
    assert found.differences == ()
    assert {one.name: one.verdict for one in found.findings}["independent:effect"] == "reproduced"
    for lang, words in (("en", "needs a positive counterfactual mean"), ("sv", "positivt kontrafaktiskt medelvärde")):
        workflow.report(certificate, tmp_path / f"page.{lang}.html", lang=lang)
        page = (tmp_path / f"page.{lang}.html").read_text(encoding="utf-8")
        assert words in page
        zero = {"en": "counted as zero, since this statistic does not exist", "sv": "räknas som noll, eftersom måttet"}
        assert (zero[lang] in page) == (on_unavailable == "zero")


@pytest.mark.parametrize("arm", ["treated", "controls"])
def test_the_second_route_has_no_number_either_and_says_so(arm: str, tmp_path: Path) -> None:
    contract = contract_of(tmp_path / "case", "zero")
    if arm == "controls":
        rows = ["re78,treat", *[f"{int(i in (1, 5))},1" for i in range(12)], *["0,0"] * 18]
        (contract.folder / "nsw.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    one = confidence(workflow.verify(certificate, contract=contract))
    assert one.verdict == "reproduced"
    assert one.text.en == (
        "Figure confidence: stated 0.0000, as the contract has it of a statistic that does not exist; by the "
        "independent implementation it does not exist either."
    )
    assert one.text.sv == (
        "Siffran confidence: angiven 0,0000, som avtalet har det för ett mått som inte finns; enligt den oberoende "
        "beräkningen finns det inte heller."
    )


UNJUDGED = {
    "no variation": ["re78,treat", *["1,1"] * 12, *["2,0"] * 12],
    "few clusters": ["re78,treat,place", *[f"{3 + i % 7},{int(i % 4 > 1)},{i % 4}" for i in range(24)]],
}


@pytest.mark.parametrize("view", ["relative_improvement", "improvement"])
@pytest.mark.parametrize("why", UNJUDGED)
def test_by_neither_route_there_is_any_inference_and_each_says_so(why: str, view: str, tmp_path: Path) -> None:
    contract = contract_of(tmp_path / "case", "zero")
    text = (contract.folder / "contract.yaml").read_text(encoding="utf-8")
    text = text.replace("view: relative_improvement", f"view: {view}")
    if why == "few clusters":
        text = text.replace("    variance: HC2\n", "    variance: CR2\n    cluster: place\n")
    (contract.folder / "contract.yaml").write_text(text, encoding="utf-8")
    (contract.folder / "nsw.csv").write_text("\n".join(UNJUDGED[why]) + "\n", encoding="utf-8")
    contract = read_decided(contract.folder / "contract.yaml")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    figure = figure_of(certificate)
    assert (figure.state, figure.value) == ("determined", "0.0000")
    one = confidence(workflow.verify(certificate, contract=contract))
    assert one.verdict == "reproduced"
    assert one.text.en.endswith("; by the independent implementation it does not exist either.")


def test_a_lack_of_the_second_route_alone_is_no_agreement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end that it has no formula for is not one that does not exist."""
    contract = contract_of(tmp_path / "case", "zero")
    rows = [f"1{row[1:]}" if i in (3, 7) else row for i, row in enumerate(ROWS)]
    (contract.folder / "nsw.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    monkeypatch.setattr(statistics, "bound", lambda *_: None)
    one = confidence(workflow.verify(certificate, contract=contract))
    assert (one.verdict, one.text.en) == (
        "cannot_tell",
        "Figure confidence: the independent implementation does not compute this statistic.",
    )


# --- a statistic that the recorded path says does not exist, and of which the second route has a number ------------


def figure_of(certificate: workflow.Certificate) -> Figure:
    return next(figure for figure in certificate.figures if figure.id == "confidence")


def confidence(found: workflow.Verification) -> Finding:
    return next(one for one in found.findings if one.name == "independent:confidence")


def test_a_refusal_that_is_found_again_is_of_the_two_implementations_and_not_of_the_party(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = contract_of(tmp_path / "case", "zero")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    monkeypatch.setattr(statistics, "bound", lambda *_: 0.5)
    found = workflow.verify(certificate, contract=contract)
    assert found.differences == ()
    one = confidence(found)
    assert one.verdict == "cannot_tell"
    for text in (one.text.en, one.text.sv):
        assert "confidence" in text
    assert "stated 0.0000" in one.text.en
    assert "by the independent implementation 0.5000" in one.text.en
    assert "refuses it again from these data: No event was seen among the treated" in one.text.en
    assert "a fault in effekt, not in the certificate" in one.text.en
    assert "angiven 0,0000" in one.text.sv
    assert "enligt den oberoende beräkningen 0,5000" in one.text.sv
    assert "Ingen händelse sågs bland de behandlade" in one.text.sv
    assert "ett fel i effekt, inte i intyget" in one.text.sv
    assert "the second implementation did not repeat everything" in found.summary.en


def test_so_it_is_where_both_would_write_the_same_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = contract_of(tmp_path / "case", "zero")
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    monkeypatch.setattr(statistics, "bound", lambda *_: 0.0)
    assert confidence(workflow.verify(certificate, contract=contract)).verdict == "cannot_tell"


def test_a_statistic_that_is_falsely_said_not_to_exist_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "case"
    contract = contract_of(folder, "zero")
    events = [f"1{row[1:]}" if i in (3, 7) else row for i, row in enumerate(ROWS)]
    (folder / "nsw.csv").write_text("\n".join(events) + "\n", encoding="utf-8")
    honest = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    assert figure_of(honest).value not in ("0.0000", None)
    assert confidence(workflow.verify(honest, contract=contract)).verdict == "reproduced"
    estimator = METHODS["randomized_trial"]

    @functools.wraps(estimator)
    def without_inference(*given: Any, **options: Any) -> EffectEstimate:
        reason = Text(en="No variation.", sv="Ingen variation.")
        return replace(estimator(*given, **options), inference=Unavailable(reason=reason))

    with monkeypatch.context() as forging:
        forging.setitem(METHODS, "randomized_trial", without_inference)
        forged = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    assert figure_of(forged).value == "0.0000"
    told = {one.name for one in workflow.verify(forged, contract=contract).differences}
    assert {"result:earnings", "recomputed:confidence", "independent:confidence"} <= told
