"""Every check in a certificate's page: its sentence, its values and its table."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Pending
from effekt.reports.check_tables import TABLES
from effekt.reports.check_values import OWN_VALUES, OWN_WORDS
from effekt.reports.comparability import CHECKS, VALUES
from effekt.reports.document import (
    Block,
    Column,
    Paragraph,
    Section,
    Subheading,
    Table,
    same,
)
from effekt.reports.doubt_words import VALUES_OF, WORDS_OF
from effekt.reports.effects import ordered_results
from effekt.reports.ledgers import ledger_table
from effekt.reports.wording import (
    CHECK_WORDS,
    DIAGNOSTIC_VALUES,
    DIAGNOSTICS,
    four_decimals,
    number,
    percent,
)
from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure
from effekt.result.summary import STATUSES


def diagnostics_section(certificate: Certificate) -> Section | None:
    """Every check with its sentence and its values; None where the designs made none."""
    checks = [
        check
        for result in ordered_results(certificate).values()
        if not isinstance(result, Pending)
        for check in (*result.diagnostics, *_of_members(result))
    ]
    blocks = tuple(block for check in checks for block in check_blocks(check))
    return Section(id="diagnostics", heading=Text(en="Checks", sv="Kontroller"), blocks=blocks) if blocks else None


def _of_members(result: EffectEstimate | EffectSet | OutcomeMeasure) -> Iterator[Diagnostic]:
    if isinstance(result, EffectSet):
        for effect in result.effects:
            yield from effect.diagnostics


def check_blocks(check: Diagnostic) -> Iterator[Block]:
    """One check: its name and status, its sentence, its values, and its table where it has one."""
    name, status = {**DIAGNOSTICS, **CHECKS}.get(check.name, same(check.name)), STATUSES[check.status]
    yield Subheading(text=Text(en=f"{name.en} ({status.en})", sv=f"{name.sv} ({status.sv})"))
    yield Paragraph(text=check.statement)
    if check.name == "unit_ledger":
        yield ledger_table(check)
        return
    rows = tuple(
        check_row(key, value, check.name)
        for key, value in check.values.items()
        if value is not None and not (check.name == "inference_choice" and key.startswith("p_"))  # in its table
    )
    if rows:
        yield Table(
            caption=Text(en="Values of the check", sv="Kontrollens värden"),
            columns=(
                Column(label=Text(en="What", sv="Vad")),
                Column(label=Text(en="Value", sv="Värde"), kind="number"),
            ),
            rows=rows,
        )
    if check.name in TABLES and check.table:
        yield TABLES[check.name](check)


def check_row(key: str, value: float | int | str, check: str = "") -> tuple[Text, Text]:
    """What a value of a check is called, and the value."""
    words = {**VALUES, **DIAGNOSTIC_VALUES, **VALUES_OF.get(check, {}), **OWN_VALUES.get(check, {})}
    label, share = words.get(key, (same(key), False))
    if isinstance(value, str):
        own = {**(WORDS_OF if check in VALUES_OF else {}), **OWN_WORDS.get(check, {})}
        return label, {**CHECK_WORDS, **own}.get(value, same(value))
    if isinstance(value, int):
        return label, number(value)
    return label, percent(value) if share else four_decimals(value)
