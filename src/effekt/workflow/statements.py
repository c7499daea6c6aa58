"""Verify a public statement: its form and signatures, whose it is, and that it is what its certificate gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from effekt._serialize import encode
from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures, read_envelope
from effekt.certificates.key_holders import holders, signers_allowed
from effekt.certificates.ranges import most_settlements
from effekt.certificates.release import (
    SALT_BYTES,
    PublicStatement,
    commits_to,
    public_statement,
    read_public,
    stated_numbers,
)
from effekt.certificates.shown_again import is_settled_too_often
from effekt.certificates.signing import is_demo_key, read_public_key
from effekt.certificates.statement import PUBLIC_TYPE, read_statement
from effekt.contracts import Contract
from effekt.exceptions import ArgumentError, CertificateError
from effekt.reports.checklist import not_met
from effekt.workflow.earlier.precedents import too_late_findings
from effekt.workflow.findings import Finding, cannot_tell, same_or_different, told_differences
from effekt.workflow.not_checked import OF_STATEMENT
from effekt.workflow.rules.refused_terms import refused_findings
from effekt.workflow.statement_events import events_not_as_contract, wrong_events
from effekt.workflow.statement_form import (
    has_form,
    hidden_for_disputes,
    not_as_contract,
    shown_in,
    wrong_form,
    wrong_states,
    wrong_sums,
)
from effekt.workflow.statements_before import left_out, taken_place
from effekt.workflow.verification import verify

STATEMENT_FAILS = Text(en="The public statement does not hold.", sv="Det offentliga utdraget stämmer inte.")
STATEMENT_HOLDS = Text(en="Nothing differs.", sv="Inget skiljer sig.")
_UNCHECKED = Text(
    en="Without the certificate no number can be told to be right.",
    sv="Utan intyget kan inget tal sägas vara rätt.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementVerification:
    """All findings on a public statement.

    Attributes
    ----------
    statement : PublicStatement
    findings : tuple of Finding
        In the order they were made.
    """

    statement: PublicStatement
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def differences(self) -> tuple[Finding, ...]:
        """What differs."""
        return tuple(finding for finding in self.findings if finding.verdict == "different")

    @property
    def summary(self) -> Text:
        """The outcome in one line, with what was not checked."""
        if self.differences:
            return STATEMENT_FAILS
        names = {finding.name for finding in self.findings if finding.verdict == "cannot_tell"}
        gaps = [text for name, text in OF_STATEMENT.items() if name in names]
        if not gaps:
            return STATEMENT_HOLDS
        return Text(
            en=f"Nothing differs, but {'; '.join(gap.en for gap in gaps)}.",
            sv=f"Inget skiljer sig, men {'; '.join(gap.sv for gap in gaps)}.",
        )


def is_statement(raw: bytes) -> bool:
    """Whether bytes are the file of a public statement, whatever is wrong with its numbers."""
    try:
        return read_statement(read_envelope(raw).payload).predicate_type == PUBLIC_TYPE
    except CertificateError:
        return False


def verify_statement(
    statement: Envelope | bytes,
    *,
    certificate: Certificate | None = None,
    salt: bytes | None = None,
    contract: Contract | None = None,
    earlier: Sequence[Envelope | bytes] = (),
    contributions: Mapping[str, Sequence[str | int | float | Fraction]] | None = None,
    rotations: Sequence[Envelope | bytes] = (),
) -> StatementVerification:
    """Verify a public statement.

    Parameters
    ----------
    statement : Envelope or bytes
        The file that `effekt publish` wrote.
    certificate : Certificate, optional
        The one that it is said to be of; it is verified too, and the statement is made of it anew.
    salt : bytes, optional
        The secret salt under which the statement names that certificate.
    contract : Contract, optional
        Your own copy of the contract. Without it the keys cannot be told to be the right ones.
    earlier : sequence of Envelope or bytes, optional
        The earlier public statements that it says it was held against.
    contributions : mapping of figure to numbers, optional
        As they were given to `public_statement`.
    rotations : sequence of Envelope or bytes, optional
        Changes of keys that the parties gave you.

    Returns
    -------
    StatementVerification
        `.ok` is whether nothing differs; `.summary` says what was not checked.

    Raises
    ------
    CertificateError
        When it cannot be read as a public statement at all.
    ArgumentError
        For a salt without a certificate, or a short one.

    Examples
    --------
    >>> import effekt
    >>> from effekt.certificates import DEMO_KEY
    >>> contract = effekt.read_contract(effekt.case("rate-card") / "contract.yaml")
    >>> certificate = effekt.settle(contract, date="2023-09-01").sign(DEMO_KEY)
    >>> published = effekt.workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32))
    >>> verify_statement(published, certificate=certificate, salt=bytes(32), contract=contract).ok
    True
    """
    if salt is not None and (certificate is None or len(salt) < SALT_BYTES):
        raise ArgumentError(
            f"`salt` must be the {SALT_BYTES} bytes or more that the statement was made under, given with "
            "`certificate`; give both."
        )
    envelope = read_envelope(statement) if isinstance(statement, bytes) else statement
    found = read_public(envelope)
    before = [read_public(read_envelope(one) if isinstance(one, bytes) else one) for one in earlier]
    findings = [
        *_signatures(envelope, found, certificate, contract, rotations),
        *_form(envelope, found),
        _states(found),
        *too_late_findings(found.kind, found.date, found.longstop),
        *_signed(found),
        *_contract(found, contract, before),
        *taken_place(found, before),
        *left_out(found, before),
        *_certificate(certificate, contract, rotations),
        *_commitment(found, certificate, salt),
    ]
    if certificate is None:
        findings.append(cannot_tell("numbers", _UNCHECKED.en, _UNCHECKED.sv))
    else:
        findings.append(_numbers(found, certificate))
        findings.append(_made_anew(found, certificate, before, contributions))
    if findings[-1].verdict != "reproduced":
        findings += _hidden(found, contract)
    return StatementVerification(statement=found, findings=tuple(findings))


def _signatures(
    envelope: Envelope,
    found: PublicStatement,
    certificate: Certificate | None,
    contract: Contract | None,
    rotations: Sequence[Envelope | bytes],
) -> Iterator[Finding]:
    """Whether a key signed that the contract lets sign on the statement's day."""
    own = contract or (None if certificate is None else certificate.contract)
    known = {} if own is None else {one.id: one for one in signers_allowed(own, holders(own, rotations))}
    check = check_signatures(envelope, [read_public_key(one.key) for one in known.values()])
    for discrepancy in check.discrepancies:
        yield Finding(name=discrepancy.name, verdict="different", text=Text(en=discrepancy.en, sv=discrepancy.sv))
    held = [signer for signer in check.signers if known[signer].holds_on(found.date)]
    if own is None:
        yield cannot_tell(
            "signatures",
            f"It has {len(envelope.signatures)} signatures; without a contract it cannot be told whose.",
            f"Det har {len(envelope.signatures)} underskrifter; utan avtal kan det inte avgöras vems.",
        )
    elif held and contract is None:
        yield cannot_tell(
            "signatures",
            "It is signed by a key that the certificate itself names; compare it with your own contract.",
            "Det är undertecknat med en nyckel som intyget självt anger; jämför den med ert eget avtal.",
        )
    else:
        yield same_or_different(
            "signatures",
            bool(held),
            "It is signed by a key that the contract lets sign."
            if held
            else "No key that the contract lets sign on its day has signed it.",
            "Det är undertecknat med en nyckel som avtalet låter skriva under."
            if held
            else "Ingen nyckel som avtalet låter skriva under den dagen har undertecknat det.",
        )
    if any(is_demo_key(read_public_key(known[signer].key)) for signer in check.signers):
        yield cannot_tell(
            "demo_key",
            "It is signed with the published demonstration key, which proves nothing.",
            "Det är undertecknat med den publicerade demonstrationsnyckeln, som inte bevisar något.",
        )


def _form(envelope: Envelope, found: PublicStatement) -> Iterator[Finding]:
    """It is written as effekt writes it, and each number as its kind says."""
    wrong = wrong_form(found)
    same = found.to_envelope().payload == envelope.payload and not wrong
    en, sv = "It is written as effekt writes it.", "Det är skrivet som effekt skriver det."
    if not same:
        places, platser = (f": {join_words(wrong, word)}" if wrong else "" for word in ("and", "och"))
        en = f"It is not written as effekt writes it{places}."
        sv = f"Det är inte skrivet som effekt skriver det{platser}."
    yield same_or_different("form", same, en, sv)
    wrong = wrong_sums(found)
    yield same_or_different(
        "sums",
        not wrong,
        f"Amounts that are not the sums of their parts: {join_words(wrong, 'and')}."
        if wrong
        else "Where all parts are shown, lines are the sums of payers' shares, and the total of lines.",
        f"Belopp som inte är summan av sina delar: {join_words(wrong, 'och')}."
        if wrong
        else "Där alla delar visas är rader summan av betalarnas delar, och totalen summan av rader.",
    )


def _states(found: PublicStatement) -> Finding:
    """A state says whether something is paid, and only an event or another's place explains what is beside that."""
    wrong = [*dict.fromkeys((*wrong_states(found), *wrong_events(found)))]
    return same_or_different(
        "states",
        not wrong,
        f"States, events and amounts that do not fit each other: {join_words(wrong, 'and')}."
        if wrong
        else "Each state fits the amount beside it, and the declared events.",
        f"Tillstånd, händelser och belopp som inte passar ihop: {join_words(wrong, 'och')}."
        if wrong
        else "Varje tillstånd passar ihop med beloppet bredvid och med anmälda händelser.",
    )


def _signed(found: PublicStatement) -> Iterator[Finding]:
    """That the certificate was not signed as its contract asks, by the statement's own word."""
    if count := found.lacking_signatures:
        yield cannot_tell(
            "lacking_signatures",
            f"It says that the certificate lacked signatures which the contract requires: {count}. Without them the "
            "certificate does not hold; ask for the signed one, or for a statement of it.",
            f"Det anger att intyget saknade underskrifter som avtalet kräver: {count}. Utan dem håller intyget inte; "
            "begär det undertecknade, eller ett utdrag ur det.",
        )


def _contract(
    found: PublicStatement, contract: Contract | None, before: Sequence[PublicStatement]
) -> Iterator[Finding]:
    if contract is None:
        yield cannot_tell(
            "own_contract",
            f"No contract of your own was given; compare its digest with yours: {found.contract_sha256}.",
            f"Inget eget avtal angavs; jämför dess kontrollsumma med ert: {found.contract_sha256}.",
        )
        return
    same = (found.contract, found.contract_sha256) == (contract.model.id, contract.sha256)
    yield same_or_different(
        "own_contract",
        same,
        "It is on the contract given." if same else "It is not on the contract given.",
        "Det gäller det avtal som angavs." if same else "Det gäller inte det avtal som angavs.",
    )
    if not same:
        return
    every = (*not_as_contract(found, contract, before), *events_not_as_contract(found, contract, before))
    wrong = [*dict.fromkeys(every)]
    yield from refused_findings(contract, earlier_version=False, paid=_least_paid(found))
    yield same_or_different(
        "terms",
        not wrong,
        f"Not as the contract says: {join_words(wrong, 'and')}."
        if wrong
        else "Currency, days of certificates, names and how counts are hidden and rounded are as the contract says.",
        f"Inte som avtalet säger: {join_words(wrong, 'och')}."
        if wrong
        else "Valuta, dagar för intyg, namn och hur antal döljs och avrundas är som avtalet säger.",
    )
    if not wrong and is_settled_too_often(found, contract, before):
        yield cannot_tell(
            "amounts",
            f"What is paid on the figures shown was not computed again: their possible values have more than "
            f"{most_settlements(contract)} combinations, as often as a contract of this length is settled.",
            f"Vad som betalas på de siffror som visas räknades inte om: deras möjliga värden har fler än "
            f"{most_settlements(contract)} kombinationer, så många gånger som ett så långt avtal avräknas.",
        )


def _least_paid(found: PublicStatement) -> Fraction | None:
    """What the total shows to be paid at the least; None where it shows no amount, or pays nothing."""
    total = found.total
    if found.kind != "final" or total is None or total.low is None or not has_form(total):
        return None
    return Fraction(total.low)


def _certificate(
    certificate: Certificate | None, contract: Contract | None, rotations: Sequence[Envelope | bytes]
) -> Iterator[Finding]:
    """The certificate holds; where lines are paid on each, data beside the contract may be of another day."""
    if certificate is None:
        return
    verified = verify(certificate, contract=contract, rotations=rotations)
    others = any(one.name.startswith("data:") and one.verdict == "different" for one in verified.findings)
    if others and certificate.settles and contract is not None and _holds_alone(certificate, contract, rotations):
        yield cannot_tell(
            "certificate",
            "The certificate holds by itself, and the data beside your contract are not what it rests on; verify it "
            "with those that it does (--data).",
            "Intyget stämmer i sig självt, och data bredvid ditt avtal är inte vad det vilar på; verifiera det med "
            "dem som det gör (--data).",
        )
        return
    complete = verified.summary == STATEMENT_HOLDS
    en, sv = f"The certificate: {verified.summary.en}", f"Intyget: {verified.summary.sv}"
    if verified.ok and not complete:
        yield cannot_tell("certificate", en, sv)
    else:
        yield same_or_different("certificate", verified.ok, en, sv)


def _holds_alone(certificate: Certificate, contract: Contract, rotations: Sequence[Envelope | bytes]) -> bool:
    return verify(certificate, contract=replace(contract, folder=None), rotations=rotations).ok


def _commitment(found: PublicStatement, certificate: Certificate | None, salt: bytes | None) -> Iterator[Finding]:
    if certificate is None or salt is None:
        yield cannot_tell(
            "commitment",
            "Which certificate it is of can be told only with that certificate and the salt.",
            "Vilket intyg det hör till kan bara avgöras med intyget och saltet.",
        )
        return
    same = commits_to(found, certificate, salt)
    yield same_or_different(
        "commitment",
        same,
        "It names this certificate, under this salt." if same else "It does not name this certificate under this salt.",
        "Det pekar ut detta intyg, med detta salt." if same else "Det pekar inte ut detta intyg med detta salt.",
    )


def _numbers(found: PublicStatement, certificate: Certificate) -> Finding:
    """Each number that is shown is the certificate's, or a range that holds it."""
    true, wrong = stated_numbers(certificate), []
    for name, one in shown_in(found).items():
        value = true.get(name)
        if one.kind == "hidden":
            continue
        if one.low is None or one.high is None or value is None:
            inside = one.kind == "none" and value is None and name in true
        else:
            inside = has_form(one) and Fraction(one.low) <= Fraction(value) <= Fraction(one.high)
        if not inside:
            wrong.append(name)
    wrong += ["state"] if found.state not in (None, true["state"]) else []
    return same_or_different(
        "numbers",
        not wrong,
        f"Not the certificate's numbers: {join_words(wrong, 'and')}."
        if wrong
        else "Every number is the certificate's, or a range that holds it.",
        f"Inte intygets tal: {join_words(wrong, 'och')}."
        if wrong
        else "Varje tal är intygets, eller ett spann där det ligger.",
    )


def _hidden(found: PublicStatement, contract: Contract | None) -> Iterator[Finding]:
    """Of counts that are hidden for a dispute alone: the contract asks for it only by what a party admits."""
    same = contract is not None and (found.contract, found.contract_sha256) == (contract.model.id, contract.sha256)
    counts = hidden_for_disputes(found, contract) if contract is not None and same else ()
    if counts:
        en, sv = join_words(counts, "and"), join_words(counts, "och")
        yield cannot_tell(
            "hidden",
            f"Openly disputed and hidden: {en}. That is as the contract says only where a party admits a small count "
            "or one near it, which the certificate alone shows; where none does it has to be shown.",
            f"Öppet bestridet och dolt: {sv}. Det är som avtalet säger bara om en part medger ett litet antal eller "
            "ett nära det, vilket bara intyget visar; medger ingen det ska det visas.",
        )


def _with_numbers_of(again: PublicStatement, found: PublicStatement) -> PublicStatement:
    """The one with the numbers of the other, so that all else can be compared."""
    return replace(
        again,
        state=found.state,
        figures=found.figures,
        rounded=found.rounded,
        lines=found.lines,
        by_year=found.by_year,
        shares=found.shares,
        total=found.total,
        undisputed=found.undisputed,
        receipts=found.receipts,
        guarantees=found.guarantees,
        line_states=found.line_states,
        standings=found.standings,
        withheld=found.withheld,
        left_to_pay=found.left_to_pay,
    )


def _made_anew(
    found: PublicStatement,
    certificate: Certificate,
    before: Sequence[PublicStatement],
    contributions: Mapping[str, Sequence[str | int | float | Fraction]] | None,
) -> Finding:
    """What the certificate gives once more, but for the commitment, which has its own line."""
    if not set(found.earlier) <= {one.sha256 for one in before}:
        return cannot_tell(
            "made_anew",
            "It was held against earlier statements that were not given: give each with --earlier.",
            "Det har jämförts med tidigare utdrag som inte angavs: ange vart och ett med --earlier.",
        )
    used = [one for one in before if one.sha256 in found.earlier]
    again = replace(
        public_statement(certificate, salt=bytes(SALT_BYTES), earlier=used, contributions=contributions),
        commitment=found.commitment,
        not_met=len(tuple(not_met(certificate))),
        lacking_signatures=found.lacking_signatures,  # who had signed by then no file shows
    )
    if encode(again) == encode(found):
        return same_or_different(
            "made_anew",
            True,
            "Made anew of the certificate it is the same.",
            "Framtaget på nytt ur intyget är det detsamma.",
        )
    told = told_differences(found, again)
    disclosure = certificate.contract.model.disclosure
    dominance = disclosure is not None and disclosure.dominance is not None
    if contributions is None and dominance and encode(_with_numbers_of(again, found)) == encode(found):
        return cannot_tell(
            "made_anew",
            f"The rule on dominance needs what each contributes, which was not given. Stated / made anew: {told.en}.",
            f"Regeln om dominans kräver vad var och en bidrar med, som inte angavs. Anges / på nytt: {told.sv}.",
        )
    return same_or_different(
        "made_anew",
        False,
        f"Made anew of the certificate it differs. Stated / made anew: {told.en}.",
        f"Framtaget på nytt ur intyget skiljer det sig. Anges / på nytt: {told.sv}.",
    )
