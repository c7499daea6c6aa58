"""Certificates given as earlier ones that are later than the one that is verified, as when a whole folder is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.workflow.earlier.links import link_between, missing_link
from effekt.workflow.earlier.paid_apart import chain
from effekt.workflow.earlier.paid_before import paid_again
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


def later_than(found: Certificate, given: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Those of the given certificates that are of a later day, or took the place of the verified one or may have.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        That bind, as `several_earlier.binding` gives them.

    Returns
    -------
    tuple of Certificate
        Of the same contract, without those whose place the verified one itself says it takes.
    """
    before = chain(found, given)
    return tuple(
        one
        for one in given
        if one.contract.model.id == found.contract.model.id
        and one.sha256 not in before
        and (one.date > found.date or found.sha256 in chain(one, given) or _may_follow(found, one, given, before))
    )


def _may_follow(found: Certificate, one: Certificate, given: Sequence[Certificate], before: set[str]) -> bool:
    """Whether one that was not given may show that another took a certificate's place."""
    link = link_between(found, one, (*given, found))
    return link is not None and link.sha256 not in before


def later_findings(
    found: Certificate, later: Sequence[Certificate], earlier: Sequence[Certificate]
) -> Iterator[Finding]:
    """What each later certificate is to the one that is verified, which is held against none of them.

    Parameters
    ----------
    found : Certificate
    later : sequence of Certificate
        As `later_than` gives them.
    earlier : sequence of Certificate
        The others.

    Yields
    ------
    Finding
        `superseded` of one that took its place, `later_link` of one that may have; else `later`. What a later one
        deducts is held against this one where that one is verified.
    """
    every = (*earlier, *later)
    successors = {one.sha256 for one in later if found.sha256 in chain(one, every)}
    replaced = {one.supersedes.sha256 for one in every if one.supersedes is not None}
    for one in later:
        which = f"{one.date}, digest {one.sha256[:16]}…,"
        which_sv = f"{one.date}, kontrollsumma {one.sha256[:16]}…,"
        link = link_between(found, one, (*every, found))
        unclear = successors or missing_link(found, (*every, found))
        twice = () if unclear or one.sha256 in replaced else _both_pay(one, found)
        if one.sha256 in successors:
            yield cannot_tell(
                f"superseded:{one.date}",
                f"The certificate of {which} took the place of this one: go by that one, and verify it with this as "
                "--earlier.",
                f"Intyget från {which_sv} har tagit detta intygs plats: gå efter det, och verifiera det med detta som "
                "--earlier.",
            )
        elif twice:
            yield same_or_different(
                f"later:{one.date}",
                False,
                f"The certificate of {which} which is of a later day and does not take the place of this one, pays "
                f"{join_words(twice, 'and')}, as this one does: both are not to be paid.",
                f"Intyget från {which_sv} som är från en senare dag och inte tar detta intygs plats, betalar "
                f"{join_words(twice, 'och')}, liksom detta: båda ska inte betalas.",
            )
        elif link is not None:
            yield cannot_tell(
                f"later_link:{one.date}",
                f"The certificate of {which} may have taken the place of this one: that of {link.date}, digest "
                f"{link.sha256[:16]}…, which would show it, was not given.",
                f"Intyget från {which_sv} kan ha tagit detta intygs plats: det från {link.date}, kontrollsumma "
                f"{link.sha256[:16]}…, som skulle visa det, angavs inte.",
            )
        else:
            yield cannot_tell(
                f"later:{one.date}",
                f"The certificate of {which} is of a later day, so that this one is not held against it: verify that "
                "one with this as --earlier.",
                f"Intyget från {which_sv} är från en senare dag, så detta prövas inte mot det: verifiera det med detta "
                "som --earlier.",
            )


def _both_pay(later: Certificate, found: Certificate) -> tuple[str, ...]:
    """The lines that both pay and of which the later one deducts nothing by its terms."""
    lines = later.contract.model.payment.lines
    return tuple(id for id in paid_again(later, found) if lines[id].true_up is None)
