"""A report as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from effekt._text import LANGUAGES, Language, Text
from effekt._validation import check_option
from effekt.certificates.certificate import Certificate
from effekt.reports.compose import compose
from effekt.reports.document import (
    Block,
    Callout,
    Commands,
    EffectPicture,
    Items,
    KeyFigures,
    Paragraph,
    Report,
    Section,
    Subheading,
    Table,
    Total,
    TrendPicture,
    visible,
)
from effekt.reports.wording import with_unit

WIDTH = 88
SECTIONS = ("verdict", "found", "payment", "standings", "figures", "evidence", "assurance", "deviations", "checklist")


def certificate_text(certificate: Certificate, lang: Language) -> str:
    """Write what a certificate says: conclusion, what was found, the payment step by step, figures and evidence.

    Of the checklist it says how many items hold and which do not or are open; the items stand on the page.

    Parameters
    ----------
    certificate : Certificate
    lang : {"sv", "en"}

    Returns
    -------
    str
        Lines of at most 88 characters, tables apart; without control characters.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> certificate_text(effekt.settle(contract, date="2022-03-15"), "en").splitlines()[0]
    'Less short-term sick leave among municipal staff'
    """
    check_option("lang", lang, LANGUAGES)
    report = compose(certificate)
    parts = [_head(report, lang)]
    for section in report.sections:
        if section.id == "checklist":
            summary = tuple(block for block in section.blocks if isinstance(block, Paragraph))
            section = replace(section, blocks=summary)
        parts += [_section(section, lang)] if section.id in SECTIONS else []
    return "\n\n".join(parts)


def report_text(report: Report, lang: Language) -> str:
    """Write every section of a report.

    Parameters
    ----------
    report : Report
    lang : {"sv", "en"}

    Returns
    -------
    str
    """
    return "\n\n".join([_head(report, lang), *(_section(section, lang) for section in report.sections)])


def _head(report: Report, lang: Language) -> str:
    title = _say(report.title, lang)
    facts = [(_say(label, lang), _say(value, lang)) for label, value in report.facts]
    width = max(len(label) for label, _ in facts)
    lines = [title, "=" * min(len(title), WIDTH), _say(report.kicker, lang)]
    return "\n".join([*lines, *(f"{label:<{width}}  {value}" for label, value in facts)])


def _section(section: Section, lang: Language) -> str:
    heading = _say(section.heading, lang)
    blocks = ["\n".join(lines) for block in section.blocks if (lines := list(_block(block, lang)))]
    return "\n\n".join([f"{heading}\n{'-' * len(heading)}", *blocks])


def _block(block: Block, lang: Language) -> Iterator[str]:
    match block:
        case Paragraph() | Subheading():
            yield _wrapped(_say(block.text, lang))
        case Callout():
            yield _wrapped(_say(block.text, lang), "! " if block.role == "caution" else "")
            yield from _list(block.items, lang, numbered=False)
        case Items():
            yield from _list(block.items, lang, numbered=block.numbered)
        case KeyFigures():
            yield from _pairs([(item.label, with_unit(item.value, item.unit)) for item in block.items], lang)
        case Total():
            yield from _pairs([(block.label, block.value)], lang)
        case Table():
            yield from _table(block, lang)
        case Commands():
            yield from block.lines
        case TrendPicture() | EffectPicture():
            yield _wrapped(_say(block.description, lang))
        case _:
            assert_never(block)


def _say(text: Text, lang: Language) -> str:
    """One line of text, with nothing in it that a terminal would act on."""
    return visible(" ".join(text.in_language(lang).split("\n")))


def _wrapped(text: str, first: str = "", indent: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=indent or " " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _list(items: tuple[Text, ...], lang: Language, *, numbered: bool) -> Iterator[str]:
    for position, item in enumerate(items, start=1):
        yield _wrapped(_say(item, lang), f"  {position}. " if numbered else "  - ")


def _pairs(pairs: list[tuple[Text, Text]], lang: Language) -> Iterator[str]:
    width = max(len(_say(label, lang)) for label, _ in pairs)
    yield from (f"{_say(label, lang):<{width}}  {_say(value, lang)}" for label, value in pairs)


def _table(table: Table, lang: Language) -> Iterator[str]:
    """Columns as wide as their widest cell, numbers to the right."""
    rows = [[_say(column.label, lang) for column in table.columns]]
    rows += [[_say(cell, lang) for cell in row] for row in table.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    yield _say(table.caption, lang)
    for row in rows:
        cells = [
            cell.rjust(width) if column.kind == "number" else cell.ljust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ]
        yield "  ".join(cells).rstrip()
