"""What is to be told of certificates by other files of a contract: from the plain tree of its amendments.

Each file is known by its name; `of` names the file before it, and `known` the files that whoever verifies has seen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    id: str
    number: int
    of: str | None
    keys: dict[str, set[str]]
    signed: dict[str, set[str]]
    pays: int


def line(tree, known, name):
    """The file, all that are known before it, and the first that is named and not known."""
    names = [name]
    while names[-1] in known and tree[names[-1]].of is not None:
        names.append(tree[names[-1]].of)
    return names


def relation(tree, known, own, other):
    if tree[own].id != tree[other].id:
        return "foreign"
    ours, theirs = line(tree, known, own), line(tree, known, other)
    shared = [name for name in theirs if name in ours]
    if shared:
        if shared[0] == own:
            return "own" if own == other else "after"
        if shared[0] == other:
            return "before"
        one, two = ours[ours.index(shared[0]) - 1], theirs[theirs.index(shared[0]) - 1]
        if tree[one].number != tree[two].number:
            return "other"
        return "fork" if shared[0] in known else "fork, its first file unknown"
    ours, theirs = numbers(tree, known, ours), numbers(tree, known, theirs)
    both = ours & theirs
    return "may fork" if both and 0 not in both else "other"


def numbers(tree, known, names):
    """How often each was amended, as far as it is known: of a file that is not, one less than the one after it."""
    *after, last = names
    return {tree[name].number for name in after} | {tree[last].number if last in known else tree[after[-1]].number - 1}


def step_holds(tree, name):
    return tree[name].number == tree[tree[name].of].number + 1


def way(tree, first, last):
    names = [last]
    while names[-1] != first:
        names.append(tree[names[-1]].of)
    return names[::-1]


def agreed(tree, names, shown):
    """Whether the last of some files is agreed to, where the locks of some files are shown."""
    *before, last = names
    if not before:
        return True
    return last in shown and any(
        agreed(tree, before[: place + 1], shown)
        and all(
            any(all(key in tree[name].keys[party] for name in before[place:]) for key in keys)
            for party, keys in tree[last].signed.items()
        )
        for place in range(len(before))
    )


def of_certificate(tree, known, own, other, shown, *, signed, replaced):
    """What is told of a certificate by a file, beside one by one's own."""
    found = relation(tree, known, own, other)
    if found == "foreign":
        return None
    if other in line(tree, known, own):
        return None if signed else "unsigned"
    if found == "after":
        return "since"
    if found == "other" or not signed:
        return "another file"
    if found != "fork":
        return "unknown"
    names = way(tree, next(name for name in line(tree, known, other) if name in line(tree, known, own)), other)
    if not all(step_holds(tree, name) for name in names[1:]) or not agreed(tree, names, shown):
        return "aside"
    return "twice" if tree[own].pays and tree[other].pays and not replaced else "ask"


def of_files(tree, known, own, given, told):
    """The files that were given and are on another branch, of which no certificate tells."""
    return {
        name
        for name in given - told
        if relation(tree, known, own, name) in ("fork", "fork, its first file unknown", "may fork")
    }


def of_chain(tree, own, given):
    """Whether the files that were given lead to one's own."""
    known = given | {own}
    if tree[own].of is None:
        return "reproduced" if given else None
    names = line(tree, known, own)
    if names[-1] in known:
        return "reproduced" if all(step_holds(tree, name) for name in names[:-1]) else "different"
    there = [name for name in names if name in known]
    another = any(tree[name].of is None and tree[name].id == tree[own].id for name in given)
    if another and tree[there[-1]].number == 1:  # what it amends is that first file or none
        return "different"
    return "cannot_tell" if all(step_holds(tree, name) for name in there[:-1]) else "different"


def of_agreement(tree, own, given, shown, signed):
    """`shown` are the files by which there are certificates, and `signed` those of which one is signed."""
    if tree[own].of is None or tree[own].of not in given:
        return None
    names = [name for name in line(tree, given | {own}, own) if name in given | {own}][::-1]
    if not agreed(tree, names[-2:], {own}):
        return "different"
    if agreed(tree, names, shown | {own}):
        return "reproduced"
    doubtful = disagreeing(tree, names, shown | {own})
    for place in range(len(names) - 2, 0, -1):
        if names[place] not in signed:
            return "cannot_tell"
        if doubtful & disagreeing(tree, names[place - 1 : place + 1], signed):
            return "different"
    return "cannot_tell"


def disagreeing(tree, names, shown):
    """Those who must agree to the last of some files and did not sign its lock with a key that counts.

    A key counts that each file has from the last one that was agreed to on.
    """
    *before, last = names
    place = max(place for place in range(len(before)) if agreed(tree, before[: place + 1], shown))
    common = {
        party: set.intersection(*(tree[name].keys[party] for name in before[place:])) for party in tree[last].keys
    }
    signed = tree[last].signed if last in shown else {}
    return {party for party in common if not common[party] & set(signed.get(party, ()))}
