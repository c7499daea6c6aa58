"""Real data, each in its own folder with source, terms, units and codebook."""

from __future__ import annotations

from importlib.resources import as_file, files

from effekt.tables import Table, read_table


def helsingborg() -> Table:
    """Total sick leave among the staff of eleven Swedish municipalities, 2014 to 2018.

    Returns
    -------
    Table
        55 rows: `municipality`, `year`, and `sick_leave_percent`, total sick leave in per cent of ordinary working
        time.

    Notes
    -----
    Meant for placebo studies: no intervention in a single municipality is known, so what a comparison finds here counts
    as what it finds by chance. The outcome is total, not short-term, sick leave.

    References
    ----------
    Familjen Helsingborg, *personalnyckeltal* (staff key figures), from the municipalities' statutory sick-leave
    accounts. Terms and codebook stand in ``helsingborg/README.md`` beside this file.

    Examples
    --------
    >>> table = helsingborg()
    >>> len(table), table.columns
    (55, ('municipality', 'year', 'sick_leave_percent'))
    """
    with as_file(files("effekt.datasets") / "helsingborg" / "helsingborg_sick_leave.csv") as path:
        return read_table(path)
