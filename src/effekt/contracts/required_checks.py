"""Checks of the design that a contract requires: where one fails the figures of its analysis are referred.

A check fails by effekt's own limit, or by one of a number of it that the contract states in the place of that.

A check never moves a contract to another estimate: whoever computes it could choose the figure by what it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Tag

from effekt._text import LANGUAGES, Text, format_number
from effekt.contracts.agreed_limits import AgreedLimit, of_limit, recorded
from effekt.contracts.figures import EstimateFigure, FigureTerm
from effekt.contracts.made_checks import is_made, nothing_missing
from effekt.contracts.schema import fault
from effekt.contracts.thin_data import Withheld, WithheldState
from effekt.result import Diagnostic

Verdict: TypeAlias = Literal["failed", "warning", "not_made", "outside", "no_number"]
OnFail: TypeAlias = Literal["refer", "refer_on_warning", "zero", "note"]
Required: TypeAlias = Annotated[
    Annotated[OnFail, Tag("<rule>")] | Annotated[AgreedLimit, Tag("<limit>")],
    Discriminator(lambda value: "<limit>" if isinstance(value, (dict, AgreedLimit)) else "<rule>"),
]
"""What follows when a check fails by effekt's own limit, or a limit of the contract's own."""
Group: TypeAlias = tuple[Any, ...]
"""The results in which the checks of one effect stand."""


def unmet(id: str, required: Mapping[str, Required] | None, groups: tuple[Group, ...]) -> Withheld | None:
    """A figure of which a required check is not met is referred, or counts as no effect.

    Parameters
    ----------
    id : str
        The figure.
    required : mapping of check to rule or limit, or None
    groups : tuple of tuple of result
        Of each effect that the figure is taken from, the results in which a check of it may stand.

    Returns
    -------
    Withheld or None
        Where one check refers it and another counts it as no effect, the parties decide.
    """
    failed = {
        follows(rule): (name, rule, found[0])
        for name, rule in (required or {}).items()
        if follows(rule) != "note" and (found := worst_of(name, rule, groups)) is not None
    }
    if not failed:
        return None
    state: WithheldState = "referred" if failed.keys() - {"zero"} else "zero"  # what the parties decide comes first
    name, rule, verdict = next(one for then, one in failed.items() if (then == "zero") == (state == "zero"))
    said, then = why_not_met(name, rule, verdict), _THEN[state]  # without a number, which may be hidden
    return Withheld(
        state=state,
        reason=Text(
            en=f"{id}: the check {name}, which the contract requires, {said.en}; {then.en}.",
            sv=f"{id}: kontrollen {name}, som avtalet kräver, {said.sv}; {then.sv}.",
        ),
    )


def worst_of(name: str, rule: OnFail | AgreedLimit, groups: tuple[Group, ...]) -> tuple[Verdict, Group] | None:
    """Why a required check is not met in some effect, and in which results.

    Parameters
    ----------
    name : str
    rule : {"refer", "refer_on_warning", "zero", "note"} or AgreedLimit
    groups : tuple of tuple of result
        Of each effect the results in which the check may stand.

    Returns
    -------
    (str, tuple of result) or None
        None where it is met in every effect.
    """
    found = [(verdict, group) for group in groups if (verdict := verdict_of(name, rule, *group)) is not None]
    return min(found, key=lambda one: [*NOT_MET].index(one[0]), default=None)


def follows(rule: OnFail | AgreedLimit) -> OnFail:
    """What follows where a check is not met, by effekt's limit or by the contract's own.

    Parameters
    ----------
    rule : {"refer", "refer_on_warning", "zero", "note"} or AgreedLimit

    Returns
    -------
    {"refer", "refer_on_warning", "zero", "note"}
    """
    return rule.otherwise if isinstance(rule, AgreedLimit) else rule


def check_zeros(analyses: Mapping[str, Any], figures: Mapping[str, FigureTerm]) -> None:
    """Refuse the rule `zero` where 0 is not what a figure of the analysis has when nothing is achieved.

    Parameters
    ----------
    analyses, figures : mapping
        Of the contract.

    Raises
    ------
    PydanticCustomError
        At the check's own place.
    """
    for id, analysis in analyses.items():
        names = [name for name, rule in (analysis.required_checks or {}).items() if follows(rule) == "zero"]
        own = {name: term for name, term in figures.items() if isinstance(term, EstimateFigure) and term.estimate == id}
        for figure, term in own.items() if names else ():
            if term.statistic != "estimate" or term.view == "ratio":
                raise fault(
                    f"cannot be zero, since {figure}, {term.statistic} of the view {term.view}, is not 0 without an "
                    "effect; write refer.",
                    *("analysis", id, "required_checks", names[0]),
                )


_THEN: dict[WithheldState, Text] = {
    "referred": Text(en="the parties decide", sv="parterna avgör"),
    "zero": Text(en="by the contract it counts as no effect", sv="enligt avtalet räknas det som ingen effekt"),
}


NOT_MET: dict[Verdict, Text] = {
    "failed": Text(en="fails", sv="är inte uppfylld"),
    "warning": Text(en="warns", sv="ger en varning"),
    "not_made": Text(en="was not made", sv="har inte gjorts"),
    "outside": Text(en="is outside the limit agreed on", sv="ligger utanför den avtalade gränsen"),
    "no_number": Text(en="has no number to hold against the limit agreed on", sv="saknar tal att jämföra med gränsen"),
}


def why_not_met(name: str, rule: OnFail | AgreedLimit, verdict: Verdict, *results: Any) -> Text:
    """In words why a required check is not met, with the number and the limit that the contract has of its own.

    Parameters
    ----------
    name : str
    rule : {"refer", "refer_on_warning", "zero", "note"} or AgreedLimit
    verdict : {"failed", "warning", "not_made", "outside", "no_number"}
    *results : result
        Whose number is told.

    Returns
    -------
    Text
        Without the number where it is hidden, and where no result is given.
    """
    if not isinstance(rule, AgreedLimit) or verdict not in ("outside", "no_number"):
        return NOT_MET[verdict]
    number, words = rule.number, rule.words
    if verdict == "no_number":
        return Text(
            en=f"has no number {number}, which is to be {words.en} as agreed",
            sv=f"saknar talet {number}, som enligt avtalet ska vara {words.sv}",
        )
    _, value = of_limit(name, results)
    if recorded(value) is None:
        return Text(
            en=f"is outside what is agreed of its number {number}, {words.en}",
            sv=f"ligger utanför det avtalade för sitt tal {number}, {words.sv}",
        )
    en, sv = (format_number(repr(value), lang) for lang in LANGUAGES)
    return Text(
        en=f"has {number} {en}, and {words.en} is agreed",
        sv=f"har {number} {sv}, och {words.sv} är avtalat",
    )


def verdict_of(name: str, rule: OnFail | AgreedLimit, *results: Any) -> Verdict | None:
    """Why a required check is not met: it fails in some result, warns where the rule counts that, or was not made.

    Of a limit that the contract has of its own: its number is outside that in some result, or there is no such number.
    One that says that the data do not allow it was not made. One of those who are missing is met where nobody is.

    Parameters
    ----------
    name : str
    rule : {"refer", "refer_on_warning", "zero", "note"} or AgreedLimit
    *results : result
        An effect and, where it is one of several, the set.

    Returns
    -------
    {"failed", "warning", "not_made", "outside", "no_number"} or None
        None where it is met.
    """
    found: list[Diagnostic] = [check for one in results for check in one.diagnostics if check.name == name]
    if not found:
        return "not_made" if nothing_missing(name, *results) is None else None
    if isinstance(rule, AgreedLimit):
        held, _ = of_limit(name, results)
        return "not_made" if held is None else None if held == "within" else held
    statuses = {check.status for check in found}
    if "failed" in statuses:
        return "failed"
    if not all(map(is_made, found)):
        return "not_made"
    return "warning" if rule == "refer_on_warning" and "warning" in statuses else None
