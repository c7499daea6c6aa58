"""What verification holds against a result without data, whatever counts are hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from every_check import Result

from effekt.certificates.published import published
from effekt.result import EffectSet
from effekt.workflow.data.arguments import COMPANIONS
from effekt.workflow.rules.checks_again import check_faults
from effekt.workflow.rules.checks_given import given_faults
from effekt.workflow.rules.follows import own_faults, set_faults
from effekt.workflow.rules.hidden_counts import hidden_faults, unhidden_faults
from effekt.workflow.rules.numbers_there import lacking_faults
from effekt.workflow.rules.recorded import argument_faults
from effekt.workflow.rules.results import left_out_faults
from effekt.workflow.rules.stated_tables import table_faults

Call = Mapping[str, Any]

CHOSEN = {name for names in COMPANIONS.values() for name in names}  # which a contract must write where they are read
MINIMA = (0, 5, 60)  # counts from which on a contract shows them


def faults(result: Result, call: Call, rows: int | None = None) -> list[Any]:
    """What is held against a result as it is read from its file, whatever counts are hidden."""
    public = result.public()  # of which `published` hides counts
    return [fault for minimum in MINIMA for fault in _faults_of(public, call, rows, minimum)]


def _faults_of(result: Result, call: Call, rows: int | None, minimum: int) -> list[Any]:
    read = type(result).from_json(published(result, minimum).to_json())
    given, several = {name: value for name, value in call.items() if value is not None}, isinstance(read, EffectSet)
    members = [read] if not isinstance(read, EffectSet) else [*read.effects, *filter(None, [read.overall])]
    written_out = {**dict.fromkeys(call, "none"), **given}
    whole = SimpleNamespace(method=members[0].method, arguments=written_out, given=given, data="t")
    found: list[Any] = [fault for one in members for fault in own_faults(one)]
    for one in members:
        written = {name: value for name, value in one.arguments.items() if name in CHOSEN and call.get(name) is None}
        found += argument_faults(one.method, one.arguments, {**call, **written})
    found += [
        *hidden_faults(read, minimum),
        *unhidden_faults(read, minimum),
        *lacking_faults(read, minimum),
        *left_out_faults(read),
    ]
    found += given_faults(read, members[0].method, call)
    if several:
        found += [*check_faults(read), *set_faults(read, whole)]  # type: ignore[arg-type]
    if rows is not None:
        model = SimpleNamespace(
            data={"t": SimpleNamespace(columns=None, text=())}, analysis={"a": whole}, ledgers=None, population=None
        )
        found += table_faults("t", _stated(Everything(), rows, read, model))
    return [(minimum, *fault) for fault in found]


def _stated(columns: Any, rows: int, read: Result, model: Any) -> Any:
    """What a certificate has of one table, its result and its contract."""
    table = SimpleNamespace(rows=rows, columns=columns)
    return SimpleNamespace(data={"t": table}, results={"a": read}, contract=SimpleNamespace(model=model))


class Everything:
    """Columns of a table that has every one."""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __contains__(self, name: str) -> bool:
        return True
