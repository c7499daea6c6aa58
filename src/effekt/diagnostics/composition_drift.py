"""Whether the people of two groups changed from before to after, where each period has other people."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray
from effekt._validation import shown
from effekt.diagnostics._arrays import check_arms, check_columns, check_flags
from effekt.diagnostics.balance import NOTABLE_SMD
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

ROUNDING = 1e-13  # a standard deviation this small relative to the values is rounding


def composition_drift(
    *,
    covariates: FloatArray,
    names: Sequence[str],
    treated: BoolArray,
    after: BoolArray,
    among: Text | None = None,
) -> Diagnostic:
    """How much more the people of one group changed than those of the other.

    Parameters
    ----------
    covariates : (n, p) array
        Characteristics that the intervention cannot move, of people of whom others are seen in each period.
    names : sequence of str, length p
    treated : (n,) array of bool, or of 0 and 1
        Their group.
    after : (n,) array of bool, or of 0 and 1
        Whether they were seen after adoption. Each group has people before and after.
    among : Text, optional
        Of whom, where others are looked at apart; stands before the statement.

    Returns
    -------
    Diagnostic
        "warning" when a drift is larger than 0.1 in size, or is undefined although the means moved apart. Table, one
        row for each covariate: the mean of each group before and after; `drift`, (x̄₁ₐ − x̄₁ᵦ) − (x̄₀ₐ − x̄₀ᵦ) over `sd`,
        which is √((s₁² + s₀²)/2) of the two groups before (ddof 1, or p(1 − p) for a covariate of 0 and 1). Values: the
        limit, its source, the largest drift in size and how many lie above the limit.

    Raises
    ------
    ArgumentError
        For arrays of different length, a covariate that is not finite, `treated` or `after` other than 0 and 1, and a
        group without people before or after.

    Notes
    -----
    In repeated cross-sections a difference of differences compares other people after than before. Where their
    characteristics changed alike in both groups, that is no evidence against the comparison; it says nothing of what
    was not measured. A characteristic that the intervention moves is an outcome: its drift may be the effect.

    The limit of 0.1 is that of Austin (2009) for differences between two groups.

    References
    ----------
    Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates between treatment
    groups in propensity-score matched samples. *Statistics in Medicine* 28(25), 3083–3107. doi:10.1002/sim.3697

    Hong, S.-H. (2013). Measuring the effect of Napster on recorded music sales: difference-in-differences estimates
    under compositional changes. *Journal of Applied Econometrics* 28(2), 297–324. doi:10.1002/jae.1269

    Examples
    --------
    >>> import numpy as np
    >>> age = np.array([[30.0], [40.0], [50.0], [60.0], [35.0], [45.0], [45.0], [65.0]])
    >>> treated, after = np.arange(8) % 2 == 0, np.arange(8) >= 4
    >>> found = composition_drift(covariates=age, names=["age"], treated=treated, after=after)
    >>> found.table["drift"], found.status
    ((-0.35355339059327373,), 'warning')
    """
    if among is not None and not isinstance(among, Text):
        raise ArgumentError(f"`among` must be a Text, or None; got {shown(among)}.")
    treated = check_arms(treated, name="treated")
    after = check_flags("after", after, ("before", "after"), length=len(treated))
    if not np.bincount(2 * treated + after, minlength=4).all():
        raise ArgumentError("`after` must be 0 for some people of each group and 1 for others.")
    covariates, names = check_columns(covariates, names, len(treated))
    rows = [_one(column, treated, after) for column in covariates.T]
    moved = [name for name, row in zip(names, rows, strict=True) if _is_moved(row)]
    sizes = [abs(row["drift"]) for row in rows if row["drift"] is not None]
    largest = max(sizes, default=None)
    return Diagnostic(
        name="composition_drift",
        status="warning" if moved else "ok",
        statement=_among(among, _statement(moved, len(rows), largest)),
        values={
            "threshold": NOTABLE_SMD,
            "threshold_source": "Austin (2009), doi:10.1002/sim.3697",
            "largest_drift": largest,
            "n_drifting": len(moved),
        },
        table={"covariate": tuple(names)} | {key: tuple(row[key] for row in rows) for key in rows[0]},
    )


def _one(column: FloatArray, treated: BoolArray, after: BoolArray) -> dict[str, float | None]:
    row: dict[str, float | None] = {}
    means, variances = {}, []
    binary = bool(np.all((column == 0) | (column == 1)))
    for arm, name in ((True, "treated"), (False, "control")):
        for late, when in ((False, "before"), (True, "after")):
            own = column[(treated == arm) & (after == late)]
            means[arm, late] = row[f"{name}_mean_{when}"] = float(np.mean(own))
            if not late:
                variances.append(_variance(own, means[arm, late], binary=binary))
    apart = (means[True, True] - means[True, False]) - (means[False, True] - means[False, False])
    sd = math.sqrt(sum(variances) / 2)
    row["sd"] = 0.0 if sd <= ROUNDING * float(np.max(np.abs(column))) else sd
    row["drift"] = apart / sd if row["sd"] else None
    return row


def _variance(own: FloatArray, mean: float, *, binary: bool) -> float:
    if binary:
        return mean * (1 - mean)
    return float(np.var(own, ddof=1)) if len(own) > 1 else 0.0


def _is_moved(row: dict[str, float | None]) -> bool:
    if row["drift"] is not None:
        return abs(row["drift"]) > NOTABLE_SMD
    first, second, third, fourth = (
        row[f"{arm}_mean_{when}"] or 0.0 for arm in ("treated", "control") for when in ("after", "before")
    )
    largest = max(map(abs, (first, second, third, fourth)))
    return abs((first - second) - (third - fourth)) > 1e-10 * largest


def _among(among: Text | None, statement: Text) -> Text:
    if among is None:
        return statement
    return Text(en=f"{among.en}: {statement.en}", sv=f"{among.sv}: {statement.sv}")


def _statement(moved: list[str], count: int, largest: float | None) -> Text:
    limit = Text(en=format_number(NOTABLE_SMD, "en"), sv=format_number(NOTABLE_SMD, "sv"))
    size_en = "" if largest is None else f"; the largest drift is {format_number(largest, 'en', 3)}"
    size_sv = "" if largest is None else f"; den största förskjutningen är {format_number(largest, 'sv', 3)}"
    if not moved:
        return Text(
            en=f"Who the people are changed alike in both groups, to within {limit.en} standard deviations, in all of "
            f"{count} covariates{size_en}. That is no evidence against the comparison, and says nothing of what was "
            "not measured.",
            sv=f"Vilka personerna är ändrades lika i båda grupperna, på {limit.sv} standardavvikelser när, i alla av "
            f"{count} kovariater{size_sv}. Det talar inte emot jämförelsen, och säger inget om det som inte mätts.",
        )
    listed = ", ".join(moved)
    return Text(
        en=f"Who the people are changed more in one group than in the other: in {len(moved)} of {count} covariates by "
        f"more than {limit.en} standard deviations: {listed}{size_en}. The figure may partly be that change.",
        sv=f"Vilka personerna är ändrades mer i den ena gruppen än i den andra: i {len(moved)} av {count} kovariater "
        f"med mer än {limit.sv} standardavvikelser: {listed}{size_sv}. Siffran kan delvis vara den förändringen.",
    )
