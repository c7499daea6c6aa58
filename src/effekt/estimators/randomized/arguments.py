"""The options of a randomised trial, and whether they agree with each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._types import Missing
from effekt._validation import check_integer, check_option, check_roles, check_seed, join_words
from effekt.exceptions import ArgumentError
from effekt.roles import Outcome, Weights, as_outcome

Adjustment: TypeAlias = Literal["lin", "lin_by_block", "additive", "none"]
TrialEstimand: TypeAlias = Literal["ATE", "ATT"]
Population: TypeAlias = Literal["super", "finite"]
Variance: TypeAlias = Literal[
    "HC0",
    "HC1",
    "HC2",
    "HC3",
    "welch",
    "quasi_poisson",
    "CR0",
    "CR1",
    "CR1S",
    "CR2",
    "CR3",
    "between_pair",
    "young",
]
TrialInference: TypeAlias = Literal[
    "asymptotic",
    "randomization",
    "wild_bootstrap",
    "newcombe",
    "miettinen_nurminen",
    "barnard",
    "exact_poisson",
]
INFERENCES: tuple[TrialInference, ...] = (
    "asymptotic",
    "randomization",
    "wild_bootstrap",
    "newcombe",
    "miettinen_nurminen",
    "barnard",
    "exact_poisson",
)
BY_DRAWS = ("randomization", "wild_bootstrap")
DRAWS = 9_999
TWO_SHARES = ("newcombe", "miettinen_nurminen", "barnard")
ADJUSTMENTS: tuple[Adjustment, ...] = ("lin", "lin_by_block", "additive", "none")
BY_ARM = ("lin", "lin_by_block")  # whose covariates have slopes of their own in each arm
UNIT_VARIANCES = (*_linalg.UNIT_VARIANCES, "welch", "quasi_poisson")
BESIDE_TWO_ARMS = ("covariates", "block", "cluster", "weights", "pairs", "probability")
COUNTS = ("exact_poisson", "quasi_poisson")  # an inference and a variance of two arms of counts
VARIANCES = (*UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES, "between_pair", "young")


TrialStatistic: TypeAlias = Literal["estimate", "studentized"]
PAIRS_ALONE = (
    "`pairs` takes covariates in `randomized_trial` alone, of one outcome and two arms; leave `covariates` out, or "
    "name the pairs in `block` with adjustment='additive'."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for, by the names of the public function."""

    outcome: Outcome
    treatment: str
    covariates: tuple[str, ...]
    block: str | None
    cluster: str | None
    weights: Weights | None
    pairs: str | None
    probability: str | None
    adjustment: Adjustment
    estimand: TrialEstimand
    population: Population | None
    cluster_weighted: bool
    exposure: str | None
    variance: str
    missing: Missing
    inference: TrialInference = "asymptotic"
    ways: tuple[str, ...] = ("randomization", "wild_bootstrap")  # inference that the caller offers beside the t
    draws: int = DRAWS
    rng: Generator | int | None = None
    outcome_range: tuple[float, float] | None = None
    statistic: TrialStatistic = "estimate"

    @property
    def horvitz_thompson(self) -> bool:
        """Whether outcomes are divided by their probability and nothing is normalised or adjusted."""
        return self.probability is not None and self.adjustment == "none"

    @property
    def of_counts(self) -> bool:
        """Whether the outcome is taken for counts of events."""
        return self.inference in COUNTS or self.variance in COUNTS

    @property
    def weight_kind(self) -> str | None:
        """What the weights mean, if there are any."""
        return None if self.weights is None else self.weights.kind

    def recorded(self) -> dict[str, Any]:
        """The call as it would stand in a contract; what came after 0.1 stands there when it is used."""
        outcome = {"column": self.outcome.column, "unit": self.outcome.unit, "better": self.outcome.better}
        names = ("block", "cluster", "adjustment", "estimand", "population", "variance", "missing")
        used = {name: getattr(self, name) for name in ("pairs", "probability", "exposure", "cluster_weighted")}
        if self.outcome_range is not None:
            used["outcome_range"] = list(self.outcome_range)
        if self.weights is not None:
            used["weights"] = {"column": self.weights.column, "kind": self.weights.kind}
        return {
            "outcome": outcome,
            "treatment": self.treatment,
            "covariates": list(self.covariates),
            **{name: getattr(self, name) for name in names},
            **{name: value for name, value in used.items() if value},
            **self._recorded_inference(),
        }

    def _recorded_inference(self) -> dict[str, Any]:
        """Inference other than the default, whose variance is none."""
        if self.inference == "asymptotic":
            return {}
        chance: dict[str, Any] = {}
        if self.inference in BY_DRAWS:
            chance = {"draws": self.draws} | ({"rng": self.rng} if isinstance(self.rng, int) else {})
        named = {} if self.statistic == "estimate" else {"statistic": self.statistic}
        return {"variance": None, "inference": self.inference, **named, **chance}


def check_outcome(outcome: Any) -> Outcome:
    """The outcome, one column of it."""
    measured = as_outcome(outcome)
    if len(measured.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a randomised trial; got {measured.column!r}. Divide the columns first, "
            "and say in `unit` what the ratio is, or name the denominator in `exposure`."
        )
    return measured


def generator_of(rng: Generator | int | None, drawn: str, why: str) -> Generator:
    """The source of what is drawn by a call; refused with the reason why anything is drawn where there is none."""
    if isinstance(rng, Generator):
        return rng
    if rng is None:
        raise ArgumentError(
            f"`rng` must be an integer seed or a numpy.random.Generator where {drawn} are drawn; got None. {why}."
        )
    return np.random.default_rng(rng)


def checked(options: Options, variance: str | None, *, joint: bool = False) -> Options:
    """The options with the name of their variance, when they agree; `joint`: one of several effects of a trial."""
    _check_roles(options)
    check_option("adjustment", options.adjustment, ADJUSTMENTS)
    check_option("estimand", options.estimand, ("ATE", "ATT"))
    check_option("inference", options.inference, INFERENCES)
    options = replace(options, population=_population(options))
    if joint and options.pairs is not None and options.covariates:
        raise ArgumentError(PAIRS_ALONE)
    _check_chance(options)
    _check_statistic(options)
    if not isinstance(options.cluster_weighted, bool):
        raise ArgumentError(f"`cluster_weighted` must be True or False; got {options.cluster_weighted!r}.")
    if options.adjustment == "none" and options.covariates:
        raise ArgumentError("`adjustment` 'none' takes no covariates; leave them out, or choose 'lin' or 'additive'.")
    if options.cluster_weighted and options.cluster is None:
        raise ArgumentError("`cluster_weighted` needs a cluster; name it, or leave cluster_weighted out.")
    _check_company(options)
    if options.adjustment == "additive" and not options.covariates and options.block is None:
        raise ArgumentError("`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.")
    if options.adjustment == "lin_by_block" and not (options.covariates and options.block is not None):
        raise ArgumentError("`adjustment` 'lin_by_block' needs covariates and a block; give both, or choose 'lin'.")
    if options.inference != "asymptotic":
        _check_inference(options, variance)
        return replace(options, variance=options.inference)
    return replace(options, variance=_check_variance(options, variance, joint=joint))


def _population(options: Options) -> Population:
    """Whom the units stand for; the chance of the lot is about themselves."""
    by_lot = options.inference == "randomization"
    if options.population is None:
        return "finite" if by_lot else "super"
    check_option("population", options.population, ("super", "finite"))
    if by_lot and options.population == "super":
        raise ArgumentError(
            "`population` must be 'finite' with inference='randomization', which is about the units of the trial; got "
            "'super'. Leave it out, or choose another inference."
        )
    if options.inference in TWO_SHARES and options.population == "finite":
        raise ArgumentError(
            f"`population` must be 'super' with inference={options.inference!r}, whose two shares are of samples; got "
            "'finite'. Leave it out, or choose inference='randomization'."
        )
    if options.inference in COUNTS and options.population == "finite":
        raise _of_samples(f"inference={options.inference!r}")
    return options.population


def _of_samples(asked: str) -> ArgumentError:
    return ArgumentError(
        f"`population` must be 'super' with {asked}, whose two rates are of samples; got 'finite'. Leave it out, or "
        "choose inference='randomization'."
    )


def _check_chance(options: Options) -> None:
    """How many assignments are drawn, and from what."""
    check_integer("draws", options.draws, 1)
    if options.draws != DRAWS and options.inference not in BY_DRAWS:
        raise ArgumentError(f"`inference` {options.inference!r} draws nothing; leave `draws` out.")
    if options.rng is not None and options.inference not in BY_DRAWS:
        raise ArgumentError(f"`inference` {options.inference!r} draws nothing; leave `rng` out.")
    if options.rng is not None and not isinstance(options.rng, Generator):
        check_seed(options.rng)


STUDENTIZED_TAKES_NO = ("covariates", "cluster", "pairs", "weights", "probability", "exposure")


def _check_statistic(options: Options) -> None:
    """What is computed under other assignments."""
    check_option("statistic", options.statistic, ("estimate", "studentized"))
    if options.statistic == "estimate":
        return
    if options.inference != "randomization":
        raise ArgumentError(
            f"`statistic` 'studentized' is for inference='randomization'; got {options.inference!r}. Leave it out."
        )
    _refuse(options, "`statistic` 'studentized' takes", STUDENTIZED_TAKES_NO, ", or choose 'estimate'")
    if options.adjustment == "additive":
        raise ArgumentError(
            "`statistic` 'studentized' takes adjustment 'lin' or 'none', blocks by their size; got 'additive'."
        )


def _check_inference(options: Options, variance: str | None) -> None:
    """What inference other than by a variance cannot be asked for together with."""
    if variance is not None:
        raise ArgumentError(
            f"`inference` {options.inference!r} takes no variance; leave `variance` out, or choose "
            "inference='asymptotic'."
        )
    if options.inference == "wild_bootstrap":
        _check_wild_bootstrap(options)
    elif options.inference != "randomization":
        others = BESIDE_TWO_ARMS if options.inference in COUNTS else (*BESIDE_TWO_ARMS, "exposure")
        _refuse(options, f"`inference` {options.inference!r} takes", others, ", or choose another inference")
    elif options.adjustment == "additive" and options.probability is not None:
        raise ArgumentError(
            "`inference` 'randomization' with a probability takes adjustment 'lin' or 'none'; got 'additive'."
        )


def _check_wild_bootstrap(options: Options) -> None:
    """The residuals of whole clusters in a regression, whose covariates are what they are."""
    if options.cluster is None:
        raise ArgumentError("`inference` 'wild_bootstrap' needs a cluster; name it, or choose another inference.")
    if options.horvitz_thompson:
        raise ArgumentError(
            "`inference` 'wild_bootstrap' needs a regression, and adjustment='none' with a probability is none; choose "
            "adjustment='lin'."
        )
    remedy = ", name them in `block` with adjustment='additive', or choose 'randomization'"
    _refuse(options, "`inference` 'wild_bootstrap' takes", ("pairs",), remedy)
    if options.covariates and options.adjustment in BY_ARM and options.population == "super":
        raise ArgumentError(
            "`inference` 'wild_bootstrap' takes the covariates as they are; choose population='finite', or "
            "adjustment='additive'."
        )


def _check_roles(options: Options) -> None:
    """Each column is a name and plays one role."""
    named: list[tuple[str, object]] = [("outcome", options.outcome.name), ("treatment", options.treatment)]
    named += [("covariates", name) for name in options.covariates]
    named += [(role, getattr(options, role)) for role in ("block", "cluster", "pairs", "probability", "exposure")]
    if options.weights is not None:
        named.append(("weights", options.weights.column))
    check_roles((role, column) for role, column in named if column is not None or role == "treatment")


def _check_company(options: Options) -> None:
    """What cannot be asked for together."""
    if options.pairs is not None:
        _refuse(options, "`pairs` takes", ("block", "weights", "probability", "exposure"))
    if options.weight_kind == "precision":
        others = ("probability", "exposure", "cluster_weighted")
        _refuse(options, "`weights` of kind 'precision' take", others, ", or choose kind 'sampling'")
    if options.exposure is not None:
        _refuse(options, "`exposure` takes", ("cluster_weighted",))
    if options.horvitz_thompson:
        sentence = "`adjustment` 'none' with a probability is the Horvitz–Thompson estimator, which takes"
        _refuse(options, sentence, ("block", "weights", "exposure", "cluster_weighted"), ", or choose adjustment='lin'")
        if options.estimand == "ATT":
            raise ArgumentError(
                "`adjustment` 'none' with a probability is the Horvitz–Thompson estimator, which averages over all "
                "units; choose estimand='ATE' or adjustment='lin'."
            )


def _refuse(options: Options, sentence: str, others: Iterable[str], remedy: str = "") -> None:
    given = [f"`{name}`" for name in others if getattr(options, name)]
    if given:
        raise ArgumentError(f"{sentence} no {join_words(others)}; leave {join_words(given, 'and')} out{remedy}.")


def _check_variance(options: Options, variance: str | None, *, joint: bool) -> str:
    """The name of the variance: the design's own, or the one asked for where it is defined."""
    allowed, where = _allowed(options)
    allowed = tuple(name for name in allowed if not (joint and name in COUNTS))
    if variance is None:
        return {"HC0": "HC2", "CR0": "CR2"}.get(allowed[0], allowed[0])
    check_option("variance", variance, VARIANCES)
    if variance not in allowed:
        raise ArgumentError(f"`variance` must be {join_words(map(repr, allowed))} {where}; got {variance!r}.")
    if variance == "welch" and (options.covariates or options.block is not None):
        raise ArgumentError("`variance` 'welch' takes no covariates or block; leave them out, or choose 'HC2'.")
    weighted = options.weight_kind in ("sampling", "precision")
    if variance == "welch" and (weighted or options.probability is not None or options.exposure is not None):
        raise ArgumentError(
            "`variance` 'welch' takes no sampling or precision weights, probability or exposure; choose 'HC2'."
        )
    if variance in COUNTS:
        _refuse(options, f"`variance` {variance!r} takes", BESIDE_TWO_ARMS, ", or choose 'HC2'")
        if options.population == "finite":
            raise _of_samples(f"variance={variance!r}")
    return variance


def _allowed(options: Options) -> tuple[tuple[str, ...], str]:
    """The names of the variances that a design has, and which design it is."""
    if options.pairs is not None:
        return ("between_pair",), "with pairs"
    if options.horvitz_thompson:
        return ("young",), "with a probability and adjustment='none'"
    if options.cluster is not None:
        return _linalg.CLUSTER_VARIANCES, "with a cluster"
    return UNIT_VARIANCES, "without a cluster"
