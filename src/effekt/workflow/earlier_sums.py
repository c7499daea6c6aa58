"""What is attested as paid before, of lines with `paid_each`, against the certificates of the announced days before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.contracts import Contract, format_money
from effekt.contracts.earlier_sums import earlier_sums, not_held, paid_by
from effekt.contracts.money import decimal_text, fraction
from effekt.exceptions import CertificateError
from effekt.workflow.dates import final_days
from effekt.workflow.findings import Finding, cannot_tell, same_or_different


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """The certificates of the days before, from the last back to the first or to a day of which there is none.

    `whole` says that they go back to the first, before which nothing was paid.
    """

    run: tuple[Certificate, ...]
    whole: bool


def refuse_wrong_sums(certificate: Certificate, there: Sequence[Certificate]) -> None:
    """Refuse a certificate on which something else is attested as paid before than those of earlier days paid.

    Parameters
    ----------
    certificate : Certificate
    there : sequence of Certificate
        Those that stand, of any day.

    Raises
    ------
    CertificateError
        Naming the figure and both amounts.
    """
    for id, (attested, paid) in _sums(certificate, _before(certificate, there)).items():
        if paid is not None and attested != paid:
            days = [day for day in final_days(certificate.contract) if day < (certificate.settles or "")]
            of = f"the certificates of {join_words(days, 'and')} paid" if days else "was paid before the first day"
            raise CertificateError(
                f"figures.{id} must be what {of}, {_shown(id, paid, certificate)}; got "
                f"{_shown(id, attested, certificate)}. Attest that."
            )


def sum_findings(found: Certificate, earlier: Sequence[Certificate]) -> Iterator[Finding]:
    """Whether what is attested as paid before is what the certificates of the days before paid.

    Parameters
    ----------
    found : Certificate
    earlier : sequence of Certificate
        Those that were given.

    Yields
    ------
    Finding
        One for each figure with `paid_before` that has a value.
    """
    before = _before(found, earlier)
    for id, (attested, paid) in _sums(found, before).items():
        said = _money(attested, found)
        if paid is None:
            yield cannot_tell(
                f"paid_before:{id}",
                f"{said.en} is attested as {id}, paid before; the certificate of the day before was not given.",
                f"{said.sv} är intygat som {id}, tidigare betalt; intyget för dagen före angavs inte.",
            )
            continue
        to_date = _money(paid, found)
        yield same_or_different(
            f"paid_before:{id}",
            attested == paid,
            f"{said.en} is attested as {id}, paid before; by the certificates of earlier days it is {to_date.en}.",
            f"{said.sv} är intygat som {id}, tidigare betalt; enligt intygen för tidigare dagar är det {to_date.sv}.",
        )


def sum_cautions(contract: Contract) -> tuple[Text, ...]:
    """That nothing holds an attested amount which each certificate deducts against what earlier ones paid.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Text
    """
    if len(final_days(contract)) < 2:
        return ()
    return tuple(
        Text(
            en=f"The figure {id} is attested and deducted on each certificate, and nothing holds it against what "
            "earlier ones paid; if it is that, say what it sums with paid_before.",
            sv=f"Siffran {id} intygas och dras av i varje intyg, och inget prövar den mot vad tidigare intyg har "
            "betalat; om den är det, ange vad den summerar med paid_before.",
        )
        for id in not_held(contract.model)
    )


def _sums(certificate: Certificate, before: _Before) -> dict[str, tuple[Fraction, Fraction | None]]:
    """Each attested sum, and what the certificates give it; None where one that is needed was not given.

    From a day of which there is no certificate on, the first after it is taken at its word.
    """
    sums = {} if certificate.settles is None else earlier_sums(certificate.contract.model)
    taken = _values(before.run[-1]) if before.run and not before.whole else {}
    known, found = _values(certificate), dict[str, tuple[Fraction, Fraction | None]]()
    for id in (id for id in sums if id in known):
        start = Fraction(0) if before.whole else taken.get(id)
        paid = sum((paid_by(one.settlement, sums[id]) for one in before.run if one.kind == "final"), Fraction(0))
        found[id] = known[id], None if start is None else start + paid
    return found


def _values(certificate: Certificate) -> dict[str, Fraction]:
    return {one.id: fraction(one.value) for one in certificate.figures if one.value is not None}


def _before(certificate: Certificate, there: Sequence[Certificate]) -> _Before:
    """By what stood on the day of the certificate: a correction that is made later changes nothing of what was true.

    Before an amendment there may have been other days than it announces.
    """
    settles, contract = certificate.settles or "", certificate.contract
    known = [one for one in there if one.contract.model.id == contract.model.id and one.date <= certificate.date]
    replaced = {one.supersedes.sha256 for one in known if one.supersedes is not None}
    of_day = {one.settles: one for one in known if one.sha256 not in replaced and one.kind in ("final", "nil")}
    run: list[Certificate] = []
    for day in sorted({*final_days(contract), *filter(None, of_day)}, reverse=True):
        if day < settles:
            if day not in of_day:
                return _Before(run=tuple(run), whole=False)
            run.append(of_day[day])
    return _Before(run=tuple(run), whole=contract.model.amendment is None)


def _money(value: Fraction, certificate: Certificate) -> Text:
    currency = certificate.contract.model.payment.currency
    return Text(en=format_money(value, currency, "en"), sv=format_money(value, currency, "sv"))


def _shown(id: str, value: Fraction, certificate: Certificate) -> str:
    return decimal_text(value, certificate.contract.model.figures[id].digits)
