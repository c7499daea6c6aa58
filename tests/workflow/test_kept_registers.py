"""What whoever keeps a register does: seals a table, draws whom to look up, and enters what was claimed."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY
from effekt.certificates.certificate import Certificate
from effekt.exceptions import ArgumentError, CertificateError, DataError, EffektError

SALT = bytes(range(32))
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


def claimed(folder: Path, certificate: Certificate, **given: Any) -> workflow.Claims:
    given = {"salt": SALT, "outcomes": WORDS, "register": folder / "claims.json"} | given
    return workflow.claim(certificate, contract=workflow.read_contract(folder / "contract.yaml"), **given)


# --- claims ---------------------------------------------------------------------------------------------------


def test_a_register_holds_keyed_digests_of_what_was_counted_and_no_name(rate_card: Path) -> None:
    certificate = workflow.read_certificate(rate_card / "certificate.json")
    assert claimed(rate_card, certificate) == workflow.Claims(new=118, held=0, released=0)
    raw = (rate_card / "claims.json").read_bytes()
    lines = (rate_card / "months.csv").read_text(encoding="windows-1252").splitlines()[1:]
    rows = [line.split(";") for line in lines]
    expected = {
        hmac.new(SALT, f'["{word}","{row[0]}","{row[1]}"]'.encode(), hashlib.sha256).hexdigest()
        for place, word in ((2, WORDS["work"]), (3, WORDS["home"]))
        for row in rows
        if row[place] == "1"
    }
    claims = json.loads(raw)["claims"]
    assert set(claims) == expected
    assert {entry["certificate"] for entry in claims.values()} == {certificate.sha256}
    assert claimed(rate_card, certificate) == workflow.Claims(new=0, held=118, released=0)
    assert (rate_card / "claims.json").read_bytes() == raw


def test_a_certificate_that_supersedes_takes_over_and_frees(rate_card: Path) -> None:
    first = workflow.read_certificate(rate_card / "certificate.json")
    claimed(rate_card, first)
    table = rate_card / "months.csv"
    table.write_bytes(table.read_bytes().replace(b"0001;2023-02;1;1", b"0001;2023-02;0;1"))
    own = workflow.read_contract(rate_card / "contract.yaml")
    later = workflow.settle(own, date="2023-09-02", supersedes=first, reason="a row was wrong").sign(DEMO_KEY)
    assert claimed(rate_card, later) == workflow.Claims(new=0, held=117, released=1)
    held = json.loads((rate_card / "claims.json").read_bytes())["claims"]
    assert len(held) == 117
    assert {entry["certificate"] for entry in held.values()} == {later.sha256}


def test_lines_that_deduct_what_was_paid_count_an_outcome_again(rate_card: Path) -> None:
    true_up = '      true_up: {paid: "0", below_zero: carry}\n'
    own = contract(
        rate_card,
        ("below_zero: zero}}\n    home", f"below_zero: zero}}}}\n{true_up}    home"),
        ('      cap: "150000"', f'      cap: "150000"\n{true_up.rstrip()}'),
    )
    for date, new in (("2023-09-01", 118), ("2023-10-01", 0)):
        assert claimed(rate_card, workflow.settle(own, date=date)).new == new
    other = contract(rate_card, ("id: rate-card", "id: another"))
    with pytest.raises(CertificateError, match="the contract rate-card has it"):
        claimed(rate_card, workflow.settle(other, date="2023-10-01"))


def test_nothing_is_entered_where_one_outcome_is_claimed(rate_card: Path) -> None:
    claimed(rate_card, workflow.read_certificate(rate_card / "certificate.json"))
    before = (rate_card / "claims.json").read_bytes()
    own = contract(rate_card, ("id: rate-card", "id: another"))
    (rate_card / "months.csv").write_bytes(
        b"person;manad;arbetad_manad;eget_boende\r\n0001;2023-02;1;0\r\n9999;2023-02;1;0\r\n"
    )
    first = json.loads(before)["claims"]
    holder = next(iter(first.values()))["certificate"][:16]
    with pytest.raises(CertificateError) as raised:
        claimed(rate_card, workflow.settle(own, date="2023-09-01"))
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
    "empty word": ({"outcomes": WORDS | {"home": " "}}, "`outcomes` must have a word for home; it is empty."),
    "same word": (
        {"outcomes": dict.fromkeys(WORDS, "month")},
        "This certificate counts one outcome twice, by work at row 2, line 3 and by home at row 2, line 3; give "
        "outcomes that differ different words, or settle it anew.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_claim_that_cannot_be_entered(rate_card: Path, what: str) -> None:
    given, sentence = REFUSED[what]
    with pytest.raises(EffektError) as raised:
        claimed(rate_card, workflow.read_certificate(rate_card / "certificate.json"), **given)
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


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"claims":[],"schema":"effekt/claims/1"}'])
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
    ran = effekt("claim", *files, "--salt", salt, *words, "--lang", "en")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "Outcomes entered: 118. There already for this certificate or those before it: 0. Free again: 0.\n"
    )
    salt.unlink()  # a register's salt is not made anew: under another one nothing would be found
    assert effekt("claim", *files, "--salt", salt, *words).code == 2
    ran = effekt("claim", *files, "--salt", salt, "--outcome", "work")
    assert ran.err == (
        "effekt: `--outcome` must be ANALYSIS=WORD, each analysis once, such as work=month; got 'work'.\n"
    )


# --- the lot --------------------------------------------------------------------------------------------------


def test_the_lot_is_that_of_a_reader_of_the_rule(rate_card: Path) -> None:
    own = workflow.read_contract(rate_card / "contract.yaml")
    locked = workflow.lock(own, key=DEMO_KEY, date="2022-11-20", undecided_accepted=True)
    lock = hashlib.sha256(locked.payload).hexdigest()
    lines = (rate_card / "months.csv").read_text(encoding="windows-1252").splitlines()[1:]
    people = {line.split(";")[0] for line in lines}
    order = sorted(
        people, key=lambda one: hashlib.sha256(f'["effekt/trace/1","{lock}","{SEED}","{one}"]'.encode()).hexdigest()
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
    ran = effekt("seal", folder / "months.csv", "--salt", folder / "months.salt", "--lang", "en")
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
            "than was sealed; ask whoever keeps the table for both as they were then.",
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
