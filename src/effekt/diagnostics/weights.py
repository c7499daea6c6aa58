"""Whether a weighted comparison rests on many units or on a few: the spread of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from effekt._text import LANGUAGES, Text, format_number, format_share
from effekt._types import BoolArray, FloatArray
from effekt.diagnostics._arrays import check_arm_weights, check_arms
from effekt.diagnostics.balance import effective_size
from effekt.result import Diagnostic

LARGE_SHARE = 0.1  # of an arm's weight on one unit
MIN_EFFECTIVE = 6.0  # units of an arm; the same number as for clusters
ARMS = ("treated", "controls")


def weight_spread(*, treated: BoolArray, weights: FloatArray) -> Diagnostic:
    """How many equal weights the weights of each arm are worth, and the largest share of one unit.

    Parameters
    ----------
    treated : (n,) array of bool, or of 0 and 1
    weights : (n,) array
        Not negative, and with a positive sum in each arm.

    Returns
    -------
    Diagnostic
        "failed" when an arm is worth fewer than six equal weights, (Σw)²/Σw²; "warning" when one unit carries more
        than a tenth of its arm's weight; else "ok". The limits are conventions of this package. No weight is trimmed.

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
    >>> treated = np.array([True] * 8 + [False] * 8)
    >>> found = weight_spread(treated=treated, weights=np.array([1.0] * 8 + [9.0] + [1.0] * 7))
    >>> found.status, found.values["max_share_controls"], round(found.values["effective_controls"], 3)
    ('failed', 0.5625, 2.909)
    """
    treated = check_arms(treated, name="treated")
    weights = check_arm_weights(weights, treated)
    arms = (weights[treated], weights[~treated])
    effective = [effective_size(arm) for arm in arms]
    shares = [float(np.max(arm) / np.sum(arm)) for arm in arms]
    return spread_told(
        {
            "n_treated": len(arms[0]),
            "n_controls": len(arms[1]),
            "effective_treated": effective[0],
            "effective_controls": effective[1],
            "max_share_treated": shares[0],
            "max_share_controls": shares[1],
        }
    )


def spread_told(values: Mapping[str, Any]) -> Diagnostic:
    """The check that `weight_spread` makes of its values.

    Parameters
    ----------
    values : mapping of str to number

    Returns
    -------
    Diagnostic
    """
    effective, shares = ([values[f"{name}_{arm}"] for arm in ARMS] for name in ("effective", "max_share"))
    failed, large = min(effective) < MIN_EFFECTIVE, max(shares) > LARGE_SHARE
    return Diagnostic(
        name="weight_spread",
        status="failed" if failed else "warning" if large else "ok",
        statement=_statement(effective, shares),
        values=values,
    )


def _statement(effective: list[float], shares: list[float]) -> Text:
    pairs = list(zip(effective, shares, strict=True))
    en, sv = (
        [(format_number(size, lang, 1), format_share(share, lang)) for size, share in pairs] for lang in LANGUAGES
    )
    return Text(
        en=f"After weighting the treated count as {en[0][0]} and the controls as {en[1][0]} equally weighted units; "
        f"the largest share of one unit is {en[0][1]} of the treated and {en[1][1]} of the controls.",
        sv=f"Efter viktning motsvarar de behandlade {sv[0][0]} och kontrollerna {sv[1][0]} lika vägda enheter; den "
        f"största andelen för en enskild enhet är {sv[0][1]} av de behandlade och {sv[1][1]} av kontrollerna.",
    )
