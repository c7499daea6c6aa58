"""Several figures tested at once: p-values that hold for all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from effekt._exact import exact
from effekt._text import LANGUAGES, Language, Text, format_percent
from effekt._types import ALTERNATIVES, Alternative, BoolArray, FloatArray
from effekt._validation import check_level, check_option
from effekt.diagnostics._arrays import FINITE, check_array, check_each, check_labels, check_vector, number_words
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

TIE = 1e-12  # relative; ties count as at least as extreme


def holm(
    p_values: Sequence[float | Fraction] | FloatArray, *, labels: Sequence[str] = (), level: float = 0.95
) -> Diagnostic:
    """Holm's stepdown adjustment: p-values of several figures, valid whatever their dependence.

    Parameters
    ----------
    p_values : (m,) array
        One for each figure, from 0 to 1.
    labels : sequence of str, length m, optional
        Names of the figures.
    level : float
        1 − the chance that any true null at all is rejected.

    Returns
    -------
    Diagnostic
        Always "information". Table: `figure`, `p_value` and `p_adjusted`. Values: `n_figures`, `n_rejected`, `method`.

    Raises
    ------
    ArgumentError
        For a p-value outside 0 to 1, or labels that do not fit.

    Notes
    -----
    With p₍₁₎ ≤ … ≤ p₍ₘ₎ the adjusted p₍ⱼ₎ is the largest of min(1, (m − i + 1)·p₍ᵢ₎) over i ≤ j.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian Journal of Statistics* 6(2),
    65–70.

    Examples
    --------
    >>> found = holm([0.01, 0.04, 0.03], labels=["work", "school", "health"])
    >>> found.table["p_adjusted"]
    (0.03, 0.06, 0.06)
    """
    values = check_vector("p_values", p_values)
    if ((values < 0) | (values > 1)).any():
        row = int(np.argmax((values < 0) | (values > 1)))
        raise ArgumentError(f"`p_values` must lie from 0 to 1; number {row + 1} is {values[row]:g}.")
    names, alpha = check_labels(labels, len(values)), check_level(level)
    order = np.argsort(values, kind="stable")
    multiples = np.minimum(1.0, np.arange(len(values), 0, -1) * values[order])
    adjusted = np.empty(len(values))
    adjusted[order] = np.maximum.accumulate(multiples)
    return family_diagnostic("holm", names, values, adjusted, alpha, {})


def romano_wolf(
    statistics: Sequence[float] | FloatArray,
    *,
    draws: FloatArray,
    labels: Sequence[str] = (),
    alternative: Alternative = "two-sided",
    level: float = 0.95,
) -> Diagnostic:
    """Romano and Wolf's stepdown adjustment: as Holm's, but using how the figures go together.

    Parameters
    ----------
    statistics : (m,) array
        Studentised statistic of each figure, (estimate − null)/SE.
    draws : (R, m) array
        The same statistics in R re-drawn samples or assignments under the null: in a bootstrap each centred at its
        estimate, (estimate* − estimate)/SE*; the figures of one row come from one draw.
    labels : sequence of str, length m, optional
        Names of the figures.
    alternative : {"two-sided", "greater", "less"}
        Large sizes, large values or small values count against the null.
    level : float
        1 − the chance that any true null at all is rejected.

    Returns
    -------
    Diagnostic
        Always "information". Table: `figure`, `statistic`, `p_value` of each figure by itself and `p_adjusted`. Values:
        `n_figures`, `n_rejected`, `n_draws`, `method`.

    Raises
    ------
    ArgumentError
        For draws of another shape, values that are not finite, or labels that do not fit.

    Notes
    -----
    Figures are ordered by how extreme their statistic is. For the j-th, b counts the draws whose most extreme statistic
    among figures j, …, m is at least as extreme, ties within 1e-12 relative included; p = (b + 1)/(R + 1), never 0, and
    never below that of the figure before it.

    References
    ----------
    Romano, J. P. & Wolf, M. (2005). Exact and approximate stepdown methods for multiple hypothesis testing. *Journal of
    the American Statistical Association* 100(469), 94–108. doi:10.1198/016214504000000539

    Romano, J. P. & Wolf, M. (2016). Efficient computation of adjusted p-values for resampling-based stepdown multiple
    testing. *Statistics & Probability Letters* 113, 38–40. doi:10.1016/j.spl.2016.02.012

    Examples
    --------
    >>> import numpy as np
    >>> found = romano_wolf([3.1, 0.4], draws=np.random.default_rng(1).standard_normal((999, 2)))
    >>> found.table["p_adjusted"]
    (0.005, 0.705)
    """
    observed = check_vector("statistics", statistics)
    drawn = check_array("draws", draws)
    if drawn.ndim != 2 or drawn.shape[1] != len(observed) or not len(drawn):
        raise ArgumentError(
            f"`draws` must have at least one row and a column for each of the {len(observed)} figures; its shape is "
            f"{drawn.shape}."
        )
    check_each("draws", np.isfinite(drawn), FINITE, "Leave draws without every figure out.")
    check_option("alternative", alternative, ALTERNATIVES)
    names, alpha = check_labels(labels, len(observed)), check_level(level)
    sizes, largest = (extremeness(values, alternative) for values in (observed, drawn))
    single = np.array([_p(largest[:, j], sizes[j]) for j in range(len(sizes))])
    order = np.argsort(-sizes, kind="stable")
    # The most extreme of figure j and all that come after it, in each draw.
    remaining = np.maximum.accumulate(largest[:, order[::-1]], axis=1)[:, ::-1]
    stepwise = [_p(remaining[:, place], sizes[j]) for place, j in enumerate(order)]
    adjusted = np.empty(len(sizes))
    adjusted[order] = np.maximum.accumulate(stepwise)
    extra = {"statistic": tuple(map(float, observed))}
    return family_diagnostic("romano_wolf", names, single, adjusted, alpha, extra, n_draws=len(drawn))


def extremeness(values: FloatArray, alternative: Alternative) -> FloatArray:
    """How much each statistic counts against its null."""
    return np.abs(values) if alternative == "two-sided" else values if alternative == "greater" else -values


def _p(drawn: FloatArray, observed: float) -> float:
    """(b + 1)/(R + 1)."""
    extreme: BoolArray = drawn >= observed - TIE * abs(observed)
    return (int(np.sum(extreme)) + 1) / (len(drawn) + 1)


def family_diagnostic(
    method: str,
    names: tuple[str, ...],
    p_values: FloatArray,
    adjusted: FloatArray,
    alpha: Fraction,
    extra: dict[str, tuple[float, ...]],
    n_draws: int | None = None,
) -> Diagnostic:
    """What was adjusted and what stands at or below the limit."""
    rejected = [name for name, p in zip(names, adjusted.tolist(), strict=True) if exact(p) <= alpha]
    return Diagnostic(
        name=method,
        status="information",
        statement=_statement(method, rejected, len(names), alpha),
        values={
            "n_figures": len(names),
            "n_rejected": len(rejected),
            "level": float(1 - alpha),
            "method": method,
            **({} if n_draws is None else {"n_draws": n_draws}),
        },
        table={
            "figure": names,
            **extra,
            "p_value": tuple(map(float, p_values)),
            "p_adjusted": tuple(map(float, adjusted)),
        },
    )


def _statement(method: str, rejected: list[str], count: int, alpha: Fraction) -> Text:
    by = {"holm": ("Holm's", "Holms"), "romano_wolf": ("Romano and Wolf's", "Romano och Wolfs")}[method]
    limit = {lang: number_words(float(alpha), lang) for lang in LANGUAGES}
    chance = {lang: _whole_percent(alpha, lang) for lang in LANGUAGES}
    listed = f": {', '.join(rejected)}" if rejected else ""
    return Text(
        en=f"With {by[0]} adjustment for {count} figures, {len(rejected)} have p at or below {limit['en']}{listed}; "
        f"the chance that any of them is a false finding is at most {chance['en']} if the p-values are valid.",
        sv=f"Med {by[1]} justering för {count} storheter har {len(rejected)} p på högst {limit['sv']}{listed}; risken "
        f"att någon av dem är ett falskt fynd är högst {chance['sv']} om p-värdena är giltiga.",
    )


def _whole_percent(share: Fraction, lang: Language) -> str:
    return format_percent(share, lang, 0 if (share * 100).denominator == 1 else 1)
