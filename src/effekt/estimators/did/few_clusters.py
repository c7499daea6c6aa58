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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._decimals import decimal_integers, decimal_mean
from effekt._inference import ExactDraws, ExactErrors, Inference, Means, Placebos, Randomization, Unavailable
from effekt._inference.wild_weights import WildWeights
from effekt._text import Text, format_number
from effekt._types import IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators._wild_bootstrap import MOST_LISTED, all_listed, told, wild_bootstrap
from effekt.estimators.did.asymptotic import CONTROL, TREATED, Grouped, asymptotic, is_rounding, stacked
from effekt.estimators.did.panel import Panel
from effekt.estimators.did.shared import Chance, level_notes
from effekt.estimators.did.words import ONE_IN_EACH
from effekt.estimators.randomized.arguments import generator_of
from effekt.result import Note

CELLS = 2**20  # of one chunk of assignments
NEEDED = 20  # choices, for a p of 0.05

Found = tuple[Inference, tuple[Note, ...]]


def panel_inference(panel: Panel, means: Means, chance: Chance) -> Found:
    """Inference by a named variance, or as is asked for."""
    inference, notes = _inference(panel, means, chance)
    if isinstance(inference, Unavailable):
        return inference, notes
    before = np.einsum("ij->i", panel.outcome[:, : int(np.argmax(panel.post))])
    return inference, (*notes, *level_notes(before, np.ones(len(before)), panel.treated, panel.cluster))


def _inference(panel: Panel, means: Means, chance: Chance) -> Found:
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
    for treated, name in ((True, TREATED), (False, CONTROL)):
        if panel.n_clusters(treated) < 2:
            alone = panel.n_clusters(not treated) < 2
            return Unavailable(reason=_single(name, clusters, alone=alone)), ()
    if still():
        return Unavailable(reason=NO_VARIATION), ()
    why = f"With {clusters} clusters there are more than {MOST_LISTED:,} combinations of weights"
    generator = None if all_listed(clusters, weights) else generator_of(rng, "weights", why)
    found = wild_bootstrap([part], draws, generator, weights)
    return found, (told(found, rng),)


def permutation(panel: Panel, means: Means, draws: int, rng: Generator | int | None) -> Found:
    """The estimator with every choice of clusters as the treated ones, or with `draws` choices."""
    clusters = _clusters(panel)
    if clusters is None:
        return Unavailable(reason=MIXED), ()
    chosen, complete = assignments(len(clusters.size), sum(own > 0 for own in clusters.treated), draws, rng)
    found = [pair for members in chosen for pair in clusters.differences(members)]
    exact = ExactDraws(
        statistics=tuple(a for a, _ in found),
        exposures=tuple(b for _, b in found),
        estimate=clusters.estimate,
        mean_outcome=_treated_after(panel),
        share_treated=Fraction(1),
    )
    inference = Randomization(
        statistics=tuple(map(float, exact.statistics)),
        exposures=tuple(map(float, exact.exposures)),
        complete=complete,
        mean_outcome=means.treated,
        share_treated=1.0,
        exact=exact,
    )
    return inference, (permuted(len(found), complete, rng), *unequal(clusters.size))


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
    others = [i for i, own in enumerate(clusters.treated) if not own]
    if (several := len(clusters.size) - len(others)) > 1:
        return Unavailable(reason=_several(several)), ()
    if len(others) < 2:
        return Unavailable(reason=_ONE_OTHER), ()
    middle = Fraction(sum(clusters.total[i] for i in others), sum(clusters.size[i] for i in others))
    errors = tuple(sorted((Fraction(clusters.total[i], clusters.size[i]) - middle) / clusters.over for i in others))
    after = _treated_after(panel)
    inference = Placebos(
        errors=tuple(map(float, errors)),
        scale="linear",
        exact=ExactErrors(errors=errors, treated=after, counterfactual=after - clusters.estimate),
    )
    return inference, (_PLACEBOS, *unequal(clusters.size))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clusters:
    """How many units there are in each, the sum of their changes over `over`, and who are treated.

    Those treated come first.
    """

    size: list[int]
    total: list[int]
    treated: list[int]
    over: int

    @property
    def estimate(self) -> Fraction:
        """The difference of the groups' mean change."""
        own = [i for i, treated in enumerate(self.treated) if treated]
        return self.differences(np.array([own]))[0][0]

    def differences(self, members: IntArray) -> list[tuple[Fraction, Fraction]]:
        """The difference of the groups' mean change, and of their mean treatment, for members (rows, m)."""
        columns = [np.array(column, object) for column in (self.size, self.total, self.treated)]
        wholes = [sum(column.tolist()) for column in columns]
        found = []
        for n, total, treated in zip(*(column[members].sum(axis=1).tolist() for column in columns), strict=True):
            below = n * (wholes[0] - n)
            a, b = (
                inside * (wholes[0] - n) - (whole - inside) * n
                for inside, whole in ((total, wholes[1]), (treated, wholes[2]))
            )
            found.append((Fraction(a, below * self.over), Fraction(b, below)))
        return found


def _clusters(panel: Panel) -> _Clusters | None:
    """The clusters in an order that depends on no label; None where one holds units of both groups."""
    _, code = np.unique(panel.cluster, return_inverse=True)
    count = int(code.max()) + 1
    changes, over = _changes(panel)
    total = [0] * count
    for own, change in zip(code.tolist(), changes, strict=True):
        total[own] += change
    size = np.bincount(code, minlength=count).tolist()
    treated = np.bincount(code, panel.treated, minlength=count).astype(np.intp).tolist()
    if any(0 < own < n for own, n in zip(treated, size, strict=True)):
        return None
    rows = sorted(zip(size, total, treated, strict=True), key=lambda row: (-row[2], row[1], row[0]))
    sizes, totals, held = (list(column) for column in zip(*rows, strict=True))
    return _Clusters(size=sizes, total=totals, treated=held, over=over)


def _changes(panel: Panel) -> tuple[list[int], int]:
    """Each unit's change from its mean before to its mean after, less that of the unaffected, as whole numbers."""
    both = [panel.outcome] if panel.unaffected is None else [panel.outcome, panel.unaffected]
    listed, scale = decimal_integers(np.concatenate(both).ravel())
    cells = np.array(listed, object).reshape(len(both), *panel.outcome.shape)
    n_after, n_before = int(panel.post.sum()), int((~panel.post).sum())
    own, *other = (
        n_before * part[:, panel.post].sum(axis=1) - n_after * part[:, ~panel.post].sum(axis=1) for part in cells
    )
    return (own - other[0] if other else own).tolist(), n_after * n_before * scale


def _treated_after(panel: Panel) -> Fraction:
    """The treated units' mean after adoption."""
    return decimal_mean(panel.outcome[panel.treated][:, panel.post])


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


def _single(arm: Text, clusters: int, *, alone: bool) -> Text:
    """The way out and, where that is above 0.05, the least p of as many choices as clusters; none of one in each."""
    en, sv = "inference='permutation' compares it with the others", "inference='permutation' jämför det med de andra"
    if clusters < NEEDED:
        en, sv = f"{en}, with a p of at least 1/{clusters}", f"{sv}, med ett p-värde på minst 1/{clusters}"
    if alone:
        en, sv = ONE_IN_EACH.en, ONE_IN_EACH.sv
    return Text(
        en="The wild bootstrap cannot be relied on with a single cluster in a group (MacKinnon & Webb 2017), and the "
        f"{arm.en} has one; {en}.",
        sv="Det går inte att lita på wild bootstrap med ett enda kluster i en grupp (MacKinnon & Webb 2017), och den "
        f"{arm.sv} har ett; {sv}.",
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


def unequal(sizes: Sequence[int]) -> tuple[Note, ...]:
    """Small clusters' changes spread more (Ferman & Pinto 2019, doi:10.1162/rest_a_00759)."""
    low, high = min(sizes), max(sizes)
    if low == high:
        return ()
    text = Text(
        en=f"The clusters hold from {format_number(low, 'en')} to {format_number(high, 'en')} units. Small clusters "
        "change more by chance than large ones, so a small treated cluster is found to differ too often, a large one "
        "too seldom.",
        sv=f"Klustren har från {format_number(low, 'sv')} till {format_number(high, 'sv')} enheter. Små kluster ändras "
        "mer av slump än stora, så ett litet behandlat kluster visar skillnad för ofta och ett stort för sällan.",
    )
    return (Note(code="unequal_clusters", text=text),)
