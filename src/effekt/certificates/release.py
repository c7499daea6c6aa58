"""A public statement of a certificate: figures and amounts from which no small count can be worked out.

Whoever reads it knows the contract, so every amount that depends on a hidden count is a function of it that the
reader can turn around: divide by a unit price, subtract lines from a total, compare two releases. Therefore each
number is shown as the range that it has over *all* values which the hidden counts may have, by what is public
already. What is the same whatever they are is shown exactly. The statement is then the same for every one of these
values, so that nothing in it can tell them apart: noninterference, the guarantee that Goguen & Meseguer (1982)
define.

References
----------
Goguen, J. A. & Meseguer, J. (1982). Security policies and security models. *IEEE Symposium on Security and Privacy*,
11–20. doi:10.1109/SP.1982.10014

Hundepool, A. et al. (2012). *Statistical Disclosure Control*. Wiley. doi:10.1002/9781118348239 (chapter 4: the
threshold and (n, k) rules, secondary suppression).
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias, cast

from effekt._serialize import decode, encode, json_schema
from effekt.certificates.annual import ALONE, annual_only, hidden_years, years_due
from effekt.certificates.certificate import Certificate, minimum_of
from effekt.certificates.counts import counted, is_count, is_given_count, whole
from effekt.certificates.disclosure import dominated
from effekt.certificates.envelope import Envelope
from effekt.certificates.given_back import (
    moved_lines,
    moves,
    telling_amounts,
    telling_shares,
    telling_sums,
    undeclared_sums,
)
from effekt.certificates.hideable import behind, may_be_dominated, named_hidden, of_units
from effekt.certificates.possible import MOST_LISTED, as_named_today, possible_values, round_to_of, unknown_figures
from effekt.certificates.predicate import Kind as CertificateKind
from effekt.certificates.ranges import Ranges, Shown, numbers_of, sums_of
from effekt.certificates.statement import PUBLIC_TYPE, Statement, Subject, read_statement
from effekt.contracts import Contract, Figure
from effekt.contracts.declarations import ConclusionKind
from effekt.contracts.figures import DerivedFigure
from effekt.contracts.happened import is_of
from effekt.contracts.paying import reading
from effekt.contracts.payment import Payment
from effekt.contracts.settled import StandingState, State
from effekt.exceptions import ArgumentError, CertificateError

SCHEMA = "effekt/public/1"
SALT_BYTES = 32
NOTHING = Shown(kind="exact", low="0", high="0")
EventKind: TypeAlias = Literal[
    "ended", "contaminated", "disputed", "disputed_beside", "decided", "revised", "not_delivered", "delivered_late"
]
_OPTIONAL = (
    "earlier",
    "line_states",
    "standings",
    "withheld",
    "left_to_pay",
    "happened",
    "conclusions",
    "speaks_against",
    "not_met",
    "lacking_signatures",
    "supersedes",
    "left_out",
    "settles",
    "announced",
    "longstop",
    "round_to",
    "rounded",
    "amounts",
    "by_year",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event that a party declares, without its words.

    Attributes
    ----------
    kind : {"ended", "contaminated", "disputed", "disputed_beside", "decided", "revised", "not_delivered", ...}
        "decided" is a dispute that is over, "disputed_beside" one of another certificate, which withholds nothing here,
        and "delivered_late" a table that came after all.
    by : str
        The party.
    date : str
        YYYY-MM-DD.
    of : tuple of str
        Names in the contract: the clause, with the analyses of a comparison; the disputed figures; the data.
    """

    kind: EventKind
    by: str
    date: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatement:
    """What is shown of a certificate: the form of ``effekt/public/1``.

    Attributes
    ----------
    contract : str
        Its id.
    contract_sha256 : str
    date : str
        Day of the certificate.
    kind : str
        "final", "interim" or "nil".
    currency : str
    minimum : int
        Counts below it are hidden.
    state : str or None
        Of the payment; None where it depends on what is hidden.
    figures, lines, shares, receipts, guarantees : mapping of str to Shown
        By name; a share under "line/payer".
    total, undisputed : Shown
    commitment : str
        HMAC-SHA-256 of the certificate's signed bytes under a salt; with the salt, the certificate proves to be the one
        that was meant.
    earlier : tuple of str
        Digests of the earlier statements that it was held against, in order, each once; left out where there are none.
        Whoever has another earlier one can tell that it was not.
    line_states : mapping of line to str or None
        Of each line, as `state`.
    standings : mapping of str to tuple of str
        By "figures/…" and "lines/…": how each stands after the declared events, such as "disputed", each way once;
        empty where that depends on what is hidden, with a value or without, and left out where no event is declared.
    withheld : mapping of line to Shown
        What disputes keep back: below 0 of what is to be paid back, and where a floor has more paid meanwhile. Left out
        of a line of which nothing is, whatever is hidden.
    left_to_pay : mapping of line to Shown
        Of each line that is settled anew, its amount less what was paid of it; below 0 it is to be paid back. Left out
        where counts that may be hidden move one of them, and where amounts are shown by year.
    happened : tuple of Happened
        The declared events, each once as far as it is told here.
    conclusions : mapping of party to str
        What each that verifies concludes: "unmodified", "qualified", "adverse" or "disclaimer".
    speaks_against : int
        Deviations from the plan, checks not met and events that are declared.
    not_met : int
        Checks that the certificate itself finds not met.
    lacking_signatures : int
        How many signatures fewer than its contract requires the certificate had when this was published.
    supersedes : str or None
        The day of the certificate whose place it takes.
    left_out : int
        How many of those that were declared before it leaves out.
    settles : str or None
        The announced day that it is of, where lines are paid on each.
    announced : tuple of str
        Days on which the contract announces certificates: each may pay.
    longstop : str or None
        The last day to settle, where the certificate is dated after it.
    round_to : int
        The base that counts are rounded to; 0 without one.
    rounded : mapping of figure to str
        The nearest multiple of it, of each count that is shown as the range of all that are rounded so.
    amounts : str or None
        "annual_total_only" where the contract has no amount shown but by year and in total.
    by_year : mapping of year to Shown
        The amounts of the lines that fall due in it; left out where amounts are shown by line.
    """

    contract: str
    contract_sha256: str
    date: str
    kind: CertificateKind
    currency: str
    minimum: int
    state: State | None
    figures: Mapping[str, Shown]
    lines: Mapping[str, Shown]
    shares: Mapping[str, Shown]
    total: Shown
    undisputed: Shown
    receipts: Mapping[str, Shown]
    guarantees: Mapping[str, Shown]
    commitment: str
    earlier: tuple[str, ...] = ()
    line_states: Mapping[str, State | None] = field(default_factory=dict)
    standings: Mapping[str, tuple[StandingState, ...]] = field(default_factory=dict)
    withheld: Mapping[str, Shown] = field(default_factory=dict)
    left_to_pay: Mapping[str, Shown] = field(default_factory=dict)
    happened: tuple[Happened, ...] = ()
    conclusions: Mapping[str, ConclusionKind] = field(default_factory=dict)
    speaks_against: int = 0
    not_met: int = 0
    lacking_signatures: int = 0
    supersedes: str | None = None
    left_out: int = 0
    settles: str | None = None
    announced: tuple[str, ...] = ()
    longstop: str | None = None
    round_to: int = 0
    rounded: Mapping[str, str] = field(default_factory=dict)
    amounts: Literal["annual_total_only"] | None = None
    by_year: Mapping[str, Shown] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Digest of what is signed, by which a later statement names it."""
        return hashlib.sha256(self.to_envelope().payload).hexdigest()

    def to_envelope(self) -> Envelope:
        """The statement in an unsigned envelope; `effekt.certificates.sign` signs it."""
        statement = Statement(
            subjects=(Subject(name="contract", sha256=self.contract_sha256),),
            predicate_type=PUBLIC_TYPE,
            predicate={
                "schema": SCHEMA,
                **{key: one for key, one in encode(self).items() if key not in _OPTIONAL or one},
            },
        )
        return Envelope(payload=statement.to_bytes())


def read_public(envelope: Envelope) -> PublicStatement:
    """Read a public statement from an envelope whose signatures have been checked.

    Parameters
    ----------
    envelope : Envelope

    Returns
    -------
    PublicStatement

    Raises
    ------
    CertificateError
        When it holds something else.
    """
    statement = read_statement(envelope.payload)
    if statement.predicate_type != PUBLIC_TYPE:
        raise CertificateError("The envelope holds no public statement; name the file of one.")
    plain = {key: value for key, value in statement.predicate.items() if key != "schema"}
    try:
        found: PublicStatement = decode(PublicStatement, plain)
    except ArgumentError as error:
        raise CertificateError(f"The public statement cannot be read: {error}") from None
    return found


def public_json_schema() -> dict[str, Any]:
    """The published form of a public statement: JSON Schema, draft 2020-12.

    Returns
    -------
    dict
    """
    return json_schema(PublicStatement, SCHEMA)


def public_statement(
    certificate: Certificate,
    *,
    salt: bytes,
    earlier: Sequence[PublicStatement] = (),
    contributions: Mapping[str, Sequence[str | int | float | Fraction]] | None = None,
    not_met: int = 0,
    lacking_signatures: int = 0,
) -> PublicStatement:
    """What may be shown of a certificate to anyone.

    Parameters
    ----------
    certificate : Certificate
        Whose contract says what is hidden, under ``disclosure``.
    salt : bytes
        At least 32 secret bytes, made at random once for each statement and given to whoever verifies it.
    earlier : sequence of PublicStatement
        All earlier ones of the same contract: a count that differs from one of them by less than the minimum is hidden,
        as is one that does not differ at all. A count that one on the terms before an amendment does not name is held
        against every figure of it that has no name here, since it may be one of them.
    contributions : mapping of figure to numbers, optional
        What each contributor makes up of a sum of money, for the contract's rule on dominance. Without them a sum of
        money is hidden where the contract has the rule.
    not_met : int
        How many checks the certificate itself finds not met, which `effekt.workflow.publish` counts.
    lacking_signatures : int
        How many signatures it lacks of those that its contract requires, which `effekt.workflow.publish` counts too.

    Returns
    -------
    PublicStatement
        Each number exact, as the range of its possible values, or hidden. The true value is in the range.

    Raises
    ------
    ArgumentError
        For a short salt, a statement of another contract, an unknown figure, or counts that do not add up as the
        contract says.

    Notes
    -----
    A count is a figure that is measured or attested, and is no money, date, answer, price or index (``measures`` says
    ``parameter``, and it has decimals or a unit that is a share or so much for each: a denominator is one); with
    decimals too, where its value is whole and its unit is no share or mean. Where one is below the
    minimum its possible values are all those below. Where a count that is derived may be below it, for any
    value that hidden counts may have, each count that it is derived from is shown within a band, see
    `effekt.certificates.bands`. An attested or measured figure with decimals that is a
    hidden count over another one, for any of its possible values, is hidden; and so is one that times a shown count
    gives a small count, or all of it but a small count.
    With ``disclosure.round_to`` every other count is shown to the nearest multiple of that base, for itself, and its
    possible values are all that are rounded so. What is computed of counts, a derived or declared sum too, is the range
    of that over their possible values and is not rounded: sums rounded for themselves give parts back, as four parts
    rounded to 5 whose sum is rounded to 30 can be nothing but 7 each. A treated or counterfactual mean is then judged
    as an attested share is.
    What was paid before of a line that counts move, an attested `paid` of a `true_up` or a figure with `paid_before`,
    is hidden with what depends on it, unless it is what the earlier statements show exactly: over the price it gives
    the counts of earlier days back. What is left to pay of lines that are settled anew is left out where counts move
    one of them. So is any other attested amount that may be such a sum, see `telling_sums`, and on any day an attested
    or measured amount that is what is paid on a hidden count, for any of its possible values.
    A figure that the contract hides may have any value or none, and nothing that is shown hangs on it: neither whether
    a count is within a band, nor how many combinations are settled. Where it is a count, so are all attested and
    measured shares and means with decimals hidden, and where a line is paid on it all such amounts: any may be one of
    it.
    With ``disclosure.amounts`` no amount is shown but of the lines that fall due in each year, and of all, by the same
    ranges. A year of one line is hidden, with a second one where it would be the only one, and the total of one line.
    Estimates are shown as they are: a mean over few persons says a good deal by itself, and such a figure belongs under
    ``disclosure.hidden``.
    """
    if len(salt) < SALT_BYTES:
        raise ArgumentError(f"`salt` must be at least {SALT_BYTES} bytes made at random; got {len(salt)}.")
    contract, figures = certificate.contract, {figure.id: figure for figure in certificate.figures}
    for one in earlier:
        if one.contract != contract.model.id:
            raise ArgumentError(f"`earlier` must be of the contract {contract.model.id}; got one of {one.contract}.")
    _check_contributions(contract, contributions or {})
    _check_sums(contract, figures)
    unsure = possible_values(contract, figures, figures_before(contract, earlier))
    possible, unknown = unsure.values, unknown_figures(contract, figures)
    never = _never(contract, contributions or {}) | {
        id for id in contract.model.figures if of_units(id, contract) in possible
    }
    counts = [id for id, one in figures.items() if id not in unknown and counted(id, one, contract) is not None]
    if minimum_of(contract):
        paid = [{"lines": one.lines, "receipts": one.receipts, "guarantees": one.guarantees} for one in earlier]
        never |= telling_sums(contract, figures, certificate.date, paid)
    ranges = Ranges.over(contract, figures, possible, certificate.events, date=certificate.date)
    values = _values_of(counts, contract, figures, possible, ranges)
    never |= _told_in_disputes(certificate, values)
    unlisted = {id for id, own in possible.items() if len(own) > MOST_LISTED} | unknown
    values |= {id: None for id in unknown if is_given_count(id, contract)}
    never |= telling_shares(contract, figures, values, possible, minimum=minimum_of(contract))
    counted_alone = {f"figures/{id}": values for id, values in possible.items()}
    never |= telling_amounts(contract, figures, counted_alone if ranges is None else ranges.found, unlisted)
    if ranges is not None:
        stated = _stated(certificate, ranges, never, salt)
    else:
        alone = Ranges.of_group(contract, figures, {}, (), certificate.events, date=certificate.date)
        stated = _stated(certificate, alone, never | set(possible), salt)
        stated = replace(stated, figures={**stated.figures, **_bands(possible, never)})
    before = tuple(sorted({one.sha256 for one in earlier}))
    rounded = {id: one for id, one in unsure.rounded.items() if stated.figures[id].kind == "range"}
    base = round_to_of(contract) if unsure.rounded else 0
    return replace(
        stated,
        not_met=not_met,
        lacking_signatures=lacking_signatures,
        earlier=before,
        rounded=rounded,
        round_to=base,
    )


def figures_before(contract: Contract, earlier: Sequence[PublicStatement]) -> list[Mapping[str, Shown]]:
    """What earlier statements show of the counts of a contract, whatever these were called.

    Parameters
    ----------
    contract : Contract
    earlier : sequence of PublicStatement

    Returns
    -------
    list of mapping of figure to Shown
    """
    return [shown for one in earlier for shown in as_named_today(contract, one.contract_sha256, one.figures)]


def for_anyone(certificate: Certificate, earlier: Sequence[PublicStatement] = ()) -> PublicStatement | None:
    """A certificate's numbers as anyone may see them, for whatever writes them elsewhere: by the rule of `publish`.

    Parameters
    ----------
    certificate : Certificate
    earlier : sequence of PublicStatement
        As in `public_statement`.

    Returns
    -------
    PublicStatement or None
        Without a commitment, which nobody is to hold it against. None where the contract hides nothing.
    """
    if certificate.contract.model.disclosure is None:
        return None
    return replace(public_statement(certificate, salt=bytes(SALT_BYTES), earlier=earlier), commitment="")


def suspected_sums(certificate: Certificate, statement: PublicStatement) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Counts that a statement shows and that others, some of them hidden, add up to without the contract saying so.

    Parameters
    ----------
    certificate : Certificate
    statement : PublicStatement
        As it was made of this certificate.

    Returns
    -------
    tuple of (figure, parts)
        For whoever publishes and for nobody else: it says what the hidden counts add up to.
    """
    contract, figures = certificate.contract, {figure.id: figure for figure in certificate.figures}
    counts = [
        id
        for id, term in contract.model.figures.items()
        if counted(id, figures[id], contract) is not None and not isinstance(term, DerivedFigure)
    ]
    hidden = [id for id in counts if statement.figures[id].kind in ("range", "hidden")]
    unseen = [id for id in hidden if id not in statement.rounded]
    return undeclared_sums(figures, counts, hidden, {*sums_of(contract), *unseen})


# ---------------------------------------------------------------------------------------------- what is hidden


def _bands(possible: Mapping[str, tuple[str, ...]], never: Collection[str]) -> dict[str, Shown]:
    """Each count that may be shown as the range of its own values, where they are too many for what depends on them."""
    return {
        id: Shown(kind="range", low=values[0], high=values[-1]) for id, values in possible.items() if id not in never
    }


def _values_of(
    counts: Sequence[str],
    contract: Contract,
    figures: Mapping[str, Figure],
    possible: Mapping[str, tuple[str, ...]],
    ranges: Ranges | None,
) -> dict[str, tuple[int, ...] | None]:
    """All values that each count that is told of may have; None of one with too many, or that follows from such."""
    found: dict[str, tuple[int, ...] | None] = {}
    for id in counts:
        if ranges is not None:
            settled = [whole(value) for value in ranges.found[f"figures/{id}"]]
            found[id] = tuple(value for value in settled if value is not None)
        elif id in possible or not moves(id, contract, possible):
            every = [int(Fraction(value)) for value in possible.get(id, (figures[id].value or "0",))]
            found[id] = None if len(every) > MOST_LISTED else tuple(every)
        else:
            found[id] = None
    return found


def _told_in_disputes(certificate: Certificate, values: Mapping[str, tuple[int, ...] | None]) -> set[str]:
    """Counts of which a party admits a small value, or one a small count from another: what is paid would give it back.

    Where counts are rounded any that a party admits: it would be given back unrounded.
    """
    minimum = math.inf if round_to_of(certificate.contract) > 1 else minimum_of(certificate.contract)
    events = certificate.events
    admitted: dict[str, list[Fraction]] = {}
    for dispute in () if events is None else events.open_disputes.values():
        for id, value in dispute.items():
            if value != "none" and is_count(id, certificate.contract):
                admitted.setdefault(id, []).append(Fraction(value))
    return {id for id, own in admitted.items() if _is_near(own, values.get(id, ()), minimum)}


def _is_near(admitted: Sequence[Fraction], values: Sequence[int] | None, minimum: float) -> bool:
    """Whether a party admits less than the minimum, or less than that from what another has or the count may be."""
    others = [*admitted, *map(Fraction, values or ())]
    if values is None:
        return True
    near = (abs(one - other) for one in admitted for other in others if one != other)
    return any(abs(one) < minimum for one in admitted) or any(one < minimum for one in near)


def _never(contract: Contract, contributions: Mapping[str, Sequence[str | int | float | Fraction]]) -> set[str]:
    """Figures that are not shown at all: named by the contract, or sums of money that few may dominate."""
    disclosure = contract.model.disclosure
    rule = None if disclosure is None else disclosure.dominance
    if disclosure is None or rule is None:
        return named_hidden(contract)

    def is_dominated(id: str) -> bool:
        given = contributions.get(id)
        few = given is not None and len(given) < disclosure.minimum
        return given is None or few or dominated(given, rule.largest, Fraction(rule.share))

    return named_hidden(contract) | {id for id in may_be_dominated(contract) if is_dominated(id)}


def _check_contributions(contract: Contract, contributions: Mapping[str, object]) -> None:
    for id in contributions:
        if id not in contract.model.figures:
            raise ArgumentError(f"`contributions` must name figures of the contract; got {id!r}.")


def _check_sums(contract: Contract, figures: Mapping[str, Figure]) -> None:
    """The counts add up as the contract says, or its sums cannot be relied on for hiding."""
    for total, parts in sums_of(contract).items():
        values = [figures[id].value for id in (total, *parts)]
        whole = [Fraction(value) for value in values if value is not None]
        if len(whole) == len(values) and whole[0] != sum(whole[1:]):
            raise ArgumentError(
                f"`certificate` must have {total} as the sum of {', '.join(parts)}, as disclosure.sums says; it has "
                "not. Correct the figures, or the contract."
            )


# ---------------------------------------------------------------------------------------------- the statement


def _stated(certificate: Certificate, ranges: Ranges, never: set[str], salt: bytes) -> PublicStatement:
    contract, terms = certificate.contract, certificate.contract.model
    tainted, unseen = _shut(contract, never)
    unseen = set(terms.payment.lines) if annual_only(contract) else unseen
    withheld = _section("withheld", ranges, {id: id in unseen for id in terms.payment.lines})
    stands = _standings(ranges, tainted, unseen)
    if certificate.events is not None:  # of what is hidden nothing tells whether it has a value or an amount
        withheld |= dict.fromkeys(unseen, Shown(kind="hidden"))
        stands |= dict.fromkeys([f"figures/{id}" for id in tainted] + [f"lines/{id}" for id in unseen], ())
    return PublicStatement(
        contract=terms.id,
        contract_sha256=contract.sha256,
        date=certificate.date,
        kind=certificate.kind,
        currency=terms.payment.currency,
        minimum=minimum_of(contract),
        **shown_numbers(contract, ranges, never),
        commitment=hmac.new(salt, certificate.envelope.payload, hashlib.sha256).hexdigest(),
        standings=stands,
        withheld={id: one for id, one in withheld.items() if one != NOTHING},
        left_to_pay={} if annual_only(contract) else _left_to_pay(certificate, unseen),
        happened=tuple(dict.fromkeys(_happened(certificate))),
        conclusions={
            one.model.by: one.model.conclusion.kind for one in certificate.declarations if one.model.conclusion
        },
        speaks_against=len(certificate.speaks_against - certificate.left_out),
        supersedes=None if certificate.supersedes is None else certificate.supersedes.date,
        left_out=len(certificate.left_out),
        settles=certificate.settles,
        announced=terms.dates.certificates,
        longstop=terms.dates.too_late(certificate.date),
        amounts=None if terms.disclosure is None else terms.disclosure.amounts,
    )


def shown_numbers(contract: Contract, ranges: Ranges, never: set[str]) -> dict[str, Any]:
    """Figures, amounts and states as a statement shows them.

    Parameters
    ----------
    contract : Contract
    ranges : Ranges
        Over all possible values of the counts that are hidden or rounded.
    never : set of str
        Figures that are not shown at all.

    Returns
    -------
    dict
        By the name in `PublicStatement`.
    """
    terms, payment, hidden = contract.model, contract.model.payment, Shown(kind="hidden")
    tainted, unseen = _shut(contract, never)
    annual = annual_only(contract)
    closed = set(payment.lines) if annual else unseen
    onward = bool(closed) or bool(tainted.intersection(reading(_onward(payment), terms.figures)))
    partial = {id for id in payment.lines if id not in closed and ranges.partial(f"lines/{id}")}
    by_line = {id: id in closed for id in payment.lines}
    shares = {f"{id}/{payer}": hidden for id, line in payment.lines.items() if by_line[id] for payer in line.payers}
    shares = {**_section("shares", ranges, by_line), **shares}
    of_all = _of_all(ranges, shut=bool(unseen) or (annual and len(payment.lines) < ALONE))
    if annual and of_all["total"].kind == "none":
        of_all["undisputed"] = hidden  # of the lines that have an amount, which may be one
    return {
        **of_all,
        "figures": _section("figures", ranges, {id: id in tainted for id in terms.figures}),
        "lines": _section("lines", ranges, by_line),
        "shares": {key: one for key, one in shares.items() if key.partition("/")[0] not in partial},
        "by_year": _by_year(ranges, unseen),
        "receipts": _receipts(payment, ranges, hidden=onward, unsure=bool(partial)),
        "guarantees": _section("guarantees", ranges, onward),
        "line_states": {
            id: None if id in closed else cast(State | None, ranges.word(f"line_states/{id}")) for id in payment.lines
        },
    }


def _of_all(ranges: Ranges, *, shut: bool) -> dict[str, Any]:
    """The state and the sums of all lines."""
    states, hidden = ranges.found["state"], Shown(kind="hidden")
    return {
        "state": cast(State | None, states[0]) if len(states) == 1 and not shut else None,
        "total": hidden if shut else ranges.one("total"),
        "undisputed": hidden if shut else ranges.one("undisputed"),
    }


def _by_year(ranges: Ranges, unseen: Collection[str]) -> dict[str, Shown]:
    """What falls due in each year: hidden where a line of it is, and where it would give one line's amount."""
    shut = hidden_years(ranges.years) | {year for id, year in ranges.years.items() if id in unseen}
    return _section("by_year", ranges, {year: year in shut for year in ranges.years.values()})


def _shut(contract: Contract, never: set[str]) -> tuple[set[str], set[str]]:
    """The figures and the lines that are not shown, since a figure that never is moves them."""
    terms, payment = contract.model, contract.model.payment
    tainted = {id for id in terms.figures if id in never or never.intersection(behind(id, contract))}
    unseen = {id for id, line in payment.lines.items() if tainted.intersection(reading(line, terms.figures))}
    rules = (payment.netting, payment.caps, payment.cap, payment.floors, payment.floor)
    if unseen and any(rule is not None for rule in rules):
        unseen = set(payment.lines)  # rules between lines move the others by what is hidden of one
    return tainted, unseen


def _section(name: str, ranges: Ranges, shut: Mapping[str, bool] | bool) -> dict[str, Shown]:
    keys = [key.removeprefix(f"{name}/") for key in ranges.found if key.startswith(f"{name}/")]
    closed = {key: shut if isinstance(shut, bool) else shut[key.partition("/")[0]] for key in keys}
    return {key: Shown(kind="hidden") if closed[key] else ranges.one(f"{name}/{key}") for key in keys}


def _left_to_pay(certificate: Certificate, unseen: Collection[str]) -> dict[str, Shown]:
    """Of each line settled anew; nothing where a line paid in parts is hidden, or moved by counts that may be.

    Beside the amount it would tell what was paid, by counts that may have been hidden then, and that anything was.
    """
    contract, shut = certificate.contract, set(unseen)
    if minimum_of(contract) or round_to_of(contract) > 1:
        shut |= moved_lines(contract)
    if any(line.cumulative and id in shut for id, line in contract.model.payment.lines.items()):
        return {}
    return {id: Shown(kind="exact", low=one, high=one) for id, one in certificate.left_to_pay.items()}


def _standings(
    ranges: Ranges, tainted: Collection[str], unseen: Collection[str]
) -> dict[str, tuple[StandingState, ...]]:
    """How each figure and line stands, where that is the same whatever is hidden."""
    found: dict[str, tuple[StandingState, ...]] = {}
    for key in ranges.found:
        if key.startswith("standings/"):
            of, _, id = (place := key.removeprefix("standings/")).partition("/")
            shut = id in (tainted if of == "figures" else unseen)
            states = None if shut else ranges.word(key)
            found[place] = () if states is None else tuple(cast(StandingState, state) for state in states.split())
    return found


def _happened(certificate: Certificate) -> Iterator[Happened]:
    for one in certificate.declarations:
        by, model = one.model.by, one.model
        if model.ended is not None:
            yield Happened(kind="ended", by=by, date=model.ended.date, of=(model.ended.clause,))
        for spoiled in model.contaminated or ():
            yield Happened(
                kind="contaminated", by=by, date=spoiled.date, of=(spoiled.clause, *dict.fromkeys(spoiled.analysis))
            )
        for disputed in model.disputed or ():
            own: EventKind = "disputed" if is_of(disputed, certificate.takes_place_of) else "disputed_beside"
            kind: EventKind = own if disputed.decided is None else "decided"
            yield Happened(kind=kind, by=by, date=disputed.date, of=tuple(disputed.figures))
        for revised in model.revised or ():
            yield Happened(kind="revised", by=by, date=revised.date, of=(revised.data,))
        for owed in model.not_delivered or ():
            late: EventKind = "not_delivered" if owed.delivered is None else "delivered_late"
            yield Happened(kind=late, by=by, date=owed.date, of=(owed.data,))


def _receipts(payment: Payment, ranges: Ranges, *, hidden: bool, unsure: bool) -> dict[str, Shown]:
    """What the waterfall passes on: where that is hidden, so of each party, whether or not there is an amount."""
    if hidden and payment.waterfall is not None:
        return {party: Shown(kind="hidden") for step in payment.waterfall.steps for party in step.to}
    return {} if unsure else _section("receipts", ranges, False)


def _onward(payment: Any) -> tuple[object, ...]:
    waterfall = () if payment.waterfall is None else tuple(step.up_to for step in payment.waterfall.steps)
    guarantees = tuple(one.amount for one in (payment.guarantees or {}).values())
    return tuple(part for part in (*waterfall, *guarantees) if part is not None)


def stated_numbers(certificate: Certificate) -> dict[str, str | None]:
    """The certificate's own number at each place where a statement may show one, such as "lines/bonus".

    Parameters
    ----------
    certificate : Certificate

    Returns
    -------
    dict
        The state too, under "state".
    """
    figures = {figure.id: figure for figure in certificate.figures}
    left = {f"left_to_pay/{id}": one for id, one in certificate.left_to_pay.items()}
    years = years_due(certificate.contract, certificate.date)
    return dict(numbers_of(certificate.settlement, figures, years)) | left


def commits_to(statement: PublicStatement, certificate: Certificate, salt: bytes) -> bool:
    """Whether a public statement was made of this certificate, under this salt.

    Parameters
    ----------
    statement : PublicStatement
    certificate : Certificate
    salt : bytes

    Returns
    -------
    bool
    """
    again = hmac.new(salt, certificate.envelope.payload, hashlib.sha256).hexdigest()
    return hmac.compare_digest(again, statement.commitment)
