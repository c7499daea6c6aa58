"""A result as a certificate may carry it: without raw draws, and without the small counts that a contract hides."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

from effekt._text import Text
from effekt.certificates.disclosure import HIDDEN, count_text, suppress
from effekt.contracts.estimated import AnyResult
from effekt.result import Diagnostic, EffectEstimate, EffectSet, Note, OutcomeMeasure, Sample

NOT_OF_UNITS = (
    "n_placebos",
    "n_strata",
    "n_without_weight",
    "n_without_strata",
    "n_imbalanced",
    "n_unequal_variance",
    "n_figures",
    "n_rejected",
    "n_draws",
    "n_effects",
    "n_positive",
    "by_order",
    "short",
    "studies",
    "n_periods",
    "at",
    "days",
)  # whole numbers in checks that count no group of units
ORDERS = ("tie_orders", "count")  # a check and its number of orders
BOUNDS = ("lee_bounds", "manski_bounds", "complier_bounds")  # a range and two bounds give back how many are missing
SIZES = ("treated", "controls")  # of one set, in a table that has a column of how many such sets there are
NEARLY = 1e-6  # a share times a size is a count
PLACEBOS = "n_placebos"  # anyone counts them in the list of their errors, which p is computed from
GIVEN_BACK = ("difference", "p_value", "neighbours", "ratio", "reference_ratio")  # in a check of counts
OF_NO_UNITS = (
    "adjustment_readings",
    "baseline_choice",
    "composition_drift",
    "excluded_periods",
    "first_stage",
    "honest_did",
    "inference_choice",
    "placebo_in_time",
    "prediction_interval",
    "pretrend",
    "pretrends",
    "romano_wolf",
    "time_weights",
    "trend_readings",
)  # checks that count nothing, or windows, periods, covariates or ways of inference
NO_UNITS_SAID = ("covariate_balance",)  # checks with effective sizes, whose sentence counts covariates alone
UNITS = "unit"  # the column of their names
COUNTING = {
    "lost_clusters": 6,
    "dropped_blocks": 1,
    "dropped_pairs": 1,
    "incomplete_rows": 4,
    "incomplete_units": 1,
    "always_treated": 1,
    "treated_later": 1,
    "treated_later_anticipated": 1,
}  # notes with counts that no check has, and how many of their first whole numbers are such
_INTEGER = re.compile(r"(?<![\w.,/−-])\d+(?![\w/]|[.,]\d|\s?%)")


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
        With None for each hidden count of its sample and of its checks, and "<5" (for a `minimum` of 5) for the same
        count in its sentences; a note that counts what no check counts, such as clusters that were lost, hides all of
        its counts where one is small. Where a check has a small count, all counts of the result are hidden, and the
        check's sentence and shares too, since a total and what is left of it give back what was taken away. That a
        check counts nobody is shown. With None for the names of units in its checks, whatever the counts.

    Notes
    -----
    Means and effects are kept, also as exact fractions, since the figures are taken from them; so is what is paid for.
    How many placebos there are is shown in tables and sentences alike: p is computed from the list of their errors,
    which the certificate holds, so that anyone can count them.
    """
    public = result.public()
    if minimum == 0:
        return public
    members = public.effects if isinstance(public, EffectSet) else (public,)
    checks = public.diagnostics if isinstance(public, EffectSet) else ()
    counted = [_counted(check) for check in (*checks, *(check for one in members for check in one.diagnostics))]
    counts: set[int] = set().union(*counted)
    everything: set[int] = set()
    if any(n < minimum for n in counts):
        everything = counts | {n for one in members for n in asdict(one.sample).values() if n is not None}
    hidden = tuple(_hidden(one, minimum, everything) for one in members)
    if not isinstance(public, EffectSet):
        only: AnyResult = hidden[0]
        return only
    return replace(
        public,
        effects=hidden,
        diagnostics=tuple(_check(check, minimum, everything) for check in checks),
        notes=tuple(_note(note, minimum, set()) if note.code in COUNTING else note for note in public.notes),
    )


def _hidden(result: EffectEstimate | OutcomeMeasure, minimum: int, everything: set[int]) -> Any:
    """The result without its small counts and those that give them back; without all, where a check has a small one."""
    counts = asdict(result.sample)
    shown = suppress(counts, minimum)
    covered = {name for name, n in counts.items() if isinstance(shown[name], str) or n in everything}
    small = {n for name in covered if (n := counts[name])} | everything
    sample = {name: None if name in covered else n for name, n in counts.items()}
    sizes = {n for n in counts.values() if n}
    changed: dict[str, Any] = {
        "sample": Sample(**sample),
        "diagnostics": tuple(
            _check(check, minimum, small | _shared(check, sizes, minimum)) for check in result.diagnostics
        ),
        "notes": tuple(_note(note, minimum, small) for note in result.notes),
    }
    if isinstance(result, OutcomeMeasure):
        return replace(result, population=_said(result.population, minimum, small), **changed)
    population = _said(result.estimand.population, minimum, small)
    return replace(result, estimand=replace(result.estimand, population=population), **changed)


def _note(note: Note, minimum: int, small: set[int]) -> Note:
    """The note without hidden counts; without all of its own where one, or what one lacks of another, is small."""
    first = COUNTING.get(note.code)
    if first is None:
        return replace(note, text=_said(note.text, minimum, small))
    own = {int(found) for found in _INTEGER.findall(note.text.en)[:first]} - {0}
    few = any(n < minimum or any(0 < n - other < minimum for other in own) for n in own)
    return replace(note, text=_said(note.text, minimum, small | own if few else small, first))


def _check(check: Diagnostic, minimum: int, small: set[int]) -> Diagnostic:
    """The check without names of units; without counts, shares and effective sizes where any count is hidden."""
    if UNITS in check.table:  # where small counts are hidden, units may be persons
        check = replace(check, table={**check.table, UNITS: (None,) * len(check.table[UNITS])})
    if not small or check.name in OF_NO_UNITS:
        return check
    columns = {**{name: (value,) for name, value in check.values.items()}, **check.table}
    counts = bool(_counted(check))
    told = {
        name for name, column in columns.items() if check.name in BOUNDS or _tells(check, name, column, counts=counts)
    }
    values = {name: None if name in told else value for name, value in check.values.items()}
    table = {name: (None,) * len(column) if name in told else column for name, column in check.table.items()}
    spoken = any(not name.startswith("effective_") for name in told)
    openly = {n for n in (check.values.get(PLACEBOS),) if _is_count(n)}
    statement = COUNTS_HIDDEN if spoken else _said(check.statement, minimum, small.difference(openly))
    if check.name in NO_UNITS_SAID:
        statement = check.statement
    return replace(check, statement=statement, values=values, table=table)


def _shared(check: Diagnostic, sizes: set[int], minimum: int) -> set[int]:
    """Small counts that a share of a check gives of the sizes of the sample, or that those left over are."""
    shares = [value for name, value in check.values.items() if "share" in name and isinstance(value, float)]
    counts = {(n, round(share * n)) for n in sizes for share in shares if abs(share * n - round(share * n)) < NEARLY}
    return {k for n, k in counts if 0 < k < minimum or 0 < n - k < minimum}


COUNTS_HIDDEN = Text(
    en="The counts of this check are hidden, because some are small.",
    sv="Antalen i denna kontroll är dolda, eftersom några är små.",
)


def _counted(check: Diagnostic) -> set[int]:
    """The numbers of units, rows or clusters in a check, but for 0."""
    columns: dict[str, tuple[Any, ...]] = {**{name: (value,) for name, value in check.values.items()}, **check.table}
    for name in SIZES:
        if name in check.table and "sets" in check.table:
            pairs = zip(columns[name], columns["sets"], strict=True)
            columns[name] = tuple(n * times for n, times in pairs if _is_count(n) and _is_count(times))
    counts: set[int] = {n for name, column in columns.items() if _of_units(check, name) for n in column if _is_count(n)}
    return counts - {0}


def _is_count(n: object) -> bool:
    return isinstance(n, int) and not isinstance(n, bool) and n >= 0


def _of_units(check: Diagnostic, name: str) -> bool:
    return name not in NOT_OF_UNITS and (check.name, name) != ORDERS and check.name not in OF_NO_UNITS


def _tells(check: Diagnostic, name: str, column: tuple[Any, ...], *, counts: bool) -> bool:
    """Whether these are counts, or what gives counts back: shares, effective sizes, in a check that counts its test."""
    given_back = "share" in name or name.startswith("effective_") or (counts and name in GIVEN_BACK)
    return _of_units(check, name) and (given_back or any(map(_is_count, column)))


def _said(text: Text, minimum: int, small: set[int], first: int = 0) -> Text:
    """The sentence with every hidden count replaced; of the first whole numbers alone where it is said how many."""

    def shown(found: re.Match[str]) -> str:
        if int(found[0]) not in small:
            return found[0]
        return count_text(None, minimum) if int(found[0]) < minimum else HIDDEN

    return Text(en=_INTEGER.sub(shown, text.en, count=first), sv=_INTEGER.sub(shown, text.sv, count=first))
