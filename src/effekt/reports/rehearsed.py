"""What a dry run came to, as plain text: marked at both ends, with amounts that nobody can take for a settlement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from effekt._text import Language, Text
from effekt.contracts import Figure, Settlement
from effekt.reports.document import same
from effekt.reports.wording import STATES, joined, money, number


def dry_run_text(
    mark: Text,
    permuted: Sequence[str],
    figures: Mapping[str, Figure],
    settlement: Settlement,
    rehearsed: Sequence[Text],
    lang: Language,
) -> str:
    """Write a dry run for a reader.

    Parameters
    ----------
    mark : Text
        That it is a dry run, with its seed.
    permuted : sequence of str
        The analyses that were run with permuted labels.
    figures : mapping of figure to Figure
    settlement : Settlement
    rehearsed : sequence of Text
        What was tried beside them, and what was not.
    lang : {"sv", "en"}

    Returns
    -------
    str
        The mark stands first and last.
    """
    names = joined(map(same, permuted))
    lines = [mark, Text(en=f"Run with permuted labels: {names.en}.", sv=f"Körda med omkastade etiketter: {names.sv}.")]
    lines += _figures(figures)
    lines += _lines(settlement)
    lines += rehearsed
    return "\n".join(line.in_language(lang) for line in (*lines, mark))


def _figures(figures: Mapping[str, Figure]) -> Iterator[Text]:
    for id, one in figures.items():
        told = STATES[one.state] if one.value is None else number(one.value)
        why = Text(en="", sv="") if one.reason is None else Text(en=f" ({one.reason.en})", sv=f" ({one.reason.sv})")
        yield Text(en=f"Drawn figure {id}: {told.en}{why.en}", sv=f"Lottad siffra {id}: {told.sv}{why.sv}")


def _lines(settlement: Settlement) -> Iterator[Text]:
    for line in settlement.lines:
        told = STATES[line.state] if line.amount is None else money(line.amount, settlement.currency)
        yield Text(
            en=f"Line {line.id}, were the drawn figures true: {told.en}",
            sv=f"Rad {line.id}, om de lottade siffrorna vore sanna: {told.sv}",
        )
