"""Thin data: the fewest units that decide anything, ties between controls, people without a match, late outcomes.

Each rule takes a figure's value away or says what it stands for; none of them lets a number through that the contract's
own terms would not pay on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from effekt._calendar import days_after
from effekt._text import LANGUAGES, Text, format_number
from effekt._validation import join_words
from effekt.contracts.money import fraction
from effekt.contracts.schema import Term, fault
from effekt.exceptions import UnavailableError

if TYPE_CHECKING:
    from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure

COUNTS = ("rows", "units", "treated", "control", "clusters")
SAMPLE = {
    "rows": "n_obs",
    "units": "n_units",
    "treated": "n_treated",
    "control": "n_control",
    "clusters": "n_clusters",
}  # where a result's sample has each count
ENOUGH, FEWER = "enough", "fewer"
MINIMUM_CHECK, TIE_CHECK, MATCH_CHECK = "minimum_n", "tie_orders", "matched_sample"
QUANTITY_CHECK = "payment_quantity"
FLOAT_NOISE = Fraction(1, 10**9)  # relative: by so much two floats of one estimate may part
_WORDS = {
    "rows": Text(en="rows", sv="rader"),
    "units": Text(en="units", sv="enheter"),
    "treated": Text(en="treated units", sv="behandlade enheter"),
    "control": Text(en="control units", sv="kontrollenheter"),
    "clusters": Text(en="clusters", sv="kluster"),
}

_Count: TypeAlias = Annotated[int, Field(ge=1)]


# ------------------------------------------------------------------------------------------------ what is declared


class MinimumN(Term):
    """The fewest of each that an analysis decides anything with; with fewer its figures have no value.

    `on_fewer` says which state they then have: `refer` for the parties to decide, `wait` for more data.
    """

    rows: _Count | None = None
    units: _Count | None = None
    treated: _Count | None = None
    control: _Count | None = None
    clusters: _Count | None = None
    on_fewer: Literal["refer", "wait"]

    @model_validator(mode="after")
    def _check(self) -> MinimumN:
        if not self.least:
            raise fault(f"must have at least one of the keys {join_words(COUNTS)}, or be none; it has none of them.")
        return self

    @property
    def least(self) -> dict[str, int]:
        """The smallest numbers by what they count."""
        return {name: number for name in COUNTS if (number := getattr(self, name)) is not None}

    @property
    def words(self) -> Text:
        """'at least 200 units and 12 clusters'."""
        parts = {
            lang: [f"{format_number(str(n), lang)} {_WORDS[name].in_language(lang)}" for name, n in self.least.items()]
            for lang in LANGUAGES
        }
        return Text(en=f"at least {join_words(parts['en'], 'and')}", sv=f"minst {join_words(parts['sv'], 'och')}")


MinimumTerm: TypeAlias = Annotated[
    Annotated[Literal["none"], Tag("<none>")] | Annotated[MinimumN, Tag("<counts>")],
    Discriminator(lambda value: "<none>" if isinstance(value, str) else "<counts>"),
]
"""`none` says in writing that the parties agreed on no smallest number."""


class PaymentQuantity(Term):
    """For whom a figure of a matched comparison is paid, and what those without a match mean.

    Paid for `enrolled`, each unmatched person refers the figure (`refer`), counts as no effect (`zero`) or is taken to
    have the effect of the matched (`estimate`). Paid for `matched` they are not paid for (`zero`), or refer it.
    """

    counts: Literal["enrolled", "matched"]
    unmatched: Literal["refer", "zero", "estimate"]

    @model_validator(mode="after")
    def _check(self) -> PaymentQuantity:
        if self.counts == "matched" and self.unmatched == "estimate":
            raise fault(
                "must be refer or zero where counts is matched, since estimate pays for those without a match; got "
                "estimate.",
                "unmatched",
            )
        return self

    @property
    def shared(self) -> bool:
        """Whether the effect on the matched is shared among all enrolled, since the others count as no effect."""
        return self.counts == "enrolled" and self.unmatched == "zero"


# ---------------------------------------------------------------------------------------------- the smallest numbers


def with_minimum(result: Any, minimum: MinimumN | str | None) -> Any:
    """A result that says whether it has the fewest units that its contract asks for.

    Parameters
    ----------
    result : EffectEstimate, EffectSet or OutcomeMeasure
    minimum : MinimumN, "none" or None

    Returns
    -------
    EffectEstimate, EffectSet or OutcomeMeasure
        With a check more, of each member of a set; as it was where there is no smallest number. The check holds no
        count, so that a public result can be judged where small counts are hidden.
    """
    if not isinstance(minimum, MinimumN):
        return result
    if hasattr(result, "effects"):
        overall = None if result.overall is None else with_minimum(result.overall, minimum)
        return replace(result, effects=tuple(with_minimum(one, minimum) for one in result.effects), overall=overall)
    return replace(result, diagnostics=(*result.diagnostics, _minimum_check(minimum, result.sample)))


def _minimum_check(minimum: MinimumN, sample: Any) -> Diagnostic:
    from effekt.result import Diagnostic

    found = {name: getattr(sample, SAMPLE[name]) for name in minimum.least}
    values = {
        name: ENOUGH if found[name] is not None and found[name] >= least else FEWER
        for name, least in minimum.least.items()
    }
    few, words = FEWER in values.values(), minimum.words
    told = Text(
        en=f"The contract asks for {words.en}; there are {'not that many' if few else 'as many'}.",
        sv=f"Avtalet kräver {words.sv}; {'så många finns inte' if few else 'så många finns'}.",
    )
    return Diagnostic(name=MINIMUM_CHECK, status="warning" if few else "ok", statement=told, values=values)


def refused_counts(minimum: MinimumN, *, measure: bool, pair: bool, clustered: bool) -> Iterator[tuple[str, str]]:
    """Counts that an analysis never has, so that its figures could never have a value.

    Parameters
    ----------
    minimum : MinimumN
    measure : bool
        Whether the method returns an outcome, with no arms.
    pair : bool
        Whether its rows are published figures of two groups, whose people it does not count.
    clustered : bool
        Whether it has clusters.

    Yields
    ------
    (str, str)
        The key, and why.
    """
    for name in minimum.least:
        if measure and name in ("treated", "control"):
            yield name, "an outcome has no arms"
        elif pair and name != "rows":
            yield name, "published figures do not say how many stand behind them"
        elif name == "clusters" and not clustered:
            yield name, "the method has no clusters"


# ------------------------------------------------------------------------------------------- why there is no value


WithheldState: TypeAlias = Literal["not_yet_determinable", "referred", "zero"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Why a figure has no value, or counts as zero, although its analysis gives another number."""

    state: WithheldState
    reason: Text


def complete_day(until: str, run_out: int | None) -> str:
    """The first day on which outcomes up to and including `until` are all recorded.

    >>> complete_day("2011-12-31", 90)
    '2012-03-31'
    """
    return days_after(until, 1 + (run_out or 0))


def too_early(id: str, until: str | None, run_out: int | None, date: str | None) -> Withheld | None:
    """A figure whose outcomes are not all recorded on a day waits for them.

    Parameters
    ----------
    id : str
    until : str or None
        The last day whose outcomes count.
    run_out : int or None
        Days from then until they are recorded.
    date : str or None
        The day of the certificate; None where there is none to hold it against.

    Returns
    -------
    Withheld or None
    """
    if until is None or date is None:
        return None
    day = complete_day(until, run_out)
    if date >= day:
        return None
    return Withheld(
        state="not_yet_determinable",
        reason=Text(
            en=f"{id}: the outcomes up to {until} are all recorded from {day} on, and the certificate is dated {date}.",
            sv=f"{id}: utfallen till och med {until} är alla registrerade från och med {day}, och intyget är daterat "
            f"{date}.",
        ),
    )


def cohort_open(id: str, closes: str | None, date: str | None) -> Withheld | None:
    """A figure of a cohort that people can still come into waits until it is closed.

    Parameters
    ----------
    id : str
    closes : str or None
        The last day on which someone can come in.
    date : str or None
        The day of the certificate; None where there is none to hold it against.

    Returns
    -------
    Withheld or None
    """
    if closes is None or date is None or date > closes:
        return None
    return Withheld(
        state="not_yet_determinable",
        reason=Text(
            en=f"{id}: its cohort closes on {closes}, and the certificate is dated {date}.",
            sv=f"{id}: dess kohort stängs {closes}, och intyget är daterat {date}.",
        ),
    )


def too_few(id: str, minimum: MinimumN | str | None, members: tuple[Any, ...]) -> Withheld | None:
    """A figure whose analysis has fewer units than the contract asks for has no value.

    Parameters
    ----------
    id : str
    minimum : MinimumN, "none" or None
    members : tuple of EffectEstimate or OutcomeMeasure
        What the figure is taken from, with their checks.

    Returns
    -------
    Withheld or None
    """
    if not isinstance(minimum, MinimumN) or all(_enough(member, minimum) for member in members):
        return None
    return Withheld(
        state="referred" if minimum.on_fewer == "refer" else "not_yet_determinable",
        reason=Text(
            en=f"{id}: the contract asks for {minimum.words.en}, and there are not that many.",
            sv=f"{id}: avtalet kräver {minimum.words.sv}, och så många finns inte.",
        ),
    )


def _enough(member: Any, minimum: MinimumN) -> bool:
    """Whether the check of the smallest numbers is there and finds enough of each."""
    found = _check(member, MINIMUM_CHECK)
    return found is not None and all(found.values.get(name) == ENOUGH for name in minimum.least)


def tied(id: str, tolerance: str | None, members: tuple[Any, ...], *, certain: bool) -> Withheld | None:
    """A figure that depends on the order of equally near controls by more than the tolerance is referred.

    Parameters
    ----------
    id : str
    tolerance : str or None
        Decimal in the outcome's unit.
    members : tuple of EffectEstimate
    certain : bool
        Whether the figure also rests on how sure the estimate is: then neither end of its 95 % interval may depend on
        the order by more.

    Returns
    -------
    Withheld or None
    """
    if tolerance is None:
        return None
    found = [check for member in members if (check := _check(member, TIE_CHECK)) is not None]
    if certain and any(map(_untold, members)):
        return Withheld(
            state="referred",
            reason=Text(
                en=f"{id}: it is not known how the interval of the estimate depends on which of equally near controls "
                "are chosen.",
                sv=f"{id}: det är inte känt hur skattningens intervall beror på vilka av lika nära kontroller som "
                "väljs.",
            ),
        )
    ends = ("", "_conf_low", "_conf_high") if certain else ("",)
    moved = [end for end in ends if any(_range(one, end) > Fraction(tolerance) + _noise(one) for one in found)]
    if not moved:
        return None
    if "" not in moved:
        return Withheld(
            state="referred",
            reason=Text(
                en=f"{id}: the interval of the estimate depends on which of equally near controls are chosen, by more "
                f"than the agreed {tolerance}.",
                sv=f"{id}: skattningens intervall beror på vilka av lika nära kontroller som väljs, med mer än "
                f"avtalade {tolerance.replace('.', ',')}.",
            ),
        )
    return Withheld(
        state="referred",
        reason=Text(
            en=f"{id}: the estimate depends on which of equally near controls are chosen, by more than the agreed "
            f"{tolerance}.",
            sv=f"{id}: skattningen beror på vilka av lika nära kontroller som väljs, med mer än avtalade "
            f"{tolerance.replace('.', ',')}.",
        ),
    )


def _untold(member: Any) -> bool:
    """Whether an estimate has an interval, ties were broken, and the other orders' intervals are not all there."""
    check = _check(member, TIE_CHECK)
    return (
        check is not None
        and bool(check.values["count"])
        and any(check.values.get(f"{side}{end}") is None for side in ("min", "max") for end in _ENDS)
        and member.std_error is not None
    )


_ENDS = ("_conf_low", "_conf_high")


def _range(check: Diagnostic, end: str) -> Fraction:
    """How far the orders move the estimate, or an end of its interval: not at all where there is no such interval."""
    if end and f"min{end}" not in check.values:
        return Fraction(0)
    return _of_orders(check, f"max{end}") - _of_orders(check, f"min{end}")


def _noise(check: Diagnostic) -> Fraction:
    return FLOAT_NOISE * max(abs(_of_orders(check, end)) for end in ("min", "max"))


def _of_orders(check: Diagnostic, name: str) -> Fraction:
    value = check.values.get(name)
    if value is None:
        raise UnavailableError(
            f"The check {TIE_CHECK} must have the number {name}, which decides whether a figure is referred.",
            f"Kontrollen {TIE_CHECK} måste ha talet {name}, som avgör om en siffra hänskjuts.",
        )
    return fraction(value) if isinstance(value, str) else Fraction(value)


def _check(member: Any, name: str) -> Diagnostic | None:
    return next((one for one in member.diagnostics if one.name == name), None)


# ----------------------------------------------------------------------------------------------- those without a match


def matched_share(term: PaymentQuantity | None, effect: EffectEstimate) -> Fraction:
    """The part of the enrolled that an effect is counted for: less than 1 where those without a match count as zero.

    Parameters
    ----------
    term : PaymentQuantity or None
    effect : EffectEstimate

    Returns
    -------
    Fraction

    Raises
    ------
    UnavailableError
        Where the effect does not say how many have a match: nobody is taken to have one.
    """
    if term is None or not term.shared:
        return Fraction(1)
    counts = _matched(effect)
    if counts is None:
        raise _not_counted()
    treated, matched = counts
    return Fraction(matched, treated)


def _not_counted() -> UnavailableError:
    return UnavailableError(
        f"The check {MATCH_CHECK} must say how many are treated and how many of them have a match, since a figure is "
        "paid by it.",
        f"Kontrollen {MATCH_CHECK} måste säga hur många som är behandlade och hur många av dem som har en match, "
        "eftersom en siffra betalas efter det.",
    )


def unmatched(id: str, term: PaymentQuantity | None, effect: EffectEstimate, units: Fraction | None) -> Withheld | None:
    """A figure that is not paid for those whom the contract says is referred.

    Parameters
    ----------
    id : str
    term : PaymentQuantity or None
    effect : EffectEstimate
    units : Fraction or None
        What a total is multiplied by.

    Returns
    -------
    Withheld or None
        Where somebody without a match refers the figure, and where the number of units is not that of the matched, or
        is below that of the enrolled.
    """
    verdict = None if term is None else _verdict(id, term, effect, units)
    if verdict not in _AGAINST:
        return None
    told = _AGAINST[verdict]
    return Withheld(state="referred", reason=Text(en=f"{id}: {told.en}", sv=f"{id}: {told.sv}"))


_AGAINST = {
    "some_unmatched": Text(
        en="some have no match, and the contract refers the figure then.",
        sv="några saknar match, och avtalet hänskjuter då siffran.",
    ),
    "not_the_matched": Text(
        en="it is paid for the matched, and the number of units is not theirs.",
        sv="den betalas för de matchade, och antalet enheter är inte deras.",
    ),
    "below_the_enrolled": Text(
        en="it is paid for all enrolled, and the number of units is below theirs.",
        sv="den betalas för alla inskrivna, och antalet enheter är lägre än deras.",
    ),
}
_HOLDS = "holds"


def _verdict(id: str, term: PaymentQuantity, effect: EffectEstimate, units: Fraction | None) -> str:
    """Whether a figure is paid for those whom the contract says: from the counts, or from what was found of them."""
    counts = _matched(effect)
    if counts is None:
        own = [one for one in effect.diagnostics if one.name == QUANTITY_CHECK and one.values.get("figure") == id]
        if not own:
            raise _not_counted()
        return str(own[0].values["verdict"])
    treated, matched = counts
    if term.unmatched == "refer" and matched < treated:
        return "some_unmatched"
    if term.counts == "matched" and units is not None and units != matched:
        return "not_the_matched"
    if term.counts == "enrolled" and units is not None and units < treated:
        return "below_the_enrolled"
    return _HOLDS


def with_verdict(
    id: str, term: PaymentQuantity | None, effect: EffectEstimate, public: EffectEstimate, units: Fraction | None
) -> EffectEstimate:
    """A public effect that says whether a figure is paid for the right people, where it hides how many they are."""
    if term is None or _matched(public) is not None or _matched(effect) is None:
        return public
    from effekt.result import Diagnostic

    verdict = _verdict(id, term, effect, units)
    told = _AGAINST.get(verdict, _FOR_WHOM_IT_SAYS)
    check = Diagnostic(
        name=QUANTITY_CHECK,
        status="ok" if verdict == _HOLDS else "warning",
        statement=Text(en=f"{id}: {told.en}", sv=f"{id}: {told.sv}"),
        values={"figure": id, "verdict": verdict},
    )
    return public.with_diagnostics(check)


_FOR_WHOM_IT_SAYS = Text(
    en="nothing speaks against its being paid for those whom the contract says.",
    sv="inget talar emot att den betalas för dem som avtalet anger.",
)


def _matched(effect: EffectEstimate) -> tuple[int, int] | None:
    """Treated units, and how many of them are in the comparison; None where the counts are hidden."""
    found = _check(effect, MATCH_CHECK)
    if found is None:
        return None
    treated, matched, used = found.values.get("treated"), found.values.get("matched"), effect.sample.n_treated
    if not isinstance(treated, int) or not isinstance(matched, int) or used is None:
        return None
    return treated, min(matched, used)


def members_of(result: EffectEstimate | EffectSet | OutcomeMeasure, labels: tuple[str, ...]) -> tuple[Any, ...]:
    """What a figure is taken from: some members of a set, or the one result."""
    chosen: Any = result
    return tuple(chosen[label] for label in labels) if labels and hasattr(result, "effects") else (result,)
