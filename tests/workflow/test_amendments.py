"""Contracts that are amended: what changes, who must agree, and how a verifier follows the chain."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import pytest

from effekt import workflow
from effekt.certificates import generate_key, public_text, write_private_key
from effekt.certificates.certificate import Certificate
from effekt.certificates.signing import public_key
from effekt.contracts.amendments import differences
from effekt.exceptions import CertificateError, ContractError, FolderWarning
from effekt.reports.text import certificate_text
from effekt.workflow.earlier.agreed import not_agreed
from effekt.workflow.earlier.in_folder import cautions
from effekt.workflow.plan.reached import is_upper_bound

CASE = workflow.case("helsingborg")
PAYER, PROVIDER, VERIFIER, STRANGER, OTHER = (generate_key() for _ in range(5))
REASON = '{sv: "Pandemin flyttade målet", en: "The pandemic moved the target"}'


def text(key):
    return public_text(public_key(key))


def first(folder):
    """The Helsingborg contract with keys for those who must agree to an amendment."""
    folder.mkdir(parents=True)
    for path in CASE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    path = folder / "contract.yaml"
    plain = path.read_text(encoding="utf-8")
    parties = plain[plain.index("parties:") : plain.index("signing:")]
    keyed = (
        "parties:\n"
        f'  municipality: {{role: payer, name: "Klippan", keys: ["{text(PAYER)}"]}}\n'
        f'  provider: {{role: provider, name: "Utföraren", keys: ["{text(PROVIDER)}"]}}\n'
        f'  verifier: {{role: verifier, name: "Granskaren", keys: ["{text(VERIFIER)}"]}}\n'
    )
    path.write_text(plain.replace(parties, keyed), encoding="utf-8")
    return path


def amended(before, number=1, change=("0.12", "0.10"), date="2018-06-01", of=None, name="amended", keys=None):
    """The contract before with a change and its amendment's key, in a folder beside it."""
    folder = before.parent.parent / f"{name}{number}"
    folder.mkdir()
    for path in before.parent.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    contract = workflow.read_contract(before)
    plain = before.read_text(encoding="utf-8")
    if "amendment:" in plain:
        plain = plain[: plain.index("amendment:")]
    plain = plain.replace(*change)
    for old, new in (keys or {}).items():
        plain = plain.replace(text(old), text(new))
    key = (
        f'amendment: {{number: {number}, of: "{of or contract.sha256}", date: "{date}", reason: {REASON}, '
        "agreed_by: [municipality, provider]}\n"
    )
    (folder / "contract.yaml").write_text(f"{plain}{key}", encoding="utf-8")
    return folder / "contract.yaml"


@pytest.fixture
def before(tmp_path):
    return first(tmp_path / "first")


def read(path):
    return workflow.read_contract(path)


def locked(contract, *keys, date="2018-06-02"):
    lock = None
    for key in keys:
        lock = workflow.lock(contract, key=key, date=date, beside=lock, undecided_accepted=True)
    return lock


def test_what_changes_and_what_it_does_to_payment(before):
    after = read(amended(before))
    found = workflow.amend(read(before), after, std_errors=["0.05"])
    assert found.changes
    assert {(one.before, one.after) for one in found.changes} == {("0.12", "0.10")}
    assert all(one.place.startswith("payment.lines.") for one in found.changes)
    assert "The reason stated: The pandemic moved the target." in found.text("en")
    assert "!" not in found.text("en")
    swapped = workflow.amend(read(before), read(amended(before, name="swapped", keys={PAYER: STRANGER})))
    assert "! parties.municipality.keys[1]:" in swapped.text("en")
    assert "! Ändringen ändrar vem som får underteckna." in swapped.text("sv")
    numbered = amended(before, name="numbered", change=('name: "Klippan"', 'name: "Klippan", organisation_number: "1"'))
    found_number = workflow.amend(read(before), read(numbered)).text("sv")
    assert "  parties.municipality.organisation_number: inget → 1" in found_number
    assert "får underteckna" not in found_number
    paid = {one.effect: (one.before, one.after) for one in found.payments}
    assert paid["0.12"] == (found.maximum_before, found.maximum_after)
    assert paid["0.1"][0] != paid["0.1"][1] == found.maximum_after
    assert paid["0"][0] == paid["0"][1]
    assert "Ändring 1 ändrar" in found.text("sv")
    assert "0.12 → 0.10" in found.text("en")
    assert json.loads(found.to_json())["schema"] == "effekt/amendment/1"
    assert found.upper_bounds == ()
    assert "upper bound" not in found.text("en")
    assert is_upper_bound(after, "5000001")  # one krona more than any settlement gives
    marked = replace(found, upper_bounds=("maximum_after",)).text("en").splitlines()
    (most,) = [line for line in marked if line.startswith("At most payable")]
    assert most.endswith(" (upper bound)")
    assert most.count("(upper bound)") == 1
    assert replace(found, upper_bounds=("maximum_before",)).text("sv").count("(övre gräns) → ") == 1
    assert found.lower_bounds == ()
    unreached = replace(found, lower_bounds=("minimum_after",))
    assert "At least payable: SEK 0 → SEK 0 (lower bound)" in unreached.text("en").replace("\u00a0", " ")
    assert "Lägst att betala: 0 kr → 0 kr (undre gräns)" in unreached.text("sv").replace("\u00a0", " ")
    unproved = replace(found, minimum_after=None, maximum_before=None)
    assert "At least payable: SEK 0 → no lower bound is proved" in unproved.text("en").replace("\u00a0", " ")
    assert "Lägst att betala: 0 kr → ingen undre gräns är bevisad" in unproved.text("sv").replace("\u00a0", " ")
    assert "Högst att betala: ingen övre gräns är bevisad → " in unproved.text("sv")


def test_layout_is_no_change(before):
    contract = read(before)
    path = before.with_name("other.yaml")
    path.write_text(f"# a remark\n{before.read_text(encoding='utf-8')}", encoding="utf-8")
    assert differences(contract.raw, read(path).raw) == ()


def test_what_is_added_and_taken_away_is_named(before):
    path = amended(before, change=("cap:", "cap:"))
    plain = path.read_text(encoding="utf-8")
    path.write_text(
        plain.replace("amendment:", 'interim: [{at: "2019-01-01", pays: false}]\namendment:'), encoding="utf-8"
    )
    found = workflow.amend(read(before), read(path))
    assert [(one.place, one.before, one.after) for one in found.changes] == [
        ("interim[1].at", None, "2019-01-01"),
        ("interim[1].pays", None, "False"),
    ]
    assert found.payments == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"of": "0" * 64}, "amendment.of must be the SHA-256 of the file before it"),
        ({"number": 2}, "amendment.number must be 1, one more than that of the file before it; got 2"),
        ({"change": ("id: helsingborg", "id: other")}, "id must be that of the contract that is amended, helsingborg"),
        ({"change": ("currency: SEK", "currency: EUR")}, "payment.currency must stay SEK; got EUR"),
    ],
)
def test_another_chain_is_refused(before, change, message):
    with pytest.raises(ContractError) as error:
        workflow.amend(read(before), read(amended(before, **change)))
    assert str(error.value).startswith("line ")
    assert message in str(error.value)


def test_an_amendment_is_not_older_than_the_one_before_it(before):
    one = amended(before)
    with pytest.raises(ContractError, match=r"amendment\.date must not be before the amendment before it, 2018-06-01"):
        workflow.amend(read(one), read(amended(one, number=2, date="2018-05-01", change=("0.10", "0.11"))))


@pytest.mark.parametrize(
    ("signers", "missing"),
    [
        ((), "municipality and provider have not"),
        ((PAYER,), "provider has not"),
        ((PROVIDER, VERIFIER), "municipality has not"),
    ],
)
def test_nothing_is_settled_on_an_amendment_that_one_side_made(before, signers, missing):
    contract = read(amended(before))
    with pytest.raises(CertificateError) as error:
        workflow.settle(contract, date="2019-03-01", locked=locked(contract, *signers))
    assert missing in str(error.value)


def test_a_lock_is_signed_beside_the_others_or_not_at_all(before):
    contract = read(amended(before))
    lock = locked(contract, PAYER)
    with pytest.raises(CertificateError, match="`beside` must be a lock of the same contract file on the same date"):
        workflow.lock(contract, key=PROVIDER, date="2018-06-03", beside=lock, undecided_accepted=True)
    both = workflow.lock(contract, key=PROVIDER, date="2018-06-02", beside=lock.to_bytes(), undecided_accepted=True)
    assert len(both.signatures) == 2


def settled(path, *keys):
    contract = read(path)
    return workflow.settle(contract, date="2019-03-01", locked=locked(contract, *keys)).sign(VERIFIER)


def verdicts(certificate, path, *earlier):
    found = workflow.verify(certificate, contract=read(path), amended=[read(one) for one in earlier])
    return {one.name: one.verdict for one in found.findings}


def test_a_verifier_follows_the_chain(before):
    one = amended(before)
    two = amended(one, number=2, change=("0.10", "0.11"), date="2018-07-01")
    certificate = settled(two, PAYER, PROVIDER)
    found = verdicts(certificate, two, one, before)
    assert (found["amendments"], found["agreed"]) == ("reproduced", "reproduced")
    assert found["plan"] == "reproduced"
    assert verdicts(certificate, two)["amendments"] == "cannot_tell"
    summary = workflow.verify(certificate, contract=read(two)).summary
    assert "the amendments and who agreed to them were not all checked: give each file before" in summary.en
    assert (
        "ändringarna och vilka som godkänt dem har inte alla prövats: ange varje fil före med --amended" in summary.sv
    )
    assert verdicts(certificate, two, one)["amendments"] == "cannot_tell"  # the first file is missing
    assert verdicts(certificate, two, before)["amendments"] == "cannot_tell"  # the file between is
    other = amended(before, name="other", change=("0.12", "0.11"))
    beside = verdicts(certificate, two, other, before)
    assert {name: verdict for name, verdict in beside.items() if verdict != "reproduced"} == {
        "amendments": "cannot_tell",
        f"fork:{read(other).sha256[:16]}": "cannot_tell",
    }


def test_whoever_writes_the_new_file_cannot_put_own_keys_in_it(before):
    """The provider amends alone: a key of its own in the municipality's place signs for the municipality."""
    forged = amended(before, keys={PAYER: STRANGER})
    certificate = settled(forged, STRANGER, PROVIDER)
    found = verdicts(certificate, forged, before)
    assert (found["amendments"], found["agreed"]) == ("reproduced", "different")


def test_the_page_and_the_annex_say_what_it_amends(before, tmp_path):
    path = amended(before)
    certificate, digest = settled(path, PAYER, PROVIDER), workflow.read_contract(before).sha256
    workflow.report(certificate, tmp_path / "page.html", lang="sv")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Detta är ändring 1, av 2018-06-01" in page
    for lang, told in (("sv", "Ändring"), ("en", "Amendment")):
        line = next(one for one in certificate_text(certificate, lang).splitlines() if one.startswith(told))
        assert f"1, {'av' if lang == 'sv' else 'of'} 2018-06-01, " in line
        assert f"SHA-256 {digest}: " in line
    assert "This is amendment 1, of 2018-06-01" in workflow.annex(read(path), lang="en")


def test_an_unamended_contract_has_no_chain(before):
    certificate = settled(before, PAYER)
    assert "amendments" not in verdicts(certificate, before)
    found = workflow.verify(certificate, contract=read(before), amended=[read(before), read(after := amended(before))])
    (told,) = [one for one in found.findings if one.name == "amendments"]
    assert (told.verdict, told.text.en) == (
        "reproduced",
        "The contract amends no file. Given with --amended and not among the files before it, by digest: "
        f"{read(after).sha256[:16]}… of this contract.",
    )
    assert told.text.sv.startswith("Avtalet ändrar ingen fil. Angivna med --amended men inte bland filerna före det, ")


def test_a_file_before_an_amendment_is_not_settled_by_in_silence(before):
    after, contract = amended(before), read(before)
    workflow.write_certificate(settled(after, PAYER, PROVIDER), before.parent / "amended.json")
    (told,) = cautions(before.parent, contract)
    assert told.en.startswith("amended.json is a certificate of 2019-03-01 by amendment 1 of this contract, and the ")
    assert told.sv.startswith("amended.json är ett intyg från 2019-03-01 enligt ändring 1 av detta avtal, och ")
    assert cautions(before.parent, read(after)) == ()
    second = amended(after, number=2, change=("0.10", "0.11"), date="2018-07-01")
    assert cautions(before.parent, read(second)) == ()


def test_a_draft_by_an_amendment_tells_nobody_anything(before):
    after = read(amended(before))
    draft = workflow.settle(after, date="2019-03-01", locked=locked(after, PAYER, PROVIDER))
    workflow.write_certificate(draft, before.parent / "amended.json")
    assert cautions(before.parent, read(before)) == ()


def test_on_the_command_line(effekt, before, tmp_path):
    after = amended(before)
    code, out, _ = effekt("amend", before, after, "--lang", "en", "--std-error", "0.05", "--effect", "0.1")
    assert code == 0
    assert "At a true value of 0.1 and a standard error of 0.05" in out
    _, large, _ = effekt("amend", before, after, "--std-error", "0.05", "--effect", "-1000")
    assert "Vid ett sant värde av −1 000 och medelfelet 0,05" in large
    assert json.loads(effekt("amend", before, after, "--json")[1])["number"] == 1
    assert effekt("amend", after, before)[0] == 2
    for name, key in (("payer", PAYER), ("provider", PROVIDER)):
        write_private_key(tmp_path / f"{name}.pem", key, "fyra slumpvisa ord här")
    (tmp_path / "pass").write_text("fyra slumpvisa ord här", encoding="utf-8")
    common = ("--passphrase-file", tmp_path / "pass", "--date", "2018-06-02")
    one, both = tmp_path / "one.json", tmp_path / "both.json"
    assert effekt("lock", after, "--undecided-accepted", "--key", tmp_path / "payer.pem", *common, "--out", one)[0] == 0
    certificate = tmp_path / "certificate.json"
    settle = ("settle", after, "--date", "2019-03-01", "--out", certificate)
    code, _, told = effekt(*settle, "--lock", one)
    assert (code, "provider has not" in told) == (2, True)
    assert (
        effekt(
            "lock",
            after,
            "--undecided-accepted",
            "--key",
            tmp_path / "provider.pem",
            *common,
            "--beside",
            one,
            "--out",
            both,
        )[0]
        == 0
    )
    assert effekt(*settle, "--lock", both)[0] == 0
    code, out, _ = effekt("verify", certificate, "--contract", after, "--amended", before, "--lang", "en")
    assert "The chain of amendments is unbroken from the first file." in out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'date: "2018-06-01"',
            'date: "2015-11-30"',
            "amendment.date must not be before the contract was signed, 2015-",
        ),
        (
            "[municipality, provider]}",
            "[municipality, municipality]}",
            "amendment.agreed_by[2] stands twice; got munic",
        ),
        (
            "[municipality, provider]}",
            "[provider, verifier]}",
            "amendment.agreed_by must name everyone who pays; munic",
        ),
        (
            "[municipality, provider]}",
            "[municipality, fund]}",
            "amendment.agreed_by[2] must be a name under parties; got",
        ),
        ("[municipality, provider]}", "[municipality]}", "amendment.agreed_by"),
        ("number: 1", "number: 0", "amendment.number must be at least 1; got 0."),
        (', name: "Utföraren", keys: [KEY]', ', name: "Utföraren"', "who has no key to agree with"),
    ],
)
def test_an_amendment_that_cannot_be_is_refused_with_its_line(before, old, new, message):
    path = amended(before)
    plain, old = path.read_text(encoding="utf-8"), old.replace("KEY", f'"{text(PROVIDER)}"')
    assert old in plain
    path.write_text(plain.replace(old, new), encoding="utf-8")
    with pytest.raises(ContractError) as error:
        read(path)
    assert "line " in str(error.value)
    assert message in str(error.value)


def test_no_payer_is_written_out_of_a_contract(before):
    """The provider and a new payer of its own amend; who paid before is not asked."""
    path = amended(before)
    plain = path.read_text(encoding="utf-8")
    plain = plain.replace(
        "  verifier: {role",
        f'  friend: {{role: payer, name: "Bolaget", keys: ["{text(STRANGER)}"]}}\n  verifier: {{role',
    )
    plain = plain.replace("payers: {municipality:", "payers: {friend:").replace(
        "agreed_by: [municipality, provider]", "agreed_by: [friend, provider]"
    )
    path.write_text(plain, encoding="utf-8")
    with pytest.raises(ContractError, match="must name everyone who pays by the file before it; municipality does"):
        workflow.amend(read(before), read(path))
    certificate = settled(path, STRANGER, PROVIDER)
    assert verdicts(certificate, path, before)["amendments"] == "different"


@pytest.mark.parametrize(
    ("role", "agreed_by", "signed", "agreed"),
    [
        ("payer", "[municipality, friend, provider]", (PAYER, PROVIDER, STRANGER), "reproduced"),
        ("payer", "[municipality, friend, provider]", (OTHER, PROVIDER, STRANGER), "different"),
        ("provider", "[municipality, friend]", (PAYER, STRANGER), "different"),
    ],
)
def test_a_party_that_is_new_agrees_with_the_key_that_the_others_gave_it(before, role, agreed_by, signed, agreed):
    """A new payer needs those who paid before and someone who did not; payers do not agree by a provider they made."""
    path = amended(before, keys=None if PAYER in signed else {PAYER: OTHER})
    befriended(path, role, agreed_by)
    assert verdicts(settled(path, *signed), path, before)["agreed"] == agreed


def test_a_file_beside_that_is_no_contract_stops_no_settlement(before):
    """An amendment may name the digest of anything, and anything may lie beside it."""
    raw = b"no contract"
    path = amended(before, of=hashlib.sha256(raw).hexdigest())
    path.with_name("junk.yaml").write_bytes(raw)
    assert settled(path, PAYER, PROVIDER).contract.sha256 == read(path).sha256


def befriended(path, role, agreed_by):
    """The amended file with a party more, who pays half if it is a payer."""
    plain = path.read_text(encoding="utf-8").replace(
        "  verifier: {role",
        f'  friend: {{role: {role}, name: "Bolaget", keys: ["{text(STRANGER)}"]}}\n  verifier: {{role',
    )
    if role == "payer":
        plain = plain.replace('payers: {municipality: "1"', 'payers: {municipality: "0.5", friend: "0.5"')
    path.write_text(plain.replace("agreed_by: [municipality, provider]", f"agreed_by: {agreed_by}"), encoding="utf-8")


def test_nobody_is_let_in_after_an_amendment_of_which_nothing_shows_that_it_was_agreed(before):
    """Whoever forged the one between may have written a party out of it, to let it in again with a key of its own."""
    one = amended(before)
    two = amended(one, number=2, change=("0.10", "0.11"), date="2018-07-01")
    befriended(two, "payer", "[municipality, friend, provider]")
    way, by_two = [read(path) for path in (before, one, two)], settled(two, PAYER, PROVIDER, STRANGER)
    assert not_agreed(way[1:], [by_two]) == ()
    assert not_agreed(way, [by_two]) == ("friend",)
    assert not_agreed(way, [by_two, settled(one, PAYER, PROVIDER)]) == ()


def test_payers_cannot_amend_alone(before):
    path = amended(before)
    plain = path.read_text(encoding="utf-8")
    other = f'  state: {{role: payer, name: "Staten", keys: ["{text(STRANGER)}"]}}\n  verifier: {{role'
    plain = plain.replace("  verifier: {role", other).replace("[municipality, provider]", "[municipality, state]")
    path.write_text(plain, encoding="utf-8")
    with pytest.raises(ContractError, match="must name a party that is no payer, since payers cannot amend alone"):
        read(path)


# ------------------------------------------------------------------------------------------- two of one file


@pytest.fixture
def fork(before):
    """Two amendments number 1 of one file, each with a certificate of the same day, both agreed by all who must."""
    paths = [amended(before, name=name, change=("0.12", to)) for name, to in (("amended", "0.10"), ("other", "0.11"))]
    return *paths, *(settled(path, PAYER, PROVIDER) for path in paths)


def told_of_fork(certificate, path, earlier, *amended):
    found = workflow.verify(certificate, contract=read(path), earlier=earlier, amended=[read(one) for one in amended])
    told = {one.name: one for one in found.findings}
    assert "earlier_contract:2019-03-01" not in told
    return found, told.get("fork:2019-03-01")


def test_two_amendments_of_one_file_that_pay_the_same_do_not_hold(before, fork):
    one, other, certificate, rival = fork
    found, told = told_of_fork(certificate, one, rival, before)
    line = ", ".join(line.id for line in certificate.settlement.lines)
    assert told.verdict == "different"
    assert told.text.en == (
        f"There are two amendments number 1 of this contract, digests {read(one).sha256[:16]}… and "
        f"{read(other).sha256[:16]}…, of one file before, and the certificate of 2019-03-01, digest "
        f"{rival.sha256[:16]}…, is by the second, to which all who must agree have agreed; it pays {line}, as this one "
        "does, and both are not to be paid: ask the parties which amendment they agreed last, and have the other "
        "withdrawn, and what it paid settled again with --supersedes and --reason."
    )
    assert not found.ok
    assert told_of_fork(rival, other, certificate, before)[1].verdict == "different"


def test_an_own_copy_that_a_mail_program_saved_anew_is_no_other_amendment(before, fork):
    """Line endings alone differ: the copy is not the file that was signed, and amends nothing in another way."""
    one, _, certificate, _ = fork
    copy = one.with_name("copy.yaml")
    copy.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    signed = read(one)
    earlier = workflow.settle(signed, date="2019-02-28", locked=locked(signed, PAYER, PROVIDER)).sign(VERIFIER)
    found = workflow.verify(certificate, contract=read(copy), earlier=earlier, amended=[read(before)])
    told = {finding.name: finding for finding in found.findings}
    assert "only line endings differ" in told["own_contract"].text.en
    assert not [name for name in told if name.startswith("fork")]


def test_two_amendments_of_which_one_certificate_takes_the_other_ones_place_are_asked_about(before, fork):
    one, _, certificate, rival = fork
    contract = read(one)
    instead = workflow.settle(
        contract, date="2019-03-02", locked=locked(contract, PAYER, PROVIDER), supersedes=rival, reason="agreed last"
    ).sign(VERIFIER)
    found, told = told_of_fork(instead, one, rival, before)
    assert told.verdict == "cannot_tell"
    assert told.text.en.endswith(
        "no file shows which of them holds; ask the parties which amendment they agreed last, "
        "and have the other withdrawn."
    )
    assert "which of two amendments of one contract file holds was not told" in found.summary.en
    assert certificate.due != rival.due


def test_who_agreed_to_two_amendments_is_known_by_the_file_before(before, fork):
    one, _, certificate, rival = fork
    _, told = told_of_fork(certificate, one, rival)
    assert told.verdict == "cannot_tell"
    assert "; give the file before with --amended, by whose keys it shows who agreed to it" in told.text.en


def test_an_amendment_that_not_all_agreed_to_is_no_fork(before, fork):
    one, _, certificate, _ = fork
    forged = amended(before, name="forged", change=("0.12", "0.09"), keys={PAYER: STRANGER})
    _, told = told_of_fork(certificate, one, settled(forged, STRANGER, PROVIDER), before)
    assert told.verdict == "cannot_tell"
    assert told.text.en.endswith("which municipality did not sign with a key of the file before: it is set aside.")


def test_a_certificate_by_another_amendment_that_nobody_signed_proves_nothing(before, fork):
    one, _, certificate, rival = fork
    draft = Certificate(replace(rival.envelope, signatures=()))
    found = workflow.verify(certificate, contract=read(one), earlier=draft, amended=[read(before)])
    assert {one.verdict for one in found.findings if one.name == "earlier_contract:2019-03-01"} == {"cannot_tell"}
    assert not [one for one in found.findings if one.name.startswith("fork")]


def test_of_another_amendment_a_changed_key_counts_too(before, fork):
    one, other, certificate, _ = fork
    contract, new = read(other), generate_key()
    change = workflow.rotate(contract, key=VERIFIER, new=text(new), date="2019-01-01")
    made = workflow.settle(contract, date="2019-03-01", locked=locked(contract, PAYER, PROVIDER))
    rival = made.sign(new, rotations=[change])
    for rotations, verdict in (((change,), "different"), ((), "cannot_tell")):
        found = workflow.verify(
            certificate, contract=read(one), earlier=rival, amended=[read(before)], rotations=rotations
        )
        told = [
            each.verdict for each in found.findings if each.name in ("fork:2019-03-01", "earlier_contract:2019-03-01")
        ]
        assert told == [verdict]


def test_another_amendment_of_the_file_before_breaks_no_chain(before, fork):
    one, other, certificate, rival = fork
    for earlier, verdict in (((), "cannot_tell"), (rival, "different")):
        found = workflow.verify(certificate, contract=read(one), amended=[read(other), read(before)], earlier=earlier)
        told = {each.name.partition(":")[0]: each.verdict for each in found.findings}
        assert (told["amendments"], told["agreed"], told["fork"]) == ("reproduced", "reproduced", verdict)
    other_keys = amended(before, name="keys", change=("0.12", "0.09"), keys={PAYER: STRANGER})
    assert verdicts(certificate, one, before, other_keys)["agreed"] == "reproduced"  # by the keys of the file before


def test_nothing_is_settled_beside_a_certificate_by_another_amendment(before, fork):
    one, other, _, rival = fork
    workflow.write_certificate(rival, one.parent / "rival.json")
    contract = read(one)
    message = (
        f"The file 'rival.json' is a certificate of 2019-03-01 by another amendment 1 of this contract, digest "
        f"{read(other).sha256[:16]}…, than the one that this file is or follows, digest {contract.sha256[:16]}…: both "
        "amend the same file"
    )
    with pytest.raises(CertificateError, match=re.escape(message)):
        settled(one, PAYER, PROVIDER)
    two = amended(one, number=2, change=("0.10", "0.105"), date="2018-07-01")  # which lies beside both certificates
    (two.parent / "own.json").write_bytes(fork[2].to_bytes())
    with pytest.raises(CertificateError, match=re.escape(message)):
        settled(two, PAYER, PROVIDER)
    other_day = workflow.settle(read(other), date="2019-02-28", locked=locked(read(other), PAYER, PROVIDER)).sign(
        VERIFIER
    )
    (one.parent / "other.json").write_bytes(other_day.to_bytes())  # which is settled again after this one
    lock = locked(contract, PAYER, PROVIDER)
    instead = {"supersedes": rival, "reason": "agreed last"}
    with pytest.raises(CertificateError, match=re.escape("The file 'other.json' is a final certificate of 2019-02-28")):
        workflow.settle(contract, date="2019-03-02", locked=lock, **instead)  # both paid: no fork, but twice the same
    (one.parent / "other.json").unlink()
    made = workflow.settle(contract, date="2019-03-02", locked=lock, **instead).sign(VERIFIER)
    workflow.write_certificate(made, one.parent / "made.json")
    assert workflow.settle(contract, date="2019-03-03", locked=lock, supersedes=made, reason="again").due == made.due


@pytest.mark.parametrize("times", [1, 2])
def test_nothing_is_paid_again_after_a_change_of_key_and_amendments(before, times):
    """The change is of the first file: without it nobody can tell whose the key is, with it the certificate binds."""
    new, own = generate_key(), read(before)
    change = workflow.rotate(own, key=VERIFIER, new=text(new), date="2019-01-01")
    made = workflow.settle(own, date="2019-03-01", locked=locked(own, PAYER)).sign(new, rotations=[change])
    path, between = before, ()
    for number in range(1, times + 1):
        path = amended(path, number, change=("0.12", "0.10") if number == 1 else ("0.10", "0.09"))
        between = (*between, read(path))
    after, lock = between[-1], locked(between[-1], PAYER, PROVIDER)
    for number, one in enumerate(between[:-1], start=1):
        interim = workflow.settle(one, date="2019-03-01", kind="interim", locked=locked(one, PAYER, PROVIDER))
        (path.parent / f"between{number}.json").write_bytes(interim.sign(VERIFIER).to_bytes())
    (path.parent / "first.json").write_bytes(made.to_bytes())
    with (
        pytest.warns(FolderWarning, match=r"^first\.json is passed by as long as nothing turns on it"),
        pytest.raises(CertificateError, match=r"^Whether first\.json binds anybody cannot be told: .*\(--rotation"),
    ):
        workflow.settle(after, date="2019-03-02", locked=lock)
    with pytest.raises(CertificateError, match=r"^The file 'first\.json' is a final certificate of 2019-03-01"):
        workflow.settle(after, date="2019-03-02", locked=lock, rotations=[change])
    given = {"supersedes": made, "reason": "the pandemic", "rotations": [change]}
    instead = workflow.settle(after, date="2019-03-02", locked=lock, **given).sign(VERIFIER, rotations=[change])
    workflow.write_certificate(instead, path.parent / "instead.json", rotations=[change])


def test_a_change_of_key_counts_for_the_file_that_it_names(before):
    """The verifier changed keys under each file; a certificate by each is given."""
    first, after, old, new = read(before), read(amended(before)), generate_key(), generate_key()
    changes = [
        workflow.rotate(contract, key=VERIFIER, new=text(key), date="2019-01-01")
        for contract, key in ((first, old), (after, new))
    ]
    lock = locked(first, PAYER)
    earlier = workflow.settle(first, date="2019-03-01", locked=lock).sign(old, rotations=changes[:1])
    made = workflow.settle(after, date="2019-03-02", locked=locked(after, PAYER, PROVIDER))
    certificate = made.sign(new, rotations=changes[1:])

    def told(*rotations):
        found = workflow.verify(certificate, contract=after, amended=[first], earlier=earlier, rotations=rotations)
        return {one.name: one.verdict for one in found.findings if "signed" in one.name or "signature" in one.name}

    assert told(*changes) == {"signatures": "reproduced"}
    assert told(changes[1]) == {"signatures": "reproduced", "earlier_signed:2019-03-01": "cannot_tell"}
    assert told(changes[0]) == {"signature_unknown_key": "different", "signatures": "different"}
    alone = workflow.verify(certificate, contract=after, rotations=changes)  # the file before is not there
    assert "signatures" not in [one.name for one in alone.differences]
    with pytest.raises(CertificateError, match="The change of key is for another contract file than this one"):
        workflow.verify(earlier, contract=first, rotations=changes)  # one of a file after it
    with pytest.raises(CertificateError, match="The change of key is none; make one with `effekt rotate`"):
        workflow.verify(certificate, contract=after, amended=[first], rotations=[locked(first, PAYER)])


@pytest.mark.parametrize("beside", ["file", "certificate"])
@pytest.mark.parametrize(
    ("vouching", "said"),
    [
        ((), "municipality did not agree with a key of the file before it: `effekt verify --amended` will say of this"),
        ((VERIFIER,), "municipality agreed with a key that the amendment itself gives it, and everyone else vouches"),
    ],
)
def test_who_settles_by_a_new_key_is_told_before_anything_is_paid(before, beside, vouching, said):
    path = amended(before, keys={PAYER: STRANGER})
    if beside == "file":
        (path.parent / "before.yaml").write_bytes(before.read_bytes())
    else:
        earlier = workflow.settle(read(before), date="2018-12-02", locked=locked(read(before), PAYER), kind="interim")
        (path.parent / "earlier.json").write_bytes(earlier.sign(VERIFIER).to_bytes())
    contract = read(path)
    with pytest.warns(FolderWarning, match=re.escape(said)):
        certificate = workflow.settle(
            contract, date="2019-03-01", locked=locked(contract, STRANGER, PROVIDER, *vouching)
        ).sign(VERIFIER)
    expected = ("new_key", "cannot_tell") if vouching else ("agreed", "different")
    assert expected in verdicts(certificate, path, before).items()
