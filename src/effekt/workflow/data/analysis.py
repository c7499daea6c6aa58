"""A contract's analyses as calls of estimators: checked before there are data, run when there are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast, get_type_hints

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import check_path, did_you_mean, join_words
from effekt.certificates.evidence import ATTRIBUTIONS, claims_less
from effekt.certificates.predicate import Pending
from effekt.contracts import Contract
from effekt.contracts.agreed_limits import with_limits
from effekt.contracts.estimated import AnyResult
from effekt.contracts.figures import EstimateFigure, MeasureFigure
from effekt.contracts.missing import with_missing
from effekt.contracts.model import Analysis, check_contract
from effekt.contracts.not_delivered import Undelivered, waiting
from effekt.contracts.reconciled import without_design
from effekt.contracts.thin_data import with_minimum
from effekt.estimators import METHODS
from effekt.exceptions import ArgumentError, ContractError, DataError, IncompleteWindowError
from effekt.reports.other_means import WINDOWS
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure
from effekt.tables import Table, as_table, options_for, read_table
from effekt.workflow.data.analysed import analysed_faults
from effekt.workflow.data.arguments import NESTED, NONE, AnalysisError, arguments
from effekt.workflow.data.before_data import check_call, named_place, same_columns
from effekt.workflow.data.delivered import check_delivered, delivered_faults
from effekt.workflow.data.eligible import check_eligible
from effekt.workflow.data.ledgers import check_ledgers, with_ledgers
from effekt.workflow.data.other_windows import windowed
from effekt.workflow.data.permuted import has_labels
from effekt.workflow.data.sealed import check_seal
from effekt.workflow.data.thin_data import thin_faults

_PASSED = re.compile(r"\b(?:pass|give) (?=[a-z_]+=['A-Z])")
_IN_PYTHON = re.compile(r"\b([a-z_]+)=(?:'([a-z_]+)'|(None|True|False)\b)")


def check_analyses(contract: Contract) -> None:
    """Refuse analyses that no estimator can run, or that leave a choice open.

    Parameters
    ----------
    contract : Contract

    Raises
    ------
    ContractError
        With the line, naming the analysis, the argument and the remedy.
    """
    check_contract(contract)
    without = without_design(contract.model)
    designs = [one.method for id, one in contract.model.analysis.items() if id not in without]
    try:
        for id, analysis in contract.model.analysis.items():
            function = _method(id, analysis.method)
            if id not in without:
                _check_attribution(id, analysis, contract.model.attribution, designs)
            _check_call(id, function, arguments(id, function, analysis.arguments))
        for id, term in contract.model.figures.items():
            if isinstance(term, (EstimateFigure, MeasureFigure)):
                _check_kind(id, term, contract)
        for place, sentence in (
            *thin_faults(contract),
            *analysed_faults(contract),
            *delivered_faults(contract),
            *_dry_run_fault(contract),
        ):
            raise AnalysisError(sentence, *place)
    except AnalysisError as error:
        raise ContractError(f"line {contract.line(*error.place)}: {error}") from None
    check_ledgers(contract)


def _dry_run_fault(contract: Contract) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """A dry run that is agreed where no analysis has labels to permute."""
    if contract.model.dry_run is not None and not any(map(has_labels, contract.model.analysis.values())):
        yield ("dry_run",), "dry_run has no meaning, as no analysis has treatment labels to permute; remove it."


def run_analyses(
    contract: Contract,
    data: Mapping[str, AnyTable] | None = None,
    *,
    relabelled: Callable[[str, Table], Table | Pending] | None = None,
    lacking: Mapping[str, Undelivered] = MappingProxyType({}),
) -> tuple[dict[str, AnyResult | Pending], dict[str, Table]]:
    """Run every analysis of a contract.

    Parameters
    ----------
    contract : Contract
    data : mapping of data id to table or path, optional
        Tables or files in place of those the contract names in its own folder.
    relabelled : callable, optional
        Of a dry run: the table in place of an analysis' own, or why that is left out; ledgers are read, and not
        held against it.
    lacking : mapping of data id to Undelivered, optional
        Tables that were not delivered, and are not read.

    Returns
    -------
    results : dict of analysis to result
        `Pending` where a window is not complete yet, or a table was not delivered.
    tables : dict of data id to Table
        What was read.

    Raises
    ------
    ContractError, DataError, ArgumentError
        Naming the analysis.
    """
    check_analyses(contract)
    tables = {id: load(contract, id, data) for id in contract.model.data if id not in lacking}
    refuse_unknown_data(contract, data)
    check_eligible(contract, tables)
    if relabelled is not None:
        tried = {id: _rehearsed(contract, id, tables, relabelled) for id in contract.model.analysis}
        return with_ledgers(contract, tried, tables, held=False), tables
    waits = waiting(contract.model, lacking)
    results = {
        id: Pending(reason=waits[id].reason(id))
        if id in waits
        else _run(contract, id, tables[one.data], call_of(contract, id))
        for id, one in contract.model.analysis.items()
    }
    return with_ledgers(contract, results, tables), tables


def load(contract: Contract, id: str, data: Mapping[str, AnyTable] | None = None) -> Table:
    """One data source of a contract, read as the contract declares it and held against the columns it agrees on.

    Parameters
    ----------
    contract : Contract
    id : str
        A name under the contract's ``data``.
    data : mapping of data id to table or path, optional

    Returns
    -------
    Table
    """
    given = check_data(data).get(id)
    check_seal(contract, id, data_file(contract, id, data))
    if given is not None and not isinstance(given, (str, os.PathLike)):
        table = as_table(given)
    else:
        path = contract.data_path(id) if given is None else Path(given)
        table = read_table(path, **options_for(path, contract.model.data[id].reading))
    check_delivered(contract, id, table)
    return table


def data_file(contract: Contract, id: str, data: Mapping[str, AnyTable] | None = None) -> Path | None:
    """The file behind a data source; None when a table in memory was given."""
    given = check_data(data).get(id)
    if given is None:
        return contract.data_path(id)
    return check_path(given) if isinstance(given, (str, os.PathLike)) else None


def _method(id: str, name: str) -> Callable[..., Any]:
    if name not in METHODS:
        raise AnalysisError(
            f"analysis.{id}.method must be {join_words(sorted(METHODS))}; got {name!r}.{did_you_mean(name, METHODS)}",
            *("analysis", id, "method"),
        )
    return METHODS[name]


def _check_attribution(id: str, analysis: Analysis, attribution: str, designs: Sequence[str]) -> None:
    """Of several designs the word is that of the weakest, as a mixture or a ladder shows no more than that."""
    method, comparison = analysis.method, analysis.arguments.get("comparison")
    allowed = ATTRIBUTIONS.get(method, (attribution,))
    fits = any(attribution in ATTRIBUTIONS.get(one, (attribution,)) for one in designs)
    if attribution not in allowed and not (fits and claims_less(attribution, method)):
        several = " Of several designs it is that of the weakest." if len({*designs}) > 1 else ""
        raise AnalysisError(
            f"attribution must be {join_words(allowed)} for the method {method} of analysis.{id}; got "
            f"{attribution}.{several}",
            "attribution",
        )
    if method == "published_comparison" and attribution == "matched" and comparison != "matched":
        raise AnalysisError(
            f"attribution must not be matched unless analysis.{id} has comparison: matched, which says that the "
            f"publication matched those that it compares with; got comparison: {comparison or 'none'}.",
            "attribution",
        )


def _check_call(id: str, function: Callable[..., Any], taken: Mapping[str, Any]) -> None:
    """Refuse what an estimator can tell of its arguments alone, at the line of the first that it names."""
    clash = same_columns(taken)
    if clash is not None:
        first, second, column = clash
        raise AnalysisError(
            f"analysis.{id}: `{first}` and `{second}` must be two columns; both are {column}.",
            *("analysis", id, second if second in taken else "outcome"),
        )
    try:
        check_call(function, taken)
    except (ArgumentError, DataError) as error:
        inner = {key: (name, key) for name in NESTED for key in taken.get(name, ())}
        place = named_place(str(error), inner | {name: (name,) for name in taken})
        raise AnalysisError(f"analysis.{id}: {_as_written(str(error))}", *("analysis", id, *place)) from None


def _check_kind(id: str, term: EstimateFigure | MeasureFigure, contract: Contract) -> None:
    analysis = term.estimate if isinstance(term, EstimateFigure) else term.measure
    returned = get_type_hints(METHODS[contract.model.analysis[analysis].method])["return"]
    measures = returned is OutcomeMeasure
    if measures != isinstance(term, MeasureFigure):
        word, other = ("measure", "estimate") if measures else ("estimate", "measure")
        kind = "an outcome, not an effect" if measures else "an effect"
        raise AnalysisError(
            f"figures.{id} must be of kind {word} and not {other}: the method of analysis.{analysis} returns {kind}.",
            *("figures", id),
        )
    if isinstance(term, EstimateFigure):
        _check_effect(id, term, contract.model.analysis[analysis].arguments, returned)


def _check_effect(id: str, term: EstimateFigure, written: Mapping[str, Any], returned: Any) -> None:
    """That the figure takes one effect, and that it is known which way is better where it matters."""
    one = term.member is None and term.combine is None
    if returned in (EffectEstimate, EffectSet) and one != (returned is EffectEstimate):
        rule = "must have member or combine, since its method returns a set of effects"
        alone = "has member or combine, but its method returns one effect; remove it"
        raise AnalysisError(f"figures.{id} {rule if one else alone}.", "figures", id)
    outcome = written.get("outcome")
    turned = term.view in ("improvement", "relative_improvement", "total")
    known = isinstance(outcome, Mapping) and outcome.get("better") not in (None, NONE)
    if turned and outcome is not None and not isinstance(outcome, list) and not known:
        raise AnalysisError(
            f"figures.{id} has the view {term.view}, so the outcome of analysis.{term.estimate} must say which way is "
            "better; write it as {column: …, unit: …, better: higher}, or lower.",
            *("figures", id),
        )


def _rehearsed(
    contract: Contract, id: str, tables: Mapping[str, Table], relabelled: Callable[[str, Table], Table | Pending]
) -> AnyResult | Pending:
    table = relabelled(id, tables[contract.model.analysis[id].data])
    return table if isinstance(table, Pending) else _run(contract, id, table, _written(contract.model.analysis, id))


def call_of(contract: Contract, id: str) -> dict[str, Any]:
    """The arguments with which an analysis calls its estimator.

    Parameters
    ----------
    contract : Contract
    id : str

    Returns
    -------
    dict
        Those that the contract writes, and the check of other reference windows where its payment is read by them.
    """
    taken = _written(contract.model.analysis, id)
    if id in windowed(contract.model):
        taken["checks"] = (*taken.get("checks", ()), WINDOWS)
    return taken


def _written(analyses: Mapping[str, Analysis], id: str) -> dict[str, Any]:
    return arguments(id, _method(id, analyses[id].method), analyses[id].arguments)


def _run(contract: Contract, id: str, table: Table, taken: Mapping[str, Any]) -> AnyResult | Pending:
    """One analysis on its table, with these arguments."""
    analysis = contract.model.analysis[id]
    try:
        result = METHODS[analysis.method](table, **taken)
    except IncompleteWindowError as error:
        return without_periods(id, error.missing)
    except (ArgumentError, DataError) as error:
        sv = None if error.sv is None else f"analysis.{id}: {_as_written(error.sv)}"
        raise type(error)(f"analysis.{id}: {_as_written(str(error))}", sv=sv) from None
    counted = with_missing(with_minimum(result, analysis.minimum_n), analysis.most_missing)
    return cast(AnyResult, with_limits(counted, analysis.required_checks))


def without_periods(id: str, missing: Sequence[str]) -> Pending:
    """That an analysis waits for periods of its windows.

    Parameters
    ----------
    id : str
    missing : sequence of str

    Returns
    -------
    Pending
    """
    periods, sv_periods = join_words(missing, "and"), join_words(missing, "och")
    return Pending(
        reason=Text(
            en=f"The analysis {id} lacks {periods}; it can be done when the data are complete.",
            sv=f"Analysen {id} saknar {sv_periods}; den kan göras när underlaget är komplett.",
        ),
        missing=tuple(missing),
    )


def _as_written(sentence: str) -> str:
    """A sentence that has arguments as Python does, missing='drop', with them as a contract does, missing: drop."""
    said = _PASSED.sub("write ", sentence)
    return _IN_PYTHON.sub(lambda found: f"{found[1]}: {(found[2] or found[3]).lower()}", said)


def check_data(data: Mapping[str, AnyTable] | None) -> Mapping[str, AnyTable]:
    """What was given in place of the contract's own files, by their names."""
    if not isinstance(data, Mapping | None):
        raise ArgumentError(
            "`data` must map the contract's names of data to tables or paths, as {'panel': table}; got "
            f"{type(data).__name__}."
        )
    return data or {}


def refuse_unknown_data(contract: Contract, data: Mapping[str, AnyTable] | None) -> None:
    """Refuse tables under names that the contract does not have.

    Parameters
    ----------
    contract : Contract
    data : mapping of data id to table or path, optional
    """
    for id in check_data(data):
        if id not in contract.model.data:
            known = join_words(map(repr, contract.model.data), "and") or "none"
            raise ArgumentError(
                f"`data` must name data of the contract, which has {known}; got {id!r}."
                f"{did_you_mean(id, contract.model.data)}"
            )
