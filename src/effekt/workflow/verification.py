"""Verify a certificate: its bytes, its signatures, its arithmetic and, given the data, its numbers.

Raw bytes and signatures come first, before anything is believed; then the payment is computed again from the signed
figures, the figures from the signed results, and, where the data are given, the results by the recorded path and by the
independent implementation. Every discrepancy is named.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from effekt._text import Text
from effekt._types import Table as AnyTable
from effekt._validation import check_members, join_words
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.certificates.files import read_file
from effekt.certificates.key_holders import holders, of_file
from effekt.contracts import Contract
from effekt.contracts.lineage import back
from effekt.contracts.model import check_contract
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.html import embedded_envelope, is_page, page_language, render_page
from effekt.workflow.data.analysis import check_data
from effekt.workflow.data.not_delivered import not_delivered_findings
from effekt.workflow.earlier.amended_files import governed_beside
from effekt.workflow.earlier.announced import settles_findings
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.counted_again import counted_findings
from effekt.workflow.earlier.declared_before import left_out_findings
from effekt.workflow.earlier.deducted import paid_before_findings
from effekt.workflow.earlier.disputed_beside import disputed_findings
from effekt.workflow.earlier.earlier_sums import sum_findings
from effekt.workflow.earlier.forked_earlier import fork_findings, forked
from effekt.workflow.earlier.later_day import passing_by, passing_findings
from effekt.workflow.earlier.later_given import later_findings, later_than
from effekt.workflow.earlier.left_waiting import left_waiting_findings
from effekt.workflow.earlier.limits_again import limit_findings
from effekt.workflow.earlier.paid_apart import pays
from effekt.workflow.earlier.precedents import amendment_findings, date_findings, earlier_findings, plan_findings
from effekt.workflow.earlier.recalled import recalled_findings
from effekt.workflow.earlier.revised import revision_findings
from effekt.workflow.earlier.set_aside import of_other_contracts, other_contract_findings, told_of_aside
from effekt.workflow.earlier.settled_anew import anew_findings
from effekt.workflow.earlier.several_earlier import (
    as_several,
    binding,
    followed,
    never_signed,
    others_than,
    several_findings,
)
from effekt.workflow.earlier.taken_away import taken_away_findings
from effekt.workflow.findings import (
    STAGES,
    Finding,
    Stage,
    agreed_software_findings,
    cannot_tell,
    code_findings,
    made_by_earlier_version,
    refused,
    same_or_different,
    software_finding,
    told_differences,
)
from effekt.workflow.not_checked import ALONE, NOT_CHECKED, OTHERS_ASKED_FOR
from effekt.workflow.recomputed.arithmetic import figure_findings, settlement_findings
from effekt.workflow.recomputed.recomputation import data_findings
from effekt.workflow.recomputed.second_limits import limit_of_contract_findings
from effekt.workflow.recomputed.second_maximum import second_maximum_findings
from effekt.workflow.recomputed.second_otherwise import payments_otherwise
from effekt.workflow.recomputed.second_payment import second_payment_findings
from effekt.workflow.rules.concluded import conclusion_findings, declared_findings
from effekt.workflow.rules.governing import governing_findings
from effekt.workflow.rules.happened import event_findings
from effekt.workflow.rules.kinds import kind_findings
from effekt.workflow.rules.logged import log_findings
from effekt.workflow.rules.refused_terms import refused_terms_findings
from effekt.workflow.rules.results import result_findings
from effekt.workflow.rules.saved_anew import told_of_form
from effekt.workflow.rules.signatures import (
    bad_signature_findings,
    earlier_signed_findings,
    of_known_file,
    signature_findings,
    unsigned,
)
from effekt.workflow.rules.stamped import timestamp_findings
from effekt.workflow.rules.stated_tables import table_findings

NOTHING_DIFFERS = Text(en="Nothing differs.", sv="Inget skiljer sig.")
DOES_NOT_HOLD = Text(en="The certificate does not hold.", sv="Intyget stämmer inte.")
PAGE_NOT_VERIFIED = Text(
    en="Not verified: the page. The certificate in it holds, but what the page shows, amounts too, was not checked.",
    sv="Inte verifierad: sidan. Intyget i den stämmer, men det som sidan visar, även beloppen, har inte prövats.",
)
COMPARED = {"figure", "line", "payment", "result", "recomputed"}  # their sentences may be another version's
SENTENCES = Text(en="not every sentence was verified", sv="alla meningar har inte prövats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All findings of a verification.

    Attributes
    ----------
    certificate : Certificate
    findings : tuple of Finding
        In the order they were made.
    alone : bool
        Whether it pays something and was verified with no other certificate given, so that nothing shows whether one
        pays the same.
    """

    certificate: Certificate
    findings: tuple[Finding, ...]
    alone: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing differs and, of a page, the page itself could be made again."""
        return not self.differences and "page" not in self._not_told

    @property
    def differences(self) -> tuple[Finding, ...]:
        """What differs."""
        return tuple(finding for finding in self.findings if finding.verdict == "different")

    @property
    def parted(self) -> Text | None:
        """Where on the way from the data to the payment what is stated first differs from what was computed again.

        The way goes from the rows over the weights, the estimate and the figures to the payment; whatever parts at one
        of them may differ at each that follows. None where nothing on it differs.
        """
        for stage, words in STAGES.items():
            names = [finding.name for finding in self.differences if self._stage(finding) == stage]
            if names:
                return Text(
                    en=f"The paths first part at {words.en}: {join_words(names, 'and')}.",
                    sv=f"Vägarna skiljs åt först vid {words.sv}: {join_words(names, 'och')}.",
                )
        return None

    def _stage(self, finding: Finding) -> Stage | None:
        """Its stage; the second route speaks of the estimate only where the recorded path gives what is stated."""
        kind, _, figure = finding.name.partition(":")
        again = f"recomputed:{figure}"
        if kind == "independent" and any(other.name == again for other in self.differences):
            return "figure"
        return finding.stage

    @property
    def _not_told(self) -> tuple[str, ...]:
        return tuple(finding.name for finding in self.findings if finding.verdict == "cannot_tell")

    @property
    def summary(self) -> Text:
        """The outcome in one line, with what was not checked."""
        if self.differences:
            return DOES_NOT_HOLD
        if "page" in self._not_told:
            return PAGE_NOT_VERIFIED
        names = {name.partition(":")[0] for name in self._not_told}
        names |= {"independent"} if any(name.startswith("independent_") for name in names) else set()
        if "supersedes" in names and self.certificate.supersedes is None:
            names = names - {"supersedes"} | {"beside"}
        gaps = [text for name, text in NOT_CHECKED.items() if name in names]
        gaps += [ALONE] if self.alone and not names & OTHERS_ASKED_FOR else []
        gaps += [SENTENCES] if names & COMPARED else []
        if not gaps:
            return NOTHING_DIFFERS
        return Text(
            en=f"Nothing differs, but {'; '.join(gap.en for gap in gaps)}.",
            sv=f"Inget skiljer sig, men {'; '.join(gap.sv for gap in gaps)}.",
        )

    def __repr__(self) -> str:
        if self.ok:
            return f"Verification(nothing differs in {len(self.findings)} checks)"
        if not self.differences:
            return "Verification(not verified: page)"
        return f"Verification(different: {join_words([finding.name for finding in self.differences], 'and')})"


def verify(
    certificate: str | os.PathLike[str] | bytes | Certificate,
    *,
    contract: Contract | None = None,
    data: Mapping[str, AnyTable] | None = None,
    earlier: Certificate | Sequence[Certificate] | None = None,
    log: str | Path | None = None,
    rotations: Sequence[Envelope | bytes] = (),
    timestamp: bytes | None = None,
    authority: bytes | None = None,
    amended: Sequence[Contract] = (),
    governing_text: str | Path | None = None,
) -> Verification:
    """Verify a certificate or a certificate page.

    Parameters
    ----------
    certificate : path, bytes or Certificate
        A certificate file or the HTML page that carries one.
    contract : Contract, optional
        The verifier's own copy of the contract. Without it the signatures are checked against the keys in the
        certificate's own contract, which whoever sent it chose, so that they cannot be told to be the right ones.
    data : mapping of data id to table or path, optional
        With it every figure is computed again, by the recorded path and by the independent implementation. Data ids
        left out are looked for in the folder of `contract`.
    earlier : Certificate or sequence of Certificate, optional
        The certificate that this one says it supersedes, as `effekt.read_certificate` reads it, and any others of the
        contract that stand beside it: what two of them pay is told, and what an earlier one declared and this one has
        not.
    log : str or Path, optional
        The run log that the certificate says it stands in.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave you, as `effekt rotate` writes them; each counts for the contract file
        that it names, also one of `amended`.
    timestamp : bytes, optional
        A timestamp token (RFC 3161, DER) on the certificate's file.
    authority : bytes, optional
        The X.509 certificate of the authority that made it; without it the token's signature is not checked.
    amended : sequence of Contract, optional
        Of an amended contract, the files before it, in any order: the chain is checked, and that who had to agree did
        so with the keys that the file before gave them. Other files of the contract, which an earlier certificate may
        be by, are no part of that chain; by them it is told whether the two fork.
    governing_text : str or Path, optional
        The signed legal text that the contract names; else the file that lies beside `contract`.

    Returns
    -------
    Verification
        `.ok` is whether nothing differs; `.summary` says what was not checked.

    Raises
    ------
    CertificateError
        When it cannot be read as a certificate at all.
    ArgumentError
        When `contract` is not one that has been read, or `certificate` is none of these.

    Examples
    --------
    >>> import effekt
    >>> contract = effekt.read_contract(effekt.case("sick-leave") / "contract.yaml")
    >>> certificate = effekt.settle(contract, date="2022-03-15")
    >>> [finding.name for finding in effekt.verify(certificate, contract=contract).differences]
    ['signatures']
    """
    if contract is not None:
        check_contract(contract)
    check_members("rotations", rotations, (Envelope, bytes), "effekt.workflow.rotate")
    check_members("amended", amended, Contract, "effekt.read_contract")
    check_data(data)
    raw = _bytes(certificate)
    found = _certificate(raw, certificate)
    with_it = as_several(earlier)
    every = others_than(found, with_it)
    elsewhere = of_other_contracts(found, every, contract)
    given = tuple(one for one in every if one not in elsewhere)
    files = (*amended, *(one.contract for one in given))
    nobodys = never_signed(given, unsigned(found, given, contract, files, rotations))
    parted = forked(found, nobodys, contract, files, rotations)
    changed = _changes(rotations, (contract or found.contract, *files))
    bound = binding(found, given, nobodys)
    later, several, before = _in_order(found, bound)
    aside = [one for one in nobodys if one not in parted]
    findings = [
        *told_of_form(signature_findings(found, contract, changed), found, contract or found.contract, changed),
        *timestamp_findings(found, contract, timestamp=timestamp, authority=authority, rotations=changed),
        software_finding(found),
        *code_findings(found),
        *agreed_software_findings(found),
        *_form_findings(found),
        *_contract_findings(found, contract, files),
        *governing_findings(found, contract, governing_text),
        *refused_terms_findings(found, several),
        *_subject_findings(found),
        *plan_findings(found),
        *date_findings(found),
        *kind_findings(found, several),
        *settles_findings(found, before),
        *governed_beside(found, given, bound, files),
        *event_findings(found, before),
        *disputed_findings(found, several, later),
        *recalled_findings(found, (*several, *later)),
        *revision_findings(found, before),
        *not_delivered_findings(found, contract, data, several),
        *conclusion_findings(found, contract, changed),
        *declared_findings(found, contract, changed),
        *told_of_aside(partial(_held_against, found, files), bound, of_known_file(found, aside, contract, files)),
        *fork_findings(found, parted, given, bound, contract, amended),
        *earlier_signed_findings(found, aside, contract, files, rotations),
        *bad_signature_findings(bound, (contract or found.contract, *files), rotations),
        *other_contract_findings(elsewhere),
        *log_findings(found, log, bound),
        *amendment_findings(found, amended, given, nobodys),
        *result_findings(found),
        *table_findings(found),
        *figure_findings(found),
        *settlement_findings(found),
        *limit_of_contract_findings(found),
        *second_payment_findings(found),
        *second_maximum_findings(found, several),
        *payments_otherwise(found),
        *(_page_findings(raw, found) if is_page(raw) else ()),
        *data_findings(found, contract, data),
    ]
    alone = found.kind == "final" and not with_it and bool(pays(found))
    return Verification(certificate=found, findings=tuple(findings), alone=alone)


def _in_order(
    found: Certificate, bound: Sequence[Certificate]
) -> tuple[tuple[Certificate, ...], list[Certificate], Certificate | None]:
    """Those after a certificate, those before it, and the one of these that it follows."""
    aside = passing_by(found, bound)
    later = later_than(found, [one for one in bound if one not in aside])
    several = [one for one in bound if one not in (*later, *aside)]
    return later, several, followed(found, several)


def _held_against(found: Certificate, files: Sequence[Contract], bound: Sequence[Certificate]) -> list[Finding]:
    """What a certificate is to the ones of its contract that bind."""
    later, several, before = _in_order(found, bound)
    return [
        *earlier_findings(found, before, several, later),
        *left_out_findings(found, before, several),
        *paid_before_findings(found, before, several, later, files),
        *taken_away_findings(found, several),
        *left_waiting_findings(found, (*several, *later)),
        *anew_findings(found, several),
        *sum_findings(found, several, files),
        *counted_findings((*several, *later, found)),
        *limit_findings(found, several),
        *several_findings(found, several, before, later),
        *later_findings(found, later, several),
        *passing_findings(passing_by(found, bound)),
    ]


def _changes(rotations: Sequence[Envelope | bytes], files: Sequence[Contract]) -> tuple[Envelope, ...]:
    """The changes of keys of the first of some contract files, where those of each can be applied to it."""
    for file in files:
        holders(file, of_file(file, rotations, files))
    return of_file(files[0], rotations, files)


def _bytes(certificate: str | os.PathLike[str] | bytes | Certificate) -> bytes:
    if isinstance(certificate, Certificate):
        return certificate.to_bytes()
    if isinstance(certificate, bytes):
        return certificate
    path = os.fspath(certificate) if isinstance(certificate, (str, os.PathLike)) else None
    if not isinstance(path, str):
        raise ArgumentError(f"`certificate` must be a path, bytes or a Certificate; got {type(certificate).__name__}.")
    return read_file(path, MAX_BYTES)


def _certificate(raw: bytes, source: str | os.PathLike[str] | bytes | Certificate) -> Certificate:
    """The certificate in a file's bytes; what is wrong with it is told with the file's name, where there is one."""
    try:
        return Certificate(read_envelope(embedded_envelope(raw) if is_page(raw) else raw))
    except CertificateError as error:
        if not isinstance(source, (str, os.PathLike)):
            raise
        raise CertificateError(f"{Path(source).name}: {error}") from None


# --- bytes and signatures -------------------------------------------------------------------------------------


def _contract_findings(
    found: Certificate, contract: Contract | None, files: Sequence[Contract] = ()
) -> Iterator[Finding]:
    claimed, carried = found.predicate["contract"], found.contract
    yield same_or_different(
        "contract",
        claimed["sha256"] == carried.sha256 and claimed["id"] == carried.model.id,
        "The contract in the certificate has the digest and id that are stated.",
        "Avtalet i intyget har den kontrollsumma och det id som anges.",
    )
    if contract is None:
        yield Finding(
            name="own_contract",
            verdict="cannot_tell",
            text=Text(
                en=f"No contract of your own was given; compare its digest with yours: {carried.sha256}.",
                sv=f"Inget eget avtal angavs; jämför dess kontrollsumma med ert: {carried.sha256}.",
            ),
        )
        return
    if contract.sha256 == carried.sha256:
        same = "The contract in the certificate is byte for byte the one given."
        yield same_or_different("own_contract", True, same, "Avtalet i intyget är byte för byte det som angavs.")
        return
    where, before = _contract_difference(carried, contract), _held_before(found, contract, files)
    yield same_or_different(
        "own_contract",
        False,
        f"The contract in the certificate is not the one given{where.en}{before.en}.",
        f"Avtalet i intyget är inte det som angavs{where.sv}{before.sv}.",
    )


def _held_before(found: Certificate, own: Contract, files: Sequence[Contract]) -> Text:
    """That the certificate is by a file that one's own amends, and settles a day on which that one held."""
    carried = found.contract
    amendments = (file.model.amendment for file in back(own, (*files, carried)))
    after = next((one for one in amendments if one is not None and one.of == carried.sha256), None)
    day = settlement_of(found, carried) or found.date
    if after is None or after.date <= day:
        return Text(en="", sv="")
    return Text(
        en=f"; it is the file before amendment {after.number} of yours, which held on {day}: give your copy of it, "
        f"SHA-256 {carried.sha256}, with --contract",
        sv=f"; det är filen före ändring {after.number} i ert avtal, som gällde {day}: ange er kopia av den, SHA-256 "
        f"{carried.sha256}, med --contract",
    )


def _contract_difference(carried: Contract, own: Contract) -> Text:
    """The first line that differs, or that only what ends the lines, or a mark before the first, does."""
    ours, theirs = own.raw.splitlines(), carried.raw.splitlines()
    pairs = enumerate(zip(ours, theirs, strict=False), start=1)
    shorter = min(len(ours), len(theirs)) + 1
    line = next((number for number, (one, other) in pairs if one != other), shorter)
    for marked, other, en, sv in (
        (own.raw, theirs, "the one given", "det som angavs"),
        (carried.raw, ours, "that in the certificate", "det i intyget"),
    ):
        if marked.startswith(BOM_UTF8) and marked.removeprefix(BOM_UTF8).splitlines() == other:
            return Text(
                en=f": {en} begins with a byte order mark, as when an editor saves it anew, and is otherwise the same",
                sv=f": {sv} börjar med ett byteordningstecken, som när en redigerare sparar om filen, och är i övrigt "
                "lika",
            )
    if ours == theirs:
        return Text(
            en=": only line endings differ, as when an editor or a mail program saves it anew",
            sv=": bara radsluten skiljer sig, som när en redigerare eller ett e-postprogram sparar om filen",
        )
    return Text(en=f": line {line} is the first that differs", sv=f": rad {line} är den första som skiljer sig")


def _form_findings(found: Certificate) -> Iterator[Finding]:
    """Nothing was left out, put in or moved that reading passes over; an earlier version may have written otherwise."""
    if made_by_earlier_version(found):
        return
    stated, written = dict(found.predicate), found.written_again
    subjects, again = [one.name for one in found.statement.subjects], list(_subjects(found))
    if sorted(subjects) == sorted(again):  # others are told by `subjects`
        stated, written = {**stated, "subject": subjects}, {**written, "subject": again}
    if written != stated:
        told = told_differences(stated, written)
        yield same_or_different(
            "form",
            False,
            f"The certificate is not written as effekt writes it (stated / written): {told.en}.",
            f"Intyget är inte skrivet så som effekt skriver det (angivet / skrivet): {told.sv}.",
        )


def _subjects(found: Certificate) -> dict[str, str]:
    """The digest of each thing that a certificate is about, by its name and in the order in which they are written."""
    subjects = {"contract": found.contract.sha256}
    subjects |= {f"data/{id}": digest.sha256 for id, digest in sorted(found.data.items())}
    subjects |= {f"attestation/{i}": one.sha256 for i, one in enumerate(found.attestations, start=1)}
    return subjects | {f"declarations/{i}": one.sha256 for i, one in enumerate(found.declarations, start=1)}


def _subject_findings(found: Certificate) -> Iterator[Finding]:
    stated = {subject.name: subject.sha256 for subject in found.statement.subjects}
    carried = (*found.predicate["attestations"], *found.predicate.get("declarations", ()))
    claimed = [item["sha256"] for item in carried]
    read = [*(one.sha256 for one in found.attestations), *(one.sha256 for one in found.declarations)]
    same = stated == _subjects(found) and claimed == read
    same = same and set(found.data) == set(found.contract.model.data).difference(found.not_delivered)
    yield same_or_different(
        "subjects",
        same,
        "The digests the statement is about are those of what it carries.",
        "De kontrollsummor som intyget gäller är de som hör till dess innehåll.",
    )


def _page_findings(raw: bytes, found: Certificate) -> Iterator[Finding]:
    try:
        again = render_page(found, page_language(raw)).encode()
    except CertificateError as error:
        yield refused("page", error, "The page cannot be made again", "Sidan kan inte göras om")
        return
    if raw != again and made_by_earlier_version(found):
        version = found.software["effekt"]
        yield cannot_tell(
            "page",
            f"The page was made by effekt {version}, and only that version can make it again byte for byte. What it "
            "shows, amounts included, was not checked; `effekt report` on it writes a page of what was.",
            f"Sidan är gjord med effekt {version}, och bara den versionen kan återskapa den byte för byte. Det den "
            "visar, även beloppen, har inte prövats; `effekt report` på den skriver en sida med det som har prövats.",
        )
        return
    yield same_or_different(
        "page",
        raw == again,
        "The page is byte for byte what the certificate in it gives."
        if raw == again
        else "The page is not what the certificate in it gives: its text was changed.",
        "Sidan är byte för byte det som intyget i den ger."
        if raw == again
        else "Sidan är inte det som intyget i den ger: dess text har ändrats.",
    )
