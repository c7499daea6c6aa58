"""Second route for what a rate card must not count: one period in two forms, codes for no value, and sums of others."""

from collections.abc import Sequence
from fractions import Fraction

from effekt.exceptions import DataError
from effekt.independent.columns import number
from effekt.independent.periods import span

SUMS = {"riket", "nationen", "landet", "sverige", "sweden", "summa", "summan", "sum", "alla", "all", "samtliga"}
SUMS |= {"tot", "totalresultat", "totalantal", "sammanlagt", "sammantaget", "summering", "summarad", "σ", "∑"}
SUMS |= {"riks", "nationellt", "subtotal", "hela gruppen", "alla deltagare", "resultat", "antal"}
SUMS |= {"övriga länet", "övriga landet", "övriga sverige", "rest of the county"}
SUMS |= {
    f"{part}{word}{end}"
    for part in ("", "hela ", "alla ", "sub", "grand ")
    for word, ends in (
        ("total", ("", "t", "en", "summa", "summan")),
        ("riket", ("", " totalt")),
        ("landet", ("",)),
        ("sverige", ("",)),
        ("kommuner", ("",)),
        ("regioner", ("",)),
        ("län", ("",)),
    )
    for end in ends
}


def refuse_mixture(times: Sequence[str], name: str) -> None:
    """Raise where cells of time are of several kinds, or one of them in two spellings; numbers are one kind."""
    kinds = {cell: _kind(cell) for cell in dict.fromkeys(times)}
    if (0, "") in kinds.values() and all(map(_counts, kinds)):
        kinds = dict.fromkeys(kinds, (0, ""))
    spellings: dict[str, str] = {}
    for row, cell in enumerate(times, start=1):
        plain = cell.replace("-", " ").replace("_", " ").casefold()
        twice = kinds[cell] == (0, "") and spellings.setdefault(plain, cell) != cell
        if twice or kinds[cell] != kinds[times[0]]:
            raise DataError(
                f"column {name!r} must hold one kind of period, day or milestone, which row {row} does not; write all "
                "in one form."
            )


def refuse_code(values: Sequence[Fraction], name: str, floor: Fraction) -> None:
    """Raise for a value below 0, and below a floor that is, where all others are 0 and 1."""
    if {value for value in values if value >= 0} in ({0}, {1}, {0, 1}):
        for row, value in enumerate(values, start=1):
            if value < 0 and value < floor:
                raise DataError(
                    f"column {name!r} must not be below 0 where it is else 0 or 1, which row {row} is; leave the cell "
                    "empty if the outcome is not known, or give a `min_per_unit` that is not above it."
                )


def refuse_sum_of_others(units: Sequence[str], periods: Sequence[str], values: Sequence[Fraction], name: str) -> None:
    """Raise for a unit called a sum that is that of the units not called so in all its periods, of several in one."""
    called = {own for own in units if _whole_name(own) in SUMS}
    sums: dict[str, Fraction] = {}
    several: dict[str, int] = {}
    for own, period, value in zip(units, periods, values, strict=True):
        if called and own not in called:
            sums[period] = sums.get(period, Fraction(0)) + value
            several[period] = several.get(period, 0) + bool(value)
    for total in called:
        rows = [row for row, own in enumerate(units) if own == total]
        if any(several.get(periods[row], 0) > 1 for row in rows) and all(
            values[row] == sums.get(periods[row], 0) for row in rows
        ):
            raise DataError(
                f"column {name!r} must not hold the sum of its other units, which begins in row {rows[0] + 1}; leave "
                "that unit out."
            )


def _whole_name(unit: str) -> str:
    """Return a name in small letters without brackets, or a stop or colon at its end."""
    return unit.split("(")[0].casefold().strip().rstrip(":. ")


def _counts(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


def _kind(cell: str) -> tuple[int, str]:
    """Return the months of a period, or the signs of a day or a moment; of other words nothing."""
    signs = "".join("9" if sign.isdigit() else sign for sign in cell.split(".")[0])
    try:
        months = span(cell)[1]
    except ValueError:
        return (0, signs if signs.startswith("9999-99-99") else "")
    return (months, "/" if "/" in cell else "") if months else (0, signs)
