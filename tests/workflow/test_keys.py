"""Keys that hold for some days only, and keys that change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from effekt import workflow
from effekt.certificates import (
    DEMO_KEY,
    Envelope,
    PrivateKey,
    canonical_json,
    generate_key,
    public_key,
    public_text,
    read_envelope,
    sign,
    write_private_key,
)
from effekt.certificates.certificate import Certificate
from effekt.certificates.key_holders import holders, party_keys
from effekt.certificates.release import read_public
from effekt.exceptions import CertificateError, ContractError

DAY = "2023-09-01"
REASON = '{sv: "ett skäl", en: "a reason"}'
DEMO = public_text(public_key(DEMO_KEY))


def named(key: PrivateKey) -> str:
    return public_text(public_key(key))


def edit(folder: Path, old: str, new: str) -> workflow.Contract:
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return workflow.read_contract(path)


def with_days(folder: Path, days: str, keys: str = f'["{DEMO}"]') -> workflow.Contract:
    """The rate card, whose verifier's keys hold for some days."""
    return edit(folder, f'keys: ["{DEMO}"]', f"keys: {keys}\n    valid: [{days}]")


def only(days: str, key: str = DEMO) -> str:
    return f'{{key: "{key}", {days}}}'


def told(certificate: Certificate, contract: workflow.Contract, **given: Any) -> dict[str, tuple[str, str]]:
    found = workflow.verify(certificate, contract=contract, **given)
    return {one.name: (one.verdict, one.text.en) for one in found.findings}


def signed_anyway(certificate: Certificate, key: PrivateKey) -> Certificate:
    """Signed without asking whether the key holds."""
    return Certificate(sign(certificate.envelope, key))


# --- days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "period"),
    [
        ('to: "2023-08-31"', "to 2023-08-31"),
        ('from: "2023-09-02"', "from 2023-09-02"),
        ('from: "2022-01-01", to: "2022-12-31"', "from 2022-01-01 to 2022-12-31"),
    ],
)
def test_a_signature_outside_its_days_counts_for_nothing(rate_card: Path, days: str, period: str) -> None:
    contract = with_days(rate_card, only(days))
    certificate = workflow.settle(contract, date=DAY)
    with pytest.raises(CertificateError) as refused:
        certificate.sign(DEMO_KEY)
    assert f"holds {period}, and the certificate is dated {DAY}, so it would count for nothing" in str(refused.value)
    found = told(signed_anyway(certificate, DEMO_KEY), contract)
    assert found["signatures"] == ("different", "0 of 1 required signatures are valid.")
    assert found["signature_not_held"] == (
        "different",
        f"A signature is by a key of verifier that holds {period}, and the certificate is dated {DAY}; it counts for "
        "nothing.",
    )


@pytest.mark.parametrize("days", [f'from: "{DAY}"', f'to: "{DAY}"', f'from: "{DAY}", to: "{DAY}"'])
def test_both_days_are_included(rate_card: Path, days: str) -> None:
    contract = with_days(rate_card, only(days))
    found = told(workflow.settle(contract, date=DAY).sign(DEMO_KEY), contract)
    assert found["signatures"][0] == "reproduced"
    assert "signature_not_held" not in found


def test_an_old_key_beside_a_new_one_is_remarked_on(rate_card: Path) -> None:
    new = generate_key()
    days = only('to: "2023-01-31"') + ", " + only('from: "2023-02-01"', named(new))
    contract = with_days(rate_card, days, f'["{DEMO}", "{named(new)}"]')
    certificate = signed_anyway(workflow.settle(contract, date=DAY).sign(new), DEMO_KEY)
    found = told(certificate, contract)
    assert (found["signatures"][0], found["signature_not_held"][0]) == ("reproduced", "cannot_tell")


def test_keys_that_follow_each_other_are_not_two_signatures(rate_card: Path) -> None:
    new = generate_key()
    days = only('to: "2023-01-31"') + ", " + only('from: "2023-02-01"', named(new))
    path = rate_card / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("threshold: 1", "threshold: 2"), encoding="utf-8")
    with pytest.raises(ContractError, match=r"must be at most the number of keys of these roles, 1; got 2"):
        with_days(rate_card, days, f'["{DEMO}", "{named(new)}"]')
    overlapping = only('to: "2023-01-31"') + ", " + only('from: "2023-01-31"', named(new))
    path.write_text(path.read_text(encoding="utf-8").replace(days, overlapping), encoding="utf-8")
    contract = workflow.read_contract(path)
    assert any("make all 2 signatures alone" in text.en for text in workflow.check(contract).cautions)


def test_keys_that_ended_before_the_contract_was_signed_do_not_reach_its_threshold(rate_card: Path) -> None:
    with pytest.raises(ContractError, match=r"must be at most the number of keys of these roles, 0; got 1"):
        with_days(rate_card, only('to: "2022-11-14"'))


def test_a_lock_outside_the_days_of_its_key(rate_card: Path) -> None:
    contract = with_days(rate_card, only('from: "2023-01-01"'))
    with pytest.raises(CertificateError, match=r"does not hold on 2022-01-01 by the contract, so its lock would be"):
        workflow.lock(contract, key=DEMO_KEY, date="2022-01-01", undecided_accepted=True)
    lock = workflow.lock(contract, key=DEMO_KEY, date="2023-01-01", undecided_accepted=True)
    statement = json.loads(lock.payload)
    statement["predicate"]["date"] = "2022-01-01"
    backdated = sign(Envelope(payload=canonical_json(statement)), DEMO_KEY)
    with pytest.raises(
        CertificateError, match=r"^The lock is dated 2022-01-01, and no key that signed it holds on that"
    ):
        workflow.settle(contract, date=DAY, locked=backdated)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (f'{{key: "{DEMO}"}}', "must have one of the keys from or to, or both; it has none of them."),
        (only('from: "2023-02-01", to: "2023-01-01"'), "to must not be before from, 2023-02-01; got 2023-01-01."),
        (only('to: "2023-01-01"', "A" * 42 + "I="), "key is none of the party's keys."),
        (only('to: "2023-01-01"') + ", " + only('to: "2023-01-01"'), "has its days already; give each key one period."),
    ],
)
def test_days_that_cannot_be(rate_card: Path, days: str, sentence: str) -> None:
    with pytest.raises(ContractError) as raised:
        with_days(rate_card, days)
    assert sentence in str(raised.value)


def test_a_key_that_anyone_can_sign_for_is_named_by_its_place(rate_card: Path) -> None:
    """Before anything is signed: whoever can sign for the party needs no key of it."""
    contract = edit(rate_card, f'keys: ["{DEMO}"]', f'keys: ["{DEMO}", "{"A" * 43}="]')
    with pytest.raises(ContractError, match=r"^parties\.verifier\.keys\[2\] cannot be used: The public key is weak"):
        party_keys(contract)


# --- changes --------------------------------------------------------------------------------------------------


def test_a_new_key_takes_the_place_of_the_old(rate_card: Path) -> None:
    contract, new = workflow.read_contract(rate_card / "contract.yaml"), generate_key()
    change = workflow.rotate(contract, key=DEMO_KEY, new=named(new), date="2023-06-01")
    certificate = workflow.settle(contract, date=DAY)
    with pytest.raises(CertificateError, match="is a key of no party that the contract lets sign"):
        certificate.sign(new)
    by_new = certificate.sign(new, rotations=[change])
    assert told(by_new, contract, rotations=[change.to_bytes()])["signatures"][0] == "reproduced"
    assert told(by_new, contract)["signatures"][0] == "different"
    published = workflow.publish(by_new, key=new, salt=bytes(32), rotations=[change])
    assert read_public(published).lacking_signatures == 0
    with pytest.raises(CertificateError, match=r"give the change by which a party has it \(--rotation\)"):
        workflow.publish(by_new, key=new, salt=bytes(32))
    by_old = signed_anyway(certificate, DEMO_KEY)
    old = workflow.publish(by_old, key=new, salt=bytes(32), rotations=[change])
    assert read_public(old).lacking_signatures == 1  # its key did not hold on the day any more
    assert told(by_old, contract, rotations=[change])["signature_not_held"] == (
        "different",
        f"A signature is by a key of verifier that holds to 2023-05-31, and the certificate is dated {DAY}; it counts "
        "for nothing.",
    )
    both = told(signed_anyway(by_new, DEMO_KEY), contract, rotations=[change])
    assert both["signatures"] == ("reproduced", "1 of 1 required signatures are valid.")


def test_changes_follow_each_other(rate_card: Path) -> None:
    contract = with_days(rate_card, only('to: "2025-12-31"'))
    second, third = generate_key(), generate_key()
    first_change = workflow.rotate(contract, key=DEMO_KEY, new=named(second), date="2023-06-01")
    with pytest.raises(CertificateError, match=r"; if another change brought it, give that one too\.$"):
        workflow.rotate(contract, key=second, new=named(third), date="2024-01-01")
    second_change = workflow.rotate(
        contract, key=second, new=named(third), date="2024-01-01", rotations=[first_change.to_bytes()]
    )
    known = {one.key: (one.first, one.last) for one in holders(contract, [second_change, first_change])}
    assert known[DEMO] == (None, "2023-05-31")
    assert known[named(second)] == ("2023-06-01", "2023-12-31")
    assert known[named(third)] == ("2024-01-01", "2025-12-31")
    both = [first_change, second_change]
    for key, new, date, sentence in (
        (second, third, "2024-06-01", "when the old key did not hold"),
        (third, second, "2024-06-01", "brings a key that a party has already"),
        (third, generate_key(), "2023-12-01", "that no party of the contract has"),
        (
            third,
            generate_key(),
            "2024-01-01",
            "the first day of the old key, which would hold on no day; date it later",
        ),
        (third, generate_key(), "2026-01-01", "when the old key did not hold"),
    ):
        with pytest.raises(CertificateError, match=sentence):
            workflow.rotate(contract, key=key, new=named(new), date=date, rotations=both)


def test_a_key_that_always_held_is_not_changed_on_the_first_day_of_the_calendar(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    with pytest.raises(CertificateError, match="the first day of the old key, which would hold on no day; date it lat"):
        workflow.rotate(contract, key=DEMO_KEY, new=named(generate_key()), date="0001-01-01")


def test_a_change_that_is_given_twice_counts_once(rate_card: Path) -> None:
    contract, new = workflow.read_contract(rate_card / "contract.yaml"), generate_key()
    change = workflow.rotate(contract, key=DEMO_KEY, new=named(new), date="2023-06-01")
    assert holders(contract, [change, change.to_bytes()]) == holders(contract, [change])


def test_changes_that_count_for_nothing(rate_card: Path) -> None:
    contract, new, thief = workflow.read_contract(rate_card / "contract.yaml"), generate_key(), generate_key()
    good = workflow.rotate(contract, key=DEMO_KEY, new=named(new), date="2023-06-01")

    def changed(signer: PrivateKey, **given: Any) -> Envelope:
        statement = json.loads(good.payload)
        statement["predicate"].update(given)
        return sign(Envelope(payload=canonical_json(statement)), signer)

    locked = workflow.lock(contract, key=DEMO_KEY, date="2022-12-01", undecided_accepted=True)
    other = {"id": contract.model.id, "sha256": "0" * 64}
    cases: list[tuple[list[Envelope | bytes], str]] = [
        ([locked], "The change of key is none; make one with `effekt rotate`."),
        ([changed(DEMO_KEY, contract=other)], "The change of key is for another contract file than this one"),
        ([changed(thief)], "The change of key is not signed by the key that it replaces, or was changed."),
        ([changed(thief, old=named(thief))], "The change of key replaces a key that no party of the contract has; "),
        ([changed(DEMO_KEY, new=DEMO)], "The change of key brings a key that a party has already"),
        ([changed(DEMO_KEY, new="A" * 43 + "=")], "The public key is weak"),
        (
            [good, changed(DEMO_KEY, new=named(thief), date="2023-07-01")],
            "when the old key did not hold (to 2023-05-31)",
        ),
        (
            [good, changed(DEMO_KEY, new=named(thief), date="2023-01-01")],
            "when the old key did not hold (to 2022-12-31)",
        ),
    ]
    for rotations, sentence in cases:
        with pytest.raises(CertificateError) as raised:
            holders(contract, rotations)
        assert sentence in str(raised.value)
    for wrong, sentence in (
        ({"date": "2023-02-30"}, "The date of the change of key '2023-02-30' is not a day; write it as YYYY-MM-DD."),
        ({"more": 1}, "The change of key has the unknown key 'more'"),
    ):
        with pytest.raises(CertificateError) as raised:
            holders(contract, [changed(DEMO_KEY, **wrong)])
        assert sentence in str(raised.value)


def test_a_change_of_a_file_before_the_amendment_counts_for_that_file_alone(rate_card: Path) -> None:
    """A first amendment names that file; a second one the last before alone, so that any may be meant."""
    for name in ("Exempelkommunen", "Utfallsfonden", "Leverantören"):
        edit(rate_card, f'name: "{name}"}}', f'name: "{name}", keys: ["{named(generate_key())}"]}}')
    first, foreign = workflow.read_contract(rate_card / "contract.yaml"), "0" * 64
    good = workflow.rotate(first, key=DEMO_KEY, new=named(generate_key()), date="2023-06-01")
    plain = (rate_card / "contract.yaml").read_text(encoding="utf-8")

    def amended(number: int) -> workflow.Contract:
        more = f'amendment: {{number: {number}, of: "{first.sha256}", date: "2023-05-01", reason: {REASON}, agreed_by: '
        (rate_card / "contract.yaml").write_text(f"{plain}{more}[municipality, fund, provider]}}\n", encoding="utf-8")
        return workflow.read_contract(rate_card / "contract.yaml")

    def of(id: str, digest: str, subject: str = "") -> Envelope:
        statement = json.loads(good.payload)
        statement["predicate"]["contract"] = {"id": id, "sha256": digest}
        statement["subject"][0]["digest"]["sha256"] = subject or digest
        return sign(Envelope(payload=canonical_json(statement)), DEMO_KEY)

    own = first.model.id
    for number, change, counts in (
        (1, good, True),
        (1, of(own, foreign), False),
        (2, of(own, foreign), True),
        (2, of("another", foreign), False),
        (2, of(own, foreign, first.sha256), False),
    ):
        contract = amended(number)
        if counts:
            assert holders(contract, [change]) == holders(contract)
            continue
        with pytest.raises(CertificateError, match=r"^The change of key is for another contract file than this one"):
            holders(contract, [change])


def test_a_key_that_has_ended_cannot_name_the_next(rate_card: Path) -> None:
    contract = with_days(rate_card, only('to: "2023-01-31"'))
    with pytest.raises(CertificateError, match=r"is dated 2023-02-01, when the old key did not hold \(to 2023-01-31\)"):
        workflow.rotate(contract, key=DEMO_KEY, new=named(generate_key()), date="2023-02-01")


def test_a_change_of_key_is_no_certificate(rate_card: Path) -> None:
    contract = workflow.read_contract(rate_card / "contract.yaml")
    change = workflow.rotate(contract, key=DEMO_KEY, new=named(generate_key()), date="2023-06-01")
    with pytest.raises(CertificateError, match=r"^The envelope holds a change of key and not a certificate"):
        Certificate(change)


def test_on_the_command_line(rate_card: Path, effekt: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFEKT_KEY_PASSPHRASE", "four random words here")
    new, change, out = generate_key(), rate_card / "change.json", rate_card / "second.json"
    write_private_key(rate_card / "new.pem", new, "four random words here")
    contract = rate_card / "contract.yaml"
    given = ("rotate", contract, "--key", "demo", "--new", named(new), "--date", "2023-06-01", "--out", change)
    assert effekt(*given).out == f"Den nya nyckeln gäller från 2023-06-01; ge {change} till alla parter\n"
    assert read_envelope(change.read_bytes()).signatures
    assert effekt("settle", contract, "--date", DAY, "--out", out).code == 0
    assert effekt("sign", out, "--key", rate_card / "new.pem").code == 2
    assert effekt("sign", out, "--key", rate_card / "new.pem", "--rotation", change).code == 0
    assert effekt("verify", out, "--contract", contract).code == 1
    assert effekt("verify", out, "--contract", contract, "--rotation", change).code == 0
    third, later = generate_key(), rate_card / "later.json"
    given = ("rotate", contract, "--key", rate_card / "new.pem", "--new", named(third), "--date", "2023-09-01")
    assert effekt(*given, "--out", later).code == 2
    assert effekt(*given, "--rotation", change, "--out", later).code == 0
    write_private_key(rate_card / "third.pem", third, "four random words here")
    signed = ("sign", out, "--key", rate_card / "third.pem", "--rotation", later)
    assert (effekt(*signed).code, effekt(*signed, "--rotation", change).code) == (2, 0)
