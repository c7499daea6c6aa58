"""Contracts on doubly robust, weighted and matched comparisons: settled, and followed by the second route."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deciding import read_decided

import effekt
from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.estimators import _aipw
from effekt.estimators.matching import controls
from effekt.exceptions import ContractError
from effekt.reports.checklist import checklist
from effekt.reports.compose import compose
from effekt.reports.text import certificate_text, report_text
from effekt.workflow import software

OUTCOME = 'outcome: {column: outcome, unit: "points", better: higher}'
ROBUST = f"""    method: doubly_robust
    data: nsw
    {OUTCOME}
    treatment: treatment
    covariates: [baseline, age, female]
    estimand: ATT
    learner: parametric
    outcome_model: linear
    variance: m_estimation
    missing: raise
"""
MATCHED = f"""    method: matched_comparison
    data: nsw
    {OUTCOME}
    match:
      unit: unit
      treatment: treatment
      covariates: [baseline, age, female]
      method: METHOD
      distance: propensity
      ratio: 1
      replace: false
      estimand: ESTIMAND
      salt: "cohort"
      tie_orders: 100
      moments: 2
      missing: raise
    variance: m_estimation
    missing: raise
"""
ANALYSES = {"doubly robust": ROBUST} | {
    f"{method}, {estimand}": MATCHED.replace("METHOD", method).replace("ESTIMAND", estimand)
    for method, estimand in [
        ("inverse_probability", "ATE"),
        ("overlap", "ATO"),
        ("entropy_balancing", "ATT"),
        ("covariate_balancing_propensity", "ATC"),
    ]
}

NEAREST = MATCHED.replace("METHOD", "nearest").replace("ESTIMAND", "ATT").replace("      moments: 2\n", "")
ANALYSES["nearest, pairs"] = NEAREST.replace("variance: m_estimation", "variance: CR2")
ANALYSES["nearest, shared controls"] = NEAREST.replace("replace: false", "replace: true").replace(
    "variance: m_estimation",
    "bias_adjustment: [age]\n    population: PATT\n    neighbours: 1\n    variance: abadie_imbens",
)
PAIRED = NEAREST.replace("variance: m_estimation", "variance: CR2")
ANALYSES["optimal"] = PAIRED.replace(
    "method: nearest", "method: optimal\n      caliper: '0.2'\n      propensity: logit"
)
ANALYSES["doubly robust, learnt"] = ROBUST.replace(
    "learner: parametric", "learner: gradient_boosting\n    folds: 5\n    repeats: 5\n    rng: 3"
).replace("variance: m_estimation", "variance: cross_fitted")
ANALYSES["optimal by distance"] = ANALYSES["optimal"].replace("distance: propensity", "distance: robust_mahalanobis")
ANALYSES["full by distance"] = PAIRED.replace("method: nearest", "method: full\n      propensity: logit").replace(
    "distance: propensity", "distance: mahalanobis"
)
ANALYSES["full"] = PAIRED.replace("method: nearest", "method: full\n      propensity: logit")
ANALYSES["classes, regressed"] = NEAREST.replace(
    "method: nearest", "method: subclassification\n      subclasses: 5\n      propensity: logit"
).replace("variance: m_estimation", "variance: HC2\n    covariates: [age]\n    adjustment: lin\n    population: PATT")


CLUSTERED = [
    NEAREST.replace("ratio: 1", "ratio: 1\n      exact: [town]").replace("m_estimation", "CR2\n    cluster: town"),
    ANALYSES["entropy_balancing, ATT"].replace("    variance: m_est", "    cluster: town\n    variance: m_est"),
    NEAREST.replace("replace: false", "replace: true\n      reuse: 2").replace("m_estimation", "CR2"),
    NEAREST.replace("METHOD", "exact")
    .replace("method: nearest", "method: exact")
    .replace("[baseline, age, female]", "[female]")
    .replace("m_estimation", "CR2_within\n    cluster: town"),
    NEAREST.replace("method: nearest", "method: full\n      exact: [town]").replace(
        "m_estimation", "CR2\n    cluster: town"
    ),
]


def contract_of(folder: Path, analysis: str, rows: int = 200, confounding: float = 0.5) -> workflow.Contract:
    """The NSW case with another analysis, of a synthetic cohort."""
    shutil.copytree(workflow.case("nsw"), folder)
    text = (folder / "contract.yaml").read_text(encoding="utf-8")
    start, end = text.index("    method: randomized_trial"), text.index("figures:\n")
    text = text[:start] + analysis + text[end:]
    kind = "matched" if "match:" in analysis else "quasi_experiment"
    text = text.replace("attribution: randomised", f"attribution: {kind}")
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    table = effekt.datasets.observational(rng=8, n=rows, confounding=confounding).table
    columns = {name: table.values(name) for name in table.columns}
    columns["town"] = [f"t{row * 7 % 13:02d}" for row in range(rows)]
    lines = [",".join(map(str, cells)) for cells in zip(*columns.values(), strict=True)]
    (folder / "nsw.csv").write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")
    return read_decided(folder / "contract.yaml")


def verdicts_of(contract: workflow.Contract, folder: Path) -> dict[str, str]:
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    return {finding.name: finding.verdict for finding in found.findings}


@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_contract_is_settled_and_followed(analysis: str, tmp_path: Path) -> None:
    folder = tmp_path / "comparison"
    verdicts = verdicts_of(contract_of(folder, ANALYSES[analysis]), folder)
    for figure in ("effect", "confidence", "total"):
        assert verdicts[f"independent:{figure}"] == "reproduced"


WRONGLY: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "doubly robust, learnt": (_aipw, "assign_folds", lambda folds: folds[::-1]),
    "optimal by distance": (controls, "robust_mahalanobis", lambda metric: replace(metric, values=metric.values**2)),
    "full by distance": (
        controls,
        "mahalanobis",
        lambda metric: replace(metric, triangle=metric.triangle * [3.0, 1.0, 1.0]),
    ),
}


@pytest.mark.parametrize("analysis", WRONGLY)
def test_a_comparison_that_the_package_makes_wrongly_is_told_on_its_own_machine(
    analysis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, altered = WRONGLY[analysis]
    whole = getattr(where, name)
    monkeypatch.setattr(where, name, lambda *given, **named: altered(whole(*given, **named)))
    folder = tmp_path / "comparison"
    verdicts = verdicts_of(contract_of(folder, ANALYSES[analysis]), folder)
    assert (verdicts["recomputed:effect"], verdicts["independent:effect"]) == ("reproduced", "different")


@pytest.mark.parametrize("analysis", CLUSTERED, ids=["nearest", "weights", "reuse", "exact", "full"])
def test_clusters_and_shared_controls_are_followed(analysis: str, tmp_path: Path) -> None:
    folder = tmp_path / "comparison"
    verdicts = verdicts_of(contract_of(folder, analysis), folder)
    for figure in ("effect", "confidence", "total"):
        assert verdicts[f"independent:{figure}"] == "reproduced"


DISTANCES = {
    "mahalanobis": PAIRED.replace("distance: propensity", "distance: mahalanobis\n      calipers: {age: '6.5'}"),
    "robust_mahalanobis": PAIRED.replace("distance: propensity", "distance: robust_mahalanobis\n      discard: both"),
    "probit": PAIRED.replace("ratio: 1", "ratio: 1\n      propensity: probit\n      order: smallest"),
    "pooled": PAIRED.replace("replace: false", "replace: true").replace(
        "distance: propensity", "distance: mahalanobis"
    ),
}
ALTERED: dict[str, tuple[str, Callable[..., Any]]] = {
    "mahalanobis": ("mahalanobis", lambda metric: replace(metric, triangle=np.diag(np.diag(metric.triangle)))),
    "robust_mahalanobis": ("robust_mahalanobis", lambda metric: replace(metric, values=metric.values**2)),
    "probit": ("fit_propensity", lambda model: replace(model, logit=-model.logit)),
}


@pytest.mark.parametrize("distance", DISTANCES)
def test_distances_calipers_and_orders_are_followed(distance: str, tmp_path: Path) -> None:
    folder = tmp_path / "comparison"
    verdicts = verdicts_of(contract_of(folder, DISTANCES[distance]), folder)
    for figure in ("effect", "confidence", "total"):
        assert verdicts[f"independent:{figure}"] == "reproduced"


@pytest.mark.parametrize("distance", ALTERED)
def test_a_match_that_the_package_makes_wrongly_is_told_on_its_own_machine(
    distance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, altered = ALTERED[distance]
    whole = getattr(controls, name)
    monkeypatch.setattr(controls, name, lambda *given, **named: altered(whole(*given, **named)))
    folder = tmp_path / "comparison"
    verdicts = verdicts_of(contract_of(folder, DISTANCES[distance]), folder)
    assert (verdicts["recomputed:effect"], verdicts["independent:effect"]) == ("reproduced", "different")


BY_DISTANCE = ANALYSES["nearest, pairs"].replace("distance: propensity", "distance: mahalanobis")


@pytest.mark.parametrize(
    ("analysis", "said", "sagt"),
    [
        (ANALYSES["nearest, shared controls"], "With fewer than ", "Med färre än "),
        (ANALYSES["nearest, pairs"], None, None),
        (BY_DISTANCE, "Units that are near in several covariates ", "Enheter som ligger nära i flera kovariater "),
        (
            BY_DISTANCE.replace("CR2", "CR2\n    covariates: [age]\n    adjustment: lin\n    population: PATT"),
            None,
            None,
        ),
    ],
    ids=["few who share controls", "pairs", "distances", "distances, regressed"],
)
def test_money_on_matches_that_fall_short_is_warned_of_before_signing(
    analysis: str, said: str | None, sagt: str | None, tmp_path: Path
) -> None:
    cautions = workflow.check(contract_of(tmp_path / "comparison", analysis)).cautions
    told = [one for one in cautions if "by a method that does not hold its level. " in one.en]
    assert bool(told) == (said is not None)
    assert all(f"by a method that does not hold its level. {said}" in one.en for one in told)
    assert all(f"med en metod som inte håller sin nivå. {sagt}" in one.sv for one in told)


@pytest.mark.parametrize("analysis", [ANALYSES["nearest, pairs"], ANALYSES["inverse_probability, ATE"], ROBUST])
def test_poor_overlap_stands_in_the_certificate_among_its_limits(analysis: str, tmp_path: Path) -> None:
    certificates = [
        workflow.settle(contract_of(tmp_path / f"{shift}", analysis, confounding=shift), date="1979-06-01").sign(
            DEMO_KEY
        )
        for shift in (0.1, 2.5)
    ]
    fine, poor = (one.results["earnings"] for one in certificates)
    codes = [[note.code for note in effect.notes] for effect in (fine, poor)]
    assert "inference_despite_poor_overlap" not in codes[0]
    assert codes[1][0] == "inference_despite_poor_overlap"
    assert "poor_overlap" in codes[1]
    assert [one.evidence[0].level for one in certificates] == [3, 3]  # it ranks designs, not studies
    for language, sentence in (("en", "which neither standard errors nor"), ("sv", "vilket varken medelfel eller")):
        texts = [" ".join(certificate_text(one, language).split()) for one in certificates]
        assert [sentence in text for text in texts] == [False, True]


def test_checks_of_what_is_hidden_stand_in_the_certificate_and_move_no_figure(tmp_path: Path) -> None:
    checks = '    checks: [rosenbaum_bounds, robustness_value, e_value]\n    threshold: "0.5"\n'
    plain, asked = (
        contract_of(tmp_path / name, ANALYSES["nearest, pairs"] + more)
        for name, more in (("plain", ""), ("asked", checks))
    )
    one, other = (workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY) for contract in (plain, asked))
    assert [figure.value for figure in one.figures] == [figure.value for figure in other.figures]
    assert verdicts_of(asked, tmp_path / "asked")["independent:effect"] == "reproduced"
    found = {check.name: check for check in other.results["earnings"].diagnostics}
    for language in ("en", "sv"):
        pages = [" ".join(report_text(compose(settled), language).split()) for settled in (one, other)]
        for name in ("rosenbaum_bounds", "robustness_value", "e_value"):
            sentence = " ".join(found[name].statement.in_language(language).split())
            assert [sentence in page for page in pages] == [False, True]


def test_checks_that_a_contract_cannot_have_are_refused_before_the_data(tmp_path: Path) -> None:
    for number, (more, error) in enumerate(
        [
            ('    checks: [e_value]\n    threshold: "-1"\n', "`threshold` must be at least 0 where higher is better"),
            (
                "    checks: [e-value]\n",
                "`checks` must be 'rosenbaum_bounds', 'robustness_value', 'marginal_sensitivity', 'oster_delta' or ",
            ),
        ]
    ):
        contract = contract_of(tmp_path / str(number), ANALYSES["nearest, pairs"] + more)
        with pytest.raises(effekt.exceptions.EffektError) as raised:
            workflow.settle(contract, date="1979-06-01")
        assert error in str(raised.value)


def test_of_data_that_are_too_large_the_means_alone_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 10_000)
    folder = tmp_path / "comparison"
    contract = contract_of(folder, ROBUST)
    verdicts = verdicts_of(contract, folder)
    assert (verdicts["independent:effect"], verdicts["independent:confidence"]) == ("reproduced", "cannot_tell")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    said = next(finding.text for finding in found.findings if finding.name == "independent:confidence")
    assert said.en == (
        "Figure confidence: the data are too large for the independent implementation, which is in plain Python."
    )
    assert said.sv == (
        "Siffran confidence: data är för stora för den oberoende beräkningen, som är skriven i ren Python."
    )


@pytest.mark.parametrize("analysis", [ANALYSES["entropy_balancing, ATT"], CLUSTERED[3]], ids=["weights", "exact"])
def test_choices_that_the_method_does_not_read_need_not_be_written(analysis: str, tmp_path: Path) -> None:
    """Distance, ratio, replacement and orders of ties are of pairs; left out, the settlement is the same.

    So is a salt, by which ties are broken, but that the digest of the match is then another.
    """
    unread = ("distance:", "ratio:", "replace:", "tie_orders:")
    shorter = "".join(line for line in analysis.splitlines(keepends=True) if not line.strip().startswith(unread))
    assert len(shorter.splitlines()) == len(analysis.splitlines()) - len(unread)
    unsalted = shorter.replace('      salt: "cohort"\n', "")
    assert unsalted != shorter
    whole, short, plain = (
        workflow.settle(contract_of(tmp_path / name, text), date="1979-06-01")
        for name, text in (("whole", analysis), ("shorter", shorter), ("unsalted", unsalted))
    )
    assert short.figures == plain.figures == whole.figures
    assert short.results == whole.results
    for name in ("shorter", "unsalted"):
        verdicts = verdicts_of(workflow.read_contract(tmp_path / name / "contract.yaml"), tmp_path / name)
        assert verdicts["independent:effect"] == "reproduced"


def test_choices_that_the_method_reads_must_be_written(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"lacks the argument 'tie_orders'; a contract leaves no choice"):
        workflow.settle(
            contract_of(tmp_path / "nearest", ANALYSES["nearest, pairs"].replace("      tie_orders: 100\n", "")),
            date="1979-06-01",
        )


def test_of_several_designs_the_contract_claims_the_weakest(tmp_path: Path) -> None:
    """Half of a doubly robust effect and half of a matched one are no more than a matched comparison."""
    folder = tmp_path / "mixed"
    contract = contract_of(folder, f"{ROBUST}  pairs:\n{ANALYSES['nearest, pairs']}")
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    half = text.index("  effect:\n")
    figures = "  robust: {estimate: earnings, view: improvement, statistic: estimate, digits: 2, unit: USD}\n"
    figures += figures.replace("robust", "paired").replace("earnings", "pairs")
    mix = 'mixed: {derived: {mix: [["0.5", robust], ["0.5", paired]]}, digits: 2, unit: USD}'
    mixed = f"{text[:half]}{figures}  {mix}\n{text[half:]}"
    path.write_text(mixed, encoding="utf-8")
    contract = read_decided(path)
    certificate = workflow.settle(contract, date="1979-06-01")
    values = {one.id: one.value for one in certificate.figures}
    robust, paired, mixture = (float(values[id] or "nan") for id in ("robust", "paired", "mixed"))
    assert abs((robust + paired) / 2 - mixture) < 0.01
    assert len(certificate.evidence) == 2
    assert next(answer for answer in checklist(certificate) if answer.item == "F2").verdict == "pass"
    path.write_text(mixed.replace("attribution: matched", "attribution: quasi_experiment"), encoding="utf-8")
    with pytest.raises(ContractError, match=r"of analysis\.pairs; got quasi_experiment\. Of several designs it is"):
        workflow.check(read_decided(path))


def test_without_the_library_that_learns_nothing_is_told_of_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = contract_of(tmp_path / "comparison", ANALYSES["doubly robust, learnt"])
    workflow.write_certificate(
        workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY), tmp_path / "certificate.json"
    )
    monkeypatch.setattr(software, "_version", lambda name: None if name == "scikit-learn" else version(name))
    monkeypatch.setitem(sys.modules, "sklearn", None)
    found = workflow.verify(tmp_path / "certificate.json", contract=contract)
    told = next(finding for finding in found.findings if finding.name == "recomputation")
    assert (told.verdict, told.text.en) == (
        "cannot_tell",
        "scikit-learn is not installed, so the results were not computed again: install effekt[ml].",
    )
    assert "different" not in {finding.verdict for finding in found.findings}
