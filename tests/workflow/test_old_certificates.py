"""Every certificate that a version of effekt ever made verifies with this one; a page does with its own version."""

from __future__ import annotations

from pathlib import Path

import pytest

import effekt
from effekt import workflow
from effekt.workflow.findings import EARLIER
from effekt.workflow.verification import Verification

CERTIFICATES = sorted((Path(__file__).parent.parent / "certificates").glob("*/*/certificate.*"))


def test_this_version_and_every_earlier_one_has_its_own() -> None:
    assert {effekt.__version__, *EARLIER} == {path.parent.parent.name for path in CERTIFICATES}


def _verified(path: Path) -> tuple[Verification, Verification]:
    """The file, and the certificate in it, with the data of its case; a file that is a certificate is both."""
    certificate = workflow.read_certificate(path)
    folder = workflow.case(path.parent.name)
    data = {id: folder / source.path for id, source in certificate.contract.model.data.items()}
    found = workflow.verify(path, data=data)
    return found, found if path.suffix == ".json" else workflow.verify(certificate, data=data)


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: "-".join(path.parts[-3:]))
def test_it_verifies_with_the_contract_and_data_of_its_case(path: Path) -> None:
    found, carried = _verified(path)
    assert carried.ok, carried.differences
    assert {finding.name for finding in carried.findings} >= {"signatures", "payment", "plan", "date"}
    assert found.differences == ()
    page_of_another = path.suffix == ".html" and path.parent.parent.name != effekt.__version__
    pages = [finding.verdict for finding in found.findings if finding.name == "page"]
    assert found.ok or (page_of_another and pages == ["cannot_tell"])
