"""The checks that a contract requires by the second route: the file read anew, and what is recorded held to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt._text import Text
from effekt.certificates.certificate import Certificate, minimum_of
from effekt.certificates.predicate import Pending
from effekt.contracts import Figure
from effekt.contracts.estimated import required_of
from effekt.independent import agreed_limits, required_checks
from effekt.independent.limits import NotRepeatedError
from effekt.independent.payments.contract_file import read_contract
from effekt.workflow.findings import Finding, cannot_tell, same_or_different

RECORDED = ("number", "value", "min", "max", "verdict")


def limit_of_contract_findings(found: Certificate) -> Iterator[Finding]:
    """Each limit that the contract has of its own, and what the required checks make of the figures.

    Parameters
    ----------
    found : Certificate

    Yields
    ------
    Finding
        One for each check with a limit, and one for each figure that is not what the required checks make of it.
    """
    analyses = {id: one for id, one in found.contract.model.analysis.items() if one.required_checks}
    if not analyses:
        return
    try:
        file = read_contract(found.contract.raw)
        for id in analyses:
            result = found.predicate["results"].get(id, {})
            if "diagnostics" in result:  # what waits for data has none
                yield from _of_analysis(id, file, result, found)
    except NotRepeatedError as error:
        yield _declined(Text(en=str(error), sv=error.sv))
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        yield _declined(
            Text(
                en="the contract or the checks are not what it reads.",
                sv="avtalet eller kontrollerna är inte vad den läser.",
            )
        )


def _declined(why: Text) -> Finding:
    return cannot_tell(
        "independent_limit",
        f"The limits of the checks by the independent implementation: {why.en}",
        f"Kontrollernas gränser enligt den oberoende beräkningen: {why.sv}",
    )


def _of_analysis(id: str, file: Any, result: Any, found: Certificate) -> Iterator[Finding]:
    for one in agreed_limits.of_analysis(file, id, result):
        yield _of_check(id, one, hides=minimum_of(found.contract) > 0)
    for figure in found.figures:
        term = file["figures"].get(figure.id, {})
        if id not in (term.get("estimate"), term.get("measure")):
            continue
        yield from _of_figure(id, figure, _state(file, figure.id, result), found)


def _state(file: Any, figure: str, result: Any) -> str | None:
    """What all required checks make of a figure, those by effekt's own limits and those by the contract's."""
    states = {agreed_limits.state_of(file, figure, result), required_checks.rule_of(file, figure, result)}
    return next((state for state in ("refer", "zero") if state in states), None)


def _of_figure(id: str, figure: Figure, state: str | None, found: Certificate) -> Iterator[Finding]:
    """Where a figure has a value that the required checks do not leave it, or the first route finds otherwise."""
    if (state == "refer" and figure.value is not None) or (state == "zero" and float(figure.value or 0) != 0):
        then = _THEN[state]
        yield same_or_different(
            f"independent_limit:{figure.id}",
            False,
            f"Figure {figure.id}: stated {figure.value}; by a required check that is not met {then.en}.",
            f"Siffran {figure.id}: angiven {figure.value}; enligt en krävd kontroll som inte är uppfylld {then.sv}.",
        )
        return
    result = found.results[id]
    held = None if isinstance(result, Pending) else required_of(figure.id, found.contract.model, result)
    if state != (None if held is None else _AS_RULE[held.state]):
        yield same_or_different(
            f"independent_limit:{figure.id}",
            False,
            f"Figure {figure.id}: the two implementations differ on whether the checks that the contract requires are "
            "met.",
            f"Siffran {figure.id}: de två beräkningarna skiljer sig åt om huruvida kontrollerna som avtalet kräver är "
            "uppfyllda.",
        )


_AS_RULE = {"referred": "refer", "zero": "zero"}
_THEN = {
    "refer": Text(en="it is referred", sv="hänskjuts den"),
    "zero": Text(en="it is no effect", sv="räknas den som ingen effekt"),
}


def _of_check(id: str, one: Mapping[str, Any], *, hides: bool) -> Finding:
    """What is recorded of one check, beside what it must be."""
    name = f"independent_limit:{id}.{one['check']}" + (f".{one['place']}" if one["place"] else "")
    if one["verdict"] == agreed_limits.NOTHING_MISSING:
        return same_or_different(
            name,
            True,
            f"The check {one['check']} of {id}, of which the contract has a limit, is not due: nothing is missing.",
            f"Kontrollen {one['check']} av {id}, som avtalet har en gräns för, behövs inte: inget saknas.",
        )
    if one["verdict"] == agreed_limits.NOT_MADE:
        return same_or_different(
            name,
            True,
            f"The check {one['check']} of {id}, of which the contract has a limit, was not made.",
            f"Kontrollen {one['check']} av {id}, som avtalet har en gräns för, har inte gjorts.",
        )
    stated = one["stated"] or {}
    told = one["verdict"] == agreed_limits.CANNOT_TELL
    asked = [key for key in RECORDED if not (told and key == "verdict")]
    wrong = [key for key in asked if stated.get(key) != one[key]]
    if told and not hides and stated.get("verdict") != "no_number":
        wrong.append("verdict")
    if told and not wrong and stated.get("verdict") != "no_number":
        return cannot_tell(
            name,
            f"The limit of {one['number']} in the check {one['check']} of {id}: the number is hidden, and the verdict "
            "is compared with data.",
            f"Gränsen för {one['number']} i kontrollen {one['check']} av {id}: talet är dolt, och bedömningen jämförs "
            "med data.",
        )
    must = {**one, "verdict": "no_number"} if told else one
    en = ", ".join(f"{key} {_said(stated.get(key))} / {_said(must[key])}" for key in wrong or RECORDED)
    return same_or_different(
        name,
        not wrong,
        f"The limit of {one['number']} in the check {one['check']} of {id} (stated / by the independent "
        f"implementation): {en}.",
        f"Gränsen för {one['number']} i kontrollen {one['check']} av {id} (angivet / enligt den oberoende "
        f"beräkningen): {en}.",
    )


def _said(value: Any) -> str:
    return "–" if value is None else str(value)
