"""Earlier certificates that a program saved anew, or that are set aside: what is signed binds, and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from workflow.test_several_settlements import KEY, TEXT, settled

from effekt import workflow
from effekt.certificates import generate_key, read_envelope, sign
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, Signature
from effekt.cli.options import read_earlier_certificate
from effekt.contracts import parse_attestation
from effekt.exceptions import EffektError
from effekt.workflow.rules.signatures import is_signed

EACH = TEXT.replace('pays: {fixed: "5000"}', 'pays: {fixed: "5000"}\n      paid_each: certificate')
FIRST = settled(EACH, "2023-01-31", "10", "0")
CONTRACT = FIRST.contract


def made(date: str, starts: str, paid: str, place: Certificate | None = None, kind: str = "final") -> Certificate:
    """Settled by the same contract, unsigned."""
    value = f'by: verifier, date: "{date}", evidence: {{description: "x"}}'
    text = (
        "schema: effekt/attestation/1\ncontract: young\nfigures:\n"
        f'  starts: {{value: "{starts}", {value}}}\n  paid: {{value: "{paid}", {value}}}\n'
    )
    return workflow.settle(
        CONTRACT,
        date=date,
        kind=kind,
        attestations=[parse_attestation(text.encode())],
        supersedes=place,
        reason=None if place is None else "Counted again",
        undecided_accepted=True,
    )


CORRECTION = made("2023-02-10", "8", FIRST.paid_to_date["work"], FIRST)
NEXT = made("2024-01-31", "20", CORRECTION.paid_to_date["work"]).sign(KEY)
AGAIN = made("2024-01-31", "20", "0").sign(KEY)


def differing(found: Certificate, *earlier: Certificate) -> list[str]:
    return [one.name for one in workflow.verify(found, contract=CONTRACT, earlier=earlier).differences]


def saved_anew(certificate: Certificate) -> Certificate:
    return Certificate(read_envelope(json.dumps(json.loads(certificate.to_bytes()), indent=1).encode() + b"\n"))


def test_an_earlier_certificate_that_was_saved_anew_counts_as_it_was_signed() -> None:
    correction = CORRECTION.sign(KEY)
    assert differing(NEXT, FIRST, saved_anew(correction)) == differing(NEXT, FIRST, correction) == []
    assert differing(AGAIN, saved_anew(FIRST)) == differing(AGAIN, FIRST) != []


def test_a_file_binds_after_a_change_of_a_byte_exactly_where_the_signed_content_is_the_same() -> None:
    raw = FIRST.to_bytes()
    bind = set()
    for place in range(0, len(raw), 97):
        for new in (raw[place] ^ 1, 32):
            changed = raw[:place] + bytes([new]) + raw[place + 1 :]
            try:
                one = Certificate(read_envelope(changed)).as_signed
            except EffektError:
                continue
            same = one.envelope.payload == FIRST.envelope.payload
            signature = one.envelope.signatures == FIRST.envelope.signatures
            assert is_signed(one, CONTRACT) is (same and signature)
            bind.add(same and signature)
    assert False in bind


def test_a_changed_payload_binds_nobody_however_the_file_is_written() -> None:
    tree = json.loads(FIRST.to_bytes())
    payload = base64.b64decode(tree["payload"]).replace(b'"value":"10"', b'"value":"11"')
    assert payload != FIRST.envelope.payload
    forged = Certificate(Envelope(payload=payload, signatures=FIRST.envelope.signatures))
    found = workflow.verify(AGAIN, contract=CONTRACT, earlier=[saved_anew(forged)])
    assert [one.name for one in found.findings if one.name.startswith("earlier_signed")] == [
        "earlier_signed:2023-01-31"
    ]


def test_a_difference_that_an_unsigned_certificate_would_explain_names_it_and_stays_one() -> None:
    strange = Certificate(sign(CORRECTION.envelope, generate_key()))
    found = workflow.verify(NEXT, contract=CONTRACT, earlier=[FIRST, strange])
    digest = strange.sha256[:16]
    en = (
        f" It would not differ with the certificate of 2023-02-10, digest {digest}…, signed as the contract asks: ask "
        "for what was signed, or for the change of key by which a party signed (--rotation)."
    )
    sv = (
        f" Det skulle stämma med intyget från 2023-02-10, kontrollsumma {digest}…, med de underskrifter som avtalet "
        "kräver: be om det som undertecknades, eller om bytet av nyckel som en part undertecknade med (--rotation)."
    )
    assert [one.name for one in found.differences] == ["supersedes", "paid_before"]
    assert all(one.text.en.endswith(en) and one.text.sv.endswith(sv) for one in found.differences)
    key = strange.envelope.signatures[0].key_id[:16]
    (aside,) = [one for one in found.findings if one.name == "earlier_signed:2023-02-10"]
    assert aside.text.en.endswith(
        f"proves nothing. A signature is by key {key}…, which the contract gives no role that may sign; it counts for "
        "nothing, unless a party changed to that key and you give the change (--rotation)."
    )
    unlike = workflow.verify(AGAIN, contract=CONTRACT, earlier=[FIRST, strange])
    assert unlike.differences
    assert not any("It would not differ" in one.text.en for one in unlike.differences)


def test_one_of_the_same_day_that_is_not_the_superseded_one_accuses_nobody() -> None:
    interim = made("2023-02-10", "9", FIRST.paid_to_date["work"], kind="interim").sign(KEY)
    assert differing(CORRECTION.sign(KEY), interim) == []


@pytest.mark.parametrize("kind", ["interim", "final"])
def test_corrections_of_the_day_of_the_original_are_later_than_it(kind: str) -> None:
    first = made("2023-01-31", "8", "0", FIRST).sign(KEY)
    second = made("2023-01-31", "9", "0", first).sign(KEY)
    day = "2023-02-10" if kind == "interim" else "2024-01-31"
    after = made(day, "20", second.paid_to_date["work"], kind=kind).sign(KEY)
    found = workflow.verify(FIRST, contract=CONTRACT, earlier=[second, after])
    assert not found.differences
    assert "later_link:2023-01-31" in [one.name for one in found.findings]


def test_a_forged_signature_beside_good_ones_unbinds_nothing_and_is_told_as_forged() -> None:
    (good,) = FIRST.envelope.signatures
    forged = Signature(key_id=good.key_id, signature=good.signature[::-1])
    spoiled = Certificate(Envelope(payload=FIRST.envelope.payload, signatures=(good, forged)))
    assert differing(AGAIN, spoiled) == differing(AGAIN, FIRST) != []
    found = workflow.verify(AGAIN, contract=CONTRACT, earlier=spoiled)
    ((verdict, en, sv),) = [
        (one.verdict, one.text.en, one.text.sv) for one in found.findings if one.name.startswith("earlier_signature")
    ]
    assert verdict == "cannot_tell"
    assert en == (
        f"The certificate of 2023-01-31, digest {FIRST.sha256[:16]}…, is signed as the contract asks and binds, but "
        f"not by every signature in its file: The signature of key {good.key_id} does not belong to the file's "
        "payload. Ask for the file as it was written."
    )
    assert sv.startswith(
        f"Intyget från 2023-01-31, kontrollsumma {FIRST.sha256[:16]}…, är undertecknat så som avtalet "
    )


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        (
            lambda raw: b"\xef\xbb\xbf" + raw,
            "begins with a byte order mark: a program saved it anew; use the file as it was written.",
        ),
        (
            lambda raw: raw.decode().encode("utf-16"),
            "is UTF-16 text: a program saved it anew; use the file as it was written, or save it as UTF-8.",
        ),
    ],
)
def test_a_file_of_another_encoding_is_refused_by_name_with_the_remedy(
    tmp_path: Path, written: Callable[[bytes], bytes], wrong: str
) -> None:
    (tmp_path / "first.json").write_bytes(written(FIRST.to_bytes()))
    with pytest.raises(EffektError) as refused:
        read_earlier_certificate(tmp_path / "first.json")
    assert str(refused.value) == (
        f"`--earlier` must name the file or the page of an earlier certificate. first.json: The envelope {wrong}"
    )
