"""Every way to match or weight, by its name: the function that does it, and the choices it reads.

A method takes a `Design` and gives an `Assigned`: weights, and sets or pairs. Another method is one more line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from effekt._validation import join_words
from effekt.estimators.matching import nearest, optimal, strata, weighted_match
from effekt.estimators.matching.design import Assigned, Design
from effekt.estimators.weighting import TARGETS
from effekt.exceptions import ArgumentError

NEUTRAL: Mapping[str, Any] = {
    "exact": [],
    "tie_orders": 100,
    "distance": "propensity",
    "propensity": None,
    "caliper": None,
    "calipers": None,
    "ratio": 1,
    "min_controls": None,
    "max_controls": None,
    "replace": False,
    "reuse": None,
    "order": None,
    "discard": None,
    "cutpoints": None,
    "subclasses": None,
    "moments": None,
}  # the values of choices that a method does not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to match, or to weight.

    Attributes
    ----------
    run : callable
    estimands : tuple of str
    reads : frozenset of str
        Which of the choices in `NEUTRAL` it reads; any other must keep its neutral value.
    """

    run: Callable[[Design], Assigned]
    estimands: tuple[str, ...]
    reads: frozenset[str]

    @property
    def needs_propensity(self) -> bool:
        """Whether a propensity is estimated."""
        return "discard" in self.reads

    @property
    def weighs(self) -> bool:
        """Whether it weights all units instead of matching them."""
        return "moments" in self.reads

    @property
    def needs_distance(self) -> bool:
        """Whether units have a distance."""
        return "distance" in self.reads


_MATCHED = frozenset({"exact"})
_SCORED = _MATCHED | {"propensity", "discard"}
_PAIRED = _SCORED | {"distance", "caliper", "calipers", "tie_orders"}
_NONE: frozenset[str] = frozenset()
_WEIGHTED = frozenset({"discard", "moments"})
_BY_PROPENSITY = {name: frozenset({"propensity"}) for name in ("inverse_probability", "overlap")}
_ALL = ("ATT", "ATC", "ATE")

METHODS: Mapping[str, Method] = {
    "nearest": Method(run=nearest.nearest, estimands=_ALL, reads=_PAIRED | {"ratio", "replace", "reuse", "order"}),
    "optimal": Method(
        run=optimal.optimal, estimands=("ATT", "ATC"), reads=_PAIRED | {"ratio", "min_controls", "max_controls"}
    ),
    "full": Method(run=optimal.full, estimands=_ALL, reads=_PAIRED),
    "exact": Method(run=strata.exact, estimands=_ALL, reads=_MATCHED),
    "coarsened_exact": Method(run=strata.coarsened_exact, estimands=_ALL, reads=_MATCHED | {"cutpoints"}),
    "subclassification": Method(run=strata.subclassification, estimands=_ALL, reads=_SCORED | {"subclasses"}),
    **{
        name: Method(run=weighted_match.weigh, estimands=targets, reads=_WEIGHTED | _BY_PROPENSITY.get(name, _NONE))
        for name, targets in TARGETS.items()
    },
}


def check_choices(settings: Mapping[str, Any]) -> None:
    """Refuse an estimand or a choice that the method does not have, so that none is ignored."""
    name = settings["method"]
    method = METHODS[name]
    if settings["estimand"] not in method.estimands:
        raise ArgumentError(
            f"`estimand` must be {join_words(map(repr, method.estimands))} with method {name!r}; "
            f"got {settings['estimand']!r}."
        )
    _check_everyone(settings)
    for choice, neutral in NEUTRAL.items():
        value = settings.get(choice, neutral)
        if choice not in method.reads and (value is not None if neutral is None else value != neutral):
            able = [repr(other) for other, known in METHODS.items() if choice in known.reads]
            raise ArgumentError(
                f"`{choice}` must be {neutral!r} with method {name!r}, which does not use it; got {value!r}. "
                f"It is for method {join_words(able)}."
            )


def _check_everyone(settings: Mapping[str, Any]) -> None:
    """Nearest neighbours of both arms are for everybody's effect: a unit serves, and is served, in the same match."""
    if (settings["method"], settings["estimand"]) != ("nearest", "ATE"):
        return
    if settings.get("reuse") is not None:
        raise ArgumentError(
            "`reuse` must be None with method 'nearest' and estimand 'ATE', since the units of the smaller arm serve "
            f"as often as they are needed; got {settings['reuse']!r}."
        )
    if not settings["replace"]:
        raise ArgumentError(
            "`replace` must be True with method 'nearest' and estimand 'ATE', for which every unit is matched with the "
            "other arm and the smaller arm would not be enough; got False. Without replacement there is method 'full'."
        )
