"""A randomised trial, one topic a file: arguments, data, models, inference, words.

`trial` holds the public function for one effect, `several` that for several.
"""

from effekt.estimators.randomized.arguments import Variance
from effekt.estimators.randomized.several import randomized_trials
from effekt.estimators.randomized.trial import randomized_trial

__all__ = ["Variance", "randomized_trial", "randomized_trials"]
