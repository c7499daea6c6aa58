"""Two arms of an outcome that is 0 or 1: score tests and an exact test for small trials."""

from __future__ import annotations

from effekt._inference import Inference, ScoreTest, TwoProportions, barnard
from effekt._text import Text
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.exceptions import ArgumentError
from effekt.result import Note

MOST_EXACT = 1_000  # units of an arm whose tables are all looked at
MOST_INVERTED = 200  # and looked at for every difference

_WORDS = {
    "newcombe": Text(
        en="Interval and p-value are Newcombe's for two independent shares, from the Wilson interval of each.",
        sv="Intervall och p-värde är Newcombes för två oberoende andelar, från vardera andelens Wilsonintervall.",
    ),
    "miettinen_nurminen": Text(
        en="Interval and p-value are from the score test of two independent shares (Miettinen and Nurminen).",
        sv="Intervall och p-värde kommer från poängtestet för två oberoende andelar (Miettinen och Nurminen).",
    ),
    "barnard": Text(
        en="The p-value is Barnard's exact one for two independent shares, the largest over the share they may have in "
        "common; the interval holds every difference that the same test does not reject at its level.",
        sv="P-värdet är Barnards exakta för två oberoende andelar, det största över den andel de kan ha gemensamt; "
        "intervallet rymmer varje skillnad som samma test inte förkastar på sin nivå.",
    ),
}
_NO_SET = Text(
    en=f"The exact interval is given up to {MOST_INVERTED} units in an arm.",
    sv=f"Det exakta intervallet ges upp till {MOST_INVERTED} enheter i en arm.",
)
_ONLY_P = Text(
    en="The p-value is Barnard's exact one for two independent shares, the largest over the share they may have in "
    "common; the test is of no effect only and gives no interval.",
    sv="P-värdet är Barnards exakta för två oberoende andelar, det största över den andel de kan ha gemensamt; "
    "testet gäller bara ingen effekt och ger inget intervall.",
)


def two_proportions(trial: Trial, options: Options) -> tuple[Inference, tuple[Note, ...]]:
    """The named test of two shares."""
    counts = [(int(trial.outcome[arm].sum()), int(arm.sum())) for arm in trial.arms]
    (treated, n_treated), (control, n_control) = counts
    successes, sizes = (treated, control), (n_treated, n_control)
    notes: tuple[Note, ...] = (Note(code="two_shares", text=_WORDS[options.inference]),)
    if options.inference == "barnard":
        if max(sizes) > MOST_EXACT:
            raise ArgumentError(
                f"`inference` 'barnard' takes at most {MOST_EXACT:,} units in an arm; there are {max(sizes):,}. Choose "
                "'miettinen_nurminen'."
            )
        if max(sizes) > MOST_INVERTED:
            notes = (Note(code="two_shares", text=_ONLY_P), Note(code="no_exact_set", text=_NO_SET))
        return barnard(successes, sizes, most=MOST_INVERTED), notes
    test: ScoreTest = "newcombe" if options.inference == "newcombe" else "miettinen_nurminen"
    return TwoProportions(successes=successes, sizes=sizes, test=test), notes
