"""How far an evaluation has come, before it is over: for those who steer, never for payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from effekt._types import Table as AnyTable
from effekt._validation import join_words
from effekt.contracts import Contract
from effekt.contracts.figures import EstimateFigure
from effekt.estimators import METHODS
from effekt.exceptions import ArgumentError, DataError
from effekt.reports.thresholds import thresholds
from effekt.result import EffectEstimate
from effekt.tables import Table
from effekt.workflow.data.analysis import check_analyses, load, refuse_unknown_data
from effekt.workflow.data.arguments import arguments
from effekt.workflow.rules.logged import LogPath, log_estimate, open_log
from effekt.workflow.settling import digested

LOOKED_AT = "trend_adjusted"


def look(
    contract: Contract,
    data: Mapping[str, AnyTable] | None = None,
    *,
    through: Any,
    target: float | None = None,
    log: LogPath | None = None,
) -> dict[str, EffectEstimate]:
    """What a contract's trend-adjusted analyses say to date, and what the rest must be.

    Parameters
    ----------
    contract : Contract
        As `effekt.read_contract` returns it.
    data : mapping of data id to table or path, optional
        Tables or files in place of those the contract names in its own folder.
    through : period
        The last that counts, such as ``"2019-06"``, before the evaluation window's last.
    target : float, optional
        The reduction to reach, or where more is better the increase, such as 0.12. Without it, the largest value below
        one that the contract holds a relative improvement of the analysis against.
    log : str or Path, optional
        A run log to append a line to; else the one that the contract requires, if it does.

    Returns
    -------
    dict of analysis to EffectEstimate
        Each as `trend_adjusted(..., through=...)` gives it, with the diagnostic `forecast` unless all that is left is
        excluded. A note says that it is no ground for payment.

    Raises
    ------
    ArgumentError
        When no analysis of the contract is a trend-adjusted comparison, or `through` is no period of its window.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("helsingborg") / "contract.yaml")
    >>> found = effekt.look(contract, through=2017, target=0.12)["absence"]
    >>> found.diagnostics[-1].values["remaining"]
    1
    """
    check_analyses(contract)
    if through is None:
        raise ArgumentError(
            "`through` must be the last period that counts, such as '2019-06'; got None. Use `effekt estimate` when "
            "the evaluation is over."
        )
    looked_at = [id for id, one in contract.model.analysis.items() if one.method == LOOKED_AT]
    if not looked_at:
        methods = join_words(sorted({one.method for one in contract.model.analysis.values()}), "and") or "none"
        raise ArgumentError(
            f"`contract` must have an analysis by {LOOKED_AT}, whose window can be seen in part; its methods are "
            f"{methods}. Use `effekt estimate` with the data to date."
        )
    refuse_unknown_data(contract, data)
    path = open_log(contract, log)
    tables: dict[str, Table] = {}
    found = {id: _look(contract, id, data, tables, through, target) for id in looked_at}
    if path is not None:
        log_estimate(contract, found, digested(contract, tables, data), path=path, verb="look")
    return found


def _look(
    contract: Contract,
    id: str,
    data: Mapping[str, AnyTable] | None,
    tables: dict[str, Table],
    through: Any,
    target: float | None,
) -> EffectEstimate:
    analysis = contract.model.analysis[id]
    function = METHODS[LOOKED_AT]
    given = arguments(id, function, analysis.arguments)
    own = given.pop("threshold", None)
    if target is None:
        target = own if own is not None else _target(contract, id)
    try:
        if analysis.data not in tables:
            tables[analysis.data] = load(contract, analysis.data, data)
        found: EffectEstimate = function(tables[analysis.data], **given, through=through, threshold=target)
    except (ArgumentError, DataError) as error:
        raise type(error)(f"analysis.{id}: {_as_given(str(error))}{_as_share(str(error), target)}") from None
    return found


def _as_given(sentence: str) -> str:
    """What the estimator says of its arguments, by the names that a look has for them."""
    for own, name in (
        ("`threshold`", "`target`"),
        ("Leave `through` out when the evaluation is over.", "Use `effekt estimate` when the evaluation is over."),
    ):
        sentence = sentence.replace(own, name)
    return sentence


def _as_share(sentence: str, target: float | None) -> str:
    """How a target in per cent is written, where that is what was given."""
    meant = "`threshold` must be a number between 0 and 1" in sentence and target is not None and 1 <= target < 100
    return f" Write {target:g} per cent as {target / 100:g}." if meant and target is not None else ""


def _target(contract: Contract, id: str) -> float | None:
    """The largest relative improvement below one that a figure of the analysis is held against."""
    known = thresholds(contract)
    held = [
        float(value)
        for name, term in contract.model.figures.items()
        if isinstance(term, EstimateFigure) and term.estimate == id and term.view == "relative_improvement"
        for value in known.get(name, ())
        if 0 < value < 1
    ]
    return max(held, default=None)
