"""A treated unit against weighted donors, one topic a file: simplex, panel, comparison, placebos, words.

`control` and `differences` hold the public functions and `estimate` what they share.
"""

from effekt.estimators.synthetic.control import synthetic_control
from effekt.estimators.synthetic.differences import synthetic_difference_in_differences

__all__ = ["synthetic_control", "synthetic_difference_in_differences"]
