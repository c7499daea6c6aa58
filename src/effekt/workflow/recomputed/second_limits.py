"""A contract's own limits of its checks by the second route: the file read anew, and what is recorded held to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from effekt._text import Text
from effekt.certificates.certificate import Certificate, minimum_of
from effekt.contracts.agreed_limits import limits_of
from effekt.independent import agreed_limits
from effekt.independent.limits import NotRepeatedError
from effekt.independent.payments.contract_file import read_contract
from effekt.workflow.findings import Finding, cannot_tell, same_or_different

RECORDED = ("number", "value", "min", "max", "verdict")


def limit_of_contract_findings(found: Certificate) -> Iterator[Finding]:
    """Each limit that the contract has of its own: its number, ends and verdict, and what it makes of the figures.

    Parameters
    ----------
    found : Certificate

    Yields
    ------
    Finding
        One for each check with a limit, and one for each figure that is not what they make of it.
    """
    analyses = {id: one for id, one in found.contract.model.analysis.items() if limits_of(one.required_checks)}
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
        state = agreed_limits.state_of(file, figure.id, result)
        if (state == "refer" and figure.value is not None) or (state == "zero" and float(figure.value or 0) != 0):
            then = _THEN[state]
            yield same_or_different(
                f"independent_limit:{figure.id}",
                False,
                f"Figure {figure.id}: stated {figure.value}; by a limit of the contract that is not met {then.en}.",
                f"Siffran {figure.id}: angiven {figure.value}; enligt en gräns i avtalet som inte är uppfylld "
                f"{then.sv}.",
            )


_THEN = {
    "refer": Text(en="it is referred", sv="hänskjuts den"),
    "zero": Text(en="it is no effect", sv="räknas den som ingen effekt"),
}


def _of_check(id: str, one: Mapping[str, Any], *, hides: bool) -> Finding:
    """What is recorded of one check, beside what it must be."""
    name = f"independent_limit:{id}.{one['check']}" + (f".{one['place']}" if one["place"] else "")
    if one["verdict"] == "not_made":
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
