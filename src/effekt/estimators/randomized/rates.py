"""Two arms of counts: the exact conditional test of their rates, and a variance that allows for overdispersion."""

from __future__ import annotations

from fractions import Fraction

from effekt._decimals import decimal_total
from effekt._inference import FixedDf, Inference, StudentT, TwoRates, Unavailable
from effekt._text import Text, significant
from effekt.diagnostics import overdispersion
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.inference import too_few
from effekt.estimators.randomized.models import Model
from effekt.exceptions import DataError
from effekt.result import Diagnostic, Note

MOST_EVENTS = 10_000_000
ALPHA = Fraction(1, 20)
NOTHING = 1e-20  # a dispersion this small is rounding

_EXACT = Text(
    en="Interval and p-value are exact given the number of events in both arms together, if the events are Poisson: "
    "then the treated arm's share of them is binomial. Events that come in clumps, or persons with rates of their own, "
    "vary more, and the interval is then too short. The difference has no interval by it.",
    sv="Intervall och p-värde är exakta givet antalet händelser i båda grupperna tillsammans, om händelserna är "
    "Poissonfördelade: behandlingsgruppens andel av dem är då binomialfördelad. Händelser som hopar sig, eller "
    "personer med var sin risk, varierar mer, och då är intervallet för kort. Skillnaden får inget intervall.",
)
_QUASI = Text(
    en="The variance of a count is taken for φ times its mean, with one φ for both arms, estimated from how the counts "
    "vary within them (quasi-Poisson). The uncertainty is that of the logarithm of the ratio; the difference has a "
    "standard error but no interval.",
    sv="Ett antals varians antas vara φ gånger dess medelvärde, med ett gemensamt φ för båda grupperna, skattat ur hur "
    "antalen varierar inom dem (kvasi-Poisson). Osäkerheten gäller kvotens logaritm; skillnaden har medelfel men inget "
    "intervall.",
)
_NO_EVENT = Text(
    en="A quasi-Poisson variance needs an event in each arm, since a rate of 0 has no logarithm; inference="
    "'exact_poisson' allows for none, if the counts are Poisson.",
    sv="En kvasi-Poisson-varians kräver minst en händelse i varje grupp, eftersom händelsetalet 0 saknar logaritm; "
    "inference='exact_poisson' klarar det, om antalen är Poissonfördelade.",
)


def exact_poisson(trial: Trial, model: Model) -> tuple[Inference, tuple[Note, ...]]:
    """The counts of the arms given their sum."""
    events = [int(decimal_total(trial.outcome[arm])) for arm in trial.arms]
    if sum(events) > MOST_EVENTS:
        raise DataError(
            f"`inference` 'exact_poisson' takes at most {MOST_EVENTS:,} events; there are more. Choose "
            "variance='quasi_poisson' or 'HC2'."
        )
    over = [
        float(arm.sum()) if trial.exposure is None else float(decimal_total(trial.exposure[arm])) for arm in trial.arms
    ]
    found = TwoRates(counts=(events[0], events[1]), exposures=(over[0], over[1]))
    notes = [Note(code="two_rates", text=_EXACT)]
    if min(events) == 0:
        notes.append(Note(code="arm_without_event", text=_without(found, model)))
    return found, tuple(notes)


def quasi_poisson(trial: Trial, model: Model) -> tuple[Inference, tuple[Note, ...]]:
    """φ/Σy of the logarithm of each rate, t with n − 2: R's glm with family=quasipoisson and offset=log(exposure).

    φ = Σ(y − λ_a e)²/(λ_a e) / (n − 2) over both arms. McCullagh & Nelder (1989, Generalized Linear Models,
    doi:10.1007/978-1-4899-3242-6), section 6.2 and chapter 9.
    """
    notes = (Note(code="quasi_poisson", text=_QUASI),)
    reason = too_few(trial, by_arm=True)
    if reason is not None:
        return Unavailable(reason=reason), ()
    if min(model.means.treated, model.means.counterfactual) <= 0:
        return Unavailable(reason=_NO_EVENT), ()
    dispersion = dispersion_of(trial, allowed=True).values["dispersion"]
    if not isinstance(dispersion, float) or dispersion <= NOTHING:
        return Unavailable(reason=NO_VARIATION), ()
    first, second = (dispersion / float(decimal_total(trial.outcome[arm])) for arm in trial.arms)
    return StudentT(covariance=(first, 0.0, second), df=FixedDf(df=float(len(trial.outcome) - 2)), scale="log"), notes


def dispersion_of(trial: Trial, *, allowed: bool) -> Diagnostic:
    """How much the counts vary within their arms."""
    return overdispersion(trial.outcome, trial.treated.astype(float), trial.exposure, allowed=allowed)


def dispersion_told(trial: Trial, options: Options) -> tuple[Diagnostic, ...]:
    """The same, where the outcome is taken for counts."""
    return (dispersion_of(trial, allowed=options.variance == "quasi_poisson"),) if options.of_counts else ()


def _without(found: TwoRates, model: Model) -> Text:
    """What an exact interval says where an arm has no event."""
    treated, control = found.counts
    if not (treated or control):
        return Text(
            en="There was no event in either arm, which says nothing of their ratio: p is 1.",
            sv="Ingen händelse inträffade i någon av grupperna, vilket inte säger något om kvoten: p är 1.",
        )
    ends = found.confidence_set(model.means, "ratio", ALPHA, "two-sided").intervals[0]
    if control:
        return Text(
            en="No event was seen among the treated. The exact interval of the ratio then begins at 0 (a fall of "
            f"100%), and its upper end at 95% is {significant(ends[1], 'en', 3)}.",
            sv="Ingen händelse sågs bland de behandlade. Det exakta intervallet för kvoten börjar då vid 0 (en "
            f"minskning med 100 %), och dess övre gräns vid 95 % är {significant(ends[1], 'sv', 3)}.",
        )
    return Text(
        en="No event was seen among the controls, so that there is no ratio to them; its exact interval at 95% has no "
        f"upper end and begins at {significant(ends[0], 'en', 3)}.",
        sv="Ingen händelse sågs bland de jämförda, så det finns ingen kvot till dem; dess exakta intervall vid 95 % "
        f"har ingen övre gräns och börjar vid {significant(ends[0], 'sv', 3)}.",
    )
