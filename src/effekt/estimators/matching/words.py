"""The sentences that say what a match came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from effekt._inference import Inference, StudentT
from effekt._text import Language, Text, format_number, significant
from effekt.diagnostics.overlap import NOT_IN_INFERENCE
from effekt.estimators.matching.counts import MatchCounts
from effekt.estimators.matching.design import Design
from effekt.result import Diagnostic, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """Whose effect a match is for: how many there are, how many of them are compared, and how they are called."""

    total: int
    matched: int
    name: str

    @property
    def left_out(self) -> int:
        """How many are not compared."""
        return self.total - self.matched


def focus(counts: MatchCounts, estimand: str) -> Focus:
    """Whose effect a match is for."""
    arms = {"ATT": (counts.treated, counts.matched), "ATC": (counts.controls, counts.controls_used)}
    both = counts.treated + counts.controls, counts.matched + counts.controls_used
    total, matched = arms.get(estimand, both)
    return Focus(total=total, matched=matched, name=estimand)


_WHOSE_EN = {"ATT": "treated units", "ATC": "controls", "ATE": "units", "ATO": "units"}
_WHOSE_SV = {"ATT": "behandlade enheter", "ATC": "kontroller", "ATE": "enheter", "ATO": "enheter"}
_ALONE_EN = {"ATT": "control", "ATC": "treated unit", "ATE": "unit of the other arm"}
_ALONE_SV = {"ATT": "kontroll", "ATC": "behandlad enhet", "ATE": "enhet i den andra gruppen"}
_EFFECT_EN = {"ATT": "the effect on the treated", "ATC": "the effect on the controls", "ATE": "the effect on all units"}
_EFFECT_SV = {"ATT": "alla behandlade", "ATC": "alla kontroller", "ATE": "alla enheter"}


def population(counts: MatchCounts, estimand: str, compared: int, *, weighted: bool = False) -> Text:
    """Whose effect is estimated, when so many of them are compared."""
    total = focus(counts, estimand).total
    en, sv = _WHOSE_EN[estimand], _WHOSE_SV[estimand]
    if compared == total:
        definite = {"ATT": "behandlade enheterna", "ATC": "kontrollerna"}.get(estimand, "enheterna")
        en, sv = f"the {format_number(total, 'en')} {en}", f"de {format_number(total, 'sv')} {definite}"
    else:
        how_en, how_sv = ("compared", "jämförda") if weighted else ("matched", "matchade")
        en = f"the {format_number(compared, 'en')} {how_en} of {format_number(total, 'en')} {en}"
        sv = f"de {format_number(compared, 'sv')} {how_sv} av {format_number(total, 'sv')} {sv}"
    if estimand == "ATO":
        en += ", weighted towards those who could have been in either arm"
        sv += ", med störst vikt för dem som kunde ha hamnat i endera gruppen"
    return Text(en=en, sv=sv)


def despite_poor_overlap(overlap: Diagnostic, inference: Inference) -> tuple[Note, ...]:
    """What an effect with inference says first of all when there is hardly anybody to compare with."""
    if overlap.status != "failed" or not isinstance(inference, StudentT):
        return ()
    return (Note(code="inference_despite_poor_overlap", text=NOT_IN_INFERENCE),)


def notes_of(
    counts: MatchCounts,
    arguments: Mapping[str, Any],
    checks: tuple[Diagnostic, ...],
    reasons: tuple[int, int] = (0, 0),
) -> tuple[Note, ...]:
    """What the reader of a match must know.

    `checks` are balance and overlap, and of a weighting the spread of its weights. `reasons` is how many of
    those whose effect the match is for lack a value, and were discarded; a weighting says neither.
    """
    estimand = str(arguments["estimand"])
    whom = focus(counts, estimand)
    balance, overlap, *spread = checks
    notes = {}
    if whom.left_out and spread:
        notes["unmatched"] = Text(
            en=f"{format_number(whom.left_out, 'en')} of {format_number(whom.total, 'en')} {_WHOSE_EN[estimand]} are "
            "left out, and the effect is that among those who remain.",
            sv=f"{format_number(whom.left_out, 'sv')} av {format_number(whom.total, 'sv')} {_WHOSE_SV[estimand]} är "
            "uteslutna, och effekten är den bland dem som är kvar.",
        )
    elif whom.left_out:
        why = _why_left_out(whom, *reasons)
        notes["unmatched"] = Text(
            en=f"{format_number(whom.left_out, 'en')} of {format_number(whom.total, 'en')} {_WHOSE_EN[estimand]} "
            f"{why.en}, so the estimand changed from {_EFFECT_EN[estimand]} "
            f"({estimand}) to the {estimand} among the matched.",
            sv=f"{format_number(whom.left_out, 'sv')} av {format_number(whom.total, 'sv')} {_WHOSE_SV[estimand]} "
            f"{why.sv}, så det som skattas är inte längre effekten på "
            f"{_EFFECT_SV[estimand]} ({estimand}) utan på de matchade.",
        )
    if counts.discarded and not isinstance(arguments["discard"], str):
        notes["discarded"] = _outside(counts, *arguments["discard"])
    elif counts.discarded:
        alone = counts.discarded == 1
        notes["discarded"] = Text(
            en=f"{format_number(counts.discarded, 'en')} {'unit lies' if alone else 'units lie'} outside the common "
            f"support of the propensity and {'is' if alone else 'are'} left out.",
            sv=f"{format_number(counts.discarded, 'sv')} {'enhet' if alone else 'enheter'} ligger utanför det område "
            f"där sannolikheten att behandlas överlappar, och är {'utesluten' if alone else 'uteslutna'}.",
        )
    if counts.short:
        notes["shortfall"] = _short(counts.short, whom, arguments.get("min_controls") or arguments["ratio"])
    if balance.status == "warning":
        notes["imbalance"] = balance.statement
    if overlap.status != "ok":
        notes["poor_overlap" if overlap.status == "failed" else "thin_overlap"] = overlap.statement
    for one in spread:
        if one.status != "ok":
            notes["large_weights"] = one.statement
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _why_left_out(whom: Focus, lacking: int, discarded: int) -> Text:
    """Why those who are not compared are not, each reason only where it is somebody's."""
    alone = whom.left_out - lacking - discarded
    if alone == whom.left_out:
        return Text(
            en=f"have no {_ALONE_EN[whom.name]} and are left out", sv=f"saknar {_ALONE_SV[whom.name]} och är uteslutna"
        )
    reasons = (
        (alone, f"without a {_ALONE_EN[whom.name]}", f"utan {_ALONE_SV[whom.name]}"),
        (lacking, "with a missing value", "med uppgifter som saknas"),
        (discarded, "discarded for their propensity", "bortvalda efter sin sannolikhet att behandlas"),
    )
    there = [one for one in reasons if one[0]]
    en = "; ".join(f"{said}: {format_number(count, 'en')}" for count, said, _ in there)
    sv = "; ".join(f"{said}: {format_number(count, 'sv')}" for count, _, said in there)
    return Text(en=f"are left out ({en})", sv=f"är uteslutna ({sv})")


def reasons_of(design: Design) -> tuple[int, int]:
    """How many of those whose effect the match is for lack a value, and how many were discarded."""
    treated, kept = design.cohort.treated, design.kept
    arms = (
        (design.cohort.dropped_treated, int(np.sum(treated & ~kept))),
        (design.cohort.dropped_controls, int(np.sum(~treated & ~kept))),
    )
    both = arms[0][0] + arms[1][0], arms[0][1] + arms[1][1]
    return {"ATT": arms[0], "ATC": arms[1]}.get(design.options.estimand, both)


_FEWER_EN = {
    "ATT": ("matched treated units", "controls"),
    "ATC": ("matched controls", "treated"),
    "ATE": ("matched units", "units of the other arm"),
}
_FEWER_SV = {
    "ATT": ("matchade behandlade enheter", "kontroller"),
    "ATC": ("matchade kontroller", "behandlade"),
    "ATE": ("matchade enheter", "enheter i den andra gruppen"),
}


def _short(short: int, whom: Focus, wanted: int) -> Text:
    """How many have fewer others than were asked for."""
    focal_en, one_en = _FEWER_EN[whom.name]
    focal_sv, one_sv = _FEWER_SV[whom.name]
    return Text(
        en=f"{format_number(short, 'en')} of {format_number(whom.matched, 'en')} {focal_en} have fewer than "
        f"the {wanted} {one_en} asked for.",
        sv=f"{format_number(short, 'sv')} av {format_number(whom.matched, 'sv')} {focal_sv} har färre än de "
        f"{wanted} {one_sv} som begärts.",
    )


def _outside(counts: MatchCounts, low: float, high: float) -> Text:
    """That declared limits on the propensity changed for whom the effect is."""
    total = counts.treated + counts.controls
    said = {}
    for lang in ("en", "sv"):
        words = (format_number(counts.discarded, lang), format_number(total, lang))
        said[lang] = (*words, *(format_number(p, lang, len(f"{Decimal(repr(p)):f}") - 2) for p in (low, high)))
    return Text(
        en="{} of {} units have an estimated probability of treatment outside {} to {}, the declared limits, and are "
        "left out; the effect is that among units within the limits, not among all (Crump et al. 2009).".format(
            *said["en"]
        ),
        sv="{} av {} enheter har en skattad sannolikhet att behandlas utanför {} till {}, de fastställda gränserna, "
        "och är uteslutna; effekten är den bland enheter inom gränserna, inte bland alla (Crump m.fl. 2009).".format(
            *said["sv"]
        ),
    )


_DISTANCE_EN = {
    "propensity": "on the logit of the propensity given {columns}",
    "mahalanobis": "by the Mahalanobis distance in {columns}",
    "robust_mahalanobis": "by the rank-based Mahalanobis distance in {columns}",
}
_DISTANCE_SV = {
    "propensity": "på logiten av sannolikheten att behandlas givet {columns}",
    "mahalanobis": "efter Mahalanobisavståndet i {columns}",
    "robust_mahalanobis": "efter det rangbaserade Mahalanobisavståndet i {columns}",
}


def described(taken: Mapping[str, Any], counts: MatchCounts, width: float | None) -> Text:
    """The methods paragraph."""
    phrases = {"en": _phrase_en(taken), "sv": _phrase_sv(taken)}
    heads = {
        "en": "{} of {} treated units are compared with {} of {} controls: ",
        "sv": "{} av {} behandlade enheter jämförs med {} av {} kontroller: ",
    }
    said = {}
    for lang in ("en", "sv"):
        numbers = (counts.matched, counts.treated, counts.controls_used, counts.controls)
        said[lang] = heads[lang].format(*(format_number(value, lang) for value in numbers)) + phrases[lang]
        said[lang] += _limits(taken, width, lang)
    return Text(en=f"{said['en']}.", sv=f"{said['sv']}.")


def _phrase_en(taken: Mapping[str, Any]) -> str:
    columns = ", ".join(taken["covariates"])
    measure = _DISTANCE_EN[taken["distance"]].format(columns=columns)
    each = {"ATC": "each control", "ATE": "each unit of either arm"}.get(taken["estimand"], "each")
    many = "" if taken["ratio"] == 1 else f" {taken['ratio']}"
    varying = f"{taken.get('min_controls')} to {taken.get('max_controls')} (on average {taken['ratio']})"
    others = "treated" if taken["estimand"] == "ATC" else "control"
    others += "s" if others == "control" and (taken["ratio"] > 1 or taken.get("max_controls")) else ""
    return {
        "nearest": f"{each} with the nearest{many} {measure}, {'with' if taken['replace'] else 'without'} replacement",
        "optimal": f"{each} with {varying if taken.get('max_controls') else taken['ratio']} {others} so that the sum "
        f"of the distances {measure} is least",
        "full": f"in sets of one treated and its controls, or of one control and its treated, so that the sum of the "
        f"distances {measure} is least",
        "exact": f"in sets alike in {columns}",
        "coarsened_exact": f"in sets within the same intervals of {columns}",
        "subclassification": f"in {taken.get('subclasses')} classes of the propensity given {columns}",
        **_weighted_en(taken, columns),
    }[taken["method"]]


def _phrase_sv(taken: Mapping[str, Any]) -> str:
    columns = ", ".join(taken["covariates"])
    measure = _DISTANCE_SV[taken["distance"]].format(columns=columns)
    each = {"ATC": "varje kontroll", "ATE": "var och en i båda grupperna"}.get(taken["estimand"], "var och en")
    many = "den närmaste" if taken["ratio"] == 1 else f"de {taken['ratio']} närmaste"
    varying = f"{taken.get('min_controls')} till {taken.get('max_controls')} (i genomsnitt {taken['ratio']})"
    one, several = ("behandlad", "behandlade") if taken["estimand"] == "ATC" else ("kontroll", "kontroller")
    others = several if taken["ratio"] > 1 or taken.get("max_controls") else one
    return {
        "nearest": f"{each} med {many} {measure}, {'med' if taken['replace'] else 'utan'} återläggning",
        "optimal": f"{each} med {varying if taken.get('max_controls') else taken['ratio']} {others} så att summan av "
        f"avstånden {measure} blir minst",
        "full": f"i grupper av en behandlad och dess kontroller, eller en kontroll och dess behandlade, så att summan "
        f"av avstånden {measure} blir minst",
        "exact": f"i grupper lika i {columns}",
        "coarsened_exact": f"i grupper inom samma intervall av {columns}",
        "subclassification": f"i {taken.get('subclasses')} klasser av sannolikheten att behandlas givet {columns}",
        **_weighted_sv(taken, columns),
    }[taken["method"]]


def _weighted_en(taken: Mapping[str, Any], columns: str) -> dict[str, str]:
    columns += " and squares" if taken.get("moments") == 2 else ""
    whose = {"ATT": "the treated", "ATC": "the controls"}.get(taken["estimand"], "all units")
    by = {"ATT": "the controls by their odds of treatment", "ATC": "the treated by their odds of no treatment"}
    return {
        "entropy_balancing": f"weighted by entropy balancing to the means of {columns} among {whose}",
        "covariate_balancing_propensity": f"weighted to stand for {whose}, by a propensity that gives both arms the "
        f"same means of {columns}",
        "inverse_probability": f"weighted to stand for {whose}, "
        f"{by.get(taken['estimand'], 'by the inverse of the probability of their arm')} given {columns}",
        "overlap": f"weighted by the probability of the other arm given {columns}",
    }


def _weighted_sv(taken: Mapping[str, Any], columns: str) -> dict[str, str]:
    columns += " och kvadrater" if taken.get("moments") == 2 else ""
    whose = {"ATT": "de behandlade", "ATC": "kontrollerna"}.get(taken["estimand"], "alla enheter")
    by = {
        "ATT": "kontrollerna efter sitt odds för behandling",
        "ATC": "de behandlade efter sitt odds för ingen behandling",
    }
    return {
        "entropy_balancing": f"vägda med entropibalansering till medelvärdena av {columns} bland {whose}",
        "covariate_balancing_propensity": f"vägda så att de motsvarar {whose}, efter en sannolikhet att behandlas som "
        f"ger båda grupperna samma medelvärden av {columns}",
        "inverse_probability": f"vägda så att de motsvarar {whose}, "
        f"{by.get(taken['estimand'], 'med den inverterade sannolikheten för den egna gruppen')} givet {columns}",
        "overlap": f"vägda efter sannolikheten för den andra gruppen givet {columns}",
    }


def _limits(taken: Mapping[str, Any], width: float | None, lang: Language) -> str:
    text = ""
    if taken["exact"]:
        text += f", {'alike in' if lang == 'en' else 'lika i'} {', '.join(taken['exact'])}"
    if taken.get("reuse"):
        cap = format_number(taken["reuse"], lang)
        text += f", each used at most {cap} times" if lang == "en" else f", var och en använd högst {cap} gånger"
    if width is not None:
        apart = significant(width, lang)
        on = "" if taken["distance"] == "propensity" else {"en": " on the logit", "sv": " på logiten"}[lang]
        text += f", at most {apart} apart{on}" if lang == "en" else f", högst {apart} ifrån varandra{on}"
    for name, value in (taken.get("calipers") or {}).items():
        apart = format_number(int(value), lang) if value == int(value) else significant(value, lang)
        text += f", at most {apart} apart in {name}" if lang == "en" else f", högst {apart} ifrån varandra i {name}"
    return text


UNCONFOUNDED = Text(
    en="Assumes that units alike in the covariates of the match do not differ in anything else that moves both "
    "treatment and outcome.",
    sv="Förutsätter att enheter som är lika i matchningens kovariater inte skiljer sig åt i något annat som påverkar "
    "både behandling och utfall.",
)
COMMON_SUPPORT = Text(
    en="The variance takes as given who lies within the common support; that the units left out were found by an "
    "estimated propensity is not accounted for.",
    sv="Variansen tar för givet vilka som ligger där sannolikheterna överlappar; att de uteslutna enheterna valts "
    "efter en skattad sannolikhet beaktas inte.",
)
