"""Disclosure control: small counts are hidden, and so is every count that would give a hidden one back."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from effekt.contracts.money import fraction
from effekt.exceptions import ArgumentError

HIDDEN = ".."  # a count hidden because of another; it may be large, so it is not "<5"


def suppress_count(n: int, minimum: int, *, show_zero: bool = False) -> int | None:
    """Return a count, or None if it is too small to be shown.

    Parameters
    ----------
    n : int
        The count.
    minimum : int
        The smallest count that is shown; 0 shows all.
    show_zero : bool, default False
        Whether 0 is shown. That nobody did can tell as much as that one did, so it is hidden unless told.

    Returns
    -------
    int or None
        `n`, or None from 1 (or 0) to ``minimum - 1``.

    Raises
    ------
    ArgumentError
        If `n` or `minimum` is not an integer of at least 0.

    Examples
    --------
    >>> suppress_count(5, 5), suppress_count(4, 5), suppress_count(0, 5, show_zero=True)
    (5, None, 0)
    """
    _check_count("n", n)
    _check_count("minimum", minimum)
    visible = n >= minimum or (show_zero and n == 0)
    return n if visible else None


def count_text(n: int | None, minimum: int) -> str:
    """Return what `suppress_count` gives as text.

    Parameters
    ----------
    n : int or None
        The count; None if it is hidden for being small.
    minimum : int
        The smallest count that is shown.

    Returns
    -------
    str
        The digits, or "<5" where `minimum` is 5.

    Raises
    ------
    ArgumentError
        If `n` or `minimum` is not an integer of at least 0.

    Examples
    --------
    >>> count_text(12, 5), count_text(None, 5)
    ('12', '<5')
    """
    _check_count("minimum", minimum)
    if n is None:
        return f"<{minimum}"
    _check_count("n", n)
    return str(n)


def suppress(sample: Mapping[str, int | None], minimum: int, *, show_zero: bool = False) -> dict[str, int | str | None]:
    """Return the counts of a sample as they may be published.

    Parameters
    ----------
    sample : mapping of str to int or None
        Counts by name, as `EffectEstimate.sample` has them; None where a count does not apply.
    minimum : int
        The smallest count that is shown.
    show_zero : bool, default False
        Whether 0 is shown.

    Returns
    -------
    dict
        For each name the count, "<5" (for a `minimum` of 5) if it is small, ".." if it is hidden because of
        another count, or None if it does not apply.

    Raises
    ------
    ArgumentError
        If a count or `minimum` is not an integer of at least 0.

    Notes
    -----
    ``n_treated + n_control = n_units``. If either part is small both are "..", without a word on which of
    them: of a total of 8 with each part below 5 both parts are 4, and of a total of 6 with one part known to
    be at least 5 the other is 1. If ``n_units`` is small, ``n_obs`` is hidden too, since the number of rows
    for each unit is often known.

    Counts published elsewhere, or earlier on other data, can give a hidden count back; that is for whoever
    publishes to see.

    Examples
    --------
    >>> suppress({"n_units": 203, "n_treated": 3, "n_control": 200, "n_dropped": 2}, 5)
    {'n_units': 203, 'n_treated': '..', 'n_control': '..', 'n_dropped': '<5'}
    """
    counts = {name: n for name, n in sample.items() if n is not None}
    for name, n in counts.items():
        _check_count(name, n)
    small = {name for name, n in counts.items() if suppress_count(n, minimum, show_zero=show_zero) is None}
    published: dict[str, int | str | None] = {
        name: count_text(None, minimum) if name in small else n for name, n in sample.items()
    }
    parts = [name for name in ("n_treated", "n_control") if name in counts]
    linked: list[str] = list(parts) if len(parts) == 2 and small.intersection(parts) else []
    if "n_units" in small and "n_obs" in counts:
        linked.append("n_obs")
    return published | dict.fromkeys(linked, HIDDEN)


def rounded(n: int, base: int) -> int:
    """Round a count to the nearest multiple of a base, halves away from zero: conventional rounding.

    Parameters
    ----------
    n : int
        The count; of one below 0 its size is rounded.
    base : int
        At least 1; 1 leaves the count as it is.

    Returns
    -------
    int

    References
    ----------
    Hundepool, A. et al. (2012). *Statistical Disclosure Control*. Wiley, chapter 5. doi:10.1002/9781118348239

    Examples
    --------
    >>> [rounded(n, 5) for n in (2, 3, 7, 8)], rounded(5, 10)
    ([0, 5, 5, 10], 10)
    """
    size = (2 * abs(n) + base) // (2 * base) * base
    return -size if n < 0 else size


def rounded_alike(n: int, base: int) -> range:
    """All counts on the same side of zero that are rounded as one is, in order; 0 is on the upper side.

    Parameters
    ----------
    n : int
    base : int

    Returns
    -------
    range
        Not listed, since a base that a file states may be any.

    Examples
    --------
    >>> rounded_alike(17, 5), rounded_alike(1, 5)
    (range(13, 18), range(0, 3))
    """
    size = 2 * abs(rounded(n, base))
    least, above = max((size - base + 1) // 2, int(n < 0)), (size + base + 1) // 2
    return range(1 - above, 1 - least) if n < 0 else range(least, above)


def _check_count(name: str, n: int) -> None:
    """Raise unless `n` is a count."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ArgumentError(f"{name} is not a count; give an integer of at least 0.")


def dominated(contributions: Sequence[str | int | float | Fraction], largest: int, share: Fraction) -> bool:
    """Return whether few contributors make up most of a sum: the (n, k) rule.

    Parameters
    ----------
    contributions : sequence of numbers
        What each contributor makes up of the sum, at least 0.
    largest : int
        How many of the largest are taken together.
    share : Fraction
        From which share of the sum on they dominate it.

    Returns
    -------
    bool
        True also for a sum of 0 and for none.

    Raises
    ------
    ArgumentError
        For a contribution that is no number of at least 0.

    References
    ----------
    Hundepool, A. et al. (2012). *Statistical Disclosure Control*. Wiley, section 4.2.1. doi:10.1002/9781118348239

    Examples
    --------
    >>> dominated([50, 40, 5, 5], 2, Fraction("0.90")), dominated([50, 39, 6, 5], 2, Fraction("0.90"))
    (True, False)
    """
    try:
        each = [fraction(one) if isinstance(one, str) else Fraction(str(one)) for one in contributions]
    except (ValueError, ZeroDivisionError):
        raise ArgumentError("`contributions` must hold decimals of at least 0; correct those that are not.") from None
    exact = sorted(each, reverse=True)
    if exact and exact[-1] < 0:
        raise ArgumentError("`contributions` must be at least 0, as the rule is on parts of a sum; remove the others.")
    return sum(exact[:largest]) >= share * sum(exact)
