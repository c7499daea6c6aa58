"""A unit of employments that holds the people of all others, as the nation's beside its municipalities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effekt.exceptions import DataError
from effekt.registers.records import Record, Records

FEWEST_UNITS = 2  # of which another is the whole, and people in them: all of fewer may work in one more
FEWEST_PEOPLE = 3
SHARE = 0.5  # of everybody that must stand in them too: of a large employer's staff a few have a second job


def check_no_whole(
    column: str, staff: Records, held: Mapping[str, Sequence[tuple[int, int, tuple[Record, ...]]]]
) -> None:
    """Refuse a unit in which everybody is employed on each day of an employment in any other, most of them in one."""
    wholes = {job.unit for job in staff.records}
    for layers in held.values():
        for _, _, holding in layers:
            wholes.intersection_update(job.unit for job in holding)
        if not wholes:
            return
    others = [job for job in staff.records if job.unit not in wholes]
    people, everybody = {job.person for job in others}, {job.person for job in staff.records}
    if len({job.unit for job in others}) >= FEWEST_UNITS and len(people) >= max(FEWEST_PEOPLE, SHARE * len(everybody)):
        where = next(where for unit, where in staff.unit_places.items() if unit in wholes)
        raise DataError(
            f"In `employments`: Column {column!r} must not name a whole beside its parts, as each person's days would "
            f"be divided between them; the unit that begins at {where} employs everybody on each day of any other "
            "employment, as the nation does beside its municipalities. Leave its rows out."
        )
