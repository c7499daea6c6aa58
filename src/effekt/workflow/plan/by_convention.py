"""What a contract file does not state and the conventions decide: printed, so that both parties know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from effekt._text import Text, with_small
from effekt.contracts import Contract
from effekt.contracts.clauses import Clause
from effekt.contracts.clauses.day_counts import DayCount
from effekt.contracts.outcome_days import counted_days
from effekt.contracts.paid_each import counted_by, paid_each_lines
from effekt.contracts.payment import Line
from effekt.estimators.trend.spans import windows_in_words
from effekt.reports.thresholds import thresholds
from effekt.workflow.data.counted_rows import counts_periods


def decided_by_convention(contract: Contract) -> tuple[Text, ...]:
    """The choices that money may turn on, that the file leaves to the conventions, and what those say.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Text
        How figures are rounded, what a figure exactly at a threshold means, which days bear interest, which months
        windows in words are, and from and to which day a count's rows may be.

    Examples
    --------
    >>> import effekt
    >>> [text.en for text in decided_by_convention(effekt.read_contract(effekt.case("norrkoping") / "contract.yaml"))]
    ['Each figure is rounded once to its decimals, half to even: a value halfway between two goes to the one whose \
last digit is even. What is read of it afterwards is that.', 'A figure exactly at a threshold is decided as the \
condition is written: “at least” and “at most” (ge, le) are met, “greater than” and “less than” (gt, lt) are not.']
    """
    return tuple(_decided(contract))


def _day_counts(parts: Iterable[Line | Clause]) -> Iterator[DayCount]:
    """How the days of interest are counted, in each clause that bears it."""
    for one in parts:
        inner = (one.pays,) if isinstance(one, Line) else one.parts
        if isinstance(one, Clause) and one.interest is not None:
            yield one.interest.day_count
        yield from _day_counts(inner)


_ACTUAL = Text(
    en="Interest by actual days runs from the day after its first day up to and including its last day; none runs "
    "where they are the same.",
    sv="Ränta på faktiska dagar räknas från och med dagen efter den första dagen till och med den sista dagen; är de "
    "samma dag räknas ingen ränta.",
)
_SO = Text(
    en="so the first day bears no interest, and from a day to the same of the next month are 30 days",
    sv="den första dagen ger alltså ingen ränta, och från en dag till samma dag i nästa månad är det 30 dagar",
)


def _thirty(name: Text, ends: Text) -> Text:
    """How days are counted in months of 30 days, by what counts of a day that is the 31st."""
    return Text(
        en=f"The days of interest by {name.en} are 360 times the difference in years plus 30 times that in months plus "
        f"that in days, from the first day to the last, where {ends.en}; {_SO.en}.",
        sv=f"Räntedagarna enligt {name.sv} är 360 gånger skillnaden i år plus 30 gånger skillnaden i månad plus "
        f"skillnaden i dag, från den första dagen till den sista, där {ends.sv}; {_SO.sv}.",
    )


_INTEREST: Mapping[DayCount, Text] = {
    "act_365": _ACTUAL,
    "act_360": _ACTUAL,
    "30_360": _thirty(
        Text(en="30/360 (bond basis)", sv="30/360 (obligationsbas)"),
        Text(
            en="a first day that is the 31st counts as the 30th, and a last day that is the 31st counts as the 30th "
            "where the first is the 30th or the 31st",
            sv="en första dag som är den 31:a räknas som den 30:e, och en sista dag som är den 31:a räknas som den "
            "30:e om den första är den 30:e eller den 31:a",
        ),
    ),
    "30e_360": _thirty(
        Text(en="30E/360 (Eurobond basis)", sv="30E/360 (euroobligationsbas)"),
        Text(en="a 31st counts as the 30th", sv="den 31:a räknas som den 30:e"),
    ),
}


def _decided(contract: Contract) -> Iterator[Text]:
    yield Text(
        en="Each figure is rounded once to its decimals, half to even: a value halfway between two goes to the one "
        "whose last digit is even. What is read of it afterwards is that.",
        sv="Varje siffra avrundas en gång till sina decimaler, halva till jämnt: ett värde mitt emellan två går till "
        "det vars sista siffra är jämn. Det är det avrundade värdet som sedan används.",
    )
    if thresholds(contract):
        yield Text(
            en="A figure exactly at a threshold is decided as the condition is written: “at least” and “at most” (ge, "
            "le) are met, “greater than” and “less than” (gt, lt) are not.",
            sv="En siffra som är lika med en tröskel avgörs så som villkoret är skrivet: ”minst” och ”högst” (ge, le) "
            "är uppfyllda, ”större än” och ”mindre än” (gt, lt) är det inte.",
        )
    yield from dict.fromkeys(_INTEREST[count] for count in _day_counts(contract.model.payment.lines.values()))
    anew = counted_by(contract.model, *paid_each_lines(contract.model))
    for name, analysis in contract.model.analysis.items():
        text = windows_in_words(analysis.arguments)
        if text is not None:
            yield Text(
                en=f"Windows of analysis {name}: {with_small(text.en)}",
                sv=f"Fönster i analysen {name}. {text.sv}",
            )
        days = counted_days(contract.model, name)
        if counts_periods(analysis) and days.first is not None and not days.stated:
            yield Text(
                en=f"Rows of analysis {name} that were over before {days.begins.en}, {days.first}, are refused.",
                sv=f"Rader i analysen {name} som var slut före {days.begins.sv}, {days.first}, avvisas.",
            )
        if name in anew:
            yield Text(
                en=f"A row of analysis {name} is counted on the first announced day on which its period is over: on "
                "each such day the rows whose last day is that day or earlier, and after the announced day before. Any "
                "other row is refused, also one whose period has begun and is not over.",
                sv=f"En rad i analysen {name} räknas på den första angivna dag då dess period är slut: på varje sådan "
                "dag de rader vars sista dag är den dagen eller tidigare, och efter den föregående angivna dagen. "
                "Andra rader avvisas, också en vars period har börjat men inte är slut.",
            )
        elif counts_periods(analysis) and days.last is None:
            yield Text(
                en=f"A row of analysis {name} whose period has begun by the day of the certificate is counted as a "
                "whole one, ended or not.",
                sv=f"En rad i analysen {name} vars period har börjat senast intygets dag räknas som en hel, också "
                "om den inte är slut.",
            )
