"""Nearest-neighbour matching: on a line where the logit alone decides, else with k-d trees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from effekt.estimators.matching.design import Assigned, Design, from_pairs, pair_weights
from effekt.estimators.matching.greedy import greedy, ordered_links
from effekt.estimators.matching.neighbours import (
    Change,
    KeyedLine,
    Links,
    Problem,
    check_links,
    link_with_replacement,
)


def nearest(design: Design) -> Assigned:
    """Pairs of each focal row with its nearest rows of the other arm; for the ATE of the rows of both arms in turn."""
    options = design.options
    if options.estimand == "ATE":
        return _both(design)
    on_a_line = options.distance == "propensity" and not design.calipers
    if on_a_line and options.reuse is None and options.order in (None, "largest"):
        return _line(design)
    return greedy(design)


def _line(design: Design) -> Assigned:
    options = design.options
    problem = Problem(
        treated=design.focal,
        strata=design.strata,
        logit=design.score,
        ratio=options.ratio,
        width=design.reach,
        order=design.order,
    )
    changes: tuple[Change, ...] = ()
    by_order = 0
    if options.replace:
        links = link_with_replacement(problem)
    else:
        line = KeyedLine(problem, design.keys())
        links, by_order = line.links, line.n_decided
        changes = tuple(line.changes(options.tie_orders)) if line.depends_on_order else ()
    if len(links.treated):
        check_links(problem, links, pair_weights(links.treated), replace=options.replace)
    if options.estimand == "ATC":
        links, changes = _turned(design, links, changes)
    return from_pairs(design, links, changes, by_order)


def _both(design: Design) -> Assigned:
    """The treated with their nearest controls, and the controls with their nearest treated, with replacement."""
    found = [nearest(replace(design, options=replace(design.options, estimand=one))).links for one in ("ATT", "ATC")]
    first, second = (links for links in found if links is not None)
    links = Links(
        treated=np.append(first.treated, second.treated),
        control=np.append(first.control, second.control),
        of_treated=np.arange(len(first.treated) + len(second.treated)) < len(first.treated),
    )
    return from_pairs(design, links)


def _turned(design: Design, links: Links, changes: tuple[Change, ...]) -> tuple[Links, tuple[Change, ...]]:
    """The same pairs with the arms in their places: the line took the focal arm for the treated."""
    place = np.empty(len(links.treated), np.intp)
    place[np.lexsort((links.treated, links.control))] = np.arange(len(place))
    turned = tuple(
        Change(removed=np.sort(place[one.removed]), treated=one.control, control=one.treated) for one in changes
    )
    return ordered_links(design, links.treated, links.control), turned
