"""Whether one arm reaches the other: common support of the propensity, or of sets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from effekt._text import LANGUAGES, Language, Text, format_number, format_share
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import MOST, check_option
from effekt.diagnostics._arrays import check_arm_weights, check_arms, check_each, check_vector
from effekt.diagnostics.balance import Adjustment, effective_size
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic
from effekt.tables.arrays import order_of

AT_ONCE = 2**14  # rows that are looked at together, which holds little memory
CLOSE = 0.2  # standard deviations of the logit
FAILED_SHARE = 0.1  # treated without a close control
FEW_NEAR = 0.5  # controls near a treated unit
FEW, TOO_FEW = 0.5, 0.1  # effective controls for each matched treated unit
EXTREME = 0.9  # probability of an arm beyond which Crump et al. (2009) leave units out
NOT_IN_INFERENCE = Text(
    en="Overlap is poor, and neither the standard error nor the confidence interval shows it: they measure chance, not "
    "how unlike those are who are compared.",
    sv="Överlappningen är dålig, och varken medelfelet eller konfidensintervallet visar det: de mäter slumpen, inte "
    "hur olika de jämförda är.",
)  # what an effect with inference says first when such a check has failed


def pooled_sd(logit: FloatArray, treated: BoolArray) -> float:
    """√((s₁² + s₀²)/2) with ddof 1: the unit of calipers (Austin 2011, doi:10.1002/pst.433); a single row has s = 0."""
    first, second = (float(np.var(logit[arm], ddof=min(1, arm.sum() - 1))) for arm in (treated, ~treated))
    return math.sqrt((first + second) / 2)


def propensity_overlap(
    *,
    logit: FloatArray,
    treated: BoolArray,
    strata: IntArray,
    weights: FloatArray,
    estimand: Literal["ATT", "ATC", "ATE", "ATO"] = "ATT",
    adjustment: Adjustment = "matching",
    order: IntArray | None = None,
) -> Diagnostic:
    """How many treated units the controls can stand for; for the ATC the reverse, for the ATE and the ATO both.

    Parameters
    ----------
    logit : (n,) array
        Log odds of treatment.
    treated : (n,) array of bool, or of 0 and 1
    strata : (n,) integer array
        Only rows of one stratum are comparable.
    weights : (n,) array
        Weight of each row in the comparison; 0 leaves it out.
    estimand : {"ATT", "ATC", "ATE", "ATO"}
        Whose effect: the treated's, the controls' (their part and the treated's are then exchanged) or everybody's
        (what is said of the treated is then said of every unit and the other arm, and the effective number is the
        smaller of the two). The ATO is everybody's by weight: shares are shares of the weight of both arms, and the
        effective number of an arm is set against that of the other.
    adjustment : {"matching", "weighting"}
        What gave the weights, for the words of the sentence.
    order : (n,) integer array, optional
        Rows by rising logit, where it is known; it spares a sort and changes nothing but the last
        digits of an ATO's values, whose weights are summed in that order.

    Returns
    -------
    Diagnostic
        Values: `share_outside`, the treated outside the range of the controls' logits; `share_without_close`, the
        treated with no control of their stratum within 0.2 standard deviations of the logit, √((s₁² + s₀²)/2);
        `share_near`, the controls that have a treated unit of their stratum as close (none for the ATE and ATO, where
        `share_without_close` says it); `share_extreme`, the treated with a probability of treatment above 0.9 (ATC: the
        controls with one below 0.1, ATE: the units beyond either; none for the ATO, whose weights are small there);
        `effective_controls`, (Σw)²/Σw² over the controls, and `effective_per_treated`, that over the treated rows with
        weight.

        "failed" when more than 10 % of the treated have no close control, or a matched treated unit has less than 0.1
        effective controls; "warning" when any treated unit has no close control, there are less than 0.5, fewer than
        half of the controls are near a treated unit, or `share_extreme` is above 10 %; else "ok".

    Raises
    ------
    ArgumentError
        For an estimand or an adjustment that is none of these; for arrays of different length, `treated` other than 0
        and 1 or of one arm, and weights that are negative, not finite, or all 0 in an arm.

    Notes
    -----
    0.2 standard deviations is the caliper that Austin (2011) recommends; the share of the treated with a close control
    is how Imbens & Rubin (2015, chapter 14) assess overlap. Crump et al. (2009) leave units with a probability beyond
    0.1 or 0.9 out of an ATE; for the effect on one arm only the side where it lacks counterparts counts here. The
    limits of 10 %, 0.5, 0.1 and one half are conventions of this package.

    References
    ----------
    Austin, P. C. (2011). Optimal caliper widths for propensity-score matching when estimating differences in means and
    differences in proportions in observational studies. *Pharmaceutical Statistics* 10(2), 150–161.
    doi:10.1002/pst.433

    Crump, R. K., Hotz, V. J., Imbens, G. W. & Mitnik, O. A. (2009). Dealing with limited overlap in estimation of
    average treatment effects. *Biometrika* 96(1), 187–199. doi:10.1093/biomet/asn055

    Imbens, G. W. & Rubin, D. B. (2015). *Causal Inference for Statistics, Social, and Biomedical Sciences*. Cambridge
    University Press. doi:10.1017/CBO9781139025751

    Examples
    --------
    >>> import numpy as np
    >>> logit, treated = np.array([-1.0, 3.0, -1.1, -0.5]), np.array([True, True, False, False])
    >>> found = propensity_overlap(
    ...     logit=logit, treated=treated, strata=np.zeros(4, int), weights=np.array([1.0, 0.0, 1.0, 0.0]))
    >>> found.status, found.values["share_outside"], found.values["share_without_close"]
    ('failed', 0.5, 0.5)
    """
    check_option("estimand", estimand, tuple(_KEYS))
    check_option("adjustment", adjustment, ("matching", "weighting"))
    treated = check_arms(treated, name="treated")
    logit, weights = check_vector("logit", logit, length=len(treated)), check_arm_weights(weights, treated)
    given = check_vector("strata", strata, length=len(treated))
    whole = (given == np.round(given)) & (np.abs(given) <= MOST)
    check_each("strata", whole, f"hold whole numbers of at most {MOST:g} in size", "Number the strata.")
    strata = given.astype(np.intp)
    close = CLOSE * pooled_sd(logit, treated)
    line = _line(logit, treated, strata, _check_order(order, len(treated)))
    sides = line.sides(estimand)
    far_off, beyond = [], []
    for own, others in sides:
        values, of_others = line.values[own], line.values[others]
        beyond.append((values < of_others.min()) | (values > of_others.max()))
        far_off.append(_nearest(line, own, others) > close)
    parts = [weights[line.order[own]] for own, _ in sides] if estimand == "ATO" else None
    outside, without = (_share(flags, parts) for flags in (beyond, far_off))
    effective, each = _effective(weights, treated, estimand)
    near = _share_near(line, estimand, close)
    extreme = _share_extreme(logit, treated, estimand)
    far = (near is not None and near < FEW_NEAR) or (extreme or 0.0) > FAILED_SHARE
    poor, thin = without > FAILED_SHARE or each < TOO_FEW, without > 0 or each < FEW or far
    noun, other = _KEYS[estimand]
    words = _words(estimand, adjustment)
    text = _loud(_statement(without, outside, effective, each, words, poor=poor), near, words)
    return Diagnostic(
        name="propensity_overlap",
        status="failed" if poor else "warning" if thin else "ok",
        statement=_with_extreme(text, extreme, estimand, words),
        values={
            f"n_{noun}": sum(map(len, beyond)),
            "share_outside": outside,
            "share_without_close": without,
            "close": close,
            "share_near": near,
            "share_extreme": extreme,
            f"effective_{other}": effective,
            f"effective_per_{_SINGULAR[noun]}": each,
        },
    )


_KEYS = {
    "ATT": ("treated", "controls"),
    "ATC": ("controls", "treated"),
    "ATE": ("units", "others"),
    "ATO": ("units", "others"),
}
_SINGULAR = {"treated": "treated", "controls": "control", "units": "unit"}


def set_overlap(
    *, treated: BoolArray, weights: FloatArray, estimand: Literal["ATT", "ATC", "ATE"] = "ATT"
) -> Diagnostic:
    """How many units a set without the other arm leaves out, for matching that estimates no propensity.

    Parameters
    ----------
    treated : (n,) array of bool, or of 0 and 1
    weights : (n,) array
        Weight of each row in the comparison; 0 where its set lacks the other arm.
    estimand : {"ATT", "ATC", "ATE"}
        Whose effect: the treated's, the controls' or everybody's.

    Returns
    -------
    Diagnostic
        Values: `share_alone`, of the units whose effect is asked for, those in no set with the other arm; the effective
        number (Σw)²/Σw² of the other arm, and that over the units compared. "failed" when more than 10 % are alone, or
        a compared unit has less than 0.1 effective others; "warning" when any is alone, or there are less than 0.5.

    Raises
    ------
    ArgumentError
        For arrays of different length, `treated` other than 0 and 1 or of one arm, and weights that are negative, not
        finite, or all 0 in an arm.

    References
    ----------
    Kish, L. (1965). *Survey Sampling*. Wiley.

    Examples
    --------
    >>> import numpy as np
    >>> found = set_overlap(treated=np.array([True, True, False]), weights=np.array([1.0, 0.0, 1.0]))
    >>> found.status, found.values["share_alone"]
    ('failed', 0.5)
    """
    check_option("estimand", estimand, ("ATT", "ATC", "ATE"))
    treated = check_arms(treated, name="treated")
    weights = check_arm_weights(weights, treated)
    alone = np.concatenate([weights[own] == 0 for own in _focal_arms(treated, estimand)])
    share = float(np.mean(alone))
    effective, each = _effective(weights, treated, estimand)
    poor, thin = share > FAILED_SHARE or each < TOO_FEW, share > 0 or each < FEW
    noun, other = _KEYS[estimand]
    words = _words(estimand, "matching")
    text = Text(
        en=f"{_first(share, 'en')} of the {words['en']} are in no set with {words['other_en']}; "
        f"{words['weigh_en']} amount to {format_number(effective, 'en', 1)} equally weighted ones, that is "
        f"{format_number(each, 'en', 2)} for each {words['one_en']}.",
        sv=f"{_first(share, 'sv')} av {words['sv']} finns inte i någon grupp med {words['other_sv']}; "
        f"{words['weigh_sv']} motsvarar {format_number(effective, 'sv', 1)} lika vägda, det vill säga "
        f"{format_number(each, 'sv', 2)} för varje {words['one_sv']}.",
    )
    return Diagnostic(
        name="set_overlap",
        status="failed" if poor else "warning" if thin else "ok",
        statement=_poor(text, words) if poor else text,
        values={
            f"n_{noun}": len(alone),
            "share_alone": share,
            f"effective_{other}": effective,
            f"effective_per_{_SINGULAR[noun]}": each,
        },
    )


def _focal_arms(treated: BoolArray, estimand: str) -> tuple[BoolArray, ...]:
    return {"ATT": (treated,), "ATC": (~treated,)}.get(estimand, (treated, ~treated))


def _share(flags: list[BoolArray], parts: list[FloatArray] | None) -> float:
    """The share of the focal units that a flag marks; for the ATO the mean over the arms of its share of the weight."""
    if parts is None:
        return float(np.mean(np.concatenate(flags)))
    return sum(float(np.sum(own[flag]) / np.sum(own)) for flag, own in zip(flags, parts, strict=True)) / 2


def _effective(weights: FloatArray, treated: BoolArray, estimand: str) -> tuple[float, float]:
    """The effective number of the other arm, and that for each unit with weight whose effect is asked for.

    For the ATO for each effective unit: a unit that counts for next to nothing needs no counterpart.
    """
    found = [
        (
            effective_size(weights[~own]),
            effective_size(weights[own]) if estimand == "ATO" else int(np.sum(weights[own] > 0)),
        )
        for own in _focal_arms(treated, estimand)
    ]
    return min(size for size, _ in found), min(size / count for size, count in found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """The rows in the order of their strata and logits, with the value and the stratum of each place (n,).

    `strata` is None where there is one; `arms` are the places of the treated and of the controls.
    """

    order: IntArray
    values: FloatArray
    strata: IntArray | None
    arms: tuple[IntArray, IntArray]

    def sides(self, estimand: str) -> list[tuple[IntArray, IntArray]]:
        """The places of each focal arm, and of the other."""
        both = [self.arms, self.arms[::-1]]
        return {"ATT": both[:1], "ATC": both[1:]}.get(estimand, both)


def _check_order(order: IntArray | None, length: int) -> IntArray | None:
    """The places of the rows, each once."""
    if order is None:
        return None
    places = check_vector("order", order, length=length)
    inside = (places == np.round(places)) & (places >= 0) & (places < length)
    if not inside.all() or not np.bincount(places.astype(np.intp), minlength=length).all():
        raise ArgumentError("`order` must name each row once, from 0. Leave it out, and the rows are sorted here.")
    return places.astype(np.intp)


def _line(logit: FloatArray, treated: BoolArray, strata: IntArray, known: IntArray | None) -> _Line:
    several = bool(np.ptp(strata))
    order = np.lexsort((logit, strata)) if several else order_of(logit) if known is None else known
    is_treated = treated[order]
    return _Line(
        order=order,
        values=logit[order],
        strata=strata[order] if several else None,
        arms=(np.flatnonzero(is_treated), np.flatnonzero(~is_treated)),
    )


def _nearest(line: _Line, own: IntArray, others: IntArray) -> FloatArray:
    """Distance of each place of one arm to the nearest of the other in its stratum; infinite without one."""
    nearest = np.full(len(own), math.inf)
    for first in range(0, len(own), AT_ONCE):
        some, least = own[first : first + AT_ONCE], nearest[first : first + AT_ONCE]
        before = some - np.arange(first, first + len(some))  # others that come earlier
        for found in (before - 1, before):
            there = np.clip(found, 0, len(others) - 1)
            place, valid = others[there], found == there
            if line.strata is not None:
                valid &= line.strata[place] == line.strata[some]
            gaps = np.abs(line.values[some] - line.values[place])
            np.minimum(least, np.where(valid, gaps, math.inf), out=least)
    return nearest


_WORDS = {
    "ATT": {
        "few_en": "controls",
        "few_sv": "kontroller",
        "en": "treated",
        "other_en": "a control",
        "none_en": "no control",
        "range_en": "the controls' range",
        "weigh_en": "the controls",
        "one_en": "matched treated unit",
        "like_en": "a treated unit",
        "like_sv": "någon behandlad",
        "sv": "de behandlade",
        "other_sv": "en kontroll",
        "none_sv": "kontroll",
        "range_sv": "kontrollernas spann",
        "weigh_sv": "kontrollerna",
        "one_sv": "matchad behandlad enhet",
    },
    "ATC": {
        "en": "controls",
        "other_en": "a treated unit",
        "none_en": "no treated unit",
        "range_en": "the treated's range",
        "weigh_en": "the treated",
        "one_en": "matched control",
        "like_en": "a control",
        "like_sv": "någon kontroll",
        "sv": "kontrollerna",
        "other_sv": "en behandlad enhet",
        "none_sv": "behandlad enhet",
        "range_sv": "de behandlades spann",
        "weigh_sv": "de behandlade",
        "one_sv": "matchad kontroll",
    },
    "ATE": {
        "en": "units",
        "other_en": "a unit of the other arm",
        "none_en": "no unit of the other arm",
        "range_en": "the other arm's range",
        "weigh_en": "the units of the smaller arm",
        "one_en": "matched unit of the other arm",
        "sv": "enheterna",
        "other_sv": "en enhet i den andra gruppen",
        "none_sv": "enhet i den andra gruppen",
        "range_sv": "den andra gruppens spann",
        "weigh_sv": "enheterna i den mindre gruppen",
        "one_sv": "matchad enhet i den andra gruppen",
    },
}
_BY_WEIGHT = {
    "en": "units, by weight,",
    "one_en": "effective unit of the other arm",
    "sv": "enheterna, räknat i vikt,",
    "one_sv": "effektiv enhet i den andra gruppen",
}


def _words(estimand: str, adjustment: Adjustment) -> dict[str, str]:
    """What units are called in the sentences; only matching has matched ones."""
    words = {
        "few_en": "units",
        "few_sv": "enheter",
        "picks_en": "whom the comparison picks",
        "picks_sv": "vilka som väljs ut",
        **_WORDS["ATE" if estimand == "ATO" else estimand],
    }
    if estimand == "ATO":
        words |= _BY_WEIGHT
    if adjustment == "weighting":
        words |= {"picks_en": "whom the weights favour", "picks_sv": "vilka som får mest vikt"}
        words |= {
            key: words[key].removeprefix(first) for key, first in (("one_en", "matched "), ("one_sv", "matchad "))
        }
    return words


def _statement(
    share: float, outside: float, effective: float, each: float, words: Mapping[str, str], *, poor: bool
) -> Text:
    text = Text(
        en=f"{_first(share, 'en')} of the {words['en']} have {words['none_en']} within "
        f"{format_number(CLOSE, 'en')} standard deviations of the logit and {format_share(outside, 'en')} lie "
        f"outside {words['range_en']}; {words['weigh_en']} amount to {format_number(effective, 'en', 1)} "
        f"equally weighted ones, that is {format_number(each, 'en', 2)} for each {words['one_en']}.",
        sv=f"{_first(share, 'sv')} av {words['sv']} saknar {words['none_sv']} inom "
        f"{format_number(CLOSE, 'sv')} standardavvikelser av logiten och {format_share(outside, 'sv')} ligger "
        f"utanför {words['range_sv']}; {words['weigh_sv']} motsvarar {format_number(effective, 'sv', 1)} "
        f"lika vägda, det vill säga {format_number(each, 'sv', 2)} för varje {words['one_sv']}.",
    )
    return _poor(text, words) if poor else text


def _share_near(line: _Line, estimand: str, close: float) -> float | None:
    """The share of the other arm with a unit as close whose effect is asked for."""
    if estimand in ("ATE", "ATO"):
        return None
    ((own, others),) = line.sides(estimand)
    return float(np.mean(_nearest(line, others, own) <= close))


def _share_extreme(logit: FloatArray, treated: BoolArray, estimand: str) -> float | None:
    """The share of the focal units that hardly could have been in the arm they are compared with."""
    if estimand == "ATO":
        return None
    limit = math.log(EXTREME / (1 - EXTREME))
    beyond = {"ATT": logit > limit, "ATC": logit < -limit}.get(estimand, np.abs(logit) > limit)
    return float(np.mean(np.concatenate([beyond[own] for own in _focal_arms(treated, estimand)])))


_BEYOND = {
    "ATT": ("above {high}", "över {high}"),
    "ATC": ("below {low}", "under {low}"),
    "ATE": ("below {low} or above {high}", "under {low} eller över {high}"),
}


def _with_extreme(text: Text, extreme: float | None, estimand: str, words: Mapping[str, str]) -> Text:
    """The statement with how many hardly could have been in the other arm, where they are more than a tenth."""
    if extreme is None or extreme <= FAILED_SHARE:
        return text
    beyond = {
        lang: _BEYOND[estimand][place].format(
            high=format_number(EXTREME, lang), low=format_number(1 - EXTREME, lang, 1)
        )
        for place, lang in enumerate(LANGUAGES)
    }
    share = {lang: _first(extreme, lang) for lang in LANGUAGES}
    return Text(
        en=f"{text.en} {share['en']} of the {words['en']} had a probability of treatment {beyond['en']}.",
        sv=f"{text.sv} {share['sv']} av {words['sv']} hade en sannolikhet att behandlas {beyond['sv']}.",
    )


def _first(share: float, lang: Language) -> str:
    """A share at the start of a sentence."""
    text = format_share(share, lang)
    return text[:1].upper() + text[1:]


def _loud(text: Text, near: float | None, words: Mapping[str, str]) -> Text:
    """The statement with how few of the other arm resemble those whose effect is asked for."""
    if near is None or near >= FEW_NEAR:
        return text
    return Text(
        en=f"{text.en} Only {format_share(near, 'en')} of {words['weigh_en']} are as near to {words['like_en']}: "
        f"the groups differ widely, and {words['picks_en']} decides the result.",
        sv=f"{text.sv} Bara {format_share(near, 'sv')} av {words['weigh_sv']} ligger så nära {words['like_sv']}: "
        f"grupperna skiljer sig mycket åt, och {words['picks_sv']} avgör resultatet.",
    )


def _poor(text: Text, words: Mapping[str, str]) -> Text:
    en, sv = words["few_en"], words["few_sv"]
    return Text(
        en=f"Overlap is poor, so the comparison rests on few or unlike {en}: {text.en}",
        sv=f"Överlappningen är dålig, så jämförelsen vilar på {sv} som är få eller inte liknar dem: {text.sv}",
    )
