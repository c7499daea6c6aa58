"""Where every referred unit went, from referral to analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from effekt._text import LANGUAGES, Language, Text, format_number
from effekt._validation import check_option, join_words, shown
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic

Step: TypeAlias = Literal["referred", "eligible", "consented", "assigned", "followed", "analysed"]
Count: TypeAlias = int | Mapping[str, int]
STEPS: tuple[Step, ...] = ("referred", "eligible", "consented", "assigned", "followed", "analysed")
BY_ARM: tuple[Step, ...] = ("assigned", "followed", "analysed")
STEP_WORDS: dict[Step, Text] = {
    "referred": Text(en="referred", sv="anvisade"),
    "eligible": Text(en="eligible", sv="behöriga"),
    "consented": Text(en="consented", sv="samtyckande"),
    "assigned": Text(en="assigned", sv="tilldelade en grupp"),
    "followed": Text(en="followed", sv="uppföljda"),
    "analysed": Text(en="analysed", sv="analyserade"),
}
EVERYONE = "all"
ARM_WORDS = {
    EVERYONE: Text(en="all", sv="alla"),
    "treated": Text(en="treated", sv="behandlade"),
    "control": Text(en="controls", sv="kontroller"),
}  # an arm with another name keeps it in both languages


def unit_ledger(
    counts: Mapping[Step, Count], *, losses: Mapping[Step, Mapping[str, Count]] | None = None
) -> Diagnostic:
    """Account for every unit: each step's count, and a reason for everyone who did not reach it.

    Parameters
    ----------
    counts : mapping of step to int, or to a mapping of arm to int
        Units left after "referred", "eligible", "consented", "assigned", "followed" and "analysed"; at least two of the
        steps, in that order. From "assigned" on by arm: ``{"treated": 40, "control": 38}``; ``{"all": 78}`` where there
        is one for all.
    losses : mapping of step to mapping of reason to int, or to a mapping of arm to int, optional
        Why units that passed the step before did not reach this one, under a reason code; by arm after "assigned".

    Returns
    -------
    Diagnostic
        "ok", since a ledger that does not close raises. Table, one row for each step, arm and reason: `step`, `arm`
        ("all" before assignment), `kind` ("lost" or "left"), `reason` (none for those left), `units`. Values: the total
        left at each step, and `n_lost`.

    Raises
    ------
    ArgumentError
        For a step out of order or unknown, a count that is not a whole number from 0, an arm that is not there at every
        step, and totals that do not close: the sentence names the step, the arm and by how many.

    Notes
    -----
    At every step: units left = units left at the step before − Σ units lost here; in each arm by itself after
    "assigned". Small counts are shown as given; a page that is sent out suppresses them.

    References
    ----------
    Schulz, K. F., Altman, D. G. & Moher, D. (2010). CONSORT 2010 statement: updated guidelines for reporting parallel
    group randomised trials. *BMJ* 340, c332. doi:10.1136/bmj.c332

    Examples
    --------
    >>> found = unit_ledger(
    ...     {"referred": 50, "assigned": {"treated": 20, "control": 22}, "analysed": {"treated": 19, "control": 22}},
    ...     losses={"assigned": {"declined": 8}, "analysed": {"moved away": {"treated": 1}}},
    ... )
    >>> found.statement.en.partition(";")[0]
    '50 referred, 42 assigned (treated 20, controls 22), 41 analysed (treated 19, controls 22)'
    """
    steps, arms = _check_steps(counts)
    losses = {} if losses is None else losses
    _check_losses(losses, steps)
    rows: list[tuple[str, str, str, str | None, int]] = []
    before: dict[str, int] = {}
    for step in steps:
        left = _by_arm(f"counts[{step!r}]", counts[step], arms if step in BY_ARM else ())
        lost = {
            reason: _lost(step, reason, count, arms if before and set(before) != {EVERYONE} else ())
            for reason, count in losses.get(step, {}).items()
        }
        if before:
            _check_closes(step, before, lost, left)
        rows += [(step, arm, "lost", reason, count) for reason, by in lost.items() for arm, count in by.items()]
        rows += [(step, arm, "left", None, count) for arm, count in left.items()]
        before = left
    columns = list(zip(*rows, strict=True))
    totals = {str(step): sum(row[4] for row in rows if row[0] == step and row[2] == "left") for step in steps}
    return Diagnostic(
        name="unit_ledger",
        status="ok",
        statement=_statement({step: counts[step] for step in steps}, list(totals.values())),
        values={**totals, "n_lost": totals[steps[0]] - totals[steps[-1]]},
        table=dict(zip(("step", "arm", "kind", "reason", "units"), columns, strict=True)),
    )


def _check_steps(counts: Mapping[Step, Count]) -> tuple[list[Step], tuple[str, ...]]:
    """The steps in order, and the arms."""
    if not isinstance(counts, Mapping) or len(counts) < 2:
        raise ArgumentError(
            f"`counts` must map at least two steps to how many units were left at each; got {counts!r}. Give the first "
            "step and the last that was reached."
        )
    for step in counts:
        check_option("counts", step, STEPS)
    steps = list(counts)
    if steps != sorted(steps, key=STEPS.index):
        raise ArgumentError(f"`counts` must give the steps in the order {join_words(STEPS, 'and')}; got {steps!r}.")
    divided = [step for step in steps if step in BY_ARM]
    for step in divided:
        if not isinstance(counts[step], Mapping) or not counts[step]:
            raise ArgumentError(f"`counts[{step!r}]` must be by arm, such as {{'treated': 40, 'control': 38}}.")
    arms = tuple(counts[divided[0]]) if divided else ()  # type: ignore[arg-type]
    return steps, arms


def _check_losses(losses: Mapping[Step, Mapping[str, Count]], steps: list[Step]) -> None:
    if not isinstance(losses, Mapping):
        raise ArgumentError(
            f"`losses` must map a step to how many units were lost there, by reason; got {shown(losses)}."
        )
    for step, reasons in losses.items():
        check_option("losses", step, steps[1:])
        if not isinstance(reasons, Mapping) or not all(isinstance(reason, str) and reason for reason in reasons):
            raise ArgumentError(f"`losses[{step!r}]` must map a reason, in text, to how many units were lost.")


def _by_arm(name: str, count: Count, arms: tuple[str, ...]) -> dict[str, int]:
    """{arm: count}; {"all": count} before assignment."""
    if not arms:
        if isinstance(count, Mapping):
            raise ArgumentError(f"`{name}` must be one number, since arms exist from 'assigned' on; got {count!r}.")
        return {EVERYONE: _whole(name, count)}
    if not isinstance(count, Mapping) or set(count) != set(arms):
        raise ArgumentError(f"`{name}` must give a number for each arm, {join_words(arms, 'and')}; got {count!r}.")
    return {arm: _whole(f"{name}[{arm!r}]", count[arm]) for arm in arms}


def _lost(step: str, reason: str, count: Count, arms: tuple[str, ...]) -> dict[str, int]:
    """Losses by arm; an arm that is not named lost nobody."""
    name = f"losses[{step!r}][{reason!r}]"
    if arms and isinstance(count, Mapping) and set(count) <= set(arms):
        count = {arm: count.get(arm, 0) for arm in arms}
    return _by_arm(name, count, arms)


def _whole(name: str, count: object) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ArgumentError(f"`{name}` must be a whole number from 0; got {count!r}.")
    return count


def _check_closes(step: str, before: dict[str, int], lost: dict[str, dict[str, int]], left: dict[str, int]) -> None:
    if set(before) != set(left):  # assignment divides those who were one group
        left = {EVERYONE: sum(left.values())}
    for arm, count in left.items():
        gone = sum(by[arm] for by in lost.values())
        over = count - (before[arm] - gone)
        if over:
            where = "" if arm == EVERYONE else f" in arm {arm!r}"
            raise ArgumentError(
                f"The ledger must close at {step!r}{where}: {before[arm]} at the step before less {gone} lost leaves "
                f"{before[arm] - gone}, but `counts` says {count}, {abs(over)} too {'many' if over > 0 else 'few'}; "
                f"correct the counts or the reasons in `losses`."
            )


def _statement(counts: Mapping[Step, Count], totals: list[int]) -> Text:
    en, sv = (", ".join(_reached(counts, totals, lang)) for lang in LANGUAGES)
    return Text(en=f"{en}; every loss has a reason.", sv=f"{sv}; varje bortfall har en orsakskod.")


def _reached(counts: Mapping[Step, Count], totals: list[int], lang: Language) -> Iterator[str]:
    """How many reached each step, by arm where there are arms."""
    for (step, count), total in zip(counts.items(), totals, strict=True):
        reached = f"{format_number(str(total), lang)} {STEP_WORDS[step].in_language(lang)}"
        by_arm = {} if isinstance(count, int) or set(count) == {EVERYONE} else count
        named = [(ARM_WORDS.get(arm, Text(en=arm, sv=arm)), format_number(str(n), lang)) for arm, n in by_arm.items()]
        arms = ", ".join(f"{arm.in_language(lang)} {n}" for arm, n in named)
        yield f"{reached} ({arms})" if arms else reached
