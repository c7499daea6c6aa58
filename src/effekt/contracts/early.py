"""Which lines the clauses under `termination` can take something of, before anything has happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from effekt.contracts.conduct import Termination
from effekt.contracts.happened import lines_on
from effekt.contracts.model import ContractTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One course that a contract can take.

    Attributes
    ----------
    taken : frozenset of str
        The lines that may pay as little as nothing in it, or are referred to the parties.
    floor : bool
        Whether the contract says that its floors apply.
    """

    taken: frozenset[str]
    floor: bool


def courses(terms: ContractTerms) -> Iterator[Course]:
    """The course without an ending, and one for each clause that may end the contract.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Course
        In each a comparison may be contaminated by any clause, which leaves the floors.
    """
    spoiled = _spoiled(terms)
    yield Course(taken=spoiled, floor=True)
    for clause in (terms.termination or {}).values():
        yield Course(taken=spoiled | _taken(clause, terms), floor=clause.floor == "applies")


def taken_by_any(terms: ContractTerms) -> frozenset[str]:
    """The lines of which some clause may take something, or that it refers.

    Parameters
    ----------
    terms : ContractTerms

    Returns
    -------
    frozenset of str
    """
    return frozenset[str]().union(*(course.taken for course in courses(terms)))


def courses_beside_guarantees(terms: ContractTerms) -> Iterator[Course]:
    """The same, of those in which a guarantor may have to bear something.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Course
        A clause by which guarantees lapse takes nothing where the contract ends: where less is then paid on a line
        than otherwise, by a floor that lapses too, no guarantor pays. What it refers, and what a contaminated
        comparison takes, the parties settle, and then its floors are those that the clause says.
    """
    spoiled = _spoiled(terms)
    yield Course(taken=spoiled, floor=True)
    for clause in (terms.termination or {}).values():
        lapse = clause.guarantees == "lapses"
        taken = spoiled | (_referred(clause, terms) if lapse else _taken(clause, terms))
        if taken or not lapse or clause.floor is None:
            yield Course(taken=taken, floor=clause.floor == "applies")


def _taken(clause: Termination, terms: ContractTerms) -> frozenset[str]:
    """The lines that are not paid in full if the contract ends on the day it is signed, when least has passed."""
    return frozenset(id for id in terms.payment.lines if clause.rule(id, terms.dates.signed) != "in_full")


def _referred(clause: Termination, terms: ContractTerms) -> frozenset[str]:
    return frozenset(id for id in terms.payment.lines if clause.rule(id, terms.dates.signed) == "refer")


def _spoiled(terms: ContractTerms) -> frozenset[str]:
    """The lines on an analysis whose comparison a clause may say is contaminated."""
    every = (_taken(clause, terms) for clause in (terms.termination or {}).values())
    return frozenset[str]().union(*every) & frozenset(lines_on(terms, tuple(terms.analysis)))
