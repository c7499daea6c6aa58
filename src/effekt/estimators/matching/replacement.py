"""Abadie and Imbens's comparison of a match with replacement: which units it needs beside the matched ones.

The variance of an outcome given the covariates is learnt from neighbours in the same arm, matched or not, at the
distance of the match; so the columns of the match are read again, from the table of the comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from effekt import _linalg
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._text import Text, format_number, significant
from effekt._types import FloatArray, IntArray, Table
from effekt._validation import check_integer, check_names, check_option, did_you_mean
from effekt.estimators._propensity import LINKS, fit_propensity
from effekt.estimators.matching.abadie_imbens import Comparison, Matched, compare
from effekt.estimators.matching.controls import design_of
from effekt.estimators.matching.design import Cohort, Design, pair_weights
from effekt.estimators.matching.distances import mahalanobis
from effekt.estimators.matching.estimated_propensity import Score, score_of
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.outcomes import Groups, Outcomes, outcome_of_all
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Note
from effekt.tables import called

NAME = "abadie_imbens"
ESTIMATED = "abadie_imbens_estimated"  # with the propensity of the match counted as estimated
NAMES = (NAME, ESTIMATED)
SAME = 1e-9  # distances that differ by less, relative to their size (absolute below 1), are those of the match


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the comparison with `variance="abadie_imbens"` reads; `estimated` where the propensity counts as that."""

    bias_adjustment: tuple[str, ...]
    population: Literal["PATT", "SATT"]
    neighbours: int
    estimated: bool = False

    def plain(self) -> dict[str, Any]:
        """The choices as they stand in a contract."""
        return {
            "bias_adjustment": list(self.bias_adjustment),
            "population": self.population,
            "neighbours": self.neighbours,
        }


def read_choices(
    taken: Mapping[str, Any],
    variance: str | None,
    *,
    bias_adjustment: str | Sequence[str],
    population: Literal["PATT", "SATT"] | None,
    neighbours: int | None,
) -> Choices | None:
    """The checked choices, None under another variance, which must leave them at their defaults."""
    names = check_names("bias_adjustment", bias_adjustment)
    if population is not None:
        check_option("population", population, ("PATT", "SATT"))
    if neighbours is not None:
        check_integer("neighbours", neighbours, 0)
    if variance not in NAMES:
        _refuse_unread(bias_adjustment=names or None, population=population, neighbours=neighbours)
        return None
    if variance == ESTIMATED:
        _check_estimated(taken, names, population, neighbours)
    covariates = taken["covariates"]
    for name in names:
        if name not in covariates:
            raise ArgumentError(
                f"`bias_adjustment` must name covariates of the match; got {name!r}.{did_you_mean(name, covariates)}"
            )
    return Choices(
        bias_adjustment=names,
        population=population or "PATT",
        neighbours=1 if neighbours is None else neighbours,
        estimated=variance == ESTIMATED,
    )


_EITHER = f"variance='{NAME}' or variance='{ESTIMATED}'"
_READ_BY = {
    "bias_adjustment": f"variance='{NAME}', which alone reads it",
    "population": f"`covariates` are given, or {_EITHER}, which alone read it",
    "neighbours": f"{_EITHER}, which alone read it",
}


def _refuse_unread(**choices: object) -> None:
    for name, value in choices.items():
        if value is not None:
            raise ArgumentError(f"`{name}` must be left out unless {_READ_BY[name]}; got {value!r}.")


def beside_the_propensity(taken: Mapping[str, Any]) -> str | None:
    """What else than the estimated propensity has a part in who is compared with whom; None where nothing has."""
    if taken["distance"] != "propensity":
        return f"distance={taken['distance']!r}"
    named = ("exact", "caliper", "calipers", "discard", "reuse")
    return next((f"`{name}` of the match" for name in named if taken.get(name)), None)


def _check_estimated(
    taken: Mapping[str, Any], bias_adjustment: tuple[str, ...], population: str | None, neighbours: int | None
) -> None:
    """Refuse what Abadie and Imbens (2016) have no variance for: anything but a match by the propensity alone."""
    found = beside_the_propensity(taken)
    if found is not None:
        raise ArgumentError(
            f"`variance` must be '{NAME}' or 'CR2' for this match, because '{ESTIMATED}' is that of a match by the "
            f"propensity alone; got {found}."
        )
    for name, value, why in (
        ("bias_adjustment", bias_adjustment, "it has no bias adjustment"),
        ("population", population if population == "SATT" else None, "it is for the population"),
        ("neighbours", "0" if neighbours == 0 else None, "covariances are estimated from neighbours"),
    ):
        if value:
            got = value if name == "neighbours" else repr(list(value) if isinstance(value, tuple) else value)
            raise ArgumentError(f"`{name}` must be left out with variance='{ESTIMATED}': {why}; got {got}.")


def compare_with_replacement(
    data: Table, match: Match, outcome: str, outcomes: Outcomes, groups: Groups, choices: Choices
) -> tuple[Inference, Means | None, tuple[Note, ...]]:
    """The normal reference, or why there is none; the means, where an adjustment moved them; and what to know.

    `outcomes` are those of the match, from the same table.

    Raises
    ------
    DataError
        When the covariates of the adjustment are missing, or collinear among the units that serve as matches.
    """
    found = _rows(data, match, outcome, outcomes, groups, choices)
    if isinstance(found, Text):
        if choices.bias_adjustment:
            raise DataError(f"`bias_adjustment` must be empty here. {found.en}")
        return Unavailable(reason=found), None, ()
    rows, regressors, names, cohort = found
    score = None
    if cohort is not None:
        if len(rows.outcome) < len(cohort.treated):
            return Unavailable(reason=_EVERY_OUTCOME), None, ()
        score = _score(cohort, match.arguments.get("propensity", "logit"))
    try:
        compared = compare(
            rows,
            population=choices.population,
            neighbours=choices.neighbours,
            regressors=regressors if choices.bias_adjustment else None,
            score=score,
        )
    except _linalg.CollinearColumnError as dependent:
        raise _collinear(names, dependent.index) from None
    means = compared.means if choices.bias_adjustment else None
    return compared.inference, means, _notes(compared, choices, groups.estimand)


def _collinear(names: Sequence[str], index: int) -> DataError:
    if index == 0:
        return DataError(
            "`bias_adjustment` must name at least two columns fewer than there are units that serve as matches; there "
            "are too few. Leave some out."
        )
    return DataError(
        f"{called(names[index - 1])} must vary among the units that serve as matches, and not be a linear combination "
        "of the other columns of `bias_adjustment` there. Leave it out of `bias_adjustment`."
    )


def _score(cohort: Cohort, link: str) -> Score:
    """The propensity that the units were matched on."""
    model = fit_propensity(cohort.treated, cohort.covariates, cohort.names, link)
    alike = mahalanobis(cohort.covariates, cohort.treated, cohort.names).coordinates()
    return score_of(model, cohort.covariates, alike)


def _rows(
    data: Table, match: Match, name: str, outcomes: Outcomes, groups: Groups, choices: Choices
) -> tuple[Matched, FloatArray, Sequence[str], Cohort | None] | Text:
    """All units with an outcome, with the pairs among them and their covariates of the adjustment; or why not.

    With them the cohort, where a propensity is fitted to it: else its covariates need not be held.
    """
    taken = match.arguments
    if taken.get("propensity", "logit") not in LINKS:
        return _CLASSIFIER
    if not set(taken["covariates"]) | set(taken["exact"]) <= set(data.columns):
        return _OTHER_TABLE
    design = design_of(data, taken, match.unit_table().scores)
    rows = match.unit_table().places_in(design.cohort.labels)
    if not _is_same(design, match, rows):
        return _OTHER_TABLE
    outcome = outcome_of_all(data, match, name, design.cohort.labels, outcomes)
    finite = np.isfinite(outcome)
    number: IntArray = np.arange(len(finite)) if finite.all() else np.cumsum(finite) - 1
    there: IntArray | slice = slice(None) if finite.all() else np.flatnonzero(finite)  # a slice copies nothing
    treated, control = number[rows[groups.links.treated]], number[rows[groups.links.control]]
    focal, other = replace(groups.links, treated=treated, control=control).turns(groups.estimand)
    assert design.coordinates is not None
    places = design.cohort.places(choices.bias_adjustment)
    order = design.scores.order if design.metric is None and design.scores is not None else None
    if order is not None and not finite.all():
        order = number[order[finite[order]]]
    return (
        Matched(
            outcome=outcome[there],
            treated=design.cohort.treated[there],
            coordinates=design.coordinates[there],
            strata=design.cohort.strata[there],
            focal=focal,
            other=other,
            share=pair_weights(focal),
            order=order,
        ),
        design.cohort.covariates[:, places][there],
        [design.cohort.names[place] for place in places],
        design.cohort if choices.estimated else None,
    )


def _is_same(design: Design, match: Match, rows: IntArray) -> bool:
    """Whether all matched units are there, as far apart as when they were matched, and alike in the exact columns."""
    table = match.unit_table()
    if np.any(rows < 0) or design.coordinates is None:
        return False
    first, second = rows[table.first], rows[table.second]
    if np.any(design.cohort.strata[first] != design.cohort.strata[second]):
        return False
    gaps = design.coordinates[first] - design.coordinates[second]
    distance = np.sqrt(np.sum(gaps**2, axis=1))
    return bool(np.all(np.abs(distance - table.distance) <= SAME * np.maximum(1.0, table.distance)))


_OTHER_TABLE = Text(
    en="The variance of Abadie and Imbens needs the table that the match was made on, because it is computed from "
    "neighbours in the covariates, matched or not.",
    sv="Abadies och Imbens varians kräver den tabell som matchningen gjordes på, eftersom den beräknas från grannar i "
    "kovariaterna, matchade eller inte.",
)
_CLASSIFIER = Text(
    en="The variance of Abadie and Imbens is computed from neighbours in the propensity, which is not estimated again "
    "when it comes from a classifier.",
    sv="Abadies och Imbens varians beräknas från grannar i behandlingssannolikheten, som inte skattas på nytt när den "
    "kommer från en klassificerare.",
)

_EVERY_OUTCOME = Text(
    en="The variance with the propensity counted as estimated needs the outcome of every unit, matched or not, because "
    "all of them are what the propensity is estimated from.",
    sv="Variansen där behandlingssannolikheten räknas som skattad kräver utfallet för varje enhet, matchad eller inte, "
    "eftersom den skattas från dem alla.",
)


def _notes(compared: Comparison, choices: Choices, estimand: str) -> tuple[Note, ...]:
    notes = {}
    if choices.bias_adjustment:
        notes["bias_adjustment"] = _adjusted(compared, choices.bias_adjustment, estimand)
    if isinstance(compared.inference, StudentT) and compared.short:
        notes["short_neighbours"] = _short(compared.short, choices.neighbours)
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _adjusted(compared: Comparison, names: Sequence[str], estimand: str) -> Text:
    listed, raw = ", ".join(names), compared.effect + compared.bias
    each_en, each_sv = (" of each arm", " i varje grupp") if estimand == "ATE" else ("", "")
    return Text(
        en=f"What remained unlike within the pairs in {listed} is taken out of the effect by a regression among the "
        f"units{each_en} that serve as matches; without it the effect would be {significant(raw, 'en')} and not "
        f"{significant(compared.effect, 'en')}.",
        sv=f"Det som skilde inom paren i {listed} är borttaget ur effekten med en regression bland de enheter{each_sv} "
        f"som används som matchningar; utan den skulle effekten vara {significant(raw, 'sv')} och inte "
        f"{significant(compared.effect, 'sv')}.",
    )


def _short(short: int, neighbours: int) -> Text:
    return Text(
        en=f"Units with fewer than {neighbours} neighbours in their own arm with the same values of the exact columns, "
        f"whose variances are computed from those there are: {format_number(short, 'en')}.",
        sv=f"Enheter med färre än {neighbours} grannar i sin egen grupp med samma värden i de exakta kolumnerna, vars "
        f"varianser beräknas från dem som finns: {format_number(short, 'sv')}.",
    )
