"""What a contract's figures are, in words from the file and not from their labels, and what a reader should look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effekt._text import Text
from effekt.contracts import Contract
from effekt.contracts.conduct import interests
from effekt.contracts.fallback import Rung, rungs_of
from effekt.contracts.figures import (
    YES_NO,
    AttestedFigure,
    Derived,
    DerivedFigure,
    EstimateFigure,
    MeasureFigure,
    PaidBefore,
)
from effekt.contracts.model import ContractTerms
from effekt.contracts.parties import STAKE, same_organisation
from effekt.contracts.paying import moving
from effekt.contracts.schema import is_decimal
from effekt.reports.names import figure_mention, figure_name
from effekt.reports.statistic_words import statistic_words
from effekt.reports.unit_limits import limit_words
from effekt.reports.wording import (
    MEASURES,
    ROLES,
    joined,
    member_words,
    number,
    unit_words,
)

NOT_HIDDEN = Text(
    en="Small counts are not hidden in the certificate; if the data are on persons, declare disclosure, such as "
    "disclosure: {minimum: 5}.",
    sv="Små antal döljs inte i intyget; om underlaget gäller personer, ange disclosure, till exempel "
    "disclosure: {minimum: 5}.",
)
CERTAINTY = ("p_value", "confidence_at_least", "std_error", "placebo_sd")  # how sure or how spread, never how much
_VERIFIES = Text(en="verifies", sv="granskar")


def figure_terms(contract: Contract) -> dict[str, Text]:
    """Put each figure of a contract in words.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict of figure to Text
        One sentence in each language: what is taken, from which analysis, and how it is rounded.

    Examples
    --------
    >>> import effekt
    >>> terms = figure_terms(effekt.read_contract(effekt.case("sick-leave") / "contract.yaml"))
    >>> terms["reduction"].en
    'The trend-adjusted reduction (reduction): relative improvement, point estimate, in the analysis absence \
(trend_adjusted); 6 decimals, unit fraction.'
    """
    terms = contract.model
    return {id: _figure(id, terms) for id in terms.figures}


def cautions(contract: Contract) -> tuple[Text, ...]:
    """What somebody should look at before signing a contract.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    tuple of Text
        Lines whose money hangs on a measure of certainty alone; several signatures that one party can make; parties
        with a stake that sign, verify or attest which figure counts or what is paid on; small counts that no key hides.
    """
    terms = contract.model
    found = [*_on_certainty(terms), *_alone(terms), *_signers(terms), *_deciders(terms), *_attesters(terms)]
    if terms.data and terms.disclosure is None:
        found.append(NOT_HIDDEN)
    return tuple(found)


def _alone(terms: ContractTerms) -> Iterator[Text]:
    """That one party can make all the signatures that several should make."""
    signing = terms.signing
    for party in terms.parties.values():
        if signing.count == "keys" and party.role in signing.roles and party.most_keys >= signing.threshold > 1:
            yield Text(
                en=f"{party.name} holds keys enough to make all {signing.threshold} signatures alone; with "
                "signing: {count: parties} each party signs once.",
                sv=f"{party.name} har nycklar nog att ensam göra alla {signing.threshold} underskrifter; med "
                "signing: {count: parties} skriver varje part under en gång.",
            )


def _signers(terms: ContractTerms) -> Iterator[Text]:
    """That a party which verifies or may sign wins or loses by the outcome."""
    for id, party in terms.parties.items():
        signs = party.role in terms.signing.roles and bool(party.keys)
        if (signs or party.role == "verifier") and any(interests(id, terms.payment)):
            yield Text(
                en=f"{party.name} {'may sign certificates' if signs else 'verifies'} and pays or is paid by the "
                "outcome; let a party without a stake do so.",
                sv=f"{party.name} {'får underteckna intyg' if signs else 'granskar'} och betalar eller får betalt "
                "efter utfallet; låt en part utan eget intresse göra det.",
            )
        elif (signs or party.role == "verifier") and (other := _kin(id, terms)) is not None:
            does = Text(en="may sign certificates", sv="får underteckna intyg") if signs else _VERIFIES
            yield Text(
                en=f"{party.name} {does.en} and has the organisation number of {other}, who pays or is paid by the "
                "outcome; let another organisation do so.",
                sv=f"{party.name} {does.sv} och har samma organisationsnummer som {other}, som betalar eller får "
                "betalt efter utfallet; låt en annan organisation göra det.",
            )


def _kin(id: str, terms: ContractTerms) -> str | None:
    """The name of another party, of the same organisation, that pays or is paid by the outcome; None without one."""
    own = terms.parties[id]
    others = [other for other in terms.parties if other != id and same_organisation(own, terms.parties[other])]
    return next((terms.parties[other].name for other in others if any(interests(other, terms.payment))), None)


def _deciders(terms: ContractTerms) -> Iterator[Text]:
    """That a party which pays or is paid attests what decides which figure of a ladder counts."""
    staked = {id for id in terms.parties if any(interests(id, terms.payment))}
    for id, term in terms.figures.items():
        for name in dict.fromkeys(rung.when for rung in rungs_of(term) if rung.when is not None):
            trigger = terms.figures[name]
            if isinstance(trigger, AttestedFigure) and trigger.attested in staked:
                by = terms.parties[trigger.attested].name
                yield Text(
                    en=f"{by}, who pays or is paid, attests {name}, which decides which figure {id} is; let another "
                    "party attest it.",
                    sv=f"{by}, som betalar eller får betalt, intygar {name}, som avgör vilken siffra {id} är; låt en "
                    "annan part intyga det.",
                )


def _attesters(terms: ContractTerms) -> Iterator[Text]:
    """That a figure which money depends on is attested by a party that is paid on it, pays on it, or made it."""
    deciding = {rung.when for term in terms.figures.values() for rung in rungs_of(term)}
    read = [id for id in moving(terms.payment, terms.figures) if id not in deciding]
    for party, own in terms.parties.items():
        mine = [id for id in read if isinstance(term := terms.figures[id], AttestedFigure) and term.attested == party]
        why = _stake(party, terms)
        if mine and why is not None:
            names = joined(figure_mention(id, terms) for id in mine)
            yield Text(
                en=f"{own.name}, who {why.en}, attests what the payment depends on, {names.en}; let an independent "
                "party attest it, or reconcile it with an independent source.",
                sv=f"{own.name}, som {why.sv}, intygar det som betalningen beror på, {names.sv}; låt en oberoende part "
                "intyga det, eller stäm av det mot en oberoende källa.",
            )


def _stake(party: str, terms: ContractTerms) -> Text | None:
    """How a party stands to win or lose, or why its work is not its own to judge; None for one that is independent."""
    gets = any(party == line.payee for line in terms.payment.lines.values())
    pays = any(party in line.payers for line in terms.payment.lines.values())
    if gets or pays:
        both = Text(en="pays and is paid by the outcome", sv="betalar och får betalt efter utfallet")
        one = (
            Text(en="is paid by the outcome", sv="får betalt efter utfallet")
            if gets
            else Text(en="pays by the outcome", sv="betalar efter utfallet")
        )
        return both if gets and pays else one
    if any(interests(party, terms.payment)):
        return Text(en="shares in the payment", sv="har del i betalningen")
    role, other = terms.parties[party].role, _kin(party, terms)
    if role in STAKE:
        return Text(en=f"is {ROLES[role].en}", sv=f"är {ROLES[role].sv}")
    if other is None:
        return None
    return Text(en=f"has the organisation number of {other}", sv=f"har samma organisationsnummer som {other}")


# ---------------------------------------------------------------------------------------------------- figures


def _figure(id: str, terms: ContractTerms) -> Text:
    term, name = terms.figures[id], figure_name(id, terms)
    match term:
        case EstimateFigure():
            what = _estimate(term, terms)
        case MeasureFigure():
            call = terms.analysis[term.measure]
            statistic = MEASURES.get(str(call.arguments.get("statistic")), Text(en="Measure", sv="Mått"))
            limits = limit_words(call)
            en, sv = ("", "") if limits is None else (f", {limits.en},", f", {limits.sv},")
            what = Text(
                en=f"outcome, not effect: {statistic.en.lower()}{en} in the analysis {term.measure} ({call.method})",
                sv=f"utfall, inte effekt: {statistic.sv.lower()}{sv} i analysen {term.measure} ({call.method})",
            )
        case AttestedFigure():
            by = terms.parties[term.attested].name
            what = Text(en=f"attested by {by}, not computed", sv=f"intygad av {by}, inte beräknad")
            if term.paid_before is not None:
                summed = _summed(term.paid_before, terms)
                what = Text(en=f"{what.en}, and held against {summed.en}", sv=f"{what.sv}, och prövad mot {summed.sv}")
        case DerivedFigure():
            formula = _formula(term.derived, terms)
            what = Text(en=f"computed as {formula.en}", sv=f"beräknad som {formula.sv}")
    unit = unit_words(term.printed_unit)
    decimals = Text(
        en=f"{term.digits} {'decimal' if term.digits == 1 else 'decimals'}, unit {unit.en}",
        sv=f"{term.digits} {'decimal' if term.digits == 1 else 'decimaler'}, enhet {unit.sv}",
    )
    return Text(en=f"{name.en}: {what.en}; {decimals.en}.", sv=f"{name.sv}: {what.sv}; {decimals.sv}.")


def _summed(paid: PaidBefore, terms: ContractTerms) -> Text:
    """What certificates of earlier days paid."""
    if paid.passed_to is not None:
        name = terms.parties[paid.passed_to].name
        return Text(
            en=f"what the certificates of earlier days passed on to {name}",
            sv=f"vad intygen för tidigare dagar har fört vidare till {name}",
        )
    en, sv = ("line", "raden") if paid.guarantee is None else ("guarantee", "garantin")
    id = paid.line or paid.guarantee
    return Text(
        en=f"what the certificates of earlier days paid on the {en} {id}",
        sv=f"vad intygen för tidigare dagar har betalat på {sv} {id}",
    )


def _formula(derived: Derived, terms: ContractTerms) -> Text:
    """'the sum of a and b', 'a over b', '0.80 × a + 0.20 × b', figures by their labels."""
    if derived.mix is not None:
        weighted = [_weighted(figure_mention(name, terms), weight) for weight, name in derived.mix]
        return Text(en=" + ".join(one.en for one in weighted), sv=" + ".join(one.sv for one in weighted))
    if derived.fallback is not None:
        return _ladder(derived.fallback, terms)
    names = [number(one) if is_decimal(one) else figure_mention(one, terms) for one in derived.operands()]
    first, last, listed = names[0], names[-1], joined(names)
    words = {
        "sum": Text(en=f"the sum of {listed.en}", sv=f"summan av {listed.sv}"),
        "product": Text(en=f"the product of {listed.en}", sv=f"produkten av {listed.sv}"),
        "difference": Text(en=f"{first.en} minus {last.en}", sv=f"{first.sv} minus {last.sv}"),
        "ratio": Text(en=f"{first.en} over {last.en}", sv=f"{first.sv} delat med {last.sv}"),
        "greatest": Text(en=f"the greatest of {listed.en}", sv=f"det största av {listed.sv}"),
        "least": Text(en=f"the least of {listed.en}", sv=f"det minsta av {listed.sv}"),
        "index": Text(
            en=f"the index {first.en} over its base {last.en}", sv=f"indextalet {first.sv} delat med basen {last.sv}"
        ),
    }
    return next(text for name, text in words.items() if getattr(derived, name) is not None)


def _ladder(rungs: Sequence[Rung], terms: ContractTerms) -> Text:
    """'a if n is at least 10, else b', figures by their labels."""
    *first, last = rungs
    en = sv = ""
    for rung in first:
        figure, when = figure_mention(rung.figure, terms), figure_mention(rung.when or "", terms)
        least = number(rung.at_least or "")
        en += f"{figure.en} if {when.en} is at least {least.en}, else "
        sv += f"{figure.sv} om {when.sv} är minst {least.sv}, annars "
    end = figure_mention(last.figure, terms)
    return Text(en=f"{en}{end.en}", sv=f"{sv}{end.sv}")


def _estimate(term: EstimateFigure, terms: ContractTerms) -> Text:
    statistic = statistic_words(term)
    method = terms.analysis[term.estimate].method
    details = list(_details(term, method))
    en, sv = ("".join(f", {detail.in_language(lang)}" for detail in details) for lang in ("en", "sv"))
    return Text(
        en=f"{statistic.en}{en}, in the analysis {term.estimate} ({method})",
        sv=f"{statistic.sv}{sv}, i analysen {term.estimate} ({method})",
    )


def _details(term: EstimateFigure, method: str) -> Iterator[Text]:
    """Of which member it is, and what stands for it where it does not exist."""
    if term.member is not None:
        member = member_words(term.member, method)
        yield Text(en=f"of {member.en}", sv=f"för {member.sv}")
    if term.combine is not None:
        parts = joined(_weighted(member_words(label, method), weight) for label, weight in term.combine.items())
        yield Text(en=f"of {parts.en}", sv=f"för {parts.sv}")
    if term.on_unavailable == "zero":
        yield Text(en="0 where it does not exist", sv="0 där det inte finns")


def _weighted(label: Text, weight: str) -> Text:
    shown = number(weight)
    return Text(en=f"{shown.en} × {label.en}", sv=f"{shown.sv} × {label.sv}")


# --------------------------------------------------------------------------------------------------- cautions


def _on_certainty(terms: ContractTerms) -> Iterator[Text]:
    """Lines whose amount no size of an effect or outcome decides."""
    for id, line in terms.payment.lines.items():
        figures = [name for name in _leaves(set(line.operands()), terms) if terms.figures[name].unit != YES_NO]
        sure = [name for name in figures if getattr(terms.figures[name], "statistic", None) in CERTAINTY]
        if sure and len(sure) == len(figures):
            names = joined(figure_name(name, terms) for name in sure)
            yield Text(
                en=f"The money of line {id} hangs on how certain something is, not on the size of it: {names.en}."
                " A p-value or a confidence says nothing on how large an effect is.",
                sv=f"Pengarna på rad {id} hänger på hur säkert något är och inte på hur stor effekten är: {names.sv}. "
                "Ett p-värde eller en konfidens säger inget om hur stor en effekt är.",
            )


def _leaves(figures: set[str], terms: ContractTerms) -> list[str]:
    """The figures themselves, derived ones replaced by what they are computed from."""
    found: set[str] = set()
    while figures:
        id = figures.pop()
        term = terms.figures[id]
        if isinstance(term, DerivedFigure):
            figures |= set(term.operands())
        else:
            found.add(id)
    return [id for id in terms.figures if id in found]
