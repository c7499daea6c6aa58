"""The numbers of a public statement once more, from nothing but what it shows and its contract.

A statement is the same for every value that its hidden counts may have. So it can be made again of any of these, such
as the least of each range, without the certificate: what then differs no certificate gives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from effekt._text import Text
from effekt.certificates.counts import is_count, is_given_count, whole
from effekt.certificates.hideable import behind, named_hidden
from effekt.certificates.possible import ends_alone, possible_values, round_to_of, unknown_figures
from effekt.certificates.ranges import Ranges, Shown, groups_settled, most_settlements
from effekt.certificates.release import PublicStatement, figures_before, shown_numbers
from effekt.contracts import Contract, Figure, complete_figures
from effekt.contracts.figures import DerivedFigure
from effekt.exceptions import ArgumentError, ContractError

_OPEN = {None, "not_yet_determinable", "referred"}
_NOT_SHOWN = Text(en="It is not shown.", sv="Den visas inte.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What the figures that a statement shows give by its contract.

    Attributes
    ----------
    statement : PublicStatement
        With its own numbers where what it shows does not give them.
    lines : frozenset of str
        The lines whose numbers are given.
    """

    statement: PublicStatement
    lines: frozenset[str]


def shown_again(
    found: PublicStatement, contract: Contract, earlier: Sequence[PublicStatement] = (), *, disturbed: bool = False
) -> Again | None:
    """The statement with the numbers that the contract gives on the figures it shows.

    Parameters
    ----------
    found : PublicStatement
        On this contract.
    contract : Contract
    earlier : sequence of PublicStatement
        Those that it names.
    disturbed : bool
        Whether events were declared that were taken out of it: with these nothing is settled by groups.

    Returns
    -------
    Again or None
        None where an event is declared, or a figure is missing. What rests on figures that are shown exactly, or have
        no value, is always given; what rests on ranges is not where an earlier statement that it names was not given,
        where a count is hidden that may be any of several, or where counts have too many possible values.

    Raises
    ------
    ContractError, ArgumentError
        For figures that the contract cannot have.
    """
    given = _given(found, contract)
    if given is None or found.happened or found.standings:
        return None
    figures, before = complete_figures(contract, given), _earlier(found, contract, earlier)
    hidden = {id for id in given if found.figures[id].kind == "hidden"}
    never = hidden | named_hidden(contract)
    again = found
    if before is not None and _is_told(hidden, contract, figures):
        unsure = possible_values(contract, figures, before)
        own = {id: _range(unsure.values.get(id, (one.value,))) for id, one in given.items() if one.value is not None}
        base = round_to_of(contract) if unsure.rounded else 0
        again = replace(found, figures={**found.figures, **own}, rounded=unsure.rounded, round_to=base)
        by_groups = not hidden and not disturbed
        ranges = _ranges(contract, figures, unsure.values, by_groups=by_groups, date=found.date)
        if ranges is not None:
            again = replace(again, **shown_numbers(contract, ranges, never))
            shown = {id: one for id, one in unsure.rounded.items() if again.figures[id].kind == "range"}
            again = replace(again, rounded=shown)
            return Again(statement=_waiting(again, found), lines=frozenset(contract.model.payment.lines))
    return _of_exact(again, found, contract, figures, never)


def _ranges(
    contract: Contract,
    figures: Mapping[str, Figure],
    possible: Mapping[str, tuple[str, ...]],
    *,
    by_groups: bool,
    date: str,
) -> Ranges | None:
    """Over all combinations: none by groups where a figure is hidden, since these hang on which lines have amounts."""
    groups = groups_settled(contract, possible)
    if groups is None or (len(groups) > 1 and not by_groups):
        return None
    return Ranges.over(contract, figures, possible, date=date)


def _is_told(hidden: Collection[str], contract: Contract, figures: Mapping[str, Figure]) -> bool:
    """Whether no figure that is hidden decides what other counts may be: none does that the contract names."""
    others = {*hidden} - unknown_figures(contract, figures)
    counts = {id for id in contract.model.figures if is_count(id, contract)}
    return counts.isdisjoint(others) and all(others.isdisjoint(behind(id, contract)) for id in counts)


def _of_exact(
    again: PublicStatement, found: PublicStatement, contract: Contract, figures: Mapping[str, Figure], never: set[str]
) -> Again:
    """With the numbers that are the same whether figures in ranges are at their least or not shown at all."""
    alone = Ranges.of_group(contract, figures, {}, (), None, date=found.date)
    ranged = {id for id, one in found.figures.items() if one.kind == "range"}
    one, two = shown_numbers(contract, alone, never), shown_numbers(contract, alone, never | ranged)
    numbers = {name: _agreed(one[name], two[name], getattr(again, name)) for name in one}
    lines = frozenset(id for id in contract.model.payment.lines if one["lines"][id] == two["lines"][id])
    return Again(statement=_waiting(replace(again, **numbers), found), lines=lines)


def _agreed(one: Any, two: Any, own: Any) -> Any:
    """What two say alike, else one's own; key by key of a mapping."""
    if not isinstance(own, Mapping):
        return one if one == two else own
    chosen = {key: (one if one.get(key, "") == two.get(key, "") else own) for key in {**own, **two, **one}}
    return {key: source[key] for key, source in chosen.items() if key in source}


def _waiting(again: PublicStatement, found: PublicStatement) -> PublicStatement:
    """Whether what has no amount waits or is referred follows from why a figure has no value, which is not shown."""
    if all(one.kind != "none" for one in found.figures.values()):
        return again
    states = {
        id: found.line_states[id] if {state, found.line_states.get(id, "")} <= _OPEN else state
        for id, state in again.line_states.items()
    }
    return replace(again, line_states=states, state=found.state if {again.state, found.state} <= _OPEN else again.state)


def hidden_with(found: PublicStatement, contract: Contract) -> tuple[str, ...]:
    """The places that must be hidden since a hidden figure moves them, whatever events are declared.

    Parameters
    ----------
    found : PublicStatement
    contract : Contract

    Returns
    -------
    tuple of str
        Such as "lines/bonus"; none where a figure is missing.

    Raises
    ------
    ContractError, ArgumentError
        For figures that the contract cannot have.
    """
    given = _given(found, contract)
    if given is None:
        return ()
    never = {id for id in given if found.figures[id].kind == "hidden"} | named_hidden(contract)
    alone = Ranges.of_group(contract, complete_figures(contract, given), {}, (), None, date=found.date)
    numbers = shown_numbers(contract, alone, never)
    sections = {name: part for name, part in numbers.items() if isinstance(part, Mapping) and name != "line_states"}
    every = {f"{name}/{key}": one for name, part in sections.items() for key, one in part.items()}
    every |= {name: numbers[name] for name in ("total", "undisputed")}
    return tuple(place for place, one in every.items() if one.kind == "hidden")


def counts_again(
    found: PublicStatement, contract: Contract, earlier: Sequence[PublicStatement] = ()
) -> Mapping[str, set[tuple[int, int]]] | None:
    """Between which ends each count is shown by the rules on small and rounded ones and by the earlier statements.

    Parameters
    ----------
    found, contract, earlier
        As in `shown_again`, whatever events are declared.

    Returns
    -------
    mapping of figure to set of (int, int), or None
        Of each given count that is shown with a whole number; more than one pair where what is hidden decides. None
        where an earlier statement that it names was not given.
    """
    before = _earlier(found, contract, earlier)
    if before is None:
        return None
    least = {id: low for id, one in found.figures.items() if (low := whole(one.low)) is not None}
    alone = {
        id: {*ends_alone(id, low, contract, before)}
        for id, low in least.items()
        if id in contract.model.figures and is_count(id, contract)
    }
    given = _given(found, contract)
    if given is None:
        return alone
    try:
        figures = complete_figures(contract, given)
    except (ArgumentError, ContractError):
        return alone
    if not _is_told({id for id in given if found.figures[id].kind == "hidden"}, contract, figures):
        return alone
    possible = possible_values(contract, figures, before).values
    values = {id: possible.get(id, (str(least[id]),)) for id in alone}
    return {id: {(int(Fraction(one[0])), int(Fraction(one[-1])))} for id, one in values.items()}


def is_settled_too_often(found: PublicStatement, contract: Contract, earlier: Sequence[PublicStatement] = ()) -> bool:
    """Whether a statement shows all that its numbers depend on, and counts with too many possible values to settle.

    With declared events nothing is settled by groups, and so more often.

    Parameters
    ----------
    found, contract, earlier
        As in `shown_again`.

    Returns
    -------
    bool

    Raises
    ------
    ContractError, ArgumentError
        For figures that the contract cannot have.
    """
    given, before = _given(found, contract), _earlier(found, contract, earlier)
    if given is None or before is None:
        return False
    figures = complete_figures(contract, given)
    hidden = {id for id in given if found.figures[id].kind == "hidden"}
    if not _is_told(hidden, contract, figures):
        return False
    possible = possible_values(contract, figures, before).values
    by_groups = not (hidden or found.happened or found.standings)
    return _ranges(contract, figures, possible, by_groups=by_groups, date=found.date) is None


def may_be_settled_too_often(found: PublicStatement, contract: Contract) -> bool:
    """Whether the given counts may have more combinations than are settled; one that is hidden may have any number.

    Parameters
    ----------
    found : PublicStatement
    contract : Contract

    Returns
    -------
    bool
        Of a count that the contract names as hidden none is settled for.
    """
    named, combinations = named_hidden(contract), 1
    for id in contract.model.figures:
        one = found.figures.get(id)
        if one is None or id in named or not is_given_count(id, contract):
            continue
        if one.kind == "hidden":
            return True
        if one.kind == "range" and one.low is not None and one.high is not None:
            combinations *= int(Fraction(one.high) - Fraction(one.low)) + 1
    return combinations > most_settlements(contract)


def _earlier(
    found: PublicStatement, contract: Contract, given: Sequence[PublicStatement]
) -> list[Mapping[str, Shown]] | None:
    """The figures of the earlier statements that it names; None where one was not given."""
    known = {one.sha256: one for one in given}
    if not set(found.earlier) <= known.keys():
        return None
    return figures_before(contract, [known[digest] for digest in found.earlier])


def _given(found: PublicStatement, contract: Contract) -> dict[str, Figure] | None:
    """Every figure that is not derived, at the least value that it is shown with; None where one is missing."""
    given: dict[str, Figure] = {}
    for id, term in contract.model.figures.items():
        if isinstance(term, DerivedFigure):
            continue
        shown = found.figures.get(id)
        if shown is None:
            return None
        given[id] = Figure(
            id=id,
            state="not_yet_determinable" if shown.low is None else "determined",
            value=shown.low,
            unit=term.unit,
            digits=term.digits,
            source=term.source,
            reason=_NOT_SHOWN if shown.low is None else None,
        )
    return given


def _range(values: Sequence[str | None]) -> Shown:
    return Shown(kind="exact" if len(values) == 1 else "range", low=values[0], high=values[-1])
