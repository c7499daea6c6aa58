"""What speaks against the amount of a certificate, to stand beside it: conclusions, failed checks, events."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.reports.checklist import not_met, settled_failures
from effekt.reports.conclusion import KINDS, conclusion_sentence
from effekt.reports.document import Callout
from effekt.reports.names import party_name
from effekt.reports.standings import declared_sentences


def against(certificate: Certificate) -> Iterator[Callout]:
    """Modified conclusions, checks that are declared or found not met, and declared events; else nothing.

    Parameters
    ----------
    certificate : Certificate

    Yields
    ------
    Callout
    """
    for one in certificate.declarations:
        by, said = party_name(one.model.by, certificate), one.model.conclusion
        if said is not None and said.kind != "unmodified":
            kind, sentence = KINDS[said.kind], conclusion_sentence(by, said, certificate)
            items = () if said.basis is None else (said.basis.text,)
            yield Callout(
                text=Text(en=f"{kind.en}. {sentence.en}", sv=f"{kind.sv}. {sentence.sv}"), items=items, role="caution"
            )
        failed = [item for item, checked in (one.model.checklist or {}).items() if checked.verdict == "fail"]
        if failed:
            en, sv = join_words(failed, "and"), join_words(failed, "och")
            settled = _settled(failed, certificate)
            yield Callout(
                text=Text(
                    en=f"{by} declares that the checks of the checklist are not met: {en}.{settled.en}",
                    sv=f"{by} uppger att kontroller i kontrollistan inte är uppfyllda: {sv}.{settled.sv}",
                ),
                role="caution",
            )
    if found := tuple(not_met(certificate)):
        heading = Text(
            en="This certificate itself finds checks that are not met:",
            sv="Detta intyg finner självt kontroller som inte är uppfyllda:",
        )
        yield Callout(text=heading, items=found, role="caution")
    if certificate.settlement.standings:
        events = tuple(declared_sentences(certificate))
        heading = Text(en="Events are declared:", sv="Händelser är anmälda:")
        yield Callout(text=heading, items=events, role="caution")


def _settled(failed: list[str], certificate: Certificate) -> Text:
    """Which of these items those who conclude have found met, and who; nothing where each stands."""
    by = {item: names for item, names in settled_failures(certificate).items() if item in failed}
    if not by:
        return Text(en="", sv="")
    items, names = [*by], [*dict.fromkeys(name for own in by.values() for name in own)]
    return Text(
        en=f" Settled otherwise by {join_words(names, 'and')}, who concludes: {join_words(items, 'and')}.",
        sv=f" Avgjort på annat sätt av {join_words(names, 'och')}, som drar slutsatsen: {join_words(items, 'och')}.",
    )
