"""Where the wild bootstrap is refused, both routes refuse: nothing is settled by a p that only one of them has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deciding import read_decided

import effekt
from effekt import independent, workflow
from effekt._inference import Unavailable
from effekt.certificates import DEMO_KEY

Data = dict[str, list[Any]]


def trial(treated: int, control: int, size: int = 4, *, each: int = 1) -> Data:
    """Clusters of a few units: the first are treated; in blocks of `each` of the clusters of an arm."""
    rng = np.random.default_rng(5)
    data: Data = {name: [] for name in ("y", "d", "x", "own", "g", "half")}
    for cluster in range(treated + control):
        arm = int(cluster < treated)
        place = cluster if arm else cluster - treated
        for _ in range(size):
            x = round(float(rng.normal()), 2)
            y = round(float(5 + arm + x + cluster % 3 + rng.normal()), 2)
            own = x if cluster == 2 else 0
            values = (y, arm, x, own, f"g{cluster}", place // each)
            for name, value in zip(data, values, strict=True):
                data[name].append(value)
    data["half"] = [1 + value for value in data["half"]]
    return data


CASES: dict[str, tuple[Data, dict[str, Any]]] = {
    "one treated": (trial(1, 4), {}),
    "one control": (trial(5, 1), {}),
    "one of many": (trial(1, 19), {"draws": 99, "rng": 1}),
    "one of many, without a seed": (trial(1, 19), {"draws": 99}),
    "one in an arm of a block": (trial(4, 6, each=3), {"block": "half"}),
    "pairs, additive": (trial(4, 4, each=2), {"block": "half", "adjustment": "additive"}),
    "one for a covariate": (trial(4, 4), {"covariates": ["own"], "adjustment": "additive"}),
    "one for a covariate, weighted": (
        trial(4, 4),
        {"covariates": ["own"], "adjustment": "additive", "weights": {"column": "half", "kind": "sampling"}},
    ),
    "a covariate of all": (trial(4, 4), {"covariates": ["x"], "adjustment": "additive"}),
    "two in each arm": (trial(2, 3), {}),
}
TESTED = ("pairs, additive", "a covariate of all", "two in each arm")


@pytest.mark.parametrize("name", CASES)
def test_both_routes_refuse_a_trial_or_neither_does(name: str) -> None:
    data, more = CASES[name]
    call: dict[str, Any] = {
        **{"outcome": "y", "treatment": "d", "cluster": "g", "estimand": "ATE", "population": "super"},
        **{"adjustment": "lin" if "covariates" in more else "none", "inference": "wild_bootstrap"},
        **more,
    }
    effect = effekt.randomized_trial(data, **call)
    again = independent.METHODS["randomized_trial"](data, **call)
    assert isinstance(effect.inference, Unavailable) == (name not in TESTED)
    assert (again["unavailable"] is not None) == (name not in TESTED)
    assert ("test" in again) == (name in TESTED)
    assert float(again["estimate"]) == pytest.approx(effect.estimate, rel=1e-12)


@pytest.mark.parametrize("sampling", ["panel", "repeated_cross_sections"])
@pytest.mark.parametrize(("treated", "control"), [(1, 4), (1, 19), (5, 1), (2, 3)])
@pytest.mark.parametrize("method", ["difference_in_differences", "event_study"])
def test_both_routes_refuse_a_panel_or_neither_does(method: str, treated: int, control: int, sampling: str) -> None:
    rng = np.random.default_rng(2)
    data: Data = {name: [] for name in ("u", "g", "t", "d", "y")}
    for cluster in range(treated + control):
        for unit in range(2):
            for time in range(4):
                on = int(cluster < treated and time >= 2)
                row = (f"u{cluster}-{unit}", f"g{cluster}", 2010 + time, on, round(float(rng.normal(9 + time, 1)), 2))
                for name, value in zip(data, row, strict=True):
                    data[name].append(value)
    call: dict[str, Any] = {"outcome": "y", "unit": "u", "time": "t", "treatment": "d", "cluster": "g"}
    if sampling == "repeated_cross_sections":
        data["grupp"] = [int(int(name[1:]) < treated) for name in data["g"]]
        call |= {"sampling": sampling, "unit": "g"}
        del call["cluster"]
    call |= {"inference": "wild_bootstrap", "draws": 99, "rng": 1}
    found: Any = getattr(effekt, method)(data, **call)
    again: Any = independent.METHODS[method](data, **call)
    one = found if method == "difference_in_differences" else found.effects[-1]
    other = again if method == "difference_in_differences" else list(again["members"].values())[-1]
    assert isinstance(one.inference, Unavailable) == (min(treated, control) < 2)
    assert (other["unavailable"] is not None) == (min(treated, control) < 2)


def test_a_figure_that_is_0_without_inference_is_reproduced(tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    shutil.copytree(workflow.case("nsw"), folder)
    path, data = folder / "contract.yaml", trial(1, 4)
    text = path.read_text(encoding="utf-8").replace("population: super", "population: finite")
    text = text.replace(
        "    variance: HC2\n", "    variance: none\n    inference: wild_bootstrap\n    cluster: place\n    draws: 999\n"
    ).replace("column: re78", "column: pay")
    assert "on_unavailable: refer" in text
    path.write_text(text.replace("on_unavailable: refer", "on_unavailable: zero"), encoding="utf-8")
    rows = [f"{y},{d},{g}" for y, d, g in zip(data["y"], data["d"], data["g"], strict=True)]
    (folder / "nsw.csv").write_text("\n".join(["pay,treat,place", *rows]) + "\n", encoding="utf-8")
    contract = read_decided(path)
    certificate = workflow.settle(contract, date="1979-06-01").sign(DEMO_KEY)
    assert {figure.id: figure.value for figure in certificate.figures}["confidence"] in ("0", "0.0000")
    workflow.write_certificate(certificate, folder / "certificate.json")
    found = workflow.verify(folder / "certificate.json", contract=contract)
    verdicts = {finding.name: finding.verdict for finding in found.findings}
    assert verdicts["recomputed:confidence"] == "reproduced"
    assert verdicts["independent:confidence"] == "reproduced"
