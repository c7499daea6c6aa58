"""Which figures money depends on, and which analysis a figure is taken from."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin, overload

from pydantic.fields import FieldInfo

from effekt.contracts.figures import EstimateFigure, FigureTerm, MeasureFigure
from effekt.contracts.payment import Payment
from effekt.contracts.schema import PartyId

_PARTY = get_args(PartyId)[1]


def paying(payment: Payment, figures: Mapping[str, FigureTerm]) -> tuple[str, ...]:
    """Figures that an amount or a condition reads, with all they are computed from.

    Parameters
    ----------
    payment : Payment
    figures : mapping of str to figure

    Returns
    -------
    tuple of str
        In the contract's order.
    """
    return reading(payment.lines, figures)


def moving(payment: Payment, figures: Mapping[str, FigureTerm]) -> tuple[str, ...]:
    """Figures that money depends on: those of `paying`, and of what is passed on or guaranteed.

    Parameters
    ----------
    payment : Payment
    figures : mapping of str to figure

    Returns
    -------
    tuple of str
        In the contract's order.
    """
    steps = () if payment.waterfall is None else payment.waterfall.steps
    guaranteed = tuple(one.amount for one in (payment.guarantees or {}).values())
    return reading((payment.lines, tuple(step.up_to for step in steps), guaranteed), figures)


def reading(part: object, figures: Mapping[str, FigureTerm]) -> tuple[str, ...]:
    """Figures that a part of the payment reads, such as one line, with all they are computed from.

    Parameters
    ----------
    part : object
        Any part of `Payment`, or several of them.
    figures : mapping of str to figure

    Returns
    -------
    tuple of str
        In the contract's order.
    """
    waiting: list[str] = []
    _name(part, figures, waiting)
    found: set[str] = set()
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += [operand for operand in figures[id].operands() if operand in figures]
    return tuple(id for id in figures if id in found)


def _name(value: Any, known: Container[str], found: list[str]) -> None:
    """Add the figures named anywhere in a part of the contract: a key, such as a line's name, is none, nor a party."""
    if isinstance(value, str):
        if value in known:
            found.append(value)
    elif isinstance(value, tuple):
        for part in value:
            _name(part, known, found)
    elif keys := _keys_of_figures(value.__class__):
        for key in keys:
            _name(getattr(value, key), known, found)
    elif isinstance(value, Mapping):
        for part in value.values():
            _name(part, known, found)


@cache
def _keys_of_figures(kind: type) -> tuple[str, ...]:
    """The keys of a part of the contract whose value may name figures: no party, none of the words a key allows."""
    fields: Mapping[str, FieldInfo] = getattr(kind, "model_fields", {})
    return tuple(
        key for key, field in fields.items() if _PARTY not in field.metadata and not _is_word(field.annotation)
    )


def _is_word(annotation: Any) -> bool:
    return any(get_origin(one) is Literal for one in (annotation, *get_args(annotation)))


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What a part of a contract holds, whatever its class: each with its key, or with none in a list."""
    if isinstance(value, Mapping):
        yield from ((str(name), part) for name, part in value.items())
    elif isinstance(value, tuple):
        yield from (("", part) for part in value)
    else:
        for name in getattr(type(value), "model_fields", ()):
            yield name, getattr(value, name)


@overload
def analysis_of(term: EstimateFigure | MeasureFigure) -> str: ...
@overload
def analysis_of(term: FigureTerm) -> str | None: ...
def analysis_of(term: FigureTerm) -> str | None:
    """The analysis that a figure is taken from.

    Parameters
    ----------
    term : figure

    Returns
    -------
    str or None
        None of one that is attested or computed from others.
    """
    if isinstance(term, EstimateFigure):
        return term.estimate
    return term.measure if isinstance(term, MeasureFigure) else None
