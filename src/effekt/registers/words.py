"""The ledger of a sick-leave extract: counts, and the sentences that tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from effekt._text import Text, format_number
from effekt._validation import join_words
from effekt.registers.records import Record, Records
from effekt.registers.sick_periods import SHORT, Overlap, SickPeriod
from effekt.result import Diagnostic


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Counts over all persons; none of them names one."""

    sick: Records
    staff: Records
    window: str
    definition: str
    periods: int = 0
    relapses: int = 0
    truncated: int = 0
    open: int = 0
    overlapping: int = 0
    capped_days: int = 0
    unemployed: int = 0
    outside: int = 0
    undetermined: int = 0
    before: int = 0
    above: int = 0
    fewest: int = 0
    lengths: list[int] = field(default_factory=list)

    def employ(self, held: Sequence[tuple[int, int, tuple[Record, ...]]]) -> None:
        """Count one person whose employments add to more than full time on some day."""
        self.above += any(sum(job.part for job in jobs) > 1 for _, _, jobs in held)

    def take(self, spells: Sequence[Record], found: Sequence[SickPeriod], overlap: Overlap, first: int) -> None:
        """Count one person's spells and sick periods."""
        self.periods += len(found)
        self.relapses += len(spells) - len(found)
        self.truncated += sum(one.length > SHORT for one in found)
        self.open += sum(not one.ended for one in found)
        self.overlapping += overlap.overlapping
        self.capped_days += overlap.capped_days
        self.before += sum(spell.first < first for spell in spells)
        self.lengths += [one.length for one in found if one.ended]


def ledger(account: Ledger) -> Diagnostic:
    """The counts as a `Diagnostic`; "warning" where a count may have moved the days."""
    values = {
        "spell_rows": account.sick.rows,
        "spells_repeated": account.sick.repeated,
        "spells_alike": account.sick.alike,
        "spells_after_extract": account.sick.late,
        "spells_before_window": account.before,
        "spells_merged": account.relapses,
        "spells_overlapping": account.overlapping,
        "days_capped": account.capped_days,
        "sick_periods": account.periods,
        "sick_periods_over_14_days": account.truncated,
        "sick_periods_open": account.open,
        "people_without_employment": account.unemployed,
        "days_outside_employment": account.outside,
        "days_undetermined": account.undetermined,
        "employment_rows": account.staff.rows,
        "employments_repeated": account.staff.repeated,
        "employments_alike": account.staff.alike,
        "employments_after_extract": account.staff.late,
        "people_above_full_time": account.above,
        "fewest_people": account.fewest,
    }
    doubts = _doubts(account)
    n = {key: (format_number(str(count), "en"), format_number(str(count), "sv")) for key, count in values.items()}
    en = (
        f"Spell rows: {n['spell_rows'][0]}, of which {n['spells_merged'][0]} continued an earlier one. Sick periods: "
        f"{n['sick_periods'][0]}, of which {n['sick_periods_over_14_days'][0]} passed day 14 and "
        f"{n['sick_periods_open'][0]} had not ended."
    )
    sv = (
        f"Frånvarorader: {n['spell_rows'][1]}, varav {n['spells_merged'][1]} fortsatte en tidigare. Sjukperioder: "
        f"{n['sick_periods'][1]}, varav {n['sick_periods_over_14_days'][1]} varade längre än 14 dagar och "
        f"{n['sick_periods_open'][1]} inte hade avslutats."
    )
    return Diagnostic(
        name="sick_leave_ledger",
        status="warning" if doubts else "ok",
        statement=Text(
            en=" ".join([en, *(doubt.en for doubt in doubts)]), sv=" ".join([sv, *(doubt.sv for doubt in doubts)])
        ),
        values={"window": account.window, "definition": account.definition, **values},
    )


def _doubts(account: Ledger) -> list[Text]:
    """A sentence for each count that may have moved the days."""
    before = Text(
        en="No spell starts before the window: if the extract was cut there, days are numbered too low.",
        sv="Ingen frånvaro börjar före fönstret: om uttaget har kapats där får dagarna för låga nummer.",
    )
    doubts = (
        (
            account.overlapping,
            "Spells that overlap another of the same person: {}; their extents are added, to full time at most.",
            "Frånvarorader som överlappar en annan för samma person: {}; omfattningen läggs samman, högst till heltid.",
        ),
        (
            account.above,
            "People whose employments add to more than full time on some day: {}; all of it is counted.",
            "Personer vars anställningar någon dag överstiger heltid: {}; allt räknas.",
        ),
        (
            account.unemployed,
            "People with spells but no employment: {}; none of their days is in the table. They may be written in "
            "another form in the employments.",
            "Personer med frånvaro men utan anställning: {}; inga av deras dagar ingår i tabellen. De kan vara skrivna "
            "på ett annat sätt bland anställningarna.",
        ),
        (
            account.outside,
            "Sick days without an employment: {}; they are not in the table.",
            "Sjukdagar utan anställning: {}; de ingår inte i tabellen.",
        ),
        (
            account.undetermined,
            "Sick days of periods that may still pass 14 days after the extract: {}.",
            "Sjukdagar i perioder som efter uttaget ännu kan bli längre än 14 dagar: {}.",
        ),
    )
    return [
        *([before] if account.before == 0 else []),
        *_of_repeats(account.sick, Text(en="Spell rows", sv="Frånvarorader")),
        *_of_repeats(account.staff, Text(en="Employment rows", sv="Anställningsrader")),
        *(
            Text(en=en.format(format_number(str(count), "en")), sv=sv.format(format_number(str(count), "sv")))
            for count, en, sv in doubts
            if count > 0
        ),
    ]


def _of_repeats(table: Records, rows: Text) -> Iterator[Text]:
    """Which rows of a table are one row or may be; columns are named, cells are not."""
    if table.repeated:
        yield Text(
            en=f"{rows.en} that repeat another in every column: {format_number(str(table.repeated), 'en')}; each "
            "counts once.",
            sv=f"{rows.sv} som upprepar en annan i alla kolumner: {format_number(str(table.repeated), 'sv')}; var och "
            "en räknas en gång.",
        )
    if table.alike:
        columns = list(map(repr, table.apart))
        yield Text(
            en=f"{rows.en} that agree with another in every column but {join_words(columns)}: "
            f"{format_number(str(table.alike), 'en')}; each is counted. Where it is one row delivered twice, give the "
            "table without the column that sets the two apart.",
            sv=f"{rows.sv} som stämmer med en annan i alla kolumner utom {join_words(columns, 'eller')}: "
            f"{format_number(str(table.alike), 'sv')}; var och en räknas. Där det är en rad som har levererats två "
            "gånger, ge tabellen utan den kolumn som skiljer de två åt.",
        )
