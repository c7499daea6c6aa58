"""Real data, each in its own folder with source, terms, units and codebook."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import as_file, files

import numpy as np

from effekt.exceptions import DataError
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


def nsw() -> Table:
    """Men of the National Supported Work experiment, 185 treated and 260 controls (Dehejia–Wahba sample).

    Returns
    -------
    Table
        445 rows: `unit` (arm and row number), `treat` (0/1), `age`, `educ` (years), `black`, `hisp`, `marr`, `nodegree`
        (0/1), and earnings in US dollars in 1974, 1975 and 1978: `re74`, `re75`, `re78`.

    Raises
    ------
    DataError
        When the package `causaldata`, which holds the rows, is not installed.

    References
    ----------
    LaLonde, R. (1986). Evaluating the econometric evaluations of training programs with experimental data. *American
    Economic Review* 76, 604–620.

    Dehejia, R. & Wahba, S. (1999). Causal effects in nonexperimental studies. *JASA* 94, 1053–1062.
    doi:10.1080/01621459.1999.10473858

    Examples
    --------
    >>> table = nsw()
    >>> len(table)
    445
    """
    return _with_units(_rows("nsw_mixtape"))


def nsw_cps() -> Table:
    """The same 185 treated men with 15 992 controls from the Current Population Survey.

    Returns
    -------
    Table
        16 177 rows with the columns of `nsw`. Many controls agree in every covariate, so ties are real.

    Raises
    ------
    DataError
        When the package `causaldata`, which holds the rows, is not installed.

    References
    ----------
    Dehejia, R. & Wahba, S. (1999). Causal effects in nonexperimental studies. *JASA* 94, 1053–1062.
    doi:10.1080/01621459.1999.10473858

    Examples
    --------
    >>> len(nsw_cps())
    16177
    """
    treated, survey = _rows("nsw_mixtape"), _rows("cps_mixtape")
    men = [i for i, arm in enumerate(treated["treat"]) if arm == 1]
    return _with_units({name: [column[i] for i in men] + survey[name] for name, column in treated.items()})


def _rows(name: str) -> dict[str, list[float]]:
    try:
        source = import_module(f"causaldata.{name}")
    except ImportError:
        raise DataError(
            "The NSW rows come with the package causaldata, which is not installed; run: pip install causaldata"
        ) from None
    frame = source.load_pandas().data.drop(columns="data_id")
    return {str(column): frame[column].tolist() for column in frame.columns}


def _with_units(rows: dict[str, list[float]]) -> Table:
    arms = [int(arm) for arm in rows["treat"]]
    seen = {0: 0, 1: 0}
    units = []
    for arm in arms:
        seen[arm] += 1
        units.append(f"{'treated' if arm else 'control'}-{seen[arm]}")
    numbers = {name: np.asarray(column, float) for name, column in rows.items() if name != "treat"}
    return Table({"unit": units, "treat": np.asarray(arms), **numbers}, name="the NSW data")
