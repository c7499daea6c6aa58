"""Every certificate that a version of effekt ever made verifies with this one."""

from __future__ import annotations

from pathlib import Path

import pytest

import effekt
from effekt import workflow

CERTIFICATES = sorted((Path(__file__).parent.parent / "certificates").glob("*/*/certificate.*"))


def test_this_version_has_its_own() -> None:
    assert effekt.__version__ in {path.parent.parent.name for path in CERTIFICATES}


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: "-".join(path.parts[-3:]))
def test_it_verifies_with_the_contract_and_data_of_its_case(path: Path) -> None:
    certificate = workflow.read_certificate(path)
    folder = workflow.case(path.parent.name)
    data = {id: folder / source.path for id, source in certificate.contract.model.data.items()}
    found = workflow.verify(path, data=data)
    assert found.ok, found.differences
    assert {finding.name for finding in found.findings} >= {"signatures", "payment", "plan"}
