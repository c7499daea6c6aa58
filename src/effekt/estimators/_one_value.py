"""The rule for a covariate that holds one value within an arm, one for all methods without a lot.

A weighting gives an arm the target's means, and a regression within an arm reads the covariate there: both need it to
vary in that arm, and refuse it. What only compares units that are near or alike takes it, and says so in a note.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import join_words
from effekt.exceptions import DataError
from effekt.result import Note
from effekt.tables import column_of

SAMPLE = 64  # rows that show of most columns that they vary


def _constant(column: FloatArray, rows: IntArray) -> bool:
    """Whether some rows hold one value; of all of them it is asked only where the first few do."""
    first = column[rows[0]]
    return bool(np.all(column[rows[:SAMPLE]] == first) and np.all(column[rows] == first))


def refuse_absent_categories(
    covariates: FloatArray,
    arm: BoolArray,
    names: Sequence[str],
    noun: str,
    remedy: str,
    treated: BoolArray | None = None,
) -> None:
    """Stop when a column of categories has one that no row of an arm is of, the one without an indicator included.

    Of a column with no category in both arms the remedy is another: it says nothing but who is `treated`.
    """
    for column in dict.fromkeys(column_of(name) for name in names if column_of(name) != name):
        indicators = covariates[:, [column_of(name) == column != name for name in names]]
        is_of = indicators > np.min(indicators, axis=0)
        every = np.column_stack([~is_of.any(axis=1), is_of])
        there: BoolArray = np.asarray(every[arm].any(axis=0))
        absent = len(there) - int(there.sum())
        if absent:
            alone = treated is not None and not np.any(every[treated].any(axis=0) & every[~treated].any(axis=0))
            advice = "Leave it out, as no category is in both arms." if alone else f"Merge categories, or {remedy}"
            raise DataError(
                f"Column {column!r} must have rows of every category within the {noun}; of {len(there)} categories "
                f"{absent} {'has' if absent == 1 else 'have'} none there. {advice}"
            )


def refuse_one_value(covariates: FloatArray, arm: BoolArray, names: Sequence[str], noun: str, remedy: str) -> None:
    """Stop when a covariate does not vary within an arm."""
    refuse_absent_categories(covariates, arm, names, noun, remedy[0].lower() + remedy[1:])
    rows = np.flatnonzero(arm)
    for name, column in zip(names, covariates.T, strict=True):
        if _constant(column, rows):
            raise DataError(f"Column {name!r} must vary within the {noun}; it holds one value there. {remedy}")


def one_value_notes(covariates: FloatArray, treated: BoolArray, names: Sequence[str]) -> tuple[Note, ...]:
    """Which covariates hold one value within an arm, where that is no bar; none where all vary."""
    found = {
        arm: [name for name, column in zip(names, covariates.T, strict=True) if _constant(column, rows)]
        for arm, rows in (("treated", np.flatnonzero(treated)), ("controls", np.flatnonzero(~treated)))
    }
    if not any(found.values()):
        return ()
    swedish = {"treated": "de behandlade", "controls": "kontrollerna"}
    en = "; ".join(
        f"{join_words(map(repr, names), 'and')} {'holds' if len(names) == 1 else 'hold'} one value among the {arm}"
        for arm, names in found.items()
        if names
    )
    sv = "; ".join(
        f"{join_words(map(repr, names), 'och')} har ett enda värde bland {swedish[arm]}"
        for arm, names in found.items()
        if names
    )
    text = Text(
        en=f"{en}: units of the other arm that differ there have nobody alike, and no weighting and no regression "
        "within the arm could make up for it.",
        sv=f"{sv}: enheter i den andra gruppen som avviker där har ingen lik sig, och varken vägning eller regression "
        "inom gruppen kan ersätta det.",
    )
    return (Note(code="covariate_without_variation", text=text),)
