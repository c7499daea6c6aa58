"""Matched control groups, one topic a file: arguments, methods, the match, its comparison, words.

`controls` holds the public function that decides who is compared with whom, `comparison` the one that reads outcomes.
"""

from effekt.estimators.matching.comparison import matched_comparison
from effekt.estimators.matching.controls import match_controls
from effekt.estimators.matching.match import Match

__all__ = ["Match", "match_controls", "matched_comparison"]
