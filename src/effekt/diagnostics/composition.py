"""Whether those who are compared changed between the windows, and what that does to a figure that does not look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from effekt._text import LANGUAGES, Language, Text, format_number, format_percent, significant
from effekt._types import BoolArray, FloatArray
from effekt._validation import check_number
from effekt.diagnostics._arrays import check_array, check_each, check_labels, check_vector
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

NOTABLE = 0.5  # of the crude change, that hangs on how strata are weighted
ADDS_TO_ONE = 1e-9

Values = dict[str, float | int | str | None]


def composition_change(
    *,
    shares: FloatArray,
    rates: FloatArray,
    comparator_shares: FloatArray,
    comparator_rates: FloatArray,
    weights: FloatArray,
    labels: Sequence[str],
    relative_crude: float | None,
    relative_standardized: float | None,
) -> Diagnostic:
    """Compare the strata's shares in the evaluation with those in the reference, and tell what of a figure they are.

    Parameters
    ----------
    shares, rates : (k, 2) arrays
        Of the treated: each stratum's share of the denominators and its own rate, in the outcome's unit, in the
        reference and in the evaluation window. A rate is NaN where nobody is in the stratum.
    comparator_shares, comparator_rates : (n, k, 2) arrays
        Of each unit of the comparator, which is then their plain mean; n = 1 where they are taken together, 0 without.
    weights : (k,) array
        Each stratum's share of the standard population.
    labels : sequence of str, length k
        The strata.
    relative_crude, relative_standardized : float or None
        The relative change found without strata and with them.

    Returns
    -------
    Diagnostic
        "warning" when the standardised relative change differs from the crude by more than half of it, else
        "information". Values:
        `n_strata`, `n_without_weight`; `moved_treated` and `moved_comparator`, the share of the denominators that
        would have to change stratum to undo the change; `outside_treated`, the share of the treated in the evaluation
        window in strata without weight; `relative_crude`, `relative_standardized` and `relative_weighting`, the
        first less the second; `change_treated` (of the crude mean, in the outcome's unit), `rates_treated` and
        `composition_treated`, its two parts, and the same of the comparator. The parts are None where somebody is in
        a stratum in one window alone. Table: `stratum`,
        `share_standard`, and the shares of both in both windows.

    Raises
    ------
    ArgumentError
        For arrays that do not fit each other, or shares that do not add to 1.

    Notes
    -----
    With c and r the shares and rates of a stratum in the windows R and E, the crude change is exactly (Kitagawa 1955)

        Σ (c_E + c_R)/2·(r_E − r_R)  +  Σ (r_E + r_R)/2·(c_E − c_R)

    the first sum rates, the second composition. It is one division among several; others weigh by one window alone.
    The share that moved is ½·Σ|c_E − c_R| (Duncan & Duncan 1955).

    References
    ----------
    Kitagawa, E. M. (1955). Components of a difference between two rates. *JASA* 50(272), 1168–1194.
    doi:10.1080/01621459.1955.10501299

    Duncan, O. D. & Duncan, B. (1955). A methodological analysis of segregation indexes. *American Sociological Review*
    20(2), 210–217. doi:10.2307/2088328

    Examples
    --------
    >>> found = composition_change(
    ...     shares=[[0.5, 0.25], [0.5, 0.75]], rates=[[8.0, 8.0], [4.0, 4.0]],
    ...     comparator_shares=[[[0.5, 0.5], [0.5, 0.5]]], comparator_rates=[[[3.0, 3.0], [2.0, 2.0]]],
    ...     weights=[0.5, 0.5], labels=["young", "old"], relative_crude=-1 / 6, relative_standardized=0.0)
    >>> found.status, found.values["moved_treated"], found.values["rates_treated"], found.values["composition_treated"]
    ('warning', 0.25, 0.0, -1.0)
    """
    standard = check_vector("weights", weights)
    check_each("weights", standard >= 0, "be 0 or above", "Give 0 to strata that do not count.")
    names = check_labels(labels, len(standard))
    own = _Group.read("shares", shares, "rates", rates, (len(standard), 2))
    several = ("comparator_shares", comparator_shares, "comparator_rates", comparator_rates)
    other = _Group.read(*several, (None, len(standard), 2))
    crude, standardized = (
        None if value is None else check_number(name, value)
        for name, value in (("relative_crude", relative_crude), ("relative_standardized", relative_standardized))
    )
    values: Values = {
        "n_strata": len(standard),
        "n_without_weight": int(np.sum(standard == 0)),
        "moved_treated": own.moved(),
        "moved_comparator": other.moved(),
        "outside_treated": float(np.sum(own.mean_shares()[standard == 0, 1])),
        "relative_crude": crude,
        "relative_standardized": standardized,
        "relative_weighting": None,
        **own.parts("treated"),
        **other.parts("comparator"),
    }
    notable = False
    if crude is not None and standardized is not None:
        difference = crude - standardized
        values["relative_weighting"] = difference
        notable = abs(difference) > NOTABLE * abs(crude)
    table: dict[str, tuple[Any, ...]] = {"stratum": names, "share_standard": tuple(standard.tolist())}
    for who, group in (("treated", own), ("comparator", other)):
        if group.count:
            for which, column in zip(("reference", "evaluation"), group.mean_shares().T, strict=True):
                table[f"share_{who}_{which}"] = tuple(column.tolist())
    return Diagnostic(
        name="composition_change",
        status="warning" if notable else "information",
        statement=_words(values),
        values=values,
        table=table,
    )


class _Group:
    """Shares and rates (n, k, 2) of n units that stand for one as their plain mean."""

    def __init__(self, shares: FloatArray, rates: FloatArray) -> None:
        self.shares, self.rates, self.count = shares, rates, len(shares)

    @classmethod
    def read(cls, name: str, shares: Any, other: str, rates: Any, shape: tuple[int | None, ...]) -> _Group:
        """Checked arrays of that shape, strata by windows, of one unit or, with None before it, of several."""
        part, rate = (_check_strata(what, given, shape) for what, given in ((name, shares), (other, rates)))
        if part.shape != rate.shape:
            raise ArgumentError(f"`{name}` and `{other}` must have the same shape.")
        _check_places(name, part >= 0, "be at least 0", ("unit", "stratum", "window"))
        whole = np.abs(part.sum(axis=-2) - 1) <= ADDS_TO_ONE
        _check_places(name, whole, "add to 1 in each window", ("unit", "window"))
        known = np.isfinite(rate) | (part == 0)
        _check_places(other, known, "be a number wherever a share is above 0", ("unit", "stratum", "window"))
        return cls(part.reshape(-1, *part.shape[-2:]), rate.reshape(-1, *part.shape[-2:]))

    def mean_shares(self) -> FloatArray:
        """(k, 2)."""
        return np.asarray(self.shares.mean(axis=0))

    def moved(self) -> float | None:
        """Half of what all shares change by."""
        if not self.count:
            return None
        return float(np.abs(np.diff(self.mean_shares(), axis=1)).sum() / 2)

    def parts(self, who: str) -> Values:
        """The crude change and its two parts, each a mean over the units."""
        found: Values = {f"{part}_{who}": None for part in ("change", "rates", "composition")}
        if not self.count:
            return {}
        old, new = (np.nansum(self.shares[..., at] * self.rates[..., at], axis=1) for at in (0, 1))
        found[f"change_{who}"] = float(np.mean(new - old))
        there = self.shares > 0
        if np.any(there[..., 0] != there[..., 1]):
            return found
        shares, rates = self.shares, np.where(there, self.rates, 0.0)
        by_rates = (shares.sum(axis=2) / 2 * (rates[..., 1] - rates[..., 0])).sum(axis=1)
        by_shares = (rates.sum(axis=2) / 2 * (shares[..., 1] - shares[..., 0])).sum(axis=1)
        found[f"rates_{who}"], found[f"composition_{who}"] = float(by_rates.mean()), float(by_shares.mean())
        return found


def _words(values: Values) -> Text:
    en, sv = (
        " ".join([*_moved(values, lang), *_figures(values, lang), *_parts(values, lang), *_outside(values, lang)])
        for lang in LANGUAGES
    )
    return Text(en=en, sv=sv)


def _moved(values: Values, lang: Language) -> list[str]:
    own, other = values["moved_treated"], values["moved_comparator"]
    share = format_percent(float(own or 0), lang)
    told = {
        "en": f"Between the windows {share} of the treated units' denominator changed stratum",
        "sv": f"Mellan fönstren bytte {share} av de behandlade enheternas nämnare stratum",
    }[lang]
    if other is None:
        return [f"{told}."]
    theirs = format_percent(float(other), lang)
    return [told + {"en": f", and {theirs} of the comparator's.", "sv": f", och {theirs} av jämförelsens."}[lang]]


def _figures(values: Values, lang: Language) -> list[str]:
    crude, standardized, apart = (values[f"relative_{name}"] for name in ("crude", "standardized", "weighting"))
    if not isinstance(crude, float) or not isinstance(standardized, float) or not isinstance(apart, float):
        return []
    first, second = format_percent(crude, lang, 2), format_percent(standardized, lang, 2)
    points = format_number(100 * apart, lang, 2)
    return [
        {
            "en": f"The relative change is {first} without standardisation and {second} with it; the difference, "
            f"{points} percentage points, is due to how the strata are weighted alone.",
            "sv": f"Den relativa förändringen är {first} utan standardisering och {second} med; skillnaden, "
            f"{points} procentenheter, beror bara på hur strata vägs.",
        }[lang]
    ]


def _parts(values: Values, lang: Language) -> list[str]:
    told = []
    for who, en, sv in (
        ("treated", "among the treated", "bland de behandlade"),
        ("comparator", "in the comparator", "i jämförelsen"),
    ):
        change, part = values.get(f"change_{who}"), values.get(f"composition_{who}")
        if isinstance(change, float) and isinstance(part, float):
            whole, share = significant(change, lang, 3), significant(part, lang, 3)
            told.append(
                {
                    "en": f"Of the crude change {en}, {whole}, composition is {share}.",
                    "sv": f"Av den ojusterade förändringen {sv}, {whole}, är {share} sammansättning.",
                }[lang]
            )
    return told


def _outside(values: Values, lang: Language) -> list[str]:
    outside, number = float(values["outside_treated"] or 0), int(values["n_without_weight"] or 0)
    if outside <= 0:
        return []
    share = format_percent(outside, lang)
    return [
        {
            "en": f"Strata without weight in the standard population, {number} in number, hold {share} of the treated "
            "units' denominator in the evaluation and count for nothing.",
            "sv": f"Strata utan vikt i standardpopulationen, {number} till antalet, rymmer {share} av de behandlade "
            "enheternas nämnare i utvärderingen och räknas inte.",
        }[lang]
    ]


def _check_strata(name: str, given: Any, shape: tuple[int | None, ...]) -> FloatArray:
    """Numbers of that shape; of no units where nothing is given for several."""
    array = check_array(name, given)
    if len(shape) == 3 and not array.size:
        return np.empty((0, *(length or 0 for length in shape[1:])))
    if array.ndim != len(shape) or array.shape[-2:] != shape[-2:]:
        raise ArgumentError(
            f"`{name}` must have a row for each of the {shape[-2]} strata and a column for each window; its shape is "
            f"{array.shape}."
        )
    return array


def _check_places(name: str, good: BoolArray, rule: str, axes: tuple[str, ...]) -> None:
    """Raise unless all is good; says where the first is that is not, counted from 1."""
    if not good.all():
        place = zip(axes[-good.ndim :], np.argwhere(~good)[0] + 1, strict=True)
        words = ", ".join(f"{axis} {number}" for axis, number in place)
        verb = "is" if rule.startswith("be ") else "does"
        raise ArgumentError(
            f"`{name}` must {rule}; the first that {verb} not is in {words}. Give what each stratum holds in each "
            "window."
        )
