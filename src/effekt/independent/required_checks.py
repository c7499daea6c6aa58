"""What the checks that a contract requires make of a figure, a second time: the file and the recorded checks go in.

A check by effekt's own limit is met where it stands, was made and does not fail. One that says that the data do not
allow it was not made. One of those who are missing is met where nobody is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from effekt.independent.check_places import places_of

STRICT = "refer_on_warning"
NEEDS = {
    "baseline_choice": ("declared",),
    "composition_change": ("n_strata",),
    "e_value": ("risk_ratio",),
    "honest_did": ("level",),
    "level_break": ("break",),
    "marginal_sensitivity": ("level",),
    "oster_delta": ("r2",),
    "overdispersion": ("dispersion",),
    "placebo_in_time": ("min_relative",),
    "regression_to_mean": ("expected",),
    "robustness_value": ("level",),
    "rosenbaum_bounds": ("level",),
    "substitution": ("effect_paying",),
}
JUDGING = {"differential_attrition", "heaping", "lee_bounds", "pretrend", "pretrends"}
OUTCOMES = {"differential_attrition", "lee_bounds", "manski_bounds"}
COMPLIERS = "complier_effect"
TRIALS = {"randomized_trial", "randomized_trials", COMPLIERS}


def rule_of(file: Mapping[str, Any], figure: str, result: Mapping[str, Any]) -> str | None:
    """What the required checks by effekt's own limits make of a figure.

    Parameters
    ----------
    file : mapping
        The contract, as `effekt.independent.payments.contract_file.read_contract` reads it.
    figure : str
        An estimated or a measured figure.
    result : mapping
        Of its analysis, in JSON.

    Returns
    -------
    {"refer", "zero"} or None
        None where they let it be.
    """
    term = file["figures"][figure]
    analysis = file["analysis"][term.get("estimate") or term["measure"]]
    found = set()
    for check, rule in analysis.get("required_checks", {}).items():
        for places in places_of(file, figure, result) if isinstance(rule, str) and rule != "note" else ():
            if not _is_met(check, rule, analysis["method"], parts_at(places, result), result):
                found.add("zero" if rule == "zero" else "refer")
    return "refer" if "refer" in found else "zero" if "zero" in found else None


def parts_at(places: Collection[str], result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The result, and the members of a set at these places.

    Parameters
    ----------
    places : collection of str
        As `check_places.places_of` gives them.
    result : mapping
        In JSON.

    Returns
    -------
    list of mapping
    """
    return [result, *(part for label, part in members(result) if label in places)]


def members(result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each effect of a set by its label; of another result none."""
    if "effects" in result:
        yield from zip(map(str, result["labels"]), result["effects"], strict=True)
        if result.get("overall") is not None:
            yield "overall", result["overall"]


def is_nothing_missing(check: str, method: str, parts: Iterable[Mapping[str, Any]], result: Mapping[str, Any]) -> bool:
    """Whether a check is one of those who are missing, and neither a check nor a note of a result tells of any.

    Parameters
    ----------
    check, method : str
    parts : iterable of mapping
        What a figure is taken from.
    result : mapping
        The whole of it: what is said of compliers rests on all of it.

    Returns
    -------
    bool
    """
    if method == COMPLIERS:
        parts = [result, *(part for _, part in members(result))]
    told = {one["name"] for part in parts for one in part["diagnostics"]}
    told |= {note["code"] for part in parts for note in part.get("notes", ())}
    outcome, receipt = told & (OUTCOMES | {"missing_outcomes"}), "missing_receipt" in told
    if check in OUTCOMES:
        able = TRIALS if check == "lee_bounds" else TRIALS | {"doubly_robust", "matched_comparison"}
        return method in able and not outcome
    if method != COMPLIERS:
        return False
    return (check == "missing_receipt" and not receipt) or (check == "complier_bounds" and not (outcome or receipt))


def _is_met(check: str, rule: str, method: str, parts: list[Mapping[str, Any]], result: Mapping[str, Any]) -> bool:
    own = [one for part in parts for one in part["diagnostics"] if one["name"] == check]
    if not own:
        return is_nothing_missing(check, method, parts, result)
    bad = {"failed", "warning"} if rule == STRICT else {"failed"}
    return all(_was_made(one) and one["status"] not in bad for one in own)


def _was_made(check: Mapping[str, Any]) -> bool:
    if check["name"] in JUDGING:
        return bool(check["status"] != "information")
    values = check.get("values") or {}
    return all(values.get(number) is not None for number in NEEDS.get(check["name"], ()))
