"""A result as a certificate may carry it: without raw draws, and without the small counts that a contract hides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from effekt._text import Text
from effekt.certificates.disclosure import count_text, suppress
from effekt.contracts.estimated import AnyResult
from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure, Sample

NOT_OF_UNITS = ("n_placebos", "n_imbalanced", "n_unequal_variance", "n_figures", "n_rejected", "n_draws")
_INTEGER = re.compile(r"(?<![\w.,/−-])\d+(?![\w/]|[.,]\d)")


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
        count in its sentences.

    Notes
    -----
    Means and effects are kept, also as exact fractions, since the figures are taken from them; so is what is paid for.
    """
    public = result.public()
    if minimum == 0:
        return public
    if isinstance(public, EffectSet):
        members = tuple(_hidden(effect, minimum) for effect in public.effects)
        checks = tuple(_check(check, minimum, set()) for check in public.diagnostics)
        return replace(public, effects=members, diagnostics=checks)
    hidden: AnyResult = _hidden(public, minimum)
    return hidden


def _hidden(result: EffectEstimate | OutcomeMeasure, minimum: int) -> Any:
    counts = asdict(result.sample)
    shown = suppress(counts, minimum)
    small = {n for name, n in counts.items() if n is not None and isinstance(shown[name], str)}
    changed: dict[str, Any] = {
        "sample": Sample(**{name: None if isinstance(n, str) else n for name, n in shown.items()}),
        "diagnostics": tuple(_check(check, minimum, small) for check in result.diagnostics),
        "notes": tuple(replace(note, text=_said(note.text, minimum, small)) for note in result.notes),
    }
    if isinstance(result, OutcomeMeasure):
        return replace(result, population=_said(result.population, minimum, small), **changed)
    population = _said(result.estimand.population, minimum, small)
    return replace(result, estimand=replace(result.estimand, population=population), **changed)


def _check(check: Diagnostic, minimum: int, small: set[int]) -> Diagnostic:
    """The check without its counts of units where any of them is small, since the others could give it back."""
    cells = [(name, (value,)) for name, value in check.values.items()] + list(check.table.items())
    found = {n for name, column in cells if _counts(name) for n in column if isinstance(n, int) and n < minimum}
    statement = _said(check.statement, minimum, small | found)
    if not found:
        return replace(check, statement=statement)
    values: Mapping[str, Any] = {name: None if _counts(name) else value for name, value in check.values.items()}
    table = {name: (None,) * len(column) if _counts(name) else column for name, column in check.table.items()}
    return replace(check, statement=statement, values=values, table=table)


def _counts(name: str) -> bool:
    """Whether the value of this name is a number of units, rows or clusters."""
    return (name == "n" or name.startswith("n_")) and name not in NOT_OF_UNITS


def _said(text: Text, minimum: int, small: set[int]) -> Text:
    """The sentence with every hidden count replaced."""

    def shown(found: re.Match[str]) -> str:
        return count_text(None, minimum) if int(found[0]) in small else found[0]

    return Text(en=_INTEGER.sub(shown, text.en), sv=_INTEGER.sub(shown, text.sv))
