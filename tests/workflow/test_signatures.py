"""Whose signature counts and how many are enough: by keys or by parties, with a contract of one's own or without."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from effekt import workflow
from effekt.certificates import DEMO_KEY, generate_key, key_id, public_key, public_text, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, Signature
from effekt.contracts import parse_contract
from effekt.workflow.rules.signatures import earlier_signed_findings, is_signed, signature_findings, unsigned

DAY = "2023-09-01"
KEYS = {"demo": DEMO_KEY} | {name: generate_key() for name in ("second", "payer", "provider", "stranger")}
IDS = {name: key_id(public_key(key)) for name, key in KEYS.items()}


def contract_of(folder: Path, count: str = "keys", threshold: int = 2) -> workflow.Contract:
    """The rate card, signed by a verifier that holds two keys and a payer; the provider's key may not sign."""
    texts = {name: public_text(public_key(key)) for name, key in KEYS.items()}
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        (f'keys: ["{texts["demo"]}"]', f'keys: ["{texts["demo"]}", "{texts["second"]}"]'),
        ('name: "Exempelkommunen"', f'name: "Exempelkommunen", keys: ["{texts["payer"]}"]'),
        ('name: "Leverantören"', f'name: "Leverantören", keys: ["{texts["provider"]}"]'),
        ("{threshold: 1, roles: [verifier]}", f"{{threshold: {threshold}, roles: [verifier, payer], count: {count}}}"),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return workflow.read_contract(path)


def signed(contract: workflow.Contract, names: Iterable[str]) -> Certificate:
    """Signed with the keys, whether they count or not."""
    envelope = workflow.settle(contract, date=DAY).envelope
    for name in names:
        envelope = sign(envelope, KEYS[name])
    return Certificate(envelope)


def told(found: Certificate, contract: workflow.Contract | None) -> dict[str, tuple[str, str, str]]:
    return {one.name: (one.verdict, one.text.en, one.text.sv) for one in signature_findings(found, contract)}


@pytest.mark.parametrize(
    ("count", "names", "counted"),
    [
        ("keys", ["demo"], 1),
        ("keys", ["demo", "second"], 2),
        ("keys", ["second", "payer"], 2),
        ("keys", ["demo", "second", "payer"], 3),
        ("keys", ["demo", "provider"], 1),  # of a party whose role signs nothing
        ("keys", ["demo", "stranger"], 1),
        ("parties", ["demo", "second"], 1),  # one party, however many keys it holds
        ("parties", ["demo", "payer"], 2),
        ("parties", ["demo", "second", "payer"], 2),
        ("parties", ["payer", "provider"], 1),
    ],
)
def test_a_signature_counts_as_the_contract_counts(rate_card: Path, count: str, names: list[str], counted: int) -> None:
    contract = contract_of(rate_card, count)
    certificate, enough = signed(contract, names), counted >= 2
    assert told(certificate, contract)["signatures"] == (
        "reproduced" if enough else "different",
        f"{counted} of 2 required signatures are valid.",
        f"{counted} av 2 nödvändiga underskrifter är giltiga.",
    )
    assert is_signed(certificate, contract) is enough


@pytest.mark.parametrize(("names", "verdict"), [(["demo"], "cannot_tell"), ([], "different")])
def test_a_key_that_may_not_sign_is_named_and_is_a_difference_where_too_few_others_signed(
    rate_card: Path, names: list[str], verdict: str
) -> None:
    contract = contract_of(rate_card, threshold=1)
    certificate = signed(contract, [*names, "stranger"])
    key = IDS["stranger"][:16]
    assert told(certificate, contract)["signature_unknown_key"] == (
        verdict,
        f"A signature is by key {key}…, which the contract gives no role that may sign; it counts for nothing, unless "
        "a party changed to that key and you give the change (--rotation).",
        f"En underskrift är gjord med nyckel {key}…, som avtalet inte låter skriva under; den räknas inte, om inte en "
        "part har bytt till den nyckeln och du anger bytet (--rotation).",
    )
    assert is_signed(certificate, contract) is bool(names)


def test_without_a_contract_of_ones_own_enough_signatures_are_never_said_to_be_right(rate_card: Path) -> None:
    contract = contract_of(rate_card)
    assert told(signed(contract, ["demo", "payer"]), None)["signatures"] == (
        "cannot_tell",
        "2 of 2 required signatures are valid by the keys that the certificate itself names; compare them with your "
        "own contract.",
        "2 av 2 nödvändiga underskrifter är giltiga enligt de nycklar som intyget självt anger; jämför dem med ert "
        "eget avtal.",
    )
    assert told(signed(contract, ["demo"]), None)["signatures"][:2] == (
        "different",
        "1 of 2 required signatures are valid.",
    )


def test_the_keys_that_count_are_those_of_ones_own_contract(rate_card: Path) -> None:
    """A certificate carries the contract that its maker says it has, which may name the maker's own keys."""
    own = workflow.read_contract(rate_card / "contract.yaml")
    certificate = signed(contract_of(rate_card), ["second", "payer"])
    assert told(certificate, None)["signatures"][0] == "cannot_tell"
    assert told(certificate, own)["signatures"][:2] == ("different", "0 of 1 required signatures are valid.")
    assert not is_signed(certificate, own)


def test_what_was_changed_in_the_file_is_a_difference_whoever_signed(rate_card: Path) -> None:
    contract = contract_of(rate_card, threshold=1)
    whole = signed(contract, ["demo"])
    moved = Certificate(read_envelope(whole.to_bytes() + b" "))
    forged = Signature(key_id=IDS["second"], signature=whole.envelope.signatures[0].signature[::-1])
    ordered = sorted((*whole.envelope.signatures, forged), key=lambda one: one.key_id)
    beside = Certificate(Envelope(payload=whole.envelope.payload, signatures=tuple(ordered)))
    assert is_signed(whole, contract)
    for changed, name in ((moved, "envelope_form"), (beside, "signature_invalid")):
        verdict, en, sv = told(changed, contract)[name]
        assert (verdict, bool(en), bool(sv)) == ("different", True, True)
        assert not is_signed(changed, contract)
    assert told(beside, contract)["signatures"][0] == "reproduced"  # so that the forged one alone decides


@pytest.mark.parametrize(("names", "shown"), [(["demo", "payer"], True), (["second", "payer"], False)])
def test_the_demonstration_key_is_told_of_wherever_it_signed(rate_card: Path, names: list[str], shown: bool) -> None:
    contract = contract_of(rate_card)
    sentence = (
        "cannot_tell",
        "It is signed with the published demonstration key, which proves nothing.",
        "Det är undertecknat med den publicerade demonstrationsnyckeln, som inte bevisar något.",
    )
    assert told(signed(contract, names), contract).get("demo_key") == (sentence if shown else None)


def amended(contract: workflow.Contract, of: str) -> workflow.Contract:
    """The same contract with only the stranger's key for the verifier, in place of a file with a digest."""
    keys = ", ".join(f'"{public_text(public_key(KEYS[name]))}"' for name in ("demo", "second"))
    new = contract.raw.decode().replace(f"[{keys}]", f'["{public_text(public_key(KEYS["stranger"]))}"]')
    why = 'reason: {sv: "x", en: "x"}, agreed_by: [municipality, fund, provider]'
    change = f'amendment: {{number: 1, of: "{of}", date: "2023-01-02", {why}}}\nattribution:'
    fund = f'name: "Utfallsfonden", keys: ["{public_text(public_key(generate_key()))}"]'
    new = new.replace('name: "Utfallsfonden"', fund)
    return parse_contract(new.replace("attribution:", change, 1).encode())


def test_an_earlier_certificate_counts_where_it_is_signed_as_the_contract_of_its_time_asks(rate_card: Path) -> None:
    contract = contract_of(rate_card)
    enough, short = signed(contract, ["demo", "second"]), signed(contract, ["demo"])
    assert enough.sha256 == short.sha256
    assert unsigned(enough, [enough, short], contract) == (short,)
    (found,) = earlier_signed_findings(enough, (short,), contract)
    assert (found.name, found.verdict, found.text.en, found.text.sv) == (
        f"earlier_signed:{DAY}",
        "cannot_tell",
        f"The certificate of {DAY}, digest {short.sha256[:16]}…, is not signed as the contract asks: what it says was "
        "paid and declared proves nothing.",
        f"Intyget från {DAY}, kontrollsumma {short.sha256[:16]}…, är inte undertecknat så som avtalet kräver: det som "
        "det anger som betalt och uppgett bevisar inget.",
    )
    assert unsigned(short, [enough, short], None) == (short,)
    after, another = amended(contract, contract.sha256), amended(contract, "0" * 64)
    assert not unsigned(enough, [enough], after)
    assert unsigned(enough, [enough], another) == (enough,)  # nobody says whose keys held then
    assert unsigned(enough, [enough], another, [contract]) == (enough,)  # no file before one's own
    (strange,) = earlier_signed_findings(enough, (enough,), another)
    assert (strange.name, strange.verdict, strange.text.en, strange.text.sv) == (
        f"earlier_contract:{DAY}",
        "cannot_tell",
        f"The certificate of {DAY}, digest {enough.sha256[:16]}…, is of another contract file with the same id: it is "
        "set aside, unless the file before amendment 1, digest 0000000000000000…, leads to it: give that one with "
        "--amended.",
        f"Intyget från {DAY}, kontrollsumma {enough.sha256[:16]}…, gäller en annan avtalsfil med samma id: det lämnas "
        "åt sidan, om inte filen före ändring 1, kontrollsumma 0000000000000000…, leder till den: ange den med "
        "--amended.",
    )
    plain = parse_contract(contract.raw.replace(b"attribution:", b"# another file\nattribution:", 1))
    of_plain = workflow.settle(plain, date=DAY, data={"months": rate_card / "months.csv"})
    (of_own,) = earlier_signed_findings(of_plain, (enough,), contract)
    assert of_own.name == f"earlier_signed:{DAY}"  # by one's own file, not by that which the certificate carries
    other = parse_contract(contract.raw.replace(b"id: rate-card", b"id: another"))
    assert not unsigned(short, [short], other)  # which is a finding of its own


def test_a_change_of_key_counts_for_earlier_certificates_too(rate_card: Path) -> None:
    contract, new = contract_of(rate_card), generate_key()
    rotation = workflow.rotate(contract, key=KEYS["second"], new=public_text(public_key(new)), date="2023-02-01")
    made = Certificate(sign(sign(workflow.settle(contract, date=DAY).envelope, KEYS["demo"]), new))
    assert unsigned(made, [made], contract) == (made,)
    assert not unsigned(made, [made], contract, rotations=[rotation])
