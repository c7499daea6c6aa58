"""What a certificate states of a table, held without data against its contract and the results that rest on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.contracts.model import Analysis
from effekt.contracts.named_columns import named_columns
from effekt.result import EffectSet
from effekt.workflow.findings import Finding, same_or_different
from effekt.workflow.rules.matched import rows_of_match
from effekt.workflow.rules.recorded import Fault, Member, told_faults


def table_findings(found: Certificate) -> Iterator[Finding]:
    """Each table of which rows or columns are stated that it cannot have had.

    Parameters
    ----------
    found : Certificate
    """
    for id in (id for id in found.data if id in found.contract.model.data):
        faults = list(table_faults(id, found))
        if faults:
            told = told_faults(faults)
            yield same_or_different(
                f"table:{id}",
                False,
                f"What is stated of the table {id} is not what the contract and the results say (stated / must be): "
                f"{told}.",
                f"Det som anges om underlaget {id} är inte det som avtalet och resultaten säger (angivet / ska vara): "
                f"{told}.",
            )


def table_faults(id: str, found: Certificate) -> Iterator[Fault]:
    """Rows that are not as many as a ledger of them counts, or fewer than were used, and columns that are not theirs.

    Parameters
    ----------
    id : str
        A name under ``data``.
    found : Certificate

    Yields
    ------
    place, stated, must be
    """
    table, place = found.data[id], f"data.{id}"
    counted: list[Any] = [n for n in dict.fromkeys(_counted(id, found)) if n != table.rows]
    least = max(_used(id, found), default=0)
    for must in counted or ([f"≥ {least}"] if table.rows < least else []):
        yield f"{place}.rows", table.rows, must
    for name, times in Counter(table.columns).items():
        if times > 1:
            yield f"{place}.columns.{name}", times, 1
    agreed = found.contract.model.data[id].columns
    for name in dict.fromkeys((*_named(id, found), *(agreed or ()))):
        if name not in table.columns:
            yield f"{place}.columns", None, name
    for name in dict.fromkeys(table.columns if agreed is not None else ()):
        if name not in (agreed or ()):
            yield f"{place}.columns", name, None


def _results(found: Certificate) -> dict[str, Any]:
    """The results of the analyses that were done."""
    return {id: one for id, one in found.results.items() if not isinstance(one, Pending)}


def _members(result: Any) -> tuple[Member, ...]:
    if not isinstance(result, EffectSet):
        return (result,)
    return result.effects if result.overall is None else (*result.effects, result.overall)


def _made_of(id: str, found: Certificate) -> Iterator[Any]:
    """The results whose ledgers were made of a table."""
    ledgers, results = found.contract.model.ledgers or {}, _results(found)
    return (results[of] for of, ledger in ledgers.items() if ledger.data == id and of in results)


def _counted(id: str, found: Certificate) -> Iterator[int]:
    """How many rows a table has by the ledgers that were made of it: one for each who was referred."""
    for check in (check for result in _made_of(id, found) for check in result.diagnostics):
        referred = check.values.get("referred") if check.name == "unit_ledger" else None
        if isinstance(referred, int):
            yield referred


def _used(id: str, found: Certificate) -> Iterator[int]:
    """The fewest rows that a table has by each result that rests on it, or whose ledger was made of it."""
    analyses = found.contract.model.analysis
    yield from (_rows_of(analyses[of], result) for of, result in _results(found).items() if analyses[of].data == id)
    yield from (max(1, *(one.sample.n_units or 0 for one in _members(result))) for result in _made_of(id, found))


def _rows_of(analysis: Analysis, result: Any) -> int:
    """How many rows a result used at least, or its match counted."""
    members = _members(result)
    if _is_repeated(analysis):
        return 1
    if members[0].method == "published_comparison":  # each cohort has two rows of its own
        return 2 * len(result.effects if isinstance(result, EffectSet) else members)
    return max(1, *(max(one.sample.n_obs or 0, rows_of_match(one)) for one in members))


def _is_repeated(analysis: Analysis) -> bool:
    """Whether weights say how many rows each row stands for, so that more are used than there are."""
    weights = analysis.arguments.get("weights")
    return isinstance(weights, Mapping) and weights.get("kind") == "frequency"


def _named(id: str, found: Certificate) -> Iterator[str]:
    """The columns without which nobody is known to be eligible, or what was done of a table could not be."""
    terms, done = found.contract.model, _results(found)
    for data, place, column in named_columns(terms):
        reads = place[0] == "population" or (place[0] in ("analysis", "ledgers") and place[1] in done)
        if data == id and reads:
            yield column
