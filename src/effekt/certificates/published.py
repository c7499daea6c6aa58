"""A result as a certificate may carry it: without raw draws, and without the small counts that a contract hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, TypeAlias

from effekt._inference import Unavailable
from effekt._text import Text
from effekt.certificates.check_numbers import OF_NO_UNITS, PLACEBOS, counts_units, is_count, of_units
from effekt.certificates.disclosure import suppress
from effekt.certificates.hidden_words import (
    COUNTS_HIDDEN,
    gives_small,
    hidden_note,
    hidden_population,
    hidden_reason,
    hidden_statement,
    without_ways,
)
from effekt.contracts.agreed_limits import LIMIT_CHECK, as_hidden
from effekt.contracts.estimated import AnyResult
from effekt.result import Diagnostic, EffectEstimate, EffectSet, Note, OutcomeMeasure, Sample

Told: TypeAlias = "Sequence[tuple[Text, Diagnostic]]"  # checks as they are published, after the sentence each had
Hidden: TypeAlias = "set[int] | None"  # the counts that are hidden; None for all

DRAWS = "n_draws"  # which are all ways of a lot where it is small
BOUNDS = ("lee_bounds", "manski_bounds", "complier_bounds")  # a range and two bounds give back how many are missing
SIZES = ("treated", "controls")  # of one set, in a table that has a column of how many such sets there are
OF_UNITS = ("propensity_overlap", "set_overlap")  # checks whose shares are of units, not of weight or of a range
OF_ITS_OWN = ("differential_attrition", "lee_bounds", "manski_bounds")  # whose shares are of counts that stand in them
NEARLY = 1e-9  # so near is a share of units to that of a count
GIVEN_BACK = ("difference", "p_value", "neighbours", "ratio", "reference_ratio")  # in a check of counts
NO_UNITS_SAID = ("covariate_balance",)  # checks with effective sizes, whose sentence counts covariates alone
UNITS = "unit"  # the column of their names


def published(result: AnyResult, minimum: int) -> AnyResult:
    """The public form of a result, with counts below `minimum` hidden.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    minimum : int
        The smallest count that is shown; 0 shows all.

    Returns
    -------
    EffectEstimate, EffectSet or OutcomeMeasure
        With None for each hidden count of its sample and of its checks, and "<5" (for a `minimum` of 5) or ".." for it
        where its sentences count units; a note that counts what no check counts, such as clusters that were lost, hides
        all of its counts where one is small. Where a check has a small count, or a share that gives one, all counts of
        the result are hidden, and the check's sentence and shares too, since a total and what is left of it give back
        what was taken away; a note that repeats a check is hidden with it. That a check counts nobody is shown, and so
        are numbers that count no units, such as covariates and periods. With None for the names of units in its checks,
        whatever the counts.

    Notes
    -----
    Means and effects are kept, also as exact fractions, since the figures are taken from them; so is what is paid for.
    How many placebos there are is shown in tables and sentences alike: p is computed from the list of their errors,
    which the certificate holds, so that anyone can count them.
    """
    public = result.public()
    if minimum == 0:
        return public
    if not isinstance(public, EffectSet):
        everything = _is_small(public.diagnostics, [public.sample], minimum)
        only: AnyResult = _hidden(public, (), minimum, everything=everything)
        return only
    members = (*public.effects, *(() if public.overall is None else (public.overall,)))
    samples = [one.sample for one in members]
    checks = (*public.diagnostics, *(check for one in members for check in one.diagnostics))
    parted = any(0 < n < minimum for sample in samples for name, n in _counts(sample).items() if name != "n_dropped")
    everything = parted or _is_small(checks, samples, minimum)
    of_set = _of_checks(public.diagnostics, set(), samples, minimum, everything=everything)
    *effects, last = (_hidden(one, of_set, minimum, everything=everything) for one in members)
    return replace(
        public,
        effects=tuple(effects if public.overall is not None else (*effects, last)),
        overall=None if public.overall is None else last,
        diagnostics=tuple(check for _, check in of_set),
        notes=_of_notes(public.notes, of_set, samples, minimum, None if everything else set()),
        group_times=None if everything else public.group_times,
    )


def _is_small(checks: Sequence[Diagnostic], samples: Sequence[Sample], minimum: int) -> bool:
    """Whether a check has a small count, or a share of units that gives one: then all counts are hidden."""
    if any(n < minimum for check in checks for n in _counted(check)):
        return True
    return any(_gives_small(check, samples, minimum) for check in checks if check.name in OF_UNITS)


def _hidden(result: EffectEstimate | OutcomeMeasure, of_set: Told, minimum: int, *, everything: bool) -> Any:
    """The result without its small counts and those that give them back, or without all; its set has further checks."""
    counts = asdict(result.sample)
    covered = {name for name, n in suppress(counts, minimum).items() if isinstance(n, str)}
    covered |= counts.keys() if everything else set()
    small: set[int] = {n for name in covered if (n := counts[name])}
    hidden: Hidden = None if everything else small
    checks = _of_checks(result.diagnostics, small, [result.sample], minimum, everything=everything)
    changed: dict[str, Any] = {
        "sample": Sample(**{name: None if name in covered else n for name, n in counts.items()}),
        "diagnostics": tuple(check for _, check in checks),
        "notes": _of_notes(result.notes, (*checks, *of_set), [result.sample], minimum, hidden),
    }
    few = result.sample.n_units is not None and result.sample.n_units < minimum
    if isinstance(result, OutcomeMeasure):
        return replace(result, population=hidden_population(result.population, minimum, hidden, small=few), **changed)
    if isinstance(result.inference, Unavailable):
        changed["inference"] = Unavailable(reason=hidden_reason(result.inference.reason, minimum))
    population = hidden_population(result.estimand.population, minimum, hidden, small=few)
    return replace(result, estimand=replace(result.estimand, population=population), **changed)


def _of_checks(
    checks: Sequence[Diagnostic], small: set[int], samples: Sequence[Sample], minimum: int, *, everything: bool
) -> Told:
    """Each check as it is published, after the sentence that it had."""
    found = []
    for check in checks:
        hidden: Hidden = None if everything else small
        if not everything and not small and not _gives_small(check, samples, minimum):
            found.append((check.statement, _unnamed(check)))
        else:
            shown = check if check.name == LIMIT_CHECK else _check(_unnamed(check), minimum, hidden)
            found.append((check.statement, shown))
    public = as_hidden([check for _, check in found])
    return tuple((statement, check) for (statement, _), check in zip(found, public, strict=True))


def _of_notes(
    notes: Sequence[Note],
    checks: Told,
    samples: Sequence[Sample],
    minimum: int,
    hidden: Hidden,
) -> tuple[Note, ...]:
    sizes = {n for sample in samples for n in _counts(sample).values()}
    return tuple(hidden_note(note, checks, sizes, minimum, hidden) for note in notes)


def _counts(sample: Sample) -> dict[str, int]:
    return {name: n for name, n in asdict(sample).items() if n is not None}


def _unnamed(check: Diagnostic) -> Diagnostic:
    """The check without names of units: where small counts are hidden, units may be persons."""
    if UNITS not in check.table:
        return check
    return replace(check, table={**check.table, UNITS: (None,) * len(check.table[UNITS])})


def _check(check: Diagnostic, minimum: int, hidden: Hidden) -> Diagnostic:
    """The check without counts, shares and effective sizes."""
    openly = {n for n in (check.values.get(PLACEBOS),) if isinstance(n, int)}
    statement = hidden_statement(check, minimum, hidden, openly)
    if check.name in OF_NO_UNITS:
        ways = without_ways(check.statement, check.name, hidden) != check.statement
        values = {name: None if ways and name == DRAWS else value for name, value in check.values.items()}
        return replace(check, statement=statement, values=values)
    counts = bool(_counted(check))
    told = {name for name in (*check.values, *check.table) if tells(check.name, name, counts=counts)}
    values = {name: None if name in told else value for name, value in check.values.items()}
    table = {name: (None,) * len(column) if name in told else column for name, column in check.table.items()}
    if check.name not in NO_UNITS_SAID and any(not name.startswith("effective_") for name in told):
        statement = COUNTS_HIDDEN
    return replace(check, statement=statement, values=values, table=table)


def _gives_small(check: Diagnostic, samples: Sequence[Sample], minimum: int) -> bool:
    """Whether a share of a check gives a small count of the sizes of the samples or its own, or leaves one.

    A share of a count that stands beside it gives no other: of 20 treated with 5 missing, 25% is none of 12 rows.
    """
    if check.name in (*OF_NO_UNITS, *OF_ITS_OWN):
        return False
    shares = [value for name, value in check.values.items() if "share" in name and isinstance(value, float)]
    sizes = {n for sample in samples for n in _counts(sample).values()} | _counted(check)
    return gives_small(shares, sizes, minimum, NEARLY)


def _counted(check: Diagnostic) -> set[int]:
    """The numbers of units, rows or clusters in a check, but for 0."""
    columns: dict[str, tuple[Any, ...]] = {**{name: (value,) for name, value in check.values.items()}, **check.table}
    for name in SIZES:
        if name in check.table and "sets" in check.table:
            pairs = zip(columns[name], columns["sets"], strict=True)
            columns[name] = tuple(n * times for n, times in pairs if _is_whole(n) and _is_whole(times))
    counts: set[int] = {n for name, column in columns.items() if is_count(check, name) for n in column if _is_whole(n)}
    return counts - {0}


def _is_whole(n: object) -> bool:
    return isinstance(n, int) and not isinstance(n, bool) and n >= 0


def tells(check: str, name: str, *, counts: bool) -> bool:
    """Whether these are counts, or what gives counts back: shares, effective sizes, in a check that counts its test.

    Parameters
    ----------
    check : str
        Its name.
    name : str
        Of a value or a column.
    counts : bool
        Whether the check has counts.

    Returns
    -------
    bool
        The same of any minimum: where a count of the result is small, this is hidden.
    """
    if check in BOUNDS:
        return True
    given_back = "share" in name or name.startswith("effective_") or (counts and name in GIVEN_BACK)
    return counts_units(check, name) or (of_units(check, name) and given_back)
