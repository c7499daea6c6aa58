"""Limits of a contract's own: a number of a check, and the least or the greatest of it that the parties agreed on.

Such a limit is in the place of effekt's own. Whether it holds is recorded beside the check, so that it can be judged
where the number itself is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import model_validator

from effekt._text import LANGUAGES, Text, format_number
from effekt._validation import join_words
from effekt.contracts.schema import DecimalText, Id, Term, fault

if TYPE_CHECKING:
    from effekt.result import Diagnostic

LIMIT_CHECK = "agreed_limit"
Held: TypeAlias = Literal["within", "outside", "no_number"]


class AgreedLimit(Term):
    """The least and the greatest agreed value of a number of a check, and what follows when it is outside.

    `otherwise` follows also where the check is not made or has no such number: `refer` for the parties to decide,
    `zero` where the figures then count as no effect, `note` where it stands on the page and moves nothing.
    """

    number: Id
    min: DecimalText | None = None
    max: DecimalText | None = None
    otherwise: Literal["refer", "zero", "note"]

    @model_validator(mode="after")
    def _check(self) -> AgreedLimit:
        if self.min is None and self.max is None:
            raise fault("must have min, max or both; it has neither.")
        if self.min is not None and self.max is not None and Fraction(self.min) > Fraction(self.max):
            raise fault(f"must not be above max, {self.max}; got {self.min}.", "min")
        return self

    @property
    def words(self) -> Text:
        """'at least 0.10 and at most 0.90'."""
        said = {"min": Text(en="at least", sv="minst"), "max": Text(en="at most", sv="högst")}
        given = {key: end for key in said if (end := getattr(self, key)) is not None}
        en, sv = (
            [f"{said[key].in_language(lang)} {format_number(end, lang)}" for key, end in given.items()]
            for lang in LANGUAGES
        )
        return Text(en=join_words(en, "and"), sv=join_words(sv, "och"))

    def held(self, value: Any) -> Held:
        """Whether a number is within the limit, as the exact decimal that it is recorded as.

        >>> limit = AgreedLimit.model_construct(number="p_value", min="0.10", max=None, otherwise="refer")
        >>> limit.held(0.1), limit.held(0.09999999999999999), limit.held(None)
        ('within', 'outside', 'no_number')
        """
        number = recorded(value)
        if number is None:
            return "no_number"
        low, high = (None if end is None else Fraction(end) for end in (self.min, self.max))
        return "outside" if (low is not None and number < low) or (high is not None and number > high) else "within"


def recorded(value: Any) -> Fraction | None:
    """The exact decimal that a number of a check stands for; None of what is no number, or is not finite.

    Parameters
    ----------
    value : int, float, str or None

    Returns
    -------
    Fraction or None
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return Fraction(repr(value))  # of a float its shortest round-trip decimal
    except ValueError:
        return None


def limits_of(required: Mapping[str, Any] | None) -> dict[str, AgreedLimit]:
    """The limits of its own that an analysis has, by the name of the check.

    Parameters
    ----------
    required : mapping of check to rule or AgreedLimit, or None

    Returns
    -------
    dict
    """
    return {name: rule for name, rule in (required or {}).items() if isinstance(rule, AgreedLimit)}


def with_limits(result: Any, required: Mapping[str, Any] | None) -> Any:
    """A result that says of each check with a limit of the contract's own whether it is within it.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    required : mapping of check to rule or AgreedLimit, or None

    Returns
    -------
    EffectEstimate, EffectSet or OutcomeMeasure
        With a check more after the others for each such check that there is, also of each member of a set.
    """
    limits = limits_of(required)
    if not limits:
        return result
    changed: dict[str, Any] = {"diagnostics": (*result.diagnostics, *records(result.diagnostics, limits))}
    if hasattr(result, "effects"):
        changed["effects"] = tuple(with_limits(one, required) for one in result.effects)
        changed["overall"] = None if result.overall is None else with_limits(result.overall, required)
    return replace(result, **changed)


def records(checks: Sequence[Diagnostic], limits: Mapping[str, AgreedLimit]) -> Iterator[Diagnostic]:
    """What is recorded of the checks of one result, in the order of the limits and then of the checks.

    Parameters
    ----------
    checks : sequence of Diagnostic
    limits : mapping of check to AgreedLimit

    Yields
    ------
    Diagnostic
        With the check, its number, what that is, the limit, and whether it is within it; the sentence has no value,
        so that the value alone is hidden where the check's is.
    """
    for name, limit in limits.items():
        for check in (check for check in checks if check.name == name):
            value = check.values.get(limit.number)
            yield _record(name, limit, None if recorded(value) is None else value, limit.held(value))


def as_stated(record: Diagnostic, limit: AgreedLimit, verdict: Any) -> Diagnostic:
    """What is recorded of a number that is hidden, with the verdict that is stated of it.

    Parameters
    ----------
    record : Diagnostic
        Made again without the number.
    limit : AgreedLimit
    verdict : str
        One that is none is taken as it must be without the number.

    Returns
    -------
    Diagnostic
    """
    known = next((held for held in _HELD if held == verdict), limit.held(None))
    return _record(str(record.values["check"]), limit, None, known)


def _record(name: str, limit: AgreedLimit, value: Any, held: Held) -> Diagnostic:
    from effekt.result import Diagnostic

    words = limit.words
    return Diagnostic(
        name=LIMIT_CHECK,
        status="ok" if held == "within" else "warning",
        statement=Text(
            en=f"The contract asks that {limit.number} in the check {name} is {words.en}; {_HELD[held].en}.",
            sv=f"Avtalet kräver att {limit.number} i kontrollen {name} är {words.sv}; {_HELD[held].sv}.",
        ),
        values={
            "check": name,
            "number": limit.number,
            "value": value,
            "min": limit.min,
            "max": limit.max,
            "verdict": held,
        },
    )


_HELD: Mapping[Held, Text] = {
    "within": Text(en="so it is", sv="så är det"),
    "outside": Text(en="so it is not", sv="så är det inte"),
    "no_number": Text(en="there is no such number", sv="ett sådant tal saknas"),
}


def as_hidden(checks: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The checks of one result as they are published, with each recorded value hidden where its check hides it.

    Parameters
    ----------
    checks : sequence of Diagnostic
        Those that limits are of, as published, and what is recorded of them, in the order of `records`.

    Returns
    -------
    tuple of Diagnostic
    """
    seen: dict[str, Iterator[Diagnostic]] = {}
    found = []
    for check in checks:
        if check.name == LIMIT_CHECK:
            name, number = str(check.values["check"]), str(check.values["number"])
            if name not in seen:
                seen[name] = (one for one in checks if one.name == name)
            of = next(seen[name], None)
            if of is None or of.values.get(number) is None:
                check = replace(check, values={**check.values, "value": None})
        found.append(check)
    return tuple(found)


def of_limit(name: str, results: Sequence[Any]) -> tuple[Held | None, Any]:
    """The worst that is recorded of a check with a limit, and the number of it.

    Parameters
    ----------
    name : str
        The check.
    results : sequence of result

    Returns
    -------
    (str or None, number or None)
        None where the check was not made somewhere, or nothing is recorded of it.
    """
    checks = [check for one in results for check in one.diagnostics]
    told = [check.values for check in checks if check.name == LIMIT_CHECK and check.values.get("check") == name]
    if not told or len(told) < sum(check.name == name for check in checks):
        return None, None
    for held in ("outside", "no_number"):
        for one in told:
            if one.get("verdict") == held:
                return held, one.get("value")
    return ("within", None) if all(one.get("verdict") == "within" for one in told) else (None, None)
