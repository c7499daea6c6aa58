"""The numbers of a public statement once more, from nothing but what it shows and its contract.

A statement is the same for every value that its hidden counts may have. So it can be made again of any of these, such
as the least of each range, without the certificate: what then differs no certificate gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from effekt.certificates.counts import is_count, is_given_count, whole
from effekt.certificates.hideable import named_hidden
from effekt.certificates.possible import ends_alone, possible_values, round_to_of
from effekt.certificates.ranges import Ranges, Shown, groups_settled, most_settlements
from effekt.certificates.release import PublicStatement, figures_before, shown_numbers
from effekt.contracts import Contract, Figure, complete_figures
from effekt.contracts.figures import DerivedFigure
from effekt.exceptions import ArgumentError, ContractError


def shown_again(
    found: PublicStatement, contract: Contract, earlier: Sequence[PublicStatement] = ()
) -> PublicStatement | None:
    """The statement with the numbers that the contract gives on the figures it shows.

    Parameters
    ----------
    found : PublicStatement
        On this contract.
    contract : Contract
    earlier : sequence of PublicStatement
        Those that it names.

    Returns
    -------
    PublicStatement or None
        None where it does not show all that they depend on: a figure that is no count is hidden or has no value, an
        event is declared, or an earlier statement that it names was not given. Where its counts have too many possible
        values, with its own numbers of what depends on them.

    Raises
    ------
    ContractError, ArgumentError
        For figures that the contract cannot have.
    """
    given = _least(found, contract)
    before = _before(found, contract, earlier)
    if given is None or before is None:
        return None
    figures = complete_figures(contract, given)
    unsure = possible_values(contract, figures, before)
    possible = unsure.values
    again = replace(
        found,
        figures={**found.figures, **{id: _range(possible.get(id, (one.value,))) for id, one in given.items()}},
        rounded=unsure.rounded,
        round_to=round_to_of(contract) if unsure.rounded else 0,
    )
    ranges = Ranges.over(contract, figures, possible)
    if ranges is None:
        return again
    plain = shown_numbers(contract, ranges, set())["figures"]
    never = {id for id, one in plain.items() if found.figures.get(id, one).kind == "hidden" != one.kind}
    again = replace(again, **shown_numbers(contract, ranges, never))
    return replace(again, rounded={id: one for id, one in unsure.rounded.items() if again.figures[id].kind == "range"})


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
    given = _least(found, contract)
    if given is None:
        return alone
    try:
        figures = complete_figures(contract, given)
    except (ArgumentError, ContractError):
        return alone
    possible = possible_values(contract, figures, before).values
    values = {id: possible.get(id, (str(least[id]),)) for id in alone}
    return {id: {(int(Fraction(one[0])), int(Fraction(one[-1])))} for id, one in values.items()}


def is_settled_too_often(found: PublicStatement, contract: Contract, earlier: Sequence[PublicStatement] = ()) -> bool:
    """Whether a statement shows all that its numbers depend on, and counts with too many possible values to settle.

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
    given, before = _least(found, contract), _before(found, contract, earlier)
    if given is None or before is None:
        return False
    possible = possible_values(contract, complete_figures(contract, given), before).values
    return groups_settled(contract, possible) is None


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


def _before(
    found: PublicStatement, contract: Contract, earlier: Sequence[PublicStatement]
) -> list[Mapping[str, Shown]] | None:
    """The figures of the earlier statements; None where one was not given, or an event is declared."""
    return None if found.happened or found.standings else _earlier(found, contract, earlier)


def _earlier(
    found: PublicStatement, contract: Contract, given: Sequence[PublicStatement]
) -> list[Mapping[str, Shown]] | None:
    """The figures of the earlier statements that it names; None where one was not given."""
    known = {one.sha256: one for one in given}
    if not set(found.earlier) <= known.keys():
        return None
    return figures_before(contract, [known[digest] for digest in found.earlier])


def _least(found: PublicStatement, contract: Contract) -> dict[str, Figure] | None:
    """Every figure that is not derived at the least value that it is shown with; None where one has none."""
    given: dict[str, Figure] = {}
    for id, term in contract.model.figures.items():
        if isinstance(term, DerivedFigure):
            continue
        shown = found.figures.get(id)
        if shown is None or shown.low is None:
            return None
        given[id] = Figure(
            id=id, state="determined", value=shown.low, unit=term.unit, digits=term.digits, source=term.source
        )
    return given


def _range(values: Sequence[str | None]) -> Shown:
    return Shown(kind="exact" if len(values) == 1 else "range", low=values[0], high=values[-1])
