"""What is attested as paid before, of lines with `paid_each`, against the certificates of the announced days before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from typing import NamedTuple

from effekt._text import Text
from effekt._validation import join_words
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.contracts import Contract, format_money
from effekt.contracts.earlier_sums import earlier_sums, not_held
from effekt.contracts.figures import PaidBefore
from effekt.contracts.money import decimal_text
from effekt.contracts.sum_bounds import sum_bounds
from effekt.exceptions import CertificateError
from effekt.workflow.earlier.links import missing_link
from effekt.workflow.earlier.outdated import Outdated, outdated, paid_of, set_since, values_of
from effekt.workflow.findings import Finding, cannot_tell, same_or_different
from effekt.workflow.rules.dates import days_by_files_before, final_days

_REPLACED = Text(
    en="; where one of them was superseded, verify with the one that took its place",
    sv="; där något av dem har ersatts, verifiera med det som tog dess plats",
)

_NOTHING = Text(en="no settlement pays less than nothing of it", sv="ingen avräkning betalar mindre än inget av det")


class _Unlike(NamedTuple):
    """One of a day before, what it has as paid before, and what those of the days before it that are there pay."""

    one: Certificate
    said: Fraction
    paid: Fraction
    below: tuple[Certificate, ...]

    @property
    def counted_again(self) -> bool:
        """Whether one of these was made after it, so that it is to be settled anew."""
        return any(one.date > self.one.date for one in self.below)


class _Beyond(NamedTuple):
    """The least or the most that a sum can be, and why."""

    side: str
    limit: Fraction
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """The certificates of the days before, from the last back to the first or to a day of which there is none.

    `whole` says that they go back to the first, before which nothing was paid. Else the one furthest back is taken at
    its word for the days before it, and `since` are those that took a place on one of these days after it, each with
    that whose place it took, None where that is not there. `twice` are days of which several stand that do not pay the
    same, `link` one that is not there and would show whether one of these was superseded.
    """

    run: tuple[Certificate, ...]
    whole: bool
    since: tuple[tuple[Certificate | None, Certificate | None], ...] = ()
    twice: tuple[str, ...] = ()
    link: Supersedes | None = None


def refuse_wrong_sums(certificate: Certificate, there: Sequence[Certificate]) -> None:
    """Refuse a certificate on which something else is attested as paid before than those of earlier days paid.

    Parameters
    ----------
    certificate : Certificate
    there : sequence of Certificate
        Of any day, superseded ones too.

    Raises
    ------
    CertificateError
        Naming the figure and both amounts, the day of which two stand, or the one that the others do not agree with.
    """
    before = _before(certificate, there)
    for id, (attested, paid) in _sums(certificate, before).items():
        if before.twice:
            raise CertificateError(
                f"figures.{id} must be what one certificate of each day before paid; of "
                f"{join_words(before.twice, 'and')} several stand that do not pay the same. Say which takes the place "
                "of the others (--supersedes, --reason)."
            )
        beyond = None if paid is not None else _beyond(id, attested, certificate)
        if beyond is not None:
            raise CertificateError(
                f"figures.{id} must be at {beyond.side} {_shown(id, beyond.limit, certificate)}: {beyond.why.en}; got "
                f"{_shown(id, attested, certificate)}. Attest what was paid."
            )
        unlike = _unlike(id, certificate, before)
        if unlike is not None:
            raise CertificateError(_refused(id, unlike, certificate, there))
        if paid is not None and attested != paid:
            days = [day for day in final_days(certificate.contract) if day < (certificate.settles or "")]
            of = f"the certificates of {join_words(days, 'and')} paid" if days else "was paid before the first day"
            raise CertificateError(
                f"figures.{id} must be what {of}, {_shown(id, paid, certificate)}; got "
                f"{_shown(id, attested, certificate)}. Attest that."
            )


def sum_findings(
    found: Certificate, earlier: Sequence[Certificate], files: Sequence[Contract] = ()
) -> Iterator[Finding]:
    """Whether what is attested as paid before is what the certificates of the days before paid.

    Parameters
    ----------
    found : Certificate
    earlier : sequence of Certificate
        Those that were given.
    files : sequence of Contract
        Those before an amendment, that are known.

    Yields
    ------
    Finding
        One for each figure with `paid_before` that has a value.
    """
    before = _before(found, earlier, files)
    for id, (attested, paid) in _sums(found, before).items():
        said = _money(attested, found)
        if before.link is not None:
            yield cannot_tell(
                f"paid_before:{id}",
                f"{said.en} is attested as {id}, paid before; of {join_words(before.twice, 'and')} several "
                f"certificates were given that do not pay the same, and that of {before.link.date}, digest "
                f"{before.link.sha256[:16]}…, which would show whether one of them was superseded, was not given.",
                f"{said.sv} är intygat som {id}, tidigare betalt; för {join_words(before.twice, 'och')} angavs flera "
                f"intyg som inte betalar detsamma, och det från {before.link.date}, kontrollsumma "
                f"{before.link.sha256[:16]}…, som skulle visa om ett av dem har ersatts, angavs inte.",
            )
            continue
        if before.twice:
            yield cannot_tell(
                f"paid_before:{id}",
                f"{said.en} is attested as {id}, paid before; of {join_words(before.twice, 'and')} several "
                "certificates stand that do not pay the same: ask which of them was paid.",
                f"{said.sv} är intygat som {id}, tidigare betalt; för {join_words(before.twice, 'och')} gäller flera "
                "intyg som inte betalar detsamma: fråga vilket av dem som betalades.",
            )
            continue
        beyond = None if paid is not None else _beyond(id, attested, found)
        if beyond is not None:
            yield same_or_different(
                f"paid_before:{id}",
                False,
                f"{said.en} is attested as {id}, paid before: {beyond.why.en}.",
                f"{said.sv} är intygat som {id}, tidigare betalt: {beyond.why.sv}.",
            )
            continue
        if paid is None:
            missing = _missing(found)
            yield cannot_tell(
                f"paid_before:{id}",
                f"{said.en} is attested as {id}, paid before; {missing.en}.",
                f"{said.sv} är intygat som {id}, tidigare betalt; {missing.sv}.",
            )
            continue
        to_date = _money(paid, found)
        beyond = None if attested == paid else _beyond(id, attested, found)
        why = None if beyond is not None else _untold(id, found, before, earlier)
        if why is not None:
            yield cannot_tell(
                f"paid_before:{id}",
                f"{said.en} is attested as {id}, paid before; by the certificates of earlier days that were given it "
                f"is {to_date.en}, but {why.en}",
                f"{said.sv} är intygat som {id}, tidigare betalt; enligt de intyg för tidigare dagar som angavs är det "
                f"{to_date.sv}, men {why.sv}",
            )
            continue
        yield same_or_different(
            f"paid_before:{id}",
            attested == paid,
            f"{said.en} is attested as {id}, paid before; by the certificates of earlier days it is {to_date.en}"
            f"{'' if attested == paid else _REPLACED.en}.",
            f"{said.sv} är intygat som {id}, tidigare betalt; enligt intygen för tidigare dagar är det {to_date.sv}"
            f"{'' if attested == paid else _REPLACED.sv}.",
        )


def _outdated_before(found: Certificate, earlier: Sequence[Certificate]) -> Outdated | None:
    """One of an earlier day that is to be settled anew, by those that were made until the certificate."""
    late = outdated([one for one in earlier if one.date <= found.date])
    return late if late is not None and (late.certificate.settles or "") < (found.settles or "") else None


def _unlike(id: str, certificate: Certificate, before: _Before) -> _Unlike | None:
    """The first of the days before that has something else as paid before than those of the days before it pay.

    One that would show why is not there, or it is wrong itself: what was paid is then not told.
    """
    summed = earlier_sums(certificate.contract.model)[id]
    paid = _start(id, summed, before)
    below: list[Certificate] = []
    for one in reversed(before.run):
        said = values_of(one).get(id) if earlier_sums(one.contract.model).get(id) == summed else None
        if below and paid is not None and said is not None and said != paid:
            return _Unlike(one, said, paid, tuple(below))
        paid = None if paid is None else paid + paid_of(one, summed)
        below.append(one)
    return None


def _untold(id: str, found: Certificate, before: _Before, given: Sequence[Certificate]) -> Text | None:
    """Why the certificates that were given do not tell a sum, though there is one of each day."""
    late, unlike = _outdated_before(found, given), _unlike(id, found, before)
    if late is not None:
        return _to_be_settled_anew(late.certificate)
    if unlike is not None:
        return _to_be_settled_anew(unlike.one) if unlike.counted_again else _withheld(id, unlike, found, given)
    return _may_be_corrected(found) if id in _counts_unseen(found, given) else None


def _to_be_settled_anew(one: Certificate) -> Text:
    return Text(
        en=f"that of {one.settles} is to be settled anew, and the one in its place was not given.",
        sv=f"det för {one.settles} ska avräknas på nytt, och det som ersätter det angavs inte.",
    )


def _withheld(id: str, unlike: _Unlike, found: Certificate, given: Sequence[Certificate]) -> Text:
    """'the one of 2024-01-31 has …, as it is where 2023-01-31 was settled again: give the certificate …'."""
    one, said, paid = unlike.one, _money(unlike.said, found), _money(unlike.paid, found)
    days, since = _days_before(unlike), _since(id, unlike, given)
    en, sv = join_words(days, "or"), join_words(days, "eller")
    return Text(
        en=f"the one of {one.settles} has {said.en} as paid before it, and those given of the days before it pay "
        f"{paid.en}, as it is where {en} was settled again: give the certificate by which that was (--earlier), dated "
        f"between {since} and {one.date}. If there is none that one of {one.settles} is wrong.",
        sv=f"det för {one.settles} har {said.sv} som betalt före det, och de som angavs för dagarna före det betalar "
        f"{paid.sv}, som det är där {sv} har avräknats på nytt: ange intyget med den avräkningen (--earlier), daterat "
        f"mellan {since} och {one.date}. Finns inget är det för {one.settles} fel.",
    )


def _refused(id: str, unlike: _Unlike, certificate: Certificate, there: Sequence[Certificate]) -> str:
    one, days = unlike.one, join_words(_days_before(unlike), "or")
    anew = f"ettle {one.settles} anew (--supersedes, --reason)."
    since = _since(id, unlike, there)
    lacks = f"Put the certificate by which {days} was settled again, dated between {since} and {one.date}, beside them"
    return (
        f"figures.{id} must be what the certificates of earlier days paid, and these do not agree: the one of "
        f"{one.settles} has {_shown(id, unlike.said, certificate)} as paid before it, and those of the days before it "
        f"pay {_shown(id, unlike.paid, certificate)}. {f'S{anew}' if unlike.counted_again else f'{lacks}, or s{anew}'}"
    )


def _days_before(unlike: _Unlike) -> list[str]:
    one = unlike.one
    announced = {day for day in final_days(one.contract) if day < (one.settles or "")}
    return sorted(announced | {each.settles for each in unlike.below if each.settles is not None})


def _since(id: str, unlike: _Unlike, given: Sequence[Certificate]) -> str:
    """From when on a correction is that one counts and those before it do not: after one whose place it took agreed."""
    link = unlike.one.supersedes
    old = None if link is None else next((one for one in given if one.sha256 == link.sha256), None)
    if old is not None and values_of(old).get(id) == unlike.paid:
        return old.date
    return min(one.date for one in unlike.below)


def _counts_unseen(found: Certificate, given: Sequence[Certificate]) -> tuple[str, ...]:
    """The sums of one that was settled anew that are others than before, by no correction that was given.

    One of an earlier day is then to be asked for, made after the one whose place this one took.
    """
    link = found.supersedes
    if link is None:
        return ()
    old = next((each for each in given if each.sha256 == link.sha256), None)
    since, then = (link.date, {}) if old is None else (old.date, values_of(old))
    corrections = [each for each in given if each.supersedes is not None and since < each.date <= found.date]
    if found.date <= since or any((each.settles or "") < (found.settles or "") for each in corrections):
        return ()
    told = sums_told(found, given).items()
    return tuple(id for id, (attested, paid) in told if paid is not None and attested not in (paid, then.get(id)))


def _may_be_corrected(found: Certificate) -> Text:
    """That it was settled anew, as it is where an earlier day was settled again since: by which certificate."""
    days = [day for day in final_days(found.contract) if day < (found.settles or "")]
    en, sv = join_words(days, "or"), join_words(days, "eller")
    since = "" if found.supersedes is None else found.supersedes.date
    return Text(
        en=f"this one was settled anew, in the place of one of {since}, as it is where {en} was settled again since: "
        f"give the certificate by which that was (--earlier), dated after that of {since} and by {found.date}. If "
        "there is none the sum is wrong.",
        sv=f"detta är avräknat på nytt, i stället för ett från {since}, som det är där {sv} har avräknats på nytt "
        f"sedan dess: ange intyget med den avräkningen (--earlier), daterat efter det från {since} och senast "
        f"{found.date}. Finns inget är summan fel.",
    )


def _missing(found: Certificate) -> Text:
    """What was not given by which to tell what was paid: before the first day of an amended file others may tell."""
    if any(day < (found.settles or "") for day in final_days(found.contract)):
        return Text(
            en="a certificate by which to tell, such as a final or nil one of the day before, was not given",
            sv="ett intyg som visar det, så som ett slutligt eller ett nollintyg för dagen före, angavs inte",
        )
    return Text(
        en="this is the first day of an amended contract, and whether there was one before cannot be told without the "
        "files before it (--amended)",
        sv="detta är den första dagen i ett ändrat avtal, och om det fanns någon tidigare kan inte sägas utan filerna "
        "före det (--amended)",
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


def sums_told(certificate: Certificate, there: Sequence[Certificate]) -> dict[str, tuple[Fraction, Fraction | None]]:
    """Each sum that is attested on a certificate, and what those of the days before it give.

    Parameters
    ----------
    certificate : Certificate
    there : sequence of Certificate
        Of any day, superseded ones too; those of a later date are passed by.

    Returns
    -------
    dict of figure to (Fraction, Fraction or None)
        None where one that is needed is not there.
    """
    return _sums(certificate, _before(certificate, there))


def _sums(certificate: Certificate, before: _Before) -> dict[str, tuple[Fraction, Fraction | None]]:
    """Each attested sum, and what the certificates give it; None where one that is needed was not given.

    From a day of which there is no certificate on, the first after it is taken at its word.
    """
    pays = certificate.settles is not None and certificate.kind != "interim"
    sums = earlier_sums(certificate.contract.model) if pays else {}
    known, found = values_of(certificate), dict[str, tuple[Fraction, Fraction | None]]()
    for id in (id for id in sums if id in known):
        start = _start(id, sums[id], before)
        paid = sum((paid_of(one, sums[id]) for one in before.run), Fraction(0))
        found[id] = known[id], None if start is None else start + paid
    return found


def _start(id: str, summed: PaidBefore, before: _Before) -> Fraction | None:
    """What was paid before the first of the run, by its own word where others were before it."""
    if before.whole:
        return Fraction(0)
    start = values_of(before.run[-1]).get(id) if before.run else None
    for new, old in before.since:
        if start is None or new is None or old is None:
            return None
        start += paid_of(new, summed) - paid_of(old, summed)
    return start


def _beyond(id: str, attested: Fraction, certificate: Certificate) -> _Beyond | None:
    """What a sum is beyond that no certificates of the days before can have paid, whichever they are."""
    days = [day for day in final_days(certificate.contract) if day < (certificate.settles or "")]
    low, high = sum_bounds(id, certificate.contract, len(days))
    if low is not None and attested < low:
        side, limit, word = "least", low, "minst"
    elif high is not None and attested > high:
        side, limit, word = "most", high, "högst"
    else:
        return None
    amount = _money(limit, certificate)
    why = Text(
        en=f"by the contract the certificates of {join_words(days, 'and')} pay at {side} {amount.en} of it together",
        sv=f"enligt avtalet betalar intygen för {join_words(days, 'och')} tillsammans {word} {amount.sv} av det",
    )
    return _Beyond(side, limit, _NOTHING if side == "least" and limit == 0 else why)


def _before(certificate: Certificate, there: Sequence[Certificate], files: Sequence[Contract] = ()) -> _Before:
    """By what stood on the day of the certificate: a correction that is made later changes nothing of what was true.

    Before an amendment there may have been other days than it announces, which the files before it tell.
    """
    settles, contract = certificate.settles or "", certificate.contract
    known = [one for one in there if one.contract.model.id == contract.model.id and one.date <= certificate.date]
    replaced = {one.supersedes.sha256 for one in known if one.supersedes is not None}
    stand = [one for one in known if one.sha256 not in replaced and one.kind != "interim"]
    of_day = {one.settles: one for one in stand if one.settles is not None and one.settles < settles}
    sums = earlier_sums(contract.model).values()
    unlike = [
        one
        for one in stand
        if one.settles in of_day and any(paid_of(one, each) != paid_of(of_day[one.settles], each) for each in sums)
    ]
    twice = tuple(sorted({one.settles for one in unlike if one.settles is not None}))
    links = (missing_link(one, known) for one in stand if one.settles in twice)
    amended = days_by_files_before(contract, (*files, *(one.contract for one in there)))
    announced = (*final_days(contract), *(amended or ()))
    days = sorted({*(day for day in announced if day < settles), *of_day}, reverse=True)
    run = [of_day[day] for day in takewhile(of_day.__contains__, days)]
    whole = len(run) == len(days) and amended is not None
    return _Before(
        run=tuple(run),
        whole=whole,
        since=() if whole or not run else set_since(run[-1], known),
        twice=twice,
        link=next((link for link in links if link is not None), None),
    )


def _money(value: Fraction, certificate: Certificate) -> Text:
    currency = certificate.contract.model.payment.currency
    return Text(en=format_money(value, currency, "en"), sv=format_money(value, currency, "sv"))


def _shown(id: str, value: Fraction, certificate: Certificate) -> str:
    return decimal_text(value, certificate.contract.model.figures[id].digits)
