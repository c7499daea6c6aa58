"""A randomised trial, one topic a file: arguments, data, models, inference, words; `trial` and
`several` hold the public functions."""

from effekt.estimators.randomized.arguments import Variance
from effekt.estimators.randomized.several import randomized_trials
from effekt.estimators.randomized.trial import randomized_trial

__all__ = ["Variance", "randomized_trial", "randomized_trials"]
