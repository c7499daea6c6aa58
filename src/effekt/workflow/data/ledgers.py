"""The unit ledger of an analysis: from the contract's table, held against what was analysed, and carried with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_type_hints

from effekt.certificates.predicate import Pending
from effekt.contracts import Contract
from effekt.contracts.estimated import AnyResult
from effekt.contracts.ledgers import Ledger
from effekt.contracts.model import Analysis
from effekt.diagnostics import ledger_from_table
from effekt.diagnostics.ledger_table import outside
from effekt.estimators import METHODS
from effekt.exceptions import ArgumentError, ContractError, DataError
from effekt.result import Diagnostic, EffectEstimate, OutcomeMeasure, Sample
from effekt.tables import Table
from effekt.workflow.data.before_data import check_call, named_place

ARMS = ("treated", "control")


def check_ledgers(contract: Contract) -> None:
    """Refuse ledgers that no table could give, and those of an analysis without one count of its own.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line.
    """
    for id, one in (contract.model.ledgers or {}).items():
        method = contract.model.analysis[id].method
        if get_type_hints(METHODS[method])["return"] not in (EffectEstimate, OutcomeMeasure):
            raise ContractError(
                f"line {contract.line('ledgers', id)}: ledgers.{id} must be of an analysis with one effect or one "
                f"outcome, whose units its analysed are held against; the method {method} returns a set."
            )
        try:
            check_call(ledger_from_table, _arguments(one))
        except ArgumentError as error:
            places: dict[str, tuple[str, ...]] = {f"steps[{step!r}]": ("steps", step) for step in one.steps}
            places |= {name: (name,) for name in ("steps", "reason", "arm", "unit")}
            place = ("ledgers", id, *named_place(str(error), places))
            raise ContractError(f"line {contract.line(*place)}: ledgers.{id}: {error}") from None


def with_ledgers(
    contract: Contract,
    results: Mapping[str, AnyResult | Pending],
    tables: Mapping[str, Table],
    *,
    held: bool = True,
) -> dict[str, AnyResult | Pending]:
    """The results, each with the ledger that the contract names for it.

    Parameters
    ----------
    contract : Contract
    results : mapping of analysis to result
    tables : mapping of data id to Table
    held : bool, default True
        Whether each is held against how many were analysed. Not in a dry run, whose labels are those of others, some of
        them of people without an outcome; there a ledger is read of an analysis that waits too.

    Returns
    -------
    dict of analysis to result

    Raises
    ------
    DataError
        For rows that contradict themselves, and where other numbers were analysed than the ledger says.
    """
    found = dict(results)
    for id, one in (contract.model.ledgers or {}).items():
        result = found[id]
        if held and not isinstance(result, (EffectEstimate, OutcomeMeasure)):
            continue
        try:
            ledger = ledger_from_table(tables[one.data], **_arguments(one))
            if held:
                _check_units(id, one, contract.model.analysis[id], tables)
        except DataError as error:
            raise DataError(f"ledgers.{id}: {error}") from None
        if not isinstance(result, (EffectEstimate, OutcomeMeasure)):
            continue
        if held:
            _check_counts(id, ledger, result.sample)
        found[id] = replace(result, diagnostics=(*result.diagnostics, ledger))
    return found


def _arguments(one: Ledger) -> dict[str, Any]:
    return {"steps": dict(one.steps), "reason": one.reason, "arm": one.arm, "unit": one.unit}


def _check_units(id: str, one: Ledger, analysis: Analysis, tables: Mapping[str, Table]) -> None:
    """Whoever the ledger says was analysed is in the data of the analysis, where both name the units."""
    unit = analysis.given.get("unit")
    if one.unit is None or not isinstance(unit, str):
        return
    known = tables[analysis.data].select(optional=(unit,)).labels[unit].names
    rows = tables[one.data].select(optional=(one.unit, one.steps["analysed"]))
    rows.refuse(
        outside(rows, one.steps["analysed"], one.unit, known),
        one.unit,
        f"must name whoever was analysed as column {unit!r} of the analysis {id} does",
        "Correct the name, or the column of 'analysed'.",
    )


def _check_counts(id: str, ledger: Diagnostic, sample: Sample) -> None:
    """As many were analysed, in all and in each arm, as the estimate rests on."""
    for where, told, used in contradicted(ledger, sample):
        raise DataError(
            f"ledgers.{id}: as many must be analysed{where} as the analysis {id} rests on, {used}; the ledger has "
            f"{told}. Correct the column of 'analysed', or the data of the analysis."
        )


def contradicted(ledger: Diagnostic, sample: Sample) -> Iterator[tuple[str, Any, Any]]:
    """Where a ledger and a sample do not count the same, in all and in each arm; a hidden count contradicts nothing.

    Parameters
    ----------
    ledger : Diagnostic
    sample : Sample

    Yields
    ------
    where, told, used
        The arm in words, what the ledger has as analysed and what the sample has.
    """
    rows = list(zip(*(ledger.table.get(name, ()) for name in ("step", "arm", "kind", "units")), strict=False))
    left = {arm: n for step, arm, kind, n in rows if (step, kind) == ("analysed", "left")}
    counts = {"": (ledger.values.get("analysed"), sample.n_units)}
    if set(left) == set(ARMS):
        counts |= {
            f" in the arm {arm}": (left[arm], n)
            for arm, n in zip(ARMS, (sample.n_treated, sample.n_control), strict=True)
        }
    yield from (
        (where, told, used) for where, (told, used) in counts.items() if None not in (told, used) and told != used
    )
