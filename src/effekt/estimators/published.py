"""Published aggregates: rates of treated and comparison cohorts as a report prints them."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from effekt._exact import scaled_integers
from effekt._inference import Means, Unavailable
from effekt._text import Text
from effekt._types import BoolArray, Table
from effekt._validation import check_option, check_roles
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, EffectSet, ExactMeans, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Selection, as_table

_NO_INFERENCE = Text(
    en="Published aggregates do not say how outcomes vary between people, so there is no inference.",
    sv="Publicerade medelvärden säger inte hur utfallen varierar mellan personer, så osäkerheten är okänd.",
)
_NOTE = Note(
    code="published_aggregates",
    text=Text(
        en="The means are taken from a publication and cannot be recomputed here; how the comparison group was "
        "chosen is the publication's responsibility.",
        sv="Medelvärdena är hämtade ur en publikation och kan inte räknas om här; hur jämförelsegruppen valts svarar "
        "publikationen för.",
    ),
)


Comparison: TypeAlias = Literal["matched", "before_after"]
_NOT_CAUSAL = Note(
    code="before_after",
    text=Text(
        en="The comparison is the same group's own past: the change is shown, not an effect.",
        sv="Jämförelsen är samma grupps egen historia: en förändring visas, inte en effekt.",
    ),
)


def published_comparison(
    data: Table,
    *,
    outcome: tuple[str, str] | Outcome,
    cohort: str,
    treatment: str,
    comparison: Comparison | None = None,
) -> EffectSet:
    """Effects of cohorts whose treated and comparison rates were published, without inference.

    Parameters
    ----------
    data : table
        Two rows per cohort: treated and comparison.
    outcome : (str, str) or Outcome
        Columns (numerator, denominator), such as reconviction events and people.
    cohort, treatment : str
        Columns; `treatment` is 1 for the treated row and 0 for its comparison.
    comparison : {"matched", "before_after"}, optional
        How the publication says that it chose the comparison: people matched to the treated, or the treated before.
        None for any other, such as a register's share or another place.

    Returns
    -------
    EffectSet
        The ATT of each cohort, labelled by cohort, as exact fractions; with ``comparison="before_after"`` the change,
        which is no effect. `combine` pools cohorts with fixed weights.

    Raises
    ------
    DataError
        When a cohort does not have exactly one treated and one comparison row, a denominator is not positive, or a
        numerator is negative.

    Notes
    -----
    Assumes that the published comparison rate is what the treated would have had without the intervention.

    References
    ----------
    Jolliffe, D. & Hedderman, C. (2014). Peterborough Social Impact Bond: final report on cohort 1 analysis. Ministry of
    Justice, London: 142 against 155 reconviction events per 100 people.

    Examples
    --------
    >>> import effekt
    >>> data = {"cohort": [1, 1], "group": [1, 0], "events": [142, 155], "people": [100, 100]}
    >>> cohorts = effekt.published_comparison(data, outcome=("events", "people"), cohort="cohort", treatment="group")
    >>> cohorts[1].relative().exact_estimate
    Fraction(-13, 155)
    """
    if comparison is not None:
        check_option("comparison", comparison, get_args(Comparison))
    measured = as_outcome(outcome)
    if len(measured.columns) != 2:
        raise ArgumentError("`outcome` must be a (numerator, denominator) pair of columns, such as events and people.")
    roles = [("cohort", cohort), ("treatment", treatment)]
    check_roles([*(("outcome", column) for column in measured.columns), *roles])
    rows = as_table(data).select(labels=(cohort,), numbers=(treatment, *measured.columns))
    values = rows.numbers[treatment]
    rows.refuse((values != 0) & (values != 1), treatment, "must hold 0 and 1", "Code the treated row 1, the other 0.")
    denominators = rows.numbers[measured.columns[1]]
    rows.refuse(denominators <= 0, measured.columns[1], "must hold positive denominators", "Correct the data.")
    numerator = measured.columns[0]
    rows.refuse(rows.numbers[numerator] < 0, numerator, "must hold numerators of at least 0", "Correct the data.")
    names = rows.labels[cohort].names
    effects = tuple(_cohort_effect(rows, measured, cohort, treatment, comparison, code) for code in range(len(names)))
    return EffectSet(labels=names, effects=effects, notes=effects[0].notes)


def _cohort_effect(
    rows: Selection, outcome: Outcome, cohort: str, treatment: str, comparison: Comparison | None, code: int
) -> EffectEstimate:
    own = rows.labels[cohort].codes == code
    treated, control = own & (rows.numbers[treatment] == 1), own & (rows.numbers[treatment] == 0)
    if treated.sum() != 1 or control.sum() != 1:
        raise DataError(
            f"Column {cohort!r} must name one treated and one comparison row per cohort; the cohort at "
            f"{rows.first(own)} has {int(treated.sum())} treated and {int(control.sum())} comparison. Add up the rows "
            "of one kind, or add the missing one."
        )
    means = ExactMeans(treated=_rate(rows, outcome, treated), counterfactual=_rate(rows, outcome, control))
    name, past = rows.labels[cohort].names[code], comparison == "before_after"
    return EffectEstimate(
        means=Means(treated=float(means.treated), counterfactual=float(means.counterfactual)),
        exact=means,
        inference=Unavailable(reason=_NO_INFERENCE),
        estimand=Estimand(
            name="before_after" if past else "ATT", population=Text(en=f"cohort {name}", sv=f"kohort {name}")
        ),
        outcome=outcome,
        method="published_comparison",
        variance="none/1",
        sample=Sample(n_obs=2),
        observed=Observed(treated=float(means.treated), control=float(means.counterfactual)),
        arguments={
            "outcome": {"column": list(outcome.columns), "unit": outcome.unit, "better": outcome.better},
            "cohort": cohort,
            "treatment": treatment,
            **({} if comparison is None else {"comparison": comparison}),
        },
        notes=(_NOTE, _NOT_CAUSAL) if past else (_NOTE,),
    )


def _rate(rows: Selection, outcome: Outcome, chosen: BoolArray) -> Fraction:
    (numerator,), above = scaled_integers(rows.numbers[outcome.columns[0]][chosen])
    (denominator,), below = scaled_integers(rows.numbers[outcome.columns[1]][chosen])
    return Fraction(numerator * below, denominator * above)
