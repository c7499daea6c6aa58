"""Which figure a ladder came to, and why, as a printed step of every line that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from effekt.contracts.fallback import Rung, rungs_of, tried
from effekt.contracts.figures import YES_NO, AttestedFigure, EstimateFigure, Figure, MeasureFigure
from effekt.contracts.gates import Basis, Wording
from effekt.contracts.model import ContractTerms
from effekt.contracts.money import Step
from effekt.contracts.payment import Line
from effekt.contracts.schema import is_decimal


def ladder_steps(line: Line, basis: Basis, terms: ContractTerms) -> tuple[Step, ...]:
    """One step for each ladder that a line reads, itself or through other figures.

    Parameters
    ----------
    line : Line
    basis : Basis
    terms : ContractTerms

    Returns
    -------
    tuple of Step
        In the order in which the line comes to them, each once; none for a line without ladders.
    """
    reached = dict.fromkeys(id for operand in line.operands() for id in _reached(operand, basis, terms))
    return tuple(_step(id, basis, terms) for id in reached if rungs_of(terms.figures[id]))


def came_to(id: str, figures: Mapping[str, Figure], terms: ContractTerms) -> str | None:
    """The figure that a ladder came to.

    Parameters
    ----------
    id : str
        The ladder, or another figure.
    figures : mapping of figure to Figure
    terms : ContractTerms

    Returns
    -------
    str or None
        None where what decides has no value, and for a figure that is no ladder.
    """
    steps = _tried(id, figures, terms)
    return steps[-1].figure if steps and (steps[-1].when is None or figures[steps[-1].when].value is not None) else None


def _tried(id: str, figures: Mapping[str, Figure], terms: ContractTerms) -> tuple[Rung, ...]:
    rungs = rungs_of(terms.figures[id])
    return tried(rungs, {name: figures[name].value for name in terms.figures[id].operands()}) if rungs else ()


def _reached(id: str, basis: Basis, terms: ContractTerms) -> Iterator[str]:
    """A figure and those that it is computed from; of a ladder only the one that it came to."""
    if is_decimal(id):
        return
    yield id
    chosen = came_to(id, basis.figures, terms)
    ahead = terms.figures[id].operands() if not rungs_of(terms.figures[id]) else () if chosen is None else (chosen,)
    for operand in ahead:
        yield from _reached(operand, basis, terms)


def _step(id: str, basis: Basis, terms: ContractTerms) -> Step:
    steps, chosen = _tried(id, basis.figures, terms), came_to(id, basis.figures, terms)

    def sentence(say: Wording) -> str:
        if chosen is None:
            waits = say.name(steps[-1].when or "")
            return say(
                sv=f"Det går inte att avgöra vilken siffra {say.name(id)} är, eftersom värde saknas för {waits}.",
                en=f"It cannot be decided which figure {say.name(id)} is, because there is no value for {waits}.",
            )
        because = "; ".join(_reason(rung, rung is steps[-1], basis, say) for rung in steps)
        told = f"{say.name(id)} {say(sv='är', en='is')} {say.name(chosen)}, {_source(chosen, terms, say)}: {because}."
        return told[:1].upper() + told[1:]

    return basis.step("fallback", sentence, None)


def _reason(rung: Rung, taken: bool, basis: Basis, say: Wording) -> str:
    """Why a rung was taken or passed by, with the value of its trigger."""
    if rung.when is None or rung.at_least is None:
        return say(sv="den är den sista i stegen", en="it is the last of the ladder")
    name, value = say.name(rung.when), say.value(rung.when, basis.figures[rung.when].value or "")
    if say.figures[rung.when].unit == YES_NO:
        return say(sv=f"{name} är {value}", en=f"{name} is {value}")
    least = say.value(rung.when, rung.at_least)
    return say(
        sv=f"{name} är {value}, {'minst' if taken else 'under'} {least}",
        en=f"{name} is {value}, {'at least' if taken else 'below'} {least}",
    )


def _source(id: str, terms: ContractTerms, say: Wording) -> str:
    """Where the figure comes from: its analysis with the method, the party that attests it, or other figures."""
    match terms.figures[id]:
        case EstimateFigure(estimate=analysis) | MeasureFigure(measure=analysis):
            method = terms.analysis[analysis].method
            return say(sv=f"ur analysen {analysis} ({method})", en=f"from the analysis {analysis} ({method})")
        case AttestedFigure(attested=party):
            return say(sv=f"intygad av {terms.parties[party].name}", en=f"attested by {terms.parties[party].name}")
    return say(sv="beräknad ur andra siffror", en="computed from other figures")
