"""What would give a hidden count back although nothing in the contract says so: an attested share, or a sum."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from effekt.certificates.counts import is_count, is_given_count, is_money
from effekt.certificates.possible import round_to_of
from effekt.certificates.ranges import Shown, sums_of
from effekt.contracts import Contract, Figure
from effekt.contracts.clauses.per_unit import OnFigure
from effekt.contracts.earlier_sums import earlier_sums
from effekt.contracts.figures import (
    DATE,
    YES_NO,
    AttestedFigure,
    DerivedFigure,
    EstimateFigure,
    MeasureFigure,
    PaidBefore,
    quantise,
)
from effekt.contracts.paying import parts, reading

MEANS = ("treated_mean", "counterfactual_mean")
MAX_COUNTS = 12  # whose sums are tried
MAX_PAIRS = 1_000_000  # of possible values whose shares are tried, about ten seconds
_PER_THOUSAND = re.compile(r"‰|thousand|tusen|mille|1[\s,.]?000")


def telling_shares(
    contract: Contract,
    figures: Mapping[str, Figure],
    values: Mapping[str, Sequence[int] | None],
    possible: Mapping[str, tuple[str, ...]],
    *,
    minimum: int,
) -> set[str]:
    """Attested and measured figures that are, to their digits, a hidden count over another count, or that over it.

    And those that are a small count, or all but a small count, over a count that is shown: times that one they give the
    small count back although no figure has it.

    Parameters
    ----------
    contract : Contract
    figures : mapping of figure to Figure
    values : mapping of count to values
        All that each may have by what is public; None of one with too many or that follows from such, or that the
        contract hides: any share may be one of it.
    possible : mapping of hidden count to values
        All that it may have by what is public.
    minimum : int
        The smallest count that is shown.

    Returns
    -------
    set of str

    Notes
    -----
    Every possible value of the hidden count is tried and not its own alone, so that which figures are hidden is the
    same whatever it is. A figure that is no such share, and only looks like one, is hidden too. A share of a count that
    is shown is hidden for every small count alike. Where possible values have more than `MAX_PAIRS` pairs any share may
    be one of them.
    """
    known = {id: own for id, own in values.items() if own is not None}
    open_ = [own[0] for id, own in known.items() if not moves(id, contract, possible)]
    hidden = [id for id in possible if id in known]
    pairs = sum(len(known[one]) * len(own) for one in hidden for other, own in known.items() if other != one)
    any_may_be = len(known) < len(values) or pairs > MAX_PAIRS
    return {
        id
        for id, figure in figures.items()
        if id not in possible
        and may_be_share(id, contract)
        and figure.value is not None
        and (any_may_be or _is_share(figure, known, possible) or _is_small_share(figure, open_, minimum))
    }


def telling_amounts(
    contract: Contract,
    figures: Mapping[str, Figure],
    possible: Mapping[str, Sequence[str | None]],
    unknown: Collection[str],
) -> set[str]:
    """Attested and measured amounts that are what a clause pays on a hidden count, or a line or payer on hidden counts.

    Parameters
    ----------
    contract : Contract
    figures : mapping of figure to Figure
    possible : mapping of place, such as "figures/starts", "lines/bonus" or "shares/bonus/town", to values
        All that each may have by what is public.
    unknown : collection of figure
        What the contract hides, with what depends on it, and counts with too many possible values to try.

    Returns
    -------
    set of figure
        An invoice of a price times a hidden count gives the count back over the price.

    Notes
    -----
    As of shares every possible value is tried and not its own alone, and an amount that only looks like one is hidden
    too. What a line or a sum of earlier ones deducts as paid before is judged by `telling_sums`, a price is none.
    A count that the contract hides may have any value, so that where one is paid on any amount may be such a one; so
    where one is paid on that has too many.
    """
    terms = contract.model
    paid_on = reading(tuple(terms.payment.lines.values()), terms.figures)
    any_may_be = any(id in unknown and is_given_count(id, contract) for id in paid_on)
    moving = {key: [one for one in values if one is not None] for key, values in possible.items()}
    moving = {key: values for key, values in moving.items() if len(set(values)) > 1}
    by_clause = [
        [clause.pays(Fraction(one)) for one in moving.get(f"figures/{clause.figure}", ())]
        for clause in _on_figures(tuple(terms.payment.lines.values()))
    ]
    paid = {amount for amounts in by_clause if len(set(amounts)) > 1 for amount in amounts}

    def is_told(id: str) -> bool:
        if any_may_be:
            return True
        own = {
            Fraction(one)
            for key, values in moving.items()
            for section, _, name in (key.partition("/"),)
            if (section == "figures" and is_money(name, contract))
            or (section in ("lines", "shares") and id not in _line_reads(name.partition("/")[0], contract))
            for one in values
        }
        digits, value = figures[id].digits, figures[id].value
        return any(quantise(amount, digits) == value for amount in paid | own)

    return {id for id in may_be_amounts(contract) if is_told(id)}


def undeclared_sums(
    figures: Mapping[str, Figure], counts: Sequence[str], hidden: Sequence[str], besides: Collection[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Counts that are shown and that others, some of them hidden, add up to, so that a sum gives the hidden ones back.

    Parameters
    ----------
    figures : mapping of figure to Figure
    counts : sequence of figure
        Those that count units and are not derived.
    hidden : sequence of figure
        Those that are not shown exactly.
    besides : collection of figure
        The sums that the contract declares, and counts that are not shown even rounded: these give nothing back.

    Returns
    -------
    tuple of (figure, parts)
        For whoever publishes, who knows whether one is a sum or only equals it; nothing of more than `MAX_COUNTS`.
    """
    known = {id: Fraction(figures[id].value or "0") for id in counts if figures[id].value is not None}
    if len(known) > MAX_COUNTS:
        return ()
    found = []
    for total in (id for id in known if id not in besides):
        others = [id for id in known if id != total]
        for size in range(2, len(others) + 1):
            for added in itertools.combinations(others, size):
                if sum(known[part] for part in added) == known[total] and any(part in hidden for part in added):
                    found.append((total, added))
    return tuple(found)


def telling_sums(
    contract: Contract, figures: Mapping[str, Figure], date: str, earlier: Sequence[Mapping[str, Mapping[str, Shown]]]
) -> set[str]:
    """Attested sums of what was paid before that give back counts of earlier days, which may have been hidden then.

    Parameters
    ----------
    contract : Contract
    figures : mapping of figure to Figure
    date : str
        The day of the certificate; on the first announced day nothing was paid before.
    earlier : sequence of mapping of "lines", "receipts" or "guarantees" to name to Shown
        What each earlier statement shows as paid.

    Returns
    -------
    set of figure
        Every attested amount that a line which a count moves reads, and those that the waterfall or a guarantee reads
        beside one, but for those that are what the earlier statements show exactly: that is known.

    Notes
    -----
    An amount that nothing says what it sums may be such a sum, less an advance or from what is left of a claim, and is
    hidden whatever it is: that one is as it was before tells as much as that it is not. A price, which ``measures``
    calls a ``parameter``, is none; what is deducted as paid before, what the waterfall or a guarantee reads, and what a
    line pays or adds or compares without another figure that it is multiplied by, is an amount and no price, although
    it is called so.
    """
    sums, terms = {one: ("lines", id) for id, one in _deducted(contract).items()}, contract.model
    for id, one in earlier_sums(terms).items():
        sums[id] = next((part, name) for part, name in _summed(one).items() if name is not None)
    return {
        id
        for id in may_be_paid_before(contract, date)
        if id not in sums or not _is_known(figures[id], [each[sums[id][0]].get(sums[id][1]) for each in earlier])
    }


def may_be_share(id: str, contract: Contract) -> bool:
    """Whether a figure is attested or measured with decimals, and is no money, price or index.

    Where counts are rounded a mean of an estimate too: a share of persons would tell the count that it is of.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    bool
    """
    terms = contract.model
    term = terms.figures[id]
    mean = isinstance(term, EstimateFigure) and term.statistic in MEANS and round_to_of(contract) > 1
    kind = (mean or isinstance(term, (AttestedFigure, MeasureFigure))) and term.digits > 0
    return kind and not is_parameter(id, contract) and term.unit not in (YES_NO, DATE) and not is_money(id, contract)


def may_be_amounts(contract: Contract) -> set[str]:
    """The attested and measured amounts that may be what is paid on a hidden count.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    set of figure
        No price, and nothing that was paid before.
    """
    terms = contract.model
    before = {*_deducted(contract).values(), *earlier_sums(terms)}
    return {
        id
        for id, term in terms.figures.items()
        if isinstance(term, (AttestedFigure, MeasureFigure))
        and is_money(id, contract)
        and id not in before
        and (not is_parameter(id, contract) or _is_paid_itself(id, contract))
    }


def may_be_paid_before(contract: Contract, date: str) -> set[str]:
    """The attested amounts that may be a sum of what was paid before, see `telling_sums`.

    Parameters
    ----------
    contract : Contract
    date : str
        The day of the certificate.

    Returns
    -------
    set of figure
    """
    terms = contract.model
    payment = terms.payment
    if date <= next(iter(terms.dates.certificates or ()), ""):
        return set()
    lines = {id: reading(line, terms.figures) for id, line in payment.lines.items()}
    moved = {id: read for id, read in lines.items() if any(is_count(one, contract) for one in read)}
    anew = any(line.cumulative or line.paid_each is not None for line in payment.lines.values())
    if not moved or not anew:
        return set()
    limits = () if payment.waterfall is None else tuple(step.up_to for step in payment.waterfall.steps)
    onward = tuple(part for part in (*limits, *(one.amount for one in (payment.guarantees or {}).values())) if part)
    deducted = tuple(line.true_up for line in payment.lines.values())
    amounts = {*earlier_sums(terms), *reading((deducted, onward), terms.figures)}
    return {
        id
        for id in {*amounts, *itertools.chain(*moved.values())}
        if _is_attested_money(id, contract)
        and (id in amounts or not is_parameter(id, contract) or _is_paid_itself(id, contract))
    }


def is_parameter(id: str, contract: Contract) -> bool:
    """Whether ``measures`` calls a figure a parameter, such as a price.

    Parameters
    ----------
    id : str
    contract : Contract

    Returns
    -------
    bool
    """
    measure = (contract.model.measures or {}).get(id)
    return measure is not None and measure.step == "parameter"


def moved_lines(contract: Contract) -> set[str]:
    """The lines whose amount a count moves: by itself, or by a rule between lines of which one reads it.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    set of str
    """
    payment, figures = contract.model.payment, contract.model.figures
    moved = {id for id, line in payment.lines.items() if any(is_count(one, contract) for one in reading(line, figures))}
    rules = (payment.netting, payment.caps, payment.cap, payment.floors, payment.floor)
    return set(payment.lines) if moved and any(rule is not None for rule in rules) else moved


def _line_reads(id: str, contract: Contract) -> tuple[str, ...]:
    return reading(contract.model.payment.lines[id], contract.model.figures)


def _on_figures(part: object) -> Iterator[OnFigure]:
    """Every clause in a part of the payment that pays on the value of one figure."""
    if isinstance(part, OnFigure):
        yield part
    for _, inner in parts(part):
        yield from _on_figures(inner)


def _is_attested_money(id: str, contract: Contract) -> bool:
    return isinstance(contract.model.figures[id], AttestedFigure) and is_money(id, contract)


def _is_paid_itself(id: str, contract: Contract) -> bool:
    """Whether a figure is an amount that a line pays or compares, alone or added to others, and no factor of one."""
    terms = contract.model
    pays = tuple(line.pays for line in terms.payment.lines.values())
    return bool(reading(pays, {id: terms.figures[id]})) or any(
        id in term.operands() and _is_paid_itself(name, contract)
        for name, term in terms.figures.items()
        if isinstance(term, DerivedFigure) and not _multiplies(term, contract)
    )


def _multiplies(term: DerivedFigure, contract: Contract) -> bool:
    """Whether a derived figure multiplies or divides by figures; a number alone only changes the unit."""
    derived = term.derived
    added = any(getattr(derived, kind) is not None for kind in ("sum", "difference", "greatest", "least", "fallback"))
    figures = [one for one in term.operands() if one in contract.model.figures]
    factors = [one for one in figures if contract.model.figures[one].unit != YES_NO]
    return not added and len(factors) > 1


def _deducted(contract: Contract) -> dict[str, str]:
    """Of each line with a `true_up` the figure that it deducts."""
    return {id: line.true_up.paid for id, line in contract.model.payment.lines.items() if line.true_up is not None}


def _summed(one: PaidBefore) -> dict[str, str | None]:
    return {"lines": one.line, "receipts": one.passed_to, "guarantees": one.guarantee}


def _is_known(figure: Figure, shown: Sequence[Shown | None]) -> bool:
    """Whether a sum is what the earlier statements show exactly."""
    exact = [Fraction(one.low) for one in shown if one is not None and one.kind == "exact" and one.low is not None]
    return figure.value is None or (len(exact) == len(shown) > 0 and Fraction(figure.value) == sum(exact))


def moves(id: str, contract: Contract, possible: Mapping[str, object]) -> bool:
    """Whether a count is hidden, or follows from one that is: what is hidden then must not hang on its value.

    Parameters
    ----------
    id : str
    contract : Contract
    possible : mapping of hidden count to its values

    Returns
    -------
    bool
    """
    terms, sums = contract.model.figures, sums_of(contract)
    behind = (*(operand for operand in terms[id].operands() if operand in terms), *sums.get(id, ()))
    return id in possible or any(moves(operand, contract, possible) for operand in behind)


def _is_share(figure: Figure, values: Mapping[str, Sequence[int]], possible: Mapping[str, object]) -> bool:
    return any(
        _says(figure, share)
        for hidden in possible
        if hidden in values
        for other in values
        if other != hidden
        for one, two in itertools.product(values[hidden], values[other])
        for share in _ratios(one, two)
    )


def _is_small_share(figure: Figure, shown: Sequence[int], minimum: int) -> bool:
    """Whether a figure is the share of a shown count that a small count of it has, or leaves."""
    return any(
        _says(figure, share)
        for of in shown
        if of
        for part in range(min(minimum, of + 1))
        for share in (Fraction(part, of), Fraction(of - part, of))
    )


def _says(figure: Figure, share: Fraction) -> bool:
    """Whether a figure is a share to its digits: as a fraction, in per cent, or per thousand where its unit says so."""
    scales = (1, 100, 1000) if _PER_THOUSAND.search(figure.unit.lower()) else (1, 100)
    return any(quantise(times * share, figure.digits) == figure.value for times in scales)


def _ratios(one: int, two: int) -> Iterator[Fraction]:
    if two:
        yield Fraction(one, two)
    if one:
        yield Fraction(two, one)
