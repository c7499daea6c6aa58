"""The form in which data are to be delivered, in sentences for a contract's annex and a certificate's page."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt._validation import join_words
from effekt.contracts.delivered import Column
from effekt.contracts.model import ContractTerms
from effekt.reports.wording import number, unit_words

_KINDS = {
    "number": Text(en="number", sv="tal"),
    "whole": Text(en="whole number", sv="heltal"),
    "text": Text(en="text", sv="text"),
    "date": Text(en="day", sv="dag"),
}


def delivered_sentences(terms: ContractTerms) -> Iterator[Text]:
    """One sentence for each table that is sealed or whose columns are agreed, and one for each of its columns.

    Parameters
    ----------
    terms : ContractTerms

    Yields
    ------
    Text
    """
    for id, source in terms.data.items():
        if source.sealed is not None:
            yield Text(
                en=f"The data {id} are sealed until the plan is locked: whoever keeps them has committed to their "
                "bytes, and they are read only with the salt that opens them.",
                sv=f"Underlaget {id} är förseglat tills planen är låst: den som förvarar det har bundit sig "
                "vid dess innehåll, och det läses bara med det salt som öppnar det.",
            )
        if source.columns is None:
            continue
        names = list(source.columns)
        yield Text(
            en=f"The data {id} have the columns {join_words(names, 'and')}, and no others; every row is held against "
            "what follows.",
            sv=f"Underlaget {id} har kolumnerna {join_words(names, 'och')} och inga andra; varje rad prövas mot det "
            "som följer.",
        )
        yield from (_column(id, name, column) for name, column in source.columns.items())


def _column(id: str, name: str, column: Column) -> Text:
    kind, parts = _KINDS[column.kind], list(_limits(column))
    if column.may_be_empty:
        parts.append(Text(en="may be empty", sv="får vara tom"))
    else:
        parts.append(Text(en="never empty", sv="aldrig tom"))
    unit = Text(en="", sv="") if column.unit is None else unit_words(column.unit)
    within = {lang: f" ({text})" if text else "" for lang, text in (("en", unit.en), ("sv", unit.sv))}
    return Text(
        en=f"Column {name} of {id}: {kind.en}{within['en']}, {', '.join(part.en for part in parts)}.",
        sv=f"Kolumnen {name} i {id}: {kind.sv}{within['sv']}, {', '.join(part.sv for part in parts)}.",
    )


def _limits(column: Column) -> Iterator[Text]:
    if column.among is not None:
        yield Text(en=join_words(column.among), sv=join_words(column.among, "eller"))
    for limit, en, sv in ((column.ge, "at least", "minst"), (column.le, "at most", "högst")):
        if limit is not None:
            words = Text(en=limit, sv=limit) if column.kind == "date" else number(limit)
            yield Text(en=f"{en} {words.en}", sv=f"{sv} {words.sv}")
