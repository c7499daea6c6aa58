"""Inference of two groups when few clusters are treated, or few there are.

A cluster enters only through its units' changes Δ, from their mean before adoption to their mean after it.

Permutation: were the clusters' changes exchangeable but for the effect, every choice of as many clusters for the
treated group would be as likely, and the effect τ₀ on every treated unit is tested exactly by the estimator on
Δ − τ₀·D under all of them (Lehmann & Romano 2005, doi:10.1007/0-387-27605-X, theorem 15.2.1). With one treated cluster
p is its rank among all clusters.

Conley and Taber (2011, doi:10.1162/REST_a_00049): one treated cluster, whose error is held to be drawn from the same
distribution as those of the untreated clusters, which is that of their residuals Δ_g − Δ̄₀. Here the treated cluster
counts among them, so that p is never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations, islice

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._inference import Inference, Means, Placebos, Randomization, Unavailable
from effekt._inference.wild_weights import WildWeights
from effekt._text import Text, format_number
from effekt._types import FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators._wild_bootstrap import MOST_LISTED, all_listed, told, wild_bootstrap
from effekt.estimators.did.asymptotic import CONTROL, TREATED, Grouped, asymptotic, is_rounding, stacked, unit_means
from effekt.estimators.did.panel import Panel
from effekt.estimators.did.shared import Chance
from effekt.estimators.randomized.arguments import generator_of
from effekt.result import Note

CELLS = 2**20  # of one chunk of assignments

Found = tuple[Inference, tuple[Note, ...]]


def panel_inference(panel: Panel, means: Means, chance: Chance) -> Found:
    """Inference by a named variance, or as is asked for."""
    if chance.chosen == "wild_bootstrap":
        return wild(panel, chance.draws, chance.rng, chance.weights)
    if chance.chosen == "permutation":
        return permutation(panel, means, chance.draws, chance.rng)
    if chance.chosen == "conley_taber":
        return conley_taber(panel)
    return asymptotic(panel, chance.chosen), ()


def wild(panel: Panel, draws: int, rng: Generator | int | None, weights: WildWeights) -> Found:
    """P-values by the wild cluster bootstrap of the two means, and how its draws came about."""
    part = stacked(panel)

    def still() -> bool:
        return is_rounding(panel, _linalg.sandwich("CR1", [part]))

    return wild_of(panel, part, draws, rng, weights, still)


def wild_of(
    panel: Grouped,
    part: _linalg.Part,
    draws: int,
    rng: Generator | int | None,
    weights: WildWeights,
    still: Callable[[], bool],
) -> Found:
    """The same of any regression of the two means; `still` says whether nothing varies."""
    clusters = panel.n_clusters()
    why = f"With {clusters} clusters there are more than {MOST_LISTED:,} combinations of weights"
    generator = None if all_listed(clusters, weights) else generator_of(rng, "weights", why)
    for arm, name in ((panel.treated, TREATED), (~panel.treated, CONTROL)):
        if panel.n_clusters(arm) < 2:
            return Unavailable(reason=_single(name)), ()
    if still():
        return Unavailable(reason=NO_VARIATION), ()
    found = wild_bootstrap([part], draws, generator, weights)
    return found, (told(found, rng),)


def permutation(panel: Panel, means: Means, draws: int, rng: Generator | int | None) -> Found:
    """The estimator with every choice of clusters as the treated ones, or with `draws` choices."""
    clusters = _clusters(panel)
    if clusters is None:
        return Unavailable(reason=MIXED), ()
    treated = int(np.sum(clusters[:, 2] > 0))
    chosen, complete = assignments(len(clusters), treated, draws, rng)
    found = np.concatenate([_differences(clusters, members) for members in chosen])
    inference = Randomization(
        statistics=tuple(found[:, 0].tolist()),
        exposures=tuple(found[:, 1].tolist()),
        complete=complete,
        mean_outcome=means.treated,
        share_treated=1.0,
    )
    return inference, (permuted(len(found), complete, rng), *_unequal(clusters))


def assignments(
    clusters: int, treated: int, draws: int, rng: Generator | int | None
) -> tuple[Iterator[IntArray], bool]:
    """Numbers (rows, m) of the clusters chosen for the treated group, and whether all choices are among them."""
    possible = math.comb(clusters, treated)
    why = f"There are {_large(possible)} choices of the treated clusters, and at most {MOST_LISTED:,} are listed"
    generator = None if possible <= MOST_LISTED else generator_of(rng, "choices", why)
    chosen = _every(clusters, treated) if generator is None else _drawn(clusters, treated, draws, generator)
    return chosen, generator is None


def conley_taber(panel: Panel) -> Found:
    """The one treated cluster against the residuals of the untreated ones."""
    clusters = _clusters(panel)
    if clusters is None:
        return Unavailable(reason=MIXED), ()
    treated = clusters[:, 2] > 0
    if treated.sum() > 1:
        return Unavailable(reason=_several(int(treated.sum()))), ()
    size, total = clusters[~treated, 0], clusters[~treated, 1]
    errors = total / size - total.sum() / size.sum()
    if len(errors) < 2:
        return Unavailable(reason=_ONE_OTHER), ()
    return Placebos(errors=tuple(np.sort(errors).tolist()), scale="linear"), (_PLACEBOS, *_unequal(clusters))


def _clusters(panel: Panel) -> FloatArray | None:
    """(G, 3): units, sum of their changes, and how many are treated, in an order that depends on no label.

    None where a cluster holds units of both groups.
    """
    _, code = np.unique(panel.cluster, return_inverse=True)
    after, before = unit_means(panel)
    columns = (np.ones(len(after)), after - before, panel.treated.astype(float))
    found = np.column_stack([np.bincount(code, column) for column in columns])
    if np.any((found[:, 2] > 0) & (found[:, 2] < found[:, 0])):
        return None
    return np.asarray(found[np.lexsort((found[:, 0], found[:, 1], -found[:, 2]))])


def _differences(clusters: FloatArray, members: IntArray) -> FloatArray:
    """(rows, 2): the difference of the groups' mean change, and of their mean treatment, for members (rows, m)."""
    inside = clusters[members].sum(axis=1)
    outside = clusters.sum(axis=0) - inside
    return np.asarray(inside[:, 1:] / inside[:, :1] - outside[:, 1:] / outside[:, :1])


def _every(clusters: int, treated: int) -> Iterator[IntArray]:
    choices = combinations(range(clusters), treated)
    while rows := list(islice(choices, max(1, CELLS // clusters))):
        yield np.array(rows, np.intp)


def _drawn(clusters: int, treated: int, draws: int, rng: Generator) -> Iterator[IntArray]:
    step = max(1, CELLS // clusters)
    for first in range(0, draws, step):
        numbers = rng.random((min(step, draws - first), clusters))
        yield np.argsort(numbers, axis=1, kind="stable")[:, :treated]


# --- words --------------------------------------------------------------------------------------------------------


def _large(count: int) -> str:
    exponent = math.log10(count)
    return f"{count:,}" if exponent < 9 else f"about 10^{exponent:.0f}"


def _single(arm: Text) -> Text:
    return Text(
        en="The wild bootstrap cannot be relied on with a single cluster in a group (MacKinnon & Webb 2017), and the "
        f"{arm.en} has one; inference='permutation' compares it with the others.",
        sv="Det går inte att lita på wild bootstrap med ett enda kluster i en grupp (MacKinnon & Webb 2017), och den "
        f"{arm.sv} har ett; inference='permutation' jämför det med de andra.",
    )


def _several(treated: int) -> Text:
    return Text(
        en=f"Placebo inference after Conley and Taber is here for one treated cluster; there are {treated}. "
        "inference='permutation' compares several.",
        sv=f"Placeboinferens enligt Conley och Taber görs här för ett behandlat kluster; det finns {treated}. "
        "inference='permutation' jämför flera.",
    )


MIXED = Text(
    en="Clusters can only change places where each of them holds treated or untreated units alone; some hold both.",
    sv="Kluster kan bara byta plats om vart och ett har enbart behandlade eller enbart obehandlade enheter; några har "
    "båda.",
)
_ONE_OTHER = Text(
    en="Placebo inference needs at least two untreated clusters; there is one.",
    sv="Placeboinferens kräver minst två obehandlade kluster; det finns ett.",
)
_PLACEBOS = Note(
    code="conley_taber",
    text=Text(
        en="Inference compares the treated cluster with how the untreated clusters' changes spread around their mean; "
        "it assumes that the treated cluster's own chance is of the same kind.",
        sv="Inferensen jämför det behandlade klustret med hur de obehandlade klustrens förändringar sprider sig kring "
        "sitt medelvärde; den förutsätter att slumpen i det behandlade klustret är av samma slag.",
    ),
)


def permuted(count: int, complete: bool, rng: Generator | int | None) -> Note:
    """How the choices came about, and what they are for."""
    if complete:
        how_en = f"all {format_number(count, 'en')} choices of the treated clusters"
        how_sv = f"alla {format_number(count, 'sv')} val av behandlade kluster"
    else:
        known = isinstance(rng, int)
        seed_en, seed_sv = (f" from the seed {rng}", f" med fröet {rng}") if known else ("", "")
        how_en = f"{format_number(count, 'en')} choices of the treated clusters drawn at random{seed_en}"
        how_sv = f"{format_number(count, 'sv')} slumpmässigt dragna val av behandlade kluster{seed_sv}"
    text = Text(
        en=f"Inference is by permutation: the estimate under {how_en}. It assumes that without the intervention any "
        "cluster's change could as well have been any other's, and is for an effect that is the same for every unit.",
        sv=f"Inferensen bygger på permutation: skattningen under {how_sv}. Den förutsätter att varje klusters "
        "förändring utan insatsen lika gärna kunde ha varit ett annats, och gäller en effekt som är densamma för alla "
        "enheter.",
    )
    return Note(code="permutation", text=text)


def _unequal(clusters: FloatArray) -> tuple[Note, ...]:
    """Small clusters' changes spread more (Ferman & Pinto 2019, doi:10.1162/rest_a_00759)."""
    smallest, largest = clusters[:, 0].min(), clusters[:, 0].max()
    if smallest == largest:
        return ()
    low, high = int(smallest), int(largest)
    text = Text(
        en=f"The clusters hold from {format_number(low, 'en')} to {format_number(high, 'en')} units. Small clusters "
        "change more by chance than large ones, so a small treated cluster is found to differ too often, a large one "
        "too seldom.",
        sv=f"Klustren har från {format_number(low, 'sv')} till {format_number(high, 'sv')} enheter. Små kluster ändras "
        "mer av slump än stora, så ett litet behandlat kluster visar skillnad för ofta och ett stort för sällan.",
    )
    return (Note(code="unequal_clusters", text=text),)
