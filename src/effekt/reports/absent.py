"""What a certificate may have and this one has not, so that nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.reports.document import Items, Paragraph, Section
from effekt.reports.expected import no_expected_payment

_CONTRACT = Text(en="not asked for by the contract", sv="krävs inte av avtalet")
_NOBODY = Text(
    en="not asked for by the contract, and nobody has declared any",
    sv="krävs inte av avtalet, och ingen har angett några",
)
SECTIONS: dict[str, tuple[Text, Text]] = {
    "trend": (
        Text(en="Picture over time", sv="Bild över tid"),
        Text(en="no result has one", sv="inget resultat har en"),
    ),
    "chance": (
        Text(en="What chance alone would give", sv="Vad slumpen ensam skulle ge"),
        Text(en="no effect is estimated", sv="effekten är inte skattad"),
    ),
    "standings": (
        Text(
            en="Events: early end, contamination, disputes, revisions",
            sv="Händelser: förtida slut, störning, tvister, revideringar",
        ),
        Text(en="nobody has declared any", sv="ingen har anmält några"),
    ),
    "data": (Text(en="Data", sv="Underlag"), Text(en="nothing is computed from data", sv="inget är beräknat ur data")),
    "reconciliation": (
        Text(en="Reconciliation with independent sources", sv="Avstämning mot oberoende källor"),
        _CONTRACT,
    ),
    "sensitivity": (
        Text(en="Sensitivity analyses", sv="Känslighetsanalyser"),
        Text(
            en="no estimated effect is paid for, and the contract asks for none",
            sv="ingen skattad effekt betalas, och avtalet kräver inga",
        ),
    ),
    "diagnostics": (Text(en="Checks", sv="Kontroller"), Text(en="no result has any", sv="inget resultat har några")),
    "assurance": (Text(en="Level of assurance and responsibilities", sv="Säkerhet och ansvar"), _CONTRACT),
    "deviations": (Text(en="Deviations from the plan", sv="Avvikelser från planen"), _NOBODY),
    "conclusion": (
        Text(en="The verifier's conclusion", sv="Granskarens slutsats"),
        Text(en="nobody has declared one", sv="ingen har angett någon"),
    ),
    "limitations": (Text(en="Limitations beside those of the design", sv="Begränsningar utöver designens"), _NOBODY),
}
"""Each block of a certificate that may be absent, and why it is when it is."""


def absent_section(certificate: Certificate, shown: Collection[str]) -> Section | None:
    """The blocks that are absent, each with the reason.

    Parameters
    ----------
    certificate : Certificate
    shown : collection of str
        Ids of the sections that the page has.

    Returns
    -------
    Section or None
        None where nothing is absent.
    """
    told = [(name, why) for id, (name, why) in SECTIONS.items() if id not in shown]
    told += _terms(certificate)
    if not told:
        return None
    lead = Text(
        en="A certificate may have these parts; this one has not, for the reason that is named.",
        sv="Ett intyg kan ha dessa delar; detta har dem inte, av det skäl som anges.",
    )
    items = tuple(Text(en=f"{name.en}: {why.en}.", sv=f"{name.sv}: {why.sv}.") for name, why in told)
    heading = Text(en="What is not here", sv="Vad som inte finns här")
    return Section(id="absent", heading=heading, blocks=(Paragraph(text=lead, role="note"), Items(items=items)))


def _terms(certificate: Certificate) -> Iterator[tuple[Text, Text]]:
    """Parts of other sections that hang on a key of the contract, or on something that was given."""
    terms = certificate.contract.model
    asked = {
        Text(en="The legal text and its digest", sv="Avtalstexten och dess kontrollsumma"): terms.governing_text,
        Text(en="Whom the contract is about", sv="Vilka avtalet gäller"): terms.population,
        Text(
            en="A unit ledger, from the eligible to the analysed",
            sv="Personredovisning, från behöriga till analyserade",
        ): terms.ledgers,
        Text(en="Independence and fee of the verifier", sv="Granskarens oberoende och arvode"): terms.independence,
        Text(en="Time to dispute", sv="Tid att bestrida"): terms.disputes,
        Text(en="Smallest counts that are shown", sv="Minsta antal som visas"): terms.disclosure,
    }
    yield from ((name, _CONTRACT) for name, value in asked.items() if not value)
    if (why := no_expected_payment(certificate)) is not None:
        yield Text(en="The expected payment", sv="Den väntade betalningen"), why
    if certificate.runs is None:
        yield (
            Text(en="A run log", sv="En körningslogg"),
            Text(
                en="none is named; whether one was kept cannot be told",
                sv="ingen anges; om någon har förts framgår inte",
            ),
        )
    yield (
        Text(en="A timestamp", sv="En tidsstämpel"),
        Text(
            en="it is a file beside the certificate, if there is one; verify with --timestamp",
            sv="den är en fil bredvid intyget, om den finns; verifiera med --timestamp",
        ),
    )
