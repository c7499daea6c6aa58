"""What whoever verifies concludes, in the words of the standard for assurance: four kinds, each one fixed sentence."""

from __future__ import annotations

from collections.abc import Iterator

from effekt._text import Text
from effekt.certificates.certificate import Certificate
from effekt.contracts.declarations import Conclusion
from effekt.reports.checklist import ITEMS, settled_by_hand
from effekt.reports.document import Block, Callout, Items, Paragraph, Section
from effekt.reports.names import party_name

_REASONABLE = Text(
    en="In the opinion of {by}, {but}the figures and the amount are in all material respects determined in accordance "
    "with the contract.",
    sv="{by} anser att siffrorna och beloppet {but}i allt väsentligt är fastställda enligt avtalet.",
)
_LIMITED = Text(
    en="Based on the work done, {but}nothing has come to the attention of {by} that causes it to believe that the "
    "figures and the amount are not in all material respects determined in accordance with the contract.",
    sv="Grundat på det arbete som gjorts har {but}inget kommit fram som ger {by} anledning att anse att siffrorna och "
    "beloppet inte i allt väsentligt är fastställda enligt avtalet.",
)
_EXCEPT = Text(en="except for what is named below, ", sv="med undantag för det som anges nedan ")
_ADVERSE = Text(
    en="In the opinion of {by}, because of what is named below, the figures and the amount are not determined in "
    "accordance with the contract.",
    sv="{by} anser, på grund av det som anges nedan, att siffrorna och beloppet inte är fastställda enligt avtalet.",
)
_DISCLAIMER = Text(
    en="Because of what is named below, {by} has not been able to obtain sufficient evidence, and expresses no "
    "conclusion on the figures and the amount.",
    sv="På grund av det som anges nedan har {by} inte kunnat inhämta tillräckliga underlag, och uttalar ingen slutsats "
    "om siffrorna och beloppet.",
)
KINDS = {
    "unmodified": Text(en="Unmodified conclusion", sv="Slutsats utan reservation"),
    "qualified": Text(en="Qualified conclusion", sv="Slutsats med reservation"),
    "adverse": Text(en="Adverse conclusion", sv="Avvikande mening"),
    "disclaimer": Text(en="Disclaimer of conclusion", sv="Avstår från att uttala sig"),
}


def conclusion_section(certificate: Certificate) -> Section | None:
    """What each party that verifies concludes, and on which items a modified conclusion rests.

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    Section or None
        None where nobody declares a conclusion.
    """
    declared = [
        (party_name(one.model.by, certificate), one.model.conclusion)
        for one in certificate.declarations
        if one.model.conclusion is not None
    ]
    if not declared:
        return None
    blocks = tuple(block for by, conclusion in declared for block in _of_one(by, conclusion, certificate))
    by_hand = settled_by_hand(certificate)
    if by_hand and any(conclusion.kind in ("unmodified", "qualified") for _, conclusion in declared):
        items = ", ".join(by_hand)
        told = Text(
            en=f"Of the checklist {len(by_hand)} items rest on the word of who concludes, since this certificate "
            f"itself cannot determine them: {items}.",
            sv=f"Av checklistan vilar {len(by_hand)} punkter på vad den som drar slutsatsen uppger, eftersom detta "
            f"intyg självt inte kan avgöra dem: {items}.",
        )
        blocks = (*blocks, Paragraph(text=told, role="note"))
    return Section(
        id="conclusion", heading=Text(en="The verifier's conclusion", sv="Granskarens slutsats"), blocks=blocks
    )


def conclusion_sentence(by: str, conclusion: Conclusion, certificate: Certificate) -> Text:
    """The fixed sentence of a kind of conclusion, at the level of assurance of the contract.

    Parameters
    ----------
    by : str
        The name of the party.
    conclusion : Conclusion
    certificate : Certificate

    Returns
    -------
    Text
    """
    assurance = certificate.contract.model.assurance
    positive = _LIMITED if assurance is not None and assurance.level == "limited" else _REASONABLE
    sentence = {"adverse": _ADVERSE, "disclaimer": _DISCLAIMER}.get(conclusion.kind, positive)
    but = _EXCEPT if conclusion.kind == "qualified" else Text(en="", sv="")
    return Text(en=sentence.en.format(by=by, but=but.en), sv=sentence.sv.format(by=by, but=but.sv))


def _of_one(by: str, conclusion: Conclusion, certificate: Certificate) -> Iterator[Block]:
    kind, sentence = KINDS[conclusion.kind], conclusion_sentence(by, conclusion, certificate)
    told = Text(en=f"{kind.en}. {sentence.en}", sv=f"{kind.sv}. {sentence.sv}")
    if conclusion.kind == "unmodified" or conclusion.basis is None:
        yield Paragraph(text=told, role="lead")
        return
    yield Callout(text=told, items=(conclusion.basis.text,))
    yield Items(
        items=tuple(Text(en=f"{item}. {ITEMS[item].en}", sv=f"{item}. {ITEMS[item].sv}") for item in conclusion.because)
    )
