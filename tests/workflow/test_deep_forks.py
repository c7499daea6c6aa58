"""Forks of amendments deeper than one: what is told of them, and what a forger cannot make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from oracles.amendments import File
from workflow.test_amendment_trees import AUDITOR, KEYS, certificate_of, contract_of, text

from effekt import workflow
from effekt.certificates import PrivateKey, sign
from effekt.certificates.canonical import canonical_json
from effekt.certificates.certificate import Certificate
from effekt.certificates.envelope import Envelope, read_envelope
from effekt.contracts import Contract, parse_contract
from effekt.exceptions import CertificateError

OWN = {"town": {"town0"}, "firm": {"firm0"}}
FORGED = {"town": {"town2"}, "firm": {"firm0"}}


def file(number: int, of: str | None, pays: int = 100, keys: Any = OWN, id: str = "work") -> File:
    return File(id, number, of, keys, keys, pays)


TREE = {
    "o": file(0, None),
    "a": file(1, "o"),
    "b": file(1, "o"),
    "a2": file(2, "a", 200),
    "b2": file(2, "b"),
    "b3": file(3, "b2"),
    "c": file(1, "o"),
    "c2": file(2, "c"),
}


def files_of(tree: dict[str, File]) -> dict[str, Contract]:
    files: dict[str, Contract] = {}
    for name, one in tree.items():
        files[name] = contract_of(name, one, files.get(one.of or ""))
    return files


FILES = files_of(TREE)


def made(name: str, day: int, files: dict[str, Contract] = FILES, tree: dict[str, File] = TREE, **more: Any) -> Any:
    return certificate_of(files[name], tree[name], day, **more).sign(AUDITOR)


def told(certificate: Certificate, own: str, given: str, *earlier: Certificate, files: Any = FILES) -> dict[str, Any]:
    amended = [files[name] for name in given.split()]
    found = workflow.verify(certificate, contract=files[own], amended=amended, earlier=earlier)
    return {one.name: one for one in found.findings}


def test_a_fork_deeper_than_one_amendment_that_pays_twice_does_not_hold() -> None:
    other = made("b2", 2)
    found = told(made("a2", 1), "a2", "o a b b2", other)
    assert found["fork:2023-04-02"].verdict == "different"
    assert found["fork:2023-04-02"].text.en == (
        f"There are two amendments number 1 of this contract, digests {FILES['a'].sha256[:16]}… and "
        f"{FILES['b'].sha256[:16]}…, of one file before, and the certificate of 2023-04-02, digest "
        f"{other.sha256[:16]}…, is by amendment 2, which follows the second, to which all who must agree have agreed; "
        "it pays jobs, as this one does, and both are not to be paid: ask the parties which amendment they agreed "
        "last, and have the other withdrawn, and what it paid settled again with --supersedes and --reason."
    )
    assert found["fork:2023-04-02"].text.sv == (
        f"Det finns två ändringar nummer 1 av detta avtal, kontrollsummor {FILES['a'].sha256[:16]}… och "
        f"{FILES['b'].sha256[:16]}…, av en och samma fil före, och intyget från 2023-04-02, kontrollsumma "
        f"{other.sha256[:16]}…, är enligt ändring 2, som följer den andra, som alla som ska godkänna har godkänt; det "
        "betalar jobs, liksom detta, och båda ska inte betalas: fråga parterna vilken ändring de godkände sist, och få "
        "den andra återkallad, och det den betalade avräknat på nytt med --supersedes och --reason."
    )
    assert found["amendments"].verdict == found["agreed"].verdict == "reproduced"
    digests = " and ".join(sorted(f"{FILES[name].sha256[:16]}…" for name in ("b", "b2")))
    assert found["amendments"].text.en == (
        "The chain of amendments is unbroken from the first file. Given with --amended and not among the files before "
        f"it, by digest: {digests} of this contract."
    )


@pytest.mark.parametrize(
    ("own", "other", "given", "verdict"),
    [
        ("a", "b3", "o a b b2 b3", "different"),
        ("a2", "b", "o a", "different"),  # the certificate carries its own file
        ("a2", "b2", "o a", "cannot_tell"),
        ("a2", "b2", "b b2", "cannot_tell"),
        ("a2", "b2", "", "cannot_tell"),
    ],
)
def test_what_is_known_of_a_fork_hangs_on_the_files_alone(own: str, other: str, given: str, verdict: str) -> None:
    assert told(made(own, 1), own, given, made(other, 2))["fork:2023-04-02"].verdict == verdict


def test_files_that_are_lacking_are_asked_for() -> None:
    other = made("b2", 2)
    found = told(made("a2", 1), "a2", "o a", other)["fork:2023-04-02"]
    own, branch = FILES["a2"].sha256[:16], FILES["b2"].sha256[:16]
    digests = FILES["a"].sha256[:16], FILES["b"].sha256[:16]
    assert found.text.en == (
        f"There are two amendments number 2 of this contract, digests {own}… and {branch}…, and the certificate of "
        f"2023-04-02, digest {other.sha256[:16]}…, is by the second; whether both come from one file, and who agreed "
        f"to them, the files before them show: give {digests[1]}… with --amended, and ask the parties which they "
        "agreed last."
    )
    assert found.text.sv.endswith(
        f"; om båda utgår från en och samma fil, och vilka som har godkänt dem, visar filerna före dem: ange "
        f"{digests[1]}… med --amended, och fråga parterna vilken de godkände sist."
    )
    assert f"give {digests[0]}… and {digests[1]}… with" in told(made("a2", 1), "a2", "", other)[found.name].text.en


def test_of_three_branches_each_is_told() -> None:
    found = told(made("a2", 1), "a2", "o a b b2 c c2", made("b2", 2), made("c2", 3))
    assert [found[f"fork:2023-04-0{day}"].verdict for day in (2, 3)] == ["different", "different"]


def test_a_fork_at_the_second_step_is_told() -> None:
    tree = {**TREE, "d2": file(2, "a")}
    files = files_of(tree)
    found = told(made("a2", 1), "a2", "a d2 o", made("d2", 2, files, tree), files=files)["fork:2023-04-02"]
    assert (found.verdict, found.text.en[:43]) == ("different", "There are two amendments number 2 of this c")


def test_a_draft_of_another_branch_accuses_nobody() -> None:
    draft = Certificate(replace(made("b2", 2).envelope, signatures=()))
    found = told(made("a2", 1), "a2", "o a b b2", draft)
    assert found["earlier_contract:2023-04-02"].verdict == "cannot_tell"
    assert "fork:2023-04-02" not in found
    name = f"fork:{FILES['b2'].sha256[:16]}"
    assert found[name].verdict == "cannot_tell"
    assert found[name].text.en == (
        f"There are two amendments number 1 of this contract, digests {FILES['a'].sha256[:16]}… and "
        f"{FILES['b'].sha256[:16]}…, of one file before, and amendment 2, digest {FILES['b2'].sha256[:16]}…, which "
        "follows the second, was given with --amended: no signed certificate by it was given that shows whether "
        "anybody agreed to it; ask the parties which they agreed last."
    )
    own = f"fork:{FILES['b'].sha256[:16]}"
    assert ", of one file before, of which the second was given with --amended: no signed" in found[own].text.en
    assert ", av en och samma fil före, av vilka den andra angavs med --amended: inget" in found[own].text.sv


def test_another_contracts_amendments_are_no_part_of_the_chain() -> None:
    tree = {**TREE, "x": file(0, None, id="other"), "x1": file(1, "x", id="other"), "x2": file(2, "x1", id="other")}
    files = files_of(tree)
    for own, given in (("a2", "o a"), ("a2", ""), ("o", "")):
        plain = told(made(own, 1), own, given, files=files)
        found = told(made(own, 1), own, f"x x2 {given} x1", files=files)
        assert {name: one.verdict for name, one in found.items() if own != "o" or name != "amendments"} == {
            name: one.verdict for name, one in plain.items()
        }
        assert found["amendments"].text.en.endswith("of another contract.")
        assert found["amendments"].text.sv.endswith("av ett annat avtal.")
        assert found["amendments"].verdict != "different"


def test_one_file_given_twice_or_saved_anew_is_no_other_branch() -> None:
    copies = {f"{name}'": parse_contract(FILES[name].raw.replace(b"\n", b"\r\n")) for name in ("a", "a2", "b")}
    files = {**FILES, **copies}
    found = told(made("a2", 1), "a2", "o a a o a2 a2' a'", made("a", 4), files=files)
    assert not [name for name in found if name.startswith(("fork", "earlier_contract"))]
    assert found["amendments"].verdict == "reproduced"
    found = told(made("a2", 1), "a2'", "o a", made("a", 3), made("a2", 4), files=files)
    assert not [name for name in found if name.startswith(("fork", "amended_since"))]
    found = told(made("a2", 1), "a2", "o a b b'", made("b", 3), files=files)
    assert [name for name in found if name.startswith("fork")] == ["fork:2023-04-03"]


def test_a_hole_in_the_chain_is_named() -> None:
    found = told(made("b3", 1), "b3", "o b2")
    assert found["amendments"].verdict == "cannot_tell"
    assert found["amendments"].text.en == (
        f"The file before amendment 2, digest {FILES['b'].sha256[:16]}…, was not given: ask for it, and give it with "
        f"--amended. Given with --amended and not among the files before it, by digest: {FILES['o'].sha256[:16]}… of "
        "this contract."
    )
    assert f"Filen före ändring 2, kontrollsumma {FILES['b'].sha256[:16]}…, angavs inte" in found["amendments"].text.sv
    assert told(made("b3", 1), "b3", "o b a")["amendments"].verdict == "cannot_tell"
    assert told(made("b3", 1), "b3", "b b2")["amendments"].verdict == "cannot_tell"
    assert told(made("b", 1), "b", "a")["amendments"].verdict == "cannot_tell"
    other = {**FILES, "p": contract_of("p", file(0, None, 7), None)}
    assert told(made("b3", 1), "b3", "p b b2", files=other)["amendments"].verdict == "different"
    assert told(made("a2", 1), "a2", "b2 b3")["amendments"].verdict == "cannot_tell"  # only another branch


def test_files_of_later_amendments_break_no_chain_and_take_no_place() -> None:
    later = made("a2", 2)
    found = told(made("a", 1), "a", "a2 o", later)
    assert found["amendments"].verdict == found["agreed"].verdict == "reproduced"
    assert found["amended_since:2023-04-02"].text.en == (
        f"The certificate of 2023-04-02, digest {later.sha256[:16]}…, is by amendment 2 of this contract, which "
        "follows this one's file: it is set aside; verify that one with this as --earlier."
    )
    assert found["amended_since:2023-04-02"].text.sv == (
        f"Intyget från 2023-04-02, kontrollsumma {later.sha256[:16]}…, följer ändring 2 av detta avtal, som kom efter "
        "detta intygs fil: det lämnas åt sidan; verifiera det med detta som --earlier."
    )
    bare = workflow.verify(made("a", 1), amended=[FILES["o"]], earlier=later)
    assert "amended_since:2023-04-02" in {one.name for one in bare.findings}
    found = workflow.verify(made("a", 1), contract=FILES["a"], amended=[FILES["o"]], earlier=later)
    assert "a certificate by a later amendment was not held against it" in found.summary.en


def test_own_keys_get_into_no_contract_by_two_amendments() -> None:
    """The firm writes a first amendment with its key in the town's place, and a second that it agrees to by that."""
    tree = {**TREE, "f": file(1, "o", 900, FORGED), "f2": file(2, "f", 900, FORGED)}
    files = files_of(tree)
    found = told(made("f2", 1, files, tree), "f2", "o f", files=files)["agreed"]
    assert found.verdict == "cannot_tell"
    assert found.text.en == (
        "All who must agree signed the amendment with keys of the file before; no signed certificate that was given "
        "shows that the amendment which gave town that key was agreed itself: give one by amendment 1 (--earlier)."
    )
    assert "intyg som angavs visar att den ändring som gav town den nyckeln själv var godkänd" in found.text.sv
    shown = made("f", 2, files, tree)  # the first was not agreed to by the town's own key
    found = told(made("f2", 1, files, tree), "f2", "o f", shown, files=files)["agreed"]
    assert found.verdict == "different"
    assert found.text.en == (
        "It was signed with keys that amendment 1 gave, and to that one town did not agree with a key of the file "
        "before it, as the lock in a certificate by it shows (--earlier)."
    )
    draft = Certificate(replace(shown.envelope, signatures=()))  # whose lock may have lost signatures
    assert told(made("f2", 1, files, tree), "f2", "o f", draft, files=files)["agreed"].verdict == "cannot_tell"
    found = told(made("a2", 1), "a2", "o a f f2", made("f2", 2, files, tree), made("f", 3, files, tree), files=files)
    assert [found[f"fork:2023-04-0{day}"].verdict for day in (2, 3)] == ["cannot_tell", "cannot_tell"]
    assert "which town did not sign with a key of the file before: it is set aside." in found["fork:2023-04-03"].text.en
    assert found["fork:2023-04-02"].text.en.endswith(
        "which town did not sign with a key that an amendment which was agreed itself is shown to give (--earlier "
        "shows it with a certificate by each amendment between): it is set aside."
    )


def test_who_agreed_with_a_key_that_it_had_is_not_named_among_those_who_did_not() -> None:
    """To the first amendment neither agreed with an own key; to the second the firm did: it lacks nothing."""
    keys = {"town": {"town2"}, "firm": {"firm0", "firm1"}}
    tree = {**TREE, "f": File("work", 1, "o", keys, {"town": {"town2"}, "firm": {"firm1"}}, 100)}
    tree |= {"f2": File("work", 2, "f", keys, {"town": {"town2"}, "firm": {"firm0"}}, 100)}
    files = files_of(tree)
    found = told(made("f2", 1, files, tree), "f2", "o f", made("f", 2, files, tree), files=files)["agreed"]
    assert found.verdict == "different"
    assert "and to that one town did not agree with a key of the file before it" in found.text.en
    assert "och den har town inte godkänt med en nyckel från filen före" in found.text.sv


def test_a_changed_key_is_the_partys_where_a_certificate_shows_that_it_was_agreed() -> None:
    new = {"town": {"town2"}, "firm": {"firm0"}}
    both = {"town": {"town0", "town2"}, "firm": {"firm0"}}
    tree = {**TREE, "n": File("work", 1, "o", both, {"town": {"town0"}, "firm": {"firm0"}}, 100)}
    tree |= {"n2": File("work", 2, "n", new, new, 100)}
    files = files_of(tree)
    shown = made("n", 3, files, tree)
    for earlier, verdict in (((), "cannot_tell"), ((shown,), "reproduced")):
        assert told(made("n2", 1, files, tree), "n2", "o n", *earlier, files=files)["agreed"].verdict == verdict
    rival = made("n2", 2, files, tree)
    for earlier, verdict in (((rival,), "cannot_tell"), ((rival, shown), "different")):
        found = told(made("a2", 1), "a2", "o a n", *earlier, files=files)
        assert found["fork:2023-04-02"].verdict == verdict


def test_an_amendment_that_was_not_agreed_gives_no_key_however_many_follow_it() -> None:
    """Certificates by all of them were given but for one: to that one the town may have agreed with its own key."""
    tree = {**TREE, **{f"f{n}": file(n, f"f{n - 1}" if n > 1 else "o", 900, FORGED) for n in (1, 2, 3)}}
    files = files_of(tree)
    shown = {n: made(f"f{n}", n + 1, files, tree) for n in (1, 2)}
    for given, verdict in (((1, 2), "different"), ((2,), "cannot_tell"), ((1,), "cannot_tell")):
        earlier = [shown[n] for n in given]
        found = told(made("f3", 1, files, tree), "f3", "o f1 f2", *earlier, files=files)["agreed"]
        assert found.verdict == verdict
        assert verdict == "different" or f"give one by amendment {3 - given[0]} (--earlier)" in found.text.en


LOST = {"town": {"town1"}, "firm": {"firm0"}}


def vouched(name: str, day: int, files: dict[str, Contract], tree: dict[str, File], *vouching: PrivateKey) -> Any:
    """A certificate whose lock others sign beside those who must agree."""
    contract, lock = files[name], made(name, day, files, tree).plan.lock
    beside = read_envelope(lock.encode())
    for key in vouching:
        beside = workflow.lock(contract, key=key, date="2023-03-01", beside=beside)
    return workflow.settle(contract, date=f"2023-04-{day:02}", locked=beside).sign(AUDITOR)


def test_a_lost_key_is_replaced_where_everyone_else_vouches_for_the_new_one() -> None:
    """The town has lost its key; no file shows whose the new one is, and whoever relies on it is told to ask."""
    tree = {**TREE, "n": file(1, "o", 0, LOST), "n2": file(2, "n", 0, LOST)}
    files = files_of(tree)
    found = told(vouched("n", 1, files, tree, AUDITOR), "n", "o", files=files)
    assert "agreed" not in found
    assert found["new_key"].verdict == "cannot_tell"
    assert found["new_key"].text.en == (
        "To amendment 1 town agreed with a key that the amendment itself gave it, and with none of the file before; "
        "everyone else who has a key signed with it. No file shows whose the new key is: hold it against what town "
        f"itself has given you in another way, such as on signed paper: {text(KEYS['town']['town1'])}."
    )
    shown = vouched("n", 2, files, tree, AUDITOR)
    after = made("n2", 1, files, tree)
    assert told(after, "n2", "o n", shown, files=files)["new_key"].verdict == "cannot_tell"
    assert told(after, "n2", "o n", files=files)["agreed"].verdict == "cannot_tell"
    assert told(after, "n2", "n", shown, files=files)["agreed"].verdict == "reproduced"
    summary = workflow.verify(after, contract=files["n2"], amended=[files["o"], files["n"]], earlier=[shown]).summary
    assert "whose the key is that a party agreed to an amendment with no file shows" in summary.en


def test_of_the_other_branch_it_is_told_too_that_everyone_else_vouched_for_a_new_key() -> None:
    """The town that lost its key agreed to the one, and those who have the old key wrote another beside it."""
    tree = {**TREE, "n": file(1, "o", 0, LOST), "n2": file(2, "n", 0, LOST)}
    files = files_of(tree)
    by_new, after = vouched("n", 2, files, tree, AUDITOR), made("n2", 3, files, tree)
    found = told(made("a2", 1), "a2", "o a n", by_new, after, files=files)
    for day in (2, 3):
        fork = found[f"fork:2023-04-0{day}"]
        assert fork.verdict == "cannot_tell"
        assert fork.text.en.endswith(
            ": it is set aside. To amendment 1 of these town agreed with a key that the amendment itself gave it, and "
            "everyone else who has a key vouched for that: ask town whose the new key is, and the parties which "
            "amendment they agreed last."
        )
        assert fork.text.sv.endswith(
            ": det lämnas åt sidan. Ändring 1 av dessa har town godkänt med en nyckel som ändringen själv gav, och "
            "alla andra som har en nyckel har gått i god för den: fråga town vems den nya nyckeln är, och parterna "
            "vilken ändring de godkände sist."
        )
    alone = told(made("a2", 1), "a2", "o a n", made("n", 2, files, tree), files=files)["fork:2023-04-02"]
    assert alone.text.en.endswith("with a key of the file before: it is set aside.")  # not all vouched


def test_a_swapped_key_that_not_all_others_vouch_for_was_not_agreed() -> None:
    """Those who gain cannot say alone that another has lost its key, nor that two have."""
    both = {"town": {"town1"}, "firm": {"firm1"}}
    tree = {**TREE, "n": file(1, "o", keys=LOST), "m": file(1, "o", keys=both)}
    files = files_of(tree)
    assert told(made("n", 1, files, tree), "n", "o", files=files)["agreed"].verdict == "different"
    assert told(vouched("m", 1, files, tree, AUDITOR), "m", "o", files=files)["agreed"].verdict == "different"


def test_a_new_key_hides_no_amendment_that_was_not_agreed() -> None:
    """The firm swaps the town's key alone, and then says with everyone else that it has lost its own."""
    own = {"town": {"town2"}, "firm": {"firm1"}}
    tree = {**TREE, "f": file(1, "o", keys=FORGED), "f2": file(2, "f", keys=own), "f3": file(3, "f2", keys=own)}
    files = files_of(tree)
    shown = made("f", 3, files, tree), vouched("f2", 4, files, tree, AUDITOR)
    for last, given, certificate in (
        ("f2", "o f", vouched("f2", 1, files, tree, AUDITOR)),
        ("f3", "o f f2", made("f3", 1, files, tree)),
    ):
        assert told(certificate, last, given, *shown, files=files)["agreed"].verdict == "different"


def with_lock(certificate: Certificate, lock: str | None) -> Certificate:
    """A certificate with another lock, signed by the verifier's key."""
    statement = json.loads(certificate.envelope.payload)
    statement["predicate"]["plan"]["lock"] = lock
    return Certificate(sign(Envelope(payload=canonical_json(statement)), AUDITOR))


@pytest.mark.parametrize("lock", [True, False])
def test_a_lock_of_another_file_agrees_to_nothing(lock: bool) -> None:
    """The firm writes another branch and puts on its certificate the lock that both signed for this one's."""
    tree = {**TREE, "f": file(1, "o", 900, FORGED)}
    files = files_of(tree)
    own = made("a", 1)
    forged = with_lock(made("f", 2, files, tree), own.plan.lock if lock else None)
    found = told(own, "a", "o", forged, files=files)["fork:2023-04-02"]
    assert found.verdict == "cannot_tell"
    assert found.text.en.endswith("which town and firm did not sign with a key of the file before: it is set aside.")


@pytest.mark.parametrize("lock", [True, False])
def test_a_certificate_between_without_the_lock_of_its_file_accuses_nobody(lock: bool) -> None:
    tree = {**TREE, "n": file(1, "o", keys=LOST), "n2": file(2, "n", keys=LOST)}
    files = files_of(tree)
    bare = with_lock(made("n", 2, files, tree), made("a", 1).plan.lock if lock else None)
    found = told(made("n2", 1, files, tree), "n2", "o n", bare, files=files)["agreed"]
    assert found.verdict == "cannot_tell"
    assert "give one by amendment 1 (--earlier)" in found.text.en


def test_a_lock_that_is_not_the_files_is_not_called_as_stated() -> None:
    found = told(with_lock(made("a", 1), made("b", 2).plan.lock), "a", "o")["plan"]
    assert found.verdict == "different"
    assert found.text.en.startswith("The plan's lock is not one of this contract that those who must have signed, or ")
    assert found.text.sv.startswith("Planens låsning är ingen som hör till detta avtal och som de som måste har ")


def test_what_is_no_amendment_of_its_file_is_no_branch() -> None:
    """A branch whose second amendment comes before its first accuses nobody."""
    late = FILES["b"].raw.replace(b'date: "2023-03-01"', b'date: "2023-03-09"')
    tree, files = dict(TREE), dict(FILES)
    files["b"] = parse_contract(late)
    files["b2"] = contract_of("b2", tree["b2"], files["b"])
    other = certificate_of(files["b2"], tree["b2"], 2).sign(AUDITOR)
    found = told(made("a2", 1), "a2", "o a b", other, files=files)["fork:2023-04-02"]
    assert found.verdict == "cannot_tell"
    assert "is by another amendment 2 of this contract, which its chain does not lead to (line " in found.text.en
    assert (
        "amendment.date must not be before the amendment before it, 2023-03-09; got 2023-03-01): it is set aside."
        in (found.text.en)
    )
    assert "som dess kedja inte leder till (rad " in found.text.sv


@pytest.mark.parametrize("pays", [0, 100])
def test_a_branch_is_a_branch_whichever_of_the_two_moves_money(pays: int) -> None:
    tree = {**TREE, "m": file(1, "o", pays)}
    files = files_of(tree)
    found = told(made("a", 1), "a", "o", made("m", 2, files, tree), files=files)["fork:2023-04-02"]
    assert found.verdict == ("different" if pays else "cannot_tell")


def test_nothing_is_settled_beside_a_branch_deeper_than_one(tmp_path: Any) -> None:
    own = tmp_path / "contract.yaml"
    own.write_bytes(FILES["a2"].raw)
    other = made("b2", 2)
    workflow.write_certificate(other, tmp_path / "other.json")
    with pytest.raises(CertificateError) as error:
        certificate_of(workflow.read_contract(own), TREE["a2"], 1)
    assert str(error.value) == (
        "The file 'other.json' is a certificate of 2023-04-02 by another amendment 2 of this contract, digest "
        f"{FILES['b2'].sha256[:16]}…, than the one that this file is or follows, digest {FILES['a2'].sha256[:16]}…: "
        "both have the same number, and only one can hold. Ask the parties which they agreed last, have the other "
        "withdrawn, and settle again what a certificate by it paid (--supersedes, --reason)."
    )
