"""Group-time effects where units adopt in different periods."""

from effekt.estimators.staggered.adoption import staggered_adoption

__all__ = ["staggered_adoption"]
