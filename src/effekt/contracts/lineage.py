"""The files of one contract: which a file follows, one amendment after another, and where two of them part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from effekt.contracts.model import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two amendments with one number, of which one's own file follows the one and another file the other.

    Attributes
    ----------
    number : int
        Of both.
    own, other : str
        Their digests.
    of_one : bool
        Whether both are known to come from one file.
    way : tuple of Contract
        From the last file that both follow to the other file; empty where it is not among those that are known.
    missing : tuple of str
        Digests of the files before both, where these are not known.
    """

    number: int
    own: str
    other: str
    of_one: bool = True
    way: tuple[Contract, ...] = ()
    missing: tuple[str, ...] = ()


def number_of(contract: Contract) -> int:
    """How many times a contract was amended.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    int
    """
    return 0 if contract.model.amendment is None else contract.model.amendment.number


def back(contract: Contract, known: Iterable[Contract]) -> tuple[Contract, ...]:
    """A contract file and those before it that are known, from the last back.

    Parameters
    ----------
    contract : Contract
    known : iterable of Contract
        In any order; a file is followed by the digest that names it, and others are passed by.

    Returns
    -------
    tuple of Contract
    """
    by_digest, found = {one.sha256: one for one in known}, [contract]
    while (amendment := found[-1].model.amendment) is not None and amendment.of in by_digest:
        found.append(by_digest[amendment.of])
    return tuple(found)


def says(contract: Contract) -> tuple[bytes, ...]:
    """What a contract file says, whatever its line endings, as when a mail program saved it anew.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of bytes
    """
    return tuple(contract.raw.splitlines())


def follows(other: Contract, own: Contract, known: Iterable[Contract]) -> bool:
    """Whether a contract file is by amendments of one's own, one after another.

    Parameters
    ----------
    other, own : Contract
    known : iterable of Contract

    Returns
    -------
    bool
    """
    return says(own) in [says(one) for one in back(other, (*known, own))[1:]]


def fork(own: Contract, other: Contract, known: Sequence[Contract]) -> Fork | None:
    """Where the way to another file of a contract parts from the way to one's own.

    Parameters
    ----------
    own, other : Contract
    known : sequence of Contract
        Every file that either may follow.

    Returns
    -------
    Fork or None
        None where one of them follows the other, they are no files of one contract, or nothing shows that they part.
    """
    if own.model.id != other.model.id:
        return None
    ours, theirs = (back(one, (*known, own, other)) for one in (own, other))
    told = [says(one) for one in ours]
    last = next((place for place, one in enumerate(theirs) if says(one) in told), None)
    if last is None:
        return _before_known(ours, theirs)
    ours, way = ours[: told.index(says(theirs[last]))], theirs[last::-1]
    if not ours or len(way) == 1 or number_of(ours[-1]) != number_of(way[1]):
        return None
    return Fork(number=number_of(way[1]), own=ours[-1].sha256, other=way[1].sha256, way=way)


def _before_known(ours: Sequence[Contract], theirs: Sequence[Contract]) -> Fork | None:
    """Where two ways part of which no file known is the same: at one file that is not known, or somewhere after it."""
    before = [one.model.amendment.of for one in (ours[-1], theirs[-1]) if one.model.amendment is not None]
    missing, own, other = tuple(dict.fromkeys(before)), _digests(ours), _digests(theirs)
    if len(before) == 2 and len(missing) == 1:
        number = number_of(ours[-1])
        same = number == number_of(theirs[-1])
        return Fork(number=number, own=own[number], other=other[number], missing=missing) if same else None
    number = max(own.keys() & other.keys(), default=0)
    if number == 0 or 0 in own.keys() & other.keys():
        return None
    return Fork(number=number, own=own[number], other=other[number], of_one=False, missing=missing)


def _digests(files: Sequence[Contract]) -> dict[int, str]:
    """The digests of some files, and of the one that the last of them amends, by how often each was amended."""
    found = {number_of(one): one.sha256 for one in files}
    amendment = files[-1].model.amendment
    return found if amendment is None else {amendment.number - 1: amendment.of, **found}
