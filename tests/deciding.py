"""Contracts of the tests that decide their terms: what one leaves open, and `settle` asks for, is written into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from effekt import workflow
from effekt.contracts import Contract, parse_contract
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.left_open import open_terms
from effekt.contracts.paying import moving

WRITTEN = {
    "reference_period": "reference_period: {sv: ingen före, en: none before}",
    "missing_data": "missing_data: {sv: saknas något intygas inget, en: when any are missing nothing is attested}",
    "minimum_n": "minimum_n: none",
    "tie_orders": 'tie_tolerance: "1000000"',
    "on_unavailable": "without_inference: pay",
    "payment_quantity": "payment_quantity: {counts: matched, unmatched: zero}",
}
"""The key that decides each open term and leaves the amounts of these tests as they are."""
OF_STATED = "payment_quantity: {counts: enrolled, unmatched: estimate}"  # where the file states how many units


def decided(text: str) -> str:
    """The text of a contract with every term in it that it leaves open, first in the mapping where each is missing."""
    added = sorted(_added(parse_contract(text.encode()), yaml.compose(text)), reverse=True)
    for at, written in added:
        text = text[:at] + written + text[at:]
    assert open_terms(parse_contract(text.encode())) == ()
    return text


def read_decided(path: Path) -> Contract:
    """The contract in a file, into which what it leaves open is written first."""
    contract = workflow.read_contract(path)
    if not open_terms(contract):
        return contract
    path.write_text(decided(path.read_text(encoding="utf-8")), encoding="utf-8")
    return workflow.read_contract(path)


def _added(contract: Contract, root: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    """What is written where, in characters from the start."""
    for one in open_terms(contract):
        if one.field in WRITTEN:
            node = _node(root, one.place.split("."))
            yield _first_in(
                node, OF_STATED if one.field == "payment_quantity" and _stated(node) else WRITTEN[one.field]
            )
        else:
            own, there = _steps(contract), "measures" in {key.value for key, _ in root.value}
            place, written = (_node(root, ["measures"]), own) if there else (root, f"measures: {{{own}}}")
            yield _first_in(place, written)


def _node(root: yaml.MappingNode, place: list[str]) -> yaml.MappingNode:
    for part in place:
        root = next(value for key, value in root.value if key.value == part)
    return root


def _stated(figure: yaml.MappingNode) -> bool:
    return any(key.value == "units" and value.value.isdecimal() for key, value in figure.value)


def _first_in(node: yaml.MappingNode, written: str) -> tuple[int, str]:
    start = node.start_mark
    if node.flow_style:
        return start.index + 1, f"{written}, "
    return start.index, f"{written}\n{' ' * start.column}"


def _steps(contract: Contract) -> str:
    terms = contract.model
    paid = [id for id in moving(terms.payment, terms.figures) if not isinstance(terms.figures[id], DerivedFigure)]
    return ", ".join(
        f"{id}: {{step: outcome, source: {{sv: registret, en: the register}}}}"
        for id in paid
        if id not in (terms.measures or {})
    )
