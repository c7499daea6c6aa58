"""What earlier certificates paid of lines that an amendment took away, beside new lines that are paid once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts.renamed import taken_away_beside_new
from effekt.workflow.earlier.paid_apart import chain, pays, withholds
from effekt.workflow.earlier.recalled import may_be_paid
from effekt.workflow.findings import Finding, cannot_tell

_STATES = ("paid", "withholds", "open")


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
    own, told, new = chain(certificate, several), dict[tuple[str, tuple[str, ...]], list[str]](), dict[str, None]()
    for one in several:
        if one.kind != "final" or one.sha256 in own or one.contract.model.id != certificate.contract.model.id:
            continue
        before, added = taken_away_beside_new(one.contract.model, certificate.contract.model)
        open_lines = [id for id in before if not _settled_in_place(id, one, several)]
        again = [id for id in added if id in pays(certificate) | withholds(certificate)]
        for state in _STATES if again else ():
            lines = tuple(id for id in open_lines if _state(id, one, certificate, several) == state)
            if lines:
                told.setdefault((state, lines), []).append(one.date)
                new |= dict.fromkeys(again)
    if not told:
        return
    en, sv = (join_words([*new], word) for word in ("and", "och"))
    said = [_said(state, lines, days) for (state, lines), days in told.items()]
    yield cannot_tell(
        "lines_taken_away",
        f"This certificate pays {en}, which the file of an earlier one does not have, and "
        f"{join_words([one.en for one in said], 'and')}, which this one's file has no more: what was paid there is not "
        "counted here, so that it is paid again where it is for the same. Read in both files what each line pays for, "
        "and ask the parties.",
        f"Detta intyg betalar {sv}, som saknas i filen för ett tidigare, och "
        f"{join_words([one.sv for one in said], 'och')}, som inte längre finns i filen för detta: det som betalats där "
        "räknas inte in här, så att det betalas igen om det är för samma sak. Läs i båda filerna vad var rad betalar "
        "för, och fråga parterna.",
    )


def _state(id: str, one: Certificate, certificate: Certificate, several: Sequence[Certificate]) -> str | None:
    """Whether one paid a line, withholds it, or has no amount of it in the place of one that is not given."""
    if id in pays(one):
        return "paid"
    if id in withholds(one):
        return "withholds"
    amounts = {line.id: line.amount for line in one.settlement.lines}
    given = [each for each in several if each.sha256 in chain(one, several)]
    seen = any(id in {line.id for line in each.settlement.lines if line.amount is not None} for each in given)
    if id in amounts and amounts[id] is None and not seen and may_be_paid(id, certificate, one, several):
        return "open"
    return None


def _said(state: str, lines: Sequence[str], days: Sequence[str]) -> Text:
    """'that of 2023-01-31 paid visits', 'those of … withhold …' or 'that of … has no amount of …'."""
    (en, sv), (on_en, on_sv) = ([join_words([*each], word) for word in ("and", "och")] for each in (lines, days))
    one = len(days) == 1
    that, det = ("that", "det") if one else ("those", "de")
    does, does_sv = {
        "paid": ("paid", "betalade"),
        "withholds": ("withholds" if one else "withhold", "håller inne"),
        "open": ("has no amount of" if one else "have no amount of", "saknar belopp för"),
    }[state]
    place_en = ", in the place of one that was not given and may have paid it" if state == "open" else ""
    place_sv = ", i stället för ett som inte angavs och kan ha betalat det" if state == "open" else ""
    return Text(en=f"{that} of {on_en} {does} {en}{place_en}", sv=f"{det} från {on_sv} {does_sv} {sv}{place_sv}")


def _settled_in_place(id: str, one: Certificate, several: Sequence[Certificate]) -> bool:
    """Whether another that was given has, in the place of one, an amount of a line, or no such line."""
    after = [other for other in several if one.sha256 in chain(other, several) and other.kind == "final"]
    has = [{line.id: line.amount for line in other.settlement.lines} for other in after]
    return any(id not in lines or lines[id] is not None for lines in has)
