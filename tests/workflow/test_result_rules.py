"""A result that contradicts its contract or itself does not hold, and no data are needed to tell."""

from __future__ import annotations

import copy
import json

import pytest
from workflow.test_ledgers import CONTRACT, KEY, contract

from effekt import workflow
from effekt.certificates import Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import parse_contract
from effekt.exceptions import CertificateError
from effekt.reports.checklist import checklist
from effekt.reports.lacking import lacking


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    return workflow.settle(contract(tmp_path_factory.mktemp("lot")), date="2021-06-01").sign(KEY)


def forged(certificate, change):
    """The certificate of a signer who changed the result and signed it again."""
    return forged_set(certificate, lambda results: change(results["trial"]))


def forged_set(certificate, change):
    """The certificate of a signer who changed which results there are and signed it again."""
    tree = copy.deepcopy(json.loads(certificate.envelope.payload))
    change(tree["predicate"]["results"])
    return Certificate(sign(Envelope(payload=canonical_json(tree)), KEY))


def told(certificate, folder):
    """What verification without data says of the analysis."""
    own = parse_contract(certificate.contract.raw, folder)
    found = workflow.verify(certificate, contract=own)
    assert any(one.name == "data:people" and one.verdict == "cannot_tell" for one in found.findings)
    return [one.text.en for one in found.findings if one.name == "analysis:trial"]


def _add(result, name):
    said = {"en": "All is well.", "sv": "Allt är väl."}
    result["diagnostics"].append({"name": name, "status": "ok", "statement": said, "values": {}, "table": {}})


def test_an_honest_result_is_not_accused(settled, tmp_path):
    assert told(settled, tmp_path) == []


FORGED = {
    "method": (lambda r: r.update(method="matched_comparison"), "method matched_comparison / randomized_trial"),
    "missing": (
        lambda r: r["arguments"].update(missing="raise"),
        "arguments.missing raise / drop; sample.n_dropped 8 / 0",
    ),
    "variance": (
        lambda r: r["arguments"].update(variance="HC3"),
        "arguments.variance HC3 / HC2; variance HC2/1 / HC3/1",
    ),
    "treatment": (lambda r: r["arguments"].update(treatment="months"), "arguments.treatment months / offered"),
    "slope": (lambda r: r["view"].update(slope=5), "view.slope 5.0 / 1.0"),
    "mean": (
        lambda r: r["means"].update(counterfactual=1),
        "means.counterfactual 1.0 / 3.0; observed.control 3.0 / 1.0",
    ),
    "raw mean": (lambda r: r["observed"].update(control=None), "observed.control – / 3.0"),
    "sample": (
        lambda r: r["sample"].update(n_units=4000),
        "sample.n_units 4000 / 34; sample.n_obs 34 / 4000; sample 4000 / 34",
    ),
    "arm": (
        lambda r: r["sample"].update(n_treated=2000),
        "sample.n_units 34 / 2018; sample in the arm treated 2000 / 16",
    ),
    "hidden arm": (lambda r: r["sample"].update(n_control=None), "sample.n_control – / 18"),
    "ledger": (lambda r: r["diagnostics"].pop(), "diagnostics – / unit_ledger"),
    "second ledger": (
        lambda r: r["diagnostics"].append(r["diagnostics"][-1]),
        "diagnostics unit_ledger, unit_ledger / unit_ledger",
    ),
    "made up": (lambda r: _add(r, "made_up"), "diagnostics made_up / –"),
    "limit of no contract": (lambda r: _add(r, "minimum_n"), "diagnostics minimum_n / –"),
    "check of another method": (lambda r: _add(r, "time_weights"), "diagnostics time_weights / –"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_result_that_contradicts_its_contract_or_itself_does_not_hold(settled, tmp_path, name):
    change, difference = FORGED[name]
    assert told(forged(settled, change), tmp_path) == [
        "The result of trial is not what its contract and its own numbers say (stated / must be): " + difference + "."
    ]


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("other", "'other'"),
        ("a\x1b[31m\n", r"'a\x1b[31m\n'"),
        ("b\u202e", r"'b\u202e'"),
        ("c" * 90, f"'{'c' * 37}...'"),
    ],
)
def test_a_certificate_with_a_result_of_no_analysis_of_the_contract_cannot_be_read(settled, id, name):
    """So no page shows it; its name, which no contract has checked, is told with what cannot be seen as escapes."""

    def change(results):
        results[id] = results["trial"]

    with pytest.raises(CertificateError) as told:
        forged_set(settled, change)
    assert str(told.value) == (
        f"The certificate cannot be read: results must be of analyses of the contract, trial; got {name}."
    )


def test_an_analysis_without_a_result_does_not_hold_although_no_figure_takes_it(tmp_path):
    both = workflow.settle(contract(tmp_path, two_analyses()), date="2021-06-01").sign(KEY)
    own = parse_contract(both.contract.raw, tmp_path / "alone")
    assert workflow.verify(both, contract=own).differences == ()
    (finding,) = workflow.verify(forged_set(both, lambda results: results.pop("again")), contract=own).differences
    assert finding.name == "analysis:again"
    assert finding.text.en == "The certificate has no result of again, which is an analysis of its contract."


def test_an_analysis_that_waits_for_nothing_does_not_hold_although_no_figure_takes_it(tmp_path):
    """A trial has no windows to wait for, and nobody declares that its table was not delivered."""
    both = workflow.settle(contract(tmp_path, two_analyses()), date="2021-06-01").sign(KEY)
    own = parse_contract(both.contract.raw, tmp_path / "alone")
    waits = {"pending": {"reason": {"en": "It waits.", "sv": "Den väntar."}, "missing": ["2030"]}}
    (finding,) = workflow.verify(
        forged_set(both, lambda results: results.update(again=waits)), contract=own
    ).differences
    assert finding.name == "analysis:again"
    assert finding.text.en.endswith("its contract and its own numbers say (stated / must be): pending It waits. / –.")


def test_rows_left_out_without_a_check_are_not_said_to_be_none(settled):
    bare = forged(settled, lambda result: result.update(diagnostics=[]))
    (text,) = lacking(bare)["missing"]
    assert text.en == (
        "trial: Rows were left out for missing values and the certificate has no check of missing outcomes, so it is "
        "not known what bounds of them would give."
    )


def test_a_ledger_that_is_missing_of_one_of_two_analyses_leaves_the_question_open(tmp_path):
    both = workflow.settle(contract(tmp_path, two_analyses()), date="2021-06-01")
    bare = forged(both.sign(KEY), lambda result: result["diagnostics"].pop())
    assert [_closes(one) for one in (both, bare)] == [
        ("pass", "the unit ledger closes at every step"),
        ("not_determinable", "the certificate has no unit ledger of trial"),
    ]


def two_analyses():
    """The contract with its analysis a second time, which no figure takes."""
    analysis = CONTRACT[CONTRACT.index("  trial:\n    method") : CONTRACT.index("figures:")]
    ledger = CONTRACT.partition("ledgers:\n")[2]
    text = CONTRACT.replace("figures:", f"{analysis.replace('  trial:', '  again:', 1)}figures:", 1)
    return text + ledger.replace("  trial:", "  again:", 1)


def _closes(certificate):
    (found,) = [one for one in checklist(certificate) if one.item == "B3"]
    return found.verdict, found.note.en
