"""What a contract file does not state and the conventions decide: printed, so that both parties know of it."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text, with_small
from effekt.contracts import Contract
from effekt.contracts.outcome_days import counted_days
from effekt.contracts.paid_each import counted_by, paid_each_lines
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
        How figures are rounded, what a figure exactly at a threshold means, which months windows in words are, and from
        and to which day a count's rows may be.

    Examples
    --------
    >>> import effekt
    >>> [text.en for text in decided_by_convention(effekt.read_contract(effekt.case("norrkoping") / "contract.yaml"))]
    ['Each figure is rounded once to its decimals, half to even: a value halfway between two goes to the one whose \
last digit is even. What is read of it afterwards is that.', 'A figure exactly at a threshold is decided as the \
condition is written: “at least” and “at most” (ge, le) are met, “greater than” and “less than” (gt, lt) are not.']
    """
    return tuple(_decided(contract))


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
