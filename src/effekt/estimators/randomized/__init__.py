"""A randomised trial, one topic a file: arguments, data, models, inference, words; `trial` is the public function."""

from effekt.estimators.randomized.arguments import Variance
from effekt.estimators.randomized.trial import randomized_trial

__all__ = ["Variance", "randomized_trial"]
