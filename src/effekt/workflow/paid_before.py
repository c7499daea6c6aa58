"""Whether a certificate pays again what an earlier final one paid: in a folder, or beside one that is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.canonical import MAX_BYTES
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import read_envelope
from effekt.certificates.files import read_file
from effekt.contracts.money import fraction
from effekt.contracts.schema import is_decimal
from effekt.exceptions import CertificateError, EffektError
from effekt.reports.html import embedded_envelope, is_page
from effekt.workflow.findings import Finding, same_or_different

_SUFFIXES = (".json", ".html")


def refuse_paid_again(certificate: Certificate, out: str | Path) -> None:
    """Refuse a final certificate that pays again what a signed one in its folder pays, without taking its place.

    Parameters
    ----------
    certificate : Certificate
        The new one.
    out : str or Path
        The file it is to be written to, which may hold an earlier try; the folders beside it are not looked through.

    Raises
    ------
    CertificateError
        Naming the file, the lines and what to do.

    Notes
    -----
    A file can be kept elsewhere; whoever verifies has `--earlier` for one that is.
    """
    beside = list(_beside(Path(out), certificate))
    replaced = {one.supersedes.sha256 for _, one in beside if one.supersedes is not None}
    for path, earlier in beside:
        if earlier.sha256 in replaced or takes_the_place(certificate, earlier):
            continue
        lines = paid_again(certificate, earlier)
        if lines:
            raise CertificateError(
                f"The file {path.name!r} is a final certificate of {earlier.date}, and this one pays "
                f"{join_words(lines, 'and')} again. Say that it takes its place and why (--supersedes, --reason), or "
                f"give {'the line' if len(lines) == 1 else 'each line'} a true_up whose paid is what was paid before."
            )


def _beside(out: Path, certificate: Certificate) -> Iterator[tuple[Path, Certificate]]:
    """Other signed certificates of the same contract in the folder, by name, that are not later."""
    for path in sorted(out.parent.iterdir()) if out.parent.is_dir() else ():
        if path.suffix.lower() not in _SUFFIXES or not path.is_file() or path.name == out.name:
            continue
        try:
            raw = read_file(path, MAX_BYTES)
            found = Certificate(read_envelope(embedded_envelope(raw) if is_page(raw) else raw))
            same = found.contract.model.id == certificate.contract.model.id
            if (
                same
                and found.envelope.signatures
                and found.sha256 != certificate.sha256
                and found.date <= certificate.date
            ):
                yield path, found
        except EffektError:
            continue  # another file, or one that no certificate can be read from


def takes_the_place(certificate: Certificate, earlier: Certificate) -> bool:
    """Whether a certificate says that it supersedes an earlier one."""
    return certificate.supersedes is not None and certificate.supersedes.sha256 == earlier.sha256


def paid_again(certificate: Certificate, earlier: Certificate) -> tuple[str, ...]:
    """The lines that two final certificates both pay, without deducting what the earlier one paid.

    Parameters
    ----------
    certificate, earlier : Certificate

    Returns
    -------
    tuple of str
        Lines without a `true_up`, and those whose `true_up` has something else as paid than the earlier one says.
    """
    if certificate.kind != "final" or earlier.kind != "final":
        return ()
    paid = {line.id for line in earlier.settlement.lines if fraction(line.amount or "0") != 0}
    terms = certificate.contract.model.payment.lines
    wrong = wrongly_deducted(certificate, earlier, written=True)
    return tuple(
        line.id
        for line in certificate.settlement.lines
        if line.id in paid
        and fraction(line.amount or "0") != 0
        and (terms[line.id].true_up is None or line.id in wrong)
    )


def wrongly_deducted(
    certificate: Certificate, earlier: Certificate, *, written: bool = False
) -> dict[str, tuple[str, str]]:
    """What a certificate has as paid before, where an earlier one says something else.

    Parameters
    ----------
    certificate, earlier : Certificate
    written : bool
        Also where the contract itself has the amount, which nobody can attest otherwise.

    Returns
    -------
    dict of line to (str, str)
        The amount that it deducts, and `paid_to_date` of the earlier one.
    """
    if certificate.kind != "final":
        return {}
    values = {figure.id: figure.value for figure in certificate.figures}
    stated = earlier.paid_to_date
    found = {}
    for id, line in certificate.contract.model.payment.lines.items():
        if line.true_up is None or (is_decimal(line.true_up.paid) and not written):
            continue
        paid = values.get(line.true_up.paid, line.true_up.paid)
        if paid is not None and id in stated and fraction(paid) != fraction(stated[id]):
            found[id] = (paid, stated[id])
    return found


def refuse_wrongly_deducted(certificate: Certificate, earlier: Certificate) -> None:
    """Refuse a certificate that takes another's place and deducts something else than that says was paid.

    Parameters
    ----------
    certificate, earlier : Certificate

    Raises
    ------
    CertificateError
        Naming the line and both amounts.
    """
    for id, (paid, stated) in wrongly_deducted(certificate, earlier).items():
        raise CertificateError(
            f"payment.lines.{id}.true_up.paid must be what the certificate of {earlier.date} says that the next "
            f"settlement has as paid before, {stated}; got {paid}. Attest that: a correction pays the difference, "
            "whether the first amount has left the account or not."
        )


def paid_before_findings(certificate: Certificate, earlier: Certificate | None) -> Iterator[Finding]:
    """Whether what is deducted as paid before is what the earlier certificate says.

    Parameters
    ----------
    certificate : Certificate
    earlier : Certificate or None

    Yields
    ------
    Finding
        None where no line is cumulative, and none without an earlier certificate.
    """
    if earlier is None or certificate.kind != "final" or earlier.contract.model.id != certificate.contract.model.id:
        return
    cumulative = {id for id, line in certificate.contract.model.payment.lines.items() if line.true_up is not None}
    if not cumulative.intersection(earlier.paid_to_date):
        return
    wrong = wrongly_deducted(certificate, earlier)
    en = "; ".join(f"{id} deducts {paid}, and it says {stated}" for id, (paid, stated) in wrong.items())
    sv = "; ".join(f"{id} drar av {paid}, och det anger {stated}" for id, (paid, stated) in wrong.items())
    yield same_or_different(
        "paid_before",
        not wrong,
        f"What is deducted as paid before is {'not ' if wrong else ''}what the certificate of {earlier.date} says"
        f"{': ' + en if wrong else ''}.",
        f"Det som dras av som tidigare betalt är {'inte ' if wrong else ''}vad intyget från {earlier.date} anger"
        f"{': ' + sv if wrong else ''}.",
    )


def beside_finding(certificate: Certificate, earlier: Certificate) -> Finding:
    """What an earlier certificate is to one that supersedes none: paid before, paid twice, or no part of it.

    Parameters
    ----------
    certificate, earlier : Certificate

    Returns
    -------
    Finding
    """
    same = earlier.contract.model.id == certificate.contract.model.id
    both = certificate.kind == earlier.kind == "final" and same
    again = paid_again(certificate, earlier) if same else ()
    if again:
        text = Text(
            en=f"It says it supersedes none, and like the final certificate given as the earlier one, of "
            f"{earlier.date}, it pays {join_words(again, 'and')}: both are not to be paid. Settle again with "
            "--supersedes and --reason.",
            sv=f"Det säger sig inte ersätta något, och liksom det slutliga intyg som angavs som det tidigare, från "
            f"{earlier.date}, betalar det {join_words(again, 'och')}: båda ska inte betalas. Avräkna igen med "
            "--supersedes och --reason.",
        )
        return Finding(name="supersedes", verdict="different", text=text)
    if both and earlier.date <= certificate.date:
        text = Text(
            en=f"It supersedes none; the final certificate of {earlier.date} stands beside it, and no line is paid by "
            "both without deducting what was paid before.",
            sv=f"Det ersätter inget; det slutliga intyget från {earlier.date} gäller vid sidan av det, och ingen rad "
            "betalas av båda utan att det tidigare betalda dras av.",
        )
        return Finding(name="supersedes", verdict="reproduced", text=text)
    text = Text(
        en="It says it supersedes none, so the certificate given as the earlier one is no part of it; verify it "
        "without that.",
        sv="Det säger sig inte ersätta något, så intyget som angavs som det tidigare hör inte till det; verifiera "
        "utan det.",
    )
    return Finding(name="supersedes", verdict="different", text=text)
