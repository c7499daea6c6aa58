"""Several earlier certificates beside one that is verified: which of them it follows, and what it is to the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from effekt._text import Text
from effekt._validation import join_words, members_of
from effekt.certificates.certificate import Certificate
from effekt.certificates.predicate import Supersedes
from effekt.exceptions import ArgumentError
from effekt.workflow.earlier.can_be_paid import settled_on
from effekt.workflow.earlier.declared_before import told_by
from effekt.workflow.earlier.later_day import passed_by
from effekt.workflow.earlier.line_names import named_as_in
from effekt.workflow.earlier.links import may_count, missing_link
from effekt.workflow.earlier.one_place import in_same_place, of_one_day
from effekt.workflow.earlier.paid_apart import (
    by_settlement,
    chain,
    corrected_beside,
    in_one_settlement,
    paid_apart,
    wrongly_deducted,
)
from effekt.workflow.earlier.paid_before import SUPERSEDED, paid_again, paid_beside, same_settlement
from effekt.workflow.earlier.unseen import deducted_alike, none_says, unseen, waiting_between
from effekt.workflow.findings import Finding, cannot_tell, same_or_different

_OR_BETWEEN = Text(
    en="one that took its place, or was settled between them",
    sv="ett som har tagit dess plats, eller som avräknats mellan dem",
)


def as_several(earlier: Certificate | Sequence[Certificate] | None) -> tuple[Certificate, ...]:
    """The earlier certificates as they were signed, each once, from the first settlement to the last.

    Parameters
    ----------
    earlier : Certificate, sequence of Certificate or None

    Returns
    -------
    tuple of Certificate
        Copies with other signatures too. How a file is written speaks for and against nothing that it holds.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    given = [] if earlier is None else [earlier] if isinstance(earlier, Certificate) else members_of(earlier)
    odd = earlier if given is None else next((one for one in given if not isinstance(one, Certificate)), None)
    if given is None or odd is not None:
        raise ArgumentError(
            f"`earlier` must be certificates as `effekt.read_certificate(path)` returns them; got {type(odd).__name__}."
        )
    files = {one.to_bytes(): one.as_signed for one in given}
    return tuple(
        files[raw] for raw in sorted(files, key=lambda raw: (*by_settlement(files[raw]), files[raw].sha256, raw))
    )


def never_signed(given: Sequence[Certificate], unsigned: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Those that are not signed, each once, and of which no copy is: a draft beside it takes no signature away.

    Parameters
    ----------
    given : sequence of Certificate
        As `as_several` gives them.
    unsigned : sequence of Certificate
        Those of them that are not signed as the contract asks.

    Returns
    -------
    tuple of Certificate
    """
    bare = {one.to_bytes() for one in unsigned}
    signed = {one.sha256 for one in given if one.to_bytes() not in bare}
    return tuple({one.sha256: one for one in unsigned if one.sha256 not in signed}.values())


def others_than(found: Certificate, given: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The earlier certificates without the one that is verified, as when a whole folder is given: it pays once.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        As `as_several` gives them.

    Returns
    -------
    tuple of Certificate
        Whatever signatures its copy has: what is signed is the same.
    """
    return tuple(one for one in given if one.sha256 != found.sha256)


def binding(
    found: Certificate, given: Sequence[Certificate], unsigned: Sequence[Certificate]
) -> tuple[Certificate, ...]:
    """The earlier certificates that another is held against: what nobody signed proves nothing, for or against it.

    Parameters
    ----------
    found : Certificate
    given : sequence of Certificate
        As `as_several` gives them.
    unsigned : sequence of Certificate
        Those of them of which no copy is signed as the contract asks.

    Returns
    -------
    tuple of Certificate
        Each once, without the unsigned ones, but for the one whose place it says it takes: that is known by its digest.
    """
    named = None if found.supersedes is None else found.supersedes.sha256
    aside = {one.sha256 for one in unsigned} - {named}
    return tuple({one.sha256: one for one in given if one.sha256 not in aside}.values())


def followed(found: Certificate, earlier: Sequence[Certificate]) -> Certificate | None:
    """The one of several earlier certificates that a certificate follows.

    Parameters
    ----------
    found : Certificate
    earlier : sequence of Certificate
        As `as_several` gives them.

    Returns
    -------
    Certificate or None
        The one whose place it says it takes; else the last of those that stand and say what was paid, which it is to
        count as paid; else the last that stands.
    """
    if found.supersedes is not None:
        named = [one for one in earlier if one.sha256 == found.supersedes.sha256]
        if named:
            return named[0]
    standing = [one for one in earlier if one.sha256 not in _replaced(earlier)]
    paid = [one for one in standing if one.kind == "final"] or standing
    return paid[-1] if paid else None


def several_findings(
    found: Certificate,
    earlier: Sequence[Certificate],
    follows: Certificate | None,
    later: Sequence[Certificate] = (),
) -> Iterator[Finding]:
    """What a certificate is to each of the earlier ones that it does not follow.

    Parameters
    ----------
    found : Certificate
    earlier : sequence of Certificate
        As `as_several` gives them.
    follows : Certificate or None
        The one that `followed` gives, which has findings of its own.
    later : sequence of Certificate
        As `later_than` gives them, which may name one that was not given.

    Yields
    ------
    Finding
        One for each, by its day: `earlier_link` where one that was not given may explain what is wrong.
    """
    replaced = _replaced((*earlier, found))
    before = chain(found, earlier)
    counts = [one for one in earlier if one.sha256 not in replaced or one.sha256 in before]
    for one in earlier:
        if follows is None or one.sha256 == follows.sha256:
            continue
        stands = one.sha256 not in replaced
        link = missing_link(one, (*earlier, *later, found)) if stands else None
        twice = _paid_twice(one, counts) if stands else ()
        alone = stands and link is None
        of = _of_one_contract(found, one, (*earlier, found))
        own = _unseen(one, _uncounted(found, one, earlier), of, named=True) if alone else None
        own = own or (_between_them(found, one, earlier) if alone else None)
        passed = passed_by(found, one, earlier) if stands else None
        wrong = list(_wrong(found, one, earlier, stands=alone and own is None and not twice and passed is None))
        wrong += _apart(found, one, earlier) if not wrong and link is None and passed is None else ()
        rival = in_same_place(found, one, earlier) if stands and not same_settlement(found, one) else None
        rival = rival or passed
        wrong += [rival] if rival is not None and one.date < found.date else ()
        en, sv = ("; ".join(text.in_language(lang) for text in wrong) for lang in ("en", "sv"))
        if link is not None and not wrong:
            yield cannot_tell(
                f"earlier_link:{one.date}",
                f"The certificate of {one.date}, digest {one.sha256[:16]}…, may be one whose place was taken: that of "
                f"{link.date}, digest {link.sha256[:16]}…, which would show it, was not given.",
                f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, kan vara ett som har ersatts: det från "
                f"{link.date}, kontrollsumma {link.sha256[:16]}…, som skulle visa det, angavs inte.",
            )
            continue
        if rival is not None and not wrong:
            yield cannot_tell(
                f"earlier:{one.date}",
                f"The certificate of {one.date}, digest {one.sha256[:16]}…, {rival.en}: ask which of them was paid.",
                f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, {rival.sv}: fråga vilket som betalades.",
            )
            continue
        if twice and not wrong:
            yield cannot_tell(
                f"earlier:{one.date}",
                f"The certificate of {one.date}, digest {one.sha256[:16]}…, and another one given, of the same day, "
                f"both pay {join_words(twice, 'and')}, and neither takes the other's place: ask which of them was "
                "paid.",
                f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, och ett annat som angavs, för samma dag, "
                f"betalar båda {join_words(twice, 'och')}, och inget tar det andras plats: fråga vilket som betalades.",
            )
            continue
        pairs = (*_corrected(one, of), *_waiting(found, one, earlier)) if alone else ()
        unseen = own or _unseen(one, pairs, of, named=False)
        if unseen is not None and not wrong:
            yield cannot_tell(f"earlier_link:{one.date}", unseen.en, unseen.sv)
            continue
        state = _state(stands=one.sha256 not in replaced)
        yield same_or_different(
            f"earlier:{one.date}",
            not wrong,
            f"The certificate of {one.date}, digest {one.sha256[:16]}…, {en or state.en}.",
            f"Intyget från {one.date}, kontrollsumma {one.sha256[:16]}…, {sv or state.sv}.",
        )


def _unseen(
    one: Certificate,
    pairs: Iterable[tuple[Certificate, tuple[str, ...]]],
    of: Sequence[Certificate],
    *,
    named: bool,
) -> Text | None:
    """What one that was not given may explain of the lines of which neither of two counts the other; only if named."""
    for other, lines in pairs:
        first, later = sorted((one, other), key=by_settlement)
        shows = may_count(first, later, of)
        if isinstance(shows, Supersedes):
            return _without(first, later, lines, shows)
        if shows is not None and not named:
            return _not_followed(first, shows, lines, _OR_BETWEEN)
    return None


def _of_one_contract(found: Certificate, one: Certificate, every: Sequence[Certificate]) -> list[Certificate]:
    own = {found.contract.model.id}
    return [other for other in every if {other.contract.model.id, one.contract.model.id} == own]


def _uncounted(
    found: Certificate, one: Certificate, earlier: Sequence[Certificate]
) -> Iterator[tuple[Certificate, tuple[str, ...]]]:
    """The verified one, with the lines of which the later of the two deducts something else than the other says."""
    if one.contract.model.id != found.contract.model.id:
        return
    first, counts = _pair(found, one, earlier)
    told = _unlike(found, one, earlier)
    lines = tuple(id for id in told if id in wrongly_deducted(counts, first, written=True))
    if lines and len(lines) == len(told):
        yield found, lines


def _corrected(one: Certificate, of: Sequence[Certificate]) -> Iterator[tuple[Certificate, tuple[str, ...]]]:
    """Those that were paid and then corrected, beside which another pays, with the lines of which neither counts it."""
    for other in corrected_beside(one, of):
        lines = paid_apart(one, other, of)
        if lines:
            yield other, lines


def _waiting(
    found: Certificate, one: Certificate, earlier: Sequence[Certificate]
) -> Iterator[tuple[Certificate, tuple[str, ...]]]:
    """Those between that deduct as the verified one does of lines that they leave without an amount."""
    first, later = _pair(found, one, earlier)
    of = _of_one_contract(found, one, (*earlier, found))
    for other in _between(first, later, earlier) if first is one and one in of else ():
        alike = deducted_alike(later, other, first)
        lines = tuple(id for id in paid_apart(first, other, of) if id in alike)
        if lines and may_count(first, other, of) is not None:
            yield other, lines


def _between_them(found: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> Text | None:
    """What one that was not given, as of a day between, may explain of what the later of two deducts."""
    for _, lines in _uncounted(found, one, earlier):
        first, later = _pair(found, one, earlier)
        wrong = {id: told for id, told in wrongly_deducted(later, first, written=True).items() if id in lines}
        between = unseen(later, first, earlier, wrong)
        if between is not None:
            return _by_which(first, later, lines, between)
        taken = chain(later, earlier)
        stand = [other for other in _between(first, later, earlier) if other.sha256 not in taken]
        days = waiting_between(later, first, sorted(stand, key=by_settlement), wrong)
        if days:
            return _not_followed(first, later, lines, _in_the_place(days, lines))
        if none_says(later, [*_between(first, later, earlier)], wrong):
            return _not_followed(first, later, lines, _OR_BETWEEN)
    return None


def _by_which(first: Certificate, later: Certificate, lines: Sequence[str], between: Text) -> Text:
    return Text(
        en=f"What the certificate of {later.date}, digest {later.sha256[:16]}…, deducts of {join_words(lines, 'and')} "
        f"is not what that of {first.date}, digest {first.sha256[:16]}…, says was paid; {between.en}, by which it may "
        "be so, was not given.",
        sv=f"Det som intyget från {later.date}, kontrollsumma {later.sha256[:16]}…, drar av från "
        f"{join_words(lines, 'och')} är inte vad det från {first.date}, kontrollsumma {first.sha256[:16]}…, anger som "
        f"betalt; {between.sv}, enligt vilket det kan vara så, angavs inte.",
    )


def _without(first: Certificate, later: Certificate, lines: Sequence[str], link: Supersedes) -> Text:
    """That one that was not given, and is named, may explain what a later certificate deducts."""
    return Text(
        en=f"What the certificate of {later.date}, digest {later.sha256[:16]}…, deducts of {join_words(lines, 'and')} "
        f"is not what that of {first.date}, digest {first.sha256[:16]}…, says was paid: that of {link.date}, digest "
        f"{link.sha256[:16]}…, which would show why, was not given.",
        sv=f"Det som intyget från {later.date}, kontrollsumma {later.sha256[:16]}…, drar av från "
        f"{join_words(lines, 'och')} är inte vad det från {first.date}, kontrollsumma {first.sha256[:16]}…, anger som "
        f"betalt: det från {link.date}, kontrollsumma {link.sha256[:16]}…, som skulle visa varför, angavs inte.",
    )


def _not_followed(first: Certificate, later: Certificate, lines: Sequence[str], by: Text) -> Text:
    """That one that was not given, and that nobody names, may explain what a later settlement deducts."""
    return Text(
        en=f"What the certificate of {later.date}, digest {later.sha256[:16]}…, deducts of {join_words(lines, 'and')} "
        f"is not what that of {first.date}, digest {first.sha256[:16]}…, says was paid: {by.en}, would show why, and "
        "none was given; ask for it, and verify the later of the two with it.",
        sv=f"Det som intyget från {later.date}, kontrollsumma {later.sha256[:16]}…, drar av från "
        f"{join_words(lines, 'och')} är inte vad det från {first.date}, kontrollsumma {first.sha256[:16]}…, anger som "
        f"betalt: {by.sv}, skulle visa varför, och inget angavs; begär det, och verifiera det senare av de två med "
        "det.",
    )


def _in_the_place(days: Sequence[str], lines: Sequence[str]) -> Text:
    return Text(
        en=f"one that took the place of that of {join_words(days, 'or')}, which has no amount of "
        f"{join_words(lines, 'and')}",
        sv=f"ett som har tagit platsen för det från {join_words(days, 'eller')}, som saknar belopp för "
        f"{join_words(lines, 'och')}",
    )


def _apart(found: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> Iterator[Text]:
    """Which others an earlier certificate pays beside, though they were corrected, or are of one announced day."""
    every = (*earlier, found)
    of = _of_one_contract(found, one, every)
    stands = one.sha256 not in _replaced(every)
    for other, lines in _corrected(one, of) if stands else ():
        first, later = sorted((one, other), key=by_settlement)
        if may_count(first, later, of) is None:
            yield Text(
                en=f"does not count what the certificate of {other.date}, which was corrected, paid of "
                f"{join_words(lines, 'and')}, nor that what this one paid",
                sv=f"räknar inte in vad intyget från {other.date}, som har rättats, betalade av "
                f"{join_words(lines, 'och')}, och inte heller det vad detta betalade",
            )
    for other in of:
        standing = stands and other.sha256 not in _replaced(every) and other.sha256 != one.sha256
        standing = standing and missing_link(other, every) is None
        first, later = sorted((one, other), key=by_settlement)
        lines = in_one_settlement(one, other) if standing and not paid_again(later, first) else ()
        if lines:
            yield Text(
                en=f"is of the same announced day as that of {other.date}, and both pay of "
                f"{join_words(lines, 'and')}: limits hold in the settlement of each such day, so one is to take the "
                "other's place",
                sv=f"gäller samma angivna dag som det från {other.date}, och båda betalar av "
                f"{join_words(lines, 'och')}: gränser gäller vid avräkningen för varje sådan dag, så det ena ska "
                "ersätta det andra",
            )


def _paid_twice(one: Certificate, others: Sequence[Certificate]) -> tuple[str, ...]:
    """The lines that another of the same day pays again, whichever of the two is the later."""
    same = [other for other in others if settled_on(other) == settled_on(one)]
    unlike = [other for other in same if not same_settlement(other, one)]
    return tuple(sorted({id for other in unlike for id in (*paid_again(other, one), *paid_again(one, other))}))


def _passes_by(correction: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> bool:
    """Whether a later certificate corrects what was before another, and so says nothing of what that paid."""
    taken, link = chain(correction, earlier), correction.supersedes
    before = [by_settlement(other) for other in earlier if other.sha256 in taken]
    before += [] if link is None else [(correction.settles or link.date, link.date)]
    return any(each < by_settlement(one) for each in before)


def _replaced(certificates: Sequence[Certificate]) -> frozenset[str]:
    return frozenset(one.supersedes.sha256 for one in certificates if one.supersedes is not None)


def _state(*, stands: bool) -> Text:
    if not stands:
        return Text(
            en="was superseded by another one given, and nothing that it declares is left out in silence",
            sv="har ersatts av ett annat som angavs, och inget som det uppger är utelämnat i tysthet",
        )
    return Text(
        en="stands beside this one: no line is paid twice for the same, and nothing that it declares is left out in "
        "silence",
        sv="gäller vid sidan av detta: ingen rad betalas två gånger för detsamma, och inget som det uppger är "
        "utelämnat i tysthet",
    )


def _between(one: Certificate, last: Certificate, earlier: Sequence[Certificate]) -> Iterator[Certificate]:
    """Those after one by which the last may count it: that stand, or whose place the last takes."""
    replaced, taken = _replaced((*earlier, last)), chain(last, earlier)
    for other in earlier:
        follows = (*by_settlement(one), one.sha256) < (*by_settlement(other), other.sha256)
        counts = other.sha256 not in replaced or other.sha256 in taken
        within = by_settlement(other) <= by_settlement(last) and other.sha256 != last.sha256
        if follows and counts and within and other.kind == "final" and not _passes_by(other, one, earlier):
            yield other


def _unlike(found: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> tuple[str, ...]:
    """The lines that both pay, or that the later deducts wrongly and no other between them does as it does."""
    first, counts = _pair(found, one, earlier)
    alike = {id for _, lines in _waiting(found, one, earlier) for id in lines}
    told = paid_beside(counts, first, [*_between(first, counts, earlier)])
    return tuple(id for id in told if id not in alike)


def _pair(found: Certificate, one: Certificate, earlier: Sequence[Certificate]) -> tuple[Certificate, Certificate]:
    """The earlier of two settlements, and the certificate of the later one that is to have counted it.

    Where an earlier announced day is settled again later that is the first one of the later day: those that correct it
    count what it paid itself, so that theirs can be the same sum by chance.
    """
    first, last = sorted((one, found), key=by_settlement)
    if first.settles is None or last.settles is None or first.settles == last.settles:
        return first, last
    taken = [other for other in earlier if other.sha256 in chain(last, earlier) and other.kind == "final"]
    before = [other for other in taken if other.settles == last.settles and other.date < first.date]
    return first, min(before, key=by_settlement, default=last)


def _wrong(found: Certificate, one: Certificate, earlier: Sequence[Certificate], *, stands: bool) -> Iterator[Text]:
    """What speaks against both of them."""
    if one.contract.model.id != found.contract.model.id:
        yield Text(en="is of another contract", sv="gäller ett annat avtal")
        return
    first, counts = _pair(found, one, earlier)
    told = _unlike(found, one, earlier) if stands else ()
    wrong = [id for id in told if id in wrongly_deducted(counts, first, written=True)]
    again = [id for id in told if id not in wrong]
    if wrong and first is found:
        yield Text(
            en=f"is of a later announced day, and does not deduct of {join_words(wrong, 'and')} what this one says was "
            "paid by then",
            sv=f"gäller en senare angiven dag, och drar inte av från {join_words(wrong, 'och')} det som detta anger "
            "som betalt dittills",
        )
    elif wrong:
        between = [*_between(first, counts, earlier)]
        said = {id for each in between for id in named_as_in(counts, each.paid_before, each)}
        hint = SUPERSEDED if between and not said.intersection(wrong) else Text(en="", sv="")
        yield Text(
            en=f"does not say that so much was paid before of {join_words(wrong, 'and')} as this one deducts{hint.en}",
            sv=f"anger inte att så mycket som detta drar av från {join_words(wrong, 'och')} var betalt tidigare"
            f"{hint.sv}",
        )
    if again:
        yield Text(
            en=f"pays {join_words(again, 'and')}, as this one does: both are not to be paid",
            sv=f"betalar {join_words(again, 'och')}, liksom detta: båda ska inte betalas",
        )
    if stands and not told and of_one_day(found, one) and not same_settlement(found, one):
        yield Text(
            en="is of the same announced day as this one, and one certificate settles a day: one is to take the "
            "other's place",
            sv="gäller samma angivna dag som detta, och ett intyg avräknar en dag: det ena ska ersätta det andra",
        )
    hidden = len(told_by(one, found.contract, earlier) - found.speaks_against)
    if hidden:
        yield Text(
            en=f"declares deviations, failed checks and events that this one neither has nor says it leaves out: "
            f"{hidden}",
            sv=f"uppger avvikelser, ej uppfyllda kontroller och händelser som detta varken har eller säger sig "
            f"utelämna: {hidden}",
        )
