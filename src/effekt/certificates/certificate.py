"""A certificate: the signed statement of what was estimated, which figures that gave and what they pay.

It carries what is needed to walk the way again: the contract's own bytes, the results in public form, the figures and
the settlement with every step. It carries no microdata.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, cast, get_args

from effekt._json import shown
from effekt._serialize import decode, encode, parse_json
from effekt._text import Text
from effekt._validation import check_option, join_words
from effekt.certificates.envelope import Envelope, sign
from effekt.certificates.evidence import OVERLAP_CHECKS, WEIGHTINGS, Evidence, evidence_of
from effekt.certificates.key_holders import holders, signers_allowed
from effekt.certificates.predicate import (
    SCHEMA,
    AttestationCopy,
    ContractCopy,
    DataDigest,
    DeclarationsCopy,
    Kind,
    Pending,
    Plan,
    Predicate,
    Supersedes,
    check_date,
    check_takes_place,
    plain_predicate,
)
from effekt.certificates.published import published
from effekt.certificates.run_log import Runs
from effekt.certificates.signing import PrivateKey, key_id, public_key, public_text
from effekt.certificates.statement import (
    CERTIFICATE_TYPE,
    LOCK_TYPE,
    PUBLIC_TYPE,
    ROTATION_TYPE,
    Statement,
    Subject,
    read_statement,
)
from effekt.contracts import (
    Attestation,
    Contract,
    Declarations,
    Events,
    Figure,
    Settlement,
    events_of,
    paid_to_date,
    parse_attestation,
    parse_contract,
    parse_declarations,
    speaking_against,
)
from effekt.contracts.estimated import AnyResult
from effekt.contracts.money import allocate, decimal_text, exact_text, fraction, money_digits
from effekt.contracts.not_delivered import Undelivered, not_delivered
from effekt.contracts.reconciled import without_design
from effekt.contracts.schema import is_decimal
from effekt.exceptions import ArgumentError, CertificateError, ContractError
from effekt.result import EffectEstimate, EffectSet, is_change, result_from_plain

PLAN_NOT_LOCKED = Text(en="Plan not locked before data.", sv="Planen låstes inte före data.")
PLAN_LOCKED = Text(en="Plan locked before data.", sv="Planen låstes före data.")


_OTHERS = {LOCK_TYPE: "a lock", ROTATION_TYPE: "a change of key", PUBLIC_TYPE: "a public statement"}


class Certificate:
    """A certificate that can be read, signed, shown and verified.

    Attributes
    ----------
    envelope : Envelope
    statement : Statement
    """

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.statement = read_statement(envelope.payload)
        if self.statement.predicate_type != CERTIFICATE_TYPE:
            held = _OTHERS[self.statement.predicate_type]
            raise CertificateError(f"The envelope holds {held} and not a certificate; name the certificate's file.")
        _check_form(envelope.payload)

    @property
    def predicate(self) -> dict[str, Any]:
        """What is stated, as plain JSON."""
        return self.statement.predicate

    @cached_property
    def contract(self) -> Contract:
        """The contract that the certificate carries."""
        return parse_contract(self.predicate["contract"]["text"].encode())

    @cached_property
    def attestations(self) -> tuple[Attestation, ...]:
        """The attestations that the certificate carries."""
        return tuple(parse_attestation(item["text"].encode()) for item in self.predicate["attestations"])

    @cached_property
    def declarations(self) -> tuple[Declarations, ...]:
        """What parties declare beside the figures: deviations, checklist, limitations."""
        return tuple(parse_declarations(item["text"].encode()) for item in self.predicate.get("declarations", ()))

    @cached_property
    def events(self) -> Events | None:
        """What parties declare to have happened: an ending, a spoiled comparison, disputes, revised sources."""
        digests = {id: (one.sha256, one.logical) for id, one in self.data.items()}
        interim = () if self.supersedes is None else self.supersedes.interim
        return events_of(
            self.contract,
            self.declarations,
            digests,
            superseding=self.takes_place_of,
            interim=interim,
            settles=self.settles,
        )

    @cached_property
    def not_delivered(self) -> dict[str, Undelivered]:
        """The tables that it is made without, as parties declare that they were not delivered."""
        return not_delivered(self.contract, self.declarations, date=self.date, settles=self.settles)

    @cached_property
    def results(self) -> dict[str, AnyResult | Pending]:
        """The results in public form, by analysis."""
        return {id: _result(id, plain) for id, plain in self.predicate["results"].items()}

    @cached_property
    def settlement(self) -> Settlement:
        """What the contract pays."""
        return Settlement.from_plain(self.predicate["settlement"])

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of the contract."""
        return self.settlement.figures

    @property
    def kind(self) -> Kind:
        """Final; interim, where the figures stand; or nil, that nothing could be paid on a day that was announced."""
        return cast(Kind, self.predicate["kind"])

    @property
    def due(self) -> str | None:
        """What is to be paid on it: the total of a final one; "0" of any other; None while it is not determined."""
        return self.settlement.total if self.kind == "final" else "0"

    @property
    def paid_to_date(self) -> dict[str, str]:
        """What the next settlement has as paid before, of each line with a `true_up`; only a final one adds to it.

        Of a line of which it has no amount that is not known, but for one that corrects another: what it has itself as
        paid before, which the corrected one paid too, stays paid until one in its place has an amount.
        """
        if self.kind != "final":
            return self.paid_before
        found = paid_to_date(self.settlement)
        return found if self.corrects is None else self.paid_before | found

    @property
    def paid_before(self) -> dict[str, str]:
        """What it has itself as paid before, of each line with a `true_up` of which that is known.

        Of a line whose figure has no value on a correction it is what was paid by the certificate that it corrects.
        """
        found = {} if self.corrects is None else self.corrects.paid or {}
        return {**found, **{id: paid for id, paid in self._paid_figures.items() if paid is not None}}

    @property
    def without_paid(self) -> tuple[str, ...]:
        """The lines that are paid in parts and whose figure of what was paid before has no value."""
        lines = self.contract.model.payment.lines
        return tuple(id for id, paid in self._paid_figures.items() if paid is None and lines[id].cumulative)

    @property
    def _paid_figures(self) -> dict[str, str | None]:
        values = {figure.id: figure.value for figure in self.figures}
        trued = {id: line.true_up for id, line in self.contract.model.payment.lines.items()}
        return {id: values.get(term.paid, term.paid) for id, term in trued.items() if term is not None}

    @property
    def software(self) -> dict[str, str]:
        """Versions of what computed it."""
        return dict(self.predicate["software"])

    @property
    def date(self) -> str:
        """The day the certificate is for."""
        return str(self.predicate["date"])

    @property
    def data(self) -> dict[str, DataDigest]:
        """Digests of the tables the results rest on."""
        return {id: decode(DataDigest, plain) for id, plain in self.predicate["data"].items()}

    @property
    def plan(self) -> Plan:
        """When the plan was locked."""
        plan: Plan = decode(Plan, self.predicate["plan"])
        return plan

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the designs behind the paying figures can show."""
        return evidence_behind(self.contract, self.results)

    @cached_property
    def written_again(self) -> dict[str, Any]:
        """What is stated as this version writes it: with every key, those that were left out too."""
        predicate: Predicate = decode(
            Predicate, {key: value for key, value in self.predicate.items() if key != "schema"}
        )
        results = {
            id: {"pending": encode(one)} if isinstance(one, Pending) else parse_json(one.to_json(), "The result")
            for id, one in self.results.items()
        }
        return {
            "schema": self.predicate["schema"],
            **plain_predicate(replace(predicate, results=results, settlement=self.settlement.to_plain())),
        }

    @property
    def sha256(self) -> str:
        """Digest of what is signed, whoever has signed it."""
        return hashlib.sha256(self.envelope.payload).hexdigest()

    @property
    def as_signed(self) -> Certificate:
        """What was signed and the signatures, whatever form the file had, as when a program saved it anew."""
        if not self.envelope.discrepancies:
            return self
        return Certificate(replace(self.envelope, discrepancies=()))

    @property
    def supersedes(self) -> Supersedes | None:
        """The earlier certificate that it says it takes the place of."""
        plain = self.predicate.get("supersedes")
        found: Supersedes | None = None if plain is None else decode(Supersedes, plain)
        return found

    @property
    def corrects(self) -> Supersedes | None:
        """The earlier certificate, where that is final, by which can have been paid."""
        link = self.supersedes
        return link if link is not None and link.kind == "final" else None

    @property
    def takes_place_of(self) -> tuple[str, ...]:
        """The days of the certificates whose place it takes, oldest first."""
        return () if self.supersedes is None else self.supersedes.days

    @property
    def interim_to_date(self) -> tuple[str, ...]:
        """Of these days, and its own, those of interim certificates, which paid nothing."""
        before = () if self.supersedes is None else self.supersedes.interim
        return (*before, self.date) if self.kind == "interim" else before

    @property
    def nil_to_date(self) -> tuple[str, ...]:
        """The same of nil ones."""
        before = () if self.supersedes is None else self.supersedes.nil
        return (*before, self.date) if self.kind == "nil" else before

    @property
    def settles_anew(self) -> dict[str, str] | None:
        """What of its settlement was paid before it, of each line with a `true_up`, where it pays that anew."""
        return None if self.supersedes is None else self.supersedes.anew

    @property
    def left_to_pay(self) -> dict[str, str]:
        """What is left to pay of each line that is settled anew: its amount less what was paid, below 0 paid back."""
        amounts = {line.id: line.amount for line in self.settlement.lines if line.amount is not None}
        anew = (self.settles_anew or {}).items()
        return {id: exact_text(fraction(amounts[id]) - fraction(paid)) for id, paid in anew if id in amounts}

    @property
    def left_to_pay_written(self) -> dict[str, str]:
        """The same with the digits of amounts."""
        digits = money_digits(self.contract.model.payment.quantum)
        return {id: decimal_text(fraction(left), digits) for id, left in self.left_to_pay.items()}

    @property
    def left_to_pay_by(self) -> dict[str, dict[str, str]]:
        """What is left to pay of each line that is settled anew, by payer: by the shares of this contract file."""
        payment, found = self.contract.model.payment, {}
        for id, left in self.left_to_pay.items():
            payers, quantum = payment.lines[id].payers, fraction(payment.quantum)
            before = fraction(self.paid_before[id]) + fraction((self.settles_anew or {})[id])
            ends = (before + fraction(left), before)
            in_all, paid = (allocate(end, [Fraction(one) for one in payers.values()], quantum) for end in ends)
            found[id] = {payer: exact_text(one - was) for payer, one, was in zip(payers, in_all, paid, strict=True)}
        return found

    @property
    def letting_go(self) -> tuple[str, ...]:
        """The lines that forget what was paid too much, so that less is paid to date than was paid."""
        return _letting_go(self.contract)

    @property
    def settles(self) -> str | None:
        """The announced day that it is of, where lines are paid on each certificate."""
        return cast(str | None, self.predicate.get("settles"))

    @property
    def runs(self) -> Runs | None:
        """What it says of the run log that its settlement stands in."""
        plain = self.predicate.get("runs")
        found: Runs | None = None if plain is None else decode(Runs, plain)
        return found

    @cached_property
    def speaks_against(self) -> frozenset[str]:
        """Digests of the deviations, failed checks and events that it declares, or says that it leaves out."""
        admitted = [one.left_out for one in (self.supersedes, self.runs) if one is not None]
        return frozenset(speaking_against(self.declarations)).union(*admitted)

    @property
    def left_out(self) -> frozenset[str]:
        """Digests of the deviations, failed checks and events declared before that it says it leaves out."""
        return self.speaks_against.difference(speaking_against(self.declarations))

    def sign(self, key: PrivateKey, *, rotations: Sequence[Envelope | bytes] = ()) -> Certificate:
        """The certificate with one more signature, by a key that its contract lets sign on its day.

        Parameters
        ----------
        key : PrivateKey
        rotations : sequence of Envelope or bytes, optional
            Changes of keys, as `effekt.certificates.key_holders.rotate` makes them.

        Raises
        ------
        CertificateError
            For a key that counts for nothing, on the certificate's day or ever, or that has signed already.
        """
        self.check_key(key, rotations=rotations)
        return Certificate(sign(self.envelope, key))

    def check_key(self, key: PrivateKey, *, rotations: Sequence[Envelope | bytes] = ()) -> None:
        """Refuse a key that the contract does not let sign on the certificate's day.

        Raises
        ------
        CertificateError
            For a key that counts for nothing, on that day or ever.
        """
        known = signers_allowed(self.contract, holders(self.contract, rotations))
        holder = next((one for one in known if one.key == public_text(public_key(key))), None)
        if holder is not None and not holder.holds_on(self.date):
            raise CertificateError(
                f"Key {holder.id[:16]}… holds {holder.period.en}, and the certificate is dated {self.date}, so it "
                "would count for nothing; sign with a key that holds on that day."
            )
        if holder is None:
            raise CertificateError(
                f"Key {key_id(public_key(key))[:16]}… is a key of no party that the contract lets sign, so it would "
                "count for nothing; sign with a key that the contract names, or give the change by which a party has "
                "it (--rotation)."
            )

    def to_bytes(self) -> bytes:
        """The envelope's canonical bytes: the certificate's file."""
        return self.envelope.to_bytes()

    def __repr__(self) -> str:
        total = self.settlement.total
        amount = "no total" if total is None else f"{total} {self.settlement.currency}"
        return (
            f"Certificate({self.settlement.contract}, {self.date}, {self.settlement.state}: {amount}, "
            f"{len(self.envelope.signatures)} signatures)"
        )


def compose(
    *,
    contract: Contract,
    date: str,
    kind: str,
    data: Mapping[str, DataDigest],
    attestations: Sequence[Attestation],
    results: Mapping[str, AnyResult | Pending],
    settlement: Settlement,
    plan: Plan,
    software: Mapping[str, str],
    supersedes: Supersedes | None = None,
    runs: Runs | None = None,
    declarations: Sequence[Declarations] = (),
    settles: str | None = None,
) -> Certificate:
    """Put a certificate together, unsigned.

    Parameters
    ----------
    contract, attestations
        As they were read; their bytes travel with the certificate.
    date : str
        YYYY-MM-DD.
    kind : {"final", "interim", "nil"}
    data : mapping of str to DataDigest
    results : mapping of analysis to result
        Only their public form is kept, small counts hidden as the contract says.
    settlement : Settlement
    plan : Plan
    software : mapping of name to version
    supersedes : Supersedes, optional
        The earlier certificate whose place it takes.
    runs : Runs, optional
        The run log that the settlement stands in.
    declarations : sequence of Declarations
        As they were read; their bytes travel with the certificate too.
    settles : str, optional
        The announced day that it is of.

    Returns
    -------
    Certificate
        Without signatures.

    Raises
    ------
    ArgumentError
        For a date or kind that is none.
    """
    check_date(date)
    check_option("kind", kind, get_args(Kind))
    predicate = Predicate(
        kind=cast(Kind, kind),
        date=date,
        contract=ContractCopy(id=contract.model.id, sha256=contract.sha256, text=contract.raw.decode("utf-8")),
        attestations=tuple(AttestationCopy(sha256=one.sha256, text=one.raw.decode("utf-8")) for one in attestations),
        data=dict(data),
        plan=plan,
        results={id: public_form(result, minimum_of(contract)) for id, result in results.items()},
        settlement=settlement.to_plain(),
        software=dict(software),
        supersedes=supersedes,
        runs=runs,
        declarations=tuple(DeclarationsCopy(sha256=one.sha256, text=one.raw.decode("utf-8")) for one in declarations),
        settles=settles,
    )
    plain = {"schema": SCHEMA, **plain_predicate(predicate)}
    subjects = [Subject(name="contract", sha256=contract.sha256)]
    subjects += [Subject(name=f"data/{id}", sha256=digest.sha256) for id, digest in sorted(data.items())]
    subjects += [Subject(name=f"attestation/{i}", sha256=one.sha256) for i, one in enumerate(attestations, start=1)]
    subjects += [Subject(name=f"declarations/{i}", sha256=one.sha256) for i, one in enumerate(declarations, start=1)]
    statement = Statement(subjects=tuple(subjects), predicate_type=CERTIFICATE_TYPE, predicate=plain)
    return Certificate(Envelope(payload=statement.to_bytes()))


def evidence_behind(contract: Contract, results: Mapping[str, AnyResult | Pending]) -> tuple[Evidence, ...]:
    """What the designs behind a contract's figures can show, each once, in the order of its analyses.

    Parameters
    ----------
    contract : Contract
    results : mapping of analysis to result

    Returns
    -------
    tuple of Evidence
        One for attested facts alone where there is no analysis.
    """
    found = []
    without = without_design(contract.model)
    for id, analysis in contract.model.analysis.items():
        if id in without:
            continue
        result = results.get(id)
        match = analysis.arguments.get("match")
        weighted = isinstance(match, Mapping) and match.get("method") in WEIGHTINGS
        checks = result.diagnostics if isinstance(result, (EffectEstimate, EffectSet)) else ()
        least, most = (limit is not None for limit in analysis.unit_limits)
        poor = any(check.name in OVERLAP_CHECKS and check.status == "failed" for check in checks)
        found.append(
            evidence_of(
                analysis.method,
                before_after=is_change(result),
                weighted=weighted,
                matched=analysis.arguments.get("comparison") == "matched",
                poor_overlap=poor,
                least=least,
                most=most,
            )
        )
    return tuple(dict.fromkeys(found)) or (evidence_of(None),)


def minimum_of(contract: Contract) -> int:
    """The smallest count that a certificate of the contract shows; 0 shows all."""
    disclosure = contract.model.disclosure
    return 0 if disclosure is None else disclosure.minimum


def public_form(result: AnyResult | Pending, minimum: int) -> dict[str, Any]:
    """A result as a certificate carries it.

    Parameters
    ----------
    result : result or Pending
    minimum : int
        Smaller counts are hidden.

    Returns
    -------
    dict
        Plain JSON.
    """
    if isinstance(result, Pending):
        return {"pending": encode(result)}
    plain: dict[str, Any] = parse_json(published(result, minimum).to_json(), "The result")
    return plain


def _result(id: str, plain: object) -> AnyResult | Pending:
    if not isinstance(plain, dict):
        raise ArgumentError(f"results.{id} must be an object, as effekt writes it; got {type(plain).__name__}.")
    if "pending" in plain:
        pending: Pending = decode(Pending, plain["pending"])
        return pending
    return result_from_plain(plain)


@lru_cache(maxsize=32)
def _check_form(payload: bytes) -> None:
    """Refuse a predicate that cannot be read, so that whoever uses the certificate need not look again."""
    plain = read_statement(payload).predicate
    try:
        predicate: Predicate = decode(Predicate, {key: value for key, value in plain.items() if key != "schema"})
        replaced = () if predicate.supersedes is None else predicate.supersedes.days
        for day in (predicate.date, predicate.settles, *replaced):
            if day is not None:
                check_date(day)
        _check_kinds(predicate.kind, predicate.supersedes)
        contract = parse_contract(predicate.contract.text.encode())
        _check_analyses(predicate.results, contract)
        _check_anew(predicate.supersedes, contract)
        for copy in predicate.attestations:
            parse_attestation(copy.text.encode())
        for declared in predicate.declarations:
            parse_declarations(declared.text.encode())
        for id, result in predicate.results.items():
            _result(id, result)
        Settlement.from_plain(predicate.settlement)
    except (ArgumentError, ContractError) as error:
        raise CertificateError(f"The certificate cannot be read: {error}") from None


def _check_analyses(results: Mapping[str, object], contract: Contract) -> None:
    """Refuse a result of no analysis of the contract, which a page would show among those that were agreed."""
    for id in sorted({*results} - {*contract.model.analysis}):
        known = join_words(contract.model.analysis, "and") or "none"
        raise ContractError(f"results must be of analyses of the contract, {known}; got {shown(id)}.")


def _letting_go(contract: Contract) -> tuple[str, ...]:
    lines = contract.model.payment.lines.items()
    return tuple(id for id, one in lines if one.cumulative and one.true_up and one.true_up.below_zero == "floor")


def _check_kinds(kind: Kind, supersedes: Supersedes | None) -> None:
    """Refuse what is in the place of one that weighs more: interim ones come first, then nil ones, then final ones."""
    if supersedes is None:
        return
    days, unpaid = supersedes.days, (*supersedes.interim, *supersedes.nil)
    if days[: len(unpaid)] != unpaid:
        raise ContractError(
            "supersedes.interim, then supersedes.nil, must hold the first days of those that were superseded, "
            f"{join_words(days, 'and')}; got {join_words(unpaid, 'and')}."
        )
    check_takes_place(kind, supersedes.kind)


def _check_anew(supersedes: Supersedes | None, contract: Contract) -> None:
    """Refuse what was paid of a line that is not paid in parts, and what is no amount."""
    lines = contract.model.payment.lines
    parts = [id for id, line in lines.items() if line.cumulative]
    anew = {} if supersedes is None else supersedes.anew or {}
    paid_by = {} if supersedes is None else supersedes.paid or {}
    for key, sums in (("anew", anew), ("paid", paid_by)):
        if supersedes is not None and sums and supersedes.kind != "final":
            raise ContractError(
                f"supersedes.{key} must be left out where what is superseded is not final, as nothing was paid by it; "
                f"it is {supersedes.kind}."
            )
        for id, paid in sums.items():
            if id not in parts:
                known = join_words(parts, "and") or "none"
                raise ContractError(
                    f"supersedes.{key} must name lines whose true_up has a figure as paid, {known}; got {id}."
                )
            if not is_decimal(paid):
                raise ContractError(f"supersedes.{key}.{id} must be a plain decimal; got {paid!r}.")
    if anew and (gone := _letting_go(contract)):
        raise ContractError(
            "supersedes.anew must be left out where a line lets go what was paid too much (true_up.below_zero: floor), "
            f"as {gone[0]} does."
        )
