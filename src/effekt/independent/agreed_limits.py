"""A contract's own limits of its checks, held a second time: the file and the recorded numbers go in, and nothing else.

A limit is held against the decimal that a number is written as. A number that is hidden cannot be held against one.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from effekt.independent.check_places import places_of
from effekt.independent.required_checks import is_nothing_missing, members, parts_at

RECORD = "agreed_limit"
CANNOT_TELL = "cannot_tell"
NOT_MADE, NOTHING_MISSING = "not_made", "nothing_missing"


def of_analysis(file: Mapping[str, Any], analysis: str, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each limit of an analysis beside what is recorded of it, for each check of the result that has that name.

    Parameters
    ----------
    file : mapping
        The contract, as `effekt.independent.payments.contract_file.read_contract` reads it.
    analysis : str
    result : mapping
        As the certificate has it in JSON.

    Returns
    -------
    list of dict
        With `place` (the member of a set, or ""), `check`, `number`, `value`, `min`, `max`, the `verdict` ("within",
        "outside", "no_number", "not_made", "nothing_missing" or "cannot_tell") and `stated`, the values that are
        recorded, or None.
    """
    found = []
    parts = dict(_parts(result))
    for check, limit in _limits(file, analysis).items():
        made = False
        for place, part in parts.items():
            checks = [one for one in part["diagnostics"] if one["name"] == check]
            told = [_values(one) for one in part["diagnostics"] if one["name"] == RECORD]
            told = [one for one in told if one.get("check") == check]
            made = made or bool(checks)
            for i, one in enumerate(checks):
                stated = told[i] if i < len(told) else None
                found.append({"place": place, "check": check, **_held(limit, _values(one)), "stated": stated})
        if not made:
            method = file["analysis"][analysis]["method"]
            none = is_nothing_missing(check, method, parts.values(), result)
            verdict = NOTHING_MISSING if none else NOT_MADE
            found.append({"place": "", "check": check, **_asked(limit), "value": None, "verdict": verdict})
    return found


def state_of(file: Mapping[str, Any], figure: str, result: Mapping[str, Any]) -> str | None:
    """What the limits make of a figure: "refer", "zero", or None where they let it be.

    Parameters
    ----------
    file : mapping
    figure : str
        An estimated or a measured figure.
    result : mapping
        Of its analysis, in JSON.

    Returns
    -------
    {"refer", "zero"} or None
        By the recorded verdict where the number is hidden.
    """
    term = file["figures"][figure]
    analysis = term.get("estimate") or term["measure"]
    held = of_analysis(file, analysis, result)
    found = set()
    method = file["analysis"][analysis].get("method")
    for check, limit in _limits(file, analysis).items():
        for places in places_of(file, figure, result):
            own = [one for one in held if one["check"] == check and one["place"] in places]
            verdicts = [_verdict(one) for one in own if one["verdict"] not in (NOT_MADE, NOTHING_MISSING)]
            none = not verdicts and is_nothing_missing(check, method, parts_at(places, result), result)
            if not none and (not verdicts or any(verdict != "within" for verdict in verdicts)):
                found.add(limit["otherwise"])
    return "refer" if "refer" in found else "zero" if "zero" in found else None


def _verdict(one: Mapping[str, Any]) -> Any:
    if one["verdict"] != CANNOT_TELL:
        return one["verdict"]
    return (one.get("stated") or {}).get("verdict")


def _limits(file: Mapping[str, Any], analysis: str) -> dict[str, Any]:
    required = file["analysis"][analysis].get("required_checks", {})
    return {check: rule for check, rule in required.items() if isinstance(rule, Mapping)}


def _parts(result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "", result
    yield from members(result)


def _values(check: Mapping[str, Any]) -> dict[str, Any]:
    return dict(check.get("values") or {})


def _asked(limit: Mapping[str, Any]) -> dict[str, Any]:
    return {"number": limit["number"], "min": limit.get("min"), "max": limit.get("max")}


def _held(limit: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    asked = _asked(limit)
    value = values.get(asked["number"])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        hidden = asked["number"] in values and values[asked["number"]] is None
        return {**asked, "value": None, "verdict": CANNOT_TELL if hidden else "no_number"}
    number = Decimal(str(value))
    low = asked["min"] is not None and number < Decimal(asked["min"])
    high = asked["max"] is not None and number > Decimal(asked["max"])
    return {**asked, "value": value, "verdict": "outside" if low or high else "within"}
