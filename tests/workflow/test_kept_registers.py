"""What whoever keeps a register does: seals a table, draws whom to look up, and enters what was claimed."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, sign
from effekt.certificates.signing import generate_key
from effekt.exceptions import ArgumentError, CertificateError, DataError, EffektError
from effekt.workflow.same_person import period_form, person_form

SALT, ZERO = bytes(range(32)), "0"
WORDS = {"work": "month in work", "home": "month in own home"}
SEED = "lottery of 2023-09-02"


def contract(folder: Path, *changes: tuple[str, str]) -> workflow.Contract:  # type: ignore[name-defined]
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return workflow.read_contract(path)


def claimed(folder: Path, certificate: Certificate, **changes: Any) -> workflow.Claims:
    register = folder / "claims.json"
    options = {"salt": SALT, "outcomes": WORDS, "register": register, "begin": not register.exists()} | changes
    return workflow.claim(certificate, contract=workflow.read_contract(folder / "contract.yaml"), **options)


# --- claims ---------------------------------------------------------------------------------------------------


def test_a_register_holds_keyed_digests_of_what_was_counted_and_no_name(rate_card: Path) -> None:
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    assert claimed(rate_card, certificate) == workflow.Claims(new=118, held=0, released=0)
    raw = (rate_card / "claims.json").read_bytes()
    lines = (rate_card / "months.csv").read_text(encoding="windows-1252").splitlines()[1:]
    rows = [line.split(";") for line in lines]
    expected = {
        hmac.new(SALT, f'["{word}","{row[0].lstrip(ZERO)}","{row[1]}"]'.encode(), hashlib.sha256).hexdigest()
        for place, word in ((2, "monthinwork"), (3, "monthinownhome"))
        for row in rows
        if row[place] == "1"
    }
    plain = json.loads(raw)
    assert set(plain["claims"]) == expected
    assert set(plain["claims"].values()) == {certificate.sha256}
    own = workflow.read_contract(rate_card / "contract.yaml")
    entered = {"contract": "rate-card", "contract_sha256": own.sha256, "date": "2023-09-01", "outcomes": WORDS}
    assert plain["certificates"] == {certificate.sha256: entered}
    seal = plain.pop("hmac_sha256")
    assert seal == hmac.new(SALT, canonical_json(plain), hashlib.sha256).hexdigest()
    assert claimed(rate_card, certificate) == workflow.Claims(new=0, held=118, released=0)
    assert (rate_card / "claims.json").read_bytes() == raw


def test_a_certificate_that_supersedes_takes_over_and_frees(rate_card: Path) -> None:
    first = workflow.read_certificate(rate_card / "certificate.json")
    claimed(rate_card, first)
    table = rate_card / "months.csv"
    table.write_bytes(table.read_bytes().replace(b"0001;2023-02;1;1", b"0001;2023-02;0;1"))
    own = workflow.read_contract(rate_card / "contract.yaml")
    later = workflow.settle(own, date="2023-09-02", supersedes=first, reason="a row was wrong").sign(DEMO_KEY)
    with pytest.raises(ArgumentError) as raised:
        claimed(rate_card, later)
    assert str(raised.value) == (
        "`earlier` must have the certificates in the register that this one supersedes or deducts the payments of, so "
        f"that it can be held against them; it lacks {first.sha256[:16]}… of 2023-09-01."
    )
    assert claimed(rate_card, later, earlier=first) == workflow.Claims(new=0, held=117, released=1)
    anew = {"register": rate_card / "anew.json", "begin": True}  # what it takes the place of need not be there
    assert claimed(rate_card, later, earlier=first, **anew).new == 117
    held = json.loads((rate_card / "claims.json").read_bytes())["claims"]
    assert len(held) == 117
    assert set(held.values()) == {later.sha256}
    table.write_bytes(table.read_bytes().replace(b"0001;2023-02;0;1", b"0001;2023-02;1;1"))
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, first)
    assert str(raised.value) == (
        f"The certificate {later.sha256[:16]}… in the register took this one's place, so this one claims nothing; "
        "enter the one that stands."
    )
    table.write_bytes(table.read_bytes().replace(b"0001;2023-03;1", b"0001;2023-03;0"))
    third = workflow.settle(own, date="2023-09-03", supersedes=first, reason="another row").sign(DEMO_KEY)
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, third, earlier=first)
    assert str(raised.value) == (
        f"The certificate says that it takes the place of {first.sha256[:16]}…, which {later.sha256[:16]}… in the "
        "register took already; settle one that takes that one's place."
    )


def test_a_correction_of_one_that_was_never_entered_asks_for_that_first(rate_card: Path) -> None:
    first = workflow.read_certificate(rate_card / "certificate.json")
    claimed(rate_card, first)
    own, made = workflow.read_contract(rate_card / "contract.yaml"), [first]
    for date in ("2023-09-02", "2023-09-03", "2023-09-04"):
        made.append(workflow.settle(own, date=date, supersedes=made[-1], reason="a row was wrong").sign(DEMO_KEY))
    for number, part in ((2, made[:2]), (2, made[1:2]), (3, made[1:3])):
        with pytest.raises(CertificateError) as raised:
            claimed(rate_card, made[number], earlier=part)
        last = made[number - 1]
        assert str(raised.value) == (
            f"The certificate takes the place of {last.sha256[:16]}… of {last.date}, which the register does not have, "
            f"and that of {first.sha256[:16]}… of 2023-09-01, which it has. Nothing is entered; enter the former first."
        )
    with pytest.raises(ArgumentError, match=f"it lacks {made[1].sha256[:16]}… of 2023-09-02"):
        claimed(rate_card, made[3], earlier=made[2])
    for number in (1, 2, 3):
        assert claimed(rate_card, made[number], earlier=made[number - 1]).held == 118
    assert claimed(rate_card, made[3], register=rate_card / "late.json", begin=True, earlier=made[:3]).new == 118


def test_no_certificate_frees_what_the_register_has_for_another_contract(rate_card: Path) -> None:
    """Its own verifier signs that it takes the place of another contract's certificate, and counts nothing."""
    first = workflow.read_certificate(rate_card / "certificate.json")
    claimed(rate_card, first)
    before = (rate_card / "claims.json").read_bytes()
    own = contract(rate_card, ('price: "9250.55"', 'price: "9250.56"'))  # of the same id
    (rate_card / "certificate.json").unlink()
    (rate_card / "months.csv").write_bytes(b"person;manad;arbetad_manad;eget_boende\r\n0001;2023-02;1;0\r\n")
    other = workflow.settle(own, date="2023-09-02", supersedes=first, reason="a row was wrong").sign(DEMO_KEY)
    for amended in ([], [first.contract]):  # which is no file before it
        with pytest.raises(CertificateError) as raised:
            claimed(rate_card, other, earlier=first, amended=amended)
        assert str(raised.value) == (
            f"The certificate says that it takes the place of {first.sha256[:16]}…, which the register has for another "
            "contract file, of rate-card; nothing of that is freed. Where the contract was amended, give the files "
            "before it (--amended)."
        )
    assert (rate_card / "claims.json").read_bytes() == before


def _deducting(folder: Path) -> Any:
    figure = '  {id}: {{attested: verifier, digits: 2, unit: "SEK", question: {{sv: "Betalt?", en: "Paid?"}}}}\n'
    true_up = "      true_up: {{paid: {id}, below_zero: carry}}\n"
    return contract(
        folder,
        ("below_zero: zero}}\n    home", f"below_zero: zero}}}}\n{true_up.format(id='paid_work')}    home"),
        ('      cap: "150000"', f'      cap: "150000"\n{true_up.format(id="paid_home").rstrip()}'),
        ("\npayment:", f"\n{figure.format(id='paid_work')}{figure.format(id='paid_home')}payment:"),
    )


def _paid(folder: Path, own: Any, work: str, home: str) -> list[Any]:
    entry = '  {id}: {{value: "{paid}", by: verifier, date: "2023-09-01", evidence: {{description: "ledger"}}}}\n'
    path = folder / "paid.yaml"
    path.write_text(
        "schema: effekt/attestation/1\ncontract: rate-card\nfigures:\n"
        + entry.format(id="paid_work", paid=work)
        + entry.format(id="paid_home", paid=home),
        encoding="utf-8",
    )
    return [workflow.read_attestation(path, own)]


def test_lines_that_deduct_what_was_paid_count_an_outcome_again(rate_card: Path) -> None:
    (rate_card / "certificate.json").unlink()
    own = _deducting(rate_card)
    first = workflow.settle(
        own, date="2023-09-01", undecided_accepted=True, attestations=_paid(rate_card, own, "0", "0")
    ).sign(DEMO_KEY)
    assert claimed(rate_card, first).new == 118
    due = (first.paid_to_date["work"], first.paid_to_date["home"])
    again = workflow.settle(
        own, date="2023-10-01", undecided_accepted=True, attestations=_paid(rate_card, own, *due)
    ).sign(DEMO_KEY)
    with pytest.raises(ArgumentError, match="it lacks"):
        claimed(rate_card, again)
    older = {"earlier": first, "register": rate_card / "older.json", "begin": True}
    with pytest.raises(CertificateError) as lacking:
        claimed(rate_card, again, **older)
    assert str(lacking.value) == (
        f"The register does not have the certificate {first.sha256[:16]}… of 2023-09-01, which is given as an earlier "
        "one (--earlier): this is an older copy of the register, or that certificate was never entered. Nothing is "
        "entered; take the newest copy, or enter that one first."
    )
    assert not (rate_card / "older.json").exists()
    assert claimed(rate_card, again, earlier=first) == workflow.Claims(new=0, held=118, released=0)
    twice = workflow.settle(
        own, date="2023-10-02", undecided_accepted=True, attestations=_paid(rate_card, own, "0", "0")
    ).sign(DEMO_KEY)
    with pytest.raises(CertificateError, match="The certificate does not hold, so it claims nothing: "):
        claimed(rate_card, twice, earlier=first)
    other = contract(rate_card, ("id: rate-card", "id: another"))
    paid = (rate_card / "paid.yaml").read_text(encoding="utf-8").replace("rate-card", "another")
    (rate_card / "paid.yaml").write_text(paid, encoding="utf-8")
    said = [workflow.read_attestation(rate_card / "paid.yaml", other)]
    own = workflow.settle(other, date="2023-10-01", attestations=said, undecided_accepted=True).sign(DEMO_KEY)
    with pytest.raises(CertificateError, match="the contract rate-card has it"):
        claimed(rate_card, own)


def test_nothing_is_entered_where_one_outcome_is_claimed(rate_card: Path) -> None:
    claimed(rate_card, workflow.read_certificate(rate_card / "certificate.json"))
    before = (rate_card / "claims.json").read_bytes()
    own = contract(rate_card, ("id: rate-card", "id: another"))
    (rate_card / "months.csv").write_bytes(
        b"person;manad;arbetad_manad;eget_boende\r\n0001;2023-02;1;0\r\n9999;2023-02;1;0\r\n"
    )
    first = json.loads(before)["claims"]
    holder = next(iter(first.values()))[:16]
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, workflow.settle(own, date="2023-09-01").sign(DEMO_KEY))
    assert str(raised.value) == (
        "1 outcome of this certificate is claimed already, the first by analysis work at row 1, line 2: the "
        f"certificate {holder}… of the contract rate-card has it. Nothing is entered; take such rows out and "
        "settle again, or let the parties of both decide."
    )
    assert (rate_card / "claims.json").read_bytes() == before


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "short salt": ({"salt": bytes(31)}, "`salt` must be at least 32 bytes made at random; got 31."),
    "word left out": (
        {"outcomes": {"work": "x"}},
        "`outcomes` must have a word for each analysis that counts outcomes, work and home; got work.",
    ),
    "no words": (
        {"outcomes": {}},
        "`outcomes` must have a word for each analysis that counts outcomes, work and home; got none.",
    ),
    "empty word": ({"outcomes": WORDS | {"home": " -"}}, "`outcomes` must have a word for home; it is empty."),
    "not there": (
        {"begin": False},
        "The register 'claims.json' is not there; name it as it was written, or say that it is to be begun "
        "(--new-salt, begin=True).",
    ),
    "same word": (
        {"outcomes": dict.fromkeys(WORDS, "month")},
        "This certificate counts one outcome twice, by work at row 2, line 3 and by home at row 2, line 3; give "
        "outcomes that differ different words, or settle it anew.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_claim_that_cannot_be_entered(rate_card: Path, what: str) -> None:
    changes, sentence = REFUSED[what]
    with pytest.raises(EffektError) as raised:
        claimed(rate_card, workflow.read_certificate(rate_card / "certificate.json"), **changes)
    assert str(raised.value) == sentence
    assert not (rate_card / "claims.json").exists()


def test_only_the_final_certificate_of_this_contract_claims(rate_card: Path) -> None:
    own = workflow.read_contract(rate_card / "contract.yaml")
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, workflow.settle(own, date="2023-09-01", kind="interim"))
    assert str(raised.value) == (
        "The certificate is interim and pays nothing, so it claims nothing; enter the final one."
    )
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    contract(rate_card, ("id: rate-card", "id: another"))
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, certificate)
    assert str(raised.value) == (
        "The certificate is of another contract file than the one given; give the contract that it was settled by."
    )


def _register(**changes: Any) -> bytes:
    plain: dict[str, Any] = {"certificates": {}, "claims": {}, "hmac_sha256": "", "schema": "effekt/claims/1"}
    return canonical_json(plain | changes)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"[]",
        b'{"claims":[],"schema":"effekt/claims/1"}',
        _register(schema="effekt/claims/2"),
        _register(claims={"00": "not entered"}),
        _register(certificates={"00": {"contract": "a"}}),
        _register(hmac_sha256=0),
        _register(hmac_sha256="\u00e9"),
        _register(more={}),
    ],
)
def test_a_file_that_is_no_register_is_left_alone(rate_card: Path, raw: bytes) -> None:
    (rate_card / "claims.json").write_bytes(raw)
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, workflow.read_certificate(rate_card / "certificate.json"))
    assert str(raised.value) == (
        "The file 'claims.json' is no register of claims; name the register as it was written."
    )
    assert (rate_card / "claims.json").read_bytes() == raw


def test_claims_on_the_command_line(rate_card: Path, effekt: Any) -> None:
    register, salt = rate_card / "register" / "claims.json", rate_card / "register" / "claims.salt"
    register.parent.mkdir()
    files = (rate_card / "certificate.json", "--contract", rate_card / "contract.yaml", "--register", register)
    words = ("--outcome", "work=month in work", "--outcome", "home=month in own home")
    ran = effekt("claim", *files, "--salt", salt, *words)
    assert (ran.code, ran.err) == (
        2,
        "effekt: The salt's file 'claims.salt' is not there; name the file that holds it, or make a new salt there "
        "(--new-salt).\n",
    )
    ran = effekt("claim", *files, "--salt", salt, "--new-salt", *words[:2])
    assert (ran.code, list(register.parent.iterdir())) == (2, [])  # what is refused leaves no salt behind
    ran = effekt("claim", *files, "--salt", salt, "--new-salt", *words, "--lang", "en")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "Outcomes entered: 118. There already for this certificate or those before it: 0. Free again: 0.\n"
    )
    raw = register.read_bytes(), salt.read_bytes()
    for begun in ((), ("--new-salt",)):
        other = ("--salt", rate_card / "other.salt") if begun else ("--salt", salt)
        ran = effekt("claim", *files, *other, *begun, *words)
        assert ran.code == (2 if begun else 0)
    assert ran.err == "effekt: The register 'claims.json' is there already; enter into it, or begin another file.\n"
    assert (register.read_bytes(), salt.read_bytes(), (rate_card / "other.salt").exists()) == (*raw, False)
    ran = effekt("claim", *files, "--salt", salt, "--outcome", "work")
    assert ran.err == (
        "effekt: `--outcome` must be ANALYSIS=WORD, each analysis once, such as work=month; got 'work'.\n"
    )
    other = ("--earlier", rate_card / "certificate.json", "--amended", rate_card / "months.csv", "--new-outcome")
    assert "months.csv" in effekt("claim", *files, "--salt", salt, *words, *other).err


# --- what verify refuses, claim refuses -----------------------------------------------------------------------


def _with(certificate: Certificate, old: bytes, new: bytes) -> Certificate:
    assert old in certificate.envelope.payload
    changed = certificate.envelope.payload.replace(old, new)
    return Certificate(Envelope(payload=changed, signatures=certificate.envelope.signatures))


FORGED: dict[str, Any] = {
    "unsigned": lambda one: Certificate(Envelope(payload=one.envelope.payload)),
    "signed by a stranger": lambda one: Certificate(
        sign(Envelope(payload=one.envelope.payload), generate_key()),
    ),
    "altered amount": lambda one: _with(one, b"779037.40", b"779038.40"),
    "altered amount, unsigned": lambda one: Certificate(
        Envelope(payload=one.envelope.payload.replace(b"779037.40", b"779038.40"))
    ),
    "altered amount, signed": lambda one: Certificate(
        sign(Envelope(payload=one.envelope.payload.replace(b"779037.40", b"779038.40")), DEMO_KEY)
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_verify_refuses_claims_nothing_and_frees_nothing(rate_card: Path, what: str) -> None:
    own, good = workflow.read_contract(rate_card / "contract.yaml"), rate_card / "certificate.json"
    forged = FORGED[what](workflow.read_certificate(good))
    reasons = "; ".join(
        f"{one.name}: {one.text.en.rstrip('.')}" for one in workflow.verify(forged, contract=own).differences
    )
    assert reasons
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, forged)
    assert str(raised.value) == (
        f"The certificate does not hold, so it claims nothing: {reasons}. Enter one that holds."
    )
    assert not (rate_card / "claims.json").exists()
    first = workflow.read_certificate(good)
    claimed(rate_card, first)
    before = (rate_card / "claims.json").read_bytes()
    (rate_card / "months.csv").write_bytes(b"person;manad;arbetad_manad;eget_boende\r\n0001;2023-02;0;1\r\n")
    later = workflow.settle(own, date="2023-09-02", supersedes=first, reason="nobody worked").sign(DEMO_KEY)
    amount = later.settlement.total.encode()
    changed = _with(later, b'"total":"' + amount, b'"total":"1' + amount)
    with pytest.raises(CertificateError, match="does not hold"):
        claimed(rate_card, FORGED[what](later) if "altered" not in what else changed, earlier=first)
    assert (rate_card / "claims.json").read_bytes() == before


# --- one certificate, contract, person and period under other words -------------------------------------------


def test_the_same_certificate_under_other_words_is_not_entered_again(rate_card: Path) -> None:
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    assert claimed(rate_card, certificate, outcomes={"work": "m", "home": "h"}).new == 118
    same = {"work": " M", "home": "\N{FULLWIDTH LATIN SMALL LETTER H}"}
    assert claimed(rate_card, certificate, outcomes=same) == workflow.Claims(new=0, held=118, released=0)
    raw = (rate_card / "claims.json").read_bytes()
    for new in (False, True):
        with pytest.raises(ArgumentError) as raised:
            claimed(rate_card, certificate, outcomes={"work": "month", "home": "h"}, new_outcomes=new)
        assert str(raised.value) == (
            "`outcomes` must have the word that the register has for work of this contract, 'm'; got 'month', under "
            "which the same outcomes would be entered a second time."
        )
    own = contract(rate_card, ("id: rate-card", "id: another"))
    other = workflow.settle(own, date="2023-09-01").sign(DEMO_KEY)
    with pytest.raises(ArgumentError) as raised:
        claimed(rate_card, other, outcomes={"work": "wrok", "home": "h"})
    assert str(raised.value) == (
        "`outcomes` has a word for work that the register does not know, 'wrok'; it knows 'h' and 'm'. Two contracts "
        "that pay for the same must have the same word: give that, or, where it is another outcome, say so "
        "(--new-outcome, new_outcomes=True)."
    )
    assert (rate_card / "claims.json").read_bytes() == raw
    both = {"work": "shift", "home": "night"}
    assert claimed(rate_card, other, outcomes=both, new_outcomes=True).new == 118


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("19121212-1212", "121212+1212"),
        ("191212121212", "121212-1212"),
        ("121212 1212", "1212121212"),
        ("121212\N{MINUS SIGN}1212", "19121212 \N{EN DASH} 1212"),
        ("19700170-1234", "7001701234"),  # a coordination number
        ("A 12", "a\N{NON-BREAKING HYPHEN}12"),
        ("a\N{COMBINING RING ABOVE}sa", "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}SA"),
        ("12 3", "12-3"),
        ("010190-12345", "01019012345"),
        ("01\N{ZERO WIDTH SPACE}x", "01x"),
        ("\N{FULLWIDTH DIGIT ONE}7", "\N{ARABIC-INDIC DIGIT ONE}7"),
        ("1", "0001"),
        ("0001", "1.0"),
        ("17", "+17"),
        ("17", "1,7E1"),
        ("1200", "1.2e+03"),
        ("000101-1234", "101.1234E4"),  # born in 2000: a spreadsheet drops the zeros
        ("0", "00"),
    ],
)
def test_a_person_written_in_two_ways_is_one(first: str, second: str) -> None:
    assert person_form(first) == person_form(second) == person_form(person_form(first))


@pytest.mark.parametrize(
    ("period", "written"),
    [
        ("2023-02", "2023m2"),
        ("2023-02", "2023\N{NON-BREAKING HYPHEN}02"),
        ("2023-02", "20230201"),
        ("2023-02", "2023-02-01T00:00:00"),
        ("2023-02", "2023-02-01 00:00:00.0"),
        ("2023Q1", "2023-K1"),
        ("2023T1", "2023-T1"),
        ("2023", " 2023"),
        ("2014/15", "2014/15"),
        ("2023-02-02", "2023-02-02"),  # a day of its own
        ("2023-13", "2023-13"),
        ("202313", "202313"),
        ("2023-02-01-01:00", "2023-02-01 01:00"),
        ("week5", "Week 5"),
    ],
)
def test_a_period_has_one_form_whatever_stands_beside_it(period: str, written: str) -> None:
    assert period_form(written) == period == period_form(period)


def test_a_person_and_a_month_written_in_two_ways_are_claimed_once(rate_card: Path) -> None:
    head = "person;manad;arbetad_manad;eget_boende\r\n"
    own, table = workflow.read_contract(rate_card / "contract.yaml"), rate_card / "months.csv"
    (rate_card / "certificate.json").unlink()
    table.write_bytes(f"{head}19900101-1234;2023-02;1;0\r\n".encode())
    claimed(rate_card, workflow.settle(own, date="2023-09-01").sign(DEMO_KEY))
    other = contract(rate_card, ("id: rate-card", "id: another"))
    written = ("2023-02", "2023M02", "2023-02-01")
    for person, month in zip(("900101-1234", "199001011234", "9001011234"), written, strict=True):
        table.write_bytes(f"{head}{person};{month};1;0\r\n".encode())
        with pytest.raises(CertificateError, match="1 outcome of this certificate is claimed already"):
            claimed(rate_card, workflow.settle(other, date="2023-09-01").sign(DEMO_KEY))
    table.write_bytes(f"{head}900101-1234;2023-02;1;0\r\n9001011234;2023-02;1;0\r\n".encode())
    with pytest.raises(DataError, match="must write each unit in one way"):
        workflow.settle(other, date="2023-09-01")
    table.write_bytes(f"{head}0007;2023-02;1;0\r\n".encode())
    claimed(rate_card, workflow.settle(other, date="2023-09-01").sign(DEMO_KEY))
    third = contract(rate_card, ("id: another", "id: third"))
    for person in ("7", "+7", "7.0", "7E0"):
        table.write_bytes(f"{head}{person};2023-02;1;0\r\n".encode())
        with pytest.raises(CertificateError, match="1 outcome of this certificate is claimed already"):
            claimed(rate_card, workflow.settle(third, date="2023-09-01").sign(DEMO_KEY))
    table.write_bytes(f"{head}A-12;2023-02;1;0\r\na12;2023-02;1;0\r\n".encode())
    with pytest.raises(CertificateError, match="counts one outcome twice, by work at row 1, line 2 and by work at"):
        claimed(rate_card, workflow.settle(third, date="2023-09-01").sign(DEMO_KEY))


@given(st.integers(0, 9999), st.integers(1, 12), st.integers(1, 28), st.integers(1890, 2023), st.booleans())
def test_every_way_to_write_a_personal_number_is_one_person(
    last: int, month: int, day: int, year: int, coordination: bool
) -> None:
    written = f"{year:04}{month:02}{day + 60 * coordination:02}"
    signs = ("", "-", "+", " ", " - ", "\N{EN DASH}")
    ten = f"{written[2:]}{last:04}"
    assert {person_form(f"{date}{sign}{last:04}") for date in (written, written[2:]) for sign in signs} == {
        ten.lstrip("0")
    }


@pytest.mark.parametrize(("one", "other"), [("1", "10"), ("1.5", "15"), ("12e1", "12"), ("x01", "x1"), ("1e100", "1")])
def test_two_names_are_two_persons(one: str, other: str) -> None:
    assert person_form(one) != person_form(other)


@given(st.tuples(st.integers(1, 999), st.integers(1, 999)), st.tuples(st.integers(1, 999), st.integers(1, 999)))
def test_two_numbers_with_a_hyphen_are_not_made_one(one: tuple[int, int], other: tuple[int, int]) -> None:
    """12-3 and 1-23 are two people of two places."""
    assert (person_form("{}-{}".format(*one)) == person_form("{}-{}".format(*other))) == (one == other)


def test_another_salt_or_a_register_that_was_changed_enters_nothing(rate_card: Path) -> None:
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    claimed(rate_card, certificate)
    register = rate_card / "claims.json"
    raw = register.read_bytes()
    plain = json.loads(raw)
    plain["claims"].pop(next(iter(plain["claims"])))
    for salt, there in ((bytes(32), raw), (SALT, canonical_json(plain))):
        register.write_bytes(there)
        with pytest.raises(CertificateError) as raised:
            claimed(rate_card, certificate, salt=salt)
        assert str(raised.value) == (
            "The register 'claims.json' was written under another salt, or was changed since it was written; under "
            "this salt nothing in it would be found. Give the salt that it was begun with, or the register as it was "
            "written."
        )
        assert register.read_bytes() == there


def test_a_register_that_could_not_be_read_again_is_not_written(
    rate_card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effekt.workflow.claim_register.MAX_BYTES", 999)
    with pytest.raises(CertificateError, match="would be larger than the 999 bytes that can be read again"):
        claimed(rate_card, workflow.read_certificate(rate_card / "certificate.json"))
    assert not (rate_card / "claims.json").exists()


# --- the lot --------------------------------------------------------------------------------------------------


def test_the_lot_is_that_of_a_reader_of_the_rule(rate_card: Path) -> None:
    own = workflow.read_contract(rate_card / "contract.yaml")
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    lines = (rate_card / "months.csv").read_text(encoding="windows-1252").splitlines()[1:]
    people = {line.split(";")[0] for line in lines}
    order = sorted(
        people,
        key=lambda one: hashlib.sha256(f'["effekt/trace/2","{own.sha256}","{SEED}","{one}"]'.encode()).hexdigest(),
    )
    for number in (1, 7, len(people)):
        drawn = workflow.trace(own, analysis="work", number=number, seed=SEED, locked=locked.to_bytes())
        assert drawn == tuple(order[:number])


NO_LOT: dict[str, tuple[dict[str, Any], str]] = {
    "number": ({"number": 0}, "`number` must be a whole number of 1 or more; got 0."),
    "true": ({"number": True}, "`number` must be a whole number of 1 or more; got True."),
    "too many": ({"number": 9999}, "`number` must be at most the 24 units of data.months; got 9999."),
    "seed": ({"seed": " "}, "`seed` must not be empty; give what was drawn in public after the lock."),
    "analysis": ({"analysis": "wrok"}, "`analysis` must be a name under analysis; got 'wrok'. Did you mean 'work'?"),
}


@pytest.mark.parametrize("what", NO_LOT)
def test_a_lot_that_cannot_be_drawn(rate_card: Path, what: str) -> None:
    own = workflow.read_contract(rate_card / "contract.yaml")
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    given, sentence = NO_LOT[what]
    with pytest.raises(ArgumentError) as raised:
        workflow.trace(own, **{"analysis": "work", "number": 3, "seed": SEED, "locked": locked} | given)
    assert str(raised.value) == sentence


def test_a_trial_of_rows_has_no_units_to_draw(tmp_path: Path) -> None:
    own = workflow.case_contract("nsw")
    with pytest.raises(ArgumentError) as raised:
        workflow.trace(own, analysis="earnings", number=3, seed=SEED, locked=b"")
    assert str(raised.value) == ("`analysis` must be one whose rows are of units; earnings has no argument unit.")


def test_the_lot_on_the_command_line(rate_card: Path, effekt: Any) -> None:
    own = workflow.read_contract(rate_card / "contract.yaml")
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    (rate_card / "lock.json").write_bytes(locked.to_bytes())
    given = ("--analysis", "work", "--number", 3, "--seed", SEED, "--locked", rate_card / "lock.json", "--lang", "en")
    ran = effekt("trace", rate_card / "contract.yaml", *given)
    drawn = workflow.trace(own, analysis="work", number=3, seed=SEED, locked=locked)
    assert (ran.code, ran.out.split()) == (0, list(drawn))
    assert ran.err == "These may be persons: do not publish them.\n"


# --- seals ----------------------------------------------------------------------------------------------------


def sealed(folder: Path, effekt: Any) -> workflow.Contract:  # type: ignore[name-defined]
    ran = effekt("seal", folder / "months.csv", "--salt", folder / "months.salt", "--new-salt", "--lang", "en")
    assert (ran.code, ran.err) == (0, "Keep months.salt and the table until you are shown the lock.\n")
    seal = f"sealed: {{hmac_sha256: {ran.out.strip()!r}, salt: months.salt}}"
    return contract(folder, ("text: [person]", f"text: [person], {seal}"), ("data:\n", "log: runs.jsonl\ndata:\n"))


def test_a_sealed_table_is_opened_after_the_lock_and_verified(rate_card: Path, effekt: Any) -> None:
    raw, own = (rate_card / "months.csv").read_bytes(), sealed(rate_card, effekt)
    salt = bytes.fromhex((rate_card / "months.salt").read_text(encoding="ascii"))
    assert own.model.data["months"].sealed.hmac_sha256 == hmac.new(salt, raw, hashlib.sha256).hexdigest()
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    certificate = workflow.settle(own, date="2023-09-01", locked=locked).sign(DEMO_KEY)
    assert certificate.settlement.total == "779037.40"
    assert not workflow.verify(certificate, contract=own, log=rate_card / "runs.jsonl").differences
    for lang, told in (("en", "The data months are sealed until"), ("sv", "Underlaget months är förseglat tills")):
        assert told in workflow.annex(own, lang=lang)
    (rate_card / "months.salt").unlink()
    for known in ({"contract": own}, {"data": {"months": rate_card / "months.csv"}}):
        found = workflow.verify(certificate, log=rate_card / "runs.jsonl", **known)
        closed = next(one for one in found.findings if one.name == "sealed:months")
        assert (closed.verdict, found.differences) == ("cannot_tell", ())
        assert "from a sealed table: ask whoever keeps it for what sealed names" in found.summary.en
    assert closed.text.en == (
        "Data months are sealed and were not opened, so the results were not computed again: ask whoever keeps the "
        "table for its salt, and put it in the folder of your contract (--contract)."
    )
    assert closed.text.sv == (
        "Data months är förseglade och öppnades inte, så resultaten räknades inte om: be den som förvarar underlaget "
        "om dess salt, och lägg det i mappen med ert avtal (--contract)."
    )
    (rate_card / "months.csv").write_bytes(raw + b"\n")
    (text,) = (one.text for one in workflow.verify(certificate, contract=own).findings if one.name == "sealed:months")
    assert "for its salt and for the very table, as this is another file, and put it" in text.en
    assert "om dess salt och själva underlaget, då detta är en annan fil, och lägg det" in text.sv


def test_a_verifiers_own_wrong_salt_accuses_nobody(rate_card: Path, effekt: Any) -> None:
    own = sealed(rate_card, effekt)
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    certificate = workflow.settle(own, date="2023-09-01", locked=locked).sign(DEMO_KEY)

    def told() -> tuple[bool, bool]:
        found = workflow.verify(certificate, contract=own, log=rate_card / "runs.jsonl")
        names = [one.name for one in found.findings if one.verdict == "cannot_tell"]
        return "sealed:months" in names, bool(found.differences)

    for salt in ("no digits", "00" * 31, ""):
        (rate_card / "months.salt").write_text(salt, encoding="ascii")
        assert told() == (True, False)
    (rate_card / "months.salt").write_text("00" * 32, encoding="ascii")
    assert told() == (False, True)  # of the very table, its digest in the contract does not hold
    (rate_card / "months.csv").write_bytes((rate_card / "months.csv").read_bytes() + b"\n")
    assert told() == (True, False)


def test_no_salt_is_asked_for_that_is_there(rate_card: Path, effekt: Any) -> None:
    own = sealed(rate_card, effekt)
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    certificate = workflow.settle(own, date="2023-09-01", locked=locked).sign(DEMO_KEY)
    (rate_card / "months.csv").write_bytes((rate_card / "months.csv").read_bytes() + b"\n")
    found = workflow.verify(certificate, contract=own, log=rate_card / "runs.jsonl")
    (text,) = (one.text for one in found.findings if one.name == "sealed:months")
    assert text.en == (
        "Data months are sealed and were not opened, so the results were not computed again: ask whoever keeps the "
        "table for the very one, as this is another file than the certificate's, which the salt that is there does "
        "not open, and put it in the folder of your contract (--contract)."
    )
    assert "om just det, då detta är en annan fil än intygets, som saltet på plats inte öppnar, och lägg" in text.sv
    assert "salt" not in found.summary.en


@pytest.mark.parametrize(
    ("salt", "sentence"),
    [
        (
            None,
            "data.months is sealed, and its salt 'months.salt' does not lie in the contract's folder; show the lock to "
            "whoever keeps the table, and put the salt there.",
        ),
        (
            "no salt",
            "data.months.sealed.salt must be a file of hexadecimal digits; use it as it was made.",
        ),
        (
            "00" * 32,
            "data.months.sealed is not the digest of this table under its salt: it is another table, or another salt, "
            "than was sealed; check the salt first, and ask whoever keeps the table for both as they were then.",
        ),
    ],
)
def test_a_table_whose_seal_does_not_hold_is_not_read(
    rate_card: Path, effekt: Any, salt: str | None, sentence: str
) -> None:
    own = sealed(rate_card, effekt)
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    (rate_card / "months.salt").unlink()
    if salt is not None:
        (rate_card / "months.salt").write_text(salt, encoding="ascii")
    with pytest.raises(DataError) as raised:
        workflow.settle(own, date="2023-09-01", locked=locked)
    assert str(raised.value) == sentence
    assert (rate_card / "runs.jsonl").read_bytes().count(b"\n") == 1  # nothing was read, so nothing was run


def test_a_short_salt_seals_nothing(rate_card: Path) -> None:
    with pytest.raises(ArgumentError) as raised:
        workflow.seal(rate_card / "months.csv", salt=b"short")
    assert str(raised.value) == "`salt` must be at least 32 bytes made at random; got 5."


@pytest.mark.parametrize("new", [(), ("--new-salt",)])
def test_a_seal_that_is_refused_leaves_no_salt_behind(rate_card: Path, effekt: Any, new: tuple[str, ...]) -> None:
    there = set(rate_card.iterdir())
    table = rate_card / ("none.csv" if new else "months.csv")
    ran = effekt("seal", table, "--salt", rate_card / "months.salt", *new)
    assert (ran.code, set(rate_card.iterdir())) == (2, there)
    assert ("is not there; name the file that holds it, or make a new salt there" in ran.err) == (not new)


def test_a_new_salt_never_takes_the_place_of_a_file(rate_card: Path, effekt: Any) -> None:
    salt = rate_card / "months.salt"
    salt.write_text("00" * 32, encoding="ascii")
    ran = effekt("seal", rate_card / "months.csv", "--salt", salt, "--new-salt")
    assert (ran.code, salt.read_text(encoding="ascii")) == (2, "00" * 32)
    assert effekt("seal", rate_card / "months.csv", "--salt", salt).code == 0
