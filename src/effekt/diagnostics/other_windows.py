"""How a figure moves with the windows: other reference windows, and earlier years in which nothing had begun."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effekt._text import Text, format_percent
from effekt._types import FloatArray, Number
from effekt._validation import check_number, plural, shown
from effekt.diagnostics._arrays import check_array, check_between, check_labels, check_vector
from effekt.diagnostics._improvement import MOVES, Better, count_reaching, way_of
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Values = dict[str, float | int | str | None]


def baseline_choice(
    *,
    relative: FloatArray,
    labels: Sequence[str],
    declared: str,
    threshold: Number | None = None,
    better: Better = "lower",
    treated: FloatArray | None = None,
) -> Diagnostic:
    """How the relative change moves with the reference window.

    Parameters
    ----------
    relative : (n,) array
        The relative change with each admissible reference window, the declared one among them.
    labels : sequence of str, length n
        The windows, such as "2014–2015".
    declared : str
        Which of them the contract names.
    threshold : float, str or Decimal, optional
        A reduction that pays, as a positive fraction such as 0.12; where more is better an increase.
    better : {"lower", "higher"}
        Which way the outcome improves.
    treated : (n,) array, optional
        The mean of the treated with each window, where a population that they are standardised to moves with it.

    Returns
    -------
    Diagnostic
        Values: `n_windows`, `declared` (its relative change), `min_relative`, `max_relative`, `n_larger_reduction`
        (windows that give a larger reduction than the declared one; where more is better `n_larger_increase`); with a
        threshold `n_reaching`. "warning" when the
        windows differ on the sign, or on whether the threshold is reached; else "information". Table: `window` and
        `relative`, and `treated_mean` where that is given.

    Raises
    ------
    ArgumentError
        For labels that are not distinct, means of the treated that are not as many, a declared window that is not among
        them, or another `better`.

    Examples
    --------
    >>> found = baseline_choice(relative=[-0.05, 0.02], labels=["2014–2015", "2015"], declared="2014–2015")
    >>> found.status, found.values["max_relative"], found.values["n_larger_reduction"]
    ('warning', 0.02, 0)
    """
    way = way_of(better)
    changes = check_vector("relative", relative)
    names = check_labels(labels, len(changes))
    if not isinstance(declared, str) or declared not in names:
        raise ArgumentError(f"`declared` must be one of `labels`; got {shown(declared)}.")
    means = None if treated is None else check_vector("treated", treated, length=len(changes))
    own = float(changes[names.index(declared)])
    low, high = float(changes.min()), float(changes.max())
    values: Values = {
        "n_windows": len(changes),
        "declared": own,
        "min_relative": low,
        "max_relative": high,
        f"n_larger_{MOVES[better].en}": int(np.sum(way * changes > way * own)),
    }
    bar = None if threshold is None else check_between("threshold", threshold, 0, 1)
    reaching = None if bar is None else count_reaching(way * changes, bar)
    if reaching is not None:
        values["n_reaching"] = reaching
    differ = low < 0 < high or (reaching is not None and 0 < reaching < len(changes))
    return Diagnostic(
        name="baseline_choice",
        status="warning" if differ else "information",
        statement=_baseline_words(values, bar, better),
        values=values,
        table={
            "window": names,
            "relative": tuple(changes.tolist()),
            **({} if means is None else {"treated_mean": tuple(means.tolist())}),
        },
    )


def placebo_in_time(
    *,
    relative: FloatArray,
    labels: Sequence[str],
    declared: float,
    threshold: Number | None = None,
    better: Better = "lower",
) -> Diagnostic:
    """What the same comparison finds in the same unit in earlier years, when nothing had begun.

    Parameters
    ----------
    relative : (n,) array
        The relative change with both windows moved back, once for each row; may be empty.
    labels : sequence of str, length n
        The evaluation windows so moved.
    declared : float
        The relative change in the declared windows.
    threshold : float, str or Decimal, optional
        A reduction that pays, as a positive fraction such as 0.12; where more is better an increase.
    better : {"lower", "higher"}
        Which way the outcome improves.

    Returns
    -------
    Diagnostic
        "information". Values: `n_windows`, `declared`, `min_relative`, `max_relative`, `n_as_large` (windows with a
        change as large as the declared, either way); with a threshold `n_reaching`. Table: `window` and `relative`.
        Windows that overlap share years, so that there is no p-value: the count is of windows, not of independent
        trials.

    Raises
    ------
    ArgumentError
        For labels that are not distinct or not as many as the changes, or another `better`.

    References
    ----------
    Abadie, A., Diamond, A. & Hainmueller, J. (2015). Comparative politics and the synthetic control method. *American
    Journal of Political Science* 59(2), 495–510. doi:10.1111/ajps.12116

    Examples
    --------
    >>> found = placebo_in_time(relative=[0.03, -0.01], labels=["2012", "2013"], declared=-0.02)
    >>> found.values["n_as_large"]
    1
    """
    way = way_of(better)
    own = check_number("declared", declared)
    changes = check_array("relative", relative)
    if changes.ndim == 1 and not changes.size:
        return Diagnostic(
            name="placebo_in_time",
            status="information",
            statement=_NO_EARLIER,
            values={"n_windows": 0, "declared": own},
        )
    changes = check_vector("relative", relative)
    names = check_labels(labels, len(changes))
    size = np.maximum(np.abs(changes), abs(own))
    values: Values = {
        "n_windows": len(changes),
        "declared": own,
        "min_relative": float(changes.min()),
        "max_relative": float(changes.max()),
        "n_as_large": int(np.sum(np.abs(changes) >= abs(own) - 1e-12 * size)),
    }
    bar = None if threshold is None else check_between("threshold", threshold, 0, 1)
    reaching = None if bar is None else count_reaching(way * changes, bar)
    if reaching is not None:
        values["n_reaching"] = reaching
    return Diagnostic(
        name="placebo_in_time",
        status="information",
        statement=_earlier_words(values, bar, better),
        values=values,
        table={"window": names, "relative": tuple(changes.tolist())},
    )


def _range(values: Values) -> tuple[str, str]:
    low, high = float(values["min_relative"] or 0), float(values["max_relative"] or 0)
    return (
        f"{format_percent(low, 'en')} to {format_percent(high, 'en')}",
        f"{format_percent(low, 'sv')} till {format_percent(high, 'sv')}",
    )


def _baseline_words(values: Values, threshold: float | None, better: Better) -> Text:
    number = int(values["n_windows"] or 0)
    if number == 1:
        return Text(
            en="The data have no other admissible reference window than the declared one.",
            sv="Data har inget annat tillåtet referensfönster än det avtalade.",
        )
    en, sv, move = *_range(values), MOVES[better]
    own, larger = float(values["declared"] or 0), int(values[f"n_larger_{move.en}"] or 0)
    way = (
        Text(en=f"that give a larger {move.en}", sv=f"som ger en större {move.sv}")
        if way_of(better) * own > 0
        else Text(en="more favourable than the declared one", sv="som är förmånligare än det avtalade")
    )
    words = Text(
        en=f"With {number} admissible reference windows the relative change is {en}; with the declared one "
        f"{format_percent(own, 'en')}. Windows {way.en}: {larger}.",
        sv=f"Med {number} tillåtna referensfönster är den relativa förändringen {sv}; med det avtalade "
        f"{format_percent(own, 'sv')}. Fönster {way.sv}: {larger}.",
    )
    return _with_threshold(words, values, number, threshold, better)


def _earlier_words(values: Values, threshold: float | None, better: Better) -> Text:
    number = int(values["n_windows"] or 0)
    en, sv = _range(values)
    own, count = float(values["declared"] or 0), int(values["n_as_large"] or 0)
    places = f"{number} tidigare {'läge' if number == 1 else 'lägen'}"
    words = Text(
        en=f"With the windows moved back to {plural(number, 'earlier placement')}, before anything had begun, the same "
        f"comparison finds {en}. Changes as large as {format_percent(own, 'en')}, either way: {count}. Windows that "
        "overlap are not independent.",
        sv=f"Med fönstren flyttade till {places}, innan något hade börjat, finner samma jämförelse {sv}. Förändringar "
        f"lika stora som {format_percent(own, 'sv')}, åt endera hållet: {count}. "
        "Fönster som överlappar är inte oberoende.",
    )
    return _with_threshold(words, values, number, threshold, better)


def _with_threshold(words: Text, values: Values, number: int, threshold: float | None, better: Better) -> Text:
    if threshold is None:
        return words
    reaching, move = int(values["n_reaching"] or 0), MOVES[better]
    a = "an" if better == "higher" else "a"
    return Text(
        en=f"{words.en} Windows that reach {a} {move.en} of {format_percent(threshold, 'en', None)}: {reaching} of "
        f"{number}.",
        sv=f"{words.sv} Fönster som når en {move.sv} på {format_percent(threshold, 'sv', None)}: {reaching} av "
        f"{number}.",
    )


_NO_EARLIER = Text(
    en="The data do not reach far enough back for the comparison to be made in earlier years.",
    sv="Data når inte tillräckligt långt tillbaka för att jämförelsen ska kunna göras i tidigare år.",
)
