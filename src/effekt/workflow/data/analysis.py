"""A contract's analyses as calls of estimators: checked before there are data, run when there are."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

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
from effekt.contracts.named_columns import is_plain
from effekt.contracts.not_delivered import Undelivered, waiting
from effekt.contracts.reconciled import without_design
from effekt.contracts.thin_data import with_minimum
from effekt.estimators import METHODS
from effekt.estimators.doubly_robust import FOLDS, REPEATS
from effekt.estimators.matching.controls import match_controls
from effekt.estimators.matching.methods import METHODS as MATCHING
from effekt.estimators.matching.methods import NEUTRAL
from effekt.exceptions import ArgumentError, ContractError, DataError, IncompleteWindowError
from effekt.reports.other_means import WINDOWS
from effekt.result import EffectEstimate, EffectSet, OutcomeMeasure
from effekt.tables import Table, as_table, options_for, read_table
from effekt.workflow.data.analysed import analysed_faults
from effekt.workflow.data.before_data import check_call, named_place, same_columns
from effekt.workflow.data.delivered import check_delivered, delivered_faults
from effekt.workflow.data.eligible import check_eligible
from effekt.workflow.data.ledgers import check_ledgers, with_ledgers
from effekt.workflow.data.other_windows import windowed
from effekt.workflow.data.permuted import has_labels
from effekt.workflow.data.sealed import check_seal
from effekt.workflow.data.thin_data import thin_faults

NESTED: dict[str, Callable[..., Any]] = {"match": match_controls}  # arguments that are calls themselves
LATER = (
    "cluster_weighted",
    "randomized_trial.inference",  # which trend_adjusted had from the start
    "randomized_trials.inference",
    "randomized_trial.statistic",
    "randomized_trials.statistic",
    "complier_effect.inference",
    "complier_effect.estimand",
    "difference_in_differences.inference",
    "staggered_adoption.estimator",
    "staggered_adoption.inference",
    "staggered_adoption.sampling",
    "difference_in_differences.sampling",
    "wild_weights",
    "blocks",
    "draws",
    "placebos",
    "same_months",
    "trend_adjusted.trend",
)  # arguments younger than effekt/contract/1: left out, they mean what it meant without them
CHOICES = (
    "variance",
    "randomized_trial.population",
    "randomized_trials.population",
)  # whose None is a choice too, as the other arguments decide what it stands for
COMPANIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("inference", "randomization"): ("draws",),
    ("inference", "wild_bootstrap"): ("draws", "wild_weights"),
    ("inference", "permutation"): ("draws",),
    ("estimator", "group_time"): ("adjustment", "comparison", "base_period"),
    ("inference", "block_bootstrap"): ("blocks", "block_length", "draws", "rng"),
    ("variance", "abadie_imbens"): ("population", "neighbours"),
    ("variance", "abadie_imbens_estimated"): ("neighbours",),
    ("method", "coarsened_exact"): ("cutpoints",),
    ("method", "subclassification"): ("subclasses", "propensity"),
    ("method", "entropy_balancing"): ("moments",),
    ("method", "covariate_balancing_propensity"): ("moments",),
    ("method", "inverse_probability"): ("moments",),
    ("method", "overlap"): ("moments",),
}  # arguments whose default is a choice once another argument has a value
BESIDE = {("matched_comparison", "covariates"): ("adjustment", "population")}  # the same once another is given
SOLE = {("statistic", "sum"): ("at_least", "1"), ("statistic", "mean"): ("at_least", "1")}  # with a choice, one value
FILLED = {"doubly_robust": ("learner", "parametric", {"folds": FOLDS, "repeats": REPEATS})}
"""What None stands for in some arguments of a method, where a choice is another than this one."""
REFUSED = {
    "through": "a look before the end is no ground for payment; remove it, and use `effekt look`",
}  # arguments that no contract may have, and why
_PLAIN = {str: "text, in quotes where it looks like a number", bool: "true or false"}  # arguments of one such type
NONE = "none"  # how a contract writes Python's None: a written choice, never an omission


_PASSED = re.compile(r"\b(?:pass|give) (?=[a-z_]+=['A-Z])")
_IN_PYTHON = re.compile(r"\b([a-z_]+)=(?:'([a-z_]+)'|(None|True|False)\b)")


class _AnalysisError(ContractError):
    """A fault of an analysis, and where in the contract it stands."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place


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
            raise _AnalysisError(sentence, *place)
    except _AnalysisError as error:
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


@cache
def _form(function: Callable[..., Any]) -> tuple[Mapping[str, inspect.Parameter], Mapping[str, Any]]:
    """The parameters of an estimator but its table, and their types; any type has None where that is the default."""
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if name != "data"}
    hints = get_type_hints(function)
    return parameters, hints | {
        name: Any | None for name, one in parameters.items() if hints[name] is Any and one.default is None
    }


def arguments(id: str, function: Callable[..., Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of an analysis as its estimator takes them.

    Parameters
    ----------
    id : str
        The analysis.
    function : callable
        The estimator.
    written : mapping
        The arguments as the contract has them: text, integers, lists and maps; ``none`` for None.

    Returns
    -------
    dict

    Raises
    ------
    ContractError
        For an unknown argument, a missing one, or a choice that was left to a default.
    """
    parameters, hints = _form(function)
    place = ("analysis", *id.split("."))
    chosen = {name: written.get(name, parameter.default) for name, parameter in parameters.items()}
    needed = {name for choice, names in COMPANIONS.items() if chosen.get(choice[0]) == choice[1] for name in names}
    needed |= {
        one for (whose, of), own in BESIDE.items() if whose == function.__name__ and chosen.get(of) for one in own
    }
    unread = _unread(function, chosen)
    for name in written:
        if name in REFUSED:
            raise _AnalysisError(f"analysis.{id} must not have the argument {name!r}: {REFUSED[name]}.", *place, name)
        if name not in parameters:
            raise _AnalysisError(
                f"analysis.{id} has the argument {name!r}, which {function.__name__} does not have"
                f".{did_you_mean(name, parameters)}",
                *place,
                name,
            )
    missing = {
        name: _sole(name, chosen) or _choices(hints[name], none=name not in needed)
        for name, parameter in parameters.items()
        if (name not in {*written, *unread} and _must_be_written(function.__name__, parameter))
        or (name in needed and written.get(name, NONE) == NONE)
    }
    if len(missing) == 1:
        ((name, choices),) = missing.items()
        raise _AnalysisError(
            f"analysis.{id} lacks the argument {name!r}; a contract leaves no choice to a default, so write it "
            f"({choices}).",
            *place,
        )
    if missing:
        listed = join_words([f"{name!r} ({choices})" for name, choices in missing.items()], "and")
        raise _AnalysisError(
            f"analysis.{id} lacks the arguments {listed}; a contract leaves no choice to a default, so write them.",
            *place,
        )
    for name in (name for name in written if is_plain(function.__name__, name)):
        if written[name] == NONE and type(None) not in get_args(hints[name]):
            raise _AnalysisError(
                f"analysis.{id}.{name} must name a column, and none means that there is no column; give a column that "
                "is called none another name, or leave the argument out where it may be.",
                *place,
                name,
            )
    nested = {name: arguments(f"{id}.{name}", NESTED[name], written[name]) for name in NESTED if name in written}
    return {name: _argument(f"analysis.{id}.{name}", hints[name], value) for name, value in written.items()} | nested


def defaults(function: Callable[..., Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The choices that a contract leaves to a default, where they mean something beside those that it writes.

    Parameters
    ----------
    function : callable
        The estimator.
    written : mapping
        The arguments as the contract has them.

    Returns
    -------
    dict
        By argument; those that are not used, and those that belong to another choice, are left out.
    """
    chosen = {name: one.default for name, one in inspect.signature(function).parameters.items()} | dict(written)
    if chosen.get("adjustment") != "ratio" or chosen.get("weights") not in (None, NONE):
        chosen.pop("trend", None)  # which means something for plain means under a ratio alone
    unread = _unread(function, chosen)
    companions = {name for names in COMPANIONS.values() for name in names}
    used = {name for choice, names in COMPANIONS.items() if chosen.get(choice[0]) == choice[1] for name in names}
    chosen |= {name: value for name, value in filled_in(function.__name__, chosen).items() if name not in written}
    return {
        name: value
        for name, value in chosen.items()
        if name not in {*written, *unread}
        and value is not inspect.Parameter.empty
        and value not in (None, (), "", False)
        and (name in used or name not in companions)
    }


def filled_in(method: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the method fills in where arguments that mean something beside a choice are left out.

    Parameters
    ----------
    method : str
    chosen : mapping
        The arguments of the call; what it leaves out, or writes as none, is filled in.

    Returns
    -------
    dict
        By argument, those alone that are filled in.
    """
    choice, without, values = FILLED.get(method, ("", None, {}))
    if chosen.get(choice, without) == without:
        return {}
    return {name: value for name, value in values.items() if chosen.get(name) in (None, NONE)}


def _unread(function: Callable[..., Any], chosen: Mapping[str, Any]) -> frozenset[str]:
    """Choices that the method of a match does not read; a salt decides nothing where no ties are broken."""
    known = function is match_controls and isinstance(chosen["method"], str) and chosen["method"] in MATCHING
    if not known:
        return frozenset()
    reads = MATCHING[chosen["method"]].reads
    return (frozenset(NEUTRAL) | ({"salt"} if "tie_orders" not in reads else set())) - reads


def _must_be_written(function: str, parameter: inspect.Parameter) -> bool:
    """Whether leaving it out would be a hidden choice; lists that are empty by default simply are not used."""
    names = {parameter.name, f"{function}.{parameter.name}"}
    unused = not names.isdisjoint(LATER) or (parameter.default in (None, ()) and names.isdisjoint(CHOICES))
    return parameter.default is inspect.Parameter.empty or not unused


def without_choice(written: Mapping[str, Any]) -> frozenset[str]:
    """The arguments that must be written, and do nothing beside another: they have one value there.

    Parameters
    ----------
    written : mapping
        The arguments as the contract has them.

    Returns
    -------
    frozenset of str
    """
    return frozenset(name for name in written if _sole(name, written) is not None)


def _sole(name: str, chosen: Mapping[str, Any]) -> str | None:
    """The only value that an argument may have beside another choice, as it is written; None where it has several."""
    for (other, choice), (bound, value) in SOLE.items():
        if name == bound and chosen.get(other) == choice:
            return f"{name}: {value}, its only value with {other}: {choice}"
    if name == "tie_orders" and chosen.get("replace") in (True, "true") and chosen.get("reuse") in (None, NONE):
        return f"{name}: {NEUTRAL[name]}, its only value with replace: true and no reuse, as all tied controls are kept"
    return None


def _choices(hint: Any, *, none: bool) -> str:
    options = [option for part in (hint, *get_args(hint)) if get_origin(part) is Literal for option in get_args(part)]
    if none and type(None) in get_args(hint):
        options.append(NONE)
    return join_words([repr(option) for option in dict.fromkeys(options)]) or "see its documentation"


def _argument(where: str, hint: Any, value: Any) -> Any:
    options = [option for part in (hint, *get_args(hint)) if get_origin(part) is Literal for option in get_args(part)]
    if value == NONE and type(None) in get_args(hint) and NONE not in options:
        return None
    if options and _only_choices(hint) and value not in options:
        raise _AnalysisError(
            f"{where} must be {_choices(hint, none=True)}; got {value!r}."
            + did_you_mean(value, [option for option in options if isinstance(option, str)]),
            *where.split("."),
        )
    for kind, rule in _PLAIN.items():
        if hint in (kind, kind | None) and not isinstance(value, kind):
            raise _AnalysisError(f"{where} must be {rule}; got {value!r}.", *where.split("."))
    hints = (hint, *get_args(hint))
    if isinstance(value, str) and float in hints and (str not in hints or Decimal in hints):
        try:
            return float(value)
        except ValueError:
            raise _AnalysisError(f"{where} must be a quoted decimal; got {value!r}.", *where.split(".")) from None
    return value


def _only_choices(hint: Any) -> bool:
    """Whether an argument is one of some words, or nothing."""
    parts = get_args(hint) if type(None) in get_args(hint) else (hint,)
    return all(part is type(None) or get_origin(part) is Literal for part in parts)


def _method(id: str, name: str) -> Callable[..., Any]:
    if name not in METHODS:
        raise _AnalysisError(
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
        raise _AnalysisError(
            f"attribution must be {join_words(allowed)} for the method {method} of analysis.{id}; got "
            f"{attribution}.{several}",
            "attribution",
        )
    if method == "published_comparison" and attribution == "matched" and comparison != "matched":
        raise _AnalysisError(
            f"attribution must not be matched unless analysis.{id} has comparison: matched, which says that the "
            f"publication matched those that it compares with; got comparison: {comparison or 'none'}.",
            "attribution",
        )


def _check_call(id: str, function: Callable[..., Any], taken: Mapping[str, Any]) -> None:
    """Refuse what an estimator can tell of its arguments alone, at the line of the first that it names."""
    clash = same_columns(taken)
    if clash is not None:
        first, second, column = clash
        raise _AnalysisError(
            f"analysis.{id}: `{first}` and `{second}` must be two columns; both are {column}.",
            *("analysis", id, second if second in taken else "outcome"),
        )
    try:
        check_call(function, taken)
    except (ArgumentError, DataError) as error:
        inner = {key: (name, key) for name in NESTED for key in taken.get(name, ())}
        place = named_place(str(error), inner | {name: (name,) for name in taken})
        raise _AnalysisError(f"analysis.{id}: {_as_written(str(error))}", *("analysis", id, *place)) from None


def _check_kind(id: str, term: EstimateFigure | MeasureFigure, contract: Contract) -> None:
    analysis = term.estimate if isinstance(term, EstimateFigure) else term.measure
    returned = get_type_hints(METHODS[contract.model.analysis[analysis].method])["return"]
    measures = returned is OutcomeMeasure
    if measures != isinstance(term, MeasureFigure):
        word, other = ("measure", "estimate") if measures else ("estimate", "measure")
        kind = "an outcome, not an effect" if measures else "an effect"
        raise _AnalysisError(
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
        raise _AnalysisError(f"figures.{id} {rule if one else alone}.", "figures", id)
    outcome = written.get("outcome")
    turned = term.view in ("improvement", "relative_improvement", "total")
    known = isinstance(outcome, Mapping) and outcome.get("better") not in (None, NONE)
    if turned and outcome is not None and not isinstance(outcome, list) and not known:
        raise _AnalysisError(
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
