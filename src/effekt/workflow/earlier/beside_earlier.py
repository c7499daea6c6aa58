"""What an earlier certificate is to one that takes nobody's place: paid before, paid twice, or no part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.workflow.earlier.can_be_paid import settlement_of
from effekt.workflow.earlier.one_place import of_one_day
from effekt.workflow.earlier.paid_apart import in_one_settlement, wrongly_deducted
from effekt.workflow.earlier.paid_before import SUPERSEDED, paid_again
from effekt.workflow.earlier.rivals import of_two
from effekt.workflow.earlier.unseen import unseen
from effekt.workflow.findings import Finding, cannot_tell

_BESIDE_FORK = Text(
    en="It supersedes none; of two certificates of one settlement that were given, which say different sums, no file "
    "that was given shows which one it stands beside.",
    sv="Det ersätter inget; av två intyg för en och samma avräkning som angavs, med olika belopp, visar ingen fil som "
    "angavs vilket det gäller vid sidan av.",
)
_KIND = {"final": "det slutliga intyget", "interim": "delintyget", "nil": "nollintyget"}


def beside_finding(
    certificate: Certificate,
    earlier: Certificate,
    several: Sequence[Certificate] = (),
    later: Sequence[Certificate] = (),
) -> Finding:
    """What an earlier certificate is to one that supersedes none: paid before, paid twice, or no part of it.

    Parameters
    ----------
    certificate, earlier : Certificate
    several : sequence of Certificate
        All that were given.
    later : sequence of Certificate
        Of later days, which may name one that took the earlier one's place and was not given.

    Returns
    -------
    Finding
    """
    same = earlier.contract.model.id == certificate.contract.model.id
    both = certificate.kind == earlier.kind == "final" and same
    told = paid_again(certificate, earlier) if same else ()
    deducted = wrongly_deducted(certificate, earlier, written=True)
    again = [id for id in told if id not in deducted]
    fork, between = of_two(certificate, earlier, several), unseen(certificate, earlier, several, deducted, later)
    if fork is not None and both and not again:
        return replace(fork, name="supersedes", text=_BESIDE_FORK)
    if told and not again and between is not None:
        return cannot_tell(
            "supersedes",
            f"It supersedes none, and what it deducts of {join_words(told, 'and')} is not what the final certificate "
            f"given as the earlier one, of {earlier.date}, says was paid before; {between.en}, which may say so, "
            "was not given.",
            f"Det ersätter inget, och vad det drar av från {join_words(told, 'och')} är inte vad det slutliga intyg "
            f"som angavs som det tidigare, från {earlier.date}, anger som tidigare betalt; "
            f"{between.sv}, som kan ange det, angavs inte.",
        )
    if told and not again:
        text = Text(
            en=f"It supersedes none, and what it deducts of {join_words(told, 'and')} is not what the final "
            f"certificate given as the earlier one, of {earlier.date}, says was paid before. Settle again with that "
            f"amount as paid{SUPERSEDED.en}.",
            sv=f"Det ersätter inget, och vad det drar av från {join_words(told, 'och')} är inte vad det slutliga "
            f"intyg som angavs som det tidigare, från {earlier.date}, anger som tidigare betalt. Avräkna igen med det "
            f"beloppet som betalt{SUPERSEDED.sv}.",
        )
        return Finding(name="supersedes", verdict="different", text=text)
    if again:
        text = Text(
            en=f"It says it supersedes none, and like the final certificate given as the earlier one, of "
            f"{earlier.date}, it pays {join_words(again, 'and')}: both are not to be paid. Settle again with "
            f"--supersedes and --reason{SUPERSEDED.en}.",
            sv=f"Det säger sig inte ersätta något, och liksom det slutliga intyg som angavs som det tidigare, från "
            f"{earlier.date}, betalar det {join_words(again, 'och')}: båda ska inte betalas. Avräkna igen med "
            f"--supersedes och --reason{SUPERSEDED.sv}.",
        )
        return Finding(name="supersedes", verdict="different", text=text)
    beside = in_one_settlement(certificate, earlier) if same else ()
    if beside:
        day = settlement_of(certificate, certificate.contract)
        text = Text(
            en=f"It supersedes none, and the final certificate of {earlier.date} is of the same announced day, {day}: "
            f"both pay of {join_words(beside, 'and')}, and limits hold in the settlement of each such day. Settle "
            "again with --supersedes and --reason.",
            sv=f"Det ersätter inget, och det slutliga intyget från {earlier.date} gäller samma angivna dag, {day}: "
            f"båda betalar av {join_words(beside, 'och')}, och gränser gäller vid avräkningen för varje sådan dag. "
            "Avräkna igen med --supersedes och --reason.",
        )
        return Finding(name="supersedes", verdict="different", text=text)
    contrary = _contrary(certificate, earlier) if same else None
    if contrary is not None:
        return Finding(name="supersedes", verdict="different", text=contrary)
    if both and earlier.settles != certificate.settles and earlier.date <= certificate.date:
        text = Text(
            en=f"It supersedes none; the final certificate of {earlier.date} stands beside it: each pays, of the lines "
            "with paid_each, what is new on its own announced day, and no other line is paid by both without deducting "
            "what it says was paid before.",
            sv=f"Det ersätter inget; det slutliga intyget från {earlier.date} gäller vid sidan av det: av raderna med "
            "paid_each betalar vart och ett det som är nytt på sin angivna dag, och ingen annan rad betalas av båda "
            "utan att det som det anger som tidigare betalt dras av.",
        )
        return Finding(name="supersedes", verdict="reproduced", text=text)
    if both and earlier.date <= certificate.date:
        text = Text(
            en=f"It supersedes none; the final certificate of {earlier.date} stands beside it, and no line is paid by "
            "both without deducting what it says was paid before.",
            sv=f"Det ersätter inget; det slutliga intyget från {earlier.date} gäller vid sidan av det, och ingen rad "
            "betalas av båda utan att det som det anger som tidigare betalt dras av.",
        )
        return Finding(name="supersedes", verdict="reproduced", text=text)
    if same and not both and earlier.date <= certificate.date:
        text = Text(
            en=f"It supersedes none; the {earlier.kind} certificate of {earlier.date} stands beside it, and no line is "
            "paid by both, since only a final one pays.",
            sv=f"Det ersätter inget; {_KIND[earlier.kind]} från {earlier.date} gäller vid sidan av det, och ingen rad "
            "betalas av båda, eftersom bara ett slutligt betalar.",
        )
        return Finding(name="supersedes", verdict="reproduced", text=text)
    text = Text(
        en="It says it supersedes none, so the certificate given as the earlier one is no part of it; verify it "
        "without that.",
        sv="Det säger sig inte ersätta något, så intyget som angavs som det tidigare hör inte till det; verifiera "
        "utan det.",
    )
    return Finding(name="supersedes", verdict="different", text=text)


def _contrary(certificate: Certificate, earlier: Certificate) -> Text | None:
    """That two of one day say something else of it, and neither takes the other's place."""
    if of_one_day(certificate, earlier):
        return Text(
            en=f"It supersedes none, and the final certificate of {earlier.date} is of the same announced day, "
            f"{earlier.settles}: one certificate settles a day, so one is to take the other's place. Settle again with "
            "--supersedes and --reason.",
            sv=f"Det ersätter inget, och det slutliga intyget från {earlier.date} gäller samma angivna dag, "
            f"{earlier.settles}: ett intyg avräknar en dag, så det ena ska ersätta det andra. Avräkna igen med "
            "--supersedes och --reason.",
        )
    kinds = {earlier.kind, certificate.kind}
    if earlier.date == certificate.date and "nil" in kinds and "interim" not in kinds:
        return Text(
            en=f"It supersedes none, and beside it stands the {earlier.kind} certificate of the same day, "
            f"{earlier.date}: a nil one says that nothing was due of that, so one is to take the other's place. Settle "
            "again with --supersedes and --reason.",
            sv=f"Det ersätter inget, och vid sidan av det finns {_KIND[earlier.kind]} från samma dag, {earlier.date}: "
            "ett nollintyg säger att inget skulle betalas för den, så det ena ska ersätta det andra. Avräkna igen med "
            "--supersedes och --reason.",
        )
    return None
