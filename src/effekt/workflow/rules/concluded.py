"""Whether a declared conclusion is one that the answers of the checklist allow, and whether who concludes signed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, check_signatures
from effekt.certificates.key_holders import holders
from effekt.certificates.signing import read_public_key
from effekt.contracts import Contract
from effekt.contracts.declarations import Conclusion
from effekt.exceptions import CertificateError, EffektError
from effekt.reports.checklist import resolved, settled_by_hand
from effekt.reports.judging import concluding
from effekt.reports.signed import declared_unsigned
from effekt.workflow.findings import Finding, cannot_tell, refused, same_or_different
from effekt.workflow.rules.happened import events_hold

_NEEDS = {"adverse": ("fail", "does not hold"), "disclaimer": ("not_determinable", "cannot be determined")}
_SV = {"fail": "inte är uppfylld", "not_determinable": "inte kan avgöras"}
_SETTLE = "who concludes settles what cannot be determined under checklist, each item with evidence or a note"
_SETTLE_SV = (
    "den som drar slutsatsen avgör under checklist det som inte kan avgöras, varje punkt med underlag eller anteckning"
)


def check_conclusions(certificate: Certificate) -> None:
    """Refuse a conclusion that the checklist contradicts, by a party that does not conclude or that concludes twice.

    Parameters
    ----------
    certificate : Certificate
        With its declarations.

    Raises
    ------
    CertificateError
        Naming the party, the kind of conclusion and the items.
    """
    concluded: set[str] = set()
    for one in certificate.declarations:
        if one.model.conclusion is not None:
            if one.model.by in concluded:
                raise CertificateError(
                    f"conclusion by {one.model.by}: it is declared twice, in two declarations; a party concludes once: "
                    "settle again with one of them.",
                    sv=f"conclusion av {one.model.by}: den uppges två gånger, i två filer med uppgifter; en part drar "
                    "en slutsats en gång: avräkna igen med en av dem.",
                )
            concluded.add(one.model.by)
            _check_one(one.model.by, one.model.conclusion, certificate)


def _check_one(by: str, conclusion: Conclusion, certificate: Certificate) -> None:
    allowed, assurance = concluding(certificate), certificate.contract.model.assurance
    start, av = f"conclusion by {by}", f"conclusion av {by}"
    if by not in allowed:
        raise CertificateError(
            f"{start}: only who answers for the conclusion may declare one: {join_words(allowed, 'and') or 'nobody'}.",
            sv=f"{av}: bara den som svarar för slutsatsen får uppge en: {join_words(allowed, 'och') or 'ingen'}.",
        )
    if assurance is not None and assurance.level == "agreed_upon_procedures":
        raise CertificateError(
            f"{start}: agreed-upon procedures end in findings and no conclusion; leave it out.",
            sv=f"{av}: särskilt överenskomna granskningsåtgärder leder till iakttagelser och ingen slutsats; utelämna "
            "den.",
        )
    stands = {item: told for item, told in resolved(certificate).items() if told in ("fail", "not_determinable")}
    if conclusion.kind == "unmodified" and stands:
        raise CertificateError(
            f"{start}: it cannot be unmodified where an item {_listed(stands)}; {_SETTLE}.",
            sv=f"{av}: den kan inte vara unmodified där en punkt {_listed_sv(stands)}; {_SETTLE_SV}.",
        )
    held = [item for item in conclusion.because if item not in stands]
    if held:
        raise CertificateError(
            f"{start}: because names {join_words(held, 'and')}, which by the answers given neither fails nor is open; "
            "answer it fail or not_determinable, or take it out.",
            sv=f"{av}: because anger {join_words(held, 'och')}, som enligt svaren varken är ej uppfylld eller öppen; "
            "svara fail eller not_determinable, eller ta bort den.",
        )
    unnamed = {item: told for item, told in stands.items() if item not in conclusion.because}
    if conclusion.kind == "qualified" and unnamed:
        raise CertificateError(
            f"{start}: qualified excepts what because names and nothing else, and another item {_listed(unnamed)}; "
            f"name it there, or {_SETTLE}.",
            sv=f"{av}: qualified undantar det som because anger och inget annat, och en annan punkt "
            f"{_listed_sv(unnamed)}; ange den där, eller {_SETTLE_SV}.",
        )
    needed, words = _NEEDS.get(conclusion.kind, ("", ""))
    if needed and all(stands[item] != needed for item in conclusion.because):
        raise CertificateError(
            f"{start}: {conclusion.kind} must rest on an item that {words}; name one under because.",
            sv=f"{av}: {conclusion.kind} måste vila på en punkt som {_SV[needed]}; ange en under because.",
        )


def _listed(stands: Mapping[str, str]) -> str:
    """'does not hold (A5) or cannot be determined (B1 and C6)'."""
    told = [(words, [item for item in stands if stands[item] == verdict]) for verdict, words in _NEEDS.values()]
    return " or ".join(f"{words} ({join_words(items, 'and')})" for words, items in told if items)


def _listed_sv(stands: Mapping[str, str]) -> str:
    """'inte är uppfylld (A5) eller inte kan avgöras (B1 och C6)'."""
    told = [(words, [item for item in stands if stands[item] == verdict]) for verdict, words in _SV.items()]
    return " eller ".join(f"{words} ({join_words(items, 'och')})" for words, items in told if items)


def conclusion_findings(
    found: Certificate, contract: Contract | None = None, rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Finding]:
    """Every declared conclusion is one that the checklist allows, and under a signature of who concludes."""
    told = {one.model.by: one.model.conclusion.kind for one in found.declarations if one.model.conclusion is not None}
    if not told:
        return
    yield _allowed(found, sorted({*told.values()}))
    known = {one.id: one for one in holders(contract or found.contract, rotations)}
    check = check_signatures(found.envelope, [read_public_key(one.key) for one in known.values()])
    signed = {known[signer].party for signer in check.signers if known[signer].holds_on(found.date)}
    unsigned = [by for by in told if by not in signed]
    if unsigned:
        en, sv = join_words(unsigned, "and"), join_words(unsigned, "och")
        yield cannot_tell(
            "conclusion_signed",
            f"The conclusion and the answers are said to be those of {en}, and no key of theirs has signed the "
            "certificate: ask them.",
            f"Slutsatsen och svaren sägs komma från {sv}, och ingen nyckel för den parten har undertecknat intyget: "
            "fråga parten.",
        )
    else:
        en, sv = join_words(list(told), "and"), join_words(list(told), "och")
        yield same_or_different(
            "conclusion_signed",
            True,
            f"Who concludes has signed the certificate: {en}.",
            f"Den som drar slutsatsen har undertecknat intyget: {sv}.",
        )


def declared_findings(
    found: Certificate, contract: Contract | None = None, rotations: Sequence[Envelope | bytes] = ()
) -> Iterator[Finding]:
    """Whether a key of each party that is said to have declared something has signed the certificate."""
    if not found.declarations:
        return
    unsigned = declared_unsigned(found, contract, rotations)
    if unsigned:
        en, sv = join_words(unsigned, "and"), join_words(unsigned, "och")
        yield cannot_tell(
            "declared_signed",
            f"What {en} {'are' if unsigned[1:] else 'is'} said to have declared no key of theirs has signed: ask them.",
            f"Det som {sv} sägs ha uppgett har ingen nyckel för {'de parterna' if unsigned[1:] else 'den parten'} "
            f"undertecknat: fråga {'dem' if unsigned[1:] else 'parten'}.",
        )
        return
    yield same_or_different(
        "declared_signed",
        True,
        "Each party that declares something has signed the certificate.",
        "Varje part som uppger något har undertecknat intyget.",
    )


def _allowed(found: Certificate, kinds: Sequence[str]) -> Finding:
    if not events_hold(found):
        return cannot_tell(
            "conclusion",
            "The checklist rests on the declared events, which do not hold; the declared conclusion was not checked.",
            "Checklistan beror på de anmälda händelserna, som inte håller; den angivna slutsatsen har inte prövats.",
        )
    try:
        check_conclusions(found)
    except EffektError as error:
        en, sv = "The conclusion is not one that the checklist allows", "Slutsatsen är inte en som checklistan medger"
        return refused("conclusion", error, en, sv)
    kind, by_hand = join_words(kinds, "and"), settled_by_hand(found)
    rests = Text(en="", sv="")
    if by_hand:
        items = ", ".join(by_hand)
        rests = Text(
            en=f" Of the items, {len(by_hand)} rest on the word of who concludes: {items}.",
            sv=f" Av punkterna vilar {len(by_hand)} på vad den som drar slutsatsen uppger: {items}.",
        )
    return same_or_different(
        "conclusion",
        True,
        f"The checklist allows the declared conclusion: {kind}.{rests.en}",
        f"Checklistan medger den angivna slutsatsen: {kind}.{rests.sv}",
    )
