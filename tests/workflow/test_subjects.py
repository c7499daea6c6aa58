"""What a certificate is about stands in one order, so that who wrote it otherwise is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workflow.test_ledgers import KEY, contract

from effekt import workflow
from effekt.certificates import Envelope, canonical_json, sign
from effekt.certificates.certificate import Certificate
from effekt.contracts import parse_contract


def told(certificate: Certificate, subjects: Any, folder: Path) -> dict[str, str]:
    """What differs, where other subjects are stated."""
    tree = json.loads(certificate.envelope.payload)
    tree["subject"] = subjects(tree["subject"])
    made = Certificate(sign(Envelope(payload=canonical_json(tree)), KEY))
    found = workflow.verify(made, contract=parse_contract(certificate.contract.raw, folder / "alone"))
    return {one.name: one.text.en for one in found.differences}


def test_subjects_in_another_order_are_told_as_another_form(tmp_path: Path) -> None:
    honest = workflow.settle(contract(tmp_path), date="2021-06-01").sign(KEY)
    assert told(honest, lambda own: own, tmp_path) == {}
    assert told(honest, lambda own: own[::-1], tmp_path) == {
        "form": "The certificate is not written as effekt writes it (stated / written): subject[1] "
        '"data/people" / "contract"; subject[2] "contract" / "data/people".'
    }


def test_another_list_of_subjects_is_told_as_that_alone(tmp_path: Path) -> None:
    honest = workflow.settle(contract(tmp_path), date="2021-06-01").sign(KEY)
    assert {*told(honest, lambda own: own[:1], tmp_path)} == {"subjects"}
