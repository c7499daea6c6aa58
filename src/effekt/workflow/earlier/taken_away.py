"""What earlier certificates paid of lines that an amendment took away, beside new lines that are paid once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.renamed import taken_away_beside_new
from effekt.workflow.earlier.paid_apart import chain, pays, withholds
from effekt.workflow.findings import Finding, cannot_tell


def taken_away_findings(certificate: Certificate, several: Sequence[Certificate]) -> Iterator[Finding]:
    """That a certificate pays a new line, and an earlier one paid a line that its own contract file has no more.

    Parameters
    ----------
    certificate : Certificate
    several : sequence of Certificate
        The earlier ones that bind.

    Yields
    ------
    Finding
        One: no file shows whether the two pay for the same. None of those whose place it takes.
    """
    if certificate.kind != "final":
        return
    own, days, gone, new = chain(certificate, several), dict[str, None](), dict[str, None](), dict[str, None]()
    for one in several:
        if one.kind != "final" or one.sha256 in own or one.contract.model.id != certificate.contract.model.id:
            continue
        before, added = taken_away_beside_new(one.contract.model, certificate.contract.model)
        paid = [id for id in before if id in pays(one) | withholds(one) and not _settled_in_place(id, one, several)]
        again = [id for id in added if id in pays(certificate) | withholds(certificate)]
        if paid and again:
            days[one.date], gone, new = None, gone | dict.fromkeys(paid), new | dict.fromkeys(again)
    if not days:
        return
    (en, sv), (gone_en, gone_sv), (on_en, on_sv) = (
        [join_words([*each], word) for word in ("and", "och")] for each in (new, gone, days)
    )
    that, det = ("that", "det") if len(days) == 1 else ("those", "de")
    yield cannot_tell(
        "lines_taken_away",
        f"This certificate pays {en}, which the file of an earlier one does not have, and {that} of {on_en} paid "
        f"{gone_en}, which this one's file has no more: what was paid there is not counted here, so that it is paid "
        "again where it is for the same. Read in both files what each line pays for, and ask the parties.",
        f"Detta intyg betalar {sv}, som saknas i filen för ett tidigare, och {det} från {on_sv} betalade {gone_sv}, "
        "som inte längre finns i filen för detta: det som betalats där räknas inte in här, så att det betalas igen om "
        "det är för samma sak. Läs i båda filerna vad var rad betalar för, och fråga parterna.",
    )


def _settled_in_place(id: str, one: Certificate, several: Sequence[Certificate]) -> bool:
    """Whether another that was given has, in the place of one, an amount of a line, or no such line."""
    after = [other for other in several if one.sha256 in chain(other, several) and other.kind == "final"]
    has = [{line.id: line.amount for line in other.settlement.lines} for other in after]
    return any(id not in lines or lines[id] is not None for lines in has)
