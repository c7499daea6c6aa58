"""A certificate as a report: its parts in their order, and the sentences on evidence and verification.

Nothing is used but what the certificate carries, so that whoever has the certificate can compose the same report.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.certificates.complete import check_complete
from effekt.certificates.evidence import Evidence
from effekt.contracts import Attestation, Contract, line_terms, payment_terms
from effekt.contracts.rerun import other_software
from effekt.reports.absent import absent_section
from effekt.reports.against import against
from effekt.reports.chance import chance_section
from effekt.reports.checklist import checklist_section
from effekt.reports.checks import diagnostics_section
from effekt.reports.conclusion import conclusion_section
from effekt.reports.data_block import data_section
from effekt.reports.declared import (
    assurance_section,
    deviations_section,
    dispute_deadline,
    limitations_section,
)
from effekt.reports.document import (
    Block,
    Callout,
    Column,
    Commands,
    Items,
    Paragraph,
    Report,
    Section,
    Subheading,
    Table,
    same,
)
from effekt.reports.environment import environment_blocks
from effekt.reports.findings import found_section, stated_value
from effekt.reports.in_place_of import in_place_of, left_sentences
from effekt.reports.intentions import intention_sections
from effekt.reports.locked_plan import plan_blocks
from effekt.reports.names import party_name
from effekt.reports.otherwise import otherwise_section
from effekt.reports.payment import figures_section, payment_section
from effekt.reports.pictures import trend_section
from effekt.reports.reconciled import reconciled_section
from effekt.reports.signed import DEMO_SIGNED, UNSIGNED, digest_blocks, is_demo, signature_blocks
from effekt.reports.standings import standings_section, withheld_sentences
from effekt.reports.verdict import open_sentences, state_name, verdict_sentence
from effekt.reports.wording import KINDS, ROLES, STATES
from effekt.result import OutcomeMeasure, is_change

WITHOUT_COMPARISON = Text(
    en="The outcome is measured without a comparison and does not show the effect of the intervention.",
    sv="Utfallet är mätt utan jämförelse och visar inte insatsens effekt.",
)
ATTESTED_ONLY = Text(
    en="The figures are attested by a party; the certificate does not show the effect of the intervention.",
    sv="Siffrorna är intygade av en part; intyget visar inte insatsens effekt.",
)
_LANGUAGE = Text(
    en="English; the same certificate gives the page in Swedish too",
    sv="svenska; samma intyg ger sidan på engelska också",
)


def compose(certificate: Certificate) -> Report:
    """Put a report together from a certificate.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Report
        In both languages; the same for the same certificate, on any machine.

    Raises
    ------
    CertificateError
        When the certificate's parts do not fit each other.
    """
    check_complete(certificate)
    sections = (
        _verdict_section(certificate),
        found_section(certificate),
        trend_section(certificate),
        chance_section(certificate),
        payment_section(certificate),
        standings_section(certificate),
        figures_section(certificate),
        data_section(certificate),
        reconciled_section(certificate),
        otherwise_section(certificate),
        diagnostics_section(certificate),
        _evidence_section(certificate),
        assurance_section(certificate),
        deviations_section(certificate),
        conclusion_section(certificate),
        checklist_section(certificate),
        limitations_section(certificate),
        _verify_section(certificate),
        _terms_section(certificate.contract),
    )
    kind, shown = KINDS[certificate.kind], [section for section in sections if section is not None]
    absent = absent_section(certificate, {section.id for section in shown})
    shown += [] if absent is None else [absent]
    return Report(
        kicker=Text(en=f"Outcome certificate, {kind.en}", sv=f"Intyg om utfall, {kind.sv}"),
        title=certificate.contract.model.title.text,
        facts=tuple(_facts(certificate)),
        sections=tuple(shown),
    )


def _facts(certificate: Certificate) -> Iterator[tuple[Text, Text]]:
    terms = certificate.contract.model
    yield Text(en="Certificate", sv="Intyg"), same(certificate.sha256)
    yield Text(en="Date", sv="Datum"), same(certificate.date)
    yield Text(en="Language", sv="Språk"), _LANGUAGE
    yield Text(en="Contract", sv="Avtal"), same(terms.id)
    yield state_name(certificate.settlement), STATES[certificate.settlement.state]
    if (amendment := terms.amendment) is not None:
        reason = amendment.reason.text
        yield (
            Text(en="Amendment", sv="Ändring"),
            Text(
                en=f"{amendment.number}, of {amendment.date}, in place of the contract file with SHA-256 "
                f"{amendment.of}: {reason.en}",
                sv=f"{amendment.number}, av {amendment.date}, i stället för avtalsfilen med SHA-256 {amendment.of}: "
                f"{reason.sv}",
            ),
        )
    if certificate.settles is not None:
        yield Text(en="For the announced day", sv="För den angivna dagen"), same(certificate.settles)
    if (earlier := certificate.supersedes) is not None:
        yield (
            Text(en="Supersedes", sv="Ersätter"),
            Text(
                en=f"the certificate of {earlier.date}, digest {earlier.sha256}: {earlier.reason}",
                sv=f"intyget från {earlier.date}, kontrollsumma {earlier.sha256}: {earlier.reason}",
            ),
        )
    else:
        yield Text(en="Supersedes", sv="Ersätter"), Text(en="no certificate", sv="inget intyg")
    deadline = dispute_deadline(certificate)
    if deadline is not None:
        yield Text(en="Can be disputed until", sv="Kan bestridas till och med"), same(deadline)
    for party in terms.parties.values():
        role = ROLES[party.role]
        yield Text(en=role.en.capitalize(), sv=role.sv.capitalize()), same(party.name)


# ---------------------------------------------------------------------------------------------------- verdict


def _verdict_section(certificate: Certificate) -> Section:
    items = (*open_sentences(certificate), *withheld_sentences(certificate), *left_sentences(certificate))
    verdict = Callout(text=verdict_sentence(certificate), items=items, role="verdict")
    blocks: list[Block] = [*against(certificate), verdict, *in_place_of(certificate)]
    other = other_software(certificate.contract.model, certificate.software)
    if other is not None:
        blocks.append(Callout(text=other))
    blocks += [Paragraph(text=text, role="lead") for text in _not_an_effect(certificate)]
    if not certificate.envelope.signatures:
        blocks.append(Callout(text=UNSIGNED))
    elif any(is_demo(signature) for signature in certificate.envelope.signatures):
        blocks.append(Callout(text=DEMO_SIGNED))
    return Section(id="verdict", heading=Text(en="Conclusion", sv="Slutsats"), blocks=tuple(blocks))


def _not_an_effect(certificate: Certificate) -> Iterator[Text]:
    """That no effect is shown, where every result is an outcome or a plain change, or all is attested."""
    results = certificate.results.values()
    if not results:
        yield ATTESTED_ONLY
    elif all(isinstance(result, OutcomeMeasure) or is_change(result) for result in results):
        yield WITHOUT_COMPARISON


# --------------------------------------------------------------------------------------------------- evidence


def _evidence_section(certificate: Certificate) -> Section:
    blocks: list[Block] = [block for found in certificate.evidence for block in _evidence(found)]
    blocks += plan_blocks(certificate)
    blocks += _attestations(certificate)
    heading = Text(en="Evidence and its limits", sv="Evidens och dess gränser")
    return Section(id="evidence", heading=heading, blocks=tuple(blocks))


def _evidence(found: Evidence) -> Iterator[Block]:
    if found.level is None:
        yield Paragraph(text=Text(en=f"{found.label.en}.", sv=f"{found.label.sv}."), role="lead")
    else:
        yield Paragraph(
            text=Text(
                en=f"{found.label.en}: level {found.level} of 5 on the Maryland scientific methods scale, computed "
                "from the design.",
                sv=f"{found.label.sv}: nivå {found.level} av 5 på Marylandskalan för vetenskapliga metoder, beräknad "
                "från designen.",
            ),
            role="lead",
        )
    if found.limits:
        yield Items(items=found.limits)


def _attestations(certificate: Certificate) -> Iterator[Block]:
    rows = tuple(row for one in certificate.attestations for row in _attested(one, certificate))
    if rows:
        yield Table(
            caption=Text(en="Attested facts", sv="Intygade uppgifter"),
            columns=(
                Column(label=Text(en="Question", sv="Fråga")),
                Column(label=Text(en="Answer", sv="Svar"), kind="number"),
                Column(label=Text(en="By", sv="Av")),
                Column(label=Text(en="Date", sv="Datum"), kind="short"),
                Column(label=Text(en="Evidence", sv="Underlag")),
            ),
            rows=rows,
        )


def _attested(attestation: Attestation, certificate: Certificate) -> Iterator[tuple[Text, ...]]:
    terms = certificate.contract.model
    for id, fact in attestation.model.figures.items():
        term = terms.figures.get(id)
        question = getattr(term, "question", None)
        digest = f" (SHA-256 {fact.evidence.sha256})" if fact.evidence.sha256 else ""
        yield (
            same(id) if question is None else question.text,
            stated_value(fact.value, "" if term is None else term.unit),
            same(party_name(fact.by, certificate)),
            same(fact.date),
            same(fact.evidence.description + digest),
        )


# ----------------------------------------------------------------------------------------------- verification


def _verify_section(certificate: Certificate) -> Section:
    data = [
        f"--data {shlex.quote(f'{id}={PurePosixPath(source.path).name}')}"
        for id, source in certificate.contract.model.data.items()
    ]
    data += [f"--log {shlex.quote(certificate.contract.model.log or 'runs.jsonl')}"] if certificate.runs else []
    blocks: tuple[Block, ...] = (
        Paragraph(
            text=Text(
                en="This page carries the certificate. Save it as page.html beside your own copy of the contract and "
                "the data; the command computes every number again, twice over, checks the signatures, and writes the "
                "page anew to compare it byte by byte.",
                sv="Sidan bär med sig intyget. Spara den som page.html bredvid ert eget exemplar av avtalet och data; "
                "kommandot räknar om alla tal på två sätt, prövar underskrifterna och skriver sidan på nytt för att "
                "jämföra den byte för byte.",
            )
        ),
        Commands(lines=(" ".join(["effekt verify page.html --contract contract.yaml", *data]),)),
        *digest_blocks(certificate),
        *signature_blocks(certificate),
        *environment_blocks(certificate),
    )
    return Section(id="verify", heading=Text(en="How to verify this", sv="Så verifieras detta"), blocks=blocks)


# ------------------------------------------------------------------------------------------------------ terms


def _terms_section(contract: Contract) -> Section:
    terms = contract.model
    blocks: list[Block] = [Items(items=tuple(line_terms(contract).values()))]
    blocks += [Paragraph(text=sentence) for sentence in payment_terms(contract)]
    for heading, sentences in intention_sections(contract):
        blocks += [Subheading(text=heading), Items(items=sentences)]
    for id, analysis in terms.analysis.items():
        blocks.append(Subheading(text=Text(en=f"Analysis {id}", sv=f"Analysen {id}")))
        blocks.append(_call({"method": analysis.method, "data": analysis.data, **analysis.arguments}))
    return Section(id="terms", heading=Text(en="The contract's terms", sv="Avtalets villkor"), blocks=tuple(blocks))


def _call(arguments: dict[str, object]) -> Table:
    return Table(
        caption=Text(en="As the contract file has it", sv="Så som avtalsfilen har det"),
        columns=(Column(label=Text(en="Choice", sv="Val")), Column(label=Text(en="Value", sv="Värde"))),
        rows=tuple((same(name), same(_written(value))) for name, value in arguments.items()),
    )


def _written(value: object) -> str:
    """A list as 'a, b' and a map as 'key: value; …'."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_written(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_written(item) for item in value)
    return str(value)
