"""The synthetic data of the cases, from effekt.datasets with fixed seeds; run as a script it writes the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import numpy as np

from effekt import datasets
from effekt.datasets import Cohort
from effekt.workflow import case


def cohorts() -> dict[str, Cohort]:
    """The cohort of each case, with its truth."""
    months = {"first": "2016-01", "last": "2021-12", "effect_start": "2019-01", "n_municipalities": 40}
    return {
        "botkyrka": datasets.sick_leave_panel(rng=11, **months),
        "ornskoldsvik": datasets.sick_leave_panel(rng=12, effect=0.0, **months),
        "botkyrka-municipality": datasets.sick_leave_panel(rng=11, **months),
        "ornskoldsvik-municipality": datasets.sick_leave_panel(rng=12, effect=0.0, **months),
        "koto-sib": datasets.trial(rng=13, n=2_000, effect=2_670.0, mean=12_000.0, sd=6_000.0),
        "finnish-sick-leave": datasets.two_group_panel(
            rng=14, n_units=40, n_periods=4, n_before=2, first_year=2014, effect=-1.0, level=12.0, trend=0.0
        ),
        "finnish-children": datasets.trial(
            rng=15, n=120, effect=-2_000.0, mean=10_000.0, sd=3_000.0, outcome="skewed", population="finite"
        ),
        "danish-dsk": datasets.trial(rng=16, n=80, effect=0.2, mean=0.3, outcome="binary", population="finite"),
        "price-formulas": datasets.trial(rng=17, n=120, effect=0.2, mean=0.5, outcome="binary", population="finite"),
        "norwegian-recidivism": datasets.trial(rng=18, n=1_000, effect=-0.1, mean=0.5, outcome="binary"),
        "klippan": datasets.trial(rng=19, n=66, share_treated=1 / 3, effect=-0.25, mean=0.5, outcome="binary"),
        "outcome-fund": datasets.trial(
            rng=20, n=120, effect=-3.0, mean=12.0, sd=4.0, outcome="skewed", population="finite"
        ),
        "outcome-fund/grades": datasets.trial(
            rng=21, n=40, effect=0.2, mean=0.4, outcome="binary", population="finite"
        ),
        "vgr-attendance": datasets.trial(
            rng=22, n=60, effect=-4.0, mean=20.0, sd=1.5, outcome="skewed", population="finite"
        ),
        "rate-card": datasets.trial(rng=167, n=288, effect=0.2, mean=0.3, outcome="binary", population="finite"),
        "rate-card/home": datasets.trial(rng=50, n=288, effect=0.15, mean=0.2, outcome="binary", population="finite"),
    }


NEWLINES = {"rate-card": "\r\n"}  # an export as Swedish systems write it
PANEL = ("panel.csv", {"municipality": "municipality", "month": "month", "sick_days": "sick_days", "employees": "fte"})
FILES = {
    "botkyrka": PANEL,
    "botkyrka-municipality": PANEL,
    "ornskoldsvik": PANEL,
    "ornskoldsvik-municipality": PANEL,
    "koto-sib": ("people.csv", {"unit": "person", "treatment": "drawn", "outcome": "net_benefit"}),
    "finnish-sick-leave": (
        "workplaces.csv",
        {"unit": "workplace", "year": "year", "treatment": "treated", "outcome": "sick_days"},
    ),
    "finnish-children": ("services.csv", {"unit": "child", "outcome": "cost"}),
    "danish-dsk": ("people.csv", {"unit": "person", "outcome": "in_work"}),
    "price-formulas": ("pupils.csv", {"unit": "pupil", "outcome": "eligible"}),
    "norwegian-recidivism": ("people.csv", {"unit": "person", "treatment": "drawn", "outcome": "reoffended"}),
}
TREATED_ONLY = ("finnish-children", "danish-dsk", "price-formulas")  # their contracts have no comparison group
DIGITS: Mapping[str, int] = {
    "net_benefit": 0,
    "cost": 0,
    "in_work": 0,
    "eligible": 0,
    "reoffended": 0,
    "sick_days": 2,
    "fte": 1,
}


def text(name: str, cohort: Cohort) -> str:
    """The file of a case as it is committed."""
    frame = cohort.table.to_pandas()
    if name in TREATED_ONLY:
        frame = frame[frame["treatment"] == 1]
    columns = FILES[name][1]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns.values())
    for row in zip(*(frame[column] for column in columns), strict=True):
        writer.writerow(_cell(value, own) for value, own in zip(row, columns.values(), strict=True))
    return out.getvalue()


def files(name: str) -> dict[str, str]:
    """Every file of a synthetic case, by its name in the case's folder."""
    drawn = cohorts()
    return SEVERAL[name](drawn) if name in SEVERAL else {FILES[name][0]: text(name, drawn[name])}


def _outcome_fund(drawn: Mapping[str, Cohort]) -> dict[str, str]:
    """Absence of the same pupils without and with the measures, before and after; grades of those who had them."""
    pupils, grades = (drawn[name].table.to_pandas() for name in ("outcome-fund", "outcome-fund/grades"))
    absence = zip(pupils["unit"], pupils["untreated_outcome"], pupils["treated_outcome"], strict=True)
    treated = grades[grades["treatment"] == 1]
    full = zip(treated["unit"], treated["outcome"], strict=True)
    return {
        "absence.csv": "pupil,before,after\n"
        + "".join(f"{pupil},{one:.1f},{two:.1f}\n" for pupil, one, two in absence),
        "grades.csv": "pupil,full_grades\n" + "".join(f"{pupil},{one}\n" for pupil, one in full),
    }


def _klippan(drawn: Mapping[str, Cohort]) -> dict[str, str]:
    """The untreated are the children of 2014 and 2015, the treated those of the third year; in turn in its tertials."""
    frame = drawn["klippan"].table.to_pandas()
    before, after = (frame[frame["treatment"] == arm] for arm in (0, 1))
    years = {
        "taken-2014.csv": (before[: len(after)], ("2014T1", "2014T2", "2014T3")),
        "taken-2015.csv": (before[len(after) :], ("2015T1", "2015T2", "2015T3")),
        "taken-third-year.csv": (after, ("2018T3", "2019T1", "2019T2")),
    }
    return {
        file: "child,tertial,taken\n"
        + "".join(
            f"{child},{tertials[place % 3]},{taken}\n"
            for place, (child, taken) in enumerate(zip(rows["unit"], rows["outcome"], strict=True))
        )
        for file, (rows, tertials) in years.items()
    }


def _vgr_attendance(drawn: Mapping[str, Cohort]) -> dict[str, str]:
    """Recorded absence of the same pupils without and with the measures: as recording doubles, and as it is steady."""
    frame = drawn["vgr-attendance"].table.to_pandas()
    recorded = {"dexter.csv": (0.50, 0.90), "dexter-steady.csv": (0.90, 0.92)}
    return {
        file: "pupil,before,after\n"
        + "".join(
            f"{pupil},{before * one:.1f},{after * two:.1f}\n"
            for pupil, one, two in zip(frame["unit"], frame["untreated_outcome"], frame["treated_outcome"], strict=True)
        )
        for file, (before, after) in recorded.items()
    }


def _rate_card(drawn: Mapping[str, Cohort]) -> dict[str, str]:
    """The treated months of two cohorts in turn, six of each of 24 people: worked, and lived in a home of their own."""
    frames = [drawn[name].table.to_pandas() for name in ("rate-card", "rate-card/home")]
    work, home = (frame[frame["treatment"] == 1]["outcome"] for frame in frames)
    rows = enumerate(zip(work, home, strict=True))
    return {
        "months.csv": "person;manad;arbetad_manad;eget_boende\n"
        + "".join(f"{n // 6 + 1:04};2023-{n % 6 + 1:02};{one};{two}\n" for n, (one, two) in rows)
    }


SEVERAL = {
    "klippan": _klippan,
    "outcome-fund": _outcome_fund,
    "vgr-attendance": _vgr_attendance,
    "rate-card": _rate_card,
}


def _cell(value: object, column: str) -> str:
    if column not in DIGITS:
        return str(value)
    assert isinstance(value, int | float | np.number)
    return f"{float(value):.{DIGITS[column]}f}"


if __name__ == "__main__":
    for name in (*FILES, *SEVERAL):
        for file, content in files(name).items():
            (case(name) / file).write_text(content, encoding="utf-8", newline=NEWLINES.get(name))
