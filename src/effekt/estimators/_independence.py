"""Whether effects can be of independent studies, by what they record of their units.

No result holds its rows, so that some of it is seen and some is not: names of treated units, comparators and donors
where a method records them, one however it is written; which member of a set an effect is; and the raw mean and count
of either group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, TypeAlias

from effekt._text import Text, format_number
from effekt._validation import join_words
from effekt.exceptions import ArgumentError
from effekt.result import EffectEstimate, Note
from effekt.tables.names import how_they_differ, spelled_variously

Study: TypeAlias = tuple[str, EffectEstimate]
COLUMNS = ("outcome", "unit", "time", "treatment", "start", "subgroup", "arms")  # what says which columns were read
PEOPLE = (("treated", "n_treated"), ("control", "n_control"))


def check_different(labels: Sequence[str], studies: Sequence[EffectEstimate]) -> None:
    """Refuse one effect under two labels; notes and checks make no other study of it."""
    seen: dict[EffectEstimate, str] = {}
    for label, one in zip(labels, studies, strict=True):
        bare = replace(one, notes=(), diagnostics=(), path=None)
        if bare in seen:
            raise ArgumentError(f"`effects` must be of different studies; {label!r} is the same as {seen[bare]!r}.")
        seen[bare] = label


def check_independent(labels: Sequence[str], studies: Sequence[EffectEstimate]) -> None:
    """Refuse effects that evidently have units in common."""
    for one, other in combinations(zip(labels, studies, strict=True), 2):
        _check_names(one, other)
        _check_members(one, other)
        _check_people(one, other)


# --- units by name ----------------------------------------------------------------------------------------------------


def _names_units(study: EffectEstimate) -> bool:
    return study.method == "trend_adjusted" or study.method.startswith("synthetic_")


def _word(study: EffectEstimate) -> str:
    return "comparator" if study.method == "trend_adjusted" else "donors"


def _named(study: EffectEstimate, role: str) -> tuple[str, ...]:
    """The units of a role in the order recorded; none where the method records none, or all others."""
    found: Any = study.arguments.get(role) if _names_units(study) else None
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()


def _compared(study: EffectEstimate) -> tuple[str, ...]:
    return _named(study, _word(study))


def _one_spelling(first: EffectEstimate, second: EffectEstimate) -> dict[str, str]:
    """Each unit that either names, in the one form of all its spellings: as names of one table are judged."""
    every = {name: name for one in (first, second) for name in (*_named(one, "treated"), *_compared(one))}
    return every | spelled_variously(every)


def _common(first: Sequence[str], second: Sequence[str], forms: Mapping[str, str]) -> str | None:
    """The first of the second that is also in the first, as it is told: with its other spelling, if it has one."""
    listed = {forms[name]: name for name in reversed(first)} | {name: name for name in first}
    for name in second:
        own = listed.get(name, listed.get(forms[name]))
        if own is not None:
            spelled = f" (or {name!r}, which differs in {how_they_differ(own, name).rstrip(',')})"
            return f"{own!r}{spelled if own != name else ''}"
    return None


def _check_names(one: Study, other: Study) -> None:
    (a, first), (b, second) = one, other
    forms = _one_spelling(first, second)
    unit = _common(_named(first, "treated"), _named(second, "treated"), forms)
    if unit is not None:
        raise ArgumentError(
            f"`effects` must be independent; {unit} is treated in both {a!r} and {b!r}, and its chance is in both. "
            "Pool one of them, or, where these are two units of one name, give them names apart."
        )
    unit = _common(_compared(first), _compared(second), forms)
    if unit is not None:
        raise ArgumentError(
            f"`effects` must be independent; {a!r} and {b!r} are both compared with {unit}, whose chance is in both. "
            f"Estimate them together, as several treated units of one {second.method}, or name "
            f"{'comparators' if _word(second) == 'comparator' else 'donors'} apart."
        )
    for (x, treated), (y, compared) in ((one, other), (other, one)):
        unit = _common(_named(treated, "treated"), _compared(compared), forms)
        if unit is not None:
            raise ArgumentError(
                f"`effects` must be independent; {unit} is treated in {x!r} and compared with in {y!r}, and its "
                f"chance is in both. Leave it out of the {_word(compared)} of {y!r}, or, where these are two units of "
                "one name, give them names apart."
            )


# --- members of one set -----------------------------------------------------------------------------------------------


def _check_members(one: Study, other: Study) -> None:
    (a, first), (b, second) = one, other
    if _of_one_set(first, second):
        methods = join_words(dict.fromkeys((first.method, second.method)), "and")
        same = ", or what `difference_in_differences` finds of its two periods" if "event_study" in methods else ""
        raise ArgumentError(
            f"`effects` must be independent; {a!r} and {b!r} are different effects by {methods} from what seems to be "
            "one table, and share units. Combine members of one set with its `.combine`; of several tables pool the "
            f"same member of each{same}."
        )


def _of_one_set(first: EffectEstimate, second: EffectEstimate) -> bool:
    """Different members, made from columns of the same names, in a set whose members share units or a model."""
    methods = {first.method, second.method}
    if any(first.arguments.get(name) != second.arguments.get(name) for name in COLUMNS):
        return False
    if "event_study" in methods and methods <= {"event_study", "difference_in_differences"}:
        return _counts(first) == _counts(second) and (len(methods) > 1 or _member(first) != _member(second))
    if len(methods) > 1 or _member(first) == _member(second):
        return False
    if methods == {"randomized_trials"}:
        arms = first.arguments.get("arms") is not None
        return "control" in _alike(first, second) if arms else _clusters_across(first, second)
    return methods == {"staggered_adoption"} or (
        methods == {"doubly_robust"} and first.arguments.get("subgroup") is not None
    )


def _clusters_across(first: EffectEstimate, second: EffectEstimate) -> bool:
    """Subgroups of people have nobody in common, but a cluster may lie in several."""
    return all(one.arguments.get("subgroup") and one.arguments.get("cluster") for one in (first, second))


def _counts(study: EffectEstimate) -> tuple[int | None, ...]:
    return study.sample.n_treated, study.sample.n_control, study.sample.n_dropped


def _member(study: EffectEstimate) -> str:
    """The population in words without how many they are, which also differs between tables."""
    words = study.estimand.population.en
    if study.arguments.get("aggregate") is not None:
        return words
    for count in (study.sample.n_treated, study.sample.n_units):
        for written in () if count is None else (format_number(count, "en"), str(count)):
            words = re.sub(rf"^(\D*)\b{re.escape(written)}\b", r"\1", words, count=1)
    return words


# --- groups that count alike ------------------------------------------------------------------------------------------


def _alike(first: EffectEstimate, second: EffectEstimate) -> list[str]:
    """Which groups have one count and one raw mean of one outcome, to the last digit."""
    if _names_units(first) != _names_units(second) or first.outcome.column != second.outcome.column:
        return []
    found = []
    for group, count in PEOPLE:
        n, mean = getattr(first.sample, count), getattr(first.observed, group)
        same = (n, mean) == (getattr(second.sample, count), getattr(second.observed, group))
        found += [group] if same and n is not None and mean is not None else []
    return found


def _check_people(one: Study, other: Study) -> None:
    (a, first), (b, second) = one, other
    groups = _alike(first, second)
    if _names_units(first):
        _check_renamed(one, other, groups)
    elif groups and (first.method, first.arguments) != (second.method, second.arguments):
        who = join_words(({"treated": "treated", "control": "untreated"}[group] for group in groups), "and")
        raise ArgumentError(
            f"`effects` must be independent; the {who} of {a!r} and {b!r} are equally many with the same mean outcome, "
            "though not estimated alike, so that they seem to be the same people. Pool one of them, or, where the "
            "people do differ, estimate both with the same arguments."
        )


def _check_renamed(one: Study, other: Study, groups: Sequence[str]) -> None:
    """Refuse named units that are apart by their names alone; one unit in itself may have the mean of another."""
    (a, _), (b, second) = one, other
    if len(groups) == len(PEOPLE):
        raise ArgumentError(
            f"`effects` must be independent; the treated of {a!r} and {b!r}, and their "
            f"{'comparators' if _word(second) == 'comparator' else 'donors'}, are equally many with the same mean "
            "outcome, so that they seem to be the same units under other names. Pool one of them."
        )


def unit_notes(labels: Sequence[str], studies: Sequence[EffectEstimate]) -> tuple[Note, ...]:
    """What may be shared, though it cannot be seen."""
    named = [one for one in studies if _names_units(one)]
    unnamed = any(_all_others(one) for one in named)
    return (
        *([OTHERS_NOTE] if unnamed and len(named) > 1 else []),
        *_alike_note(list(_pairs_alike(labels, studies))),
    )


def _all_others(study: EffectEstimate) -> bool:
    """Compared with whom its data hold beside the treated, without a name."""
    if study.method == "trend_adjusted":
        return study.arguments.get("comparator") == "others"
    return study.arguments.get("donors") is None


def _pairs_alike(labels: Sequence[str], studies: Sequence[EffectEstimate]) -> Iterator[tuple[str, str, str]]:
    for (a, first), (b, second) in combinations(zip(labels, studies, strict=True), 2):
        for group in _alike(first, second):
            yield group, a, b


def _alike_note(pairs: Sequence[tuple[str, str, str]]) -> list[Note]:
    if not pairs:
        return []
    en = (f"the {'treated' if group == 'treated' else 'untreated'} of {a} and {b}" for group, a, b in pairs)
    sv = (f"de {'behandlade' if group == 'treated' else 'obehandlade'} i {a} och {b}" for group, a, b in pairs)
    return [
        Note(
            code="groups_alike",
            text=Text(
                en=f"Equally many with the same mean outcome: {'; '.join(en)}. If they are the same, their chance "
                "is in both studies, and the pooled interval is too short.",
                sv=f"Lika många med samma medelvärde av utfallet: {'; '.join(sv)}. Om de är desamma finns deras "
                "slump i båda studierna, och det sammanlagda intervallet är för kort.",
            ),
        )
    ]


OTHERS_NOTE = Note(
    code="shared_comparators",
    text=Text(
        en="A study that is compared with all other units of its data does not say which they are. If units of another "
        "study are among them, their chance is in both, and the pooled interval is too short.",
        sv="En studie som jämförs med alla andra enheter i sina data säger inte vilka de är. Om enheter i en annan "
        "studie finns bland dem finns deras slump i båda, och det sammanlagda intervallet är för kort.",
    ),
)
