"""Whether a settlement leaves out what was declared before: deviations from the plan, failed checks, events."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope
from effekt.certificates.predicate import Supersedes
from effekt.contracts import Contract, Declarations, speaking_against
from effekt.contracts.declarations import about_no_more, by_names_of
from effekt.contracts.paid_each import paid_each_lines
from effekt.contracts.paying import analysis_of, reading
from effekt.contracts.renamed import renamed
from effekt.exceptions import CertificateError, FolderWarning
from effekt.workflow.earlier.in_folder import Standing, cautions, standings
from effekt.workflow.findings import Finding, cannot_tell, same_or_different
from effekt.workflow.rules.happened import withholding


def refuse_left_out(
    contract: Contract,
    declarations: Sequence[Declarations],
    replaced: Supersedes | None,
    rotations: Sequence[Envelope | bytes] = (),
) -> None:
    """Refuse a settlement that leaves out what a certificate in the contract's folder declares, and does not say so.

    Parameters
    ----------
    contract : Contract
        Its folder is looked through, without the folders in it; one that was read without a folder is let by.
    declarations : sequence of Declarations
        What is declared now.
    replaced : Supersedes or None
        The certificate whose place the new one takes, with what it says that it leaves out.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Raises
    ------
    CertificateError
        Naming the file, and how to say it.

    Warns
    -----
    FolderWarning
        Of a file that nobody has signed, as `drafts_left_out` says it, and of what is about nothing, or by nobody, that
        the contract file has.

    Notes
    -----
    What no key of a party has signed binds nobody here either (`in_folder.cautions` tells of it). A file can be removed
    or kept elsewhere. What cannot is a line of a run log, which the certificate is counted by.
    """
    told = set(speaking_against(declarations)).union(() if replaced is None else replaced.left_out)
    for caution in (*drafts_left_out(contract, told), *passed_by(contract, rotations)):
        warnings.warn(caution.en, FolderWarning, stacklevel=3)
    for path, earlier, count in _leaving_out(contract, told, "signed", rotations):
        raise _left_out(path.name, earlier, count)


def cautions_before(
    contract: Contract,
    files: Sequence[Path],
    declarations: Sequence[Declarations],
    earlier: Certificate | None,
    rotations: Sequence[Envelope | bytes] = (),
    *,
    date: str,
) -> Iterator[Text]:
    """What is to be looked at in the folders of a settlement before it is made.

    Parameters
    ----------
    contract : Contract
    files : sequence of Path
        The contract's file, and the certificate's where it is written.
    declarations : sequence of Declarations
        What is declared now.
    earlier : Certificate or None
        The one whose place the new one takes.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.
    date : str
        Of the new certificate, YYYY-MM-DD.

    Yields
    ------
    Text
        As `in_folder.cautions`, `drafts_left_out` and `passed_by` say it.
    """
    settles = (date if earlier is None else earlier.settles) if paid_each_lines(contract.model) else None
    for folder in sorted({path.absolute().parent for path in files}):
        yield from cautions(folder, contract, rotations, settles)
    told = set(speaking_against(declarations)).union(() if earlier is None else told_by(earlier, contract))
    yield from drafts_left_out(contract, told)
    yield from passed_by(contract, rotations)


def told_by(earlier: Certificate, contract: Contract, known: Sequence[Certificate] = ()) -> frozenset[str]:
    """Digests of what a certificate declares, by the names that a contract file has.

    Parameters
    ----------
    earlier : Certificate
    contract : Contract
        An amendment of the certificate's, or a file before it.
    known : sequence of Certificate
        Others that may declare what this one says that it leaves out.

    Returns
    -------
    frozenset of str
        As of `Certificate.speaks_against`, without what is about nothing that the file has: no certificate by it can
        declare that.
    """
    return frozenset(digest for digest in _names(earlier, contract, known).values() if digest is not None)


def _names(earlier: Certificate, contract: Contract, known: Sequence[Certificate]) -> dict[str, str | None]:
    """Each digest of what a certificate declares with that by a contract file's names, or None."""
    if earlier.contract.sha256 == contract.sha256:
        return {digest: digest for digest in earlier.speaks_against}
    names: dict[str, str | None] = {}
    for one in (*known, earlier):
        for digest, now in by_names_of(one.declarations, contract.model).items():
            names[digest] = now or names.get(digest)
    return {digest: names.get(digest, digest) for digest in earlier.speaks_against}


def _still_paid(earlier: Certificate, contract: Contract) -> list[str]:
    """The lines that rest on what is passed by, by a certificate's contract file, and that another file still has."""
    terms, gone = earlier.contract.model, about_no_more(earlier.declarations, contract.model)
    names = renamed(terms, contract.model)
    found = []
    for id, line in terms.payment.lines.items():
        figures = reading(line, terms.figures)
        analyses = {name for one in figures if (name := analysis_of(terms.figures[one])) is not None}
        rests = {*figures, *analyses, *(terms.analysis[name].data for name in analyses)}
        if names.get(id, id) in contract.model.payment.lines and not gone.isdisjoint(rests):
            found.append(names.get(id, id))
    return found


def _of_nothing_named(earlier: Certificate, contract: Contract) -> bool:
    """Whether an ending is passed by, or what a party declared that another contract file no longer has."""
    terms = contract.model
    for one in earlier.declarations:
        ended = one.model.ended
        if (ended is not None and ended.clause not in (terms.termination or {})) or (
            one.model.by not in terms.parties and speaking_against([one])
        ):
            return True
    return False


def passed_by(contract: Contract, rotations: Sequence[Envelope | bytes] = ()) -> Iterator[Text]:
    """What signed certificates in the contract's folder declare of what its file no longer has, and that is passed by.

    Parameters
    ----------
    contract : Contract
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave.

    Yields
    ------
    Text
        A sentence for each file, by name.
    """
    if contract.folder is None:
        return
    there = standings(Path(contract.folder), contract, rotations)
    for path, earlier, held in there:
        count = [*_names(earlier, contract, [one for _, one, _ in there]).values()].count(None)
        if count and held == "signed":
            yield Text(
                en=f"{path.name} declares what is about nothing, or by a party, that this contract file still has, and "
                f"that is not declared again: {count}.",
                sv=f"{path.name} anger sådant som gäller något, eller kommer från en part, som denna avtalsfil inte "
                f"har kvar, och som inte anges igen: {count}.",
            )


def drafts_left_out(contract: Contract, told: Collection[str]) -> Iterator[Text]:
    """What is passed by in the contract's folder, though it declares something, because nobody has signed it.

    Parameters
    ----------
    contract : Contract
    told : collection of str
        Digests of what is declared now, or declared by the certificate whose place the new one takes.

    Yields
    ------
    Text
        A sentence for each file, by name. Of one whose signatures do not hold `in_folder.cautions` tells.
    """
    for path, _, count in _leaving_out(contract, told, "unsigned"):
        what = "deviation, failed check or event" if count == 1 else "deviations, failed checks or events"
        yield Text(
            en=f"{path.name} is passed by: nobody has signed it, so that it binds nobody. It declares {count} "
            f"{what} that this settlement leaves out; declare what happened.",
            sv=f"{path.name} räknas inte: ingen har undertecknat filen, så den binder ingen. Avvikelser, ej "
            f"uppfyllda kontroller och händelser i den som denna avräkning utelämnar: {count}; ange det som har "
            "hänt.",
        )


def _leaving_out(
    contract: Contract, told: Collection[str], standing: Standing, rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[tuple[Path, Certificate, int]]:
    """The certificates of a standing in the contract's folder that declare more than is told, and how much more."""
    if contract.folder is None:
        return
    there = standings(Path(contract.folder), contract, rotations)
    for path, earlier, held in there:
        count = len(told_by(earlier, contract, [one for _, one, _ in there]).difference(told))
        if count and held == standing:
            yield path, earlier, count


def _left_out(name: str, earlier: Certificate, count: int) -> CertificateError:
    what = "deviation, failed check or event" if count == 1 else "deviations, failed checks or events"
    return CertificateError(
        f"The file {name!r} in the contract's folder is a certificate of {earlier.date} with {count} "
        f"{what} that this settlement leaves out. Declare them again (--declared), or say that this "
        f"certificate takes its place and why (--supersedes, --reason)."
    )


def left_out_findings(
    found: Certificate, earlier: Certificate | None, several: Sequence[Certificate] = ()
) -> Iterator[Finding]:
    """Whether what an earlier certificate declares is declared again, or said to be left out."""
    if earlier is None or not earlier.speaks_against:
        return
    names = [*_names(earlier, found.contract, several).values()]
    hidden, gone = len({*names} - {None, *found.speaks_against}), names.count(None)
    said = str(len(found.left_out) or "")
    en = f"that this one neither has nor says it leaves out: {hidden}{said and f'; that it says it leaves out: {said}'}"
    sv = f"som detta varken har eller säger sig utelämna: {hidden}{said and f'; som det säger sig utelämna: {said}'}"
    still = _still_paid(earlier, found.contract) if gone else []
    if gone:
        en += f"; that are about nothing, or by nobody, that its contract file has, and are passed by: {gone}"
        sv += f"; som inte gäller något, eller kommer från någon, i dess avtalsfil, och inte räknas: {gone}"
    changed = () if hidden else _otherwise(found, earlier)
    if changed:
        admits = join_words([f"{by} admits {was} of {id} there and {now} here" for by, id, was, now in changed], "and")
        admits_sv = join_words([f"{by} medger {was} av {id} där och {now} här" for by, id, was, now in changed], "och")
        yield cannot_tell(
            "left_out",
            f"It tells an open dispute otherwise than the earlier one: {admits}; ask whose it is. "
            f"Deviations, failed checks and events of the earlier certificate {en}.",
            f"Det återger en öppen tvist på annat sätt än det tidigare: {admits_sv}; fråga den som väckte den. "
            f"Avvikelser, ej uppfyllda kontroller och händelser i det tidigare intyget {sv}.",
        )
        return
    if still and not hidden:
        yield cannot_tell(
            "left_out",
            f"Deviations, failed checks and events of the earlier certificate {en}. By its contract file "
            f"{join_words(still, 'and')} {'rests' if len(still) == 1 else 'rest'} on what some of these are about, and "
            "this one's file still has that under another name or on other terms: ask whether they hold here too.",
            f"Avvikelser, ej uppfyllda kontroller och händelser i det tidigare intyget {sv}. Enligt dess avtalsfil "
            f"vilar {join_words(still, 'och')} på sådant som några av dem gäller, och filen för detta har kvar det "
            "under annat namn eller på andra villkor: fråga om de gäller även här.",
        )
        return
    if gone and not hidden and _of_nothing_named(earlier, found.contract):
        yield cannot_tell(
            "left_out",
            f"Deviations, failed checks and events of the earlier certificate {en}. Among these is an ending, or what "
            "a party declared that this one's contract file no longer has: ask whether they hold here too.",
            f"Avvikelser, ej uppfyllda kontroller och händelser i det tidigare intyget {sv}. Bland dem finns ett "
            "upphörande, eller sådant som en part har angett, som filen för detta inte har kvar: fråga om de gäller "
            "även här.",
        )
        return
    yield same_or_different(
        "left_out",
        not hidden,
        f"Deviations, failed checks and events of the earlier certificate {en}.",
        f"Avvikelser, ej uppfyllda kontroller och händelser i det tidigare intyget {sv}.",
    )


def _otherwise(found: Certificate, earlier: Certificate) -> tuple[tuple[str, str, str, str], ...]:
    """The values that a party is said to admit of an open dispute, where another certificate says another.

    The party, the figure, and the value on the certificate whose place the other takes and on that one.
    """
    if found.supersedes is None or found.supersedes.sha256 != earlier.sha256:
        return ()
    now = {(by, one.date, *sorted(one.figures)): one.figures for by, one in withholding(found)}
    both = [(by, one.figures, now.get((by, one.date, *sorted(one.figures)), {})) for by, one in withholding(earlier)]
    return tuple(
        (by, id, was, after[id])
        for by, before, after in both
        for id, was in before.items()
        if after.get(id, was) != was
    )
