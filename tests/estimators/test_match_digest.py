"""The digest of a match: the same on every kind of processor, and of the arguments as much as of the units."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest
from frozen_match import contract, frozen

CORES = ("Haswell", "Prescott") if platform.machine() in ("x86_64", "AMD64") else ("", "")
"""Two kernels of OpenBLAS, whose logits part in their last digits; other BLAS libraries take no notice."""
WAYS = {
    "nearest": {"caliper": 0.2},
    "probit": {"propensity": "probit", "ratio": 2, "order": "smallest"},
    "replace": {"replace": True},
    "everyone": {"replace": True, "estimand": "ATE"},
    "optimal": {"method": "optimal", "tie_orders": 2},
    "full": {"method": "full", "tie_orders": 2},
    "subclasses": {"method": "subclassification", "subclasses": 4},
    "mahalanobis": {"distance": "mahalanobis"},
}
DIGESTS = """
import json, sys
import effekt
from frozen_match import ROLES, table
match = {way: effekt.match_controls(table(), **ROLES, **call) for way, call in json.loads(sys.argv[1]).items()}
print(json.dumps({way: one.units_digest for way, one in match.items()}))
"""
SETTLED = """
import sys
from effekt import workflow
from effekt.certificates import DEMO_KEY
held = workflow.read_contract(sys.argv[1] + "/contract.yaml")
found = workflow.settle(held, date="1979-06-01", undecided_accepted=True).sign(DEMO_KEY)
workflow.write_certificate(found, sys.argv[1] + "/certificate.json")
"""
VERIFIED = """
import json, sys
from effekt import workflow
held = workflow.read_contract(sys.argv[1] + "/contract.yaml")
found = workflow.verify(sys.argv[1] + "/certificate.json", contract=held)
print(json.dumps({one.name: one.verdict for one in found.findings}))
"""


def on(core: str, script: str, given: str) -> str:
    """What a script prints where OpenBLAS takes the kernels of one kind of processor."""
    env = {**os.environ, "OPENBLAS_CORETYPE": core, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", script, given], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_one_match_has_one_digest_on_two_kinds_of_processor():
    found = [json.loads(on(core, DIGESTS, json.dumps(WAYS))) for core in CORES]
    assert found[0] == found[1]
    assert len(set(found[0].values())) == len(WAYS)


@pytest.mark.parametrize(("held", "settled", "verified"), [(True, *CORES), (False, *CORES[::-1])])
def test_a_certificate_of_one_processor_holds_on_another(tmp_path, held, settled, verified):
    folder = tmp_path / "case"
    contract(folder, frozen().units_digest)
    if not held:
        file = folder / "contract.yaml"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(one for one in lines if "units_digest" not in one), encoding="utf-8")
    on(settled, SETTLED, str(folder))
    verdicts = json.loads(on(verified, VERIFIED, str(folder)))
    assert verdicts["recomputed:effect"] == verdicts["independent:effect"] == "reproduced"
    assert not [name for name, verdict in verdicts.items() if verdict == "different"]
