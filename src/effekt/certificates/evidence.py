"""What a design can and cannot show: an evidence level computed from the method, and the limits of its figure.

Levels follow the Maryland scientific methods scale (Sherman et al. 1998, *Preventing crime: what works, what doesn't,
what's promising*, National Institute of Justice, NCJ 171676): 5 randomised, 4 natural experiment, 3 comparison group
before and after, 2 weaker comparison or none, 1 association.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from effekt._text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a method's figure may be called.

    Attributes
    ----------
    level : int or None
        1 to 5; None when the figure is no effect.
    label : Text
        The design in words.
    limits : tuple of Text
        What the figure does not show.
    """

    level: int | None
    label: Text
    limits: tuple[Text, ...]


_TREND = Evidence(
    level=2,
    label=Text(
        en="Trend-adjusted comparison with a historic reference",
        sv="Trendjusterad jämförelse med en historisk referens",
    ),
    limits=(
        Text(
            en="The counterfactual assumes that without the intervention the treated would have followed the "
            "comparator's trend; no data can show that they would.",
            sv="Det kontrafaktiska värdet förutsätter att de behandlade utan insatsen hade följt jämförelsens trend; "
            "inga data kan visa att de hade gjort det.",
        ),
        Text(
            en="With one treated unit, anything else that happened only there in the same years is part of the figure.",
            sv="Med en enda behandlad enhet ingår allt annat som bara hände där under samma år i siffran.",
        ),
        Text(
            en="If the unit was chosen because its level was high, part of the fall would have come anyway.",
            sv="Om enheten valdes för att dess nivå var hög hade en del av minskningen kommit ändå.",
        ),
        Text(
            en="A change in what is recorded counts as a change in the outcome.",
            sv="En ändring i vad som registreras räknas som en ändring av utfallet.",
        ),
    ),
)

_BEFORE_AFTER = Evidence(
    level=2,
    label=Text(en="Before–after, not an effect", sv="Före–efter, inte en effekt"),
    limits=(
        Text(
            en="Nothing separates the intervention from all else that changed.",
            sv="Inget skiljer insatsen från allt annat som förändrades.",
        ),
    ),
)

_RANDOMIZED = Evidence(
    level=5,
    label=Text(en="Randomised trial, intention to treat", sv="Randomiserat försök, enligt behandlingsavsikt"),
    limits=(
        Text(
            en="The figure is for those who were assigned, in this place and time; loss to follow-up that differs "
            "between the arms would bias it.",
            sv="Siffran gäller dem som lottades, på denna plats och tid; bortfall som skiljer sig mellan grupperna "
            "skulle snedvrida den.",
        ),
    ),
)

_COMPLIERS = Evidence(
    level=5,
    label=Text(
        en="Randomised trial, effect on those who followed the assignment",
        sv="Randomiserat försök, effekt för dem som följde lottningen",
    ),
    limits=(
        *_RANDOMIZED.limits,
        Text(
            en="The effect on compliers is for those who received the treatment because they were assigned to it; it "
            "assumes that assignment changed the outcome through receipt only, which no data can show.",
            sv="Effekten för följsamma gäller dem som fick insatsen för att de lottades till den; den förutsätter att "
            "lottningen påverkade utfallet enbart genom mottagen insats, vilket inga data kan visa.",
        ),
    ),
)

_MATCHED = Evidence(
    level=3,
    label=Text(en="Matched control group", sv="Matchad kontrollgrupp"),
    limits=(
        Text(
            en="Matching removes differences in what was measured; what was not measured can still explain the figure.",
            sv="Matchning tar bort skillnader i det som mätts; det som inte mätts kan ändå förklara siffran.",
        ),
    ),
)

_WEIGHTED = Evidence(
    level=3,
    label=Text(en="Weighted control group", sv="Viktad kontrollgrupp"),
    limits=(
        Text(
            en="Weighting removes differences in what was measured; what was not measured can still explain the "
            "figure.",
            sv="Viktning tar bort skillnader i det som mätts; det som inte mätts kan ändå förklara siffran.",
        ),
    ),
)
WEIGHTINGS = ("entropy_balancing", "covariate_balancing_propensity", "inverse_probability", "overlap")
"""The methods of a match that weight units instead of pairing them."""
OVERLAP_CHECKS = ("propensity_overlap", "set_overlap")
"""The checks that say whether there is anybody to compare with."""

_POOR_OVERLAP = Text(
    en="Overlap is poor: some of those whose effect is sought have nobody like them to be compared with, which neither "
    "standard errors nor confidence intervals show.",
    sv="Överlappningen är dålig: en del av dem som effekten gäller har ingen som liknar dem att jämföras med, vilket "
    "varken medelfel eller konfidensintervall visar.",
)

_DOUBLY_ROBUST = Evidence(
    level=3,
    label=Text(
        en="Comparison group, adjusted by regression and weighting",
        sv="Jämförelsegrupp, justerad med regression och viktning",
    ),
    limits=(
        Text(
            en="Adjustment removes differences in what was measured; what was not measured can still explain the "
            "figure.",
            sv="Justeringen tar bort skillnader i det som mätts; det som inte mätts kan ändå förklara siffran.",
        ),
    ),
)

_DIFFERENCES = Evidence(
    level=3,
    label=Text(en="Difference-in-differences", sv="Skillnad-i-skillnad"),
    limits=(
        Text(
            en="The figure assumes that the groups would have changed alike without the intervention.",
            sv="Siffran förutsätter att grupperna hade förändrats lika utan insatsen.",
        ),
    ),
)

_EVENTS = Evidence(
    level=_DIFFERENCES.level,
    label=Text(en="Difference-in-differences, period by period", sv="Skillnad-i-skillnad, period för period"),
    limits=_DIFFERENCES.limits,
)

_STAGGERED = Evidence(
    level=3,
    label=Text(en="Difference-in-differences, adoption in stages", sv="Skillnad-i-skillnad, införande i omgångar"),
    limits=(
        Text(
            en="The figure assumes that each cohort would have changed as those it is compared with without the "
            "intervention.",
            sv="Siffran förutsätter att varje kohort hade förändrats som dem den jämförs med utan insatsen.",
        ),
    ),
)

_SYNTHETIC_LIMITS = (
    Text(
        en="The figure assumes that the weighted donors would have followed the treated without the intervention; a "
        "good fit before does not show it.",
        sv="Siffran förutsätter att de viktade jämförelseenheterna hade följt de behandlade utan insatsen; god "
        "överensstämmelse före visar det inte.",
    ),
    Text(
        en="With one treated unit, anything else that happened only there in the same years is part of the figure.",
        sv="Med en enda behandlad enhet ingår allt annat som bara hände där under samma år i siffran.",
    ),
)

_SYNTHETIC = Evidence(
    level=3,
    label=Text(en="Synthetic control of weighted units", sv="Syntetisk kontroll av viktade enheter"),
    limits=_SYNTHETIC_LIMITS,
)

_SYNTHETIC_DIFFERENCES = Evidence(
    level=3,
    label=Text(
        en="Synthetic difference-in-differences of weighted units",
        sv="Syntetisk skillnad-i-skillnad av viktade enheter",
    ),
    limits=_SYNTHETIC_LIMITS,
)

_OUTCOME = Evidence(
    level=None,
    label=Text(en="Outcome, not effect", sv="Utfall, inte effekt"),
    limits=(
        Text(
            en="The figure counts what happened without a comparison group; it does not show what the intervention "
            "caused.",
            sv="Siffran räknar vad som hände utan jämförelsegrupp; den visar inte vad insatsen orsakade.",
        ),
    ),
)
_WITHIN_LIMITS = Text(
    en="The figure counts each unit within limits of the contract, without a comparison group; it does not show what "
    "the intervention caused.",
    sv="Siffran räknar varje enhet inom gränser i avtalet, utan jämförelsegrupp; den visar inte vad insatsen orsakade.",
)
_LEAST = Text(
    en="Since no unit counts for less than the contract says, the figure can be more than what happened.",
    sv="Eftersom ingen enhet räknas som mindre än avtalet säger kan siffran vara större än det som hände.",
)
_MOST = Text(
    en="Since no unit counts for more than the contract says, the figure can be less than what happened.",
    sv="Eftersom ingen enhet räknas som mer än avtalet säger kan siffran vara mindre än det som hände.",
)

_NOT_COMPUTED_AGAIN = Text(
    en="The means are those of a publication, not computed again; their uncertainty is unknown here.",
    sv="Medelvärdena är publikationens; de har inte räknats om, och deras osäkerhet är okänd här.",
)
_PUBLISHED = Evidence(
    level=2,
    label=Text(en="Published comparison of cohorts", sv="Publicerad jämförelse av kohorter"),
    limits=(
        _NOT_COMPUTED_AGAIN,
        Text(
            en="Those compared with were not matched to the treated, as far as is stated; what differed between them "
            "from the start can explain the figure.",
            sv="De som jämförs med är, såvitt framgår, inte matchade mot de behandlade; det som skilde dem från början "
            "kan förklara siffran.",
        ),
    ),
)
_PUBLISHED_MATCHED = Evidence(
    level=3,
    label=Text(
        en="Published comparison of cohorts with matched people",
        sv="Publicerad jämförelse av kohorter med matchade personer",
    ),
    limits=(_NOT_COMPUTED_AGAIN, *_MATCHED.limits),
)

_ATTESTED = Evidence(
    level=None,
    label=Text(en="Attested facts", sv="Intygade uppgifter"),
    limits=(
        Text(
            en="The figures are attested by a party and not recomputed; they rest on the evidence named.",
            sv="Siffrorna är intygade av en part och inte omräknade; de vilar på det angivna underlaget.",
        ),
    ),
)

_BY_METHOD: dict[str, Evidence] = {
    "trend_adjusted": _TREND,
    "randomized_trial": _RANDOMIZED,
    "complier_effect": _COMPLIERS,
    "randomized_trials": _RANDOMIZED,
    "matched_comparison": _MATCHED,
    "difference_in_differences": _DIFFERENCES,
    "event_study": _EVENTS,
    "staggered_adoption": _STAGGERED,
    "synthetic_control": _SYNTHETIC,
    "synthetic_difference_in_differences": _SYNTHETIC_DIFFERENCES,
    "doubly_robust": _DOUBLY_ROBUST,
    "outcome_count": _OUTCOME,
    "published_comparison": _PUBLISHED,
}
ATTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "trend_adjusted": ("comparison", "assumed_baseline"),
    "randomized_trial": ("randomised",),
    "complier_effect": ("randomised",),
    "randomized_trials": ("randomised",),
    "matched_comparison": ("matched",),
    "difference_in_differences": ("quasi_experiment",),
    "event_study": ("quasi_experiment",),
    "staggered_adoption": ("quasi_experiment",),
    "synthetic_control": ("quasi_experiment",),
    "synthetic_difference_in_differences": ("quasi_experiment",),
    "doubly_robust": ("quasi_experiment",),
    "outcome_count": ("none", "assumed_baseline"),
    "published_comparison": ("matched", "comparison", "assumed_baseline", "quasi_experiment"),
}
_CLAIMS = ("comparison", "matched", "quasi_experiment", "randomised")  # of comparisons, from the weakest


def claims_less(attribution: str, method: str) -> bool:
    """Whether a word for what a contract pays for claims less than a method shows, as beside another design it may.

    Parameters
    ----------
    attribution, method : str

    Returns
    -------
    bool
        Of two words for comparisons alone: an outcome is no weaker effect.
    """
    shown = [_CLAIMS.index(word) for word in ATTRIBUTIONS.get(method, ()) if word in _CLAIMS]
    return attribution in _CLAIMS and max(shown, default=-1) > _CLAIMS.index(attribution)


def evidence_of(
    method: str | None,
    *,
    before_after: bool = False,
    weighted: bool = False,
    matched: bool = False,
    poor_overlap: bool = False,
    least: bool = False,
    most: bool = False,
) -> Evidence:
    """Evidence of a method.

    Parameters
    ----------
    method : str or None
        Name of the method; None for attested facts.
    before_after : bool
        Whether the method was used without a comparator.
    weighted : bool
        Whether a matched comparison weights units instead of pairing them.
    matched : bool
        Whether a publication matched those that it compares with.
    poor_overlap : bool
        Whether a check found that those whose effect is sought have hardly anybody like them to be compared with; it
        joins the limits, and the level, which ranks designs, stays.
    least, most : bool
        Whether there is a least and a most that one unit of a count counts for, so that it is not what happened alone.

    Returns
    -------
    Evidence
        Level, label and limits; level None where the figure is no effect.

    Examples
    --------
    >>> evidence_of("randomized_trial").level
    5
    """
    if before_after:
        return _BEFORE_AFTER
    if method is None:
        return _ATTESTED
    if least or most:
        return replace(_OUTCOME, limits=(_WITHIN_LIMITS, *[_LEAST] * least, *[_MOST] * most))
    unknown = Evidence(level=None, label=Text(en=method, sv=method), limits=())
    found = _WEIGHTED if weighted else _PUBLISHED_MATCHED if matched else _BY_METHOD.get(method, unknown)
    return replace(found, limits=(*found.limits, _POOR_OVERLAP)) if poor_overlap else found
