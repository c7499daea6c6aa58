"""What a reader of a trial's result is told, in both languages."""

from __future__ import annotations

import numpy as np

from effekt._text import Text, format_number
from effekt._types import BoolArray
from effekt._validation import plural
from effekt.estimators.randomized.arguments import Population, TrialEstimand
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.models import Model
from effekt.result import Note, Sample
from effekt.roles import Estimand

SINGLE_UNIT_IN_BLOCK = Text(
    en="An arm of a block has a single unit, so its variation cannot be estimated.",
    sv="En grupp i ett block har en enda enhet, så dess variation kan inte skattas.",
)
SINGLE_CLUSTER_IN_BLOCK = Text(
    en="Cluster-robust inference needs at least two clusters in each arm of every block; an arm of a block has one.",
    sv="Klusterrobust inferens kräver minst två kluster i varje grupp i alla block; en grupp i ett block har ett.",
)
DETERMINED_BY_UNIT = Text(
    en="One unit alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
    sv="En enda enhet bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
)
DETERMINED_BY_CLUSTER = Text(
    en="One cluster alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
    sv="Ett enda kluster bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
)


def single_in_arm(arm: Text, *, clustered: bool) -> Text:
    """An arm with nothing to estimate its variation from."""
    if clustered:
        return Text(
            en=f"Cluster-robust inference needs at least two clusters in each arm; the {arm.en} arm has one.",
            sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; {arm.sv} har ett.",
        )
    return Text(
        en=f"The {arm.en} arm has a single unit, so its variation cannot be estimated.",
        sv=f"{arm.sv.capitalize()} har en enda enhet, så dess variation kan inte skattas.",
    )


def estimand_of(estimand: TrialEstimand, population: Population, n: int) -> Estimand:
    """The estimand and its target population of `n` units."""
    treated_en, treated_sv = ("treated ", "behandlade ") if estimand == "ATT" else ("", "")
    en = f"the {format_number(n, 'en')} {treated_en}units of the trial"
    sv = f"försökets {format_number(n, 'sv')} {treated_sv}enheter"
    if population == "super":
        en, sv = f"the population that {en} represent", f"den population som {sv} representerar"
    return Estimand(name=estimand, population=Text(en=en, sv=sv))


def sample_of(trial: Trial) -> Sample:
    """How many of everything."""
    n_treated = int(trial.treated.sum())
    return Sample(
        n_obs=len(trial.outcome),
        n_units=len(trial.outcome),
        n_treated=n_treated,
        n_control=len(trial.outcome) - n_treated,
        n_clusters=None if trial.cluster is None else len(np.unique(trial.cluster)),
        n_dropped=trial.n_dropped,
    )


def notes_of(trial: Trial, model: Model, estimand: TrialEstimand, drawn: BoolArray | None) -> tuple[Note, ...]:
    """What the reader must know: what is compared, how units and blocks count, what was left out."""
    notes = {
        "intention_to_treat": Text(
            en="Units are compared as assigned, whatever they received.",
            sv="Enheterna jämförs så som de lottades, oavsett vilken insats de fick.",
        )
    }
    if trial.cluster is not None:
        notes["unit_weighted"] = Text(
            en="Every unit counts equally, so a large cluster counts for more than a small one.",
            sv="Varje enhet väger lika, så ett stort kluster väger tyngre än ett litet.",
        )
    if trial.block is not None and model.by_arm:
        treated_en, treated_sv = ("treated ", "behandlade ") if estimand == "ATT" else ("", "")
        notes["blocks_by_size"] = Text(
            en=f"Block indicators are interacted with treatment, so blocks count by their number of {treated_en}units.",
            sv=f"Blockindikatorerna interageras med behandlingen, så blocken väger efter antalet {treated_sv}enheter.",
        )
    if trial.block is not None and not model.by_arm:
        notes["blocks_by_precision"] = Text(
            en="Block indicators enter additively, so blocks count by precision, not by size.",
            sv="Blockindikatorerna ingår additivt, så blocken väger efter precision, inte efter storlek.",
        )
    if drawn is not None:
        notes["sampled_covariates"] = Text(
            en="The standard error allows for the sampling of the covariates, as the units represent a population.",
            sv="Medelfelet beaktar att kovariaterna är ett urval, eftersom enheterna representerar en population.",
        )
    if trial.dropped_blocks:
        notes["dropped_blocks"] = Text(
            en=f"Left out: {plural(trial.dropped_blocks, 'block')} without rows in both arms.",
            sv=f"Uteslutna: {trial.dropped_blocks} block utan rader i båda grupperna.",
        )
    return tuple(Note(code=code, text=text) for code, text in notes.items())
