"""Every column that a contract names for a use: which arguments of each method name columns is said here alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from effekt.contracts.model import ContractTerms

Place: TypeAlias = tuple[str | int, ...]
Named: TypeAlias = Iterator[tuple[Place, str]]

_TRIAL = ("outcome", "treatment", "covariates", "block", "cluster", "weights", "pairs", "probability", "exposure")
_PANEL = ("outcome", "unit", "time", "treatment", "cluster", "covariates", "eligible")
_SYNTHETIC = ("outcome", "unit", "time")
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "complier_effect": (*_TRIAL, "received"),
    "difference_in_differences": _PANEL,
    "doubly_robust": ("outcome", "treatment", "covariates", "cluster", "subgroup"),
    "event_study": _PANEL,
    "match_controls": ("unit", "treatment", "covariates", "exact", "calipers", "cutpoints"),
    "matched_comparison": ("match", "outcome", "cluster", "covariates", "bias_adjustment"),
    "outcome_count": ("unit", "outcome", "time"),
    "published_comparison": ("outcome", "cohort", "treatment"),
    "randomized_trial": _TRIAL,
    "randomized_trials": (*_TRIAL, "subgroup"),
    "staggered_adoption": ("outcome", "unit", "time", "start", "covariates", "cluster"),
    "synthetic_control": (*_SYNTHETIC, "predictors"),
    "synthetic_difference_in_differences": _SYNTHETIC,
    "trend_adjusted": ("outcome", "unit", "time", "standardize", "standard", "vintage_column", "cluster", "checks"),
}
"""By method, the arguments that name columns; a test holds them against the types of every method's own arguments."""

NONE = "none"
"""What a contract writes for no column, where an argument may be without one: no column there has that name."""

CHECKED = ("outcome", "counts", "standardize", "standard")
"""What names columns in a check that is written as a map."""


def columns_of(method: str, arguments: Mapping[str, Any]) -> Named:
    """Each column that the arguments of a method name.

    Parameters
    ----------
    method : str
        Of an analysis, or ``match_controls`` for the arguments under its ``match``.
    arguments : mapping
        As a contract has them.

    Yields
    ------
    (tuple, str)
        Where it stands among them, and the column.

    Examples
    --------
    >>> list(columns_of("randomized_trial", {"treatment": "offered", "covariates": ["age"], "adjustment": "lin"}))
    [(('treatment',), 'offered'), (('covariates', 0), 'age')]
    """
    yield from _under(ARGUMENTS.get(method, ()), arguments)


def is_plain(method: str, name: str) -> bool:
    """Whether an argument is a column, or a list of columns, and no map or check that has some.

    Parameters
    ----------
    method, name : str

    Returns
    -------
    bool
    """
    return name in ARGUMENTS.get(method, ()) and name not in _READ


def without_column(method: str, arguments: Mapping[str, Any]) -> Iterator[Place]:
    """Each argument that may name a column and for which a contract writes that it has none.

    Parameters
    ----------
    method : str
    arguments : mapping
        As a contract has them.

    Yields
    ------
    tuple
        Where it stands among them.
    """
    yield from ((name,) for name in ARGUMENTS.get(method, ()) if arguments.get(name) == NONE)
    match = arguments.get("match") if "match" in ARGUMENTS.get(method, ()) else None
    if isinstance(match, Mapping):
        yield from (("match", name) for name in ARGUMENTS["match_controls"] if match.get(name) == NONE)


def named_columns(terms: ContractTerms) -> Iterator[tuple[str, Place, str]]:
    """Each column that a contract names for a use.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    (str, tuple, str)
        The name of its table under ``data``, where the column is named in the file, and the column.
    """
    for id, source in terms.data.items():
        yield from ((id, ("data", id, "text", position), column) for position, column in enumerate(source.text))
    for id, analysis in terms.analysis.items():
        for place, column in columns_of(analysis.method, analysis.arguments):
            yield analysis.data, ("analysis", id, *place), column
    for position, criterion in enumerate(terms.population.eligibility if terms.population else ()):
        yield criterion.data, ("population", "eligibility", position, "column"), criterion.column
    for id, ledger in (terms.ledgers or {}).items():
        written = {"reason": ledger.reason, "arm": ledger.arm, "unit": ledger.unit}
        places = {("steps", step): column for step, column in ledger.steps.items()}
        for inner, own in (places | {(key,): own for key, own in written.items() if own is not None}).items():
            yield ledger.data, ("ledgers", id, *inner), own


def _under(names: tuple[str, ...], written: Mapping[str, Any]) -> Named:
    """The columns under some keys of a map; `none` is written for no column."""
    for name in names:
        if written.get(name, NONE) != NONE:
            yield from _below(name, _READ.get(name, _listed)(written[name]))


def _below(key: str | int, found: Named) -> Named:
    return (((key, *place), column) for place, column in found)


def _each(value: Any, read: Callable[[Any], Named]) -> Named:
    """Those of each item of a list."""
    for position, one in enumerate(value if isinstance(value, list) else ()):
        yield from _below(position, read(one))


def _listed(value: Any) -> Named:
    """A column, a list of columns, or a map that has either under `column`; or a list of such maps."""
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, Mapping):
        yield from _below("column", _listed(value.get("column")))
    else:
        yield from _each(value, _listed)


def _keys(value: Any) -> Named:
    """The columns that are the keys of a map."""
    return (((key,), key) for key in (value if isinstance(value, Mapping) else ()))


def _strata(value: Any) -> Named:
    """The keys of each stratum but its weight; a standard in a word has none."""
    return _each(value, lambda one: (found for found in _keys(one) if found[1] != "weight"))


def _match(value: Any) -> Named:
    return columns_of("match_controls", value) if isinstance(value, Mapping) else iter(())


def _checks(value: Any) -> Named:
    return _each(value, lambda one: _under(CHECKED, one) if isinstance(one, Mapping) else iter(()))


_READ: Mapping[str, Callable[[Any], Named]] = {
    "calipers": _keys,
    "checks": _checks,
    "cutpoints": _keys,
    "match": _match,
    "standard": _strata,
}
