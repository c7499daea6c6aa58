"""The wild cluster bootstrap of a trial that assigned clusters, or why it cannot be relied on."""

from __future__ import annotations

import numpy as np

from effekt import _linalg
from effekt._few import SINGLE_CLUSTER_IN_BLOCK
from effekt._inference import Inference, Unavailable
from effekt._text import Text, format_number
from effekt._types import FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators._wild_bootstrap import MOST_LISTED, all_listed, cluster_sums, numbered, told, wild_bootstrap
from effekt.estimators.randomized.arguments import Options, generator_of
from effekt.estimators.randomized.data import ARMS, Trial, least, row_places
from effekt.estimators.randomized.inference import SEEN
from effekt.estimators.randomized.models import ROUNDING, Model
from effekt.estimators.randomized.words import DETERMINED_BY_CLUSTER, with_way_out
from effekt.result import Note
from effekt.tables.table import CANONICAL_ROWS


def wild(trial: Trial, model: Model, options: Options) -> tuple[Inference, tuple[Note, ...]]:
    """P-values by the wild cluster bootstrap, and how its draws came about."""
    drawn = trial.drawn
    reason = _alone(trial, model, options)
    if reason is not None:
        return Unavailable(reason=reason), ()
    sums, leverages = cluster_sums(model.parts)
    if _determined(model, leverages):
        return Unavailable(reason=DETERMINED_BY_CLUSTER), ()
    if _std_error(model, sums[0]) <= ROUNDING * np.max(np.abs(trial.response)):
        return Unavailable(reason=NO_VARIATION), ()
    why = f"With {len(drawn)} clusters there are more than {MOST_LISTED:,} combinations of signs"
    generator = None if all_listed(len(drawn)) else generator_of(options.rng, "weights", why)
    tied = []  # the places of clusters, once they are asked for

    def content() -> IntArray:
        tied.append(_places(trial, model))
        return tied[0]

    found = wild_bootstrap(model.parts, options.draws, generator, sums=sums, content=content)
    note = told(found, options.rng)
    return found, (_by_order(note) if tied and trial.as_given and generator is not None else note,)


def _places(trial: Trial, model: Model) -> IntArray:
    """(G,): the place of each cluster's first row by content, the clusters of a part after those of the one before."""
    assert trial.cluster is not None
    cluster, places = trial.cluster, row_places(trial)
    return np.concatenate([least(numbered(cluster[rows]), places[rows]) for rows in model.places])


def _by_order(note: Note) -> Note:
    """The same note, which also says that the order of the rows decides between clusters that add the same."""
    most_en, most_sv = (format_number(CANONICAL_ROWS, language) for language in ("en", "sv"))
    text = Text(
        en=f"{note.text.en} Which of these fall to clusters whose residuals add the same to the difference may depend "
        f"on the order of the rows, as there are more than {most_en}.",
        sv=f"{note.text.sv} Vilka av dessa som kluster får vars residualer bidrar lika mycket till skillnaden kan bero "
        f"på radernas ordning, eftersom raderna är fler än {most_sv}.",
    )
    return Note(code="wild_bootstrap", text=text)


def _alone(trial: Trial, model: Model, options: Options) -> Text | None:
    """A single cluster in an arm, or in the arm of a block with a mean of its own."""
    drawn = trial.drawn
    treated = trial.treated[drawn]
    blocks = np.zeros(len(treated)) if trial.block is None or not model.by_arm else trial.block[drawn]
    for arm, name in zip((treated, ~treated), ARMS, strict=True):
        if arm.sum() < 2:
            return with_way_out(_single(name), trial, options)
        if np.unique(blocks[arm], return_counts=True)[1].min() < 2:
            return with_way_out(SINGLE_CLUSTER_IN_BLOCK, trial, options)
    return None


def _determined(model: Model, leverages: FloatArray) -> bool:
    """Whether rows of one cluster determine a coefficient, which takes an eigenvalue of 1 in Q_g'Q_g.

    None is above the sum of them all, the leverages of the cluster's rows: most clusters need no look at CR2.
    """
    if leverages.max() < SEEN and all(part.weights is None for part in model.parts):
        return False
    return _linalg.captured_share(_linalg.sandwich("CR2", model.parts), model.parts) < SEEN


def _std_error(model: Model, errors: FloatArray) -> float:
    """CR1 of the difference, from what each cluster's residuals add to the coefficients."""
    treated, counterfactual = np.concatenate([part.whitened() for part in model.parts], axis=1)
    scores = errors @ (treated - counterfactual)
    return float(np.sqrt(len(errors) / (len(errors) - 1) * np.sum(scores**2)))


def _single(arm: Text) -> Text:
    return Text(
        en=f"The wild bootstrap cannot be relied on with a single cluster in an arm (MacKinnon & Webb 2017), and the "
        f"{arm.en} arm has one.",
        sv="Det går inte att lita på wild bootstrap med ett enda kluster i en grupp (MacKinnon & Webb 2017), och "
        f"{arm.sv} har ett.",
    )
