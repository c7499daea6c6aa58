"""Mutation tests: change one place of a module at a time and see whether its tests notice.

``python tools/mutation.py [money gates …]`` writes ``docs/reference/mutation/NAME.json`` for each target: how many
mutants were made, how many the tests killed, how many ran out of time (which counts as alive), and each one that
survived. Every mutant runs in a process of its own, so that none reaches another.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import hashlib
import importlib.machinery
import inspect
import json
import mmap
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "reference" / "mutation"
WORD = 4  # bytes of a number
SLOWER = 4  # times as long as on the module as it is: that mutant ran out of time, which is no kill
QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=native", "--assert=plain")  # nobody reads why
CONTRACTS = ("contracts/test_clauses", "contracts/test_settlement", "contracts/test_shapes")
MONEY = (*CONTRACTS, "contracts/test_bad_contracts", "contracts/test_payment_oracle")
BY_PARTY = ("contracts/test_liability_by_party",)
TARGETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "money": ("contracts/money.py", ("contracts/test_money", *CONTRACTS)),
    "gates": ("contracts/gates.py", ("contracts/test_gates", *CONTRACTS, "contracts/test_bad_contracts")),
    "settlement": (
        "contracts/settlement.py",
        (
            *("contracts/test_gates", *CONTRACTS, "contracts/test_events", "contracts/test_payment_oracle"),
            *("contracts/test_one_after_another", "contracts/test_taken"),
        ),
    ),
    "true_up": ("contracts/true_up.py", ("contracts/test_true_up", "contracts/test_between_lines", *MONEY)),
    "receivers": ("contracts/receivers.py", ("contracts/test_receivers", "contracts/test_between_lines", *MONEY)),
    "between_lines": (
        "contracts/between_lines.py",
        ("contracts/test_between_lines", "contracts/test_true_up", *CONTRACTS),
    ),
    "milestones": ("contracts/clauses/milestones.py", ("contracts/test_over_time", *CONTRACTS)),
    "over_time": ("contracts/clauses/over_time.py", ("contracts/test_over_time", "contracts/test_true_up", *CONTRACTS)),
    "ladders": ("contracts/ladders.py", ("contracts/test_fallback", *CONTRACTS)),
    "figures": (
        "contracts/figures.py",
        (
            "contracts/test_figures",
            *("contracts/test_fallback", "contracts/test_attestations", "contracts/test_bounds"),
            *("contracts/test_bad_contracts", *CONTRACTS),
        ),
    ),
    "estimated": ("contracts/estimated.py", ("contracts/test_estimated",)),
    "thin_data": ("contracts/thin_data.py", ("contracts/test_thin_data", "workflow/test_thin_data")),
    "disputing": ("contracts/disputing.py", ("contracts/test_disputed_limits", "contracts/test_events")),
    "liability": (
        "contracts/liability.py",
        (
            *("contracts/test_liability", "contracts/test_liability_by_year", "contracts/test_bounds"),
            *("contracts/test_one_after_another", "contracts/test_ceilings", *BY_PARTY),
        ),
    ),
    "liability_by_party": (
        "contracts/liability_by_party.py",
        (*BY_PARTY, "contracts/test_liability", "workflow/test_amended_most"),
    ),
    "paid_once": ("contracts/paid_once.py", ("contracts/test_liability", "contracts/test_liability_by_year")),
    "guaranteed_most": ("contracts/guaranteed_most.py", BY_PARTY),
    "endings": ("contracts/endings.py", ("contracts/test_events",)),
    "fallback": ("contracts/fallback.py", ("contracts/test_fallback", "contracts/test_figures")),
    "payment": (
        "contracts/payment.py",
        ("contracts/test_refused_terms", "contracts/test_true_up", "workflow/test_declared_maximum"),
    ),
    "schedules": ("contracts/clauses/schedules.py", ("contracts/test_clauses", "contracts/test_refused_terms")),
    "per_unit": ("contracts/clauses/per_unit.py", ("contracts/test_clauses", "contracts/test_refused_terms")),
    "clause": (
        "contracts/clauses/clause.py",
        ("contracts/test_clauses", "contracts/test_refused_terms", "contracts/test_over_time"),
    ),
    "day_counts": ("contracts/clauses/day_counts.py", ("contracts/test_over_time",)),
    "digests": ("certificates/digests.py", ("certificates_unit/test_digests",)),
    "canonical": ("certificates/canonical.py", ("certificates_unit/test_canonical",)),
    "signing": ("certificates/signing.py", ("certificates_unit/test_signing",)),
    "envelope": ("certificates/envelope.py", ("certificates_unit/test_envelope",)),
    "key_holders": ("certificates/key_holders.py", ("workflow/test_keys",)),
    "can_be_paid": (
        "workflow/earlier/can_be_paid.py",
        (
            "workflow/test_first_days",
            "workflow/test_several_settlements",
            "workflow/test_days_over",
            "workflow/test_later_day",
        ),
    ),
    "signatures": (
        "workflow/rules/signatures.py",
        ("workflow/test_signatures", "workflow/test_keys", "workflow/test_resaved_earlier", "workflow/test_deep_forks"),
    ),
    "paying": ("contracts/paying.py", ("contracts/test_paying",)),
    "conduct": ("contracts/conduct.py", ("contracts/test_conduct", "contracts/test_events")),
    "measured": ("contracts/measured.py", ("contracts/test_happened", "contracts/test_contaminated_each")),
    "standings": ("contracts/standings.py", ("contracts/test_happened",)),
    "early": ("contracts/early.py", ("contracts/test_bounds",)),
    "happened": (
        "contracts/happened.py",
        (
            *("contracts/test_happened", "contracts/test_taken", "contracts/test_events"),
            *("workflow/test_days_over", "workflow/test_ended_after"),
        ),
    ),
    "sum_bounds": ("contracts/sum_bounds.py", ("contracts/test_earlier_sums", "workflow/test_settled_anew")),
    "earlier_sums": ("contracts/earlier_sums.py", ("contracts/test_earlier_sums", "contracts/test_ceilings")),
    "ceilings": ("contracts/ceilings.py", ("contracts/test_ceilings", "workflow/test_reached")),
    "forks": ("workflow/earlier/forks.py", ("workflow/test_forks", "workflow/test_deep_forks")),
    "second_payment": ("workflow/recomputed/second_payment.py", ("workflow/test_both_payments",)),
}
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
WORDS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The node changed, each way that is tried, with what was done."""
    for field in ("op", "ops"):
        found = getattr(node, field, None)
        for position, operator in enumerate(found if isinstance(found, list) else [found]):
            if type(operator) in SWAPS:
                other, new = copy.copy(node), SWAPS[type(operator)]()
                setattr(other, field, [*found[:position], new, *found[position + 1 :]] if field == "ops" else new)
                yield f"{type(operator).__name__} → {type(new).__name__}", other
    yield from replaced(node)


def replaced(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Other things in place of the node."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield f"{type(node.op).__name__} left out", node.operand
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        other = copy.copy(node)
        other.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
        yield "condition turned around", other
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} → {not node.value}", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} → {node.value + 1}", ast.Constant(node.value + 1)
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return None", ast.Return(ast.Constant(None))
    if isinstance(node, (ast.Raise, ast.AugAssign)) or (
        isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ):
        yield f"{type(node).__name__} left out", ast.Pass()
    if isinstance(node, ast.Name) and node.id in WORDS:
        yield f"{node.id} → {WORDS[node.id]}", ast.Name(WORDS[node.id], node.ctx)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Every place below a node whose content runs: neither annotations nor the decorators of classes."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns") or (field == "decorator_list" and isinstance(node, ast.ClassDef)):
            continue
        for position, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                yield node, field, position if isinstance(value, list) else None
                yield from places(child)


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Each mutant of a module: where and what, and its tree."""
    tree, lines = ast.parse(source), source.splitlines()
    for parent, field, position in list(places(tree)):
        held = getattr(parent, field)
        node = held if position is None else held[position]
        for what, other in changes(node):
            if not hasattr(node, "lineno"):
                continue
            new = other if position is None else [*held[:position], other, *held[position + 1 :]]
            setattr(parent, field, new)
            yield f"{lines[node.lineno - 1].strip()} [{what}]", ast.fix_missing_locations(copy.deepcopy(tree))
            setattr(parent, field, held)


def outcome(path: Path, tree: ast.Module, tests: list[str], seconds: int = 600) -> str:
    """'killed', 'survived' or 'time', from the tests in a process in which the module is the mutant."""

    def whole() -> int:
        read = importlib.machinery.SourceFileLoader.get_code

        def get_code(self: importlib.machinery.SourceFileLoader, name: str) -> object:
            return compile(tree, str(path), "exec") if Path(self.path) == path else read(self, name)

        importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
        import pytest

        return int(pytest.main(["-x", *QUIET, *tests]))

    return in_a_process(whole, seconds)


def in_a_process(run: Callable[[], int], seconds: int) -> str:
    """What comes of tests in a process of their own, given seconds of processor: 'survived' if it ends with 0."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        status = 1
        with contextlib.suppress(BaseException):
            status = run()
        os._exit(status)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return "time" if os.WTERMSIG(status) == signal.SIGPROF else "killed"
    return "killed" if os.WEXITSTATUS(status) else "survived"


class Loop:
    """The tests collected once; each mutant of a function then in a fork of this process.

    The test that failed last is run first: it often kills the next mutant too.
    A mutant that changes more than the body of a function, and one that the tests let pass here, is left to `outcome`,
    which imports the whole module anew: something may have been computed when it was imported.
    """

    def __init__(self, path: Path, source: str) -> None:
        self.path, self.whole = path, compile(ast.parse(source), str(path), "exec")
        self.made = list(mutants(source))
        self.killed: set[int] = set()
        self.failed = mmap.mmap(-1, WORD)  # the place of the test that failed, which the fork leaves for the next one

    def pytest_runtestloop(self, session: Any) -> bool:
        """Every mutant, in place of the tests as they are."""
        import gc

        gc.unfreeze()  # the tests freeze what was collected, and what is frozen is not among the objects
        loaded = [one for one in gc.get_objects() if isinstance(one, FunctionType)]
        own = {_place(one.__code__): one for one in loaded if Path(one.__code__.co_filename) == self.path}
        gc.freeze()  # or each fork would copy what it collects

        def run(codes: dict[tuple[str, int], CodeType]) -> int:
            for place, code in codes.items():
                own[place].__code__ = code
            from _pytest.runner import runtestprotocol

            first = int.from_bytes(self.failed[:], "big")
            for number in sorted(range(len(session.items)), key=lambda number: number != first):
                item = session.items[number]
                if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
                    self.failed[:] = number.to_bytes(WORD, "big")
                    return 1
            return 0

        started = _processor()
        if in_a_process(lambda: run({}), 600) != "survived":
            return True
        limit = SLOWER * (1 + int(_processor() - started))
        for number, (_, tree) in enumerate(self.made):
            code = compile(tree, str(self.path), "exec")
            changed = {place: one for place, one in _functions(code).items() if one != _functions(self.whole)[place]}
            if _outside(code) == _outside(self.whole) and changed and set(changed) <= set(own):
                got = in_a_process(lambda codes=changed: run(codes), limit)  # type: ignore[misc]
                self.killed |= {number} if got == "killed" else set()
        return True


def _processor() -> float:
    """Seconds of processor of this process and of those it waited for: how busy the machine is does not matter."""
    return sum(os.times()[:4])


def in_forks(loop: Loop, tests: list[str]) -> set[int]:
    """The mutants that a loop kills, in a process of its own: this one never imports the module, for `outcome`."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        import pytest

        os.close(reader)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            pytest.main([*QUIET, *tests], plugins=[loop])
        os.write(writer, " ".join(map(str, sorted(loop.killed))).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        killed = set(map(int, told.read().split()))
    os.waitpid(child, 0)
    return killed


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _functions(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """The functions of a module and of its classes; those inside functions are part of them."""
    found: dict[tuple[str, int], CodeType] = {}
    for one in code.co_consts:
        if isinstance(one, CodeType):
            found |= {_place(one): one} if one.co_flags & inspect.CO_OPTIMIZED else _functions(one)
    return found


def _outside(code: CodeType) -> tuple[object, ...]:
    """What runs of a module and of its classes when it is imported, without the bodies of functions."""
    parts = (_outside(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts)
    return (_place(code),) if code.co_flags & inspect.CO_OPTIMIZED else (code.co_code, code.co_names, *parts)


def main(names: list[str]) -> None:
    """Run the targets that are named, or all."""
    import cryptography, jsonschema, numpy, pandas, pydantic, pytest, scipy.stats, yaml  # noqa: E401, F401, I001

    OUT.mkdir(parents=True, exist_ok=True)
    for name in names or list(TARGETS):
        path, tests = (
            ROOT / "src" / "effekt" / TARGETS[name][0],
            [str(ROOT / f"tests/{t}.py") for t in TARGETS[name][1]],
        )
        source, started = path.read_text(encoding="utf-8"), _processor()
        if outcome(path, ast.parse(source), tests) != "survived":
            sys.exit(f"{name}: the tests fail on the module as it is.")
        limit = SLOWER * (1 + int(_processor() - started))
        loop = Loop(path, source)
        killed_in_forks = in_forks(loop, tests)
        made = [
            (where, "killed" if number in killed_in_forks else outcome(path, tree, tests, limit))
            for number, (where, tree) in enumerate(loop.made)
        ]
        alive = {kind: sorted(where for where, got in made if got == kind) for kind in ("survived", "time")}
        killed = sum(got == "killed" for _, got in made)
        digest = hashlib.sha256(source.encode()).hexdigest()
        plain = {"module": TARGETS[name][0], "sha256": digest, "mutants": len(made), "killed": killed, **alive}
        (OUT / f"{name}.json").write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        told = f"{name}: {killed} of {len(made)} killed in {_processor() - started:.0f} s of processor; alive: {alive}"
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
