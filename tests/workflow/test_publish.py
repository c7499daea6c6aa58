"""What anyone may see of a certificate, from the command line: signed, salted, without small counts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from workflow import test_events as events
from workflow import test_paid_each as monthly

from effekt import workflow
from effekt.certificates import DEMO_KEY, check_signatures, generate_key, public_key, read_envelope, sha256_bytes, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.envelope import Envelope
from effekt.certificates.ranges import Shown
from effekt.certificates.release import Happened, commits_to, public_statement, read_public
from effekt.contracts import parse_contract, parse_declarations
from effekt.exceptions import CertificateError
from effekt.reports.public import statement_text
from effekt.workflow import verify_statement


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(workflow.case("rate-card"), tmp_path / "case")
    path = tmp_path / "case" / "contract.yaml"
    text = path.read_text(encoding="utf-8")
    if "disclosure:" not in text:
        path.write_text(text.replace("\nfigures:", "\ndisclosure: {minimum: 5}\nfigures:", 1), encoding="utf-8")
    certificate = workflow.settle(workflow.read_contract(path), date="2023-09-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, tmp_path / "certificate.json")
    return tmp_path


def test_published_and_held_against_its_certificate(effekt, folder):
    salt = ("--salt", folder / "salt", "--new-salt")
    options = ("--key", "demo", *salt, "--out", folder / "public.json", "--lang", "en")
    code, out, _ = effekt("publish", folder / "certificate.json", *options)
    assert code == 0
    assert "Public statement, final" in out
    assert "What anyone may see of the certificate of " in out
    envelope = read_envelope((folder / "public.json").read_bytes())
    assert check_signatures(envelope, [public_key(DEMO_KEY)]).signers
    salt = bytes.fromhex((folder / "salt").read_text(encoding="ascii"))
    assert len(salt) == 32
    certificate = workflow.read_certificate(folder / "certificate.json")
    assert commits_to(read_public(envelope), certificate, salt)
    assert not commits_to(read_public(envelope), certificate, bytes(32))
    again = ("--key", "demo", "--salt", folder / "salt", "--earlier", folder / "public.json")
    assert effekt("publish", folder / "certificate.json", *again, "--out", folder / "second.json")[0] == 0
    second = read_public(read_envelope((folder / "second.json").read_bytes()))
    assert second.earlier == (sha256_bytes(envelope.payload),)
    assert effekt("publish", folder / "certificate.json", *options)[0] == 2  # the file is there


@pytest.mark.parametrize("salt", ["", "not hexadecimal", "00" * 31])
def test_a_salt_that_is_none_is_refused_and_nothing_is_written(effekt, folder, salt):
    (folder / "salt").write_text(salt, encoding="utf-8")
    options = ("--key", "demo", "--salt", folder / "salt", "--out", folder / "public.json")
    code, _, told = effekt("publish", folder / "certificate.json", *options)
    assert code == 2
    assert "salt" in told
    assert not (folder / "public.json").exists()


def test_only_a_key_that_may_sign_publishes(folder):
    certificate = workflow.read_certificate(folder / "certificate.json")
    with pytest.raises(CertificateError, match="is a key of no party that the contract lets sign"):
        workflow.publish(certificate, key=generate_key(), salt=bytes(32))
    with pytest.raises(CertificateError, match="holds no public statement"):
        workflow.publish(certificate, key=DEMO_KEY, salt=bytes(32), earlier=[certificate.to_bytes()])


def test_what_stands_beside_the_numbers_is_told_in_fixed_words():
    contract = events.base.read()
    first = events.settled(contract, date="2021-04-01")
    own = events.declares("town", "2021-04-20", disputed=events.DISPUTED)
    certificate = events.settled(contract, own, supersedes=first, reason="tvist")
    told = public_statement(certificate, salt=bytes(32))
    assert read_public(told.to_envelope()) == told
    assert (told.line_states, told.supersedes) == ({"share": "payable"}, "2021-04-01")
    assert told.standings["lines/share"] == told.standings["figures/savings"] == ("disputed",)
    assert told.standings["figures/strict"] == ("final",)
    assert told.withheld == {"share": Shown(kind="exact", low="4000", high="4000")}  # 48 000 less 44 000
    assert told.happened == (Happened(kind="disputed", by="town", date="2021-04-20", of=("savings",)),)
    assert first.sha256 not in told.to_envelope().payload.decode()  # which whoever guesses could try
    text = statement_text(told, "sv").replace("\u00a0", " ")
    assert "Intyget ersätter ett från 2021-04-01" in " ".join(text.split())
    assert "town bestred savings 2021-04-20." in text
    assert "Rad share att betala bestriden" in " ".join(text.split())
    verified = verify_statement(told.to_envelope(), certificate=certificate, contract=contract)
    assert {one.name: one.verdict for one in verified.findings}["made_anew"] == "reproduced"
    for changed in ({"standings": {}}, {"happened": ()}, {"supersedes": None}, {"line_states": {"share": "referred"}}):
        other = verify_statement(replace(told, **changed).to_envelope(), certificate=certificate, contract=contract)
        assert "made_anew" in {one.name for one in other.differences}, changed


def test_a_terminated_line_and_an_adverse_conclusion_are_told():
    ended = events.settled(events.base.read(events.RULES), *events.both())
    told = public_statement(ended, salt=bytes(32))
    assert told.standings["lines/share"] == ("terminated",)
    assert [(one.kind, one.by, one.of) for one in told.happened] == [
        ("ended", "town", ("merger",)),
        ("ended", "fund", ("merger",)),
    ]
    assert "town anmäler att avtalet upphörde 2020-06-30 (merger)." in statement_text(told, "sv")
    adverse = statement_text(replace(told, conclusions={"auditor": "adverse"}), "sv")
    assert "Avvikande mening: auditor." in adverse


@pytest.mark.parametrize(
    ("key", "value"),
    [("conclusions", {"auditor": "fine"}), ("line_states", {"work": "paid"}), ("standings", {"lines/work": ["good"]})],
)
def test_a_word_of_its_own_is_no_public_statement(effekt, published, key, value):
    statement = json.loads(read_envelope((published / "public.json").read_bytes()).payload)
    statement["predicate"][key] = value
    (published / "own.json").write_bytes(sign(Envelope(payload=canonical_json(statement)), DEMO_KEY).to_bytes())
    code, _, told = effekt("show", published / "own.json", "--lang", "en")
    assert (code, "The public statement cannot be read" in told) == (2, True)


@pytest.mark.parametrize(("homes", "state"), [(0, None), (4, None), (7, "payable")])
def test_a_state_that_would_give_a_hidden_count_back_is_hidden(tmp_path, homes, state):
    """Whether a line pays anything says whether a count is zero: it is told only where no hidden count decides it."""
    text = (workflow.case("rate-card") / "contract.yaml").read_text(encoding="utf-8")
    contract = parse_contract(text.replace("\nfigures:", "\ndisclosure: {minimum: 5}\nfigures:", 1).encode())
    rows = {"person": [], "manad": [], "arbetad_manad": [], "eget_boende": []}
    for number in range(20):
        for name, value in zip(rows, (f"{number:02d}", "2023-01", 1, int(number < homes)), strict=True):
            rows[name].append(value)
    told = public_statement(workflow.settle(contract, date="2023-09-01", data={"months": rows}), salt=bytes(32))
    assert told.line_states == {"work": "payable", "home": state}


def test_a_small_count_that_a_party_admits_or_disputes_is_hidden_with_what_it_pays():
    """Of 7 visits 3, 6, which 1 lacks, and 12, which 5 are more."""
    text = monthly.TEXT.replace("figures:\n", "disclosure: {minimum: 5}\nfigures:\n", 1).replace(
        "attribution:", "disputes: {days: 30, undisputed_paid: true, decided_by: {sv: x, en: x}}\nattribution:"
    )
    first = monthly.settled(monthly.DAYS[0], "2023-01", text=text)
    for admitted, paid, kind in (("3", "300.00", "hidden"), ("6", "600.00", "hidden"), ("12", "700.00", "exact")):
        disputed = f'{{date: "2023-02-10", why: {{sv: x, en: x}}, figures: {{visits: "{admitted}"}}}}'
        declared = parse_declarations(
            "schema: effekt/declarations/1\ncontract: monthly\nby: municipality\n"
            f'date: "2023-02-10"\ndisputed: [{disputed}]\n'.encode()
        )
        given = {"supersedes": first, "reason": "x", "declarations": [declared], "attested": "2023-02-05"}
        certificate = monthly.settled("2023-02-11", "2023-01", text=text, **given)
        assert certificate.settlement.lines[1].amount == paid
        told = public_statement(certificate, salt=bytes(32))
        assert told.lines["visits"].kind == kind


@pytest.fixture
def published(effekt, folder):
    options = ("--key", "demo", "--salt", folder / "salt", "--new-salt", "--out", folder / "public.json")
    assert effekt("publish", folder / "certificate.json", *options)[0] == 0
    return folder


def test_a_salt_that_an_interrupted_run_left_is_told_how_to_be_used(effekt, published):
    (published / "public.json").unlink()
    options = ("--key", "demo", "--salt", published / "salt", "--out", published / "public.json", "--lang", "en")
    kept = (published / "salt").read_bytes()
    assert effekt("publish", published / "certificate.json", *options, "--new-salt") == (
        2,
        "",
        "effekt: The salt's file 'salt' is there already; run again without --new-salt to use the salt in it, or "
        "choose a name that is not taken.\n",
    )
    assert (published / "salt").read_bytes() == kept
    assert effekt("publish", published / "certificate.json", *options)[0] == 0
    own = ("--salt", published / "salt", "--certificate", published / "certificate.json")
    code, found = _verdicts(effekt, published / "public.json", *own)
    assert (code, found["commitment"]) == (0, "reproduced")


def _signed(folder, name, **changes):
    statement = read_public(read_envelope((folder / "public.json").read_bytes()))
    changed = sign(replace(statement, **changes).to_envelope(), DEMO_KEY)
    (folder / name).write_bytes(changed.to_bytes())
    return folder / name


def _verdicts(effekt, *arguments):
    code, out, _ = effekt("verify", *arguments, "--lang", "en", "--json")
    return code, {one["name"]: one["verdict"] for one in json.loads(out)["findings"]}


def test_a_statement_is_verified_with_its_certificate_salt_and_contract(effekt, published):
    everything = ("--certificate", published / "certificate.json", "--salt", published / "salt")
    own = ("--contract", published / "case" / "contract.yaml")
    code, found = _verdicts(effekt, published / "public.json", *everything, *own)
    assert code == 0
    assert found == {
        "signatures": "reproduced",
        "demo_key": "cannot_tell",
        "form": "reproduced",
        "sums": "reproduced",
        "states": "reproduced",
        "own_contract": "reproduced",
        "terms": "reproduced",
        "certificate": "cannot_tell",  # it too is signed with the demonstration key
        "commitment": "reproduced",
        "numbers": "reproduced",
        "made_anew": "reproduced",
    }
    _, told, _ = effekt("verify", published / "public.json", *everything, *own)
    demo = "det är undertecknat med den publicerade demonstrationsnyckeln, som inte bevisar något"
    assert told.endswith(f"Inget skiljer sig, men {demo}; allt i intyget har inte prövats: verifiera det för sig.\n")
    _, told, _ = effekt("verify", published / "public.json")
    assert told.splitlines()[-1] == (
        "Inget skiljer sig, men nycklarna och avtalet har inte prövats: ange --contract; inget tal har prövats mot "
        "intyget: ange --certificate; att det hör till ett "
        "visst intyg har inte prövats: ange --certificate och --salt."
    )


def test_a_changed_total_is_found_with_the_certificate(effekt, published):
    changed = _signed(published, "changed.json", total=Shown(kind="exact", low="1", high="1"))
    code, found = _verdicts(effekt, changed, "--certificate", published / "certificate.json")
    assert code == 1
    assert (found["numbers"], found["made_anew"], found["form"]) == ("different", "different", "reproduced")
    code, found = _verdicts(effekt, changed, "--contract", published / "case" / "contract.yaml")
    assert (code, found["sums"], found["numbers"]) == (1, "different", "cannot_tell")


def test_another_salt_another_form_and_no_signature_are_found(effekt, published):
    (published / "other").write_text("00" * 32, encoding="ascii")
    other = ("--certificate", published / "certificate.json", "--salt", published / "other")
    code, found = _verdicts(effekt, published / "public.json", *other)
    assert (code, found["commitment"], found["made_anew"]) == (1, "different", "reproduced")
    upside = _signed(published, "upside.json", total=Shown(kind="range", low="2", high="1"))
    code, found = _verdicts(effekt, upside)
    assert (code, found["form"]) == (1, "different")
    statement = read_public(read_envelope((published / "public.json").read_bytes()))
    (published / "unsigned.json").write_bytes(statement.to_envelope().to_bytes())
    own = ("--contract", published / "case" / "contract.yaml")
    code, found = _verdicts(effekt, published / "unsigned.json", *own)
    assert (code, found["signatures"]) == (1, "different")
    code, found = _verdicts(effekt, published / "unsigned.json")
    assert (code, found["signatures"]) == (0, "cannot_tell")


def test_a_statement_held_against_an_earlier_one_needs_it(effekt, published):
    again = ("--key", "demo", "--salt", published / "salt", "--earlier", published / "public.json")
    assert effekt("publish", published / "certificate.json", *again, "--out", published / "second.json")[0] == 0
    with_certificate = (published / "second.json", "--certificate", published / "certificate.json")
    code, found = _verdicts(effekt, *with_certificate)
    assert (code, found["made_anew"]) == (0, "cannot_tell")
    code, found = _verdicts(effekt, *with_certificate, "--earlier", published / "public.json")
    assert (code, found["made_anew"]) == (0, "reproduced")


def test_options_that_do_not_belong_are_refused(effekt, published):
    code, _, told = effekt("verify", published / "public.json", "--log", published / "log")
    assert code == 2
    assert "A public statement is verified with --contract" in told
    code, _, told = effekt("verify", published / "certificate.json", "--salt", published / "salt")
    assert code == 2
    assert "are for a public statement; drop them" in told
    code, _, told = effekt("verify", published / "public.json", "--salt", published / "salt")
    assert code == 2
    assert "given with `certificate`; give both." in told
    missing = ("--certificate", published / "certificate.json", "--salt", published / "none")
    assert effekt("verify", published / "public.json", *missing)[0] == 2
    assert not (published / "none").exists()


def test_a_statement_is_shown(effekt, published):
    code, out, _ = effekt("show", published / "public.json", "--lang", "en")
    assert (code, "Public statement, final" in out) == (0, True)
    code, out, _ = effekt("show", published / "public.json", "--json")
    assert (code, json.loads(out)["schema"]) == (0, "effekt/public/1")


# --- what lies beside a statement ------------------------------------------------------------------------------------


def _second(folder, day="2023-09-02"):
    """A certificate of another day beside the first."""
    contract = workflow.read_contract(folder / "case" / "contract.yaml")
    workflow.write_certificate(workflow.settle(contract, date=day).sign(DEMO_KEY), folder / "later.json")
    return folder / "later.json"


@pytest.mark.parametrize("given", [True, False])
def test_a_salt_that_an_earlier_statement_has_is_refused(effekt, published, given):
    """Whether the statement is given or lies beside; its certificate, in the folder, shows which salt it has."""
    options = ("--key", "demo", "--salt", published / "salt", "--out", published / "second.json")
    options += ("--earlier", published / "public.json") if given else ()
    code, _, told = effekt("publish", _second(published), *options)
    assert (code, told) == (
        2,
        "effekt: `--salt` must be new for every statement, since whoever is given it could test guesses of both "
        "certificates; the statement of 2023-09-01 was made under it. Make a new one (--new-salt).\n",
    )
    assert not (published / "second.json").exists()


def test_a_salt_that_cannot_be_told_is_warned_of_and_a_new_one_is_not(effekt, published, tmp_path):
    second = _second(published)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(second, elsewhere / "later.json")
    given = ("--earlier", published / "public.json", "--lang", "en", "--key", "demo")
    old = ("--salt", published / "salt", "--out", elsewhere / "one.json")
    code, _, told = effekt("publish", elsewhere / "later.json", *given, *old)
    assert code == 0
    assert "! The salt was there already, and whether an earlier statement was made under it can be told only" in told
    new = (
        "--salt",
        elsewhere / "salt",
        "--new-salt",
        "--out",
        elsewhere / "two.json",
        "--earlier",
        elsewhere / "one.json",
    )
    code, _, told = effekt("publish", elsewhere / "later.json", *given, *new)
    assert (code, [line for line in told.splitlines() if "salt" in line]) == (0, [])


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "that --earlier does not name; a small count"), ("sv", "som --earlier inte anger; ett")]
)
def test_an_earlier_statement_that_lies_beside_and_was_not_given_is_told(effekt, published, lang, words):
    options = (
        "--key",
        "demo",
        "--salt",
        published / "new",
        "--new-salt",
        "--out",
        published / "second.json",
        "--lang",
        lang,
    )
    code, _, told = effekt("publish", _second(published), *options)
    assert code == 0
    assert [line for line in told.splitlines() if words in line and line.startswith("! public.json ")]
    third = (
        "--key",
        "demo",
        "--salt",
        published / "third",
        "--new-salt",
        "--out",
        published / "third.json",
        "--lang",
        lang,
    )
    both = ("--earlier", published / "public.json", "--earlier", published / "second.json")
    code, _, told = effekt("publish", published / "later.json", *third, *both)
    assert (code, words in told) == (0, False)


def test_another_contracts_statement_and_other_files_beside_are_no_matter(effekt, published, tmp_path):
    case = tmp_path / "other"
    shutil.copytree(published / "case", case)
    text = (case / "contract.yaml").read_text(encoding="utf-8")
    id = next(line for line in text.splitlines() if line.startswith("id:"))
    (case / "contract.yaml").write_text(text.replace(id, "id: another", 1), encoding="utf-8")
    certificate = workflow.settle(workflow.read_contract(case / "contract.yaml"), date="2023-09-01").sign(DEMO_KEY)
    workflow.write_certificate(certificate, published / "another.json")
    (published / "broken.json").write_text("{", encoding="utf-8")
    options = ("--key", "demo", "--salt", published / "fresh", "--new-salt", "--out", published / "of_another.json")
    code, _, told = effekt("publish", published / "another.json", *options)
    assert (code, "public.json" in told) == (0, False)


@pytest.mark.parametrize("name", ["case/contract.yaml", "certificate.json"])
def test_an_earlier_file_that_is_no_statement_is_named_with_the_option(effekt, published, name):
    wrong = ("--earlier", published / name)
    options = ("--key", "demo", "--salt", published / "new", "--out", published / "second.json")
    for told in (
        effekt("publish", published / "certificate.json", *options, *wrong)[2],
        effekt("verify", published / "public.json", *wrong)[2],
    ):
        file = name.rpartition("/")[2]
        assert told.startswith(f"effekt: `--earlier` must name the file of an earlier public statement. {file}: The ")


@pytest.mark.parametrize("name", ["case/contract.yaml", "public.json"])
def test_an_earlier_file_that_is_no_certificate_is_named_with_the_option(effekt, published, name):
    code, _, told = effekt("verify", published / "certificate.json", "--earlier", published / name)
    file = name.rpartition("/")[2]
    start = "effekt: `--earlier` must name the file or the page of an earlier certificate."
    assert (code, told.startswith(f"{start} {file}: The envelope ")) == (2, True)


def test_a_statement_that_is_refused_leaves_no_salt_behind(effekt, folder):
    options = ("--key", "demo", "--salt", folder / "salt", "--out", folder / "certificate.json")
    for new in ((), ("--new-salt",)):
        code, _, told = effekt("publish", folder / "certificate.json", *options, *new)
        assert (code, (folder / "salt").exists()) == (2, False)
        assert ("'salt' is not there; name the file" in told) == (not new)


@pytest.fixture(scope="module")
def three():
    """Statements of three days of one contract: each is published with those that are named before it."""
    contract = workflow.read_contract(workflow.case("rate-card") / "contract.yaml")

    def publish(day, *earlier, salt=bytes(32)):
        certificate = workflow.settle(contract, date=f"2023-09-0{day}").sign(DEMO_KEY)
        return workflow.publish(certificate, key=DEMO_KEY, salt=salt, earlier=earlier)

    return publish


def left_out(statement, *earlier):
    found = verify_statement(statement, earlier=earlier)
    return next((one for one in found.findings if one.name == "earlier_left_out"), None), found


def test_an_earlier_statement_that_it_was_not_held_against_is_told(three):
    first, second = three(1), three(2)
    told, found = left_out(second, first)
    digest = read_public(first).sha256[:16]
    assert told.verdict == "cannot_tell"
    assert told.text.en == (
        f"A statement of an earlier day was given that it does not name among those it was held against, digest "
        f"{digest}…, and that does not name this one either: whichever was published last was not held against the "
        "other, and the two together may give a small count back. Ask which that was, and why."
    )
    assert "an earlier statement that was given it was not held against" in found.summary.en
    assert "det har inte jämförts med ett tidigare utdrag som angavs" in found.summary.sv


def test_an_earlier_statement_that_was_there_before_differs(three):
    """The one that it names names it in turn, so it had been published."""
    first = three(1)
    second = three(2, first)
    told, found = left_out(three(3, second), second, first)
    assert (told.verdict, found.ok) == ("different", False)
    assert told.text.en == (
        "It was not held against a statement of an earlier day that had been published before it, as those that it "
        f"names show, digest {read_public(first).sha256[:16]}…: the two together may give a small count back."
    )


def test_statements_that_need_not_be_named_accuse_nobody(three):
    first = three(1)
    second, copy = three(2, first), three(1, salt=b"1" * 32)
    other = read_public(first)
    foreign = Envelope(payload=replace(other, contract="other").to_envelope().payload)
    for statement, given in (
        (second, (first,)),
        (second, (first, copy)),  # of the same certificate, under another salt
        (second, (first, foreign)),
        (second, (first, second)),
        (first, (second,)),
        (three(2), (three(2, salt=b"2" * 32),)),
        (lone := three(2), (three(1, lone),)),  # published after the one of the later day
        (lone, (middle := three(3, lone), three(1, middle))),
    ):
        assert left_out(statement, *given)[0] is None


@pytest.mark.parametrize(
    ("lang", "words", "caution"),
    [
        (
            "en",
            "Signatures that the contract requires, and that the certificate lacked when this was published: 1.",
            "! The certificate lacks signatures that the contract requires: 1. The statement says so",
        ),
        (
            "sv",
            "Underskrifter som avtalet kräver, och som intyget saknade när utdraget gjordes: 1.",
            "! Intyget saknar underskrifter som avtalet kräver: 1. Utdraget säger det",
        ),
    ],
)
def test_that_a_certificate_lacks_signatures_is_said_to_who_publishes_and_who_reads(
    effekt, folder, lang, words, caution
):
    signed = workflow.read_certificate(folder / "certificate.json")
    (folder / "unsigned.json").write_bytes(Envelope(payload=signed.envelope.payload).to_bytes())
    options = ("--key", "demo", "--salt", folder / "salt", "--new-salt", "--lang", lang, "--out")
    code, out, told = effekt("publish", folder / "unsigned.json", *options, folder / "public.json")
    assert code == 0
    assert words in " ".join(out.split())
    assert caution in told
    envelope = read_envelope((folder / "public.json").read_bytes())
    contract = workflow.read_contract(folder / "case" / "contract.yaml")
    assert read_public(envelope).lacking_signatures == 1
    found = verify_statement(envelope, contract=contract)
    assert {one.name: one.verdict for one in found.findings}["lacking_signatures"] == "cannot_tell"
    assert "its certificate lacked signatures that the contract requires" in found.summary.en
    now = verify_statement(envelope, contract=contract, certificate=signed)  # who signs later changes no statement
    assert {one.name: one.verdict for one in now.findings}["made_anew"] == "reproduced"
    for stated in (2, -1):
        made = replace(read_public(envelope), lacking_signatures=stated).to_envelope()
        forged = verify_statement(sign(made, DEMO_KEY), contract=contract)
        assert [one.text.en for one in forged.differences] == ["Not as the contract says: lacking_signatures."]


def test_of_a_certificate_that_is_signed_as_the_contract_asks_nothing_is_said(effekt, published):
    envelope = read_envelope((published / "public.json").read_bytes())
    assert "lacking_signatures" not in envelope.payload.decode()
    found = verify_statement(envelope, contract=workflow.read_contract(published / "case" / "contract.yaml"))
    assert "lacking_signatures" not in {one.name for one in found.findings}
