"""Two groups before and after one adoption date, one topic a file."""

from effekt.estimators.did.estimate import difference_in_differences

__all__ = ["difference_in_differences"]
