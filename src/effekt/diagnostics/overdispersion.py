"""Whether counts of events vary more within their arm than Poisson counts would."""

from __future__ import annotations

import math

import numpy as np

from effekt._exact import rounded_totals
from effekt._inference.distributions import f_upper_tail
from effekt._text import Text, significant
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_flag
from effekt.diagnostics._arrays import check_arms, check_each, check_vector, p_words
from effekt.result import Diagnostic

ALPHA = 0.05
FEW = 1.0  # events a row on average, below which the chi-square is an approximation to be told of


def overdispersion(
    counts: FloatArray | IntArray,
    treatment: FloatArray | IntArray,
    exposure: FloatArray | None = None,
    *,
    allowed: bool = False,
) -> Diagnostic:
    """Compare how much counts vary around the rate of their arm with how much Poisson counts do.

    Parameters
    ----------
    counts : (n,) array
        Events of each row, 0 or more.
    treatment : (n,) array of 0 and 1
    exposure : (n,) array, optional
        What they were counted over, above 0; 1 for every row where it is left out.
    allowed : bool
        Whether the interval beside it allows for counts that vary more, as variance="quasi_poisson" does.

    Returns
    -------
    Diagnostic
        "warning" when p ≤ 0.05 and the interval does not allow for it ("information" when it does), "information" when
        there is nothing to tell from, else "ok". Values: `dispersion` (1
        for Poisson counts), `chi_square`, `df`, `p_value`. None where no arm with an event has two rows.

    Raises
    ------
    ArgumentError
        For counts below 0, exposure that is not above 0, or arrays of different length.

    Notes
    -----
    With λ_a = Σy/Σe of arm a, the Pearson statistic Σ(y − λ_a e)²/(λ_a e) is compared with a chi-square of Σ(n_a − 1)
    degrees of freedom, over arms that have an event (Fisher, Thornton & Mackenzie 1922; McCullagh & Nelder 1989,
    section 6.2), and `dispersion` is their ratio: the φ of R's quasi-Poisson family where both arms have
    one. Its mean is exact under Poisson counts, its tail approximate, the less good the fewer events a row has. No
    evidence of more variation does not say that there is none.

    References
    ----------
    McCullagh, P. & Nelder, J. A. (1989). *Generalized Linear Models*, 2nd edition. Chapman and Hall.
    doi:10.1007/978-1-4899-3242-6

    Fisher, R. A., Thornton, H. G. & Mackenzie, W. A. (1922). The accuracy of the plating method of estimating the
    density of bacterial populations. *Annals of Applied Biology* 9(3–4), 325–359.
    doi:10.1111/j.1744-7348.1922.tb05962.x

    Examples
    --------
    >>> found = overdispersion([0, 5, 0, 1, 9, 3], [1, 1, 1, 0, 0, 0])
    >>> round(found.values["dispersion"], 3), found.values["df"], round(found.values["p_value"], 4)
    (4.5, 4.0, 0.0012)
    """
    events = check_vector("counts", counts)
    treated = check_arms(treatment, len(events))
    over = np.ones(len(events)) if exposure is None else check_vector("exposure", exposure, length=len(events))
    check_each("counts", events >= 0, "be 0 or more", "Give the events of each row.")
    check_each("exposure", over > 0, "be above 0", "Leave rows without exposure out.")
    check_flag("allowed", allowed)
    chi_square, df = _pearson(events, treated, over)
    if not df:
        none: dict[str, float | int | str | None] = dict.fromkeys(("dispersion", "chi_square", "df", "p_value"))
        return Diagnostic(name="overdispersion", status="information", statement=_NOTHING, values=none)
    dispersion, p_value = chi_square / df, f_upper_tail(chi_square / df, float(df), math.inf)
    return Diagnostic(
        name="overdispersion",
        status="ok" if p_value > ALPHA else "information" if allowed else "warning",
        statement=_statement(dispersion, p_value, allowed=allowed, few=math.fsum(events) < FEW * len(events)),
        values={"dispersion": dispersion, "chi_square": chi_square, "df": float(df), "p_value": p_value},
    )


def _pearson(events: FloatArray, treated: BoolArray, over: FloatArray) -> tuple[float, int]:
    """Σ(y − λe)²/(λe) and its degrees of freedom, over arms that have an event; whatever the order of the rows."""
    terms: list[float] = []
    df = 0
    for arm, total, exposed in zip(
        (treated, ~treated), rounded_totals(events, treated), rounded_totals(over, treated), strict=True
    ):
        if total > 0:
            expected = total / exposed * over[arm]
            terms += ((events[arm] - expected) ** 2 / expected).tolist()
            df += int(arm.sum()) - 1
    return math.fsum(terms), df


def _statement(dispersion: float, p_value: float, *, allowed: bool, few: bool) -> Text:
    en, sv = significant(dispersion, "en", 3), significant(dispersion, "sv", 3)
    rough = (_ROUGH.en, _ROUGH.sv) if few else ("", "")
    if p_value <= ALPHA:
        what = _ALLOWED if allowed else _TOO_SHORT
        return Text(
            en=f"Within the arms the counts vary {en} times as much as Poisson counts would "
            f"({p_words(p_value, 'en')}); {what.en}{rough[0]}",
            sv=f"Inom grupperna varierar antalen {sv} gånger så mycket som Poissonfördelade antal "
            f"({p_words(p_value, 'sv')}); {what.sv}{rough[1]}",
        )
    return Text(
        en=f"Within the arms the counts vary {en} times as much as Poisson counts would, which is no evidence that "
        f"they vary more ({p_words(p_value, 'en')}).{rough[0]}",
        sv=f"Inom grupperna varierar antalen {sv} gånger så mycket som Poissonfördelade antal, vilket inte är något "
        f"belägg för att de varierar mer ({p_words(p_value, 'sv')}).{rough[1]}",
    )


_TOO_SHORT = Text(
    en="an interval that takes them for Poisson counts, such as the exact conditional one, is too short: choose "
    "variance='quasi_poisson' or 'HC2'.",
    sv="ett intervall som utgår från Poissonfördelning, som det exakta betingade, är för kort: välj "
    "variance='quasi_poisson' eller 'HC2'.",
)
_ALLOWED = Text(
    en="the variance beside it allows for that, as it is larger by the same factor.",
    sv="variansen intill tar hänsyn till det, eftersom den är lika många gånger större.",
)
_ROUGH = Text(
    en=" With less than one event a row that p is rough.",
    sv=" Med mindre än en händelse per rad är det p-värdet grovt.",
)
_NOTHING = Text(
    en="No arm with an event has two rows, so nothing tells whether the counts vary more than Poisson counts would.",
    sv="Ingen grupp med händelser har två rader, så ingenting visar om antalen varierar mer än Poissonfördelade antal.",
)
