"""Whether the tables are those of the earlier certificate, and a declared revision is of what that one rested on.

Only the tables of one whose place is taken stand. One that stands beside has what has come since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import DataDigest, Supersedes
from effekt.contracts import Contract, Declarations
from effekt.contracts.paid_each import counted_by, paid_each_lines
from effekt.exceptions import CertificateError
from effekt.workflow.findings import Finding, cannot_tell, refused, same_or_different


def check_revisions(
    contract: Contract,
    declarations: Sequence[Declarations],
    digests: Mapping[str, DataDigest],
    earlier: Certificate | None,
) -> None:
    """Refuse a table that the contract's `revisions` does not let take the place of the earlier certificate's.

    Parameters
    ----------
    contract : Contract
    declarations : sequence of Declarations
    digests : mapping of data id to DataDigest
        Of the tables that are used now.
    earlier : Certificate or None
        The certificate whose place the new one takes, where it is at hand.

    Raises
    ------
    CertificateError
        For another table than the contract lets stand, an undeclared change, or a revision of another table than the
        earlier certificate rests on.

    Notes
    -----
    A table is the same when its file or its content is. A final certificate has a table that stands. What an interim or
    nil one rested on was paid to nobody.
    """
    stood = earlier is None or earlier.kind == "final"
    rule = None if contract.model.revisions is None else contract.model.revisions.then
    declared = [(one.model.by, event) for one in declarations for event in one.model.revised or ()]
    for by, event in declared:
        known = None if earlier is None else _known(earlier, event.data)
        if known is not None and event.was not in known:
            raise CertificateError(
                f"revised by {by}: was must be the digest that {event.data} has in the certificate of "
                f"{earlier.date if earlier else ''}, {known[0]}; got {event.was}.",
                sv=f"revised av {by}: was måste vara den kontrollsumma som {event.data} har i intyget från "
                f"{earlier.date if earlier else ''}, {known[0]}; angavs {event.was}.",
            )
        if rule == "stands" and stood and event.data in digests and not _is(digests[event.data], event.was):
            raise _must_stand(event.data, event.was)
    if rule is None or earlier is None or not stood:
        return
    for id in changed(digests, earlier):
        before = earlier.data[id]
        if rule == "stands":
            raise _must_stand(id, before.sha256)
        if not any(event.data == id and _is(before, event.was) for _, event in declared):
            raise CertificateError(
                f"data.{id} is another table than in the certificate of {earlier.date}, and nobody declares that its "
                f'source was revised; declare it (revised, was: "{before.sha256}"), or settle on that table.',
                sv=f"data.{id} är en annan tabell än i intyget från {earlier.date}, och ingen anmäler att dess källa "
                f'har reviderats; anmäl det (revised, was: "{before.sha256}"), eller avräkna på den tabellen.',
            )


def _must_stand(id: str, was: str) -> CertificateError:
    return CertificateError(
        f"data.{id} must be the table that was used before, with the digest {was}, since revisions of the contract is "
        "stands; settle on that table.",
        sv=f"data.{id} måste vara den tabell som användes förut, med kontrollsumman {was}, då revisions i avtalet är "
        "stands; avräkna på den tabellen.",
    )


def _known(earlier: Certificate, data: str) -> tuple[str, ...] | None:
    """The digests of a table in an earlier certificate, and those that it declares were before."""
    if data not in earlier.data:
        return None
    before = [event for one in earlier.declarations for event in one.model.revised or () if event.data == data]
    own = earlier.data[data]
    return own.sha256, own.logical, *(event.was for event in before)


def _is(table: DataDigest, digest: str) -> bool:
    return digest in (table.sha256, table.logical)


def changed(digests: Mapping[str, DataDigest], earlier: Certificate) -> list[str]:
    """The tables that differ from those of an earlier certificate.

    Parameters
    ----------
    digests : mapping of data id to DataDigest
    earlier : Certificate

    Returns
    -------
    list of str
        Data ids, in the contract's order.
    """
    return [
        id
        for id, one in digests.items()
        if id in earlier.data and one.logical != earlier.data[id].logical and one.sha256 != earlier.data[id].sha256
    ]


def _anew(found: Certificate, earlier: Certificate) -> set[str]:
    """The tables that hold what is new on another announced day, and so are others by the contract."""
    terms = found.contract.model
    if found.settles == earlier.settles:
        return set()
    return {terms.analysis[id].data for id in counted_by(terms, *paid_each_lines(terms))}


def _of_another(found: Certificate, earlier: Certificate) -> list[str]:
    """The tables whose declared revision is of none that an earlier certificate knows."""
    declared = [event for one in found.declarations for event in one.model.revised or ()]
    known = [(event, _known(earlier, event.data)) for event in declared]
    return list(dict.fromkeys(event.data for event, digests in known if digests and event.was not in digests))


def revision_findings(found: Certificate, earlier: Certificate | None) -> Iterator[Finding]:
    """Whether the tables are those of the certificate that is superseded, or may be others by the contract."""
    if earlier is not None and earlier.contract.model.id != found.contract.model.id:
        return
    names = {event.data for one in found.declarations for event in one.model.revised or ()}
    others = [] if earlier is None else [id for id in changed(found.data, earlier) if id not in _anew(found, earlier)]
    link = found.supersedes
    taken = earlier if earlier is not None and link is not None and earlier.sha256 == link.sha256 else None
    if link is not None and taken is None:
        if names or others:
            yield _not_given(link)
        return
    try:
        check_revisions(found.contract, found.declarations, found.data, taken)
    except CertificateError as error:
        yield refused("revised", error, "The tables cannot be used", "Tabellerna kan inte användas")
        return
    if earlier is None and names:
        yield cannot_tell(
            "revised",
            "A revision is declared; which table was used before is known by the earlier certificate: give --earlier.",
            "En revidering är anmäld; vilken tabell som användes förut vet man av det tidigare intyget: ange "
            "--earlier.",
        )
    elif earlier is not None and taken is None:
        yield from _beside(found, earlier, names, [id for id in others if id not in names])
    elif earlier is not None and (names or others):
        yield _in_its_place([id for id in others if id not in names])


def _not_given(link: Supersedes) -> Finding:
    return cannot_tell(
        "revised",
        "Which tables were used before is known by the certificate that this one says it supersedes, of "
        f"{link.date}: give it with --earlier.",
        f"Vilka tabeller som användes förut vet man av det intyg som detta säger sig ersätta, från {link.date}: ange "
        "det med --earlier.",
    )


def _beside(found: Certificate, earlier: Certificate, names: set[str], grown: Sequence[str]) -> Iterator[Finding]:
    """What is told of the tables of one beside which another stands, which may have what has come since."""
    unknown = _of_another(found, earlier)
    if grown:
        yield cannot_tell(
            "revised",
            f"Another table than in the certificate of {earlier.date}, beside which this one stands: "
            f"{join_words(grown, 'and')}. What has come since may be in it; that the rows which were there are as they "
            "were, only the earlier table shows.",
            f"En annan tabell än i intyget från {earlier.date}, som detta står bredvid: {join_words(grown, 'och')}. "
            "Det som kommit sedan dess kan finnas i den; att de rader som fanns är som de var visar bara den tidigare "
            "tabellen.",
        )
    if unknown:
        yield cannot_tell(
            "revised",
            f"The declared revision of {join_words(unknown, 'and')} is of another table than that of the certificate "
            f"of {earlier.date}, beside which this one stands: ask for what rests on the table that was revised.",
            f"Den anmälda revideringen av {join_words(unknown, 'och')} gäller en annan tabell än den i intyget från "
            f"{earlier.date}, som detta står bredvid: begär det som vilar på den tabell som reviderades.",
        )
    if names and not grown and not unknown:
        yield _in_its_place([])


def _in_its_place(silent: Sequence[str]) -> Finding:
    """What is told where nothing speaks against the tables, beside those that changed without a word."""
    if silent:
        return cannot_tell(
            "revised",
            f"Another table than in the earlier certificate, without a declared revision: {join_words(silent, 'and')}.",
            f"En annan tabell än i det tidigare intyget, utan anmäld revidering: {join_words(silent, 'och')}.",
        )
    return same_or_different(
        "revised",
        True,
        "The declared revisions are of the tables that the earlier certificate rests on.",
        "De anmälda revideringarna gäller de tabeller som det tidigare intyget vilar på.",
    )
